"""Ten times a second: take a tick of the live feed, and of the replay shown beside it."""

import logging
import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from twin.snapshot import Snapshot
from ui import warming
from ui.feed import Feed, Replay
from ui.turns import Turns

INTERVAL_MS = 100
HURRIED_MS = 250
"""So long at most the picture waits where more has come than one tick can take."""
SLOW_MS = 1000
"""Where tick after tick fails it is tried once a second: a broken feed must not fill the log."""
PATIENCE = 5
HURRY_NS = 900_000_000
"""A tick in which so much time went by has left more for the next one: a source gives a second at a time."""

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
        self._taken: tuple[Snapshot | None, Snapshot | None] | None = None
        self.worst_ms = 0.0
        self._reached_ns, self._shown_s = 0, 0.0
        self.turns = Turns(self)
        """What is told of a tick after it was shown: all of it before the next tick is taken."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        # Each step waits for a turn of its own: keys and clicks that came meanwhile are answered in between.
        self._taking, self._showing = self._soon("take", self._take), self._soon("show", self._show)
        self._replaying = self._soon("replay", self._take_replay)
        self._timer.timeout.connect(self._taking.start)

    def _soon(self, name: str, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setObjectName(name)
        timer.setSingleShot(True)
        timer.setInterval(0)
        timer.timeout.connect(then)
        return timer

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
        for timer in (self._timer, self._taking, self._replaying, self._showing, self.turns):
            timer.stop()

    def show_replay(self, replay: Replay | None) -> None:
        """Show a replay beside the live feed, which goes on; None goes back to live."""
        if self._replay is not None and self._replay is not replay:
            self._replay.close()
        self._replaying.stop()
        self._replay, self._taken = replay, None

    def tick(self) -> None:
        """Take one tick now, and show it with all that is told of it."""
        self._finish()
        self._shown_s = 0.0
        self._take()
        self._finish()

    def tick_soon(self) -> None:
        """Take one tick, and show it, when what came meanwhile has been answered."""
        self._taking.start()

    def _take(self) -> None:
        """Take one tick, to be shown when what came meanwhile has been answered; none before all is warm.

        Where the window is late the next step of the tick before is done first, and this one asked for again.
        """
        if self._hand_out_next():
            self._taking.start()
            return
        if not warming.done():
            return
        started = time.perf_counter()
        try:
            live = self._live.tick() if self._live is not None else None
        except Exception as error:
            self._note_failure(error)
            return
        self.worst_ms = max(self.worst_ms, 1e3 * (time.perf_counter() - started))
        if self._replay is None:
            self._taken = live, live
            self._recover()
            (self._taking if self._hurries(live) else self._showing).start()
        else:
            self._taken = live, None
            self._replaying.start()

    def _hurries(self, live: Snapshot | None) -> bool:
        """Tell whether the next tick goes before this one is shown: more has come than one can take.

        That is so where time goes faster than life. What is decided is answered at once all the same.
        """
        before_ns, self._reached_ns = self._reached_ns, 0 if live is None else live.state.t_ns
        early = time.perf_counter() - self._shown_s < HURRIED_MS / 1e3
        answers = live is not None and bool(live.state.verdicts)
        return early and not answers and 0 < before_ns <= self._reached_ns - HURRY_NS

    def _take_replay(self) -> None:
        """Take the replay's part of a tick, in a turn of its own: each of both may take long."""
        self._replaying.stop()
        if self._replay is None or self._taken is None:
            return
        try:
            self._taken = self._taken[0], self._replay.tick()
        except Exception as error:
            self._note_failure(error)
        else:
            self._recover()
        self._showing.start()

    def _hand_out_next(self) -> bool:
        """Do the next step of what the last tick brought; give whether there was one."""
        if self._replaying.isActive():
            self._take_replay()
        elif self._showing.isActive():
            self._show()
        elif self.turns.pending:
            self.turns.go_on()
        else:
            return False
        return True

    def _finish(self) -> None:
        """Do now all that is left of the last tick."""
        while self._hand_out_next():
            pass

    def _show(self) -> None:
        """Hand out what the last tick brought, once."""
        self._showing.stop()
        self._shown_s = time.perf_counter()
        taken, self._taken = self._taken, None
        if taken is None:
            return
        live, shown = taken
        if live is not None:
            self.live_ticked.emit(live)
        if shown is not None:
            self.ticked.emit(shown)

    def _recover(self) -> None:
        if self._failures:
            self._failures = 0
            self._timer.setInterval(INTERVAL_MS)
            self.failed.emit("")

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
