"""Loops over the stacks of one bay: flat numbers, so that the same code runs compiled and plain."""

from typing import NamedTuple

from twin.compiled import compiled
from twin.tables import Longs


class Stacks(NamedTuple):
    """Where the boxes of a bay stand; arrays where loops are compiled, lists where they are not.

    Attributes
    ----------
    box : (stacks * tiers,)
        Group of each box, stack by stack from the ground up: 1 or more, smaller ones leave earlier.
    height : (stacks,)
        Boxes a stack.
    good : (stacks,)
        How many of them, from the ground, stand on none that leaves earlier. Those above are badly placed.
    """

    box: Longs
    height: Longs
    good: Longs


@compiled
def grade(bay: Stacks, tiers: int) -> int:
    """Count the good boxes of each stack into ``good``; give how many boxes are badly placed."""
    bad = 0
    for stack in range(len(bay.height)):
        first, high = stack * tiers, bay.height[stack]
        count = min(1, high)
        while count < high and bay.box[first + count] <= bay.box[first + count - 1]:
            count += 1
        bay.good[stack] = count
        bad += high - count
    return bad


@compiled
def move(bay: Stacks, tiers: int, source: int, target: int) -> int:
    """Move the top box of a stack onto another, unchecked; give by how much the badly placed change."""
    box, height, good = bay
    change = 0
    high = height[source] - 1
    group = box[source * tiers + high]
    height[source] = high
    if good[source] > high:
        good[source] = high
    else:
        change -= 1
    on = height[target]
    if good[target] == on and (on == 0 or box[target * tiers + on - 1] >= group):
        good[target] = on + 1
    else:
        change += 1
    box[target * tiers + on] = group
    height[target] = on + 1
    return change


@compiled
def reach(bay: Stacks, depth: Longs, tiers: int, most: int, stack: int) -> int:
    """Give how high a sorted stack grows if it takes badly placed boxes, the latest that fits each time.

    ``depth`` is scratch, one a stack; ``most`` the highest group.
    """
    box, height, good = bay
    count = int(height[stack])
    face = box[stack * tiers + count - 1] if count else most
    for other in range(len(height)):
        depth[other] = height[other]
    while count < tiers:
        best, chosen = 0, -1
        for other in range(len(height)):
            high = depth[other]
            if other != stack and high > good[other]:
                group = box[other * tiers + high - 1]
                if best < group <= face:
                    best, chosen = group, other
        if chosen < 0:
            break
        depth[chosen] -= 1
        face = best
        count += 1
    return count
