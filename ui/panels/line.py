"""A line of text that takes the room there is and asks for none; its tool tip is all of it."""

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QPaintEvent
from PyQt6.QtWidgets import QLabel, QStylePainter


class Line(QLabel):
    """One line of plain text, cut with an ellipsis where there is no room for all of it.

    Notes
    -----
    A plain label asks for the width of its text: a long refusal widened the whole window beyond the screen.
    """

    def setText(self, text: str | None) -> None:  # noqa: N802 - overrides Qt
        """Show another text."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Ask for no width."""
        return QSize(0, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """Give what of the text there is room for."""
        room_px = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room_px)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw what there is room for."""
        painter = QStylePainter(self)
        self.drawFrame(painter)
        painter.drawItemText(
            self.contentsRect(), self.alignment(), self.palette(), self.isEnabled(), self.shown_text(),
            self.foregroundRole(),
        )  # fmt: skip
        painter.end()
