"""The mouse wheel scrolls panels: it changes no value that nobody has taken hold of."""

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class _Guard(QObject):
    """Hands the wheel on to what lies round a field, but for one that has the focus."""

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Keep the wheel from a field without focus."""
        turned = event is not None and event.type() is QEvent.Type.Wheel
        if event is None or not turned or not isinstance(watched, QWidget) or watched.hasFocus():
            return False
        event.ignore()
        return True


def guard_wheels(within: QWidget) -> None:
    """Guard all lists and numbers to choose from in a widget; the wheel no longer gives them the focus."""
    guard = _Guard(within)
    fields: list[QWidget] = [*within.findChildren(QComboBox), *within.findChildren(QAbstractSpinBox)]
    for field in fields:
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(guard)
