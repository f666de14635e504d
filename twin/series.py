"""Cosine and sine by their series, for loops that ask for both of one angle after another."""

from math import cos, floor, pi, sin

from twin.compiled import lean

_QUARTER_RAD, _QUARTER_REST_RAD = 1.57079632673412561417, 6.07710050650619224932e-11
"""Half of pi in two parts, the first of 33 bits: few times that is exact (Cody and Waite 1980)."""
_FEW_TURNS_RAD = 50.0
"""Larger angles, and what is none, are left to the library."""


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
