from dataclasses import replace
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window
from tests.ui.samples import T_NS, alarms_of, sample_state
from twin.clock import NS_PER_S
from twin.flooding import Flooding, Sender
from twin.safety.alarms import RULE_NAMES, RULES
from twin.safety.table import AlarmState, Level
from twin.state import Weather
from ui.i18n import Texts
from ui.panels.alarm_columns import longest_words
from ui.panels.alarm_detail import detail_html
from ui.panels.alarm_now import now_text
from ui.panels.alarm_rows import LEVEL, NOW, STATE, WHAT, entries, ordered
from ui.panels.alarm_words import WAS, WAS_NOW, said
from ui.panels.alarms import NOW_TICKS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

EN, ZH = Texts("en"), Texts("zh")
NEW, SEEN, GONE, SHELVED = (
    AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED, AlarmState.SHELVED,
)  # fmt: skip
MOVER, OTHER = 9, 11
"""The fleet rows of the two that are about to meet in the sample."""


def small(*values):
    return np.array(values, np.int8)


def one_alarm(rule="contact", **columns):
    told = {"rule": [RULE_NAMES.index(rule)], "mover": [MOVER], "other": [OTHER], "value": [0.94]} | columns
    return alarms_of(1, **{name: np.asarray(column) for name, column in told.items()})


@pytest.fixture(scope="module")
def state():
    return sample_state(60)


@pytest.fixture(scope="module")
def base():
    return a_snapshot(60)


@pytest.fixture
def feed(base):
    return ListFeed(replace(base, state=base.state.with_columns(alarms=one_alarm())))


def shown(window, column):
    return window.alarms.rows.data(window.alarms.rows.index(0, column))


# What was, once it has gone


def test_an_alarm_that_has_gone_says_what_was(state):
    gone = state.with_columns(alarms=one_alarm(state=small(GONE), clear_ns=[T_NS]))
    assert said(EN, gone, 0) == "TT-02 came within 0.9 s of touching T54321"
    assert said(ZH, gone, 0) == "TT-02 曾距碰到 T54321 仅 0.9 秒"


@pytest.mark.parametrize(("life", "told"), [(NEW, True), (SEEN, True), (GONE, False)])
def test_what_is_found_no_longer_tells_when_it_is_over(state, life, told):
    columns = {"state": small(life), "clear_ns": [T_NS - 10 * NS_PER_S], "mover": [-1], "other": [-1]}
    gale = state.with_columns(alarms=one_alarm("wind_stop", **columns))
    words = "since 14:13:10; over at 14:14:10 if it stays so"
    assert (words in detail_html(gale, 0, EN, "dark")) is told
    assert ("自 14:13:10 起；若保持如此，14:14:10 解除" in detail_html(gale, 0, ZH, "dark")) is told


def test_an_alarm_that_stands_says_what_is_to_come(state):
    assert said(EN, state.with_columns(alarms=one_alarm()), 0) == "TT-02 will touch T54321 in 0.9 s"


@pytest.mark.parametrize(("clear_ns", "word"), [(0, "will touch"), (T_NS, "came within")])
def test_a_shelved_alarm_says_what_was_once_it_is_found_no_longer(state, clear_ns, word):
    shelved = one_alarm(state=small(SHELVED), clear_ns=[clear_ns])
    assert word in said(EN, state.with_columns(alarms=shelved), 0)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_says_something_else_of_what_was_than_of_what_is(state, rule):
    box = one_alarm(rule, box=[0])
    now = state.with_columns(alarms=box)
    then = state.with_columns(alarms=box.with_columns(state=small(GONE)))
    for texts in (EN, ZH):
        assert said(texts, then, 0) != said(texts, now, 0)
    assert "will" not in said(EN, then, 0).split()


def test_no_word_is_kept_of_a_rule_that_there_is_not():
    assert set(WAS) == set(RULES)
    assert set(WAS_NOW) == {name for name, rule in RULES.items() if rule.says_now}


@pytest.mark.parametrize("rule", WAS_NOW)
def test_where_the_time_is_over_no_time_is_told(state, rule):
    now = one_alarm(rule, value=[0.0])
    for table in (now, now.with_columns(state=small(GONE))):
        for texts in (EN, ZH):
            assert "0.0" not in said(texts, state.with_columns(alarms=table), 0)
    ahead = one_alarm(rule, value=[1.5])
    assert "will be" in said(EN, state.with_columns(alarms=ahead), 0) or rule == "contact"
    assert "1.5" in said(ZH, state.with_columns(alarms=ahead), 0)


def test_the_page_of_an_alarm_that_has_gone_asks_to_acknowledge_it_and_for_no_deed(state):
    gone = one_alarm(state=small(GONE), clear_ns=[T_NS])
    told = detail_html(state.with_columns(alarms=gone), 0, EN, "dark")
    assert "acknowledge it" in told
    assert "Gone at" in told
    assert "Respond within" not in told
    assert RULES["contact"].action not in told


def test_a_stack_is_named_in_the_language_of_the_alarm(state):
    alarmed = state.with_columns(alarms=one_alarm("overlap", mover=[0], other=[-1], ground=[3]))
    assert "堆垛" in said(ZH, alarmed, 0)
    assert "stack" in said(EN, alarmed, 0)


# What is by now


def test_the_measure_by_now_is_that_of_the_encounter(state):
    conflicts = state.conflicts
    told = state.with_columns(alarms=one_alarm())
    assert now_text(told, 0, EN) == "2.5 s"
    deep = conflicts.with_columns(time_s=0.0 * conflicts.time_s, gap_m=0.0 * conflicts.gap_m - 0.5)
    assert now_text(told.with_columns(conflicts=deep), 0, EN) == "overlap 0.5 m"
    apart = told.with_columns(alarms=one_alarm(mover=[OTHER]))
    assert now_text(apart, 0, EN) == ""


def test_nothing_is_measured_by_now_of_what_has_gone(state):
    gone = one_alarm(state=small(GONE), clear_ns=[T_NS])
    assert now_text(state.with_columns(alarms=gone), 0, EN) == ""


def test_an_age_a_speed_and_the_wind_by_now_are_those_of_the_state(state):
    tracks = state.tracks.with_columns(
        fix_ns=np.full(len(state.fleet), T_NS - 42 * NS_PER_S), speed_mps=np.full(len(state.fleet), -6.04)
    )
    later = state.with_columns(tracks=tracks, weather=Weather(T_NS, 12.0, 18.26))
    for rule, words in (("position_lost", "42 s"), ("too_fast", "6.0 m/s"), ("wind_warning", "18.3 m/s")):
        assert now_text(later.with_columns(alarms=one_alarm(rule)), 0, EN) == words


def test_the_name_in_which_a_source_is_flooded_stands_beside_the_list_and_not_in_its_column(state):
    flooding = Flooding((Sender("port", "NOBODY", -1, 0, lines_per_s=900.0),), ("port",))
    flooded = state.with_columns(flooding=flooding, alarms=one_alarm("source_floods", mover=[-1], source=[0]))
    assert now_text(flooded, 0, EN) == "900 1/s"
    assert "900 1/s NOBODY" in detail_html(flooded, 0, EN, "dark")


def test_the_row_keeps_how_it_was_when_it_came_beside_how_it_is_by_now(window):
    assert shown(window, WHAT) == "TT-02 will touch T54321 in 0.9 s"
    assert shown(window, NOW) == "2.5 s"


def test_the_measure_by_now_is_written_anew_a_few_times_a_second(window, feed):
    conflicts, seen = feed.snapshot.state.conflicts, []
    for k in range(2 * NOW_TICKS):
        nearer = conflicts.with_columns(time_s=conflicts.time_s - 0.1 * (k + 1))
        feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(conflicts=nearer))
        window.ticker.tick()
        seen.append(shown(window, NOW))
    changes = sum(a != b for a, b in pairwise(seen))
    assert 1 <= changes <= 2
    assert window.alarms.drawn == 1


def test_the_page_about_an_alarm_stays_where_it_was_scrolled_to_while_its_measure_goes_on(window, feed):
    window.alarms.choose(1)
    bar = window.alarms.detail.verticalScrollBar()
    bar.setValue(bar.maximum())
    place, before = bar.value(), window.alarms.detail.toPlainText()
    conflicts = feed.snapshot.state.conflicts
    nearer = conflicts.with_columns(time_s=conflicts.time_s - 1.0)
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(conflicts=nearer))
    for _ in range(NOW_TICKS):
        window.ticker.tick()
    assert window.alarms.detail.toPlainText() != before
    assert bar.value() == place > 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_word_of_a_column_beside_the_sentence_is_cut(qtbot, feed, language):
    window = a_window(feed, Shelf(), language)
    qtbot.addWidget(window)
    table, words = window.alarms.table, longest_words(window.texts)
    asked = []
    for column, told in words.items():
        for text in told[1:]:  # the first is the title, which has no sign beside it
            with mock.patch.object(type(window.alarms.rows), "_text", lambda *_, text=text: text):
                asked.append((column, text, table.sizeHintForColumn(column) <= table.columnWidth(column)))
    window.close()
    assert len(asked) > 10
    assert [one for one in asked if not one[2]] == []


def test_another_language_fits_the_columns_to_its_words(window):
    wide = window.alarms.table.columnWidth
    before = wide(STATE), wide(LEVEL)
    window.texts.switch("zh")
    assert (wide(STATE), wide(LEVEL)) < before
    window.texts.switch("en")
    assert (wide(STATE), wide(LEVEL)) == before


# In which order


def test_what_asks_for_an_answer_stands_over_what_has_had_one_and_that_over_what_has_gone():
    alarms = alarms_of(
        6, priority=small(1, 1, 3, 2, 3, 2), state=small(GONE, SEEN, NEW, NEW, GONE, NEW),
        since_ns=T_NS + np.arange(6),
    )  # fmt: skip
    assert [int(alarms.id[row]) for row in ordered(alarms)] == [6, 4, 3, 2, 1, 5]


def test_a_group_whose_first_has_gone_is_headed_by_the_first_that_has_not():
    alarms = alarms_of(4, group=[1, 1, 1, 4], state=small(GONE, SEEN, NEW, SEEN), priority=small(3, 3, 3, 2))
    lines = entries(alarms, ordered(alarms), frozenset())
    assert [(line.row, line.under) for line in lines] == [(1, (2, 0)), (3, ())]


def test_a_critical_alarm_that_has_gone_does_not_stand_among_new_ones_of_its_cause():
    alarms = alarms_of(3, group=[1, 1, 3], state=small(NEW, GONE, SEEN), priority=small(1, 1, 2))
    assert [line.row for line in entries(alarms, ordered(alarms), frozenset())] == [0, 2, 1]


def test_the_critical_alarms_of_a_cause_stand_under_its_first_whichever_is_newest():
    alarms = alarms_of(2, group=[1, 1], priority=small(1, 1), since_ns=T_NS + np.arange(2))
    assert [(line.row, line.member) for line in entries(alarms, ordered(alarms), frozenset())] == [
        (0, False), (1, True),
    ]  # fmt: skip


@pytest.mark.parametrize(("top", "later"), [(3, 2), (2, 1)])
def test_what_is_graver_than_the_first_of_its_cause_is_not_folded(top, later):
    alarms = alarms_of(3, group=[1, 1, 1], state=small(SEEN, NEW, NEW), priority=small(top, later, 3))
    lines = entries(alarms, ordered(alarms), frozenset())
    assert [(line.row, line.under) for line in lines] == [(1, ()), (0, (2,))]


def test_the_line_of_a_folded_group_tells_how_many_of_it_are_new(window, feed):
    alarms = alarms_of(
        3, group=[1, 1, 1], state=small(SEEN, NEW, NEW), level=small(Level.STOP, Level.STOP, Level.STOP)
    )
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(alarms=alarms))
    window.ticker.tick()
    assert shown(window, STATE) == "2 new under it"
    window.alarms.choose(2)
    assert shown(window, STATE) == "Acknowledged"
