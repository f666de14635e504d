import numpy as np
import pytest

from layouts.generator import large_yard
from twin.yard import roads
from twin.yard.lane_grid import by_arrays, grid_of, lane_at


@pytest.mark.parametrize("seed", [1, 2])
def test_the_lane_within_reach_is_the_one_that_a_search_of_all_lanes_finds(seed: int) -> None:
    yard = large_yard(20_000)
    lanes = roads.roads_of(yard)
    rng = np.random.default_rng(seed)
    low, high = lanes.point_yard_m.min(axis=0) - 30.0, lanes.point_yard_m.max(axis=0) + 30.0
    points = rng.uniform(low, high, (20_000, 2))

    lane, s_m, offset_m = lane_at(lanes, points)
    wanted, wanted_s_m, wanted_offset_m = roads.nearest(lanes, points)

    near = np.abs(wanted_offset_m) <= lanes.width_m.max() / 2.0
    assert near.sum() > 500
    assert ((lane >= 0) == near).all()
    # Two lanes that meet in a point are equally near: by the way to it they do not differ.
    assert np.allclose(np.abs(offset_m[near]), np.abs(wanted_offset_m[near]), atol=1e-9)
    same = near & (lane == wanted)
    assert same.sum() > 0.9 * near.sum()
    assert np.allclose(s_m[same], wanted_s_m[same], atol=1e-6)


def test_a_point_that_is_nowhere_or_far_outside_is_on_no_lane() -> None:
    lanes = roads.roads_of(large_yard(20_000))
    lane, s_m, offset_m = lane_at(lanes, [[np.nan, 0.0], [1e9, 1e9], [-1e300, 0.0], [np.inf, 0.0]])
    assert (lane == -1).all()
    assert np.isnan(s_m).all()
    assert np.isnan(offset_m).all()


def test_the_loop_over_points_and_whole_arrays_find_the_same_bit_for_bit() -> None:
    from twin.yard import lane_loops

    lanes = roads.roads_of(large_yard(20_000))
    rng = np.random.default_rng(3)
    low, high = lanes.point_yard_m.min(axis=0) - 30.0, lanes.point_yard_m.max(axis=0) + 30.0
    ends = lanes.point_yard_m[rng.integers(0, len(lanes.point_yard_m), 500)]
    points = np.vstack((rng.uniform(low, high, (2_000, 2)), ends, [[np.nan, 1.0], [1e300, 1.0]]))

    looped = lane_loops.nearest(grid_of(lanes), points, float(lanes.width_m.max()) / 2.0)

    whole = by_arrays(lanes, points)
    assert all(looped[k].tobytes() == whole[k].tobytes() for k in range(3))
