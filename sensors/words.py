"""Eight bytes of text at a time: arithmetic on many fields without a loop over their characters.

A field of up to eight characters is one 64-bit word, its first character in the lowest byte. Digits
become a number in three multiplications (Lemire and Mula's method of parsing eight digits).
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from twin.tables import Flags, Longs

Words = NDArray[np.uint64]

WIDTH = 8
"""Bytes in a word."""

MARGIN = 64
"""Bytes that must stand in front of and behind a text, so that every load stays inside."""


def _u64(value: int) -> np.uint64:
    return np.uint64(value)


def every(byte: int) -> np.uint64:
    """Give a word of eight equal bytes."""
    return _u64(byte * 0x0101010101010101)


LAST = np.array([0, *(((1 << (8 * n)) - 1) << (64 - 8 * n) for n in range(1, 9))], np.uint64)
"""``LAST[n]`` keeps the last ``n`` characters of a word."""

ZEROS, HIGH, OVER_NINE = every(ord("0")), every(0x80), every(0x76)

_TWOS, _FOURS = every(0x0F), _u64(0x00FF00FF00FF00FF)
_EIGHTS = _u64(0x0000FFFF0000FFFF)
_TEN, _HUNDRED, _MYRIAD = _u64(10 * 256 + 1), _u64(100 * 65_536 + 1), _u64(10_000 * 2**32 + 1)
_S8, _S16, _S32 = _u64(8), _u64(16), _u64(32)


class Text:
    """A text that words can be loaded from, at any place.

    Parameters
    ----------
    buffer : (b,) uint8
        With ``MARGIN`` bytes in front and behind that belong to no field.
    """

    __slots__ = ("_blocks", "_halves", "_words", "buffer")

    def __init__(self, buffer: NDArray[np.uint8]) -> None:
        self.buffer = buffer
        # An opaque item is copied in one go, aligned or not; an array of integers would be buffered.
        self._words = _overlapping(buffer, WIDTH)
        self._halves = _overlapping(buffer, WIDTH // 2)
        self._blocks = _overlapping(buffer, 4 * WIDTH)

    def at(self, place: Longs) -> Words:
        """Give the eight bytes from each place on."""
        found: Words = self._words[place].view("<u8")
        return found

    def halves(self, place: Longs) -> NDArray[np.uint32]:
        """Give the four bytes from each place on."""
        found: NDArray[np.uint32] = self._halves[place].view("<u4")
        return found

    def before(self, place: Longs) -> Words:
        """Give the eight bytes before each place."""
        return self.at(place - WIDTH)

    def blocks(self, place: Longs) -> Words:
        """Give the 32 bytes from each place on, as (n, 4) words."""
        found: Words = self._blocks[place].view("<u8").reshape(-1, 4)
        return found


def _overlapping(buffer: NDArray[np.uint8], size: int) -> NDArray[Any]:
    items: NDArray[Any] = buffer[:size].view(f"V{size}")
    return as_strided(items, (len(buffer) - size + 1,), (1,), writeable=False)


def blocks_of(items: NDArray[Any], count: int) -> NDArray[Any]:
    """Give, for each place in ``items``, the ``count`` items from there on, as one opaque block."""
    size = items.itemsize
    block: NDArray[Any] = items[:count].view(f"V{size * count}")
    return as_strided(block, (len(items) - count + 1,), (size,), writeable=False)


def padded(buffer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the buffer with margins."""
    margin = np.zeros(MARGIN, np.uint8)
    return np.concatenate((margin, buffer, margin))


def strangers(figures: Words) -> Words:
    """Give 0x80 in every byte of ``figures`` (characters xor "0") that is no digit."""
    flags = figures + OVER_NINE
    flags |= figures
    flags &= HIGH
    return flags


def number(figures: Words) -> Words:
    """Give the number that eight figures (0 to 9, the first in the lowest byte) stand for, in place."""
    figures &= _TWOS
    figures *= _TEN
    figures >>= _S8
    figures &= _FOURS
    figures *= _HUNDRED
    figures >>= _S16
    figures &= _EIGHTS
    figures *= _MYRIAD
    figures >>= _S32
    return figures


def xor_between(buffer: NDArray[np.uint8], first: Longs, last: Longs) -> NDArray[np.uint8]:
    """Give the exclusive or of ``buffer[first:last]`` of every row; 0 where nothing is between."""
    if not len(first):
        return np.zeros(0, np.uint8)
    edges = np.empty(2 * len(first), np.int64)
    edges[0::2], edges[1::2] = first, last
    found: NDArray[np.uint8] = np.bitwise_xor.reduceat(buffer, edges)[0::2]
    empty: Flags = first >= last
    if empty.any():
        found = np.where(empty, np.uint8(0), found)
    return found
