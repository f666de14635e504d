"""What sensors and list disagree on: a controller settles it, nothing is corrected in silence."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from twin.decisions import Remedy
from twin.snapshot import Mode, Snapshot
from twin.state import Discrepancy
from ui.i18n import Texts, mark
from ui.panels.base import Panel
from ui.panels.formats import NONE, clock
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp

MOST = 300
"""So many are listed, the newest; the count tells how many there are."""
HOW: dict[str, str] = {
    Remedy.SENSORS: mark("Sensors right"),
    Remedy.LIST: mark("List right"),
    Remedy.SLOT: mark("Put in slot"),
}


class DiscrepancyPanel(Panel):
    """Lists the discrepancies of the snapshot shown; decides nothing."""

    sleeps = True

    settled = pyqtSignal(int, object, str, str)
    """Id, :class:`Remedy`, number of the box where the discrepancy names none, slot as typed."""
    opened = pyqtSignal(int)
    """The id of a discrepancy to look at."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        columns = (
            Column(mark("Time")), Column(mark("Who told")), Column(mark("What"), stretch=True),
            Column(mark("Box")), Column(mark("List has it")), Column(mark("Sensors found")),
            Column(mark("Settled")),
        )  # fmt: skip
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("discrepancies")
        self.summary, self.all = QLabel(), QCheckBox()
        self.box, self.slot = QLineEdit(), QLineEdit()
        self.buttons = {how: QPushButton() for how in Remedy}
        self._lay_out()
        self.table.chosen.connect(lambda _: self._enable())
        self.table.opened.connect(self._open)

    def _lay_out(self) -> None:
        top, below = QHBoxLayout(), QHBoxLayout()
        self.texts.say(self.all.setText, "Settled ones too")
        self.all.toggled.connect(lambda _: self.refresh())
        top.addWidget(self.summary, 1)
        top.addWidget(self.all)
        for edit, words, name in (
            (self.box, mark("Box number"), "box number"), (self.slot, mark("Slot, as A01-035-03-2"), "slot"),
        ):  # fmt: skip
            self.texts.say(edit.setPlaceholderText, words)
            edit.setAccessibleName(name)
            edit.setFixedWidth(230)
            edit.textChanged.connect(lambda _: self._enable())
            below.addWidget(edit)
        below.addStretch(1)
        for how, button in self.buttons.items():
            self.texts.say(button.setText, HOW[how])
            button.clicked.connect(lambda _=False, how=how: self.settle(how))
            below.addWidget(button)
        self.column.addLayout(top)
        self.column.addWidget(self.table, 1)
        self.column.addLayout(below)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the discrepancies."""
        return (snapshot.state.discrepancies, snapshot.mode)

    def draw(self, snapshot: Snapshot) -> None:
        """List what is open, newest first, and what was settled where that is asked for."""
        listed = snapshot.state.discrepancies
        shown = [item for item in listed if self.all.isChecked() or item.settled is None][::-1]
        self.table.show_rows([self._row(item) for item in shown[:MOST]])
        open_ = sum(item.settled is None for item in listed)
        tr = self.texts.tr
        words = tr("{open} open, {settled} settled", open=open_, settled=len(listed) - open_)
        self.summary.setText(words if listed else tr("Sensors and list agree."))
        self._enable()

    def _row(self, item: Discrepancy) -> Row:
        tr, done = self.texts.tr, item.settled
        how = NONE
        if done is not None:
            how = f"{tr(HOW[done.how])}, {done.actor} {clock(self.texts, done.t_ns)}"
        what = self.texts.reason(item.what)
        cells = (
            clock(self.texts, item.t_ns), item.device, what, item.box or NONE, item.expected or NONE,
            item.found or NONE, how,
        )  # fmt: skip
        tip = what if not item.other else f"{what}\n{tr('taken for {number}', number=item.other)}"
        return Row(item.id, cells, lamp(self.theme, done is not None), tip)

    def chosen(self) -> Discrepancy | None:
        """Give the discrepancy chosen, else the first that is listed; None where none is open."""
        listed = () if self.snapshot is None else self.snapshot.state.discrepancies
        keys = self.table.keys() or tuple(row.key for row in self.table.rows.rows[:1])
        return next((item for item in listed if item.id in keys and item.settled is None), None)

    def settle(self, how: Remedy) -> None:
        """Ask for the chosen discrepancy to be settled."""
        item = self.chosen()
        if item is not None and self.buttons[how].isEnabled():
            number = "" if item.box else self.box.text().strip().upper()
            self.settled.emit(item.id, how, number, self.slot.text().strip())
            self.slot.clear()
            self.box.clear()

    def next_discrepancy(self) -> bool:
        """Choose the discrepancy after the one chosen, and ask to fly there; False where none is listed."""
        keys = [row.key for row in self.table.rows.rows]
        if keys:
            current = self.table.keys()
            place = keys.index(current[0]) + 1 if current and current[0] in keys else 0
            self.table.choose(keys[place % len(keys)])
            self._open(keys[place % len(keys)])
        return bool(keys)

    def _open(self, key: object) -> None:
        if isinstance(key, int):
            self.opened.emit(key)

    def _enable(self) -> None:
        live = self.snapshot is not None and self.snapshot.mode is not Mode.REPLAY
        item = self.chosen() if live else None
        self.box.setEnabled(item is not None and not item.box)
        self.slot.setEnabled(item is not None)
        named = item is not None and bool(item.box or self.box.text().strip())
        self.buttons[Remedy.SENSORS].setEnabled(named and item is not None and bool(item.found or item.other))
        self.buttons[Remedy.LIST].setEnabled(item is not None)
        self.buttons[Remedy.SLOT].setEnabled(named and bool(self.slot.text().strip()))
