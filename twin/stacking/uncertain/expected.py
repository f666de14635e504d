"""The rule of least expected relocations: scenarios of departures weighed over all slots at once.

A box costs what it will itself be relocated, and what it closes: a stack that a later box could have
used without blocking. Close calls are looked at again by emptying the bays in every scenario.
"""

from dataclasses import dataclass

import numpy as np

from twin.stacking.uncertain.lookahead import LOOKS, arrival_costs, relocation_costs
from twin.stacking.uncertain.places import Standing, jammed
from twin.stacking.uncertain.record import NEVER_D
from twin.stacking.uncertain.scenes import RESIDENCE_D
from twin.stacking.uncertain.view import View
from twin.tables import Floats, Longs


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much, in relocations; set by hand on made-up blocks, flat around these values.

    Attributes
    ----------
    again : relocations that a box takes which has to be relocated once: it may block anew.
    closing : a place that no later box can use without blocking.
    mixing : a tier closed to boxes of the other length.
    jam : a box less of room than digging out the lowest of a bay needs.
    close_call : share of all these in a decision that was looked at by emptying the bays.
    looks : bays looked at so for a box that comes; 0 for none.
    horizon_d : how far it is looked ahead [days].
    """

    again: float = 1.3
    closing: float = 0.4
    mixing: float = 0.02
    jam: float = 0.3
    close_call: float = 0.7
    looks: int = 10
    horizon_d: float = 12.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Takes the cell of least expected relocations."""

    weights: Weights = Weights()

    def __call__(self, view: View, box: int, cells: Longs) -> int:
        """Give one of the cells."""
        cost = blocking_cost(view, box, cells, self.weights)
        if view.due >= 0:
            return self._relocated(view, box, cells, cost)
        long, weights = bool(view.standing.long[box]), self.weights
        cost = cost + weights.mixing * tiers_lost(view.standing, long, cells)
        cost += weights.jam * jammed(view.standing, long, cells)
        return self._arrived(view, box, cells, cost)

    def _until_d(self, view: View) -> float:
        return min(NEVER_D, view.now_d + self.weights.horizon_d)

    def _relocated(self, view: View, box: int, cells: Longs, cost: Floats) -> int:
        bays = _bays(view.standing, cells)
        if view.beliefs.foresees and (bays == bays[0]).all():
            leaves_d = view.scenes.leaves_d
            later = relocation_costs(view.standing, leaves_d, box, view.due, cells, self._until_d(view))
            cost = later + 0.5 * self.weights.close_call * cost
        return int(cells[np.argmin(cost)])

    def _arrived(self, view: View, box: int, cells: Longs, cost: Floats) -> int:
        order = np.argsort(cost, kind="stable")
        if not (view.beliefs.foresees and self.weights.looks):
            return int(cells[order[0]])
        first = np.unique(_bays(view.standing, cells)[order], return_index=True)[1]
        best = order[np.sort(first)[: min(LOOKS, self.weights.looks)]]
        later = arrival_costs(view.standing, view.scenes.leaves_d, box, cells[best], self._until_d(view))
        return int(cells[best[np.argmin(later + self.weights.close_call * cost[best])]])


def _bays(standing: Standing, cells: Longs) -> Longs:
    """Give each bay a number of its own through all blocks."""
    places = standing.places
    return places.block[cells] * 1000 + places.position[cells]


def blocking_cost(view: View, box: int, cells: Longs, weights: Weights) -> Floats:
    """Give the relocations (m,) that a box on cells is expected to take and to cause.

    Parameters
    ----------
    view : View
    box : int
        Stands nowhere.
    cells : (m,) int64
        Lower cells where it may stand.
    weights : Weights

    Notes
    -----
    It blocks in a scenario where something below leaves first. A later box, of which nothing is known
    but the mean residence R, blocks on a stack whose soonest departure is s with chance
    exp(-(s - now) / R); what a box adds to that is closed, and all of it where the stack is full then.
    """
    standing = view.standing
    urgency = view.scenes.urgency(cells, bool(standing.long[box]))
    over = np.exp(-view.scenes.leaves_d[box] / RESIDENCE_D) - urgency
    full = standing.places.tiers[cells] - standing.height[cells] <= 1
    scale = np.exp(view.now_d / RESIDENCE_D)
    blocks = (over < 0.0).mean(axis=1)
    closes = scale * np.maximum(over, 0.0).mean(axis=1)
    if full.any():
        closes[full] = 1.0 - scale * urgency[full].mean(axis=1)
    return np.asarray(weights.again * blocks + weights.closing * closes)


def tiers_lost(standing: Standing, long: bool, cells: Longs) -> Floats:
    """Give how many tiers (m,) of the other length, or of other bays, a box on cells would close.

    Parameters
    ----------
    standing : Standing
    long : bool
        Length of the box.
    cells : (m,) int64
        Lower cells where it may stand.

    Returns
    -------
    (m,) float
        Below 0 where a short box makes a level pair, on which long ones may stand.
    """
    places = standing.places
    has_next = np.flatnonzero(places.next >= 0)
    before = np.full(len(standing.height), -1)
    before[places.next[has_next]] = has_next
    room = places.tiers - standing.height
    long_room = np.append(np.where(standing.may_stand(True), room, 0), 0)
    if long:
        upper, top = places.next[cells], standing.top[cells]
        on_long = (top >= 0) & standing.long[top]
        lost = room[cells] + room[upper] + long_room[before[cells]] + long_room[upper]
        return np.where(on_long, 0.0, lost)
    lost = long_room[cells] + long_room[before[cells]]
    for other in (places.next[cells], before[cells]):
        top = standing.top[other]
        levels = (other >= 0) & (standing.height[other] == standing.height[cells] + 1)
        levels &= (top >= 0) & ~standing.long[top]
        lost = lost - np.where(levels, room[other], 0)
    return np.asarray(lost, float)
