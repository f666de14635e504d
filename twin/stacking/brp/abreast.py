"""The greedy roll-out of many states abreast, for where there is no compiler.

What lies open is kept stack by stack over all states, so that the least of a few stacks is one pass. A key
is a rank, whether it is buried, and a stack in one number: the least key of a state tells which stack is due,
and differences are taken without a sign, where what does not fit wraps round to a great number.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Keys = NDArray[np.signedinteger]
Flags = NDArray[np.bool_]

STUCK = 1 << 20
"""Added to an estimate where the rule finds no room: no plan, but the search may still find one."""
_CROWDED = 0.75
"""States that are done are carried along until so small a part of all is still open."""
_FACES = ("height", "top", "under", "edge", "takes", "wrong")

Log = list[tuple[Ints, Ints, Ints]]
"""What a roll-out did, step by step: rows, from, to; a retrieval goes to a stack beyond the last."""


class TimeIsUpError(Exception):
    """Ends a roll-out in its middle: nothing is lost but what it would have found."""


def never() -> bool:
    """Tell that the time is not up."""
    return False


class Abreast:
    """States of bays of one shape, being emptied step by step.

    Parameters
    ----------
    cells : (n, stacks, tiers) int16
        Ranks from the ground up.
    height : (n, stacks)
        Boxes.
    bad : (n,)
        Badly placed boxes.
    """

    def __init__(self, cells: NDArray[np.int16], height: Ints, bad: Ints) -> None:
        count, self.stacks, self.tiers = cells.shape
        self.bits = int(self.stacks - 1).bit_length() + 1
        filled = np.arange(self.tiers) < height[:, :, None]
        self.never = int(cells.max(initial=0, where=filled)) + 1
        fits = (self.never + 1) << self.bits < 1 << 14
        self.key = np.dtype(np.int16 if fits else np.int32)
        self.unsigned = np.dtype(np.uint16 if fits else np.uint32)
        self._buried = self.key.type(1 << (self.bits - 1))
        self._stack, self._low = int(self._buried) - 1, (1 << self.bits) - 1
        self.most = (1 << 16 if fits else 1 << 32) - 1
        shape = (count, self.stacks + 1, self.tiers + 1)
        self.cells = np.full(shape, self.never, self.key)
        self.beneath = np.full(shape, self.never, self.key)
        self.cells[:, :-1, 1:] = np.where(filled, cells, self.never)
        low = np.minimum.accumulate(self.cells, axis=2)
        self.beneath[:, :, 1:] = low[:, :, :-1]
        self.height = np.zeros((self.stacks + 1, count), np.int64)
        self.height[:-1] = height.T
        every, stack = np.arange(count), np.arange(self.stacks + 1)[:, None]
        self.top = self.cells[every, stack, self.height]
        self.under = self.beneath[every, stack, self.height]
        self.bad = bad.astype(np.int64)
        below = np.minimum(self.top, self.under)
        wrong = self.top > self.under
        self.edge = (below << self.bits | wrong << (self.bits - 1) | stack).astype(self.key)
        self.takes = np.where(self.height < self.tiers, self.edge, self.key.type(-1))
        self.wrong = np.where(wrong, self.top << self.bits | stack, 0).astype(self.key)
        self.place()

    def place(self) -> None:
        """Prepare looks at one stack of each state."""
        for name in _FACES:
            # Looks and changes go through flat views.
            setattr(self, name, np.ascontiguousarray(getattr(self, name)))
        self.every = np.arange(len(self.bad))
        self.twice = np.tile(self.every, 2)
        self.column = self.twice * ((self.stacks + 1) * (self.tiers + 1))

    def keep(self, rows: Ints) -> None:
        """Drop all but some states."""
        self.cells, self.beneath, self.bad = self.cells[rows], self.beneath[rows], self.bad[rows]
        for name in _FACES:
            setattr(self, name, getattr(self, name).take(rows, axis=1))
        self.place()

    def choose(self, deep: bool) -> tuple[Ints, Ints, Flags]:
        """Give the next move of each state, by the rules of ``rollout.roll_out``, and where there is none.

        The stack beyond the last takes what is retrieved.
        """
        least = self.edge[:-1].min(axis=0)
        source = (least & self._stack).astype(np.int64)
        mine = self.top.take(source * len(least) + self.every)
        leaves = mine == least >> self.bits
        own = mine << self.bits
        takes = self.takes[:-1]
        slack = (takes - own).view(self.unsigned).min(axis=0).view(self.key)
        late = takes.max(axis=0)
        safe = slack >= 0
        target = (np.where(safe, slack, late) & self._stack).astype(np.int64)
        stuck = ~(safe | leaves) & ((late < 0) | (target == source))
        if deep:
            most = (slack + own) | self._low
            latest = most - (most - self.wrong[:-1]).view(self.unsigned).min(axis=0).view(self.key)
            room = self.height.take(target * len(least) + self.every) + 2 <= self.tiers
            first = safe & room & ~leaves & (latest > (own | self._low))
            np.copyto(source, latest & self._stack, where=first)
            unsafe = np.flatnonzero(~(safe | leaves))
            if len(unsafe):
                found, way, to = self._make_way(unsafe, mine[unsafe])
                unsafe = unsafe[found]
                source[unsafe], target[unsafe], stuck[unsafe] = way, to, False
        target[leaves] = self.stacks
        target[stuck] = self.stacks
        return source, target, stuck

    def _make_way(self, rows: Ints, mine: Keys) -> tuple[Flags, Ints, Ints]:
        """Give moves of well placed tops to other good places that open their stacks, and where there are."""
        takes, top = self.takes[:-1].take(rows, axis=1), self.top[:-1].take(rows, axis=1)
        under = self.under[:-1].take(rows, axis=1)
        slack = (takes - (top << self.bits)[:, None]).view(self.unsigned)
        each = np.arange(self.stacks)
        slack[each, each] = self.most
        tight = slack.min(axis=1).view(self.key)
        good = (tight >= 0) & (top <= under) & (under >= mine)
        cost = np.where(good, (tight >> self.bits) + (under - mine), self.most >> 1)
        way = cost.argmin(axis=0)
        across = np.arange(len(rows))
        found = good[way, across]
        to = tight[way, across] & self._stack
        return found, way[found], to[found].astype(np.int64)

    def move(self, source: Ints, target: Ints) -> None:
        """Move a top box in each state."""
        count = len(self.every)
        stack = np.concatenate((source, target))
        face = stack * count + self.twice
        out, into = face[:count], face[count:]
        height = self.height.take(face)
        height[:count] -= height[:count] > 0
        height[count:] += 1
        at = stack * (self.tiers + 1) + self.column + height
        left = self.under.take(out)
        self.cells.reshape(-1)[at[count:]] = self.top.take(out)
        self.beneath.reshape(-1)[at[count:]] = self.edge.take(into) >> self.bits
        top, wrong = self._show(face, stack, at, height)
        self.bad += wrong[count:]
        self.bad -= top[count:] > left
        self.height[-1] = 0
        self.edge[-1] = self.never << self.bits

    def leave(self) -> None:
        """Retrieve in each state the tops that leave before all that is not on top."""
        edge, count = self.edge[:-1], len(self.every)
        face = np.flatnonzero(edge < self.under[:-1].min(axis=0) << self.bits)
        stack = (edge.take(face) & self._stack).astype(np.int64)
        height = self.height.take(face) - 1
        at = stack * (self.tiers + 1) + self.column.take(face - stack * count) + height
        self._show(face, stack, at, height)

    def _show(self, face: Ints, stack: Ints, at: Ints, height: Ints) -> tuple[Keys, Flags]:
        """Bring what lies open of some stacks up to date; give the tops, and which are badly placed."""
        top, under = self.cells.take(at), self.beneath.take(at)
        wrong = top > under
        short = stack.astype(self.key)
        edge = (np.minimum(top, under) << self.bits) | short | (wrong * self._buried)
        self.top.reshape(-1)[face] = top
        self.under.reshape(-1)[face] = under
        self.height.reshape(-1)[face] = height
        self.edge.reshape(-1)[face] = edge
        edge[height >= self.tiers] = -1
        self.takes.reshape(-1)[face] = edge
        self.wrong.reshape(-1)[face] = (top << self.bits | short) * wrong
        return top, wrong


def roll_out(
    states: Abreast, done: int, cap: Ints, deep: bool, over: Callable[[], bool] = never
) -> tuple[Ints, Log]:
    """Finish all plans greedily, changing the states.

    Parameters
    ----------
    states : Abreast
    done : int
        Relocations so far.
    cap : (n,)
        Give a state up once more than these are certain.
    deep : bool
        Prepare places by moves of other boxes; else the plain min-max rule.
    over : callable
        Tells that the time is up.

    Returns
    -------
    (n,), Log
        All relocations of each state; more than its cap where it was given up, or where stuck.

    Raises
    ------
    TimeIsUpError
        Once ``over`` says so.
    """
    total, rows = np.full(len(states.bad), done), np.arange(len(states.bad))
    so_far, log = total.copy(), []  # type: Ints, Log
    while True:
        if over():
            raise TimeIsUpError
        certain = so_far + states.bad
        alive = (states.bad > 0) & (certain <= cap)
        left = np.count_nonzero(alive)
        if left < _CROWDED * len(rows) or not left:
            total[rows[~alive]] = certain[~alive]
            if not left:
                return total, log
            kept = np.flatnonzero(alive)
            states.keep(kept)
            rows, so_far, cap = rows[kept], so_far[kept], cap[kept]
        states.leave()
        source, target, stuck = states.choose(deep)
        states.move(source, target)
        log.append((rows, source, target))
        so_far += target < states.stacks
        so_far[stuck] += STUCK
