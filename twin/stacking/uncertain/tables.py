"""Recorded tables read line by line: columns by their heading, in any order; refused with the place."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from twin.errors import TwinError
from twin.stacking.uncertain import cells
from twin.stacking.uncertain.cells import CellError

MOST_BYTES = 64 * 2**20
MOST_LINES = 250_000
MOST_CHARACTERS = 256
"""Longest cell that is read."""
Value = TypeVar("Value")


class RecordError(TwinError):
    """A recorded table that cannot be read; the message says file, line, column, expected and found."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a recorded table.

    Attributes
    ----------
    number : counted from 1, the heading being the first.
    cid : the box's number.
    time_s, enters : only of operations.
    length_ft : 0 where the line does not tell.
    kind : direction and load, as texts.
    group : the bill of lading, "" where none.
    in_s, booked_s : instants, None where the cell is empty or, of booked, no time.
    bay, row, tier : 0 where the cell is empty.
    """

    number: int
    cid: str
    time_s: float
    enters: bool
    length_ft: int
    kind: tuple[str, bool | None]
    group: str
    in_s: float | None
    booked_s: float | None
    bay: int
    row: int
    tier: int


def read_standing(path: Path) -> list[Line]:
    """Read what stood at the start: ``cid, size_ft, bay, row, tier``, and more columns where there are.

    Raises
    ------
    RecordError
        Where the file cannot be read as such a table.
    """
    return list(_lines(path, ("cid", "bay", "row", "tier"), operations=False))


def read_operations(path: Path) -> list[Line]:
    """Read comings and goings: ``time, action, cid, size_ft``, and more columns where there are.

    Raises
    ------
    RecordError
        Where the file cannot be read as such a table.
    """
    return list(_lines(path, ("time", "action", "cid"), operations=True))


def _lines(path: Path, needed: tuple[str, ...], *, operations: bool) -> Iterator[Line]:
    rows = _rows(path)
    number, heading = next(rows, (1, []))
    names = [name.strip().lower().replace(" ", "_") for name in heading]
    wrong = [repr(name) for name in needed if names.count(name) != 1]
    if wrong:
        found = ", ".join(names)[:200] or "an empty file"
        raise RecordError(
            f"file {path.name!r}, line 1: expected one column {', one '.join(wrong)}, found {found}"
        )
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < max(names.index(name) for name in needed) + 1:
            raise RecordError(
                f"file {path.name!r}, line {number}: expected {len(names)} cells, found {len(row)}"
            )
        yield _line(Cells(path.name, number, dict(zip(names, row, strict=False))), operations)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise RecordError(f"file {path.name!r}: expected at most {MOST_BYTES} bytes, found {size}")
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(65_536)
            file.seek(0)
            mark = max(",;\t", key=first.count)
            reader = csv.reader(file, delimiter=mark, strict=True)
            for row in reader:
                if reader.line_num > MOST_LINES:
                    raise RecordError(f"file {path.name!r}: expected at most {MOST_LINES} lines")
                yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise RecordError(f"file {path.name!r}: expected UTF-8 text, found {error.reason}") from None
    except csv.Error as error:
        raise RecordError(f"file {path.name!r}, line {reader.line_num}: expected cells, {error}") from None
    except OSError as error:
        raise RecordError(f"file {path.name!r}: expected a readable file, found {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a line by column."""

    file: str
    line: int
    by_name: dict[str, str]

    def text(self, name: str) -> str:
        """Give a cell without blanks around it, "" where there is none."""
        text = self.by_name.get(name, "").strip()
        if len(text) > MOST_CHARACTERS:
            raise self.error(name, f"at most {MOST_CHARACTERS} characters", f"{len(text)}")
        return "" if text.lower() in ("nan", "nat", "none", "null", "na", "n/a", "-") else text

    def error(self, name: str, expected: str, found: str) -> RecordError:
        """Give the error of a cell."""
        return RecordError(
            f"file {self.file!r}, line {self.line}, column {name!r}: expected {expected}, found {found}"
        )

    def read(self, name: str, parse: Callable[[str], Value]) -> Value:
        """Read a cell, which must be there."""
        text = self.text(name)
        try:
            return parse(text)
        except CellError as error:
            raise self.error(name, str(error), repr(text[:40])) from None

    def maybe(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        """Read a cell, None where it is empty."""
        return self.read(name, parse) if self.text(name) else None


def _line(row: Cells, operations: bool) -> Line:
    cid = row.text("cid")
    if not cid:
        raise row.error("cid", "a box's number", "nothing")
    place = {name: _number(row, name, operations) for name in cells.MOST}
    bay = place["bay"]
    feet = row.maybe("size_ft", cells.length_ft)
    return Line(
        number=row.line,
        cid=cid,
        time_s=row.read("time", cells.instant_s) if operations else 0.0,
        enters=row.read("action", cells.enters) if operations else False,
        length_ft=feet or (0 if not bay else 20 if bay % 2 else 40),
        kind=(row.text("direction").lower(), row.read("laden", cells.laden)),
        group=row.text("bl_group"),
        in_s=row.maybe("in_date", cells.instant_s),
        booked_s=_perhaps(row.text("booked")),
        bay=bay,
        row=place["row"],
        tier=place["tier"],
    )


def _number(row: Cells, name: str, may_lack: bool) -> int:
    """Give a bay, row or tier, 0 where the cell is empty and may be."""
    if may_lack and not row.text(name):
        return 0
    return row.read(name, lambda text: cells.whole(text, name))


def _perhaps(text: str) -> float | None:
    """Give the instant that a cell holds, None where it holds something else, as a flag or a name."""
    try:
        return cells.instant_s(text)
    except CellError:
        return None
