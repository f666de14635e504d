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
from ui.settling import Typed, is_unlisted, why_not
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

    settled = pyqtSignal(int, object, object)
    """Id, :class:`Remedy`, :class:`Typed`."""
    reopened = pyqtSignal(int)
    """The id of a settled discrepancy that is to be open again."""
    said = pyqtSignal(str)
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
        self.box, self.slot, self.type, self.mass = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.buttons = {how: QPushButton() for how in Remedy}
        self.back = QPushButton()
        self._lay_out()
        self.table.chosen.connect(lambda _: self._enable())
        self.table.opened.connect(self._open)

    def _lay_out(self) -> None:
        top, typed, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self.texts.say(self.all.setText, "Settled ones too")
        self.all.toggled.connect(lambda _: self.refresh())
        top.addWidget(self.summary, 1)
        top.addWidget(self.all)
        for edit, words, name in (
            (self.box, mark("Box number"), "box number"),
            (self.slot, mark("Slot, as A01-035-03-2"), "slot"),
            (self.type, mark("Type: 22G1 or 45G1 assumed"), "type"),
            (self.mass, mark("Weight: 30480 kg assumed"), "weight"),
        ):
            self.texts.say(edit.setPlaceholderText, words)
            edit.setAccessibleName(name)
            edit.setMaximumWidth(230)
            edit.textChanged.connect(lambda _: self._enable())
            typed.addWidget(edit, 1)
        typed.addStretch(1)
        below.addStretch(1)
        for how, button in self.buttons.items():
            self.texts.say(button.setText, HOW[how])
            button.clicked.connect(lambda _=False, how=how: self.settle(how))
            below.addWidget(button)
        self.texts.say(self.back.setText, "Take back")
        self.back.clicked.connect(lambda _=False: self.reopen())
        below.addWidget(self.back)
        self.column.addLayout(top)
        self.column.addWidget(self.table, 1)
        self.column.addLayout(typed)
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
        if done is not None and done.place:
            tip = f"{tip}\n{self.texts.reason(done.place)}"
        return Row(item.id, cells, lamp(self.theme, done is not None), tip)

    def chosen(self) -> Discrepancy | None:
        """Give the discrepancy chosen, else the first that is listed; None where none is open."""
        listed = () if self.snapshot is None else self.snapshot.state.discrepancies
        keys = self.table.keys() or tuple(row.key for row in self.table.rows.rows[:1])
        return next((item for item in listed if item.id in keys and item.settled is None), None)

    def settle(self, how: Remedy) -> None:
        """Ask for the chosen discrepancy to be settled, or say why it cannot be."""
        item = self.chosen()
        if item is None or not self.buttons[how].isEnabled():
            if why := self.buttons[how].toolTip():
                self.said.emit(why)
            return
        self.settled.emit(item.id, how, self.typed())
        for edit in (self.slot, self.box, self.type, self.mass):
            edit.clear()

    def typed(self) -> Typed:
        """Give what is typed, where there is a use for it."""
        edits = (self.box, self.slot, self.type, self.mass)
        return Typed(*(edit.text().strip() if edit.isEnabled() else "" for edit in edits))

    def reopen(self) -> bool:
        """Ask for the settled discrepancy that is chosen to be open again; False where none is."""
        item = self._chosen_settled()
        if item is not None and self.back.isEnabled():
            self.reopened.emit(item.id)
        return item is not None

    def _chosen_settled(self) -> Discrepancy | None:
        listed, keys = () if self.snapshot is None else self.snapshot.state.discrepancies, self.table.keys()
        return next((item for item in listed if item.id in keys and item.settled is not None), None)

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
        state = None if self.snapshot is None else self.snapshot.state
        misread = item is not None and state is not None and is_unlisted(state, item.box)
        self.box.setEnabled(item is not None and (not item.box or misread))
        self.slot.setEnabled(item is not None)
        number = self.typed().number or ("" if item is None else item.box)
        unlisted = item is not None and state is not None and is_unlisted(state, number)
        for edit in (self.type, self.mass):
            edit.setEnabled(unlisted)
            edit.setVisible(unlisted)
        typed = self.typed()
        for how, button in self.buttons.items():
            why = "" if item is None or state is None else why_not(state, item, how, typed, self.texts)
            button.setEnabled(item is not None and not why)
            button.setToolTip(why)
        self.back.setEnabled(live and self._chosen_settled() is not None)
