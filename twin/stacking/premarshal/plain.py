"""Pre-marshalling without a compiler: the greedy from many beginnings, on plain lists."""

import random
import time
from collections.abc import Iterable
from typing import NamedTuple

from twin.stacking.premarshal.beam import NO_MOVE, weigh
from twin.stacking.premarshal.greedy import SPARES, STUCK, Greedy, dug, finish
from twin.stacking.premarshal.layout import Stacks, move
from twin.stacking.premarshal.model import Layout, Moves, Sorting

_BRANCH = 3


class Pilot:
    """Goes on with the move whose greedy end is shortest; then begins anew from amid the best plan."""

    def __init__(self, bay: Layout, lower: int, end: float) -> None:
        self.bay, self.lower, self.end = bay, lower, end
        self.best: Moves | None = None
        self.spare = SPARES[0]
        self._random = random.Random(1)
        self._start = _lists(*(part.tolist() for part in bay.start))

    def run(self) -> Sorting:
        """Search until a plan is proven shortest or it is time."""
        bay = self.bay
        for self.spare in SPARES:
            self._end(_Node(self._start, bay.bad, -1), ())
            if self.best is not None:
                break
        self._descend(_Node(self._start, bay.bad, -1))
        while not self._finished():
            self._again()
        if self.best is None:
            reason = "no plan was found within the budget"
            return Sorting(None, bay.bad, self.lower, False, reason)
        return Sorting(self.best, bay.bad, self.lower, len(self.best) <= self.lower)

    def _finished(self) -> bool:
        if self.best is not None and len(self.best) <= self.lower:
            return True
        return time.perf_counter() >= self.end

    def _end(self, node: "_Node", made: Moves) -> int:
        """End a plan by the greedy, keep it if it is the shortest; give its length from here."""
        bay = self.bay
        limit = 4 * bay.boxes + 20 if self.best is None else max(0, len(self.best) + 2 - len(made))
        moves = [0] * (2 * limit + 2)
        numbers: list[list[int]] = [[0] * (2 * bay.stacks) for _ in range(4)]
        scratch = Greedy(numbers[0], numbers[1], moves, numbers[2], numbers[3], self.spare)  # type: ignore[arg-type]
        stacks = _lists(*node.stacks)
        count = finish(stacks, scratch, bay.tiers, bay.most, node.bad, node.digging, limit)
        if count < STUCK and (self.best is None or len(made) + count < len(self.best)):
            self.best = (*made, *((moves[2 * i], moves[2 * i + 1]) for i in range(count)))
        return count

    def _descend(self, node: "_Node") -> None:
        """Make the most promising move again and again, each weighed by its greedy end."""
        bay, made = self.bay, ()  # type: tuple[Layout, Moves]
        while node.bad and not self._finished() and len(made) < bay.longest:
            cost: list[float] = [0.0] * (bay.stacks * bay.stacks)
            down = [0.0] * bay.stacks
            last = made[-1][1] if made else -1
            weigh(node.stacks, cost, down, bay.tiers, bay.most, node.digging, last)  # type: ignore[arg-type]
            shortest, best = 2 * STUCK, None
            for pair in sorted(range(len(cost)), key=cost.__getitem__)[:_BRANCH]:
                if cost[pair] < NO_MOVE and time.perf_counter() < self.end:
                    child, step = self._child(node, pair), divmod(pair, bay.stacks)
                    plan = self._end(child, (*made, step))
                    if plan < shortest:
                        shortest, best = plan, (child, step)
            if best is None:
                return
            node, made = best[0], (*made, best[1])

    def _child(self, node: "_Node", pair: int) -> "_Node":
        bay, stacks = self.bay, _lists(*node.stacks)
        source, target = divmod(pair, bay.stacks)
        change = move(stacks, bay.tiers, source, target)
        digging = node.digging if change < 0 else source
        depth: list[int] = [0] * bay.stacks
        if digging >= 0 and dug(stacks, depth, bay.tiers, bay.most, digging):  # type: ignore[arg-type]
            digging = -1
        return _Node(stacks, node.bad + change, digging)

    def _again(self) -> None:
        """Follow the best plan to some move, make others there, and end it by the greedy."""
        bay, best = self.bay, self.best or ()
        stacks, bad = _lists(*self._start), bay.bad
        made = best[: self._random.randrange(max(1, len(best)))]
        for source, target in made:
            bad += move(stacks, bay.tiers, source, target)
        node = _Node(stacks, bad, -1)
        # One other move amid a plan that is known; several where the greedy goes in circles.
        for _ in range(1 if best else self._random.randint(1, 2 * bay.tiers)):
            source, target = self._random.choice(_may(node.stacks, bay.tiers))
            node = self._child(node, source * bay.stacks + target)
            made = (*made, (source, target))
        self._end(node, made)


def _may(stacks: Stacks, tiers: int) -> list[tuple[int, int]]:
    """Give every move that can be made."""
    height = stacks.height
    return [
        (source, target)
        for source in range(len(height))
        for target in range(len(height))
        if source != target and height[source] and height[target] < tiers
    ]


class _Node(NamedTuple):
    stacks: Stacks
    bad: int
    digging: int


def _lists(box: Iterable[int], height: Iterable[int], good: Iterable[int]) -> Stacks:
    """Give stacks as lists, which plain Python reads faster than arrays."""
    return Stacks(list(box), list(height), list(good))  # type: ignore[arg-type]
