"""Which lane a point is on, by a grid that knows the lanes near each of its cells."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.tables import Floats, Ints, expanded
from twin.yard.roads import Roads

Rows = NDArray[np.intp]

_CELL_M = 4.0
_MOST_CELLS = 1 << 22
"""A yard so wide that its grid would have more cells has wider ones."""


@dataclass(frozen=True, slots=True)
class LaneGrid:
    """The straight pieces of all lanes, and which of them are near each cell.

    Attributes
    ----------
    low_m : (2,) float
        Corner of the first cell in the yard frame.
    cell_m : float
    shape : (int, int)
        Rows and columns of cells.
    first : (cells + 1,) int
        Where each cell's pieces start in ``piece``.
    piece : (k,) int
        Pieces that come within half the widest lane of the cell.
    start_m, way_m : (p, 2) float
        Where each piece starts, and the way to its end [m].
    lane : (p,) int32
    along_m : (p,) float
        How far along its lane each piece starts [m].
    """

    low_m: Floats
    cell_m: float
    shape: tuple[int, int]
    first: Rows
    piece: Rows
    start_m: Floats
    way_m: Floats
    lane: Ints
    along_m: Floats


@lru_cache(maxsize=8)
def grid_of(roads: Roads) -> LaneGrid:
    """Lay the grid over the lanes."""
    counts = np.diff(roads.first)
    lane_of_point = np.repeat(np.arange(len(roads), dtype=np.int32), counts)
    at = np.setdiff1d(np.arange(len(roads.along_m)), roads.first[1:] - 1)
    start, way = roads.point_yard_m[at], roads.point_yard_m[at + 1] - roads.point_yard_m[at]
    if not len(at):
        none = np.empty(0, np.intp)
        return LaneGrid(np.zeros(2), _CELL_M, (1, 1), np.zeros(2, np.intp), none, start, way,
                        lane_of_point[at], roads.along_m[at])  # fmt: skip
    reach_m = float(roads.width_m.max()) / 2.0
    points = roads.point_yard_m
    low, high = points.min(axis=0) - reach_m, points.max(axis=0) + reach_m
    cell_m = max(_CELL_M, float(np.sqrt(np.prod(high - low) / _MOST_CELLS)))
    columns, rows = ((high - low) / cell_m).astype(np.intp) + 1
    cell, piece = _marked(start, way, reach_m, low, cell_m)
    key = np.unique((cell[:, 1] * columns + cell[:, 0]) * len(at) + piece)
    cells = key // len(at)
    first = np.searchsorted(cells, np.arange(rows * columns + 1))
    return LaneGrid(low, cell_m, (int(rows), int(columns)), first, key - cells * len(at), start, way,
                    lane_of_point[at], roads.along_m[at])  # fmt: skip


def _marked(start: Floats, way: Floats, reach_m: float, low: Floats, cell_m: float) -> tuple[Rows, Rows]:
    """Give the cells that pieces come near, (k, 2) column and row, and the pieces."""
    long_m = np.hypot(way[:, 0], way[:, 1])
    many = np.maximum(np.ceil(long_m / cell_m), 1).astype(np.intp)
    piece, number = expanded(many)
    ends = [start[piece] + (number + k)[:, None] / many[piece][:, None] * way[piece] for k in (0, 1)]
    one = ((np.minimum(*ends) - reach_m - low) / cell_m).astype(np.intp)
    last = ((np.maximum(*ends) + reach_m - low) / cell_m).astype(np.intp)
    one = np.maximum(one, 0)
    wide = last - one + 1
    box, number = expanded(wide[:, 0] * wide[:, 1])
    row = number // wide[box, 0]
    return one[box] + np.column_stack((number - row * wide[box, 0], row)), piece[box]


def lane_at(roads: Roads, points_yard_m: ArrayLike) -> tuple[Ints, Floats, Floats]:
    """Give the lane that each point is on: the nearest of those within half the widest lane.

    Parameters
    ----------
    roads : Roads
    points_yard_m : (n, 2)
        In the yard frame [m].

    Returns
    -------
    lane : (n,) int32
        -1 where no lane is so near, and where a point is NaN.
    s_m : (n,) float
        How far along it the nearest point is; NaN where there is no lane.
    offset_m : (n,) float
        How far away, positive to the left of the lane's direction; NaN where there is no lane.
    """
    points = np.atleast_2d(np.asarray(points_yard_m, float))
    if len(points) and len(roads):
        # numba takes long to import: only where points are asked about.
        from twin.compiled import COMPILED

        if COMPILED:
            from twin.yard import lane_loops

            return lane_loops.nearest(grid_of(roads), points, float(roads.width_m.max()) / 2.0)
    return by_arrays(roads, points)


def by_arrays(roads: Roads, points: Floats) -> tuple[Ints, Floats, Floats]:
    """Give :func:`lane_at` with all points at once."""
    lane, s, offset = np.full(len(points), -1, np.int32), *np.full((2, len(points)), np.nan)
    grid = grid_of(roads)
    with np.errstate(invalid="ignore"):
        place = np.floor((points - grid.low_m) / grid.cell_m)
        rows, columns = grid.shape
        inside = np.flatnonzero(((place >= 0) & (place < (columns, rows))).all(axis=1))
    cell = place[inside].astype(np.intp)
    number = cell[:, 1] * columns + cell[:, 0]
    first = grid.first[number]
    point, which = expanded(grid.first[number + 1] - first)
    if not len(point):
        return lane, s, offset
    piece, at = grid.piece[first[point] + which], inside[point]
    way, away = grid.way_m[piece], points[at] - grid.start_m[piece]
    square = (way * way).sum(axis=1)
    share = np.clip((way * away).sum(axis=1) / np.maximum(square, 1e-12), 0.0, 1.0)
    rest = away - share[:, None] * way
    far_m = np.sqrt((rest * rest).sum(axis=1))
    starts = np.flatnonzero(np.diff(point, prepend=-1))
    nearest = np.flatnonzero(
        far_m == np.repeat(np.minimum.reduceat(far_m, starts), np.diff(starts, append=len(point)))
    )
    nearest = nearest[np.diff(point[nearest], prepend=-1) != 0]
    nearest = nearest[far_m[nearest] <= roads.width_m.max() / 2.0]
    found, piece = at[nearest], piece[nearest]
    lane[found] = grid.lane[piece]
    s[found] = grid.along_m[piece] + share[nearest] * np.sqrt(square[nearest])
    side = way[nearest, 0] * away[nearest, 1] - way[nearest, 1] * away[nearest, 0]
    offset[found] = np.copysign(far_m[nearest], side)
    return lane, s, offset
