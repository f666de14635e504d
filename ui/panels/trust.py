"""How well the whole fleet is located: machines by freshness, and the worst error."""

from dataclasses import dataclass

import numpy as np

from twin.fleet.table import Freshness
from twin.state import State

_COUNTED = (Freshness.LATE, Freshness.STALE, Freshness.LOST, Freshness.SUSPECT, Freshness.SIMULATED)


@dataclass(frozen=True, slots=True)
class Trust:
    """Counts of the machines present, by :class:`Freshness`; ``worst_m`` is the greatest sigma [m].

    ``simulated`` are heard, but their receivers say that nothing was measured: typed in, or made up.
    ``worst_m`` is NaN where no machine has been heard of.
    """

    present: int
    late: int
    stale: int
    lost: int
    suspect: int
    simulated: int
    worst_m: float

    @property
    def fresh(self) -> int:
        """How many are heard as often as expected, measured, and believed."""
        return self.present - self.late - self.stale - self.lost - self.suspect - self.simulated

    @property
    def good(self) -> bool:
        """Whether every machine is heard, measured and believed; a late one alone is no trouble yet."""
        return not (self.stale or self.lost or self.suspect or self.simulated)


def trust_of(state: State) -> Trust:
    """Give how well the machines of a state that have been heard of are located."""
    tracks = state.tracks
    rows = np.flatnonzero(state.fleet.present & (tracks.fix_ns > 0))
    late, stale, lost, suspect, simulated = (
        int((tracks.freshness[rows] == grade).sum()) for grade in _COUNTED
    )
    sigma_m = tracks.sigma_m[rows]
    known = sigma_m[np.isfinite(sigma_m)]
    worst_m = float(known.max()) if len(known) else float("nan")
    return Trust(len(rows), late, stale, lost, suspect, simulated, worst_m)
