"""What a spreader is over: a vehicle's cargo place, a slot, or the water side of the quay."""

import math
from dataclasses import dataclass

import numpy as np

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Fleet, Tracks, is_unheard
from twin.stock.sizes import LENGTH_M
from twin.tables import Flags, Floats
from twin.yard.model import Block, Quay, Yard
from twin.yard.slots import Slots

END_M = (LENGTH_M[40] - LENGTH_M[20]) / 2.0
"""So far from the middle of two boxes of 20 ft end to end are the middles of each [m]."""
REACH_M = 2.0
"""A vehicle stands under a spreader if its cargo's centre is this close [m]; rows lie 2.79 m apart."""
UNHEARD_M = 60.0
"""A vehicle that was not heard for a while may have gone on so far [m]; a camera's read must confirm it."""
UNHEARD_SET_M = 25.0
"""As above where nothing confirms it: what is set down shows no number."""
CARGO_X_M = np.array([KINDS[name].cargo_m[0] for name in KIND_NAMES])
CARGO_Z_M = np.array([KINDS[name].cargo_m[1] for name in KIND_NAMES])
HOISTS = np.array([KINDS[name].hoist_range_m[1] > 0.0 for name in KIND_NAMES])
"""Which kinds lift."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and when a spreader's locks turned; ``row`` is the machine's, ``length_ft`` -1 unknown."""

    t_ns: int
    row: int
    device: str
    x_m: float
    y_m: float
    hoist_m: float
    length_ft: int


def cargo_centres(fleet: Fleet, tracks: Tracks) -> tuple[Floats, Floats]:
    """Give where each machine's cargo place is in the yard frame, two (n,) arrays [m]."""
    forward_m = CARGO_X_M[fleet.kind]
    heading = tracks.trailer_heading_rad
    return tracks.x_m + forward_m * np.cos(heading), tracks.y_m + forward_m * np.sin(heading)


def along_deck_m(fleet: Fleet, tracks: Tracks, spot: Spot) -> tuple[Floats, Floats]:
    """Give how far a spreader is ahead of each machine's cargo place and to its left, two (n,) arrays [m]."""
    x_m, y_m = cargo_centres(fleet, tracks)
    c, s = np.cos(tracks.trailer_heading_rad), np.sin(tracks.trailer_heading_rad)
    dx_m, dy_m = spot.x_m - x_m, spot.y_m - y_m
    return c * dx_m + s * dy_m, c * dy_m - s * dx_m


def spans_two(slots: Slots, spot: Spot, ground: int) -> bool:
    """Tell whether a spreader over a ground slot, and maybe the next, is out for two of them."""
    if spot.length_ft > 0:
        return spot.length_ft > 20
    x_m, y_m = slots.centre_yard_m[ground]
    heading = float(slots.heading_rad[ground])
    along_m = (spot.x_m - x_m) * math.cos(heading) + (spot.y_m - y_m) * math.sin(heading)
    return bool(along_m > slots.bay_pitch_m[ground] / 4.0)


def vehicle_under(fleet: Fleet, tracks: Tracks, spot: Spot, *, loaded: bool) -> int:
    """Give the vehicle, loaded or free, whose cargo place is nearest under a spreader; -1 none in reach."""
    away_m = _away_m(fleet, tracks, spot, loaded)
    nearest = int(np.argmin(away_m))
    return nearest if away_m[nearest] <= REACH_M else -1


def vehicle_with_room(fleet: Fleet, tracks: Tracks, spot: Spot, short: Flags) -> int:
    """Give the vehicle with room for a second box of 20 ft under a spreader, at one end of it; -1 none.

    ``short``, (n,), tells whose cargo is 20 ft long.
    """
    along_m, across_m = along_deck_m(fleet, tracks, spot)
    away_m = np.hypot(np.abs(along_m) - END_M, across_m)
    usable = fleet.present & (tracks.cargo >= 0) & (tracks.second_cargo < 0) & short
    away_m = np.where(usable & ~np.isnan(away_m), away_m, np.inf)
    nearest = int(np.argmin(away_m))
    return nearest if away_m[nearest] <= REACH_M else -1


def unheard_near(fleet: Fleet, tracks: Tracks, spot: Spot, *, loaded: bool, within_m: float) -> int:
    """Give the nearest vehicle that has not been heard for a while, as in a radio-blind zone; -1 none.

    Where it stands now is not known, so it may well be the one under the spreader.
    """
    away_m = np.where(is_unheard(tracks), _away_m(fleet, tracks, spot, loaded), np.inf)
    nearest = int(np.argmin(away_m))
    return nearest if away_m[nearest] <= within_m else -1


def any_near(fleet: Fleet, tracks: Tracks, spot: Spot, *, loaded: bool, within_m: float) -> int:
    """Give the nearest vehicle now, -1 none so near: it may have been under a spreader minutes ago."""
    away_m = _away_m(fleet, tracks, spot, loaded)
    nearest = int(np.argmin(away_m))
    return nearest if away_m[nearest] <= within_m else -1


def any_unheard(fleet: Fleet, tracks: Tracks) -> bool:
    """Tell whether a free vehicle is here that is not heard now, or never was: it may stand anywhere."""
    free = fleet.present & (CARGO_Z_M[fleet.kind] > 0) & (tracks.cargo < 0)
    return bool((free & is_unheard(tracks)).any())


def any_crane_unheard(fleet: Fleet, tracks: Tracks) -> bool:
    """Tell whether a machine with a spreader is here that is not heard now: what it lifts it tells later."""
    return bool((fleet.present & HOISTS[fleet.kind] & is_unheard(tracks)).any())


def _away_m(fleet: Fleet, tracks: Tracks, spot: Spot, loaded: bool) -> Floats:
    """Give how far each vehicle's cargo place is from a spreader [m], infinite where it is no candidate."""
    along_m, across_m = along_deck_m(fleet, tracks, spot)
    away_m = np.hypot(along_m, across_m)
    if loaded and spot.length_ft <= 20:
        ends_m = np.hypot(np.abs(along_m) - END_M, across_m)
        away_m = np.where(tracks.second_cargo >= 0, np.minimum(away_m, ends_m), away_m)
    usable = fleet.present & (CARGO_Z_M[fleet.kind] > 0) & ((tracks.cargo >= 0) == loaded)
    away_m = np.where(usable & ~np.isnan(away_m), away_m, np.inf)
    away_m[spot.row] = np.inf
    return away_m


def ground_under(yard: Yard, slots: Slots, fleet: Fleet, spot: Spot, length_ft: int) -> int:
    """Give the (lower) ground slot under a spreader, -1 where there is none.

    A gantry crane is looked for in its own block alone; a length of -1 is taken from where
    the spreader stands between the 20 ft places.
    """
    bound = int(fleet.block[spot.row])
    for index in (bound,) if bound >= 0 else range(len(yard.blocks)):
        block = yard.blocks[index]
        along, row = _along_and_row(block, spot)
        length = length_ft if length_ft > 0 else (40 if abs(along - round(along)) < 0.25 else 20)
        position = math.floor(along) if length == 20 else round(along) - 1
        last = block.bays - (1 if length == 20 else 2)
        if 0 <= row < block.rows and 0 <= position <= last:
            return int(slots.first[index]) + position * block.rows + row
    return -1


def _along_and_row(block: Block, spot: Spot) -> tuple[float, int]:
    u_m, v_m = block.block_from_yard(spot.x_m, spot.y_m)
    return u_m / block.bay_pitch_m, math.floor(v_m / block.row_pitch_m)


def over_water(yard: Yard, spot: Spot) -> bool:
    """Tell whether a spreader is on the water side of a quay's edge."""
    return any(_beyond_edge_m(quay, spot.x_m, spot.y_m) > 0 for quay in yard.quays)


def _beyond_edge_m(quay: Quay, x_m: float, y_m: float) -> float:
    (x0, y0), (x1, y1) = quay.edge_yard_m
    along_m = math.hypot(x1 - x0, y1 - y0)
    return ((x_m - x0) * (y1 - y0) - (y_m - y0) * (x1 - x0)) / along_m
