from dataclasses import replace
from unittest import mock

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QScrollArea

from sensors.simulation.fault_words import COUNTED
from sensors.simulation.switches import USUAL, Switches
from tests.ui.app_samples import ListFeed, ListReplay, Shelf, StillView, a_snapshot, press
from twin.clock import NS_PER_S
from ui.bindings import Bindings
from ui.i18n import Texts
from ui.main_window import MainWindow
from ui.panels.faults import FAULTS, SETTINGS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Stage:
    """A simulation that keeps what was switched."""

    def __init__(self, switches=None):
        self.switches = switches or Switches()
        self.taken = []

    def switch(self, switches):
        self.switches = switches
        self.taken.append(switches)


def open_window(qtbot, stage):
    shelf, feed = Shelf(), ListFeed(a_snapshot(60))
    bound = Bindings(feed, lambda path: ListReplay(), shelf.save, shelf.load, simulation=stage)
    with mock.patch("ui.main_window.YardView", StillView):
        window = MainWindow(bound, Texts("en"))
    qtbot.addWidget(window)
    window.show()
    window.start()
    window.ticker.stop()
    window.run("train")
    window.docks.raise_panel("faults")
    return window


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def window(qtbot, stage):
    window = open_window(qtbot, stage)
    yield window
    window.close()


def test_the_machine_that_is_attacked_unless_another_is_chosen_is_told_by_name(window):
    assert window.faults.target.itemText(0) == "first: T12345"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_switched_on_with_its_usual_value_and_off_again(window, stage, fault):
    window.faults.checks[fault].click()
    assert getattr(stage.switches, fault) == pytest.approx(USUAL[fault], rel=0.2)
    assert getattr(stage.switches, fault) != getattr(Switches(), fault)
    window.faults.checks[fault].click()
    assert stage.switches == Switches()


def test_a_value_counts_only_while_its_fault_is_on(window, stage):
    window.faults.spins["jump_m"].setValue(40.0)
    assert stage.taken == []
    window.faults.checks["jump_m"].click()
    window.faults.spins["jump_m"].setValue(55.0)
    assert [switches.jump_m for switches in stage.taken] == [40.0, 55.0]


def test_the_machine_that_is_attacked_is_chosen_by_name(window, stage):
    window.faults.checks["frozen"].click()
    assert stage.switches.target == ""
    window.faults.target.setCurrentText("TT-02")
    window.faults.target.activated.emit(0)
    assert (stage.switches.target, stage.switches.frozen) == ("TT-02", True)


def test_one_key_switches_everything_off(window, stage):
    for fault in ("latency_s", "jump_m"):
        window.faults.checks[fault].click()
    assert "Latency, Position jumps" in window.status.note.text()
    press(window, "faults_off")
    assert stage.switches == Switches()
    assert window.status.note.text() == "No fault is on."


def test_a_figure_goes_as_far_as_its_fault_and_a_clock_is_set_back_as_well(window, stage):
    window.faults.spins["latency_s"].setValue(90.0)
    window.faults.checks["latency_s"].click()
    assert stage.switches.latency_s == 60.0
    window.faults.checks["clock_s"].click()
    window.faults.spins["clock_s"].setValue(-3600.0)
    assert stage.switches.clock_s == -3600.0


def test_what_cannot_be_is_refused_with_the_reason(window, stage):
    window.faults.spins["latency_s"].setMaximum(90.0)
    window.faults.spins["latency_s"].setValue(90.0)
    window.faults.checks["latency_s"].click()
    assert stage.taken == []
    assert "latency_s: expected 0 to 60" in window.status.note.text()


def test_the_panel_has_every_switch_of_the_command_line_and_no_other():
    of_the_panel = {*FAULTS, *SETTINGS, "noise", "blind", "target"}
    assert of_the_panel == set(Switches.__struct_fields__) == set(COUNTED)


def test_how_late_and_when_attacks_begin_are_set_by_a_trainer_and_usual_again(window, stage):
    window.faults.checks["late"].click()
    window.faults.spins["late_s"].setValue(2.0)
    window.faults.spins["after_s"].setValue(300.0)
    assert (stage.switches.late, stage.switches.late_s, stage.switches.after_s) == (0.05, 2.0, 300.0)
    window.faults.off.click()
    assert stage.switches == Switches()


def test_settings_of_the_command_line_stand_in_the_panel_also_where_they_are_great(qtbot):
    stage = Stage(Switches(late=0.1, late_s=2.0, after_s=60.0, clock_s=-2e5))
    window = open_window(qtbot, stage)
    assert [window.faults.spins[name].value() for name in ("late_s", "after_s")] == [2.0, 60.0]
    assert window.faults.wanted() == stage.switches
    window.close()


def test_faults_of_the_command_line_are_on_from_the_start(qtbot):
    window = open_window(qtbot, Stage(Switches(jump_m=12.0, noise="yard", blind=False)))
    assert window.faults.checks["jump_m"].isChecked()
    assert window.faults.spins["jump_m"].value() == 12.0
    window.faults.checks["jump_m"].click()
    assert window.faults.simulation.switches == Switches(noise="yard", blind=False)
    window.close()


def test_in_a_replay_and_without_a_simulation_nothing_is_switched(qtbot, window, stage):
    window.run("replay_now")
    window.ticker.tick()
    assert not window.faults.off.isEnabled()
    window.run("faults_off")
    assert stage.taken == []
    real = open_window(qtbot, None)
    assert not any(check.isEnabled() for check in real.faults.checks.values())
    real.run("faults_off")
    real.close()


def without_tt_01(window, after_ns):
    """Give the snapshot shown as it is so much later, one machine gone."""
    state = window.snapshot.state
    fleet = state.fleet.with_columns(present=state.fleet.present & (state.fleet.name != b"TT-01"))
    return replace(window.snapshot, state=state.with_columns(fleet=fleet, t_ns=state.t_ns + after_ns))


def test_out_of_view_nothing_is_drawn_and_all_of_it_on_coming_into_view(window):
    window.show_workspace("control")
    drawn = window.faults.drawn
    window.faults.show_snapshot(without_tt_01(window, NS_PER_S))
    assert window.faults.drawn == drawn
    assert window.faults.target.findText("TT-01") >= 0
    window.show_workspace("train")
    window.docks.raise_panel("faults")
    assert window.faults.drawn == drawn + 1
    assert window.faults.target.findText("TT-01") < 0


def test_machines_are_looked_through_once_a_second(window):
    drawn = window.faults.drawn
    window.faults.show_snapshot(without_tt_01(window, NS_PER_S // 2))
    assert window.faults.drawn == drawn


def test_a_machine_that_came_can_be_attacked_and_the_choice_stays(window):
    window.faults.target.setCurrentText("TT-02")
    window.faults.show_snapshot(without_tt_01(window, NS_PER_S))
    assert window.faults.target.findText("TT-01") < 0
    assert window.faults.target.currentText() == "TT-02"


def test_noise_and_blind_zones_are_switched_by_a_trainer_and_off_again(window, stage):
    window.faults.noise.setCurrentIndex(window.faults.noise.findText("yard"))
    window.faults.noise.activated.emit(0)
    window.faults.blind.click()
    assert (stage.switches.noise, stage.switches.blind) == ("yard", False)
    window.faults.off.click()
    assert stage.switches == Switches()


def test_the_noise_of_the_beginning_is_named_in_the_language_chosen_last(qtbot, stage):
    window = open_window(qtbot, stage)
    before = window.faults.noise.itemText(0)
    window.texts.switch("zh")
    assert window.faults.noise.itemText(0) == window.texts.tr("as begun") != before


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_off_at_the_side_of_the_faults(qtbot, stage, language):
    window = open_window(qtbot, stage)
    window.texts.switch(language)
    window.dresser.dress("dark", language)
    window.dresser.finish()
    area = window.faults.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.viewport().width() > 200)
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()


def turn(field):
    """Turn the wheel a notch over a field."""
    at = QPointF(field.rect().center())
    event = QWheelEvent(
        at, QPointF(field.mapToGlobal(at.toPoint())), QPoint(0, 0), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(field, event)


def test_the_wheel_changes_neither_the_attacked_machine_nor_how_large_a_fault_is(window, stage):
    target, spin = window.faults.target, window.faults.spins["jump_m"]
    assert target.isEnabled()
    assert target.count() > 1
    spin.setValue(20.0)
    before, taken = (target.currentIndex(), spin.value()), len(stage.taken)
    for field in (target, spin):
        field.clearFocus()
        turn(field)
    assert ((target.currentIndex(), spin.value()), len(stage.taken)) == (before, taken)


def test_no_field_of_the_window_takes_the_focus_by_the_wheel(window):
    fields = [*window.findChildren(QComboBox), *window.findChildren(QAbstractSpinBox)]
    assert len(fields) > 20
    assert all(
        not field.focusPolicy() & Qt.FocusPolicy.WheelFocus & ~Qt.FocusPolicy.StrongFocus for field in fields
    )
