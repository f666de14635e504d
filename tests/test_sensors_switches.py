"""A simulated yard made worse, or attacked: each switch does what it says, and equal seeds the same."""

import time
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.errors import SourceError
from sensors.simulation.attacks import FOREIGN
from sensors.simulation.emitter import Emitter
from sensors.simulation.fault_words import COUNTED
from sensors.simulation.places import Places
from sensors.simulation.receiver import NOISES, PERFECT, Receivers
from sensors.simulation.switches import USUAL, Switches, parse_switches
from sensors.sources.simulated import SimulatedSource
from twin.fleet.kinds import KIND_NAMES
from twin.frames import YardFrame
from twin.inputs import RawChunk
from twin.stock.generate import fill
from twin.yard.slots import slots_of

T_NS = 1_790_000_000_000_000_000
STEP_NS = 100_000_000
YARD = compact_yard()
FRAME = YardFrame.of(YARD.georeference)
FIRST, SECOND = "TT-01", "TT-02"
KINDS = np.array([KIND_NAMES.index("terminal_tractor")] * 2, np.int8)


def truth(k: int, speed_mps: float = 2.0, y_m: float = -300.0) -> SimpleNamespace:
    """Give two tractors that drive east, far from all blocks."""
    nan = np.full(2, np.nan)
    return SimpleNamespace(
        t_ns=T_NS + k * STEP_NS, events=(), name=np.array([FIRST, SECOND], "S16"), kind=KINDS,
        present=np.ones(2, np.bool_), x_m=np.array([0.0, 50.0]) + 0.1 * speed_mps * k,
        y_m=np.full(2, y_m), heading_rad=np.zeros(2), speed_mps=np.full(2, speed_mps),
        yaw_rate_rps=np.full(2, 0.1), trolley_m=nan, hoist_m=nan, locked=np.zeros(2, np.bool_), load_kg=nan,
        spreader_ft=np.full(2, -1, np.int8),
    )  # fmt: skip


def sent(switches: Switches, steps: int = 100, seed: int = 1, **more) -> list[RawChunk]:
    emitter = Emitter(FRAME, YARD, seed, PERFECT)
    emitter.switch(switches)
    return [chunk for k in range(steps) for chunk in emitter.emit(truth(k, **more))]


def decoded(switches: Switches, steps: int = 100, **more) -> tuple[dict, list[str]]:
    """Give (t [s], x, y, quality, reception [s]) by device, and why what was refused."""
    decoder, found, reasons = Decoder(), {FIRST: [], SECOND: []}, []
    for chunk in sent(switches, steps, **more):
        batch = decoder.decode([chunk])
        reasons += [reject.reason for reject in batch.rejects]
        f = batch.fixes
        xyz = FRAME.yard_from_geodetic(f.lon_deg, f.lat_deg, f.h_m)
        for row, device in enumerate(f.device.tolist()):
            t_s, rx_s = (f.t_ns[row] - T_NS) / 1e9, (f.t_rx_ns[row] - T_NS) / 1e9
            name = batch.devices[device]
            found.setdefault(name, []).append((t_s, xyz[row, 0], xyz[row, 1], f.quality[row], rx_s))
    return {name: np.array(rows) for name, rows in found.items()}, reasons


def off_m(rows: np.ndarray, start_m: float = 0.0) -> np.ndarray:
    """Give how far east of the truth fixes are; the antenna is ahead of the axle by a fixed way."""
    return rows[:, 1] - (start_m + 2.0 * rows[:, 0]) - 2.9


def test_a_jump_puts_the_target_aside_and_no_other():
    found, _ = decoded(Switches(jump_m=25.0, target=SECOND))

    assert np.abs(off_m(found[SECOND], 50.0) - 25.0).max() < 0.01
    assert np.abs(off_m(found[FIRST])).max() < 0.01


def test_imitated_satellites_lead_all_receivers_away():
    found, _ = decoded(Switches(spoof_m=40.0))

    assert np.abs(off_m(found[FIRST]) - 40.0).max() < 0.01
    assert np.abs(off_m(found[SECOND], 50.0) - 40.0).max() < 0.01


def test_a_drift_grows_with_time():
    found, _ = decoded(Switches(drift_mps=0.5))

    assert np.abs(off_m(found[FIRST]) - 0.5 * found[FIRST][:, 0]).max() < 0.01


def test_a_frozen_receiver_repeats_its_place_while_its_clock_and_wheels_go_on():
    found, _ = decoded(Switches(frozen=True))
    odometers = [
        Decoder().decode([chunk]).motions.odometer_mps.tolist() for chunk in sent(Switches(frozen=True), 20)
    ]

    assert np.ptp(found[FIRST][:, 1]) < 0.01
    assert np.ptp(found[FIRST][:, 0]) > 9.0
    assert np.ptp(found[SECOND][:, 1]) > 15.0
    assert odometers[-1] == [2.0, 2.0]


def test_a_wrong_fix_is_off_for_a_quarter_of_the_time_and_called_fixed():
    found, _ = decoded(Switches(wrong_fix_m=1.5), 400)
    wrong = np.abs(off_m(found[FIRST]) - 1.5) < 0.01

    assert wrong.mean() == pytest.approx(0.25, abs=0.02)
    assert (found[FIRST][wrong, 3] == 4).all()
    assert np.abs(off_m(found[FIRST])[~wrong]).max() < 0.01


def test_a_wrong_clock_is_in_the_targets_sentences_alone():
    chunks = sent(Switches(clock_s=3600.0), 3)
    lines = [line for chunk in chunks for line in chunk.data.splitlines() if b"GGA" in line]
    hours = {line[3:8].decode(): line.split(b",")[1][:2] for line in lines}

    assert int(hours[FIRST]) == (int(hours[SECOND]) + 1) % 24


def test_what_was_sent_a_while_ago_is_sent_once_more():
    chunks = sent(Switches(replay_s=3.0), 60)
    lines = [line for chunk in chunks for line in chunk.data.splitlines() if b"GGA" in line]
    again = [line for line in lines if lines.count(line) == 2]

    assert {line[3:8].decode() for line in again} == {FIRST}
    assert len(again) >= 2 * 25


def test_a_second_device_of_one_name_is_on_the_same_line_and_a_foreign_one_on_its_own():
    twice = sent(Switches(duplicate_m=80.0), 20)
    foreign = sent(Switches(foreign_m=80.0), 20)

    assert {chunk.source for chunk in twice} == {"simulation"}
    assert {chunk.source for chunk in foreign} == {"simulation", FOREIGN}
    assert all(chunk.data.startswith(b"\\s:TT-01*") for chunk in foreign if chunk.source == FOREIGN)


def test_a_flood_is_as_wide_as_told():
    lines = sum(chunk.data.count(b"NOBODY") for chunk in sent(Switches(flood_per_s=300.0), 100))

    assert lines == pytest.approx(3000, abs=31)


def test_an_outage_of_some_constellations_floats_and_one_of_all_gives_no_position():
    some, _ = decoded(Switches(outage=1), 20)
    decoder = Decoder()
    none = [decoder.decode([chunk]) for chunk in sent(Switches(outage=2), 20)]

    assert set(some[FIRST][:, 3]) == {5.0}
    assert sum(len(batch.fixes) for batch in none) == 0
    assert sum(len(batch.motions) for batch in none) > 20
    assert not [reject for batch in none for reject in batch.rejects]


def test_latency_and_jitter_are_in_the_reception_and_not_in_the_measurement():
    found, _ = decoded(Switches(latency_s=0.3, jitter_s=0.2), 200)
    delay_s = found[FIRST][:, 4] - found[FIRST][:, 0]

    assert delay_s.min() >= 0.3 - 1e-6
    assert delay_s.mean() == pytest.approx(0.5, abs=0.1)
    assert np.abs(off_m(found[FIRST])).max() < 0.01


def test_packets_come_twice_and_late_and_each_fix_is_given_out_once():
    switches = Switches(duplicates=0.05, late=0.05)
    packets = [chunk.data for chunk in sent(switches, 300)]
    found, reasons = decoded(switches, 300)
    plain, _ = decoded(Switches(), 300)

    lines = [line for data in packets for line in data.splitlines() if b"GGA" in line]
    assert len(lines) / len(set(lines)) == pytest.approx(1.05, abs=0.02)
    assert set(reasons) <= {"epoch given out before"}
    for name in (FIRST, SECOND):
        times = sorted(found[name][:, 0])
        assert len(times) == len(set(times))
        assert len(times) >= len(plain[name]) - 55
        assert (np.diff(found[name][:, 0]) < 0).any()
        assert set(times) <= set(plain[name][:, 0])


def test_multipath_is_worse_beside_a_block_alone():
    block = YARD.blocks[0].origin_yard_m

    def spread_m(multipath: float, south_m: float) -> float:
        receivers = Receivers(Places(YARD), NOISES["demo"], 1)
        receivers.multipath = multipath
        rows = []
        for k in range(1500):
            instant = truth(k, 0.0)
            instant.x_m, instant.y_m = np.full(2, block[0]), np.full(2, block[1] - south_m)
            epoch, _ = receivers.report(instant)
            rows.append(np.column_stack((epoch.x_m, epoch.y_m))[epoch.quality == 4])
        return float(np.concatenate(rows).std(axis=0).mean())

    assert spread_m(10.0, 4.0) > 3 * spread_m(1.0, 4.0)
    assert spread_m(10.0, 2_000.0) == spread_m(1.0, 2_000.0)


def test_wrong_solutions_of_the_yard_noise_come_every_few_minutes():
    emitter = Emitter(FRAME, YARD, 3)
    emitter.switch(Switches(noise="yard"))
    wrong = total = 0
    for k in range(6000):
        epoch, _ = emitter._receivers.report(truth(k, 0.0))
        fixed = epoch.quality == 4
        away = np.hypot(epoch.x_m - np.array([2.9, 52.9])[epoch.row], epoch.y_m + 300.0)
        wrong += int((away[fixed] > 0.3).sum())
        total += int(fixed.sum())

    assert 0.002 < wrong / total < 0.05


def test_equal_seeds_give_equal_bytes_and_others_do_not():
    switches = Switches(noise="yard", jitter_s=0.1, duplicates=0.05, late=0.05, drift_mps=0.5)

    assert sent(switches, 50) == sent(switches, 50)
    assert sent(switches, 50) != sent(switches, 50, seed=2)


def test_faults_are_read_from_words():
    assert parse_switches(["noise=yard", "late=0.1", "frozen", "blind=off", "target=RTG-03"]) == Switches(
        noise="yard", late=0.1, frozen=True, blind=False, target="RTG-03"
    )
    for name in USUAL:
        assert getattr(parse_switches([name]), name) == USUAL[name]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rain", "fault 'rain': expected NAME or NAME=VALUE"),
        (
            "jmp_m=3",
            "fault 'jmp_m=3': expected NAME or NAME=VALUE, found no fault 'jmp_m'; write 'jump_m' (metres)",
        ),
        ("jump_cm=3", "; write 'jump_m' (metres)"),
        ("target", "fault 'target': expected target=VALUE, the name of a machine"),
        ("late=much", "fault late: expected a number (a share from 0 to 1), found 'much'"),
        ("late=nan", "fault late: expected a number"),
        ("late=1.5", "fault late: expected 0 to 1 (a share from 0 to 1), found 1.5"),
        ("late=5%", "found '5%'; write late=0.05"),
        ("jump_m=25m", "fault jump_m: expected a number (metres), found '25m'; write jump_m=25"),
        ("latency_s=0,5", "fault latency_s: expected a number (seconds), found '0,5'; write latency_s=0.5"),
        ("clock_s=1h", "; write clock_s=3600"),
        ("drift_mps=7.2 km/h", "; write drift_mps=2"),
        ("outage=0.5", "fault outage: expected a number"),
        ("frozen=perhaps", "fault frozen: expected on or off"),
        ("noise=loud", "fault noise: expected one of perfect, clean, demo, yard"),
        ("noise=yrd", "found 'yrd'; write 'yard'"),
    ],
)
def test_a_word_that_is_no_fault_is_refused_by_name(text: str, said: str):
    with pytest.raises(SourceError) as refused:
        parse_switches([text])
    assert said in str(refused.value)


@pytest.mark.parametrize("word", ["1,000", "3 furlongs", "m"])
def test_a_number_that_may_mean_two_is_not_guessed(word: str):
    with pytest.raises(SourceError) as refused:
        parse_switches([f"jump_m={word}"])
    assert str(refused.value) == f"fault jump_m: expected a number (metres), found {word!r}"


def test_every_fault_has_words_for_what_it_is_counted_in_and_the_manual_names_it():
    manual = (Path(__file__).parents[1] / "sensors" / "README.md").read_text("utf-8")

    assert tuple(COUNTED) == Switches.__struct_fields__
    assert set(USUAL) == set(COUNTED) - {"target"}
    assert all(f"`{name}" in manual for name in COUNTED)


@pytest.mark.parametrize("inline", [True, False])
def test_a_trainer_switches_a_running_simulation_also_in_a_process_of_its_own(inline: bool):
    slots = slots_of(YARD)
    source = SimulatedSource(
        YARD, slots, fill(YARD, slots, 50, 1, T_NS), seed=1, t_ns=T_NS, inline=inline, speed=4.0
    )
    source.switch(Switches(flood_per_s=1000.0))
    ends, flooded, k = time.monotonic() + 30.0, False, 0
    while not flooded and time.monotonic() < ends:
        if inline:
            k += 1
            source.advance_to(T_NS + k * STEP_NS)
        flooded = any(b"NOBODY" in chunk.data for chunk in source.poll())
        time.sleep(0.0 if inline else 0.02)
    source.close()

    assert flooded


def test_an_attack_of_the_command_line_begins_after_its_seconds_and_the_noise_at_once():
    slots = slots_of(YARD)
    stock, switches = (
        fill(YARD, slots, 50, 1, T_NS),
        parse_switches(["flood_per_s=1000", "after_s=3", "late"]),
    )
    source = SimulatedSource(YARD, slots, stock, seed=1, t_ns=T_NS, inline=True, switches=switches)
    flooded = []
    for k in range(1, 50):
        source.advance_to(T_NS + k * STEP_NS)
        flooded.append(any(b"NOBODY" in chunk.data for chunk in source.poll()))
    source.close()

    assert not any(flooded[:29])
    assert all(flooded[35:])
    assert switches.harmless() == parse_switches(["after_s=3", "late"])


def test_another_switch_meanwhile_lets_no_attack_begin_before_its_time():
    slots = slots_of(YARD)
    switches = parse_switches(["flood_per_s=1000", "after_s=3"])
    source = SimulatedSource(
        YARD, slots, fill(YARD, slots, 50, 1, T_NS), seed=1, t_ns=T_NS, inline=True, switches=switches
    )
    flooded = []
    for k in range(1, 40):
        source.advance_to(T_NS + k * STEP_NS)
        if k == 10:
            source.switch(msgspec.structs.replace(switches, latency_s=0.1))
        flooded.append(any(b"NOBODY" in chunk.data for chunk in source.poll()))
    source.close()

    assert not any(flooded[:29])
    assert any(flooded[30:])


def test_a_speed_below_what_is_allowed_is_no_speeding():
    with pytest.raises(SourceError, match=r"fault speeding: expected 1 to 5 .*, or 0, found 0.5"):
        parse_switches(["speeding=0.5"])
    assert parse_switches(["speeding=0"]).speeding == 0.0
