"""A receiver whose clock is off by three tenths of a second, told from drifts and from honest errors."""

import numpy as np
import pytest

from benchmarks.yard_noise import Vehicles
from twin.fleet import taking
from twin.fleet.memory import SUSPECT, no_beliefs
from twin.fleet.suspicion import Suspicion
from twin.fleet.working import Working

BEGIN, END = 200, 1200
"""Steps of a tenth of a second: when clocks go wrong, and when the drive is over."""
MOST = 10
"""No clock is off by more steps."""
FIX = ("x_m", "y_m", "sigma_m", "speed_mps", "course_rad", "heading_rad", "quality")


def drive(n, seed):
    """What vehicles say, step by step."""
    vehicles = Vehicles(n, seed)
    return vehicles.kind, [vehicles.next().said for _ in range(END + MOST)]


def named(n, seed, every, back=0, drift_mps=0.0):
    """Give how many are taken for their clock: their fixes say a time by so many steps too early."""
    kind, said = drive(n, seed)
    w, nan, clock, off_m = Working.of(no_beliefs(n), kind), np.full(n, np.nan), np.zeros(n, bool), 0.0
    for step in range(END):
        wrong = step >= BEGIN
        off_m += 0.1 * drift_mps * wrong
        fix = said[step + back * wrong]
        words = {name: getattr(fix, name) for name in FIX} | {"x_m": fix.x_m + off_m}
        if step % every:
            words = dict.fromkeys(FIX, nan) | {"quality": np.full(n, -1, np.int8)}
        taking.taken(w, said[step].with_columns(**words), nan)
        clock |= w.marks[SUSPECT] == Suspicion.CLOCK
    return int(np.count_nonzero(clock))


@pytest.mark.parametrize("every", [1, 10], ids=["ten a second", "one a second"])
def test_a_clock_three_tenths_of_a_second_off_is_named_of_most_within_a_hundred_seconds(every):
    assert named(40, 3, every, back=3) >= 24


@pytest.mark.parametrize("every", [1, 10], ids=["ten a second", "one a second"])
def test_no_clock_that_is_right_is_named(every):
    assert named(100, 5, every) == 0


def test_fixes_that_drift_by_a_decimetre_a_second_are_seldom_taken_for_a_clock():
    assert named(40, 3, 1, drift_mps=0.1) <= 5
