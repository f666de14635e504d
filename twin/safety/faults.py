"""What is wrong with places and shapes that collisions are looked for in: marked, never silent."""

from enum import IntFlag
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import Boxes
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Fleet, Tracks
from twin.yard.model import Polygon


class Fault(IntFlag):
    """What is wrong with a machine; several may be."""

    NONE = 0
    NOWHERE = 1  # heard of, yet its place or heading is no number: it touches nothing
    NO_SIZE = 2  # a part of it has no length, width or height: it is looked at as a point or a line
    FAR = 4  # far outside the fence: it is looked at where it is said to be
    TWICE = 8  # its name is sent by two, or a part of it is there twice: parts of one machine never touch
    TOO_FAST = 16  # faster than its kind goes: what it is foreseen to touch is not to be relied on


FAR_M = 300.0
"""So far outside the fence no machine of the yard is at work [m]."""
_OF_TWO = (Suspicion.TWICE, Suspicion.FOREIGN)
_FASTER = 1.5
_FASTER_MPS = 2.0
_FASTEST_MPS = np.array([KINDS[name].speed_mps for name in KIND_NAMES])


def faults(fleet: Fleet, tracks: Tracks, boxes: Boxes, fence_yard_m: Polygon) -> NDArray[np.uint8]:
    """Give what is wrong with each machine.

    Parameters
    ----------
    fleet, tracks
        n machines.
    boxes : Boxes
        Their parts.
    fence_yard_m : polygon
        Fence of the yard.

    Returns
    -------
    (n,) uint8
        :class:`Fault` bits; 0 where nothing is, and of machines that are not here.
    """
    n = len(fleet)
    found = np.zeros(n, np.uint8)
    heard = fleet.present & (tracks.fix_ns > 0)
    place = np.isfinite(tracks.x_m + tracks.y_m + tracks.heading_rad)
    found[heard & ~place] |= np.uint8(Fault.NOWHERE)
    fence = np.array(fence_yard_m)
    with np.errstate(invalid="ignore"):
        for at_m, low, high in zip(
            (tracks.x_m, tracks.y_m), fence.min(axis=0), fence.max(axis=0), strict=True
        ):
            found[heard & ((at_m < low - FAR_M) | (at_m > high + FAR_M))] |= np.uint8(Fault.FAR)
        fast = np.abs(tracks.speed_mps) > _FASTER * _FASTEST_MPS[fleet.kind] + _FASTER_MPS
    found[heard & fast] |= np.uint8(Fault.TOO_FAST)
    owned = boxes.mover >= 0
    flat = (boxes.half_l_m <= 0.0) | (boxes.half_w_m <= 0.0) | (boxes.top_m <= boxes.bottom_m)
    found[boxes.mover[owned & flat]] |= np.uint8(Fault.NO_SIZE)
    part = (boxes.mover.astype(np.int64) * 256 + boxes.part)[owned]
    if not (part[1:] > part[:-1]).all():
        found[_repeated(part) // 256] |= np.uint8(Fault.TWICE)
    found[_named_twice(fleet)] |= np.uint8(Fault.TWICE)
    twice, foreign = _OF_TWO
    found[heard & ((tracks.suspect == twice) | (tracks.suspect == foreign))] |= np.uint8(Fault.TWICE)
    return found


@lru_cache(maxsize=2)
def _named_twice(fleet: Fleet) -> NDArray[np.intp]:
    """Give the rows of present machines whose names others have too; names change seldom."""
    named = np.flatnonzero(fleet.present)
    return named[np.isin(fleet.name[named], _repeated(fleet.name[named]))]


def _repeated(values: Any) -> Any:
    distinct, counts = np.unique(values, return_counts=True)
    return distinct[counts > 1]
