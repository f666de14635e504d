"""Binds the alarms to the yard and to decisions: acknowledged, shelved, taken back, flown to."""

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QDialog, QWidget

from twin.clock import NS_PER_S
from twin.decisions import Acknowledge, Decision, Shelve, Unshelve
from twin.safety.table import Priority
from ui.i18n import Texts
from ui.panels.alarms import AlarmPanel
from ui.panels.shelving import Shelving


class Watch(QObject):
    """Turns what people do about alarms into decisions and views.

    Parameters
    ----------
    decide, note : callable
        Take a decision, and words for the status bar.
    identity : callable
        Gives the name and the role that decisions are signed with.
    fly : callable
        Flies to a camera preset.
    show_panel : callable
        Brings a panel to the top, by its name.
    """

    def __init__(
        self, window: QWidget, alarms: AlarmPanel, texts: Texts, *, decide: Callable[[Decision], None],
        note: Callable[[str], None], identity: Callable[[], tuple[str, str]], fly: Callable[[str], None],
        show_panel: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._alarms, self._texts = window, alarms, texts
        self._decide, self._note, self._identity, self._show_panel = decide, note, identity, show_panel
        self.dialog: Shelving | None = None
        alarms.acknowledged.connect(lambda ids: decide(Acknowledge(ids, *identity())))
        alarms.unshelved.connect(lambda ids: decide(Unshelve(ids, *identity())))
        alarms.shelving_asked.connect(self.ask_to_shelve)
        alarms.opened.connect(fly)

    def run(self, command: str) -> bool:
        """Carry out a command by id; False where it is none of the alarms'."""
        own: dict[str, Callable[[], object]] = {
            "next_alarm": self._alarms.next_alarm, "acknowledge": self._alarms.acknowledge,
            "shelve": self.ask_to_shelve, "unshelve": self._alarms.unshelve,
            "unfold": self._alarms.unfold, "alarm_lists": self._alarms.next_list,
        }  # fmt: skip
        if command not in own:
            return False
        if command in ("next_alarm", "unfold", "alarm_lists", "shelve"):
            self._show_panel("alarms")
        own[command]()
        return True

    # Shelving

    def ask_to_shelve(self) -> None:
        """Ask for how long and why the chosen alarms are put aside; critical ones are left out."""
        snapshot, ids = self._alarms.snapshot, self._alarms.chosen_ids()
        if snapshot is None or not ids:
            self._note(self._texts.tr("Choose the alarms to shelve first."))
            return
        alarms = snapshot.state.alarms
        critical = alarms.id[alarms.priority == Priority.CRITICAL]
        free = tuple(alarm for alarm in ids if not np.isin(alarm, critical))
        dialog = Shelving(len(free), len(ids) - len(free), self._texts, self._window)
        dialog.taken.connect(lambda minutes, reason: self._shelve(free, minutes, reason))
        self.dialog = dialog
        self._place(dialog)

    def _shelve(self, ids: tuple[int, ...], minutes: int, reason: str) -> None:
        snapshot = self._alarms.snapshot
        if snapshot is not None and ids:
            until_ns = snapshot.state.t_ns + minutes * 60 * NS_PER_S
            self._decide(Shelve(ids, until_ns, reason, *self._identity()))

    def _place(self, dialog: QDialog) -> None:
        window = self._window
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        middle = window.mapToGlobal(window.rect().center())
        dialog.move(middle.x() - dialog.sizeHint().width() // 2, middle.y() - 60)
        dialog.show()
