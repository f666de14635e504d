"""Slots for arriving boxes, and whether a suggestion of one still holds."""

import math
from dataclasses import replace

import numpy as np
import pytest
from stacking_yard import A, B, E, busy_yard, names, stock_with, yard_of

from twin.errors import StockError
from twin.stacking import allocation
from twin.stacking.policies import ARRIVING, POLICIES, total
from twin.stacking.problem import allocate_problem, relocate_problem, solve, still_valid
from twin.stock import moves
from twin.yard.slots import SlotAddress, ground_slot, slots_of


@pytest.fixture(scope="module")
def busy():
    return busy_yard()


def arriving(yard, *boxes, number="NEW", cranes=None, policy="weighted"):
    slots, stock = stock_with(yard, *boxes)
    problem = allocate_problem(yard, slots, stock, cranes, number, "T1", 9, 4, policy=policy)
    return slots, stock, solve(problem)


def test_an_arriving_box_gets_a_legal_slot_with_every_term():
    yard = yard_of(A, B, gate=(-20.0, 30.0))
    slots, stock, suggestion = arriving(yard, ("NEW", "22G1", None, 10))

    (move,) = suggestion.moves
    assert (move.source, move.length_ft, suggestion.subject) == (None, 20, "NEW")
    assert {term.name for term in suggestion.terms} == set(ARRIVING)
    assert all(math.isfinite(term.value) for term in suggestion.terms)
    assert len([item for item in suggestion.alternatives if not item.refused]) == 10
    assert still_valid(yard, slots, stock, suggestion) == ""


def test_alternatives_come_cheapest_first_and_none_is_cheaper_than_the_choice(busy):
    yard, slots, stock = busy
    suggestion = solve(allocate_problem(yard, slots, stock, None, names(stock)[325], "T1", 1, 1))
    totals = [total(suggestion.terms)] + [item.total for item in suggestion.alternatives if not item.refused]

    assert totals == sorted(totals)


def test_a_box_is_put_on_one_that_leaves_after_it_and_not_before():
    narrow = replace(A, bays=1, rows=2, tiers=2, reefer_rows=(), dangerous_rows=())
    yard = yard_of(narrow)
    _, _, suggestion = arriving(
        yard, ("SOON", "22G1", ("A", 1, 1, 1), 2), ("LATE", "22G1", ("A", 1, 2, 1), 90),
        ("NEW", "22G1", None, 40),
    )  # fmt: skip
    (other,) = [item for item in suggestion.alternatives if not item.refused]

    assert suggestion.moves[0].target == SlotAddress("A", 1, 2, 2)
    assert suggestion.terms[0].value < 0.01
    assert other.terms[0].value > 0.98


def test_where_departures_are_not_known_chances_are_even():
    yard = yard_of(replace(A, bays=1, rows=1, reefer_rows=(), dangerous_rows=()))
    slots, stock = stock_with(
        yard,
        ("B1", "22G1", ("A", 1, 1, 1), None),
        ("B2", "22G1", ("A", 1, 1, 2), None),
        ("NEW", "22G1", None, 40),
    )
    request = allocate_problem(yard, slots, stock, None, "NEW", "T1", 1, 1).request
    terms = allocation.terms_of(request, allocation.judge(request))

    # One of two stays in half of the cases each: 1 - 0.5 x 0.5.
    assert terms["expected_relocations"].tolist() == [0.75]


def test_the_gap_is_the_days_from_this_box_to_the_soonest_below():
    yard = yard_of(replace(A, bays=2, rows=2, reefer_rows=(), dangerous_rows=()))
    slots, stock = stock_with(
        yard, ("B1", "22G1", ("A", 1, 1, 1), 10 + 24), ("B2", "22G1", ("A", 3, 1, 1), 10 + 36),
        ("B3", "22G1", ("A", 1, 2, 1), 4), ("NEW", "42G1", None, 10), ("OPEN", "22G1", None, None),
    )  # fmt: skip
    gaps = []
    for number in ("NEW", "OPEN"):
        request = allocate_problem(yard, slots, stock, None, number, "T1", 1, 1).request
        gaps.append(allocation.terms_of(request, allocation.judge(request))["departure_gap"].tolist())

    # Over positions 1 and 3 of row 1 the sooner counts; row 2 is late at one end; a day is 24 hours.
    assert gaps == [[1.0, 0.0, 1.5, 10.0], [0.0, 0.0, 0.0, 0.0]]


def test_a_plain_box_leaves_plugs_and_dangerous_rows_free():
    _, _, suggestion = arriving(yard_of(A), ("NEW", "22G1", None, 10))

    assert suggestion.moves[0].target.row in range(2, 6)


def test_special_boxes_get_their_special_slots():
    yard = yard_of(A, B)
    reefer = arriving(yard, ("NEW", "22R1", None, 10, {"setpoint_c": -18.0}))[2]
    dangerous = arriving(yard, ("NEW", "22G1", None, 10, {"imdg": "3"}))[2]

    assert (reefer.moves[0].target.block, reefer.moves[0].target.row) == ("A", 1)
    assert (dangerous.moves[0].target.block, dangerous.moves[0].target.row) == ("A", 6)
    assert "a live reefer needs a plug" in {item.refused for item in reefer.alternatives}
    assert "dangerous goods have their own rows" in {item.refused for item in dangerous.alternatives}


def test_empties_go_to_their_block_and_laden_boxes_do_not():
    empty = arriving(yard_of(A, E), ("NEW", "22G1", None, None, {"empty": True}))[2]
    laden = arriving(yard_of(A, E), ("NEW", "22G1", None, None))[2]

    assert empty.moves[0].target.block == "E"
    assert laden.moves[0].target.block == "A"


def test_a_slot_near_the_crane_is_cheaper():
    yard = yard_of(B)
    cranes = np.array([[45.0, 68.0], [np.nan, np.nan]])
    _, _, suggestion = arriving(yard, ("NEW", "22G1", None, 10), cranes=cranes)

    # Position 6 is centred at 6.5 x 6.45 = 41.9 m, position 7 at 48.4 m.
    assert suggestion.moves[0].target.bay == 13


def test_the_last_room_of_a_bay_is_kept_for_digging_out():
    yard = yard_of(replace(A, bays=1, rows=2, tiers=2, reefer_rows=(), dangerous_rows=()))
    _, _, suggestion = arriving(
        yard,
        *((f"B{i}", "22G1", ("A", 1, 1 + i // 2, 1 + i % 2), 9) for i in range(3)),
        ("NEW", "22G1", None, 9),
    )

    assert suggestion is None


def test_no_slot_is_suggested_where_none_is_legal():
    assert arriving(yard_of(B), ("NEW", "22R1", None, 10, {"setpoint_c": 2.0}))[2] is None
    assert arriving(yard_of(), ("NEW", "22G1", None, 10))[2] is None


def test_a_number_that_is_not_known_is_refused():
    yard = yard_of(A)
    slots, stock = stock_with(yard)

    with pytest.raises(StockError, match="box NEW: expected a known number"):
        allocate_problem(yard, slots, stock, None, "NEW", "T1", 1, 1)
    with pytest.raises(StockError, match="box NEW: expected a known number"):
        relocate_problem(yard, slots, stock, "NEW", 1, 1)


def test_the_slot_of_a_waiting_box_no_longer_holds_once_it_is_taken_or_closed():
    yard = yard_of(A)
    slots, stock, suggestion = arriving(yard, ("NEW", "22G1", None, 10), ("OUT", "42G1", None, 10))
    target = ground_slot(yard, slots, suggestion.moves[0].target)
    taken = moves.stack(stock, slots, [1], [target])
    put = moves.stack(stock, slots, [0], [target])
    closed = yard_of(replace(A, closed=True))

    assert "20 ft box cannot stand on" in still_valid(yard, slots, taken, suggestion)
    assert "found it in a stack" in still_valid(yard, slots, put, suggestion)
    assert still_valid(closed, slots_of(closed), stock, suggestion) == "the block is closed"


@pytest.mark.parametrize("policy", list(POLICIES))
def test_every_policy_gives_legal_slots_and_the_same_twice(busy, policy):
    yard, slots, stock = busy
    for row in range(320, 360, 7):
        problem = allocate_problem(yard, slots, stock, None, names(stock)[row], "T1", 5, 1, policy=policy)
        suggestion = solve(problem)
        assert suggestion is None or still_valid(yard, slots, stock, suggestion) == ""
        assert solve(problem) == suggestion


def test_levelling_takes_the_ground_before_a_second_tier():
    yard = yard_of(replace(B, bays=2))
    boxes = [(f"B{i}", "22G1", ("B", 1, row, 1), 90) for i, row in enumerate(range(1, 6))]
    _, _, suggestion = arriving(yard, *boxes, ("NEW", "22G1", None, 10), policy="levelling")

    assert suggestion.moves[0].target.tier == 1


def test_category_stacking_joins_its_group():
    yard = yard_of(replace(B, bays=2))
    group, other = {"line": 3, "flow": 1}, {"line": 5, "flow": 0}
    _, _, suggestion = arriving(
        yard, ("B0", "22G1", ("B", 1, 3, 1), 90, other), ("B1", "22G1", ("B", 3, 3, 1), 90, group),
        ("NEW", "22G1", None, 10, group), policy="category",
    )  # fmt: skip

    assert suggestion.moves[0].target.bay == 3
