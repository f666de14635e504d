"""Whose times are far from their reception is told beside their source; late packets are no clock."""

from pathlib import Path

import pytest

from sensors.clockfaults import CLOCK_OFF
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_rmc, tag_block
from sensors.sources.hotplug import HotSources
from sensors.telemetry import encode_event, encode_reading
from twin.inputs import MachineNotice, RawChunk

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000
S = 1_000_000_000


def said(device: str, t_ns: int) -> bytes:
    tag = tag_block(device)
    return encode_gga(t_ns, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag) + encode_rmc(
        t_ns, 121.5, 31.2, 3.0, 1.0, tag=tag
    )


def heard(off_s: dict[str, float], ticks: int, decoder: Decoder | None = None, after: int = 0) -> Decoder:
    """Give a decoder that has heard devices whose times are off by so much."""
    decoder = decoder or Decoder()
    for k in range(after, after + ticks):
        t_ns = T_NS + k * STEP_NS
        lines = b"".join(said(device, t_ns + round(one * S)) for device, one in off_s.items())
        decoder.decode([RawChunk("gw", t_ns, lines)])
    return decoder


@pytest.mark.parametrize(
    ("off_s", "told"),
    [(-15.0, "TT-01 15.0 s behind"), (2.0, "TT-01 2.0 s ahead"), (-40.0, "TT-01 40.0 s behind"),
     (15.0, "TT-01 15.0 s ahead"), (-86_400.0 * 3, "TT-01 72.0 h behind")],
)  # fmt: skip
def test_a_device_whose_times_are_steadily_off_is_told_with_by_how_much(off_s: float, told: str):
    decoder = heard({"TT-01": off_s, "TT-02": 0.0}, 40)

    assert decoder.offsets.told("gw") == f"times off by clock or line: {told}"
    assert decoder.offsets.told("another") == ""


def test_it_is_told_no_more_once_the_times_are_near_again():
    decoder = heard({"TT-01": -15.0}, 40)
    heard({"TT-01": 0.0}, 10, decoder, after=40)

    assert decoder.offsets.told("gw") == ""


@pytest.mark.parametrize("age_s", [3600.0, 86_400.0 * 700])
def test_a_log_of_another_hour_is_of_no_clock_that_is_off_though_its_machine_is_announced_now(
    age_s: float,
):
    decoder, rejects = Decoder(), []
    for k in range(60):
        t_ns = T_NS + k * STEP_NS
        # A source announces, by our clock, the machines that are configured for it.
        hello = encode_event(MachineNotice("TT-01", t_ns, "terminal_tractor")) if k in (0, 30) else b""
        line = said("TT-01", t_ns - round(age_s * S))
        rejects += decoder.decode([RawChunk("log", t_ns, hello + line)]).rejects

    assert not [one for one in rejects if one.reason == CLOCK_OFF]


def test_a_clock_that_was_right_by_its_own_word_and_then_is_not_is_told():
    decoder, rejects = Decoder(), []
    for k in range(60):
        t_ns = T_NS + k * STEP_NS
        word = encode_reading("TT-01", t_ns, hoist_m=10.0) if k < 10 else said("TT-01", t_ns - 3600 * S)
        rejects += decoder.decode([RawChunk("gw", t_ns, word)]).rejects

    assert [one for one in rejects if one.reason == CLOCK_OFF]


def test_packets_that_come_late_among_others_are_no_clock_that_is_off():
    decoder = Decoder()
    for k in range(80):
        t_ns = T_NS + k * STEP_NS
        lines = said("TT-01", t_ns) + (said("TT-01", t_ns - 5 * S) if k % 4 == 0 else b"")
        decoder.decode([RawChunk("gw", t_ns, lines)])

    assert decoder.offsets.told("gw") == ""


@pytest.mark.parametrize(("nmea_s", "json_s", "told"), [
    (-15.0, 0.0, "TT-01 (NMEA) 15.0 s behind"), (0.0, 15.0, "TT-01 (JSON) 15.0 s ahead"),
    (-15.0, -15.0, "TT-01 15.0 s behind"), (-15.0, -20.0, "TT-01 20.0 s behind"), (0.0, 0.0, ""),
])  # fmt: skip
@pytest.mark.parametrize("apart", [False, True])
def test_sentences_and_messages_of_a_device_are_looked_at_apart(
    nmea_s: float, json_s: float, told: str, apart: bool
):
    decoder = Decoder()
    for k in range(60):
        t_ns = T_NS + k * STEP_NS
        words = [said("TT-01", t_ns + round(nmea_s * S)), encode_reading("TT-01", t_ns + round(json_s * S))]
        for data in words if apart else [b"".join(words)]:
            decoder.decode([RawChunk("gw", t_ns, data)])

    assert decoder.offsets.told("gw") == (f"times off by clock or line: {told}" if told else "")


def test_a_crane_without_a_receiver_is_told_too_and_of_many_the_worst():
    decoder = Decoder()
    for k in range(40):
        t_ns = T_NS + k * STEP_NS
        lines = b"".join(encode_reading(f"RTG-{n:02d}", t_ns - n * S, hoist_m=3.0) for n in range(8))
        decoder.decode([RawChunk("gw", t_ns, lines)])

    assert decoder.offsets.told("gw") == (
        "times off by clock or line: RTG-07 7.0 s behind, RTG-06 6.0 s behind, RTG-05 5.0 s behind, 3 more"
    )


def test_the_row_of_a_source_shows_whose_times_are_off_but_not_that_of_a_recording(tmp_path: Path):
    (tmp_path / "a.nmea").write_bytes(b"")
    (tmp_path / "yard.toml").write_text(
        '[[source]]\nname = "gw"\naddress = "udp:127.0.0.1:47113"\n'
        '[[source]]\nname = "log"\naddress = "file:a.nmea"\n'
    )
    decoder = heard({"TT-01": -15.0}, 40)
    sources = HotSources(tmp_path / "yard.toml", offsets=decoder.offsets)
    for k in range(40):
        lines = said("TT-02", T_NS + (k - 150) * STEP_NS)
        decoder.decode([RawChunk("log", T_NS + k * STEP_NS, lines)])
    details = {one.name: one.health(T_NS).detail for one in sources}
    sources.close()

    assert "TT-01 15.0 s behind" in details["gw"]
    assert "times off" not in details["log"]
