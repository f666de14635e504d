"""Floods: who sends far more than expected is an alarm with its name, and what is only much is none."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from test_nine_attacks import STEP_NS, T0, TARGET, S, Said, Yard, at_work

from sensors.decoder import Decoder
from sensors.nmea import encode_gga, tag_block
from sensors.telemetry import encode_event, encode_motion
from twin import codec
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Freshness
from twin.flooding import Flooding
from twin.inputs import BoxAnnouncement, RawChunk
from twin.safety.rules import RULE_NAMES
from twin.safety.table import AlarmState
from twin.state import State
from twin.stock.table import BoxNotice

FLOODS = {"source_floods", "machine_floods"}
MUCH = 50
"""Lines a tick: 500 a second."""


Attack = Callable[[Yard, Said], tuple[bytes, bytes]]


def quiet(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return said.lines(yard.frame), b""


def repeated(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """Its own good sentences, again and again."""
    return said.lines(yard.frame) + said.fix(yard.frame) * (MUCH // 3), b""


def refused(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """Sentences in its name whose checksums are wrong."""
    broken = tag_block(TARGET) + b"$GNGGA,000001.00,,,,,0,00,99.9,,M,,M,,*00\r\n"
    return said.lines(yard.frame) + broken * MUCH, b""


def messages(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """JSON messages in its name."""
    many = (encode_motion(TARGET, said.t_ns - k, said.speed_mps, 0.0) for k in range(MUCH))
    return said.lines(yard.frame) + b"".join(many), b""


def foreign(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """A stranger that sends in its name without end."""
    return said.lines(yard.frame), replace(said, x_m=said.x_m + 80.0).fix(yard.frame) * (MUCH // 3)


def garbage(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    return said.lines(yard.frame), b"no sentence at all\r\n" * MUCH


def fix_of(name: str, t_ns: int) -> bytes:
    return encode_gga(t_ns, 121.6, 29.9, 5.0, 10.0, 4, 24, 0.6, tag=tag_block(name))


def nobody(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """A device that nobody announced."""
    return said.lines(yard.frame), fix_of("NOBODY", said.t_ns) * MUCH


def invented(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """Another invented name on every line."""
    names = (f"X{MUCH * yard.step + k}" for k in range(MUCH))
    return said.lines(yard.frame), b"".join(fix_of(name, said.t_ns) for name in names)


def untold(yard: Yard, said: Said) -> tuple[bytes, bytes]:
    """Messages of a device that nobody announced."""
    many = (encode_motion("NOBODY", said.t_ns - k, 1.0, 0.0) for k in range(MUCH))
    return said.lines(yard.frame), b"".join(many)


OF_MACHINE = (repeated, refused, messages, foreign)
OF_SOURCE = (garbage, nobody, invented, untold)


def told(state: State) -> dict[str, str]:
    """Give the floods that stand: rule -> what it is about."""
    alarms = state.alarms
    out = {}
    for row in np.flatnonzero(alarms.state != AlarmState.RETURNED).tolist():
        mover, source = int(alarms.mover[row]), int(alarms.source[row])
        about = bytes(state.fleet.name[mover]).decode() if mover >= 0 else state.flooding.sources[source]
        out[RULE_NAMES[int(alarms.rule[row])]] = about
    return {rule: about for rule, about in out.items() if rule in FLOODS}


def run(yard: Yard, attack: Attack, seconds: float) -> None:
    for _ in range(round(10 * seconds)):
        yard.tick(attack)


@pytest.mark.parametrize("attack", OF_MACHINE)
def test_a_flood_in_the_name_of_a_machine_is_an_alarm_and_doubts_it_alone(attack: Attack) -> None:
    yard = at_work().copy()
    run(yard, attack, 7.0)
    assert told(yard.state) == {"machine_floods": TARGET}
    tracks = yard.state.tracks
    assert tracks.freshness.tolist() == [Freshness.SUSPECT, Freshness.FRESH]
    assert tracks.suspect[0] in (Suspicion.FLOOD, Suspicion.FOREIGN)
    assert tracks.suspect[1] == Suspicion.NONE


@pytest.mark.parametrize("attack", OF_SOURCE)
def test_a_flood_of_no_machine_is_an_alarm_of_its_source_and_doubts_no_machine(attack: Attack) -> None:
    yard = at_work().copy()
    run(yard, attack, 7.0)
    assert told(yard.state) == {"source_floods": "stranger"}
    rate = yard.state.alarms.value[yard.state.alarms.source >= 0]
    assert rate == pytest.approx([10.0 * MUCH], rel=0.2)
    assert yard.state.tracks.suspect.tolist() == [Suspicion.NONE] * 2
    assert yard.state.tracks.freshness.tolist() == [Freshness.FRESH] * 2


def test_what_a_source_is_flooded_with_is_named_by_what_sends_most() -> None:
    yard = at_work().copy()
    run(yard, nobody, 3.0)
    rate, name = yard.state.flooding.by_source()["stranger"]
    assert (rate, name) == (pytest.approx(10.0 * MUCH), "NOBODY")


@pytest.mark.parametrize("attack", [repeated, garbage])
def test_the_alarm_of_a_flood_returns_once_it_is_over(attack: Attack) -> None:
    yard = at_work().copy()
    run(yard, attack, 7.0)
    assert told(yard.state)
    run(yard, quiet, 14.0)
    assert told(yard.state)
    run(yard, quiet, 4.0)
    assert not told(yard.state)
    assert not yard.state.flooding.senders
    assert yard.state.tracks.suspect.tolist() == [Suspicion.NONE] * 2


def test_a_flood_that_pauses_for_seconds_is_one_alarm() -> None:
    yard = at_work().copy()
    run(yard, garbage, 7.0)
    run(yard, quiet, 5.0)
    run(yard, garbage, 7.0)
    log = yard.state.alarm_log
    assert [RULE_NAMES[rule] for rule in log.rule.tolist() if RULE_NAMES[rule] in FLOODS] == ["source_floods"]


@pytest.mark.parametrize("attack", [repeated, garbage, invented])
def test_a_burst_of_four_seconds_is_no_flood(attack: Attack) -> None:
    yard = at_work().copy()
    run(yard, attack, 4.0)
    run(yard, quiet, 6.0)
    assert not told(yard.state)
    assert yard.state.tracks.suspect.tolist() == [Suspicion.NONE] * 2


def test_a_flood_that_began_before_a_keyframe_goes_on_after_it_bit_for_bit() -> None:
    live = at_work().copy()
    run(live, garbage, 3.3)
    again = live.copy()
    again.rng = np.random.default_rng()
    again.rng.bit_generator.state = live.rng.bit_generator.state
    again.state = codec.decode(codec.encode(live.state))
    for yard in (live, again):
        run(yard, garbage, 5.0)
    assert told(again.state)
    assert codec.encode(again.state) == codec.encode(live.state)


def test_a_thousand_machines_on_one_stream_are_no_flood() -> None:
    decoder = Decoder()
    names = [tag_block(f"TT-{k:04d}") for k in range(1000)]
    found = []
    for tick in range(4):
        t_ns = T0 + tick * STEP_NS
        fix = encode_gga(t_ns, 121.6, 29.9, 5.0, 10.0, 4, 24, 0.6)
        chunk = RawChunk("gateway", t_ns, b"".join((tag + fix) * 4 for tag in names))
        found.append(decoder.decode([chunk]).loads)
    assert found[1:] == [()] * 3


def test_invented_names_fill_no_memory_and_nobody_who_gave_a_position_is_forgotten_for_them() -> None:
    decoder = Decoder()
    decoder.decode(
        [RawChunk("gateway", T0 + k * STEP_NS, fix_of("TT-1", T0 + k * STEP_NS)) for k in range(3)]
    )
    sizes = []
    for tick in range(5, 11):
        names = (tag_block(f"X{tick}-{k}") for k in range(4000))
        fix = encode_gga(T0, 121.6, 29.9, 5.0, 10.0, 4, 24, 0.6)
        decoder.decode([RawChunk("gateway", T0 + tick * STEP_NS, b"".join(name + fix for name in names))])
        sizes.append(len(decoder.memory()))

    assert sizes[-1] <= max(sizes[:2])
    then_ns = T0 + 20 * STEP_NS
    found = decoder.decode([RawChunk("gateway", then_ns, fix_of("TT-1", then_ns) + fix_of("X", then_ns))])
    assert found.devices == ("TT-1",)
    assert found.fixes.t_ns.tolist() == [then_ns]


def test_what_is_received_in_a_second_at_once_may_be_ten_times_as_much() -> None:
    decoder = Decoder()
    chunks = [
        RawChunk("gateway", T0 + tick * STEP_NS, fix_of("TT-1", T0 + tick * STEP_NS) * 20)
        for tick in range(10)
    ]
    assert [load.lines for load in decoder.decode(chunks[:1]).loads] == []
    assert decoder.decode(chunks).loads == ()


def test_what_a_machine_kept_through_a_hole_is_no_flood() -> None:
    """Two minutes of it come in ten seconds, at five hundred lines a second."""
    yard = at_work().copy()
    kept: list[bytes] = []

    def give(yard: Yard, said: Said) -> tuple[bytes, bytes]:
        kept.append(said.lines(yard.frame))
        due, kept[:] = kept[:13], kept[13:]
        return b"".join(due), b""

    for k in range(1, 1200):
        old = replace(yard.heard[-1], t_ns=yard.heard[-1].t_ns + k * STEP_NS)
        kept.append(old.lines(yard.frame))
    yard.step += 1200
    run(yard, give, 9.0)
    assert kept
    assert yard.state.flooding.senders
    assert not told(yard.state)


def test_a_log_that_is_played_twenty_times_as_fast_is_no_flood() -> None:
    yard = at_work().copy()
    began = yard.state.t_ns

    def fast(yard: Yard, said: Said) -> tuple[bytes, bytes]:
        since_ns = yard.state.t_ns - began
        times = (began - 3600 * S + 20 * since_ns + k * STEP_NS for k in range(20))
        return b"", b"".join(fix_of("LOG", t_ns) * 4 for t_ns in times)

    run(yard, fast, 9.0)
    assert yard.state.flooding.senders
    assert not told(yard.state)


def test_a_list_of_ten_thousand_boxes_is_no_flood() -> None:
    yard = at_work().copy()

    def listed(yard: Yard, said: Said) -> tuple[bytes, bytes]:
        line = encode_event(BoxAnnouncement("TOS", said.t_ns, BoxNotice("MSCU6639870", "22G1", 20_000.0)))
        return said.lines(yard.frame), line * 10_000

    run(yard, listed, 0.1)
    run(yard, quiet, 8.0)
    assert not told(yard.state)


def test_where_nothing_is_too_much_the_state_of_floods_is_shared() -> None:
    yard = at_work().copy()
    run(yard, quiet, 1.0)
    before = yard.state.flooding
    run(yard, quiet, 1.0)
    assert yard.state.flooding is before
    assert before == Flooding()
