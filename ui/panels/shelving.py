"""Putting alarms aside for a time and with a reason: never critical ones, none that rose meanwhile."""

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QDialog, QFormLayout, QLabel, QPushButton, QSpinBox, QWidget

from twin.safety.table import AlarmState, Priority
from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.alarm_rows import PRIORITIES, STATES, level_text
from ui.panels.alarm_words import said
from ui.panels.base import muted

REASONS: tuple[str, ...] = (
    mark("Known fault, repair is ordered"),
    mark("Sensor under test"),
    mark("Planned work in this area"),
    mark("Chatters, cause not found yet"),
)
"""Offered reasons, recorded in English whatever the language; any other can be typed."""
USUAL_MIN, LONGEST_MIN = 30, 8 * 60
"""How long an alarm is put aside [min]: half an hour unless said otherwise, a shift at most."""


WIDE_PX = 430
NAMED_MOST = 4
"""So many alarms are named in the form; of more the number is told."""
_Grave = tuple[int, int]
"""Level, and priority below 0: more is graver."""


class Shelving(QDialog):
    """Asks for how long and why; names the alarms as they stand, tick after tick, and refuses what rose.

    Parameters
    ----------
    state : State
        As the alarms stand when the form is opened.
    ids : sequence of int
        The alarms chosen; critical ones are left out.
    """

    taken = pyqtSignal(int, str)
    """Minutes and the reason."""

    def __init__(self, state: State, ids: Sequence[int], texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._texts = texts
        graves = {alarm: _grave(state, row) for alarm, row in _rows(state, ids).items()}
        self._opened = {alarm: grave for alarm, grave in graves.items() if grave[1] != -Priority.CRITICAL}
        self.ids = tuple(self._opened)
        """The alarms that are shelved: those chosen without the critical ones."""
        self.levels = tuple(level for level, _ in self._opened.values())
        """The level of each as the form was opened."""
        self._rose: dict[int, None] = {}
        self._words: dict[int, str] = {}
        self._problem = ""
        self.minutes, self.reason, self.take = QSpinBox(), QComboBox(), QPushButton(texts.tr("Shelve"))
        self.title, self.named, self.problem = QLabel(), QLabel(), QLabel()
        self._critical = len(ids) - len(self.ids)
        self._fill()
        self._lay_out()
        self.reason.setFocus()
        self.take.clicked.connect(self._take)
        self.reason.currentTextChanged.connect(lambda _: self._enable())
        self.follow(state)

    def _fill(self) -> None:
        tr = self._texts.tr
        self.title.setProperty("role", "title")
        self.named.setAccessibleName("alarms to be shelved")
        self.problem.setAccessibleName("why it is refused")
        self.minutes.setRange(1, LONGEST_MIN)
        self.minutes.setSingleStep(5)
        self.minutes.setValue(USUAL_MIN)
        self.minutes.setSuffix(" " + tr("min"))
        self.minutes.setAccessibleName("for how long")
        self.reason.setEditable(True)
        self.reason.addItems([tr(text) for text in REASONS])
        self.reason.setCurrentIndex(-1)
        self.reason.setAccessibleName("reason")
        if (line := self.reason.lineEdit()) is not None:
            line.setPlaceholderText(tr("Why: choose or type"))
        for label in (self.named, self.problem):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setMinimumWidth(WIDE_PX)

    def _lay_out(self) -> None:
        tr, form, some = self._texts.tr, QFormLayout(self), bool(self.ids)
        self.refusal = muted(tr("A critical alarm is never shelved: {count} chosen.", count=self._critical))
        self.refusal.setVisible(self._critical > 0)
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        back = muted(tr("It comes back by itself. Take it back sooner in the list of shelved alarms."))
        form.addRow(self.title)
        form.addRow(self.named)
        form.addRow(tr("For"), self.minutes)
        form.addRow(tr("Reason"), self.reason)
        for part in (self.refusal, self.problem, back, self.take):
            form.addRow(part)
        for asked in (self.minutes, self.reason):
            form.setRowVisible(asked, some)
        for part in (self.named, back, self.take):
            part.setVisible(some)

    def follow(self, state: State) -> None:
        """Name the alarms as they stand now; what rose since the form was opened is refused.

        One that ended stays named, so that nothing in the form moves from under a pointer.
        """
        rows, tr = _rows(state, self.ids), self._texts.tr
        title = tr("Shelve {count} alarms", count=len(rows)) if len(rows) != 1 else tr("Shelve the alarm")
        self.title.setText(title if rows else tr("Nothing to shelve"))
        for alarm, row in rows.items():
            level, priority = _grave(state, row)
            if level > self._opened[alarm][0] or priority > self._opened[alarm][1]:
                self._rose[alarm] = None
        words = [self._told(state, alarm, rows.get(alarm)) for alarm in self.ids[:NAMED_MOST]]
        if len(self.ids) > NAMED_MOST:
            words.append(tr("and {count} more", count=len(self.ids) - NAMED_MOST))
        self._set(self.named, "\n".join(words))
        self._problem = self._complaint(state, rows) if self.ids else ""
        self._set(self.problem, self._problem)
        self.problem.setVisible(bool(self._problem))
        self._enable()

    def _set(self, label: QLabel, words: str) -> None:
        if words != label.text():
            label.setText(words)
            self.adjustSize()

    def _told(self, state: State, alarm: int, row: int | None) -> str:
        """Name an alarm in two lines, one that has ended by what it was."""
        tr, alarms = self._texts.tr, state.alarms
        if row is None:
            return f"{tr('Ended meanwhile')}\n{self._words.get(alarm, '')}"
        self._words[alarm] = said(self._texts, state, row)
        marks = (level_text(self._texts, int(alarms.level[row])), tr(PRIORITIES[int(alarms.priority[row])]))
        life = tr(STATES[int(alarms.state[row])])
        return f"{'  ·  '.join(filter(None, (*marks, life)))}\n{self._words[alarm]}"

    def _complaint(self, state: State, rows: dict[int, int]) -> str:
        """Tell why nothing is shelved; empty where nothing speaks against it."""
        tr = self._texts.tr
        if not rows:
            return tr("It has gone by itself: there is nothing left to shelve.")
        if not self._rose:
            return ""
        row = next((rows[alarm] for alarm in self._rose if alarm in rows), None)
        if row is None:
            return tr("It got graver while this form was open. Close it and look at the alarm again.")
        level = level_text(self._texts, int(state.alarms.level[row]))
        return tr(
            "It rose to {level}, {priority}, while this form was open: it is not shelved. "
            "Close the form and look at the alarm.",
            level=level, priority=tr(PRIORITIES[int(state.alarms.priority[row])]),
        )  # fmt: skip

    def reason_text(self) -> str:
        """Give the reason as it is recorded: one of the list in English, any other as typed."""
        index = self.reason.findText(self.reason.currentText())
        return REASONS[index] if 0 <= index < len(REASONS) else self.reason.currentText().strip()

    def _enable(self) -> None:
        self.take.setEnabled(bool(self.ids) and not self._problem and bool(self.reason_text()))

    def _take(self) -> None:
        self.taken.emit(self.minutes.value(), self.reason_text())
        self.close()


def _rows(state: State, ids: Sequence[int]) -> dict[int, int]:
    """Give the rows of the alarms of ``ids`` that stand still, by id."""
    alarms = state.alarms
    stands = np.isin(alarms.id, np.array(list(ids), np.int64)) & (alarms.state != AlarmState.SHELVED)
    at = {int(alarms.id[row]): int(row) for row in np.flatnonzero(stands)}
    return {alarm: at[alarm] for alarm in ids if alarm in at}


def _grave(state: State, row: int) -> _Grave:
    return int(state.alarms.level[row]), -int(state.alarms.priority[row])
