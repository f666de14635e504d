"""Clocks that are wrong from a device's first words on: told where these are no log's and it is not ours."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sensors.clockfaults import CLOCK_OFF
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, encode_rmc, tag_block
from sensors.rules import Rules, SourceRules
from sensors.sources import open_all, rules_of_specs
from sensors.sources.config import rules_of
from sensors.sources.reading import read_config
from sensors.telemetry import encode_motion, encode_reading
from twin.inputs import RawChunk

S = 1_000_000_000
T_NS = 1_790_000_000 * S
STEP_NS = S // 10
HOUR_S = 3600.0


def said(device: str, t_ns: int, *, dated: bool = True) -> bytes:
    tag = tag_block(device)
    gga = encode_gga(t_ns, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag)
    return gga + (encode_rmc(t_ns, 121.5, 31.2, 3.0, 1.0, tag=tag) if dated else b"")


def named(
    off_s: Mapping[str, float],
    *,
    rules: Rules | None = None,
    ticks: int = 60,
    dated: bool = True,
    source: str = "gw",
    decoder: Decoder | None = None,
) -> set[str]:
    """Give whose clock is told to be off, where devices are off by so much from their first words on."""
    decoder, out = decoder or Decoder(rules=rules), set()
    for tick in range(ticks):
        t_ns = T_NS + tick * STEP_NS
        lines = (said(one, t_ns + round(off * S), dated=dated) for one, off in off_s.items())
        rejects = decoder.decode([RawChunk(source, t_ns, b"".join(lines))]).rejects
        out |= {one.device for one in rejects if one.reason == CLOCK_OFF}
    return out


LIVE, FILE = (Rules({"gw": SourceRules(live=is_live)}) for is_live in (True, False))
BESIDE = {"TT-02": 0.0, "TT-03": 0.02}


@pytest.mark.parametrize("off_s", [2.0, 18.0, 8 * HOUR_S, 1024 * 7 * 24 * HOUR_S])
def test_times_that_are_ahead_from_the_first_on_are_no_logs(off_s: float) -> None:
    assert named({"TT-01": off_s}) == {"TT-01"}
    assert named({"TT-01": off_s} | BESIDE) == {"TT-01"}


@pytest.mark.parametrize("off_s", [-HOUR_S, -1024 * 7 * 24 * HOUR_S])
def test_times_that_are_behind_from_the_first_on_are_a_clocks_beside_others_or_of_a_live_source(
    off_s: float,
) -> None:
    assert named({"TT-01": off_s}) == set()
    assert named({"TT-01": off_s} | BESIDE) == {"TT-01"}
    assert named({"TT-01": off_s}, rules=LIVE) == {"TT-01"}


def test_a_sentence_without_a_date_that_is_ahead_may_be_a_logs_unless_others_are_of_now() -> None:
    assert named({"TT-01": 5 * HOUR_S}, dated=False) == set()
    assert named({"TT-01": 5 * HOUR_S} | BESIDE, dated=False) == {"TT-01"}


@pytest.mark.parametrize("off_s", [5 * HOUR_S, -HOUR_S])
def test_times_of_a_file_are_a_logs_whatever_they_are(off_s: float) -> None:
    assert named({"TT-01": off_s}, rules=FILE) == set()
    assert named({"TT-01": off_s} | BESIDE, rules=FILE) == set()


@pytest.mark.parametrize("off_s", [-120.0, 120.0])
def test_where_most_are_off_by_the_same_it_is_our_clock_and_nobody_is_doubted(off_s: float) -> None:
    decoder = Decoder(rules=LIVE)
    others = {f"TT-{n:02}": off_s + n / 100 for n in range(1, 5)}
    assert named(others | {"TT-09": 0.0}, decoder=decoder) == set()
    assert f"120.0 s {'ahead' if off_s > 0 else 'behind'}" in decoder.offsets.told("gw")
    assert named({"TT-01": off_s, "TT-02": -off_s, "TT-03": 0.0}) == {"TT-01", "TT-02"}


def test_it_is_told_only_once_the_times_have_been_off_for_three_seconds() -> None:
    assert named({"TT-01": HOUR_S}, ticks=30) == set()
    decoder = Decoder()
    decoder.decode([RawChunk("gw", T_NS - 60 * S, said("TT-01", T_NS - 120 * S))])
    assert named({"TT-01": 0.0} | BESIDE, decoder=decoder) == set()


def test_other_words_of_the_same_device_that_are_of_now_tell_too() -> None:
    decoder, found = Decoder(), set()
    for tick in range(50):
        t_ns = T_NS + tick * STEP_NS
        lines = said("TT-01", t_ns - 3600 * S) + encode_motion("TT-01", t_ns, 3.0, 0.0)
        rejects = decoder.decode([RawChunk("gw", t_ns, lines)]).rejects
        found |= {one.device for one in rejects if one.reason == CLOCK_OFF}
    assert found == {"TT-01"}


def test_a_crane_without_a_receiver_is_told_as_well_and_others_of_another_source_tell_nothing() -> None:
    decoder, found = Decoder(), set()
    for tick in range(50):
        t_ns = T_NS + tick * STEP_NS
        ahead = encode_reading("RTG-1", t_ns + 3600 * S, hoist_m=3.0)
        chunks = [RawChunk("gw", t_ns, ahead), RawChunk("other", t_ns, said("TT-02", t_ns))]
        chunks += [RawChunk("log", t_ns, said("TT-01", t_ns - 3600 * S))]
        rejects = decoder.decode(chunks).rejects
        found |= {one.device for one in rejects if one.reason == CLOCK_OFF}
    assert found == {"RTG-1"}


def test_what_is_remembered_holds_since_when_times_are_off() -> None:
    decoder, other = Decoder(), Decoder()
    assert named({"TT-01": HOUR_S}, ticks=20, decoder=decoder) == set()
    other.recall(decoder.memory())
    later = RawChunk("gw", T_NS + 4 * S, said("TT-01", T_NS + 3604 * S) + said("TT-01", T_NS + 3605 * S))
    told = [[one.reason for one in each.decode([later]).rejects] for each in (decoder, other)]
    assert told == [[CLOCK_OFF], [CLOCK_OFF]]


def test_the_file_of_sources_says_which_are_live_and_those_of_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "log.nmea").write_bytes(b"")
    (tmp_path / "yard.toml").write_text(
        '[[source]]\nname = "a"\naddress = "udp:127.0.0.1:47113"\nlive = true\n'
        '[[source]]\nname = "b"\naddress = "tcp:127.0.0.1:47114"\n'
        '[[source]]\nname = "c"\naddress = "file:log.nmea"\n'
    )
    rules = rules_of(read_config(tmp_path / "yard.toml"))
    assert {name: one.live for name, one in rules.sources.items()} == {"a": True, "b": None, "c": False}

    opened = open_all([f"file:{tmp_path / 'log.nmea'}?device=TT-01"])
    opened[0].close()
    assert rules_of_specs(opened).sources["TT-01"].live is False
