"""The end of the window: at once where no loop runs, else in turns and out of sight."""

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QDialog, QFileDialog, QMainWindow, QMenu, QMessageBox

from ui.ending import Ending

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Window(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.gone: list[tuple[int, bool]] = []
        self._ending = Ending(
            self, lambda: [lambda k=k: self.gone.append((k, self.isVisible())) for k in range(3)]
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        event.setAccepted(self._ending.go_on())


@pytest.fixture
def window(qtbot, monkeypatch):
    monkeypatch.setattr(QApplication, "quitOnLastWindowClosed", lambda: False)
    made = Window()
    qtbot.addWidget(made)
    made.show()
    return made


def test_where_no_loop_runs_all_is_let_go_at_once(window):
    assert window.close()
    assert [part for part, _ in window.gone] == [0, 1, 2]


def test_while_the_loop_runs_parts_go_in_order_and_out_of_sight(window, qtbot):
    QTimer.singleShot(0, window.close)
    qtbot.waitUntil(lambda: len(window.gone) == 3)
    assert window.gone == [(0, False), (1, False), (2, False)]
    qtbot.waitUntil(lambda: window._ending.go_on())


def test_a_window_that_is_closed_twice_lets_its_parts_go_once(window):
    window.close()
    window.close()
    assert len(window.gone) == 3


def menu(window):
    made = QMenu("places", window)
    made.addAction("yard")
    return made


@pytest.mark.parametrize("over", [QDialog, QMessageBox, QFileDialog, menu])
def test_what_is_open_over_the_window_goes_with_it(window, qtbot, over):
    dialog = over(window)
    dialog.show()
    QTimer.singleShot(0, window.close)
    qtbot.waitUntil(lambda: len(window.gone) == 3)
    assert not dialog.isVisible()


def test_a_dialog_that_waits_for_an_answer_gets_none_and_lets_the_window_end(window):
    def close() -> None:
        assert QApplication.activeModalWidget() is dialog
        window.close()

    dialog = QMessageBox(window)
    dialog.setStandardButtons(QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Cancel)
    QTimer.singleShot(0, close)
    assert dialog.exec() == QMessageBox.StandardButton.Cancel
    window.close()
    assert [part for part, _ in window.gone] == [0, 1, 2]
