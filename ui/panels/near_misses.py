"""The near misses: filtered, sorted, saved as CSV; a row opens the replay ten seconds before it."""

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QTableView,
    QWidget,
)  # fmt: skip

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES
from twin.safety.near_misses import NearMisses
from twin.snapshot import Mode, Snapshot
from twin.tables import Ints
from twin.yard.model import Yard
from ui.i18n import Texts, mark
from ui.panels.base import Panel
from ui.panels.csv_saving import CsvButton
from ui.panels.inspector_fields import kind_title
from ui.panels.line import Line
from ui.panels.near_miss_file import csv_text
from ui.panels.near_miss_rows import (
    TIME,
    NearMissModel,
    Wanted,
    arranged,
    chosen,
    encounter_of,
    places_of,
)
from ui.panels.rows import laid_out

WIDTHS_PX = (92, 204, 146, 88, 114, 84, 138, 0, 128)
NARROWEST_PX = 96
"""No filter asks for more on a small screen; where there is room each is as wide as its words [px]."""
EVERY_NS = NS_PER_S
"""While encounters last the list is written anew once a second."""
WIDEST_S = 4.0
SPANS: tuple[tuple[str, int], ...] = (
    (mark("All times"), 0),
    (mark("Last 15 min"), 15 * 60),
    (mark("Last hour"), 3600),
    (mark("Last 8 h"), 8 * 3600),
)


class NearMissPanel(Panel):
    """Lists the near misses of the snapshot shown; decides nothing."""

    sleeps = True

    replay_asked = pyqtSignal(object)
    """The :class:`~ui.view_state.Encounter` to look at again."""
    filtered = pyqtSignal(object)
    """Those listed, as :class:`~twin.safety.near_misses.NearMisses`; None where nothing is left out."""
    opened = pyqtSignal(float, float)
    """Where the near miss chosen happened [m, yard frame]."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.rows, self.table = NearMissModel(texts, self), QTableView()
        self.kinds, self.places, self.spans = QComboBox(), QComboBox(), QComboBox()
        self.most, self.sure, self.count = QDoubleSpinBox(), QCheckBox(), Line()
        self.save_button = CsvButton("near-misses.csv", self._taken, texts)
        self.replay_button = QPushButton()
        self._yard: Yard | None = None
        self._written_ns = 0
        self._by: tuple[int, bool] = (TIME, True)
        self._held_ns = 0
        self._filters = False
        self._shape()
        self._lay_out()
        self._name()
        texts.listen(self._name)

    def _shape(self) -> None:
        table = self.table
        table.setModel(self.rows)
        table.setAccessibleName("near misses")
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        across = laid_out(table, WIDTHS_PX)
        across.setSectionsClickable(True)
        across.setSortIndicatorShown(True)
        across.setSortIndicator(TIME, Qt.SortOrder.DescendingOrder)
        across.sortIndicatorChanged.connect(self._sort)
        table.clicked.connect(lambda _: self._fly())
        table.doubleClicked.connect(lambda _: self.replay())

    def _lay_out(self) -> None:
        self.most.setRange(0.2, WIDEST_S)
        self.most.setSingleStep(0.5)
        self.most.setDecimals(1)
        self.most.setValue(WIDEST_S)
        self.most.setSuffix(" s")
        self.texts.say(lambda text: self.most.setPrefix(f"{text} "), "contact within")
        names = ("kind of machine", "place", "time", "longest time to contact")
        for widget, name in zip((self.kinds, self.places, self.spans, self.most), names, strict=True):
            widget.setAccessibleName(name)
        longest = mark("Longest time to contact, or between the one and the other, that is listed")
        self.texts.say(self.most.setToolTip, longest)
        told = mark("Leave out those in which a place was not known: stale, lost or doubted")
        self.texts.say(self.sure.setToolTip, told)
        self.texts.say(self.sure.setText, mark("Places known"))
        self.texts.say(self.replay_button.setText, "Replay it")
        top = QHBoxLayout()
        for widget in (self.kinds, self.places, self.most, self.spans, self.sure):
            top.addWidget(widget)
        top.addSpacing(12)
        top.addWidget(self.count, 1)
        top.addWidget(self.replay_button)
        top.addWidget(self.save_button)
        self.column.addLayout(top)
        self.column.addWidget(self.table, 1)
        for combo in (self.kinds, self.places, self.spans):
            combo.setMinimumWidth(NARROWEST_PX)
            combo.activated.connect(lambda _: self.refresh())
        self.most.valueChanged.connect(lambda _: self.refresh())
        self.sure.toggled.connect(lambda _: self.refresh())
        self.replay_button.clicked.connect(self.replay)

    def _name(self) -> None:
        """Fill the filters in the language chosen; what was chosen stays."""
        tr = self.texts.tr
        kinds = [tr("All machines"), *(kind_title(self.texts, kind) for kind in range(len(KIND_NAMES)))]
        _fill(self.kinds, kinds)
        _fill(self.spans, [tr(title) for title, _ in SPANS])
        yard = self._yard
        names = [] if yard is None else [block.name for block in yard.blocks]
        names += [] if yard is None else [zone.name for zone in yard.zones]
        _fill(self.places, [tr("All places"), *names])

    def wanted(self, t_ns: int) -> Wanted:
        """Give what is asked for, at an instant [ns UTC]."""
        longest_s = self.most.value()
        seconds = SPANS[max(self.spans.currentIndex(), 0)][1]
        return Wanted(
            self.kinds.currentIndex() - 1,
            self.places.currentText() if self.places.currentIndex() > 0 else "",
            longest_s if longest_s < WIDEST_S else float("inf"),
            t_ns - seconds * NS_PER_S if seconds else 0,
            self.sure.isChecked(),
        )

    def hold(self) -> None:
        """Keep the list as it is while one of it is replayed: until that is over, or has caught up."""
        self._held_ns = 0 if self.snapshot is None else self.snapshot.state.t_ns

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; a list that is held stays as it is."""
        if snapshot.mode is Mode.REPLAY and snapshot.state.t_ns < self._held_ns:
            return
        self._held_ns = 0
        super().show_snapshot(snapshot)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the near misses, looked at once a second."""
        state = snapshot.state
        if self._seen and abs(state.t_ns - self._written_ns) < EVERY_NS and state.yard is self._yard:
            return self._seen
        return (state.near_misses, state.yard)

    def draw(self, snapshot: Snapshot) -> None:
        """List what is asked for."""
        state, found = snapshot.state, snapshot.state.near_misses
        self._written_ns = state.t_ns
        if state.yard is not self._yard:
            self._yard = state.yard
            self._name()
        places = places_of(found, state.yard)
        rows = arranged(found, chosen(found, places, self.wanted(state.t_ns)), *self._by)
        before = self._chosen_key()
        self.rows.show(found, places, rows)
        self._choose_again(before)
        self._tell(found, rows)
        tr = self.texts.tr
        words = tr("{shown} of {count} near misses", shown=len(rows), count=len(found))
        self.count.setText(words if len(found) else tr("No near miss yet."))
        for button in (self.save_button, self.replay_button):
            button.setEnabled(len(rows) > 0)
        if (viewport := self.table.viewport()) is not None:
            viewport.update()

    def _tell(self, found: NearMisses, rows: Ints) -> None:
        """Tell which near misses are listed, where a person asked for some alone."""
        some = self.wanted(0) != Wanted()
        if some or self._filters:
            self.filtered.emit(found.take(rows) if some else None)
        self._filters = some
        self.sleeps = not some  # the map shows those listed, whether the list is in front or not

    def _chosen_key(self) -> tuple[int, int, int] | None:
        found, row = self.rows.found, self.rows.row_of(self.table.currentIndex().row())
        if found is None or not 0 <= row < len(found):
            return None
        return int(found.t_ns[row]), int(found.mover[row]), int(found.other[row])

    def _choose_again(self, key: tuple[int, int, int] | None) -> None:
        found = self.rows.found
        if key is None or found is None or key == self._chosen_key():
            return
        same = (found.t_ns == key[0]) & (found.mover == key[1]) & (found.other == key[2])
        line = np.flatnonzero(same[self.rows.rows])
        if len(line):
            self.table.selectRow(int(line[0]))

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        self._by = (column, order == Qt.SortOrder.DescendingOrder)
        self.refresh()

    # What people do

    def _row(self) -> int:
        row = self.rows.row_of(self.table.currentIndex().row())
        return row if row >= 0 else self.rows.row_of(0)

    def _fly(self) -> None:
        found, row = self.rows.found, self._row()
        if found is not None and row >= 0 and np.isfinite(found.x_m[row] + found.y_m[row]):
            self.opened.emit(float(found.x_m[row]), float(found.y_m[row]))

    def next_near_miss(self) -> bool:
        """Choose the near miss after the one chosen, and ask to fly there; False where none is listed."""
        count = self.rows.rowCount()
        if count:
            self.table.selectRow((self.table.currentIndex().row() + 1) % count)
            self._fly()
        return bool(count)

    def replay(self) -> bool:
        """Ask for the replay ten seconds before the near miss chosen, else the first; False where none is."""
        found, row = self.rows.found, self._row()
        if found is None or row < 0:
            return False
        self._fly()
        self.replay_asked.emit(encounter_of(found, row))
        return True

    def _taken(self) -> Callable[[], str] | None:
        """Take what is listed; give what writes it as CSV."""
        found, places, rows = self.rows.found, self.rows.places, self.rows.rows
        return None if found is None or not len(rows) else lambda: csv_text(found, places, rows)


def _fill(combo: QComboBox, words: list[str]) -> None:
    index = max(combo.currentIndex(), 0)
    combo.clear()
    combo.addItems(words)
    combo.setCurrentIndex(min(index, len(words) - 1))
