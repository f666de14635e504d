"""Files as other programs leave them: byte order marks, packed logs, keys that say nothing of a source."""

import gzip
from pathlib import Path

import pytest

from sensors import nmea
from sensors.decoder import Decoder
from sensors.errors import SourceError
from sensors.packed import BOM
from sensors.sources import open_source
from sensors.sources.base import LineCutter
from sensors.sources.mqtt import lines_of
from sensors.sources.reading import read_config

T_NS = 1_790_000_000_000_000_000
FIX = nmea.encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7)
WELL = b'{"type":"health","device":"A","t_ns":%d,"healthy":true}\n' % T_NS


def test_a_byte_order_mark_costs_no_line_and_is_no_binary_data(tmp_path: Path) -> None:
    (tmp_path / "log.nmea").write_bytes(BOM + WELL + FIX)
    source, decoder = open_source(f"file:{tmp_path / 'log.nmea'}?speed=max"), Decoder()
    batch = decoder.decode(source.poll())
    assert (len(batch.events), batch.lines, batch.rejects) == (1, 2, ())
    assert len(decoder.finish().fixes) == 1


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_byte_order_mark_may_come_in_pieces(cut: int) -> None:
    cutter, data = LineCutter(), BOM + b"a\nb\n"
    assert cutter.feed(data[:cut]) + cutter.feed(data[cut:]) + cutter.finish() == b"a\nb\n"


def test_bytes_of_a_mark_further_on_stay() -> None:
    assert LineCutter().feed(b"a" + BOM + b"\n") == b"a" + BOM + b"\n"
    cutter = LineCutter()
    assert cutter.feed(BOM[:2]) + cutter.finish() == BOM[:2] + b"\n"


def test_a_message_of_a_broker_may_begin_with_a_mark() -> None:
    assert lines_of(BOM + WELL, "") == WELL


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(FIX, mtime=0), "packed by gzip, unpack it first"),
        (b"PK\x03\x04" + bytes(40), "a zip archive"),
        (FIX.decode().encode("utf-16"), "text in UTF-16, save it in UTF-8"),
        (b"\xfe\xff" + FIX.decode().encode("utf-16-be"), "text in UTF-16"),
    ],
    ids=["gzip", "zip", "utf-16-le", "utf-16-be"],
)
def test_a_file_that_is_packed_or_no_text_is_refused_as_what_it_is(
    tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "log.nmea").write_bytes(data)
    with pytest.raises(SourceError, match=f"log.nmea': expected lines of text; it is {said}"):
        open_source(f"file:{tmp_path / 'log.nmea'}")


@pytest.mark.parametrize("data", [b"\x1f\x8b\n", b"\xff\xfe\x24\x47\n", b"\xb5\x62\x01\x07"])
def test_binary_data_that_only_begins_alike_is_played(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "log.ubx").write_bytes(data + FIX)
    source = open_source(f"file:{tmp_path / 'log.ubx'}?speed=max")
    assert FIX in b"".join(chunk.data for chunk in source.poll())
    source.close()


def entry(name: str, address: str, more: str = "") -> str:
    return f'[[source]]\nname = "{name}"\naddress = "{address}"\n{more}\n'


def refused(folder: Path, text: str) -> str:
    """Give why a file of sources is refused; empty where it is right."""
    (folder / "yard.toml").write_bytes(text.encode())
    try:
        read_config(folder / "yard.toml")
    except SourceError as error:
        return str(error)
    return ""


def test_a_file_of_sources_may_begin_with_a_mark_and_end_its_lines_as_windows_does(tmp_path: Path) -> None:
    text = "\ufeff" + entry("a", "udp:127.0.0.1:5018").replace("\n", "\r\n")
    assert refused(tmp_path, text) == ""


@pytest.mark.parametrize(
    ("address", "more", "said"),
    [
        ("tcp:192.0.2.7:5017", 'allow = ["10.0.0.0/8"]', "allow: expected none but for tcp-listen: and udp:"),
        (
            "udp:127.0.0.1:5018",
            'user = "x"',
            "user: expected none but for mqtt: and mqtts:, found it for udp:",
        ),
        ("udp:127.0.0.1:5018", 'topics = ["a/+"]', "topics: expected none but for mqtt: and mqtts:"),
        ("mqtt:broker", 'topics = ["a/+"]\nbaud = 9600', "baud: expected none but for serial:"),
        ("mqtt:broker", 'topics = ["a/+"]\ntls = { ca = "x" }', "tls: expected none but for mqtts:"),
        ("udp:no such host:5018", "", "address: expected udp:HOST:PORT"),
    ],
)
def test_a_key_that_says_nothing_of_its_source_is_refused_and_not_passed_over(
    tmp_path: Path, address: str, more: str, said: str
) -> None:
    assert f"source 'a', {said}" in refused(tmp_path, entry("a", address, more))


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("udp:127.0.0.1:5018", "udp://127.0.0.1:5018", True),
        ("udp:127.0.0.1:5018", "udp:localhost:5018", True),
        ("udp:127.0.0.1:5018", "udp:0.0.0.0:5018", True),
        ("udp:127.0.0.1:5018", "udp:192.0.2.1:5018", False),
        ("udp:127.0.0.1:5018", "tcp-listen:127.0.0.1:5018", False),
        ("udp:127.0.0.1:5018", "udp:127.0.0.1:5019", False),
        ("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0", True),
        ("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB1", False),
        ("tcp:192.0.2.7:5017", "tcp:192.0.2.7:5017", False),
    ],
)
def test_two_sources_on_one_port_are_refused_however_it_is_written(
    tmp_path: Path, one: str, other: str, clash: bool
) -> None:
    found = refused(tmp_path, entry("a", one) + entry("b", other))
    assert ("source 'b', address: expected a port that no other source has" in found) is clash
    assert clash or not found


@pytest.mark.parametrize("apart", [True, False])
def test_a_machine_of_two_kinds_is_refused(tmp_path: Path, apart: bool) -> None:
    first, second = (f'"{name}" = {{ machine = "TT", kind = "{kind}" }}'
                     for name, kind in (("x", "agv"), ("y", "rtg")))  # fmt: skip
    if apart:
        text = entry("a", "tcp:192.0.2.7:5017", f"machines = {{ {first} }}")
        text += entry("b", "tcp:192.0.2.8:5017", f"machines = {{ {second} }}")
    else:
        text = entry("b", "tcp:192.0.2.7:5017", f"machines = {{ {first}, {second} }}")
    said = "source 'b', machines.y.kind: expected agv, as TT is said to be before, found 'rtg'"
    assert said in refused(tmp_path, text)
    assert refused(tmp_path, text.replace("rtg", "agv")) == ""
