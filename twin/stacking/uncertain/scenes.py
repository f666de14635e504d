"""Scenarios of departures kept beside what stands where: the soonest departure of every stack."""

import numpy as np

from twin.stacking.uncertain.beliefs import Beliefs
from twin.stacking.uncertain.places import Standing
from twin.stacking.uncertain.record import NEVER_D
from twin.tables import Floats, Longs


class Scenes:
    """Departures by box and scenario, and the soonest by cell and scenario.

    Attributes
    ----------
    leaves_d : (n, k) float
        Only rows of boxes that stand, or are about to, mean anything.
    """

    def __init__(self, standing: Standing, beliefs: Beliefs) -> None:
        self.standing, self.beliefs = standing, beliefs
        self.leaves_d = np.full((len(standing.long), beliefs.scenarios), NEVER_D)
        self._soonest_d = np.full((len(standing.height), beliefs.scenarios), NEVER_D)
        self._stale = np.zeros(len(standing.height), bool)
        self._earliest_d = np.full(len(standing.long), NEVER_D)

    def renew(self, boxes: Longs, now_d: float) -> None:
        """Draw departures of boxes anew."""
        if not len(boxes):
            return
        self.leaves_d[boxes] = drawn = self.beliefs.draw(boxes, now_d)
        self._earliest_d[boxes] = drawn.min(axis=1)
        for box in boxes[self.standing.where[boxes] >= 0]:
            self._stale[list(self.standing.cells_of(int(box)))] = True

    def refresh(self, now_d: float) -> None:
        """Draw anew what a scenario has leave before now, though it stands."""
        if self.beliefs.scenarios > 1:
            here = self.standing.boxes()
            self.renew(here[self._earliest_d[here] < now_d], now_d)

    def touched(self, cells: tuple[int, ...]) -> None:
        """Take in that something was put on or taken from cells."""
        self._stale[list(cells)] = True

    def soonest_d(self, cells: Longs, long: bool) -> Floats:
        """Give the soonest departure (m, k) of what a box would stand on [days]."""
        both = np.union1d(cells, self.standing.places.next[cells]) if long else cells
        self._update(both[self._stale[both]])
        soonest = self._soonest_d[cells]
        if long:
            soonest = np.minimum(soonest, self._soonest_d[self.standing.places.next[cells]])
        return soonest

    def _update(self, cells: Longs) -> None:
        if len(cells):
            boxes = self.standing.occupant[cells]
            leaves_d = np.where((boxes >= 0)[:, :, None], self.leaves_d[boxes], NEVER_D)
            self._soonest_d[cells] = leaves_d.min(axis=1)
            self._stale[cells] = False
