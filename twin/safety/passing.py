"""What boxes have passed through on their way since the tick before, so that nothing tunnels."""

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import collision
from twin.safety.collision import TOUCH_M, Rows
from twin.tables import Flags, Floats

JUMP_M = 5.0
"""A box that is this much further on after one tick has not driven there: it was not heard of [m]."""
_STRETCHES = 8
"""The way of what turns is taken as so many straight stretches, with the box turned anew in each."""
_FEW = 100
"""More pairs than this are first asked whether one axis parts them all the way."""
_STRAIGHT_M = 1e-3
"""What turned no further than this went straight [m]."""
_POSE = ("x_m", "y_m", "cos", "sin", "bottom_m", "top_m")


def before(seen: Boxes, boxes: Boxes) -> Boxes:
    """Give where boxes were at the tick before.

    Parameters
    ----------
    seen : Boxes
        Those of the tick before.
    boxes : Boxes
        Those of today.

    Returns
    -------
    Boxes
        Rows as in ``boxes``; ``seen`` itself where its rows are the same. A box that is new or has
        jumped stood where it is.
    """
    if not same_parts(seen, boxes):
        seen = _matched(seen, boxes)
    with np.errstate(invalid="ignore"):
        away = np.abs(boxes.x_m - seen.x_m)
        away += np.abs(boxes.y_m - seen.y_m)
    if not np.fmax.reduce(away, initial=0.0) > JUMP_M:
        return seen
    jumped = np.flatnonzero(away > JUMP_M)
    return _replaced(seen, jumped, boxes, jumped)


def same_parts(one: Boxes, other: Boxes) -> bool:
    """Tell whether two tables have the same parts of the same machines in the same rows."""
    return (
        len(one) == len(other)
        and bool((one.mover == other.mover).all())
        and bool((one.part == other.part).all())
    )


def _matched(seen: Boxes, boxes: Boxes) -> Boxes:
    if not len(seen):
        return boxes
    names, wanted = (table.mover.astype(np.int64) * 256 + table.part for table in (seen, boxes))
    order = np.argsort(names, kind="stable")
    row = order[np.minimum(np.searchsorted(names[order], wanted), len(order) - 1)]
    known = names[row] == wanted
    rows = np.flatnonzero(known)
    return _replaced(boxes, rows, seen, row[rows])


def _replaced(boxes: Boxes, rows: Rows, by: Boxes, by_rows: Rows) -> Boxes:
    columns = boxes.editable(*_POSE)
    for name, column in columns.items():
        column[rows] = getattr(by, name)[by_rows]
    return boxes.with_columns(**columns)


def passed(came: Floats, one: Floats, beside: Floats, other: Floats) -> Flags:
    """Tell which pairs overlapped on the way from where they were to where they are.

    Parameters
    ----------
    came, one : (8, k)
        Where the one box of k pairs was and is (:func:`~twin.safety.collision.sides_of`); only today's
        sizes count.
    beside, other : (8, k)
        The same of the other box.

    Returns
    -------
    (k,) bool

    Notes
    -----
    Centres go straight and headings turn evenly; within one stretch a box keeps the heading of its middle.
    """
    hit = np.zeros(came.shape[1], np.bool_)
    turned_m = _turned_m(came, one) + _turned_m(beside, other)
    if len(hit) > _FEW:
        rows = np.flatnonzero(~_parted(came, one, beside, other, turned_m))
        hit[rows] = _met(came[:, rows], one[:, rows], beside[:, rows], other[:, rows], turned_m[rows])
    elif len(hit):
        hit[:] = _met(came, one, beside, other, turned_m)
    return hit


def _turned_m(came: Floats, one: Floats) -> Floats:
    """Give a bound of how far boxes' corners came by turning, (k,) [m]."""
    turned = np.abs(one[2:4] - came[2:4])
    way_m: Floats = (turned[0] + turned[1]) * (one[4] + one[5])
    return way_m


def _met(came: Floats, one: Floats, beside: Floats, other: Floats, turned_m: Floats) -> Flags:
    """Tell :func:`passed` of pairs that their bounds do not part."""
    k = len(turned_m)
    many = _STRETCHES if turned_m.max(initial=0.0) > _STRAIGHT_M else 1
    was, there = np.concatenate((came, beside), axis=1), np.concatenate((one, other), axis=1)
    start, end = _ways(was, there, many)
    met = _crossed(start[:, : k * many], end[:, : k * many], start[:, k * many :], end[:, k * many :])
    passed_any: Flags = np.logical_or.reduce(met.reshape(k, many), axis=1)
    return passed_any


def _parted(came: Floats, one: Floats, beside: Floats, other: Floats, turned_m: Floats) -> Flags:
    """Tell which pairs one axis of theirs parted all the way."""
    axes, reach = collision.axes_of(one, other)
    start, end = (
        axes[0] * (there[0] - here[0]) + axes[1] * (there[1] - here[1])
        for here, there in ((came, beside), (one, other))
    )
    between = np.maximum(np.minimum(start, end), -np.maximum(start, end)) - reach
    above = np.maximum(
        np.minimum(came[6], one[6]) - np.maximum(beside[7], other[7]),
        np.minimum(beside[6], other[6]) - np.maximum(came[7], one[7]),
    )
    parted: Flags = between.max(axis=0) >= turned_m - TOUCH_M
    parted |= above >= -TOUCH_M
    return parted


def _ways(came: Floats, one: Floats, many: int) -> tuple[Floats, Floats]:
    """Give boxes at the start and at the end of every stretch of their ways, headed as in its middle."""
    share = np.tile(np.arange(many) / many, len(one[0]))
    start, end = np.repeat(came, many, axis=1), np.repeat(one, many, axis=1)
    way = end - start
    heading = start[2:4] + (share + 0.5 / many) * way[2:4]
    heading /= np.sqrt(heading[0] * heading[0] + heading[1] * heading[1])
    height_m = end[7] - end[6]

    def at(where: Floats) -> Floats:
        found = start + where * way
        found[2:4], found[4:6], found[7] = heading, end[4:6], found[6] + height_m
        return found

    return at(share), at(share + 1.0 / many)


def _crossed(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Flags:
    """Tell which pairs overlapped on straight ways without turning, from their starts to their ends."""
    axes, reaches = collision.axes_of(end, other_end)
    before, after, reach = (np.empty((5, len(end[0]))) for _ in range(3))
    for found, here, there in ((before, start, other_start), (after, end, other_end)):
        found[:4] = axes[0] * (there[0] - here[0]) + axes[1] * (there[1] - here[1])
        found[4] = (there[6] + there[7] - here[6] - here[7]) / 2.0
    reach[:4], reach[4] = reaches, (end[7] - end[6] + other_end[7] - other_end[6]) / 2.0
    reach -= TOUCH_M
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rate = after - before
        one, other = (-reach - before) / rate, (reach - before) / rate
    # The shares of the way in which they overlap on each axis, and so on all.
    enter = np.minimum(one, other).max(axis=0, initial=0.0)
    leave = np.maximum(one, other).min(axis=0, initial=1.0)
    crossed: Flags = enter < leave
    return crossed
