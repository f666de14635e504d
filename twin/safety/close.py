"""Which pairs may overlap within the next few ticks: a short list, kept while no box leaves its bounds.

The lists of :mod:`twin.safety.nearby` hold for seconds and are long; out of them those pairs are read that
may meet within less than a second, the stacks among them as they stand. Most ticks ask these alone.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import collision, nearby, standing
from twin.safety.collision import Rows
from twin.safety.nearby import Nearby
from twin.stock.table import Stock
from twin.tables import Flags, Floats, Longs
from twin.yard.slots import Slots

_SKIN_M = 0.3
"""A box is listed so much wider all round [m]."""
_AHEAD_S = 0.6
"""And so much further the way it goes, or turns [s]."""
_TICK_S = 0.1
_FURTHEST_M = 4.0
"""But no further than this [m]: with the skins less than ``passing.JUMP_M``."""

Bounds = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Close:
    """Pairs that may overlap while every box stays within its bounds; a value, never written to.

    Attributes
    ----------
    near : Nearby
        The lists that they were read from.
    stock : Stock
        What stood where.
    low_m, high_m : (3, n) float
        Bounds that the boxes are listed with: x, y, z.
    i, j : (k,)
        Pairs of boxes of different machines whose bounds meet.
    box, ground : (m,)
        Pairs of a box and the ground slot of a stack that its bounds meet.
    stacks : (8, m) float
        These stacks as boxes, see :func:`~twin.safety.collision.sides_of`.
    stacks_low_m, stacks_high_m : (2, m) float
        Their bounds: x, y.
    back_m, on_m : (3, n) float
        By how much these bounds are wider than those that boxes were looked at in: lower, at most 0, and
        upper.
    ready : bool or None
        Whether ``near`` holds for what the next such list will need; None: not looked at yet.
    """

    near: Nearby
    stock: Stock
    low_m: Floats
    high_m: Floats
    i: Rows
    j: Rows
    box: Rows
    ground: Rows
    stacks: Floats
    stacks_low_m: Floats
    stacks_high_m: Floats
    back_m: Floats
    on_m: Floats
    ready: bool | None = None

    def fits(self, low: Floats, high: Floats, stock: Stock, slots: Slots) -> bool:
        """Tell whether it holds for boxes within bounds, (3, n) each, over what stands."""
        same = self.stock is stock and self.near.blocks.slots is slots
        return same and bool((low >= self.low_m).all()) and bool((high <= self.high_m).all())

    def prepared(self, boxes: Boxes, slots: Slots) -> "Close":
        """Give the same with ``near`` made ready for the next list: work of two ticks that make none."""
        if self.ready:
            return self
        low, high = self.low_m + self.back_m, self.high_m + self.on_m
        low -= _SKIN_M
        high += _SKIN_M
        if self.ready is None:
            near = self.near
            return replace(self, ready=bool((low >= near.low_m).all() and (high <= near.high_m).all()))
        near = nearby.kept(self.near, boxes, low, high, self.stock, slots)
        return replace(self, near=near, ready=True)

    def names(self, rows: Rows) -> Longs:
        """Give one number to pairs by their rows, those with stacks last: the same in any list."""
        split = int(np.searchsorted(rows, len(self.i)))
        movers, stacks = rows[:split], rows[split:] - len(self.i)
        one = np.concatenate((self.i[movers], self.box[stacks])).astype(np.int64)
        other = np.concatenate((self.j[movers], self.ground[stacks] + self.low_m.shape[1]))
        names: Longs = one << 32 | other
        return names

    def meeting(self, low: Floats, high: Floats) -> tuple[Rows, Rows]:
        """Give the pairs that boxes' bounds of now, (3, n) each, meet: rows of ``i``, rows of ``box``."""
        i, j = self.i, self.j
        met = low.take(i, axis=1) < high.take(j, axis=1)
        met &= low.take(j, axis=1) < high.take(i, axis=1)
        movers = (met[0] & met[1] & met[2]).nonzero()[0]
        mine, top = low.take(self.box, axis=1), high[:2].take(self.box, axis=1)
        under: Flags = mine[:2] < self.stacks_high_m
        under &= self.stacks_low_m < top
        stacks = (under[0] & under[1] & (mine[2] < self.stacks[7])).nonzero()[0]
        return movers, stacks


def listed(
    near: Nearby | None, boxes: Boxes, bounds: Bounds, went: Bounds | None, stock: Stock, slots: Slots
) -> Close:
    """List the pairs that boxes may come to overlap.

    Parameters
    ----------
    near : Nearby or None
        Those of the tick before.
    boxes : Boxes
        n boxes, machine after machine.
    bounds : (3, n), (3, n)
        In which each is to be looked at now [m].
    went : (3, n), (3, n) or None
        By how much these went on in the last tick of 0.1 s [m]; None where it is not known.
    stock, slots
        What stands where.
    """
    if went is None:
        back = _AHEAD_S * np.stack((boxes.vx_mps, boxes.vy_mps, boxes.vz_mps))
        on = back.copy()
    else:
        back, on = went[0] * (_AHEAD_S / _TICK_S), went[1] * (_AHEAD_S / _TICK_S)
    for way, outwards, least, most in ((back, -_SKIN_M, -_FURTHEST_M, 0.0), (on, _SKIN_M, 0.0, _FURTHEST_M)):
        np.fmin(np.fmax(way, least, out=way), most, out=way)
        way += outwards
    low, high = bounds[0] + back, bounds[1] + on
    near = nearby.kept(near, boxes, low, high, stock, slots)
    i, j = nearby.meet(near.i, near.j, low, high)
    blocks = near.blocks
    box, block = nearby.meet_blocks(near.box, near.block, low, high, blocks)
    met = np.flatnonzero(low[2][box] < blocks.top_m[block])
    box, block = box[met], block[met]
    placed = standing.bounds_in_block(low, high, box, blocks, block)
    pair, ground = standing.stacks_under(np.maximum(low[2][box], 0.0), blocks, block, placed)
    stacks = standing.stack_sides(stock, slots, ground)
    stacks_low, stacks_high = collision.outlines(stacks)
    return Close(
        near, stock, low, high, i, j, box[pair], ground, stacks, stacks_low, stacks_high, back, on,
    )  # fmt: skip
