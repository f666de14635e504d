"""What every source on a line has in common: a thread, back-off, age, gaps."""

import datetime
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sensors.lines import MAX_NAME_BYTES
from sensors.sources.base import ChunkQueue, Tally, machine_line
from twin.clock import NS_PER_S, Clock, SystemClock
from twin.inputs import RawChunk
from twin.snapshot import Link, SourceHealth

SILENT_INTERVALS = 3.0
"""After so many expected intervals without bytes a source is silent: a connection is no sign of life."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a source on a line behaves.

    Attributes
    ----------
    device : str
        The device of sentences without a TAG block; empty: the source's own name.
    kinds : mapping
        Device -> its kind and block, told once at the start.
    interval_s : float
        How often bytes are expected.
    connect_s, hang_s : float
        How long connecting may take, and after how long without bytes the connection is given up.
    back_off_s : (float, float)
        Shortest and longest wait before connecting again; doubled after each failure.
    queue_bytes : int
        Most that waits for a poll; the oldest is dropped beyond it, and counted.
    clock : Clock
        Gives the time of reception.
    steady : callable
        A clock that is never set [ns], for ages.
    """

    device: str = ""
    kinds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    interval_s: float = 1.0
    connect_s: float = 5.0
    hang_s: float = 10.0
    back_off_s: tuple[float, float] = (0.5, 2.0)
    queue_bytes: int = 8 << 20
    clock: Clock = field(default_factory=SystemClock)
    steady: Callable[[], int] = time.monotonic_ns


class LiveSource:
    """A source that a thread of its own reads; subclasses say how in :meth:`_session`.

    Notes
    -----
    A gap in the bytes, from their end to their coming back, is written into the stream as a comment
    line: so the journal holds it. Nothing that happens in the thread ends it.
    """

    _flowing = Link.CONNECTED

    def __init__(self, name: str, options: LiveOptions) -> None:
        self.name = name[-MAX_NAME_BYTES:]
        self._options = options
        self._clock = options.clock
        self._queue = ChunkQueue(options.queue_bytes)
        self._tally = Tally()
        self._lock = threading.Lock()
        self._connected = False
        self._problem = "connecting"
        self._why = self._since = ""
        self._gaps = 0
        self._last_gap = ""
        self._closing = threading.Event()
        now_ns = self._clock.now_ns()
        self._first = b"".join(
            machine_line(device or self.name, now_ns, kind, block)
            for device, (kind, block) in options.kinds.items()
        )
        self._thread = threading.Thread(target=self._run, name=f"source {self.name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether it was closed; a device may always come back."""
        return self._closing.is_set()

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has come in."""
        chunks = self._queue.take()
        if self._first:
            chunks = (RawChunk(self.name, self._clock.now_ns(), self._first), *chunks)
            self._first = b""
        return chunks

    def health(self, now_ns: int) -> SourceHealth:
        """Tell whether bytes come; a connection without bytes is not called connected.

        ``now_ns`` is not looked at: ages are by a clock that is never set.
        """
        with self._lock:
            steady_ns = self._options.steady()
            age_s, rate = self._tally.age_s(steady_ns), self._tally.lines_per_s(steady_ns)
            connected, detail = self._connected, self._problem
            gaps, last_gap = self._gaps, self._last_gap
        link = self._flowing if connected else Link.LOST
        if connected and age_s > SILENT_INTERVALS * self._options.interval_s:
            connected, link = False, self._quiet(age_s)
            detail = f"{self._silence(age_s)}; {detail}".removesuffix("; ")
        parts = [detail] if detail else []
        if gaps:
            parts.append(f"{gaps} gap{'s' * (gaps > 1)}, the last {last_gap}")
        if self._queue.dropped_lines:
            parts.append(f"{self._queue.dropped_lines} lines dropped, not polled in time")
        return SourceHealth(self.name, connected, age_s, rate, 0, "; ".join(parts), link)

    def _quiet(self, age_s: float) -> Link:
        """Say in a word that nothing comes, as :meth:`_silence` does in a sentence."""
        return Link.SILENT if age_s < float("inf") else Link.WAITING

    def _silence(self, age_s: float) -> str:
        """Say that nothing comes, the last bytes so long ago [s]; infinite where none have come."""
        return (
            f"silent for {age_s:.1f} s" if age_s < float("inf") else f"connected {self._since}, no bytes yet"
        )

    def close(self) -> None:
        """Stop the thread; returns within a fraction of a second."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _session(self) -> tuple[str, bool]:
        """Connect and read until it ends; give why it did, and whether anything came."""
        raise NotImplementedError

    def _run(self) -> None:
        shortest, longest = self._options.back_off_s
        wait_s = shortest
        while not self._closing.is_set():
            try:
                problem, had_bytes = self._session()
            except Exception as error:
                # Whatever a library raises must not end the thread: a dead thread looks like silence.
                problem, had_bytes = f"{type(error).__name__}: {error}"[:200], False
            wait_s = shortest if had_bytes else wait_s
            self._say(False, f"{problem}; next try in {wait_s:.1f} s")
            self._closing.wait(wait_s)
            wait_s = min(2 * wait_s, longest)

    def _take(self, data: bytes, *, alive: bool = True) -> None:
        """Hand whole lines over; the end of a gap is told before them."""
        t_ns = self._clock.now_ns()
        with self._lock:
            steady_ns = self._options.steady()
            gap_s = self._tally.age_s(steady_ns)
            if alive:
                self._tally.add(steady_ns, data.count(b"\n"))
            why, self._why = (self._why, "") if alive else ("", self._why)
        if alive and SILENT_INTERVALS * self._options.interval_s < gap_s < float("inf"):
            self._tell_gap(gap_s, t_ns, why or "silent")
        if data:
            self._queue.put(RawChunk(self.name, t_ns, data))

    def _tell_gap(self, gap_s: float, t_ns: int, why: str) -> None:
        with self._lock:
            self._gaps += 1
            self._last_gap = f"{gap_s:.1f} s up to {_time(t_ns)} ({why})"
        line = f"# gap of {gap_s:.3f} s: {why}\n"
        self._queue.put(RawChunk(self.name, t_ns, line.encode("ascii", "replace")))

    def _left(self, why: str) -> None:
        """Note why a gap begins, where the source itself goes on."""
        with self._lock:
            self._why = why

    def _say(self, connected: bool, problem: str) -> None:
        with self._lock:
            if not connected and self._connected:
                self._why = problem.partition(";")[0]
            if connected and not self._connected:
                self._since = f"since {_time(self._clock.now_ns())}"
            self._connected, self._problem = connected, problem


def _time(t_ns: int) -> str:
    """Give the time of day of an instant [ns UTC]."""
    return datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC).strftime("%H:%M:%SZ")
