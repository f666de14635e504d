"""Beam search whose nodes are weighed by the plan that the greedy makes from them."""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.stacking.premarshal.bound import Counts, lower_bound
from twin.stacking.premarshal.greedy import STUCK, Greedy, dug, ease, finish
from twin.stacking.premarshal.layout import Stacks, move
from twin.tables import Floats, Longs

_PRIME = 1_000_003
_MIX = 0x2545F4914F6CDD1D
NO_MOVE = 1e9
"""What a move costs that cannot be made."""


class Level(NamedTuple):
    """The nodes of one level.

    Attributes
    ----------
    box, height, good : (nodes, ...), see ``layout.Stacks``
    bad, dig, last : (nodes,)
        Boxes badly placed, the stack being taken down, and the one that the last box was put on, -1 where
        there is none.
    """

    box: Longs
    height: Longs
    good: Longs
    bad: Longs
    dig: Longs
    last: Longs

    @classmethod
    def for_bay(cls, nodes: int, stacks: int, tiers: int) -> "Level":
        """Give room for so many nodes."""
        box, height, good = (np.zeros((nodes, n), np.int64) for n in (stacks * tiers, stacks, stacks))
        bad, dig, last = (np.full(nodes, -1, np.int64) for _ in range(3))
        return cls(box, height, good, bad, dig, last)


class Children(NamedTuple):
    """Children weighed.

    Attributes
    ----------
    score, bound : moves of the greedy's plan from each, and of any at least.
    node, pair, dig : its node, its move (source * stacks + target), the stack being taken down there.
    """

    score: Longs
    bound: Longs
    node: Longs
    pair: Longs
    dig: Longs

    @classmethod
    def room(cls, count: int) -> "Children":
        """Give room for so many."""
        score, bound, node, pair, dig = (np.zeros(count, np.int64) for _ in range(5))
        return cls(score, bound, node, pair, dig)


class Scratch(NamedTuple):
    """A layout to work in, and what ``weigh``, the greedy and the bound need."""

    work: Stacks
    cost: Floats
    down: Floats
    greedy: Greedy
    counts: Counts

    @classmethod
    def for_bay(cls, stacks: int, tiers: int, most: int, limit: int, spare: int) -> "Scratch":
        """Give scratch for so many stacks, tiers and groups, and plans of so many moves."""
        box, height, good = (np.zeros(n, np.int64) for n in (stacks * tiers, stacks, stacks))
        greedy = Greedy.for_bay(stacks, limit, spare)
        counts = Counts.for_bay(stacks, tiers, most)
        return cls(Stacks(box, height, good), np.zeros(stacks * stacks), np.zeros(stacks), greedy, counts)


@compiled
def mark(bay: Stacks, tiers: int) -> int:
    """Give an odd number of 64 bits that is the same for layouts that differ in the order of stacks alone."""
    total = 0
    for stack in range(len(bay.height)):
        code = 7
        for tier in range(bay.height[stack]):
            code = code * _PRIME + bay.box[stack * tiers + tier]
        code *= _MIX
        code ^= code >> 29
        total += code * _MIX
    return total | 1


@compiled
def weigh(
    bay: Stacks, cost: Floats, down: Floats, tiers: int, most: int, digging: int, last: int
) -> None:  # fmt: skip
    """Write how promising each move is into ``cost``, (stacks * stacks,): less is better, 1e9 no move.

    ``down`` is scratch, one a stack; ``digging`` the stack being taken down and ``last`` the one that the
    last box was put on, -1 where there is none.
    """
    box, height, good = bay
    stacks = len(height)
    ground = False
    least = NO_MOVE
    for stack in range(stacks):
        down[stack] = ease(bay, tiers, most, stack) if height[stack] else NO_MOVE
        least = min(least, down[stack])
    for pair in range(stacks * stacks):
        cost[pair] = NO_MOVE
    for target in range(stacks):
        high = height[target]
        if high >= tiers or (high == 0 and ground):
            continue
        ground = ground or high == 0
        face = box[target * tiers + high - 1] if high else most + 1
        fits = good[target] == high
        for source in range(stacks):
            if source in (target, last) or height[source] == 0 or (high == 0 and height[source] == 1):
                continue
            gap = (face - box[source * tiers + height[source] - 1]) / (most + 1.0)
            if fits and gap >= 0 and good[source] < height[source]:
                value = gap
            else:
                value = 0.15 if source == digging else 0.5 + 0.15 * (down[source] - least)
                if fits:
                    value += 0.3 * gap if gap >= 0 else 0.6 - 0.1 * high / tiers
                else:
                    value += 0.3 + 0.3 * gap if gap <= 0 else 0.7 + 0.1 * high / tiers
            cost[source * stacks + target] = value


@compiled
def expand(
    level: Level, begin: int, end: int, branch: int, tiers: int, most: int, limit: int, blind: bool,
    table: Longs, children: Children, count: int, scratch: Scratch,
) -> int:  # fmt: skip
    """Weigh the most promising children of some nodes of a level; give how many there are now.

    Parameters
    ----------
    begin, end, branch : int
        Which nodes, and how many children each.
    limit : int
        Most moves that a plan from a child may take and still be told from a worse one.
    blind : bool
        Whether no plan is known yet.
    table : (2 ** k,)
        Marks seen in this level, 0 where free.
    count : int
        How many children are there already.
    """
    stacks = level.height.shape[1]
    slots = len(table) - 1
    work, cost, down, greedy, counts = scratch
    for node in range(begin, end):
        bay = Stacks(level.box[node], level.height[node], level.good[node])
        weigh(bay, cost, down, tiers, most, level.dig[node], level.last[node])
        for _ in range(branch):
            pair = int(np.argmin(cost))
            if cost[pair] >= NO_MOVE:
                break
            cost[pair] = NO_MOVE
            copy(bay, work)
            source, target = pair // stacks, pair % stacks
            change = move(work, tiers, source, target)
            if _seen(table, slots, mark(work, tiers)):
                continue
            # A box that goes where it fits leaves what is being taken down as it is.
            now = level.dig[node] if change < 0 else source
            if now >= 0 and dug(work, greedy.depth, tiers, most, now):
                now = -1
            children.bound[count] = lower_bound(work, counts, tiers, most)
            plan = finish(work, greedy, tiers, most, level.bad[node] + change, now, limit)
            if plan >= STUCK:
                # The greedy goes in circles: what it left tells something only near a plan that is known.
                plan = limit + 1 + (children.bound[count] if blind else plan - STUCK)
            children.score[count] = plan
            children.node[count], children.pair[count], children.dig[count] = node, pair, now
            count += 1
    return count


@compiled
def copy(bay: Stacks, into: Stacks) -> None:
    """Copy a layout."""
    into.box[:] = bay.box
    into.height[:] = bay.height
    into.good[:] = bay.good


@compiled
def _seen(table: Longs, slots: int, key: int) -> bool:
    """Tell whether a mark is in the table already, and put it there."""
    slot = (key ^ (key >> 31)) & slots
    while table[slot] != 0:
        if table[slot] == key:
            return True
        slot = (slot + 1) & slots
    table[slot] = key
    return False


@compiled
def advance(level: Level, chosen: Longs, children: Children, tiers: int, into: Level) -> None:
    """Make the chosen children the next level."""
    stacks = level.height.shape[1]
    for row in range(len(chosen)):
        child = chosen[row]
        node, pair = children.node[child], children.pair[child]
        bay = Stacks(into.box[row], into.height[row], into.good[row])
        copy(Stacks(level.box[node], level.height[node], level.good[node]), bay)
        into.bad[row] = level.bad[node] + move(bay, tiers, pair // stacks, pair % stacks)
        into.dig[row], into.last[row] = children.dig[child], pair % stacks
