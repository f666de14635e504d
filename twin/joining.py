"""A camera's read joined to the lift before it, where the vehicle stood too far aside to be seen in it."""

import math
from dataclasses import replace

import numpy as np

from twin import pairs, reach
from twin.desk import Desk
from twin.fleet.shapes import spreader_offset
from twin.fleet.table import UNHEARD
from twin.inputs import BoxRead

SOON_S = 60.0
"""A read tells of a lift no longer before it than this [s]: cameras read as the box comes up."""
CLOSED_ON_NONE = "no box"
"""What was expected where a spreader closed and no box is known."""


def lifted_aside(desk: Desk, read: BoxRead, box: int, under: str) -> int:
    """Give the vehicle that a crane which closed on nothing known lifted a read box off; -1 where none.

    The vehicle is heard, carries the box, and its cargo place is within ``reach.UNHEARD_SET_M`` of the
    spreader. That is a guess: the doubt about the lift is told anew, with how far aside the vehicle is.

    Parameters
    ----------
    desk : Desk
        Its list is changed where there is one.
    read : BoxRead
    box : int
        Row of the stock.
    under : str
        The words for a box under that crane.
    """
    crane = desk.machine(read.device)
    closed = desk.last_doubt(read.device)
    if closed is None or closed.settled is not None or closed.box or closed.expected != CLOSED_ON_NONE:
        return -1
    heard = [
        row
        for row in pairs.carrying(desk, "cargo", box)
        if desk.fleet.present[row] and desk.tracks.freshness[row] not in UNHEARD
    ]
    if not heard or not 0 <= read.t_ns - closed.t_ns <= SOON_S * 1e9:
        return -1
    aside_m = _aside_m(desk, crane, heard[0])
    if not aside_m <= reach.UNHEARD_SET_M:
        return -1
    number, vehicle = desk.number(box), desk.name(heard[0])
    what = f"lifted {number} off {vehicle} by its read, which stands {aside_m:.1f} m aside"
    desk.tell_anew(replace(closed, what=what, box=number, expected=f"on {vehicle}", found=under))
    desk.served.add(heard[0])
    return heard[0]


def _aside_m(desk: Desk, crane: int, vehicle: int) -> float:
    """Give how far a spreader is from a vehicle's cargo place [m]; NaN where one of them is not known."""
    tracks, rows = desk.tracks, np.array([crane])
    ahead_m, left_m = (
        float(part[0]) for part in spreader_offset(desk.fleet.kind[rows], tracks.trolley_m[rows])
    )
    heading = float(tracks.heading_rad[crane])
    x_m = float(tracks.x_m[crane]) + ahead_m * math.cos(heading) - left_m * math.sin(heading)
    y_m = float(tracks.y_m[crane]) + ahead_m * math.sin(heading) + left_m * math.cos(heading)
    cargo_x_m, cargo_y_m = reach.cargo_centres(desk.fleet, tracks)
    return math.hypot(x_m - float(cargo_x_m[vehicle]), y_m - float(cargo_y_m[vehicle]))
