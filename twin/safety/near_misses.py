"""The log of near misses: one row an encounter, with the worst that it came to."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.shapes import Boxes
from twin.fleet.table import Fleet, Tracks
from twin.safety import gaps
from twin.safety.encounters import PET_S, Encounters
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table, Texts
from twin.yard.model import Yard
from twin.yard.slots import Slots, standing_name
from twin.yard.structures import FIRST

KEPT_NEAR_MISSES = 5_000
LOG_S = 4.0
"""A time to contact up to this is worth a note [s]."""
BRAKING_MPS2 = 0.8
"""Where braking more gently than this avoids it, machines queue, dock and wait for one another."""
TOUCHING_M = 0.15
"""Deeper than this they touch; nearer than this, and than their places are known, they graze [m]."""
MOVING_MPS = 1.0
"""Of two the faster goes at least this fast [m/s]."""
STACK, BUILDING = -1, -2
"""Kinds of the other where it is no machine."""
ENDS_S = 3.0
"""An encounter has ended so long after it was last under its threshold [s]."""


@dataclass(frozen=True, eq=False)
class NearMisses(Table):
    """Encounters under their threshold, one row each, oldest first.

    Attributes
    ----------
    t_ns, until_ns : (n,) int64
        When it came under the threshold; when it was last under it. Not above 0 while it lasts.
    mover, other : (n,) int32
        Fleet rows; ``other`` is -1 where it is a stack or a building.
    name, other_name : (n,) S16
        Names of the machines, or of the stack or the building.
    kind, other_kind : (n,) int8
        Index into ``kinds.KIND_NAMES``; ``STACK`` or ``BUILDING`` where it is no machine.
    x_m, y_m : (n,) float
        Where, at its worst, in the yard frame.
    ttc_s, pet_s, min_gap_m : (n,) float
        The least time to contact, post-encroachment time and gap while it lasted; infinite times where
        there was none. Who would have touched and has braked comes to no place after the other.
    speed_mps, other_speed_mps : (n,) float
        At its worst.
    wind_mps, gust_mps : (n,) float
        Wind when it began.
    freshness, other_freshness : (n,) int8
        How far each position was to be trusted at its worst (``fleet.table.Freshness``); -1 of what
        stands.
    loaded, other_loaded : (n,) bool
        Whether each held or carried a box.
    """

    t_ns: Longs
    until_ns: Longs
    mover: Ints
    other: Ints
    name: Texts
    other_name: Texts
    kind: Bytes
    other_kind: Bytes
    x_m: Floats
    y_m: Floats
    ttc_s: Floats
    pet_s: Floats
    min_gap_m: Floats
    speed_mps: Floats
    other_speed_mps: Floats
    wind_mps: Floats
    gust_mps: Floats
    freshness: Bytes
    other_freshness: Bytes
    loaded: Flags
    other_loaded: Flags

    def __len__(self) -> int:
        """Give the number of near misses kept."""
        return len(self.t_ns)

    def take(self, rows: Any) -> "NearMisses":
        """Give the named rows, or those where a mask is True."""
        return NearMisses(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def no_near_misses() -> NearMisses:
    """Give a log without a row."""
    f, i, k = np.empty(0), np.empty(0, np.int32), np.empty(0, np.int8)
    t, who, b = np.empty(0, np.int64), np.empty(0, "S16"), np.empty(0, np.bool_)
    return NearMisses(t, t, i, i, who, who, k, k, f, f, f, f, f, f, f, f, f, k, k, b, b)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a near miss is described by besides the encounter."""

    fleet: Fleet
    tracks: Tracks
    boxes: Boxes
    yard: Yard
    slots: Slots
    wind_mps: float
    gust_mps: float


def followed(before: NearMisses, met: Encounters, around: Surroundings, t_ns: int) -> NearMisses:
    """Give the log after a tick: encounters that begin, get worse, end.

    Parameters
    ----------
    before : NearMisses
    met : Encounters
        Who meets whom at this tick.
    around : Surroundings
    t_ns : int
        Now [ns UTC].

    Returns
    -------
    NearMisses
        The same object where nothing began, got worse or ended.

    Notes
    -----
    An encounter is under its threshold where two that move touch within ``LOG_S`` unless they brake harder
    than ``BRAKING_MPS2``, or pass a place within ``PET_S`` of one another. It ends ``ENDS_S`` after that.
    """
    met = met.take(np.flatnonzero(_under(met, around.tracks)))
    met = met.with_columns(pet_s=np.where((met.time_s > 0.0) & np.isfinite(met.time_s), np.inf, met.pet_s))
    lasting = np.flatnonzero(before.until_ns <= 0)
    if not len(met) and not len(lasting):
        return before
    keys, wanted = _keys(met.mover, met.other), _keys(before.mover[lasting], before.other[lasting])
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], wanted), max(len(keys) - 1, 0))
    goes_on = keys[order][at] == wanted if len(keys) else np.zeros(len(lasting), np.bool_)
    after = _worse(before, lasting[goes_on], met.take(order[at[goes_on]]) if len(keys) else met, around)
    after = _ended(after, lasting, goes_on, t_ns)
    new = met.take(np.flatnonzero(~np.isin(keys, wanted)))
    after = _joined(after, _begun(new, around, t_ns)) if len(new) else after
    return _nearer(after, around)


def _nearer(log: NearMisses, around: Surroundings) -> NearMisses:
    """Keep the least gap of machines whose encounter lasts: who has passed may come nearest after that."""
    rows = np.flatnonzero((log.until_ns <= 0) & (log.other >= 0))
    if not len(rows):
        return log
    so_far_m = log.min_gap_m[rows]
    gap_m = gaps.between(around.fleet.kind, around.boxes, log.mover[rows], log.other[rows], so_far_m)
    nearer = gap_m < so_far_m
    if not nearer.any():
        return log
    least_m = log.min_gap_m.copy()
    least_m[rows[nearer]] = gap_m[nearer]
    return log.with_columns(min_gap_m=least_m)


def _keys(mover: Ints, other: Ints) -> Longs:
    keys: Longs = mover.astype(np.int64) << 32 | (other.astype(np.int64) + 1)
    return keys


def _under(met: Encounters, tracks: Tracks) -> Flags:
    speed = np.abs(tracks.speed_mps)
    faster = np.fmax(speed[met.mover], np.where(met.other >= 0, speed[met.other], 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        braking = np.maximum(met.gap_m, 0.0) / (2.0 * np.maximum(met.time_s, 1e-3) ** 2)
    soon = (met.time_s > 0) & (met.time_s <= LOG_S) & (braking > BRAKING_MPS2)
    touching = (met.time_s == 0) & (met.gap_m < -TOUCHING_M)
    passing = ~np.isfinite(met.time_s) & (met.pet_s <= PET_S)
    grazing = ~np.isfinite(met.time_s) & (met.breach_s == 0) & (met.gap_m < TOUCHING_M)
    under: Flags = (faster >= MOVING_MPS) & (soon | touching | passing | grazing)
    return under


def _state(met: Encounters, around: Surroundings) -> dict[str, Any]:
    """Give the columns that tell how both are at the moment."""
    tracks, there = around.tracks, met.other >= 0
    held = (tracks.load >= 0) | (tracks.cargo >= 0)
    return {
        "x_m": met.x_m, "y_m": met.y_m, "speed_mps": tracks.speed_mps[met.mover],
        "other_speed_mps": np.where(there, tracks.speed_mps[met.other], 0.0),
        "freshness": tracks.freshness[met.mover],
        "other_freshness": np.where(there, tracks.freshness[met.other], -1).astype(np.int8),
        "loaded": held[met.mover], "other_loaded": there & held[met.other],
    }  # fmt: skip


def _worse(before: NearMisses, rows: Any, met: Encounters, around: Surroundings) -> NearMisses:
    """Keep the worst of encounters that go on; where and how both were counts at the least time or gap."""
    worse = met.time_s < before.ttc_s[rows]
    pet = met.pet_s < before.pet_s[rows]
    nearer = met.gap_m < before.min_gap_m[rows]
    if not (worse | pet | nearer).any():
        return before
    state = _state(met, around)
    columns = before.editable("ttc_s", "pet_s", "min_gap_m", *state)
    columns["ttc_s"][rows] = np.minimum(before.ttc_s[rows], met.time_s)
    columns["pet_s"][rows] = np.minimum(before.pet_s[rows], met.pet_s)
    columns["min_gap_m"][rows] = np.minimum(before.min_gap_m[rows], met.gap_m)
    for name, values in state.items():
        columns[name][rows[worse | pet]] = values[worse | pet]
    return before.with_columns(**columns)


def _ended(before: NearMisses, lasting: Any, goes_on: Flags, t_ns: int) -> NearMisses:
    """Close encounters that have not been under their threshold for a while.

    While one lasts, ``until_ns`` is 0; where it is not found now, less the instant since when.
    """
    until_ns = before.until_ns.copy()
    away = lasting[~goes_on]
    until_ns[lasting[goes_on]] = 0
    until_ns[away] = np.where(until_ns[away] == 0, -t_ns, until_ns[away])
    over = away[t_ns + until_ns[away] >= ENDS_S * NS_PER_S]
    until_ns[over] = -until_ns[over]
    return before if np.array_equal(until_ns, before.until_ns) else before.with_columns(until_ns=until_ns)


def _begun(met: Encounters, around: Surroundings, t_ns: int) -> NearMisses:
    n, fleet, there = len(met), around.fleet, met.other >= 0
    stands = [standing_name(around.yard, around.slots, int(ground)) for ground in met.ground]
    others = np.where(there, fleet.name[met.other], np.array([s.encode() for s in stands], "S16"))
    what = np.where(met.ground <= FIRST, BUILDING, STACK)
    return NearMisses(
        t_ns=np.full(n, t_ns, np.int64), until_ns=np.zeros(n, np.int64), mover=met.mover, other=met.other,
        name=fleet.name[met.mover], other_name=others.astype("S16"), kind=fleet.kind[met.mover],
        other_kind=np.where(there, fleet.kind[met.other], what).astype(np.int8), ttc_s=met.time_s,
        pet_s=met.pet_s, min_gap_m=met.gap_m, wind_mps=np.full(n, around.wind_mps),
        gust_mps=np.full(n, around.gust_mps), **_state(met, around),
    )  # fmt: skip


def _joined(before: NearMisses, new: NearMisses) -> NearMisses:
    names = NearMisses.__dataclass_fields__
    return NearMisses(
        **{
            name: np.concatenate((getattr(before, name), getattr(new, name)))[-KEPT_NEAR_MISSES:]
            for name in names
        }
    )
