"""One level of a beam search, compiled: children of the kept states, judged by a roll-out and a bound.

A level is worked off in slices, so that whoever drives it can look at the clock in between.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.stacking.brp.bounds import moves_beyond
from twin.stacking.brp.moves import NEVER, Small, copy_state, hash_state, relocate, settle
from twin.stacking.brp.rollout import STUCK, may, roll_out

Longs = NDArray[np.int64]
AT, FOUND, BEST, BEST_AT, DROPPED, LIMIT, STEPS, STAMP = range(8)
"""Places in ``count``: where the level goes on, children found, fewest relocations known, the child that has
them (-1 for none), whether a child was dropped that might be better, the highest key still kept, steps
taken in all, and the mark of this search in ``seen``."""
_PROBES = 8
_TIE_BITS = 20


@compiled
def soonest(state: Small) -> int:
    """Give the lowest rank in a bay."""
    low, due = state.shape[1] // 2, NEVER
    for s in range(state.shape[0]):
        due = min(due, state[s, low + state[s, 0]])
    return due


@compiled
def sensible(state: Small, allowed: NDArray[np.bool_], source: int, target: int) -> bool:
    """Tell whether a move may be made and leads to a bay that no other move gives just as well."""
    if not may(state, allowed, source, target):
        return False
    if len(allowed) > 0 or state[target, 0] > 0:
        return True
    # Empty stacks are alike: only the first is used, and never for a box that stands alone.
    if state[source, 0] == 1:
        return False
    first = 0
    while state[first, 0] > 0:
        first += 1
    return first == target


@compiled
def seen_before(mark: np.uint64, stamp: int, seen: NDArray[np.uint64], stamps: Longs) -> bool:
    """Tell whether a state was met in this search, and remember it; the table forgets where it is full."""
    mask = len(seen) - 1
    first = int(mark & np.uint64(mask))
    for probe in range(_PROBES):
        at = (first + probe) & mask
        if stamps[at] != stamp:
            seen[at] = mark
            stamps[at] = stamp
            return False
        if seen[at] == mark:
            return True
    seen[first] = mark
    return False


@compiled
def expand(
    nodes: Small,
    bad: Longs,
    kept: int,
    done: int,
    rank: Small,
    name: NDArray[np.uint64],
    salt: NDArray[np.uint64],
    allowed: NDArray[np.bool_],
    restricted: bool,
    width: int,
    keys: Longs,
    children: Longs,
    tally: Longs,
    seen: NDArray[np.uint64],
    stamps: Longs,
    room: Small,
    work: Small,
    count: Longs,
    until: int,
) -> None:
    """Find the children of a level's states from ``count[AT]`` on, until enough steps are taken.

    Parameters
    ----------
    nodes, bad : (n, stacks, columns), (n,)
        The states of this level and how many boxes are badly placed in each; ``kept`` of them count.
    done : int
        Relocations before this level.
    width : int
        How many children will be kept.
    keys, children : (m,)
        Take a key (lower is better) and a number, (node * stacks + source) * stacks + target, per child.
    tally : (k,)
        How many children have each key, to know from where on one can be dropped.
    seen, stamps : (2**b,)
        The states met.
    room : (2, stacks, columns) int16
    work : (5, stacks) int16
        Room to work in.
    count : (8,)
        See :data:`AT` and its neighbours.
    until : int
        Return once ``count[STEPS]`` is past this.
    """
    stacks = nodes.shape[1]
    child, trial, faces = room[0], room[1], work[:3]
    no_record = np.zeros((0, 2), np.int16)
    while count[AT] < kept * stacks * stacks and count[STEPS] < until:
        number = count[AT]
        count[AT] += 1
        node, source, target = number // (stacks * stacks), number // stacks % stacks, number % stacks
        state = nodes[node]
        if state[source, 0] == 0:
            count[AT] += stacks - 1 - target
            continue
        if not sensible(state, allowed, source, target):
            continue
        if restricted and state[source, state.shape[1] // 2 + state[source, 0]] != soonest(state):
            continue
        copy_state(state, child)
        badly = bad[node] + relocate(child, rank, source, target)
        if done + 1 + badly >= count[BEST]:
            continue
        settle(child, rank)
        mark = hash_state(child, name, salt)
        if seen_before(mark, count[STAMP], seen, stamps):
            continue
        count[STEPS] += 1
        bound = done + 1 + badly + moves_beyond(child, rank, work[3], work[4])
        if bound >= count[BEST]:
            continue
        copy_state(child, trial)
        total, steps = roll_out(
            trial, rank, allowed, faces, badly, done + 1, count[LIMIT] - bound, not restricted, no_record
        )
        count[STEPS] += steps
        if total < count[BEST] and total + bound <= count[LIMIT]:
            count[BEST] = total
            count[BEST_AT] = number
        if total >= STUCK:
            total -= STUCK
        if total + bound > count[LIMIT]:
            count[DROPPED] = 1
            continue
        if count[FOUND] == len(keys):
            count[FOUND] = _keep(keys, children, width)
            count[DROPPED] = 1
        keys[count[FOUND]] = ((total + bound) << _TIE_BITS) | int(mark >> np.uint64(64 - _TIE_BITS))
        children[count[FOUND]] = number
        count[FOUND] += 1
        _tally(tally, total + bound, width, count)


@compiled
def _tally(tally: Longs, key: int, width: int, count: Longs) -> None:
    """Count a key; lower the limit to the key that fills the width."""
    tally[min(key, len(tally) - 1)] += 1
    if key >= count[LIMIT]:
        return
    total = 0
    for k in range(len(tally)):
        total += tally[k]
        if total >= width:
            count[LIMIT] = min(count[LIMIT], k)
            return


@compiled
def _keep(keys: Longs, children: Longs, width: int) -> int:
    order = np.argsort(keys)[:width]
    keys[: len(order)] = keys[order]
    children[: len(order)] = children[order]
    return len(order)


@compiled
def advance(
    nodes: Small,
    bad: Longs,
    keys: Longs,
    children: Longs,
    found: int,
    width: int,
    rank: Small,
    best: int,
    onto: Small,
    onto_bad: Longs,
    chosen: Longs,
) -> int:
    """Make the best children the states of the next level; give how many there are.

    ``chosen`` takes their numbers.
    """
    stacks = nodes.shape[1]
    order = np.argsort(keys[:found])[:width]
    for n in range(len(order)):
        number = children[order[n]]
        node, source, target = number // (stacks * stacks), number // stacks % stacks, number % stacks
        copy_state(nodes[node], onto[n])
        onto_bad[n] = bad[node] + relocate(onto[n], rank, source, target)
        settle(onto[n], rank)
        chosen[n] = number
    return len(order)
