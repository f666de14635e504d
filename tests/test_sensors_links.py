"""How the bytes of a source come is told as it is: a port that listens is neither connected nor lost."""

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

from sensors.sources import FileSource, listening
from sensors.sources.base import Source
from sensors.sources.hotplug import KEEPER, HotSources
from sensors.sources.listening import TcpListener, UdpSource
from sensors.sources.live import LiveOptions
from sensors.sources.tcp import TcpSource
from twin.clock import ManualClock
from twin.snapshot import Link
from ui.composition import open_session
from ui.headless import as_text, summarise
from ui.options import RunOptions

T_NS = 1_790_000_000_000_000_000


def options(clock: ManualClock) -> LiveOptions:
    return LiveOptions(steady=clock.now_ns, back_off_s=(0.01, 0.02))


def becomes(source: Source, wanted: Link) -> bool:
    """Wait for a link; True where it came."""
    ends = time.monotonic() + 10
    while source.health(T_NS).link is not wanted and time.monotonic() < ends:
        time.sleep(0.005)
    return source.health(T_NS).link is wanted


def test_a_tcp_port_tells_listening_then_joined_then_connected_then_silent_then_deserted() -> None:
    clock = ManualClock(T_NS)
    source = TcpListener("127.0.0.1", 0, name="port", options=options(clock))
    try:
        assert becomes(source, Link.LISTENING)
        assert not source.health(T_NS).connected
        with socket.create_connection(("127.0.0.1", source.port)) as peer:
            assert becomes(source, Link.JOINED)
            peer.sendall(b"one\n")
            assert becomes(source, Link.CONNECTED)
            clock.advance(10)
            assert becomes(source, Link.SILENT)
        assert becomes(source, Link.DESERTED)
    finally:
        source.close()


def test_a_device_that_comes_back_finds_room_where_all_places_are_held_by_silent_ones(monkeypatch) -> None:
    monkeypatch.setattr(listening, "MOST_PEERS", 2)
    source = TcpListener("127.0.0.1", 0, name="port", options=options(ManualClock(T_NS)))
    try:
        assert becomes(source, Link.LISTENING)
        with contextlib.ExitStack() as stack:
            silent, heard, back = (
                stack.enter_context(socket.create_connection(("127.0.0.1", source.port))) for _ in range(3)
            )
            silent.settimeout(10)
            assert silent.recv(1) == b""
            heard.sendall(b"heard\n")
            back.sendall(b"back\n")
            found, ends = b"", time.monotonic() + 10
            while found.count(b"\n") < 2 and time.monotonic() < ends:
                found += b"".join(chunk.data for chunk in source.poll())
                time.sleep(0.005)
        assert sorted(found.split()) == [b"back", b"heard"]
    finally:
        source.close()


def test_a_udp_port_is_never_called_connected() -> None:
    clock = ManualClock(T_NS)
    source = UdpSource("127.0.0.1", 0, name="port", options=options(clock))
    try:
        assert becomes(source, Link.LISTENING)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"one\n", ("127.0.0.1", source.port))
        assert becomes(source, Link.RECEIVING)
        clock.advance(10)
        assert becomes(source, Link.DESERTED)
    finally:
        source.close()


def test_a_server_that_says_nothing_is_waited_for_and_one_that_is_gone_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = TcpSource("127.0.0.1", server.getsockname()[1], options=options(ManualClock(T_NS)))
        try:
            peer, _ = server.accept()
            assert becomes(source, Link.WAITING)
            server.close()
            peer.close()
            assert becomes(source, Link.LOST)
        finally:
            source.close()


def test_a_file_plays_until_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.nmea").write_bytes(b"$GNGGA,1*00\n")
    source = FileSource(tmp_path / "a.nmea")
    before = source.health(T_NS).link
    source.poll()
    source.poll()
    assert (before, source.health(T_NS).link) == (Link.PLAYING, Link.PLAYED)


def test_an_edit_of_a_source_that_listens_finds_its_port_free(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = f'[[source]]\nname = "NAME"\naddress = "udp:127.0.0.1:{port}"\n'
    path, clock = tmp_path / "yard.toml", ManualClock(T_NS)
    path.write_text(text, "utf-8")
    found = HotSources(path, clock=clock)
    try:
        assert becomes(found[1], Link.LISTENING)
        for edit in (text + "interval_s = 0.5\n", text.replace("NAME", "OTHER")):
            path.write_text(edit, "utf-8")
            clock.advance(2)
            found[0].poll()
            told = []
            while not told or told[-1].link is not Link.LISTENING:
                told.append(found[1].health(T_NS))
                assert "cannot listen" not in told[-1].detail
                time.sleep(0.002)
    finally:
        found.close()


def test_a_source_may_be_called_sources(tmp_path: Path) -> None:
    (tmp_path / "a.nmea").write_bytes(b"hello\n")
    path = tmp_path / "yard.toml"
    path.write_text('[[source]]\nname = "sources"\naddress = "file:a.nmea"\n', "utf-8")
    found = HotSources(path)
    names = [source.health(T_NS).name for source in found]
    found.close()
    assert names == [KEEPER, "sources"]
    assert KEEPER != "sources"


def ran(run: RunOptions, until: Callable[[str], bool]) -> str:
    """Run until the summary says what is wanted; give it."""
    opened, ends = open_session(run, inline=True), time.monotonic() + 10
    try:
        while True:
            text = as_text(summarise(opened.session.tick()))
            if until(text) or time.monotonic() > ends:
                return text
            time.sleep(0.01)
    finally:
        opened.session.close()


def test_what_was_refused_is_told_by_source_and_reason_however_the_source_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.nmea").write_bytes(b"hello\n$GNGGA,1*00\n$GNGGA,2*00\n")
    (tmp_path / "b.nmea").write_bytes(b"$GNGGA,1*00\n")
    (tmp_path / "yard.toml").write_text('[[source]]\nname = "a.nmea"\naddress = "file:a.nmea"\n', "utf-8")
    words = "; refused: 2 wrong checksum, 1 neither an NMEA sentence nor a JSON object"
    given = tuple(f"file:{tmp_path / name}?speed=max" for name in ("a.nmea", "b.nmea"))
    named = RunOptions(layout="compact", sources=given, record=False)
    in_file = RunOptions(layout="compact", sources_file=tmp_path / "yard.toml", record=False)

    for run in (named, in_file):
        lines = ran(run, lambda text: words in text).splitlines()
        (line,) = (one for one in lines if one.startswith("source a.nmea"))
        assert line.endswith(words)
    other = ran(named, lambda text: "source b.nmea" in text and "refused: 1" in text)
    assert "source b.nmea: heard " in other
    assert "; refused: 1 wrong checksum\n" in other
