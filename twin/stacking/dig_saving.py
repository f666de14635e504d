"""What a planned dig-out saves: held against the yard's default over scenarios of the later departures."""

import math
from dataclasses import dataclass

import numpy as np

from twin.stacking.bay import NEVER, BayState, Step
from twin.stacking.burial import SIGMA_S
from twin.stacking.crane_time import crane_s
from twin.stacking.energy import energy_of
from twin.stacking.suggestion import Promise, Saving
from twin.stacking.tidying import SCENARIOS, departures, weighed
from twin.stacking.window import RANK_S, Window

AGAINST = "putting each blocking box on the lowest stack nearby"


@dataclass(frozen=True, slots=True)
class DigSaving:
    """What a dig-out saves, how sure that is, what it promises of its boxes, and on what it rests."""

    saving: Saving
    confidence: float
    promises: tuple[Promise, ...]
    basis: tuple[str, ...]


def levelled(window: Window) -> tuple[Step, ...] | None:
    """Free the box as a yard does by default: each blocker to the lowest stack, the nearest of equals.

    None where a blocker has nowhere to go then.
    """
    bay, state = window.bay, BayState.of(window.bay)
    steps: list[Step] = []
    while state.above(window.first):
        box = state.cells[state.where[window.first]][0]
        source = state.where[box]
        cells = state.targets(window.first, box)
        if not cells:
            return None
        target = min(cells, key=lambda cell: (state.cells[cell][3], bay.travel_s[source][cell], cell))
        state.take(box)
        state.put(box, target)
        steps.append(Step(box, source, target))
    return tuple(steps)


def _after(window: Window, steps: tuple[Step, ...]) -> BayState:
    state = BayState.of(window.bay)
    for step in steps:
        state.take(step.box)
        state.put(step.box, step.target)
    return state


def saving_of(window: Window, steps: tuple[Step, ...]) -> DigSaving:
    """Hold a plan against the default.

    Parameters
    ----------
    window : Window
        With its travel times.
    steps : tuple of Step
        The relocations that free its first box.

    Notes
    -----
    Both plans are followed by emptying the bay in the same scenarios of departures: normal about what is
    told, even where nothing is. Where the default finds no place, the plan is held against itself.
    """
    usual = levelled(window) or steps
    told_s = [rank * RANK_S if rank < NEVER else math.nan for rank in window.bay.leaves]
    first = [box == window.first for box in range(len(told_s))]
    when = departures(told_s, first, SIGMA_S)
    ours, theirs = (weighed(_after(window, plan), plan, when) for plan in (steps, usual))
    later = theirs.relocations - ours.relocations
    saved = len(usual) - len(steps) + later
    now_s, usual_s = crane_s(window, steps), crane_s(window, usual)
    a_move_s = usual_s / len(usual)
    net_s = usual_s - now_s + float(later.mean()) * a_move_s
    told = sum(not math.isnan(at_s) for at_s in told_s)
    moved = sorted({step.box for step in steps})
    return DigSaving(
        Saving(
            float(saved.mean()), net_s / 60.0, *energy_of(window.kind, net_s), float(saved.std()), AGAINST
        ),
        float(np.mean((saved > 0) | ((saved == 0) & (net_s > 0)))),
        tuple(Promise(window.numbers[box], float(ours.again[box])) for box in moved),
        (
            f"departures told of {told} of {len(told_s)} boxes, one sigma {SIGMA_S / 3600.0:g} h",
            f"{SCENARIOS} scenarios of the order of departure",
        ),
    )
