"""The faces of boxes as arrays: which can be seen, where their corners are, what is painted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.stock.table import Stock
from twin.tables import Flags, Floats, Ints, Table
from twin.yard.model import Block
from twin.yard.slots import Slots

FORWARD, BACKWARD, LEFT, RIGHT, TOP = range(5)
"""A box's faces: along its length, against it, to the left of that, to the right, and the roof."""

# Signs of length, width and height at a face's four corners, counter-clockwise from outside.
CORNERS: NDArray[np.float64] = np.array(
    [
        [(1, -1, 0), (1, 1, 0), (1, 1, 1), (1, -1, 1)],
        [(-1, 1, 0), (-1, -1, 0), (-1, -1, 1), (-1, 1, 1)],
        [(1, 1, 0), (-1, 1, 0), (-1, 1, 1), (1, 1, 1)],
        [(-1, -1, 0), (1, -1, 0), (1, -1, 1), (-1, -1, 1)],
        [(-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)],
    ],
    float,
)
NORMALS: NDArray[np.float64] = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1)], float)

LENGTHS_M: dict[int, float] = {20: 6.058, 40: 12.192, 45: 13.716}
WIDTH_M = 2.438
_TOUCHING_M = 0.02


@dataclass(frozen=True, eq=False)
class Boxes(Table):
    """Standing boxes as solids.

    Attributes
    ----------
    row : (n,) int32
        Row of the stock.
    centre_yard_m : (n, 2) float
    cos, sin : (n,) float
        Of the direction of its length.
    half_l_m, half_w_m, bottom_m, top_m : (n,) float
    """

    row: Ints
    centre_yard_m: Floats
    cos: Floats
    sin: Floats
    half_l_m: Floats
    half_w_m: Floats
    bottom_m: Floats
    top_m: Floats

    def __len__(self) -> int:
        """Give the number of boxes."""
        return len(self.row)


def block_solids(blocks: Sequence[Block], top_m: Floats) -> Boxes:
    """Give blocks as solids from the ground up, (n,), of no row of the stock."""
    heading = np.array([block.heading_rad for block in blocks])
    return Boxes(
        np.full(len(blocks), -1, np.int32), np.array([block.middle_yard_m for block in blocks]),
        np.cos(heading), np.sin(heading), np.array([block.length_m / 2 for block in blocks]),
        np.array([block.width_m / 2 for block in blocks]), np.zeros(len(blocks)), top_m,
    )  # fmt: skip


def half_lengths(length_ft: NDArray[np.int8]) -> Floats:
    """Give half the outer length [m] of boxes of 20, 40 or 45 ft (ISO 668)."""
    feet = np.asarray(length_ft)
    return np.where(feet == 20, LENGTHS_M[20], np.where(feet == 45, LENGTHS_M[45], LENGTHS_M[40])) / 2


def rows_in(stock: Stock, first: int, last: int) -> Ints:
    """Give the stock rows that stand on the ground slots ``first`` to ``last`` (not included), by slot."""
    here = stock.occupant[first:last].ravel()
    rows = np.unique(here[here >= 0])
    lower = stock.ground[rows]
    rows = rows[(lower >= first) & (lower < last)]
    return rows[np.lexsort((stock.tier[rows], stock.ground[rows]))].astype(np.int32)


def standing(stock: Stock, slots: Slots, rows: Ints) -> Boxes:
    """Give stacked boxes as solids in the yard frame."""
    ground = stock.ground[rows]
    heading = slots.heading_rad[ground]
    cos, sin = np.cos(heading), np.sin(heading)
    # A 40 or 45 ft box is centred over two places, half a pitch further than the lower one.
    shift = np.where(stock.length_ft[rows] > 20, slots.bay_pitch_m[ground] / 2, 0.0)
    centre = slots.centre_yard_m[ground] + np.column_stack((cos * shift, sin * shift))
    bottom = stock.bottom_m[rows]
    return Boxes(
        rows,
        centre,
        cos,
        sin,
        half_lengths(stock.length_ft[rows]),
        np.full(len(rows), WIDTH_M / 2),
        bottom,
        bottom + stock.height_m[rows],
    )


def exposed(stock: Stock, slots: Slots, rows: Ints, rows_in_block: int) -> Flags:
    """Tell which faces of boxes of one block can be seen.

    Parameters
    ----------
    rows : (n,)
        Stock rows, all stacked in one block.
    rows_in_block : int
        How many rows that block has.

    Returns
    -------
    (n, 5) bool
        In the order FORWARD, BACKWARD, LEFT, RIGHT, TOP. A side is hidden where the stacks beside
        it reach at least as high as the box; undersides are never seen.
    """
    ground = stock.ground[rows]
    upper = np.where(stock.length_ft[rows] > 20, slots.next[ground], ground)
    upper = np.where(upper < 0, ground, upper)
    top = stock.bottom_m[rows] + stock.height_m[rows] - _TOUCHING_M
    heights = np.append(stock.top_m, 0.0)  # index -1: nothing stands there
    row = slots.row[ground]
    before = np.where(slots.position[ground] > 0, ground - rows_in_block, -1)
    left = row + 1 < rows_in_block
    right = row > 0
    return np.column_stack(
        (
            heights[slots.next[upper]] < top,
            heights[before] < top,
            np.minimum(heights[np.where(left, ground + 1, -1)], heights[np.where(left, upper + 1, -1)]) < top,
            np.minimum(heights[np.where(right, ground - 1, -1)], heights[np.where(right, upper - 1, -1)])
            < top,
            np.minimum(heights[ground], heights[upper]) <= top + 2 * _TOUCHING_M,
        )
    )


@dataclass(frozen=True, eq=False)
class Faces(Table):
    """Faces of boxes, one row each.

    Attributes
    ----------
    box : (m,) int32
        Row of the :class:`Boxes`.
    side : (m,) int8
        FORWARD to TOP.
    corner_yard_m : (m, 4, 3) float
    normal : (m, 3) float
        Outward, in the yard frame.
    """

    box: Ints
    side: NDArray[np.int8]
    corner_yard_m: Floats
    normal: Floats

    def __len__(self) -> int:
        """Give the number of faces."""
        return len(self.box)


def faces_of(boxes: Boxes, seen: Flags) -> Faces:
    """Lay out the faces of boxes that are marked in ``seen`` (n, 5)."""
    box, side = np.nonzero(seen)
    signs = CORNERS[side]
    cos, sin = boxes.cos[box, None], boxes.sin[box, None]
    along = signs[:, :, 0] * boxes.half_l_m[box, None]
    across = signs[:, :, 1] * boxes.half_w_m[box, None]
    bottom = boxes.bottom_m[box, None]
    corners = np.stack(
        (
            boxes.centre_yard_m[box, 0, None] + cos * along - sin * across,
            boxes.centre_yard_m[box, 1, None] + sin * along + cos * across,
            bottom + signs[:, :, 2] * (boxes.top_m[box, None] - bottom),
        ),
        axis=2,
    )
    n = NORMALS[side]
    normal = np.column_stack(
        (cos[:, 0] * n[:, 0] - sin[:, 0] * n[:, 1], sin[:, 0] * n[:, 0] + cos[:, 0] * n[:, 1], n[:, 2])
    )
    return Faces(box.astype(np.int32), side.astype(np.int8), corners, normal)
