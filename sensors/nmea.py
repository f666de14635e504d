"""NMEA 0183 sentences of any talker, read a whole column at a time, and written.

The bytes of many devices are read in one go, because a call a sentence costs more than the
sentence. What a sentence says is in :data:`SENTENCES`: a row of field numbers a type.

Notes
-----
NMEA 0183 version 4.11; talkers GP, GN, GB or BD (BeiDou), GL, GA, GQ, GI are all read alike. Unicore's
six-letter sentences (GNGGAH) are of a second antenna; KSXT is Unicore's position and heading in one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.columns import CLOCK, LATITUDE, LONGITUDE, Numbers, read_groups, read_numbers
from sensors.fields import Fields, Found, find
from sensors.lines import MAX_LINE_BYTES, REASONS, Lines, reason
from sensors.numbers import POWERS, Decimals, Grouped, decimals, grouped
from sensors.types import GGA, GGAH, GSA, GST, HDT, KSXT, RMC, SENTENCES, VTG, SentenceType
from sensors.words import Text
from sensors.writing import checksum, encode_gga, encode_gst, encode_hdt, encode_rmc, sentence, tag_block
from twin.tables import Bytes, Flags, Floats, Longs, Table

__all__ = [
    "GGA", "GGAH", "GSA", "GST", "HDT", "KSXT", "MAX_LINE_BYTES", "NO_TIME", "REASONS", "RMC", "SENTENCES",
    "VTG", "SentenceType", "Sentences",
    "checksum", "encode_gga", "encode_gst", "encode_hdt", "encode_rmc", "read", "sentence", "tag_block",
]  # fmt: skip

Columns = dict[str, NDArray[Any]]

NO_TIME = -1
"""Time of day or date of a sentence that has none."""

MPS_PER_KNOT = 1852 / 3600
MPS_PER_KMH = 1 / 3.6
DAY_NS = 86_400 * 1_000_000_000

_RANGES: dict[str, tuple[float, float]] = {
    "longitude": (-180, 180),
    "latitude": (-90, 90),
    "quality": (0, 9),
    "satellites": (0, 99),
    "hdop": (0, 10_000),
    "altitude": (-1_000, 20_000),
    "separation": (-200, 200),
    "speed": (0, 2_000),
    "speed_kmh": (0, 3_704),
    "course": (0, 360),
    "north": (0, 1e6),
    "east": (0, 1e6),
    "heading": (0, 360),
    "heading_quality": (0, 3),
    "date": (0, 311_299),
}
"""Columns, and the least and greatest value that each may have: a valid checksum is no validity."""

_COLUMN = {name: place for place, name in enumerate(_RANGES)}
_KSXT_QUALITY = np.array([0.0, 1.0, 5.0, 4.0])
"""GGA quality of a KSXT's: none, single, float, fixed."""


@dataclass(frozen=True, eq=False, slots=True)
class _Plan:
    """How one type is read: which fields are numbers and groups, their columns and limits."""

    numbers: Numbers
    groups: Longs
    group_digits: Longs

    @staticmethod
    def of(entry: SentenceType) -> "_Plan":
        """Lay one type out."""
        names = list(entry.numbers)
        limits = np.array([_RANGES[name] for name in names], np.float64).reshape(-1, 2)
        # A date is judged by the calendar.
        limits[[name == "date" for name in names]] = -np.inf, np.inf
        groups = [entry.time] * bool(entry.time)
        digits = [CLOCK] * bool(entry.time)
        if entry.position:
            groups += [entry.position, entry.position + 2]
            digits += [LATITUDE, LONGITUDE]
        return _Plan(
            Numbers(
                np.array(list(entry.numbers.values()), np.int64),
                np.array([_COLUMN[name] for name in names], np.int64),
                limits[:, 0].copy(),
                limits[:, 1].copy(),
            ),
            np.array(groups, np.int64),
            np.array(digits, np.int64),
        )


_PLANS = {name: _Plan.of(entry) for name, entry in SENTENCES.items()}


@dataclass(frozen=True, eq=False)
class Sentences(Table):
    """Sentences that were read, one row each, in the order in which they came.

    Attributes
    ----------
    line : (k,) int64
        Row of the line.
    kind : (k,) int8
        GGA, RMC, GST, HDT, VTG, GSA, KSXT or GGAH.
    rank : (k,) int8
        How much its position counts: 2 a GGA of talker GN, 1 another GGA or a KSXT, 0 the others.
    tod_ns, day : (k,) int64
        Nanoseconds since midnight UTC; days since 1970; ``NO_TIME`` where not sent.
    lon_deg, lat_deg, h_m, hdop, sigma_m, speed_mps, course_rad, heading_rad : (k,) float
        NaN where the sentence does not say it. ``sigma_m`` is the error of one axis: the root of the
        mean of both variances. The position of a GGAH is the second antenna's.
    quality, satellites : (k,) int8
        -1 where not sent. The satellites of a GSA are those that it names.
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
    """Read every sentence of a type in :data:`SENTENCES` among ``lines``.

    Returns
    -------
    Sentences
        Those that hold together; a GGA without a fix has no position but is one of them.
    (n,) int8
        Reason of every line, those of ``lines`` included: 0 where there is nothing against it.
    """
    text = lines.text()
    found, codes = find(lines, text)
    sentences, bad = _values(text, found)
    if bad.any():
        codes[found.line] = bad
        taken = bad == 0
        kept = {name: getattr(sentences, name)[taken] for name in Sentences.__dataclass_fields__}
        sentences = Sentences(**kept)
    return sentences, codes


def _values(text: Text, found: Found) -> tuple[Sentences, Bytes]:
    """Read the fields of all sentences, all columns at once; give them and each one's reason."""
    n = len(found.line)
    table = np.full((len(_COLUMN), n), np.nan)
    columns: Columns = dict(zip(_COLUMN, table, strict=True))
    bad = np.zeros(n, np.int8)
    columns["day"], columns["time"] = np.full(n, NO_TIME, np.int64), np.full(n, NO_TIME, np.int64)
    if found.fields:
        _read_numbers(text, found, table, columns, bad)
        _read_groups(text, found, columns, bad)
    for fields in found.fields:
        entry = SENTENCES[fields.name]
        if entry.position:
            _sign(text, fields, columns, entry.position, bad)
        if fields.name in _ALSO:
            _ALSO[fields.name](text, fields, columns, bad)
    return _assembled(found, columns), bad


def _mark(bad: Bytes, rows: Longs, where: Flags, text: str) -> None:
    """Give a reason to the ``rows`` of ``where`` that have none yet, in place."""
    if where.any():
        hit = rows[where]
        bad[hit[bad[hit] == 0]] = reason(text)


def _read_numbers(text: Text, found: Found, table: Floats, columns: Columns, bad: Bytes) -> None:
    """Read the fields that are plain numbers, and the date."""
    outside = np.zeros(table.shape[1], np.bool_)
    for part in found.fields:
        read_numbers(text.buffer, part.commas, part.rows, _PLANS[part.name].numbers, table, bad, outside)
    for part in found.fields:
        if "date" in SENTENCES[part.name].numbers:
            start, end = part.span(SENTENCES[part.name].numbers["date"])
            _read_dates(decimals(text, start, end), part.rows, columns, bad)
    rows = np.flatnonzero(outside)
    _mark(bad, rows, np.ones(len(rows), np.bool_), "value out of range")


def _read_dates(part: Decimals, rows: Longs, columns: Columns, bad: Bytes) -> None:
    """Read dates as ``ddmmyy``."""
    day, month, year = part.mantissa // 10_000, part.mantissa // 100 % 100, part.mantissa % 100
    year += np.where(year < 80, 2000, 1900)  # GPS time begins in 1980
    days, right = days_of(year, month, day)
    right &= (part.whole == 6) & (part.scale == 0) & ~part.negative
    _mark(bad, rows, ~right & part.given & ~part.bad, "date out of range")
    columns["day"][rows] = np.where(part.given & right, days, NO_TIME)


def days_of(year: Longs, month: Longs, day: Longs) -> tuple[Longs, Flags]:
    """Give days since 1970 of dates, and which of them there are in the calendar."""
    right = (month >= 1) & (month <= 12)
    months = (year - 1970) * 12 + np.where(right, month, 1) - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return start + day - 1, right & (day >= 1) & (day <= following - start)


def _read_groups(text: Text, found: Found, columns: Columns, bad: Bytes) -> None:
    """Read the times, latitudes and longitudes: groups of two or three digits before the point."""
    for part in found.fields:
        plan = _PLANS[part.name]
        if len(plan.groups):
            read_groups(
                text.buffer, part.commas, part.rows, plan.groups, plan.group_digits,
                columns["time"], columns["latitude"], columns["longitude"], bad,
            )  # fmt: skip


def _times(part: Grouped, rows: Longs, bad: Bytes) -> Longs:
    hour = part.whole // 10_000
    rest = part.whole - hour * 10_000
    minute = rest // 100
    second = rest - minute * 100
    wrong = (hour > 23) | (minute > 59) | (second > 60) | part.wrong | (part.scale > 9)
    if wrong.any():
        _mark(bad, rows, wrong & part.given & ~part.bad, "time out of range")
    fraction = part.fraction * POWERS[9 - np.minimum(part.scale, 9)]
    tod_ns = ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + fraction
    return tod_ns if part.given.all() else np.where(part.given, tod_ns, NO_TIME)


def _sign(text: Text, fields: Fields, columns: Columns, position: int, bad: Bytes) -> None:
    """Apply the hemispheres to latitude and longitude, in place."""
    rows = fields.rows
    for name, number, plus, minus in (
        ("latitude", position + 1, ord("N"), ord("S")),
        ("longitude", position + 3, ord("E"), ord("W")),
    ):
        start, end = fields.span(number)
        letter = text.buffer[start]
        if (letter == plus).all() and (end - start == 1).all():
            continue
        known = ((letter == plus) | (letter == minus)) & (end - start == 1)
        _mark(bad, rows, ~known & np.isfinite(columns[name][rows]), "hemisphere missing or unknown")
        columns[name][rows[known & (letter == minus)]] *= -1.0


def _finish_gga(text: Text, fields: Fields, columns: Columns, bad: Bytes) -> None:
    """Take the position of a GGA without a fix away."""
    void = ~(columns["quality"][fields.rows] > 0)
    if void.any():
        _void(columns, fields.rows[void])


def _finish_rmc(text: Text, fields: Fields, columns: Columns, bad: Bytes) -> None:
    """Take position, speed and course of a void RMC away."""
    void = text.buffer[fields.span(2)[0]] != ord("A")
    if void.any():
        _void(columns, fields.rows[void])


def _void(columns: Columns, rows: Longs) -> None:
    for name in ("latitude", "longitude", "altitude", "speed", "speed_kmh", "course"):
        columns[name][rows] = np.nan


def _finish_gsa(text: Text, fields: Fields, columns: Columns, bad: Bytes) -> None:
    """Count the satellites that a GSA names."""
    columns["satellites"][fields.rows] = (np.diff(fields.commas[2:15], axis=0) > 1).sum(axis=0)


def _finish_ksxt(text: Text, fields: Fields, columns: Columns, bad: Bytes) -> None:
    """Read the date and time of a KSXT (``yyyymmddhhmmss.ss``), and what its qualities mean."""
    rows, (start, end) = fields.rows, fields.span(1)
    middle = np.minimum(start + 8, end)
    date, clock = decimals(text, start, middle), grouped(text, middle, end, np.full(len(rows), CLOCK))
    _mark(bad, rows, date.bad | clock.bad, "malformed number")
    days, right = days_of(date.mantissa // 10_000, date.mantissa // 100 % 100, date.mantissa % 100)
    right &= (date.whole == 8) & (date.mantissa > 1980_00_00) & ~date.negative & (date.scale == 0)
    _mark(bad, rows, ~right & date.given, "date out of range")
    columns["day"][rows] = np.where(right, days, NO_TIME)
    columns["time"][rows] = _times(clock, rows, bad)
    quality = columns["quality"][rows]
    known = quality <= 3
    _mark(bad, rows, quality > 3, "value out of range")
    quality[known] = _KSXT_QUALITY[quality[known].astype(np.intp)]
    columns["quality"][rows] = quality
    _finish_gga(text, fields, columns, bad)
    columns["heading"][rows[columns["heading_quality"][rows] != 3]] = np.nan


_ALSO: dict[str, Callable[[Text, Fields, Columns, Bytes], None]] = {
    "GGA": _finish_gga, "GGAH": _finish_gga, "RMC": _finish_rmc, "GSA": _finish_gsa, "KSXT": _finish_ksxt,
}  # fmt: skip


def _assembled(found: Found, columns: Columns) -> Sentences:
    """Turn what was read into the units of :class:`Sentences`."""
    unknown = np.isnan(columns["latitude"] + columns["longitude"])
    columns["latitude"][unknown] = columns["longitude"][unknown] = np.nan
    speed_mps = columns["speed"] * MPS_PER_KNOT
    if any(fields.name in ("VTG", "KSXT") for fields in found.fields):
        speed_mps = np.where(np.isnan(speed_mps), columns["speed_kmh"] * MPS_PER_KMH, speed_mps)
    return Sentences(
        line=found.line,
        kind=found.kind,
        rank=found.rank,
        tod_ns=columns["time"],
        day=columns["day"],
        lon_deg=columns["longitude"],
        lat_deg=columns["latitude"],
        h_m=columns["altitude"] + columns["separation"],
        quality=_small(columns["quality"]),
        satellites=_small(columns["satellites"]),
        hdop=columns["hdop"],
        sigma_m=np.sqrt((columns["north"] ** 2 + columns["east"] ** 2) / 2),
        speed_mps=speed_mps,
        course_rad=np.radians(columns["course"]),
        heading_rad=np.radians(columns["heading"]),
    )


def _small(values: Floats) -> Bytes:
    return np.clip(np.where(values == values, values, -1.0), -1.0, 127.0).astype(np.int8)
