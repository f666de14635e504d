"""A stream from a TCP server: a receiver's or a gateway's port."""

import socket
import time

from sensors.sources.base import LineCutter
from sensors.sources.live import LiveOptions, LiveSource


class TcpSource(LiveSource):
    """Reads lines from a TCP server in a thread of its own, and connects again whenever it must.

    Parameters
    ----------
    host, port : str, int
        The server.
    name : str
        Of the source; host:port where empty.
    options : LiveOptions
    """

    def __init__(self, host: str, port: int, *, name: str = "", options: LiveOptions | None = None) -> None:
        self._host, self._port = host, port
        super().__init__(name or f"{host}:{port}", options or LiveOptions())
        self.start()

    def _session(self) -> tuple[str, bool]:
        try:
            address = (self._host, self._port)
            with socket.create_connection(address, timeout=self._options.connect_s) as peer:
                return self._read(peer)
        except OSError as error:
            return f"cannot connect: {error.strerror or error}", False

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
                if time.monotonic() - heard_s > self._options.hang_s:
                    problem = f"no bytes for {self._options.hang_s:g} s"
                    break
                continue
            except OSError as error:
                problem = f"connection lost: {error.strerror or error}"
                break
            if not data:
                problem = "the other side closed the connection"
                break
            heard_s, had_bytes = time.monotonic(), True
            self._take(cutter.feed(data))
        self._take(cutter.finish(), alive=False)
        return problem, had_bytes
