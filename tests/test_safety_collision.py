import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin.fleet.shapes import Boxes
from twin.safety import collision


def boxes(rows, movers=None):
    """Make boxes of (x, y, heading, length, width, bottom, top, vx, vy), one mover each."""
    x, y, heading, length, width, bottom, top, vx, vy = np.array(rows, float).reshape(-1, 9).T
    n = len(x)
    mover = np.arange(n, dtype=np.int32) if movers is None else np.array(movers, np.int32)
    return Boxes(
        x, y, np.cos(heading), np.sin(heading), length / 2, width / 2, bottom.copy(), top.copy(), vx.copy(),
        vy.copy(), mover, np.zeros(n, np.int8), np.zeros(n, np.int8), np.zeros(n),
    )  # fmt: skip


def box(x=0.0, y=0.0, heading=0.0, length=2.0, width=2.0, bottom=0.0, top=2.0, vx=0.0, vy=0.0):
    return (x, y, heading, length, width, bottom, top, vx, vy)


def polygon(row):
    x, y, heading, length, width, *_ = row
    c, s = math.cos(heading), math.sin(heading)
    corners = [
        (length / 2, width / 2),
        (-length / 2, width / 2),
        (-length / 2, -width / 2),
        (length / 2, -width / 2),
    ]
    return shapely.Polygon([(x + c * u - s * v, y + s * u + c * v) for u, v in corners])


some_boxes = st.tuples(
    st.floats(-8, 8), st.floats(-8, 8), st.floats(-3.2, 3.2), st.floats(0.5, 14), st.floats(0.5, 4),
    st.floats(0, 3), st.floats(3.1, 6), st.floats(-9, 9), st.floats(-9, 9),
)  # fmt: skip


def turned(rows, angle, dx, dy):
    c, s = math.cos(angle), math.sin(angle)
    return [
        (c * x - s * y + dx, s * x + c * y + dy, h + angle, *rest, c * vx - s * vy, s * vx + c * vy)
        for x, y, h, *rest, vx, vy in rows
    ]


def test_squares_corner_to_edge_have_the_gap_computed_by_hand():
    a, b = boxes([box()]), boxes([box(x=4.0, heading=np.pi / 4)])
    assert collision.gap_m(a, b)[0] == pytest.approx(3.0 - math.sqrt(2.0))


def test_depth_is_how_far_one_must_move_to_be_free():
    a, b = boxes([box()]), boxes([box(x=1.7, y=0.4)])
    assert collision.gap_m(a, b)[0] == pytest.approx(-0.3)


def test_boxes_that_only_touch_do_not_overlap():
    a = boxes([box(), box(), box(x=4000.0, y=3000.0, heading=0.3)])
    away = (4000.0 + 2.0 * math.cos(0.3), 3000.0 + 2.0 * math.sin(0.3))
    b = boxes([box(x=2.0), box(bottom=2.0, top=4.0), box(*away, heading=0.3)])
    assert collision.overlapping(a, b).tolist() == [False, False, False]


def test_one_above_the_other_does_not_overlap():
    assert not collision.overlapping(boxes([box()]), boxes([box(bottom=2.5, top=5.0)]))[0]
    assert collision.overlapping(boxes([box()]), boxes([box(bottom=1.5, top=5.0)]))[0]


def test_nothing_overlaps_what_is_nowhere():
    a, b = boxes([box(x=np.nan)]), boxes([box()])
    assert not collision.overlapping(a, b)[0]
    assert np.isinf(collision.time_to_contact(a, b, 10.0))[0]


def test_no_boxes_give_no_pairs():
    nothing = boxes([])
    assert len(collision.pairs(nothing)[0]) == 0
    assert collision.overlapping(nothing, nothing).shape == (0,)
    assert collision.closest_approach(nothing, nothing, 4.0)[0].shape == (0,)


@given(some_boxes, some_boxes)
def test_overlap_is_what_shapely_says(one, other):
    area = polygon(one).intersection(polygon(other)).area
    found = collision.overlapping(boxes([one]), boxes([other]))[0]
    if area > 1e-6:
        assert found
    elif polygon(one).distance(polygon(other)) > 1e-6:
        assert not found


@given(some_boxes, some_boxes)
def test_the_gap_is_never_more_than_the_distance(one, other):
    gap = collision.gap_m(boxes([one]), boxes([other]))[0]
    distance = polygon(one).distance(polygon(other))
    assert gap <= distance + 1e-9
    if gap > 0:
        assert distance > 0


@given(some_boxes, some_boxes)
def test_which_box_is_asked_first_makes_no_difference(one, other):
    a, b = boxes([one]), boxes([other])
    assert collision.gap_m(a, b)[0] == pytest.approx(collision.gap_m(b, a)[0], abs=1e-9)
    assert collision.time_to_contact(a, b, 5.0)[0] == pytest.approx(
        collision.time_to_contact(b, a, 5.0)[0], abs=1e-6
    )


@given(some_boxes, some_boxes, st.floats(-3, 3), st.floats(-500, 500), st.floats(-500, 500))
def test_turning_and_moving_the_yard_changes_no_contact(one, other, angle, dx, dy):
    moved_one, moved_other = turned([one, other], angle, dx, dy)
    _, here = collision.closest_approach(boxes([one]), boxes([other]), 4.0)
    _, there = collision.closest_approach(boxes([moved_one]), boxes([moved_other]), 4.0)
    assert there[0] == pytest.approx(here[0], abs=1e-6)


def test_head_on_is_met_when_the_gap_is_driven():
    a, b = boxes([box(vx=3.0)]), boxes([box(x=12.0, vx=-2.0)])
    assert collision.time_to_contact(a, b, 4.0)[0] == pytest.approx(2.0)
    assert np.isinf(collision.time_to_contact(a, b, 1.9)[0])


def test_lanes_apart_never_meet():
    a, b = boxes([box(vx=5.0)]), boxes([box(x=20.0, y=2.1, vx=-5.0)])
    assert np.isinf(collision.time_to_contact(a, b, 10.0)[0])
    time_s, gap_m = collision.closest_approach(a, b, 10.0)
    assert gap_m[0] == pytest.approx(0.1)
    assert time_s[0] == pytest.approx(1.79, abs=0.02)


def test_two_that_overlap_are_in_contact_now_even_as_they_part():
    a, b = boxes([box(vx=-3.0)]), boxes([box(x=1.0, vx=3.0)])
    assert collision.time_to_contact(a, b, 4.0)[0] == 0.0


def test_two_that_part_never_meet():
    a, b = boxes([box(vx=-3.0)]), boxes([box(x=3.0, vx=3.0)])
    assert np.isinf(collision.time_to_contact(a, b, 4.0)[0])


@given(some_boxes, some_boxes)
def test_contact_and_closest_approach_are_what_small_steps_find(one, other):
    a, b = boxes([one]), boxes([other])
    times = np.linspace(0.0, 3.0, 3001)
    many = [np.repeat(np.array([row]), len(times), axis=0) for row in (one, other)]
    for rows in many:
        rows[:, 0] += rows[:, 7] * times
        rows[:, 1] += rows[:, 8] * times
    gaps = collision.gap_m(boxes(many[0]), boxes(many[1]))
    when, least = collision.closest_approach(a, b, 3.0)
    assert least[0] <= gaps.min() + 1e-9
    assert least[0] == pytest.approx(gaps.min(), abs=0.03)
    assert 0.0 <= when[0] <= 3.0
    contact = collision.time_to_contact(a, b, 3.0)[0]
    if (gaps < -0.03).any():
        assert contact <= times[np.argmax(gaps < -1e-6)] + 1e-9
    if gaps.min() > 1e-6 and least[0] > 1e-6:
        assert np.isinf(contact)


@given(st.lists(some_boxes, max_size=12), st.floats(0, 3))
def test_the_broad_phase_misses_no_pair_and_names_none_twice(rows, horizon):
    table = boxes(rows)
    i, j = collision.pairs(table, horizon)
    found = set(zip(i.tolist(), j.tolist(), strict=True))
    assert len(found) == len(i)
    lower, upper = collision.bounds(table, horizon)
    for a in range(len(rows)):
        for b in range(a + 1, len(rows)):
            meet = (lower[a] <= upper[b]).all() and (lower[b] <= upper[a]).all()
            meet = meet and rows[a][5] < rows[b][6] and rows[b][5] < rows[a][6]
            assert ((a, b) in found) == meet


def test_parts_of_one_machine_never_pair():
    table = boxes([box(), box(x=0.5), box(x=1.0)], movers=[4, 4, 5])
    i, j = collision.pairs(table)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == {(0, 2), (1, 2)}


def test_machines_nowhere_pair_with_nothing():
    i, _ = collision.pairs(boxes([box(), box(x=np.nan), box(x=0.5)]))
    assert len(i) == 1


def test_owners_and_numbers_follow_their_counts():
    owner, number = collision.expanded(np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert number.tolist() == [0, 1, 0, 1, 2]
