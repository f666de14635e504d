"""Sources: files at their own pace, and TCP servers that answer, hang, close and come back."""

import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_hdt
from sensors.sources import SOURCES, FileSource, SourceError, TcpSource, open_source
from sensors.sources.base import ChunkQueue, LineCutter
from sensors.sources.live import LiveOptions
from twin.clock import ManualClock
from twin.inputs import MachineNotice, RawChunk

T_NS = 1_790_000_000_000_000_000
S = 1_000_000_000
LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"


def gga(t_ns: int) -> bytes:
    return encode_gga(t_ns, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7)


def text(chunks: tuple[RawChunk, ...]) -> bytes:
    return b"".join(chunk.data for chunk in chunks)


# -- cutting and queueing ---------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\r", b"\n")), max_size=20))
def test_cutting_loses_nothing_but_a_byte_order_mark_and_cuts_only_at_line_ends(pieces: list[bytes]):
    cutter = LineCutter()

    out = [cutter.feed(piece) for piece in pieces]

    assert all(part == b"" or part.endswith(b"\n") for part in out)
    whole = b"".join(pieces).removeprefix(b"\xef\xbb\xbf")
    assert b"".join(out) + cutter.finish() in (whole, whole + b"\n")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_sentences_that_a_carriage_return_alone_ends_are_lines(size: int):
    lines = [b"$GNHDT,1.0,T*11", rb"\s:TT-1*6F\$GNHDT,2.0,T*12", b"$GNHDT,3.0,T*13"]
    stream, cutter = b"\r".join(lines) + b"\r", LineCutter()
    out = b"".join(cutter.feed(stream[at : at + size]) for at in range(0, len(stream), size))

    assert (out + cutter.finish()).replace(b"\r", b"").splitlines() == lines


def test_a_line_without_an_end_is_cut_off_once_and_the_next_line_is_whole():
    cutter = LineCutter(limit=10)

    out = [cutter.feed(b"x" * 7) for _ in range(1000)]
    out.append(cutter.feed(b"yy\nnext\n"))

    assert b"".join(out) == b"x" * 11 + b"\nnext\n"
    assert cutter.dropped_bytes == 7000 - 11 + 2


def test_a_full_queue_drops_the_oldest_and_counts_its_lines():
    chunks = ChunkQueue(limit_bytes=10)

    for t_ns, letter in enumerate((b"a", b"b", b"c")):
        chunks.put(RawChunk("x", t_ns * S, (letter + b"\n") * 3))

    assert text(chunks.take()) == b"c\nc\nc\n"
    assert chunks.dropped_lines == 6
    assert chunks.take() == ()


# -- what a source is called ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "pigeon:home",
        "file:",
        "file:/no/such/file.nmea",
        "tcp:localhost",
        "tcp:localhost:0",
        "tcp:localhost:99999",
        "tcp::80",
        "tcp:localhost:80?speed=2",
        "tcp:localhost:80?kind=zeppelin",
        "tcp:localhost:80?device=" + "X" * 17,
        "tcp:localhost:80?device",
    ],
)
def test_a_source_that_cannot_be_is_refused_with_what_was_expected(spec: str):
    with pytest.raises(SourceError, match="source"):
        open_source(spec)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast", "inf"])
def test_a_speed_that_cannot_be_is_refused(speed: str, tmp_path: Path):
    path = tmp_path / "log.nmea"
    path.write_bytes(gga(T_NS))

    with pytest.raises(SourceError, match="speed"):
        open_source(f"file:{path}?speed={speed}")


def test_a_folder_is_no_file_to_play(tmp_path: Path):
    with pytest.raises(SourceError, match="file"):
        FileSource(tmp_path)


def test_every_scheme_is_in_the_table():
    assert set(SOURCES) == {"file", "tcp"}


# -- files ------------------------------------------------------------------------------------------


def played(path: Path, data: bytes, **options) -> tuple[FileSource, ManualClock]:
    path.write_bytes(data)
    clock = ManualClock(T_NS)
    return FileSource(path, clock=clock, **options), clock


def test_a_log_is_played_at_its_own_pace(tmp_path: Path):
    source, clock = played(tmp_path / "log", gga(0) + encode_hdt(1.0) + gga(S) + gga(3 * S))

    found = []
    for _ in range(4):
        found.append(text(source.poll()))
        clock.advance(1)

    assert found == [gga(0) + encode_hdt(1.0), gga(S), b"", gga(3 * S)]
    assert source.finished


def test_twice_the_speed_takes_half_the_time(tmp_path: Path):
    source, clock = played(tmp_path / "log", gga(0) + gga(S) + gga(2 * S), speed=2.0)

    source.poll()
    clock.advance(1)

    assert text(source.poll()) == gga(S) + gga(2 * S)


def test_a_log_over_midnight_does_not_wait_a_day(tmp_path: Path):
    day = 86_400 * S
    source, clock = played(tmp_path / "log", gga(day - S) + gga(day))

    source.poll()
    clock.advance(1)

    assert text(source.poll()) == gga(day)


def test_a_long_pause_in_a_log_is_cut_to_a_minute(tmp_path: Path):
    source, clock = played(tmp_path / "log", gga(0) + gga(3600 * S))

    source.poll()
    clock.advance(60)

    assert text(source.poll()) == gga(3600 * S)


def test_a_file_with_a_kind_first_says_what_its_device_is(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(gga(0))
    source = open_source(f"file:{path}?device=RTG-01&kind=rtg&block=A01&speed=max")

    batch = Decoder().decode(source.poll())

    assert [(e.device, e.kind, e.block) for e in batch.events if isinstance(e, MachineNotice)] == [
        ("RTG-01", "rtg", "A01")
    ]
    assert source.poll() == ()


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r\r\n"])
def test_damage_in_a_file_costs_only_the_damaged_lines(tmp_path: Path, end: bytes):
    lines = [gga(k * S).strip() for k in range(6)]
    lines[2] = lines[2][:20]
    lines.insert(4, bytes(range(11, 256)) * 30)
    source, _ = played(tmp_path / "log", end.join(lines), speed=float("inf"))

    batch = Decoder().decode(source.poll())

    assert len(batch.rejects) == 2
    assert len(batch.fixes) >= 4


def test_an_empty_file_is_finished_and_says_so(tmp_path: Path):
    source, _ = played(tmp_path / "log", b"")

    assert source.poll() == ()
    assert source.finished
    assert source.health(T_NS).detail == "the file is empty"


def test_a_big_file_comes_in_bounded_pieces(tmp_path: Path):
    data = b"".join(gga(k * S // 10) for k in range(20_000))
    source, _ = played(tmp_path / "log", data, speed=float("inf"))

    pieces = []
    while not source.finished:
        pieces.append(text(source.poll()))

    assert b"".join(pieces) == data
    assert max(map(len, pieces)) < 300_000
    assert source.health(T_NS).detail == "played to its end"


def test_a_file_without_line_ends_does_not_fill_the_memory(tmp_path: Path):
    source, _ = played(tmp_path / "log", b"\x80" * 3_000_000, speed=float("inf"))

    out = text(source.poll())

    assert len(out) < 2000
    assert len(Decoder().decode([RawChunk("x", T_NS, out)]).rejects) == 1


@pytest.mark.skipif(not LOGS.is_dir(), reason="the recorded receiver logs are not here")
def test_a_real_rtk_log_replayed_years_later_gives_fixes_of_now():
    clock = ManualClock(T_NS)
    source, decoder = FileSource(LOGS / "gpsd" / "nmea-rtk.log", device="TT-01", clock=clock), Decoder()
    fixes = 0

    for _ in range(1500):
        batch = decoder.decode(source.poll())
        fixes += len(batch.fixes)
        assert all(abs(clock.t_ns - t_ns) <= 2 * S for t_ns in batch.fixes.t_ns.tolist())
        clock.advance(0.1)

    assert source.finished
    assert fixes == 122


# -- TCP --------------------------------------------------------------------------------------------


class Server:
    """A TCP server in a thread: hands each connection to the next of its ``acts``."""

    def __init__(self, *acts) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._acts = acts
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for act in self._acts:
            with contextlib.suppress(OSError):
                peer, _ = self._listener.accept()
                with peer:
                    act(peer, self.closing)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        self._thread.join(2)


def says(*parts: bytes):
    def act(peer: socket.socket, closing: threading.Event) -> None:
        for part in parts:
            peer.sendall(part)
            time.sleep(0.02)

    return act


def hangs(peer: socket.socket, closing: threading.Event) -> None:
    closing.wait(20)


def connect(port: int, **options) -> TcpSource:
    return TcpSource("127.0.0.1", port, name="TT-01", options=LiveOptions(back_off_s=(0.02, 0.1), **options))


def until(condition, source: TcpSource, limit_s: float = 10.0) -> bytes:
    """Poll until the condition holds for what has come; fail after the limit."""
    found, ends = b"", time.monotonic() + limit_s
    while not condition(found):
        found += text(source.poll())
        assert time.monotonic() < ends, (found, source.health(time.time_ns()))
        time.sleep(0.01)
    return found


def test_lines_torn_by_the_network_come_whole():
    data = b"".join(gga(k * S) for k in range(5))
    with Server(says(data[:30], data[30:100], data[100:]), hangs) as server:
        source = connect(server.port)
        found = until(lambda found: len(found) >= len(data), source)
        source.close()

    assert found == data
    assert source.finished


def test_a_connection_that_was_closed_is_made_again():
    with Server(says(gga(0)), says(gga(S)), hangs) as server:
        source = connect(server.port)
        found = until(lambda found: found.count(b"\n") == 2, source)
        source.close()

    assert found == gga(0) + gga(S)


def test_what_a_closing_peer_left_unfinished_is_refused_and_not_glued_to_the_next_line():
    with Server(says(gga(0)[:25]), says(gga(S)), hangs) as server:
        source = connect(server.port)
        found = until(lambda found: found.count(b"\n") == 2, source)
        source.close()

    batch = Decoder().decode([RawChunk("TT-01", T_NS, found)])
    assert batch.lines == 2
    assert len(batch.rejects) == 1


def test_a_peer_that_hangs_is_said_to_be_silent_although_it_is_connected():
    with Server(lambda peer, closing: (peer.sendall(gga(0)), hangs(peer, closing))) as server:
        clock = ManualClock(T_NS)
        source = connect(server.port, steady=clock.now_ns)
        until(lambda found: found != b"", source)
        fresh = source.health(T_NS)
        clock.advance(7)
        later = source.health(T_NS)
        source.close()

    assert fresh.connected
    assert not later.connected
    assert later.detail.startswith("silent for")


def test_a_peer_that_hangs_too_long_is_left_and_called_again():
    with Server(hangs_for_short, says(gga(S)), hangs) as server:
        source = connect(server.port, hang_s=0.3)
        found = until(lambda found: found != b"", source)
        source.close()

    assert found == gga(S)


def hangs_for_short(peer: socket.socket, closing: threading.Event) -> None:
    peer.settimeout(10)
    with contextlib.suppress(OSError):
        peer.recv(1)  # returns when the source gives up


def test_nobody_there_is_no_error_and_health_says_so():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = connect(port)
    ends = time.monotonic() + 10
    while "cannot connect" not in source.health(T_NS).detail and time.monotonic() < ends:
        time.sleep(0.01)
    health = source.health(T_NS)
    source.close()

    assert not health.connected
    assert "cannot connect" in health.detail
    assert "next try" in health.detail
    assert health.age_s == float("inf")
    assert source.poll() == ()


def test_a_stream_nobody_polls_drops_its_oldest_lines_and_says_how_many():
    data = b"".join(gga(k * S) for k in range(2000))
    with Server(says(*(data[i : i + 8000] for i in range(0, len(data), 8000))), hangs) as server:
        source = connect(server.port, queue_bytes=50_000)
        ends = time.monotonic() + 10
        while "dropped" not in source.health(T_NS).detail and time.monotonic() < ends:
            time.sleep(0.01)
        detail = source.health(T_NS).detail
        source.close()

    assert "lines dropped" in detail


def test_a_source_with_a_kind_says_what_its_device_is_before_anything_comes():
    with Server(hangs) as server:
        source = open_source(f"tcp:127.0.0.1:{server.port}?device=TT-09&kind=terminal_tractor")
        batch = Decoder().decode(source.poll())
        source.close()
        source.close()

    assert [event.device for event in batch.events] == ["TT-09"]
