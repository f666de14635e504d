import math

import numpy as np
import pytest

from twin.stock.moves import announce, empty_stock, stack
from twin.stock.table import BoxNotice
from twin.yard.model import Block, BlockKind, Georeference, Yard
from twin.yard.slots import slots_of
from ui.scene.faces import BACKWARD, FORWARD, LEFT, RIGHT, TOP, exposed, faces_of, rows_in, standing
from ui.scene.light import SUN, HeightMap, baked, plain_light, turned_sun

ROWS = 3


def yard_of(heading=0.0):
    block = Block("A", BlockKind.RTG, (0.0, 0.0), heading, 4, ROWS, 4)
    return Yard("t", Georeference(4326, (0.0, 0.0)), ((-50, -50), (50, -50), (50, 50)), (block,))


def stock_of(places, yard):
    """Stack boxes (type code, ground slot) in the order given, numbered from row 0."""
    slots = slots_of(yard)
    base = empty_stock(slots)
    from twin.stock.iso6346 import with_check_digit

    notices = [
        BoxNotice(with_check_digit(f"TSTU{k:06d}"), code, 10_000.0) for k, (code, _) in enumerate(places)
    ]
    stock = announce(base, notices)
    for row, (_, ground) in enumerate(places):
        stock = stack(stock, slots, np.array([row], np.int32), np.array([ground], np.int32))
    return slots, stock


def seen_of(places, yard=None):
    yard = yard or yard_of()
    slots, stock = stock_of(places, yard)
    rows = rows_in(stock, 0, len(slots))
    return rows, exposed(stock, slots, rows, ROWS)


def test_a_lone_box_shows_five_faces():
    _, seen = seen_of([("22G1", 4)])
    assert seen.tolist() == [[True] * 5]


def test_equal_boxes_side_by_side_hide_the_sides_between_them():
    _, seen = seen_of([("22G1", 3), ("22G1", 4)])
    assert not seen[0, LEFT]
    assert not seen[1, RIGHT]
    assert seen.sum() == 8


def test_equal_boxes_end_to_end_hide_the_ends_between_them():
    _, seen = seen_of([("22G1", 0), ("22G1", ROWS)])
    assert not seen[0, FORWARD]
    assert not seen[1, BACKWARD]
    assert seen.sum() == 8


def test_a_box_under_another_shows_no_roof():
    _, seen = seen_of([("22G1", 4), ("22G1", 4)])
    assert seen[:, TOP].tolist() == [False, True]


def test_a_higher_box_shows_its_side_over_a_lower_neighbour_that_hides_its_own():
    # 45G1 is 2.896 m high, 42G1 is 2.591 m.
    _, seen = seen_of([("42G1", 0), ("45G1", 1)])
    assert not seen[0, LEFT]
    assert seen[1, RIGHT]


def test_a_forty_keeps_its_roof_where_only_a_twenty_of_the_two_below_has_one():
    rows, seen = seen_of([("22G1", 0), ("22G1", ROWS), ("42G1", 0)])
    assert rows[seen[:, TOP]].tolist() == [2]


def test_a_forty_shows_its_side_where_only_half_of_it_is_covered():
    _, seen = seen_of([("42G1", 0), ("22G1", 1)])
    assert seen[0, LEFT]
    assert not seen[1, RIGHT]


def test_no_boxes_show_no_faces():
    rows, seen = seen_of([])
    assert len(rows) == 0
    assert seen.shape == (0, 5)


def test_a_box_over_two_places_is_listed_once():
    rows, _ = seen_of([("42G1", 0)])
    assert rows.tolist() == [0]


def test_the_corners_of_a_forty_are_where_its_size_and_place_say():
    yard = yard_of()
    slots, stock = stock_of([("42G1", 0)], yard)
    boxes = standing(stock, slots, np.array([0], np.int32))
    # Two places of 6.45 m: the middle is at 6.45; 12.192 m long, 2.438 m wide over a row of 2.79 m.
    assert boxes.centre_yard_m[0] == pytest.approx((6.45, 1.395))
    roof = faces_of(boxes, np.array([[False] * 4 + [True]])).corner_yard_m[0]
    assert roof[:, 2] == pytest.approx([2.591] * 4)
    assert roof[:, 0].min() == pytest.approx(6.45 - 6.096)
    assert roof[:, 1].max() == pytest.approx(1.395 + 1.219)


@pytest.mark.parametrize("heading", [0.0, 0.7, math.pi / 2, -2.0])
def test_faces_run_counter_clockwise_from_outside_however_the_block_is_turned(heading):
    yard = yard_of(heading)
    slots, stock = stock_of([("22G1", 0), ("42G1", 1)], yard)
    boxes = standing(stock, slots, np.array([0, 1], np.int32))
    faces = faces_of(boxes, np.ones((2, 5), bool))
    c = faces.corner_yard_m
    normal = np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 1])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    assert normal == pytest.approx(faces.normal, abs=1e-9)


UP = np.array([[0.0, 0.0, 1.0]])


def test_open_ground_has_the_light_of_open_ground():
    heights = HeightMap(np.zeros((4, 3)), (6.45, 2.79))
    light = baked(heights, np.array([[12.0, 4.0, 0.0]]), UP, SUN)
    assert light == pytest.approx(plain_light(UP))


def test_a_box_in_the_shade_of_a_tower_is_darker():
    heights = np.zeros((4, 3))
    heights[:, 0] = 12.0
    walled = HeightMap(heights, (6.45, 2.79))
    point = np.array([[12.0, 4.0, 2.6]])
    assert baked(walled, point, UP, np.array([0.0, -0.7, 0.714])) < 0.6 * plain_light(UP)


def test_light_does_not_depend_on_where_the_block_stands_but_on_how_it_is_turned():
    assert turned_sun(0.0) == pytest.approx(SUN)
    turned = turned_sun(math.pi / 2)
    assert turned == pytest.approx((SUN[1], -SUN[0], SUN[2]))
