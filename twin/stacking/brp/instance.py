"""One bay as the relocation problem sees it, and a plan for it: values that are valid where they exist."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import TwinError

MOST_STACKS, MOST_TIERS, MOST_BOXES = 200, 100, 4000
"""The largest bay that is accepted: every step of a plan looks at all pairs of stacks."""

Ranks = NDArray[np.int16]


class RelocationError(TwinError):
    """A bay, a plan or a file of bays that cannot exist."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A bay and the order in which its boxes leave.

    Attributes
    ----------
    stacks : per stack, the priorities of its boxes from the ground up.
        Smaller leaves earlier; equal ones leave in any order among them.
    max_tiers : int
        How many boxes a stack may hold.
    allowed : (boxes, stacks) bool, optional
        Where each box may be put; boxes are numbered stack by stack from the ground up. Without it
        every box may stand anywhere.

    Raises
    ------
    RelocationError
        Where a stack is higher than allowed, a priority is no whole number, or the bay is too large.
    """

    stacks: tuple[tuple[int, ...], ...]
    max_tiers: int
    allowed: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        _in_range("stacks", len(self.stacks), 1, MOST_STACKS)
        _in_range("max_tiers", self.max_tiers, 1, MOST_TIERS)
        _in_range("boxes", self.boxes, 0, MOST_BOXES)
        for number, stack in enumerate(self.stacks):
            if len(stack) > self.max_tiers:
                raise RelocationError(
                    f"stacks[{number}]: expected at most {self.max_tiers} boxes, found {len(stack)}"
                )
            for tier, priority in enumerate(stack):
                if type(priority) is not int:
                    raise RelocationError(
                        f"stacks[{number}][{tier}]: expected a whole number, found {priority!r}"
                    )
        if self.allowed is not None and self.allowed.shape != (self.boxes, len(self.stacks)):
            raise RelocationError(
                f"allowed: expected shape {(self.boxes, len(self.stacks))}, found {self.allowed.shape}"
            )

    @classmethod
    def of(cls, stacks: Sequence[Sequence[int]], max_tiers: int) -> "Instance":
        """Give the bay with these priorities, bottom to top."""
        return cls(tuple(tuple(stack) for stack in stacks), max_tiers)

    @property
    def boxes(self) -> int:
        """How many boxes stand in the bay."""
        return sum(map(len, self.stacks))

    def ranks(self) -> Ranks:
        """Give each box, stack by stack from the ground up, its priority counted from 1 without gaps."""
        flat = [priority for stack in self.stacks for priority in stack]
        rank = {priority: i for i, priority in enumerate(sorted(set(flat)), start=1)}
        return np.array([rank[priority] for priority in flat], np.int16)


def _in_range(name: str, found: int, low: int, high: int) -> None:
    if type(found) is not int or not low <= found <= high:
        raise RelocationError(f"{name}: expected {low} to {high}, found {found!r}")


Move = tuple[int, int]
"""From a stack to a stack, counted from 0; to -1 a retrieval."""


@dataclass(frozen=True, slots=True)
class BayPlan:
    """What a search found for one bay.

    Attributes
    ----------
    moves : all moves until the bay is empty, retrievals too; empty where there is no plan.
    relocations : int or None
        How many of the moves are relocations; None where no plan was found.
    lower_bound : int
        No plan has fewer relocations.
    proven : bool
        Whether no plan can be better, or, without a plan, that there is none.
    ms : float
        How long the search took [ms].
    reason : str
        Why there is no plan; empty where there is one.
    """

    moves: tuple[Move, ...]
    relocations: int | None
    lower_bound: int
    proven: bool
    ms: float
    reason: str = ""
