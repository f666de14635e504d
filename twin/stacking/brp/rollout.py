"""A greedy rule that ends every plan: how a search judges a state, and the first legal plan at once.

What lies open in each stack is kept beside the state in ``faces``, (3, stacks): :data:`EDGE` the lowest rank
in the stack, :data:`TOP` the rank of its top box (0 for none), :data:`UNDER` the lowest rank beneath the top.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.stacking.brp.moves import NEVER, Small

STUCK = 1 << 20
"""Added to an estimate where the rule finds no room: no plan, but the search may still find one."""
EDGE, TOP, UNDER = 0, 1, 2


@compiled
def look(state: Small, rank: Small, faces: Small, s: int) -> None:
    """Bring the faces of one stack up to date."""
    low, top = state.shape[1] // 2, state[s, 0]
    faces[EDGE, s] = state[s, low + top]
    if top > 0:
        faces[TOP, s] = rank[state[s, top]]
        faces[UNDER, s] = state[s, low + top - 1]
    else:
        faces[TOP, s] = 0
        faces[UNDER, s] = NEVER


@compiled
def next_target(state: Small, rank: Small, faces: Small) -> int:
    """Retrieve all that is due and free; give the stack of the buried box that is due, -1 at the end."""
    while True:
        due, target, ties = NEVER, -1, 0
        for s in range(state.shape[0]):
            found = faces[EDGE, s]
            if found < due:
                due, target, ties = found, s, 1
            elif found == due:
                ties += 1
        if due == NEVER:
            return -1
        if ties > 1:
            target = _of_several(state, faces, due)
        if faces[TOP, target] != due:
            return target
        state[target, 0] -= 1
        look(state, rank, faces, target)


@compiled
def _of_several(state: Small, faces: Small, due: int) -> int:
    """Give the stack in which one of several due boxes lies under the fewest."""
    chosen, least, low = -1, NEVER, state.shape[1] // 2
    for s in range(state.shape[0]):
        if faces[EDGE, s] != due:
            continue
        if faces[TOP, s] == due:
            return s
        below = state[s, 0] - 1
        while state[s, low + below] == due:
            below -= 1
        if state[s, 0] - below < least:
            chosen, least = s, state[s, 0] - below
    return chosen


@compiled
def may(state: Small, allowed: NDArray[np.bool_], source: int, target: int) -> bool:
    """Tell whether the top of a stack may be put on another."""
    if source == target or state[target, 0] >= state.shape[1] // 2 - 1:
        return False
    return len(allowed) == 0 or allowed[state[source, state[source, 0]], target]


@compiled
def _places(state: Small, allowed: NDArray[np.bool_], faces: Small, blocked: int) -> tuple[int, int]:
    """Give the tightest stack in which the blocking box blocks nothing, and the one it blocks latest."""
    mine = faces[TOP, blocked]
    safe, tightest, other, latest = -1, NEVER + 1, -1, -1
    for s in range(state.shape[0]):
        found = faces[EDGE, s]
        if found >= mine:
            if found < tightest and may(state, allowed, blocked, s):
                safe, tightest = s, found
        elif found > latest and may(state, allowed, blocked, s):
            other, latest = s, found
    return safe, other


@compiled
def _before_it(state: Small, allowed: NDArray[np.bool_], faces: Small, blocked: int, target: int) -> int:
    """Give the stack whose bad top may go on the target first and leave it safe for the blocking box."""
    least, chosen, most = faces[TOP, blocked], -1, faces[EDGE, target]
    if state[target, 0] + 3 > state.shape[1] // 2:
        return -1
    for s in range(state.shape[0]):
        found = faces[TOP, s]
        bad = found > faces[UNDER, s] and s != blocked
        if bad and least < found <= most and may(state, allowed, s, target):
            least, chosen = found, s
    return chosen


@compiled
def _make_way(state: Small, allowed: NDArray[np.bool_], faces: Small, blocked: int) -> tuple[int, int]:
    """Give a move of a well placed top to another good place that opens its stack; -1, -1 for none."""
    stacks, mine = state.shape[0], int(faces[TOP, blocked])
    source, target, least = -1, -1, 1 << 30
    for s in range(stacks):
        found, opened = int(faces[TOP, s]), int(faces[UNDER, s])
        if s == blocked or found == 0 or found > opened or opened < mine:
            continue
        for t in range(stacks):
            slack = int(faces[EDGE, t]) - found
            if slack >= 0 and t != blocked and slack + opened - mine < least and may(state, allowed, s, t):
                source, target, least = s, t, slack + opened - mine
    return source, target


@compiled
def roll_out(
    state: Small,
    rank: Small,
    allowed: NDArray[np.bool_],
    faces: Small,
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
    rank, allowed
        As in ``moves.Rules``.
    faces : (3, stacks) int16
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
    steps = 0
    for s in range(state.shape[0]):
        look(state, rank, faces, s)
    while True:
        steps += 1
        source = next_target(state, rank, faces)
        if source < 0:
            return done, steps
        if done + badly > cap:
            return done + badly, steps
        safe, target = _places(state, allowed, faces, source)
        if safe >= 0:
            target = safe
            other = _before_it(state, allowed, faces, source, safe) if deep else -1
            source = other if other >= 0 else source
            badly -= 1
        elif deep:
            way, to = _make_way(state, allowed, faces, source)
            if way >= 0:
                source, target = way, to
        if target < 0:
            return STUCK + done + 2 * badly, steps
        if len(record) > 0:
            record[done, 0], record[done, 1] = source, target
        _put(state, rank, faces, source, target)
        done += 1


@compiled
def _put(state: Small, rank: Small, faces: Small, source: int, target: int) -> None:
    low, from_, onto = state.shape[1] // 2, state[source, 0], state[target, 0]
    state[target, onto + 1] = state[source, from_]
    state[target, low + onto + 1] = min(faces[EDGE, target], faces[TOP, source])
    state[source, 0] = from_ - 1
    state[target, 0] = onto + 1
    look(state, rank, faces, source)
    look(state, rank, faces, target)
