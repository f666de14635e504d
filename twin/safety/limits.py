"""Where a speed is surely within every lane's limit: a coarse map, so that few machines need a look."""

from dataclasses import dataclass

import numpy as np

from twin.safety.lane_cells import CELL_M, STEP_M, cell_of, walked
from twin.tables import Floats
from twin.yard.roads import Roads


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
        cell = cell_of(self.low_m, self.cell_m, self.limit_mps.shape, x_m, y_m)
        slowest: Floats = self.limit_mps[cell]
        return slowest


def speed_map(lanes: Roads) -> SpeedMap:
    """Draw the map: every lane is walked in small steps, and each step marks its cell and those round it."""
    if not len(lanes):
        return SpeedMap(np.full((1, 1), np.inf), np.zeros(2), CELL_M)
    cell_m = max(CELL_M, float(lanes.width_m.max()) / 2.0 + STEP_M)
    steps = walked(lanes, cell_m)
    limit_mps = np.full(steps.shape, np.inf)
    for cells in steps.round_about():
        np.minimum.at(limit_mps, cells, lanes.limit_mps[steps.lane])
    return SpeedMap(limit_mps, steps.low_m, cell_m)
