"""Reach stackers in the apron between a block's last row and its truck lane.

A stacker drives along the middle of its apron, turns to the stacks or to the lane, and lifts straight
up and down. Everything but hoisting is done with the spreader raised above all that stands near.
"""

import math
from dataclasses import dataclass

from twin.fleet.kinds import REACH_STACKER
from twin.operations.cranes import CLEARANCE_M, OVER_TRUCKS_M, Crane, Field, Spot, Step
from twin.stock.table import Stock
from twin.yard.portal import truck_lane_v_m

APRON_M = 7.05
"""From the block's edge to the stacker's rear axle [m]: its boom, 7.0 m long, turns before the stacks."""
ROWS_IN_REACH = 2
"""The boom reaches over one row into the second: 8.2 m and 4 m more."""
TURNING_M = 12.0
"""So far along the block a 40 ft box sweeps while it is turned [m]: the corner is at 11.2 m."""
HIGH_M = REACH_STACKER.hoist_range_m[1]
SPREADER_X_M = 8.2


@dataclass(frozen=True, slots=True)
class Apron(Field):
    """A block as its reach stacker works it; ``trolley_m`` of a spot counts from the stacker's own line."""

    @property
    def middle_v_m(self) -> float:
        """Where the stacker's line is, in the block's frame [m]."""
        return self.block.width_m + APRON_M

    @property
    def lane_trolley_m(self) -> float:
        """Where the truck lane is from the stacker's line [m]."""
        return truck_lane_v_m(self.block) - self.middle_v_m

    def in_reach(self, row: int) -> bool:
        """Tell whether the boom reaches a row, counted from 0."""
        return self.block.rows - ROWS_IN_REACH <= row < self.block.rows

    def top_on_way_m(
        self, stock: Stock, a: tuple[float, float], b: tuple[float, float], length_ft: int
    ) -> float:
        """Give the highest top near either end, where the stacker turns and reaches out [m]."""
        tops = stock.top_m[self.first : self.first + self.block.bays * self.block.rows]
        grid = tops.reshape(self.block.bays, self.block.rows)[:, -ROWS_IN_REACH:]
        highest = 0.0
        for along in (a[0], b[0]):
            p0 = max(0, math.floor((along - TURNING_M) / self.block.bay_pitch_m))
            p1 = math.ceil((along + TURNING_M) / self.block.bay_pitch_m)
            part = grid[p0:p1]
            highest = max(highest, float(part.max()) if part.size else 0.0)
        return highest


def stacker_script(
    crane: Crane, box: int, height_m: float, source: Spot, target: Spot, over_m: float
) -> list[Step]:
    """Give the steps that bring a box from a stack or a vehicle to another.

    ``over_m`` is the highest top near anywhere that it turns or reaches out [m].
    """
    high = min(HIGH_M, max(over_m, OVER_TRUCKS_M) + CLEARANCE_M + height_m)
    pause = Step(wait_s=crane.shape.lock_s / 2)
    return [
        *_to(source, height_m, high),
        pause,
        Step(box=box),
        pause,
        *_to(target, height_m, high),
        pause,
        Step(opens=True),
        pause,
        Step(hoist_m=high),
        *_back(),
    ]


def _back() -> list[Step]:
    return [Step(trolley_m=0.0), Step(across_m=0.0), Step(turn_rad=0.0)]


def _to(spot: Spot, height_m: float, high_m: float) -> list[Step]:
    side = 1.0 if spot.trolley_m > 0 else -1.0
    # Where the place is nearer than the shortest reach, the stacker backs off.
    across = side * min(0.0, abs(spot.trolley_m) - SPREADER_X_M)
    reach = abs(spot.trolley_m - across) - SPREADER_X_M
    return [
        Step(hoist_m=high_m),
        *_back(),
        Step(along_m=spot.along_m),
        Step(turn_rad=side * math.pi / 2),
        Step(across_m=across),
        Step(trolley_m=max(0.0, reach)),
        Step(hoist_m=spot.bottom_m + height_m),
    ]
