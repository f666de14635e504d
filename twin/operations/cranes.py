"""Cranes: gantry, trolley and hoist follow a script of steps, each axis with its own speeds.

The rule copied from terminals: nothing travels below the height that clears all stacks on its way,
and a spreader locks and unlocks only while the machine stands.
"""

import math
from dataclasses import dataclass, field

from twin.fleet.kinds import KIND_NAMES, KINDS, Kind
from twin.operations.axes import approach
from twin.stock.sizes import LENGTH_M, WIDTH_M
from twin.stock.table import Stock
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
RELEASE_M = 1.5
"""How far a spreader rises off a box before a truck may go [m]."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script: a goal for each axis (NaN: stay), or a pause, or a turn of the locks.

    ``box`` is the stock row where the locks close on it; ``opens`` where they let go.
    """

    along_m: float = math.nan
    trolley_m: float = math.nan
    hoist_m: float = math.nan
    wait_s: float = 0.0
    box: int = -1
    opens: bool = False
    across_m: float = math.nan
    turn_rad: float = math.nan


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
    by ``across_m`` and turns by ``turn_rad``; its trolley is the reach of its boom.
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
        if not self.script:
            return None
        step = self.script[0]
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
        tops = {
            "along": (step.along_m, drive, kind.acceleration_mps2),
            "across": (step.across_m, 1.0, kind.acceleration_mps2),
            "trolley": (step.trolley_m, *trolley),
            "hoist": (step.hoist_m, hoist, kind.hoist_mps2),
            "turn": (step.turn_rad, TURN_RPS, TURN_RPS2),
        }
        there = True
        for axis, (goal, top, acceleration) in tops.items():
            if math.isnan(goal):
                continue
            place, speed = ("turn_rad", "turn_rps") if axis == "turn" else (f"{axis}_m", f"{axis}_mps")
            at, now = approach(getattr(self, place), getattr(self, speed), goal, top, acceleration, dt_s)
            setattr(self, place, at)
            setattr(self, speed, now)
            there &= at == goal
        return there


def carry_script(
    crane: Crane,
    box: int,
    height_m: float,
    source: Spot,
    target: Spot,
    over_empty_m: float,
    over_laden_m: float,
) -> list[Step]:
    """Give the steps that bring a box (stock row, height) from one place to another.

    ``over_empty_m`` and ``over_laden_m`` are the highest tops on the way to it, and from there on [m].
    """
    kind = crane.shape
    grip_m = source.bottom_m + height_m
    pause = Step(wait_s=kind.lock_s / 2)
    empty_m = max(crane.hoist_m, over_empty_m + CLEARANCE_M)
    laden_m = max(over_laden_m + CLEARANCE_M + height_m, grip_m)
    down_m = target.bottom_m + height_m
    return [
        Step(hoist_m=empty_m),
        Step(along_m=source.along_m, trolley_m=source.trolley_m),
        Step(hoist_m=grip_m),
        pause,
        Step(box=box),
        pause,
        Step(hoist_m=laden_m),
        Step(along_m=target.along_m, trolley_m=target.trolley_m),
        Step(hoist_m=down_m),
        pause,
        Step(opens=True),
        pause,
        Step(hoist_m=min(down_m + RELEASE_M, kind.hoist_range_m[1])),
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

    def top_on_way_m(
        self, stock: Stock, a: tuple[float, float], b: tuple[float, float], length_ft: int
    ) -> float:
        """Give the highest top below anything of that length that goes from ``a`` to ``b`` [m].

        Parameters
        ----------
        a, b : (along_m, trolley_m)
            The whole rectangle between them counts: both axes may run at a time.
        """
        block = self.block
        half_u, half_v = LENGTH_M[length_ft] / 2 + 0.1, WIDTH_M / 2 + 0.1
        low_u, high_u = min(a[0], b[0]) - half_u, max(a[0], b[0]) + half_u
        low_v = min(a[1], b[1]) - half_v + self.middle_v_m
        high_v = max(a[1], b[1]) + half_v + self.middle_v_m
        p0, p1 = max(0, math.floor(low_u / block.bay_pitch_m)), math.ceil(high_u / block.bay_pitch_m)
        r0, r1 = max(0, math.floor(low_v / block.row_pitch_m)), math.ceil(high_v / block.row_pitch_m)
        tops = stock.top_m[self.first : self.first + block.bays * block.rows]
        part = tops.reshape(block.bays, block.rows)[p0:p1, r0:r1]
        over = float(part.max()) if part.size else 0.0
        return max(over, OVER_TRUCKS_M if high_v > block.width_m else 0.0)
