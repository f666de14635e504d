"""A slot for an arriving box: every slot of the yard weighed at once, with reasons."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from twin.clock import NS_PER_S
from twin.stacking import policies
from twin.stacking.departures import EVEN, EXPECTED_SIGMA_S
from twin.stacking.energy import energy_of
from twin.stacking.policies import ARRIVING, TERMS, WEIGHTS, YARD_DEFAULT, policy_of, total
from twin.stacking.suggestion import Alternative, Move, Promise, Saving, Suggestion, SuggestionKind, Term
from twin.stacking.ways import MACHINES
from twin.stacking.weighing import Request as Request
from twin.stacking.weighing import TermColumns, Weighing
from twin.stock import rules
from twin.stock.notices import NOT_KNOWN_NS
from twin.stock.rules import Legal, Rule
from twin.stock.rules.terrain import Index
from twin.stock.table import Stock
from twin.tables import Flags, Floats, Ints, Table
from twin.yard.slots import Slots, slot_address

BEST = 10
"""How many alternatives come with a suggestion."""
REFUSED = 10
"""How many refused slots come with it, with their reason."""
DEPARTURE_SIGMA_S = EXPECTED_SIGMA_S
"""One sigma of an expected departure [s]."""
BAY_FULL = "the bay would have no room left to dig a box out"
_LOOKED_AT = 40
"""So many refused slots of each reason are weighed beside those of the block that was chosen."""


def judge(request: Request) -> Legal:
    """Give what the rules say of every ground slot for the box."""
    return rules.legal_for(request.stock, request.slots, request.yard, request.row, request.conditions)


def terms_of(request: Request, legal: Legal) -> TermColumns:
    """Give every cost term for every ground slot: name -> (g,) in the unit of the term."""
    return Weighing(request).terms()


def keeps_room(stock: Stock, slots: Slots, long: bool) -> Flags:
    """Tell where a bay still has ``tiers - 1`` free slots after one more box: (g,) bool."""
    key = slots.block.astype(np.int64) * (int(slots.position.max(initial=0)) + 1) + slots.position
    free = np.bincount(key, (slots.tiers - stock.count).astype(float))[key] if len(slots) else np.empty(0)
    # Half of a bay's places of a long box lie in the next position; both must keep room for it.
    room = free - 1 >= slots.tiers - 1
    second = np.where(slots.next >= 0, slots.next, np.arange(len(slots)))
    kept: Flags = room & room[second] if long else room
    return kept


@dataclass(frozen=True, eq=False)
class Ranking(Table):
    """The best slots for a box, the best first.

    Attributes
    ----------
    ground : (n,) int
    cost : (n,) float
        By the policy; in seconds of crane time where it weighs the terms.
    values : (n, terms) float
        Each term in its own unit, in the order of ``policies.ARRIVING``.
    """

    ground: Index
    cost: Floats
    values: Floats

    def terms(self, index: int) -> tuple[Term, ...]:
        """Give the terms of one of the slots, with units and weights."""
        return _named(self.values[index].tolist())


@dataclass(frozen=True, slots=True)
class Against:
    """What speaks against a slot that a person points at.

    Attributes
    ----------
    ground : int
    rules : tuple of Rule
        Every rule that the box would break there, the gravest first; empty where it may stand there.
    full : bool
        Whether the bay would have no room left to dig a box out.
    terms : tuple of Term
        Its cost terms, also where it is refused.
    total, behind : float
        The cost, and by how much it is above the best slot's [s]; NaN where no slot is legal.
    rank : int
        How many legal slots cost less, and one; 0 where the slot is not legal itself.
    """

    ground: int
    rules: tuple[Rule, ...]
    full: bool
    terms: tuple[Term, ...]
    total: float
    behind: float
    rank: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons as a person reads them."""
        texts = tuple(rule.text for rule in self.rules)
        return (*texts, BAY_FULL) if self.full else texts


@dataclass(frozen=True, eq=False)
class _Weighed:
    """The slots that may be taken, and what each costs."""

    weighing: Weighing
    roomy: Flags
    which: Index
    cost: Floats

    @classmethod
    def of(cls, request: Request) -> "_Weighed":
        policy = policy_of(request.policy)
        weighing = Weighing(request)
        roomy = weighing.keeps_room()
        ok = rules.allowed(request.stock, request.slots, request.yard, request.row, request.conditions)
        which = np.flatnonzero(ok & roomy)
        if policy is policies.weighted:
            return cls(weighing, roomy, which, weighing.weighted(which))
        return cls(weighing, roomy, which, policy(weighing.terms(which), request.seed))

    def best(self, count: int) -> tuple[Index, Floats, Floats]:
        """Give the cheapest ground slots in order, what they cost, and the value of every term."""
        found = _cheapest(self.cost, count)
        ground = self.which[found]
        values = _values(self.weighing.terms(ground))
        cost = self.cost[found]
        if self.weighing.request.policy == policies.DEFAULT:
            # The sum of the terms as they are shown, in the order that they are summed up there.
            cost = np.array([sum((row * _WEIGHTS).tolist()) for row in values])
            order = np.argsort(cost, kind="stable")
            ground, cost, values = ground[order], cost[order], values[order]
        return ground, cost, values


def rank(request: Request, count: int = BEST) -> Ranking:
    """Give the best slots for a box with every term; fewer where fewer are legal.

    Raises
    ------
    PolicyError
        Where the policy is not known.
    """
    return Ranking(*_Weighed.of(request).best(count))


def against(request: Request, ground: int) -> Against:
    """Tell what speaks against a slot: all rules, its terms, and how far it is behind the best.

    Raises
    ------
    YardError
        Where there is no such ground slot.
    PolicyError
        Where the policy is not known.
    """
    rules.ground_in(request.slots, ground)
    weighed = _Weighed.of(request)
    at = np.array([ground], np.intp)
    broken = rules.broken_rules(
        request.stock, request.slots, request.yard, request.row, ground, request.conditions
    )
    columns = weighed.weighing.terms(at)
    taken = np.flatnonzero(weighed.which == ground)
    cost = float(
        weighed.cost[taken[0]] if len(taken) else policy_of(request.policy)(columns, request.seed)[0]
    )
    best = float(weighed.cost.min(initial=math.inf))
    return Against(
        ground=ground,
        rules=broken,
        full=not bool(weighed.roomy[ground]),
        terms=_named([float(columns[name][0]) for name in ARRIVING]),
        total=cost,
        behind=cost - best if math.isfinite(best) else math.nan,
        rank=1 + int(np.count_nonzero(weighed.cost < cost)) if len(taken) else 0,
    )


def suggest(request: Request, number: str, tick: int, suggestion_id: int) -> Suggestion | None:
    """Propose a slot for an arriving box; None where no slot is legal.

    Returns
    -------
    Suggestion
        One move without a source; the terms of the slot chosen; as alternatives the next best slots with
        their terms, then some of the refused ones, nearest in cost first, with the reason. What it saves
        is told against the slot that the yard would take by its own rule, the lowest stack.

    Raises
    ------
    PolicyError
        Where the policy is not known.
    """
    weighed = _Weighed.of(request)
    grounds, _, values = weighed.best(BEST + 1)
    if not len(grounds):
        return None
    chosen, *others = [
        _alternative(weighed, ground, row)
        for ground, row in zip(grounds.tolist(), values.tolist(), strict=True)
    ]
    saving, confidence = _saving(weighed, int(grounds[0]))
    return Suggestion(
        id=suggestion_id,
        kind=SuggestionKind.ALLOCATE,
        subject=number,
        moves=(Move(number, int(request.stock.length_ft[request.row]), None, chosen.target),),
        terms=chosen.terms,
        alternatives=(*others, *_refused(weighed, int(grounds[0]))),
        based_on_tick=tick,
        saving=saving,
        confidence=confidence,
        basis=_basis(request),
        promises=(Promise(number, chosen.terms[0].value),),
        crane_s=float(_crane_s(weighed.weighing, grounds[:1])[0]),
    )


def _cheapest(cost: Floats, count: int) -> Index:
    last = np.partition(cost, count - 1)[count - 1] if len(cost) > count > 0 else np.inf
    finite = np.flatnonzero(cost <= last if last < np.inf else np.isfinite(cost))
    order: Index = finite[np.argsort(cost[finite], kind="stable")][:count]
    return order


def _values(columns: TermColumns) -> Floats:
    return np.array([columns[name] for name in ARRIVING]).T


_WEIGHTS = np.array([WEIGHTS[name] for name in ARRIVING])
_KINDS = tuple((name, TERMS[name].unit, WEIGHTS[name]) for name in ARRIVING)


def _named(values: list[float]) -> tuple[Term, ...]:
    return tuple(
        Term(name, value, unit, weight)
        for (name, unit, weight), value in zip(_KINDS, values, strict=True)
    )  # fmt: skip


def _alternative(weighed: _Weighed, ground: int, values: list[float], refused: str = "") -> Alternative:
    request = weighed.weighing.request
    terms = _named(values)
    tier = min(int(request.stock.count[ground]), 8)
    length_ft = int(request.stock.length_ft[request.row])
    address = slot_address(request.yard, request.slots, ground, tier, length_ft)
    return Alternative(address, total(terms), terms, refused)


def _refused(weighed: _Weighed, chosen: int) -> list[Alternative]:
    """Show refused slots: the cheapest of each reason, then the cheapest of all that are near."""
    request = weighed.weighing.request
    legal = judge(request)
    barred = ~(legal.ok & weighed.roomy)
    blocks = weighed.weighing.terrain.block
    near = np.flatnonzero(barred & (blocks == blocks[chosen]))
    listed = np.flatnonzero(barred)
    reasons = legal.reason[listed]
    parts = [near]
    for code in np.flatnonzero(np.bincount(reasons, minlength=1)):
        of_code = listed[reasons == code]
        parts.append(of_code[:: max(1, len(of_code) // _LOOKED_AT)])
    which = np.unique(np.concatenate(parts))
    columns = weighed.weighing.terms(which)
    cost = policy_of(request.policy)(columns, request.seed)
    order = np.argsort(cost, kind="stable")
    _, first = np.unique(legal.reason[which[order]], return_index=True)
    shown = list(dict.fromkeys([*order[np.sort(first)].tolist(), *order[:REFUSED].tolist()]))[:REFUSED]
    values = _values(columns)[np.array(shown, np.intp)].tolist()
    return [
        _alternative(
            weighed, int(which[index]), row, rules.REASONS[int(legal.reason[which[index]])] or BAY_FULL
        )
        for index, row in zip(shown, values, strict=True)
    ]


def _crane_s(weighing: Weighing, grounds: Index) -> Floats:
    """Give the crane time of the box from its truck to each slot [s]: way, trolley, hoist and locks."""
    request, terrain = weighing.request, weighing.terrain
    block = terrain.block[grounds]
    way_s = weighing.crane_m(grounds, block) * weighing.ways.travel_s_per_m[block]
    kinds = [MACHINES[request.yard.blocks[b].kind] for b in block.tolist()]
    # The spreader comes down on the truck and goes up with the box, then down onto the stack and up again.
    high_m = request.slots.height_limit_m[grounds] - request.stock.top_m[grounds]
    low_m = request.slots.height_limit_m[grounds]
    empty_s = np.array([1.0 / kind.hoist_mps if kind.hoist_mps else 0.0 for kind in kinds])
    laden_s = np.array([1.0 / kind.hoist_laden_mps if kind.hoist_laden_mps else 0.0 for kind in kinds])
    locks_s = np.array([2.0 * kind.lock_s for kind in kinds])
    found_s: Floats = way_s + 2.0 * weighing.ways.across_s[grounds] + locks_s
    found_s += np.maximum(low_m + high_m, 0.0) * (empty_s + laden_s)
    return found_s


def _saving(weighed: _Weighed, chosen: int) -> tuple[Saving, float]:
    """Compare the slot chosen with the one that the yard would take, and tell how sure it is to be better."""
    weighing = weighed.weighing
    # Only the lowest stacks are looked at, for the yard's own rule takes one of them.
    tiers = weighing.request.stock.count[weighed.which]
    lowest = weighed.which[tiers == tiers.min()]
    by_rule = policies.POLICIES[YARD_DEFAULT](weighing.terms(lowest), weighing.request.seed)
    usual = int(lowest[_cheapest(by_rule, 1)[0]])
    grounds = np.array([chosen, usual], np.intp)
    mine, theirs = weighing.chances(grounds).tolist()
    set_s = _crane_s(weighing, grounds)
    mine_s, theirs_s = (set_s + WEIGHTS["expected_relocations"] * np.array([mine, theirs])).tolist()
    kinds = [weighing.request.yard.blocks[b].kind for b in weighing.terrain.block[grounds].tolist()]
    energies = [energy_of(kind, s) for kind, s in zip(kinds, (mine_s, theirs_s), strict=True)]
    saving = Saving(
        relocations=theirs - mine,
        minutes=(theirs_s - mine_s) / 60.0,
        kwh=energies[1][0] - energies[0][0],
        co2e_kg=energies[1][1] - energies[0][1],
        sigma_relocations=math.sqrt(mine * (1.0 - mine) + theirs * (1.0 - theirs)),
        against="the lowest stack, the nearest of them",
    )
    if chosen == usual:
        return Saving(0.0, 0.0, 0.0, 0.0, 0.0, saving.against), 0.0
    spared, lost = theirs * (1.0 - mine), mine * (1.0 - theirs)
    return saving, spared + (1.0 - spared - lost) * float(set_s[0] < set_s[1])


def _basis(request: Request) -> tuple[str, ...]:
    """Tell in short texts what a suggestion was worked out from."""
    stock, knowledge = request.stock, request.knowledge
    booked = dict(knowledge.booked)
    if request.row in booked:
        departure = "its truck is announced"
    elif stock.departs_ns[request.row] != NOT_KNOWN_NS:
        departure = f"its departure is expected to {knowledge.sigma_s / 3600.0:.0f} h"
    else:
        departure = "its departure is not known"
    cranes = int(np.isfinite(request.cranes_yard_m).all(axis=1).sum()) if len(request.cranes_yard_m) else 0
    texts = [departure, f"policy {request.policy}", f"{cranes} cranes located"]
    if booked:
        texts.append(f"{len(booked)} trucks announced")
    if request.conditions.gust_mps:
        texts.append(f"gusts to {request.conditions.gust_mps:.1f} m/s forecast")
    return tuple(texts)


def chance_of_relocation(stock: Stock, row: int, second: Ints) -> Floats:
    """Give how likely a box below leaves before another that is set on it, for every ground slot: (g,).

    Parameters
    ----------
    second : (g,) int
        The upper place of the box on each ground slot: the slot itself where it is not long.

    Notes
    -----
    Two by two, with departures normal about what is expected; where one of two is not known it is even.
    :class:`~twin.stacking.weighing.Weighing` has it for all boxes of a stack at once.
    """
    mine = stock.departs_ns[row]
    below = np.where(stock.occupant >= 0, stock.departs_ns[stock.occupant], NOT_KNOWN_NS)
    later_s = (float(mine) - below.astype(float)) / NS_PER_S
    first = ndtr(later_s / (DEPARTURE_SIGMA_S * np.sqrt(2.0)))
    first[(below == NOT_KNOWN_NS) | (mine == NOT_KNOWN_NS)] = EVEN
    first[stock.occupant < 0] = 0.0
    stays = np.prod(1.0 - first, axis=1)
    # One long box below is in both places, and counts once.
    top = stock.occupant[np.arange(len(second)), np.maximum(stock.count.astype(np.intp) - 1, 0)]
    apart = top[second] != top
    chance: Floats = 1.0 - np.where(apart, stays * stays[second], stays)
    return chance
