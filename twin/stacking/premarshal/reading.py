"""Bays to be sorted, read from files: JSON lines, or the text form of Bortfeldt and Forster."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin import keys_once
from twin.keys_once import KeyTwiceError
from twin.stacking.premarshal.model import MOST_STACKS, MOST_TIERS, LayoutError

_MOST_BYTES = 64 << 20
_MOST_LINE = 1 << 20
_MOST_BAYS = 100_000
_HIGHEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Instance:
    """One bay of a file.

    Attributes
    ----------
    file, index : where it was read, counted from 0.
    stacks : groups of each stack's boxes from the ground up; smaller ones leave earlier.
    tiers : how high a stack may be.
    """

    file: str
    index: int
    stacks: tuple[tuple[int, ...], ...]
    tiers: int


def read(path: Path, tiers: int | None = None) -> list[Instance]:
    """Read every bay of a file.

    Parameters
    ----------
    path : Path
        ``.jsonl``: an object a line with ``stacks`` and ``max_tiers``. Else ``S N``, then S lines
        ``h p1 .. ph`` from the ground up, with the tiers as the second number in the name.
    tiers : int, optional
        How high a stack may be, whatever the file says.

    Raises
    ------
    LayoutError
        Names the file, the line, what was expected and what was found.
    """
    where = f"file {str(path)!r}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LayoutError(f"{where}: expected at most {_MOST_BYTES} bytes, found {path.stat().st_size}")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise LayoutError(f"{where}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LayoutError(f"{where}: expected UTF-8 text, found byte {error.start} is none") from error
    if path.suffix.lower() in (".jsonl", ".json", ".ndjson"):
        return list(_json_lines(where, path, text, tiers))
    return [_text(where, path, text, tiers)]


def _json_lines(where: str, path: Path, text: str, tiers: int | None) -> Iterator[Instance]:
    index = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        here = f"{where}, line {number}"
        if len(line) > _MOST_LINE:
            raise LayoutError(f"{here}: expected at most {_MOST_LINE} characters, found {len(line)}")
        if index >= _MOST_BAYS:
            raise LayoutError(f"{here}: expected at most {_MOST_BAYS} bays")
        try:
            found = keys_once.loads(line)
        except KeyTwiceError as error:
            raise LayoutError(f"{here}: {error}") from error
        except (ValueError, RecursionError) as error:
            raise LayoutError(f"{here}: expected a JSON object, found {_short(line)} ({error})") from error
        if not isinstance(found, dict):
            raise LayoutError(f"{here}: expected a JSON object, found {_short(line)}")
        yield _instance(here, path, index, found.get("stacks"), tiers or found.get("max_tiers"))
        index += 1
    if not index:
        raise LayoutError(f"{where}: expected a bay a line, found none")


def _instance(here: str, path: Path, index: int, stacks: Any, tiers: Any) -> Instance:
    """Give a bay whose every part is what it should be."""
    if not _whole(tiers, 1, MOST_TIERS):
        raise LayoutError(f"{here}, max_tiers: expected 1 to {MOST_TIERS}, found {_short(tiers)}")
    if not isinstance(stacks, list) or not 1 <= len(stacks) <= MOST_STACKS:
        raise LayoutError(f"{here}, stacks: expected 1 to {MOST_STACKS} lists, found {_short(stacks)}")
    for number, stack in enumerate(stacks):
        at = f"{here}, stacks[{number}]"
        if not isinstance(stack, list):
            raise LayoutError(f"{at}: expected a list, found {_short(stack)}")
        if len(stack) > tiers:
            raise LayoutError(f"{at}: expected at most {tiers} boxes, found {len(stack)}")
        for tier, group in enumerate(stack):
            if not _whole(group, 0, _HIGHEST):
                raise LayoutError(f"{at}[{tier}]: expected a whole number from 0, found {_short(group)}")
    return Instance(path.name, index, tuple(map(tuple, stacks)), tiers)


def _text(where: str, path: Path, text: str, tiers: int | None) -> Instance:
    """Read ``S N`` and S lines ``h p1 .. ph``."""
    lines = text.rstrip().splitlines()
    if tiers is None:
        numbers = re.findall(r"\d+", re.sub(r"^BF\d+", "", path.stem))
        if len(numbers) < 2:
            raise LayoutError(f"{where}: expected the tiers as the second number of its name, found none")
        tiers = min(int(numbers[1][:9]), 1 << 30)
    head = _numbers(where, 1, lines[0] if lines else "")
    if len(head) != 2:
        raise LayoutError(
            f"{where}, line 1: expected stacks and boxes, found {_short(lines[0] if lines else '')}"
        )
    if len(lines) != head[0] + 1:
        raise LayoutError(f"{where}: expected {head[0]} lines after the first, found {len(lines) - 1}")
    stacks = []
    for number, line in enumerate(lines[1:], 2):
        row = _numbers(where, number, line)
        if not row or row[0] != len(row) - 1:
            expected = f"{row[0]} boxes" if row else "how many boxes"
            raise LayoutError(f"{where}, line {number}: expected {expected}, found {_short(line)}")
        stacks.append(row[1:])
    if sum(map(len, stacks)) != head[1]:
        raise LayoutError(f"{where}, line 1: expected {sum(map(len, stacks))} boxes, found {head[1]}")
    return _instance(where, path, 0, stacks, tiers)


def _numbers(where: str, number: int, line: str) -> list[int]:
    words = line[:_MOST_LINE].split()
    bad = [word for word in words if not re.fullmatch(r"\d{1,18}", word)]
    if bad:
        raise LayoutError(f"{where}, line {number}: expected whole numbers, found {_short(bad[0])}")
    return [int(word) for word in words]


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
