"""Clock steps: the host's clock set an hour back or ahead makes nothing stale and no age negative."""

import numpy as np
import pytest

from twin.clock import NS_PER_S, SystemClock
from twin.fleet import roster, tracking
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Freshness

START_NS = 1_800_000_000 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S


class Host:
    """A host whose clock may be set; what has passed runs on."""

    def __init__(self):
        self.passed_ns = 5 * NS_PER_S
        self.off_ns = 0

    def clock(self):
        return SystemClock(
            lambda: START_NS + self.passed_ns + self.off_ns,
            lambda: self.passed_ns,
            (START_NS + self.passed_ns, self.passed_ns),
        )


@pytest.mark.parametrize("step_ns", [HOUR_NS, -HOUR_NS])
def test_an_hour_put_on_the_hosts_clock_or_taken_off_it_moves_no_instant(step_ns):
    host = Host()
    clock = host.clock()
    before = clock.now_ns()
    host.off_ns = step_ns
    host.passed_ns += NS_PER_S // 10
    assert clock.now_ns() - before == NS_PER_S // 10
    assert clock.stepped_s == pytest.approx(step_ns / NS_PER_S)


@pytest.mark.parametrize("step_ns", [HOUR_NS, -HOUR_NS])
def test_a_machine_that_goes_on_reporting_stays_fresh_through_a_step(step_ns):
    host = Host()
    clock = host.clock()
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["TT"], [KIND_NAMES.index("terminal_tractor")], [-1]
    )
    one = np.zeros(1, np.int32)
    for tick in range(60):
        host.passed_ns += NS_PER_S // 10
        host.off_ns = step_ns if tick >= 30 else 0
        t_ns = clock.now_ns()
        tracks, _ = tracking.apply_fixes(
            fleet, tracks, one, np.array([t_ns]), np.array([[0.5 * tick, 0.0]]), np.array([0.02]),
            np.array([5.0]), np.array([0.0]), np.array([0.0]), np.array([4], np.int8),
        )  # fmt: skip
        tracks = tracking.at(fleet, tracks, t_ns)
        assert tracks.freshness.tolist() == [Freshness.FRESH]
        assert t_ns >= tracks.fix_ns[0]
