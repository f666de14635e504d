"""What tests of pre-marshalling share: a checker and an exhaustive search that know nothing of the solver."""

from collections import deque
from itertools import pairwise
from pathlib import Path

import pytest

BF = Path(__file__).parents[2] / "shared" / "data" / "stacking" / "bf01-16.jsonl"
needs_bf = pytest.mark.skipif(not BF.exists(), reason="the recorded bays are not here")


def after(stacks, tiers, moves):
    """Give the stacks after moves, each of which must be legal."""
    stacks = [list(stack) for stack in stacks]
    for source, target in moves:
        assert source != target
        assert stacks[source], f"stack {source} is empty"
        assert len(stacks[target]) < tiers, f"stack {target} is full"
        stacks[target].append(stacks[source].pop())
    return stacks


def is_sorted(stacks):
    return all(low >= high for stack in stacks for low, high in pairwise(stack))


def badly_placed(stacks):
    """Count boxes over a smaller or a badly placed one, by definition."""
    return sum(not is_sorted([stack[: i + 1]]) for stack in stacks for i in range(len(stack)))


def fewest(stacks, tiers):
    """Give the fewest moves by looking at every layout, None where none is sorted."""
    start = tuple(sorted(tuple(stack) for stack in stacks))
    seen, queue = {start}, deque([(start, 0)])
    while queue:
        layout, made = queue.popleft()
        if is_sorted(layout):
            return made
        for i, source in enumerate(layout):
            for j, target in enumerate(layout):
                if i != j and source and len(target) < tiers:
                    rest = [stack for k, stack in enumerate(layout) if k not in (i, j)]
                    child = tuple(sorted([*rest, source[:-1], (*target, source[-1])]))
                    if child not in seen:
                        seen.add(child)
                        queue.append((child, made + 1))
    return None
