"""Maps of the lanes: which cells they run through, and which cell a point is in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.tables import Floats, expanded
from twin.yard.roads import Roads

Rows = NDArray[np.intp]

CELL_M = 8.0
STEP_M = 2.0
"""Lanes are walked in steps of this, where nothing else is said [m]."""


@dataclass(frozen=True, slots=True)
class LaneCells:
    """The steps of all lanes, each with its cell.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns of cells; a rim of empty ones is all round.
    lane : (k,) int
        The lane of each step.
    way_m : (k, 2) float
        From the start to the end of the straight piece that it is on [m].
    cell : (k, 2) int
        Column and row.
    low_m : (2,) float
        Corner of the first cell in the yard frame.
    """

    shape: tuple[int, int]
    lane: Rows
    way_m: Floats
    cell: Rows
    low_m: Floats

    def round_about(self) -> list[tuple[Rows, Rows]]:
        """Give rows and columns of the cells of all steps, and of the eight round them."""
        beside = (-1, 0, 1)
        return [(self.cell[:, 1] + across, self.cell[:, 0] + along) for across in beside for along in beside]


def walked(lanes: Roads, cell_m: float, step_m: float = STEP_M) -> LaneCells:
    """Walk every lane, of which there is one at least, in small steps."""
    lane = np.repeat(np.arange(len(lanes)), np.diff(lanes.first))
    start = np.flatnonzero(np.append(lane[1:] == lane[:-1], False))
    way = lanes.point_yard_m[start + 1] - lanes.point_yard_m[start]
    steps = np.ceil(np.hypot(way[:, 0], way[:, 1]) / step_m).astype(np.int64) + 1
    segment, number = expanded(steps)
    share = number / np.maximum(steps[segment] - 1, 1)
    points = lanes.point_yard_m[start[segment]] + share[:, None] * way[segment]
    low_m = points.min(axis=0) - 2.0 * cell_m
    cell = ((points - low_m) / cell_m).astype(np.intp)
    columns, rows = (cell.max(axis=0) + 3).tolist()
    return LaneCells((rows, columns), lane[start[segment]], way[segment], cell, low_m)


def cell_of(
    low_m: Floats, cell_m: float, shape: tuple[int, ...], x_m: Floats, y_m: Floats
) -> tuple[Rows, Rows]:
    """Give row and column of the cell that each point is in; outside the nearest of the rim."""
    places = []
    for side, low, size in zip((y_m, x_m), low_m[::-1], shape, strict=True):
        place = side - low
        place /= cell_m
        # What is no number is on the rim.
        np.fmin(np.fmax(place, 0.0, out=place), size - 1.0, out=place)
        places.append(place.astype(np.intp))
    return places[0], places[1]
