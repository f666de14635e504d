"""A real bay sorted as far as it pays: moves now against relocations while trucks wait."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.stacking.bay import Bay, BayState, Entry, Step
from twin.stacking.budget import Clock
from twin.tables import Floats

SCENARIOS = 64
"""Scenarios that plans are compared over."""
_WIDTH = 24
_EARLY, _LATE = -1e9, 1e9


@dataclass(frozen=True, slots=True)
class Departures:
    """When the boxes of a bay leave, in scenarios that all plans are weighed by.

    Attributes
    ----------
    at_s : (boxes, scenarios)
        Instants of departure; only their order counts.
    told_s : (boxes,)
        What is told of them, 1e9 where nothing is: all that a crane driver can go by.
    """

    at_s: Floats
    told_s: Floats


def departures(
    told_s: Sequence[float], first: Sequence[bool], sigma_s: float, seed: int = 1, scenarios: int = SCENARIOS
) -> Departures:
    """Draw departures: normal about what is told, even chances where nothing is.

    Parameters
    ----------
    told_s : per box, when it is told to leave [s], NaN where it is not.
    first : per box, whether its truck is announced: it leaves before all others, in any order.
    sigma_s : float
        One sigma of what is told [s]; independent from box to box.
    """
    rng = np.random.default_rng(seed)
    told = np.asarray(told_s, float)
    luck = rng.random((len(told), scenarios))
    normal = rng.standard_normal((len(told), scenarios))
    at_s = told[:, None] + sigma_s * normal
    at_s = np.where(np.isnan(told)[:, None], np.where(luck < 0.5, _EARLY, _LATE) + luck, at_s)
    called = np.asarray(first, bool)
    at_s = np.where(called[:, None], 2.0 * _EARLY + luck, at_s)
    known = np.where(np.isnan(told), _LATE, told)
    return Departures(at_s, np.where(called, 2.0 * _EARLY, known))


@dataclass(frozen=True, slots=True)
class Tidied:
    """What some moves do to a bay.

    Attributes
    ----------
    steps : the moves, in order.
    relocations : (scenarios,)
        Relocations until all boxes have left, after the moves.
    again : (boxes,)
        Share of the scenarios in which a box is relocated.
    """

    steps: tuple[Step, ...]
    relocations: Floats
    again: Floats

    def saved(self, without: "Tidied") -> tuple[float, float]:
        """Give the relocations saved against leaving the bay as it is, and one sigma of them."""
        gain = without.relocations - self.relocations
        return float(gain.mean()), float(gain.std())


def tidy(
    bay: Bay,
    made: Departures,
    when: Departures,
    most_moves: int,
    budget_s: float,
    clock: Clock = time.monotonic,
) -> tuple[Tidied, ...]:
    """Weigh what no, one, two ... moves do to a bay; which of them pays is for the caller to say.

    Parameters
    ----------
    made, when : Departures
        What plans are made by, and what they are then weighed by.
    most_moves : int
        Moves that there is time for.
    budget_s : float
        When to stop [s]; the bay as it is is weighed however short it is.
    clock : callable
        What the budget is measured by.

    Returns
    -------
    tuple of Tidied
        By the number of moves, the first without any; of each number the plan that leaves the fewest boxes
        standing on one that leaves earlier.
    """
    end = clock() + budget_s
    start = BayState.of(bay)
    found = [weighed(start, (), when)]
    longest_s = 0.0
    for steps, state in _plans(start, made, most_moves, end - 0.5 * budget_s, clock):
        now = clock()
        if now + longest_s > end:
            break
        found.append(weighed(state, steps, when))
        longest_s = max(longest_s, clock() - now)
    return tuple(found)


def weighed(state: BayState, steps: tuple[Step, ...], when: Departures) -> Tidied:
    """Empty a bay in every scenario by what is told alone, and count the relocations."""
    counts = np.zeros(when.at_s.shape[1])
    again = np.zeros(len(when.told_s))
    for scenario, order in enumerate(np.argsort(when.at_s, axis=0, kind="stable").T.tolist()):
        moved = _emptied(state.copy(), order, when.told_s.tolist())
        counts[scenario] = len(moved)
        again[list(set(moved))] += 1.0
    return Tidied(steps, counts, again / when.at_s.shape[1])


def _emptied(state: BayState, order: list[int], told_s: list[float]) -> list[int]:
    """Take the boxes out in an order; give every box relocated, as often as it was."""
    moved: list[int] = []
    for due in order:
        while state.where[due] >= 0 and (box := _over(state, due)) >= 0:
            cells = state.targets(due, box)
            moved.append(box)
            target = min(cells, key=lambda cell: _rank(state, box, cell, told_s), default=-1)
            state.take(box)
            if target >= 0:
                state.put(box, target)
            # Else it goes to another bay, and blocks nothing here.
        if state.where[due] >= 0:
            state.take(due)
    return moved


def _over(state: BayState, due: int) -> int:
    """Give the topmost box over a box, -1 where it is free."""
    cell, bay = state.where[due], state.bay
    for place in (cell, bay.pair[cell]) if bay.long[due] else (cell,):
        box = state.cells[place][0]
        while box != due and bay.long[box] and not _free(state, box):
            # A long box over it reaches under what stands in the next place.
            lower = state.where[box]
            other = bay.pair[lower] if state.cells[lower][0] == box else lower
            box = state.cells[other][0]
        if box != due:
            return box
    return -1


def _free(state: BayState, box: int) -> bool:
    """Tell whether nothing stands on a box."""
    cell = state.where[box]
    both = not state.bay.long[box] or state.cells[state.bay.pair[cell]][0] == box
    return both and state.cells[cell][0] == box


def _rank(state: BayState, box: int, cell: int, told_s: list[float]) -> tuple[bool, float]:
    """Prefer the stack that by what is told leaves soonest after the box, else the one blocked latest."""
    soonest = min((told_s[below] for below in _below(state, box, cell)), default=2.0 * _LATE)
    late = soonest >= told_s[box]
    return not late, soonest if late else -soonest


def _below(state: BayState, box: int, cell: int) -> tuple[int, ...]:
    """Give the boxes that a box has or would have below it on a cell."""
    places = (cell, state.bay.pair[cell]) if state.bay.long[box] else (cell,)
    found = {below for place in places for below in _boxes(state.cells[place])}
    return tuple(sorted(found - {box}))


def _boxes(entry: Entry) -> tuple[int, ...]:
    """Give the boxes of a stack from the top down."""
    found = []
    while entry[0] >= 0:
        found.append(entry[0])
        entry = entry[4]
    return tuple(found)


@dataclass(slots=True)
class _Chances:
    """How likely a box must be moved for those below it; each question is worked out once."""

    at_s: Floats
    known: dict[tuple[int, tuple[int, ...]], float] = field(default_factory=dict)

    def blocked(self, box: int, below: tuple[int, ...]) -> float:
        """Give the share of the scenarios in which one below leaves first."""
        if not below:
            return 0.0
        key = (box, below)
        if key not in self.known:
            self.known[key] = float((self.at_s[list(below)].min(axis=0) < self.at_s[box]).mean())
        return self.known[key]


def _plans(
    start: BayState, when: Departures, most_moves: int, end: float, clock: Clock
) -> list[tuple[tuple[Step, ...], BayState]]:
    """Give the moves of each number that leave the fewest boxes to be moved, by a beam."""
    chances = _Chances(when.at_s)
    beam: list[tuple[float, tuple[Step, ...], BayState]] = [(0.0, (), start)]
    plans = []
    for _ in range(most_moves):
        children: dict[tuple[tuple[int, ...], ...], tuple[float, tuple[Step, ...], BayState]] = {}
        for cost, steps, state in beam:
            if clock() > end:
                break
            for step in _steps(state, steps):
                before = chances.blocked(step.box, _below(state, step.box, step.source))
                child = state.copy()
                child.take(step.box)
                after = chances.blocked(step.box, _below(child, step.box, step.target))
                child.put(step.box, step.target)
                key = tuple(_boxes(entry) for entry in child.cells)
                found = cost + after - before
                if key not in children or found < children[key][0]:
                    children[key] = (found, (*steps, step), child)
        beam = sorted(children.values(), key=lambda item: item[0])[:_WIDTH]
        if not beam:
            break
        plans.append((beam[0][1], beam[0][2]))
    return plans


def _steps(state: BayState, before: tuple[Step, ...]) -> list[Step]:
    """Give every legal relocation but those of the box that moved last."""
    last = before[-1].box if before else -1
    found = []
    for box in sorted({entry[0] for entry in state.cells if entry[0] >= 0}):
        if box != last and _free(state, box):
            source = state.where[box]
            found += [
                Step(box, source, cell) for cell in state.bay.allowed[box] if not state.reason(box, box, cell)
            ]
    return found
