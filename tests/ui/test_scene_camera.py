import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.samples import sample_snapshot
from ui.scene.camera import MAX_DISTANCE_M, MIN_DISTANCE_M, Camera, Flight, blend, camera_of
from ui.scene.presets import preset

SIZE = (1200.0, 700.0)
cameras = st.builds(
    Camera,
    x_m=st.floats(-500, 500),
    y_m=st.floats(-500, 500),
    z_m=st.floats(0, 20),
    azimuth_rad=st.floats(-3.1, 3.1),
    elevation_rad=st.floats(0.05, 1.5),
    distance_m=st.floats(20, 2000),
)


def test_the_focal_point_is_in_the_middle_of_the_picture():
    seen = Camera(x_m=10, y_m=20, z_m=3).project(np.array([[10.0, 20.0, 3.0]]), SIZE)
    assert seen[0] == pytest.approx((600.0, 350.0, 400.0))


def test_a_metre_beside_the_focal_point_is_as_many_pixels_as_the_view_angle_says():
    # Straight from the south at 100 m: half the picture's height is 100 tan(15 deg) = 26.795 m.
    camera = Camera(azimuth_rad=-math.pi / 2, elevation_rad=0.0, distance_m=100.0)
    seen = camera.project(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), SIZE)
    assert seen[0, 0] - 600.0 == pytest.approx(350.0 / 26.7949, rel=1e-4)
    assert 350.0 - seen[1, 1] == pytest.approx(350.0 / 26.7949, rel=1e-4)


def test_a_point_behind_the_eye_has_no_pixel():
    camera = Camera(azimuth_rad=0.0, elevation_rad=0.0, distance_m=10.0)
    seen = camera.project(np.array([[20.0, 0.0, 0.0]]), SIZE)
    assert np.isnan(seen[0, :2]).all()
    assert seen[0, 2] < 0


@given(cameras, st.floats(0, 1200), st.floats(0, 700))
def test_a_pixels_point_on_the_ground_is_seen_in_that_pixel(camera, px, py):
    point = camera.ground_point(px, py, SIZE)
    if point is None:
        return
    seen = camera.project(np.array([[*point, 0.0]]), SIZE)
    assert seen[0, :2] == pytest.approx((px, py), abs=1e-2)


@given(cameras)
def test_the_basis_is_right_handed_and_of_unit_length(camera):
    right, up, forward = camera.basis()
    assert np.cross(right, up) == pytest.approx(-forward, abs=1e-12)
    assert np.linalg.norm(camera.basis(), axis=1) == pytest.approx(1.0)


def test_the_sky_has_no_point_on_the_ground():
    assert Camera(elevation_rad=0.05).ground_point(600, 0, SIZE) is None


@given(cameras, st.floats(0.5, 2.0))
def test_zooming_keeps_the_point_under_the_pointer(camera, factor):
    flat = Camera(camera.x_m, camera.y_m, 0.0, camera.azimuth_rad, 1.2, camera.distance_m)
    point = flat.ground_point(300, 500, SIZE)
    assert point is not None
    seen = flat.zoomed(factor, point).project(np.array([[*point, 0.0]]), SIZE)
    assert seen[0, :2] == pytest.approx((300, 500), abs=0.5)


def test_zooming_stops_at_the_ends():
    assert Camera().zoomed(1e-9).distance_m == MIN_DISTANCE_M
    assert Camera().zoomed(1e9).distance_m == MAX_DISTANCE_M


def test_the_eye_never_goes_under_the_ground_or_over_the_pole():
    assert Camera().orbited(0.0, -9.0).eye()[2] > 0
    assert Camera().orbited(0.0, 9.0).elevation_rad < math.pi / 2


def test_a_flight_turns_the_shorter_way_round():
    half = blend(Camera(azimuth_rad=3.0), Camera(azimuth_rad=-3.0), 0.5)
    assert abs(math.remainder(half.azimuth_rad, math.tau)) == pytest.approx(math.pi, abs=1e-9)


def test_a_flight_ends_where_it_was_going():
    goal = Camera(x_m=50, distance_m=80, azimuth_rad=1.0)
    flight = Flight(Camera(), goal, began_s=10.0)
    assert flight.at(10.0)[0].distance_m == pytest.approx(400.0)
    camera, over = flight.at(11.0)
    assert over
    assert camera.as_dict() == pytest.approx(goal.as_dict())


def test_a_camera_comes_back_from_plain_values():
    camera = Camera(1, 2, 3, 0.4, 0.5, 60, 35)
    assert camera_of(camera.as_dict(), Camera()) == camera


def test_values_that_are_no_camera_change_nothing():
    assert camera_of({"x_m": math.nan, "distance_m": math.inf, "colour": 3.0}, Camera()) == Camera()


def test_a_camera_too_near_is_brought_to_the_nearest_allowed():
    assert camera_of({"distance_m": 0.0}, Camera()).distance_m == MIN_DISTANCE_M


@pytest.mark.parametrize("name", ["yard", "top"])
def test_overviews_show_every_block(name):
    snapshot = sample_snapshot()
    camera = preset(name, snapshot, Camera(), 1200 / 700)
    assert camera is not None
    corners = [(*p, 0.0) for block in snapshot.state.yard.blocks for p in block.outline()]
    seen = camera.project(np.array(corners), SIZE)
    assert (seen[:, :2] > 0).all()
    assert (seen[:, :2] < SIZE).all()


@pytest.mark.parametrize("name", ["block:nowhere", "mover:999", "mover:x", "sideways", ""])
def test_a_preset_that_the_yard_has_not_gives_none(name):
    assert preset(name, sample_snapshot(), Camera()) is None


def test_a_machine_without_a_position_cannot_be_flown_to():
    snapshot = sample_snapshot()
    tracks = snapshot.state.tracks
    lost = tracks.with_columns(x_m=np.full(len(tracks.x_m), np.nan))
    assert (
        preset("mover:0", replace(snapshot, state=snapshot.state.with_columns(tracks=lost)), Camera()) is None
    )
