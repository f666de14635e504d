"""When boxes on arcs first touch: advanced by steps that no contact can be missed in.

Conservative advancement (Mirtich 1996) along the axes of the boxes. An axis of either box is held as it
is at the start of a step. Along it the gap between the boxes' corners is at least what they have now, less
what they close at now, less half of the most that corners may accelerate times the square of the time:
a concave function of time. A step may be as long as that stays above zero on any of the four axes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import Boxes
from twin.safety.collision import TOUCH_M, Rows
from twin.tables import Flags, Floats

CONTACT_M = 1e-3
"""On arcs boxes this close to one another count as in contact [m]."""
MOST_CONTACT_M = 0.02
"""And this close where they go along one another so slowly that steps stay short [m]."""
_PATIENCE = 8
_SPAN_S = 1.25
"""The horizon is looked at in parts of about this length side by side [s]."""
_SIDE_BY_SIDE = 300
"""Where it is for fewer pairs than this; of more, most are done with in a few long steps."""
_MOST_ROUNDS = 200
"""Steps taken at most; what is still on its way then counts as in contact where it is."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Boxes with how their machines go on: the motion of the origin that each turns about.

    Attributes
    ----------
    boxes : Boxes
        n boxes where they are now.
    about_x_m, about_y_m, vx_mps, vy_mps : (n,) float
        The machine's origin and its velocity now.
    yaw_rate_rps : (n,) float
        At which the machine turns.
    fold_rad, settles_ps : (n,) float
        A trailer turns besides by ``fold_rad``, which is its angle to the tractor less the angle at
        which it would follow for good, at this rate.
    slide_x_mps, slide_y_mps : (n,) float
        Velocity of the box against its machine, in the yard frame now: of a trolley.
    """

    boxes: Boxes
    about_x_m: Floats
    about_y_m: Floats
    vx_mps: Floats
    vy_mps: Floats
    yaw_rate_rps: Floats
    fold_rad: Floats
    settles_ps: Floats
    slide_x_mps: Floats
    slide_y_mps: Floats

    def take(self, rows: NDArray[np.integer]) -> "Ahead":
        """Give the named rows."""
        columns = (getattr(self, name)[rows] for name in Ahead.__slots__ if name != "boxes")
        return Ahead(self.boxes.take(rows), *columns)

    @property
    def turning(self) -> Flags:
        """Which boxes go on an arc, (n,) bool."""
        turning: Flags = (self.yaw_rate_rps != 0.0) | (self.fold_rad * self.settles_ps != 0.0)
        return turning

    def turn_rad(self, when_s: Floats | float) -> Floats:
        """Give by how much each box has turned after a time, (n,) [rad]."""
        settled = 1.0 - np.exp(-self.settles_ps * when_s)
        turn: Floats = self.yaw_rate_rps * when_s + self.fold_rad * settled
        return turn


@dataclass(frozen=True, slots=True)
class _Arcs:
    """What the motion of boxes depends on: ``columns`` of any shape, and a bound of how corners accelerate.

    The columns are the origin's place (x, y) and velocity, yaw rate, fold and its rate, slide (x, y), the
    arm from the origin to the centre (x, y), cosine and sine of the heading, half length and half width.
    """

    columns: Floats
    most_mps2: Floats

    @staticmethod
    def of(ahead: Ahead, rows: Rows) -> "_Arcs":
        boxes = ahead.boxes
        columns = np.empty((15, len(rows)))
        for row, name in enumerate(name for name in Ahead.__slots__ if name != "boxes"):
            columns[row] = getattr(ahead, name)[rows]
        about_x, about_y, vx, vy, yaw, fold, settles, slide_x, slide_y = columns[:9]
        columns[9], columns[10] = boxes.x_m[rows] - about_x, boxes.y_m[rows] - about_y
        for row, name in enumerate(("cos", "sin", "half_l_m", "half_w_m"), 11):
            columns[row] = getattr(boxes, name)[rows]
        reach = np.sqrt(columns[9] ** 2 + columns[10] ** 2) + np.sqrt(columns[13] ** 2 + columns[14] ** 2)
        slide = np.sqrt(slide_x * slide_x + slide_y * slide_y)
        rate = np.abs(yaw) + np.abs(fold) * settles
        most = np.abs(yaw) * np.sqrt(vx * vx + vy * vy) + 2.0 * rate * slide
        # A slide makes the arm longer by some metres at most.
        most = most + (rate * rate + np.abs(fold) * settles * settles) * (reach + 10.0 * slide)
        return _Arcs(columns, most)

    @staticmethod
    def beside(one: "_Arcs", other: "_Arcs") -> "_Arcs":
        """Lay two side by side, as pairs: the columns are (15, 2, k)."""
        return _Arcs(np.stack((one.columns, other.columns), axis=1), one.most_mps2 + other.most_mps2)

    def take(self, rows: Rows) -> "_Arcs":
        return _Arcs(np.take(self.columns, rows, axis=-1), self.most_mps2[rows])

    def at(self, when_s: Floats) -> tuple[Floats, ...]:
        """Give centre, velocity, cosine, sine and turn rate after a time."""
        about_x, about_y, vx0, vy0, yaw, fold, settles, slide_x, slide_y, arm_x, arm_y, cos, sin = (
            self.columns[:13]
        )
        half = yaw * when_s / 2.0
        ch, sh = np.cos(half), np.sin(half)
        cy, sy = ch * ch - sh * sh, 2.0 * ch * sh
        c, s, rate = cy, sy, yaw
        if fold.any():
            decay = np.exp(-settles * when_s)
            rest = fold * (1.0 - decay)
            cf, sf = np.cos(rest), np.sin(rest)
            c, s, rate = cy * cf - sy * sf, sy * cf + cy * sf, yaw + fold * settles * decay
        with np.errstate(divide="ignore", invalid="ignore"):
            chord = np.where(np.abs(half) > 1e-9, sh / half, 1.0) * when_s
        along, across = chord * ch, chord * sh
        arm_x, arm_y = arm_x + slide_x * when_s, arm_y + slide_y * when_s
        off_x, off_y = c * arm_x - s * arm_y, s * arm_x + c * arm_y
        x = about_x + off_x + along * vx0 - across * vy0
        y = about_y + off_y + across * vx0 + along * vy0
        vx = cy * vx0 - sy * vy0 - rate * off_y + c * slide_x - s * slide_y
        vy = sy * vx0 + cy * vy0 + rate * off_x + s * slide_x + c * slide_y
        return x, y, vx, vy, c * cos - s * sin, s * cos + c * sin, rate


def centres(ahead: Ahead, when_s: Floats) -> tuple[Floats, Floats]:
    """Give where the boxes' centres will be, x and y, each (times, n) [m]."""
    motion = _Arcs.of(ahead, np.arange(len(ahead.boxes)))
    x, y = motion.at(when_s[:, None])[:2]
    return x, y


def most_mps2(ahead: Ahead) -> Floats:
    """Give a bound of how fast the corners of boxes accelerate, (n,)."""
    return _Arcs.of(ahead, np.arange(len(ahead.boxes))).most_mps2


def moved(ahead: Ahead, when_s: Floats) -> Boxes:
    """Give the boxes where they will be after a time each, (n,) [s]."""
    x, y, _, _, cos, sin, _ = _Arcs.of(ahead, np.arange(len(ahead.boxes))).at(when_s)
    boxes, rise = ahead.boxes, ahead.boxes.vz_mps * when_s
    return boxes.with_columns(
        x_m=x, y_m=y, cos=cos, sin=sin, bottom_m=boxes.bottom_m + rise, top_m=boxes.top_m + rise
    )


def first_contact(
    one: Ahead, i: Rows, other: Ahead, j: Rows, horizon_s: float, since_s: Floats | float = 0.0,
    soonest_of: Rows | None = None, until_s: Floats | float = np.inf,
    close_m: float = CONTACT_M,
) -> Floats:  # fmt: skip
    """Give when pairs on arcs first touch.

    Parameters
    ----------
    one, i : Ahead, (k,)
        A table of boxes, and the row of each pair's one box in it.
    other, j : Ahead, (k,)
        The same of each pair's other box.
    horizon_s : float
        Contacts later than this do not count [s].
    since_s, until_s : (k,) or float
        Before and after these they are known not to touch [s].
    soonest_of : (k,) int, optional
        Pairs with the same number, from 0 to k - 1, are of one kind: only the soonest contact of each
        kind is asked for, and a later one may be given as infinite.

    close_m : float
        Boxes this close to one another count as in contact [m].

    Returns
    -------
    (k,)
        0 where they overlap now, infinite where they do not touch within the horizon or a value is NaN. A
        contact is never missed and never given later than it is; it may be given as much earlier as they
        need for the last ``CONTACT_M``, or ``MOST_CONTACT_M`` where they go along one another.
    """
    first_s, soonest_s = np.full(len(i), np.inf), np.full(len(i), np.inf)
    start, end = _while_level(one.boxes, i, other.boxes, j, horizon_s)
    start, end = np.maximum(start, since_s), np.minimum(end, until_s)
    few = soonest_of is None and len(i) < _SIDE_BY_SIDE
    many = max(int(np.ceil(horizon_s / _SPAN_S)), 1) if few else 1
    pair = np.tile(np.arange(len(i)), many)
    kind = pair if soonest_of is None else soonest_of[pair]
    edge = np.repeat(np.arange(many), len(i)) * (horizon_s / many)
    now = np.maximum(edge, start[pair])
    until = np.minimum(edge + horizon_s / many, end[pair])
    live = np.flatnonzero(now <= until)
    pair, kind, now, until = pair[live], kind[live], now[live], until[live]
    both = _Arcs.beside(_Arcs.of(one, i[pair]), _Arcs.of(other, j[pair]))
    for number in range(_MOST_ROUNDS):
        if not len(pair):
            return first_s
        step_s, touching = _step(both, now, until, _close_m(number, close_m))
        hit = np.flatnonzero(touching)
        np.minimum.at(first_s, pair[hit], now[hit])
        np.minimum.at(soonest_s, kind[hit], now[hit])
        now = now + step_s
        on = np.flatnonzero(~touching & (now < until) & (now < soonest_s[kind]))
        pair, kind, now, until, both = pair[on], kind[on], now[on], until[on], both.take(on)
    np.minimum.at(first_s, pair, now)
    return first_s


def _close_m(number: int, close_m: float) -> float:
    """Give how close counts as in contact at a step: more where many were taken along each other."""
    return float(max(close_m, min(close_m * 1.5 ** max(number - _PATIENCE, 0), MOST_CONTACT_M)))


def _while_level(one: Boxes, i: Rows, other: Boxes, j: Rows, horizon_s: float) -> tuple[Floats, Floats]:
    """Give from when to when the heights of pairs overlap, both (k,) [s]; none where they do not."""
    offset = (other.bottom_m[j] + other.top_m[j] - one.bottom_m[i] - one.top_m[i]) / 2.0
    reach = (one.top_m[i] - one.bottom_m[i] + other.top_m[j] - other.bottom_m[j]) / 2.0 - TOUCH_M
    rate = other.vz_mps[j] - one.vz_mps[i]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first, last = (-reach - offset) / rate, (reach - offset) / rate
    level, inside = rate == 0.0, np.abs(offset) < reach
    start = np.where(level, np.where(inside, 0.0, np.inf), np.maximum(np.minimum(first, last), 0.0))
    end = np.where(
        level, np.where(inside, horizon_s, -np.inf), np.minimum(np.maximum(first, last), horizon_s)
    )
    return start, end


def _step(both: _Arcs, now: Floats, until: Floats, close_m: float) -> tuple[Floats, Flags]:
    """Give how long pairs surely stay apart, (k,) [s], and which touch now: those closer than ``close_m``."""
    x, y, vx, vy, c, s, rate = both.at(now)
    # Four axes, (4, k): along and across the one box, along and across the other.
    nx, ny = np.concatenate((c, -s)), np.concatenate((s, c))
    offset = nx * (x[1] - x[0]) + ny * (y[1] - y[0])
    side = np.where(offset < 0.0, -1.0, 1.0)
    gap, closing = offset * side, -side * (nx * (vx[1] - vx[0]) + ny * (vy[1] - vy[0]))
    # How far half lengths and half widths of the two boxes reach along each axis, (2, 2, 4, k).
    along, across = c[:, None] * nx + s[:, None] * ny, c[:, None] * ny - s[:, None] * nx
    turns = rate[:, None]
    at, way = np.stack((along, across)), np.stack((across * turns, -along * turns))
    half = both.columns[13:15, :, None]
    size = np.abs(at)
    # Where a face stands square to the axis either of its corners may be next to lead.
    grows = np.where(size > 1e-12, np.sign(at) * way, np.abs(way))
    gap = gap - (half * size).sum(axis=(0, 1))
    closing = closing + (half * grows).sum(axis=(0, 1))
    most = both.most_mps2
    tried = np.minimum(_root(gap, closing, most), until - now)
    left = gap - closing * tried - 0.5 * most * tried * tried
    left = left - (half * (np.abs(at + way * tried) - size - grows * tried)).sum(axis=(0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        chord = np.where(left >= 0.0, tried, tried * gap / (gap - left))
    widest_m = gap.max(axis=0)
    step_s = np.where(gap > 0.0, chord, 0.0).max(axis=0)
    # What is nowhere touches nothing.
    return np.where(np.isfinite(step_s + widest_m), step_s, np.inf), widest_m <= close_m


def _root(gap: Floats, closing: Floats, most: Floats) -> Floats:
    """Give when gap - closing t - most t^2 / 2 is used up; infinite where it never is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root: Floats = 2.0 * gap / (closing + np.sqrt(closing * closing + 2.0 * most * np.maximum(gap, 0.0)))
    return np.where(root >= 0.0, root, np.inf)
