"""Who drives against the direction of a lane, where one the other way runs beside it."""

import dataclasses

import numpy as np
import pytest
from scripted_yard import Actor, batch_of, straight
from test_safety_life import YARD, Desk

from layouts import formats
from sensors.clockfaults import CLOCK_OFF
from twin.fleet.suspicion import Suspicion
from twin.inputs import Reject
from twin.safety.rules import RULE_NAMES
from twin.safety.rules.areas import ways_of
from twin.safety.rules.traffic import LANE_START_M
from twin.safety.ways import LANE_EDGE_M
from twin.yard import roads
from twin.yard.lane_grid import lane_at
from twin.yard.model import Lane, LaneKind

EAST, WEST = 100.0, 106.0
"""Where the lane to the east and that to the west of one road run [m]."""
ROAD = dataclasses.replace(
    YARD,
    lanes=(
        Lane("east", LaneKind.ROAD, ((100.0, EAST), (400.0, EAST)), speed_limit_mps=8.0),
        Lane("west", LaneKind.ROAD, ((400.0, WEST), (100.0, WEST)), speed_limit_mps=8.0),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("y_m", "heading", "told"),
    [(EAST, np.pi, True), (WEST, 0.0, True), (EAST, 0.0, False), (WEST, np.pi, False)],
)
def test_on_a_road_with_a_lane_either_way_who_drives_against_his_own_is_told_of(y_m, heading, told):
    drives = straight(150.0 if heading == 0.0 else 350.0, y_m, heading, 6.0)
    desk, when_s = Desk(Actor("T-1", "external_truck", drives), yard=ROAD), None
    while desk.t < 6.0:
        desk.tick()
        if when_s is None and "wrong_way" in desk.rules():
            when_s = desk.t
    assert (when_s is not None) is told
    assert not told or when_s < 3.5


def test_one_whose_clock_alone_is_doubted_is_told_of_as_long_as_it_drives_on():
    desk = Desk(Actor("T-1", "external_truck", straight(390.0, EAST, np.pi, 6.0)), yard=ROAD)
    off = Reject("gw", b"", CLOCK_OFF, "T-1")
    for tick in range(150):
        said = batch_of(desk.script, desk.t + 0.1, desk.ticks, desk.rng, desk.frame)
        desk.tick(batch=dataclasses.replace(said, rejects=(off,) if tick > 60 else ()))
    assert desk.state.tracks.suspect.tolist() == [Suspicion.CLOCK]
    told = desk.alarms.rule == RULE_NAMES.index("wrong_way")
    assert desk.alarms.clear_ns[told].tolist() == [0]


@pytest.mark.parametrize("name", ["compact", "demo"])
def test_at_every_place_of_every_lane_but_its_ends_one_who_drives_against_it_can_be_told(name):
    lanes, ways = ways_of(formats.sample(name))
    for lane in np.flatnonzero(lanes.kind != roads.LANE_KINDS.index(LaneKind.CONNECTOR)):
        along_m = np.arange(LANE_START_M + 1.0, lanes.length_m[lane] - LANE_START_M, 5.0)
        x_m, y_m, heading = roads.pose_at(lanes, np.full(len(along_m), lane), along_m)
        if len(along_m):
            assert (lane_at(lanes, np.stack((x_m, y_m), axis=1))[0] == lane).all()
        for aside_m in np.linspace(-1.0, 1.0, 9) * (lanes.width_m[lane] / 2.0 - LANE_EDGE_M):
            beside = x_m - np.sin(heading) * aside_m, y_m + np.cos(heading) * aside_m
            assert ways.against(*beside, heading + np.pi).all()


def test_on_a_road_with_a_lane_either_way_who_keeps_to_the_middle_of_his_own_needs_no_look():
    ways = ways_of(ROAD)[1]
    x_m = np.arange(100.0, 400.0, 0.7)
    assert not ways.against(x_m, np.full(len(x_m), EAST), np.zeros(len(x_m))).any()
    assert not ways.against(x_m, np.full(len(x_m), WEST), np.full(len(x_m), np.pi)).any()


@pytest.mark.parametrize("name", ["compact", "demo"])
def test_on_the_way_of_any_lane_and_through_any_junction_a_lane_runs_along(name):
    lanes, ways = ways_of(formats.sample(name))
    for lane in range(len(lanes)):
        x_m, y_m, heading = roads.pose_at(lanes, lane, np.arange(0.0, lanes.length_m[lane], 0.5))
        assert ways.along(x_m, y_m, heading).all()


def test_in_the_middle_of_a_short_road_between_junctions_who_drives_against_it_is_told_of():
    lanes, ways = ways_of(formats.sample("demo"))
    short = (lanes.kind == roads.LANE_KINDS.index(LaneKind.ROAD)) & (
        lanes.length_m < 2.0 * LANE_START_M + 3.0
    )
    rows = np.flatnonzero(short)
    x_m, y_m, heading = roads.pose_at(lanes, rows, lanes.length_m[rows] / 2.0)

    assert len(rows) > 10
    assert ways.against(x_m, y_m, heading + np.pi).all()
    assert not ways.along(x_m, y_m, heading + np.pi).any()
