"""Classic rules for a blocking box, as baselines: one pass, no search."""

from collections.abc import Callable, Sequence

from twin.stacking.brp.instance import Instance, Move, RelocationError

_EMPTY = 1 << 60
"""When an empty stack's soonest box leaves."""

Rule = Callable[[Sequence[Sequence[int]], int, Sequence[int]], int]
"""(stacks, the blocking box's priority, stacks with room) -> where it goes."""


def lowest_slot(stacks: Sequence[Sequence[int]], _: int, room: Sequence[int]) -> int:
    """Give the stack with the fewest boxes; of equals the first."""
    return min(room, key=lambda s: len(stacks[s]))


def min_max(stacks: Sequence[Sequence[int]], box: int, room: Sequence[int]) -> int:
    """Give the tightest stack whose soonest departure is later than the box's, else the one soonest latest.

    Of equals the first. An empty stack's soonest departure is later than every box's.

    Notes
    -----
    Caserta, Schwarze and Voss (2012), A mathematical formulation and complexity considerations for the
    blocks relocation problem.
    """
    soonest = {s: min(stacks[s], default=_EMPTY) for s in room}
    safe = [s for s in room if soonest[s] >= box]
    return min(safe, key=soonest.__getitem__) if safe else max(room, key=soonest.__getitem__)


RULES: dict[str, Rule] = {"lowest slot": lowest_slot, "min-max": min_max}


def follow(instance: Instance, rule: Rule) -> list[Move]:
    """Empty a bay by a rule; give the relocations.

    Parameters
    ----------
    instance : Instance
    rule : one of :data:`RULES`

    Raises
    ------
    RelocationError
        Where a blocking box has no stack with room.
    """
    stacks = [list(stack) for stack in instance.stacks]
    moves: list[Move] = []
    for due in sorted(priority for stack in stacks for priority in stack):
        source = min(
            (s for s, stack in enumerate(stacks) if due in stack), key=lambda s: stacks[s][::-1].index(due)
        )
        while stacks[source][-1] != due:
            room = [s for s, stack in enumerate(stacks) if s != source and len(stack) < instance.max_tiers]
            if not room:
                raise RelocationError(f"stack {source}: expected room for the box above {due}, found none")
            target = rule(stacks, stacks[source][-1], room)
            stacks[target].append(stacks[source].pop())
            moves.append((source, target))
        stacks[source].pop()
    return moves
