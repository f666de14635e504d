"""A plan played on a bay: the retrievals filled in, every move checked."""

from collections.abc import Iterable

from twin.stacking.brp.instance import Instance, Move, RelocationError

OUT = -1
"""Where a retrieval goes."""


def with_retrievals(instance: Instance, relocations: Iterable[Move]) -> tuple[Move, ...]:
    """Give all moves that empty a bay: each box leaves as soon as it is due and free.

    Parameters
    ----------
    instance : Instance
    relocations : moves between stacks, in order.

    Raises
    ------
    RelocationError
        Where a move cannot be made, or boxes are left at the end.
    """
    stacks = [list(stack) for stack in instance.stacks]
    waiting = sorted((priority for stack in stacks for priority in stack), reverse=True)
    moves: list[Move] = []
    _retrieve(stacks, waiting, moves)
    for number, (source, target) in enumerate(relocations):
        name = f"relocation {number} from stack {source} to {target}"
        if not stacks[source] or source == target:
            raise RelocationError(f"{name}: expected a box of another stack, found none")
        if len(stacks[target]) >= instance.max_tiers:
            raise RelocationError(
                f"{name}: expected room below tier {instance.max_tiers}, found a full stack"
            )
        stacks[target].append(stacks[source].pop())
        moves.append((source, target))
        # Only what this move has laid open, or has moved, can have become free.
        if waiting[-1] in (stacks[target][-1], *stacks[source][-1:]):
            _retrieve(stacks, waiting, moves)
    if waiting:
        raise RelocationError(f"plan: expected an empty bay at its end, found {len(waiting)} boxes")
    return tuple(moves)


def _retrieve(stacks: list[list[int]], waiting: list[int], moves: list[Move]) -> None:
    """Take out all that is due and free; ``waiting`` holds the priorities in the bay, the soonest last."""
    while waiting:
        source = next((s for s, stack in enumerate(stacks) if stack and stack[-1] == waiting[-1]), None)
        if source is None:
            return
        stacks[source].pop()
        waiting.pop()
        moves.append((source, OUT))


def stuck_reason(instance: Instance) -> str:
    """Tell why a bay cannot be emptied from the first box on; nothing where it may be.

    Notes
    -----
    The boxes above the one that is due must go to other stacks. Boxes moved between those leave their
    room as it is, boxes moved onto the due one's stack add to what is above it.
    """
    stacks = [list(stack) for stack in instance.stacks]
    waiting = sorted((priority for stack in stacks for priority in stack), reverse=True)
    _retrieve(stacks, waiting, [])
    if not waiting:
        return ""
    due, free = waiting[-1], sum(instance.max_tiers - len(stack) for stack in stacks)
    reasons = []
    for number, stack in enumerate(stacks):
        if due in stack:
            above = stack[::-1].index(due)
            room = free - (instance.max_tiers - len(stack))
            if above <= room:
                return ""
            reasons.append(
                f"no plan: box {due} in stack {number} has {above} above it, "
                f"and other stacks have room for {room}"
            )
    return reasons[0]
