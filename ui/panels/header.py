"""The row under the band: workspaces at the left, places to look at and the menu at the right."""

from PyQt6.QtCore import QSize, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from ui.actions import ACTIONS, action
from ui.i18n import Texts
from ui.shortcuts import key_text
from ui.theme import icon
from ui.workspaces import WORKSPACES

_PLACES = ("yard", "top", "quay_view", "gate_view", "find")
_LAST = ("language", "shortcuts")


class Header(QWidget):
    """Emits the id of a command; decides nothing."""

    asked = pyqtSignal(str)

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts, self.theme = texts, "dark"
        self.setObjectName("header")
        self.workspaces: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self.menu_button = QToolButton()
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setAccessibleName("menu")
        self.menu_button.setIconSize(QSize(18, 18))
        self.menu = QMenu(self)
        self.menu_button.setMenu(self.menu)
        self.menu.aboutToShow.connect(self.fill_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 8, 2)
        row.setSpacing(4)
        for workspace in WORKSPACES:
            row.addWidget(self._workspace(workspace.id, workspace.title))
        row.addStretch(1)
        for command in _PLACES:
            row.addWidget(self._button(command))
        row.addSpacing(12)
        for command in _LAST:
            row.addWidget(self._button(command))
        row.addWidget(self.menu_button)
        self.set_theme(self.theme)

    def _workspace(self, command: str, title: str) -> QToolButton:
        button = self._button(command)
        self.texts.say(button.setText, title)
        button.setCheckable(True)
        button.setProperty("role", "workspace")
        self._group.addButton(button)
        self.workspaces[command] = button
        return button

    def _button(self, command: str) -> QToolButton:
        button, row = QToolButton(), action(command)
        self.texts.say(button.setText, row.text)
        self.texts.say(lambda text: button.setToolTip(f"{text}  ({key_text(row.shortcut)})"), row.tooltip)
        button.clicked.connect(lambda: self.asked.emit(command))
        return button

    def show_workspace(self, workspace_id: str) -> None:
        """Mark the workspace that is shown."""
        self.workspaces[workspace_id].setChecked(True)

    def set_theme(self, theme: str) -> None:
        """Take another theme."""
        self.theme = theme
        self.menu_button.setIcon(icon(theme, "menu"))

    def fill_menu(self) -> None:
        """Fill the menu from the table of commands, in the language chosen."""
        self.menu.clear()
        groups: dict[str, QMenu | None] = {}
        for row in ACTIONS:
            if row.group not in groups:
                groups[row.group] = self.menu.addMenu(self.texts.tr(row.group))
            menu = groups[row.group]
            if menu is not None:
                entry = menu.addAction(f"{self.texts.tr(row.text)}\t{key_text(row.shortcut)}")
                if entry is not None:
                    entry.triggered.connect(lambda _=False, command=row.id: self.asked.emit(command))
