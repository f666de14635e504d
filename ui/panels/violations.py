"""What stands against the rules: every box with the rule, the other box and the nearest legal slot."""

from collections.abc import Hashable

from PyQt6.QtCore import QModelIndex, QTimer, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QLabel, QTableView, QWidget

from twin import weather
from twin.snapshot import Snapshot
from twin.state import State
from twin.stock import violations as standing
from twin.yard.slots import SlotAddress
from ui.editor.background import Background
from ui.i18n import Texts, mark
from ui.judging import on_top
from ui.panels.base import Panel
from ui.panels.formats import clock, number
from ui.panels.rows import laid_out
from ui.panels.violation_rows import SEVERITIES, ViolationModel
from ui.view_state import Violation

BATCH = 12
"""How many nearest slots are looked for at a time: about as many as are seen."""
RENEW_MS = 2000
"""Nearest slots of a yard that has changed are looked for again after this."""
WIDTHS_PX = (96, 126, 118, 0, 126, 136)


def nearest_of(state: State, rows: tuple[int, ...]) -> dict[int, SlotAddress | None]:
    """Give the nearest legal slot of boxes by stock row, None where the yard has none."""
    found: dict[int, SlotAddress | None] = {}
    for row in rows:
        ground = standing.nearest_legal(state.yard, state.slots, state.stock, row, state.conditions)
        found[row] = on_top(state, ground, int(state.stock.length_ft[row])) if ground >= 0 else None
    return found


class ViolationPanel(Panel):
    """Lists what stands against the rules; decides nothing."""

    chosen = pyqtSignal(object)
    """A :class:`Violation`, None where none is chosen."""
    opened = pyqtSignal(int)
    """The stock row of a box to fly to."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.rows = ViolationModel(texts, self)
        self.table = QTableView()
        self.table.setAccessibleName("violations")
        self._key: Hashable = None
        self._shape()
        self.column.addWidget(self.summary)
        self.column.addWidget(self.table, 1)
        self._nearest: Background[dict[int, SlotAddress | None]] = Background(
            self._found, lambda _: None, self
        )
        self._ask_later = self._timer(0)
        self._renew = self._timer(RENEW_MS)
        self._ask_later.timeout.connect(self._ask)
        self._renew.timeout.connect(self.rows.stale)
        self.rows.wanted.connect(self._ask_later.start)
        self._of: object = None

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        return timer

    def _shape(self) -> None:
        table = self.table
        table.setModel(self.rows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        laid_out(table, WIDTHS_PX)
        model = table.selectionModel()
        assert model is not None
        model.currentRowChanged.connect(self._choose)
        table.doubleClicked.connect(lambda index: self.opened.emit(self.rows.boxes(index.row())[0]))

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the violations, and the wind that brings some."""
        return (snapshot.state.violations, self._wind(snapshot.state))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; nearest slots are looked for again, now and then, where the stock has changed."""
        if self._of is not snapshot.state.stock:
            self._of = snapshot.state.stock
            if not self._renew.isActive():
                self._renew.start()
        self.rows.follow(snapshot.state)
        super().show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """List the violations; the one chosen stays chosen where it still stands."""
        state, found = snapshot.state, snapshot.state.violations
        self.rows.theme = self.theme
        key = self._key
        model = self.table.selectionModel()
        assert model is not None
        model.blockSignals(True)
        changed = self.rows.show(state, found)
        row = self.rows.find(key) if changed and key is not None else -1
        if row >= 0:
            self.table.selectRow(row)
        model.blockSignals(False)
        if changed and key is not None and row < 0:
            self._key = None
            self.chosen.emit(None)
        tr = self.texts.tr
        counts = [(tr(words), int((found.severity == grade).sum())) for grade, words in SEVERITIES.items()]
        parts = ", ".join(f"{words} {count}" for words, count in counts if count)
        listed = tr("{count} against the rules: {parts}", count=len(found), parts=parts)
        if wind := self._wind(state):
            told = mark(
                "{listed}. Gusts of {gust} count until {when}: what stands too high for them is listed."
            )
            listed = tr(told, listed=listed, gust=wind[0], when=wind[1])
        self.summary.setText(listed if parts else tr("Everything stands within the rules."))
        viewport = self.table.viewport()
        if viewport is not None:
            viewport.update()

    def _wind(self, state: State) -> tuple[str, str] | None:
        """Give the gust that limits how high boxes may stand, and until when; None where none does."""
        if state.conditions.gust_mps <= 0.0:
            return None
        gust_mps, until_ns = weather.counted(state.weather, state.t_ns)
        return number(gust_mps, 1, "m/s"), clock(self.texts, until_ns)

    def next_violation(self) -> None:
        """Choose the violation after the one chosen, and ask to fly there."""
        count = self.rows.rowCount()
        if not count:
            return
        row = (self.table.currentIndex().row() + 1) % count
        self.table.selectRow(row)
        self.opened.emit(self.rows.boxes(row)[0])

    def _choose(self, index: QModelIndex) -> None:
        self._key = self.rows.key(index.row())
        box, other = self.rows.boxes(index.row())
        self.chosen.emit(Violation(box, other, self.rows.nearest.get(box)) if box >= 0 else None)

    # Nearest legal slots

    def _ask(self) -> None:
        """Look for the nearest slots that were asked for last: those are the ones in view."""
        state = None if self.snapshot is None else self.snapshot.state
        rows = tuple(self.rows.missing)[-BATCH:]
        if state is not None and rows and not self._nearest.busy:
            self._nearest.ask(lambda: nearest_of(state, rows))

    def _found(self, found: dict[int, SlotAddress | None]) -> None:
        self.rows.take_nearest(found)
        box, other = self.rows.boxes(self.table.currentIndex().row())
        if box in found:
            self.chosen.emit(Violation(box, other, found[box]))

    def close_thread(self) -> None:
        """Stop looking."""
        self._nearest.close()
