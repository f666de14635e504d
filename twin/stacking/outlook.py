"""What is expected of each stack: how long it holds what it holds, and which groups its bay is of.

One outlook a yard is kept; of another stock only the stacks that differ are worked out again.
"""

import threading
from dataclasses import dataclass, field, replace
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from twin.stacking import departures
from twin.stacking.departures import EVEN, POINTS_S, SOON, Float32s, Knowledge
from twin.stacking.ways import Ways, ways_of
from twin.stock.notices import NOT_KNOWN_NS
from twin.stock.rules import Terrain
from twin.stock.rules.terrain import Index
from twin.stock.rules.tops import differing_places, places_of_rows
from twin.stock.table import LINES, Flow, Stock
from twin.tables import Flags, Floats, Ints, Longs

CELLS = len(POINTS_S)
_MOST_CELLS = 24
"""A departure that is spread over more cells is summed over groups of them."""
_CHUNK = 4096
_FEW = 256
_FLOWS = len(Flow)


def _loops() -> ModuleType | None:
    """Give the compiled loops; None where nothing is compiled, and arrays do the same."""
    # numba takes long to import: only where slots are weighed.
    from twin.compiled import COMPILED

    if not COMPILED:
        return None
    from twin.stacking import fused

    return fused


@dataclass(eq=False)
class Outlook:
    """What is expected of every stack of a yard.

    Attributes
    ----------
    loops : module, optional
        :mod:`twin.stacking.fused`; arrays do the same, bit for bit, where it is None.
    one, two : (cells + 1, g) float32
        The chance that nothing leaves a stack before each point of the grid: of one ground slot, and
        of it with the next one; the last row is for a box of which nothing is known.
    stale : (g,) bool
        Where ``two`` is not worked out yet: it is, when a long box asks.
    soonest_ns : (g,) int64
        The soonest departure expected in each stack.
    soon : (g,) float64
        How many boxes are expected to leave within eight hours; a long one counts in its lower place.
    soon_in_block : (blocks,) float64
        The same over each block.
    groups : (lines * flows, bays) int16
        Boxes of each line and flow in each bay, a long one in both its positions.
    short, used : (bays,) int16
        The 20 ft boxes among them, and all.
    """

    terrain: Terrain
    stock: Stock
    knowledge: Knowledge
    anchor_ns: int
    loops: ModuleType | None = field(default_factory=_loops)
    one: Float32s = field(init=False)
    two: Float32s = field(init=False)
    stale: Flags = field(init=False)
    soonest_ns: Longs = field(init=False)
    soon: Floats = field(init=False)
    soon_in_block: Floats = field(init=False)
    groups: NDArray[np.int16] = field(init=False)
    short: NDArray[np.int16] = field(init=False)
    used: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        """Work all stacks out."""
        g, ways = len(self.terrain.slots), ways_of(self.terrain)
        bays = len(ways.places)
        self.one, self.two = (np.ones((CELLS + 1, g), np.float32) for _ in range(2))
        self.stale = np.zeros(g, bool)
        self.soonest_ns, self.soon = np.full(g, NOT_KNOWN_NS), np.zeros(g)
        self.soon_in_block = np.zeros(len(self.terrain.yard.blocks))
        self.groups = np.zeros((len(LINES) * _FLOWS, bays), np.int16)
        self.short, self.used = (np.zeros(bays, np.int16) for _ in range(2))
        self._renew(np.arange(g))

    def is_for(self, stock: Stock, knowledge: Knowledge) -> bool:
        """Tell whether what differs in a stock can be told by its columns alone."""
        mine = self.knowledge
        return (
            self.stock.occupant.shape == stock.occupant.shape
            and mine.sigma_s == knowledge.sigma_s
            and mine.arrived_ns is knowledge.arrived_ns
            and (mine.t_ns is None) == (knowledge.t_ns is None)
        )

    def take(self, stock: Stock, knowledge: Knowledge) -> None:
        """Look at another stock of the same yard from the same anchor."""
        before = self.stock
        if stock is before and knowledge.booked == self.knowledge.booked:
            return
        n = min(len(before), len(stock))
        grounds = differing_places(self.terrain, before, stock)
        told = {row for row, _ in set(knowledge.booked) ^ set(self.knowledge.booked) if row < n}
        if told:
            rows = np.array(sorted(told), np.intp)
            places = (places_of_rows(self.terrain, one, rows) for one in (before, stock))
            grounds = np.unique(np.concatenate((grounds, *places)))
        self.stock, self.knowledge = stock, knowledge
        if len(grounds):
            self._renew(grounds)

    def _renew(self, grounds: Index) -> None:
        """Work some stacks out again, and the pairs and bays that they are in."""
        before = self.terrain.beside[2, grounds]
        self.stale[grounds] = True
        self.stale[before[before < len(self.stale)]] = True
        for start in range(0, len(grounds), _CHUNK):
            self._renew_stacks(grounds[start : start + _CHUNK])
        first = self.terrain.slots.first
        for block in np.unique(self.terrain.block[grounds]).tolist():
            self.soon_in_block[block] = self.soon[first[block] : first[block + 1]].sum()
        self._renew_bays(np.unique(ways_of(self.terrain).bay[grounds]))

    def _renew_stacks(self, which: Index) -> None:
        tier, place, rows = self._boxes(which, shorts_only=False)
        held, stays = self._held(len(which), tier, place, rows)
        self.one[:, which] = held
        lower = self.stock.ground[rows] == which[place]
        self.soon[which] = np.bincount(place, np.where(lower, 1.0 - stays[:, SOON], 0.0), len(which))
        soonest = np.full(len(which), NOT_KNOWN_NS)
        np.minimum.at(soonest, place, self.stock.departs_ns[rows])
        self.soonest_ns[which] = soonest

    def pairs(self) -> Float32s:
        """Give ``two``, with what has become stale worked out."""
        stale = np.flatnonzero(self.stale)
        for start in range(0, len(stale), _CHUNK):
            self._renew_pairs(stale[start : start + _CHUNK])
        self.stale[stale] = False
        return self.two

    def _renew_pairs(self, which: Index) -> None:
        second = self.terrain.second[which]
        tier, place, rows = self._boxes(second, shorts_only=True)
        own = self.one[:, which]
        shorts, _ = self._held(len(which), tier, place, rows)
        self.two[:, which] = np.where(second != which, own * shorts, own)

    def _boxes(self, which: Index, *, shorts_only: bool) -> tuple[Index, Index, Ints]:
        """Give the boxes of some stacks, from the ground up: tier, index of the stack, row."""
        stock, loops = self.stock, self.loops
        if loops is not None:
            found: tuple[Index, Index, Ints] = loops.boxes_of(
                which, stock.occupant, stock.length_ft, shorts_only
            )
            return found
        boxes = stock.occupant[which].T
        counted = boxes >= 0
        if shorts_only and len(stock):
            counted &= stock.length_ft[boxes] == 20
        tier, place = np.nonzero(counted)
        rows: Ints = boxes[tier, place]
        return tier, place, rows

    def _held(self, stacks: int, tier: Index, place: Index, rows: Ints) -> tuple[Float32s, Floats]:
        """Give the chance that nothing leaves stacks before each point, and each box's own."""
        beliefs = departures.beliefs_of(self.stock, rows, self.knowledge, self.anchor_ns)
        stays = departures.staying(beliefs, POINTS_S)
        if self.loops is not None:
            return self.loops.held(stacks, place, stays, EVEN), stays
        held = np.empty((CELLS + 1, stacks), np.float32)
        tiers = self.stock.occupant.shape[1]
        each = np.ones((tiers, stacks, CELLS))
        each[tier, place] = stays
        held[:CELLS] = np.multiply.reduce(each, axis=0).T
        held[CELLS] = (EVEN ** np.arange(tiers + 1))[np.bincount(place, minlength=stacks)]
        return held, stays

    def _renew_bays(self, bays: Index) -> None:
        ways: Ways = ways_of(self.terrain)
        stock, loops = self.stock, self.loops
        if loops is not None:
            loops.count_bays(
                bays, ways.bay_start, stock.occupant, stock.line, stock.flow, stock.length_ft,
                self.groups, self.short, self.used,
            )  # fmt: skip
            return
        size = ways.bay_start[bays + 1] - ways.bay_start[bays]
        grounds = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        grounds += np.repeat(ways.bay_start[bays], size)
        boxes = stock.occupant[grounds]
        place, tier = np.nonzero(boxes >= 0)
        rows = boxes[place, tier]
        bay, many = np.repeat(np.arange(len(bays)), size)[place], len(bays)
        key = group_of(stock, rows) % len(self.groups) * many + bay
        self.groups[:, bays] = np.bincount(key, minlength=len(self.groups) * many).reshape(
            len(self.groups), many
        )
        self.short[bays] = np.bincount(bay[stock.length_ft[rows] == 20], minlength=many)
        self.used[bays] = np.bincount(bay, minlength=many)

    def masses_of(self, rows: NDArray[np.integer]) -> Float32s:
        """Give how likely boxes that come leave within each cell: (n, cells + 1); the last: not known."""
        beliefs = departures.beliefs_of(self.stock, rows, self.knowledge, self.anchor_ns)
        guessed = np.isnan(beliefs.mean_s)
        # It comes now, so where its age is not known it has stayed no time yet.
        young = guessed & np.isnan(beliefs.age_s)
        if young.any():
            beliefs = replace(beliefs, age_s=np.where(young, 0.0, beliefs.age_s))
        masses = np.zeros((len(rows), CELLS + 1), np.float32)
        masses[:, :CELLS] = departures.leaving(beliefs)
        if not beliefs.timed:
            masses[guessed, :CELLS] = 0.0
            masses[guessed, CELLS] = 1.0
        return masses

    def chances(self, row: int, *, long: bool, which: Index | None = None) -> Float32s:
        """Give how likely a box below leaves before the box of a row that is set on a stack.

        Of all ground slots, (g,), or of those named, (n,).

        Notes
        -----
        Exact for departures that are independent of one another, but for the width of the cells.
        """
        return self.chances_of(self.cells_of(row), long=long, which=which)

    def cells_of(self, row: int) -> tuple[Index, Float32s]:
        """Give the cells in which a box may leave, thinned to a few, and how likely it is in each."""
        return _thinned(self.masses_of(np.array([row]))[0])

    def chances_of(
        self, cells: tuple[Index, Float32s], *, long: bool, which: Index | None = None
    ) -> Float32s:
        """Give :meth:`chances` of a box whose cells are known."""
        table = self.pairs() if long else self.one
        points, weights = cells
        # Row by row: a matrix product of this size would wake the threads of BLAS, which cost more.
        if which is not None and len(which) < _FEW:
            few_stays = (table[points[:, None], which] * weights[:, None]).sum(axis=0)
            few_found: Float32s = np.clip(1.0 - few_stays, 0.0, 1.0)
            return few_found
        few = which is not None and 4 * len(which) < table.shape[1]
        size = len(which) if few and which is not None else table.shape[1]
        stays, part = np.zeros(size, np.float32), np.empty(size, np.float32)
        for point, weight in zip(points.tolist(), weights, strict=True):
            if few and which is not None:
                table[point].take(which, out=part, mode="clip")
                part *= weight
            else:
                np.multiply(table[point], weight, out=part)
            stays += part
        found: Float32s = np.clip(1.0 - stays, 0.0, 1.0)
        return found if which is None or few else found[which]


def _thinned(mass: Float32s) -> tuple[NDArray[np.intp], Float32s]:
    """Give the cells to look at and their weights, which sum to 1: at most :data:`_MOST_CELLS`."""
    used = np.flatnonzero(mass > 1e-6)
    # An odd number of cells, so that the middle one is in the middle.
    step = -(-len(used) // _MOST_CELLS) // 2 * 2 + 1
    starts = np.arange(0, len(used), step)
    weights: Float32s = np.add.reduceat(mass[used], starts)
    middles = np.minimum(starts + step // 2, len(used) - 1)
    return used[middles], weights / weights.sum()


def group_of(stock: Stock, rows: NDArray[np.integer]) -> NDArray[np.intp]:
    """Give the group of boxes: line and flow as one number."""
    found: NDArray[np.intp] = stock.line[rows].astype(np.intp) * _FLOWS + stock.flow[rows]
    return found


_KEPT = 2
"""How many outlooks are kept: of the yard as it is, and of one that is tried out."""


class _Latest(threading.local):
    """The outlooks that one thread keeps: they change as it asks, so no other thread may look at them."""

    def __init__(self) -> None:
        self.outlooks: list[Outlook] = []


_LATEST = _Latest()


def outlook_of(terrain: Terrain, stock: Stock, knowledge: Knowledge, row: int) -> Outlook:
    """Give the outlook of a stock, for a box of a row: the one kept, brought up to date, or a new one."""
    anchor_ns = departures.anchor_of(stock, knowledge, row)
    latest = _LATEST.outlooks
    for kept in latest:
        if kept.terrain is terrain and kept.anchor_ns == anchor_ns and kept.is_for(stock, knowledge):
            kept.take(stock, knowledge)
            return kept
    found = Outlook(terrain, stock, knowledge, anchor_ns)
    latest[:] = [found, *(kept for kept in latest if kept.terrain is not terrain)][:_KEPT]
    return found
