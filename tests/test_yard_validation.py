import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.generator import compact_yard
from twin.yard.edits import AddBlock, AddLane, AddZone, MoveBlock, RemoveLane, SetBlock, SetFence, SetQuay
from twin.yard.model import Block, BlockKind, Georeference, Lane, LaneKind, Side, Yard, Zone, ZoneKind
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m
from twin.yard.validation import Capacity, Severity, capacity, findings, overlapping_blocks

YARD = compact_yard()
FENCE = ((-500.0, -500.0), (500.0, -500.0), (500.0, 500.0), (-500.0, 500.0))


def block(name: str, x: float, y: float, **more: object) -> Block:
    given = {"bays": 10, "rows": 6, "tiers": 5, "truck_lane_side": Side.NONE} | more
    return Block(name, BlockKind.STRADDLE, (x, y), given.pop("heading_rad", 0.0), **given)  # type: ignore[arg-type]


def yard_of(*blocks: Block) -> Yard:
    return Yard("Test", Georeference(4490, (121.0, 31.0)), FENCE, blocks=blocks)


def told(yard: Yard, severity: Severity = Severity.ERROR) -> list[tuple[str, str]]:
    return [(found.where, found.message) for found in findings(yard) if found.severity is severity]


def test_a_yard_of_nothing_but_a_fence_has_no_findings() -> None:
    assert findings(yard_of()) == ()


def test_two_blocks_that_overlap_are_both_named_at_the_place() -> None:
    yard = yard_of(block("A", 0.0, 0.0), block("B", 60.0, 10.0))
    ((one, other, point),) = overlapping_blocks(yard)
    assert (one.name, other.name) == ("A", "B")
    assert 60.0 < point[0] < 64.5
    assert 10.0 < point[1] < 16.74
    assert told(yard) == [("block A", "overlaps block B")]


def test_blocks_that_touch_do_not_overlap() -> None:
    assert told(yard_of(block("A", 0.0, 0.0), block("B", 64.5, 0.0), block("C", 0.0, 16.74))) == []


@given(st.floats(-100, 100), st.floats(-60, 60), st.floats(-math.pi, math.pi))
def test_whether_two_blocks_overlap_does_not_hang_on_their_order(x: float, y: float, heading: float) -> None:
    one, other = block("A", 0.0, 0.0), block("B", x, y, heading_rad=heading)
    assert len(overlapping_blocks(yard_of(one, other))) == len(overlapping_blocks(yard_of(other, one)))


def test_a_block_beyond_the_fence_is_an_error() -> None:
    assert told(yard_of(block("A", 480.0, 0.0))) == [("block A", "reaches beyond the fence")]


def test_a_fence_that_crosses_itself_is_an_error() -> None:
    fence = ((0.0, 0.0), (300.0, 300.0), (300.0, 0.0), (0.0, 300.0))
    assert ("fence", "crosses itself") in told(SetFence(fence).apply(YARD))


def test_a_block_moved_off_its_truck_lane_is_an_error_that_names_the_lane() -> None:
    errors = told(MoveBlock("A01", 0.0, -3.0).apply(YARD))
    assert [where for where, _ in errors] == ["lane TL-A01"]


def test_a_block_moved_onto_a_lane_is_an_error_that_names_both() -> None:
    errors = told(MoveBlock("A01", 0.0, 2.0).apply(YARD))
    assert ("lane TL-A01", "runs through block A01") in errors


def test_a_crane_track_through_another_block_is_an_error() -> None:
    x, y = YARD.block("A01").origin_yard_m
    yard = AddBlock(block("C", x, y - 17.5)).apply(YARD)
    assert ("block A01", "its crane's track crosses block C") in told(yard)


def test_lanes_that_cross_outside_a_junction_are_a_warning() -> None:
    line = YARD.lanes[0].centre_line_yard_m
    x = (line[0][0] + line[1][0]) / 2
    lane = Lane("across", LaneKind.ROAD, ((x, line[0][1] - 3.0), (x, line[0][1] + 3.0)))
    warnings = told(AddLane(lane).apply(YARD), Severity.WARNING)
    assert ("lane TL-A01", "meets lane across outside a junction") in warnings
    assert ("lane across", "leads nowhere") in warnings
    assert ("lane across", "is reached from nowhere") in warnings


def test_a_gap_in_the_roads_is_told_by_the_gate_that_is_cut_off() -> None:
    warnings = told(RemoveLane("J GATE-1 GATE-1-IN-1 to west").apply(YARD), Severity.WARNING)
    assert all("leads nowhere" not in message for _, message in warnings)
    yard = RemoveLane("J GATE-1 GATE-1-IN-1 to east").apply(
        RemoveLane("J GATE-1 GATE-1-IN-1 to west").apply(YARD)
    )
    warnings = told(yard, Severity.WARNING)
    assert ("lane GATE-1-IN-1", "leads nowhere") in warnings
    assert ("lane TL-A01", "is not reached from every gate") in warnings


def test_a_bend_too_tight_for_a_semitrailer_is_a_warning() -> None:
    corner = Lane("corner", LaneKind.ROAD, ((-90.0, -90.0), (-80.0, -90.0), (-80.0, -80.0)))
    warnings = told(replace(yard_of(), lanes=(corner,)), Severity.WARNING)
    assert any("a semitrailer needs 12 m" in message for _, message in warnings)


def test_a_road_on_which_no_vehicle_stands_clear_of_two_junctions_is_a_warning() -> None:
    def way(name: str, x0: float, x1: float, junction: str = "") -> Lane:
        kind = LaneKind.CONNECTOR if junction else LaneKind.ROAD
        return Lane(name, kind, ((x0, 0.0), (x1, 0.0)), junction=junction)

    lanes = (way("a", 0.0, 20.0, "J1"), way("b", 20.0, 36.0), way("c", 36.0, 56.0, "J2"))
    warnings = told(replace(yard_of(), lanes=lanes), Severity.WARNING)
    assert ("lane b", "is 16.0 m long between two junctions; a vehicle needs 17 m") in warnings
    longer = (lanes[0], way("b", 20.0, 37.0), way("c", 37.0, 57.0, "J2"))
    assert not any(
        "two junctions" in text for _, text in told(replace(yard_of(), lanes=longer), Severity.WARNING)
    )


def test_a_narrow_truck_lane_is_a_warning() -> None:
    lanes = tuple(replace(lane, width_m=3.5) if lane.name == "TL-A01" else lane for lane in YARD.lanes)
    assert [where for where, _ in told(replace(YARD, lanes=lanes), Severity.WARNING)] == ["lane TL-A01"]


def test_a_building_within_six_metres_of_stacks_is_a_warning_and_inside_them_an_error() -> None:
    x, y = YARD.block("A01").origin_yard_m
    near = Zone("Shed", ZoneKind.BUILDING, ((x, y - 9.0), (x + 5, y - 9.0), (x + 5, y - 4.0), (x, y - 4.0)))
    inside = replace(near, ring_yard_m=tuple((px, py + 8.0) for px, py in near.ring_yard_m))
    assert any("4.0 m from block A01" in m for _, m in told(AddZone(near).apply(YARD), Severity.WARNING))
    assert ("zone Shed", "stands in block A01") in told(AddZone(inside).apply(YARD))


def test_a_zone_whose_outline_crosses_itself_is_an_error() -> None:
    zone = Zone("Bow", ZoneKind.EXCLUSION, ((0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)))
    assert ("zone Bow", "its outline crosses itself") in told(AddZone(zone).apply(YARD))


def test_stacks_higher_than_the_crane_are_a_warning() -> None:
    warnings = told(SetBlock("A01", height_limit_m=10.0).apply(YARD), Severity.WARNING)
    assert warnings == [
        ("block A01", "5 tiers of standard boxes are 12.96 m high, its height limit is 10.00 m")
    ]


def test_pitches_less_than_a_box_are_errors() -> None:
    yard = yard_of(block("A", 0.0, 0.0, bay_pitch_m=6.0, row_pitch_m=2.4))
    assert [message.split(" m ")[0] for _, message in told(yard)] == ["bay pitch 6.000", "row pitch 2.400"]


def test_a_quay_with_more_cranes_than_lanes_is_a_warning() -> None:
    warnings = told(SetQuay("Q", cranes=2).apply(YARD), Severity.WARNING)
    assert warnings == [("quay Q", "has 2 cranes for 1 quay lanes; each crane needs one of its own")]


def test_errors_come_before_warnings() -> None:
    yard = SetQuay("Q", cranes=2).apply(MoveBlock("A01", 0.0, 2.0).apply(YARD))
    severities = [found.severity for found in findings(yard)]
    assert severities == sorted(severities)
    assert len(set(severities)) == 2


def test_capacity_counts_open_blocks_only() -> None:
    yard = yard_of(block("A", 0.0, 0.0), block("B", 100.0, 0.0, closed=True), block("C", 200.0, 0.0, tiers=2))
    assert capacity(yard) == Capacity(ground_slots=120, teu=60 * 5 + 60 * 2)


@pytest.mark.parametrize(
    ("kind", "side", "lane_v", "middle_v"),
    [
        (BlockKind.RTG, Side.LEFT, 18.915, 10.545),
        (BlockKind.RTG, Side.RIGHT, -2.175, 6.195),
        (BlockKind.EMPTIES, Side.LEFT, 30.865, 10.545),
    ],
)
def test_truck_lane_and_portal_lie_across_a_block_as_by_hand(
    kind: BlockKind, side: Side, lane_v: float, middle_v: float
) -> None:
    six_rows = Block("A", kind, (0.0, 0.0), 0.0, 10, 6, 5, truck_lane_side=side)
    assert truck_lane_v_m(six_rows) == pytest.approx(lane_v)
    assert portal_middle_v_m(six_rows) == pytest.approx(middle_v)


def test_a_lane_through_a_building_or_a_forbidden_zone_is_an_error_that_names_both() -> None:
    (x, y), _ = next(lane for lane in YARD.lanes if lane.name == "South 1 E1").centre_line_yard_m
    ring = ((x + 2, y - 3), (x + 6, y - 3), (x + 6, y + 3), (x + 2, y + 3))
    for kind in (ZoneKind.BUILDING, ZoneKind.EXCLUSION):
        errors = told(AddZone(Zone("Hut", kind, ring)).apply(YARD))
        assert ("lane South 1 E1", f"runs through {kind} Hut") in errors
    assert told(AddZone(Zone("Crossing", ZoneKind.PEDESTRIAN, ring)).apply(YARD)) == []


def test_a_quay_lane_landward_of_the_rails_is_an_error() -> None:
    edge = ((0.0, -2.0), (300.0, -2.0))
    assert told(SetQuay("Q", edge_yard_m=edge).apply(YARD)) == []
    errors = told(SetQuay("Q", gauge_m=15.0).apply(YARD))
    assert errors == [("lane Q1", "is not between the rails of a quay")]


def test_a_quay_without_length_is_an_error() -> None:
    errors = told(SetQuay("Q", edge_yard_m=((5.0, 0.0), (5.0, 0.0))).apply(YARD))
    assert ("quay Q", "has no length") in errors


def test_a_gate_whose_lane_leads_the_other_way_is_an_error() -> None:
    gate = replace(YARD.gates[0], lanes_in=YARD.gates[0].lanes_out)
    errors = told(replace(YARD, gates=(gate,)))
    assert errors == [("gate GATE-1", "its lane GATE-1-OUT-1 is no lane in of a gate")]


def test_a_connector_without_a_junction_is_an_error() -> None:
    lane = Lane("loose", LaneKind.CONNECTOR, ((-90.0, -90.0), (-60.0, -90.0)))
    errors = told(replace(yard_of(), lanes=(lane,)))
    assert errors == [("lane loose", "is inside a junction but does not say which")]
