"""Evidence against a machine's fixes, gathered epoch by epoch, and what it amounts to.

What is refused is a jump or a wrong fix at once. What is taken may still be led astray: slow drifts show
in innovations that lean to one side for seconds, a frozen receiver in places that stay alike to the
millimetre while wheels turn, two senders of one name in fixes that are refused and taken by turns. Where no
wheels are heard a track follows its fixes; it is doubted where they came up farther than it can have gone.
One machine at a time, laid out as in :mod:`twin.fleet.places`.
"""

from math import isnan, nan, sqrt

from twin.clock import NS_PER_S
from twin.compiled import lean
from twin.fleet.memory import (
    ASIDE,
    AWAY_X,
    AWAY_Y,
    BEGUN,
    EVIDENCE,
    FIX,
    GONE_X,
    GONE_Y,
    HELD,
    IDLE,
    LEAN_X,
    LEAN_Y,
    MISTIMED,
    OFF_X,
    OFF_Y,
    REFUSED,
    REPEATS,
    SEEN_X,
    SEEN_Y,
    SHARE,
    SINCE,
    SUSPECT,
    TRIED,
    UNPROVEN,
    WAY,
)  # fmt: skip
from twin.fleet.mistiming import follows_speed, is_on_time, note_going
from twin.fleet.noise import (
    ACCELERATION_MPS2,
    CONSISTENT,
    LED_S,
    SLOW_MPS,
    TOP_MPS,
)  # fmt: skip
from twin.fleet.places import (
    AWAY_EAST,
    AWAY_NORTH,
    COURSE,
    EAST,
    FAST,
    GRADE,
    NORTH,
    SIGMA,
    VARIANCE_EAST,
    VARIANCE_NORTH,
    A,
)  # fmt: skip
from twin.fleet.suspicion import Suspicion
from twin.fleet.wheels import wheels_heard
from twin.series import cos_sin
from twin.tables import Floats, Longs

HOLD_S = 10.0
"""A suspicion stands so long after its last evidence; a jump only until a fix is taken [s]."""
REACQUIRE_S = 20.0
"""Fixes that wheels contradict are believed after all once they agreed for so long [s]."""
UNPROVEN_S = 600.0
"""What is believed against its wheels, or where a machine without them cannot have come, stays doubted for
so long, where nothing proves it before [s]: a crane that serves the machine there, or fixes that are back
where it was led. Whether it was towed or its receiver is deceived, wheels and fixes alone do not tell."""
ERRORS = 4.0
"""How far off fixes may be by the errors that they tell, one sigma an axis."""
BACK_M = 1.0
"""Fixes that are back are no farther than this from where the wheels led [m]."""
YOUNG_S = 5.0
"""Of a track no older than this [s], once they agreed for longer than those that it began with: it may be
these that were wrong."""
FAR_M = 5.0
"""A fix called exact that is nearer than this to its track is a wrong fix, one farther away a jump [m]."""
CREPT_M = 0.35
"""Where the first refused fix was nearer than this, those before it had drifted there [m]."""
CREEPING_M = 0.2
"""A refused fix that is farther from the first of its streak than this creeps [m]."""
AGREE_M = 0.4
"""Refused fixes agree while they are no farther from their first than this [m]."""
SAME_M = 0.002
"""Places that differ by less are the same place told again [m]."""
ROLLED_M = 1.0
"""So far wheels turn before a receiver that tells the same place counts as frozen [m]."""
MISTIMED_S = 600.0
"""It is doubted for no longer than this after fixes told so last [s]: of a machine that stands, or goes on at
one speed, they tell nothing."""
TURNS = 0.3
"""Refused and taken by turns: the share of changes, averaged over ten epochs, that two senders make."""
APART_M = 1.0
"""Two senders stand at least so far apart [m]."""
LEAN = 0.02
"""Weight of an innovation in the mean of late: about five seconds at ten a second."""
LEANING = 0.8
"""Square of that mean, in sigmas, from which a track is drawn away: chance is 0.01 an axis."""
_TURN_SHARE = 0.1
_REPEAT_SHARE = 0.3

_HOLD_NS = round(HOLD_S * NS_PER_S)
_REACQUIRE_NS = round(REACQUIRE_S * NS_PER_S)
_MISTIMED_NS = round(MISTIMED_S * NS_PER_S)
_YOUNG_NS, _UNPROVEN_NS = round(YOUNG_S * NS_PER_S), round(UNPROVEN_S * NS_PER_S)
_JUMP, _DRIFT, _TWICE = int(Suspicion.JUMP), int(Suspicion.DRIFT), int(Suspicion.TWICE)
_FROZEN, _WRONG_FIX, _CLOCK = int(Suspicion.FROZEN), int(Suspicion.WRONG_FIX), int(Suspicion.CLOCK)
_MOVED = int(Suspicion.MOVED)


@lean
def weigh(b: Floats, k: Longs, t_ns: int, refused: bool, way: float) -> bool:
    """Weigh an epoch that was compared with its belief.

    Parameters
    ----------
    b, k
    t_ns : int
    refused : bool
        Its fix was further off than the gate.
    way : float
        How far wheels turned since the epoch before; where there are none, speed over ground times
        time [m].

    Returns
    -------
    bool
        Whether its refused fixes agreed for so long that they are to be believed.
    """
    if isnan(b[EAST]):
        b[A + WAY] += abs(way)
        return False
    changed = (k[REFUSED] > 0) != refused
    b[A + SHARE] += _TURN_SHARE * ((1.0 if changed else 0.0) - b[A + SHARE])
    frozen = _frozen(b, way)
    if not wheels_heard(b):
        b[A + IDLE], b[A + ASIDE] = b[FAST], b[COURSE]
    if not refused:
        if wheels_heard(b):
            b[A + LEAN_X] += LEAN * (b[AWAY_EAST] / sqrt(b[VARIANCE_EAST]) - b[A + LEAN_X])
            b[A + LEAN_Y] += LEAN * (b[AWAY_NORTH] / sqrt(b[VARIANCE_NORTH]) - b[A + LEAN_Y])
        b[A + REPEATS] = max(b[A + REPEATS] - _REPEAT_SHARE, 0.0)
        if k[MISTIMED] > 0 and is_on_time(b, k):
            k[MISTIMED] = 0
        come_up(b, k, True)
        k[REFUSED] = 0
        leans = b[A + LEAN_X] * b[A + LEAN_X] + b[A + LEAN_Y] * b[A + LEAN_Y] > LEANING
        _settle(k, t_ns, _FROZEN if frozen else (_DRIFT if leans else 0), True)
        return False
    strayed, agreed = _streak(b, k, t_ns)
    charge = _charge(b, k, strayed)
    if follows_speed(b, k, t_ns):
        charge, k[MISTIMED] = _CLOCK, t_ns
    _settle(k, t_ns, _FROZEN if frozen else charge, False)
    if k[UNPROVEN] > 0 and k[REFUSED] > CONSISTENT and _is_back(b):
        note_going(b)
        k[UNPROVEN] = 0
        b[A + GONE_X] = b[A + GONE_Y] = 0.0
        return True
    if agreed:
        note_going(b)
    if agreed and (k[UNPROVEN] > 0 or not _is_young(k)):
        k[UNPROVEN] = k[FIX]
        b[A + GONE_X] += b[AWAY_EAST]
        b[A + GONE_Y] += b[AWAY_NORTH]
    return agreed


@lean
def watch_way(b: Floats, k: Longs, kind: int, t_ns: int) -> None:
    """Note by how much a fix is elsewhere than its machine can be, by the fix before; no wheels tell of that.

    Of a machine that goes from one velocity to another the mean leads there; where it may have turned, or one
    of them is not known, it has gone as far as the speeds lead at most.
    """
    gap_s = (t_ns - k[TRIED]) / NS_PER_S
    if isnan(b[A + SEEN_X]) or gap_s <= 0.0:
        return
    way_x, way_y = b[EAST] - b[A + SEEN_X], b[NORTH] - b[A + SEEN_Y]
    speed, course, gone = b[A + IDLE], b[A + ASIDE], 0.5 * gap_s * (b[A + IDLE] + b[FAST])
    if sqrt(way_x * way_x + way_y * way_y) + gone < FAR_M:
        return
    far = FAR_M + ERRORS * (b[SIGMA] + sqrt(b[A + HELD])) + 0.5 * ACCELERATION_MPS2[kind] * gap_s * gap_s
    if isnan(gone):
        far += TOP_MPS[kind] * gap_s
    elif gap_s > LED_S or (isnan(course) and speed > SLOW_MPS) or (isnan(b[COURSE]) and b[FAST] > SLOW_MPS):
        far += gone
    else:
        was_x, was_y = _velocity(speed, course)
        is_x, is_y = _velocity(b[FAST], b[COURSE])
        way_x -= 0.5 * gap_s * (was_x + is_x)
        way_y -= 0.5 * gap_s * (was_y + is_y)
        far += 0.5 * gap_s * sqrt((is_x - was_x) * (is_x - was_x) + (is_y - was_y) * (is_y - was_y))
    if way_x * way_x + way_y * way_y > far * far:
        b[A + OFF_X] += way_x
        b[A + OFF_Y] += way_y


@lean
def _velocity(speed: float, course: float) -> tuple[float, float]:
    """Give speed over ground, east and north [m/s]; 0 of one that is too slow for a course."""
    if speed <= SLOW_MPS:
        return 0.0, 0.0
    c, s = cos_sin(course)
    return speed * c, speed * s


@lean
def come_up(b: Floats, k: Longs, led: bool) -> None:
    """Doubt the place of a track that is now where a fix is, if its machine cannot have come there.

    ``led`` where it was led there from the fix that fitted before; else it begins anew.
    """
    off_x, off_y, b[A + OFF_X], b[A + OFF_Y] = b[A + OFF_X], b[A + OFF_Y], 0.0, 0.0
    away2 = b[AWAY_EAST] * b[AWAY_EAST] + b[AWAY_NORTH] * b[AWAY_NORTH]
    if wheels_heard(b) or off_x * off_x + off_y * off_y < FAR_M * FAR_M or (led and away2 < FAR_M * FAR_M):
        return
    if k[UNPROVEN] > 0:
        off_x, off_y = off_x + b[A + GONE_X], off_y + b[A + GONE_Y]
    k[UNPROVEN] = k[FIX]
    if off_x * off_x + off_y * off_y < FAR_M * FAR_M:
        k[UNPROVEN] = 0
        off_x = off_y = 0.0
    b[A + GONE_X], b[A + GONE_Y] = off_x, off_y


@lean
def _is_young(k: Longs) -> bool:
    """Tell whether a track is so young that it may be its first fixes that were wrong."""
    return bool(k[FIX] - k[BEGUN] <= _YOUNG_NS)


@lean
def _is_back(b: Floats) -> bool:
    """Tell whether a refused fix is where the wheels led before fixes were believed against them."""
    off_x, off_y = b[AWAY_EAST] + b[A + GONE_X], b[AWAY_NORTH] + b[A + GONE_Y]
    return bool(off_x * off_x + off_y * off_y < BACK_M * BACK_M)


@lean
def _frozen(b: Floats, way: float) -> bool:
    """Tell whether the receiver says the same place again though wheels turned."""
    if abs(b[EAST] - b[A + SEEN_X]) < SAME_M and abs(b[NORTH] - b[A + SEEN_Y]) < SAME_M:
        b[A + WAY] += abs(way)
        return bool(b[A + WAY] > ROLLED_M)
    b[A + WAY], b[A + SEEN_X], b[A + SEEN_Y] = 0.0, b[EAST], b[NORTH]
    return False


@lean
def _streak(b: Floats, k: Longs, t_ns: int) -> tuple[float, bool]:
    """Count a refused fix; tell how far it is from the first in a row, and whether they agreed for long."""
    off_x, off_y = b[AWAY_EAST] - b[A + AWAY_X], b[AWAY_NORTH] - b[A + AWAY_Y]
    strayed = sqrt(off_x * off_x + off_y * off_y)
    astray = strayed > max(4.0 * sqrt(b[VARIANCE_EAST] + b[VARIANCE_NORTH]), AGREE_M)
    if k[REFUSED] == 0 or astray:
        k[SINCE] = t_ns
        b[A + AWAY_X], b[A + AWAY_Y] = b[AWAY_EAST], b[AWAY_NORTH]
        strayed = 0.0
    k[REFUSED] += 1
    enough_ns = k[FIX] - k[BEGUN] if _is_young(k) else _REACQUIRE_NS
    agreed = wheels_heard(b) and k[REFUSED] > CONSISTENT and t_ns - k[SINCE] > enough_ns
    return strayed, agreed and not astray


@lean
def _charge(b: Floats, k: Longs, strayed: float) -> int:
    """Give what a refused fix is evidence of."""
    off = sqrt(b[AWAY_EAST] * b[AWAY_EAST] + b[AWAY_NORTH] * b[AWAY_NORTH])
    if b[A + SHARE] > TURNS and off > APART_M:
        return _TWICE
    first = sqrt(b[A + AWAY_X] * b[A + AWAY_X] + b[A + AWAY_Y] * b[A + AWAY_Y])
    crept = strayed > (CREEPING_M if first < CREPT_M else CREPT_M)
    if crept and wheels_heard(b) and k[REFUSED] > CONSISTENT:
        return _DRIFT
    return _WRONG_FIX if b[GRADE] == 4.0 and off < FAR_M else _JUMP


@lean
def _settle(k: Longs, t_ns: int, found: int, taken: bool) -> None:
    """Note new evidence; let a suspicion go that a fix refutes or whose evidence is old."""
    old = t_ns - k[EVIDENCE] > _HOLD_NS
    code = k[SUSPECT]
    if k[MISTIMED] > 0 and found in (_JUMP, _WRONG_FIX, _DRIFT):
        found = _CLOCK
    brief = code in (_JUMP, _WRONG_FIX, _FROZEN)
    if taken and found == 0 and (brief or old):
        k[SUSPECT] = 0
    # Two senders, once seen, explain the jumps between them, a drift where it has led, a clock that too.
    explained = found in (_JUMP, _WRONG_FIX) or (found == _DRIFT and code == _CLOCK)
    known = code > 0 and code != _MOVED and not brief and explained and not old
    if found > 0 and not known:
        k[SUSPECT], k[EVIDENCE] = found, t_ns
    if k[MISTIMED] > 0 or k[UNPROVEN] > 0:
        _go_on_doubting(k, t_ns)


@lean
def _go_on_doubting(k: Longs, t_ns: int) -> None:
    """Doubt a clock, else a place that is not proven, while nothing else is doubted, for its time."""
    if t_ns - k[MISTIMED] > _MISTIMED_NS:
        k[MISTIMED] = 0
    elif k[SUSPECT] == 0 or k[SUSPECT] == _MOVED:
        k[SUSPECT] = _CLOCK
    if t_ns - k[UNPROVEN] > _UNPROVEN_NS:
        k[UNPROVEN] = 0
        if k[SUSPECT] == _MOVED:
            k[SUSPECT] = 0
    elif k[SUSPECT] == 0:
        k[SUSPECT] = _MOVED


@lean
def forget(b: Floats, k: Longs) -> None:
    """Drop what spoke against the fixes of a track that begins anew, but for clock and place to be proven."""
    b[A + SHARE] = b[A + WAY] = b[A + LEAN_X] = b[A + LEAN_Y] = b[A + AWAY_X] = b[A + AWAY_Y] = 0.0
    b[A + SEEN_X] = b[A + SEEN_Y] = nan
    k[REFUSED] = k[SINCE] = k[EVIDENCE] = 0
    k[SUSPECT] = _CLOCK if k[MISTIMED] > 0 else (_MOVED if k[UNPROVEN] > 0 else 0)
