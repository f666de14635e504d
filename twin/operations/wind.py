"""Wind at the yard's mast: a mean that wanders, and gusts that come and go."""

import math
from dataclasses import dataclass

import numpy as np

from twin.inputs import WindReading


@dataclass(slots=True)
class Wind:
    """Speed and direction now; ``mean_mps`` is what the speed wanders about.

    ``risen_mps`` is by how much it blows harder than it would of itself: see :meth:`rise`.
    """

    mean_mps: float = 5.5
    speed_mps: float = 5.5
    gust_mps: float = 1.5
    from_deg: float = 110.0
    risen_mps: float = 0.0

    def advance(self, rng: np.random.Generator, dt_s: float) -> None:
        """Move on: Ornstein-Uhlenbeck in speed (10 min), gust (20 s) and direction (10 min)."""
        draw = rng.standard_normal(3)
        self.speed_mps = _wander(self.speed_mps, self.mean_mps, 1.2, 600.0, dt_s, float(draw[0]))
        self.gust_mps = _wander(self.gust_mps, 1.5, 1.0, 20.0, dt_s, float(draw[1]))
        self.from_deg = _wander(self.from_deg, 110.0, 25.0, 600.0, dt_s, float(draw[2])) % 360.0

    def rise(self, to_mps: float, dt_s: float) -> None:
        """Rise towards a speed, or fall back to what it would be of itself (0), by 1 m/s a second at most."""
        goal = max(to_mps - self.speed_mps, 0.0)
        self.risen_mps += min(max(goal - self.risen_mps, -dt_s), dt_s)

    def reading(self, t_ns: int) -> WindReading:
        """Give what the mast reports."""
        speed = max(0.0, self.speed_mps) + self.risen_mps
        gust = speed + max(0.0, self.gust_mps)
        return WindReading("mast", t_ns, round(speed, 1), round(gust, 1), round(self.from_deg, 0) % 360.0)


def _wander(value: float, mean: float, sigma: float, time_s: float, dt_s: float, draw: float) -> float:
    kept = math.exp(-dt_s / time_s)
    return mean + (value - mean) * kept + sigma * math.sqrt(1.0 - kept * kept) * draw
