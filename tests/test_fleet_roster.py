import numpy as np

from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Freshness

TRACTOR = KIND_NAMES.index("terminal_tractor")
RTG = KIND_NAMES.index("rtg")


def two_machines():
    return roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["TT-01", "RTG-01"], [TRACTOR, RTG], [-1, 3]
    )


def test_a_machine_keeps_its_row_when_others_join():
    fleet, tracks = two_machines()
    fleet, tracks = roster.enlist(fleet, tracks, ["T12345", "TT-01"], [TRACTOR, TRACTOR], [-1, -1])
    assert roster.row_of(fleet, ["TT-01", "RTG-01", "T12345"]).tolist() == [0, 1, 2]
    assert len(tracks.x_m) == len(fleet) == 3


def test_names_that_nobody_bears_have_no_row():
    fleet, _ = two_machines()
    assert roster.row_of(fleet, ["RTG-02", "", "TT-01", "TT-01"]).tolist() == [-1, -1, 0, 0]
    assert roster.row_of(roster.empty_fleet(), ["TT-01"]).tolist() == [-1]
    assert roster.row_of(fleet, []).tolist() == []


def test_enlisting_those_who_are_here_changes_nothing():
    fleet, tracks = two_machines()
    again = roster.enlist(fleet, tracks, ["RTG-01"], [RTG], [3])
    assert again[0] is fleet
    assert again[1] is tracks


def test_a_name_longer_than_a_row_holds_is_still_found():
    fleet, _ = roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["A" * 16 + "B"], [TRACTOR], [-1])
    assert roster.row_of(fleet, ["A" * 16 + "B"]).tolist() == [0]


def test_a_truck_that_comes_again_starts_without_its_old_position():
    fleet, tracks = two_machines()
    columns = tracks.editable("x_m", "fix_ns", "freshness")
    columns["x_m"][0], columns["fix_ns"][0], columns["freshness"][0] = 5.0, 7, Freshness.FRESH
    tracks = tracks.with_columns(**columns)
    fleet = roster.leave(fleet, np.array([0], np.int32))
    assert fleet.present.tolist() == [False, True]
    fleet, tracks = roster.enlist(fleet, tracks, ["TT-01"], [TRACTOR], [-1])
    assert fleet.present.tolist() == [True, True]
    assert np.isnan(tracks.x_m[0])
    assert tracks.fix_ns[0] == 0


def test_leaving_twice_changes_nothing():
    fleet, _ = two_machines()
    fleet = roster.leave(fleet, np.array([0], np.int32))
    assert roster.leave(fleet, np.array([0], np.int32)) is fleet


def test_a_notice_with_another_block_moves_the_crane_there():
    fleet, tracks = two_machines()
    fleet, same = roster.enlist(fleet, tracks, ["RTG-01"], [RTG], [5])
    assert fleet.block.tolist() == [-1, 5]
    assert same is tracks


def test_names_that_are_asked_for_again_and_again_keep_their_rows_as_machines_join() -> None:
    fleet, tracks = roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["B", "A"], [0, 0], [-1, -1])
    assert roster.row_of(fleet, ["A", "nobody", "B"]).tolist() == [1, -1, 0]
    assert roster.row_of(fleet, ["A", "B", "A"]).tolist() == [1, 0, 1]
    fleet, _ = roster.enlist(fleet, tracks, ["nobody"], [0], [-1])
    assert roster.row_of(fleet, ["A", "nobody", "B"]).tolist() == [1, 2, 0]


def test_names_alike_in_all_that_is_kept_of_them_are_one_machine() -> None:
    fleet, _ = roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["M" * 20], [0], [-1])
    for k in range(9):
        assert roster.row_of(fleet, ["M" * 16 + str(k)]).tolist() == [0]
