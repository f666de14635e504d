"""A receiver whose clock or line is seconds behind is told at the machine, and is no replay."""

import numpy as np
import pytest

from benchmarks.yard_noise import NS, Vehicles
from twin.fleet import roster, tracking
from twin.fleet.epochs import Epochs, stacked
from twin.fleet.suspicion import REASONS, Suspicion
from twin.fleet.table import Freshness

TICK_NS = NS // 10
NOBODY = np.full(1, np.nan)


def fix_of(said: Epochs) -> Epochs:
    return said.with_columns(odometer_mps=NOBODY, gyro_rps=NOBODY)


def words_of(said: Epochs) -> Epochs:
    columns = dict.fromkeys(("x_m", "y_m", "sigma_m", "speed_mps", "course_rad", "heading_rad"), NOBODY)
    return said.with_columns(quality=np.full(1, -1, np.int8), **columns)


class Heard:
    """A tractor, and what is heard of it: fix and words of an instant come each at a tick of its own."""

    def __init__(self, seed: int = 1, speed_mps: float | None = None):
        self.vehicles = Vehicles(1, seed)
        if speed_mps is not None:
            self.vehicles.wanted_mps[:], self.vehicles.left_s[:] = speed_mps, 1e9
        self.fleet, self.tracks = roster.enlist(
            roster.empty_fleet(), roster.no_tracks(), ["TT-01"], self.vehicles.kind.tolist(), [-1]
        )
        self.fixes: list[tuple[int, Epochs]] = []
        self.step, self.told, self.grades = 0, set(), set()

    def run(self, seconds: float, fix_late_s: float = 0.0, words_late_s: float | None = 0.0) -> None:
        """Go on; words are not sent at all where they are None late."""
        self.told, self.grades = set(), set()
        for _ in range(round(10 * seconds)):
            now = self.vehicles.next()
            self.step += 1
            if now.said.fixed[0]:
                self.fixes.append((self.step + round(10 * fix_late_s), fix_of(now.said)))
            if words_late_s is not None:
                self.fixes.append((self.step + round(10 * words_late_s), words_of(now.said)))
            self._hear(now.t_ns)

    def _hear(self, t_ns: int) -> None:
        due = [said for at, said in self.fixes if at <= self.step]
        self.fixes = [(at, said) for at, said in self.fixes if at > self.step]
        if due:
            self.tracks, _ = tracking.take(self.fleet, self.tracks, stacked(due), t_ns=t_ns)
        self.tracks = tracking.at(self.fleet, self.tracks, t_ns)
        self.told.add(Suspicion(int(self.tracks.suspect[0])))
        self.grades.add(Freshness(int(self.tracks.freshness[0])))


@pytest.mark.parametrize("late_s", [10.0, 20.0])
def test_a_receiver_that_falls_behind_while_its_wheels_are_on_time_is_told_as_that_and_as_no_replay(late_s):
    yard = Heard()
    yard.run(10.0)
    yard.run(late_s + 7.0, fix_late_s=late_s)
    yard.run(8.0, fix_late_s=late_s)
    assert yard.told == {Suspicion.BEHIND}
    assert Freshness.FRESH not in yard.grades
    assert REASONS[Suspicion.BEHIND]


@pytest.mark.parametrize(("speed_mps", "words_late_s"), [(0.0, 0.0), (0.0, None), (5.0, 0.0), (5.0, 15.0)])
def test_a_receiver_that_is_behind_from_the_start_is_never_shown_as_fresh(speed_mps, words_late_s):
    yard = Heard(speed_mps=speed_mps)
    yard.run(18.0, 15.0, words_late_s)
    yard.run(5.0, 15.0, words_late_s)
    assert yard.told == {Suspicion.BEHIND}
    assert Freshness.FRESH not in yard.grades


def test_a_receiver_that_is_on_time_again_is_believed_again():
    yard = Heard(speed_mps=0.0)
    yard.run(12.0, fix_late_s=10.0, words_late_s=None)
    yard.run(20.0, words_late_s=None)
    yard.run(1.0, words_late_s=None)
    assert yard.told == {Suspicion.NONE}
    assert yard.grades == {Freshness.FRESH}


def test_a_line_that_stands_for_ten_seconds_and_then_gives_all_at_once_is_not_behind():
    yard = Heard(speed_mps=0.0)
    yard.run(20.0)
    for left_s in np.arange(10.0, 0.0, -0.1):
        yard.run(0.1, left_s, left_s)
    yard.run(5.0)
    assert Suspicion.BEHIND not in yard.told


def test_single_packets_that_come_eight_seconds_late_are_no_receiver_behind():
    yard = Heard(speed_mps=3.0)
    yard.run(20.0)
    for _ in range(20):
        yard.run(0.9)
        yard.run(0.1, fix_late_s=8.0)
        assert yard.told <= {Suspicion.NONE, Suspicion.WRONG_FIX}
