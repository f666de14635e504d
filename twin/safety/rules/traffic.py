"""How vehicles keep to the rules of the lanes."""

import numpy as np

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.safety import standing
from twin.safety.collision import Rows
from twin.safety.levels import Levels, Limit
from twin.safety.rules.areas import lanes_of, ways_of
from twin.safety.rules.placed import placed
from twin.safety.rules.scene import Found, Scene, about_machines, nothing
from twin.safety.ways import LANE_EDGE_M, ROADS
from twin.tables import Flags, Floats, Ints, expanded
from twin.yard import roads
from twin.yard.lane_grid import lane_at
from twin.yard.model import LaneKind

SPEEDING = Levels(1.15, 1.3, 1.5, deadband=0.15)
"""Speed above the lane's limit and what a speedometer may be off, as a share of the limit."""
SPEEDING_MPS = 0.5
_LEAST_SHARE = 0.01
WRONG_WAY_MPS, AGAINST = 1.0, -0.5
"""So fast, and with a cosine to the lane's direction below this, a vehicle drives against it."""
WRONG_WAY = Levels(WRONG_WAY_MPS, 5.5, 8.0, deadband=0.3)
"""The same by speed [m/s]: from that of the lane on those who come the other way cannot stop in time."""
STOPPED_MPS, STOPPED_S = 0.1, 120.0
"""Slower than this for so long it has stopped."""
BLOCKED_S = (180.0, 480.0)
"""So long after that the lane counts as blocked: five and ten minutes in all."""
QUEUE_M, QUEUE_ASIDE_M = 40.0, 5.0
"""A machine this far ahead and aside is one that it waits for [m]: a truck with its trailer is 17 m long."""
_QUEUE_REACH_M = QUEUE_M + QUEUE_ASIDE_M
LANE_START_M = 10.0
"""Speed and direction are looked at from so far behind a lane's start [m]."""

_ROAD = np.array([KINDS[name].trolley_mps == 0 and name != "person" for name in KIND_NAMES])
_BACKS_SELDOM = np.array([KINDS[name].cargo_m[1] > 0 for name in KIND_NAMES])
"""Kinds that carry: those that lift back off a stack all day, whichever way the lane runs."""
_CONNECTOR = roads.LANE_KINDS.index(LaneKind.CONNECTOR)


def _sure(scene: Scene) -> Flags:
    """Tell which are vehicles on the road whose places are known."""
    fleet = scene.fleet
    sure: Flags = fleet.present & _ROAD[fleet.kind] & scene.once(placed)
    return sure


def _lanes(scene: Scene) -> tuple[Ints, Floats, Floats]:
    """Give the lanes that all machines are on, as :func:`~twin.yard.lane_grid.lane_at` does."""
    return lane_at(lanes_of(scene.yard)[0], np.stack((scene.tracks.x_m, scene.tracks.y_m), axis=1))


def _lanes_at(scene: Scene, rows: Rows) -> tuple[Ints, Floats, Floats]:
    """Give the same of some machines."""
    lane, along_m, offset_m = scene.once(_lanes)
    return lane[rows], along_m[rows], offset_m[rows]


def _warns_from(limits: tuple[Limit, ...]) -> float:
    """Give the share of a lane's limit from which on speeding is told of, wherever that is soonest."""
    return min([SPEEDING.warning, *(limit.warning for limit in limits if limit.rule == "too_fast")])


def too_fast(scene: Scene) -> Found:
    """Find vehicles above the speed limit of their lane."""
    tracks = scene.tracks
    speed = np.abs(tracks.speed_mps)
    lanes, slow = lanes_of(scene.yard)
    warns = _warns_from(scene.limits)
    least = max(warns - SPEEDING.deadband, _LEAST_SHARE)
    slowest = slow.slowest(tracks.x_m, tracks.y_m)
    rows = np.flatnonzero(scene.once(_sure) & (speed > slowest) & (speed - SPEEDING_MPS >= least * slowest))
    if not len(rows):
        return nothing()
    lane, along_m, offset_m = _lanes_at(scene, rows)
    # Lanes cross and merge inside junctions: which of them a machine is on only shows well beyond.
    sure = (lane >= 0) & (np.abs(offset_m) < lanes.width_m[lane] / 2) & (along_m > LANE_START_M)
    sure &= lanes.kind[lane] != _CONNECTOR
    limit = np.where(sure, lanes.limit_mps[lane], np.inf)
    kept = speed[rows] > limit
    share = (speed[rows] - SPEEDING_MPS) / limit
    return about_machines(scene, rows[kept], speed[rows][kept], share[kept] >= warns, share[kept])


def _is_inside(
    lanes: roads.Roads, lane: Ints, along_m: Floats, offset_m: Floats, ends_m: float = 0.0
) -> Flags:
    """Tell which places in lanes are off their edges, and so far from their ends, (k,)."""
    inside: Flags = (along_m >= ends_m) & (along_m <= lanes.length_m[lane] - ends_m)
    inside &= np.abs(offset_m) < lanes.width_m[lane] / 2 - LANE_EDGE_M
    return inside


def _moving_way(scene: Scene, rows: Rows) -> tuple[Floats, Floats]:
    """Give the direction in which machines move, cosine and sine; one in reverse moves backwards."""
    tracks = scene.tracks
    sign = np.sign(tracks.speed_mps[rows])
    return sign * np.cos(tracks.heading_rad[rows]), sign * np.sin(tracks.heading_rad[rows])


def wrong_way(scene: Scene) -> Found:
    """Find vehicles that drive against the direction of their lane, backwards too."""
    tracks = scene.tracks
    lanes, ways = ways_of(scene.yard)
    backs = (tracks.speed_mps < -WRONG_WAY_MPS) & _BACKS_SELDOM[scene.fleet.kind]
    rows = np.flatnonzero(scene.once(_sure) & ((tracks.speed_mps > WRONG_WAY_MPS) | backs))
    x_m, y_m, heading_rad = tracks.x_m, tracks.y_m, tracks.heading_rad + np.where(backs, np.pi, 0.0)
    rows = rows[ways.against(x_m[rows], y_m[rows], heading_rad[rows])]
    if not len(rows):
        return nothing()
    # In a junction and close to one lanes of all directions meet: there only where none runs this way.
    alone = ~ways.along(x_m[rows], y_m[rows], heading_rad[rows])
    lane, along_m, offset_m = _lanes_at(scene, rows)
    well = _is_inside(lanes, lane, along_m, offset_m, LANE_START_M) & (lanes.kind[lane] != _CONNECTOR)
    told = np.flatnonzero(well | (alone & _is_inside(lanes, lane, along_m, offset_m)))
    rows, lane, along_m = rows[told], lane[told], along_m[told]
    if not len(rows):
        return nothing()
    way_x, way_y = roads.way_at(lanes, lane, along_m).T
    c, s = _moving_way(scene, rows)
    agrees = c * way_x + s * way_y
    kept = agrees < 0.0
    return about_machines(scene, rows[kept], np.abs(tracks.speed_mps[rows[kept]]), agrees[kept] < AGAINST)


def stopped_in_lane(scene: Scene) -> Found:
    """Find vehicles that stand in a road lane or a junction with nothing ahead that they wait for."""
    tracks = scene.tracks
    lanes, ways = ways_of(scene.yard)
    rows = np.flatnonzero(scene.once(_sure) & (np.abs(tracks.speed_mps) < STOPPED_MPS))
    rows = rows[ways.on_road(tracks.x_m[rows], tracks.y_m[rows])]
    if not len(rows):
        return nothing()
    lane, along_m, offset_m = _lanes_at(scene, rows)
    on_road = _is_inside(lanes, lane, along_m, offset_m) & np.isin(lanes.kind[lane], ROADS)
    passed = np.flatnonzero(on_road)
    rows, lane, along_m = rows[passed], lane[passed], along_m[passed]
    for waits in (_waiting, _waiting_round_bend):
        if not len(rows):
            return nothing()
        left = ~waits(scene, rows, lane, along_m)
        rows, lane, along_m = rows[left], lane[left], along_m[left]
    return about_machines(scene, rows, scene.tracks.sigma_m[rows], True, 1.0)


def _waiting(scene: Scene, rows: Rows, _lane: Ints, _along_m: Floats) -> Flags:
    """Tell which machines have another one close ahead, (k,)."""
    tracks = scene.tracks
    return _is_led(scene, rows, tracks.x_m[rows], tracks.y_m[rows], tracks.heading_rad[rows])


def _waiting_round_bend(scene: Scene, rows: Rows, lane: Ints, along_m: Floats) -> Flags:
    """Tell which machines have another one close beyond the end of their lane, or of one that follows, (k,).

    A lane into which one turns runs another way: who waits there is not ahead of one's own heading.
    """
    lanes = lanes_of(scene.yard)[0]
    many = lanes.follow_first[lane + 1] - lanes.follow_first[lane]
    which, number = expanded(many)
    after = lanes.follow[lanes.follow_first[lane[which]] + number]
    at = np.concatenate((np.arange(len(rows)), which))
    ends = np.concatenate((lane, after))
    left_m = lanes.length_m[lane] - along_m
    near = np.concatenate((left_m, left_m[which] + lanes.length_m[after])) < QUEUE_M
    at, ends = at[near], ends[near]
    led = _is_led(scene, rows[at], *roads.pose_at(lanes, ends, lanes.length_m[ends]))
    waits = np.zeros(len(rows), np.bool_)
    waits[at[led]] = True
    return waits


def _is_led(scene: Scene, rows: Rows, x_m: Floats, y_m: Floats, heading_rad: Floats) -> Flags:
    """Tell where another machine than ``rows`` is close ahead of places on their ways, (k,)."""
    tracks = scene.tracks
    others = np.flatnonzero(scene.fleet.present & np.isfinite(tracks.x_m))
    here, there = np.stack((x_m, y_m)), np.stack((tracks.x_m[others], tracks.y_m[others]))
    way, other = standing.meeting(here - _QUEUE_REACH_M, here + _QUEUE_REACH_M, there, there)
    dx, dy = there[:, other] - here[:, way]
    c, s = np.cos(heading_rad)[way], np.sin(heading_rad)[way]
    ahead_m, aside_m = c * dx + s * dy, np.abs(c * dy - s * dx)
    close = (ahead_m > 1.0) & (ahead_m < QUEUE_M) & (aside_m < QUEUE_ASIDE_M) & (others[other] != rows[way])
    led = np.zeros(len(rows), np.bool_)
    led[way[close]] = True
    return led
