"""The window over a test's ``feed``; and windows of tests before are let go.

Qt deletes what was closed only in a running event loop.
"""

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent

from tests.ui.app_samples import Shelf, a_window
from ui.panels.clocks import SETTING


@pytest.fixture(autouse=True)
def _nothing_of_the_test_before() -> None:
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def _clocks_in_utc(monkeypatch) -> None:
    monkeypatch.setenv(SETTING, "0")


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    yield window
    window.close()
