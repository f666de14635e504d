"""Devices whose own names have over 16 characters: refused and counted, or named in the file of sources."""

import json
from pathlib import Path

import pytest

from sensors import sources
from sensors.decoder import Decoder
from sensors.errors import SourceError
from sensors.rules import Rules
from sensors.sources.config import rules_of
from sensors.sources.mqtt import Broker, MqttSource, lines_of
from sensors.sources.opening import open_entry
from sensors.sources.reading import read_config
from sensors.telemetry import NAME_TOO_LONG
from sensors.writing import encode_gga
from twin.inputs import Batch, MachineNotice, RawChunk

T_NS = 1_790_004_800_000_000_000
ONE, OTHER = "EAST-0000000000000007", "WEST-0000000000000007"
TIME = "2026-09-21T15:33:20Z"


def agv(name: str) -> dict[str, object]:
    return {"headerId": 1, "timestamp": TIME, "serialNumber": name, "errors": []}


def crane(name: str) -> dict[str, object]:
    return {
        "msg.timestamp": TIME, "che.@.id": name, "che.@.health.healthy.status.output.actual.value": True,
    }  # fmt: skip


def decoded(*messages: dict[str, object], rules: Rules | None = None) -> Batch:
    decoder = Decoder() if rules is None else Decoder(rules=rules)
    data = b"".join(json.dumps(one).encode() + b"\n" for one in messages)
    return decoder.decode([RawChunk("bus", T_NS, data)])


def of_file(tmp_path: Path, machines: str, more: str = "") -> Rules:
    path = tmp_path / "yard.toml"
    path.write_text(
        f'[[source]]\nname = "bus"\naddress = "udp:0.0.0.0:5017"\n{more}\n[source.machines]\n{machines}\n',
        "utf-8",
    )
    return rules_of(read_config(path))


@pytest.mark.parametrize("message", [agv, crane])
def test_two_devices_that_agree_in_their_last_letters_are_not_one(message) -> None:
    batch = decoded(message(ONE), message(OTHER), message("AGV-07"))
    assert {event.device for event in batch.events} | set(batch.devices) == {"AGV-07"}
    assert [one.reason for one in batch.rejects][:2] == [NAME_TOO_LONG] * 2


def test_a_long_name_that_the_file_of_sources_knows_is_its_machine(tmp_path: Path) -> None:
    rules = of_file(tmp_path, f'"{ONE}" = {{ machine = "AGV-E7" }}\n"{OTHER}" = {{ machine = "AGV-W7" }}')
    batch = decoded(agv(ONE), agv(OTHER), agv(OTHER + "8"), rules=rules)
    assert [event.device for event in batch.events] == ["AGV-E7", "AGV-W7"]
    assert [one.reason for one in batch.rejects] == [NAME_TOO_LONG]


@pytest.mark.parametrize("message", [agv, crane])
def test_a_chinese_name_is_refused_or_that_of_its_machine_in_the_file(message, tmp_path: Path) -> None:
    rules = of_file(tmp_path, '"卡尔" = { machine = "AGV-K1" }')
    batch = decoded(message("卡尔"), message("卡车"), rules=rules)
    assert {event.device for event in batch.events} == {"AGV-K1"}
    assert [one.reason for one in batch.rejects] == [NAME_TOO_LONG]


def test_a_name_of_a_device_has_no_characters_that_cannot_be_seen(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"machines: expected devices of 1 to 200 printable characters"):
        of_file(tmp_path, r'"A\u0007" = { machine = "AGV-K1" }')


def test_a_list_of_devices_takes_the_long_names_in_it_and_no_other(tmp_path: Path) -> None:
    rules = of_file(tmp_path, f'"{ONE}" = {{ machine = "AGV-E7" }}', "listed = true")
    batch = decoded(agv(ONE), agv("AGV-08"), rules=rules)
    assert [event.device for event in batch.events] == ["AGV-E7"]
    assert [one.reason for one in batch.rejects] == ["device not listed for its source"]


@pytest.mark.parametrize("more", ["", "listed = true"])
@pytest.mark.parametrize("scheme", ["file:walk.nmea", "tcp-listen:127.0.0.1:5017"])
def test_the_kind_of_a_device_of_a_long_name_is_told_by_its_machine(tmp_path: Path, scheme, more) -> None:
    path = tmp_path / "yard.toml"
    (tmp_path / "walk.nmea").write_bytes(b"# nothing yet\n")
    path.write_text(
        f'[[source]]\nname = "bus"\naddress = "{scheme}"\n{more}\n[source.machines]\n'
        f'"{ONE}" = {{ machine = "AGV-E7", kind = "agv" }}\n"TT" = {{ machine = "TT-9", kind = "rtg" }}\n'
    )
    config = read_config(path)
    source = open_entry(config.source[0], tmp_path)
    try:
        batch = Decoder(rules=rules_of(config)).decode(source.poll())
    finally:
        source.close()
    told = [(one.device, one.kind) for one in batch.events if isinstance(one, MachineNotice)]
    assert told == [("AGV-E7", "agv"), ("TT-9", "rtg")]
    assert batch.rejects == ()


def test_a_device_of_over_200_characters_is_refused_in_the_file_of_sources(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="devices of 1 to 200 printable characters"):
        of_file(tmp_path, f'"{201 * "A"}" = {{ machine = "AGV-E7" }}')


@pytest.mark.parametrize(
    ("level", "device"), [("TT-07", "TT-07"), (ONE, "AGV-E7"), (OTHER, None), ("a,b", None), ("", None)]
)
def test_a_topic_that_names_no_machine_is_refused_whatever_its_message_says(level, device) -> None:
    broker = Broker("127.0.0.1", 1, ("yard/pos/+",))
    source = MqttSource(broker, name="bus", machines={ONE: "AGV-E7"})
    try:
        named = source._device_of(f"yard/pos/{level}")
    finally:
        source.close()
    wind = b'{"type":"wind","device":"M","t_ns":1790004800000000000,"speed_mps":3.0}'
    sentence = encode_gga(T_NS, 121.6, 29.9, 5.0, 10.0, 4, 24, 0.7)
    batch = Decoder().decode([RawChunk("bus", T_NS, lines_of(sentence, named) + lines_of(wind, named))])
    if device is None:
        assert batch.devices == ()
        reason = "device name: expected 1 to 16 printable characters"
        assert [one.reason for one in batch.rejects] == [reason] * 2
    else:
        assert named == device


def test_a_topic_names_its_device_where_twins_share_what_is_published() -> None:
    broker = Broker("127.0.0.1", 1, ("$share/twins/yard/pos/+", "$share/g"))
    source = MqttSource(broker, name="bus")
    try:
        assert source._device_of("yard/pos/TT-07") == "TT-07"
        assert source._device_of("yard/other/TT-07") == ""
    finally:
        source.close()


def test_two_sources_of_one_short_name_are_refused_by_both_their_texts(tmp_path: Path) -> None:
    one, other = (tmp_path / f"recorded-at-gate-{k}.nmea" for k in "ab")
    for path in (one, other):
        path.write_bytes(encode_gga(T_NS, 121.6, 29.9, 5.0, 10.0, 4, 24, 0.7))
    with pytest.raises(SourceError, match=r"gate-b.*expected another name than .*gate-a.*put .device=NAME"):
        sources.open_all((f"file:{one}", f"file:{other}"))
    named = sources.open_all((f"file:{one}?device=GATE-A", f"file:{other}"))
    assert len({source.name for source in named}) == 2
    for source in named:
        source.close()
