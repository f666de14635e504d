"""A card that lies in the middle of another widget, as high as its words need."""

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.i18n import Texts


class Card(QFrame):
    """Stays in the middle of what it lies over, also when that grows or the words change.

    Parameters
    ----------
    texts : Texts
    wide_px : int
        How wide it is [px].
    """

    def __init__(self, texts: Texts, wide_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts, self._wide_px = texts, wide_px
        self.setObjectName("overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(18, 14, 18, 14)
        self.setFixedWidth(wide_px)
        self._over: QWidget | None = None
        texts.listen(self._settle)

    def place(self, over: QWidget) -> None:
        """Lie in the middle of a widget, also when that grows or shrinks."""
        if self._over is not over:
            self.setParent(over)
            over.installEventFilter(self)
        self._over = over
        self._settle()
        self.raise_()
        self.show()

    def _settle(self) -> None:
        """Be as high as the words need at the card's width, in the middle."""
        layout, over = self.layout(), self._over
        if layout is None or over is None:
            return
        self.setFixedHeight(
            max(layout.totalHeightForWidth(self._wide_px), layout.totalMinimumSize().height())
        )
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
