"""Anytime pre-marshalling of a bay: a plan at once, then shorter ones, then the proof."""

import time
from collections.abc import Sequence

from twin.compiled import COMPILED
from twin.stacking.premarshal.bound import Counts, lower_bound
from twin.stacking.premarshal.exact import DONE, FOUND, OPEN, Graph, explore
from twin.stacking.premarshal.greedy import SPARES
from twin.stacking.premarshal.model import Layout, Moves, Sorting
from twin.stacking.premarshal.widen import Beam, follow

_SMALL = 30
"""Bays of so many boxes at most are first tried exactly."""
_SLICE = 20
"""Layouts of the exact search between two looks at the clock: some milliseconds."""
_ROOM = 1 << 20
"""Layouts that the exact search remembers at most, 40 bytes each."""
_ROOM_PER_S = 1_000_000
"""More layouts than it meets in a second: memory that is not asked for costs no time."""


def premarshal(stacks: Sequence[Sequence[int]], tiers: int, budget_s: float = 1.0) -> Sorting:
    """Plan the fewest moves after which no box of a bay stands on one that leaves before it.

    Parameters
    ----------
    stacks : groups of each stack's boxes from the ground up; smaller ones leave earlier, equal ones in any
        order.
    tiers : int
        How high a stack may be.
    budget_s : float
        When to stop [s]. One plan of the greedy is made however short it is; compiling is not counted.

    Raises
    ------
    LayoutError
        Where the bay cannot be: a stack higher than ``tiers``, no stack.
    """
    bay = Layout.of(stacks, tiers)
    load()
    if not bay.bad:
        return Sorting((), 0, 0, True)
    reason = bay.hopeless()
    if reason:
        return Sorting(None, bay.bad, bay.bad, True, reason)
    end = time.perf_counter() + budget_s
    if COMPILED:
        return _Search(bay, end).run()
    from twin.stacking.premarshal.plain import Pilot

    return Pilot(bay, bound_of(bay), end).run()


_loaded = False


def load() -> None:
    """Compile every loop, or load it from the cache: some seconds the first time on a machine."""
    global _loaded
    if COMPILED and not _loaded:
        _loaded = True
        end = time.perf_counter() + 60.0
        search = _Search(Layout.of([[1, 2, 3], [2, 1, 3], [3]], 4), end)
        search.prove(end)
        search.best = None
        Beam(search.bay, search).run(4, end)


def bound_of(bay: Layout) -> int:
    """Give a number of moves below which no plan sorts a bay (see ``bound``)."""
    return int(lower_bound(bay.start, Counts.for_bay(bay.stacks, bay.tiers, bay.most), bay.tiers, bay.most))


class _Search:
    """The best plan so far and what is known of how short one can be."""

    def __init__(self, bay: Layout, end: float) -> None:
        self.bay, self.end = bay, end
        self.lower = bound_of(bay)
        self.best: Moves | None = None
        self.proven, self.spare = False, SPARES[0]
        self.counts = Counts.for_bay(bay.stacks, bay.tiers, bay.most)
        self.graph: Graph | None = None

    def run(self) -> Sorting:
        bay = self.bay
        self.begin()
        beam = Beam(bay, self)
        if bay.boxes <= _SMALL and not self.finished():
            now = time.perf_counter()
            self.prove(now + 0.4 * (self.end - now))
        if not self.finished():
            beam.run(16, self.end)
        while not self.finished() and beam.run(0, self.end):
            pass
        if not self.finished():
            self.prove(self.end)
        return self.found()

    def begin(self) -> None:
        """Take the greedy's plan; where it has none, let it fill stacks to the top earlier."""
        for spare in SPARES:
            self.spare = spare
            self.take(follow(self.bay, (), -1, spare))
            if self.best is not None:
                return

    def found(self) -> Sorting:
        if self.best is None:
            reason = "no plan exists" if self.proven else "no plan was found within the budget"
            return Sorting(None, self.bay.bad, self.lower, self.proven, reason)
        return Sorting(self.best, self.bay.bad, self.lower, len(self.best) <= self.lower)

    def take(self, moves: Moves | None) -> None:
        """Keep a plan if it is the shortest."""
        if moves is not None and (self.best is None or len(moves) < len(self.best)):
            self.best = moves

    def finished(self) -> bool:
        """Tell whether there is nothing left to find, or no time."""
        if self.proven or (self.best is not None and len(self.best) <= self.lower):
            return True
        return time.perf_counter() >= self.end

    def prove(self, end: float) -> None:
        """Look for the shortest plan best first until it is found, too late, or too much to remember."""
        bay, outcome = self.bay, OPEN
        if self.graph is None:
            room = int(min(_ROOM, 4096 + bay.stacks**2 + _ROOM_PER_S * (self.end - time.perf_counter())))
            self.graph = Graph.of(room, bay.longest, self.lower)
        graph, work = self.graph, bay.copies()
        limit = bay.longest if self.best is None else len(self.best) - 1
        while outcome == OPEN and time.perf_counter() < end:
            outcome = explore(bay.start, work, graph, self.counts, bay.tiers, bay.most, limit, _SLICE)
        self.lower = max(self.lower, int(min(graph.at[1], limit + 1)))
        if outcome == FOUND:
            self.take(self._path(graph))
        elif outcome == DONE:
            # Nothing left out for its length: every layout that can be reached was seen.
            self.proven = self.best is not None or not graph.at[3]

    def _path(self, graph: Graph) -> Moves:
        """Give the moves to the sorted layout found."""
        node, pairs = int(graph.at[2]), []
        while graph.parent[node] >= 0:
            pairs.append(divmod(int(graph.pair[node]), self.bay.stacks))
            node = int(graph.parent[node])
        return tuple(reversed(pairs))
