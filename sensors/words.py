"""Several bytes of a text at a time, at many places at once."""

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

    def blocks(self, place: Longs) -> Words:
        """Give the 32 bytes from each place on, as (n, 4) words."""
        found: Words = self._blocks[place].view("<u8").reshape(-1, 4)
        return found


def _overlapping(buffer: NDArray[np.uint8], size: int) -> NDArray[Any]:
    items: NDArray[Any] = buffer[:size].view(f"V{size}")
    return as_strided(items, (len(buffer) - size + 1,), (1,), writeable=False)


def padded(buffer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the buffer with margins."""
    margin = np.zeros(MARGIN, np.uint8)
    return np.concatenate((margin, buffer, margin))


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
