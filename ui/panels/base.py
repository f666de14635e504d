"""What every panel is: a widget that takes snapshots, and draws only what differs."""

from collections.abc import Hashable
from typing import Protocol

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QLabel, QTextBrowser, QVBoxLayout, QWidget

from twin.snapshot import Snapshot
from ui.i18n import Texts


class Follower(Protocol):
    """A part of the window that follows snapshots."""

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        ...


class Themed(Protocol):
    """A part of the window that takes a theme."""

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        ...


class Panel(QWidget):
    """A panel that follows snapshots.

    A subclass says in :meth:`seen` which tables it shows and draws them in :meth:`draw`; as long as
    those are the same objects nothing is drawn again. One that :attr:`sleeps` draws nothing while it is
    not in view, and catches up when it comes there.
    """

    sleeps = False

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = texts
        self.theme = "dark"
        self.snapshot: Snapshot | None = None
        self.drawn = 0
        """How often the panel has been drawn: an idle yard leaves it as it is."""
        self._seen: tuple[object, ...] = ()
        self._behind = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(8, 8, 8, 8)
        self.column.setSpacing(6)
        texts.listen(self.refresh)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the tables and values that the panel shows."""
        raise NotImplementedError

    def draw(self, snapshot: Snapshot) -> None:
        """Show what is to be shown of a snapshot."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; return at once where what the panel shows `is` what it showed."""
        self.snapshot = snapshot
        seen = self.seen(snapshot)
        if len(seen) == len(self._seen) and all(a is b for a, b in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        self._draw(snapshot)

    def refresh(self) -> None:
        """Draw again: another language, theme or choice."""
        if self.snapshot is not None:
            self._draw(self.snapshot)

    def wake(self) -> None:
        """Draw now what was not drawn while the panel was out of view."""
        if self._behind and self.snapshot is not None:
            self._behind = False
            self.drawn += 1
            self.draw(self.snapshot)

    @property
    def in_view(self) -> bool:
        """Whether anything of the panel is seen; Qt calls one behind another tab visible, too."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Catch up on coming into view."""
        super().showEvent(event)
        if self.in_view:
            self.wake()

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = theme
        self.refresh()

    def _draw(self, snapshot: Snapshot) -> None:
        self._behind = True
        if not self.sleeps or self.in_view:
            self.wake()


def muted(text: str = "") -> QLabel:
    """Give a label for what is said beside the figures: smaller, paler, wrapped."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label


class Page(QTextBrowser):
    """A page for text that wraps: links lead nowhere, nothing scrolls sideways."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._written: tuple[Hashable, str] = ("", "")

    def write(self, words: str, about: Hashable = "") -> None:
        """Show words as HTML, scrolled to where the page was while it is about the same."""
        before, self._written = self._written, (about, words)
        if self._written == before:
            return
        bar = self.verticalScrollBar()
        place = bar.value() if bar is not None and about == before[0] else 0
        self.setHtml(words)
        if bar is not None:
            bar.setValue(place)
