"""The strip over a replay: its texts are whole where there is room, else cut with an ellipsis."""

from dataclasses import replace

import numpy as np
import pytest

from tests.ui.samples import alarms_of, sample_snapshot
from twin.snapshot import Mode
from ui.i18n import Texts
from ui.panels.replay_strip import ReplayStrip
from ui.view_state import Encounter

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture(params=["en", "zh"])
def strip(qtbot, request):
    """Give the strip with a near miss of long words over a yard of thirteen alarms."""
    made, snapshot = ReplayStrip(Texts(request.param)), sample_snapshot(10)
    qtbot.addWidget(made)
    alarms = alarms_of(13, priority=np.array([1] * 11 + [2] * 2, np.int8), state=np.zeros(13, np.int8))
    live = replace(snapshot, state=snapshot.state.with_columns(alarms=alarms))
    made.show_encounter(Encounter("RTG-05", "RTG-06", snapshot.state.t_ns, 9.0, 9.0, 0.4, -1.3))
    made.show_snapshot(replace(snapshot, mode=Mode.REPLAY))
    made.show_live(live)
    return made


def shown(strip, width_px, qapp):
    strip.resize(width_px, 40)
    strip.layout().activate()
    qapp.processEvents()
    return strip.what.shown_text(), strip.live.shown_text()


def test_where_there_is_room_all_of_both_texts_is_shown(strip, qapp):
    assert shown(strip, 2400, qapp) == (strip.what.text(), strip.live.text())


def test_what_is_replayed_has_its_room_before_the_live_yard(strip, qapp):
    what, live = shown(strip, 1600, qapp)

    assert what == strip.what.text()
    assert what.endswith("1.3 m")
    assert live == strip.live.text() or live.endswith("…")
    assert live.startswith(strip.live.text().partition(":")[0])


def test_on_a_small_screen_both_end_in_an_ellipsis_and_tell_the_whole_in_their_tool_tips(strip, qapp):
    assert strip.minimumSizeHint().width() <= 1280
    what, live = shown(strip, strip.minimumSizeHint().width() + 60, qapp)

    assert what.endswith("…")
    assert live.endswith("…")
    assert "13" in live
    assert strip.what.toolTip() == strip.what.text()
    assert strip.live.toolTip() == strip.live.text()
