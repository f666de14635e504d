"""The suggestions: few, each with its reasons, accepted or refused by a person."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSplitter, QWidget

from twin.snapshot import Mode, Snapshot
from twin.stacking.suggestion import Suggestion, SuggestionKind, SuggestionStatus
from ui.i18n import Texts, mark
from ui.panels.base import Panel, muted, page
from ui.panels.reasons import reasons_html, total_of
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import palette

KINDS: dict[str, str] = {
    SuggestionKind.RELOCATE: mark("Dig out"),
    SuggestionKind.ALLOCATE: mark("Place"),
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
CLOSED_SHOWN = 6
"""How many suggestions already decided stay listed under the open ones."""


class SuggestionPanel(Panel):
    """Lists suggestions and gives the reasons of the one chosen; decides nothing."""

    accepted = pyqtSignal(int)
    refused = pyqtSignal(int, str)
    chosen = pyqtSignal(object)
    """Id of the suggestion chosen, None where none is: the scene shows its ghosts."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(texts, parent)
        columns = (
            Column(mark("For")), Column(mark("Box")), Column(mark("To"), stretch=True),
            Column(mark("Moves"), right=True),
        )  # fmt: skip
        self.table = RowsTable(columns, texts)
        self.table.setSelectionMode(RowsTable.SelectionMode.SingleSelection)
        self.table.setAccessibleName("suggestions")
        self.detail = page()
        self.detail.setAccessibleName("reasons of the suggestion")
        self.empty = muted()
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setSizes([120, 320])
        split.setChildrenCollapsible(False)
        self.column.addWidget(self.empty)
        self.column.addWidget(split, 1)
        self.column.addLayout(self._buttons())
        self.table.chosen.connect(self._choose)

    def _buttons(self) -> QHBoxLayout:
        self.accept_button, self.refuse_button, self.reason = QPushButton(), QPushButton(), QComboBox()
        self.accept_button.setProperty("role", "primary")
        self.texts.say(self.accept_button.setText, "Accept")
        self.texts.say(self.refuse_button.setText, "Refuse")
        self.texts.say(self.refuse_button.setToolTip, "Refuse the selected suggestion with the reason chosen")
        self.reason.setEditable(True)
        self.reason.setAccessibleName("reason for refusing")
        self.reason.setMinimumWidth(90)
        self.reason.activated.connect(lambda _: self._show_beginning())
        self.texts.listen(self._fill_reasons)
        self._fill_reasons()
        self.accept_button.clicked.connect(self.accept)
        self.refuse_button.clicked.connect(self.refuse)
        row = QHBoxLayout()
        row.addWidget(self.accept_button)
        row.addStretch(1)
        row.addWidget(self.reason, 2)
        row.addWidget(self.refuse_button)
        return row

    def _fill_reasons(self) -> None:
        index = max(0, self.reason.currentIndex())
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
        """List what is open, then what was decided last."""
        rows = snapshot.state.suggestions
        still = [s for s in rows if s.status == SuggestionStatus.OFFERED]
        closed = [s for s in rows if s.status != SuggestionStatus.OFFERED][-CLOSED_SHOWN:]
        shown = still + closed[::-1]
        self.table.show_rows([self._row(s) for s in shown])
        self.empty.setVisible(not still)
        self.empty.setText(
            self.texts.tr("Nothing to suggest now: no announced box is buried, no arriving box waits.")
        )
        if still and self.current() is None:
            self.table.choose(still[0].id)
        self._show_detail()

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
        """Refuse the suggestion chosen, with the reason given."""
        if (current := self.current()) is None or not self.is_open():
            return
        index = self.reason.currentIndex()
        typed = self.reason.currentText().strip()
        known = index >= 0 and typed == self.texts.tr(REASONS[index])
        self.refused.emit(current.id, REASONS[index] if known else typed or REASONS[0])

    def _row(self, suggestion: Suggestion) -> Row:
        target = str(suggestion.moves[-1].target) if suggestion.moves else ""
        offered = suggestion.status == SuggestionStatus.OFFERED
        purpose = KINDS[suggestion.kind] if offered else STATUS[suggestion.status]
        texts = (self.texts.tr(purpose), suggestion.subject, target, str(len(suggestion.moves)))
        tooltip = self.texts.tr("{cost:.0f} s of crane time in all", cost=total_of(suggestion.terms))
        return Row(suggestion.id, texts, tooltip=tooltip)

    def _choose(self, key: object) -> None:
        self._show_detail()
        self.chosen.emit(key)

    def _show_detail(self) -> None:
        current = self.current()
        colours = palette(self.theme)
        self.detail.setHtml("" if current is None else reasons_html(current, self.texts, colours))
        self.accept_button.setEnabled(self.is_open())
        self.refuse_button.setEnabled(self.is_open())
        self.reason.setEnabled(self.is_open())
