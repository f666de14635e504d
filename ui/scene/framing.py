"""How far the eye goes back so that points just fill a picture: the nearest place, in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import numpy as np
import shapely

from twin.tables import Floats
from ui.scene.camera import MAX_DISTANCE_M, MIN_DISTANCE_M, Camera

FILL = 0.92
_LEAST_DEPTH_M = 2.0


def best_framed(
    camera: Camera,
    points: Floats,
    aspect: float,
    azimuths_rad: Iterable[float],
    elevations_rad: Iterable[float],
    most_times_deeper: float,
) -> Camera:
    """Give, of several directions to look in, the one from which points take up most of a picture.

    Parameters
    ----------
    camera, points, aspect
        As in :func:`framed`.
    azimuths_rad, elevations_rad : iterable of float
        Every pair of them is tried.
    most_times_deeper : float
        How many times farther off than the nearest point the farthest may be: beyond it the far end
        is too small to read, and a direction counts for less in proportion.
    """
    best, most = camera, -1.0
    for azimuth, elevation in product(azimuths_rad, elevations_rad):
        tried = framed(replace(camera, azimuth_rad=azimuth, elevation_rad=elevation), points, aspect)
        seen = tried.project(points, (aspect, 1.0))
        if not np.isfinite(seen).all():
            continue
        area = float(shapely.convex_hull(shapely.multipoints(seen[:, :2])).area)
        deeper = float(seen[:, 2].max() / seen[:, 2].min())
        worth = area * min(most_times_deeper / deeper, 1.0)
        if worth > most:
            best, most = tried, worth
    return best


def framed(camera: Camera, points: Floats, aspect: float, fill: float = FILL) -> Camera:
    """Give the camera that looks the same way and sees all points as large as can be.

    Parameters
    ----------
    camera : Camera
        Its azimuth, elevation, view angle and the height of its focal point are kept.
    points : (n, 3)
        In the yard frame [m]; with none the camera stays.
    aspect : float
        Width of the picture by its height.
    fill : float
        Share of the picture, 0 to 1, that the points take up in its tighter dimension.

    Returns
    -------
    Camera
        The points lie in the middle of the picture, both ways.

    Notes
    -----
    In the camera's own axes a point (x, y, z) is inside where ``|x - cx| <= k (z - cz)`` for each side:
    four half spaces a point, of which only the outermost of each side count. Across the picture the
    nearest eye is ``cz = -(A + B) / 2k`` with ``A = max(x - k z)`` and ``B = max(-x - k z)``, and of
    the two dimensions the one that asks for the farther eye is filled.
    """
    if not len(points):
        return camera
    basis = camera.basis()
    local = np.asarray(points, float) @ basis.T
    slope = math.tan(math.radians(camera.view_angle_deg) / 2) * fill
    x, y, z = local.T
    back = min(_farthest(x, z, slope * aspect), _farthest(y, z, slope), float(z.min()) - _LEAST_DEPTH_M)
    eye = np.array([_middle(x, z - back), _middle(y, z - back), back]) @ basis
    return _looking(camera, eye)


def _farthest(across: Floats, depth: Floats, slope: float) -> float:
    """Give how far along the view the eye may stand so that all points are inside one dimension."""
    return -float((across - slope * depth).max() + (-across - slope * depth).max()) / (2 * slope)


def _middle(across: Floats, depth: Floats) -> float:
    """Give where the eye stands across the view so that the points reach as far to either side."""
    low, high = float(across.min()), float(across.max())
    for _ in range(40):
        middle = (low + high) / 2
        slopes = (across - middle) / depth
        if slopes.max() + slopes.min() > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _looking(camera: Camera, eye: Floats) -> Camera:
    """Give the camera with its eye there and its focal point at the height where it was."""
    forward = camera.basis()[2]
    distance = (float(eye[2]) - camera.z_m) / max(-float(forward[2]), 1e-6)
    distance = min(max(distance, MIN_DISTANCE_M), MAX_DISTANCE_M)
    x, y, z = eye + distance * forward
    return replace(camera, x_m=float(x), y_m=float(y), z_m=float(z), distance_m=distance)
