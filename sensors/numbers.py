"""Decimal numbers in fields of text."""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import lean

MAX_WIDTH = 18
"""Widest field read; its digits fit an int64."""

POWERS = 10 ** np.arange(MAX_WIDTH + 1, dtype=np.int64)
"""Powers of ten as integers."""

POWERS_FLOAT = POWERS.astype(np.float64)
"""The same as floats, exact."""

EMPTY, BAD = -1, -2
"""Counts of digits of a field that has none, and of one that is no plain number."""
_POINT, _MINUS, _ZERO = ord("."), ord("-"), ord("0")


@lean
def byte_at(buffer: NDArray[np.uint8], place: int) -> int:
    """Give a byte; ``place`` is not negative, so that the compiled loop need not ask whether it is."""
    return int(buffer[np.uint64(place)])


@lean
def number(buffer: NDArray[np.uint8], place: int, stop: int) -> tuple[int, int, int, bool]:
    """Read the number in the field from ``place`` to ``stop``, as it was written.

    Returns
    -------
    mantissa : int
        All its digits as one integer, without sign.
    digits, scale : int
        How many stand before and behind the point; ``digits`` is ``EMPTY`` where the field is, ``BAD``
        where it is no plain number.
    negative : bool

    Notes
    -----
    An optional minus, digits, at most one point, together at most 18 characters: no exponent, no infinity,
    no NaN. A mantissa below 2**53 over an exact power of ten rounds once, so the quotient is what ``float``
    would give.
    """
    if place >= stop:
        return 0, EMPTY, 0, False
    negative = byte_at(buffer, place) == _MINUS
    if stop - place > MAX_WIDTH:
        return 0, BAD, 0, negative
    begin = at = place + 1 if negative else place
    mantissa, figure = 0, 0
    while at < stop:
        figure = byte_at(buffer, at) - _ZERO
        if not 0 <= figure <= 9:
            break
        mantissa = mantissa * 10 + figure
        at += 1
    digits, scale = at - begin, 0
    if at < stop:
        if figure != _POINT - _ZERO:
            return 0, BAD, 0, negative
        for behind in range(at + 1, stop):
            figure = byte_at(buffer, behind) - _ZERO
            if not 0 <= figure <= 9:
                return 0, BAD, 0, negative
            mantissa = mantissa * 10 + figure
        scale = stop - at - 1
    if digits + scale == 0:
        return 0, BAD, 0, negative
    return mantissa, digits, scale, negative


@lean
def pair(buffer: NDArray[np.uint8], place: int) -> int:
    """Give the integer that two digits are."""
    return (byte_at(buffer, place) - _ZERO) * 10 + byte_at(buffer, place + 1) - _ZERO
