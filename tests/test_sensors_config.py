"""A file of sources: what it may say, what is refused and how, and that it is followed while edited."""

import json
import os
import pty
import socket
import time
from pathlib import Path

import pytest

from sensors.decoder import Decoder
from sensors.gates import OUTSIDE, TOO_FAR, TOO_FAST
from sensors.nmea import encode_gga, encode_rmc, tag_block
from sensors.order import BELIEVED
from sensors.rules import RULES_SOURCE, Rules, SourceRules, write_rules
from sensors.sources import HotSources, SourceError
from sensors.sources.config import rules_of
from sensors.sources.hotplug import KEEPER
from sensors.sources.listening import TcpListener, UdpSource
from sensors.sources.live import LiveOptions
from sensors.sources.reading import read_config
from sensors.sources.serial_port import SerialSource
from twin.clock import ManualClock
from twin.datum import FRAMES
from twin.inputs import MachineNotice, RawChunk

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000

GOOD = """
[[source]]
name = "gateway-1"
address = "tcp:192.0.2.7:5017"
frame = "CGCS2000"
interval_s = 0.1
listed = true

[source.machines]
"RX-17" = { machine = "TT-07", kind = "terminal_tractor", lever_arm_m = [1.2, 0.0, 3.1] }
"RX-18" = { machine = "RTG-03", kind = "rtg", block = "A02" }

[[source]]
name = "broker"
address = "mqtts:broker.example"
topics = ["yard/pos/+"]
user = "twin"
password_env = "YARD_MQTT"
frame = "ITRF2020"
epoch = 2026.9
map = { lon_deg = 121.6, lat_deg = 29.9, bearing_deg = 12.0 }
[source.tls]
ca = "ca.pem"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_names_sources_machines_and_the_antennas_on_them(tmp_path: Path):
    first, second = read_config(written(tmp_path, GOOD)).source

    assert first.machines["RX-17"].machine == "TT-07"
    assert first.machines["RX-17"].lever_arm_m == (1.2, 0.0, 3.1)
    assert (second.frame, second.epoch) == ("ITRF2020", 2026.9)
    assert second.map is not None


def test_a_file_that_is_not_there_or_is_no_text_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match="expected a file that can be read"):
        read_config(tmp_path / "no.toml")
    (tmp_path / "sources.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="expected text in UTF-8"):
        read_config(tmp_path / "sources.toml")


def test_a_password_that_is_not_there_is_refused_and_never_written(tmp_path: Path, monkeypatch):
    (tmp_path / "ca.pem").write_text("")
    monkeypatch.delenv("YARD_MQTT", raising=False)

    with pytest.raises(SourceError, match="expected YARD_MQTT in the environment"):
        HotSources(written(tmp_path, GOOD))


def test_every_frame_that_moves_wants_an_epoch():
    assert [name for name, moves in FRAMES.items() if not moves] == ["CGCS2000"]


# -- followed while it is edited --------------------------------------------------------------------


def log(path: Path, begin: int, count: int = 4, device: str = "") -> None:
    tag = tag_block(device) if device else b""
    path.write_bytes(
        b"".join(
            encode_gga(T_NS + (begin + k) * STEP_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag)
            for k in range(count)
        )
    )


def entry(name: str, file: str, more: str = "") -> str:
    return f'[[source]]\nname = "{name}"\naddress = "file:{file}"\n{more}\n'


def test_sources_come_and_go_as_the_file_is_edited_and_a_wrong_edit_changes_nothing(tmp_path: Path):
    log(tmp_path / "a.nmea", 0)
    log(tmp_path / "b.nmea", 0)
    path, clock = written(tmp_path, entry("a", "a.nmea")), ManualClock(T_NS)
    sources = HotSources(path, clock=clock)

    def names() -> list[str]:
        clock.advance(2)
        for source in sources:
            source.poll()
        return [source.name for source in sources]

    assert names() == [KEEPER, "a"]
    path.write_text(entry("a", "a.nmea") + entry("b", "b.nmea"))
    assert names() == [KEEPER, "a", "b"]
    path.write_text("x =")
    assert names() == [KEEPER, "a", "b"]
    assert not sources[0].health(T_NS).connected
    assert "expected TOML" in sources[0].health(T_NS).detail
    path.write_text(entry("b", "b.nmea"))
    assert names() == [KEEPER, "b"]
    assert sources[0].health(T_NS).connected
    sources.close()


def test_rules_are_in_the_stream_so_a_decoder_that_replays_it_goes_by_them(tmp_path: Path):
    log(tmp_path / "a.nmea", 0, device="RX-17")
    machines = 'listed = true\n[source.machines]\n"RX-17" = { machine = "TT-07", kind = "terminal_tractor" }'
    path, clock = written(tmp_path, entry("a", "a.nmea", machines)), ManualClock(T_NS)
    sources = HotSources(path, clock=clock)
    chunks = []
    for _ in range(8):
        chunks += [chunk for source in sources for chunk in source.poll()]
        clock.advance(0.1)
    sources.close()

    live = Decoder()
    batch = live.decode(chunks)
    other = Decoder()
    other.recall(live.memory())

    assert chunks[0].source == RULES_SOURCE
    assert set(batch.devices) == {"TT-07"}
    notices = [event for event in batch.events if isinstance(event, MachineNotice)]
    assert [(notice.device, notice.kind) for notice in notices] == [("TT-07", "terminal_tractor")]
    assert live.rules == other.rules == rules_of(read_config(path))


# -- who may send, and gates ------------------------------------------------------------------------


def fix(k: int, device: str, lon: float = 121.5, speed: float = 1.0) -> bytes:
    tag, t_ns = tag_block(device), T_NS + k * STEP_NS
    return encode_gga(t_ns, lon, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag) + encode_rmc(
        t_ns, lon, 31.2, speed, 1.0, tag=tag
    )


def run(rules: Rules, fixes: list[bytes], source: str = "a") -> tuple[list[tuple[str, float]], list[str]]:
    decoder, out, reasons = Decoder(), [], []
    decoder.decode([RawChunk(RULES_SOURCE, T_NS, write_rules(rules))])
    for k, data in enumerate(fixes):
        batch = decoder.decode([RawChunk(source, T_NS + k * STEP_NS, data)])
        out += [
            (batch.devices[d], lon) for d, lon in zip(batch.fixes.device, batch.fixes.lon_deg, strict=True)
        ]
        reasons += [reject.reason for reject in batch.rejects]
    return out, reasons


def test_one_name_on_two_sources_is_two_machines():
    rules = Rules({"a": SourceRules(machines={"1": "TT-07"}), "b": SourceRules(machines={"1": "RTG-03"})})
    decoder = Decoder(rules=rules)
    data = b"".join(fix(k, "1") for k in range(3))

    batch = decoder.decode([RawChunk("a", T_NS, data), RawChunk("b", T_NS, data)])

    assert set(batch.devices) == {"TT-07", "RTG-03"}


def test_a_device_that_is_not_listed_is_refused():
    rules = Rules({"a": SourceRules(machines={"RX-1": "TT-07"}, listed=True)})
    out, reasons = run(rules, [fix(k, name) for k in range(4) for name in ("RX-1", "RX-2")])

    assert {name for name, _ in out} == {"TT-07"}
    assert set(reasons) == {"device not listed for its source"}


def test_a_position_outside_the_fence_is_refused():
    fence = ((121.4, 31.1), (121.6, 31.1), (121.6, 31.3), (121.4, 31.3))
    out, reasons = run(Rules(fence_deg=fence), [fix(k, "TT-1", 121.7 if k == 3 else 121.5) for k in range(8)])

    assert {lon for _, lon in out} == {121.5}
    assert reasons == [OUTSIDE]


def test_a_position_outside_the_fence_that_comes_in_json_is_told_of_the_source_that_sent_it():
    fence = ((121.4, 31.1), (121.6, 31.1), (121.6, 31.3), (121.4, 31.3))
    far = {"type": "position", "device": "FAR", "t_ns": T_NS, "lon_deg": 122.5, "lat_deg": 31.2, "quality": 4}
    chunks = [RawChunk("gw", T_NS, fix(0, "TT-1")), RawChunk("bad", T_NS, json.dumps(far).encode() + b"\n")]

    batch = Decoder(rules=Rules(fence_deg=fence)).decode(chunks)

    assert [(one.source, one.reason, one.device) for one in batch.rejects] == [("bad", OUTSIDE, "FAR")]


def test_a_jump_is_refused_until_it_is_borne_out():
    rules = Rules(speeds_mps={"TT-1": 10.0})
    once, reasons = run(rules, [fix(k, "TT-1", 121.501 if k == 3 else 121.5) for k in range(8)])
    moved, more = run(rules, [fix(k, "TT-1", 121.5 if k < 4 else 121.501) for k in range(20)])

    assert {lon for _, lon in once} == {121.5}
    assert reasons == [TOO_FAR]
    assert 121.501 in {lon for _, lon in moved}
    assert more == [TOO_FAR] * (BELIEVED - 1)


def test_a_speed_over_the_kind_s_limit_is_refused():
    out, reasons = run(Rules(speeds_mps={"TT-1": 10.0}), [fix(k, "TT-1", speed=40.0) for k in range(4)])

    assert out == []
    assert set(reasons) == {TOO_FAST}


# -- ports ------------------------------------------------------------------------------------------

QUICK = LiveOptions(interval_s=0.2, back_off_s=(0.02, 0.1))


def until(source, wanted: bytes, limit_s: float = 10.0) -> bytes:
    found, ends = b"", time.monotonic() + limit_s
    while wanted not in found:
        found += b"".join(chunk.data for chunk in source.poll())
        assert time.monotonic() < ends, (found, source.health(0))
        time.sleep(0.01)
    return found


def ready(source) -> None:
    ends = time.monotonic() + 10
    while not source.port:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_devices_that_connect_are_heard_each_with_its_own_lines():
    source = TcpListener("127.0.0.1", 0, name="port", options=QUICK)
    ready(source)
    with socket.create_connection(("127.0.0.1", source.port)) as one, \
            socket.create_connection(("127.0.0.1", source.port)) as two:  # fmt: skip
        one.sendall(b"aaa")
        two.sendall(b"bbb")
        time.sleep(0.1)
        two.sendall(b"BBB\n")
        one.sendall(b"AAA\n")
        found = until(source, b"aaaAAA\n")
    health = source.health(0)
    source.close()

    assert b"bbbBBB\n" in found
    assert health.connected


def test_an_address_that_is_not_allowed_is_not_heard_and_is_counted():
    source = TcpListener("127.0.0.1", 0, name="port", allow=["192.0.2.0/24"], options=QUICK)
    ready(source)
    with socket.create_connection(("127.0.0.1", source.port)) as peer:
        peer.settimeout(10)
        assert peer.recv(1) == b""
    detail = source.health(0).detail
    source.close()

    assert "1 refused from addresses not allowed, the last 127.0.0.1" in detail
    assert source.poll() == ()


def test_a_gap_after_a_device_left_its_port_is_told_with_that_reason():
    clock = ManualClock(T_NS)
    source = TcpListener(
        "127.0.0.1", 0, name="port", options=LiveOptions(interval_s=0.2, steady=clock.now_ns)
    )
    ready(source)
    with socket.create_connection(("127.0.0.1", source.port)) as peer:
        peer.sendall(b"one\n")
        until(source, b"one\n")
    ends = time.monotonic() + 10
    while source._peers:
        assert time.monotonic() < ends
        time.sleep(0.01)
    clock.advance(5)
    gone = source.health(0).detail
    with socket.create_connection(("127.0.0.1", source.port)) as peer:
        peer.sendall(b"two\n")
        found = until(source, b"two\n")
    detail = source.health(0).detail
    source.close()

    assert gone == f"silent for 5.0 s, 0 devices connected to TCP 127.0.0.1:{source.port}"
    assert b"# gap of 5.000 s: the device closed the connection\n" in found
    assert "(the device closed the connection)" in detail


def test_datagrams_are_whole_lines_and_none_goes_on_in_the_next():
    source = UdpSource("127.0.0.1", 0, name="port", options=QUICK)
    ready(source)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for data in (b"torn", b"one\ntwo\n"):
            sender.sendto(data, ("127.0.0.1", source.port))
        found = until(source, b"two\n")
    source.close()

    assert found == b"torn\none\ntwo\n"


def opened(source) -> None:
    """Wait until the port is open: what comes before that is flushed."""
    ends = time.monotonic() + 10
    while "cannot read" in (detail := source.health(0).detail) or detail == "connecting":
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo terminals")
def test_a_serial_port_is_read_and_opened_again_after_it_was_pulled_out(tmp_path: Path):
    inner, outer = pty.openpty()
    link = tmp_path / "receiver"
    link.symlink_to(os.ttyname(outer))
    source = SerialSource(str(link), name="receiver", options=QUICK)
    opened(source)
    os.write(inner, b"first\n")
    until(source, b"first\n")
    os.close(inner)
    os.close(outer)
    ends = time.monotonic() + 10
    while "cannot read" not in source.health(0).detail:
        assert time.monotonic() < ends
        time.sleep(0.01)

    inner, outer = pty.openpty()
    link.unlink()
    link.symlink_to(os.ttyname(outer))
    opened(source)
    time.sleep(0.7)
    os.write(inner, b"second\n")
    found = until(source, b"second\n")
    health = source.health(0)
    source.close()
    os.close(inner)
    os.close(outer)

    assert b"# gap of " in found
    assert health.connected
    assert "1 gap, the last" in health.detail


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            'frame = "CGCS2000"\nepoch = 2026.9',
            "epoch: expected none or 2000.0, at which CGCS2000 stands; .*, found 2026.9",
        ),
        (
            'frame = "ITRF2020"\nepoch = 2026.9\nvelocity_mm_a = [0.030, -0.012, 0.0]',
            r"velocity_mm_a: expected 1 mm a year or more .*write \[30, -12, 0\]",
        ),
    ],
    ids=["an epoch of a frame that stands", "metres a year"],
)
def test_what_would_put_positions_off_by_the_plate_is_refused(tmp_path, more, told):
    text = f'[[source]]\nname = "u"\naddress = "udp:127.0.0.1:15001"\n{more}\n'
    with pytest.raises(SourceError, match=told):
        read_config(written(tmp_path, text))


def test_a_frame_that_stands_may_state_the_epoch_at_which_it_does(tmp_path):
    text = '[[source]]\nname = "u"\naddress = "udp:127.0.0.1:15001"\nframe = "CGCS2000"\nepoch = 2000.0\n'
    assert read_config(written(tmp_path, text))
