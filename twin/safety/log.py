"""What became of every alarm: one row each from raised to gone, the last ones kept with the state.

The journal holds the inputs that every alarm can be computed from again; this is its table of contents.
Held back or shelved, an alarm has its row here like any other.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.safety.table import ACTOR_BYTES, FLOOD_REASON, Alarms, AlarmState
from twin.tables import Bytes, Ints, Longs, Table, Texts

KEPT_LOG = 5_000
"""So many alarms are kept: a month at what an operator should have (EEMUA 191), or a very bad day."""


class Held(IntEnum):
    """Whether an alarm was held back when it was raised."""

    NOT = 0
    BY_DESIGN = 1
    FLOOD = 2


@dataclass(frozen=True, eq=False)
class AlarmLog(Table):
    """Every alarm that was raised, one row each, in the order of their ids.

    Attributes
    ----------
    id : (n,) int64
        As in ``Alarms``; an alarm that returned and came again has a row of its own.
    rule : (n,) int32
    priority, level : (n,) int8
        The gravest that it had.
    mover, other, box, source : (n,) int32
        Fleet rows, the row of the stock, and the place of the source; -1 where none.
    ground : (n,) int32
        Where it stands, as in ``Alarms``: a ground slot, or a fixed structure below -1; -1 where none.
    raised_ns, returned_ns, ack_ns : (n,) int64
        When it came, returned to normal, was acknowledged; 0 where it has not.
    shown_ns : (n,) int64
        When it was first put before a person; 0 where it was held back all the time.
    actor : (n,) S32
        Who acknowledged or shelved it last.
    held : (n,) int8
        :class:`Held`, when it was raised.
    """

    id: Longs
    rule: Ints
    priority: Bytes
    level: Bytes
    mover: Ints
    other: Ints
    box: Ints
    source: Ints
    raised_ns: Longs
    returned_ns: Longs
    ack_ns: Longs
    shown_ns: Longs
    actor: Texts
    held: Bytes
    ground: Ints

    def __len__(self) -> int:
        """Give the number of alarms kept."""
        return len(self.id)

    def take(self, rows: Any) -> "AlarmLog":
        """Give the named rows, or those where a mask is True."""
        return AlarmLog(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def no_log() -> AlarmLog:
    """Give a log without a row."""
    i, k, t = np.empty(0, np.int32), np.empty(0, np.int8), np.empty(0, np.int64)
    return AlarmLog(t, i, k, k, i, i, i, i, t, t, t, t, np.empty(0, f"S{ACTOR_BYTES}"), k, i)


def logged(
    log: AlarmLog, before: Alarms, alarms: Alarms, t_ns: int, decided: Alarms | None = None
) -> AlarmLog:
    """Give the log after alarms came, changed or went.

    Parameters
    ----------
    log : AlarmLog
    before, alarms : Alarms
        Those standing before and after.
    t_ns : int
        Now [ns UTC].
    decided : Alarms, optional
        Those before, as decisions of now have left them: what is acknowledged last may go at once.

    Returns
    -------
    AlarmLog
        The same object where the alarms are.
    """
    if alarms is before:
        return log
    known = np.isin(alarms.id, before.id)
    log = _with_new(log, alarms.take(~known), t_ns)
    return _noted(log, before if decided is None else decided, alarms, t_ns)


def _shown(alarms: Alarms) -> NDArray[np.bool_]:
    shown: NDArray[np.bool_] = ~np.isin(alarms.state, (AlarmState.SUPPRESSED, AlarmState.SHELVED))
    return shown


def _with_new(log: AlarmLog, new: Alarms, t_ns: int) -> AlarmLog:
    if not len(new):
        return log
    flood = new.reason == FLOOD_REASON.encode()
    held = np.where(flood, Held.FLOOD, Held.BY_DESIGN) * (new.state == AlarmState.SUPPRESSED)
    more: dict[str, NDArray[Any]] = {
        "id": new.id, "rule": new.rule, "priority": new.priority, "level": new.level, "mover": new.mover,
        "other": new.other, "box": new.box, "source": new.source, "raised_ns": new.since_ns,
        "returned_ns": np.zeros(len(new), np.int64), "ack_ns": new.ack_ns,
        "shown_ns": np.where(_shown(new), t_ns, 0), "actor": new.actor, "held": held.astype(np.int8),
        "ground": new.ground,
    }  # fmt: skip
    return AlarmLog(**{name: np.concatenate((getattr(log, name), more[name]))[-KEPT_LOG:] for name in more})


def _noted(log: AlarmLog, before: Alarms, alarms: Alarms, t_ns: int) -> AlarmLog:
    """Note of those that stood before or stand now how they are, where the log still has them."""
    columns = log.editable("priority", "level", "returned_ns", "ack_ns", "shown_ns", "actor")
    gone = before.take(~np.isin(before.id, alarms.id))
    for table, left in ((alarms, False), (gone, True)):
        rows = np.searchsorted(log.id, table.id)
        at = np.minimum(rows, max(len(log) - 1, 0))
        kept = np.flatnonzero(log.id[at] == table.id) if len(log) else np.empty(0, np.intp)
        rows, table = at[kept], table.take(kept)
        for name in ("priority", "level", "ack_ns", "actor"):
            columns[name][rows] = getattr(table, name)
        returned = np.where(table.clear_ns > 0, table.clear_ns, t_ns if left else 0)
        back = left | (table.state == AlarmState.RETURNED)
        columns["returned_ns"][rows] = np.where(back, returned, 0)
        shown = columns["shown_ns"][rows]
        columns["shown_ns"][rows] = np.where((shown == 0) & _shown(table) & (not left), t_ns, shown)
    return log.with_columns(**columns)
