"""Surveyed points: national grids on the way in and out, and the calibration of a site.

The yard's own frame is a transverse Mercator on its own meridian (:mod:`twin.frames`); the grids of the
national survey, Gauss-Kruger zones of CGCS2000, are for exchange alone.
"""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer

from twin.errors import YardError
from twin.frames import YardFrame
from twin.tables import Floats

GRIDS = range(4491, 4555)
"""EPSG codes of the Gauss-Kruger zones of CGCS2000: 6 degrees with (4491 to 4501) and without (4502 to
4512) the zone's number in the easting, 3 degrees with (4513 to 4533) and without (4534 to 4554)."""

FEWEST_POINTS = 3
SPREAD_M = 20.0
"""Points must be so far apart, in both directions, to tell a turn from an error [m]."""
MOST_TURN_RAD, MOST_PPM = 0.01, 500.0
MOST_SHIFT_M, MOST_UP_M = 10.0, 100.0
"""A calibration beyond these is a confusion of points, not of a datum: frames of measurement differ by under
a metre, GCJ-02 by hundreds; heights over the ellipsoid and over the sea by less than 100 m."""


def grid_of(lon_deg: float, *, width_deg: int = 3, numbered: bool = False) -> int:
    """Give the EPSG code of the Gauss-Kruger zone that a longitude lies in.

    Parameters
    ----------
    width_deg : int
        3 or 6.
    numbered : bool
        Whether eastings begin with the number of their zone.

    Raises
    ------
    YardError
        Outside 72 to 138 degrees east, or where the width is another.
    """
    if width_deg not in (3, 6) or not 72 <= lon_deg < 138:
        raise YardError(
            f"Gauss-Kruger zone: expected 3 or 6 degrees and 72 to 138 E, found {width_deg}, {lon_deg}"
        )
    if width_deg == 6:
        place = min(max(int(lon_deg // 6) - 12, 0), 10)
        return (4491 if numbered else 4502) + place
    place = min(max(math.floor((lon_deg + 1.5) / 3) - 25, 0), 20)
    return (4513 if numbered else 4534) + place


def grid_from_geodetic(epsg: int, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Give east and north [m] in a Gauss-Kruger zone of CGCS2000 positions; NaN where there is none.

    Raises
    ------
    YardError
        Where ``epsg`` is none of :data:`GRIDS`.
    """
    return _transformed(epsg, lon_deg, lat_deg, "INVERSE")


def meridian_deg(epsg: int) -> float:
    """Give the meridian of a Gauss-Kruger zone [deg east]; see :func:`grid_from_geodetic`."""
    if epsg < 4513:
        return 75.0 + 6.0 * ((epsg - 4491) % 11)
    return 75.0 + 3.0 * ((epsg - 4513) % 21)


def outside_grid(epsg: int, lon_deg: ArrayLike, *, beside: bool = False) -> NDArray[np.bool_]:
    """Tell which longitudes lie outside a Gauss-Kruger zone, whose scale is for those within.

    Parameters
    ----------
    epsg : int
    lon_deg : array_like
        NaN is outside.
    beside : bool
        Whether half a zone on each side is counted in, as surveys near an edge go on in one zone.
    """
    half_deg = (3.0 if epsg < 4513 else 1.5) * (2.0 if beside else 1.0)
    away = (np.asarray(lon_deg, np.float64) - meridian_deg(epsg) + 180.0) % 360.0 - 180.0
    out: NDArray[np.bool_] = ~(np.abs(away) <= half_deg)
    return out


def geodetic_from_grid(epsg: int, east_m: ArrayLike, north_m: ArrayLike) -> tuple[Floats, Floats]:
    """Give longitude and latitude [deg] of points in a Gauss-Kruger zone; see :func:`grid_from_geodetic`."""
    return _transformed(epsg, east_m, north_m, "FORWARD")


def _transformed(epsg: int, first: ArrayLike, second: ArrayLike, way: Any) -> tuple[Floats, Floats]:
    a, b = (np.atleast_1d(np.asarray(values, np.float64)) for values in (first, second))
    x, y = _grid(epsg).transform(a, b, direction=way)
    lost = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(lost, np.nan, x), np.where(lost, np.nan, y)


@lru_cache(maxsize=64)
def _grid(epsg: int) -> Any:
    if epsg not in GRIDS:
        raise YardError(f"grid: expected EPSG {GRIDS[0]} to {GRIDS[-1]} (CGCS2000), found {epsg}")
    crs = CRS.from_epsg(epsg)
    return Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What brings a site's measured positions onto its surveyed points: a shift, a turn and a scale.

    Attributes
    ----------
    lon_0_deg, lat_0_deg : float
        About which it turns: the middle of the surveyed points.
    east_m, north_m, up_m : float
        Shift there.
    turn_rad : float
        Counter-clockwise.
    ppm : float
        By how much lengths grow.
    names : tuple of str
    residuals_m : tuple of (float, float, float)
        East, north and up of each point: surveyed less calibrated.
    least_sigma_m : float
        Positions through it are no surer than this, one sigma an axis [m].
    """

    lon_0_deg: float
    lat_0_deg: float
    east_m: float
    north_m: float
    up_m: float
    turn_rad: float = 0.0
    ppm: float = 0.0
    names: tuple[str, ...] = ()
    residuals_m: tuple[tuple[float, float, float], ...] = ()
    least_sigma_m: float = 0.0

    @property
    def worst_m(self) -> float:
        """The largest horizontal residual [m]; 0 without points."""
        return max((math.hypot(east, north) for east, north, _ in self.residuals_m), default=0.0)

    @property
    def rms_m(self) -> float:
        """Root of the mean square of the horizontal residuals [m]; 0 without points."""
        squares = [east**2 + north**2 for east, north, _ in self.residuals_m]
        return math.sqrt(sum(squares) / len(squares)) if squares else 0.0

    def applied(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, h_m: ArrayLike
    ) -> tuple[Floats, Floats, Floats]:
        """Give calibrated positions, three (n,) [deg, deg, m]; NaN stays NaN."""
        frame = YardFrame(self.lon_0_deg, self.lat_0_deg, 0.0, 0.0)
        local = frame.yard_from_geodetic(lon_deg, lat_deg, 0.0)
        grown = 1 + self.ppm * 1e-6
        c, s = grown * math.cos(self.turn_rad), grown * math.sin(self.turn_rad)
        east = self.east_m + c * local[:, 0] - s * local[:, 1]
        north = self.north_m + s * local[:, 0] + c * local[:, 1]
        lon, lat, _ = frame.geodetic_from_yard(np.column_stack((east, north)))
        return lon, lat, np.atleast_1d(np.asarray(h_m, np.float64)) + self.up_m


def calibrated(names: Sequence[str], measured: ArrayLike, surveyed: ArrayLike) -> Calibration:
    """Give the calibration of a site by least squares (a Helmert transformation in the plane).

    Parameters
    ----------
    names : sequence of str
        One a point.
    measured, surveyed : (n, 3)
        Longitude, latitude [deg] and ellipsoidal height [m]: as the site's receivers give them and as
        the survey does.

    Raises
    ------
    YardError
        With fewer than three points, points on a line or too near to each other, or such that cannot
        be the same.
    """
    found = fitted(names, measured, surveyed)
    turns = abs(found.turn_rad) > MOST_TURN_RAD or abs(found.ppm) > MOST_PPM
    shift_m = math.hypot(found.east_m, found.north_m)
    # Points in another order are no further off than they are from one another; a zone beside turns them too.
    if turns and shift_m < _extent_m(surveyed):
        raise YardError(
            f"calibration: expected a turn to {MOST_TURN_RAD} rad and a scale to {MOST_PPM:.0f} ppm, found "
            f"{found.turn_rad:.4f} rad and {found.ppm:.0f} ppm: are the points in one order?"
        )
    if turns or shift_m > MOST_SHIFT_M or abs(found.up_m) > MOST_UP_M:
        raise YardError(
            f"calibration: expected a shift of up to {MOST_SHIFT_M:.0f} m and {MOST_UP_M:.0f} m in height, "
            f"found {shift_m:.1f} m and {found.up_m:.1f} m: are both as stated, and none from a map service?"
        )
    return found


def fitted(names: Sequence[str], measured: ArrayLike, surveyed: ArrayLike) -> Calibration:
    """Give what :func:`calibrated` gives, also where no two frames of measurement differ by so much.

    Raises
    ------
    YardError
        With fewer than three points, or points on a line or too near to each other.
    """
    there, here = np.asarray(measured, np.float64), np.asarray(surveyed, np.float64)
    if len(there) < FEWEST_POINTS:
        raise YardError(f"calibration: expected {FEWEST_POINTS} or more points, found {len(there)}")
    frame, seen, true = _in_plane(there, here)
    spread_m = float(np.linalg.svd((true - true.mean(axis=0))[:, :2], compute_uv=False)[-1])
    if spread_m < SPREAD_M:
        raise YardError(
            f"calibration: expected points {SPREAD_M:.0f} m off a line, found them {spread_m:.1f} m off one"
        )
    (c, s), centre = _turned(seen[:, :2], true[:, :2])
    ppm, turn = 1e6 * (math.hypot(c, s) - 1), math.atan2(s, c)
    east, north = (float(value) for value in centre)
    up = float((true[:, 2] - seen[:, 2]).mean())
    found = Calibration(frame.lon_0_deg, frame.lat_0_deg, east, north, up, turn, ppm, tuple(names))
    left = true - frame.yard_from_geodetic(*found.applied(*there.T))
    residuals = tuple((float(e), float(n), float(u)) for e, n, u in left)
    return replace(found, residuals_m=residuals)


def apart_m(measured: ArrayLike, surveyed: ArrayLike) -> Floats:
    """Give how far each point is from where it was measured, with nothing fitted: surveyed less measured.

    Parameters
    ----------
    measured, surveyed : (n, 3)
        As in :func:`calibrated`.

    Returns
    -------
    (n, 3)
        East, north and up [m].

    Raises
    ------
    YardError
        Where a point is not on Earth.
    """
    _, seen, true = _in_plane(np.asarray(measured, np.float64), np.asarray(surveyed, np.float64))
    out: Floats = true - seen
    return out


def outlier(measured: ArrayLike, surveyed: ArrayLike) -> tuple[int, float]:
    """Give the point without which the others fit best, and the largest residual that they then have [m].

    Parameters
    ----------
    measured, surveyed : (n, 3)
        As in :func:`calibrated`.

    Returns
    -------
    (int, float)
        -1 and infinity with fewer than four points: of three, two fit in any case.
    """
    there, here = np.asarray(measured, np.float64), np.asarray(surveyed, np.float64)
    best, worst_m = -1, math.inf
    for row in range(len(there) if len(there) > FEWEST_POINTS else 0):
        others = np.arange(len(there)) != row
        with contextlib.suppress(YardError):
            rest_m = calibrated((), there[others], here[others]).worst_m
            best, worst_m = (row, rest_m) if rest_m < worst_m else (best, worst_m)
    return best, worst_m


def _extent_m(points: ArrayLike) -> float:
    """Give the diagonal of what points cover [m]."""
    here = np.asarray(points, np.float64)
    east, north, _ = np.ptp(_in_plane(here, here)[2], axis=0)
    return math.hypot(east, north)


def _in_plane(there: Floats, here: Floats) -> tuple[YardFrame, Floats, Floats]:
    """Give a frame in the middle of surveyed points, and both measured and surveyed in it, (n, 3) [m]."""
    if not (np.isfinite(here).all() and np.isfinite(there).all() and (np.abs(here[:, 1]) <= 90.0).all()):
        raise YardError("calibration: expected points on Earth, found another")
    middle = here.mean(axis=0)
    frame = YardFrame(float(middle[0]), float(middle[1]), 0.0, 0.0)
    seen, true = frame.yard_from_geodetic(*there.T), frame.yard_from_geodetic(*here.T)
    if not np.isfinite(seen).all() or not np.isfinite(true).all():
        raise YardError("calibration: expected points on Earth, found another")
    return frame, seen, true


def _turned(seen: Floats, true: Floats) -> tuple[tuple[float, float], Floats]:
    """Give the turn and scale (as cosine and sine) and the shift at the origin, by least squares."""
    from_m, to_m = seen - seen.mean(axis=0), true - true.mean(axis=0)
    size = float((from_m**2).sum())
    c = float((from_m * to_m).sum()) / size
    s = float((from_m[:, 0] * to_m[:, 1] - from_m[:, 1] * to_m[:, 0]).sum()) / size
    shift = true.mean(axis=0) - np.array([[c, -s], [s, c]]) @ seen.mean(axis=0)
    return (c, s), shift
