"""Taking messages into beliefs, a machine's in order of measurement, all machines at once."""

import numpy as np

from twin.fleet import correction, doubting, motion, prediction, starting
from twin.fleet.epochs import Epochs, ranks
from twin.fleet.memory import FIX, LAST, QUALITY, REFUSED, SINCE, TRAILER, TRIED
from twin.fleet.working import HEADING, Working
from twin.tables import Bytes, Floats

TAKEN, GATED, OLD = 0, 1, 2
"""Outcomes of an epoch."""
RESTART_S = 30.0
"""After a silence this long a track starts anew from its next fix [s]."""
SLIGHT_M = 0.3
"""Ambiguities resolved wrongly put a fix further off than this [m]: their wave lengths are 19 to 25 cm."""


def taken(w: Working, epochs: Epochs, rail_rad: Floats) -> Bytes:
    """Take epochs into beliefs, in place.

    Parameters
    ----------
    w : Working
        All n machines.
    epochs : Epochs
        k rows in any order; none of a machine is before its last message.
    rail_rad : (n,)
        What each machine is bound to; NaN where it is bound to none.

    Returns
    -------
    (k,) int8
        TAKEN or GATED.
    """
    outcome = np.full(len(epochs), OLD, np.int8)
    order, rank = ranks(epochs.row, epochs.t_ns, epochs.fixed)
    n = len(w.kind)
    for number in range(int(rank.max(initial=-1)) + 1):
        chosen = order[rank == number]
        whole = len(chosen) == len(epochs) and bool((chosen[1:] > chosen[:-1]).all())
        part = epochs if whole else epochs.take(chosen)
        rows = part.row
        if len(rows) == n:  # strictly rising rows of all machines
            outcome[chosen] = _one_each(w, part, rail_rad)
        else:
            some = w.some(rows)
            outcome[chosen] = _one_each(some, part, rail_rad[rows])
            w.put(rows, some)
    return outcome


def _one_each(w: Working, epoch: Epochs, rail_rad: Floats) -> Bytes:
    """Take one epoch of each machine; give their outcomes."""
    fixed = epoch.fixed
    silent = w.since_s(epoch.t_ns) > RESTART_S
    begins = (w.marks[LAST] == 0) | silent & motion.is_moving(w.speed_mps())
    if not begins.any():
        return _going(w, epoch, rail_rad)
    outcome = np.full(len(epoch), TAKEN, np.int8)
    new = np.flatnonzero(begins & fixed)
    if len(new):
        some, first = w.some(new), epoch.take(new)
        _begin(some, first, rail_rad[new])
        w.put(new, some)
    old = np.flatnonzero(~begins)
    if len(old):
        some = w.some(old)
        outcome[old] = _going(some, epoch.take(old), rail_rad[old])
        w.put(old, some)
    return outcome


def _begin(w: Working, fix: Epochs, rail_rad: Floats) -> None:
    doubting.forget(w)
    starting.start(w, fix, rail_rad)
    w.marks[FIX] = w.marks[TRIED] = fix.t_ns
    w.aids[QUALITY] = fix.quality
    trailer = w.aids[TRAILER]
    w.aids[TRAILER] = motion.trailing(w.kind, trailer, w.mean[HEADING], np.zeros(len(fix)))


def _going(w: Working, epoch: Epochs, rail_rad: Floats) -> Bytes:
    fixed, guessed = epoch.fixed, ~np.isfinite(epoch.odometer_mps) & ~w.wheels
    before = (w.mean.copy(), w.covariance.copy(), w.marks[LAST].copy()) if guessed.any() else None
    dt_s = prediction.to(w, epoch.t_ns, epoch.odometer_mps, epoch.gyro_rps)
    correction.unsteered(w, epoch, dt_s, rail_rad)
    starting.learn_headings(w, epoch)
    speed = w.speed_mps()
    way_m = np.where(w.wheels, speed, np.nan_to_num(epoch.speed_mps)) * dt_s
    verdicts = correction.corrected(w, epoch, rail_rad)
    again = doubting.weigh(w, epoch, verdicts, way_m)
    undone = verdicts.refused & guessed
    if before is not None and undone.any():
        # A guess that a fix contradicts is no base for the next one.
        w.mean, w.covariance = np.where(undone, before[0], w.mean), np.where(undone, before[1], w.covariance)
        w.marks[LAST] = np.where(undone, before[2], w.marks[LAST])
        correction.doubt(w, undone, verdicts.away_m)
    slight = verdicts.refused & ~undone & (np.hypot(*verdicts.away_m) < SLIGHT_M)
    if slight.any():
        # No wrong fix is off so little: the track has errors that its covariance does not know of.
        correction.doubt(w, slight, verdicts.away_m)
    refused = verdicts.refused
    if again.any():
        rows = np.flatnonzero(again)
        some = w.some(rows)
        starting.believe_again(some, epoch.take(rows))
        some.marks[[REFUSED, SINCE]] = 0
        w.put(rows, some)
        refused = refused & ~again
    good = fixed & ~refused
    w.marks[TRIED] = np.where(fixed, epoch.t_ns, w.marks[TRIED])
    w.marks[FIX] = np.where(good, epoch.t_ns, w.marks[FIX])
    w.aids[QUALITY] = np.where(good, epoch.quality, w.aids[QUALITY])
    way_m = np.where(undone, 0.0, speed * dt_s)
    w.aids[TRAILER] = motion.trailing(w.kind, w.aids[TRAILER], w.mean[HEADING], way_m)
    return np.where(refused, GATED, TAKEN).astype(np.int8)
