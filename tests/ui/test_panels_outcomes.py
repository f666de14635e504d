import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, QPoint, QPointF
from PyQt6.QtGui import QColor, QHelpEvent
from PyQt6.QtWidgets import QToolTip
from scipy.stats import binomtest

from tests.ui.samples import sample_snapshot
from tests.ui.suggestion_samples import outcomes
from twin.stacking.suggestion import Outcome, SuggestionKind
from twin.yard.slots import SlotAddress
from ui.i18n import Texts
from ui.panels.calibration import calibration, timings, wilson
from ui.panels.outcomes import OutcomePanel
from ui.panels.plots import Plot, Point, round_step
from ui.theme import THEMES, palette

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def outcome(promised, happened=None, suggestion=1, promised_s=None, took_s=None):
    return Outcome(
        suggestion, SuggestionKind.RELOCATE, "A", "B", promised, SlotAddress("A01", 2, 1, 1),
        happened=happened, promised_s=promised_s, took_s=took_s,
    )  # fmt: skip


@pytest.fixture
def shown(qtbot):
    """Give a function that shows outcomes in a panel; the panels live as long as the test."""
    panels = []

    def show(rows, language="en", theme="dark"):
        panel = OutcomePanel(Texts(language))
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(900, 260)
        panel.set_theme(theme)
        snapshot = sample_snapshot(60)
        panel.show_snapshot(replace(snapshot, state=snapshot.state.with_columns(outcomes=tuple(rows))))
        panel.show()
        return panel

    yield show
    panels.clear()


def test_the_brier_score_is_the_mean_squared_difference():
    found = calibration([outcome(0.2, 0.0), outcome(0.7, 1.0), outcome(0.9)])
    assert found.brier == pytest.approx((0.2**2 + 0.3**2) / 2)
    assert (found.count, found.waiting) == (2, 1)
    assert (found.promised, found.happened) == pytest.approx((0.45, 0.5))


def test_boxes_of_a_like_chance_are_counted_together():
    found = calibration([outcome(0.11, 0.0), outcome(0.19, 1.0), outcome(0.2, 1.0), outcome(1.0, 1.0)])
    assert [(one.count, one.happened) for one in found.bins] == [(2, 1), (1, 1), (1, 1)]
    assert found.bins[0].promised == pytest.approx(0.15)


def test_nothing_settled_has_no_figures():
    found = calibration([outcome(0.5)])
    assert found.bins == ()
    assert math.isnan(found.brier)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_band_is_wilsons_as_scipy_has_it(pair):
    happened, count = pair
    theirs = binomtest(happened, count).proportion_ci(0.95, method="wilson")
    assert wilson(happened, count) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_a_promise_outside_its_band_is_off_and_one_inside_is_not():
    wrong = calibration([outcome(0.05, 1.0)] * 10)
    right = calibration([outcome(0.55, float(k % 2)) for k in range(10)])
    assert wrong.bins[0].off
    assert not right.bins[0].off


def test_crane_time_counts_once_a_suggestion_and_only_when_done():
    rows = [outcome(0.1, None, 7, 60.0, 80.0), outcome(0.1, None, 7, 60.0, 80.0), outcome(0.1, None, 8, 60.0)]
    assert [(one.suggestion, one.took_s) for one in timings(rows)] == [(7, 80.0)]


def test_the_summary_gives_count_score_and_means(shown):
    rows = [outcome(0.2, 0.0, 1, 100.0, 120.0), outcome(0.7, 1.0, 2), outcome(0.9)]
    text = shown(rows).summary.text()
    for words in ("2 boxes settled, 1 still stand", "promised 45 %, happened 50 %", "0.065", "120 %"):
        assert words in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_before_anything_is_settled_the_panel_says_so(shown, language):
    panel = shown([], language)
    assert panel.summary.text() == Texts(language).tr("No suggestion has been accepted yet.")
    assert panel.empty.isVisible()
    assert not shown(outcomes(), language).empty.isVisible()


def test_the_same_outcomes_are_drawn_once(shown):
    panel = shown(outcomes())
    drawn = panel.drawn
    panel.show_snapshot(panel.snapshot)
    assert panel.drawn == drawn


def test_points_stand_at_what_was_promised_and_what_happened(shown):
    panel = shown([outcome(0.25, float(k < 3)) for k in range(4)])
    (point,) = panel.chances.points
    assert (point.x, point.y, point.beside) == (0.25, 0.75, "4")
    area, at = panel.chances.area(), panel.chances.place(0.25, 0.75)
    assert at.x() == pytest.approx(area.left() + 0.25 * area.width())
    assert at.y() == pytest.approx(area.bottom() - 0.75 * area.height())


@pytest.mark.parametrize("theme", THEMES)
def test_only_a_point_that_is_off_has_a_colour(shown, theme):
    high = QColor(palette(theme).high).rgb()

    def coloured(happened):
        image = shown([outcome(0.05, happened)] * 12, theme=theme).chances.grab().toImage()
        return any(image.pixel(x, y) == high for x in range(image.width()) for y in range(image.height()))

    assert coloured(1.0)
    assert not coloured(0.0)


def test_hovering_a_point_tells_its_figures(shown):
    plot = shown([outcome(0.25, float(k < 3)) for k in range(4)]).chances
    at = plot.place(0.25, 0.75).toPoint()
    plot.event(QHelpEvent(QEvent.Type.ToolTip, at, plot.mapToGlobal(at)))
    assert "happened to 3 of 4, 75 %" in QToolTip.text()
    assert plot.point_at(QPointF(QPoint(5, 5))) is None


def test_the_axes_of_crane_time_hold_the_longest(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.show_points((Point(80.0, 410.0, 0, 0, 4, False, ""),), ("", "", ""))
    assert plot.area().contains(plot.place(80.0, 410.0))


@given(st.floats(1e-3, 1e6), st.integers(1, 12))
def test_a_step_is_round_and_parts_the_span_into_no_more_than_asked(span, most):
    step = round_step(span, most)
    assert span / step <= most * (1 + 1e-6)
    lead = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(lead - want) for want in (1, 2, 2.5, 5, 10)) < 1e-6
