"""The keys of the window's commands: each works while its command can be used, or to say why it cannot."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

from ui.actions import ACTIONS, Action, nudge_keys
from ui.shortcuts import tells_why_not


class Keyboard:
    """Holds the shortcuts of a window.

    Parameters
    ----------
    window, view : QWidget
        Where commands have their keys, and where alone a block is nudged.
    run : callable
        Carries out the command of a key.
    nudge : callable
        Moves a block by a step east and north.
    """

    def __init__(
        self, window: QWidget, view: QWidget, run: Callable[[Action], None],
        nudge: Callable[[float, float], object],
    ) -> None:  # fmt: skip
        self.shortcuts: dict[str, QShortcut] = {}
        for row in ACTIONS:
            shortcut = QShortcut(window)
            shortcut.setKeys([QKeySequence(key) for key in row.keys])
            shortcut.activated.connect(lambda command=row: run(command))
            self.shortcuts[row.id] = shortcut
        self._nudges = []
        for keys, step in nudge_keys().items():
            shortcut = QShortcut(QKeySequence(keys), view)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=step: nudge(*by))
            self._nudges.append(shortcut)

    def enable(self, usable: Callable[[Action], bool], nudging: bool) -> None:
        """Have the keys of what can be used work, and those by which a block is nudged or not."""
        for row in ACTIONS:
            self.shortcuts[row.id].setEnabled(usable(row) or tells_why_not(row))
        for shortcut in self._nudges:
            shortcut.setEnabled(nudging)
