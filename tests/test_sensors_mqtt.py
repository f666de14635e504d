"""MQTT 5 with a real mosquitto: TLS, an ACL, ten thousand messages a second, kills and freezes."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broker import USERS, Mosquitto, ended, needs_mosquitto

from sensors.decoder import Decoder
from sensors.nmea import encode_gga
from sensors.sources import mqtt
from sensors.sources.live import LiveOptions
from sensors.sources.mqtt import Broker, MqttSource, lines_of
from twin.inputs import RawChunk

T_NS = 1_790_000_000_000_000_000
RATE = 10_000


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    running = Mosquitto(tmp_path)
    yield running
    running.close()


def source_of(
    broker: Mosquitto, user: str = "twin", interval_s: float = 0.2, port: int = 0, **changes
) -> MqttSource:
    where = {"tls": True, "ca": str(broker.folder / "ca.pem"), "user": user, "password": USERS.get(user, "")}
    at = Broker("127.0.0.1", port or broker.port, ("yard/pos/+",), **(where | changes))
    return MqttSource(at, name="broker", options=LiveOptions(interval_s=interval_s, hang_s=3.0))


def gga(k: int) -> bytes:
    return encode_gga(T_NS + k * 1_000_000, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7)


def text(source: MqttSource) -> bytes:
    return b"".join(chunk.data for chunk in source.poll())


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> float:
    """Wait for something; give how long it took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < limit_s
        time.sleep(0.01)
    return time.monotonic() - begin


def connected(source: MqttSource, client, topic: str = "yard/pos/TT-01") -> None:
    """Publish until the first message has come."""
    got = b""

    def came() -> bool:
        nonlocal got
        client.publish(topic, b"# hello\n")
        time.sleep(0.05)
        got += text(source)
        return b"hello" in got

    until(came)
    time.sleep(0.2)
    text(source)


PUBLISHER = """
import sys, time
sys.path[:0] = [{tests!r}]
from broker import Mosquitto, ended
broker = Mosquitto.__new__(Mosquitto)
from pathlib import Path
broker.folder, broker.port = Path({folder!r}), {port}
client, total, sent = broker.publisher(), {total}, 0
begin = time.monotonic()
while sent < total:
    due = min(total, int((time.monotonic() - begin) * {rate}) + 1)
    for k in range(sent, due):
        client.publish(f"yard/pos/TT-{{k % 50:02d}}", b"$%d" % k)
    sent = due
    time.sleep(0.002)
while client.want_write():
    time.sleep(0.01)
time.sleep(0.5)
print(time.monotonic() - begin)
ended(client)
"""


def flood(broker: Mosquitto, seconds: float) -> tuple[int, int, int]:
    """Publish numbered lines at the rate for a while; give how many were sent, came, and came twice."""
    source, client = source_of(broker), broker.publisher()
    connected(source, client)
    total = int(RATE * seconds)
    words = PUBLISHER.format(
        tests=str(Path(__file__).parent), folder=str(broker.folder), port=broker.port, total=total, rate=RATE
    )
    publisher = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.DEVNULL)
    lines: list[bytes] = []
    quiet_s = time.monotonic()
    while len(lines) < total and time.monotonic() - quiet_s < 15.0:
        more = text(source)
        if more:
            lines += [line for line in more.split(b"\n") if b"$" in line]
            quiet_s = time.monotonic()
        time.sleep(0.1)
    publisher.wait(30)
    ended(client)
    source.close()
    numbers = [line.rpartition(b"$")[2] for line in lines]
    return total, len(set(numbers)), len(numbers) - len(set(numbers))


@needs_mosquitto
def test_no_message_of_three_seconds_at_ten_thousand_a_second_is_lost(broker: Mosquitto):
    sent, came, twice = flood(broker, 3.0)

    assert (came, twice) == (sent, 0)


@pytest.mark.soak
@needs_mosquitto
def test_no_message_of_half_a_minute_at_ten_thousand_a_second_is_lost(broker: Mosquitto):
    sent, came, twice = flood(broker, 30.0)

    assert (came, twice) == (sent, 0)


@needs_mosquitto
def test_a_killed_broker_is_back_two_seconds_after_it_and_the_gap_is_recorded_and_shown(broker: Mosquitto):
    source, client = source_of(broker), broker.publisher()
    connected(source, client)
    broker.kill()
    until(lambda: not source.health(0).connected)
    lost = source.health(0).detail
    time.sleep(1.5)
    ended(client)

    broker.start()
    client = broker.publisher()
    got = b""

    def came() -> bool:
        nonlocal got
        client.publish("yard/pos/TT-01", gga(1))
        time.sleep(0.02)
        got += text(source)
        return b"GGA" in got

    took_s = until(came)
    health = source.health(0)
    ended(client)
    source.close()

    assert took_s < 2.0
    assert "connection lost: the broker closed it" in lost or "cannot connect" in lost
    assert b"# gap of " in got
    assert health.connected
    assert "1 gap" in health.detail


@needs_mosquitto
def test_a_frozen_broker_is_told_by_the_age_of_the_data_within_three_intervals_and_a_half_second(
    broker: Mosquitto,
):
    interval_s = 0.2
    source, client = source_of(broker, interval_s=interval_s), broker.publisher()
    connected(source, client)
    for k in range(10):
        client.publish("yard/pos/TT-01", gga(k))
        time.sleep(interval_s / 2)
    assert source.health(0).connected

    broker.freeze()
    took_s = until(lambda: not source.health(0).connected)
    health = source.health(0)
    broker.thaw()
    ended(client)
    source.close()

    assert took_s < 3 * interval_s + 0.5
    assert "silent for" in health.detail
    assert health.age_s >= 3 * interval_s


@pytest.mark.parametrize(("keep_alive_s", "hang_s"), [(5, 0.5), (1, 10.0)])
def test_a_broker_that_takes_connections_and_never_answers_is_told_as_that(monkeypatch, keep_alive_s, hang_s):
    monkeypatch.setattr(mqtt, "KEEP_ALIVE_S", keep_alive_s)
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        at = Broker("127.0.0.1", frozen.getsockname()[1], ("yard/pos/+",))
        source = MqttSource(at, options=LiveOptions(interval_s=0.2, hang_s=hang_s))
        until(lambda: "address" in source.health(0).detail)
        told = source.health(0)
        source.close()

    waited_s = min(keep_alive_s, hang_s)
    said = f"address: expected an answer within {waited_s:g} s, found none; the broker may hang"
    assert said in told.detail
    assert not told.connected


@needs_mosquitto
def test_a_client_without_rights_gets_nothing_in(broker: Mosquitto):
    source, client = source_of(broker), broker.publisher()
    connected(source, client)
    stranger, own = broker.publisher("stranger"), broker.publisher("TT-07")

    refused = [stranger.publish("yard/pos/TT-01", gga(k), qos=1) for k in range(20)]
    foreign = own.publish("yard/pos/TT-01", gga(1), qos=1)
    mine = own.publish("yard/pos/TT-07", gga(2), qos=1)
    for message in (*refused, foreign, mine):
        message.wait_for_publish(10)
    until(lambda: source.health(0).age_s < 5)
    time.sleep(0.3)
    lines = [line for line in text(source).split(b"\n") if line]
    for one in (stranger, own, client):
        ended(one)
    source.close()

    assert lines == [lines_of(gga(2), "TT-07").strip()]


@needs_mosquitto
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "refused"),
        ({"user": "nobody", "password": ""}, "refused"),
        ({"ca": ""}, "cannot connect"),
        ({"tls": False}, ""),
    ],
    ids=["password", "user", "authority", "plain text"],
)
def test_a_source_that_may_not_in_says_so_and_is_not_connected(broker: Mosquitto, changes, said: str):
    source = source_of(broker, **changes)
    until(lambda: "next try" in source.health(0).detail)
    health = source.health(0)
    source.close()

    assert not health.connected
    assert said in health.detail
    assert health.age_s == float("inf")


@needs_mosquitto
def test_a_port_without_tls_is_called_that_where_tls_was_asked_for(broker: Mosquitto):
    source = source_of(broker, port=broker.plain_port)
    until(lambda: "next try" in source.health(0).detail and "refused" not in source.health(0).detail)
    detail = source.health(0).detail
    source.close()

    assert "address: expected a broker that speaks TLS, as mqtts: says, found " in detail
    assert "without TLS it is mqtt:" in detail


@needs_mosquitto
def test_a_client_certificate_is_a_way_in_and_one_of_another_authority_is_none(broker: Mosquitto):
    def by(certificate: str) -> MqttSource:
        at = Broker(
            "127.0.0.1", broker.certified_port, ("yard/pos/+",), tls=True, ca=str(broker.folder / "ca.pem"),
            certificate=str(broker.folder / certificate) if certificate else "",
        )  # fmt: skip
        return MqttSource(at, name="broker", options=LiveOptions(interval_s=0.2, hang_s=3.0))

    source, client = by("twin.pem"), broker.publisher()
    connected(source, client)
    others = [by("stranger.pem"), by("")]
    for other in others:
        until(lambda other=other: "next try" in other.health(0).detail)
    client.publish("yard/pos/TT-01", gga(1))
    got = b""

    def came() -> bool:
        nonlocal got
        got += text(source)
        return b"GGA" in got

    until(came)
    refused = [text(other) for other in others]
    ended(client)
    for one in (source, *others):
        one.close()

    assert refused == [b"", b""]


@needs_mosquitto
def test_an_exception_in_a_callback_is_shown_and_the_messages_behind_it_come(broker: Mosquitto):
    source, client = source_of(broker), broker.publisher()
    connected(source, client)
    take, calls = source._take, []

    def fails_once(data: bytes, **kwargs: bool) -> None:
        calls.append(data)
        if len(calls) == 1:
            raise ZeroDivisionError("a bug")
        take(data, **kwargs)

    source._take = fails_once  # type: ignore[method-assign]
    for k in range(3):
        client.publish("yard/pos/TT-01", gga(k))
    until(lambda: len(calls) >= 3)
    detail = source.health(0).detail
    got = text(source)
    ended(client)
    source.close()

    assert got.count(b"GGA") == 2
    assert "1 messages failed, the last by ZeroDivisionError: a bug" in detail


def test_a_topic_names_the_device_of_every_line_even_of_one_that_names_another():
    payload = lines_of(gga(1) + lines_of(gga(2), "RTG-99") + gga(3), "TT-07")
    batch = Decoder().decode([RawChunk("mqtt", T_NS, payload)])

    assert payload.count(b"s:TT-07") == 3
    assert set(batch.devices) == {"TT-07"}
    assert batch.rejects == ()


def test_an_object_that_names_another_device_than_its_topic_is_refused():
    message = b'{\n "type": "crane", "device": "RTG-99",\r\n "t_ns": 1790000000000000000, "locked": true}'
    same = message.replace(b"RTG-99", b"RTG-01")

    refused = Decoder().decode([RawChunk("mqtt", T_NS, lines_of(message, "RTG-01"))])
    taken = Decoder().decode([RawChunk("mqtt", T_NS, lines_of(same, "RTG-01"))])

    assert [reject.reason for reject in refused.rejects] == [
        "message: not the device that its TAG block names"
    ]
    assert len(refused.cranes) == 0
    assert taken.cranes.locked.tolist() == [1]


@pytest.mark.parametrize("payload", [b"[]", b'[\n  {"type": "wind"}\n]', b'"x"', b"null", b"5"])
def test_a_message_that_is_json_and_no_object_is_refused_as_that_at_its_source(payload):
    batch = Decoder().decode([RawChunk("mqtt", T_NS, lines_of(payload, "RTG-01"))])
    assert [(reject.source, reject.reason) for reject in batch.rejects] == [("mqtt", "JSON, but no object")]
