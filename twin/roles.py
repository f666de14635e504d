"""Who may do what: one rule for the window, the command line and whatever comes later."""

from twin.decisions import (
    Acknowledge,
    Decision,
    ForecastWind,
    PublishLayout,
    Reopen,
    SetClosed,
    SetLimit,
    SetService,
    Settle,
    Shelve,
    Unshelve,
)
from twin.stacking.suggestion import Accept, Modify, Offer, Refuse

CONTROLLER = "controller"
PLANNER = "planner"
TRAINER = "trainer"
SUPERVISOR = "supervisor"
SOLVER = "solver"

_MAY: dict[type, frozenset[str]] = {
    Accept: frozenset({CONTROLLER, SUPERVISOR}),
    Refuse: frozenset({CONTROLLER, SUPERVISOR}),
    Modify: frozenset({CONTROLLER, SUPERVISOR}),
    Acknowledge: frozenset({CONTROLLER, SUPERVISOR}),
    Shelve: frozenset({CONTROLLER, SUPERVISOR}),
    Unshelve: frozenset({CONTROLLER, SUPERVISOR}),
    SetLimit: frozenset({PLANNER, SUPERVISOR}),
    SetService: frozenset({CONTROLLER, SUPERVISOR}),
    SetClosed: frozenset({CONTROLLER, SUPERVISOR}),
    Settle: frozenset({CONTROLLER, SUPERVISOR}),
    Reopen: frozenset({CONTROLLER, SUPERVISOR}),
    ForecastWind: frozenset({CONTROLLER, PLANNER, SUPERVISOR}),
    PublishLayout: frozenset({PLANNER, SUPERVISOR}),
    Offer: frozenset({SOLVER}),
}


def authorize(role: str, decision: Decision) -> str:
    """Give the reason why ``role`` may not decide this; empty where it may."""
    allowed = _MAY[type(decision)]
    if role in allowed:
        return ""
    return f"role {role!r} may not {type(decision).__name__.lower()}; expected {' or '.join(sorted(allowed))}"
