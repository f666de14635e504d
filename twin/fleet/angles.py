"""Angles of one machine: wrapped, small ones by series, and the way a trailer swings in."""

from math import atan, cos, exp, floor, isnan, pi, sin, tan

from twin.compiled import lean
from twin.fleet.motion import FOLD_LIMIT_RAD
from twin.fleet.noise import TRAILER_M

_QUARTER_RAD, _QUARTER_REST_RAD = 1.57079632673412561417, 6.07710050650619224932e-11
"""Half of pi in two parts, the first of 33 bits: few times that is exact (Cody and Waite 1980)."""
_FEW_TURNS_RAD = 50.0
"""Larger angles, and what is none, are left to the library."""


@lean
def wrapped(angle: float) -> float:
    """Give the same angle within -pi to pi."""
    if -pi <= angle < pi:
        return angle
    return (angle + pi) % (2.0 * pi) - pi


@lean
def cos_sin(angle: float) -> tuple[float, float]:
    """Give the cosine and sine of an angle: see :func:`cos_sin_share`."""
    c, s, _ = cos_sin_share(angle)
    return c, s


@lean
def cos_sin_share(angle: float) -> tuple[float, float, float]:
    """Give the cosine and sine of an angle, and the sine by the angle, by their series, two terms at a time.

    Notes
    -----
    What is left out is less than 3e-17. A library's two functions each branch by where the angle is, which
    is elsewhere with each machine.
    """
    if abs(angle) <= 0.1:
        d = angle * angle
        dd = d * d
        c = dd * (1.0 / 40320.0 - d * (1.0 / 3628800.0))
        c = 1.0 - 0.5 * d + dd * (1.0 / 24.0 - d * (1.0 / 720.0) + c)
        s = 1.0 - d * (1.0 / 6.0) + dd * (1.0 / 120.0 - d * (1.0 / 5040.0) + dd * (1.0 / 362880.0))
        return c, angle * s, s
    if not abs(angle) < _FEW_TURNS_RAD:
        return cos(angle), sin(angle), sin(angle) / angle
    quarters = floor(angle * (2.0 / pi) + 0.5)
    c, s = _cos_sin_of_eighth((angle - quarters * _QUARTER_RAD) - quarters * _QUARTER_REST_RAD)
    c, s = (-s, c) if quarters & 1 else (c, s)
    c, s = (-c, -s) if quarters & 2 else (c, s)
    return c, s, s / angle


@lean
def _cos_sin_of_eighth(angle: float) -> tuple[float, float]:
    """Give the cosine and sine of an angle up to an eighth of a turn."""
    d = angle * angle
    dd = d * d
    c = dd * (1.0 / 479001600.0 - d * (1.0 / 87178291200.0 - d * (1.0 / 20922789888000.0)))
    c = dd * (1.0 / 40320.0 - d * (1.0 / 3628800.0) + c)
    c = 1.0 - 0.5 * d + dd * (1.0 / 24.0 - d * (1.0 / 720.0) + c)
    s = dd * (1.0 / 6227020800.0 - d * (1.0 / 1307674368000.0 - d * (1.0 / 355687428096000.0)))
    s = dd * (1.0 / 362880.0 - d * (1.0 / 39916800.0) + s)
    s = 1.0 - d * (1.0 / 6.0) + dd * (1.0 / 120.0 - d * (1.0 / 5040.0) + s)
    return c, angle * s


@lean
def _exp(x: float) -> float:
    """Give the exponential; of a small number by its series, which is quicker and as exact."""
    if abs(x) > 0.1:
        return exp(x)
    xx = x * x
    found = xx * (1.0 / 40320.0 + x * (1.0 / 362880.0) + xx * (1.0 / 3628800.0))
    found = xx * (1.0 / 720.0 + x * (1.0 / 5040.0) + found)
    found = xx * (1.0 / 24.0 + x * (1.0 / 120.0) + found)
    return 1.0 + x + xx * (0.5 + x * (1.0 / 6.0) + found)


@lean
def trailed(kind: int, trailer: float, heading: float, way: float) -> float:
    """Give the heading of a semitrailer after its tractor went a way [m] and points to a heading.

    A kind without a trailer gives the heading itself; a trailer that is NaN starts straight. A negative way
    is reverse, in which a trailer folds.

    Notes
    -----
    The angle between the two obeys d(angle)/d(way) = -sin(angle) / length, so that the tangent of
    half of it decays exponentially; exact where the tractor goes straight.
    """
    length = TRAILER_M[kind]
    if length <= 0.0:
        return heading
    angle = 0.0 if isnan(trailer) else wrapped(heading - trailer)
    angle = min(max(angle, -FOLD_LIMIT_RAD), FOLD_LIMIT_RAD)
    if way != 0.0 and angle != 0.0:
        angle = _shrunk(angle, _exp(min(-way / length, 50.0)))
        angle = min(max(angle, -FOLD_LIMIT_RAD), FOLD_LIMIT_RAD)
    return wrapped(heading - angle)


@lean
def _shrunk(angle: float, share: float) -> float:
    """Give the angle whose half has a share of the tangent; of a small one by its series, to 1e-12 rad."""
    if abs(angle) * max(share, 1.0) <= 0.05:
        square, share2 = angle * angle, share * share
        bent = (1.0 - share2) * (1.0 / 12.0)
        bent += square * (1.0 / 120.0 - share2 * (1.0 / 48.0) + share2 * share2 * (1.0 / 80.0))
        return angle * share * (1.0 + square * bent)
    return 2.0 * atan(share * tan(0.5 * angle))
