"""Binds the timeline to a replay: opens it beside the live feed, moves its cursor, leaves it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from twin.errors import TwinError
from ui.feed import OpenReplay, Replay
from ui.i18n import Texts
from ui.panels.timeline import BINS, SPEEDS, TimelinePanel
from ui.ticker import Ticker

_STEPS = {"step_back": -1, "step_forward": 1, "second_back": -10, "second_forward": 10}
_ALARMS = {"alarm_before": -1, "alarm_after": 1}
_MINUTE_NS = 60 * 10**9
_OPEN, _SEEK, _SHOW = "open a replay", "seek in it", "show it"
_Outcome = TypeVar("_Outcome")


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
        self._looked = False
        self._arriving.timeout.connect(self._arrive)
        timeline.sought.connect(self.seek)
        timeline.speed_asked.connect(self.set_speed)
        timeline.density_asked.connect(self._bring_density)

    @property
    def replay(self) -> Replay | None:
        """The replay shown."""
        return self._ticker.replay

    def begin(self, path: Path | None) -> None:
        """Show a journal from its start, with None this session's own from a minute ago."""

        def seek(replay: Replay) -> None:
            first, last = replay.span_ns
            if path is None:
                replay.seek(max(last - _MINUTE_NS, first))

        def show(replay: Replay) -> None:
            self.show(replay)
            replay.play()

        self._in_turns(partial(self._open, path), seek, show)

    def begin_at(self, t_ns: int, then: Callable[[], object]) -> None:
        """Play from an instant [ns UTC] on, second by second, the replay that is open or this session's own.

        The panels stay as they are. Where something can be replayed ``then`` is done at last.
        """

        def seek(replay: Replay) -> None:
            first, last = replay.span_ns
            replay.seek(min(max(t_ns, first), last))
            replay.set_speed(1.0)
            replay.play()

        def show(replay: Replay) -> None:
            if replay is not self.replay:
                self._ticker.show_replay(replay)
            self._arriving.start()
            self._ticker.tick_soon()
            then()

        self._in_turns(lambda: self.replay or self._open(None), seek, show)

    def _in_turns(
        self, open_: Callable[[], Replay], seek: Callable[[Replay], None], show: Callable[[Replay], None]
    ) -> None:
        """Open a replay, put its cursor somewhere, show it: each may take a frame's time."""
        turns = self._ticker.turns

        def opened() -> None:
            replay = self._told(open_)
            if replay is not None:
                turns.do(_SEEK, partial(sought, replay))

        def sought(replay: Replay) -> None:
            if self._works(partial(seek, replay)):
                turns.do(_SHOW, partial(show, replay))

        turns.do(_OPEN, opened)

    def _told(self, do: Callable[[], _Outcome]) -> _Outcome | None:
        """Give what comes of something; None where the journal is none or damaged, which is said."""
        try:
            return do()
        except (TwinError, OSError) as error:
            self._note(str(error))
            return None

    def _works(self, do: Callable[[], object]) -> bool:
        """Do something with the journal; False where that fails, which is said."""

        def done() -> bool:
            do()
            return True

        return self._told(done) is not None

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
        if replay is None or command not in ("play", *_STEPS, *_ALARMS, "slower", "faster"):
            return False
        self._works(partial(self._carry_out, replay, command))
        return True

    def _carry_out(self, replay: Replay, command: str) -> None:
        if command == "play":
            (replay.pause if replay.playing else replay.play)()
        elif command in _STEPS:
            replay.step(_STEPS[command])
        elif command in _ALARMS:
            if not replay.next_alarm(_ALARMS[command]):
                self._note(self._texts.tr("No further alarm is recorded in that direction."))
        else:
            self.set_speed(replay.speed * (2.0 if command == "faster" else 0.5))

    def seek(self, t_ns: int) -> None:
        """Put the cursor on an instant [ns UTC]; where the journal is damaged it stays, and that is said."""
        if self.replay is not None and self._works(partial(self.replay.seek, t_ns)):
            self._arriving.start()

    def _arrive(self) -> None:
        """Work for one turn towards the cursor; a replay that fails is told of by the window's ticks."""
        replay = self.replay
        try:
            if replay is None:
                self._arriving.stop()
            elif self._looked:
                self._looked = False
                replay.tick()
            elif replay.settled:  # to look for it may read ahead in the journal: that is a turn of its own
                self._arriving.stop()
            else:
                self._looked = True
        except Exception:  # the next tick meets it again, and shows it
            self._arriving.stop()

    def set_speed(self, speed: float) -> None:
        """Let so many recorded seconds pass in a second."""
        if self.replay is not None:
            self.replay.set_speed(min(SPEEDS[-1], max(SPEEDS[0], speed)))

    def _bring_density(self) -> None:
        if self.replay is not None:
            self._works(partial(self._show_density, self.replay))

    def _show_density(self, replay: Replay) -> None:
        self._timeline.show_density(replay.density(BINS))
