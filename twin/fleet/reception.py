"""Where machines are heard and where not: learned from their gaps, so that blind places are known before.

A machine that goes unheard at one place and is heard again at another has passed what lies between, straight,
without being heard. A place is called blind where several such ways lead and machines are unheard there for
longer than they are heard. What was learned counts half after a day: stacks grow, and masts are moved.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet.table import Fleet, Tracks, is_unheard
from twin.tables import Floats, Ints, Longs, Table, expanded

CELL_M = 10.0
"""Edge of a cell [m]."""
HALF_LIFE_NS = 24 * 3600 * NS_PER_S
OUTAGES = 3.0
"""From so many ways unheard on, those of late, a cell may be blind."""
MOVING_MPS = 0.5
"""A machine slower than this tells nothing of where it is heard: one that is parked may be switched off."""
FARTHEST_M, LONGEST_S = 300.0, 300.0
"""A gap longer than this, by way or by time, is none of a place [m, s]."""
_SOURCE_SHARE = 0.5
"""Where more of the machines than this are unheard at once, it is a source that is dead and no place."""
_STEP_NS = NS_PER_S
_LIMIT = 1 << 20


@dataclass(frozen=True, eq=False)
class Reception(Table):
    """What is known of some cells.

    Attributes
    ----------
    cell : (n,) int64
        Column and row of each as one number, rising.
    heard_s, unheard_s : (n,) float
        How long moving machines were heard there, and were not [s].
    outages : (n,) float
        Ways that led there unheard.
    since_ns : int
        When the counts last lost their weight.
    """

    cell: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    heard_s: Floats = field(default_factory=lambda: np.empty(0))
    unheard_s: Floats = field(default_factory=lambda: np.empty(0))
    outages: Floats = field(default_factory=lambda: np.empty(0))
    since_ns: int = 0

    def __len__(self) -> int:
        """Give the number of cells."""
        return len(self.cell)

    def blind(self) -> Ints:
        """Give the cells that are called blind, (k, 2): column and row from the yard's origin."""
        found = self.cell[(self.outages >= OUTAGES) & (self.unheard_s > self.heard_s)]
        half = _LIMIT // 2
        cells: Ints = np.column_stack((found // _LIMIT - half, found % _LIMIT - half)).astype(np.int32)
        return cells


def followed(
    known: Reception, fleet: Fleet, before: Tracks, tracks: Tracks, t_ns: int, last_ns: int
) -> Reception:
    """Learn from one tick.

    Parameters
    ----------
    known : Reception
    fleet : Fleet
        n machines.
    before, tracks : Tracks
        The machines at the tick before, which may be fewer, and now.
    t_ns, last_ns : int
        Now and the tick before [ns UTC].

    Returns
    -------
    Reception
        The same object where nothing was learned.
    """
    n = len(before.x_m)
    was, hears = is_unheard(before), ~is_unheard(tracks)
    found = np.flatnonzero(was & hears[:n] & fleet.present[:n] & np.isfinite(before.x_m))
    if len(found) and was.mean() > _SOURCE_SHARE:
        found = found[:0]
    if len(found):
        known = _with_gaps(known, before, tracks, found)
    if t_ns // _STEP_NS == last_ns // _STEP_NS:
        return known
    heard = fleet.present & hears & (np.abs(tracks.speed_mps) >= MOVING_MPS)
    rows = np.flatnonzero(heard & np.isfinite(tracks.x_m + tracks.y_m))
    if len(rows):
        step_s = min((t_ns - last_ns) / NS_PER_S, 1.0) if t_ns - last_ns > _STEP_NS else 1.0
        cells = _cells(tracks.x_m[rows], tracks.y_m[rows])
        known = _added(known, cells, np.full(len(rows), step_s), np.zeros(len(rows)), np.zeros(len(rows)))
    return _faded(known, t_ns)


def _with_gaps(known: Reception, before: Tracks, tracks: Tracks, rows: NDArray[np.intp]) -> Reception:
    """Count the straight ways of machines that are heard again."""
    from_x, from_y = before.x_m[rows], before.y_m[rows]
    way_x, way_y = tracks.x_m[rows] - from_x, tracks.y_m[rows] - from_y
    way_m, gap_s = np.hypot(way_x, way_y), (tracks.fix_ns[rows] - before.fix_ns[rows]) / NS_PER_S
    kept = (way_m >= CELL_M) & (way_m <= FARTHEST_M) & (gap_s > 0.0) & (gap_s <= LONGEST_S)
    if not kept.any():
        return known
    from_x, from_y, way_x, way_y = (side[kept] for side in (from_x, from_y, way_x, way_y))
    many = np.ceil(2.0 * way_m[kept] / CELL_M).astype(np.int64)
    gap, number = expanded(many)
    along = (number + 0.5) / many[gap]
    cells = _cells(from_x[gap] + along * way_x[gap], from_y[gap] + along * way_y[gap])
    share_s = (gap_s[kept] / many)[gap]
    # However often a way is sampled in a cell it is one way.
    _, first = np.unique(gap.astype(np.int64) << 41 | cells, return_index=True)
    once = np.zeros(len(cells))
    once[first] = 1.0
    return _added(known, cells, np.zeros(len(cells)), share_s, once)


def _cells(x_m: Floats, y_m: Floats) -> Longs:
    half = _LIMIT // 2
    column, row = (
        np.clip(np.floor(side / CELL_M), 1 - half, half - 1).astype(np.int64) for side in (x_m, y_m)
    )
    found: Longs = (column + half) * _LIMIT + row + half
    return found


def _added(known: Reception, cells: Longs, heard_s: Floats, unheard_s: Floats, outages: Floats) -> Reception:
    new = np.unique(cells)
    cell = known.cell if np.isin(new, known.cell, assume_unique=True).all() else np.union1d(known.cell, new)
    old, at = np.searchsorted(cell, known.cell), np.searchsorted(cell, cells)

    def total(had: Floats, more: Floats) -> Floats:
        found: Floats = np.bincount(at, more, len(cell)).astype(np.float64)
        found[old] += had
        return found

    return Reception(
        cell, total(known.heard_s, heard_s), total(known.unheard_s, unheard_s),
        total(known.outages, outages), known.since_ns,
    )  # fmt: skip


def _faded(known: Reception, t_ns: int) -> Reception:
    """Let what was learned lose weight, hour by hour."""
    if not len(known):
        return known
    if not known.since_ns:
        return known.with_columns(since_ns=t_ns)
    gone_ns = t_ns - known.since_ns
    if gone_ns < HALF_LIFE_NS // 24:
        return known
    left = 0.5 ** (gone_ns / HALF_LIFE_NS)
    kept = np.flatnonzero((known.heard_s + known.unheard_s) * left > 0.5)
    return Reception(
        known.cell[kept],
        known.heard_s[kept] * left,
        known.unheard_s[kept] * left,
        known.outages[kept] * left,
        t_ns,
    )
