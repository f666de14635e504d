"""Bays tidied while work is slack: legal moves that save what they claim."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import ndtr
from stacking_yard import HOUR_NS, T_NS, A, busy_yard, stock_with, yard_of

from twin.errors import StockError
from twin.stacking.burial import blocked, pairs_of
from twin.stacking.housekeeping import candidates, housekeeping_problem, solve_housekeeping
from twin.stacking.policies import total
from twin.stacking.problem import still_valid
from twin.stacking.suggestion import SuggestionKind
from twin.stacking.tidying import departures
from twin.stock import moves
from twin.stock.table import Flow
from twin.yard.slots import ground_slot

HORIZON_NS = T_NS + 48 * HOUR_NS
SIGMA_H = 12.0


@pytest.fixture(scope="module")
def busy():
    return busy_yard()


def replayed(yard, slots, stock, suggestion):
    """Carry the moves out on the stock, one by one."""
    for move in suggestion.moves:
        row = int(moves.rows_of(stock, [move.number])[0])
        ground = ground_slot(yard, slots, move.source)
        assert (stock.ground[row], stock.tier[row]) == (ground, move.source.tier - 1)
        stock = moves.stack(
            moves.lift(stock, slots, row, 0), slots, [row], [ground_slot(yard, slots, move.target)]
        )
        assert stock.tier[row] == move.target.tier - 1
    return stock


def emptied(stacks, due_h, tiers, rng, scenarios=3000):
    """Give the relocations until bays of one length are empty, by other code than the solver's."""
    counts = []
    for _ in range(scenarios):
        bay = [list(stack) for stack in stacks]
        real = {box: due + SIGMA_H * rng.standard_normal() for box, due in due_h.items()}
        count = 0
        for box in sorted(real, key=real.get):
            stack = next(stack for stack in bay if box in stack)
            while stack[-1] != box:
                over = stack.pop()
                open_stacks = [other for other in bay if other is not stack and len(other) < tiers]
                soonest = [min((due_h[below] for below in other), default=math.inf) for other in open_stacks]
                safe = [i for i, at in enumerate(soonest) if at >= due_h[over]]
                best = min(safe, key=lambda i: soonest[i]) if safe else int(np.argmax(soonest))
                open_stacks[best].append(over)
                count += 1
            stack.pop()
        counts.append(count)
    return np.array(counts)


def bay_of(stock, slots, ground):
    """Give the numbers in each stack of the bay of a ground slot of block A."""
    first = ground - int(slots.row[ground])
    return [
        [stock.number[box].decode() for box in stock.occupant[cell] if box >= 0]
        for cell in range(first, first + A.rows)
    ]


def test_of_two_boxes_the_upper_is_blocked_as_likely_as_the_lower_leaves_first():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 2, 1), 40),
        ("TOP", "22G1", ("A", 5, 2, 2), 50),
        ("OUT", "22G1", None, 9),
    )

    chance = blocked(stock, pairs_of(stock, slots))

    assert chance == pytest.approx([0.0, ndtr(10.0 / (SIGMA_H * math.sqrt(2.0))), 0.0], abs=1e-3)


@pytest.mark.parametrize(("low", "top"), [(None, 50), (40, None), (None, None)])
def test_a_departure_that_is_not_told_is_even(low, top):
    yard = yard_of(A)
    slots, stock = stock_with(
        yard, ("LOW", "22G1", ("A", 5, 2, 1), low), ("TOP", "22G1", ("A", 5, 2, 2), top)
    )

    assert blocked(stock, pairs_of(stock, slots)) == pytest.approx([0.0, 0.5])


def test_chances_agree_with_departures_drawn_at_random(busy):
    _, slots, stock = busy
    trucks = [stock.number[row].decode() for row in np.flatnonzero(stock.tier == 1)[:5]]
    pairs = pairs_of(stock, slots)
    known = stock.departs_ns < HORIZON_NS * 2
    told_s = np.where(known, (stock.departs_ns - T_NS) / 1e9, np.nan)
    called = np.isin(stock.number, [truck.encode() for truck in trucks])

    chance = blocked(stock, pairs, trucks)

    drawn = departures(told_s, called, SIGMA_H * 3600, scenarios=4000)
    first = np.full((len(stock), 4000), np.inf)
    np.minimum.at(first, pairs.box, drawn.at_s[pairs.below])
    assert np.abs(chance - (first < drawn.at_s).mean(axis=1)).max() < 0.04


def test_a_long_box_below_in_both_places_is_one_pair():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("LEFT", "22G1", ("A", 5, 2, 1), 9), ("RIGHT", "22G1", ("A", 7, 2, 1), 9),
        ("LONG", "42G1", ("A", 6, 2, 2), 9), ("ROOF", "45G1", ("A", 6, 2, 3), 9),
    )  # fmt: skip
    pairs = pairs_of(stock, slots)

    assert list(zip(pairs.box.tolist(), pairs.below.tolist(), strict=True)) == [
        (2, 0),
        (2, 1),
        (3, 0),
        (3, 1),
        (3, 2),
    ]


def test_bays_under_announced_trucks_come_first_then_vessels_then_the_rest():
    export = {"flow": int(Flow.EXPORT)}
    boxes = []
    for bay, more in ((1, {}), (5, export), (9, {})):
        boxes += [
            (f"LOW{bay}", "22G1", ("A", bay, 2, 1), 5, more),
            (f"TOP{bay}", "22G1", ("A", bay, 2, 2), 300, more),
        ]
    yard = yard_of(A)
    slots, stock = stock_with(yard, *boxes)

    found = candidates(yard, slots, stock, ["LOW9"], HORIZON_NS)

    assert [one.position for one in found] == [4, 2, 0]
    assert [one.trucks for one in found] == [1, 0, 0]
    assert [one.vessel > 0.9 for one in found] == [False, True, False]
    assert stock.number[found[0].row] == b"TOP9"


def test_a_sorted_yard_has_no_candidate():
    yard = yard_of(A)
    slots, stock = stock_with(yard, ("LOW", "22G1", ("A", 5, 2, 1), 300), ("TOP", "22G1", ("A", 5, 2, 2), 5))

    assert candidates(yard, slots, stock, [], HORIZON_NS) == ()
    assert candidates(yard, slots, moves.empty_stock(slots), [], HORIZON_NS) == ()


def test_a_box_over_three_that_leave_before_it_is_worth_a_move():
    yard = yard_of(A)
    boxes = [(f"B{tier}", "22G1", ("A", 5, 2, tier), 40.0 - tier) for tier in (1, 2, 3)]
    slots, stock = stock_with(yard, *boxes, ("LATE", "22G1", ("A", 5, 2, 4), 400))
    problem = housekeeping_problem(yard, slots, stock, 0, [], 7, 3)

    suggestion = solve_housekeeping(pickle.loads(pickle.dumps(problem)), 1.0)  # noqa: S301

    assert (suggestion.id, suggestion.kind, suggestion.based_on_tick) == (3, SuggestionKind.HOUSEKEEPING, 7)
    assert suggestion.moves[0].number == "LATE"
    assert suggestion.confidence > 0.9
    assert {promise.number: promise.relocated for promise in suggestion.promises}["LATE"] < 0.1
    assert suggestion.crane_s > 0
    assert suggestion.moves[0].source in [other.target for other in suggestion.alternatives]
    assert min(other.total for other in suggestion.alternatives) > total(suggestion.terms)
    assert still_valid(yard, slots, stock, suggestion) == ""


def test_a_tidy_bay_gets_no_suggestion():
    yard = yard_of(A)
    slots, stock = stock_with(yard, ("LOW", "22G1", ("A", 5, 2, 1), 300), ("TOP", "22G1", ("A", 5, 2, 2), 5))

    assert solve_housekeeping(housekeeping_problem(yard, slots, stock, 0, [], 1, 1), 0.2) is None


def test_no_more_moves_are_asked_for_than_there_is_time_for(busy):
    yard, slots, stock = busy
    for one in candidates(yard, slots, stock, [], HORIZON_NS)[:6]:
        problem = housekeeping_problem(yard, slots, stock, one.row, [], 1, 1, most_moves=1)
        suggestion = solve_housekeeping(problem, 0.3)
        assert suggestion is None or len(suggestion.moves) == 1


def test_moves_replay_on_the_stock_and_lower_what_is_to_come(busy):
    yard, slots, stock = busy
    trucks = [stock.number[row].decode() for row in np.flatnonzero(stock.tier == 0)[:8]]
    before = blocked(stock, pairs_of(stock, slots), trucks).sum()
    lowered = []
    for one in candidates(yard, slots, stock, trucks, HORIZON_NS)[:8]:
        suggestion = solve_housekeeping(housekeeping_problem(yard, slots, stock, one.row, trucks, 1, 1), 0.4)
        if suggestion is None:
            continue
        assert still_valid(yard, slots, stock, suggestion) == ""
        after = replayed(yard, slots, stock, suggestion)
        assert moves.check(after, slots) == ()
        lowered.append(before - blocked(after, pairs_of(after, slots), trucks).sum())
        saved = suggestion.saving.relocations + len(suggestion.moves)
        assert 0 < saved <= 20
        assert len({move.number for move in suggestion.moves}) == suggestion.lower_bound
    assert len(lowered) >= 3
    assert sum(lowered) > 1.0


@pytest.mark.parametrize("seed", range(4))
def test_what_is_saved_agrees_with_bays_emptied_by_other_code(seed):
    rng = np.random.default_rng(seed)
    due_h = {f"BOX{i}": float(rng.integers(1, 200)) for i in range(16)}
    heights = rng.multinomial(16, [1 / 6] * 6)
    while heights.max() > 4:
        heights = rng.multinomial(16, [1 / 6] * 6)
    names, boxes = iter(due_h), []
    for row, high in enumerate(heights):
        for tier in range(high):
            name = next(names)
            boxes.append((name, "22G1", ("A", 5, row + 1, tier + 1), due_h[name]))
    yard = yard_of(A)
    slots, stock = stock_with(yard, *boxes)
    suggestion = solve_housekeeping(housekeeping_problem(yard, slots, stock, 0, [], 1, 1), 2.0)
    assert suggestion is not None

    after = replayed(yard, slots, stock, suggestion)
    ground = int(stock.ground[0])
    before = emptied(bay_of(stock, slots, ground), due_h, A.tiers, rng)
    then = emptied(bay_of(after, slots, ground), due_h, A.tiers, rng)

    claimed = suggestion.saving.relocations + len(suggestion.moves)
    error = suggestion.saving.sigma_relocations / math.sqrt(64) + 2.0 / math.sqrt(3000)
    assert abs(before.mean() - then.mean() - claimed) < 4.0 * error
    assert before.mean() > then.mean()


def test_alternatives_and_the_plan_are_weighed_in_the_same_terms(busy):
    yard, slots, stock = busy
    one = candidates(yard, slots, stock, [], HORIZON_NS)[0]
    suggestion = solve_housekeeping(housekeeping_problem(yard, slots, stock, one.row, [], 1, 1), 0.5)

    names = [term.name for term in suggestion.terms]
    assert all([term.name for term in other.terms] == names for other in suggestion.alternatives)
    totals = [total(suggestion.terms), *(other.total for other in suggestion.alternatives)]
    assert all(low <= high for low, high in pairwise(totals))
    assert 0 in [other.terms[0].value for other in suggestion.alternatives]


@pytest.mark.parametrize(
    "more", [{"most_moves": 0}, {"most_moves": 99}, {"sigma_s": 0.0}, {"sigma_s": math.nan}]
)
def test_numbers_that_cannot_be_are_refused(busy, more):
    yard, slots, stock = busy

    with pytest.raises(StockError, match="housekeeping"):
        housekeeping_problem(yard, slots, stock, 0, [], 1, 1, **more)


def test_a_box_in_no_stack_has_no_bay(busy):
    yard, slots, stock = busy
    row = int(np.flatnonzero(stock.ground < 0)[0])

    with pytest.raises(StockError, match="expected a box in a stack"):
        housekeeping_problem(yard, slots, stock, row, [], 1, 1)
