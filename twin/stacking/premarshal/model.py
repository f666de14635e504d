"""A bay to be sorted, and what was found for it: values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.errors import TwinError
from twin.stacking.premarshal.layout import Stacks, grade

Moves = tuple[tuple[int, int], ...]
"""Source and target stack of each move, from 0."""
MOST_STACKS, MOST_TIERS = 200, 40
"""Larger bays are no bays."""


class LayoutError(TwinError):
    """A bay that cannot be."""


@dataclass(frozen=True, slots=True)
class Sorting:
    """What was found for a bay.

    Attributes
    ----------
    moves : source and target stack of each move, from 0; None where there is no plan.
    badly_placed : boxes above one that leaves earlier, or above a badly placed one.
    lower_bound : no plan has fewer moves.
    proven : whether no plan is shorter than this one, or that there is none.
    reason : why there is no plan, else empty.
    """

    moves: Moves | None
    badly_placed: int
    lower_bound: int
    proven: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A bay as the loops take it.

    Attributes
    ----------
    start : Stacks
        Where the boxes stand.
    tiers, most, bad : int
        How high a stack may be, the highest group, boxes badly placed.
    """

    start: Stacks
    tiers: int
    most: int
    bad: int

    @classmethod
    def of(cls, stacks: Sequence[Sequence[int]], tiers: int) -> "Layout":
        """Give a bay from the groups of its boxes, each stack from the ground up.

        Raises
        ------
        LayoutError
            Where there is no stack or none too many, or one is higher than ``tiers``.
        """
        if not 1 <= len(stacks) <= MOST_STACKS:
            raise LayoutError(f"stacks: expected 1 to {MOST_STACKS}, found {len(stacks)}")
        if not 1 <= tiers <= MOST_TIERS:
            raise LayoutError(f"tiers: expected 1 to {MOST_TIERS}, found {tiers}")
        for number, stack in enumerate(stacks):
            if len(stack) > tiers:
                raise LayoutError(f"stacks[{number}]: expected at most {tiers} boxes, found {len(stack)}")
        found = sorted({group for stack in stacks for group in stack})
        rank = {group: i + 1 for i, group in enumerate(found)}
        box = np.zeros(len(stacks) * tiers, np.int64)
        for number, stack in enumerate(stacks):
            box[number * tiers : number * tiers + len(stack)] = [rank[group] for group in stack]
        height = np.array([len(stack) for stack in stacks], np.int64)
        start = Stacks(box, height, np.zeros_like(height))
        bad = int(grade(start, tiers))
        return cls(start, tiers, max(1, len(found)), bad)

    @property
    def stacks(self) -> int:
        """How many stacks there are."""
        return len(self.start.height)

    @property
    def boxes(self) -> int:
        """How many boxes there are."""
        return int(self.start.height.sum())

    @property
    def longest(self) -> int:
        """The most moves that a plan is looked for with."""
        return 20 * self.boxes + 100

    def copies(self) -> Stacks:
        """Give the stacks to be changed."""
        box, height, good = self.start
        return Stacks(box.copy(), height.copy(), good.copy())

    def hopeless(self) -> str:
        """Tell why no plan can exist, empty where one may."""
        if not self.bad:
            return ""
        if self.stacks == 1:
            return "a single stack cannot be sorted: its boxes have nowhere to go"
        if self.boxes == self.stacks * self.tiers:
            return "no box can move: every stack is full"
        return "" if self._fits() else "no plan exists: with so little room the lowest boxes never move"

    def _fits(self) -> bool:
        """Tell whether the boxes that can move at all may fit over those that cannot.

        To move the box of tier t (from 0) all over it and itself need places elsewhere: those below the
        number of tiers less that of free places never move.
        """
        fixed = self.tiers - (self.stacks * self.tiers - self.boxes)
        if fixed <= 0:
            return True
        rows = self.start.box.reshape(self.stacks, self.tiers)
        tier = np.arange(self.tiers)
        stands = tier < self.start.height[:, None]
        low = stands & (tier < fixed)
        if (low & (tier >= self.start.good[:, None])).any():
            return False
        count = low.sum(axis=1)
        face = np.where(count > 0, rows[np.arange(self.stacks), np.maximum(count, 1) - 1], self.most)
        groups = np.arange(1, self.most + 1)
        movable = (rows[stands & ~low] >= groups[:, None]).sum(axis=1)
        room = ((self.tiers - count) * (face >= groups[:, None])).sum(axis=1)
        return bool((movable <= room).all())
