"""The panels as docks, arranged anew for each workspace; sizes are kept while the window is open."""

from collections.abc import Mapping

from PyQt6.QtCore import QByteArray, Qt
from PyQt6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabWidget, QWidget

from twin.stacking.suggestion import SuggestionStatus
from twin.state import State
from ui.i18n import Texts
from ui.panels.alarm_rows import standing
from ui.workspaces import PANEL_TITLES, Workspace

_RIGHT, _BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
RIGHT_PX, BOTTOM_PX = 430, 250


class Docks:
    """Shows the panels of a workspace around the yard.

    Parameters
    ----------
    window : QMainWindow
        Whose docks they are.
    panels : mapping
        Widgets by panel name.
    """

    def __init__(self, window: QMainWindow, panels: Mapping[str, QWidget], texts: Texts) -> None:
        self._window, self._texts = window, texts
        self._saved: dict[str, QByteArray] = {}
        self._shown: Workspace | None = None
        self._counts: dict[str, int] = {}
        self.docks = {name: self._dock(name, panel) for name, panel in panels.items()}
        window.setDockNestingEnabled(True)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomRightCorner, _RIGHT)
        texts.listen(self._name)
        self._name()

    def _dock(self, name: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(self._window)
        dock.setObjectName(name)
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        dock.setWidget(panel)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.hide()
        return dock

    def show_workspace(self, workspace: Workspace) -> None:
        """Show the panels of a workspace, as they were left there."""
        if self._shown is workspace:
            return
        if self._shown is not None:
            self._saved[self._shown.id] = self._window.saveState()
        self._shown = workspace
        for dock in self.docks.values():
            self._window.removeDockWidget(dock)
        self._arrange(workspace)
        saved = self._saved.get(workspace.id)
        if saved is not None:
            self._window.restoreState(saved)
            self._put_away_others(workspace)

    def _put_away_others(self, workspace: Workspace) -> None:
        # Qt brings docks back that a restored state does not know of.
        groups = (workspace.right_top, workspace.right_bottom, workspace.bottom, workspace.bottom_side)
        shown = {name for group in groups for name in group}
        for name, dock in self.docks.items():
            if name not in shown:
                self._window.removeDockWidget(dock)

    def raise_panel(self, name: str) -> None:
        """Bring a panel of the workspace to the top of its group."""
        if self.docks[name].isVisibleTo(self._window):
            self.docks[name].raise_()

    def set_count(self, name: str, count: int) -> None:
        """Write a count beside a panel's title; none where it is 0."""
        if self._counts.get(name, 0) != count:
            self._counts[name] = count
            self._name_one(name)

    def show_counts(self, state: State) -> None:
        """Write how many alarms, open suggestions and boxes against the rules there are."""
        still = (s.status == SuggestionStatus.OFFERED for s in state.suggestions)
        self.set_count("alarms", len(standing(state.alarms)))
        self.set_count("suggestions", sum(still))
        self.set_count("violations", len(state.violations))
        self.set_count("discrepancies", sum(item.settled is None for item in state.discrepancies))

    def _arrange(self, workspace: Workspace) -> None:
        window = self._window
        right, lower = self._group(_RIGHT, workspace.right_top), self._group(_RIGHT, workspace.right_bottom)
        bottom, side = self._group(_BOTTOM, workspace.bottom), self._group(_BOTTOM, workspace.bottom_side)
        for name in (*workspace.right_top, *workspace.right_bottom):
            self.docks[name].setMinimumWidth(RIGHT_PX - 20)
        window.resizeDocks(right, [RIGHT_PX], Qt.Orientation.Horizontal)
        window.resizeDocks(bottom, [min(BOTTOM_PX, window.height() * 27 // 100)], Qt.Orientation.Vertical)
        if lower:
            height = max(400, window.height() - 120)
            parts = [height * 70 // 100, height * 30 // 100]
            window.resizeDocks(right + lower, parts, Qt.Orientation.Vertical)
        if side:
            width = max(600, window.width() - RIGHT_PX)
            parts = [width * 62 // 100, width * 38 // 100]
            window.resizeDocks(bottom + side, parts, Qt.Orientation.Horizontal)

    def _group(self, area: Qt.DockWidgetArea, names: tuple[str, ...]) -> list[QDockWidget]:
        """Tab panels together; give the first one, none where there are none."""
        group = [self.docks[name] for name in names]
        for index, dock in enumerate(group):
            self._window.addDockWidget(area, dock)
            if index:
                self._window.tabifyDockWidget(group[0], dock)
            dock.setTitleBarWidget(self._title(dock) if len(group) == 1 else QWidget())
            dock.show()
        for dock in group[:1]:
            dock.raise_()
        return group[:1]

    def _title(self, dock: QDockWidget) -> QLabel:
        label = QLabel(dock.windowTitle())
        label.setContentsMargins(10, 6, 10, 2)
        label.setStyleSheet("font-weight: 600")
        dock.windowTitleChanged.connect(label.setText)
        return label

    def _name(self) -> None:
        for name in self.docks:
            self._name_one(name)

    def _name_one(self, name: str) -> None:
        count, title = self._counts.get(name, 0), self._texts.tr(PANEL_TITLES[name])
        self.docks[name].setWindowTitle(f"{title} ({count})" if count else title)
