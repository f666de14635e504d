"""What a trainer makes worse in the simulated yard while it runs: noise, radio, network, attacks, mishaps."""

from functools import partial
from typing import Any, Protocol

import msgspec
import numpy as np
from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)

from sensors.errors import SourceError
from sensors.simulation.receiver import NOISES
from sensors.simulation.switches import LIMITS, USUAL, Switches
from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.snapshot import Mode, Snapshot
from ui.i18n import Texts, mark
from ui.panels.base import Panel, muted
from ui.panels.formats import NONE, name


class Faulty(Protocol):
    """A simulated yard whose faults can be switched while it runs."""

    switches: Switches

    def switch(self, switches: Switches) -> None:
        """Set what is made worse from now on."""
        ...


NOISES_OF = ("", *NOISES)
"""Choices of receiver noise by name; the first is the noise that the simulation was begun with."""

FAULTS: dict[str, tuple[str, str, float]] = {
    "multipath": (mark("Reflections beside stacks"), "×", 1.0),
    "outage": (mark("Constellations gone (1 half, 2 all)"), "", 1.0),
    "latency_s": (mark("Latency"), "s", 0.1),
    "jitter_s": (mark("Jitter"), "s", 0.1),
    "duplicates": (mark("Packets that come twice"), "%", 0.01),
    "late": (mark("Packets that come late"), "%", 0.01),
    "spoof_m": (mark("Satellites imitated, all are led away"), "m", 10.0),
    "wind_mps": (mark("Wind rises"), "m/s", 1.0),
    "jump_m": (mark("Position jumps"), "m", 1.0),
    "drift_mps": (mark("Position drifts"), "m/s", 0.1),
    "frozen": (mark("Receiver frozen, wheels turn"), "", 1.0),
    "wrong_fix_m": (mark("Wrong fix called exact"), "m", 0.1),
    "clock_s": (mark("Receiver's clock wrong"), "s", 60.0),
    "replay_s": (mark("Sends once more what it sent before"), "s", 10.0),
    "duplicate_m": (mark("Second device of its name"), "m", 10.0),
    "foreign_m": (mark("Foreign sender"), "m", 10.0),
    "flood_per_s": (mark("Flood of lines"), "1/s", 1000.0),
    "stops": (mark("Breaks down where it is"), "", 1.0),
    "drives_on": (mark("Drives on, past whatever is ahead"), "", 1.0),
    "speeding": (mark("Goes faster than is allowed"), "×", 0.1),
    "walks": (mark("Someone on foot crosses its way"), "", 1.0),
    "wrong_way": (mark("A truck comes the wrong way"), "", 1.0),
    "swings_low": (mark("Crane travels before it hoists"), "", 1.0),
}
"""Faults by the switch's name: title, unit, and the step of its value."""
SETTINGS: dict[str, tuple[str, str, float]] = {
    "late_s": (mark("How late at most"), "s", 1.0),
    "after_s": (mark("Attacks and mishaps begin at second"), "s", 10.0),
}
"""What belongs to faults and is none itself, in the same words."""
_BEHIND = {"late": "late_s"}
"""Faults -> the setting that stands below them."""
MOST = 1e5
"""No greater figure is offered, so that there is room for it; a greater one of the command line stays."""
ATTACKS = tuple(FAULTS)[tuple(FAULTS).index("jump_m") :]
"""Those that one machine is meant with."""
_SWITCHED = {fault for fault in FAULTS if isinstance(getattr(Switches(), fault), bool)}
"""Those that are on or off."""


_VEHICLE = np.array([KINDS[kind].hoist_range_m[1] <= 0 for kind in KIND_NAMES])


class FaultsPanel(Panel):
    """Switches faults of a simulation; touches nothing of the twin itself."""

    sleeps = True

    said = pyqtSignal(str)
    """What a switch led to."""

    def __init__(self, simulation: Faulty | None, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.simulation = simulation
        self._usual = Switches() if simulation is None else simulation.switches
        self.checks: dict[str, QCheckBox] = {}
        self.spins: dict[str, QDoubleSpinBox] = {}
        self.target, self.off, self.note = QComboBox(), QPushButton(), muted()
        self.noise, self.blind = QComboBox(), QCheckBox()
        self.column.addWidget(self.note)
        self._lay_out()
        texts.say(self.off.setText, "All faults off")
        self.off.clicked.connect(self.all_off)
        self.target.activated.connect(lambda _: self._switch())
        self._names: tuple[str, ...] = ()
        self._usable: bool | None = None
        self._named_ns = 0

    def _lay_out(self) -> None:
        area, inner = QScrollArea(), QWidget()
        grid = QGridLayout(inner)
        # As wide as the figures below, not as its longest word: else the panel cuts all of them off.
        self.noise.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.noise.setMinimumContentsLength(4)
        self._lay_out_receivers(grid)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setVerticalSpacing(1)
        for fault in FAULTS:
            if fault == ATTACKS[0]:
                self._lay_out_setting(grid, "after_s")
            row = grid.rowCount()
            grid.addWidget(self._check(fault), row, 0)
            if fault not in _SWITCHED:
                grid.addWidget(self._spin(fault, FAULTS[fault]), row, 1)
            if fault in _BEHIND:
                self._lay_out_setting(grid, _BEHIND[fault])
        grid.setColumnStretch(0, 1)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        # Above what is scrolled: else it is out of sight of most that it governs.
        self.column.addLayout(self._attacked())
        self.column.addWidget(area, 1)
        self.column.addWidget(self.off)

    def _lay_out_setting(self, grid: QGridLayout, setting: str) -> None:
        caption, row = QLabel(), grid.rowCount()
        caption.setIndent(24)
        self.texts.say(caption.setText, SETTINGS[setting][0])
        grid.addWidget(caption, row, 0)
        grid.addWidget(self._spin(setting, SETTINGS[setting]), row, 1)

    def _attacked(self) -> QHBoxLayout:
        """Give the line that says which machine is attacked; a name has the room that it needs."""
        line, caption = QHBoxLayout(), QLabel()
        self.texts.say(caption.setText, "Machine meant")
        self.target.setAccessibleName("machine meant")
        self.target.setMinimumContentsLength(14)
        told = mark("The first is the vehicle here whose name comes first; for cranes the first that works.")
        self.texts.say(self.target.setToolTip, told)
        line.setSpacing(8)
        line.addWidget(caption)
        line.addWidget(self.target, 1)
        return line

    def _lay_out_receivers(self, grid: QGridLayout) -> None:
        caption = QLabel()
        self.texts.say(caption.setText, "Noise of the receivers")
        self.noise.addItems(list(NOISES_OF))
        self.texts.say(partial(self.noise.setItemText, 0), "as begun")
        self.noise.setCurrentIndex(NOISES_OF.index(self._usual.noise))
        self.noise.setAccessibleName("noise of the receivers")
        self.noise.activated.connect(lambda _: self._switch())
        self.texts.say(self.blind.setText, "Radio-blind zones are heard too")
        self.blind.setChecked(not self._usual.blind)
        self.blind.clicked.connect(lambda _: self._switch())
        grid.addWidget(caption, 0, 0)
        grid.addWidget(self.noise, 0, 1)
        grid.addWidget(self.blind, 1, 0)

    def _check(self, fault: str) -> QCheckBox:
        check = QCheckBox()
        self.texts.say(check.setText, FAULTS[fault][0])
        check.setChecked(getattr(self._usual, fault) != getattr(Switches(), fault))
        check.clicked.connect(lambda _: self._switch())
        self.checks[fault] = check
        return check

    def _spin(self, fault: str, words: tuple[str, str, float]) -> QDoubleSpinBox:
        spin, (title, unit, step) = QDoubleSpinBox(), words
        scale = 100.0 if unit == "%" else 1.0
        begun = self._counts(fault)
        value = scale * float(getattr(self._usual, fault) if begun else USUAL[fault])
        least, most = (scale * limit for limit in LIMITS[fault])
        spin.setDecimals(0 if step >= 1 or unit == "%" else 1)
        spin.setRange(min(max(least, -MOST), value), max(min(most, MOST), value))
        spin.setSingleStep(step * scale)
        spin.setSuffix(f" {unit}" if unit else "")
        spin.setKeyboardTracking(False)
        spin.setValue(value)
        spin.setAccessibleName(title.lower())
        spin.valueChanged.connect(lambda _: self._switch() if self._counts(fault) else None)
        self.spins[fault] = spin
        return spin

    def _counts(self, fault: str) -> bool:
        """Tell whether the value of a fault counts: that of a setting always does."""
        return fault in SETTINGS or self.checks[fault].isChecked()

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the fleet, which can be attacked, looked at once a second."""
        t_ns = snapshot.state.t_ns
        if self._seen and self._seen[1] is snapshot.mode and abs(t_ns - self._named_ns) < NS_PER_S:
            return self._seen
        self._named_ns = t_ns
        return (snapshot.state.fleet, snapshot.mode)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; what may be switched is known also out of view."""
        usable = self.simulation is not None and snapshot.mode is not Mode.REPLAY
        if usable is not self._usable:
            self._usable = usable
            self._enable(usable)
        super().show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Offer the machines that are present."""
        words = mark("What is made worse here happens in the simulated yard; the twin is not told.")
        nothing = mark("Only a simulated yard that runs live has faults to switch.")
        self.note.setText(self.texts.tr(words if self._usable else nothing))
        fleet = snapshot.state.fleet
        names = tuple(sorted(map(name, fleet.name[fleet.present].tolist())))
        vehicles = fleet.name[fleet.present & _VEHICLE[fleet.kind]].tolist()
        first = self.texts.tr("first: {machine}", machine=name(min(vehicles))) if vehicles else NONE
        if (first, *names) != self._names:
            chosen = self.target.currentText() or self._usual.target
            self._names = (first, *names)
            self.target.clear()
            self.target.addItems(list(self._names))
            self.target.setCurrentIndex(max(self.target.findText(chosen), 0))

    def _enable(self, usable: bool) -> None:
        for widget in (
            *self.checks.values(), *self.spins.values(), self.noise, self.blind, self.target, self.off,
        ):  # fmt: skip
            widget.setEnabled(usable)

    def wanted(self) -> Switches:
        """Give the switches as they stand in the panel; raises SourceError where one cannot be."""
        values: dict[str, Any] = {fault: self._value(fault) for fault in (*FAULTS, *SETTINGS)}
        values["noise"] = NOISES_OF[self.noise.currentIndex()]
        values["blind"] = not self.blind.isChecked()
        values["target"] = self.target.currentText() if self.target.currentIndex() > 0 else ""
        return msgspec.structs.replace(self._usual, **values)

    def _value(self, fault: str) -> Any:
        if not self._counts(fault):
            return getattr(Switches(), fault)
        if fault in _SWITCHED:
            return True
        unit = (FAULTS | SETTINGS)[fault][1]
        value = self.spins[fault].value() / (100.0 if unit == "%" else 1.0)
        return round(value) if fault == "outage" else value

    def all_off(self) -> None:
        """Switch every fault off."""
        for check in self.checks.values():
            check.setChecked(False)
        for setting in SETTINGS:
            with QSignalBlocker(self.spins[setting]):
                self.spins[setting].setValue(getattr(Switches(), setting))
        self.noise.setCurrentIndex(0)
        self.blind.setChecked(False)
        self._switch()

    def _switch(self) -> None:
        if self.simulation is None or not self.off.isEnabled():
            return
        try:
            switches = self.wanted()
        except SourceError as error:
            self.said.emit(str(error))
            return
        if switches != self.simulation.switches:
            self.simulation.switch(switches)
            self.said.emit(self.told())

    def told(self) -> str:
        """Tell which faults are on."""
        tr = self.texts.tr
        on = [tr(FAULTS[fault][0]) for fault, check in self.checks.items() if check.isChecked()]
        if self.noise.currentIndex():
            on.append(f"{tr('Noise of the receivers')}: {self.noise.currentText()}")
        if self.blind.isChecked():
            on.append(tr("Radio-blind zones are heard too"))
        return tr("Faults on: {faults}", faults=", ".join(on)) if on else tr("No fault is on.")
