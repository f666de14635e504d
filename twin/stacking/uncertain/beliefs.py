"""What is known of departures at an instant, as joint scenarios: one departure a box and scenario.

Scenarios rather than a mean and a spread a box, because boxes of one bill of lading leave together:
what one of them does moves the others. Draws rest on fixed random numbers a box and a group, so the
same seed gives the same scenarios, and a box keeps its luck as its distribution narrows.
"""

from collections import deque
from typing import Protocol

import numpy as np
from scipy.special import ndtr, ndtri

from twin.stacking.uncertain import luck
from twin.stacking.uncertain.record import NEVER_D, Record
from twin.tables import Flags, Floats, Longs

SOON_D = 1.0 / 24.0
"""Mean time to departure of a box whose departure was announced, or whose group is leaving [days]."""


class Beliefs(Protocol):
    """What a policy may know of departures; it is told of events as they happen, and of no others."""

    scenarios: int
    foresees: bool
    """Whether the mean departure of a box says enough to look ahead by."""

    def estimate(self, boxes: Longs, now_d: float) -> Floats:
        """Give one departure a box (m,) [days], for rules that go by one number."""

    def draw(self, boxes: Longs, now_d: float) -> Floats:
        """Give departures (m, scenarios) [days], none before now."""

    def entered(self, box: int, now_d: float) -> Longs:
        """Take in that a box came; give the boxes whose draws are out of date."""

    def left(self, box: int, now_d: float) -> Longs:
        """Take in that a box went; give the boxes whose draws are out of date."""

    def announced(self, box: int, now_d: float) -> Longs:
        """Take in that a box was called for; give the boxes whose draws are out of date."""


class Groups:
    """Learns from departures how boxes of one group follow one another.

    Attributes
    ----------
    standing : (n,) bool
    last_d : (groups,) float
        When a box of the group left last, -inf where none did.
    """

    WINDOW_D = 0.5
    """Boxes that leave within this of one another left together [days]."""
    TOGETHER, PRIOR = 0.6, 6.0
    """Share of a group that leaves together before anything was seen, and in how many groups it weighs."""

    def __init__(self, group: Longs) -> None:
        self.group = group
        self.standing = np.zeros(len(group), bool)
        self.last_d = np.full(int(group.max(initial=-1)) + 2, -np.inf)
        self._opened_d = np.full(len(self.last_d), -np.inf)
        self._watched: deque[tuple[float, Longs]] = deque()
        self._together = self.TOGETHER * self.PRIOR
        self._seen = self.PRIOR
        self._gap_d = SOON_D * 3.0

    @property
    def together(self) -> float:
        """Give the learnt share of a group that follows its first within the window."""
        return min(max(self._together / self._seen, 0.01), 0.99)

    @property
    def gap_d(self) -> float:
        """Give the learnt mean gap between two of a group that left together [days]."""
        return self._gap_d

    def members(self, box: int) -> Longs:
        """Give the standing boxes of a box's group, itself among them where it stands."""
        group = self.group[box]
        if group < 0:
            return np.array([box]) if self.standing[box] else np.zeros(0, np.int64)
        return np.flatnonzero((self.group == group) & self.standing)

    def left(self, box: int, now_d: float) -> Longs:
        """Take in a departure; give the boxes of its group that stand."""
        self._close(now_d)
        self.standing[box] = False
        rest = self.members(box)
        group = self.group[box]
        if group < 0:
            return rest
        gap_d = now_d - self.last_d[group]
        if gap_d < self.WINDOW_D:
            self._gap_d += 0.05 * (gap_d - self._gap_d)
        self.last_d[group] = now_d
        if len(rest) and now_d - self._opened_d[group] >= self.WINDOW_D:
            self._opened_d[group] = now_d
            self._watched.append((now_d, rest))
        return rest

    def _close(self, now_d: float) -> None:
        """Count who of the groups that began to leave a window ago has followed."""
        while self._watched and now_d - self._watched[0][0] >= self.WINDOW_D:
            _, rest = self._watched.popleft()
            self._together += 1.0 - float(self.standing[rest].mean())
            self._seen += 1.0

    def leaving(self, boxes: Longs, now_d: float) -> Flags:
        """Tell of which boxes the group has begun to leave within the window."""
        group = self.group[boxes]
        return (group >= 0) & (now_d - self.last_d[group] < self.WINDOW_D)


def after(mean_d: Floats, sigma_d: Floats, now_d: float, share: Floats) -> Floats:
    """Give quantiles of normal departures that are known not to lie in the past.

    Parameters
    ----------
    mean_d, sigma_d, share : arrays that broadcast
        Mean and standard deviation [days], and the share in (0, 1) that leaves before the quantile.
    now_d : float
        Nothing that still stands has left before this [days].

    Returns
    -------
    array of float

    Notes
    -----
    The normal distribution cut off below at ``now_d``, inverted in its upper tail, which keeps its
    digits for boxes long overdue.
    """
    cut = np.minimum((now_d - mean_d) / sigma_d, 30.0)
    return np.asarray(np.maximum(mean_d - sigma_d * ndtri((1.0 - share) * ndtr(-cut)), now_d))


class Known:
    """Departures are known, as far as the record tells them: one scenario."""

    scenarios = 1
    foresees = True

    def __init__(self, record: Record) -> None:
        self._leaves_d = record.leaves_d

    def estimate(self, boxes: Longs, now_d: float) -> Floats:
        """Give the departures."""
        return self._leaves_d[boxes]

    def draw(self, boxes: Longs, now_d: float) -> Floats:
        """Give the departures as one scenario."""
        return self._leaves_d[boxes][:, None]

    def entered(self, box: int, now_d: float) -> Longs:
        """Take in that a box came."""
        return np.array([box])

    def left(self, box: int, now_d: float) -> Longs:
        """Take in that a box went: nothing follows."""
        return np.zeros(0, np.int64)

    announced = left


class Noisy:
    """Departures are known up to a normal error, drawn once a box; groups say more together.

    Parameters
    ----------
    record : Record
    sigma_d : float
        Standard deviation of the error [days].
    seed : int
        Of the error and of the scenarios.
    """

    foresees = True

    def __init__(self, record: Record, sigma_d: float, seed: int, scenarios: int = 64) -> None:
        boxes, groups = len(record.long), int(record.group.max(initial=-1)) + 2
        finite = record.leaves_d < NEVER_D
        self.scenarios = scenarios
        self._sigma_d = sigma_d
        self._told_d = np.where(finite, record.leaves_d + sigma_d * luck.errors(seed, boxes), NEVER_D)
        self._finite = finite
        self._groups = Groups(record.group)
        self._share = luck.shares(seed, 2, boxes, scenarios)
        self._own = luck.shares(seed, 3, boxes, scenarios)
        self._of_group = luck.shares(seed, 4, groups, scenarios)
        self._coin = luck.shares(seed, 5, groups, scenarios)

    def estimate(self, boxes: Longs, now_d: float) -> Floats:
        """Give what was told, right or wrong."""
        return self._told_d[boxes]

    def draw(self, boxes: Longs, now_d: float) -> Floats:
        """Give departures in scenarios: a box by itself, or with its group, as far as groups hold."""
        out = np.full((len(boxes), self.scenarios), NEVER_D)
        some = self._finite[boxes]
        mine = boxes[some]
        told_d = self._told_d[mine][:, None]
        alone_d = after(told_d, np.array(self._sigma_d), now_d, self._share[mine])
        if (self._groups.group[mine] >= 0).any():
            alone_d = np.where(self._with_group(mine, now_d), self._group_d(mine, now_d), alone_d)
        out[some] = alone_d
        return out

    def _pooled(self) -> tuple[Floats, Floats, Floats]:
        """Give of every group the mean of what was told, the boxes it rests on, and their scatter."""
        groups = self._groups
        rows = np.flatnonzero(groups.standing & self._finite & (groups.group >= 0))
        size = len(groups.last_d)
        of = groups.group[rows]
        count = np.bincount(of, minlength=size).astype(float)
        mean_d = np.bincount(of, self._told_d[rows], minlength=size) / np.maximum(count, 1.0)
        scatter = np.bincount(of, (self._told_d[rows] - mean_d[of]) ** 2, minlength=size)
        return mean_d, count, np.asarray(scatter, float)

    def _with_group(self, boxes: Longs, now_d: float) -> Flags:
        """Tell by box and scenario whether it leaves with its group."""
        groups = self._groups
        of = groups.group[boxes]
        _, count, scatter = self._pooled()
        near = self._sigma_d**2 + groups.gap_d**2
        far = near + self.APART_D**2
        ahead = 0.5 * scatter * (1.0 / far - 1.0 / near) + 0.5 * np.maximum(count - 1.0, 0.0) * np.log(
            far / near
        )
        prior = np.log(groups.together / (1.0 - groups.together))
        chance = 1.0 / (1.0 + np.exp(-np.clip(ahead + prior, -30.0, 30.0)))
        chance = np.where(count > 1, chance, 0.0)[of]
        chance = np.where(groups.leaving(boxes, now_d), groups.together, chance)
        chance = np.where(of < 0, 0.0, chance)
        return self._coin[of] < chance[:, None]

    APART_D = 2.0
    """How far apart boxes of a group leave that do not leave together [days], roughly."""

    def _group_d(self, boxes: Longs, now_d: float) -> Floats:
        groups = self._groups
        of = groups.group[boxes]
        mean_d, count, _ = self._pooled()
        spread_d = np.sqrt((self._sigma_d**2 + groups.gap_d**2) / np.maximum(count, 1.0))
        centre_d = after(mean_d[of][:, None], spread_d[of][:, None], now_d, self._of_group[of])
        row_d = groups.gap_d * ndtri(self._own[boxes])
        soon_d = now_d - groups.gap_d * np.log1p(-self._own[boxes]) * 2.0
        leaving = groups.leaving(boxes, now_d)[:, None]
        return np.where(leaving, soon_d, np.maximum(centre_d + row_d, now_d + 1e-3 * self._own[boxes]))

    def entered(self, box: int, now_d: float) -> Longs:
        """Take in that a box came."""
        self._groups.standing[box] = True
        return self._groups.members(box)

    def left(self, box: int, now_d: float) -> Longs:
        """Take in that a box went: its group may follow."""
        return self._groups.left(box, now_d)

    def announced(self, box: int, now_d: float) -> Longs:
        """Take in nothing: with an estimate a box, the record's announcements are not asked."""
        return np.zeros(0, np.int64)
