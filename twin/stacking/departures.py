"""When boxes will leave, as distributions: announced, expected, or only by how long boxes stay.

Time runs on a grid from an anchor instant on, fine in the next hours and coarse in weeks. What a stack
still holds at each point of it is a product over its boxes; the chance that one of them leaves before a
box that is set on top is then a sum over the grid, exact but for the width of its cells.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twin.clock import NS_PER_S
from twin.stock.notices import NOT_KNOWN_NS
from twin.stock.table import Flow, Place, Stock
from twin.tables import Floats, Longs

Float32s = NDArray[np.float32]
HOUR_S, DAY_S = 3600.0, 86_400.0
DAY_NS = 86_400_000_000_000
EXPECTED_SIGMA_S = 12 * HOUR_S
"""One sigma of an expected departure (a vessel's call, a line's forecast) [s]."""
BOOKED_SIGMA_S = 0.5 * HOUR_S
"""One sigma of a truck that is announced, about its arrival [s]."""
DWELL_D: tuple[tuple[float, float], ...] = ((0.0, 0.0), (0.5, 5.65), (0.9, 13.4), (0.99, 54.6), (1.0, 120.0))
"""How long boxes of a real yard stay: share, days (median, p90, p99); straight in log share between."""
STAYS: dict[int, float] = {
    Flow.IMPORT: 1.0, Flow.EXPORT: 1.0, Flow.TRANSSHIPMENT: 1.0, Flow.STORAGE: 2.5,
}  # fmt: skip
"""By what dwell differs by flow: depot boxes stay 10 days where laden ones stay 4 (OpenTISim 0.5.0)."""


def _edges_h() -> Floats:
    parts = ((0, 12, 0.5), (12, 60, 3.0), (60, 240, 6.0), (240, 480, 12.0), (480, 1440, 48.0))
    return np.concatenate([*(np.arange(a, b, step) for a, b, step in parts), [1440.0]])


EDGES_S: Floats = _edges_h() * HOUR_S
"""Where the cells of the grid end, from the anchor [s]; the first cell is all before, the last all after."""
POINTS_S: Floats = np.concatenate(
    ([-HOUR_S], 0.5 * (EDGES_S[:-1] + EDGES_S[1:]), [EDGES_S[-1] + 10 * DAY_S])
)  # fmt: skip
"""The point at which each cell is looked at [s]."""
SOON = int(np.searchsorted(POINTS_S, 8 * HOUR_S))
"""The cell eight hours on: what leaves before is the work to come of a shift."""
HORIZON_DAYS = 10.0
"""How far ahead an empty place counts as open [days]: about twice the median dwell of 5.65 days."""
EVEN = 0.5
"""The chance that a box leaves before another where nothing is known of one of them."""


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What is known of departures beside the stock's own column.

    Attributes
    ----------
    t_ns : int, optional
        Now [ns UTC]. Where it is not given, boxes of unknown departure are even with all others.
    booked : tuple of (row, instant)
        Boxes that a truck is announced for, and when it comes [ns UTC].
    arrived_ns : (n,) int64, optional
        When each box came [ns UTC]; 0 where it is not known.
    sigma_s : float
        One sigma of what the stock expects [s].

    Raises
    ------
    ValueError
        Where sigma is not above 0.
    """

    t_ns: int | None = None
    booked: tuple[tuple[int, int], ...] = ()
    arrived_ns: Longs | None = None
    sigma_s: float = EXPECTED_SIGMA_S

    def __post_init__(self) -> None:
        """Refuse a spread that is none."""
        if not (math.isfinite(self.sigma_s) and self.sigma_s > 0):
            raise ValueError(f"departures, sigma_s: expected a number above 0 [s], found {self.sigma_s}")


@dataclass(frozen=True, eq=False, slots=True)
class Beliefs:
    """What is believed of some boxes' departures, one row each.

    Attributes
    ----------
    mean_s, sigma_s : (n,) float
        From the anchor [s]; NaN where only the time that boxes stay tells.
    age_s : (n,) float
        How long it has stayed at the anchor [s]; NaN where not known, and where a mean is.
    stays : (n,) float
        By what its dwell differs from :data:`DWELL_D`.
    timed : bool
        Whether the anchor is now, so that who is still here has not left before.
    """

    mean_s: Floats
    sigma_s: Floats
    age_s: Floats
    stays: Floats
    timed: bool


def anchor_of(stock: Stock, knowledge: Knowledge, row: int) -> int:
    """Give where the grid starts [ns UTC]: the half hour before now, else before the soonest departure."""
    if knowledge.t_ns is not None:
        step_ns = 1800 * NS_PER_S
        return knowledge.t_ns // step_ns * step_ns
    step_ns = int(6 * HOUR_S) * NS_PER_S
    standing = stock.place == Place.STACKED
    soonest = int(stock.departs_ns.min(where=standing, initial=int(stock.departs_ns[row])))
    # Its spread lies on the grid too, half of it before what is expected.
    before_ns = int(4 * knowledge.sigma_s) * NS_PER_S
    return 0 if soonest == NOT_KNOWN_NS else (soonest - before_ns) // step_ns * step_ns


def beliefs_of(stock: Stock, rows: NDArray[np.integer], knowledge: Knowledge, anchor_ns: int) -> Beliefs:
    """Give what is believed of the boxes of some rows.

    Notes
    -----
    A truck that is announced counts before what the stock expects. A box that is overdue leaves within
    about one sigma from now.
    """
    departs = stock.departs_ns[rows]
    known = departs != NOT_KNOWN_NS
    mean_s = np.where(known, (departs - anchor_ns) / NS_PER_S, np.nan)
    sigma_s = np.where(known, knowledge.sigma_s, np.nan)
    if knowledge.booked:
        booked = dict(knowledge.booked)
        which = np.flatnonzero(np.isin(rows, list(booked)))
        for index in which.tolist():
            mean_s[index] = (booked[int(rows[index])] - anchor_ns) / NS_PER_S
            sigma_s[index] = BOOKED_SIGMA_S
    age_s = np.full(len(departs), np.nan)
    if knowledge.arrived_ns is not None:
        arrived = knowledge.arrived_ns[rows]
        age_s = np.where(arrived > 0, np.maximum((anchor_ns - arrived) / NS_PER_S, 0.0), np.nan)
    timed = knowledge.t_ns is not None
    if timed:
        mean_s = np.maximum(mean_s, -sigma_s)
    return Beliefs(mean_s, sigma_s, age_s, _STAYS[stock.flow[rows]], timed)


_STAYS = np.array([STAYS[flow] for flow in sorted(STAYS)])


def staying(beliefs: Beliefs, at_s: Floats) -> Floats:
    """Give the chance that each box is still there at some instants: (n, k).

    Parameters
    ----------
    at_s : (k,)
        From the anchor [s].
    """
    known = np.isfinite(beliefs.mean_s)
    if known.all():
        return _by_time(beliefs.mean_s[:, None], beliefs.sigma_s[:, None], at_s, beliefs.timed)
    out = np.full((len(known), len(at_s)), EVEN)
    out[known] = _by_time(beliefs.mean_s[known, None], beliefs.sigma_s[known, None], at_s, beliefs.timed)
    rest = np.flatnonzero(~known)
    if beliefs.timed and len(rest):
        out[rest] = _by_dwell(beliefs.age_s[rest], beliefs.stays[rest], at_s)
    return out


def _by_time(mean_s: Floats, sigma_s: Floats, at_s: Floats, timed: bool) -> Floats:
    there: Floats = ndtr((mean_s - at_s) / sigma_s)
    return np.minimum(there / ndtr(mean_s / sigma_s), 1.0) if timed else there


def leaving(beliefs: Beliefs) -> Floats:
    """Give how likely each box leaves within each cell of the grid: (n, cells).

    Where nothing is known of a box the cells are of no meaning: see ``Beliefs.timed``.
    """
    there = np.ones((len(beliefs.mean_s), len(EDGES_S) + 2))
    there[:, 1:-1] = staying(beliefs, EDGES_S)
    there[:, -1] = 0.0
    cells: Floats = np.maximum(there[:, :-1] - there[:, 1:], 0.0)
    return cells


def _table() -> tuple[Floats, Floats, Floats]:
    """Give ages [s], the share that stays longer, and the share of the time to come that is beyond."""
    share, days = np.array(DWELL_D).T
    logs = np.log(np.maximum(1.0 - share, 1e-4))
    ages_d = np.linspace(0.0, days[-1], 2401)
    stay = np.exp(np.interp(ages_d, days, logs))
    stay[-1] = 0.0
    width = np.diff(ages_d)
    area = np.concatenate(([0.0], np.cumsum(0.5 * (stay[1:] + stay[:-1]) * width)))
    return ages_d * DAY_S, stay, 1.0 - area / area[-1]


_AGES_S, _STAY, _BEYOND = _table()


def _by_dwell(age_s: Floats, stays: Floats, at_s: Floats) -> Floats:
    """Give the chance of still being there for boxes of which only the flow, and perhaps the age, is known.

    A box of unknown age is one met at random: it has still the residual life of a renewal process.
    """
    ahead = np.maximum(at_s, 0.0)[None, :] / stays[:, None]
    aged = np.where(np.isfinite(age_s), age_s, 0.0)[:, None] / stays[:, None]
    now = np.interp(np.minimum(aged, _AGES_S[-2]), _AGES_S, _STAY)
    of_age = np.interp(aged + ahead, _AGES_S, _STAY, right=0.0) / np.maximum(now, 1e-9)
    of_any = np.interp(ahead, _AGES_S, _BEYOND, right=0.0)
    found: Floats = np.where(np.isfinite(age_s)[:, None], of_age, of_any)
    return found
