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
_SPAN_S = 1.25
"""The horizon is looked at in parts of about this length side by side [s]."""
_MOST_ROUNDS = 400
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
    """The columns that the motion of k boxes depends on, and a bound of how their corners accelerate."""

    about_x: Floats
    about_y: Floats
    vx: Floats
    vy: Floats
    yaw: Floats
    fold: Floats
    settles: Floats
    slide_x: Floats
    slide_y: Floats
    arm_x: Floats
    arm_y: Floats
    cos: Floats
    sin: Floats
    half_l: Floats
    half_w: Floats
    most_mps2: Floats

    @staticmethod
    def of(ahead: Ahead, rows: Rows) -> "_Arcs":
        boxes = ahead.boxes
        columns = [getattr(ahead, name)[rows] for name in Ahead.__slots__ if name != "boxes"]
        about_x, about_y, vx, vy, yaw, fold, settles, slide_x, slide_y = columns
        arm_x, arm_y = boxes.x_m[rows] - about_x, boxes.y_m[rows] - about_y
        half_l, half_w = boxes.half_l_m[rows], boxes.half_w_m[rows]
        reach = np.sqrt(arm_x * arm_x + arm_y * arm_y) + np.sqrt(half_l * half_l + half_w * half_w)
        slide = np.sqrt(slide_x * slide_x + slide_y * slide_y)
        rate = np.abs(yaw) + np.abs(fold) * settles
        most = np.abs(yaw) * np.sqrt(vx * vx + vy * vy) + 2.0 * rate * slide
        # A slide makes the arm longer by some metres at most.
        most = most + (rate * rate + np.abs(fold) * settles * settles) * (reach + 10.0 * slide)
        return _Arcs(
            about_x, about_y, vx, vy, yaw, fold, settles, slide_x, slide_y, arm_x, arm_y, boxes.cos[rows],
            boxes.sin[rows], half_l, half_w, most,
        )  # fmt: skip

    def take(self, rows: Rows) -> "_Arcs":
        return _Arcs(*(getattr(self, name)[rows] for name in _Arcs.__slots__))

    def at(self, when_s: Floats) -> tuple[Floats, ...]:
        """Give centre, velocity, cosine, sine and turn rate after a time."""
        decay = np.exp(-self.settles * when_s)
        half_turn = self.yaw * when_s / 2.0
        turn = 2.0 * half_turn + self.fold * (1.0 - decay)
        rate = self.yaw + self.fold * self.settles * decay
        c, s = np.cos(turn), np.sin(turn)
        chord = when_s * np.sinc(half_turn / np.pi)
        along, across = chord * np.cos(half_turn), chord * np.sin(half_turn)
        arm_x, arm_y = self.arm_x + self.slide_x * when_s, self.arm_y + self.slide_y * when_s
        off_x, off_y = c * arm_x - s * arm_y, s * arm_x + c * arm_y
        x = self.about_x + off_x + along * self.vx - across * self.vy
        y = self.about_y + off_y + across * self.vx + along * self.vy
        cy, sy = np.cos(2.0 * half_turn), np.sin(2.0 * half_turn)
        vx = cy * self.vx - sy * self.vy - rate * off_y + c * self.slide_x - s * self.slide_y
        vy = sy * self.vx + cy * self.vy + rate * off_x + s * self.slide_x + c * self.slide_y
        return x, y, vx, vy, c * self.cos - s * self.sin, s * self.cos + c * self.sin, rate


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
    one: Ahead, i: Rows, other: Ahead, j: Rows, horizon_s: float, since_s: Floats | float = 0.0
) -> Floats:
    """Give when pairs on arcs first touch.

    Parameters
    ----------
    one, i : Ahead, (k,)
        A table of boxes, and the row of each pair's one box in it.
    other, j : Ahead, (k,)
        The same of each pair's other box.
    horizon_s : float
        Contacts later than this do not count [s].
    since_s : (k,) or float
        Before this they are known not to touch [s].

    Returns
    -------
    (k,)
        0 where they overlap now, infinite where they do not touch within the horizon or a value is NaN. A
        contact is never missed and never given later than it is; it may be given as much earlier as they
        need for the last ``CONTACT_M``.
    """
    first_s = np.full(len(i), np.inf)
    start, end = _while_level(one.boxes, i, other.boxes, j, horizon_s)
    start = np.maximum(start, since_s)
    many = max(int(np.ceil(horizon_s / _SPAN_S)), 1)
    pair = np.tile(np.arange(len(i)), many)
    edge = np.repeat(np.arange(many), len(i)) * (horizon_s / many)
    now = np.maximum(edge, start[pair])
    until = np.minimum(edge + horizon_s / many, end[pair])
    live = np.flatnonzero(now <= until)
    pair, now, until = pair[live], now[live], until[live]
    a, b = _Arcs.of(one, i[pair]), _Arcs.of(other, j[pair])
    for _ in range(_MOST_ROUNDS):
        if not len(pair):
            return first_s
        step_s, touching = _step(a, b, now, until)
        hit = np.flatnonzero(touching)
        np.minimum.at(first_s, pair[hit], now[hit])
        now = now + step_s
        on = np.flatnonzero(~touching & (now < until) & (now < first_s[pair]))
        pair, now, until, a, b = pair[on], now[on], until[on], a.take(on), b.take(on)
    np.minimum.at(first_s, pair, now)
    return first_s


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


def _step(a: _Arcs, b: _Arcs, now: Floats, until: Floats) -> tuple[Floats, Flags]:
    """Give how long pairs surely stay apart, (k,) [s], and which touch now."""
    ax, ay, avx, avy, ac, as_, aw = a.at(now)
    bx, by, bvx, bvy, bc, bs, bw = b.at(now)
    nx, ny = np.stack((ac, -as_, bc, -bs)), np.stack((as_, ac, bs, bc))
    offset = nx * (bx - ax) + ny * (by - ay)
    side = np.where(offset < 0.0, -1.0, 1.0)
    gap, closing = offset * side, -side * (nx * (bvx - avx) + ny * (bvy - avy))
    supports = []
    for c, s, half_l, half_w, rate in ((ac, as_, a.half_l, a.half_w, aw), (bc, bs, b.half_l, b.half_w, bw)):
        along, across = nx * c + ny * s, ny * c - nx * s
        for at, way, half in ((along, across * rate, half_l), (across, -along * rate, half_w)):
            gap = gap - half * np.abs(at)
            # Where a face stands square to the axis either of its corners may be next to lead.
            grows = np.where(np.abs(at) > 1e-12, np.sign(at) * way, np.abs(way))
            closing = closing + half * grows
            supports.append((at, way, half, grows))
    most = a.most_mps2 + b.most_mps2
    span = until - now
    tried = np.minimum(_root(gap, closing, most), span)
    left = gap - closing * tried - 0.5 * most * tried * tried
    for at, way, half, grows in supports:
        left = left - half * (np.abs(at + way * tried) - np.abs(at) - grows * tried)
    with np.errstate(divide="ignore", invalid="ignore"):
        chord = np.where(left >= 0.0, tried, tried * gap / (gap - left))
    step_s = np.where(gap > 0.0, chord, 0.0).max(axis=0)
    touching: Flags = ~(gap.max(axis=0) > CONTACT_M) & np.isfinite(gap[0])
    # What is nowhere touches nothing.
    return np.where(np.isfinite(step_s), step_s, np.inf), touching


def _root(gap: Floats, closing: Floats, most: Floats) -> Floats:
    """Give when gap - closing t - most t^2 / 2 is used up; infinite where it never is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root: Floats = 2.0 * gap / (closing + np.sqrt(closing * closing + 2.0 * most * np.maximum(gap, 0.0)))
    return np.where(root >= 0.0, root, np.inf)
