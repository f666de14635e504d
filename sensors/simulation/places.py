"""Where in a yard the radio is blind, and where stacks reflect."""

import math

import numpy as np

from twin.tables import Flags, Floats
from twin.yard.model import Polygon, Yard, ZoneKind


def inside(ring_yard_m: Polygon, x_m: Floats, y_m: Floats) -> Flags:
    """Tell which points lie in a ring, by counting crossings; NaN lies outside.

    Parameters
    ----------
    ring_yard_m : polygon
        Not repeated at its end.
    x_m, y_m : (n,) float

    Returns
    -------
    (n,) bool
        A point on the ring may fall to either side.
    """
    ring = np.asarray(ring_yard_m, np.float64)
    ax, ay = ring[:, 0], ring[:, 1]
    bx, by = np.roll(ax, -1), np.roll(ay, -1)
    x, y = x_m[:, None], y_m[:, None]
    spans = (ay > y) != (by > y)
    rise = np.where(by == ay, 1.0, by - ay)
    left = x < ax + (y - ay) * (bx - ax) / rise
    odd: Flags = (spans & left).sum(axis=1) % 2 == 1
    return odd


BESIDE_M = 8.0
"""So near to a block its stacks reflect [m]."""


class Places:
    """The radio-blind zones and the blocks of a yard; none where there is no yard."""

    def __init__(self, yard: Yard | None) -> None:
        zones = yard.zones if yard is not None else ()
        self._rings = [zone.ring_yard_m for zone in zones if zone.kind is ZoneKind.RADIO_BLIND]
        self._blocks = yard.blocks if yard is not None else ()
        self.shaded = True

    def blind(self, x_m: Floats, y_m: Floats) -> Flags:
        """Tell which points no radio reaches."""
        out = np.zeros(len(x_m), np.bool_)
        for ring in self._rings if self.shaded else ():
            out |= inside(ring, x_m, y_m)
        return out

    def beside(self, x_m: Floats, y_m: Floats) -> Flags:
        """Tell which points lie in a block or within ``BESIDE_M`` of one; NaN does not."""
        out = np.zeros(len(x_m), np.bool_)
        for block in self._blocks:
            c, s = math.cos(block.heading_rad), math.sin(block.heading_rad)
            dx, dy = x_m - block.origin_yard_m[0], y_m - block.origin_yard_m[1]
            along, across = c * dx + s * dy, c * dy - s * dx
            out |= (
                (along > -BESIDE_M) & (along < block.bays * block.bay_pitch_m + BESIDE_M)
                & (across > -BESIDE_M) & (across < block.rows * block.row_pitch_m + BESIDE_M)
            )  # fmt: skip
        return out
