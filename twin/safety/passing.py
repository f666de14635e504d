"""What boxes have passed through on their way since the tick before, so that nothing tunnels."""

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import collision
from twin.safety.collision import TOUCH_M, Rows
from twin.safety.standing import plane
from twin.tables import Flags, Floats

JUMP_M = 5.0
"""A box that is this much further on after one tick has not driven there: it was not heard of [m]."""
_STRETCHES = 8
"""The way of what turns is taken as so many straight stretches, with the box turned anew in each."""
_STRAIGHT_M = 1e-3
"""What turned no further than this went straight [m]."""
_BULGE = np.pi**2 / 32.0
"""Times half extents and the square of how far a unit heading turned: a square of the angle over eight."""
PLACE = ("x_m", "y_m", "cos", "sin", "bottom_m")
"""The columns that tell where a box was."""
_POSE = (*PLACE, "top_m")


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


def apart(there: Floats, was: Floats) -> tuple[Floats, Flags]:
    """Tell how far apart pairs of boxes are, and which were apart all the way there.

    Parameters
    ----------
    there : (8, 2, k)
        The one and the other box of k pairs: see :func:`~twin.safety.collision.sides_of`.
    was : (5, 2, k)
        Where they were: ``PLACE``.

    Returns
    -------
    apart_m : (k,)
        Now, as :func:`~twin.safety.collision.apart_m` gives it.
    parted : (k,) bool
        That one axis of theirs, or their heights, parted all the way; what it does not tell is unknown.

    Notes
    -----
    Half of what a box spans on an axis, as it turns, is below the straight line from its first to its last
    and a bulge: its second derivative by the angle is never below the half diagonal, taken negative.
    """
    pairs = there.shape[2]
    # On five axes, before and now: how far the other is from the one, and how far both reach together.
    away, span = np.empty((2, 5, pairs)), np.empty((2, 5, pairs))
    (x, y), span[1, :4] = collision.axes_of(there[:, 0], there[:, 1])
    half_high = there[7] - there[6]
    half_high *= 0.5
    span[:, 4] = half_high[0] + half_high[1]
    for found, place in ((away[0], was), (away[1], there)):
        dx, dy = place[:2, 1] - place[:2, 0]
        found[:4] = x * dx + y * dy
    higher = half_high[1] - half_high[0]
    away[0, 4], away[1, 4] = was[4, 1] - was[4, 0] + higher, there[6, 1] - there[6, 0] + higher
    (c, s), (half_l, half_w) = was[2:4, :, None], there[4:6, :, None]
    spans = np.abs(x * c + y * s) * half_l + np.abs(y * c - x * s) * half_w
    span[0, :4] = spans[0] + spans[1]
    turned = there[2:4] - was[2:4]
    turned *= turned
    bulge = (turned[0] + turned[1]) * (half_l + half_w)[:, 0]
    between = np.maximum((away - span).min(axis=0), -(away + span).max(axis=0)).max(axis=0)
    now_m: Floats = (np.abs(away[1]) - span[1]).max(axis=0)
    return now_m, between >= _BULGE * (bulge[0] + bulge[1]) - TOUCH_M


def met(there: Floats, was: Floats) -> Flags:
    """Tell which pairs, as :func:`apart` has them, overlapped on their way, (k,) bool.

    Centres go straight and headings turn evenly; within one stretch a box keeps the heading of its middle.
    Offsets and headings are complex numbers: times one that is turned back they lie along and across.
    """
    turned_m = np.abs(there[2:4] - was[2:4]).sum(axis=0) * (there[4] + there[5])
    many = _STRETCHES if turned_m.max(initial=0.0) > _STRAIGHT_M else 1
    ends = np.arange(many + 1.0)[:, None] / many
    start, turn = plane(*was[2:4])[:, None], plane(*(there[2:4] - was[2:4]))[:, None]
    heading = start + (ends[:-1] + 0.5 / many) * turn
    heading /= np.abs(heading)
    back = heading.conj()
    first, last = (plane(*(place[:2, 1] - place[:2, 0])) for place in (was, there))
    offset = first + ends * (last - first)
    half_high = (there[7] - there[6]) / 2.0
    up = was[4, 1] - was[4, 0] + half_high[1] - half_high[0]
    rise = up + ends * (there[6, 1] - there[6, 0] + half_high[1] - half_high[0] - up)
    # Along both boxes, across both, upright; from stretch to stretch.
    before, after, reach = np.empty((3, 5, many, there.shape[2]))
    for found, some in ((before, slice(many)), (after, slice(1, None))):
        along = back * offset[some]
        found[:2], found[2:4], found[4] = along.real, along.imag, rise[some]
    beyond = back[0] * heading[1]
    near, far = np.abs(beyond.real), np.abs(beyond.imag)
    (half_l, half_w), (its_l, its_w) = there[4:6, :, None], there[4:6, ::-1, None]
    reach[:2] = half_l + its_l * near + its_w * far
    reach[2:4] = half_w + its_l * far + its_w * near
    reach[4] = half_high[0] + half_high[1]
    reach -= TOUCH_M
    return _crossed(before, after, reach)


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _crossed(before: Floats, after: Floats, reach: Floats) -> Flags:
    """Tell which pairs overlapped in any stretch, of offsets before and after it, (5, m, k)."""
    rate = after - before
    one, other = (-reach - before) / rate, (reach - before) / rate
    # The shares of the stretch in which they overlap on each axis, and so on all.
    enter = np.minimum(one, other).max(axis=0, initial=0.0)
    leave = np.maximum(one, other).min(axis=0, initial=1.0)
    crossed: Flags = (enter < leave).any(axis=0)
    return crossed
