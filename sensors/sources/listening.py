"""Sources that listen: devices connect to a TCP port, or send datagrams to a UDP port.

Neither says who sends. So only addresses in ``allow`` are heard; others are counted and shown.
"""

import ipaddress
import selectors
import socket
from collections.abc import Sequence

from sensors.sources.base import LineCutter
from sensors.sources.live import LiveOptions, LiveSource
from twin.snapshot import Link

MOST_PEERS = 256
"""Devices that may be connected to one port at once; one more takes the place of the longest silent one."""

LOOPBACK = ("127.0.0.0/8", "::1/128")
"""Who is heard where nobody is named."""

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


def networks(allow: Sequence[str]) -> Networks:
    """Give the networks that texts such as ``192.0.2.0/24`` name.

    Raises
    ------
    ValueError
        Where one is none.
    """
    return tuple(ipaddress.ip_network(text, strict=False) for text in allow)


class _Listening(LiveSource):
    """A port of this machine."""

    _socket_kind, _word = socket.SOCK_STREAM, "TCP"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        name: str = "",
        allow: Sequence[str] = LOOPBACK,
        options: LiveOptions | None = None,
    ) -> None:
        self._host, self._wanted_port = host, port
        self._allow = networks(allow)
        self._foreign = 0
        self._peers: dict[socket.socket, LineCutter] = {}
        self.port = 0
        super().__init__(name or f"{host}:{port}", options or LiveOptions())
        self.start()

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, self._socket_kind)
        try:
            if self._socket_kind == socket.SOCK_STREAM:
                # Of datagrams it would let another program take the port over, unseen.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self.port or self._wanted_port))
            listener.settimeout(0.2)
            self.port = listener.getsockname()[1]
        except BaseException:
            listener.close()
            raise
        return listener

    def _place(self) -> str:
        """Name the port that is listened on."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{self._word} {host}:{self.port or self._wanted_port}"

    def _may_speak(self, address: str) -> bool:
        """Tell whether an address is heard; count and show those that are not."""
        try:
            sender = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(sender, "ipv4_mapped", None)
        if any((mapped or sender) in network for network in self._allow):
            return True
        self._foreign += 1
        self._say(True, f"{self._foreign} refused from addresses not allowed, the last {address}")
        return False


class TcpListener(_Listening):
    """Takes lines from devices that connect to a port.

    Parameters
    ----------
    host, port : str, int
        Where to listen; port 0 takes any, told in ``port``.
    name : str
    allow : sequence of str
        Networks that may connect; this machine alone where not given.
    options : LiveOptions
    """

    def _session(self) -> tuple[str, bool]:
        try:
            listener = self._bound()
        except OSError as error:
            return f"cannot listen: {error.strerror or error}", False
        with listener, selectors.DefaultSelector() as selector:
            listener.listen()
            listener.setblocking(False)
            selector.register(listener, selectors.EVENT_READ)
            self._say(True, "")
            try:
                while not self._closing.is_set():
                    for key, _ in selector.select(0.2):
                        if key.fileobj is listener:
                            self._accept(listener, selector)
                        else:
                            self._read(key.fileobj, selector)  # type: ignore[arg-type]
            finally:
                for peer in list(self._peers):
                    peer.close()
                self._peers.clear()
        return "closed", True

    def _silence(self, age_s: float) -> str:
        """Say that nothing comes, and whether any device is connected."""
        devices = len(self._peers)
        there = f"{devices} device{'s' * (devices != 1)} connected to {self._place()}"
        if age_s < float("inf"):
            return f"silent for {age_s:.1f} s, {there}"
        if devices:
            return f"{there}, no bytes yet"
        return f"listens on {self._place()} {self._since}, no device has connected yet"

    def _quiet(self, age_s: float) -> Link:
        """Say in a word whether any device is there."""
        if self._peers:
            return Link.SILENT if age_s < float("inf") else Link.JOINED
        return Link.DESERTED if age_s < float("inf") else Link.LISTENING

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        peer, address = listener.accept()
        if not self._may_speak(str(address[0])):
            peer.close()
            return
        if len(self._peers) >= MOST_PEERS:
            # A device that lost power never says that it is gone, and connects anew each time it is back.
            self._leave(next(iter(self._peers)), selector)
        peer.setblocking(False)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._peers[peer] = LineCutter()
        selector.register(peer, selectors.EVENT_READ)

    def _read(self, peer: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            data = peer.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._peers[peer] = cutter = self._peers.pop(peer)  # in the order in which they were heard last
            self._take(cutter.feed(data))
        else:
            self._leave(peer, selector)

    def _leave(self, peer: socket.socket, selector: selectors.BaseSelector) -> None:
        self._take(self._peers.pop(peer).finish(), alive=False)
        if not self._peers:
            self._left("the device closed the connection")
        selector.unregister(peer)
        peer.close()


class UdpSource(_Listening):
    """Takes lines from datagrams; a line does not go on in the next one.

    Parameters are those of :class:`TcpListener`.
    """

    _socket_kind, _word = socket.SOCK_DGRAM, "UDP"
    _flowing = Link.RECEIVING

    def _silence(self, age_s: float) -> str:
        """Say that nothing comes: of datagrams nobody knows whether there is a sender."""
        if age_s < float("inf"):
            return f"nothing has come to {self._place()} for {age_s:.1f} s"
        return f"listens on {self._place()} {self._since}, nothing has come yet"

    def _quiet(self, age_s: float) -> Link:
        """Say in a word that nothing comes: of datagrams there is no connection."""
        return Link.DESERTED if age_s < float("inf") else Link.LISTENING

    def _session(self) -> tuple[str, bool]:
        try:
            listener = self._bound()
        except OSError as error:
            return f"cannot listen: {error.strerror or error}", False
        with listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            self._say(True, "")
            while not self._closing.is_set():
                try:
                    data, address = listener.recvfrom(1 << 16)
                except TimeoutError:
                    continue
                if data and self._may_speak(str(address[0])):
                    self._take(data if data.endswith(b"\n") else data + b"\n")
        return "closed", True
