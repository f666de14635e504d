"""The beam run level by level under a clock: as wide as the time left allows."""

import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from twin.stacking.premarshal.beam import Children, Level, Scratch, advance, expand
from twin.stacking.premarshal.greedy import STUCK, Greedy, finish
from twin.stacking.premarshal.layout import move
from twin.stacking.premarshal.model import Layout, Moves
from twin.tables import Longs

_BRANCH = 6
_TRUST = 2.0
"""What a move more of the bound weighs against one more of the greedy's plan."""
_WIDEST = 4096
_SLACK = 6
"""How many moves over the best plan a greedy's end may take and still be told from a worse one."""
_SLICE_S = 0.002
"""What is expanded between two looks at the clock [s]."""


def follow(bay: Layout, begin: Sequence[int], digging: int, spare: int) -> Moves | None:
    """Give the plan that begins with some moves (source * stacks + target) and that the greedy ends."""
    stacks, bad = bay.copies(), bay.bad
    for pair in begin:
        bad += move(stacks, bay.tiers, pair // bay.stacks, pair % bay.stacks)
    greedy = Greedy.for_bay(bay.stacks, bay.longest, spare)
    count = finish(stacks, greedy, bay.tiers, bay.most, bad, digging, bay.longest)
    if count >= STUCK:
        return None
    ends = greedy.moves[: 2 * count].reshape(-1, 2).tolist()
    return (
        *(divmod(int(pair), bay.stacks) for pair in begin),
        *((source, target) for source, target in ends),
    )


class Keeper(Protocol):
    """Who keeps the best plan, the bound, and how the greedy fills (``Greedy.spare``)."""

    best: Moves | None
    lower: int
    spare: int

    def take(self, moves: Moves | None) -> None:
        """Keep a plan if it is the shortest."""


class Beam:
    """Runs over one bay, narrow or as wide as the time allows."""

    def __init__(self, bay: Layout, keeper: Keeper) -> None:
        self.bay, self.keeper = bay, keeper
        self._node_s = 1e-6
        """What a node costs, a move left below it [s]."""
        self._rng = np.random.default_rng(1)
        self._scratch = Scratch.for_bay(bay.stacks, bay.tiers, bay.most, bay.longest + _SLACK, keeper.spare)

    def run(self, width: int, end: float) -> bool:
        """Search from the bay to the end, or until it is time; give whether a wider run may find more.

        ``width`` 0 makes each level as wide as the time left allows.
        """
        bay, most = self.bay, width or _WIDEST
        level, spare = (Level.for_bay(most, bay.stacks, bay.tiers) for _ in range(2))
        level.box[0], level.height[0], level.good[0] = bay.copies()
        level.bad[0] = bay.bad
        children = Children.room(most * _BRANCH)
        past: list[tuple[Longs, Longs]] = []
        nodes, cut = 1, False
        while nodes and len(past) < self._longest():
            limit = min(self._longest() - len(past) - 1 + _SLACK, 4 * bay.boxes + _SLACK)
            count = self._expand(level, nodes, children, limit, end)
            if time.perf_counter() >= end or not count:
                break
            self._keep(children, count, past)
            wide = width or self._width(self._longest() - len(past), end)
            chosen = self._choose(children, count, wide)
            cut = cut or len(chosen) < count
            past.append((children.node[chosen], children.pair[chosen]))
            advance(level, chosen, children, bay.tiers, spare)
            level, spare, nodes = spare, level, len(chosen)
        return cut and time.perf_counter() < end

    def _longest(self) -> int:
        """Give how many moves a plan may have to be the shortest."""
        best = self.keeper.best
        return self.bay.longest if best is None else len(best) - 1

    def _width(self, left: int, end: float) -> int:
        """Give how wide the next level may be so that the levels below it end in time.

        A node costs in proportion to the moves left below it: a triangle over the levels.
        """
        wide = (end - time.perf_counter()) / (self._node_s * max(1, left * (left + 1) // 2))
        return int(min(_WIDEST, max(4, wide)))

    def _expand(self, level: Level, nodes: int, children: Children, limit: int, end: float) -> int:
        """Weigh the children of a level, in slices of some milliseconds; give how many there are.

        What was weighed when time ran out is kept too: its plans may be the best.
        """
        table = np.zeros(1 << (4 * nodes * _BRANCH).bit_length(), np.int64)
        count, begin, bay = 0, 0, self.bay
        while begin < nodes and (now := time.perf_counter()) < end:
            stop = min(nodes, begin + max(1, int(_SLICE_S / (self._node_s * limit))))
            count = expand(
                level, begin, stop, _BRANCH, bay.tiers, bay.most, limit, self.keeper.best is None,
                table, children, count, self._scratch,
            )  # fmt: skip
            took = (time.perf_counter() - now) / ((stop - begin) * limit)
            self._node_s = 0.8 * self._node_s + 0.2 * took
            begin = stop
        return count

    def _keep(self, children: Children, count: int, past: list[tuple[Longs, Longs]]) -> None:
        """Hand over the best child's plan where it is shorter than the best."""
        best = int(np.argmin(children.score[:count]))
        if len(past) + 1 + children.score[best] > self._longest():
            return
        pairs, node = [int(children.pair[best])], int(children.node[best])
        for nodes, pair in reversed(past):
            pairs.append(int(pair[node]))
            node = int(nodes[node])
        self.keeper.take(follow(self.bay, pairs[::-1], int(children.dig[best]), self.keeper.spare))

    def _choose(self, children: Children, count: int, width: int) -> Longs:
        """Give the children to go on with, the best first; equal ones in random order."""
        key = children.score[:count] + _TRUST * children.bound[:count] + self._rng.random(count)
        if count > width:
            part = np.argpartition(key, width)[:width]
            return np.asarray(part[np.argsort(key[part])])
        return np.argsort(key)
