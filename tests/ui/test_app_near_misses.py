import csv
import io
import os
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from tests.ui.app_samples import ListFeed, ListReplay, Shelf, a_snapshot, a_window, press
from tests.ui.samples import T_NS, alarms_of, near_misses_of
from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES
from twin.journal.errors import JournalError
from twin.snapshot import Mode
from twin.yard.model import Lane, LaneKind
from ui.panels.csv_file import ExportError, write_whole
from ui.panels.near_miss_file import HEADER, csv_text
from ui.panels.near_miss_rows import (
    EXPLAINED,
    GAP,
    STATE,
    TIME,
    TITLES,
    TTC,
    WHERE,
    WHO,
    Wanted,
    arranged,
    chosen,
    encounter_of,
    places_of,
)
from ui.panels.replay_strip import BEFORE_NS, countdown
from ui.scene.overlays import encountered
from ui.view_state import Encounter, PickKind

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

PAIRS = [(8, 9), (10, 11), (0, 10), (9, 12), (8, 12)]


@pytest.fixture(scope="module")
def base():
    return a_snapshot(60)


@pytest.fixture(scope="module")
def found(base):
    return near_misses_of(
        base.state, PAIRS, ttc_s=[1.8, 3.5, 0.9, np.inf, 2.0], pet_s=[np.inf, np.inf, np.inf, 0.7, np.inf],
        min_gap_m=[0.4, 1.2, -0.1, 0.9, 0.6], x_m=[150.0, 35.0, 40.0, np.nan, 25.0],
        y_m=[54.0, 64.0, 70.0, 1.0, 47.0],
    )  # fmt: skip


@pytest.fixture
def feed(base, found):
    return ListFeed(replace(base, state=base.state.with_columns(near_misses=found)))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.docks.raise_panel("near_misses")
    yield window
    window.close()


def shown(window, column):
    model = window.near_misses.rows
    return [model.data(model.index(line, column)) for line in range(model.rowCount())]


# What is listed


def test_the_newest_near_miss_comes_first_with_both_its_machines(window):
    assert shown(window, WHO)[0] == "TT-01 / RS-01"
    assert len(shown(window, WHO)) == len(PAIRS)


def test_a_near_miss_tells_the_block_else_the_zone_else_the_place(window):
    assert shown(window, WHERE)[::-1] == ["road road-s", "A01", "A01", "–, 1 m", "stop"]


def test_a_near_miss_on_a_way_names_the_road_or_the_junction_in_the_language_chosen(window, base, found):
    lanes = (
        Lane("X1 N1", LaneKind.ROAD, ((100.0, 54.0), (200.0, 54.0))),
        Lane("J 1", LaneKind.CONNECTOR, ((100.0, 10.0), (120.0, 10.0)), junction="X1-1"),
    )
    yard = replace(base.state.yard, lanes=lanes, gates=(), blocks=(), zones=())
    x_m, y_m = np.array([150.0, 110.0, 150.0, np.nan, 150.0]), np.array([55.0, 9.0, 62.0, 1.0, 54.0])
    near = found.with_columns(x_m=x_m, y_m=y_m)
    places = places_of(near, yard)
    assert places == ["road X1 N1", "junction X1-1", "", "", "road X1 N1"]
    window.texts.switch("zh")
    assert window.texts.tr(places[0]) == "道路 X1 N1"


def test_every_column_that_is_no_name_is_explained():
    assert set(range(len(TITLES))) - {WHO} == set(EXPLAINED)


def test_the_longest_time_that_is_listed_has_its_words(window):
    assert window.near_misses.most.text() == "contact within 4.0 s"


def test_a_time_that_there_was_none_of_is_a_dash(window):
    assert shown(window, TTC)[::-1][3] == "–"


def test_the_state_of_both_machines_is_told(window):
    assert shown(window, STATE)[0] == "Fresh, loaded / Fresh"


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Wanted(), [4, 3, 2, 1, 0]),
        (Wanted(kind=KIND_NAMES.index("reach_stacker")), [4, 3]),
        (Wanted(place="A01"), [2, 1]),
        (Wanted(place="nowhere"), []),
        (Wanted(most_s=1.0), [3, 2]),
        (Wanted(since_ns=T_NS - 130 * NS_PER_S), [4, 3]),
        (Wanted(kind=KIND_NAMES.index("rtg"), most_s=0.5), []),
    ],
)
def test_a_filter_leaves_only_what_was_asked_for(base, found, wanted, rows):
    assert chosen(found, places_of(found, base.state.yard), wanted).tolist() == rows


def test_the_filters_of_the_panel_narrow_the_list(window):
    window.near_misses.most.setValue(1.0)
    assert len(shown(window, WHO)) == 2
    window.near_misses.kinds.setCurrentIndex(1 + KIND_NAMES.index("rtg"))
    window.near_misses.kinds.activated.emit(0)
    assert shown(window, WHO) == ["RTG-01 / T12345"]
    assert window.near_misses.count.text() == "1 of 5 near misses"


def test_a_click_on_a_title_sorts_by_it(window, found):
    header = window.near_misses.table.horizontalHeader()
    header.setSortIndicator(GAP, Qt.SortOrder.AscendingOrder)
    assert shown(window, GAP) == ["−0.10 m", "0.40 m", "0.60 m", "0.90 m", "1.20 m"]
    assert arranged(found, np.arange(5, dtype=np.int32), TTC, False).tolist() == [2, 0, 4, 1, 3]


def test_near_misses_that_go_on_are_written_anew_once_a_second(window, feed, base, found):
    before = window.near_misses.drawn
    for tick in range(1, 31):
        worse = found.with_columns(min_gap_m=found.min_gap_m - 0.01 * tick)
        state = base.state.with_columns(t_ns=T_NS + tick * NS_PER_S // 10, near_misses=worse)
        feed.snapshot = replace(base, state=state)
        window.ticker.tick()
    assert 2 <= window.near_misses.drawn - before <= 4


def test_one_that_has_not_been_found_for_a_moment_still_lasts(window, feed, base, found):
    away = found.with_columns(until_ns=-found.t_ns)
    (line,) = list(csv.reader(io.StringIO(csv_text(away, [""] * 5, np.arange(1)))))[1:]
    assert line[1] == ""
    feed.snapshot = replace(base, state=base.state.with_columns(t_ns=T_NS + 2 * NS_PER_S, near_misses=away))
    window.ticker.tick()
    assert all(told.endswith("…") for told in shown(window, TIME))


def test_a_yard_without_near_misses_says_so(window, feed, base):
    feed.snapshot = replace(base, state=base.state.with_columns(t_ns=T_NS + 2 * NS_PER_S))
    window.ticker.tick()
    assert window.near_misses.count.text() == "No near miss yet."
    assert not window.near_misses.save_button.isEnabled()


# The replay


def test_a_row_opens_the_replay_ten_seconds_before(window, feed, found):
    window.near_misses.table.selectRow(1)
    window.near_misses.table.doubleClicked.emit(window.near_misses.rows.index(1, 0))
    window.turns.finish()
    assert window.player.replay.t_ns == int(found.t_ns[3]) - BEFORE_NS
    window.ticker.tick()
    assert window.snapshot.mode is Mode.REPLAY


def replayed(window, line=0):
    """Replay the near miss of a line, and let a tick pass."""
    window.near_misses.table.selectRow(line)
    press(window, "replay_near_miss")
    window.ticker.tick()


def test_both_machines_are_marked_and_the_first_is_selected_by_its_name(window, feed):
    replayed(window)
    state = window.snapshot.state
    assert encountered(window.snapshot, window.view.view.encounter) == (8, 12)
    assert window.view_state.selected.kind is PickKind.MOVER
    assert state.fleet.name[window.view_state.selected.row] == b"TT-01"
    assert "TT-01" in window.inspector.title.text()
    assert window.view.cameras[-1]["x_m"] == 25.0


def test_the_row_that_was_replayed_stays_in_the_list_with_all_others(window):
    window.player._open = lambda path: ListReplay()  # its yard has no near miss yet
    replayed(window, 1)
    for _ in range(3):
        window.ticker.tick()
    assert len(shown(window, WHO)) == len(PAIRS)
    assert window.near_misses.table.currentIndex().row() == 1
    assert window.workspace.id == "control"


def test_a_replay_works_on_between_ticks_until_it_has_arrived(window, qtbot):
    class Far(ListReplay):
        turns = 0

        def tick(self):
            self.turns += 1
            self.settled = self.turns >= 5
            return super().tick()

    far = Far()
    far.settled = False
    window.player._open = lambda path: far
    window.near_misses.replay()
    qtbot.waitUntil(lambda: far.settled)
    assert not window.ticker._timer.isActive()
    qtbot.waitUntil(lambda: not window.player._arriving.isActive())


def test_a_list_that_is_held_follows_again_once_live(window, feed, base):
    replayed(window)
    feed.snapshot = replace(base, state=base.state.with_columns(t_ns=T_NS + 2 * NS_PER_S))
    press(window, "back_live")
    window.ticker.tick()
    assert shown(window, WHO) == []
    assert window.view_state.encounter is None


def test_a_near_miss_plays_second_by_second_even_where_the_replay_ran_faster(window):
    window.run("replay_now")
    window.turns.finish()
    window.player.set_speed(8.0)
    window.player.replay.pause()
    window.near_misses.replay()
    window.turns.finish()
    assert window.player.replay.speed == 1.0
    assert window.player.replay.playing


def test_the_strip_names_the_near_miss_and_counts_down_to_it(window, found):
    replayed(window)
    strip, t_ns = window.strip, int(found.t_ns[4])
    assert strip.isVisible()
    assert "TT-01 / RS-01" in strip.what.text()
    for left_s, words in ((12.0, "finding"), (10.0, "in 10.0 s"), (3.5, "in 3.5 s"), (-0.4, "now")):
        assert words in countdown(window.texts, window.view_state.encounter, t_ns - round(left_s * NS_PER_S))


def test_a_near_miss_that_lasts_is_now_until_it_is_over(window, found):
    begins_ns = int(found.t_ns[4])
    encounter = replace(encounter_of(found, 4), until_ns=begins_ns + 6 * NS_PER_S)
    instants_ns = [begins_ns + round(s * NS_PER_S) for s in (-1.0, 3.2, 6.9, 8.5)]
    told = [countdown(window.texts, encounter, t_ns) for t_ns in instants_ns]
    assert told == ["in 1.0 s", "now", "now", "2.5 s ago"]


def test_the_strip_has_the_controls_at_hand_and_leads_back_to_live(window):
    replayed(window)
    window.strip.buttons["play"].click()
    assert not window.player.replay.playing
    window.strip.buttons["back_live"].click()
    window.ticker.tick()
    assert window.player.replay is None
    assert not window.strip.isVisible()


def test_alarms_of_the_live_yard_are_told_while_a_replay_is_shown(window, feed):
    replayed(window)
    assert "3 alarms" in window.strip.live.text()
    alarms = alarms_of(2, priority=np.array([1, 3], np.int8), state=np.array([0, 1], np.int8))
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(alarms=alarms))
    window.ticker.tick()
    assert "live: 2 alarms" in window.strip.live.text()
    assert "1 critical" in window.strip.live.text()
    assert "1 not acknowledged" in window.strip.live.text()


def test_nothing_of_a_replay_is_said_once_live_again(window):
    replayed(window)
    window.status.say("said in the replay")
    press(window, "back_live")
    window.ticker.tick()
    assert window.status.note.text() == ""


def test_the_last_note_is_said_in_the_language_chosen_after_it(window):
    window.status.say(window.texts.tr("Saved: {path}", path="near.csv"))
    window.texts.switch("zh")
    assert window.status.note.text() == window.texts.tr("Saved: {path}", path="near.csv")
    assert "Saved" not in window.status.note.text()
    window.texts.switch("en")
    assert window.status.note.text() == "Saved: near.csv"


def test_a_note_goes_when_it_is_history(window):
    window.status.say("long ago")
    window.status._until.timeout.emit()
    assert window.status.note.text() == ""


def test_a_second_near_miss_goes_on_in_the_replay_that_is_open(window, found):
    press(window, "replay_near_miss")
    window.turns.finish()
    first = window.player.replay
    assert first is not None
    window.near_misses.table.selectRow(2)
    press(window, "replay_near_miss")
    window.turns.finish()
    assert window.player.replay is first


def test_a_near_miss_before_the_recording_is_replayed_from_its_start(window):
    window.near_misses.replay_asked.emit(Encounter("TT-01", "RS-01", 0, 1.0, 2.0, 1.8, 0.4))
    window.turns.finish()
    assert window.player.replay.t_ns == window.player.replay.span_ns[0]


def test_the_key_walks_through_near_misses_and_flies_there(window, found):
    press(window, "next_near_miss")
    assert window.view.cameras[-1]["x_m"] == found.x_m[4]


# The file


def test_the_file_has_a_line_a_near_miss_and_every_column(base, found):
    lines = list(csv.reader(io.StringIO(csv_text(found, places_of(found, base.state.yard), np.arange(5)))))
    assert lines[0] == list(HEADER)
    assert {len(line) for line in lines} == {len(HEADER)}
    row = dict(zip(HEADER, lines[4], strict=True))
    assert (row["name"], row["other_kind"], row["ttc_s"], row["pet_s"], row["x_m"]) == (
        "TT-02", "reach_stacker", "", "0.700", "",
    )  # fmt: skip


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(base, found):
    odd = found.with_columns(name=np.full(5, b"=cmd()", "S16"))
    assert "'=cmd()" in csv_text(odd, [""] * 5, np.arange(5))


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.csv"
    write_whole(path, "one\n")
    write_whole(path, "two\n")
    assert path.read_text() == "two\n"
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("error", ["No space left on device", "Permission denied"])
def test_a_full_disk_or_missing_rights_leave_the_old_file_and_say_why(tmp_path, monkeypatch, error):
    path = tmp_path / "a.csv"
    path.write_text("old\n")

    def fail(*_):
        raise OSError(28, error)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ExportError, match=f"a.csv': expected a place that can be written, found: {error}"):
        write_whole(path, "new\n")
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_saving_writes_what_is_listed_and_says_so(window, qtbot, tmp_path):
    window.near_misses.most.setValue(1.0)
    path = tmp_path / "near.csv"
    window.near_misses.save_button.save(path)
    qtbot.waitUntil(lambda: "near.csv" in window.status.note.text())
    assert len(path.read_text().splitlines()) == 3


def test_saving_where_there_is_no_folder_says_so(window, qtbot, tmp_path):
    window.near_misses.save_button.save(tmp_path / "missing" / "near.csv")
    qtbot.waitUntil(lambda: "expected a place" in window.status.note.text())


def test_a_journal_that_cannot_be_read_at_an_instant_is_said_and_changes_nothing(window, monkeypatch):
    def refused(self, t_ns):
        raise JournalError("keyframe 7: expected a state of this version, found none")

    monkeypatch.setattr(ListReplay, "seek", refused)
    window.near_misses.replay()
    window.turns.finish()
    assert window.player.replay is None
    assert "keyframe 7" in window.status.note.text()
    assert window.view_state.encounter is None
