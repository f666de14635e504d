"""Packets sent twice, late and out of order: the fixes are those of the undisturbed stream."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.clockfaults import CLOCK_OFF
from sensors.decoder import Decoder
from sensors.epochs import TWO
from sensors.merging import elsewhere
from sensors.nmea import encode_gga, encode_gst, encode_hdt, encode_rmc, tag_block
from sensors.order import BELIEVED, RAN_BACK, TWICE
from sensors.rules import Rules
from twin.inputs import RawChunk

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000
S = 1_000_000_000
DAY_NS = 86_400 * S


def packet(t_ns: int, device: str, lon: float = 121.5) -> bytes:
    tag = tag_block(device)
    return (
        encode_gga(t_ns, lon, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag)
        + encode_rmc(t_ns, lon, 31.2, 3.0, 1.0, tag=tag)
        + encode_gst(t_ns, 0.01, 0.01, 0.02, tag=tag)
        + encode_hdt(1.0, tag=tag)
    )


def found(decoder: Decoder, arrivals: list[tuple[int, bytes]]) -> tuple[set[tuple], list[tuple], list[str]]:
    """Decode what arrives, a call a tick; give the fixes as a set and as a list, and the reasons."""
    fixes, reasons = [], []
    end = arrivals[-1][0]
    for t_ns in range(arrivals[0][0], end + STEP_NS, STEP_NS):
        chunks = [RawChunk("udp", at, data) for at, data in arrivals if t_ns - STEP_NS < at <= t_ns]
        batch = decoder.decode(chunks)
        columns = batch.fixes.device.tolist(), batch.fixes.t_ns.tolist(), batch.fixes.lon_deg.tolist()
        fixes += [(batch.devices[d], t, lon) for d, t, lon in zip(*columns, strict=True)]
        reasons += [reject.reason for reject in batch.rejects]
    return set(fixes), fixes, reasons


def disturbed(sent: list[tuple[int, bytes]], seed: int) -> list[tuple[int, bytes]]:
    """Double 5 % of the packets and let 5 % come up to 5 s late."""
    chance = random.Random(seed)
    out = []
    for at, data in sent:
        out.append((at + (chance.randrange(5 * S) if chance.random() < 0.05 else 0), data))
        if chance.random() < 0.05:
            out.append((at + chance.randrange(5 * S), data))
    return sorted(out, key=lambda arrival: arrival[0])


AWAY_DEG = 30.0 / 111_320.0


@pytest.mark.parametrize("together", [True, False])
def test_a_second_receiver_of_a_name_moves_no_fix_and_is_refused_as_that(together: bool):
    """Both measure at the full tenths of a second; the second is heard in the same call, or in the next."""
    arrivals = []
    for k in range(20):
        at = T_NS + k * STEP_NS
        arrivals += [(at + 10_000_000, packet(at, "TT-1"))]
        arrivals += [(at + (20_000_000 if together else STEP_NS + 5), packet(at, "TT-1", 121.5 + AWAY_DEG))]

    _, fixes, reasons = found(Decoder(), sorted(arrivals, key=lambda arrival: arrival[0]))

    assert {lon for _, _, lon in fixes} == {121.5}
    assert reasons.count(TWO) >= 15


def test_talkers_that_differ_for_one_instant_are_one_receivers():
    tag, away = tag_block("TT-1"), 121.5 + AWAY_DEG
    gps = encode_gga(T_NS, away, 31.2, 10.0, 9.5, 1, 8, 1.2, talker="GP", tag=tag)

    batch = Decoder().decode([RawChunk("udp", T_NS, gps + packet(T_NS, "TT-1") + gps)])

    assert batch.rejects == ()


def test_places_on_both_sides_of_the_antimeridian_are_near():
    assert not elsewhere(179.999_999, -17.0, -179.999_999, -17.0)
    assert elsewhere(179.999_99, -17.0, -179.999_99, -17.0)


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 2**32), st.sampled_from([T_NS, (T_NS // DAY_NS + 1) * DAY_NS - 6 * S]))
def test_doubled_and_late_packets_give_the_fixes_of_the_stream_in_order_each_once(seed: int, begin: int):
    devices = [f"TT-{k}" for k in range(4)]
    sent = [
        (begin + k * STEP_NS + 1000, packet(begin + k * STEP_NS, name, 121.5 + 1e-5 * k))
        for k in range(120)
        for name in devices
    ]

    expected, _, refused = found(Decoder(), sent)
    came, each, reasons = found(Decoder(), disturbed(sent, seed))

    assert refused == []
    assert came == expected
    assert len(each) == len(came)
    assert set(reasons) <= {TWICE}


def test_a_packet_sent_twice_is_refused_once_and_counted():
    decoder = Decoder()
    for k in range(3):
        decoder.decode([RawChunk("udp", T_NS + k * STEP_NS, packet(T_NS + k * STEP_NS, "TT-1"))])

    batch = decoder.decode([RawChunk("udp", T_NS + 3 * STEP_NS, packet(T_NS + STEP_NS, "TT-1"))])

    assert len(batch.fixes) == 0
    assert [(reject.source, reject.reason) for reject in batch.rejects] == [("udp", TWICE)]


@pytest.mark.parametrize(("back", "lost"), [(1, 1), (2, 2), (8, 8), (40, BELIEVED - 1)])
@pytest.mark.parametrize("calls", [1, 2, 100])
def test_every_epoch_of_a_stretch_that_comes_twice_is_a_fix_or_is_counted(back: int, lost: int, calls: int):
    """Whether the stretch is in the call of the first, in another, or every epoch in its own."""
    times = [*range(60), *range(60 - back, 100)]
    packets = [packet(T_NS + k * S, "TT-1") for k in times]
    decoder = Decoder(rules=Rules(as_sent=True))

    size = -(-len(packets) // calls)
    cut = [b"".join(packets[k : k + size]) for k in range(0, len(packets), size)]
    batches = [*(decoder.decode([RawChunk("x", T_NS, part)]) for part in cut), decoder.finish()]

    refused = [reject.reason for batch in batches for reject in batch.rejects]
    assert sum(len(batch.fixes) for batch in batches) == len(times) - len(refused)
    assert refused == [RAN_BACK if lost < back else TWICE] * lost


@pytest.mark.parametrize("times", [2, 500])
def test_of_sentences_sent_again_within_their_epoch_each_position_is_counted(times: int):
    again = b"".join(times * line for line in packet(T_NS, "TT-1").splitlines(keepends=True))

    batch = Decoder().decode([RawChunk("udp", T_NS, again + packet(T_NS + S, "TT-1"))])

    assert len(batch.fixes) == 1
    assert [reject.reason for reject in batch.rejects] == [TWICE] * (times - 1)


def test_sentences_of_one_epoch_that_overtook_the_next_are_still_one_fix():
    first, second = (packet(T_NS + k * S, "TT-1").splitlines(keepends=True) for k in range(2))

    batch = Decoder().decode(
        [RawChunk("udp", T_NS, b"".join(first[:1] + second[:1] + first[1:] + second[1:]))]
    )

    assert [batch.fixes.speed_mps[0], batch.rejects] == [pytest.approx(3.0, abs=1e-3), ()]


def test_a_position_a_constellation_is_told_of_no_epoch_that_comes_twice():
    tag = tag_block("TT-1")
    each = [
        encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 1, sats, 1.2, talker=talker, tag=tag)
        for talker, sats in (("GP", 5), ("GA", 1))
    ]

    batch = Decoder().decode([RawChunk("udp", T_NS, b"".join(each))])

    assert batch.rejects == ()


def test_a_late_fix_keeps_the_time_at_which_it_was_measured():
    decoder = Decoder()
    for k in (0, 1, 2, 4, 5):
        decoder.decode([RawChunk("udp", T_NS + k * STEP_NS, packet(T_NS + k * STEP_NS, "TT-1"))])

    batch = decoder.decode([RawChunk("udp", T_NS + 6 * STEP_NS, packet(T_NS + 3 * STEP_NS, "TT-1"))])

    assert batch.fixes.t_ns.tolist() == [T_NS + 3 * STEP_NS]


def test_a_time_that_runs_back_is_refused_until_it_has_gone_on_for_some_epochs():
    decoder = Decoder()
    for k in range(4):
        decoder.decode([RawChunk("x", T_NS + k * STEP_NS, packet(T_NS + k * STEP_NS, "TT-1"))])
    taken, reasons = [], []
    for k in range(4, 24):
        replayed = packet(T_NS - 3600 * S + k * STEP_NS, "TT-1")
        batch = decoder.decode([RawChunk("x", T_NS + k * STEP_NS, replayed)])
        taken.append(len(batch.fixes))
        reasons += [reject.reason for reject in batch.rejects]

    assert reasons == [RAN_BACK] * (BELIEVED - 1) + [CLOCK_OFF]
    assert sum(taken[: BELIEVED - 1]) == 0
    assert sum(taken) >= 20 - BELIEVED


def test_one_time_far_ahead_does_not_silence_a_device():
    decoder = Decoder()
    fixes = 0
    for k in range(30):
        t_ns = T_NS + k * STEP_NS
        jump = 6 * 3600 * S if k == 10 else 0
        fixes += len(decoder.decode([RawChunk("x", t_ns, packet(t_ns + jump, "TT-1"))]).fixes)

    assert fixes >= 30 - BELIEVED - 2


@pytest.mark.parametrize("step_s", [3600, -3600])
def test_a_host_clock_set_by_an_hour_loses_no_fix_and_makes_none_younger_than_its_reception(step_s: int):
    decoder = Decoder()
    ages_s = []
    for k in range(100):
        t_ns = T_NS + k * STEP_NS
        t_rx_ns = t_ns + 20_000_000 + (step_s * S if k >= 50 else 0)
        batch = decoder.decode([RawChunk("x", t_rx_ns, packet(t_ns, "TT-1"))])
        ages_s += ((t_rx_ns - batch.fixes.t_ns) / S).tolist()

    assert len(ages_s) >= 99
    assert min(ages_s) >= -1e-9
    assert max(ages_s) < 0.5


def test_memory_keeps_what_was_given_out():
    decoder = Decoder()
    for k in range(4):
        decoder.decode([RawChunk("x", T_NS + k * STEP_NS, packet(T_NS + k * STEP_NS, "TT-1"))])
    other = Decoder()
    other.recall(decoder.memory())

    batch = other.decode([RawChunk("x", T_NS + 4 * STEP_NS, packet(T_NS + 2 * STEP_NS, "TT-1"))])

    assert [reject.reason for reject in batch.rejects] == [TWICE]
    assert np.array_equal(batch.fixes.t_ns, [])
