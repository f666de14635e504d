"""A tick, another language and another theme go through the window part after part, in turns of its loop."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.ui.app_samples import ListFeed, ListReplay
from twin.clock import NS_PER_S
from ui import turns
from ui.panels.clocks import SETTING
from ui.turns import Turns


@pytest.fixture
def feed():
    return ListFeed()


@pytest.fixture
def one_a_turn(monkeypatch):
    monkeypatch.setattr(turns, "TURN_S", 0.0)


@pytest.fixture
def told():
    return []


def later(feed):
    """Give the feed a yard that is ten seconds older, with another table of alarms."""
    state = feed.snapshot.state
    alarms = state.alarms.with_columns()
    feed.snapshot = replace(
        feed.snapshot, state=replace(state, t_ns=state.t_ns + 10 * NS_PER_S, alarms=alarms)
    )


def test_one_thing_is_done_in_a_turn_where_there_is_no_time_for_more(qapp, one_a_turn, told):
    line = Turns(qapp)
    for name in "abc":
        line.do(name, lambda n=name: told.append(n))
    line.go_on()
    assert told == ["a"]
    line.go_on()
    line.go_on()
    assert told == ["a", "b", "c"]
    assert not line.pending


def test_what_is_asked_for_again_keeps_its_place_and_is_done_once(qapp, one_a_turn, told):
    line = Turns(qapp)
    line.do("a", lambda: told.append("old"))
    line.do("b", lambda: told.append("b"))
    line.do("a", lambda: told.append("new"))
    line.finish()
    assert told == ["new", "b"]


def test_the_loop_comes_to_all_that_was_asked_for(qtbot, qapp, one_a_turn, told):
    line = Turns(qapp)
    line.do("a", lambda: line.do("b", lambda: told.append("b")))
    qtbot.waitUntil(lambda: told == ["b"])
    qtbot.waitUntil(lambda: not line._timer.isActive())


def test_the_scene_and_the_band_are_shown_a_tick_before_any_panel(window, feed):
    before = window.alarms.snapshot
    later(feed)
    window.ticker._take()
    window.ticker._show()
    assert window.view.shown == [feed.snapshot]
    assert window.band._snapshot is feed.snapshot
    assert window.alarms.snapshot is before
    window.turns.finish()
    assert window.alarms.snapshot is feed.snapshot


def test_one_turn_tells_one_panel(window, feed, one_a_turn):
    window.turns.finish()
    later(feed)
    window.ticker._take()
    window.ticker._show()
    counts = []
    while window.turns.pending:
        window.turns.go_on()
        counts.append(sum(panel.snapshot is feed.snapshot for panel in window.board.followers))
    steps = {after - before for before, after in pairwise(counts)}
    assert steps == {0, 1}
    assert counts[-1] == len(window.board.followers)


def test_a_change_of_language_draws_one_panel_in_a_turn(window, one_a_turn):
    window.turns.finish()
    drawn = [{panel: panel.drawn for panel in window.board.followers}]
    window.run("language")
    while window.turns.pending:
        window.turns.go_on()
        drawn.append({panel: panel.drawn for panel in window.board.followers})
    pairs = list(pairwise(drawn))
    assert max(sum(after[p] > before[p] for p in after) for before, after in pairs) == 1
    assert sum(any(after[p] > before[p] for p in after) for before, after in pairs) > 3


def test_a_language_changed_back_half_way_leaves_no_word_of_the_other(window, one_a_turn):
    window.turns.finish()
    said = [setter for setter, _ in window.texts._said]
    assert said
    names = {name: dock.windowTitle() for name, dock in window.docks.docks.items()}
    summary = window.alarms.summary.text()
    window.run("language")
    for _ in range(len(said) + 3):
        window.turns.go_on()
    window.run("language")
    window.turns.finish()
    assert {name: dock.windowTitle() for name, dock in window.docks.docks.items()} == names
    assert window.alarms.summary.text() == summary
    assert window.header.workspaces["control"].text() == "Control"


def test_the_clock_of_another_yard_is_told_to_the_panels_in_turns(window, feed, one_a_turn, monkeypatch):
    window.turns.finish()
    state = feed.snapshot.state
    feed.snapshot = replace(feed.snapshot, state=replace(state, yard=replace(state.yard, name="another")))
    monkeypatch.setenv(SETTING, "+8")
    before = [panel.drawn for panel in window.board.followers]
    window.ticker._take()
    window.ticker._show()
    assert str(window.texts.zone) == "UTC+08:00"
    assert "UTC+8" in window.band.clock.text()
    assert [panel.drawn for panel in window.board.followers] == before
    window.turns.finish()
    assert sum(panel.drawn for panel in window.board.followers) > sum(before)


def test_a_theme_changed_back_half_way_is_the_first_again(window, one_a_turn):
    window.run("theme")
    for _ in range(4):
        window.turns.go_on()
    window.run("theme")
    window.turns.finish()
    assert {part.theme for part in (*window.board.themed, window.header, window.strip)} == {"dark"}


def test_a_replay_is_opened_sought_and_shown_one_a_turn_before_its_first_tick(
    window, one_a_turn, monkeypatch
):
    replay, opened = ListReplay(), []
    monkeypatch.setattr(window.player, "_open", lambda path: opened.append(path) or replay)
    window.player.begin(None)
    steps = []
    while window.turns.pending:
        window.turns.go_on()
        steps.append((len(opened), replay.t_ns != replay.span_ns[0], window.ticker.replay is replay))
    assert steps[:3] == [(1, False, False), (1, True, False), (1, True, True)]
    assert replay.done == []
    window.ticker.tick()
    assert replay.done == ["tick"]


def test_a_window_that_closes_tells_nothing_any_more(window, feed):
    later(feed)
    window.ticker._take()
    window.ticker._show()
    window.ticker.stop()
    assert not window.turns.pending


def test_a_panel_behind_another_tab_is_drawn_when_it_comes_to_the_top(window, feed):
    sources = window.board.sources
    assert sources.isVisible()
    before = sources.drawn
    later(feed)
    window.ticker.tick()
    assert sources.drawn == before
    window.docks.raise_panel("sources")
    assert sources.drawn == before + 1
    later(feed)
    window.ticker.tick()
    assert sources.drawn == before + 2


def test_changing_the_workspace_draws_no_panel_that_stays_behind_another(window):
    behind = [window.board.sources, window.board.figures, window.board.outcomes]
    before = [panel.drawn for panel in behind]
    for workspace in ("plan", "train", "control"):
        window.run(workspace)
    assert [panel.drawn for panel in behind] == before
