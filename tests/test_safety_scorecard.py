import numpy as np
import pytest

from twin.safety.log import no_log
from twin.safety.scorecard import MINUTE_NS, figures_of
from twin.safety.table import Priority

T_NS = 1_800_000_000_000_000_000


def log_of(ago_min, **columns):
    n = len(ago_min)
    raised = T_NS - (np.array(ago_min) * MINUTE_NS).astype(np.int64)
    values = {
        "id": np.arange(1, n + 1), "rule": np.zeros(n, np.int32), "priority": np.full(n, 3, np.int8),
        "level": np.ones(n, np.int8), "mover": np.arange(n, dtype=np.int32),
        "other": np.full(n, -1, np.int32), "box": np.full(n, -1, np.int32),
        "source": np.full(n, -1, np.int32), "ground": np.full(n, -1, np.int32), "raised_ns": raised,
        "returned_ns": raised + 1, "ack_ns": np.zeros(n, np.int64), "shown_ns": raised,
        "actor": np.zeros(n, "S32"),
    }  # fmt: skip
    return no_log().with_columns(held=np.zeros(n, no_log().held.dtype), **{**values, **columns})


def test_only_alarms_of_the_last_day_that_a_person_saw_are_counted():
    log = log_of([10, 20, 1500, 30], shown_ns=T_NS - np.array([10, 20, 1500, 0]) * MINUTE_NS)
    held = log.with_columns(shown_ns=np.append(log.shown_ns[:3], 0))
    assert figures_of(held, T_NS).count == 2


def test_ten_alarms_in_ten_minutes_are_a_flood_that_lasts_until_they_are_fewer_than_five():
    # The tenth comes 100 minutes ago; with the four after it the fifth last leaves 84 minutes ago.
    ago = [100 + k / 10 for k in range(10)] + [94.0, 93.0, 92.0, 91.0, 60.0]
    figures = figures_of(log_of(ago), T_NS)
    assert figures.most_in_ten == 14
    assert figures.flood == pytest.approx((100.0 - 90.0) / 1440)


def test_a_flood_counts_wherever_it_begins_and_one_that_lasts_up_to_now():
    ago = [120.0, *[101 + k / 10 for k in range(9)], *[99 - k / 10 for k in range(9)]]
    # Ten are there at 99 minutes ago, and four of the last nine at 88.6.
    assert figures_of(log_of(ago), T_NS).flood == pytest.approx((99.0 - 88.6) / 1440)
    assert figures_of(log_of([3 - k / 10 for k in range(10)]), T_NS).flood == pytest.approx(2.1 / 1440)
    assert figures_of(log_of([9.9, *range(9)]), T_NS).flood == 0.0
    assert figures_of(log_of([30.0 + k for k in range(9)]), T_NS).flood == 0.0


def test_the_top_ten_have_all_alarms_where_there_are_no_more():
    assert figures_of(log_of([1.0, 2.0, 3.0]), T_NS).top == 1.0
    assert figures_of(log_of([1.0 + k for k in range(20)]), T_NS).top == 0.5


def test_an_alarm_that_comes_three_times_in_a_minute_chatters():
    same = {"mover": np.zeros(3, np.int32)}
    assert figures_of(log_of([5.0, 5.3, 5.6], **same), T_NS).chatter == 1
    assert figures_of(log_of([5.0, 6.0, 7.0], **same), T_NS).chatter == 0


def test_an_alarm_that_stands_for_over_a_day_is_stale():
    log = log_of([1500, 1500], returned_ns=np.array([0, 1]))
    assert figures_of(log, T_NS).stale == 1


def test_the_split_and_the_most_frequent_rule_are_told():
    log = log_of(
        [1.0, 2.0, 3.0, 4.0], priority=np.array([1, 2, 3, 3], np.int8), rule=np.array([5, 5, 5, 2], np.int32)
    )
    figures = figures_of(log, T_NS)
    assert figures.split == (0.25, 0.25, 0.5)
    assert figures.most_often == 5
    assert len(figures.split) == len(Priority)


def test_the_most_in_ten_minutes_are_counted_wherever_they_begin():
    assert figures_of(log_of([30.0, 21.0, 20.5, 19.0, 18.0, 17.0]), T_NS).most_in_ten == 5


def test_the_figures_of_an_empty_log_are_nothing():
    figures = figures_of(no_log(), T_NS)
    assert (figures.count, figures.most_in_ten, figures.flood, figures.most_often) == (0, 0, 0.0, -1)
