"""Roads of a generated yard: lanes, junctions, fans of parallel lanes, lay-bys and gates."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

from layouts.generator.paths import Pose, ahead, reversed_line, shift, shift_length_m, tidy, turn
from twin.yard.model import Gate, Lane, LaneKind, Polyline

EAST, NORTH, WEST, SOUTH = 0.0, math.pi / 2, math.pi, -math.pi / 2

TURN_M = 14.0
"""Tightest radius of a lane [m]: the bogie of a 9.8 m chassis then cuts in by at most 4.0 m."""
HALF_ROAD_M = 3.0
"""From the middle of a two-way road to either lane [m]."""
STOP_M = HALF_ROAD_M + TURN_M
"""From the middle of a crossing road to the stop lines [m]."""
STORAGE_M = 21.5
"""Shortest road between two junctions [m]: a 17 m vehicle stands clear of both."""
LANE_PITCH_M = 5.0
"""Between parallel lanes of one direction [m]."""
PAD_M = 5.0
"""Straight end of a fan, in which trailers come back behind their tractors [m]."""

ROAD_MPS = 25 / 3.6
CRANE_LANE_MPS = 15 / 3.6
SLOW_MPS = 10 / 3.6
SIDEWAYS_MPS2 = 1.0
"""Sideways acceleration that sets the speed in arcs [m/s2]; laden chassis are top-heavy."""

GATE_PITCH_M = 6.0
QUEUE_M, PORTAL_TO_SCALE_M, SCALE_TO_END_M = 72.0, 20.0, 28.0
"""Along a gate's lane in: waiting, from the OCR portal to the weighbridge, from there to the road [m]."""
GATE_DEPTH_M = TURN_M + QUEUE_M + PORTAL_TO_SCALE_M + SCALE_TO_END_M
"""From the road to the outer end of a gate's lanes [m]."""


@dataclass
class Network:
    """The lanes laid so far."""

    lanes: list[Lane] = field(default_factory=list)

    def lay(
        self,
        name: str,
        kind: LaneKind,
        line: Polyline,
        limit_mps: float,
        *,
        block: str = "",
        junction: str = "",
    ) -> None:
        """Add a lane."""
        limit = round(limit_mps, 2)
        self.lanes.append(Lane(name, kind, line, speed_limit_mps=limit, block=block, junction=junction))

    def road(self, name: str, *poses: Pose) -> None:
        """Add a straight road from the first pose to the second."""
        self.lay(name, LaneKind.ROAD, tidy([point for point, _ in poses]), ROAD_MPS)

    def connect(self, junction: str, name: str, line: Polyline, radius_m: float = math.inf) -> None:
        """Add a lane of a junction; its arcs set the speed."""
        limit = min(ROAD_MPS, math.sqrt(SIDEWAYS_MPS2 * radius_m))
        self.lay(f"{junction} {name}", LaneKind.CONNECTOR, line, limit, junction=junction)

    def junction(self, name: str, ins: dict[str, Pose], outs: dict[str, Pose]) -> None:
        """Join every way in to every way out, but for U-turns and from truck lane to truck lane."""
        for source, start in ins.items():
            for goal, end in outs.items():
                angle = math.remainder(end[1] - start[1], 2 * math.pi)
                if abs(abs(angle) - math.pi) < 0.1 or (source.startswith("TL") and goal.startswith("TL")):
                    continue
                straight = abs(angle) < 0.1
                line = tidy([start[0], end[0]]) if straight else turn(start, end)
                self.connect(name, f"{source} to {goal}", line, math.inf if straight else TURN_M)


def fan(network: Network, junction: str, root: Pose, offsets_m: list[float], *, merging: bool) -> float:
    """Open one lane into parallel ones, or close them, and give how long that is [m].

    Parameters
    ----------
    network : Network
        Where the lanes go.
    junction : str
        Its name.
    root : Pose
        Of the single lane; heading away from it, which is against the traffic where ``merging``.
    offsets_m : list of float
        Of each parallel lane, to the left of the root's heading [m]; 0 is straight on.
    merging : bool
        Whether traffic runs from the parallel lanes to the root.
    """
    length = fan_length_m(offsets_m)
    for index, offset in enumerate(offsets_m, 1):
        radius = math.inf if offset == 0 else TURN_M
        if offset == 0:
            line = tidy([root[0], ahead(root, length)])
        else:
            line, _ = shift(root, offset, TURN_M, length - shift_length_m(offset, TURN_M))
        network.connect(junction, str(index), reversed_line(line) if merging else line, radius)
    return length


def fan_length_m(offsets_m: list[float]) -> float:
    """Give how long a fan of these offsets is [m]."""
    return max(shift_length_m(offset, TURN_M) for offset in offsets_m) + PAD_M


@dataclass(frozen=True)
class LayBy:
    """Parallel lanes beside a westbound road, on its north: parking or inspection."""

    names: tuple[str, ...]
    kind: LaneKind
    slot_m: float

    @property
    def offsets_m(self) -> list[float]:
        """Give how far from the road, to the north, each lane lies [m]."""
        return [2 * HALF_ROAD_M + LANE_PITCH_M * k for k in range(len(self.names))]

    @property
    def length_m(self) -> float:
        """Length along the road [m]."""
        return 2 * fan_length_m(self.offsets_m) + self.slot_m

    def lay(self, network: Network, west_x: float, y: float) -> None:
        """Lay it with its west end at ``west_x`` beside the westbound road at ``y``."""
        label = self.names[0]
        east_x = west_x + self.length_m
        to_north = [0.0, *self.offsets_m]
        fan(network, f"{label} out", ((west_x, y), EAST), to_north, merging=True)
        opening = fan(network, f"{label} in", ((east_x, y), WEST), [-o for o in to_north], merging=False)
        x0, x1 = east_x - opening, east_x - opening - self.slot_m
        network.road(f"{label} past", ((x0, y), WEST), ((x1, y), WEST))
        for name, offset in zip(self.names, self.offsets_m, strict=True):
            network.lay(name, self.kind, tidy([(x0, y + offset), (x1, y + offset)]), SLOW_MPS)


@dataclass(frozen=True)
class GatePlan:
    """A gate north of a two-way road, with as many lanes in as out."""

    name: str
    lanes: int = 2

    @property
    def half_m(self) -> float:
        """From the gate's middle to the stop lines on the road [m]."""
        return GATE_PITCH_M * (self.lanes - 0.5) + TURN_M

    @property
    def length_m(self) -> float:
        """Length along the road [m]."""
        return 2 * self.half_m

    def lay(self, network: Network, west_x: float, south_y: float) -> Gate:
        """Lay it with its west end at ``west_x`` on the road whose eastbound lane is at ``south_y``."""
        middle, north_y = west_x + self.half_m, south_y + 2 * HALF_ROAD_M
        stop = north_y + TURN_M
        top = north_y + GATE_DEPTH_M
        ins: dict[str, Pose] = {
            "east": ((middle - self.half_m, south_y), EAST),
            "west": ((middle + self.half_m, north_y), WEST),
        }
        outs: dict[str, Pose] = {
            "east": ((middle + self.half_m, south_y), EAST),
            "west": ((middle - self.half_m, north_y), WEST),
        }
        names_in, names_out = [], []
        for k in range(self.lanes):
            x = GATE_PITCH_M * (k + 0.5)
            names_in.append(f"{self.name}-IN-{k + 1}")
            names_out.append(f"{self.name}-OUT-{k + 1}")
            ins[names_in[k]] = ((middle - x, stop), SOUTH)
            outs[names_out[k]] = ((middle + x, stop), NORTH)
            network.lay(
                names_in[k], LaneKind.GATE_IN, tidy([(middle - x, top), (middle - x, stop)]), CRANE_LANE_MPS
            )
            network.lay(
                names_out[k], LaneKind.GATE_OUT, tidy([(middle + x, stop), (middle + x, top)]), CRANE_LANE_MPS
            )
        network.junction(f"J {self.name}", ins, outs)
        lanes_x = round(middle - GATE_PITCH_M * self.lanes / 2, 4)
        scale_y = stop + SCALE_TO_END_M
        return Gate(
            self.name,
            tuple(names_in),
            tuple(names_out),
            (lanes_x, round(scale_y + PORTAL_TO_SCALE_M, 4)),
            (lanes_x, round(scale_y, 4)),
        )


def ring_road(
    network: Network, label: str, x_m: tuple[float, float], y_m: float, stations: tuple[LayBy | GatePlan, ...]
) -> list[tuple[Gate | LayBy, float]]:
    """Lay a two-way road between two junctions, its stations spread evenly along it.

    Parameters
    ----------
    network : Network
        Where the lanes go.
    label : str
        The road's name.
    x_m : (west, east)
        Its ends, at the stop lines.
    y_m : float
        Its eastbound lane; the westbound one is to the north of it.
    stations : tuple
        From west to east.

    Returns
    -------
    list of (Gate or LayBy, float)
        What was laid, and where its west end is [m].
    """
    west_x, east_x = x_m
    north_y = y_m + 2 * HALF_ROAD_M
    space = (east_x - west_x - sum(s.length_m for s in stations)) / (len(stations) + 1)
    eastbound, westbound = [west_x], [west_x]
    laid: list[tuple[Gate | LayBy, float]] = []
    x = west_x
    for station in stations:
        x += space
        ends = [x, x + station.length_m]
        westbound += ends
        if isinstance(station, GatePlan):
            laid.append((station.lay(network, x, y_m), x))
            eastbound += ends
        else:
            station.lay(network, x, north_y)
            laid.append((station, x))
        x = ends[1]
    eastbound.append(east_x)
    westbound.append(east_x)
    for number, (x0, x1) in enumerate(list(pairwise(eastbound))[::2], 1):
        network.road(f"{label} E{number}", ((x0, y_m), EAST), ((x1, y_m), EAST))
    for number, (x0, x1) in enumerate(list(pairwise(westbound))[::2], 1):
        network.road(f"{label} W{number}", ((x1, north_y), WEST), ((x0, north_y), WEST))
    return laid
