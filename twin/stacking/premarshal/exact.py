"""The fewest moves, proven: best first over all layouts, each of which is met once."""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.stacking.premarshal.beam import copy, mark
from twin.stacking.premarshal.bound import Counts, lower_bound
from twin.stacking.premarshal.layout import Stacks, move
from twin.tables import Ints, Longs

OPEN, FOUND, DONE, FULL = 0, 1, 2, 3
"""How a slice of the search ended: nodes used up, a plan found, no plan of that length, memory used up."""
_STALE = -1


class Graph(NamedTuple):
    """What is known of the layouts met; a search goes on from here.

    Attributes
    ----------
    at : (4,)
        Layouts met, the bound of those looked at now, the sorted one that was found, and 1 once a layout
        was left out because its plans are too long.
    parent, pair, made, below : (layouts,)
        Where a layout was met from, by which move (source * stacks + target), how many moves were made, and
        the next in its list.
    heads : (longest + 2,)
        Per length that a plan must have at least, the first of a list of layouts; -1 where it is empty.
    keys, rows : (2 ** k,)
        Marks of layouts, 0 where free, and their numbers.
    path : (longest + 2,)
        Scratch.
    """

    at: Longs
    parent: Ints
    pair: Ints
    made: Ints
    below: Ints
    heads: Ints
    keys: Longs
    rows: Ints
    path: Longs

    @classmethod
    def of(cls, room: int, longest: int, lower: int) -> "Graph":
        """Give a graph of the start alone, whose plans have ``lower`` moves at least."""
        parent, pair, made, below = (np.zeros(room, np.int32) for _ in range(4))
        heads = np.full(longest + 2, -1, np.int32)
        heads[lower] = 0
        below[0], parent[0] = -1, -1
        slots = 1 << (2 * room).bit_length()
        keys, rows = np.zeros(slots, np.int64), np.zeros(slots, np.int32)
        at = np.array([1, lower, -1, 0], np.int64)
        return cls(at, parent, pair, made, below, heads, keys, rows, np.zeros(longest + 2, np.int64))


@compiled
def explore(
    start: Stacks, work: Stacks, graph: Graph, counts: Counts, tiers: int, most: int, limit: int, nodes: int
) -> int:
    """Look for a plan of at most ``limit`` moves, through a number of layouts; may be called again.

    The first sorted layout found is met by the fewest moves: those whose plans must be longer wait.

    Notes
    -----
    Layouts that differ in the order of their stacks alone are one, by a mark of 64 bits.
    """
    at, heads = graph.at, graph.heads
    stacks = len(start.height)
    while nodes > 0:
        while at[1] <= limit and heads[at[1]] < 0:
            at[1] += 1
        if at[1] > limit:
            return DONE
        if at[0] + stacks * stacks > len(graph.parent):
            return FULL
        node = heads[at[1]]
        heads[at[1]] = graph.below[node]
        if graph.made[node] == _STALE:
            continue
        nodes -= 1
        bad = _rebuild(start, work, graph, tiers, node)
        if bad == 0:
            at[2] = node
            return FOUND
        _children(work, graph, counts, tiers, most, limit, node, bad)
    return OPEN


@compiled
def _rebuild(start: Stacks, work: Stacks, graph: Graph, tiers: int, node: int) -> int:
    """Make the moves that lead to a layout; give how many boxes are badly placed there."""
    copy(start, work)
    stacks, count, path = len(start.height), 0, graph.path
    while graph.parent[node] >= 0:
        path[count] = graph.pair[node]
        node = graph.parent[node]
        count += 1
    bad = 0
    for stack in range(stacks):
        bad += start.height[stack] - start.good[stack]
    for step in range(count - 1, -1, -1):
        bad += move(work, tiers, path[step] // stacks, path[step] % stacks)
    return int(bad)


@compiled
def _children(
    work: Stacks, graph: Graph, counts: Counts, tiers: int, most: int, limit: int, node: int, bad: int
) -> None:
    """List the layouts one move from here that may lead to a plan within the limit."""
    stacks, made, height = len(work.height), graph.made[node] + 1, work.height
    for source in range(stacks):
        ground = False
        for target in range(stacks):
            if source == target or height[source] == 0 or height[target] >= tiers:
                continue
            if height[target] == 0:
                if ground or height[source] == 1:
                    continue
                ground = True
            kept, other = work.good[source], work.good[target]
            left = bad + move(work, tiers, source, target)
            bound = made + left
            if left and bound <= limit:
                bound = made + lower_bound(work, counts, tiers, most)
            if bound <= limit:
                pair = source * stacks + target
                _meet(graph, mark(work, tiers), node, pair, made, max(bound, graph.at[1]))
            else:
                graph.at[3] = 1
            move(work, tiers, target, source)
            work.good[source], work.good[target] = kept, other


@compiled
def _meet(graph: Graph, key: int, node: int, pair: int, made: int, bound: int) -> None:
    """Put a layout into its list unless it was met by no more moves."""
    slots = len(graph.keys) - 1
    slot = (key ^ (key >> 29)) & slots
    while graph.keys[slot] != 0 and graph.keys[slot] != key:
        slot = (slot + 1) & slots
    new = graph.at[0]
    if graph.keys[slot] == key:
        old = graph.rows[slot]
        if graph.made[old] <= made:
            return
        graph.made[old] = _STALE
    graph.keys[slot], graph.rows[slot] = key, new
    graph.parent[new], graph.pair[new], graph.made[new] = node, pair, made
    graph.below[new] = graph.heads[bound]
    graph.heads[bound] = new
    graph.at[0] = new + 1
