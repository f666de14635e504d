"""A tick, what is shown of it and the picture are three turns of the window's loop, with room in between."""

import gc
import math
from dataclasses import replace

import pytest

from tests.ui.app_samples import ListFeed
from tests.ui.samples import T_NS
from twin.clock import NS_PER_S
from twin.decisions import Acknowledge
from ui import app, turns
from ui.ticker import Ticker


class NotingFeed(ListFeed):
    def __init__(self):
        super().__init__()
        self.seen = []

    def tick(self):
        self.seen.append("taken")
        return super().tick()


@pytest.fixture
def feed():
    return NotingFeed()


@pytest.fixture
def ticker(qapp, feed):
    ticker = Ticker(feed)
    ticker.ticked.connect(lambda _: feed.seen.append("shown"))
    yield ticker
    ticker.close()


def test_a_tick_that_is_asked_for_is_shown_at_once(ticker, feed):
    ticker.tick()
    assert feed.seen == ["taken", "shown"]


def test_what_was_asked_between_a_tick_and_its_picture_comes_first(ticker, feed):
    ticker._take()
    feed.seen.append("a key")
    ticker._showing.timeout.emit()
    assert feed.seen == ["taken", "a key", "shown"]


class FastFeed(NotingFeed):
    """Time goes on by a second a tick."""

    def tick(self):
        state = self.snapshot.state
        self.snapshot = replace(self.snapshot, state=replace(state, t_ns=state.t_ns + NS_PER_S))
        return super().tick()


@pytest.fixture
def fast(qapp):
    feed = FastFeed()
    ticker = Ticker(feed)
    ticker.ticked.connect(lambda snapshot: feed.seen.append(snapshot.state.t_ns))
    ticker.tick()
    ticker._shown_s = math.inf  # as if it had just been shown
    yield ticker, feed
    ticker.close()


def test_where_more_has_come_than_a_tick_takes_the_next_one_goes_before_the_picture(fast):
    ticker, feed = fast
    ticker._take()
    assert ticker._taking.isActive()
    assert not ticker._showing.isActive()
    ticker._shown_s = -math.inf
    ticker._take()
    ticker._show()
    assert feed.seen == ["taken", T_NS + NS_PER_S, "taken", "taken", T_NS + 3 * NS_PER_S]


def test_a_tick_that_is_asked_for_is_shown_however_late_the_window_is(fast):
    ticker, feed = fast
    ticker.tick()
    assert feed.seen == ["taken", T_NS + NS_PER_S, "taken", T_NS + 2 * NS_PER_S]


def test_what_is_decided_is_answered_however_late_the_window_is(fast):
    ticker, feed = fast
    feed.answer = (True, "")
    feed.decide(Acknowledge((1,), "li", "controller"))
    ticker._take()
    assert ticker._showing.isActive()
    assert not ticker._taking.isActive()


def late(ticker):
    """Let the next tick come due so often that all steps of the one before have had their turn."""
    for _ in range(4):
        ticker._take()


def test_a_late_window_shows_a_tick_in_a_turn_before_that_in_which_the_next_is_taken(ticker, feed):
    ticker._take()
    ticker._take()
    assert feed.seen == ["taken", "shown"]
    assert ticker._taking.isActive()
    ticker._take()
    ticker._show()
    assert feed.seen == ["taken", "shown", "taken", "shown"]


def test_what_is_told_of_a_tick_is_told_before_the_next_is_taken(ticker, feed, monkeypatch):
    monkeypatch.setattr(turns, "TURN_S", 0.0)
    ticker.ticked.connect(
        lambda _: [ticker.turns.do(name, lambda n=name: feed.seen.append(n)) for name in "ab"]
    )
    ticker._take()
    late(ticker)
    assert feed.seen == ["taken", "shown", "a", "b", "taken"]


def test_a_tick_is_shown_once(ticker, feed):
    ticker.tick()
    ticker._show()
    assert feed.seen == ["taken", "shown"]


def test_the_timer_brings_both(ticker, feed, qtbot):
    ticker.start()
    qtbot.waitUntil(lambda: feed.seen.count("shown") >= 2)
    ticker.stop()
    assert feed.seen[:4] == ["taken", "shown", "taken", "shown"]


class NotingReplay:
    """Ticks, or fails to where it is told so."""

    def __init__(self, seen):
        self.seen, self.broken = seen, False

    def tick(self):
        self.seen.append("replayed")
        if self.broken:
            raise ValueError("a torn record")
        return ListFeed().tick()

    def close(self):
        self.seen.append("closed")


def test_a_key_is_answered_between_the_live_tick_and_that_of_the_replay(ticker, feed):
    ticker.show_replay(NotingReplay(feed.seen))
    ticker._take()
    feed.seen.append("a key")
    ticker._replaying.timeout.emit()
    feed.seen.append("another")
    ticker._showing.timeout.emit()
    assert feed.seen == ["taken", "a key", "replayed", "another", "shown"]


def test_no_tick_of_a_replay_is_left_out_where_the_window_is_late(ticker, feed):
    ticker.show_replay(NotingReplay(feed.seen))
    ticker._take()
    late(ticker)
    ticker._show()
    assert feed.seen == ["taken", "replayed", "shown"] * 2


def test_a_replay_that_was_left_is_not_ticked_any_more(ticker, feed):
    ticker.show_replay(NotingReplay(feed.seen))
    ticker._take()
    ticker.show_replay(None)
    ticker._show()
    assert feed.seen == ["taken", "closed"]


def test_a_replay_that_fails_is_told_once_and_the_yard_goes_on(ticker, feed):
    told, live = [], []
    ticker.failed.connect(told.append)
    ticker.live_ticked.connect(live.append)
    replay = NotingReplay(feed.seen)
    ticker.show_replay(replay)
    replay.broken = True
    ticker.tick()
    replay.broken = False
    ticker.tick()
    assert told == ["ValueError: a torn record", ""]
    assert len(live) == 2


def test_what_lives_as_long_as_the_window_is_not_looked_through_for_garbage():
    before = gc.get_freeze_count()
    try:
        app.settle()
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()
