"""The scorecard of the alarms: each figure beside its target."""

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from twin.state import State
from ui.i18n import Texts, mark
from ui.panels.rows import Column, RowsTable


class ScorePage(QWidget):
    """Shows how well the alarms serve those who work with them."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = texts
        columns = (
            Column(mark("Figure")), Column(mark("Now"), right=True), Column(mark("Target"), right=True),
            Column(mark("What it tells"), stretch=True),
        )  # fmt: skip
        self.table = RowsTable(columns, texts)
        self.table.setAccessibleName("scorecard")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def show_state(self, state: State, theme: str, visible: bool) -> None:
        """Show the figures of a state, where the page is seen."""
