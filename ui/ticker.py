"""Ten times a second: take a tick of the live feed, and of the replay shown beside it."""

import logging
import time

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from twin.snapshot import Snapshot
from ui import warming
from ui.feed import Feed, Replay

INTERVAL_MS = 100
SLOW_MS = 1000
"""Where tick after tick fails it is tried once a second: a broken feed must not fill the log."""
PATIENCE = 5

_log = logging.getLogger(__name__)


class Ticker(QObject):
    """Ticks what is followed; a failed tick is shown and logged, and the next one is tried.

    Parameters
    ----------
    live : Feed or None
        The session; None where only a recording is looked at.
    """

    ticked = pyqtSignal(object)
    """The snapshot to show."""
    live_ticked = pyqtSignal(object)
    """The live snapshot, also while a replay is shown."""
    failed = pyqtSignal(str)
    """What went wrong in a tick; an empty text once it works again."""

    def __init__(self, live: Feed | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live = live
        self._replay: Replay | None = None
        self._failures = 0
        self.worst_ms = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def replay(self) -> Replay | None:
        """The replay that is shown, if one is."""
        return self._replay

    @property
    def live(self) -> Feed | None:
        """The session that is followed, if one is."""
        return self._live

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Tick no more."""
        self._timer.stop()

    def show_replay(self, replay: Replay | None) -> None:
        """Show a replay beside the live feed, which goes on; None goes back to live."""
        if self._replay is not None and self._replay is not replay:
            self._replay.close()
        self._replay = replay

    def tick(self) -> None:
        """Take one tick now."""
        started = time.perf_counter()
        try:
            self._tick()
        except Exception as error:
            self._note_failure(error)
        else:
            if self._failures:
                self._failures = 0
                self._timer.setInterval(INTERVAL_MS)
                self.failed.emit("")
        self.worst_ms = max(self.worst_ms, 1e3 * (time.perf_counter() - started))

    def _tick(self) -> None:
        if not warming.done():
            return
        live: Snapshot | None = None
        if self._live is not None:
            live = self._live.tick()
            self.live_ticked.emit(live)
        shown = live if self._replay is None else self._replay.tick()
        if shown is not None:
            self.ticked.emit(shown)

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            _log.exception("a tick failed; the next one is tried")
        if self._failures == PATIENCE:
            self._timer.setInterval(SLOW_MS)
        self.failed.emit(f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Stop, and let go of replay and feed."""
        self.stop()
        self.show_replay(None)
        if self._live is not None:
            self._live.close()
            self._live = None
