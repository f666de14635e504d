"""The notice over the yard while nothing is recorded: at once, as long as that lasts, also in a replay."""

from dataclasses import replace

import pytest

from tests.ui.app_samples import ListFeed, a_snapshot
from twin.clock import NS_PER_S
from twin.journal.errors import Lost, Trouble
from twin.snapshot import Hole, JournalHealth, Mode
from ui.panels.formats import clock

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

FULL = "database or disk is full"


@pytest.fixture
def feed():
    return ListFeed(a_snapshot(60))


def tick(window, feed, trouble=None, seconds=0.1, lost=0):
    """Let time go on, with the journal as told."""
    state = feed.snapshot.state
    state = replace(state, t_ns=state.t_ns + round(seconds * NS_PER_S))
    journal = JournalHealth("yard.journal", 100, trouble, lost)
    feed.snapshot = replace(feed.snapshot, state=state, journal=journal)
    window.ticker.tick()


def test_a_journal_that_fails_is_told_in_the_next_tick_with_since_when_why_and_what_to_do(window, feed):
    tick(window, feed)
    assert window.record.isHidden()

    tick(window, feed, Trouble(FULL, 3))

    assert not window.record.isHidden()
    assert window.record.title.text().startswith("NOT RECORDED since ")
    assert window.record.why.text().startswith(
        "not recorded, 3 rows wait in memory: database or disk is full. "
    )
    assert not window.record.sign.pixmap().isNull()
    assert "yard.journal" in window.record.why.toolTip()
    assert window.status._lamps["journal"][1].text() == "Not recorded"


def test_the_notice_keeps_its_beginning_and_counts_on_until_recording_goes_on(window, feed):
    tick(window, feed, Trouble(FULL, 3))
    since = window.record.title.text()
    tick(window, feed, Trouble(FULL, 33), 3.0)

    assert window.record.title.text() == since
    assert " 33 rows " in window.record.why.text()
    assert "Ticks lost" not in window.record.why.text()

    tick(window, feed, Trouble(FULL, 33), 3.0, lost=7)
    assert ". Ticks lost: 7. Look at its disk" in window.record.why.text()

    tick(window, feed)
    assert window.record.isHidden()
    assert window.status.note.text() == "Recording goes on; what waited is recorded."


def test_a_tick_that_cannot_be_written_is_told_by_its_time_and_as_lost_for_good(window, feed):
    t_ns = feed.snapshot.state.t_ns
    why = "record: expected one of the twin's values, found list"
    tick(window, feed, Trouble(why, lost=Lost("tick", 7, t_ns)), lost=1)

    at = clock(window.texts, t_ns)
    assert window.record.why.text().startswith(f"not recorded, the tick of {at} cannot be written: {why}. ")
    assert "a replay leaves this out" in window.record.why.text()

    tick(window, feed, lost=1)
    assert window.status.note.text() == "Recording goes on; ticks lost: 1."


@pytest.mark.parametrize(("until_s", "words"), [(8, "from {since} to {until}"), (0, "from {since} on")])
def test_a_replay_that_stands_in_a_hole_of_its_record_says_so(window, feed, until_s, words):
    window.run("replay_now")
    window.ticker.tick()
    replay, t_ns = window.ticker.replay, feed.snapshot.state.t_ns
    until_ns = t_ns + until_s * NS_PER_S if until_s else 0
    there = JournalHealth("yard.journal", 100, hole=Hole(t_ns, until_ns, FULL))
    replay.tick = lambda: replace(feed.snapshot, mode=Mode.REPLAY, journal=there)
    window.ticker.tick()

    since, until = clock(window.texts, t_ns), clock(window.texts, until_ns)
    said = f"not recorded {words.format(since=since, until=until)}: {FULL}"
    assert window.strip.what.text() == said
    assert window.status._lamps["journal"][1].text() == "Not recorded"
    assert window.record.isHidden()


def test_a_replay_of_what_another_version_recorded_says_so(window, feed):
    window.run("replay_now")
    window.ticker.tick()
    of_other = JournalHealth("yard.journal", 100, other_version=True)
    window.ticker.replay.tick = lambda: replace(feed.snapshot, mode=Mode.REPLAY, journal=of_other)
    window.ticker.tick()

    assert window.strip.what.text().startswith("Recorded by another version")


def test_the_notice_stands_over_a_replay_too_and_is_of_the_live_yard(window, feed):
    window.run("replay_now")
    window.ticker.tick()
    tick(window, feed, Trouble(FULL, 3))

    assert window.snapshot.mode is Mode.REPLAY
    assert not window.record.isHidden()


def test_a_run_that_is_not_to_be_recorded_has_no_notice(window, feed):
    feed.snapshot = replace(feed.snapshot, journal=None)
    window.ticker.tick()
    assert window.record.isHidden()


def test_the_notice_speaks_the_language_and_takes_the_colours_of_the_theme(window, feed):
    tick(window, feed, Trouble(FULL, 3))
    dark = window.record.styleSheet()
    window.run("language")
    window.run("theme")
    window.turns.finish()

    assert window.record.title.text().endswith("起未记录")
    assert window.record.why.text().startswith("未记录，3 行在内存中等待：数据库或磁盘已满。请检查磁盘：")
    assert window.record.styleSheet() != dark
