"""What a filter knows of each machine, and what it keeps so that late packets change nothing.

A packet may come seconds late. The track is then filtered again, from a point before it, with all that
was measured since in order of measurement; so it ends where it would have ended in order, bit for bit.
"""

from dataclasses import dataclass, field

import numpy as np

from twin.fleet.epochs import Epochs
from twin.tables import Floats, Ints, Longs, Table

STATES = 7
"""x, y, heading, speed or what the wheels say too little, yaw rate or what the gyro does, two biases."""
TRAILER, ODOMETER, GYRO, IDLE, STILL, QUALITY = range(6)
"""Rows of ``Beliefs.aids``: trailer's heading, last words of wheels and gyro, the wheels' mean of
late and whether they stand, GGA quality."""
SHARE, AWAY_X, AWAY_Y, LEAN_X, LEAN_Y, SEEN_X, SEEN_Y, WAY, REPEATS = range(6, 15)
"""More rows of ``aids``: evidence against the fixes, see :mod:`twin.fleet.doubting`."""
TOLD, TOLD_QUALITY = 15, 16
"""More rows of ``aids``: the sigma that a receiver told last where it was not RTK fixed (quality 4) [m], 0
before the first; its quality then."""
FRESH, HELD, ROUGH = 17, 18, 19
"""More rows of ``aids``: variance of what is new in each exact fix, as it is found from one to the next, 0
before the first two; that of what lasts of the fixes' errors and is in the place with them, where wheels are
heard of those that are not exact alone; and as the first, but of fixes that are not exact [m2]."""
TOLD_FIXED = 20
"""One more: the sigma that a receiver told last at quality 4 [m], 0 before the first."""
GONE_X, GONE_Y = 21, 22
"""Two more: how far off fixes that were believed far away are from where their machine was led before, east
and north [m]."""
ASIDE = 23
"""One more: by how much a machine whose fixes are refused goes another way than it heads, as a mean [rad].
Without wheels the course that its last fix told, NaN where none; IDLE is the speed then [m/s]."""
OFF_X, OFF_Y, GOING_X, GOING_Y = 24, 25, 26, 27
"""More rows: how far off the first of refused fixes in a row was, without wheels how far they are where it
cannot have come from the fix before [m]; how its machine went as the first was refused [m/s]; while a
clock is taken to be off, how it went as fixes fitted again."""
AIDS = 28
"""Rows of ``aids``, a multiple of seven: so many are laid out at once."""
LAST, FIX, TRIED, MOTION, REFUSED, SINCE, SUSPECT, EVIDENCE, BEGUN, APART, UNPROVEN, MISTIMED = range(12)
"""Rows of ``Beliefs.marks``: instants of the belief, of the last fix taken, of the last fix at all,
of the last motion; refused fixes in a row, since when; the suspicion, when it last had evidence; the instant
of the fix that its place began with; how far apart words of motion are as a rule; the instant of the last fix
that fitted before others were believed far away, 0 where none were or these are proven; when fixes
told last that their clock is off, 0 where they do not or have told since that it is right."""
EVERY = 12
"""One more: how far apart fixes are as a rule, 0 before the second [ns]."""
MARKS = 13

HORIZON_NS = 6 * 1_000_000_000
"""Packets may be this late and still count."""
SPACING_NS = 2 * 1_000_000_000
"""Between two points from which a track may be filtered again."""


@dataclass(frozen=True, eq=False)
class Beliefs(Table):
    """The filter's state of n machines, each at its last message: rows are quantities, columns machines.

    Attributes
    ----------
    mean : (7, n) float
    covariance : (7, 7, n) float
    aids : (28, n) float
    marks : (13, n) int64
        Zero for a machine that was never heard.

    Notes
    -----
    The numbers of one machine lie side by side in memory (Fortran's order): a filter takes one at a time.
    """

    mean: Floats
    covariance: Floats
    aids: Floats
    marks: Longs

    def __len__(self) -> int:
        """Give the number of machines."""
        return int(self.marks.shape[1])

    def grown(self, n: int) -> "Beliefs":
        """Give the same with columns of machines never heard up to ``n``."""
        more = n - len(self)
        if more <= 0:
            return self
        blank = no_beliefs(more)
        return Beliefs(
            *(
                np.asfortranarray(np.concatenate((getattr(self, name), getattr(blank, name)), axis=-1))
                for name in _NAMES
            )
        )


_NAMES = ("mean", "covariance", "aids", "marks")


def no_beliefs(n: int) -> Beliefs:
    """Give the beliefs about ``n`` machines never heard."""
    aids = np.zeros((AIDS, n), order="F")
    aids[[TRAILER, ODOMETER, GYRO, SEEN_X, SEEN_Y]] = np.nan
    return Beliefs(
        np.zeros((STATES, n), order="F"), np.zeros((STATES, STATES, n), order="F"), aids,
        np.zeros((MARKS, n), np.int64, order="F"),
    )  # fmt: skip


def until_ns(marks: Longs) -> Longs:
    """Give the instants up to which each machine's messages were looked at, (n,) from (13, n)."""
    seen: Longs = np.maximum(marks[LAST], marks[TRIED])
    return seen


@dataclass(frozen=True, eq=False)
class Memory(Table):
    """The beliefs now, those at some points of late, and all that was measured since the first of these.

    Attributes
    ----------
    beliefs : Beliefs
    points : tuple of Beliefs
        The first is older than ``HORIZON_NS``, or of the beginning.
    point_ns : tuple of int
        The tick at which each was kept.
    epochs : tuple of Epochs
        In order of arrival.
    arrived : tuple of int
        How many of ``epochs`` had come when each point was kept.
    """

    beliefs: Beliefs = field(default_factory=lambda: no_beliefs(0))
    points: tuple[Beliefs, ...] = field(default_factory=lambda: (no_beliefs(0),))
    point_ns: tuple[int, ...] = (0,)
    epochs: tuple[Epochs, ...] = ()
    arrived: tuple[int, ...] = (0,)

    def without(self, rows: Ints) -> "Memory":
        """Forget some machines."""
        if not len(self.beliefs):
            return self
        columns = self.beliefs.editable(*_NAMES)
        blank = no_beliefs(1)
        known = rows[rows < len(self.beliefs)]
        for name, values in columns.items():
            values[..., known] = getattr(blank, name)
        return self.with_columns(beliefs=Beliefs(**columns))


def no_memory() -> Memory:
    """Give the memory of a yard in which nothing was heard yet."""
    return Memory()
