import numpy as np
import pytest

from twin.fleet import motion, roster
from twin.fleet.kinds import KIND_NAMES, Joint
from twin.fleet.shapes import mover_boxes
from twin.safety import arcs, collision, foresight

TRUCK = np.array([KIND_NAMES.index("external_truck")], np.int8)


def truck(x=0.0, y=0.0, heading=0.0, trailer=0.0, speed=4.0, yaw_rate=0.0, freshness=0):
    fleet, tracks = roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["T"], [int(TRUCK[0])], [-1])
    one = lambda value: np.array([value], float)  # noqa: E731
    tracks = tracks.with_columns(
        x_m=one(x), y_m=one(y), heading_rad=one(heading), trailer_heading_rad=one(trailer),
        speed_mps=one(speed), yaw_rate_rps=one(yaw_rate), freshness=np.array([freshness], np.int8),
    )  # fmt: skip
    return fleet, tracks, boxes_at(x, y, heading, trailer, speed)


def boxes_at(x, y, heading, trailer, speed):
    one = lambda value: np.array([value], float)  # noqa: E731
    return mover_boxes(
        TRUCK, one(x), one(y), one(heading), one(trailer), one(0), one(0), one(speed * np.cos(heading)),
        one(speed * np.sin(heading)), *[one(np.nan)] * 4,
    )  # fmt: skip


def after(fleet, tracks, boxes, seconds):
    return arcs.moved(foresight.ahead(fleet, tracks, boxes), np.full(len(boxes), seconds))


def test_a_box_is_foreseen_where_its_machine_will_have_turned_to():
    state = motion.moved(np.array([[0.0, 0.0, 0.3, 4.0, 0.25]]), np.array([2.0]))[0]
    seen = after(*truck(heading=0.3, trailer=0.3, yaw_rate=0.25), 2.0)
    there = boxes_at(state[0], state[1], state[2], state[2], 4.0)
    body = seen.joint == Joint.BODY
    np.testing.assert_allclose(seen.x_m[body], there.x_m[body], atol=1e-9)
    np.testing.assert_allclose(seen.y_m[body], there.y_m[body], atol=1e-9)
    np.testing.assert_allclose(seen.cos[body], there.cos[body], atol=1e-9)


@pytest.mark.parametrize("angle", [0.1, 0.3, -0.4])
def test_a_trailer_is_foreseen_near_where_it_will_have_swung_to(angle):
    seen = after(*truck(trailer=angle), 2.0)
    swung = motion.trailing(TRUCK, np.array([angle]), np.array([0.0]), np.array([8.0]))[0]
    there = boxes_at(8.0, 0.0, 0.0, swung, 4.0)
    towed = seen.joint == Joint.TRAILER
    np.testing.assert_allclose(seen.y_m[towed], there.y_m[towed], atol=0.05)
    np.testing.assert_allclose(seen.x_m[towed], there.x_m[towed], atol=0.05)


def test_a_machine_not_heard_of_for_long_is_foreseen_where_it_was():
    fleet, tracks, boxes = truck(freshness=3, yaw_rate=0.3)
    seen = after(fleet, tracks, boxes, 3.0)
    np.testing.assert_array_equal(seen.x_m, boxes.x_m)


def test_what_may_turn_is_searched_for_as_far_as_it_may_come():
    rng = np.random.default_rng(5)
    for _ in range(50):
        heading, turn = rng.uniform(-3, 3), rng.choice([-1, 1]) * rng.uniform(foresight.TURNING_RPS, 0.5)
        fleet, tracks, boxes = truck(
            heading=heading,
            trailer=heading + rng.uniform(-0.8, 0.8),
            speed=rng.uniform(0.5, 7),
            yaw_rate=turn,
        )
        ahead = foresight.ahead(fleet, tracks, boxes)
        lower, upper = foresight.swept(ahead, 4.0)
        for seconds in (0.0, 1.0, 2.5, 4.0):
            low, high = collision.bounds_of(after(fleet, tracks, boxes, seconds))
            assert (low >= lower - 1e-9).all()
            assert (high <= upper + 1e-9).all()


def test_a_pair_of_which_none_turns_is_answered_exactly():
    fleet, tracks, boxes = truck()
    ahead = foresight.ahead(fleet, tracks, boxes)
    wall = foresight.still(boxes_at(24.2, 0.0, 0.0, 0.0, 0.0).take(np.array([0])))
    front = np.array([0])
    assert foresight.time_to_contact(ahead, front, wall, front, 10.0)[0] == pytest.approx((24.2 - 2.4) / 4.0)
