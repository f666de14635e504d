"""The page that shows the scorecard of the alarms: each figure of the last day beside its target."""

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from twin.safety.holding import FLOOD
from twin.safety.scorecard import Figures, figures_of
from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import rule_title
from ui.panels.formats import number
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import lamp


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
            (tr("Held back at first"), number(f.released), "", True,
             tr("of those: suppressed when they were raised, and put before a person later")),
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
