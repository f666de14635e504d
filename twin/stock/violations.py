"""What stands against the rules: every violation of the standing stock, found anew or after a move.

The rules are those that judge a slot for an arriving box, with the same code (``twin.stock.rules``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.stock import apart, moves, segregation
from twin.stock.changes import Index, changed_rows
from twin.stock.rules import NEUTRAL, RULES, Conditions, Terrain, terrain_of, verdict
from twin.stock.rules.cases import Arriving, Box, Standing
from twin.stock.rules.tops import places_of_rows
from twin.stock.table import Place, Stock
from twin.tables import Bytes, Ints, Table
from twin.yard.model import Yard
from twin.yard.slots import Slots

_LOOKED_AT = (
    "place", "length_ft", "height_m", "gross_kg", "setpoint_c", "imdg", "empty", "line", "customs",
    "type_code", "ground", "tier",
)  # fmt: skip
"""The columns that the rules read; a box of which one changed is judged again."""


@dataclass(frozen=True, eq=False)
class Violations(Table):
    """Standing boxes against the rules, by row, then by rule.

    Attributes
    ----------
    row : (v,) int32
        The box.
    rule : (v,) int8
        The rule that it breaks: its text is ``rules.REASONS[rule]``.
    other : (v,) int32
        The box that it breaks it with, -1 where that is none.
    severity : (v,) int8
        ``rules.NOTE``, ``rules.RULE`` or ``rules.DANGER``.
    """

    row: Ints
    rule: Bytes
    other: Ints
    severity: Bytes

    def __len__(self) -> int:
        """Give the number of violations."""
        return len(self.row)


def no_violations() -> Violations:
    """Give a table of violations without a row."""
    i, b = np.empty(0, np.int32), np.empty(0, np.int8)
    return Violations(i, b, i, b)


def check(yard: Yard, slots: Slots, stock: Stock, conditions: Conditions = NEUTRAL) -> Violations:
    """Judge everything that stands by all rules.

    Parameters
    ----------
    yard, slots, stock
        The stock is sound (``stock.audit``): what floats or doubles is not looked for here.
    conditions : Conditions
        Forecast and house limits; what is reserved or closed does not count against what stands.
    """
    rows = np.flatnonzero(stock.place == Place.STACKED)
    return _judged(Standing(terrain_of(yard, slots), stock, conditions, rows))


def after(
    previous: Violations,
    before: Stock,
    stock: Stock,
    yard: Yard,
    slots: Slots,
    conditions: Conditions = NEUTRAL,
) -> Violations:
    """Judge again what a change of the stock touches, and keep the rest.

    Parameters
    ----------
    previous : Violations
        Of ``before``, in the same yard under the same conditions.
    before, stock : Stock
        Before and after the change.

    Returns
    -------
    Violations
        What :func:`check` gives of ``stock``; ``previous`` itself where nothing that counts has changed.
    """
    terrain = terrain_of(yard, slots)
    if before.occupant.shape != stock.occupant.shape or len(stock) < len(before):
        return check(yard, slots, stock, conditions)
    rows = changed_rows(before, stock, _LOOKED_AT)
    if not len(rows) and len(stock) == len(before):
        return previous
    touched = _touched(terrain, before, stock, rows)
    again = touched[stock.place[touched] == Place.STACKED]
    changed = np.zeros(len(stock), bool)
    changed[touched] = True
    kept = ~changed[previous.row]
    fresh = _judged(Standing(terrain, stock, conditions, again))
    joined = {
        name: np.concatenate((getattr(previous, name)[kept], getattr(fresh, name)))
        for name in ("row", "rule", "other", "severity")
    }
    order = np.lexsort((joined["rule"], joined["row"]))
    return Violations(**{name: column[order] for name, column in joined.items()})


def nearest_legal(yard: Yard, slots: Slots, stock: Stock, row: int, conditions: Conditions = NEUTRAL) -> int:
    """Give the nearest slot where a standing box would break no rule; -1 where there is none.

    Parameters
    ----------
    row : int
        A box that stands; it is judged as if it were gone from where it is.

    Returns
    -------
    int
        A ground slot, by the way along and across the yard's axes; of equal ones the lowest.
    """
    if stock.place[row] != Place.STACKED or not len(slots):
        return -1
    ground = int(stock.ground[row])
    top = stock.count[ground] == stock.tier[row] + 1
    if top and stock.length_ft[row] != 20:
        top = stock.count[slots.next[ground]] == stock.tier[row] + 1
    imdg = stock.imdg.copy()
    imdg[row] = b""
    gone = moves.lift(stock, slots, row, 0) if top else stock.with_columns(imdg=imdg)
    ok = verdict(Arriving(terrain_of(yard, slots), gone, conditions, Box.of(stock, row))).ok
    which = np.flatnonzero(ok)
    which = which[which != ground]
    if not top:
        # It lies under others, so nothing may be set where it is meanwhile.
        places = moves.places_of(stock, slots, row)
        which = which[~np.isin(which, places)]
        which = which[~np.isin(slots.next[which], places)] if stock.length_ft[row] != 20 else which
    if not len(which):
        return -1
    ways_m = np.abs(slots.centre_yard_m[which] - slots.centre_yard_m[ground]).sum(axis=1)
    return int(which[np.argmin(np.round(ways_m, 6))])


def _judged(case: Standing) -> Violations:
    """Judge the boxes of a case by every rule that holds for what stands."""
    found: list[tuple[Index, int, Ints, int]] = []
    for rule in RULES:
        broken = rule.broken(case) if rule.standing else None
        if broken is None:
            continue
        which = np.flatnonzero(broken)
        if len(which):
            other = np.full(len(which), -1, np.int32) if rule.other is None else rule.other(case)[which]
            found.append((case.rows[which], rule.code, other, rule.severity))
    size = [len(rows) for rows, *_ in found]
    row = np.concatenate([np.empty(0, np.int32), *(rows for rows, *_ in found)]).astype(np.int32)
    rule_codes = np.repeat(np.array([code for _, code, _, _ in found], np.int8), size)
    other = np.concatenate([np.empty(0, np.int32), *(rows for _, _, rows, _ in found)]).astype(np.int32)
    severity = np.repeat(np.array([grave for *_, grave in found], np.int8), size)
    order = np.lexsort((rule_codes, row))
    return Violations(row[order], rule_codes[order], other[order], severity[order])


def _touched(terrain: Terrain, before: Stock, stock: Stock, rows: Index) -> Index:
    """Give the boxes whose verdict may differ: in changed stacks, beside them, and dangerous ones about."""
    new = np.arange(len(before), len(stock))
    rows = np.concatenate((rows, new))
    stood, stand = (
        places_of_rows(terrain, before, rows[rows < len(before)]),
        places_of_rows(terrain, stock, rows),
    )
    stacks = np.unique(np.concatenate((stood, stand)))
    wide = np.unique(np.append(stacks, terrain.beside[:, stacks]))
    wide = wide[wide < len(terrain.slots)]
    boxes: list[NDArray[Any]] = [rows, before.occupant[stacks].ravel(), stock.occupant[wide].ravel()]
    held = segregation.holds_dangerous(stock.imdg[rows])
    known = rows < len(before)
    held[known] |= segregation.holds_dangerous(before.imdg[rows[known]])
    if held.any():
        boxes.append(_dangerous_about(terrain, before, stock, rows[held]))
    touched: Index = np.unique(np.concatenate(boxes)).astype(np.intp)
    return touched[touched >= 0]


def _dangerous_about(terrain: Terrain, before: Stock, stock: Stock, rows: Index) -> Ints:
    """Give all boxes within the widest ring about where some boxes stood or stand."""
    apart.rings_of(terrain.slots, before)
    rings = apart.rings_of(terrain.slots, stock)
    stood = places_of_rows(terrain, before, rows[rows < len(before)])
    places = np.unique(np.concatenate((stood, places_of_rows(terrain, stock, rows))))
    member = rings.member[places]
    near = np.unique(apart.near_of(rings, member[member >= 0].astype(np.intp)))
    boxes: Ints = stock.occupant[rings.grounds[near]].ravel()
    boxes = boxes[boxes >= 0]
    dangerous: Ints = boxes[segregation.holds_dangerous(stock.imdg[boxes])]
    return dangerous
