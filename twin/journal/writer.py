"""The journal's writer: one thread that commits in groups, so that the disk never stalls a tick."""

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import zstandard

from twin.journal import schema
from twin.journal.errors import JournalError, Lost, Trouble

GROUP_S = 0.25
RETRY_S = 1.0
TOLD_S = 2.0
"""So long it is told at least that something is lost [s]."""
PENDING_LIMIT = 36_000
"""Rows kept in memory while the disk refuses them: an hour of ticks."""
TOO_LONG = "nothing could be written for an hour"
WHY_CHARACTERS = 300
BASE_EVERY = 30
"""Every so many keyframes one is whole; those between are packed against it."""
_LEVEL = 3

Body = bytes | Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class _Row:
    table: str
    seq: int
    t_ns: int
    body: Body
    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Packing:
    """What keyframes are packed against: the last whole one, how many there were, which was the last."""

    base: int | None = None
    dictionary: zstandard.ZstdCompressionDict | None = None
    keyframes: int = 0
    last: int = -1

    def packed(self, seq: int, body: bytes) -> tuple[int | None, bytes, "_Packing"]:
        """Give what a keyframe is packed against (None: nothing), its bytes, and this after it."""
        more = self.keyframes + 1
        if self.dictionary is None or self.keyframes % BASE_EVERY == 0:
            dictionary = zstandard.ZstdCompressionDict(body, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
            return None, _packed(body), _Packing(seq, dictionary, more, seq)
        compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=self.dictionary, write_checksum=True)
        return self.base, compressor.compress(body), _Packing(self.base, self.dictionary, more, seq)


class JournalWriter:
    """Appends ticks, keyframes and marks to a new journal file.

    What the disk refuses waits in memory until it is taken. A row whose content cannot be written is left
    out, a mark in its place, and the next ones are written.

    Parameters
    ----------
    path : Path
        A file that does not exist yet; its folder is made.
    meta : mapping
        What a reader must know before the first tick.

    Attributes
    ----------
    committed, ticks, rows : int
        The last tick that is on the disk, how many are, and how many rows of all kinds.
    trouble : Trouble or None
        Of what was written last; None where all of it was.
    first_lost : (Lost, str) or None
        The first row that is lost for good, and why.

    Raises
    ------
    JournalError
        Where the folder or the file cannot be written, or the file is there already.
    """

    def __init__(self, path: Path, meta: Mapping[str, bytes]) -> None:
        self.path = path
        self.committed = 0
        self.ticks = 0
        self.rows = 0
        self.trouble: Trouble | None = None
        self.first_lost: tuple[Lost, str] | None = None
        self._unwritten = self._dropped = 0
        self._told_until_s = 0.0
        self._packing = _Packing()
        self._pending: deque[_Row] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._committed = threading.Condition()
        self._create(meta)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def _create(self, meta: Mapping[str, bytes]) -> None:
        if self.path.exists():
            raise JournalError(f"journal {self.path}: expected a new file, found one there already")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            database = self._connect()
            with database:
                database.executescript(schema.CREATE)
                database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            database.close()
        except (OSError, sqlite3.Error) as error:
            raise JournalError(
                f"journal {self.path}: expected a folder to write to, found: {error}"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=5.0, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        return database

    def append(self, seq: int, t_ns: int, body: Body, *, urgent: bool = False) -> None:
        """Hand over one tick's inputs; ``urgent`` asks for a commit at once instead of in a group."""
        self._put(_Row("tick", seq, t_ns, body), urgent)

    def keyframe(self, seq: int, t_ns: int, body: Body) -> None:
        """Hand over the state after tick ``seq``; a callable is called on the writer's thread."""
        self._put(_Row("keyframe", seq, t_ns, body), False)

    def mark(self, seq: int, t_ns: int, kind: str, text: str) -> None:
        """Hand over a point worth finding again, such as an alarm."""
        self._put(_Row("mark", seq, t_ns, b"", kind, text), False)

    def wait(self, seq: int, timeout_s: float) -> bool:
        """Wait until tick ``seq`` is on the disk; False where it was not in time."""
        self._wake.set()
        with self._committed:
            return self._committed.wait_for(lambda: self.committed >= seq, timeout_s)

    def close(self, timeout_s: float = 10.0) -> None:
        """Commit what is pending and end the thread."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout_s)

    @property
    def lost_ticks(self) -> int:
        """How many ticks are lost for good."""
        return self._unwritten + self._dropped

    def _put(self, row: _Row, urgent: bool) -> None:
        if len(self._pending) < PENDING_LIMIT:
            self._pending.append(row)
            if urgent:
                self._wake.set()
        elif row.table == "tick":
            if len(self._pending) == PENDING_LIMIT:  # the first of those that are dropped is told of
                self._pending.append(
                    _Row("mark", row.seq, row.t_ns, b"", schema.LOST_MARK, f"tick: {TOO_LONG}")
                )
            self.first_lost = self.first_lost or (Lost(row.table, row.seq, row.t_ns), TOO_LONG)
            self._dropped += 1

    def _run(self) -> None:
        database: sqlite3.Connection | None = None
        while True:
            self._wake.wait(GROUP_S)
            self._wake.clear()
            last = self._closing
            try:
                database = database or self._connect()
                self._commit(database)
            except Exception as error:  # whatever it is: the rows wait, it is told, and tried again
                self.trouble = Trouble(_clipped(error), len(self._pending))
                if not last:
                    time.sleep(RETRY_S)
            if last:
                break
        if database is not None:
            database.close()

    def _commit(self, database: sqlite3.Connection) -> None:
        rows = list(self._pending)
        if not rows:
            return
        packing, lost = self._packing, list[tuple[Lost, str]]()
        with database:
            for row in rows:
                try:
                    packing = self._insert(database, row, packing)
                except (sqlite3.OperationalError, OSError, MemoryError):
                    raise
                except Exception as error:  # it is the row's own, and nothing of the row was written
                    lost.append((Lost(row.table, row.seq, row.t_ns), _clipped(error)))
                    _insert_mark(database, _lost_mark(*lost[-1]))
        self._packing = packing
        for _ in rows:
            self._pending.popleft()
        self._note(rows, lost)

    def _note(self, rows: list[_Row], lost: list[tuple[Lost, str]]) -> None:
        """Note what is on the disk now, and what never will be."""
        missing = {row.seq for row, _ in lost if row.table == "tick"}
        written = [row.seq for row in rows if row.table == "tick" and row.seq not in missing]
        if lost:
            self.first_lost = self.first_lost or lost[0]
            self._unwritten += len(missing)
            self.trouble = Trouble(lost[0][1], lost=lost[0][0])
            self._told_until_s = time.monotonic() + TOLD_S
        elif time.monotonic() >= self._told_until_s:
            self.trouble = None
        with self._committed:
            self.rows += len(rows) - len(lost)
            self.ticks += len(written)
            self.committed = max([self.committed, *written])
            self._committed.notify_all()

    def _insert(self, database: sqlite3.Connection, row: _Row, packing: _Packing) -> _Packing:
        """Write a row; give what the next keyframe is packed against."""
        body = row.body() if callable(row.body) else row.body
        if row.table == "tick":
            database.execute("INSERT INTO tick VALUES (?, ?, ?)", (row.seq, row.t_ns, _packed(body)))
        elif row.table == "mark":
            _insert_mark(database, row)
        elif row.seq != packing.last:  # else a whole one would be replaced by one packed against it
            base, packed, packing = packing.packed(row.seq, body)
            database.execute(
                "INSERT OR REPLACE INTO keyframe VALUES (?, ?, ?, ?)", (row.seq, row.t_ns, base, packed)
            )
        return packing


def _insert_mark(database: sqlite3.Connection, row: _Row) -> None:
    database.execute("INSERT INTO mark VALUES (NULL, ?, ?, ?, ?)", (row.seq, row.t_ns, row.kind, row.text))


def _lost_mark(lost: Lost, why: str) -> _Row:
    return _Row("mark", lost.seq, lost.t_ns, b"", schema.LOST_MARK, f"{lost.table}: {why}")


def _clipped(error: Exception) -> str:
    """Give what an error says, in characters that any file takes; its name where it says nothing."""
    said = str(error) or type(error).__name__
    return said[:WHY_CHARACTERS].encode("utf-8", "backslashreplace").decode()


def _packed(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body)
