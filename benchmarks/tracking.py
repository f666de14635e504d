"""One tick of fixes for a fleet: one filter over all rows beside one filter object a machine.

The smaller peers are filterpy's Kalman filter and the same few lines without its checks. Both have four
states, take a position and nothing else. The larger are filterpy's extended filters with our states, lever
arm and measurements: see :mod:`benchmarks.tracking_peers`. Ours has a gate, what speaks against a fix, what
lasts of its errors, and a trailer besides. "The filter" is predict and correct alone; "ticks" have the
messages sifted and remembered, and the poses carried to the tick as well.
"""

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import tracking_peers
from benchmarks.rows import Row, absent, compare
from twin.fleet import epochs, motion, roster, taking, tracking
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.memory import no_beliefs
from twin.fleet.table import Fleet, Tracks

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
MACHINES = (100, 1000)
SIGMA_M = 0.02
TICKS = 5
SPEED_MPS = 5.0
SMALL, LIBRARY = "a small filter object each", "filterpy, one each"
ALIKE = "filterpy, as many states and words"
SETTLED = 20
"""After so many ticks the places that ours and a peer tell are compared."""


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
        return np.asarray(self._antennas(tick) + self.noise[tick % 50])

    def _antennas(self, tick: int) -> NDArray[np.float64]:
        way = 0.1 * SPEED_MPS * tick * np.column_stack((np.cos(self.heading), np.sin(self.heading)))
        return np.asarray(self.start + way)

    def _levers(self) -> NDArray[np.float64]:
        """Give where antennas are from the origins of machines, (n, 2) [m]."""
        forth, side, _ = motion.ANTENNA_M[self.fleet.kind[0]]
        c, s = np.cos(self.heading), np.sin(self.heading)
        return np.column_stack((c * forth - s * side, s * forth + c * side))

    def truth(self, tick: int) -> NDArray[np.float64]:
        """Give where the origins of machines are, (n, 2) [m]."""
        return self._antennas(tick) - self._levers()

    def ours(self) -> None:
        """Take one tick of fixes and predict to the tick."""
        n, t_ns = len(self.rows), T0 + self.ticks * NS // 10
        speed = np.full(n, SPEED_MPS)
        self.tracks, _ = tracking.apply_fixes(
            self.fleet, self.tracks, self.rows, np.full(n, t_ns), self.fixes(self.ticks), np.full(n, SIGMA_M),
            speed, self.heading, self.heading, np.full(n, 4, np.int8),
        )  # fmt: skip
        self.tracks = tracking.at(self.fleet, self.tracks, t_ns + NS // 20)
        self.ticks += 1

    def _said(self, tick: int, *, wheels: bool) -> epochs.Epochs:
        """Give all that machines say at a tick."""
        column = lambda value: np.full(len(self.rows), value)  # noqa: E731
        said = epochs.of_fixes(
            self.rows, np.full(len(self.rows), T0 + tick * NS // 10), self.fixes(tick), column(SIGMA_M),
            column(SPEED_MPS), self.heading, self.heading, np.full(len(self.rows), 4, np.int8),
        )  # fmt: skip
        if wheels:
            said = said.with_columns(odometer_mps=column(SPEED_MPS), gyro_rps=column(0.0))
        return said

    def filter_of(self, *, wheels: bool) -> Callable[[], object]:
        """Give what takes a tick's fixes into what is believed, without wheels and gyros or with them."""
        rail = np.full(len(self.rows), np.nan)
        beliefs = self.tracks.memory.beliefs
        for tick in (self.ticks, self.ticks + 1):
            said = self._said(tick, wheels=wheels)
            before, beliefs = beliefs, taking.after(beliefs, self.fleet.kind, said, rail)[0].beliefs()
        return lambda: taking.after(before, self.fleet.kind, said, rail)

    def theirs(self) -> None:
        """Take one tick of fixes with a small filter a machine."""
        for one, fix in zip(self.filters, self.fixes(self.peer_ticks), strict=True):
            one.step(0.1, fix)
        self.peer_ticks += 1

    def library_of(self) -> Callable[[], object]:
        """Give what takes one tick of fixes with filterpy's filters."""
        filters, at = tracking_peers.small_filters(self.fixes(0), SIGMA_M), count()

        def step() -> None:
            for one, fix in zip(filters, self.fixes(next(at)), strict=True):
                one.predict()
                one.update(fix)

        return step

    def alike_of(self, *, wheels: bool) -> tuple[Callable[[], object], list[Any]]:
        """Give what takes one tick of all words with filterpy's filters of as many states, and these."""
        kind, first, at = int(self.fleet.kind[0]), self.fixes(0) - self._levers(), count(1)
        if wheels:
            filters = tracking_peers.wheeled_filters(first, self.heading, SIGMA_M, kind)
            said = self.heading[:, None]
        else:
            filters = tracking_peers.driven_filters(first, self.heading, SPEED_MPS, SIGMA_M, kind)
            way = SPEED_MPS * np.column_stack((np.cos(self.heading), np.sin(self.heading)))
            said = np.column_stack((way, self.heading))
        led = (SPEED_MPS, 0.0) if wheels else 0

        def step() -> None:
            words = np.hstack((self.fixes(next(at)), said))
            for one, word in zip(filters, words, strict=True):
                one.predict(led)
                one.update(word, one.jacobian, one.said)

        return step, filters

    def places_of(self, ticks: int, *, wheels: bool) -> NDArray[np.float64]:
        """Give where ours believes machines after some ticks, (n, 2)."""
        beliefs = no_beliefs(len(self.rows))
        rail = np.full(len(self.rows), np.nan)
        for tick in range(ticks + 1):
            beliefs = taking.after(beliefs, self.fleet.kind, self._said(tick, wheels=wheels), rail)[
                0
            ].beliefs()
        return np.asarray(beliefs.mean[:2].T)


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
        for title, wheels in (("the filter", False), ("with wheels", True)):
            ours = repeated(fleet.filter_of(wheels=wheels))
            step, _ = fleet.alike_of(wheels=wheels)
            yield compare(
                f"{title}, {of}", ours, repeated(step), ALIKE, note=_apart(fleet, wheels=wheels)
            )  # fmt: skip
            yield compare(f"{title}, {of}", ours, library, LIBRARY, note=note)


def _apart(fleet: Fleetful, *, wheels: bool) -> str:
    """Tell how far from one another ours and the peer of as many states believe machines."""
    step, filters = fleet.alike_of(wheels=wheels)
    for _ in range(SETTLED):
        step()
    ours = fleet.places_of(SETTLED, wheels=wheels)
    theirs = np.array([one.x[:2] for one in filters])
    truth = fleet.truth(SETTLED)
    apart, own, other = (
        100.0 * float(np.sqrt(np.mean(np.sum((a - b) ** 2, axis=1)) / 2.0))
        for a, b in ((ours, theirs), (ours, truth), (theirs, truth))
    )
    return f"places {apart:.1f} cm apart; {own:.1f} cm from the truth, the peer {other:.1f}"
