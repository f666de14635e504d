"""Equipment kinds as rows of data: shape, speeds, accelerations.

Machine frame: x forward (along the travel direction; along the block or the rail for a gantry
crane), y to the left, z up from the ground; the origin is the point whose position the twin
tracks: the middle of the portal for cranes, the middle of the rear axle of the tractor unit for
vehicles (the fifth wheel sits there; a semitrailer trails from it).
"""

from dataclasses import dataclass
from enum import IntEnum


class Joint(IntEnum):
    """What moves a part of a machine."""

    BODY = 0  # rigid with the machine
    TRAILER = 1  # turns about the fifth wheel: the trailer's heading
    TROLLEY = 2  # slides along y by `trolley_m`
    SPREADER = 3  # hangs under the trolley; its underside is at `hoist_m`
    LOAD = 4  # the box under the spreader; size of the load
    CARGO = 5  # the box on a trailer or vehicle; size of the box
    BOOM = 6  # a stretch of the boom between its hinge and its head over the spreader


@dataclass(frozen=True, slots=True)
class Part:
    """One box of a machine: centre and half extents in the frame of its joint [m]."""

    name: str
    joint: Joint
    centre_m: tuple[float, float, float]
    half_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the equipment table; SI units; NaN-free, zero where it does not apply.

    ``trolley_range_m`` is the range of ``trolley_m`` along machine y. ``hoist_range_m`` is the range
    of the spreader's underside above ground. ``cargo_m`` is where a carried box's underside rests:
    x of the centre in the trailer's frame, and z. ``report_interval_s`` is how often it reports.
    A boom goes from its hinge (x, z) to its head, which is over the spreader's centre and
    ``boom_head_m`` above the spreader's underside; both are middles of the boom's own height. Its parts
    are stretches of it up to x = ``boom_front_m``, the machine's front: what is beyond that is thin and
    bent down to the spreader, and counts as the spreader does.
    ``turn_radius_m`` is the smallest circle of its origin; what has no trailer turns on the spot, at
    ``turn_rps`` at most. ``turn_rps2`` is how its turns change within a second, one sigma.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    speed_mps: float
    speed_laden_mps: float
    acceleration_mps2: float
    trolley_mps: float = 0.0
    trolley_mps2: float = 0.0
    hoist_mps: float = 0.0
    hoist_laden_mps: float = 0.0
    hoist_mps2: float = 0.0
    lock_s: float = 0.0
    trolley_range_m: tuple[float, float] = (0.0, 0.0)
    hoist_range_m: tuple[float, float] = (0.0, 0.0)
    trailer_m: float = 0.0
    cargo_m: tuple[float, float] = (0.0, 0.0)
    antenna_m: tuple[float, float, float] = (0.0, 0.0, 3.0)
    on_rail: bool = False
    report_interval_s: float = 0.1
    energy_source: str = ""
    boom_hinge_m: tuple[float, float] = (0.0, 0.0)
    boom_front_m: float = 0.0
    boom_head_m: float = 0.0
    turn_radius_m: float = 4.0
    turn_rps: float = 0.6
    turn_rps2: float = 0.05**0.5

    @property
    def spreader_x_m(self) -> float:
        """How far in front of the origin the spreader hangs [m]; above 0 it is reached out, not trolleyed."""
        return next((part.centre_m[0] for part in self.parts if part.joint is Joint.SPREADER), 0.0)


SPREADER_HEIGHT_M = 0.9
"""Height of the spreader and its head block above the underside [m], for shapes only."""


def _b(name: str, joint: Joint, cx: float, cy: float, cz: float, lx: float, ly: float, lz: float) -> Part:
    return Part(name, joint, (cx, cy, cz), (lx / 2, ly / 2, lz / 2))


_B, _T, _TR, _S, _BM = Joint.BODY, Joint.TRAILER, Joint.TROLLEY, Joint.SPREADER, Joint.BOOM

# RTG over 6 rows of 2.79 m and a 4.35 m truck lane: centre to centre of the legs 22.99 m
# (TU Delft layout script: 6 x 2.79 + 4.35 + 1.9). The portal's middle is the origin.
RTG = Kind(
    name="rtg",
    title="RTG",
    parts=(
        _b("sill left", _B, 0, 11.495, 1.0, 12.0, 1.3, 2.0),
        _b("sill right", _B, 0, -11.495, 1.0, 12.0, 1.3, 2.0),
        _b("leg left front", _B, 3.4, 11.495, 11.5, 1.0, 0.9, 19.0),
        _b("leg left rear", _B, -3.4, 11.495, 11.5, 1.0, 0.9, 19.0),
        _b("leg right front", _B, 3.4, -11.495, 11.5, 1.0, 0.9, 19.0),
        _b("leg right rear", _B, -3.4, -11.495, 11.5, 1.0, 0.9, 19.0),
        _b("girder front", _B, 3.4, 0, 21.6, 1.2, 24.5, 1.6),
        _b("girder rear", _B, -3.4, 0, 21.6, 1.2, 24.5, 1.6),
        _b("trolley", _TR, 0, 0, 23.2, 6.0, 4.0, 1.6),
        _b("spreader", _S, 0, 0, 0.45, 12.2, 2.44, 0.9),
    ),
    speed_mps=130 / 60, speed_laden_mps=90 / 60, acceleration_mps2=0.1,
    trolley_mps=70 / 60, trolley_mps2=0.3, hoist_mps=52 / 60, hoist_laden_mps=26 / 60, hoist_mps2=0.2,
    lock_s=10.0, trolley_range_m=(-9.9, 9.9), hoist_range_m=(1.0, 18.0), antenna_m=(0.0, 0.0, 24.0),
)  # fmt: skip

RMG = Kind(
    name="rmg",
    title="RMG",
    parts=(
        _b("sill left", _B, 0, 15.5, 1.0, 14.0, 1.4, 2.0),
        _b("sill right", _B, 0, -15.5, 1.0, 14.0, 1.4, 2.0),
        _b("leg left front", _B, 5.0, 15.5, 10.0, 1.0, 1.0, 16.0),
        _b("leg left rear", _B, -5.0, 15.5, 10.0, 1.0, 1.0, 16.0),
        _b("leg right front", _B, 5.0, -15.5, 10.0, 1.0, 1.0, 16.0),
        _b("leg right rear", _B, -5.0, -15.5, 10.0, 1.0, 1.0, 16.0),
        _b("girder front", _B, 5.0, 0, 19.0, 1.4, 33.0, 2.0),
        _b("girder rear", _B, -5.0, 0, 19.0, 1.4, 33.0, 2.0),
        _b("trolley", _TR, 0, 0, 20.8, 8.0, 5.0, 1.6),
        _b("spreader", _S, 0, 0, 0.45, 12.2, 2.44, 0.9),
    ),
    speed_mps=115 / 60, speed_laden_mps=115 / 60, acceleration_mps2=0.1,
    trolley_mps=100 / 60, trolley_mps2=0.3, hoist_mps=1.0, hoist_laden_mps=0.5, hoist_mps2=0.2,
    lock_s=10.0, trolley_range_m=(-14.0, 14.0), hoist_range_m=(1.0, 16.0), antenna_m=(0.0, 0.0, 21.0),
    on_rail=True,
)  # fmt: skip

# Gauge 30 m; machine y: left is landside. Outreach 53 m beyond the waterside rail (Liebherr).
QUAY_CRANE = Kind(
    name="quay_crane",
    title="Quay crane",
    parts=(
        _b("sill land", _B, 0, 15.0, 1.2, 18.0, 1.6, 2.4),
        _b("sill water", _B, 0, -15.0, 1.2, 18.0, 1.6, 2.4),
        _b("leg land front", _B, 8.0, 15.0, 21.0, 1.5, 1.5, 38.0),
        _b("leg land rear", _B, -8.0, 15.0, 21.0, 1.5, 1.5, 38.0),
        _b("leg water front", _B, 8.0, -15.0, 21.0, 1.5, 1.5, 38.0),
        _b("leg water rear", _B, -8.0, -15.0, 21.0, 1.5, 1.5, 38.0),
        _b("portal land", _B, 0, 15.0, 14.5, 17.5, 1.4, 1.8),
        _b("portal water", _B, 0, -15.0, 14.5, 17.5, 1.4, 1.8),
        _b("boom", _B, 0, -19.0, 41.5, 5.0, 102.0, 3.0),
        _b("machine house", _B, 0, 20.0, 45.5, 8.0, 14.0, 5.0),
        _b("trolley", _TR, 0, 0, 39.3, 7.0, 5.0, 1.2),
        _b("spreader", _S, 0, 0, 0.45, 12.2, 2.44, 0.9),
    ),
    speed_mps=46 / 60, speed_laden_mps=46 / 60, acceleration_mps2=0.1,
    trolley_mps=220 / 60, trolley_mps2=0.6, hoist_mps=180 / 60, hoist_laden_mps=80 / 60, hoist_mps2=0.6,
    lock_s=6.0, trolley_range_m=(-68.0, 25.0), hoist_range_m=(1.0, 36.0), antenna_m=(0.0, 20.0, 48.0),
    on_rail=True,
)  # fmt: skip

_TRACTOR = (
    _b("cab", _B, 2.9, 0, 1.75, 2.2, 2.5, 2.9),
    _b("frame", _B, 1.2, 0, 0.75, 4.6, 2.4, 0.7),
)
# The chassis is 12.6 m long behind the fifth wheel, its deck 1.25 m above ground.
_CHASSIS = (_b("chassis", _T, -5.5, 0, 1.0, 12.6, 2.4, 0.5), _b("bogie", _T, -9.8, 0, 0.45, 3.6, 2.4, 0.9))

TERMINAL_TRACTOR = Kind(
    name="terminal_tractor",
    title="Terminal tractor",
    parts=_TRACTOR + _CHASSIS,
    speed_mps=25 / 3.6, speed_laden_mps=20 / 3.6, acceleration_mps2=0.6,
    trailer_m=9.8, cargo_m=(-5.6, 1.25), antenna_m=(2.9, 0.0, 3.3),
)  # fmt: skip

EXTERNAL_TRUCK = Kind(
    name="external_truck",
    title="Truck",
    parts=(
        _b("cab", _B, 2.9, 0, 1.95, 2.4, 2.5, 3.3),
        _b("frame", _B, 1.2, 0, 0.75, 4.6, 2.4, 0.7),
        *_CHASSIS,
    ),
    speed_mps=25 / 3.6, speed_laden_mps=20 / 3.6, acceleration_mps2=0.5,
    trailer_m=9.8, cargo_m=(-5.6, 1.25), antenna_m=(2.9, 0.0, 3.7),
)  # fmt: skip

# Kalmar: wheelbase 6.5 to 7.5 m. The boom's three stretches stand here as it lies at rest; where
# hoist and reach are known they lie between hinge and head, each as long and as high as it then is:
# three up to the machine's front. Its hinge and head are estimates.
REACH_STACKER = Kind(
    name="reach_stacker",
    title="Reach stacker",
    parts=(
        _b("body", _B, 1.0, 0, 1.6, 8.2, 4.1, 2.6),
        _b("cab", _B, 0.5, 0, 3.6, 2.4, 2.0, 1.6),
        _b("boom rear", _BM, -0.5, 0, 5.2, 3.0, 0.9, 1.0),
        _b("boom middle", _BM, 2.5, 0, 5.2, 3.0, 0.9, 1.0),
        _b("boom front", _BM, 5.5, 0, 5.2, 3.0, 0.9, 1.0),
        _b("spreader", _S, 8.2, 0, 0.45, 2.44, 12.2, 0.9),
    ),
    speed_mps=25 / 3.6, speed_laden_mps=18 / 3.6, acceleration_mps2=0.5,
    hoist_mps=0.42, hoist_laden_mps=0.25, hoist_mps2=0.2, lock_s=8.0,
    trolley_range_m=(0.0, 4.0), hoist_range_m=(1.0, 15.0), antenna_m=(0.5, 0.0, 4.6),
    boom_hinge_m=(-2.4, 4.2), boom_front_m=7.0, boom_head_m=1.9,
)  # fmt: skip

# Eight 8'6" empties are 20.7 m high. All sizes and speeds are estimates after the class of machine:
# no maker's sheet was at hand. The mast stands between wheels and spreader, so it reaches one row.
EMPTY_HANDLER = Kind(
    name="empty_handler",
    title="Empty handler",
    parts=(
        _b("body", _B, 1.5, 0, 1.4, 8.0, 3.6, 2.4),
        _b("cab", _B, 1.0, 0, 3.4, 2.2, 1.8, 1.6),
        _b("mast left", _B, 6.2, 0.75, 11.6, 0.9, 0.35, 22.4),
        _b("mast right", _B, 6.2, -0.75, 11.6, 0.9, 0.35, 22.4),
        _b("spreader", _S, 8.2, 0, 0.45, 2.44, 12.2, 0.9),
    ),
    speed_mps=25 / 3.6, speed_laden_mps=18 / 3.6, acceleration_mps2=0.5,
    hoist_mps=0.6, hoist_laden_mps=0.5, hoist_mps2=0.2, lock_s=8.0,
    hoist_range_m=(1.0, 21.5), antenna_m=(1.0, 0.0, 4.4),
)  # fmt: skip

# 1 over 3 of 9'6": it carries a box 11.6 m up (Kino Cranes), 12.28 m to the spreader (Kalmar HSC350), at
# 30 km/h (aboutmechanics.com). It straddles one row of slots 3.94 m apart (TU Delft layout script); the
# sizes of its frame, its laden speed and its accelerations are estimates after that class.
STRADDLE_CARRIER = Kind(
    name="straddle_carrier",
    title="Straddle carrier",
    parts=(
        _b("sill left", _B, 0, 2.1, 0.9, 9.2, 0.7, 1.8),
        _b("sill right", _B, 0, -2.1, 0.9, 9.2, 0.7, 1.8),
        _b("leg left front", _B, 3.3, 2.1, 7.8, 0.6, 0.6, 12.0),
        _b("leg left rear", _B, -3.3, 2.1, 7.8, 0.6, 0.6, 12.0),
        _b("leg right front", _B, 3.3, -2.1, 7.8, 0.6, 0.6, 12.0),
        _b("leg right rear", _B, -3.3, -2.1, 7.8, 0.6, 0.6, 12.0),
        _b("top frame", _B, 0, 0, 14.5, 9.2, 4.9, 1.4),
        _b("spreader", _S, 0, 0, 0.45, 12.2, 2.44, 0.9),
    ),
    speed_mps=30 / 3.6, speed_laden_mps=24 / 3.6, acceleration_mps2=0.5,
    hoist_mps=0.4, hoist_laden_mps=0.3, hoist_mps2=0.2, lock_s=6.0,
    hoist_range_m=(1.0, 12.28), antenna_m=(3.0, 0.0, 15.4),
)  # fmt: skip

# 4.5 m/s is what public terminal models drive it at; its size is an estimate after the class of vehicle
# that carries one 45 ft or two 20 ft boxes.
AGV = Kind(
    name="agv",
    title="AGV",
    parts=(_b("deck", _B, 0, 0, 0.95, 14.8, 3.0, 1.5),),
    speed_mps=4.5, speed_laden_mps=4.5, acceleration_mps2=0.5,
    cargo_m=(0.0, 1.7), antenna_m=(7.0, 0.0, 1.9),
)  # fmt: skip

# Shoulder width and arm swing; a brisk walk, and what it takes to break into it within a second. On the
# recorded walk (u-blox, four fixes a second) courses change by up to 3 rad/s at corners.
PERSON = Kind(
    name="person",
    title="Person",
    parts=(_b("body", _B, 0, 0, 0.95, 0.6, 0.7, 1.9),),
    speed_mps=1.5, speed_laden_mps=1.5, acceleration_mps2=1.5,
    antenna_m=(0.0, 0.0, 1.5), report_interval_s=1.0, turn_radius_m=0.0, turn_rps=4.0, turn_rps2=2.0,
)  # fmt: skip

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        RTG, RMG, QUAY_CRANE, TERMINAL_TRACTOR, EXTERNAL_TRUCK, REACH_STACKER, EMPTY_HANDLER,
        STRADDLE_CARRIER, AGV, PERSON,
    )
}  # fmt: skip
KIND_NAMES: tuple[str, ...] = tuple(KINDS)
"""A fleet's `kind` column is an index into this."""
