"""The panels as docks, arranged anew for each workspace; sizes are kept while the window is open."""

from collections.abc import Mapping
from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabBar, QTabWidget, QWidget

from twin.stacking.suggestion import SuggestionStatus
from twin.state import State
from ui.i18n import Texts
from ui.panels.alarm_rows import standing
from ui.panels.base import Panel
from ui.panels.orders import failed
from ui.workspaces import PANEL_TITLES, Workspace

_RIGHT, _BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
RIGHT_PX, BOTTOM_PX = 430, 340


@dataclass(frozen=True, slots=True)
class _Left:
    """How a workspace was left: sizes of its groups [px], and the panel on top of each."""

    right_px: int
    right_parts_px: tuple[int, ...]
    bottom_px: int
    bottom_parts_px: tuple[int, ...]
    on_top: tuple[str, ...]


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
        self._left: dict[str, _Left] = {}
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
        if isinstance(panel, Panel):
            dock.visibilityChanged.connect(lambda on: panel.wake() if on else None)
        dock.hide()
        return dock

    def show_workspace(self, workspace: Workspace) -> None:
        """Show the panels of a workspace, as they were left there."""
        if self._shown is workspace:
            return
        if self._shown is not None:
            self._left[self._shown.id] = self._as_left(self._shown)
        self._shown = workspace
        self._let_go_of_focus()
        for dock in self.docks.values():
            self._window.removeDockWidget(dock)
        self._arrange(workspace, self._left.get(workspace.id) or self._as_first(workspace))

    def _let_go_of_focus(self) -> None:
        """Give the focus to the yard: a table that Qt gives it to as another goes chooses its first row."""
        yard, focus = self._window.centralWidget(), self._window.focusWidget()
        if (
            yard is not None
            and focus is not None
            and any(dock.isAncestorOf(focus) for dock in self.docks.values())
        ):
            yard.setFocus()

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
        """Write how many alarms, open suggestions, failed orders and boxes against the rules there are."""
        still = (s.status == SuggestionStatus.OFFERED for s in state.suggestions)
        self.set_count("alarms", len(standing(state.alarms)))
        self.set_count("suggestions", sum(still))
        self.set_count("violations", len(state.violations))
        self.set_count("orders", len(failed(state.orders)))
        self.set_count("discrepancies", sum(item.settled is None for item in state.discrepancies))

    def _as_first(self, workspace: Workspace) -> _Left:
        """Give the sizes that a workspace has before anybody drags them, the first of each group on top."""
        width, height = max(600, self._window.width() - RIGHT_PX), max(400, self._window.height() - 120)
        low = min(BOTTOM_PX, self._window.height() * 32 // 100)
        upper = workspace.upper_percent
        parts = height * upper // 100, height * (100 - upper) // 100
        sides = width * 62 // 100, width * 38 // 100
        return _Left(RIGHT_PX, parts, low, sides, tuple(group[0] for group in _groups(workspace) if group))

    def _as_left(self, workspace: Workspace) -> _Left:
        right, lower, bottom, side = (
            next((self.docks[name] for name in group if self._on_top(name)), None)
            for group in _groups(workspace)
        )
        first = self._as_first(workspace)
        tabs = {name for group in _groups(workspace) if len(group) > 1 for name in group}

        def height(dock: QDockWidget) -> int:
            return dock.height() + (self._tabs_px() if dock.objectName() in tabs else 0)

        return _Left(
            right.width() if right else first.right_px,
            tuple(height(dock) for dock in (right, lower) if dock),
            height(bottom) if bottom else first.bottom_px,
            tuple(dock.width() for dock in (bottom, side) if dock),
            tuple(dock.objectName() for dock in (right, lower, bottom, side) if dock),
        )

    def _tabs_px(self) -> int:
        """Give the height of a row of tabs, which counts where a size is asked for."""
        bars = self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return next((bar.height() for bar in bars if not bar.visibleRegion().isEmpty()), 0)

    def _on_top(self, name: str) -> bool:
        return not self.docks[name].visibleRegion().isEmpty()

    def _arrange(self, workspace: Workspace, left: _Left) -> None:
        # Qt's own saveState and restoreState leave rows of tabs behind, and widen the window.
        areas = (_RIGHT, _RIGHT, _BOTTOM, _BOTTOM)
        groups = [self._group(area, names) for area, names in zip(areas, _groups(workspace), strict=True)]
        for name in (*workspace.right_top, *workspace.right_bottom):
            self.docks[name].setMinimumWidth(RIGHT_PX - 20)
        right, bottom = groups[0] + groups[1], groups[2] + groups[3]
        resize = self._window.resizeDocks
        resize(groups[0], [left.right_px], Qt.Orientation.Horizontal)
        resize(groups[2], [left.bottom_px], Qt.Orientation.Vertical)
        if len(right) == len(left.right_parts_px) == 2:
            resize(right, list(left.right_parts_px), Qt.Orientation.Vertical)
        if len(bottom) == len(left.bottom_parts_px) == 2:
            resize(bottom, list(left.bottom_parts_px), Qt.Orientation.Horizontal)
        for name in left.on_top:
            self.docks[name].raise_()

    def _group(self, area: Qt.DockWidgetArea, names: tuple[str, ...]) -> list[QDockWidget]:
        """Tab panels together; give the first one, none where there are none."""
        group = [self.docks[name] for name in names]
        for index, dock in enumerate(group):
            self._window.addDockWidget(area, dock)
            if index:
                self._window.tabifyDockWidget(group[0], dock)
            dock.setTitleBarWidget(self._title(dock) if len(group) == 1 else QWidget())
            dock.show()
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


def _groups(workspace: Workspace) -> tuple[tuple[str, ...], ...]:
    """Give the panels of a workspace by the groups that they are tabbed in."""
    return workspace.right_top, workspace.right_bottom, workspace.bottom, workspace.bottom_side
