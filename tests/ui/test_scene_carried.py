"""The boxes that machines hold, as they are drawn."""

import numpy as np
import pytest

from tests.ui.samples import sample_snapshot
from ui.scene.fleet import carried


@pytest.fixture(scope="module")
def snapshot():
    return sample_snapshot()


def test_a_box_on_a_trailer_lies_along_the_trailer(snapshot):
    state = snapshot.state
    row = int(np.flatnonzero(state.tracks.cargo >= 0)[0])
    tracks = state.tracks.with_columns(
        heading_rad=np.zeros(len(state.fleet)), trailer_heading_rad=np.full(len(state.fleet), np.pi / 2)
    )
    boxes = carried(state.fleet, tracks, state.stock)
    k = int(np.flatnonzero(boxes.row == state.tracks.cargo[row])[0])
    assert boxes.centre_yard_m[k] == pytest.approx((tracks.x_m[row], tracks.y_m[row] - 5.6))
    assert boxes.bottom_m[k] == pytest.approx(1.25)


def test_two_boxes_of_a_trailer_lie_end_to_end_the_second_ahead(snapshot):
    state = snapshot.state
    row = int(np.flatnonzero(state.tracks.cargo >= 0)[0])
    first = int(state.tracks.cargo[row])
    second = int(np.flatnonzero(np.arange(len(state.stock)) != first)[0])
    cargo, second_cargo = np.full((2, len(state.fleet)), -1, np.int32)
    cargo[row], second_cargo[row] = first, second
    tracks = state.tracks.with_columns(
        cargo=cargo, second_cargo=second_cargo, load=np.full(len(state.fleet), -1, np.int32),
        trailer_heading_rad=np.full(len(state.fleet), np.pi / 2),
    )  # fmt: skip
    boxes = carried(state.fleet, tracks, state.stock)
    at = {int(box): centre for box, centre in zip(boxes.row, boxes.centre_yard_m, strict=True)}
    assert at[first] == pytest.approx((tracks.x_m[row], tracks.y_m[row] - 5.6 - 3.067))
    assert at[second] == pytest.approx((tracks.x_m[row], tracks.y_m[row] - 5.6 + 3.067))


def test_nothing_is_carried_where_nothing_is_known_to_be(snapshot):
    state = snapshot.state
    bare = np.full(len(state.fleet), -1, np.int32)
    tracks = state.tracks.with_columns(load=bare, cargo=bare.copy())
    assert len(carried(state.fleet, tracks, state.stock)) == 0
