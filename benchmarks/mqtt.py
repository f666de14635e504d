"""Messages of a broker: our source and paho's own loop, each reading what one publisher sends.

Both read from a mosquitto of the benchmark's own, in plain text on this machine; where there is none,
the row says so. CPU time a message is what counts: 10,000 a second leave 100 us for each.
"""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, absent, compare
from sensors.sources.live import LiveOptions
from sensors.sources.mqtt import Broker, MqttSource

TITLE = "take 3000 messages from a broker"
PEER = "paho's loop, lines kept only"
COUNT = 3_000
TOPIC = "yard/pos/TT-01"
LINE = b"$GNGGA,141320.00,3112.00000000,N,12130.00000000,E,4,20,0.7,10.0,M,9.5,M,,*00\r\n"


@contextlib.contextmanager
def _broker(program: str) -> Iterator[int]:
    """Run a mosquitto; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\nlog_type none\n"
        )
        process = subprocess.Popen([program, "-c", str(config)])
        try:
            _answering(port)
            yield port
        finally:
            process.kill()
            process.wait()


def _answering(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.02)


def _client(port: int) -> Any:
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def rows() -> Iterable[Row]:
    """Give one row: our source beside paho's own loop."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        yield absent(TITLE, PEER, "mosquitto is not installed")
        return
    with _broker(program) as port:
        publisher = _client(port)
        note = "" if _ours(port, publisher) == _theirs(port, publisher) == COUNT else "messages were lost"
        yield compare(
            TITLE, lambda: _ours(port, publisher), lambda: _theirs(port, publisher), PEER, rounds=5, note=note
        )
        publisher.disconnect()
        publisher.loop_stop()


def _ours(port: int, publisher: Any) -> int:
    """Connect our source, send, and give how many lines it took."""
    source = MqttSource(Broker("127.0.0.1", port, ("yard/pos/+",)), options=LiveOptions(interval_s=1e6))
    lines = _sent(publisher, lambda: sum(chunk.data.count(b"\n") for chunk in source.poll()))
    source.close()
    return lines


def _theirs(port: int, publisher: Any) -> int:
    """Connect paho with its own thread, send, and give how many messages it kept."""
    kept: list[bytes] = []
    reader = _client(port)
    reader.on_message = lambda client, data, message: kept.append(message.payload)
    reader.subscribe("yard/pos/+")

    def taken() -> int:
        count = len(kept)
        del kept[:count]
        return count

    messages = _sent(publisher, taken)
    reader.disconnect()
    reader.loop_stop()
    return messages


def _sent(publisher: Any, taken: Callable[[], int]) -> int:
    """Send until one has come, so that the reader is there; then send all, and count what comes."""
    ends = time.monotonic() + 60
    while not taken() and time.monotonic() < ends:
        publisher.publish(TOPIC, LINE)
        time.sleep(0.01)
    time.sleep(0.1)
    taken()
    for _ in range(COUNT):
        publisher.publish(TOPIC, LINE)
    count = 0
    while count < COUNT and time.monotonic() < ends:
        count += taken()
        time.sleep(0.002)
    return count
