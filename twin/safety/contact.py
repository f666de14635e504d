"""Who is about to touch what: movers against movers, movers and their loads against stacks.

What belongs together is left out by rule: the parts of one machine and what it holds or carries, a
spreader or load over the vehicle it serves, a spreader or load coming down on the top of a stack.
"""

import numpy as np

from twin.fleet.kinds import Joint
from twin.fleet.shapes import IN_FRONT, Boxes
from twin.fleet.table import Fleet, Tracks
from twin.safety import collision, foresight, standing
from twin.safety.collision import Rows
from twin.safety.table import Conflicts, no_conflicts
from twin.stock.table import Stock
from twin.tables import Flags, Floats
from twin.yard.slots import Slots

SERVICE_MPS = 1.0
"""A crane serves a vehicle while both go slower than this [m/s]."""
SERVICE_ACROSS_M = 1.2
SERVICE_ALONG_M = 8.0
"""A hanging box this close to a trailer's centre line, and along it, is being handed over [m]."""
LANDING_M = 0.35
"""Heights of hoist and stack may differ by this where a box is set on another [m]: a high-cube step."""

_BOOM_M = 4.5
"""Parts of a reach stacker above this reach over stacks by design [m]."""


def conflicts(
    fleet: Fleet, tracks: Tracks, boxes: Boxes, stock: Stock, slots: Slots, horizon_s: float = 4.0
) -> Conflicts:
    """Give every two that overlap or will within the horizon, as they go on now.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows; a machine whose position is stale or lost counts as standing.
    boxes : Boxes
        All parts of the machines that are present.
    stock, slots
        What stands where.
    horizon_s : float
        How far ahead to look [s]; 4 s is where a time to contact is worth a note.

    Returns
    -------
    Conflicts
        One row a pair of machines, and at most one row a machine against the stacks: the soonest
        contact, the deepest where they overlap now. The lower fleet row is ``mover``.
    """
    if not len(boxes):
        return no_conflicts()
    ahead = foresight.ahead(fleet, tracks, boxes)
    i, j = foresight.pairs(ahead, horizon_s)
    kept = ~_in_service(ahead.boxes, i, j)
    found = [_among_movers(ahead, i[kept], j[kept], horizon_s)]
    if len(stock):
        found.append(_against_stacks(fleet, ahead, stock, slots, horizon_s))
    return _joined(found)


def _hanging(boxes: Boxes) -> Flags:
    hanging: Flags = (boxes.joint == Joint.SPREADER) | (boxes.joint == Joint.LOAD)
    return hanging


def _in_service(boxes: Boxes, i: Rows, j: Rows) -> Flags:
    """Tell which pairs are a hanging box and the vehicle that it is set on or lifted from."""
    hanging, towed = _hanging(boxes), (boxes.joint == Joint.TRAILER) | (boxes.joint == Joint.CARGO)
    slow = np.hypot(boxes.vx_mps, boxes.vy_mps) < SERVICE_MPS

    def served(above: Rows, below: Rows) -> Flags:
        dx, dy = boxes.x_m[above] - boxes.x_m[below], boxes.y_m[above] - boxes.y_m[below]
        along = np.abs(dx * boxes.cos[below] + dy * boxes.sin[below])
        across = np.abs(dy * boxes.cos[below] - dx * boxes.sin[below])
        near = (along < SERVICE_ALONG_M) & (across < SERVICE_ACROSS_M)
        pair: Flags = near & hanging[above] & towed[below] & slow[above] & slow[below]
        return pair

    return served(i, j) | served(j, i)


def _among_movers(ahead: foresight.Ahead, i: Rows, j: Rows, horizon_s: float) -> Conflicts:
    boxes = ahead.boxes
    time_s = foresight.time_to_contact(ahead, i, ahead, j, horizon_s)
    hit = np.flatnonzero(np.isfinite(time_s))
    one, other, time_s = boxes.take(i[hit]), boxes.take(j[hit]), time_s[hit]
    gap_m = collision.gap_m(one, other)
    movers = np.sort(np.column_stack((one.mover, other.mover)), axis=1)
    first = _soonest(movers[:, 0].astype(np.int64) << 32 | movers[:, 1], time_s, gap_m)
    movers, time_s = movers[first], time_s[first]
    x_m, y_m = _meeting(one.take(first), other.take(first), time_s)
    nowhere = np.full(len(first), -1, np.int32)
    return Conflicts(movers[:, 0], movers[:, 1], nowhere, time_s, gap_m[first], x_m, y_m)


def _against_stacks(
    fleet: Fleet, ahead: foresight.Ahead, stock: Stock, slots: Slots, horizon_s: float
) -> Conflicts:
    i, ground = standing.stacks_near(
        ahead.boxes, stock, slots, horizon_s, foresight.turned_m(ahead, horizon_s)
    )
    boxes = ahead.boxes
    front = IN_FRONT[fleet.kind[boxes.mover[i]]]
    lowering = _hanging(boxes)[i] & (boxes.bottom_m[i] > stock.top_m[ground] - LANDING_M)
    over = front & (boxes.bottom_m[i] > _BOOM_M) & (boxes.joint[i] == Joint.BODY)
    i, ground = i[~(lowering | over)], ground[~(lowering | over)]
    there, j = np.unique(ground, return_inverse=True)
    stacks = standing.stack_boxes(stock, slots, there)
    time_s = foresight.time_to_contact(ahead, i, foresight.still(stacks), j, horizon_s)
    # A reach stacker lifts its spreader while it drives up to a stack: only an overlap counts there.
    reaching = _hanging(boxes)[i] & IN_FRONT[fleet.kind[boxes.mover[i]]]
    hit = np.flatnonzero(np.isfinite(time_s) & ~(reaching & (time_s > 0)))
    one, other, time_s, ground = boxes.take(i[hit]), stacks.take(j[hit]), time_s[hit], ground[hit]
    gap_m = collision.gap_m(one, other)
    first = _soonest(one.mover.astype(np.int64), time_s, gap_m)
    one, time_s = one.take(first), time_s[first]
    x_m, y_m = _meeting(one, other.take(first), time_s)
    nobody = np.full(len(first), -1, np.int32)
    return Conflicts(one.mover, nobody, ground[first].astype(np.int32), time_s, gap_m[first], x_m, y_m)


def _soonest(key: np.ndarray[tuple[int], np.dtype[np.int64]], time_s: Floats, gap_m: Floats) -> Rows:
    """Give for each key the row of its soonest contact, the deepest where several are at one time."""
    order = np.lexsort((gap_m, time_s, key))
    ordered = key[order]
    return order[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(order)]]


def _meeting(one: Boxes, other: Boxes, time_s: Floats) -> tuple[Floats, Floats]:
    """Give the middle of what the bounds of two boxes share at the time of their contact."""
    corners = []
    for boxes in (one, other):
        way_m = time_s[:, None] * np.column_stack((boxes.vx_mps, boxes.vy_mps))
        corners.append([corner + way_m for corner in collision.bounds(boxes)])
    middle = (np.maximum(corners[0][0], corners[1][0]) + np.minimum(corners[0][1], corners[1][1])) / 2.0
    return middle[:, 0], middle[:, 1]


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
