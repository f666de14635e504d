"""Angles of one machine: wrapped, and the way a trailer swings in."""

from math import atan, exp, isnan, pi, tan

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
def trailed(kind: int, trailer: float, heading: float, way: float, turned: float) -> float:
    """Give the heading of a semitrailer after its tractor went a way [m], turned by an angle, to a heading.

    A kind without a trailer gives the heading itself; a trailer that is NaN starts straight. A negative way
    is reverse, in which a trailer folds.

    Notes
    -----
    The angle between the two obeys d(angle)/d(way) = -sin(angle) / length, so that the tangent of
    half of it decays exponentially; exact where the tractor goes straight. In a turn it goes along the chord.
    """
    length = TRAILER_M[kind]
    if length <= 0.0:
        return heading
    heading -= 0.5 * turned
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
