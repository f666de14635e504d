"""Stacks as oriented boxes: only those near a machine are looked up, by arithmetic in block frames."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import BOX_WIDTH_M, Boxes
from twin.safety.collision import Rows, bounds
from twin.stock.sizes import LENGTH_M
from twin.stock.table import Stock
from twin.tables import Floats, Singles, expanded
from twin.yard.slots import Slots

Planes = NDArray[np.complex128]

_HALVES_M = np.zeros(128)
"""Half of what stands on one ground slot, by the length of the box [ft]."""
for _ft, _m in LENGTH_M.items():
    _HALVES_M[_ft] = _m / 2.0 if _ft == 20 else _m / 4.0
_HALF_WIDTH_M = BOX_WIDTH_M / 2.0


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks as grids of ground slots, one row a block that has any; along the bays, then the rows.

    Attributes
    ----------
    slots, stock
        What they were read from.
    first, rows : (b,) int64
        First ground slot; number of rows.
    count : (2, b) float
        Positions along the bays, and rows.
    corner_m : (b,) complex
        Centre of the first ground slot in the yard frame, x + iy.
    ahead : (b,) complex
        Direction of the bays in the yard frame.
    pitch_m : (2, b) float
    over_m : (2, b) float
        How far along and across a box may reach beyond the centre of a ground slot that it is over.
    top_m : (b,) float
        Height of the highest stack.
    low_m, high_m : (2, b) float
        Corners of the bounds in the yard frame.
    """

    slots: Slots
    stock: Stock
    first: NDArray[np.int64]
    rows: NDArray[np.int64]
    count: Floats
    corner_m: Planes
    ahead: Planes
    pitch_m: Floats
    over_m: Floats
    top_m: Floats
    low_m: Floats
    high_m: Floats

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
    rows = slots.row[ends - 1].astype(np.int64) + 1
    count = np.stack((slots.position[ends - 1] + 1.0, rows))
    across = slots.centre_yard_m[np.where(rows > 1, starts + 1, starts)] - slots.centre_yard_m[starts]
    row_pitch_m = np.hypot(across[:, 0], across[:, 1])
    pitch_m = np.stack((slots.bay_pitch_m[starts], np.where(row_pitch_m > 0, row_pitch_m, BOX_WIDTH_M)))
    # A box over two ground slots reaches half its length from between them.
    beyond_m = np.maximum(pitch_m[0] / 2.0, max(LENGTH_M.values()) / 2.0 - pitch_m[0] / 2.0)
    over_m = np.stack((np.maximum(LENGTH_M[20] / 2.0, beyond_m), np.full(len(starts), _HALF_WIDTH_M)))
    corner_m, ahead = plane(*slots.centre_yard_m[starts].T), np.exp(1j * slots.heading_rad[starts])
    middle_m = (count - 1.0) * pitch_m / 2.0
    along, across = middle_m + over_m
    c, s = np.abs(ahead.real), np.abs(ahead.imag)
    reach_m = np.stack((c * along + s * across, s * along + c * across))
    centre = corner_m + ahead * plane(*middle_m)
    centre_m = np.stack((centre.real, centre.imag))
    return Blocks(
        slots, stock, starts, rows, count, corner_m, ahead, pitch_m, over_m, _tops(starts, stock),
        centre_m - reach_m, centre_m + reach_m,
    )  # fmt: skip


def plane(x: Floats, y: Floats) -> Planes:
    """Give x and y as complex numbers."""
    found = np.empty(x.shape, np.complex128)
    found.real, found.imag = x, y
    return found


def _tops(first: NDArray[np.int64], stock: Stock) -> Floats:
    if not len(first):
        return np.empty(0)
    tops: Floats = np.maximum.reduceat(stock.top_m, first)
    return tops


@dataclass(frozen=True, slots=True)
class InBlock:
    """Boxes in the frames of blocks: pairs of a row of boxes and a row of blocks.

    ``at_m``, (2, k), are centres from the first ground slot's along bays and rows, ``reach_m``, (2, k),
    half extents along these.
    """

    at_m: Floats
    reach_m: Floats

    def swept(self, way_m: Planes, more_m: Floats | float = 0.0) -> "InBlock":
        """Give the same as they go a way each, (k,) in the frames of the blocks, and come nearer besides."""
        half = np.stack((way_m.real, way_m.imag))
        half *= 0.5
        return InBlock(self.at_m + half, self.reach_m + np.abs(half) + more_m)


def in_block(boxes: Boxes, box: Rows, blocks: Blocks, block: Rows) -> InBlock:
    """Bring boxes into the frames of blocks."""
    back = blocks.ahead[block].conj()
    at = (plane(boxes.x_m[box], boxes.y_m[box]) - blocks.corner_m[block]) * back
    heading = plane(boxes.cos[box], boxes.sin[box]) * back
    half_l, half_w = boxes.half_l_m[box], boxes.half_w_m[box]
    along, across = np.abs(heading.real), np.abs(heading.imag)
    reach = along * half_l + across * half_w, across * half_l + along * half_w
    return InBlock(np.stack((at.real, at.imag)), np.stack(reach))


def bounds_in_block(low: Floats, high: Floats, box: Rows, blocks: Blocks, block: Rows) -> InBlock:
    """Bring rectangles along the yard's axes, corners (2 or more, n), into the frames of blocks."""
    low, high = low[:2].take(box, axis=1), high[:2].take(box, axis=1)
    back = blocks.ahead[block].conj()
    at = (plane(*(low + high)) / 2.0 - blocks.corner_m[block]) * back
    half_x, half_y = (high - low) / 2.0
    c, s = np.abs(back.real), np.abs(back.imag)
    return InBlock(
        np.stack((at.real, at.imag)), np.stack((c * half_x + s * half_y, s * half_x + c * half_y))
    )  # fmt: skip


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
    reach_m = placed.reach_m + blocks.over_m.take(block, axis=1)
    # From the first cell whose centre is within reach to the one after the last; NaN reaches none.
    pitch_m, limit = blocks.pitch_m.take(block, axis=1), blocks.count.take(block, axis=1)
    start = np.fmax(np.fmin(np.ceil((placed.at_m - reach_m) / pitch_m), limit), 0.0)
    end = np.fmax(np.fmin(np.floor((placed.at_m + reach_m) / pitch_m) + 1.0, limit), start)
    many = (end - start).astype(np.int64)
    start = start.astype(np.int64)
    pair, number = expanded(many[0] * many[1])
    wide = many[1][pair]
    along = number // wide
    rows = blocks.rows[block]
    ground = (blocks.first[block] + start[0] * rows + start[1])[pair]
    ground += along * rows[pair]
    ground += number - along * wide
    kept = np.flatnonzero(bottom_m[pair] < blocks.stock.top_m[ground])
    return pair[kept], ground[kept]


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
    way = horizon_s * plane(boxes.vx_mps[box], boxes.vy_mps[box]) * blocks.ahead[block].conj()
    at = in_block(boxes, box, blocks, block).swept(way, wider[box])
    pair, ground = stacks_under(boxes.bottom_m[box], blocks, block, at)
    return box[pair], ground


def meeting(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> tuple[Rows, Rows]:
    """Give the pairs of two sets of rectangles, corners (2, n) and (2, m), that overlap, touch or nearly do.

    All are compared with all, in half of the digits: for few against few hundred.
    """
    (lower, upper), (other_lower, other_upper) = _rounded(low, high), _rounded(other_low, other_high)
    meet = lower[0][:, None] <= other_upper[0]
    meet &= upper[0][:, None] >= other_lower[0]
    meet &= lower[1][:, None] <= other_upper[1]
    meet &= upper[1][:, None] >= other_lower[1]
    found = np.flatnonzero(meet)
    one = found // max(other_low.shape[1], 1)
    return one, found - one * other_low.shape[1]


def _rounded(low: Floats, high: Floats) -> tuple[Singles, Singles]:
    """Give corners of rectangles that are no smaller, in single precision."""
    lower, upper = low.astype(np.float32), high.astype(np.float32)
    return np.nextafter(lower, np.float32(-np.inf)), np.nextafter(upper, np.float32(np.inf))


def stack_boxes(stock: Stock, slots: Slots, ground: Rows) -> Boxes:
    """Give the stacks over some ground slots as boxes from the ground up, (k,): see :func:`stack_sides`."""
    n, nothing = len(ground), np.zeros(len(ground))
    x_m, y_m, c, s, half_l_m, half_w_m, bottom_m, top_m = stack_sides(stock, slots, ground)
    nobody = np.full(n, -1, np.int8)
    return Boxes(
        x_m, y_m, c, s, half_l_m, half_w_m, bottom_m, top_m, nothing, nothing, np.full(n, -1, np.int32),
        nobody, nobody, nothing,
    )  # fmt: skip


def stack_sides(stock: Stock, slots: Slots, ground: Rows) -> Floats:
    """Give the stacks over some ground slots, (8, k), as :func:`~twin.safety.collision.sides_of` does.

    The outline is that of the topmost box, the longest of its stack; of a box over two ground slots
    each has its half.
    """
    top = stock.occupant.take(ground * stock.occupant.shape[1] + np.maximum(stock.count[ground] - 1, 0))
    length_ft = np.where(top >= 0, stock.length_ft[top], 20)
    half_m, found = _HALVES_M[length_ft], np.empty((8, len(ground)))
    slots.places.take(ground, axis=1, out=found[:5], mode="clip")
    # From the middle of a place towards where both halves of a box meet.
    shift_m = found[4] - half_m
    shift_m[length_ft == 20] = 0.0
    np.negative(shift_m, out=shift_m, where=stock.ground[top] != ground)
    found[:2] += found[2:4] * shift_m
    found[4], found[5], found[6], found[7] = half_m, _HALF_WIDTH_M, 0.0, stock.top_m[ground]
    return found
