"""Crane telemetry: trolley, hoist and load into the tracks, and every turn of the twistlocks out."""

from dataclasses import dataclass
from functools import lru_cache
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

RATE_MOST = 1.5
"""One faster than its kind's drives by more than this was read wrong: then it counts as standing."""

RATE_CHANGES = 2.0
"""A drive changes its speed by no more than this times what its kind accelerates by: the rest is noise."""

_BOOM_MPS = 0.5
_FASTEST_MPS = RATE_MOST * np.array(
    [
        [KINDS[name].trolley_mps or _BOOM_MPS for name in KIND_NAMES],
        [KINDS[name].hoist_mps for name in KIND_NAMES],
    ]
)
_CHANGES_MPS2 = RATE_CHANGES * np.array(
    [
        [KINDS[name].trolley_mps2 or np.inf for name in KIND_NAMES],
        [KINDS[name].hoist_mps2 or np.inf for name in KIND_NAMES],
    ]
)
_KNOWN = ("trolley_m", "hoist_m", "load_kg", "trolley_mps", "hoist_mps")
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
        In order of time. A machine's first word turns nothing: what it holds from before is not
        known.
    """
    words = followed(fleet, tracks, rows, readings)
    if not len(words):
        return tracks, no_locks()
    row = words.row
    columns = tracks.editable(
        "trolley_m", "hoist_m", "load_kg", "locked", "plc_ns", "trolley_mps", "hoist_mps"
    )
    for name in columns:
        columns[name][row] = getattr(words, name)
    turns = words.turns
    locks = locks_of(fleet, tracks, words, turns, readings.length_ft[words.order[turns]])
    return tracks.with_columns(**columns), locks


@dataclass(frozen=True, eq=False)
class Followed(Table):
    """Crane telemetry word by word: each machine's together, in order of time.

    Attributes
    ----------
    order : (k,) int64
        Which reading each word is.
    row : (k,) int32
    plc_ns : (k,) int64
        Its instant [ns UTC].
    trolley_m, hoist_m, load_kg, trolley_mps, hoist_mps : (k,) float
        What is known after the word.
    locked : (k,) bool
        Whether the twistlocks are closed after it.
    turns : (m,) int64
        The words at which they turned, in order of time.
    """

    order: Longs
    row: Ints
    plc_ns: Longs
    trolley_m: Floats
    hoist_m: Floats
    load_kg: Floats
    trolley_mps: Floats
    hoist_mps: Floats
    locked: Flags
    turns: Longs

    def __len__(self) -> int:
        """Give the number of words."""
        return len(self.row)


def followed(fleet: Fleet, tracks: Tracks, rows: Ints, readings: Telemetry) -> Followed:
    """Follow crane telemetry word by word.

    Parameters are those of :func:`apply_readings`; a reading not later than the machine's last is left out.
    """
    order = np.lexsort((readings.t_ns, rows))
    order = order[readings.t_ns[order] > tracks.plc_ns[rows[order]]]
    row, t_ns = rows[order], readings.t_ns[order]
    k, count = len(row), len(fleet)
    sent = np.empty((3, k))
    before = np.empty((5, count))
    for place, name in enumerate(_KNOWN):
        before[place] = getattr(tracks, name)
    for place, name in enumerate(_KNOWN[:3]):
        sent[place] = getattr(readings, name)[order]
    known, now, turns = np.empty((5, k)), np.empty(k, np.bool_), np.empty(k, np.bool_)
    from twin.fleet import driving, places  # compiled: loaded where they are first needed

    driving.follow(
        places.locked(row), places.locked(t_ns), sent, places.locked(readings.locked[order]),
        places.locked(tracks.plc_ns), before, places.locked(tracks.locked),
        *_limits(fleet), known, now, turns,
    )  # fmt: skip
    when = np.flatnonzero(turns)
    when = when[np.argsort(t_ns[when], kind="stable")]
    return Followed(order, row, t_ns, **dict(zip(_KNOWN, known, strict=True)), locked=now, turns=when)


@lru_cache(maxsize=4)
def _limits(fleet: Fleet) -> tuple[Floats, Floats]:
    """Give how fast the drives of each machine are [m/s], and what they can change [m/s in a second]."""
    return _FASTEST_MPS.take(fleet.kind, axis=1), _CHANGES_MPS2.take(fleet.kind, axis=1)


def locks_of(fleet: Fleet, tracks: Tracks, words: Followed, turns: Longs, length_ft: Bytes) -> Locks:
    """Give turns of twistlocks with where their spreaders were.

    Parameters
    ----------
    fleet, tracks
        Tables with the same rows; of the latter the poses count.
    words : Followed
    turns : (m,) int64
        Which of the words turned.
    length_ft : (m,) int8
        What their spreaders were telescoped to.
    """
    if not len(turns):
        return no_locks()
    row = words.row[turns].astype(np.int32)
    x_m, y_m = _under_spreader(fleet, tracks, row, words.plc_ns[turns], words.trolley_m[turns])
    return Locks(row, words.plc_ns[turns], words.locked[turns], x_m, y_m, words.hoist_m[turns], length_ft)


def no_locks() -> Locks:
    """Give no turn."""
    f, b = np.empty(0), np.empty(0, np.bool_)
    return Locks(np.empty(0, np.int32), np.empty(0, np.int64), b, f, f, f, np.empty(0, np.int8))


def _under_spreader(
    fleet: Fleet, tracks: Tracks, row: Ints, t_ns: Longs, trolley_m: Floats
) -> tuple[Floats, Floats]:
    dt_s = np.clip((t_ns - tracks.pose_ns[row]) / NS_PER_S, -READING_REACH_S, READING_REACH_S)
    mean = motion.moved(_states(tracks, row), dt_s * motion.is_moving(tracks.speed_mps[row]))
    forward_m, left_m = spreader_offset(fleet.kind[row], trolley_m)
    c, s = np.cos(mean[:, motion.HEADING]), np.sin(mean[:, motion.HEADING])
    x_m = mean[:, motion.X] + c * forward_m - s * left_m
    return x_m, mean[:, motion.Y] + s * forward_m + c * left_m
