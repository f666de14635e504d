"""Cranes: two on one runway, stacks above their profile, and trucks that come up with their boxes."""

import numpy as np

from twin.fleet import motion, rails
from twin.fleet.kinds import KIND_NAMES, KINDS, Joint
from twin.fleet.shapes import spreader_offset
from twin.safety.collision import Rows
from twin.safety.levels import Levels
from twin.safety.rules.placed import placed
from twin.safety.rules.scene import Found, Scene, about_machines, nothing
from twin.tables import Floats, expanded

RUNWAY = Levels(1.2, 1.6, 2.4, deadband=0.2)
"""Braking that is needed to stop short of the other, as a share of what the drive brakes with."""
ROOM_M = 0.5
"""Cranes are to stop so far apart [m]."""
LINE_M = 3.0
"""Cranes on one runway are no further aside of one another than this [m]."""
PROFILE_S = Levels(10.0, 6.0, 3.0, falling=True, deadband=1.0)
"""Time until the crane is at the stack [s]."""
PROFILE_ROOM_M = 0.3
"""A load is to pass so far above a stack [m]."""
ASIDE_M = 2.7
"""A load passes beside stacks that are further from it across the block: a box is 2.44 m wide [m]."""
LIFTED_M = Levels(0.05, 0.15, 0.3)
"""Height of a box above the deck that it is locked to [m]."""
OVERWEIGHT_KG, OVERWEIGHT = 1000.0, 1.05
"""From its declared weight times the one plus the other on something may hang from the spreader with a box.

A corner of a chassis, held by one twistlock, is a ton or two.
"""
SURELY_KG, SURELY = 1500.0, 1.3
"""From this on it does: boxes are declared too light by a quarter, as are those weighed nowhere."""
UNDER_M, ABOVE_M = 2.0, 1.5
"""A vehicle is lifted where its cargo place is so near to the spreader, and the box so little above it."""

_TURNED_RAD = 0.1
_QUAY_CRANE = KIND_NAMES.index("quay_crane")
_HALF_M = np.array([max(abs(p.centre_m[0]) + p.half_m[0] for p in KINDS[name].parts) for name in KIND_NAMES])
_BRAKING_MPS2 = np.array([KINDS[name].acceleration_mps2 for name in KIND_NAMES])
_HOIST_M = np.array([KINDS[name].hoist_range_m[1] for name in KIND_NAMES])
_LIFTS = np.array([any(p.joint is Joint.SPREADER for p in KINDS[name].parts) for name in KIND_NAMES])
_CARGO_M = np.array([KINDS[name].cargo_m for name in KIND_NAMES])


def crane_to_crane(scene: Scene) -> Found:
    """Find cranes on one runway that come too fast at one another."""
    fleet, tracks = scene.fleet, scene.tracks
    good = fleet.present & motion.ON_TRACK[fleet.kind] & scene.once(placed)
    rows = np.flatnonzero(good & np.isfinite(tracks.x_m + tracks.y_m + tracks.heading_rad))
    moving = rows[motion.is_moving(tracks.speed_mps[rows])]
    if len(rows) < 2 or not len(moving):
        return nothing()
    a, b, ahead_m = _next_ahead(scene, rows, moving)
    kinds, speed = fleet.kind, tracks.speed_mps
    goes = speed[b] * np.cos(tracks.heading_rad[b] - tracks.heading_rad[a]) * np.sign(speed[a])
    gap_m = ahead_m - _HALF_M[kinds[a]] - _HALF_M[kinds[b]]
    needed = _needed_m(np.abs(speed[a]), goes, _BRAKING_MPS2[kinds[a]], _BRAKING_MPS2[kinds[b]])
    needed /= np.maximum(gap_m - ROOM_M, 0.05)
    kept = np.flatnonzero((np.abs(speed[a]) - goes > motion.STANDING_MPS) & (gap_m > -1.0))
    one, other = np.minimum(a, b)[kept], np.maximum(a, b)[kept]
    found = about_machines(scene, one, gap_m[kept], True, needed[kept])
    return found.with_columns(other=other.astype(np.int32))


def _next_ahead(scene: Scene, rows: Rows, moving: Rows) -> tuple[Rows, Rows, Floats]:
    """Give moving cranes, of each the next one ahead on its runway, and how far ahead that is [m].

    Of quay cranes a runway is the quay whose rails they are on; others are on one where they stand in one
    line, as those of a block do, and of blocks end to end.
    """
    tracks = scene.tracks
    heading = np.where(tracks.speed_mps[moving] < 0.0, np.pi, 0.0) + tracks.heading_rad[moving]
    along, across = np.cos(heading), np.sin(heading)
    aside_m = tracks.y_m[rows] * along[:, None]
    aside_m -= tracks.x_m[rows] * across[:, None]
    aside_m -= (tracks.y_m[moving] * along - tracks.x_m[moving] * across)[:, None]
    one, other = np.nonzero(np.abs(aside_m, out=aside_m) <= LINE_M)
    quay = np.full(len(scene.fleet), -1, np.int32)
    on_quay = rows[scene.fleet.kind[rows] == _QUAY_CRANE]
    if len(on_quay):
        quay[on_quay] = rails.quays_of(scene.yard, np.column_stack((tracks.x_m, tracks.y_m))[on_quay])
    a, b = moving[one], rows[other]
    dx, dy = tracks.x_m[b] - tracks.x_m[a], tracks.y_m[b] - tracks.y_m[a]
    ahead_m = dx * along[one] + dy * across[one]
    turned = np.abs(np.sin(heading[one] - tracks.heading_rad[b])) > _TURNED_RAD
    some = np.flatnonzero((ahead_m > 0.0) & ~turned & (quay[a] == quay[b]))
    order = some[np.lexsort((ahead_m[some], a[some]))]
    first = order[np.diff(a[order], prepend=-1) != 0]
    return a[first], b[first], ahead_m[first]


def _needed_m(speed: Floats, ahead: Floats, brakes: Floats, brakes_ahead: Floats) -> Floats:
    """Give the way that two which come at one another need to stop, or the one behind to slow down [m].

    ``speed`` is that of the one behind and ``ahead`` that of the other, the same way along the runway.
    """
    towards = np.maximum(speed, 0.0) ** 2 / (2.0 * brakes)
    towards += np.minimum(ahead, 0.0) ** 2 / (2.0 * brakes_ahead)
    braking = np.where(speed > 0.0, brakes, brakes_ahead)
    way_m: Floats = np.where(speed * ahead > 0.0, (speed - ahead) ** 2 / (2.0 * braking), towards)
    return way_m


def block_profile(scene: Scene) -> Found:
    """Find cranes that travel towards stacks higher than what they hold can pass over, or than allowed.

    A stack that is higher than allowed is in the way of the whole crane; else it is in the way of what
    hangs from the trolley, where that is over the stack's row or not known.
    """
    fleet, tracks, slots, stock = scene.fleet, scene.tracks, scene.slots, scene.stock
    goes = fleet.present & motion.ON_TRACK[fleet.kind] & (fleet.block >= 0)
    goes &= fleet.block < len(slots.first) - 1
    rows = np.flatnonzero(goes & motion.is_moving(tracks.speed_mps) & scene.once(placed))
    if not len(rows) or not len(stock):
        return nothing()
    block, kind, held = fleet.block[rows], fleet.kind[rows], tracks.load[rows]
    reach_m = _HOIST_M[kind] - np.where(held >= 0, stock.height_m[held], 0.0) - PROFILE_ROOM_M
    # Few stacks, mostly none, are too high for any crane: only those are held against each.
    tall = np.flatnonzero(stock.top_m > np.minimum(slots.height_limit_m, reach_m.min()))
    start, end = (np.searchsorted(tall, slots.first[block + past]) for past in (0, 1))
    crane, place = expanded(end - start)
    ground = tall[start[crane] + place]
    above_m = stock.top_m[ground] - np.minimum(slots.height_limit_m[ground], reach_m[crane])
    high = np.flatnonzero(above_m > 0.0)
    crane, ground, above_m = crane[high], ground[high], above_m[high]
    dx, dy = (slots.centre_yard_m[ground] - np.column_stack((tracks.x_m, tracks.y_m))[rows[crane]]).T
    heading, speed = tracks.heading_rad[rows[crane]], tracks.speed_mps[rows[crane]]
    ahead_m = (dx * np.cos(heading) + dy * np.sin(heading)) * np.sign(speed)
    seconds = np.maximum(ahead_m - _HALF_M[kind[crane]], 0.0) / np.abs(speed)
    trolley_m = tracks.trolley_m[rows]
    aside_m = dy * np.cos(heading) - dx * np.sin(heading) - spreader_offset(kind, trolley_m)[1][crane]
    in_the_way = (np.abs(aside_m) < ASIDE_M) | np.isnan(trolley_m)[crane]
    in_the_way |= stock.top_m[ground] > slots.height_limit_m[ground]
    ahead = np.flatnonzero((ahead_m > 0.0) & in_the_way)
    crane, ground, above_m, seconds = crane[ahead], ground[ahead], above_m[ahead], seconds[ahead]
    order = np.lexsort((ground, seconds, crane))
    first = order[np.diff(crane[order], prepend=-1) != 0]
    found = about_machines(scene, rows[crane[first]], above_m[first], True, seconds[first])
    return found.with_columns(ground=ground[first].astype(np.int32))


def _hangs_m(scene: Scene, rows: Rows) -> Floats:
    return scene.tracks.hoist_m[rows] - scene.stock.height_m[scene.tracks.load[rows]]


def _gross_kg(scene: Scene, rows: Rows) -> Floats:
    """Give what the boxes that hang from machines are declared to weigh, (k,) [kg]."""
    first, second = scene.tracks.load[rows], scene.tracks.second_load[rows]
    gross_kg = scene.stock.gross_kg
    both_kg: Floats = gross_kg[first] + np.where(second >= 0, gross_kg[second], 0.0)
    return both_kg


def truck_lifted(scene: Scene) -> Found:
    """Find cranes that lift more than their box from a vehicle that is still locked to it.

    Where the box may as well be heavier than declared that is a warning, no more.
    """
    fleet, tracks = scene.fleet, scene.tracks
    rows = np.flatnonzero(fleet.present & _LIFTS[fleet.kind] & tracks.locked & (tracks.load >= 0))
    if not len(rows):
        return nothing()
    rows = rows[tracks.load_kg[rows] > OVERWEIGHT * _gross_kg(scene, rows) + OVERWEIGHT_KG]
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
    # Higher up none is raised: a truck that was seen to hang stays an alarm until it is no longer under it.
    kept = np.flatnonzero(near)
    load_kg, gross_kg = tracks.load_kg[rows[kept]], _gross_kg(scene, rows[kept])
    surely = load_kg > SURELY * gross_kg + SURELY_KG
    measure = np.where(surely, up_m[kept], np.minimum(up_m[kept], LIFTED_M.warning))
    found = about_machines(scene, rows[kept], load_kg / 1000.0, up_m[kept] < ABOVE_M, measure)
    return found.with_columns(other=vehicles[nearest[kept]].astype(np.int32))
