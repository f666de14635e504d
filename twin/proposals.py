"""What is worth asking a solver for: boxes buried under others, boxes that wait for a slot."""

import numpy as np

from twin.stacking.problem import (
    AllocateProblem,
    RelocateProblem,
    allocate_problem,
    blocking,
    relocate_problem,
)
from twin.stacking.suggestion import SuggestionStatus
from twin.state import State
from twin.tables import Floats

OPEN_LIMIT = 6
"""A person weighs a few suggestions, not a page of them."""

Problem = AllocateProblem | RelocateProblem


def next_problem(state: State, tried: frozenset[str] = frozenset()) -> Problem | None:
    """Give the most urgent problem that no suggestion answers yet; None where there is none.

    Parameters
    ----------
    state : State
    tried : frozenset of str
        Numbers that a solver found no answer for lately.
    """
    if sum(item.status is SuggestionStatus.OFFERED for item in state.suggestions) >= OPEN_LIMIT:
        return None
    answered = {item.subject for item in state.suggestions if item.status is not SuggestionStatus.WITHDRAWN}
    answered |= tried
    for arrival in state.arrivals:
        if arrival.number not in answered:
            return allocate_problem(
                state.yard,
                state.slots,
                state.stock,
                _cranes(state),
                arrival.number,
                arrival.truck,
                state.tick,
                0,
            )
    for pick_up in sorted(state.pick_ups, key=lambda item: item.arrives_ns):
        number = pick_up.number
        if number not in answered and blocking(state.stock, state.slots, number):
            return relocate_problem(state.yard, state.slots, state.stock, number, state.tick, 0)
    return None


def _cranes(state: State) -> Floats:
    """Give where the yard cranes stand in the yard frame, (k, 2) [m]."""
    here = state.fleet.present & (state.fleet.block >= 0) & np.isfinite(state.tracks.x_m)
    return np.column_stack((state.tracks.x_m[here], state.tracks.y_m[here]))
