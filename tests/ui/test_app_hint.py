import pytest
from PyQt6.QtWidgets import QLabel, QWidget

from tests.ui.app_samples import ListFeed, Shelf, a_window
from ui.i18n import Texts
from ui.panels.hint import HintCard

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def over(qtbot):
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(1000, 700)
    over.show()
    return over


@pytest.fixture
def card(over):
    card = HintCard(Texts("en"))
    card.place(over)
    return card


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_of_the_first_steps_is_cut(card, language, qapp):
    qapp.setStyleSheet("* { font-size: 16px; }")
    card._texts.switch(language)
    qapp.processEvents()
    labels = [label for label in card.findChildren(QLabel) if label.wordWrap()]
    assert len(labels) == 4
    cut = [label.text() for label in labels if label.height() < label.heightForWidth(label.width())]
    qapp.setStyleSheet("")
    assert cut == []


def test_the_first_steps_stay_in_the_middle_when_the_window_grows(card, over, qapp):
    over.resize(1600, 1000)
    qapp.processEvents()
    assert abs(card.geometry().center().x() - 800) <= 1
    assert abs(card.geometry().center().y() - 500) <= 1


def test_a_step_that_is_taken_closes_the_card_and_another_command_does_not(qtbot):
    window = a_window(ListFeed(), Shelf())
    qtbot.addWidget(window)
    for command, stays in (("top", True), ("next_alarm", False)):
        window.run("hint")
        window.run(command)
        assert window.hint.isVisible() == stays
    window.close()


def test_escape_closes_the_first_steps_and_is_free_again_then(card):
    assert card._escape.isEnabled()
    assert card._escape.key().toString() == "Esc"
    card._escape.activatedAmbiguously.emit()
    assert not card.isVisible()
    assert not card._escape.isEnabled()
