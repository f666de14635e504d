"""Which messages are new, late, heard before, or cannot be: sorted before anything is believed."""

from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import recalling
from twin.fleet.epochs import Epochs, rising
from twin.fleet.memory import HORIZON_NS, TRIED, Beliefs, Memory, until_ns
from twin.fleet.suspicion import Suspicion
from twin.tables import Flags, Longs

AHEAD_S = 2.0
"""A message measured so far after the tick comes from a clock that is wrong [s]."""
FLOOD = 20
"""So many fixes of a machine in one tick are a flood, where they are less than FLOOD_S apart."""
FLOOD_S = 0.02
"""No receiver of a yard measures more often than this [s]."""
KEPT = 256
"""So many epochs of a machine are taken in one tick, its newest."""
APART_M = 1.0
"""Two fixes of one instant farther apart than this are of two machines [m]."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """What becomes of epochs.

    Attributes
    ----------
    new : (k,) bool
        To be taken.
    late : (k,) bool
        Of these, those before the last message of their machine.
    doubts : list of (int, Suspicion)
        Machines that are doubted for what was sifted out.
    """

    new: Flags
    late: Flags
    doubts: list[tuple[int, Suspicion]]

    @property
    def ordinary(self) -> bool:
        """Whether all are to be taken, in order."""
        return bool(self.new.all()) and not self.late.any()


def sift(memory: Memory, beliefs: Beliefs, epochs: Epochs, t_ns: int) -> Sifted:
    """Sort epochs.

    Parameters
    ----------
    memory : Memory
    beliefs : Beliefs
        Of all n machines.
    epochs : Epochs
        (k,)
    t_ns : int
        Instant of the tick.
    """
    row, fixed = epochs.row, epochs.fixed
    marks = beliefs.marks[:, row]
    last = until_ns(marks)
    current = (epochs.t_ns == last) & np.where(fixed, marks[TRIED] < last, False)
    ordered = (epochs.t_ns > last) | current
    ahead = epochs.t_ns > t_ns + round(AHEAD_S * NS_PER_S)
    doubts = [(int(one), Suspicion.CLOCK) for one in np.unique(row[ahead])]
    behind = (epochs.t_ns < t_ns - HORIZON_NS) & (epochs.t_ns > marks[TRIED]) & fixed
    if behind.any():
        doubts += [(one, Suspicion.BEHIND) for one in _behind(epochs, behind)]
    new = ordered & ~ahead
    if not rising(row):
        once, apart, flooded = _repeated(epochs)
        new &= once
        doubts += [(int(one), Suspicion.TWICE) for one in np.unique(row[apart])]
        doubts += [(one, Suspicion.FLOOD) for one in flooded]
    late = np.zeros(len(row), np.bool_)
    back = np.flatnonzero(~ordered)
    if len(back):
        late[back], more = _late(memory, epochs.take(back), last[back], behind[back])
        doubts += more
        if len(row) > 1:
            late &= _repeated(epochs)[0]
    return Sifted(new | late, late, doubts)


def _behind(epochs: Epochs, behind: Flags) -> list[int]:
    """Give the machines whose newest fix of a tick is behind it: where a line stood a while, the last is not.

    A replay is of fixes from before the newest; these follow it, late, as where a clock or a line is behind.
    """
    near = epochs.fixed & ~behind
    return [int(one) for one in np.setdiff1d(epochs.row[behind], epochs.row[near])]


def _late(
    memory: Memory, epochs: Epochs, last_ns: Longs, behind: Flags
) -> tuple[Flags, list[tuple[int, Suspicion]]]:
    """Tell which of those before their machine's last message are to be taken all the same."""
    passed = last_ns - epochs.t_ns > HORIZON_NS
    heard, elsewhere = recalling.known(memory, epochs)
    replayed = passed & epochs.fixed & ~behind
    doubts = [(int(one), Suspicion.REPLAYED) for one in np.unique(epochs.row[replayed])]
    doubts += [(int(one), Suspicion.TWICE) for one in np.unique(epochs.row[elsewhere])]
    return ~passed & ~heard, doubts


def first_of_their_instant(epochs: Epochs) -> Flags:
    """Tell which epochs are the first of their machine, instant and kind, (k,)."""
    order = np.lexsort((epochs.fixed, epochs.t_ns, epochs.row))
    row, t_ns, fixed = epochs.row[order], epochs.t_ns[order], epochs.fixed[order]
    once = np.ones(len(order), np.bool_)
    again = (row[1:] == row[:-1]) & (t_ns[1:] == t_ns[:-1]) & (fixed[1:] == fixed[:-1])
    once[order[1:][again]] = False
    return once


def _repeated(epochs: Epochs) -> tuple[Flags, Flags, list[int]]:
    """Tell which epochs are the first of their instant, which contradict it, and who floods."""
    order = np.lexsort((epochs.fixed, epochs.t_ns, epochs.row))
    row, t_ns, fixed = epochs.row[order], epochs.t_ns[order], epochs.fixed[order]
    again = np.zeros(len(order), np.bool_)
    again[1:] = (row[1:] == row[:-1]) & (t_ns[1:] == t_ns[:-1]) & (fixed[1:] == fixed[:-1])
    x_m, y_m = epochs.x_m[order], epochs.y_m[order]
    apart = np.zeros(len(order), np.bool_)
    apart[1:] = again[1:] & (np.hypot(np.diff(x_m), np.diff(y_m)) > APART_M)
    ends = np.flatnonzero(np.append(row[1:] != row[:-1], True))
    begins = np.append(0, ends[:-1] + 1)
    count = ends - begins + 1
    span_s = (t_ns[ends] - t_ns[begins]) / NS_PER_S
    flooding = (count >= FLOOD) & (span_s < FLOOD_S * count)
    old = np.arange(len(order)) + KEPT <= np.repeat(ends, count)
    once, contradicting = np.empty(len(order), np.bool_), np.empty(len(order), np.bool_)
    once[order], contradicting[order] = ~again & ~old, apart
    return once, contradicting, [int(one) for one in row[ends[flooding]]]
