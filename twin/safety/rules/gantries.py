"""Gantries that travel at vehicles and people who stand, looked for as far ahead as they need to brake."""

from collections.abc import Callable

import numpy as np

from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS, Joint, Part
from twin.fleet.shapes import Boxes
from twin.safety import encounters, foresight
from twin.safety.collision import Rows
from twin.safety.parts import boxes_of
from twin.safety.rules.following import some_rows
from twin.safety.rules.scene import Found, Scene
from twin.tables import Flags, Floats, Ints

STOPS_MPS2 = 0.3
"""So hard a gantry brakes that is stopped at once [m/s2]: 6 s from full speed."""
LEGS_M = 4.5
"""Parts that begin below this are met by what stands on the ground [m]."""
_GANTRY = motion.ON_TRACK


def _legs(name: str) -> list[Part]:
    parts = KINDS[name].parts
    return [p for p in parts if p.joint is Joint.BODY and p.centre_m[2] - p.half_m[2] < LEGS_M]


_INNER_M = np.array([min(max(abs(p.centre_m[1]) - p.half_m[1], 0.0) for p in _legs(n)) for n in KIND_NAMES])
_OUTER_M = np.array([max(abs(p.centre_m[1]) + p.half_m[1] for p in _legs(n)) for n in KIND_NAMES])
_HALF_M = np.array([max(abs(p.centre_m[0]) + p.half_m[0] for p in _legs(n)) for n in KIND_NAMES])
_LONG_M = np.array(
    [max(abs(p.centre_m[0]) + p.half_m[0] for p in KINDS[n].parts) + KINDS[n].trailer_m for n in KIND_NAMES]
)
"""How far the parts of a machine are from its origin at most [m]."""
_WIDE_M = np.array([max(abs(p.centre_m[1]) + p.half_m[1] for p in KINDS[n].parts) for n in KIND_NAMES])


def braking_s(scene: Scene, rows: Ints) -> Floats:
    """Give how long before what is in their way gantries have to begin to brake, (k,) [s]."""
    needed: Floats = np.abs(scene.tracks.speed_mps[rows]) / (2.0 * STOPS_MPS2)
    return needed


def stand(scene: Scene, rows: Ints) -> Flags:
    """Tell which of the machines are vehicles or people who stand, (k,); False for row -1."""
    kind, speed_mps = scene.fleet.kind[rows], scene.tracks.speed_mps[rows]
    found: Flags = (rows >= 0) & ~_GANTRY[kind] & ~motion.is_moving(speed_mps)
    return found


def with_way_to_brake(scene: Scene, found: Found, placed: Callable[[Scene], Flags], within_s: float) -> Found:
    """Count the time to who stands in a gantry's way until it has to brake, and look so far ahead for them.

    Parameters
    ----------
    scene : Scene
    found : Found
        Gantries (``mover``) and what they travel into, by the time until they do.
    placed : callable
        Tells which machines are where they are shown.
    within_s : float
        So long before it has to brake a gantry is told of [s].
    """
    mover, other, time_s = _ahead(scene, placed, within_s)
    new = ~np.isin(encounters.keys(mover, other), encounters.keys(found.mover, found.other))
    mover, other, time_s = mover[new], other[new], time_s[new]
    if len(mover):
        none, x_m, y_m = np.full(len(mover), -1, np.int32), scene.tracks.x_m[other], scene.tracks.y_m[other]
        sure = np.ones(len(mover), np.bool_)
        more = Found(mover, other, none, none, x_m, y_m, time_s, time_s, sure)
        columns = Found.__dataclass_fields__
        found = Found(**{c: np.concatenate((getattr(found, c), getattr(more, c))) for c in columns})
    waits = stand(scene, found.other)
    sooner_s = np.where(waits, braking_s(scene, found.mover), 0.0)
    return found.with_columns(measure=found.measure - sooner_s) if waits.any() else found


def _ahead(scene: Scene, placed: Callable[[Scene], Flags], within_s: float) -> tuple[Ints, Ints, Floats]:
    """Give gantries that travel, who stands in their way within their time, and when they get there [s]."""
    goes = scene.fleet.present & _GANTRY[scene.fleet.kind] & motion.is_moving(scene.tracks.speed_mps)
    gantry = np.flatnonzero(goes).astype(np.int32)
    gantry = gantry[scene.once(placed)[gantry]] if len(gantry) else gantry
    if not len(gantry):
        return gantry, gantry, np.empty(0)
    mover, other = _in_track(scene, gantry, placed, within_s)
    if not len(mover):
        return mover, other, np.empty(0)
    rows = np.concatenate((mover, other))
    fleet, tracks = some_rows(scene.fleet, rows), some_rows(scene.tracks, rows)
    tracks = tracks.with_columns(speed_mps=np.where(np.arange(len(rows)) < len(mover), tracks.speed_mps, 0.0))
    boxes = boxes_of(fleet, tracks, scene.stock)
    i, j = _pairs(boxes, len(mover))
    ahead = foresight.ahead(fleet, tracks, boxes)
    longest_s = within_s + float(braking_s(scene, mover).max())
    touch_s = foresight.time_to_contact(ahead, i, ahead, j, longest_s)
    time_s = np.full(len(mover), np.inf)
    np.minimum.at(time_s, boxes.mover[i], touch_s)
    met = (time_s > 0.0) & (time_s <= within_s + braking_s(scene, mover))
    return mover[met], other[met], time_s[met]


def _in_track(
    scene: Scene, gantry: Ints, placed: Callable[[Scene], Flags], within_s: float
) -> tuple[Ints, Ints]:
    """Give pairs of gantries and of who may stand in the way of their legs."""
    fleet, tracks = scene.fleet, scene.tracks
    rows = np.flatnonzero(fleet.present & np.isfinite(tracks.x_m) & scene.once(placed)).astype(np.int32)
    rows = rows[stand(scene, rows)]
    dx, dy = tracks.x_m[rows] - tracks.x_m[gantry][:, None], tracks.y_m[rows] - tracks.y_m[gantry][:, None]
    kind, speed_mps = fleet.kind[gantry], np.abs(tracks.speed_mps[gantry])
    way_m = _HALF_M[kind] + speed_mps * (within_s + braking_s(scene, gantry))
    reach_m = np.hypot(way_m, _OUTER_M[kind]) + _LONG_M.max()
    one, other = np.nonzero(dx * dx + dy * dy < (reach_m**2)[:, None])
    mover, who, dx, dy = gantry[one], rows[other], dx[one, other], dy[one, other]
    heading, long_m = tracks.heading_rad[mover], _LONG_M[fleet.kind[who]]
    ahead_m = (np.cos(heading) * dx + np.sin(heading) * dy) * np.sign(tracks.speed_mps[mover])
    aside_m = np.abs(np.cos(heading) * dy - np.sin(heading) * dx)
    turns = [
        np.abs(np.sin(np.nan_to_num(way[who]) - tracks.heading_rad[mover]))
        for way in (tracks.heading_rad, tracks.trailer_heading_rad)
    ]
    wide_m = np.maximum(*turns) * long_m + _WIDE_M[fleet.kind[who]]
    legs = (ahead_m > -long_m) & (ahead_m < way_m[one] + long_m)
    legs &= (aside_m > _INNER_M[kind][one] - wide_m) & (aside_m < _OUTER_M[kind][one] + wide_m)
    return mover[legs], who[legs]


def _pairs(boxes: Boxes, gantries: int) -> tuple[Rows, Rows]:
    """Give boxes of gantries' legs, each with those of who stands in their way."""
    body = np.flatnonzero((boxes.mover < gantries) & (boxes.joint == Joint.BODY) & (boxes.bottom_m < LEGS_M))
    there = np.flatnonzero(boxes.mover >= gantries)
    one, other = np.nonzero(boxes.mover[body][:, None] == boxes.mover[there] - gantries)
    return body[one], there[other]
