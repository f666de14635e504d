"""Decimal numbers in fields of text, a column at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from twin.tables import Flags, Floats, Longs

MAX_WIDTH = 18
"""Widest field read; its digits fit an int64."""

POWERS = 10 ** np.arange(MAX_WIDTH + 1, dtype=np.int64)
"""Powers of ten as integers."""

_POWERS_FLOAT = POWERS.astype(np.float64)
_POINT, _MINUS = ord("."), ord("-")
_ZERO = np.uint8(ord("0"))


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
        return np.where(self.negative, -size, size)

    def rows(self, first: int, last: int) -> "Decimals":
        """Give rows ``first`` to ``last``."""
        part = slice(first, last)
        return Decimals(
            self.mantissa[part],
            self.scale[part],
            self.whole[part],
            self.negative[part],
            self.given[part],
            self.bad[part],
        )


def decimals(buffer: NDArray[np.uint8], start: Longs, end: Longs) -> Decimals:
    """Read the decimal numbers in ``buffer[start:end]`` of every row.

    Parameters
    ----------
    buffer : (b,) uint8
        Text.
    start, end : (n,) int64
        Fields; one that ends where it starts is empty.

    Notes
    -----
    An optional minus, digits, at most one point: no exponent, no infinity, no NaN. A mantissa below
    2**53 over an exact power of ten rounds once, so the value is what ``float`` would give. The text is
    right-aligned, so that a product with powers of ten reads all rows; halves of nine digits are exact.
    """
    width = np.maximum(end - start, 0)
    too_wide = width > MAX_WIDTH
    width[too_wide] = 0
    text, place = _right_aligned(buffer, end, width)
    columns = len(place)
    figure = text - _ZERO
    is_digit = figure < 10
    figure *= is_digit
    digits = figure.astype(np.float64)
    low = (digits @ np.where(place < 9, 10.0 ** (place % 9), 0.0)).astype(np.int64)
    high = (digits @ np.where(place >= 9, 10.0 ** (place % 9), 0.0)).astype(np.int64)
    count = (is_digit.astype(np.float32) @ np.ones(columns, np.float32)).astype(np.int64)
    is_point = (text == _POINT).astype(np.float32)
    points, behind = (is_point @ np.array([np.ones(columns), place], np.float32).T).astype(np.int64).T
    negative = (width > 0) & (buffer[np.minimum(start, len(buffer) - 1)] == _MINUS)
    given = (width > 0) | too_wide
    bad = too_wide | (given & ((count == 0) | (points > 1) | (count + points + negative != width)))
    scale = np.where(bad | (points == 0), 0, behind)
    # The point took a place of its own: what stands before it is ten times too much.
    unit = POWERS[scale]
    mantissa = high * 1_000_000_000 + low
    mantissa -= np.where(points > 0, mantissa // (10 * unit) * (9 * unit), 0)
    mantissa[bad] = 0
    return Decimals(mantissa, scale, count - scale, negative, given, bad)


def _right_aligned(buffer: NDArray[np.uint8], end: Longs, width: Longs) -> tuple[NDArray[np.uint8], Longs]:
    """Give the ``width`` bytes before ``end`` of each row, zeros in front, and each column's power of ten."""
    columns = max(1, int(width.max(initial=0)))
    place = np.arange(columns - 1, -1, -1)
    padded = np.concatenate((np.zeros(columns, np.uint8), buffer))
    text: NDArray[np.uint8] = sliding_window_view(padded, columns)[np.where(width > 0, end, 0)]
    text *= place < width[:, None]
    return text, place
