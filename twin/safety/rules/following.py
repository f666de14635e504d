"""Whether two would meet where one of them follows its lane: a bend ends, and it goes straight from there."""

from dataclasses import replace
from typing import TypeVar

import numpy as np

from twin.fleet import motion
from twin.fleet.table import Fleet, Tracks
from twin.safety import collision
from twin.safety.collision import Rows
from twin.safety.parts import boxes_of
from twin.safety.rules.areas import lanes_of
from twin.safety.rules.scene import Scene
from twin.tables import Flags, Floats, Ints
from twin.yard import roads
from twin.yard.lane_grid import lane_at

STEP_S = 0.1
BEYOND_S = 0.5
"""Who follows a lane gets to a place later than on a shorter arc: so much further it is looked for [s]."""
_APART_M = 10_000.0
"""Each instant of each pair is laid out on a ground of its own, so far from the next [m]."""
Kept = TypeVar("Kept", Fleet, Tracks)
_POSE = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")


def meets(scene: Scene, pairs: tuple[Ints, Ints], follows: tuple[Flags, Flags], within: Rows) -> Flags:
    """Tell which pairs touch within their time where those that follow their lanes go on along these.

    Parameters
    ----------
    scene : Scene
    pairs : (k,) int32, (k,) int32
        Fleet rows of the one and of the other.
    follows : (k,) bool, (k,) bool
        Which of them keep to a lane; the others go on turning as they do.
    within : (k,)
        Rows of ``scene.encounters``: in its time, and with its clearance, each pair is looked for.

    Returns
    -------
    (k,) bool
    """
    e, k = scene.encounters, len(within)
    until_s = np.minimum(e.breach_s[within], e.time_s[within]) + BEYOND_S
    steps = int(np.ceil(until_s.max(initial=0.0) / STEP_S)) + 1
    pair, time_s = np.repeat(np.arange(k), steps), np.tile(np.arange(steps) * STEP_S, k)
    row = np.concatenate((pairs[0][pair], pairs[1][pair]))
    on_lane = np.concatenate((follows[0][pair], follows[1][pair]))
    tracks = _then(scene, row, on_lane, np.tile(time_s, 2))
    tracks = tracks.with_columns(x_m=tracks.x_m + _APART_M * np.tile(np.arange(len(pair)), 2))
    boxes = boxes_of(some_rows(scene.fleet, row), tracks, scene.stock)
    instant = boxes.mover % len(pair)
    grown_m = e.clearance_m[within][pair][instant] / 2.0
    boxes = replace(boxes, half_l_m=boxes.half_l_m + grown_m, half_w_m=boxes.half_w_m + grown_m)
    i, j = collision.pairs(boxes)
    same = np.flatnonzero(instant[i] == instant[j])
    i, j = i[same], j[same]
    met = instant[i[collision.overlapping(boxes.take(i), boxes.take(j))]]
    out = np.zeros(k, np.bool_)
    out[pair[met[time_s[met] <= until_s[pair[met]]]]] = True
    return out


def _then(scene: Scene, row: Ints, on_lane: Flags, time_s: Floats) -> Tracks:
    """Give tracks of machines as they will be: along their lanes where they follow these, else on arcs."""
    tracks = scene.tracks
    pose = motion.moved(np.column_stack([getattr(tracks, name)[row] for name in _POSE]), time_s)
    at = np.flatnonzero(on_lane)
    if len(at):
        lanes, _ = lanes_of(scene.yard)
        x_m, y_m, heading_rad = tracks.x_m[row[at]], tracks.y_m[row[at]], tracks.heading_rad[row[at]]
        lane, along_m, _ = lane_at(lanes, np.column_stack((x_m, y_m)))
        here = roads.pose_at(lanes, lane, along_m)
        then = roads.pose_at(lanes, lane, along_m + tracks.speed_mps[row[at]] * time_s[at])
        # It keeps as far aside of its lane as it is.
        turn = then[2] - here[2]
        c, s, dx, dy = np.cos(turn), np.sin(turn), x_m - here[0], y_m - here[1]
        pose[at, motion.X], pose[at, motion.Y] = then[0] + c * dx - s * dy, then[1] + s * dx + c * dy
        pose[at, motion.HEADING] = heading_rad + turn
    way_m = tracks.speed_mps[row] * time_s
    trailer = motion.trailing(
        scene.fleet.kind[row], tracks.trailer_heading_rad[row], pose[:, motion.HEADING], way_m
    )
    return some_rows(tracks, row).with_columns(
        x_m=pose[:, motion.X], y_m=pose[:, motion.Y], heading_rad=pose[:, motion.HEADING],
        trailer_heading_rad=trailer,
    )  # fmt: skip


def some_rows(table: Kept, rows: Ints) -> Kept:
    """Give some rows of a table of machines, as often as they are named."""
    columns = {name: getattr(table, name) for name in table.__dataclass_fields__}
    return table.with_columns(**{k: v[rows] for k, v in columns.items() if isinstance(v, np.ndarray)})
