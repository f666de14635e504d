"""What may stand where: every ground slot of the yard judged at once for one box, each rule a row.

:data:`RULES` holds the rules with their texts and sources, :class:`Conditions` what they need to know
beside the yard and its stock. The same rules judge what stands already: ``twin.stock.violations``.
"""

from dataclasses import dataclass

import numpy as np

from twin.errors import YardError
from twin.stock.rules.book import (
    ALLOWED,
    BLOCK_ENDS,
    CLOSED,
    DANGER,
    EDGE,
    FAR_FROM_INSPECTION,
    FOR_EMPTIES,
    FULL,
    HEAVY_ON_LIGHT,
    NEAR_BUILDING,
    NO_PLUG,
    NOT_DANGEROUS,
    NOTE,
    ON_EMPTY,
    ON_LONGER,
    ON_OPEN_TOP,
    OTHER_BAY,
    OTHER_LINE,
    OVERLOAD,
    PILLAR,
    REASONS,
    RESERVED,
    RULE,
    RULE_OF,
    RULES,
    TOO_CLOSE,
    TOO_HEAVY,
    TOO_HIGH,
    TOO_SHORT,
    UNEVEN,
    WIND,
    Rule,
    open_tops,
)
from twin.stock.rules.cases import Arriving, Box
from twin.stock.rules.conditions import NEUTRAL, USUAL, WIND_LIMITS, Conditions, with_reserved
from twin.stock.rules.terrain import (
    BUILDING_GAP_M,
    LIFTS_KG,
    Index,
    Terrain,
    for_empties,
    near_building,
    terrain_of,
)
from twin.stock.table import Stock
from twin.tables import Bytes, Flags, Table
from twin.yard.model import Yard
from twin.yard.slots import Slots

__all__ = [
    "ALLOWED",
    "BLOCK_ENDS",
    "BUILDING_GAP_M",
    "CLOSED",
    "DANGER",
    "EDGE",
    "FAR_FROM_INSPECTION",
    "FOR_EMPTIES",
    "FULL",
    "HEAVY_ON_LIGHT",
    "LIFTS_KG",
    "NEAR_BUILDING",
    "NEUTRAL",
    "NOTE",
    "NOT_DANGEROUS",
    "NO_PLUG",
    "ON_EMPTY",
    "ON_LONGER",
    "ON_OPEN_TOP",
    "OTHER_BAY",
    "OTHER_LINE",
    "OVERLOAD",
    "PILLAR",
    "REASONS",
    "RESERVED",
    "RULE",
    "RULES",
    "RULE_OF",
    "TOO_CLOSE",
    "TOO_HEAVY",
    "TOO_HIGH",
    "TOO_SHORT",
    "UNEVEN",
    "USUAL",
    "WIND",
    "WIND_LIMITS",
    "Box",
    "Conditions",
    "Legal",
    "Rule",
    "Terrain",
    "allowed",
    "broken_rules",
    "for_empties",
    "ground_in",
    "legal",
    "legal_for",
    "near_building",
    "open_tops",
    "refusal",
    "terrain_of",
    "verdict",
    "with_reserved",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Legal(Table):
    """The verdict on every ground slot, as the lower place of the box.

    Attributes
    ----------
    ok : (g,) bool
    tier : (g,) int8
        The tier that the box would be in, from 0, also where it is refused.
    reason : (g,) int8
        Index into :data:`REASONS`: the first rule that it breaks.
    """

    ok: Flags
    tier: Bytes
    reason: Bytes


def legal(
    stock: Stock,
    slots: Slots,
    length_ft: int,
    height_m: float,
    gross_kg: float,
    reefer: bool,
    imdg: bytes,
    empty: bool,
    yard: Yard,
    conditions: Conditions = NEUTRAL,
) -> Legal:
    """Judge every ground slot as a place for one box.

    Parameters
    ----------
    length_ft : int
        20, 40 or 45; a box of another length has no place.
    height_m, gross_kg : float
        External height [m] and gross mass [kg]; NaN has no place.
    reefer : bool
        It is cooled and needs a plug.
    imdg : bytes
        IMDG class; empty where it holds no dangerous goods.
    empty : bool
    yard : Yard
        Whose slots these are: its blocks' kinds and its buildings count.
    conditions : Conditions
        Forecast, work in progress, house limits.

    Notes
    -----
    20 ft boxes never stand on longer ones; a longer one stands on one longer box or on two 20 ft boxes
    whose tops are level, for corner castings must meet. Heights are summed from real heights. Its line
    and its customs state are not looked at: :func:`legal_for` does.
    """
    box = Box(length_ft, height_m, gross_kg, reefer, imdg, empty)
    return verdict(Arriving(terrain_of(yard, slots), stock, conditions, box))


def legal_for(stock: Stock, slots: Slots, yard: Yard, row: int, conditions: Conditions = NEUTRAL) -> Legal:
    """Judge every ground slot as a place for the box of a row: :func:`legal`, by all that is known of it."""
    return verdict(Arriving(terrain_of(yard, slots), stock, conditions, Box.of(stock, row)))


def verdict(case: Arriving) -> Legal:
    """Give the verdict on a box before all ground slots."""
    reason = np.zeros(len(case.stock.count), np.int8)
    for rule in reversed(RULES):
        broken = rule.broken(case)
        if broken is not None:
            np.copyto(reason, rule.code, where=np.asarray(broken, bool))
    return Legal(reason == ALLOWED, case.stock.count.copy(), reason)


def allowed(stock: Stock, slots: Slots, yard: Yard, row: int, conditions: Conditions = NEUTRAL) -> Flags:
    """Tell where the box of a row may stand: (g,) bool, the ``ok`` of :func:`legal_for` without reasons."""
    case = Arriving(terrain_of(yard, slots), stock, conditions, Box.of(stock, row))
    barred = np.zeros(len(slots), bool)
    for rule in RULES:
        broken = rule.broken(case)
        if broken is not None:
            barred |= np.asarray(broken, bool)
    return ~barred


def refusal(
    stock: Stock, slots: Slots, yard: Yard, row: int, ground: int, conditions: Conditions = NEUTRAL
) -> str:
    """Tell why a box that is not in a stack may not be put on a ground slot; empty where it may.

    The same rules as :func:`legal_for`, for one box and one slot, and so cheap enough for every tick.
    """
    try:
        ground_in(slots, ground)
    except YardError as error:
        return str(error)
    for rule in broken_rules(stock, slots, yard, row, ground, conditions, first=True):
        return rule.text
    return ""


def broken_rules(
    stock: Stock,
    slots: Slots,
    yard: Yard,
    row: int,
    ground: int,
    conditions: Conditions = NEUTRAL,
    *,
    first: bool = False,
) -> tuple[Rule, ...]:
    """Give all rules that a box would break on a ground slot, the gravest reason first.

    Parameters
    ----------
    ground : int
        A ground slot of the yard.
    first : bool
        Stop at the first one.
    """
    case = Arriving(terrain_of(yard, slots), stock, conditions, Box.of(stock, row), _one(ground))
    found: list[Rule] = []
    for rule in RULES:
        broken = rule.broken(case)
        if broken is not None and broken[0]:
            found.append(rule)
            if first:
                break
    return tuple(found)


def ground_in(slots: Slots, ground: int) -> None:
    """Refuse a number that is no ground slot.

    Raises
    ------
    YardError
        Where there is no such slot.
    """
    if not 0 <= ground < len(slots):
        raise YardError(f"expected a slot from 0 to {len(slots) - 1}")


def _one(ground: int) -> Index:
    return np.array([ground], np.intp)
