"""The first steps: a card over the yard that says where to look, and what to do first."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from ui.i18n import Setter, Texts, mark
from ui.panels.card import Card

_STEPS: tuple[tuple[str, str, str], ...] = (
    ("N", mark("Look at an alarm"), mark("fly to the first alarm; A acknowledges it")),
    ("Ctrl+Return", mark("Decide a suggestion"), mark("read its reasons on the right, then accept it")),
    ("R", mark("Replay what happened"), mark("the yard goes on while you look back; Esc returns")),
)
COMMANDS = ("next_alarm", "accept", "replay_now")
"""The commands of the steps: once one is taken the card no longer covers what it leads to."""
WIDE_PX = 560


class HintCard(Card):
    """A short card; any of its buttons closes it, and so do Esc and any of its steps."""

    closed = pyqtSignal()
    asked = pyqtSignal(str)
    """The id of a command."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, WIDE_PX, parent)
        title, look = QLabel(), QLabel()
        title.setProperty("role", "title")
        look.setWordWrap(True)
        texts.say(title.setText, "First steps")
        texts.say(
            look.setText,
            "Grey is normal. Whatever has a colour, a shape and a number wants your eye: "
            "start with the band at the top.",
        )
        self.box.addWidget(title)
        self.box.addWidget(look)
        self.box.addLayout(self._steps(texts))
        self.box.addLayout(self._buttons(texts))
        # Shown over a replay, Esc also leads back to live: the card goes first.
        self._escape = QShortcut(QKeySequence("Esc"), self)
        self._escape.setContext(Qt.ShortcutContext.WindowShortcut)
        for fired in (self._escape.activated, self._escape.activatedAmbiguously):
            fired.connect(self.close_card)
        self._escape.setEnabled(False)

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
        """Lie in the middle of a widget; Esc closes the card."""
        super().place(over)
        self._escape.setEnabled(True)


def _setter(label: QLabel, texts: Texts, what: str, how: str) -> Setter:
    """Give what writes a step into its label, in the language chosen then."""
    return lambda _: label.setText(f"{texts.tr(what)}: {texts.tr(how)}")
