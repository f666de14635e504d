"""When trucks come: the hours of the day after observed gate-ins, drawn as a Poisson stream."""

from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S

HOURLY_SHARE: tuple[float, ...] = (
    0.15, 0.18, 0.14, 0.14, 0.20, 0.80, 1.15, 1.07, 1.24, 1.46, 1.70, 1.87,
    1.87, 2.02, 1.92, 1.56, 1.64, 1.37, 1.03, 0.83, 0.63, 0.44, 0.28, 0.32,
)  # fmt: skip
"""Rate of gate-ins by the hour of a working day, local time; 1 is the mean of the day.

Notes
-----
Mean of Monday to Wednesday of the hour-of-week table without arrival management in conflowgen
3.0.1 (Kastner, Grasse and Jahn, 2022), divided by its mean.
"""
LEAST_SHARE = 0.3
"""No hour is stiller than this: a terminal that works around the clock has trucks at night too."""
LOCAL_H = 8
"""Local time is UTC + 8, where the generated yards lie."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A Poisson stream of trucks, ``trucks_per_hour`` on the mean of a day."""

    trucks_per_hour: float

    def rate_per_s(self, t_ns: int) -> float:
        """Give how many trucks come in a second around that instant."""
        hour = (t_ns // (3600 * NS_PER_S) + LOCAL_H) % 24
        return self.trucks_per_hour * max(LEAST_SHARE, HOURLY_SHARE[hour]) / 3600.0

    def draw(self, rng: np.random.Generator, t_ns: int, dt_s: float) -> int:
        """Draw how many trucks come within ``dt_s``."""
        return int(rng.poisson(self.rate_per_s(t_ns) * dt_s))
