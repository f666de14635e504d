"""The sources of a yard, named in one TOML file.

[[source]]
name = "gateway-1"
address = "tcp:192.0.2.7:5017"
frame = "CGCS2000"
interval_s = 0.1

[source.machines]
"RX-17" = { machine = "TT-07", kind = "terminal_tractor", lever_arm_m = [1.2, 0.0, 3.1] }
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from sensors.errors import SourceError
from sensors.rules import Rules, SourceRules
from sensors.telemetry import fits
from sensors.vda5050 import MapFrame
from twin.datum import Reference, to_cgcs2000
from twin.errors import YardError
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.surveying import (
    GRIDS,
    Calibration,
    calibrated,
    geodetic_from_grid,
    meridian_deg,
    outside_grid,
)
from twin.tables import Flags, Floats

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][ -~]{0,15}$")]
Metres = Annotated[float, Meta(ge=-100, le=100)]
Epoch = Annotated[float, Meta(ge=1980, le=2100)]


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that a device is on; forward, left and up on it [m] is the point whose place it sends."""

    machine: Name
    kind: Annotated[str, Meta(pattern=f"^({'|'.join(KIND_NAMES)}|)$")] = ""
    block: Annotated[str, Meta(max_length=12)] = ""
    lever_arm_m: tuple[Metres, Metres, Metres] | None = None


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Certificates, as files in PEM form."""

    ca: str = ""
    certificate: str = ""
    key: str = ""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source; an empty frame or plate is one that is not stated, so that the usual one is assumed."""

    name: Name
    address: Annotated[str, Meta(min_length=5, max_length=300)]
    frame: str = ""
    epoch: Epoch | None = None
    plate: str = ""
    velocity_mm_a: tuple[float, float, float] | None = None
    interval_s: Annotated[float, Meta(ge=0.01, le=3600)] = 1.0
    device: Annotated[str, Meta(pattern=r"^[ -~]{0,16}$")] = ""
    machines: dict[str, Machine] = {}
    listed: bool = False
    live: bool = False
    allow: list[str] = []
    topics: list[str] = []
    qos: Annotated[int, Meta(ge=0, le=1)] = 0
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    tls: Tls | None = None
    baud: Annotated[int, Meta(ge=1200, le=4_000_000)] = 115_200
    map: MapFrame | None = None
    maps: dict[str, MapFrame] = {}


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A surveyed point, as receivers here give it and as the survey has it.

    ``measured`` is longitude, latitude [deg] and ellipsoidal height [m]; ``surveyed`` the same, or east,
    north and ellipsoidal height [m] in the survey's grid.
    """

    name: Name
    measured: tuple[float, float, float]
    surveyed: tuple[float, float, float]


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What calibrates a site.

    ``grid`` is the EPSG code of the survey's grid, 0 where it has longitudes and latitudes; frame, epoch,
    plate and velocity are of what was measured; ``limit_m`` is the largest residual that is good [m].
    """

    points: list[Point]
    grid: int = 0
    frame: str = ""
    epoch: Epoch | None = None
    plate: str = ""
    velocity_mm_a: tuple[float, float, float] | None = None
    limit_m: Annotated[float, Meta(gt=0, le=10)] = 0.03


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    source: list[Entry]
    calibration: Site | None = None


USUAL_FRAME, USUAL_PLATE = "CGCS2000", "EURA"
"""What is assumed of positions where the file does not state it."""

TABLES = {
    "": Sources, "source": Entry, "machines": Machine, "tls": Tls, "map": MapFrame, "maps": MapFrame,
    "calibration": Site, "points": Point,
}  # fmt: skip
"""Key of a table of the file -> what stands in it; the whole file under the empty key."""


def reference_of(found: Entry | Site) -> Reference:
    """Give what the positions of a source, or of a survey, are in."""
    return Reference(found.frame or USUAL_FRAME, found.epoch, found.plate or USUAL_PLATE, found.velocity_mm_a)


def calibration_of(site: Site) -> Calibration:
    """Give the calibration that a site's points make; one over its limit is as unsure as its worst residual.

    Raises
    ------
    YardError
        Where they make none.
    """
    found = calibrated([point.name for point in site.points], *survey_of(site))
    return found if found.worst_m <= site.limit_m else replace(found, least_sigma_m=found.worst_m)


def survey_of(site: Site) -> tuple[Floats, Floats]:
    """Give the points of a site as measured and as surveyed.

    Returns
    -------
    (n, 3), (n, 3)
        Longitude, latitude [deg] and ellipsoidal height [m], CGCS2000.

    Raises
    ------
    YardError
        Where one is not on Earth, or a surveyed one not in the zone of its grid.
    """
    measured = np.array([point.measured for point in site.points], np.float64).reshape(-1, 3)
    surveyed = np.array([point.surveyed for point in site.points], np.float64).reshape(-1, 3)
    _check_degrees(site, "measured", measured)
    if not site.grid:
        _check_degrees(site, "surveyed", surveyed)
    measured = np.column_stack(to_cgcs2000(reference_of(site), *measured.T))
    if site.grid:
        lon, lat = geodetic_from_grid(site.grid, surveyed[:, 0], surveyed[:, 1])
        _check_zone(site, lon)
        surveyed = np.column_stack((lon, lat, surveyed[:, 2]))
    return measured, surveyed


def _check_degrees(site: Site, key: str, found: Floats) -> None:
    """Refuse points that are no longitudes and latitudes: in metres, or the latitude before the longitude."""
    on_earth = (np.abs(found[:, 0]) <= 180.0) & (np.abs(found[:, 1]) <= 90.0) & np.isfinite(found[:, 2])
    if not on_earth.all():
        point, more = _first_of(site, ~on_earth)
        values = getattr(point, key)
        in_metres = key == "surveyed" and max(map(abs, values[:2])) > 360.0
        grid = f"; east and north want grid = {GRIDS[0]} to {GRIDS[-1]}" if in_metres else ""
        raise YardError(
            f"calibration, point {point.name!r}, {key}: expected longitude from -180 to 180, latitude from "
            f"-90 to 90 and height, found {', '.join(f'{value:.10g}' for value in values)}{more}{grid}"
        )


def _first_of(site: Site, outside: Flags) -> tuple[Point, str]:
    """Give the first of the points that are outside, and a word of the others."""
    point, *others = (site.points[row] for row in np.flatnonzero(outside).tolist())
    return point, f"; outside are also {', '.join(one.name for one in others)}" if others else ""


def _check_zone(site: Site, lon_deg: Floats) -> None:
    """Refuse points far from the zone of their grid: its number is missing, too much, or another's."""
    outside = outside_grid(site.grid, lon_deg, beside=True)
    if outside.any():
        point, more = _first_of(site, outside)
        raise YardError(
            f"calibration, point {point.name!r}, surveyed: expected east, north and height in the zone of "
            f"EPSG {site.grid}, meridian {meridian_deg(site.grid):.0f} E, found {point.surveyed[0]:.2f}, "
            f"{point.surveyed[1]:.2f}{more}"
        )


def password_of(entry: Entry, folder: Path) -> str:
    """Give the password of a source: from the environment or a file of its own, never from the TOML.

    Raises
    ------
    SourceError
        Where it is not there.
    """
    if entry.password_env:
        found = os.environ.get(entry.password_env)
        if found is None:
            raise SourceError(
                f"source {entry.name!r}: password_env: expected {entry.password_env} in the environment, "
                "found nothing"
            )
        return found
    if entry.password_file:
        try:
            return (folder / entry.password_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(
                f"source {entry.name!r}: password_file: expected a file that can be read, found {error}"
            ) from None
    return ""


def _levers(entry: Entry) -> dict[str, tuple[float, float, float]]:
    """Give how far antennas are from where their machines' kinds have them."""
    out = {}
    for one in entry.machines.values():
        if one.lever_arm_m is not None:
            (a, b, c), (x, y, z) = one.lever_arm_m, KINDS[one.kind].antenna_m
            out[one.machine] = (a - x, b - y, c - z)
    return out


def rules_of(sources: Sources, fence_deg: tuple[tuple[float, float], ...] = ()) -> Rules:
    """Give the decoder's rules of all sources."""
    out, speeds = {}, {}
    for entry in sources.source:
        # A device whose name does not fit the yard goes by its machine's from where it is heard.
        long = [one.machine for device, one in entry.machines.items() if not fits(device)]
        names = dict.fromkeys(long, "") | {device: one.machine for device, one in entry.machines.items()}
        names = {device: machine or device for device, machine in names.items()}
        reference = reference_of(entry)
        out[entry.name] = SourceRules(
            entry.device,
            names,
            entry.listed,
            entry.map,
            reference if reference.moves else None,
            _levers(entry),
            entry.maps,
            False if entry.address.startswith("file:") else entry.live or None,
        )
        for machine in entry.machines.values():
            if machine.kind:
                speeds[machine.machine] = KINDS[machine.kind].speed_mps
    site = sources.calibration
    return Rules(out, fence_deg, speeds, calibration=calibration_of(site) if site is not None else None)
