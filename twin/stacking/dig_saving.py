"""Plans that free a box, held against one another over scenarios of the later departures."""

import math
from dataclasses import dataclass

import numpy as np

from twin.stacking.bay import NEVER, BayState, Step
from twin.stacking.burial import SIGMA_S
from twin.stacking.crane_time import crane_s
from twin.stacking.energy import energy_of
from twin.stacking.policies import term
from twin.stacking.suggestion import Promise, Saving, Term
from twin.stacking.tidying import SCENARIOS, Departures, Tidied, departures, weighed
from twin.stacking.window import RANK_S, Window

AGAINST = "putting each blocking box on the lowest stack nearby"
WORK, LEAST = 2_000, 8
"""Boxes times scenarios that a plan is weighed by, about; scenarios at least."""

Steps = tuple[Step, ...]


def levelled(window: Window) -> Steps | None:
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


@dataclass(frozen=True, slots=True)
class Prospect:
    """A bay whose box is to be freed, and when its boxes may leave.

    Departures are normal about what is told and even where nothing is. The bay is emptied after each plan
    in the same scenarios, so that plans differ by what they do alone.
    """

    window: Window
    when: Departures
    told: int

    @classmethod
    def of(cls, window: Window) -> "Prospect":
        """Draw the scenarios; the window has its travel times."""
        told_s = [rank * RANK_S if rank < NEVER else math.nan for rank in window.bay.leaves]
        first = [box == window.first for box in range(len(told_s))]
        told = sum(not math.isnan(at_s) for at_s in told_s)
        scenarios = min(SCENARIOS, max(LEAST, WORK // max(1, len(told_s))))
        return cls(window, departures(told_s, first, SIGMA_S, scenarios=scenarios), told)

    def weigh(self, steps: Steps) -> Tidied:
        """Count what must be relocated later, in every scenario, once the box was freed by some steps."""
        state = BayState.of(self.window.bay)
        for step in steps:
            state.take(step.box)
            state.put(step.box, step.target)
        return weighed(state, steps, self.when)

    def terms(self, plan: Tidied) -> tuple[Term, ...]:
        """Give the cost terms of a plan."""
        window = self.window
        return (
            term("relocations", len(plan.steps)),
            term("future_relocations", float(plan.relocations.mean())),
            term("crane_time", crane_s(window, plan.steps)),
            term("lifted_mass", sum(window.gross_kg[step.box] for step in plan.steps) / 1000.0),
        )

    def saving(self, plan: Tidied, usual: Tidied) -> tuple[Saving, float | None]:
        """Give what a plan saves against the default, and the chance that it saves something.

        The chance is None where the plan is the default itself.
        """
        window = self.window
        saved = len(usual.steps) - len(plan.steps) + usual.relocations - plan.relocations
        usual_s = crane_s(window, usual.steps)
        a_move_s = usual_s / len(usual.steps)
        net_s = usual_s - crane_s(window, plan.steps)
        in_all_s = net_s + (usual.relocations - plan.relocations) * a_move_s
        mean_s = float(in_all_s.mean())
        kwh, co2e_kg = energy_of(window.kind, mean_s)
        found = Saving(float(saved.mean()), mean_s / 60.0, kwh, co2e_kg, float(saved.std()), AGAINST)
        return found, None if plan.steps == usual.steps else float(np.mean(in_all_s > 0.0))

    def promises(self, plan: Tidied) -> tuple[Promise, ...]:
        """Give how likely each box that a plan moves must be moved again."""
        moved = sorted({step.box for step in plan.steps})
        return tuple(Promise(self.window.numbers[box], float(plan.again[box])) for box in moved)

    def basis(self) -> tuple[str, ...]:
        """Say what all this rests on."""
        boxes = len(self.window.numbers)
        return (
            f"departures told of {self.told} of {boxes} boxes, one sigma {SIGMA_S / 3600.0:g} h",
            f"{self.when.at_s.shape[1]} scenarios of the order of departure",
        )
