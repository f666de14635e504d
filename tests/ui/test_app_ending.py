"""The end of the window: at once where no loop runs, else in turns and out of sight."""

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QMainWindow

from ui.ending import Ending


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
