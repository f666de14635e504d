"""The inspector: everything known of the thing selected, with the age of what is known."""

import html

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QLabel, QWidget

from twin.snapshot import Snapshot
from twin.state import State
from ui.i18n import Texts
from ui.panels.base import Page, Panel
from ui.panels.formats import fields, name
from ui.panels.inspector_fields import Fields, block_fields, box_fields, mover_fields
from ui.theme import palette
from ui.view_state import Pick, PickKind

EVERY_NS = 500_000_000
"""A machine's figures are written anew twice a second: faster than anyone reads."""


class InspectorPanel(Panel):
    """Shows the selected box, machine or block."""

    follow_asked = pyqtSignal(bool)

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.body = Page()
        self.body.setAccessibleName("fields of the selection")
        self.follow = QCheckBox()
        texts.say(self.follow.setText, "Follow with the camera")
        self.follow.toggled.connect(self.follow_asked)
        self.column.addWidget(self.title)
        self.column.addWidget(self.body, 1)
        self.column.addWidget(self.follow)
        self._pick: Pick | None = None
        self._epoch = -1
        self._written_ns = 0
        self._write_nothing()

    @property
    def pick(self) -> Pick | None:
        """What is shown."""
        return self._pick

    def show_pick(self, pick: Pick | None, followed: bool) -> None:
        """Show another thing."""
        self._pick = pick
        self.follow.blockSignals(True)
        self.follow.setChecked(followed)
        self.follow.blockSignals(False)
        self.refresh()

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the tables that the selected thing's figures come from; none where nothing is selected."""
        state = snapshot.state
        kind = None if self._pick is None else self._pick.kind
        if kind is PickKind.MOVER:
            return (state.tracks, state.fleet, state.stock, state.out_of_service)
        if kind is PickKind.BOX:
            return (state.stock, state.slots, state.pick_ups)
        if kind is PickKind.BLOCK:
            return (state.stock, state.yard, state.fleet)
        return ()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; ages grow by themselves, so figures are also renewed by time."""
        waited = abs(snapshot.state.t_ns - self._written_ns) >= EVERY_NS
        if self._pick is not None and waited:
            self._seen = ()
        elif (
            self._pick is not None
            and self._pick.kind is PickKind.MOVER
            and snapshot.state.epoch == self._epoch
        ):
            self.snapshot = snapshot
            return
        super().show_snapshot(snapshot)

    def set_theme(self, theme: str) -> None:
        """Take another theme, also while nothing is selected."""
        super().set_theme(theme)
        if self._pick is None:
            self._write_nothing()

    def draw(self, snapshot: Snapshot) -> None:
        """Write the figures."""
        state = snapshot.state
        self._written_ns, self._epoch = state.t_ns, state.epoch
        found = self._fields(state)
        if found is None:
            self._write_nothing()
            return
        title, rows = found
        self.title.setText(title)
        self.body.write(fields(rows, palette(self.theme).muted), title)
        self.follow.setVisible(self._pick is not None and self._pick.kind is PickKind.MOVER)

    def _fields(self, state: State) -> tuple[str, Fields] | None:
        pick = self._pick
        if pick is None:
            return None
        if pick.kind is PickKind.BOX and 0 <= pick.row < len(state.stock):
            return name(state.stock.number[pick.row]), box_fields(state, pick.row, self.texts)
        if pick.kind is PickKind.MOVER and 0 <= pick.row < len(state.fleet):
            return name(state.fleet.name[pick.row]), mover_fields(state, pick.row, self.texts)
        if pick.kind is PickKind.BLOCK and 0 <= pick.row < len(state.yard.blocks):
            block = state.yard.blocks[pick.row]
            title = self.texts.tr("Block {name}", name=block.name)
            return title, block_fields(state, pick.row, self.texts)
        return None

    def _write_nothing(self) -> None:
        self.title.setText(self.texts.tr("Nothing selected"))
        hint = self.texts.tr("Click a box, a machine or a block in the yard, or find it with Ctrl+F.")
        self.body.write(f'<p style="color:{palette(self.theme).muted}">{html.escape(hint)}</p>')
        self.follow.setVisible(False)
