"""Where zones, blocks and lanes are: drawn once for each revision of a yard."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from twin.safety.limits import SpeedMap, speed_map
from twin.safety.structures import structures_of
from twin.safety.ways import Ways, ways
from twin.stock.rules import terrain_of
from twin.tables import Flags, Floats
from twin.yard import roads
from twin.yard.lane_grid import grid_of
from twin.yard.model import Yard, ZoneKind
from twin.yard.same import Same
from twin.yard.slots import slots_of

EDGE_M = 0.5
"""A zone is entered this far inside its edge and left this far outside [m]."""
_SLIVER_M = 0.01
"""What rounding leaves along an edge is no narrower than this [m]."""
CELL_M = 4.0
"""Edge of a cell in which it is known how far areas are [m]."""
_MOST_CELLS = 1 << 20
MARGIN_M = 100.0
"""So far round areas it is known [m]."""
CLOSED, BLOCKS = "closed blocks", "blocks"
Of = ZoneKind | str | tuple[str, ...]
"""Which areas: those of a kind, or those of these names."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """How far the cells of a grid are at least from the bounds of areas, along x or y, up to a margin.

    Attributes
    ----------
    low_m : tuple of two float
        The corner of the first cell.
    cell_m : float
        ``CELL_M``, wider where areas lie so far apart that the cells would be too many.
    away_m : (columns, rows) float
        Infinite beyond ``MARGIN_M``; so is the rim of cells all round, which stands for all that is outside.
    """

    low_m: tuple[float, float]
    cell_m: float
    away_m: Floats

    @staticmethod
    def of(bounds: Floats) -> "_Grid":
        """Lay a grid round areas with these bounds: (n, 4), lower x and y, upper x and y."""
        low, high = bounds[:, :2].min(axis=0) - MARGIN_M, bounds[:, 2:].max(axis=0) + MARGIN_M
        cell_m = max(
            CELL_M, float(np.sqrt(np.prod(high - low) / _MOST_CELLS)), float((high - low).max()) / _MOST_CELLS
        )
        columns, rows = np.ceil((high - low) / cell_m).astype(int) + 1
        away_m = np.full((columns, rows), np.inf)
        for part in bounds:
            first = np.maximum(np.floor((part[:2] - MARGIN_M - low) / cell_m).astype(int), 0)
            last = np.ceil((part[2:] + MARGIN_M - low) / cell_m).astype(int)
            sides = []
            for axis, most in enumerate((columns - 1, rows - 1)):
                at = low[axis] + cell_m * np.arange(first[axis], min(last[axis], most))
                sides.append(np.maximum(np.maximum(part[axis] - at - cell_m, at - part[2 + axis]), 0.0))
            here = away_m[first[0] : first[0] + len(sides[0]), first[1] : first[1] + len(sides[1])]
            np.minimum(here, np.maximum(sides[0][:, None], sides[1]), out=here)
        away_m = np.pad(np.where(away_m <= MARGIN_M, away_m, np.inf), 1, constant_values=np.inf)
        return _Grid((float(low[0] - cell_m), float(low[1] - cell_m)), cell_m, away_m)

    def at(self, x_m: Floats, y_m: Floats) -> Floats:
        """Give how far points are at least from the areas, (n,) [m]; what is nowhere is far."""
        places = []
        for side, low_m, size in zip((x_m, y_m), self.low_m, self.away_m.shape, strict=True):
            place = side - low_m
            place *= 1.0 / self.cell_m
            # What is no number is on the rim.
            np.fmin(np.fmax(place, 0.0, out=place), size - 1.0, out=place)
            places.append(place.astype(np.intp))
        found: Floats = self.away_m[places[0], places[1]]
        return found


@lru_cache(maxsize=4)
def _areas(same: Same) -> dict[str, tuple[Any, Any, _Grid]]:
    """Give for each kind of area what is entered and what is left, each one polygon, and how far it is."""
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
        if (area := _area(whole)) is not None:
            areas[str(kind)] = area
    return areas


def _area(whole: Any) -> tuple[Any, Any, _Grid] | None:
    """Give of an area what is entered and what is left, and how far it is; None where there is nothing."""
    pair = _well_in(whole), whole.buffer(EDGE_M)
    for part in pair:
        shapely.prepare(part)
    return None if pair[1].is_empty else (*pair, _Grid.of(shapely.bounds(shapely.get_parts(pair[1]))))


@lru_cache(maxsize=4)
def _closed(same: Same, names: tuple[str, ...]) -> tuple[Any, Any, _Grid] | None:
    """Give the blocks, zones and lanes of these names as one area."""
    areas = _closable(same)
    return _area(shapely.union_all([areas[name] for name in names if name in areas]))


@lru_cache(maxsize=4)
def _closable(same: Same) -> dict[str, Any]:
    """Give the area of each block, zone and lane by its name; of two of one name both."""
    areas = dict(_named(same))
    for lane in same.yard.lanes:
        way = shapely.LineString(lane.centre_line_yard_m).buffer(lane.width_m / 2.0, cap_style="flat")
        areas[lane.name] = shapely.union(areas[lane.name], way) if lane.name in areas else way
    return areas


def closable(yard: Yard) -> dict[str, Any]:
    """Give the areas that may be closed, by name: blocks, zones and lanes."""
    return _closable(Same(yard))


def _of_kind(yard: Yard, kind: "Of") -> tuple[Any, Any, _Grid] | None:
    if isinstance(kind, tuple):
        return _closed(Same(yard), kind)
    return _areas(Same(yard)).get(str(kind))


def _well_in(whole: Any) -> Any:
    """Give what is ``EDGE_M`` inside an area, and of what is too narrow for that its middle."""
    inner = whole.buffer(-EDGE_M)
    narrow = whole.difference(inner.buffer(EDGE_M + _SLIVER_M, join_style="mitre"))
    return shapely.union_all([inner, narrow.buffer(-EDGE_M / 4)])


@lru_cache(maxsize=4)
def _named(same: Same) -> dict[str, Any]:
    """Give the polygon of each zone and block by its name; of two of one name both."""
    rings = [(zone.name, zone.ring_yard_m) for zone in same.yard.zones]
    rings += [(block.name, block.outline()) for block in same.yard.blocks]
    areas: dict[str, Any] = {}
    for name, ring in rings:
        area = shapely.make_valid(shapely.Polygon(ring))
        areas[name] = shapely.union(areas[name], area) if name in areas else area
    return areas


@lru_cache(maxsize=4)
def _roads(same: Same) -> tuple[roads.Roads, SpeedMap]:
    lanes = roads.roads_of(same.yard)
    return lanes, speed_map(lanes)


def lanes_of(yard: Yard) -> tuple[roads.Roads, SpeedMap]:
    """Give the lanes of a yard and the coarse map of their speed limits."""
    return _roads(Same(yard))


@lru_cache(maxsize=4)
def _ways(same: Same) -> Ways:
    return ways(_roads(same)[0])


def ways_of(yard: Yard) -> tuple[roads.Roads, Ways]:
    """Give the lanes of a yard and the coarse map of their directions."""
    return _roads(Same(yard))[0], _ways(Same(yard))


def prepare(yard: Yard) -> None:
    """Draw the maps of a yard ahead: a tick that looks at maps which are not drawn yet takes as long as five.

    What its places are like for the rules of standing is among them.
    """
    ways_of(yard)
    grid_of(lanes_of(yard)[0])
    structures_of(yard)
    _areas(Same(yard))
    _ = terrain_of(yard, slots_of(yard)).inspection_m


def named(yard: Yard, name: str) -> Any:
    """Give the area of a zone or block by its name; None where there is none."""
    return _named(Same(yard)).get(name)


def near(yard: Yard, kind: Of, x_m: Floats, y_m: Floats, within_m: Floats | float) -> Flags:
    """Tell which points may be within so many metres of areas of a kind or of names, (n,) bool.

    Parameters
    ----------
    within_m : (n,) or float
        Up to ``MARGIN_M`` [m].

    Notes
    -----
    All that are within are among them, and some that are a cell or two further away.
    """
    found = _of_kind(yard, kind)
    if found is None:
        return np.zeros(len(x_m), np.bool_)
    is_near: Flags = found[2].at(x_m, y_m) <= within_m
    return is_near


def inside(yard: Yard, kind: Of, x_m: Floats, y_m: Floats) -> tuple[Flags, Flags]:
    """Tell which points are well inside an area of a kind, and which are not yet well outside."""
    nowhere = np.zeros(len(x_m), np.bool_)
    areas, rows = _of_kind(yard, kind), np.flatnonzero(near(yard, kind, x_m, y_m, 0.0))
    if areas is None or not len(rows):
        return nowhere, nowhere
    entered, left = nowhere.copy(), nowhere.copy()
    entered[rows] = shapely.contains_xy(areas[0], x_m[rows], y_m[rows])
    left[rows] = shapely.contains_xy(areas[1], x_m[rows], y_m[rows])
    return entered, left


def crossed(yard: Yard, kind: Of, x_m: Floats, y_m: Floats, reach_m: Floats) -> tuple[Flags, Flags]:
    """Tell which lines are well inside an area of a kind or cross it, and which are not yet well outside.

    Parameters
    ----------
    x_m, y_m : (p, n)
        Points of n lines, from end to end [m]; a line with one that is nowhere is nowhere.
    reach_m : (n,)
        How far points of each are from its second at most, up to ``MARGIN_M`` [m].
    """
    nowhere = np.zeros(x_m.shape[1], np.bool_)
    known = np.isfinite(x_m + y_m).all(axis=0)
    areas, rows = _of_kind(yard, kind), np.flatnonzero(known & near(yard, kind, x_m[1], y_m[1], reach_m))
    if areas is None or not len(rows):
        return nowhere, nowhere
    lines = shapely.linestrings(np.stack((x_m[:, rows], y_m[:, rows]), axis=-1).transpose(1, 0, 2))
    entered, left = nowhere.copy(), nowhere.copy()
    entered[rows] = shapely.intersects(areas[0], lines)
    left[rows] = shapely.intersects(areas[1], lines)
    return entered, left
