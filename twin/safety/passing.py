"""What boxes have passed through on their way since the tick before, so that nothing tunnels."""

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety.collision import TOUCH_M, Rows
from twin.tables import Flags, Floats

JUMP_M = 5.0
"""A box that is this much further on after one tick has not driven there: it was not heard of [m]."""
_STRETCHES = 8
"""The way of what turns is taken as so many straight stretches, with the box turned anew in each."""
_STRAIGHT_M = 1e-3
"""What turned no further than this went straight [m]."""
_BULGE = np.pi**2 / 32.0
"""Times half extents and the square of how far a unit heading turned: a square of the angle over eight."""
POSE = ("x_m", "y_m", "cos", "sin")
"""The columns that tell where a box was, with the height of its under face."""
_PLACE = (*POSE, "bottom_m", "top_m")
WAS, HERE, BOTTOM_WAS = slice(4), slice(4, 12), 12
"""A box that went a way, in 13 rows: ``POSE`` at the tick before, now what ``collision.sides_of`` gives, and
its under face at the tick before."""


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
    columns = boxes.editable(*_PLACE)
    for name, column in columns.items():
        column[rows] = getattr(by, name)[by_rows]
    return boxes.with_columns(**columns)


def apart(ways: Floats) -> tuple[Floats, Flags]:
    """Tell how far apart pairs of boxes are, and which were apart all the way there.

    Parameters
    ----------
    ways : (13, 2, k)
        The one and the other box of k pairs: see ``HERE`` and ``WAS``.

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

    Axes are along the one box and the other as they are now, then across them, then upright; on each of
    them ``away`` says how far the other is from the one, and ``span`` how far both reach together, before
    and now: (5, 2, k).
    """
    many = ways.shape[2]
    poses, half = ways[:8].reshape(2, 4, 2, many), ways[8:10]
    away, span = np.empty((2, 5, 2, many))
    _along(away, ways[6:8, :, None], poses[:, :2, 1] - poses[:, :2, 0])
    # How each box lies to the axes of each, at either time: (axes of, time, box, k).
    c, s = ways[6:8, :, None, None]
    along, across = poses[:, 2] * c, poses[:, 3] * c
    along += poses[:, 3] * s
    across -= poses[:, 2] * s
    sizes = half[:, None, None] * np.abs(along, out=along)
    sizes += half[::-1, None, None] * np.abs(across, out=across)
    np.add(sizes[..., 0, :], sizes[..., 1, :], out=span[:4].reshape(2, 2, 2, many))
    _upright(away[4], span[4], ways)
    turned = poses[1, 2:] - poses[0, 2:]
    turned *= turned
    bulge = (turned[0] + turned[1]) * (half[0] + half[1])
    # By how much the one is on this side of the other, and on that.
    free = np.empty((2, 5, 2, many))
    np.subtract(away, span, out=free[0])
    away += span
    np.negative(away, out=free[1])
    between: Floats = np.minimum(free[:, :, 0], free[:, :, 1]).reshape(10, many).max(axis=0)
    now_m: Floats = free[:, :, 1].max(axis=(0, 1))
    return now_m, between >= _BULGE * (bulge[0] + bulge[1]) - TOUCH_M


def met(ways: Floats) -> Flags:
    """Tell which pairs, as :func:`apart` has them, overlapped on their way, (k,) bool.

    Centres go straight and headings turn evenly; within one stretch a box keeps the heading of its middle.
    """
    poses, half = ways[:8].reshape(2, 4, 2, -1), ways[8:10]
    turned = poses[1, 2:] - poses[0, 2:]
    turned_m = np.abs(turned).sum(axis=0) * (half[0] + half[1])
    many = _STRETCHES if turned_m.max(initial=0.0) > _STRAIGHT_M else 1
    starts = np.arange(float(many))[:, None] / many
    # From the one to the other, before and after each stretch: (x, y and up, before or after, stretch, k).
    first, last = np.empty((2, 3, ways.shape[2]))
    first[:2], last[:2] = poses[:, :2, 1] - poses[:, :2, 0]
    rises, high = np.empty((2, ways.shape[2])), np.empty(ways.shape[2])
    _upright(rises, high, ways)
    first[2], last[2] = rises
    shares = np.stack((starts, starts + 1.0 / many))
    offset = first[:, None, None] + shares * (last - first)[:, None, None]
    heading = poses[0, 2:, :, None] + (starts + 0.5 / many) * turned[:, :, None]
    c, s = heading / np.hypot(heading[0], heading[1])
    # On five axes, as in :func:`apart`, for each stretch.
    away, reach = np.empty((5, *offset.shape[1:])), np.empty((5, many, ways.shape[2]))
    _along(away, (c[:, None], s[:, None]), offset[:2].swapaxes(0, 1))
    away[4] = offset[2]
    along, across = np.abs(c[0] * c[1] + s[0] * s[1]), np.abs(c[0] * s[1] - s[0] * c[1])
    sizes = half[:, ::-1, None] * along
    sizes += half[::-1, ::-1, None] * across
    np.add(sizes, half[:, :, None], out=reach[:4].reshape(2, 2, *along.shape))
    reach[4] = high
    reach -= TOUCH_M
    return _crossed(away[:, 0], away[:, 1], reach)


def _along(away: Floats, axes: "Floats | tuple[Floats, Floats]", offset: Floats) -> None:
    """Write how far ways, (2 times, x and y, ..., k), go along two axes each and across them.

    ``axes`` are their cosines and sines, (2 boxes, ..., k) each, ``away`` is (4 or more, 2 times, ..., k).
    """
    (c, s), x, y = axes, offset[:, 0], offset[:, 1]
    np.multiply(c, x, out=away[:2])
    away[:2] += s * y
    np.multiply(c, y, out=away[2:4])
    away[2:4] -= s * x


def _upright(away: Floats, span: Floats, ways: Floats) -> None:
    """Write how much higher the other is, (2 times, k), and how far both reach together, (2 or none, k)."""
    bottom, top = ways[10:12]
    half_high = top - bottom
    half_high *= 0.5
    span[:] = half_high[0] + half_high[1]
    np.subtract(ways[12, 1], ways[12, 0], out=away[0])
    np.subtract(bottom[1], bottom[0], out=away[1])
    away += half_high[1] - half_high[0]


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
