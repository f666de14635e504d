"""Naming another slot for a box of a suggestion: by its address, or one of those that were weighed."""

import html

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.stacking.suggestion import Suggestion
from ui.i18n import Texts
from ui.panels.base import muted
from ui.panels.formats import number
from ui.panels.reasons import total_of
from ui.theme import palette

OFFERED = 8


class Elsewhere(QDialog):
    """Asks for a slot; says what is typed, and shows what is said of it. Decides nothing."""

    typed = pyqtSignal(int, str)
    """Which move, and the text of the address so far."""
    taken = pyqtSignal(int, str)
    """Which move, and the address that was confirmed."""

    def __init__(
        self, suggestion: Suggestion, texts: Texts, theme: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.suggestion, self._texts, self._theme = suggestion, texts, theme
        self.moves, self.line, self.list = QComboBox(), QLineEdit(), QListWidget()
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setMinimumHeight(44)
        self.moves.setAccessibleName("which box")
        self.line.setAccessibleName("address of the slot")
        self.line.setPlaceholderText("A01-035-03-2")
        self.list.setAccessibleName("slots that were weighed")
        self.moves.addItems(
            [
                f"{k}. {move.number} ({move.length_ft}′) → {move.target}"
                for k, move in enumerate(suggestion.moves, 1)
            ]
        )
        self.moves.setVisible(len(suggestion.moves) > 1)
        box = QVBoxLayout(self)
        title = QLabel(texts.tr("Put {box} on another slot", box=suggestion.moves[0].number))
        title.setProperty("role", "title")
        title.setVisible(len(suggestion.moves) == 1)
        for widget in (title, self.moves, self.line, self.verdict, *self._weighed()):
            box.addWidget(widget)
        self.resize(520, 360)
        self.moves.currentIndexChanged.connect(lambda _: self._say_typed())
        self.line.textChanged.connect(lambda _: self._say_typed())
        self.line.returnPressed.connect(self._take)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(lambda item: self.line.setText(item.data(Qt.ItemDataRole.UserRole)))

    def _weighed(self) -> list[QWidget]:
        """Offer the slots that were weighed, where there are any."""
        best = total_of(self.suggestion.terms)
        for other in [a for a in self.suggestion.alternatives if not a.refused][:OFFERED]:
            more = number(other.total - best, 1)
            item = QListWidgetItem(f"{other.target}    {self._texts.tr('{more} s more', more=more)}")
            item.setData(Qt.ItemDataRole.UserRole, str(other.target))
            self.list.addItem(item)
        self.list.setVisible(self.list.count() > 0)
        caption = muted(self._texts.tr("The next best slots:"))
        caption.setVisible(self.list.count() > 0)
        return [caption, self.list]

    @property
    def move_index(self) -> int:
        """Which move is to be changed, from 0."""
        return max(self.moves.currentIndex(), 0)

    def show_verdict(self, words: str, refused: bool) -> None:
        """Show what is said of the slot typed; what is refused has a shape and a colour."""
        sign = f'<span style="color:{palette(self._theme).high}">◆</span>&nbsp;' if refused else ""
        self.verdict.setText(sign + html.escape(words))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Let the arrow keys choose among the slots weighed while one types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.list.count():
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                row = self.list.currentRow() + step if self.list.currentRow() >= 0 else 0
                self.list.setCurrentRow(row % self.list.count())
                item = self.list.currentItem()
                if item is not None:
                    self.line.setText(item.data(Qt.ItemDataRole.UserRole))
                return True
        return super().eventFilter(watched, event)

    def _say_typed(self) -> None:
        self.typed.emit(self.move_index, self.line.text())

    def _take(self) -> None:
        self.taken.emit(self.move_index, self.line.text())
