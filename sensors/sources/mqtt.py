"""Messages of an MQTT 5 broker.

MQTT 5, because in 3.1.1 a publish that the broker refuses is acknowledged as if it were taken, and a
subscription that is refused is granted. paho's own thread is not used: an exception in a callback
would end it while ``is_connected()`` goes on saying yes. Here a callback's exception is counted and shown.
"""

import re
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sensors.lines import MAX_JSON_BYTES, MAX_NAME_BYTES
from sensors.sources.live import LiveOptions, LiveSource
from sensors.writing import tag_block

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

PORT, TLS_PORT = 1883, 8883
KEEP_ALIVE_S = 5
MOST_PAYLOAD = MAX_JSON_BYTES

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


class MqttSource(LiveSource):
    """Reads what devices publish.

    Parameters
    ----------
    broker : Broker
    name : str
        Of the source; host:port where empty.
    options : LiveOptions
    """

    def __init__(self, broker: Broker, *, name: str = "", options: LiveOptions | None = None) -> None:
        self._broker = broker
        self._levels = [(topic.split("/"), _device_level(topic)) for topic in broker.topics]
        self._failures = 0
        self._ended = ""
        self._heard_s = 0.0
        super().__init__(name or f"{broker.host}:{broker.port}", options or LiveOptions())
        self.start()

    def _session(self) -> tuple[str, bool]:
        from paho.mqtt.enums import MQTTErrorCode

        client = self._client()
        self._ended, started_s = "", time.monotonic()
        self._heard_s = 0.0
        try:
            client.connect(self._broker.host, self._broker.port, KEEP_ALIVE_S)
            while not (self._closing.is_set() or self._ended):
                code = client.loop(0.1)
                if code != MQTTErrorCode.MQTT_ERR_SUCCESS and not self._ended:
                    self._ended = f"connection lost: {code.name}"
                quiet_s = time.monotonic() - max(self._heard_s, started_s)
                if quiet_s > self._options.hang_s:
                    self._ended = f"no message for {self._options.hang_s:g} s"
        except (OSError, ssl.SSLError, ValueError) as error:
            self._ended = f"cannot connect: {getattr(error, 'strerror', '') or error}"
        finally:
            if self._closing.is_set():
                client.disconnect()
                client.loop(0.05)
            _let_go(client)
        return self._ended or "closed", self._heard_s > 0

    def _client(self) -> "Client":
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        broker = self._broker
        client = Client(CallbackAPIVersion.VERSION2, broker.client_id, protocol=MQTTv5)
        client.connect_timeout = self._options.connect_s
        if broker.user:
            client.username_pw_set(broker.user, broker.password or None)
        if broker.tls:
            context = ssl.create_default_context(cafile=broker.ca or None)
            if broker.certificate:
                context.load_cert_chain(broker.certificate, broker.key or None)
            client.tls_set_context(context)
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
        if code.is_failure:
            self._ended = f"the broker refused: {code}"
            return
        self._say(True, "")
        client.subscribe([(topic, _options_of(self._broker.qos)) for topic in self._broker.topics])

    def _on_subscribe(self, client: "Client", data: Any, mid: int, codes: Any, properties: Any) -> None:
        refused = [topic for topic, code in zip(self._broker.topics, codes, strict=False) if code.is_failure]
        if refused:
            self._say(True, f"may not read {', '.join(refused)}")

    def _on_disconnect(self, client: "Client", data: Any, flags: Any, code: Any, properties: Any) -> None:
        self._ended = self._ended or f"connection lost: {code}"

    def _on_message(self, client: "Client", data: Any, message: "MQTTMessage") -> None:
        self._heard_s = time.monotonic()
        self._take(lines_of(bytes(message.payload), self._device_of(message.topic)))

    def _device_of(self, topic: str) -> str:
        """Give the device that a topic names; empty where its filter names none."""
        levels = topic.split("/")
        for wanted, place in self._levels:
            if place is not None and place < len(levels) and _matches(levels, wanted):
                name = levels[place][-MAX_NAME_BYTES:]
                return name if _PRINTABLE.match(name) and "," not in name and "*" not in name else ""
        return ""


def _options_of(qos: int) -> Any:
    from paho.mqtt.subscribeoptions import SubscribeOptions

    # What the broker has kept from before is no news: its age is not known.
    return SubscribeOptions(qos=qos, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)


def _let_go(client: "Client") -> None:
    """Close the socket without waiting for a broker that may be frozen."""
    socket = client.socket()
    if socket is not None:
        socket.close()


def _device_level(topic: str) -> int | None:
    levels = topic.split("/")
    return levels.index("+") if "+" in levels else None


def _matches(levels: list[str], wanted: list[str]) -> bool:
    if wanted[-1] == "#":
        return len(levels) >= len(wanted) - 1 and _matches(levels[: len(wanted) - 1], wanted[:-1] or ["#"])
    return len(levels) == len(wanted) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )


def lines_of(payload: bytes, device: str) -> bytes:
    r"""Give the lines of a message, each behind a TAG block that names its device.

    Parameters
    ----------
    payload : bytes
        Sentences, or one JSON object, which may be written over several lines.
    device : str
        That the topic names; empty: the lines say themselves who sends. Then a TAG block is theirs.

    Notes
    -----
    A payload over ``MOST_PAYLOAD`` is cut, so that it is refused and counted.
    """
    payload = payload[: MOST_PAYLOAD + 1].strip()
    if payload.startswith(b"{"):
        # Inside a JSON text a line break is no character: it stands between words.
        lines = [payload.replace(b"\r", b" ").replace(b"\n", b" ")]
    else:
        lines = [line for line in payload.split(b"\n") if line]
    if device:
        tag = tag_block(device)
        lines = [tag + line.rpartition(b"\\")[2] if line.startswith(b"\\") else tag + line for line in lines]
    return b"".join(line + b"\n" for line in lines)
