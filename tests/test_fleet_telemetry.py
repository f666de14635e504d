import numpy as np
import pytest

from twin.fleet import roster, tracking
from twin.fleet.kinds import KIND_NAMES
from twin.inputs import CraneReadings, no_readings

NS = 1_000_000_000
T0 = 1_700_000_000 * NS


def cranes(*kinds, heading=0.0, speed=0.0):
    n = len(kinds)
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), [f"C-{i}" for i in range(n)],
        [KIND_NAMES.index(kind) for kind in kinds], [-1] * n,
    )  # fmt: skip
    column = lambda value: np.full(n, value)  # noqa: E731
    tracks, _ = tracking.apply_fixes(
        fleet, tracks, np.arange(n, dtype=np.int32), np.full(n, T0), np.zeros((n, 2)), column(0.02),
        column(speed), column(heading), column(heading), np.full(n, 4, np.int8),
    )  # fmt: skip
    return fleet, tracks


def told(*messages):
    """Make readings of (t after T0 [s], trolley, hoist, locked) with 20 ft spreaders."""
    t, trolley, hoist, locked = (np.array(column, float) for column in zip(*messages, strict=True))
    k = len(messages)
    return CraneReadings(
        np.zeros(k, np.int32), T0 + (t * NS).astype(np.int64), trolley, hoist, np.full(k, np.nan),
        locked.astype(np.int8), np.full(k, 20, np.int8),
    )  # fmt: skip


def rows(*values):
    return np.array(values, np.int32)


def test_the_last_word_of_each_column_counts():
    fleet, tracks = cranes("rtg")
    tracks, _ = tracking.apply_readings(
        fleet, tracks, rows(0, 0), told((1, 3.0, 9.0, 0), (2, np.nan, 8.0, -1))
    )
    assert (tracks.trolley_m[0], tracks.hoist_m[0]) == (3.0, 8.0)
    assert tracks.plc_ns[0] == T0 + 2 * NS


def test_the_first_word_of_the_locks_turns_nothing():
    fleet, tracks = cranes("rtg")
    tracks, locks = tracking.apply_readings(fleet, tracks, rows(0), told((1, 3.0, 9.0, 1)))
    assert len(locks) == 0
    assert tracks.locked[0]


def test_each_turn_is_told_once_in_order_of_time_over_all_machines():
    fleet, tracks = cranes("rtg", "rtg")
    start = told((1, 0, 9, 0), (1, 0, 9, 0))
    tracks, _ = tracking.apply_readings(fleet, tracks, rows(0, 1), start)
    more = told((4, 1, 5, 1), (2, 1, 5, 1), (3, 1, 5, 1), (5, 1, 5, 0), (6, 1, 5, 0))
    _, locks = tracking.apply_readings(fleet, tracks, rows(1, 0, 0, 0, 0), more)
    assert locks.row.tolist() == [0, 1, 0]
    assert locks.locked.tolist() == [True, True, False]
    assert ((locks.t_ns - T0) // NS).tolist() == [2, 4, 5]


def test_a_turn_is_where_the_spreader_was_at_that_instant():
    fleet, tracks = cranes("rtg", heading=np.pi / 2, speed=2.0)
    tracks = tracking.at(fleet, tracks, T0 + 2 * NS)
    start = told((0.2, 4.0, 9.0, 0))
    tracks, _ = tracking.apply_readings(fleet, tracks, rows(0), start)
    _, locks = tracking.apply_readings(fleet, tracks, rows(0), told((0.5, 4.0, 6.5, 1)))
    # Heading north at 2 m/s for 0.5 s; the trolley is 4 m to the left, which is west.
    assert (locks.x_m[0], locks.y_m[0]) == (pytest.approx(-4.0, abs=0.01), pytest.approx(1.0, abs=0.01))
    assert (locks.hoist_m[0], locks.length_ft[0]) == (6.5, 20)


def test_a_turn_without_a_trolley_in_it_takes_the_last_that_was_sent():
    fleet, tracks = cranes("rtg")
    messages = told((1, 4.0, 9.0, 0), (2, np.nan, np.nan, 1))
    _, locks = tracking.apply_readings(fleet, tracks, rows(0, 0), messages)
    assert locks.y_m[0] == pytest.approx(4.0)
    assert locks.hoist_m[0] == 9.0


def test_a_reach_stacker_sets_its_box_down_in_front_of_it():
    fleet, tracks = cranes("reach_stacker")
    _, locks = tracking.apply_readings(fleet, tracks, rows(0, 0), told((1, 0.5, 9.0, 1), (2, 0.5, 3.0, 0)))
    assert locks.x_m[0] == pytest.approx(8.2 + 0.5 - 0.5)  # its antenna is 0.5 m before its origin
    assert locks.y_m[0] == pytest.approx(0.0)


def test_readings_that_come_again_or_late_are_left_out():
    fleet, tracks = cranes("rtg")
    tracks, _ = tracking.apply_readings(fleet, tracks, rows(0), told((5, 4.0, 9.0, 0)))
    same, locks = tracking.apply_readings(fleet, tracks, rows(0, 0), told((5, 4.0, 9.0, 1), (4, 0.0, 1.0, 1)))
    assert same is tracks
    assert len(locks) == 0


def test_no_readings_change_nothing():
    fleet, tracks = cranes("rtg")
    same, locks = tracking.apply_readings(fleet, tracks, rows(), no_readings())
    assert same is tracks
    assert len(locks) == 0


def test_a_turn_of_a_crane_that_was_never_seen_is_nowhere():
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["C"], [KIND_NAMES.index("rtg")], [-1]
    )
    messages = told((1, 4.0, 9.0, 0), (2, 4.0, 9.0, 1))
    _, locks = tracking.apply_readings(fleet, tracks, rows(0, 0), messages)
    assert np.isnan(locks.x_m).tolist() == [True]
