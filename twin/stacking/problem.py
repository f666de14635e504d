"""Problems for the solver: values that pickle, made from tables, solved in another process."""

import time
from dataclasses import dataclass

import numpy as np

from twin.errors import StockError, YardError
from twin.stacking import allocation
from twin.stacking.allocation import Request
from twin.stacking.budget import Clock
from twin.stacking.departures import Knowledge
from twin.stacking.dig_out import dig_out
from twin.stacking.policies import DEFAULT
from twin.stacking.slack import SlackProblem, solve_slack
from twin.stacking.suggestion import Suggestion, SuggestionKind
from twin.stacking.window import Window, window_of
from twin.stock import moves, rules
from twin.stock.rules import NEUTRAL, Conditions
from twin.stock.table import Place, Stock
from twin.tables import Floats
from twin.yard.model import Yard
from twin.yard.slots import SlotAddress, Slots, ground_slot


@dataclass(frozen=True, eq=False)
class AllocateProblem:
    """A slot is wanted for a box that has arrived."""

    id: int
    tick: int
    number: str
    truck: str
    request: Request


@dataclass(frozen=True, eq=False)
class RelocateProblem:
    """A box must come out from under others: its bay, and the same with the neighbouring positions."""

    id: int
    tick: int
    number: str
    bay: Window
    wide: Window


def allocate_problem(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    cranes_yard_m: Floats | None,
    number: str,
    truck: str,
    tick: int,
    next_id: int,
    *,
    policy: str = DEFAULT,
    conditions: Conditions = NEUTRAL,
    knowledge: Knowledge | None = None,
    queue: Floats | None = None,
) -> AllocateProblem:
    """Ask for a slot for an arriving box.

    Parameters
    ----------
    cranes_yard_m : (k, 2) float, optional
        Where the gantry cranes are [m, yard frame]; NaN rows are left out.
    number, truck : str
        The box, and what brings it.
    tick, next_id : int
        The tick that the answer is based on, and its id.
    policy : str
        One of :data:`twin.stacking.policies.POLICIES`.
    conditions : Conditions
        House rules, wind, and what work in progress is bound for.
    knowledge : Knowledge, optional
        What is known of departures beside the stock.
    queue : (blocks,) float, optional
        How many vehicles wait for each block's machine.

    Raises
    ------
    StockError
        Where the box is not known.
    """
    row = _row(stock, number)
    cranes = np.empty((0, 2)) if cranes_yard_m is None else np.asarray(cranes_yard_m, float).reshape(-1, 2)
    cranes = cranes[np.isfinite(cranes).all(axis=1)]
    request = Request(
        yard, slots, stock, row, cranes, policy, tick, conditions, knowledge or Knowledge(), queue
    )
    return AllocateProblem(next_id, tick, number, truck, request)


def relocate_problem(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    number: str,
    tick: int,
    next_id: int,
    conditions: Conditions = NEUTRAL,
) -> RelocateProblem:
    """Ask for the moves that free a box, under the house rules and the wind of ``conditions``.

    Raises
    ------
    StockError
        Where the box is not known, or stands in no stack.
    """
    row = _row(stock, number)
    bay, wide = (
        window_of(yard, slots, stock, row, wide=wide, conditions=conditions) for wide in (False, True)
    )
    return RelocateProblem(next_id, tick, number, bay, wide)


Problem = AllocateProblem | RelocateProblem | SlackProblem
"""All that a solver can be asked."""


def solve(problem: Problem, budget_s: float = 0.5, clock: Clock = time.monotonic) -> Suggestion | None:
    """Solve a problem, in this or another process.

    Parameters
    ----------
    budget_s : float
        When the search is to end [s].
    clock : callable
        What the budget is measured by; a ``WorkClock`` gives the same answer on every machine.

    Returns
    -------
    Suggestion or None
        None where no slot is legal, where the box is free already, where what stands on it has
        nowhere to go, or where no bay is worth tidying. The same problem has the same answer where
        the budget [s] does not bind.
    """
    if isinstance(problem, AllocateProblem):
        return allocation.suggest(problem.request, problem.number, problem.tick, problem.id)
    if isinstance(problem, SlackProblem):
        return solve_slack(problem, budget_s, clock)
    found = dig_out(problem.bay, budget_s, problem.tick, problem.id, clock)
    return found or dig_out(problem.wide, budget_s, problem.tick, problem.id, clock)


def blocking(stock: Stock, slots: Slots, number: str) -> int:
    """Give how many boxes stand on a box, over either of its places; 0 where it is in no stack."""
    row = int(moves.rows_of(stock, [number])[0])
    if row < 0 or stock.place[row] != Place.STACKED:
        return 0
    above = {
        int(box)
        for ground in moves.places_of(stock, slots, row)
        for box in stock.occupant[ground, int(stock.tier[row]) + 1 : int(stock.count[ground])]
    }
    return len(above)


def still_valid(
    yard: Yard, slots: Slots, stock: Stock, suggestion: Suggestion, conditions: Conditions = NEUTRAL
) -> str:
    """Tell why a suggestion no longer holds; empty where every move of it can still be made.

    Every box must be where its move starts, and come to stand in the very slot that was suggested.
    """
    steps: list[tuple[int, bool, int]] = []
    standing: dict[str, SlotAddress] = {}
    try:
        for move in suggestion.moves:
            row = _row(stock, move.number)
            target = ground_slot(yard, slots, move.target)
            why = _start(yard, slots, stock, row, move.source, standing.get(move.number))
            if why:
                return f"{move.number}: {why}"
            steps.append((row, move.source is not None, target))
            standing[move.number] = move.target
        tiers = moves.rehearse(stock, slots, steps)
    except (StockError, YardError) as error:
        return str(error)
    for move, tier in zip(suggestion.moves, tiers, strict=True):
        if tier != move.target.tier - 1:
            return f"{move.number}: expected tier {move.target.tier} at {move.target}, found tier {tier + 1}"
    if suggestion.kind is SuggestionKind.ALLOCATE and steps:
        return rules.refusal(stock, slots, yard, steps[0][0], steps[0][2], conditions)
    return ""


_FOUND = {
    Place.ANNOUNCED: "found it not in the yard yet", Place.STACKED: "found it in a stack",
    Place.CARRIED: "found it on a machine", Place.GONE: "found it gone",
}  # fmt: skip


def _start(
    yard: Yard, slots: Slots, stock: Stock, row: int, source: SlotAddress | None, moved: SlotAddress | None
) -> str:
    """Tell why a move cannot start where it says; ``moved`` is where an earlier move put the box."""
    place = Place(int(stock.place[row]))
    if source is None:
        waits = place in (Place.ANNOUNCED, Place.CARRIED)
        return "" if waits else f"expected it announced or carried, {_FOUND[place]}"
    if moved is not None:
        return "" if moved == source else f"expected it at {source} by then, found {moved}"
    if place is not Place.STACKED:
        return f"expected it at {source}, {_FOUND[place]}"
    ground, tier = ground_slot(yard, slots, source), source.tier - 1
    if (int(stock.ground[row]), int(stock.tier[row])) != (ground, tier):
        return f"expected it at {source}, found it elsewhere"
    return ""


def _row(stock: Stock, number: str) -> int:
    row = int(moves.rows_of(stock, [number])[0])
    if row < 0:
        raise StockError(f"box {number}: expected a known number, found none")
    return row
