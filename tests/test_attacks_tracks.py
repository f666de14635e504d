"""Attacks on positions and faults of receivers: each is marked, with its reason, and believed by none."""

from copy import deepcopy
from functools import lru_cache

import numpy as np
import pytest

from benchmarks.yard_noise import NS, STEP_S, T0_NS, Vehicles
from layouts.generator import compact_yard
from sensors.decoder import Decoder
from sensors.nmea import encode_gga, tag_block
from sensors.telemetry import encode_event
from twin import engine
from twin.clock import ManualClock
from twin.fleet import roster, tracking
from twin.fleet.epochs import stacked
from twin.fleet.suspicion import REASONS, Suspicion
from twin.fleet.table import Freshness
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.stock import moves
from twin.yard.slots import slots_of

N = 4
QUIET_S = 20.0


@lru_cache(maxsize=1)
def at_work():
    return Yard()


def yard_at_work():
    """Give a yard whose tracks have settled."""
    return deepcopy(at_work())


class Yard:
    """Vehicles at work, and whoever is between their receivers and the twin."""

    def __init__(self):
        self.vehicles = Vehicles(N, 2)
        names = [f"TT-{i}" for i in range(N)]
        self.fleet, self.tracks = roster.enlist(
            roster.empty_fleet(), roster.no_tracks(), names, self.vehicles.kind.tolist(), [-1] * N
        )
        self.heard = []
        self.run(QUIET_S)

    def run(self, seconds, change=lambda said, step: [said]):
        """Go on; machine 0 is attacked: ``change`` gives what is heard of it instead."""
        self.suspected, self.errors = np.zeros((N, len(Suspicion)), np.int64), []
        for step in range(round(seconds / STEP_S)):
            now = self.vehicles.next()
            self.heard.append(now.said.take(np.array([0])))
            parts = [now.said.take(np.arange(1, N)), *change(now.said.take(np.array([0])), step)]
            self.tracks, _ = tracking.take(self.fleet, self.tracks, stacked(parts), t_ns=now.t_ns)
            self.tracks = tracking.at(self.fleet, self.tracks, now.t_ns)
            self.suspected[np.arange(N), self.tracks.suspect] += 1
            xy = np.array((self.tracks.x_m, self.tracks.y_m))
            self.errors.append(np.hypot(*(xy - now.pose[:2])))

    def reasons(self, machine):
        """Give the reasons for which a machine was doubted."""
        return {Suspicion(code) for code in np.flatnonzero(self.suspected[machine]) if code}


def moved(said, dx, dy, **columns):
    return said.with_columns(x_m=said.x_m + dx, y_m=said.y_m + dy, **columns)


def test_vehicles_at_work_are_doubted_for_nothing_but_wrong_fixes():
    yard = yard_at_work()
    yard.run(60.0)
    for machine in range(N):
        assert yard.reasons(machine) <= {Suspicion.WRONG_FIX}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda said, step: [moved(said, 40.0, 0.0)], Suspicion.JUMP),
        (lambda said, step: [moved(said, 0.0, 0.8)], Suspicion.WRONG_FIX),
        (lambda said, step: [moved(said, 0.5 * step * STEP_S, 0.0)], Suspicion.DRIFT),
        (lambda said, step: [moved(said, 0.15 * step * STEP_S, 0.0)], Suspicion.DRIFT),
        (lambda said, step: [moved(said, 30.0 * ((step // 3) % 2), 0.0)], Suspicion.TWICE),
        (lambda said, step: [said, moved(said, 30.0, 0.0)], Suspicion.TWICE),
        (lambda said, step: [said.with_columns(t_ns=said.t_ns + 3600 * NS)], Suspicion.CLOCK),
    ],
    ids=["jump", "wrong fix", "fast drift", "slow drift", "by turns", "at once", "clock ahead"],
)
def test_an_attack_is_marked_with_its_reason_and_not_believed(change, reason):
    yard = yard_at_work()
    yard.run(15.0, change)
    assert reason in yard.reasons(0)
    assert REASONS[reason]
    assert yard.tracks.freshness[0] in (Freshness.SUSPECT, Freshness.STALE, Freshness.LOST)
    for machine in range(1, N):
        assert yard.reasons(machine) <= {Suspicion.WRONG_FIX}


@pytest.mark.parametrize("code", [Suspicion.CLOCK, Suspicion.FOREIGN, Suspicion.REPLAYED])
def test_a_wrong_fix_that_a_good_one_follows_does_not_clear_a_machine_of_what_else_speaks_against_it(code):
    yard = yard_at_work()

    def change(said, step):
        if step == 0:
            found = [(0, code)] * 3
            yard.tracks = tracking.accused(yard.fleet, yard.tracks, found, int(said.t_ns[0]))
        return [moved(said, 0.8, 0.0)] if step == 1 else [said]

    yard.run(2.0, change)
    assert yard.tracks.suspect[0] == code
    assert yard.tracks.freshness[0] == Freshness.SUSPECT


def test_a_machine_whose_clock_is_wrong_is_doubted_for_that_while_its_fixes_lag_its_wheels():
    """What is moved to its reception was measured a tenth of a second before: at speed that leans."""
    yard = yard_at_work()

    def change(said, step):
        if step % 50 == 0:
            found = [(0, Suspicion.CLOCK)]
            yard.tracks = tracking.accused(yard.fleet, yard.tracks, found, int(said.t_ns[0]))
        return [moved(said, 0.15 * step * STEP_S, 0.0)]

    yard.run(20.0, change)
    assert yard.reasons(0) == {Suspicion.CLOCK}


def test_a_drift_of_half_a_metre_a_second_is_marked_within_three_seconds():
    yard = yard_at_work()
    yard.run(3.0, lambda said, step: [moved(said, 0.5 * step * STEP_S, 0.0)])
    assert yard.tracks.freshness[0] == Freshness.SUSPECT
    assert np.array(yard.errors)[:, 0].max() < 0.3


@pytest.mark.parametrize("way", [(1.0, 0.0), (0.0, 1.0)])
def test_a_drift_of_a_decimetre_a_second_is_marked_and_leads_a_standing_machine_nowhere(way):
    yard = yard_at_work()
    yard.vehicles.wanted_mps[:], yard.vehicles.left_s[:] = 0.0, 100.0
    yard.run(12.0)
    off = lambda step: 0.1 * step * STEP_S  # noqa: E731
    yard.run(30.0, lambda said, step: [moved(said, way[0] * off(step), way[1] * off(step))])
    assert yard.tracks.suspect[0] == Suspicion.DRIFT
    assert yard.suspected[0, Suspicion.NONE] < 50
    assert np.array(yard.errors)[:, 0].max() < 0.5


def test_a_replayed_stretch_is_marked_and_changes_no_place():
    yard = yard_at_work()
    old = list(yard.heard)
    yard.run(5.0, lambda said, step: [said, old[step]])
    assert yard.reasons(0) == {Suspicion.REPLAYED}
    assert np.array(yard.errors)[:, 0].max() < 0.3


def test_a_receiver_that_stands_while_the_wheels_turn_is_marked_frozen():
    yard = yard_at_work()
    yard.vehicles.wanted_mps[:], yard.vehicles.left_s[:] = 3.0, 100.0
    yard.run(5.0)
    last = next(said for said in reversed(yard.heard) if np.isfinite(said.x_m[0]))
    still = {name: getattr(last, name) for name in ("x_m", "y_m", "sigma_m", "heading_rad", "quality")}
    yard.run(6.0, lambda said, step: [said.with_columns(**still)])
    assert Suspicion.FROZEN in yard.reasons(0)
    assert yard.tracks.freshness[0] == Freshness.SUSPECT


def test_a_flood_is_marked_and_only_its_newest_fixes_are_looked_at():
    yard = yard_at_work()

    def flood(said, step):
        row = np.zeros(400, np.int32)
        return [said.take(row).with_columns(t_ns=said.t_ns[0] - np.arange(400) * 100_000)]

    yard.run(1.0, flood)
    assert Suspicion.FLOOD in yard.reasons(0)
    assert yard.tracks.freshness[0] == Freshness.SUSPECT


def test_a_suspicion_ends_ten_seconds_after_its_last_evidence():
    yard = yard_at_work()
    yard.run(5.0, lambda said, step: [said, moved(said, 30.0, 0.0)])
    assert yard.tracks.suspect[0] == Suspicion.TWICE
    yard.run(20.0)
    assert yard.tracks.suspect[0] in (Suspicion.NONE, Suspicion.WRONG_FIX)


def test_fixes_that_agree_for_twenty_seconds_are_believed_against_the_wheels():
    yard = yard_at_work()
    yard.run(18.0, lambda said, step: [moved(said, 6.0, 0.0)])
    assert np.array(yard.errors)[-1, 0] < 1.0
    yard.run(20.0, lambda said, step: [moved(said, 6.0, 0.0)])
    assert np.array(yard.errors)[-1, 0] == pytest.approx(6.0, abs=0.5)


def test_a_track_whose_first_refused_fix_was_near_is_believed_again_too():
    yard = yard_at_work()
    near = lambda step: 0.3 if step < 3 else 6.0  # noqa: E731
    yard.run(28.0, lambda said, step: [moved(said, near(step), 0.0)])
    assert np.array(yard.errors)[-1, 0] == pytest.approx(6.0, abs=0.5)
    yard.run(12.0, lambda said, step: [moved(said, 6.0, 0.0)])
    assert yard.tracks.suspect[0] == Suspicion.MOVED


def test_fixes_off_to_one_place_at_once_are_no_drift():
    yard = yard_at_work()
    yard.run(5.0, lambda said, step: [moved(said, 0.0, 0.32)])
    assert Suspicion.DRIFT not in yard.reasons(0)


def test_a_machine_whose_fixes_stop_is_late_on_its_wheels_and_then_lost():
    yard = yard_at_work()
    nothing = {name: np.array([np.nan]) for name in ("x_m", "y_m", "sigma_m", "heading_rad")}
    wheels_only = lambda said, step: [said.with_columns(**nothing, quality=np.array([-1], np.int8))]  # noqa: E731
    yard.vehicles.wanted_mps[:], yard.vehicles.left_s[:] = 3.0, 100.0
    yard.run(20.0, wheels_only)
    assert yard.tracks.freshness[0] == Freshness.LATE
    yard.run(20.0, wheels_only)
    assert yard.tracks.freshness[0] == Freshness.LOST


def test_a_machine_that_a_foreign_source_speaks_for_is_marked_so():
    clock, decoder, yard = ManualClock(T0_NS), Decoder(), compact_yard()
    state = engine.initial_state(yard, moves.empty_stock(slots_of(yard)), T0_NS)
    frame = YardFrame.of(yard.georeference)
    lon, lat, _ = frame.geodetic_from_yard(np.array([[50.0, 50.0, 3.0]]))
    for tick in range(40):
        clock.advance(0.1)
        line = encode_gga(
            clock.t_ns, float(lon[0]), float(lat[0]), 3.0, 0.0, 4, 24, 0.6, tag=tag_block("TT-1")
        )
        hello = encode_event(MachineNotice("TT-1", clock.t_ns, "terminal_tractor")) if tick == 0 else b""
        chunks = [RawChunk("gateway", clock.t_ns, hello + line)]
        if tick >= 20:
            chunks.append(RawChunk("stranger", clock.t_ns, line))
        state = engine.step(state, clock.t_ns, decoder.decode(chunks), (), None)
        expected = Suspicion.FOREIGN if tick >= 20 else Suspicion.NONE
        assert state.tracks.suspect.tolist() == [expected]
    assert state.tracks.freshness.tolist() == [Freshness.SUSPECT]
