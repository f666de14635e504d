"""How few moves can ever sort a bay: the bound of Bortfeldt and Forster, sharpened."""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.stacking.premarshal.layout import Stacks
from twin.tables import Longs


class Counts(NamedTuple):
    """Scratch of the bound: boxes wanted and places offered a group, and room by boxes taken off."""

    demand: Longs
    supply: Longs
    room: Longs

    @classmethod
    def for_bay(cls, tiers: int, most: int) -> "Counts":
        """Give scratch for bays of so many tiers and groups."""
        return cls(
            np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64), np.zeros(4 * tiers + 1, np.int64)
        )


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
    """
    box, height, good = bay
    demand, supply, room = counts
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
    return bad + fewest + cleared


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
