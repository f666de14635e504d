"""Decimal numbers in fields of text."""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

MAX_WIDTH = 18
"""Widest field read; its digits fit an int64."""

POWERS = 10 ** np.arange(MAX_WIDTH + 1, dtype=np.int64)
"""Powers of ten as integers."""

POWERS_FLOAT = POWERS.astype(np.float64)
"""The same as floats, exact."""

EMPTY, BAD = -1, -2
"""Counts of digits of a field that has none, and of one that is no plain number."""
_POINT, _MINUS, _ZERO = ord("."), ord("-"), ord("0")


@compiled
def number(buffer: NDArray[np.uint8], place: int, stop: int) -> tuple[int, int, int, int, bool]:
    """Read what stands before and behind the point of the field from ``place`` to ``stop``.

    Returns
    -------
    before, behind : int
        The digits on either side of the point, as integers.
    digits, scale : int
        How many these are; ``digits`` is ``EMPTY`` where the field is, ``BAD`` where it is no plain number.
    negative : bool

    Notes
    -----
    An optional minus, digits, at most one point, together at most 18 characters: no exponent, no infinity,
    no NaN. A mantissa below 2**53 over an exact power of ten rounds once, so the quotient is what ``float``
    would give.
    """
    if place >= stop:
        return 0, 0, EMPTY, 0, False
    if stop - place > MAX_WIDTH:
        return 0, 0, BAD, 0, False
    negative = buffer[place] == _MINUS
    if negative:
        place += 1
    before, behind, begin = 0, 0, place
    while place < stop:
        figure = int(buffer[place]) - _ZERO
        if figure < 0 or figure > 9:
            break
        before = before * 10 + figure
        place += 1
    point = place
    if place < stop and buffer[place] == _POINT:
        place += 1
        while place < stop:
            figure = int(buffer[place]) - _ZERO
            if figure < 0 or figure > 9:
                break
            behind = behind * 10 + figure
            place += 1
    digits, scale = point - begin, max(place - point - 1, 0)
    if place < stop or digits + scale == 0:
        return 0, 0, BAD, 0, negative
    return before, behind, digits, scale, negative
