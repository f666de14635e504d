"""Which way lanes run, on a coarse map, so that few machines need a look at their lane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.safety.collision import expanded
from twin.tables import Flags, Floats
from twin.yard.model import LaneKind
from twin.yard.roads import LANE_KINDS, Roads

_CELL_M, _STEP_M, _SECTORS = 8.0, 2.0, 8


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
        rows, columns = self.sectors.shape
        with np.errstate(invalid="ignore"):
            column = np.clip(np.nan_to_num((x_m - self.low_m[0]) / _CELL_M), 0, columns - 1)
            row = np.clip(np.nan_to_num((y_m - self.low_m[1]) / _CELL_M), 0, rows - 1)
        return row.astype(np.intp), column.astype(np.intp)

    def against(self, x_m: Floats, y_m: Floats, heading_rad: Floats) -> Flags:
        """Tell at which points lanes run, but none in about that direction, (n,) bool."""
        sectors = self.sectors[self._cell(x_m, y_m)]
        found: Flags = (sectors != 0) & (sectors & (1 << _sector(heading_rad)).astype(np.uint8) == 0)
        return found

    def on_road(self, x_m: Floats, y_m: Floats) -> Flags:
        """Tell which points are in a cell with a road in or beside it, (n,) bool."""
        found: Flags = self.road[self._cell(x_m, y_m)]
        return found


def _sector(heading_rad: Floats) -> NDArray[np.int64]:
    turned = np.nan_to_num(heading_rad) / (2.0 * np.pi) * _SECTORS
    return np.rint(turned).astype(np.int64) % _SECTORS


def ways(lanes: Roads) -> Ways:
    """Draw the map: every lane is walked in small steps, and each step marks its cell and those round it."""
    if not len(lanes):
        return Ways(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.bool_), np.zeros(2))
    lane = np.repeat(np.arange(len(lanes)), np.diff(lanes.first))
    start = np.flatnonzero(np.append(lane[1:] == lane[:-1], False))
    way = lanes.point_yard_m[start + 1] - lanes.point_yard_m[start]
    steps = np.ceil(np.hypot(way[:, 0], way[:, 1]) / _STEP_M).astype(np.int64) + 1
    segment, number = expanded(steps)
    share = number / np.maximum(steps[segment] - 1, 1)
    points = lanes.point_yard_m[start[segment]] + share[:, None] * way[segment]
    low_m = points.min(axis=0) - 2.0 * _CELL_M
    cell = ((points - low_m) / _CELL_M).astype(np.intp)
    columns, rows = cell.max(axis=0) + 3
    sectors, road = np.zeros((rows, columns), np.uint8), np.zeros((rows, columns), np.bool_)
    sector = _sector(np.arctan2(way[:, 1], way[:, 0]))[segment]
    bits = np.zeros(len(points), np.int64)
    for beside in (-1, 0, 1):
        bits |= 1 << ((sector + beside) % _SECTORS)
    is_road = lanes.kind[lane[start[segment]]] == LANE_KINDS.index(LaneKind.ROAD)
    for across in (-1, 0, 1):
        for along in (-1, 0, 1):
            marked = cell[:, 1] + across, cell[:, 0] + along
            np.bitwise_or.at(sectors, marked, bits.astype(np.uint8))
            road[marked[0][is_road], marked[1][is_road]] = True
    return Ways(sectors, road, low_m)
