import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.samples import sample_snapshot
from twin.stock.table import Place
from ui.scene.camera import Camera
from ui.scene.faces import rows_in, standing
from ui.scene.picking import block_at, nearest_box, nearest_mover, pick, ray_distances
from ui.view_state import PickKind

EAST = np.array([1.0, 0.0, 0.0])
DOWN = np.array([0.0, 0.0, -1.0])


def distance(eye, direction, centre=(10.0, 0.0), heading=0.0, half=(2.0, 1.0), heights=(0.0, 3.0)):
    one = np.ones(1)
    return float(
        ray_distances(
            np.array(eye, float),
            np.array(direction, float),
            np.array([centre], float),
            one * math.cos(heading),
            one * math.sin(heading),
            one * half[0],
            one * half[1],
            one * heights[0],
            one * heights[1],
        )[0]
    )


def shown(snapshot):
    state = snapshot.state
    return tuple(
        standing(state.stock, state.slots, rows_in(state.stock, int(a), int(b)))
        for a, b in zip(state.slots.first[:-1], state.slots.first[1:], strict=True)
    )


def picked(snapshot, eye, direction):
    state = snapshot.state
    return pick(
        np.array(eye, float),
        np.array(direction, float),
        state.yard,
        state.stock,
        state.fleet,
        state.tracks,
        shown(snapshot),
    )


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


def test_a_ray_enters_a_box_at_its_near_face():
    assert distance((0, 0, 1), EAST) == pytest.approx(8.0)


def test_a_ray_enters_a_turned_box_at_its_side():
    assert distance((0, 0, 1), EAST, heading=math.pi / 2) == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("eye", "direction"), [((0, 5, 1), EAST), ((0, 0, 4), EAST), ((20, 0, 1), EAST), ((0, 0, 1), DOWN)]
)
def test_a_ray_beside_above_or_past_a_box_misses(eye, direction):
    assert distance(eye, direction) == math.inf


def test_a_ray_from_inside_is_there_at_once():
    assert distance((10, 0, 1), EAST) == 0.0


def test_a_box_of_nan_is_missed():
    assert distance((0, 0, 1), EAST, centre=(math.nan, 0.0)) == math.inf


@given(
    st.floats(-20, 20),
    st.floats(-20, 20),
    st.floats(0.1, 9),
    st.floats(-3, 3),
    st.floats(-20, 20),
    st.floats(-20, 20),
)
def test_a_ray_at_a_point_inside_a_box_hits_it_no_later(x, y, z, heading, u, v):
    eye = np.array([x, y, 30.0])
    inside = np.array([u + 0.3, v - 0.2, min(z, 2.5)])
    way = inside - eye
    reach = np.linalg.norm(way)
    found = distance(eye, way / reach, centre=(u, v), heading=heading, half=(2.0, 1.5))
    assert found <= reach + 1e-9


def test_straight_down_on_a_stack_picks_its_topmost_box(snapshot):
    state = snapshot.state
    ground = int(np.argmax(state.stock.count))
    x, y = state.slots.centre_yard_m[ground]
    found = picked(snapshot, (x, y, 17.0), DOWN)
    top = state.stock.occupant[ground, state.stock.count[ground] - 1]
    assert (found.kind, found.row) == (PickKind.BOX, top)
    assert found.point_yard_m[2] == pytest.approx(state.stock.top_m[ground])


def test_every_block_of_boxes_gives_the_same_box_as_a_search_through_all(snapshot):
    state = snapshot.state
    blocks = shown(snapshot)
    rows = np.flatnonzero(state.stock.place == Place.STACKED).astype(np.int32)
    everything = standing(state.stock, state.slots, rows)
    rng = np.random.default_rng(3)
    camera = Camera(150, 90, 0, -2.0, 0.5, 300)
    for px, py in rng.uniform((0, 0), (1200, 700), (200, 2)):
        eye, way = camera.ray(px, py, (1200, 700))
        best, row = nearest_box(eye, way, blocks, state.yard)
        found = ray_distances(
            eye,
            way,
            everything.centre_yard_m,
            everything.cos,
            everything.sin,
            everything.half_l_m,
            everything.half_w_m,
            everything.bottom_m,
            everything.top_m,
        )
        assert best == pytest.approx(found.min())
        if np.isfinite(best):
            assert row == everything.row[np.argmin(found)]


def test_a_truck_is_picked_by_its_cab(snapshot):
    tracks = snapshot.state.tracks
    row = 9  # TT-02, heading 0
    eye = (tracks.x_m[row] + 2.9, tracks.y_m[row], 30.0)
    found = picked(snapshot, eye, DOWN)
    assert (found.kind, found.row) == (PickKind.MOVER, row)


def test_a_box_on_a_truck_is_picked_as_a_box(snapshot):
    state = snapshot.state
    row = int(np.flatnonzero(state.tracks.cargo >= 0)[0])
    away = nearest_mover(
        np.array([state.tracks.x_m[row] - 5.6, state.tracks.y_m[row] - 4.0, 2.5]),
        np.array([0.0, 1.0, 0.0]),
        state.fleet,
        state.tracks,
        state.stock,
    )
    assert away[1:] == (row, int(state.tracks.cargo[row]))


@pytest.mark.parametrize(("ahead_m", "which"), [(-3.0, 0), (3.0, 1)])
def test_of_two_boxes_on_a_truck_the_one_that_is_pointed_at_is_picked(snapshot, ahead_m, which):
    state = snapshot.state
    row = int(np.flatnonzero(state.tracks.cargo >= 0)[0])
    other = int(np.flatnonzero(state.stock.place == Place.STACKED)[0])
    second = np.full(len(state.fleet), -1, np.int32)
    second[row] = other
    tracks = state.tracks.with_columns(second_cargo=second)
    eye = np.array([tracks.x_m[row] - 5.6 + ahead_m, tracks.y_m[row] - 4.0, 2.5])
    found = nearest_mover(eye, np.array([0.0, 1.0, 0.0]), state.fleet, tracks, state.stock)
    assert found[1:] == (row, (int(tracks.cargo[row]), other)[which])


def test_an_empty_slot_is_ground_of_its_block(snapshot):
    state = snapshot.state
    stock = state.stock.with_columns(place=state.stock.place)
    block = state.yard.blocks[0]
    x, y = block.yard_from_block(1.0, 1.0)
    found = pick(
        np.array([x, y, 60.0]), DOWN, state.yard, stock, state.fleet.with_columns(
            present=np.zeros(len(state.fleet), bool)), state.tracks, ()
    )  # fmt: skip
    assert (found.kind, found.row) == (PickKind.BLOCK, 0)


def test_the_road_is_ground(snapshot):
    found = picked(snapshot, (0.0, 40.0, 50.0), DOWN)
    assert (found.kind, found.row) == (PickKind.GROUND, -1)
    assert found.point_yard_m == pytest.approx((0.0, 40.0, 0.0))


def test_the_sky_is_nothing(snapshot):
    assert picked(snapshot, (-500.0, -500.0, 10.0), (-0.8, -0.6, 0.0)) is None


def test_machines_that_have_left_or_have_no_position_are_not_there(snapshot):
    state = snapshot.state
    gone = state.fleet.with_columns(present=np.zeros(len(state.fleet), bool))
    eye = np.array([state.tracks.x_m[9] + 2.9, state.tracks.y_m[9], 30.0])
    assert nearest_mover(eye, DOWN, gone, state.tracks, state.stock)[1] == -1
    nowhere = state.tracks.with_columns(x_m=np.full(len(state.fleet), np.nan))
    assert nearest_mover(eye, DOWN, state.fleet, nowhere, state.stock)[1] == -1


def test_a_turned_block_holds_its_own_ground_only(snapshot):
    yard = snapshot.state.yard
    turned = replace(yard.blocks[0], heading_rad=math.pi / 2, origin_yard_m=(500.0, 0.0))
    moved = replace(yard, blocks=(turned, *yard.blocks[1:]))
    assert block_at(moved, 495.0, 60.0) == 0
    assert block_at(moved, 505.0, 60.0) == -1
