"""Which alarms are listed, and lists that stay as they are while somebody points into them."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from PyQt6.QtCore import QEvent, QObject, QTimer, pyqtSignal
from PyQt6.QtWidgets import QTableView

from twin.safety.table import Alarms, AlarmState, Priority
from twin.tables import Ints
from ui.i18n import mark
from ui.panels.alarm_rows import Entry, ordered, standing

STILL_MS = 10_000
"""A pointer that has not moved for so long points at nothing."""


_POINTS = (QEvent.Type.Enter, QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class List(IntEnum):
    """Which alarms are listed."""

    STANDING = 0
    SHELVED = 1
    SUPPRESSED = 2
    LOG = 3
    SCORES = 4


LISTS: dict[List, str] = {
    List.STANDING: mark("Standing"),
    List.SHELVED: mark("Shelved"),
    List.SUPPRESSED: mark("Suppressed"),
    List.LOG: mark("Log"),
    List.SCORES: mark("Scorecard"),
}


def listed(kind: List, alarms: Alarms) -> list[int]:
    """Give the rows of the alarms of a list, in their order."""
    if kind not in (List.SHELVED, List.SUPPRESSED):
        return ordered(alarms, standing(alarms))
    life = AlarmState.SHELVED if kind is List.SHELVED else AlarmState.SUPPRESSED
    rows: Ints = np.flatnonzero(alarms.state == life).astype(np.int32)
    return ordered(alarms, rows)


class Steady(QObject):
    """Keeps lines in their places while a pointer moves in a table, so that none goes from under it.

    Parameters
    ----------
    table : QTableView
    """

    over = pyqtSignal()
    """The pointer has left, or is still."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STILL_MS)
        self._timer.timeout.connect(self._end)
        self._first: frozenset[int] | None = None
        self.behind = 0
        """How many lines have come at the end meanwhile."""
        viewport = table.viewport()
        assert viewport is not None
        viewport.setMouseTracking(True)
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See where the pointer is; nothing is kept from the table."""
        kind = event.type() if event is not None else QEvent.Type.None_
        if kind in _POINTS:
            self._timer.start()
        elif kind == QEvent.Type.Leave and self._timer.isActive():
            self._end()
        return False

    def let_go(self) -> None:
        """Let lines take their places: somebody asked for others."""
        self._timer.stop()

    def _end(self) -> None:
        self._timer.stop()
        if self._first is not None:
            self.over.emit()

    def arranged(self, found: list[Entry], known: Sequence[int], alarms: Alarms) -> list[Entry]:
        """Give lines in the order of those known while a pointer is there.

        New ones go to the end; those that are critical, or became so, stand in front all the same.

        Parameters
        ----------
        found : list of Entry
            In their own order.
        known : sequence of int
            Ids of the alarms listed so far, in that order.
        alarms : Alarms
        """
        if not self._timer.isActive():
            self._first, self.behind = None, 0
            return found
        self._first = frozenset(known) if self._first is None else self._first
        ids, places = alarms.id.tolist(), {alarm: place for place, alarm in enumerate(known)}
        grave = (alarms.priority == Priority.CRITICAL) & (alarms.state == AlarmState.UNACKNOWLEDGED)
        front = [one for one in found if grave[one.row]]
        rest = [one for one in found if not grave[one.row]]
        rest.sort(key=lambda one: places.get(ids[one.row], len(places)))
        self.behind = sum(ids[one.row] not in self._first for one in rest)
        return front + rest
