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
    LONGEST_TAG,
    MARGIN,
    MAX_JSON_BYTES,
    MAX_LINE_BYTES,
    SPACE,
    Lines,
    Rows,
    begin_of_sentence,
    reason,
)
from sensors.tags import Known, Tags, name_untold, read_tags
from sensors.values import refuse_values
from twin.compiled import compiled, lean
from twin.inputs import RawChunk
from twin.tables import Flags, Longs

_TOO_LONG = reason("line over 1024 bytes")
_NO_TEXT = reason("bytes that are no text")
_NEITHER = reason("neither an NMEA sentence nor a JSON object")
_DOUBLED = reason("two sentences in one line")
_JSON_TOO_LONG = reason("JSON object over 65536 bytes")

# The margins are empty lines: they belong to none.
_MARGIN = b"\n" * MARGIN

_FIRST_TEXT, _TEXT_BYTES = np.uint8(0x20), np.uint8(0x7F - 0x20)
_WORD = 8
_MOST_RETURNS, _MOST_SPACES = 2, 4


def cut(
    chunks: Sequence[RawChunk], devices: Mapping[str, str], known: Known = (), tags: Tags | None = None
) -> Lines:
    """Cut chunks into lines and name the device of each.

    Parameters
    ----------
    chunks : sequence of RawChunk
        In the order of reception; the end of a chunk ends its last line.
    devices : mapping
        Source name -> device, for lines without a TAG block; a source not in it gives its own name.
    known : sequence of str, or dict
        Devices that come first in ``Lines.devices``; a dict has each with its place.
    tags : Tags, optional
        Which of the ``known`` devices TAG blocks named in calls before; it learns in this one.

    Returns
    -------
    Lines
        Without empty lines and without comments (``#`` in front).
    """
    sizes, data = _joined(chunks)
    buffer = np.frombuffer(data, np.uint8)
    above = buffer - _FIRST_TEXT
    no_text = np.greater_equal(above, _TEXT_BYTES, out=above.view(np.bool_))
    rows, binary = _rows(data, buffer, no_text, np.cumsum(sizes) + MARGIN)
    tagged = _sort_out(buffer, rows)
    index = dict(known) if isinstance(known, dict) else {name: row for row, name in enumerate(known)}
    if tagged:
        read_tags(data, buffer, rows, index, Tags() if tags is None else tags)
    name_untold(rows, chunks, devices, index)
    _rule(buffer, rows)
    refuse_values(data, rows)
    return Lines(
        data, buffer, rows.start, rows.end, rows.body, rows.chunk, rows.device, rows.sentence, rows.json,
        rows.reason, tuple(index), binary,
    )  # fmt: skip


def _joined(chunks: Sequence[RawChunk]) -> tuple[list[int], bytes]:
    """Give each chunk's size with its line end, and all of them between margins."""
    parts = [chunk.data if chunk.data.endswith(b"\n") else chunk.data + b"\n" for chunk in chunks]
    return [len(part) for part in parts], b"".join((_MARGIN, *parts, _MARGIN))


def _rows(
    data: bytes, buffer: NDArray[np.uint8], no_text: Flags, bounds: Longs
) -> tuple[Rows, tuple[int, ...]]:
    """Give the lines, without empty ones and comments, and those that binary data stood in front of.

    ``bounds`` are where chunks end.
    """
    rows = Rows.of(int(np.count_nonzero(no_text)))
    words = no_text[: len(no_text) // _WORD * _WORD].view(np.uint64)
    count, comments, odd = _split(buffer, no_text, words, bounds, rows)
    rows = rows.some(slice(count))
    if comments:
        keep = buffer[rows.start] != HASH
        for row in np.flatnonzero(~keep).tolist():
            keep[row] = not _is_text(data[rows.start[row] : rows.end[row]])  # binary may look like a comment
        rows = rows.some(keep)
    rows.reason[:] = 0
    return rows, _skip_binary(data, buffer, no_text, rows) if odd else ()


@compiled
def _split(
    buffer: NDArray[np.uint8], no_text: Flags, words: NDArray[np.uint64], bounds: Longs, rows: Rows
) -> tuple[int, int, int]:
    """Find lines that are not empty.

    Parameters
    ----------
    buffer, no_text : (b,)
        Bytes, and which of them are control characters or no ASCII.
    words : (b // 8,) uint64
        The latter, eight at a time: most are 0.
    bounds : (c,) int64
        Where chunks end.
    rows : Rows
        Is filled.

    Returns
    -------
    count : int
        How many lines there are.
    comments : int
        How many of them begin as comments do.
    odd : int
        How many bytes are no text and end no line.
    """
    count, comments, odd, which, begin = 0, 0, 0, 0, MARGIN
    stop = len(buffer) - MARGIN
    for word in range(MARGIN // _WORD, len(words)):
        if words[word] == 0:
            continue
        for place in range(_WORD * word, min(_WORD * word + _WORD, stop)):
            if not no_text[place]:
                continue
            if buffer[place] != LF:
                odd += 1
                continue
            while begin >= bounds[which]:
                which += 1
            start, end, returns = _stripped(buffer, begin, place, rows, count)
            odd -= returns
            rows.chunk[count] = which
            comments += end > start and buffer[start] == HASH
            count += end > start
            begin = place + 1
    return count, comments, odd


@lean
def _stripped(buffer: NDArray[np.uint8], start: int, end: int, rows: Rows, row: int) -> tuple[int, int, int]:
    """Take carriage returns off the end of a line (some loggers write two), and spaces off both ends.

    Gives the line's begin and end, and how many carriage returns were taken off.
    """
    whole = end
    for _ in range(_MOST_RETURNS):
        end -= end > start and buffer[end - 1] == CR
    returns = whole - end
    while end > start and buffer[end - 1] == SPACE:
        end -= 1
    for _ in range(_MOST_SPACES):
        start += end > start and buffer[start] == SPACE
    rows.start[row], rows.end[row] = start, end
    return start, end, returns


def _skip_binary(data: bytes, buffer: NDArray[np.uint8], no_text: Flags, rows: Rows) -> tuple[int, ...]:
    """Find sentences behind binary data (UBX, RTCM) in the same line; mark other bytes that are no text."""
    if not len(rows.start):
        return ()
    where = np.flatnonzero(no_text)
    where = where[buffer[where] != LF]
    line = np.searchsorted(rows.start, where, side="right") - 1
    inside = (line >= 0) & (where < rows.end[np.maximum(line, 0)])
    binary = []
    for row in np.unique(line[inside]).tolist():
        begin, stop = int(rows.start[row]), int(rows.end[row])
        tagged = data[begin] == BACKSLASH and data.find(b"\\{", begin, begin + LONGEST_TAG) > 0
        if (tagged or data[begin] == BRACE) and _is_text(data[begin:stop]):
            continue  # a JSON object, which may have any letters
        tail = begin_of_sentence(data, begin, stop)
        if tail > begin and not no_text[tail:stop].any():
            rows.start[row] = tail
            binary.append(row)
        else:
            rows.reason[row] = _NO_TEXT
    return tuple(binary)


def _is_text(line: bytes) -> bool:
    """Tell whether a line is UTF-8 without control characters."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter == "\t" for letter in text)


@compiled
def _sort_out(buffer: NDArray[np.uint8], rows: Rows) -> bool:
    """Tell what lines look like; give whether any has a TAG block."""
    any_tagged = False
    for k in range(len(rows.start)):
        first, size = buffer[rows.start[k]], rows.end[k] - rows.start[k]
        brace, tag = first == BRACE, first == BACKSLASH  # a JSON object may stand behind a TAG block
        if size > MAX_LINE_BYTES and not (brace or tag):
            rows.reason[k] = _TOO_LONG
        elif size > MAX_JSON_BYTES:
            rows.reason[k] = _JSON_TOO_LONG
        taken = rows.reason[k] == 0
        rows.sentence[k] = first in (DOLLAR, BANG)
        rows.json[k], rows.tagged[k] = brace and taken, tag and taken
        rows.body[k], rows.device[k] = rows.start[k], -1
        any_tagged = any_tagged or rows.tagged[k]
    return any_tagged


def _rule(buffer: NDArray[np.uint8], rows: Rows) -> None:
    """Mark lines that stand in no form, and those with a second sentence in them; in place."""
    count, banged = _refuse(buffer, rows)
    signs = buffer == DOLLAR
    if np.count_nonzero(signs) <= count and not banged:
        return
    dollars, body, sentence = np.flatnonzero(signs), rows.body, rows.sentence
    for _ in range(3):  # some loggers double the sign
        body += sentence & (buffer[body] == DOLLAR) & (buffer[body + 1] == DOLLAR)
    second = np.searchsorted(dollars, rows.end) > np.searchsorted(dollars, body + 1)
    doubled = sentence & second
    rows.reason[doubled] = _DOUBLED
    sentence[doubled] = False


@compiled
def _refuse(buffer: NDArray[np.uint8], rows: Rows) -> tuple[int, bool]:
    """Refuse lines by form and size; count the sentences, and tell whether any has no dollar in front."""
    count, banged = 0, False
    for k in range(len(rows.start)):
        if rows.reason[k] == 0:
            if not rows.sentence[k] and not rows.json[k]:
                rows.reason[k] = _NEITHER
            elif rows.sentence[k] and rows.end[k] - rows.start[k] > MAX_LINE_BYTES:
                rows.reason[k] = _TOO_LONG
        rows.sentence[k] = rows.sentence[k] and rows.reason[k] == 0
        count += rows.sentence[k]
        banged = banged or (rows.sentence[k] and buffer[rows.body[k]] == BANG)
    return count, banged
