"""What is worth asking a solver for: buried boxes, boxes that wait for a slot, bays to tidy in slack time."""

import numpy as np

from twin.clearance import reserved, under_way
from twin.clock import NS_PER_S
from twin.stacking.departures import Knowledge
from twin.stacking.problem import Problem, allocate_problem, blocking, relocate_problem
from twin.stacking.slack import SlackProblem
from twin.stacking.suggestion import SuggestionKind, SuggestionStatus
from twin.state import State
from twin.stock import moves
from twin.stock.rules import Conditions, with_reserved
from twin.tables import Flags, Floats
from twin.yard.model import BlockKind

__all__ = ["OPEN_LIMIT", "Problem", "next_problem", "slack_blocks"]

OPEN_LIMIT = 6
"""A person weighs a few suggestions, not a page of them; one that saves nothing is never among them."""
TIDY_LIMIT = 2
"""So many of them are to tidy bays: what waits comes first."""
QUIET_NS = 300 * NS_PER_S
"""A crane has time where no truck is announced for its block within this."""
VESSEL_NS = 24 * 3600 * NS_PER_S
"""A vessel's plan counts for so long ahead: vessels are planned a day before."""
SLACK_KINDS = (BlockKind.RTG, BlockKind.RMG)
"""Blocks whose machine stays and can tidy them; the others' machines are sent where work is."""


def next_problem(state: State, tried: frozenset[str] = frozenset()) -> Problem | None:
    """Give the most urgent problem that no suggestion answers yet; None where there is none.

    Parameters
    ----------
    state : State
    tried : frozenset of str
        Numbers that a solver found no answer for lately.

    Notes
    -----
    A box that waits for a slot holds up its truck now, a buried one will when its truck comes; a bay is
    tidied only where its crane has nothing else to do.
    """
    offered = [item for item in state.suggestions if item.status is SuggestionStatus.OFFERED]
    if len(offered) >= OPEN_LIMIT:
        return None
    answered = {item.subject for item in state.suggestions if item.status is not SuggestionStatus.WITHDRAWN}
    answered |= tried
    for arrival in state.arrivals:
        if arrival.number not in answered:
            return allocate_problem(
                state.yard, state.slots, state.stock, cranes_of(state), arrival.number, arrival.truck,
                state.tick, 0, conditions=conditions_of(state), knowledge=knowledge_of(state),
                queue=queues(state),
            )  # fmt: skip
    for pick_up in sorted(state.pick_ups, key=lambda item: item.arrives_ns):
        number = pick_up.number
        if number in answered or _is_closed_off(state, number):
            continue
        if blocking(state.stock, state.slots, number):
            return relocate_problem(
                state.yard, state.slots, state.stock, number, state.tick, 0, state.conditions
            )
    tidying = sum(item.kind is SuggestionKind.HOUSEKEEPING for item in offered)
    if tidying >= TIDY_LIMIT or SlackProblem.number in tried:
        return None
    return _tidying(state, answered)


def _tidying(state: State, answered: set[str]) -> SlackProblem | None:
    blocks = np.flatnonzero(slack_blocks(state))
    if not len(blocks):
        return None
    return SlackProblem(
        0, state.tick, state.yard, state.slots, state.stock, tuple(blocks.tolist()),
        tuple(pick_up.number for pick_up in state.pick_ups), state.t_ns + VESSEL_NS, frozenset(answered),
        state.conditions,
    )  # fmt: skip


def conditions_of(state: State) -> Conditions:
    """Give the conditions under which a slot is looked for.

    What work in progress is bound for is taken, and so is all of a block that someone closed.
    """
    taken = reserved(state.yard, state.slots, state.orders)
    if state.closed:
        taken |= closed_blocks(state)[state.slots.block]
    taken = np.flatnonzero(taken)
    return with_reserved(state.conditions, taken.tolist()) if len(taken) else state.conditions


def closed_blocks(state: State) -> Flags:
    """Tell which blocks are closed, in the layout or by someone since, (blocks,) bool."""
    return np.array([block.closed or block.name in state.closed for block in state.yard.blocks], np.bool_)


def _is_closed_off(state: State, number: str) -> bool:
    """Tell whether a box stands in a block that someone closed: nobody fetches it there for now."""
    row = moves.rows_of(state.stock, [number])[0] if state.closed else -1
    ground = state.stock.ground[row] if row >= 0 else -1
    return bool(ground >= 0) and state.yard.blocks[state.slots.block[ground]].name in state.closed


def knowledge_of(state: State) -> Knowledge:
    """Give what is known of departures beside the stock: now, and the trucks that are announced."""
    rows = moves.rows_of(state.stock, [pick_up.number for pick_up in state.pick_ups])
    booked = tuple(
        (int(row), pick_up.arrives_ns) for row, pick_up in zip(rows, state.pick_ups, strict=True) if row >= 0
    )
    return Knowledge(state.t_ns, booked)


def queues(state: State) -> Floats:
    """Give how much waits for each block's machine, (blocks,): orders under way, and trucks due soon."""
    names = {block.name: index for index, block in enumerate(state.yard.blocks)}
    waiting = np.zeros(len(state.yard.blocks))
    for order in under_way(state.orders):
        if order.move.target.block in names:
            waiting[names[order.move.target.block]] += 1.0
    rows = moves.rows_of(
        state.stock,
        [p.number for p in state.pick_ups if p.arrives_ns - state.t_ns < QUIET_NS],
    )
    ground = state.stock.ground[rows[rows >= 0]]
    np.add.at(waiting, state.slots.block[ground[ground >= 0]], 1.0)
    return waiting


def slack_blocks(state: State) -> Flags:
    """Tell which blocks have a crane that nothing is asked of now or soon, (blocks,) bool.

    Nothing: it holds no box, no work order is bound for the block, no truck is announced for a box in it
    within five minutes.
    """
    yard, fleet, tracks = state.yard, state.fleet, state.tracks
    slack = np.zeros(len(yard.blocks), bool)
    idle = fleet.present & (fleet.block >= 0) & (tracks.load < 0)
    slack[fleet.block[idle]] = True
    slack[fleet.block[fleet.present & (fleet.block >= 0) & (tracks.load >= 0)]] = False
    slack &= np.array([block.kind in SLACK_KINDS for block in yard.blocks], bool) & ~closed_blocks(state)
    slack &= queues(state) == 0
    return slack


def cranes_of(state: State) -> Floats:
    """Give where the yard cranes stand in the yard frame, (k, 2) [m]."""
    here = state.fleet.present & (state.fleet.block >= 0) & np.isfinite(state.tracks.x_m)
    return np.column_stack((state.tracks.x_m[here], state.tracks.y_m[here]))
