"""A stream from a TCP server: a receiver's or a gateway's port."""

import socket
import threading
import time

from sensors.lines import MAX_NAME_BYTES
from sensors.sources.base import ChunkQueue, LineCutter, Tally, machine_line
from twin.clock import Clock, SystemClock
from twin.inputs import RawChunk
from twin.snapshot import SourceHealth

SILENT_S = 3.0
"""After so long without bytes health says so: 'connected' alone is no sign of life."""


class TcpSource:
    """Reads lines from a TCP server in a thread of its own, and connects again whenever it must.

    Parameters
    ----------
    host, port : str, int
        The server.
    device, kind, block : str
        The device of sentences without a TAG block (default: host:port), and what it is.
    clock : Clock
        Gives the time of reception.
    connect_s, hang_s : float
        How long connecting may take, and after how long without bytes the connection is given up.
    back_off_s : (float, float)
        Shortest and longest wait before connecting again; doubled after each failure.
    queue_bytes : int
        Most that waits for a poll; the oldest is dropped beyond it, and counted.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        device: str = "",
        kind: str = "",
        block: str = "",
        clock: Clock | None = None,
        connect_s: float = 5.0,
        hang_s: float = 10.0,
        back_off_s: tuple[float, float] = (0.5, 5.0),
        queue_bytes: int = 8 << 20,
    ) -> None:
        self._host, self._port = host, port
        self.name = device or f"{host}:{port}"[-MAX_NAME_BYTES:]
        self._clock = clock or SystemClock()
        self._connect_s, self._hang_s, self._back_off_s = connect_s, hang_s, back_off_s
        self._queue = ChunkQueue(queue_bytes)
        self._tally = Tally()
        self._lock = threading.Lock()
        self._connected = False
        self._problem = "connecting"
        self._closing = threading.Event()
        self._first = machine_line(self.name, self._clock.now_ns(), kind, block)
        self._thread = threading.Thread(target=self._run, name=f"tcp {self.name}", daemon=True)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether it was closed; a server may always come back."""
        return self._closing.is_set()

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has come in."""
        chunks = self._queue.take()
        if self._first:
            chunks = (RawChunk(self.name, self._clock.now_ns(), self._first), *chunks)
            self._first = b""
        return chunks

    def health(self, now_ns: int) -> SourceHealth:
        """Tell whether bytes come; a connection without bytes is not called connected."""
        with self._lock:
            age_s, rate = self._tally.age_s(now_ns), self._tally.lines_per_s(now_ns)
            connected, detail = self._connected, self._problem
        if connected and age_s > SILENT_S:
            connected = False
            detail = f"silent for {age_s:.0f} s" if age_s < float("inf") else "connected, no bytes yet"
        dropped = self._queue.dropped_lines
        if dropped:
            detail = f"{detail}; {dropped} lines dropped, not polled in time".removeprefix("; ")
        return SourceHealth(self.name, connected, age_s, rate, 0, detail)

    def close(self) -> None:
        """Stop the thread; returns within a fraction of a second."""
        self._closing.set()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        shortest, longest = self._back_off_s
        wait_s = shortest
        while not self._closing.is_set():
            try:
                with socket.create_connection((self._host, self._port), timeout=self._connect_s) as peer:
                    problem, had_bytes = self._read(peer)
            except OSError as error:
                problem, had_bytes = f"cannot connect: {error.strerror or error}", False
            wait_s = shortest if had_bytes else min(2 * wait_s, longest)
            self._say(False, f"{problem}; next try in {wait_s:.1f} s")
            self._closing.wait(wait_s)

    def _read(self, peer: socket.socket) -> tuple[str, bool]:
        """Read until the connection ends; give why, and whether anything came."""
        self._say(True, "")
        peer.settimeout(0.2)
        cutter, heard_s, had_bytes = LineCutter(), time.monotonic(), False
        problem = "closed"
        while not self._closing.is_set():
            try:
                data = peer.recv(1 << 16)
            except TimeoutError:
                if time.monotonic() - heard_s > self._hang_s:
                    problem = f"no bytes for {self._hang_s:g} s"
                    break
                continue
            except OSError as error:
                problem = f"connection lost: {error.strerror or error}"
                break
            if not data:
                problem = "the other side closed the connection"
                break
            heard_s, had_bytes = time.monotonic(), True
            self._take(cutter.feed(data), self._clock.now_ns())
        self._take(cutter.finish(), self._clock.now_ns(), alive=False)
        return problem, had_bytes

    def _take(self, data: bytes, t_ns: int, *, alive: bool = True) -> None:
        with self._lock:
            if alive:
                self._tally.add(t_ns, data.count(b"\n"))
        if data:
            self._queue.put(RawChunk(self.name, t_ns, data))

    def _say(self, connected: bool, problem: str) -> None:
        with self._lock:
            self._connected, self._problem = connected, problem
