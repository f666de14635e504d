"""How far tracks are from the truth with the "yard" noise, beside the raw fixes; what is refused; coverage.

Run alone with ``python -m benchmarks accuracy``: 200 vehicles for 600 s, which takes minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import real_logs
from benchmarks.yard_noise import BESIDE, CLEAN, FLOAT, LOST, STEP_S, WRONG, Vehicles
from twin.fleet import taking
from twin.fleet.epochs import stacked
from twin.fleet.memory import no_beliefs
from twin.fleet.smoothing import smoothed
from twin.fleet.working import Working

SETTLED_S = 5.0
"""A track's first seconds are not counted [s]."""
RING = 2.4477
"""Sigmas of an axis within which a place is with 95 %: the root of chi-square of two."""
NAMES = {CLEAN: "clean", BESIDE: "beside stacks", FLOAT: "float", WRONG: "wrong", LOST: "dropout"}


@dataclass(frozen=True, slots=True)
class Found:
    """What became of every epoch of a run, (steps, vehicles) each.

    Attributes
    ----------
    error_m, raw_m : float
        Of the track and of the fix; NaN where there was no fix.
    sigma_m : float
        What the track says of itself, an axis.
    fate : int8
        What the fix was like, see ``yard_noise``.
    gated : bool
        The fix was refused.
    """

    error_m: NDArray[np.float64]
    raw_m: NDArray[np.float64]
    sigma_m: NDArray[np.float64]
    fate: NDArray[np.int8]
    gated: NDArray[np.bool_]

    def p(self, percent: float, *fates: int) -> float:
        """Give a percentile of the track's error [cm]."""
        chosen = np.isin(self.fate, fates or tuple(NAMES))
        return 100.0 * float(np.percentile(self.error_m[chosen], percent))

    def refused(self, *fates: int) -> float:
        """Give the share of fixes of some fates that were refused."""
        return float(self.gated[np.isin(self.fate, fates)].mean())

    @property
    def coverage(self) -> float:
        """Give how often the 95 % ring holds the truth."""
        return float((self.error_m < RING * self.sigma_m).mean())

    @property
    def normalised(self) -> float:
        """Give the mean squared error in sigmas, an axis: 1 where tracks know themselves."""
        return float((self.error_m**2 / (2.0 * self.sigma_m**2)).mean())


def measured(n: int, seconds: float, seed: int, *, tells: bool = True) -> Found:
    """Track ``n`` vehicles and hold them against the truth."""
    vehicles = Vehicles(n, seed, tells=tells)
    w = Working.of(no_beliefs(n), vehicles.kind)
    rail = np.full(n, np.nan)
    columns: list[tuple[NDArray[np.generic], ...]] = []
    for step in range(round(seconds / STEP_S)):
        now = vehicles.next()
        outcome = taking.taken(w, now.said, rail)
        if step * STEP_S < SETTLED_S:
            continue
        c, s = np.cos(now.pose[2]), np.sin(now.pose[2])
        ahead, aside = vehicles.lever
        raw = np.hypot(
            now.said.x_m - now.pose[0] - c * ahead + s * aside,
            now.said.y_m - now.pose[1] - s * ahead - c * aside,
        )
        error = np.hypot(w.mean[0] - now.pose[0], w.mean[1] - now.pose[1])
        sigma = np.sqrt((w.covariance[0, 0] + w.covariance[1, 1]) / 2.0)
        columns.append((error, raw, sigma, now.fate, outcome == taking.GATED))
    return Found(*(np.array(column) for column in zip(*columns, strict=True)))


def smoothed_errors(n: int, seconds: float, seed: int) -> NDArray[np.float64]:
    """Give how far smoothed places are from the truth, after the first seconds [m]."""
    vehicles = Vehicles(n, seed)
    run = [vehicles.next() for _ in range(round(seconds / STEP_S))]
    found = smoothed(vehicles.kind, stacked([now.said for now in run]))
    step = (found.t_ns - run[0].t_ns + 50_000_000) // 100_000_000
    x_m, y_m, _ = np.array([now.pose for now in run])[step, :, found.row].T
    return np.hypot(found.x_m - x_m, found.y_m - y_m)[step * STEP_S >= SETTLED_S]


def lines() -> Iterator[str]:
    """Give the figures as lines of text."""
    for tells in (True, False):
        found = measured(200, 600.0, 1, tells=tells)
        yield f"receivers tell how good they are: {'yes' if tells else 'no, 2 cm all the time'}"
        yield f"  {'cm':16} {'p50':>7} {'p95':>7} {'p99':>7} {'raw p95':>8} {'refused':>9} {'share':>7}"
        for name, fates in (("all", tuple(NAMES)), *((name, (fate,)) for fate, name in NAMES.items())):
            chosen = np.isin(found.fate, fates)
            raw = found.raw_m[chosen]
            raw = raw[np.isfinite(raw)]
            worst = f"{100 * np.percentile(raw, 95):8.1f}" if len(raw) else "       -"
            p50, p95, p99 = (found.p(percent, *fates) for percent in (50, 95, 99))
            refused = 100 * found.refused(*fates)
            share = 100 * chosen.mean()
            yield f"  {name:16} {p50:7.2f} {p95:7.2f} {p99:7.2f} {worst} {refused:8.3f}% {share:6.1f}%"
        good = 100 * found.refused(CLEAN, BESIDE)
        yield f"  good fixes refused {good:.4f} %, wrong ones {100 * found.refused(WRONG):.2f} %"
        yield f"  a 95 % ring holds the truth {100 * found.coverage:.1f} % of the time"
        yield f"  mean squared error in sigmas {found.normalised:.2f} an axis"
    error = 100 * smoothed_errors(200, 600.0, 1)
    p50, p95, p99 = np.percentile(error, (50, 95, 99))
    yield f"smoothed afterwards: p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f} cm, all fates"
    yield from real_logs.lines()
