"""The end of a window: out of sight at once, then its parts go one after the other while its loop runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PyQt6.QtCore import QThread
from PyQt6.QtWidgets import QApplication, QWidget

from ui.turns import Turns


class Ending:
    """Lets go what a window holds, once.

    Parameters
    ----------
    window : QWidget
        Closed again when all is let go.
    parts : callable
        Gives what is to be done, in that order.
    """

    def __init__(self, window: QWidget, parts: Callable[[], Iterable[Callable[[], object]]]) -> None:
        self._window, self._parts, self._begun = window, parts, False
        self._turns = Turns(window, "end")

    def go_on(self) -> bool:
        """Begin to let go, all at once where no loop runs that turns could come in; tell whether all is."""
        if not self._begun:
            self._begun = True
            # Not at once: Qt takes a window that hides while it is asked to close for one that is closed.
            self._turns.do("hidden", self._hide)
            for number, part in enumerate(self._parts()):
                self._turns.do(number, part)
            self._turns.do("closed", self._close)
        thread = QThread.currentThread()
        if thread is None or not thread.loopLevel():
            self._turns.finish()
        return not self._turns.pending

    def _hide(self) -> None:
        """Have all out of sight; a dialog, list or menu that is open over the window is closed unanswered."""
        for part in self._window.findChildren(QWidget):
            if part.isWindow() and part.isVisible():
                part.close()
        self._window.hide()

    def _close(self) -> None:
        """Close the window for good; the program ends with it."""
        self._window.close()
        if QApplication.quitOnLastWindowClosed():
            QApplication.quit()
