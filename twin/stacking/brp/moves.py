"""A bay as small arrays, and the moves on it, compiled: what every search below is made of.

A state is one int16 array, a row a stack of T tiers: in column 0 the height, in 1 to T the boxes from
the ground up, in T + 1 + h the lowest rank among the h lowest boxes, :data:`NEVER` for none. A box is badly
placed where its rank is above the lowest beneath it: it must be moved before that one leaves.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.stacking.brp.instance import Instance

NEVER = 32767
"""Rank of an empty stack: later than every box."""

Small = NDArray[np.int16]


class Rules(NamedTuple):
    """What does not change.

    Attributes
    ----------
    rank : (boxes,) int16
        Smaller leaves earlier.
    name : (boxes,) uint64
        What a box is hashed by: its rank, or its number where boxes of one rank differ.
    salt : (stacks,) uint64
        Tells stacks apart in a hash where they differ.
    allowed : (boxes, stacks) bool
        Where a box may be put; no rows where every box may stand anywhere.
    grouped : bool
        Whether some boxes have one rank.
    restricted : bool
        Whether only boxes above one that is due may be moved.
    """

    rank: Small
    name: NDArray[np.uint64]
    salt: NDArray[np.uint64]
    allowed: NDArray[np.bool_]
    grouped: bool
    restricted: bool

    @property
    def masked(self) -> bool:
        """Whether some boxes are barred from some stacks."""
        return len(self.allowed) > 0


def rules_of(instance: Instance, restricted: bool) -> Rules:
    """Give what does not change in a bay."""
    rank, stacks = instance.ranks(), len(instance.stacks)
    masked = instance.allowed is not None
    name = np.arange(len(rank)) if masked else rank
    return Rules(
        rank=rank,
        name=name.astype(np.uint64) + np.uint64(1),
        salt=(np.arange(stacks) if masked else np.zeros(stacks)).astype(np.uint64),
        allowed=np.ones((0, stacks), np.bool_) if instance.allowed is None else instance.allowed,
        grouped=len(set(rank.tolist())) < len(rank),
        restricted=restricted,
    )


def state_of(instance: Instance) -> Small:
    """Give the state in which a bay is found."""
    tiers = instance.max_tiers
    state = np.full((len(instance.stacks), 2 * tiers + 2), NEVER, np.int16)
    box, rank = 0, instance.ranks()
    for row, stack in zip(state, instance.stacks, strict=True):
        row[0] = len(stack)
        for h in range(len(stack)):
            row[1 + h] = box
            row[tiers + 2 + h] = min(row[tiers + 1 + h], rank[box])
            box += 1
    return state


@compiled
def copy_state(source: Small, into: Small) -> None:
    """Copy one state over another."""
    for s in range(source.shape[0]):
        for c in range(source.shape[1]):
            into[s, c] = source[s, c]


@compiled
def settle(state: Small, rank: Small) -> int:
    """Retrieve all that is due and free; give how many have left."""
    stacks, low = state.shape[0], state.shape[1] // 2
    gone = 0
    while True:
        due, free = NEVER, False
        for s in range(stacks):
            due = min(due, state[s, low + state[s, 0]])
        if due == NEVER:
            return gone
        for s in range(stacks):
            top = state[s, 0]
            if top > 0 and rank[state[s, top]] == due:
                state[s, 0] = top - 1
                gone += 1
                free = True
        if not free:
            return gone


@compiled
def relocate(state: Small, rank: Small, source: int, target: int) -> int:
    """Move a top box, unchecked; give by how much the count of badly placed boxes grows."""
    low = state.shape[1] // 2
    from_, onto = state[source, 0], state[target, 0]
    box = state[source, from_]
    mine = rank[box]
    was, now = state[source, low + from_ - 1], state[target, low + onto]
    state[source, 0] = from_ - 1
    state[target, 0] = onto + 1
    state[target, onto + 1] = box
    state[target, low + onto + 1] = min(now, mine)
    return int(mine > now) - int(mine > was)


@compiled
def hash_state(state: Small, name: NDArray[np.uint64], salt: NDArray[np.uint64]) -> Any:
    """Give a 64-bit number for a state, the same for stacks in another order where they are alike."""
    total = np.uint64(0)
    for s in range(state.shape[0]):
        if state[s, 0] > 0:
            mixed = np.uint64(0x9E3779B97F4A7C15) + salt[s]
            for h in range(1, state[s, 0] + 1):
                mixed = (mixed ^ name[state[s, h]]) * np.uint64(0xBF58476D1CE4E5B9)
                mixed ^= mixed >> np.uint64(29)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0x94D049BB133111EB)
            total += mixed ^ (mixed >> np.uint64(31))
    return total
