"""How long a run in a window lasts, and the picture that is taken at its end."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QEvent, QObject, QTimer

from twin.clock import NS_PER_S
from twin.snapshot import Snapshot
from ui.interrupts import code_of
from ui.main_window import MainWindow
from ui.scene.offscreen import PictureError, drawn, write_picture
from ui.ticker import Ticker

FAILED = 1
LOOKS, LOOK_MS = 100, 100
"""How often it is looked at the end whether the yard has been drawn for its picture, and how long apart."""

_log = logging.getLogger(__name__)


class Lasting:
    """Ends a run after so much yard time from its first tick; where ticks fail, after as long by the clock.

    Parameters
    ----------
    ticker : Ticker
        Of a live session.
    duration_s : float
        Yard time [s].
    then : callable
        Called once, at the end.
    """

    def __init__(self, ticker: Ticker, duration_s: float, then: Callable[[], None]) -> None:
        self._ticker, self._duration_s, self._then = ticker, duration_s, then
        self._first_ns: int | None = None
        self._failing_s: float | None = None
        ticker.live_ticked.connect(self._ticked)
        ticker.failed.connect(self._failed)

    def _ticked(self, snapshot: Snapshot) -> None:
        t_ns, self._failing_s = snapshot.state.t_ns, None
        self._first_ns = t_ns if self._first_ns is None else self._first_ns
        if t_ns - self._first_ns >= self._duration_s * NS_PER_S:
            self._end()

    def _failed(self, problem: str) -> None:
        now_s = time.monotonic()
        self._failing_s = now_s if self._failing_s is None else self._failing_s
        if problem and now_s - self._failing_s >= self._duration_s:
            self._end()

    def _end(self) -> None:
        self._ticker.live_ticked.disconnect(self._ticked)
        self._ticker.failed.disconnect(self._failed)
        self._then()


class End(QObject):
    """Takes a picture of a window before it is closed, and closes it where a run is to last so long.

    Parameters
    ----------
    window : MainWindow
    picture : Path or None
        Where the picture goes; None: none is taken.

    Attributes
    ----------
    code : int
        The exit code: 1 where a picture was asked for and none could be taken, else that of the signal that
        the window was closed by.
    stopped : bool
        Whether a signal asked for the end.
    """

    def __init__(self, window: MainWindow, picture: Path | None) -> None:
        super().__init__()
        self._window, self._picture, self._looks = window, picture, LOOKS
        self._lasting: Lasting | None = None
        self.code, self.stopped = 0, False
        window.installEventFilter(self)

    def after(self, duration_s: float) -> None:
        """Close the window after so much yard time [s]."""
        self._lasting = Lasting(self._window.ticker, duration_s, self._finish)

    def stop(self, number: int) -> None:
        """Close the window in a turn of its own: a signal of that number asks for it."""
        self.code, self.stopped = code_of(number), True
        QTimer.singleShot(0, self._window.close)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take the picture while the yard is still drawn."""
        if event is not None and event.type() == QEvent.Type.Close:
            self._take()
        return False

    def _finish(self) -> None:
        """Close as soon as the yard is drawn for its picture; in the end also where it is not."""
        if self._picture is not None and self._looks and not _shows_yard(self._window):
            self._looks -= 1
            QTimer.singleShot(LOOK_MS, self._finish)
            return
        self._window.close()

    def _take(self) -> None:
        picture, self._picture = self._picture, None
        if picture is not None:
            self.code = _grab(self._window, picture) or self.code


def _shows_yard(window: MainWindow) -> bool:
    """Tell whether anything is drawn in the view of the yard."""
    return window.snapshot is not None and drawn(window.view.grab().toImage())


def _grab(window: MainWindow, picture: Path) -> int:
    if not _shows_yard(window):
        _log.error(
            "picture %s: expected a yard in the window, found none drawn yet; nothing was written", picture
        )
        return FAILED
    try:
        picture.parent.mkdir(parents=True, exist_ok=True)
        write_picture(window.grab().toImage(), picture)
    except (PictureError, OSError) as error:
        _log.error("%s", error)
        return FAILED
    return 0
