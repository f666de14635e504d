"""A table of texts that keeps its selection by key when its rows are replaced."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QPixmap, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ui.i18n import Texts
from ui.theme import SIGN_PX, steady


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its English title, whether it is right-aligned, and whether it takes the room left."""

    title: str
    right: bool = False
    stretch: bool = False


@dataclass(frozen=True)
class Row:
    """A row: its key, a text a column, a symbol in the first column, and what hovering tells."""

    key: Hashable
    texts: tuple[str, ...]
    symbol: QPixmap | None = None
    tooltip: str = ""
    bold: bool = False


class RowsModel(QAbstractTableModel):
    """Rows of texts as Qt asks for them."""

    def __init__(self, columns: Sequence[Column], texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._texts = texts
        self.rows: tuple[Row, ...] = ()

    def replace(self, rows: Sequence[Row]) -> bool:
        """Take new rows; True where their keys changed, so that the view must select anew."""
        before, self_keys = tuple(row.key for row in self.rows), tuple(row.key for row in rows)
        if before == self_keys:
            self.rows = tuple(rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self._columns) - 1))
            return False
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()
        return True

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a cell shows."""
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.texts[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return None if row.symbol is None else steady(row.symbol)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tooltip or row.texts[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._columns[column].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Give a column's title in the language chosen."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._texts.tr(self._columns[section].title)
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._columns[section].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


LINE_PX = 25


def laid_out(table: QTableView, widths_px: Sequence[int]) -> QHeaderView:
    """Let a table that has its model show whole rows of one height; give its header.

    Parameters
    ----------
    widths_px : per column; 0 for one that takes what is left.
    """
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setIconSize(QSize(SIGN_PX, SIGN_PX))
    across, down = table.horizontalHeader(), table.verticalHeader()
    assert across is not None
    assert down is not None
    down.hide()
    down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    down.setDefaultSectionSize(LINE_PX)
    across.setHighlightSections(False)
    for index, width in enumerate(widths_px):
        mode = QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
        across.setSectionResizeMode(index, mode)
        if width:
            table.setColumnWidth(index, width)
    return across


class RowsTable(QTableView):
    """A table of whole rows; says which key is chosen and which is double-clicked."""

    chosen = pyqtSignal(object)
    """The key of the row now current, None where none is."""
    opened = pyqtSignal(object)
    """The key of a row double-clicked."""

    def __init__(self, columns: Sequence[Column], texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowsModel(columns, texts, self)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(SIGN_PX, SIGN_PX))
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._shape(columns)
        self._last: object = None
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.rows[index.row()].key))
        model = self.selectionModel()
        assert model is not None
        model.selectionChanged.connect(lambda *_: self._say_chosen())

    def _shape(self, columns: Sequence[Column]) -> None:
        across, down = self.horizontalHeader(), self.verticalHeader()
        assert across is not None
        assert down is not None
        down.hide()
        down.setDefaultSectionSize(LINE_PX)
        across.setHighlightSections(False)
        across.setMinimumSectionSize(40)
        for index, column in enumerate(columns):
            mode = (
                QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.ResizeToContents
            )
            across.setSectionResizeMode(index, mode)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show rows; those selected stay selected where they are still there, and in view where they were."""
        keys, in_view = set(self.keys()), self._in_view()
        if not self.rows.replace(rows):
            return
        model = self.selectionModel()
        assert model is not None
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        model.blockSignals(True)
        for number, row in enumerate(rows):
            if row.key in keys:
                model.select(self.rows.index(number, 0), flags)
                model.setCurrentIndex(self.rows.index(number, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        model.blockSignals(False)
        if in_view and self.currentIndex().isValid():
            self.updateGeometries()  # else the list is scrolled no further than it was long before
            self.scrollTo(self.currentIndex())
        self._say_chosen()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the row chosen whole in view where it was seen."""
        super().resizeEvent(event)
        if self._in_view():
            self.scrollTo(self.currentIndex())

    def _in_view(self) -> bool:
        """Tell whether the row chosen is seen, be it in part."""
        area, viewport = self.visualRect(self.currentIndex()), self.viewport()
        return viewport is not None and area.isValid() and viewport.rect().intersects(area)

    def keys(self) -> tuple[Hashable, ...]:
        """Give the keys of the rows selected, from the top."""
        model = self.selectionModel()
        assert model is not None
        return tuple(self.rows.rows[index.row()].key for index in sorted(model.selectedRows()))

    def choose(self, key: Hashable) -> bool:
        """Select the row of a key alone; False where there is none."""
        for number, row in enumerate(self.rows.rows):
            if row.key == key:
                self.selectRow(number)
                self.scrollTo(self.rows.index(number, 0))
                return True
        return False

    def _say_chosen(self) -> None:
        keys = self.keys()
        key = keys[0] if keys else None
        if key != self._last:
            self._last = key
            self.chosen.emit(key)
