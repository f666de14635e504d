"""Where every machine is: fixes, wheels, gyros in, poses at the tick and freshness out.

A track is filtered at the instant of its measurements and moved ahead to the tick: at 8 m/s the
100 ms between the two are 80 cm. A track whose machine is silent is moved no further than three
expected intervals; past that its last place is kept and marked. Packets that come up to six seconds
late are taken in their places, so that the track is what it would be had they come in order.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet import correction, doubting, motion, prediction, recalling, taking
from twin.fleet.epochs import Epochs, of_fixes
from twin.fleet.memory import FIX, LAST, MOTION, QUALITY, SUSPECT, TRAILER
from twin.fleet.readings import Locks, apply_readings
from twin.fleet.sifting import sift
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Fleet, Freshness, Tracks
from twin.fleet.taking import GATED, OLD, TAKEN
from twin.fleet.working import Working
from twin.tables import Bytes, Flags, Floats, Ints, Longs

__all__ = [
    "GATED",
    "OLD",
    "TAKEN",
    "Locks",
    "accused",
    "apply_fixes",
    "apply_readings",
    "at",
    "shown",
    "take",
]

WHEELS_CARRY_S = 30.0
"""Wheels carry a track on without a fix for no longer than this [s]."""

_STATE = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")


def take(
    fleet: Fleet, tracks: Tracks, epochs: Epochs, *, t_ns: int, rail_heading_rad: Floats | None = None
) -> tuple[Tracks, Bytes]:
    """Take what machines said of their places and motions into the tracks.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows, n of them.
    epochs : Epochs
        k rows in any order; a machine may be there many times.
    t_ns : int
        Instant of the tick [ns UTC].
    rail_heading_rad : (n,), optional
        Direction of the rail or of the block that a gantry is bound to; NaN where there is none.

    Returns
    -------
    Tracks
        The same object where nothing is new.
    outcome : (k,) int8
        TAKEN, GATED (refused by its distance; the track becomes SUSPECT), OLD (heard before, too late,
        or of a time that is not yet).
    """
    outcome = np.full(len(epochs), OLD, np.int8)
    if not len(epochs):
        return tracks, outcome
    rail = np.full(len(fleet), np.nan) if rail_heading_rad is None else rail_heading_rad
    rail = np.where(motion.ON_TRACK[fleet.kind], rail, np.nan)
    memory = tracks.memory
    beliefs = memory.beliefs.grown(len(fleet))
    sorted_ = sift(memory, beliefs, epochs, t_ns)
    if not sorted_.new.any() and not len(sorted_.doubts):
        return tracks, outcome
    w, points = Working.of(beliefs, fleet.kind), memory.points
    late = sorted_.late
    if late.any():
        rows, found, points = recalling.again(memory, fleet.kind, epochs.take(late), rail)
        w.put(rows, found)
        outcome[late] = TAKEN
    on_time = sorted_.new & ~late
    outcome[on_time] = taking.taken(w, epochs.take(on_time) if not on_time.all() else epochs, rail)
    for row, code in sorted_.doubts:
        doubting.accuse(w, row, code, t_ns)
    new = epochs if sorted_.new.all() else epochs.take(sorted_.new)
    memory = recalling.remembered(memory, w.beliefs(), points, new, t_ns)
    return shown(fleet, tracks.with_columns(memory=memory), np.unique(epochs.row)), outcome


def apply_fixes(
    fleet: Fleet, tracks: Tracks, rows: Ints, t_ns: Longs, xy_yard_m: Floats, sigma_m: Floats,
    speed_mps: Floats, course_heading_rad: Floats, heading_rad: Floats, quality: Bytes,
    *, rail_heading_rad: Floats | None = None,
) -> tuple[Tracks, Bytes]:  # fmt: skip
    """Take fixes into the tracks, several a machine in order of time; as :func:`take` at the newest of them.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows, n of them.
    rows : (k,) int32
        Fleet row of each fix; may repeat.
    t_ns : (k,) int64
        Instants of measurement [ns UTC].
    xy_yard_m : (k, 2)
        The antenna in the yard frame; finite.
    sigma_m : (k,)
        One sigma an axis [m]; NaN counts as 10 m.
    speed_mps, course_heading_rad, heading_rad : (k,)
        Speed over ground (never negative), its direction, and the machine's heading from two
        antennas; radians counter-clockwise from the yard's x; NaN where not sent.
    quality : (k,) int8
        NMEA GGA quality.
    rail_heading_rad : (n,), optional
        As for :func:`take`.

    Returns
    -------
    Tracks
        The same object where nothing is new.
    outcome : (k,) int8
    """
    fixes = of_fixes(rows, t_ns, xy_yard_m, sigma_m, speed_mps, course_heading_rad, heading_rad, quality)
    now_ns = int(t_ns.max()) if len(t_ns) else 0
    return take(fleet, tracks, fixes, t_ns=now_ns, rail_heading_rad=rail_heading_rad)


def accused(fleet: Fleet, tracks: Tracks, accusations: Sequence[tuple[int, Suspicion]], t_ns: int) -> Tracks:
    """Mark machines as doubted for what was refused before it came to a position.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows.
    accusations : sequence of (int, Suspicion)
        Fleet rows and reasons; one replayed fix is no replay yet.
    t_ns : int
        Instant of the tick [ns UTC].

    Returns
    -------
    Tracks
        The same object where nobody is accused.
    """
    if not accusations:
        return tracks
    w = Working.of(tracks.memory.beliefs.grown(len(fleet)), fleet.kind)
    for row, code in accusations:
        doubting.accuse(w, row, code, t_ns)
    tracks = tracks.with_columns(memory=tracks.memory.with_columns(beliefs=w.beliefs()))
    return shown(fleet, tracks, np.unique([row for row, _ in accusations]))


def shown(fleet: Fleet, tracks: Tracks, rows: NDArray[np.integer]) -> Tracks:
    """Give the tracks with what is now believed of some machines, at their last messages.

    A machine that moves and was shown at a later instant is carried on to it: none is set back in time.
    """
    w = Working(fleet.kind, *_columns(tracks))
    some = w if len(rows) == len(fleet) else w.some(rows)
    heard = some.marks[LAST] > 0
    if not heard.all():
        rows, some = rows[heard], some.some(np.flatnonzero(heard))
    last_ns, before_ns = some.marks[LAST], tracks.pose_ns[rows]
    moving = motion.is_moving(some.speed_mps())
    pose_ns = np.where(moving, np.maximum(last_ns, before_ns), last_ns)
    tracks = _posed(tracks, rows, some, pose_ns)
    columns = tracks.editable("fix_ns", "quality", "suspect", "covariance", "freshness")
    columns["fix_ns"][rows] = some.marks[FIX]
    columns["quality"][rows] = some.aids[QUALITY]
    columns["suspect"][rows] = some.marks[SUSPECT]
    columns["covariance"][rows] = some.covariance[:3, :3].transpose(2, 0, 1)
    graded = np.where(some.marks[SUSPECT] > 0, Freshness.SUSPECT, Freshness.FRESH)
    columns["freshness"][rows] = graded
    return tracks.with_columns(**columns)


def _columns(tracks: Tracks) -> tuple[Floats, Floats, Floats, Longs]:
    beliefs = tracks.memory.beliefs
    return beliefs.mean, beliefs.covariance, beliefs.aids, beliefs.marks


def _posed(tracks: Tracks, rows: NDArray[np.integer], w: Working, pose_ns: Longs) -> Tracks:
    """Give the tracks with some machines carried from their last messages to an instant."""
    columns = tracks.editable(*_STATE, "pose_ns", "sigma_m", "trailer_heading_rad")
    dt_s = (pose_ns - w.marks[LAST]) / NS_PER_S
    before = w.poses()
    pose = motion.moved(before, dt_s)
    for column, name in enumerate(_STATE):
        columns[name][rows] = pose[:, column]
    columns["trailer_heading_rad"][rows] = motion.trailing(
        w.kind, w.aids[TRAILER], pose[:, motion.HEADING], before[:, motion.SPEED] * dt_s
    )
    variance = prediction.variance_ahead(w, np.maximum(dt_s, 0.0))
    columns["sigma_m"][rows] = correction.sigma_m(variance, w)
    columns["pose_ns"][rows] = pose_ns
    return tracks.with_columns(**columns)


def at(fleet: Fleet, tracks: Tracks, t_ns: int) -> Tracks:
    """Move the tracks ahead to a tick and judge how far each can be trusted.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows.
    t_ns : int
        Instant of the tick [ns UTC]; a pose is never set back.

    Returns
    -------
    Tracks
        The same object where no machine moves and none's freshness changed.

    Notes
    -----
    Late, stale and lost are over one, three and five expected intervals (IMO MSC.192(79) counts a
    target lost after five); the interval follows kind and speed. A machine whose wheels are heard but
    no fix is late, for WHEELS_CARRY_S at most. A track that is doubted stays SUSPECT until what speaks
    against it is refuted or old, or it is stale. Nothing is carried on past stale.
    """
    seen = fleet.present & (tracks.fix_ns > 0)
    interval_s = motion.interval_s(fleet.kind, tracks.speed_mps)
    heard_ns = _heard(tracks)
    freshness = _freshness(tracks, t_ns, heard_ns, interval_s, seen)
    reckoned_ns = np.rint(motion.STALE_INTERVALS * interval_s * NS_PER_S).astype(np.int64)
    pose_ns = np.minimum(t_ns, heard_ns + reckoned_ns)
    going = seen & motion.is_moving(tracks.speed_mps) & (pose_ns > tracks.pose_ns)
    going[len(tracks.memory.beliefs) :] = False
    rows = np.flatnonzero(going)
    if len(rows):
        w = Working(fleet.kind[: len(tracks.memory.beliefs)], *_columns(tracks))
        some = w if len(rows) == len(w.kind) else w.some(rows)
        tracks = _posed(tracks, rows, some, pose_ns[rows])
    if (freshness != tracks.freshness).any():
        tracks = tracks.with_columns(freshness=freshness)
    return tracks


def _heard(tracks: Tracks) -> Longs:
    """Give when each was last heard: its last fix, or its wheels for a while after it."""
    heard_ns = tracks.fix_ns.copy()
    n = len(tracks.memory.beliefs)
    w = Working(np.zeros(n, np.int8), *_columns(tracks))
    told_ns = w.marks[MOTION]
    carried = w.wheels & (told_ns - w.marks[FIX] <= WHEELS_CARRY_S * NS_PER_S)
    heard_ns[:n] = np.maximum(heard_ns[:n], np.where(carried, told_ns, 0))
    return heard_ns


def _freshness(tracks: Tracks, t_ns: int, heard_ns: Longs, interval_s: Floats, seen: Flags) -> Bytes:
    """Grade ages in expected intervals; machines without a fix and those gone keep their grade."""
    bounds = [1.0, motion.STALE_INTERVALS, motion.LOST_INTERVALS]
    per_ns = 1.0 / (interval_s * NS_PER_S)
    grade = np.searchsorted(bounds, (t_ns - heard_ns) * per_ns).astype(np.int8)
    unfixed = (t_ns - tracks.fix_ns) * per_ns > 1.0
    grade = np.maximum(grade, np.where(unfixed, Freshness.LATE, Freshness.FRESH)).astype(np.int8)
    grade[(tracks.suspect > 0) & (grade < Freshness.STALE)] = Freshness.SUSPECT
    return np.where(seen, grade, tracks.freshness)
