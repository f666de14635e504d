"""Where near misses happen, as counted dots and squares on the ground."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage, QPainter

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window, press
from tests.ui.samples import near_misses_of, sample_snapshot
from twin.clock import NS_PER_S
from twin.fleet.table import Freshness
from twin.safety.near_misses import no_near_misses
from ui.panels.near_miss_rows import UNSURE
from ui.scene.camera import Camera
from ui.scene.heat import CELL_M, STEPS, colours_of, squares_of
from ui.scene.heat_marks import draw_heat, ramp_words, steps_of, worst_first
from ui.scene.presets import preset
from ui.scene.projection import Projection
from ui.scene.scene import YardScene
from ui.view_state import ViewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

PAIRS = [(8, 9), (10, 11), (0, 10), (9, 12), (8, 12)]


@pytest.fixture(scope="module")
def base():
    return a_snapshot(60)


@pytest.fixture
def feed(base):
    return ListFeed(base)


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    yield window
    window.close()


def test_near_misses_of_one_square_are_counted_together(base):
    same = near_misses_of(base.state, PAIRS, x_m=[1.0, 7.9, 8.1, -0.1, np.nan], y_m=np.full(5, 1.0))
    squares, counts = squares_of(same)
    assert {tuple(square): int(count) for square, count in zip(squares, counts, strict=True)} == {
        (0, 0): 2, (1, 0): 1, (-1, 0): 1,
    }  # fmt: skip


def test_the_more_near_misses_the_darker_the_square():
    colours = colours_of(np.array([least for least, _, _ in STEPS] + [10_000])).astype(int)
    light = colours[:, :3].sum(axis=1)
    assert (np.diff(light[:-1]) < 0).all()
    assert (colours[-1] == colours[-2]).all()


def test_the_layer_draws_squares_and_takes_them_away_again(qapp):
    snapshot = sample_snapshot(30)
    near = near_misses_of(snapshot.state, PAIRS, x_m=np.arange(5) * CELL_M, y_m=np.full(5, 54.0))
    snapshot = replace(snapshot, state=snapshot.state.with_columns(near_misses=near))
    scene = YardScene((64, 64))
    scene.show_snapshot(snapshot)
    assert scene.heat.squares == 0
    scene.show_view(ViewState(heat=True))
    assert scene.heat.squares == 5
    assert not scene.heat.show(snapshot, True)
    assert scene.heat.show(snapshot, False)
    assert scene.heat.squares == 0
    scene.close()


def test_no_near_miss_gives_no_square():
    squares, counts = squares_of(no_near_misses())
    assert len(squares) == len(counts) == 0


def test_what_each_colour_stands_for_is_told_as_a_span_of_counts():
    assert ramp_words() == ["1", "2–3", "4–7", "8–15", "16+"]
    assert steps_of(np.array([1, 3, 4, 15, 99])).tolist() == [0, 1, 2, 3, 4]


def test_the_worst_square_has_the_largest_dot_and_comes_first(base):
    near = near_misses_of(base.state, PAIRS, x_m=[4.0, 41.0, 42.0, 43.0, 4.0], y_m=np.full(5, 54.0))
    squares, counts = worst_first(near)
    assert squares[0].tolist() == [5, 6]
    assert counts.tolist() == [3, 2]


def test_dots_are_seen_from_far_above_in_the_colours_of_the_ramp(qapp, base):
    near = near_misses_of(base.state, PAIRS, x_m=np.arange(5) * 40.0, y_m=np.full(5, 54.0))
    snapshot = replace(base, state=base.state.with_columns(near_misses=near))
    camera = preset("top", snapshot, Camera(), 1.6)
    projection = Projection(replace(camera, distance_m=2000.0), 800.0, 500.0)
    image = QImage(800, 500, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    draw_heat(painter, snapshot, projection)
    painter.end()
    x, y, _ = projection.points(np.array([[4.0, 52.0, 0.1]]))[0]
    assert QColor(image.pixel(round(x), round(y))).getRgb()[:3] == STEPS[0][1]


def test_the_map_shows_those_that_are_listed_whether_their_panel_is_in_front_or_not(window, feed):
    near = near_misses_of(feed.snapshot.state, PAIRS, x_m=np.arange(5) * CELL_M, y_m=np.full(5, 54.0),
                          ttc_s=[0.5, 3.5, 3.5, 3.5, 0.6])  # fmt: skip
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(near_misses=near))
    window.docks.raise_panel("near_misses")
    window.ticker.tick()
    assert window.view_state.heat_of is None
    window.near_misses.most.setValue(1.0)
    assert sorted(window.view_state.heat_of.ttc_s.tolist()) == [0.5, 0.6]
    window.docks.raise_panel("alarms")
    state = feed.snapshot.state
    later = state.with_columns(near_misses=near.take(np.arange(4)), t_ns=state.t_ns + 2 * NS_PER_S)
    feed.snapshot = replace(feed.snapshot, state=later)
    window.ticker.tick()
    assert window.view_state.heat_of.ttc_s.tolist() == [0.5]
    window.docks.raise_panel("near_misses")
    window.near_misses.most.setValue(4.0)
    assert window.view_state.heat_of is None


def test_near_misses_of_unknown_places_can_be_left_out(window, feed):
    fresh, late, stale, lost, doubted = Freshness.FRESH, Freshness.LATE, *UNSURE
    state = feed.snapshot.state
    near = near_misses_of(
        state, PAIRS, ttc_s=[0.1, 0.2, 0.3, 0.4, 0.5],
        freshness=np.array([fresh, lost, late, fresh, fresh], np.int8),
        other_freshness=np.array([fresh, fresh, -1, doubted, stale], np.int8),
    )  # fmt: skip
    later = state.with_columns(near_misses=near, t_ns=state.t_ns + 2 * NS_PER_S)
    feed.snapshot = replace(feed.snapshot, state=later)
    window.docks.raise_panel("near_misses")
    window.ticker.tick()
    assert window.near_misses.rows.rowCount() == 5
    window.near_misses.sure.setChecked(True)
    assert window.near_misses.rows.rowCount() == 2
    assert sorted(window.view_state.heat_of.ttc_s.tolist()) == [0.1, 0.3]


def test_the_scene_draws_those_that_are_named(qapp):
    snapshot = sample_snapshot(30)
    near = near_misses_of(snapshot.state, PAIRS, x_m=np.arange(5) * CELL_M, y_m=np.full(5, 54.0))
    snapshot = replace(snapshot, state=snapshot.state.with_columns(near_misses=near))
    scene = YardScene((64, 64))
    scene.show_view(ViewState(heat=True))
    scene.show_snapshot(snapshot)
    assert scene.heat.squares == 5
    scene.show_view(ViewState(heat=True, heat_of=near.take(np.arange(2))))
    assert scene.heat.squares == 2
    scene.close()


def test_the_layer_has_its_ramp_in_the_legend_only_while_it_is_on(window):
    assert window.layers.ramp.count() == 0
    press(window, "heat")
    assert window.view.view.heat
    assert window.layers.ramp.count() == 2 * len(STEPS)
    press(window, "heat")
    assert window.layers.ramp.count() == 0
