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
_HALVINGS = 24
"""From a yard's kilometres down to a tenth of a millimetre."""


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
    directions = list(product(azimuths_rad, elevations_rad))
    tried = [replace(camera, azimuth_rad=azimuth, elevation_rad=rise) for azimuth, rise in directions]
    best, most = camera, -1.0
    for one in _framed(tried, points, aspect, FILL) if len(points) else []:
        seen = one.project(points, (aspect, 1.0))
        if not np.isfinite(seen).all():
            continue
        area = float(shapely.convex_hull(shapely.multipoints(seen[:, :2])).area)
        deeper = float(seen[:, 2].max() / seen[:, 2].min())
        worth = area * min(most_times_deeper / deeper, 1.0)
        if worth > most:
            best, most = one, worth
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
    return _framed([camera], points, aspect, fill)[0]


def _framed(cameras: list[Camera], points: Floats, aspect: float, fill: float) -> list[Camera]:
    """Frame points for several cameras of one view angle at once."""
    basis = np.stack([camera.basis() for camera in cameras])
    slope = math.tan(math.radians(cameras[0].view_angle_deg) / 2) * fill
    x, y, z = np.moveaxis(np.asarray(points, float) @ basis.transpose(0, 2, 1), 2, 0)
    nearest = z.min(axis=1) - _LEAST_DEPTH_M
    back = np.minimum(np.minimum(_farthest(x, z, slope * aspect), _farthest(y, z, slope)), nearest)
    depth = z - back[:, None]
    eyes = np.einsum("mi,mij->mj", np.column_stack((_middle(x, depth), _middle(y, depth), back)), basis)
    return [_looking(camera, eye) for camera, eye in zip(cameras, eyes, strict=True)]


def _farthest(across: Floats, depth: Floats, slope: float) -> Floats:
    """Give how far along each view the eye may stand so that all points (m, n) are inside one dimension."""
    ahead = slope * depth
    farthest: Floats = -((across - ahead).max(axis=1) + (-across - ahead).max(axis=1)) / (2 * slope)
    return farthest


def _middle(across: Floats, depth: Floats) -> Floats:
    """Give where each eye stands across its view so that the points (m, n) reach as far to either side."""
    low, high = across.min(axis=1), across.max(axis=1)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slopes = (across - middle[:, None]) / depth
        right = slopes.max(axis=1) + slopes.min(axis=1) > 0
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    found: Floats = (low + high) / 2
    return found


def _looking(camera: Camera, eye: Floats) -> Camera:
    """Give the camera with its eye there and its focal point at the height where it was."""
    forward = camera.basis()[2]
    distance = (float(eye[2]) - camera.z_m) / max(-float(forward[2]), 1e-6)
    distance = min(max(distance, MIN_DISTANCE_M), MAX_DISTANCE_M)
    x, y, z = eye + distance * forward
    return replace(camera, x_m=float(x), y_m=float(y), z_m=float(z), distance_m=distance)
