"""The band over everything: which time is shown, in words and colour; alarms by priority; the clocks."""

import math

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from sensors.sources.hotplug import KEEPER
from twin.safety.table import AlarmState, Priority
from twin.snapshot import Mode, Snapshot
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import standing
from ui.panels.formats import clock, in_utc, span, zone_name
from ui.theme import alarm_pixmap, palette

MODES: dict[str, str] = {
    Mode.LIVE: mark("LIVE"),
    Mode.SIMULATION: mark("SIMULATION"),
    Mode.REPLAY: mark("REPLAY"),
    Mode.RECORDED: mark("RECORDED"),
}
EXPLAINED: dict[str, str] = {
    Mode.LIVE: mark("the yard as it is now"),
    Mode.SIMULATION: mark("a generated shift, not a real yard"),
    Mode.REPLAY: mark("recorded earlier; decisions are switched off"),
    Mode.RECORDED: mark("a log of receivers, played from a file"),
}


def silent_s(snapshot: Snapshot) -> float | None:
    """Give since when no source has brought anything live [s], infinite where none ever did; else None."""
    sources = [source for source in snapshot.sources if source.name != KEEPER]
    if snapshot.mode is not Mode.LIVE or not sources or any(source.connected for source in sources):
        return None
    return min(source.age_s for source in sources)


class ModeBand(QWidget):
    """Says LIVE, SIMULATION or REPLAY over the full width; the dot moves with the data, not the screen."""

    alarms_asked = pyqtSignal()

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self.setObjectName("band")
        self._snapshot: Snapshot | None = None
        self._shown: tuple[object, ...] = ()
        self.mode, self.explained, self.clock, self.beat = QLabel(), QLabel(), QLabel(), QLabel("○")
        self.counts = {priority: (QLabel(), QLabel()) for priority in Priority}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 3)
        row.setSpacing(8)
        row.addWidget(self.mode)
        row.addWidget(self.explained)
        row.addStretch(1)
        for symbol, count in self.counts.values():
            row.addWidget(symbol)
            row.addWidget(count)
        row.addSpacing(20)
        row.addWidget(self.clock)
        row.addWidget(self.beat)
        texts.listen(self.refresh)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; written anew once a second of its time, and where mode or alarms differ."""
        self._snapshot = snapshot
        state = snapshot.state
        shown = (
            state.t_ns // 10**9,
            snapshot.mode,
            snapshot.speed,
            snapshot.playing,
            id(state.alarms),
            state.yard.name,
            silent_s(snapshot) is None,
        )
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def refresh(self) -> None:
        """Write everything."""
        if self._snapshot is None:
            return
        snapshot, colours = self._snapshot, palette(self.theme)
        state = snapshot.state
        kind = snapshot.mode if silent_s(snapshot) is None else "stale"
        sheet = (
            f"QWidget#band {{ background: {colours.of_mode(kind)}; }}"
            f"QWidget#band QLabel {{ color: {colours.band_text}; }}"
        )
        if sheet != self.styleSheet():  # setting it again would polish every label anew
            self.setStyleSheet(sheet)
        self.mode.setText(f"<b>{self.texts.tr(MODES[snapshot.mode])}</b>")
        self.explained.setText(f"{self.texts.tr(state.yard.name)}: {self._explanation(snapshot)}")
        here = zone_name(self.texts, state.t_ns)
        self.clock.setText(f"<b>{clock(self.texts, state.t_ns)}</b>&nbsp; {here}")
        self.clock.setToolTip(in_utc(state.t_ns))
        self.beat.setText("●" if state.t_ns // 10**9 % 2 else "○")
        alarms = state.alarms.take(standing(state.alarms))
        waiting = alarms.state != AlarmState.ACKNOWLEDGED
        for priority, (symbol, count) in self.counts.items():
            mine = alarms.priority == priority
            number = int(mine.sum())
            symbol.setPixmap(alarm_pixmap(self.theme, priority, bool(np.any(mine & waiting))))
            symbol.setVisible(number > 0)
            count.setVisible(number > 0)
            count.setText(str(number))
        self.setToolTip(
            self.texts.tr("The dot changes with every second of data: where it stands, the picture stands.")
        )

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Show the alarms."""
        self.alarms_asked.emit()

    def _explanation(self, snapshot: Snapshot) -> str:
        old_s = silent_s(snapshot)
        if old_s is not None:
            if math.isinf(old_s):
                return self.texts.tr("no source has brought anything yet")
            age = span(old_s, self.texts)
            return self.texts.tr("NOT the yard as it is now: all sources are silent for {age}", age=age)
        text = self.texts.tr(EXPLAINED[snapshot.mode])
        if snapshot.mode is Mode.REPLAY:
            held = self.texts.tr("held") if not snapshot.playing else f"{snapshot.speed:g}×"
            return f"{text}  ({held})"
        return text if snapshot.speed == 1.0 else f"{text}  ({snapshot.speed:g}×)"
