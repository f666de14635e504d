"""All panels of the window: which there are, which follow snapshots, which take a theme."""

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from ui.editor.draft import Draft
from ui.editor.panel import EditorPanel
from ui.editor.reports import EffectPanel, FindingsPanel
from ui.i18n import Texts
from ui.panels.alarms import AlarmPanel
from ui.panels.base import Panel, Themed
from ui.panels.discrepancies import DiscrepancyPanel
from ui.panels.faults import FaultsPanel, Faulty
from ui.panels.figures import FiguresPanel
from ui.panels.inspector import InspectorPanel
from ui.panels.layers import LayersPanel
from ui.panels.near_misses import NearMissPanel
from ui.panels.orders import OrderPanel
from ui.panels.outcomes import OutcomePanel
from ui.panels.sources import SourcesPanel
from ui.panels.suggestions import SuggestionPanel
from ui.panels.timeline import TimelinePanel
from ui.panels.violations import ViolationPanel


class Board:
    """Makes the panels and holds them.

    Parameters
    ----------
    simulation : Faulty or None
        The simulated yard whose faults are switched.
    owner : QObject
        What the draft lives as long as.
    """

    def __init__(self, texts: Texts, simulation: Faulty | None, owner: QObject) -> None:
        self.alarms, self.suggestions = AlarmPanel(texts), SuggestionPanel(texts)
        self.inspector, self.orders = InspectorPanel(texts), OrderPanel(texts)
        self.sources, self.figures = SourcesPanel(texts), FiguresPanel(texts)
        self.timeline, self.layers = TimelinePanel(texts), LayersPanel(texts)
        self.outcomes, self.violations = OutcomePanel(texts), ViolationPanel(texts)
        self.near_misses, self.discrepancies = NearMissPanel(texts), DiscrepancyPanel(texts)
        self.draft, self.faults = Draft(owner), FaultsPanel(simulation, texts)
        self.editor, self.findings = EditorPanel(self.draft, texts), FindingsPanel(self.draft, texts)
        self.effect = EffectPanel(self.draft, texts)
        self.followers: tuple[Panel, ...] = (
            self.alarms, self.suggestions, self.inspector, self.orders, self.sources, self.figures,
            self.timeline, self.outcomes, self.violations, self.near_misses, self.discrepancies,
            self.faults,
        )  # fmt: skip
        """Those that take every snapshot, alarms first."""
        self.themed: tuple[Themed, ...] = (
            *self.followers, self.layers, self.editor, self.findings, self.effect,
        )  # fmt: skip
        """Those that are told of another theme."""

    def by_name(self) -> dict[str, QWidget]:
        """Give the panels by the names that the workspaces have for them."""
        return {
            "alarms": self.alarms, "suggestions": self.suggestions, "orders": self.orders,
            "inspector": self.inspector, "layers": self.layers, "sources": self.sources,
            "figures": self.figures, "timeline": self.timeline, "editor": self.editor,
            "findings": self.findings, "effect": self.effect, "outcomes": self.outcomes,
            "violations": self.violations, "near_misses": self.near_misses, "faults": self.faults,
            "discrepancies": self.discrepancies,
        }  # fmt: skip
