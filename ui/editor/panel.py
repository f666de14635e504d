"""The editor beside the yard: blocks, their properties, and the commands of a draft."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.yard.model import Block
from ui.actions import action
from ui.editor.draft import Draft
from ui.editor.form import BlockForm
from ui.i18n import Texts, mark
from ui.panels.base import muted
from ui.panels.inspector_fields import BLOCK_KINDS
from ui.panels.rows import Column, Row, RowsTable
from ui.theme import icon

_TOOLS = ("undo", "redo", "add_block", "remove_block", "turn_block")
_FILES = ("edit", "discard", "open_layout", "save_layout", "publish")
_LIVE_SHOWN = mark(
    "The live layout is shown. Edit a copy to change it; the yard is not touched until you publish."
)
_HOW = mark(
    "Drag a block in the yard, or nudge it with the arrow keys: 10 cm, with Shift 1 m, with Alt 1 cm."
)
FILTER = "Yard layout (*.yard.json *.geojson *.dxf);;All files (*)"


class EditorPanel(QWidget):
    """Shows a draft and emits commands and edits; the draft makes them."""

    asked = pyqtSignal(str)
    """The id of a command."""

    def __init__(self, draft: Draft, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft, self.texts, self.theme = draft, texts, "dark"
        self.buttons: dict[str, QToolButton] = {}
        self.note = muted()
        columns = (
            Column(mark("Block")),
            Column(mark("Kind"), stretch=True),
            Column(mark("Bays × rows × tiers"), right=True),
        )
        self.table = RowsTable(columns, texts)
        self.table.setSelectionMode(RowsTable.SelectionMode.SingleSelection)
        self.table.setAccessibleName("blocks of the draft")
        self.form = BlockForm(texts)
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self._lay_out()
        self.table.chosen.connect(self._choose)
        self.form.edited.connect(draft.do)
        self.form.refused.connect(draft.refused)
        draft.changed.connect(self.refresh)
        texts.listen(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        files = QGridLayout()
        files.setSpacing(6)
        for index, command in enumerate(_FILES):
            files.addWidget(self._button(command), index // 3, index % 3)
        tools = QHBoxLayout()
        for command in _TOOLS:
            tools.addWidget(self._button(command))
        tools.addStretch(1)
        column.addLayout(files)
        column.addWidget(self.note)
        column.addLayout(tools)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.form)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(scroll)
        split.setSizes([170, 330])
        split.setChildrenCollapsible(False)
        column.addWidget(split, 1)

    def _button(self, command: str) -> QToolButton:
        button, row = QToolButton(), action(command)
        if row.icon:
            button.setIcon(icon(self.theme, row.icon))
            button.setAccessibleName(row.text)
        else:
            self.texts.say(button.setText, row.text)
            size = button.sizePolicy()
            size.setHorizontalPolicy(size.Policy.Expanding)
            button.setSizePolicy(size)
        self.texts.say(lambda text: button.setToolTip(f"{text}  ({row.shortcut})"), row.tooltip)
        button.clicked.connect(lambda: self.asked.emit(command))
        self.buttons[command] = button
        return button

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = theme
        for command, button in self.buttons.items():
            if name := action(command).icon:
                button.setIcon(icon(theme, name))

    def refresh(self) -> None:
        """Show the draft as it is now."""
        draft, yard = self.draft, self.draft.yard
        if yard is None:
            self.note.setText(self.texts.tr(_LIVE_SHOWN))
        elif draft.undo_title:
            self.note.setText(self.texts.tr("Last edit: {title}", title=self.texts.tr(draft.undo_title)))
        else:
            self.note.setText(self.texts.tr(_HOW))
        self.table.show_rows([] if yard is None else [self._row(block) for block in yard.blocks])
        if draft.selected is None:
            self.table.clearSelection()
        elif self.table.keys() != (draft.selected,):
            self.table.choose(draft.selected)
        self.form.show_block(draft.block)
        self.form.setVisible(draft.block is not None)  # fields of no block say nothing that is so
        self._enable()

    def _enable(self) -> None:
        draft = self.draft
        on = {
            "edit": not draft.editing,
            "discard": draft.editing,
            "open_layout": True,
            "save_layout": draft.editing,
            "publish": draft.editing,
            "undo": bool(draft.undo_title),
            "redo": bool(draft.redo_title),
            "add_block": draft.editing,
            "remove_block": draft.block is not None,
            "turn_block": draft.block is not None,
        }
        for command, button in self.buttons.items():
            button.setEnabled(draft.editing and on[command] if command in _TOOLS else on[command])

    def _row(self, block: Block) -> Row:
        size = f"{block.bays} × {block.rows} × {block.tiers}"
        kind = self.texts.tr(BLOCK_KINDS[block.kind])
        if block.closed:
            kind = f"{kind}, {self.texts.tr('Closed').lower()}"
        return Row(block.name, (block.name, kind, size))

    def _choose(self, key: object) -> None:
        if isinstance(key, str):
            self.draft.select(key)


def ask_where_to_save(parent: QWidget, texts: Texts, suggested: str) -> str:
    """Ask for a file to save to; empty where nothing was chosen."""
    return QFileDialog.getSaveFileName(parent, texts.tr("Save as..."), suggested, FILTER)[0]


def ask_what_to_open(parent: QWidget, texts: Texts, kinds: str = FILTER) -> str:
    """Ask for a file to open; empty where nothing was chosen."""
    return QFileDialog.getOpenFileName(parent, texts.tr("Open..."), "", kinds)[0]
