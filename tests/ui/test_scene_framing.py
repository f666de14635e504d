import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.samples import sample_snapshot
from ui.scene.camera import MAX_ELEVATION_RAD, Camera
from ui.scene.framing import FILL, best_framed, framed
from ui.scene.presets import preset

SQUARE = np.array([(x, y, 0.0) for x in (-100.0, 100.0) for y in (-50.0, 50.0)])


def filled(camera, points, aspect):
    """Give the share of a picture that points take up across and up, and how far off its middle they lie."""
    seen = camera.project(points, (aspect, 1.0))[:, :2] / (aspect, 1.0)
    low, high = seen.min(axis=0), seen.max(axis=0)
    return high - low, (low + high) / 2 - 0.5


def test_a_field_seen_from_above_is_as_far_as_the_view_angle_says():
    # Straight down, half of 200 m over 92 % of half the width: 100 / (0.92 * 2 * tan 15 deg) m.
    above = replace(Camera(), elevation_rad=MAX_ELEVATION_RAD, azimuth_rad=-math.pi / 2)
    camera = framed(above, SQUARE, 2.0)
    assert camera.distance_m == pytest.approx(100 / (0.92 * 2.0 * math.tan(math.radians(15))), rel=2e-3)
    assert (camera.x_m, camera.y_m) == pytest.approx((0.0, 0.0), abs=0.2)


@given(
    st.floats(-3.1, 3.1), st.floats(0.15, 1.5), st.floats(0.5, 3.0),
    st.lists(st.tuples(st.floats(-400, 400), st.floats(-400, 400), st.floats(0, 60)), min_size=3, max_size=9),
)  # fmt: skip
def test_points_fill_the_tighter_dimension_and_lie_in_the_middle(azimuth, elevation, aspect, points):
    points = np.array([*points, (0.0, 0.0, 0.0), (40.0, 30.0, 0.0)])
    camera = framed(replace(Camera(), azimuth_rad=azimuth, elevation_rad=elevation), points, aspect)
    share, off = filled(camera, points, aspect)
    if camera.project(points, (aspect, 1.0))[:, 2].min() > 2.5:  # nearer than 2 m the eye does not go
        assert share.max() == pytest.approx(FILL, abs=0.01)
    assert share.max() < FILL + 0.01
    assert np.abs(off).max() < 0.01
    assert camera.azimuth_rad == azimuth
    assert camera.elevation_rad == elevation


def test_without_points_the_camera_stays():
    assert framed(Camera(), np.empty((0, 3)), 1.5) == Camera()


def test_one_point_is_seen_in_the_middle():
    camera = framed(Camera(), np.array([(30.0, 40.0, 0.0)]), 1.5)
    seen = camera.project(np.array([(30.0, 40.0, 0.0)]), (300.0, 200.0))
    assert seen[0, :2] == pytest.approx((150.0, 100.0), abs=0.1)


def test_the_direction_is_taken_from_which_a_field_looks_largest():
    # A field is largest from above, as long as the picture is as wide as the field.
    camera = best_framed(Camera(azimuth_rad=-math.pi / 2), SQUARE, 2.0, [-math.pi / 2], [0.2, 0.7, 1.3], 9.0)
    assert camera.elevation_rad == 1.3


@pytest.mark.parametrize("aspect", [16 / 9, 1020 / 535, 2560 / 1200, 1.0])
@pytest.mark.parametrize("name", ["yard", "top", "quay", "block:A01"])
def test_presets_fill_the_picture_and_cut_no_block_off(name, aspect):
    snapshot = sample_snapshot()
    yard = snapshot.state.yard
    camera = preset(name, snapshot, Camera(), aspect)
    assert camera is not None
    points = {
        "yard": [(*p, 0.0) for block in yard.blocks for p in block.outline()],
        "top": [(*p, 0.0) for p in yard.fence_yard_m],
        "quay": [(90.0, -44.0, 44.0), (210.0, -44.0, 44.0), (90.0, 33.0, 0.0), (210.0, 33.0, 0.0)],
        "block:A01": [(*p, 0.0) for p in yard.blocks[0].outline()],
    }[name]
    share, off = filled(camera, np.array(points), aspect)
    assert 0.6 < share.max() <= FILL + 0.01
    assert (share / 2 + np.abs(off) < 0.5).all()


def test_the_gate_is_seen_with_its_portal_and_weighbridge():
    snapshot = sample_snapshot()
    gate = snapshot.state.yard.gates[0]
    camera = preset("gate", snapshot, Camera(), 1.7)
    assert camera is not None
    points = np.array([(*gate.ocr_portal_yard_m, 0.0), (*gate.weighbridge_yard_m, 0.0)])
    share, off = filled(camera, points, 1.7)
    assert (share / 2 + np.abs(off) < 0.5).all()
    assert camera.distance_m < 300


def test_a_yard_whose_cranes_have_no_position_is_still_framed():
    snapshot = sample_snapshot()
    lost = snapshot.state.tracks.with_columns(x_m=np.full(len(snapshot.state.tracks.x_m), np.nan))
    camera = preset("yard", replace(snapshot, state=snapshot.state.with_columns(tracks=lost)), Camera(), 1.7)
    assert camera is not None
    assert math.isfinite(camera.distance_m + camera.x_m + camera.y_m)
