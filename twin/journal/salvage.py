"""What can still be read of a journal that was cut or damaged, written to a sound one."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.journal import schema
from twin.journal.errors import JournalError
from twin.journal.reader import opened, unpacked

_TABLES = {
    "tick": ("seq", "t_ns", "body"),
    "keyframe": ("seq", "t_ns", "base", "body"),
    "mark": ("id", "seq", "t_ns", "kind", "text"),
}
"""Their columns, the number that orders them first."""
_MOST = 1 << 62
_TOLD_ROWS = 500


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was read of a journal.

    Attributes
    ----------
    ticks, keyframes, marks : int
        So many rows of each.
    gaps : int
        So many times rows in the midst of them could not be read.
    last_ns : int
        Instant of the last tick [ns UTC]; 0 where there is none.
    whole : bool
        All rows of all tables could be read to their end.
    """

    ticks: int
    keyframes: int
    marks: int
    gaps: int
    last_ns: int
    whole: bool


def salvage(path: Path, to: Path, told: Callable[[int], object] = lambda rows: None) -> Salvaged:
    """Write what can be read of a journal to a new one.

    Parameters
    ----------
    path : Path
        A journal; it is not written to.
    to : Path
        A file that does not exist yet; it is removed again where this fails.
    told : callable
        Called now and then with how many rows are written.

    Raises
    ------
    JournalError
        Where the file is none, its first page or all keyframes are lost, or the new one cannot be written.
    """
    with closing(opened(path, damaged=True)) as source:
        try:
            os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise JournalError(f"journal {to}: expected a new file in a folder, found: {error}") from error
        try:
            return _written(source, path, to, told)
        except BaseException as error:
            to.unlink()
            if isinstance(error, sqlite3.Error):
                raise JournalError(f"journal {to}: expected room to write to, found: {error}") from error
            raise


def _written(source: sqlite3.Connection, path: Path, to: Path, told: Callable[[int], object]) -> Salvaged:
    tables = {name: _Rows(source, name) for name in _TABLES}
    counts, last_ns, bases = dict.fromkeys(_TABLES, 0), 0, _Bases(path)
    with closing(sqlite3.connect(to)) as target:
        target.executescript(schema.CREATE)
        target.executemany("INSERT INTO meta VALUES (?, ?)", _meta(source, path))
        for name, rows in tables.items():
            put = f"INSERT INTO {name} VALUES ({', '.join('?' * len(_TABLES[name]))})"
            for row in rows:
                if name != "mark" and not bases.unpack(row):
                    rows.leave_out()
                    continue
                target.execute(put, row)
                counts[name] += 1
                last_ns = row[1] if name == "tick" else last_ns
                if sum(counts.values()) % _TOLD_ROWS == 0:
                    told(sum(counts.values()))
        target.commit()
    if not counts["keyframe"]:
        raise JournalError(f"journal {path}: expected a keyframe that can be read, found none")
    return Salvaged(
        counts["tick"], counts["keyframe"], counts["mark"], sum(rows.gaps for rows in tables.values()),
        last_ns, all(rows.whole for rows in tables.values()),
    )  # fmt: skip


class _Bases:
    """Tells which rows unpack, keyframes against the whole one that they name: the last that there was."""

    def __init__(self, path: Path) -> None:
        self._path, self._seq, self._body = path, -1, b""

    def unpack(self, row: tuple[Any, ...]) -> bool:
        """Tell whether a tick, three columns, or a keyframe, four, unpacks."""
        seq, base, body = row[0], row[2] if len(row) == 4 else None, row[-1]
        if base is not None and base != self._seq:
            return False
        try:
            whole = unpacked(self._path, body, None if base is None else self._body)
        except JournalError:
            return False
        if len(row) == 4 and base is None:
            self._seq, self._body = seq, whole
        return True


def _meta(source: sqlite3.Connection, path: Path) -> list[tuple[str, bytes]]:
    try:
        return source.execute("SELECT key, value FROM meta").fetchall()
    except sqlite3.Error as error:
        raise JournalError(
            f"journal {path}: expected what tells of its yard, found it damaged ({error})"
        ) from error


class _Rows:
    """The rows of a table that can be read, in their order; counts how often some between could not.

    Attributes
    ----------
    gaps : int
    whole : bool
        The table was read to its end.
    """

    def __init__(self, source: sqlite3.Connection, table: str) -> None:
        self.gaps, self.whole = 0, True
        self._source, self._table = source, table
        self._key, self._columns = _TABLES[table][0], ", ".join(_TABLES[table])

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        first: int | None = 0
        while first is not None:
            try:
                for row in self._from(first):
                    first = row[0] + 1
                    yield row
                return
            except sqlite3.DatabaseError:
                first = self._next_sound(first)
                self.gaps += first is not None
                self.whole = False

    def leave_out(self) -> None:
        """Count a row that was read but is damaged."""
        self.gaps, self.whole = self.gaps + 1, False

    def _from(self, key: int, limit: int = -1) -> sqlite3.Cursor:
        rows = f"SELECT {self._columns} FROM {self._table} WHERE {self._key} >= ?"
        return self._source.execute(f"{rows} ORDER BY {self._key} LIMIT ?", (key, limit))

    def _found(self, key: int) -> int | None:
        """Give the first row at or after a number; None where there is none or it cannot be read."""
        try:
            row = self._from(key, 1).fetchone()
        except sqlite3.DatabaseError:
            return None
        return None if row is None else int(row[0])

    def _next_sound(self, broken: int) -> int | None:
        """Give the first row after one that cannot be read: by longer and longer steps, then between."""
        step, found = 1, None
        while found is None and broken + step < _MOST:
            found, step = self._found(broken + step), step * 2
        if found is None:
            return None
        low, high = broken + step // 4, found
        while high - low > 1:
            middle = (low + high) // 2
            between = self._found(middle)
            low, high = (middle, high) if between is None else (low, min(between, middle))
        nearest = self._found(high)
        return found if nearest is None else nearest
