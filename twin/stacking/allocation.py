"""A slot for an arriving box: every slot of the yard weighed at once, with reasons."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from twin.clock import NS_PER_S
from twin.stacking.policies import POLICIES, Columns, term, total
from twin.stacking.suggestion import Alternative, Move, Suggestion, SuggestionKind
from twin.stock import rules
from twin.stock.moves import NOT_KNOWN_NS
from twin.stock.rules import Legal
from twin.stock.table import Place, Stock
from twin.tables import Flags, Floats, Ints
from twin.yard.model import Yard
from twin.yard.slots import Slots, slot_address

BEST = 10
"""How many alternatives come with a suggestion."""
REFUSED = 10
"""How many refused slots come with it, with their reason."""
DEPARTURE_SIGMA_S = 12 * 3600.0
"""One sigma of an announced departure, for how likely one box leaves before another [s]."""
HORIZON_DAYS = 10.0
"""How far ahead an empty place counts as open [days]: about twice the median dwell of 5.65 days."""
BAY_FULL = "the bay would have no room left to dig a box out"
_SOON = 0.1
"""A block's workload is its share of the soonest tenth of the departures."""


@dataclass(frozen=True, eq=False)
class Request:
    """One box that needs a slot, in the yard as it stands.

    ``cranes_yard_m`` is (k, 2), where the gantry cranes are; NaN rows and an empty table mean not known.
    """

    yard: Yard
    slots: Slots
    stock: Stock
    row: int
    cranes_yard_m: Floats
    policy: str = "weighted"
    seed: int = 0


def judge(request: Request) -> Legal:
    """Give what the rules say of every ground slot for the box."""
    stock, row = request.stock, request.row
    live = bool(np.isfinite(stock.setpoint_c[row]))
    return rules.legal(
        stock,
        request.slots,
        int(stock.length_ft[row]),
        float(stock.height_m[row]),
        float(stock.gross_kg[row]),
        live,
        bytes(stock.imdg[row]),
        bool(stock.empty[row]),
        request.yard,
    )


def terms_of(request: Request, legal: Legal) -> Columns:
    """Give every cost term for every ground slot: name -> (g,) in the unit of the term."""
    stock, slots, row = request.stock, request.slots, request.row
    long = stock.length_ft[row] != 20
    second = np.where((slots.next >= 0) & long, slots.next, np.arange(len(slots)))
    bay = _bays(slots)
    below = stock.occupant[np.arange(len(slots)), np.maximum(legal.tier.astype(np.intp) - 1, 0)]
    has_below = (legal.tier > 0) & (below >= 0)
    below_kg = np.where(has_below, stock.gross_kg[below], np.inf)
    empties = rules.for_empties(request.yard)
    return {
        "expected_relocations": _relocations(stock, row, second),
        "departure_gap": _gap_days(stock, row, second),
        "crane_travel": _crane_m(slots, request.cranes_yard_m),
        "truck_travel": _truck_m(request.yard, slots),
        "block_workload": _workload(stock, slots)[slots.block],
        "reefer_scarcity": _scarcity(stock, slots.reefer, bool(np.isfinite(stock.setpoint_c[row]))),
        "dangerous_scarcity": _scarcity(stock, slots.dangerous, bool(stock.imdg[row])),
        "group_apart": _apart(stock, row, bay, (stock.line, stock.flow)),
        "lengths_mixed": _mixed(stock, row, bay),
        "empty_among_laden": (
            ~empties[slots.block] * float(stock.empty[row] and empties.any())
            if len(slots) else np.empty(0)
        ),
        "heavy_on_light": np.maximum(stock.gross_kg[row] - below_kg, 0.0) / 1000.0,
        "stack_height": legal.tier.astype(float),
    }  # fmt: skip


def keeps_room(stock: Stock, slots: Slots, long: bool) -> Flags:
    """Tell where a bay still has ``tiers - 1`` free slots after one more box: (g,) bool."""
    bay = _bays(slots)
    places = np.bincount(bay, weights=slots.tiers.astype(float))
    used = np.bincount(bay, weights=stock.count.astype(float), minlength=len(places))
    # Half of a bay's places of a long box lie in the next position; both must keep room for it.
    room = (places - used)[bay] - 1 >= slots.tiers - 1
    second = np.where(slots.next >= 0, slots.next, np.arange(len(slots)))
    kept: Flags = room & room[second] if long else room
    return kept


def suggest(request: Request, number: str, tick: int, suggestion_id: int) -> Suggestion | None:
    """Propose a slot for an arriving box; None where no slot is legal.

    Returns
    -------
    Suggestion
        One move without a source; the terms of the slot chosen; as alternatives the next best slots with
        their terms, then some of the refused ones, nearest in cost first, with the reason.
    """
    slots, stock = request.slots, request.stock
    legal = judge(request)
    columns = terms_of(request, legal)
    cost = POLICIES[request.policy](columns, request.seed)
    roomy = keeps_room(stock, slots, bool(stock.length_ft[request.row] != 20))
    ranked = _ranked(cost, legal.ok & roomy)[: BEST + 1]
    if not len(ranked):
        return None
    length_ft = int(stock.length_ft[request.row])

    def alternative(ground: int, refused: str = "") -> Alternative:
        terms = tuple(term(name, column[ground]) for name, column in columns.items())
        address = slot_address(request.yard, slots, ground, min(int(legal.tier[ground]), 8), length_ft)
        return Alternative(address, total(terms), terms, refused)

    chosen, *others = [alternative(int(ground)) for ground in ranked]
    refused = [
        alternative(int(ground), rules.REASONS[legal.reason[ground]] or BAY_FULL)
        for ground in _refused(cost, legal, roomy)
    ]
    return Suggestion(
        id=suggestion_id,
        kind=SuggestionKind.ALLOCATE,
        subject=number,
        moves=(Move(number, length_ft, None, chosen.target),),
        terms=chosen.terms,
        alternatives=(*others, *refused),
        based_on_tick=tick,
    )


def _ranked(cost: Floats, ok: Flags) -> Ints:
    which = np.flatnonzero(ok & np.isfinite(cost))
    ranked: Ints = which[np.argsort(cost[which], kind="stable")].astype(np.int32)
    return ranked


def _refused(cost: Floats, legal: Legal, roomy: Flags) -> list[int]:
    """Choose refused slots to show: the cheapest of each reason, then the cheapest of all."""
    refused = _ranked(cost, ~(legal.ok & roomy))
    _, first = np.unique(legal.reason[refused], return_index=True)
    shown = dict.fromkeys([*refused[np.sort(first)].tolist(), *refused[:REFUSED].tolist()])
    return list(shown)[:REFUSED]


def _bays(slots: Slots) -> Ints:
    """Give each ground slot the number of its bay, by block and position: (g,) int."""
    per_block = np.diff(slots.first)
    positions = np.zeros(len(per_block) + 1, np.int64)
    if len(slots):
        last = np.zeros(len(per_block), np.int64)
        np.maximum.at(last, slots.block, slots.position + 1)
        positions[1:] = np.cumsum(last)
    numbers: Ints = positions[slots.block] + slots.position
    return numbers


def _relocations(stock: Stock, row: int, second: Ints) -> Floats:
    """Give how likely a box below leaves first, so that this one must be moved for it.

    Departures are normal about what is announced; where one of the two is not known it is even.
    """
    mine = stock.departs_ns[row]
    below = np.where(stock.occupant >= 0, stock.departs_ns[stock.occupant], NOT_KNOWN_NS)
    later_s = (float(mine) - below.astype(float)) / NS_PER_S
    first = ndtr(later_s / (DEPARTURE_SIGMA_S * np.sqrt(2.0)))
    first[(below == NOT_KNOWN_NS) | (mine == NOT_KNOWN_NS)] = 0.5
    first[stock.occupant < 0] = 0.0
    stays = np.prod(1.0 - first, axis=1)
    # One long box below is in both places, and counts once.
    top = stock.occupant[np.arange(len(second)), np.maximum(stock.count.astype(np.intp) - 1, 0)]
    apart = top[second] != top
    chance: Floats = 1.0 - np.where(apart, stays * stays[second], stays)
    return chance


def _gap_days(stock: Stock, row: int, second: Ints) -> Floats:
    """Give the days that a stack is closed to later boxes: from this box's departure to the soonest below.

    A box that leaves in between could have stood there, and no longer can; an empty place is open for
    :data:`HORIZON_DAYS`. Nothing is lost where the box is late itself, or its departure not known.
    """
    mine = stock.departs_ns[row]
    below = np.where(stock.occupant >= 0, stock.departs_ns[stock.occupant], NOT_KNOWN_NS)
    soonest = below.min(axis=1, initial=NOT_KNOWN_NS)
    soonest = np.minimum(soonest, soonest[second])
    days = np.clip((soonest.astype(float) - float(mine)) / (86_400.0 * NS_PER_S), 0.0, HORIZON_DAYS)
    return days if mine != NOT_KNOWN_NS else np.zeros(len(days))


def _crane_m(slots: Slots, cranes_yard_m: Floats) -> Floats:
    """Give the way of the nearest crane over the block, along it; from the middle where none is known."""
    starts = slots.first[:-1]
    along = np.column_stack((np.cos(slots.heading_rad), np.sin(slots.heading_rad)))
    u_m = (slots.centre_yard_m * along).sum(axis=1)
    away_m = np.full(len(slots), np.inf)
    for start, end in zip(starts, slots.first[1:], strict=True):
        if start == end:
            continue
        part = slice(start, end)
        at_m = [0.5 * (u_m[part].min() + u_m[part].max())]
        over = _cranes_over(slots.centre_yard_m[part], along[start], cranes_yard_m)
        at_m = over if len(over) else at_m
        away_m[part] = np.abs(u_m[part, None] - np.asarray(at_m)[None, :]).min(axis=1)
    return away_m


def _cranes_over(centres: Floats, along: Floats, cranes_yard_m: Floats) -> list[float]:
    """Give where along a block the cranes stand that are over it, within half a portal across."""
    across = np.array([-along[1], along[0]])
    u_m, v_m = cranes_yard_m @ along, cranes_yard_m @ across
    block_u, block_v = centres @ along, centres @ across
    over = (u_m > block_u.min() - 15) & (u_m < block_u.max() + 15)
    over &= (v_m > block_v.min() - 12) & (v_m < block_v.max() + 12)
    found: list[float] = u_m[over].tolist()
    return found


def _truck_m(yard: Yard, slots: Slots) -> Floats:
    """Give the way from the nearest gate, along the axes of the yard: the lanes run square."""
    if not yard.gates:
        return np.zeros(len(slots))
    gates = np.array([gate.ocr_portal_yard_m for gate in yard.gates])
    ways_m: Floats = np.abs(slots.centre_yard_m[:, None, :] - gates[None]).sum(axis=2).min(axis=1)
    return ways_m


def _workload(stock: Stock, slots: Slots) -> Floats:
    """Give each block's share of the soonest departures of the yard: (blocks,)."""
    blocks = len(slots.first) - 1
    rows = np.flatnonzero((stock.place == Place.STACKED) & (stock.departs_ns < NOT_KNOWN_NS))
    if not len(rows):
        return np.zeros(blocks)
    soon = max(1, int(_SOON * len(rows)))
    rows = rows[np.argpartition(stock.departs_ns[rows], soon - 1)[:soon]]
    shares: Floats = np.bincount(slots.block[stock.ground[rows]], minlength=blocks) / soon
    return shares


def _scarcity(stock: Stock, special: Flags, needed: bool) -> Floats:
    """Charge a box that does not need special slots for taking one, by how full they are."""
    if needed or not special.any():
        return np.zeros(len(special))
    full = float(np.mean(stock.count[special] > 0))
    return np.where(special, 0.25 + 0.75 * full, 0.0)


def _apart(stock: Stock, row: int, bay: Ints, columns: tuple[np.ndarray, ...]) -> Floats:
    """Give the share of a bay's boxes that are of another group; an empty bay counts a half."""
    same = np.ones(len(stock), bool)
    for column in columns:
        same &= column == column[row]
    return _share(stock, ~same, bay, 0.5)


def _mixed(stock: Stock, row: int, bay: Ints) -> Floats:
    """Give the share of a bay's boxes that are of another length class (20, or 40 and 45)."""
    other = (stock.length_ft == 20) != (stock.length_ft[row] == 20)
    return _share(stock, other, bay, 0.0)


def _share(stock: Stock, counted: Flags, bay: Ints, if_empty: float) -> Floats:
    filled = stock.occupant >= 0
    hits = (filled & counted[stock.occupant]).sum(axis=1) if len(counted) else filled.sum(axis=1)
    boxes = np.bincount(bay, weights=stock.count.astype(float))
    found = np.bincount(bay, weights=hits.astype(float), minlength=len(boxes))
    share = np.divide(found, boxes, out=np.full(len(boxes), if_empty), where=boxes > 0)
    per_slot: Floats = share[bay]
    return per_slot
