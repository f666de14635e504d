"""Which lines are valid sentences of the types that are read, and where their fields are."""

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.lines import COMMA, DOLLAR, STAR, Lines, reason
from sensors.tags import HEX
from sensors.types import GGA, KSXT, SENTENCES
from twin.compiled import compiled, lean
from twin.tables import Bytes, Flags, Ints, Longs

_NO_CHECKSUM = reason("no checksum at the end")
_WRONG_CHECKSUM = reason("wrong checksum")
_TOO_FEW = reason("too few fields")

_CRC_DIGITS = 8


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """Sentences of the types that are read, in the order of their lines.

    Attributes
    ----------
    line : (n,) int64
        Row of the line.
    kind, rank : (n,) int8
        Code of the type; 2 a GGA of talker GN, 1 another position, 0 the others.
    commas : (n, most) int32
        Places of the first commas of each; behind the last one, the place of the checksum.
    """

    line: Longs
    kind: Bytes
    rank: Bytes
    commas: Ints


class _Types(NamedTuple):
    """The types by their codes: their letters as bytes of a word, and their fewest commas."""

    word: Longs
    commas: Longs


def _types() -> _Types:
    entries = sorted(SENTENCES.items(), key=lambda item: item[1].code)
    words = [int.from_bytes(name.encode(), "little") for name, _ in entries]
    words[KSXT] = 0  # stands alone, behind no talker
    return _Types(np.array(words), np.array([entry.commas for _, entry in entries]))


_TYPES = _types()
_MOST_COMMAS = 1 + max(
    max(*entry.numbers.values(), entry.commas - 1, entry.date, entry.position + 3)
    for entry in SENTENCES.values()
)


class _Scanned(NamedTuple):
    """What a scan of sentences finds, a row each; see :class:`Found`."""

    commas: Ints
    kind: Bytes
    rank: Bytes
    right: Flags

    @staticmethod
    def of(n: int) -> "_Scanned":
        small = np.empty((2, n), np.int8)
        return _Scanned(np.empty((n, _MOST_COMMAS), np.int32), small[0], small[1], np.empty(n, np.bool_))


def find(lines: Lines) -> tuple[Found, Bytes]:
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
    first, star = lines.body[rows] + 1, lines.end[rows] - 3
    found = _Scanned.of(len(rows))
    _scan(lines.buffer, first, star, _TYPES, found)
    if not found.right.all():
        _look_again(lines, rows, first, found, codes)
    kept = found.right & (found.kind >= 0)
    if kept.all():
        return Found(rows, found.kind, found.rank, found.commas), codes
    codes[rows[found.right & (found.kind == _SHORT)]] = _TOO_FEW
    return Found(rows[kept], found.kind[kept], found.rank[kept], found.commas[kept]), codes


_NOT_READ, _SHORT = -1, -2


@compiled
def _scan(buffer: NDArray[np.uint8], first: Longs, star: Longs, types: _Types, found: _Scanned) -> None:
    """Find the first commas of sentences, and whether their checksums are right; tell their types.

    Where a sentence has no more commas its row is filled with the place of the checksum.
    """
    most = found.commas.shape[1]
    for k in range(len(first)):
        begin, end = first[k], star[k]
        count, total = 0, 0
        for place in range(begin, end):
            byte = buffer[place]
            total ^= byte
            if byte == COMMA:
                if count < most:
                    found.commas[k, count] = place
                count += 1
        for rest in range(count, most):
            found.commas[k, rest] = end
        high, low = int(HEX[buffer[end + 1]]), int(HEX[buffer[end + 2]])
        found.right[k] = end >= begin and buffer[end] == STAR and low < 16 and total == high * 16 + low
        kind = _kind(buffer, begin, types)
        found.kind[k] = _SHORT if kind >= 0 and count < types.commas[kind] else kind
        found.rank[k] = 0
        if kind in (GGA, KSXT):
            found.rank[k] = 2 if kind == GGA and buffer[begin] == _G and buffer[begin + 1] == _N else 1


_G, _N, _P, _A, _Z = b"GNPAZ"
_K, _S, _X, _T = b"KSXT"


@lean
def _kind(buffer: NDArray[np.uint8], begin: int, types: _Types) -> int:
    """Tell the type of a sentence by its address; ``_NOT_READ`` where it is not read."""
    if buffer[begin - 1] != DOLLAR:
        return _NOT_READ
    one, two, fourth, fifth = buffer[begin], buffer[begin + 1], buffer[begin + 5], buffer[begin + 6]
    if one == _K and two == _S and buffer[begin + 2] == _X and buffer[begin + 3] == _T:
        return KSXT if buffer[begin + 4] == COMMA else _NOT_READ
    if one == _P or one < _A or one > _Z or two < _A or two > _Z:  # a maker's own has a P in front
        return _NOT_READ
    word = (int(buffer[begin + 4]) * 256 + int(buffer[begin + 3])) * 256 + int(buffer[begin + 2])
    if fourth not in (COMMA, STAR):
        if fifth not in (COMMA, STAR):
            return _NOT_READ
        word += int(fourth) * 2**24
    for kind in range(len(types.word)):
        if types.word[kind] == word:
            return kind
    return _NOT_READ


def _look_again(lines: Lines, rows: Longs, first: Longs, found: _Scanned, codes: Bytes) -> None:
    """Look at sentences whose checksum is not two right digits: a KSXT may have eight, in place."""
    odd = np.flatnonzero(~found.right)
    longer = []
    for k in odd.tolist():
        begin, end = int(first[k]), int(lines.end[rows[k]])
        star = end - _CRC_DIGITS - 1
        codes[rows[k]] = _WRONG_CHECKSUM
        if end - 3 >= begin and lines.buffer[end - 3] == STAR:
            continue
        if star <= begin or lines.buffer[star] != STAR or not lines.data.startswith(b"KSXT", begin):
            codes[rows[k]] = _NO_CHECKSUM
        elif crc_ok(lines.data[begin:star], lines.data[star + 1 : end]):
            codes[rows[k]] = 0
            longer.append(k)
    if longer:
        again = _Scanned.of(len(longer))
        _scan(lines.buffer, first[longer], lines.end[rows[longer]] - _CRC_DIGITS - 1, _TYPES, again)
        found.commas[longer], found.kind[longer], found.rank[longer] = again.commas, again.kind, again.rank
        found.right[longer] = True


def crc_ok(body: bytes, digits: bytes) -> bool:
    """Tell whether eight hexadecimal digits are the CRC-32 of a sentence.

    Notes
    -----
    As Unicore and NovAtel compute it: the polynomial of zlib, begun with 0 and not inverted at the end.
    """
    if not (HEX[np.frombuffer(digits, np.uint8)] < 16).all():
        return False
    return (zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF) == int(digits, 16)
