"""Where machines were, told afterwards: each instant by all that was measured before and after it.

For replays, not for ticks: it needs a whole recorded span.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet import correction, motion, prediction, taking
from twin.fleet.epochs import Epochs, ranks
from twin.fleet.memory import LAST, STATES, no_beliefs
from twin.fleet.sifting import first_of_their_instant
from twin.fleet.working import HEADING, Working, X, Y
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

TOGETHER = 16
"""So many machines are smoothed at once: a span of ten minutes takes 8 MB a machine."""
_FLOOR = 1e-14


@dataclass(frozen=True, eq=False)
class Smoothed(Table):
    """Places of machines at the instants of their messages, by machine and instant.

    Attributes
    ----------
    row : (k,) int32
        Fleet row.
    t_ns : (k,) int64
    x_m, y_m, heading_rad : (k,) float
        Of the origin, in the yard frame.
    sigma_m : (k,) float
        One sigma of the place, an axis [m].
    """

    row: Ints
    t_ns: Longs
    x_m: Floats
    y_m: Floats
    heading_rad: Floats
    sigma_m: Floats

    def __len__(self) -> int:
        """Give the number of places."""
        return len(self.row)


def smoothed(kind: Bytes, epochs: Epochs, *, rail_heading_rad: Floats | None = None) -> Smoothed:
    """Smooth what was recorded of machines.

    Parameters
    ----------
    kind : (n,) int8
        Of the fleet.
    epochs : Epochs
        All that was measured in a span, in any order; what is there twice counts once.
    rail_heading_rad : (n,), optional
        As for :func:`twin.fleet.tracking.take`.

    Returns
    -------
    Smoothed
        A row for each message after a machine's first fix.

    Notes
    -----
    Rauch, Tung and Striebel (AIAA Journal 3, 1965) over the states of the filter. Where a track began
    anew, what is after it tells nothing of what was before.
    """
    rail = np.full(len(kind), np.nan) if rail_heading_rad is None else rail_heading_rad
    epochs = epochs.take(first_of_their_instant(epochs))
    machines = np.unique(epochs.row)
    parts = []
    for begin in range(0, len(machines), TOGETHER):
        chosen = machines[begin : begin + TOGETHER]
        some = epochs.take(np.isin(epochs.row, chosen))
        local = some.with_columns(row=np.searchsorted(chosen, some.row).astype(np.int32))
        part = _smoothed(kind[chosen], local, rail[chosen])
        parts.append(part.with_columns(row=chosen[part.row].astype(np.int32)))
    if not parts:
        none = np.empty(0)
        return Smoothed(np.empty(0, np.int32), np.empty(0, np.int64), none, none, none, none)
    return Smoothed(*(np.concatenate([getattr(p, name) for p in parts]) for name in _NAMES))


_NAMES = tuple(Smoothed.__dataclass_fields__)


@dataclass(slots=True)
class _Pass:
    """The way forwards over r messages of each of n machines, machines first in matrices."""

    t_ns: Longs
    heard: Flags
    chained: Flags
    mean: Floats
    covariance: Floats
    told_mean: Floats
    told_covariance: Floats
    transition: Floats

    @classmethod
    def of(cls, r: int, n: int) -> "_Pass":
        """Make room."""
        flat, square = (r, n, STATES), (r, n, STATES, STATES)
        return cls(
            np.zeros((r, n), np.int64), np.zeros((r, n), np.bool_), np.zeros((r, n), np.bool_),
            np.zeros(flat), np.zeros(square), np.zeros(flat), np.zeros(square), np.zeros(square),
        )  # fmt: skip


def _smoothed(kind: Bytes, epochs: Epochs, rail_rad: Floats) -> Smoothed:
    order, rank = ranks(epochs.row, epochs.t_ns, epochs.fixed)
    forwards = _Pass.of(int(rank.max(initial=-1)) + 1, len(kind))
    w = Working.of(no_beliefs(len(kind)), kind)
    for number in range(len(forwards.t_ns)):
        part = epochs.take(order[rank == number])
        some = w.some(part.row)
        _forwards(some, part, rail_rad[part.row], forwards, number)
        w.put(part.row, some)
    mean, covariance = _backwards(forwards)
    step, machine = np.nonzero(forwards.heard)
    at = np.lexsort((step, machine))
    step, machine = step[at], machine[at]
    variance = (covariance[step, machine, X, X] + covariance[step, machine, Y, Y]) / 2.0
    found, sigma_m = mean[step, machine], np.sqrt(np.maximum(variance, 0.0))
    return Smoothed(
        machine.astype(np.int32), forwards.t_ns[step, machine], found[:, X], found[:, Y],
        motion.wrapped(found[:, HEADING]), sigma_m,
    )  # fmt: skip


def _forwards(w: Working, part: Epochs, rail_rad: Floats, forwards: _Pass, number: int) -> None:
    """Filter one message of each of some machines, in place, and keep what the way back needs."""
    before = w.some(np.arange(len(part)))
    dt_s = w.since_s(part.t_ns)
    told = before.some(np.arange(len(part)))
    u, g = prediction.heard(told, part.t_ns, part.odometer_mps, part.gyro_rps)
    F = prediction.transition(told, dt_s, u, g)
    prediction.carried(told, dt_s, u, g)
    correction.unsteered(told, part, dt_s, rail_rad)
    outcome = taking.taken(w, part.with_columns(row=np.arange(len(part), dtype=np.int32)), rail_rad)
    heard = w.marks[LAST] > 0
    same = (w.wheels == before.wheels) & (w.gyro == before.gyro)
    turned = np.abs(motion.wrapped(w.mean[HEADING] - told.mean[HEADING])) > 0.5
    leapt = np.hypot(*(w.mean[:2] - told.mean[:2])) > 6.0 * np.sqrt(
        told.covariance[X, X] + told.covariance[Y, Y]
    )
    chained = (before.marks[LAST] > 0) & same & ~(turned | leapt)
    # A guess that was refused was undone: the belief is that of before, and nothing lies between.
    undone = (outcome == taking.GATED) & (w.marks[LAST] < part.t_ns)
    rows = part.row
    forwards.t_ns[number, rows], forwards.heard[number, rows] = part.t_ns, heard & ~undone
    forwards.chained[number, rows] = chained | undone
    forwards.mean[number, rows], forwards.covariance[number, rows] = w.mean.T, w.covariance.transpose(2, 0, 1)
    base = np.where(undone, w.mean, told.mean)
    forwards.told_mean[number, rows] = base.T
    spread = np.where(undone, w.covariance, told.covariance)
    forwards.told_covariance[number, rows] = spread.transpose(2, 0, 1)
    still = np.eye(STATES)[:, :, None]
    forwards.transition[number, rows] = np.where(undone, still, F).transpose(2, 0, 1)


def _backwards(forwards: _Pass) -> tuple[Floats, Floats]:
    """Go back from the last message; give means (r, n, 7) and covariances (r, n, 7, 7)."""
    mean, covariance = forwards.mean.copy(), forwards.covariance.copy()
    for step in range(len(mean) - 2, -1, -1):
        rows: NDArray[np.intp] = np.flatnonzero(forwards.chained[step + 1])
        if not len(rows):
            continue
        told = forwards.told_covariance[step + 1, rows]
        told = told + _FLOOR * np.eye(STATES)
        across = forwards.transition[step + 1, rows] @ forwards.covariance[step, rows]
        gain = np.linalg.solve(told, across).transpose(0, 2, 1)
        off = mean[step + 1, rows] - forwards.told_mean[step + 1, rows]
        off[:, HEADING] = motion.wrapped(off[:, HEADING])
        mean[step, rows] += np.einsum("nij,nj->ni", gain, off)
        closer = covariance[step + 1, rows] - told
        covariance[step, rows] += gain @ closer @ gain.transpose(0, 2, 1)
    return mean, covariance
