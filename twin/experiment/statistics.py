"""Means with confidence intervals, and differences paired by seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from twin.experiment.runs import Run

LEVEL = 0.95
"""Confidence of the intervals."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and half the width of its 95 % interval; NaN where too few runs tell."""

    mean: float
    half: float
    n: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of a policy: by itself, and beside the first policy on the same seeds.

    ``change`` is the mean of the differences, ``relative`` that difference over the first policy's mean
    on those seeds, and ``p`` the chance of as large a mean difference were there none (two-sided).
    """

    policy: str
    figure: str
    value: Estimate
    change: Estimate
    relative: Estimate
    p: float


def estimate(values: Sequence[float]) -> Estimate:
    """Give the mean of independent values and its interval after Student; NaN values are left out."""
    clean = np.asarray([value for value in values if math.isfinite(value)], float)
    if not len(clean):
        return Estimate(math.nan, math.nan, 0)
    if len(clean) == 1:
        return Estimate(float(clean[0]), math.nan, 1)
    error = float(clean.std(ddof=1)) / math.sqrt(len(clean))
    return Estimate(
        float(clean.mean()), float(student.ppf(0.5 + LEVEL / 2, len(clean) - 1)) * error, len(clean)
    )


def compare(runs: Sequence[Run], figures: Sequence[str]) -> list[Compared]:
    """Compare every policy with the first one, figure by figure, on the seeds that both have.

    Runs may come in any order; policies keep the order in which they first appear.
    """
    by_policy: dict[str, dict[int, Run]] = {}
    for run in runs:
        by_policy.setdefault(run.policy, {})[run.seed] = run
    first = next(iter(by_policy.values()), {})
    found = []
    for policy, mine in by_policy.items():
        both = sorted(first.keys() & mine.keys())
        for figure in figures:
            value = estimate([mine[seed].figures[figure] for seed in sorted(mine)])
            differences = [mine[seed].figures[figure] - first[seed].figures[figure] for seed in both]
            base = estimate([first[seed].figures[figure] for seed in both]).mean
            change = estimate(differences)
            scale = 1.0 / abs(base) if base else math.nan
            relative = Estimate(change.mean * scale, change.half * scale, change.n)
            found.append(Compared(policy, figure, value, change, relative, _p(differences)))
    return found


def _p(differences: Sequence[float]) -> float:
    clean = np.asarray([value for value in differences if math.isfinite(value)], float)
    if len(clean) < 2 or not clean.std(ddof=1) > 0.0:
        return math.nan
    ratio = abs(float(clean.mean())) / (float(clean.std(ddof=1)) / math.sqrt(len(clean)))
    return float(2.0 * student.sf(ratio, len(clean) - 1))
