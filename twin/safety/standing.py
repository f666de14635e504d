"""Stacks as oriented boxes: only those near a machine are looked up, by arithmetic in block frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import BOX_WIDTH_M, Boxes
from twin.safety.collision import Rows, bounds, expanded
from twin.stock.sizes import LENGTH_M
from twin.stock.table import Stock
from twin.tables import Flags, Floats
from twin.yard.slots import Slots

_LENGTHS_M = np.zeros(128)
for _ft, _m in LENGTH_M.items():
    _LENGTHS_M[_ft] = _m
_SLACK_M = 1.0
"""A 45 ft box reaches so far at most beyond its ground slots [m], rounded up."""


@dataclass(frozen=True, slots=True)
class _Grids:
    """The blocks as grids of ground slots, one row a block that has any."""

    first: NDArray[np.int64]
    bays: NDArray[np.int64]
    rows: NDArray[np.int64]
    x0_m: Floats
    y0_m: Floats
    cos: Floats
    sin: Floats
    bay_pitch_m: Floats
    row_pitch_m: Floats
    top_m: Floats


def _grids(slots: Slots, stock: Stock) -> _Grids:
    """Read the grids off the slots; ``x0_m``, ``y0_m`` is the centre of each block's first ground slot."""
    starts, ends = slots.first[:-1].astype(np.int64), slots.first[1:].astype(np.int64)
    starts, ends = starts[ends > starts], ends[ends > starts]
    bays, rows = slots.position[ends - 1] + 1, slots.row[ends - 1] + 1
    x0_m, y0_m = slots.centre_yard_m[starts].T
    across = slots.centre_yard_m[np.where(rows > 1, starts + 1, starts)] - slots.centre_yard_m[starts]
    pitch_m = np.hypot(across[:, 0], across[:, 1])
    heading = slots.heading_rad[starts]
    tops = np.maximum.reduceat(stock.top_m, starts) if len(starts) else np.empty(0)
    return _Grids(
        starts, bays.astype(np.int64), rows.astype(np.int64), x0_m, y0_m, np.cos(heading), np.sin(heading),
        slots.bay_pitch_m[starts], np.where(pitch_m > 0, pitch_m, BOX_WIDTH_M), tops,
    )  # fmt: skip


def stacks_near(
    boxes: Boxes, stock: Stock, slots: Slots, horizon_s: float = 0.0, wider_m: Floats | float = 0.0
) -> tuple[Rows, Rows]:
    """Give pairs of a box and a stack that its swept bounds may reach, by place and by height.

    Parameters
    ----------
    boxes : Boxes
        n boxes of machines.
    stock, slots
        What stands, and the ground slots, with the same rows as ``stock.top_m``.
    horizon_s : float
        How far ahead the boxes are swept [s].
    wider_m : (n,) or float
        How far beyond that sweep each may come [m].

    Returns
    -------
    box, ground : (k,)
        Rows of ``boxes`` and of ``slots``; empty ground slots are left out.
    """
    grids = _grids(slots, stock)
    low, high = bounds(boxes, horizon_s)
    margin_m = np.reshape(wider_m, (-1, 1))
    box, block = _near(boxes, low - margin_m, high + margin_m, grids)
    half = ((high - low) / 2.0 + margin_m)[box]
    dx, dy = ((low + high) / 2.0)[box].T - np.stack((grids.x0_m, grids.y0_m))[:, block]
    c, s = grids.cos[block], grids.sin[block]
    reach_u = half[:, 0] * np.abs(c) + half[:, 1] * np.abs(s) + _SLACK_M
    reach_v = half[:, 0] * np.abs(s) + half[:, 1] * np.abs(c)
    from_u, to_u = _cells(c * dx + s * dy, reach_u, grids.bay_pitch_m[block], grids.bays[block])
    from_v, to_v = _cells(c * dy - s * dx, reach_v, grids.row_pitch_m[block], grids.rows[block])
    many_v = np.maximum(to_v - from_v, 0)
    owner, number = expanded(np.maximum(to_u - from_u, 0) * many_v)
    box, block, many_v = box[owner], block[owner], many_v[owner]
    position, row = from_u[owner] + number // many_v, from_v[owner] + number % many_v
    ground = grids.first[block] + position * grids.rows[block] + row
    kept = (stock.count[ground] > 0) & (boxes.bottom_m[box] < stock.top_m[ground])
    return box[kept], ground[kept]


def _near(boxes: Boxes, low: Floats, high: Floats, grids: _Grids) -> tuple[Rows, Rows]:
    """Give the pairs of a box and a block whose bounds overlap, where the block is high enough.

    Blocks are looked up once for all boxes of a machine, which stand side by side in their table.
    """
    if not len(boxes):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    block_low, block_high = _block_bounds(grids)
    first = np.flatnonzero(np.diff(boxes.mover, prepend=boxes.mover[0] - 1))
    count = np.diff(first, append=len(boxes))
    lowest, highest = np.fmin.reduceat(low, first), np.fmax.reduceat(high, first)
    near = _meet(lowest[:, None], highest[:, None], block_low, block_high)
    machine, block = np.divmod(np.flatnonzero(near), len(grids.first))
    pair, number = expanded(count[machine])
    box, block = first[machine[pair]] + number, block[pair]
    near = _meet(low[box], high[box], block_low[block], block_high[block])
    near &= boxes.bottom_m[box] < grids.top_m[block]
    return box[near], block[near]


def _meet(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> Flags:
    """Tell which rectangles, corners (..., 2), overlap or touch."""
    meet: Flags = (low[..., 0] <= other_high[..., 0]) & (high[..., 0] >= other_low[..., 0])
    meet &= (low[..., 1] <= other_high[..., 1]) & (high[..., 1] >= other_low[..., 1])
    return meet


def _block_bounds(grids: _Grids) -> tuple[Floats, Floats]:
    """Give the lower and upper corners of the blocks, (b, 2) [m], with a rim of one slot."""
    long_m = (grids.bays - 1) * grids.bay_pitch_m
    wide_m = (grids.rows - 1) * grids.row_pitch_m
    x_m = np.stack((0.0 * long_m, grids.cos * long_m, -grids.sin * wide_m))
    y_m = np.stack((0.0 * long_m, grids.sin * long_m, grids.cos * wide_m))
    corners = np.stack((np.vstack((x_m, x_m[1:2] + x_m[2:])), np.vstack((y_m, y_m[1:2] + y_m[2:]))), axis=2)
    corners += np.column_stack((grids.x0_m, grids.y0_m))
    rim_m = (grids.bay_pitch_m + grids.row_pitch_m)[:, None]
    return corners.min(axis=0) - rim_m, corners.max(axis=0) + rim_m


def _cells(
    at_m: Floats, reach_m: Floats, pitch_m: Floats, count: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first cell that an interval reaches and the one after its last; NaN reaches none."""
    with np.errstate(invalid="ignore"):
        first = np.nan_to_num(np.floor((at_m - reach_m) / pitch_m + 0.5), nan=0.0)
        after = np.nan_to_num(np.floor((at_m + reach_m) / pitch_m + 0.5) + 1.0, nan=0.0)
    limit = count.astype(np.float64)
    return np.clip(first, 0, limit).astype(np.int64), np.clip(after, 0, limit).astype(np.int64)


def stack_boxes(stock: Stock, slots: Slots, ground: Rows) -> Boxes:
    """Give the stacks over some ground slots as boxes from the ground up, (k,).

    The outline is that of the topmost box, the longest of its stack; of a box over two ground slots
    each has its half.
    """
    top = stock.occupant[ground, np.maximum(stock.count[ground] - 1, 0)]
    length_ft = np.where(top >= 0, stock.length_ft[top], 20)
    length_m = _LENGTHS_M[length_ft]
    pitch_m = slots.bay_pitch_m[ground]
    half_m = np.where(length_ft == 20, length_m / 2.0, length_m / 4.0)
    inward_m = np.where(length_ft == 20, 0.0, pitch_m / 2.0 - half_m)
    upper = stock.ground[top] != ground
    shift_m = np.where(upper, -inward_m, inward_m)
    c, s = np.cos(slots.heading_rad[ground]), np.sin(slots.heading_rad[ground])
    n, nothing = len(ground), np.zeros(len(ground))
    return Boxes(
        slots.centre_yard_m[ground, 0] + c * shift_m, slots.centre_yard_m[ground, 1] + s * shift_m, c, s,
        half_m, np.full(n, BOX_WIDTH_M / 2.0), nothing, stock.top_m[ground], nothing, nothing,
        np.full(n, -1, np.int32), np.full(n, -1, np.int8), np.full(n, -1, np.int8),
    )  # fmt: skip
