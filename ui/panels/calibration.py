"""Whether what was promised came true: chances in bins with their bands, and crane time."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twin.stacking.suggestion import Outcome

BINS = 10
"""Equal parts of the chances from 0 to 1."""
Z_95 = 1.959963984540054
"""The quantile of the normal distribution that leaves 2.5 % above."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The boxes promised a like chance: how many, their mean chance, how many it happened to.

    ``low`` and ``high`` bound the true chance at 95 % by Wilson's score interval.
    """

    count: int
    promised: float
    happened: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share that it happened to."""
        return self.happened / self.count

    @property
    def off(self) -> bool:
        """Whether the promise lies outside the band: more than chance speaks against it."""
        return not self.low <= self.promised <= self.high


@dataclass(frozen=True, slots=True)
class Calibration:
    """What became of the promises: ``count`` boxes have left or were moved again.

    ``brier`` is the mean squared difference of chance and outcome: 0 is perfect, 0.25 what even chances get.
    All means are NaN where nothing has been settled.
    """

    count: int
    waiting: int
    brier: float
    promised: float
    happened: float
    bins: tuple[Bin, ...]


def wilson(happened: int, count: int, z: float = Z_95) -> tuple[float, float]:
    """Give the bounds of a share's true value.

    Parameters
    ----------
    happened, count : int
        Of ``count``, at least 1, so many.

    Notes
    -----
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    share, square = happened / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def calibration(outcomes: Iterable[Outcome]) -> Calibration:
    """Hold promised chances against what happened; boxes that still stand wait and do not count."""
    listed = list(outcomes)
    pairs = [(o.promised, o.happened) for o in listed if o.happened is not None and math.isfinite(o.promised)]
    waiting = sum(o.happened is None for o in listed)
    if not pairs:
        return Calibration(0, waiting, math.nan, math.nan, math.nan, ())
    n = len(pairs)
    return Calibration(
        n, waiting, sum((p - h) ** 2 for p, h in pairs) / n, sum(p for p, _ in pairs) / n,
        sum(h for _, h in pairs) / n, _bins(pairs),
    )  # fmt: skip


def _bins(pairs: Sequence[tuple[float, float]]) -> tuple[Bin, ...]:
    sorted_in: dict[int, list[tuple[float, float]]] = {}
    for promised, happened in pairs:
        sorted_in.setdefault(min(int(promised * BINS), BINS - 1), []).append((promised, happened))
    found = []
    for _, held in sorted(sorted_in.items()):
        times = sum(happened >= 0.5 for _, happened in held)
        mean = sum(promised for promised, _ in held) / len(held)
        found.append(Bin(len(held), mean, times, *wilson(times, len(held))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Timing:
    """Crane time of one suggestion [s]: as promised, and as its work orders took."""

    suggestion: int
    subject: str
    promised_s: float
    took_s: float


def timings(outcomes: Iterable[Outcome]) -> tuple[Timing, ...]:
    """List the crane times of the suggestions that are done, each once."""
    found: dict[int, Timing] = {}
    for o in outcomes:
        if o.promised_s is not None and o.took_s is not None:
            found.setdefault(o.suggestion, Timing(o.suggestion, o.subject, o.promised_s, o.took_s))
    return tuple(found.values())
