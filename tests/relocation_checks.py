"""The relocation problem written down from its rules alone, for tests: a checker of plans and an oracle."""

import heapq
import json
from functools import cache
from pathlib import Path

import pytest

INSTANCES = Path(__file__).parents[1] / ".." / "shared" / "data" / "stacking" / "cv.jsonl"


@cache
def public_bays():
    if not INSTANCES.exists():
        pytest.skip("the public relocation instances are not here")
    return [json.loads(line) for line in INSTANCES.read_text().splitlines()]


def replayed(stacks, tiers, moves, restricted=False):
    """Play a plan move by move; give how many relocations it has. Any broken rule fails the test."""
    stacks = [list(stack) for stack in stacks]
    relocations = 0
    for source, target in moves:
        assert 0 <= source < len(stacks)
        assert stacks[source], "a box is taken from an empty stack"
        due = min(min(stack) for stack in stacks if stack)
        box = stacks[source].pop()
        if target == -1:
            assert box == due, "a box leaves before its turn"
            continue
        assert 0 <= target < len(stacks)
        assert target != source
        assert len(stacks[target]) < tiers, "a stack is too high"
        if restricted:
            assert due in stacks[source], "a box is moved that blocks nothing due"
        stacks[target].append(box)
        relocations += 1
    assert not any(stacks), "boxes are left"
    return relocations


def fewest(stacks, tiers, restricted=False):
    """Give the fewest relocations by trying everything, None where no order of moves empties the bay."""
    start = tuple(map(tuple, stacks))
    queue, known = [(0, start)], {start: 0}
    while queue:
        done, state = heapq.heappop(queue)
        if not any(state):
            return done
        if done > known[state]:
            continue
        due = min(min(stack) for stack in state if stack)
        for source, stack in enumerate(state):
            if not stack:
                continue
            rest, box = stack[:-1], stack[-1]
            following = []
            if box == due:
                following.append((done, _with(state, {source: rest})))
            if not restricted or due in stack:
                following += [
                    (done + 1, _with(state, {source: rest, target: (*other, box)}))
                    for target, other in enumerate(state)
                    if target != source and len(other) < tiers
                ]
            for cost, after in following:
                if cost < known.get(after, 1 << 30):
                    known[after] = cost
                    heapq.heappush(queue, (cost, after))
    return None


def _with(state, changed):
    return tuple(changed.get(number, stack) for number, stack in enumerate(state))
