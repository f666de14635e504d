"""Binds alarms, near misses and discrepancies to the yard, the replay and decisions."""

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QDialog, QWidget

from twin.clock import NS_PER_S
from twin.decisions import (
    Acknowledge,
    Decision,
    ForecastWind,
    Remedy,
    Reopen,
    SetClosed,
    SetLimit,
    SetService,
    Shelve,
    Unshelve,
)
from twin.righting import slot_of
from twin.roles import authorize
from twin.safety.rules.areas import closable
from twin.state import State
from twin.yard.slots import SlotAddress
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import standing
from ui.panels.alarms import AlarmPanel
from ui.panels.closing import Closing
from ui.panels.discrepancies import DiscrepancyPanel
from ui.panels.forecast import Forecast
from ui.panels.limits import LimitsForm
from ui.panels.near_misses import NearMissPanel
from ui.panels.replay_strip import BEFORE_NS
from ui.panels.shelving import Shelving
from ui.settling import Typed, asked
from ui.view_state import Encounter

_SHOWS: dict[str, tuple[str, ...]] = {
    "alarms": ("next_alarm", "unfold", "alarm_lists", "shelve", "save_alarms"),
    "near_misses": ("next_near_miss", "replay_near_miss", "save_near_misses"),
    "discrepancies": ("next_discrepancy",),
}
_NOTHING: dict[str, str] = {
    "next_alarm": mark("No alarm stands."), "acknowledge": mark("No alarm waits to be acknowledged."),
    "save_alarms": mark("No alarm was raised yet."), "save_near_misses": mark("No near miss is listed."),
    "next_near_miss": mark("No near miss is listed."), "replay_near_miss": mark("No near miss is listed."),
    "next_discrepancy": mark("No discrepancy is listed."),
}  # fmt: skip
"""What is said where a command found nothing to go to, by its id."""


class Watch(QObject):
    """Turns what people do about alarms, near misses and discrepancies into decisions and views.

    Parameters
    ----------
    decide, note, withdraw : callable
        Take a decision, words for the status bar, and words there that are true no longer.
    identity : callable
        Gives the name and the role that decisions are signed with.
    fly, look : callable
        Fly to a camera preset, and to a place [m, yard frame].
    select : callable
        Selects a machine, by its fleet row.
    replay : callable
        Shows this session again from an instant [ns UTC], and does something once it is shown.
    mark : callable
        Marks the near miss that is looked at again; None for none.
    show_panel : callable
        Brings a panel to the top, by its name.
    machine : callable
        Gives the fleet row of the machine selected, -1 for none.
    """

    def __init__(
        self, window: QWidget, panels: tuple[AlarmPanel, NearMissPanel, DiscrepancyPanel], texts: Texts, *,
        decide: Callable[[Decision], None], note: Callable[[str], None], withdraw: Callable[[str], None],
        identity: Callable[[], tuple[str, str]], fly: Callable[[str], None],
        look: Callable[[float, float], None], select: Callable[[int], None],
        replay: Callable[[int, Callable[[], object]], None], mark: Callable[[Encounter | None], None],
        show_panel: Callable[[str], None], machine: Callable[[], int],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._texts = window, texts
        self._alarms, self._near, self._doubts = alarms, near, doubts = panels
        self._decide, self._note, self._withdraw = decide, note, withdraw
        self._identity, self._show_panel, self._denied = identity, show_panel, ""
        self._fly, self._look, self._machine, self._show_again = fly, look, machine, replay
        self._select, self._mark = select, mark
        self.dialog: Shelving | LimitsForm | Forecast | Closing | None = None
        alarms.acknowledged.connect(lambda ids: decide(Acknowledge(ids, *identity())))
        alarms.unshelved.connect(lambda ids: decide(Unshelve(ids, *identity())))
        alarms.shelving_asked.connect(self.ask_to_shelve)
        alarms.opened.connect(self._open_alarm)
        alarms.followed.connect(self._withdraw_denial)
        alarms.log.save_button.said.connect(note)
        alarms.log.replay_asked.connect(self._replay_alarm)
        near.opened.connect(look)
        near.replay_asked.connect(self._replay)
        near.save_button.said.connect(note)
        doubts.settled.connect(self._settle)
        doubts.reopened.connect(lambda number: decide(Reopen(number, *identity())))
        doubts.said.connect(note)
        doubts.opened.connect(self._look_at)

    def run(self, command: str) -> bool:
        """Carry out a command by id; False where it is none of the alarms'."""
        own: dict[str, Callable[[], object]] = {
            "next_alarm": self._alarms.next_alarm, "acknowledge": self._alarms.acknowledge,
            "shelve": self.ask_to_shelve, "unshelve": self._alarms.unshelve,
            "unfold": self._alarms.unfold, "alarm_lists": self._alarms.next_list,
            "save_alarms": self._alarms.log.save_button.ask,
            "next_near_miss": self._near.next_near_miss, "replay_near_miss": self._near.replay,
            "save_near_misses": self._near.save_button.ask, "next_discrepancy": self._doubts.next_discrepancy,
            "limits": self.ask_for_limits, "service": self._turn_service, "forecast": self.ask_for_forecast,
            "close_area": self.ask_what_to_close,
            "settle_sensors": lambda: self._doubts.settle(Remedy.SENSORS),
            "settle_list": lambda: self._doubts.settle(Remedy.LIST),
            "settle_slot": lambda: self._doubts.settle(Remedy.SLOT),
            "reopen": self._reopen,
        }  # fmt: skip
        if command not in own:
            return False
        for name, commands in _SHOWS.items():
            if command in commands:
                self._show_panel(name)
        for panel in (self._alarms, self._near, self._doubts):
            panel.wake()
        found = own[command]()
        if found is False and command in _NOTHING:
            self._denied = self._texts.tr(_NOTHING[command])
            self._note(self._denied)
        elif found is not False:
            self._found()
        return True

    def _withdraw_denial(self, state: State) -> None:
        """Take back that no alarm stands, once one does."""
        if self._denied == self._texts.tr(_NOTHING["next_alarm"]) and len(standing(state.alarms)):
            self._found()

    def _found(self) -> None:
        """Take back that there was nothing to go to."""
        if self._denied:
            self._withdraw(self._denied)
            self._denied = ""

    def _open_alarm(self, preset: str) -> None:
        """Fly to an alarm, its machine selected: so it has its name in the scene and its figures beside."""
        kind, _, row = preset.partition(":")
        if kind == "mover":
            self._select(int(row))
        self._fly(preset)

    def _replay(self, encounter: Encounter) -> None:
        """Show a near miss again from ten seconds before, its machines marked and the first selected."""
        snapshot = self._near.snapshot if self._alarms.snapshot is None else self._alarms.snapshot
        if snapshot is not None:
            for row in np.flatnonzero(snapshot.state.fleet.name == encounter.names[0]).tolist():
                self._select(row)

        def mark() -> None:
            self._near.hold()
            self._mark(encounter)

        self._show_again(encounter.t_ns - BEFORE_NS, mark)

    def _replay_alarm(self, raised_ns: int, mover: int) -> None:
        """Show again what led to an alarm, from ten seconds before, its machine selected."""

        def shown() -> None:
            self.forget_encounter()
            if mover >= 0:
                self._select(mover)
                self._fly(f"mover:{mover}")

        self._show_again(raised_ns - BEFORE_NS, shown)

    def forget_encounter(self) -> None:
        """Mark no near miss any more: another stretch of time is shown, or the live yard."""
        self._mark(None)

    # Shelving

    def ask_to_shelve(self) -> bool:
        """Ask for how long and why the chosen alarms are put aside; critical ones are left out.

        False where none is chosen, which is said.
        """
        snapshot, ids = self._alarms.snapshot, self._alarms.chosen_ids()
        if snapshot is None or not ids:
            none = snapshot is None or not len(standing(snapshot.state.alarms))
            words = _NOTHING["next_alarm"] if none else mark("Choose the alarms to shelve first.")
            self._denied = self._texts.tr(words)
            self._note(self._denied)
            return False
        dialog = Shelving(snapshot.state, ids, self._texts, self._window)
        dialog.taken.connect(lambda minutes, reason: self._shelve(dialog, minutes, reason))
        self._alarms.followed.connect(dialog.follow)
        self.dialog = dialog
        self._place(dialog)
        return True

    def _shelve(self, dialog: Shelving, minutes: int, reason: str) -> None:
        snapshot = self._alarms.snapshot
        if snapshot is not None and dialog.ids:
            until_ns = snapshot.state.t_ns + minutes * 60 * NS_PER_S
            self._decide(Shelve(dialog.ids, dialog.levels, until_ns, reason, *self._identity()))

    def _place(self, dialog: QDialog) -> None:
        window = self._window
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        middle, low = (window.mapToGlobal(at) for at in (window.rect().center(), window.rect().bottomLeft()))
        size = dialog.sizeHint()
        dialog.move(middle.x() - size.width() // 2, min(middle.y() - 60, low.y() - size.height()))
        dialog.show()

    # Limits, service, forecast

    def ask_for_limits(self) -> None:
        """Show the thresholds of the alarm rules, and ask for others where the role may set them."""
        snapshot = self._alarms.snapshot
        if snapshot is None:
            return
        may_set = not authorize(self._identity()[1], SetLimit("", "", "", None, None, None, "", ""))
        dialog = LimitsForm(snapshot.state, self._texts, self._window, may_set=may_set)
        dialog.taken.connect(self._set_limit)
        self.dialog = dialog
        self._place(dialog)

    def _set_limit(self, rule: str, zone: str, kind: str, values: tuple[float, float, float] | None) -> None:
        warning, slow_down, stop = values or (None, None, None)
        self._decide(SetLimit(rule, zone, kind, warning, slow_down, stop, *self._identity()))

    def _turn_service(self) -> None:
        """Take the machine selected out of service, or put it back."""
        snapshot, row = self._alarms.snapshot, self._machine()
        if snapshot is None or not 0 <= row < len(snapshot.state.fleet):
            self._note(self._texts.tr("Select the machine first."))
            return
        machine = snapshot.state.fleet.name[row].decode("ascii", "replace")
        self._decide(SetService(machine, machine in snapshot.state.out_of_service, *self._identity()))

    def ask_what_to_close(self) -> None:
        """Ask which lane, zone or block is closed, or opened again."""
        snapshot = self._alarms.snapshot
        if snapshot is None:
            return
        dialog = Closing(
            tuple(closable(snapshot.state.yard)), snapshot.state.closed, self._texts, self._window
        )
        dialog.taken.connect(lambda area, closed: self._decide(SetClosed(area, closed, *self._identity())))
        self.dialog = dialog
        self._place(dialog)

    def ask_for_forecast(self) -> None:
        """Ask for the forecast gust."""
        snapshot = self._alarms.snapshot
        if snapshot is None:
            return
        state = snapshot.state
        dialog = Forecast(state.weather.forecast_mps, self._texts, self._window)
        hour_ns = 3600 * NS_PER_S
        dialog.taken.connect(
            lambda gust, hours: self._decide(
                ForecastWind(gust, state.t_ns + hours * hour_ns, *self._identity())
            )
        )
        self.dialog = dialog
        self._place(dialog)

    # Discrepancies

    def _settle(self, number: int, how: Remedy, typed: Typed) -> None:
        self._decide(asked(number, how, typed, *self._identity()))

    def _reopen(self) -> None:
        """Take back the settling of the discrepancy chosen, else one's own last one."""
        if not self._doubts.reopen() and not self.reopen_since(0):
            self._note(self._texts.tr("You have settled no discrepancy that could be taken back."))

    def reopen_since(self, since_ns: int) -> bool:
        """Take back what one settled last, where that was after an instant [ns UTC]; False where none was."""
        snapshot, actor = self._doubts.snapshot, self._identity()[0]
        listed = () if snapshot is None else snapshot.state.discrepancies
        own = [(one.settled.t_ns, one.id) for one in listed if one.settled and one.settled.actor == actor]
        if not own or max(own)[0] <= since_ns:
            return False
        self._decide(Reopen(max(own)[1], *self._identity()))
        return True

    def _look_at(self, number: int) -> None:
        """Fly to where a discrepancy is: the slot found or expected, else the machine that told."""
        snapshot = self._doubts.snapshot
        if snapshot is None:
            return
        item = next((one for one in snapshot.state.discrepancies if one.id == number), None)
        if item is None:
            return
        slot = slot_of(item.found) or slot_of(item.expected)
        if slot is not None and (place := _place_of(snapshot.state, slot)) is not None:
            self._look(*place)
            return
        rows = np.flatnonzero(snapshot.state.fleet.name == item.device.encode("ascii", "replace"))
        if len(rows):
            self._fly(f"mover:{int(rows[0])}")

    def close(self) -> None:
        """Finish what is being written."""
        for panel in (self._near, self._alarms.log):
            panel.save_button.close_thread()


def _place_of(state: State, slot: SlotAddress) -> tuple[float, float] | None:
    """Give where a slot is [m, yard frame]; None where the yard has no such block."""
    block = next((block for block in state.yard.blocks if block.name == slot.block), None)
    if block is None:
        return None
    return block.yard_from_block(slot.bay / 2 * block.bay_pitch_m, (slot.row - 0.5) * block.row_pitch_m)
