"""The wind's thresholds."""

from collections.abc import Callable
from math import inf

from twin.safety.levels import Levels
from twin.safety.rules.scene import Found, Scene, about_the_yard, nothing

WIND_BAND_MPS = 1.0
WIND_WARNING = Levels(18.1, 18.8, inf, deadband=WIND_BAND_MPS)
"""No lifts above tier 3 and nobody on foot (65 km/h, Italian terminals)."""
WIND_STOP = Levels(inf, inf, 19.4, deadband=WIND_BAND_MPS)
"""Stop all and secure (70 km/h, Italian terminals)."""


def strongest(levels: Levels) -> Callable[[Scene], Found]:
    """Give what finds the stronger of wind and gust; NaN is no wind."""
    least = min(levels.warning, levels.stop) - levels.deadband

    def find(scene: Scene) -> Found:
        wind = max((float(speed) for speed in scene.weather if speed > 0.0), default=0.0)
        limits = [limit for limit in scene.limits if limit.rule.startswith("wind")]
        if wind < least and not limits:
            return nothing()
        return about_the_yard(wind, True)

    return find
