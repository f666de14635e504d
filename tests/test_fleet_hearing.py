"""What wheels told last of each machine, for rules and encounters."""

import numpy as np

from twin.fleet import epochs, roster, tracking
from twin.fleet.hearing import wheels_told
from twin.fleet.kinds import KIND_NAMES

NS = 1_000_000_000
T0 = 1_700_000_000 * NS


def heard(*, speeds):
    """Give the tracks of machines whose wheels say a speed; NaN is none."""
    n, nan = len(speeds), np.full(len(speeds), np.nan)
    kinds = [KIND_NAMES.index("reach_stacker")] * n
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), [f"M{i}" for i in range(n)], kinds, [-1] * n
    )
    rows, xy = np.arange(n, dtype=np.int32), np.zeros((n, 2))
    for step in range(3):
        t_ns = np.full(n, T0 + step * NS // 10)
        fix = epochs.of_fixes(
            rows, t_ns, xy, np.full(n, 0.02), nan, nan, np.zeros(n), np.full(n, 4, np.int8)
        ).with_columns(odometer_mps=np.array(speeds))
        tracks, _ = tracking.take(fleet, tracks, fix, t_ns=int(t_ns[0]))
    return tracks


def test_wheels_that_stand_say_so_and_those_that_turn_do_not():
    told_ns, stand = wheels_told(heard(speeds=[0.0, 2.0]))
    assert told_ns.tolist() == [T0 + 2 * NS // 10] * 2
    assert stand.tolist() == [True, False]


def test_a_machine_whose_wheels_are_not_heard_neither_told_nor_stands():
    told_ns, stand = wheels_told(heard(speeds=[np.nan]))
    assert told_ns.tolist() == [0]
    assert stand.tolist() == [False]


def test_a_machine_never_heard_has_a_row_too():
    _, tracks = roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["A"], [0], [-1])
    assert [column.tolist() for column in wheels_told(tracks)] == [[0], [False]]
