import csv
import io
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window, press
from tests.ui.samples import T_NS
from twin.clock import NS_PER_S
from twin.safety.alarms import RULE_NAMES
from twin.safety.log import Held, no_log
from ui.panels.alarm_lists import List
from ui.panels.alarm_log_rows import (
    ABOUT,
    ACKNOWLEDGED,
    AFTER,
    ALARM,
    BACK,
    BY,
    HEADER,
    HELD,
    PRIORITY,
    TITLES,
    csv_text,
)
from ui.view_state import PickKind

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

S = NS_PER_S
ANSWERED, UNSEEN, GOES_ON = 2, 1, 0
"""Lines of the sample, the newest first."""


def log_of(count, first_id=1, **columns):
    number = np.arange(first_id, first_id + count, dtype=np.int64)
    nobody, never = np.full(count, -1, np.int32), np.zeros(count, np.int64)
    told = {
        "id": number, "rule": np.full(count, RULE_NAMES.index("contact"), np.int32),
        "priority": np.full(count, 2, np.int8), "level": np.full(count, 2, np.int8), "mover": nobody,
        "other": nobody, "box": nobody, "source": nobody, "raised_ns": T_NS + number * S,
        "returned_ns": never, "ack_ns": never, "shown_ns": T_NS + number * S,
        "actor": np.zeros(count, "S32"), "held": np.full(count, Held.NOT, np.int8),
        "ground": nobody,
    } | {name: np.asarray(column) for name, column in columns.items()}  # fmt: skip
    return no_log().with_columns(**told)


@pytest.fixture(scope="module")
def base():
    return a_snapshot(60)


@pytest.fixture
def sample():
    """One that was answered, one that nobody was shown, one that goes on."""
    return log_of(
        3, mover=np.array([9, 8, -1], np.int32), other=np.array([11, -1, -1], np.int32),
        ground=np.array([-1, 0, -1], np.int32),
        box=np.array([-1, -1, 0], np.int32), ack_ns=[T_NS + 14 * S, 0, 0],
        actor=np.array([b"=wang", b"", b""], "S32"), returned_ns=[T_NS + 40 * S, T_NS + 5 * S, 0],
        shown_ns=[T_NS + S, 0, T_NS + 9 * S], held=np.array([Held.NOT, Held.BY_DESIGN, Held.FLOOD], np.int8),
    )  # fmt: skip


@pytest.fixture
def feed(base, sample):
    return ListFeed(replace(base, state=base.state.with_columns(alarm_log=sample)))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.alarms.show_list(List.LOG)
    return window


def cell(window, line, column):
    return window.alarms.log.rows.data(window.alarms.log.rows.index(line, column))


def tip(window, line, column):
    rows = window.alarms.log.rows
    return rows.data(rows.index(line, column), Qt.ItemDataRole.ToolTipRole)


def came(window, feed, log):
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(alarm_log=log))
    window.ticker.tick()


def test_each_alarm_that_was_raised_tells_who_answered_when_and_when_it_was_over(window, base):
    fleet, number = base.state.fleet, base.state.stock.number[0].decode()
    both = f"{fleet.name[9].decode()} / {fleet.name[11].decode()}"
    assert cell(window, ANSWERED, ALARM) == "Contact"
    assert cell(window, ANSWERED, ABOUT) == both
    assert cell(window, ANSWERED, ACKNOWLEDGED) == "14:13:34"
    assert cell(window, ANSWERED, AFTER) == "13 s"
    assert cell(window, ANSWERED, BY) == "=wang"
    assert [cell(window, line, BACK) == "–" for line in (ANSWERED, UNSEEN, GOES_ON)] == [False, False, True]
    assert cell(window, UNSEEN, ACKNOWLEDGED) == "–"
    assert cell(window, UNSEEN, ABOUT) == f"{fleet.name[8].decode()} / A01-001-01"
    assert cell(window, GOES_ON, ABOUT) == number
    assert window.alarms.tabs[List.LOG].text() == "Log 3"


def test_one_that_was_held_back_tells_why_and_since_when_it_was_shown(window):
    assert cell(window, ANSWERED, HELD) == ""
    assert cell(window, UNSEEN, HELD) == "by design"
    assert cell(window, GOES_ON, HELD) == "flood"
    assert tip(window, UNSEEN, HELD) == "by design"
    assert tip(window, GOES_ON, HELD) == "flood, shown from 14:13:29"


def test_pointing_tells_the_instant_in_utc_and_the_level(window):
    assert "UTC" in tip(window, ANSWERED, ACKNOWLEDGED)
    assert tip(window, ANSWERED, PRIORITY) == "▮▮▯ Slow down"
    assert tip(window, UNSEEN, ACKNOWLEDGED) == "–"


def test_the_file_has_every_alarm_in_utc_and_no_formula(base, sample):
    lines = list(csv.DictReader(io.StringIO(csv_text(base.state.with_columns(alarm_log=sample)))))
    assert tuple(lines[0]) == HEADER
    assert [(line["id"], line["rule"]) for line in lines] == [(str(k), "contact") for k in (1, 2, 3)]
    assert lines[0]["acknowledged_utc"].endswith("Z")
    assert lines[0]["actor"] == "'=wang"
    assert [line["against"] for line in lines] == ["", "A01-001-01", ""]
    assert [line["priority"] for line in lines] == ["high"] * 3
    assert [line["held"] for line in lines] == ["not", "by_design", "flood"]
    assert (lines[1]["acknowledged_utc"], lines[1]["shown_utc"], lines[2]["returned_utc"]) == ("", "", "")
    assert lines[2]["box"] == base.state.stock.number[0].decode()


def test_the_log_is_saved_and_a_place_that_cannot_be_written_is_named(window, qtbot, tmp_path):
    said, page = [], window.alarms.log.save_button
    page.said.connect(said.append)
    page.save(tmp_path / "alarms.csv")
    qtbot.waitUntil(lambda: len(said) == 1)
    page.save(tmp_path / "missing" / "alarms.csv")
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[0] == f"Saved: {tmp_path / 'alarms.csv'}"
    assert (tmp_path / "alarms.csv").read_text() == csv_text(window.alarms.snapshot.state)
    assert "expected a place that can be written" in said[1]


def test_its_key_asks_for_a_file_and_says_where_there_is_nothing_to_save(window, feed, base):
    with mock.patch("ui.panels.csv_saving.QFileDialog.getSaveFileName", return_value=("", "")) as asks:
        press(window, "save_alarms")
        assert asks.call_count == 1
        came(window, feed, no_log())
        press(window, "save_alarms")
    assert asks.call_count == 1
    assert window.status.note.text() == "No alarm was raised yet."
    assert not window.alarms.log.save_button.isEnabled()


def test_a_line_that_is_looked_at_stays_in_its_place_as_more_come(window, feed):
    came(window, feed, log_of(200))
    table = window.alarms.log.table
    table.selectRow(100)
    table.scrollTo(table.model().index(100, 0))
    before = table.visualRect(table.currentIndex()).top()
    came(window, feed, log_of(203))
    assert table.currentIndex().row() == 103
    assert table.visualRect(table.currentIndex()).top() == before
    # The oldest are kept no longer.
    came(window, feed, log_of(203, first_id=3))
    assert table.currentIndex().row() == 105
    assert table.visualRect(table.currentIndex()).top() == before
    assert window.alarms.log.rows.rowCount() == 203


def test_another_log_is_shown_whole(window, feed):
    came(window, feed, log_of(5, first_id=90))
    assert window.alarms.log.rows.rowCount() == 5
    came(window, feed, log_of(2))
    assert window.alarms.log.rows.rowCount() == 2
    came(window, feed, no_log())
    assert window.alarms.log.rows.rowCount() == 0
    assert window.alarms.tabs[List.LOG].text() == "Log 0"


def test_a_double_click_replays_what_led_to_the_alarm_from_ten_seconds_before(window, sample):
    window.alarms.log.table.doubleClicked.emit(window.alarms.log.rows.index(ANSWERED, ALARM))
    window.turns.finish()
    assert window.player.replay.t_ns == int(sample.raised_ns[0]) - 10 * S
    assert (window.view_state.selected.kind, window.view_state.selected.row) == (PickKind.MOVER, 9)
    assert window.view.flights[-1] == "mover:9"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_title_and_time_fits_its_column(window, language):
    window.texts.switch(language)
    table, rows = window.alarms.log.table, window.alarms.log.rows
    for column in range(len(TITLES)):
        title = rows.headerData(column, Qt.Orientation.Horizontal)
        words = [title, *(cell(window, line, column) for line in range(3))]
        if column not in (ALARM, ABOUT):
            assert max(map(table.fontMetrics().horizontalAdvance, words)) + 16 <= table.columnWidth(column), (
                words
            )
