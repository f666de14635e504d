"""Where zones, blocks and lanes are: drawn once for each revision of a yard."""

from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from twin.safety.limits import SpeedMap, speed_map
from twin.safety.ways import Ways, ways
from twin.tables import Flags, Floats
from twin.yard import roads
from twin.yard.model import Yard, ZoneKind

EDGE_M = 0.5
"""A zone is entered this far inside its edge and left this far outside [m]."""
CLOSED, BLOCKS = "closed blocks", "blocks"


class _Same:
    """Wraps a yard so that it is a key by identity: hashing all its lanes would cost more than a tick."""

    __slots__ = ("yard",)

    def __init__(self, yard: Yard) -> None:
        self.yard = yard

    def __hash__(self) -> int:
        return id(self.yard)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.yard is self.yard


@lru_cache(maxsize=4)
def _areas(same: _Same) -> dict[str, tuple[Any, Any, Floats]]:
    """Give for each kind of area what is entered and what is left, each one polygon, and its bounds."""
    yard = same.yard
    rings: dict[str, list[Any]] = {}
    for zone in yard.zones:
        rings.setdefault(zone.kind, []).append(zone.ring_yard_m)
    for block in yard.blocks:
        rings.setdefault(BLOCKS, []).append(block.outline())
        if block.closed:
            rings.setdefault(CLOSED, []).append(block.outline())
    areas = {}
    for kind, several in rings.items():
        whole = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in several])
        pair = whole.buffer(-EDGE_M), whole.buffer(EDGE_M)
        for area in pair:
            shapely.prepare(area)
        parts = shapely.get_parts(pair[1])
        areas[str(kind)] = (*pair, shapely.bounds(parts))
    return areas


@lru_cache(maxsize=4)
def _named(same: _Same) -> dict[str, Any]:
    """Give the polygon of each zone and block by its name; of two of one name both."""
    rings = [(zone.name, zone.ring_yard_m) for zone in same.yard.zones]
    rings += [(block.name, block.outline()) for block in same.yard.blocks]
    areas: dict[str, Any] = {}
    for name, ring in rings:
        area = shapely.make_valid(shapely.Polygon(ring))
        areas[name] = shapely.union(areas[name], area) if name in areas else area
    return areas


@lru_cache(maxsize=4)
def _roads(same: _Same) -> tuple[roads.Roads, SpeedMap]:
    lanes = roads.roads_of(same.yard)
    return lanes, speed_map(lanes)


def lanes_of(yard: Yard) -> tuple[roads.Roads, SpeedMap]:
    """Give the lanes of a yard and the coarse map of their speed limits."""
    return _roads(_Same(yard))


@lru_cache(maxsize=4)
def _ways(same: _Same) -> Ways:
    return ways(_roads(same)[0])


def ways_of(yard: Yard) -> tuple[roads.Roads, Ways]:
    """Give the lanes of a yard and the coarse map of their directions."""
    return _roads(_Same(yard))[0], _ways(_Same(yard))


def named(yard: Yard, name: str) -> Any:
    """Give the area of a zone or block by its name; None where there is none."""
    return _named(_Same(yard)).get(name)


def near(yard: Yard, kind: ZoneKind | str, x_m: Floats, y_m: Floats, within_m: float) -> Flags:
    """Tell which points are within so many metres of the bounds of an area of a kind, (n,) bool."""
    found = _areas(_Same(yard)).get(str(kind))
    if found is None:
        return np.zeros(len(x_m), np.bool_)
    low_x, low_y, high_x, high_y = found[2].T
    with np.errstate(invalid="ignore"):
        meets = (x_m[:, None] > low_x - within_m) & (x_m[:, None] < high_x + within_m)
        meets &= (y_m[:, None] > low_y - within_m) & (y_m[:, None] < high_y + within_m)
    is_near: Flags = meets.any(axis=1)
    return is_near


def inside(yard: Yard, kind: ZoneKind | str, x_m: Floats, y_m: Floats) -> tuple[Flags, Flags]:
    """Tell which points are well inside an area of a kind, and which are not yet well outside."""
    nowhere = np.zeros(len(x_m), np.bool_)
    rows = np.flatnonzero(near(yard, kind, x_m, y_m, 0.0))
    if not len(rows):
        return nowhere, nowhere
    areas = _areas(_Same(yard))[str(kind)]
    entered, left = nowhere.copy(), nowhere.copy()
    entered[rows] = shapely.contains_xy(areas[0], x_m[rows], y_m[rows])
    left[rows] = shapely.contains_xy(areas[1], x_m[rows], y_m[rows])
    return entered, left
