"""The scorecard of the alarms: figures of the last day (EEMUA 191, ISA-18.2)."""

from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S
from twin.safety import life
from twin.safety.holding import FLOOD, FLOOD_OVER
from twin.safety.log import AlarmLog, Held
from twin.safety.table import Priority
from twin.tables import Longs

DAY_NS, HOUR_NS, TEN_MIN_NS, MINUTE_NS = (seconds * NS_PER_S for seconds in (86_400, 3600, 600, 60))


@dataclass(frozen=True, slots=True)
class Figures:
    """What the alarms of the last day were; shares are from 0 to 1.

    Attributes
    ----------
    count, released : int
        Alarms that were put before a person; those of them that had been held back at first.
    most_in_ten : int
        The most of them in ten minutes.
    busy_hours : int
        Hours with more than 30.
    flood : float
        Share of the day in a flood: from the tenth alarm in ten minutes until they are fewer than five.
    chatter, stale : int
        Alarms that came three times or more in a minute, and those that stand for over a day.
    top : float
        Share of the ten rules and machines or boxes that brought the most.
    split : (float, float, float)
        Shares of critical, high and low.
    most_often : int
        The rule that brought the most, -1 for none.
    """

    count: int
    released: int
    most_in_ten: int
    busy_hours: int
    flood: float
    chatter: int
    stale: int
    top: float
    split: tuple[float, float, float]
    most_often: int


def figures_of(log: AlarmLog, t_ns: int) -> Figures:
    """Give the figures of the day up to an instant [ns UTC]."""
    shown = log.take((log.shown_ns > t_ns - DAY_NS) & (log.shown_ns <= t_ns))
    n = len(shown)
    when: Longs = np.sort(shown.shown_ns)
    key = life.keys_of(shown.with_columns(other=np.full(n, -1, np.int32)))
    names, many = np.unique(key, return_counts=True)
    stands = (log.returned_ns == 0) & (log.shown_ns > 0)
    rules, often = np.unique(shown.rule, return_counts=True)
    return Figures(
        n, int((shown.held != Held.NOT).sum()),
        _most(when, TEN_MIN_NS), int((_counts(when, HOUR_NS) > 30).sum()), _flood(when, t_ns),
        sum(_chatters(np.sort(shown.shown_ns[key == name])) for name in names[many >= 3]),
        int((stands & (t_ns - log.raised_ns > DAY_NS)).sum()),
        float(np.sort(many)[::-1][:10].sum() / max(n, 1)),
        _split(shown, n), int(rules[np.argmax(often)]) if n else -1,
    )  # fmt: skip


def _most(when: Longs, span_ns: int) -> int:
    """Give the most alarms that came within any span of that length."""
    return int((np.searchsorted(when, when + span_ns) - np.arange(len(when))).max(initial=0))


def _counts(when: Longs, span_ns: int) -> Longs:
    """Give how many alarms came in each span from the first to the last."""
    if not len(when):
        return np.empty(0, np.int64)
    counts: Longs = np.bincount((when - when[0]) // span_ns).astype(np.int64)
    return counts


def _flood(when: Longs, t_ns: int) -> float:
    """Give the share of a day that alarms are in a flood, as they came one after the other."""
    if len(when) < FLOOD:
        return 0.0
    in_ten = np.arange(1, len(when) + 1) - np.searchsorted(when, when - TEN_MIN_NS, side="right")
    # Without a further one they are fewer than five once the fifth last is ten minutes ago.
    over_ns = np.concatenate((when[: FLOOD_OVER - 1], when[: 1 - FLOOD_OVER] + TEN_MIN_NS))
    last = np.flatnonzero(np.append(over_ns[:-1] <= when[1:], True))
    floods = np.flatnonzero(in_ten >= FLOOD)
    each, first = np.unique(np.searchsorted(last, floods), return_index=True)
    until_ns = np.minimum(over_ns[last[each]], t_ns)
    return float((until_ns - when[floods[first]]).sum()) / DAY_NS


def _chatters(when: Longs) -> bool:
    return bool((when[2:] - when[:-2] <= MINUTE_NS).any())


def _split(shown: AlarmLog, n: int) -> tuple[float, float, float]:
    parts = [float((shown.priority == priority).sum()) / max(n, 1) for priority in Priority]
    return parts[0], parts[1], parts[2]
