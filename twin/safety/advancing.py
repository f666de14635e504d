"""Pairs of boxes on arcs advanced until they touch, one after the other in a compiled loop.

The same steps as :mod:`twin.safety.arcs` takes with whole arrays, where nothing is compiled.
"""

import math
from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.safety.collision import Rows
from twin.tables import Floats

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
        most = _most_mps2(one[i[k]]) + _most_mps2(other[j[k]])
        now, until, close_m = start[k], end[k], terms.close_m
        number = 0
        while now <= until and now < soonest[kind[k]]:
            step_s, widest_m = _step(one[i[k]], other[j[k]], now, until, most)
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
def bounds(body: Floats, horizon_s: float, parts: int) -> tuple[Floats, Floats]:
    """Give the corners, x and y, each (n, 2, parts) [m], of what boxes sweep in parts of a horizon.

    Parameters
    ----------
    body : (n, 15)
        Boxes with :data:`COLUMNS`.
    horizon_s : float
    parts : int
        How many equal parts; within one a path is taken for straight, and its bounds for so much wider.
    """
    low, high = np.empty((len(body), 2, parts)), np.empty((len(body), 2, parts))
    part_s = horizon_s / parts
    for k in range(len(body)):
        # Between two instants a corner strays from the line between its places by at most this.
        stray_m = _most_mps2(body[k]) * part_s * part_s / 8.0
        for sample in range(parts + 1):
            x, y, _, _, c, s, _ = _at(body[k], sample * part_s)
            reach_x = abs(c) * body[k, 4] + abs(s) * body[k, 5] + stray_m
            reach_y = abs(s) * body[k, 4] + abs(c) * body[k, 5] + stray_m
            if sample < parts:
                low[k, 0, sample], high[k, 0, sample] = x - reach_x, x + reach_x
                low[k, 1, sample], high[k, 1, sample] = y - reach_y, y + reach_y
            if sample > 0:
                before = sample - 1
                low[k, 0, before] = min(low[k, 0, before], x - reach_x)
                high[k, 0, before] = max(high[k, 0, before], x + reach_x)
                low[k, 1, before] = min(low[k, 1, before], y - reach_y)
                high[k, 1, before] = max(high[k, 1, before], y + reach_y)
    return low, high


@compiled
def _most_mps2(body: Floats) -> float:
    """Give a bound of how fast the corners of a box accelerate."""
    x, y, _, _, half_l, half_w, about_x, about_y, vx, vy, yaw, fold, settles, slide_x, slide_y = body
    settles, fold, yaw = abs(settles), abs(fold), abs(yaw)
    slide = math.hypot(slide_x, slide_y)
    turning = yaw + fold * settles
    arm = math.hypot(x - about_x, y - about_y) + math.hypot(half_l, half_w) + 10.0 * slide
    most: float = yaw * math.hypot(vx, vy) + 2.0 * turning * slide
    most += (turning * turning + fold * settles * settles) * arm
    return most


@compiled
def _at(body: Floats, when_s: float) -> tuple[float, float, float, float, float, float, float]:
    """Give centre, velocity, heading and turn rate of a box after a time."""
    x, y, c, s, _, _, about_x, about_y, speed_x, speed_y, yaw, fold, settles, slide_x, slide_y = body
    half = 0.5 * yaw * when_s
    course_x, course_y = math.cos(half), math.sin(half)
    turn_x, turn_y, rate = course_x * course_x - course_y * course_y, 2.0 * course_x * course_y, yaw
    if fold != 0.0:
        decay = math.exp(-settles * when_s)
        angle = fold * (1.0 - decay)
        fold_x, fold_y = math.cos(angle), math.sin(angle)
        turn_x, turn_y = turn_x * fold_x - turn_y * fold_y, turn_x * fold_y + turn_y * fold_x
        rate += fold * settles * decay
    chord_s = when_s * course_y / half if abs(half) > 1e-9 else when_s
    arm_x, arm_y = x - about_x + slide_x * when_s, y - about_y + slide_y * when_s
    off_x, off_y = arm_x * turn_x - arm_y * turn_y, arm_x * turn_y + arm_y * turn_x
    way_x, way_y = course_x * speed_x - course_y * speed_y, course_x * speed_y + course_y * speed_x
    vx = way_x * course_x - way_y * course_y + turn_x * slide_x - turn_y * slide_y - rate * off_y
    vy = way_x * course_y + way_y * course_x + turn_x * slide_y + turn_y * slide_x + rate * off_x
    return (
        about_x + chord_s * way_x + off_x, about_y + chord_s * way_y + off_y, vx, vy,
        turn_x * c - turn_y * s, turn_x * s + turn_y * c, rate,
    )  # fmt: skip


@compiled
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


@compiled
def _step(one: Floats, other: Floats, now: float, until: float, most: float) -> tuple[float, float]:
    """Give how long a pair surely stays apart [s], and its widest gap now on any axis [m]."""
    x, y, vx, vy, c, s, rate = _at(one, now)
    other_x, other_y, other_vx, other_vy, other_c, other_s, other_rate = _at(other, now)
    dx, dy, dvx, dvy = other_x - x, other_y - y, other_vx - vx, other_vy - vy
    half_l, half_w, other_l, other_w = one[4], one[5], other[4], other[5]
    apart_m = math.hypot(dx, dy)
    gap = apart_m - math.hypot(half_l, half_w) - math.hypot(other_l, other_w)
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
    bounds(one, 1.0, 2)
