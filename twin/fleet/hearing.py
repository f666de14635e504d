"""What is heard of machines last, as rules and encounters ask for it: their wheels, and places not proven."""

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.memory import LAST, MOTION, ODOMETER, STILL, UNPROVEN
from twin.fleet.table import Tracks
from twin.tables import Flags, Floats, Ints, Longs

BEFORE_NS = (400_000_000, 1_500_000_000)
"""So long ago is a moment ago: nearer in time, speeds differ by their noise [ns]."""


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


def unproven_ns(tracks: Tracks) -> Longs:
    """Give since when each machine is shown where its fixes came up against its track, (n,) [ns UTC].

    That is the instant of its last fix before these; 0 where nothing is to be proven.
    """
    since_ns = np.zeros(len(tracks.fix_ns), np.int64)
    marks = tracks.memory.beliefs.marks
    since_ns[: marks.shape[1]] = marks[UNPROVEN]
    return since_ns


def told_before(tracks: Tracks, rows: Ints) -> tuple[Floats, Floats]:
    """Give how fast machines went a moment ago, by their wheels where these were heard, else by their fixes.

    Parameters
    ----------
    tracks : Tracks
        n machines.
    rows : (k,) int32
        Which of them, each once or more.

    Returns
    -------
    speed_mps : (k,) float
        Whichever way they went: the mean of what they told of that while.
    before_s : (k,) float
        How long before its last message that was, in the middle; 0 where nothing was told then [s].
    """
    memory = tracks.memory
    asked, at = np.unique(rows, return_inverse=True)
    last_ns = np.zeros(len(asked), np.int64)
    known = asked < len(memory.beliefs)
    last_ns[known] = memory.beliefs.marks[LAST, asked[known]]
    many, speed_mps, age_s = np.zeros((3, len(asked)))
    first_ns = last_ns.min(initial=np.iinfo(np.int64).max) - BEFORE_NS[1]
    for epochs in reversed(memory.epochs):
        if not len(epochs):
            continue
        if epochs.t_ns.max() < first_ns:
            break
        place = np.minimum(np.searchsorted(asked, epochs.row), len(asked) - 1)
        told = np.where(np.isnan(epochs.odometer_mps), epochs.speed_mps, epochs.odometer_mps)
        ago_ns = last_ns[place] - epochs.t_ns
        kept = (asked[place] == epochs.row) & np.isfinite(told)
        kept &= (ago_ns >= BEFORE_NS[0]) & (ago_ns <= BEFORE_NS[1])
        np.add.at(many, place[kept], 1.0)
        np.add.at(speed_mps, place[kept], np.abs(told[kept]))
        np.add.at(age_s, place[kept], ago_ns[kept] / NS_PER_S)
    many = np.maximum(many, 1.0)
    return (speed_mps / many)[at], (age_s / many)[at]
