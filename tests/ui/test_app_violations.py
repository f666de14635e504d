from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window, press
from tests.ui.samples import sample_snapshot
from twin.clock import NS_PER_S
from twin.decisions import ForecastWind
from twin.stock import rules
from twin.stock.violations import Violations, check
from ui.i18n import Texts
from ui.panels.forecast import Forecast
from ui.panels.violation_rows import NEAREST, WAITING, ViolationModel, ordered
from ui.panels.violations import nearest_of
from ui.scene.camera import Camera
from ui.scene.faces import standing
from ui.scene.palette import SEVERITY
from ui.scene.scene import YardScene
from ui.scene.violations import MOST_MARKED, box_lines, frames, gravest
from ui.view_state import ViewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def some(state, count=6):
    """Give violations of standing boxes: each third with another box, all three grades."""
    rows = np.flatnonzero(state.stock.place == 1)[:count].astype(np.int32)
    k = np.arange(count)
    codes = np.array([rules.TOO_CLOSE, rules.NO_PLUG, rules.OTHER_LINE], np.int8)[k % 3]
    grades = np.array([rules.DANGER, rules.RULE, rules.NOTE], np.int8)[k % 3]
    other = np.where(k % 3 == 0, np.roll(rows, 1), -1).astype(np.int32)
    return Violations(rows, codes, other, grades)


def with_violations(snapshot, violations):
    return replace(snapshot, state=snapshot.state.with_columns(violations=violations))


@pytest.fixture
def feed():
    snapshot = a_snapshot()
    return ListFeed(with_violations(snapshot, some(snapshot.state)))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.docks.raise_panel("violations")
    yield window
    window.close()


def cell(window, row, column):
    model = window.violations.rows
    return model.data(model.index(row, column))


def test_the_gravest_come_first(window):
    words = [cell(window, row, 0) for row in range(6)]
    assert words == ["Danger", "Danger", "Rule", "Rule", "Note", "Note"]


def test_a_row_tells_box_slot_rule_and_the_other_box(window, feed):
    state = feed.snapshot.state
    box, other = window.violations.rows.boxes(0)
    assert cell(window, 0, 1) == state.stock.number[box].decode()
    assert cell(window, 0, 2).count("-") == 3
    assert cell(window, 0, 3) == rules.REASONS[rules.TOO_CLOSE]
    assert cell(window, 0, 4) == state.stock.number[other].decode()
    assert cell(window, 2, 4) == "–"


def test_hovering_a_row_tells_the_source_of_its_rule(window):
    model = window.violations.rows
    told = model.data(model.index(0, 3), Qt.ItemDataRole.ToolTipRole)
    assert rules.RULE_OF[rules.TOO_CLOSE].source in told


def test_the_nearest_legal_slot_is_looked_for_beside_the_window(qtbot, window, feed):
    assert cell(window, 0, NEAREST) in (WAITING, cell(window, 0, NEAREST))
    qtbot.waitUntil(lambda: cell(window, 0, NEAREST) != WAITING)
    box, _ = window.violations.rows.boxes(0)
    (expected,) = nearest_of(feed.snapshot.state, (box,)).values()
    assert cell(window, 0, NEAREST) == str(expected)


def test_the_summary_and_the_tab_and_the_layer_give_the_counts(window):
    assert window.violations.summary.text() == "6 against the rules: Danger 2, Rule 2, Note 2"
    assert window.docks.docks["violations"].windowTitle() == "Against the rules (6)"
    assert window.layers.checks["violations"].text().endswith("(6)")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Danger 2, Rule 2, Note 2. Gusts of 22.4 m/s count until 14:23:20: what stands too high"),
        ("zh", "22.4 m/s 的阵风计至 14:23:20"),
    ],
)
def test_the_summary_tells_until_when_a_gust_counts(window, feed, language, said):
    window.texts.switch(language)
    state = feed.snapshot.state
    gale = replace(state.weather, peak_mps=22.4, peak_ns=state.t_ns, gust_mps=9.0)
    conditions = replace(state.conditions, gust_mps=19.4)
    feed.snapshot = replace(feed.snapshot, state=state.with_columns(weather=gale, conditions=conditions))
    window.ticker.tick()
    assert said in window.violations.summary.text()


def test_where_all_is_well_the_panel_says_so(window, feed):
    feed.snapshot = with_violations(feed.snapshot, some(feed.snapshot.state, 0))
    window.ticker.tick()
    assert window.violations.summary.text() == "Everything stands within the rules."
    assert window.violations.rows.rowCount() == 0


def test_the_key_chooses_the_next_one_outlines_both_boxes_and_flies_there(window, feed):
    press(window, "next_violation")
    box, other = window.violations.rows.boxes(0)
    shown = window.view_state.violation
    assert (shown.row, shown.other) == (box, other)
    x, y = feed.snapshot.state.slots.centre_yard_m[feed.snapshot.state.stock.ground[box]]
    assert (window.view.cameras[-1]["x_m"], window.view.cameras[-1]["y_m"]) == (x, y)
    press(window, "next_violation")
    assert window.view_state.violation.row == window.violations.rows.boxes(1)[0]


def test_another_workspace_chooses_none_that_nobody_asked_for(qtbot, window):
    window.activateWindow()
    window.alarms.table.setFocus()
    qtbot.waitUntil(window.alarms.table.hasFocus)
    for workspace in ("train", "plan", "control"):
        press(window, workspace)
        qtbot.wait(1)
        assert window.view_state.violation is None


def test_after_the_last_one_the_key_begins_again(window):
    for _ in range(7):
        press(window, "next_violation")
    assert window.violations.table.currentIndex().row() == 0


def test_the_chosen_one_stays_chosen_when_others_are_gone(window, feed):
    window.violations.table.selectRow(3)
    key = window.violations.rows.key(3)
    found = some(feed.snapshot.state)
    fewer = Violations(found.row[1:], found.rule[1:], found.other[1:], found.severity[1:])
    feed.snapshot = with_violations(feed.snapshot, fewer)
    window.ticker.tick()
    assert window.violations.rows.key(window.violations.table.currentIndex().row()) == key


def test_an_outline_goes_with_the_violation_that_is_settled(window, feed):
    window.violations.table.selectRow(0)
    assert window.view_state.violation is not None
    feed.snapshot = with_violations(feed.snapshot, some(feed.snapshot.state, 0))
    window.ticker.tick()
    assert window.view_state.violation is None


def test_the_same_table_is_drawn_once(window):
    drawn = window.violations.drawn
    for _ in range(3):
        window.ticker.tick()
    assert window.violations.drawn == drawn


def test_thousands_of_rows_make_texts_only_for_those_in_view(qtbot, window, feed):
    state = feed.snapshot.state
    rows = np.resize(np.flatnonzero(state.stock.place == 1).astype(np.int32), 5000)
    many = Violations(
        rows, np.full(5000, rules.NO_PLUG, np.int8), np.full(5000, -1, np.int32), np.ones(5000, np.int8)
    )
    with mock.patch.object(ViolationModel, "_text", autospec=True, return_value="x") as text:
        feed.snapshot = with_violations(feed.snapshot, many)
        window.ticker.tick()
        window.violations.table.viewport().repaint()
    assert window.violations.rows.rowCount() == 5000
    assert text.call_count < 2000


def test_the_order_is_that_of_the_slots_within_a_grade(feed):
    state = feed.snapshot.state
    found = some(state)
    sorted_in = ordered(found, state)
    assert sorted(sorted_in.tolist()) == list(range(6))
    grades = found.severity[sorted_in]
    assert (np.diff(grades) <= 0).all()
    for grade in (0, 1, 2):
        grounds = state.stock.ground[found.row[sorted_in[grades == grade]]]
        assert (np.diff(grounds) >= 0).all()


def test_the_layer_can_be_hidden_by_its_key_and_by_its_box(window):
    press(window, "violations")
    assert not window.view_state.violations
    window.layers.checks["violations"].click()
    assert window.view_state.violations


def test_a_forecast_is_entered_by_its_key_and_holds_for_hours(qtbot, window, feed):
    press(window, "forecast")
    (dialog,) = window.findChildren(Forecast)
    dialog.gust.setValue(19.5)
    dialog.hours.setValue(3)
    dialog.take.click()
    until_ns = feed.snapshot.state.t_ns + 3 * 3600 * NS_PER_S
    assert feed.decisions == [ForecastWind(19.5, until_ns, window.actor, "controller")]


def test_a_forecast_left_with_escape_decides_nothing(qtbot, window, feed):
    window.run("forecast")
    (dialog,) = window.findChildren(Forecast)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert feed.decisions == []


def test_every_grade_has_words_in_chinese(qtbot, window):
    window.run("language")
    window.turns.finish()
    assert [cell(window, row, 0) for row in (0, 2, 4)] == ["危险", "违规", "提示"]
    assert window.violations.summary.text() == Texts("zh").tr(
        "{count} against the rules: {parts}", count=6, parts="危险 2, 违规 2, 提示 2"
    )


# The marks in the scene


def test_a_box_that_breaks_two_rules_is_marked_once_by_the_gravest():
    state = sample_snapshot(300).state
    one = int(np.flatnonzero(state.stock.place == 1)[0])
    found = Violations(
        np.array([one, one], np.int32), np.array([8, 10], np.int8), np.array([-1, -1], np.int32),
        np.array([1, 2], np.int8),
    )  # fmt: skip
    rows, grades = gravest(found, state.stock)
    assert (rows.tolist(), grades.tolist()) == ([one], [2])


def test_a_mark_is_the_edges_and_the_crosses_of_its_box():
    state = sample_snapshot(300).state
    rows = np.flatnonzero(state.stock.place == 1)[:2].astype(np.int32)
    boxes = standing(state.stock, state.slots, rows)
    points, pairs = box_lines(boxes, 0.1)
    assert points.shape == (16, 3)
    assert pairs.shape == (28, 2)
    assert (pairs[:14] < 8).all()
    assert (pairs[14:] >= 8).all()
    assert np.ptp(points[:8, 0]) == pytest.approx(2 * (boxes.half_l_m[0] + 0.1))
    assert points[:8, 2].max() == pytest.approx(boxes.top_m[0] + 0.1)


def test_a_gale_frames_blocks_by_the_gravest_in_them_instead_of_crossing_thousands_of_boxes(qapp):
    snapshot = sample_snapshot(900)
    state = snapshot.state
    rows = np.flatnonzero(state.stock.place == 1).astype(np.int32)
    assert len(rows) > MOST_MARKED
    blocks = np.unique(state.slots.block[state.stock.ground[rows]])
    grave = int(blocks[-1])
    severity = np.where(state.slots.block[state.stock.ground[rows]] == grave, 2, 1).astype(np.int8)
    severity[0] = 0
    found = Violations(rows, np.full(len(rows), 10, np.int8), np.full(len(rows), -1, np.int32), severity)

    solids, grades = frames(state, *gravest(found, state.stock))

    assert grades.tolist() == [2 if block == grave else 1 for block in blocks.tolist()]
    boxes = standing(state.stock, state.slots, rows)
    for k, block in enumerate(blocks.tolist()):
        own = state.slots.block[state.stock.ground[rows]] == block
        away = boxes.centre_yard_m[own] - solids.centre_yard_m[k]
        along = np.abs(away @ (solids.cos[k], solids.sin[k])) + boxes.half_l_m[own]
        across = np.abs(away @ (-solids.sin[k], solids.cos[k])) + boxes.half_w_m[own]
        assert along.max() <= solids.half_l_m[k] + 0.5
        assert across.max() <= solids.half_w_m[k] + 0.5
        assert solids.top_m[k] == boxes.top_m[own].max()
    scene = YardScene((64, 48))
    scene.show_view(ViewState())
    scene.show_snapshot(with_violations(snapshot, found))
    assert scene.violations.marked == len(rows)
    assert scene.violations._dark.data.GetNumberOfLines() == 12 * len(blocks)
    scene.close()


@pytest.mark.parametrize("shown", [True, False])
def test_what_stands_against_a_rule_is_marked_in_the_picture_unless_hidden(qapp, shown):
    snapshot = sample_snapshot(300)
    state = snapshot.state
    ground = int(np.argmax(state.stock.count))
    box = int(state.stock.occupant[ground, state.stock.count[ground] - 1])
    found = Violations(
        np.array([box], np.int32), np.array([10], np.int8), np.array([-1], np.int32), np.array([2], np.int8)
    )
    x, y = state.slots.centre_yard_m[int(state.stock.ground[box])]
    scene = YardScene((400, 300))
    scene.show_view(ViewState(violations=shown))
    scene.show_snapshot(with_violations(snapshot, found))
    camera = Camera(float(x), float(y), 0.0, distance_m=40.0, elevation_rad=1.2)
    pixels = scene.draw(camera, (400, 300))[..., :3].astype(int)
    scene.close()
    near = np.abs(pixels - np.array(SEVERITY[2])).sum(axis=2) < 30
    assert bool(near.sum() > 50) is shown
    assert scene.violations.marked == int(shown)


def test_an_unchanged_table_is_not_built_again(qapp):
    snapshot = sample_snapshot(300)
    state = snapshot.state
    snapshot = with_violations(snapshot, check(state.yard, state.slots, state.stock))
    scene = YardScene((64, 48))
    assert scene.violations.show(snapshot, True) is (len(snapshot.state.violations) > 0)
    assert scene.violations.show(snapshot, True) is False
    scene.close()
