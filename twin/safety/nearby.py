"""Which boxes and blocks are near enough to be looked at: lists kept from tick to tick.

Each box is listed with wider bounds than it needs, longer the way its machine goes. While it stays
within these, the list of those whose bounds its own meet holds; a machine of which a box leaves its
bounds is listed anew, alone. (Molecules' neighbours are listed so: Verlet 1967.) Bounds end at
different times, so that each tick lists a few machines.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import cells, standing
from twin.safety.collision import Rows
from twin.safety.standing import Blocks
from twin.stock.table import Stock
from twin.tables import Bytes, Floats, Ints, Longs
from twin.yard.slots import Slots

_SKIN_M = 3.0
"""A box is listed so much wider all round [m]."""
_AHEAD_S = (3.0, 5.0)
"""And so much further the way it goes, from the first to the second by machine [s]."""
_SOON_S = 0.8
"""Where one is listed anew, so are those that would have to be this soon [s]."""
_FEW = 400
"""More machines than this that are to be listed anew are not compared one by one."""
_GROWTH_M = 3.0
"""Stacks may grow this much, a tier, before all is listed anew [m]."""
_GOLDEN = 0.6180339887


@dataclass(frozen=True, slots=True)
class Machines:
    """Which rows of a table of boxes belong to one machine: runs of rows.

    Attributes
    ----------
    first, count : (m,) int
        First row and number of rows of each run.
    of : (n,) int
        The run of each box; a box of no machine is a run of its own.
    mover, part : (n,)
        Fleet row and part of each box: see :class:`~twin.fleet.shapes.Boxes`.
    """

    first: Rows
    count: Rows
    of: Rows
    mover: Ints
    part: Bytes

    def are_of(self, boxes: Boxes) -> bool:
        """Tell whether a table has these very rows."""
        same = len(self.mover) == len(boxes) and bool((self.mover == boxes.mover).all())
        return same and bool((self.part == boxes.part).all())

    def rows(self, some: Rows) -> tuple[Rows, Rows]:
        """Give all boxes of some machines: the number in ``some`` and the row, each (k,)."""
        count = self.count[some]
        before = np.cumsum(count) - count
        pair = np.repeat(np.arange(len(some)), count)
        return pair, np.arange(len(pair)) + (self.first[some] - before)[pair]


def machines_of(boxes: Boxes) -> Machines:
    """Read the runs off a table."""
    mover = boxes.mover
    starts = (np.diff(mover, prepend=-2) != 0) | (mover < 0)
    first = np.flatnonzero(starts)
    return Machines(first, np.diff(first, append=len(mover)), np.cumsum(starts) - 1, mover, boxes.part)


@dataclass(frozen=True, slots=True)
class Nearby:
    """Lists of boxes and blocks near one another; a value, never written to.

    Attributes
    ----------
    machines : Machines
    low_m, high_m : (3, n) float
        Bounds that the boxes are listed with: x, y, z.
    lowest_m, highest_m : (2, m) float
        Corners of the rectangles round all bounds of each machine.
    i, j : (k,)
        Pairs of boxes of different machines whose bounds meet.
    box, block : (l,)
        Pairs of a box and a block whose bounds meet.
    blocks : Blocks
    tops_m : (b,) float
        Up to which heights of the blocks the list holds.
    """

    machines: Machines
    low_m: Floats
    high_m: Floats
    lowest_m: Floats
    highest_m: Floats
    i: Rows
    j: Rows
    box: Rows
    block: Rows
    blocks: Blocks
    tops_m: Floats


def kept(near: Nearby | None, boxes: Boxes, low: Floats, high: Floats, stock: Stock, slots: Slots) -> Nearby:
    """Give lists that hold for boxes in their bounds of now, from those of the tick before.

    Parameters
    ----------
    near : Nearby or None
        What this gave at the tick before; rows of ``boxes`` that it does not have are listed anew.
    boxes : Boxes
        n boxes, machine after machine.
    low, high : (3, n)
        Bounds in which each is to be looked at: x, y, z [m]; NaN is nowhere.
    stock, slots
        What stands where.
    """
    if near is None or near.blocks.slots is not slots:
        return _listed(boxes, machines_of(boxes), low, high, standing.blocks_of(slots, stock))
    if not near.machines.are_of(boxes):
        near = _carried_over(near, boxes)
    blocks = near.blocks.with_stock(stock)
    if blocks is not near.blocks:
        if (blocks.top_m > near.tops_m).any():
            return _listed(boxes, near.machines, low, high, blocks)
        near = replace(near, blocks=blocks)
    if (low >= near.low_m).all() and (high <= near.high_m).all():
        return near
    return _relisted(near, boxes, low, high)


def _carried_over(near: Nearby, boxes: Boxes) -> Nearby:
    """Give lists with the rows of another table, as of a lift or set: what is new has no bounds (NaN)."""
    old, new = near.machines, machines_of(boxes)
    names = _names(new.mover, new.part)
    now_at = _found(_names(old.mover, old.part), names)
    was_at = _found(names, _names(old.mover, old.part))
    # Of two of one name neither is known.
    was_at[np.isin(names, np.sort(names)[1:][np.diff(np.sort(names)) == 0])] = -1
    # A machine that lost a part keeps its rectangle: it is no narrower than it must be.
    run = _found(new.mover[new.first].astype(np.int64), old.mover[old.first].astype(np.int64))
    low, high, lowest, highest = (
        np.where(rows >= 0, bounds.take(rows, axis=1), np.nan)
        for bounds, rows in (
            (near.low_m, was_at), (near.high_m, was_at), (near.lowest_m, run), (near.highest_m, run),
        )
    )  # fmt: skip
    i, j, box = now_at[near.i], now_at[near.j], now_at[near.box]
    both, still = (i >= 0) & (j >= 0), box >= 0
    return replace(
        near, machines=new, low_m=low, high_m=high, lowest_m=lowest, highest_m=highest, i=i[both],
        j=j[both], box=box[still], block=near.block[still],
    )  # fmt: skip


def _names(mover: Ints, part: Bytes) -> Longs:
    """Give one number to each part of each machine."""
    names: Longs = mover.astype(np.int64) * 256 + part
    return names


def _found(wanted: Longs, among: Longs) -> Rows:
    """Give where each of some numbers is among others; -1 where it is not, or belongs to no machine."""
    if not len(among):
        return np.full(len(wanted), -1, np.intp)
    order = np.argsort(among, kind="stable")
    at = order[np.minimum(np.searchsorted(among[order], wanted), len(order) - 1)]
    return np.where((among[at] == wanted) & (wanted >= 0), at, -1)


def _widened(
    boxes: Boxes, machines: Machines, rows: Rows, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Give the bounds that some boxes are listed with, each (3, k)."""
    shortest_s, longest_s = _AHEAD_S
    ahead_s = shortest_s + (longest_s - shortest_s) * (boxes.mover[rows] * _GOLDEN % 1.0)
    lead = machines.first[machines.of[rows]]
    low, high = low.take(rows, axis=1), high.take(rows, axis=1)
    low -= _SKIN_M
    high += _SKIN_M
    for axis, speed in enumerate((boxes.vx_mps, boxes.vy_mps)):
        way = speed[lead] * ahead_s
        low[axis] += np.minimum(way, 0.0)
        high[axis] += np.maximum(way, 0.0)
    return low, high


def _listed(boxes: Boxes, machines: Machines, low: Floats, high: Floats, blocks: Blocks) -> Nearby:
    low, high = _widened(boxes, machines, np.arange(len(boxes)), low, high)
    lowest, highest = _hulls(low, high, np.cumsum(machines.count))
    i, j = cells.near(np.hstack((lowest, blocks.low_m)), np.hstack((highest, blocks.high_m)))
    n = len(machines.first)
    both, mixed = j < n, (i < n) & (j >= n)
    one, other = _parts(machines, i[both], j[both], low, high)
    tops_m = blocks.top_m + _GROWTH_M
    box, block = _in_blocks(machines, i[mixed], j[mixed] - n, low, high, blocks, tops_m)
    return Nearby(machines, low, high, lowest, highest, one, other, box, block, blocks, tops_m)


def _hulls(low: Floats, high: Floats, ends: Rows) -> tuple[Floats, Floats]:
    """Give the corners of the rectangles round runs of boxes, each (2, m); NaN is ignored."""
    if not len(ends):
        return np.empty((2, 0)), np.empty((2, 0))
    first = np.concatenate(([0], ends[:-1]))
    return np.fmin.reduceat(low[:2], first, axis=1), np.fmax.reduceat(high[:2], first, axis=1)


def _relisted(near: Nearby, boxes: Boxes, low: Floats, high: Floats) -> Nearby:
    """List those machines anew that left their bounds or soon will, against all others as listed."""
    machines = near.machines
    # What comes from nowhere (NaN) was listed with no bounds.
    stays = (low[2] >= near.low_m[2]) & (high[2] <= near.high_m[2])
    for axis, speed in enumerate((boxes.vx_mps, boxes.vy_mps)):
        way = _SOON_S * speed
        stays &= low[axis] + np.minimum(way, 0.0) >= near.low_m[axis]
        stays &= high[axis] + np.maximum(way, 0.0) <= near.high_m[axis]
    leaves = np.zeros(len(machines.first), np.bool_)
    leaves[machines.of[~stays]] = True
    some = np.flatnonzero(leaves)
    if len(some) > _FEW:
        return _listed(boxes, machines, low, high, near.blocks)
    rows = machines.rows(some)[1]
    listed_low, listed_high = near.low_m.copy(), near.high_m.copy()
    low, high = _widened(boxes, machines, rows, low, high)
    listed_low[:, rows], listed_high[:, rows] = low, high
    lowest, highest = near.lowest_m.copy(), near.highest_m.copy()
    low, high = _hulls(low, high, np.cumsum(machines.count[some]))
    lowest[:, some], highest[:, some] = low, high
    one, other = standing.meeting(low, high, lowest, highest)
    one = some[one]
    # Of two that are both listed anew the pair is found twice, and each finds itself.
    new = ~leaves[other] | (one < other)
    i, j = _parts(machines, one[new], other[new], listed_low, listed_high)
    one, block = standing.meeting(low, high, near.blocks.low_m, near.blocks.high_m)
    box, block = _in_blocks(machines, some[one], block, listed_low, listed_high, near.blocks, near.tops_m)
    stays = ~leaves[machines.of]
    held, still = stays[near.i] & stays[near.j], stays[near.box]
    return replace(
        near, low_m=listed_low, high_m=listed_high, lowest_m=lowest, highest_m=highest,
        i=np.concatenate((near.i[held], i)), j=np.concatenate((near.j[held], j)),
        box=np.concatenate((near.box[still], box)), block=np.concatenate((near.block[still], block)),
    )  # fmt: skip


def _parts(machines: Machines, i: Rows, j: Rows, low: Floats, high: Floats) -> tuple[Rows, Rows]:
    """Give the pairs of boxes, of pairs of machines, whose bounds meet."""
    kept = machines.mover[machines.first[i]] != machines.mover[machines.first[j]]
    i, j = i[kept], j[kept]
    pair, box = machines.rows(i)
    number, beside = machines.rows(j[pair])
    return meet(box[number], beside, low, high)


def meet(i: Rows, j: Rows, low: Floats, high: Floats) -> tuple[Rows, Rows]:
    """Give those pairs of boxes whose bounds, (3, n) each, overlap."""
    for axis in range(len(low)):
        lower, upper = low[axis], high[axis]
        met = np.flatnonzero((lower[i] < upper[j]) & (upper[i] > lower[j]))
        i, j = i[met], j[met]
    return i, j


def _in_blocks(
    machines: Machines, machine: Rows, block: Rows, low: Floats, high: Floats, blocks: Blocks, tops_m: Floats
) -> tuple[Rows, Rows]:
    """Give the pairs of a box and a block whose bounds meet, of pairs of a machine and a block."""
    pair, box = machines.rows(machine)
    block = block[pair]
    met = np.flatnonzero(low[2][box] < tops_m[block])
    return meet_blocks(box[met], block[met], low, high, blocks)


def meet_blocks(box: Rows, block: Rows, low: Floats, high: Floats, blocks: Blocks) -> tuple[Rows, Rows]:
    """Give those pairs of a box and a block whose outlines' bounds overlap."""
    # First across the blocks, which are longer than wide: there most pairs part.
    for axis in (blocks.high_m - blocks.low_m).sum(axis=1).argsort():
        met = (low[axis][box] < blocks.high_m[axis][block]) & (high[axis][box] > blocks.low_m[axis][block])
        met = np.flatnonzero(met)
        box, block = box[met], block[met]
    return box, block
