"""Who is in the yard, and where each is believed to be: two tables with the same rows."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from twin.fleet.memory import Memory, no_memory
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table, Texts


class Freshness(IntEnum):
    """How far a mover's position can be trusted, by its expected interval (as AIS times its targets out)."""

    FRESH = 0
    LATE = 1  # over one expected interval
    STALE = 2  # over three: no dead reckoning past this
    LOST = 3  # over five: last position kept
    SUSPECT = 4  # failed a plausibility gate
    SIMULATED = 5  # heard, but typed in or made up by its receiver (NMEA GGA quality 7, 8)


HOLDS = ("load", "second_load", "cargo", "second_cargo")
"""Columns of the tracks that name the boxes that machines hold."""
UNHEARD = (Freshness.STALE, Freshness.LOST)
"""Grades at which a machine's position is no longer carried on: where it stands now is not known."""
_IS_UNHEARD = np.isin(list(Freshness), UNHEARD)


@dataclass(frozen=True, eq=False)
class Fleet(Table):
    """Identities, one row a machine; rows never move within an epoch.

    Attributes
    ----------
    name : (n,) S16
        The name its device sends.
    kind : (n,) int8
        Index into ``kinds.KIND_NAMES``.
    block : (n,) int32
        The block a gantry crane works in, -1 where it is bound to none.
    present : (n,) bool
        False once it has left through a gate.
    """

    name: Texts
    kind: Bytes
    block: Ints
    present: Flags

    def __len__(self) -> int:
        """Give the number of machines ever seen in this epoch."""
        return len(self.name)


@dataclass(frozen=True, eq=False)
class Tracks(Table):
    """Where each machine is believed to be at the tick, in the yard frame.

    Attributes
    ----------
    x_m, y_m, heading_rad, speed_mps, yaw_rate_rps : (n,) float
        Pose and motion of the machine's origin (see ``kinds``); NaN before the first fix.
    pose_ns : (n,) int64
        The instant for which those five and the trailer's heading hold: the tick of a machine that
        moves and is heard, else that of the last fix or of where dead reckoning ended; 0 before the
        first fix.
    sigma_m : (n,) float
        One sigma of the horizontal position [m].
    trailer_heading_rad : (n,) float
        Heading of the semitrailer; the machine's own where it has none.
    trolley_m, hoist_m : (n,) float
        Trolley along machine y, spreader underside above ground; NaN where it has none or no word yet.
    locked : (n,) bool
        The spreader's twistlocks are closed.
    load_kg : (n,) float
        What hangs from the spreader.
    fix_ns, plc_ns : (n,) int64
        Measurement time of the last good fix, of the last telemetry; 0 before the first.
    quality : (n,) int8
        NMEA GGA fix quality (4 = RTK fixed, 5 = float, 2 = differential, 1 = single, 0 = none).
    freshness : (n,) int8
        :class:`Freshness`.
    load, cargo : (n,) int32
        Container row under the spreader, and on the trailer; -1 none.
    second_load, second_cargo : (n,) int32
        Of two boxes of 20 ft end to end, as twin lifts hang and trailers carry them, the one ahead, the way
        that the spreader or the trailer points; ``load`` or ``cargo`` is behind it. -1 none.
    covariance : (n, 3, 3) float
        Of x, y and heading, at the last message that said something of them.
    trolley_mps, hoist_mps : (n,) float
        How fast trolley and hoist went between the last two words of them, as ``trolley_m`` and
        ``hoist_m`` count; 0 before the second.
    suspect : (n,) int8
        :class:`twin.fleet.suspicion.Suspicion`: why the position is doubted; 0 where it is not.
    memory : Memory
        What the filter needs to go on, and to take what comes late.
    """

    x_m: Floats
    y_m: Floats
    heading_rad: Floats
    speed_mps: Floats
    yaw_rate_rps: Floats
    pose_ns: Longs
    sigma_m: Floats
    trailer_heading_rad: Floats
    trolley_m: Floats
    hoist_m: Floats
    locked: Flags
    load_kg: Floats
    fix_ns: Longs
    plc_ns: Longs
    quality: Bytes
    freshness: Bytes
    load: Ints
    cargo: Ints
    covariance: Floats
    suspect: Bytes
    trolley_mps: Floats
    hoist_mps: Floats
    second_load: Ints
    second_cargo: Ints
    memory: Memory = field(default_factory=no_memory)


def is_unheard(tracks: Tracks) -> Flags:
    """Tell of which machines the position is no longer carried on, (n,) bool."""
    found: Flags = _IS_UNHEARD[tracks.freshness]
    return found
