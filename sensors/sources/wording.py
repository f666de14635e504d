"""What is wrong with a file of sources, in its own words: which source, which key, expected, found."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from twin.datum import FRAMES, PLATES, REFUSED_FRAMES
from twin.fleet.kinds import KIND_NAMES

Refusal = tuple[str, str, str]
"""Where, what was expected, what was found; the last with what to write instead, where that is known."""

_FILE = "the name of a file in PEM form"
_PLACE = "three numbers: longitude and latitude in degrees (or east and north in metres), height in metres"
EXPECTED = {
    "source": "[[source]], in two pairs of brackets, once for each source",
    "calibration": "a table [calibration]",
    "name": "1 to 16 ASCII characters, the first a letter or a digit",
    "address": "an address of 5 to 300 characters such as tcp:192.0.2.7:5017",
    "frame": f"one of {', '.join(FRAMES)}",
    "epoch": "a year from 1980 to 2100, such as 2026.9",
    "plate": f"one of {', '.join(PLATES)}",
    "velocity_mm_a": "three numbers: east, north and up in mm a year",
    "interval_s": "seconds from 0.01 to 3600",
    "device": "at most 16 ASCII characters",
    "machines": 'a table [source.machines] with lines such as "RX-17" = { machine = "TT-07", kind = "rtg" }',
    "listed": "true or false",
    "live": "true or false",
    "allow": 'a list of networks such as ["192.0.2.0/24"]',
    "topics": 'a list of topic filters such as ["yard/pos/+"]',
    "qos": "0 or 1",
    "user": "text",
    "password_env": "the name of an environment variable",
    "password_file": "the name of a file",
    "tls": "a table with ca, certificate and key",
    "baud": "a whole number from 1200 to 4000000",
    "map": "a table with lon_deg, lat_deg and bearing_deg",
    "maps": 'a table [source.maps] with lines such as "quay" = { lon_deg = 121.85, lat_deg = 30.62 }',
    "machine": "1 to 16 ASCII characters, the first a letter or a digit",
    "kind": f"one of {', '.join(KIND_NAMES)}",
    "block": "at most 12 characters",
    "lever_arm_m": "three numbers from -100 to 100: forward, left and up in metres",
    "ca": _FILE,
    "certificate": _FILE,
    "key": _FILE,
    "lon_deg": "degrees from -180 to 180",
    "lat_deg": "degrees from -85 to 85",
    "bearing_deg": "degrees from -360 to 360",
    "points": "a list of { name = ..., measured = [...], surveyed = [...] }",
    "measured": _PLACE,
    "surveyed": _PLACE,
    "grid": "the EPSG code of a Gauss-Kruger zone, or 0",
    "limit_m": "metres above 0, at most 10",
}
"""Every key of the file -> what is expected of it."""

_NAMED = {
    "machines": 'a table such as { machine = "TT-07", kind = "terminal_tractor" }',
    "maps": "a table such as { lon_deg = 121.85, lat_deg = 30.62, bearing_deg = 20.0 }",
}
"""Tables whose keys are names that the file gives -> what is expected under each."""
_SECRET = "a password never stands in this file, name an environment variable with password_env"
_WHERE = re.compile(r"^(.*?)(?: - at `(?:key in )?\$\.?([^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|([^.\[\]]+)")
_LONGEST = 80
_LEAST_PART = 4
"""So many letters of a choice name it where they are in no other, as ``tractor``."""

Step = int | str


def located(text: str, data: Any, tables: Mapping[str, Any]) -> tuple[str, tuple[Step, ...]]:
    """Give what msgspec says of a table, and where in it.

    Parameters
    ----------
    text : str
        Its message.
    data : object
        What stands in the table.
    tables : mapping
        Key of a table -> its struct.
    """
    match = _WHERE.match(text)
    said, path = (match[1], match[2] or "") if match else (text, "")
    steps: list[Step] = [int(n) if n.isdecimal() else n or word for n, word in _STEP.findall(path)]
    if "..." in steps:
        said, steps = _of_one_name(said, data, steps, tables)
    return said, tuple(steps)


def field_of(said: str) -> tuple[str, str]:
    """Give the key that msgspec says is missing, and the one that it does not know; each empty for none."""
    name = said.rpartition(" ")[2].strip("`")
    missing, unknown = (
        said.startswith(f"Object {how} field") for how in ("missing required", "contains unknown")
    )
    return name if missing else "", name if unknown else ""


def refusal(said: str, steps: tuple[Step, ...], data: Any, tables: Mapping[str, Any]) -> tuple[Refusal, str]:
    """Turn what msgspec says of a file into where, expected and found; give also the key that was meant.

    Parameters
    ----------
    said : str
        Its message.
    steps : tuple of str or int
        The place in the file.
    data : object
        What stands in the file.
    tables : mapping
        Key of a table -> its struct; the whole file under the empty key.
    """
    where, last, (missing, unknown) = place(data, steps), _key(steps), field_of(said)
    if unknown:
        known = tables[last].__struct_fields__
        return (where, *_unknown(unknown, known)), near(unknown, known)
    if missing:
        return (where, f"the key {missing}: {EXPECTED[missing]}", "no such key"), ""
    found = at_place(data, steps)
    if len(steps) > 1 and steps[-2] in _NAMED:
        return (where, _NAMED[str(steps[-2])], shown(found)), ""
    hint = meant(found, _CHOICES.get(last, ()))
    return (where, EXPECTED.get(last, "a table"), f"{shown(found)}{hint}"), ""


def place(data: Any, steps: Iterable[Step]) -> str:
    """Name a place in the file: a source by its own name where it has one, the key, the machine."""
    steps, head = list(steps), ""
    if len(steps) > 1 and steps[0] == "source" and isinstance(steps[1], int):
        name = at_place(data, (*steps[:2], "name"))
        head = source_named(steps[1], name if isinstance(name, str) else "")
        steps = steps[2:]
    elif steps[:2] == ["calibration", "points"] and isinstance(
        name := at_place(data, (*steps[:3], "name")), str
    ):
        head, steps = f"calibration, point {name!r}", steps[3:]
    tail = ""
    for step in steps:
        tail += f"[{step}]" if isinstance(step, int) else f".{step}" if tail else step
    return ", ".join(part for part in (head, tail) if part)


def source_named(row: int, name: str) -> str:
    """Give what a source is called in a message: by its name, else by its place counted from 1."""
    return f"source {name!r}" if name else f"source number {row + 1}"


def shown(found: Any) -> str:
    """Give a value as it stands in the file, cut where it is long."""
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, dict):
        text = f"a table with {', '.join(map(str, found))}" if found else "an empty table"
    elif isinstance(found, list):
        text = f"[{', '.join(shown(one) for one in found)}]"
    else:
        text = "nothing" if found is None else repr(found) if isinstance(found, str) else str(found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def near(found: Any, choices: Iterable[str]) -> str:
    """Give the choice that a value is nearly; empty where it is one or like none."""
    if not isinstance(found, str):
        return ""
    plain, word = {_plain(choice): choice for choice in choices}, _plain(found)
    parts = [choice for choice in plain if len(word) >= _LEAST_PART and word in choice]
    like = [word] if word in plain else difflib.get_close_matches(word, plain, 1, 0.75)
    meant_ = plain[like[0]] if like else plain[parts[0]] if len(parts) == 1 else ""
    return "" if meant_ == found else meant_


def meant(found: Any, choices: Iterable[str]) -> str:
    """Give what to write where a value is nearly one of the choices; else nothing."""
    like = near(found, choices)
    return f"; write {like!r}" if like else ""


def frame_refused(found: str) -> tuple[str, str] | None:
    """Give what was expected and found where a frame is none that positions may be in; None where it is."""
    if found in FRAMES:
        return None
    refused = next((name for name in REFUSED_FRAMES if _plain(name) == _plain(found)), "")
    why = f": {REFUSED_FRAMES[refused]}" if refused else meant(found, FRAMES)
    return EXPECTED["frame"], f"{found!r}{why}"


_CHOICES: dict[str, Iterable[str]] = {"kind": KIND_NAMES, "plate": PLATES}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _key(steps: Sequence[Step]) -> str:
    """Give the last key that the program knows; empty for the whole file. A device may be called like one."""
    keys = [step for step, before in zip(steps, ("", *steps), strict=False) if before not in _NAMED]
    return next((step for step in reversed(keys) if isinstance(step, str) and step in EXPECTED), "")


def _of_one_name(
    said: str, data: Any, steps: list[Step], tables: Mapping[str, Any]
) -> tuple[str, list[Step]]:
    """Find which machine or map a message without its name is about."""
    at = steps.index("...")
    for device, value in at_place(data, steps[:at]).items():
        try:
            msgspec.convert(value, tables[str(steps[at - 1])])
        except msgspec.ValidationError as error:
            match = _WHERE.match(str(error))
            rest = _STEP.findall(match[2] or "") if match else []
            more = [int(n) if n.isdecimal() else word for n, word in rest]
            return match[1] if match else said, [*steps[:at], device, *more]
    return said, [*steps[:at], *steps[at + 1 :]]


def _unknown(found: str, known: tuple[str, ...]) -> tuple[str, str]:
    hint = f": {_SECRET}" if found == "password" and "password_env" in known else meant(found, known)
    return f"keys {', '.join(known)}", f"{found!r}{hint}"


def at_place(data: Any, steps: Iterable[Step]) -> Any:
    """Give what stands at a place; None where nothing does."""
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
