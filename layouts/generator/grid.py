"""The pattern of a generated yard: aisles, rings, and pairs of blocks facing each other.

Aisles run north between columns of blocks, a road each way. Blocks lie in pairs: the lower one's
truck lane runs east along its north side, the upper one's west along its south side, so the two
lanes lie beside each other. A ring road joins the aisles at the quay and another at the gates. No
lane leads from truck lane to truck lane: who leaves one turns into an aisle, and every circle of
lanes holds a long one, so a short road that is full cannot close it.
"""

from dataclasses import dataclass, field

from layouts.generator.paths import Pose, tidy, turn
from layouts.generator.places import BLOCK_END_M, PAIR_M, Place
from layouts.generator.roads import (
    CRANE_LANE_MPS,
    EAST,
    HALF_ROAD_M,
    LANE_PITCH_M,
    NORTH,
    ROAD_MPS,
    SOUTH,
    STOP_M,
    STORAGE_M,
    TURN_M,
    WEST,
    GatePlan,
    LayBy,
    Network,
    fan,
    fan_length_m,
    ring_road,
)  # fmt: skip
from twin.yard.model import Block, Gate, LaneKind

APRON_Y_M = 50.0
"""Eastbound lane of the ring behind the quay [m]: backreach and hatch covers lie in between."""
QUAY_ROOT_Y_M = 17.5
"""Where the road to the quay lanes runs [m]: between the rails at 3 and 33 m."""
BETWEEN_BACKS_M = 3.0
"""Between blocks that stand back to back: light masts and a walkway [m]."""
NORTH_MARGIN_M = 5.0


@dataclass(frozen=True)
class Grid:
    """What to build: places by (pair, upper, column), stations by ring and column, quay cranes."""

    columns: int
    places: dict[tuple[int, bool, int], Place]
    pairs: int
    cranes: int
    apron: dict[int, tuple[LayBy | GatePlan, ...]] = field(default_factory=dict)
    north: dict[int, tuple[LayBy | GatePlan, ...]] = field(default_factory=dict)

    @property
    def lane_m(self) -> float:
        """Length of a truck lane: of the longest block and its ends [m]."""
        return max(place.length_m for place in self.places.values()) + 2 * BLOCK_END_M

    def aisle_x(self, aisle: int) -> float:
        """Middle of an aisle, the first at x = 30 m."""
        return round(30.0 + aisle * (self.lane_m + 2 * STOP_M), 4)

    def lane_x(self, column: int) -> tuple[float, float]:
        """West and east end of a column's truck lanes [m]."""
        return round(self.aisle_x(column) + STOP_M, 4), round(self.aisle_x(column + 1) - STOP_M, 4)

    def depth_m(self, pair: int, *, upper: bool) -> float:
        """How far the blocks of a row reach from their truck lanes [m]."""
        return max(
            (place.depth_m for (p, u, _), place in self.places.items() if (p, u) == (pair, upper)),
            default=0.0,
        )

    def lower_y(self) -> list[float]:
        """Give the y of each pair's lower truck lane [m]."""
        parking = max((max(s.offsets_m) for s in self._lay_bys()), default=0.0) + LANE_PITCH_M
        y = APRON_Y_M + 2 * HALF_ROAD_M
        out: list[float] = []
        below = parking
        for pair in range(self.pairs):
            y += max(2 * TURN_M + STORAGE_M, below + self.depth_m(pair, upper=False) + BETWEEN_BACKS_M)
            out.append(round(y, 4))
            y += PAIR_M
            below = self.depth_m(pair, upper=True)
        return out

    def north_y(self) -> float:
        """Give the y of the northern ring's eastbound lane [m]."""
        upper_y = self.lower_y()[-1] + PAIR_M
        depth = self.depth_m(self.pairs - 1, upper=True) + NORTH_MARGIN_M
        return round(upper_y + max(2 * TURN_M + STORAGE_M, depth), 4)

    def _lay_bys(self) -> list[LayBy]:
        return [s for stations in self.apron.values() for s in stations if isinstance(s, LayBy)]


@dataclass
class Built:
    """What was laid; a lay-by with its west end and the lane beside which it lies [m]."""

    blocks: list[Block]
    gates: list[Gate]
    network: Network
    lay_bys: list[tuple[LayBy, float, float]]


def build(grid: Grid) -> Built:
    """Lay blocks and roads of a grid."""
    built = Built([], [], Network(), [])
    lower_y = grid.lower_y()
    _blocks(grid, lower_y, built)
    for aisle in range(grid.columns + 1):
        _aisle(grid, aisle, lower_y, built.network)
    for label, y, stations in (("South", APRON_Y_M, grid.apron), ("North", grid.north_y(), grid.north)):
        for column in range(grid.columns):
            x_m = grid.lane_x(column)
            for made, x in ring_road(
                built.network, f"{label} {column + 1}", x_m, y, stations.get(column, ())
            ):
                if isinstance(made, Gate):
                    built.gates.append(made)
                else:
                    built.lay_bys.append((made, x, y + 2 * HALF_ROAD_M))
    if grid.cranes:
        _quay_lanes(grid, built.network)
    return built


def _blocks(grid: Grid, lower_y: list[float], built: Built) -> None:
    for (pair, upper, column), place in sorted(grid.places.items()):
        west_x, east_x = grid.lane_x(column)
        y = lower_y[pair] + (PAIR_M if upper else 0.0)
        block = place.stand((west_x + east_x) / 2, y, upper=upper)
        built.blocks.append(block)
        ends = [(west_x, y), (east_x, y)]
        built.network.lay(
            truck_lane(block.name),
            LaneKind.TRUCK_LANE,
            tidy(ends[::-1] if upper else ends),
            CRANE_LANE_MPS,
            block=block.name,
        )


def truck_lane(block: str) -> str:
    """Give the name of a block's truck lane."""
    return f"TL-{block}"


def _aisle(grid: Grid, aisle: int, lower_y: list[float], network: Network) -> None:
    x = grid.aisle_x(aisle)
    south_y, north_y = APRON_Y_M + 2 * HALF_ROAD_M + TURN_M, grid.north_y() - TURN_M
    tops, bottoms = [south_y], []
    for pair, y in enumerate(lower_y):
        bottoms.append(y - TURN_M)
        tops.append(y + PAIR_M + TURN_M)
        _crossing(grid, aisle, pair, y, network)
    bottoms.append(north_y)
    for part, (y0, y1) in enumerate(zip(tops, bottoms, strict=True), 1):
        network.road(f"X{aisle + 1} N{part}", ((x + HALF_ROAD_M, y0), NORTH), ((x + HALF_ROAD_M, y1), NORTH))
        network.road(f"X{aisle + 1} S{part}", ((x - HALF_ROAD_M, y1), SOUTH), ((x - HALF_ROAD_M, y0), SOUTH))
    _ring_junction(grid, aisle, network, APRON_Y_M, at_quay=True)
    _ring_junction(grid, aisle, network, grid.north_y(), at_quay=False)


def _crossing(grid: Grid, aisle: int, pair: int, lower_y: float, network: Network) -> None:
    x, upper_y = grid.aisle_x(aisle), lower_y + PAIR_M
    ins: dict[str, Pose] = {
        "N": ((x + HALF_ROAD_M, lower_y - TURN_M), NORTH),
        "S": ((x - HALF_ROAD_M, upper_y + TURN_M), SOUTH),
    }
    outs: dict[str, Pose] = {
        "N": ((x + HALF_ROAD_M, upper_y + TURN_M), NORTH),
        "S": ((x - HALF_ROAD_M, lower_y - TURN_M), SOUTH),
    }
    for upper, column, ports, pose in (
        (False, aisle - 1, ins, ((x - STOP_M, lower_y), EAST)),
        (False, aisle, outs, ((x + STOP_M, lower_y), EAST)),
        (True, aisle, ins, ((x + STOP_M, upper_y), WEST)),
        (True, aisle - 1, outs, ((x - STOP_M, upper_y), WEST)),
    ):
        place = grid.places.get((pair, upper, column))
        if place is not None:
            ports[truck_lane(place.name)] = pose
    network.junction(f"J X{aisle + 1}-{pair + 1}", ins, outs)


def _ring_junction(grid: Grid, aisle: int, network: Network, y: float, *, at_quay: bool) -> None:
    x, upper_y = grid.aisle_x(aisle), y + 2 * HALF_ROAD_M
    first, last = aisle == 0, aisle == grid.columns
    stop_y = upper_y + TURN_M if at_quay else y - TURN_M
    northbound: Pose = ((x + HALF_ROAD_M, stop_y), NORTH)
    southbound: Pose = ((x - HALF_ROAD_M, stop_y), SOUTH)
    ins: dict[str, Pose] = {"S": southbound} if at_quay else {"N": northbound}
    outs: dict[str, Pose] = {"N": northbound} if at_quay else {"S": southbound}
    if not first:
        ins["E"], outs["W"] = ((x - STOP_M, y), EAST), ((x - STOP_M, upper_y), WEST)
    if not last:
        ins["W"], outs["E"] = ((x + STOP_M, upper_y), WEST), ((x + STOP_M, y), EAST)
    if at_quay and grid.cranes and first:
        outs["quay"] = ((x - HALF_ROAD_M, y - TURN_M), SOUTH)
    if at_quay and grid.cranes and last:
        ins["quay"] = ((x + HALF_ROAD_M, y - TURN_M), NORTH)
    network.junction(f"J {'South' if at_quay else 'North'} X{aisle + 1}", ins, outs)


def _quay_lanes(grid: Grid, network: Network) -> None:
    west, east = grid.aisle_x(0), grid.aisle_x(grid.columns)
    west_x, east_x, y = west + STOP_M, east - STOP_M, QUAY_ROOT_Y_M
    stop_y = APRON_Y_M - TURN_M
    down = turn(((west - HALF_ROAD_M, stop_y), SOUTH), ((west_x, y), EAST))
    up = turn(((east_x, y), EAST), ((east + HALF_ROAD_M, stop_y), NORTH))
    network.lay("To the quay", LaneKind.ROAD, down, ROAD_MPS / 2)
    network.lay("From the quay", LaneKind.ROAD, up, ROAD_MPS / 2)
    offsets = [LANE_PITCH_M * (k - (grid.cranes - 1) / 2) for k in range(grid.cranes)]
    if grid.cranes > 1:
        length = fan_length_m(offsets)
        fan(network, "J Quay west", ((west_x, y), EAST), offsets, merging=False)
        fan(network, "J Quay east", ((east_x, y), WEST), [-o for o in offsets], merging=True)
        west_x, east_x = west_x + length, east_x - length
    for number, offset in enumerate(offsets, 1):
        ends = [(west_x, y + offset), (east_x, y + offset)]
        network.lay(f"Q{number}", LaneKind.QUAY, tidy(ends), CRANE_LANE_MPS)
