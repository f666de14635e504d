"""The alarms of a tick: what the rules find, held against levels, raised, kept and let go.

An alarm is known by its rule, and by its machine and the other, by its box or by its source. What
a rule finds again is the same alarm; what it no longer finds has returned to normal after the off-delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Fleet
from twin.safety import delays, holding, life
from twin.safety.levels import Limit, limits_of
from twin.safety.life import Findings, acknowledge, keys_of, shelve, unshelve
from twin.safety.log import AlarmLog, logged, no_log
from twin.safety.rules import RULE_NAMES, RULES, Found, Rule, Scene
from twin.safety.rules.areas import named
from twin.safety.table import Alarms, Pending, no_alarms, none_pending
from twin.stock.table import Stock
from twin.tables import Flags
from twin.yard.model import Yard
from twin.yard.slots import Slots, standing_name

__all__ = [
    "RULES", "RULE_NAMES", "Rule", "Standing", "acknowledge", "describe", "sentence", "shelve",
    "step_alarms", "unshelve",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """The alarms with all that their lives go on from.

    Attributes
    ----------
    alarms, pending, log
        Those that stand, those that wait for their on-delay, and the log of all.
    next_id : int
        The first id not in use.
    """

    alarms: Alarms = field(default_factory=no_alarms)
    pending: Pending = field(default_factory=none_pending)
    log: AlarmLog = field(default_factory=no_log)
    next_id: int = 1


def step_alarms(before: Standing, scene: Scene, decided: Alarms | None = None) -> tuple[Standing, int]:
    """Give the alarms after a tick.

    Parameters
    ----------
    before : Standing
        As the tick before left them.
    scene : Scene
        What the rules look at.
    decided : Alarms, optional
        The alarms as decisions of this tick have left them.

    Returns
    -------
    Standing
        Its tables are the same objects where nothing happened to them.
    raised : int
        How many alarms came, those held back by a flood included; one that is suppressed by design comes
        when it is so no longer.
    """
    alarms, t_ns = before.alarms if decided is None else decided, scene.t_ns
    found = _findings(scene, {*alarms.rule.tolist(), *before.pending.rule.tolist()})
    if found is None and not len(before.alarms) and not len(before.pending):
        return before, 0
    alarms = life.without_acknowledged(alarms)
    found = life.nothing_found() if found is None else found
    new, pending = delays.due(before.pending, alarms, found, t_ns)
    kept = life.aged(alarms, found, t_ns)
    next_id = before.next_id
    if len(new):
        fresh = life.raised(new, next_id, t_ns)
        next_id += len(new)
        kept = life.joined(life.without_returned(kept, fresh), holding.grouped(kept, fresh, t_ns))
    kept = holding.held(kept, before.next_id, before.log, scene)
    log = logged(before.log, before.alarms, kept, t_ns, decided)
    return Standing(kept, pending, log, next_id), holding.counted(before.log, log)


def _findings(scene: Scene, known: set[int]) -> Findings | None:
    """Give what all rules find, held against their levels: the gravest of each rule and pair.

    What raises nothing is told of the ``known`` rules alone, of which alarms stand or wait.
    """
    several = [(index, rule, rule.find(scene)) for index, rule in enumerate(RULES.values())]
    several = [one for one in several if len(one[2]) and (one[0] in known or one[2].raises.any())]
    parts = [_levelled(scene, *one, told=one[0] in known) for one in several]
    parts = [part for part in parts if len(part)]
    if not parts:
        return None
    names = Findings.__dataclass_fields__
    whole = Findings(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    # Of several findings of one rule about one pair the gravest counts.
    keys = keys_of(whole)
    order = np.lexsort((-whole.level, -whole.kept, keys))
    keys = keys[order]
    return whole.take(order[np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)]])


def _levelled(scene: Scene, index: int, rule: Rule, found: Found, *, told: bool) -> Findings:
    """Give what of a rule's findings raises an alarm; where it is ``told``, also what keeps one standing."""
    own = [(limit, _meant(scene, limit, found)) for limit in scene.limits if limit.rule == RULE_NAMES[index]]
    limits = limits_of(rule.levels, len(found), own)
    level = rule.levels.reached(found.measure, limits)
    kept = rule.levels.reached(found.measure, limits, rule.levels.deadband)
    level = np.where(found.raises, level, 0).astype(np.int8)
    rows = np.flatnonzero((kept if told else level) > 0)
    found = found.take(rows)
    return Findings(
        np.full(len(rows), index, np.int32), found.mover, found.other, found.ground, found.box,
        found.source, found.x_m, found.y_m, found.value, level[rows], kept[rows],
    )  # fmt: skip


def _meant(scene: Scene, limit: Limit, found: Found) -> Flags:
    """Tell which findings a limit that somebody set is for: of two machines either may be of its kind."""
    meant = np.ones(len(found), np.bool_)
    if limit.kind:
        # The last stands for none.
        of_kind = np.append(scene.fleet.kind == KIND_NAMES.index(limit.kind), False)
        meant &= of_kind[found.mover] | of_kind[found.other]
    if limit.zone:
        area = named(scene.yard, limit.zone)
        inside = False if area is None else shapely.contains_xy(area, found.x_m, found.y_m)
        meant &= inside
    return meant


def sentence(
    alarms: Alarms, row: int, fleet: Fleet, yard: Yard, slots: Slots, stock: Stock | None = None,
    sources: Sequence[str] = (),
) -> tuple[str, dict[str, str | float]]:  # fmt: skip
    """Give an alarm's sentence with its fields still open, and what fills them.

    The sentence with open fields is the key of its translations. Where no stock is given, boxes have no name,
    and sources where none are (``Flooding.sources``).
    """
    mover, other, ground = int(alarms.mover[row]), int(alarms.other[row]), int(alarms.ground[row])
    fields: dict[str, str | float] = {
        "mover": _name(fleet, mover),
        "other": _name(fleet, other) if other >= 0 else standing_name(yard, slots, ground),
        "box": box_name(stock, int(alarms.box[row])),
        "source": source_name(sources, int(alarms.source[row])),
        "value": float(alarms.value[row]),
    }
    rule = RULES[RULE_NAMES[int(alarms.rule[row])]]
    return (rule.says_now if rule.says_now and is_over(alarms, row) else rule.says), fields


def is_over(alarms: Alarms, row: int) -> bool:
    """Tell whether the time that an alarm's sentence tells, to a tenth of a second, was over when it came."""
    return bool(alarms.value[row] < 0.05)


def describe(
    alarms: Alarms, row: int, fleet: Fleet, yard: Yard, slots: Slots, stock: Stock | None = None,
    sources: Sequence[str] = (),
) -> str:  # fmt: skip
    """Say in an English sentence what an alarm is about."""
    says, fields = sentence(alarms, row, fleet, yard, slots, stock, sources)
    return says.format(**fields)


def box_name(stock: Stock | None, row: int) -> str:
    """Give the number of the box in a row of the stock; empty where there is none."""
    if stock is None or not 0 <= row < len(stock):
        return ""
    return bytes(stock.number[row]).decode("ascii", "replace")


def source_name(sources: Sequence[str], place: int) -> str:
    """Give the name of a source; empty where there is none."""
    return sources[place] if 0 <= place < len(sources) else ""


def _name(fleet: Fleet, row: int) -> str:
    return bytes(fleet.name[row]).decode("utf-8", "replace") if 0 <= row < len(fleet) else ""
