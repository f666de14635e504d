"""Which way gantries run: along their block, along the quay."""

import numpy as np

from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Fleet
from twin.tables import Floats, Ints
from twin.yard.model import Yard

_QUAY_CRANE = KIND_NAMES.index("quay_crane")


def rail_headings(fleet: Fleet, yard: Yard, xy_yard_m: Floats) -> Floats:
    """Give the direction that each machine is bound to.

    Parameters
    ----------
    fleet : Fleet
        n machines.
    yard : Yard
        Its blocks are those that ``fleet.block`` counts.
    xy_yard_m : (n, 2)
        Where each about is [m], by which a quay crane finds its quay where there are several; NaN
        where that is not known.

    Returns
    -------
    (n,)
        Heading of the block of a crane bound to one, direction of a quay crane's nearest quay edge
        [rad counter-clockwise from the yard's x]; NaN where there is none. A crane may face either way
        along it.
    """
    out = np.full(len(fleet), np.nan)
    bound = np.flatnonzero((fleet.block >= 0) & (fleet.block < len(yard.blocks)))
    if len(bound):
        headings = np.array([block.heading_rad for block in yard.blocks])
        out[bound] = headings[fleet.block[bound]]
    cranes = np.flatnonzero(fleet.kind == _QUAY_CRANE)
    if len(cranes) and yard.quays:
        edges = np.array([quay.edge_yard_m for quay in yard.quays], np.float64)
        along = edges[:, 1] - edges[:, 0]
        out[cranes] = np.arctan2(along[:, 1], along[:, 0])[_nearest(edges, xy_yard_m[cranes])]
    return out


def quays_of(yard: Yard, xy_yard_m: Floats) -> Ints:
    """Give the quay on whose rails each of some points (n, 2) is: the nearest one; -1 where there is none."""
    if not yard.quays:
        return np.full(len(xy_yard_m), -1, np.int32)
    edges = np.array([quay.edge_yard_m for quay in yard.quays], np.float64)
    return _nearest(edges, xy_yard_m).astype(np.int32)


def _nearest(edges: Floats, xy_m: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Give for each point the nearest of some edges (q, 2, 2); the first where it is NaN."""
    start, along = edges[:, 0], edges[:, 1] - edges[:, 0]
    offset = xy_m[:, None] - start
    share = np.einsum("nqk,qk->nq", offset, along) / np.maximum((along**2).sum(axis=1), 1e-12)
    away = offset - np.clip(share, 0.0, 1.0)[:, :, None] * along
    nearest: np.ndarray[tuple[int], np.dtype[np.intp]] = np.nan_to_num(
        np.hypot(away[..., 0], away[..., 1]), nan=np.inf
    ).argmin(axis=1)
    return nearest
