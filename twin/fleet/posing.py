"""Where machines are at an instant by what is believed of them, and how old and how good that is."""

from math import nan, sqrt
from typing import TypeAlias

from twin.clock import NS_PER_S
from twin.compiled import lean, packed
from twin.fleet.angles import trailed, wrapped
from twin.fleet.lasting import lasting_m2
from twin.fleet.memory import EVERY, FIX, GYRO, HELD, LAST, MOTION, ODOMETER, QUALITY, STILL, SUSPECT, TRAILER
from twin.fleet.motion import (
    LATE_S,
    LOST_INTERVALS,
    MOVING_INTERVAL_S,
    PARKED_INTERVAL_S,
    STALE_INTERVALS,
    STANDING_MPS,
)  # fmt: skip
from twin.fleet.noise import MANUAL, REPORT_S, SIMULATOR, WHEELS_CARRY_S
from twin.fleet.places import FACED, HEADING, P_X, ROW, YAW_RATE, A, Columns, X, Y
from twin.fleet.prediction import arc, variance_ahead
from twin.fleet.table import Freshness
from twin.fleet.wheels import speed_of, turn_of
from twin.tables import Bytes, Flags, Floats, Ints, Longs

Poses: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Longs]
"""x, y, heading, speed, yaw rate, trailer's heading, sigma and instant of all machines, as in ``Tracks``."""
Words: TypeAlias = tuple[Longs, Bytes, Bytes, Bytes, Floats]
"""Instant of the last fix, quality, suspicion, freshness and covariance, as in ``Tracks``."""

_CARRY_NS = round(WHEELS_CARRY_S * NS_PER_S)
_FRESH, _LATE, _STALE, _SUSPECT = 0, int(Freshness.LATE), int(Freshness.STALE), int(Freshness.SUSPECT)
_SIMULATED = int(Freshness.SIMULATED)


@lean
def _glance(b: Floats, k: Longs, i: int, columns: Columns) -> None:
    """Lay out of machine ``i`` what its pose needs; see :func:`twin.fleet.places.lay_out`."""
    mean, covariance, aids, marks = columns
    for row in range(YAW_RATE + 1):
        b[row] = float(mean[i, row])
        for column in range(row, YAW_RATE + 1):
            b[P_X + ROW * row + column] = float(covariance[i, row, column])
    b[A + TRAILER], b[A + QUALITY] = float(aids[i, TRAILER]), float(aids[i, QUALITY])
    b[A + ODOMETER], b[A + GYRO] = float(aids[i, ODOMETER]), float(aids[i, GYRO])
    b[A + STILL], b[A + HELD] = float(aids[i, STILL]), float(aids[i, HELD])
    k[LAST] = int(marks[i, LAST])
    b[FACED] = nan


@lean
def _pose(b: Floats, k: Longs, i: int, kind: int, to_ns: int, poses: Poses) -> None:
    """Put down where machine ``i``, which is laid out, is at an instant not before its last message."""
    x_m, y_m, heading_rad, speed_mps, yaw_rate_rps, trailer_rad, sigma_m, pose_ns = poses
    dt, speed, turn = (to_ns - k[LAST]) / NS_PER_S, speed_of(b), turn_of(b)
    east = north = c = s = 0.0
    if dt != 0.0:
        east, north, c, s = arc(b, speed * dt, turn * dt)
    heading = wrapped(b[HEADING] + turn * dt)
    x_m[i], y_m[i], heading_rad[i] = b[X] + east, b[Y] + north, heading
    speed_mps[i], yaw_rate_rps[i] = speed, turn
    trailer_rad[i] = trailed(kind, b[A + TRAILER], heading, speed * dt, turn * dt)
    sigma_m[i] = sqrt(variance_ahead(b, kind, dt, c, s) + lasting_m2(b))
    pose_ns[i] = to_ns


@packed
def show(
    b: Floats, k: Longs, kind: Bytes, columns: Columns, order: Longs, row: Ints, poses: Poses, words: Words
) -> None:
    """Put down what is believed of some machines at their last messages; their rows come in order.

    A machine that moves and was shown at a later instant is carried on to it: none is set back in time.
    """
    fix_ns, quality, suspect, freshness, covariance = words
    _, matrix, aids, marks = columns
    pose_ns, done = poses[7], -1
    for e in order:
        i = row[e]
        if i == done or marks[i, LAST] == 0:
            continue
        done = i
        _glance(b, k, i, columns)
        moving = abs(speed_of(b)) >= STANDING_MPS
        to_ns = max(int(k[LAST]), int(pose_ns[i])) if moving else int(k[LAST])
        _pose(b, k, i, int(kind[i]), to_ns, poses)
        fix_ns[i], quality[i], suspect[i] = marks[i, FIX], int(aids[i, QUALITY]), marks[i, SUSPECT]
        freshness[i] = _told(marks[i, SUSPECT], aids[i, QUALITY], _FRESH)
        for one in range(3):
            for other in range(3):
                covariance[i, one, other] = matrix[i, one, other]


@lean
def judge(
    t_ns: int, kind: Bytes, present: Flags, seen: tuple[Longs, Floats, Longs, Bytes, Bytes], aids: Floats,
    marks: Longs, freshness: Bytes, to_ns: Longs,
) -> tuple[int, int]:  # fmt: skip
    """Grade all machines at a tick, and tell to which instant each is to be moved; 0 where it stays.

    Parameters
    ----------
    t_ns : int
    kind, present : (n,)
    seen : tuple
        Instant of the last fix, speed, instant of the pose, suspicion and freshness so far, as in ``Tracks``.
    aids, marks
        Of ``Beliefs``, a row a machine; the last machines may be missing there.
    freshness, to_ns : (n,)
        What is found.

    Returns
    -------
    int, int
        How many grades differ, how many machines are to be moved.
    """
    fix_ns, speed_mps, pose_ns, suspect, before = seen
    known, changed, going = len(marks), 0, 0
    for i in range(len(kind)):
        freshness[i], to_ns[i] = before[i], 0
        if not present[i] or fix_ns[i] <= 0:
            continue
        moving = abs(speed_mps[i]) >= STANDING_MPS
        interval = max(REPORT_S[kind[i]], MOVING_INTERVAL_S if moving else PARKED_INTERVAL_S)
        heard_ns, late_s = int(fix_ns[i]), interval
        if i < known:
            if moving and marks[i, EVERY] > 0:
                late_s = min(marks[i, EVERY] / NS_PER_S + LATE_S, STALE_INTERVALS * interval)
            heard_ns = max(heard_ns, _carried_ns(aids[i, ODOMETER], marks[i, MOTION], marks[i, FIX]))
        grade = _grade((t_ns - heard_ns) / NS_PER_S, (t_ns - fix_ns[i]) / NS_PER_S, late_s, interval)
        freshness[i] = _told(suspect[i], aids[i, QUALITY] if i < known else 0.0, grade)
        changed += freshness[i] != before[i]
        reached_ns = min(t_ns, heard_ns + int(STALE_INTERVALS * interval * NS_PER_S + 0.5))
        if moving and i < known and reached_ns > pose_ns[i]:
            to_ns[i] = reached_ns
            going += 1
    return changed, going


@lean
def _carried_ns(odometer: float, told_ns: int, fix_ns: int) -> int:
    """Give up to when wheels carry a machine on; 0 where they do not."""
    return int(told_ns) if odometer == odometer and told_ns - fix_ns <= _CARRY_NS else 0


@lean
def _told(suspect: int, quality: float, grade: int) -> int:
    """Give the grade that is told: one that is heard may be doubted, or be no measurement by its own word."""
    if grade >= _STALE:
        return grade
    if suspect > 0:
        return _SUSPECT
    return _SIMULATED if quality in (MANUAL, SIMULATOR) else grade


@lean
def _grade(age_s: float, fix_age_s: float, late_s: float, interval_s: float) -> int:
    """Grade the ages of the last word and of the last fix."""
    intervals = age_s / interval_s
    grade = int(age_s > late_s) + int(intervals > STALE_INTERVALS) + int(intervals > LOST_INTERVALS)
    return max(grade, _LATE) if fix_age_s > late_s else grade


@packed
def go_on(b: Floats, k: Longs, kind: Bytes, columns: Columns, to_ns: Longs, poses: Poses) -> None:
    """Put down where machines are at the instants that :func:`judge` tells."""
    for i in range(len(to_ns)):
        if to_ns[i] > 0:
            _glance(b, k, i, columns)
            _pose(b, k, i, int(kind[i]), int(to_ns[i]), poses)
