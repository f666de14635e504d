"""Where the eye is: an orbit around a point of the yard, as plain values without VTK or Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from twin.tables import Floats

MIN_ELEVATION_RAD = math.radians(2.0)
MAX_ELEVATION_RAD = math.radians(89.9)
MIN_DISTANCE_M = 6.0
MAX_DISTANCE_M = 8000.0
FLIGHT_S = 0.6


@dataclass(frozen=True, slots=True)
class Camera:
    """An eye on a sphere around a focal point, z always up.

    ``azimuth_rad`` is the direction from the focal point to the eye, counter-clockwise from the
    yard's x; ``elevation_rad`` its height above the horizon; ``view_angle_deg`` is vertical.
    """

    x_m: float = 0.0
    y_m: float = 0.0
    z_m: float = 0.0
    azimuth_rad: float = -2.2
    elevation_rad: float = 0.5
    distance_m: float = 400.0
    view_angle_deg: float = 30.0

    def eye(self) -> Floats:
        """Give the eye's position in the yard frame, (3,) [m]."""
        eye: Floats = self.focus() - self.distance_m * self.basis()[2]
        return eye

    def focus(self) -> Floats:
        """Give the focal point in the yard frame, (3,) [m]."""
        return np.array([self.x_m, self.y_m, self.z_m])

    def basis(self) -> Floats:
        """Give the unit vectors right, up and forward as the rows of a (3, 3) array."""
        ca, sa = math.cos(self.azimuth_rad), math.sin(self.azimuth_rad)
        ce, se = math.cos(self.elevation_rad), math.sin(self.elevation_rad)
        return np.array([[-sa, ca, 0.0], [-se * ca, -se * sa, ce], [-ce * ca, -ce * sa, -se]])

    def focal_px(self, height_px: float) -> float:
        """Give how many pixels one unit of slope takes in a picture that high."""
        return height_px / 2 / math.tan(math.radians(self.view_angle_deg) / 2)

    def project(self, points: Floats, size: tuple[float, float]) -> Floats:
        """Give where points appear in a picture.

        Parameters
        ----------
        points : (n, 3)
            In the yard frame [m].
        size : (width, height)
            Of the picture [px].

        Returns
        -------
        (n, 3)
            Pixels from the left and from the top, and the distance along the view [m]; a point
            behind the eye has a distance of 0 or less and NaN pixels.
        """
        local = (np.asarray(points, float).reshape(-1, 3) - self.eye()) @ self.basis().T
        depth = local[:, 2]
        scale = self.focal_px(size[1]) / np.where(depth > 0.05, depth, np.nan)
        return np.column_stack((size[0] / 2 + local[:, 0] * scale, size[1] / 2 - local[:, 1] * scale, depth))

    def ray(self, px: float, py: float, size: tuple[float, float]) -> tuple[Floats, Floats]:
        """Give the eye and the unit direction in which a pixel looks, both (3,) in the yard frame."""
        f = self.focal_px(size[1])
        slopes = np.array([(px - size[0] / 2) / f, (size[1] / 2 - py) / f, 1.0])
        direction = slopes @ self.basis()
        return self.eye(), direction / np.linalg.norm(direction)

    def ground_point(
        self, px: float, py: float, size: tuple[float, float], z_m: float = 0.0
    ) -> tuple[float, float] | None:
        """Give where a pixel's ray meets a level plane, None where it does not (sky)."""
        eye, direction = self.ray(px, py, size)
        if direction[2] > -1e-6:
            return None
        t = (z_m - eye[2]) / direction[2]
        if not 0 < t < 4 * MAX_DISTANCE_M:
            return None
        return float(eye[0] + t * direction[0]), float(eye[1] + t * direction[1])

    def orbited(self, turn_rad: float, rise_rad: float) -> Camera:
        """Give the camera turned about the vertical through its focal point, and raised."""
        elevation = min(max(self.elevation_rad + rise_rad, MIN_ELEVATION_RAD), MAX_ELEVATION_RAD)
        return replace(self, azimuth_rad=self.azimuth_rad + turn_rad, elevation_rad=elevation)

    def moved(self, dx_m: float, dy_m: float) -> Camera:
        """Give the camera moved over the ground [m, yard frame]."""
        return replace(self, x_m=self.x_m + dx_m, y_m=self.y_m + dy_m)

    def panned(self, right_px: float, down_px: float, size: tuple[float, float]) -> Camera:
        """Give the camera with the ground under it dragged by that many pixels."""
        right, up, _ = self.basis()
        metres_a_pixel = self.distance_m / self.focal_px(size[1])
        ahead = up[:2] / max(float(np.hypot(*up[:2])), 1e-6)
        stretch = min(1 / max(math.sin(self.elevation_rad), 0.2), 5.0)
        step = -right[:2] * right_px + ahead * down_px * stretch
        return self.moved(*(float(v) * metres_a_pixel for v in step))

    def zoomed(self, factor: float, towards: tuple[float, float] | None = None) -> Camera:
        """Give the camera at ``factor`` of its distance, moving towards a point on the ground."""
        distance = min(max(self.distance_m * factor, MIN_DISTANCE_M), MAX_DISTANCE_M)
        real = distance / self.distance_m
        nearer = replace(self, distance_m=distance)
        if towards is None:
            return nearer
        return nearer.moved((towards[0] - self.x_m) * (1 - real), (towards[1] - self.y_m) * (1 - real))

    def as_dict(self) -> dict[str, float]:
        """Give plain values, ready for JSON."""
        return asdict(self)


def camera_of(values: Mapping[str, float], fallback: Camera) -> Camera:
    """Make a camera of plain values; what is missing or not finite is taken from ``fallback``."""
    known: dict[str, float] = {}
    for name in fallback.as_dict():
        value = values.get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            known[name] = float(value)
    taken = replace(fallback, **known)
    return replace(
        taken,
        distance_m=min(max(taken.distance_m, MIN_DISTANCE_M), MAX_DISTANCE_M),
        elevation_rad=min(max(taken.elevation_rad, MIN_ELEVATION_RAD), MAX_ELEVATION_RAD),
        view_angle_deg=min(max(taken.view_angle_deg, 5.0), 90.0),
    )


@dataclass(frozen=True, slots=True)
class Flight:
    """A way from one camera to another, eased at both ends."""

    start: Camera
    goal: Camera
    began_s: float
    lasts_s: float = FLIGHT_S

    def at(self, now_s: float) -> tuple[Camera, bool]:
        """Give the camera at an instant, and whether the flight is over."""
        t = min(max((now_s - self.began_s) / self.lasts_s, 0.0), 1.0)
        if t >= 1.0:
            return self.goal, True
        return blend(self.start, self.goal, t * t * (3 - 2 * t)), False


def blend(start: Camera, goal: Camera, t: float) -> Camera:
    """Give the camera a share ``t`` (0 to 1) of the way; it turns the shorter way round."""
    turn = math.remainder(goal.azimuth_rad - start.azimuth_rad, math.tau)
    a, b = start.as_dict(), goal.as_dict()
    mixed = {name: a[name] + (b[name] - a[name]) * t for name in a}
    mixed["azimuth_rad"] = start.azimuth_rad + turn * t
    mixed["distance_m"] = math.exp(math.log(start.distance_m) * (1 - t) + math.log(goal.distance_m) * t)
    return Camera(**mixed)
