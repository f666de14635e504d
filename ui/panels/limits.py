"""Thresholds of the alarm rules: what is set in place of a rule's own, for a zone and a kind of machine."""

from math import isfinite

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from twin.fleet.kinds import KIND_NAMES
from twin.safety.alarms import RULE_NAMES, RULES
from twin.safety.levels import Levels, Limit
from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import LEVELS
from ui.panels.base import muted
from ui.panels.inspector_fields import kind_title
from ui.panels.rows import Column, Row, RowsTable

UNITS: dict[str, str] = {
    "wind_warning": "m/s", "wind_stop": "m/s", "wrong_way": "m/s", "too_fast": "×", "crane_to_crane": "×",
    "truck_lifted": "m", "reefer_off_set_point": "°C",
}  # fmt: skip
"""Unit of a rule's thresholds where it is not a time [s]."""


def settable(rule: str) -> bool:
    """Tell whether a rule has three thresholds that can be set."""
    levels = RULES[rule].levels
    return any(map(isfinite, (levels.warning, levels.slow_down, levels.stop)))


def complaint(levels: Levels, values: tuple[float, float, float]) -> str:
    """Tell what is wrong with three thresholds, empty where nothing is; a text to be translated."""
    graver = sorted(values, reverse=levels.falling)
    if list(values) != graver:
        more = mark("Each must be at most the one before: less time is graver.")
        return more if levels.falling else mark("Each must be at least the one before: more is graver.")
    if levels.falling and values[0] > levels.furthest:
        return mark("Nothing is looked for so far ahead.")
    return ""


def key_of(limit: Limit) -> tuple[str, str, str]:
    """Give what a limit is for: rule, place and kind."""
    return limit.rule, limit.zone, limit.kind


class LimitsForm(QDialog):
    """Shows the thresholds in force, and asks for others; lists those that were set.

    Parameters
    ----------
    may_set : bool
        Without it the thresholds can be read, not changed.
    """

    taken = pyqtSignal(str, str, str, object)
    """Rule, zone or block, kind, and three thresholds or None to take back what was set."""

    def __init__(
        self, state: State, texts: Texts, parent: QWidget | None = None, *, may_set: bool = True
    ) -> None:
        super().__init__(parent)
        self.texts, self._limits, self._may_set = texts, state.limits, may_set
        self.title = QLabel(texts.tr("Alarm limits"))
        self.title.setProperty("role", "title")
        self.setWindowTitle(self.title.text())
        self.rule, self.zone, self.kind = QComboBox(), QComboBox(), QComboBox()
        self.spins = [QDoubleSpinBox() for _ in LEVELS]
        self.set_button = QPushButton(texts.tr("Set limits"))
        self.back_button = QPushButton(texts.tr("Take back"))
        self.problem, self.own = QLabel(), muted()
        self.rules = tuple(rule for rule in RULE_NAMES if settable(rule))
        self._zones = [block.name for block in state.yard.blocks] + [zone.name for zone in state.yard.zones]
        columns = (
            Column(mark("Alarm rule"), stretch=True), Column(mark("Where")), Column(mark("Kind")),
            Column(mark("Thresholds"), right=True),
        )  # fmt: skip
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("limits that were set")
        self._fill()
        self._lay_out()
        self.table.show_rows([self._row(limit) for limit in self._limits])
        for combo in (self.rule, self.zone, self.kind):
            combo.currentIndexChanged.connect(lambda _: self._show_set())
        for spin in self.spins:
            spin.valueChanged.connect(lambda _: self._enable())
        self.set_button.clicked.connect(self._set)
        self.back_button.clicked.connect(self._take_back)
        self.table.chosen.connect(lambda _: self._choose())
        self._show_set()
        self.resize(560, 460)

    def _fill(self) -> None:
        tr = self.texts.tr
        self.rule.addItems([tr(rule.replace("_", " ").capitalize()) for rule in self.rules])
        self.zone.addItems([tr("Whole yard"), *self._zones])
        self.kind.addItems([tr("All machines"), *(kind_title(self.texts, k) for k in range(len(KIND_NAMES)))])
        for combo, name in ((self.rule, "rule"), (self.zone, "where"), (self.kind, "kind of machine")):
            combo.setAccessibleName(name)

    def _lay_out(self) -> None:
        tr, form, below = self.texts.tr, QFormLayout(self), QHBoxLayout()
        form.addRow(self.title)
        form.addRow(tr("Alarm rule"), self.rule)
        form.addRow(tr("Where"), self.zone)
        form.addRow(tr("Kind"), self.kind)
        for spin, level in zip(self.spins, LEVELS.values(), strict=True):
            spin.setAccessibleName(level.lower())
            form.addRow(tr(level), spin)
        form.addRow(self.own)
        form.addRow(self.problem)
        self.set_button.setProperty("role", "primary")
        self.set_button.setDefault(True)
        below.addWidget(self.set_button)
        below.addStretch(1)
        below.addWidget(self.back_button)
        form.addRow(self.table)
        form.addRow(below)

    def _levels(self) -> Levels:
        return RULES[self.rules[max(self.rule.currentIndex(), 0)]].levels

    def _set_here(self) -> Limit | None:
        """Give what is set for just the rule, the place and the kind chosen."""
        wanted = self._chosen()
        return next((limit for limit in self._limits if key_of(limit) == wanted), None)

    def _show_set(self) -> None:
        """Show what is set for the rule, the place and the kind chosen, else the rule's own thresholds."""
        rule, levels, limit = self._chosen()[0], self._levels(), self._set_here()
        own = (levels.warning, levels.slow_down, levels.stop)
        values = own if limit is None else (limit.warning, limit.slow_down, limit.stop)
        finite = [value for value in own if isfinite(value)]
        unit = UNITS.get(rule, "s")
        for spin, value in zip(self.spins, values, strict=True):
            spin.setRange(0.0, levels.furthest if isfinite(levels.furthest) else 100.0)
            spin.setDecimals(2 if unit in ("×", "m") else 1)
            spin.setSingleStep(0.1 if unit != "m/s" else 0.5)
            spin.setSuffix(f" {unit}")
            spin.setValue(value if isfinite(value) else finite[-1])
        told = ", ".join(f"{value:g} {unit}" if isfinite(value) else "–" for value in own)
        told = self.texts.tr("The rule's own: {thresholds}", thresholds=told)
        state = mark("Nothing is set for this place and kind.") if limit is None else mark("These are set.")
        self.own.setText(f"{self.texts.tr(state)} {told}")
        self._enable()

    def _choose(self) -> None:
        """Show what is set by the line chosen."""
        for key in self.table.keys()[:1]:
            if isinstance(key, tuple):
                rule, zone, kind = key
                self.rule.setCurrentIndex(self.rules.index(rule))
                self.zone.setCurrentIndex(1 + self._zones.index(zone) if zone in self._zones else 0)
                self.kind.setCurrentIndex(1 + KIND_NAMES.index(kind) if kind else 0)
        self._enable()

    def _chosen(self) -> tuple[str, str, str]:
        """Give the rule, the place and the kind chosen; empty for the whole yard and for all kinds."""
        zone = self.zone.currentText() if self.zone.currentIndex() > 0 else ""
        kind = KIND_NAMES[self.kind.currentIndex() - 1] if self.kind.currentIndex() > 0 else ""
        return self.rules[max(self.rule.currentIndex(), 0)], zone, kind

    def values(self) -> tuple[float, float, float]:
        """Give the three thresholds as they stand."""
        warning, slow_down, stop = (round(spin.value(), 3) for spin in self.spins)
        return warning, slow_down, stop

    def _enable(self) -> None:
        wrong = complaint(self._levels(), self.values())
        if not self._may_set:
            wrong = mark("To be read here: limits are set in the Plan workspace.")
        self.problem.setText(self.texts.tr(wrong) if wrong else "")
        self.set_button.setEnabled(not wrong)
        self.back_button.setEnabled(self._may_set and bool(self.table.keys()))
        for spin in self.spins:
            spin.setReadOnly(not self._may_set)

    def _row(self, limit: Limit) -> Row:
        tr, unit = self.texts.tr, UNITS.get(limit.rule, "s")
        kind = kind_title(self.texts, KIND_NAMES.index(limit.kind)) if limit.kind else tr("All machines")
        values = f"{limit.warning:g}, {limit.slow_down:g}, {limit.stop:g} {unit}"
        cells = (
            tr(limit.rule.replace("_", " ").capitalize()), limit.zone or tr("Whole yard"), kind, values,
        )  # fmt: skip
        return Row(key_of(limit), cells)

    def _set(self) -> None:
        self.taken.emit(*self._chosen(), self.values())
        self.close()

    def _take_back(self) -> None:
        keys = self.table.keys()
        for key in keys:
            if isinstance(key, tuple):
                self.taken.emit(*key, None)
        self.close()
