"""What is loaded before the first tick: part after part, how far, and a way out."""

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from ui import warming
from ui.actions import action
from ui.i18n import Texts, mark
from ui.panels.card import Card
from ui.shortcuts import key_text

WIDE_PX = 520
LOOK_MS = 200
_STATES = ("✓", "▸", "·")
"""The signs of what is done, of what is being done, and of what waits."""
_ONCE = mark(
    "Loops are compiled, once on this machine: one to two minutes. Later starts take seconds. What is "
    "compiled by now is kept, also if the program is closed meanwhile."
)
_ALWAYS = mark("The yard follows in a few seconds.")


class LoadingCard(Card):
    """Lies over the yard until ticks may begin; looks by itself how far loading is."""

    asked = pyqtSignal(str)
    """The id of a command."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, WIDE_PX, parent)
        self.title, self.why, self.count = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.count.setProperty("role", "muted")
        self.why.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        texts.say(self.title.setText, "Getting ready")
        texts.say(self.bar.setAccessibleName, "How far loading is")
        self.parts = [(QLabel(), QLabel()) for _ in warming.PARTS]
        for part in (self.title, self.why, self.bar):
            self.box.addWidget(part)
        self.box.addLayout(self._grid())
        self.box.addLayout(self._buttons())
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.refresh)
        texts.listen(self.refresh)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, ((state, words), (what, _)) in enumerate(zip(self.parts, warming.PARTS, strict=True)):
            self._texts.say(words.setText, what)
            grid.addWidget(state, row, 0)
            grid.addWidget(words, row, 1)
        return grid

    def _buttons(self) -> QHBoxLayout:
        row, self.close_button, quit_ = QHBoxLayout(), QPushButton(), action("quit")
        self._texts.say(self.close_button.setText, quit_.text)
        self._texts.say(
            lambda text: self.close_button.setToolTip(f"{text}  ({key_text(quit_.shortcut)})"), quit_.tooltip
        )
        self.close_button.clicked.connect(lambda: self.asked.emit(quit_.id))
        row.addWidget(self.count)
        row.addStretch(1)
        row.addWidget(self.close_button)
        return row

    def follow(self, over: QWidget) -> None:
        """Lie over a widget until all is loaded; nowhere where it is already."""
        if not warming.done():
            self.refresh()
            self.place(over)
            self._look.start()

    def refresh(self) -> None:
        """Write how far it is; go once all is loaded."""
        if warming.done():
            self.stop()
            return
        so_far, tr = warming.so_far(), self._texts.tr
        self.why.setText(tr(_ONCE if so_far.compiled else _ALWAYS))
        self.bar.setValue(round(1000 * so_far.share))
        for row, (state, words) in enumerate(self.parts):
            state.setText(_STATES[0 if row < so_far.part else 1 if row == so_far.part else 2])
            words.setEnabled(row <= so_far.part)
        if so_far.compiled:
            self.count.setText(
                tr("{count} loops compiled, {s} s", count=so_far.compiled, s=int(so_far.since_s))
            )

    def stop(self) -> None:
        """Look no more, and go."""
        self._look.stop()
        self.hide()
