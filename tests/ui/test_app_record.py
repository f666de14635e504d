"""The notice over the yard while nothing is recorded: at once, as long as that lasts, also in a replay."""

from dataclasses import replace

import pytest

from tests.ui.app_samples import ListFeed, a_snapshot
from twin.clock import NS_PER_S
from twin.snapshot import JournalHealth, Mode

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

FULL = "not recorded, {count} rows wait in memory: database or disk is full"


@pytest.fixture
def feed():
    return ListFeed(a_snapshot(60))


def tick(window, feed, problem="", seconds=0.1):
    """Let time go on, with the journal as told."""
    state = feed.snapshot.state
    state = replace(state, t_ns=state.t_ns + round(seconds * NS_PER_S))
    feed.snapshot = replace(feed.snapshot, state=state, journal=JournalHealth("yard.journal", 100, problem))
    window.ticker.tick()


def test_a_journal_that_fails_is_told_in_the_next_tick_with_since_when_why_and_what_to_do(window, feed):
    tick(window, feed)
    assert window.record.isHidden()

    tick(window, feed, FULL.format(count=3))

    assert not window.record.isHidden()
    assert window.record.title.text().startswith("NOT RECORDED since ")
    assert window.record.why.text().startswith(
        "not recorded, 3 rows wait in memory: database or disk is full. "
    )
    assert not window.record.sign.pixmap().isNull()
    assert "yard.journal" in window.record.why.toolTip()
    assert window.status._lamps["journal"][1].text() == "Not recorded"


def test_the_notice_keeps_its_beginning_and_counts_on_until_recording_goes_on(window, feed):
    tick(window, feed, FULL.format(count=3))
    since = window.record.title.text()
    tick(window, feed, FULL.format(count=33), 3.0)

    assert window.record.title.text() == since
    assert " 33 rows " in window.record.why.text()

    tick(window, feed)
    assert window.record.isHidden()
    assert window.status.note.text() == "Recording goes on; what waited is recorded."


def test_the_notice_stands_over_a_replay_too_and_is_of_the_live_yard(window, feed):
    window.run("replay_now")
    window.ticker.tick()
    tick(window, feed, FULL.format(count=3))

    assert window.snapshot.mode is Mode.REPLAY
    assert not window.record.isHidden()


def test_a_run_that_is_not_to_be_recorded_has_no_notice(window, feed):
    feed.snapshot = replace(feed.snapshot, journal=None)
    window.ticker.tick()
    assert window.record.isHidden()


def test_the_notice_speaks_the_language_and_takes_the_colours_of_the_theme(window, feed):
    tick(window, feed, FULL.format(count=3))
    dark = window.record.styleSheet()
    window.run("language")
    window.run("theme")
    window.turns.finish()

    assert window.record.title.text().endswith("起未记录")
    assert window.record.why.text().startswith("未记录，3 行")
    assert window.record.styleSheet() != dark
