"""All parts of all machines of a simulated shift where they truly are."""

import numpy as np

from twin.fleet.shapes import Boxes, mover_boxes
from twin.operations.truth import Truth
from twin.stock import moves
from twin.stock.sizes import LENGTH_M
from twin.stock.table import Stock


def true_boxes(truth: Truth, stock: Stock) -> Boxes:
    """All parts of all machines at their true poses, loads and cargoes included."""

    def sizes(numbers) -> tuple[np.ndarray, np.ndarray]:
        rows = moves.rows_of(stock, list(numbers))
        length = np.array([LENGTH_M[int(ft)] for ft in stock.length_ft[rows]])
        held = (rows >= 0) & (numbers != b"")
        return np.where(held, length, np.nan), np.where(held, stock.height_m[rows], np.nan)

    x_m = np.where(truth.present, truth.x_m, np.nan)
    velocity = truth.speed_mps * np.cos(truth.heading_rad), truth.speed_mps * np.sin(truth.heading_rad)
    return mover_boxes(
        truth.kind, x_m, truth.y_m, truth.heading_rad, truth.trailer_heading_rad, truth.trolley_m,
        truth.hoist_m, *velocity, *sizes(truth.load), *sizes(truth.cargo),
    )  # fmt: skip
