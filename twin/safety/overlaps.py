"""Who overlaps what now, or has passed through it since the tick before."""

from dataclasses import dataclass

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import close, collision, passing
from twin.safety.close import Close
from twin.safety.collision import TOUCH_M, Rows
from twin.stock.table import Stock
from twin.tables import Flags, Floats
from twin.yard.slots import Slots


@dataclass(frozen=True, slots=True)
class Overlaps:
    """What overlaps: pairs of boxes of different machines, pairs of a box and a stack.

    Attributes
    ----------
    i, j : (k,)
        Rows of the boxes, each pair once.
    depth_m : (k,) float
        How far they would have to move apart now, along any axis [m]; below 0 where they have passed
        through one another since the tick before and are apart again.
    box, ground : (m,)
        Rows of the boxes, and ground slots of the stacks.
    stack_depth_m : (m,) float
        The same of these.
    """

    i: Rows
    j: Rows
    depth_m: Floats
    box: Rows
    ground: Rows
    stack_depth_m: Floats


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at at one tick, for the next: a value.

    Attributes
    ----------
    near : Close
        Which machines are close to what.
    boxes : Boxes
        Where they were.
    low_m, high_m : (3, n) float
        Bounds of these boxes.
    overlap : (l,) bool
        Which of the pairs of ``near``, those with stacks last, overlapped.
    """

    near: Close
    boxes: Boxes
    low_m: Floats
    high_m: Floats
    overlap: Flags

    def holds(self, boxes: Boxes, low: Floats, high: Floats, stock: Stock, slots: Slots) -> bool:
        """Tell whether what is listed holds for boxes of now within bounds, (3, n) each."""
        return passing.same_parts(self.boxes, boxes) and self.near.fits(low, high, stock, slots)

    def overlapped(self, near: Close, rows: Rows) -> Flags:
        """Tell which rows of a list of the same boxes, in order, overlapped; of another list those found."""
        if near.i is self.near.i:
            return self.overlap[rows]
        names, before = near.names(rows), np.sort(self.near.names(np.flatnonzero(self.overlap)))
        if not len(before):
            return np.zeros(len(rows), np.bool_)
        found: Flags = before[np.minimum(np.searchsorted(before, names), len(before) - 1)] == names
        return found


def now(boxes: Boxes, stock: Stock, slots: Slots, look: Look | None = None) -> tuple[Overlaps, Look]:
    """Find all overlaps of machines with one another and with stacks.

    Parameters
    ----------
    boxes : Boxes
        All parts of all machines, machine after machine. A box that is nowhere (NaN) overlaps nothing.
    stock, slots
        What stands where.
    look : Look or None
        What this gave at the tick before: then the way that each box came since counts as well, so that
        nothing is passed through unseen. Without it only where they are now counts.

    Returns
    -------
    Overlaps
    Look
        To be handed in at the next tick.
    """
    low, high = own = collision.bounds_of(boxes)
    if look is not None and look.holds(boxes, low, high, stock, slots):
        # None has jumped: it would have left its bounds.
        last, near = look.boxes, look.near.prepared(boxes, slots)
        low, high = np.minimum(low, look.low_m), np.maximum(high, look.high_m)
    else:
        last, low, high = _came(look, boxes, low, high)
        went = None
        if look is not None and passing.same_parts(look.boxes, boxes):
            with np.errstate(invalid="ignore"):
                went = own[0] - look.low_m, own[1] - look.high_m
        near = close.listed(None if look is None else look.near.near, boxes, (low, high), went, stock, slots)
    pairs, stacks = near.meeting(low, high)
    i, j, box, ground = near.i[pairs], near.j[pairs], near.box[stacks], near.ground[stacks]
    overlap = np.zeros(len(near.i) + len(near.box), np.bool_)
    if not len(i) and not len(box):
        return Overlaps(i, j, np.empty(0), box, ground, np.empty(0)), Look(near, boxes, *own, overlap)
    rows = np.concatenate((pairs, stacks + len(near.i)))
    # Pairs that overlapped at the tick before did so on the way from there.
    before = None if look is None or last is not look.boxes else look.overlapped(near, rows)
    depth_m, hit = _depths(boxes, last, (i, j), (box, near.stacks[:, stacks]), before)
    overlap[rows] = depth_m > TOUCH_M
    n, movers, stood = len(i), np.flatnonzero(hit[: len(i)]), np.flatnonzero(hit[len(i) :])
    found = Overlaps(i[movers], j[movers], depth_m[:n][movers], box[stood], ground[stood], depth_m[n:][stood])
    return found, Look(near, boxes, *own, overlap)


def _came(look: Look | None, boxes: Boxes, low: Floats, high: Floats) -> tuple[Boxes, Floats, Floats]:
    """Give where boxes were at the tick before, and bounds of the way from there."""
    if look is None:
        return boxes, low, high
    last = passing.before(look.boxes, boxes)
    past = (look.low_m, look.high_m) if last is look.boxes else collision.bounds_of(last)
    return last, np.fmin(low, past[0]), np.fmax(high, past[1])


@np.errstate(invalid="ignore")
def _depths(
    boxes: Boxes, last: Boxes, pairs: tuple[Rows, Rows], against: tuple[Rows, Floats], before: Flags | None
) -> tuple[Floats, Flags]:
    """Give how deep pairs of boxes, and then boxes against stacks, overlap, and which do or did.

    ``before`` tells which overlapped at the tick before, where that is known.
    """
    (i, j), (box, stacks) = pairs, against
    rows, n = np.concatenate((i, box)), len(i)
    ways = np.empty((13, 2, len(rows)))
    there = ways[passing.HERE]
    collision.sides_of(boxes, rows, out=there[:, 0])
    collision.sides_of(boxes, j, out=there[:, 1, :n])
    there[:, 1, n:] = stacks
    if last is boxes:
        apart_m = collision.apart_m(there[:, 0], there[:, 1])
        return -apart_m, apart_m < -TOUCH_M
    was, low = ways[passing.WAS], ways[passing.BOTTOM_WAS]
    for side, of in ((0, rows), (1, j)):
        collision.sides_of(last, of, passing.POSE, out=was[:, side, : len(of)])
        low[side, : len(of)] = last.bottom_m[of]
    was[:, 1, n:], low[1, n:] = stacks[:4], stacks[6]
    apart_m, parted = passing.apart(ways)
    hit = apart_m < -TOUCH_M
    if before is not None:
        hit |= before
    unsure = np.flatnonzero(~(hit | parted))
    if len(unsure):
        hit[unsure] = passing.met(ways.take(unsure, axis=2))
    return -apart_m, hit
