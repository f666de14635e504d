"""Every alarm that was raised as Qt asks for it and as a CSV file: when, who answered, when it was over."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QModelIndex, QObject, Qt

from twin import delimited
from twin.clock import NS_PER_S
from twin.safety.alarms import RULE_NAMES
from twin.safety.log import AlarmLog, Held, no_log
from twin.safety.table import Level, Priority
from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import PRIORITIES, about, level_text, rule_title
from ui.panels.csv_file import plain, utc
from ui.panels.formats import NONE, clock, in_utc, name, span
from ui.panels.titled import TitledModel
from ui.theme import alarm_icon

TITLES: tuple[str, ...] = (
    mark("Raised"), mark("Priority"), mark("Alarm"), mark("About"), mark("Acknowledged"), mark("After"),
    mark("By"), mark("Back to normal"), mark("Held back"),
)  # fmt: skip
RAISED, PRIORITY, ALARM, ABOUT, ACKNOWLEDGED, AFTER, BY, BACK, HELD = range(len(TITLES))
EXPLAINED: dict[int, str] = {
    PRIORITY: mark("The gravest that it had"),
    AFTER: mark("How long after it was first shown it was acknowledged"),
    BY: mark("Who acknowledged or shelved it last"),
    BACK: mark("When what it tells of was over; a dash while it goes on"),
    HELD: mark("Why it was not shown when it was raised; since when it was, where it was later: point at it"),
}
HEADER: tuple[str, ...] = (
    "id", "raised_utc", "shown_utc", "acknowledged_utc", "actor", "returned_utc", "priority", "level", "rule",
    "machine", "other", "against", "box", "source", "held",
)  # fmt: skip
_HELD: dict[int, str] = {Held.BY_DESIGN: mark("by design"), Held.FLOOD: mark("flood")}


def csv_text(state: State) -> str:
    """Give all alarms that are kept as CSV, a header first and the oldest next; times are in UTC."""
    return delimited.csv_text(HEADER, (_line(state, row) for row in range(len(state.alarm_log))))


def _line(state: State, row: int) -> list[str]:
    log, rule = state.alarm_log, int(state.alarm_log.rule[row])
    times = (int(column[row]) for column in (log.raised_ns, log.shown_ns, log.ack_ns))
    raised, shown, acknowledged = map(utc, times)
    return [
        str(int(log.id[row])), raised, shown, acknowledged,
        plain(name(log.actor[row])), utc(int(log.returned_ns[row])),
        Priority(int(log.priority[row])).name.lower(), Level(int(log.level[row])).name.lower(),
        RULE_NAMES[rule] if 0 <= rule < len(RULE_NAMES) else str(rule), *map(plain, about(state, log, row)),
        Held(int(log.held[row])).name.lower(),
    ]  # fmt: skip


class AlarmLogModel(TitledModel):
    """The log of one state, the newest alarm first; a text is made when its cell is seen."""

    def __init__(self, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(TITLES, texts, parent, EXPLAINED)
        self.theme = "dark"
        self.state: State | None = None
        self._log: AlarmLog = no_log()

    def show(self, state: State) -> int:
        """Take a state; give how many lines came in front of those that were there, -1 where all are new."""
        before, log = self._log, state.alarm_log
        # Ids rise; of those kept the oldest go where there are too many.
        gone = int(np.searchsorted(before.id, log.id[0])) if len(log) else len(before)
        left = len(before) - gone
        if not left or not np.array_equal(log.id[:left], before.id[gone:]):
            self.beginResetModel()
            self.state, self._log = state, log
            self.endResetModel()
            return -1
        more = len(log) - left
        if gone:
            self.beginRemoveRows(QModelIndex(), left, len(before) - 1)
            self._log = before.take(slice(gone, None))
            self.endRemoveRows()
        if more:
            self.beginInsertRows(QModelIndex(), 0, more - 1)
        self.state, self._log = state, log
        if more:
            self.endInsertRows()
        return more

    def row_of(self, line: int) -> int:
        """Give the row of the log that a line shows, -1 where there is none."""
        return len(self._log) - 1 - line if 0 <= line < len(self._log) else -1

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of lines."""
        return 0 if parent.isValid() else len(self._log)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a cell shows."""
        state, row, column = self.state, self.row_of(index.row()), index.column()
        if state is None or row < 0:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(state, row, column)
        if role == Qt.ItemDataRole.DecorationRole and column == PRIORITY:
            return alarm_icon(self.theme, int(self._log.priority[row]), False)
        if role == Qt.ItemDataRole.ToolTipRole:
            when = {RAISED: self._log.raised_ns, ACKNOWLEDGED: self._log.ack_ns, BACK: self._log.returned_ns}
            t_ns = int(when[column][row]) if column in when else 0
            return in_utc(t_ns) if t_ns else self._told(state, row, column)
        return None

    def _text(self, state: State, row: int, column: int) -> str:
        log, tr = self._log, self._texts.tr
        if column == RAISED:
            return clock(self._texts, int(log.raised_ns[row]))
        if column == PRIORITY:
            return tr(PRIORITIES[int(log.priority[row])])
        if column == ALARM:
            return rule_title(self._texts, int(log.rule[row]))
        if column == ABOUT:
            return " / ".join(filter(None, about(state, log, row)))
        if column == BY:
            return name(log.actor[row])
        if column == HELD:
            return tr(_HELD.get(int(log.held[row]), ""))
        if column == AFTER:
            shown_ns, ack_ns = int(log.shown_ns[row]), int(log.ack_ns[row])
            return span((ack_ns - shown_ns) / NS_PER_S, self._texts) if 0 < shown_ns <= ack_ns else NONE
        t_ns = int((log.ack_ns if column == ACKNOWLEDGED else log.returned_ns)[row])
        return clock(self._texts, t_ns) if t_ns else NONE

    def _told(self, state: State, row: int, column: int) -> str:
        """Tell what a cell has no room for."""
        if column == PRIORITY:
            return level_text(self._texts, int(self._log.level[row]))
        why, shown_ns = self._text(state, row, column), int(self._log.shown_ns[row])
        if column != HELD or not why or not shown_ns:
            return why
        return self._texts.tr("{why}, shown from {when}", why=why, when=clock(self._texts, shown_ns))
