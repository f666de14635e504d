"""Bays tidied while work is slack: which are worth looking at, what it takes, what it saves."""

import math
import time
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S
from twin.errors import StockError
from twin.stacking.bay import Step
from twin.stacking.budget import Clock
from twin.stacking.burial import SIGMA_S, Pairs, blocked, pairs_of
from twin.stacking.crane_time import crane_s, timed
from twin.stacking.dig_out import moves_of
from twin.stacking.energy import energy_of
from twin.stacking.policies import term, total
from twin.stacking.suggestion import (
    Alternative,
    Promise,
    Saving,
    Suggestion,
    SuggestionKind,
    Term,
)
from twin.stacking.tidying import SCENARIOS, Tidied, departures, tidy
from twin.stacking.window import Window, window_of
from twin.stock.notices import NOT_KNOWN_NS, rows_of
from twin.stock.rules import NEUTRAL, Conditions
from twin.stock.table import Flow, Place, Stock
from twin.tables import Flags, Floats, Longs
from twin.yard.model import Yard
from twin.yard.slots import Slots

LATER_S = 300.0
"""What a relocation costs while a truck waits for it [s of crane time]: what one costs now (two minutes and
about one of the crane's own time), and two minutes of the truck's and of those behind it. A setting."""
_LEAST = 0.5
"""Bays with fewer expected relocations are left alone."""
AGAINST = "leaving the bay as it is and digging out while trucks wait"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bay that may be worth tidying.

    Attributes
    ----------
    block, position : int
        Index of the block, and position along it from 0.
    row : int
        One of its boxes (row of the stock): the one most likely to be moved.
    trucks : int
        Boxes that stand on one whose truck is announced.
    vessel : float
        Expected relocations for export boxes that leave by the horizon.
    relocations : float
        Expected relocations of all: boxes that must be moved for one below.
    """

    block: int
    position: int
    row: int
    trucks: int
    vessel: float
    relocations: float


def candidates(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    pick_up_numbers: Collection[str],
    horizon_ns: int,
    *,
    most: int = 20,
    sigma_s: float = SIGMA_S,
) -> tuple[Candidate, ...]:
    """Give the bays worth looking at, the best first.

    Parameters
    ----------
    pick_up_numbers : numbers
        Boxes whose truck is announced.
    horizon_ns : int
        Until when a vessel's departure counts [ns UTC].
    most : int
        How many at most.
    sigma_s : float
        One sigma of a departure that is told [s].

    Returns
    -------
    tuple of Candidate
        By boxes on announced ones, then by what a vessel's plan will meet, then by all expected
        relocations; bays with less than half a relocation to come, and closed blocks, are not among them.
    """
    pairs = pairs_of(stock, slots)
    if not len(pairs.box):
        return ()
    chance = blocked(stock, pairs, pick_up_numbers, sigma_s)
    called = np.zeros(len(stock), bool)
    rows = rows_of(stock, sorted(pick_up_numbers)) if pick_up_numbers else np.zeros(0, np.int64)
    called[rows[rows >= 0]] = True
    vessel = (stock.flow == Flow.EXPORT) & (stock.departs_ns <= horizon_ns)
    boxes = np.flatnonzero((stock.place == Place.STACKED) & (chance > 0.0))
    bay, last = _bay_of(slots, stock, boxes)
    on_called = (_over(pairs, called, len(stock)) & ~called)[boxes]
    sums = [
        np.bincount(bay, weight.astype(float), last).astype(float)
        for weight in (on_called, chance[boxes] * _over(pairs, vessel, len(stock))[boxes], chance[boxes])
    ]
    worst = _worst(bay, chance[boxes], boxes, last)
    open_bay = np.zeros(last, bool)
    open_bay[bay] = ~slots.closed[stock.ground[boxes]]
    good = np.flatnonzero((sums[2] >= _LEAST) & open_bay)
    order = good[np.lexsort((-sums[2][good], -np.round(sums[1][good], 1), -sums[0][good]))]
    return tuple(_candidate(slots, stock, worst, sums, int(number)) for number in order[:most])


def _candidate(slots: Slots, stock: Stock, worst: Longs, sums: list[Floats], bay: int) -> Candidate:
    row = int(worst[bay])
    ground = int(stock.ground[row])
    trucks, vessel, relocations = (float(part[bay]) for part in sums)
    return Candidate(
        int(slots.block[ground]), int(slots.position[ground]), row, round(trucks), vessel, relocations
    )


def _bay_of(slots: Slots, stock: Stock, boxes: Longs) -> tuple[Longs, int]:
    """Give the number of the bay of each box, and how many numbers there are."""
    deep = int(slots.position.max(initial=0)) + 1
    ground = stock.ground[boxes]
    numbers = slots.block[ground].astype(np.int64) * deep + slots.position[ground]
    return numbers, int(slots.block.max(initial=0) + 1) * deep


def _over(pairs: Pairs, which: Flags, boxes: int) -> Flags:
    """Tell of each box whether one of some boxes is below it."""
    over = np.zeros(boxes, bool)
    over[pairs.box[which[pairs.below]]] = True
    return over


def _worst(bay: Longs, chance: Floats, boxes: Longs, last: int) -> Longs:
    """Give the box of each bay that is most likely to be moved, -1 where there is none."""
    worst = np.full(last, -1, np.int64)
    order = np.argsort(chance, kind="stable")
    worst[bay[order]] = boxes[order]
    return worst


@dataclass(frozen=True, eq=False)
class HousekeepingProblem:
    """A bay is to be tidied as far as it pays.

    Attributes
    ----------
    id, tick : int
        Of the suggestion, and of the state that it is based on.
    window : Window
    told_s : per box of the window, when it is told to leave [s]; NaN where it is not.
    called : per box, whether its truck is announced.
    most_moves : int
    sigma_s : float
        One sigma of what is told [s].
    """

    id: int
    tick: int
    window: Window
    told_s: tuple[float, ...]
    called: tuple[bool, ...]
    most_moves: int
    sigma_s: float


def housekeeping_problem(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    row: int,
    pick_up_numbers: Collection[str],
    tick: int,
    next_id: int,
    *,
    most_moves: int = 6,
    sigma_s: float = SIGMA_S,
    conditions: Conditions = NEUTRAL,
) -> HousekeepingProblem:
    """Ask for the moves that tidy the bay of a box.

    Parameters
    ----------
    row : int
        A box of the bay: ``Candidate.row``.
    most_moves : int
        How many moves there is time for.
    conditions : Conditions
        House rules and wind.

    Raises
    ------
    StockError
        Where the box stands in no stack, or the numbers of moves or the spread cannot be.
    """
    if not 1 <= most_moves <= 50:
        raise StockError(f"housekeeping, most_moves: expected 1 to 50, found {most_moves}")
    if not 0.0 < sigma_s < math.inf:
        raise StockError(f"housekeeping, sigma_s: expected seconds above 0, found {sigma_s}")
    window = window_of(yard, slots, stock, row, conditions=conditions)
    departs_ns = stock.departs_ns[rows_of(stock, list(window.numbers))]
    told = departs_ns != NOT_KNOWN_NS
    since = int(departs_ns[told].min()) if told.any() else 0
    told_s = np.where(told, (departs_ns - since) / NS_PER_S, np.nan)
    numbers = set(pick_up_numbers)
    called = tuple(number in numbers for number in window.numbers)
    return HousekeepingProblem(next_id, tick, window, tuple(told_s.tolist()), called, most_moves, sigma_s)


def solve_housekeeping(
    problem: HousekeepingProblem, budget_s: float = 0.5, clock: Clock = time.monotonic
) -> Suggestion | None:
    """Tidy a bay as far as it pays; None where no move does.

    Notes
    -----
    Plans of each length are weighed over the same scenarios of departures, in which the bay is emptied by
    what is told alone; the cheapest by the sum of its terms is taken, and the others are its alternatives.
    ``saving.relocations`` is what is saved less the moves made now.
    """
    window = timed(problem.window)
    # Plans are made over other scenarios than those they are weighed by: no winner's luck in a promise.
    made, weighed = (departures(problem.told_s, problem.called, problem.sigma_s, seed) for seed in (1, 2))
    plans = tidy(window.bay, made, weighed, problem.most_moves, budget_s, clock)
    cheap = sorted(plans, key=lambda plan: total(_terms(window, plan)))
    best, without = cheap[0], plans[0]
    if not best.steps:
        return None
    saved, _ = best.saved(without)
    moved = {step.box for step in best.steps}
    return Suggestion(
        id=problem.id,
        kind=SuggestionKind.HOUSEKEEPING,
        subject=_bay_name(window, best.steps[0]),
        moves=moves_of(window, best.steps),
        terms=_terms(window, best),
        alternatives=tuple(_alternative(window, plan, best) for plan in cheap[1:]),
        based_on_tick=problem.tick,
        lower_bound=len(moved),
        proven=len(moved) == len(best.steps),
        saving=_saving(window, best, without),
        confidence=float((without.relocations > best.relocations).mean()),
        basis=_basis(problem, saved, len(best.steps)),
        promises=tuple(Promise(window.numbers[box], float(best.again[box])) for box in sorted(moved)),
        crane_s=crane_s(window, best.steps),
    )


def _saving(window: Window, best: Tidied, without: Tidied) -> Saving:
    """Give what is saved less what is done now; a relocation later takes the crane as long as one now."""
    saved, sigma = best.saved(without)
    now_s = crane_s(window, best.steps)
    net_s = saved * now_s / len(best.steps) - now_s
    kwh, co2e_kg = energy_of(window.kind, net_s)
    return Saving(saved - len(best.steps), net_s / 60.0, kwh, co2e_kg, sigma, AGAINST)


def _terms(window: Window, plan: Tidied) -> tuple[Term, ...]:
    later = float(plan.relocations.mean())
    return (
        term("relocations", len(plan.steps)),
        Term("future_relocations", later, "boxes", LATER_S),
        term("crane_time", crane_s(window, plan.steps)),
        term("lifted_mass", sum(window.gross_kg[step.box] for step in plan.steps) / 1000.0),
    )


def _alternative(window: Window, plan: Tidied, best: Tidied) -> Alternative:
    """Give another plan by where its last box goes; doing nothing by where the first box stays."""
    terms = _terms(window, plan)
    moves = moves_of(window, plan.steps or best.steps)
    target = moves[-1].target if plan.steps else moves[0].source
    assert target is not None
    return Alternative(target, total(terms), terms)


def _basis(problem: HousekeepingProblem, saved: float, moves: int) -> tuple[str, ...]:
    told = sum(not math.isnan(at_s) for at_s in problem.told_s)
    return (
        f"{moves} moves now save {saved:.1f} relocations while trucks wait",
        f"departures told of {told} of {len(problem.told_s)} boxes, one sigma {problem.sigma_s / 3600.0:g} h",
        f"trucks announced for {sum(problem.called)} of them",
        f"{SCENARIOS} scenarios of the order of departure",
    )


def _bay_name(window: Window, step: Step) -> str:
    position = window.places[step.source][0]
    return f"{window.block}-{2 * position + 1:03d}"
