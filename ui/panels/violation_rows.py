"""The violations as Qt asks for them: a text is made when its cell is seen, so thousands cost nothing."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from PyQt6.QtCore import QModelIndex, QObject, Qt, pyqtSignal

from twin.state import State
from twin.stock import rules
from twin.stock.violations import Violations
from twin.tables import Ints
from twin.yard.slots import SlotAddress, slot_address
from ui.i18n import Texts, mark
from ui.panels.formats import NONE, name
from ui.panels.titled import TitledModel
from ui.theme import severity_pixmap

SEVERITIES: dict[int, str] = {
    rules.DANGER: mark("Danger"),
    rules.RULE: mark("Rule"),
    rules.NOTE: mark("Note"),
}
TITLES: tuple[str, ...] = (
    mark("Severity"), mark("Box"), mark("Slot"), mark("Against the rule"), mark("With"),
    mark("Nearest legal slot"),
)  # fmt: skip
NEAREST = len(TITLES) - 1
WAITING = "..."
NO_SLOT = mark("none in the yard")


def ordered(violations: Violations, state: State) -> Ints:
    """Give the rows of violations: gravest first, then in the order of the slots."""
    stock = state.stock
    keys = (stock.tier[violations.row], stock.ground[violations.row], -violations.severity.astype(np.int16))
    return np.lexsort(keys).astype(np.int32)


class ViolationModel(TitledModel):
    """Violations of one state; what the nearest legal slot is comes later, for the cells that are seen."""

    wanted = pyqtSignal()
    """A nearest slot that is not known has been asked for."""

    def __init__(self, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(TITLES, texts, parent)
        self.theme = "dark"
        self._state: State | None = None
        self._violations: Violations | None = None
        self._order: Ints = np.empty(0, np.int32)
        self.nearest: dict[int, SlotAddress | None] = {}
        """The nearest legal slot by stock row, None where the yard has none."""
        self._fresh: set[int] = set()
        self.missing: dict[int, None] = {}
        """Stock rows whose nearest slot was asked for and is not known as of now, oldest first."""

    @property
    def state(self) -> State | None:
        """The state that the rows are of."""
        return self._state

    def show(self, state: State, violations: Violations) -> bool:
        """Take violations of a state; True where the rows are others than before."""
        if self._state is not None and self._state.epoch != state.epoch:
            self.nearest, self._fresh = {}, set()
        self._state = state
        if violations is self._violations:
            return False
        self.beginResetModel()
        self._violations, self._order = violations, ordered(violations, state)
        self.endResetModel()
        return True

    def follow(self, state: State) -> None:
        """Take the state of a tick that has the same violations."""
        if self._state is not None and self._state.epoch == state.epoch:
            self._state = state

    def stale(self) -> None:
        """Have nearest slots that are in view looked for again; until then they stay as they are."""
        self._fresh.clear()
        self._nearest_changed()

    def key(self, index: int) -> tuple[bytes, int] | None:
        """Give box and rule of a row, by which it is known again."""
        if self._state is None or self._violations is None or not 0 <= index < len(self._order):
            return None
        k = int(self._order[index])
        return bytes(self._state.stock.number[self._violations.row[k]]), int(self._violations.rule[k])

    def find(self, key: Hashable) -> int:
        """Give the row of a key of :meth:`key`, -1 where it is gone."""
        if self._state is None or self._violations is None or not isinstance(key, tuple):
            return -1
        numbers = self._state.stock.number[self._violations.row[self._order]]
        found = np.flatnonzero((numbers == key[0]) & (self._violations.rule[self._order] == key[1]))
        return int(found[0]) if len(found) else -1

    def boxes(self, index: int) -> tuple[int, int]:
        """Give the stock rows of a row's box and of the other one, -1 where there is none."""
        if self._violations is None or not 0 <= index < len(self._order):
            return -1, -1
        k = int(self._order[index])
        return int(self._violations.row[k]), int(self._violations.other[k])

    def take_nearest(self, found: dict[int, SlotAddress | None]) -> None:
        """Take nearest slots that have been found."""
        self.nearest |= found
        self._fresh |= set(found)
        self.missing.clear()  # what is still in view asks again as it is painted
        self._nearest_changed()

    def _nearest_changed(self) -> None:
        if len(self._order):
            last = len(self._order) - 1
            self.dataChanged.emit(self.index(0, NEAREST), self.index(last, NEAREST))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of violations."""
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a cell shows."""
        state, violations = self._state, self._violations
        if state is None or violations is None or not 0 <= index.row() < len(self._order):
            return None
        k, column = int(self._order[index.row()]), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(state, violations, k, column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return severity_pixmap(self.theme, int(violations.severity[k]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._told(int(violations.rule[k]))
        return None

    def _text(self, state: State, violations: Violations, k: int, column: int) -> str:
        row, other = int(violations.row[k]), int(violations.other[k])
        if column == 0:
            return self._texts.tr(SEVERITIES[int(violations.severity[k])])
        if column == 1:
            return name(state.stock.number[row])
        if column == 2:
            return address_of(state, row)
        if column == 3:
            return self._texts.tr(rules.REASONS[int(violations.rule[k])])
        if column == 4:
            return name(state.stock.number[other]) if other >= 0 else NONE
        if row not in self._fresh:
            self.missing[row] = None
            self.wanted.emit()
        if row not in self.nearest:
            return WAITING
        return str(self.nearest[row] or self._texts.tr(NO_SLOT))

    def _told(self, rule: int) -> str:
        """Give a rule with its source."""
        text = self._texts.tr(rules.REASONS[rule])
        source = rules.RULE_OF[rule].source
        return f"{text}\n{self._texts.tr('Source: {source}', source=source)}" if source else text


def address_of(state: State, row: int) -> str:
    """Give the slot of a standing box, a dash where it stands in none."""
    ground = int(state.stock.ground[row])
    if not 0 <= ground < len(state.slots):
        return NONE
    length = int(state.stock.length_ft[row])
    return str(slot_address(state.yard, state.slots, ground, int(state.stock.tier[row]), length))
