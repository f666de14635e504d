"""The plan of a yard: values that are valid if they exist.

Frames. Everything is in the yard frame: metres, x along the yard's own east, y its north,
z up from the yard's height datum ``h0_m``. Headings are radians, counter-clockwise from x.
A block has its own frame: u along its bays (its heading), v to the left of that, across rows;
its origin is the outer corner of the ground slot of bay 1, row 1.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from twin.errors import YardError
from twin.tables import Floats

Point = tuple[float, float]
Polyline = tuple[Point, ...]
Polygon = tuple[Point, ...]
Places = TypeVar("Places", float, Floats)
"""Of one point, or of many."""

MAX_TIERS = 9
"""Highest stack any block may name: empties go to eight or nine high."""


class BlockKind(StrEnum):
    """What serves a block, and so how it is built."""

    RTG = "rtg"
    RMG = "rmg"
    REACH_STACKER = "reach_stacker"
    STRADDLE = "straddle"
    EMPTIES = "empties"


class Side(StrEnum):
    """Which side of a block the truck lane runs along, seen along its heading."""

    LEFT = "left"
    RIGHT = "right"
    NONE = "none"


class LaneKind(StrEnum):
    """What a lane is for."""

    ROAD = "road"
    CONNECTOR = "connector"  # inside a junction: one vehicle at a time per junction name
    TRUCK_LANE = "truck_lane"  # where a block's crane serves trucks; `block` names it
    QUAY = "quay"  # where a quay crane serves tractors
    GATE_IN = "gate_in"
    GATE_OUT = "gate_out"
    INSPECTION = "inspection"
    PARKING = "parking"  # where a yard's own tractors wait for work


class ZoneKind(StrEnum):
    """What a zone means to movers, people and radio."""

    EXCLUSION = "exclusion"
    PEDESTRIAN = "pedestrian"
    RADIO_BLIND = "radio_blind"
    INSPECTION = "inspection"
    BUILDING = "building"


def _positive(owner: str, **values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise YardError(f"{owner}.{name}: expected a number above 0, found {value}")


def _finite_points(owner: str, points: tuple[Point, ...], at_least: int) -> None:
    if len(points) < at_least:
        raise YardError(f"{owner}: expected at least {at_least} points, found {len(points)}")
    for index, point in enumerate(points):
        if len(point) != 2 or not all(map(math.isfinite, point)):
            raise YardError(f"{owner}[{index}]: expected two finite numbers, found {point}")


@dataclass(frozen=True, slots=True)
class Georeference:
    """Ties the yard frame to the Earth.

    ``origin`` is in the units and the order east, north (or longitude, latitude) of ``epsg``;
    ``rotation_rad`` turns the yard's x axis counter-clockwise from east; ``h0_m`` is the
    ellipsoidal height at which the yard's z is 0.
    """

    epsg: int
    origin: Point
    h0_m: float = 0.0
    rotation_rad: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not finite."""
        if not all(map(math.isfinite, (*self.origin, self.h0_m, self.rotation_rad))):
            raise YardError(f"georeference: expected finite numbers, found {self}")


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of ground slots with one stack each.

    ``bays`` counts 20 ft positions; position p (from 0) is bay ``2 p + 1``, and a 40 ft box over
    positions p and p + 1 is in bay ``2 p + 2``. Rows count from 1 at v = 0. Tiers count from 1.

    ``row_limits_m`` is the highest top face of each row [m], row 1 first; rows beyond it have the
    block's ``height_limit_m`` alone. ``stack_load_kg`` is what the ground under one 20 ft place bears,
    None where it bears any stack. ``lines`` names the lines that the block is kept for, none: all.
    """

    name: str
    kind: BlockKind
    origin_yard_m: Point
    heading_rad: float
    bays: int
    rows: int
    tiers: int
    bay_pitch_m: float = 6.45
    row_pitch_m: float = 2.79
    truck_lane_side: Side = Side.LEFT
    height_limit_m: float = 18.0
    reefer_rows: tuple[int, ...] = ()
    dangerous_rows: tuple[int, ...] = ()
    closed: bool = False
    row_limits_m: tuple[float, ...] = ()
    stack_load_kg: float | None = None
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a block that cannot stand."""
        where = f"block {self.name!r}"
        if not self.name or len(self.name) > 12:
            raise YardError(f"{where}.name: expected 1 to 12 characters, found {len(self.name)}")
        for name, top in (("bays", 200), ("rows", 60), ("tiers", MAX_TIERS)):
            found = getattr(self, name)
            if not 1 <= found <= top:
                raise YardError(f"{where}.{name}: expected 1 to {top}, found {found}")
        _positive(
            where,
            bay_pitch_m=self.bay_pitch_m,
            row_pitch_m=self.row_pitch_m,
            height_limit_m=self.height_limit_m,
        )
        _finite_points(f"{where}.origin_yard_m", (self.origin_yard_m,), 1)
        if not math.isfinite(self.heading_rad):
            raise YardError(f"{where}.heading_rad: expected a finite number, found {self.heading_rad}")
        for name in ("reefer_rows", "dangerous_rows"):
            for row in getattr(self, name):
                if not 1 <= row <= self.rows:
                    raise YardError(f"{where}.{name}: expected rows 1 to {self.rows}, found {row}")
        for index, limit_m in enumerate(self.row_limits_m):
            _positive(where, **{f"row_limits_m[{index}]": limit_m})
        if self.stack_load_kg is not None:
            _positive(where, stack_load_kg=self.stack_load_kg)
        if not all(self.lines):
            raise YardError(f"{where}.lines: expected names, found an empty one")

    @property
    def length_m(self) -> float:
        """Extent along u, the bays [m]."""
        return self.bays * self.bay_pitch_m

    @property
    def width_m(self) -> float:
        """Extent along v, the rows, without truck lane and crane tracks [m]."""
        return self.rows * self.row_pitch_m

    def yard_from_block(self, u_m: float, v_m: float) -> Point:
        """Give the yard coordinates [m] of a point of the block's frame."""
        c, s = math.cos(self.heading_rad), math.sin(self.heading_rad)
        x, y = self.origin_yard_m
        return (x + c * u_m - s * v_m, y + s * u_m + c * v_m)

    @property
    def middle_yard_m(self) -> Point:
        """The middle of the stacking area [m]."""
        return self.yard_from_block(self.length_m / 2, self.width_m / 2)

    def block_from_yard(self, x_m: Places, y_m: Places) -> tuple[Places, Places]:
        """Give u and v [m] of points in the yard frame."""
        c, s = math.cos(self.heading_rad), math.sin(self.heading_rad)
        dx, dy = x_m - self.origin_yard_m[0], y_m - self.origin_yard_m[1]
        return c * dx + s * dy, c * dy - s * dx

    def holds(self, x_m: float, y_m: float) -> bool:
        """Tell whether a point in the yard frame is on the stacking area."""
        u_m, v_m = self.block_from_yard(x_m, y_m)
        return 0 <= u_m <= self.length_m and 0 <= v_m <= self.width_m

    def outline(self) -> Polygon:
        """Give the four corners of the stacking area in the yard frame [m], counter-clockwise."""
        length, width = self.length_m, self.width_m
        return tuple(
            self.yard_from_block(u, v) for u, v in ((0, 0), (length, 0), (length, width), (0, width))
        )


@dataclass(frozen=True, slots=True)
class Lane:
    """A way for vehicles, one direction: from the first point to the last.

    Two lanes are connected where the end of one is the start of the other, within 1 cm.
    Lanes of kind CONNECTOR carry ``junction``: only one vehicle is let into a junction at a time.
    A TRUCK_LANE names the ``block`` it serves; a QUAY lane may be one of several beside each other.
    """

    name: str
    kind: LaneKind
    centre_line_yard_m: Polyline
    width_m: float = 4.35
    speed_limit_mps: float = 5.56
    block: str = ""
    junction: str = ""

    def __post_init__(self) -> None:
        """Refuse a lane that leads nowhere."""
        where = f"lane {self.name!r}"
        _finite_points(f"{where}.centre_line_yard_m", self.centre_line_yard_m, 2)
        _positive(where, width_m=self.width_m, speed_limit_mps=self.speed_limit_mps)


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: its lanes by name, and where the weighbridge and the OCR portal stand."""

    name: str
    lanes_in: tuple[str, ...]
    lanes_out: tuple[str, ...]
    ocr_portal_yard_m: Point
    weighbridge_yard_m: Point


@dataclass(frozen=True, slots=True)
class Zone:
    """An area with a meaning; the ring is not repeated at its end."""

    name: str
    kind: ZoneKind
    ring_yard_m: Polygon
    height_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an area that is none."""
        _finite_points(f"zone {self.name!r}.ring_yard_m", self.ring_yard_m, 3)


@dataclass(frozen=True, slots=True)
class Quay:
    """The quay edge from its first to its second point, water on the right of that direction.

    The waterside crane rail runs ``rail_setback_m`` landward of the edge, the landside rail
    ``gauge_m`` further. ``cranes`` are how many quay cranes stand on it.
    """

    name: str
    edge_yard_m: tuple[Point, Point]
    rail_setback_m: float = 3.0
    gauge_m: float = 30.0
    cranes: int = 0


@dataclass(frozen=True, slots=True)
class BaseStation:
    """The GNSS base station that sends corrections."""

    name: str
    position_yard_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Yard:
    """One revision of a yard; an edit makes the next one and shares what it did not touch."""

    name: str
    georeference: Georeference
    fence_yard_m: Polygon
    blocks: tuple[Block, ...] = ()
    lanes: tuple[Lane, ...] = ()
    gates: tuple[Gate, ...] = ()
    zones: tuple[Zone, ...] = ()
    quays: tuple[Quay, ...] = ()
    base_station: BaseStation | None = None
    revision: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        """Refuse doubled names and references to nothing."""
        _finite_points("fence_yard_m", self.fence_yard_m, 3)
        for name in ("blocks", "lanes", "gates", "zones", "quays"):
            seen: set[str] = set()
            for index, item in enumerate(getattr(self, name)):
                if item.name in seen:
                    raise YardError(
                        f"{name}[{index}].name: expected a name used once, found {item.name!r} again"
                    )
                seen.add(item.name)
        blocks = {block.name for block in self.blocks}
        lanes = {lane.name for lane in self.lanes}
        for index, lane in enumerate(self.lanes):
            if lane.block and lane.block not in blocks:
                raise YardError(f"lanes[{index}].block: expected a block's name, found {lane.block!r}")
        for index, gate in enumerate(self.gates):
            for lane_name in gate.lanes_in + gate.lanes_out:
                if lane_name not in lanes:
                    raise YardError(f"gates[{index}]: expected a lane's name, found {lane_name!r}")

    def block(self, name: str) -> Block:
        """Give the block of that name; raise :class:`YardError` where there is none."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise YardError(f"yard {self.name!r}: expected one of its blocks, found {name!r}")
