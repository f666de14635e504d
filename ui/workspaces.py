"""The three workspaces: which panels each of them shows, and who works there."""

from dataclasses import dataclass

from twin.roles import CONTROLLER, PLANNER, TRAINER
from ui.i18n import mark


@dataclass(frozen=True, slots=True)
class Workspace:
    """A set of panels for one kind of work; the first panel of each group lies on top.

    ``right_top``, ``right_bottom``, ``bottom`` and the ``bottom_side`` right of that are panels by name,
    tabbed within each group; ``upper_percent`` of the height at the right is the upper group's.
    ``role`` is what decisions taken here are signed with.
    """

    id: str
    title: str
    role: str
    right_top: tuple[str, ...]
    right_bottom: tuple[str, ...]
    bottom: tuple[str, ...]
    bottom_side: tuple[str, ...] = ()
    upper_percent: int = 62


WORKSPACES: tuple[Workspace, ...] = (
    Workspace(
        "control", mark("Control"), CONTROLLER,
        ("suggestions", "orders"), ("inspector", "layers", "sources"),
        ("alarms", "near_misses", "discrepancies", "violations", "figures", "outcomes"),
    ),
    Workspace("plan", mark("Plan"), PLANNER, ("editor",), (), ("findings",), ("effect", "layers")),
    Workspace(
        "train", mark("Train"), TRAINER,
        ("inspector",), ("layers", "suggestions", "sources", "faults"),
        ("timeline", "alarms", "near_misses", "discrepancies", "violations", "figures", "outcomes"),
        upper_percent=40,
    ),
)  # fmt: skip
"""In the order of their keys."""

PANEL_TITLES: dict[str, str] = {
    "alarms": mark("Alarms"),
    "near_misses": mark("Near misses"),
    "discrepancies": mark("Discrepancies"),
    "faults": mark("Faults"),
    "suggestions": mark("Suggestions"),
    "orders": mark("Work orders"),
    "inspector": mark("Inspector"),
    "layers": mark("Layers"),
    "sources": mark("Sources"),
    "figures": mark("Figures"),
    "outcomes": mark("Outcomes"),
    "violations": mark("Against the rules"),
    "timeline": mark("Timeline"),
    "editor": mark("Layout draft"),
    "findings": mark("Findings"),
    "effect": mark("Effect"),
}
"""Panels by name, and their titles."""


def workspace(workspace_id: str) -> Workspace:
    """Give the workspace of that id; KeyError where there is none."""
    return next(row for row in WORKSPACES if row.id == workspace_id)
