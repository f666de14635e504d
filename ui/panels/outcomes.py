"""Did it save what it said? What accepted suggestions promised, against what became of them."""

import math

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from twin.snapshot import Snapshot
from twin.stacking.suggestion import Outcome
from ui.i18n import Texts
from ui.panels.base import Panel, muted
from ui.panels.calibration import Bin, Calibration, Timing, calibration, timings
from ui.panels.formats import NONE, number
from ui.panels.plots import Plot, Point

_SLOWER = 1.5
"""A suggestion that took half as long again as promised is marked."""


class OutcomePanel(Panel):
    """Shows promised chances against what happened, and promised crane time against what it took."""

    sleeps = True

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.summary, self.empty = QLabel(), muted()
        self.summary.setWordWrap(True)
        self.chances, self.times = Plot(1.0), Plot()
        row = QHBoxLayout()
        row.addWidget(self.chances)
        row.addWidget(self.times)
        self.column.addWidget(self.summary)
        self.column.addWidget(self.empty)
        self.column.addLayout(row, 1)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the outcomes."""
        return (snapshot.state.outcomes,)

    def draw(self, snapshot: Snapshot) -> None:
        """Write the summary and show the points."""
        outcomes, tr = snapshot.state.outcomes, self.texts.tr
        found, took = calibration(outcomes), timings(outcomes)
        self.summary.setText(self._summary(found, took, outcomes))
        self.empty.setVisible(not found.count)
        self.empty.setText(tr("Nothing is settled yet: a box counts once it has left, or was moved again."))
        for plot in (self.chances, self.times):
            plot.theme = self.theme
        self.chances.show_points(
            tuple(self._chance(one, found.count) for one in found.bins),
            (tr("Moved again before it left"), tr("promised chance"), tr("happened")),
        )
        self.times.show_points(
            tuple(self._time(one) for one in took),
            (tr("Crane time of a suggestion (s)"), tr("promised"), tr("took")),
        )

    def _summary(self, found: Calibration, took: tuple[Timing, ...], outcomes: tuple[Outcome, ...]) -> str:
        tr = self.texts.tr
        if not outcomes:
            return tr("No suggestion has been accepted yet.")
        chance = tr(
            "{count} boxes settled, {waiting} still stand. Moved again: promised {promised}, happened "
            "{happened}. Brier score {brier} (0 is perfect, 0.25 is a coin).",
            count=found.count, waiting=found.waiting, promised=_percent(found.promised),
            happened=_percent(found.happened), brier=number(found.brier, 3),
        )  # fmt: skip
        if not took:
            return chance
        ratio = sum(one.took_s for one in took) / max(sum(one.promised_s for one in took), 1e-9)
        words = tr("Crane time taken of that promised: {share}.", share=_percent(ratio))
        return f"{chance} {words}"

    def _chance(self, one: Bin, total: int) -> Point:
        told = self.texts.tr(
            "Promised {promised}: happened to {happened} of {count}, {share}\n"
            "True chance by these: {low} to {high} (95 %)",
            promised=_percent(one.promised), happened=one.happened, count=one.count,
            share=_percent(one.share),
            low=_percent(one.low), high=_percent(one.high),
        )  # fmt: skip
        if one.off:
            told += "\n" + self.texts.tr("More than chance speaks against the promise.")
        size = 4.0 + 6.0 * math.sqrt(one.count / max(total, 1))
        return Point(one.promised, one.share, one.low, one.high, size, one.off, told, f"{one.count}")

    def _time(self, one: Timing) -> Point:
        off = one.took_s > _SLOWER * one.promised_s
        told = self.texts.tr(
            "Suggestion {id}, {box}\nPromised {promised} s, took {took} s",
            id=one.suggestion, box=one.subject, promised=number(one.promised_s), took=number(one.took_s),
        )  # fmt: skip
        return Point(one.promised_s, one.took_s, 0.0, 0.0, 4.0, off, told)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if math.isfinite(share) else NONE
