"""The log of near misses: one row an encounter, with the worst that it came to."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table, Texts

KEPT_NEAR_MISSES = 5_000


@dataclass(frozen=True, eq=False)
class NearMisses(Table):
    """Encounters under their threshold, one row each, oldest first.

    Attributes
    ----------
    t_ns, until_ns : (n,) int64
        When it came under the threshold; when it was last under it, 0 while it lasts.
    mover, other : (n,) int32
        Fleet rows; ``other`` is -1 where it is a stack.
    name, other_name : (n,) S16
        Names of the machines, or of the stack.
    kind, other_kind : (n,) int8
        Index into ``kinds.KIND_NAMES``; -1 of a stack.
    x_m, y_m : (n,) float
        Where, at its worst, in the yard frame.
    ttc_s, pet_s, min_gap_m : (n,) float
        The least time to contact, post-encroachment time and gap while it lasted; infinite times where
        there was none.
    speed_mps, other_speed_mps : (n,) float
        At its worst.
    wind_mps, gust_mps : (n,) float
        Wind when it began.
    freshness, other_freshness : (n,) int8
        How far each position was to be trusted at its worst (``fleet.table.Freshness``); -1 of a stack.
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
