"""Scenarios of departures kept beside what stands where: how soon every stack is asked for."""

import numpy as np

from twin.stacking.uncertain.beliefs import Beliefs
from twin.stacking.uncertain.places import Standing
from twin.stacking.uncertain.record import NEVER_D
from twin.tables import Floats, Longs

RESIDENCE_D = 6.0
"""Mean residence of a box of which nothing is known, roughly [days]."""


class Scenes:
    """Departures by box and scenario, and the urgency of every stack by scenario.

    Attributes
    ----------
    leaves_d : (n, k) float
        Only rows of boxes that stand, or are about to, mean anything.
    """

    def __init__(self, standing: Standing, beliefs: Beliefs) -> None:
        self.standing, self.beliefs = standing, beliefs
        self.leaves_d = np.full((len(standing.long), beliefs.scenarios), NEVER_D)
        self._urgency = np.zeros((len(standing.height), beliefs.scenarios))
        self._stale = np.zeros(len(standing.height), bool)
        self._earliest_d = np.full(len(standing.long), NEVER_D)

    def renew(self, boxes: Longs, now_d: float) -> None:
        """Draw departures of boxes anew."""
        if not len(boxes):
            return
        self.leaves_d[boxes] = drawn = self.beliefs.draw(boxes, now_d)
        self._earliest_d[boxes] = drawn.min(axis=1)
        here = boxes[self.standing.where[boxes] >= 0]
        cells = self.standing.where[here]
        self._stale[cells] = True
        self._stale[self.standing.places.next[cells[self.standing.long[here]]]] = True

    def refresh(self, now_d: float) -> None:
        """Draw anew what a scenario has leave before now, though it stands."""
        if self.beliefs.scenarios > 1:
            here = self.standing.boxes()
            self.renew(here[self._earliest_d[here] < now_d], now_d)

    def touched(self, cells: tuple[int, ...]) -> None:
        """Take in that something was put on or taken from cells."""
        self._stale[list(cells)] = True

    def urgency(self, cells: Longs, long: bool) -> Floats:
        """Give how soon what a box would stand on leaves: (m, k), exp(-soonest departure / residence)."""
        self._update()
        urgency = self._urgency[cells]
        if long:
            urgency = np.maximum(urgency, self._urgency[self.standing.places.next[cells]])
        return urgency

    def _update(self) -> None:
        cells = np.flatnonzero(self._stale)
        if len(cells):
            boxes = self.standing.occupant[cells]
            leaves_d = np.where((boxes >= 0)[:, :, None], self.leaves_d[boxes], NEVER_D)
            self._urgency[cells] = np.exp(-leaves_d.min(axis=1) / RESIDENCE_D)
            self._stale[cells] = False
