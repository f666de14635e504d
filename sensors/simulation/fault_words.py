"""The faults of a simulation in words: what each is counted in, and what a wrong word was probably meant for.

It imports nothing large: the help of the command line is made of it.
"""

import difflib
import re
from collections.abc import Iterable
from typing import Any

_SHARE, _S, _M, _SWITCH = "a share from 0 to 1", "seconds", "metres", "on or off"
COUNTED: dict[str, str] = {
    "noise": "perfect, clean, demo or yard", "multipath": "times the usual error beside blocks",
    "blind": "on or off: whether radio-blind zones are", "outage": "1: half of the constellations, 2: all",
    "latency_s": _S, "jitter_s": _S, "duplicates": _SHARE, "late": _SHARE, "late_s": _S,
    "target": "the name of a machine (target=list lists them)", "after_s": _S, "jump_m": _M,
    "drift_mps": "metres a second", "frozen": _SWITCH, "wrong_fix_m": _M, "clock_s": _S, "replay_s": _S,
    "duplicate_m": _M, "foreign_m": _M, "flood_per_s": "lines a second", "spoof_m": _M,
    "stops": _SWITCH, "drives_on": _SWITCH, "speeding": "times the allowed speed", "walks": _SWITCH,
    "wrong_way": _SWITCH, "swings_low": _SWITCH, "wind_mps": "metres a second",
}  # fmt: skip
"""Every fault -> what its value is counted in."""

USUAL: dict[str, Any] = {
    "multipath": 4.0, "blind": True, "outage": 1, "latency_s": 0.5, "jitter_s": 0.1, "duplicates": 0.05,
    "late": 0.05, "late_s": 5.0, "jump_m": 25.0, "drift_mps": 0.5, "frozen": True, "wrong_fix_m": 1.5,
    "clock_s": 3600.0, "replay_s": 60.0, "duplicate_m": 80.0, "foreign_m": 80.0, "flood_per_s": 5000.0,
    "noise": "yard", "after_s": 20.0, "spoof_m": 40.0, "stops": True, "drives_on": True, "speeding": 1.6,
    "walks": True, "wrong_way": True, "swings_low": True, "wind_mps": 22.0,
}  # fmt: skip
"""What a fault is where only its name is given."""

MANUAL = 'sensors/README.md, "A simulation made worse"'
_ALL = "`yard-twin run --help` lists them with what they are counted in"
_TIMES = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}
_SPEEDS = {"m/s": 1.0, "mps": 1.0, "km/h": 1 / 3.6, "kmh": 1 / 3.6}
_UNITS: dict[str, dict[str, float]] = {
    _M: {"m": 1.0, "cm": 0.01, "mm": 0.001, "km": 1000.0}, _S: _TIMES, "metres a second": _SPEEDS,
    _SHARE: {"%": 0.01}, "lines a second": {"/s": 1.0},
}  # fmt: skip
_NUMBER = re.compile(r"([-+]?\d*(?:[.,]\d+)?)\s*([a-zA-Z/%]*)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_THOUSANDS = re.compile(r",\d{3}\b")


def listed() -> list[str]:
    """Give a line for each fault: what it is counted in, and in brackets what its name alone means."""
    out = []
    for name, counted in COUNTED.items():
        usual = USUAL.get(name, "")
        alone = ("on" if usual else "off") if isinstance(usual, bool) else f"{usual}".removesuffix(".0")
        out.append(f"{name + '=VALUE':18} {counted}{f' [{alone}]' if alone else ''}")
    return out


def near(found: str, names: Iterable[str], most: int = 1) -> list[str]:
    """Give the names that a word was probably meant for, the nearest first; none where none is like it."""
    plain = {_plain(name): name for name in names}
    return [plain[one] for one in difflib.get_close_matches(_plain(found), plain, most, 0.6)]


def _plain(name: str) -> str:
    """Give a name without capitals and without zeros before its number."""
    return _ZEROS.sub("", name.lower())


def unknown(text: str) -> str:
    """Say what is wrong with a fault of a name that there is not."""
    name = text.partition("=")[0]
    meant = near(name, COUNTED)
    if not meant:
        return f"fault {text!r}: expected NAME or NAME=VALUE with one of {', '.join(COUNTED)}; {_ALL}"
    return (
        f"fault {text!r}: expected NAME or NAME=VALUE, found no fault {name!r}; write {meant[0]!r} "
        f"({COUNTED[meant[0]]}); {_ALL}"
    )


def no_number(name: str, word: str) -> str:
    """Say what is wrong with the value of a fault that wants a number."""
    meant = _meant(name, word)
    hint = f"; write {name}={meant:g}" if meant is not None else ""
    return f"fault {name}: expected a number ({COUNTED[name]}), found {word!r}{hint}"


def _meant(name: str, word: str) -> float | None:
    """Give the number that a word with a unit or a decimal comma was meant for; None where it is not sure."""
    match = _NUMBER.fullmatch(word)
    if match is None or not match[1] or _THOUSANDS.search(match[1]):
        return None
    factor = 1.0 if not match[2] else _UNITS.get(COUNTED[name], {}).get(match[2])
    return None if factor is None else float(match[1].replace(",", ".")) * factor
