"""Which lines are valid sentences of the types that are read, and where their fields are."""

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.lines import COMMA, DOLLAR, STAR, Lines, reason
from sensors.numbers import byte_at
from sensors.tags import HEX
from sensors.types import GGA, KSXT, SENTENCES
from twin.compiled import lean
from twin.tables import Bytes, Longs

_NO_CHECKSUM = reason("no checksum at the end")
WRONG_CHECKSUM = reason("wrong checksum")
TOO_FEW = reason("too few fields")


class Types(NamedTuple):
    """The types by their codes: their letters as bytes of a word, and their fewest commas."""

    word: Longs
    commas: Longs


def _types() -> Types:
    entries = sorted(SENTENCES.items(), key=lambda item: item[1].code)
    words = [int.from_bytes(name.encode(), "little") for name, _ in entries]
    words[KSXT] = 0  # stands alone, behind no talker
    return Types(np.array(words), np.array([entry.commas for _, entry in entries]))


TYPES = _types()
MOST_COMMAS = 1 + max(
    max(*entry.numbers.values(), entry.commas - 1, entry.date, entry.position + 3)
    for entry in SENTENCES.values()
)
"""So many commas of a sentence are looked for."""

NOT_READ = -1
SHORT_TAIL, LONG_TAIL = 3, 9
"""Bytes of the checksum with the star before it: two digits, or the eight of a CRC-32."""


@lean
def scan(buffer: NDArray[np.uint8], begin: int, end: int, commas: Longs) -> tuple[int, int]:
    """Find the first commas of a sentence; give how many it has, and its checksum.

    Behind the last one ``commas`` is filled with the place of the checksum; its last place is no comma's.
    """
    most, count, total = len(commas) - 1, 0, 0
    for place in range(begin, end):
        byte = byte_at(buffer, place)
        total ^= byte
        if byte == COMMA:
            if count < most:
                commas[np.uint64(count)] = place
            count += 1
    for rest in range(min(count, most), most):
        commas[rest] = end
    return count, total


@lean
def is_right(buffer: NDArray[np.uint8], begin: int, star: int, total: int) -> bool:
    """Tell whether the two digits behind the star are the checksum."""
    if star < begin or byte_at(buffer, star) != STAR:
        return False
    high, low = byte_at(HEX, byte_at(buffer, star + 1)), byte_at(HEX, byte_at(buffer, star + 2))
    return low < 16 and total == high * 16 + low


_G, _N, _P, _A, _Z = b"GNPAZ"
_K, _S, _X, _T = b"KSXT"


@lean
def kind_of(buffer: NDArray[np.uint8], begin: int, types: Types) -> int:
    """Tell the type of a sentence by its address; ``NOT_READ`` where it is not read."""
    if byte_at(buffer, begin - 1) != DOLLAR:
        return NOT_READ
    one, two = byte_at(buffer, begin), byte_at(buffer, begin + 1)
    fourth, fifth = byte_at(buffer, begin + 5), byte_at(buffer, begin + 6)
    if one == _K and two == _S and byte_at(buffer, begin + 2) == _X and byte_at(buffer, begin + 3) == _T:
        return KSXT if byte_at(buffer, begin + 4) == COMMA else NOT_READ
    if one == _P or one < _A or one > _Z or two < _A or two > _Z:  # a maker's own has a P in front
        return NOT_READ
    word = (byte_at(buffer, begin + 4) * 256 + byte_at(buffer, begin + 3)) * 256 + byte_at(buffer, begin + 2)
    if fourth not in (COMMA, STAR):
        if fifth not in (COMMA, STAR):
            return NOT_READ
        word += fourth * 2**24
    for kind in range(len(types.word)):
        if types.word[kind] == word:
            return kind
    return NOT_READ


@lean
def rank_of(buffer: NDArray[np.uint8], begin: int, kind: int) -> int:
    """Give how much the position of a sentence counts."""
    if kind not in (GGA, KSXT):
        return 0
    return 2 if kind == GGA and byte_at(buffer, begin) == _G and byte_at(buffer, begin + 1) == _N else 1


def look_again(lines: Lines, codes: Bytes) -> Bytes:
    """Look at sentences whose checksum is not two right digits: a KSXT may have eight, in place.

    Parameters
    ----------
    lines : Lines
    codes : (n,) int8
        Of each line; ``WRONG_CHECKSUM`` where it is to be looked at. Is changed: 0 where it is right.

    Returns
    -------
    (n,) int8
        How long the checksum of each is; 0 where there is none that is right.
    """
    tail = np.full(len(lines), SHORT_TAIL, np.int8)
    for k in np.flatnonzero(codes == WRONG_CHECKSUM).tolist():
        begin, end = int(lines.body[k]) + 1, int(lines.end[k])
        star = end - LONG_TAIL
        tail[k] = 0
        if end - SHORT_TAIL >= begin and lines.buffer[end - SHORT_TAIL] == STAR:
            continue
        codes[k] = _NO_CHECKSUM
        if star <= begin or lines.buffer[star] != STAR or not lines.data.startswith(b"KSXT", begin):
            continue
        codes[k] = WRONG_CHECKSUM
        if crc_ok(lines.data[begin:star], lines.data[star + 1 : end]):
            codes[k], tail[k] = 0, LONG_TAIL
    return tail


def crc_ok(body: bytes, digits: bytes) -> bool:
    """Tell whether eight hexadecimal digits are the CRC-32 of a sentence.

    Notes
    -----
    As Unicore and NovAtel compute it: the polynomial of zlib, begun with 0 and not inverted at the end.
    """
    if not (HEX[np.frombuffer(digits, np.uint8)] < 16).all():
        return False
    return (zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF) == int(digits, 16)
