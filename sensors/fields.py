"""Which lines are valid sentences of the types that are read, and where their fields are."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.lines import COMMA, DOLLAR, STAR, Lines, reason
from sensors.tags import HEX, checksum_ok
from sensors.types import GGA, KSXT, SENTENCES
from sensors.words import Text, Words
from twin.compiled import compiled
from twin.tables import Bytes, Flags, Ints, Longs

_NO_CHECKSUM = reason("no checksum at the end")
_WRONG_CHECKSUM = reason("wrong checksum")
_TOO_FEW = reason("too few fields")

_CRC_DIGITS = 8
_NAMES = tuple(SENTENCES)


@dataclass(frozen=True, eq=False, slots=True)
class Fields:
    """Where the fields of the sentences of one type are.

    Attributes
    ----------
    name : str
        The type.
    rows : (k,) int64
        The sentences, as rows of :class:`Found`.
    commas : (f, k) int32
        Places of their first commas; of the last field, the place of the checksum.
    """

    name: str
    rows: Longs
    commas: Ints

    def span(self, number: int) -> tuple[Longs, Longs]:
        """Give where field ``number`` starts and ends."""
        return self.commas[number - 1].astype(np.int64) + 1, self.commas[number].astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """Sentences of the types that are read, in the order of their lines.

    Attributes
    ----------
    line : (n,) int64
        Row of the line.
    kind, rank : (n,) int8
        Code of the type; 2 a GGA of talker GN, 1 another position, 0 the others.
    fields : tuple of Fields
        One for each type that occurs.
    """

    line: Longs
    kind: Bytes
    rank: Bytes
    fields: tuple[Fields, ...]


def find(lines: Lines, text: Text) -> tuple[Found, Bytes]:
    """Check every sentence and find the fields of those whose type is read.

    Returns
    -------
    Found
        With a right checksum and enough fields.
    (n,) int8
        Reason of every line; 0 where there is nothing against it.
    """
    codes = lines.reason.copy()
    rows = np.flatnonzero(lines.sentence)
    rows, first, star, commas = _checked(lines, text, rows, codes)
    kind, rank = _kinds(text.at(first), lines.buffer[first - 1])
    # By type, so that each type's sentences stand together; the sort is stable and linear.
    order = np.argsort(kind, kind="stable")
    count = np.bincount(kind + 1, minlength=len(_NAMES) + 1)
    order, edges = order[count[0] :], np.cumsum(count[1:]).tolist()
    parts, begin = [], 0
    for name, stop in zip(_NAMES, edges, strict=True):
        if stop > begin:
            chosen = order[begin:stop]
            parts.append(_fields(name, chosen, commas, star, rows, codes))
        begin = stop
    kept = kind >= 0
    if np.any(short := codes[rows] == _TOO_FEW):
        kept &= ~short
    if not kept.all():
        place = np.cumsum(kept) - 1
        parts = [Fields(part.name, place[part.rows], part.commas) for part in parts]
        rows, kind, rank = rows[kept], kind[kept], rank[kept]
    return Found(rows, kind, rank, tuple(part for part in parts if len(part.rows))), codes


def _last_field(name: str) -> int:
    entry = SENTENCES[name]
    numbers = [*entry.numbers.values(), entry.time, entry.position and entry.position + 3]
    return max(*numbers, entry.commas - 1)


_WIDTH = {name: _last_field(name) + 1 for name in SENTENCES}
_MOST_FIELDS = max(_WIDTH.values())


def _scanned(lines: Lines, first: Longs, star: Longs) -> tuple[Ints, NDArray[np.uint8]]:
    """Give the places of the first commas, (n, ``_MOST_FIELDS``), and the sum of each sentence, (n,)."""
    commas, sums = np.empty((len(first), _MOST_FIELDS), np.int32), np.empty(len(first), np.uint8)
    _scan(lines.buffer, first, star, commas, sums)
    return commas, sums


@compiled
def _scan(
    buffer: NDArray[np.uint8], first: Longs, star: Longs, commas: Ints, sums: NDArray[np.uint8]
) -> None:
    """Find the first commas of sentences, and the exclusive or of their bytes.

    Where a sentence has no more commas its row is filled with the place of the checksum.
    """
    most = commas.shape[1]
    for i in range(len(first)):
        found, total = 0, 0
        for place in range(first[i], star[i]):
            byte = buffer[place]
            total ^= byte
            if byte == COMMA:
                if found < most:
                    commas[i, found] = place
                found += 1
        sums[i] = total
        for rest in range(found, most):
            commas[i, rest] = star[i]


def _fields(name: str, chosen: Longs, commas: Ints, star: Longs, rows: Longs, codes: Bytes) -> Fields:
    """Find the fields of the sentences of one type; give a reason to those that have too few."""
    found = np.ascontiguousarray(commas[chosen, : _WIDTH[name]].T)
    ends = star[chosen].astype(np.int32)
    enough = found[SENTENCES[name].commas - 1] < ends
    if not enough.all():
        codes[rows[chosen[~enough]]] = _TOO_FEW
        chosen, found = chosen[enough], np.ascontiguousarray(found[:, enough])
    return Fields(name, chosen, found)


# The checksum as it is written: a star and two capital digits in the lowest bytes of a word.
_WRITTEN = np.array(
    [STAR | ord(f"{value:02X}"[0]) << 8 | ord(f"{value:02X}"[1]) << 16 for value in range(256)], np.uint32
)
_THREE_BYTES = np.uint32(0xFFFFFF)


def _checked(lines: Lines, text: Text, rows: Longs, codes: Bytes) -> tuple[Longs, Longs, Longs, Ints]:
    """Give the sentences whose checksum is right, where each begins, its checksum begins, its commas are."""
    first, star = lines.body[rows] + 1, lines.end[rows] - 3
    commas, sums = _scanned(lines, first, star)
    tail = text.halves(star) & _THREE_BYTES
    good = tail == _WRITTEN[sums]
    good &= star >= first
    if good.all():
        return rows, first, star, commas
    odd = np.flatnonzero(~good)
    for row in odd.tolist():
        good[row], star[row], codes[rows[row]] = _looked_at(lines, int(rows[row]))
    commas[odd], _ = _scanned(lines, first[odd], star[odd])
    return rows[good], first[good], star[good], commas[good]


def _looked_at(lines: Lines, row: int) -> tuple[bool, int, int]:
    """Check one checksum that is not written as it should be: whether it holds, its place, a reason."""
    first, end = int(lines.body[row]) + 1, int(lines.end[row])
    star = end - 3
    if star >= first and lines.buffer[star] == STAR:
        place = np.array([first]), np.array([star])
        good = bool(checksum_ok(lines.buffer, *place)[0])
    else:
        star = end - _CRC_DIGITS - 1
        if star <= first or lines.buffer[star] != STAR or not lines.data.startswith(b"KSXT", first):
            return False, end, _NO_CHECKSUM
        good = crc_ok(lines.data[first:star], lines.data[star + 1 : end])
    return good, star, 0 if good else _WRONG_CHECKSUM


def crc_ok(body: bytes, digits: bytes) -> bool:
    """Tell whether eight hexadecimal digits are the CRC-32 of a sentence.

    Notes
    -----
    As Unicore and NovAtel compute it: the polynomial of zlib, begun with 0 and not inverted at the end.
    """
    if not (HEX[np.frombuffer(digits, np.uint8)] < 16).all():
        return False
    return (zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF) == int(digits, 16)


def _word(name: str) -> int:
    return int.from_bytes(name.encode(), "little")


_S16, _S40, _S48, _BYTE = np.uint64(16), np.uint64(40), np.uint64(48), np.uint64(0xFF)
_THREE, _FOUR, _FIVE = np.uint64(2**24 - 1), np.uint64(2**32 - 1), np.uint64(2**40 - 1)
_TALKER, _CAPITALS, _COMBINED = np.uint64(0x6060), np.uint64(0x4040), np.uint64(_word("GN"))

_SLOTS = 61


def _table() -> tuple[NDArray[np.uint64], Bytes]:
    """Lay the names of three letters out so that each one's remainder is its place."""
    names = np.zeros(_SLOTS, np.uint64)
    codes = np.full(_SLOTS, -1, np.int8)
    for name, entry in SENTENCES.items():
        if len(name) == 3:
            place = _word(name) % _SLOTS
            if names[place]:
                raise ValueError(f"two sentence types at place {place}: choose another count of slots")
            names[place], codes[place] = _word(name), entry.code
    return names, codes


_TABLE_NAMES, _TABLE_CODES = _table()


def _kinds(address: Words, sign: NDArray[np.uint8]) -> tuple[Bytes, Bytes]:
    """Tell the type and the rank of sentences by their first eight bytes; -1 where it is not read."""
    name = (address >> _S16) & _THREE
    place = (name % np.uint64(_SLOTS)).astype(np.intp)
    talks = (address & _TALKER) == _CAPITALS
    talks &= (address & _BYTE) != ord("P")  # a maker's own
    talks &= sign == DOLLAR
    plain = _ends(address, _S40) & talks & (_TABLE_NAMES[place] == name)
    kind: Bytes = np.where(plain, _TABLE_CODES[place], np.int8(-1))
    other = np.flatnonzero(~plain)
    if other.size:
        rest = address[other]
        hosted = _ends(rest, _S48) & talks[other] & ((rest >> _S16) & _FOUR == _word("GGAH"))
        kind[other[hosted]] = SENTENCES["GGAH"].code
        kind[other[(rest & _FIVE == _word("KSXT,")) & (sign[other] == DOLLAR)]] = KSXT
    rank: Bytes = (kind == GGA).astype(np.int8)
    rank += (kind == GGA) & (address & np.uint64(0xFFFF) == _COMBINED)
    rank += kind == KSXT
    return kind, rank


def _ends(address: Words, shift: np.uint64) -> Flags:
    """Tell where the address ends at a byte: a comma or the checksum follows."""
    byte = (address >> shift) & _BYTE
    ended: Flags = (byte == COMMA) | (byte == STAR)
    return ended
