"""A buried box freed before its truck comes: planned in its bay, and explained."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from twin.fleet.kinds import REACH_STACKER, RMG, RTG, Kind
from twin.stacking.bay import BayState, Step
from twin.stacking.policies import term, total
from twin.stacking.relocation import Plan, search
from twin.stacking.suggestion import Alternative, Move, Suggestion, SuggestionKind, Term
from twin.stacking.window import Window
from twin.stock import rules
from twin.tables import Floats
from twin.yard.model import BlockKind
from twin.yard.slots import SlotAddress

_MACHINES: dict[BlockKind, Kind] = {
    BlockKind.RTG: RTG, BlockKind.RMG: RMG, BlockKind.STRADDLE: REACH_STACKER,
    BlockKind.REACH_STACKER: REACH_STACKER, BlockKind.EMPTIES: REACH_STACKER,
}  # fmt: skip
_CLEAR_M = 0.5


def dig_out(window: Window, budget_s: float, tick: int, suggestion_id: int) -> Suggestion | None:
    """Plan how to free the box of a window; None where it is free already or the bay has no room."""
    blocking = BayState.of(window.bay).above(window.first)
    if not blocking:
        return None
    window = timed(window)
    plan = search(window.bay, window.first, budget_s)
    if plan is None:
        return None
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


def timed(window: Window) -> Window:
    """Give a window whose bay knows how long its machine travels between the cells."""
    travel_s = _travel_s(_MACHINES[window.kind], window.centres_m)
    return replace(window, bay=replace(window.bay, travel_s=travel_s))


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


def crane_s(window: Window, steps: tuple[Step, ...]) -> float:
    """Give the crane time of relocations one after the other [s].

    Notes
    -----
    Each is: travel empty, lower, lock, hoist laden, travel laden, lower laden, unlock, hoist. Speeds and
    accelerations are the machine's (``fleet.kinds``); hoisting goes to half a metre over the bay.
    """
    kind, bay = _MACHINES[window.kind], window.bay
    tops_m = [sum(bay.height_m[box] for box in stack) for stack in bay.stacks]
    time_s, at = 0.0, steps[0].source if steps else 0
    for step in steps:
        height_m = bay.height_m[step.box]
        clear_m = max(tops_m) + height_m + _CLEAR_M
        time_s += bay.travel_s[at][step.source] + bay.travel_s[step.source][step.target]
        time_s += 2 * float(_time_s(clear_m - tops_m[step.source], kind.hoist_mps, kind.hoist_mps2))
        cells = (step.source, bay.pair[step.source]) if bay.long[step.box] else (step.source,)
        for cell in cells:
            tops_m[cell] -= height_m
        cells = (step.target, bay.pair[step.target]) if bay.long[step.box] else (step.target,)
        bottom_m = max(tops_m[cell] for cell in cells)
        for cell in cells:
            tops_m[cell] = bottom_m + height_m
        lower_m = clear_m - tops_m[step.target]
        time_s += 2 * float(_time_s(lower_m, kind.hoist_laden_mps, kind.hoist_mps2)) + 2 * kind.lock_s
        at = step.target
    return time_s


def _time_s(way_m: ArrayLike, speed_mps: float, acceleration_mps2: float) -> Floats:
    """Give the time from rest to rest over a way [s]."""
    ways_m: Floats = np.maximum(np.asarray(way_m, float), 0.0)
    short_s = 2.0 * np.sqrt(ways_m / acceleration_mps2)
    long_s = ways_m / speed_mps + speed_mps / acceleration_mps2
    return np.where(ways_m * acceleration_mps2 < speed_mps**2, short_s, long_s)


def _travel_s(kind: Kind, centres_m: tuple[tuple[float, float], ...]) -> tuple[tuple[float, ...], ...]:
    """Give the travel times between cells: trolley across, then the machine along the block [s]."""
    centres = np.array(centres_m)
    along_m, across_m = np.abs(centres[:, None] - centres[None]).transpose(2, 0, 1)
    speed_mps = kind.trolley_mps or kind.speed_laden_mps
    times_s = _time_s(across_m, speed_mps, kind.trolley_mps2 or kind.acceleration_mps2)
    times_s = times_s + _time_s(along_m, kind.speed_laden_mps, kind.acceleration_mps2)
    return tuple(map(tuple, times_s.tolist()))
