"""The strip over the yard in a replay: the near miss, its countdown, controls, and what is live."""

import math

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from twin.clock import NS_PER_S
from twin.safety.table import AlarmState
from twin.snapshot import Mode, Snapshot
from ui.actions import action
from ui.i18n import Texts
from ui.panels.alarm_rows import PRIORITIES, standing
from ui.panels.formats import number
from ui.panels.line import Line
from ui.panels.record import health_words
from ui.shortcuts import key_text
from ui.theme import alarm_pixmap, icon, palette
from ui.view_state import Encounter

BEFORE_NS = 10 * NS_PER_S
"""The replay of a near miss begins this long before it."""
_ARRIVED_NS = 3 * NS_PER_S // 10
"""The cursor stands on ticks: so far before its beginning a replay still counts as there."""
_LASTS_S = 1.0
_TAKES_WHAT_IS_LEFT = 100
"""Stretch of a part beside one of 1."""
_COMMANDS = ("second_back", "play", "second_forward", "slower", "faster")


def countdown(texts: Texts, encounter: Encounter, t_ns: int) -> str:
    """Tell how long it is until a near miss, or since it was over, at an instant of its replay [ns UTC]."""
    since_s = (t_ns - max(encounter.t_ns, encounter.until_ns)) / NS_PER_S
    left_s = (encounter.t_ns - t_ns) / NS_PER_S
    if encounter.t_ns - t_ns > BEFORE_NS + _ARRIVED_NS:
        return texts.tr("finding the place in the record...")
    if left_s > 0:
        return texts.tr("in {time:.1f} s", time=left_s)
    return texts.tr("now") if since_s < _LASTS_S else texts.tr("{time:.1f} s ago", time=since_s)


class ReplayStrip(QWidget):
    """Says what is replayed and how the live yard is meanwhile; decides nothing."""

    asked = pyqtSignal(str)
    """The id of a command."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self.setObjectName("header")
        self._snapshot: Snapshot | None = None
        self._live: Snapshot | None = None
        self._encounter: Encounter | None = None
        self._told: tuple[object, ...] = ()
        self.what, self.countdown, self.speed = Line(), QLabel(), QLabel()
        self.live_sign, self.live = QLabel(), Line()
        self.buttons: dict[str, QToolButton] = {}
        self._lay_out()
        texts.listen(self._rewrite)
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        self.what.setAccessibleName("what is replayed")
        self.what.setStyleSheet("font-weight: 700")
        self.countdown.setAccessibleName("time to the near miss")
        self.countdown.setMinimumWidth(90)
        self.live.setAccessibleName("alarms of the live yard")
        row.addWidget(self.what)
        row.addWidget(self.countdown)
        row.addSpacing(12)
        for command in ("replay_near_miss", *_COMMANDS):
            row.addWidget(self._button(command))
        row.addWidget(self.speed)
        row.addStretch(1)
        row.addWidget(self.live_sign)
        # What is replayed has its room first; the live yard has what is left, and never more than it needs.
        self.live.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.live, _TAKES_WHAT_IS_LEFT)
        row.addSpacing(12)
        row.addWidget(self._button("back_live"))
        self.texts.say(self.buttons["replay_near_miss"].setText, "From ten seconds before")

    def _button(self, command: str) -> QToolButton:
        button, row = QToolButton(), action(command)
        if row.icon:
            button.setAccessibleName(row.text)
        else:
            self.texts.say(button.setText, row.text)
        key = key_text(row.shortcut)
        self.texts.say(lambda text: button.setToolTip(f"{text}  ({key})"), row.tooltip)
        button.clicked.connect(lambda: self.asked.emit(command))
        self.buttons[command] = button
        return button

    def show_encounter(self, encounter: Encounter | None) -> None:
        """Say which near miss is replayed; None where it is another stretch of time."""
        self._encounter = encounter
        self._rewrite()

    def show_live(self, snapshot: Snapshot) -> None:
        """Take a snapshot of the live yard, also while a replay is shown."""
        before, self._live = self._live, snapshot
        if self.isVisible() and (before is None or before.state.alarms is not snapshot.state.alarms):
            self._write_live()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the snapshot shown; the strip is there while that is one of a replay."""
        self._snapshot = snapshot
        here = snapshot.mode is Mode.REPLAY
        if self.isHidden() is here:
            self.setVisible(here)
            self._rewrite()
        if here:
            self._write()

    def set_theme(self, theme: str) -> None:
        """Take another theme, icons included."""
        self.theme = theme
        self._rewrite()

    def _rewrite(self) -> None:
        self._told = ()
        self._write()
        self._write_live()

    def _write(self) -> None:
        snapshot, encounter = self._snapshot, self._encounter
        if snapshot is None or snapshot.mode is not Mode.REPLAY:
            return
        left = "" if encounter is None else countdown(self.texts, encounter, snapshot.state.t_ns)
        hole = "" if snapshot.journal is None else health_words(self.texts, snapshot.journal)
        other = snapshot.journal is not None and snapshot.journal.other_version
        told = (encounter, left, hole, other, snapshot.playing, snapshot.speed)
        if told == self._told:
            return
        self._told = told
        self.what.setText(hole or self._what(encounter, other))
        self.countdown.setText(f"<b>{left}</b>")
        self.countdown.setVisible(encounter is not None)
        self.buttons["replay_near_miss"].setVisible(encounter is not None)
        held = self.texts.tr("held")
        self.speed.setText(f"{snapshot.speed:g}×" if snapshot.playing else held)
        for command, button in self.buttons.items():
            if name := ("pause" if command == "play" and snapshot.playing else action(command).icon):
                button.setIcon(icon(self.theme, name))

    def _what(self, encounter: Encounter | None, other_version: bool) -> str:
        if encounter is None and other_version:
            return self.texts.tr("Recorded by another version, computed again by this one: it may differ")
        if encounter is None:
            return self.texts.tr("Replay of what was recorded")
        who = f"{encounter.first} / {encounter.other}"
        gap = number(encounter.gap_m, 1, "m")
        if math.isfinite(encounter.ttc_s):
            words, time_s = "Near miss {who}: {time} to contact, least gap {gap}", encounter.ttc_s
        elif math.isfinite(encounter.pet_s):
            words, time_s = "Near miss {who}: {time} after one another, least gap {gap}", encounter.pet_s
        else:
            words, time_s = "Near miss {who}: least gap {gap}", math.nan
        return self.texts.tr(words, who=who, time=number(time_s, 1, "s"), gap=gap)

    def _write_live(self) -> None:
        """Say how many alarms stand in the live yard, by the gravest of them."""
        tr = self.texts.tr
        for part in (self.live_sign, self.live):
            part.setVisible(self._live is not None)
        if self._live is None:
            return
        alarms = self._live.state.alarms.take(standing(self._live.state.alarms))
        if not len(alarms):
            self.live_sign.hide()
            self._show_live(tr("live: no alarm"), "")
            return
        gravest, waiting = int(alarms.priority.min()), alarms.state != AlarmState.ACKNOWLEDGED
        new = bool((waiting & (alarms.priority == gravest)).any())
        words = tr("live: {count} alarms", count=len(alarms)) if len(alarms) > 1 else tr("live: 1 alarm")
        split = ", ".join(
            f"{int(np.count_nonzero(alarms.priority == priority))} {tr(PRIORITIES[priority]).lower()}"
            for priority in PRIORITIES
            if (alarms.priority == priority).any()
        )
        fresh = int(waiting.sum())
        told = tr("{count} not acknowledged", count=fresh) if fresh else ""
        self.live_sign.setPixmap(alarm_pixmap(self.theme, gravest, new))
        colours = palette(self.theme)
        edge = colours.of_priority(gravest) if new else colours.muted
        style = f"border: 2px solid {edge}; border-radius: 3px; padding: 2px 8px"
        self._show_live(f"{words}: {'; '.join(filter(None, (split, told)))}", style, words)

    def _show_live(self, text: str, style: str, least: str = "") -> None:
        """Write about the live yard, with room for all of it at most and for ``least`` of it in any case."""
        self.live.setStyleSheet(f"QLabel {{ {style} }}")  # its tool tip keeps its own style
        self.live.setText(text)
        whole_px, text_px = self.live.sizeHint().width(), self.live.fontMetrics().horizontalAdvance(text)
        least_px = self.live.fontMetrics().horizontalAdvance(f"{least or text}…") + whole_px - text_px
        self.live.setMinimumWidth(min(least_px, whole_px))
        self.live.setMaximumWidth(whole_px)
