"""Telemetry in the words of TIC4.0, as nested JSON and in its FLAT form.

A measurement is found by its words: subject, concept, observed property, point of measurement. Nested
JSON is brought to the FLAT form first, so that one table of words, :data:`POINTS`, reads both.

Notes
-----
TIC4.0 releases 2021.001 to 2025.015: ``che.@.spreader.@.locked.status.output.actual.value``; words may
be parted by ``.`` or ``|``; ``@`` or a number is the place in a list; ``#name#...`` names a sensor. Only
what is measured counts: ``output`` or ``ioutput``, ``actual`` or ``performed``; of a reefer's set point
the ``input``, which is what its controller was told. A ``unit`` counts that stands beside its value, or
anywhere from there up to its property, before or behind it. A coordinate is of its subject's own point
of reference ("Coordinate", TIC4.0 definitions); one of a named sensor is of that sensor: of an antenna.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from sensors.telemetry import NAME_TOO_LONG, NOBODY, Decoded, checked, fitting
from sensors.units import converted
from sensors.vda5050 import instant_ns
from twin.inputs import Unfollowed

MOST_MEASUREMENTS = 2_000
"""Of one message."""

_DEEPEST = 24
_SUBJECTS = ("che", "cargo", "gate", "terminal", "weather")
_MEASURED, _ORDERED = ("output", "ioutput"), ("input", "iinput")
_WHEN = ("actual", "performed")
_SPLIT = re.compile(r"[.|]")

POINTS: dict[tuple[str, ...], tuple[str, str]] = {
    ("che", "location", "coordinate", "latitude"): ("position", "lat_deg"),
    ("che", "location", "coordinate", "longitude"): ("position", "lon_deg"),
    ("che", "location", "coordinate", "altitude"): ("position", "h_m"),
    ("che", "location", "coordinate", "accuracy"): ("position", "sigma_m"),
    ("che", "drive", "speed"): ("position", "speed_mps"),
    ("che", "odometer", "speed"): ("motion", "odometer_mps"),
    ("che", "gyro", "yaw", "rate"): ("motion", "gyro_rps"),
    ("che", "location", "heading", "angle"): ("position", "heading_deg"),
    ("che", "spreader", "locked", "status"): ("crane", "locked"),
    ("che", "spreader", "unlocked", "status"): ("crane", "unlocked"),
    ("che", "spreader", "load", "weight"): ("crane", "load_kg"),
    ("che", "load", "weight"): ("crane", "load_kg"),
    ("che", "spreader", "size", "length"): ("crane", "length_ft"),
    ("che", "trolley", "position", "distance"): ("crane", "trolley_m"),
    ("che", "trolley", "location", "distance"): ("crane", "trolley_m"),
    ("che", "hoist", "position", "distance"): ("crane", "hoist_m"),
    ("che", "hoist", "position", "height"): ("crane", "hoist_m"),
    ("che", "hoist", "location", "height"): ("crane", "hoist_m"),
    ("che", "health", "healthy", "status"): ("health", "healthy"),
    ("che", "health", "fault", "event"): ("health", "fault"),
    ("che", "wind", "speed"): ("wind", "speed_mps"),
    ("che", "wind", "gust"): ("wind", "gust_mps"),
    ("che", "wind", "direction"): ("wind", "from_deg"),
    ("terminal", "wind", "speed"): ("wind", "speed_mps"),
    ("terminal", "wind", "gust"): ("wind", "gust_mps"),
    ("terminal", "wind", "direction"): ("wind", "from_deg"),
    ("gate", "lane", "name"): ("gate", "lane"),
    ("gate", "truck", "id"): ("gate", "truck"),
    ("gate", "event", "direction"): ("gate", "event"),
    ("gate", "cargo", "id"): ("gate", "number"),
    ("cargo", "air", "temperature", "supply"): ("reefer", "supply_c"),
    ("cargo", "air", "temperature", "return"): ("reefer", "return_c"),
    ("cargo", "air", "temperature", "setpoint"): ("reefer", "setpoint_c"),
    ("cargo", "ambient", "temperature"): ("reefer", "ambient_c"),
    ("cargo", "powered", "status"): ("reefer", "powered"),
}
"""Words of a measurement -> the message and the field that it becomes."""

_TEMPERATURE = ("cargo", "air", "temperature")
_UNNAMED = "TIC4.0: cargo.air.temperature: expected a sensor named supply, return or setpoint"

BOTH = "TIC4.0: spreader locked and unlocked at once"
TWO_LOCKED = "TIC4.0: two spreaders of one crane locked at once"
"""A crane with two boxes on it that are not both of 20 ft, as in a tandem lift: they are not followed."""
TWIN_FT = (20, 40)
"""Two spreaders at the first are told as one at the second: a twin lift."""

_SPREADER = ("che", "spreader")
_PLACE = ("lon_deg", "lat_deg", "heading_deg", "point")
_COORDINATE = ("che", "location", "coordinate")
_OF_SENSOR = "of a sensor"
"""Where coordinates of a named sensor are kept until it is known whether the machine tells its own."""

_MARKS = (b'"che"', b'"che.', b'"che|', b'"cargo"', b'"cargo.', b'"cargo|', b'"gate.', b'"gate|',
          b'"terminal"', b'"terminal.', b'"terminal|')  # fmt: skip


def looks_like(line: bytes) -> bool:
    """Tell whether a JSON line speaks TIC4.0."""
    # Lines of our own, by far the most, are told by their first bytes.
    return b'"type":"' not in line[:9] and any(mark in line for mark in _MARKS)


@dataclass(slots=True)
class _Subject:
    """One machine, box, gate or mast of a message, with what was measured."""

    word: str
    name: str = ""
    t_ns: int = 0
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    spreaders: dict[str, dict[str, Any]] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)
    unfollowed: str = ""


def decode(line: bytes, machines: Mapping[str, str] = NOBODY) -> list[Decoded | str] | str:
    """Read one message.

    Parameters
    ----------
    line : bytes
    machines : mapping
        The machine of a device whose own name is too long for the yard.

    Returns
    -------
    list
        What of it the twin knows, empty where it holds nothing of that; a text is why a value of it was
        passed over.
    str
        Why it is refused.
    """
    try:
        message = msgspec.json.decode(line, type=dict[str, Any])
        header_ns, subjects = _gathered(message)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "TIC4.0: no valid JSON object"
    except _TooMuchError as error:
        return str(error)
    out: list[Decoded | str] = []
    for subject in subjects.values():
        t_ns = subject.t_ns or header_ns
        device = fitting(subject.name, machines)
        if subject.found and subject.name and not device:
            return NAME_TOO_LONG
        if subject.spreaders:
            subject.found["crane"] = _of_spreaders(subject) | subject.found["crane"]
        _locate(subject.found)
        out += subject.passed_over
        if subject.unfollowed and device and t_ns:
            out.append(Unfollowed(device, t_ns, subject.unfollowed))
        for kind, values in subject.found.items():
            made = _made(subject, device, kind, values, t_ns)
            if isinstance(made, str):
                return f"TIC4.0: {made}"
            out += [made] if made is not None else []
    return out


class _TooMuchError(Exception):
    """A message that holds more than one can."""


def _gathered(message: dict[str, Any]) -> tuple[int, dict[tuple[str, str], _Subject]]:
    """Bring a message to subjects and what was measured of each."""
    subjects: dict[tuple[str, str], _Subject] = {}
    header_ns = 0
    told = list(islice(_flat(message), MOST_MEASUREMENTS + 1))
    if len(told) > MOST_MEASUREMENTS:
        raise _TooMuchError(f"TIC4.0: over {MOST_MEASUREMENTS} values")
    units = {words[:-1]: str(unit) for words, unit in told if words[-1:] == ("unit",) and unit is not None}
    for words, value in told:
        names = [word for word in words if not _is_place(word)]
        if names == ["msg", "timestamp"] and isinstance(value, str):
            header_ns = instant_ns(value) or 0
        if len(names) < 2 or names[0] not in _SUBJECTS:
            continue
        place = words[1] if len(words) > 1 and _is_place(words[1]) else "@"
        subject = subjects.setdefault((names[0], place), _Subject(names[0]))
        _note(subject, names, value, _place_of(words), _unit_beside(words, units))
    return header_ns, subjects


def _unit_beside(words: tuple[str, ...], units: Mapping[tuple[str, ...], str]) -> str:
    """Give the unit that stands beside a value or above it, up to its property; empty where none does."""
    if not units:
        return ""
    top = next((k for k, word in enumerate(words) if word in (*_MEASURED, *_ORDERED)), len(words) - 1)
    while top and (_is_place(words[top - 1]) or words[top - 1].startswith("#")):
        top -= 1
    return next((units[words[:k]] for k in range(len(words) - 1, top - 1, -1) if words[:k] in units), "")


def _is_place(word: str) -> bool:
    return word.startswith("@") or word.isdecimal()


def _place_of(words: tuple[str, ...]) -> str:
    """Give which spreader of its crane a value is of."""
    following = words[words.index("spreader") + 1 :][:1] if "spreader" in words else ()
    return following[0] if following and _is_place(following[0]) else "@"


def _flat(value: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every value with its words; a measurement of nested JSON as its FLAT form has it."""
    if len(words) > _DEEPEST:
        raise _TooMuchError("TIC4.0: nested too deep")
    if isinstance(value, dict):
        words += _point_of(value)
        for key, inner in value.items():
            yield from _flat(inner, words + tuple(part for part in _SPLIT.split(key.lower()) if part))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(inner, (*words, str(place)))
    else:
        yield words, value


def _point_of(value: dict[str, Any]) -> tuple[str, ...]:
    """Give the words that nested JSON has beside its value: sensor, unit, point of measurement."""
    if "pom" not in value and "pomt" not in value:
        return ()
    name, unit = value.get("name"), value.get("unit")
    words = [f"#name#{name}".lower()] if isinstance(name, str) and name else []
    words += [f"#unit#{unit}".lower()] if isinstance(unit, str) and unit else []
    return (*words, str(value.get("pom", "output")).lower(), str(value.get("pomt", "actual")).lower())


def _note(subject: _Subject, names: list[str], value: Any, spreader: str, beside: str) -> None:
    """Take one value, with the unit ``beside`` it, into its subject, or into one of its spreaders."""
    if len(names) == 2 and names[1] in ("id", "name") and isinstance(value, str) and value:
        if not subject.name or names[1] == "name":
            subject.name = value
        return
    point = next((k for k, word in enumerate(names) if word in (*_MEASURED, *_ORDERED)), 0)
    if point and (len(names) <= point + 1 or names[point + 1] not in _WHEN):
        return
    leaf = names[-1]
    if point and leaf == "timestamp":
        subject.t_ns = max(subject.t_ns, (instant_ns(value) if isinstance(value, str) else None) or 0)
        return
    words, unit = _worded(subject.word, names, point)
    if point and leaf != "value" and (*words, leaf) in POINTS:
        words = (*words, leaf)
    if words == _TEMPERATURE and leaf == "value":
        subject.passed_over.append(_UNNAMED)
    if words not in POINTS or (leaf not in ("value", words[-1], "boolean", "tic40codeid") and point):
        return
    kind, column = POINTS[words]
    if point and (names[point] in _ORDERED) != (column == "setpoint_c"):
        return
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = converted(column, value, unit or beside)
        if value is None:
            subject.passed_over.append(f"TIC4.0: {column}: unit not known")
            return
    if words[:3] == _COORDINATE and any(word.startswith("#name#") for word in names):
        kind = _OF_SENSOR
    values = subject.found.setdefault(kind, {})
    if words[:2] == _SPREADER:
        values = subject.spreaders.setdefault(spreader, {})
    values[column] = value


def _locate(found: dict[str, dict[str, Any]]) -> None:
    """Say of what the position of a machine is: its own where it tells that, else that of its sensor."""
    sensed = found.pop(_OF_SENSOR, {})
    if {"lat_deg", "lon_deg"} <= found.get("position", {}).keys():
        found["position"]["point"] = "machine"
    elif sensed:
        found["position"] = found.get("position", {}) | sensed


def _of_spreaders(subject: _Subject) -> dict[str, Any]:
    """Give what the spreaders of a crane say as of one: of several, what the one that is locked says."""
    told = [_with_one_lock(values, subject.passed_over) for values in subject.spreaders.values()]
    locks = [values.get("locked") for values in told]
    if locks.count(True) > 1:
        return _of_two(subject, [values for values in told if values.get("locked")])
    if True in locks or len(told) == 1:
        return told[locks.index(True) if True in locks else 0]
    return {"locked": False} if all(lock is False for lock in locks) else {}


def _of_two(subject: _Subject, told: list[dict[str, Any]]) -> dict[str, Any]:
    """Give what spreaders that are locked, each on a box, say as of one that is out for two of 20 ft."""
    if len(told) != 2 or any(values.get("length_ft") != TWIN_FT[0] for values in told):
        subject.passed_over.append(TWO_LOCKED)
        subject.unfollowed = "two spreaders locked at once: what they lift and set is not followed"
        return {}
    loads_kg = [values["load_kg"] for values in told if "load_kg" in values]
    out = told[1] | told[0] | {"length_ft": TWIN_FT[1]}
    return out | {"load_kg": sum(loads_kg)} if len(loads_kg) == len(told) else out


def _with_one_lock(values: dict[str, Any], passed_over: list[str]) -> dict[str, Any]:
    """Give what a spreader says with one word of its lock: none while it turns, nor where two cannot be."""
    out = {name: value for name, value in values.items() if name != "unlocked"}
    locked, unlocked = values.get("locked"), values.get("unlocked")
    if locked is None and isinstance(unlocked, bool):
        out["locked"] = not unlocked
    elif isinstance(locked, bool) and locked is unlocked:
        del out["locked"]
        passed_over += [BOTH] if locked else []
    return out


def _worded(subject: str, names: list[str], point: int) -> tuple[tuple[str, ...], str]:
    """Give the words of a measurement without its point, and its unit; a sensor's name ends a reefer's."""
    plain = names[:point] if point else names
    words = tuple(word for word in plain if not word.startswith("#"))
    unit = next((word[6:] for word in plain if word.startswith("#unit#")), "")
    if subject == "cargo":
        named = next((word[6:] for word in plain if word.startswith("#name#")), "")
        kind = next((kind for kind in ("supply", "return", "setpoint") if named.startswith(kind)), "")
        words = (*words, kind) if kind else words
    return words, unit


def _made(
    subject: _Subject, device: str, kind: str, values: dict[str, Any], t_ns: int
) -> Decoded | str | None:
    """Make the message of what was measured of a subject; None where too little of it was."""
    if not values:
        return None
    if not subject.name:
        return f"{subject.word}: expected {subject.word}.id or {subject.word}.name"
    if not t_ns:
        return f"{subject.word}: expected msg.timestamp, or one beside a value: ISO 8601 with Z or an offset"
    out = {"type": kind, "device": device, "t_ns": t_ns, **values}
    if kind == "crane":
        where = subject.found.get("position", {})
        if {"lat_deg", "lon_deg"} <= where.keys():
            out |= {name: where[name] for name in _PLACE if name in where}
    if kind == "reefer":
        out["number"] = subject.name
    if kind == "position" and not {"lat_deg", "lon_deg"} <= out.keys():
        return None
    if kind == "wind":
        out = {"gust_mps": out.get("speed_mps")} | out
    if kind == "gate":
        out = {"gate": subject.name[:40], "lane": ""} | out
        if "truck" not in out or "event" not in out:
            return None
    if kind == "health" and isinstance(out.get("fault"), (int, float)):
        out["fault"] = str(out["fault"])
    return checked(out)
