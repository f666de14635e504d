"""What a check found: a mark, what was expected, what was found, and what to do about it."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

_LEAP_S = 18.0
"""GPS time is ahead of UTC by this since 2017 (IERS Bulletin C 52)."""
_ROLLOVER_S = 1024 * 7 * 86_400.0
"""The week number of old GPS messages begins anew after so long (IS-GPS-200)."""
_ZONE_S, _MOST_ZONE_S = 900.0, 14 * 3600.0
_NEAR_S = 2.0


class Mark(StrEnum):
    """How a check came out."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "not known"  # what it wants to look at did not come
    MISSING = "missing"
    NOTE = "note"


GOOD = (Mark.OK, Mark.NOTE)
WIDTH = max(map(len, Mark))


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of a source: how it came out, what was expected and found, and what to do."""

    name: str
    mark: Mark
    expected: str
    found: str
    advice: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing has to be done: what could not be looked at is not good."""
        return self.mark in GOOD

    def __str__(self) -> str:
        """Give a line for a person."""
        advice = f"; {self.advice}" if self.advice and self.mark is not Mark.OK else ""
        return line(self.mark, f"{self.name}: expected {self.expected}, found {self.found}{advice}")


def line(mark: Mark, text: str) -> str:
    """Give a line of the doctor."""
    return f"{mark:{WIDTH}} {text}"


def span(seconds: float) -> str:
    """Give a span of time in units that fit it: 3.25 s, 12 min 5 s, 5 h 3 min, 2,445 days."""
    if seconds < 120:
        return f"{seconds:.3f} s"
    whole = round(seconds)
    if whole < 2 * 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 2 * 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole / 86_400:,.0f} days"


def instant(t_ns: int) -> str:
    """Give an instant [ns UTC] as a date and a time to the second."""
    at = datetime.datetime.fromtimestamp(t_ns // 1_000_000_000, datetime.UTC)
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def iso(t_ns: int) -> str:
    """Give an instant [ns UTC] in ISO 8601: to the millisecond, to the nanosecond where it is between two."""
    second, rest = divmod(t_ns, 1_000_000_000)
    text = datetime.datetime.fromtimestamp(second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest // 1_000_000:03d}Z" if rest % 1_000_000 == 0 else f"{text}.{rest:09d}Z"


def clock_advice(late_s: float) -> str:
    """Tell what a clock that is behind by so much (negative: ahead) usually suffers from."""
    off_s = abs(late_s)
    if abs(late_s + _LEAP_S) < 1:
        return "as GPS time is ahead of UTC: let the receiver send UTC"
    weeks = round(off_s / _ROLLOVER_S)
    if weeks and abs(off_s - weeks * _ROLLOVER_S) < 86_400:
        return "by 1024 weeks, as receivers are whose week number began anew: renew its firmware"
    zone = round(off_s / _ZONE_S)
    if zone and off_s <= _MOST_ZONE_S and abs(off_s - zone * _ZONE_S) < _NEAR_S:
        return "as local time is: let it send UTC"
    if off_s > 86_400:
        return "a recording that is played, or a receiver that never got the date"
    return "look at this machine's clock (NTP), and at what holds lines back on the way"
