"""The alarms: by priority, then by time; acknowledged one by one or those seen, never all."""

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QItemSelectionModel, QModelIndex, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTableView,
    QToolButton,
    QWidget,
)  # fmt: skip

from twin.safety.table import Alarms, AlarmState, Priority
from twin.snapshot import Mode, Snapshot
from ui.i18n import Texts, mark
from ui.panels.alarm_columns import widths_px
from ui.panels.alarm_detail import detail_html
from ui.panels.alarm_lists import LISTS, List, Steady, listed
from ui.panels.alarm_log import LogPage
from ui.panels.alarm_rows import FOLD, NOW, AlarmModel, by_urgency, entries, preset_of, standing
from ui.panels.base import Page, Panel
from ui.panels.line import Line
from ui.panels.rows import laid_out
from ui.panels.scores import ScorePage

BLINK_MS = 400
"""Half a blink: 1.25 Hz, within the 1 to 2 Hz of NUREG-0700."""
NOW_TICKS = 4
"""What goes on while the alarms stay as they are is written every so many ticks, 2.5 times a second."""
DETAIL_PX = 320
"""How wide the page about the alarm chosen is; while none is chosen the list has its room."""


class AlarmPanel(Panel):
    """Lists the alarms of the snapshot shown; decides nothing."""

    acknowledged = pyqtSignal(tuple)
    """Ids of alarms that the operator acknowledges."""
    unshelved = pyqtSignal(tuple)
    """Ids of shelved alarms that are taken back."""
    shelving_asked = pyqtSignal()
    opened = pyqtSignal(str)
    """The camera preset of an alarm to look at."""
    followed = pyqtSignal(object)
    """The state of each snapshot, for what is open over the list."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.rows, self.table, self.detail = AlarmModel(texts, self), QTableView(), Page()
        self.log, self.scores, self.pages = LogPage(texts), ScorePage(texts), QStackedWidget()
        self.summary = Line()
        self.list = List.STANDING
        self._unfolded: frozenset[int] = frozenset()
        self._chosen: tuple[int, ...] = ()
        self._critical: frozenset[int] = frozenset()
        self._answered: frozenset[int] = frozenset()
        self.steady = Steady(self.table)
        self.steady.over.connect(self.refresh)
        self._shape()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(BLINK_MS)
        self._timer.timeout.connect(self._blink)
        self._ticks = 0
        self._choose()

    # Layout

    def _shape(self) -> None:
        table = self.table
        table.setModel(self.rows)
        table.setAccessibleName("alarms")
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        laid_out(table, widths_px(self.texts))
        self.texts.listen(self._fit)
        model = table.selectionModel()
        assert model is not None
        model.selectionChanged.connect(lambda *_: self._choose())
        table.clicked.connect(self._click)
        table.doubleClicked.connect(lambda index: self._open(self.rows.id_of(index.row())))

    def _lay_out(self) -> None:
        top, body, both = QHBoxLayout(), QWidget(), QHBoxLayout()
        self.tabs: dict[List, QToolButton] = {}
        self._group = QButtonGroup(self)
        for kind in List:
            top.addWidget(self._tab(kind))
        top.addSpacing(12)
        top.addWidget(self.summary, 1)
        self.button, self.shelf_button, self.back_button = (
            self._button(mark("Acknowledge"), self.acknowledge),
            self._button(mark("Shelve..."), self.shelving_asked.emit),
            self._button(mark("Take back"), self.unshelve),
        )  # fmt: skip
        for button in (self.button, self.shelf_button, self.back_button, self.log.save_button):
            top.addWidget(button)
        self.detail.setFixedWidth(DETAIL_PX)
        self.detail.setAccessibleName("about the alarm")
        both.setContentsMargins(0, 0, 0, 0)
        both.addWidget(self.table, 1)
        both.addWidget(self.detail)
        body.setLayout(both)
        for page in (body, self.log, self.scores):
            self.pages.addWidget(page)
        self.column.addLayout(top)
        self.column.addWidget(self.pages, 1)

    def _tab(self, kind: List) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "tab")
        button.setCheckable(True)
        button.setChecked(kind is self.list)
        button.setText(self.texts.tr(LISTS[kind]))
        button.setAccessibleName(LISTS[kind].lower())
        button.clicked.connect(lambda: self.show_list(kind))
        self._group.addButton(button)
        self.tabs[kind] = button
        return button

    def _button(self, text: str, then: Callable[[], object]) -> QPushButton:
        button = QPushButton()
        self.texts.say(button.setText, text)
        button.clicked.connect(lambda: then())
        return button

    # Snapshots

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the alarms, what became of them, and the yard that they lie in."""
        state = snapshot.state
        return (state.alarms, state.alarm_log, state.yard, snapshot.mode)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot; what goes on while the alarms are the same is written now and then."""
        super().show_snapshot(snapshot)
        self._ticks = (self._ticks + 1) % NOW_TICKS
        if not self._ticks and self.rows.entries:
            self.rows.state = snapshot.state
            self._tell()
            self._show_now()
        self.followed.emit(snapshot.state)

    def draw(self, snapshot: Snapshot) -> None:
        """List the alarms; those chosen stay chosen where they are still there."""
        alarms = snapshot.state.alarms
        self.rows.theme = self.theme
        selection = self.table.selectionModel()
        assert selection is not None
        selection.blockSignals(True)
        lines = entries(alarms, listed(self.list, alarms), self._unfolded)
        if self.rows.show(snapshot.state, self.steady.arranged(lines, self.rows.ids, alarms)):
            self._choose_again(selection)
        selection.blockSignals(False)
        self._uncover(alarms)
        self.log.show_state(snapshot.state, self.theme, self.list is List.LOG)
        self.scores.show_state(snapshot.state, self.theme, self.list is List.SCORES)
        self._count(alarms)
        self._choose()
        self._set_blinking(alarms)
        if (viewport := self.table.viewport()) is not None:
            viewport.update()

    def _show_now(self) -> None:
        """Paint again what a tick may change of an alarm: its measure by now, the time that is left."""
        if (viewport := self.table.viewport()) is not None:
            left = self.table.columnViewportPosition(NOW)
            viewport.update(left, 0, viewport.width() - left, viewport.height())

    def _uncover(self, alarms: Alarms) -> None:
        """Scroll to the top where a critical alarm has come: none is out of sight."""
        new = (alarms.priority == Priority.CRITICAL) & (alarms.state == AlarmState.UNACKNOWLEDGED)
        critical = frozenset(alarms.id[new].tolist())
        if critical - self._critical:
            self.table.scrollToTop()
            # One of them that a person has chosen stays in sight.
            if self._chosen and self._chosen[0] in critical:
                self.table.scrollTo(self.rows.index(self.rows.line_of(self._chosen[0]), 0))
        self._critical = critical

    def _choose_again(self, selection: QItemSelectionModel) -> None:
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for alarm in self._chosen:
            line = self.rows.line_of(alarm)
            if line >= 0:
                selection.select(self.rows.index(line, 0), flags)
                selection.setCurrentIndex(
                    self.rows.index(line, 0), QItemSelectionModel.SelectionFlag.NoUpdate
                )

    def _count(self, alarms: Alarms) -> None:
        tr = self.texts.tr
        rows = standing(alarms)
        counts = {
            List.STANDING: len(rows),
            List.SHELVED: int((alarms.state == AlarmState.SHELVED).sum()),
            List.SUPPRESSED: int((alarms.state == AlarmState.SUPPRESSED).sum()),
            List.LOG: 0 if self.snapshot is None else len(self.snapshot.state.alarm_log),
        }
        for kind, tab in self.tabs.items():
            words = tr(LISTS[kind])
            tab.setText(f"{words} {counts[kind]}" if kind in counts else words)
        fresh = int((alarms.state[rows] != AlarmState.ACKNOWLEDGED).sum())
        words = tr("{standing} standing, {fresh} not acknowledged", standing=len(rows), fresh=fresh)
        if self.steady.behind:
            words += tr("; {count} new at the end", count=self.steady.behind)
        self.summary.setText(words if len(rows) else tr("No alarm stands."))

    def _set_blinking(self, alarms: Alarms) -> None:
        grave = bool(((alarms.state == AlarmState.UNACKNOWLEDGED) & (alarms.priority <= Priority.HIGH)).any())
        if grave and not self._timer.isActive():
            self._timer.start()
        elif not grave:
            self._timer.stop()
            self.rows.lit = True

    def _blink(self) -> None:
        self.rows.lit = not self.rows.lit
        if (viewport := self.table.viewport()) is not None:
            viewport.update()

    # What people do

    def show_list(self, kind: List) -> None:
        """List other alarms: standing, shelved, suppressed, all that were raised; or show the scorecard."""
        self.list = kind
        self.steady.let_go()
        self.tabs[kind].setChecked(True)
        self.pages.setCurrentIndex(max(kind - List.LOG + 1, 0))
        self._fit()
        self.refresh()

    def _fit(self) -> None:
        """Make the columns as wide as their words in the language chosen."""
        held = self.list in (List.SHELVED, List.SUPPRESSED)
        for column, width in enumerate(widths_px(self.texts, held=held)):
            if width:
                self.table.setColumnWidth(column, width)
        self.table.setColumnHidden(NOW, held)

    def next_list(self) -> None:
        """List the next kind of alarms."""
        self.show_list(List((self.list + 1) % len(List)))

    def chosen_ids(self) -> tuple[int, ...]:
        """Give the ids of the alarms chosen, those folded under a line that is chosen included."""
        state = self.rows.state
        selection = self.table.selectionModel()
        if state is None or selection is None:
            return ()
        ids: dict[int, None] = {}
        for line in sorted(index.row() for index in selection.selectedRows()):
            entry = self.rows.entries[line]
            folded = () if entry.opened else entry.under
            ids |= dict.fromkeys(int(state.alarms.id[row]) for row in (entry.row, *folded))
        return tuple(ids)

    def acknowledge(self) -> bool:
        """Acknowledge the alarms chosen; where none is, the most urgent that is not; tell whether one was."""
        if self.snapshot is None or self.snapshot.mode is Mode.REPLAY:
            return False
        alarms = self.snapshot.state.alarms
        waiting = {
            int(alarms.id[row]) for row in standing(alarms) if alarms.state[row] != AlarmState.ACKNOWLEDGED
        }
        chosen = self.chosen_ids() or tuple(int(alarms.id[row]) for row in by_urgency(alarms)[:1])
        ids = tuple(alarm for alarm in chosen if alarm in waiting)
        if ids:
            self._answered = frozenset(ids)
            self.acknowledged.emit(ids)
        return bool(ids)

    def unshelve(self) -> None:
        """Take back the shelved alarms chosen; where none is, the one shelved last."""
        if self.snapshot is None or self.snapshot.mode is Mode.REPLAY:
            return
        alarms = self.snapshot.state.alarms
        shelved = np.flatnonzero(alarms.state == AlarmState.SHELVED)
        known = {int(alarm) for alarm in alarms.id[shelved]}
        ids = tuple(alarm for alarm in self.chosen_ids() if alarm in known)
        if not ids and len(shelved):
            ids = (int(alarms.id[shelved[int(np.argmax(alarms.until_ns[shelved]))]]),)
        if ids:
            self.unshelved.emit(ids)

    def next_alarm(self) -> bool:
        """Choose the next alarm by urgency, and ask to fly there; False where there is none.

        Once the alarm chosen has been acknowledged, that is the most urgent of the others.
        """
        if self.snapshot is None:
            return False
        alarms = self.snapshot.state.alarms
        ids = [int(alarms.id[row]) for row in by_urgency(alarms)]
        if not ids:
            return False
        self.show_list(List.STANDING)
        current = self._chosen[0] if self._chosen else -1
        left = [alarm for alarm in ids if alarm not in self._answered] or ids
        goes_on = current in ids and current not in self._answered
        wanted = ids[(ids.index(current) + 1) % len(ids)] if goes_on else left[0]
        self.choose(wanted)
        self._open(wanted)
        return True

    def choose(self, alarm: int) -> bool:
        """Choose an alarm alone, its group unfolded where it lies in one; False where it is not listed."""
        state = self.rows.state
        if state is None:
            return False
        if self.rows.line_of(alarm) < 0 and alarm in state.alarms.id:
            row = int(np.flatnonzero(state.alarms.id == alarm)[0])
            self._unfolded |= {int(state.alarms.group[row])}
            self.steady.let_go()
            self.refresh()
        line = self.rows.line_of(alarm)
        if line >= 0:
            self.table.selectRow(line)
            self.table.scrollTo(self.rows.index(line, 0))
        return line >= 0

    def unfold(self) -> None:
        """List the members of the chosen alarm's group, or fold them."""
        selection = self.table.selectionModel()
        lines = [] if selection is None else selection.selectedRows()
        self._turn(lines[0].row() if lines else 0)

    def _turn(self, line: int) -> None:
        state = self.rows.state
        if state is None or not 0 <= line < len(self.rows.entries):
            return
        self._unfolded ^= {int(state.alarms.group[self.rows.entries[line].row])}
        self.steady.let_go()
        self.refresh()

    def _click(self, index: QModelIndex) -> None:
        entry = self.rows.entries[index.row()]
        if index.column() == FOLD and (entry.under or entry.member):
            self._turn(index.row())

    def _choose(self) -> None:
        selection = self.table.selectionModel()
        lines = [] if selection is None else sorted(index.row() for index in selection.selectedRows())
        self._chosen = tuple(self.rows.id_of(line) for line in lines)
        self._tell()
        live = self.snapshot is not None and self.snapshot.mode is not Mode.REPLAY
        here = live and bool(self.rows.entries)
        self.button.setEnabled(here and self.list is List.STANDING)
        self.shelf_button.setEnabled(here and self.list is List.STANDING and bool(self._chosen))
        self.back_button.setVisible(self.list is List.SHELVED)
        self.back_button.setEnabled(here)

    def _tell(self) -> None:
        state = self.rows.state
        line = self.rows.line_of(self._chosen[0]) if self._chosen else -1
        self.detail.setVisible(state is not None and line >= 0)
        if state is None or line < 0:
            self.detail.write("")
            return
        entry = self.rows.entries[line]
        if entry.row < len(state.alarms):  # else the list has not been drawn yet
            words = detail_html(state, entry.row, self.texts, self.theme, len(entry.under))
            self.detail.write(words, self._chosen[0])

    def _open(self, alarm: int) -> None:
        state = self.rows.state
        if state is None:
            return
        for row in np.flatnonzero(state.alarms.id == alarm).tolist():
            self.opened.emit(preset_of(state, row))
