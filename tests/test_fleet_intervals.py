"""A moving machine is late by the interval at which it tells its places itself, whatever that is."""

import numpy as np
from test_fleet_tracking import NS, T0, fixed, yard_of

from twin.fleet import tracking
from twin.fleet.table import Freshness


def driving(every_s, ages_s, kind="reach_stacker"):
    """Give the grades of a machine that drives and tells so often, so long after its last fix."""
    fleet, tracks = yard_of(kind)
    for k in range(20):
        t_ns = T0 + round(k * every_s * NS)
        tracks, _ = fixed(fleet, tracks, t_ns, [[5.0 * k * every_s, 0.0]], speed=5.0, course=0.0, heading=0.0)
    return [int(tracking.at(fleet, tracks, t_ns + round(age_s * NS)).freshness[0]) for age_s in ages_s]


def test_a_moving_machine_is_late_by_its_own_interval_and_stale_by_what_is_expected_of_any():
    fresh, late, stale = Freshness.FRESH, Freshness.LATE, Freshness.STALE
    assert driving(0.1, (0.55, 0.7, 3.1)) == [fresh, late, stale]
    assert driving(1.0, (1.3, 1.6, 3.1)) == [fresh, late, stale]
    assert driving(2.0, (2.3, 2.6, 3.1)) == [fresh, late, stale]
    assert driving(2.8, (2.9, 3.1)) == [fresh, stale]


def test_one_gap_makes_no_longer_interval_for_long():
    fleet, tracks = yard_of("reach_stacker")
    for t_s in (*np.arange(20) / 10, *(4.5 + np.arange(10) / 10)):
        place = [[5.0 * t_s, 0.0]]
        tracks, _ = fixed(fleet, tracks, T0 + round(t_s * NS), place, speed=5.0, course=0.0, heading=0.0)
    assert tracking.at(fleet, tracks, T0 + round(6.1 * NS)).freshness[0] == Freshness.LATE
