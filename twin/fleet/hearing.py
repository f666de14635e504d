"""What is heard of machines last, as rules and encounters ask for it: their wheels, and fixes that fit."""

import numpy as np

from twin.fleet.memory import MOTION, ODOMETER, STILL, UNPROVEN
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Tracks
from twin.tables import Flags, Longs


def wheels_told(tracks: Tracks) -> tuple[Longs, Flags]:
    """Give when wheels told last, and whether they stand.

    Parameters
    ----------
    tracks : Tracks
        n machines.

    Returns
    -------
    told_ns : (n,) int64
        Measurement of the last word of wheels that are relied on [ns UTC]; 0 where there are none.
    stand : (n,) bool
        They said so then; False where there are none.
    """
    beliefs = tracks.memory.beliefs
    told_ns, stand = np.zeros(len(tracks.fix_ns), np.int64), np.zeros(len(tracks.fix_ns), np.bool_)
    heard, known = np.isfinite(beliefs.aids[ODOMETER]), slice(len(beliefs))
    told_ns[known] = np.where(heard, beliefs.marks[MOTION], 0)
    stand[known] = heard & (beliefs.aids[STILL] > 0.0)
    return told_ns, stand


def fitted_ns(tracks: Tracks) -> Longs:
    """Give when each machine's fixes fitted last, (n,) [ns UTC]; 0 before the first.

    Those that are believed against its wheels fit nothing until something proves them.
    """
    rows = np.flatnonzero(tracks.suspect == Suspicion.MOVED)
    if not len(rows):
        return tracks.fix_ns
    found = tracks.fix_ns.copy()
    found[rows] = tracks.memory.beliefs.marks[UNPROVEN, rows]
    return found
