"""Pairs of boxes on arcs advanced until they touch, one after the other in a compiled loop.

The same steps as :mod:`twin.safety.arcs` takes with whole arrays, where nothing is compiled.
"""

import math
from typing import NamedTuple

import numpy as np

from twin.compiled import compiled, lean
from twin.safety.collision import Rows
from twin.safety.slices import ROUNDING
from twin.series import cos_sin, cos_sin_share
from twin.tables import Floats, Longs, Singles

COLUMNS = (
    "x_m", "y_m", "cos", "sin", "half_l_m", "half_w_m", "about_x_m", "about_y_m", "vx_mps", "vy_mps",
    "yaw_rate_rps", "fold_rad", "settles_ps", "slide_x_mps", "slide_y_mps",
)  # fmt: skip
"""What is asked of a box and of how its machine goes on: see :class:`twin.safety.arcs.Ahead`."""


FAR_M = 2.0
"""Boxes whose circles are this far apart are not looked at more closely [m]."""


class Terms(NamedTuple):
    """On what terms pairs are advanced.

    Attributes
    ----------
    close_m, most_close_m : float
        How close counts as in contact, at first and after many steps [m].
    patience, rounds : int
        After how many steps it grows, and how many are taken at most.
    """

    close_m: float
    most_close_m: float
    patience: int
    rounds: int


@compiled
def first_contacts(
    one: Floats,
    i: Rows,
    other: Floats,
    j: Rows,
    start: Floats,
    end: Floats,
    kind: Rows,
    order: Rows,
    terms: Terms,
) -> Floats:
    """Give when pairs first touch, (k,) [s]: infinite where they do not.

    Parameters
    ----------
    one, i, other, j : (n, 15), (k,)
        Two tables of boxes with :data:`COLUMNS`, and the rows of each pair in them.
    start, end : (k,)
        From when to when each pair is looked at [s]; none where it starts after its end.
    kind : (k,) int
        Pairs with the same number are of one kind: a later contact than another of the kind may be given
        as infinite.
    order : (l,) int
        Which pairs are looked at, one after the other; the soonest first makes for the fewest steps.
    terms : Terms
    """
    found = np.full(len(i), np.inf)
    soonest = np.full(len(i), np.inf)
    for place in range(len(order)):
        k = order[place]
        most = _most_mps2(one, i[k]) + _most_mps2(other, j[k])
        now, until, close_m = start[k], end[k], terms.close_m
        number = 0
        while now <= until and now < soonest[kind[k]]:
            step_s, widest_m = _step(one, i[k], other, j[k], now, until, most)
            if number > terms.patience:
                close_m = min(close_m * 1.5, terms.most_close_m)
            if widest_m <= close_m:
                found[k] = now
                soonest[kind[k]] = now
                break
            now += step_s
            number += 1
            if now >= until:
                break
            if number >= terms.rounds:
                # What is still on its way counts as in contact where it is; others may touch sooner.
                found[k] = now
                break
    return found


@compiled
def bounds(body: Floats, horizon_s: float, parts: int) -> tuple[Singles, Singles, Floats, Floats]:
    """Give the bounds of what boxes sweep in parts of a horizon.

    Parameters
    ----------
    body : (n, 15)
        Boxes with :data:`COLUMNS`.
    horizon_s : float
    parts : int
        How many equal parts; within one a path is taken for straight, and its bounds for so much wider.

    Returns
    -------
    low_m, high_m : (n, 2, parts) float32
        Lower and upper corners, x and y, in each part; rounded outwards.
    least_m, most_m : (2, n)
        The same over the whole horizon.
    """
    n = len(body)
    low, high = np.empty((n, 2, parts), np.float32), np.empty((n, 2, parts), np.float32)
    least, most = np.empty((2, n)), np.empty((2, n))
    part_s = horizon_s / parts
    for k in range(n):
        # Between two instants a corner strays from the line between its places by at most this.
        stray_m = _most_mps2(body, k) * part_s * part_s / 8.0
        left, lower, right, upper = _bounds_at(body, k, 0.0, stray_m)
        least[0, k], least[1, k], most[0, k], most[1, k] = left, lower, right, upper
        for part in range(parts):
            to_left, to_lower, to_right, to_upper = _bounds_at(body, k, (part + 1) * part_s, stray_m)
            low[k, 0, part], low[k, 1, part] = _below(min(left, to_left)), _below(min(lower, to_lower))
            high[k, 0, part], high[k, 1, part] = (
                -_below(-max(right, to_right)),
                -_below(-max(upper, to_upper)),
            )
            left, lower, right, upper = to_left, to_lower, to_right, to_upper
            least[0, k], least[1, k] = min(least[0, k], left), min(least[1, k], lower)
            most[0, k], most[1, k] = max(most[0, k], right), max(most[1, k], upper)
    return low, high, least, most


@compiled
def windows(
    low: Singles, high: Singles, i: Rows, other_low: Singles, other_high: Singles, j: Rows
) -> tuple[Longs, Longs]:
    """Give in which parts of a horizon pairs may meet.

    Parameters
    ----------
    low, high, i : (n, 2, parts), (k,)
        Bounds as :func:`bounds` gives them, and the row of each pair's one box in them.
    other_low, other_high, j : (m, 2, parts or 1), (k,)
        The same of each pair's other box.

    Returns
    -------
    first, behind : (k,) int
        The first part, and the one behind the last; 0 and 0 where they never meet.
    """
    first, behind = np.zeros(len(i), np.int64), np.zeros(len(i), np.int64)
    parts, moves = low.shape[2], other_low.shape[2] > 1
    for k in range(len(i)):
        a, b = i[k], j[k]
        for part in range(parts):
            at = part if moves else 0
            if low[a, 0, part] > other_high[b, 0, at] or other_low[b, 0, at] > high[a, 0, part]:
                continue
            if low[a, 1, part] > other_high[b, 1, at] or other_low[b, 1, at] > high[a, 1, part]:
                continue
            if behind[k] == 0:
                first[k] = part
            behind[k] = part + 1
    return first, behind


@lean
def _bounds_at(body: Floats, k: int, when_s: float, stray_m: float) -> tuple[float, float, float, float]:
    """Give the bounds of a box, a row of a table, after a time: lower corner and upper corner."""
    x, y, _, _, c, s, _ = _at(body, k, when_s)
    reach_x = abs(c) * body[k, 4] + abs(s) * body[k, 5] + stray_m
    reach_y = abs(s) * body[k, 4] + abs(c) * body[k, 5] + stray_m
    return x - reach_x, y - reach_y, x + reach_x, y + reach_y


@lean
def _below(x: float) -> float:
    """Give a number that is no more than another once it is rounded to half of its digits."""
    return x - abs(x) * ROUNDING


@lean
def _most_mps2(body: Floats, k: int) -> float:
    """Give a bound of how fast the corners of a box, a row of a table, accelerate."""
    settles, fold, yaw = abs(body[k, 12]), abs(body[k, 11]), abs(body[k, 10])
    slide = _length(body[k, 13], body[k, 14])
    turning = yaw + fold * settles
    arm = _length(body[k, 0] - body[k, 6], body[k, 1] - body[k, 7]) + 10.0 * slide
    arm += _length(body[k, 4], body[k, 5])
    most: float = yaw * _length(body[k, 8], body[k, 9]) + 2.0 * turning * slide
    most += (turning * turning + fold * settles * settles) * arm
    return most


@lean
def _length(x: float, y: float) -> float:
    """Give the length of a way; ``math.hypot`` guards against what no yard is as large as."""
    return math.sqrt(x * x + y * y)


@lean
def _at(body: Floats, k: int, when_s: float) -> tuple[float, float, float, float, float, float, float]:
    """Give centre, velocity, heading and turn rate of a box, a row of a table, after a time."""
    yaw, fold, settles = body[k, 10], body[k, 11], body[k, 12]
    course_x, course_y, chord = cos_sin_share(0.5 * yaw * when_s)
    turn_x, turn_y, rate = course_x * course_x - course_y * course_y, 2.0 * course_x * course_y, yaw
    if fold != 0.0:
        decay = math.exp(-settles * when_s)
        fold_x, fold_y = cos_sin(fold * (1.0 - decay))
        turn_x, turn_y = turn_x * fold_x - turn_y * fold_y, turn_x * fold_y + turn_y * fold_x
        rate += fold * settles * decay
    chord_s = when_s * chord
    speed_x, speed_y, slide_x, slide_y = body[k, 8], body[k, 9], body[k, 13], body[k, 14]
    arm_x, arm_y = body[k, 0] - body[k, 6] + slide_x * when_s, body[k, 1] - body[k, 7] + slide_y * when_s
    off_x, off_y = arm_x * turn_x - arm_y * turn_y, arm_x * turn_y + arm_y * turn_x
    way_x, way_y = course_x * speed_x - course_y * speed_y, course_x * speed_y + course_y * speed_x
    vx = way_x * course_x - way_y * course_y + turn_x * slide_x - turn_y * slide_y - rate * off_y
    vy = way_x * course_y + way_y * course_x + turn_x * slide_y + turn_y * slide_x + rate * off_x
    c, s = body[k, 2], body[k, 3]
    return (
        body[k, 6] + chord_s * way_x + off_x, body[k, 7] + chord_s * way_y + off_y, vx, vy,
        turn_x * c - turn_y * s, turn_x * s + turn_y * c, rate,
    )  # fmt: skip


@lean
def _reach(
    axis_x: float, axis_y: float, c: float, s: float, rate: float, half_l: float, half_w: float, later: float
) -> tuple[float, float, float]:
    """Give how far a box reaches along an axis, how fast that grows, and what it grows more until later."""
    along, across = axis_x * c + axis_y * s, axis_y * c - axis_x * s
    along_way, across_way = rate * across, -rate * along
    size_l, size_w = abs(along), abs(across)
    # Where a face stands square to the axis either of its corners may be next to lead.
    grows_l = math.copysign(1.0, along) * along_way if size_l > 1e-12 else abs(along_way)
    grows_w = math.copysign(1.0, across) * across_way if size_w > 1e-12 else abs(across_way)
    more = half_l * (abs(along + along_way * later) - size_l - grows_l * later)
    more += half_w * (abs(across + across_way * later) - size_w - grows_w * later)
    return half_l * size_l + half_w * size_w, half_l * grows_l + half_w * grows_w, more


@lean
def _step(
    one: Floats, i: int, other: Floats, j: int, now: float, until: float, most: float
) -> tuple[float, float]:
    """Give how long a pair of rows surely stays apart [s], and its widest gap now on any axis [m]."""
    x, y, vx, vy, c, s, rate = _at(one, i, now)
    other_x, other_y, other_vx, other_vy, other_c, other_s, other_rate = _at(other, j, now)
    dx, dy, dvx, dvy = other_x - x, other_y - y, other_vx - vx, other_vy - vy
    half_l, half_w, other_l, other_w = one[i, 4], one[i, 5], other[j, 4], other[j, 5]
    apart_m = _length(dx, dy)
    gap = apart_m - _length(half_l, half_w) - _length(other_l, other_w)
    if gap > FAR_M:
        # The line between the centres serves as axis, and circles as boxes: a shorter step, sooner found.
        closing = -(dx * dvx + dy * dvy) / apart_m
        under = closing + math.sqrt(closing * closing + 2.0 * most * gap)
        return 2.0 * gap / under if under > 0.0 else np.inf, gap
    widest_m, step_s = -np.inf, 0.0
    for axis in range(4):
        axis_x, axis_y = (c, s) if axis < 2 else (other_c, other_s)
        if axis % 2:
            axis_x, axis_y = -axis_y, axis_x
        toward = axis_x * dx + axis_y * dy
        side = -1.0 if toward < 0.0 else 1.0
        reach, grows, _ = _reach(axis_x, axis_y, c, s, rate, half_l, half_w, 0.0)
        other_reach, other_grows, _ = _reach(
            axis_x, axis_y, other_c, other_s, other_rate, other_l, other_w, 0.0
        )
        gap = toward * side - reach - other_reach
        # What is nowhere touches nothing.
        if not math.isfinite(gap):
            return np.inf, np.inf
        widest_m = max(widest_m, gap)
        if gap <= 0.0:
            continue
        closing = grows + other_grows - side * (axis_x * dvx + axis_y * dvy)
        under = closing + math.sqrt(closing * closing + 2.0 * most * gap)
        tried = min(2.0 * gap / under if under > 0.0 else np.inf, until - now)
        left = gap - closing * tried - 0.5 * most * tried * tried
        left -= _reach(axis_x, axis_y, c, s, rate, half_l, half_w, tried)[2]
        left -= _reach(axis_x, axis_y, other_c, other_s, other_rate, other_l, other_w, tried)[2]
        chord = tried if left >= 0.0 else tried * gap / (gap - left)
        if not math.isfinite(chord):
            return np.inf, np.inf
        step_s = max(step_s, chord)
    return step_s, widest_m


def warm() -> None:
    """Compile the loops, or load them from their cache, so that no tick waits for it."""
    one, rows, ends = np.ones((1, len(COLUMNS))), np.zeros(1, np.intp), np.ones(1)
    first_contacts(one, rows, one, rows, 0.0 * ends, ends, rows, rows, Terms(1e-3, 0.02, 8, 200))
    low, high, _, _ = bounds(one, 1.0, 2)
    windows(low, high, rows, low, high, rows)
