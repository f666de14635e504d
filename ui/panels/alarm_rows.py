"""The alarms as Qt asks for them: grouped, the first of a cause on top; a text is made when it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QModelIndex, QObject, Qt

from twin.clock import NS_PER_S
from twin.safety.alarms import RULE_NAMES, box_name, source_name
from twin.safety.holding import BLIND_REASON, SERVICE_REASON
from twin.safety.log import AlarmLog
from twin.safety.table import FLOOD_REASON, Alarms, AlarmState, Level, Priority
from twin.state import State
from twin.stock.table import Place
from twin.tables import Ints
from twin.yard.slots import slot_address
from twin.yard.structures import structure_name
from ui.i18n import Texts, mark
from ui.panels.alarm_now import now_text
from ui.panels.alarm_words import said
from ui.panels.formats import clock, in_utc, name, span
from ui.panels.titled import TitledModel
from ui.theme import alarm_icon

STATES: dict[int, str] = {
    AlarmState.UNACKNOWLEDGED: mark("New"),
    AlarmState.ACKNOWLEDGED: mark("Acknowledged"),
    AlarmState.RETURNED: mark("Gone, not acknowledged"),
    AlarmState.SHELVED: mark("Shelved"),
    AlarmState.SUPPRESSED: mark("Suppressed"),
}
GONE = mark("Gone")
"""What a row says of an alarm that has gone: it is listed because nobody has acknowledged it."""
PRIORITIES: dict[int, str] = {
    Priority.CRITICAL: mark("Critical"),
    Priority.HIGH: mark("High"),
    Priority.LOW: mark("Low"),
}
LEVELS: dict[int, str] = {
    Level.WARNING: mark("Warning"),
    Level.SLOW_DOWN: mark("Slow down"),
    Level.STOP: mark("Stop"),
}
HELD_FOR: dict[str, str] = {
    FLOOD_REASON: mark("Flood of alarms"),
    SERVICE_REASON: mark("Machine out of service"),
    BLIND_REASON: mark("Radio-blind zone"),
}
"""Reasons of suppression by what the core records."""
TITLES: tuple[str, ...] = (
    "", mark("Priority"), mark("Level"), mark("Since"), mark("What"), mark("Now"), mark("State"),
)  # fmt: skip
FOLD, PRIORITY, LEVEL, SINCE, WHAT, NOW, STATE = range(len(TITLES))
EXPLAINED: dict[int, str] = {
    WHAT: mark("With its measure as the alarm came, or at its worst since"),
    NOW: mark("The same measure by now; empty where there is none"),
}
HELD = (AlarmState.SHELVED, AlarmState.SUPPRESSED)
_MOST_LEVELS = len(LEVELS)


def standing(alarms: Alarms) -> Ints:
    """Give the rows of the alarms that are put before a person: neither shelved nor suppressed."""
    rows: Ints = np.flatnonzero(~np.isin(alarms.state, HELD)).astype(np.int32)
    return rows


def ordered(alarms: Alarms, rows: Ints | None = None) -> list[int]:
    """Give rows: not acknowledged, then acknowledged, then gone; of each the gravest, then the newest."""
    of = np.arange(len(alarms)) if rows is None else rows
    order = np.lexsort((-alarms.since_ns[of], alarms.priority[of], turns(alarms)[of]))
    return [int(row) for row in of[order]]


def turns(alarms: Alarms) -> Ints:
    """Give in which turn each alarm is listed: 0 asks for an answer, 1 has had it, 2 asks for nothing now."""
    asks, answered = alarms.state == AlarmState.UNACKNOWLEDGED, alarms.state == AlarmState.ACKNOWLEDGED
    turn: Ints = np.select([asks, answered], [0, 1], 2).astype(np.int32)
    return turn


def by_urgency(alarms: Alarms) -> list[int]:
    """Give the rows to be looked at one after another: not acknowledged first, of those gravest first."""
    rows = np.array(ordered(alarms, standing(alarms)), np.int32)
    acknowledged = alarms.state[rows] == AlarmState.ACKNOWLEDGED
    return [int(row) for row in rows[np.argsort(acknowledged, kind="stable")]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: an alarm's row, those of its group under it, and which of the two it is.

    ``opened`` tells whether these are listed; ``member`` that it is itself one of a group.
    """

    row: int
    under: tuple[int, ...] = ()
    opened: bool = False
    member: bool = False


def entries(alarms: Alarms, rows: list[int], unfolded: frozenset[int]) -> list[Entry]:
    """Lay rows out by group: what came first on top, the others under it or folded.

    Parameters
    ----------
    rows : list of int
        In the order wanted; a group stands where its first row does.
    unfolded : frozenset of int
        Groups whose members are listed.

    Notes
    -----
    On top is what came first of those that have not gone. An alarm that is graver than its top is not folded
    but stands in its own place; so does a critical one, but beside a critical top of its turn.
    """
    groups: dict[int, list[int]] = {}
    group_of, ids, priority = alarms.group.tolist(), alarms.id.tolist(), alarms.priority.tolist()
    turn = turns(alarms).tolist()
    for row in rows:
        groups.setdefault(group_of[row], []).append(row)
    tops = {group: _first_out(group, members, turn, ids) for group, members in groups.items()}
    lines: list[Entry] = []
    for row in rows:
        if _stands_alone(row, tops[group_of[row]], priority, turn):
            lines.append(Entry(row, member=True))
        elif members := groups.pop(group_of[row], []):
            lines += _group(tops[group_of[row]], members, priority, turn, group_of[row] in unfolded)
    return lines


def _first_out(group: int, members: list[int], turn: list[int], ids: list[int]) -> int:
    """Give what came first of a group's rows, of those that have not gone where there are some."""
    return min(members, key=lambda row: (turn[row] > 1, ids[row] != group, ids[row]))


def _stands_alone(row: int, top: int, priority: list[int], turn: list[int]) -> bool:
    """Tell whether an alarm stands in its own place: graver than its top, or critical and of another turn."""
    critical = priority[row] == int(Priority.CRITICAL)
    return row != top and (priority[row] < priority[top] or (critical and turn[row] != turn[top]))


def _group(top: int, members: list[int], priority: list[int], turn: list[int], unfolded: bool) -> list[Entry]:
    """Give the lines of a group: its top, critical ones of its turn, and the others where it is unfolded."""
    others = [row for row in members if row != top and not _stands_alone(row, top, priority, turn)]
    beside = [row for row in others if priority[row] == int(Priority.CRITICAL)]
    mere = [row for row in others if row not in beside]
    opened = unfolded and bool(others)
    lines = [Entry(top, tuple(others) if opened else tuple(mere), opened)]
    return lines + [Entry(row, member=True) for row in (beside + mere if opened else beside)]


def rule_title(texts: Texts, rule: int) -> str:
    """Give the title of an alarm rule in the language chosen."""
    known = RULE_NAMES[rule] if 0 <= rule < len(RULE_NAMES) else "alarm"
    return texts.tr(known.replace("_", " ").capitalize())


def level_text(texts: Texts, level: int) -> str:
    """Give a level as bars and a word: form and text, no colour."""
    bars = "▮" * level + "▯" * (_MOST_LEVELS - level)
    return f"{bars} {texts.tr(LEVELS[level])}" if level in LEVELS else ""


def held_for(texts: Texts, reason: str) -> str:
    """Tell why an alarm is suppressed: another explains it, or by design."""
    if reason in RULE_NAMES:
        return texts.tr("Explained by: {rule}", rule=rule_title(texts, RULE_NAMES.index(reason)))
    return texts.tr(HELD_FOR.get(reason, reason)) if reason else texts.tr(STATES[AlarmState.SUPPRESSED])


def about(state: State, table: Alarms | AlarmLog, row: int) -> tuple[str, str, str, str, str]:
    """Name machine, other machine, slot or structure, box and source of an alarm; empty for none."""
    one, other = (
        name(state.fleet.name[mover]) if 0 <= mover < len(state.fleet) else ""
        for mover in (int(table.mover[row]), int(table.other[row]))
    )
    box = box_name(state.stock, int(table.box[row]))
    source = source_name(state.flooding.sources, int(table.source[row]))
    return one, other, _ground_name(state, int(table.ground[row])), box, source


def where_of(state: State, row: int) -> str:
    """Name what an alarm is about: machines, a source, a box and where it is, else the block of its slot."""
    one, other, against, box, source = about(state, state.alarms, row)
    if source:
        return source
    parts = (box, _slot_of(state, int(state.alarms.box[row]))) if box else (one, other, against)
    return " / ".join(filter(None, parts))


def _ground_name(state: State, ground: int) -> str:
    """Name the slot, or the fixed structure, that an alarm is against; empty where it is against none."""
    slots = state.slots
    if not 0 <= ground < len(slots):
        return structure_name(state.yard, ground)
    block = state.yard.blocks[int(slots.block[ground])].name
    return f"{block}-{2 * int(slots.position[ground]) + 1:03d}-{int(slots.row[ground]) + 1:02d}"


def _slot_of(state: State, box: int) -> str:
    """Name the slot that a box stands in, or the machine that it is on; empty where neither is known."""
    stock = state.stock
    if stock.place[box] == Place.CARRIED:
        carrier = int(stock.carrier[box])
        return name(state.fleet.name[carrier]) if carrier >= 0 else ""
    if stock.place[box] != Place.STACKED:
        return ""
    ground, tier, length_ft = (int(column[box]) for column in (stock.ground, stock.tier, stock.length_ft))
    return str(slot_address(state.yard, state.slots, ground, tier, length_ft))


def preset_of(state: State, row: int) -> str:
    """Give the camera preset nearest to an alarm."""
    alarms = state.alarms
    if 0 <= (mover := int(alarms.mover[row])) < len(state.fleet):
        return f"mover:{mover}"
    if 0 <= (box := int(alarms.box[row])) < len(state.stock):
        return f"box:{box}"
    if 0 <= (ground := int(alarms.ground[row])) < len(state.slots):
        return f"block:{state.yard.blocks[int(state.slots.block[ground])].name}"
    x, y = float(alarms.x_m[row]), float(alarms.y_m[row])
    if not (np.isfinite(x) and np.isfinite(y)) or not len(state.slots):
        return "yard"
    away = np.hypot(state.slots.centre_yard_m[:, 0] - x, state.slots.centre_yard_m[:, 1] - y)
    return f"block:{state.yard.blocks[int(state.slots.block[int(np.argmin(away))])].name}"


class AlarmModel(TitledModel):
    """Alarms of one state in one of their lives: before a person, shelved or suppressed."""

    def __init__(self, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(TITLES, texts, parent, EXPLAINED)
        self.theme = "dark"
        self.lit = True
        """The half of a blink that shows."""
        self.state: State | None = None
        self.entries: list[Entry] = []
        self.ids: tuple[int, ...] = ()
        """Of the alarm of each line."""

    def show(self, state: State, found: list[Entry]) -> bool:
        """Take lines of a state; True where they are of other alarms than before."""
        ids = tuple(int(state.alarms.id[entry.row]) for entry in found)
        if ids == self.ids and self.state is not None:
            self.state, self.entries = state, found
            return False
        self.beginResetModel()
        self.state, self.entries, self.ids = state, found, ids
        self.endResetModel()
        return True

    def id_of(self, line: int) -> int:
        """Give the id of a line's alarm, -1 where there is no such line."""
        return self.ids[line] if 0 <= line < len(self.ids) else -1

    def line_of(self, alarm: int) -> int:
        """Give the line of an alarm, -1 where it has none."""
        return self.ids.index(alarm) if alarm in self.ids else -1

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of lines."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a cell shows."""
        state = self.state
        if state is None or not 0 <= index.row() < len(self.entries):
            return None
        entry, column = self.entries[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(state, entry, column)
        if role == Qt.ItemDataRole.DecorationRole and column == PRIORITY:
            return self._symbol(state.alarms, entry.row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._told(state, entry, column)
        return None

    def _symbol(self, alarms: Alarms, row: int) -> object:
        priority, new = int(alarms.priority[row]), alarms.state[row] == AlarmState.UNACKNOWLEDGED
        lit = self.lit or priority > Priority.HIGH
        return alarm_icon(self.theme, priority, bool(new and lit))

    def _text(self, state: State, entry: Entry, column: int) -> str:
        alarms, row = state.alarms, entry.row
        if column == FOLD:
            return self._fold(entry)
        if column == PRIORITY:
            return self._texts.tr(PRIORITIES[int(alarms.priority[row])])
        if column == LEVEL:
            return level_text(self._texts, int(alarms.level[row]))
        if column == SINCE:
            return clock(self._texts, int(alarms.since_ns[row]))
        if column == WHAT:
            return said(self._texts, state, row)
        if column == NOW:
            return now_text(state, row, self._texts)
        return self._state_text(state, entry)

    def _fold(self, entry: Entry) -> str:
        if entry.member:
            return "  ·"
        return f"{'▾' if entry.opened else '▸'} {len(entry.under)}" if entry.under else ""

    def _state_text(self, state: State, entry: Entry) -> str:
        alarms, tr, row = state.alarms, self._texts.tr, entry.row
        life, reason = int(alarms.state[row]), name(alarms.reason[row])
        if life == AlarmState.SHELVED:
            left = span(max(int(alarms.until_ns[row]) - state.t_ns, 0) / NS_PER_S, self._texts)
            who = name(alarms.actor[row])
            return tr("{time} left, {reason}; {who}", time=left, reason=tr(reason), who=who)
        if life == AlarmState.SUPPRESSED:
            return held_for(self._texts, reason)
        folded = () if entry.opened or life == AlarmState.UNACKNOWLEDGED else entry.under
        if fresh := sum(alarms.state[one] == AlarmState.UNACKNOWLEDGED for one in folded):
            return tr("{count} new under it", count=int(fresh))
        return tr(GONE if life == AlarmState.RETURNED else STATES[life])

    def _told(self, state: State, entry: Entry, column: int) -> str:
        if column == FOLD and entry.under:
            count = len(entry.under)
            return self._texts.tr("{count} more of one cause; click or press U to list them", count=count)
        if column == SINCE:
            return in_utc(int(state.alarms.since_ns[entry.row]))
        return said(self._texts, state, entry.row)
