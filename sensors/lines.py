"""What lines are: where each begins and ends, who sent it, and why it is refused.

Every array has one row a line; positions are offsets into the joined bytes of one call.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.tables import Bytes, Flags, Ints, Longs, Table

MARGIN = 64
"""Bytes that stand in front of and behind a text, so that what is looked at near a line is inside."""

MAX_LINE_BYTES = 1024
"""Longest sentence taken; NMEA 0183 allows 82 characters, makers' own ones are longer."""

MAX_JSON_BYTES = 1 << 16
"""Longest JSON object taken; the state of an automated vehicle lists the nodes it will pass."""

MAX_NAME_BYTES = 16
"""Longest device name, the width of the fleet's name column; NMEA 4.10 allows 15 in a TAG block."""

REASONS: tuple[str, ...] = (
    "",
    "line over 1024 bytes",
    "bytes that are no text",
    "neither an NMEA sentence nor a JSON object",
    "TAG block without an end",
    "TAG block: wrong checksum",
    "TAG block: no sentence behind it",
    "device name: expected 1 to 16 printable characters",
    "two sentences in one line",
    "no checksum at the end",
    "wrong checksum",
    "too few fields",
    "malformed number",
    "time out of range",
    "date out of range",
    "latitude out of range",
    "longitude out of range",
    "hemisphere missing or unknown",
    "value out of range",
    "JSON object over 65536 bytes",
    "device not listed for its source",
    "device speaks from another source",
    "position without a time",
    "JSON, but no object",
)
"""Why a line is refused; a line's reason is an index into this, 0 = taken. The list is closed, so
that reasons can be counted."""


def reason(text: str) -> int:
    """Give the code of a reason."""
    return REASONS.index(text)


CR, LF, DOLLAR, BANG, STAR, COMMA, BACKSLASH, BRACE, HASH, SPACE = b"\r\n$!*,\\{# "


class Rows(NamedTuple):
    """The columns of :class:`Lines` while they are found, and which lines have a TAG block in front."""

    start: Longs
    end: Longs
    body: Longs
    chunk: Ints
    device: Ints
    sentence: Flags
    json: Flags
    tagged: Flags
    reason: Bytes

    @staticmethod
    def of(n: int) -> "Rows":
        """Give room for n lines."""
        long, short = np.empty((3, n), np.int64), np.empty((2, n), np.int32)
        flags = np.empty((3, n), np.bool_)
        return Rows._make((*long, *short, *flags, np.empty(n, np.int8)))

    def some(self, rows: slice | Flags) -> "Rows":
        """Give some of the lines."""
        return Rows._make(column[rows] for column in self)


@dataclass(frozen=True, eq=False)
class Lines(Table):
    """The lines of one call.

    Attributes
    ----------
    data : bytes
        All chunks joined, with margins.
    buffer : (b,) uint8
        The same as an array.
    start, end : (n,) int64
        The line without its line end.
    body : (n,) int64
        Where the sentence behind the TAG block starts; ``start`` where there is none.
    chunk : (n,) int32
        Index of the chunk it came in.
    device : (n,) int32
        Index into ``devices``; -1 where the line is no sentence.
    sentence, json : (n,) bool
        What it looks like.
    reason : (n,) int8
        Index into :data:`REASONS`; 0 = not refused so far.
    devices : tuple of str
    binary : tuple of int
        Lines in which a sentence stood behind binary data, which is refused on its own.
    """

    data: bytes
    buffer: NDArray[np.uint8]
    start: Longs
    end: Longs
    body: Longs
    chunk: Ints
    device: Ints
    sentence: Flags
    json: Flags
    reason: Bytes
    devices: tuple[str, ...]
    binary: tuple[int, ...]

    def __len__(self) -> int:
        """Give the number of lines."""
        return len(self.start)


LONGEST_TAG = 100
"""Bytes of the longest TAG block taken, its backslashes included."""

_END_OF_TAG = len(b"*hh\\")


def begin_of_sentence(data: bytes, begin: int, end: int) -> int:
    """Give where the last sentence of some bytes begins, with the TAG block before it; -1 where none does.

    A sentence whose TAG block has no begin begins at that block's end: whose it is, is not known, so that
    it is refused. Binary data may end in a backslash, too, but hardly in a checksum before it.
    """
    dollar = data.rfind(b"$", begin, end)
    if dollar < begin + _END_OF_TAG or data[dollar - 1] != BACKSLASH or data[dollar - _END_OF_TAG] != STAR:
        return dollar
    opening = data.rfind(b"\\", max(begin, dollar - LONGEST_TAG), dollar - 1)
    return opening if opening >= 0 else dollar - 1
