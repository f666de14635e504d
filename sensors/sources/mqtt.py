"""Messages of an MQTT 5 broker.

MQTT 5, because in 3.1.1 a publish that the broker refuses is acknowledged as if it were taken, and a
subscription that is refused is granted. paho's own thread is not used: an exception in a callback
would end it while ``is_connected()`` goes on saying yes. Here a callback's exception is counted and shown.
"""

import functools
import re
import select
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sensors.lines import MAX_JSON_BYTES, MAX_NAME_BYTES
from sensors.packed import BOM
from sensors.sources import broker_words as words
from sensors.sources.live import LiveOptions, LiveSource
from sensors.telemetry import NOBODY, fitting
from sensors.writing import tag_block

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

PORT, TLS_PORT = 1883, 8883
KEEP_ALIVE_S = 5
MOST_PACKETS = 500
"""Read before the connection is looked after again."""

MOST_PAYLOAD = MAX_JSON_BYTES

_CLOSED = "Unspecified error"
"""What paho calls a connection that ended without a word."""

_REFUSED = (MAX_NAME_BYTES + 1) * "-"
_PRINTABLE = re.compile(r"^[ -~]{1,16}$")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, what is asked of it, and as whom.

    Attributes
    ----------
    host, port : str, int
    topics : tuple of str
        Filters. The level that the first ``+`` stands for names the device: a broker that lets each
        user write to its own topic alone so keeps one device from speaking for another.
    qos : int
        0 for positions, 1 for events.
    tls : bool
    ca, certificate, key : str
        Files in PEM form; ``ca`` empty: what the system trusts.
    user, password : str
    client_id : str
        Empty: the broker chooses.
    """

    host: str
    port: int
    topics: tuple[str, ...]
    qos: int = 0
    tls: bool = False
    ca: str = ""
    certificate: str = ""
    key: str = ""
    user: str = ""
    password: str = ""
    client_id: str = ""

    @property
    def papers(self) -> words.Papers:
        """The certificates."""
        return words.Papers(self.ca, self.certificate, self.key)


class MqttSource(LiveSource):
    """Reads what devices publish.

    Parameters
    ----------
    broker : Broker
    name : str
        Of the source; host:port where empty.
    options : LiveOptions
    machines : mapping
        The machine of a device whose own name is too long for the yard.
    """

    def __init__(
        self, broker: Broker, *, name: str = "", options: LiveOptions | None = None,
        machines: Mapping[str, str] = NOBODY,
    ) -> None:  # fmt: skip
        self._broker, self._machines = broker, machines
        self._levels = [(levels, _device_level(levels)) for levels in map(_levels_of, broker.topics)]
        self._failures = self._packets = 0
        self._tls: _Tls | None = None
        self._ended = ""
        self._heard_s = 0.0
        self._answered, self._began_s = False, 0.0
        super().__init__(name or f"{broker.host}:{broker.port}", options or LiveOptions())
        self.start()

    def _session(self) -> tuple[str, bool]:
        client = self._client()
        self._ended, self._answered, self._began_s = "", False, time.monotonic()
        self._heard_s = 0.0
        try:
            client.connect(self._broker.host, self._broker.port, KEEP_ALIVE_S)
            while not (self._closing.is_set() or self._ended):
                self._serve(client)
                quiet_s = time.monotonic() - max(self._heard_s, self._began_s)
                if quiet_s > self._options.hang_s and not self._ended:
                    self._ended = self._silent()
            if self._closing.is_set():
                client.disconnect()
                client.loop_write()
        except (OSError, ssl.SSLError, ValueError) as error:
            papers = self._broker.papers if self._broker.tls else None
            told = words.not_connected(error, self._broker.host, papers)
            self._ended = f"cannot connect: {told}"
        finally:
            for peer in (client.socket(), self._tls.wrapped if self._tls else None):
                if peer is not None:
                    peer.close()  # without waiting for a broker that may be frozen
        return self._ended or "closed", self._heard_s > 0

    def _silent(self) -> str:
        """Tell of a broker that sends nothing; some grant a subscription and keep what it asks for back."""
        if not self._answered:
            return _hangs(self._options.hang_s)
        expected = f"filters that something is published on and {self._user()} may read"
        told = words.said(("topics", expected, ", ".join(self._broker.topics)))
        return f"no message for {self._options.hang_s:g} s; {told}"

    def _lost(self, why: str) -> str:
        """Tell why a connection ended, and, where the broker never answered, what may be wrong here."""
        broker, peer = self._broker, self._tls.wrapped if self._tls else None
        ours = words.refused_ours(getattr(peer, "failure", None), broker.papers)
        if ours or self._answered:
            return ours or f"connection lost: {'the broker closed it' if why == _CLOSED else why}"
        if time.monotonic() - self._began_s >= KEEP_ALIVE_S:
            return _hangs(KEEP_ALIVE_S)  # paho gave up waiting: who refuses a connection closes it at once
        if broker.tls:
            found = "a connection that it closed at once"
            return words.said(("tls.certificate", "what the broker lets in", found))
        expected = "a broker without TLS, as mqtt: says"
        return words.said(("address", expected, "a connection that it closed at once; with TLS it is mqtts:"))

    def _serve(self, client: "Client") -> None:
        """Wait for the socket, and read all that has come: a call of paho's loop reads one packet."""
        from paho.mqtt.enums import MQTTErrorCode

        peer = client.socket()
        if peer is None:
            self._ended = self._ended or self._lost("closed")
            return
        writes = [peer] if client.want_write() else []
        pending = getattr(peer, "pending", int)()  # what TLS has decrypted, select does not see
        ready, writable, _ = select.select([peer], writes, [], 0.0 if pending else 0.1)
        codes = []
        if ready or pending:
            for _ in range(MOST_PACKETS):
                before = self._packets
                codes.append(client.loop_read())
                if self._packets == before or self._ended:
                    break
        if writable or client.want_write():
            codes.append(client.loop_write())
        codes.append(client.loop_misc())
        bad = [code for code in codes if code != MQTTErrorCode.MQTT_ERR_SUCCESS]
        if bad and not self._ended:
            self._ended = self._lost(bad[0].name)

    def _client(self) -> "Client":
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        broker = self._broker
        client = Client(CallbackAPIVersion.VERSION2, broker.client_id, protocol=MQTTv5)
        client.connect_timeout = self._options.connect_s
        if broker.user:
            client.username_pw_set(broker.user, broker.password or None)
        if broker.tls:
            self._tls = _Tls(broker.papers)
            if self._tls.problem is not None:  # a file that was right when the source was opened
                raise ValueError(words.said(self._tls.problem))
            client.tls_set_context(self._tls)
        client.on_connect = self._guarded(self._on_connect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_message = self._guarded(self._on_message)
        client.on_disconnect = self._guarded(self._on_disconnect)
        return client

    def _guarded(self, call: Any) -> Any:
        """Give a callback that raises nothing: what it raised is counted and shown."""

        def guarded(*arguments: Any) -> None:
            try:
                call(*arguments)
            except Exception as error:
                self._failures += 1
                self._say(
                    True, f"{self._failures} messages failed, the last by {type(error).__name__}: {error}"
                )

        return guarded

    def _on_connect(self, client: "Client", data: Any, flags: Any, code: Any, properties: Any) -> None:
        self._answered = True
        if code.is_failure:
            self._ended = f"the broker refused: {self._refused(str(code))}"
            return
        self._say(True, "")
        client.subscribe([(topic, _options_of(self._broker.qos)) for topic in self._broker.topics])

    def _refused(self, why: str) -> str:
        if why in ("Not authorized", "Bad user name or password"):
            return words.said(("user", "a user and password that it knows", f"{self._user()}: {why}"))
        return why

    def _user(self) -> str:
        return repr(self._broker.user) if self._broker.user else "nobody by name"

    def _on_subscribe(self, client: "Client", data: Any, mid: int, codes: Any, properties: Any) -> None:
        refused = [topic for topic, code in zip(self._broker.topics, codes, strict=False) if code.is_failure]
        if refused:
            expected = f"filters that {self._user()} may read"
            self._say(True, words.said(("topics", expected, f"{', '.join(refused)} refused")))

    def _on_disconnect(self, client: "Client", data: Any, flags: Any, code: Any, properties: Any) -> None:
        self._ended = self._ended or self._lost(str(code))

    def _on_message(self, client: "Client", data: Any, message: "MQTTMessage") -> None:
        self._packets += 1
        self._heard_s = time.monotonic()
        self._take(lines_of(bytes(message.payload), self._device_of(message.topic)))

    def _device_of(self, topic: str) -> str:
        """Give the device that a topic names; empty where its filter names none.

        A name that no device in the yard can have is given as one that is refused and counted.
        """
        levels = topic.split("/")
        for wanted, place in self._levels:
            if place is not None and place < len(levels) and _matches(levels, wanted):
                name = fitting(levels[place], self._machines)
                return name if _PRINTABLE.match(name) and "," not in name and "*" not in name else _REFUSED
        return ""


def _hangs(waited_s: float) -> str:
    """Tell of a broker that takes a connection and never answers."""
    return words.said(("address", f"an answer within {waited_s:g} s", "none; the broker may hang"))


def _options_of(qos: int) -> Any:
    from paho.mqtt.subscribeoptions import SubscribeOptions

    # What the broker has kept from before is no news: its age is not known.
    return SubscribeOptions(qos=qos, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)


class _Peer(ssl.SSLSocket):
    """A socket that remembers why reading it failed: paho tells but that it did."""

    failure: ssl.SSLError | None = None

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read; a refusal of our certificate comes here, once we have written."""
        try:
            return super().recv(buflen, flags)
        except ssl.SSLError as error:
            self.failure = error
            raise


class _Tls(ssl.SSLContext):
    """Who the broker must be, and who we are.

    WORKAROUND paho-mqtt 2.2: a socket whose handshake failed is not closed by it, so it is kept here;
    remove when paho closes it.
    """

    wrapped: ssl.SSLSocket | None
    sslsocket_class = _Peer

    def __new__(cls, papers: words.Papers) -> "_Tls":
        """Make a context that checks certificates and names."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, papers: words.Papers) -> None:
        self.wrapped = None
        self.minimum_version = ssl.TLSVersion.TLSv1_2
        self.problem = words.load(self, papers)

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """Wrap a socket, and remember it."""
        self.wrapped = super().wrap_socket(*arguments, **options)
        return self.wrapped


def tls_problem(broker: Broker) -> words.Problem | None:
    """Tell what is wrong with the certificates of a broker; None where nothing is."""
    return _Tls(broker.papers).problem if broker.tls else None


def _levels_of(topic: str) -> list[str]:
    """Give the levels of a filter as topics have them; a shared one (MQTT 5, 4.8.2) has a group first."""
    levels = topic.split("/")
    return levels[2:] if levels[0] == "$share" else levels


def _device_level(levels: list[str]) -> int | None:
    return levels.index("+") if "+" in levels else None


def _matches(levels: list[str], wanted: list[str]) -> bool:
    if wanted[-1] == "#":
        return len(levels) >= len(wanted) - 1 and _matches(levels[: len(wanted) - 1], wanted[:-1] or ["#"])
    return len(levels) == len(wanted) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )


_tag = functools.lru_cache(maxsize=4096)(tag_block)


def lines_of(payload: bytes, device: str) -> bytes:
    r"""Give the lines of a message, each behind a TAG block that names its device.

    Parameters
    ----------
    payload : bytes
        Sentences, or one JSON text, which may be written over several lines.
    device : str
        That the topic names; empty: the lines say themselves who sends. Then a TAG block is theirs.

    Notes
    -----
    A payload over ``MOST_PAYLOAD`` is cut, so that it is refused and counted.
    """
    payload = payload[: MOST_PAYLOAD + 1].removeprefix(BOM).strip()
    if payload.startswith((b"{", b"[")):
        # Inside a JSON text a line break is no character: it stands between words.
        lines = [payload.replace(b"\r", b" ").replace(b"\n", b" ")]
    else:
        lines = [line for line in payload.split(b"\n") if line]
    if device:
        tag = _tag(device)
        lines = [tag + line.rpartition(b"\\")[2] if line.startswith(b"\\") else tag + line for line in lines]
    return b"".join(line + b"\n" for line in lines)
