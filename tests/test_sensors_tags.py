"""What TAG blocks named is remembered from call to call; no batch hangs on that."""

from dataclasses import replace

import pytest

from sensors import tags
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_hdt, encode_rmc, tag_block
from sensors.rules import Rules, SourceRules
from sensors.sources.base import LineCutter
from twin.inputs import Batch, RawChunk
from twin.tables import digest

S = 1_000_000_000
T_NS = 1_790_000_000 * S


def told(names: list[str], t_ns: int) -> RawChunk:
    lines = (encode_rmc(t_ns, 121.5, 31.2, 3.0, 1.0, tag=tag_block(name)) for name in names)
    return RawChunk("udp", t_ns, b"".join(lines))


def devices(decoder: Decoder, names: list[str], t_ns: int) -> list[str]:
    batch = decoder.decode([told(names, t_ns)])
    return [batch.devices[row] for row in batch.fixes.device.tolist()]


def test_a_decoder_that_remembers_tags_says_what_one_says_that_knows_none():
    kept, names = Decoder(), [f"TT-{k}" for k in range(50)]
    fresh = Decoder()
    for tick in range(5):
        chunk = told(names[tick:] + names[:tick], T_NS + tick * S // 10)
        fresh._tags.forget()
        one, other = kept.decode([chunk]), fresh.decode([chunk])
        assert one.devices == other.devices
        assert digest(one.fixes) == digest(other.fixes)


def test_devices_keep_their_names_where_others_are_forgotten():
    decoder = Decoder()
    for tick in range(4):
        devices(decoder, ["A", "B", "C"], T_NS + tick * S // 10)
    for tick in range(4):
        assert set(devices(decoder, ["C"], T_NS + 700 * S + tick * S // 10)) <= {"C"}
    assert decoder.decode([told(["C", "B"], T_NS + 702 * S)]).devices[0] == "C"


def test_more_tags_than_are_remembered_are_all_read(monkeypatch):
    monkeypatch.setattr(tags, "_MOST_SEEN", 8)
    decoder, names = Decoder(), [f"TT-{k}" for k in range(30)]
    for tick in range(4):
        found = devices(decoder, names, T_NS + tick * S // 10)
    assert found == names


def test_a_tag_that_is_too_long_to_be_remembered_is_read():
    long = b"c:1700000000,g:1-2-1234,d:somebody,n:17,s:TT-1"
    tag = b"\\" + long + b"*%02X\\" % tags.functools.reduce(tags._xor, long, 0)
    decoder = Decoder()
    for tick in range(4):
        t_ns = T_NS + tick * S // 10
        batch = decoder.decode([RawChunk("udp", t_ns, tag + encode_rmc(t_ns, 121.5, 31.2, 3.0, 1.0))])
    assert batch.devices == ("TT-1",)


def test_a_renamed_device_is_its_machine_in_every_call():
    rules = Rules(sources={"udp": SourceRules(machines={"D1": "RTG-1"})})
    decoder = Decoder(rules=rules)
    found = [devices(decoder, ["D1", "D2"], T_NS + tick * S // 10) for tick in range(4)]
    assert [set(one) for one in found[1:]] == 3 * [{"RTG-1", "D2"}]


def test_a_damaged_tag_is_refused_each_time():
    decoder = Decoder()
    line = tag_block("TT-1").replace(b"TT-1", b"TT-2") + encode_hdt(1.0)
    for tick in range(3):
        batch = decoder.decode([RawChunk("udp", T_NS + tick, line)])
        assert [reject.reason for reject in batch.rejects] == ["TAG block: wrong checksum"]


def heard(line: bytes) -> Batch:
    decoder = Decoder()
    first = decoder.decode([RawChunk("gateway", T_NS, line)])
    last = decoder.finish()
    return replace(last, rejects=first.rejects)


UBX = b"\xb5\x62\x01\x07\x5c\x00" + bytes(range(11, 92)) + b"\x12\x34"


@pytest.mark.parametrize(
    "binary", [UBX, b"\xd3\x00\x13\x3e\xd7\xd3\x02", UBX * 4], ids=["UBX", "RTCM", "long"]
)
def test_a_sentence_behind_binary_data_keeps_the_device_of_its_tag_block(binary: bytes):
    tagged = encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag_block("TT-07"))

    batch = heard(binary + tagged)

    assert batch.devices == ("TT-07",)
    assert [reject.reason for reject in batch.rejects] == ["binary data in front of a sentence"]


@pytest.mark.parametrize("damage", [b"\\s:TT\x01-07*63\\", b"\xb5:TT-07*63\\", b"\xb5\\s:TT-08*63\\"])
def test_a_sentence_whose_tag_block_is_damaged_is_of_nobody(damage: bytes):
    batch = heard(damage + encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7))

    assert len(batch.fixes) == 0
    assert len(batch.rejects) >= 1


def test_a_sentence_behind_a_line_without_end_keeps_the_device_of_its_tag_block():
    tagged = encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag_block("TT-07"))
    cutter = LineCutter()

    out = b"".join(cutter.feed(part) for part in (b"x" * 5000, b"x" * 5000, b"x" * 10 + tagged))

    assert out.endswith(b"\n" + tagged)
