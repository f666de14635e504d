"""Places for blocks in a generated yard: what stands where, and how deep it is."""

import math
from dataclasses import dataclass

from twin.yard.model import Block, BlockKind
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m

BLOCK_END_M = 14.0
"""From a truck lane's end to the block [m]: a trailer that turned in on 14 m clears the stacks by 0.4 m."""
PAIR_M = 10.0
"""Between the truck lanes of two blocks that face each other [m]: two sills of an RMG and a gap."""

_BAY_PITCH_M = {BlockKind.RMG: 6.70}
_ROW_PITCH_M = {BlockKind.RMG: 2.90}
_OUTER_LEG_M = {BlockKind.RTG: 11.495 + 0.65, BlockKind.RMG: 15.5 + 0.70}
"""From a portal's middle to the outside of its sill [m], as in the table of equipment kinds."""


@dataclass(frozen=True)
class Place:
    """A block to be."""

    name: str
    kind: BlockKind
    bays: int
    rows: int
    tiers: int
    reefer_rows: tuple[int, ...] = ()
    dangerous_rows: tuple[int, ...] = ()

    def at(self, origin_yard_m: tuple[float, float], heading_rad: float) -> Block:
        """Make the block there."""
        return Block(
            self.name,
            self.kind,
            (round(origin_yard_m[0], 4), round(origin_yard_m[1], 4)),
            heading_rad,
            self.bays,
            self.rows,
            self.tiers,
            bay_pitch_m=_BAY_PITCH_M.get(self.kind, 6.45),
            row_pitch_m=_ROW_PITCH_M.get(self.kind, 2.79),
            height_limit_m=_height_limit_m(self.kind, self.tiers),
            reefer_rows=self.reefer_rows,
            dangerous_rows=self.dangerous_rows,
        )

    def stand(self, middle_x: float, lane_y: float, *, upper: bool) -> Block:
        """Make the block whose truck lane runs at ``lane_y``, above it or, where ``upper``, below."""
        half, lane_v = self.length_m / 2, truck_lane_m(self)
        if upper:
            return self.at((middle_x + half, lane_y + lane_v), math.pi)
        return self.at((middle_x - half, lane_y - lane_v), 0.0)

    @property
    def length_m(self) -> float:
        """Extent along the bays [m]."""
        return self.at((0.0, 0.0), 0.0).length_m

    @property
    def width_m(self) -> float:
        """Extent across the rows [m]."""
        return self.at((0.0, 0.0), 0.0).width_m

    @property
    def depth_m(self) -> float:
        """How far block and crane reach from the truck lane [m]."""
        block = self.at((0.0, 0.0), 0.0)
        leg = _OUTER_LEG_M.get(self.kind)
        first = -1.0 if leg is None else portal_middle_v_m(block) - leg
        return truck_lane_v_m(block) - first


def truck_lane_m(place: Place) -> float:
    """Give the truck lane's v in the frame of the block that will stand there [m]."""
    return truck_lane_v_m(place.at((0.0, 0.0), 0.0))


def _height_limit_m(kind: BlockKind, tiers: int) -> float:
    return {BlockKind.RTG: 18.0, BlockKind.RMG: 16.0}.get(kind, round(tiers * 2.896 + 0.1, 1))
