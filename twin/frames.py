"""From the Earth to the yard's own frame and back: a transverse Mercator centred on the yard."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Proj, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError

from twin.errors import YardError
from twin.tables import Floats

WGS84_EPSG = 4326

RETURNS_WITHIN = 0.001
"""An origin lies inside its projection where there and back is so close, in the projection's units."""

_A_M = 6_378_137.0
_INVERSE_FLATTENING = 298.257222
_A_TOLERANCE_M = 0.01
_INVERSE_FLATTENING_TOLERANCE = 1e-3


class GeoreferenceLike(Protocol):
    """What a frame is made from: :class:`twin.yard.model.Georeference`, which lies a layer above."""

    @property
    def epsg(self) -> int:
        """EPSG code of the origin's system."""
        ...

    @property
    def origin(self) -> tuple[float, float]:
        """East, north, or longitude, latitude."""
        ...

    @property
    def h0_m(self) -> float:
        """Ellipsoidal height at which z is 0 [m]."""
        ...

    @property
    def rotation_rad(self) -> float:
        """Turn of the x axis, counter-clockwise from east [rad]."""
        ...


GeoreferenceT = TypeVar("GeoreferenceT", bound=GeoreferenceLike)


@dataclass(frozen=True, slots=True)
class YardFrame:
    """The yard's own frame: metres, x along the yard's east, y its north, z = h - h0.

    A plain value: it pickles and compares; the projection itself is built once a process.

    Attributes
    ----------
    lon_0_deg, lat_0_deg : float
        Geodetic position of the frame's origin, in the datum of the yard's EPSG code.
    h0_m : float
        Ellipsoidal height at which z is 0 [m].
    rotation_rad : float
        The x axis is turned by this, counter-clockwise from east.
    a_m, inverse_flattening : float
        The ellipsoid of the datum.

    Notes
    -----
    With scale 1 on the meridian of the origin, lengths are true to 0.03 mm at 2 km, where a national
    3-degree Gauss-Kruger grid is off by up to 25 cm a km at 1.5 degrees from its meridian. Heights are
    differences of ellipsoidal heights, as a topocentric "up" drops 31 cm at 2 km.
    WGS 84 and CGCS2000 positions are taken as they come (PROJ: a null transformation); the motion of
    the plate since epoch 2000.0 is a matter of the receiver's reference, not of this frame.
    """

    lon_0_deg: float
    lat_0_deg: float
    h0_m: float
    rotation_rad: float
    a_m: float = _A_M
    inverse_flattening: float = _INVERSE_FLATTENING

    @staticmethod
    def of(georeference: GeoreferenceLike) -> "YardFrame":
        """Give the frame of a georeference.

        Raises
        ------
        YardError
            Where the EPSG code is unknown, is no geographic or projected system, has a datum that
            satellite positions are not in, or where the origin lies outside its projection.
        """
        return _frame(georeference.epsg, georeference.origin, georeference.h0_m, georeference.rotation_rad)

    def yard_from_geodetic(self, lon_deg: ArrayLike, lat_deg: ArrayLike, h_m: ArrayLike) -> Floats:
        """Give yard coordinates of geodetic positions.

        Parameters
        ----------
        lon_deg, lat_deg : (n,)
            Longitude and latitude [deg], WGS 84 or CGCS2000.
        h_m : (n,)
            Ellipsoidal height [m]; NaN gives a NaN z.

        Returns
        -------
        (n, 3) float
            x, y, z in the yard frame [m]. NaN, infinite or impossible positions give NaN.
        """
        lon, lat, height = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(v, float)) for v in (lon_deg, lat_deg, h_m))
        )
        with np.errstate(invalid="ignore"):
            possible = (np.abs(lat) <= 90.0) & (np.abs(lon) <= 360.0)
        out = np.full((len(lon), 3), np.nan)
        if possible.any():
            some = slice(None) if possible.all() else possible
            east, north = self._projection()(lon[some], lat[some])
            c, s = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
            x, y = c * east + s * north, -s * east + c * north
            found = np.isfinite(x) & np.isfinite(y)
            out[some, 0], out[some, 1] = np.where(found, x, np.nan), np.where(found, y, np.nan)
            out[:, 2] = np.where(np.isfinite(out[:, 0]) & np.isfinite(height), height - self.h0_m, np.nan)
        return out

    def geodetic_from_yard(self, points_yard_m: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Give longitude [deg], latitude [deg] and ellipsoidal height [m] of yard points.

        Parameters
        ----------
        points_yard_m : (n, 2) or (n, 3)
            Without z, the height is that of the yard's datum. NaN gives NaN.
        """
        points = np.atleast_2d(np.asarray(points_yard_m, float))
        x, y = points[:, 0], points[:, 1]
        height = (points[:, 2] if points.shape[1] > 2 else np.zeros(len(points))) + self.h0_m
        c, s = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
        known = np.isfinite(x) & np.isfinite(y)
        lon, lat = np.full(len(points), np.nan), np.full(len(points), np.nan)
        if known.any():
            east, north = c * x - s * y, s * x + c * y
            lon[known], lat[known] = self._projection()(east[known], north[known], inverse=True)
        lost = ~(np.isfinite(lon) & np.isfinite(lat))
        lon[lost], lat[lost] = np.nan, np.nan
        return lon, lat, np.where(lost, np.nan, height)

    def heading_from_bearing(self, bearing_rad: ArrayLike) -> Floats:
        """Give headings in the yard frame for true bearings.

        Parameters
        ----------
        bearing_rad : (n,)
            Clockwise from true north [rad]; NaN gives NaN.

        Returns
        -------
        (n,) float
            Counter-clockwise from the yard's x axis, in [-pi, pi) [rad].

        Notes
        -----
        North is the meridian of the origin; the meridians' convergence, 0.03 degrees at 5 km and
        latitude 30, is left out.
        """
        return _wrapped(math.pi / 2 - self.rotation_rad - np.asarray(bearing_rad, float))

    def bearing_from_heading(self, heading_rad: ArrayLike) -> Floats:
        """Give true bearings, clockwise from north in [0, 2 pi) [rad], for headings in the yard frame."""
        turned = math.pi / 2 - self.rotation_rad - np.asarray(heading_rad, float)
        bearing: Floats = np.mod(turned, 2 * math.pi)
        return bearing

    def _projection(self) -> Proj:
        return _projection(self.lon_0_deg, self.lat_0_deg, self.a_m, self.inverse_flattening)


def moved(georeference: GeoreferenceT, lat_deg: float, lon_deg: float, h_m: float | None) -> GeoreferenceT:
    """Give the georeference of the same yard at another place, to show a log that was taken there.

    Parameters
    ----------
    georeference : Georeference
        Its rotation is kept, and its ``h0_m`` where ``h_m`` is None.
    lat_deg, lon_deg : float
        Where the yard's origin goes, WGS 84 [deg].
    h_m : float or None
        Ellipsoidal height of the ground there [m].

    Raises
    ------
    YardError
        Where the position is none on Earth.
    """
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 360):
        raise YardError(
            f"georeference.origin: expected a latitude and a longitude, found {lat_deg}, {lon_deg}"
        )
    h0_m = georeference.h0_m if h_m is None else h_m
    place: dict[str, Any] = {"epsg": WGS84_EPSG, "origin": (lon_deg, lat_deg), "h0_m": h0_m}
    return replace(georeference, **place)  # type: ignore[type-var]


@lru_cache(maxsize=64)
def _frame(epsg: int, origin: tuple[float, float], h0_m: float, rotation_rad: float) -> YardFrame:
    crs = _crs(epsg)
    ellipsoid = crs.ellipsoid
    x, y = _geodetic(crs, origin) if crs.is_projected else origin
    if not (math.isfinite(x) and math.isfinite(y) and abs(y) <= 90 and abs(x) <= 360):
        raise YardError(f"georeference.origin: expected a point inside EPSG {epsg}, found {origin}")
    return YardFrame(
        x,
        y,
        h0_m,
        rotation_rad,
        ellipsoid.semi_major_metre,
        ellipsoid.inverse_flattening,
    )


def _geodetic(crs: Any, origin: tuple[float, float]) -> tuple[float, float]:
    """Give longitude and latitude, NaN where the projection does not come back to the origin from there."""
    transformer = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    try:
        lon, lat = transformer.transform(*origin)
        east, north = transformer.transform(lon, lat, direction=TransformDirection.INVERSE)
    except ProjError:
        return math.nan, math.nan
    away = max(abs(east - origin[0]), abs(north - origin[1]))
    return (lon, lat) if away < RETURNS_WITHIN else (math.nan, math.nan)


def _crs(epsg: int) -> Any:
    try:
        crs: Any = CRS.from_epsg(epsg)
    except CRSError as error:
        raise YardError(f"georeference.epsg: expected a known EPSG code, found {epsg}") from error
    if not (crs.is_projected or crs.is_geographic):
        raise YardError(
            f"georeference.epsg: expected a geographic or projected system, found {epsg} ({crs.name})"
        )
    ellipsoid = crs.ellipsoid
    if (
        abs(ellipsoid.semi_major_metre - _A_M) > _A_TOLERANCE_M
        or abs(ellipsoid.inverse_flattening - _INVERSE_FLATTENING) > _INVERSE_FLATTENING_TOLERANCE
    ):
        raise YardError(
            f"georeference.epsg: expected a datum that satellite positions are in, such as WGS 84 or "
            f"CGCS2000, found {epsg} ({crs.name}) on the ellipsoid {ellipsoid.name}"
        )
    return crs


@lru_cache(maxsize=64)
def _projection(lon_0: float, lat_0: float, a_m: float, inverse_flattening: float) -> Proj:
    return Proj(proj="tmerc", lat_0=lat_0, lon_0=lon_0, k=1, x_0=0, y_0=0, a=a_m, rf=inverse_flattening)


def _wrapped(angle_rad: NDArray[np.float64]) -> Floats:
    wrapped: Floats = np.mod(angle_rad + math.pi, 2 * math.pi) - math.pi
    return wrapped
