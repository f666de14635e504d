"""The places where nothing is heard, on the ground and beside their layer."""

from dataclasses import replace

import numpy as np
import pytest

from tests.ui.app_samples import ListFeed, Shelf, a_window, press
from tests.ui.samples import sample_snapshot
from twin.fleet.reception import Reception
from ui.scene.blind import crosses
from ui.scene.scene import YardScene
from ui.view_state import ViewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture(scope="module")
def snapshot():
    """Give a snapshot in which two cells are known as blind, and one is not."""
    half = 1 << 19
    cell = np.array([(column + half) * (half << 1) + 5 + half for column in (2, 3, 4)])
    known = Reception(cell, np.array([0.0, 1.0, 90.0]), np.full(3, 9.0), np.full(3, 4.0))
    found = sample_snapshot(30)
    return replace(found, state=found.state.with_columns(reception=known))


def test_blind_places_are_crossed_while_their_layer_is_on(qapp, snapshot):
    scene = YardScene((64, 64))
    scene.show_snapshot(snapshot)
    assert scene.blind.cells.tolist() == [[2, 5], [3, 5]]
    assert not scene.blind.show(snapshot, True)
    scene.show_view(ViewState(blind=False))
    assert len(scene.blind.cells) == 0
    scene.close()


def test_a_cross_stays_in_its_cell_and_faces_up():
    bars = crosses(np.array([(2, 5)], np.int32))
    assert bars.shape == (2, 4, 3)
    inside = (bars[..., :2] >= (20.0, 50.0)) & (bars[..., :2] <= (30.0, 60.0))
    assert inside.all()
    one, two = bars[:, 1] - bars[:, 0], bars[:, 3] - bars[:, 0]
    assert (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] > 0).all()


def test_a_key_takes_the_layer_away_and_its_count_stands_beside_it(qtbot, snapshot):
    window = a_window(ListFeed(), Shelf())
    qtbot.addWidget(window)
    window.layers.show_counts(snapshot.state)
    assert "(2)" in window.layers.checks["blind"].text()
    press(window, "blind")
    assert not window.view.view.blind
    press(window, "blind")
    assert window.view.view.blind
