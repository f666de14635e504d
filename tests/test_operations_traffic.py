import numpy as np
import pytest

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.operations.traffic import CLEAR_M, FRONT_M, GAP_M, REAR_M, STOP_M, Traffic
from twin.yard.model import Georeference, Lane, LaneKind, Yard
from twin.yard.roads import roads_of

TRACTOR = KIND_NAMES.index("terminal_tractor")


def yard_of(*lanes: Lane) -> Yard:
    fence = ((-500.0, -500.0), (500.0, -500.0), (500.0, 500.0), (-500.0, 500.0))
    return Yard("test", Georeference(4326, (0.0, 0.0)), fence, lanes=lanes)


def straight(length: float = 200.0) -> Traffic:
    return Traffic.on(roads_of(yard_of(Lane("A", LaneKind.ROAD, ((0.0, 0.0), (length, 0.0))))))


def crossing() -> Traffic:
    """Two roads that meet in one junction and leave it by one road that is short."""
    return Traffic.on(
        roads_of(
            yard_of(
                Lane("west", LaneKind.ROAD, ((0.0, 0.0), (60.0, 0.0))),
                Lane("south", LaneKind.ROAD, ((74.0, -74.0), (74.0, -14.0))),
                Lane("w-e", LaneKind.CONNECTOR, ((60.0, 0.0), (90.0, 0.0)), junction="J"),
                Lane("s-e", LaneKind.CONNECTOR, ((74.0, -14.0), (90.0, 0.0)), junction="J"),
                Lane("east", LaneKind.ROAD, ((90.0, 0.0), (130.0, 0.0))),
            )
        )
    )


def drive(traffic: Traffic, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        traffic.advance(0.1)


def test_the_extents_hold_every_part_of_a_vehicle():
    for name in ("terminal_tractor", "external_truck"):
        for part in KINDS[name].parts:
            assert part.centre_m[0] + part.half_m[0] <= FRONT_M + 1e-9
            assert part.centre_m[0] - part.half_m[0] >= -REAR_M
        assert KINDS[name].cargo_m[0] - 13.716 / 2 >= -REAR_M


def test_a_vehicle_stops_exactly_where_it_was_sent():
    traffic = straight()
    row = traffic.enter(TRACTOR, 0, 20.0)
    traffic.send(row, (0,), 150.25)
    drive(traffic, 60)
    assert traffic.arrived(row)
    assert traffic.x_m[row] == pytest.approx(150.25, abs=1e-6)
    assert traffic.speed_mps[row] == 0.0


def test_a_follower_stops_behind_the_end_of_who_stands_ahead():
    traffic = straight()
    first, second = traffic.enter(TRACTOR, 0, 150.0), traffic.enter(TRACTOR, 0, 20.0)
    traffic.send(second, (0,), 190.0)
    drive(traffic, 60)
    assert traffic.x_m[first] == 150.0
    assert traffic.x_m[second] == pytest.approx(150.0 - REAR_M - GAP_M - FRONT_M, abs=0.01)
    assert not traffic.arrived(second)


def test_only_one_vehicle_is_in_a_junction():
    traffic = crossing()
    a, b = traffic.enter(TRACTOR, 0, 40.0), traffic.enter(TRACTOR, 1, 40.0)
    traffic.send(a, (0, 2, 4), 30.0)
    traffic.send(b, (1, 3, 4), 30.0)
    for _ in range(600):
        traffic.advance(0.1)
        inside = [row for row in (a, b) if traffic.lane_of(row) in (2, 3)]
        assert len(inside) <= 1


def test_nobody_enters_a_junction_without_room_behind_it():
    traffic = crossing()
    standing = traffic.enter(TRACTOR, 4, REAR_M + CLEAR_M + 10.0)
    a = traffic.enter(TRACTOR, 0, 30.0)
    traffic.send(a, (0, 2, 4), 35.0)
    drive(traffic, 60)
    assert traffic.lane_of(a) == 0
    assert traffic.s_of(a) == pytest.approx(60.0 - FRONT_M - STOP_M, abs=0.01)
    traffic.leave(standing)
    drive(traffic, 60)
    assert traffic.arrived(a)
    assert traffic.lane_of(a) == 4


def test_a_trailer_runs_inside_its_tractors_curve_and_straightens_behind_it():
    bend = [(20 * np.sin(t), 20 - 20 * np.cos(t)) for t in np.linspace(0, np.pi / 2, 32)]
    points = ((-80.0, 0.0), *((float(x), float(y)) for x, y in bend), (20.0, 120.0))
    traffic = Traffic.on(roads_of(yard_of(Lane("A", LaneKind.ROAD, points))))
    row = traffic.enter(TRACTOR, 0, 20.0)
    traffic.send(row, (0,), 200.0)
    widest = 0.0
    for _ in range(900):
        traffic.advance(0.1)
        lag = traffic.heading_rad[row] - traffic.trailer_rad[row]
        assert lag >= -1e-3
        widest = max(widest, lag)
    # in a circle of 20 m the trailer settles at asin(9.8 / 20) = 29 degrees behind; a quarter is too short
    assert np.radians(20) < widest < np.arcsin(9.8 / 20)
    assert traffic.trailer_rad[row] == pytest.approx(np.pi / 2, abs=0.01)


def test_who_has_left_makes_room_and_has_no_pose():
    traffic = straight()
    row = traffic.enter(TRACTOR, 0, 20.0)
    assert not traffic.has_room_to_enter(0, 20.0)
    traffic.leave(row)
    assert traffic.has_room_to_enter(0, 20.0)
    assert np.isnan(traffic.x_m[row])


def ring() -> Traffic:
    """Four short roads in a square whose junctions each lead to the next."""
    c = [(0.0, 0.0), (60.0, 0.0), (60.0, 60.0), (0.0, 60.0)]
    lanes = []
    for k in range(4):
        (x0, y0), (x1, y1) = c[k], c[(k + 1) % 4]
        (x2, y2) = c[(k + 2) % 4]
        a = (x0 + 0.35 * (x1 - x0), y0 + 0.35 * (y1 - y0))
        b = (x0 + 0.70 * (x1 - x0), y0 + 0.70 * (y1 - y0))
        turned = (x1 + 0.35 * (x2 - x1), y1 + 0.35 * (y2 - y1))
        lanes.append(Lane(f"road {k}", LaneKind.ROAD, (a, b)))
        lanes.append(Lane(f"turn {k}", LaneKind.CONNECTOR, (b, (x1, y1), turned), junction=f"J{k}"))
    return Traffic.on(roads_of(yard_of(*lanes)))


def test_vehicles_that_wait_for_one_another_in_a_ring_are_counted():
    traffic = ring()
    for k in range(4):
        row = traffic.enter(TRACTOR, 2 * k, 15.0)
        way = [(2 * k + n) % 8 for n in range(5)]
        traffic.send(row, tuple(way), 15.0)
    drive(traffic, 100)
    assert traffic.deadlocks == 4


def test_a_queue_behind_one_that_is_served_is_no_deadlock():
    traffic = straight()
    traffic.enter(TRACTOR, 0, 150.0)
    second = traffic.enter(TRACTOR, 0, 20.0)
    traffic.send(second, (0,), 190.0)
    drive(traffic, 200)
    assert traffic.deadlocks == 0
