"""One tick of fixes for a fleet: one filter over all rows beside one filter object a machine.

The peers are filterpy's Kalman filter and the same few lines without its checks. Both have four states, take
a position and nothing else; ours has seven, lever arms, velocities, headings, a gate and what speaks against
a fix. "The filter" is predict and correct alone; "ticks" have the messages sifted and remembered, and the
poses carried to the tick besides.
"""

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row, absent, compare
from twin.fleet import epochs, roster, taking, tracking
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Fleet, Tracks

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
MACHINES = (100, 1000)
SIGMA_M = 0.02
TICKS = 5
SMALL, LIBRARY = "a small filter object each", "filterpy, one each"


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


def library_filters(places: NDArray[np.float64]) -> list[Any]:
    """Give filterpy's filters, one a machine, with the matrices of :class:`SmallFilter`."""
    from filterpy.kalman import KalmanFilter

    filters = []
    for x, y in places:
        one = KalmanFilter(dim_x=4, dim_z=2)
        one.x = np.array([x, y, 0.0, 0.0])
        one.P = np.diag([0.01, 0.01, 4.0, 4.0])
        one.F = np.eye(4)
        one.F[0, 2] = one.F[1, 3] = 0.1
        one.H, one.R, one.Q = np.eye(2, 4), SIGMA_M**2 * np.eye(2), 0.01 * np.eye(4)
        filters.append(one)
    return filters


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

    def filter_of(self, *, wheels: bool) -> Callable[[], object]:
        """Give what takes a tick's fixes into what is believed, without wheels and gyros or with them."""
        n, rail = len(self.rows), np.full(len(self.rows), np.nan)
        column = lambda value: np.full(n, value)  # noqa: E731
        beliefs = self.tracks.memory.beliefs
        for tick in (self.ticks, self.ticks + 1):
            said = epochs.of_fixes(
                self.rows, np.full(n, T0 + tick * NS // 10), self.fixes(tick), column(SIGMA_M), column(5.0),
                self.heading, self.heading, np.full(n, 4, np.int8),
            )  # fmt: skip
            if wheels:
                said = said.with_columns(odometer_mps=column(5.0), gyro_rps=column(0.0))
            before, beliefs = beliefs, taking.after(beliefs, self.fleet.kind, said, rail)[0].beliefs()
        return lambda: taking.after(before, self.fleet.kind, said, rail)

    def theirs(self) -> None:
        """Take one tick of fixes with a small filter a machine."""
        for one, fix in zip(self.filters, self.fixes(self.peer_ticks), strict=True):
            one.step(0.1, fix)
        self.peer_ticks += 1

    def library_of(self) -> Callable[[], object]:
        """Give what takes one tick of fixes with filterpy's filters."""
        filters, at = library_filters(self.fixes(0)), count()

        def step() -> None:
            for one, fix in zip(filters, self.fixes(next(at)), strict=True):
                one.predict()
                one.update(fix)

        return step


def repeated(step: Callable[[], object]) -> Callable[[], None]:
    """Give what takes TICKS ticks: one alone is shorter than what else a machine does meanwhile."""

    def steps() -> None:
        for _ in range(TICKS):
            step()

    return steps


def rows() -> Iterable[Row]:
    """Compare the filter and a whole tick for two sizes of fleet."""
    note = "the peer does less: four states, a position; no heading, lever arm, gate"
    tracking.warm()
    for n in MACHINES:
        fleet = Fleetful(n)
        tick, of = repeated(fleet.ours), f"{n} machines, {TICKS} ticks"
        tick()
        yield compare(f"ticks of fixes, {of}", tick, repeated(fleet.theirs), SMALL, note=note)
        try:
            library = repeated(fleet.library_of())
        except ImportError:
            yield absent(f"the filter, {of}", LIBRARY, "filterpy is not installed")
            continue
        yield compare(f"ticks of fixes, {of}", tick, library, LIBRARY, note=note)
        alone, wheeled = (repeated(fleet.filter_of(wheels=wheels)) for wheels in (False, True))
        yield compare(f"the filter, {of}", alone, library, LIBRARY, note=note)
        yield compare(f"with wheels, {of}", wheeled, library, LIBRARY, note=note)
