"""Departures learnt from those seen so far: residence by kind, groups that follow one another."""

import numpy as np
from scipy.special import ndtr

from twin.stacking.uncertain import luck
from twin.stacking.uncertain.beliefs import SOON_D, Groups
from twin.stacking.uncertain.record import Record
from twin.tables import Floats, Longs

MEDIAN_D, DEVIATION = 5.65, 0.674
"""Lognormal residence before anything is seen: median 5.65 days, p90 13.4 as seen in a real yard."""
BIN_D, BINS = 0.5, 240
MOST_LEAD_D = 2.0
"""An announcement that comes longer than this before the departure, on average, says too little."""
POOL_WEIGHT, KIND_WEIGHT = 20.0, 12.0
"""Boxes that the prior weighs against what all kinds showed, and that all kinds weigh against one."""


class Residence:
    """Hazard of leaving by age and kind, learnt from stays that are seen from some age on.

    Notes
    -----
    Stays under way count as exposure, so that boxes which stay long are not forgotten; what was before
    the first operation is not seen, so a box counts from the age it had then.
    """

    def __init__(self, kind: Longs, born_d: Floats) -> None:
        self.kind, self.born_d = kind, born_d
        self.kinds = int(kind.max(initial=0)) + 1
        self.seen_from_d = np.full(len(kind), np.nan)
        self.seen_to_d = np.full(len(kind), np.nan)
        self.gone = np.zeros(len(kind), bool)
        self._edges_d = np.arange(BINS + 1) * BIN_D
        self._renewed_d = -np.inf
        self._cumulative = np.zeros((self.kinds, BINS + 1))

    def entered(self, box: int, now_d: float) -> None:
        """Start to see a stay."""
        self.seen_from_d[box] = now_d

    def left(self, box: int, now_d: float) -> None:
        """End to see a stay."""
        self.seen_to_d[box] = now_d
        self.gone[box] = True

    def residual_d(self, boxes: Longs, now_d: float, share: Floats) -> Floats:
        """Give quantiles (m, k) of how long boxes still stay [days]."""
        if now_d >= self._renewed_d + 0.125:
            self._learn(now_d)
        out = np.empty(share.shape)
        kind = self.kind[boxes]
        age_d = np.maximum(now_d - self.born_d[boxes], 0.0)
        for each in np.unique(kind):
            rows = kind == each
            hazard = self._cumulative[each]
            at = np.interp(age_d[rows], self._edges_d, hazard)[:, None]
            goal = at - np.log1p(-share[rows])
            beyond = np.maximum(goal - hazard[-1], 0.0) * 60.0
            out[rows] = np.interp(goal, hazard, self._edges_d) + beyond - age_d[rows][:, None]
        return np.maximum(out, 0.0)

    def _learn(self, now_d: float) -> None:
        self._renewed_d = now_d
        seen = np.flatnonzero(np.isfinite(self.seen_from_d))
        lower = np.maximum(self.seen_from_d[seen] - self.born_d[seen], 0.0)
        upper = np.where(self.gone[seen], self.seen_to_d[seen], now_d) - self.born_d[seen]
        exposure = np.clip(
            np.minimum(upper[:, None], self._edges_d[1:]) - np.maximum(lower[:, None], self._edges_d[:-1]),
            0.0, BIN_D,
        )  # fmt: skip
        ends = np.minimum((upper / BIN_D).astype(np.int64), BINS - 1)
        left, stayed = np.zeros((self.kinds, BINS)), np.zeros((self.kinds, BINS))
        np.add.at(left, (self.kind[seen], ends), self.gone[seen])
        np.add.at(stayed, self.kind[seen], exposure)
        prior = _prior_hazard()
        weight = POOL_WEIGHT * BIN_D * _prior_survival()
        pooled = (left.sum(0) + weight * prior) / (stayed.sum(0) + weight)
        share = KIND_WEIGHT * BIN_D * _prior_survival()
        hazard = (left + share * pooled) / (stayed + share)
        self._cumulative[:, 1:] = np.cumsum(hazard * BIN_D, axis=1)


def _prior_survival() -> Floats:
    middle_d = (np.arange(BINS) + 0.5) * BIN_D
    return np.asarray(ndtr(-np.log(middle_d / MEDIAN_D) / DEVIATION))


def _prior_hazard() -> Floats:
    edges_d = np.maximum(np.arange(BINS + 1) * BIN_D, 1e-9)
    survival = ndtr(-np.log(edges_d / MEDIAN_D) / DEVIATION)
    return np.asarray(-np.diff(np.log(survival)) / BIN_D)


class Learnt:
    """Nothing is told: residence by kind, groups, and departures announced in the past.

    Parameters
    ----------
    record : Record
        Its departures are not read; ``announced_d`` only once the operation that it is of, or a
        decision after it, has come.
    """

    foresees = False

    def __init__(self, record: Record, seed: int, scenarios: int = 64) -> None:
        self.scenarios = scenarios
        boxes = len(record.long)
        # Where a box came before the record and no date is given, it has stayed for a median stay.
        born_d = np.where(np.isnan(record.born_d), -MEDIAN_D, record.born_d)
        self._residence = Residence(record.kind, born_d)
        self._groups = Groups(record.group)
        self._called_d = np.full(boxes, np.nan)
        self._lead_d = SOON_D
        groups = len(self._groups.last_d)
        self._share = luck.shares(seed, 2, boxes, scenarios)
        self._own = luck.shares(seed, 3, boxes, scenarios)
        self._of_group = luck.shares(seed, 4, groups, scenarios)
        self._coin = luck.shares(seed, 5, groups, scenarios)

    def estimate(self, boxes: Longs, now_d: float) -> Floats:
        """Give the median of the scenarios."""
        return np.asarray(np.median(self.draw(boxes, now_d), axis=1))

    def draw(self, boxes: Longs, now_d: float) -> Floats:
        """Give departures in scenarios."""
        groups, own = self._groups, self._own[boxes]
        of = groups.group[boxes]
        together = (self._coin[of] < groups.together) & (of >= 0)[:, None]
        share = np.where(together, self._of_group[of], self._share[boxes])
        stay_d = self._residence.residual_d(boxes, now_d, share)
        row_d = np.where(together, own * 2.0 * groups.gap_d, 0.0)
        soon_d = -np.log1p(-own) * 2.0 * groups.gap_d
        leaving = groups.leaving(boxes, now_d)[:, None] & together
        stay_d = np.where(leaving, soon_d, stay_d + row_d)
        called = np.isfinite(self._called_d[boxes])[:, None]
        if self._lead_d < MOST_LEAD_D:
            stay_d = np.where(called, -np.log1p(-own) * self._lead_d, stay_d)
        return np.asarray(now_d + np.maximum(stay_d, 1e-4))

    def entered(self, box: int, now_d: float) -> Longs:
        """Take in that a box came."""
        self._groups.standing[box] = True
        self._residence.entered(box, now_d)
        return np.array([box])

    def left(self, box: int, now_d: float) -> Longs:
        """Take in that a box went: its group may follow."""
        self._residence.left(box, now_d)
        if np.isfinite(self._called_d[box]):
            self._lead_d += 0.1 * (now_d - self._called_d[box] - self._lead_d)
        return self._groups.left(box, now_d)

    def announced(self, box: int, now_d: float) -> Longs:
        """Take in that a box was called for."""
        self._called_d[box] = now_d
        return np.array([box])
