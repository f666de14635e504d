"""What to tidy while work is slack: the bays of idle cranes, the most promising first, until one pays."""

import time
from dataclasses import dataclass

from twin.errors import StockError
from twin.stacking.budget import Clock
from twin.stacking.housekeeping import Candidate, candidates, housekeeping_problem, solve_housekeeping
from twin.stacking.suggestion import Suggestion
from twin.stock.rules import NEUTRAL, Conditions
from twin.stock.table import Stock
from twin.yard.model import Yard
from twin.yard.slots import Slots

LOOKED_AT = 8
"""So many bays are planned in one search at most: each takes a tenth of the budget or so."""


@dataclass(frozen=True, eq=False)
class SlackProblem:
    """The cranes of some blocks have time: a bay that is worth tidying is wanted.

    Attributes
    ----------
    id, tick : int
        Of the suggestion, and of the state that it is based on.
    yard, slots, stock : Yard, Slots, Stock
    blocks : tuple of int
        The blocks whose cranes are idle.
    announced : tuple of str
        Boxes whose truck is announced.
    horizon_ns : int
        Until when a vessel's departure counts [ns UTC].
    skip : frozenset of str
        Bays that were suggested already, such as ``A01-003``.
    conditions : Conditions
    """

    id: int
    tick: int
    yard: Yard
    slots: Slots
    stock: Stock
    blocks: tuple[int, ...]
    announced: tuple[str, ...]
    horizon_ns: int
    skip: frozenset[str] = frozenset()
    conditions: Conditions = NEUTRAL

    number = "housekeeping"
    """What it is known by among problems that were tried in vain."""


def solve_slack(
    problem: SlackProblem, budget_s: float = 0.5, clock: Clock = time.monotonic
) -> Suggestion | None:
    """Give the first bay whose tidying pays; None where none of those looked at does."""
    end_s = clock() + budget_s
    announced = set(problem.announced)
    found = candidates(
        problem.yard, problem.slots, problem.stock, announced, problem.horizon_ns, most=10 * LOOKED_AT
    )
    looked_at = 0
    for candidate in found:
        left_s = end_s - clock()
        if looked_at == LOOKED_AT or left_s <= 0.0:
            break
        if candidate.block not in problem.blocks or _name(problem.yard, candidate) in problem.skip:
            continue
        looked_at += 1
        suggestion = _tidied(problem, candidate, announced, min(left_s, budget_s / 2.0), clock)
        if suggestion is not None and suggestion.subject not in problem.skip:
            return suggestion
    return None


def _tidied(
    problem: SlackProblem, candidate: Candidate, announced: set[str], budget_s: float, clock: Clock
) -> Suggestion | None:
    try:
        asked = housekeeping_problem(
            problem.yard, problem.slots, problem.stock, candidate.row, announced, problem.tick, problem.id,
            conditions=problem.conditions,
        )  # fmt: skip
    except StockError:
        return None
    return solve_housekeeping(asked, budget_s, clock)


def _name(yard: Yard, candidate: Candidate) -> str:
    return f"{yard.blocks[candidate.block].name}-{2 * candidate.position + 1:03d}"
