"""Boxes round what of a machine turns as one, so that few of its parts need a look of their own."""

from dataclasses import dataclass

import numpy as np

from twin.fleet.kinds import Joint
from twin.fleet.shapes import Boxes
from twin.safety import arcs
from twin.safety.arcs import Ahead, Asked
from twin.safety.collision import Rows
from twin.tables import Floats

NEAR_M = 0.3
"""Hulls this close to one another count as touching: their boxes are then looked at closely [m]."""
_SAMPLE_S = 0.5
"""Circles round hulls are compared this far apart in time [s]."""


def groups_of(boxes: Boxes) -> Rows:
    """Give a number to what turns as one, (n,): a machine's own parts, its trailer with what it carries."""
    towed = (boxes.joint == Joint.TRAILER) | (boxes.joint == Joint.CARGO)
    group = boxes.mover.astype(np.int64) * 2 + towed
    starts = (np.diff(group, prepend=-3) != 0) | (boxes.mover < 0)
    numbers: Rows = np.cumsum(starts) - 1
    return numbers


def hulls_of(ahead: Ahead, of: Rows, horizon_s: float) -> Ahead:
    """Give boxes round all that turns as one, wide enough for what slides and rises within a horizon.

    Parameters
    ----------
    ahead : Ahead
        n boxes, machine after machine, a trailer's boxes side by side.
    of : (n,) int
        The group of each, rising from 0.
    horizon_s : float
        How far ahead the hulls are to hold [s].

    Returns
    -------
    Ahead
        One row a group.
    """
    boxes = ahead.boxes
    first = np.flatnonzero(np.diff(of, prepend=-1))
    lead = first[of]
    c, s = boxes.cos[lead], boxes.sin[lead]
    dx, dy = boxes.x_m - ahead.about_x_m, boxes.y_m - ahead.about_y_m
    u, v = c * dx + s * dy, c * dy - s * dx
    along, across = np.abs(c * boxes.cos + s * boxes.sin), np.abs(c * boxes.sin - s * boxes.cos)
    slide = horizon_s * np.hypot(ahead.slide_x_mps, ahead.slide_y_mps)
    reach_u = along * boxes.half_l_m + across * boxes.half_w_m + slide
    reach_v = across * boxes.half_l_m + along * boxes.half_w_m + slide
    rise = horizon_s * boxes.vz_mps
    low = [u - reach_u, v - reach_v, boxes.bottom_m + np.minimum(rise, 0.0)]
    high = [u + reach_u, v + reach_v, boxes.top_m + np.maximum(rise, 0.0)]
    lowest = np.stack([np.minimum.reduceat(row, first) for row in low])
    highest = np.stack([np.maximum.reduceat(row, first) for row in high])
    return _boxed(ahead, first, lowest, highest)


def _boxed(ahead: Ahead, first: Rows, lowest: Floats, highest: Floats) -> Ahead:
    boxes, nothing = ahead.boxes, np.zeros(len(first))
    c, s = boxes.cos[first], boxes.sin[first]
    (u, v), (half_u, half_v) = (lowest[:2] + highest[:2]) / 2.0, (highest[:2] - lowest[:2]) / 2.0
    about_x, about_y = ahead.about_x_m[first], ahead.about_y_m[first]
    hull = Boxes(
        about_x + c * u - s * v, about_y + s * u + c * v, c, s, half_u, half_v, lowest[2], highest[2],
        boxes.vx_mps[first], boxes.vy_mps[first], boxes.mover[first], boxes.part[first], boxes.joint[first],
        nothing,
    )  # fmt: skip
    return Ahead(
        hull, about_x, about_y, ahead.vx_mps[first], ahead.vy_mps[first], ahead.yaw_rate_rps[first],
        ahead.fold_rad[first], ahead.settles_ps[first], nothing, nothing,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HullPairs:
    """Pairs of hulls that stand for pairs of boxes.

    ``asked`` are those that may touch, ``pair`` the number among them for each pair of boxes, -1 for one
    whose hulls surely do not touch within the horizon.
    """

    asked: Asked
    pair: Rows

    def since_s(self, found_s: Floats) -> Floats:
        """Give before when the pairs of boxes surely do not touch, by what was found of the hulls."""
        return np.append(found_s, np.inf)[self.pair]


def pairs_of(ahead: Ahead, i: Rows, j: Rows, horizon_s: float) -> HullPairs:
    """Give the pairs of hulls for pairs of boxes, those left out that never come near one another.

    Parameters
    ----------
    ahead : Ahead
        n boxes, machine after machine.
    i, j : (k,)
        Pairs of its rows.
    horizon_s : float
        How far ahead to look [s].
    """
    of = groups_of(ahead.boxes)
    needed = np.zeros(int(of.max(initial=-1)) + 1, np.bool_)
    needed[of[i]] = needed[of[j]] = True
    rows, number = np.flatnonzero(needed[of]), np.cumsum(needed) - 1
    hulls, many = hulls_of(ahead.take(rows), number[of[rows]], horizon_s), max(int(needed.sum()), 1)
    pairs, pair = np.unique(number[of[i]] * many + number[of[j]], return_inverse=True)
    one = pairs // many
    other = pairs - one * many
    start, end = _window(hulls, one, other, horizon_s)
    near = start <= end
    place = np.where(near, np.cumsum(near) - 1, -1)
    return HullPairs(Asked(hulls, one[near], hulls, other[near], start[near], end[near]), place[pair])


def _window(ahead: Ahead, i: Rows, j: Rows, horizon_s: float) -> tuple[Floats, Floats]:
    """Give from when to when the circles round pairs of boxes may meet, each (k,) [s]."""
    times = np.linspace(0.0, horizon_s, max(int(np.ceil(horizon_s / _SAMPLE_S)), 1) + 1)
    step_s = times[1] - times[0]
    x, y = arcs.centres(ahead, times)
    boxes = ahead.boxes
    most = arcs.most_mps2(ahead)
    # Halfway to the next sample a centre is no further off than half the way between them, and its stray.
    way = np.sqrt(np.maximum(np.diff(x, axis=0) ** 2 + np.diff(y, axis=0) ** 2, 0.0)).max(axis=0, initial=0.0)
    reach = np.sqrt(boxes.half_l_m**2 + boxes.half_w_m**2) + way / 2.0 + most * step_s**2 / 8.0
    x, y = x.T.copy(), y.T.copy()
    apart = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2
    near = apart <= ((reach[i] + reach[j]) ** 2)[:, None]
    first, last = near.argmax(axis=1), len(times) - 1 - near[:, ::-1].argmax(axis=1)
    ever = near.any(axis=1)
    start = np.where(ever, times[first] - step_s, np.inf)
    return np.maximum(start, 0.0), np.where(ever, times[last] + step_s, -np.inf)
