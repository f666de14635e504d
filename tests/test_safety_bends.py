from dataclasses import replace

import numpy as np
import pytest

from layouts.generator import demo_yard
from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Freshness
from twin.safety.encounters import Encounters, no_encounters
from twin.safety.rules import contacts
from twin.safety.rules.areas import lanes_of
from twin.safety.rules.bends import straightens
from twin.safety.rules.scene import Scene
from twin.stock import moves
from twin.yard import roads
from twin.yard.lane_grid import lane_at
from twin.yard.model import LaneKind
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000
YARD = demo_yard()
SLOTS = slots_of(YARD)
LANES, _ = lanes_of(YARD)
SPEED_MPS, TRUCK = 3.7, KIND_NAMES.index("external_truck")


def a_bend():
    """A left turn of a junction, where along it the turn is over, and how fast who follows it turns."""
    ways = np.flatnonzero(LANES.kind == roads.LANE_KINDS.index(LaneKind.CONNECTOR))
    for lane in ways.tolist():
        along_m = np.arange(0.0, LANES.length_m[lane], 0.25)
        heading = np.unwrap(roads.pose_at(LANES, lane, along_m)[2])
        bent = np.flatnonzero(np.abs(heading - heading[-1]) > 0.01)
        if heading[-1] - heading[0] > np.radians(80) and len(bent) > 60:
            yaw_per_m = np.diff(heading)[bent[len(bent) // 2]] / 0.25
            return lane, float(along_m[bent[-1]]), float(yaw_per_m) * SPEED_MPS
    raise AssertionError("the demo yard has no left turn")


def scene(x_m, y_m, heading_rad, yaw_rps, encounters=None):
    """One truck that turns, and one that stands far away."""
    names, kinds = ["T00001", "T00002"], [TRUCK, TRUCK]
    fleet, tracks = roster.enlist(roster.empty_fleet(), roster.no_tracks(), names, kinds, [-1, -1])
    tracks = tracks.with_columns(
        x_m=np.array([x_m, 0.0]), y_m=np.array([y_m, 0.0]), heading_rad=np.array([heading_rad, 0.0]),
        speed_mps=np.array([SPEED_MPS, 0.0]), yaw_rate_rps=np.array([yaw_rps, 0.0]),
        sigma_m=np.full(2, 0.02), freshness=np.full(2, Freshness.FRESH, np.int8), fix_ns=np.full(2, T0),
    )  # fmt: skip
    none = np.empty(0, np.int32)
    return Scene(
        T0, fleet, tracks, encounters or no_encounters(), YARD, SLOTS, moves.empty_stock(SLOTS), (0.0, 0.0),
        none, none, np.zeros(2, np.int32),
    )  # fmt: skip


def in_bend(before_end_m, aside_rad=0.0, encounters=None):
    lane, end_m, yaw_rps = a_bend()
    x, y, heading = (float(v[0]) for v in roads.pose_at(LANES, lane, end_m - before_end_m))
    return scene(x, y, heading + aside_rad, yaw_rps, encounters)


def told(given, when_s=2.0):
    return straightens(given, np.array([0]), np.array([when_s])).tolist() == [True]


@pytest.mark.parametrize("before_end_m", [-0.5, 0.1, 1.0, 2.0])
def test_who_keeps_to_a_bend_that_ends_will_straighten(before_end_m):
    assert told(in_bend(before_end_m))


def test_who_is_amid_a_bend_goes_on_turning():
    assert not told(in_bend(8.0), when_s=1.0)


def test_who_has_left_the_direction_of_its_lane_is_not_taken_to_straighten():
    assert not told(in_bend(1.0, aside_rad=0.15))


def test_who_swerves_on_a_straight_road_is_not_taken_to_straighten():
    straight = np.flatnonzero(LANES.kind == roads.LANE_KINDS.index(LaneKind.ROAD))
    lane = int(straight[np.argmax(LANES.length_m[straight])])
    x, y, heading = (float(v[0]) for v in roads.pose_at(LANES, lane, LANES.length_m[lane] / 2))
    assert int(lane_at(LANES, [[x, y]])[0][0]) == lane
    assert not told(scene(x, y, heading, a_bend()[2]))


def test_nobody_and_who_goes_straight_are_not_told_of():
    given = in_bend(1.0)
    assert straightens(given, np.array([-1, 1]), np.array([2.0, 2.0])).tolist() == [False, False]
    assert not told(given, when_s=np.inf)


def met(time_s, gap_m):
    i, f, k = (lambda v, kind=kind: np.array([v], kind) for kind in (np.int32, float, np.int8))
    return Encounters(
        i(0), i(1), i(-1), k(0), k(0), f(time_s), f(time_s), f(0.0), f(gap_m), f(0.0), f(time_s), f(0.1),
        f(7.0), f(8.0),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("time_s", "aside_rad", "raises"), [(1.8, 0.0, False), (1.8, 0.15, True), (0.9, 0.0, True)]
)
def test_a_contact_beyond_the_end_of_a_bend_is_raised_once_it_is_near_or_the_lane_is_left(
    time_s, aside_rad, raises
):
    found = contacts.contact(in_bend(1.0, aside_rad, met(time_s, 8.0)))
    assert found.raises.tolist() == [raises]


def ahead_in_the_lane(ahead_m, aside_m, time_s):
    """A truck in the last metre of its bend, and one that stands so far ahead of it, aside of their lane."""
    lane, end_m, yaw_rps = a_bend()
    x, y, heading = (float(v[0]) for v in roads.pose_at(LANES, lane, end_m - 1.0))
    u, v, along = (float(w[0]) for w in roads.pose_at(LANES, lane, end_m - 1.0 + ahead_m))
    given = scene(x, y, heading, yaw_rps, met(time_s, 8.0))
    there = {
        "x_m": np.array([x, u - aside_m * np.sin(along)]), "y_m": np.array([y, v + aside_m * np.cos(along)]),
        "heading_rad": np.array([heading, along]), "trailer_heading_rad": np.array([heading, along]),
    }  # fmt: skip
    return replace(given, tracks=given.tracks.with_columns(**there))


@pytest.mark.parametrize(
    ("aside_m", "raises"), [(0.0, True), (1.5, True), (-1.5, True), (4.35, False), (-4.35, False)]
)
def test_a_contact_with_who_stands_in_the_lane_after_a_bend_is_raised_at_its_first_level(aside_m, raises):
    # Its front is 3.5 m ahead of its origin, the other's rear 13 m behind that one's.
    found = contacts.contact(ahead_in_the_lane(24.0, aside_m, 1.9))
    assert (found.raises.tolist(), found.measure.tolist()) == ([raises], [1.9])


def test_who_would_be_met_later_than_foreseen_is_not_near_yet():
    found = contacts.contact(ahead_in_the_lane(40.0, 0.0, 1.9))
    assert found.raises.tolist() == [False]
