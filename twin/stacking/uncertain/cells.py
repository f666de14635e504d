"""What a cell of a recorded table says: instants, numbers, flags, written in the ways of many systems."""

import datetime
import re

from twin.errors import TwinError

DAY_S = 86_400.0
_CLOCK = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_LENGTH = re.compile(r"(20|40|45)(?:\.0+)?(?:\s*(?:'|ft|HC|HQ|GP|DC|RF).*)?", re.IGNORECASE)
_FULL = {"1", "1.0", "true", "yes", "y", "full", "laden", "l"}
_EMPTY = {"0", "0.0", "false", "no", "n", "empty", "e", "mt", "m"}
_ENTER = {"enter", "in", "arrive", "arrival", "entry"}
_LEAVE = {"leave", "out", "depart", "departure", "exit"}
MOST = {"bay": 399, "row": 60, "tier": 9}
"""Highest numbers of places that a record may hold."""


class CellError(TwinError):
    """A cell that cannot be read; its text says what was expected."""


def instant_s(text: str) -> float:
    """Give an instant as seconds since 1970 UTC; a time without a zone counts as UTC.

    Parameters
    ----------
    text : str
        ISO 8601, with ``/`` or ``.`` between the parts of the date, with or without a time; packed
        digits (``20240131`` with ``0930`` or ``093000``); Unix seconds or milliseconds.

    Raises
    ------
    CellError
        Where it is none of these, or not between 1970 and 2200.
    """
    expected = "a time such as 2024-01-31 09:30:00"
    found = _CLOCK.fullmatch(text) or (_PACKED.fullmatch(text) if len(text) in (8, 12, 14) else None)
    if found is None:
        if re.fullmatch(r"\d{10}(\.\d+)?", text):
            return float(text)
        if re.fullmatch(r"\d{13}", text):
            return int(text) / 1e3
        raise CellError(expected)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction, zone = (*found.groups(), None, None)[6:8]
    try:
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:
        raise CellError(expected) from None
    if not 1970 <= year <= 2200:
        raise CellError(f"{expected}, of a year from 1970 to 2200")
    return moment.timestamp() + float(f"0.{fraction or 0}") - _offset_s(zone)


def _offset_s(zone: str | None) -> float:
    if not zone or zone == "Z":
        return 0.0
    digits = zone[1:].replace(":", "")
    return (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 3600.0 + int(digits[2:]) * 60.0)


def whole(text: str, name: str) -> int:
    """Give a bay, row or tier, counted from 1.

    Raises
    ------
    CellError
        Where it is no whole number from 1 to the highest such place.
    """
    most = MOST[name]
    match = re.fullmatch(r"0*(\d{1,9})(?:\.0+)?", text)
    if match is None or not 1 <= int(match[1]) <= most:
        raise CellError(f"a whole number from 1 to {most}")
    return int(match[1])


def length_ft(text: str) -> int:
    """Give 20, 40 or 45.

    Raises
    ------
    CellError
        Where it is none of these.
    """
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise CellError("20, 40 or 45")
    return int(match[1])


def laden(text: str) -> bool | None:
    """Tell whether a box is full: 1/0, true/false, yes/no, F(ull)/E(mpty); None where the cell is empty.

    Raises
    ------
    CellError
        Where it says something else.
    """
    word = text.lower()
    if not word:
        return None
    if word in _FULL or word == "f":
        return True
    if word in _EMPTY:
        return False
    raise CellError("0 or 1, true or false, F or E")


def enters(text: str) -> bool:
    """Tell whether an action is that a box enters, else that it leaves.

    Raises
    ------
    CellError
        Where it is neither.
    """
    word = text.lower()
    if word in _ENTER or word in _LEAVE:
        return word in _ENTER
    raise CellError("enter or leave")
