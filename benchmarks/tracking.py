"""One tick of fixes for a fleet: one filter over all rows beside one small filter a machine."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row, compare
from twin.fleet import roster, tracking
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Fleet, Tracks

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
MACHINES = (100, 1000)
SIGMA_M = 0.02


class SmallFilter:
    """A Kalman filter of one machine as it is usually written: an object of small matrices.

    Constant velocity, position measured; fewer states and no heading, lever arm, gate or trailer,
    so it does less than what it stands beside.
    """

    def __init__(self, x: float, y: float) -> None:
        self.mean = np.array([x, y, 0.0, 0.0])
        self.covariance = np.diag([0.01, 0.01, 4.0, 4.0])

    def step(self, dt_s: float, measured: NDArray[np.float64]) -> None:
        """Predict over ``dt_s`` and take one position."""
        F = np.eye(4)
        F[0, 2] = F[1, 3] = dt_s
        self.mean = F @ self.mean
        self.covariance = F @ self.covariance @ F.T + 0.01 * np.eye(4)
        H = np.eye(2, 4)
        S = H @ self.covariance @ H.T + SIGMA_M**2 * np.eye(2)
        K = self.covariance @ H.T @ np.linalg.inv(S)
        self.mean = self.mean + K @ (measured - H @ self.mean)
        self.covariance = (np.eye(4) - K @ H) @ self.covariance


class Fleetful:
    """A fleet that drives straight on, and its fixes."""

    def __init__(self, n: int) -> None:
        rng = np.random.default_rng(1)
        self.heading = rng.uniform(-3, 3, n)
        self.start = np.column_stack((rng.uniform(0, 700, n), rng.uniform(0, 400, n)))
        self.noise = rng.normal(0, SIGMA_M, (50, n, 2))
        self.rows = np.arange(n, dtype=np.int32)
        kind = KIND_NAMES.index("terminal_tractor")
        self.fleet: Fleet
        self.tracks: Tracks
        self.fleet, self.tracks = roster.enlist(
            roster.empty_fleet(), roster.no_tracks(), [f"TT-{i}" for i in range(n)], [kind] * n, [-1] * n
        )
        self.filters = [SmallFilter(x, y) for x, y in self.fixes(0)]
        self.ticks = 0
        self.peer_ticks = 0

    def fixes(self, tick: int) -> NDArray[np.float64]:
        """Give the positions that the receivers send at a tick."""
        way = 0.5 * tick * np.column_stack((np.cos(self.heading), np.sin(self.heading)))
        return np.asarray(self.start + way + self.noise[tick % 50])

    def ours(self) -> None:
        """Take one tick of fixes and predict to the tick."""
        n, t_ns = len(self.rows), T0 + self.ticks * NS // 10
        speed = np.full(n, 5.0)
        self.tracks, _ = tracking.apply_fixes(
            self.fleet, self.tracks, self.rows, np.full(n, t_ns), self.fixes(self.ticks), np.full(n, SIGMA_M),
            speed, self.heading, self.heading, np.full(n, 4, np.int8),
        )  # fmt: skip
        self.tracks = tracking.at(self.fleet, self.tracks, t_ns + NS // 20)
        self.ticks += 1

    def theirs(self) -> None:
        """Take one tick of fixes with a filter a machine."""
        for one, fix in zip(self.filters, self.fixes(self.peer_ticks), strict=True):
            one.step(0.1, fix)
        self.peer_ticks += 1


def rows() -> Iterable[Row]:
    """Compare one tick for two sizes of fleet; the peer has four states to our five and no gate."""
    for n in MACHINES:
        fleet = Fleetful(n)
        yield compare(
            f"a tick of fixes, {n} machines", fleet.ours, fleet.theirs, "a small filter object each",
            note="the peer does less: four states, no heading, lever arm, gate",
        )  # fmt: skip
