"""Where machines were, told afterwards: each instant by all that was measured before and after it.

For replays, not for ticks: it needs a whole recorded span.
"""

from dataclasses import dataclass
from math import isnan
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin.compiled import lean
from twin.fleet import motion
from twin.fleet.angles import wrapped
from twin.fleet.correction import unsettle
from twin.fleet.epochs import GATED, Epochs, in_order
from twin.fleet.memory import LAST, MARKS, STATES, no_beliefs
from twin.fleet.places import (
    EAST,
    HEADING,
    P_X,
    P_Y,
    ROW,
    SIZE,
    Columns,
    Said,
    X,
    Y,
    lay_out,
    listen,
    locked,
    room,
    rows_of,
    said_in,
)  # fmt: skip
from twin.fleet.prediction import blur_untold, carry, since_s, transition
from twin.fleet.sifting import first_of_their_instant
from twin.fleet.taking import step
from twin.fleet.wheels import gyro_heard, hear, wheels_heard
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

_Columns: TypeAlias = tuple[Longs, Flags, Flags, Floats, Floats, Floats, Floats, Floats]

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

    def columns(self) -> _Columns:
        """Give them as compiled loops take them."""
        return (
            self.t_ns, self.heard, self.chained, self.mean, self.covariance, self.told_mean,
            self.told_covariance, self.transition,
        )  # fmt: skip

    @classmethod
    def of(cls, r: int, n: int) -> "_Pass":
        """Make room."""
        flat, square = (r, n, STATES), (r, n, STATES, STATES)
        return cls(
            np.zeros((r, n), np.int64), np.zeros((r, n), np.bool_), np.zeros((r, n), np.bool_),
            np.zeros(flat), np.zeros(square), np.zeros(flat), np.zeros(square), np.zeros(square),
        )  # fmt: skip


def _smoothed(kind: Bytes, epochs: Epochs, rail_rad: Floats) -> Smoothed:
    order = in_order(epochs.row, epochs.t_ns, epochs.fixed)
    most = int(np.bincount(epochs.row).max(initial=0))
    forwards = _Pass.of(most, len(kind))
    columns = rows_of(no_beliefs(len(kind)))
    _go_forwards(
        *room(), *room(), locked(kind), locked(rail_rad), columns, order, locked(epochs.row),
        locked(epochs.t_ns), said_in(epochs), forwards.columns(),
    )  # fmt: skip
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


@lean
def _go_forwards(
    b: Floats, k: Longs, told: Floats, told_k: Longs, kind: Bytes, rail_rad: Floats, columns: Columns,
    order: Longs, row: Ints, t_ns: Longs, said: Said, forwards: _Columns,
) -> None:  # fmt: skip
    """Filter all messages, and keep what the way back needs."""
    at = 0
    for i in range(len(kind)):
        lay_out(b, k, i, columns)
        number = 0
        while at < len(order) and row[order[at]] == i:
            e = order[at]
            listen(b, e, said)
            for place in range(SIZE):
                told[place] = b[place]
            for mark in range(MARKS):
                told_k[mark] = k[mark]
            dt = since_s(k, t_ns[e])
            u, g = hear(told, told_k, int(t_ns[e]))
            transition(told, dt, u, g, forwards[7][number, i])
            carry(told, int(kind[i]), dt, u, g)
            blur_untold(told, told_k, int(kind[i]), int(t_ns[e]), dt)
            if not isnan(b[EAST]):
                unsettle(told, float(rail_rad[i]), dt)
            wheels, gyro, known = wheels_heard(b), gyro_heard(b), k[LAST] > 0
            gated = step(b, k, int(kind[i]), int(t_ns[e]), float(rail_rad[i])) == GATED
            chained = known and wheels == wheels_heard(b) and gyro == gyro_heard(b) and not _leapt(b, told)
            _keep(b, k, told, i, number, int(t_ns[e]), chained, gated, forwards)
            number += 1
            at += 1


@lean
def _leapt(b: Floats, told: Floats) -> bool:
    """Tell whether a belief began anew: a message turned or moved it further than errors explain."""
    away_x, away_y = b[X] - told[X], b[Y] - told[Y]
    far2 = 36.0 * (told[P_X + X] + told[P_Y + Y])
    return abs(wrapped(b[HEADING] - told[HEADING])) > 0.5 or away_x * away_x + away_y * away_y > far2


@lean
def _keep(
    b: Floats, k: Longs, told: Floats, i: int, number: int, t_ns: int, chained: bool, gated: bool,
    forwards: _Columns,
) -> None:  # fmt: skip
    at_ns, heard, linked, mean, covariance, told_mean, told_covariance, across = forwards
    # A guess that was refused was undone: the belief is that of before, and nothing lies between.
    undone = gated and k[LAST] < t_ns
    at_ns[number, i], heard[number, i] = t_ns, k[LAST] > 0 and not undone
    linked[number, i] = chained or undone
    for row in range(STATES):
        mean[number, i, row] = b[row]
        told_mean[number, i, row] = b[row] if undone else told[row]
        for column in range(STATES):
            place = P_X + ROW * row + column
            covariance[number, i, row, column] = b[place]
            told_covariance[number, i, row, column] = b[place] if undone else told[place]
            if undone:
                across[number, i, row, column] = 1.0 if row == column else 0.0


def _backwards(forwards: _Pass) -> tuple[Floats, Floats]:
    """Go back from the last message; give means (r, n, 7) and covariances (r, n, 7, 7)."""
    mean, covariance = forwards.mean.copy(), forwards.covariance.copy()
    for number in range(len(mean) - 2, -1, -1):
        rows: NDArray[np.intp] = np.flatnonzero(forwards.chained[number + 1])
        if not len(rows):
            continue
        told = forwards.told_covariance[number + 1, rows]
        told = told + _FLOOR * np.eye(STATES)
        across = forwards.transition[number + 1, rows] @ forwards.covariance[number, rows]
        gain = np.linalg.solve(told, across).transpose(0, 2, 1)
        off = mean[number + 1, rows] - forwards.told_mean[number + 1, rows]
        off[:, HEADING] = motion.wrapped(off[:, HEADING])
        mean[number, rows] += np.einsum("nij,nj->ni", gain, off)
        closer = covariance[number + 1, rows] - told
        covariance[number, rows] += gain @ closer @ gain.transpose(0, 2, 1)
    return mean, covariance
