"""The rules as rows: code, name, reason, source, how grave, and what breaks each of them.

A rule looks at a :class:`~twin.stock.rules.cases.Case` and tells which of its pairs of box and place
break it. What is not known (a NaN height or mass) breaks the rule that asks for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.stock import segregation
from twin.stock.rules.cases import Case, Standing
from twin.tables import Flags
from twin.yard.model import MAX_TIERS

(
    ALLOWED, CLOSED, BLOCK_ENDS, TOO_SHORT, FULL, TOO_HIGH, ON_LONGER, UNEVEN, NO_PLUG, NOT_DANGEROUS,
    TOO_CLOSE, FOR_EMPTIES, ON_EMPTY, NEAR_BUILDING, TOO_HEAVY, OTHER_BAY, RESERVED, OTHER_LINE, ON_OPEN_TOP,
    FAR_FROM_INSPECTION, WIND, EDGE, PILLAR, HEAVY_ON_LIGHT, OVERLOAD,
) = range(25)  # fmt: skip

NOTE, RULE, DANGER = 0, 1, 2
"""How grave it is that a standing box breaks a rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of what may stand where.

    Attributes
    ----------
    code : int
        Index into :data:`twin.stock.rules.REASONS`.
    name, text, source : str
        A name in one word; the reason as a person reads it; standard with its edition, or reference.
    severity : int
        :data:`NOTE`, :data:`RULE` or :data:`DANGER`, for a box that stands against it.
    broken : callable
        Which pairs of a case break it; None where the case itself shows that none can.
    standing : bool
        Whether it also holds for what stands already.
    other : callable, optional
        The box that each pair has it from, for the list of what stands against the rules.
    """

    code: int
    name: str
    text: str
    source: str
    severity: int
    broken: Callable[[Case], Any]
    standing: bool = True
    other: Callable[[Standing], Any] | None = None


def _closed(case: Case) -> Any:
    return case.at(case.terrain.slots.closed)


def _reserved(case: Case) -> Any:
    reserved = case.conditions.reserved
    return case.either(case.marked(reserved)) if reserved else None


def _block_ends(case: Case) -> Any:
    if case.long is False:
        return None
    return case.only(case.long, lambda which: case.at(case.terrain.slots.next, which) < 0)


def _too_short(case: Case) -> Any:
    has_m, needs_m = case.terrain.slots.bay_pitch_m, case.pitch_m - 1e-9

    def short(which: Any) -> Any:
        return case.at(has_m, which) < (needs_m if which is None else needs_m[which])

    return case.only(needs_m > case.terrain.shortest_m, short)


def _full(case: Case) -> Any:
    return case.tier >= case.at(case.terrain.slots.tiers)


def _too_high(case: Case) -> Any:
    return ~(case.rest_m + case.height_m <= case.at(case.terrain.highest_m))


def _too_heavy(case: Case) -> Any:
    lifts_kg = case.terrain.lifts_kg
    if len(lifts_kg) and np.max(case.gross_kg, initial=0.0) <= lifts_kg.min():
        return None
    return ~(case.gross_kg <= lifts_kg[case.block])


def _uneven(case: Case) -> Any:
    if case.long is False:
        return None
    return ~case.carries if case.long is True else case.long & ~case.carries


def _on_longer(case: Case) -> Any:
    if case.long is True:
        return None
    # Of two flags ">" is "and not".
    longer = (case.under >= 0) > case.under_20
    return longer if case.long is False else longer > case.long


def _no_plug(case: Case) -> Any:
    if case.live is False:
        return None
    plugs = case.terrain.slots.reefer
    if case.conditions.dead_plugs:
        plugs = plugs & ~case.marked(case.conditions.dead_plugs)
    return case.only(case.live, lambda which: ~case.either(plugs, which))


def _not_dangerous(case: Case) -> Any:
    dangerous = case.terrain.slots.dangerous
    return case.only(case.group >= 0, lambda which: ~case.both(dangerous, which))


def _too_close(case: Case) -> Any:
    return case.close if np.any(case.group >= 0) else None


def _for_empties(case: Case) -> Any:
    kept = case.terrain.for_empties
    return (
        None
        if case.empty is True or not case.terrain.any_empties
        else ~np.asarray(case.empty) & kept[case.block]
    )


def _on_empty(case: Case) -> Any:
    if case.empty is True:
        return None
    broken = case.on_empty if case.empty is False else ~np.asarray(case.empty) & case.on_empty
    kept = case.terrain.for_empties
    return broken & ~kept[case.block] if case.terrain.any_empties else broken


def _other_line(case: Case) -> Any:
    lines = case.terrain.lines
    if not case.terrain.any_line or np.all(np.asarray(case.line) < 0):
        return None
    known = np.asarray(case.line) >= 0
    return known & (lines[case.block] >> np.maximum(case.line, 0) & 1 == 0)


def _on_open_top(case: Case) -> Any:
    marks = open_tops(case.stock.type_code, case.conditions.top_only_types)
    return None if marks is None else case.under_has(marks)


def open_tops(type_code: Any, groups: tuple[str, ...]) -> Flags | None:
    """Tell which boxes nothing may stand on, by the group in their type code; None where none is asked."""
    if not groups or not len(type_code):
        return None
    letters = np.ascontiguousarray(type_code).view(np.uint8).reshape(len(type_code), 4)[:, 2]
    marked: Flags = np.zeros(256, bool)
    marked[[ord(group) for group in groups]] = True
    found: Flags = marked[letters]
    return found


def _far_from_inspection(case: Case) -> Any:
    reach_m = case.conditions.inspection_reach_m
    if not np.isfinite(reach_m) or not np.any(case.held):
        return None
    away_m = case.terrain.inspection_m
    return None if away_m is None else case.held & (case.at(away_m) > reach_m)


def _near_building(case: Case) -> Any:
    near = case.terrain.near
    return (case.tier > 0) & case.either(near) if case.terrain.any_near else None


def _wind_tiers(case: Case) -> int:
    wind = case.conditions.wind
    return wind.standing_tiers if case.standing else wind.tiers


def _wind(case: Case) -> Any:
    tiers = _wind_tiers(case)
    return case.tier >= tiers if tiers < MAX_TIERS else None


def _edge(case: Case) -> Any:
    if not case.conditions.edges:
        return None
    most = np.minimum(case.at(case.terrain.slots.tiers), max(_wind_tiers(case), 1))
    return case.at(case.terrain.outer) & (case.tier >= np.maximum(most - 1, 1))


def _pillar(case: Case) -> Any:
    above = case.conditions.pillars
    return case.tier + 1 > case.around + above if above < MAX_TIERS else None


def _heavy_on_light(case: Case) -> Any:
    conditions = case.conditions
    if not np.isfinite(conditions.weight_tolerance_kg):
        return None
    mine, below = case.gross_kg, case.below_kg
    if step := conditions.weight_class_kg:
        mine, below = np.floor(np.asarray(mine) / step) * step, np.floor(below / step) * step
    return (case.under >= 0) & ~(mine <= below + conditions.weight_tolerance_kg)


def _overload(case: Case) -> Any:
    limits_kg = case.terrain.load_kg
    return case.load_kg > limits_kg[case.block] if case.terrain.any_load else None


def _below(case: Standing) -> Any:
    return case.under


def _below_if(marks_of: Callable[[Standing], Any]) -> Callable[[Standing], Any]:
    def other(case: Standing) -> Any:
        marks = marks_of(case)
        return np.where((case.under >= 0) & marks[case.under], case.under, case.beside)

    return other


def _open(case: Standing) -> Any:
    return open_tops(case.stock.type_code, case.conditions.top_only_types)


_IMDG = segregation.EDITION
_ISO = "ISO 3874: corner fittings rest on corner fittings"
RULES: tuple[Rule, ...] = (
    Rule(CLOSED, "closed", "the block is closed", "layout", NOTE, _closed, standing=False),
    Rule(RESERVED, "reserved", "the slot is taken by work in progress", "work orders", NOTE, _reserved,
         standing=False),
    Rule(BLOCK_ENDS, "block_ends", "the block ends before its second place",
         "odd bays 20 ft, even bays 40 ft over two odd ones (FlexTerm help 935933)", DANGER, _block_ends),
    Rule(TOO_SHORT, "too_short", "the places are too short for it", "ISO 668", DANGER, _too_short),
    Rule(FULL, "full", "the stack is full", "layout", DANGER, _full),
    Rule(TOO_HIGH, "too_high", "its top would be past the crane's height limit",
         "layout; heights of ISO 668", DANGER, _too_high),
    Rule(TOO_HEAVY, "too_heavy", "too heavy for the machine that serves the block",
         "makers' safe working loads", DANGER, _too_heavy),
    Rule(UNEVEN, "uneven", "below are neither one long box nor two 20 ft boxes of one height", _ISO, DANGER,
         _uneven, other=_below),
    Rule(ON_LONGER, "on_longer", "a 20 ft box cannot stand on a longer one", _ISO, DANGER, _on_longer,
         other=_below),
    Rule(NO_PLUG, "no_plug", "a live reefer needs a plug", "IEC 60309 plugs of the layout", RULE, _no_plug),
    Rule(NOT_DANGEROUS, "not_dangerous", "dangerous goods have their own rows", "layout", RULE,
         _not_dangerous),
    Rule(TOO_CLOSE, "too_close", "too close to dangerous goods of another class", _IMDG, DANGER, _too_close,
         other=lambda case: case.clash),
    Rule(FOR_EMPTIES, "for_empties", "the block is for empties", "layout", RULE, _for_empties),
    Rule(OTHER_LINE, "other_line", "the block is for other lines", "layout", NOTE, _other_line),
    Rule(ON_EMPTY, "on_empty", "a laden box may not stand on an empty one", "heavier boxes below", RULE,
         _on_empty, other=_below_if(lambda case: case.stock.empty)),
    Rule(ON_OPEN_TOP, "on_open_top", "nothing may stand on a flat or an open top",
         "ISO 6346 type groups P and U: cargo may reach out", DANGER, _on_open_top, other=_below_if(_open)),
    Rule(FAR_FROM_INSPECTION, "far_from_inspection", "held by customs, and too far from the inspection area",
         "house rule", NOTE, _far_from_inspection),
    Rule(NEAR_BUILDING, "near_building", "only one high within 6 m of a building",
         "ICHCA International Safety Panel 5", DANGER, _near_building),
    Rule(WIND, "wind", "higher than the wind allows", "see WIND_LIMITS", DANGER, _wind),
    Rule(EDGE, "edge", "the outer rows of a block stay a tier lower", "TT Club: step stacks down", RULE,
         _edge),
    Rule(PILLAR, "pillar", "it would stand alone above its neighbours", "TT Club: no lone stacks in wind",
         RULE, _pillar),
    Rule(HEAVY_ON_LIGHT, "heavy_on_light", "too heavy for the box below", "heavier boxes below", RULE,
         _heavy_on_light, other=_below),
    Rule(OVERLOAD, "overload", "the stack would be too heavy for the ground", "layout", DANGER, _overload),
)  # fmt: skip
"""All rules; where a place breaks several, the first of them is its reason."""
RULE_OF: dict[int, Rule] = {rule.code: rule for rule in RULES}

_TEXTS = {rule.code: rule.text for rule in RULES} | {
    ALLOWED: "", OTHER_BAY: "outside the bay that the crane stands over",
}  # fmt: skip
REASONS: tuple[str, ...] = tuple(_TEXTS[code] for code in range(len(_TEXTS)))
"""Why a slot is refused, by code; 0 is allowed."""
