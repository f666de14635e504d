"""All that is wrong with a file of sources is told at once, and nothing that only follows from it."""

from pathlib import Path

import pytest
from test_sensors_config import GOOD, written

from sensors.sources import HotSources, SourceError
from sensors.sources.reading import MOST_TOLD, read_config
from twin.clock import ManualClock
from ui.main import main


def told(tmp_path: Path, text: str) -> list[str]:
    """Give what is said of a file, each without its beginning, which is the file's name."""
    with pytest.raises(SourceError) as refused:
        read_config(written(tmp_path, text))
    lines = str(refused.value).splitlines()
    assert all(line.startswith("file 'sources.toml'") for line in lines)
    return [line.removeprefix("file 'sources.toml'").removeprefix(", ") for line in lines]


def changed(*pairs: tuple[str, str]) -> str:
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_faults_of_several_sources_are_all_told_in_the_order_of_the_file(tmp_path: Path):
    lines = told(
        tmp_path,
        changed(
            ("tcp:192.0.2.7:5017", "tcp:192.0.2.7"),
            ("interval_s = 0.1", "interval_s = -1"),
            ('kind = "rtg"', 'kind = "zeppelin"'),
            ('topics = ["yard/pos/+"]', "topics = []"),
            ("CGCS2000", "GCJ-02"),
        ),
    )

    assert [line.partition(": expected")[0] for line in lines] == [
        "source 'gateway-1', interval_s",
        "source 'gateway-1', machines.RX-18.kind",
        "source 'gateway-1', frame",
        "source 'gateway-1', address",
        "source 'broker', topics",
    ]


def test_faults_of_several_machines_of_one_source_are_all_told(tmp_path: Path):
    lines = told(
        tmp_path,
        changed(
            ('machine = "TT-07", kind = "terminal_tractor"', 'machine = "TT-07", kind = "tractor"'),
            ('machine = "RTG-03", kind = "rtg"', 'kind = "crane"'),
        ),
    )

    assert len(lines) == 3
    assert "machines.RX-17.kind: expected one of" in lines[0]
    assert "machines.RX-18.kind: expected one of" in lines[1]
    assert "machines.RX-18: expected the key machine" in lines[2]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epoch = 2026.9", 'epoch = "now"'),  # which is not missed as well
        ('topics = ["yard/pos/+"]', "topics = [7]"),
        ('name = "broker"', "name = 7"),
        ('address = "mqtts:broker.example"', 'adress = "mqtts:broker.example"'),
        ("lever_arm_m = [1.2, 0.0, 3.1]", 'lever_arm_m = "far"'),
        ('kind = "terminal_tractor", lever_arm_m', 'kind = "tractor", lever_arm_m'),
    ],
)
def test_one_fault_is_told_once_and_nothing_that_follows_from_it(tmp_path: Path, old: str, new: str):
    assert len(told(tmp_path, changed((old, new)))) == 1


def test_faults_of_sources_and_of_the_calibration_are_told_together(tmp_path: Path):
    point = '{ name = "P1", measured = [1, 2], surveyed = [1, 2, 3] }'
    twice = point.replace("[1, 2],", "[1, 2, 3],")
    table = f"[calibration]\nlimit_m = 0\npoints = [{point}, {twice}, {twice}]\n"
    lines = told(tmp_path, changed(("interval_s = 0.1", "interval_s = -1")) + table)

    assert [line.partition(": expected")[0] for line in lines] == [
        "source 'gateway-1', interval_s",
        "calibration.limit_m",
        "calibration, point 'P1', measured",
        "calibration.points",
    ]


def test_a_device_may_be_called_like_a_key(tmp_path: Path):
    line = told(tmp_path, changed(('"RX-18" = { machine', '"allow" = { engine')))[0]

    assert line.startswith("source 'gateway-1', machines.allow: expected keys machine, kind, block")
    assert "found 'engine'" in line


def test_of_very_many_faults_the_first_are_told_and_how_many_more_there_are(tmp_path: Path):
    machines = "\n".join(f'"RX-{k}" = {{ machine = "TT-{k}", kind = "tractor" }}' for k in range(100))
    text = f'[[source]]\nname = "a"\naddress = "udp:127.0.0.1:5017"\n[source.machines]\n{machines}\n'
    lines = told(tmp_path, text)

    assert len(lines) == MOST_TOLD + 1
    assert lines[-1] == f": {100 - MOST_TOLD} more are wrong"


def test_sources_that_cannot_be_opened_are_all_told(tmp_path: Path):
    entries = (f'[[source]]\nname = "{name}"\naddress = "file:{name}.nmea"\n' for name in "ab")
    with pytest.raises(SourceError) as refused:
        HotSources(written(tmp_path, "".join(entries)), clock=ManualClock(10**18))

    first, second = str(refused.value).splitlines()
    assert first.startswith("source 'a', address: source file")
    assert second.startswith("source 'b', address: source file")


def test_the_command_tells_each_fault_in_a_line_of_its_own(tmp_path: Path, capsys):
    path = written(tmp_path, changed(("interval_s = 0.1", "interval_s = -1"), ("CGCS2000", "GCJ-02")))

    assert main(["doctor", "--sources", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("yard-twin: file 'sources.toml', source 'gateway-1', ") for line in lines)


def test_all_files_under_tls_that_are_missing_are_told_with_the_password(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("YARD_MQTT", raising=False)
    text = changed(('ca = "ca.pem"', 'ca = "ca.pem"\ncertificate = "twin.pem"\nkey = "twin.key"'))

    with pytest.raises(SourceError) as refused:
        HotSources(written(tmp_path, text))

    assert [line.partition(", found")[0] for line in str(refused.value).splitlines()] == [
        "source 'broker': tls.ca: expected a file",
        "source 'broker': tls.certificate: expected a file",
        "source 'broker': tls.key: expected a file",
        "source 'broker': password_env: expected YARD_MQTT in the environment",
    ]


def test_a_wrong_authority_and_a_wrong_certificate_are_both_told(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("YARD_MQTT", "x")
    for name in ("ca.pem", "twin.pem"):
        (tmp_path / name).write_text("none")

    with pytest.raises(SourceError) as refused:
        HotSources(written(tmp_path, changed(('ca = "ca.pem"', 'ca = "ca.pem"\ncertificate = "twin.pem"'))))

    keys = [line.split(": ")[1] for line in str(refused.value).splitlines()]
    assert keys == ["tls.ca", "tls.certificate"]
