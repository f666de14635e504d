"""Angles of one machine: wrapped, small ones by series, and the way a trailer swings in."""

from math import atan, cos, exp, isnan, pi, sin, tan

from twin.compiled import lean
from twin.fleet.motion import FOLD_LIMIT_RAD
from twin.fleet.noise import TRAILER_M


@lean
def wrapped(angle: float) -> float:
    """Give the same angle within -pi to pi."""
    if -pi <= angle < pi:
        return angle
    return (angle + pi) % (2.0 * pi) - pi


@lean
def cos_sin(angle: float) -> tuple[float, float]:
    """Give the cosine and sine of an angle; of a small one by their series, which is quicker.

    Notes
    -----
    Up to 0.1 rad what is left out is less than 3e-17.
    """
    if abs(angle) > 0.1:
        return cos(angle), sin(angle)
    d = angle * angle
    c = 1.0 - d * (0.5 - d * (1.0 / 24.0 - d * (1.0 / 720.0 - d * (1.0 / 40320.0 - d * (1.0 / 3628800.0)))))
    s = 1.0 - d * (1.0 / 6.0 - d * (1.0 / 120.0 - d * (1.0 / 5040.0 - d * (1.0 / 362880.0))))
    return c, angle * s


@lean
def _atan(x: float) -> float:
    """Give the arc tangent; of a small number by its series, which is quicker and as exact."""
    if abs(x) > 0.03:
        return atan(x)
    d = x * x
    return x * (
        1.0 - d * (1.0 / 3.0 - d * (1.0 / 5.0 - d * (1.0 / 7.0 - d * (1.0 / 9.0 - d * (1.0 / 11.0)))))
    )


@lean
def _tan(x: float) -> float:
    """Give the tangent; of a small number by its series, as :func:`_atan`."""
    if abs(x) > 0.03:
        return tan(x)
    d = x * x
    return x * (1.0 + d * (1.0 / 3.0 + d * (2.0 / 15.0 + d * (17.0 / 315.0 + d * (62.0 / 2835.0)))))


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
        # The tangent of half of it, before; and of half of what it changes by.
        tangent, shrunk = _tan(0.5 * angle), exp(min(-way / length, 50.0))
        angle += 2.0 * _atan(tangent * (shrunk - 1.0) / (1.0 + tangent * tangent * shrunk))
        angle = min(max(angle, -FOLD_LIMIT_RAD), FOLD_LIMIT_RAD)
    return wrapped(heading - angle)
