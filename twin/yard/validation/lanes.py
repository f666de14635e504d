"""Checks of lanes, gates and quays: joined, wide enough, clear of stacks, leading somewhere."""

import math
from collections.abc import Iterator

import numpy as np
import shapely

from twin.tables import Flags
from twin.yard.model import Gate, Lane, LaneKind, Point, Quay, Yard, ZoneKind
from twin.yard.portal import TRUCK_LANE_M
from twin.yard.roads import Roads, reachable, roads_of
from twin.yard.validation.findings import Finding, error, warning

VEHICLE_HALF_WIDTH_M = 1.25
VEHICLE_M = 17.0
"""A semitrailer of 16.5 m and a little air [m]."""
TIGHTEST_RADIUS_M = 12.0
"""A semitrailer of 16.5 m turns within a circle of 12.5 m radius (Directive 96/53/EC)."""


def check_lanes(yard: Yard) -> Iterator[Finding]:
    """Give what is wrong with the lanes and gates of a yard."""
    roads = roads_of(yard)
    yield from _check_joints(yard, roads)
    yield from _check_stacks(yard)
    yield from _check_zones(yard)
    yield from _check_crossings(yard)
    yield from _check_storage(yard, roads)
    for lane in yard.lanes:
        yield from _check_lane(lane)
    for gate in yard.gates:
        yield from _check_gate(yard, gate)
    yield from _check_ways(yard, roads)
    yield from _check_quays(yard)


def _check_joints(yard: Yard, roads: Roads) -> Iterator[Finding]:
    entered: Flags = np.zeros(len(roads), bool)
    entered[roads.follow] = True
    left = np.diff(roads.follow_first) > 0
    for index, lane in enumerate(yard.lanes):
        if not left[index] and lane.kind is not LaneKind.GATE_OUT:
            yield warning(f"lane {lane.name}", "leads nowhere", lane.centre_line_yard_m[-1])
        if not entered[index] and lane.kind is not LaneKind.GATE_IN:
            yield warning(f"lane {lane.name}", "is reached from nowhere", lane.centre_line_yard_m[0])


def _check_stacks(yard: Yard) -> Iterator[Finding]:
    if not yard.blocks or not yard.lanes:
        return
    outlines = np.array([shapely.Polygon(block.outline()) for block in yard.blocks], object)
    lines = _lines(yard)
    near = shapely.STRtree(lines).query(outlines, predicate="dwithin", distance=VEHICLE_HALF_WIDTH_M)
    for b, n in near.T.tolist():
        point = shapely.shortest_line(outlines[b], lines[n]).coords[0]
        yield error(f"lane {yard.lanes[n].name}", f"runs through block {yard.blocks[b].name}", point)


def _check_zones(yard: Yard) -> Iterator[Finding]:
    """Give lanes that run through buildings and through zones that nobody may enter."""
    zones = [zone for zone in yard.zones if zone.kind in (ZoneKind.BUILDING, ZoneKind.EXCLUSION)]
    if not zones or not yard.lanes:
        return
    rings, lines = [shapely.Polygon(zone.ring_yard_m) for zone in zones], _lines(yard)
    near = shapely.STRtree(lines).query(rings, predicate="dwithin", distance=VEHICLE_HALF_WIDTH_M)
    for z, n in near.T.tolist():
        point = shapely.shortest_line(rings[z], lines[n]).coords[0]
        yield error(f"lane {yard.lanes[n].name}", f"runs through {zones[z].kind} {zones[z].name}", point)


def _check_crossings(yard: Yard) -> Iterator[Finding]:
    """Give crossings and merges that no junction guards."""
    if not yard.lanes:
        return
    lines = _lines(yard)
    for i, j in shapely.STRtree(lines).query(lines, predicate="intersects").T.tolist():
        one, other = yard.lanes[i], yard.lanes[j]
        if i >= j or (one.junction and one.junction == other.junction):
            continue
        for point in _meeting_points(lines[i].intersection(lines[j])):
            if not _joined(one, other, point):
                yield warning(f"lane {one.name}", f"meets lane {other.name} outside a junction", point)
                break


def _meeting_points(shape: shapely.Geometry) -> list[Point]:
    parts = getattr(shape, "geoms", [shape])
    middles = [part.representative_point() for part in parts if not part.is_empty]
    return [(point.x, point.y) for point in middles]


def _joined(one: Lane, other: Lane, point: Point) -> bool:
    """Tell whether two lanes meet there as one leads into the other."""
    ends = [(lane.centre_line_yard_m[0], lane.centre_line_yard_m[-1]) for lane in (one, other)]
    (start_1, end_1), (start_2, end_2) = ends
    return any(
        math.dist(point, a) <= 0.02 and math.dist(point, b) <= 0.02
        for a, b in ((end_1, start_2), (end_2, start_1))
    )


def _check_storage(yard: Yard, roads: Roads) -> Iterator[Finding]:
    """Give lanes between two junctions on which no vehicle stands clear of both."""
    inside = roads.junction >= 0
    after: Flags = np.zeros(len(roads), bool)
    before: Flags = np.zeros(len(roads), bool)
    source = np.repeat(np.arange(len(roads)), np.diff(roads.follow_first))
    after[roads.follow[inside[source]]] = True
    before[source[inside[roads.follow]]] = True
    short = ~inside & after & before & (roads.length_m < VEHICLE_M)
    for index in np.flatnonzero(short).tolist():
        lane, length = yard.lanes[index], roads.length_m[index]
        text = f"is {length:.1f} m long between two junctions; a vehicle needs {VEHICLE_M:.0f} m"
        yield warning(f"lane {lane.name}", text, lane.centre_line_yard_m[0])


def _check_lane(lane: Lane) -> Iterator[Finding]:
    where, start = f"lane {lane.name}", lane.centre_line_yard_m[0]
    if lane.kind is LaneKind.TRUCK_LANE and lane.width_m < TRUCK_LANE_M - 0.005:
        yield warning(where, f"is {lane.width_m:.2f} m wide; a truck lane needs {TRUCK_LANE_M} m", start)
    if lane.kind is LaneKind.CONNECTOR and not lane.junction:
        yield error(where, "is inside a junction but does not say which", start)
    line = np.array(lane.centre_line_yard_m)
    steps = np.diff(line, axis=0)
    length = np.hypot(steps[:, 0], steps[:, 1])
    if not length.all():
        yield error(where, "has a point twice in a row", start)
        return
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    bend = np.abs((np.diff(heading) + math.pi) % (2 * math.pi) - math.pi)
    if not len(bend):
        return
    radius = np.minimum(length[1:], length[:-1]) / np.maximum(2 * np.sin(bend / 2), 1e-9)
    tight = int(np.argmin(radius))
    if radius[tight] < TIGHTEST_RADIUS_M - 0.5 and bend[tight] > 0.02:
        text = f"turns on {radius[tight]:.1f} m; a semitrailer needs {TIGHTEST_RADIUS_M:.0f} m"
        yield warning(where, text, tuple(line[tight + 1]))


def _check_gate(yard: Yard, gate: Gate) -> Iterator[Finding]:
    kinds = {lane.name: lane.kind for lane in yard.lanes}
    where = f"gate {gate.name}"
    for names, kind, way in (
        (gate.lanes_in, LaneKind.GATE_IN, "in"),
        (gate.lanes_out, LaneKind.GATE_OUT, "out"),
    ):
        if not names:
            yield error(where, f"has no lane {way}", gate.ocr_portal_yard_m)
        for name in names:
            if kinds[name] is not kind:
                yield error(where, f"its lane {name} is no lane {way} of a gate", gate.ocr_portal_yard_m)


def _check_ways(yard: Yard, roads: Roads) -> Iterator[Finding]:
    """Give truck lanes that no gate leads to, and those from which no gate is reached."""
    gates_in, gates_out = roads.of_kind(LaneKind.GATE_IN), roads.of_kind(LaneKind.GATE_OUT)
    truck_lanes = roads.of_kind(LaneKind.TRUCK_LANE)
    if len(gates_in):
        arrives = np.all([reachable(roads, int(lane)) for lane in gates_in], axis=0)
        for index in truck_lanes[~arrives[truck_lanes]].tolist():
            lane = yard.lanes[index]
            yield warning(f"lane {lane.name}", "is not reached from every gate", lane.centre_line_yard_m[0])
    if len(gates_out):
        for index in truck_lanes.tolist():
            if not reachable(roads, index)[gates_out].all():
                lane = yard.lanes[index]
                yield warning(f"lane {lane.name}", "does not lead to every gate", lane.centre_line_yard_m[-1])


def _check_quays(yard: Yard) -> Iterator[Finding]:
    lanes = [lane for lane in yard.lanes if lane.kind is LaneKind.QUAY]
    cranes = sum(quay.cranes for quay in yard.quays)
    if cranes > len(lanes):
        text = f"has {cranes} cranes for {len(lanes)} quay lanes; each crane needs one of its own"
        yield warning(f"quay {yard.quays[0].name}", text, yard.quays[0].edge_yard_m[0])
    sound = [quay for quay in yard.quays if math.dist(*quay.edge_yard_m) >= 1.0]
    for quay in yard.quays:
        if quay not in sound:
            yield error(f"quay {quay.name}", "has no length", quay.edge_yard_m[0])
    for lane in lanes:
        if not any(_between_rails(quay, lane) for quay in sound):
            yield error(f"lane {lane.name}", "is not between the rails of a quay", lane.centre_line_yard_m[0])


def _between_rails(quay: Quay, lane: Lane) -> bool:
    """Tell whether vehicles on a lane pass between the legs of the quay's cranes."""
    (x0, y0), (x1, y1) = quay.edge_yard_m
    along_m = math.dist(*quay.edge_yard_m)
    inland_m = [((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / along_m for x, y in lane.centre_line_yard_m]
    water, land = quay.rail_setback_m, quay.rail_setback_m + quay.gauge_m
    return min(inland_m) - water > VEHICLE_HALF_WIDTH_M and land - max(inland_m) > VEHICLE_HALF_WIDTH_M


def _lines(yard: Yard) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([shapely.LineString(lane.centre_line_yard_m) for lane in yard.lanes], object)
