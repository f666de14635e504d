"""When boxes on arcs first touch: advanced by steps that no contact can be missed in.

Conservative advancement (Mirtich 1996) along the axes of the boxes. An axis of either box is held as it
is at the start of a step. Along it the gap between the boxes' corners is at least what they have now, less
what they close at now, less half of the most that corners may accelerate times the square of the time:
a concave function of time. A step may be as long as that stays above zero on any of the four axes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet.shapes import Boxes
from twin.safety import rounds
from twin.safety.collision import TOUCH_M, Rows
from twin.tables import Flags, Floats

Planes = NDArray[np.complex128]
Span = tuple[Floats, Floats]

CONTACT_M = 1e-3
"""On arcs boxes this close to one another count as in contact [m]."""
_TINY = 1e-300
_SLOW_RPS = 1e-4
"""Below this a turn of seconds is so small that its sine is two terms of a series [rad/s]."""
MOST_ROUNDS = 200
"""Steps that are taken at most."""


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
class Arcs:
    """What the motion of boxes depends on, places and directions as complex numbers x + iy.

    ``planes`` are the origin's place and velocity, the slide, the arm from the origin to the centre, the
    heading, and half length and half width as one; ``rates`` the yaw rate, the fold and how fast it
    settles; ``most_mps2`` is a bound of how corners accelerate. The first axes are these, any may follow.
    """

    planes: Planes
    rates: Floats
    most_mps2: Floats

    @staticmethod
    def of(ahead: Ahead, rows: Rows) -> "Arcs":
        """Read them off some rows."""
        boxes = ahead.boxes
        planes, rates = np.empty((6, len(rows)), np.complex128), np.empty((3, len(rows)))
        sides = (
            (ahead.about_x_m, ahead.about_y_m), (ahead.vx_mps, ahead.vy_mps),
            (ahead.slide_x_mps, ahead.slide_y_mps), (boxes.x_m, boxes.y_m), (boxes.cos, boxes.sin),
            (boxes.half_l_m, boxes.half_w_m),
        )  # fmt: skip
        for plane, (x, y) in zip(planes, sides, strict=True):
            plane.real, plane.imag = x[rows], y[rows]
        for rate, column in zip(rates, (ahead.yaw_rate_rps, ahead.fold_rad, ahead.settles_ps), strict=True):
            rate[:] = column[rows]
        about, speed, slide, arm, _, half = planes
        arm -= about
        yaw, fold, settles = np.abs(rates)
        sliding, turning = np.abs(slide), yaw + fold * settles
        most = yaw * np.abs(speed) + 2.0 * turning * sliding
        # A slide makes the arm longer by some metres at most.
        most += (turning * turning + fold * settles * settles) * (np.abs(arm) + np.abs(half) + 10.0 * sliding)
        return Arcs(planes, rates, most)

    @staticmethod
    def joined(parts: "Sequence[Arcs]") -> "Arcs":
        """Give one after the other."""
        if len(parts) == 1:
            return parts[0]
        columns = (
            np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in Arcs.__slots__
        )
        return Arcs(*columns)

    def pairs(self, rows: Rows) -> "Arcs":
        """Give pairs of rows, (2, k), side by side: the bound is that of both."""
        most = self.most_mps2[rows]
        return Arcs(self.planes.take(rows, -1), self.rates.take(rows, -1), most[0] + most[1])

    def at(self, when_s: Floats) -> tuple[Planes, Planes, Planes, Floats]:
        """Give centre, velocity, heading and turn rate after a time."""
        _, speed, slide, _, heading, _ = self.planes
        course, turn, rate = self._turned(when_s)
        along = course * speed
        place, off = self._placed(when_s, course, along, turn)
        along *= course
        if slide.any():
            along += turn * slide
        along += rate * (1j * off)
        return place, along, turn * heading, rate

    def poses(self, when_s: Floats) -> tuple[Planes, Planes]:
        """Give centre and heading after a time."""
        course, turn, _ = self._turned(when_s)
        return self._placed(when_s, course, course * self.planes[1], turn)[0], turn * self.planes[4]

    def paces(self, step_s: float, many: int) -> tuple[Planes, Planes]:
        """Give centres and headings now and after each of so many steps of time, (many + 1, n)."""
        about, speed, slide, arm, heading, _ = self.planes
        yaw, fold, settles = self.rates
        when_s = step_s * np.arange(many + 1)[:, None]
        course = np.empty((many + 1, len(yaw)), np.complex128)
        course[0], course[1:] = 1.0, _turns(0.5 * yaw * step_s)
        np.multiply.accumulate(course, axis=0, out=course)
        turn = course * course
        if fold.any():
            bent = np.flatnonzero(fold)
            settled = 1.0 - np.exp(-settles[bent] * when_s)
            turn[:, bent] *= _turns(fold[bent] * settled)
        # The sine of an angle by the angle; of small ones as a series.
        slow = np.flatnonzero(np.abs(yaw) < _SLOW_RPS)
        chord_s = course.imag * (2.0 / np.where(np.abs(yaw) < _SLOW_RPS, np.inf, yaw))
        if len(slow):
            chord_s[:, slow] = when_s * (1.0 - (yaw[slow] * when_s) ** 2 / 24.0)
        course *= speed
        course *= chord_s
        course += (arm + slide * when_s if slide.any() else arm) * turn
        course += about
        turn *= heading
        return course, turn

    def _turned(self, when_s: Floats) -> tuple[Planes, Planes, Floats]:
        """Give directions by half of the course's turn and by the box's whole turn, and the turn rate."""
        yaw, fold, settles = self.rates
        course = _turns(0.5 * yaw * when_s)
        turn = course * course
        if not fold.any():
            return course, turn, yaw
        decay = np.exp(-settles * when_s)
        turn *= _turns(fold * (1.0 - decay))
        return course, turn, yaw + fold * settles * decay

    def _placed(self, when_s: Floats, course: Planes, along: Planes, turn: Planes) -> tuple[Planes, Planes]:
        """Give the centre, and how far it is off the origin."""
        about, _, slide, arm, _, _ = self.planes
        half = 0.5 * self.rates[0] * when_s
        # The sine of an angle by the angle; 1 of none.
        chord_s = (course.imag + _TINY) / (half + _TINY)
        chord_s *= when_s
        off = (arm + slide * when_s if slide.any() else arm) * turn
        return about + along * chord_s + off, off


def _turns(angle: Floats) -> Planes:
    """Give the directions at angles, as complex numbers."""
    found = np.empty(angle.shape, np.complex128)
    np.cos(angle, out=found.real)
    np.sin(angle, out=found.imag)
    return found


def centres(ahead: Ahead, when_s: Floats) -> tuple[Floats, Floats]:
    """Give where the boxes' centres will be, x and y, each (times, n) [m]."""
    place = Arcs.of(ahead, np.arange(len(ahead.boxes))).poses(when_s[:, None])[0]
    return place.real, place.imag


def most_mps2(ahead: Ahead) -> Floats:
    """Give a bound of how fast the corners of boxes accelerate, (n,)."""
    return Arcs.of(ahead, np.arange(len(ahead.boxes))).most_mps2


def moved(ahead: Ahead, when_s: Floats) -> Boxes:
    """Give the boxes where they will be after a time each, (n,) [s]."""
    place, heading = Arcs.of(ahead, np.arange(len(ahead.boxes))).poses(when_s)
    boxes, rise = ahead.boxes, ahead.boxes.vz_mps * when_s
    return boxes.with_columns(
        x_m=place.real, y_m=place.imag, cos=heading.real, sin=heading.imag,
        bottom_m=boxes.bottom_m + rise, top_m=boxes.top_m + rise,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Pairs of boxes that are asked about.

    Attributes
    ----------
    one, i : Ahead, (k,)
        A table of boxes, and the row of each pair's one box in it.
    other, j : Ahead, (k,)
        The same of each pair's other box.
    since_s, until_s : (k,) or float
        Before and after these they are known not to touch [s].
    soonest_of : (k,) int, optional
        Pairs with the same number, from 0 to k - 1, are of one kind: only the soonest contact of each
        kind is asked for, and a later one may be given as infinite.
    """

    one: Ahead
    i: Rows
    other: Ahead
    j: Rows
    since_s: Floats | float = 0.0
    until_s: Floats | float = np.inf
    soonest_of: Rows | None = None

    def __len__(self) -> int:
        """Give the number of pairs."""
        return len(self.i)

    def within(self, rows: Rows, since_s: Floats, until_s: Floats) -> "Asked":
        """Give the same with some pairs asked about within a span alone, each (len(rows),) [s].

        Those whose span starts after its end are left out.
        """
        since, until = np.zeros(len(self)), np.full(len(self), np.inf)
        since[rows], until[rows] = since_s, until_s
        kept = np.flatnonzero(since <= until)
        return Asked(self.one, self.i[kept], self.other, self.j[kept], since[kept], until[kept])

    def take(self, rows: Rows, soonest_of: Rows | None) -> "Asked":
        """Give some pairs, and what they are of."""
        since, until = (np.broadcast_to(side, len(self))[rows] for side in (self.since_s, self.until_s))
        return Asked(self.one, self.i[rows], self.other, self.j[rows], since, until, soonest_of)

    def _span(self, horizon_s: float) -> tuple[Floats, Floats]:
        """Give from when to when each pair is to be looked at."""
        start, end = _while_level(self.one.boxes, self.i, self.other.boxes, self.j, horizon_s)
        return np.maximum(start, self.since_s), np.minimum(end, self.until_s)

    def _kinds(self) -> Rows:
        return np.arange(len(self)) if self.soonest_of is None else self.soonest_of


def first_contact(
    one: Ahead, i: Rows, other: Ahead, j: Rows, horizon_s: float, *, close_m: float = CONTACT_M
) -> Floats:
    """Give when pairs on arcs first touch, (k,) [s]: :func:`first_contacts` of one set of pairs."""
    return first_contacts((Asked(one, i, other, j),), horizon_s, close_m)[0]


def first_contacts(
    asked: Sequence[Asked], horizon_s: float, close_m: float = CONTACT_M, most_rounds: int = MOST_ROUNDS
) -> tuple[Floats, ...]:
    """Give when pairs on arcs first touch: of all sets at once, for a step of few costs as one of many.

    Parameters
    ----------
    asked : sequence of Asked
    horizon_s : float
        Contacts later than this do not count [s].
    close_m : float
        Boxes this close to one another count as in contact [m].
    most_rounds : int
        Steps taken at most; what is still on its way then counts as in contact where it is.

    Returns
    -------
    tuple of (k,)
        Of each set: 0 where they overlap now, infinite where they do not touch within the horizon or a
        value is NaN. A contact is never missed and never given later than it is; it may be given as much
        earlier as they need for the last ``CONTACT_M``, or ``rounds.MOST_CONTACT_M`` where they go along one
        another.
    """
    # numba takes long to import: only where boxes on arcs are asked about.
    from twin.compiled import COMPILED

    by = _by_loops if COMPILED else _by_arrays
    return by(asked, [part._span(horizon_s) for part in asked], horizon_s, close_m, most_rounds)


def _by_loops(
    asked: Sequence[Asked], spans: Sequence[Span], horizon_s: float, close_m: float, most_rounds: int
) -> tuple[Floats, ...]:
    """Give :func:`first_contacts` pair after pair, the soonest first."""
    from twin.safety import advancing

    terms = advancing.Terms(close_m, max(close_m, rounds.MOST_CONTACT_M), rounds.PATIENCE, most_rounds)
    # Sets are of the same tables mostly: each is laid out once.
    tables = {id(table): table for part in asked for table in (part.one, part.other)}
    laid_out = {key: columns(table) for key, table in tables.items()}
    found = []
    for part, (start, end) in zip(asked, spans, strict=True):
        live = np.flatnonzero(start <= end)
        found.append(
            advancing.first_contacts(
                laid_out[id(part.one)], part.i, laid_out[id(part.other)], part.j, start, end,
                part._kinds(), live[np.argsort(start[live], kind="stable")], terms,
            )
        )  # fmt: skip
    return tuple(found)


def columns(ahead: Ahead, rows: Rows | None = None) -> Floats:
    """Give what :mod:`twin.safety.advancing` asks of boxes, a row each: of all, where none are named."""
    from twin.safety.advancing import COLUMNS

    sources = (ahead.boxes if place < 6 else ahead for place in range(len(COLUMNS)))
    every = (getattr(source, name) for source, name in zip(sources, COLUMNS, strict=True))
    return np.stack([column if rows is None else column[rows] for column in every], axis=1)


def _by_arrays(
    asked: Sequence[Asked], spans: Sequence[Span], horizon_s: float, close_m: float, most_rounds: int
) -> tuple[Floats, ...]:
    """Give :func:`first_contacts` with all pairs at once, round after round."""
    ends = np.cumsum([len(part) for part in asked])
    start, end = (np.concatenate(side) for side in zip(*spans, strict=True))
    kind = np.concatenate(
        [part._kinds() + last - len(part) for part, last in zip(asked, ends.tolist(), strict=True)]
    )
    bodies, one, other = _bodies(asked)
    live = np.flatnonzero(start <= end)
    found = rounds.advanced(bodies, (one, other), live, kind, (start, end), close_m, most_rounds)
    return tuple(np.split(found, ends[:-1]))


def _bodies(asked: Sequence[Asked]) -> tuple[Arcs, Rows, Rows]:
    """Lay out all boxes that are asked about, each once, and give the rows of the pairs' two boxes there."""
    sides = [(table, rows) for part in asked for table, rows in ((part.one, part.i), (part.other, part.j))]
    tables = {id(table): table for table, _ in sides}
    row_of, laid_out, before = {}, [], 0
    for key, table in tables.items():
        used = np.zeros(len(table.boxes), np.bool_)
        for of, rows in sides:
            if of is table:
                used[rows] = True
        rows = np.flatnonzero(used)
        row_of[key] = before - 1 + np.cumsum(used)
        laid_out.append(Arcs.of(table, rows))
        before += len(rows)
    one, other = (
        np.concatenate([row_of[id(table)][rows] for table, rows in sides[side::2]]) for side in range(2)
    )
    return Arcs.joined(laid_out), one, other


def _while_level(one: Boxes, i: Rows, other: Boxes, j: Rows, horizon_s: float) -> tuple[Floats, Floats]:
    """Give from when to when the heights of pairs overlap, both (k,) [s]; none where they do not."""
    offset = (other.bottom_m[j] + other.top_m[j] - one.bottom_m[i] - one.top_m[i]) / 2.0
    reach = (one.top_m[i] - one.bottom_m[i] + other.top_m[j] - other.bottom_m[j]) / 2.0 - TOUCH_M
    rate = other.vz_mps[j] - one.vz_mps[i]
    # Where heights stay the division tells it, too: infinite, or no number where they only touch.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first, last = (-reach - offset) / rate, (reach - offset) / rate
    return np.maximum(np.minimum(first, last), 0.0), np.minimum(np.maximum(first, last), horizon_s)
