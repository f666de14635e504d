"""A week of a whole yard at stock level: boxes come and go by the hour, and nothing else moves.

What is compared is where boxes are put and dug to; traffic, cranes and their queues are left to the
simulation of a shift.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.errors import StockError
from twin.stacking.uncertain.places import Places, Standing, jammed, places_of
from twin.stacking.uncertain.record import Record, true_leaves_d
from twin.stock.sizes import fits_pitch
from twin.tables import Flags, Floats, Longs
from twin.yard.model import Block, BlockKind

LENGTH_SHARES = ((20, 0.40), (40, 0.57), (45, 0.029))
"""Shares by length (conflowgen 3.0.1)."""
MEDIAN_D, DEVIATION = 5.65, 0.674
"""Lognormal residence: median 5.65 days, p90 13.4 as in a real yard, p99 27 for 54.6."""
MOST_BOXES = 200_000


@dataclass(frozen=True, slots=True)
class Week:
    """What a week is like.

    Attributes
    ----------
    days : float
        How long it is followed, up to 31.
    fill : float
        Share of the places (one a 20 ft box) that stand full.
    """

    days: float = 7.0
    fill: float = 0.65

    def __post_init__(self) -> None:
        """Refuse a week that cannot be."""
        if not 0.0 < self.days <= 31.0:
            raise StockError(f"week.days: expected above 0 to 31, found {self.days}")
        if not 0.0 < self.fill <= 0.9:
            raise StockError(f"week.fill: expected above 0 to 0.9, found {self.fill}")


def week_record(
    blocks: Sequence[Block], hourly_share: Sequence[float], seed: int, week: Week | None = None
) -> Record:
    """Give a week of comings and goings for the blocks of a yard.

    Parameters
    ----------
    blocks : sequence of Block
        Of any yard; closed blocks and those for empties are left out: an empty box of a line is as
        good as the next, so the topmost serves.
    hourly_share : (24,) float
        Rate of comings and goings by the hour of the day.
    seed : int
        The same gives the same week, whatever the rule that it is played under.
    week : Week, optional

    Returns
    -------
    Record
        What stands at the start was levelled; boxes of 45 ft are left out where no place is long
        enough for them, and so are boxes for which there is no room at the start.

    Raises
    ------
    StockError
        Where the hours are not 24 rates, or no block is left.
    """
    week = Week() if week is None else week
    shares = np.asarray(hourly_share, float)
    if shares.shape != (24,) or not (shares >= 0.0).all() or not shares.sum() > 0.0:
        raise StockError(f"hourly_share: expected 24 rates from 0, found {shares.shape}")
    used = [block for block in blocks if block.kind != BlockKind.EMPTIES]
    places = places_of(used)
    pitch = max(block.bay_pitch_m for block in used if not block.closed)
    rng = np.random.default_rng(seed)
    came_d, goes_d, long = _lives(rng, int(places.tiers.sum()), pitch, shares, week)
    first, kept = _levelled(places, long, came_d < 0.0)
    came_d, goes_d, long, first = came_d[kept], goes_d[kept], long[kept], first[kept]
    comes, leaves = np.flatnonzero(came_d >= 0.0), np.flatnonzero(goes_d < week.days)
    time_d = np.concatenate((came_d[comes], goes_d[leaves]))
    enters = np.arange(len(time_d)) < len(comes)
    box = np.concatenate((comes, leaves))
    order = np.lexsort((box, ~enters, time_d))
    time_d, enters, box = time_d[order], enters[order], box[order]
    return Record(
        places=places, long=long, group=np.full(len(long), -1, np.int64), kind=long.astype(np.int64),
        born_d=came_d, first_cell=first, leaves_d=true_leaves_d(len(long), time_d, enters, box),
        time_d=time_d, enters=enters, box=box, cell=np.full(len(box), -1, np.int64),
        announced_d=np.full(len(box), np.nan),
    )  # fmt: skip


def _lives(
    rng: np.random.Generator, places: int, pitch_m: float, shares: Floats, week: Week
) -> tuple[Floats, Floats, Flags]:
    """Draw who stands at the start or comes within the week: when, until when, and whether it is long."""
    lengths = np.array([feet for feet, _ in LENGTH_SHARES])
    chance = np.array([share for _, share in LENGTH_SHARES])
    mean_d = MEDIAN_D * np.exp(DEVIATION**2 / 2.0)
    teu = float((np.where(lengths > 20, 2, 1) * chance).sum() / chance.sum())
    a_day = week.fill * places / teu / mean_d
    back_d = 60.0
    n = int(a_day * (back_d + week.days))
    if n > MOST_BOXES * 10:
        raise StockError(f"week: expected at most {MOST_BOXES * 10} boxes, found {n}")
    came_d = _by_hours(rng, rng.uniform(-back_d, week.days, n), shares)
    goes_d = _by_hours(rng, came_d + MEDIAN_D * np.exp(rng.normal(0.0, DEVIATION, n)), shares)
    goes_d = np.maximum(goes_d, came_d + 1.0 / 24.0)
    feet = lengths[rng.choice(len(lengths), n, p=chance / chance.sum())]
    fits = (feet != 45) | bool(fits_pitch(45, np.array([pitch_m]))[0])
    keep = np.flatnonzero(fits & (goes_d > 0.0) & (came_d < week.days))
    keep = keep[np.argsort(came_d[keep], kind="stable")]
    return came_d[keep], goes_d[keep], feet[keep] > 20


def _by_hours(rng: np.random.Generator, time_d: Floats, shares: Floats) -> Floats:
    """Move instants within their day, so that the hours have their shares."""
    edges = np.concatenate(([0.0], np.cumsum(shares) / shares.sum()))
    return np.asarray(np.floor(time_d) + np.interp(rng.random(len(time_d)), edges, np.arange(25) / 24.0))


def _levelled(places: Places, long: Flags, stands: Flags) -> tuple[Longs, Flags]:
    """Set those that stand at the start on the lowest stack of a bay of their length; tell who is kept.

    A quarter of the bays is of 20 ft, their share of the places, the rest of 40 ft; each keeps room to
    be dug out.
    """
    ground = Standing(places, long)
    first, kept = np.full(len(long), -1, np.int64), ~stands
    pair = places.position // 2
    of_short = pair % 4 == 0
    of_long = ~of_short & (places.position % 2 == 0)
    for box in np.flatnonzero(stands):
        cells = np.flatnonzero(ground.may_stand(bool(long[box])) & (of_long if long[box] else of_short))
        cells = cells[jammed(ground, bool(long[box]), cells) <= 0.0]
        if len(cells):
            first[box] = cells[np.argmin(ground.height[cells])]
            ground.put(int(box), int(first[box]))
            kept[box] = True
    return first, kept
