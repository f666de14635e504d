"""Things to do one after the other, a few in one turn of the window's loop: keys are answered in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from PyQt6.QtCore import QObject, QTimer

TURN_S = 0.008
"""Within one turn another thing is begun until so much has gone by [s of processor time]."""


class Turns:
    """Does what is asked for, in the order in which it was asked for.

    Parameters
    ----------
    owner : QObject
        What the turns live as long as.
    name : str
        Of the timer, by which measurements tell what a turn was of.

    Notes
    -----
    What is asked for under a key that waits already takes the place of what waits there: a panel is told
    the newest of two states, and a language changed twice is shown as chosen last.
    """

    def __init__(self, owner: QObject, name: str = "turn") -> None:
        self._waiting: dict[Hashable, Callable[[], object]] = {}
        self._timer = QTimer(owner)
        self._timer.setObjectName(name)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.go_on)

    @property
    def pending(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def do(self, key: Hashable, then: Callable[[], object]) -> None:
        """Have something done in a turn to come, in the stead of what waits under that key."""
        self._waiting[key] = then
        self._timer.start()

    def go_on(self) -> None:
        """Do what waits longest, and what comes after it while there is time in this turn."""
        until_s = time.thread_time() + TURN_S
        while self._waiting:
            self._do_next()
            if time.thread_time() >= until_s:
                break
        if not self._waiting:
            self._timer.stop()

    def finish(self) -> None:
        """Do now all that waits."""
        while self._waiting:
            self._do_next()
        self._timer.stop()

    def stop(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._timer.stop()

    def _do_next(self) -> None:
        self._waiting.pop(next(iter(self._waiting)))()
