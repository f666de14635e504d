"""The alarms: by priority, then by time; acknowledged one by one or those seen, never all."""

import numpy as np
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QWidget

from twin.safety.alarms import RULE_NAMES, sentence
from twin.safety.table import Alarms, AlarmState, Priority
from twin.snapshot import Mode, Snapshot
from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.base import Panel
from ui.panels.formats import name, number, span, utc
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import alarm_pixmap

BLINK_MS = 400
"""Half a blink: 1.25 Hz, within the 1 to 2 Hz of NUREG-0700."""

STATES: dict[int, str] = {
    AlarmState.UNACKNOWLEDGED: mark("New"),
    AlarmState.ACKNOWLEDGED: mark("Acknowledged"),
    AlarmState.RETURNED: mark("Gone, not acknowledged"),
}
PRIORITIES: dict[int, str] = {
    Priority.CRITICAL: mark("Critical"),
    Priority.HIGH: mark("High"),
    Priority.LOW: mark("Low"),
}


def ordered(alarms: Alarms) -> list[int]:
    """Give the alarms' rows: gravest first, then not acknowledged first, then newest first."""
    open_last = alarms.state == AlarmState.ACKNOWLEDGED
    return [int(row) for row in np.lexsort((-alarms.since_ns, open_last, alarms.priority))]


def rule_title(texts: Texts, rule: int) -> str:
    """Give the title of an alarm rule in the language chosen."""
    known = RULE_NAMES[rule] if 0 <= rule < len(RULE_NAMES) else "alarm"
    return texts.tr(known.replace("_", " ").capitalize())


def where_of(state: State, row: int) -> str:
    """Name what an alarm is about: machines, else the block of its slot."""
    alarms, slots = state.alarms, state.slots
    movers = [int(column[row]) for column in (alarms.mover, alarms.other)]
    parts = [name(state.fleet.name[mover]) for mover in movers if 0 <= mover < len(state.fleet)]
    ground = int(alarms.ground[row])
    if 0 <= ground < len(slots):
        block = state.yard.blocks[int(slots.block[ground])].name
        parts.append(f"{block}-{2 * int(slots.position[ground]) + 1:03d}-{int(slots.row[ground]) + 1:02d}")
    return " / ".join(parts)


def preset_of(state: State, row: int) -> str:
    """Give the camera preset nearest to an alarm."""
    alarms = state.alarms
    if 0 <= (mover := int(alarms.mover[row])) < len(state.fleet):
        return f"mover:{mover}"
    if 0 <= (ground := int(alarms.ground[row])) < len(state.slots):
        return f"block:{state.yard.blocks[int(state.slots.block[ground])].name}"
    x, y = float(alarms.x_m[row]), float(alarms.y_m[row])
    if not (np.isfinite(x) and np.isfinite(y)) or not len(state.slots):
        return "yard"
    away = np.hypot(state.slots.centre_yard_m[:, 0] - x, state.slots.centre_yard_m[:, 1] - y)
    return f"block:{state.yard.blocks[int(state.slots.block[int(np.argmin(away))])].name}"


class AlarmPanel(Panel):
    """Lists the alarms of the snapshot shown; decides nothing."""

    acknowledged = pyqtSignal(tuple)
    """Ids of alarms that the operator acknowledges."""
    opened = pyqtSignal(str)
    """The camera preset of an alarm double-clicked."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        columns = (
            Column(mark("Priority")), Column(mark("Since (UTC)")), Column(mark("Alarm")),
            Column(mark("Concerns")), Column(mark("What"), stretch=True), Column(mark("State")),
        )  # fmt: skip
        self.table = RowsTable(columns, texts)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setAccessibleName("alarms")
        self.summary = QLabel()
        self.button = QPushButton()
        texts.say(self.button.setText, "Acknowledge")
        self.button.clicked.connect(self.acknowledge)
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.button)
        self.column.addLayout(top)
        self.column.addWidget(self.table, 1)
        self.table.opened.connect(self._open)
        self.table.chosen.connect(lambda _: self._enable())
        self._lit = True
        self._timer = QTimer(self)
        self._timer.setInterval(BLINK_MS)
        self._timer.timeout.connect(self._blink)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the alarms and the yard that they lie in."""
        return (snapshot.state.alarms, snapshot.state.yard, snapshot.mode)

    def draw(self, snapshot: Snapshot) -> None:
        """List the alarms."""
        state, alarms = snapshot.state, snapshot.state.alarms
        self.table.show_rows([self._row(state, row) for row in ordered(alarms)])
        fresh = int((alarms.state != AlarmState.ACKNOWLEDGED).sum())
        if len(alarms):
            text = self.texts.tr(
                "{standing} standing, {fresh} not acknowledged", standing=len(alarms), fresh=fresh
            )
        else:
            text = self.texts.tr("No alarm stands.")
        self.summary.setText(text)
        grave = (alarms.state == AlarmState.UNACKNOWLEDGED) & (alarms.priority <= Priority.HIGH)
        if grave.any() and not self._timer.isActive():
            self._timer.start()
        elif not grave.any():
            self._timer.stop()
            self._lit = True
        self._enable()

    def acknowledge(self) -> None:
        """Acknowledge the alarms selected; where none is, the first that is not acknowledged."""
        if self.snapshot is None or self.snapshot.mode is Mode.REPLAY:
            return
        alarms = self.snapshot.state.alarms
        waiting = {int(i) for i in alarms.id[alarms.state != AlarmState.ACKNOWLEDGED]}
        selected = self.table.keys()
        chosen = tuple(key for key in selected if isinstance(key, int) and key in waiting)
        if not selected:
            keys = (row.key for row in self.table.rows.rows)
            chosen = tuple(key for key in keys if isinstance(key, int) and key in waiting)[:1]
        if chosen:
            self.acknowledged.emit(chosen)

    def next_alarm(self) -> None:
        """Select the alarm after the one selected, and ask to fly there."""
        keys = [row.key for row in self.table.rows.rows]
        if not keys:
            return
        current = self.table.keys()
        place = keys.index(current[0]) + 1 if current and current[0] in keys else 0
        key = keys[place % len(keys)]
        self.table.choose(key)
        self._open(key)

    def _row(self, state: State, row: int) -> Row:
        alarms, tr = state.alarms, self.texts.tr
        priority, life = int(alarms.priority[row]), int(alarms.state[row])
        filled = life == AlarmState.UNACKNOWLEDGED
        blinks = filled and priority <= Priority.HIGH
        says, values = sentence(alarms, row, state.fleet, state.yard, state.slots)
        words = self.texts.tr(says, **values)
        since = int(alarms.since_ns[row])
        cleared = int(alarms.clear_ns[row])
        texts = (
            tr(PRIORITIES[priority]), utc(since), rule_title(self.texts, int(alarms.rule[row])),
            where_of(state, row), words, tr(STATES[life]),
        )  # fmt: skip
        lasted = span(((cleared or state.t_ns) - since) / 1e9)
        tooltip = f"{words}\n{tr('Stood for {time}', time=lasted)}  {number(float(alarms.value[row]), 1)}"
        symbol = alarm_pixmap(self.theme, priority, filled and (self._lit or not blinks))
        return Row(int(alarms.id[row]), texts, symbol, tooltip)

    def _blink(self) -> None:
        self._lit = not self._lit
        if self.snapshot is not None:
            state = self.snapshot.state
            self.table.show_rows([self._row(state, row) for row in ordered(state.alarms)])

    def _enable(self) -> None:
        live = self.snapshot is not None and self.snapshot.mode is not Mode.REPLAY
        self.button.setEnabled(live and bool(self.table.rows.rows))

    def _open(self, key: object) -> None:
        if self.snapshot is None:
            return
        state = self.snapshot.state
        for row in range(len(state.alarms)):
            if int(state.alarms.id[row]) == key:
                self.opened.emit(preset_of(state, row))
