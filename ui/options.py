"""What a run was asked for, as plain values: knows neither Qt nor VTK."""

import datetime
import math
from dataclasses import dataclass
from pathlib import Path

from twin.errors import TwinError


class UsageError(TwinError):
    """A word on the command line that cannot be; the message says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the yard's origin is put for this run: latitude and longitude [deg], height [m] or None."""

    lat_deg: float
    lon_deg: float
    h_m: float | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of ``yard-twin run``."""

    layout: str = "demo"
    boxes: int | None = None
    seed: int = 1
    sources: tuple[str, ...] = ()
    sources_file: Path | None = None
    faults: tuple[str, ...] = ()
    site: Site | None = None
    speed: float = 1.0
    start_ns: int | None = None
    duration_s: float | None = None
    headless: bool = False
    journal: Path | None = None
    record: bool = True
    language: str = ""
    picture: Path | None = None
    out: Path = Path("out")


def parse_site(text: str) -> Site:
    """Give the place of ``LAT,LON`` or ``LAT,LON,H``.

    Raises
    ------
    UsageError
        Where it is none on Earth.
    """
    try:
        lat, lon, *height = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--site: expected LAT,LON or LAT,LON,H in degrees and metres, found {text!r}"
        ) from None
    if len(height) > 1 or not (abs(lat) <= 90 and abs(lon) <= 180) or not all(map(math.isfinite, height)):
        raise UsageError(f"--site: expected LAT,LON or LAT,LON,H in degrees and metres, found {text!r}")
    return Site(lat, lon, height[0] if height else None)


def parse_start(text: str) -> int:
    """Give the instant [ns UTC] of an ISO 8601 time; without an offset it is UTC.

    Raises
    ------
    UsageError
        Where it is no time.
    """
    try:
        start = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--start: expected a time such as 2026-11-24T09:00+08:00, found {text!r}") from None
    if start.tzinfo is None:
        start = start.replace(tzinfo=datetime.UTC)
    return round(start.timestamp()) * 1_000_000_000
