"""The journal's reader: opens a record without trusting it, and finds instants in it."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import zstandard

from twin.journal import schema
from twin.journal.errors import JournalError
from twin.journal.schema import LOST_MARK

LARGEST_BODY = 1 << 30
"""No row unpacks to more: a hostile one cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class TickRow:
    """One tick's inputs as they were written."""

    seq: int
    t_ns: int
    body: bytes


def opened(path: Path, *, damaged: bool = False) -> sqlite3.Connection:
    """Open a journal to be read, without trusting it.

    Parameters
    ----------
    path : Path
    damaged : bool
        Open one that is shorter than it says, too: its rows may be read up to where they end.

    Raises
    ------
    JournalError
        Where the file is missing, is no journal, is of another version, or is damaged.
    """
    if not path.is_file():
        found = "a folder" if path.is_dir() else "something else" if path.exists() else "none"
        raise JournalError(f"journal {path}: expected a file, found {found}")
    database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0)
    try:
        # The file may come from anywhere: no views or triggers of its own may run.
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA cell_size_check = ON")
        database.execute("PRAGMA query_only = ON")
        if damaged:
            # SQLite then reads a file that lacks pages as far as there are any; it is open to be read only.
            database.execute("PRAGMA writable_schema = ON")
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        database.close()
        hint = "" if damaged else "; `yard-twin salvage` may read part of it"
        raise JournalError(
            f"journal {path}: expected a journal of this program, found a file that is cut, damaged "
            f"or another kind ({error}){hint}"
        ) from error
    if application == schema.APPLICATION_ID and version == schema.VERSION:
        return database
    database.close()
    if application != schema.APPLICATION_ID:
        raise JournalError(f"journal {path}: expected a journal of this program, found another file")
    raise JournalError(f"journal {path}: expected version {schema.VERSION}, found {version}")


def unpacked(path: Path, body: bytes, base: bytes | None = None) -> bytes:
    """Give what is packed in a row, against the body of another where it is named.

    Raises
    ------
    JournalError
        Where it is damaged, or larger than ``LARGEST_BODY``.
    """
    try:
        size = zstandard.frame_content_size(body)
        if not 0 <= size <= LARGEST_BODY:
            raise JournalError(f"journal {path}: expected a row under 1 GiB, found {size} bytes")
        if base is None:
            return zstandard.ZstdDecompressor().decompress(body)
        dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(body)
    except (zstandard.ZstdError, TypeError) as error:
        raise JournalError(f"journal {path}: expected a sound row, found a damaged one: {error}") from error


class JournalReader:
    """Reads a journal, one that is still being written included.

    Raises
    ------
    JournalError
        Where the file is missing, is no journal, is of another version, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = opened(path)
        self._bases: dict[int, bytes] = {}

    def meta(self, key: str) -> bytes:
        """Give what was written under ``key``; empty where nothing was."""
        row = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        return bytes(row[0]) if row else b""

    def span_ns(self) -> tuple[int, int]:
        """Give the first and the last recorded instant [ns UTC]; (0, 0) where there is none."""
        row = self._one("SELECT MIN(t_ns), MAX(t_ns) FROM tick", ())
        first, last = self._one("SELECT MIN(t_ns), MAX(t_ns) FROM keyframe", ()) or (None, None)
        starts = [t for t in ((row or (None,))[0], first) if t is not None]
        ends = [t for t in ((row or (None, None))[1], last) if t is not None]
        return (min(starts), max(ends)) if starts else (0, 0)

    def keyframe_before(self, t_ns: int) -> TickRow:
        """Give the last keyframe at or before an instant, else the first one.

        Raises
        ------
        JournalError
            Where there is none, or it is damaged.
        """
        return self._keyframe("WHERE t_ns <= ? ORDER BY seq DESC", t_ns) or self._first_keyframe()

    def keyframe(self, seq: int) -> TickRow:
        """Give the keyframe after tick ``seq``; JournalError where there is none."""
        return self._keyframe("WHERE seq = ?", seq) or self._first_keyframe()

    def _first_keyframe(self) -> TickRow:
        found = self._keyframe("WHERE seq >= ? ORDER BY seq", 0)
        if found is None:
            raise JournalError(f"journal {self.path}: expected a keyframe, found none")
        return found

    def _keyframe(self, where: str, value: int) -> TickRow | None:
        found = self._one(f"SELECT seq, t_ns, base, body FROM keyframe {where} LIMIT 1", (value,))
        if found is None:
            return None
        seq, at, base, body = found
        return TickRow(seq, at, unpacked(self.path, body, None if base is None else self._base(base)))

    def keyframe_after(self, seq: int) -> TickRow | None:
        """Give the first keyframe at or after tick ``seq``; None where there is none."""
        return self._keyframe("WHERE seq >= ? ORDER BY seq", seq)

    def keyframe_instants(self) -> list[tuple[int, int]]:
        """Give tick and instant of every keyframe, in order."""
        return self._all("SELECT seq, t_ns FROM keyframe ORDER BY seq", ())

    def ticks(self, after_seq: int, limit: int) -> list[TickRow]:
        """Give up to ``limit`` ticks that come after ``after_seq``, in order."""
        rows = self._all(
            "SELECT seq, t_ns, body FROM tick WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit)
        )
        return [TickRow(seq, t_ns, unpacked(self.path, body, None)) for seq, t_ns, body in rows]

    def seq_at(self, t_ns: int) -> int:
        """Give the last tick at or before an instant; 0 where there is none."""
        row = self._one("SELECT seq FROM tick WHERE t_ns <= ? ORDER BY t_ns DESC, seq DESC LIMIT 1", (t_ns,))
        return int(row[0]) if row else 0

    def tick_from(self, seq: int, direction: int) -> tuple[int, int] | None:
        """Give number and instant of a tick; where it is missing, of the next (1) or the one before (-1)."""
        way = ">= ? ORDER BY seq" if direction > 0 else "<= ? ORDER BY seq DESC"
        row = self._one(f"SELECT seq, t_ns FROM tick WHERE seq {way} LIMIT 1", (seq,))
        return None if row is None else (int(row[0]), int(row[1]))

    def why_lost(self, seq: int) -> tuple[int, str] | None:
        """Give instant and reason of a tick that could not be written; None where no mark tells of it."""
        query = "SELECT t_ns, text FROM mark WHERE kind = ? AND seq = ? AND text LIKE 'tick: %' LIMIT 1"
        row = self._one(query, (LOST_MARK, seq))
        return None if row is None else (int(row[0]), str(row[1]).partition(": ")[2])

    def holes(self) -> list[tuple[int, int]]:
        """Give first and last of the ticks that are missing, hole after hole."""
        first, last = self._one("SELECT MIN(seq), MAX(seq) FROM keyframe", ()) or (None, None)
        found = self._all(
            "SELECT before + 1, seq - 1 FROM (SELECT COALESCE(LAG(seq) OVER (ORDER BY seq), ?, seq - 1) "
            "AS before, seq FROM tick) WHERE seq > before + 1 ORDER BY seq", (first,),
        )  # fmt: skip
        end = (self._one("SELECT MAX(seq) FROM tick", ()) or (None,))[0]
        reached = first if end is None else end
        return [*found, (reached + 1, last)] if last is not None and last > reached else found

    def marks(self, kind: str) -> list[tuple[int, str]]:
        """Give instant and text of all marks of a kind, in order of time."""
        return self._all("SELECT t_ns, text FROM mark WHERE kind = ? ORDER BY t_ns", (kind,))

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _base(self, seq: int) -> bytes:
        if seq not in self._bases:
            row = self._one("SELECT body FROM keyframe WHERE seq = ? AND base IS NULL", (seq,))
            if row is None:
                raise JournalError(f"journal {self.path}: expected keyframe {seq}, found none")
            self._bases = {seq: unpacked(self.path, row[0], None)}
        return self._bases[seq]

    def _one(self, query: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        rows = self._all(query, values)
        return rows[0] if rows else None

    def _all(self, query: str, values: tuple[object, ...]) -> list[Any]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(
                f"journal {self.path}: expected a sound file, found one that is cut or damaged ({error}); "
                "`yard-twin salvage` may read part of it"
            ) from error
