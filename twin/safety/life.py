"""The life of an alarm (ISA-18.2): raised, acknowledged, shelved, returned to normal, gone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.safety.log import AlarmLog
from twin.safety.rules import RULES
from twin.safety.table import ACTOR_BYTES, REASON_BYTES, Alarms, AlarmState, Level, Pending, Priority
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

LONGEST_SHELVED_S = 8 * 3600
"""An alarm is shelved no longer than a shift [s]."""

OFF_DELAY_NS = np.array([round(rule.off_delay_s * NS_PER_S) for rule in RULES.values()], np.int64)
_GRAVER_S = np.array([rule.graver_after_s for rule in RULES.values()])
WORSE = 0.1
"""An alarm tells of its measure as it came until that is worse by this share: nobody reads a list that never
rests."""
_WAY = np.array([rule.worse for rule in RULES.values()], np.float64)
_BOX, _SOURCE = 1 << 48, 3 << 47
_PRIORITY = np.array([rule.priority for rule in RULES.values()], np.int8)


@dataclass(frozen=True, eq=False)
class Findings(Table):
    """What all rules found, one row a rule and what it is about, in the order of their keys.

    ``level`` is what it raises, 0 where nothing; ``kept`` the level that it keeps standing. The other
    columns are those of :class:`~twin.safety.rules.Found`.
    """

    rule: Ints
    mover: Ints
    other: Ints
    ground: Ints
    box: Ints
    source: Ints
    x_m: Floats
    y_m: Floats
    value: Floats
    level: Bytes
    kept: Bytes

    def __len__(self) -> int:
        """Give the number of findings."""
        return len(self.rule)

    def take(self, rows: NDArray[np.integer]) -> "Findings":
        """Give the named rows."""
        return Findings(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def nothing_found() -> Findings:
    """Give no findings."""
    i, f, k = np.empty(0, np.int32), np.empty(0), np.empty(0, np.int8)
    return Findings(i, i, i, i, i, i, f, f, f, k, k)


def keys_of(table: Findings | Pending | Alarms | AlarmLog) -> Longs:
    """Give one number for each rule and what it is about, a pair of machines, a box or a source, (n,)."""
    about: Longs = ((table.mover.astype(np.int64) + 1) << 24) | (table.other + 1)
    about = np.where(table.box >= 0, _BOX | table.box.astype(np.int64), about)
    about = np.where(table.source >= 0, _SOURCE | table.source.astype(np.int64), about)
    keys: Longs = (table.rule.astype(np.int64) << 49) | about
    return keys


def standing_keys(alarms: Alarms) -> Longs:
    """Give the keys of the alarms that a finding belongs to: one that returned is raised anew."""
    there = alarms.state != AlarmState.RETURNED
    keys: Longs = keys_of(alarms)[there]
    return keys


def priority_of(rule: Ints, level: Bytes) -> Bytes:
    """Give priorities: a mere warning of a critical rule is high."""
    priority = _PRIORITY[rule]
    mere = (level <= Level.WARNING) & (priority == Priority.CRITICAL)
    return np.where(mere, Priority.HIGH, priority).astype(np.int8)


def raised(found: Findings, next_id: int, t_ns: int) -> Alarms:
    """Give findings as new alarms, each a group of its own."""
    n = len(found)
    ids, zeros = next_id + np.arange(n, dtype=np.int64), np.zeros(n, np.int64)
    return Alarms(
        ids, found.rule, priority_of(found.rule, found.level), np.full(n, AlarmState.UNACKNOWLEDGED, np.int8),
        found.mover, found.other, found.ground, found.box, found.source, found.x_m, found.y_m,
        np.full(n, t_ns, np.int64), zeros,
        found.value, found.level, ids.copy(), zeros, zeros, np.zeros(n, f"S{ACTOR_BYTES}"),
        np.zeros(n, f"S{REASON_BYTES}"),
    )  # fmt: skip


def joined(alarms: Alarms, new: Alarms) -> Alarms:
    """Give both in one table."""
    names = Alarms.__dataclass_fields__
    return replace(
        alarms, **{name: np.concatenate((getattr(alarms, name), getattr(new, name))) for name in names}
    )


def without_returned(alarms: Alarms, new: Alarms) -> Alarms:
    """Leave out alarms that had returned, unacknowledged, and are raised anew."""
    again = np.isin(keys_of(alarms), keys_of(new))
    return alarms.take(~again) if again.any() else alarms


def aged(alarms: Alarms, found: Findings, t_ns: int) -> Alarms:
    """Let standing alarms get graver, return to normal and go; the same object where none does."""
    if not len(alarms):
        return alarms
    keys, wanted = keys_of(found), keys_of(alarms)
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    there = (keys[at] == wanted) if len(keys) else np.zeros(len(alarms), np.bool_)
    there &= alarms.state != AlarmState.RETURNED
    columns = _returning(alarms, there, t_ns)
    if len(keys):
        _escalate(alarms, columns, there, found.take(at), t_ns)
    changed = {name: value for name, value in columns.items() if (value != getattr(alarms, name)).any()}
    over = _over(alarms, columns, there, t_ns)
    if changed:
        alarms = alarms.with_columns(**changed)
    return alarms.take(~over) if over.any() else alarms


def _returning(alarms: Alarms, there: Flags, t_ns: int) -> dict[str, Any]:
    clear_ns = np.where(there, 0, np.where(alarms.clear_ns == 0, t_ns, alarms.clear_ns))
    state, until_ns = alarms.state.copy(), alarms.until_ns.copy()
    gone = ~there & (t_ns - clear_ns >= OFF_DELAY_NS[alarms.rule])
    state[gone & (state == AlarmState.UNACKNOWLEDGED)] = AlarmState.RETURNED
    shelved = (state == AlarmState.SHELVED) & (until_ns <= t_ns)
    back, unseen = shelved & there, shelved & gone & (alarms.ack_ns == 0)
    state[back], state[unseen] = AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED
    reason = alarms.reason.copy()
    until_ns[back | unseen], reason[back | unseen] = 0, b""
    return {"clear_ns": clear_ns, "state": state, "until_ns": until_ns, "reason": reason}


def _over(alarms: Alarms, columns: dict[str, Any], there: Flags, t_ns: int) -> Flags:
    """Tell which alarms have gone: acknowledged or held back, and shelved ones whose time is up.

    What nobody had acknowledged before it was shelved has returned by then, and is no longer shelved.
    """
    gone = ~there & (t_ns - columns["clear_ns"] >= OFF_DELAY_NS[alarms.rule])
    silent = np.isin(columns["state"], (AlarmState.ACKNOWLEDGED, AlarmState.SUPPRESSED))
    shelved = (columns["state"] == AlarmState.SHELVED) & (alarms.until_ns <= t_ns)
    over: Flags = gone & (silent | shelved)
    return over


def _escalate(alarms: Alarms, columns: dict[str, Any], there: Flags, found: Findings, t_ns: int) -> None:
    """Let alarms get graver by what is found of each; what was acknowledged or shelved before asks again."""
    lasted_s = (t_ns - alarms.since_ns) / NS_PER_S
    by_time = Level.WARNING + (lasted_s[:, None] >= _GRAVER_S[alarms.rule]).sum(axis=1)
    reached = np.maximum(found.level, by_time)
    graver = there & (reached > alarms.level)
    level = np.where(graver, reached, alarms.level).astype(np.int8)
    columns["level"] = level
    columns["priority"] = np.minimum(alarms.priority, priority_of(alarms.rule, level))
    columns["value"] = np.where(graver | _worse(alarms, there, found), found.value, alarms.value)
    columns["state"][graver & (columns["state"] == AlarmState.ACKNOWLEDGED)] = AlarmState.UNACKNOWLEDGED
    # It was shelved as it was then.
    shelved = graver & (columns["state"] == AlarmState.SHELVED)
    columns["state"][shelved] = AlarmState.UNACKNOWLEDGED
    columns["until_ns"][shelved], columns["reason"][shelved] = 0, b""


def _worse(alarms: Alarms, there: Flags, found: Findings) -> Flags:
    """Tell whose measure is worse than what is told of them, by enough to be told anew."""
    way = _WAY[alarms.rule]
    with np.errstate(invalid="ignore"):
        worse: Flags = there & (way * (found.value - alarms.value) > WORSE * np.abs(alarms.value))
    return worse


def acknowledge(alarms: Alarms, ids: Sequence[int], t_ns: int = 0, actor: str = "") -> Alarms:
    """Acknowledge alarms by id: those that have returned to normal go, the others stay acknowledged.

    Who did it, and when, is noted with them. Ids that do not stand are left out; the same object where
    that leaves none.
    """
    named = np.isin(alarms.id, np.array(list(ids), np.int64))
    waiting = named & (alarms.state == AlarmState.UNACKNOWLEDGED)
    over = named & (alarms.state == AlarmState.RETURNED)
    if not (waiting | over).any():
        return alarms
    state = np.where(waiting, AlarmState.ACKNOWLEDGED, alarms.state).astype(np.int8)
    ack_ns, who = alarms.ack_ns.copy(), alarms.actor.copy()
    ack_ns[waiting | over], who[waiting | over] = t_ns, _cut(actor, ACTOR_BYTES)
    return alarms.with_columns(state=state, ack_ns=ack_ns, actor=who)


def without_acknowledged(alarms: Alarms) -> Alarms:
    """Leave out what had returned to normal and has been acknowledged since."""
    over = (alarms.state == AlarmState.RETURNED) & (alarms.ack_ns > 0)
    return alarms.take(~over) if over.any() else alarms


def shelve(alarms: Alarms, ids: Sequence[int], until_ns: int, reason: str, actor: str) -> Alarms:
    """Shelve alarms by id until an instant; the caller has made sure that they may be."""
    rows = np.isin(alarms.id, np.array(list(ids), np.int64))
    columns = alarms.editable("state", "until_ns", "reason", "actor")
    columns["state"][rows], columns["until_ns"][rows] = AlarmState.SHELVED, until_ns
    columns["reason"][rows], columns["actor"][rows] = _cut(reason, REASON_BYTES), _cut(actor, ACTOR_BYTES)
    return alarms.with_columns(**columns)


def unshelve(alarms: Alarms, ids: Sequence[int], actor: str) -> Alarms:
    """Take shelved alarms back by id: those that stand ask for acknowledgement again.

    Of the others those have returned that nobody acknowledged before they were shelved; the rest go.
    """
    rows = np.isin(alarms.id, np.array(list(ids), np.int64)) & (alarms.state == AlarmState.SHELVED)
    if not rows.any():
        return alarms
    columns = alarms.editable("state", "until_ns", "reason", "actor")
    columns["state"][rows], columns["until_ns"][rows] = AlarmState.UNACKNOWLEDGED, 0
    columns["reason"][rows], columns["actor"][rows] = b"", _cut(actor, ACTOR_BYTES)
    cleared = rows & (alarms.clear_ns > 0)
    columns["state"][cleared] = AlarmState.RETURNED
    return alarms.with_columns(**columns).take(~(cleared & (alarms.ack_ns > 0)))


def _cut(text: str, length: int) -> bytes:
    return text.encode("utf-8")[:length].decode("utf-8", "ignore").encode("utf-8")
