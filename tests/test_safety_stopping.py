"""Who stands on a short road or in a junction is told of, unless he waits for one ahead, round a bend too."""

import dataclasses

import numpy as np
import pytest
from scripted_yard import Actor, Script, play, still
from test_safety_life import YARD

from twin.yard.model import Lane, LaneKind

BEND_RAD = np.linspace(0.0, np.pi / 2.0, 10)
TURN = tuple(zip(220.0 + 15.0 * np.sin(BEND_RAD), 215.0 - 15.0 * np.cos(BEND_RAD), strict=True))
ROADS = dataclasses.replace(
    YARD,
    zones=(),
    lanes=(
        Lane("to", LaneKind.ROAD, ((200.0, 200.0), (220.0, 200.0))),
        Lane("turn", LaneKind.CONNECTOR, TURN, junction="J"),
        Lane("on", LaneKind.ROAD, ((235.0, 215.0), (235.0, 300.0))),
    ),
)  # fmt: skip
"""Two roads, the first of them short, and the turn through a junction between them."""
NORTH = np.pi / 2.0


@pytest.mark.parametrize(
    ("place", "queue", "told"),
    [
        ((203.0, 200.0, 0.0), None, True),
        ((218.0, 200.0, 0.0), None, True),
        ((228.5, 202.6, 0.6), None, True),
        ((210.0, 204.0, 0.0), None, False),
        ((218.0, 200.0, 0.0), (235.0, 240.0, NORTH), False),
        ((228.5, 202.6, 0.6), (235.0, 240.0, NORTH), False),
    ],
    ids=["start", "end", "junction", "beside", "waits before the turn", "waits in the turn"],
)  # fmt: skip
def test_who_stands_on_a_short_road_or_in_a_junction_is_told_of_and_who_waits_is_not(place, queue, told):
    actors = [Actor("T-1", "terminal_tractor", still(*place))]
    if queue is not None:
        actors.append(Actor("T-2", "terminal_tractor", still(*queue)))
    run = play(Script(actors, 126.0, ROADS, tick_s=2.0))
    assert ("T-1" in {one.mover for one in run.raised if one.rule == "stopped_in_lane"}) is told
