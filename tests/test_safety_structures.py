"""Buildings of the layout: who drives or swings into them is told, who passes them is not."""

import numpy as np
import pytest
from test_safety_contact import YARD, look, stacked

from twin.safety import structures, watching
from twin.yard.model import Georeference, Yard, Zone, ZoneKind
from twin.yard.slots import slots_of, standing_name
from twin.yard.structures import FIRST

HALL = ((40.0, -10.0), (60.0, -10.0), (60.0, 10.0), (40.0, 10.0))
# An L: its notch is open to the west and the north.
ANGLE = ((40.0, -10.0), (70.0, -10.0), (70.0, 30.0), (60.0, 30.0), (60.0, 0.0), (40.0, 0.0))
FRONT_M = 4.1
"""How far a truck's cab is ahead of its origin [m]."""


def yard(*rings, height_m=9.0, kind=ZoneKind.BUILDING):
    zones = tuple(Zone(f"house {k}", kind, ring, height_m) for k, ring in enumerate(rings))
    return Yard(
        "built up", Georeference(4326, (121.0, 30.0)), YARD.fence_yard_m, blocks=YARD.blocks, zones=zones
    )


def truck(**more):
    return {"kind": "external_truck", "speed_mps": 5.0, **more}


def conflicts(*machines, **more):
    return watching.conflicts_of(look(*machines, **more)[0])


def test_a_truck_that_drives_at_a_wall_is_told_when_it_touches_it():
    found = conflicts(truck(x_m=25.0), yard=yard(ANGLE, HALL))

    assert (found.mover.tolist(), found.other.tolist(), found.ground.tolist()) == ([0], [-1], [FIRST])
    assert found.time_s[0] == pytest.approx((40.0 - 25.0 - FRONT_M) / 5.0, abs=1e-6)
    assert found.x_m[0] == pytest.approx(40.0, abs=0.3)


def test_without_a_yard_and_without_buildings_nothing_is_told():
    assert len(conflicts(truck(x_m=25.0))) == 0
    assert len(conflicts(truck(x_m=25.0), yard=yard())) == 0
    assert len(conflicts(truck(x_m=25.0), yard=yard(HALL, kind=ZoneKind.INSPECTION))) == 0


def test_a_truck_that_passes_a_building_is_not_told():
    assert len(conflicts(truck(x_m=25.0, y_m=11.5), yard=yard(HALL))) == 0


def test_in_the_notch_of_an_angle_there_is_room_and_behind_it_a_wall():
    into_it = {"x_m": 37.0, "y_m": 15.0}
    found = conflicts(truck(**into_it), yard=yard(ANGLE))
    assert found.time_s[0] == pytest.approx((60.0 - 37.0 - FRONT_M) / 5.0, abs=1e-6)

    assert len(conflicts(truck(**into_it, heading_rad=np.pi / 2), yard=yard(ANGLE))) == 0
    assert len(conflicts(truck(**into_it, heading_rad=np.pi), yard=yard(ANGLE))) == 0


@pytest.mark.parametrize("ring", [ANGLE, ANGLE[::-1]], ids=["left", "right"])
def test_walls_stand_within_the_outline_whichever_way_round_it_goes(ring):
    there = structures.structures_of(yard(ring))
    assert len(there.ground) == len(ring)
    assert there.low_m.min(axis=1).tolist() == pytest.approx([40.0, -10.0], abs=1e-6)
    assert there.high_m.max(axis=1).tolist() == pytest.approx([70.0, 30.0], abs=1e-6)


def test_a_crane_travels_over_a_low_building_between_its_legs_and_not_over_a_tall_one():
    crane = {"kind": "rtg", "speed_mps": 1.5, "hoist_m": 17.5}
    kiosk = ((7.0, -1.0), (8.0, -1.0), (8.0, 1.0), (7.0, 1.0))
    low, tall = (conflicts(crane, yard=yard(kiosk, height_m=high)) for high in (3.0, 30.0))
    assert len(low) == 0
    assert tall.ground.tolist() == [FIRST]


def test_its_clearance_is_used_up_before_it_touches():
    met = look(truck(x_m=25.0), yard=yard(HALL), sigma_m=np.array([0.1]))[0]
    # Three sigmas, and the way of the latency.
    assert met.breach_s[0] == pytest.approx(met.time_s[0] - (0.3 + 0.2 * 5.0) / 5.0, abs=1e-6)


def test_people_go_in_and_out():
    walker = {"kind": "person", "x_m": 37.0, "speed_mps": 1.5}
    assert len(conflicts(walker, yard=yard(HALL))) == 0


def test_a_machine_has_one_row_against_what_stands_the_soonest():
    ground = 3
    x, y = slots_of(YARD).centre_yard_m[ground]
    wall = tuple((x + dx, y + dy) for dx, dy in ((-30, -8), (-12, -8), (-12, 8), (-30, 8)))
    stock = stacked((ground, "22G1"), (ground, "22G1"))
    drives = truck(x_m=float(x) - 45.0, y_m=float(y))
    alone, before = (
        conflicts(drives, stock=stock, yard=there, speed_mps=np.array([14.0])) for there in (None, yard(wall))
    )
    assert (alone.ground >= 0).all()
    assert before.ground.tolist() == [FIRST]
    assert before.time_s[0] < alone.time_s[0]


def test_an_alarm_names_the_building_and_nothing_where_it_was_torn_down():
    there = yard(HALL, ANGLE)
    assert standing_name(there, slots_of(there), FIRST - 1) == "house 1"
    assert standing_name(there, slots_of(there), FIRST - 2) == ""
    assert standing_name(there, slots_of(there), -1) == ""


def test_a_building_that_is_turned_is_one_box():
    turn, half = 0.3, np.array([[-20, -5], [20, -5], [20, 5], [-20, 5]])
    c, s = np.cos(turn), np.sin(turn)
    ring = tuple((float(x), float(y)) for x, y in half @ np.array([[c, s], [-s, c]]) + [100.0, 50.0])
    boxes = structures.structures_of(yard(ring)).still.boxes
    assert len(boxes) == 1
    assert (boxes.half_l_m[0], boxes.half_w_m[0]) == (pytest.approx(20.0), pytest.approx(5.0))
    assert boxes.top_m[0] == 9.0
