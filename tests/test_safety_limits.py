"""The coarse map of speed limits never hides a lane."""

import numpy as np

from layouts.generator import compact_yard
from twin.safety.limits import speed_map
from twin.yard import roads


def test_no_point_on_a_lane_is_given_more_than_the_lanes_limit():
    lanes = roads.roads_of(compact_yard())
    rng = np.random.default_rng(3)
    low, high = lanes.point_yard_m.min(axis=0) - 30.0, lanes.point_yard_m.max(axis=0) + 30.0
    points = rng.uniform(low, high, (40_000, 2))
    lane, _, offset_m = roads.nearest(lanes, points)
    on_lane = np.abs(offset_m) <= lanes.width_m[lane] / 2.0
    slowest = speed_map(lanes).slowest(*points.T)
    assert on_lane.sum() > 500
    assert (slowest[on_lane] <= lanes.limit_mps[lane[on_lane]]).all()


def test_far_from_every_lane_and_nowhere_there_is_no_limit():
    lanes = roads.roads_of(compact_yard())
    x_m = np.array([1e6, -1e6, np.nan])
    assert np.isinf(speed_map(lanes).slowest(x_m, np.array([0.0, -1e6, np.nan]))).all()
