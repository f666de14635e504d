import numpy as np
import pytest

from twin.clock import NS_PER_S
from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.shapes import mover_boxes
from twin.fleet.table import Freshness
from twin.safety import allowed, collision, contact, standing, watching
from twin.safety.foresight import Contacts
from twin.stock import moves
from twin.stock.iso6346 import with_check_digit
from twin.stock.table import BoxNotice
from twin.yard.model import Block, BlockKind, Georeference, Yard
from twin.yard.slots import slots_of

COLUMNS = ("x_m", "y_m", "heading_rad", "speed_mps", "yaw_rate_rps", "trolley_m", "hoist_m")
TURN_RAD = 0.4
ORIGIN = (100.0, 50.0)

YARD = Yard(
    "one block", Georeference(4326, (121.0, 30.0)), ((0, 0), (400, 0), (400, 300), (0, 300)),
    blocks=(Block("A01", BlockKind.RTG, ORIGIN, TURN_RAD, bays=10, rows=6, tiers=5),),
)  # fmt: skip
SLOTS = slots_of(YARD)


def no_stock():
    return moves.empty_stock(SLOTS)


def stacked(*stacks):
    """Stack boxes of (ground slot, type code), in order."""
    notices = tuple(
        BoxNotice(with_check_digit(f"ABCU{index:06d}"), code, 20_000.0)
        for index, (_, code) in enumerate(stacks)
    )
    stock = moves.announce(no_stock(), notices)
    rows = moves.rows_of(stock, [notice.number for notice in notices])
    return moves.stack(stock, SLOTS, rows, np.array([ground for ground, _ in stacks], np.int32))


def scene(*machines, **more):
    """Find the conflicts of machines given as dictionaries of their kind and columns."""
    met, boxes, stock = look(*machines, **more)
    return watching.conflicts_of(met), boxes, stock


def look(*machines, stock=None, age_s=0.0, targets=None, vz_mps=None, yard=None, **overrides):
    """Find what such machines come too near to; ``vz_mps`` moves all parts up."""
    kinds = [KIND_NAMES.index(machine["kind"]) for machine in machines]
    names = [f"M-{index}" for index in range(len(machines))]
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), names, kinds, [-1] * len(machines)
    )
    columns = {name: np.array([float(m.get(name, 0.0)) for m in machines]) for name in COLUMNS}
    freshness = np.full(len(machines), Freshness.FRESH, np.int8)
    sizes = [(np.nan, np.nan) if not m.get(key) else m[key] for key in ("load", "cargo") for m in machines]
    load_m, load_high_m = np.array(sizes[: len(machines)]).reshape(-1, 2).T
    cargo_m, cargo_high_m = np.array(sizes[len(machines) :]).reshape(-1, 2).T
    tracks = tracks.with_columns(
        **columns, trailer_heading_rad=columns["heading_rad"].copy(), freshness=freshness,
        sigma_m=np.full(len(machines), 0.02), fix_ns=np.ones(len(machines), np.int64),
    )  # fmt: skip
    tracks = tracks.with_columns(**overrides)
    vx = tracks.speed_mps * np.cos(tracks.heading_rad)
    boxes = mover_boxes(
        fleet.kind, tracks.x_m, tracks.y_m, tracks.heading_rad, tracks.trailer_heading_rad, tracks.trolley_m,
        tracks.hoist_m, vx, tracks.speed_mps * np.sin(tracks.heading_rad), load_m, load_high_m, cargo_m,
        cargo_high_m,
    )  # fmt: skip
    if vz_mps is not None:
        boxes = boxes.with_columns(vz_mps=np.full(len(boxes), vz_mps))
    stock = no_stock() if stock is None else stock
    now_ns = int(tracks.fix_ns.max() + age_s * NS_PER_S)
    return watching.look(fleet, tracks, boxes, stock, SLOTS, now_ns, targets, yard=yard)[0], boxes, stock


def at_block(u, v, **machine):
    """Place a machine in the frame of the block, heading along it."""
    c, s = np.cos(TURN_RAD), np.sin(TURN_RAD)
    x, y = ORIGIN[0] + c * u - s * v, ORIGIN[1] + s * u + c * v
    return {"x_m": x, "y_m": y, "heading_rad": TURN_RAD, **machine}


def slot_place(position, row):
    return (position + 0.5) * 6.45, (row + 0.5) * 2.79


def rtg(u, hoist_m, **more):
    """Stand an RTG over the block; its portal's middle is over the middle of rows and truck lane."""
    return at_block(u, (6 * 2.79 + 4.35) / 2, kind="rtg", hoist_m=hoist_m, **more)


def trolley_over(row):
    return (row + 0.5) * 2.79 - (6 * 2.79 + 4.35) / 2


def test_head_on_trucks_are_in_conflict_at_the_time_of_contact():
    # Cab fronts are 4.1 m ahead of their origins: 28.2 m apart leaves 20 m between.
    one = {"kind": "external_truck", "speed_mps": 3.0}
    other = {"kind": "external_truck", "x_m": 28.2, "heading_rad": np.pi, "speed_mps": 5.0}
    found, _, _ = scene(one, other)
    assert (found.mover.tolist(), found.other.tolist(), found.ground.tolist()) == ([0], [1], [-1])
    assert found.time_s[0] == pytest.approx(2.5)
    assert found.gap_m[0] == pytest.approx(20.0)
    assert (found.x_m[0], found.y_m[0]) == (pytest.approx(4.1 + 7.5, abs=0.1), pytest.approx(0.0, abs=1e-6))


@pytest.mark.parametrize("turning_rps", [0.0, 0.3])
def test_two_that_overlap_are_as_deep_as_their_deepest_parts_whichever_is_asked_first(turning_rps):
    goes = {"kind": "external_truck", "speed_mps": 1.0, "yaw_rate_rps": turning_rps}
    for x_m, y_m, heading_rad in ((-2.1, -1.7, -2.4), (-1.0, -1.7, 2.5), (0.9, -2.1, -2.5)):
        stands = {"kind": "external_truck", "x_m": x_m, "y_m": y_m, "heading_rad": heading_rad}
        (one_way, boxes, _), swapped = look(goes, stands), look(stands, goes)[0]
        i, j = np.nonzero(boxes.mover[:, None] < boxes.mover)
        gap_m = collision.gap_m(boxes.take(i), boxes.take(j))
        level = collision.height_gap_m(boxes.take(i), boxes.take(j)) < 0.0
        assert one_way.gap_m[0] == swapped.gap_m[0] == pytest.approx(gap_m[level].min())
        assert one_way.time_s[0] == 0.0


def test_trucks_passing_in_opposite_lanes_are_in_none():
    one = {"kind": "external_truck", "speed_mps": 5.5}
    other = {"kind": "external_truck", "x_m": 30.0, "y_m": 3.0, "heading_rad": np.pi, "speed_mps": 5.5}
    assert len(scene(one, other)[0]) == 0


def test_trucks_queueing_two_metres_behind_one_another_are_in_none():
    length_m = 4.1 + 11.8 + 2.0
    queue = [{"kind": "external_truck", "x_m": -k * length_m} for k in range(5)]
    assert len(scene(*queue)[0]) == 0


def test_a_machine_whose_position_is_stale_counts_as_standing():
    one = {"kind": "external_truck", "speed_mps": 5.0}
    other = {"kind": "external_truck", "x_m": 40.0, "heading_rad": np.pi / 2}
    assert len(scene(one, other, freshness=np.array([0, 0], np.int8))[0]) == 0
    near = {**other, "x_m": 20.0}
    assert len(scene(one, near)[0]) == 1
    stale = np.array([Freshness.STALE, Freshness.FRESH], np.int8)
    assert len(scene(one, near, freshness=stale)[0]) == 0


def test_a_truck_in_a_bend_does_not_meet_what_lies_straight_ahead():
    other = {"kind": "external_truck", "x_m": 24.0, "y_m": -2.0, "heading_rad": np.pi / 2}
    straight = {"kind": "reach_stacker", "speed_mps": 5.0}
    assert len(scene(straight, other)[0]) == 1
    assert len(scene({**straight, "yaw_rate_rps": 0.5}, other)[0]) == 0


def test_a_machine_that_turns_into_another_is_seen_to():
    other = {"kind": "external_truck", "x_m": 12.0, "y_m": 14.0}
    assert len(scene({"kind": "reach_stacker", "speed_mps": 4.0}, other)[0]) == 0
    found, _, _ = scene({"kind": "reach_stacker", "speed_mps": 4.0, "yaw_rate_rps": 0.4}, other)
    assert len(found) == 1
    assert 0.5 < found.time_s[0] < 4.0


def test_a_trailer_that_swings_in_behind_its_tractor_does_not_meet_what_it_points_at():
    # The tractor has come round a bend and goes straight; its trailer still points 20 degrees left.
    parked = {"kind": "external_truck", "x_m": 9.0, "y_m": 4.5}
    turning_in = {"kind": "external_truck", "speed_mps": 4.0}
    trailer = np.array([0.0, np.radians(20.0)])
    found, _, _ = scene(parked, turning_in, trailer_heading_rad=trailer)
    assert len(found) == 0
    # At a standing fold the same boxes, going where they point, would meet.
    rigid = {"kind": "reach_stacker", "speed_mps": 4.0, "x_m": -12.0, "heading_rad": np.radians(20.0)}
    assert len(scene(parked, rigid)[0]) == 1


def test_two_gantries_of_a_block_driving_at_one_another_are_in_conflict():
    found, _, _ = scene(rtg(10.0, 15.0, speed_mps=1.5), rtg(25.0, 15.0, speed_mps=-1.0))
    assert found.time_s[0] == pytest.approx((15.0 - 12.2) / 2.5, abs=0.2)


def test_a_truck_under_the_spreader_that_serves_it_is_in_none():
    u, v = 30.0, (6 * 2.79) + 4.35 / 2
    truck = at_block(u + 5.6, v, kind="external_truck", cargo=(6.058, 2.591))
    crane = rtg(u, 1.25 + 2.591 - 0.05, trolley_m=v - (6 * 2.79 + 4.35) / 2)
    found, boxes, stock = scene(truck, crane)
    assert len(found) == 0
    assert len(contact.truth_overlaps(boxes, stock, SLOTS)) == 1


def test_a_load_lowered_onto_the_cab_is_a_conflict():
    u, v = 30.0, (6 * 2.79) + 4.35 / 2
    truck = at_block(u - 2.9, v, kind="external_truck")
    crane = rtg(u, 5.0, trolley_m=v - (6 * 2.79 + 4.35) / 2, load=(6.058, 2.591))
    found, _, _ = scene(truck, crane)
    assert found.time_s.tolist() == [0.0]
    assert found.gap_m[0] < -1.0


def test_a_box_set_on_the_deck_of_an_agv_is_in_none_and_one_that_hangs_lower_is():
    u, v, deck_m = 30.0, 6 * 2.79 + 4.35 / 2, 1.7
    agv = at_block(u, v, kind="agv")

    def held(low_m):
        trolley_m = v - (6 * 2.79 + 4.35) / 2
        return rtg(u, low_m + 2.591, trolley_m=trolley_m, load=(6.058, 2.591))

    assert len(scene(agv, held(deck_m - 0.02))[0]) == 0
    assert len(scene(agv, held(deck_m - 0.5))[0]) == 1


def test_a_gantry_over_full_stacks_touches_none():
    full = stacked(*[(ground, "22G1") for ground in range(len(SLOTS)) for _ in range(4)])
    tall = 4 * 2.591
    found, boxes, _ = scene(rtg(30.0, tall + 3.0, load=(6.058, 2.591), speed_mps=2.0), stock=full)
    assert len(found) == 0
    assert contact.truth_overlaps(boxes, full, SLOTS) == ()


def test_a_load_set_down_on_its_stack_between_taller_neighbours_is_no_conflict():
    position, row = 4, 2
    ground = position * 6 + row
    heights = {ground: 1, ground - 1: 3, ground + 1: 3, ground - 6: 3, ground + 6: 3}
    stock = stacked(*[(g, "22G1") for g, tiers in heights.items() for _ in range(tiers)])
    u, _ = slot_place(position, row)
    crane = rtg(u, 2 * 2.591, trolley_m=trolley_over(row), load=(6.058, 2.591))
    found, boxes, _ = scene(crane, stock=stock)
    assert len(found) == 0
    assert contact.truth_overlaps(boxes, stock, SLOTS) == ()


def test_a_load_that_hangs_too_low_drives_into_a_stack():
    position, row = 5, 2
    stock = stacked(*[(position * 6 + row, "22G1")] * 3)
    u, _ = slot_place(position, row)
    crane = rtg(u - 10.058, 5.0, trolley_m=trolley_over(row), load=(6.058, 2.591), speed_mps=2.0)
    found, _, _ = scene(crane, stock=stock)
    assert found.ground.tolist() == [position * 6 + row]
    assert found.other.tolist() == [-1]
    assert found.time_s[0] == pytest.approx(2.0)
    assert found.gap_m[0] == pytest.approx(4.0)


def test_a_truck_inside_a_stack_is_told_with_its_depth():
    stock = stacked((0, "22G1"))
    u, v = slot_place(0, 0)
    found, boxes, _ = scene(at_block(u - 7.0, v, kind="external_truck"), stock=stock)
    # The cab's front is 4.1 m ahead, the stack begins 3.029 m before its middle: 0.129 m in.
    assert found.time_s.tolist() == [0.0]
    assert found.gap_m[0] == pytest.approx(-0.129, abs=1e-6)
    assert "stack on ground slot 0" in contact.truth_overlaps(boxes, stock, SLOTS)[0]


def test_the_stack_nearest_in_time_stands_for_all():
    stock = stacked(*[(position * 6 + 2, "22G1") for position in range(2, 8)])
    u, v = slot_place(2, 2)
    found, _, _ = scene(at_block(u - 10.0, v, kind="terminal_tractor", speed_mps=3.0), stock=stock)
    assert found.ground.tolist() == [2 * 6 + 2]


def test_stacks_far_away_are_not_looked_up():
    stock = stacked(*[(ground, "22G1") for ground in range(len(SLOTS))])
    _, boxes, _ = scene(at_block(*slot_place(5, 2), kind="reach_stacker"))
    _, ground = standing.stacks_near(boxes, stock, SLOTS)
    assert 0 < len(set(ground.tolist())) < 20


def test_every_stack_that_a_box_overlaps_is_looked_up():
    stock = stacked(*[(ground, "22G1") for ground in range(len(SLOTS))])
    for u, v in [(0, 0), (33, 9), (64, 16), (70, 20), (-4, 8)]:
        _, boxes, _ = scene(at_block(u, v, kind="external_truck", heading_rad=1.1))
        box, ground = standing.stacks_near(boxes, stock, SLOTS)
        everywhere = standing.stack_boxes(stock, SLOTS, np.arange(len(SLOTS)))
        near = set(zip(box.tolist(), ground.tolist(), strict=True))
        for row in range(len(boxes)):
            one = boxes.take(np.full(len(SLOTS), row))
            for hit in np.flatnonzero(collision.overlapping(one, everywhere)):
                assert (row, int(hit)) in near


def test_a_forty_foot_stack_is_one_box_long_over_two_ground_slots():
    stock = stacked((0, "42G1"))
    halves = standing.stack_boxes(stock, SLOTS, np.array([0, 6]))
    along = np.cos(TURN_RAD) * (halves.x_m - ORIGIN[0]) + np.sin(TURN_RAD) * (halves.y_m - ORIGIN[1])
    assert (along - halves.half_l_m)[0] == pytest.approx(6.45 - 12.192 / 2)
    assert (along + halves.half_l_m)[0] == pytest.approx((along - halves.half_l_m)[1])
    assert (along + halves.half_l_m)[1] == pytest.approx(6.45 + 12.192 / 2)


def test_a_contact_with_a_stack_that_is_allowed_is_always_of_a_box_that_is_answered_alone():
    machines = [
        {"kind": kind, "x_m": 120.0, "y_m": 60.0, "hoist_m": 6.0, "load": (12.2, 2.6), "cargo": (6.1, 2.6)}
        for kind in KIND_NAMES
    ]
    stock = stacked((0, "22G1"), (1, "22G1"), (1, "22G1"))
    _, boxes, _ = scene(*machines, stock=stock)
    fleet = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), list(KIND_NAMES), list(range(len(KIND_NAMES))),
        [-1] * len(KIND_NAMES),
    )[0]  # fmt: skip
    nobody, allowed_in_all = np.empty(0, np.intp), 0
    box, ground = (side.ravel() for side in np.meshgrid(np.arange(len(boxes)), [0, 1]))
    for time_s in (0.0, 1.0):
        for targets in (None, np.zeros(len(KIND_NAMES), np.int32)):
            found = Contacts(nobody, nobody, np.empty(0), box, ground, np.full(len(box), time_s))
            fine = allowed.with_stacks(fleet, boxes, stock, SLOTS, found, targets)
            assert allowed.at_stacks(boxes)[box[fine]].all()
            allowed_in_all += fine.sum()
    assert allowed_in_all > 20


def test_a_yard_without_machines_has_no_conflict():
    fleet, tracks = roster.empty_fleet(), roster.no_tracks()
    _, boxes, stock = scene({"kind": "rtg", "x_m": np.nan})
    assert len(watching.look(fleet, tracks, boxes.take(np.arange(0)), stock, SLOTS, 1)[0]) == 0
