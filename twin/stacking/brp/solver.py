"""The anytime search for one bay: a first plan at once, better ones until the budget ends, and a bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from twin.stacking.brp import beam
from twin.stacking.brp.bounds import badly_placed, moves_beyond
from twin.stacking.brp.instance import BayPlan, Instance, Move
from twin.stacking.brp.moves import Rules, Small, relocate, rules_of, settle, state_of
from twin.stacking.brp.replay import stuck_reason, with_retrievals
from twin.stacking.brp.rollout import STUCK, roll_out

_GROWTH = 4
_FIRST_WIDTH = 4
_MOST_BYTES = 1 << 26
_SLICE_S = 0.001
_NO_PLAN = 1 << 19

Clock = Callable[[], float]


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
    steps_per_s: float = 1e6

    @classmethod
    def of(cls, instance: Instance, restricted: bool, budget_s: float, clock: Clock) -> "Search":
        """Begin: what is due and free has left, the bound of the bay as it stands is known."""
        deadline = clock() + budget_s
        rules, root = rules_of(instance, restricted), state_of(instance)
        settle(root, rules.rank)
        bad = badly_placed(root, rules.rank)
        work = np.zeros((2, len(root)), np.int16)
        bound = bad + (moves_beyond(root, rules.rank, work[0], work[1]) if bad else 0)
        return cls(instance, rules, root, bad, bound, deadline, clock)

    @property
    def left_s(self) -> float:
        """How much of the budget is left [s]."""
        return self.deadline - self.clock()

    @property
    def over(self) -> bool:
        """Whether nothing better can be found, or the time is up."""
        return self.closed or self.best <= self.bound or self.left_s <= 0.0

    def roll(self, moves: list[Move], deep: bool) -> None:
        """Follow some relocations, end the plan greedily, and keep it where it is the best."""
        state, rank = self.root.copy(), self.rules.rank
        bad = self.bad
        for source, target in moves:
            bad += relocate(state, rank, source, target)
            settle(state, rank)
        room = len(moves) + len(rank) * self.instance.max_tiers + 1
        record = np.zeros((room, 2), np.int16)
        faces = np.zeros((3, len(state)), np.int16)
        total, _ = roll_out(state, rank, self.rules.allowed, faces, bad, len(moves), _NO_PLAN, deep, record)
        if total < min(self.best, STUCK):
            self.best = total
            self.relocations = moves + [(int(s), int(t)) for s, t in record[len(moves) : total]]


def solve(
    instance: Instance,
    budget_s: float = 0.3,
    *,
    restricted: bool = False,
    widest: int = 1 << 16,
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
    clock : callable
        Gives seconds.

    Returns
    -------
    BayPlan
    """
    started = clock()
    search = Search.of(instance, restricted, budget_s, clock)
    if stuck_reason(instance):
        return _plan(search, 1e3 * (clock() - started))
    for deep in (False, True)[: 1 if restricted else 2]:
        search.roll([], deep)
    width = _FIRST_WIDTH
    most = min(widest, max(_FIRST_WIDTH, _MOST_BYTES // (8 * search.root.nbytes)))
    taken = 0.0
    while not search.over and width <= most:
        begun = clock()
        left = search.deadline - begun
        fits = taken * _GROWTH < left
        run_beam(search, width if fits else most, None if fits else search.deadline)
        if not fits:
            break
        taken = clock() - begun
        width *= _GROWTH
    return _plan(search, 1e3 * (clock() - started))


def warm() -> None:
    """Compile all loops, or load them from their cache, so that no search pays for it."""
    for restricted in (False, True):
        solve(Instance.of([[1, 3, 2], [4, 5], [6]], 4), 10.0, restricted=restricted)


def _plan(search: Search, ms: float) -> BayPlan:
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


@dataclass(slots=True)
class _Buffers:
    nodes: list[Small]
    bad: list[beam.Longs]
    keys: beam.Longs
    children: beam.Longs
    chosen: beam.Longs

    @classmethod
    def of(cls, root: Small, width: int) -> "_Buffers":
        children = 8 * width + root.shape[0] ** 2
        return cls(
            [np.zeros((width, *root.shape), np.int16) for _ in range(2)],
            [np.zeros(width, np.int64) for _ in range(2)],
            np.zeros(children, np.int64),
            np.zeros(children, np.int64),
            np.zeros(width, np.int64),
        )


def run_beam(search: Search, width: int, until: float | None) -> None:
    """Search once with a beam of a width; with ``until``, as wide as lets it end by then.

    Notes
    -----
    Where no child had to be dropped, all plans are accounted for and the best one is proven.
    """
    root, rules = search.root, search.rules
    stacks, rank = len(root), rules.rank
    space = _Buffers.of(root, width)
    space.nodes[0][0], space.bad[0][0] = root, search.bad
    bits = int(np.clip(np.log2(width * stacks * stacks * 4), 10, 20))
    seen, stamps = np.zeros(1 << bits, np.uint64), np.zeros(1 << bits, np.int64)
    tally = np.zeros(4 * search.best + 16 if search.best < _NO_PLAN else 1 << 16, np.int64)
    room, work = np.zeros((2, *root.shape), np.int16), np.zeros((5, stacks), np.int16)
    count = np.zeros(8, np.int64)
    count[beam.STAMP] = 1
    history: list[beam.Longs] = []
    kept, done, now, keep = 1, 0, 0, width
    while kept and not search.over:
        count[beam.AT] = count[beam.FOUND] = 0
        count[beam.BEST], count[beam.LIMIT] = search.best, 2 * _NO_PLAN
        tally[:] = 0
        level = search.clock()
        while count[beam.AT] < kept * stacks * stacks and search.left_s > 0.0:
            count[beam.BEST_AT] = -1
            begun, before = search.clock(), count[beam.STEPS]
            slice_s = min(_SLICE_S, 0.5 * search.left_s)
            beam.expand(
                space.nodes[now], space.bad[now], kept, done, rank, rules.name, rules.salt, rules.allowed,
                rules.restricted, keep, space.keys, space.children, tally, seen, stamps, room, work, count,
                before + max(1, int(slice_s * search.steps_per_s)),
            )  # fmt: skip
            passed = search.clock() - begun
            search.steps_per_s = max(1e3, (count[beam.STEPS] - before) / max(passed, 1e-6))
            if count[beam.BEST_AT] >= 0:
                search.roll(_path(history, int(count[beam.BEST_AT]), stacks), not rules.restricted)
                count[beam.BEST] = search.best
        if count[beam.AT] < kept * stacks * stacks:
            return
        if until is not None:
            keep = _affordable(search, done, kept, search.clock() - level, until, width)
        kept = beam.advance(
            space.nodes[now], space.bad[now], space.keys, space.children, count[beam.FOUND], keep,
            rank, search.best, space.nodes[1 - now], space.bad[1 - now], space.chosen,
        )  # fmt: skip
        if kept < count[beam.FOUND]:
            count[beam.DROPPED] = 1
        history.append(space.chosen[:kept].copy())
        now, done = 1 - now, done + 1
    if not kept and not count[beam.DROPPED]:
        search.closed = True


def _affordable(search: Search, done: int, kept: int, took_s: float, until: float, width: int) -> int:
    """Give how many states the next level may have, so that all levels end in time.

    The levels to come cost less and less, for plans from there are shorter: half of a square in all.
    """
    levels = max(1, search.best - done - 1)
    share_s = (until - search.clock()) * 2.0 / (levels + 1)
    return int(np.clip(share_s * kept / max(took_s, 1e-7), 1, width))


def _path(history: list[beam.Longs], number: int, stacks: int) -> list[Move]:
    """Give the relocations from the root to a child."""
    moves = []
    for level in [*history[::-1], None]:
        node, source, target = number // (stacks * stacks), number // stacks % stacks, number % stacks
        moves.append((source, target))
        if level is not None:
            number = int(level[node])
    return moves[::-1]
