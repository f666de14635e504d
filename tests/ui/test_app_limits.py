from dataclasses import replace

import numpy as np
import pytest

from tests.ui.app_samples import ListFeed, Shelf, a_snapshot, a_window, press
from tests.ui.samples import alarms_of
from twin.decisions import SetLimit, SetService
from twin.fleet.kinds import KIND_NAMES
from twin.safety.alarms import RULE_NAMES, RULES
from twin.safety.levels import Limit
from twin.safety.table import AlarmState
from ui.actions import ACTIONS
from ui.panels.alarm_rows import STATE
from ui.panels.alarms import List
from ui.panels.limits import complaint, settable
from ui.shortcuts import offered_commands, tells_why_not
from ui.view_state import Pick, PickKind

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEPT = Limit("contact", "A01", "rtg", 3.0, 2.0, 1.0)


@pytest.fixture
def feed():
    base = a_snapshot(60)
    return ListFeed(replace(base, state=base.state.with_columns(limits=(KEPT,), out_of_service=("TT-01",))))


@pytest.fixture
def window(qtbot, feed):
    window = a_window(feed, Shelf())
    qtbot.addWidget(window)
    window.run("plan")
    yield window
    window.close()


@pytest.fixture
def form(window):
    press(window, "limits")
    return window.watch.dialog


def test_the_form_lies_within_a_low_window(window):
    window.resize(1200, 620)
    press(window, "limits")
    dialog = window.watch.dialog
    assert dialog.geometry().bottom() <= window.geometry().bottom()


def choose(form, rule):
    form.rule.setCurrentIndex(form.rules.index(rule))


def test_only_rules_with_thresholds_are_offered(form):
    assert set(form.rules) == {rule for rule in RULE_NAMES if settable(rule)}
    assert "contact" in form.rules
    assert "overlap" not in form.rules


def test_the_form_begins_with_the_rules_own_thresholds(form):
    choose(form, "contact")
    levels = RULES["contact"].levels
    assert form.values() == (levels.warning, levels.slow_down, levels.stop)


def test_the_fields_show_what_is_set_for_the_place_and_kind_chosen(form):
    choose(form, "contact")
    form.zone.setCurrentText("A01")
    form.kind.setCurrentIndex(1 + KIND_NAMES.index("rtg"))
    assert form.values() == (3.0, 2.0, 1.0)
    assert "These are set" in form.own.text()
    form.kind.setCurrentIndex(0)
    levels = RULES["contact"].levels
    assert form.values() == (levels.warning, levels.slow_down, levels.stop)
    assert "Nothing is set" in form.own.text()


def test_the_line_chosen_is_shown_in_the_fields(form):
    form.table.choose(("contact", "A01", "rtg"))
    assert form.values() == (3.0, 2.0, 1.0)
    assert form.zone.currentText() == "A01"
    assert form.title.text() == "Alarm limits"


@pytest.mark.parametrize("there", ["control", "train"])
def test_who_may_not_set_limits_can_read_them(window, feed, there):
    window.run(there)
    press(window, "limits")
    form = window.watch.dialog
    form.table.choose(("contact", "A01", "rtg"))
    assert form.values() == (3.0, 2.0, 1.0)
    assert "Plan workspace" in form.problem.text()
    form.set_button.click()
    form.back_button.click()
    assert feed.decisions == []


def test_the_palette_finds_the_limits_in_every_workspace(window):
    for there in ("control", "plan", "train"):
        window.run(there)
        found = offered_commands(window.texts, window.usable)("limit")
        assert "limits" in [key for key, _, _ in found]


@pytest.mark.parametrize(
    ("there", "command", "words"),
    [
        ("control", "publish", "Publish: only in the workspace Plan (Ctrl+2)."),
        ("control", "faults_off", "All faults off: only in the workspace Train (Ctrl+3)."),
        ("plan", "publish", "Publish: only while a draft is edited (E)."),
    ],
)
def test_a_key_that_cannot_act_here_says_so(window, feed, there, command, words):
    window.run(there)
    press(window, command)
    assert window.status.note.text() == words
    assert feed.decisions == []


def test_a_key_that_cannot_act_in_a_replay_says_how_to_leave_it(window):
    window.run("replay_now")
    window.ticker.tick()
    press(window, "limits")
    assert "Esc goes back to live" in window.status.note.text()


def test_letters_and_arrows_stay_with_what_has_the_focus():
    silent = [row.id for row in ACTIONS if not tells_why_not(row)]
    assert {"play", "step_back", "remove_block", "turn_block", "edit", "undo", "put_back"} <= set(silent)


def test_thresholds_are_set_for_a_place_and_a_kind_with_name_and_role(window, form, feed):
    choose(form, "contact")
    form.zone.setCurrentText("A01")
    form.kind.setCurrentIndex(1 + KIND_NAMES.index("rtg"))
    for spin, value in zip(form.spins, (3.5, 2.5, 1.5), strict=True):
        spin.setValue(value)
    form.set_button.click()
    assert feed.decisions == [SetLimit("contact", "A01", "rtg", 3.5, 2.5, 1.5, window.actor, "planner")]


def test_thresholds_that_are_not_each_graver_are_refused_with_the_reason(form, feed):
    choose(form, "contact")
    form.spins[2].setValue(1.9)
    assert "less time is graver" in form.problem.text()
    assert not form.set_button.isEnabled()


@pytest.mark.parametrize("rule", [rule for rule in RULE_NAMES if settable(rule)])
def test_a_rules_own_thresholds_are_fit_to_be_set(form, rule):
    choose(form, rule)
    assert complaint(RULES[rule].levels, form.values()) == ""


def test_what_was_set_is_listed_and_can_be_taken_back(window, form, feed):
    assert form.table.rows.rows[0].texts[1:] == ("A01", "RTG", "3, 2, 1 s")
    form.table.choose(("contact", "A01", "rtg"))
    form.back_button.click()
    assert feed.decisions == [SetLimit("contact", "A01", "rtg", None, None, None, window.actor, "planner")]


def test_a_machine_is_taken_out_of_service_and_put_back_by_one_key(window, feed):
    window.run("control")
    names = [name.decode() for name in feed.snapshot.state.fleet.name]
    for machine, back in (("TT-02", False), ("TT-01", True)):
        window.select(Pick(PickKind.MOVER, names.index(machine), (0.0, 0.0, 0.0)))
        press(window, "service")
        assert feed.decisions[-1] == SetService(machine, back, window.actor, "controller")


def test_a_box_is_no_machine_to_take_out_of_service(window, feed):
    window.run("control")
    window.select(Pick(PickKind.BOX, 0, (0.0, 0.0, 0.0)))
    press(window, "service")
    assert feed.decisions == []
    assert window.status.note.text() == "Select the machine first."


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (b"positions_lost", "Explained by: Positions lost"), (b"flood", "Flood of alarms"),
        (b"out of service", "Machine out of service"), (b"", "Suppressed"),
    ],
)  # fmt: skip
def test_why_an_alarm_is_suppressed_is_told(window, feed, reason, text):
    held = alarms_of(1, state=np.array([AlarmState.SUPPRESSED], np.int8), reason=np.array([reason], "S96"))
    feed.snapshot = replace(feed.snapshot, state=feed.snapshot.state.with_columns(alarms=held))
    window.ticker.tick()
    window.alarms.show_list(List.SUPPRESSED)
    model = window.alarms.rows
    assert model.data(model.index(0, STATE)) == text
