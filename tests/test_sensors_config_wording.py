"""What is said of a wrong file of sources: which source, which key, what was expected, what was found."""

import re
import socket
import time
from pathlib import Path

import pytest
from test_sensors_config import GOOD, written

from sensors.sources import HotSources, SourceError, open_source
from sensors.sources.config import TABLES
from sensors.sources.hotplug import KEEPER
from sensors.sources.listening import UdpSource
from sensors.sources.reading import read_config
from sensors.sources.wording import EXPECTED
from twin.clock import ManualClock
from twin.fleet.kinds import KIND_NAMES


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "x =", "file 'sources.toml': expected TOML, found"),
        (
            'name = "broker"',
            "name = 7",
            "source number 2, name: expected 1 to 16 ASCII characters, the first a",
        ),
        (
            'name = "broker"',
            'name = "gateway-1"',
            "source number 2, name: expected a name that no other source",
        ),
        (
            "interval_s = 0.1",
            "interval_s = -1",
            "'gateway-1', interval_s: expected seconds from 0.01 to 3600, ",
        ),
        ("interval_s = 0.1", "interval_s = -1", ", found -1"),
        ("interval_s", "intervall_s", "source 'gateway-1': expected keys name, address, frame, epoch, plate"),
        ("interval_s", "intervall_s", "found 'intervall_s'; write 'interval_s'"),
        ("interval_s = 0.1", 'password = "x"', "name an environment variable with password_env"),
        ('user = "twin"\n', "", "source 'broker', user: expected one, as there is password_env, found none"),
        (
            'password_env = "YARD_MQTT"',
            "password_env = true",
            "expected the name of an environment variable, ",
        ),
        ('password_env = "YARD_MQTT"', "password_env = true", "found true"),
        ("tcp:192.0.2.7:5017", "tcp:192.0.2.7", "source 'gateway-1', address: expected tcp:HOST:PORT with a"),
        ("tcp:192.0.2.7:5017", "tcp:192.0.2.7:70000", "a port from 1 to 65535, found 'tcp:192.0.2.7:70000'"),
        ("tcp:192.0.2.7:5017", "udp:192.0.2.7:0", "expected udp:HOST:PORT with a port from 1 to 65535"),
        ("mqtts:broker.example", "mqtts:broker.example:99999", "HOST:PORT with a port from 1 to 65535"),
        ("tcp:192.0.2.7:5017", "pigeon:home", "source 'gateway-1', address: expected one of file:, tcp:"),
        ('topics = ["yard/pos/+"]', "", "'broker', topics: expected at least one topic filter, found none"),
        ('topics = ["yard/pos/+"]', 'topics = ["a/#/b"]', "source 'broker', topics: expected topic filters"),
        ('topics = ["yard/pos/+"]', "topics = [7]", "source 'broker', topics[0]: expected a list of topic"),
        ('topics = ["yard/pos/+"]', "topics = [7]", "found 7"),
        ("CGCS2000", "GCJ-02", "found 'GCJ-02': GCJ-02 is an obfuscation"),
        ("CGCS2000", "gcj02", "found 'gcj02': GCJ-02 is an obfuscation"),
        ("CGCS2000", "BD-09", "found 'BD-09': BD-09 is an obfuscation"),
        ("CGCS2000", "NAD27", "source 'gateway-1', frame: expected one of CGCS2000, WGS 84"),
        ("CGCS2000", "WGS84", "found 'WGS84'; write 'WGS 84'"),
        ("epoch = 2026.9", "", "source 'broker', epoch: expected a year such as 2026.9, as ITRF2020"),
        (
            "epoch = 2026.9",
            'epoch = "now"',
            "source 'broker', epoch: expected a year from 1980 to 2100, such",
        ),
        ("epoch = 2026.9", 'epoch = "now"', "found 'now'"),
        ("epoch = 2026.9", 'epoch = 2026.9\nplate = "Eura"', "found 'Eura'; write 'EURA'"),
        ('kind = "rtg"', 'kind = "zeppelin"', "'gateway-1', machines.RX-18.kind: expected one of rtg, rmg, "),
        ('kind = "rtg"', 'kind = "zeppelin"', "found 'zeppelin'"),
        ('kind = "rtg"', 'kind = "reachstacker"', "found 'reachstacker'; write 'reach_stacker'"),
        ('kind = "rtg"', 'sort = "rtg"', "machines.RX-18: expected keys machine, kind, block, lever_arm_m"),
        (
            "lever_arm_m = [1.2, 0.0, 3.1]",
            "lever_arm_m = [1.2]",
            "machines.RX-17.lever_arm_m: expected three",
        ),
        ("lever_arm_m = [1.2, 0.0, 3.1]", "lever_arm_m = [1.2]", "found [1.2]"),
        (
            '{ machine = "RTG-03", kind = "rtg", block = "A02" }',
            '"RTG-03"',
            "machines.RX-18: expected a table",
        ),
        ('"RX-17"', '"' + 201 * "R" + '"', "machines: expected devices of 1 to 200"),
        ("listed = true", 'allow = ["nowhere"]', "source 'gateway-1', allow: expected networks such as"),
        ("mqtts:", "mqtt:", "source 'broker', tls: expected none but for mqtts:"),
        (
            "lat_deg = 29.9",
            "lat_deg = 99",
            "'broker', map.lat_deg: expected degrees from -85 to 85, found 99",
        ),
        ('address = "tcp:192.0.2.7:5017"', "", "source 'gateway-1': expected the key address: an address"),
    ],
)
def test_a_wrong_file_is_refused_by_key_expected_and_found(tmp_path: Path, old: str, new: str, said: str):
    path = written(tmp_path, GOOD.replace(old, new, 1) if old else new)

    with pytest.raises(SourceError) as refused:
        read_config(path)

    assert said in str(refused.value)
    assert str(refused.value).startswith("file 'sources.toml'")


def test_no_message_speaks_of_the_programs_own_types(tmp_path: Path):
    wrongs = (
        "name = 7",
        'epoch = "x"',
        "listed = 1",
        "tls = 3",
        "machines = 3",
        "allow = 3",
        "qos = 7",
        "y = 1",
    )
    for wrong in (*wrongs, "velocity_mm_a = 3", "map = { lon_deg = 1 }", "interval_s = true", "baud = 1.5"):
        path = written(tmp_path, f'[[source]]\naddress = "file:x.nmea"\n{wrong}\n')
        with pytest.raises(SourceError) as refused:
            read_config(path)
        for word in ("`", "regex", "None", "True", "null", "float", "int ", "str ", "object", "$"):
            assert word not in str(refused.value), (wrong, str(refused.value))


def test_every_key_that_a_file_may_have_is_described():
    assert {key for table in TABLES.values() for key in table.__struct_fields__} == set(EXPECTED)


def test_a_wrong_point_of_a_calibration_is_told_by_its_name(tmp_path: Path):
    point = '[calibration]\npoints = [{ name = "P7", measured = [1, 2], surveyed = [1, 2, 3] }]\n'
    with pytest.raises(
        SourceError, match=r"calibration, point 'P7', measured: expected three .*, found \[1, 2\]"
    ):
        read_config(written(tmp_path, GOOD + point))


def test_a_single_bracket_is_told_as_such(tmp_path: Path):
    with pytest.raises(SourceError, match=r"source: expected \[\[source\]\], in two pairs of brackets"):
        read_config(written(tmp_path, '[source]\nname = "a"\naddress = "file:x.nmea"\n'))
    with pytest.raises(SourceError, match="found 'sources'; write 'source'"):
        read_config(written(tmp_path, '[[sources]]\nname = "a"\naddress = "file:x.nmea"\n'))


def test_a_source_for_the_file_of_sources_is_told_where_it_belongs():
    with pytest.raises(SourceError, match="udp: is named in a file, --sources"):
        open_source("udp:127.0.0.1:5017")


def test_a_folder_is_no_file_of_lines(tmp_path: Path):
    with pytest.raises(SourceError, match="expected a file, found a folder"):
        open_source(f"file:{tmp_path}")
    with pytest.raises(SourceError, match="expected a file, found a folder"):
        HotSources(written(tmp_path, '[[source]]\nname = "a"\naddress = "file:."\n'))


def test_the_manual_lists_every_kind_of_machine_that_a_source_may_have():
    manual = (Path(__file__).parents[1] / "sensors" / "README.md").read_text("utf-8")
    row = next(line for line in manual.splitlines() if line.startswith("| `kind=KIND`"))

    assert re.findall(r"`([a-z_]+)`", row) == list(KIND_NAMES)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (
            [(41_364_777.5, 3_309_851.7)] * 3,
            "calibration, point 'P0', surveyed: expected east, north and height in",
        ),
        ([(3_309_851.7, 364_777.5)] * 3, "meridian 123 E, found 3309851.70, 364777.50"),
    ],
    ids=["an easting with its zone", "north before east"],
)
def test_surveyed_points_outside_their_zone_are_refused_by_name(
    tmp_path: Path, points: list[tuple[float, float]], said: str
):
    rows = (
        f'{{ name = "P{k}", measured = [121.6, 29.9, 15.0], surveyed = [{x}, {y}, 15.1] }}'
        for k, (x, y) in enumerate(points)
    )
    path = written(tmp_path, GOOD)
    path.write_text(f"{GOOD}\n[calibration]\ngrid = 4550\npoints = [{', '.join(rows)}]\n")
    with pytest.raises(SourceError) as refused:
        read_config(path)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "[" * 20_000 + "]" * 20_000, "expected TOML, found brackets in brackets without end"),
        ("x = " + "9" * 5_000, "expected TOML, found Exceeds the limit"),
    ],
    ids=["brackets", "digits"],
)
def test_an_edit_without_end_is_told_and_ends_nothing(tmp_path: Path, text: str, said: str):
    (tmp_path / "a.nmea").write_bytes(b"")
    clock = ManualClock(1_790_000_000 * 10**9)
    path = written(tmp_path, '[[source]]\nname = "a"\naddress = "file:a.nmea"\n')
    sources = HotSources(path, clock=clock)
    path.write_text(text)
    clock.advance(2)
    sources.look()
    names = [one.name for one in sources]
    sources.close()

    assert said in sources.problem
    assert names == [KEEPER, "a"]


@pytest.mark.parametrize(
    "address", ["udp:127.0.0.1:47321", "tcp-listen:127.0.0.1:47321", "serial:/dev/ttyS9"]
)
def test_two_sources_on_one_port_are_refused_as_one_of_them_would_get_nothing(tmp_path: Path, address: str):
    entries = (f'[[source]]\nname = "{name}"\naddress = "{address}"\n' for name in "ab")

    with pytest.raises(SourceError, match="source 'b', address: expected a port that no other source has"):
        read_config(written(tmp_path, "".join(entries)))


def test_a_file_that_is_not_there_is_told_with_the_source_that_names_it(tmp_path: Path):
    with pytest.raises(SourceError, match=r"source 'a', address: source file .* expected a file"):
        HotSources(written(tmp_path, '[[source]]\nname = "a"\naddress = "file:b.nmea"\n'))


def test_a_port_for_datagrams_is_nobody_elses_while_it_is_read():
    first = UdpSource("127.0.0.1", 0, name="first")
    while not first.port:
        time.sleep(0.01)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", first.port))
    first.close()
