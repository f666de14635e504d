"""A thousand alarms in ten seconds in the window: what each tick costs it, and what stays on top."""

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication

from tests.ui.app_samples import ListFeed, a_snapshot
from tests.ui.samples import alarms_of
from tests.ui.test_app_alarms import listed, with_alarms
from twin.safety.table import FLOOD_REASON, AlarmState
from ui.panels import alarm_rows

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
EACH, TICKS = 40, 25


def came(n):
    """Give the first n alarms of the flood: every fifth is critical, the low ones are held back."""
    number = np.arange(1, n + 1)
    critical = number % 5 == 0
    held = ~critical & (number > 10)
    return alarms_of(
        n, priority=np.where(critical, 1, 3).astype(np.int8), group=(number + 1) // 2,
        mover=np.zeros(n, np.int32),
        state=np.where(held, AlarmState.SUPPRESSED, AlarmState.UNACKNOWLEDGED).astype(np.int8),
        reason=np.where(held, FLOOD_REASON.encode(), b"").astype("S96"), since_ns=number.astype(np.int64),
    )  # fmt: skip


@pytest.fixture
def feed():
    return ListFeed(with_alarms(a_snapshot(60), came(0)))


def visible(window):
    """Give the alarms of the lines in view, from the top."""
    table = window.alarms.table
    last = table.rowAt(table.viewport().height() - 1)
    ids = listed(window)
    return ids[table.rowAt(0) : len(ids) if last < 0 else last + 1]


def flood(window, feed, after=lambda n: None):
    for tick in range(1, TICKS + 1):
        feed.snapshot = with_alarms(feed.snapshot, came(tick * EACH))
        window.ticker.tick()
        after(tick * EACH)


def at_its_end(window, feed):
    """Let the whole flood come in one tick."""
    feed.snapshot = with_alarms(feed.snapshot, came(1000))
    window.ticker.tick()


def test_each_tick_of_a_flood_asks_for_the_cells_in_view_alone(window, feed, monkeypatch):
    asked, drawn = [], []
    text = alarm_rows.AlarmModel._text
    monkeypatch.setattr(
        alarm_rows.AlarmModel, "_text", lambda self, *args: asked.append(args) or text(self, *args)
    )

    def note(n):
        window.alarms.table.viewport().grab()
        drawn.append(len(asked))
        asked.clear()

    flood(window, feed, note)
    lines, columns = len(visible(window)), len(alarm_rows.TITLES)
    assert set(listed(window)) >= {number for number in range(1, 1001) if number % 5 == 0}
    assert max(drawn) <= 6 * (lines + 2) * columns
    assert max(drawn[12:]) <= max(drawn[:12])


def test_a_flood_lists_its_alarms_once_a_tick(window, feed):
    resets = []
    window.alarms.rows.modelReset.connect(lambda: resets.append(1))
    before = window.alarms.drawn
    flood(window, feed)
    assert window.alarms.drawn - before == TICKS
    assert len(resets) <= TICKS


def test_at_every_tick_of_a_flood_critical_alarms_are_what_is_seen(window, feed):
    wrong = []

    def look(n):
        priority = feed.snapshot.state.alarms.priority
        seen = [int(priority[number - 1]) for number in visible(window)]
        there = n // 5
        if seen != [1] * min(there, len(seen)) + seen[there:] or not seen:
            wrong.append((n, seen))

    flood(window, feed, look)
    assert wrong == []
    assert len([number for number in listed(window) if number % 5 == 0]) == TICKS * EACH // 5


def test_a_critical_alarm_is_seen_though_the_list_was_scrolled_down(window, feed):
    at_its_end(window, feed)
    window.alarms.table.scrollToBottom()
    assert 1000 not in visible(window)
    feed.snapshot = with_alarms(feed.snapshot, came(1005))
    window.ticker.tick()
    assert visible(window)[0] == 1005


def test_who_reads_further_down_is_left_there_while_no_critical_alarm_comes(window, feed):
    at_its_end(window, feed)
    window.alarms.table.scrollToBottom()
    below = visible(window)
    feed.snapshot = with_alarms(feed.snapshot, came(1004))
    window.ticker.tick()
    assert visible(window) == below


def pointing(window):
    at, none = QPointF(20.0, 20.0), Qt.MouseButton.NoButton
    moved = QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window.alarms.table.viewport(), moved)


def calm(n):
    """Give n alarms of priorities by turns, none critical, each newer than the one before."""
    number = np.arange(1, n + 1)
    priority = np.where(number % 2, 2, 3).astype(np.int8)
    return alarms_of(n, priority=priority, since_ns=number.astype(np.int64))


def show(window, feed, alarms):
    feed.snapshot = with_alarms(feed.snapshot, alarms)
    window.ticker.tick()


def test_no_line_moves_under_a_pointer_and_what_is_new_is_told_and_at_the_end(window, feed):
    show(window, feed, calm(6))
    before = listed(window)
    assert before == [5, 3, 1, 6, 4, 2]
    pointing(window)
    show(window, feed, calm(7))
    show(window, feed, calm(9))
    assert listed(window) == [*before, 7, 9, 8]
    assert window.alarms.summary.text() == "9 standing, 9 not acknowledged; 3 new at the end"


def test_lines_take_their_places_once_the_pointer_has_left(window, feed):
    show(window, feed, calm(6))
    pointing(window)
    show(window, feed, calm(9))
    QApplication.sendEvent(window.alarms.table.viewport(), QEvent(QEvent.Type.Leave))
    assert listed(window) == [9, 7, 5, 3, 1, 8, 6, 4, 2]
    assert window.alarms.summary.text() == "9 standing, 9 not acknowledged"


def test_lines_take_their_places_once_the_pointer_is_still(window, feed, qtbot):
    show(window, feed, calm(6))
    window.alarms.steady._timer.setInterval(1)
    pointing(window)
    show(window, feed, calm(9))
    qtbot.waitUntil(lambda: listed(window)[0] == 9)
    assert window.alarms.steady.behind == 0


def test_a_critical_alarm_goes_to_the_top_though_somebody_points_at_the_list(window, feed):
    show(window, feed, calm(6))
    pointing(window)
    seven = calm(7)
    priority = seven.priority.copy()
    priority[6] = 1
    show(window, feed, seven.with_columns(priority=priority))
    assert listed(window) == [7, 5, 3, 1, 6, 4, 2]


def test_members_of_a_group_that_is_unfolded_are_listed_under_it_though_a_pointer_is_there(window, feed):
    show(window, feed, calm(4).with_columns(group=np.array([1, 2, 3, 1])))
    assert listed(window) == [3, 1, 2]
    pointing(window)
    window.alarms.choose(4)
    assert listed(window) == [3, 1, 4, 2]


def test_sentences_fit_their_column_while_no_alarm_is_chosen(window, feed):
    window.resize(1600, 960)
    feed.snapshot = with_alarms(feed.snapshot, came(5))
    window.ticker.tick()
    assert not window.alarms.detail.isVisible()
    room = window.alarms.table.columnWidth(alarm_rows.WHAT)
    usual = "TT-12 is in a block where it must not be, or will be in 0.0 s"
    assert window.alarms.table.fontMetrics().horizontalAdvance(usual) + 10 <= room
    window.alarms.choose(5)
    assert window.alarms.detail.isVisible()


def test_an_alarm_that_was_chosen_among_critical_ones_stays_in_view_while_others_come(window, feed):
    chosen = []

    def after(n):
        if n == 10 * EACH:
            window.run("next_alarm")
            chosen.extend(window.alarms.chosen_ids())
        if chosen:
            assert chosen[0] in visible(window)

    flood(window, feed, after)

    assert chosen
    assert visible(window)[0] != chosen[0]
