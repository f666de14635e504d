"""Decimal numbers in fields of text, a column at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sensors.words import LAST, WIDTH, ZEROS, Text, number, strangers
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
        if self.negative.any():
            np.negative(size, where=self.negative, out=size)
        return size

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
    2**53 over an exact power of ten rounds once, so the value is what ``float`` would give. Fields of up
    to eight characters without a sign, which most are, are read as one word each.
    """
    width = end - start
    short = _short(text, end, np.minimum(np.maximum(width, 0), WIDTH))
    rest = np.flatnonzero(short.bad | (width > WIDTH))
    if rest.size:
        long = _long(text.buffer, start[rest], end[rest])
        for name in Decimals.__dataclass_fields__:
            getattr(short, name)[rest] = getattr(long, name)
    return short


# Multiplied by a flag in byte p, its highest byte is how many characters stand behind byte p.
_BEHIND = np.uint64(0x0706050403020100)
_TO_FLAG, _TO_TOP = np.uint64(7), np.uint64(56)
_ONE, _BYTE, _POINT_FIGURE = np.uint64(1), np.uint64(0xFF), np.uint64(_POINT ^ ord("0"))


def _short(text: Text, end: Longs, width: Longs) -> Decimals:
    """Read unsigned numbers of at most eight characters; the others are bad."""
    keep = LAST[width]
    figures = text.before(end)
    figures ^= ZEROS
    figures &= keep
    flag = strangers(figures)
    flag >>= _TO_FLAG
    point = flag * _POINT_FIGURE
    pointed = flag != 0
    # Nothing but digits and at most one point: all that is flagged is one byte, and it is a point.
    bad = (figures & (flag * _BYTE)) != point
    bad |= (flag & (flag - pointed)) != 0
    digits = width - pointed
    bad |= (digits == 0) & pointed
    # Move what stands before the point one character to the right, over it.
    before = figures & (flag - pointed)
    before *= _BYTE
    figures += before
    figures -= point
    flag *= _BEHIND
    flag >>= _TO_TOP
    scale = flag.view(np.int64)
    mantissa = number(figures).view(np.int64)
    if bad.any():
        mantissa[bad], scale[bad] = 0, 0
    none = np.zeros(len(end), np.bool_)
    return Decimals(mantissa, scale, digits - scale, none, width > 0, bad)


def _long(buffer: NDArray[np.uint8], start: Longs, end: Longs) -> Decimals:
    """Read any number: right-aligned, so that a product with powers of ten reads all rows.

    Halves of nine digits are exact in floating point.
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
    text: NDArray[np.uint8] = sliding_window_view(buffer, columns)[
        np.where(width > 0, end, columns) - columns
    ]
    text *= place < width[:, None]
    return text, place


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

    def rows(self, first: int, last: int) -> "Grouped":
        """Give rows ``first`` to ``last``."""
        return Grouped(*(getattr(self, name)[first:last] for name in self.__dataclass_fields__))


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
    width = end - start
    behind = width - most - 1
    point_at = start + most + 1
    figures = text.before(point_at)
    pointed = (figures >> _TO_TOP) == _POINT
    slow = (behind > WIDTH) | (width < most) | ~(pointed | (behind < 0))
    figures <<= np.uint64(8)
    figures ^= ZEROS
    figures &= LAST[most]
    fraction = text.before(end)
    fraction ^= ZEROS
    fraction &= LAST[np.minimum(np.maximum(behind, 0), WIDTH)]
    odd = strangers(figures)
    odd |= strangers(fraction)
    slow |= odd != 0
    scale = np.maximum(behind, 0)
    out = Grouped(
        number(figures).view(np.int64), number(fraction).view(np.int64), scale,
        width > 0, np.zeros(len(end), np.bool_), np.zeros(len(end), np.bool_),
    )  # fmt: skip
    rest = np.flatnonzero(slow)
    if rest.size:
        _fill_in(out, rest, decimals(text, start[rest], end[rest]), most[rest])
    return out


def _fill_in(out: Grouped, rest: Longs, found: Decimals, most: Longs) -> None:
    unit = POWERS[found.scale]
    out.whole[rest] = found.mantissa // unit
    out.fraction[rest] = found.mantissa % unit
    out.scale[rest] = found.scale
    out.bad[rest] = found.bad
    miscounted = np.where(most == 6, found.whole != 6, found.whole < 3)
    out.wrong[rest] = found.given & ~found.bad & (found.negative | miscounted)
