"""The command that closes lanes, zones and blocks, and how closed ones look."""

from dataclasses import replace

import pytest
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window, press
from tests.ui.samples import sample_snapshot
from twin.decisions import SetClosed
from twin.safety.rules.areas import closable
from ui.scene.camera import Camera
from ui.scene.closures import closure_labels, lines_of
from ui.scene.overlays import draw_overlays
from ui.scene.projection import Projection
from ui.view_state import ViewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def with_closed(snapshot, closed):
    return replace(snapshot, state=snapshot.state.with_columns(closed=closed))


@pytest.fixture
def feed():
    return ListFeed(with_closed(a_snapshot(60), ("A01",)))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.run("control")
    yield window
    window.close()


def test_what_is_closed_stands_first_and_the_button_opens_it_again(window, feed):
    press(window, "close_area")
    dialog = window.watch.dialog
    assert dialog.area.itemText(0) == "A01 (closed)"
    assert dialog.area.count() == len(closable(feed.snapshot.state.yard))
    assert dialog.take.text() == "Open again"
    dialog.take.click()
    assert feed.decisions == [SetClosed("A01", False, window.actor, "controller")]


def test_a_place_that_is_chosen_is_closed(window, feed):
    press(window, "close_area")
    dialog = window.watch.dialog
    dialog.area.setCurrentIndex(1)
    assert dialog.take.text() == "Close"
    name = dialog.area.itemText(1)
    dialog.take.click()
    assert feed.decisions == [SetClosed(name, True, window.actor, "controller")]


def painted(snapshot):
    camera = Camera(25.0, 55.0, 0.0, -1.57, 1.5, 200.0)
    projection = Projection(camera, 400.0, 300.0)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw_overlays(painter, snapshot, ViewState(labels=False), projection, None, None)
    painter.end()
    return image, projection


def test_a_closed_area_is_barred_and_named_in_the_picture_and_an_open_one_is_not(qapp):
    snapshot = sample_snapshot(30)
    name = snapshot.state.yard.blocks[0].name
    shut = with_closed(snapshot, (name,))
    (open_image, projection), (shut_image, _) = painted(snapshot), painted(shut)
    assert open_image != shut_image
    assert closure_labels(snapshot, projection) == []
    assert len(lines_of(shut.state.yard, (name,))[1]) == 1
    assert {label.text for label in closure_labels(shut, projection)} <= {f"{name} closed"}


def test_a_name_that_a_new_layout_no_longer_has_is_passed_over(qapp):
    snapshot = with_closed(sample_snapshot(30), ("gone",))
    image, projection = painted(snapshot)
    assert image == painted(with_closed(snapshot, ()))[0]
    assert closure_labels(snapshot, projection) == []
