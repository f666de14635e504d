"""Another theme or language is put on one widget after the other, and ends as if put on at once."""

import pytest
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui import dressing, turns
from ui.dressing import Dresser, whole_sheet
from ui.i18n import LANGUAGES
from ui.theme import THEMES, palette, style_sheet


class Room(QMainWindow):
    """A window with a widget of several kinds, one of them out of view."""

    def __init__(self):
        super().__init__()
        body = QWidget()
        self.muted, self.hidden = QLabel("muted"), QLabel("hidden")
        self.muted.setProperty("role", "muted")
        column = QVBoxLayout(body)
        for widget in (self.muted, QPushButton("push"), QLineEdit("12"), QCheckBox("check"), QComboBox()):
            column.addWidget(widget)
        column.addWidget(self.hidden)
        self.hidden.hide()
        self.setCentralWidget(body)
        self.dresser = Dresser(self)


@pytest.fixture
def room(qtbot):
    def make(theme, language):
        window = Room()
        qtbot.addWidget(window)
        window.dresser.dress(theme, language)
        window.resize(300, 260)
        window.show()
        return window

    return make


def colour(label):
    return label.palette().color(label.foregroundRole()).name().upper()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_window_dressed_anew_looks_like_one_that_was_dressed_so_at_first(room, qtbot, theme, language):
    changed, fresh = room("dark", "en"), room(theme, language)
    changed.dresser.dress(theme, language)
    qtbot.waitUntil(lambda: not changed.dresser.pending)
    qtbot.waitUntil(lambda: changed.grab().toImage() == fresh.grab().toImage())
    changed.hidden.show()
    assert colour(changed.hidden) == palette(theme).text
    assert changed.hidden.font().pixelSize() == fresh.muted.font().pixelSize() + 1


def test_what_is_in_view_is_dressed_before_what_is_not_and_never_all_at_once(room, monkeypatch):
    monkeypatch.setattr(turns, "TURN_S", 0.0)
    window = room("dark", "en")
    window.dresser.dress("light", "en")
    taken = 0
    while colour(window.muted) != palette("light").muted:
        window.dresser._turns.go_on()
        taken += 1
    assert taken > 1
    assert colour(window.hidden) == palette("dark").text
    window.dresser.finish()
    assert colour(window.hidden) == palette("light").text
    assert not window.dresser.pending


def test_a_widget_that_went_meanwhile_is_passed_over(room, qapp):
    window = room("dark", "en")
    window.dresser.dress("light", "zh")
    window.centralWidget().deleteLater()
    qapp.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete
    window.dresser.finish()
    assert not window.dresser.pending


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_a_style_sheet_is_lost_in_the_one_of_all(theme, language):
    whole = whole_sheet()
    for selector, said in dressing._rules(style_sheet(theme, language)):
        for line in said:
            assert line in whole, (selector, line)


def test_every_rule_of_the_sheet_is_under_a_property_of_the_window():
    for selector, said in dressing._rules(whole_sheet()):
        assert said
        assert all(one.strip().startswith("QMainWindow[") for one in selector.split(","))
