"""What every source is made of: the protocol, a cutter at line ends, a bounded queue, a tally."""

import collections
import threading
from typing import Protocol

from sensors.lines import MAX_LINE_BYTES
from sensors.telemetry import encode_event
from twin.clock import NS_PER_S
from twin.inputs import MachineNotice, RawChunk
from twin.snapshot import SourceHealth

RATE_WINDOW_NS = 5 * NS_PER_S
"""Over how long lines a second are counted."""


class Source(Protocol):
    """Something that bytes come from; none of its methods ever waits."""

    @property
    def name(self) -> str:
        """Name in health and in every chunk; the device of sentences without a TAG block."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing will come any more."""
        ...

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has come since the last call, cut at line ends, in order of reception."""
        ...

    def health(self, now_ns: int) -> SourceHealth:
        """Tell how the source is doing at that instant [ns UTC]."""
        ...

    def close(self) -> None:
        """Let go of everything; may be called twice."""
        ...


class LineCutter:
    """Cuts a stream at line ends, and gives up on a line that has none.

    Of a line over the limit the first bytes are given, so that it is refused and counted; the rest
    is dropped up to the next line end.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False
        self.dropped_bytes = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes; give the lines that are whole by now, line ends included."""
        if self._skipping:
            end = data.find(b"\n")
            self.dropped_bytes += len(data) if end < 0 else end
            if end < 0:
                return b""
            data, self._skipping = data[end + 1 :], False
        data = self._rest + data
        whole = data.rfind(b"\n") + 1
        out, self._rest = data[:whole], data[whole:]
        if len(self._rest) > self._limit + 1:
            head = self._rest[: self._limit + 1]
            self.dropped_bytes += len(self._rest) - len(head)
            out, self._rest, self._skipping = out + head + b"\n", b"", True
        return out

    def finish(self) -> bytes:
        """Give what is left where the stream ends, as a line."""
        rest, self._rest, self._skipping = self._rest, b"", False
        return rest + b"\n" if rest else b""


class Tally:
    """Counts what has come, for health; the caller guards it against other threads."""

    def __init__(self) -> None:
        self._recent: collections.deque[tuple[int, int]] = collections.deque()
        self.last_ns = 0

    def add(self, t_ns: int, lines: int) -> None:
        """Note lines received at an instant."""
        self.last_ns = t_ns
        self._recent.append((t_ns, lines))
        while self._recent and self._recent[0][0] < t_ns - RATE_WINDOW_NS:
            self._recent.popleft()

    def age_s(self, now_ns: int) -> float:
        """Give the seconds since the last bytes, infinite before the first."""
        return max(0.0, (now_ns - self.last_ns) / NS_PER_S) if self.last_ns else float("inf")

    def lines_per_s(self, now_ns: int) -> float:
        """Give lines a second over the last five."""
        lines = sum(n for t_ns, n in self._recent if t_ns > now_ns - RATE_WINDOW_NS)
        return lines * NS_PER_S / RATE_WINDOW_NS


class ChunkQueue:
    """Chunks between two threads; where it is full the oldest are dropped and counted."""

    def __init__(self, limit_bytes: int = 8 << 20) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._chunks: collections.deque[RawChunk] = collections.deque()
        self._lock = threading.Lock()
        self.dropped_lines = 0

    def put(self, chunk: RawChunk) -> None:
        """Append a chunk."""
        with self._lock:
            self._chunks.append(chunk)
            self._size += len(chunk.data)
            while self._size > self._limit and len(self._chunks) > 1:
                oldest = self._chunks.popleft()
                self._size -= len(oldest.data)
                self.dropped_lines += oldest.data.count(b"\n")

    def take(self) -> tuple[RawChunk, ...]:
        """Take all of them."""
        with self._lock:
            out = tuple(self._chunks)
            self._chunks.clear()
            self._size = 0
        return out


def machine_line(name: str, t_ns: int, kind: str, block: str) -> bytes:
    """Give the line by which a source says what its device is; nothing where no kind is configured."""
    return encode_event(MachineNotice(name, t_ns, kind, block)) if kind else b""
