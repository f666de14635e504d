"""Light worked out beforehand: sun and sky on stacks and ground, from the heights of the stacks.

The renderer then draws without lights; a frame costs the same however elaborate this is.
"""

from __future__ import annotations

import math

import numpy as np

from twin.tables import Floats

_AZIMUTH_RAD, _ELEVATION_RAD = math.radians(-58.0), math.radians(46.0)
SUN: Floats = np.array(
    [
        math.cos(_AZIMUTH_RAD) * math.cos(_ELEVATION_RAD),
        math.sin(_AZIMUTH_RAD) * math.cos(_ELEVATION_RAD),
        math.sin(_ELEVATION_RAD),
    ]
)
"""Unit vector towards the sun, in the yard frame: from the south-east, so that most views see lit sides."""

SKY_SHARE, SUN_SHARE = 0.66, 0.62
_DISTANCES_M: Floats = np.array([0.7, 2.6, 5.5, 9.5, 15.0])
_DIRECTIONS: Floats = np.array([(math.cos(a), math.sin(a)) for a in np.arange(8) * math.pi / 4])


def plain_light(normal: Floats) -> Floats:
    """Give the light on open surfaces that look along ``normal`` (..., 3): about 0.4 to 1.05."""
    sky = SKY_SHARE * (0.78 + 0.22 * normal[..., 2])
    return sky + SUN_SHARE * np.maximum(normal @ SUN, 0.0)


class HeightMap:
    """Heights over a block, in its own frame; 0 outside it."""

    def __init__(self, heights_m: Floats, pitch_m: tuple[float, float]) -> None:
        """Take heights (bays, rows) [m] and the pitch along bays and rows [m]."""
        self._padded = np.zeros((heights_m.shape[0] + 1, heights_m.shape[1] + 1), np.float32)
        self._padded[:-1, :-1] = heights_m  # the last row and column: outside
        self._pitch = pitch_m

    def at(self, u_m: Floats, v_m: Floats) -> Floats:
        """Give the height over points of the block's frame, any shape."""
        bays, rows = self._padded.shape[0] - 1, self._padded.shape[1] - 1
        i = np.floor(u_m * (1 / self._pitch[0])).astype(np.int32)
        j = np.floor(v_m * (1 / self._pitch[1])).astype(np.int32)
        outside = (i < 0) | (i >= bays) | (j < 0) | (j >= rows)
        i[outside], j[outside] = bays, rows
        found: Floats = self._padded[i, j]
        return found


def baked(heights: HeightMap, points: Floats, normal: Floats, sun: Floats) -> Floats:
    """Give the light at points of a block's surfaces: sky not hidden by stacks, sun not shadowed.

    Parameters
    ----------
    points : (n, 3)
        In the block's frame [m].
    normal : (n, 3)
        Outward, in the block's frame.
    sun : (3,)
        Towards the sun, in the block's frame.

    Returns
    -------
    (n,)
        0 (black) to about 1.1.

    Notes
    -----
    The sky is sampled along eight horizon directions at five distances; the sun by a march over
    the height map, ended where the ray rises above the highest possible stack.
    """
    start = points + 0.28 * normal
    sky = np.zeros(len(points))
    total = np.zeros(len(points))
    level = normal[:, 2] > 0.5
    for direction in _DIRECTIONS:
        facing = np.where(level, 1.0, normal[:, :2] @ direction)
        weight = np.maximum(facing, 0.0)
        u = start[:, 0, None] + direction[0] * _DISTANCES_M
        v = start[:, 1, None] + direction[1] * _DISTANCES_M
        slope = ((heights.at(u, v) - start[:, 2, None]) / _DISTANCES_M).max(axis=1)
        slope = np.maximum(slope, 0.0)
        sky += weight * (1.0 - slope / np.sqrt(1.0 + slope * slope))
        total += weight
    openness: Floats = sky / np.maximum(total, 1e-6)
    lit = _sunlit(heights, start, sun)
    ambient = SKY_SHARE * (0.78 + 0.22 * normal[:, 2]) * (0.30 + 0.70 * openness)
    return np.asarray(ambient + SUN_SHARE * np.maximum(normal @ sun, 0.0) * lit, float)


def _sunlit(heights: HeightMap, start: Floats, sun: Floats) -> Floats:
    steps = np.array([0.6, 1.6, 3.0, 4.8, 7.0, 10.0, 14.0, 19.0])
    u = start[:, 0, None] + sun[0] * steps
    v = start[:, 1, None] + sun[1] * steps
    clearance = heights.at(u, v) - (start[:, 2, None] + sun[2] * steps)
    # Soft edges: half a metre of obstruction takes the sun away.
    lit: Floats = 1.0 - np.clip(clearance.max(axis=1) / 0.5 + 0.2, 0.0, 1.0)
    return lit


def turned_sun(heading_rad: float) -> Floats:
    """Give the direction to the sun in a frame turned by ``heading_rad``, (3,)."""
    c, s = math.cos(heading_rad), math.sin(heading_rad)
    return np.array([c * SUN[0] + s * SUN[1], -s * SUN[0] + c * SUN[1], SUN[2]])
