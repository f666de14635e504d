"""Rules by name that choose a cell for a box that comes or is in the way."""

import numpy as np

from twin.stacking.uncertain.expected import Expected
from twin.stacking.uncertain.record import NEVER_D
from twin.stacking.uncertain.view import Rule, View
from twin.tables import Floats, Longs


def human(view: View, box: int, cells: Longs) -> int:
    """Take the recorded cell; where none is told, or it cannot be, the nearest; dig to the lowest."""
    if view.due >= 0:
        return levelling(view, box, cells)
    if view.recorded < 0:
        return closest(view, box, cells)
    return int(cells[np.argmin(_away(view, cells, view.recorded))])


def random(view: View, box: int, cells: Longs) -> int:
    """Take any legal cell: the baseline to compare with."""
    return int(view.rng.choice(cells))


def levelling(view: View, box: int, cells: Longs) -> int:
    """Take the lowest stack; ties to the lowest cell."""
    return int(cells[np.argmin(view.standing.height[cells])])


def closest(view: View, box: int, cells: Longs) -> int:
    """Take the cell nearest to where the crane is; ties to the lowest cell."""
    return int(cells[np.argmin(_away(view, cells, view.last))])


def category(view: View, box: int, cells: Longs) -> int:
    """Take a stack topped by a box of the same group, else of the same kind, else the lowest."""
    top = view.standing.top[cells]
    there = top >= 0
    group = there & (view.group[top] == view.group[box]) & (view.group[box] >= 0)
    kind = there & (view.kind[top] == view.kind[box])
    key = np.where(group, 0.0, np.where(kind, 100.0, 200.0)) + view.standing.height[cells]
    return int(cells[np.argmin(key)])


def min_max(view: View, box: int, cells: Longs) -> int:
    """Take the tightest stack that leaves later than the box, else the one that leaves last; by estimates.

    Ties go to the lowest cell.
    """
    soonest_d = estimated_d(view, cells, bool(view.standing.long[box]))
    mine_d = view.beliefs.estimate(np.array([box]), view.now_d)[0]
    later = soonest_d >= mine_d
    if later.any():
        return int(cells[np.argmin(np.where(later, soonest_d, np.inf))])
    return int(cells[np.argmax(soonest_d)])


def estimated_d(view: View, cells: Longs, long: bool) -> Floats:
    """Give the soonest estimate (m,) of what a box would stand on [days]."""
    standing = view.standing
    both = np.column_stack((cells, standing.places.next[cells])) if long else cells[:, None]
    boxes = standing.occupant[both].reshape(len(cells), -1)
    there = np.unique(boxes[boxes >= 0])
    told_d = np.full(len(standing.long) + 1, NEVER_D)
    told_d[there] = view.beliefs.estimate(there, view.now_d)
    return np.asarray(told_d[boxes].min(axis=1))


def _away(view: View, cells: Longs, cell: int) -> Longs:
    places = view.standing.places
    block = np.abs(places.block[cells] - places.block[cell])
    bay = np.abs(places.position[cells] - places.position[cell])
    return np.asarray(block * 1_000_000 + bay * 100 + np.abs(places.row[cells] - places.row[cell]))


RULES: dict[str, Rule] = {
    "expected": Expected(),
    "min_max": min_max,
    "levelling": levelling,
    "random": random,
    "closest": closest,
    "category": category,
    "human": human,
}
"""Every rule by name."""
DEFAULT = "expected"
