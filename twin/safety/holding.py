"""Which alarms are one: grouped by cause; and which are held back: by design, or in a flood."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.clock import NS_PER_S
from twin.safety import life
from twin.safety.log import AlarmLog, Held
from twin.safety.rules import RULE_NAMES, RULES, Scene, Topic
from twin.safety.rules.areas import inside
from twin.safety.rules.positions import BLIND_ALARM_S
from twin.safety.table import FLOOD_REASON, REASON_BYTES, Alarms, AlarmState, Priority
from twin.tables import Flags, Ints
from twin.yard.model import ZoneKind

FLOOD_S, FLOOD, FLOOD_OVER = 600, 10, 5
"""Ten alarms or more in ten minutes are a flood, over when they are fewer than five (EEMUA 191)."""
GROUP_S = 60.0
"""Alarms about one machine, or of one yard-wide cause, so soon after one another are of one group [s]."""
SERVICE_REASON, BLIND_REASON = "out of service", "radio-blind zone"
BLIND_S = BLIND_ALARM_S
"""So long a machine may be unheard where radio is known to be blind [s]."""

_TOPICS = list(Topic)
_TOPIC = np.array([_TOPICS.index(rule.topic) for rule in RULES.values()], np.int32)
_UNPOWERED = RULE_NAMES.index("reefer_unpowered")
_WIND, _POSITION = _TOPICS.index(Topic.WIND), _TOPICS.index(Topic.POSITION)


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule whose alarms are held back while another's stands: of the machine or box, or anywhere."""

    rule: str
    by: str
    anywhere: bool = False


EXPLAINED: tuple[Explained, ...] = (
    Explained("wind_warning", "wind_stop", anywhere=True),
    Explained("position_lost", "positions_lost", anywhere=True),
    Explained("too_uncertain", "contact"),
    Explained("too_uncertain", "unknown_place"),
    Explained("too_uncertain", "fixes_degraded", anywhere=True),
    Explained("too_uncertain", "positions_late", anywhere=True),
    Explained("too_uncertain", "positions_suspect", anywhere=True),
    Explained("position_suspect", "position_lost"),
    Explained("position_suspect", "positions_lost", anywhere=True),
    Explained("position_suspect", "positions_suspect", anywhere=True),
    Explained("position_in_lane", "positions_lost", anywhere=True),
    Explained("position_in_lane", "positions_suspect", anywhere=True),
    Explained("position_in_lane", "positions_late", anywhere=True),
    Explained("positions_late", "positions_lost", anywhere=True),
    Explained("positions_late", "positions_suspect", anywhere=True),
    Explained("doubted_in_lane", "positions_suspect", anywhere=True),
    Explained("position_suspect", "position_in_lane"),
    Explained("position_suspect", "machine_floods"),
    Explained("position_suspect", "doubted_in_lane"),
    Explained("doubted_in_lane", "position_in_lane"),
    Explained("unproven_in_lane", "position_in_lane"),
    Explained("unproven_in_lane", "doubted_in_lane"),
    Explained("unproven_in_lane", "positions_suspect", anywhere=True),
    Explained("place_unproven", "position_lost"),
    Explained("place_unproven", "position_in_lane"),
    Explained("place_unproven", "unproven_in_lane"),
    Explained("place_unproven", "doubted_in_lane"),
    Explained("place_unproven", "positions_lost", anywhere=True),
    Explained("place_unproven", "positions_suspect", anywhere=True),
    Explained("clock_off", "positions_suspect", anywhere=True),
    Explained("position_replayed", "positions_suspect", anywhere=True),
    Explained("never_located", "never_located_many", anywhere=True),
    Explained("fix_degraded", "position_lost"),
    Explained("fix_degraded", "fixes_degraded", anywhere=True),
    Explained("reefer_off_set_point", "reefer_unpowered"),
)
"""Suppression by design, as rows of data."""


def _number(name: str) -> int:
    return RULE_NAMES.index(name)


def grouped(alarms: Alarms, new: Alarms, t_ns: int) -> Alarms:
    """Give new alarms with the groups that they belong to: that of the first of their cause.

    One is of the cause of an earlier one where both are about one machine or box, both of the wind, both of
    reefers without power, or both of positions while one of them is about the whole yard; and no longer
    after it than ``GROUP_S``.
    """
    recent = alarms.take(t_ns - alarms.since_ns <= GROUP_S * NS_PER_S)
    k, n = len(recent), len(new)
    same = _one_cause(life.joined(recent, new), new)
    same[np.arange(k + n)[None, :] >= (k + np.arange(n))[:, None]] = False
    first = np.where(same.any(axis=1), same.argmax(axis=1), k + np.arange(n))
    # The first of a group is its own first, so that following the firsts ends there.
    while len(moved := np.flatnonzero((first >= k) & (first != first[np.maximum(first - k, 0)]))):
        first[moved] = first[first[moved] - k]
    return new.with_columns(group=np.concatenate((recent.group, new.group))[first])


def _one_cause(those: Alarms, new: Alarms) -> Flags:
    """Tell which new alarms may have the cause of which others, (new, those) bool."""
    topic, new_topic = _TOPIC[those.rule], _TOPIC[new.rule][:, None]
    mover, other = new.mover[:, None], new.other[:, None]
    same = (mover >= 0) & ((mover == those.mover) | (mover == those.other))
    same |= (other >= 0) & ((other == those.mover) | (other == those.other))
    same |= (topic == _WIND) & (new_topic == _WIND)
    # A rack of plugs without power takes all its reefers along.
    same |= (those.rule == _UNPOWERED) & (new.rule[:, None] == _UNPOWERED)
    same |= (new.box[:, None] >= 0) & (new.box[:, None] == those.box)
    of_all = (mover < 0) | (those.mover < 0)
    found: Flags = same | ((topic == _POSITION) & (new_topic == _POSITION) & of_all)
    return found


def _in_flood(log: AlarmLog, alarms: Alarms, comes: Flags, t_ns: int) -> bool:
    """Tell whether more alarms come than a person can act on.

    Parameters
    ----------
    log : AlarmLog
        As it was before the tick.
    alarms : Alarms
        Those standing.
    comes : (n,) bool
        Which of them come at this tick: new, or no longer held back by design.
    """
    since_ns = t_ns - FLOOD_S * NS_PER_S
    start = int(np.searchsorted(log.raised_ns, since_ns, side="right"))
    by_design = log.held == Held.BY_DESIGN
    many = int((~by_design[start:]).sum()) + int((by_design & (log.shown_ns > since_ns)).sum())
    many += int(comes.sum())
    if many >= FLOOD:
        return True
    held = (alarms.state == AlarmState.SUPPRESSED) & (alarms.reason == FLOOD_REASON.encode())
    return many >= FLOOD_OVER and bool(held.any())


def _by_design(alarms: Alarms, scene: Scene) -> Any:
    """Give why each alarm is held back by design; empty where it is not."""
    why = _explained(alarms)
    why = np.where(_none_but(alarms, scene.out_of_service), SERVICE_REASON.encode(), why)
    why = np.where(_blind(alarms, scene), BLIND_REASON.encode(), why)
    why[alarms.priority == Priority.CRITICAL] = b""
    return why


def held(alarms: Alarms, first_new: int, log: AlarmLog, scene: Scene) -> Alarms:
    """Hold alarms back that others explain, that are of machines out of service, or the low of a flood.

    What is held back comes forward as soon as the reason is gone. Critical alarms are never held back.

    Parameters
    ----------
    alarms : Alarms
        Those standing, the tick's own included: those with ids from ``first_new`` on.
    log : AlarmLog
        As it was before the tick.
    scene : Scene
    """
    if not len(alarms):
        return alarms
    why, is_held = _by_design(alarms, scene), alarms.state == AlarmState.SUPPRESSED
    in_flood = is_held & (alarms.reason == FLOOD_REASON.encode())
    fresh = (alarms.id >= first_new) | (is_held & ~in_flood & (alarms.clear_ns == 0))
    fresh &= why == b""
    flooded = _in_flood(log, alarms, fresh, scene.t_ns) & (alarms.priority == Priority.LOW)
    why = np.where((why == b"") & flooded & (fresh | in_flood), FLOOD_REASON.encode(), why)
    open_ = np.isin(alarms.state, (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED))
    # What is no longer found returns without having been put before anyone.
    goes, comes = open_ & (why != b""), is_held & (why == b"") & (alarms.clear_ns == 0)
    renamed = is_held & (why != b"") & (why != alarms.reason)
    if not (goes | comes | renamed).any():
        return alarms
    columns = alarms.editable("state", "reason")
    columns["state"][goes] = AlarmState.SUPPRESSED
    seen = np.where(alarms.ack_ns > 0, AlarmState.ACKNOWLEDGED, AlarmState.UNACKNOWLEDGED)
    columns["state"][comes] = seen[comes]
    columns["reason"][goes | comes | renamed] = why[goes | comes | renamed]
    return alarms.with_columns(**columns)


def _explained(alarms: Alarms) -> Any:
    why = np.zeros(len(alarms), f"S{REASON_BYTES}")
    # One that is shelved explains as before: what it spares a person it must not bring back in pieces.
    stands = np.isin(alarms.state, (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.SHELVED))
    stands &= alarms.clear_ns == 0
    present = set(alarms.rule.tolist())
    about = np.where(alarms.box >= 0, -2 - alarms.box, alarms.mover)
    for row in EXPLAINED:
        if _number(row.rule) not in present or _number(row.by) not in present:
            continue
        by = stands & (alarms.rule == _number(row.by))
        rows = alarms.rule == _number(row.rule)
        rows &= by.any() if row.anywhere else np.isin(about, about[by])
        why[rows] = row.by.encode()
    return why


def _none_but(alarms: Alarms, machines: Ints) -> Flags:
    """Tell which alarms are about no machine but these: who comes too near to one of them is at work."""
    others = (alarms.other < 0) | np.isin(alarms.other, machines)
    found: Flags = np.isin(alarms.mover, machines) & (alarms.mover >= 0) & others
    return found


def _blind(alarms: Alarms, scene: Scene) -> Flags:
    """Tell which alarms are of single machines' positions where radio is known to be blind, for a while."""
    blind: Flags = (_TOPIC[alarms.rule] == _POSITION) & (alarms.mover >= 0)
    rows = np.flatnonzero(blind)
    if len(rows):
        movers, tracks = alarms.mover[rows], scene.tracks
        there = inside(scene.yard, ZoneKind.RADIO_BLIND, tracks.x_m[movers], tracks.y_m[movers])[1]
        unheard_s = (scene.t_ns - tracks.fix_ns[movers]) / NS_PER_S
        blind[rows] = there & (unheard_s < BLIND_S)
    return blind


def counted(before: AlarmLog, log: AlarmLog) -> int:
    """Give how many alarms came at a tick: new ones not held back by design, and those held back no longer.

    Parameters
    ----------
    before, log : AlarmLog
        As it was before the tick and as it is after it.
    """
    if log is before:
        return 0
    newest = int(before.id[-1]) if len(before) else 0
    new = int(((log.id > newest) & (log.held != Held.BY_DESIGN)).sum())
    at = np.flatnonzero((log.held == Held.BY_DESIGN) & (log.shown_ns > 0) & (log.id <= newest))
    # The log drops its oldest, so that what is in it now was in it before, further down.
    return new + int((before.shown_ns[np.searchsorted(before.id, log.id[at])] == 0).sum())
