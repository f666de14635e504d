"""Alarms and encounters as columns."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from twin.tables import Bytes, Floats, Ints, Longs, Table, Texts

ACTOR_BYTES, REASON_BYTES = 32, 96
FLOOD_REASON = "flood"
"""``Alarms.reason`` of an alarm that a flood holds back; any other is by design."""


class AlarmState(IntEnum):
    """Where an alarm is in its life (ISA-18.2)."""

    UNACKNOWLEDGED = 0
    ACKNOWLEDGED = 1
    RETURNED = 2  # back to normal, not yet acknowledged
    SHELVED = 3  # put aside by a person, for a time and with a reason
    SUPPRESSED = 4  # held back: what explains it stands already, or a flood of alarms


class Level(IntEnum):
    """How far what an alarm is about has gone (PEMA: warning, slow-down and stop are three signals)."""

    WARNING = 1
    SLOW_DOWN = 2
    STOP = 3


class Priority(IntEnum):
    """1 critical, 2 high, 3 low (EEMUA 191)."""

    CRITICAL = 1
    HIGH = 2
    LOW = 3


@dataclass(frozen=True, eq=False)
class Alarms(Table):
    """Standing alarms, one row each, oldest first.

    Attributes
    ----------
    id : (n,) int64
        Rises for the whole session.
    rule : (n,) int32
        Index into ``safety.alarms.RULE_NAMES``.
    priority, state : (n,) int8
    mover, other : (n,) int32
        Fleet rows; -1 where none (a stack, a structure, a zone, a source).
    ground : (n,) int32
        The ground slot concerned, -1 none; below that the number of a fixed structure (``yard.structures``).
    box : (n,) int32
        Row of the stock where it is about a box that stands; then it is about no machine. Else -1.
    source : (n,) int32
        Place in ``State.flooding.sources`` where it is about a source alone; else -1.
    x_m, y_m : (n,) float
        Where, in the yard frame; NaN where it is nowhere.
    since_ns, clear_ns : (n,) int64
        When it was raised; when it returned to normal, 0 while it stands.
    value : (n,) float
        The rule's own measure: time to contact [s], overlap [m], age [s], wind [m/s].
    level : (n,) int8
        :class:`Level`, the gravest so far.
    group : (n,) int64
        Id of the alarm that came first of those with one cause; its own where it is alone.
    ack_ns, until_ns : (n,) int64
        When it was acknowledged; until when it is shelved; 0 where it is not.
    actor : (n,) S32
        Who acknowledged or shelved it.
    reason : (n,) S96
        Why it is shelved or suppressed.
    """

    id: Longs
    rule: Ints
    priority: Bytes
    state: Bytes
    mover: Ints
    other: Ints
    ground: Ints
    box: Ints
    source: Ints
    x_m: Floats
    y_m: Floats
    since_ns: Longs
    clear_ns: Longs
    value: Floats
    level: Bytes
    group: Longs
    ack_ns: Longs
    until_ns: Longs
    actor: Texts
    reason: Texts

    def __len__(self) -> int:
        """Give the number of standing alarms."""
        return len(self.id)

    def take(self, rows: Any) -> "Alarms":
        """Give the named rows, or those where a mask is True."""
        return Alarms(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True, eq=False)
class Pending(Table):
    """What rules have found and do not raise yet, for their on-delays.

    Attributes
    ----------
    rule, mover, other, box, source : (n,) int32
        As of :class:`Alarms`.
    since_ns : (n,) int64
        Since when it counts as found.
    lapsed_ns : (n,) int64
        Since when it is not found, of a rule that counts over gaps; 0 while it is found.
    """

    rule: Ints
    mover: Ints
    other: Ints
    box: Ints
    source: Ints
    since_ns: Longs
    lapsed_ns: Longs

    def __len__(self) -> int:
        """Give the number of findings that wait."""
        return len(self.rule)

    def take(self, rows: Any) -> "Pending":
        """Give the named rows, or those where a mask is True."""
        return Pending(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True, eq=False)
class Conflicts(Table):
    """Pairs of boxes that overlap or will, as the collision core finds them this tick.

    Attributes
    ----------
    mover : (n,) int32
        Fleet row.
    other : (n,) int32
        Fleet row, or -1 where the other is a stack or a structure.
    ground : (n,) int32
        Ground slot where the other is a stack, the number of a structure below -1, else -1.
    time_s : (n,) float
        0 where they overlap now, else the time to contact.
    gap_m : (n,) float
        Horizontal gap now, negative where they overlap.
    x_m, y_m : (n,) float
        Point of contact.
    """

    mover: Ints
    other: Ints
    ground: Ints
    time_s: Floats
    gap_m: Floats
    x_m: Floats
    y_m: Floats

    def __len__(self) -> int:
        """Give the number of conflicts."""
        return len(self.mover)


def no_alarms() -> Alarms:
    """Give a table of alarms without a row."""
    f, i, k, t = np.empty(0), np.empty(0, np.int32), np.empty(0, np.int8), np.empty(0, np.int64)
    who, why = np.empty(0, f"S{ACTOR_BYTES}"), np.empty(0, f"S{REASON_BYTES}")
    return Alarms(t, i, k, k, i, i, i, i, i, f, f, t, t, f, k, t, t, t, who, why)


def no_conflicts() -> Conflicts:
    """Give a table of conflicts without a row."""
    f, i = np.empty(0), np.empty(0, np.int32)
    return Conflicts(i, i, i, f, f, f, f)


def none_pending() -> Pending:
    """Give a table without a row."""
    i, t = np.empty(0, np.int32), np.empty(0, np.int64)
    return Pending(i, i, i, i, i, t, t)
