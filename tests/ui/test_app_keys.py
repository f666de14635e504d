"""Alarms are answered by keys alone, whatever has the focus: real keys, not commands."""

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window
from twin.decisions import Acknowledge, Shelve

KEY, PLAIN, SHIFT = Qt.Key, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def feed():
    return ListFeed(a_snapshot(60))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    with qtbot.waitActive(window):
        window.activateWindow()
    return window


def focused(window, name):
    """Give what has the focus, by name, once it has it."""
    widget = {
        "yard": window.view,
        "alarms": window.alarms.table,
        "suggestions": window.suggestions.table,
        "reason of refusal": window.suggestions.reason,
        "tabs": window.alarms.tabs[window.alarms.list],
        "header": window.header.workspaces["control"],
    }[name]
    widget.setFocus()
    return widget


# The reason can be typed: there a letter is a letter, and the function keys are what is left.
EVERYWHERE = ("yard", "alarms", "suggestions", "reason of refusal", "tabs", "header")


def answered(window, feed, place, go, answer):
    """Press both keys with the focus there; give what was decided, and the alarms that were selected."""
    window.view.flights.clear()
    feed.decisions.clear()
    window.alarms.table.clearSelection()
    QTest.keyClick(focused(window, place), go)
    assert window.view.flights, place
    QTest.keyClick(window.focusWidget(), answer)
    return feed.decisions, window.alarms.chosen_ids()


def test_the_next_alarm_is_flown_to_and_acknowledged_by_two_keys_wherever_the_focus_is(window, feed):
    for place in EVERYWHERE:
        (decided,), chosen = answered(window, feed, place, KEY.Key_F6, KEY.Key_F7)
        assert isinstance(decided, Acknowledge)
        assert decided.alarms == chosen


def test_letters_do_the_same_where_nothing_is_typed(window, feed):
    for place in EVERYWHERE:
        if place != "reason of refusal":
            (decided,), _ = answered(window, feed, place, KEY.Key_N, KEY.Key_A)
            assert isinstance(decided, Acknowledge)


def test_an_alarm_is_shelved_by_keys_alone(window, feed):
    state = feed.snapshot.state
    low = int(state.alarms.id[int(state.alarms.priority.argmax())])
    window.alarms.choose(low)
    QTest.keyClick(window.alarms.table, KEY.Key_F7, SHIFT)
    form = window.watch.dialog
    assert form.isVisible()
    QTest.keyClicks(form.reason, "Sensor under test")
    QTest.keyClick(form.take, KEY.Key_Return)
    assert isinstance(feed.decisions[-1], Shelve)
    assert feed.decisions[-1].reason == "Sensor under test"
