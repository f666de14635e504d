"""Files of bays for the relocation problem, read into values: a damaged file names the place and the fault.

Three forms: ``.jsonl`` with ``stacks`` and ``max_tiers`` a line; Caserta and Voss's ``.dat``, one bay a file,
the height limit in its name; and Zhu's text files, many bays a file.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from twin import keys_once
from twin.keys_once import KeyTwiceError
from twin.stacking.brp.instance import Instance, RelocationError

MOST_BYTES = 64 << 20
"""The largest file that is read."""
_CASERTA_VOSS = re.compile(r"data(\d{1,3})-(\d{1,3})-(\d{1,9})\.dat")
_SPARE_TIERS = 2
"""How many tiers above the initial ones a Caserta-Voss bay has."""


def read_bays(path: Path) -> list[Instance]:
    """Read every bay of a file.

    Parameters
    ----------
    path : Path
        The suffix tells the form: ``.jsonl``, ``.dat``, any other for Zhu's.

    Raises
    ------
    RelocationError
        Where the file cannot be read, or is not what its suffix says: with file, line, what was expected
        and what was found.
    """
    reader = _READERS.get(path.suffix.lower(), _zhu)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RelocationError(f"expected at most {MOST_BYTES} bytes, found {path.stat().st_size}")
        lines = path.read_text(encoding="utf-8").splitlines()
        return list(reader(path, lines))
    except OSError as error:
        raise RelocationError(f"file '{path}': expected a readable file, found: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise RelocationError(
            f"file '{path}': expected UTF-8 text, found byte {error.start} that is not"
        ) from None
    except RelocationError as error:
        raise RelocationError(f"file '{path}', {error}") from None


def _json_lines(_: Path, lines: list[str]) -> Iterator[Instance]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            with _Line(number):
                yield _from_json(line)


def _from_json(line: str) -> Instance:
    try:
        found = keys_once.loads(line)
    except KeyTwiceError as error:
        raise RelocationError(str(error)) from None
    except (ValueError, RecursionError):
        raise RelocationError("expected a JSON object, found text that is none") from None
    if not isinstance(found, dict):
        raise RelocationError(f"expected a JSON object, found {_short(found)}")
    for name in ("stacks", "max_tiers"):
        if name not in found:
            raise RelocationError(f"expected a field '{name}', found none")
    stacks = found["stacks"]
    if not isinstance(stacks, list):
        raise RelocationError(f"stacks: expected a list of stacks, found {_short(stacks)}")
    for number, stack in enumerate(stacks):
        if not isinstance(stack, list):
            raise RelocationError(f"stacks[{number}]: expected a list of boxes, found {_short(stack)}")
    return Instance.of(stacks, found["max_tiers"])


def _caserta_voss(path: Path, lines: list[str]) -> Iterator[Instance]:
    name = _CASERTA_VOSS.fullmatch(path.name)
    if not name:
        raise RelocationError(f"name: expected dataH-W-K.dat, H the initial height, found '{path.name}'")
    with _Line(1):
        stacks, boxes = _whole_numbers(lines[0] if lines else "", 2)
    if len(_filled(lines)) != stacks + 1:
        raise RelocationError(
            f"expected {stacks} lines of stacks after the first, found {len(_filled(lines)) - 1}"
        )
    read = []
    for number, line in _filled(lines)[1:]:
        with _Line(number):
            height, *stack = _whole_numbers(line)
            if height != len(stack):
                raise RelocationError(f"expected {height} boxes, found {len(stack)}")
            read.append(stack)
    _each_once([box for stack in read for box in stack], boxes)
    yield Instance.of(read, int(name[1]) + _SPARE_TIERS)


def _each_once(found: list[int], boxes: int) -> None:
    if len(found) != boxes:
        raise RelocationError(f"expected {boxes} boxes in all, found {len(found)}")
    if len(set(found)) != boxes:
        twice = next(box for box in found if found.count(box) > 1)
        raise RelocationError(f"box {twice}: expected it once, found it {found.count(twice)} times")


def _zhu(_: Path, lines: list[str]) -> Iterator[Instance]:
    with _Line(1):
        (count,) = _whole_numbers(lines[0] if lines else "", 1)
    bays = _filled(lines)[1:]
    if len(bays) != count:
        raise RelocationError(f"line 1: expected the number of bays that follow, {len(bays)}, found {count}")
    for number, line in bays:
        with _Line(number):
            yield _from_places(_whole_numbers(line))


def _from_places(numbers: list[int]) -> Instance:
    if len(numbers) < 3:
        raise RelocationError(f"expected stacks, tiers and boxes, found {len(numbers)} numbers")
    stacks, tiers, boxes, *places = numbers
    if len(places) != 2 * boxes:
        raise RelocationError(f"expected {2 * boxes} numbers for {boxes} boxes, found {len(places)}")
    # The bay's own limits are checked before lists of its size are made.
    Instance(((),) * min(max(stacks, 0), 1 << 10), tiers)
    cells = [[0] * tiers for _ in range(stacks)]
    for box in range(1, boxes + 1):
        stack, tier = places[2 * box - 2 : 2 * box]
        if not (1 <= stack <= stacks and 1 <= tier <= tiers):
            raise RelocationError(
                f"box {box}: expected a stack of 1 to {stacks} and a tier of 1 to {tiers}, "
                f"found {stack} {tier}"
            )
        if other := cells[stack - 1][tier - 1]:
            raise RelocationError(
                f"box {box}: expected a place of its own, found box {other} in {stack} {tier}"
            )
        cells[stack - 1][tier - 1] = box
    for number, cell in enumerate(cells, start=1):
        height = tiers - cell.count(0)
        if 0 in cell[:height]:
            raise RelocationError(f"stack {number}: expected no gap, found tier {cell.index(0) + 1} empty")
    return Instance.of([[box for box in cell if box] for cell in cells], tiers)


_READERS: dict[str, Callable[[Path, list[str]], Iterator[Instance]]] = {
    ".jsonl": _json_lines,
    ".dat": _caserta_voss,
}


class _Line:
    """Puts the number of a line before what is wrong in it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, RelocationError):
            raise RelocationError(f"line {self._number}, {error}") from None


def _filled(lines: list[str]) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _whole_numbers(line: str, count: int | None = None) -> list[int]:
    words = line.split()
    for word in words:
        if not re.fullmatch(r"-?\d{1,9}", word, re.ASCII):
            raise RelocationError(f"expected whole numbers, found '{_short(word)}'")
    if not words or count not in (None, len(words)):
        raise RelocationError(f"expected {count or 'some'} whole numbers, found {len(words)}")
    return [int(word) for word in words]


def _short(found: object) -> str:
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= 40 else f"{text[:40]}..."
