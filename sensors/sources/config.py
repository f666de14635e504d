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
import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from sensors.errors import SourceError
from sensors.lines import MAX_NAME_BYTES
from sensors.rules import Rules, SourceRules
from sensors.sources.wording import EXPECTED, frame_refused, meant, refusal, source_named
from sensors.vda5050 import MapFrame
from twin.datum import FRAMES, PLATES, Reference, to_cgcs2000
from twin.errors import YardError
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.surveying import Calibration, calibrated, geodetic_from_grid, meridian_deg, outside_grid
from twin.tables import Floats

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][ -~]{0,15}$")]
Metres = Annotated[float, Meta(ge=-100, le=100)]
Epoch = Annotated[float, Meta(ge=1980, le=2100)]


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that a device is on, and where on it its antenna is: forward, left, up [m]."""

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
    allow: list[str] = []
    topics: list[str] = []
    qos: Annotated[int, Meta(ge=0, le=1)] = 0
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    tls: Tls | None = None
    baud: Annotated[int, Meta(ge=1200, le=4_000_000)] = 115_200
    map: MapFrame | None = None


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


MOST_DEVICE = 200
"""So long a device may call itself: serial numbers of vehicles are longer than names of machines."""
_ALONE = ("udp:", "tcp-listen:", "serial:")
"""What can be read by one source alone: of two, one would get nothing."""

USUAL_FRAME, USUAL_PLATE = "CGCS2000", "EURA"
"""What is assumed of positions where the file does not state it."""

TABLES = {
    "": Sources, "source": Entry, "machines": Machine, "tls": Tls, "map": MapFrame, "calibration": Site,
    "points": Point,
}  # fmt: skip
"""Key of a table of the file -> what stands in it; the whole file under the empty key."""


def read_config(path: Path) -> Sources:
    """Read a file of sources.

    Raises
    ------
    SourceError
        Names file, key, what was expected and what was found.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _error(path, "", "a file that can be read", error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _error(path, "", "text in UTF-8", "other bytes") from None
    except RecursionError:
        raise _error(path, "", "TOML", "brackets in brackets without end") from None
    except ValueError as error:  # a TOMLDecodeError, or a number of thousands of digits
        raise _error(path, "", "TOML", str(error)) from None
    try:
        found = msgspec.convert(data, Sources)
    except msgspec.ValidationError as error:
        raise _error(path, *refusal(str(error), data, TABLES)) from None
    names = [entry.name for entry in found.source]
    for row, entry in enumerate(found.source):
        if names.index(entry.name) < row:
            where = f"{source_named(row, '')}, name"
            raise _error(path, where, "a name that no other source has", repr(entry.name))
        _check(path, f"{source_named(row, entry.name)}, ", entry)
        if entry.address.startswith(_ALONE) and entry.address in [one.address for one in found.source[:row]]:
            where = f"{source_named(row, entry.name)}, address"
            raise _error(path, where, "a port that no other source has", repr(entry.address))
    if found.calibration is not None:
        _check_site(path, found.calibration)
    return found


def _error(path: Path, key: str, expected: str, found: str) -> SourceError:
    return SourceError(f"file {path.name!r}{f', {key}' if key else ''}: expected {expected}, found {found}")


def _check(path: Path, of: str, entry: Entry) -> None:
    """Refuse what msgspec cannot see; ``of`` names the source."""
    from sensors.sources.opening import check_address

    _check_frame(path, of, entry)
    for device, machine in entry.machines.items():
        if not re.match(rf"^[ -~]{{1,{MOST_DEVICE}}}$", device):
            raise _error(
                path, f"{of}machines", f"devices of 1 to {MOST_DEVICE} ASCII characters", repr(device)
            )
        if machine.lever_arm_m is not None and not machine.kind:
            raise _error(path, f"{of}machines.{device}.kind", "one, as there is a lever arm", "none")
    if entry.password_env and entry.password_file:
        raise _error(path, f"{of}password_file", "one of password_env and password_file", "both")
    problem = check_address(entry)
    if problem is not None:
        raise _error(path, f"{of}{problem[0]}", problem[1], problem[2])


def _check_frame(path: Path, of: str, found: Entry | Site) -> None:
    frame = found.frame or USUAL_FRAME
    refused = frame_refused(frame)
    if refused is not None:
        raise _error(path, f"{of}frame", *refused)
    if FRAMES[frame] and found.epoch is None:
        raise _error(path, f"{of}epoch", f"a year such as 2026.9, as {frame} moves with it", "none")
    if (found.plate or USUAL_PLATE) not in PLATES:
        raise _error(path, f"{of}plate", EXPECTED["plate"], f"{found.plate!r}{meant(found.plate, PLATES)}")
    try:
        reference_of(found)
    except YardError as error:
        raise SourceError(f"file {path.name!r}, {of}{error}") from None


def _check_site(path: Path, site: Site) -> None:
    _check_frame(path, "calibration.", site)
    names = [point.name for point in site.points]
    twice = next((name for row, name in enumerate(names) if names.index(name) < row), None)
    if twice is not None:
        raise _error(path, "calibration.points", "a name that no other point has", repr(twice))
    try:
        calibration_of(site)
    except YardError as error:
        raise SourceError(f"file {path.name!r}, {error}") from None


def reference_of(found: Entry | Site) -> Reference:
    """Give what the positions of a source, or of a survey, are in."""
    return Reference(found.frame or USUAL_FRAME, found.epoch, found.plate or USUAL_PLATE, found.velocity_mm_a)


def calibration_of(site: Site) -> Calibration:
    """Give the calibration that a site's points make.

    Raises
    ------
    YardError
        Where they make none.
    """
    measured = np.array([point.measured for point in site.points], np.float64).reshape(-1, 3)
    surveyed = np.array([point.surveyed for point in site.points], np.float64).reshape(-1, 3)
    measured = np.column_stack(to_cgcs2000(reference_of(site), *measured.T))
    if site.grid:
        lon, lat = geodetic_from_grid(site.grid, surveyed[:, 0], surveyed[:, 1])
        _check_zone(site, lon)
        surveyed = np.column_stack((lon, lat, surveyed[:, 2]))
    return calibrated([point.name for point in site.points], measured, surveyed)


def _check_zone(site: Site, lon_deg: Floats) -> None:
    """Refuse points far from the zone of their grid: its number is missing, too much, or another's."""
    outside = np.flatnonzero(outside_grid(site.grid, lon_deg, beside=True))
    if outside.size:
        point = site.points[int(outside[0])]
        raise YardError(
            f"calibration, point {point.name!r}, surveyed: expected east, north and height in the zone of "
            f"EPSG {site.grid}, meridian {meridian_deg(site.grid):.0f} E, found {point.surveyed[0]:.2f}, "
            f"{point.surveyed[1]:.2f}"
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
        # A device whose name is too long for the yard goes by its machine's from where it is heard.
        long = [one.machine for device, one in entry.machines.items() if len(device) > MAX_NAME_BYTES]
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
        )
        for machine in entry.machines.values():
            if machine.kind:
                speeds[machine.machine] = KINDS[machine.kind].speed_mps
    site = sources.calibration
    return Rules(out, fence_deg, speeds, calibration=calibration_of(site) if site is not None else None)
