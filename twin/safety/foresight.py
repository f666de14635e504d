"""Where boxes will be in the next seconds: straight ahead in closed form, on arcs by samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet import motion
from twin.fleet.kinds import Joint
from twin.fleet.shapes import Boxes
from twin.fleet.table import UNHEARD, Fleet, Tracks
from twin.safety import collision
from twin.safety.collision import Rows
from twin.tables import Flags, Floats

TURNING_RPS = 0.02
"""From this yaw rate on a machine is looked ahead for on an arc [rad/s]; 0.16 m in 1.5 s at 7 m/s."""
FOLDED_RAD = 0.03
"""From this angle on a trailer is looked ahead for as it swings in behind its tractor [rad]."""
STANDING_MPS = 0.1
"""Below this a machine stands: noise of its speed is no motion [m/s]."""
SAMPLE_S = 0.2
"""Arcs are looked at this often [s]; at 7 m/s a machine goes 1.4 m between, half a cab."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Boxes with how their machines go on: the motion of the origin that each turns about.

    ``yaw_rate_rps`` turns the machine; a trailer turns besides by ``fold_rad``, which is its angle
    to the tractor less the angle at which it would follow for good, at the rate ``settles_ps``.
    """

    boxes: Boxes
    about_x_m: Floats
    about_y_m: Floats
    vx_mps: Floats
    vy_mps: Floats
    yaw_rate_rps: Floats
    fold_rad: Floats
    settles_ps: Floats

    def take(self, rows: NDArray[np.integer]) -> "Ahead":
        """Give the named rows."""
        columns = (getattr(self, name)[rows] for name in Ahead.__slots__ if name != "boxes")
        return Ahead(self.boxes.take(rows), *columns)

    @property
    def turning(self) -> Flags:
        """Which boxes go on an arc, (n,) bool."""
        turning: Flags = (np.abs(self.yaw_rate_rps) > TURNING_RPS) | (np.abs(self.fold_rad) > FOLDED_RAD)
        return turning

    def turn_rad(self, when_s: Floats | float) -> Floats:
        """Give by how much each box has turned after a time, (n,) [rad]."""
        settled = 1.0 - np.exp(-self.settles_ps * when_s)
        turn: Floats = self.yaw_rate_rps * when_s + self.fold_rad * settled
        return turn


def still(boxes: Boxes) -> Ahead:
    """Give boxes that stand."""
    nothing = np.zeros(len(boxes))
    return Ahead(boxes, boxes.x_m, boxes.y_m, nothing, nothing, nothing, nothing, nothing)


def ahead(fleet: Fleet, tracks: Tracks, boxes: Boxes) -> Ahead:
    """Say how boxes go on, of machines whose motion is known: a stale or lost one counts as standing."""
    known = ~np.isin(tracks.freshness, UNHEARD)
    moving = known & (np.abs(tracks.speed_mps) >= STANDING_MPS)
    speed = np.where(moving, tracks.speed_mps, 0.0)
    yaw_rate = np.where(moving, np.nan_to_num(tracks.yaw_rate_rps), 0.0)
    length_m = motion.TRAILER_M[fleet.kind]
    tows = (length_m > 0) & (speed > 0)
    settles = np.where(tows, speed / np.where(tows, length_m, 1.0), 0.0)
    for_good = np.arcsin(np.clip(yaw_rate / np.where(tows, settles, np.inf), -0.95, 0.95))
    angle = motion.wrapped(tracks.heading_rad - tracks.trailer_heading_rad)
    fold = np.where(tows, np.nan_to_num(angle) - for_good, 0.0)
    mover = boxes.mover
    towed = (boxes.joint == Joint.TRAILER) | (boxes.joint == Joint.CARGO)
    boxes = boxes.with_columns(
        vx_mps=np.where(moving[mover], boxes.vx_mps, 0.0), vy_mps=np.where(moving[mover], boxes.vy_mps, 0.0)
    )
    return Ahead(
        boxes, tracks.x_m[mover], tracks.y_m[mover], (speed * np.cos(tracks.heading_rad))[mover],
        (speed * np.sin(tracks.heading_rad))[mover], yaw_rate[mover], np.where(towed, fold[mover], 0.0),
        settles[mover],
    )  # fmt: skip


def turned_m(ahead: Ahead, horizon_s: float) -> Floats:
    """Give how far beyond its straight sweep each box may come by turning, (n,) [m]; 0 where it does not."""
    way_m = horizon_s * np.hypot(ahead.vx_mps, ahead.vy_mps)
    arm_m = np.hypot(ahead.boxes.x_m - ahead.about_x_m, ahead.boxes.y_m - ahead.about_y_m)
    turn = np.abs(ahead.yaw_rate_rps) * horizon_s + np.abs(ahead.fold_rad)
    corner_m = np.hypot(ahead.boxes.half_l_m, ahead.boxes.half_w_m)
    return np.where(ahead.turning, (way_m + arm_m + corner_m) * np.minimum(turn, np.pi), 0.0)


def pairs(ahead: Ahead, horizon_s: float) -> tuple[Rows, Rows]:
    """Give pairs of boxes of different machines that may meet within the horizon; i below j."""
    boxes = ahead.boxes
    lower, upper = collision.bounds(boxes, horizon_s)
    wider = turned_m(ahead, horizon_s)[:, None]
    i, j = collision.candidates(lower - wider, upper + wider)
    kept = (boxes.mover[i] != boxes.mover[j]) & (boxes.bottom_m[i] < boxes.top_m[j])
    kept &= boxes.bottom_m[j] < boxes.top_m[i]
    return i[kept], j[kept]


def time_to_contact(one: Ahead, i: Rows, other: Ahead, j: Rows, horizon_s: float) -> Floats:
    """Give when pairs first overlap.

    Parameters
    ----------
    one, i : Ahead, (n,)
        A table of boxes, and the row of each pair's one box in it.
    other, j : Ahead, (n,)
        The same of each pair's other box.
    horizon_s : float
        Contacts later than this do not count [s].

    Returns
    -------
    (n,)
        0 where they overlap now, infinite where they do not within the horizon.

    Notes
    -----
    Pairs of which none turns are answered exactly; the others are sampled along their arcs.
    """
    time_s = collision.time_to_contact(one.boxes.take(i), other.boxes.take(j), horizon_s)
    rows = np.flatnonzero((one.turning[i] | other.turning[j]) & (time_s > 0))
    if len(rows):
        time_s[rows] = _on_arcs(one, i[rows], other, j[rows], horizon_s)
    return time_s


def _on_arcs(one: Ahead, i: Rows, other: Ahead, j: Rows, horizon_s: float) -> Floats:
    """Sample pairs along their arcs; only where their outer circles meet is it looked at closely."""
    times: Floats = np.arange(1.0, np.ceil(horizon_s / SAMPLE_S) + 1.0) * SAMPLE_S
    samples = len(times)
    (one_rows, i), (other_rows, j) = np.unique(i, return_inverse=True), np.unique(j, return_inverse=True)
    a, b = _sampled(one.take(one_rows), times), _sampled(other.take(other_rows), times)
    radius = [np.hypot(table.half_l_m, table.half_w_m)[::samples] for table in (a, b)]
    ax, ay, bx, by = (column.reshape(-1, samples) for column in (a.x_m, a.y_m, b.x_m, b.y_m))
    away = (ax[i] - bx[j]) ** 2 + (ay[i] - by[j]) ** 2
    pair, sample = np.nonzero(away < ((radius[0][i] + radius[1][j]) ** 2)[:, None])
    rows = a.take(i[pair] * samples + sample), b.take(j[pair] * samples + sample)
    hit = collision.overlapping(*rows)
    first = np.full(len(i), np.inf)
    np.minimum.at(first, pair[hit], times[sample[hit]])
    return first


def _sampled(ahead: Ahead, times: Floats) -> Boxes:
    """Give each box at each time, the times of one box side by side."""
    row = np.repeat(np.arange(len(ahead.boxes)), len(times))
    return _moved(ahead.take(row), np.tile(times, len(ahead.boxes)))


def _moved(ahead: Ahead, when_s: Floats) -> Boxes:
    """Move origins along their arcs, and turn boxes about them."""
    boxes, yaw, turn = ahead.boxes, ahead.yaw_rate_rps * when_s, ahead.turn_rad(when_s)
    c, s = np.cos(turn), np.sin(turn)
    chord = when_s * np.sinc(yaw / (2.0 * np.pi))
    along, across = chord * np.cos(yaw / 2.0), chord * np.sin(yaw / 2.0)
    dx, dy = boxes.x_m - ahead.about_x_m, boxes.y_m - ahead.about_y_m
    return boxes.with_columns(
        x_m=ahead.about_x_m + c * dx - s * dy + along * ahead.vx_mps - across * ahead.vy_mps,
        y_m=ahead.about_y_m + s * dx + c * dy + across * ahead.vx_mps + along * ahead.vy_mps,
        cos=c * boxes.cos - s * boxes.sin, sin=s * boxes.cos + c * boxes.sin,
    )  # fmt: skip
