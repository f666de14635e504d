"""Lines out of raw chunks: where each begins and ends, who sent it, and why it is refused.

Every array has one row a line; positions are offsets into the joined bytes of one call.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.inputs import RawChunk
from twin.tables import Bytes, Flags, Ints, Longs, Table

MAX_LINE_BYTES = 1024
"""Longest line taken; NMEA 0183 allows 82 characters, a gate message needs about 400."""

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
)
"""Why a line is refused; a line's reason is an index into this, 0 = taken. The list is closed, so
that reasons can be counted."""


def reason(text: str) -> int:
    """Give the code of a reason."""
    return REASONS.index(text)


_CR, _LF, _DOLLAR, _BANG, _STAR, _BACKSLASH, _BRACE, _HASH, _SPACE = b"\r\n$!*\\{# "
_TOO_LONG, _NO_TEXT, _NEITHER = 1, 2, 3
_TAG_OPEN, _TAG_CHECKSUM, _TAG_ALONE, _NAME, _DOUBLED = 4, 5, 6, 7, 8

# 0-15 for a hexadecimal digit, 255 for anything else.
HEX = np.full(256, 255, np.uint8)
for _value, _digit in enumerate(b"0123456789ABCDEF"):
    HEX[_digit] = _value
for _value, _digit in enumerate(b"abcdef", 10):
    HEX[_digit] = _value

# Bytes that may not stand in a sentence: control characters and what is no ASCII.
_CONTROL = np.ones(256, np.bool_)
_CONTROL[0x20:0x7F] = False


@dataclass(frozen=True, eq=False)
class Lines(Table):
    """The lines of one call.

    Attributes
    ----------
    data : bytes
        All chunks joined.
    buffer : (b,) uint8
        The same as an array.
    prefix_xor : (b + 1,) uint8
        Exclusive or of all bytes before each position: two of them give a checksum.
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
    prefix_xor: NDArray[np.uint8]
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

    def checksum_ok(self, first: Longs, star: Longs) -> Flags:
        """Tell whether the two hexadecimal digits behind ``star`` are the xor of ``first`` to ``star``."""
        last = len(self.buffer) - 1
        found = self.prefix_xor[star] ^ self.prefix_xor[first]
        high = HEX[self.buffer[np.minimum(star + 1, last)]]
        low = HEX[self.buffer[np.minimum(star + 2, last)]]
        ok: Flags = (high < 16) & (low < 16) & (((high << 4) | (low & 15)) == found)
        return ok


def _ends_with_newline(data: bytes) -> bytes:
    return data if data.endswith(b"\n") else data + b"\n"


def cut(chunks: Sequence[RawChunk], devices: Mapping[str, str], known: Sequence[str] = ()) -> Lines:
    """Cut chunks into lines and name the device of each.

    Parameters
    ----------
    chunks : sequence of RawChunk
        In the order of reception; the end of a chunk ends its last line.
    devices : mapping
        Source name -> device, for lines without a TAG block; a source not in it gives its own name.
    known : sequence of str
        Devices that come first in ``Lines.devices``.

    Returns
    -------
    Lines
        Without empty lines and without comments (``#`` in front).
    """
    parts = [_ends_with_newline(chunk.data) for chunk in chunks]
    data = b"".join(parts)
    buffer = np.frombuffer(data, np.uint8)
    end = np.flatnonzero(buffer == _LF)
    start = np.concatenate((np.zeros(1, np.int64), end[:-1] + 1)) if end.size else end
    chunk = np.searchsorted(np.cumsum([len(part) for part in parts]), start, side="right").astype(np.int32)
    for _ in range(2):  # some loggers write CR CR LF
        end = end - ((end > start) & (buffer[end - 1] == _CR))
    for _ in range(4):
        start = start + ((end > start) & (buffer[start] == _SPACE))
    keep = (end > start) & (buffer[start] != _HASH) if end.size else np.zeros(0, np.bool_)
    start, end, chunk = start[keep], end[keep], chunk[keep]
    codes = np.zeros(len(start), np.int8)
    start, binary = _skip_binary(data, buffer, start, end, codes)
    codes[end - start > MAX_LINE_BYTES] = _TOO_LONG
    prefix_xor = np.concatenate((np.zeros(1, np.uint8), np.bitwise_xor.accumulate(buffer)))
    first = buffer[start]
    lines = Lines(
        data, buffer, prefix_xor, start, end, start.copy(), chunk, np.zeros(len(start), np.int32),
        (first == _DOLLAR) | (first == _BANG), (first == _BRACE) & (codes == 0), codes.copy(), (), binary,
    )  # fmt: skip
    return _name(lines, chunks, devices, known, (first == _BACKSLASH) & (codes == 0))


def _skip_binary(
    data: bytes, buffer: NDArray[np.uint8], start: Longs, end: Longs, codes: Bytes
) -> tuple[Longs, tuple[int, ...]]:
    """Find sentences behind binary data (UBX, RTCM) in the same line; mark other bytes that are no text."""
    where = np.flatnonzero(_CONTROL[buffer] & (buffer != _LF))
    line = np.searchsorted(start, where, side="right") - 1
    inside = (line >= 0) & (where < end[np.maximum(line, 0)]) if len(start) else np.zeros(0, np.bool_)
    suspects = np.unique(line[inside]) if inside.any() else line[:0]
    suspects = suspects[buffer[start[suspects]] != _BRACE]
    if not suspects.size:
        return start, ()
    start, binary = start.copy(), []
    for row in suspects.tolist():
        begin, stop = int(start[row]), int(end[row])
        tail = data.rfind(b"$", begin, stop)
        if tail > begin and not _CONTROL[buffer[tail:stop]].any():
            start[row] = tail
            binary.append(row)
        else:
            codes[row] = _NO_TEXT
    return start, tuple(binary)


def _name(
    lines: Lines, chunks: Sequence[RawChunk], devices: Mapping[str, str], known: Sequence[str], tagged: Flags
) -> Lines:
    """Fill in the device of each line, from its TAG block or its source; mark what stands in no form."""
    index = {name: row for row, name in enumerate(known)}
    columns = lines.editable("reason", "sentence", "body")
    codes, sentence, body = columns["reason"], columns["sentence"], columns["body"]
    device = np.full(len(lines), -1, np.int32)
    rows = np.flatnonzero(tagged)
    if rows.size:
        _read_tags(lines, rows, index, device, columns)
    neither = (codes == 0) & ~sentence & ~lines.json
    codes[neither] = _NEITHER
    sentence &= codes == 0
    dollars = np.flatnonzero(lines.buffer == _DOLLAR)
    count = np.searchsorted(dollars, lines.end) - np.searchsorted(dollars, body + 1)
    doubled = sentence & (count > 0)
    codes[doubled] = _DOUBLED
    sentence[doubled] = False
    untold = sentence & (device < 0)
    for which in np.unique(lines.chunk[untold]).tolist():
        name = _cut_name(devices.get(chunks[which].source, chunks[which].source))
        device[untold & (lines.chunk == which)] = index.setdefault(name, len(index))
    return lines.with_columns(**columns, device=device, devices=tuple(index))


def _cut_name(name: str) -> str:
    text = name.encode("ascii", "replace")[:MAX_NAME_BYTES].decode("ascii")
    return text or "unnamed"


def _read_tags(
    lines: Lines,
    rows: NDArray[np.int64],
    index: dict[str, int],
    device: Ints,
    columns: dict[str, NDArray[Any]],
) -> None:
    """Read the TAG blocks of ``rows`` into ``device`` and ``columns``, in place."""
    codes, sentence, body = columns["reason"], columns["sentence"], columns["body"]
    buffer = lines.buffer
    slashes = np.append(np.flatnonzero(buffer == _BACKSLASH), len(buffer))
    start, end = lines.start[rows], lines.end[rows]
    close = slashes[np.searchsorted(slashes, start + 1)]
    closed = close < end
    star = np.maximum(close - 3, start + 1)
    closed_star = buffer[star] == _STAR
    good = closed & closed_star & lines.checksum_ok(start + 1, star)
    first = buffer[np.minimum(close + 1, end - 1)]
    followed = ((first == _DOLLAR) | (first == _BANG)) & (close + 1 < end)
    codes[rows[~closed]] = _TAG_OPEN
    codes[rows[closed & ~good]] = _TAG_CHECKSUM
    codes[rows[good & ~followed]] = _TAG_ALONE
    taken = good & followed
    rows, start, star = rows[taken], start[taken], star[taken]
    body[rows] = close[taken] + 1
    sentence[rows] = True
    if rows.size:
        _look_up(lines.data, rows, start + 1, star, _changes(buffer, start + 1, star), index, device, codes)


def _changes(buffer: NDArray[np.uint8], start: Longs, end: Longs) -> Flags:
    """Tell which tags differ from the one before: the sentences of an epoch come with equal ones."""
    column = np.arange(int((end - start).max()))
    text = buffer[np.minimum(start[:, None] + column, len(buffer) - 1)]
    text *= column < (end - start)[:, None]
    changed = np.ones(len(start), np.bool_)
    changed[1:] = (text[1:] != text[:-1]).any(axis=1)
    return changed


def _look_up(
    data: bytes,
    rows: Longs,
    start: Longs,
    end: Longs,
    changed: Flags,
    index: dict[str, int],
    device: Ints,
    codes: Bytes,
) -> None:
    """Fill in the device that the tag of each row names, in place."""
    first = np.flatnonzero(changed)
    found = []
    for a, b in zip(start[first].tolist(), end[first].tolist(), strict=True):
        name = name_in_tag(data[a:b])
        found.append(-1 if name is None else index.setdefault(name, len(index)) if name else -2)
    each = np.array(found, np.int32)[np.cumsum(changed) - 1]
    device[rows[each >= 0]] = each[each >= 0]
    codes[rows[each == -2]] = _NAME


@functools.lru_cache(maxsize=4096)
def name_in_tag(tag: bytes) -> str | None:
    """Give the device that a TAG block's inside names: None where it names none, empty where it cannot be."""
    for field in tag.split(b","):
        if field.startswith(b"s:"):
            name = field[2:]
            return name.decode("ascii") if 1 <= len(name) <= MAX_NAME_BYTES else ""
    return None
