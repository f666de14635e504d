"""Binds the timeline to a replay: opens it beside the live feed, moves its cursor, leaves it."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from twin.errors import TwinError
from ui.feed import OpenReplay, Replay
from ui.i18n import Texts
from ui.panels.timeline import BINS, SPEEDS, TimelinePanel
from ui.ticker import Ticker

_STEPS = {"step_back": -1, "step_forward": 1, "second_back": -10, "second_forward": 10}
_ALARMS = {"alarm_before": -1, "alarm_after": 1}


class Player(QObject):
    """Carries out the commands of a replay."""

    began = pyqtSignal()
    ended = pyqtSignal()

    def __init__(
        self, ticker: Ticker, timeline: TimelinePanel, open_replay: OpenReplay, texts: Texts,
        note: Callable[[str], None], parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._ticker, self._timeline, self._open = ticker, timeline, open_replay
        self._texts, self._note = texts, note
        # A seek goes on in turns of its own, keys answered in between, not only at each tick of the window.
        self._arriving = QTimer(self)
        self._arriving.setInterval(0)
        self._arriving.timeout.connect(self._arrive)
        timeline.sought.connect(self.seek)
        timeline.speed_asked.connect(self.set_speed)
        timeline.density_asked.connect(self._bring_density)

    @property
    def replay(self) -> Replay | None:
        """The replay shown."""
        return self._ticker.replay

    def begin(self, path: Path | None, t_ns: int | None = None) -> bool:
        """Show a journal, with None this session's own; False where it cannot be opened.

        Parameters
        ----------
        path : Path or None
        t_ns : int, optional
            From where on [ns UTC]; a journal from its start, this session's own from a minute ago.
        """
        replay = self._opened(path)
        if replay is None:
            return False
        first, last = replay.span_ns
        if path is None and t_ns is None:
            t_ns = last - 60 * 10**9
        if t_ns is not None:
            replay.seek(min(max(t_ns, first), last))
        self.show(replay)
        replay.play()
        return True

    def _opened(self, path: Path | None) -> Replay | None:
        try:
            return self._open(path)
        except (TwinError, OSError) as error:
            self._note(str(error))
            return None

    def begin_at(self, t_ns: int) -> bool:
        """Play from an instant [ns UTC] on, second by second, the replay that is open or this session's own.

        The panels stay as they are. False where nothing can be replayed.
        """
        replay = self.replay
        if replay is None:
            replay = self._opened(None)
            if replay is None:
                return False
            self._ticker.show_replay(replay)
        first, last = replay.span_ns
        replay.seek(min(max(t_ns, first), last))
        replay.set_speed(1.0)
        replay.play()
        self._arriving.start()
        self._ticker.tick_soon()
        return True

    def show(self, replay: Replay) -> None:
        """Show a replay that is open already."""
        self._ticker.show_replay(replay)
        self.began.emit()
        self._ticker.tick_soon()

    def end(self) -> None:
        """Go back to live; where there is no live feed the replay stays."""
        if self.replay is not None and self._ticker.live is not None:
            self._ticker.show_replay(None)
            self._timeline.show_off()
            self.ended.emit()
            self._ticker.tick_soon()

    def run(self, command: str) -> bool:
        """Carry out a command by id; False where it is none of a replay's."""
        replay = self.replay
        if replay is None:
            return False
        if command == "play":
            (replay.pause if replay.playing else replay.play)()
        elif command in _STEPS:
            replay.step(_STEPS[command])
        elif command in _ALARMS:
            if not replay.next_alarm(_ALARMS[command]):
                self._note(self._texts.tr("No further alarm is recorded in that direction."))
        elif command in ("slower", "faster"):
            self.set_speed(replay.speed * (2.0 if command == "faster" else 0.5))
        else:
            return False
        return True

    def seek(self, t_ns: int) -> None:
        """Put the cursor on an instant [ns UTC]."""
        if self.replay is not None:
            self.replay.seek(t_ns)
            self._arriving.start()

    def _arrive(self) -> None:
        """Work for one turn towards the cursor; a replay that fails is told of by the window's ticks."""
        replay = self.replay
        try:
            if replay is None or replay.settled:
                self._arriving.stop()
            else:
                replay.tick()
        except Exception:  # the next tick meets it again, and shows it
            self._arriving.stop()

    def set_speed(self, speed: float) -> None:
        """Let so many recorded seconds pass in a second."""
        if self.replay is not None:
            self.replay.set_speed(min(SPEEDS[-1], max(SPEEDS[0], speed)))

    def _bring_density(self) -> None:
        if self.replay is not None:
            self._timeline.show_density(self.replay.density(BINS))
