"""The command palette and the list of keys: both read the table of commands."""

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.actions import ACTIONS, NUDGES_M, Action, Needs
from ui.i18n import Texts, mark
from ui.panels.rows import Column, Row, RowsTable
from ui.workspaces import WORKSPACES

Offered = tuple[str, str, str]
"""Key, words, and what is said beside them."""


def key_text(shortcut: str) -> str:
    """Give a shortcut as this system writes it."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def keys_text(row: Action) -> str:
    """Give the keys of a command as this system writes them."""
    return ", ".join(map(key_text, row.keys))


class Chooser(QDialog):
    """A line to type in and a list that narrows: for commands, and for finding things by name."""

    chosen = pyqtSignal(str)

    def __init__(
        self, hint: str, offer: Callable[[str], list[Offered]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._offer = offer
        self.line, self.list = QLineEdit(), QListWidget()
        self.line.setPlaceholderText(hint)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addWidget(self.line)
        box.addWidget(self.list)
        self.resize(620, 420)
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._take)
        self.list.itemActivated.connect(lambda _: self._take())
        self.list.itemClicked.connect(lambda _: self._take())
        self.line.installEventFilter(self)
        self._narrow("")

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Let the arrow keys move in the list while one types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def _narrow(self, text: str) -> None:
        self.list.clear()
        for key, words, beside in self._offer(text.strip().lower()):
            item = QListWidgetItem(f"{words}    {beside}" if beside else words)
            item.setData(Qt.ItemDataRole.UserRole, key)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.hide()
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            self.close()


def offered_commands(texts: Texts, usable: Callable[[Action], bool]) -> Callable[[str], list[Offered]]:
    """Give what the palette offers for a text typed: commands whose words hold it, in either language."""

    def offer(typed: str) -> list[Offered]:
        out = []
        for row in ACTIONS:
            words = f"{texts.tr(row.group)}: {texts.tr(row.text)}"
            held = f"{words} {row.text} {row.tooltip} {texts.tr(row.tooltip)}".lower()
            if row.id != "palette" and usable(row) and all(part in held for part in typed.split()):
                out.append((row.id, words, keys_text(row)))
        return out

    return offer


_KEPT = ("Esc", "Space", "Del", "Left", "Right", "Up", "Down")


def tells_why_not(row: Action) -> bool:
    """Tell whether a command's key says why it does nothing: one that no line and no view has a use for.

    A letter is typed, an arrow moves, and Ctrl+Z undoes elsewhere: these stay with what has the focus.
    """
    last = row.shortcut.split("+")[-1]
    bare = "Ctrl" not in row.shortcut and not (last.startswith("F") and last[1:].isdigit())
    shared = sum(row.shortcut in other.keys for other in ACTIONS) > 1
    return not bare and not shared and last not in _KEPT


def why_not(row: Action, workspace: str, texts: Texts) -> str:
    """Tell why a command cannot be used in what is shown now."""
    tr, what = texts.tr, texts.tr(row.text)
    if row.workspace not in ("", workspace):
        there = next(one for one in WORKSPACES if one.id == row.workspace)
        key = next(one.shortcut for one in ACTIONS if one.id == row.workspace)
        return tr(
            "{command}: only in the workspace {there} ({key}).", command=what, there=tr(there.title), key=key
        )
    wants = {
        Needs.REPLAY: mark("{command}: only while a replay is shown (R)."),
        Needs.EDITING: mark("{command}: only while a draft is edited (E)."),
        Needs.BLOCK: mark("{command}: select a block of the draft first."),
        Needs.SELECTION: mark("{command}: select something in the yard first."),
        Needs.LIVE: mark("{command}: not while a recording is shown; Esc goes back to live."),
    }
    words = next((words for need, words in wants.items() if need in row.needs), "{command}")
    return tr(words, command=what)


class KeyList(QDialog):
    """Every command with its key and what it does."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(texts.tr("Keys"))
        columns = (
            Column(mark("Key")),
            Column(mark("Command")),
            Column(mark("Where")),
            Column(mark("What it does"), stretch=True),
        )
        self.table = RowsTable(columns, texts)
        self.table.show_rows(key_rows(texts))
        mouse = QLabel(texts.tr(MOUSE))
        mouse.setWordWrap(True)
        box = QVBoxLayout(self)
        box.addWidget(self.table)
        box.addWidget(mouse)
        self.resize(1000, 640)


MOUSE = mark(
    "In the yard: drag turns, right-drag or Shift and drag shifts, the wheel zooms to the pointer, a click "
    "selects, a double-click flies there. The box of a chosen suggestion can be dragged to another slot; Esc "
    "lets it go. While an arriving box looks for a slot, pointing at one tells what speaks against it."
)


def key_rows(texts: Texts) -> list[Row]:
    """Give the rows of the list of keys, the arrows of the editor included."""
    titles = {row.id: texts.tr(row.title) for row in WORKSPACES}
    rows = [
        Row(
            row.id,
            (
                keys_text(row), texts.tr(row.text), titles.get(row.workspace, texts.tr("Everywhere")),
                texts.tr(row.tooltip),
            ),
        )
        for row in ACTIONS
    ]  # fmt: skip
    for held, step in NUDGES_M.items():
        keys = f"{held}+←↑↓→" if held else "←↑↓→"
        what = texts.tr("Move the selected block by {step:g} m", step=step)
        rows.append(Row(keys, (keys, texts.tr("Move block"), titles["plan"], what)))
    return rows
