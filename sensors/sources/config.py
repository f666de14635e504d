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
from msgspec import Meta

from sensors.errors import SourceError
from sensors.rules import Rules, SourceRules
from sensors.vda5050 import MapFrame
from twin.fleet.kinds import KIND_NAMES, KINDS

FRAMES: dict[str, bool] = {
    "CGCS2000": False, "WGS 84": True, "ITRF2008": True, "ITRF2014": True, "ITRF2020": True, "BDCS": True,
}  # fmt: skip
"""Frames that a source may be in, and whether its epoch must be told: plates move 2 to 8 cm a year."""

REFUSED_FRAMES = {
    "GCJ-02": "GCJ-02 is an obfuscation of maps, off by up to 700 m and not invertible: no measurement",
    "BD-09": "BD-09 is an obfuscation of maps, off by up to 1.3 km and not invertible: no measurement",
}

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][ -~]{0,15}$")]
Metres = Annotated[float, Meta(ge=-100, le=100)]


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
    """One source."""

    name: Name
    address: Annotated[str, Meta(min_length=5, max_length=300)]
    frame: str = "CGCS2000"
    epoch: Annotated[float, Meta(ge=1980, le=2100)] | None = None
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


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    source: list[Entry]


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
    except tomllib.TOMLDecodeError as error:
        raise _error(path, "", "TOML", str(error)) from None
    try:
        found = msgspec.convert(data, Sources)
    except msgspec.ValidationError as error:
        raise _not_valid(path, str(error), data) from None
    names = [entry.name for entry in found.source]
    for row, entry in enumerate(found.source):
        key = f"source[{row}]"
        if names.index(entry.name) < row:
            raise _error(path, f"{key}.name", "a name that no other source has", repr(entry.name))
        _check(path, key, entry)
    return found


def _error(path: Path, key: str, expected: str, found: str) -> SourceError:
    return SourceError(f"file {path.name!r}{f', {key}' if key else ''}: expected {expected}, found {found}")


_WHERE = re.compile(r"^(.*?)(?: - at `(?:key in )?\$\.?([^`]*)`)?$", re.DOTALL)


def _not_valid(path: Path, text: str, data: Any) -> SourceError:
    """Turn what msgspec says into key, expected and found."""
    match = _WHERE.match(text)
    said, key = (match[1], match[2] or "") if match else (text, "")
    expected, comma, got = said.removeprefix("Expected ").partition(", got ")
    if said.startswith("Object contains unknown field"):
        return _error(path, key, "only the keys that are described", said.rpartition(" ")[2])
    if said.startswith("Object missing required field"):
        return _error(path, key, said.rpartition(" ")[2], "no such key")
    found = got if comma else repr(_at(data, key))
    return _error(path, key, expected, found)


def _at(data: Any, key: str) -> Any:
    """Give what stands at a key such as ``source[1].qos``."""
    for name, place in re.findall(r"([^.\[\]]+)|\[(\d+)\]", key):
        try:
            data = data[int(place)] if place else data[name]
        except (KeyError, IndexError, TypeError):
            return "nothing"
    return data


def _check(path: Path, key: str, entry: Entry) -> None:
    """Refuse what msgspec cannot see."""
    from sensors.sources.opening import check_address

    if entry.frame in REFUSED_FRAMES:
        raise _error(
            path, f"{key}.frame", ", ".join(FRAMES), f"{entry.frame!r}: {REFUSED_FRAMES[entry.frame]}"
        )
    if entry.frame not in FRAMES:
        raise _error(path, f"{key}.frame", ", ".join(FRAMES), repr(entry.frame))
    if FRAMES[entry.frame] and entry.epoch is None:
        raise _error(path, f"{key}.epoch", f"a year such as 2026.9, as {entry.frame} moves with it", "none")
    for device in entry.machines:
        if not re.match(r"^[ -~]{1,16}$", device):
            raise _error(path, f"{key}.machines", "devices of 1 to 16 ASCII characters", repr(device))
    if entry.password_env and entry.password_file:
        raise _error(path, f"{key}.password_file", "one of password_env and password_file", "both")
    problem = check_address(entry)
    if problem is not None:
        raise _error(path, f"{key}.{problem[0]}", problem[1], problem[2])


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


def rules_of(sources: Sources, fence_deg: tuple[tuple[float, float], ...] = ()) -> Rules:
    """Give the decoder's rules of all sources."""
    out, speeds = {}, {}
    for entry in sources.source:
        names = {device: machine.machine for device, machine in entry.machines.items()}
        out[entry.name] = SourceRules(entry.device, names, entry.listed, entry.map)
        for machine in entry.machines.values():
            if machine.kind:
                speeds[machine.machine] = KINDS[machine.kind].speed_mps
    return Rules(out, fence_deg, speeds)
