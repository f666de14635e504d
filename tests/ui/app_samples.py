"""Fakes for the tests of the window: a feed and a replay that give what they are told to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest import mock

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QWidget

from layouts.report import LoadReport
from tests.ui.samples import T_NS, sample_snapshot
from twin.clock import NS_PER_S
from twin.decisions import Decision, Verdict
from twin.snapshot import Mode, Snapshot
from twin.stacking.suggestion import (
    Alternative,
    Move,
    OrderStatus,
    Suggestion,
    SuggestionKind,
    Term,
    WorkOrder,
)
from twin.yard.model import Yard
from twin.yard.slots import SlotAddress
from ui.bindings import Bindings
from ui.i18n import Texts
from ui.main_window import MainWindow
from ui.view_state import ViewState

SPAN_NS = (T_NS - 600 * NS_PER_S, T_NS)


def a_suggestion(number: int = 7) -> Suggestion:
    """Give a suggestion with moves, terms and alternatives."""
    terms = (
        Term("relocations", 2.0, "boxes", 120.0),
        Term("crane_time", 191.4, "s", 1.0),
        Term("future_relocations", 0.35, "boxes", 90.0),
    )
    moves = (
        Move("MSKU1234565", 40, SlotAddress("A01", 6, 3, 4), SlotAddress("A01", 10, 2, 2)),
        Move("TCLU7654321", 20, SlotAddress("A01", 5, 3, 3), SlotAddress("A01", 9, 4, 1)),
    )
    others = (
        Alternative(SlotAddress("A01", 14, 2, 1), 512.0, (Term("crane_time", 240.1, "s", 1.0),)),
        Alternative(SlotAddress("A01", 18, 6, 1), 0.0, (), "kept for dangerous goods"),
    )
    return Suggestion(
        number, SuggestionKind.RELOCATE, "CMAU0000018", moves, terms, others, 41, lower_bound=2, proven=True
    )


def a_snapshot(boxes: int = 300) -> Snapshot:
    """Give a snapshot with two suggestions and a work order."""
    snapshot = sample_snapshot(boxes)
    suggestion = a_suggestion()
    order = WorkOrder(31, 7, suggestion.moves[0], "operator", OrderStatus.STARTED)
    suggestions = (*snapshot.state.suggestions, suggestion)
    return replace(snapshot, state=replace(snapshot.state, suggestions=suggestions, orders=(order,)))


class ListFeed:
    """Gives one snapshot again and again; keeps what is decided, and can answer it."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.snapshot = snapshot or a_snapshot()
        self.decisions: list[Decision] = []
        self.answer: tuple[bool, str] | None = None
        self.error: Exception | None = None
        self.closed = False
        self._verdicts: tuple[Verdict, ...] = ()

    def tick(self) -> Snapshot:
        if self.error is not None:
            raise self.error
        if self._verdicts:
            state = replace(self.snapshot.state, verdicts=self._verdicts)
            self._verdicts = ()
            return replace(self.snapshot, state=state)
        return self.snapshot

    def decide(self, decision: Decision) -> None:
        self.decisions.append(decision)
        if self.answer is not None:
            self._verdicts = (Verdict(decision, *self.answer),)

    def close(self) -> None:
        self.closed = True


class MovingFeed(ListFeed):
    """Gives a snapshot whose time goes on by a tenth of a second each tick."""

    def tick(self) -> Snapshot:
        state = self.snapshot.state
        self.snapshot = replace(self.snapshot, state=replace(state, t_ns=state.t_ns + NS_PER_S // 10))
        return super().tick()


class ListReplay:
    """A replay of one state whose instant follows the cursor; alarms every 60 s."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._snapshot = snapshot or a_snapshot()
        self.t_ns, self.span_ns = SPAN_NS[0], SPAN_NS
        self.playing, self.speed, self.closed, self.settled = False, 1.0, False, True
        self.alarms = [SPAN_NS[0] + i * 60 * NS_PER_S for i in range(1, 10)]
        self.done: list[str] = []

    def play(self) -> None:
        self.playing = True

    def pause(self) -> None:
        self.playing = False

    def set_speed(self, speed: float) -> None:
        self.speed = speed

    def seek(self, t_ns: int) -> None:
        self.t_ns = t_ns

    def step(self, ticks: int) -> None:
        self.t_ns += ticks * NS_PER_S // 10

    def next_alarm(self, direction: int) -> bool:
        ahead = [t for t in self.alarms if (t - self.t_ns) * direction > 0]
        if ahead:
            self.t_ns = min(ahead, key=lambda t: abs(t - self.t_ns))
        return bool(ahead)

    def density(self, bins: int) -> list[int]:
        counts = [0] * bins
        for t in self.alarms:
            counts[min(bins - 1, (t - SPAN_NS[0]) * bins // (SPAN_NS[1] - SPAN_NS[0]))] += (
                1 + t // NS_PER_S % 4
            )
        return counts

    def tick(self) -> Snapshot:
        self.done.append("tick")
        if self.playing:
            self.t_ns = min(SPAN_NS[1], self.t_ns + round(self.speed * NS_PER_S / 10))
        state = replace(self._snapshot.state, t_ns=self.t_ns, epoch=2)
        return Snapshot(state, Mode.REPLAY, (), None, 2.0, self.speed, self.playing, self.span_ns)

    def close(self) -> None:
        self.closed = True


class Shelf:
    """Keeps layouts in memory instead of files."""

    def __init__(self) -> None:
        self.saved: dict[str, Yard] = {}

    def save(self, yard: Yard, path: Path) -> None:
        self.saved[path.name] = yard

    def load(self, path: Path) -> LoadReport:
        return LoadReport(self.saved[path.name], ("a warning",))


class StillView(QWidget):
    """A yard view that draws nothing: keeps what it was asked to show."""

    picked = pyqtSignal(object)
    hovered = pyqtSignal(object)
    pointer = pyqtSignal(float, float)
    frame_drawn = pyqtSignal(float)
    block_dragged = pyqtSignal(str, float, float)
    block_dropped = pyqtSignal(str, float, float)
    ghost_dragged = pyqtSignal(int, int)
    ghost_dropped = pyqtSignal(int, int)
    ghost_let_go = pyqtSignal()
    slot_pointed = pyqtSignal(int)
    slot_picked = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shown: list[Snapshot] = []
        self.draft: tuple[Yard | None, str | None] = (None, None)
        self.view, self.editing, self.watermark, self.closed = ViewState(), False, "", False
        self.deciding = False
        self.flights: list[str] = []
        self.cameras: list[dict[str, float]] = []

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.shown = [snapshot]

    def show_view(self, view: ViewState) -> None:
        self.view = view

    def show_draft(self, yard: Yard | None, selected: str | None = None) -> None:
        self.draft = (yard, selected)

    def set_editing(self, editing: bool) -> None:
        self.editing = editing

    def set_deciding(self, deciding: bool) -> None:
        self.deciding = deciding

    def let_go(self) -> None:
        self.ghost_let_go.emit()

    def set_watermark(self, text: str) -> None:
        self.watermark = text

    def fly_to(self, preset: str) -> None:
        self.flights.append(preset)

    def set_camera(self, camera: dict[str, float]) -> None:
        self.cameras.append(camera)

    def prepare(self) -> None:
        pass

    def close_scene(self) -> None:
        self.closed = True


def a_window(feed: ListFeed, shelf: Shelf, language: str = "en") -> MainWindow:
    """Open a window over a still view, its ticker not running."""
    bound = Bindings(feed, lambda path: ListReplay(), shelf.save, shelf.load)
    with mock.patch("ui.main_window.YardView", StillView):
        window = MainWindow(bound, Texts(language))
    window.resize(1500, 900)
    window.show()
    window.start()
    window.ticker.stop()
    return window


def press(window: MainWindow, command: str) -> None:
    """Press the key of a command: nothing happens where its shortcut is switched off."""
    shortcut = window._shortcuts[command]
    if shortcut.isEnabled():
        shortcut.activated.emit()
