"""From chunks to batches: epochs, clocks, rejects, and that nothing is ever raised."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors import nmea, telemetry
from sensors.decoder import DECODERS, Decoder
from sensors.errors import SensorError
from sensors.nmea import encode_gga, encode_gst, encode_hdt, encode_rmc, tag_block
from twin.inputs import Batch, MachineNotice, RawChunk
from twin.tables import digest

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000
DAY_NS = 86_400 * 10**9


def epoch(t_ns: int, device: str = "TT-01", lon: float = 121.5, heading: float | None = 1.0) -> bytes:
    tag = tag_block(device)
    out = encode_gga(t_ns, lon, 31.2, 10.0, 9.5, 4, 20, 0.7, tag=tag)
    out += encode_rmc(t_ns, lon, 31.2, 3.0, 1.0, tag=tag)
    out += encode_gst(t_ns, 0.01, 0.01, 0.02, tag=tag)
    return out + (encode_hdt(heading, tag=tag) if heading is not None else b"")


def chunk(data: bytes, t_rx_ns: int = T_NS, source: str = "sim") -> RawChunk:
    return RawChunk(source, t_rx_ns, data)


def learnt() -> Decoder:
    """Give a decoder that has seen an epoch of TT-01 end, and hold nothing back."""
    decoder = Decoder()
    for k in (-2, -1):
        decoder.decode([chunk(epoch(T_NS + k * STEP_NS), T_NS + k * STEP_NS)])
    return decoder


def test_the_sentences_of_one_instant_make_one_fix():
    batch = learnt().decode([chunk(epoch(T_NS, heading=2.0), T_NS + 50)])

    fixes = batch.fixes
    assert batch.devices == ("TT-01",)
    assert fixes.t_ns.tolist() == [T_NS]
    assert fixes.t_rx_ns.tolist() == [T_NS + 50]
    assert (fixes.lon_deg[0], fixes.lat_deg[0], fixes.h_m[0]) == (121.5, 31.2, 19.5)
    assert (fixes.quality[0], fixes.satellites[0], fixes.hdop[0]) == (4, 20, 0.7)
    assert fixes.sigma_m[0] == pytest.approx(0.01)
    assert fixes.speed_mps[0] == pytest.approx(3.0, abs=3e-5)
    assert fixes.course_rad[0] == pytest.approx(1.0, abs=1e-5)
    assert fixes.heading_rad[0] == pytest.approx(2.0, abs=1e-5)
    assert batch.lines == 4


def test_the_first_epoch_of_a_device_waits_for_the_second():
    decoder = Decoder()

    first = decoder.decode([chunk(epoch(T_NS))])
    second = decoder.decode([chunk(epoch(T_NS + STEP_NS), T_NS + STEP_NS)])

    assert len(first.fixes) == 0
    assert second.fixes.t_ns.tolist() == [T_NS, T_NS + STEP_NS]


@pytest.mark.parametrize("sentences", [1, 2, 3])
def test_an_epoch_split_over_two_calls_is_one_fix(sentences: int):
    decoder = learnt()
    lines = epoch(T_NS).splitlines(keepends=True)

    first = decoder.decode([chunk(b"".join(lines[:sentences]), T_NS + 10)])
    second = decoder.decode([chunk(b"".join(lines[sentences:]), T_NS + 20)])

    assert len(first.fixes) == 0
    assert second.fixes.t_ns.tolist() == [T_NS]
    assert second.fixes.t_rx_ns.tolist() == [T_NS + 10]
    assert not math.isnan(second.fixes.heading_rad[0])
    assert not math.isnan(second.fixes.sigma_m[0])


def test_an_epoch_without_its_usual_end_comes_out_when_the_next_begins():
    decoder = learnt()

    held = decoder.decode([chunk(epoch(T_NS, heading=None), T_NS)])
    given_out = decoder.decode([chunk(epoch(T_NS + STEP_NS, heading=None), T_NS + STEP_NS)])

    assert len(held.fixes) == 0
    assert given_out.fixes.t_ns.tolist() == [T_NS, T_NS + STEP_NS]


def test_a_sentence_late_for_an_epoch_given_out_makes_no_second_fix():
    decoder = learnt()
    decoder.decode([chunk(epoch(T_NS))])

    late = decoder.decode([chunk(encode_gst(T_NS, 1.0, 1.0, 1.0, tag=tag_block("TT-01")))])
    following = decoder.decode([chunk(epoch(T_NS + STEP_NS), T_NS + STEP_NS)])

    assert len(late.fixes) == 0
    assert late.rejects == ()
    assert following.fixes.t_ns.tolist() in ([], [T_NS + STEP_NS])


def test_devices_mixed_in_one_chunk_keep_their_own_epochs():
    decoder = Decoder()
    lines = [
        epoch(T_NS + k * STEP_NS, f"TT-{i}", lon=121 + i).splitlines(True) for k in (0, 1) for i in (0, 1)
    ]
    mixed = [lines[0], lines[1]], [lines[2], lines[3]]
    data = b"".join(b"".join(pair) for group in mixed for pair in zip(*group, strict=True) for pair in [pair])

    batch = decoder.decode([chunk(data)])

    found = {(batch.devices[d], t, lon) for d, t, lon in zip(*_columns(batch), strict=True)}
    assert {("TT-0", T_NS, 121.0), ("TT-1", T_NS, 122.0)} <= found


def _columns(batch: Batch):
    return batch.fixes.device.tolist(), batch.fixes.t_ns.tolist(), batch.fixes.lon_deg.tolist()


def test_a_combined_solution_counts_more_than_one_constellation():
    decoder = Decoder()
    combined = encode_gga(T_NS, 121.5, 31.2, 10.0, 9.5, 4, 20, 0.7, talker="GN")
    partial = encode_gga(T_NS, 121.4, 31.2, 10.0, 9.5, 1, 5, 3.0, talker="GB")

    batch = decoder.decode([chunk(combined + partial + encode_gga(T_NS + STEP_NS, 0, 0, 0, 0, 1, 5, 1))])

    assert batch.fixes.lon_deg[0] == 121.5
    assert batch.fixes.quality[0] == 4


def test_an_epoch_without_a_position_is_no_fix():
    decoder = Decoder()
    data = encode_gga(T_NS, 0, 0, 0, 0, 0, 0, 99.9) + encode_rmc(T_NS, 0, 0, 0, 0, valid=False)

    batch = decoder.decode([chunk(data + data.replace(b".000,", b".100,"))])

    assert len(batch.fixes) == 0


def test_without_a_date_the_day_is_the_one_nearest_to_reception():
    midnight = (T_NS // DAY_NS + 1) * DAY_NS
    decoder = Decoder()
    before = encode_gga(midnight - STEP_NS, 121.5, 31.2, 0, 0, 4, 20, 0.7)
    after = encode_gga(midnight, 121.5, 31.2, 0, 0, 4, 20, 0.7)
    end = encode_gga(midnight + STEP_NS, 121.5, 31.2, 0, 0, 4, 20, 0.7)

    batch = decoder.decode([chunk(before + after + end, midnight + 50_000_000)])

    assert batch.fixes.t_ns.tolist()[:2] == [midnight - STEP_NS, midnight]


def test_a_clock_far_off_is_replaced_by_the_reception_and_keeps_its_spacing():
    decoder = Decoder()
    old = T_NS - 400 * DAY_NS
    fixes = []
    for k in range(20):
        jitter = (k * 7919) % 5 * 1_000_000
        batch = decoder.decode([chunk(epoch(old + k * STEP_NS), T_NS + k * STEP_NS + jitter)])
        fixes += batch.fixes.t_ns.tolist()

    assert np.all(np.diff(fixes)[5:] == STEP_NS)
    assert 0 <= T_NS + 19 * STEP_NS - fixes[-1] <= 5_000_000


def test_a_log_played_four_times_as_fast_never_runs_ahead_of_its_reception():
    decoder = Decoder()
    for k in range(200):
        t_rx_ns = T_NS + k * STEP_NS // 4
        batch = decoder.decode([chunk(epoch(T_NS - 400 * DAY_NS + k * STEP_NS), t_rx_ns)])
        assert np.all(batch.fixes.t_ns <= t_rx_ns)
        assert np.all(t_rx_ns - batch.fixes.t_ns < 10**9)


def test_a_clock_a_few_seconds_off_is_believed():
    batch = learnt().decode([chunk(epoch(T_NS), T_NS + 20 * 10**9)])

    assert batch.fixes.t_ns.tolist() == [T_NS]


@pytest.mark.parametrize("ahead_s", [1.5, 15.0, 29.0, 400.0])
def test_a_clock_ahead_of_the_reception_gives_no_fix_of_the_future_and_keeps_its_spacing(ahead_s: float):
    decoder, ahead_ns, fixes = Decoder(), round(ahead_s * 10**9), []
    for k in range(20):
        jitter = (k * 7919) % 5 * 1_000_000
        batch = decoder.decode([chunk(epoch(T_NS + k * STEP_NS + ahead_ns), T_NS + k * STEP_NS + jitter)])
        assert np.all(batch.fixes.t_ns <= batch.fixes.t_rx_ns)
        fixes += batch.fixes.t_ns.tolist()

    assert len(fixes) >= 18
    assert np.all(np.diff(fixes)[5:] == STEP_NS)


def test_a_clock_near_the_bound_of_what_is_ahead_does_not_jump_to_and_fro():
    decoder, fixes = Decoder(), []
    for k in range(40):
        t_rx_ns = T_NS + k * STEP_NS + (k % 3 - 1) * STEP_NS // 2
        batch = decoder.decode([chunk(epoch(T_NS + k * STEP_NS + 10**9), t_rx_ns)])
        fixes += batch.fixes.t_ns.tolist()

    assert np.count_nonzero(np.diff(fixes) < 0) <= 1


def test_events_and_readings_come_in_order_and_bad_ones_are_refused():
    lines = [
        telemetry.encode_event(MachineNotice("RTG-01", T_NS, "rtg", "A01")),
        telemetry.encode_reading("RTG-01", T_NS, 1.5, 12.25, 20_000.0, True, 40),
        telemetry.encode_reading("RTG-01", T_NS + 1, hoist_m=3.0),
        b'{"type":"crane","device":"RTG-01","t_ns":1e999}\n',
        b'{"type":"lorry"}\n',
        b'{"type":\n',
    ]

    batch = Decoder().decode([chunk(b"".join(lines))])

    assert batch.events == (MachineNotice("RTG-01", T_NS, "rtg", "A01"),)
    assert batch.cranes.t_ns.tolist() == [T_NS, T_NS + 1]
    assert batch.cranes.locked.tolist() == [1, -1]
    assert batch.cranes.length_ft.tolist() == [40, -1]
    assert math.isnan(batch.cranes.trolley_m[1])
    assert batch.cranes.hoist_m.tolist() == [12.25, 3.0]
    assert len(batch.rejects) == 3
    assert all(reject.reason and reject.source == "sim" for reject in batch.rejects)


def test_a_damaged_line_is_counted_and_costs_only_itself():
    damaged = epoch(T_NS).replace(b"121", b"1x1", 1)[:-2] + b"\r\n$GNGGA,12\r\n"

    batch = learnt().decode([chunk(damaged, T_NS)])

    assert [reject.reason for reject in batch.rejects] != []
    assert batch.lines == 5
    assert len(batch.rejects) <= 2


def test_a_reject_keeps_only_the_start_of_the_line():
    batch = Decoder().decode([chunk(b"x" * 5000)])

    assert len(batch.rejects[0].line) == 120


def test_memory_brings_a_decoder_back_exactly():
    data = [(epoch(T_NS + k * STEP_NS, f"TT-{i}"), T_NS + k * STEP_NS) for k in range(6) for i in range(3)]
    halves = [(line, t) for d, t in data for line in (d[:150], d[150:])]
    pieces = [RawChunk("s", t, line) for line, t in halves]
    one, other = Decoder(), Decoder()
    for piece in pieces[:17]:
        one.decode([piece])

    other.recall(one.memory())

    assert other.memory() == one.memory()
    for piece in pieces[17:]:
        assert digest(one.decode([piece])) == digest(other.decode([piece]))


@pytest.mark.parametrize("memory", [b"", b"{}", b"\x80", b"\x90", b'{"name":"AAAA"}', b"\xff" * 20])
def test_a_memory_that_is_none_is_refused(memory: bytes):
    with pytest.raises(SensorError, match="decoder memory"):
        Decoder().recall(memory)


def test_a_device_that_left_is_forgotten():
    decoder = learnt()
    empty = len(Decoder().memory())

    decoder.decode([chunk(b"# nothing\n", T_NS + 3600 * 10**9, "x")])
    decoder.decode([chunk(b"hello\n", T_NS + 3600 * 10**9, "x")])

    assert b"TT-" not in decoder.memory()
    assert len(decoder.memory()) >= empty


def test_every_message_type_is_in_the_table():
    assert {"GGA", "RMC", "GST", "HDT", "crane", "gate", "machine", "wind"} <= set(DECODERS)


def lines_of_all_kinds():
    good = st.sampled_from([*epoch(T_NS).splitlines(), telemetry.encode_reading("R", T_NS, 1.0).strip()])
    damaged = st.tuples(good, st.integers(0, 200), st.binary(max_size=4)).map(
        lambda p: p[0][: p[1]] + p[2] + p[0][p[1] + len(p[2]) :]
    )
    repaired = st.tuples(st.from_regex(r"\A(GN|BD)(GGA|RMC|GST|HDT)[-0-9,.NSEWAVM]{0,80}\Z")).map(
        lambda p: nmea.sentence(p[0]).strip()
    )
    tagged = st.tuples(st.binary(max_size=12), good).map(lambda p: b"\\" + p[0] + b"\\" + p[1])
    return st.one_of(good, damaged, repaired, tagged, st.binary(max_size=80))


@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(lines_of_all_kinds(), st.sampled_from([b"\n", b"\r\n", b"", b"\r\r\n"])), max_size=20)
)
def test_nothing_that_is_sent_raises_and_nothing_taken_is_out_of_range(parts):
    decoder = Decoder()
    data = b"".join(line + end for line, end in parts)

    for t_rx_ns in (T_NS, T_NS + STEP_NS):
        batch = decoder.decode([chunk(data, t_rx_ns, "a"), chunk(data[::-1], t_rx_ns, "b")])
        fixes = batch.fixes
        assert np.all(np.abs(fixes.lat_deg) <= 90)
        assert np.all(np.abs(fixes.lon_deg) <= 180)
        assert np.all(np.abs(fixes.t_ns - fixes.t_rx_ns) <= 30 * 10**9)
        assert not np.isinf([fixes.h_m, fixes.speed_mps, fixes.sigma_m]).any()
        assert len(batch.rejects) <= batch.lines + data.count(b"$") * 2
    decoder.recall(decoder.memory())


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_fixes_do_not_depend_on_where_chunks_are_cut(data):
    stream = b"".join(epoch(T_NS + k * STEP_NS, f"TT-{i}") for k in range(4) for i in range(2))
    lines = stream.splitlines(keepends=True)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=6)))
    pieces = [b"".join(lines[a:b]) for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    decoder = Decoder()

    found = set()
    for piece in pieces:
        batch = decoder.decode([chunk(piece)])
        found |= {(batch.devices[d], t) for d, t, _ in zip(*_columns(batch), strict=True)}

    expected = {(f"TT-{i}", T_NS + k * STEP_NS) for k in range(3) for i in range(2)}
    assert expected <= found


LOGS = Path(__file__).parents[1] / ".." / "shared" / "data" / "nmea" / "gpsd"


@pytest.mark.skipif(not LOGS.is_dir(), reason="the recorded receiver logs are not here")
@pytest.mark.parametrize("path", sorted(LOGS.glob("*.log")), ids=lambda path: path.name)
@pytest.mark.parametrize("lines", [3, 20])
def test_a_real_log_gives_the_same_positions_however_it_is_cut(path: Path, lines: int):
    data = path.read_bytes().splitlines(keepends=True)
    whole, pieces = Decoder(), Decoder()

    at_once = whole.decode([chunk(b"".join(data))]).fixes
    cut = [pieces.decode([chunk(b"".join(data[k : k + lines]))]).fixes for k in range(0, len(data), lines)]

    for name in ("lon_deg", "lat_deg", "h_m"):
        expected, found = getattr(at_once, name), np.concatenate([getattr(fixes, name) for fixes in cut])
        assert found.tolist() == pytest.approx(expected.tolist(), abs=0, nan_ok=True)
