"""Bounds of boxes in each part of the seconds ahead: in which parts two may meet at all.

What is on an arc sweeps a wide place within seconds, but only a little of it at a time.
"""

from dataclasses import dataclass

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import arcs, collision
from twin.safety.arcs import Ahead
from twin.safety.collision import Rows
from twin.tables import Flags, Floats, Longs, Singles

SLICE_S = 0.5
"""Bounds are drawn for parts of about this length [s]."""
ROUNDING = float(np.finfo(np.float32).eps)
"""By this share a bound is moved outwards before it is rounded to half of its digits."""


@dataclass(frozen=True, slots=True)
class Slices:
    """Bounds of boxes in equal parts of a horizon, one row a box.

    Attributes
    ----------
    low_m, high_m : (n, 2, parts) float32
        Lower and upper corners, x and y, of all places of the box within the part; rounded outwards.
    part_s : float
        How long each part is [s].
    """

    low_m: Singles
    high_m: Singles
    part_s: float

    @staticmethod
    def of(low: Floats, high: Floats, part_s: float) -> "Slices":
        """Round bounds, (n, 2, parts), to half of their digits: they are compared for many pairs."""
        low, high = low - np.abs(low) * ROUNDING, high + np.abs(high) * ROUNDING
        return Slices(low.astype(np.float32, "C"), high.astype(np.float32, "C"), part_s)

    def and_then(self, other: "Slices") -> "Slices":
        """Give these and after them all rows of others with the same parts."""
        low, high = (np.concatenate(sides) for sides in (
            (self.low_m, other.low_m), (self.high_m, other.high_m)))  # fmt: skip
        return Slices(low, high, self.part_s)


def parts_of(horizon_s: float) -> int:
    """Give how many parts a horizon has."""
    return max(int(np.ceil(horizon_s / SLICE_S)), 1)


def bent(ahead: Ahead, rows: Rows, horizon_s: float) -> tuple[Slices, Floats, Floats]:
    """Give the bounds of boxes, on arcs or not, and those over the whole horizon, each (2, n).

    Parameters
    ----------
    ahead : Ahead
    rows : (n,)
        Which of its boxes.
    horizon_s : float
        How far ahead to look [s].
    """
    many = parts_of(horizon_s)
    part_s = horizon_s / many
    # numba takes long to import: only where boxes on arcs are asked about.
    from twin.compiled import COMPILED

    if COMPILED:
        from twin.safety import advancing

        low, high, least, most = advancing.bounds(arcs.columns(ahead, rows), horizon_s, many)
        return Slices(low, high, part_s), least, most
    moving = arcs.Arcs.of(ahead, rows)
    place, heading = moving.paces(part_s, many)
    along, across = np.abs(heading.real), np.abs(heading.imag)
    half_l, half_w = moving.planes[5].real, moving.planes[5].imag
    reach = np.stack((along * half_l + across * half_w, across * half_l + along * half_w))
    # Between two instants a corner strays from the line between its places by at most this.
    reach += moving.most_mps2 * part_s**2 / 8.0
    at = np.stack((place.real, place.imag))
    least, most = at - reach, at + reach
    low, high = np.minimum(least[:, :-1], least[:, 1:]), np.maximum(most[:, :-1], most[:, 1:])
    parts = Slices.of(low.transpose(2, 0, 1), high.transpose(2, 0, 1), part_s)
    return parts, least.min(axis=1), most.max(axis=1)


def straight(boxes: Boxes, rows: Rows, horizon_s: float) -> Slices:
    """Give the bounds of some rows of a table whose boxes do not turn: see :func:`bent`."""
    many = parts_of(horizon_s)
    sides = collision.straight_of(boxes, rows)
    low, high = collision.outlines(sides)
    way = sides[8:10, :, None] * np.linspace(0.0, horizon_s, many + 1)
    least, most = np.minimum(way[..., :-1], way[..., 1:]), np.maximum(way[..., :-1], way[..., 1:])
    least += low[..., None]
    most += high[..., None]
    return Slices.of(least.transpose(1, 0, 2), most.transpose(1, 0, 2), horizon_s / many)


def standing(boxes: Boxes, part_s: float) -> Slices:
    """Give the bounds of boxes that stand, one part for all of a horizon."""
    low, high = collision.outlines(collision.sides_of(boxes, np.arange(len(boxes))))
    return Slices.of(low.T[:, :, None], high.T[:, :, None], part_s)


def window(one: Slices, i: Rows, other: Slices, j: Rows) -> tuple[Floats, Floats]:
    """Give from when to when pairs may meet, each (k,) [s]; from infinite where they never do.

    Parameters
    ----------
    one, i : Slices, (k,)
        Bounds, and the row of each pair's one box in them.
    other, j : Slices, (k,)
        The same of each pair's other box; of one part where it stands.
    """
    # numba takes long to import: only where boxes on arcs are asked about.
    from twin.compiled import COMPILED

    if COMPILED:
        from twin.safety import advancing

        first, behind = advancing.windows(one.low_m, one.high_m, i, other.low_m, other.high_m, j)
    else:
        first, behind = _meeting(one, i, other, j)
    ever = behind > 0
    return np.where(ever, first * one.part_s, np.inf), np.where(ever, behind * one.part_s, -np.inf)


def _meeting(one: Slices, i: Rows, other: Slices, j: Rows) -> tuple[Longs, Longs]:
    """Give the first part in which pairs meet and the one behind the last, (k,) each; 0 where none."""
    apart = one.low_m.take(i, axis=0) > other.high_m.take(j, axis=0)
    apart |= other.low_m.take(j, axis=0) > one.high_m.take(i, axis=0)
    meet: Flags = ~(apart[:, 0] | apart[:, 1])
    # As numbers of so many bits, the last part the highest, and the first: their exponents are the places.
    parts = meet.shape[1]
    place = np.arange(parts)
    codes = meet.astype(np.float64) @ np.exp2(np.stack((place, parts - 1.0 - place), axis=1))
    behind, backwards = np.frexp(codes)[1].astype(np.int64).T
    return np.where(behind > 0, parts - backwards, 0), behind
