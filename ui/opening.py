"""How large the window opens: as it is meant to be seen, and never beyond the screen."""

from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QStyle, QWidget

USUAL = QSize(1600, 960)


def opening_size(room: QSize, title_px: int = 0) -> QSize:
    """Give the size that a window opens with.

    Parameters
    ----------
    room : QSize
        What of the screen is free for windows.
    title_px : int
        Height of the bar that the system puts over a window.
    """
    return USUAL.boundedTo(room - QSize(0, title_px))


def open_within_screen(window: QWidget) -> None:
    """Resize a window to how it opens on its screen."""
    screen, style = window.screen(), window.style()
    title_px = 0 if style is None else style.pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    window.resize(USUAL if screen is None else opening_size(screen.availableSize(), title_px))
