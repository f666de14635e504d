from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor

from tests.ui.app_samples import ListFeed, a_snapshot, press
from tests.ui.samples import T_NS, alarms_of
from twin.clock import NS_PER_S
from twin.decisions import Acknowledge, Shelve, Unshelve
from twin.safety.alarms import RULE_NAMES, RULES
from twin.safety.table import AlarmState, Level, Priority
from ui.actions import action
from ui.panels.alarm_detail import detail_html, time_left_s
from ui.panels.alarm_rows import FOLD, NOW, PRIORITY, STATE, WHAT, by_urgency, entries, level_text, ordered
from ui.panels.alarms import List
from ui.panels.shelving import LONGEST_MIN, REASONS, Shelving
from ui.theme import palette

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

NEW, SEEN = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED
SHELVED, HELD = AlarmState.SHELVED, AlarmState.SUPPRESSED


def small(*values):
    return np.array(values, np.int8)


def with_alarms(snapshot, alarms, **columns):
    return replace(snapshot, state=snapshot.state.with_columns(alarms=alarms, **columns))


@pytest.fixture(scope="module")
def base():
    return a_snapshot(60)


@pytest.fixture
def grouped():
    """Give six alarms: one critical, four of one cause of which one is critical, one shelved."""
    return alarms_of(
        6, priority=small(1, 3, 3, 1, 3, 2), group=[1, 2, 2, 2, 2, 6],
        state=small(NEW, SEEN, NEW, NEW, NEW, SHELVED),
        level=small(3, 1, 2, 3, 1, 2), until_ns=[0, 0, 0, 0, 0, T_NS + 600 * NS_PER_S],
        actor=np.array([b"", b"li", b"", b"", b"", b"wang"], "S32"), ack_ns=[0, T_NS, 0, 0, 0, 0],
        reason=np.array([b""] * 5 + [b"Sensor under test"], "S96"),
        rule=np.full(6, RULE_NAMES.index("contact")),
    )  # fmt: skip


@pytest.fixture
def feed(base, grouped):
    return ListFeed(with_alarms(base, grouped))


def later(window, feed, alarms):
    """Let a tick pass in which the alarms stand so."""
    feed.snapshot = with_alarms(feed.snapshot, alarms)
    window.ticker.tick()


def shelving(window, alarm):
    """Open the form for an alarm and what is folded under it, with a reason given."""
    window.alarms.choose(alarm)
    press(window, "shelve")
    window.watch.dialog.reason.setCurrentIndex(1)
    return window.watch.dialog


def shown(window, column=WHAT):
    model = window.alarms.rows
    return [model.data(model.index(line, column)) for line in range(model.rowCount())]


def listed(window):
    model = window.alarms.rows
    return [model.id_of(line) for line in range(model.rowCount())]


# The order, groups and folds


def test_what_nobody_has_acknowledged_comes_first_and_of_that_the_gravest(grouped):
    assert [int(grouped.id[row]) for row in ordered(grouped)] == [1, 4, 3, 5, 2, 6]


def test_what_is_looked_at_next_is_what_nobody_has_acknowledged(grouped):
    urgent = [int(grouped.id[row]) for row in by_urgency(grouped)]
    assert urgent[-1] == 2
    assert 6 not in urgent


def test_the_first_of_a_cause_stands_over_the_others_and_below_what_is_critical(window):
    assert listed(window) == [1, 4, 2]
    assert shown(window, FOLD)[2] == "▸ 2"


def test_a_critical_alarm_is_never_folded(window, grouped):
    for unfolded in (frozenset(), frozenset({2})):
        rows = [entry.row for entry in entries(grouped, ordered(grouped), unfolded)]
        assert {0, 3} <= set(rows)


def test_unfolding_lists_every_member_and_folding_hides_them_again(window):
    window.alarms.choose(2)
    press(window, "unfold")
    assert set(listed(window)) == {1, 2, 3, 4, 5}
    assert shown(window, FOLD)[2].startswith("▾")
    press(window, "unfold")
    assert listed(window) == [1, 4, 2]


def test_a_click_on_the_fold_unfolds(window):
    window.alarms.table.clicked.emit(window.alarms.rows.index(1, FOLD))
    assert len(listed(window)) == 5


@pytest.mark.parametrize("level", list(Level))
def test_a_level_is_told_by_form_and_word(window, level):
    text = level_text(window.texts, int(level))
    assert text.count("▮") == level
    assert text.count("▮") + text.count("▯") == 3
    assert text[4:]


def test_the_symbol_of_an_alarm_differs_by_priority_and_by_whether_it_was_seen(window):
    window.alarms.choose(3)
    model = window.alarms.rows
    role = Qt.ItemDataRole.DecorationRole
    symbols = [model.data(model.index(line, PRIORITY), role).cacheKey() for line in range(model.rowCount())]
    assert len(set(symbols)) == 3


# What people do


def test_the_key_flies_to_the_most_urgent_alarm_first_and_then_on(window, feed, base):
    press(window, "next_alarm")
    assert window.alarms.chosen_ids() == (1,)
    press(window, "next_alarm")
    assert window.alarms.chosen_ids() == (4,)
    assert len(window.view.flights) == 2


def test_after_acknowledging_the_key_goes_to_the_most_urgent_that_is_left(window, feed, grouped):
    press(window, "next_alarm")
    press(window, "acknowledge")
    press(window, "next_alarm")
    assert window.alarms.chosen_ids() == (4,)
    window.alarms.choose(1)
    later(window, feed, grouped.with_columns(state=small(SEEN, SEEN, NEW, NEW, NEW, SHELVED)))
    press(window, "next_alarm")
    assert window.alarms.chosen_ids() == (4,)


def test_the_sign_of_the_row_chosen_keeps_its_colour(window):
    window.alarms.choose(1)
    table, colour = window.alarms.table, QColor(palette(window.theme).critical).rgb()
    area = table.visualRect(window.alarms.rows.index(0, PRIORITY))
    image = table.viewport().grab(area).toImage()
    assert colour in {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_the_machine_of_the_alarm_flown_to_is_selected(window, feed, base, grouped):
    alarms = grouped.with_columns(mover=np.array([8, 9, -1, -1, -1, -1], np.int32))
    later(window, feed, alarms)
    press(window, "next_alarm")
    assert window.view_state.selected.row == 8
    assert window.inspector.title.text() == base.state.fleet.name[8].decode()


def test_that_no_alarm_stands_is_taken_back_once_one_does(window, feed, grouped):
    later(window, feed, alarms_of(0))
    press(window, "next_alarm")
    assert window.status.note.text() == "No alarm stands."
    later(window, feed, grouped)
    assert window.status.note.text() == ""


def test_what_was_said_meanwhile_stays_when_an_alarm_comes(window, feed, grouped):
    later(window, feed, alarms_of(0))
    press(window, "next_alarm")
    window.status.say("Saved.")
    later(window, feed, grouped)
    assert window.status.note.text() == "Saved."


def test_f_keys_go_to_the_next_alarm_and_acknowledge():
    assert "F6" in action("next_alarm").keys
    assert "F7" in action("acknowledge").keys


def test_acknowledging_a_folded_group_acknowledges_what_lies_under_it(window, feed):
    window.alarms.choose(2)
    press(window, "acknowledge")
    assert feed.decisions == [Acknowledge((3, 5), window.actor, "controller")]


def test_without_a_choice_the_most_urgent_alarm_is_acknowledged(window, feed):
    press(window, "acknowledge")
    assert feed.decisions == [Acknowledge((1,), window.actor, "controller")]


def test_shelving_asks_for_time_and_reason_and_leaves_critical_alarms_out(window, feed):
    window.alarms.table.selectAll()
    press(window, "shelve")
    dialog = window.watch.dialog
    assert not dialog.refusal.isHidden()
    assert not dialog.take.isEnabled()
    dialog.reason.setCurrentIndex(1)
    dialog.minutes.setValue(20)
    dialog.take.click()
    (decision,) = feed.decisions
    assert decision == Shelve(
        (2, 3, 5), (1, 2, 1), T_NS + 1200 * NS_PER_S, "Sensor under test", window.actor, "controller"
    )


def test_a_critical_alarm_alone_cannot_be_shelved_and_the_form_says_why(window, feed):
    window.alarms.choose(1)
    press(window, "shelve")
    dialog = window.watch.dialog
    assert not dialog.minutes.isVisible()
    assert not dialog.reason.isVisible()
    dialog.reason.setEditText("because")
    assert "never shelved" in dialog.refusal.text()
    assert not dialog.take.isEnabled()
    dialog.take.click()
    assert feed.decisions == []


def test_the_form_names_the_alarm_with_level_and_priority_as_they_stand(window, feed, grouped):
    dialog = shelving(window, 2)
    assert "▮▯▯ Warning" in dialog.named.text()
    assert "Low" in dialog.named.text()
    later(window, feed, grouped.with_columns(state=small(NEW, NEW, NEW, NEW, NEW, SHELVED)))
    assert "New" in dialog.named.text()
    assert dialog.take.isEnabled()


@pytest.mark.parametrize(
    ("rose", "word"),
    [({"level": small(3, 3, 2, 3, 1, 2)}, "Stop"), ({"priority": small(1, 2, 3, 1, 3, 2)}, "High")],
)
def test_an_alarm_that_got_graver_while_the_form_was_open_is_not_shelved(window, feed, grouped, rose, word):
    dialog = shelving(window, 2)
    assert dialog.take.isEnabled()
    later(window, feed, grouped.with_columns(**rose))
    assert word in dialog.problem.text()
    assert "not shelved" in dialog.problem.text()
    later(window, feed, grouped)
    dialog.take.click()
    assert feed.decisions == []


def test_an_alarm_that_has_gone_while_the_form_was_open_is_not_shelved(window, feed, grouped):
    dialog = shelving(window, 2)
    later(window, feed, grouped.take(np.array([0, 3, 5])))
    assert "gone" in dialog.problem.text()
    assert not dialog.take.isEnabled()


def test_the_reason_can_be_typed_as_soon_as_the_form_is_open(window):
    dialog = shelving(window, 2)
    assert dialog.focusWidget() in (dialog.reason, dialog.reason.lineEdit())


def test_a_reason_is_recorded_in_english_or_as_typed(window, qtbot):
    window.texts.switch("zh")
    dialog = Shelving(window.snapshot.state, (2,), window.texts)
    qtbot.addWidget(dialog)
    dialog.reason.setCurrentIndex(0)
    assert dialog.reason_text() == REASONS[0]
    dialog.reason.setEditText("  lamp 3  ")
    assert dialog.reason_text() == "lamp 3"
    assert dialog.minutes.maximum() == LONGEST_MIN


def test_an_alarm_that_ended_while_the_form_was_open_stays_named_in_it(window, feed, grouped):
    dialog = shelving(window, 2)
    assert dialog.title.text() == "Shelve 3 alarms"
    before = dialog.named.text().split("\n")
    later(window, feed, grouped.take(np.array([0, 2, 3, 4, 5])))
    after = dialog.named.text().split("\n")
    assert dialog.title.text() == "Shelve 2 alarms"
    assert (after[0], after[1:]) == ("Ended meanwhile", before[1:])
    assert dialog.take.isEnabled()


def test_shelving_without_a_choice_says_what_is_missing(window, feed):
    window.alarms.table.clearSelection()
    press(window, "shelve")
    assert (window.status.note.text(), feed.decisions) == ("Choose the alarms to shelve first.", [])
    window.alarms.table.selectRow(0)
    press(window, "shelve")
    assert window.status.note.text() == ""


def test_the_counts_of_shelved_and_suppressed_alarms_are_always_shown(window):
    tabs = [tab.text() for tab in window.alarms.tabs.values()]
    assert tabs == ["Standing 5", "Shelved 1", "Suppressed 0", "Log 0", "Scorecard"]


def test_the_list_of_shelved_alarms_tells_reason_and_time_left_and_takes_back(window, feed):
    window.alarms.show_list(List.SHELVED)
    assert listed(window) == [6]
    assert shown(window, STATE) == ["10 min 00 s left, Sensor under test; wang"]
    assert window.alarms.table.isColumnHidden(NOW)
    press(window, "unshelve")
    assert feed.decisions == [Unshelve((6,), window.actor, "controller")]


def test_taking_back_is_the_undo_of_shelving():
    assert action("shelve").undo == "unshelve"


def test_the_key_walks_through_the_lists_of_alarms(window):
    for kind in (List.SHELVED, List.SUPPRESSED, List.LOG, List.SCORES, List.STANDING):
        press(window, "alarm_lists")
        assert window.alarms.list is kind


def test_neither_shelved_nor_suppressed_alarms_are_counted_in_the_band(window, feed, grouped):
    held = grouped.with_columns(state=small(HELD, HELD, HELD, HELD, HELD, SHELVED))
    feed.snapshot = with_alarms(feed.snapshot, held)
    window.ticker.tick()
    assert all(count.isHidden() for _, count in window.band.counts.values())
    assert window.docks.docks["alarms"].windowTitle() == "Alarms"


# What is told


def test_the_chosen_alarm_tells_cause_consequence_action_and_time_to_respond(window):
    window.alarms.choose(1)
    told = window.alarms.detail.toPlainText()
    rule = RULES["contact"]
    for text in (rule.cause, rule.consequence, rule.action, "Respond within 2.0 s"):
        assert text in told


def test_who_acknowledged_and_when_is_told(window):
    window.alarms.choose(2)
    assert "by li at 14:13:20" in window.alarms.detail.toPlainText()


def test_the_time_left_to_respond_runs_and_then_counts_what_is_over(base, grouped):
    state = with_alarms(base, grouped).state
    assert time_left_s(state, 0) == RULES["contact"].respond_s
    later = state.with_columns(t_ns=T_NS + 62 * NS_PER_S)
    assert time_left_s(later, 0) == RULES["contact"].respond_s - 62


def test_words_from_outside_are_escaped(base, grouped, window):
    state = with_alarms(base, grouped.with_columns(reason=np.full(6, b"<b>x</b>", "S96"))).state
    assert "<b>x</b>" not in detail_html(state, 5, window.texts, "dark")


# Floods and idle ticks


def test_a_flood_draws_only_the_cells_that_are_seen(window, feed, monkeypatch):
    flood = alarms_of(
        1000, priority=small(*[3] * 990, *[2] * 9, 1), x_m=np.linspace(0, 300, 1000), y_m=np.ones(1000)
    )
    asked = []
    text = type(window.alarms.rows)._text
    monkeypatch.setattr(
        type(window.alarms.rows), "_text", lambda self, *args: asked.append(args) or text(self, *args)
    )
    feed.snapshot = with_alarms(feed.snapshot, flood)
    window.ticker.tick()
    window.alarms.table.viewport().grab()
    assert len(listed(window)) == 1000
    assert 0 < len(asked) < 400
    assert listed(window)[0] == 1000


def test_what_was_chosen_stays_chosen_while_alarms_come(window, feed, grouped):
    window.alarms.choose(1)
    more = alarms_of(9, priority=small(*[2] * 9), id=np.arange(1, 10))
    feed.snapshot = with_alarms(feed.snapshot, more)
    window.ticker.tick()
    assert window.alarms.chosen_ids() == (1,)


def test_an_idle_tick_lists_nothing_again(window):
    before = window.alarms.drawn
    for _ in range(3):
        window.ticker.tick()
    assert window.alarms.drawn == before


def test_a_critical_alarm_of_a_flood_is_at_the_top(window, feed):
    flood = alarms_of(300, priority=small(*[3] * 299, Priority.CRITICAL), group=np.ones(300, np.int64))
    feed.snapshot = with_alarms(feed.snapshot, flood)
    window.ticker.tick()
    assert 300 in listed(window)[:2]
