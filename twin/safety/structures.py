"""What stands fixed beside the stacks: the buildings of a layout, and who will drive or swing into them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from twin.fleet.kinds import KIND_NAMES
from twin.fleet.shapes import Boxes
from twin.fleet.table import Fleet
from twin.safety import collision, foresight, standing
from twin.safety.arcs import Ahead
from twin.safety.collision import Rows
from twin.safety.nearby import Nearby
from twin.tables import Flags, Floats, Ints
from twin.yard.model import Yard, Zone
from twin.yard.same import Same
from twin.yard.structures import FIRST, buildings_of

HEIGHT_M = 6.0
"""Of a building whose height is not given [m]."""
WALL_M = 0.5
"""Where a building is no rectangle its walls are boxes so thick, inwards of its outline [m]."""
_SQUARE = 1e-3
_PERSON = KIND_NAMES.index("person")


@dataclass(frozen=True, slots=True)
class Structures:
    """Fixed structures as boxes that stand.

    Attributes
    ----------
    still : Ahead
        n boxes.
    ground : (n,) int32
        Which structure each is of, as ``Encounters.ground`` names it.
    low_m, high_m : (2, n) float
        Their bounds, x and y.
    """

    still: Ahead
    ground: Ints
    low_m: Floats
    high_m: Floats


def structures_of(yard: Yard) -> Structures:
    """Give the fixed structures of a yard: a rectangle as one box, any other outline as its walls."""
    return _structures(Same(yard))


@lru_cache(maxsize=4)
def _structures(same: Same) -> Structures:
    rows, ground = [], []
    for number, building in enumerate(buildings_of(same.yard)):
        some = _boxes(building)
        rows += some
        ground += [FIRST - number] * len(some)
    x, y, c, s, half_l, half_w, high = np.array(rows, np.float64).reshape(-1, 7).T
    n, nothing = len(x), np.zeros(len(x))
    nobody = np.full(n, -1, np.int8)
    boxes = Boxes(
        x, y, c, s, half_l, half_w, nothing, high, nothing, nothing, np.full(n, -1, np.int32), nobody, nobody,
        nothing,
    )  # fmt: skip
    low, above = collision.bounds_of(boxes)
    return Structures(foresight.still(boxes), np.array(ground, np.int32), low[:2], above[:2])


def _boxes(building: Zone) -> list[tuple[float, ...]]:
    """Give a building's boxes: centre, heading, half length and half width, height."""
    ring = np.array(building.ring_yard_m, np.float64)
    edges = np.roll(ring, -1, axis=0) - ring
    ring, edges = ring[(edges != 0.0).any(axis=1)], edges[(edges != 0.0).any(axis=1)]
    lengths = np.hypot(*edges.T)
    ways, height_m = edges / lengths[:, None], building.height_m or HEIGHT_M
    if len(ring) == 4 and np.abs((ways * np.roll(ways, -1, axis=0)).sum(axis=1)).max() < _SQUARE:
        middle = ring.mean(axis=0)
        return [(*middle, *ways[0], lengths[0] / 2.0, lengths[1] / 2.0, height_m)]
    # Which way round it goes tells on which side of an edge the inside is.
    area_m2 = (ring[:, 0] * np.roll(ring[:, 1], -1) - np.roll(ring[:, 0], -1) * ring[:, 1]).sum()
    inwards = np.sign(area_m2) * np.column_stack((-ways[:, 1], ways[:, 0]))
    middles = ring + edges / 2.0 + inwards * WALL_M / 2.0
    return [
        (*middle, *way, length / 2.0, WALL_M / 2.0, height_m)
        for middle, way, length in zip(middles, ways, lengths, strict=True)
    ]


def contacts(
    fleet: Fleet, ahead: Ahead, near: Nearby, yard: Yard, horizon_s: float
) -> tuple[Rows, Structures, Rows, Floats]:
    """Find when parts of machines touch fixed structures; people go in and out of them.

    Parameters
    ----------
    fleet : Fleet
    ahead : Ahead
        All parts of all machines.
    near : Nearby
        Lists that hold for these: their bounds are.
    yard : Yard
    horizon_s : float
        How far ahead to look [s].

    Returns
    -------
    box : (k,)
        Rows of ``ahead``.
    structures : Structures
    row : (k,)
        Rows of ``structures``.
    time_s : (k,)
        0 where they overlap now.
    """
    there = structures_of(yard)
    if not len(there.ground):
        nobody: Rows = np.empty(0, np.intp)
        return nobody, there, nobody, np.empty(0)
    machine, row = standing.meeting(near.lowest_m, near.highest_m, there.low_m, there.high_m)
    pair, box = near.machines.rows(machine)
    box, row = _of_vehicles(fleet, ahead.boxes, box, row[pair])
    for axis in range(2):
        meet: Flags = near.low_m[axis, box] < there.high_m[axis, row]
        meet &= near.high_m[axis, box] > there.low_m[axis, row]
        box, row = box[meet], row[meet]
    time_s = foresight.time_to_contact(ahead, box, there.still, row, horizon_s)
    hit = np.flatnonzero(np.isfinite(time_s))
    return box[hit], there, row[hit], time_s[hit]


def _of_vehicles(fleet: Fleet, boxes: Boxes, box: Rows, row: Rows) -> tuple[Rows, Rows]:
    mover = boxes.mover[box]
    kept = np.flatnonzero((mover >= 0) & (fleet.kind[mover] != _PERSON))
    return box[kept], row[kept]
