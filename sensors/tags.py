"""Who sent a line: NMEA 4.10 TAG blocks, and the device that a source stands for."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.lines import BACKSLASH, BANG, BRACE, DOLLAR, MAX_NAME_BYTES, Lines, reason
from twin.compiled import compiled
from twin.inputs import RawChunk
from twin.tables import Flags, Ints, Longs

_OPEN = reason("TAG block without an end")
_CHECKSUM = reason("TAG block: wrong checksum")
_ALONE = reason("TAG block: no sentence behind it")
_NAME = reason("device name: expected 1 to 16 printable characters")

# 0-15 for a hexadecimal digit, 255 for anything else.
HEX = np.full(256, 255, np.uint8)
for _value, _digit in enumerate(b"0123456789ABCDEF"):
    HEX[_digit] = _value
for _value, _digit in enumerate(b"abcdef", 10):
    HEX[_digit] = _value

Known = Sequence[str] | dict[str, int]
"""Devices in their order, or each with its place."""


def name_devices(
    lines: Lines, chunks: Sequence[RawChunk], devices: Mapping[str, str], known: Known, tagged: Flags
) -> Lines:
    """Fill in the device of each sentence, from its TAG block (``tagged``) or its source."""
    index = dict(known) if isinstance(known, dict) else {name: row for row, name in enumerate(known)}
    columns = lines.editable("reason", "sentence", "json", "body", "device")
    rows = np.flatnonzero(tagged)
    if rows.size:
        _read_tags(lines, rows, index, columns)
    untold = columns["sentence"] & (columns["device"] < 0)
    if untold.any():
        places = _places_of(chunks, lines.chunk[untold], devices, index)
        columns["device"][untold] = places[lines.chunk[untold]]
    return lines.with_columns(**columns, devices=tuple(index))


def _places_of(
    chunks: Sequence[RawChunk], used: Ints, devices: Mapping[str, str], index: dict[str, int]
) -> Ints:
    """Give the device of each chunk's source; those of chunks not ``used`` are not looked up."""
    places = np.full(len(chunks), -1, np.int32)
    for which in np.flatnonzero(np.bincount(used)).tolist():
        source = chunks[which].source
        places[which] = index.setdefault(cut_name(devices.get(source, source)), len(index))
    return places


def cut_name(name: str) -> str:
    """Give a device name that fits: ASCII, at most 16 characters, never empty."""
    text = name.encode("ascii", "replace")[:MAX_NAME_BYTES].decode("ascii")
    return text or "unnamed"


def _read_tags(lines: Lines, rows: Longs, index: dict[str, int], columns: dict[str, NDArray[Any]]) -> None:
    """Read the TAG blocks of ``rows`` into ``columns``, in place."""
    codes, buffer = columns["reason"], lines.buffer
    start, end = lines.start[rows], lines.end[rows]
    close, changed = np.empty(len(rows), np.int64), np.empty(len(rows), np.bool_)
    _close(buffer, start, end, close, changed)
    closed = close < end
    body = np.where(closed, close + 1, end)
    first = buffer[np.minimum(body, end)]
    json = (first == BRACE) & (body < end)
    followed = ((first == DOLLAR) | (first == BANG)) & (body < end) | json
    codes[rows[~closed]] = _OPEN
    # A tag that is equal to the one before it has been looked up.
    found = np.array(_looked_up(lines.data, start[changed], body[changed], index), np.int32)
    device = found[np.cumsum(changed) - 1]
    codes[rows[closed & (device == _BAD_CHECKSUM)]] = _CHECKSUM
    codes[rows[closed & (device != _BAD_CHECKSUM) & ~followed]] = _ALONE
    taken = closed & followed & (device != _BAD_CHECKSUM)
    columns["body"][rows[taken]] = body[taken]
    named = device != _BAD_NAME
    columns["sentence"][rows[taken & ~json]] = True
    columns["json"][rows[taken & json & named]] = True
    codes[rows[taken & ~named]] = _NAME
    columns["device"][rows[taken]] = np.maximum(device[taken], -1)


_NO_NAME, _BAD_NAME, _BAD_CHECKSUM = -1, -2, -3


@compiled
def _close(buffer: NDArray[np.uint8], start: Longs, end: Longs, close: Longs, changed: Flags) -> None:
    """Find where TAG blocks end, ``end`` where they do not, and which differ from the one before."""
    size = 0
    for k in range(len(start)):
        place, shift = start[k] + 1, start[k] - start[k - 1]
        same = k > 0
        while place < end[k] and buffer[place] != BACKSLASH:
            same = same and buffer[place] == buffer[place - shift]
            place += 1
        close[k] = place
        changed[k] = not same or place - start[k] != size or place == end[k]
        size = place - start[k] if place < end[k] else -1


def _looked_up(data: bytes, start: Longs, end: Longs, index: dict[str, int]) -> list[int]:
    """Give the device of each tag; a negative code where it names none."""
    tags = [data[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    names = [_SEEN.get(tag) for tag in tags]
    if None in names:
        if len(_SEEN) > _MOST_SEEN:
            _SEEN.clear()
        _SEEN.update((tag, name_in_tag(tag)) for tag, name in zip(tags, names, strict=True) if name is None)
        names = [_SEEN[tag] for tag in tags]
    try:
        return [index[name] for name in names]  # type: ignore[index]
    except KeyError:  # a device that is new, or a tag that names none
        return [index.setdefault(name, len(index)) if isinstance(name, str) else name or 0 for name in names]


_SEEN: dict[bytes, str | int] = {}
"""What tags name: the same come ten times a second. A tag's checksum is a part of it."""

_MOST_SEEN = 8192


def name_in_tag(tag: bytes) -> str | int:
    r"""Give the device that a whole TAG block (``\...*hh\``) names, else a negative code."""
    body, star, given = tag[1:-1].rpartition(b"*")
    if not star or len(given) != 2 or not _is_hex(given) or int(given, 16) != functools.reduce(_xor, body, 0):
        return _BAD_CHECKSUM
    for field in body.split(b","):
        if field.startswith(b"s:"):
            name = field[2:]
            return name.decode("ascii") if 1 <= len(name) <= MAX_NAME_BYTES else _BAD_NAME
    return _NO_NAME


def _is_hex(digits: bytes) -> bool:
    return bool((HEX[np.frombuffer(digits, np.uint8)] < 16).all())


def _xor(a: int, b: int) -> int:
    return a ^ b
