"""Slots for a whole list: jointly, legal in the order of the list, with a reason where there is none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stacking_yard import A, B, busy_yard, stock_with, yard_of

from twin.errors import StockError
from twin.stacking import batch, fused
from twin.stacking.batch import assign
from twin.stacking.weighing import Request
from twin.stock import moves, rules
from twin.stock.rules import NEUTRAL, Conditions

NO_CRANES = np.empty((0, 2))
HARD = Conditions(gust_mps=15.5, weight_tolerance_kg=1000.0, top_only_types=("P", "U"))


def listed(yard, *boxes, conditions=NEUTRAL):
    slots, stock = stock_with(yard, *boxes)
    rows = np.flatnonzero(stock.place == 0).tolist()
    request = Request(yard, slots, stock, rows[0] if rows else 0, NO_CRANES, conditions=conditions)
    return slots, stock, assign(request, rows)


def replayed(yard, slots, stock, found, conditions):
    """Set the boxes down one after the other, each judged when it comes; give those that were refused."""
    refused = []
    for row, ground, tier in zip(found.row, found.ground, found.tier, strict=True):
        if ground >= 0:
            why = rules.refusal(stock, slots, yard, int(row), int(ground), conditions)
            if why:
                refused.append((int(row), why))
            stock = moves.stack(stock, slots, [row], [ground])
            assert stock.tier[row] == tier
    assert moves.check(stock, slots) == ()
    return refused, stock


def test_an_empty_list_needs_no_slot():
    _, stock, found = listed(yard_of(A))
    assert (len(found.row), found.stock) == (0, stock)


def test_more_boxes_than_places_in_a_round_stand_on_each_other_in_the_order_of_the_list():
    yard = yard_of(replace(A, bays=1, rows=2, tiers=4, reefer_rows=(), dangerous_rows=()))
    boxes = [(f"B{i}", "22G1", None, 100 - i) for i in range(7)]
    slots, stock, found = listed(yard, *boxes)

    # Two stacks of four, of which three places stay free to dig a box out.
    assert (found.ground >= 0).sum() == 5
    assert replayed(yard, slots, stock, found, NEUTRAL)[0] == []
    assert "no room left to dig a box out" in next(why for why in found.why if why)


def test_boxes_that_fit_nowhere_are_told_why_and_the_others_are_placed():
    yard = yard_of(B)
    _, _, found = listed(
        yard, ("OK", "22G1", None, 10), ("COLD", "22R1", None, 10, {"setpoint_c": 2.0}),
        ("L", "L5G1", None, 10), ("DG", "22G1", None, 10, {"imdg": "3"}),
    )  # fmt: skip

    assert (found.ground >= 0).tolist() == [True, False, False, False]
    assert found.why[0] == ""
    assert found.why[1].startswith("a live reefer needs a plug (48 slots)")
    assert found.why[2].startswith("the places are too short for it")
    assert found.why[3].startswith("dangerous goods have their own rows")


def test_dangerous_goods_of_one_list_are_kept_apart_from_each_other():
    yard = yard_of(replace(A, bays=12, dangerous_rows=(1, 2, 3, 4, 5, 6)))
    boxes = [(f"B{i}", "22G1", None, 9, {"imdg": ("3", "5.1", "2.1")[i % 3]}) for i in range(12)]
    slots, stock, found = listed(yard, *boxes)

    assert (found.ground >= 0).sum() >= 6
    assert replayed(yard, slots, stock, found, NEUTRAL)[0] == []


def test_a_list_of_boxes_twice_or_standing_is_refused():
    yard = yard_of(A)
    slots, stock = stock_with(yard, ("UP", "22G1", ("A", 1, 2, 1), 9), ("NEW", "22G1", None, 9))
    request = Request(yard, slots, stock, 1, NO_CRANES)

    for rows, message in (([1, 1], "found again"), ([0], "found STACKED"), ([7], "expected 0 to 1")):
        with pytest.raises(StockError, match=message):
            assign(request, rows)


def test_each_of_a_list_stands_on_the_box_that_leaves_after_it():
    yard = yard_of(replace(B, bays=1, rows=2, tiers=4))
    boxes = [("S", "22G1", ("B", 1, 1, 1), 40), ("T", "22G1", ("B", 1, 2, 1), 160)]
    boxes += [("N80", "22G1", None, 100), ("N10", "22G1", None, 5)]
    _, stock, found = listed(yard, *boxes)

    assert found.ground.tolist() == [stock.ground[1], stock.ground[0]]


@pytest.mark.parametrize("conditions", [NEUTRAL, HARD])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 1000))
def test_what_is_assigned_is_legal_when_it_is_done_in_the_order_of_the_list(conditions, seed):
    yard, slots, stock = busy_yard()
    rows = np.random.default_rng(seed).permutation(np.arange(320, 360))
    found = assign(Request(yard, slots, stock, int(rows[0]), NO_CRANES, conditions=conditions), rows)

    refused, after = replayed(yard, slots, stock, found, conditions)
    assert refused == []
    assert np.array_equal(after.occupant, found.stock.occupant)
    assert all(bool(why) == (ground < 0) for why, ground in zip(found.why, found.ground, strict=True))


def test_the_compiled_loop_over_boxes_and_slots_gives_what_the_arrays_give():
    rng = np.random.default_rng(3)
    boxes, slots, groups, bays = 7, 50, 3, 9
    asked = (
        rng.random((boxes, slots), np.float32),
        np.float32(30.0) * rng.random(slots, np.float32),
        np.float32(30.0) * rng.random(boxes, np.float32),
        rng.random((groups, bays), np.float32),
        rng.integers(0, groups, boxes),
        rng.integers(0, bays, slots),
        np.append(np.float32(30.0) * rng.random(slots - 1, np.float32), np.float32(np.inf)),
        np.float32(30.0) * rng.random(boxes, np.float32),
        batch._PRICES,
    )

    np.testing.assert_allclose(fused.own_costs(*asked), batch._own_costs(*asked), rtol=1e-6)
