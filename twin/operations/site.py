"""The working state of a shift: what all its parts look at and change."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from twin.inputs import Event, OrderReport
from twin.operations.arrivals import Arrivals
from twin.operations.cranes import Crane, Field, Spot
from twin.operations.traffic import FRONT_M, STOP_M, Traffic
from twin.stock import moves
from twin.stock.table import BoxNotice, Stock
from twin.tables import Flags
from twin.yard.model import BlockKind, Yard
from twin.yard.roads import Roads, route
from twin.yard.slots import Slots

if TYPE_CHECKING:
    from twin.operations.demand import Demand
    from twin.operations.meter import Meter
    from twin.operations.planning import Planner

LANE_CAP = 3
"""Vehicles bound for one block at a time: so many fit in its truck lane whatever their order."""
QUAY_CAP = 5
"""Tractors bound for one quay crane at a time."""
ROOM_AHEAD_M = 49.5
"""A vehicle is served no nearer to its lane's start than this, so that two more fit in behind it [m]."""
CRANES_FOR = {
    BlockKind.RTG: "rtg",
    BlockKind.RMG: "rmg",
    BlockKind.REACH_STACKER: "reach_stacker",
    BlockKind.EMPTIES: "empty_handler",
}
"""Which machine works a block; other blocks have none and take no part."""


@dataclass(slots=True)
class Stop:
    """Where a vehicle is to stand, and what for.

    ``what`` is ``scale``, ``hold``, ``inspect``, ``drop``, ``pick``, ``quay``, ``park`` or ``out``;
    ``box`` the stock row that is put down or taken (-1 none), ``ground`` where it goes.
    """

    what: str
    lane: int
    s_m: float
    box: int = -1
    ground: int = -1
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TruckCall:
    """What is settled of a truck before it comes, whoever decides in the yard.

    ``notice`` tells of the box that it brings, ``takes`` is the stock row that it comes for (-1 none),
    ``scale_s`` its time on the weighbridge, ``inspection_s`` that at the inspection dock (0: none) [s].
    """

    notice: BoxNotice | None
    takes: int
    scale_s: float
    inspection_s: float = 0.0


@dataclass(slots=True)
class Visit:
    """A vehicle and what it still has to do; ``box`` is what it carries, ``takes`` what it came for.

    ``refused_s`` counts the seconds in which an idle crane could do nothing for it, ``due_ns`` and
    ``in_ns`` are when it was to come and when the portal of a gate read it (0: found in the yard).
    """

    vehicle: int
    name: str
    own: bool
    stops: list[Stop] = field(default_factory=list)
    box: int = -1
    brings: int = -1
    takes: int = -1
    inspected: bool = False
    blocks: list[int] = field(default_factory=list)
    lay_by: int = -1
    quay: int = -1
    waited_s: float = 0.0
    asked_ns: int = 0
    home: int = -1
    read: bool = False
    order: int = -1
    target: int = -1
    portal_s: float = 0.0
    refused_s: int = 0
    due_ns: int = 0
    in_ns: int = 0
    call: TruckCall | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A truck that will come: when, and the box it takes or that it brings one."""

    due_ns: int
    box: int
    brings: bool
    call: TruckCall | None = None


@dataclass(slots=True)
class Ordered:
    """A work order that waits or is being carried out; grounds are slots, ``box`` a stock row."""

    id: int
    box: int
    ground: int
    block: int
    asked_ns: int
    started: bool = False


@dataclass(slots=True)
class Job:
    """What a crane is doing: a box from a stack, a vehicle or the vessel to one of these.

    ``vehicle`` is the vehicle that the box comes from or goes to (-1 none), ``ground`` the slot that
    it goes to (-1: not into a stack), ``order`` the work order (-1 none); ``ahead`` where nobody waits.
    """

    box: int
    vehicle: int = -1
    ground: int = -1
    order: int = -1
    to_vehicle: bool = False
    to_vessel: bool = False
    ahead: bool = False


@dataclass(slots=True)
class Berth:
    """A quay crane's share of a vessel: what comes off it, and how the work alternates.

    ``lane_s_m`` is where the crane's ``along_m`` = 0 lies along the quay lane, ``trolley_m`` where the
    trolley is over the lane; ``done_here`` and ``sent`` count jobs, ``bound`` tractors.
    """

    crane: int
    lane: int
    lane_s_m: float
    trolley_m: float
    first_along_m: float
    along_m: float
    boxes: list[int] = field(default_factory=list)
    done_here: int = 0
    sent: int = 0
    bound: int = 0
    hatch: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """How vehicles are let in: the same whoever decides in the yard.

    ``lane_cap`` vehicles are bound for a block at a time. Where trucks are called off, they wait outside
    until the blocks that they must go to have room, instead of behind one another at the gates.
    """

    lane_cap: int = LANE_CAP
    calls_off: bool = False


@dataclass(slots=True)
class Site:
    """Everything that a shift is made of; ``events`` are those of the step being made.

    What needs a look at the whole stock is tried in steps where ``second`` is set, one in ten.
    ``choice`` is drawn from where a plain rule picks at random. Where there is a ``demand``, everything
    that comes from outside is settled by it and the seed, and ``rng`` draws the wind alone.
    """

    yard: Yard
    slots: Slots
    roads: Roads
    stock: Stock
    rng: np.random.Generator
    t_ns: int
    traffic: Traffic
    arrivals: Arrivals
    planner: "Planner"
    choice: np.random.Generator
    demand: "Demand | None" = None
    meter: "Meter | None" = None
    cranes: list[Crane] = field(default_factory=list)
    fields: dict[int, Field] = field(default_factory=dict)
    crane_of_block: dict[int, int] = field(default_factory=dict)
    visits: dict[int, Visit] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    kept: dict[int, int] = field(default_factory=dict)
    bound: dict[int, int] = field(default_factory=dict)
    lay_bys: dict[int, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    lanes_of: dict[int, tuple[int, float, float]] = field(default_factory=dict)
    masks: dict[int, Flags] = field(default_factory=dict)
    orders: list[Ordered] = field(default_factory=list)
    jobs: dict[int, Job] = field(default_factory=dict)
    quays: list[Berth] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    gate_in: list[int] = field(default_factory=list)
    gate_out: list[int] = field(default_factory=list)
    gate_lanes: dict[int, tuple[str, float, float]] = field(default_factory=dict)
    lay_by_lanes: list[int] = field(default_factory=list)
    own: int = 0
    most_trucks: int = 0
    serial: int = 0
    second: bool = False
    rules: Rules = Rules()

    def count(self, name: str, n: int = 1) -> None:
        """Count something that happened."""
        self.counts[name] = self.counts.get(name, 0) + n

    def mask_of(self, length_ft: int, make: Callable[["Site", int], Flags]) -> Flags:
        """Give a mask that depends on the plan alone, made once a length."""
        if length_ft not in self.masks:
            self.masks[length_ft] = make(self, length_ft)
        return self.masks[length_ft]

    def row_of_vehicle(self, vehicle: int) -> int:
        """Give the row of a vehicle in the truth."""
        return len(self.cranes) + vehicle

    def number(self, box: int) -> str:
        """Give a box's number."""
        return bytes(self.stock.number[box]).decode("ascii")

    def row(self, number: str) -> int:
        """Give the stock row of a number, -1 where it is not known."""
        return int(moves.rows_of(self.stock, [number])[0])

    def notice(self, box: int, customs: int | None = None) -> BoxNotice:
        """Tell of a box as it is."""
        stock = self.stock
        setpoint, departs = float(stock.setpoint_c[box]), int(stock.departs_ns[box])
        return BoxNotice(
            self.number(box),
            bytes(stock.type_code[box]).decode("ascii"),
            float(stock.gross_kg[box]),
            bool(stock.empty[box]),
            int(stock.line[box]),
            int(stock.flow[box]),
            int(stock.customs[box]) if customs is None else customs,
            None if math.isnan(setpoint) else setpoint,
            bytes(stock.imdg[box]).decode("ascii"),
            None if departs == moves.NOT_KNOWN_NS else departs,
        )

    # --- blocks and their lanes --------------------------------------------------------------

    def block_of(self, ground: int) -> int:
        """Give the block that a ground slot is in."""
        return int(self.slots.block[ground])

    def has_room(self, block: int, spare: int = 0) -> bool:
        """Tell whether one more vehicle may set out for a block and leave ``spare`` places free."""
        return self.bound.get(block, 0) < self.rules.lane_cap - spare

    def bind(self, visit: Visit, block: int) -> None:
        """Note that a vehicle sets out for a block."""
        self.bound[block] = self.bound.get(block, 0) + 1
        visit.blocks.append(block)

    def release(self, visit: Visit, block: int) -> None:
        """Note that a vehicle has left a block's lane."""
        if block in visit.blocks:
            visit.blocks.remove(block)
            self.bound[block] -= 1

    def lane_s_m(self, block: int, along_m: float) -> tuple[int, float]:
        """Give the truck lane of a block and where a vehicle stands whose cargo is at ``along_m``."""
        lane, s0, sign = self.lanes_of[block]
        return lane, s0 + sign * along_m + CARGO_BEHIND_M

    def along_of(self, block: int, s_m: float) -> float:
        """Give where the cargo of a vehicle in a truck lane is along the block [m]."""
        _, s0, sign = self.lanes_of[block]
        return (s_m - CARGO_BEHIND_M - s0) * sign

    def report(self, device: str, order: int, state: str, why: str = "") -> None:
        """Tell how a work order stands; nothing where ``order`` is -1."""
        if order >= 0:
            self.events.append(OrderReport(device, self.t_ns, order, state, why))

    def cargo_spot(self, block: int, along_m: float) -> Spot:
        """Give where a box on a vehicle is, as the block's crane sees it."""
        return Spot(along_m, self.fields[block].lane_trolley_m, DECK_M)

    def end_s_m(self, lane: int) -> float:
        """Give where a vehicle stands at the end of a lane [m]."""
        return self.traffic.length_m[lane] - FRONT_M - STOP_M

    def s_on_m(self, lane: int, x_m: float, y_m: float) -> float:
        """Give how far along a lane the point nearest to a place is [m]."""
        first, last = int(self.roads.first[lane]), int(self.roads.first[lane + 1])
        p = self.roads.point_yard_m[first:last]
        d = np.diff(p, axis=0)
        r = np.array([x_m, y_m]) - p[:-1]
        length = np.hypot(d[:, 0], d[:, 1])
        t = np.clip((d * r).sum(axis=1) / length**2, 0.0, 1.0)
        k = int(np.argmin(np.hypot(*(r - t[:, None] * d).T)))
        return float(self.roads.along_m[first + k] + t[k] * length[k])

    # --- ways --------------------------------------------------------------------------------

    def send(self, visit: Visit, stop: Stop) -> None:
        """Send a vehicle from where it stands to its next stop."""
        lane, s = self.traffic.lane_of(visit.vehicle), self.traffic.s_of(visit.vehicle)
        self.traffic.send(visit.vehicle, self.way(lane, s, stop.lane, stop.s_m), stop.s_m)

    def way(self, lane: int, s_m: float, goal: int, goal_s_m: float) -> tuple[int, ...]:
        """Give the lanes from a place on a lane to a place on another, or round to one behind it."""
        if lane != goal or goal_s_m >= s_m - 1e-6:
            return route(self.roads, lane, goal)
        after = int(self.roads.successors(lane)[0])
        return (lane, *route(self.roads, after, goal))


DECK_M = 1.25
CARGO_BEHIND_M = 5.6
"""The cargo's centre is so far behind the rear axle [m], its underside ``DECK_M`` high (``kinds``)."""
