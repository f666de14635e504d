"""A greedy rule that ends every plan: how a search judges a state, and the first legal plan at once.

What lies open is kept beside the state, a number a stack: ``edge`` the lowest rank in it, ``takes`` the same
or -1 where it is full, ``top`` the rank of its top box (0 for none), ``under`` the lowest rank beneath
that. They go from hand to hand one by one: a view costs more than a look. Choices are made by the
least or the greatest of a key, a rank and a stack in one number, for such loops have no branches.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.stacking.brp.moves import NEVER, Small

Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

STUCK = 1 << 20
"""Added to an estimate where the rule finds no room: no plan, but the search may still find one."""
_BITS = 8
_STACK = (1 << _BITS) - 1
_NONE = 1 << 30


@compiled
def look(state: Small, rank: Small, edge: Longs, takes: Longs, top: Longs, under: Longs, s: int) -> None:
    """Bring the faces of one stack up to date."""
    low, height = state.shape[1] // 2, state[s, 0]
    edge[s] = state[s, low + height]
    takes[s] = edge[s] if height < low - 1 else -1
    top[s] = rank[state[s, height]] if height > 0 else 0
    under[s] = state[s, low + height - 1] if height > 0 else NEVER


@compiled
def next_target(
    state: Small, rank: Small, grouped: bool, edge: Longs, takes: Longs, top: Longs, under: Longs
) -> int:
    """Retrieve all that is due and free; give the stack of the buried box that is due, -1 at the end."""
    stacks = state.shape[0]
    while True:
        first = NEVER << _BITS
        for s in range(stacks):
            first = min(first, edge[s] << _BITS | s)
        due, target = first >> _BITS, first & _STACK
        if due == NEVER:
            return -1
        if grouped and top[target] != due:
            target = _of_several(state, edge, top, due)
        if top[target] != due:
            return target
        state[target, 0] -= 1
        look(state, rank, edge, takes, top, under, target)


@compiled
def next_in_order(
    state: Small, rank: Small, place: Small, edge: Longs, takes: Longs, top: Longs, under: Longs, due: int
) -> tuple[int, int]:
    """Do the same where all ranks differ: ``place`` has the stack of each; give what is due too."""
    while due < len(place):
        target = int(place[due])
        if top[target] != due:
            return target, due
        state[target, 0] -= 1
        look(state, rank, edge, takes, top, under, target)
        due += 1
    return -1, due


@compiled
def _of_several(state: Small, edge: Longs, top: Longs, due: int) -> int:
    """Give the stack in which one of several due boxes lies under the fewest."""
    chosen, least, low = -1, NEVER, state.shape[1] // 2
    for s in range(state.shape[0]):
        if edge[s] != due:
            continue
        if top[s] == due:
            return s
        below = state[s, 0] - 1
        while state[s, low + below] == due:
            below -= 1
        if state[s, 0] - below < least:
            chosen, least = s, state[s, 0] - below
    return chosen


@compiled
def may(state: Small, allowed: Flags, source: int, target: int) -> bool:
    """Tell whether the top of a stack may be put on another."""
    if source == target or state[target, 0] >= state.shape[1] // 2 - 1:
        return False
    return len(allowed) == 0 or allowed[state[source, state[source, 0]], target]


@compiled
def bar(state: Small, allowed: Flags, takes: Longs, source: int, barred: Longs) -> None:
    """Give in ``barred`` what each stack takes of the top of a stack: -1 too where the rules bar it."""
    box = state[source, state[source, 0]]
    for s in range(len(takes)):
        barred[s] = takes[s] if allowed[box, s] else -1


@compiled
def safest(takes: Longs, mine: int, source: int) -> tuple[int, int]:
    """Give the tightest other stack in which a box blocks nothing, and the one that it blocks latest."""
    safe, late = _NONE, -1
    for s in range(len(takes)):
        key = takes[s] << _BITS
        fits = takes[s] >= mine and s != source
        safe = min(safe, key | s if fits else _NONE)
        late = max(late, key | (_STACK - s) if s != source else -1)
    return safe & _STACK if safe < _NONE else -1, _STACK - (late & _STACK) if late >= 0 else -1


@compiled
def before_it(top: Longs, under: Longs, least: int, most: int) -> int:
    """Give the stack with the latest badly placed top between two ranks, -1 for none."""
    best = -1
    for s in range(len(top)):
        fits = top[s] > least and top[s] <= most and top[s] > under[s]
        best = max(best, top[s] << _BITS | s if fits else -1)
    return best & _STACK if best >= 0 else -1


@compiled
def make_way(
    state: Small, allowed: Flags, takes: Longs, top: Longs, under: Longs, barred: Longs, blocked: int
) -> tuple[int, int]:
    """Give a move of a well placed top to another good place that opens its stack; -1, -1 for none."""
    source, target, least, mine = -1, -1, _NONE, top[blocked]
    for s in range(len(takes)):
        found, opened = top[s], under[s] - mine
        if found == 0 or found > under[s] or opened < 0 or opened >= least:
            continue
        if len(allowed) > 0:
            bar(state, allowed, takes, s, barred)
            best = tightest(barred, found, s, blocked)
        else:
            best = tightest(takes, found, s, blocked)
        if best < _NONE and (best >> _BITS) + opened < least:
            source, target, least = s, best & _STACK, (best >> _BITS) + opened
    return source, target


@compiled
def tightest(takes: Longs, mine: int, source: int, blocked: int) -> int:
    """Give slack and number of the tightest stack that takes a box well, but for two."""
    best = _NONE
    for t in range(len(takes)):
        slack = takes[t] - mine
        best = min(best, slack << _BITS | t if slack >= 0 and t != source and t != blocked else _NONE)
    return best


@compiled
def roll_out(
    state: Small,
    rank: Small,
    allowed: Flags,
    grouped: bool,
    faces: Longs,
    place: Small,
    badly: int,
    done: int,
    cap: int,
    deep: bool,
    record: Small,
) -> tuple[int, int]:
    """Finish a plan greedily, changing the state.

    Parameters
    ----------
    state : (stacks, columns) int16
    rank, allowed, grouped
        As in ``moves.Rules``.
    faces : (5, stacks) int64
    place : (boxes + 1,) int16
        Room to work in.
    badly : int
        How many boxes are badly placed.
    done : int
        Relocations so far.
    cap : int
        Give up once more than these are certain.
    deep : bool
        Prepare places by moves of other boxes; else the plain min-max rule.
    record : (n, 2) int16
        Takes the relocations from row ``done`` on; none where it has no rows.

    Returns
    -------
    int, int
        All relocations, plus :data:`STUCK` where there was no room; and the steps taken.

    Notes
    -----
    Min-max is the rule of Caserta, Schwarze and Voss (2012). Before a blocking box goes to a safe stack, a
    later badly placed top goes there first; where no stack is safe, a well placed top that has another good
    place makes one, as in the look-ahead of Jin, Zhu and Lim (2015).
    """
    steps, low, masked = 0, state.shape[1] // 2, len(allowed) > 0
    edge, takes, top, under, barred = faces[0], faces[1], faces[2], faces[3], faces[4]
    due = int(NEVER)
    for s in range(state.shape[0]):
        look(state, rank, edge, takes, top, under, s)
        due = min(due, edge[s])
        for h in range(1, 1 if grouped else state[s, 0] + 1):
            place[rank[state[s, h]]] = s
    while True:
        if badly == 0:
            return done, steps
        if done + badly > cap:
            return done + badly, steps
        steps += 1
        if grouped:
            source = next_target(state, rank, grouped, edge, takes, top, under)
        else:
            source, due = next_in_order(state, rank, place, edge, takes, top, under, due)
        mine = top[source]
        if masked:
            bar(state, allowed, takes, source, barred)
            safe, target = safest(barred, mine, source)
        else:
            safe, target = safest(takes, mine, source)
        if safe >= 0:
            target = safe
            if deep and state[safe, 0] + 2 < low:
                other = before_it(top, under, mine, edge[safe])
                if other >= 0 and may(state, allowed, other, safe):
                    source = other
            badly -= 1
        elif deep:
            way, to = make_way(state, allowed, takes, top, under, barred, source)
            if way >= 0:
                source, target = way, to
        if target < 0:
            return STUCK + done + 2 * badly, steps
        if len(record) > 0:
            record[done, 0], record[done, 1] = source, target
        if not grouped:
            place[top[source]] = target
        put(state, source, target, edge[target], top[source])
        look(state, rank, edge, takes, top, under, source)
        look(state, rank, edge, takes, top, under, target)
        done += 1


@compiled
def put(state: Small, source: int, target: int, edge: int, mine: int) -> None:
    """Move the top of a stack, of a rank, onto a stack with a lowest rank, unchecked."""
    low, from_, onto = state.shape[1] // 2, state[source, 0], state[target, 0]
    state[target, onto + 1] = state[source, from_]
    state[target, low + onto + 1] = min(edge, mine)
    state[source, 0] = from_ - 1
    state[target, 0] = onto + 1
