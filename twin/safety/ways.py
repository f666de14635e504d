"""Which way lanes run, on maps: where none runs the other way no machine needs a look at its lane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.safety.lane_cells import CELL_M, LaneCells, cell_of, walked
from twin.tables import Flags, Floats
from twin.yard.model import LaneKind
from twin.yard.roads import LANE_KINDS, Roads

LANE_EDGE_M = 0.5
"""So near to the edge of its lane one may be in the next [m]."""
_SECTORS = 8
ROADS = [LANE_KINDS.index(kind) for kind in (LaneKind.ROAD, LaneKind.CONNECTOR)]
"""Kinds of lanes that are roads, or lead over junctions of these."""
_FINE_M = 1.0
"""Edge of a cell in which it is known which way lanes run [m]: a lane beside another has cells of its own."""
_FINE_STEP_M = 0.5
_MOST_CELLS = 1 << 22
"""A yard so wide that there would be more of them has wider ones."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Directions of the lanes, and where roads are.

    Attributes
    ----------
    sectors : (rows, columns) uint8
        A bit for each eighth of the circle, and for its neighbours, in which a lane runs that a point of the
        cell may be well inside of; 0 off all lanes.
    cell_m : float
        Edge of these cells.
    road : (rows, columns) bool
        Whether a road or a junction is in or beside a cell, of the coarse ones of ``lane_cells.CELL_M``.
    low_m, road_low_m : (2,) float
        Corners of the first cells in the yard frame.
    """

    sectors: NDArray[np.uint8]
    cell_m: float
    road: Flags
    low_m: Floats
    road_low_m: Floats

    def against(self, x_m: Floats, y_m: Floats, heading_rad: Floats) -> Flags:
        """Tell which points may be well inside a lane that runs in about the opposite direction, (n,) bool.

        They are to be looked at: it may be another lane that they are in.
        """
        return self._run(x_m, y_m, _sector(heading_rad) + _SECTORS // 2)

    def along(self, x_m: Floats, y_m: Floats, heading_rad: Floats) -> Flags:
        """Tell which points may be in a lane that runs in about this direction, (n,) bool."""
        return self._run(x_m, y_m, _sector(heading_rad))

    def _run(self, x_m: Floats, y_m: Floats, sector: NDArray[np.int64]) -> Flags:
        cell = cell_of(self.low_m, self.cell_m, self.sectors.shape, x_m, y_m)
        bit = (1 << (sector & (_SECTORS - 1))).astype(np.uint8)
        found: Flags = self.sectors[cell] & bit != 0
        return found

    def on_road(self, x_m: Floats, y_m: Floats) -> Flags:
        """Tell which points are in a cell with a road or a junction in or beside it, (n,) bool."""
        found: Flags = self.road[cell_of(self.road_low_m, CELL_M, self.road.shape, x_m, y_m)]
        return found


def _sector(heading_rad: Floats) -> NDArray[np.int64]:
    turned = np.rint(heading_rad / (2.0 * np.pi) * _SECTORS)
    turned[~np.isfinite(turned)] = 0.0
    return turned.astype(np.int64) & (_SECTORS - 1)


def ways(lanes: Roads) -> Ways:
    """Draw the maps: every lane is walked in small steps that mark the cells near them."""
    if not len(lanes):
        return Ways(np.zeros((1, 1), np.uint8), _FINE_M, np.zeros((1, 1), np.bool_), np.zeros(2), np.zeros(2))
    wide_m = np.ptp(lanes.point_yard_m, axis=0) + 4.0 * CELL_M
    cell_m = max(_FINE_M, float(np.sqrt(np.prod(wide_m) / _MOST_CELLS)))
    fine, coarse = walked(lanes, cell_m, _FINE_STEP_M), walked(lanes, CELL_M)
    aside_m = max(float(lanes.width_m.max()) / 2.0 - LANE_EDGE_M, 0.0) + _FINE_STEP_M / 2.0
    sectors = _widened(_sectors(fine), int(aside_m / cell_m) + 1)
    road = np.zeros(coarse.shape, np.bool_)
    is_road = np.isin(lanes.kind[coarse.lane], ROADS)
    for row, column in coarse.round_about():
        road[row[is_road], column[is_road]] = True
    return Ways(sectors, cell_m, road, fine.low_m, coarse.low_m)


def _sectors(steps: LaneCells) -> NDArray[np.uint8]:
    """Give in which eighths of the circle lanes run through each cell."""
    sector = _sector(np.arctan2(steps.way_m[:, 1], steps.way_m[:, 0]))
    bits = np.zeros(len(sector), np.int64)
    for beside in (-1, 0, 1):
        bits |= 1 << ((sector + beside) % _SECTORS)
    sectors = np.zeros(steps.shape, np.uint8)
    np.bitwise_or.at(sectors, (steps.cell[:, 1], steps.cell[:, 0]), bits.astype(np.uint8))
    return sectors


def _widened(sectors: NDArray[np.uint8], cells: int) -> NDArray[np.uint8]:
    """Give what is in a cell or within so many of it, along and across."""
    for _ in range(2):
        wider = sectors.copy()
        for shift in range(1, cells + 1):
            wider[shift:] |= sectors[:-shift]
            wider[:-shift] |= sectors[shift:]
        sectors = np.ascontiguousarray(wider.T)
    return sectors
