"""How few moves can ever sort a bay: the bound of Bortfeldt and Forster, sharpened."""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.stacking.premarshal.layout import Stacks
from twin.tables import Longs


class Counts(NamedTuple):
    """Scratch of the bound: boxes wanted and places offered a group, room by boxes taken off, depths."""

    demand: Longs
    supply: Longs
    room: Longs
    depth: Longs

    @classmethod
    def for_bay(cls, stacks: int, tiers: int, most: int) -> "Counts":
        """Give scratch for bays of so many stacks, tiers and groups."""
        demand, supply = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
        return cls(demand, supply, np.zeros(4 * tiers + 1, np.int64), np.zeros(stacks, np.int64))


@compiled
def lower_bound(bay: Stacks, counts: Counts, tiers: int, most: int) -> int:
    """Give a number of moves below which no plan sorts a bay; ``most`` is the highest group.

    Notes
    -----
    A. Bortfeldt and F. Forster, "A tree search procedure for the container pre-marshalling problem",
    EJOR 217 (2012): every badly placed box moves once, and where no stack is free of them those of one
    stack move twice; where boxes of group g or later outnumber the places over sorted boxes of g or
    later, good boxes of earlier groups must come off. There one group is looked at and a cleared stack
    counts as empty; here all groups are, and a cleared stack offers the tiers above its later boxes.
    Where badly placed boxes could not all go straight to where they fit, some other move comes first
    (after S. Tanaka and K. Tierney, EJOR 264 (2018), in a simpler form: see ``_locked``).
    """
    box, height, good = bay
    demand, supply, room, depth = counts
    bad, fewest = 0, tiers
    for group in range(most + 1):
        demand[group] = 0
        supply[group] = 0
    for stack in range(len(height)):
        first, count = stack * tiers, good[stack]
        bad += height[stack] - count
        fewest = min(fewest, height[stack] - count)
        for tier in range(count, height[stack]):
            demand[box[first + tier]] += 1
        supply[box[first + count - 1] if count else most] += tiers - count
    if bad == 0:
        return 0
    wanted, cleared = 0, 0
    for group in range(most, 0, -1):
        wanted += demand[group] - supply[group]
        if wanted > 0:
            cleared = max(cleared, _cleared(bay, room, tiers, group, wanted))
    return int(bad + max(fewest + cleared, _locked(bay, depth, tiers, most)))


@compiled
def _cleared(bay: Stacks, room: Longs, tiers: int, group: int, wanted: int) -> int:
    """Give the fewest good boxes before a group whose stacks, once cleared, take so many boxes of it."""
    # room[n] is the most room that taking n boxes off whole stacks can give.
    box, _, good = bay
    total = 0
    for n in range(len(room)):
        room[n] = 0
    for stack in range(len(good)):
        first, count = stack * tiers, good[stack]
        late = 0
        while late < count and box[first + late] >= group:
            late += 1
        if late == count:
            continue
        off, free = count - late, tiers - late
        total += off
        for n in range(min(total, len(room) - 1), off - 1, -1):
            room[n] = max(room[n], room[n - off] + free)
    for n in range(len(room)):
        if room[n] >= wanted:
            return n
    return len(room)


@compiled
def _locked(bay: Stacks, depth: Longs, tiers: int, most: int) -> int:
    """Give the fewest moves, other than of badly placed boxes to where they fit, that any plan makes.

    Let every badly placed box go that fits somewhere, as if that took no room and hid no later box. What is
    left then is locked until boxes come off a stack: badly placed ones that go where they do not fit, or
    good ones.
    """
    box, height, good = bay
    face = -1
    for stack in range(len(height)):
        depth[stack] = height[stack]
        if good[stack] == height[stack] and height[stack] < tiers:
            face = max(face, box[stack * tiers + good[stack] - 1] if good[stack] else most)
    again = True
    while again:
        again = False
        for stack in range(len(height)):
            high = depth[stack]
            while high > good[stack] and box[stack * tiers + high - 1] <= face:
                high -= 1
            if high < depth[stack]:
                depth[stack] = high
                if high == good[stack]:
                    opened = box[stack * tiers + high - 1] if high else most
                    again = again or opened > face
                    face = max(face, opened)
    soonest = most + 1
    for stack in range(len(height)):
        if depth[stack] > good[stack]:
            soonest = min(soonest, box[stack * tiers + depth[stack] - 1])
    return 0 if soonest > most else _unlock(bay, depth, tiers, face, soonest)


@compiled
def _unlock(bay: Stacks, depth: Longs, tiers: int, face: int, soonest: int) -> int:
    """Give the fewest boxes to take off one stack so that a locked box can go, or a place opens for one."""
    box, height, good = bay
    fewest = tiers
    for stack in range(len(height)):
        high, off = depth[stack], 0
        if high > good[stack]:
            while high > good[stack] and box[stack * tiers + high - 1] > face:
                high, off = high - 1, off + 1
        else:
            while high > 0 and box[stack * tiers + high - 1] < soonest:
                high, off = high - 1, off + 1
            off = max(off, 1)
        fewest = min(fewest, off)
    return fewest
