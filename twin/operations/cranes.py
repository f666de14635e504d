"""Cranes: gantry, trolley and hoist follow a script of steps, each axis with its own speeds.

The rules copied from terminals: a gantry drives only with its spreader above all stacks on its way;
within a bay trolley and hoist run together, the trolley as far as the height then clears the rows
ahead; a spreader locks and unlocks only while the machine stands.
"""

import math
from dataclasses import dataclass, field

from twin.fleet.kinds import KIND_NAMES, KINDS, Kind
from twin.operations.axes import approach
from twin.stock.sizes import LENGTH_M, WIDTH_M
from twin.stock.table import Place, Stock
from twin.tables import Floats
from twin.yard.model import Block
from twin.yard.portal import portal_middle_v_m
from twin.yard.slots import Slots

CLEARANCE_M = 0.5
"""Between what hangs and the highest stack on its way [m]."""
OVER_TRUCKS_M = 4.8
"""What hangs over a truck lane stays above this while it travels [m]: deck 1.25 + high-cube 2.9 + 0.65."""
MOST_ALONG_MPS = 3.0
"""Nothing that lifts travels faster beside a block than this [m/s]."""
BOOM_MPS, BOOM_MPS2 = 0.35, 0.2
"""Reach of a stacker's boom [m/s], [m/s2]: estimates; makers give hoist and drive alone."""
TURN_RPS, TURN_RPS2 = 0.2, 0.1
"""Turning of a stacker on the spot, which stands for its shunting [rad/s], [rad/s2]: estimates."""
SHUNTING_MPS = 1.0
"""A stacker goes no faster between its line and a stack or a vehicle [m/s]."""
ONE_BAY_M = 0.01
"""Places no further apart along the block are reached without driving the gantry [m]."""
STRAIGHT_DOWN_M = 0.05
"""A spreader goes down on its place only this near to being straight above [m]."""
RELEASE_M = 1.5
"""How far a spreader rises off a box before a truck may go [m]."""


Over = tuple[float, float, float]
"""From where to where the trolley must have its spreader how high: low, high, least [m]."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script: a goal for each axis (NaN: stay), or a pause, or a turn of the locks.

    Where ``along_m`` and ``across_m`` both have a goal the machine drives there in a straight line.
    ``box`` is the stock row where the locks close on it; ``opens`` where they let go. ``over`` lists
    what lies under the trolley's way where it and the hoist run together.
    """

    along_m: float = math.nan
    trolley_m: float = math.nan
    hoist_m: float = math.nan
    wait_s: float = 0.0
    box: int = -1
    opens: bool = False
    across_m: float = math.nan
    turn_rad: float = math.nan
    over: tuple[Over, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a box as its crane sees it: along the gantry's way, across, and its underside's height."""

    along_m: float
    trolley_m: float
    bottom_m: float


@dataclass(slots=True)
class Crane:
    """A gantry crane: where it runs, where its axes are, and what it is about to do.

    ``origin_yard_m`` is the portal's middle at ``along_m`` = 0. A reach stacker also leaves that line
    by ``across_m`` and turns by ``turn_rad``; its trolley is the reach of its boom. One that is ``stuck``
    stays as it is, one that is ``low`` does not raise its spreader before it travels: see ``mishaps``.
    """

    name: str
    kind: int
    block: int
    origin_yard_m: tuple[float, float]
    heading_rad: float
    along_m: float
    trolley_m: float
    hoist_m: float
    along_mps: float = 0.0
    trolley_mps: float = 0.0
    hoist_mps: float = 0.0
    locked: bool = False
    box: int = -1
    gross_kg: float = 0.0
    feet: int = 20
    script: list[Step] = field(default_factory=list)
    waited_s: float = 0.0
    moves: int = 0
    across_m: float = 0.0
    across_mps: float = 0.0
    turn_rad: float = 0.0
    turn_rps: float = 0.0
    stuck: bool = False
    low: bool = False

    @property
    def shape(self) -> Kind:
        """The row of the equipment table."""
        return KINDS[KIND_NAMES[self.kind]]

    def pose(self) -> tuple[float, float]:
        """Give where the machine's origin is in the yard frame [m]."""
        c, s = math.cos(self.heading_rad), math.sin(self.heading_rad)
        x, y = self.origin_yard_m
        return x + c * self.along_m - s * self.across_m, y + s * self.along_m + c * self.across_m

    def speed_mps(self) -> float:
        """Give the speed along the machine's own heading [m/s]."""
        return self.along_mps * math.cos(self.turn_rad) + self.across_mps * math.sin(self.turn_rad)

    def advance(self, dt_s: float) -> Step | None:
        """Go on with the script; give the step where the locks turned in this one, else None."""
        if self.stuck:
            self.along_mps = self.across_mps = self.trolley_mps = self.hoist_mps = self.turn_rps = 0.0
        if not self.script or self.stuck:
            return None
        step = self.script[0]
        if self.low and rises_first(step, self.hoist_m):
            self.script.pop(0)
            return None
        if step.wait_s > 0.0:
            self.waited_s += dt_s
            if self.waited_s + 1e-9 >= step.wait_s:
                self.waited_s = 0.0
                self.script.pop(0)
            return None
        if step.box >= 0 or step.opens:
            self.script.pop(0)
            self.locked = step.box >= 0
            return step
        if self._go(step, dt_s):
            self.script.pop(0)
        return None

    def _go(self, step: Step, dt_s: float) -> bool:
        kind, laden = self.shape, self.locked
        drive = min(kind.speed_laden_mps if laden else kind.speed_mps, MOST_ALONG_MPS)
        hoist = kind.hoist_laden_mps if laden else kind.hoist_mps
        trolley = (kind.trolley_mps, kind.trolley_mps2) if kind.trolley_mps else (BOOM_MPS, BOOM_MPS2)
        clears = bool(step.over) and not self.low
        trolley_m, hoist_m = self._cleared(step) if clears else (step.trolley_m, step.hoist_m)
        tops = {
            "along": (step.along_m, drive, kind.acceleration_mps2),
            "across": (step.across_m, SHUNTING_MPS, kind.acceleration_mps2),
            "trolley": (trolley_m, *trolley),
            "hoist": (hoist_m, hoist, kind.hoist_mps2),
            "turn": (step.turn_rad, TURN_RPS, TURN_RPS2),
        }
        there = not clears or (trolley_m, hoist_m) == (step.trolley_m, step.hoist_m)
        if not math.isnan(step.along_m) and not math.isnan(step.across_m):
            del tops["along"], tops["across"]
            there &= self._shunt(step.along_m, step.across_m, dt_s)
        for axis, (goal, top, acceleration) in tops.items():
            if math.isnan(goal):
                continue
            place, speed = ("turn_rad", "turn_rps") if axis == "turn" else (f"{axis}_m", f"{axis}_mps")
            at, now = approach(getattr(self, place), getattr(self, speed), goal, top, acceleration, dt_s)
            setattr(self, place, at)
            setattr(self, speed, now)
            there &= at == goal
        return there

    def _shunt(self, along_m: float, across_m: float, dt_s: float) -> bool:
        """Drive in a straight line, ahead or back; tell whether it has arrived."""
        far = along_m - self.along_m, across_m - self.across_m
        distance, now = math.hypot(*far), math.hypot(self.along_mps, self.across_mps)
        went, speed = approach(0.0, now, distance, SHUNTING_MPS, self.shape.acceleration_mps2, dt_s)
        if went >= distance:
            self.along_m, self.across_m, self.along_mps, self.across_mps = along_m, across_m, 0.0, 0.0
            return True
        c, s = far[0] / distance, far[1] / distance
        self.along_m, self.across_m = self.along_m + c * went, self.across_m + s * went
        self.along_mps, self.across_mps = c * speed, s * speed
        return False

    def _cleared(self, step: Step) -> tuple[float, float]:
        """Give how far the trolley may go at this height, and how high what lies ahead needs it [m]."""
        at, goal = self.trolley_m, step.trolley_m
        low, high = min(at, goal), max(at, goal)
        ahead = [over for over in step.over if over[0] < high and over[1] > low]
        least = max([step.hoist_m, *(over[2] for over in ahead)])
        too_high = [over for over in ahead if over[2] > self.hoist_m + 1e-6]
        if goal > at:
            return min([goal, *(max(at, over[0]) for over in too_high)]), least
        return max([goal, *(min(at, over[1]) for over in too_high)]), least


def rises_first(step: Step, hoist_m: float) -> bool:
    """Tell whether a step does nothing but raise a spreader."""
    goals = (step.along_m, step.across_m, step.trolley_m, step.turn_rad)
    return step.hoist_m > hoist_m and all(map(math.isnan, goals))


def carry_script(
    crane: Crane,
    box: int,
    height_m: float,
    source: Spot,
    target: Spot,
    over_empty_m: float,
    over_laden_m: float,
    rows_empty: tuple[Over, ...] = (),
    rows_laden: tuple[Over, ...] = (),
) -> list[Step]:
    """Give the steps that bring a box (stock row, height) from one place to another.

    ``over_empty_m`` and ``over_laden_m`` are the highest tops on the way to it, and from there on [m];
    ``rows_empty`` and ``rows_laden`` what lies there row by row, where both ends are in one bay.
    """
    kind = crane.shape
    grip_m = source.bottom_m + height_m
    pause = Step(wait_s=kind.lock_s / 2)
    empty_m = max(crane.hoist_m, over_empty_m + CLEARANCE_M)
    laden_m = max(hoist_needed_m(height_m, over_laden_m), grip_m)
    down_m = target.bottom_m + height_m
    return [
        *_travel(source, empty_m, grip_m, rows_empty),
        pause,
        Step(box=box),
        pause,
        *_travel(target, laden_m, down_m, rows_laden),
        pause,
        Step(opens=True),
        pause,
        Step(hoist_m=min(down_m + RELEASE_M, kind.hoist_range_m[1])),
    ]


def drive_script(crane: Crane, to: Spot, high_m: float) -> list[Step]:
    """Give the steps that bring an empty spreader over a place, and leave it up there.

    A stacker only travels along its apron.
    """
    trolley_m = to.trolley_m if crane.shape.trolley_mps else math.nan
    return [Step(hoist_m=high_m), Step(along_m=to.along_m, trolley_m=trolley_m)]


def _travel(to: Spot, high_m: float, down_m: float, rows: tuple[Over, ...]) -> list[Step]:
    if rows:
        return [Step(along_m=to.along_m, trolley_m=to.trolley_m, hoist_m=down_m, over=rows)]
    return [
        Step(hoist_m=high_m),
        Step(along_m=to.along_m, trolley_m=to.trolley_m),
        Step(hoist_m=down_m),
    ]


def hoist_needed_m(height_m: float, over_laden_m: float) -> float:
    """Give how high the spreader's underside must rise to carry a box over a top [m]."""
    return over_laden_m + CLEARANCE_M + height_m


@dataclass(frozen=True, slots=True)
class Field:
    """A block as its crane works it: where its rows are across the portal, and its stacks' tops."""

    block: Block
    first: int

    @property
    def middle_v_m(self) -> float:
        """Where the portal's middle is, in the block's frame [m]."""
        return portal_middle_v_m(self.block)

    def in_reach(self, row: int) -> bool:
        """Tell whether the crane reaches a row, counted from 0."""
        return 0 <= row < self.block.rows

    @property
    def lane_trolley_m(self) -> float:
        """Where the trolley is over the truck lane [m]."""
        return self.block.width_m + 4.35 / 2 - self.middle_v_m

    def along_m(self, position: int, length_ft: int) -> float:
        """Give the u of a box over a position [m]."""
        return (position + (0.5 if length_ft == 20 else 1.0)) * self.block.bay_pitch_m

    def trolley_m(self, row: int) -> float:
        """Give the trolley's place over a row, counted from 0 [m]."""
        return (row + 0.5) * self.block.row_pitch_m - self.middle_v_m

    def spot(self, slots: Slots, ground: int, length_ft: int, bottom_m: float) -> Spot:
        """Give the place of a box on a ground slot."""
        position, row = int(slots.position[ground]), int(slots.row[ground])
        return Spot(self.along_m(position, length_ft), self.trolley_m(row), bottom_m)

    def tops_m(self, stock: Stock, lifted: int = -1) -> Floats:
        """Give the tops of the block's stacks, (bays, rows) [m].

        Where a box (stock row) is to be ``lifted``, what will be left of its stacks counts.
        """
        size = self.block.bays * self.block.rows
        tops = stock.top_m[self.first : self.first + size]
        if lifted >= 0 and stock.place[lifted] == Place.STACKED:
            low = int(stock.ground[lifted]) - self.first
            tops = tops.copy()
            tops[[low] if stock.length_ft[lifted] == 20 else [low, low + self.block.rows]] = stock.bottom_m[
                lifted
            ]
        return tops.reshape(self.block.bays, self.block.rows)

    def top_on_way_m(
        self,
        stock: Stock,
        a: tuple[float, float],
        b: tuple[float, float],
        length_ft: int,
        lifted: int = -1,
    ) -> float:
        """Give the highest top below anything of that length that goes from ``a`` to ``b`` [m].

        Parameters
        ----------
        a, b : (along_m, trolley_m)
            The whole rectangle between them counts: both axes may run at a time.
        lifted : int
            The box (stock row) that is lifted off its stack for it, -1 none.
        """
        block = self.block
        half_u, half_v = LENGTH_M[length_ft] / 2 + 0.1, WIDTH_M / 2 + 0.1
        low_u, high_u = min(a[0], b[0]) - half_u, max(a[0], b[0]) + half_u
        low_v = min(a[1], b[1]) - half_v + self.middle_v_m
        high_v = max(a[1], b[1]) + half_v + self.middle_v_m
        p0, p1 = max(0, math.floor(low_u / block.bay_pitch_m)), math.ceil(high_u / block.bay_pitch_m)
        r0, r1 = max(0, math.floor(low_v / block.row_pitch_m)), math.ceil(high_v / block.row_pitch_m)
        part = self.tops_m(stock, lifted)[p0:p1, r0:r1]
        over = float(part.max()) if part.size else 0.0
        return max(over, OVER_TRUCKS_M if high_v > block.width_m else 0.0)

    def rows_on_way(
        self,
        stock: Stock,
        a: tuple[float, float],
        b: tuple[float, float],
        length_ft: int,
        hangs_m: float,
        lifted: int = -1,
    ) -> tuple[Over, ...]:
        """List how high the spreader must be over each row between two places of one bay.

        Parameters
        ----------
        a, b : (along_m, trolley_m)
            From where to where; nothing is listed where the gantry has to drive.
        hangs_m : float
            Height of the box under the spreader, 0 without one [m].
        lifted : int
            The box (stock row) that is lifted off its stack for it, -1 none.
        """
        if abs(a[0] - b[0]) > ONE_BAY_M:
            return ()
        block, half_u = self.block, LENGTH_M[length_ft] / 2 + 0.1
        p0 = max(0, math.floor((b[0] - half_u) / block.bay_pitch_m))
        p1 = math.ceil((b[0] + half_u) / block.bay_pitch_m)
        highest = self.tops_m(stock, lifted)[p0:p1].max(axis=0)
        under = [(self.trolley_m(row), float(top)) for row, top in enumerate(highest)]
        under.append((self.lane_trolley_m, OVER_TRUCKS_M))
        half_v = WIDTH_M + 0.1
        out: list[Over] = []
        for at, top in under:
            edges = [at - half_v, at + half_v]
            # Over its own ends it goes straight up and down.
            for end in {a[1], b[1]}:
                if abs(end - at) < STRAIGHT_DOWN_M:
                    edges[1:1] = [end - STRAIGHT_DOWN_M, end + STRAIGHT_DOWN_M]
            for low, high in zip(edges[::2], edges[1::2], strict=True):
                out.append((low, high, top + CLEARANCE_M + hangs_m))
        return tuple(out)
