"""The first steps: a card over the yard that says where to look, and what to do first."""

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.i18n import Setter, Texts, mark

_STEPS: tuple[tuple[str, str, str], ...] = (
    ("N", mark("Look at an alarm"), mark("fly to the first alarm; A acknowledges it")),
    ("Ctrl+Return", mark("Decide a suggestion"), mark("read its reasons on the right, then accept it")),
    ("R", mark("Replay what happened"), mark("the yard goes on while you look back; Esc returns")),
)
COMMANDS = ("next_alarm", "accept", "replay_now")
"""The commands of the steps: once one is taken the card no longer covers what it leads to."""
WIDE_PX = 560


class HintCard(QFrame):
    """A short card; any of its buttons closes it, and so do Esc and any of its steps."""

    closed = pyqtSignal()
    asked = pyqtSignal(str)
    """The id of a command."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self.setObjectName("overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 14, 18, 14)
        title, look = QLabel(), QLabel()
        title.setProperty("role", "title")
        look.setWordWrap(True)
        texts.say(title.setText, "First steps")
        texts.say(
            look.setText,
            "Grey is normal. Whatever has a colour, a shape and a number wants your eye: "
            "start with the band at the top.",
        )
        box.addWidget(title)
        box.addWidget(look)
        box.addLayout(self._steps(texts))
        box.addLayout(self._buttons(texts))
        self.setFixedWidth(WIDE_PX)
        self._over: QWidget | None = None
        # Shown over a replay, Esc also leads back to live: the card goes first.
        self._escape = QShortcut(QKeySequence("Esc"), self)
        self._escape.setContext(Qt.ShortcutContext.WindowShortcut)
        for fired in (self._escape.activated, self._escape.activatedAmbiguously):
            fired.connect(self.close_card)
        self._escape.setEnabled(False)
        texts.listen(self._settle)

    def _steps(self, texts: Texts) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setColumnStretch(1, 1)
        for row, (key, what, how) in enumerate(_STEPS):
            head, words = QLabel(f"<b>{key}</b>"), QLabel()
            words.setWordWrap(True)
            texts.say(_setter(words, texts, what, how), what)
            grid.addWidget(head, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(words, row, 1)
        return grid

    def _buttons(self, texts: Texts) -> QHBoxLayout:
        row = QHBoxLayout()
        keys, done = QPushButton(), QPushButton()
        texts.say(keys.setText, "Keys")
        texts.say(done.setText, "Start")
        done.setProperty("role", "primary")
        keys.clicked.connect(lambda: self.asked.emit("shortcuts"))
        done.clicked.connect(self.close_card)
        row.addWidget(keys)
        row.addStretch(1)
        row.addWidget(done)
        return row

    def close_card(self) -> None:
        """Close the card."""
        self._escape.setEnabled(False)
        self.hide()
        self.closed.emit()

    def follow(self, command: str) -> None:
        """Close the card where one of its steps is taken."""
        if command in COMMANDS and self.isVisible():
            self.close_card()

    def place(self, over: QWidget) -> None:
        """Lie in the middle of a widget, also when that grows or shrinks."""
        if self._over is not over:
            self.setParent(over)
            over.installEventFilter(self)
        self._over = over
        self._settle()
        self.raise_()
        self.show()
        self._escape.setEnabled(True)

    def _settle(self) -> None:
        """Be as high as the words need at the card's width, in the middle."""
        layout, over = self.layout(), self._over
        if layout is None or over is None:
            return
        self.setFixedHeight(max(layout.totalHeightForWidth(WIDE_PX), layout.totalMinimumSize().height()))
        self.move((over.width() - self.width()) // 2, max(12, (over.height() - self.height()) // 2))

    def event(self, event: QEvent | None) -> bool:
        """Be as high as the words need, also once the theme has changed their size."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self._settle()
        return super().event(event)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Stay in the middle of what the card lies over."""
        if event is not None and event.type() == QEvent.Type.Resize and watched is self._over:
            self._settle()
        return super().eventFilter(watched, event)


def _setter(label: QLabel, texts: Texts, what: str, how: str) -> Setter:
    """Give what writes a step into its label, in the language chosen then."""
    return lambda _: label.setText(f"{texts.tr(what)}: {texts.tr(how)}")
