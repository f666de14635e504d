"""A suggestion in two lines: what goes where, and what that saves."""

from dataclasses import dataclass

from PyQt6.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QPainter
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.i18n import Texts
from ui.panels.rows import Column, Row, RowsModel, RowsTable
from ui.theme import lamp, palette

LINES_PX = 50
"""Height of a row: two lines of Chinese text, 16 and 15 px, and air around them."""
SHARES = (19, 17, 19, 24, 21)
"""How a row's second line is shared out over relocations, minutes, energy, carbon and how sure [%]."""
_SIDE_PX = 8


@dataclass(frozen=True)
class SuggestionRow(Row):
    """A row whose ``head`` and ``count`` stand over ``cells``; ``marked`` where something is in its way."""

    head: str = ""
    count: str = ""
    cells: tuple[str, ...] = ()
    marked: bool = False
    closed: bool = False


class TwoLines(QStyledItemDelegate):
    """Paints a :class:`SuggestionRow`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = "dark"

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Give room for two lines."""
        return QSize(200, LINES_PX)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint the ground as the style has it, and the two lines over it."""
        model, view = index.model(), option.widget
        if painter is None or view is None or not isinstance(model, RowsModel):
            return
        row = model.rows[index.row()]
        assert isinstance(row, SuggestionRow)
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        style = view.style()
        assert style is not None
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, view)
        painter.save()
        self._lines(painter, option.rect, option.font, row)
        painter.restore()

    def _lines(self, painter: QPainter, area: QRect, font: QFont, row: SuggestionRow) -> None:
        colours = palette(self.theme)
        inner = area.adjusted(_SIDE_PX, 4, -_SIDE_PX, -4)
        half = inner.height() // 2
        upper = QRect(inner.left(), inner.top(), inner.width(), half)
        lower = QRect(inner.left(), inner.top() + half, inner.width(), inner.height() - half)
        if row.marked:
            sign = lamp(self.theme, False)
            painter.drawPixmap(upper.left(), upper.center().y() - sign.height() // 2, sign)
            upper = upper.adjusted(sign.width() + 6, 0, 0, 0)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted if row.closed else colours.text))
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.head)
        painter.drawText(upper, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.count)
        small = QFont(font)
        small.setPixelSize(font.pixelSize() - 1)
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        shares = SHARES if len(row.cells) == len(SHARES) else (100,) * len(row.cells)
        x = float(lower.left())
        for index, (cell, share) in enumerate(zip(row.cells, shares, strict=True)):
            wide = lower.width() * share / 100
            last = index and index == len(row.cells) - 1
            side = Qt.AlignmentFlag.AlignRight if last else Qt.AlignmentFlag.AlignLeft
            place = QRect(round(x), lower.top(), round(wide), lower.height())
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, cell)
            x += wide


class SuggestionTable(RowsTable):
    """Lists suggestions in two lines each."""

    def __init__(self, title: str, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__((Column(title, stretch=True),), texts, parent)
        self.lines = TwoLines(self)
        self.setItemDelegate(self.lines)
        self.setSelectionMode(RowsTable.SelectionMode.SingleSelection)
        across, down = self.horizontalHeader(), self.verticalHeader()
        assert across is not None
        assert down is not None
        across.hide()
        down.setDefaultSectionSize(LINES_PX)
        self.setVerticalScrollMode(RowsTable.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(2 * LINES_PX + 4)
