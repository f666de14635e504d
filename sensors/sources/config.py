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
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from sensors.errors import SourceError
from sensors.lines import MAX_NAME_BYTES
from sensors.rules import Rules, SourceRules
from sensors.sources.collecting import converted
from sensors.sources.wording import EXPECTED, Refusal, frame_refused, meant, source_named
from sensors.vda5050 import MapFrame
from twin.datum import FRAMES, MOST_MM_A, PLATES, Reference, to_cgcs2000
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
MOST_TOLD = 30
"""So many things that are wrong with a file are told one by one."""
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
        Names file, key, what was expected and what was found; a line for each thing that is wrong.
    """
    found, wrong = _read(path)
    lines = _lines(path, wrong)
    if found.calibration is not None and not any(where.startswith("calibration") for where, _, _ in wrong):
        try:
            calibration_of(found.calibration)
        except YardError as error:
            lines.append(f"file {path.name!r}, {error}")
    if lines:
        raise SourceError("\n".join(lines))
    return found


def read_entries(path: Path) -> Sources:
    """Read a file of sources, whether its points make a calibration or not; else as :func:`read_config`."""
    found, wrong = _read(path)
    if wrong:
        raise SourceError("\n".join(_lines(path, wrong)))
    return found


def read_usable(path: Path) -> Sources:
    """Read a file of sources, without a calibration that its points do not make; as :func:`read_config`."""
    found = read_entries(path)
    try:
        if found.calibration is not None:
            calibration_of(found.calibration)
    except YardError:
        return msgspec.structs.replace(found, calibration=None)
    return found


def _read(path: Path) -> tuple[Sources, list[Refusal]]:
    """Give what can be read of a file, and all that is wrong with it: of what was left out, it alone."""
    data = _toml(path)
    rows, site = data.get("source"), data.get("calibration")
    parts: dict[str, Any] = {"source": []} if isinstance(rows, list) else {}
    whole = {key: value for key, value in data.items() if key != "calibration" or not isinstance(site, dict)}
    _, wrong = converted(whole | parts, (), TABLES, "")
    entries: dict[int, Entry] = {}
    for row in range(len(rows) if isinstance(rows, list) else 0):
        entry, told = converted(data, ("source", row), TABLES, "source")
        if entry is not None:
            told += _unless_told(told, _checked(row, entry, list(entries.values())))
            entries[row] = entry
        wrong += told
    found = None
    if isinstance(site, dict):
        found, told = _site(data)
        wrong += told
    return Sources(list(entries.values()), found), wrong


def _site(data: dict[str, Any]) -> tuple[Site | None, list[Refusal]]:
    """Give the calibration of a file with the points that can be read, and what is wrong with it."""
    table, points = data["calibration"], []
    rows = table.get("points")
    listed: dict[str, Any] = {"points": []} if isinstance(rows, list) else {}
    site, told = converted(data | {"calibration": table | listed}, ("calibration",), TABLES, "calibration")
    for row in range(len(rows) if isinstance(rows, list) else 0):
        point, more = converted(data, ("calibration", "points", row), TABLES, "points")
        told += more
        points += [point] if point is not None else []
    if site is None:
        return None, told
    names = [point.name for point in points]
    wrong = _frame_checked("calibration.", site)
    wrong += [
        ("calibration.points", "a name that no other point has", repr(name))
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    return msgspec.structs.replace(site, points=points), told + _unless_told(told, wrong)


def _unless_told(told: list[Refusal], more: list[Refusal]) -> list[Refusal]:
    """Leave out what is about a place of which something was told: it was looked at without that."""
    places = {re.sub(r"\[\d+\]$", "", where) for where, _, _ in told}
    return [one for one in more if one[0] not in places]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        expected, found = "a file that can be read", error.strerror or str(error)
    except UnicodeDecodeError:
        expected, found = "text in UTF-8", "other bytes"
    except RecursionError:
        expected, found = "TOML", "brackets in brackets without end"
    except ValueError as error:  # a TOMLDecodeError, or a number of thousands of digits
        expected, found = "TOML", str(error)
    raise SourceError(_message(path, "", expected, found))


def _lines(path: Path, wrong: list[Refusal]) -> list[str]:
    more = [f"file {path.name!r}: {len(wrong) - MOST_TOLD} more are wrong"] if len(wrong) > MOST_TOLD else []
    return [*(_message(path, *one) for one in wrong[:MOST_TOLD]), *more]


def _message(path: Path, where: str, expected: str, found: str) -> str:
    return f"file {path.name!r}{f', {where}' if where else ''}: expected {expected}, found {found}"


def _checked(row: int, entry: Entry, before: list[Entry]) -> list[Refusal]:
    """Give what msgspec cannot see to be wrong with a source, beside those before it."""
    from sensors.sources.opening import address_problems

    of, out = f"{source_named(row, entry.name)}, ", []
    if entry.name in [one.name for one in before]:
        name = f"{source_named(row, '')}, name"
        out.append((name, "a name that no other source has", repr(entry.name)))
    out += _frame_checked(of, entry)
    for device, machine in entry.machines.items():
        if not re.match(rf"^[ -~]{{1,{MOST_DEVICE}}}$", device):
            expected = f"devices of 1 to {MOST_DEVICE} ASCII characters"
            out.append((f"{of}machines", expected, repr(device)))
        if machine.lever_arm_m is not None and not machine.kind:
            out.append((f"{of}machines.{device}.kind", "one, as there is a lever arm", "none"))
    if entry.password_env and entry.password_file:
        out.append((f"{of}password_file", "one of password_env and password_file", "both"))
    out += [(f"{of}{key}", expected, found) for key, expected, found in address_problems(entry)]
    if entry.address.startswith(_ALONE) and entry.address in [one.address for one in before]:
        out.append((f"{of}address", "a port that no other source has", repr(entry.address)))
    return out


def _frame_checked(of: str, found: Entry | Site) -> list[Refusal]:
    """Give what is wrong with what the positions of a source, or of a survey, are said to be in."""
    frame, out = found.frame or USUAL_FRAME, []
    refused = frame_refused(frame)
    if refused is not None:
        out.append((f"{of}frame", *refused))
    if FRAMES.get(frame) and found.epoch is None:
        out.append((f"{of}epoch", f"a year such as 2026.9, as {frame} moves with it", "none"))
    if (found.plate or USUAL_PLATE) not in PLATES:
        out.append((f"{of}plate", EXPECTED["plate"], f"{found.plate!r}{meant(found.plate, PLATES)}"))
    if not all(abs(value) <= MOST_MM_A for value in found.velocity_mm_a or ()):
        out.append((f"{of}velocity_mm_a", f"at most {MOST_MM_A:.0f} mm a year", f"{found.velocity_mm_a}"))
    return out


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
