"""Overlap and contact of oriented boxes: pairs found by sweeping strips, separated by axes.

Boxes stand upright, so two overlap where their outlines do and their height intervals do. All
functions take and give arrays; pairs are rows of two tables side by side.
"""

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import Boxes
from twin.tables import Flags, Floats, expanded

Rows = NDArray[np.intp]

_AXES = 4
TOUCH_M = 1e-9
"""Boxes this close or closer only touch [m]: the rounding of coordinates of some kilometres."""


def bounds(boxes: Boxes, horizon_s: float = 0.0) -> tuple[Floats, Floats]:
    """Give the axis-parallel bounds, lower and upper, each (n, 2) [m], of boxes swept over a horizon."""
    reach_x = np.abs(boxes.cos) * boxes.half_l_m + np.abs(boxes.sin) * boxes.half_w_m
    reach_y = np.abs(boxes.sin) * boxes.half_l_m + np.abs(boxes.cos) * boxes.half_w_m
    centre = np.column_stack((boxes.x_m, boxes.y_m))
    reach = np.column_stack((reach_x, reach_y))
    way = horizon_s * np.column_stack((boxes.vx_mps, boxes.vy_mps))
    return centre - reach + np.minimum(way, 0.0), centre + reach + np.maximum(way, 0.0)


def bounds_of(boxes: Boxes) -> tuple[Floats, Floats]:
    """Give lower and upper corners of boxes, x, y and z, each (3, n) [m]."""
    c, s = np.abs(boxes.cos), np.abs(boxes.sin)
    low, high = np.empty((3, len(boxes))), np.empty((3, len(boxes)))
    # What a box reaches along x, then along y; the last row serves meanwhile.
    reach, more = high[2], low[2]
    for at, along, across, below, above in (
        (boxes.x_m, c, s, low[0], high[0]), (boxes.y_m, s, c, low[1], high[1]),
    ):  # fmt: skip
        np.multiply(along, boxes.half_l_m, out=reach)
        np.multiply(across, boxes.half_w_m, out=more)
        reach += more
        np.subtract(at, reach, out=below)
        np.add(at, reach, out=above)
    low[2], high[2] = boxes.bottom_m, boxes.top_m
    return low, high


def candidates(lower: Floats, upper: Floats) -> tuple[Rows, Rows]:
    """Give all pairs of rectangles that overlap or touch.

    Parameters
    ----------
    lower, upper : (n, 2)
        Corners of axis-parallel rectangles; NaN rows pair with nothing.

    Returns
    -------
    i, j : (k,)
        Each pair once, i below j.

    Notes
    -----
    Sort and sweep along one axis within strips of the other, so that neither a row of machines
    along x nor one along y makes every machine the candidate of every other. A pair that shares
    several strips counts in the first that both are in.
    """
    n = len(lower)
    if n < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    good = np.isfinite(lower).all(axis=1) & np.isfinite(upper).all(axis=1)
    height_m = np.median((upper - lower)[good, 1]) if good.any() else 1.0
    strip_m = max(2.0 * float(height_m), 1.0)
    base = lower[good, 1].min() if good.any() else 0.0
    with np.errstate(invalid="ignore"):
        first = np.where(good, np.floor((lower[:, 1] - base) / strip_m), 0).astype(np.int64)
        last = np.where(good, np.floor((upper[:, 1] - base) / strip_m), -1).astype(np.int64)
    box, number = expanded(last - first + 1)
    strip = first[box] + number
    order = np.lexsort((lower[box, 0], strip))
    box, strip = box[order], strip[order]
    start, end = _keys(strip, lower[box, 0], upper[box, 0])
    following = np.searchsorted(start, end, side="right") - np.arange(len(box)) - 1
    left, ahead = expanded(following)
    right = left + 1 + ahead
    i, j = box[left], box[right]
    kept = (strip[left] == np.maximum(first[i], first[j])) & (upper[i, 1] >= lower[j, 1])
    kept &= upper[j, 1] >= lower[i, 1]
    i, j = i[kept], j[kept]
    return np.minimum(i, j), np.maximum(i, j)


def _keys(strip: NDArray[np.int64], start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Give one rising number for strip and place, so that a single search serves all strips."""
    if not len(start):
        return start, end
    origin, width = start.min(), end.max() - start.min() + 1.0
    return strip * width + (start - origin), strip * width + (end - origin)


def pairs(boxes: Boxes, horizon_s: float = 0.0) -> tuple[Rows, Rows]:
    """Give the pairs of boxes of different machines whose swept bounds and heights overlap.

    Parameters
    ----------
    boxes : Boxes
        Those of one machine never pair; boxes of no machine (-1) never pair with one another.
    horizon_s : float
        How far ahead the bounds are swept [s].

    Returns
    -------
    i, j : (k,)
        Rows of ``boxes``, each pair once, i below j.
    """
    i, j = candidates(*bounds(boxes, horizon_s))
    kept = (boxes.mover[i] != boxes.mover[j]) & (boxes.bottom_m[i] < boxes.top_m[j])
    kept &= boxes.bottom_m[j] < boxes.top_m[i]
    return i[kept], j[kept]


def _projections(a: Boxes, b: Boxes) -> tuple[Floats, Floats, Floats]:
    """Give offset, closing rate and reach of each pair on its four axes, each (4, n)."""
    rows = np.arange(len(a))
    one, other = straight_of(a, rows), straight_of(b, rows)
    axes, reach = axes_of(one[:8], other[:8])
    return _along(axes, other[:2] - one[:2]), _along(axes, other[8:10] - one[8:10]), reach


def _along(axes: Floats, way: Floats) -> Floats:
    """Give how far ways, (2, k), go along axes, (2, 4, k): (4, k)."""
    far: Floats = axes[0] * way[0] + axes[1] * way[1]
    return far


SIDES = ("x_m", "y_m", "cos", "sin", "half_l_m", "half_w_m", "bottom_m", "top_m")
"""The columns that a look at where boxes are needs, as in :class:`Boxes`: the rows of an (8, k) array."""
_STRAIGHT = (*SIDES, "vx_mps", "vy_mps", "vz_mps")


def sides_of(boxes: Boxes, rows: Rows, names: tuple[str, ...] = SIDES, out: Floats | None = None) -> Floats:
    """Give columns of some rows of a table, one below the other, (8, k); into ``out`` where it is given."""
    found = np.empty((len(names), len(rows))) if out is None else out
    for row, name in zip(found, names, strict=True):
        row[:] = getattr(boxes, name)[rows]
    return found


def outlines(sides: Floats) -> tuple[Floats, Floats]:
    """Give lower and upper corners, x and y, each (2, k), of boxes as :func:`sides_of` gives them."""
    c, s = np.abs(sides[2:4])
    half_l, half_w = sides[4:6]
    reach = np.stack((c * half_l + s * half_w, s * half_l + c * half_w))
    return sides[:2] - reach, sides[:2] + reach


def apart_m(a: Floats, b: Floats) -> Floats:
    """Give the largest separation of pairs on any axis, their heights included.

    Parameters
    ----------
    a, b : (8, k)
        Boxes as :func:`sides_of` gives them.

    Returns
    -------
    (k,)
        Below 0 where the boxes overlap; above 0 a lower bound of their distance [m]; NaN where either is
        nowhere.
    """
    axes, reach = axes_of(a, b)
    across: Floats = np.abs(_along(axes, b[:2] - a[:2])) - reach
    apart: Floats = np.maximum(across.max(axis=0), np.maximum(a[6] - b[7], b[6] - a[7]))
    return apart


def axes_of(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Give the axes along and across both boxes of pairs, and how far both together reach along each.

    Parameters
    ----------
    a, b : (8, k)
        Boxes as :func:`sides_of` gives them.

    Returns
    -------
    axes : (2, 4, k)
        Their x and y.
    reach_m : (4, k)
    """
    _, _, ac, as_, la, wa, _, _ = a
    _, _, bc, bs, lb, wb, _, _ = b
    axes, reach = np.empty((2, 4, len(ac))), np.empty((4, len(ac)))
    axes[0, 0], axes[1, 0], axes[0, 2], axes[1, 2] = ac, as_, bc, bs
    np.negative(axes[1, ::2], out=axes[0, 1::2])
    axes[1, 1::2] = axes[0, ::2]
    along, cross = np.abs(ac * bc + as_ * bs), np.abs(ac * bs - as_ * bc)
    reach[0], reach[1] = la + lb * along + wb * cross, wa + lb * cross + wb * along
    reach[2], reach[3] = lb + la * along + wa * cross, wb + la * cross + wa * along
    return axes, reach


def gap_m(a: Boxes, b: Boxes) -> Floats:
    """Give the largest separation of the outlines of pairs on any axis of either.

    Parameters
    ----------
    a, b : Boxes
        n boxes each; row k of one against row k of the other.

    Returns
    -------
    (n,)
        Below 0 where the outlines overlap: by how much one would have to move to be free. Above 0 it
        is a lower bound of the distance, and the distance itself where an edge faces an edge.

    Notes
    -----
    Separating axis theorem (Gottschalk, Lin, Manocha 1996) for rectangles: four axes.
    """
    offset, _, reach = _projections(a, b)
    largest: Floats = (np.abs(offset) - reach).max(axis=0)
    return largest


def height_gap_m(a: Boxes, b: Boxes) -> Floats:
    """Give the vertical gap of pairs, (n,); below 0 by how much their height intervals overlap [m]."""
    return np.maximum(a.bottom_m - b.top_m, b.bottom_m - a.top_m)


def overlapping(a: Boxes, b: Boxes) -> Flags:
    """Tell which pairs overlap, (n,) bool; boxes that only touch do not, and NaN overlaps nothing."""
    apart: Flags = (gap_m(a, b) < -TOUCH_M) & (height_gap_m(a, b) < -TOUCH_M)
    return apart


def straight_of(boxes: Boxes, rows: Rows) -> Floats:
    """Give what :func:`straight_contact_s` asks of some rows of a table, (11, k)."""
    return sides_of(boxes, rows, _STRAIGHT)


def time_to_contact(a: Boxes, b: Boxes, horizon_s: float) -> Floats:
    """Give when pairs first overlap, as they go on straight without turning.

    Parameters
    ----------
    a, b : Boxes
        n boxes each.
    horizon_s : float
        Contacts later than this do not count [s].

    Returns
    -------
    (n,)
        0 where they overlap now, infinite where there is no contact within the horizon or a value
        is NaN.
    """
    rows = np.arange(len(a))
    return straight_contact_s(straight_of(a, rows), straight_of(b, rows), horizon_s)


def straight_contact_s(a: Floats, b: Floats, horizon_s: float) -> Floats:
    """Give :func:`time_to_contact` of columns as :func:`straight_of` gives them."""
    # Along and across each of the two boxes, and upright.
    offset, rate, reach = (np.empty((5, a.shape[1])) for _ in range(3))
    axes, reach[:4] = axes_of(a[:8], b[:8])
    offset[:4], rate[:4], rate[4] = (
        _along(axes, b[:2] - a[:2]),
        _along(axes, b[8:10] - a[8:10]),
        b[10] - a[10],
    )
    low, high = b[6] - a[7], b[7] - a[6]
    offset[4], reach[4] = (low + high) / 2.0, (high - low) / 2.0
    reach -= TOUCH_M
    # Where nothing moves on an axis the division tells it, too: always within, or never.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, other = (-reach - offset) / rate, (reach - offset) / rate
    enter, leave = np.minimum(one, other).max(axis=0), np.maximum(one, other).min(axis=0)
    hit = (enter < leave) & (leave > 0.0) & (enter <= horizon_s)
    return np.where(hit, np.maximum(enter, 0.0), np.inf)


def closest_approach(a: Boxes, b: Boxes, horizon_s: float) -> tuple[Floats, Floats]:
    """Give when pairs that go on straight are closest within a horizon, and how close.

    Parameters
    ----------
    a, b : Boxes
        n boxes each.
    horizon_s : float
        At least 0 [s].

    Returns
    -------
    time_s : (n,)
        The earliest instant of the least gap [s], within 0 to ``horizon_s``.
    gap_m : (n,)
        The gap then, as :func:`gap_m` counts it; below 0 where they go deepest into one another.

    Notes
    -----
    On each axis the gap is the larger of two straight lines in time; over all axes it is the upper
    envelope of eight, convex, so its least is at an end or where two of the lines cross.
    """
    offset, rate, reach = _projections(a, b)
    level = np.concatenate((offset - reach, -offset - reach))
    slope = np.concatenate((rate, -rate))
    first, second = np.triu_indices(2 * _AXES, 1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossing = (level[second] - level[first]) / (slope[first] - slope[second])
    ends = np.zeros((2, level.shape[1])) + np.array([[0.0], [horizon_s]])
    times = np.concatenate((ends, np.clip(np.nan_to_num(crossing, posinf=0.0, neginf=0.0), 0.0, horizon_s)))
    envelope = (level[:, None] + slope[:, None] * times).max(axis=0)
    least = envelope.min(axis=0)
    reached = np.where(envelope <= least + TOUCH_M, times, np.inf).min(axis=0)
    return reached, least
