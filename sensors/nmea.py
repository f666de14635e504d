"""NMEA 0183 sentences: GGA, RMC, GST and HDT of any talker, read a whole column at a time, and written.

The bytes of many devices are read in one go, because a call a sentence costs more than the
sentence. What a sentence says is in :data:`SENTENCES`: a row of field numbers a type.

Notes
-----
NMEA 0183 version 4.11; talkers GP, GN, GB or BD (BeiDou), GL, GA, GQ, GI are all read alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.lines import MAX_LINE_BYTES, REASONS, Lines, reason
from sensors.numbers import POWERS, Decimals, decimals
from sensors.writing import checksum, encode_gga, encode_gst, encode_hdt, encode_rmc, sentence, tag_block
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

__all__ = [
    "GGA", "GST", "HDT", "MAX_LINE_BYTES", "NO_TIME", "REASONS", "RMC", "SENTENCES", "SentenceType",
    "Sentences",
    "checksum", "encode_gga", "encode_gst", "encode_hdt", "encode_rmc", "read", "sentence", "tag_block",
]  # fmt: skip

Columns = dict[str, NDArray[Any]]

GGA, RMC, GST, HDT = range(4)

NO_TIME = -1
"""Time of day or date of a sentence that has none."""

MPS_PER_KNOT = 1852 / 3600
DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class SentenceType:
    """What is read of one type: its code, its fewest commas, and which field is which.

    ``numbers`` are fields from 1 (the address is 0): time, and plain numbers. ``position`` is the
    field of the latitude; N/S, longitude and E/W follow it; 0 where the type has no position.
    """

    code: int
    commas: int
    numbers: Mapping[str, int]
    position: int = 0


SENTENCES: dict[str, SentenceType] = {
    "GGA": SentenceType(
        GGA, 14, {"time": 1, "quality": 6, "satellites": 7, "hdop": 8, "altitude": 9, "separation": 11}, 2
    ),
    "RMC": SentenceType(RMC, 11, {"time": 1, "speed": 7, "course": 8, "date": 9}, 3),
    "GST": SentenceType(GST, 8, {"time": 1, "north": 6, "east": 7}),
    "HDT": SentenceType(HDT, 2, {"heading": 1}),
}
"""The types that are read; other valid types are counted as lines and otherwise passed over."""


def _wanted() -> dict[str, list[tuple[str, int]]]:
    """Give for each column the types and fields that it comes from."""
    out: dict[str, list[tuple[str, int]]] = {}
    for name, entry in SENTENCES.items():
        places = dict(entry.numbers)
        if entry.position:
            places |= {"latitude": entry.position, "longitude": entry.position + 2}
        for column, field in places.items():
            out.setdefault(column, []).append((name, field))
    return out


_WANTED = _wanted()

# Least and greatest value that a field may have; a valid checksum is no validity.
_RANGES: dict[str, tuple[float, float]] = {
    "quality": (0, 9),
    "satellites": (0, 99),
    "hdop": (0, 10_000),
    "altitude": (-1_000, 20_000),
    "separation": (-200, 200),
    "speed": (0, 2_000),
    "course": (0, 360),
    "north": (0, 1e6),
    "east": (0, 1e6),
    "heading": (0, 360),
}

_UNBOUND = (-np.inf, np.inf)
_MOST_COMMAS = 15
_STAR, _COMMA, _DOLLAR = ord("*"), ord(","), ord("$")


@dataclass(frozen=True, eq=False)
class Sentences(Table):
    """Sentences that were read, one row each, in the order in which they came.

    Attributes
    ----------
    line : (k,) int64
        Row of the line.
    kind : (k,) int8
        GGA, RMC, GST or HDT.
    rank : (k,) int8
        How much its position counts: 2 a GGA of talker GN, 1 another GGA, 0 the others.
    tod_ns, day : (k,) int64
        Nanoseconds since midnight UTC; days since 1970; ``NO_TIME`` where not sent.
    lon_deg, lat_deg, h_m, hdop, sigma_m, speed_mps, course_rad, heading_rad : (k,) float
        NaN where the sentence does not say it. ``sigma_m`` is the error of one axis: the root of the
        mean of both variances.
    quality, satellites : (k,) int8
        -1 where not sent.
    """

    line: Longs
    kind: Bytes
    rank: Bytes
    tod_ns: Longs
    day: Longs
    lon_deg: Floats
    lat_deg: Floats
    h_m: Floats
    quality: Bytes
    satellites: Bytes
    hdop: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats

    def __len__(self) -> int:
        """Give the number of sentences."""
        return len(self.line)


def read(lines: Lines) -> tuple[Sentences, Bytes]:
    """Read every GGA, RMC, GST and HDT among ``lines``.

    Returns
    -------
    Sentences
        Those that hold together; a GGA without a fix has no position but is one of them.
    (n,) int8
        Reason of every line, those of ``lines`` included: 0 where there is nothing against it.
    """
    codes = lines.reason.copy()
    rows = np.flatnonzero(lines.sentence)
    star = lines.end[rows] - 3
    first = lines.body[rows] + 1
    whole = star >= first
    star = np.maximum(star, first)
    ended = whole & (lines.buffer[np.minimum(star, len(lines.buffer) - 1)] == _STAR)
    codes[rows[~ended]] = reason("no checksum at the end")
    rows, first, star = rows[ended], first[ended], star[ended]
    good = lines.checksum_ok(first, star)
    codes[rows[~good]] = reason("wrong checksum")
    fields = _Fields.of(lines, rows[good], first[good], star[good])
    short = fields.count < fields.fewest
    codes[fields.line[short]] = reason("too few fields")
    fields = fields.where(~short)
    sentences, bad = _values(lines, fields)
    codes[fields.line] = bad
    taken = bad == 0
    kept = {name: getattr(sentences, name)[taken] for name in Sentences.__dataclass_fields__}
    return Sentences(**kept), codes


@dataclass(frozen=True, eq=False, slots=True)
class _Fields:
    """The fields of sentences of the types that are read: where each comma is."""

    line: Longs
    kind: Bytes
    rank: Bytes
    fewest: Ints
    count: Longs
    comma: Longs

    @staticmethod
    def of(lines: Lines, rows: Longs, first: Longs, star: Longs) -> "_Fields":
        """Find the type of each sentence and its commas; leave out the types that are not read."""
        buffer = lines.buffer
        address = buffer[np.minimum(first[:, None] + np.arange(6), len(buffer) - 1)].astype(np.int64)
        capital = ((address[:, :2] >= ord("A")) & (address[:, :2] <= ord("Z"))).all(axis=1)
        plain = capital & (address[:, 0] != ord("P")) & ((address[:, 5] == _COMMA) | (address[:, 5] == _STAR))
        key = (address[:, 2] << 16) | (address[:, 3] << 8) | address[:, 4]
        kind = np.full(len(rows), -1, np.int8)
        fewest = np.zeros(len(rows), np.int32)
        for name, entry in SENTENCES.items():
            here = plain & (key == int.from_bytes(name.encode(), "big"))
            kind[here], fewest[here] = entry.code, entry.commas
        read = (kind >= 0) & (buffer[first - 1] == _DOLLAR)
        rows, first, star, kind = rows[read], first[read], star[read], kind[read]
        combined = (address[read, 0] == ord("G")) & (address[read, 1] == ord("N"))
        rank = np.where(kind == GGA, 1 + combined, 0).astype(np.int8)
        commas = np.flatnonzero(buffer == _COMMA)
        at = np.searchsorted(commas, first)
        count = np.searchsorted(commas, star) - at
        padded = np.append(commas, np.full(_MOST_COMMAS, len(buffer)))
        comma = np.minimum(padded[at[:, None] + np.arange(_MOST_COMMAS)], star[:, None])
        return _Fields(rows, kind, rank, fewest[read], count, comma)

    def where(self, keep: Flags) -> "_Fields":
        """Give the rows to keep."""
        return _Fields(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    def span(self, rows: Longs, field: int) -> tuple[Longs, Longs]:
        """Give where field number ``field`` starts and ends in the sentences ``rows``."""
        start = self.comma[rows, field - 1] + 1
        return start, np.maximum(self.comma[rows, field], start)


def _values(lines: Lines, fields: _Fields) -> tuple[Sentences, Bytes]:
    """Read the fields of all sentences, a column of all types at once; give them and each one's reason."""
    by_type = {name: np.flatnonzero(fields.kind == entry.code) for name, entry in SENTENCES.items()}
    places = [(by_type[name], field) for wanted in _WANTED.values() for name, field in wanted]
    rows = np.concatenate([rows for rows, _ in places])
    spans = [fields.span(rows, field) for rows, field in places]
    numbers = decimals(lines.buffer, *(np.concatenate(part) for part in zip(*spans, strict=True)))
    bad = np.zeros(len(fields.line), np.int8)
    _mark(bad, rows, numbers.bad, "malformed number")
    columns, values = _blank(fields), numbers.value
    sizes = [sum(len(by_type[name]) for name, _ in wanted) for wanted in _WANTED.values()]
    at = 0
    for column, size in zip(_WANTED, sizes, strict=True):
        here = rows[at : at + size]
        if column in _READ:
            _READ[column](columns, column, here, numbers.rows(at, at + size), bad)
        else:
            columns[column][here] = values[at : at + size]
        at += size
    least, most = np.repeat([_RANGES.get(name, _UNBOUND) for name in _WANTED], sizes, axis=0).T
    _mark(bad, rows, (values < least) | (values > most), "value out of range")
    return _assemble(lines, fields, columns, by_type, bad), bad


def _blank(fields: _Fields) -> Columns:
    n = len(fields.line)
    columns: Columns = {name: np.full(n, np.nan) for name in _WANTED}
    columns["time"] = np.full(n, NO_TIME, np.int64)
    columns["date"] = np.full(n, NO_TIME, np.int64)
    return columns


def _mark(bad: Bytes, rows: Longs, where: Flags, text: str) -> None:
    """Give a reason to the ``rows`` of ``where`` that have none yet, in place."""
    if where.any():
        hit = rows[where]
        bad[hit[bad[hit] == 0]] = reason(text)


def _read_time(columns: Columns, name: str, rows: Longs, part: Decimals, bad: Bytes) -> None:
    unit = POWERS[part.scale]
    clock = part.mantissa // unit
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    wrong = (hour > 23) | (minute > 59) | (second > 60) | (part.whole != 6) | part.negative | (part.scale > 9)
    _mark(bad, rows, wrong & part.given & ~part.bad, "time out of range")
    fraction = part.mantissa % unit * POWERS[np.clip(9 - part.scale, 0, 9)]
    tod_ns = ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + fraction
    columns[name][rows] = np.where(part.given, tod_ns, NO_TIME)


def _read_date(columns: Columns, name: str, rows: Longs, part: Decimals, bad: Bytes) -> None:
    day, month, year = part.mantissa // 10_000, part.mantissa // 100 % 100, part.mantissa % 100
    year += np.where(year < 80, 2000, 1900)  # GPS time begins in 1980
    month_ok = (month >= 1) & (month <= 12)
    months = (year - 1970) * 12 + np.where(month_ok, month, 1) - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    wrong = ~month_ok | (day < 1) | (day > following - start)
    wrong |= (part.whole != 6) | (part.scale > 0) | part.negative
    _mark(bad, rows, wrong & part.given & ~part.bad, "date out of range")
    columns[name][rows] = np.where(part.given, start + day - 1, NO_TIME)


def _read_angle(columns: Columns, name: str, rows: Longs, part: Decimals, bad: Bytes) -> None:
    unit = POWERS[np.minimum(part.scale + 2, len(POWERS) - 1)]
    degrees = part.mantissa // unit
    minutes = (part.mantissa - degrees * unit) / POWERS[part.scale].astype(np.float64)
    value = degrees + minutes / 60
    most = 90 if name == "latitude" else 180
    wrong = (value > most) | (minutes >= 60) | part.negative | (part.whole < 3)
    _mark(bad, rows, wrong & part.given & ~part.bad, f"{name} out of range")
    value[~part.given] = np.nan
    columns[name][rows] = value


_READ = {"time": _read_time, "date": _read_date, "latitude": _read_angle, "longitude": _read_angle}


def _assemble(
    lines: Lines, fields: _Fields, columns: Columns, by_type: Mapping[str, Longs], bad: Bytes
) -> Sentences:
    """Turn what was read into the units of :class:`Sentences`."""
    for name, entry in SENTENCES.items():
        if entry.position and by_type[name].size:
            _sign(lines, fields, columns, by_type[name], entry.position, bad)
    rmc, gga = by_type["RMC"], by_type["GGA"]
    void = np.zeros(len(fields.line), np.bool_)
    void[rmc] = lines.buffer[fields.span(rmc, 2)[0]] != ord("A")
    void[gga] = ~(columns["quality"][gga] > 0)
    for name in ("latitude", "longitude", "altitude", "speed", "course"):
        columns[name][void] = np.nan
    unknown = np.isnan(columns["latitude"]) | np.isnan(columns["longitude"])
    columns["latitude"][unknown] = columns["longitude"][unknown] = np.nan
    return Sentences(
        line=fields.line,
        kind=fields.kind,
        rank=fields.rank,
        tod_ns=columns["time"],
        day=columns["date"],
        lon_deg=columns["longitude"],
        lat_deg=columns["latitude"],
        h_m=columns["altitude"] + columns["separation"],
        quality=_small(columns["quality"]),
        satellites=_small(columns["satellites"]),
        hdop=columns["hdop"],
        sigma_m=np.sqrt((columns["north"] ** 2 + columns["east"] ** 2) / 2),
        speed_mps=columns["speed"] * MPS_PER_KNOT,
        course_rad=np.radians(columns["course"]),
        heading_rad=np.radians(columns["heading"]),
    )


def _small(values: Floats) -> Bytes:
    return np.where(np.isfinite(values), values, -1).clip(-1, 127).astype(np.int8)


def _sign(lines: Lines, fields: _Fields, columns: Columns, rows: Longs, position: int, bad: Bytes) -> None:
    """Apply the hemispheres to latitude and longitude of ``rows``, in place."""
    for name, field, plus, minus in (
        ("latitude", position + 1, ord("N"), ord("S")),
        ("longitude", position + 3, ord("E"), ord("W")),
    ):
        start, end = fields.span(rows, field)
        letter = np.where(end - start == 1, lines.buffer[start], 0)
        known = (letter == plus) | (letter == minus)
        _mark(bad, rows, ~known & np.isfinite(columns[name][rows]), "hemisphere missing or unknown")
        columns[name][rows] *= np.where(letter == minus, -1.0, 1.0)
