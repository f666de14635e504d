"""A plan at once: fill sorted stacks with what fits most tightly, else take one stack down.

The idea of filling and reducing stacks in turn is that of I. Araya and M. Toledo, "A fill-and-reduce greedy
algorithm for the container pre-marshalling problem", Operational Research 23 (2023).
"""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.stacking.premarshal.layout import Stacks, move, reach
from twin.tables import Longs

STUCK = 1 << 20
"""More moves than any plan has."""
SPARES = (3, 2, 1)
"""How many stacks with room the greedy keeps: the best first."""


class Greedy(NamedTuple):
    """Scratch of the greedy: source and target of each move, and numbers a stack.

    ``gives`` are stacks with a badly placed box on top and its group, ``takes`` sorted ones with room and the
    latest group that fits. Where fewer than ``spare`` stacks have room, none is filled to the top.
    """

    depth: Longs
    done: Longs
    moves: Longs
    gives: Longs
    takes: Longs
    spare: int

    @classmethod
    def for_bay(cls, stacks: int, limit: int, spare: int) -> "Greedy":
        """Give scratch for so many stacks and moves."""
        depth, done = np.zeros(stacks, np.int64), np.zeros(stacks, np.int64)
        gives, takes = np.zeros(2 * stacks, np.int64), np.zeros(2 * stacks, np.int64)
        return cls(depth, done, np.zeros(2 * limit + 2, np.int64), gives, takes, spare)


@compiled
def fill(bay: Stacks, gives: Longs, takes: Longs, tiers: int, most: int, spare: int) -> int:
    """Give the tightest fit as source * stacks + target, -1 where no badly placed box fits anywhere.

    A sorted stack that the box would fill is no target where less than ``spare`` stacks have room. ``gives``
    and ``takes`` are scratch, two numbers a stack.
    """
    box, height, good = bay
    stacks = len(height)
    given, taken, room = 0, 0, 0
    for stack in range(stacks):
        room += height[stack] < tiers
    for stack in range(stacks):
        high = height[stack]
        if good[stack] < high:
            gives[2 * given], gives[2 * given + 1] = box[stack * tiers + high - 1], stack
            given += 1
        elif high < tiers and (high < tiers - 1 or room >= spare):
            takes[2 * taken] = box[stack * tiers + high - 1] if high else most + 1
            takes[2 * taken + 1] = stack
            taken += 1
    best, chosen = most + 2, -1
    for take in range(taken):
        face = takes[2 * take]
        for give in range(given):
            gap = face - gives[2 * give]
            if 0 <= gap < best:
                best, chosen = gap, gives[2 * give + 1] * stacks + takes[2 * take + 1]
        if best == 0:
            break
    return chosen


@compiled
def worth(bay: Stacks, tiers: int, most: int, target: int, group: int) -> int:
    """Give how well a box that has to go somewhere stands on a stack: more is better."""
    box, height, good = bay
    high = height[target]
    face = box[target * tiers + high - 1] if high else most + 1
    if good[target] == high:
        if group <= face:
            return int(30 * most - face)
        return int(10 * most + high)
    if group >= face:
        return int(20 * most + face)
    return int(10 * most - 2 * most * high // tiers - face)


@compiled
def away(bay: Stacks, tiers: int, most: int, source: int) -> int:
    """Give the best stack for the top box of a stack, -1 where all others are full."""
    box, height, _ = bay
    group = box[source * tiers + height[source] - 1]
    best, chosen = -(1 << 40), -1
    for target in range(len(height)):
        if target != source and height[target] < tiers:
            value = worth(bay, tiers, most, target, group)
            if value > best:
                best, chosen = value, target
    return chosen


@compiled
def ease(bay: Stacks, tiers: int, most: int, stack: int) -> float:
    """Give how costly it is to take a stack down: its height, then what would go back easily."""
    box, height, good = bay
    high = height[stack]
    total = 0
    for tier in range(high):
        total += box[stack * tiers + tier]
    mean = total / (high * (most + 1.0))
    return float(high + (mean if good[stack] == high else -mean))


@compiled
def reduce(bay: Stacks, done: Longs, tiers: int, most: int) -> int:
    """Give the stack to take down next and mark it done, -1 where there is none."""
    height = bay.height
    for _ in range(2):
        best, chosen = 1e9, -1
        for stack in range(len(height)):
            if height[stack] and not done[stack]:
                cost = ease(bay, tiers, most, stack)
                if cost < best:
                    best, chosen = cost, stack
        if chosen >= 0:
            done[chosen] = 1
            return chosen
        for stack in range(len(height)):
            done[stack] = 0
    return -1


@compiled
def finish(bay: Stacks, scratch: Greedy, tiers: int, most: int, bad: int, digging: int, limit: int) -> int:
    """Sort a layout in place by filling and reducing; give the number of moves, which ``scratch`` holds.

    Parameters
    ----------
    bay : Stacks
        Sorted afterwards.
    bad : int
        How many boxes are badly placed.
    digging : int
        The stack being taken down, -1 where there is none.
    limit : int
        Gives up where more moves are needed: then ``STUCK`` plus the boxes still badly placed.
    """
    depth, done, moves, gives, takes, spare = scratch
    stacks = len(bay.height)
    for stack in range(stacks):
        done[stack] = 0
    count = 0
    while bad > 0:
        if count + bad > limit:
            return STUCK + bad
        source, target = digging, -1
        if digging < 0:
            pair = fill(bay, gives, takes, tiers, most, spare)
            if pair >= 0:
                source, target = pair // stacks, pair % stacks
            else:
                digging = source = reduce(bay, done, tiers, most)
        if target < 0:
            target = away(bay, tiers, most, source)
            if target < 0:
                return STUCK + bad
        bad += move(bay, tiers, source, target)
        moves[2 * count], moves[2 * count + 1] = source, target
        count += 1
        if digging >= 0 and dug(bay, depth, tiers, most, digging):
            digging = -1
    return count


@compiled
def dug(bay: Stacks, depth: Longs, tiers: int, most: int, stack: int) -> bool:
    """Tell whether a stack is taken down far enough: empty, or sorted and what is at hand fills it."""
    if bay.height[stack] == 0:
        return True
    if bay.good[stack] < bay.height[stack]:
        return False
    return reach(bay, depth, tiers, most, stack) >= tiers - 1
