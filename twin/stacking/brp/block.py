"""The bays of a whole block planned in one call, each by its own crane trolley's moves inside the bay.

With a compiler the bays take turns with ever wider beams; without one they advance together in whole arrays.
"""

import functools
import time
from collections.abc import Callable, Sequence

from twin.compiled import COMPILED
from twin.stacking.brp import solver
from twin.stacking.brp.arrays import Together
from twin.stacking.brp.instance import BayPlan, Instance, RelocationError
from twin.stacking.brp.replay import stuck_reason

_WIDTHS = (1, 8, 64, 512, 4096)
_WIDTH_TOGETHER = 10
_TO_TELL = 0.04
"""Part of the budget kept for writing the plans out."""


def relocate_block(
    bays: Sequence[Instance],
    budget_s: float = 0.15,
    *,
    restricted: bool = False,
    compiled: bool = COMPILED,
    clock: Callable[[], float] = time.perf_counter,
) -> list[BayPlan]:
    """Plan how each bay of a block is emptied with few relocations, boxes staying in their bay.

    Parameters
    ----------
    bays : instances
        Of any shapes; a box may not go to another bay (see :func:`across` for cranes that may).
    budget_s : float
        When to stop [s], for all bays together; a first plan is always sought for each.
    restricted : bool
        Move only boxes above one that is due.
    compiled : bool
        Search with the compiled loops; else in whole arrays.
    clock : callable
        Gives seconds.

    Returns
    -------
    list of BayPlan
        One a bay, in order; ``ms`` is the time until all were done.
    """
    started = clock()
    searches = [solver.Search.of(bay, restricted, budget_s, clock) for bay in bays]
    open_ = [search for search in searches if not stuck_reason(search.instance)]
    for search in searches:
        search.deadline = started + budget_s
    if compiled:
        _by_turns(open_)
    else:
        _together(open_, started + (1.0 - _TO_TELL) * budget_s)
    ms = 1e3 * (clock() - started)
    return [solver.plan_of(search, ms) for search in searches]


def _by_turns(searches: list[solver.Search]) -> None:
    for search in searches:
        search.begin()
    for width in _WIDTHS:
        for search in searches:
            if not search.over:
                solver.run_beam(search, width, None)


def _together(searches: list[solver.Search], deadline: float) -> None:
    """Search the bays of each shape together; a bay that some boxes are barred from is searched alone."""
    shapes: dict[tuple[int, int], list[solver.Search]] = {}
    for search in searches:
        if search.rules.masked:
            search.begin()
            solver.run_beam(search, 1, None)
        else:
            shapes.setdefault((len(search.root), search.instance.max_tiers), []).append(search)
    for alike in shapes.values():
        bound = [search.bound for search in alike]
        found = Together.of([search.instance for search in alike], alike[0].rules.restricted, bound)
        found.widen(_WIDTH_TOGETHER, 1 << 12, functools.partial(_past, alike[0].clock, deadline))
        for number, search in enumerate(alike):
            search.take(found.plans[number], int(found.best[number]), bool(found.closed[number]))


def _past(clock: Callable[[], float], deadline: float) -> bool:
    return clock() >= deadline


def across(bays: Sequence[Instance]) -> Instance:
    """Give one bay of the stacks of all, for a crane that carries boxes from bay to bay.

    Priorities must be those of the whole block. What the way between bays costs is told by
    ``crane.CraneTimes``.

    Raises
    ------
    RelocationError
        Where the bays are of different heights, or too many for one search.
    """
    tiers = {bay.max_tiers for bay in bays}
    if len(tiers) != 1:
        raise RelocationError(f"bays: expected one height limit, found {sorted(tiers)}")
    return Instance(tuple(stack for bay in bays for stack in bay.stacks), tiers.pop())
