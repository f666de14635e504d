"""The lane that each of many points is on, one point after the other in a compiled loop.

The same as :mod:`twin.yard.lane_grid` finds with whole arrays, where nothing is compiled.
"""

import math

import numpy as np

from twin.compiled import compiled
from twin.tables import Floats, Ints
from twin.yard.lane_grid import LaneGrid, Rows


def nearest(grid: LaneGrid, points_yard_m: Floats, within_m: float) -> tuple[Ints, Floats, Floats]:
    """Give the lane, how far along it and how far aside each point is: see ``lane_grid.lane_at``."""
    return _nearest(
        points_yard_m, grid.low_m, grid.cell_m, grid.shape, grid.first, grid.piece, grid.start_m, grid.way_m,
        grid.lane, grid.along_m, within_m,
    )  # fmt: skip


@compiled
def _nearest(
    points: Floats,
    low_m: Floats,
    cell_m: float,
    shape: tuple[int, int],
    first: Rows,
    piece: Rows,
    start_m: Floats,
    way_m: Floats,
    lanes: Ints,
    starts_m: Floats,
    within_m: float,
) -> tuple[Ints, Floats, Floats]:
    """Give :func:`nearest` of a grid's arrays."""
    n = len(points)
    lane, along_m, offset_m = np.full(n, -1, np.int32), np.full(n, np.nan), np.full(n, np.nan)
    for k in range(n):
        x, y = points[k, 0], points[k, 1]
        column, row = np.floor((x - low_m[0]) / cell_m), np.floor((y - low_m[1]) / cell_m)
        # A point that is no number is in no cell.
        if not (0.0 <= column < shape[1] and 0.0 <= row < shape[0]):
            continue
        cell = int(row) * shape[1] + int(column)
        closest_m, found, share, aside = np.inf, -1, 0.0, 0.0
        for place in range(first[cell], first[cell + 1]):
            p = piece[place]
            way_x, way_y = way_m[p, 0], way_m[p, 1]
            dx, dy = x - start_m[p, 0], y - start_m[p, 1]
            part = (way_x * dx + way_y * dy) / max(way_x * way_x + way_y * way_y, 1e-12)
            part = min(max(part, 0.0), 1.0)
            rest_x, rest_y = dx - part * way_x, dy - part * way_y
            far_m = math.sqrt(rest_x * rest_x + rest_y * rest_y)
            if far_m < closest_m:
                closest_m, found, share, aside = far_m, p, part, way_x * dy - way_y * dx
        if found >= 0 and closest_m <= within_m:
            long_m = math.sqrt(way_m[found, 0] * way_m[found, 0] + way_m[found, 1] * way_m[found, 1])
            lane[k] = lanes[found]
            along_m[k] = starts_m[found] + share * long_m
            offset_m[k] = math.copysign(closest_m, aside)
    return lane, along_m, offset_m


def warm() -> None:
    """Compile the loop, or load it from its cache, so that no tick waits for it."""
    one, rows = np.zeros((1, 2)), np.zeros(1, np.intp)
    low_m, first, lane = np.zeros(2), np.zeros(2, np.intp), np.zeros(1, np.int32)
    nearest(LaneGrid(low_m, 4.0, (1, 1), first, rows, one, one, lane, np.zeros(1)), one, 1.0)
