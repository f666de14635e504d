"""The places where nothing is heard, on the ground and beside their layer."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.app_samples import ListFeed, Shelf, a_window, press
from tests.ui.samples import sample_snapshot
from twin.fleet.reception import Reception
from ui.scene.blind import WORDS, blind_labels, crosses, patches
from ui.scene.camera import Camera
from ui.scene.overlays import draw_overlays
from ui.scene.projection import Projection
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


def painted(snapshot, view=None):
    """Give what is painted over the picture from straight above, and its projection."""
    camera = Camera(25.0, 55.0, 0.0, -1.57, 1.5, 200.0)
    projection = Projection(camera, 400.0, 300.0)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw_overlays(painter, snapshot, view or ViewState(), projection, None, None)
    painter.end()
    return image, projection


def test_blind_places_are_crossed_while_their_layer_is_on(qapp, snapshot):
    plain, projection = painted(snapshot, ViewState(blind=False, labels=False))
    crossed, _ = painted(snapshot, ViewState(labels=False))
    for column, differs in ((2, True), (3, True), (4, False)):
        x, y, _ = projection.points(np.array([[10.0 * column + 5.0, 55.0, 0.1]]))[0].astype(int)
        assert (plain.pixel(x, y) != crossed.pixel(x, y)) is differs


def test_a_cross_lies_in_its_cell_and_over_the_stack_that_stands_there(snapshot):
    state = snapshot.state
    slots, stock = state.slots, state.stock
    tallest = int(np.argmax(stock.top_m))
    cell = np.floor(slots.centre_yard_m[tallest] / 10.0).astype(int)
    half = 1 << 19
    numbers = np.array([(cell[0] + half) * (half << 1) + cell[1] + half, half * (half << 1) + half - 4_000])
    known = Reception(np.sort(numbers), np.zeros(2), np.full(2, 9.0), np.full(2, 4.0))
    bars = crosses(known, slots, stock)
    cells = known.blind()
    assert bars.shape == (2, 4, 3)
    assert (np.floor(bars[..., :2] / 10.0) == cells[:, None]).all()
    there = (cells == cell).all(axis=1)
    assert bars[there][0, 0, 2] == pytest.approx(0.1 + float(stock.top_m[tallest]))
    assert bars[~there][0, 0, 2] == pytest.approx(0.1)


def test_touching_cells_are_one_patch_that_is_named_once(qapp, snapshot):
    known = snapshot.state.reception
    assert [patch.tolist() for patch in patches(known)] == [[0, 1]]
    _, projection = painted(snapshot)
    assert [label.text for label in blind_labels(snapshot, projection)] == [WORDS]


def test_a_key_takes_the_layer_away_and_its_count_stands_beside_it(qtbot, snapshot):
    window = a_window(ListFeed(), Shelf())
    qtbot.addWidget(window)
    window.layers.show_counts(snapshot.state)
    assert "(2)" in window.layers.checks["blind"].text()
    press(window, "blind")
    assert not window.view.view.blind
    press(window, "blind")
    assert window.view.view.blind
