"""Closing a lane, a zone or a block while work goes on, and opening it again."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QDialog, QFormLayout, QLabel, QPushButton, QWidget

from ui.i18n import Texts
from ui.panels.base import muted


class Closing(QDialog):
    """Asks which area is to be closed, or opened again where it is closed: these stand first."""

    taken = pyqtSignal(str, bool)
    """The name, and whether it is to be closed."""

    def __init__(
        self, names: tuple[str, ...], closed: tuple[str, ...], texts: Texts, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._texts, self._closed = texts, frozenset(closed)
        self._names = [*(name for name in names if name in self._closed)]
        self._names += [name for name in names if name not in self._closed]
        self.area, self.take = QComboBox(), QPushButton()
        title = QLabel(texts.tr("Close or open"))
        title.setProperty("role", "title")
        shut = texts.tr("closed")
        self.area.addItems([f"{name} ({shut})" if name in self._closed else name for name in self._names])
        self.area.setAccessibleName("lane, zone or block")
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        form = QFormLayout(self)
        form.addRow(title)
        form.addRow(texts.tr("Lane, zone or block"), self.area)
        words = texts.tr("Who is in it or about to be, and each crane at work there, is told of at once.")
        form.addRow(muted(words))
        form.addRow(self.take)
        self.area.currentIndexChanged.connect(lambda _: self._name_button())
        self.take.clicked.connect(self._take)
        self._name_button()
        self.area.setFocus()

    def _name_button(self) -> None:
        row = self.area.currentIndex()
        self.take.setEnabled(row >= 0)
        opens = row >= 0 and self._names[row] in self._closed
        self.take.setText(self._texts.tr("Open again") if opens else self._texts.tr("Close"))

    def _take(self) -> None:
        name = self._names[self.area.currentIndex()]
        self.taken.emit(name, name not in self._closed)
        self.close()
