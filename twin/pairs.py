"""What machines hold: one box, or two of 20 ft end to end, as twin lifts hang and trailers carry them."""

import math

from twin.desk import Desk
from twin.fleet.shapes import IN_FRONT
from twin.reach import END_M, Spot, along_deck_m

COLUMNS = ("load", "cargo")
_SECOND = {"load": "second_load", "cargo": "second_cargo"}


def held(desk: Desk, column: str, row: int) -> tuple[int, ...]:
    """Give the boxes that a machine has as its ``load`` or its ``cargo``, the one behind first."""
    boxes = (int(getattr(desk.tracks, name)[row]) for name in (column, _SECOND[column]))
    return tuple(box for box in boxes if box >= 0)


def hold(desk: Desk, column: str, row: int, boxes: tuple[int, ...]) -> None:
    """Note which boxes a machine has: none, one, or two, the one behind first."""
    for name, box in zip((column, _SECOND[column]), (*boxes, -1, -1)[:2], strict=True):
        if int(getattr(desk.tracks, name)[row]) != box:
            desk.holds(name, row, box)


def without(desk: Desk, column: str, row: int, box: int) -> None:
    """Take one box off a machine."""
    hold(desk, column, row, tuple(one for one in held(desk, column, row) if one != box))


def carrying(desk: Desk, column: str, box: int) -> list[int]:
    """Give the fleet rows of the machines that are believed to have a box."""
    first, second = (getattr(desk.tracks, name) == box for name in (column, _SECOND[column]))
    rows: list[int] = (first | second).nonzero()[0].tolist()
    return rows


def way_rad(desk: Desk, column: str, row: int) -> float:
    """Give the way from the box behind to the one ahead; what is held in front of a machine lies across."""
    if column == "cargo":
        return float(desk.tracks.trailer_heading_rad[row])
    across = bool(IN_FRONT[desk.fleet.kind[row]])
    return float(desk.tracks.heading_rad[row]) + (math.pi / 2.0 if across else 0.0)


def turned(boxes: tuple[int, ...], from_rad: float, to_rad: float) -> tuple[int, ...]:
    """Give boxes in order along another way."""
    return boxes[::-1] if math.cos(to_rad - from_rad) < 0.0 else boxes


def taken_off(desk: Desk, spot: Spot, vehicle: int) -> tuple[int, ...]:
    """Take the boxes off a vehicle that a spreader has closed on: all, or of two the one under it.

    Returns
    -------
    tuple of int
        As they hang then.
    """
    aboard = held(desk, "cargo", vehicle)
    along_m = float(along_deck_m(desk.fleet, desk.tracks, spot)[0][vehicle])
    one = spot.length_ft == 20 or (spot.length_ft < 0 and abs(along_m) > END_M / 2.0)
    taken = aboard[-1:] if along_m > 0.0 else aboard[:1]
    taken = taken if one else aboard
    hold(desk, "cargo", vehicle, tuple(box for box in aboard if box not in taken))
    return turned(taken, way_rad(desk, "cargo", vehicle), way_rad(desk, "load", spot.row))


def put_on(desk: Desk, spot: Spot, vehicle: int, boxes: tuple[int, ...]) -> None:
    """Note that boxes which hung from a spreader lie on a vehicle, beside one that it may carry."""
    boxes = turned(boxes, way_rad(desk, "load", spot.row), way_rad(desk, "cargo", vehicle))
    aboard = held(desk, "cargo", vehicle)
    ahead = float(along_deck_m(desk.fleet, desk.tracks, spot)[0][vehicle]) > 0.0
    hold(desk, "cargo", vehicle, (*aboard, *boxes) if ahead else (*boxes, *aboard))
