"""A buried box freed before its truck comes: planned in its bay, and explained."""

import math

from twin.stacking.bay import BayState, Step
from twin.stacking.crane_time import crane_s, timed
from twin.stacking.dig_saving import saving_of
from twin.stacking.policies import term, total
from twin.stacking.relocation import Plan, search
from twin.stacking.suggestion import Alternative, Move, Suggestion, SuggestionKind, Term
from twin.stacking.window import Window
from twin.stock import rules
from twin.yard.slots import SlotAddress


def dig_out(window: Window, budget_s: float, tick: int, suggestion_id: int) -> Suggestion | None:
    """Plan how to free the box of a window; None where it is free already or the bay has no room."""
    blocking = BayState.of(window.bay).above(window.first)
    if not blocking:
        return None
    window = timed(window)
    plan = search(window.bay, window.first, budget_s)
    if plan is None:
        return None
    saved = saving_of(window, plan.steps)
    return Suggestion(
        id=suggestion_id,
        kind=SuggestionKind.RELOCATE,
        subject=window.numbers[window.first],
        moves=moves_of(window, plan.steps),
        terms=_terms(window, plan),
        alternatives=_alternatives(window, plan),
        based_on_tick=tick,
        lower_bound=blocking,
        proven=len(plan.steps) == blocking,
        saving=saved.saving,
        confidence=saved.confidence,
        basis=saved.basis,
        promises=saved.promises,
        crane_s=crane_s(window, plan.steps),
    )


def _alternatives(window: Window, plan: Plan) -> tuple[Alternative, ...]:
    """Weigh the other places of the first box that has to be moved, and say why some are refused."""
    step, state = plan.steps[0], BayState.of(window.bay)
    found, refused = [], []
    for cell in range(len(window.places)):
        if cell in (step.source, step.target):
            continue
        tier = len(window.bay.stacks[cell])
        address = _address(window, cell, min(tier, 8), window.bay.long[step.box])
        code = window.barred[cell] or state.reason(window.first, step.box, cell)
        other = None if code else search(window.bay, window.first, forced=cell, widest=0)
        if other is None:
            refused.append(Alternative(address, math.inf, (), rules.REASONS[code] or _STUCK))
        else:
            terms = _terms(window, other)
            found.append(Alternative(address, total(terms), terms))
    found.sort(key=lambda item: item.total)
    return (*found[:10], *refused[:10])


_STUCK = "the boxes below it would find no place then"


def _terms(window: Window, plan: Plan) -> tuple[Term, ...]:
    return (
        term("relocations", len(plan.steps)),
        term("future_relocations", plan.relocations - len(plan.steps)),
        term("crane_time", crane_s(window, plan.steps)),
        term("lifted_mass", sum(window.gross_kg[step.box] for step in plan.steps) / 1000.0),
    )


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
