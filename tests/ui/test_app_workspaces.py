"""A workspace comes back as it was left, with nothing of the others in it."""

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QTabBar

from tests.ui.app_samples import ListFeed, Shelf, a_window
from ui.workspaces import WORKSPACES, workspace


@pytest.fixture
def window(qtbot):
    window = a_window(ListFeed(), Shelf())
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    return window


def rows_of_tabs(window):
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return sum(not bar.visibleRegion().isEmpty() for bar in bars)


def groups(name):
    row = workspace(name)
    return [group for group in (row.right_top, row.right_bottom, row.bottom, row.bottom_side) if group]


def visit(window, qapp, *names):
    for name in names:
        window.run(name)
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qapp.processEvents()


def test_going_to_and_fro_leaves_no_tabs_behind_and_the_window_as_large_as_it_was(window, qapp):
    size = window.size()
    for name in [row.id for row in WORKSPACES[1:] + WORKSPACES[:1]] * 3:
        visit(window, qapp, name)
        assert rows_of_tabs(window) == sum(len(group) > 1 for group in groups(name)), name
        assert window.size() == size


def test_a_panel_raised_in_a_workspace_is_on_top_on_coming_back(window, qapp):
    visit(window, qapp, "control")
    window.docks.raise_panel("near_misses")
    window.docks.raise_panel("sources")
    qapp.processEvents()
    visit(window, qapp, "plan", "train", "control")
    on_top = {name for name in window.docks.docks if window.docks._on_top(name)}
    assert on_top == {"near_misses", "sources", "suggestions"}


def test_panels_dragged_to_another_size_keep_it(window, qapp):
    visit(window, qapp, "control")
    docks = window.docks.docks
    window.resizeDocks([docks["suggestions"]], [520], Qt.Orientation.Horizontal)
    window.resizeDocks([docks["alarms"]], [330], Qt.Orientation.Vertical)
    window.resizeDocks([docks["suggestions"], docks["inspector"]], [420, 330], Qt.Orientation.Vertical)
    qapp.processEvents()
    left = [(docks[name].width(), docks[name].height()) for name in ("suggestions", "inspector", "alarms")]
    visit(window, qapp, "plan", "control")
    found = [(docks[name].width(), docks[name].height()) for name in ("suggestions", "inspector", "alarms")]
    for one, other in zip(left, found, strict=True):
        assert one == pytest.approx(other, abs=6)
