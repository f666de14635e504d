"""Who is about to touch what: movers against movers, movers and their loads against stacks.

What belongs together is left out by rule: the parts of one machine and what it holds or carries, a
spreader or load over the vehicle it serves, a spreader or load coming down on the top of a stack.
"""

from dataclasses import dataclass

import numpy as np

from twin.fleet.shapes import Boxes
from twin.fleet.table import Fleet, Tracks
from twin.safety import allowed, arcs, collision, foresight, overlaps, standing
from twin.safety.arcs import Ahead
from twin.safety.collision import Rows
from twin.safety.foresight import Contacts
from twin.safety.nearby import Nearby
from twin.safety.overlaps import Look
from twin.safety.table import Conflicts, no_conflicts
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from twin.yard.slots import Slots


@dataclass(frozen=True, slots=True)
class Memory:
    """What a tick leaves for the next: lists of what is near, and where everything was."""

    near: Nearby
    look: Look


def conflicts(
    fleet: Fleet, tracks: Tracks, boxes: Boxes, stock: Stock, slots: Slots, horizon_s: float = 4.0,
    targets: Ints | None = None,
) -> Conflicts:  # fmt: skip
    """Give every two that overlap or will within the horizon, as they go on now.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows; a machine whose position is stale or lost counts as standing.
    boxes : Boxes
        All parts of the machines that are present, machine after machine.
    stock, slots
        What stands where.
    horizon_s : float
        How far ahead to look [s]; 4 s is where a time to contact is worth a note.
    targets : (fleet,) int32, optional
        The (lower) ground slot that each machine's load is to be set on, -1 where no order names one:
        then a landing on any other stack is a conflict.

    Returns
    -------
    Conflicts
        One row a pair of machines, and at most one row a machine against the stacks: the soonest
        contact, the deepest where they overlap now. The lower fleet row is ``mover``.
    """
    return watched(fleet, tracks, boxes, stock, slots, horizon_s, targets)[0]


def watched(
    fleet: Fleet, tracks: Tracks, boxes: Boxes, stock: Stock, slots: Slots, horizon_s: float = 4.0,
    targets: Ints | None = None, memory: Memory | None = None,
) -> tuple[Conflicts, Memory | None]:  # fmt: skip
    """Give the conflicts of a tick, and what makes those of the next quicker to find.

    Parameters
    ----------
    fleet, tracks, boxes, stock, slots, horizon_s, targets
        As of :func:`conflicts`.
    memory : Memory or None
        What this gave at the tick before: then what machines have passed through since counts as well.

    Returns
    -------
    Conflicts
    Memory or None
        To be handed in at the next tick; None where there is no box.
    """
    if not len(boxes):
        return no_conflicts(), None
    ahead = foresight.ahead(fleet, tracks, boxes)
    near = None if memory is None else memory.near
    found, near = foresight.contacts(
        ahead, stock, slots, horizon_s, near, allowed.in_service, allowed.at_stacks
    )
    found, look = with_passed(found, ahead.boxes, stock, slots, memory)
    tables = [_among_movers(ahead, found)]
    if len(stock):
        tables.append(_against_stacks(fleet, ahead, stock, slots, found, targets))
    return _joined(tables), Memory(near, look)


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
    return Contacts(
        i, j, time_s, box, ground, np.concatenate((found.stack_time_s, np.zeros(len(past))))
    ), look


def _among_movers(ahead: Ahead, found: Contacts) -> Conflicts:
    boxes = ahead.boxes
    kept = ~allowed.in_service(boxes, found.i, found.j)
    i, j, time_s = found.i[kept], found.j[kept], found.time_s[kept]
    gap_m = collision.gap_m(boxes.take(i), boxes.take(j))
    swap = boxes.mover[i] > boxes.mover[j]
    i, j = np.where(swap, j, i), np.where(swap, i, j)
    first = _soonest(boxes.mover[i].astype(np.int64) << 32 | boxes.mover[j], time_s, gap_m)
    i, j, time_s = i[first], j[first], time_s[first]
    one, other = ahead.take(i), ahead.take(j)
    x_m, y_m = meeting(one, other, time_s)
    nowhere = np.full(len(first), -1, np.int32)
    return Conflicts(one.boxes.mover, other.boxes.mover, nowhere, time_s, gap_m[first], x_m, y_m)


def _against_stacks(
    fleet: Fleet, ahead: Ahead, stock: Stock, slots: Slots, found: Contacts, targets: Ints | None
) -> Conflicts:
    boxes = ahead.boxes
    kept = ~allowed.with_stacks(fleet, boxes, stock, slots, found, targets)
    i, ground, time_s = found.box[kept], found.ground[kept], found.stack_time_s[kept]
    stacks = standing.stack_boxes(stock, slots, ground)
    gap_m = collision.gap_m(boxes.take(i), stacks)
    first = _soonest(boxes.mover[i].astype(np.int64), time_s, gap_m)
    one, other, time_s = ahead.take(i[first]), foresight.still(stacks.take(first)), time_s[first]
    x_m, y_m = meeting(one, other, time_s)
    nobody = np.full(len(first), -1, np.int32)
    return Conflicts(one.boxes.mover, nobody, ground[first].astype(np.int32), time_s, gap_m[first], x_m, y_m)


def _soonest(key: np.ndarray[tuple[int], np.dtype[np.int64]], time_s: Floats, gap_m: Floats) -> Rows:
    """Give for each key the row of its soonest contact, the deepest where several are at one time."""
    order = np.lexsort((gap_m, time_s, key))
    ordered = key[order]
    return order[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(order)]]


def meeting(one: Ahead, other: Ahead, time_s: Floats) -> tuple[Floats, Floats]:
    """Give the middle of what the bounds of two boxes share at the time of their contact."""
    (low, high), (other_low, other_high) = (
        collision.bounds_of(arcs.moved(side, time_s)) for side in (one, other)
    )
    middle = (np.maximum(low[:2], other_low[:2]) + np.minimum(high[:2], other_high[:2])) / 2.0
    return middle[0], middle[1]


def _joined(found: list[Conflicts]) -> Conflicts:
    if not any(len(table) for table in found):
        return no_conflicts()
    names = Conflicts.__dataclass_fields__
    return Conflicts(**{name: np.concatenate([getattr(t, name) for t in found]) for name in names})


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
