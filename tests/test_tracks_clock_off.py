"""A receiver whose clock is off by half a second to some seconds is told so once its machine speeds up."""

import numpy as np
import pytest
from test_tracks_behind import Heard, fix_of, words_of

from benchmarks.yard_noise import NS
from twin.fleet import tracking
from twin.fleet.epochs import stacked
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Freshness


class Driver(Heard):
    """A tractor that stands, and then drives off while something is wrong with its fixes."""

    def __init__(self):
        super().__init__(seed=4, speed_mps=0.0)
        self.go(8.0)

    def go(self, seconds, change=lambda fix, since_s: fix):
        """Go on; give what it is doubted for at the end of each tick, and the grades there."""
        told, grades = [], []
        for step in range(round(10 * seconds)):
            now = self.vehicles.next()
            parts = [words_of(now.said)]
            if now.said.fixed[0]:
                parts.append(change(fix_of(now.said), step / 10))
            self.tracks, _ = tracking.take(self.fleet, self.tracks, stacked(parts), t_ns=now.t_ns)
            self.tracks = tracking.at(self.fleet, self.tracks, now.t_ns)
            told.append(Suspicion(int(self.tracks.suspect[0])))
            grades.append(int(self.tracks.freshness[0]))
        return told, grades

    def drive_off(self, seconds, change=lambda fix, since_s: fix, speed_mps=5.0):
        self.vehicles.wanted_mps[:] = speed_mps
        return self.go(seconds, change)


def off_by(clock_s):
    return lambda fix, since_s: fix.with_columns(t_ns=fix.t_ns + round(clock_s * NS))


@pytest.mark.parametrize("clock_s", [0.5, 0.9, -0.5, -1.5, -4.0])
def test_a_clock_that_is_off_is_told_while_its_machine_speeds_up(clock_s):
    driver = Driver()
    told, grades = driver.drive_off(11.0, off_by(clock_s))
    assert Suspicion.CLOCK in told[:80]
    assert told[-1] is Suspicion.CLOCK
    assert Freshness.FRESH not in grades[60:]


def test_it_is_told_again_while_its_machine_slows_down():
    driver = Driver()
    driver.drive_off(20.0, off_by(-0.8))
    told, _ = driver.drive_off(6.0, off_by(-0.8), speed_mps=0.0)
    assert told[-1] is Suspicion.CLOCK


def test_a_machine_whose_clock_is_right_is_not_told_so():
    driver = Driver()
    told = driver.drive_off(10.0)[0] + driver.drive_off(10.0, speed_mps=1.0)[0]
    assert Suspicion.CLOCK not in told


@pytest.mark.parametrize("off", [(25.0, 0.0), (0.0, 1.5)])
def test_a_jump_as_it_drives_off_is_no_clock(off):
    moved = lambda fix, since_s: fix.with_columns(x_m=fix.x_m + off[0], y_m=fix.y_m + off[1])  # noqa: E731
    assert Suspicion.CLOCK not in Driver().drive_off(8.0, moved)[0]


@pytest.mark.parametrize(("drift_mps", "way_rad"), [(0.5, np.pi / 2), (0.1, 0.0)])
def test_a_drift_aside_or_a_slow_one_along_the_way_is_no_clock(drift_mps, way_rad):
    driver = Driver()
    heading = driver.vehicles.pose[2, 0] + way_rad
    east, north = drift_mps * np.cos(heading), drift_mps * np.sin(heading)
    drifting = lambda fix, since_s: fix.with_columns(  # noqa: E731
        x_m=fix.x_m + since_s * east, y_m=fix.y_m + since_s * north
    )
    told, _ = driver.drive_off(10.0, drifting)
    assert Suspicion.CLOCK not in told
    assert Suspicion.DRIFT in told
