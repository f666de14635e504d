"""Who comes too near to whom: contacts, clearances used up, and paths crossed shortly after one another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import motion
from twin.fleet.hearing import wheels_told
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Fleet, Freshness, Tracks
from twin.safety import arcs, collision, foresight, nearby
from twin.safety.arcs import Ahead
from twin.safety.collision import Rows
from twin.tables import Bytes, Floats, Ints, Longs, Table, expanded

SIGMAS = 3.0
"""A machine may be this many sigmas of its position from where it is shown."""
LATENCY_S = 0.2
"""From a receiver's measurement to the alarm [s]: it has gone on so long meanwhile."""
MOST_M = 10.0
"""A place that has not been heard of for long is no wider than this [m]: then it is simply not known."""
PET_S = 2.0
"""Paths crossed no longer than this after one another are an encounter [s]."""
_STEP_S = 0.2
_FINE = 4
"""Into so many parts a step is cut to find within it when a box leaves a place, or comes to it."""
_GAP_STEP_S = 0.1
_ACCELERATION_MPS2 = np.array([KINDS[name].acceleration_mps2 for name in KIND_NAMES])
_SPEED_MPS = np.array([KINDS[name].speed_mps for name in KIND_NAMES])


@dataclass(frozen=True, eq=False)
class Encounters(Table):
    """Two that come too near within the horizon, one row a pair, as they go on now.

    Attributes
    ----------
    mover, other, ground : (n,) int32
        Fleet rows, the lower first; ``other`` is -1 and ``ground`` the slot where the other is a stack, or
        the number of a fixed structure (``yard.structures``), below -1.
    part, other_part : (n,) int8
        The parts concerned (``Boxes.part``); -1 of what stands.
    time_s : (n,) float
        When they touch; 0 where they do now, infinite where they do not.
    breach_s : (n,) float
        When their clearance is used up; infinite where it never is.
    pet_s : (n,) float
        Post-encroachment time: how long after the one has left it the other comes to a place that both
        pass; 0 where they touch, infinite where they pass no common place.
    gap_m, min_gap_m, min_gap_s : (n,) float
        The gap now, the least one, and when that is; below 0 how deep they overlap.
    clearance_m : (n,) float
        What both may be nearer than they are shown, the latency's way apart.
    x_m, y_m : (n,) float
        Where, in the yard frame.
    """

    mover: Ints
    other: Ints
    ground: Ints
    part: Bytes
    other_part: Bytes
    time_s: Floats
    breach_s: Floats
    pet_s: Floats
    gap_m: Floats
    min_gap_m: Floats
    min_gap_s: Floats
    clearance_m: Floats
    x_m: Floats
    y_m: Floats

    def __len__(self) -> int:
        """Give the number of encounters."""
        return len(self.mover)

    def take(self, rows: Rows) -> "Encounters":
        """Give the named rows."""
        return Encounters(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def clearance_m(fleet: Fleet, tracks: Tracks, t_ns: int) -> Floats:
    """Give how far each machine may be from where it is shown.

    Parameters
    ----------
    fleet, tracks
        n machines.
    t_ns : int
        Now [ns UTC].

    Returns
    -------
    (n,)
        ``SIGMAS`` times its sigma, and what it may have gone another way since a position, or a word of
        the wheels that carry it on, was due: half of its kind's acceleration times the square of that
        time, no faster than its kind goes; at most ``MOST_M``, which is also that of a machine that was
        never heard [m].
    """
    astray_m = _astray_m(fleet, tracks, _unheard_s(tracks, t_ns))
    wide_m = np.where(tracks.fix_ns > 0, SIGMAS * tracks.sigma_m + astray_m, np.inf)
    clearance: Floats = np.fmin(wide_m, MOST_M)
    return clearance


def unheard(fleet: Fleet, tracks: Tracks, t_ns: int) -> tuple[Floats, Floats]:
    """Give how long each machine was not heard, and how much of its clearance comes of that, each (n,).

    Parameters
    ----------
    fleet, tracks
        n machines.
    t_ns : int
        Now [ns UTC].

    Returns
    -------
    age_s, of_age_m : (n,)
        Since its last fix, or the last word of its wheels while these carry it on [s]; and [m].
    """
    age_s = _unheard_s(tracks, t_ns)
    strayed_m2 = motion.strayed_m2(fleet.kind, tracks.speed_mps, age_s)
    heard_m = np.sqrt(np.maximum(tracks.sigma_m**2 - strayed_m2, 0.0))
    return age_s, SIGMAS * (tracks.sigma_m - heard_m) + _astray_m(fleet, tracks, age_s)


def _unheard_s(tracks: Tracks, t_ns: int) -> Floats:
    carried = tracks.freshness <= Freshness.LATE
    heard_ns = np.maximum(tracks.fix_ns, np.where(carried, wheels_told(tracks)[0], 0))
    age_s: Floats = np.maximum(t_ns - heard_ns, 0) / NS_PER_S
    return age_s


def _astray_m(fleet: Fleet, tracks: Tracks, age_s: Floats) -> Floats:
    """Give how far machines may have gone another way since they were due to be heard [m]."""
    late_s = np.maximum(age_s - motion.interval_s(fleet.kind, tracks.speed_mps), 0.0)
    way_m: Floats = np.minimum(
        _ACCELERATION_MPS2[fleet.kind] * late_s**2 / 2.0, _SPEED_MPS[fleet.kind] * late_s
    )
    return way_m


def widened(ahead: Ahead, wider_m: Floats) -> Ahead:
    """Give boxes wider by a clearance each, (n,) [m], and longer by the way of the latency."""
    boxes = ahead.boxes
    way_x, way_y = LATENCY_S * boxes.vx_mps, LATENCY_S * boxes.vy_mps
    along = np.abs(way_x * boxes.cos + way_y * boxes.sin) / 2.0
    across = np.abs(way_y * boxes.cos - way_x * boxes.sin) / 2.0
    boxes = boxes.with_columns(
        x_m=boxes.x_m + way_x / 2.0, y_m=boxes.y_m + way_y / 2.0,
        half_l_m=boxes.half_l_m + wider_m + along, half_w_m=boxes.half_w_m + wider_m + across,
    )  # fmt: skip
    return Ahead(boxes, *(getattr(ahead, name) for name in Ahead.__slots__ if name != "boxes"))


def joined(tables: Sequence[Encounters]) -> Encounters:
    """Give tables, of which there is one at least, one after the other."""
    some = [table for table in tables if len(table)]
    if len(some) < 2:
        return (some or list(tables))[0]
    names = Encounters.__dataclass_fields__
    return Encounters(**{name: np.concatenate([getattr(t, name) for t in some]) for name in names})


def keys(mover: Ints, other: Ints) -> Longs:
    """Give one number for each two machines, the lower row first, (n,)."""
    found: Longs = mover.astype(np.int64) << 32 | other
    return found


def first_of(key: Longs, *by: Floats) -> Rows:
    """Give of each key the row that comes first by the first column, by the next where that is equal."""
    order = np.lexsort((*by[::-1], key))
    ordered = key[order]
    return order[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(order)]]


def crossing(ahead: Ahead, near: nearby.Nearby, horizon_s: float) -> tuple[Rows, Rows]:
    """Give pairs of boxes that both move and may pass a common place."""
    low, high = foresight.swept(ahead, horizon_s)
    one, other = nearby.meet(near.i, near.j, low, high)
    moves = np.hypot(ahead.vx_mps, ahead.vy_mps) >= foresight.STANDING_MPS
    new = moves[one] & moves[other]
    return one[new], other[new]


def encroachment_s(ahead: Ahead, i: Rows, j: Rows, horizon_s: float) -> Floats:
    """Give how long after one another pairs pass a common place, as they go on now.

    Parameters
    ----------
    ahead : Ahead
    i, j : (k,)
        Pairs of its rows.
    horizon_s : float
        How far ahead to look [s].

    Returns
    -------
    (k,)
        Infinite where they pass none within the horizon.

    Notes
    -----
    The least time between two instants such that the one box at the first overlaps the other at the second
    (Allen, Shin, Cooper 1978, foreseen). Both are sampled 0.2 s apart. Those that are nearest to one another
    are sampled again 0.05 s apart up to a step nearer, where that may be within ``PET_S``: never too short,
    this is then exact to 0.1 s where ways cross, and to 0.4 s where they run along one another.
    """
    times = np.linspace(0.0, horizon_s, max(int(np.ceil(horizon_s / _STEP_S)), 1) + 1)
    many, least = len(times), np.full(len(i), np.inf)
    rows, at = np.unique(np.concatenate((i, j)), return_inverse=True)
    if not len(rows):
        return least
    one, other = at[: len(i)], at[len(i) :]
    row, number = expanded(np.full(len(rows), many))
    boxes = arcs.moved(ahead.take(rows[row]), times[number])
    x, y = boxes.x_m.reshape(-1, many), boxes.y_m.reshape(-1, many)
    reach = np.hypot(boxes.half_l_m, boxes.half_w_m)[::many]
    away = (x[one][:, :, None] - x[other][:, None]) ** 2 + (y[one][:, :, None] - y[other][:, None]) ** 2
    pair, first, second = np.nonzero(away < ((reach[one] + reach[other]) ** 2)[:, None, None])
    sides = (one[pair] * many + first, other[pair] * many + second)
    hit = collision.apart_m(*(collision.sides_of(boxes, rows) for rows in sides))
    met = np.flatnonzero(hit < -collision.TOUCH_M)
    if not len(met):
        return least
    pair, first, second = pair[met], first[met], second[met]
    steps, fewest = np.abs(first - second), np.full(len(i), many)
    np.minimum.at(fewest, pair, steps)
    step_s = float(times[1])
    np.minimum.at(least, pair, steps * step_s)
    nearest = np.flatnonzero((steps == fewest[pair]) & ((steps - 2) * step_s <= PET_S))
    if not len(nearest):
        return least
    pair, instants = pair[nearest], times[np.array((first[nearest], second[nearest]))]
    after_s = _between(ahead.take(i[pair]), ahead.take(j[pair]), instants, step_s)
    np.minimum.at(least, pair, after_s)
    return least


def _between(one: Ahead, other: Ahead, instants_s: Floats, step_s: float) -> Floats:
    """Give how near to one another pairs still overlap at two instants, each up to a step nearer, (k,) [s].

    Parameters
    ----------
    one, other : Ahead
        k boxes each, which overlap at the instants.
    instants_s : (2, k)
    """
    apart_s: Floats = np.abs(instants_s[1] - instants_s[0])
    part_s = np.arange(_FINE)[:, None] * step_s / _FINE
    towards = np.sign(instants_s[1] - instants_s[0])
    at_s = instants_s[0] + part_s * towards, instants_s[1] - part_s * towards  # each (parts, k)
    rows = np.tile(np.arange(len(apart_s)), _FINE)
    boxes = [arcs.moved(side.take(rows), when.ravel()) for side, when in zip((one, other), at_s, strict=True)]
    first, second = (table.ravel() for table in np.indices((_FINE, _FINE)))
    nearer_s = apart_s - part_s[first] - part_s[second]
    way, pair = np.nonzero(nearer_s >= 0.0)
    k = len(apart_s)
    sides = (
        collision.sides_of(table, part[way] * k + pair)
        for table, part in zip(boxes, (first, second), strict=True)
    )
    met = np.flatnonzero(collision.apart_m(*sides) < -collision.TOUCH_M)
    np.minimum.at(apart_s, pair[met], nearer_s[way[met], pair[met]])
    return apart_s


def least_gap(one: Ahead, other: Ahead, horizon_s: float) -> tuple[Floats, Floats]:
    """Give when pairs are closest within a horizon and the gap then, each (k,); on arcs by samples."""
    when_s, gap_m = collision.closest_approach(one.boxes, other.boxes, horizon_s)
    rows = np.flatnonzero(one.turning | other.turning)
    if len(rows):
        times = np.linspace(0.0, horizon_s, max(int(np.ceil(horizon_s / _GAP_STEP_S)), 1) + 1)
        pair, number = expanded(np.full(len(rows), len(times)))
        at = (arcs.moved(side.take(rows[pair]), times[number]) for side in (one, other))
        gaps = collision.gap_m(*at).reshape(len(rows), len(times))
        first = np.argmin(gaps, axis=1)
        when_s[rows], gap_m[rows] = times[first], gaps[np.arange(len(rows)), first]
    return when_s, gap_m


def rows_of(
    one: Ahead, other: Ahead, time_s: Floats, breach_s: Floats, pet_s: Floats, horizon_s: float,
    wider_m: Floats, ground: Rows | None = None,
) -> Encounters:  # fmt: skip
    """Give pairs with their gaps as a table; the other is a stack where ``ground`` is given."""
    least_s, least_m = least_gap(one, other, horizon_s)
    when_s = np.where(np.isfinite(time_s), time_s, np.where(np.isfinite(breach_s), breach_s, least_s))
    a, b = arcs.moved(one, when_s), arcs.moved(other, when_s)
    mover, beside = one.boxes.mover, other.boxes.mover
    both_m = wider_m[mover] + np.where(beside >= 0, wider_m[beside], 0.0)
    return Encounters(
        mover, beside, np.full(len(mover), -1, np.int32) if ground is None else ground.astype(np.int32),
        one.boxes.part, other.boxes.part, time_s, breach_s, pet_s, collision.gap_m(one.boxes, other.boxes),
        least_m, least_s, both_m, (a.x_m + b.x_m) / 2.0, (a.y_m + b.y_m) / 2.0,
    )  # fmt: skip


def no_encounters() -> Encounters:
    """Give a table without a row."""
    i, k, f = np.empty(0, np.int32), np.empty(0, np.int8), np.empty(0)
    return Encounters(i, i, i, k, k, f, f, f, f, f, f, f, f, f)
