"""A clock that is set an hour ahead or back, the device's or the host's: no age below nothing, nothing stale.

Source by source, each with its own wire: the device drives on and sends ten times a second; then its clock
is an hour off for some seconds, and right again.
"""

import contextlib
import datetime
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yard_at_work as work
from broker import MOSQUITTO, USERS, Mosquitto

from layouts.generator import compact_yard
from sensors.clockfaults import CLOCK_OFF
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_hdt, encode_rmc
from sensors.rules import Rules, SourceRules
from sensors.sources import FileSource, TcpSource
from sensors.sources.base import Source
from sensors.sources.listening import TcpListener, UdpSource
from sensors.sources.live import LiveOptions
from sensors.sources.mqtt import Broker, MqttSource
from sensors.sources.serial_port import SerialSource
from sensors.telemetry import encode_event, encode_json
from sensors.vda5050 import MapFrame
from twin import engine
from twin.clock import NS_PER_S, SystemClock
from twin.fleet.table import UNHEARD
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.stock import moves
from twin.yard.slots import slots_of

START_NS = 1_800_000_000 * NS_PER_S
HOUR_NS = 3_600 * NS_PER_S
STEP_NS = NS_PER_S // 10
DEVICE, KIND, SPEED_MPS = "TT-1", "terminal_tractor", 2.0
RIGHT, OFF = 8, 16
"""So many steps the clock is right, then off, then right again."""


class Host:
    """A host whose clock may be set; what has passed runs on."""

    def __init__(self) -> None:
        self.passed_ns, self.off_ns = 5 * NS_PER_S, 0
        self.clock = SystemClock(
            lambda: START_NS + self.passed_ns + self.off_ns,
            lambda: self.passed_ns,
            (START_NS, self.passed_ns),
        )
        self.options = LiveOptions(
            device=DEVICE, clock=self.clock, steady=lambda: self.passed_ns, interval_s=1.0, hang_s=60.0
        )


def nmea(t_ns: int, lon: float, lat: float, bearing_rad: float) -> bytes:
    return (
        encode_gga(t_ns, lon, lat, 5.0, 10.0, 4, 24, 0.6)
        + encode_rmc(t_ns, lon, lat, SPEED_MPS, bearing_rad)
        + encode_hdt(bearing_rad)
    )


def text_of(t_ns: int) -> str:
    when = datetime.datetime.fromtimestamp(t_ns // NS_PER_S, datetime.UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{t_ns % NS_PER_S // 1_000_000:03d}Z"


def line(values: dict[str, object]) -> bytes:
    return encode_json(values) + b"\n"


def tic40(t_ns: int, lon: float, lat: float, bearing_rad: float) -> bytes:
    what = "output.actual.value"
    return line({
        "msg.timestamp": text_of(t_ns),
        "che.@.id": DEVICE,
        f"che.@.location.coordinate.latitude.{what}": lat,
        f"che.@.location.coordinate.longitude.{what}": lon,
        f"che.@.location.coordinate.accuracy.{what}": 0.02,
        f"che.@.location.heading.angle.{what}": float(np.degrees(bearing_rad)),
        f"che.@.drive.speed.{what}": SPEED_MPS,
    })  # fmt: skip


def vda5050(t_ns: int, lon: float, lat: float, bearing_rad: float) -> bytes:
    """Of a map whose y axis points north and whose origin is that of the yard."""
    east, north = to_map(lon, lat)
    return line({
        "headerId": 1,
        "timestamp": text_of(t_ns),
        "serialNumber": DEVICE,
        "agvPosition": {"x": east, "y": north, "theta": np.pi / 2 - bearing_rad, "deviationRange": 0.02},
        "velocity": {"vx": SPEED_MPS, "vy": 0.0},
    })  # fmt: skip


FRAME = YardFrame.of(compact_yard().georeference)
ORIGIN = tuple(float(part[0]) for part in FRAME.geodetic_from_yard(np.zeros((1, 3)))[:2])


def to_map(lon: float, lat: float) -> tuple[float, float]:
    """East and north of the yard's origin [m], to a decimetre."""
    return (
        (lon - ORIGIN[0]) * 111_320.0 * float(np.cos(np.radians(ORIGIN[1]))),
        (lat - ORIGIN[1]) * 110_860.0,
    )


Sent = tuple[Source, Callable[[bytes], object]]


@contextlib.contextmanager
def tcp_wire(host: Host, folder: Path) -> Iterator[Sent]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = TcpSource("127.0.0.1", server.getsockname()[1], options=host.options)
        peer, _ = server.accept()
        with peer:
            yield source, peer.sendall


@contextlib.contextmanager
def listening_wire(host: Host, folder: Path) -> Iterator[Sent]:
    source = TcpListener("127.0.0.1", 0, options=host.options)
    bound(source)
    with socket.create_connection(("127.0.0.1", source.port)) as peer:
        yield source, peer.sendall


@contextlib.contextmanager
def udp_wire(host: Host, folder: Path) -> Iterator[Sent]:
    source = UdpSource("127.0.0.1", 0, options=host.options)
    bound(source)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        yield source, lambda line: peer.sendto(line, ("127.0.0.1", source.port))


def bound(source: TcpListener | UdpSource) -> None:
    ends = time.monotonic() + 10
    while not source.port:
        assert time.monotonic() < ends
        time.sleep(0.005)


@contextlib.contextmanager
def serial_wire(host: Host, folder: Path) -> Iterator[Sent]:
    pytest.importorskip("pty")
    ours, theirs = os.openpty()
    try:
        yield SerialSource(os.ttyname(theirs), options=host.options), lambda line: os.write(ours, line)
    finally:
        os.close(ours)
        os.close(theirs)


@contextlib.contextmanager
def mqtt_wire(host: Host, folder: Path) -> Iterator[Sent]:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not here")
    broker = Mosquitto(folder)
    try:
        at = Broker(
            "127.0.0.1", broker.port, ("yard/pos/+",), tls=True, ca=str(folder / "ca.pem"), user="twin",
            password=USERS["twin"],
        )  # fmt: skip
        client = broker.publisher()
        yield (
            MqttSource(at, options=host.options),
            # Kept for whoever subscribes later: the twin may not have, when the first is sent.
            lambda line: client.publish(f"yard/pos/{DEVICE}", line, qos=1, retain=True),
        )
        client.disconnect()
    finally:
        broker.close()


WIRES = {
    "NMEA over TCP": (tcp_wire, nmea),
    "NMEA of a device that connects": (listening_wire, nmea),
    "NMEA over UDP": (udp_wire, nmea),
    "NMEA on a serial line": (serial_wire, nmea),
    "VDA 5050 over TCP": (tcp_wire, vda5050),
    "TIC4.0 by MQTT": (mqtt_wire, tic40),
}


class Twin:
    """A twin that hears one source, and what it must never show."""

    def __init__(self, source: Source, host: Host) -> None:
        self.source, self.host = source, host
        yard, now_ns = compact_yard(), host.clock.now_ns()
        self.state = engine.initial_state(yard, moves.empty_stock(slots_of(yard)), now_ns)
        known = {source.name: SourceRules(DEVICE, frame=MapFrame(*ORIGIN))}
        self.decoder = Decoder(rules=Rules(sources=known))
        self.fixes = self.lines = 0
        self.tick((RawChunk("list", now_ns, encode_event(MachineNotice(DEVICE, now_ns, KIND))),))

    def tick(self, chunks: tuple[RawChunk, ...]) -> None:
        batch = self.decoder.decode(chunks)
        self.fixes += len(batch.fixes)
        self.state = engine.step(self.state, self.host.clock.now_ns(), batch, (), work.refuse_layouts)

    def hear(self, lines: int) -> None:
        """Wait until so many lines have come in all, while the clock stands; then a tick."""
        chunks, ends = self.source.poll(), time.monotonic() + 40.0
        while self.lines + sum(chunk.data.count(b"\n") for chunk in chunks) < lines:
            assert time.monotonic() < ends
            time.sleep(0.001)
            chunks += self.source.poll()
        self.lines += sum(chunk.data.count(b"\n") for chunk in chunks)
        self.tick(chunks)

    def check(self) -> None:
        """No age below nothing, nothing stale."""
        tracks, now_ns = self.state.tracks, self.host.clock.now_ns()
        assert now_ns >= tracks.fix_ns[0]
        assert tracks.freshness[0] not in UNHEARD
        assert self.source.health(now_ns).age_s >= 0.0


def drive(dialect: Callable[..., bytes], off_ns: int, start_ns: int) -> list[bytes]:
    """What the device sends, step by step."""
    out = []
    for step in range(2 * RIGHT + OFF):
        wrong = RIGHT <= step < RIGHT + OFF
        point = np.array([[-40.0 + SPEED_MPS * step / 10, -40.0, 3.0]])
        lon, lat, _ = (float(part[0]) for part in FRAME.geodetic_from_yard(point))
        way = float(FRAME.bearing_from_heading(0.0))
        out.append(dialect(start_ns + step * STEP_NS + (off_ns if wrong else 0), lon, lat, way))
    return out


@pytest.mark.parametrize("off_ns", [HOUR_NS, -HOUR_NS], ids=["ahead", "back"])
@pytest.mark.parametrize("name", WIRES)
def test_a_devices_clock_set_an_hour_makes_nothing_stale_and_no_age_negative(
    name: str, off_ns: int, tmp_path: Path
) -> None:
    host, (wire, dialect) = Host(), WIRES[name]
    said = drive(dialect, off_ns, host.clock.now_ns() + STEP_NS - NS_PER_S // 50)
    with wire(host, tmp_path) as (source, send):
        twin, sent = Twin(source, host), 0
        for number, lines in enumerate(said):
            host.passed_ns += STEP_NS
            send(lines)
            sent += lines.count(b"\n")
            twin.hear(sent)
            if number > 2:
                twin.check()
                assert source.health(host.clock.now_ns()).connected
        source.close()
    assert twin.fixes >= len(said) - 10


@pytest.mark.parametrize("off_ns", [HOUR_NS, -HOUR_NS], ids=["ahead", "back"])
def test_a_recording_over_a_step_of_its_clock_is_stale_in_its_pause_alone(
    off_ns: int, tmp_path: Path
) -> None:
    host = Host()
    said = drive(nmea, off_ns, host.clock.now_ns())
    path = tmp_path / "log.nmea"
    path.write_bytes(b"".join(said))
    source = FileSource(path, device=DEVICE, clock=host.clock)
    twin = Twin(source, host)
    while not source.finished:
        host.passed_ns += 4 * STEP_NS
        twin.tick(source.poll())
        age_s = source.health(host.clock.now_ns()).age_s
        assert age_s >= 0.0
        if twin.fixes and age_s < 1.0:  # a step ahead is played as a pause of a minute
            twin.check()
    twin.check()
    assert twin.fixes >= len(said) - 10


@pytest.mark.parametrize("off_ns", [HOUR_NS, -HOUR_NS], ids=["ahead", "back"])
@pytest.mark.parametrize("name", ["NMEA over TCP", "VDA 5050 over TCP"])
def test_the_hosts_clock_set_an_hour_changes_no_age_of_a_source(
    name: str, off_ns: int, tmp_path: Path
) -> None:
    host, (wire, dialect) = Host(), WIRES[name]
    said = drive(dialect, 0, host.clock.now_ns() + STEP_NS - NS_PER_S // 50)
    with wire(host, tmp_path) as (source, send):
        twin, sent = Twin(source, host), 0
        for number, lines in enumerate(said):
            host.passed_ns += STEP_NS
            host.off_ns = off_ns if number >= RIGHT else 0
            send(lines)
            sent += lines.count(b"\n")
            twin.hear(sent)
            if number > 2:
                twin.check()
                assert twin.state.tracks.suspect[0] == 0
                assert (host.clock.now_ns() - twin.state.tracks.fix_ns[0]) / NS_PER_S < 0.3
        source.close()


def test_a_clock_that_is_off_is_told_and_one_of_an_old_log_is_not(tmp_path: Path) -> None:
    host = Host()
    now_ns = host.clock.now_ns()
    for off_ns, told in ((HOUR_NS, True), (0, False)):
        decoder, reasons = Decoder({"x": DEVICE}), []
        start_ns = now_ns if told else now_ns - 1_000 * HOUR_NS
        for number, lines in enumerate(drive(nmea, off_ns, start_ns)):
            batch = decoder.decode([RawChunk("x", now_ns + number * STEP_NS, lines)])
            reasons += [(reject.reason, reject.device) for reject in batch.rejects]
        assert ((CLOCK_OFF, DEVICE) in reasons) == told


def heard_at(rate_hz: int, off_ns: int, spread_ns: int) -> tuple[list[int], list[float]]:
    """Drive with a clock that is off for eight seconds; how fresh, and ages of what its fixes say [s]."""
    yard, decoder = compact_yard(), Decoder({"x": DEVICE})
    state = engine.initial_state(yard, moves.empty_stock(slots_of(yard)), START_NS)
    arrivals = [(START_NS, encode_event(MachineNotice(DEVICE, START_NS, KIND)))]
    way = float(FRAME.bearing_from_heading(0.0))
    for number in range(20 * rate_hz):
        t_ns = START_NS + number * NS_PER_S // rate_hz
        lon, lat, _ = (
            float(part[0])
            for part in FRAME.geodetic_from_yard(np.array([[SPEED_MPS * number / rate_hz, -40.0, 3.0]]))
        )
        wrong = 6 * rate_hz <= number < 14 * rate_hz
        sentences = nmea(t_ns + (off_ns if wrong else 0), lon, lat, way).splitlines(keepends=True)
        arrivals += [(t_ns + k * spread_ns + 20_000_000, each) for k, each in enumerate(sentences)]
    freshness, ages_s = [], []
    for tick in range(1, 195):
        t_ns = START_NS + tick * STEP_NS
        chunks = [RawChunk("x", at, data) for at, data in arrivals if t_ns - STEP_NS <= at < t_ns]
        batch = decoder.decode(chunks)
        state = engine.step(state, t_ns, batch, (), work.refuse_layouts)
        ages_s += ((t_ns - batch.fixes.t_ns) / NS_PER_S).tolist()
        if tick > 3 * 10 // rate_hz:
            freshness.append(int(state.tracks.freshness[0]))
    return freshness, ages_s


@pytest.mark.parametrize("off_ns", [HOUR_NS, -HOUR_NS], ids=["ahead", "back"])
@pytest.mark.parametrize(("rate_hz", "spread_ns"), [(1, 0), (1, 130_000_000), (2, 0)])
def test_a_slow_devices_clock_set_an_hour_makes_nothing_stale(
    rate_hz: int, spread_ns: int, off_ns: int
) -> None:
    freshness, ages_s = heard_at(rate_hz, off_ns, spread_ns)

    assert not set(freshness) & {int(one) for one in UNHEARD}
    assert min(ages_s) >= 0.0
