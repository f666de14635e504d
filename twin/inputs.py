"""What may enter the twin: raw chunks, what they decode to, and what people decide.

The journal stores chunks and decisions; everything decoded is computed again on replay.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from twin.stock.table import BoxNotice
from twin.tables import Bytes, Flags, Floats, Ints, Longs, Table

SIGMA_OF_QUALITY_M = np.array([10.0, 2.5, 0.8, 10.0, 0.02, 0.3, 5.0, 5.0, 5.0])
"""One sigma by NMEA GGA quality where a receiver sends no GST: none, single, differential, PPS,
RTK fixed, RTK float, estimated, manual, simulated (typical horizontal figures of receiver makers)."""


@dataclass(frozen=True, slots=True)
class RawChunk:
    r"""Bytes as a source gave them, cut at line ends.

    One line is an NMEA 0183 sentence, optionally behind an NMEA 4.10 TAG block whose ``s:`` field
    names the device (``\s:TT-07*hh\$GNGGA,...``), or one JSON object. A sentence without a TAG
    block is from the device that the source is configured with, else from one named as the source.
    """

    source: str
    t_rx_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was refused: which source, the line (cut to 120 bytes), why, and whose it was if known."""

    source: str
    line: bytes
    reason: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How many lines came in one name and one call, where they were many.

    Attributes
    ----------
    source : str
        From which of the sources.
    device : str
        Empty for lines of no device, or of devices that were not heard before.
    lines : int
        Those that were refused included.
    """

    source: str
    device: str
    lines: int


@dataclass(frozen=True, eq=False)
class Fixes(Table):
    """Positions, one row an epoch of a device: its sentences of one instant merged.

    Attributes
    ----------
    device : (n,) int32
        Index into ``Batch.devices``.
    t_ns, t_rx_ns : (n,) int64
        Measurement and reception [ns UTC]; the date comes from RMC, else from reception.
    lon_deg, lat_deg, h_m : (n,) float
        Geodetic position; ellipsoidal height (altitude + geoid separation), NaN where not sent.
    quality, satellites : (n,) int8
        GGA quality and satellite count; -1 where there was no GGA.
    hdop, sigma_m : (n,) float
        From GGA; one sigma horizontal from GST [m]; NaN where not sent.
    speed_mps, course_rad, heading_rad : (n,) float
        From RMC, RMC and HDT, as navigators count: clockwise from north; NaN where not sent.
    own_rad : (n,) float
        How the machine headed, clockwise from north, where position and speed are of its own point, infinite
        where it never told a heading; NaN where they are of its antenna.
    """

    device: Ints
    t_ns: Longs
    t_rx_ns: Longs
    lon_deg: Floats
    lat_deg: Floats
    h_m: Floats
    quality: Bytes
    satellites: Bytes
    hdop: Floats
    sigma_m: Floats
    speed_mps: Floats
    course_rad: Floats
    heading_rad: Floats
    own_rad: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Take positions of which nothing else is said as those of antennas."""
        if len(self.own_rad) != len(self.t_ns):
            object.__setattr__(self, "own_rad", np.full(len(self.t_ns), np.nan))
        super().__post_init__()

    def __len__(self) -> int:
        """Give the number of fixes."""
        return len(self.device)


@dataclass(frozen=True, eq=False)
class CraneReadings(Table):
    """Crane and spreader telemetry (PLC), one row a message; NaN or -1 where not sent.

    Attributes
    ----------
    device : (n,) int32
    t_ns : (n,) int64
    trolley_m, hoist_m, load_kg : (n,) float
    locked : (n,) int8
        1 closed, 0 open, -1 not sent.
    length_ft : (n,) int8
        Spreader telescoped to 20, 40 or 45.
    lon_deg, lat_deg : (n,) float
        Where the machine's receiver was at that instant; all NaN where left out.
    heading_rad : (n,) float
        How it headed then, clockwise from north.
    own : (n,) bool
        Whether that is where the machine's own point was, not its receiver.
    """

    device: Ints
    t_ns: Longs
    trolley_m: Floats
    hoist_m: Floats
    load_kg: Floats
    locked: Bytes
    length_ft: Bytes
    lon_deg: Floats = field(default_factory=lambda: np.empty(0))
    lat_deg: Floats = field(default_factory=lambda: np.empty(0))
    heading_rad: Floats = field(default_factory=lambda: np.empty(0))
    own: Flags = field(default_factory=lambda: np.empty(0, np.bool_))

    def __post_init__(self) -> None:
        """Fill what is left out."""
        if len(self.own) != len(self.t_ns):
            object.__setattr__(self, "own", np.zeros(len(self.t_ns), np.bool_))
        for name in ("lon_deg", "lat_deg", "heading_rad"):
            if len(getattr(self, name)) != len(self.t_ns):
                object.__setattr__(self, name, np.full(len(self.t_ns), np.nan))
        super().__post_init__()

    def __len__(self) -> int:
        """Give the number of readings."""
        return len(self.device)


@dataclass(frozen=True, eq=False)
class MotionReadings(Table):
    """What a machine's own wheels and gyro say of its motion, one row a message; NaN where not sent.

    Each is the mean since the message before, as wheels count pulses and gyros add up angles.

    Attributes
    ----------
    device : (n,) int32
        Index into ``Batch.devices``.
    t_ns : (n,) int64
        Measurement [ns UTC].
    odometer_mps : (n,) float
        Speed of the wheels, negative in reverse [m/s].
    gyro_rps : (n,) float
        Yaw rate, counter-clockwise as seen from above [rad/s].
    """

    device: Ints
    t_ns: Longs
    odometer_mps: Floats
    gyro_rps: Floats

    def __len__(self) -> int:
        """Give the number of readings."""
        return len(self.device)


def no_motions() -> MotionReadings:
    """Give a table of motion readings without a row."""
    f = np.empty(0)
    return MotionReadings(np.empty(0, np.int32), np.empty(0, np.int64), f, f)


class GateEvent(StrEnum):
    """Which way a truck passed a gate."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class GateRead:
    """A truck at a gate's OCR portal, with the box it carries (in: brought; out: taken).

    ``number`` is that of the box where the portal tells no more of it; ``pick_up`` of one it comes for.
    """

    device: str
    t_ns: int
    gate: str
    lane: str
    event: GateEvent
    truck: str
    box: BoxNotice | None = None
    pick_up: str = ""
    number: str = ""

    @property
    def carries(self) -> str:
        """The number of the box on it; empty where none was told."""
        return self.box.number if self.box else self.number


@dataclass(frozen=True, slots=True)
class BoxRead:
    """A crane's camera read the number of the box under its spreader."""

    device: str
    t_ns: int
    number: str


@dataclass(frozen=True, slots=True)
class MachineNotice:
    """A machine says that it exists: its kind and, for a gantry crane, its block."""

    device: str
    t_ns: int
    kind: str
    block: str = ""


@dataclass(frozen=True, slots=True)
class BoxAnnouncement:
    """A box that will come (a discharge list), or an update of one that is here (customs, departure)."""

    device: str
    t_ns: int
    box: BoxNotice


@dataclass(frozen=True, slots=True)
class PickUpAnnouncement:
    """A truck is announced for a box that stands in the yard."""

    device: str
    t_ns: int
    number: str
    arrives_ns: int


@dataclass(frozen=True, slots=True)
class WindReading:
    """Wind at a mast; ``from_deg`` None where it tells no direction."""

    device: str
    t_ns: int
    speed_mps: float
    gust_mps: float
    from_deg: float | None = None


@dataclass(frozen=True, slots=True)
class OrderReport:
    """A machine tells how a work order stands: ``started``, ``done`` or ``refused``."""

    device: str
    t_ns: int
    order: int
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How a machine says that it is: ``healthy`` None where it does not say; ``fault`` a code, else empty."""

    device: str
    t_ns: int
    healthy: bool | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ReeferReading:
    """Temperatures of a reefer [deg C] and whether it is powered; None where not sent."""

    device: str
    t_ns: int
    number: str
    supply_c: float | None = None
    return_c: float | None = None
    setpoint_c: float | None = None
    ambient_c: float | None = None
    powered: bool | None = None


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """Something that a machine tells of itself and the twin does not follow: for a person to look at."""

    device: str
    t_ns: int
    what: str


Event = (
    GateRead
    | BoxRead
    | MachineNotice
    | BoxAnnouncement
    | PickUpAnnouncement
    | WindReading
    | OrderReport
    | HealthReport
    | ReeferReading
    | Unfollowed
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One tick's decoded messages; ``events`` keep the order in which they came.

    ``loads`` tell in whose names many lines came. ``unrecorded`` is no message: whether the journal of the
    run fails, where that has changed; None else.
    """

    devices: tuple[str, ...]
    fixes: Fixes
    cranes: CraneReadings
    events: tuple[Event, ...]
    rejects: tuple[Reject, ...]
    lines: int
    motions: MotionReadings = field(default_factory=no_motions)
    unrecorded: bool | None = None
    loads: tuple[Load, ...] = ()


def no_fixes() -> Fixes:
    """Give a table of fixes without a row."""
    f, i = np.empty(0), np.empty(0, np.int8)
    t = np.empty(0, np.int64)
    return Fixes(np.empty(0, np.int32), t, t, f, f, f, i, i, f, f, f, f, f)


def no_readings() -> CraneReadings:
    """Give a table of crane readings without a row."""
    f, i = np.empty(0), np.empty(0, np.int8)
    return CraneReadings(np.empty(0, np.int32), np.empty(0, np.int64), f, f, f, i, i)


EMPTY_BATCH = Batch((), no_fixes(), no_readings(), (), (), 0)
