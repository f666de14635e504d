"""Putting alarms aside for a time and with a reason: never the critical ones."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QDialog, QFormLayout, QLabel, QPushButton, QSpinBox, QWidget

from ui.i18n import Texts, mark
from ui.panels.base import muted

REASONS: tuple[str, ...] = (
    mark("Known fault, repair is ordered"),
    mark("Sensor under test"),
    mark("Planned work in this area"),
    mark("Chatters, cause not found yet"),
)
"""Offered reasons, recorded in English whatever the language; any other can be typed."""
USUAL_MIN, LONGEST_MIN = 30, 8 * 60
"""How long an alarm is put aside [min]: half an hour unless said otherwise, a shift at most."""


class Shelving(QDialog):
    """Asks for how long and why; tells why not where nothing chosen can be put aside."""

    taken = pyqtSignal(int, str)
    """Minutes and the reason."""

    def __init__(self, count: int, critical: int, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        tr = texts.tr
        self.minutes, self.reason, self.take = QSpinBox(), QComboBox(), QPushButton(tr("Shelve"))
        title = QLabel(tr("Shelve {count} alarms", count=count) if count != 1 else tr("Shelve the alarm"))
        title.setProperty("role", "title")
        self.minutes.setRange(1, LONGEST_MIN)
        self.minutes.setSingleStep(5)
        self.minutes.setValue(USUAL_MIN)
        self.minutes.setSuffix(" min")
        self.minutes.setAccessibleName("for how long")
        self.reason.setEditable(True)
        self.reason.setMinimumWidth(320)
        self.reason.addItems([tr(text) for text in REASONS])
        self.reason.setCurrentIndex(-1)
        self.reason.setAccessibleName("reason")
        if (line := self.reason.lineEdit()) is not None:
            line.setPlaceholderText(tr("Why: choose or type"))
        self.refusal = muted(tr("A critical alarm is never shelved: {count} chosen.", count=critical))
        self.refusal.setVisible(critical > 0)
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        form = QFormLayout(self)
        form.addRow(title)
        form.addRow(tr("For"), self.minutes)
        form.addRow(tr("Reason"), self.reason)
        form.addRow(self.refusal)
        back = muted(tr("It comes back by itself. Take it back sooner in the list of shelved alarms."))
        form.addRow(back)
        form.addRow(self.take)
        if not count:
            title.setText(tr("Nothing to shelve"))
            form.setRowVisible(self.minutes, False)
            form.setRowVisible(self.reason, False)
            for part in (back, self.take):
                part.hide()
        self._count = count
        self.take.clicked.connect(self._take)
        self.reason.currentTextChanged.connect(lambda _: self._enable())
        self._enable()

    def reason_text(self) -> str:
        """Give the reason as it is recorded: one of the list in English, any other as typed."""
        index = self.reason.findText(self.reason.currentText())
        return REASONS[index] if 0 <= index < len(REASONS) else self.reason.currentText().strip()

    def _enable(self) -> None:
        self.take.setEnabled(self._count > 0 and bool(self.reason_text()))

    def _take(self) -> None:
        self.taken.emit(self.minutes.value(), self.reason_text())
        self.close()
