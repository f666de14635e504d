"""Who overlaps what now, or has passed through it since the tick before."""

from dataclasses import dataclass

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import collision, nearby, passing, standing
from twin.safety.collision import TOUCH_M, Rows
from twin.safety.nearby import Nearby
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
    near : Nearby
        Which machines are near what.
    boxes : Boxes
        Where they were.
    low_m, high_m : (3, n) float
        Bounds of these boxes.
    """

    near: Nearby
    boxes: Boxes
    low_m: Floats
    high_m: Floats


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
    own_low, own_high = low, high = collision.bounds_of(boxes)
    last, near = boxes, None
    if look is not None:
        last = passing.before(look.boxes, boxes)
        seen = last is look.boxes
        past_low, past_high = (look.low_m, look.high_m) if seen else collision.bounds_of(last)
        low, high = np.fmin(low, past_low), np.fmax(high, past_high)
        near = look.near if passing.same_parts(look.boxes, boxes) else None
    near = nearby.kept(near, boxes, low, high, stock, slots)
    i, j = nearby.meet(near.i, near.j, low, high)
    box, ground = _stacks_at(boxes, last, near, low, high)
    seen_now = Look(near, boxes, own_low, own_high)
    if not len(i) and not len(box):
        return Overlaps(i, j, np.empty(0), box, ground, np.empty(0)), seen_now
    depth_m, hit = _depths(boxes, last, (i, j), (box, standing.stack_sides(stock, slots, ground)))
    n, movers, stacks = len(i), np.flatnonzero(hit[: len(i)]), np.flatnonzero(hit[len(i) :])
    found = Overlaps(
        i[movers], j[movers], depth_m[:n][movers], box[stacks], ground[stacks], depth_m[n:][stacks]
    )
    return found, seen_now


@np.errstate(invalid="ignore")
def _depths(
    boxes: Boxes, last: Boxes, pairs: tuple[Rows, Rows], against: tuple[Rows, Floats]
) -> tuple[Floats, Flags]:
    """Give how deep pairs of boxes, and then boxes against stacks, overlap, and which do or did."""
    (i, j), (box, stacks) = pairs, against
    rows = np.concatenate((i, box))
    one = collision.sides_of(boxes, rows)
    other = np.concatenate((collision.sides_of(boxes, j), stacks), axis=1)
    apart_m = collision.apart_m(one, other)
    hit = apart_m < -TOUCH_M
    if last is not boxes:
        free = np.flatnonzero(~hit)
        came = collision.sides_of(last, rows[free])
        beside = other[:, free]
        movers = np.flatnonzero(free < len(j))
        beside[:, movers] = collision.sides_of(last, j[free[movers]])
        hit[free] = passing.passed(came, one[:, free], beside, other[:, free], apart_m[free])
    return -apart_m, hit


def _stacks_at(boxes: Boxes, last: Boxes, near: Nearby, low: Floats, high: Floats) -> tuple[Rows, Rows]:
    """Give the pairs of a box and a stack that may overlap."""
    blocks = near.blocks
    met = np.flatnonzero(low[2][near.box] < blocks.top_m[near.block])
    box, block = nearby.meet_blocks(near.box[met], near.block[met], low, high, blocks)
    if not len(box):
        return box, block
    at = standing.in_block(boxes, box, blocks, block)
    if last is not boxes:
        # Widened by the ways that they came since the tick before.
        way = standing.plane(last.x_m[box] - boxes.x_m[box], last.y_m[box] - boxes.y_m[box])
        turned_m = np.abs(last.cos[box] - boxes.cos[box]) + np.abs(last.sin[box] - boxes.sin[box])
        turned_m *= boxes.half_l_m[box] + boxes.half_w_m[box]
        at = at.swept(way * blocks.ahead[block].conj(), turned_m)
    pair, ground = standing.stacks_under(low[2][box], blocks, block, at)
    return box[pair], ground
