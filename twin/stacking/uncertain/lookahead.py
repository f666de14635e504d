"""A bay as the emptying of stacks sees it, and what a decision in it will cost later."""

import numpy as np

from twin.compiled import COMPILED
from twin.stacking.uncertain.expectation import mean_relocations
from twin.stacking.uncertain.places import Standing
from twin.tables import Floats, Longs

SCENARIOS = 64 if COMPILED else 12
"""Scenarios, at most, in which a bay is emptied for one decision."""
LOOKS = 64 if COMPILED else 2
"""Bays, at most, that are emptied for one box that comes."""


def bay_stacks(standing: Standing, cell: int, long: bool) -> tuple[Longs, Longs]:
    """Give the cells of a bay and the boxes on them, as stacks for boxes of one length.

    Parameters
    ----------
    standing : Standing
    cell : int
        Any (lower) cell of the bay.
    long : bool
        Of which length boxes are looked at.

    Returns
    -------
    cells : (s,) int64
        Those cells on which nothing but height bars a box of that length.
    stacks : (s, t) int64
        Box by cell and tier, -1 where none; of two short boxes side by side under long ones, the one
        in the lower cell.
    """
    places, cells = standing.places, standing.bay_of(cell)
    top = standing.top[cells]
    if not long:
        fits = (top < 0) | ~standing.long[top]
    else:
        upper = np.maximum(places.next[cells], 0)
        other = standing.top[upper]
        shorts = (top >= 0) & (other >= 0) & ~standing.long[top] & ~standing.long[other]
        fits = (standing.height[cells] == standing.height[upper]) & ((top == other) | shorts)
        fits &= places.next[cells] >= 0
    cells = cells[fits]
    return cells, standing.occupant[cells]


def relocation_costs(
    standing: Standing, leaves_d: Floats, box: int, due: int, cells: Longs, until_d: float
) -> Floats:
    """Give the expected relocations (m,) in its bay after a blocking box, just lifted, is set on cells.

    Parameters
    ----------
    standing : Standing
    leaves_d : (n, k) float
        Departures by box and scenario [days].
    box, due : int
        Who is set, and who is waited for.
    cells : (m,) int64
        Of one bay.
    until_d : float
        What leaves later is not looked at [days].

    Notes
    -----
    In every scenario the bay is emptied by the min-max rule, which goes by the mean departures: it
    knows no more than a later decision will. Boxes that come later are not looked at.
    """
    return _tried(standing, leaves_d, box, due, cells, until_d)[:-1]


def arrival_costs(standing: Standing, leaves_d: Floats, box: int, cells: Longs, until_d: float) -> Floats:
    """Give the additional expected relocations (m,) in its bay when a box that comes is set on each cell.

    Parameters are as those of :func:`relocation_costs`; each cell may be in a bay of its own.
    """
    costs = np.empty(len(cells))
    for each, cell in enumerate(cells):
        found = _tried(standing, leaves_d, box, -1, np.array([cell]), until_d)
        costs[each] = found[0] - found[1]
    return costs


def _tried(standing: Standing, leaves_d: Floats, box: int, due: int, cells: Longs, until_d: float) -> Floats:
    """Give the mean relocations of a bay with a box on each of the cells, and last without it."""
    where, stacks = bay_stacks(standing, int(cells[0]), bool(standing.long[box]))
    numbers = np.unique(np.append(stacks[stacks >= 0], [box, due] if due >= 0 else [box]))
    leaves = np.ascontiguousarray(leaves_d[numbers, :SCENARIOS].T)
    told = leaves.mean(axis=0)
    if due >= 0:
        leaves[:, np.searchsorted(numbers, due)] = -np.inf
    local = np.where(stacks >= 0, np.searchsorted(numbers, stacks), -1)
    tries = np.repeat(local[None], len(cells) + 1, axis=0)
    tries[np.arange(len(cells)), np.searchsorted(where, cells), standing.height[cells]] = np.searchsorted(
        numbers, box
    )
    tiers = int(standing.places.tiers[cells].min())
    return mean_relocations(tries, leaves, told, tiers, until_d)
