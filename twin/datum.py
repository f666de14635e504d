"""From the frame and epoch that a receiver's positions are in to CGCS2000, which stands still with its plate.

Notes
-----
CGCS2000 is ITRF97 at epoch 2000.0; WGS 84 and the ITRF move on. PROJ takes one for the other (a null
transformation), 0.8 m off by now in East China. Here a position goes back with its plate to 2000.0
and then, at that epoch, from its ITRF to ITRF97.

Parameters to ITRF97: IERS / IGN transformation files as PROJ 9.5 has them (EPSG, "ITRF97 to ITRFxxxx
(1)"). Plates: ITRF2014 plate motion model (Altamimi et al. 2017, doi 10.1093/gji/ggx136). That model
has no plate of its own for South China, which goes 5 to 7 mm a year faster than EURA: where a permanent
station is near, its velocity is better than any plate's.
"""

import dataclasses
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pyproj import Transformer

from twin.errors import YardError
from twin.tables import Floats

EPOCH = 2000.0
"""Of CGCS2000 [year]."""

_HELMERTS = {
    "ITRF2020": "x=-0.0065 y=0.0039 z=0.0779 rz=-0.00036 s=-0.00398 dx=-0.0001 dy=0.0006 dz=0.0031 "
    "drz=-2e-05 ds=-0.00012 t_epoch=2015",
    "ITRF2014": "x=-0.0074 y=0.0005 z=0.0628 rz=-0.00026 s=-0.0038 dx=-0.0001 dy=0.0005 dz=0.0033 "
    "drz=-2e-05 ds=-0.00012 t_epoch=2010",
    "ITRF2008": "x=-0.0048 y=-0.0026 z=0.0332 rz=-6e-05 s=-0.00292 dx=-0.0001 dy=0.0005 dz=0.0032 "
    "drz=-2e-05 ds=-9e-05 t_epoch=2000",
}
"""From ITRF97: metres, arc seconds, parts per million, and their rates a year."""

_REALISED = {"WGS 84": "ITRF2020", "BDCS": "ITRF2014"} | {name: name for name in _HELMERTS}
"""WGS 84 (G2296, since January 2024) is ITRF2020; BDCS is aligned with ITRF2014, to centimetres."""

PLATES = {
    "EURA": (-0.085, -0.531, 0.770),
    "AUST": (1.510, 1.182, 1.215),
    "INDI": (1.154, -0.005, 1.454),
    "NOAM": (0.024, -0.694, -0.063),
    "NUBI": (0.099, -0.614, 0.733),
    "PCFC": (-0.409, 1.047, -2.169),
    "SOAM": (-0.270, -0.301, -0.140),
}
"""Turn about the Earth's x, y and z [mas a year]."""

FRAMES: dict[str, bool] = {"CGCS2000": False} | dict.fromkeys(("WGS 84", *_HELMERTS, "BDCS"), True)
"""Frames that a source may be in, and whether its epoch must be told: plates move 2 to 8 cm a year."""

REFUSED_FRAMES = {
    "GCJ-02": "GCJ-02 is an obfuscation of maps, off by up to 700 m and not invertible: no measurement",
    "BD-09": "BD-09 is an obfuscation of maps, off by up to 1.3 km and not invertible: no measurement",
}

LEAST_MM_A, MOST_MM_A = 1.0, 200.0
"""No plate moves faster, and what moves less was told in metres a year [mm a year]."""

_A_M, _E2 = 6_378_137.0, 0.006_694_380_022_90


@dataclass(frozen=True, slots=True)
class Reference:
    """What a receiver's positions are in.

    Attributes
    ----------
    frame : str
        One of :data:`FRAMES`.
    epoch : float or None
        Year that its coordinates hold for, as 2026.9: that of the base station's, or of the day where
        positions come from orbits (PPP).
    plate : str
        One of :data:`PLATES`; not looked at where there is a velocity.
    velocity_mm_a : (float, float, float) or None
        East, north and up, of a permanent station nearby in that frame.

    Raises
    ------
    YardError
        Where a frame, a plate or an epoch cannot be.
    """

    frame: str = "CGCS2000"
    epoch: float | None = None
    plate: str = "EURA"
    velocity_mm_a: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.frame in REFUSED_FRAMES:
            raise YardError(
                f"frame: expected {', '.join(FRAMES)}, found {self.frame!r}: {REFUSED_FRAMES[self.frame]}"
            )
        if self.frame not in FRAMES:
            raise YardError(f"frame: expected {', '.join(FRAMES)}, found {self.frame!r}")
        if FRAMES[self.frame] and not 1980 <= (self.epoch or 0.0) <= 2100:
            raise YardError(
                f"epoch: expected a year such as 2026.9, as {self.frame} moves with it, found {self.epoch}"
            )
        if self.plate not in PLATES:
            raise YardError(f"plate: expected {', '.join(PLATES)}, found {self.plate!r}")
        if self.velocity_mm_a is not None and not all(abs(v) <= MOST_MM_A for v in self.velocity_mm_a):
            raise YardError(
                f"velocity_mm_a: expected at most {MOST_MM_A:.0f} mm a year, found {self.velocity_mm_a}"
            )

    @property
    def moves(self) -> bool:
        """Whether positions differ from CGCS2000."""
        return FRAMES[self.frame]


def to_cgcs2000(
    reference: Reference, lon_deg: ArrayLike, lat_deg: ArrayLike, h_m: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Give positions in CGCS2000 (ITRF97 at 2000.0).

    Parameters
    ----------
    reference : Reference
        What they are in.
    lon_deg, lat_deg, h_m : (n,)
        Geodetic [deg, deg, m]; a NaN height is taken as 0 and stays NaN.

    Returns
    -------
    three (n,) float
        The same values where the reference is CGCS2000. NaN positions stay NaN.
    """
    return _through(reference, lon_deg, lat_deg, h_m, back=False)


def from_cgcs2000(
    reference: Reference, lon_deg: ArrayLike, lat_deg: ArrayLike, h_m: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Give positions of CGCS2000 as a receiver in ``reference`` would; see :func:`to_cgcs2000`."""
    return _through(reference, lon_deg, lat_deg, h_m, back=True)


def _through(
    reference: Reference, lon_deg: ArrayLike, lat_deg: ArrayLike, h_m: ArrayLike, *, back: bool
) -> tuple[Floats, Floats, Floats]:
    lon, lat, height = (np.atleast_1d(np.asarray(v, np.float64)) for v in (lon_deg, lat_deg, h_m))
    if not reference.moves or not len(lon):
        return lon, lat, height
    years = float(reference.epoch or EPOCH) - EPOCH
    flat = np.where(np.isfinite(height), height, 0.0)
    x, y, z = lon, lat, flat
    if reference.velocity_mm_a is None:
        x, y, z = _pipeline(reference.frame, reference.plate, years)(x, y, z, back)
    elif back:
        x, y, z = _shifted(*_pipeline(reference.frame, "", years)(x, y, z, True), reference, years)
    else:
        x, y, z = _pipeline(reference.frame, "", years)(*_shifted(x, y, z, reference, -years), False)
    lost = ~(np.isfinite(x) & np.isfinite(y) & np.isfinite(z))
    x, y = np.where(lost, np.nan, x), np.where(lost, np.nan, y)
    return x, y, np.where(lost | ~np.isfinite(height), np.nan, z)


def _shifted(
    lon_deg: Floats, lat_deg: Floats, h_m: Floats, reference: Reference, years: float
) -> tuple[Floats, Floats, Floats]:
    """Move positions on by a velocity, along the ellipsoid."""
    east, north, up = (v * years / 1000 for v in reference.velocity_mm_a or (0.0, 0.0, 0.0))
    lat = np.radians(lat_deg)
    bend = 1 - _E2 * np.sin(lat) ** 2
    lon = lon_deg + np.degrees(east / (np.cos(lat) * _A_M / np.sqrt(bend)))
    return lon, lat_deg + np.degrees(north * bend**1.5 / (_A_M * (1 - _E2))), h_m + up


class _Pipeline:
    """One transformation of PROJ, and its inverse."""

    def __init__(self, text: str) -> None:
        self._forth: Any = Transformer.from_pipeline(text)

    def __call__(self, lon: Floats, lat: Floats, h: Floats, back: bool) -> tuple[Floats, Floats, Floats]:
        way: Any = "INVERSE" if back else "FORWARD"
        x, y, z = self._forth.transform(lon, lat, h, direction=way)
        return x, y, z


@lru_cache(maxsize=32)
def _pipeline(frame: str, plate: str, years: float) -> _Pipeline:
    turn = [
        f"{name}={-mas * years / 1000!r}" for name, mas in zip(("rx", "ry", "rz"), _turn(plate), strict=True)
    ]
    helmert = _at(_HELMERTS[_REALISED[frame]], EPOCH)
    return _Pipeline(
        "proj=pipeline step proj=unitconvert xy_in=deg xy_out=rad step proj=cart ellps=GRS80 "
        f"step proj=helmert {' '.join(turn)} convention=position_vector "
        f"step inv proj=helmert {helmert} convention=position_vector "
        "step inv proj=cart ellps=GRS80 step proj=unitconvert xy_in=rad xy_out=deg"
    )


def _turn(plate: str) -> tuple[float, float, float]:
    return PLATES[plate] if plate else (0.0, 0.0, 0.0)


def _at(helmert: str, epoch: float) -> str:
    """Give the seven parameters that hold at an epoch."""
    found = {key: float(value) for key, _, value in (word.partition("=") for word in helmert.split())}
    years = epoch - found.pop("t_epoch")
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    return " ".join(f"{key}={found.get(key, 0.0) + years * found.get(f'd{key}', 0.0)!r}" for key in names)


def moved_m(reference: Reference, lon_deg: float, lat_deg: float) -> float:
    """Give how far from its CGCS2000 place a receiver in ``reference`` shows a point [m], horizontally."""
    return math.hypot(*_off_m(reference, lon_deg, lat_deg))


def velocity_mm_a(reference: Reference, lon_deg: float, lat_deg: float) -> tuple[float, float]:
    """Give by how much a point moves east and north a year [mm], as ``reference`` has it."""
    (east, north), (east_then, north_then) = (
        _off_m(dataclasses.replace(reference, epoch=year), lon_deg, lat_deg) for year in (EPOCH + 1.0, EPOCH)
    )
    return 1000.0 * (east - east_then), 1000.0 * (north - north_then)


def _off_m(reference: Reference, lon_deg: float, lat_deg: float) -> tuple[float, float]:
    """Give how far east and north of its CGCS2000 place a receiver in ``reference`` shows a point [m]."""
    lon, lat, _ = from_cgcs2000(reference, [lon_deg], [lat_deg], [0.0])
    bend = 1 - _E2 * math.sin(math.radians(lat_deg)) ** 2
    north = math.radians(float(lat[0]) - lat_deg) * _A_M * (1 - _E2) / bend**1.5
    east = math.radians(float(lon[0]) - lon_deg) * math.cos(math.radians(lat_deg)) * _A_M / math.sqrt(bend)
    return east, north
