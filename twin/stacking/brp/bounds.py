"""How few relocations a state may need: a number that no plan beats."""

from twin.compiled import compiled
from twin.stacking.brp.moves import NEVER, Small


@compiled
def badly_placed(state: Small, rank: Small) -> int:
    """Count the boxes that stand on one which leaves earlier: each must be moved at least once."""
    count, low = 0, state.shape[1] // 2
    for s in range(state.shape[0]):
        for h in range(state[s, 0]):
            count += rank[state[s, 1 + h]] > state[s, low + h]
    return count


@compiled
def moves_beyond(state: Small, rank: Small, height: Small, open_to: Small) -> int:
    """Bound from below how many relocations are needed beyond one a badly placed box.

    Parameters
    ----------
    state : (stacks, columns) int16
        After all that is due and free has left.
    height, open_to : (stacks,) int16
        Room to work in.

    Notes
    -----
    Without a move beyond, badly placed boxes alone are moved, each once and to a place where it is not
    bad. So no stack takes a box later than its soonest one until that leaves. We let the boxes leave in
    order, drop what stood above, and where such a box fits nowhere one of these must be moved
    beyond: the box itself, or the soonest box of another stack. All of them are then struck out, so
    the sets found are disjoint, and their number is a bound. The idea is that of Zhu et al. (2012,
    LB3) and Tanaka and Mizuno (2018, section 3); heights and barred places only add to it.
    """
    stacks, low = state.shape[0], state.shape[1] // 2
    for s in range(stacks):
        height[s] = state[s, 0]
        open_to[s] = state[s, 0]
    beyond = 0
    while True:
        due = NEVER
        for s in range(stacks):
            due = min(due, state[s, low + height[s]])
        if due == NEVER:
            return beyond
        for s in range(stacks):
            while open_to[s] > 0 and state[s, low + open_to[s]] == due:
                open_to[s] -= 1
        for s in range(stacks):
            if state[s, low + height[s]] != due:
                continue
            below = height[s] - 1
            while state[s, low + below] == due:
                below -= 1
            for h in range(below + 1, height[s]):
                mine = rank[state[s, 1 + h]]
                if mine == due:
                    continue
                latest, empty = -1, 0
                for other in range(stacks):
                    found = state[other, low + open_to[other]]
                    empty += found == NEVER
                    if other != s:
                        latest = max(latest, found)
                if empty > 1:
                    return beyond
                if mine <= latest:
                    continue
                beyond += 1
                for other in range(stacks):
                    if other == s:
                        continue
                    struck = state[other, low + open_to[other]]
                    while open_to[other] > 0 and state[other, low + open_to[other]] == struck:
                        open_to[other] -= 1
            height[s] = below
            open_to[s] = min(open_to[s], below)
