"""Reach stackers and empty handlers in the apron between a block's last row and its truck lane.

A machine drives along the middle of its apron, turns to the stacks or to the lane, and lifts straight
up and down. It goes only where its wheels point: where it has to back off it does so half turned.
Everything but hoisting is done with the spreader raised above all that stands near.
"""

import math
from dataclasses import dataclass

from twin.fleet.kinds import Kind
from twin.operations.cranes import CLEARANCE_M, OVER_TRUCKS_M, Crane, Field, Spot, Step
from twin.stock.table import Stock
from twin.yard.portal import truck_lane_v_m

APRON_M = 7.05
"""From the block's edge to the stacker's rear axle [m]: its boom, 7.0 m long, turns before the stacks."""
BOOM_ROWS, MAST_ROWS = 2, 1
"""A boom reaches over one row into the second, 8.2 m and 4 m more; a mast stands before the first."""
TURNING_M = 12.0
"""So far along the block a 40 ft box sweeps while it is turned [m]: the corner is at 11.2 m."""
SPREADER_X_M = 8.2
ASLANT_RAD = math.pi / 4
"""How far it is turned to a lane as it backs off from it, and as it comes back to its line [rad]."""


@dataclass(frozen=True, slots=True)
class Apron(Field):
    """A block as its stacker works it; ``trolley_m`` of a spot counts from the stacker's own line.

    ``rows_in_reach`` counts from the apron.
    """

    rows_in_reach: int = BOOM_ROWS

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
        return self.block.rows - self.rows_in_reach <= row < self.block.rows

    def top_on_way_m(
        self,
        stock: Stock,
        a: tuple[float, float],
        b: tuple[float, float],
        length_ft: int,
        lifted: int = -1,
    ) -> float:
        """Give the highest top near either end, where the stacker turns and reaches out [m]."""
        grid = self.tops_m(stock, lifted)[:, -BOOM_ROWS:]
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
    kind = crane.shape
    high = min(kind.hoist_range_m[1], max(over_m, OVER_TRUCKS_M) + CLEARANCE_M + height_m)
    pause = Step(wait_s=kind.lock_s / 2)
    return [
        *_to(kind, source, height_m, high),
        pause,
        Step(box=box),
        pause,
        *_back(kind, source, high),
        *_to(kind, target, height_m, high),
        pause,
        Step(opens=True),
        pause,
        *_back(kind, target, high),
    ]


def _to(kind: Kind, spot: Spot, height_m: float, high_m: float) -> list[Step]:
    side, reach, across = _stance(kind, spot)
    turned = Step(turn_rad=side * math.pi / 2)
    if _backs_off(side, across):
        # It comes back from its line before its nose is up to the vehicle, so that nothing is swept there.
        begins, aslant = Step(along_m=spot.along_m + abs(across)), Step(turn_rad=side * ASLANT_RAD)
        way = [begins, aslant, Step(along_m=spot.along_m, across_m=across), turned]
    else:
        way = [Step(along_m=spot.along_m), turned, Step(across_m=across)]
    return [Step(hoist_m=high_m), *way, Step(trolley_m=reach), Step(hoist_m=spot.bottom_m + height_m)]


def _back(kind: Kind, spot: Spot, high_m: float) -> list[Step]:
    """Give the way back to the middle of the apron."""
    side, _, across = _stance(kind, spot)
    if _backs_off(side, across):
        aslant, line = Step(turn_rad=side * ASLANT_RAD), spot.along_m + abs(across)
        way = [aslant, Step(along_m=line, across_m=0.0)]
    else:
        way = [Step(across_m=0.0)]
    return [Step(hoist_m=high_m), Step(trolley_m=0.0), *way, Step(turn_rad=0.0)]


def _stance(kind: Kind, spot: Spot) -> tuple[float, float, float]:
    """Give to which side a stacker turns for a place, its reach, and how far across its line it stands [m].

    Where the place is nearer than the shortest reach it backs off; where further than the longest it
    drives up.
    """
    side = 1.0 if spot.trolley_m > 0 else -1.0
    beyond = abs(spot.trolley_m) - SPREADER_X_M
    reach = min(max(0.0, beyond), kind.trolley_range_m[1])
    return side, reach, side * (beyond - reach)


def _backs_off(side: float, across_m: float) -> bool:
    return side * across_m < 0.0
