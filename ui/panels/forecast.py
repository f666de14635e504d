"""Entering the forecast gust: what would stand too high in it is listed before the wind comes."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QDoubleSpinBox, QFormLayout, QLabel, QPushButton, QSpinBox, QWidget

from twin.weather import STRONGEST_MPS
from ui.i18n import Texts
from ui.panels.base import muted

HOURS = 24
"""The longest that a forecast holds [h]."""


class Forecast(QDialog):
    """Asks for the highest gust of the forecast and for how long it holds."""

    taken = pyqtSignal(float, int)
    """The gust [m/s] and the hours that it holds."""

    def __init__(self, gust_mps: float, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.gust, self.hours, self.take = (
            QDoubleSpinBox(),
            QSpinBox(),
            QPushButton(texts.tr("Take forecast")),
        )
        title = QLabel(texts.tr("Wind forecast"))
        title.setProperty("role", "title")
        self.gust.setRange(0.0, STRONGEST_MPS)
        self.gust.setDecimals(1)
        self.gust.setSuffix(" m/s")
        self.gust.setValue(gust_mps)
        self.gust.setAccessibleName("highest gust")
        self.hours.setRange(1, HOURS)
        self.hours.setValue(6)
        self.hours.setSuffix(" h")
        self.hours.setAccessibleName("holds for")
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        form = QFormLayout(self)
        form.addRow(title)
        form.addRow(texts.tr("Highest gust"), self.gust)
        form.addRow(texts.tr("Holds for"), self.hours)
        form.addRow(muted(texts.tr("0 m/s takes a forecast back.")))
        form.addRow(self.take)
        self.take.clicked.connect(self._take)
        self.gust.setFocus()
        self.gust.selectAll()

    def _take(self) -> None:
        self.taken.emit(self.gust.value(), self.hours.value())
        self.close()
