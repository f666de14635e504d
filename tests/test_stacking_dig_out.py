"""Buried boxes dug out, and whether a suggestion for one still holds."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stacking_yard import A, B, busy_yard, names, stock_with, yard_of

from twin.stacking.modification import RefusedError, modified
from twin.stacking.policies import total
from twin.stacking.problem import allocate_problem, blocking, relocate_problem, solve, still_valid
from twin.stacking.suggestion import SuggestionKind
from twin.stock import moves
from twin.stock.rules import NEUTRAL, USUAL
from twin.yard.slots import SlotAddress, ground_slot, slots_of


@pytest.fixture(scope="module")
def busy():
    return busy_yard()


def test_a_box_under_two_others_is_freed_by_two_moves_into_its_bay():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 2, 1), 90),
        ("MID", "22G1", ("A", 5, 2, 2), 50),
        ("TOP", "22G1", ("A", 5, 2, 3), 10),
        ("FAR", "22G1", ("A", 5, 4, 1), 20),
    )
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 7, 3), 5.0)

    assert (suggestion.id, suggestion.kind, suggestion.based_on_tick) == (3, SuggestionKind.RELOCATE, 7)
    assert [move.number for move in suggestion.moves] == ["TOP", "MID"]
    assert all((move.target.block, move.target.bay) == ("A", 5) for move in suggestion.moves)
    assert (suggestion.lower_bound, suggestion.proven) == (2, True)
    assert {term.name: term.value for term in suggestion.terms}["future_relocations"] == 0
    assert still_valid(yard, slots, stock, suggestion) == ""


def test_a_free_box_needs_no_suggestion():
    yard = yard_of(A)
    slots, stock = stock_with(yard, ("TOP", "22G1", ("A", 5, 2, 1), 10))

    assert blocking(stock, slots, "TOP") == 0
    assert solve(relocate_problem(yard, slots, stock, "TOP", 1, 1)) is None


def test_blocking_counts_a_forty_once_and_boxes_over_either_place():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("LEFT", "22G1", ("A", 5, 2, 1), 9), ("RIGHT", "22G1", ("A", 7, 2, 1), 9),
        ("LONG", "42G1", ("A", 6, 2, 2), 9), ("ROOF", "45G1", ("A", 6, 2, 3), 9),
        ("OUT", "22G1", None, 9),
    )  # fmt: skip

    assert [blocking(stock, slots, n) for n in ("LEFT", "RIGHT", "LONG", "ROOF", "OUT", "NONE")] == [
        2, 2, 1, 0, 0, 0,
    ]  # fmt: skip


def test_a_forty_on_two_twenties_is_moved_as_a_forty():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("LEFT", "22G1", ("A", 5, 2, 1), 9), ("RIGHT", "22G1", ("A", 7, 2, 1), 9),
        ("LONG", "42G1", ("A", 6, 2, 2), 9),
    )  # fmt: skip
    suggestion = solve(relocate_problem(yard, slots, stock, "RIGHT", 1, 1), 5.0)

    (move,) = suggestion.moves
    assert (move.length_ft, move.source.bay, move.target.bay, move.target.tier) == (40, 6, 6, 1)
    assert still_valid(yard, slots, stock, suggestion) == ""


def test_a_bay_without_room_lends_from_its_neighbours():
    narrow = replace(A, rows=2, tiers=2, reefer_rows=(), dangerous_rows=())
    yard = yard_of(narrow)
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 1, 1), 9), ("TOP", "22G1", ("A", 5, 1, 2), 9),
        ("X", "22G1", ("A", 5, 2, 1), 9), ("Y", "22G1", ("A", 5, 2, 2), 9),
    )  # fmt: skip
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)

    (move,) = suggestion.moves
    assert move.target.bay in (3, 7)
    assert still_valid(yard, slots, stock, suggestion) == ""


def test_a_live_reefer_is_moved_to_a_plug_only():
    yard = yard_of(A)
    live = {"setpoint_c": -18.0}
    slots, stock = stock_with(
        yard, ("LOW", "22R1", ("A", 5, 1, 1), 9, live), ("TOP", "22R1", ("A", 5, 1, 2), 9, live)
    )
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)

    assert suggestion.moves[0].target.row == 1
    assert suggestion.moves[0].target.bay != 5


def test_every_other_place_of_the_bay_is_weighed_or_refused_with_its_reason():
    yard = yard_of(replace(A, tiers=2))
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 2, 1), 90), ("TOP", "22G1", ("A", 5, 2, 2), 10),
        ("X", "22G1", ("A", 5, 3, 1), 5), ("Y", "22G1", ("A", 5, 3, 2), 5),
    )  # fmt: skip
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)
    reason = {item.target.row: item.refused for item in suggestion.alternatives}

    assert reason[3] == "the stack is full"
    assert sorted(row for row, text in reason.items() if not text) == sorted(
        {1, 4, 5, 6} - {suggestion.moves[0].target.row}
    )
    weighed = [item for item in suggestion.alternatives if not item.refused]
    assert all(item.total == pytest.approx(total(item.terms)) for item in weighed)
    assert min(item.total for item in weighed) >= total(suggestion.terms) - 1e-9


@settings(max_examples=60, deadline=None)
@given(row=st.integers(0, 319))
def test_every_suggestion_for_a_buried_box_can_be_carried_out_and_frees_it(busy, row):
    yard, slots, stock = busy
    number = names(stock)[row]
    buried = blocking(stock, slots, number)
    suggestion = solve(relocate_problem(yard, slots, stock, number, 1, 1), 0.05)
    if suggestion is None:
        return
    for move in suggestion.moves:
        box = int(moves.rows_of(stock, [move.number])[0])
        assert ground_slot(yard, slots, move.source) == stock.ground[box]
        assert move.source.tier == stock.tier[box] + 1
        stock = moves.lift(stock, slots, box, 1)
        stock = moves.stack(stock, slots, [box], [ground_slot(yard, slots, move.target)])
        assert move.target.tier == stock.tier[box] + 1

    assert len(suggestion.moves) == buried == suggestion.lower_bound
    assert blocking(stock, slots, number) == 0
    assert moves.check(stock, slots) == ()


def test_a_problem_survives_a_pickle_and_has_the_same_answer():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 2, 1), 90), ("TOP", "22G1", ("A", 5, 2, 2), 10),
        ("X", "22G1", ("A", 5, 3, 1), 5), ("NEW", "22G1", None, 7),
    )  # fmt: skip
    for problem in (
        relocate_problem(yard, slots, stock, "LOW", 1, 1),
        allocate_problem(yard, slots, stock, None, "NEW", "T1", 1, 1),
    ):
        copy = pickle.loads(pickle.dumps(problem))  # noqa: S301 - the bytes are made here
        assert solve(copy, 30.0) == solve(problem, 30.0) is not None


def test_a_problem_of_a_buried_box_is_small(busy):
    yard, slots, stock = busy
    number = next(n for n in names(stock) if blocking(stock, slots, n))

    assert len(pickle.dumps(relocate_problem(yard, slots, stock, number, 1, 1))) < 200_000


def test_a_suggestion_no_longer_holds_once_a_box_of_it_is_gone_or_its_slot_is_taken():
    yard = yard_of(A)
    boxes = [
        ("LOW", "22G1", ("A", 5, 2, 1), 90),
        ("TOP", "22G1", ("A", 5, 2, 2), 10),
        ("OUT", "22G1", None, 10),
    ]
    slots, stock = stock_with(yard, *boxes)
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)
    target = ground_slot(yard, slots, suggestion.moves[0].target)

    taken = moves.stack(stock, slots, [2], [target])
    lifted = moves.lift(stock, slots, 1, 0)
    covered = moves.stack(stock, slots, [2], [int(stock.ground[0])])

    assert still_valid(yard, slots, stock, suggestion) == ""
    assert "expected tier 1" in still_valid(yard, slots, taken, suggestion)
    assert "found it on a machine" in still_valid(yard, slots, lifted, suggestion)
    assert "found box OUT" in still_valid(yard, slots, covered, suggestion)
    assert "expected one of the blocks" in still_valid(yard_of(B), slots_of(yard_of(B)), stock, suggestion)


def test_what_a_dig_out_saves_is_held_against_the_lowest_stack():
    # TOP leaves last: on the lowest stack it would lie on SOON, which leaves first; SAFE leaves after it.
    yard = yard_of(replace(A, rows=3, reefer_rows=(), dangerous_rows=()))
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 1, 1), 1), ("TOP", "22G1", ("A", 5, 1, 2), 400),
        ("SOON", "22G1", ("A", 5, 2, 1), 50),
        ("SAFE", "22G1", ("A", 5, 3, 1), 900), ("LATE", "22G1", ("A", 5, 3, 2), 800),
    )  # fmt: skip
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)

    assert suggestion.moves[0].target.row == 3
    assert suggestion.saving.relocations == pytest.approx(1.0, abs=0.05)
    assert suggestion.saving.minutes > 0.5
    assert suggestion.saving.kwh > 0
    assert suggestion.confidence > 0.9
    assert [promise.number for promise in suggestion.promises] == ["TOP"]
    assert suggestion.promises[0].relocated < 0.05
    assert suggestion.crane_s > 30.0


def test_a_dig_out_that_is_the_default_saves_nothing():
    yard = yard_of(A)
    slots, stock = stock_with(yard, ("LOW", "22G1", ("A", 5, 2, 1), 9), ("TOP", "22G1", ("A", 5, 2, 2), 90))
    suggestion = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)

    assert suggestion.saving.relocations == 0.0
    assert suggestion.saving.minutes == pytest.approx(0.0, abs=1e-9)


def test_a_dig_out_puts_no_box_on_one_that_is_too_light_for_it():
    yard = yard_of(replace(A, rows=3, reefer_rows=(), dangerous_rows=()))
    slots, stock = stock_with(
        yard,
        ("LOW", "22G1", ("A", 5, 1, 1), 1), ("TOP", "22G1", ("A", 5, 1, 2), 50),
        ("LIGHT", "22G1", ("A", 5, 2, 1), 90), ("HEAVY", "22G1", ("A", 5, 3, 1), 40),
    )  # fmt: skip
    masses = stock.gross_kg.copy()
    masses[names(stock).index("TOP")] = masses[names(stock).index("HEAVY")] = 20_000.0
    stock = stock.with_columns(gross_kg=masses)

    free = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)
    ruled = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1, USUAL), 5.0)

    assert free.moves[0].target.row == 2
    assert ruled.moves[0].target.row == 3


def test_the_wind_bounds_how_high_a_dig_out_stacks():
    yard = yard_of(replace(A, rows=3, reefer_rows=(), dangerous_rows=()))
    boxes = [("LOW", "22G1", ("A", 5, 1, 1), 1), ("TOP", "22G1", ("A", 5, 1, 2), 50)]
    boxes += [(f"S{row}{tier}", "22G1", ("A", 5, row, tier), 90) for row in (2, 3) for tier in (1, 2, 3)]
    slots, stock = stock_with(yard, *boxes)
    windy = replace(NEUTRAL, gust_mps=18.1)

    calm = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1), 5.0)
    blown = solve(relocate_problem(yard, slots, stock, "LOW", 1, 1, windy), 5.0)

    assert calm.moves[0].target.tier == 4
    assert blown is None or blown.moves[0].target.tier <= 3


def test_a_box_may_not_be_put_on_the_one_that_is_to_be_freed():
    yard = yard_of(A)
    slots, stock = stock_with(
        yard,
        ("X", "22G1", ("A", 3, 2, 1), 9), ("LEFT", "22G1", ("A", 5, 2, 1), 9),
        ("RIGHT", "22G1", ("A", 7, 2, 1), 9), ("LONG", "42G1", ("A", 6, 2, 2), 9),
    )  # fmt: skip
    suggestion = solve(relocate_problem(yard, slots, stock, "LEFT", 1, 1), 5.0)

    with pytest.raises(RefusedError, match="it would stand on LEFT, which is to be freed"):
        modified(yard, slots, stock, suggestion, 0, SlotAddress("A", 4, 2, 2))
