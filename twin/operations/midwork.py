"""A shift is found at work: cranes over vehicles that stand at their stops, others on their ways.

Nothing that is found here carries a box or hangs from a crane: the twin begins with the same stock
report, and could not know of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from twin.inputs import PickUpAnnouncement
from twin.operations.cranes import CLEARANCE_M, Crane, Step
from twin.operations.placing import at_slot, box_for_truck
from twin.operations.quay_work import (
    LIST,
    ROW_M,
    ROWS_ABOARD,
    TRACTOR,
    WATER_M,
    announce_discharge,
    task,
)
from twin.operations.site import Site, Stop, Visit
from twin.operations.stackers import Apron
from twin.operations.traffic import CLEAR_M, FRONT_M, GAP_M, REAR_M
from twin.operations.visits import FOR_TRUCKS, TRUCK, appear, gate_stops, new_truck, way_out
from twin.yard.model import LaneKind, ZoneKind
from twin.yard.roads import LANE_KINDS, pose_at, route

APART_M = REAR_M + FRONT_M + GAP_M + 1.0
"""Between the rear axles of two that are found on one lane [m]."""
STAY_S = 1500.0
"""No more trucks are found in the yard than come in so long a time [s]."""
STAGGER_S = 4.0
"""Cranes set to work within so long a time, not all at once [s]."""
SERVED_SHARE, QUEUED_SHARE, COMING_SHARE, LEAVING_SHARE, GATE_SHARE = 0.9, 0.6, 0.4, 0.25, 0.6
"""Of the blocks, those where a truck stands under the crane, where a second one waits, for which one
is on its way, and from which one leaves; of the gate lanes, those with a truck on the scale."""
AT_WORK = 5
"""Tractors that are at work for one quay crane; the others are parked."""
_KINDS_UNDER_WAY = [LANE_KINDS.index(kind) for kind in (LaneKind.ROAD, LaneKind.QUAY, LaneKind.GATE_OUT)]


@dataclass(slots=True)
class Found:
    """A vehicle that will be found at a place; ``rolls`` is the share of its speed that it drives at."""

    visit: Visit
    kind: int
    lane: int
    s_m: float
    rolls: float = 0.0


@dataclass(slots=True)
class Scene:
    """What has been placed so far; vehicles enter their lanes only once all are, the foremost first."""

    site: Site
    most_trucks: int
    found: list[Found] = field(default_factory=list)
    taken: dict[int, list[float]] = field(default_factory=dict)
    trucks: int = 0

    def is_free(self, lane: int, s_m: float) -> bool:
        """Tell whether a vehicle fits on a lane there: whole on it, apart from the others, and heard.

        Who stands in a radio hole when the shift begins was never located: nobody could know of it.
        """
        within = REAR_M + CLEAR_M <= s_m <= self.site.end_s_m(lane)
        apart = all(abs(s_m - other) >= APART_M for other in self.taken.get(lane, ()))
        return within and apart and not self._is_unheard(lane, s_m)

    def _is_unheard(self, lane: int, s_m: float) -> bool:
        """Tell whether any of a tractor that is there, from its rear axle to its front, is out of radio."""
        holes = [zone.ring_yard_m for zone in self.site.yard.zones if zone.kind is ZoneKind.RADIO_BLIND]
        if not holes:
            return False
        x, y, heading = (float(column[0]) for column in pose_at(self.site.roads, [lane], [s_m]))
        front = x + FRONT_M * math.cos(heading), y + FRONT_M * math.sin(heading)
        tractor = shapely.LineString([(x, y), front])
        return any(shapely.intersects(shapely.Polygon(ring), tractor) for ring in holes)

    def place(self, visit: Visit, lane: int, s_m: float, rolls: float = 0.0) -> None:
        """Place a vehicle."""
        self.taken.setdefault(lane, []).append(s_m)
        self.found.append(Found(visit, TRACTOR if visit.own else TRUCK, lane, s_m, rolls))
        self.trucks += not visit.own

    def somewhere(self, start: int, stop: Stop) -> tuple[int, float] | None:
        """Give a place on the way from a lane to a stop, on a straight stretch of road; None if full."""
        site, rng = self.site, self.site.rng
        way = [k for k in route(site.roads, start, stop.lane) if site.roads.kind[k] in _KINDS_UNDER_WAY]
        room = [max(0.0, site.end_s_m(k) - REAR_M - CLEAR_M) for k in way]
        if sum(room) <= 0.0:
            return None
        for _ in range(12):
            lane = way[int(rng.choice(len(way), p=np.array(room) / sum(room)))]
            s = float(rng.uniform(REAR_M + CLEAR_M, site.end_s_m(lane)))
            beyond = lane == stop.lane and s > stop.s_m - APART_M
            if not beyond and self.is_free(lane, s) and self._is_straight(lane, s):
                return lane, s
        return None

    def _is_straight(self, lane: int, s_m: float) -> bool:
        _, _, heading = pose_at(self.site.roads, [lane, lane], [s_m - REAR_M, s_m])
        return math.cos(float(heading[1] - heading[0])) > 1.0 - 1e-6

    def has_trucks_left(self) -> bool:
        """Tell whether one more truck may be found."""
        return self.trucks < self.most_trucks


def set_to_work(site: Site, homes: Sequence[int]) -> None:
    """Place the tractors whose parking lanes these are, and trucks, and set the cranes over them."""
    limit = math.ceil(site.arrivals.rate_per_s(site.t_ns) * STAY_S)
    scene = Scene(site, min(limit, site.most_trucks - 2))
    site.own = len(homes)
    blocks = [int(block) for block in site.rng.permutation(list(site.fields))]
    loading = blocks[: len(site.quays)] if len(blocks) > len(site.quays) else blocks[:1]
    _tractors(scene, homes, loading)
    _trucks_in_blocks(scene, [b for b in blocks if b not in loading], SERVED_SHARE)
    _trucks_at_gates(scene)
    _trucks_under_way(scene, blocks)
    _trucks_in_blocks(scene, blocks, QUEUED_SHARE)
    for found in sorted(scene.found, key=lambda one: (one.lane, -one.s_m)):
        appear(site, found.visit, found.kind, found.lane, found.s_m)
        site.send(found.visit, found.visit.stops[0])
        if found.rolls:
            site.traffic.roll(found.visit.vehicle, found.rolls)
    _quay_cranes(site)


# --- tractors --------------------------------------------------------------------------------


def _tractors(scene: Scene, homes: Sequence[int], loading: Sequence[int]) -> None:
    """Give the tractors of each quay crane their first jobs in turn; the rest are parked."""
    site = scene.site
    for berth in site.quays:
        for _ in range(LIST):
            announce_discharge(site, berth)
    for number, home in enumerate(homes):
        visit = Visit(-1, f"TT-{number + 1:02d}", own=True, home=home, read=True)
        turn, which = divmod(number, len(site.quays))
        berth = site.quays[which]
        first = turn <= 1
        only = [loading[which % len(loading)]] if turn == 1 and loading else None
        if turn >= AT_WORK or not task(site, berth, visit, only):
            visit.stops = [Stop("park", home, site.end_s_m(home))]
            scene.place(visit, home, site.end_s_m(home))
            continue
        stop = visit.stops[0]
        if first and scene.is_free(stop.lane, stop.s_m):
            scene.place(visit, stop.lane, stop.s_m)
            if stop.what == "pick":
                _set_crane(scene, stop)
            continue
        there = scene.somewhere(home, stop)
        scene.place(visit, *(there or (home, site.end_s_m(home))), rolls=_share(site) if there else 0.0)


def _quay_cranes(site: Site) -> None:
    for berth in site.quays:
        crane = site.cranes[berth.crane]
        crane.trolley_m = WATER_M - ROW_M * float(site.rng.uniform(0.0, ROWS_ABOARD - 1))
        crane.script = [Step(wait_s=float(site.rng.uniform(0.5, STAGGER_S)))]


# --- trucks from the street --------------------------------------------------------------------


def _trucks_in_blocks(scene: Scene, blocks: Sequence[int], share: float) -> None:
    """Let trucks stand in truck lanes, each for a box with nothing on it, the crane above."""
    site = scene.site
    for block in blocks:
        if site.rng.random() >= share or not scene.has_trucks_left():
            continue
        visit = _truck_for(scene, [block], above=(0, 0))
        if visit is None:
            continue
        stop = visit.stops[0]
        if scene.is_free(stop.lane, stop.s_m):
            _announce(scene, visit)
            scene.place(visit, stop.lane, stop.s_m)
            _set_crane(scene, stop)
        else:
            _give_up(scene, visit)


def _trucks_under_way(scene: Scene, blocks: Sequence[int]) -> None:
    """Let trucks drive from the gates to blocks, and from blocks out."""
    site = scene.site
    for _ in range(round(COMING_SHARE * len(blocks))):
        visit = _truck_for(scene, None) if scene.has_trucks_left() else None
        if visit is None:
            continue
        gate = site.gate_in[int(site.rng.integers(len(site.gate_in)))]
        there = scene.somewhere(gate, visit.stops[0])
        if there is None:
            _give_up(scene, visit)
            continue
        _announce(scene, visit)
        scene.place(visit, *there, rolls=_share(site))
    for _ in range(round(LEAVING_SHARE * len(blocks))):
        block = blocks[int(site.rng.integers(len(blocks)))]
        if not scene.has_trucks_left():
            return
        lane = site.lanes_of[block][0]
        out = way_out(site, lane)
        there = scene.somewhere(lane, out)
        if there is not None:
            visit = new_truck(site)
            visit.stops, visit.read = [out], True
            scene.place(visit, *there, rolls=_share(site))


def _trucks_at_gates(scene: Scene) -> None:
    """Let trucks stand on the scales, read before, and drive up to the portals."""
    site = scene.site
    for lane in site.gate_in:
        _, portal_s, scale_s = site.gate_lanes[lane]
        behind = min(portal_s - FRONT_M, scale_s - APART_M) - float(site.rng.uniform(0.0, 15.0))
        for s, read in ((scale_s, True), (behind, False)):
            taken = site.rng.random() < GATE_SHARE and scene.is_free(lane, s)
            if not taken or not scene.has_trucks_left():
                continue
            box = box_for_truck(site, FOR_TRUCKS)
            if box < 0:
                return
            visit = new_truck(site, takes=box)
            site.claimed.add(box)
            gate_stops(site, visit, lane, float(site.rng.uniform(3.0, 40.0)))
            visit.read = read
            _announce(scene, visit)
            scene.place(visit, lane, s, rolls=0.0 if read else _share(site))


def _truck_for(
    scene: Scene, blocks: Sequence[int] | None, above: tuple[int, int] | None = None
) -> Visit | None:
    """Give a truck with its stops that has passed the gate for a box; None where there is none."""
    site = scene.site
    box = box_for_truck(site, FOR_TRUCKS, spare=0, blocks=blocks, above=above or (0, 2))
    if box < 0:
        return None
    visit = new_truck(site, takes=box)
    ground = int(site.stock.ground[box])
    stop = at_slot(site, "pick", box, ground)
    visit.stops, visit.read = [stop, way_out(site, stop.lane)], True
    site.claimed.add(box)
    site.bind(visit, site.block_of(ground))
    return visit


def _give_up(scene: Scene, visit: Visit) -> None:
    scene.site.claimed.discard(visit.takes)
    for block in list(visit.blocks):
        scene.site.release(visit, block)


def _announce(scene: Scene, visit: Visit) -> None:
    site = scene.site
    site.events.append(PickUpAnnouncement("tos", site.t_ns, site.number(visit.takes), site.t_ns))


def _share(site: Site) -> float:
    return float(site.rng.uniform(0.6, 0.95))


# --- cranes ------------------------------------------------------------------------------------


def _set_crane(scene: Scene, stop: Stop) -> None:
    """Set the crane of a block over a box and its vehicle, about to begin; one that has work stays."""
    site, box = scene.site, stop.box
    ground, length = int(site.stock.ground[box]), int(site.stock.length_ft[box])
    block = site.block_of(ground)
    crane, there = site.cranes[site.crane_of_block[block]], site.fields[block]
    if crane.script:
        return
    spot = there.spot(site.slots, ground, length, float(site.stock.bottom_m[box]))
    crane.along_m, crane.feet = spot.along_m, length
    crane.script = [Step(wait_s=float(site.rng.uniform(0.5, STAGGER_S)))]
    if not isinstance(there, Apron):
        _set_spreader(site, crane, spot.trolley_m, spot.bottom_m + float(site.stock.height_m[box]), block)


def _set_spreader(site: Site, crane: Crane, trolley_m: float, grip_m: float, block: int) -> None:
    """Hang the spreader a little above its box, or leave it on its way there from the truck lane."""
    rng, there = site.rng, site.fields[block]
    if rng.random() < 0.75:
        crane.trolley_m = trolley_m
        above = grip_m + float(rng.uniform(0.6, 2.2))
    else:
        way = (crane.along_m, trolley_m), (crane.along_m, there.lane_trolley_m)
        crane.trolley_m = trolley_m + float(rng.random()) * (there.lane_trolley_m - trolley_m)
        above = there.top_on_way_m(site.stock, *way, crane.feet) + CLEARANCE_M + float(rng.uniform(0.1, 1.0))
    crane.hoist_m = min(above, crane.shape.hoist_range_m[1])
