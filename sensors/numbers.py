"""Decimal numbers in fields of text, a column at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.words import Text
from twin.compiled import compiled
from twin.tables import Flags, Floats, Longs

MAX_WIDTH = 18
"""Widest field read; its digits fit an int64."""

POWERS = 10 ** np.arange(MAX_WIDTH + 1, dtype=np.int64)
"""Powers of ten as integers."""

_POWERS_FLOAT = POWERS.astype(np.float64)
EMPTY, BAD = -1, -2
"""Counts of digits of a field that has none, and of one that is no plain number."""
_POINT, _MINUS, _ZERO = ord("."), ord("-"), ord("0")


@dataclass(frozen=True, eq=False, slots=True)
class Decimals:
    """Numbers as they were written: ``mantissa / 10 ** scale``, one row a field.

    Attributes
    ----------
    mantissa : (n,) int64
        All digits as one integer, without sign.
    scale : (n,) int64
        Digits behind the point.
    whole : (n,) int64
        Digits before the point.
    negative : (n,) bool
        A minus sign stood in front.
    given : (n,) bool
        False where the field was empty.
    bad : (n,) bool
        True where the field is no plain decimal number of at most 18 characters.
    """

    mantissa: Longs
    scale: Longs
    whole: Longs
    negative: Flags
    given: Flags
    bad: Flags

    @property
    def value(self) -> Floats:
        """The numbers; NaN where empty or bad. Correctly rounded up to 15 digits."""
        size = self.mantissa / _POWERS_FLOAT[self.scale]
        size[~self.given | self.bad] = np.nan
        if self.negative.any():
            np.negative(size, where=self.negative, out=size)
        return size


def decimals(text: Text, start: Longs, end: Longs) -> Decimals:
    """Read the decimal numbers in the fields ``start`` to ``end``.

    Parameters
    ----------
    text : Text
    start, end : (n,) int64
        Fields; one that ends where it starts is empty.

    Notes
    -----
    An optional minus, digits, at most one point: no exponent, no infinity, no NaN. A mantissa below
    2**53 over an exact power of ten rounds once, so the value is what ``float`` would give.
    """
    whole, fraction, scale, digits, negative, bad = _read(text.buffer, start, end)
    return Decimals(whole * POWERS[scale] + fraction, scale, digits, negative, end > start, bad)


@compiled
def number(buffer: NDArray[np.uint8], place: int, stop: int) -> tuple[int, int, int, int, bool]:
    """Read what stands before and behind the point of one field.

    Returns
    -------
    before, behind : int
        The digits on either side of the point, as integers.
    digits, scale : int
        How many these are; ``digits`` is ``EMPTY`` where the field is, ``BAD`` where it is no plain number.
    negative : bool
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


@compiled
def _read(
    buffer: NDArray[np.uint8], start: Longs, end: Longs
) -> tuple[Longs, Longs, Longs, Longs, Flags, Flags]:
    """Read fields: what stands before and behind the point, digits behind and before it, minus, bad."""
    n = len(start)
    whole, fraction = np.zeros(n, np.int64), np.zeros(n, np.int64)
    scale, digits = np.zeros(n, np.int64), np.zeros(n, np.int64)
    negative, bad = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for i in range(n):
        before, behind, first, last, minus = number(buffer, start[i], end[i])
        whole[i], fraction[i], scale[i], negative[i] = before, behind, last, minus
        digits[i], bad[i] = max(first, 0), first == BAD
    return whole, fraction, scale, digits, negative, bad


@dataclass(frozen=True, eq=False, slots=True)
class Grouped:
    """Numbers of a fixed count of digits before the point, as in ``hhmmss.sss`` and ``ddmm.mmmm``.

    Attributes
    ----------
    whole, fraction, scale : (n,) int64
        ``whole + fraction / 10 ** scale``.
    given, bad, wrong : (n,) bool
        ``bad``: no plain number; ``wrong``: a number, but signed or of another count of digits.
    """

    whole: Longs
    fraction: Longs
    scale: Longs
    given: Flags
    bad: Flags
    wrong: Flags


def grouped(text: Text, start: Longs, end: Longs, most: Longs) -> Grouped:
    """Read numbers that have a certain count of digits before the point.

    Parameters
    ----------
    text : Text
    start, end : (n,) int64
        Fields.
    most : (n,) int64
        The count: 6 for a time, which must have all of them; 4 or 5 for an angle, of which leading
        zeros may be missing.
    """
    whole, fraction, scale, digits, negative, bad = _read(text.buffer, start, end)
    given = end > start
    wrong = np.where(most == 6, digits != 6, digits < 3)
    wrong |= negative
    wrong &= given & ~bad
    return Grouped(whole, fraction, scale, given, bad, wrong)
