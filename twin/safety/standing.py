"""Stacks as oriented boxes: only those near a machine are looked up, by arithmetic in block frames."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import BOX_WIDTH_M, Boxes
from twin.safety.collision import Rows, bounds
from twin.stock.sizes import LENGTH_M
from twin.stock.table import Stock
from twin.tables import Floats, expanded
from twin.yard.slots import Slots

_LENGTHS_M = np.zeros(128)
for _ft, _m in LENGTH_M.items():
    _LENGTHS_M[_ft] = _m
_HALF_WIDTH_M = BOX_WIDTH_M / 2.0


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks as grids of ground slots, one row a block that has any.

    Attributes
    ----------
    slots, stock
        What they were read from.
    first, bays, rows : (b,) int64
        First ground slot; positions along the bays and rows.
    x0_m, y0_m : (b,) float
        Centre of the first ground slot in the yard frame.
    cos, sin : (b,) float
        Of the heading.
    bay_pitch_m, row_pitch_m : (b,) float
    half_m : (2, b) float
        Half extents along bays and rows of what may stand there, the longest boxes included.
    reach_m : (b,) float
        How far along the bays a box may reach beyond the centre of a ground slot that it is over.
    top_m : (b,) float
        Height of the highest stack.
    low_m, high_m : (2, b) float
        Corners of the bounds in the yard frame.
    middle_m : (2, b) float
        Centre of each block, from its first ground slot's in its own frame.
    """

    slots: Slots
    stock: Stock
    first: NDArray[np.int64]
    bays: NDArray[np.int64]
    rows: NDArray[np.int64]
    x0_m: Floats
    y0_m: Floats
    cos: Floats
    sin: Floats
    bay_pitch_m: Floats
    row_pitch_m: Floats
    half_m: Floats
    reach_m: Floats
    top_m: Floats
    low_m: Floats
    high_m: Floats
    middle_m: Floats

    def __len__(self) -> int:
        """Give the number of blocks."""
        return len(self.first)

    def with_stock(self, stock: Stock) -> "Blocks":
        """Give the same blocks with the heights of another stock on the same slots."""
        return self if stock is self.stock else replace(self, stock=stock, top_m=_tops(self.first, stock))


def blocks_of(slots: Slots, stock: Stock) -> Blocks:
    """Read the blocks off the slots and what stands on them."""
    starts, ends = slots.first[:-1].astype(np.int64), slots.first[1:].astype(np.int64)
    starts, ends = starts[ends > starts], ends[ends > starts]
    bays, rows = slots.position[ends - 1].astype(np.int64) + 1, slots.row[ends - 1].astype(np.int64) + 1
    x0_m, y0_m = slots.centre_yard_m[starts].T
    across = slots.centre_yard_m[np.where(rows > 1, starts + 1, starts)] - slots.centre_yard_m[starts]
    row_pitch_m = np.hypot(across[:, 0], across[:, 1])
    row_pitch_m = np.where(row_pitch_m > 0, row_pitch_m, BOX_WIDTH_M)
    pitch_m, heading = slots.bay_pitch_m[starts], slots.heading_rad[starts]
    # A box over two ground slots reaches half its length from between them.
    beyond_m = np.maximum(pitch_m / 2.0, max(LENGTH_M.values()) / 2.0 - pitch_m / 2.0)
    reach_m = np.maximum(LENGTH_M[20] / 2.0, beyond_m)
    half_m = np.stack(((bays - 1) * pitch_m / 2.0 + reach_m, (rows - 1) * row_pitch_m / 2.0 + _HALF_WIDTH_M))
    middle_m: Floats = np.stack(((bays - 1) * pitch_m / 2.0, (rows - 1) * row_pitch_m / 2.0))
    c, s = np.cos(heading), np.sin(heading)
    x_m = x0_m + c * middle_m[0] - s * middle_m[1]
    y_m = y0_m + s * middle_m[0] + c * middle_m[1]
    x_reach_m = np.abs(c) * half_m[0] + np.abs(s) * half_m[1]
    y_reach_m = np.abs(s) * half_m[0] + np.abs(c) * half_m[1]
    return Blocks(
        slots, stock, starts, bays, rows, x0_m, y0_m, c, s, pitch_m, row_pitch_m, half_m, reach_m,
        _tops(starts, stock), np.stack((x_m - x_reach_m, y_m - y_reach_m)),
        np.stack((x_m + x_reach_m, y_m + y_reach_m)), middle_m,
    )  # fmt: skip


def _tops(first: NDArray[np.int64], stock: Stock) -> Floats:
    if not len(first):
        return np.empty(0)
    tops: Floats = np.maximum.reduceat(stock.top_m, first)
    return tops


@dataclass(frozen=True, slots=True)
class InBlock:
    """Boxes in the frames of blocks: pairs of a row of boxes and a row of blocks.

    ``u_m``, ``v_m`` are centres from the first ground slot's; ``reach_u_m``, ``reach_v_m`` half extents
    along bays and rows.
    """

    u_m: Floats
    v_m: Floats
    reach_u_m: Floats
    reach_v_m: Floats


def in_block(boxes: Boxes, box: Rows, blocks: Blocks, block: Rows) -> InBlock:
    """Bring boxes into the frames of blocks."""
    dx, dy = boxes.x_m[box] - blocks.x0_m[block], boxes.y_m[box] - blocks.y0_m[block]
    c, s = blocks.cos[block], blocks.sin[block]
    cos, sin, half_l, half_w = boxes.cos[box], boxes.sin[box], boxes.half_l_m[box], boxes.half_w_m[box]
    along, across = np.abs(c * cos + s * sin), np.abs(c * sin - s * cos)
    return InBlock(
        c * dx + s * dy, c * dy - s * dx, along * half_l + across * half_w, across * half_l + along * half_w
    )


def beside_m(bottom_m: Floats, blocks: Blocks, block: Rows, placed: InBlock) -> Floats:
    """Give how far boxes are beside or above all that may stand in blocks.

    Parameters
    ----------
    bottom_m : (k,)
        Heights of their under faces.
    blocks, block : Blocks, (k,)
        Rows of the blocks.
    placed : InBlock
        The k boxes in the frames of these.

    Returns
    -------
    (k,)
        Below 0 where they are neither beside nor above [m].
    """
    middle_u, middle_v = blocks.middle_m
    half_u, half_v = blocks.half_m
    beside: Floats = np.abs(placed.u_m - middle_u[block]) - placed.reach_u_m - half_u[block]
    np.maximum(beside, np.abs(placed.v_m - middle_v[block]) - placed.reach_v_m - half_v[block], out=beside)
    return np.maximum(beside, bottom_m - blocks.top_m[block], out=beside)


def stacks_under(bottom_m: Floats, blocks: Blocks, block: Rows, placed: InBlock) -> tuple[Rows, Rows]:
    """Give the stacks whose outlines in their block's frame boxes overlap, and that are as high as these.

    Parameters
    ----------
    bottom_m : (k,)
        Heights of the boxes' under faces.
    blocks, block : Blocks, (k,)
        Rows of the blocks.
    placed : InBlock
        The k boxes in the frames of these, as widely as they are to be looked at.

    Returns
    -------
    pair, ground : (m,)
        Number of the box, and ground slot; empty ground slots are left out.
    """
    reach_u = placed.reach_u_m + blocks.reach_m[block]
    from_u, to_u = _cells(placed.u_m, reach_u, blocks.bay_pitch_m[block], blocks.bays[block])
    reach_v = placed.reach_v_m + _HALF_WIDTH_M
    from_v, to_v = _cells(placed.v_m, reach_v, blocks.row_pitch_m[block], blocks.rows[block])
    many_v = np.maximum(to_v - from_v, 0)
    pair, number = expanded(np.maximum(to_u - from_u, 0) * many_v)
    along = number // many_v[pair]
    position, row = from_u[pair] + along, from_v[pair] + number - along * many_v[pair]
    ground = blocks.first[block[pair]] + position * blocks.rows[block[pair]] + row
    kept = np.flatnonzero(bottom_m[pair] < blocks.stock.top_m[ground])
    return pair[kept], ground[kept]


def _cells(
    at_m: Floats, reach_m: Floats, pitch_m: Floats, count: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first cell whose centre is within reach and the one after the last; NaN reaches none."""
    limit = count.astype(np.float64)
    with np.errstate(invalid="ignore"):
        first = np.fmax(np.fmin(np.ceil((at_m - reach_m) / pitch_m), limit), 0.0)
        after = np.fmax(np.fmin(np.floor((at_m + reach_m) / pitch_m) + 1.0, limit), 0.0)
    after = np.where(np.isnan(at_m + reach_m), first, after)
    return first.astype(np.int64), after.astype(np.int64)


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
    blocks = blocks_of(slots, stock)
    low, high = bounds(boxes, horizon_s)
    wider = np.broadcast_to(np.asarray(wider_m, np.float64), len(boxes))
    box, block = meeting((low - wider[:, None]).T, (high + wider[:, None]).T, blocks.low_m, blocks.high_m)
    way_x, way_y = horizon_s * boxes.vx_mps[box], horizon_s * boxes.vy_mps[box]
    c, s = blocks.cos[block], blocks.sin[block]
    way_u, way_v = c * way_x + s * way_y, c * way_y - s * way_x
    at = in_block(boxes, box, blocks, block)
    swept = InBlock(
        at.u_m + way_u / 2.0, at.v_m + way_v / 2.0, at.reach_u_m + np.abs(way_u) / 2.0 + wider[box],
        at.reach_v_m + np.abs(way_v) / 2.0 + wider[box],
    )  # fmt: skip
    pair, ground = stacks_under(boxes.bottom_m[box], blocks, block, swept)
    return box[pair], ground


def meeting(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> tuple[Rows, Rows]:
    """Give the pairs of two sets of rectangles, corners (2, n) and (2, m), that overlap or touch.

    All are compared with all: for few against few hundred.
    """
    meet = low[0][:, None] <= other_high[0]
    meet &= high[0][:, None] >= other_low[0]
    meet &= low[1][:, None] <= other_high[1]
    meet &= high[1][:, None] >= other_low[1]
    found = np.flatnonzero(meet)
    one = found // max(len(other_low[0]), 1)
    return one, found - one * len(other_low[0])


def outlines(blocks: Blocks) -> Boxes:
    """Give the blocks as boxes round all that stands in them, one row a block."""
    c, s = blocks.cos, blocks.sin
    u_m, v_m = blocks.middle_m
    nothing, n = np.zeros(len(blocks)), len(blocks)
    return Boxes(
        blocks.x0_m + c * u_m - s * v_m, blocks.y0_m + s * u_m + c * v_m, c, s, blocks.half_m[0],
        blocks.half_m[1], nothing, blocks.top_m, nothing, nothing, np.full(n, -1, np.int32),
        np.full(n, -1, np.int8), np.full(n, -1, np.int8), nothing,
    )  # fmt: skip


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
        np.full(n, -1, np.int32), np.full(n, -1, np.int8), np.full(n, -1, np.int8), nothing,
    )  # fmt: skip
