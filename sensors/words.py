"""Several bytes of a text at a time, at many places at once."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from twin.tables import Longs

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

    __slots__ = ("_blocks", "buffer")

    def __init__(self, buffer: NDArray[np.uint8]) -> None:
        self.buffer = buffer
        # An opaque item is copied in one go, aligned or not; an array of integers would be buffered.
        self._blocks = _overlapping(buffer, 4 * WIDTH)

    def blocks(self, place: Longs) -> Words:
        """Give the 32 bytes from each place on, as (n, 4) words."""
        found: Words = self._blocks[place].view("<u8").reshape(-1, 4)
        return found


def _overlapping(buffer: NDArray[np.uint8], size: int) -> NDArray[Any]:
    items: NDArray[Any] = buffer[:size].view(f"V{size}")
    return as_strided(items, (len(buffer) - size + 1,), (1,), writeable=False)
