"""Where every machine is: fixes and crane telemetry in, poses at the tick and their freshness out.

A track is filtered at the instant of its measurements and moved ahead to the tick: at 8 m/s the
100 ms between the two are 80 cm. A track whose machine is silent is moved no further than three
expected intervals; past that its last place is kept and marked.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet import filtering, motion
from twin.fleet.filtering import Fix
from twin.fleet.shapes import spreader_offset
from twin.fleet.table import Fleet, Freshness, Tracks
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

TAKEN, GATED, OLD = 0, 1, 2
"""Outcomes of a fix."""
READING_REACH_S = 3.0
"""A pose is moved by no more than this to the instant of a reading [s]."""

_STATE = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps")


@dataclass(frozen=True, eq=False)
class Locks(Table):
    """Turns of twistlocks, one row each, in order of time.

    Attributes
    ----------
    row : (n,) int32
        Fleet row.
    t_ns : (n,) int64
    locked : (n,) bool
        True where they closed, False where they opened.
    x_m, y_m : (n,) float
        Yard position under the spreader's centre at that instant; NaN where the machine had no fix.
    hoist_m : (n,) float
        Underside of the spreader above ground [m].
    length_ft : (n,) int8
        What the spreader is telescoped to; -1 where not sent.
    """

    row: Ints
    t_ns: Longs
    locked: Flags
    x_m: Floats
    y_m: Floats
    hoist_m: Floats
    length_ft: Bytes

    def __len__(self) -> int:
        """Give the number of turns."""
        return len(self.row)


class Telemetry(Protocol):
    """What :func:`apply_readings` reads of ``twin.inputs.CraneReadings``, which is a floor above."""

    @property
    def t_ns(self) -> Longs:
        """Instants [ns UTC]."""

    @property
    def trolley_m(self) -> Floats:
        """Trolley along machine y [m]; NaN where not sent."""

    @property
    def hoist_m(self) -> Floats:
        """Underside of the spreader above ground [m]; NaN where not sent."""

    @property
    def load_kg(self) -> Floats:
        """What hangs from the spreader [kg]; NaN where not sent."""

    @property
    def locked(self) -> Bytes:
        """1 closed, 0 open, -1 not sent."""

    @property
    def length_ft(self) -> Bytes:
        """20, 40, 45; -1 not sent."""


def _states(tracks: Tracks, rows: Any = slice(None)) -> Floats:
    return np.column_stack([getattr(tracks, name)[rows] for name in _STATE])


def apply_fixes(
    fleet: Fleet, tracks: Tracks, rows: Ints, t_ns: Longs, xy_yard_m: Floats, sigma_m: Floats,
    speed_mps: Floats, course_heading_rad: Floats, heading_rad: Floats, quality: Bytes,
    *, rail_heading_rad: Floats | None = None,
) -> tuple[Tracks, Bytes]:  # fmt: skip
    """Take fixes into the tracks, several a machine in order of time.

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
        Direction of the rail or of the block that a gantry is bound to; NaN where there is none.

    Returns
    -------
    Tracks
        The same object where no fix was taken or gated.
    outcome : (k,) int8
        TAKEN, GATED (refused by its distance; the track becomes SUSPECT), OLD (not later than the
        last fix taken).
    """
    outcome = np.full(len(rows), OLD, np.int8)
    if not len(rows):
        return tracks, outcome
    rail = np.full(len(fleet), np.nan) if rail_heading_rad is None else rail_heading_rad
    rail = np.where(motion.ON_TRACK[fleet.kind], rail, np.nan)
    fixes = Fix(t_ns, xy_yard_m, sigma_m, speed_mps, course_heading_rad, heading_rad, quality, rail[rows])
    table = _Table.of(fleet, tracks)
    order, rank = filtering.ranks(rows, t_ns)
    for number in range(int(rank.max()) + 1):
        chosen = order[rank == number]
        outcome[chosen] = table.take(rows[chosen], fixes.take(chosen))
    if (outcome == OLD).all():
        return tracks, outcome
    return table.written(tracks, np.unique(rows[outcome == TAKEN])), outcome


@dataclass(slots=True)
class _Table:
    """The columns that fixes change, writable; while they are taken, poses are those of their fixes."""

    kind: Bytes
    mean: Floats
    covariance: Floats
    columns: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, fleet: Fleet, tracks: Tracks) -> "_Table":
        """Lay the columns out."""
        columns = tracks.editable("pose_ns", "fix_ns", "quality", "freshness")
        return cls(fleet.kind, _states(tracks), tracks.covariance.copy(), columns)

    def take(self, rows: Ints, fix: Fix) -> Bytes:
        """Take one fix of each of some machines; give their outcomes."""
        last_ns = self.columns["fix_ns"][rows]
        old = fix.t_ns <= last_ns
        silent = (fix.t_ns - last_ns) > filtering.RESTART_S * NS_PER_S
        first = ~old & ((last_ns == 0) | silent & motion.is_moving(self.mean[rows, motion.SPEED]))
        outcome = np.where(old, OLD, TAKEN).astype(np.int8)
        self._start(rows[first], fix.take(np.flatnonzero(first)))
        going = np.flatnonzero(~old & ~first)
        outcome[going] = np.where(self._update(rows[going], fix.take(going)), GATED, TAKEN)
        self._mark(rows, fix, outcome)
        return outcome

    def _start(self, rows: Ints, fix: Fix) -> None:
        if not len(rows):
            return
        self.mean[rows], self.covariance[rows] = filtering.started(self.kind[rows], fix)

    def _update(self, rows: Ints, fix: Fix) -> Flags:
        if not len(rows):
            return np.empty(0, np.bool_)
        kind = self.kind[rows]
        dt_s = (fix.t_ns - self.columns["fix_ns"][rows]) / NS_PER_S
        pose_s = (fix.t_ns - self.columns["pose_ns"][rows]) / NS_PER_S
        grown = motion.spread(self.covariance[rows], self.mean[rows], kind, dt_s)
        grown = filtering.unsteered(grown, self.mean[rows], fix, dt_s)
        mean, covariance, refused, away_m = filtering.updated(
            kind, motion.moved(self.mean[rows], pose_s), grown, fix
        )
        filtering.on_rail(mean, covariance, fix.rail_rad)
        taken = rows[~refused]
        self.mean[taken], self.covariance[taken] = mean[~refused], covariance[~refused]
        lost = rows[refused]
        self.covariance[lost] = filtering.doubted(self.covariance[lost], away_m[refused])
        return refused

    def _mark(self, rows: Ints, fix: Fix, outcome: Bytes) -> None:
        taken = outcome == TAKEN
        for name in ("fix_ns", "pose_ns"):
            self.columns[name][rows[taken]] = fix.t_ns[taken]
        self.columns["quality"][rows[taken]] = fix.quality[taken]
        self.columns["freshness"][rows[taken]] = Freshness.FRESH
        self.columns["freshness"][rows[outcome == GATED]] = Freshness.SUSPECT

    def written(self, tracks: Tracks, taken: Ints) -> Tracks:
        """Give the tracks with these columns; machines that had a pose are never set back in time."""
        fix_ns, before_ns = self.columns["fix_ns"][taken], tracks.pose_ns[taken]
        moving = motion.is_moving(self.mean[taken, motion.SPEED])
        pose_ns = np.where(moving, np.maximum(fix_ns, before_ns), fix_ns)
        way_s = np.clip((pose_ns - before_ns) / NS_PER_S, 0.0, filtering.RESTART_S)
        way_s[tracks.fix_ns[taken] == 0] = 0.0
        self.mean[taken] = motion.moved(self.mean[taken], (pose_ns - fix_ns) / NS_PER_S)
        self.columns["pose_ns"][taken] = pose_ns
        trailer = tracks.trailer_heading_rad.copy()
        trailer[taken] = motion.trailing(
            self.kind[taken], trailer[taken], self.mean[taken, motion.HEADING],
            self.mean[taken, motion.SPEED] * way_s,
        )  # fmt: skip
        sigma_m = tracks.sigma_m.copy()
        sigma_m[taken] = filtering.sigma_m(self.covariance[taken], self.columns["quality"][taken])
        state = {name: self.mean[:, column].copy() for column, name in enumerate(_STATE)}
        return tracks.with_columns(
            **state,
            **self.columns,
            sigma_m=sigma_m,
            trailer_heading_rad=trailer,
            covariance=self.covariance,
        )


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
    target lost after five); the interval follows kind and speed. A track that failed its gate stays
    SUSPECT until a fix is taken or it is stale.
    """
    age_s = (t_ns - tracks.fix_ns) / NS_PER_S
    seen = fleet.present & (tracks.fix_ns > 0)
    interval_s = motion.interval_s(fleet.kind, tracks.speed_mps)
    freshness = _freshness(tracks.freshness, age_s / interval_s, seen)
    reckoned_ns = np.rint(motion.STALE_INTERVALS * interval_s * NS_PER_S).astype(np.int64)
    pose_ns = np.minimum(t_ns, tracks.fix_ns + reckoned_ns)
    going = np.flatnonzero(seen & motion.is_moving(tracks.speed_mps) & (pose_ns > tracks.pose_ns))
    if len(going):
        tracks = _moved_on(fleet, tracks, going, pose_ns[going])
    if (freshness != tracks.freshness).any():
        tracks = tracks.with_columns(freshness=freshness)
    return tracks


def _freshness(before: Bytes, age: Floats, seen: Flags) -> Bytes:
    """Grade ages in expected intervals; machines without a fix and those gone keep their grade."""
    grade = np.searchsorted([1.0, motion.STALE_INTERVALS, motion.LOST_INTERVALS], age).astype(np.int8)
    doubtful = (before == Freshness.SUSPECT) & (grade < Freshness.STALE)
    grade[doubtful] = Freshness.SUSPECT
    return np.where(seen, grade, before)


def _moved_on(fleet: Fleet, tracks: Tracks, rows: NDArray[np.intp], pose_ns: Longs) -> Tracks:
    """Move some rows ahead; their sigma grows, but their covariance stays that of the last fix."""
    columns = tracks.editable(*_STATE, "pose_ns", "sigma_m", "trailer_heading_rad")
    before = _states(tracks, rows)
    dt_s = (pose_ns - tracks.pose_ns[rows]) / NS_PER_S
    mean = motion.moved(before, dt_s)
    for column, name in enumerate(_STATE):
        columns[name][rows] = mean[:, column]
    kind = fleet.kind[rows]
    columns["trailer_heading_rad"][rows] = motion.trailing(
        kind, tracks.trailer_heading_rad[rows], mean[:, motion.HEADING], mean[:, motion.SPEED] * dt_s
    )
    unheard_s = (pose_ns - tracks.fix_ns[rows]) / NS_PER_S
    grown = motion.spread(tracks.covariance[rows], before, kind, unheard_s)
    columns["sigma_m"][rows] = filtering.sigma_m(grown, tracks.quality[rows])
    columns["pose_ns"][rows] = pose_ns
    return tracks.with_columns(**columns)


def apply_readings(fleet: Fleet, tracks: Tracks, rows: Ints, readings: Telemetry) -> tuple[Tracks, Locks]:
    """Take crane telemetry into the tracks and give every turn of the twistlocks.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows.
    rows : (k,) int32
        Fleet row of each reading; may repeat.
    readings : CraneReadings
        k rows; NaN or -1 where not sent. A reading not later than the machine's last is left out.

    Returns
    -------
    Tracks
        The same object where nothing is new.
    Locks
        In order of time. A machine's first word of its locks turns nothing: what it holds from
        before is not known.
    """
    order = np.lexsort((readings.t_ns, rows))
    order = order[readings.t_ns[order] > tracks.plc_ns[rows[order]]]
    if not len(order):
        return tracks, _no_locks()
    row, t_ns = rows[order], readings.t_ns[order]
    columns = tracks.editable("trolley_m", "hoist_m", "load_kg", "locked", "plc_ns")
    known: dict[str, Floats] = {}
    for name in ("trolley_m", "hoist_m", "load_kg"):
        known[name] = _carried_on(row, getattr(readings, name)[order], getattr(tracks, name))
        columns[name][row] = known[name]
    columns["plc_ns"][row] = t_ns
    told = readings.locked[order] >= 0
    closed = readings.locked[order] > 0
    columns["locked"][row[told]] = closed[told]
    turned = _turns(row[told], closed[told], tracks)
    turns = np.flatnonzero(told)[turned]
    turns = turns[np.argsort(t_ns[turns], kind="stable")]
    x_m, y_m = _under_spreader(fleet, tracks, row[turns], t_ns[turns], known["trolley_m"][turns])
    locks = Locks(
        row[turns].astype(np.int32), t_ns[turns], closed[turns], x_m, y_m, known["hoist_m"][turns],
        readings.length_ft[order][turns],
    )  # fmt: skip
    return tracks.with_columns(**columns), locks


def _no_locks() -> Locks:
    f, b = np.empty(0), np.empty(0, np.bool_)
    return Locks(np.empty(0, np.int32), np.empty(0, np.int64), b, f, f, f, np.empty(0, np.int8))


def _carried_on(row: Ints, values: Floats, before: Floats) -> Floats:
    """Fill what was not sent with the machine's last value; rows are grouped, in order of time."""
    first = np.searchsorted(row, row)
    at_last = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(row)), -1))
    return np.where(at_last >= first, values[at_last], before[row])


def _turns(row: Ints, closed: Flags, tracks: Tracks) -> Flags:
    """Tell which words of the locks differ from the machine's word before."""
    before = np.concatenate((closed[:1], closed[:-1]))
    first = np.searchsorted(row, row) == np.arange(len(row))
    before = np.where(first, np.where(tracks.plc_ns[row] == 0, closed, tracks.locked[row]), before)
    turned: Flags = closed != before
    return turned


def _under_spreader(
    fleet: Fleet, tracks: Tracks, row: Ints, t_ns: Longs, trolley_m: Floats
) -> tuple[Floats, Floats]:
    dt_s = np.clip((t_ns - tracks.pose_ns[row]) / NS_PER_S, -READING_REACH_S, READING_REACH_S)
    mean = motion.moved(_states(tracks, row), dt_s * motion.is_moving(tracks.speed_mps[row]))
    forward_m, left_m = spreader_offset(fleet.kind[row], trolley_m)
    c, s = np.cos(mean[:, motion.HEADING]), np.sin(mean[:, motion.HEADING])
    x_m = mean[:, motion.X] + c * forward_m - s * left_m
    return x_m, mean[:, motion.Y] + s * forward_m + c * left_m
