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
LEVEL, KEPT, AT, FOUND, LIMIT, WITHIN, DROPPED, STEPS, STAMP, BEST, BEST_LEVEL, BEST_AT = range(12)
"""Places in ``count``: the relocations before this level, its states, where it goes on, children found, the
highest key still kept, children with no higher key, whether a child was dropped that might be better, steps
taken in all, the mark of this search in ``seen``; fewest relocations known, and level and number of the
child that has them, -1 for none."""
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
    rank: Small,
    name: NDArray[np.uint64],
    salt: NDArray[np.uint64],
    allowed: NDArray[np.bool_],
    grouped: bool,
    restricted: bool,
    width: int,
    keys: Longs,
    children: Longs,
    tally: Longs,
    seen: NDArray[np.uint64],
    stamps: Longs,
    room: Small,
    faces: Longs,
    place: Small,
    work: Small,
    count: Longs,
    until: int,
) -> None:
    """Find the children of a level's states from ``count[AT]`` on, until enough steps are taken.

    Parameters
    ----------
    nodes, bad : (n, stacks, columns), (n,)
        The states of this level and how many boxes are badly placed in each.
    width : int
        How many children will be kept.
    keys, children : (m,)
        Take a key (lower is better) and a number, (node * stacks + source) * stacks + target, per child.
    tally : (k,)
        How many children have each key, to know from where on one can be dropped.
    seen, stamps : (2**b,)
        The states met.
    room : (2, stacks, columns) int16
    faces : (5, stacks) int64
    place : (boxes + 1,) int16
    work : (2, stacks) int16
        Room to work in.
    count : (12,)
        See :data:`AT` and its neighbours.
    until : int
        Return once ``count[STEPS]`` is past this.
    """
    stacks, kept, done = nodes.shape[1], count[KEPT], count[LEVEL]
    child, trial, height, open_to = room[0], room[1], work[0], work[1]
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
        # No roll-out ends below the bound: what cannot be kept anyway is dropped before it costs.
        if 2 * (done + 1 + badly) > count[LIMIT]:
            count[DROPPED] = 1
            continue
        settle(child, rank)
        mark = hash_state(child, name, salt)
        if seen_before(mark, count[STAMP], seen, stamps):
            continue
        count[STEPS] += 1
        bound = done + 1 + badly + moves_beyond(child, rank, height, open_to)
        if bound >= count[BEST]:
            continue
        if 2 * bound > count[LIMIT]:
            count[DROPPED] = 1
            continue
        copy_state(child, trial)
        total, steps = roll_out(
            trial,
            rank,
            allowed,
            grouped,
            faces,
            place,
            badly,
            done + 1,
            count[LIMIT] - bound,
            not restricted,
            no_record,
        )
        count[STEPS] += steps
        if total < count[BEST] and total + bound <= count[LIMIT]:
            count[BEST] = total
            count[BEST_LEVEL], count[BEST_AT] = done, number
        if total >= STUCK:
            total -= STUCK
        if total + bound > count[LIMIT]:
            count[DROPPED] = 1
            continue
        if count[FOUND] == len(keys):
            count[FOUND] = _keep(keys, children, width)
            count[DROPPED] = 1
        tie = (mark * np.uint64(2 * count[STAMP] + 1)) >> np.uint64(64 - _TIE_BITS)
        keys[count[FOUND]] = ((total + bound) << _TIE_BITS) | int(tie)
        children[count[FOUND]] = number
        count[FOUND] += 1
        _tally(tally, total + bound, width, count)


@compiled
def _tally(tally: Longs, key: int, width: int, count: Longs) -> None:
    """Count a key; lower the limit to the key that fills the width."""
    tally[key] += 1
    count[WITHIN] += 1
    while count[WITHIN] - tally[count[LIMIT]] >= width:
        count[WITHIN] -= tally[count[LIMIT]]
        count[LIMIT] -= 1


@compiled
def _keep(keys: Longs, children: Longs, width: int) -> int:
    order = np.argsort(keys)[:width]
    keys[: len(order)] = keys[order]
    children[: len(order)] = children[order]
    return len(order)


@compiled
def advance(
    nodes: Small, bad: Longs, keys: Longs, children: Longs, rank: Small, width: int, onto: Small,
    onto_bad: Longs, chosen: Longs, count: Longs,
) -> None:  # fmt: skip
    """Make the best children the states of the next level; ``chosen`` takes their numbers."""
    stacks, found = nodes.shape[1], count[FOUND]
    order = np.argsort(keys[:found])[:width]
    for n in range(len(order)):
        number = children[order[n]]
        node, source, target = number // (stacks * stacks), number // stacks % stacks, number % stacks
        copy_state(nodes[node], onto[n])
        onto_bad[n] = bad[node] + relocate(onto[n], rank, source, target)
        settle(onto[n], rank)
        chosen[n] = number
    if len(order) < found:
        count[DROPPED] = 1
    count[KEPT] = len(order)
    count[LEVEL] += 1
    count[AT] = count[FOUND] = count[WITHIN] = 0


@compiled
def run(
    nodes: Small,
    bad: Longs,
    history: Longs,
    rank: Small,
    name: NDArray[np.uint64],
    salt: NDArray[np.uint64],
    allowed: NDArray[np.bool_],
    grouped: bool,
    restricted: bool,
    width: int,
    keys: Longs,
    children: Longs,
    tally: Longs,
    seen: NDArray[np.uint64],
    stamps: Longs,
    room: Small,
    faces: Longs,
    place: Small,
    work: Small,
    count: Longs,
    until: int,
) -> None:
    """Go on with a search, level by level, until it ends (no states are kept) or enough steps are taken.

    Parameters
    ----------
    nodes, bad : (2, n, stacks, columns), (2, n)
        States of even and of odd levels; the others are as for :func:`expand`.
    history : (levels, n)
        Takes the numbers of the children kept after each level; the search ends where it is full.
    """
    while count[KEPT] > 0 and count[STEPS] < until:
        now = count[LEVEL] & 1
        expand(
            nodes[now], bad[now], rank, name, salt, allowed, grouped, restricted, width, keys, children,
            tally, seen, stamps, room, faces, place, work, count, until,
        )  # fmt: skip
        if count[AT] < count[KEPT] * nodes.shape[2] * nodes.shape[2]:
            return
        if count[LEVEL] == len(history):
            count[KEPT], count[DROPPED] = 0, 1
            return
        advance(
            nodes[now], bad[now], keys, children, rank, width, nodes[1 - now], bad[1 - now],
            history[count[LEVEL]], count,
        )  # fmt: skip
        tally[:] = 0
        count[LIMIT] = len(tally) - 1
