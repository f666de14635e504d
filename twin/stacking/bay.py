"""A bay as a search sees it: cells, boxes, and what may be put where, as numbers in short tuples.

Boxes of 20 ft take one cell, longer ones two. States share what they have in common, so that a
search may keep thousands of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twin.stock.moves import LEVEL_M
from twin.stock.rules import (
    FULL,
    HEAVY_ON_LIGHT,
    ON_EMPTY,
    ON_LONGER,
    ON_OPEN_TOP,
    OTHER_BAY,
    TOO_HIGH,
    UNEVEN,
)

NEVER = 1 << 60
"""Rank of a box of which no departure is known, and of an empty cell."""


@dataclass(frozen=True, slots=True)
class Bay:
    """A bay: cells and boxes by number.

    Attributes
    ----------
    stacks : per cell, box numbers from the ground up; a long box is in two cells, in one tier.
    pair : per cell, the cell one position on, -1 where there is none.
    tiers, limit_m : per cell, the highest stack and the highest face [m].
    leaves : per box, its rank: smaller leaves earlier, equal ones in any order.
    long, empty, height_m : per box.
    allowed : per box, the (lower) cells where no fixed rule bars it.
    travel_s : per cell and cell, what the crane takes from one over to the other [s].
    gross_kg : per box; empty where masses do not count.
    tolerance_kg : so much heavier than what is below it a box may be [kg].
    bare : per box, whether nothing may stand on it; empty where that is asked of none.
    """

    stacks: tuple[tuple[int, ...], ...]
    pair: tuple[int, ...]
    tiers: tuple[int, ...]
    limit_m: tuple[float, ...]
    leaves: tuple[int, ...]
    long: tuple[bool, ...]
    empty: tuple[bool, ...]
    height_m: tuple[float, ...]
    allowed: tuple[tuple[int, ...], ...]
    travel_s: tuple[tuple[float, ...], ...]
    gross_kg: tuple[float, ...] = ()
    tolerance_kg: float = math.inf
    bare: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One relocation: a box from a cell to a cell (the lower ones of a long box)."""

    box: int
    source: int
    target: int


def simple_bay(stacks: Sequence[Sequence[int]], tiers: int) -> Bay:
    """Give a bay of one length and one height from ranks, bottom to top: the form of the literature."""
    ranks = [rank for stack in stacks for rank in stack]
    numbers = iter(range(len(ranks)))
    cells = len(stacks)
    return Bay(
        stacks=tuple(tuple(next(numbers) for _ in stack) for stack in stacks),
        pair=(-1,) * cells,
        tiers=(tiers,) * cells,
        limit_m=(float("inf"),) * cells,
        leaves=tuple(ranks),
        long=(False,) * len(ranks),
        empty=(False,) * len(ranks),
        height_m=(2.591,) * len(ranks),
        allowed=(tuple(range(cells)),) * len(ranks),
        travel_s=((0.0,) * cells,) * cells,
    )


Entry = tuple[int, int, float, int, Any]
"""A stack as a linked list: top box, soonest rank in it, top [m], count, the entry below."""
GROUND: Entry = (-1, NEVER, 0.0, 0, None)


@dataclass(slots=True)
class BayState:
    """Where the boxes of a bay are at one moment of a plan.

    Attributes
    ----------
    bay : Bay
    cells : per cell, its stack.
    where : per box, its (lower) cell, -1 once it has left.
    bad : how many boxes stand on one that leaves earlier: each must be relocated at least once.
    """

    bay: Bay
    cells: list[Entry]
    where: list[int]
    bad: int = 0

    @classmethod
    def of(cls, bay: Bay) -> "BayState":
        """Give the state in which a bay is found."""
        state = cls(bay, [GROUND] * len(bay.stacks), [-1] * len(bay.leaves))
        for tier in range(max(map(len, bay.stacks), default=0)):
            for cell, stack in enumerate(bay.stacks):
                # A long box is met first in its lower cell, for pairs point upwards.
                if tier < len(stack) and state.where[stack[tier]] < 0:
                    state.put(stack[tier], cell)
        return state

    def copy(self) -> "BayState":
        """Give a state that may change on its own."""
        return BayState(self.bay, self.cells[:], self.where[:], self.bad)

    def put(self, box: int, cell: int) -> None:
        """Put a box on a cell, unchecked."""
        bay, cells = self.bay, self.cells
        rank = bay.leaves[box]
        below = cells[cell]
        soonest, face_m, other = below[1], below[2], bay.pair[cell] if bay.long[box] else -1
        if other >= 0:
            soonest, face_m = min(soonest, cells[other][1]), max(face_m, cells[other][2])
            cells[other] = (box, min(soonest, rank), face_m + bay.height_m[box], below[3] + 1, cells[other])
        cells[cell] = (box, min(soonest, rank), face_m + bay.height_m[box], below[3] + 1, below)
        self.where[box] = cell
        self.bad += soonest < rank

    def take(self, box: int) -> None:
        """Take a topmost box away."""
        cell = self.where[box]
        below = self.cells[cell][4]
        soonest = below[1]
        self.cells[cell] = below
        if self.bay.long[box]:
            other = self.bay.pair[cell]
            soonest = min(soonest, self.cells[other][4][1])
            self.cells[other] = self.cells[other][4]
        self.bad -= soonest < self.bay.leaves[box]
        self.where[box] = -1

    def above(self, box: int) -> int:
        """Give how many boxes stand on a box."""
        entry, count = self.cells[self.where[box]], 0
        while entry[0] != box:
            entry, count = entry[4], count + 1
        return count

    def soonest(self, box: int, cell: int) -> int:
        """Give the soonest rank of what a box would stand on in a cell."""
        rank = self.cells[cell][1]
        return min(rank, self.cells[self.bay.pair[cell]][1]) if self.bay.long[box] else rank

    def targets(self, due: int, box: int) -> list[int]:
        """Give the cells where a blocking box may go: anywhere but onto the box that is due."""
        return [cell for cell in self.bay.allowed[box] if not self.reason(due, box, cell)]

    def reason(self, due: int, box: int, cell: int) -> int:
        """Give the rule (index into ``stock.rules.REASONS``) that bars a blocking box from a cell, or 0."""
        pair, long, where = self.bay.pair, self.bay.long, self.where
        barred = (where[due], pair[where[due]] if long[due] else -2)
        if cell == where[box] or cell in barred or (long[box] and pair[cell] in (-1, *barred)):
            return OTHER_BAY
        mine = (where[box], pair[where[box]])
        if long[box] and (cell in mine or pair[cell] in mine):
            # A long box may come to lie over one of the cells that it leaves.
            lifted = self.copy()
            lifted.take(box)
            return lifted._reason(box, cell)
        return self._reason(box, cell)

    def _reason(self, box: int, cell: int) -> int:
        bay = self.bay
        top, _, face_m, count, _ = self.cells[cell]
        if count >= bay.tiers[cell]:
            return FULL
        tops = {top, self.cells[bay.pair[cell]][0]} - {-1} if bay.long[box] else {top} - {-1}
        if bay.bare and any(bay.bare[below] for below in tops):
            return ON_OPEN_TOP
        if bay.gross_kg:
            most_kg = min((bay.gross_kg[below] for below in tops), default=math.inf) + bay.tolerance_kg
            if not bay.gross_kg[box] <= most_kg:
                return HEAVY_ON_LIGHT
        if bay.long[box]:
            other = self.cells[bay.pair[cell]]
            if other[0] != top and not self._level(self.cells[cell], other):
                return UNEVEN
            face_m = max(face_m, other[2])
            if not bay.empty[box] and other[0] >= 0 and bay.empty[other[0]]:
                return ON_EMPTY
        elif top >= 0 and bay.long[top]:
            return ON_LONGER
        if face_m + bay.height_m[box] > bay.limit_m[cell] + 1e-9:
            return TOO_HIGH
        return ON_EMPTY if not bay.empty[box] and top >= 0 and bay.empty[top] else 0

    def _level(self, one: Entry, other: Entry) -> bool:
        """Tell whether two stacks end in 20 ft boxes of one height, so that a long box may lie on them."""
        long = self.bay.long
        return (
            min(one[0], other[0]) >= 0
            and one[3] == other[3]
            and not (long[one[0]] or long[other[0]])
            and abs(one[2] - other[2]) <= LEVEL_M
        )
