"""The window on a small screen: it opens within it, and no panel widens it beyond."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QSize

from tests.ui.app_samples import ListFeed, a_snapshot
from tests.ui.samples import alarms_of
from ui.opening import opening_size
from ui.view_state import Pick, PickKind

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

SMALL = QSize(1280, 720)


@pytest.fixture
def feed():
    """Give a feed of a yard with many alarms, which are told in long lines."""
    snapshot = a_snapshot(60)
    many = alarms_of(40, priority=np.tile([1, 2, 3, 3], 10).astype(np.int8), state=np.zeros(40, np.int8))
    return ListFeed(replace(snapshot, state=snapshot.state.with_columns(alarms=many)))


def test_a_window_opens_as_usual_where_there_is_room_and_else_within_the_screen():
    assert opening_size(QSize(1920, 1080), 30) == QSize(1600, 960)
    assert opening_size(SMALL, 30) == QSize(1280, 690)
    assert opening_size(QSize(1366, 1024)) == QSize(1366, 960)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("workspace", ["control", "plan", "train"])
def test_no_panel_asks_for_more_than_a_small_screen(window, language, workspace):
    window.ticker.tick()
    if language == "zh":
        window.run("language")
    window.show_workspace(workspace)
    window.turns.finish()

    asked = window.minimumSizeHint()
    assert asked.width() <= SMALL.width()
    assert asked.height() <= SMALL.height() - 30


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_near_miss_looked_at_again_with_a_machine_selected_still_fits(window, language):
    if language == "zh":
        window.run("language")
    window.run("replay_now")
    window.ticker.tick()
    window.show_workspace("control")
    window.select(Pick(PickKind.MOVER, 0, (0.0, 0.0, 0.0)))
    window.turns.finish()

    assert not window.strip.isHidden()
    asked = window.minimumSizeHint()
    assert asked.width() <= SMALL.width()
    assert asked.height() <= SMALL.height() - 30
