"""Machines without wheels whose fixes come up elsewhere at once: followed there, and doubted until proven."""

import numpy as np
import pytest

from benchmarks.yard_noise import LOST, Vehicles
from twin.fleet import taking
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.memory import SUSPECT, UNPROVEN, no_beliefs
from twin.fleet.suspicion import Suspicion
from twin.fleet.working import Working

JUMPED_S, BACK_S = 25.0, 55.0
EVERY = {"ten a second": 1, "one a second": 10}


class Drive:
    """Vehicles that send fixes alone, and the tracks of what they say."""

    def __init__(self, n, kind, seed=3):
        self.vehicles = Vehicles(n, seed, kind=kind, wheels=False)
        self.w = Working.of(no_beliefs(n), self.vehicles.kind)
        self.instant = None

    def go(self, every, off_m, *, heading=True, speed=True):
        """Drive on to the next fix, off by ``off_m`` (2, n)."""
        for _ in range(every):
            self.instant = self.vehicles.next()
        said = self.instant.said
        nan = np.full(len(said), np.nan)
        said = said.with_columns(
            x_m=said.x_m + off_m[0, said.row], y_m=said.y_m + off_m[1, said.row],
            heading_rad=said.heading_rad if heading else nan,
            speed_mps=said.speed_mps if speed else nan, course_rad=said.course_rad if speed else nan,
        )  # fmt: skip
        taking.taken(self.w, said, np.full(len(self.w.kind), np.nan))

    @property
    def now_s(self):
        return self.vehicles.step / 10

    @property
    def suspect(self):
        return self.w.marks[SUSPECT]


@pytest.mark.parametrize("heading", [True, False], ids=["two antennas", "one antenna"])
@pytest.mark.parametrize("every", EVERY.values(), ids=EVERY.keys())
@pytest.mark.parametrize("kind", ["external_truck", "terminal_tractor"])
def test_a_jump_that_stays_is_followed_doubted_on_and_proven_by_the_way_back(kind, every, heading):
    n = 8
    drive, way = Drive(n, kind), np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
    off_m, no_m = 10.0 * np.stack((np.cos(way), np.sin(way))), np.zeros((2, n))
    sure = np.ones(n, bool)
    while drive.now_s < BACK_S:
        drive.go(every, off_m if drive.now_s >= JUMPED_S else no_m, heading=heading)
        if abs(drive.now_s - JUMPED_S) < 2.0 or BACK_S - drive.now_s < 2.0:
            sure &= drive.instant.fate != LOST  # what is not heard about then may have driven there
        if drive.now_s < JUMPED_S:
            assert not (drive.w.marks[UNPROVEN] > 0).any()
        elif drive.now_s > JUMPED_S + 15.0:
            assert (drive.suspect[sure] > 0).all()
    away_m = np.hypot(*(drive.w.mean[:2] - drive.instant.pose[:2] - off_m))
    assert np.count_nonzero(sure) >= n // 2
    assert away_m[sure].max() < 4.0
    assert set(drive.suspect[sure].tolist()) <= {Suspicion.MOVED, Suspicion.WRONG_FIX, Suspicion.JUMP}
    assert (drive.w.marks[UNPROVEN, sure] > 0).all()
    while drive.now_s < BACK_S + 20.0:
        drive.go(every, no_m, heading=heading)
    assert (drive.w.marks[UNPROVEN, sure] == 0).all()


@pytest.mark.parametrize("heading", [True, False], ids=["two antennas", "one antenna"])
@pytest.mark.parametrize("every", EVERY.values(), ids=EVERY.keys())
def test_nobody_who_drives_through_dropouts_and_wrong_fixes_is_taken_to_have_come_up(every, heading):
    n = 60
    drive = Drive(n, "external_truck", seed=9)
    while drive.now_s < 150.0:
        drive.go(every, np.zeros((2, n)), heading=heading)
        assert not (drive.w.marks[UNPROVEN] > 0).any()


def test_fixes_that_are_elsewhere_for_less_than_a_second_leave_no_doubt():
    n = 20
    drive, heard, sure = Drive(n, "terminal_tractor"), np.zeros(n, int), np.ones(n, bool)
    while drive.now_s < 40.0:
        away = drive.now_s > 10.0 and round(drive.now_s * 10) % 50 < 4
        drive.go(1, np.full((2, n), 20.0 if away else 0.0))
        sure &= (heard > 10) | (not away)  # the first fix after a gap may be where it has driven
        heard = np.where(drive.instant.fate == LOST, 0, heard + 1)
    assert np.count_nonzero(sure) >= n // 2
    assert not (drive.w.marks[UNPROVEN, sure] > 0).any()


def test_a_receiver_that_tells_no_speed_is_doubted_for_a_jump_as_well():
    drive = Drive(1, "external_truck", seed=5)
    while drive.now_s < 20.0:
        drive.go(1, np.array([[30.0 if drive.now_s > 15.0 else 0.0], [0.0]]), speed=False)
    assert KIND_NAMES[drive.w.kind[0]] == "external_truck"
    assert drive.suspect.tolist() == [Suspicion.MOVED]
