"""What lies under the pointer: a ray against solids, in NumPy, without drawing anything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.fleet.shapes import mover_boxes
from twin.fleet.table import HOLDS, Fleet, Tracks
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from twin.yard.model import Yard
from ui.scene.faces import LENGTHS_M, Boxes, block_solids
from ui.view_state import Pick, PickKind

_REACH_M = 0.15


def ray_distances(
    eye: Floats,
    direction: Floats,
    centre: Floats,
    cos: Floats,
    sin: Floats,
    half_l: Floats,
    half_w: Floats,
    bottom: Floats,
    top: Floats,
) -> Floats:
    """Give how far along a ray (eye and unit direction, (3,)) it enters upright boxes, (n,) [m].

    ``centre`` is (n, 2) in the yard frame; the rest (n,): the direction of each box's length, half
    its length and width, its heights. Infinite where the ray misses or a number is NaN; 0 inside.
    """
    dx, dy = eye[0] - centre[:, 0], eye[1] - centre[:, 1]
    begin = np.stack((cos * dx + sin * dy, -sin * dx + cos * dy, np.full(len(centre), eye[2])))
    way = np.stack(
        (
            cos * direction[0] + sin * direction[1],
            -sin * direction[0] + cos * direction[1],
            np.full(len(centre), direction[2]),
        )
    )
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    low = (np.stack((-half_l, -half_w, bottom)) - begin) / way
    high = (np.stack((half_l, half_w, top)) - begin) / way
    enters = np.minimum(low, high).max(axis=0)
    leaves = np.maximum(low, high).min(axis=0)
    with np.errstate(invalid="ignore"):
        hit = (leaves >= enters) & (leaves >= 0)
    return np.where(hit, np.maximum(enters, 0.0), np.inf)


def nearest_box(
    eye: Floats, direction: Floats, blocks: Sequence[Boxes | None], yard: Yard
) -> tuple[float, int]:
    """Give the distance and the stock row of the first standing box on a ray; infinity and -1 for none."""
    best, row = np.inf, -1
    for distance, index in _blocks_on(eye, direction, blocks, yard):
        boxes = blocks[index]
        if distance > best or boxes is None:
            break
        found = ray_distances(
            eye,
            direction,
            boxes.centre_yard_m,
            boxes.cos,
            boxes.sin,
            boxes.half_l_m,
            boxes.half_w_m,
            boxes.bottom_m,
            boxes.top_m,
        )
        first = int(np.argmin(found))
        if found[first] < best:
            best, row = float(found[first]), int(boxes.row[first])
    return best, row


def _blocks_on(
    eye: Floats, direction: Floats, blocks: Sequence[Boxes | None], yard: Yard
) -> list[tuple[float, int]]:
    """List the blocks whose stacks a ray may meet, nearest first."""
    filled = [
        k for k, boxes in enumerate(blocks) if boxes is not None and len(boxes) and k < len(yard.blocks)
    ]
    if not filled:
        return []
    tops = np.array([float(blocks[k].top_m.max()) for k in filled])  # type: ignore[union-attr]
    solid = block_solids([yard.blocks[k] for k in filled], tops)
    # A 45 ft box stands out beyond its two places.
    distance = ray_distances(
        eye, direction, solid.centre_yard_m, solid.cos, solid.sin, solid.half_l_m + 1.0,
        solid.half_w_m + _REACH_M, solid.bottom_m, solid.top_m,
    )  # fmt: skip
    order = np.argsort(distance)
    return [(float(distance[k]), filled[k]) for k in order if np.isfinite(distance[k])]


def sizes_of(stock: Stock, rows: Ints) -> tuple[Floats, Floats]:
    """Give length and height [m] of the boxes in stock rows; NaN where the row is -1 or unknown."""
    known = (rows >= 0) & (rows < len(stock))
    if not len(stock):
        nothing = np.full(len(rows), np.nan)
        return nothing, nothing.copy()
    safe = np.where(known, rows, 0)
    feet = stock.length_ft[safe]
    length = np.where(feet == 20, LENGTHS_M[20], np.where(feet == 45, LENGTHS_M[45], LENGTHS_M[40]))
    return np.where(known, length, np.nan), np.where(known, stock.height_m[safe], np.nan)


def _spanned(stock: Stock, rows: Ints, second: Ints) -> tuple[Floats, Floats]:
    """Give length and height [m] of what machines hold: a box, or two of 20 ft end to end."""
    length_m, height_m = sizes_of(stock, rows)
    two = second >= 0
    return np.where(two, LENGTHS_M[40], length_m), np.where(
        two, np.fmax(height_m, sizes_of(stock, second)[1]), height_m
    )


def nearest_mover(
    eye: Floats, direction: Floats, fleet: Fleet, tracks: Tracks, stock: Stock
) -> tuple[float, int, int]:
    """Give the distance, the fleet row and the carried box (-1) of the first machine on a ray."""
    rows = np.flatnonzero(fleet.present)
    load, second_load, cargo, second_cargo = (getattr(tracks, name)[rows] for name in HOLDS)
    still = np.zeros(len(rows))
    parts = mover_boxes(
        fleet.kind[rows], tracks.x_m[rows], tracks.y_m[rows], tracks.heading_rad[rows],
        tracks.trailer_heading_rad[rows], tracks.trolley_m[rows], tracks.hoist_m[rows], still, still,
        *_spanned(stock, load, second_load), *_spanned(stock, cargo, second_cargo),
    )  # fmt: skip
    if not len(parts):
        return np.inf, -1, -1
    distance = ray_distances(
        eye, direction, np.column_stack((parts.x_m, parts.y_m)), parts.cos, parts.sin,
        parts.half_l_m + _REACH_M, parts.half_w_m + _REACH_M, parts.bottom_m, parts.top_m + _REACH_M,
    )  # fmt: skip
    first = int(np.argmin(distance))
    if not np.isfinite(distance[first]):
        return np.inf, -1, -1
    machine = int(parts.mover[first])
    joint = int(parts.joint[first])
    x_m, y_m = (eye + distance[first] * direction)[:2] - (parts.x_m[first], parts.y_m[first])
    ahead = parts.cos[first] * x_m + parts.sin[first] * y_m > 0.0
    held = {4: (load, second_load), 5: (cargo, second_cargo)}.get(joint)
    one, other = (-1, -1) if held is None else (int(column[machine]) for column in held)
    box = other if ahead and other >= 0 else one
    return float(distance[first]), int(rows[machine]), box


def block_at(yard: Yard, x_m: float, y_m: float) -> int:
    """Give the block whose ground holds a point, -1 where there is none."""
    return next((index for index, block in enumerate(yard.blocks) if block.holds(x_m, y_m)), -1)


def pick(
    eye: Floats,
    direction: Floats,
    yard: Yard,
    stock: Stock,
    fleet: Fleet,
    tracks: Tracks,
    blocks: Sequence[Boxes | None],
) -> Pick | None:
    """Give the first thing on a ray: a box, a machine, a block's ground or the ground; None for the sky.

    A box that hangs from a crane or lies on a truck is a box.
    """
    box_m, box = nearest_box(eye, direction, blocks, yard)
    mover_m, mover, held = nearest_mover(eye, direction, fleet, tracks, stock)
    ground_m = -eye[2] / direction[2] if direction[2] < -1e-9 else np.inf

    def there(distance: float) -> tuple[float, float, float]:
        x, y, z = eye + distance * direction
        return float(x), float(y), float(z)

    if mover_m < box_m and mover_m < ground_m:
        kind, row = (PickKind.BOX, held) if held >= 0 else (PickKind.MOVER, mover)
        return Pick(kind, row, there(mover_m))
    if box_m < ground_m:
        return Pick(PickKind.BOX, box, there(box_m))
    if not np.isfinite(ground_m):
        return None
    point = there(float(ground_m))
    block = block_at(yard, point[0], point[1])
    return Pick(PickKind.BLOCK if block >= 0 else PickKind.GROUND, block, point)
