"""The first steps: a card over the yard that says where to look, and what to do first."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.i18n import Setter, Texts, mark

_STEPS: tuple[tuple[str, str, str], ...] = (
    ("N", mark("Look at an alarm"), mark("fly to the first alarm; A acknowledges it")),
    ("Ctrl+Return", mark("Decide a suggestion"), mark("read its reasons on the right, then accept it")),
    ("R", mark("Replay what happened"), mark("the yard goes on while you look back; Esc returns")),
)


class HintCard(QFrame):
    """A short card; any of its buttons closes it."""

    closed = pyqtSignal()
    asked = pyqtSignal(str)
    """The id of a command."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self.setFixedWidth(520)

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
        self.hide()
        self.closed.emit()

    def place(self, over: QWidget) -> None:
        """Lie in the middle of a widget."""
        self.setParent(over)
        self.adjustSize()
        self.move((over.width() - self.width()) // 2, max(12, (over.height() - self.height()) // 2))
        self.raise_()
        self.show()


def _setter(label: QLabel, texts: Texts, what: str, how: str) -> Setter:
    """Give what writes a step into its label, in the language chosen then."""
    return lambda _: label.setText(f"{texts.tr(what)}: {texts.tr(how)}")
