"""A recorded log, played at its own pace."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from sensors.errors import SourceError
from sensors.lines import MAX_NAME_BYTES
from sensors.packed import HEAD, no_log
from sensors.sources.base import LineCutter, Tally, machine_line
from twin.clock import NS_PER_S, Clock, SystemClock
from twin.inputs import RawChunk
from twin.snapshot import Link, SourceHealth

BLOCK_BYTES = 1 << 16
MOST_BYTES = 1 << 18
"""Most that one poll gives: a log played as fast as it goes must not hold up the picture."""

LONGEST_PAUSE_NS = 60 * NS_PER_S
"""A longer pause in a log is cut to this."""

_DAY_NS = 86_400 * NS_PER_S
_TIMED = re.compile(rb"\$[A-Z]{2}(?:GGA|RMC|GNS|GST|ZDA),(\d{2})(\d{2})(\d{2}(?:\.\d{1,9})?),")
_JSON_TIME = re.compile(rb'"t_ns"\s*:\s*(\d{1,19})')


class FileSource:
    """Plays a file of NMEA sentences or JSON lines; the file is streamed, never read whole.

    Parameters
    ----------
    path : str or Path
        A regular file.
    device, kind, block : str
        The device of sentences without a TAG block (default: the file's name), and what it is.
    speed : float
        How many times as fast as recorded; infinite for as fast as it is polled.
    clock : Clock
        Gives the time of reception.
    kinds : mapping
        Device -> its kind and block, where the log is of several; in place of ``kind`` and ``block``.

    Raises
    ------
    SourceError
        Where there is no such file, or it is no regular file, or may not be read, or is packed.

    Notes
    -----
    The pace is that of the times in the lines. A time that runs backwards counts as no time passed; a
    step over midnight is seen; a pause is played for at most a minute.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        device: str = "",
        kind: str = "",
        block: str = "",
        speed: float = 1.0,
        clock: Clock | None = None,
        kinds: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self._path = Path(path)
        self.name = device or self._path.name.encode("ascii", "replace").decode()[:MAX_NAME_BYTES]
        self._speed = speed
        self._clock = clock or SystemClock()
        self._kinds = kinds if kinds is not None else {self.name: (kind, block)}
        self._file: BinaryIO | None = _open(self._path)
        self._cutter = LineCutter()
        self._lines: list[bytes] = []
        self._tally = Tally()
        self._started_ns: int | None = None
        self._played_ns = 0
        self._last_ns: int | None = None
        self._bytes = 0
        self._problem = ""

    @property
    def finished(self) -> bool:
        """Whether the whole file has been given."""
        return self._file is None and not self._lines

    def poll(self) -> tuple[RawChunk, ...]:
        """Give the lines that are due."""
        now_ns = self._clock.now_ns()
        out: list[bytes] = []
        if self._started_ns is None:
            self._started_ns = now_ns
            out += [machine_line(name, now_ns, *kind) for name, kind in self._kinds.items()]
        due_ns = (now_ns - self._started_ns) * self._speed
        size = 0
        while size < MOST_BYTES and (line := self._peek()) is not None:
            played_ns, seen_ns = self._pace(line)
            if played_ns > due_ns:
                break
            self._played_ns, self._last_ns = played_ns, seen_ns
            self._lines.pop()
            out.append(line)
            size += len(line)
        data = b"".join(out)
        if not data:
            return ()
        self._tally.add(now_ns, data.count(b"\n"))
        return (RawChunk(self.name, now_ns, data),)

    def health(self, now_ns: int) -> SourceHealth:
        """Tell how far the file has been played."""
        detail = self._problem
        if not detail and self.finished:
            detail = "played to its end" if self._bytes else "the file is empty"
        rate = self._tally.lines_per_s(now_ns)
        link = Link.PLAYED if self.finished else Link.PLAYING
        return SourceHealth(self.name, not self.finished, self._tally.age_s(now_ns), rate, 0, detail, link)

    def close(self) -> None:
        """Close the file; what has not been played is dropped."""
        self._lines.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _peek(self) -> bytes | None:
        """Give the next line without taking it; None at the end."""
        while not self._lines and self._file is not None:
            try:
                block = self._file.read(BLOCK_BYTES)
            except OSError as error:
                self._problem, block = f"cannot be read any further: {error.strerror}", b""
            self._bytes += len(block)
            whole = self._cutter.feed(block) if block else self._cutter.finish()
            self._lines = _split(whole)
            if not block:
                self._file.close()
                self._file = None
        return self._lines[-1] if self._lines else None

    def _pace(self, line: bytes) -> tuple[int, int | None]:
        """Give the recorded time passed when ``line`` is due, and its own time of day."""
        seen_ns = time_of(line)
        if seen_ns is None or self._last_ns is None:
            return self._played_ns, self._last_ns if seen_ns is None else seen_ns
        step_ns = (seen_ns - self._last_ns) % _DAY_NS
        if step_ns > _DAY_NS // 2:
            step_ns = 0
        return self._played_ns + min(step_ns, LONGEST_PAUSE_NS), seen_ns


def _split(whole: bytes) -> list[bytes]:
    """Give the lines, the first one last, so that it can be popped."""
    return [line + b"\n" for line in reversed(whole[:-1].split(b"\n"))] if whole else []


def time_of(line: bytes) -> int | None:
    """Give the time of day that a line carries [ns], None where it carries none."""
    found = _TIMED.search(line)
    if found:
        hour, minute, second = found.groups()
        return (int(hour) * 3600 + int(minute) * 60) * NS_PER_S + round(float(second) * NS_PER_S)
    found = _JSON_TIME.search(line)
    return int(found.group(1)) % _DAY_NS if found else None


def _open(path: Path) -> BinaryIO:
    try:
        # Without waiting, so that a pipe is refused and not waited for.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise SourceError(
            f"source file {str(path)!r}: expected a file that can be read, found: {error.strerror}"
        ) from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = "a folder" if stat.S_ISDIR(mode) else "a named pipe" if stat.S_ISFIFO(mode) else "a device"
        raise SourceError(f"source file {str(path)!r}: expected a file, found {kind}")
    file = os.fdopen(handle, "rb")
    try:
        other = no_log(file.peek(HEAD))
    except OSError:
        other = ""  # told by the first poll
    if other:
        file.close()
        raise SourceError(f"source file {str(path)!r}: expected lines of text; {other}")
    return file
