"""What boxes have passed through on their way since the tick before, so that nothing tunnels."""

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety.collision import TOUCH_M, Rows, Sides
from twin.tables import Flags, Floats

JUMP_M = 5.0
"""A box that is this much further on after one tick has not driven there: it was not heard of [m]."""
_STRETCHES = 8
"""The way of what turns is taken as so many straight stretches, with the box turned anew in each."""
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


def passed(came: Sides, one: Sides, beside: Sides, other: Sides) -> Flags:
    """Tell which pairs overlapped on the way from where they were to where they are.

    Parameters
    ----------
    came, one : Sides
        Where the one box of k pairs was and is; only today's sizes count.
    beside, other : Sides
        The same of the other box.

    Returns
    -------
    (k,) bool

    Notes
    -----
    Centres go straight and headings turn evenly; within one stretch a box keeps the heading of its middle.
    """
    turned_m = _turned_m(came, one) + _turned_m(beside, other)
    hit = np.zeros(len(one), np.bool_)
    rows = np.flatnonzero(~_parted(came, one, beside, other, turned_m))
    if len(rows):
        many = _STRETCHES if turned_m[rows].max() > _STRAIGHT_M else 1
        one_way, other_way = _ways(came, one, rows, many), _ways(beside, other, rows, many)
        met = _crossed(*one_way, *other_way).reshape(len(rows), many)
        hit[rows] = np.logical_or.reduce(met, axis=1)
    return hit


def _turned_m(came: Sides, one: Sides) -> Floats:
    """Give a bound of how far boxes' corners came by turning, (k,) [m]."""
    turned: Floats = np.abs(came.cos - one.cos) + np.abs(came.sin - one.sin)
    turned *= one.half_l_m + one.half_w_m
    return turned


def _parted(came: Sides, one: Sides, beside: Sides, other: Sides, turned_m: Floats) -> Flags:
    """Tell which pairs one axis of theirs parted all the way."""
    ca, sa, cb, sb = one.cos, one.sin, other.cos, other.sin
    along, cross = np.abs(ca * cb + sa * sb), np.abs(ca * sb - sa * cb)
    la, wa, lb, wb = one.half_l_m, one.half_w_m, other.half_l_m, other.half_w_m
    dx, dy = other.x_m - one.x_m, other.y_m - one.y_m
    ex, ey = beside.x_m - came.x_m, beside.y_m - came.y_m
    parted = np.minimum(came.bottom_m, one.bottom_m) >= np.maximum(beside.top_m, other.top_m)
    parted |= np.maximum(came.top_m, one.top_m) <= np.minimum(beside.bottom_m, other.bottom_m)
    for c, s, reach in (
        (ca, sa, la + lb * along + wb * cross), (-sa, ca, wa + lb * cross + wb * along),
        (cb, sb, lb + la * along + wa * cross), (-sb, cb, wb + la * cross + wa * along),
    ):  # fmt: skip
        start, end = c * ex + s * ey, c * dx + s * dy
        reach += turned_m
        parted |= (np.minimum(start, end) >= reach) | (np.maximum(start, end) <= -reach)
    return parted


def _ways(came: Sides, one: Sides, rows: Rows, many: int) -> tuple[Sides, Sides]:
    """Give boxes at the start and at the end of every stretch of their ways, headed as in its middle."""
    share = np.tile(np.arange(many) / many, len(rows))
    start, end = came.take(np.repeat(rows, many)), one.take(np.repeat(rows, many))
    cos = start.cos + (share + 0.5 / many) * (end.cos - start.cos)
    sin = start.sin + (share + 0.5 / many) * (end.sin - start.sin)
    long = np.sqrt(cos * cos + sin * sin)
    cos, sin = cos / long, sin / long
    x, y, z = end.x_m - start.x_m, end.y_m - start.y_m, end.bottom_m - start.bottom_m

    def at(where: Floats) -> Sides:
        bottom_m = start.bottom_m + where * z
        return Sides(
            start.x_m + where * x, start.y_m + where * y, cos, sin, end.half_l_m, end.half_w_m, bottom_m,
            bottom_m + (end.top_m - end.bottom_m),
        )  # fmt: skip

    return at(share), at(share + 1.0 / many)


def _crossed(start: Sides, end: Sides, other_start: Sides, other_end: Sides) -> Flags:
    """Tell which pairs overlapped on straight ways without turning, from their starts to their ends."""
    a, b = end, other_end
    along, cross = np.abs(a.cos * b.cos + a.sin * b.sin), np.abs(a.cos * b.sin - a.sin * b.cos)
    ex, ey = other_start.x_m - start.x_m, other_start.y_m - start.y_m
    dx, dy = b.x_m - a.x_m, b.y_m - a.y_m
    first, last = np.zeros(len(a)), np.ones(len(a))
    height = (a.top_m - a.bottom_m + b.top_m - b.bottom_m) / 2.0
    rise = other_start.bottom_m + other_start.top_m - start.bottom_m - start.top_m
    _narrow(first, last, rise / 2.0, (b.bottom_m + b.top_m - a.bottom_m - a.top_m) / 2.0, height)
    for c, s, reach in (
        (a.cos, a.sin, a.half_l_m + b.half_l_m * along + b.half_w_m * cross),
        (-a.sin, a.cos, a.half_w_m + b.half_l_m * cross + b.half_w_m * along),
        (b.cos, b.sin, b.half_l_m + a.half_l_m * along + a.half_w_m * cross),
        (-b.sin, b.cos, b.half_w_m + a.half_l_m * cross + a.half_w_m * along),
    ):
        _narrow(first, last, c * ex + s * ey, c * dx + s * dy, reach)
    crossed: Flags = first < last
    return crossed


def _narrow(first: Floats, last: Floats, start: Floats, end: Floats, reach: Floats) -> None:
    """Narrow the shares of the way in which pairs overlap to those in which they do on one more axis."""
    reach = reach - TOUCH_M
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rate = end - start
        one, other = (-reach - start) / rate, (reach - start) / rate
    still, inside = rate == 0.0, np.abs(start) < reach
    enter = np.where(still, np.where(inside, 0.0, 1.0), np.minimum(one, other))
    leave = np.where(still, np.where(inside, 1.0, 0.0), np.maximum(one, other))
    np.maximum(first, enter, out=first)
    np.minimum(last, leave, out=last)
