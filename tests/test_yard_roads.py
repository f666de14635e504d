import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layouts.generator import compact_yard, demo_yard
from twin.errors import YardError
from twin.yard.model import Block, BlockKind, Georeference, Lane, LaneKind, Yard
from twin.yard.roads import nearest, pose_at, reachable, roads_of, route

FENCE = ((-1_000.0, -1_000.0), (1_000.0, -1_000.0), (1_000.0, 1_000.0), (-1_000.0, 1_000.0))
BLOCK = Block("A01", BlockKind.RTG, (0.0, -30.0), 0.0, 10, 6, 5)


def yard_of(*lanes: Lane) -> Yard:
    return Yard("Test", Georeference(4490, (121.0, 31.0)), FENCE, blocks=(BLOCK,), lanes=lanes)


def lane(name: str, *line: tuple[float, float], kind: LaneKind = LaneKind.ROAD, block: str = "") -> Lane:
    return Lane(name, kind, line, speed_limit_mps=10.0, block=block)


# A square with a short cut through a truck lane, and a dead end.
SQUARE = yard_of(
    lane("south", (0.0, 0.0), (100.0, 0.0)),
    lane("east", (100.0, 0.0), (100.0, 100.0)),
    lane("north", (100.0, 100.0), (0.0, 100.0)),
    lane("west", (0.0, 100.0), (0.0, 0.0)),
    lane("short", (100.0, 0.0), (0.0, 100.0), kind=LaneKind.TRUCK_LANE, block="A01"),
    lane("dead end", (0.0, 0.0), (-50.0, 0.0)),
)
DEMO = demo_yard()
ROADS = roads_of(DEMO)


def test_a_point_on_a_bent_lane_is_where_it_is_by_hand() -> None:
    roads = roads_of(yard_of(lane("bend", (0.0, 0.0), (30.0, 0.0), (30.0, 40.0))))
    x, y, heading = pose_at(roads, [0, 0, 0, 0], [10.0, 30.0, 50.0, 70.0])
    assert roads.length_m.tolist() == [70.0]
    assert x.tolist() == [10.0, 30.0, 30.0, 30.0]
    assert y.tolist() == [0.0, 0.0, 20.0, 40.0]
    assert heading == pytest.approx([0.0, math.pi / 4, math.pi / 2, math.pi / 2])


def test_a_lane_runs_straight_on_before_its_start_and_beyond_its_end() -> None:
    roads = roads_of(SQUARE)
    x, y, heading = pose_at(roads, [1, 1], [-5.0, 107.0])
    assert x.tolist() == [100.0, 100.0]
    assert y.tolist() == [-5.0, 107.0]
    assert heading == pytest.approx([math.pi / 2, math.pi / 2])


def test_a_point_that_is_not_known_has_no_pose() -> None:
    x, y, _ = pose_at(roads_of(SQUARE), [0], [math.nan])
    assert np.isnan(x).all()
    assert np.isnan(y).all()


def test_no_points_have_no_poses() -> None:
    assert [len(column) for column in pose_at(ROADS, [], [])] == [0, 0, 0]


@given(st.integers(0, len(ROADS) - 1), st.floats(0, 1))
def test_a_pose_lies_as_far_along_as_shapely_says(index: int, part: float) -> None:
    line = shapely.LineString(DEMO.lanes[index].centre_line_yard_m)
    s = part * ROADS.length_m[index]
    x, y, _ = pose_at(ROADS, [index], [s])
    expected = line.interpolate(s)
    assert math.hypot(x[0] - expected.x, y[0] - expected.y) < 1e-6


def test_headings_turn_steadily_from_lane_to_lane() -> None:
    for index in range(len(ROADS)):
        for follower in ROADS.successors(index).tolist():
            _, _, heading = pose_at(ROADS, [index, follower], [ROADS.length_m[index], 0.0])
            assert abs(math.remainder(heading[1] - heading[0], 2 * math.pi)) < 0.06


def test_lanes_join_within_a_centimetre_and_not_beyond() -> None:
    roads = roads_of(
        yard_of(
            lane("a", (0.0, 0.0), (10.0, 0.0)),
            lane("b", (10.009, 0.0), (20.0, 0.0)),
            lane("c", (20.02, 0.0), (30.0, 0.0)),
        )
    )
    assert [roads.successors(k).tolist() for k in range(3)] == [[1], [], []]


def test_a_way_avoids_the_lane_in_which_others_are_served() -> None:
    roads = roads_of(SQUARE)
    assert route(roads, 0, 3) == (0, 1, 2, 3)
    assert route(roads, 0, 4) == (0, 4)
    assert route(roads, 0, 0) == (0,)


def test_a_way_goes_through_a_service_lane_where_there_is_no_other() -> None:
    lanes = [one for one in SQUARE.lanes if one.name != "north"]
    roads = roads_of(yard_of(*lanes))
    assert [roads.names[k] for k in route(roads, 0, roads.index("west"))] == ["south", "short", "west"]


def test_where_no_way_leads_the_error_names_both_lanes() -> None:
    roads = roads_of(SQUARE)
    with pytest.raises(YardError, match="'dead end' to 'south'"):
        route(roads, roads.index("dead end"), 0)
    with pytest.raises(YardError, match="expected a lane from 0 to 5, found 6"):
        route(roads, 0, 6)
    assert not reachable(roads, roads.index("dead end"))[:5].any()


@given(st.integers(0, len(ROADS) - 1), st.integers(0, len(ROADS) - 1))
def test_every_step_of_a_way_leads_to_the_next(start: int, goal: int) -> None:
    if not reachable(ROADS, start)[goal]:
        with pytest.raises(YardError):
            route(ROADS, start, goal)
        return
    way = route(ROADS, start, goal)
    assert (way[0], way[-1]) == (start, goal)
    assert len(set(way)) == len(way)
    assert all(after in ROADS.successors(before) for before, after in pairwise(way))


def test_ways_in_the_demonstration_yard_pass_no_service_lane() -> None:
    inner = {LaneKind.ROAD, LaneKind.CONNECTOR}
    starts, goals = ROADS.of_kind(LaneKind.GATE_IN), ROADS.of_kind(LaneKind.TRUCK_LANE)
    ends = [
        *ROADS.of_kind(LaneKind.QUAY),
        *ROADS.of_kind(LaneKind.PARKING),
        *ROADS.of_kind(LaneKind.GATE_OUT),
    ]
    for start, goal in [(s, g) for s in starts for g in goals] + [(s, g) for s in goals for g in ends]:
        assert {DEMO.lanes[k].kind for k in route(ROADS, int(start), int(goal))[1:-1]} <= inner


def test_the_nearest_lane_and_the_side_of_it_are_as_by_hand() -> None:
    index, s, offset = nearest(roads_of(SQUARE), [(40.0, 3.0), (40.0, -3.0), (110.0, 50.0), (-60.0, 4.0)])
    assert index.tolist() == [0, 0, 1, 5]
    assert s == pytest.approx([40.0, 40.0, 50.0, 50.0])
    assert offset == pytest.approx([3.0, -3.0, -10.0, -math.hypot(10.0, 4.0)])


def test_a_place_that_is_not_known_is_near_no_lane() -> None:
    index, s, offset = nearest(roads_of(SQUARE), [(math.nan, 0.0), (10.0, 0.0)])
    assert index.tolist() == [-1, 0]
    assert np.isnan([s[0], offset[0]]).all()


def test_a_yard_without_lanes_has_empty_roads() -> None:
    roads = roads_of(yard_of())
    assert len(roads) == 0
    assert nearest(roads, [(0.0, 0.0)])[0].tolist() == [-1]
    with pytest.raises(YardError):
        route(roads, 0, 0)


def test_truck_lanes_know_their_block_and_lanes_their_name() -> None:
    roads = roads_of(compact_yard())
    assert roads.truck_lanes(1).tolist() == [roads.index("TL-B01")]
    with pytest.raises(YardError, match="found 'nowhere'"):
        roads.index("nowhere")
