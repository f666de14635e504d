"""Who is about to touch what: movers against movers, movers and their loads against stacks.

What belongs together is left out by rule: the parts of one machine and what it holds or carries, a
spreader or load over the vehicle it serves, a spreader or load coming down on the top of a stack.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import arcs, collision, overlaps, standing
from twin.safety.arcs import Ahead
from twin.safety.collision import Rows
from twin.safety.foresight import Contacts
from twin.safety.nearby import Nearby
from twin.safety.overlaps import Look
from twin.stock.table import Stock
from twin.tables import Floats
from twin.yard.slots import Slots


@dataclass(frozen=True, slots=True)
class Memory:
    """What a tick leaves for the next: lists of what is near, and where everything was."""

    near: Nearby
    look: Look


def with_passed(
    found: Contacts, boxes: Boxes, stock: Stock, slots: Slots, memory: Memory | None
) -> tuple[Contacts, Look]:
    """Add what machines have passed through since the tick before, as contacts of now."""
    now, look = overlaps.now(boxes, stock, slots, None if memory is None else memory.look)
    gone, past = np.flatnonzero(now.depth_m <= 0.0), np.flatnonzero(now.stack_depth_m <= 0.0)
    if not len(gone) and not len(past):
        return found, look
    i, j = np.concatenate((found.i, now.i[gone])), np.concatenate((found.j, now.j[gone]))
    time_s = np.concatenate((found.time_s, np.zeros(len(gone))))
    box, ground = np.concatenate((found.box, now.box[past])), np.concatenate((found.ground, now.ground[past]))
    stack_time_s = np.concatenate((found.stack_time_s, np.zeros(len(past))))
    return replace(found, i=i, j=j, time_s=time_s, box=box, ground=ground, stack_time_s=stack_time_s), look


def meeting(one: Ahead, other: Ahead, time_s: Floats) -> tuple[Floats, Floats]:
    """Give the middle of what the bounds of two boxes share at the time of their contact."""
    (low, high), (other_low, other_high) = (
        collision.bounds_of(arcs.moved(side, time_s)) for side in (one, other)
    )
    middle = (np.maximum(low[:2], other_low[:2]) + np.minimum(high[:2], other_high[:2])) / 2.0
    return middle[0], middle[1]


def truth_overlaps(boxes: Boxes, stock: Stock, slots: Slots, tolerance_m: float = 0.02) -> tuple[str, ...]:
    """Tell every overlap of true poses, none of which may be: for tests and long runs.

    Parameters
    ----------
    boxes : Boxes
        All parts of all machines at their true poses.
    stock, slots
        The true stock.
    tolerance_m : float
        Overlaps no deeper than this, across or in height, are contacts [m].

    Returns
    -------
    tuple of str
        One sentence an overlap; no rule of service makes an exception.
    """
    i, j = collision.pairs(boxes)
    texts = _overlaps(boxes.take(i), boxes.take(j), tolerance_m, np.full(len(i), -1))
    if len(stock):
        i, ground = standing.stacks_near(boxes, stock, slots)
        texts += _overlaps(boxes.take(i), standing.stack_boxes(stock, slots, ground), tolerance_m, ground)
    return tuple(texts)


def _overlaps(one: Boxes, other: Boxes, tolerance_m: float, ground: Rows) -> list[str]:
    depth_m, height_m = -collision.gap_m(one, other), -collision.height_gap_m(one, other)
    texts = []
    for k in np.flatnonzero((depth_m > tolerance_m) & (height_m > tolerance_m)):
        what = (
            f"mover {other.mover[k]} part {other.part[k]}"
            if ground[k] < 0
            else f"stack on ground slot {ground[k]}"
        )
        texts.append(
            f"mover {one.mover[k]} part {one.part[k]} overlaps {what} by {depth_m[k]:.2f} m,"
            f" {height_m[k]:.2f} m in height, at ({one.x_m[k]:.2f}, {one.y_m[k]:.2f})"
        )
    return texts
