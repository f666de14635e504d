"""How a shift begins: cranes at their blocks, quay cranes at the vessel, tractors in their lanes."""

import math

import numpy as np

from twin.clock import NS_PER_S
from twin.errors import YardError
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.operations import demand, visits
from twin.operations.arrivals import Arrivals
from twin.operations.cranes import Crane, Field
from twin.operations.midwork import set_to_work
from twin.operations.planning import Planner
from twin.operations.quay_work import HATCH_M, HATCHES
from twin.operations.site import CRANES_FOR, Berth, Rules, Site
from twin.operations.stackers import BOOM_ROWS, MAST_ROWS, Apron
from twin.operations.traffic import Traffic
from twin.stock.table import Stock
from twin.yard.model import LaneKind, Quay, Yard
from twin.yard.roads import pose_at, reachable, roads_of
from twin.yard.slots import Slots

OFF_LANE_M = 0.3
"""A block takes part only where its truck lane lies as near as this to where its machine expects it [m]."""
FIRST_S = 120.0
"""Trucks of so long a time stand before the gates when the shift begins [s]."""
BURIED_FIRST = 4
"""So many boxes with others on them are announced from the start, besides what chance brings."""
SAFE_HOIST_M = 15.5
PREFIX = {"rtg": "RTG", "rmg": "RMG", "reach_stacker": "RS", "empty_handler": "EH"}
ROWS = {"reach_stacker": BOOM_ROWS, "empty_handler": MAST_ROWS}
"""Rows that machines beside a block reach."""
CRANE_TO_CRANE_M = HATCH_M * (HATCHES - 1) + 32.0
"""Between the first hatches of neighbouring quay cranes [m]: their sills are 18 m long."""


def open_site(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    seed: int,
    t_ns: int,
    *,
    trucks_per_hour: float,
    tractors: int,
    vessel: bool,
    planner: Planner,
    settled: bool,
    rules: Rules,
) -> Site:
    """Set the scene at ``t_ns``; ``settled`` where a :class:`Demand` settles all that comes from outside."""
    roads = roads_of(yard)
    rng = np.random.default_rng(seed)
    choice = demand.stream(seed, demand.CHOICE) if settled else rng
    site = Site(
        yard, slots, roads, stock, rng, t_ns, Traffic.on(roads), Arrivals(trucks_per_hour), planner, choice
    )
    visits.gate_lanes(site, yard.gates)
    _block_cranes(site)
    if vessel:
        for quay in yard.quays:
            _quay_cranes(site, quay)
    if trucks_per_hour > 0 and not (site.gate_in and site.gate_out):
        raise YardError(f"shift in yard {yard.name!r}: expected a gate with lanes in and out, found none")
    site.rules = rules
    site.most_trucks = 2 + rules.lane_cap * len(site.fields)
    _first_announcements(site, trucks_per_hour)
    homes = site.roads.of_kind(LaneKind.PARKING).tolist()[:tractors] if site.quays else []
    set_to_work(site, homes)
    if settled:
        demand.settle(site, seed)
    return site


def _block_cranes(site: Site) -> None:
    numbers: dict[str, int] = {}
    for index, block in enumerate(site.yard.blocks):
        lanes = site.roads.truck_lanes(index)
        kind = CRANES_FOR.get(block.kind, "")
        first = int(site.slots.first[index])
        field = Apron(block, first, ROWS[kind]) if kind in ROWS else Field(block, first)
        if not kind or block.closed or not len(lanes) or not _usable(site, int(lanes[0]), field):
            continue
        numbers[kind] = numbers.get(kind, 0) + 1
        site.fields[index] = field
        site.crane_of_block[index] = len(site.cranes)
        site.lanes_of[index] = _lane_of(site, index, int(lanes[0]), field)
        site.cranes.append(
            Crane(
                f"{PREFIX[kind]}-{numbers[kind]:02d}",
                KIND_NAMES.index(kind),
                index,
                block.yard_from_block(0.0, field.middle_v_m),
                block.heading_rad,
                field.along_m(int(site.rng.integers(block.bays // 4, 1 + 3 * block.bays // 4)), 20),
                0.0,
                KINDS[kind].hoist_range_m[1] if kind in ROWS else SAFE_HOIST_M,
            )
        )


def _usable(site: Site, lane: int, field: Field) -> bool:
    """Tell whether a truck lane lies where the block's machine reaches it, and leads in and out."""
    v = field.middle_v_m + field.lane_trolley_m
    for u in (0.0, field.block.length_m):
        x, y = field.block.yard_from_block(u, v)
        at_x, at_y, _ = pose_at(site.roads, [lane], [site.s_on_m(lane, x, y)])
        if math.hypot(float(at_x[0]) - x, float(at_y[0]) - y) > OFF_LANE_M:
            return False
    ways_in = (*site.gate_in, *site.roads.of_kind(LaneKind.QUAY).tolist())
    ways_out = (*site.gate_out, *site.roads.of_kind(LaneKind.QUAY).tolist())
    return all(reachable(site.roads, start)[lane] for start in ways_in) and bool(
        reachable(site.roads, lane)[list(ways_out)].all()
    )


def _lane_of(site: Site, index: int, lane: int, field: Field) -> tuple[int, float, float]:
    """Give a truck lane, where u = 0 of its block is along it, and whether it runs with or against u."""
    v = field.middle_v_m + field.lane_trolley_m
    ends = [site.s_on_m(lane, *field.block.yard_from_block(u, v)) for u in (0.0, field.block.length_m)]
    return lane, ends[0], 1.0 if ends[1] > ends[0] else -1.0


def _quay_cranes(site: Site, quay: Quay) -> None:
    (x0, y0), (x1, y1) = quay.edge_yard_m
    heading = math.atan2(y1 - y0, x1 - x0)
    inland = quay.rail_setback_m + quay.gauge_m / 2
    c, s = math.cos(heading), math.sin(heading)
    origin = (x0 - s * inland, y0 + c * inland)
    lanes = site.roads.of_kind(LaneKind.QUAY).tolist()[: quay.cranes]
    middle = math.hypot(x1 - x0, y1 - y0) / 2 - HATCH_M * (HATCHES - 1) / 2
    for k, lane in enumerate(lanes):
        first = middle + CRANE_TO_CRANE_M * (k - (len(lanes) - 1) / 2)
        x, y = origin[0] + c * first, origin[1] + s * first
        on_lane = site.s_on_m(lane, x, y)
        p = site.roads.point_yard_m[site.roads.first[lane]]
        trolley = float(c * (p[1] - origin[1]) - s * (p[0] - origin[0]))
        site.quays.append(Berth(len(site.cranes), int(lane), on_lane - first, trolley, first, first))
        site.cranes.append(
            Crane(
                f"QC-{len(site.quays)}",
                KIND_NAMES.index("quay_crane"),
                -1,
                origin,
                heading,
                first,
                trolley,
                28.0,
            )
        )


def _first_announcements(site: Site, trucks_per_hour: float) -> None:
    """Announce the trucks that were ordered before the shift began."""
    lead = visits.LEAD_S[1]
    ordered = site.arrivals.rate_per_s(site.t_ns) * (1 - visits.DELIVERY_SHARE) * lead
    for _ in range(int(site.rng.poisson(ordered)) if trucks_per_hour else 0):
        visits.announce_pick_up(site, float(site.rng.uniform(30.0, lead)))
    for _ in range(BURIED_FIRST if trucks_per_hour else 0):
        visits.announce_pick_up(site, float(site.rng.uniform(*visits.LEAD_S)), least_above=1)
    if trucks_per_hour:
        for number in range(1 + round(site.arrivals.rate_per_s(site.t_ns) * FIRST_S)):
            visits.expect_delivery(site, site.t_ns + (2 + 10 * number) * NS_PER_S)
