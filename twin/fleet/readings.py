"""Crane telemetry: trolley, hoist and load into the tracks, and every turn of the twistlocks out."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import spreader_offset
from twin.fleet.table import Fleet, Tracks
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

READING_REACH_S = 3.0
"""A pose is moved by no more than this to the instant of a reading [s]."""

RATE_S = (0.05, 5.0)
"""The speed of a trolley or hoist is told from two words no closer and no further apart [s]."""
RATE_MOST = 1.5
"""One faster than its kind's drives by more than this was read wrong: then it counts as standing."""

RATE_CHANGES = 2.0
"""A drive changes its speed by no more than this times what its kind accelerates by: the rest is noise."""

_BOOM_MPS = 0.5
_DRIVES_MPS = {
    "trolley_m": np.array([KINDS[name].trolley_mps or _BOOM_MPS for name in KIND_NAMES]),
    "hoist_m": np.array([KINDS[name].hoist_mps for name in KIND_NAMES]),
}
_CHANGES_MPS2 = {
    "trolley_m": RATE_CHANGES * np.array([KINDS[name].trolley_mps2 or np.inf for name in KIND_NAMES]),
    "hoist_m": RATE_CHANGES * np.array([KINDS[name].hoist_mps2 or np.inf for name in KIND_NAMES]),
}
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
    columns = tracks.editable(
        "trolley_m", "hoist_m", "load_kg", "locked", "plc_ns", "trolley_mps", "hoist_mps"
    )
    known: dict[str, Floats] = {}
    for name in ("trolley_m", "hoist_m", "load_kg"):
        sent = getattr(readings, name)[order]
        known[name] = _carried_on(row, sent, getattr(tracks, name))
        columns[name][row] = known[name]
        if name in _DRIVES_MPS:
            rates = f"{name[:-1]}mps"
            told_m = np.isfinite(sent)
            columns[rates][row[told_m]] = _rates(fleet, tracks, row, t_ns, known[name], name)[told_m]
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


def _rates(fleet: Fleet, tracks: Tracks, row: Ints, t_ns: Longs, values: Floats, name: str) -> Floats:
    """Give how fast a drive went before each word of it; rows are grouped, in order of time.

    Words too close to one another to tell a speed leave it as it was. Of words a tenth of a second
    apart that err by 2 mm the speed errs by 0.03 m/s, at times by 0.14: it changes as the drive can, no more.
    """
    low_s, high_s = RATE_S
    first = np.append(True, row[1:] != row[:-1])
    before_m = np.where(first, getattr(tracks, name)[row], np.roll(values, 1))
    before_ns = np.where(first, tracks.plc_ns[row], np.roll(t_ns, 1))
    since_s = (t_ns - before_ns) / NS_PER_S
    rate = (values - before_m) / np.maximum(since_s, low_s)
    told = (since_s <= high_s) & (np.abs(rate) <= RATE_MOST * _DRIVES_MPS[name][fleet.kind[row]])
    rate = np.where(told, rate, 0.0)
    close, last = since_s < low_s, getattr(tracks, f"{name[:-1]}mps")[row]
    most = np.where(told, _CHANGES_MPS2[name][fleet.kind[row]] * since_s, np.inf)
    # Word by word of each machine: one, but for a machine that has come out of a radio hole.
    nth = np.arange(len(row)) - np.maximum.accumulate(np.where(first, np.arange(len(row)), 0))
    for word in range(int(nth.max(initial=-1)) + 1):
        now = np.flatnonzero(nth == word)
        before = last[now] if word == 0 else rate[now - 1]
        # What stood, or whose speed was not known, may go at any speed now.
        free = np.where(before == 0.0, np.inf, most[now])
        held = np.clip(rate[now], before - free, before + free)
        rate[now] = np.where(close[now], before, held)
    return rate


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
