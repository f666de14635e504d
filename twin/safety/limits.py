"""Where a speed is surely within every lane's limit: a coarse map, so that few machines need a look."""

from dataclasses import dataclass

import numpy as np

from twin.safety.collision import expanded
from twin.tables import Floats
from twin.yard.roads import Roads

_CELL_M = 8.0
_STEP_M = 2.0


@dataclass(frozen=True, slots=True)
class SpeedMap:
    """The slowest limit of the lanes that may be within half their width of each cell.

    Attributes
    ----------
    limit_mps : (rows, columns) float
        Infinite where there is no lane, and all round the rim.
    low_m : (2,) float
        Corner of the first cell in the yard frame.
    cell_m : float
    """

    limit_mps: Floats
    low_m: Floats
    cell_m: float

    def slowest(self, x_m: Floats, y_m: Floats) -> Floats:
        """Give the slowest limit at each point, (n,) [m/s]; infinite off all lanes and where NaN."""
        rows, columns = self.limit_mps.shape
        with np.errstate(invalid="ignore"):
            column = np.clip(np.nan_to_num((x_m - self.low_m[0]) / self.cell_m), 0, columns - 1)
            row = np.clip(np.nan_to_num((y_m - self.low_m[1]) / self.cell_m), 0, rows - 1)
        slowest: Floats = self.limit_mps[row.astype(np.intp), column.astype(np.intp)]
        return slowest


def speed_map(lanes: Roads) -> SpeedMap:
    """Draw the map: every lane is walked in small steps, and each step marks its cell and those round it."""
    if not len(lanes):
        return SpeedMap(np.full((1, 1), np.inf), np.zeros(2), _CELL_M)
    cell_m = max(_CELL_M, float(lanes.width_m.max()) / 2.0 + _STEP_M)
    lane = np.repeat(np.arange(len(lanes)), np.diff(lanes.first))
    start = np.flatnonzero(np.append(lane[1:] == lane[:-1], False))
    way = lanes.point_yard_m[start + 1] - lanes.point_yard_m[start]
    steps = np.ceil(np.hypot(way[:, 0], way[:, 1]) / _STEP_M).astype(np.int64) + 1
    segment, number = expanded(steps)
    share = number / np.maximum(steps[segment] - 1, 1)
    points = lanes.point_yard_m[start[segment]] + share[:, None] * way[segment]
    low_m = points.min(axis=0) - 2.0 * cell_m
    cell = ((points - low_m) / cell_m).astype(np.intp)
    columns, rows = cell.max(axis=0) + 3
    limit_mps = np.full((rows, columns), np.inf)
    for across in (-1, 0, 1):
        for along in (-1, 0, 1):
            marked = cell[:, 1] + across, cell[:, 0] + along
            np.minimum.at(limit_mps, marked, lanes.limit_mps[lane[start[segment]]])
    return SpeedMap(limit_mps, low_m, cell_m)
