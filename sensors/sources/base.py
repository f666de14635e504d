"""What every source is made of: the protocol, a cutter at line ends, a bounded queue, a tally."""

import collections
import threading
from collections.abc import Callable
from typing import Protocol

from sensors.lines import MAX_JSON_BYTES, MAX_LINE_BYTES, begin_of_sentence
from sensors.packed import BOM
from sensors.telemetry import encode_event
from twin.clock import NS_PER_S
from twin.inputs import MachineNotice, RawChunk
from twin.snapshot import SourceHealth

RATE_WINDOW_NS = 5 * NS_PER_S
"""Over how long lines a second are counted."""

RATE_GRAIN_NS = NS_PER_S // 10

GATHER_NS = 10_000_000
"""Receptions nearer than that are one: a fix is not older for it."""

MOST_GATHERED = 256


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


class Retold:
    """A source of which something more is told in its health.

    Parameters
    ----------
    source : Source
    retell : callable
        Gives the health with what is told beside it.
    """

    def __init__(self, source: Source, retell: Callable[[SourceHealth], SourceHealth]) -> None:
        self._source, self._retell = source, retell

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def finished(self) -> bool:
        """Whether nothing will come any more."""
        return self._source.finished

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has come since the last call."""
        return self._source.poll()

    def health(self, now_ns: int) -> SourceHealth:
        """Tell how the source is doing, and what is told beside it."""
        return self._retell(self._source.health(now_ns))

    def close(self) -> None:
        """Let go of everything."""
        self._source.close()


class LineCutter:
    """Cuts a stream at line ends, and gives up on a line that has none.

    Of a line over the limit (a JSON object may be longer) the first bytes are given, so that it is
    refused and counted. The rest is dropped up to the next line end, but for a sentence that stands
    right before it: binary data has no line ends, and what it hides is not lost. Some loggers end lines
    with a carriage return alone: where a sentence follows, a line end is put behind it. Some programs put a
    byte order mark before their text: it is left out.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES, json_limit: int = MAX_JSON_BYTES) -> None:
        self._limit, self._json_limit = limit, json_limit
        self._rest = b""
        self._begun = self._skipping = False
        self.dropped_bytes = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes; give the lines that are whole by now, line ends included."""
        if not self._begun:
            data, self._rest = self._rest + data, b""
            if len(data) < len(BOM) and BOM.startswith(data):
                self._rest = data
                return b""
            data, self._begun = data.removeprefix(BOM), True
        out, data = b"", _ended(self._rest, data)
        if self._skipping:
            end = data.find(b"\n")
            if end < 0:
                kept = (self._rest + data)[-self._limit :]
                self.dropped_bytes += len(self._rest) + len(data) - len(kept)
                self._rest = kept
                return b""
            tail = (self._rest + data[: end + 1])[-self._limit :]
            begin = begin_of_sentence(tail, 0, len(tail))
            out = tail[begin:] if begin >= 0 else b""
            self.dropped_bytes += len(self._rest) + end - max(0, len(out) - 1)
            data, self._rest, self._skipping = data[end + 1 :], b"", False
        data = self._rest + data
        whole = data.rfind(b"\n") + 1
        out, self._rest = out + data[:whole], data[whole:]
        limit = self._json_limit if self._rest.startswith((b"{", b"\\")) else self._limit
        if len(self._rest) > limit + 1:
            head, rest = self._rest[: limit + 1], self._rest[limit + 1 :]
            self._skipping, self._rest = True, rest[-self._limit :]
            self.dropped_bytes += len(rest) - len(self._rest)
            out += head + b"\n"
        return out

    def finish(self) -> bytes:
        """Give what is left where the stream ends, as a line."""
        rest, skipping = self._rest, self._skipping
        self._rest, self._skipping = b"", False
        if skipping:
            self.dropped_bytes += len(rest)
            return b""
        return rest + b"\n" if rest else b""


def _ended(before: bytes, data: bytes) -> bytes:
    """Give bytes with a line end behind each carriage return that a sentence or a TAG block follows."""
    begun = before.endswith(b"\r") and data.startswith((b"$", b"\\"))
    data = data.replace(b"\r$", b"\r\n$").replace(b"\r\\", b"\r\n\\")
    return b"\n" + data if begun else data


class Tally:
    """Counts what has come, for health; the caller guards it against other threads.

    Its instants are of one clock, whichever: a source on a line gives it one that is never set, so that
    an hour's step of the host's clock makes nothing old.
    """

    def __init__(self) -> None:
        self._recent: collections.deque[tuple[int, int]] = collections.deque()
        self.last_ns = 0

    def add(self, t_ns: int, lines: int) -> None:
        """Note lines received at an instant."""
        self.last_ns = t_ns
        if self._recent and 0 <= t_ns - self._recent[-1][0] < RATE_GRAIN_NS:
            self._recent[-1] = (self._recent[-1][0], self._recent[-1][1] + lines)
        else:
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
    """Chunks between two threads; where it is full the oldest are dropped and counted.

    What comes within ``GATHER_NS`` becomes one chunk: a message each would be a chunk each.
    """

    def __init__(self, limit_bytes: int = 8 << 20) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._chunks: collections.deque[tuple[str, int, list[bytes]]] = collections.deque()
        self._lock = threading.Lock()
        self.dropped_lines = 0

    def put(self, chunk: RawChunk) -> None:
        """Append a chunk."""
        with self._lock:
            last = self._chunks[-1] if self._chunks else None
            near = last and last[0] == chunk.source and 0 <= chunk.t_rx_ns - last[1] < GATHER_NS
            if last and near and len(last[2]) < MOST_GATHERED:
                last[2].append(chunk.data)
            else:
                self._chunks.append((chunk.source, chunk.t_rx_ns, [chunk.data]))
            self._size += len(chunk.data)
            while self._size > self._limit and len(self._chunks) > 1:
                _, _, parts = self._chunks.popleft()
                for part in parts:
                    self._size -= len(part)
                    self.dropped_lines += part.count(b"\n")

    def take(self) -> tuple[RawChunk, ...]:
        """Take all of them."""
        with self._lock:
            chunks = tuple(self._chunks)
            self._chunks.clear()
            self._size = 0
        return tuple(RawChunk(source, t_ns, b"".join(parts)) for source, t_ns, parts in chunks)


def machine_line(name: str, t_ns: int, kind: str, block: str) -> bytes:
    """Give the line by which a source says what its device is; nothing where no kind is configured."""
    return encode_event(MachineNotice(name, t_ns, kind, block)) if kind else b""
