"""The questions that the window asks: for a command, for a thing by its name, for a journal."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QWidget

from twin.state import State
from ui.actions import Action
from ui.editor.panel import ask_what_to_open
from ui.i18n import Texts
from ui.panels.finding import offered_things, pick_of
from ui.shortcuts import Chooser, offered_commands
from ui.view_state import Pick


class Asker:
    """Opens the choosers over a window and hands on what was chosen.

    Parameters
    ----------
    usable : callable
        Tells whether a command can be used now.
    """

    def __init__(self, window: QWidget, texts: Texts, usable: Callable[[Action], bool]) -> None:
        self._window, self._texts, self._usable = window, texts, usable

    def command(self, then: Callable[[str], None]) -> None:
        """Ask for a command and run it."""
        offer = offered_commands(self._texts, self._usable)
        self._ask(Chooser(self._texts.tr("Type a command"), offer, self._window), then)

    def thing(self, state: State, then: Callable[[Pick], None]) -> None:
        """Ask for a box, a machine or a block by its name."""
        hint = self._texts.tr("Box number, machine or block")
        chooser = Chooser(hint, lambda typed: offered_things(state, self._texts, typed), self._window)
        self._ask(chooser, lambda key: then(pick_of(state, key)))

    def journal(self, then: Callable[[Path], object]) -> None:
        """Ask for a recorded journal."""
        if chosen := ask_what_to_open(self._window, self._texts, "Journal (*.journal);;All files (*)"):
            then(Path(chosen))

    def _ask(self, chooser: Chooser, then: Callable[[str], None]) -> None:
        chooser.chosen.connect(then)
        self._place(chooser)
        chooser.line.setFocus()

    def _place(self, dialog: QDialog) -> None:
        """Show a dialog below the top of the window, in its middle."""
        window = self._window
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        middle = window.mapToGlobal(window.rect().center())
        dialog.move(middle.x() - dialog.width() // 2, window.mapToGlobal(window.rect().topLeft()).y() + 90)
        dialog.show()
