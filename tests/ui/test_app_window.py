import logging
from dataclasses import replace
from unittest import mock

import pytest
from PyQt6.QtWidgets import QLabel, QToolButton

from sensors.sources.hotplug import KEEPER
from tests.ui.app_samples import ListFeed, ListReplay, MovingFeed, Shelf, StillView, a_snapshot, press
from twin.decisions import Acknowledge
from twin.journal.errors import JournalError
from twin.snapshot import Mode, SourceHealth
from twin.stacking.suggestion import Accept, Refuse
from ui.app import run_window
from ui.bindings import Bindings
from ui.i18n import Texts
from ui.main_window import MainWindow
from ui.shortcuts import offered_commands
from ui.view_state import Pick, PickKind

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

A_MOVER = Pick(PickKind.MOVER, 0, (0.0, 0.0, 0.0))


@pytest.fixture
def feed():
    return ListFeed()


def test_the_band_says_which_time_is_shown(window):
    assert "SIMULATION" in window.band.mode.text()


def test_the_band_says_that_the_picture_is_old_once_all_live_sources_are_silent(window, feed):
    keeper = SourceHealth(KEEPER, True, 0.0, 0.0, 0)
    heard, silent = SourceHealth("a", True, 0.1, 9.0, 0), SourceHealth("b", False, 54.0, 0.0, 0)
    never = SourceHealth("c", False, float("inf"), 0.0, 0)
    said = []
    for sources in ((keeper, heard, silent), (keeper, silent, never), (keeper, never), (keeper,)):
        feed.snapshot = replace(feed.snapshot, mode=Mode.LIVE, sources=sources)
        window.ticker.tick()
        window.band.refresh()
        said.append((window.band.explained.text().partition(": ")[2], window.band.styleSheet()))

    words = [text for text, _ in said]
    assert words[0] == words[3] == "the yard as it is now"
    assert words[1] == "NOT the yard as it is now: all sources are silent for 54 s"
    assert words[2] == "no source has brought anything yet"
    assert said[0][1] == said[3][1] != said[1][1] == said[2][1]


def test_what_is_recorded_is_counted_in_rows(window):
    assert window.status._lamps["journal"][1].text() == "Recorded 100 rows"


def test_accepting_a_suggestion_emits_a_decision_with_name_and_role(window, feed):
    window.suggestions.table.choose(7)
    window.run("accept")
    assert feed.decisions == [Accept(7, window.actor, "controller")]


def test_the_key_of_accept_accepts(window, feed):
    window.suggestions.table.choose(7)
    press(window, "accept")
    assert [type(decision) for decision in feed.decisions] == [Accept]


def test_refusing_gives_the_reason_that_was_typed(window, feed):
    window.suggestions.table.choose(7)
    window.suggestions.reason.setEditText("vessel first")
    window.suggestions.refuse_button.click()
    assert feed.decisions == [Refuse(7, window.actor, "controller", "vessel first")]


def test_a_reason_of_the_list_is_recorded_in_english_whatever_the_language(window, feed):
    window.run("language")
    window.turns.finish()
    window.suggestions.table.choose(7)
    window.suggestions.reason.setCurrentIndex(1)
    window.run("refuse")
    assert feed.decisions[0].reason == "Slot kept for another job"


def test_choosing_a_suggestion_shows_its_ghosts(window):
    window.suggestions.table.choose(7)
    assert window.view_state.suggestion == 7


def test_the_key_of_acknowledge_acknowledges_the_gravest_alarm(window, feed):
    press(window, "acknowledge")
    assert feed.decisions == [Acknowledge((1,), window.actor, "controller")]


def test_an_alarm_already_acknowledged_is_not_acknowledged_again(window, feed):
    window.alarms.choose(3)
    window.run("acknowledge")
    assert feed.decisions == []


def test_the_reason_of_a_refused_decision_is_shown(window, feed):
    feed.answer = (False, "the stack is full")
    window.suggestions.table.choose(7)
    window.run("accept")
    window.ticker.tick()
    assert window.status.note.text() == "Not accepted: the stack is full"


def test_idle_ticks_draw_no_panel_again(window):
    window.ticker.tick()
    before = [panel.drawn for panel in window.board.followers]
    for _ in range(5):
        window.ticker.tick()
    assert [panel.drawn for panel in window.board.followers] == before


def test_a_new_alarm_table_draws_the_alarms_and_not_the_suggestions(window, feed):
    counts = window.alarms.drawn, window.suggestions.drawn
    state = feed.snapshot.state
    feed.snapshot = replace(feed.snapshot, state=replace(state, alarms=state.alarms.with_columns()))
    window.ticker.tick()
    assert (window.alarms.drawn, window.suggestions.drawn) == (counts[0] + 1, counts[1])


def test_the_language_changes_while_the_window_is_open(window):
    window.run("language")
    window.turns.finish()
    assert window.header.workspaces["control"].text() == "监控"
    assert window.docks.docks["alarms"].windowTitle() == "报警 (3)"
    assert "仿真" in window.band.mode.text()
    window.run("language")
    window.turns.finish()
    assert window.header.workspaces["control"].text() == "Control"


def test_no_english_is_left_in_chinese_buttons_and_labels(window):
    window.run("language")
    window.turns.finish()
    english = set(Texts("zh")._known) - set(Texts("zh")._known.values())
    for kind in (QLabel, QToolButton):
        for widget in window.findChildren(kind):
            assert widget.text() not in english, widget.text()


def test_a_failing_tick_is_shown_and_logged_once_and_the_next_one_is_tried(window, feed, caplog):
    feed.error = ValueError("broken source")
    with caplog.at_level(logging.ERROR, "ui.ticker"):
        window.ticker.tick()
        window.ticker.tick()
    assert "broken source" in window.status.note.text()
    assert len(caplog.records) == 1
    feed.error = None
    window.ticker.tick()
    assert window.status.note.text() == "Ticks are running again."


def test_a_feed_that_keeps_failing_is_tried_less_often(window, feed, caplog):
    feed.error = ValueError("broken source")
    with caplog.at_level(logging.CRITICAL, "ui.ticker"):
        for _ in range(5):
            window.ticker.tick()
    assert window.ticker._timer.interval() == 1000


def test_a_machine_is_known_again_by_name_after_a_jump_in_time(window, feed):
    window.select(A_MOVER)
    state = feed.snapshot.state
    fleet = state.fleet.with_columns(name=state.fleet.name[::-1].copy())
    feed.snapshot = replace(feed.snapshot, state=replace(state, epoch=2, fleet=fleet))
    window.ticker.tick()
    assert window.view_state.selected.row == len(fleet) - 1


def test_the_inspector_shows_what_was_clicked(window):
    window.view.picked.emit(A_MOVER)
    assert window.inspector.title.text() == "RTG-01"
    assert "RTK fixed" in window.inspector.body.toPlainText()


def test_clicking_the_ground_selects_nothing(window):
    window.select(A_MOVER)
    window.view.picked.emit(Pick(PickKind.GROUND, -1, (1.0, 1.0, 0.0)))
    assert window.inspector.title.text() == "Nothing selected"


def test_a_workspace_that_was_left_shows_its_own_panels_again_and_no_others(window):
    def shown():
        return {name for name, dock in window.docks.docks.items() if not dock.isHidden()}

    once = {}
    for workspace in ("control", "plan", "train"):
        window.run(workspace)
        once[workspace] = shown()

    for workspace in ("train", "control", "train", "plan", "control", "train"):
        window.run(workspace)
        assert shown() == once[workspace]


def test_every_workspace_shows_its_own_panels(window):
    for name, panel in (("plan", "editor"), ("train", "timeline"), ("control", "alarms")):
        window.run(name)
        shown = {key for key, dock in window.docks.docks.items() if not dock.isHidden()}
        assert panel in shown
        assert ("editor" in shown) == (name == "plan")


def test_the_palette_finds_commands_in_either_language(window):
    offer = offered_commands(Texts("zh"), window.usable)
    assert "find" in {key for key, _, _ in offer("find")}
    assert "find" in {key for key, _, _ in offer("查找")}


def test_commands_that_cannot_be_used_now_are_not_offered(window):
    offered = {key for key, _, _ in offered_commands(Texts("en"), window.usable)("")}
    assert "publish" not in offered
    assert "step_back" not in offered


def test_replaying_switches_decisions_off_and_live_goes_on(window, feed):
    window.run("replay_now")
    window.ticker.tick()
    assert window.workspace.id == "train"
    assert window.snapshot.mode is Mode.REPLAY
    window.suggestions.table.choose(7)
    window.run("accept")
    window.run("acknowledge")
    assert feed.decisions == []


def test_replay_controls_move_the_cursor(window):
    window.run("replay_now")
    window.ticker.tick()
    replay = window.player.replay
    replay.pause()
    window.timeline.sought.emit(replay.span_ns[0])
    press(window, "second_forward")
    assert replay.t_ns == replay.span_ns[0] + 10**9
    press(window, "alarm_after")
    assert replay.t_ns == replay.alarms[0]
    press(window, "play")
    assert replay.playing
    window.run("faster")
    assert replay.speed == 2.0


def test_leaving_the_replay_closes_it_and_shows_the_live_yard(window):
    window.run("replay_now")
    window.ticker.tick()
    replay = window.player.replay
    window.run("back_live")
    window.ticker.tick()
    assert replay.closed
    assert window.snapshot.mode is Mode.SIMULATION


def test_a_click_on_the_strip_seeks_there(window):
    window.run("replay_now")
    window.ticker.tick()
    window.timeline.strip.sought.emit(window.timeline.strip.instant_at(1e9))
    assert window.player.replay.t_ns == window.player.replay.span_ns[1]


def test_keys_of_a_replay_do_nothing_while_live(window):
    for command in ("play", "step_back", "back_live"):
        assert not window._shortcuts[command].isEnabled()


def test_the_picture_carries_the_word_of_what_it_shows(window, feed):
    assert window.view.watermark == "SIMULATION"
    window.run("replay_now")
    window.ticker.tick()
    assert window.view.watermark == "REPLAY"
    window.run("back_live")
    feed.snapshot = replace(feed.snapshot, mode=Mode.LIVE)
    window.ticker.tick()
    assert window.view.watermark == ""


def test_double_clicking_an_alarm_flies_to_where_it_is(window):
    window.alarms.table.doubleClicked.emit(window.alarms.rows.index(0, 1))
    assert len(window.view.flights) == 1


def test_closing_stops_the_ticks_and_closes_view_and_feed(window, feed):
    window.ticker.start()
    window.close()
    assert feed.closed
    assert window.view.closed
    assert not window.ticker._timer.isActive()


def test_a_window_without_a_live_feed_shows_a_recording(qtbot):
    shelf = Shelf()
    with mock.patch("ui.main_window.YardView", StillView):
        window = MainWindow(Bindings(None, lambda path: ListReplay(), shelf.save, shelf.load), Texts("en"))
    qtbot.addWidget(window)
    window.start(ListReplay())
    window.ticker.tick()
    window.run("back_live")
    assert window.snapshot.mode is Mode.REPLAY
    window.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_smoke_run_saves_a_picture_and_ends(qapp, tmp_path, language):
    feed, shelf, picture = MovingFeed(a_snapshot(60)), Shelf(), tmp_path / "window.png"
    code = run_window(
        feed, lambda path: ListReplay(), save_layout=shelf.save, load_layout=shelf.load, language=language,
        demo=True, smoke_s=0.3, picture=picture,
    )  # fmt: skip
    assert code == 0
    assert picture.stat().st_size > 10_000
    assert feed.closed


def test_a_picture_that_cannot_be_written_fails_the_run(qapp, tmp_path, caplog):
    feed, shelf = MovingFeed(a_snapshot(60)), Shelf()
    with caplog.at_level(logging.CRITICAL, "ui.lasting"):
        code = run_window(
            feed, lambda path: ListReplay(), save_layout=shelf.save, load_layout=shelf.load, language="en",
            demo=False, smoke_s=0.1, picture=tmp_path / "window.nosuchkind",
        )  # fmt: skip
    assert code == 1


@pytest.mark.parametrize("command", ["second_back", "alarm_after"])
def test_where_a_journal_is_damaged_the_cursor_stays_and_that_is_said(window, monkeypatch, command):
    window.run("replay_now")
    window.ticker.tick()
    replay = window.player.replay

    def refused(*_):
        raise JournalError("journal a: expected a sound file, found one that is cut or damaged")

    for name in ("seek", "step", "next_alarm"):
        monkeypatch.setattr(ListReplay, name, refused)
    before_ns = replay.t_ns
    window.timeline.sought.emit(replay.span_ns[0])
    assert "found one that is cut or damaged" in window.status.note.text()
    window.status.note.setText("")
    window.run(command)
    assert "found one that is cut or damaged" in window.status.note.text()
    assert window.player.replay is replay
    assert replay.t_ns == before_ns
