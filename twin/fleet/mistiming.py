"""Whether fixes tell that their clock is off: they fall behind as their machine speeds up or turns.

One machine at a time, laid out as in :mod:`twin.fleet.places`; see :mod:`twin.fleet.doubting`.
"""

from math import isnan

from twin.clock import NS_PER_S
from twin.compiled import lean
from twin.fleet.memory import (
    AWAY_X,
    AWAY_Y,
    FIX,
    GOING_X,
    GOING_Y,
    OFF_X,
    OFF_Y,
    REFUSED,
    SINCE,
    SUSPECT,
)  # fmt: skip
from twin.fleet.noise import CONSISTENT
from twin.fleet.places import AWAY_EAST, AWAY_NORTH, COS, NOSE, SIN, A
from twin.fleet.prediction import look
from twin.fleet.suspicion import Suspicion
from twin.fleet.wheels import speed_of, wheels_heard
from twin.tables import Floats, Longs

CHANGED_MPS = 1.0
"""A clock is told from how fixes fall behind or run ahead as their machine speeds up, slows down or turns,
once its velocity has changed by so much [m/s]."""
LEAST_S, MOST_S = 0.25, 10.0
"""It is told to be off by no less and no more than this [s]."""
CREEPS_MPS = 0.25
"""Fixes that moved off no faster than this since the last that fitted may have drifted [m/s]."""
STEADY_S, STEADY_MPS = 3.0, 0.03
"""Unless they have moved on slower than this for so long since [s, m/s]: what drifts goes on. So with two
antennas: a heading that is wrong leads a track off as a clock does."""
ON_TIME_MPS = 2.0
"""A clock that was off is right again once fixes have gone on fitting while the velocity changed by so much
[m/s]: had it been off by LEAST_S, they would have been too far away."""
IN_LINE = 0.15
"""What such a clock leaves unexplained of how far fixes moved off, as a share."""

_STEADY_NS = round(STEADY_S * NS_PER_S)
_CLOCK = int(Suspicion.CLOCK)


@lean
def note_going(b: Floats) -> None:
    """Note how a machine goes."""
    look(b)
    speed = speed_of(b)
    b[A + GOING_X], b[A + GOING_Y] = speed * b[COS], speed * b[SIN]


@lean
def _faster(b: Floats) -> tuple[float, float]:
    """Give by how much a machine goes faster than was noted, east and north [m/s]."""
    look(b)
    speed = speed_of(b)
    return speed * b[COS] - b[A + GOING_X], speed * b[SIN] - b[A + GOING_Y]


@lean
def follows_speed(b: Floats, k: Longs, t_ns: int) -> bool:
    """Tell whether refused fixes are off by as much as their machine goes in a time: its clock is."""
    if not wheels_heard(b):
        return False
    if k[REFUSED] <= 1:
        b[A + OFF_X], b[A + OFF_Y] = b[AWAY_EAST], b[AWAY_NORTH]
        note_going(b)
        return False
    faster_x, faster_y = _faster(b)
    off_x, off_y = b[AWAY_EAST] - b[A + OFF_X], b[AWAY_NORTH] - b[A + OFF_Y]
    faster2, off2 = faster_x * faster_x + faster_y * faster_y, off_x * off_x + off_y * off_y
    if faster2 < CHANGED_MPS * CHANGED_MPS or k[REFUSED] <= CONSISTENT:
        return False
    crept = CREEPS_MPS * (t_ns - k[FIX]) / NS_PER_S
    if k[SUSPECT] != _CLOCK and off2 < crept * crept and not _is_steady(b, k, t_ns):
        return False
    late_s = (off_x * faster_x + off_y * faster_y) / faster2
    left2 = off2 - late_s * late_s * faster2
    return bool(LEAST_S < abs(late_s) < MOST_S and left2 < IN_LINE * IN_LINE * off2)


@lean
def _is_steady(b: Floats, k: Longs, t_ns: int) -> bool:
    """Tell whether refused fixes that moved off have come to be off by the same for a while."""
    since_ns = t_ns - k[SINCE]
    on_x, on_y = b[AWAY_EAST] - b[A + AWAY_X], b[AWAY_NORTH] - b[A + AWAY_Y]
    most = STEADY_MPS * since_ns / NS_PER_S
    return bool(not isnan(b[NOSE]) and since_ns >= _STEADY_NS and on_x * on_x + on_y * on_y < most * most)


@lean
def is_on_time(b: Floats, k: Longs) -> bool:
    """Tell whether fixes have fitted for so long that a clock which was off is right again."""
    if not wheels_heard(b):
        return False
    if k[REFUSED] > 0:
        note_going(b)
        return False
    faster_x, faster_y = _faster(b)
    return bool(faster_x * faster_x + faster_y * faster_y > ON_TIME_MPS * ON_TIME_MPS)
