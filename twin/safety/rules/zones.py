"""Machines and people where they must not be."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS, Joint, Kind
from twin.fleet.shapes import BARE_SPREADER_M, BOX_WIDTH_M, IN_FRONT, spreader_offset
from twin.fleet.table import UNHEARD, Freshness
from twin.safety.collision import Rows
from twin.safety.levels import Levels
from twin.safety.rules.areas import BLOCKS, CLOSED, Of, crossed, inside, near
from twin.safety.rules.scene import Found, Scene, about_machines, nothing
from twin.tables import Flags, Floats
from twin.yard.model import ZoneKind

LOAD_KG = 500.0
"""Less than this under a spreader is no load [kg]."""
FURTHEST_S = 3.0
"""So far ahead machines are looked for in zones [s]."""
ENTRY_S = Levels(FURTHEST_S, 1.5, 0.0, falling=True, deadband=0.5, furthest=FURTHEST_S)
"""Time until any part of it is inside, as it goes on [s]: no less than 2 s before the edge."""
_STEPS_S = np.linspace(0.0, FURTHEST_S, 7)
_POSE = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")
_DOUBTFUL = np.isin(list(Freshness), (*UNHEARD, Freshness.SUSPECT))
_FREE = np.array([KINDS[name].trolley_mps == 0 for name in KIND_NAMES])
"""Kinds that go where they like, on wheels or on foot."""


def _extents_m(kind: Kind) -> tuple[float, float, float]:
    """Give how far a kind reaches ahead of its origin, behind it (below 0) and aside, trailer too [m]."""
    parts = [part for part in kind.parts if part.joint in (Joint.BODY, Joint.TRAILER)]
    nose = max((part.centre_m[0] + part.half_m[0] for part in parts), default=0.0)
    tail = min((part.centre_m[0] - part.half_m[0] for part in parts), default=0.0)
    return nose, tail, max((abs(part.centre_m[1]) + part.half_m[1] for part in parts), default=0.0)


_EXTENTS_M = np.array([_extents_m(kind) for kind in KINDS.values()]).T
_BARE_M, _LADEN_M = BARE_SPREADER_M / 2, 6.1
"""Half of what a spreader spans, bare or with a box of 20 ft, and with a longer one [m]."""
_REACH_M = np.hypot(np.abs(_EXTENTS_M[:2]).max(axis=0), _EXTENTS_M[2])
_OUT_M = np.array([kind.spreader_x_m + kind.trolley_range_m[1] for kind in KINDS.values()])
_REACH_M[IN_FRONT] = np.hypot(_OUT_M[IN_FRONT] + BOX_WIDTH_M / 2, _LADEN_M)
"""So far from its origin no part of a machine on the ground is, nor what it holds out in front [m]."""
_PERSON = KIND_NAMES.index("person")


def _free(scene: Scene) -> Flags:
    free: Flags = scene.fleet.present & _FREE[scene.fleet.kind]
    return free


def entry_s(scene: Scene, kind: Of, rows: Rows) -> tuple[Floats, Flags]:
    """Give in how long machines will be inside an area of a kind, and which are not well outside it.

    Parameters
    ----------
    rows : (k,)
        Fleet rows.

    Returns
    -------
    (k,) float
        0 inside; infinite where not within the time of a warning.
    (k,) bool
    """
    tracks, many = scene.tracks, len(rows)
    # Where one is now; of what goes, where it will be as well.
    goes = np.flatnonzero(motion.is_moving(tracks.speed_mps[rows]))
    every = np.concatenate((np.arange(many), np.tile(goes, len(_STEPS_S) - 1)))
    after_s = np.concatenate((np.zeros(many), np.repeat(_STEPS_S[1:], len(goes))))
    pose = np.column_stack([getattr(tracks, name)[rows] for name in _POSE])
    then = motion.moved(pose[every], after_s)
    reach_m = _REACH_M[scene.fleet.kind[rows[every]]]
    close = np.flatnonzero(near(scene.yard, kind, then[:, motion.X], then[:, motion.Y], reach_m))
    if not len(close):
        return np.full(many, np.inf), np.zeros(many, np.bool_)
    towed = np.concatenate((tracks.trailer_heading_rad[rows], _towed(scene, rows, goes, close)))
    x_m, y_m = _outlines(scene, rows[every[close]], then[close], towed[close])
    entered, left = np.zeros((2, len(every)), np.bool_)
    entered[close], left[close] = crossed(scene.yard, kind, x_m, y_m, reach_m[close])
    left = left[:many]
    when_s = np.where(entered[:many], 0.0, np.inf)
    later = np.where(entered[many:].reshape(len(_STEPS_S) - 1, len(goes)), _STEPS_S[1:, None], np.inf).min(
        axis=0
    )
    # What is at the edge already is not about to enter.
    when_s[goes] = np.minimum(when_s[goes], np.where(left[goes], np.inf, later))
    return when_s, left


def _towed(scene: Scene, rows: Rows, goes: Rows, close: Rows) -> Floats:
    """Give how trailers of those that go will lie at each later step, one step's after the other's.

    NaN where there is none, and of those of whom nothing is asked in ``close``.
    """
    asked = np.zeros(len(goes), np.bool_)
    asked[(close[close >= len(rows)] - len(rows)) % max(len(goes), 1)] = True
    found = np.full((len(_STEPS_S) - 1, len(goes)), np.nan)
    rows = rows[goes[asked]]
    tracks, kind = scene.tracks, scene.fleet.kind[rows]
    yaw_rate_rps = np.nan_to_num(tracks.yaw_rate_rps[rows])
    towed, lies = tracks.trailer_heading_rad[rows], []
    for start_s, end_s in pairwise(_STEPS_S):
        heading = tracks.heading_rad[rows] + yaw_rate_rps * (start_s + end_s) / 2.0
        towed = motion.trailing(kind, towed, heading, tracks.speed_mps[rows] * (end_s - start_s))
        lies.append(np.where(motion.TRAILER_M[kind] > 0.0, towed, np.nan))
    found[:, asked] = lies
    return found.ravel()


def _halfway(scene: Scene) -> tuple[Floats, Floats, Floats]:
    """Give the middle of each machine's way within the time of a warning, and how far from it that is.

    Returns
    -------
    x_m, y_m, reach_m : (n,)
        Half the way, how far it bends away from a straight one, and half the machine; a NaN speed is none.
    """
    tracks, half_s = scene.tracks, ENTRY_S.warning / 2
    # On an arc it strays by half of speed, turn rate and the square of the time.
    bends = 1.0 + ENTRY_S.warning * np.fmax(np.abs(tracks.yaw_rate_rps), 0.0)
    reach_m = np.fmax(half_s * np.abs(tracks.speed_mps) * bends, 0.0) + _REACH_M[scene.fleet.kind]
    way_m = half_s * tracks.speed_mps * np.stack((np.cos(tracks.heading_rad), np.sin(tracks.heading_rad)))
    way_m[np.isnan(way_m)] = 0.0
    return tracks.x_m + way_m[0], tracks.y_m + way_m[1], reach_m


def _outlines(scene: Scene, rows: Rows, pose: Floats, trailer_rad: Floats) -> tuple[Floats, Floats]:
    """Give lines along the middles of machines, from front to rear, and round about them, x and y (12, k).

    The second point of each is its origin. No area is so narrow that it would slip through between.
    """
    heading = pose[:, motion.HEADING]
    towed = np.where(np.isnan(trailer_rad), heading, trailer_rad)
    ahead, behind = np.exp(1j * heading), np.exp(1j * towed)
    nose_m, tail_m, half_m = _EXTENTS_M[:, scene.fleet.kind[rows]]
    front_m, span_m = _held_in_front(scene, rows)
    front_m, span_m = np.fmax(front_m, nose_m), np.fmax(span_m, half_m)
    tail, left, bar = tail_m * behind, 1j * half_m, 1j * span_m
    line = pose[:, motion.X] + 1j * pose[:, motion.Y] + np.stack((
        front_m * ahead, np.zeros(len(rows)), tail, tail + left * behind, left * ahead,
        (nose_m + left) * ahead, (front_m + bar) * ahead, (front_m - bar) * ahead,
        (nose_m - left) * ahead, -left * ahead, tail - left * behind, tail,
    ))  # fmt: skip
    return line.real, line.imag


def _held_in_front(scene: Scene, rows: Rows) -> tuple[Floats, Floats]:
    """Give how far ahead of machines what they hold in front ends, and half its span, (k,) [m]; else NaN."""
    kind = scene.fleet.kind[rows]
    out_m, _ = spreader_offset(kind, np.nan_to_num(scene.tracks.trolley_m[rows]))
    front = IN_FRONT[kind]
    span_m = np.where(_holds_long(scene, rows), _LADEN_M, _BARE_M)
    return np.where(front, out_m + BOX_WIDTH_M / 2, np.nan), np.where(front, span_m, np.nan)


def _holds_long(scene: Scene, rows: Rows) -> Flags:
    """Tell which machines hold a box longer than 20 ft, or two, (k,)."""
    load = scene.tracks.load[rows]
    feet = scene.stock.length_ft[load] if len(scene.stock) else np.zeros(len(rows))
    long: Flags = (load >= 0) & (feet > 20) | (scene.tracks.second_load[rows] >= 0)
    return long


def _entering(scene: Scene, kind: Of, counted: Flags) -> Found:
    rows = np.flatnonzero(counted & near(scene.yard, kind, *scene.once(_halfway)))
    if not len(rows):
        return nothing()
    when_s, left = entry_s(scene, kind, rows)
    return _those(scene, rows, when_s, left, np.isfinite(when_s))


def _those(scene: Scene, rows: Rows, when_s: Floats, left: Flags, raises: Flags) -> Found:
    """Give findings about machines that are in areas after a time, or not yet well outside."""
    kept = left | np.isfinite(when_s)
    # Where it is not known whether it is there, a warning is all that can be said.
    mere = (left & (when_s > 0)) | (_DOUBTFUL[scene.tracks.freshness[rows]] & np.isfinite(when_s))
    measure = np.where(mere, ENTRY_S.warning, when_s)
    return about_machines(scene, rows[kept], when_s[kept], raises[kept], measure[kept])


def entering(kind: ZoneKind, people: bool) -> Callable[[Scene], Found]:
    """Give what finds machines in a kind of zone or about to be; people too where they count."""

    def find(scene: Scene) -> Found:
        counted = scene.once(_free)
        return _entering(scene, kind, counted if people else counted & (scene.fleet.kind != _PERSON))

    return find


def closed_block(scene: Scene) -> Found:
    """Find vehicles and people in closed blocks, and people in any block, or about to be."""
    free, person = scene.once(_free), scene.fleet.kind == _PERSON
    return _both(_entering(scene, CLOSED, free & ~person), _entering(scene, BLOCKS, free & person))


def _both(one: Found, other: Found) -> Found:
    if not len(one) or not len(other):
        return one if len(one) else other
    names = Found.__dataclass_fields__
    return Found(**{name: np.concatenate((getattr(one, name), getattr(other, name))) for name in names})


def closed_area(scene: Scene) -> Found:
    """Find who is in blocks, zones and lanes that somebody closed, or about to be; cranes that work there."""
    if not scene.closed:
        return nothing()
    return _both(_entering(scene, scene.closed, scene.once(_free)), _cranes_at_work(scene, scene.closed))


def _cranes_at_work(scene: Scene, kind: Of) -> Found:
    """Find cranes with their middle in an area, or about to be, that work: one that is parked raises nothing.

    Whose alarm stands keeps it until it has left: it may go on at any time.
    """
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & ~_FREE[scene.fleet.kind])
    way_m = _STEPS_S[:, None] * np.nan_to_num(tracks.speed_mps[rows])
    x_m = tracks.x_m[rows] + way_m * np.cos(tracks.heading_rad[rows])
    y_m = tracks.y_m[rows] + way_m * np.sin(tracks.heading_rad[rows])
    entered, left = (found.reshape(x_m.shape) for found in inside(scene.yard, kind, x_m.ravel(), y_m.ravel()))
    when_s = np.where(entered, _STEPS_S[:, None], np.inf).min(axis=0)
    works = motion.is_moving(tracks.speed_mps[rows])
    for drive_mps in (tracks.trolley_mps, tracks.hoist_mps):
        works |= np.abs(drive_mps[rows]) >= motion.STANDING_MPS
    return _those(scene, rows, when_s, left[0], works & np.isfinite(when_s))


def load_over_people(scene: Scene) -> Found:
    """Find loads that hang over pedestrian zones, or will as gantry and trolley go on."""
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & tracks.locked & (tracks.load_kg > LOAD_KG))
    if not len(rows):
        return nothing()
    x_m, y_m = _swings(scene, rows, _STEPS_S)
    entered, left = inside(scene.yard, ZoneKind.PEDESTRIAN, x_m.ravel(), y_m.ravel())
    entered, left = (np.logical_or.reduce(flags.reshape(x_m.shape), axis=1) for flags in (entered, left))
    when_s = np.where(entered, _STEPS_S[:, None], np.inf).min(axis=0)
    kept = np.flatnonzero(left[0] | np.isfinite(when_s))
    measure = np.where(left[0] & (when_s > 0), ENTRY_S.warning, when_s)[kept]
    return about_machines(scene, rows[kept], tracks.load_kg[rows[kept]], np.isfinite(when_s)[kept], measure)


def _swings(scene: Scene, rows: Rows, steps_s: Floats) -> tuple[Floats, Floats]:
    """Give where the corners of hanging loads will be, x and y each (steps, 4, rows) [m]."""
    tracks, kind = scene.tracks, scene.fleet.kind[rows]
    forward_m, left_m = spreader_offset(kind, tracks.trolley_m[rows])
    front, slides_mps = IN_FRONT[kind], tracks.trolley_mps[rows]
    forward_mps = np.nan_to_num(tracks.speed_mps[rows]) + np.where(front, slides_mps, 0.0)
    left_mps = np.where(front, 0.0, slides_mps)
    half_l = np.where(_holds_long(scene, rows), 6.1, 3.03)
    half_w = np.full(len(rows), BOX_WIDTH_M / 2)
    half_l, half_w = np.where(front, half_w, half_l), np.where(front, half_l, half_w)
    along, across = np.array([[1.0], [1.0], [-1.0], [-1.0]]), np.array([[1.0], [-1.0], [-1.0], [1.0]])
    u = forward_m + steps_s[:, None, None] * forward_mps + along * half_l
    v = left_m + steps_s[:, None, None] * left_mps + across * half_w
    c, s = np.cos(tracks.heading_rad[rows]), np.sin(tracks.heading_rad[rows])
    return tracks.x_m[rows] + c * u - s * v, tracks.y_m[rows] + s * u + c * v
