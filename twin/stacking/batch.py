"""Slots for many boxes at once: a vessel's discharge list, a train; weighed jointly, round by round.

In a round every box has the slots that are best for it, and all are assigned together at the least
total. No stack is used twice in a round; who finds none waits for the next, when the others stand. A box
is never put on one that comes after it in the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from twin.errors import StockError
from twin.stacking.departures import DAY_NS, HORIZON_DAYS
from twin.stacking.outlook import Outlook, group_of
from twin.stacking.policies import WEIGHTS
from twin.stacking.ways import ways_of
from twin.stacking.weighing import Request, Weighing
from twin.stock import moves, rules, segregation
from twin.stock.notices import NOT_KNOWN_NS
from twin.stock.rules.terrain import Index
from twin.stock.table import Place, Stock
from twin.tables import Bytes, Floats, Ints, Table
from twin.yard.model import MAX_TIERS

ROUNDS = 8
"""After so many rounds what is left is told to have no slot."""
BEST_EACH = 24
"""So many of the best slots of each box come into a round's common choice."""
MOST_WEIGHED = 2048
"""So many slots are weighed for boxes of one kind: those cheapest by what is common to the kind."""
MOST_CELLS = 32
"""So many instants the departures of boxes of one kind are looked at."""
_SMALL = 200_000
_NEVER = 1e9
Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Assignment(Table):
    """What was found for a list of boxes, in its order.

    Attributes
    ----------
    row : (n,) int32
        The boxes.
    ground : (n,) int32
        The ground slot of each, -1 where it has none.
    tier : (n,) int8
        The tier from 0 that it comes to stand in, -1 where it has no slot.
    cost : (n,) float
        The weighed cost [s of crane time]; NaN where it has no slot.
    why : tuple of str
        For each box why it has no slot; empty where it has one.
    stock : Stock
        The stock with all of them set down in the order of the list.
    """

    row: Ints
    ground: Ints
    tier: Bytes
    cost: Floats
    why: tuple[str, ...]
    stock: Stock


def assign(request: Request, rows: Sequence[int]) -> Assignment:
    """Give slots to boxes that come one after the other, jointly.

    Parameters
    ----------
    request : Request
        The yard as it stands; its own row and policy are not looked at, all terms are weighed.
    rows : sequence of int
        Boxes ANNOUNCED or CARRIED, in the order in which they will be set down; each once.

    Raises
    ------
    StockError
        Where a row is no box, comes twice, or is of a box that cannot be set down.

    Notes
    -----
    What is set down in an earlier round may come later in the list. So a box takes no stack that one
    behind it in the list has, nor one beside such a stack where lone stacks are forbidden.
    """
    batch = _Batch(request, _settable(request.stock, rows))
    for _ in range(ROUNDS):
        if not len(batch.left) or not batch.round():
            break
    return batch.result()


def _settable(stock: Stock, rows: Sequence[int]) -> Ints:
    """Give the rows as a column; refuse what cannot be set down."""
    listed = [int(row) for row in rows]
    for row in listed:
        if not 0 <= row < len(stock):
            raise StockError(f"container row: expected 0 to {len(stock) - 1}, found {row}")
        if (place := Place(int(stock.place[row]))) not in (Place.ANNOUNCED, Place.CARRIED):
            raise StockError(f"container row {row}: expected announced or carried, found {place.name}")
    if len(set(listed)) < len(listed):
        twice = next(row for row in listed if listed.count(row) > 1)
        raise StockError(f"container row {twice}: expected once in the list, found again")
    return np.array(listed, np.int32)


class _Batch:
    """A list of boxes on its way to their slots."""

    def __init__(self, request: Request, rows: Ints) -> None:
        self.request, self.rows = request, rows
        self.stock = request.stock
        self.ground = np.full(len(rows), -1, np.int32)
        self.cost = np.full(len(rows), np.nan)
        self.left: Index = np.arange(len(rows))
        # For each ground slot the last box of the list that was given it, -1 where none was.
        self.taken_by = np.full(len(request.slots), -1, np.int32)
        self.dangerous: list[int] = []
        self.masses: tuple[int, Matrix] | None = None
        blocks = request.yard.blocks
        self.by_line = any(block.lines for block in blocks)
        self.by_mass = bool(np.isfinite(request.conditions.weight_tolerance_kg)) or any(
            block.stack_load_kg is not None for block in blocks
        )

    def round(self) -> bool:
        """Assign those that are left together; False where none found a slot."""
        kinds: dict[tuple[object, ...], list[int]] = {}
        for index in self.left.tolist():
            kinds.setdefault(self._kind(int(self.rows[index])), []).append(index)
        parts = [self._weighed(np.array(indices, np.intp)) for indices in kinds.values()]
        parts = [part for part in parts if part[2].size]
        if not parts:
            return False
        grounds = np.unique(np.concatenate([_best_of(which, cost) for _, which, cost in parts]))
        boxes = np.concatenate([indices for indices, _, _ in parts])
        matrix = np.full((len(boxes), len(grounds)), _NEVER, np.float32)
        at = 0
        for indices, which, cost in parts:
            place = np.minimum(np.searchsorted(which, grounds), len(which) - 1)
            here = np.flatnonzero(which[place] == grounds)
            matrix[at : at + len(indices), here] = cost[:, place[here]]
            at += len(indices)
        # Where slots are few the first of the list have them, for none goes below one before it.
        order = np.argsort(boxes, kind="stable")[: len(grounds)]
        boxes, matrix = boxes[order], matrix[order]
        chosen, column = linear_sum_assignment(matrix)
        found = matrix[chosen, column] < _NEVER
        return self._accept(
            boxes[chosen[found]], grounds[column[found]], matrix[chosen[found], column[found]]
        )

    def _kind(self, row: int) -> tuple[object, ...]:
        """Give what the rules and the common terms ask of a box: equal ones are weighed together."""
        box = rules.Box.of(self.stock, row)
        heavy = box.gross_kg if self.by_mass or not box.gross_kg <= min(rules.LIFTS_KG.values()) else 0.0
        return (
            box.length_ft, box.height_m, box.live, box.imdg, box.empty, box.held, heavy,
            box.line if self.by_line else -1,
        )  # fmt: skip

    def _weighed(self, indices: Index) -> tuple[Index, Index, Matrix]:
        """Give the slots of boxes of one kind and what each costs each of them: (m, slots)."""
        rows = self.rows[indices]
        request = replace(self.request, stock=self.stock, row=int(rows[0]))
        weighing = Weighing(request, chances=False)
        ok = rules.allowed(self.stock, request.slots, request.yard, request.row, request.conditions)
        ok &= weighing.keeps_room()
        which = np.flatnonzero(ok)
        if not len(which):
            return indices, which, np.empty((len(indices), 0), np.float32)
        terms = weighing.terms(which, _COMMON)
        common = np.asarray(sum(WEIGHTS[name] * terms[name] for name in _COMMON))
        if len(which) > MOST_WEIGHED:
            kept = np.sort(np.argpartition(common, MOST_WEIGHED)[:MOST_WEIGHED])
            which, common = which[kept], common[kept]
        cost = self._own_costs(weighing, indices, which)
        cost += np.asarray(common, np.float32)
        if len(self.left) < len(self.rows):
            last = self._taken_by(weighing, which)
            cost[last[None, :] > indices[:, None]] = _NEVER
        return indices, which, cost

    def _masses(self, look: Outlook) -> Matrix:
        """Give when each box of the list may leave: worked out for all of them once."""
        if self.masses is None or self.masses[0] != look.anchor_ns:
            self.masses = look.anchor_ns, look.masses_of(self.rows)
        return self.masses[1]

    def _own_costs(self, weighing: Weighing, indices: Index, which: Index) -> Matrix:
        """Give what is each box's own: relocations, the gap to the soonest below, its group, its mass."""
        # numba takes long to import: only where slots are weighed.
        from twin.compiled import COMPILED
        from twin.stacking import fused

        stock, look, rows = self.stock, weighing.outlook, self.rows[indices]
        table = look.pairs() if weighing.long else look.one
        points, masses = _thinned(self._masses(look)[indices])
        chances = np.empty((len(points), len(which)), np.float32)
        for point, row in zip(points.tolist(), chances, strict=True):
            table[point].take(which, out=row, mode="clip")
        stays = _product(masses, chances)
        soonest = weighing.soonest_ns(which)
        mine = stock.departs_ns[rows]
        base = int(min(soonest.min(initial=NOT_KNOWN_NS), mine.min(initial=NOT_KNOWN_NS)))
        groups, group = np.unique(group_of(stock, rows), return_inverse=True)
        own_costs = fused.own_costs if COMPILED else _own_costs
        cost: Matrix = own_costs(
            stays,
            np.minimum((soonest - base) / DAY_NS, 1e6).astype(np.float32),
            np.where(mine == NOT_KNOWN_NS, 2e6, (mine - base) / DAY_NS).astype(np.float32),
            weighing.apart(groups).astype(np.float32),
            group,
            weighing.ways.bay[which],
            (weighing.below_kg(which) / 1000.0).astype(np.float32),
            (stock.gross_kg[rows] / 1000.0).astype(np.float32),
            _PRICES,
        )
        return cost

    def _taken_by(self, weighing: Weighing, which: Index) -> Ints:
        """Give the last box of the list that has one of the places, or one beside where that matters."""
        terrain = weighing.terrain
        last = np.append(self.taken_by, np.int32(-1))
        if self.request.conditions.pillars < MAX_TIERS:
            last[:-1] = np.maximum(self.taken_by, last[terrain.beside].max(axis=0))
        found: Ints = last[which]
        return np.maximum(found, last[terrain.second[which]]) if weighing.long else found

    def _accept(self, boxes: Index, grounds: Index, costs: Matrix) -> bool:
        """Take what fits together, in the order of the list, and set it down."""
        slots, terrain = self.request.slots, rules.terrain_of(self.request.yard, self.request.slots)
        ways = ways_of(terrain)
        free = ways.places - np.bincount(ways.bay, self.stock.count.astype(float), len(ways.places))
        order = np.argsort(boxes, kind="stable")
        used: set[int] = set()
        taken: list[int] = []
        for pick in order.tolist():
            index, ground = int(boxes[pick]), int(grounds[pick])
            row = int(self.rows[index])
            places = [ground] if self.stock.length_ft[row] == 20 else [ground, int(slots.next[ground])]
            bays = ways.bay[places]
            if used & self._about(places, terrain) or (free[bays] < ways.tiers[bays]).any():
                continue
            if self.stock.imdg[row] and self._clashes(row, places):
                continue
            used.update(places)
            free[bays] -= 1
            self.taken_by[places] = np.maximum(self.taken_by[places], index)
            self.ground[index], self.cost[index] = ground, float(costs[pick])
            if self.stock.imdg[row]:
                self.dangerous.append(index)
            taken.append(index)
        if not taken:
            return False
        self.stock = moves.stack(self.stock, slots, self.rows[taken], self.ground[taken])
        self.left = np.setdiff1d(self.left, taken)
        return True

    def _about(self, places: list[int], terrain: rules.Terrain) -> set[int]:
        """Give the places that must be free in this round: where stacks lean on each other, those beside."""
        if self.request.conditions.pillars >= MAX_TIERS:
            return set(places)
        return {*places, *terrain.beside[:, places].ravel().tolist()}

    def _clashes(self, row: int, places: list[int]) -> bool:
        """Tell whether dangerous goods would be too close to others of the list that have a slot."""
        slots = self.request.slots
        (group,) = segregation.groups_of(self.stock.imdg[[row]])
        for index in self.dangerous:
            other = int(self.rows[index])
            code = int(segregation.CODES[group, segregation.groups_of(self.stock.imdg[[other]])[0]])
            if not code:
                continue
            ground = int(self.ground[index])
            theirs = [ground] if self.stock.length_ft[other] == 20 else [ground, int(slots.next[ground])]
            one, two = (side.ravel() for side in np.meshgrid(places, theirs))
            if segregation.gaps_m(slots, one, two).min() < segregation.APART_M[code]:
                return True
        return False

    def result(self) -> Assignment:
        """Give what was found, with the reasons of those without a slot."""
        why = [""] * len(self.rows)
        for index in np.flatnonzero(self.ground < 0).tolist():
            why[index] = self._why(int(self.rows[index]))
        tier = np.where(self.ground >= 0, self.stock.tier[self.rows], -1).astype(np.int8)
        return Assignment(self.rows, self.ground, tier, self.cost, tuple(why), self.stock)

    def _why(self, row: int) -> str:
        """Tell which rules leave a box without a slot, those first that bar the most."""
        request = replace(self.request, stock=self.stock, row=row)
        verdict = rules.legal_for(self.stock, request.slots, request.yard, row, request.conditions)
        if not len(verdict.ok):
            return "the yard has no slot"
        roomy = Weighing(request, chances=False).keeps_room()
        counts = np.bincount(verdict.reason, minlength=len(rules.REASONS))
        texts = [
            f"{rules.REASONS[code]} ({counts[code]} slots)"
            for code in np.argsort(-counts, kind="stable")
            if counts[code] and code != rules.ALLOWED
        ]
        full = int(np.count_nonzero(verdict.ok & ~roomy))
        if full:
            texts.append(f"the bay would have no room left to dig a box out ({full} slots)")
        if counts[rules.ALLOWED] > full:
            texts.append(f"others of the list have or need the rest ({counts[rules.ALLOWED] - full} slots)")
        return "; ".join(texts)


_COMMON = (
    "crane_travel", "truck_travel", "queue", "block_workload", "reefer_scarcity", "dangerous_scarcity",
    "lengths_mixed", "empty_among_laden", "stack_height", "energy",
)  # fmt: skip
"""The terms that are the same for all boxes of one kind."""


Prices = tuple[np.float32, np.float32, np.float32, np.float32]
_PRICES: Prices = (
    np.float32(WEIGHTS["expected_relocations"]),
    np.float32(WEIGHTS["departure_gap"]),
    np.float32(WEIGHTS["group_apart"]),
    np.float32(WEIGHTS["heavy_on_light"]),
)


def _own_costs(
    stays: Matrix,
    soonest_d: Matrix,
    mine_d: Matrix,
    apart: Matrix,
    group: Index,
    bay: Index,
    below_t: Matrix,
    mine_t: Matrix,
    prices: Prices,
) -> Matrix:
    """Give :func:`twin.stacking.fused.own_costs` as whole arrays, where nothing is compiled."""
    chance, day, other, tonne = prices
    cost: Matrix = (np.float32(1.0) - stays) * chance
    cost += np.clip(soonest_d[None, :] - mine_d[:, None], np.float32(0.0), np.float32(HORIZON_DAYS)) * day
    cost += (apart * other).take(bay, axis=1)[group]
    cost += np.maximum(mine_t[:, None] - below_t[None, :], np.float32(0.0)) * tonne
    return cost


def _thinned(masses: Matrix) -> tuple[Index, Matrix]:
    """Give cells to look at for all of some boxes, and their weights: (m, cells), rows that sum to 1."""
    used = np.flatnonzero(masses.max(axis=0) > 1e-4)
    # An odd number of cells, so that the middle one is in the middle.
    step = -(-len(used) // MOST_CELLS) // 2 * 2 + 1
    starts = np.arange(0, len(used), step)
    weights: Matrix = np.add.reduceat(masses[:, used], starts, axis=1)
    middles = np.minimum(starts + step // 2, len(used) - 1)
    return used[middles], weights / weights.sum(axis=1, keepdims=True)


def _product(left: Matrix, right: Matrix) -> Matrix:
    """Multiply in parts so small that BLAS wakes no threads, which would cost more than they bring."""
    out = np.empty((len(left), right.shape[1]), np.float32)
    width = max(16, _SMALL // max(left.size, 1))
    for start in range(0, right.shape[1], width):
        part = slice(start, start + width)
        np.matmul(left, right[:, part], out=out[:, part])
    return out


def _best_of(which: Index, cost: Matrix) -> Index:
    if len(which) <= BEST_EACH:
        return which
    best = np.argpartition(cost, BEST_EACH - 1, axis=1)[:, :BEST_EACH]
    found: Index = which[np.unique(best)]
    return found
