"""What the traffic of the simulation relies on, checked on every generated yard."""

import math
from itertools import product

import numpy as np
import pytest
import shapely

from layouts.generator import compact_yard, demo_yard, large_yard
from twin.fleet.kinds import EXTERNAL_TRUCK, KINDS
from twin.yard.model import BlockKind, LaneKind, Yard, ZoneKind
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m
from twin.yard.roads import Roads, pose_at, reachable, roads_of
from twin.yard.validation import findings

YARDS = {"demo": demo_yard(), "compact": compact_yard(), "large": large_yard(9_000)}
ROADS = {name: roads_of(yard) for name, yard in YARDS.items()}
VEHICLE_M = 17.0
HALF_WIDTH_M = 1.25
FRONT_M, TRAILER_FRONT_M, TRAILER_REAR_M = 4.1, 1.3, -12.5  # about the rear axle, the fifth wheel

each_yard = pytest.mark.parametrize("name", list(YARDS))


def lines_of(yard: Yard) -> np.ndarray:
    return np.array([shapely.LineString(lane.centre_line_yard_m) for lane in yard.lanes], object)


def outlines_of(yard: Yard) -> np.ndarray:
    return np.array([shapely.Polygon(block.outline()) for block in yard.blocks], object)


def rectangles(x: np.ndarray, y: np.ndarray, heading: np.ndarray, rear: float, front: float) -> np.ndarray:
    corners = np.array(
        [(rear, -HALF_WIDTH_M), (front, -HALF_WIDTH_M), (front, HALF_WIDTH_M), (rear, HALF_WIDTH_M)]
    )
    c, s = np.cos(heading)[:, None], np.sin(heading)[:, None]
    px = x[:, None] + c * corners[:, 0] - s * corners[:, 1]
    py = y[:, None] + s * corners[:, 0] + c * corners[:, 1]
    return shapely.polygons(np.stack((px, py), axis=-1))


def swept(roads: Roads, lanes: tuple[int, ...], first_m: float, last_m: float) -> shapely.Geometry:
    """Sweep a semitrailer whose rear axle follows lanes, from first_m of the first to last_m of the last."""
    which, along = [], []
    for number, lane in enumerate(lanes):
        begin = first_m if number == 0 else 0.0
        end = last_m if number == len(lanes) - 1 else roads.length_m[lane]
        s = np.arange(begin, end, 0.5)
        which.append(np.full(len(s), lane))
        along.append(s)
    x, y, heading = pose_at(roads, np.concatenate(which), np.concatenate(along))
    trailer = heading.copy()
    for k in range(1, len(x)):
        ds = math.hypot(x[k] - x[k - 1], y[k] - y[k - 1])
        trailer[k] = (
            trailer[k - 1] + ds * math.sin(heading[k - 1] - trailer[k - 1]) / EXTERNAL_TRUCK.trailer_m
        )
    return shapely.union_all(
        np.concatenate(
            (
                rectangles(x, y, heading, -1.2, FRONT_M),
                rectangles(x, y, trailer, TRAILER_REAR_M, TRAILER_FRONT_M),
            )
        )
    )


def passages(roads: Roads) -> list[tuple[int, int, int]]:
    before: dict[int, list[int]] = {}
    for lane in range(len(roads)):
        for follower in roads.successors(lane).tolist():
            before.setdefault(follower, []).append(lane)
    return [
        (a, lane, b)
        for lane in np.flatnonzero(roads.junction >= 0).tolist()
        for a, b in product(before.get(lane, []), roads.successors(lane).tolist())
    ]


def standing(roads: Roads, lane: int) -> shapely.Geometry:
    """A vehicle that waits with its front at the end of a lane."""
    x, y, heading = pose_at(roads, [lane], [roads.length_m[lane]])
    return rectangles(x, y, heading, -VEHICLE_M, 0.0)[0]


def sill_strips(yard: Yard) -> tuple[list[str], list[shapely.Geometry]]:
    """Where the sills of each gantry crane can be, half a machine beyond the last bay included."""
    owners, strips = [], []
    for block in yard.blocks:
        if block.kind not in (BlockKind.RTG, BlockKind.RMG):
            continue
        for sill in (part for part in KINDS[block.kind.value].parts if part.name.startswith("sill")):
            v, half = portal_middle_v_m(block) + sill.centre_m[1], sill.half_m[1]
            first = block.bay_pitch_m / 2 - sill.half_m[0]
            last = block.length_m - first
            corners = ((first, v - half), (last, v - half), (last, v + half), (first, v + half))
            strips.append(shapely.Polygon([block.yard_from_block(u, w) for u, w in corners]))
            owners.append(block.name)
    return owners, strips


@each_yard
def test_a_generated_yard_has_no_findings(name: str) -> None:
    assert findings(YARDS[name]) == ()


@each_yard
def test_every_lane_but_the_gates_reaches_every_other(name: str) -> None:
    roads = ROADS[name]
    gates_in, gates_out = roads.of_kind(LaneKind.GATE_IN), roads.of_kind(LaneKind.GATE_OUT)
    from_gates = np.concatenate([roads.successors(lane) for lane in gates_in.tolist()])
    inside = np.setdiff1d(np.arange(len(roads)), np.concatenate((gates_in, gates_out, from_gates)))
    inside = np.setdiff1d(
        inside, [lane for lane in inside if (np.isin(roads.successors(lane), gates_out)).any()]
    )
    for lane in (*gates_in.tolist(), *inside.tolist()):
        found = reachable(roads, lane)
        assert found[inside].all()
        assert found[gates_out].all()


@each_yard
def test_only_lanes_of_junctions_have_more_than_one_way_in_or_out(name: str) -> None:
    roads = ROADS[name]
    ways_in = np.bincount(roads.follow, minlength=len(roads))
    inside = roads.junction >= 0
    assert (ways_in[inside] == 1).all()
    for lane in np.flatnonzero(~inside).tolist():
        followers = roads.successors(lane)
        assert len(followers) <= 1 or inside[followers].all()


@each_yard
def test_lanes_that_no_junction_guards_only_meet_end_to_end(name: str) -> None:
    yard, roads, lines = YARDS[name], ROADS[name], lines_of(YARDS[name])
    near = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=2.9)
    for i, j in near.T.tolist():
        if i >= j or (roads.junction[i] >= 0 and roads.junction[i] == roads.junction[j]):
            continue
        joined = j in roads.successors(i) or i in roads.successors(j)
        assert joined, f"{yard.lanes[i].name} comes within 2.9 m of {yard.lanes[j].name}"


@each_yard
def test_junctions_lie_more_than_a_vehicle_apart(name: str) -> None:
    roads, lines = ROADS[name], lines_of(YARDS[name])
    areas = np.array(
        [shapely.union_all(lines[roads.junction == k]) for k in range(len(roads.junctions))], object
    )
    near = shapely.STRtree(areas).query(areas, predicate="dwithin", distance=19.9)
    assert [(roads.junctions[i], roads.junctions[j]) for i, j in near.T.tolist() if i < j] == []


@each_yard
def test_a_vehicle_fits_between_two_junctions(name: str) -> None:
    yard, roads = YARDS[name], ROADS[name]
    for index in np.flatnonzero(roads.junction < 0).tolist():
        least = 18.0 if yard.lanes[index].kind is LaneKind.PARKING else 19.99
        assert roads.length_m[index] >= least, yard.lanes[index].name


@each_yard
def test_no_lane_turns_tighter_than_twelve_metres(name: str) -> None:
    for lane in YARDS[name].lanes:
        line = np.array(lane.centre_line_yard_m)
        steps = np.diff(line, axis=0)
        length = np.hypot(*steps.T)
        bend = np.abs(np.angle(np.exp(1j * np.diff(np.arctan2(steps[:, 1], steps[:, 0])))))
        curved = bend > 1e-3
        # At the ends of an arc half a chord's turn goes to each side; inside, chords turn in full.
        radius = (length[1:] / 2 + length[:-1] / 2)[curved] / bend[curved]
        assert (radius >= 12.0).all(), lane.name
        assert (np.minimum(length[1:], length[:-1])[curved] <= 2.0).all(), lane.name


@each_yard
def test_lanes_keep_half_a_vehicle_and_half_a_metre_from_stacks(name: str) -> None:
    yard, lines, outlines = YARDS[name], lines_of(YARDS[name]), outlines_of(YARDS[name])
    near = shapely.STRtree(lines).query(outlines, predicate="dwithin", distance=HALF_WIDTH_M + 0.5)
    assert [(yard.blocks[b].name, yard.lanes[n].name) for b, n in near.T.tolist()] == []


@each_yard
def test_a_semitrailer_sweeps_no_stack_crane_building_or_waiting_vehicle_in_any_junction(name: str) -> None:
    yard, roads, outlines = YARDS[name], ROADS[name], outlines_of(YARDS[name])
    solid = [
        shapely.Polygon(zone.ring_yard_m)
        for zone in yard.zones
        if zone.kind in (ZoneKind.BUILDING, ZoneKind.EXCLUSION, ZoneKind.PEDESTRIAN)
    ]
    tree = shapely.STRtree([*outlines, *solid, *sill_strips(yard)[1]])
    outside = np.flatnonzero(roads.junction < 0)
    waiting = np.array([standing(roads, int(lane)) for lane in outside], object)
    waiting_tree = shapely.STRtree(waiting)
    for a, lane, b in passages(roads):
        area = swept(roads, (a, lane, b), max(0.0, roads.length_m[a] - 20.0), min(20.0, roads.length_m[b]))
        text = f"{yard.lanes[a].name} by {yard.lanes[lane].name} to {yard.lanes[b].name}"
        assert not len(tree.query(area, predicate="dwithin", distance=0.3)), text
        hit = [
            yard.lanes[outside[k]].name
            for k in waiting_tree.query(area, predicate="dwithin", distance=0.3)
            if outside[k] not in (a, b)
        ]
        assert hit == [], text


@each_yard
def test_a_gantry_crane_reaches_its_lane_and_all_rows_and_its_legs_stand_clear(name: str) -> None:
    for block in YARDS[name].blocks:
        if block.kind not in (BlockKind.RTG, BlockKind.RMG):
            continue
        kind = KINDS[block.kind.value]
        middle = portal_middle_v_m(block)
        low, high = kind.trolley_range_m
        wanted = [truck_lane_v_m(block), *((row + 0.5) * block.row_pitch_m for row in range(block.rows))]
        assert all(low <= v - middle <= high for v in wanted)
        sills = [part for part in kind.parts if part.name.startswith("sill")]
        for sill in sills:
            inner = abs(sill.centre_m[1]) - sill.half_m[1]
            assert middle - inner < 0.0 - 0.2
            assert middle + inner > truck_lane_v_m(block) + HALF_WIDTH_M + 0.5


@each_yard
def test_cranes_of_neighbouring_blocks_never_touch(name: str) -> None:
    owners, strips = sill_strips(YARDS[name])
    near = shapely.STRtree(strips).query(strips, predicate="dwithin", distance=0.5)
    assert [(owners[i], owners[j]) for i, j in near.T.tolist() if i < j and owners[i] != owners[j]] == []


def test_the_demonstration_yard_has_what_a_shift_needs() -> None:
    yard, roads = YARDS["demo"], ROADS["demo"]
    count = {kind: len(roads.of_kind(kind)) for kind in LaneKind}
    assert count[LaneKind.PARKING] == 24
    assert count[LaneKind.QUAY] == 4 == yard.quays[0].cranes
    assert count[LaneKind.INSPECTION] >= 2
    assert len(yard.gates) == 2
    assert count[LaneKind.TRUCK_LANE] == len(yard.blocks)


def test_seventy_metres_of_queue_fit_before_every_portal() -> None:
    for yard in YARDS.values():
        lanes = {lane.name: lane for lane in yard.lanes}
        for gate in yard.gates:
            for lane_name in gate.lanes_in:
                start, end = lanes[lane_name].centre_line_yard_m
                assert abs(start[1] - gate.ocr_portal_yard_m[1]) >= 70.0
                assert abs(gate.weighbridge_yard_m[1] - end[1]) >= VEHICLE_M


def test_quay_lanes_run_between_the_legs_of_the_cranes() -> None:
    for yard in YARDS.values():
        quay = yard.quays[0]
        for lane in yard.lanes:
            if lane.kind is LaneKind.QUAY:
                for _, y in lane.centre_line_yard_m:
                    assert quay.rail_setback_m + 0.8 + 1.75 <= y
                    assert y <= quay.rail_setback_m + quay.gauge_m - 0.8 - 1.75
