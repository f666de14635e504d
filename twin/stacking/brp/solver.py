"""The anytime search for one bay: a first plan at once, better ones until the budget ends, and a bound."""

import time
from dataclasses import dataclass, field

import numpy as np

from twin.compiled import COMPILED
from twin.stacking.brp import beam
from twin.stacking.brp.arrays import Together
from twin.stacking.brp.bounds import badly_placed, moves_beyond
from twin.stacking.brp.instance import BayPlan, Instance, Move
from twin.stacking.brp.moves import Rules, Small, relocate, rules_of, settle, state_of
from twin.stacking.brp.replay import stuck_reason, with_retrievals
from twin.stacking.brp.rollout import STUCK, roll_out
from twin.stacking.budget import Clock

_GROWTH = 6
_FIRST_WIDTH = 4
_MOST_BYTES = 1 << 26
_SLICE_S = 0.001
_NO_PLAN = 1 << 19


@dataclass(slots=True)
class Search:
    """One bay being searched: what does not change, the best plan so far, and the clock."""

    instance: Instance
    rules: Rules
    root: Small
    bad: int
    bound: int
    deadline: float
    clock: Clock
    best: int = _NO_PLAN
    relocations: list[Move] = field(default_factory=list)
    closed: bool = False
    passes: int = 0
    steps_per_s: float = 1e6

    @classmethod
    def of(cls, instance: Instance, restricted: bool, budget_s: float, clock: Clock) -> "Search":
        """Begin: what is due and free has left, the bound of the bay as it stands is known."""
        deadline = clock() + budget_s
        rules, root = rules_of(instance, restricted), state_of(instance)
        settle(root, rules.rank)
        bad = int(badly_placed(root, rules.rank))
        work = np.zeros((2, len(root)), np.int16)
        bound = bad + (int(moves_beyond(root, rules.rank, work[0], work[1])) if bad else 0)
        return cls(instance, rules, root, bad, bound, deadline, clock)

    @property
    def over(self) -> bool:
        """Whether nothing better can be found, or the time is up."""
        return self.closed or self.best <= self.bound or self.clock() >= self.deadline

    def begin(self) -> None:
        """Find the first plans: min-max, then with places prepared."""
        for deep in (False, True)[: 1 if self.rules.restricted else 2]:
            self.roll([], deep)

    def take(self, plan: list[Move], best: int, closed: bool) -> None:
        """Keep what another search found, where it has a plan."""
        if len(plan) == best:
            self.best, self.relocations = best, plan
        self.closed = closed

    def roll(self, moves: list[Move], deep: bool) -> None:
        """Follow some relocations, end the plan greedily, and keep it where it is the best."""
        state, rank = self.root.copy(), self.rules.rank
        bad = self.bad
        for source, target in moves:
            bad += relocate(state, rank, source, target)
            settle(state, rank)
        room = len(moves) + len(rank) * self.instance.max_tiers + 1
        record = np.zeros((room, 2), np.int16)
        faces = np.zeros((5, len(state)), np.int64)
        total, _ = roll_out(
            state,
            rank,
            self.rules.allowed,
            self.rules.grouped,
            faces,
            np.zeros(len(rank) + 1, np.int16),
            bad,
            len(moves),
            _NO_PLAN,
            deep,
            record,
        )
        if total < min(self.best, STUCK):
            self.best = int(total)
            self.relocations = moves + [(int(s), int(t)) for s, t in record[len(moves) : total]]


def solve(
    instance: Instance,
    budget_s: float = 0.3,
    *,
    restricted: bool = False,
    widest: int = 1 << 16,
    compiled: bool = COMPILED,
    clock: Clock = time.perf_counter,
) -> BayPlan:
    """Plan how a bay is emptied with few relocations.

    Parameters
    ----------
    instance : Instance
    budget_s : float
        When to stop [s]; a first plan is always sought.
    restricted : bool
        Move only boxes above one that is due.
    widest : int
        The widest beam; where it ends the search before the budget, the same bay gives the same plan.
    compiled : bool
        Search with the compiled loops; else in whole arrays.
    clock : callable
        Gives seconds.

    Returns
    -------
    BayPlan
    """
    started = clock()
    search = Search.of(instance, restricted, budget_s, clock)
    if stuck_reason(instance):
        return plan_of(search, 1e3 * (clock() - started))
    if compiled or search.rules.masked:
        search.begin()
        with np.errstate(over="ignore"):
            _widen(search, widest)
    else:
        found = Together.of([instance], restricted, [search.bound])
        found.widen(_FIRST_WIDTH, min(widest, 1 << 12), lambda: clock() >= search.deadline)
        search.take(found.plans[0], int(found.best[0]), bool(found.closed[0]))
    return plan_of(search, 1e3 * (clock() - started))


def _widen(search: Search, widest: int) -> None:
    """Search with ever wider beams until the time is up or nothing better can be found."""
    a_state = 4 * search.root.nbytes + 16 * len(search.rules.rank)
    most = min(widest, max(_FIRST_WIDTH, _MOST_BYTES // a_state))
    clock, width, taken = search.clock, min(_FIRST_WIDTH, widest), 0.0
    while not search.over:
        begun = clock()
        # Half of the time or more goes to one last beam, as wide as ends in time; many narrow ones give less.
        left = search.deadline - begun
        fits = taken * _GROWTH**2 < left
        if fits and width > most:
            return
        if not fits:
            width = int(np.clip(width / _GROWTH * left / taken, 1, most))
        run_beam(search, width, None if fits else search.deadline)
        taken = clock() - begun
        width *= _GROWTH


def warm() -> None:
    """Compile all loops, or load them from their cache, so that no search pays for it."""
    if COMPILED:
        for restricted in (False, True):
            search = Search.of(Instance.of([[1, 3, 2], [4, 5], [6]], 4), restricted, 60.0, time.perf_counter)
            search.begin()
            Pass(search, 4).advance(1000)


def plan_of(search: Search, ms: float) -> BayPlan:
    """Give what a search found so far as a plan."""
    if search.best >= _NO_PLAN:
        reason = stuck_reason(search.instance)
        closed = search.closed or bool(reason)
        late = (
            "no plan: every order of moves ends in a full bay"
            if closed
            else "no plan was found in the time given"
        )
        return BayPlan((), None, search.bound, closed, ms, reason or late)
    if search.closed:
        search.bound = search.best
    moves = with_retrievals(search.instance, search.relocations)
    return BayPlan(moves, search.best, search.bound, search.best <= search.bound, ms)


class Pass:
    """One beam of a width through one bay, run slice by slice."""

    def __init__(self, search: Search, width: int) -> None:
        root, rules = search.root, search.rules
        stacks, most = len(root), 2 * width
        bits = int(np.clip(np.log2(4 * width * stacks * stacks), 8, 20))
        levels = min(search.best, 2 * len(rules.rank) + 8)
        nodes, bad = np.zeros((2, most, *root.shape), np.int16), np.zeros((2, most), np.int64)
        nodes[0, 0], bad[0, 0] = root, search.bad
        self.count = np.zeros(12, np.int64)
        self.history = np.zeros((levels, most), np.int64)
        tally = np.zeros(4 * min(search.best, len(rules.rank) * stacks) + 64, np.int64)
        search.passes += 1
        self.count[beam.KEPT], self.count[beam.STAMP], self.count[beam.BEST_AT] = 1, search.passes, -1
        self.count[beam.LIMIT] = len(tally) - 1
        self._search, self.most, self.keep = search, most, width
        self._before = (
            nodes, bad, self.history, rules.rank, rules.name, rules.salt, rules.allowed, rules.grouped,
            rules.restricted,
        )  # fmt: skip
        self._after = (
            np.zeros(8 * most + stacks**2, np.int64), np.zeros(8 * most + stacks**2, np.int64), tally,
            np.zeros(1 << bits, np.uint64), np.zeros(1 << bits, np.int64),
            np.zeros((2, *root.shape), np.int16), np.zeros((5, stacks), np.int64),
            np.zeros(len(rules.rank) + 1, np.int16), np.zeros((2, stacks), np.int16),
        )  # fmt: skip

    @property
    def over(self) -> bool:
        """Whether no states are left to go on from."""
        return bool(self.count[beam.KEPT] == 0)

    @property
    def complete(self) -> bool:
        """Whether it has ended and no child had to be dropped: all plans are accounted for."""
        return self.over and not self.count[beam.DROPPED]

    def advance(self, steps: int) -> None:
        """Take so many steps, and keep a better plan where one is found."""
        count, search = self.count, self._search
        count[beam.BEST], count[beam.BEST_AT] = search.best, -1
        beam.run(*self._before, self.keep, *self._after, count, int(count[beam.STEPS]) + steps)
        if count[beam.BEST_AT] >= 0:
            moves = _path(self.history[: count[beam.BEST_LEVEL]], int(count[beam.BEST_AT]), len(search.root))
            search.roll(moves, not search.rules.restricted)


def run_beam(search: Search, width: int, until: float | None) -> None:
    """Search once with a beam of a width; with ``until``, as wide as lets it end by then.

    Notes
    -----
    Where no child had to be dropped, all plans are accounted for and the best one is proven.
    """
    beam_, clock = Pass(search, width), search.clock
    started = clock()
    while not beam_.over and not search.over:
        begun, before = clock(), int(beam_.count[beam.STEPS])
        slice_s = min(_SLICE_S, 0.5 * max(0.0, search.deadline - begun))
        beam_.advance(max(1, int(slice_s * search.steps_per_s)))
        taken = max(clock() - begun, 1e-6)
        search.steps_per_s = max(1e3, (int(beam_.count[beam.STEPS]) - before) / taken)
        if until is not None:
            # What is left costs less and less, for plans from later levels are shorter: as a square.
            part = (1.0 - beam_.count[beam.LEVEL] / max(1, search.best)) ** 2
            ahead = part / max(1.0 - part, 0.01) * (clock() - started) / max(until - clock(), 1e-6)
            beam_.keep = int(np.clip(width / max(ahead, 1e-3), width // 2 + 1, beam_.most))
    search.closed = search.closed or beam_.complete


def _path(history: beam.Longs, number: int, stacks: int) -> list[Move]:
    """Give the relocations from the root to a child."""
    moves = []
    for level in range(len(history), -1, -1):
        node, source, target = number // (stacks * stacks), number // stacks % stacks, number % stacks
        moves.append((source, target))
        if level > 0:
            number = int(history[level - 1, node])
    return moves[::-1]
