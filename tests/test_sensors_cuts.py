"""However the bytes of a log are cut into calls, its fixes, satellites and counts are the same."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decoder import Decoder
from sensors.nmea import sentence
from sensors.rules import Rules
from sensors.sources.base import LineCutter
from twin.inputs import RawChunk

T_NS = 1_795_486_505 * 1_000_000_000
T_RX_NS = T_NS + 8 * 1_000_000_000
"""After the last of them: nothing is measured after its reception."""
COLUMNS = (
    "t_ns", "lon_deg", "lat_deg", "h_m", "quality", "satellites", "hdop", "sigma_m", "speed_mps",
    "course_rad", "heading_rad",
)  # fmt: skip

WORDS = {
    "GGA": "GNGGA,{t},2954.12345678,N,12136.12345678,E,4,24,0.7,5.123,M,10.000,M,1.0,0001",
    "GP": "GPGGA,{t},2954.22345678,N,12136.12345678,E,1,9,1.7,6.123,M,10.000,M,1.0,0001",
    "NO": "GNGGA,{t},,,,,0,0,99.9,,M,,M,,",
    "RMC": "GNRMC,{t},A,2954.12345678,N,12136.12345678,E,3.0,57.0,241126,,,A",
    "VTG": "GNVTG,57.0,T,,M,3.0,N,5.5,K,A",
    "GST": "GNGST,{t},1.0,0.5,0.5,0.0,0.4,0.4,0.9",
    "HDT": "GNHDT,57.1,T",
    "GSA": "GNGSA,A,3,01,02,03,04,05,,,,,,,,1.5,0.9,1.2,1",
    "BD": "GNGSA,A,3,11,12,13,,,,,,,,,,1.5,0.8,1.2,4",
    "GSV": "GBGSV,2,1,05,11,80,090,45,12,70,091,44,13,60,092,43,14,50,093,42,1",
    "GSV2": "GBGSV,2,2,05,33,40,094,41,1",
    "GGAH": "GNGGAH,{t},2954.12395678,N,12136.12345678,E,4,24,0.7,5.123,M,10.000,M,1.0,0001",
    "RMCH": "GNRMCH,{t},A,2954.12345678,N,12136.12345678,E,3.0,57.0,241126,,,A",
    "KSXT": "KSXT,20261124{t},121.60205761,29.90205761,5.2000,57.1,0.1,57.0,5.5,,3,3,20,20,,,,,,,,",
}
"""Sentences as receivers send them; {t} is the time of day."""

ORDERS = (
    "RMC GSA BD",
    "RMC GSA BD VTG",
    "GSA BD RMC",
    "RMC VTG GSA HDT BD HDT",
    "GP GGA",
    "GGA GP RMC",
    "GGA GGAH",
    "GGAH GGA RMC RMCH",
    "GGA RMC GGA GGAH RMCH",
    "KSXT GGA GSA BD",
    "GGA KSXT",
    "RMC KSXT GSA BD",
    "RMC NO GP GSA BD",
    "GGA GST GSV GSV2 GSA BD RMC",
)


def log(order: str, epochs: int) -> bytes:
    times = (f"0215{second:02d}.00" for second in range(5, 5 + epochs))
    return b"".join(sentence(WORDS[name].format(t=t)) for t in times for name in order.split())


def told(data: bytes, cuts: list[int], *, as_sent: bool) -> tuple[object, ...]:
    """What a log says: fixes, counts of sentences, satellites used and in view."""
    decoder, cutter = Decoder(rules=Rules(as_sent=as_sent), counting=True), LineCutter()
    batches = []
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        if lines := cutter.feed(data[begin:end]):
            batches.append(decoder.decode([RawChunk("log", T_RX_NS, lines)]))
    if lines := cutter.finish():
        batches.append(decoder.decode([RawChunk("log", T_RX_NS, lines)]))
    batches.append(decoder.finish())
    fixes = [
        repr([row, *(getattr(batch.fixes, name)[row].item() for name in COLUMNS)][1:])
        for batch in batches
        for row in range(len(batch.fixes))
    ]
    rejects = Counter(reject.reason for batch in batches for reject in batch.rejects)
    return fixes, rejects, decoder.sentences, decoder.sky.most(), decoder.sky.now()


@settings(deadline=None, max_examples=30)
@given(st.data(), st.sampled_from(ORDERS), st.booleans())
def test_fixes_satellites_and_counts_are_the_same_wherever_bytes_are_cut(
    data: st.DataObject, order: str, as_sent: bool
) -> None:
    lines = log(order, 6)
    cuts = data.draw(st.lists(st.integers(0, len(lines)), max_size=40).map(sorted))

    assert told(lines, cuts, as_sent=as_sent) == told(lines, [], as_sent=as_sent)


@pytest.mark.parametrize("order", ORDERS)
def test_a_call_a_sentence_gives_the_fixes_of_one_call(order: str) -> None:
    lines = log(order, 6)
    ends = [place + 1 for place, byte in enumerate(lines) if byte == ord("\n")]

    for as_sent in (True, False):
        assert told(lines, ends, as_sent=as_sent) == told(lines, [], as_sent=as_sent)


def test_the_satellites_of_two_gsa_in_two_calls_are_those_of_both() -> None:
    fixes = told(log("RMC GSA BD", 4), [len(log("RMC GSA BD", 3)) + len(log("RMC GSA", 1))], as_sent=False)[0]

    assert isinstance(fixes, list)
    assert all(", 8, 0.8," in fix for fix in fixes)


def test_what_once_came_after_its_epoch_was_given_out_is_waited_for_from_then_on() -> None:
    """A receiver is told to send a heading too, behind all else, and in a packet of its own."""
    decoder, found = Decoder(), []
    for k in range(6):
        lines = log("GGA RMC", 6).splitlines(keepends=True)[2 * k : 2 * k + 2]
        for part in (b"".join(lines), sentence(WORDS["HDT"]) if k >= 2 else b""):
            found += decoder.decode(
                [RawChunk("x", T_NS + k, part)] if part else []
            ).fixes.heading_rad.tolist()

    assert len(found) == 6
    assert [heading == heading for heading in found] == [False, False, False, True, True, True]


LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea"


@pytest.mark.skipif(not LOGS.is_dir(), reason="the recorded receiver logs are not here")
@pytest.mark.parametrize("path", sorted(LOGS.glob("*/*.log")), ids=lambda path: path.name)
def test_a_recorded_log_says_the_same_wherever_its_bytes_are_cut(path: Path) -> None:
    data, chance = path.read_bytes()[:20_000], random.Random(5)
    whole = told(data, [], as_sent=True)

    for many in (2, len(data) // 90):
        cuts = sorted(chance.sample(range(len(data)), min(many, len(data))))
        assert told(data, cuts, as_sent=True) == whole
