"""Which slot lies under the pointer, and which ghost: where a box that is dragged would be put down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.stock.table import Stock
from twin.tables import Floats
from twin.yard.model import Yard
from twin.yard.slots import Slots
from ui.scene.faces import Boxes
from ui.scene.picking import block_at, nearest_box, ray_distances

_INWARDS_M = 0.05


def box_under(eye: Floats, direction: Floats, boxes: Boxes) -> int:
    """Give the ``row`` of the first of some boxes on a ray, -1 where it meets none."""
    if not len(boxes):
        return -1
    found = ray_distances(
        eye, direction, boxes.centre_yard_m, boxes.cos, boxes.sin, boxes.half_l_m, boxes.half_w_m,
        boxes.bottom_m, boxes.top_m,
    )  # fmt: skip
    first = int(np.argmin(found))
    return int(boxes.row[first]) if np.isfinite(found[first]) else -1


def slot_under(
    eye: Floats,
    direction: Floats,
    yard: Yard,
    slots: Slots,
    stock: Stock,
    blocks: Sequence[Boxes | None],
    length_ft: int,
) -> int:
    """Give the ground slot that a ray points at, as the place of a box of that length.

    Parameters
    ----------
    eye, direction : (3,)
        Of the ray [m, yard frame], ``direction`` of length 1.
    blocks : sequence of Boxes
        The standing boxes of each block, as they are drawn.
    length_ft : int
        20, 40 or 45: a longer box takes two places, and the lower one is given.

    Returns
    -------
    int
        Any side of a stack means that stack; -1 where the ray meets no block.
    """
    box_m, _ = nearest_box(eye, direction, blocks, yard)
    ground_m = -eye[2] / direction[2] if direction[2] < -1e-9 else np.inf
    distance = min(box_m + _INWARDS_M, ground_m)
    if not np.isfinite(distance):
        return -1
    x, y, _ = eye + distance * direction
    index = block_at(yard, float(x), float(y))
    if index < 0:
        return -1
    return _place(yard, slots, stock, index, float(x), float(y), length_ft)


def _place(yard: Yard, slots: Slots, stock: Stock, index: int, x_m: float, y_m: float, length_ft: int) -> int:
    block = yard.blocks[index]
    u_m, v_m = block.block_from_yard(x_m, y_m)
    bays = u_m / block.bay_pitch_m
    row = min(max(int(v_m / block.row_pitch_m), 0), block.rows - 1)
    position = min(max(int(bays), 0), block.bays - 1)
    ground = int(slots.first[index]) + position * block.rows + row
    if length_ft == 20:
        return ground
    top = int(stock.occupant[ground, int(stock.count[ground]) - 1]) if stock.count[ground] else -1
    if top >= 0 and stock.length_ft[top] != 20:
        return int(stock.ground[top])
    # Between two pairs of places, that pair is meant whose middle is nearer to the pointer.
    before = bays - position < 0.5 or position == block.bays - 1
    return ground - block.rows if before and position > 0 else ground
