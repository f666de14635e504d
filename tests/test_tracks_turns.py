"""Machines with wheels and one antenna, without a gyro, that go into fast turns are followed there."""

import numpy as np
import pytest

from twin.fleet import taking
from twin.fleet.epochs import GATED, Epochs
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.memory import SUSPECT, no_beliefs
from twin.fleet.places import HEADING, X, Y
from twin.fleet.working import Working

NS = 1_000_000_000
T0 = 1_800_000_000 * NS
STEP_S = 0.1
N = 60


class Turners:
    """Trucks that drive straight on at speeds of 2 to 5 m/s, and then in circles of 12 to 15 m, both ways.

    Parameters
    ----------
    hz : int
        Fixes a second; wheels are heard ten times a second.
    tells : bool
        Whether receivers tell speed and course besides the place.
    wheels : bool
        Whether there are odometers.
    """

    def __init__(self, hz=10, *, tells=True, wheels=True, kind="terminal_tractor"):
        self.every, self.tells, self.wheels = 10 // hz, tells, wheels
        self.rng = np.random.default_rng(2)
        self.kind = np.full(N, KIND_NAMES.index(kind), np.int8)
        self.ahead_m = KINDS[kind].antenna_m[0]
        self.speed, self.top = np.zeros(N), self.rng.uniform(2.0, 5.0, N)
        self.quick_rps2 = self.rng.uniform(0.3, 0.6, N)
        self.bend = self.rng.choice([-1.0, 1.0], N) / self.rng.uniform(12.0, 15.0, N)
        self.x, self.y, self.turn, self.step = np.zeros(N), np.zeros(N), np.zeros(N), 0
        self.heading = self.rng.uniform(-3.0, 3.0, N)
        self.w = Working.of(no_beliefs(N), self.kind)

    def go(self, seconds, *, turning=False, off_m=0.0, fixed=True):
        """Go on; give which fixes were refused, how far off places [m] and headings [rad] are, (words, N)."""
        refused, off, astray = [], [], []
        for _ in range(round(seconds / STEP_S)):
            self._drive(turning)
            here = fixed and self.step % self.every == 0
            if not (here or self.wheels):
                continue
            outcome = taking.taken(self.w, self._said(here, off_m), np.full(N, np.nan))
            mean = self.w.mean
            off.append(np.hypot(mean[X] - self.x, mean[Y] - self.y))
            astray.append(np.abs((mean[HEADING] - self.heading + np.pi) % (2 * np.pi) - np.pi))
            if here:
                refused.append(outcome == GATED)
        return np.array(refused), np.array(off), np.array(astray)

    def _drive(self, turning):
        self.step += 1
        before, turned = self.speed, self.turn
        self.speed = np.minimum(before + 0.6 * STEP_S, self.top)
        aim = self.bend * self.speed if turning else np.zeros(N)
        self.turn = turned + np.clip(aim - turned, -self.quick_rps2 * STEP_S, self.quick_rps2 * STEP_S)
        self.gone = (before + self.speed) / 2
        middle = self.heading + (turned + self.turn) / 4 * STEP_S
        self.x = self.x + self.gone * np.cos(middle) * STEP_S
        self.y = self.y + self.gone * np.sin(middle) * STEP_S
        self.heading = self.heading + (turned + self.turn) / 2 * STEP_S

    def _said(self, here, off_m):
        rng, nan = self.rng, np.full(N, np.nan)
        c, s = np.cos(self.heading), np.sin(self.heading)
        swing = self.turn * self.ahead_m
        east = self.speed * c - swing * s + 0.03 * rng.standard_normal(N)
        north = self.speed * s + swing * c + 0.03 * rng.standard_normal(N)
        told = here and self.tells
        odometer = self.gone + 0.02 * rng.standard_normal(N) if self.wheels else nan
        fast = np.hypot(east, north)
        return Epochs(
            np.arange(N, dtype=np.int32), np.full(N, T0 + self.step * NS // 10),
            self.x + self.ahead_m * c + 0.01 * rng.standard_normal(N) if here else nan,
            self.y + self.ahead_m * s + off_m + 0.01 * rng.standard_normal(N) if here else nan,
            np.full(N, 0.02 if here else np.nan), fast if told else nan,
            np.where(fast > 0.2, np.arctan2(north, east), np.nan) if told else nan, nan,
            np.full(N, 4 if here else -1, np.int8), odometer, nan,
        )  # fmt: skip


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize(("hz", "most_deg", "most_m"), [(10, 2.0, 0.1), (2, 6.0, 0.2), (1, 15.0, 0.7)])
def test_good_fixes_are_taken_and_the_heading_is_followed_into_a_fast_turn_and_out_of_it(
    hz, most_deg, most_m, tells
):
    trucks = Turners(hz, tells=tells)
    trucks.go(20.0)
    for turning in (True, False, True):
        refused, off_m, astray_rad = trucks.go(6.0, turning=turning)
        assert not refused.any()
        assert np.percentile(off_m, 99) < most_m
        assert np.degrees(np.percentile(astray_rad, 99)) < most_deg


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize(("turning", "seconds"), [(True, 2.0), (False, 6.0)])
def test_wrong_fixes_are_refused_for_seconds_while_their_courses_tell_how_it_turns(turning, seconds, tells):
    trucks = Turners(tells=tells)
    trucks.go(20.0)
    refused, off_m, astray_rad = trucks.go(seconds, turning=turning, off_m=1.5)
    assert refused.mean() > 0.97
    assert np.percentile(off_m, 95) < 0.5
    assert np.degrees(np.percentile(astray_rad, 95)) < 4.0
    assert trucks.go(2.0, turning=turning)[0][-10:].mean() < 0.2


@pytest.mark.parametrize("tells", [True, False])
def test_after_a_hole_in_which_it_turned_its_first_fixes_are_believed(tells):
    trucks = Turners(tells=tells)
    trucks.go(20.0)
    trucks.go(2.0, turning=True)
    trucks.go(5.0, turning=False, fixed=False)
    refused, off_m, astray_rad = trucks.go(2.0)
    assert refused.mean() < 0.02
    assert np.percentile(off_m[10:], 95) < 0.1
    assert np.degrees(np.percentile(astray_rad[10:], 95)) < 3.0


def test_without_courses_the_heading_is_that_of_the_way_from_fix_to_fix():
    trucks = Turners(1, tells=False)
    trucks.go(8.0)
    _, off_m, astray_rad = trucks.go(4.0)
    assert np.percentile(off_m, 95) < 0.3
    assert np.degrees(np.percentile(astray_rad, 95)) < 3.0
    assert not trucks.w.marks[SUSPECT].any()


@pytest.mark.parametrize("kind", ["terminal_tractor", "reach_stacker"])
@pytest.mark.parametrize("hz", [10, 2, 1])
def test_what_sets_off_and_tells_its_places_alone_heads_where_it_goes(hz, kind):
    trucks = Turners(hz, tells=False, wheels=False, kind=kind)
    trucks.go(10.0)
    refused, off_m, astray_rad = trucks.go(10.0)
    assert not refused.any()
    assert off_m.max() < 1.0
    assert np.degrees(astray_rad.max()) < 20.0
