"""How vehicles keep to the rules of the lanes."""

import numpy as np

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Freshness
from twin.safety.levels import Levels
from twin.safety.rules.areas import lanes_of
from twin.safety.rules.scene import Found, Scene, about_machines, nothing
from twin.yard import roads
from twin.yard.model import LaneKind

SPEEDING = Levels(1.15, 1.3, 1.5, deadband=0.15)
"""Speed above the lane's limit and what a speedometer may be off, as a share of the limit."""
SPEEDING_MPS = 0.5
LANE_START_M = 10.0
"""A lane's rules are looked at from so far behind its start [m]."""

_ROAD = np.array([KINDS[name].trolley_mps == 0 and name != "person" for name in KIND_NAMES])
_CONNECTOR = roads.LANE_KINDS.index(LaneKind.CONNECTOR)


def too_fast(scene: Scene) -> Found:
    """Find vehicles above the speed limit of their lane."""
    tracks = scene.tracks
    speed = np.abs(tracks.speed_mps)
    lanes, slow = lanes_of(scene.yard)
    sure = scene.fleet.present & _ROAD[scene.fleet.kind] & (tracks.freshness <= Freshness.LATE)
    rows = np.flatnonzero(sure & (speed > slow.slowest(tracks.x_m, tracks.y_m)))
    if not len(rows):
        return nothing()
    lane, along_m, offset_m = roads.nearest(lanes, np.column_stack((tracks.x_m, tracks.y_m))[rows])
    # Lanes cross and merge inside junctions: which of them a machine is on only shows well beyond.
    sure = (np.abs(offset_m) < lanes.width_m[lane] / 2) & (along_m > LANE_START_M)
    sure &= lanes.kind[lane] != _CONNECTOR
    limit = np.where(sure, lanes.limit_mps[lane], np.inf)
    kept = speed[rows] > limit
    share = (speed[rows] - SPEEDING_MPS) / limit
    return about_machines(scene, rows[kept], speed[rows][kept], share[kept] > SPEEDING.warning, share[kept])
