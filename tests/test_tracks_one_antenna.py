"""Machines with one antenna: wrong fixes are refused, and a heading that is wrong is still learned again."""

import numpy as np
import pytest

from benchmarks.yard_noise import CLEAN, STEP_S, Vehicles
from twin.fleet import taking
from twin.fleet.epochs import GATED
from twin.fleet.memory import REFUSED, no_beliefs
from twin.fleet.places import HEADING, X, Y
from twin.fleet.working import Working

N, FEW = 12, 4
"""More that jump at once are not believed for agreeing."""


@pytest.fixture
def drive():
    """Give vehicles under way whose headings were learned from their courses, and what goes on with them."""
    return Drive()


class Drive:
    def __init__(self):
        self.vehicles = Vehicles(N, 3, heading=False)
        self.vehicles.wanted_mps[:], self.vehicles.left_s[:] = 4.0, 1e9
        self.w = Working.of(no_beliefs(N), self.vehicles.kind)
        self.go(40.0)

    def go(self, seconds, off_m=0.0):
        """Go on with fixes off by so much to the north; give outcomes and errors, of clean fixes alone."""
        outcomes, errors = [], []
        for _ in range(round(seconds / STEP_S)):
            now = self.vehicles.next()
            said = now.said.with_columns(y_m=now.said.y_m + off_m)
            outcome = taking.taken(self.w, said, np.full(N, np.nan))
            error_m = np.hypot(self.w.mean[0] - now.pose[0], self.w.mean[1] - now.pose[1])
            clean = now.fate == CLEAN
            outcomes += outcome[clean].tolist()
            errors += error_m[clean].tolist()
        return np.array(outcomes), np.array(errors)

    def turn(self, off_rad):
        """Believe headings of a few that are off by so much, their antennas where they are."""
        mean = self.w.mean[:, :FEW]
        arm = self.vehicles.lever[0] * np.exp(1j * mean[HEADING])
        swung = arm - arm * np.exp(1j * off_rad)
        mean[X] += swung.real
        mean[Y] += swung.imag
        mean[HEADING] += off_rad


def test_wrong_fixes_of_machines_under_way_are_refused_as_long_as_they_last(drive):
    outcomes, errors_m = drive.go(10.0, off_m=1.5)
    assert (outcomes == GATED).mean() > 0.99
    assert np.median(errors_m) < 0.1
    assert (drive.go(5.0)[0] == GATED).mean() < 0.02


@pytest.mark.parametrize("off_rad", [0.3, -1.0, np.pi])
def test_a_heading_that_is_wrong_is_learned_again_within_seconds(drive, off_rad):
    drive.turn(off_rad)
    drive.go(4.0)
    _, errors_m = drive.go(4.0)
    assert np.percentile(errors_m, 90) < 0.2
    assert np.mean(drive.w.marks[REFUSED, :FEW] == 0) > 0.7
