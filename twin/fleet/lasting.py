"""What of a fix's error is new each time, and what lasts: the two parts that a filter weighs apart.

Where wheels are heard they tell what lasts from motion, and the filter has a state of it. Where only fixes
are heard nothing does: the place that is found is that of the antenna with what lasts of its fixes' errors,
and goes with both. What lasts is then no noise that could be averaged away: to take it for such only makes a
track lag. It stands in sigma, and is let go of once a solution brings less of it. One machine at a time, laid
out as in :mod:`twin.fleet.places`.
"""

from math import isnan, sqrt

from twin.compiled import lean
from twin.fleet.memory import FRESH, HELD, QUALITY, ROUGH, SEEN_X, SEEN_Y
from twin.fleet.noise import (
    EXACT_M,
    FLOOR_M,
    FRESH_FIRST,
    FRESH_LEAST,
    FRESH_MOST,
    FRESH_WEIGHT,
    GATE,
    LASTING_M2,
    LED_S,
    MULTIPATH_S,
    OFTENEST_S,
    SLOW_MPS,
    SPEED_M2PS2,
    WHITE_M,
    WHITE_SHARE,
)  # fmt: skip
from twin.fleet.places import COURSE, EAST, FAST, GRADE, NORTH, P_X, P_Y, SIGMA, A, X, Y
from twin.fleet.prediction import look_along
from twin.tables import Floats

_PER_MULTIPATH = 1.0 / MULTIPATH_S


@lean
def variance_of(sigma: float) -> float:
    """Give the variance of a fix, an axis [m2]."""
    sigma = max(sigma, FLOOR_M)
    return sigma * sigma


@lean
def told_apart(b: Floats, since_s: float) -> tuple[float, float]:
    """Give a fix's variance that is new each time [m2], and how large what lasts is [m]; wheels are heard.

    ``since_s`` after the fix before [s]: what errs alike for long counts the less the more often it is told.
    """
    variance = variance_of(b[SIGMA])
    if b[SIGMA] < EXACT_M:
        white = max(WHITE_SHARE * variance, min(variance, _found(b, variance)))
        return white, sqrt(variance - white)
    alike = 2.0 * MULTIPATH_S / max(since_s, OFTENEST_S)
    return max(alike, 1.0) * variance, 0.0


@lean
def _found(b: Floats, variance: float) -> float:
    """Give what was found to be new in fixes as good as this one; before any told, what is taken for it [m2].

    Exact fixes and others are told apart: a float solution says nothing of the fixed ones after it.
    """
    exact = b[SIGMA] < EXACT_M
    found: float = b[A + FRESH] if exact else b[A + ROUGH]
    if found <= 0.0:
        # The less is new the less is averaged away: of a good fix what is not known yet is taken to last.
        found = WHITE_SHARE * variance if exact else min(max(WHITE_M**2, FRESH_FIRST * variance), variance)
    return found


@lean
def fresh_m2(b: Floats) -> float:
    """Give what is new of a fix's variance by what was found of its receiver [m2]."""
    variance = variance_of(b[SIGMA])
    fresh: float = min(max(_found(b, variance), FRESH_LEAST * variance, FLOOR_M**2), variance)
    return fresh


@lean
def begin(b: Floats, wheels: bool) -> None:
    """Begin to weigh the fixes of a receiver of which nothing is known but the sigma of the first."""
    variance = variance_of(b[SIGMA])
    b[A + FRESH] = b[A + ROUGH] = 0.0
    b[A + HELD] = poor_m2(b) if wheels else variance - _found(b, variance)


@lean
def poor_m2(b: Floats) -> float:
    """Give the variance of what lasts of a fix's errors and has no state; wheels are heard [m2]."""
    quality = min(max(int(b[GRADE]), 0), 8)
    return 0.0 if quality == 4 or quality == 5 or b[SIGMA] < EXACT_M else LASTING_M2[quality]


@lean
def lean_on(b: Floats, share: float) -> None:
    """Note that a share of the way to a fix was gone, and of its errors if it is poor; wheels are heard."""
    held = sqrt(b[A + HELD])
    held += share * (sqrt(poor_m2(b)) - held)
    b[A + HELD] = held * held


@lean
def led(b: Floats, since_s: float) -> bool:
    """Learn from a fix what is new in its receiver's errors; tell whether its own velocity leads there.

    Parameters
    ----------
    b
    since_s : float
        Since the fix before [s].

    Returns
    -------
    bool
        The fix is where speed over ground and course lead from the fix before. It is then no jump, however
        far it is from the track: the machine turned or braked as its kind was not thought to.

    Notes
    -----
    What differs from fix to fix, beyond the way between them, is what was new of both. Some receivers tell
    the mean velocity since the fix before, some that of the instant; at four fixes a second and a walk the
    difference is 4 cm.
    """
    if since_s <= 0.0 or since_s > LED_S or isnan(b[FAST]) or isnan(b[A + SEEN_X]):
        return False
    way = b[FAST] * since_s if b[FAST] >= SLOW_MPS else 0.0
    if way > 0.0 and isnan(b[COURSE]):
        return False
    course_x, course_y = look_along(b) if way > 0.0 else (0.0, 0.0)
    off_x = b[EAST] - b[A + SEEN_X] - way * course_x
    off_y = b[NORTH] - b[A + SEEN_Y] - way * course_y
    off2 = off_x * off_x + off_y * off_y
    fresh = fresh_m2(b)
    most = 2.0 * (fresh + SPEED_M2PS2[min(max(int(b[GRADE]), 0), 8)] * since_s * since_s)
    # Of two axes and of two fixes, less what lasted and has changed; one that jumps tells little.
    variance = variance_of(b[SIGMA])
    found = max(0.25 * off2 - max(variance - fresh, 0.0) * since_s * _PER_MULTIPATH, 0.0)
    if b[A + QUALITY] == b[GRADE]:
        before = _found(b, variance)
        before += FRESH_WEIGHT * (min(found, FRESH_MOST * variance) - before)
        if b[SIGMA] < EXACT_M:
            b[A + FRESH] = before
        else:
            b[A + ROUGH] = before
    return bool(off2 <= GATE * most)


@lean
def let_go(b: Floats, dt: float) -> None:
    """Widen a place before a fix is taken: what lasts in it has changed, and the fix may have less of it."""
    lasts = variance_of(b[SIGMA]) - fresh_m2(b)
    gone = max(b[A + HELD] - lasts, 0.0)
    b[A + HELD] -= gone
    wider = gone + 2.0 * min(dt * _PER_MULTIPATH, 1.0) * b[A + HELD]
    b[P_X + X] += wider
    b[P_Y + Y] += wider


@lean
def noise_m2(b: Floats) -> float:
    """Give by how much a fix may differ from the place with what lasts in that; no wheels are heard [m2]."""
    fresh = fresh_m2(b)
    noise: float = fresh + max(variance_of(b[SIGMA]) - fresh - b[A + HELD], 0.0)
    return noise


@lean
def hold(b: Floats, share: float) -> None:
    """Note that a share of the way to a fix was gone, and with it what lasts there."""
    more = variance_of(b[SIGMA]) - fresh_m2(b) - b[A + HELD]
    b[A + HELD] += share * max(more, 0.0)


@lean
def lasting_m2(b: Floats) -> float:
    """Give the variance of what lasts of a receiver's errors and is in the place shown, an axis [m2].

    Notes
    -----
    Where wheels are heard and fixes are exact the filter has a state of it. Where wheels are heard and fixes
    are not, it goes by NMEA quality: multipath and the ionosphere stay alike for longer than is averaged. A
    place comes to have it by as much as such fixes have drawn it, and loses it so to exact ones.
    """
    held: float = b[A + HELD]
    return held
