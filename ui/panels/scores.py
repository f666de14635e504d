"""The scorecard of the alarms: each figure of the last day beside its target (EEMUA 191, ISA-18.2)."""

from dataclasses import dataclass

import numpy as np
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from twin.clock import NS_PER_S
from twin.safety.log import AlarmLog
from twin.safety.table import Priority
from twin.state import State
from twin.tables import Longs
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import rule_title
from ui.panels.formats import number
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp

DAY_NS, HOUR_NS, TEN_MIN_NS, MINUTE_NS = (seconds * NS_PER_S for seconds in (86_400, 3600, 600, 60))
FLOOD, FLOOD_OVER = 10, 5
"""So many alarms in ten minutes begin a flood; it is over when they are fewer than the second."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the alarms of the last day were; shares are from 0 to 1.

    Attributes
    ----------
    count : int
        Alarms that were put before a person.
    most_in_ten : int
        The most of them in ten minutes.
    busy_hours : int
        Hours with more than 30.
    flood : float
        Share of ten-minute spells in a flood.
    chatter, stale : int
        Alarms that came three times or more in a minute, and those that stand for over a day.
    top : float
        Share of the ten rules and machines that brought the most.
    split : (float, float, float)
        Shares of critical, high and low.
    most_often : int
        The rule that brought the most, -1 for none.
    """

    count: int
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
    tens = _counts(when, TEN_MIN_NS)
    key = shown.rule.astype(np.int64) << 24 | (shown.mover + 1)
    names, many = np.unique(key, return_counts=True)
    stands = (log.returned_ns == 0) & (log.shown_ns > 0)
    rules, often = np.unique(shown.rule, return_counts=True)
    return Figures(
        n, int(tens.max(initial=0)), int((_counts(when, HOUR_NS) > 30).sum()), _flood(tens),
        sum(_chatters(np.sort(shown.shown_ns[key == name])) for name in names[many >= 3]),
        int((stands & (t_ns - log.raised_ns > DAY_NS)).sum()),
        float(np.sort(many)[::-1][:10].sum() / n) if len(many) > 10 else 0.0,
        _split(shown, n), int(rules[np.argmax(often)]) if n else -1,
    )  # fmt: skip


def _counts(when: Longs, span_ns: int) -> Longs:
    """Give how many alarms came in each span from the first to the last."""
    if not len(when):
        return np.empty(0, np.int64)
    counts: Longs = np.bincount((when - when[0]) // span_ns).astype(np.int64)
    return counts


def _flood(tens: Longs) -> float:
    """Give the share of the day's ten-minute spells that are in a flood."""
    spells, on = 0, False
    for count in tens.tolist():
        on = count >= (FLOOD_OVER if on else FLOOD)
        spells += on
    return spells * TEN_MIN_NS / DAY_NS


def _chatters(when: Longs) -> bool:
    return bool((when[2:] - when[:-2] <= MINUTE_NS).any())


def _split(shown: AlarmLog, n: int) -> tuple[float, float, float]:
    parts = [float((shown.priority == priority).sum()) / max(n, 1) for priority in Priority]
    return parts[0], parts[1], parts[2]


class ScorePage(QWidget):
    """Shows how well the alarms serve those who work with them."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = texts
        columns = (
            Column(mark("Figure")), Column(mark("Now"), right=True), Column(mark("Target"), right=True),
            Column(mark("What it tells"), stretch=True),
        )  # fmt: skip
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("scorecard")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def show_state(self, state: State, theme: str, visible: bool) -> None:
        """Show the figures of a state, where the page is seen."""
        if visible:
            self.table.show_rows(self.rows(figures_of(state.alarm_log, state.t_ns), theme))

    def rows(self, f: Figures, theme: str) -> list[Row]:
        """Give a line a figure: its symbol tells whether the target is met."""
        tr = self.texts.tr
        split = " / ".join(f"{100 * part:.0f}" for part in f.split)
        even = f.count < 20 or (f.split[0] <= 0.1 and f.split[0] + f.split[1] <= 0.3)
        often = tr("most of them: {rule}", rule=rule_title(self.texts, f.most_often)) if f.count else ""
        lines = (
            (tr("Alarms in a day"), number(f.count), "≤ 150", f.count <= 150, often),
            (tr("Most in ten minutes"), number(f.most_in_ten), "< 10", f.most_in_ten < FLOOD,
             tr("from ten on it is a flood")),
            (tr("Hours with over 30"), number(f.busy_hours), "0", not f.busy_hours, ""),
            (tr("Time in flood"), f"{100 * f.flood:.1f} %", "< 1 %", f.flood < 0.01, ""),
            (tr("Chattering"), number(f.chatter), "0", not f.chatter, tr("three times or more in a minute")),
            (tr("Stale"), number(f.stale), "< 5", f.stale < 5, tr("standing for over a day")),
            (tr("Top ten"), f"{100 * f.top:.0f} %", "< 5 %", f.top < 0.05 or f.count < 200,
             tr("share of the ten rules and machines that bring the most; counts from 200 alarms on")),
            (tr("Critical / high / low"), f"{split} %", "5 / 15 / 80 %", even,
             tr("counts from 20 alarms on")),
        )  # fmt: skip
        return [Row(row[0], (row[0], row[1], row[2], row[4]), lamp(theme, row[3])) for row in lines]
