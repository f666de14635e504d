"""Where every machine is: fixes, wheels, gyros in, poses at the tick and freshness out.

A track is filtered at the instant of its measurements and moved ahead to the tick: at 8 m/s the
100 ms between the two are 80 cm. A track whose machine is silent is moved no further than three
expected intervals; past that its last place is kept and marked. Packets that come up to six seconds
late are taken in their places, so that the track is what it would be had they come in order.

The arithmetic is in compiled loops (``taking``, ``posing``), which are loaded where they are first needed:
:func:`warm` does so before a clock starts.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from twin.fleet import motion, recalling, roster
from twin.fleet.epochs import GATED, OLD, TAKEN, Epochs, of_fixes, rising
from twin.fleet.memory import UNPROVEN
from twin.fleet.readings import Locks, apply_readings
from twin.fleet.sifting import sift
from twin.fleet.suspicion import Suspicion, accuse, prove
from twin.fleet.table import Fleet, Tracks
from twin.fleet.working import Working
from twin.tables import Bytes, Floats, Ints, Longs

__all__ = [
    "GATED",
    "OLD",
    "TAKEN",
    "Locks",
    "accused",
    "apply_fixes",
    "apply_readings",
    "at",
    "proven",
    "shown",
    "take",
    "warm",
]

_POSES = (
    "x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps", "trailer_heading_rad", "sigma_m", "pose_ns",
)  # fmt: skip
_WORDS = ("fix_ns", "quality", "suspect", "freshness", "covariance")


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
    late, points = sorted_.late, memory.points
    on_time = epochs if sorted_.ordinary else epochs.take(sorted_.new & ~late)
    from twin.fleet import taking

    if late.any():
        rows, found, points = recalling.again(memory, fleet.kind, epochs.take(late), rail)
        w = Working.of(beliefs, fleet.kind)
        w.put(rows, found)
        outcome[late] = TAKEN
        outcome[sorted_.new & ~late] = taking.taken(w, on_time, rail)
    else:
        w, found_of = taking.after(beliefs, fleet.kind, on_time, rail)
        outcome[sorted_.new] = found_of
    for row, code in sorted_.doubts:
        accuse(w, row, code, t_ns)
    new = on_time if not late.any() else epochs.take(sorted_.new)
    memory = recalling.remembered(memory, w.beliefs(), points, new, t_ns)
    return shown(fleet, tracks.with_columns(memory=memory), epochs.row), outcome


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
        One sigma an axis [m]; negative: see :class:`twin.fleet.epochs.Epochs`; NaN counts as 10 m.
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
        accuse(w, row, code, t_ns)
    tracks = tracks.with_columns(memory=tracks.memory.with_columns(beliefs=w.beliefs()))
    return shown(fleet, tracks, np.array([row for row, _ in accusations], np.int32))


def proven(fleet: Fleet, tracks: Tracks, served: Collection[int]) -> Tracks:
    """Believe machines again that cranes served where they are shown, against their wheels.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows.
    served : collection of int
        Fleet rows.

    Returns
    -------
    Tracks
        The same object where none of them is doubted for that.
    """
    marks = tracks.memory.beliefs.marks
    rows = [row for row in sorted(served) if row < marks.shape[1] and marks[UNPROVEN, row] > 0]
    if not rows:
        return tracks
    w = Working.of(tracks.memory.beliefs, fleet.kind)
    for row in rows:
        prove(w, row)
    tracks = tracks.with_columns(memory=tracks.memory.with_columns(beliefs=w.beliefs()))
    return shown(fleet, tracks, np.array(rows, np.int32))


def shown(fleet: Fleet, tracks: Tracks, rows: Ints) -> Tracks:
    """Give the tracks with what is now believed of some machines (k,), at their last messages.

    A machine that moves and was shown at a later instant is carried on to it: none is set back in time.
    """
    from twin.fleet import places, posing

    poses, words = tracks.editable(*_POSES), tracks.editable(*_WORDS)
    into: tuple[Any, Any] = tuple(poses.values()), tuple(words.values())
    order = np.arange(len(rows)) if rising(rows) else np.argsort(rows, kind="stable")
    posing.show(
        *places.room(), places.locked(fleet.kind), places.rows_of(tracks.memory.beliefs), order,
        places.locked(rows), *into,
    )  # fmt: skip
    return tracks.with_columns(**poses, **words)


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
    Stale and lost are over three and five expected intervals (IMO MSC.192(79) counts a target lost after
    five), and late over one; the interval follows kind and speed. One that moves is late by its own: half a
    second over how far apart its fixes are as a rule. A machine whose wheels are heard but
    no fix is late, for WHEELS_CARRY_S at most. A track that is doubted stays SUSPECT until what speaks
    against it is refuted or old, or it is stale. Nothing is carried on past stale.
    """
    from twin.fleet import places, posing

    locked = places.locked
    before = tracks.fix_ns, tracks.speed_mps, tracks.pose_ns, tracks.suspect, tracks.freshness
    kind, columns = locked(fleet.kind), places.rows_of(tracks.memory.beliefs)
    freshness, to_ns = np.empty(len(fleet), np.int8), np.empty(len(fleet), np.int64)
    changed, going = posing.judge(
        t_ns, kind, locked(fleet.present), before, columns[2], columns[3], freshness, to_ns
    )
    new: dict[str, Any] = {"freshness": freshness} if changed else {}
    if going:
        poses = tracks.editable(*_POSES)
        into: Any = tuple(poses.values())
        posing.go_on(*places.room(), kind, columns, locked(to_ns), into)
        new.update(poses)
    return tracks.with_columns(**new) if new else tracks


def warm() -> None:
    """Load the compiled loops, or compile them: seconds on a machine's first run, so not within a tick."""
    from twin.fleet import driving

    driving.warm()
    fleet, tracks = roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["A"], [0], [-1])
    one = np.zeros(1)
    for t_ns in (1, 2):
        tracks, _ = apply_fixes(
            fleet, tracks, np.zeros(1, np.int32), np.full(1, t_ns), np.zeros((1, 2)), one, one + 1.0, one,
            one, np.full(1, 4, np.int8),
        )  # fmt: skip
    at(fleet, tracks, 3)
