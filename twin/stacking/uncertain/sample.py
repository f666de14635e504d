"""A made-up block at work for some days, from a seed: to compare policies on many of them."""

from dataclasses import dataclass

import numpy as np

from twin.stacking.uncertain.places import Standing, one_block
from twin.stacking.uncertain.record import Record, true_leaves_d
from twin.tables import Flags, Floats, Longs


@dataclass(frozen=True, slots=True)
class Sample:
    """What a made-up block is like.

    Attributes
    ----------
    positions, rows, tiers : the block.
    standing, arrivals : boxes at the start, and boxes that come.
    days : how long it is followed.
    long_share : of 40 ft boxes.
    median_d, tail : residence, lognormal: its median [days] and the deviation of its logarithm.
    group_size : boxes a bill of lading, on average.
    together : share of boxes that leave within hours of their group.
    care : share of boxes whose slot was chosen with an eye on departures (rough guess).
    """

    positions: int = 24
    rows: int = 15
    tiers: int = 4
    standing: int = 560
    arrivals: int = 516
    days: float = 6.0
    long_share: float = 0.6
    median_d: float = 5.0
    tail: float = 0.7
    group_size: float = 3.0
    together: float = 0.7
    care: float = 0.5


def sample_record(seed: int, sample: Sample | None = None) -> Record:
    """Give a made-up record of a block."""
    sample = Sample() if sample is None else sample
    rng = np.random.default_rng(seed)
    n = sample.standing * 3 + sample.arrivals
    came_d, goes_d, group, long = _lives(rng, sample, n)
    stands = np.flatnonzero((came_d < 0) & (goes_d > 0))
    comes = np.flatnonzero((came_d >= 0) & (came_d < sample.days))
    keep = np.concatenate((stands, comes))
    came_d, goes_d, group, long = came_d[keep], goes_d[keep], group[keep], long[keep]
    kind = 2 * rng.integers(0, 2, len(keep)) + long
    places = one_block(sample.positions, sample.rows, sample.tiers)
    ground = Standing(places, long)
    first = np.full(len(keep), -1, np.int64)
    guess_d = goes_d + rng.normal(0.0, 2.0, len(keep))
    for row in range(len(stands)):
        cell = _human(rng, ground, row, guess_d, sample.care)
        if cell >= 0:
            ground.put(row, cell)
            first[row] = cell
    there = first >= 0
    there[len(stands) :] = True
    events = [(float(came_d[b]), True, b) for b in range(len(stands), len(keep))]
    events += [(float(goes_d[b]), False, int(b)) for b in np.flatnonzero(there & (goes_d < sample.days))]
    events.sort()
    time_d = np.array([e[0] for e in events])
    enters = np.array([e[1] for e in events])
    box = np.array([e[2] for e in events], np.int64)
    return Record(
        places=places, long=long, group=group, kind=kind, born_d=came_d, first_cell=first,
        leaves_d=true_leaves_d(len(keep), time_d, enters, box), time_d=time_d, enters=enters, box=box,
        cell=np.full(len(box), -1, np.int64), announced_d=np.full(len(box), np.nan),
    )  # fmt: skip


def _lives(rng: np.random.Generator, sample: Sample, n: int) -> tuple[Floats, Floats, Longs, Flags]:
    """Draw when boxes come and go, their groups and lengths, in the order in which they come."""
    span = n / (sample.arrivals / sample.days)
    groups = max(1, int(n / sample.group_size))
    group = np.sort(rng.integers(0, groups, n))
    start_d = rng.uniform(sample.days - span, sample.days, groups)
    came_d = start_d[group] + np.abs(rng.normal(0.0, 0.3, n))
    stay_d = sample.median_d * np.exp(rng.normal(0.0, sample.tail, groups))
    own_d = sample.median_d * np.exp(rng.normal(0.0, sample.tail, n))
    with_group = rng.random(n) < sample.together
    goes_d = np.where(with_group, start_d[group] + stay_d[group] + rng.exponential(0.1, n), came_d + own_d)
    goes_d = np.maximum(goes_d, came_d + 0.1)
    # Trucks come by day.
    goes_d = np.floor(goes_d) + 0.25 + 0.7 * (goes_d % 1.0)
    goes_d = np.maximum(goes_d, came_d + 0.05)
    long = (rng.random(groups) < sample.long_share)[group]
    order = np.argsort(came_d, kind="stable")
    return came_d[order], goes_d[order], group[order], long[order]


def _human(rng: np.random.Generator, ground: Standing, box: int, guess_d: Floats, care: float) -> int:
    """Choose as a person does who knows departures roughly and looks at a dozen slots."""
    long = bool(ground.long[box])
    cells = np.flatnonzero(ground.may_stand(long))
    even = ground.places.position[cells] % 2 == 0
    if long and even.any():
        cells = cells[even]
    if not len(cells):
        return -1
    some = rng.choice(cells, min(len(cells), 12), replace=False)
    if rng.random() >= care:
        return int(some[0])
    soonest = np.array([min((guess_d[b] for b in ground.occupant[c] if b >= 0), default=1e9) for c in some])
    fits = soonest > guess_d[box]
    return int(some[np.argmin(np.where(fits, soonest, 1e10 - soonest))])
