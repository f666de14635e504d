"""What machines that are about to meet will pass over, as they go on now: areas on the ground."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.fleet.shapes import LOAD_PART, Boxes
from twin.fleet.table import Fleet, Tracks
from twin.safety import arcs, foresight
from twin.safety.parts import boxes_of
from twin.safety.table import Conflicts
from twin.snapshot import Snapshot
from twin.stock.table import Stock
from twin.tables import Floats, Ints, Table

HORIZON_S = 4.0
"""How far ahead sweeps are drawn [s]: as far as conflicts are looked for."""
MOST_MACHINES = 12
"""Of so many machines at most, those that meet soonest: drawing them must not hold a frame up."""
LOW_M = 4.5
"""Parts that reach below this sweep the ground [m]; what is above passes over vehicles."""
_STEPS = 8
_SIGNS: Floats = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], float)


def sweeps_of(snapshot: Snapshot) -> dict[int, list[Floats]]:
    """Give the areas that the machines of a snapshot's conflicts will pass over.

    Returns
    -------
    dict
        Rings (n, 2) in the yard frame [m] by fleet row, of ``MOST_MACHINES`` machines at most; a machine
        that stands, or whose position is not known, sweeps no more than where it is.
    """
    state = snapshot.state
    return _cached(state.conflicts, state.fleet, state.tracks, state.stock)


@lru_cache(maxsize=2)
def _cached(conflicts: Conflicts, fleet: Fleet, tracks: Tracks, stock: Stock) -> dict[int, list[Floats]]:
    rows = soonest(conflicts)
    rows = rows[rows < len(fleet)]
    if not len(rows):
        return {}
    some, theirs = fleet.with_columns(**_of(fleet, rows)), tracks.with_columns(**_of(tracks, rows))
    boxes = boxes_of(some, theirs, stock)
    ahead = foresight.ahead(some, theirs, boxes)
    low = np.flatnonzero((boxes.bottom_m < LOW_M) | (boxes.part == LOAD_PART))
    if not len(low):
        return {}
    ahead = ahead.take(low)
    return _rings(ahead, rows)


def _of(table: Table, rows: Ints) -> dict[str, NDArray[Any]]:
    """Give the columns of some rows."""
    columns = ((name, getattr(table, name)) for name in table.__dataclass_fields__)
    return {name: column[rows] for name, column in columns if isinstance(column, np.ndarray)}


def soonest(conflicts: Conflicts) -> Ints:
    """Give the fleet rows of the machines that meet soonest, each once, the soonest first."""
    order = np.argsort(conflicts.time_s, kind="stable")
    both = np.column_stack((conflicts.mover[order], conflicts.other[order])).ravel()
    both = both[both >= 0]
    _, first = np.unique(both, return_index=True)
    rows: Ints = both[np.sort(first)][:MOST_MACHINES].astype(np.int32)
    return rows


def _rings(ahead: arcs.Ahead, rows: Ints) -> dict[int, list[Floats]]:
    straight, bent = np.flatnonzero(~ahead.turning), np.flatnonzero(ahead.turning)
    parts = [_hulls(ahead.take(some), steps) for some, steps in ((straight, 1), (bent, _STEPS)) if len(some)]
    hulls, mover = (np.concatenate(column) for column in zip(*parts, strict=True))
    found: dict[int, list[Floats]] = {}
    for local in np.unique(mover).tolist():
        area = shapely.union_all(hulls[mover == local])
        polygons = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
        found[int(rows[local])] = [shapely.get_coordinates(part.exterior)[:-1] for part in polygons]
    return found


def _hulls(ahead: arcs.Ahead, steps: int) -> tuple[NDArray[Any], Ints]:
    """Give areas that boxes pass over from one of equal steps to the next, and the machine of each.

    What goes straight passes over no more than the hull of its first and its last place.
    """
    n = len(ahead.boxes)
    corners = np.stack(
        [corners_of(arcs.moved(ahead, np.full(n, t))) for t in np.linspace(0.0, HORIZON_S, steps + 1)]
    )
    pairs = np.concatenate((corners[:-1], corners[1:]), axis=2).reshape(-1, 8, 2)
    whole = np.isfinite(pairs).all(axis=(1, 2))
    hulls = shapely.convex_hull(shapely.multipoints(pairs[whole]))
    return hulls, np.tile(ahead.boxes.mover, steps)[whole]


def corners_of(boxes: Boxes) -> NDArray[np.float64]:
    """Give the corners of boxes on the ground, (n, 4, 2) [m]."""
    along = _SIGNS[None, :, 0] * boxes.half_l_m[:, None]
    across = _SIGNS[None, :, 1] * boxes.half_w_m[:, None]
    c, s = boxes.cos[:, None], boxes.sin[:, None]
    x, y = boxes.x_m[:, None] + c * along - s * across, boxes.y_m[:, None] + s * along + c * across
    return np.stack((x, y), axis=2)
