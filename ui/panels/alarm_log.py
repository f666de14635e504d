"""The page that lists every alarm that was raised and what became of it; saved as CSV."""

from collections.abc import Callable

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QTableView, QVBoxLayout, QWidget

from twin.state import State
from ui.i18n import Texts
from ui.panels.alarm_log_rows import AlarmLogModel, csv_text
from ui.panels.csv_saving import CsvButton
from ui.panels.rows import laid_out

WIDTHS_PX = (84, 98, 196, 0, 112, 104, 112, 118, 122)


class LogPage(QWidget):
    """Shows the log of the alarms, the newest first; a line that is looked at stays where it is."""

    replay_asked = pyqtSignal(object, int)
    """When the alarm opened was raised [ns UTC], and the fleet row of its machine, -1 where it is of none."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows, self.table = AlarmLogModel(texts, self), QTableView()
        self.save_button = CsvButton("alarms.csv", self._taken, texts)
        """Stands where the panel puts it."""
        self.table.setModel(self.rows)
        self.table.setAccessibleName("log of alarms")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        laid_out(self.table, WIDTHS_PX)
        self.table.doubleClicked.connect(lambda index: self._open(index.row()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self._state: State | None = None

    def show_state(self, state: State, theme: str, visible: bool) -> None:
        """Show the log of a state, where the page is seen."""
        self._state, self.rows.theme = state, theme
        self.save_button.setVisible(visible)
        self.save_button.setEnabled(bool(len(state.alarm_log)))
        if not visible:
            return
        bar = self.table.verticalScrollBar()
        assert bar is not None
        before = bar.value()
        came = self.rows.show(state)
        if before > 0 and came > 0:
            bar.setValue(before + came)
        if (viewport := self.table.viewport()) is not None:
            viewport.update()

    def _open(self, line: int) -> None:
        row = self.rows.row_of(line)
        if self._state is not None and row >= 0:
            log = self._state.alarm_log
            self.replay_asked.emit(int(log.raised_ns[row]), int(log.mover[row]))

    def _taken(self) -> Callable[[], str] | None:
        """Take the log; give what writes it as CSV."""
        state = self._state
        return None if state is None or not len(state.alarm_log) else lambda: csv_text(state)
