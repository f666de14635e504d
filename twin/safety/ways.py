"""Which way lanes run, on a coarse map: where none runs the other way no machine needs a look at its lane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.safety.lane_cells import CELL_M, cell_of, walked
from twin.tables import Flags, Floats
from twin.yard.model import LaneKind
from twin.yard.roads import LANE_KINDS, Roads

_SECTORS = 8


@dataclass(frozen=True, slots=True)
class Ways:
    """Directions of the lanes in and round each cell.

    Attributes
    ----------
    sectors : (rows, columns) uint8
        A bit for each eighth of the circle that a lane runs in, and for its neighbours; 0 off all lanes.
    road : (rows, columns) bool
        Whether a road is near.
    low_m : (2,) float
        Corner of the first cell in the yard frame.
    """

    sectors: NDArray[np.uint8]
    road: Flags
    low_m: Floats

    def _cell(self, x_m: Floats, y_m: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return cell_of(self.low_m, CELL_M, self.sectors.shape, x_m, y_m)

    def against(self, x_m: Floats, y_m: Floats, heading_rad: Floats) -> Flags:
        """Tell at which points a lane runs in or round their cell in about the opposite direction, (n,) bool.

        On a road with a lane either way that is so of all who drive there: which of both they are in is to be
        looked at.
        """
        opposite = (_sector(heading_rad) + _SECTORS // 2) & (_SECTORS - 1)
        found: Flags = self.sectors[self._cell(x_m, y_m)] & (1 << opposite).astype(np.uint8) != 0
        return found

    def on_road(self, x_m: Floats, y_m: Floats) -> Flags:
        """Tell which points are in a cell with a road in or beside it, (n,) bool."""
        found: Flags = self.road[self._cell(x_m, y_m)]
        return found


def _sector(heading_rad: Floats) -> NDArray[np.int64]:
    turned = np.rint(heading_rad / (2.0 * np.pi) * _SECTORS)
    turned[~np.isfinite(turned)] = 0.0
    return turned.astype(np.int64) & (_SECTORS - 1)


def ways(lanes: Roads) -> Ways:
    """Draw the map: every lane is walked in small steps, and each step marks its cell and those round it."""
    if not len(lanes):
        return Ways(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.bool_), np.zeros(2))
    steps = walked(lanes, CELL_M)
    sectors, road = np.zeros(steps.shape, np.uint8), np.zeros(steps.shape, np.bool_)
    sector = _sector(np.arctan2(steps.way_m[:, 1], steps.way_m[:, 0]))
    bits = np.zeros(len(sector), np.int64)
    for beside in (-1, 0, 1):
        bits |= 1 << ((sector + beside) % _SECTORS)
    is_road = lanes.kind[steps.lane] == LANE_KINDS.index(LaneKind.ROAD)
    for row, column in steps.round_about():
        np.bitwise_or.at(sectors, (row, column), bits.astype(np.uint8))
        road[row[is_road], column[is_road]] = True
    return Ways(sectors, road, steps.low_m)
