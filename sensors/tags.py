"""Who sent a line: NMEA 4.10 TAG blocks, and the device that a source stands for."""

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.lines import BACKSLASH, BANG, BRACE, DOLLAR, LF, MAX_NAME_BYTES, Rows, reason
from twin.compiled import compiled, lean
from twin.inputs import RawChunk
from twin.tables import Ints, Longs

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


_NO_NAME, _BAD_NAME, _BAD_CHECKSUM, _UNKNOWN, _AGAIN = -1, -2, -3, -4, -5
_MOST_SEEN, _SLOTS, _PROBES = 8192, 1 << 14, 16
_LONGEST_SEEN = 48
_HASH_BITS, _SLOT_BITS = 30, 14
_FACTOR = 2_654_435_761  # Knuth, The Art of Computer Programming, volume 3, section 6.4


class _Table(NamedTuple):
    """TAG blocks by their hash: the entry in each slot, and of entries text, size and what it names."""

    entry: Ints
    text: NDArray[np.uint8]
    size: Ints
    place: Ints


class Tags:
    """What TAG blocks name: the same come ten times a second.

    Notes
    -----
    What is found does not hang on what was learnt, only how fast. A tag's checksum is a part of it.
    """

    def __init__(self) -> None:
        self._named: dict[bytes, str | int] = {}
        self.forget()

    def forget(self) -> None:
        """Forget all: devices have new places."""
        self.table = _Table(
            np.full(_SLOTS, -1, np.int32), np.zeros((_MOST_SEEN, _LONGEST_SEEN), np.uint8),
            np.zeros(_MOST_SEEN, np.int32), np.zeros(_MOST_SEEN, np.int32),
        )  # fmt: skip
        self._count = 0

    def named(self, tag: bytes) -> str | int:
        """Give what :func:`name_in_tag` gives: those of devices that are renamed are asked for again."""
        name = self._named.get(tag)
        if name is None:
            name = name_in_tag(tag)
            if len(self._named) == _MOST_SEEN:
                self._named.clear()
            if len(tag) <= _LONGEST_SEEN:
                self._named[tag] = name
        return name

    def learn(self, tag: bytes, place: int) -> None:
        """Remember the place of the device that a whole TAG block names, or a code of one that names none."""
        if len(tag) > _LONGEST_SEEN:
            return
        if self._count == _MOST_SEEN:
            self.forget()
        table, entry = self.table, self._count
        table.text[entry, : len(tag)] = np.frombuffer(tag, np.uint8)
        slot = int(_slot_of(table.text[entry], 0, len(tag)))
        for probe in range(slot, slot + _PROBES):
            if table.entry[probe % _SLOTS] < 0:
                table.entry[probe % _SLOTS], table.size[entry], table.place[entry] = entry, len(tag), place
                self._count += 1
                return


@lean
def _slot_of(buffer: NDArray[np.uint8], begin: int, end: int) -> int:
    mixed = 0
    for at in range(begin, end):
        mixed = ((mixed ^ int(buffer[at])) * _FACTOR) & ((1 << _HASH_BITS) - 1)
    return mixed >> (_HASH_BITS - _SLOT_BITS)


@lean
def _looked_up(buffer: NDArray[np.uint8], begin: int, end: int, table: _Table) -> int:
    """Give what is known of a tag, else ``_UNKNOWN``."""
    if end - begin > _LONGEST_SEEN:
        return _UNKNOWN
    slot = _slot_of(buffer, begin, end)
    for probe in range(slot, slot + _PROBES):
        entry = table.entry[probe % _SLOTS]
        if entry < 0:
            return _UNKNOWN
        if table.size[entry] == end - begin:
            at = 0
            while at < end - begin and buffer[begin + at] == table.text[entry, at]:
                at += 1
            if at == end - begin:
                return int(table.place[entry])
    return _UNKNOWN


def read_tags(data: bytes, buffer: NDArray[np.uint8], rows: Rows, index: dict[str, int], tags: Tags) -> None:
    """Read the TAG blocks of lines into their columns; devices that are new come into ``index``, in place."""
    close, place = np.empty(len(rows.start), np.int64), np.empty(len(rows.start), np.int32)
    if _find(buffer, rows, tags.table, close, place):
        known = len(index)
        seen: dict[bytes, int] = {}
        asked = np.flatnonzero(rows.tagged & (place == _UNKNOWN))
        bounds = zip(rows.start[asked].tolist(), close[asked].tolist(), strict=True)
        for k, (begin, end) in zip(asked.tolist(), bounds, strict=True):
            tag = data[begin : end + 1]
            if tag not in seen:
                name = tags.named(tag)
                seen[tag] = index.setdefault(name, len(index)) if isinstance(name, str) else name
                if seen[tag] < known:  # else its place may yet be another
                    tags.learn(tag, seen[tag])
            place[k] = seen[tag]
    _take(buffer, rows, close, place)


@compiled
def _find(buffer: NDArray[np.uint8], rows: Rows, table: _Table, close: Longs, place: Ints) -> bool:
    """Find where TAG blocks end and what they name; give whether any is not known.

    Of one that is equal to the one before it ``place`` says so.
    """
    before, size, unknown = 0, 0, False
    for k in range(len(rows.start)):
        if not rows.tagged[k]:
            continue
        begin, end = rows.start[k], rows.end[k]
        at, shift, same = begin + 1, begin - before, True
        while at < end and buffer[at] != BACKSLASH:
            same = same and buffer[at] == buffer[at - shift]
            at += 1
        close[k] = at
        if at == end:
            place[k], size = _NO_NAME, 0
            continue
        if same and at - begin == size:
            place[k] = _AGAIN
        else:
            place[k] = _looked_up(buffer, begin, at + 1, table)
            unknown = unknown or place[k] == _UNKNOWN
        before, size = begin, at - begin
    return unknown


@compiled
def _take(buffer: NDArray[np.uint8], rows: Rows, close: Longs, place: Ints) -> None:
    """Tell what stands behind TAG blocks, and whose it is."""
    device = _NO_NAME
    for k in range(len(rows.start)):
        if not rows.tagged[k]:
            continue
        device = place[k] if place[k] != _AGAIN else device
        body, end = close[k] + 1, rows.end[k]
        first = buffer[body] if body < end else LF
        if close[k] == end:
            rows.reason[k] = _OPEN
        elif device == _BAD_CHECKSUM:
            rows.reason[k] = _CHECKSUM
        elif first not in (DOLLAR, BANG, BRACE):
            rows.reason[k] = _ALONE
        else:
            rows.body[k], rows.device[k] = body, max(device, _NO_NAME)
            rows.sentence[k] = first != BRACE
            rows.json[k] = first == BRACE and device != _BAD_NAME
            if device == _BAD_NAME:
                rows.reason[k] = _NAME


def name_untold(
    rows: Rows, chunks: Sequence[RawChunk], devices: Mapping[str, str], index: dict[str, int]
) -> None:
    """Give sentences without a TAG block the device of their source, in place."""
    places = np.full(len(chunks), -1, np.int32)
    if not _untold(rows, places):
        return
    for which in np.flatnonzero(places == _UNKNOWN).tolist():
        source = chunks[which].source
        places[which] = index.setdefault(cut_name(devices.get(source, source)), len(index))
    _tell(rows, places)


@compiled
def _untold(rows: Rows, places: Ints) -> bool:
    """Mark the chunks whose device is asked for."""
    found = False
    for k in range(len(rows.start)):
        if rows.sentence[k] and rows.device[k] < 0:
            found, places[rows.chunk[k]] = True, _UNKNOWN
    return found


@compiled
def _tell(rows: Rows, places: Ints) -> None:
    for k in range(len(rows.start)):
        if rows.sentence[k] and rows.device[k] < 0:
            rows.device[k] = places[rows.chunk[k]]


def cut_name(name: str) -> str:
    """Give a device name that fits: ASCII, at most 16 characters, never empty."""
    text = name.encode("ascii", "replace")[:MAX_NAME_BYTES].decode("ascii")
    return text or "unnamed"


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
