"""Cuts raw chunks into lines."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sensors.lines import (
    BACKSLASH,
    BANG,
    BRACE,
    CR,
    DOLLAR,
    HASH,
    LF,
    MARGIN,
    MAX_JSON_BYTES,
    MAX_LINE_BYTES,
    SPACE,
    Lines,
    reason,
)
from sensors.tags import Known, name_devices
from twin.inputs import RawChunk
from twin.tables import Bytes, Longs

_TOO_LONG = reason("line over 1024 bytes")
_NO_TEXT = reason("bytes that are no text")
_NEITHER = reason("neither an NMEA sentence nor a JSON object")
_DOUBLED = reason("two sentences in one line")
_JSON_TOO_LONG = reason("JSON object over 65536 bytes")

# The margins are empty lines: they belong to none.
_MARGIN = b"\n" * MARGIN

_LONGEST_TAG = 100

_FIRST_TEXT, _TEXT_BYTES = np.uint8(0x20), np.uint8(0x7F - 0x20)


def cut(chunks: Sequence[RawChunk], devices: Mapping[str, str], known: Known = ()) -> Lines:
    """Cut chunks into lines and name the device of each.

    Parameters
    ----------
    chunks : sequence of RawChunk
        In the order of reception; the end of a chunk ends its last line.
    devices : mapping
        Source name -> device, for lines without a TAG block; a source not in it gives its own name.
    known : sequence of str, or dict
        Devices that come first in ``Lines.devices``; a dict has each with its place.

    Returns
    -------
    Lines
        Without empty lines and without comments (``#`` in front).
    """
    sizes, data = _joined(chunks)
    buffer = np.frombuffer(data, np.uint8)
    end = np.flatnonzero(buffer == LF)[MARGIN - 1 : -MARGIN]
    start, end = end[:-1] + 1, end[1:]
    breaks = len(end)
    chunk = np.zeros(len(start), np.int32)
    if len(chunks) > 1:
        chunk = np.searchsorted(np.cumsum(sizes) + MARGIN, start, side="right").astype(np.int32)
    start, end, stripped = _stripped(buffer, start, end)
    first = buffer[start]
    keep = (end > start) & (first != HASH)
    if not keep.all():
        for row in np.flatnonzero((first == HASH) & (end > start)).tolist():
            keep[row] = not _is_text(data[start[row] : end[row]])  # binary data may look like a comment
        start, end, chunk, first = start[keep], end[keep], chunk[keep], first[keep]
    codes = np.zeros(len(start), np.int8)
    start, binary = _skip_binary(data, buffer, start, end, codes, breaks + stripped)
    if binary:
        first = buffer[start]
    brace = first == BRACE
    long = end - start > MAX_LINE_BYTES
    if long.any():
        tag = first == BACKSLASH  # a JSON object may stand behind it
        codes[long & ~brace & ~tag] = _TOO_LONG
        codes[(brace | tag) & (end - start > MAX_JSON_BYTES)] = _JSON_TOO_LONG
    lines = Lines(
        data, buffer, start, end, start.copy(), chunk, np.full(len(start), -1, np.int32),
        (first == DOLLAR) | (first == BANG), brace & (codes == 0), codes.copy(), (), binary,
    )  # fmt: skip
    tagged = (first == BACKSLASH) & (codes == 0)
    return _ruled(name_devices(lines, chunks, devices, known, tagged))


def _joined(chunks: Sequence[RawChunk]) -> tuple[list[int], bytes]:
    """Give each chunk's size with its line end, and all of them between margins."""
    parts = [chunk.data if chunk.data.endswith(b"\n") else chunk.data + b"\n" for chunk in chunks]
    return [len(part) for part in parts], b"".join((_MARGIN, *parts, _MARGIN))


def _stripped(buffer: NDArray[np.uint8], start: Longs, end: Longs) -> tuple[Longs, Longs, int]:
    """Take carriage returns off the ends (some loggers write two) and spaces off the starts."""
    taken = 0
    for _ in range(2):
        returned = (buffer[end - 1] == CR) & (end > start)
        found = int(np.count_nonzero(returned))
        taken += found
        if not found:
            break
        end = end - returned
    for _ in range(4):
        spaced = (buffer[start] == SPACE) & (end > start)
        if not spaced.any():
            break
        start = start + spaced
    return start, end, taken


def _skip_binary(
    data: bytes, buffer: NDArray[np.uint8], start: Longs, end: Longs, codes: Bytes, breaks: int
) -> tuple[Longs, tuple[int, ...]]:
    """Find sentences behind binary data (UBX, RTCM) in the same line; mark other bytes that are no text.

    ``breaks`` is how many line feeds and carriage returns ended lines.
    """
    no_text = (buffer - _FIRST_TEXT) >= _TEXT_BYTES
    if not len(start) or np.count_nonzero(no_text) == breaks + 2 * MARGIN:
        return start, ()
    where = np.flatnonzero(no_text)
    where = where[buffer[where] != LF]
    line = np.searchsorted(start, where, side="right") - 1
    inside = (line >= 0) & (where < end[np.maximum(line, 0)])
    suspects = np.unique(line[inside])
    start, binary = start.copy(), []
    for row in suspects.tolist():
        begin, stop = int(start[row]), int(end[row])
        tagged = data[begin] == BACKSLASH and data.find(b"\\{", begin, begin + _LONGEST_TAG) > 0
        if (tagged or data[begin] == BRACE) and _is_text(data[begin:stop]):
            continue  # a JSON object, which may have any letters
        tail = data.rfind(b"$", begin, stop)
        if tail > begin and not no_text[tail:stop].any():
            start[row] = tail
            binary.append(row)
        else:
            codes[row] = _NO_TEXT
    return start, tuple(binary)


def _is_text(line: bytes) -> bool:
    """Tell whether a line is UTF-8 without control characters."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter == "\t" for letter in text)


def _ruled(lines: Lines) -> Lines:
    """Mark lines that stand in no form, and those with a second sentence in them."""
    columns = lines.editable("reason", "sentence")
    codes, sentence = columns["reason"], columns["sentence"]
    codes[(codes == 0) & ~sentence & ~lines.json] = _NEITHER
    codes[sentence & (codes == 0) & (lines.end - lines.start > MAX_LINE_BYTES)] = _TOO_LONG
    sentence &= codes == 0
    signs = lines.buffer == DOLLAR
    if (
        np.count_nonzero(signs) > np.count_nonzero(sentence)
        or (lines.buffer[lines.body[sentence]] == BANG).any()
    ):
        dollars, body = np.flatnonzero(signs), lines.body
        for _ in range(3):  # some loggers double the sign
            twice = sentence & (lines.buffer[body] == DOLLAR) & (lines.buffer[body + 1] == DOLLAR)
            body = body + twice
        columns["body"] = body
        count = np.searchsorted(dollars, lines.end) - np.searchsorted(dollars, body + 1)
        doubled = sentence & (count > 0)
        codes[doubled] = _DOUBLED
        sentence[doubled] = False
    return lines.with_columns(**columns)
