"""Where the ground, the water and the land beyond lie: polygons worked out once a yard."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from twin.tables import Floats
from twin.yard.model import Quay, Yard

MARGIN_M = 25.0
FAR_M = 6000.0
WATER_M = -2.5


@dataclass(frozen=True, slots=True)
class Site:
    """The ground of one yard.

    ``bounds_m`` is west, south, east, north of the painted ground; the triangles are (n, 3, 2)
    in the yard frame [m].
    """

    bounds_m: tuple[float, float, float, float]
    ground: Floats
    land: Floats
    water: Floats

    @property
    def centre_m(self) -> tuple[float, float]:
        """The middle of the painted ground [m]."""
        west, south, east, north = self.bounds_m
        return (west + east) / 2, (south + north) / 2

    @property
    def radius_m(self) -> float:
        """Half the diagonal of the painted ground [m]."""
        west, south, east, north = self.bounds_m
        return math.hypot(east - west, north - south) / 2


def site_of(yard: Yard) -> Site:
    """Work out ground, land and water of a yard."""
    bounds = bounds_of(yard)
    ground = box(*bounds)
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    everything = box(x - FAR_M, y - FAR_M, x + FAR_M, y + FAR_M)
    water = shapely.union_all([_water_of(quay) for quay in yard.quays]) if yard.quays else Polygon()
    water = water.intersection(everything)
    return Site(
        bounds,
        triangles(ground.difference(water)),
        triangles(everything.difference(water).difference(ground)),
        triangles(water),
    )


def bounds_of(yard: Yard) -> tuple[float, float, float, float]:
    """Give west, south, east and north of all that the yard has on its ground, with a margin [m]."""
    points = [*yard.fence_yard_m]
    for block in yard.blocks:
        points += block.outline()
    for lane in yard.lanes:
        points += lane.centre_line_yard_m
    for quay in yard.quays:
        points += quay.edge_yard_m
    array = np.array(points, float)
    low, high = array.min(axis=0) - MARGIN_M, array.max(axis=0) + MARGIN_M
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _water_of(quay: Quay) -> Polygon:
    """Give the water beside a quay: right of its edge, which goes on straight at both ends."""
    a, b = np.array(quay.edge_yard_m[0]), np.array(quay.edge_yard_m[1])
    length = float(np.hypot(*(b - a)))
    if length < 1e-6:
        return Polygon()
    along = (b - a) / length
    right = np.array([along[1], -along[0]])
    start, end = a - along * 2 * FAR_M, b + along * 2 * FAR_M
    return Polygon([start, end, end + right * 4 * FAR_M, start + right * 4 * FAR_M])


def triangles(shape: Polygon | MultiPolygon) -> Floats:
    """Cut a polygon, holes and parts included, into triangles (n, 3, 2), counter-clockwise."""
    if shape.is_empty:
        return np.empty((0, 3, 2))
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(shape))
    corners = np.array([np.asarray(piece.exterior.coords)[:3] for piece in pieces], float).reshape(-1, 3, 2)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    clockwise = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < 0
    corners[clockwise] = corners[clockwise][:, ::-1]
    return corners
