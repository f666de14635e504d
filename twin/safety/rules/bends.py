"""Vehicles that follow a bend: their lane says when they will have turned."""

import numpy as np

from twin.fleet import motion
from twin.safety import foresight
from twin.safety.rules.areas import lanes_of
from twin.safety.rules.scene import Scene
from twin.tables import Flags, Floats, Ints
from twin.yard import roads
from twin.yard.lane_grid import lane_at
from twin.yard.model import LaneKind

KEEPS_RAD = 0.1
"""Who keeps to a lane is no further off its direction than this [rad]."""
BEYOND_RAD = 0.1
"""So much further than its lane a vehicle has to turn before that is no following any more [rad]."""
SINCE_S = 1.0
"""The bend that a vehicle is in, or has just come out of, is the one of the last second [s]."""
OF_TURN = 0.5
"""A bend explains a turn that is no faster than twice its own."""
_CONNECTOR = roads.LANE_KINDS.index(LaneKind.CONNECTOR)


def straightens(scene: Scene, mover: Ints, when_s: Floats) -> Flags:
    """Tell which machines keep to a lane whose bend will be over by an instant.

    Looked ahead for on the arc that it is on, such a machine swings on out of its lane, into who comes the
    other way. As soon as it does not straighten with its lane it keeps to it no longer.

    Parameters
    ----------
    scene : Scene
    mover : (k,)
        Fleet rows; -1 is none.
    when_s : (k,)
        From now [s].

    Returns
    -------
    (k,) bool
    """
    out = np.zeros(len(mover), np.bool_)
    tracks = scene.tracks
    turns = np.abs(np.nan_to_num(tracks.yaw_rate_rps[mover])) > foresight.TURNING_RPS
    at = np.flatnonzero((mover >= 0) & turns & np.isfinite(when_s) & (tracks.speed_mps[mover] > 0))
    if not len(at):
        return out
    row, when_s = mover[at], when_s[at]
    lanes, _ = lanes_of(scene.yard)
    lane, along_m, offset_m = lane_at(lanes, np.column_stack((tracks.x_m, tracks.y_m))[row])
    on = np.flatnonzero((lane >= 0) & (np.abs(offset_m) < lanes.width_m[lane] / 2))
    at, row, when_s, lane, along_m = at[on], row[on], when_s[on], lane[on], along_m[on]
    yaw, speed, heading = tracks.yaw_rate_rps[row], tracks.speed_mps[row], tracks.heading_rad[row]
    then_m = np.minimum(along_m + speed * when_s, lanes.length_m[lane])
    here, before, then = (
        roads.pose_at(lanes, lane, s_m)[2]
        for s_m in (along_m, np.maximum(along_m - speed * SINCE_S, 0.0), then_m)
    )
    side = np.sign(yaw)
    keeps = np.abs(motion.wrapped(heading - here)) < KEEPS_RAD
    in_bend = side * motion.wrapped(here - before) > OF_TURN * np.abs(yaw) * SINCE_S
    # Ways through a junction lie over one another, and what comes out of it is on the next lane while its
    # turn is still told: there a bend is not looked for on the very lane that is nearest.
    turned = (lanes.kind[lane] == _CONNECTOR) | (along_m < speed * SINCE_S)
    beyond = side * motion.wrapped(heading + yaw * when_s - then) > BEYOND_RAD
    out[at] = keeps & (in_bend | turned) & beyond
    return out
