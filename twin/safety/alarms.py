"""The life of alarms (ISA-18.2, first cut): raised, acknowledged, returned to normal, gone.

An alarm is known by its rule, its machine and the other. What a rule finds again is the same alarm;
what it finds no longer has returned to normal after the rule's off-delay. An acknowledged alarm then
goes; one that nobody acknowledged stays as RETURNED until somebody does.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet.table import Fleet, Tracks
from twin.safety.rules import RULE_NAMES, RULES, Found, Rule, Scene
from twin.safety.table import Alarms, AlarmState, Conflicts
from twin.tables import Flags, Ints, Longs
from twin.yard.model import Yard
from twin.yard.slots import Slots

__all__ = ["RULES", "RULE_NAMES", "Rule", "acknowledge", "describe", "sentence", "step_alarms"]

_OFF_DELAY_NS = np.array([round(rule.off_delay_s * NS_PER_S) for rule in RULES.values()], np.int64)
_PRIORITY = np.array([rule.priority for rule in RULES.values()], np.int8)


def step_alarms(
    alarms: Alarms, next_id: int, t_ns: int, *, fleet: Fleet, tracks: Tracks, conflicts: Conflicts,
    slots: Slots, yard: Yard, weather: tuple[float, float] = (0.0, 0.0),
    doubtful: Sequence[int] = (),
) -> tuple[Alarms, int, int]:  # fmt: skip
    """Give the alarms after a tick.

    Parameters
    ----------
    alarms : Alarms
        Those standing before.
    next_id : int
        The first id not in use.
    t_ns : int
        Instant of the tick [ns UTC].
    fleet, tracks, conflicts, slots, yard
        What the rules look at.
    weather : (speed, gust)
        Last wind [m/s].
    doubtful : sequence of int
        Fleet rows that reported a stock event that cannot be, in the last minute.

    Returns
    -------
    alarms : Alarms
        The same object where none came, returned or went.
    next_id : int
    raised : int
        How many came.
    """
    scene = Scene(t_ns, fleet, tracks, conflicts, yard, weather, np.array(doubtful, np.int32))
    found = [rule.find(scene) for rule in RULES.values()]
    which = np.repeat(np.arange(len(found), dtype=np.int32), [len(table) for table in found])
    if not len(which) and not len(alarms):
        return alarms, next_id, 0
    findings = Found(
        **{name: np.concatenate([getattr(t, name) for t in found]) for name in Found.__dataclass_fields__}
    )
    keys = _keys(which, findings.mover, findings.other)
    standing_keys = _keys(alarms.rule, alarms.mover, alarms.other)
    alarms = _aged(alarms, np.isin(standing_keys, keys), t_ns)
    new = np.flatnonzero(findings.raises & ~np.isin(keys, standing_keys))
    new = new[np.unique(keys[new], return_index=True)[1]]
    if len(new):
        alarms = _with_new(alarms, next_id, t_ns, which[new], findings.take(new))
    return alarms, next_id + len(new), len(new)


def _keys(rule: Ints, mover: Ints, other: Ints) -> Longs:
    keys: Longs = (rule.astype(np.int64) << 48) | ((mover.astype(np.int64) + 1) << 24) | (other + 1)
    return keys


def _aged(alarms: Alarms, found: Flags, t_ns: int) -> Alarms:
    """Let alarms that are no longer found return, and those found again stand again."""
    if not len(alarms):
        return alarms
    returned = alarms.state == AlarmState.RETURNED
    clear_ns = np.where(found, 0, np.where(alarms.clear_ns == 0, t_ns, alarms.clear_ns))
    gone = ~found & (t_ns - clear_ns >= _OFF_DELAY_NS[alarms.rule])
    state = np.where(found & returned, AlarmState.UNACKNOWLEDGED, alarms.state).astype(np.int8)
    state[gone & (state == AlarmState.UNACKNOWLEDGED)] = AlarmState.RETURNED
    over = gone & (state == AlarmState.ACKNOWLEDGED)
    if over.any() or (clear_ns != alarms.clear_ns).any() or (state != alarms.state).any():
        return _kept(alarms.with_columns(clear_ns=clear_ns, state=state), ~over)
    return alarms


def _kept(alarms: Alarms, rows: Flags) -> Alarms:
    if rows.all():
        return alarms
    return Alarms(**{name: getattr(alarms, name)[rows] for name in Alarms.__dataclass_fields__})


def _with_new(alarms: Alarms, next_id: int, t_ns: int, rule: Ints, found: Found) -> Alarms:
    n = len(rule)
    new: dict[str, NDArray[Any]] = {
        "id": next_id + np.arange(n, dtype=np.int64), "rule": rule.astype(np.int32),
        "priority": _PRIORITY[rule], "state": np.full(n, AlarmState.UNACKNOWLEDGED, np.int8),
        "mover": found.mover, "other": found.other, "ground": found.ground, "x_m": found.x_m,
        "y_m": found.y_m, "since_ns": np.full(n, t_ns, np.int64), "clear_ns": np.zeros(n, np.int64),
        "value": found.value,
    }  # fmt: skip
    return replace(alarms, **{name: np.concatenate((getattr(alarms, name), new[name])) for name in new})


def acknowledge(alarms: Alarms, ids: Sequence[int]) -> Alarms:
    """Acknowledge alarms by id: those that have returned to normal go, the others stay acknowledged.

    Ids that do not stand are left out; the same object where that leaves none.
    """
    named = np.isin(alarms.id, np.array(list(ids), np.int64))
    waiting = named & (alarms.state == AlarmState.UNACKNOWLEDGED)
    over = named & (alarms.state == AlarmState.RETURNED)
    if not (waiting | over).any():
        return alarms
    state = np.where(waiting, AlarmState.ACKNOWLEDGED, alarms.state).astype(np.int8)
    return _kept(alarms.with_columns(state=state), ~over)


def sentence(
    alarms: Alarms, row: int, fleet: Fleet, yard: Yard, slots: Slots
) -> tuple[str, dict[str, str | float]]:
    """Give an alarm's sentence with its fields still open, and what fills them.

    The sentence with open fields is the key of its translations.
    """
    mover, other, ground = int(alarms.mover[row]), int(alarms.other[row]), int(alarms.ground[row])
    fields: dict[str, str | float] = {
        "mover": _name(fleet, mover),
        "other": _name(fleet, other) if other >= 0 else _stack(yard, slots, ground),
        "value": float(alarms.value[row]),
    }
    return RULES[RULE_NAMES[int(alarms.rule[row])]].says, fields


def describe(alarms: Alarms, row: int, fleet: Fleet, yard: Yard, slots: Slots) -> str:
    """Say in an English sentence what an alarm is about."""
    says, fields = sentence(alarms, row, fleet, yard, slots)
    return says.format(**fields)


def _name(fleet: Fleet, row: int) -> str:
    return bytes(fleet.name[row]).decode("utf-8", "replace") if 0 <= row < len(fleet) else ""


def _stack(yard: Yard, slots: Slots, ground: int) -> str:
    if not 0 <= ground < len(slots):
        return ""
    block = yard.blocks[int(slots.block[ground])].name
    bay, row = 2 * int(slots.position[ground]) + 1, int(slots.row[ground]) + 1
    return f"stack {block}-{bay:03d}-{row:02d}"
