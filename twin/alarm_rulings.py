"""How decisions about alarms are answered: life, thresholds, machines out of service, what is closed."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from twin.clock import NS_PER_S
from twin.decisions import Acknowledge, SetClosed, SetLimit, SetService, Shelve, Unshelve
from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.handling import Desk
from twin.safety import life
from twin.safety.levels import Limit
from twin.safety.rules import RULES, areas
from twin.safety.table import Alarms, AlarmState, Priority

AlarmDecision = Acknowledge | Shelve | Unshelve | SetLimit | SetService | SetClosed
KEPT_LIMITS = 200


@dataclass(slots=True)
class AlarmDesk:
    """What decisions about alarms change, while they change it."""

    t_ns: int
    desk: Desk
    alarms: Alarms
    limits: tuple[Limit, ...]
    out_of_service: tuple[str, ...]
    closed: tuple[str, ...] = ()


def rule_on_alarms(desk: AlarmDesk, decision: AlarmDecision) -> str:
    """Answer a decision; give why it is not taken, empty where it is."""
    match decision:
        case Acknowledge():
            return _acknowledge(desk, decision)
        case Shelve():
            return _shelve(desk, decision)
        case Unshelve():
            return _unshelve(desk, decision)
        case SetLimit():
            return _set_limit(desk, decision)
        case SetService():
            return _set_service(desk, decision)
        case SetClosed():
            return _set_closed(desk, decision)


def _unknown(desk: AlarmDesk, ids: tuple[int, ...]) -> str:
    unknown = set(ids) - set(desk.alarms.id.tolist())
    return f"alarms {sorted(unknown)}: expected standing ones, found none" if unknown else ""


def _acknowledge(desk: AlarmDesk, decision: Acknowledge) -> str:
    reason = _unknown(desk, decision.alarms)
    if not reason:
        desk.alarms = life.acknowledge(desk.alarms, decision.alarms, desk.t_ns, decision.actor)
    return reason


def _shelve(desk: AlarmDesk, decision: Shelve) -> str:
    reason = _unknown(desk, decision.alarms)
    if reason:
        return reason
    if not decision.reason.strip():
        return "shelving: expected a reason, found none"
    longest_ns = desk.t_ns + life.LONGEST_SHELVED_S * NS_PER_S
    if not desk.t_ns < decision.until_ns <= longest_ns:
        hours = (decision.until_ns - desk.t_ns) / NS_PER_S / 3600
        return f"shelving: expected up to {life.LONGEST_SHELVED_S // 3600} hours from now, found {hours:.1f}"
    rows = np.isin(desk.alarms.id, np.array(decision.alarms, np.int64))
    critical = desk.alarms.id[rows & (desk.alarms.priority == Priority.CRITICAL)].tolist()
    if critical:
        return f"alarms {critical}: critical ones are never shelved"
    reason = _graver(desk, decision)
    if reason:
        return reason
    desk.alarms = life.shelve(
        desk.alarms, decision.alarms, decision.until_ns, decision.reason, decision.actor
    )
    return ""


def _graver(desk: AlarmDesk, decision: Shelve) -> str:
    """Tell which alarms are graver now than the controller saw them."""
    if len(decision.levels) != len(decision.alarms):
        return f"shelving: expected a level for each alarm, found {len(decision.levels)}"
    seen = dict(zip(decision.alarms, decision.levels, strict=True))
    now = zip(desk.alarms.id.tolist(), desk.alarms.level.tolist(), strict=True)
    graver = [alarm for alarm, level in now if level > seen.get(alarm, level)]
    return f"alarms {graver}: graver by now than when they were chosen" if graver else ""


def _unshelve(desk: AlarmDesk, decision: Unshelve) -> str:
    shelved = desk.alarms.id[desk.alarms.state == AlarmState.SHELVED].tolist()
    unknown = set(decision.alarms) - set(shelved)
    if unknown:
        return f"alarms {sorted(unknown)}: expected shelved ones, found none"
    desk.alarms = life.unshelve(desk.alarms, decision.alarms, decision.actor)
    return ""


def _set_limit(desk: AlarmDesk, decision: SetLimit) -> str:
    reason = _bad_place(desk, decision) or _bad_thresholds(decision)
    if reason:
        return reason
    where = (decision.rule, decision.zone, decision.kind)
    kept = tuple(limit for limit in desk.limits if (limit.rule, limit.zone, limit.kind) != where)
    if decision.warning is None or decision.slow_down is None or decision.stop is None:
        desk.limits = kept
        return ""
    if len(kept) >= KEPT_LIMITS:
        return f"limits: expected at most {KEPT_LIMITS}"
    desk.limits = (*kept, Limit(*where, decision.warning, decision.slow_down, decision.stop))
    return ""


def _bad_place(desk: AlarmDesk, decision: SetLimit) -> str:
    if decision.rule not in RULES:
        return f"rule {decision.rule!r}: expected one of {', '.join(RULES)}"
    if decision.kind and decision.kind not in KIND_NAMES:
        return f"kind {decision.kind!r}: expected one of {', '.join(KIND_NAMES)}"
    yard = desk.desk.yard
    names = [zone.name for zone in yard.zones] + [block.name for block in yard.blocks]
    if decision.zone and decision.zone not in names:
        return f"zone {decision.zone!r}: expected the name of a zone or a block"
    return ""


def _bad_thresholds(decision: SetLimit) -> str:
    """Tell what is wrong with three thresholds; nothing is where all are None."""
    found = (decision.warning, decision.slow_down, decision.stop)
    if all(value is None for value in found):
        return ""
    values = [value for value in found if value is not None and isfinite(value)]
    levels = RULES[decision.rule].levels
    if not any(map(isfinite, (levels.warning, levels.slow_down, levels.stop))):
        return f"rule {decision.rule}: it has no thresholds"
    graver = values == sorted(values, reverse=levels.falling)
    if len(values) < 3 or not graver or (levels.falling and values[-1] < 0.0):
        return f"thresholds: expected three numbers, each graver than the one before, found {found}"
    if levels.falling and values[0] > levels.furthest:
        return f"thresholds: expected at most {levels.furthest:g}, found {values[0]:g}"
    return ""


def _set_service(desk: AlarmDesk, decision: SetService) -> str:
    if int(roster.row_of(desk.desk.fleet, [decision.machine])[0]) < 0:
        return f"machine {decision.machine!r}: expected one of the yard's"
    others = tuple(name for name in desk.out_of_service if name != decision.machine)
    desk.out_of_service = others if decision.in_service else (*others, decision.machine)
    return ""


def _set_closed(desk: AlarmDesk, decision: SetClosed) -> str:
    if decision.area not in areas.closable(desk.desk.yard):
        return f"area {decision.area!r}: expected the name of a block, a zone or a lane"
    others = tuple(name for name in desk.closed if name != decision.area)
    desk.closed = (*others, decision.area) if decision.closed else others
    return ""
