"""What sentences say, read sentence after sentence into columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.fields import (
    MOST_COMMAS,
    NOT_READ,
    SHORT_TAIL,
    TOO_FEW,
    WRONG_CHECKSUM,
    Types,
    is_right,
    kind_of,
    rank_of,
    scan,
)
from sensors.lines import reason
from sensors.numbers import BAD, EMPTY, POWERS, POWERS_FLOAT, byte_at, number, pair
from sensors.types import GGA, GGAH, GSA, KSXT, RMC, SENTENCES
from twin.compiled import lean
from twin.tables import Bytes, Flags, Floats, Longs

NO_TIME = -1
"""Time of day or date of a sentence that has none."""

MPS_PER_KNOT = 1852 / 3600
MPS_PER_KMH = 1 / 3.6

MOST_SEPARATION_M = 200
"""The geoid is nowhere further from the ellipsoid [m]: it is from -107 to 86 (EGM2008)."""
_RANGES: dict[str, tuple[float, float]] = {
    "longitude": (-180, 180),
    "latitude": (-90, 90),
    "quality": (0, 9),
    "satellites": (0, 99),
    "hdop": (0, 10_000),
    "altitude": (-1_000, 20_000),
    "separation": (-MOST_SEPARATION_M, MOST_SEPARATION_M),
    "speed": (0, 2_000),
    "speed_kmh": (0, 3_704),
    "course": (0, 360),
    "north": (0, 1e6),
    "east": (0, 1e6),
    "heading": (0, 360),
    "heading_quality": (0, 3),
}
"""Numbers, and the least and greatest value that each may have: a valid checksum is no validity."""

_NAMES = list(_RANGES)
(_LON, _LAT, _QUALITY, _SATELLITES, _HDOP, _ALTITUDE, _SEPARATION, _KNOTS, _KMH, _COURSE, _NORTH, _EAST,
 _HEADING, _HEADING_QUALITY) = range(len(_NAMES))  # fmt: skip
_VOID = np.array([_LON, _LAT, _ALTITUDE, _KNOTS, _KMH, _COURSE])

FLOATS = ("lon_deg", "lat_deg", "h_m", "hdop", "sigma_m", "speed_mps", "course_rad", "heading_rad")
"""The rows of :attr:`Columns.floats`."""

_KSXT_QUALITY = np.array([0.0, 1.0, 5.0, 4.0])
"""GGA quality of a KSXT's: none, single, float, fixed."""

_MALFORMED, _TIME, _DATE = (
    reason(text) for text in ("malformed number", "time out of range", "date out of range")
)
_HEMISPHERE, _VALUE = reason("hemisphere missing or unknown"), reason("value out of range")
_UNTIMED = reason("position without a time")
_NS_PER_S = 1_000_000_000
_RADIANS = np.pi / 180.0
_VALID, _ZERO = b"A0"
_SIDES, _PLUS, _MINUS = (_LAT, _LON), (ord("N"), ord("E")), (ord("S"), ord("W"))
_OUT_OF_RANGE = (reason("latitude out of range"), reason("longitude out of range"))
_CLOCK_DIGITS, _DATE_DIGITS, _KSXT_DATE_DIGITS = 6, 6, 8
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


_ENTRIES = sorted(SENTENCES.values(), key=lambda entry: entry.code)
_TIME_FIELD, _POSITION_FIELD, _DATE_FIELD = (
    np.array([getattr(entry, name) for entry in _ENTRIES]) for name in ("time", "position", "date")
)
_LEAST, _MOST = np.array(list(_RANGES.values()), np.float64).T.copy()


def _listed() -> tuple[Longs, Longs]:
    """Give the fields of each type that are plain numbers, and which number each is; -1 behind the last."""
    width = 1 + max(len(entry.numbers) for entry in _ENTRIES)
    field, column = np.full((2, len(_ENTRIES), width), -1, np.int64)
    for row, entry in enumerate(_ENTRIES):
        for place, (name, number_of) in enumerate(entry.numbers.items()):
            field[row, place], column[row, place] = number_of, _NAMES.index(name)
    return field, column


_FIELD, _COLUMN = _listed()


class Columns(NamedTuple):
    """What sentences say, a column a sentence.

    Attributes
    ----------
    floats : (len(FLOATS), n)
        NaN where a sentence does not say it.
    kind, rank, quality, satellites : (n,) int8
        See ``Sentences``; the latter -1 where not sent.
    line, time, day : (n,) int64
        Row of the line; nanoseconds since midnight, days since 1970; ``NO_TIME`` where not sent.
    """

    floats: Floats
    kind: Bytes
    rank: Bytes
    quality: Bytes
    satellites: Bytes
    line: Longs
    time: Longs
    day: Longs

    @staticmethod
    def of(n: int) -> "Columns":
        """Give room for n sentences."""
        small, long = np.empty((4, n), np.int8), np.empty((3, n), np.int64)
        return Columns._make((np.empty((len(FLOATS), n)), *small, *long))


def room() -> tuple[Longs, Floats]:
    """Give room for what is found of one sentence."""
    return np.empty(MOST_COMMAS + 1, np.int64), np.empty(len(_LEAST))


@lean
def read_columns(
    buffer: NDArray[np.uint8], sentence: Flags, body: Longs, end: Longs, tail: Bytes, codes: Bytes,
    types: Types, commas: Longs, said: Floats, out: Columns,
) -> tuple[int, bool]:  # fmt: skip
    """Read sentences.

    Parameters
    ----------
    buffer : (b,) uint8
    sentence, body, end : (n,)
        Of lines: whether it is a sentence, where that begins and ends.
    tail : (n,) int8
        How long its checksum is; 0 of a sentence that is left out.
    codes : (n,) int8
        Is set to the reason where a sentence is refused.
    types : Types
    commas, said
        Room as :func:`room` gives.
    out : Columns
        Is filled.

    Returns
    -------
    count : int
        How many sentences were read.
    wrong : bool
        Whether any checksum was not right.

    Notes
    -----
    Of several reasons the first counts: a malformed number, a date or value out of range, then times,
    places and hemispheres.
    """
    count, wrong = 0, False
    for k in range(len(sentence)):
        if not sentence[k] or tail[k] == 0:
            continue
        begin, star = body[k] + 1, end[k] - tail[k]
        found, total = scan(buffer, begin, star, commas)
        if tail[k] == SHORT_TAIL and not is_right(buffer, begin, star, total):
            codes[k], wrong = WRONG_CHECKSUM, True
            continue
        kind = kind_of(buffer, begin, types)
        if kind == NOT_READ:
            continue
        if found < types.commas[kind]:
            codes[k] = TOO_FEW
            continue
        codes[k], out.time[count], out.day[count] = _read(buffer, commas, kind, said)
        if codes[k] == 0:
            out.line[count], out.kind[count] = k, kind
            out.rank[count] = rank_of(buffer, begin, kind)
            _put(said, count, out)
            count += 1
    return count, wrong


@lean
def _read(buffer: NDArray[np.uint8], commas: Longs, kind: int, said: Floats) -> tuple[int, int, int]:
    """Read the fields of a sentence; give what is against them, the time and the day."""
    said[:] = np.nan
    bad, day = _numbers(buffer, commas, kind, said)
    worst, time = 0, NO_TIME
    field = _TIME_FIELD[kind]
    if field:
        worst, time = _clock(buffer, commas[field - 1] + 1, commas[field])
    if _POSITION_FIELD[kind]:
        worst = _position(buffer, commas, _POSITION_FIELD[kind], said, worst)
    bad = bad if bad else worst
    if kind == KSXT:
        bad, day, time = _ksxt(buffer, commas[0] + 1, commas[1], said, bad)
    elif kind == GSA:
        said[_SATELLITES] = 0.0
        for place in range(3, 15):
            said[_SATELLITES] += commas[place] - commas[place - 1] > 1
    fixed = said[_QUALITY] > 0 if kind in (GGA, GGAH, KSXT) else True
    if kind == RMC and byte_at(buffer, commas[1] + 1) != _VALID:
        fixed, said[_QUALITY] = False, 0.0
    if not fixed:
        said[_VOID] = np.nan
    if bad == 0 and time == NO_TIME and not np.isnan(said[_LON] + said[_LAT]):
        bad = _UNTIMED  # of no epoch: nothing would become of it
    return bad, time, day


@lean
def _put(said: Floats, k: int, out: Columns) -> None:
    """Put down what a sentence says, in the units of :data:`FLOATS`."""
    lost = np.nan if np.isnan(said[_LON] + said[_LAT]) else 0.0
    speed = said[_KNOTS] * MPS_PER_KNOT
    if np.isnan(speed):
        speed = said[_KMH] * MPS_PER_KMH
    floats = out.floats
    floats[0, k], floats[1, k] = said[_LON] + lost, said[_LAT] + lost
    floats[2, k], floats[3, k] = said[_ALTITUDE] + said[_SEPARATION], said[_HDOP]
    floats[4, k] = np.sqrt((said[_NORTH] * said[_NORTH] + said[_EAST] * said[_EAST]) / 2)
    floats[5, k] = speed
    floats[6, k], floats[7, k] = said[_COURSE] * _RADIANS, said[_HEADING] * _RADIANS
    quality, satellites = said[_QUALITY], said[_SATELLITES]
    out.quality[k] = int(min(quality, 127.0)) if quality >= 0 else -1
    out.satellites[k] = int(min(satellites, 127.0)) if satellites >= 0 else -1


@lean
def _numbers(buffer: NDArray[np.uint8], commas: Longs, kind: int, said: Floats) -> tuple[int, int]:
    """Read the plain numbers and the date of a sentence; give what is against them, and the day."""
    bad, outside, day = 0, False, NO_TIME
    for place in range(_FIELD.shape[1]):
        field = _FIELD[kind, place]
        if field < 0:
            break
        mantissa, digits, scale, negative = number(buffer, commas[field - 1] + 1, commas[field])
        if digits == BAD:
            bad = _MALFORMED
        elif digits != EMPTY:
            value = mantissa / POWERS_FLOAT[scale]
            value = -value if negative else value
            column = _COLUMN[kind, place]
            said[column] = value
            outside |= value < _LEAST[column] or value > _MOST[column]
    if _DATE_FIELD[kind]:
        field = _DATE_FIELD[kind]
        wrong, day = _date(buffer, commas[field - 1] + 1, commas[field])
        bad = wrong if wrong == _MALFORMED or bad == 0 else bad
    if bad == 0 and outside:
        bad = _VALUE
    return bad, day


@lean
def _date(buffer: NDArray[np.uint8], start: int, stop: int) -> tuple[int, int]:
    """Read a date (``ddmmyy``); give what is against it, and days since 1970."""
    _, digits, scale, negative = number(buffer, start, stop)
    if digits == EMPTY:
        return 0, NO_TIME
    if digits == BAD:
        return _MALFORMED, NO_TIME
    if digits != _DATE_DIGITS or scale or negative:
        return _DATE, NO_TIME
    year = pair(buffer, start + 4)
    year += 2000 if year < 80 else 1900  # GPS time begins in 1980
    day = day_of(year, pair(buffer, start + 2), pair(buffer, start))
    return 0 if day != NO_TIME else _DATE, day


@lean
def day_of(year: int, month: int, day: int) -> int:
    """Give days since 1970 of a date from 1980 on; ``NO_TIME`` of one that is in no calendar.

    Notes
    -----
    With the year begun in March: H. Hinnant, "chrono-compatible low-level date algorithms" (2013).
    """
    if year < 1980 or month < 1 or month > 12 or day < 1:
        return NO_TIME
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _MONTH_DAYS[month] + (leap and month == 2):
        return NO_TIME
    years = year - 1 if month < 3 else year
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 365 * years + years // 4 - years // 100 + years // 400 + of_year - 719_468


@lean
def _clock(buffer: NDArray[np.uint8], start: int, stop: int) -> tuple[int, int]:
    """Read a time (``hhmmss.sss``); give what is against it, and nanoseconds since midnight."""
    mantissa, digits, scale, negative = number(buffer, start, stop)
    if digits == EMPTY:
        return 0, NO_TIME
    if digits == BAD:
        return _MALFORMED, NO_TIME
    if digits != _CLOCK_DIGITS or negative or scale > 9:
        return _TIME, NO_TIME
    hour, minute, second = pair(buffer, start), pair(buffer, start + 2), pair(buffer, start + 4)
    if hour > 23 or minute > 59 or second > 60:
        return _TIME, NO_TIME
    fraction = mantissa - (hour * 10_000 + minute * 100 + second) * POWERS[scale]
    return 0, ((hour * 60 + minute) * 60 + second) * _NS_PER_S + fraction * POWERS[9 - scale]


@lean
def _position(buffer: NDArray[np.uint8], commas: Longs, field: int, said: Floats, worst: int) -> int:
    """Read a latitude, a longitude and their hemispheres; give the worse of ``worst`` and what is found."""
    unknown = False
    for turn in range(2):
        at = field + 2 * turn
        start = commas[at - 1] + 1
        mantissa, digits, scale, negative = number(buffer, start, commas[at])
        if digits == EMPTY:
            continue
        if digits == BAD:
            worst = _MALFORMED
            continue
        # Leading zeros may be missing.
        degrees, unit = 0, POWERS[scale]
        for place in range(start, start + digits - 2):
            degrees = degrees * 10 + byte_at(buffer, place) - _ZERO
        minutes = (mantissa - degrees * 100 * unit) / unit
        value = degrees + minutes / 60
        if (negative or digits < 3 or minutes >= 60 or value > _MOST[_SIDES[turn]]) and worst == 0:
            worst = _OUT_OF_RANGE[turn]
        letter = byte_at(buffer, commas[at] + 1)
        unknown |= commas[at + 1] - commas[at] != 2
        unknown |= letter != _PLUS[turn] and letter != _MINUS[turn]
        said[_SIDES[turn]] = -value if letter == _MINUS[turn] else value
    return _HEMISPHERE if unknown and worst == 0 else worst


@lean
def _ksxt(buffer: NDArray[np.uint8], start: int, stop: int, said: Floats, bad: int) -> tuple[int, int, int]:
    """Read the date and time of a KSXT (``yyyymmddhhmmss.ss``), and what its qualities mean."""
    middle = min(start + _KSXT_DATE_DIGITS, stop)
    date, digits, _, negative = number(buffer, start, middle)
    wrong, time = _clock(buffer, middle, stop)
    day = NO_TIME
    if digits == _KSXT_DATE_DIGITS and not negative:
        day = day_of(date // 10_000, date // 100 % 100, date % 100)
    if bad == 0 and (digits == BAD or wrong == _MALFORMED):
        bad = _MALFORMED
    if bad == 0 and digits != EMPTY and day == NO_TIME:
        bad = _DATE
    bad = bad if bad else wrong
    quality = said[_QUALITY]
    if quality > 3:
        bad = bad if bad else _VALUE
    elif quality >= 0:
        said[_QUALITY] = _KSXT_QUALITY[int(quality)]
    if said[_HEADING_QUALITY] != 3:
        said[_HEADING] = np.nan
    said[_SEPARATION] = 0.0  # which height it is, epochs tell
    return bad, day, time
