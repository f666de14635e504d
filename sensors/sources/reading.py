"""Reads a file of sources, and tells all that is wrong with it at once."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from sensors.errors import SourceError
from sensors.sources.collecting import converted
from sensors.sources.config import (
    TABLES,
    USUAL_FRAME,
    USUAL_PLATE,
    Entry,
    Site,
    Sources,
    calibration_of,
)
from sensors.sources.opening import address_problems, same_port
from sensors.sources.wording import EXPECTED, Refusal, frame_refused, meant, source_named
from twin.datum import EPOCH, FRAMES, LEAST_MM_A, MOST_MM_A, PLATES
from twin.errors import YardError

MOST_DEVICE = 200
"""So long a device may call itself: serial numbers of vehicles are longer than names of machines."""
EPOCH_NEAR = 0.05
"""So many years from it an epoch is still that of a frame that stands."""
MOST_TOLD = 30
"""So many things that are wrong with a file are told one by one."""


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
            lines.append(f"file {path.name!r}, {error}; `yard-twin doctor --sources` shows each point")
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
        return tomllib.loads(path.read_text("utf-8-sig"))
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
    of, out = f"{source_named(row, entry.name)}, ", []
    if entry.name in [one.name for one in before]:
        name = f"{source_named(row, '')}, name"
        out.append((name, "a name that no other source has", repr(entry.name)))
    out += _frame_checked(of, entry)
    for device, machine in entry.machines.items():
        if not (0 < len(device) <= MOST_DEVICE and device.isprintable()):
            expected = f"devices of 1 to {MOST_DEVICE} printable characters"
            out.append((f"{of}machines", expected, repr(device)))
        if machine.lever_arm_m is not None and not machine.kind:
            out.append((f"{of}machines.{device}.kind", "one, as there is a lever arm", "none"))
    out += _kinds_checked(of, entry, before)
    if entry.password_env and entry.password_file:
        out.append((f"{of}password_file", "one of password_env and password_file", "both"))
    told = next((key for key in ("password_env", "password_file") if getattr(entry, key)), "")
    if told and not entry.user:
        out.append((f"{of}user", f"one, as there is {told}", "none"))
    out += [(f"{of}{key}", expected, found) for key, expected, found in address_problems(entry)]
    if any(same_port(entry, one) for one in before):
        out.append((f"{of}address", "a port that no other source has", repr(entry.address)))
    return out


def _kinds_checked(of: str, entry: Entry, before: list[Entry]) -> list[Refusal]:
    """Give which machines are said to be of another kind than elsewhere in the file."""
    out, told = [], {m.machine: m.kind for one in before for m in one.machines.values() if m.kind}
    for device, machine in entry.machines.items():
        kind = told.setdefault(machine.machine, machine.kind) if machine.kind else ""
        if kind != machine.kind:
            expected = f"{kind}, as {machine.machine} is said to be before"
            out.append((f"{of}machines.{device}.kind", expected, repr(machine.kind)))
    return out


def _frame_checked(of: str, found: Entry | Site) -> list[Refusal]:
    """Give what is wrong with what the positions of a source, or of a survey, are said to be in."""
    frame, out = found.frame or USUAL_FRAME, []
    refused = frame_refused(frame)
    if refused is not None:
        out.append((f"{of}frame", *refused))
    if FRAMES.get(frame) and found.epoch is None:
        out.append((f"{of}epoch", f"a year such as 2026.9, as {frame} moves with it", "none"))
    if FRAMES.get(frame) is False and found.epoch is not None and abs(found.epoch - EPOCH) > EPOCH_NEAR:
        stands = (
            f"none or {EPOCH:.1f}, at which {frame} stands; positions of another year are in ITRF or WGS 84"
        )
        out.append((f"{of}epoch", stands, f"{found.epoch}"))
    if (found.plate or USUAL_PLATE) not in PLATES:
        out.append((f"{of}plate", EXPECTED["plate"], f"{found.plate!r}{meant(found.plate, PLATES)}"))
    if not all(abs(value) <= MOST_MM_A for value in found.velocity_mm_a or ()):
        out.append((f"{of}velocity_mm_a", f"at most {MOST_MM_A:.0f} mm a year", f"{found.velocity_mm_a}"))
    if found.velocity_mm_a and 0.0 < max(map(abs, found.velocity_mm_a)) < LEAST_MM_A:
        meant_mm = ", ".join(f"{1000.0 * value:g}" for value in found.velocity_mm_a)
        told = f"{found.velocity_mm_a}; if that is metres a year write [{meant_mm}]"
        out.append((f"{of}velocity_mm_a", f"{LEAST_MM_A:.0f} mm a year or more along an axis", told))
    return out
