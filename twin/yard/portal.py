"""How a block, its truck lane and the legs of its crane lie across each other."""

from twin.yard.model import Block, BlockKind, Side

TRUCK_LANE_M = 4.35
"""Width of a truck lane between the last row and the crane's track [m] (TU Delft layout script)."""
OPERATING_M = 16.3
"""Apron in which a reach stacker works, the truck lane included [m] (TU Delft layout script)."""

REACHED_KINDS = (BlockKind.REACH_STACKER, BlockKind.EMPTIES)
"""Blocks that no gantry spans: machines work from an apron beside them."""
GANTRY_KINDS = (BlockKind.RTG, BlockKind.RMG)
"""Blocks under a crane on two tracks."""


def truck_lane_v_m(block: Block) -> float:
    """Give where the centre of a block's truck lane lies, in its own frame [m].

    Under a gantry crane the lane runs beside the last row (beside the first, on the right), between
    the legs. Where reach stackers work it runs along the far side of their apron, so that a stacker
    stands between row and lane.
    """
    beyond = OPERATING_M if block.kind in REACHED_KINDS else TRUCK_LANE_M
    away = beyond - TRUCK_LANE_M / 2
    return -away if block.truck_lane_side is Side.RIGHT else block.width_m + away


def portal_middle_v_m(block: Block) -> float:
    """Give where the middle of a gantry crane over a block and its truck lane is, in the block's frame [m].

    For six rows of 2.79 m and a lane on the left that is 10.545 m: the legs of an RTG at 11.495 m
    to either side then stand 0.95 m beyond the first row and 0.95 m beyond the lane.
    """
    half_lane = {Side.LEFT: 1, Side.RIGHT: -1, Side.NONE: 0}[block.truck_lane_side] * TRUCK_LANE_M / 2
    return block.width_m / 2 + half_lane
