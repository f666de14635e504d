"""How near two machines are: over all their parts, not only those that are foreseen to touch."""

import numpy as np
import shapely

from twin.fleet.shapes import Boxes
from twin.safety import allowed, collision
from twin.safety.collision import Rows
from twin.tables import Bytes, Floats, Ints, expanded

_CORNERS = np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)]).T[:, :, None]


def between(kind: Bytes, boxes: Boxes, one: Ints, other: Ints, below_m: Floats) -> Floats:
    """Give the least gap along the ground between parts of two machines that are on one height, (k,) [m].

    Parameters
    ----------
    kind : (fleet,) int8
    boxes : Boxes
        All parts of all machines, machine after machine.
    one, other : (k,) int32
        Fleet rows of k pairs.
    below_m : (k,)
        A gap that is no less need not be told: infinite will do for it [m].

    Returns
    -------
    (k,)
        Below 0 how deep they overlap; infinite where no parts are so near on one height, or one is
        nowhere. What is handed over, and what takes it, do not count.
    """
    (start, many), (other_start, other_many) = (_parts(boxes, movers) for movers in (one, other))
    pair, number = expanded(many * other_many)
    i = start[pair] + number // np.maximum(other_many, 1)[pair]
    j = other_start[pair] + number % np.maximum(other_many, 1)[pair]
    reach_m = below_m[pair] + sum(boxes.half_l_m[rows] + boxes.half_w_m[rows] for rows in (i, j))
    near = (np.abs(boxes.x_m[i] - boxes.x_m[j]) < reach_m) & (np.abs(boxes.y_m[i] - boxes.y_m[j]) < reach_m)
    near &= (boxes.bottom_m[i] < boxes.top_m[j]) & (boxes.bottom_m[j] < boxes.top_m[i])
    rows = np.flatnonzero(near)
    rows = rows[~allowed.in_service(kind, boxes, i[rows], j[rows])]
    least_m = np.full(len(one), np.inf)
    if not len(rows):
        return least_m
    gap_m = collision.gap_m(boxes.take(i[rows]), boxes.take(j[rows]))
    some = np.flatnonzero(gap_m < below_m[pair[rows]])
    rows, gap_m = rows[some], gap_m[some]
    pair, i, j = pair[rows], i[rows], j[rows]
    apart = np.flatnonzero(gap_m > 0.0)
    # Between two corners the axes of the boxes tell less than what lies between.
    gap_m[apart] = shapely.distance(_outlines(boxes, i[apart]), _outlines(boxes, j[apart]))
    np.minimum.at(least_m, pair, gap_m)
    return least_m


def _parts(boxes: Boxes, movers: Ints) -> tuple[Rows, Rows]:
    """Give the first box of each machine and how many it has."""
    start = np.searchsorted(boxes.mover, movers, side="left")
    return start, np.searchsorted(boxes.mover, movers, side="right") - start


def _outlines(boxes: Boxes, rows: Rows) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    c, s = boxes.cos[rows], boxes.sin[rows]
    along, across = _CORNERS * np.stack((boxes.half_l_m[rows], boxes.half_w_m[rows]))[:, None]
    x_m, y_m = boxes.x_m[rows] + c * along - s * across, boxes.y_m[rows] + s * along + c * across
    outlines: np.ndarray[tuple[int], np.dtype[np.object_]] = shapely.polygons(
        np.stack((x_m, y_m), axis=-1).transpose(1, 0, 2)
    )
    return outlines
