"""A receiver whose clock is off by half a second to some seconds is told so once its machine speeds up."""

from functools import cache

import numpy as np
import pytest

from benchmarks.yard_noise import CLEAN, NS, STEP_S, WHITE_M, Vehicles
from twin.fleet import roster, tracking
from twin.fleet.epochs import stacked
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Freshness

CLOCKS_S = (0.5, 0.9, -0.5, -1.5, -4.0)
JUMPS_M = ((25.0, 0.0), (0.0, 1.5))
DRIFTS = ((0.5, np.pi / 2), (0.1, 0.0))
"""How fast fixes drift [m/s], and which way beside the heading."""
N = len(CLOCKS_S) + len(JUMPS_M) + len(DRIFTS) + 1
OFF, RIGHT = slice(len(CLOCKS_S)), N - 1
STEPS = 5
"""Steps of the vehicles a tick: what late messages cost is by ticks."""
BLANK = np.full(N, np.nan)


class Smooth(Vehicles):
    """Vehicles whose fixes have no errors but noise."""

    def _fates(self, now_s):
        return np.full(self.n, CLEAN, np.int8), np.full(self.n, WHITE_M)


class Drivers:
    """Tractors that stand and then drive off while something is wrong with the fixes of all but the last."""

    def __init__(self):
        self.vehicles = Smooth(N, 4)
        self.vehicles.left_s[:] = 1e9
        names = [f"TT-{i:02}" for i in range(N)]
        self.fleet, self.tracks = roster.enlist(
            roster.empty_fleet(), roster.no_tracks(), names, self.vehicles.kind.tolist(), [-1] * N
        )
        self.clock_ns = np.zeros(N, np.int64)
        self.jump_m, self.drift_mps = np.zeros((2, 2, N))
        self.go(8.0)
        self.clock_ns[OFF] = [round(clock_s * NS) for clock_s in CLOCKS_S]
        self.jump_m[:, len(CLOCKS_S) :][:, : len(JUMPS_M)] = np.transpose(JUMPS_M)
        speed_mps, way_rad = np.transpose(DRIFTS)
        way_rad = way_rad + self.vehicles.pose[2, -3:-1]
        self.drift_mps[:, -3:-1] = speed_mps * np.array((np.cos(way_rad), np.sin(way_rad)))

    def go(self, seconds, speed_mps=0.0):
        """Go on; give what each is doubted for at the end of each tick, and the grades there."""
        told, grades, parts = [], [], []
        self.vehicles.wanted_mps[:] = speed_mps
        for step in range(1, round(seconds / STEP_S) + 1):
            now = self.vehicles.next()
            words = dict.fromkeys(("x_m", "y_m", "sigma_m", "speed_mps", "course_rad", "heading_rad"), BLANK)
            off_m = self.jump_m + step * STEP_S * self.drift_mps
            parts.append(now.said.with_columns(quality=np.full(N, -1, np.int8), **words))
            parts.append(now.said.with_columns(
                t_ns=now.said.t_ns + self.clock_ns, x_m=now.said.x_m + off_m[0],
                y_m=now.said.y_m + off_m[1], odometer_mps=BLANK, gyro_rps=BLANK,
            ))  # fmt: skip
            if step % STEPS == 0:
                self.tracks, _ = tracking.take(self.fleet, self.tracks, stacked(parts), t_ns=now.t_ns)
                self.tracks = tracking.at(self.fleet, self.tracks, now.t_ns)
                told.append(self.tracks.suspect)
                grades.append(self.tracks.freshness)
                parts = []
        return np.array(told), np.array(grades)


@cache
def told():
    """Give what machines are doubted for as they drive off, go on, stop, stand, and drive off once more."""
    drivers, phases = Drivers(), {}
    phases["off"], phases["grades"] = drivers.go(11.0, 5.0)
    drivers.jump_m[:], drivers.drift_mps[:] = 0.0, 0.0
    phases["on"] = drivers.go(24.0, 5.0)[0]
    phases["stop"] = drivers.go(8.0)[0]
    phases["stand"] = drivers.go(14.0)[0]
    drivers.clock_ns[:] = 0
    phases["right"] = drivers.go(7.0)[0]
    phases["again"] = drivers.go(14.0, 5.0)[0]
    return phases


@pytest.mark.parametrize("machine", range(len(CLOCKS_S)), ids=map(str, CLOCKS_S))
def test_a_clock_that_is_off_is_told_while_its_machine_speeds_up(machine):
    assert Suspicion.CLOCK in told()["off"][:16, machine]
    assert told()["off"][-1, machine] == Suspicion.CLOCK
    assert Freshness.FRESH not in told()["grades"][12:, machine]


@pytest.mark.parametrize("machine", range(len(CLOCKS_S)), ids=map(str, CLOCKS_S))
def test_it_stays_named_while_its_machine_goes_on_stops_and_stands(machine):
    for phase in ("on", "stop", "stand"):
        assert set(told()[phase][:, machine].tolist()) == {Suspicion.CLOCK}


@pytest.mark.parametrize("machine", range(len(CLOCKS_S)), ids=map(str, CLOCKS_S))
def test_it_is_named_until_its_machine_has_sped_up_and_its_fixes_fitted(machine):
    assert told()["right"][-1, machine] == Suspicion.CLOCK
    assert told()["again"][-1, machine] != Suspicion.CLOCK


def test_a_machine_whose_clock_is_right_is_doubted_for_nothing():
    for phase in ("off", "on", "stop", "stand", "again"):
        assert set(told()[phase][:, RIGHT].tolist()) == {Suspicion.NONE}


@pytest.mark.parametrize("jump", range(len(JUMPS_M)), ids=map(str, JUMPS_M))
def test_a_jump_as_it_drives_off_is_no_clock(jump):
    found = told()["off"][:, len(CLOCKS_S) + jump]
    assert Suspicion.CLOCK not in found
    assert found[-1] in (Suspicion.JUMP, Suspicion.WRONG_FIX)


@pytest.mark.parametrize("drift", range(len(DRIFTS)), ids=["aside", "slowly along the way"])
def test_a_drift_aside_or_a_slow_one_along_the_way_is_no_clock(drift):
    found = told()["off"][:, N - 3 + drift]
    assert Suspicion.CLOCK not in found
    assert Suspicion.DRIFT in found
