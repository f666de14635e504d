"""Tractors that turn beside a walkway: their trailers follow, they do not stay as they lay."""

import dataclasses
from functools import lru_cache

import numpy as np
import shapely
from scripted_stages import YARD, truck
from scripted_yard import Run, Script, contact_s, play, trailing, turning

from twin.safety.table import Level
from twin.yard.model import Zone, ZoneKind

SECONDS, SPEED_MPS, RADIUS_M, FROM_S = 12.0, 3.0, 12.0, 4.0
PLACES_M = {"passes": (600.0, 240.0), "enters": (600.0, 420.0)}
CORNER_M = {"passes": (7.0, 7.0), "enters": (10.5, 4.5)}
"""The walkway's corner at the inside of the turn, from where that begins: behind it all is walkway."""


def _tractor(name: str):
    x, y = PLACES_M[name]
    way = turning(x, y, 0.0, SPEED_MPS, FROM_S, SPEED_MPS / RADIUS_M)
    actor = truck(way, "terminal_tractor", wheels=True, trailer=trailing(way, 9.8, 20.0))
    actor.name = name
    return actor


def _walkway(name: str) -> shapely.Polygon:
    x, y = (place + off for place, off in zip(PLACES_M[name], CORNER_M[name], strict=True))
    return shapely.box(x - 8.0, y, x, y + 8.0)


@lru_cache(maxsize=1)
def the_run() -> Run:
    zones = tuple(
        Zone(name, ZoneKind.PEDESTRIAN, tuple(_walkway(name).exterior.coords)[:4]) for name in PLACES_M
    )
    yard = dataclasses.replace(YARD, zones=zones, blocks=YARD.blocks[:1])
    return play(Script([_tractor(name) for name in PLACES_M], SECONDS, yard))


def _enters_s(name: str) -> float:
    return contact_s(_tractor(name), [(_walkway(name), 0.0, 50.0)], SECONDS)


def test_who_turns_past_the_corner_of_a_walkway_is_not_told_of():
    assert _enters_s("passes") == np.inf
    assert [one for one in the_run().raised if one.mover == "passes"] == []


def test_a_trailer_that_cuts_the_corner_of_a_walkway_is_told_of_in_time():
    entered_s = _enters_s("enters")
    told = [one for one in the_run().raised if one.mover == "enters"]
    assert {one.rule for one in told} == {"pedestrian_zone"}
    assert told[0].level == Level.WARNING
    assert told[0].t_s <= entered_s - 2.0
