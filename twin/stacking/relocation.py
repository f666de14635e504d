"""The block relocation problem: fetch boxes out of a bay in order with few relocations.

A beam search in which every child is judged by a greedy roll-out to the end. Only boxes that stand on
the one to be fetched are moved: the restricted problem.
"""

import time
from dataclasses import dataclass, replace

from twin.stacking.bay import NEVER, Bay, BayState, Step
from twin.stacking.budget import Clock

_WIDTHS = (1, 6, 24, 96)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a search found.

    Attributes
    ----------
    steps : the relocations until the first box is free.
    relocations : all relocations until the bay is empty, those included.
    lower_bound : no plan needs fewer than this in all.
    """

    steps: tuple[Step, ...]
    relocations: int
    lower_bound: int

    @property
    def proven(self) -> bool:
        """Whether no plan can need fewer relocations in all."""
        return self.relocations == self.lower_bound


@dataclass(slots=True)
class _Node:
    """A state of the bay on the way of a plan; ``free`` once the first box has left."""

    state: BayState
    group: int = 0
    steps: tuple[Step, ...] = ()
    travel_s: float = 0.0
    free: bool = False

    def copy(self) -> "_Node":
        return _Node(self.state.copy(), self.group, self.steps, self.travel_s, self.free)

    def relocate(self, box: int, target: int) -> None:
        source = self.state.where[box]
        self.state.take(box)
        self.state.put(box, target)
        if not self.free:
            self.steps += (Step(box, source, target),)
            self.travel_s += self.state.bay.travel_s[source][target]


@dataclass(slots=True)
class _Search:
    """The order of fetching, and the best plan so far."""

    bay: Bay
    groups: list[list[int]]
    deadline: float
    forced: int
    clock: Clock
    best: int = NEVER
    travel_s: float = 0.0
    plan: tuple[Step, ...] = ()
    cut: bool = False

    def next_box(self, node: _Node) -> int:
        """Fetch all that is free and due; give the box that is due and not free, -1 at the end."""
        state = node.state
        while node.group < len(self.groups):
            due = [box for box in self.groups[node.group] if state.where[box] >= 0]
            # The boxes of the last group are all that is left: they come out from the top.
            if node.group == len(self.groups) - 1 or not due:
                node.group, node.free = node.group + 1, True
                continue
            on_top = [box for box in due if state.cells[state.where[box]][0] == box]
            if not on_top:
                return min(due, key=lambda box: (state.above(box), box))
            for box in on_top:
                state.take(box)
        return -1

    def greedy(self, state: BayState, box: int, cells: list[int]) -> int:
        """Choose the stack that leaves soonest after the box; else the one that is blocked latest."""
        rank, travel_s = self.bay.leaves[box], self.bay.travel_s[state.where[box]]
        best, key = -1, (2, 0, 0.0)
        for cell in cells:
            soonest = state.soonest(box, cell)
            found = (0, soonest, travel_s[cell]) if soonest >= rank else (1, -soonest, travel_s[cell])
            if found < key:
                best, key = cell, found
        return best

    def roll_out(self, start: _Node, done: int) -> int:
        """Finish greedily and note the plan; give all relocations, NEVER where the first box is stuck."""
        node = start.copy()
        state = node.state
        while (due := self.next_box(node)) >= 0:
            if done + state.bad > self.best:
                return done + 2 * state.bad
            box = state.cells[state.where[due]][0]
            cells = state.targets(due, box)
            if not cells:
                if not node.free:
                    return NEVER
                done += 2 * state.bad  # stuck, but only after the first box: an estimate will do
                break
            node.relocate(box, self.greedy(state, box, cells))
            done += 1
        self.note(node, done)
        return done

    def note(self, node: _Node, done: int) -> None:
        if self.promising(done, node):
            self.best, self.travel_s, self.plan = done, node.travel_s, node.steps

    def promising(self, bound: int, node: _Node) -> bool:
        """Tell whether a node may end in a better plan: fewer relocations, else less travel now."""
        return (bound, node.travel_s) < (self.best, self.travel_s)

    def children(self, node: _Node, done: int) -> list[tuple[int, int, float, _Node]]:
        due = self.next_box(node)
        if due < 0:
            self.note(node, done)
            return []
        box = node.state.cells[node.state.where[due]][0]
        cells = node.state.targets(due, box)
        if not node.steps and not node.free and self.forced >= 0:
            cells = [cell for cell in cells if cell == self.forced]
        found = []
        for cell in cells:
            child = node.copy()
            child.relocate(box, cell)
            bound = done + 1 + child.state.bad
            if self.promising(bound, child):
                found.append((self.roll_out(child, done + 1), bound, child.travel_s, child))
        return found

    def run(self, width: int) -> None:
        """Advance a beam of nodes until none can be better than the best plan."""
        beam, done = [_Node(BayState.of(self.bay))], 0
        while beam:
            found: list[tuple[int, int, float, _Node]] = []
            for node in beam:
                found += self.children(node, done)
                if self.clock() > self.deadline and self.best < NEVER:
                    self.cut = True
                    return
            seen: set[tuple[int, ...]] = set()
            beam, done = [], done + 1
            for _, bound, _, node in sorted(found, key=lambda item: item[:3]):
                key = (*node.state.where, *(entry[0] for entry in node.state.cells))
                if self.promising(bound, node) and key not in seen:
                    seen.add(key)
                    beam.append(node)
                    if len(beam) == width:
                        break


def search(
    bay: Bay,
    first: int | None = None,
    budget_s: float = 0.5,
    *,
    forced: int = -1,
    widest: int = 96,
    clock: Clock = time.monotonic,
) -> Plan | None:
    """Plan the relocations until ``first`` is free, so that few are needed in all.

    Parameters
    ----------
    bay : Bay
    first : int, optional
        The box to be freed first, whatever its rank; without it the boxes of the lowest rank.
    budget_s : float
        The beam widens until this has passed; one plan is always sought, and the same bay gives the
        same plan where the time does not bind.
    forced : int
        The cell that the first relocation must go to, -1 for any: to weigh an alternative.
    widest : int
        The widest beam; 0 asks for greedy plans only, whatever the time.
    clock : callable
        What the budget is measured by.

    Returns
    -------
    Plan or None
        None where a box above ``first`` has nowhere to go in this bay.

    Notes
    -----
    The roll-out is the min-max rule of Caserta, Schwarze and Voss (2012): the stack that leaves soonest
    after the box, else the one that is blocked latest. Boxes above an earlier one bound from below.
    """
    if first is not None:
        bay = replace(bay, leaves=tuple(-1 if box == first else r for box, r in enumerate(bay.leaves)))
    found = _Search(bay, _groups(bay), clock() + budget_s, forced, clock)
    root = BayState.of(bay)
    bound = root.bad
    if widest == 0:
        found.children(_Node(root.copy()), 0)
    for width in _WIDTHS:
        if width <= widest and not found.cut and found.best > bound:
            found.run(width)
    return None if found.best == NEVER else Plan(found.plan, found.best, bound)


def _groups(bay: Bay) -> list[list[int]]:
    """Give the boxes in the order in which they leave, those that leave together in one list."""
    groups: dict[int, list[int]] = {}
    for box in sorted(range(len(bay.leaves)), key=lambda box: (bay.leaves[box], box)):
        groups.setdefault(bay.leaves[box], []).append(box)
    return list(groups.values())
