import numpy as np
import pytest

from twin.fleet.kinds import KIND_NAMES, KINDS, Joint
from twin.fleet.shapes import CARGO_PART, LOAD_PART, mover_boxes, spreader_offset

COLUMNS = (
    "x", "y", "heading", "trailer_heading", "trolley", "hoist", "vx", "vy",
    "load_length_m", "load_height_m", "cargo_length_m", "cargo_height_m",
)  # fmt: skip


def boxes_of(*kinds, **values):
    columns = {
        name: np.full(len(kinds), np.nan if "length" in name or "height" in name else 0.0) for name in COLUMNS
    }
    for name, value in values.items():
        columns[name] = np.array(np.broadcast_to(value, len(kinds)), np.float64)
    return mover_boxes(np.array([KIND_NAMES.index(kind) for kind in kinds], np.int8), **columns)


def the(boxes, joint, mover=0):
    (row,) = np.flatnonzero((boxes.joint == joint) & (boxes.mover == mover))
    return {name: float(getattr(boxes, name)[row]) for name in boxes.__dataclass_fields__}


def test_every_part_of_every_kind_is_there_once():
    boxes = boxes_of(*KIND_NAMES, trolley=1.0, hoist=10.0)
    for row, name in enumerate(KIND_NAMES):
        assert (boxes.mover == row).sum() == len(KINDS[name].parts)


def test_a_machine_without_a_pose_has_no_box():
    boxes = boxes_of("rtg", "terminal_tractor", x=[np.nan, 1.0], hoist=5.0)
    assert set(boxes.mover.tolist()) == {1}
    assert len(boxes_of("rtg", heading=np.nan)) == 0


def test_a_crane_whose_hoist_is_not_known_has_no_spreader():
    boxes = boxes_of("rtg", hoist=np.nan)
    assert not (boxes.joint == Joint.SPREADER).any()
    assert (boxes.joint == Joint.TROLLEY).sum() == 1


def test_a_load_hangs_under_the_spreader():
    boxes = boxes_of("rtg", trolley=4.0, hoist=9.0, load_length_m=12.192, load_height_m=2.591)
    load = the(boxes, Joint.LOAD)
    assert (load["x_m"], load["y_m"]) == (0.0, 4.0)
    assert load["top_m"] == pytest.approx(9.0)
    assert load["bottom_m"] == pytest.approx(9.0 - 2.591)
    assert load["half_l_m"] == pytest.approx(6.096)
    assert load["part"] == LOAD_PART
    assert the(boxes, Joint.SPREADER)["bottom_m"] == pytest.approx(9.0)


def test_a_bare_spreader_counts_as_short_as_it_can_be():
    spreader = the(boxes_of("rtg", hoist=9.0), Joint.SPREADER)
    assert spreader["half_l_m"] == pytest.approx(6.058 / 2)


def test_cargo_rests_on_the_deck_of_a_trailer_that_has_its_own_heading():
    boxes = boxes_of(
        "terminal_tractor", x=10.0, y=20.0, heading=0.0, trailer_heading=np.pi / 2,
        cargo_length_m=6.058, cargo_height_m=2.896,
    )  # fmt: skip
    cargo = the(boxes, Joint.CARGO)
    assert (cargo["x_m"], cargo["y_m"]) == (pytest.approx(10.0), pytest.approx(20.0 - 5.6))
    assert (cargo["bottom_m"], cargo["top_m"]) == (pytest.approx(1.25), pytest.approx(1.25 + 2.896))
    assert cargo["part"] == CARGO_PART
    assert abs(cargo["sin"]) == pytest.approx(1.0)


def test_a_trailer_of_no_heading_stands_straight_behind():
    straight = boxes_of("external_truck", heading=1.0, trailer_heading=np.nan)
    same = boxes_of("external_truck", heading=1.0, trailer_heading=1.0)
    np.testing.assert_array_equal(straight.x_m, same.x_m)


def test_a_reach_stacker_holds_its_box_across_in_front_and_reaches_out():
    boxes = boxes_of("reach_stacker", trolley=2.0, hoist=6.0, load_length_m=12.192, load_height_m=2.591)
    load = the(boxes, Joint.LOAD)
    assert (load["x_m"], load["y_m"]) == (pytest.approx(10.2), pytest.approx(0.0))
    assert abs(load["sin"]) == pytest.approx(1.0)
    assert load["half_w_m"] == pytest.approx(1.219)


def test_the_heading_of_a_box_is_that_of_its_longer_way():
    boxes = boxes_of(*KIND_NAMES, trolley=1.0, hoist=10.0, heading=0.3)
    assert (boxes.half_l_m >= boxes.half_w_m).all()


def test_turning_the_yard_turns_every_box_with_it():
    values = {"trolley": 3.0, "hoist": 8.0, "load_length_m": 6.058, "load_height_m": 2.591}
    plain, turned = (
        boxes_of(*KIND_NAMES, **values),
        boxes_of(*KIND_NAMES, **values, heading=0.7, trailer_heading=0.7),
    )
    c, s = np.cos(0.7), np.sin(0.7)
    np.testing.assert_allclose(turned.x_m, c * plain.x_m - s * plain.y_m, atol=1e-12)
    np.testing.assert_allclose(turned.y_m, s * plain.x_m + c * plain.y_m, atol=1e-12)


def test_a_trailer_goes_where_it_points():
    boxes = boxes_of("external_truck", vx=4.0, heading=0.0, trailer_heading=np.pi / 3)
    chassis = np.flatnonzero(boxes.joint == Joint.TRAILER)[0]
    assert boxes.vx_mps[chassis] == pytest.approx(1.0)
    assert boxes.vy_mps[chassis] == pytest.approx(np.sqrt(3.0))


def test_the_spreader_is_under_the_trolley_or_in_front():
    kind = np.array([KIND_NAMES.index("quay_crane"), KIND_NAMES.index("reach_stacker")], np.int8)
    x, y = spreader_offset(kind, np.array([-30.0, 1.5]))
    assert (x.tolist(), y.tolist()) == ([0.0, 9.7], [-30.0, 0.0])


def test_a_boom_lies_between_its_hinge_and_the_spreader_it_holds():
    kind = KINDS["reach_stacker"]
    boxes = boxes_of("reach_stacker", trolley=1.8, hoist=11.0)
    rear, _, front = np.flatnonzero(boxes.joint == Joint.BOOM)
    hinge_x, hinge_z = kind.boom_hinge_m
    rise = (11.0 + kind.boom_head_m - hinge_z) / (kind.spreader_x_m + 1.8 - hinge_x)
    assert boxes.x_m[rear] - boxes.half_l_m[rear] == pytest.approx(hinge_x)
    assert boxes.x_m[front] + boxes.half_l_m[front] == pytest.approx(kind.boom_front_m)
    assert boxes.bottom_m[rear] == pytest.approx(hinge_z - 0.5)
    assert boxes.top_m[front] == pytest.approx(hinge_z + rise * (kind.boom_front_m - hinge_x) + 0.5)


def test_a_boom_goes_up_with_its_hoist_the_more_the_further_out():
    boxes = boxes_of("reach_stacker", hoist=5.0, hoist_rate=0.5)
    boom_mps = boxes.vz_mps[boxes.joint == Joint.BOOM]
    assert (np.diff(boom_mps) > 0).all()
    assert boom_mps.max() < 0.5


def test_a_boom_whose_hoist_is_not_known_lies_at_rest():
    boxes = boxes_of("reach_stacker", hoist=np.nan)
    boom = boxes.joint == Joint.BOOM
    assert boom.sum() == 3
    assert (boxes.bottom_m[boom].min(), boxes.top_m[boom].max()) == (pytest.approx(4.7), pytest.approx(5.7))


def test_a_straddle_carrier_holds_its_box_between_its_legs_without_a_trolley():
    boxes = boxes_of("straddle_carrier", trolley=np.nan, hoist=9.0, load_length_m=12.192, load_height_m=2.591)
    load = the(boxes, Joint.LOAD)
    assert (load["x_m"], load["y_m"], load["top_m"]) == (0.0, 0.0, pytest.approx(9.0))
    legs = boxes.part < 6
    inside_m = np.abs(boxes.y_m[legs]) - np.minimum(boxes.half_w_m, boxes.half_l_m)[legs]
    assert (inside_m > 2.438 / 2).all()


def test_an_agv_carries_its_box_on_its_deck():
    boxes = boxes_of("agv", heading=np.pi / 2, cargo_length_m=12.192, cargo_height_m=2.591)
    cargo = the(boxes, Joint.CARGO)
    assert cargo["bottom_m"] == pytest.approx(1.7)
    assert abs(cargo["sin"]) == pytest.approx(1.0)


def test_what_hangs_from_a_trolley_goes_with_it_and_with_the_hoist():
    boxes = boxes_of(
        "rtg", heading=np.pi / 2, vy=1.0, hoist=9.0, load_length_m=12.192, load_height_m=2.591,
        trolley_rate=0.5, hoist_rate=-0.4,
    )  # fmt: skip
    load, trolley = the(boxes, Joint.LOAD), the(boxes, Joint.TROLLEY)
    assert (load["vx_mps"], load["vy_mps"], load["vz_mps"]) == (
        pytest.approx(-0.5), pytest.approx(1.0), pytest.approx(-0.4),
    )  # fmt: skip
    assert (trolley["vx_mps"], trolley["vz_mps"]) == (pytest.approx(-0.5), 0.0)
    body = boxes.joint == Joint.BODY
    assert (np.abs(boxes.vx_mps[body]) < 1e-12).all()


def test_a_machine_at_infinity_has_no_box():
    assert len(boxes_of("agv", x=np.inf)) == 0
