"""A buried box freed before its truck comes: planned in its bay, and explained."""

import math
import time
from collections.abc import Iterator

from twin.stacking.bay import BayState, Step
from twin.stacking.budget import Clock
from twin.stacking.crane_time import crane_s, timed
from twin.stacking.dig_saving import Prospect, Steps, levelled
from twin.stacking.policies import total
from twin.stacking.relocation import search
from twin.stacking.suggestion import Alternative, Move, Suggestion, SuggestionKind, Term
from twin.stacking.tidying import Tidied
from twin.stacking.window import Window
from twin.stock import rules
from twin.yard.slots import SlotAddress

LOOKED_AT = 10
"""So many places of the first blocking box are planned for, the nearest."""
NOT_WEIGHED = "not weighed: further away, or the boxes below would find no place then"


def dig_out(
    window: Window, budget_s: float, tick: int, suggestion_id: int, clock: Clock = time.monotonic
) -> Suggestion | None:
    """Plan how to free the box of a window; None where it is free already or the bay has no room."""
    blocking = BayState.of(window.bay).above(window.first)
    if not blocking:
        return None
    window, end_s = timed(window), clock() + 0.8 * budget_s
    found = search(window.bay, window.first, budget_s / 2.0, clock=clock)
    if found is None:
        return None
    prospect = Prospect.of(window)
    usual = prospect.weigh(levelled(window) or found.steps)
    plans = {usual.steps: usual, found.steps: prospect.weigh(found.steps)}
    for steps in _others(window, found.steps[0].box, end_s, clock):
        if clock() < end_s and steps not in plans:
            plans[steps] = prospect.weigh(steps)
    plan = min(plans.values(), key=lambda plan: (total(prospect.terms(plan)), plan.steps != found.steps))
    saving, confidence = prospect.saving(plan, usual)
    return Suggestion(
        id=suggestion_id,
        kind=SuggestionKind.RELOCATE,
        subject=window.numbers[window.first],
        moves=moves_of(window, plan.steps),
        terms=prospect.terms(plan),
        alternatives=_alternatives(window, prospect, plan, plans),
        based_on_tick=tick,
        lower_bound=blocking,
        proven=len(plan.steps) == blocking,
        saving=saving,
        confidence=confidence,
        basis=prospect.basis(),
        promises=prospect.promises(plan),
        crane_s=crane_s(window, plan.steps),
    )


def _others(window: Window, box: int, end_s: float, clock: Clock) -> Iterator[Steps]:
    """Plan quickly for the places that the first blocking box may go to, the nearest first."""
    state = BayState.of(window.bay)
    ways_s = window.bay.travel_s[state.where[box]]
    near = sorted(range(len(window.places)), key=lambda cell: (ways_s[cell], cell))
    fitting = [cell for cell in near if not (window.barred[cell] or state.reason(window.first, box, cell))]
    for cell in fitting[:LOOKED_AT]:
        left_s = end_s - clock()
        if left_s < 0.0:
            return
        found = search(window.bay, window.first, left_s, forced=cell, widest=0, clock=clock)
        if found is not None:
            yield found.steps


def _alternatives(
    window: Window, prospect: Prospect, plan: Tidied, plans: dict[Steps, Tidied]
) -> tuple[Alternative, ...]:
    """Weigh the other places of the first box that has to be moved, and say why some are refused."""
    step, state = plan.steps[0], BayState.of(window.bay)
    best: dict[int, tuple[Term, ...]] = {}
    for other in plans.values():
        terms, cell = prospect.terms(other), other.steps[0].target
        if cell not in best or total(terms) < total(best[cell]):
            best[cell] = terms
    weighed, refused = [], []
    for cell in range(len(window.places)):
        if cell in (step.source, step.target):
            continue
        address = _address(window, cell, min(len(window.bay.stacks[cell]), 8), window.bay.long[step.box])
        if cell in best:
            weighed.append(Alternative(address, total(best[cell]), best[cell]))
        else:
            code = window.barred[cell] or state.reason(window.first, step.box, cell)
            refused.append(Alternative(address, math.inf, (), rules.REASONS[code] or NOT_WEIGHED))
    weighed.sort(key=lambda item: item.total)
    return (*weighed[:10], *refused[:10])


def moves_of(window: Window, steps: tuple[Step, ...]) -> tuple[Move, ...]:
    """Give relocations one after the other by numbers and slot addresses."""
    tiers = [len(stack) for stack in window.bay.stacks]
    moves = []
    for step in steps:
        long = window.bay.long[step.box]
        for cell in {step.source, window.bay.pair[step.source]} if long else {step.source}:
            tiers[cell] -= 1
        source = _address(window, step.source, tiers[step.source], long)
        target = _address(window, step.target, tiers[step.target], long)
        for cell in {step.target, window.bay.pair[step.target]} if long else {step.target}:
            tiers[cell] += 1
        moves.append(Move(window.numbers[step.box], window.length_ft[step.box], source, target))
    return tuple(moves)


def _address(window: Window, cell: int, tier: int, long: bool) -> SlotAddress:
    position, row = window.places[cell]
    return SlotAddress(window.block, 2 * position + (2 if long else 1), row + 1, tier + 1)
