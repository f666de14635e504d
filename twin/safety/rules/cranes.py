"""Cranes: two on one runway, stacks above their profile, and trucks that come up with their boxes."""

import numpy as np

from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS, Joint
from twin.fleet.shapes import spreader_offset
from twin.fleet.table import Freshness
from twin.safety.collision import Rows
from twin.safety.levels import Levels
from twin.safety.rules.scene import Found, Scene, about_machines, nothing
from twin.tables import Floats

RUNWAY = Levels(1.2, 1.6, 2.4, deadband=0.2)
"""Braking that is needed to stop short of the other, as a share of what the drive brakes with."""
ROOM_M = 0.5
"""Cranes are to stop so far apart [m]."""
PROFILE_S = Levels(10.0, 6.0, 3.0, falling=True, deadband=1.0)
"""Time until the crane is at the stack [s]."""
PROFILE_ROOM_M = 0.3
"""A load is to pass so far above a stack [m]."""
LIFTED_M = Levels(0.05, 0.15, 0.3)
"""Height of a box above the deck that it is locked to [m]."""
OVERWEIGHT_KG, OVERWEIGHT = 1500.0, 1.1
"""What hangs from the spreader is more than the box from its declared weight times the one plus the other."""
UNDER_M, ABOVE_M = 2.0, 1.5
"""A vehicle is lifted where its cargo place is so near to the spreader, and the box so little above it."""

_HALF_M = np.array([max(abs(p.centre_m[0]) + p.half_m[0] for p in KINDS[name].parts) for name in KIND_NAMES])
_BRAKING_MPS2 = np.array([KINDS[name].acceleration_mps2 for name in KIND_NAMES])
_HOIST_M = np.array([KINDS[name].hoist_range_m[1] for name in KIND_NAMES])
_LIFTS = np.array([any(p.joint is Joint.SPREADER for p in KINDS[name].parts) for name in KIND_NAMES])
_CARGO_M = np.array([KINDS[name].cargo_m for name in KIND_NAMES])


def crane_to_crane(scene: Scene) -> Found:
    """Find cranes of one block, or of the quay, that come too fast at one another."""
    fleet, tracks = scene.fleet, scene.tracks
    good = fleet.present & motion.ON_TRACK[fleet.kind] & (tracks.freshness <= Freshness.LATE)
    rows = np.flatnonzero(good & np.isfinite(tracks.x_m + tracks.y_m + tracks.heading_rad))
    if len(rows) < 2:
        return nothing()
    axis = tracks.heading_rad[rows] % np.pi
    # Just below pi is the same direction as just above 0.
    axis = np.where(axis > np.pi - 0.1, axis - np.pi, axis)
    turned = np.cos(tracks.heading_rad[rows] - axis)
    runway = np.where(fleet.block[rows] >= 0, fleet.block[rows], -2 - fleet.kind[rows].astype(np.int32))
    along_m = tracks.x_m[rows] * np.cos(axis) + tracks.y_m[rows] * np.sin(axis)
    speed = tracks.speed_mps[rows] * turned
    order = np.lexsort((along_m, runway))
    a, b = order[:-1], order[1:]
    pairs = np.flatnonzero(runway[a] == runway[b])
    a, b = a[pairs], b[pairs]
    closing = speed[a] - speed[b]
    kinds = fleet.kind[rows]
    gap_m = along_m[b] - along_m[a] - _HALF_M[kinds[a]] - _HALF_M[kinds[b]]
    needed = closing**2 / (2.0 * np.maximum(gap_m - ROOM_M, 0.05)) / _BRAKING_MPS2[kinds[a]]
    kept = np.flatnonzero((closing > motion.STANDING_MPS) & (gap_m > -1.0))
    one, other = np.minimum(rows[a], rows[b])[kept], np.maximum(rows[a], rows[b])[kept]
    found = about_machines(scene, one, gap_m[kept], True, needed[kept])
    return found.with_columns(other=other.astype(np.int32))


def block_profile(scene: Scene) -> Found:
    """Find cranes that travel towards stacks higher than what they hold can pass over, or than allowed."""
    fleet, tracks = scene.fleet, scene.tracks
    goes = fleet.present & motion.ON_TRACK[fleet.kind] & (fleet.block >= 0)
    rows = np.flatnonzero(goes & motion.is_moving(tracks.speed_mps) & (tracks.freshness <= Freshness.LATE))
    parts = [_too_high(scene, int(row)) for row in rows]
    parts = [part for part in parts if len(part)]
    if not parts:
        return nothing()
    names = Found.__dataclass_fields__
    return Found(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _too_high(scene: Scene, row: int) -> Found:
    """Find the nearest stack in a crane's way that is too high; cranes that travel are few."""
    fleet, tracks, slots = scene.fleet, scene.tracks, scene.slots
    block = int(fleet.block[row])
    ground = np.arange(int(slots.first[block]), int(slots.first[block + 1]))
    heading, speed = float(tracks.heading_rad[row]), float(tracks.speed_mps[row])
    d = slots.centre_yard_m[ground] - (tracks.x_m[row], tracks.y_m[row])
    ahead_m = (d[:, 0] * np.cos(heading) + d[:, 1] * np.sin(heading)) * np.sign(speed)
    held = int(tracks.load[row])
    load_m = float(scene.stock.height_m[held]) if held >= 0 else 0.0
    reach_m = _HOIST_M[fleet.kind[row]] - load_m - PROFILE_ROOM_M
    limit_m = np.minimum(slots.height_limit_m[ground], reach_m)
    above_m = scene.stock.top_m[ground] - limit_m
    half_m = _HALF_M[fleet.kind[row]]
    seconds = np.maximum(ahead_m - half_m, 0.0) / abs(speed)
    high = np.flatnonzero((above_m > 0.0) & (ahead_m > 0.0))
    if not len(high):
        return nothing()
    first = high[int(np.argmin(seconds[high]))]
    found = about_machines(scene, [row], above_m[first], True, seconds[first])
    return found.with_columns(ground=np.array([ground[first]], np.int32))


def _hangs_m(scene: Scene, rows: Rows) -> Floats:
    return scene.tracks.hoist_m[rows] - scene.stock.height_m[scene.tracks.load[rows]]


def truck_lifted(scene: Scene) -> Found:
    """Find cranes that lift more than their box from a vehicle that is still locked to it."""
    fleet, tracks, stock = scene.fleet, scene.tracks, scene.stock
    rows = np.flatnonzero(fleet.present & _LIFTS[fleet.kind] & tracks.locked & (tracks.load >= 0))
    if not len(rows):
        return nothing()
    heavy = tracks.load_kg[rows] > OVERWEIGHT * stock.gross_kg[tracks.load[rows]] + OVERWEIGHT_KG
    rows = rows[heavy]
    vehicles = np.flatnonzero(fleet.present & (_CARGO_M[fleet.kind][:, 1] > 0) & np.isfinite(tracks.x_m))
    if not len(rows) or not len(vehicles):
        return nothing()
    forward_m, left_m = spreader_offset(fleet.kind[rows], tracks.trolley_m[rows])
    c, s = np.cos(tracks.heading_rad[rows]), np.sin(tracks.heading_rad[rows])
    x_m = tracks.x_m[rows] + c * forward_m - s * left_m
    y_m = tracks.y_m[rows] + s * forward_m + c * left_m
    towed, (cargo_x_m, cargo_z_m) = tracks.trailer_heading_rad[vehicles], _CARGO_M[fleet.kind[vehicles]].T
    at_x, at_y = (
        tracks.x_m[vehicles] + cargo_x_m * np.cos(towed),
        tracks.y_m[vehicles] + cargo_x_m * np.sin(towed),
    )
    away_m = np.hypot(x_m[:, None] - at_x, y_m[:, None] - at_y)
    nearest = np.argmin(away_m, axis=1)
    up_m = _hangs_m(scene, rows) - cargo_z_m[nearest]
    near = away_m[np.arange(len(rows)), nearest] < UNDER_M
    kept = np.flatnonzero(near & (up_m < ABOVE_M))
    found = about_machines(scene, rows[kept], tracks.load_kg[rows[kept]] / 1000.0, True, up_m[kept])
    return found.with_columns(other=vehicles[nearest[kept]].astype(np.int32))
