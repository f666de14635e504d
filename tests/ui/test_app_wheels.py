"""The wheel over a panel scrolls it and changes none of its values."""

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox

from tests.ui.test_app_faults import Stage, open_window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def window(qtbot, stage):
    window = open_window(qtbot, stage)
    yield window
    window.close()


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
