"""The suggestions: few, each with its reasons, accepted or refused by a person."""

from collections.abc import Callable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QDockWidget, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from twin.clock import NS_PER_S
from twin.snapshot import Mode, Snapshot
from twin.stacking.suggestion import Suggestion, SuggestionKind, SuggestionStatus
from ui.actions import action
from ui.i18n import Texts, mark
from ui.panels.base import Page, Panel, muted
from ui.panels.reasons import reasons_html, total_of
from ui.panels.saving import ranked, saving_cells
from ui.panels.suggestion_rows import LINES_PX, SuggestionRow, SuggestionTable
from ui.shortcuts import key_text
from ui.theme import palette

KINDS: dict[str, str] = {
    SuggestionKind.RELOCATE: mark("Dig out"),
    SuggestionKind.ALLOCATE: mark("Place"),
    SuggestionKind.HOUSEKEEPING: mark("Sort"),
}
STATUS: dict[int, str] = {
    SuggestionStatus.OFFERED: mark("Offered"),
    SuggestionStatus.ACCEPTED: mark("Accepted"),
    SuggestionStatus.REFUSED: mark("Refused"),
    SuggestionStatus.WITHDRAWN: mark("Withdrawn"),
}
REASONS: tuple[str, ...] = (
    mark("Crane not available"),
    mark("Slot kept for another job"),
    mark("Truck will come later"),
    mark("Better slot known"),
    mark("Safety"),
)
"""What an operator refuses with; another reason can be typed."""
SHORT: dict[str, str] = {"accept": mark("Accept"), "refuse": mark("Refuse")}
"""What a button says where the command says more."""
CLOSED_SHOWN = 6
"""How many suggestions already decided stay listed under the open ones."""
FILLS_NS = 10 * NS_PER_S
"""A list that was empty fills for so long: the first that comes is seldom the most useful."""


def _where(suggestion: Suggestion) -> str:
    """Give where a box is to go, or the stack out of which one is dug: others move for it."""
    if not suggestion.moves:
        return ""
    source = suggestion.moves[0].source
    if suggestion.kind == SuggestionKind.RELOCATE and source is not None:
        return " · " + str(source).rpartition("-")[0]
    return f" → {suggestion.moves[-1].target}"


class SuggestionPanel(Panel):
    """Lists suggestions and gives the reasons of the one chosen; decides nothing."""

    accepted = pyqtSignal(int)
    refused = pyqtSignal(int, str)
    said = pyqtSignal(str)
    chosen = pyqtSignal(object)
    """Id of the suggestion chosen, None where none is: the scene shows its ghosts."""
    elsewhere_asked = pyqtSignal()
    """A move of the chosen suggestion is to go to another slot, to be named."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        self.pointed_html, self._asks = "", False
        self._of: object = None
        self._own: object = None
        self._began_ns = 0
        self.table = SuggestionTable(mark("Suggestions"), texts)
        self.table.setAccessibleName("suggestions")
        self.detail = Page()
        self.detail.setAccessibleName("reasons of the suggestion")
        self.empty = muted()
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setSizes([4 * LINES_PX + 4, 5 * LINES_PX])
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        self.column.addWidget(self.empty)
        self.column.addWidget(split, 1)
        self.column.addLayout(self._buttons())
        self.table.chosen.connect(self._choose)
        self.table.clicked.connect(lambda _: self._keep())
        self._show_detail()

    def _buttons(self) -> QVBoxLayout:
        self.accept_button, self.refuse_button, self.reason = QPushButton(), QPushButton(), QComboBox()
        self.elsewhere_button = QPushButton()
        self.accept_button.setProperty("role", "primary")
        self._bind(self.accept_button, "accept", self.accept)
        self._bind(self.elsewhere_button, "elsewhere", self.elsewhere_asked.emit)
        self._bind(self.refuse_button, "refuse", self.refuse)
        self.reason.setEditable(True)
        self.reason.setAccessibleName("reason for refusing")
        self.reason.setMinimumWidth(90)
        self.reason.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.reason.activated.connect(self._take_reason)
        line = self.reason.lineEdit()
        assert line is not None
        line.returnPressed.connect(self._take_reason)
        self.texts.say(line.setPlaceholderText, mark("Reason for refusing"))
        self.texts.listen(self._fill_reasons)
        self._fill_reasons()
        first, second, both = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        first.addWidget(self.accept_button)
        first.addWidget(self.elsewhere_button)
        first.addStretch(1)
        second.addWidget(self.reason, 1)
        second.addWidget(self.refuse_button)
        both.addLayout(first)
        both.addLayout(second)
        return both

    def _bind(self, button: QPushButton, command: str, pressed: Callable[[], None]) -> None:
        row = action(command)
        self.texts.say(button.setText, SHORT.get(command, row.text))
        self.texts.say(lambda text: button.setToolTip(f"{text}  ({key_text(row.shortcut)})"), row.tooltip)
        button.clicked.connect(lambda _=False: pressed())

    def _fill_reasons(self) -> None:
        index = self.reason.currentIndex() if self.reason.count() else -1
        self.reason.clear()
        self.reason.addItems([self.texts.tr(text) for text in REASONS])
        self.reason.setCurrentIndex(index)
        self._show_beginning()

    def _show_beginning(self) -> None:
        line = self.reason.lineEdit()
        if line is not None:
            line.setCursorPosition(0)

    def seen(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Give the suggestions."""
        return (snapshot.state.suggestions, snapshot.mode)

    def draw(self, snapshot: Snapshot) -> None:
        """List what is open, most useful first, then what was decided last."""
        rows = snapshot.state.suggestions
        still = ranked(rows)
        closed = [s for s in rows if s.status != SuggestionStatus.OFFERED][-CLOSED_SHOWN:]
        self.table.lines.theme = self.theme
        self.table.show_rows([self._row(s, rank) for rank, s in enumerate(still + closed[::-1], 1)])
        self.empty.setVisible(not still)
        self.empty.setText(
            self.texts.tr("Nothing to suggest now: no announced box is buried, no arriving box waits.")
        )
        self._choose_first(still, snapshot.state.t_ns)
        self._show_detail()

    def _choose_first(self, still: list[Suggestion], t_ns: int) -> None:
        """Choose the most useful where none is chosen; while a list fills, also where a person chose none."""
        self._began_ns = (self._began_ns or t_ns) if still else 0
        fills = self._of == self._own and 0 <= t_ns - self._began_ns < FILLS_NS
        if still and (self.current() is None or (fills and self._of != still[0].id)):
            self._own = still[0].id
            self.table.choose(self._own)

    def _keep(self) -> None:
        """Leave the suggestion chosen as it is: a person has pointed at it."""
        self._own = None

    def current(self) -> Suggestion | None:
        """Give the suggestion chosen."""
        keys = self.table.keys()
        rows = () if self.snapshot is None else self.snapshot.state.suggestions
        return next((s for s in rows if keys and s.id == keys[0]), None)

    def is_open(self) -> bool:
        """Tell whether the chosen suggestion can be decided now."""
        current = self.current()
        live = self.snapshot is not None and self.snapshot.mode is not Mode.REPLAY
        return live and current is not None and current.status == SuggestionStatus.OFFERED

    def accept(self) -> None:
        """Accept the suggestion chosen."""
        if (current := self.current()) is not None and self.is_open():
            self.accepted.emit(current.id)

    def refuse(self) -> None:
        """Refuse the suggestion chosen, with the reason given; ask for one where none is."""
        if (current := self.current()) is None or not self.is_open():
            self.said.emit(self.texts.tr("No open suggestion is selected."))
            return
        typed = self.reason.currentText().strip()
        self._asks = not typed
        if self._asks:
            self._ask_reason()
            return
        known = next((text for text in REASONS if self.texts.tr(text) == typed), typed)
        self._forget_reason()
        self.refused.emit(current.id, known)

    def _ask_reason(self) -> None:
        dock = self.parentWidget()
        if isinstance(dock, QDockWidget):
            dock.raise_()
        self.said.emit(self.texts.tr("Choose or type a reason for refusing; Return takes it."))
        self.reason.setFocus()
        if self.reason.isVisible():
            self.reason.showPopup()

    def _take_reason(self) -> None:
        """Refuse with the reason that was asked for; one chosen before waits for its command."""
        self._show_beginning()
        if self._asks and self.reason.currentText().strip():
            self.refuse()

    def _forget_reason(self) -> None:
        self._asks = False
        self.reason.setCurrentIndex(-1)
        self.reason.clearEditText()

    def _row(self, suggestion: Suggestion, rank: int) -> SuggestionRow:
        tr, offered = self.texts.tr, suggestion.status == SuggestionStatus.OFFERED
        purpose = tr(KINDS[suggestion.kind] if offered else STATUS[suggestion.status])
        target = _where(suggestion)
        head = (
            f"{rank}  {purpose} {suggestion.subject}{target}"
            if offered
            else f"{purpose}  {suggestion.subject}"
        )
        count = (
            tr("{count} moves", count=len(suggestion.moves)) if len(suggestion.moves) != 1 else tr("1 move")
        )
        if suggestion.modified:
            count = f"{tr('changed')}  {count}"
        cost = tr("{cost:.0f} s of crane time in all", cost=total_of(suggestion.terms))
        cells = saving_cells(suggestion, self.texts) or (cost,)
        if not offered:
            cells = (tr(suggestion.closed_reason) or target.strip(" →·"),)
        tooltip = "\n".join((cost, *map(tr, suggestion.conflicts)))
        plain = f"{head}, {count}: {', '.join(filter(None, cells))}"
        marked = offered and bool(suggestion.conflicts)
        return SuggestionRow(
            suggestion.id, (plain,), None, tooltip, False, head, count, cells, marked, not offered
        )

    def show_pointed(self, words: str) -> None:
        """Show over the reasons what speaks against a slot pointed at, as HTML; empty takes it away."""
        if words != self.pointed_html:
            self.pointed_html = words
            self._show_detail()

    def _choose(self, key: object) -> None:
        self.pointed_html = ""
        if key != self._of:
            self._forget_reason()
        self._of = key
        self._show_detail()
        self.chosen.emit(key)

    def _show_detail(self) -> None:
        current = self.current()
        colours = palette(self.theme)
        yard = None if self.snapshot is None else self.snapshot.state.yard
        words = "" if current is None else reasons_html(current, self.texts, colours, yard)
        self.detail.write(self.pointed_html + words, self.table.keys())
        for widget in (self.accept_button, self.elsewhere_button, self.refuse_button, self.reason):
            widget.setEnabled(self.is_open())
