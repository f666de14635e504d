"""What TAG blocks named is remembered from call to call; no batch hangs on that."""

from sensors import tags
from sensors.decoder import Decoder
from sensors.nmea import encode_hdt, encode_rmc, tag_block
from sensors.rules import Rules, SourceRules
from twin.inputs import RawChunk
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
