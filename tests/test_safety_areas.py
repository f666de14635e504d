"""How far areas are, by cells: nothing that is near is passed over."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from layouts.generator import large_yard
from twin.safety.rules import areas
from twin.yard.model import Zone, ZoneKind


@pytest.fixture(scope="module")
def yard():
    return large_yard(20_000)


@pytest.mark.parametrize("within_m", [0.0, 5.0, 40.0, areas.MARGIN_M])
def test_no_point_near_a_block_is_passed_over_and_few_are_near_that_are_not(yard, within_m):
    rng = np.random.default_rng(4)
    outlines = shapely.union_all([shapely.Polygon(block.outline()) for block in yard.blocks])
    low_x, low_y, high_x, high_y = outlines.bounds
    x_m, y_m = rng.uniform(low_x - 300, high_x + 300, 20_000), rng.uniform(low_y - 300, high_y + 300, 20_000)
    away_m = shapely.distance(outlines, shapely.points(x_m, y_m))

    found = areas.near(yard, areas.BLOCKS, x_m, y_m, within_m)

    assert found[away_m <= within_m].all()
    assert not found[away_m > np.sqrt(2) * (within_m + 2 * areas.CELL_M)].any()


def test_what_is_nowhere_or_far_off_is_near_nothing(yard):
    x_m = np.array([np.nan, np.inf, -np.inf, 1e300, -1e9, 10.0])
    found = areas.near(yard, areas.BLOCKS, x_m, np.array([10.0] * 5 + [np.nan]), 50.0)
    assert not found.any()


def test_inside_is_as_the_polygons_say(yard):
    rng = np.random.default_rng(5)
    x_m, y_m = rng.uniform(-100, 1500, 20_000), rng.uniform(-100, 900, 20_000)
    outlines = shapely.union_all([shapely.Polygon(block.outline()) for block in yard.blocks])

    entered, left = areas.inside(yard, areas.BLOCKS, x_m, y_m)

    assert entered.sum() > 100
    np.testing.assert_array_equal(entered, shapely.contains_xy(outlines.buffer(-areas.EDGE_M), x_m, y_m))
    np.testing.assert_array_equal(left, shapely.contains_xy(outlines.buffer(areas.EDGE_M), x_m, y_m))


def test_zones_at_the_ends_of_the_earth_take_no_more_cells(yard):
    ring = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)])
    zones = tuple(
        Zone(f"far {k}", ZoneKind.EXCLUSION, tuple(map(tuple, (ring + at).tolist())))
        for k, at in enumerate((0.0, 4e7))
    )
    wide = replace(yard, zones=zones)
    entered, _ = areas.inside(
        wide, ZoneKind.EXCLUSION, np.array([8.0, 2.0, 4e7 + 8.0]), np.array([3.0, 8.0, 4e7 + 3])
    )
    assert entered.tolist() == [True, False, True]
