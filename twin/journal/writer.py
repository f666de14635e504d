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
from twin.journal.errors import JournalError

GROUP_S = 0.25
RETRY_S = 1.0
PENDING_LIMIT = 36_000
"""Rows kept in memory while the disk refuses them: an hour of ticks."""
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


class JournalWriter:
    """Appends ticks, keyframes and marks to a new journal file.

    Parameters
    ----------
    path : Path
        A file that does not exist yet; its folder is made.
    meta : mapping
        What a reader must know before the first tick.

    Raises
    ------
    JournalError
        Where the folder or the file cannot be written, or the file is there already.
    """

    def __init__(self, path: Path, meta: Mapping[str, bytes]) -> None:
        self.path = path
        self.committed = 0
        self.rows = 0
        self.problem = ""
        self._base: tuple[int, zstandard.ZstdCompressionDict] | None = None
        self._keyframes = 0
        self._last_keyframe = -1
        self._pending: deque[_Row] = deque()
        self._dropped = 0
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

    def _put(self, row: _Row, urgent: bool) -> None:
        if len(self._pending) >= PENDING_LIMIT:
            self._dropped += 1
            self.problem = f"{self._dropped} rows lost: nothing could be written for an hour"
            return
        self._pending.append(row)
        if urgent:
            self._wake.set()

    def _run(self) -> None:
        database: sqlite3.Connection | None = None
        while True:
            self._wake.wait(GROUP_S)
            self._wake.clear()
            last = self._closing
            try:
                database = database or self._connect()
                self._commit(database)
                if not self._dropped:
                    self.problem = ""
            except (sqlite3.Error, OSError) as error:
                self.problem = f"not recorded, {len(self._pending)} rows wait in memory: {error}"
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
        last_tick = self.committed
        with database:
            for row in rows:
                body = row.body() if callable(row.body) else row.body
                if row.table == "tick":
                    database.execute("INSERT INTO tick VALUES (?, ?, ?)", (row.seq, row.t_ns, _packed(body)))
                    last_tick = row.seq
                elif row.table == "keyframe":
                    self._insert_keyframe(database, row, body)
                else:
                    database.execute(
                        "INSERT INTO mark VALUES (NULL, ?, ?, ?, ?)", (row.seq, row.t_ns, row.kind, row.text)
                    )
        for _ in rows:
            self._pending.popleft()
        with self._committed:
            self.rows += len(rows)
            self.committed = last_tick
            self._committed.notify_all()

    def _insert_keyframe(self, database: sqlite3.Connection, row: _Row, body: bytes) -> None:
        if row.seq == self._last_keyframe:
            return  # a whole one would be replaced by one that is packed against it
        self._last_keyframe = row.seq
        if self._base is None or self._keyframes % BASE_EVERY == 0:
            base, packed = None, _packed(body)
            dictionary = zstandard.ZstdCompressionDict(body, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
            self._base = (row.seq, dictionary)
        else:
            base = self._base[0]
            packed = zstandard.ZstdCompressor(level=_LEVEL, dict_data=self._base[1]).compress(body)
        database.execute(
            "INSERT OR REPLACE INTO keyframe VALUES (?, ?, ?, ?)", (row.seq, row.t_ns, base, packed)
        )
        self._keyframes += 1


def _packed(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(body)
