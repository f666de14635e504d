"""What a layout edit does to the boxes that stand in the yard."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.stock import generate, moves
from twin.stock.refit import Capacity, refit
from twin.stock.table import BoxNotice, Place
from twin.yard.model import Block, BlockKind, Georeference, Yard, Zone, ZoneKind
from twin.yard.slots import slots_of

FENCE = ((0.0, 0.0), (300.0, 0.0), (300.0, 300.0))
T_NS = 1_760_000_000_000_000_000
A = Block("A", BlockKind.RTG, (0.0, 0.0), 0.0, 6, 3, 4)
B = Block("B", BlockKind.RTG, (0.0, 40.0), 0.0, 6, 3, 4, reefer_rows=(1,), dangerous_rows=(3,))


def yard_of(*blocks, zones=()):
    return Yard("test", Georeference(4490, (121.85, 30.62)), FENCE, blocks, zones=zones)


def stock_with(yard, *boxes):
    slots = slots_of(yard)
    stock = moves.empty_stock(slots)
    for index, (code, ground, more) in enumerate(boxes):
        stock = moves.announce(stock, [BoxNotice(f"BOX{index}", code, 9000.0, **more)])
        stock = moves.stack(stock, slots, [index], [ground])
    return stock


def edited(old, new, stock):
    return refit(stock, slots_of(old), new, slots_of(new), old)


def test_a_block_put_before_the_others_moves_no_box():
    old, new = yard_of(A, B), yard_of(replace(A, name="N", origin_yard_m=(0.0, 90.0)), A, B)
    stock = stock_with(old, ("22G1", 4, {}), ("42G1", 20, {}))
    fitted = edited(old, new, stock)

    assert fitted.refused == ()
    assert fitted.stock.ground.tolist() == [4 + 18, 20 + 18]
    assert moves.check(fitted.stock, slots_of(new)) == ()


def test_a_block_with_more_rows_keeps_every_box_at_its_position_and_row():
    old, new = yard_of(A), yard_of(replace(A, rows=5))
    stock = stock_with(old, ("42G1", 4, {}), ("22G1", 0, {}))
    fitted = edited(old, new, stock)

    # Position 1, row 1 (from 0): 1 x 3 + 1 before, 1 x 5 + 1 after.
    assert fitted.stock.ground.tolist() == [6, 0]
    assert fitted.stock.occupant[6, 0] == fitted.stock.occupant[11, 0] == 0
    assert moves.check(fitted.stock, slots_of(new)) == ()


def test_a_removed_block_refuses_the_edit_and_names_its_boxes():
    old, new = yard_of(A, B), yard_of(B)
    stock = stock_with(old, ("22G1", 4, {}), ("42G1", 20, {}))
    fitted = edited(old, new, stock)

    assert fitted.stock is None
    assert fitted.refused == ("block A: 1 boxes lose their slot: BOX0",)
    assert fitted.displaced.tolist() == [0]


def test_an_empty_block_may_be_removed():
    old, new = yard_of(A, B), yard_of(B)
    fitted = edited(old, new, stock_with(old, ("42G1", 20, {})))

    assert fitted.stock.ground.tolist() == [2]


def test_a_forty_whose_second_place_is_cut_off_loses_its_slot():
    old, new = yard_of(A), yard_of(replace(A, bays=3))
    fitted = edited(old, new, stock_with(old, ("42G1", 6, {}), ("22G1", 7, {})))

    assert fitted.displaced.tolist() == [0]


def test_a_renamed_block_is_known_again():
    old, new = yard_of(A, B), yard_of(A, replace(B, name="Z9"))
    fitted = edited(old, new, stock_with(old, ("42G1", 20, {})))

    assert fitted.refused == ()


@pytest.mark.parametrize(
    ("change", "boxes", "text"),
    [
        ({"tiers": 1}, [("22G1", 0, {}), ("22G1", 0, {})], "past the highest tier: BOX1"),
        ({"height_limit_m": 5.4}, [("22G1", 0, {}), ("25G1", 0, {})], "past the crane's height limit: BOX1"),
        ({"bay_pitch_m": 6.0}, [("42G1", 0, {}), ("22G1", 1, {})], "on places too short for them: BOX0"),
        ({"reefer_rows": ()}, [("22R1", 0, {"setpoint_c": -18.0})], "lose their plug: BOX0"),
        ({"dangerous_rows": (2,)}, [("22G1", 2, {"imdg": "3"})], "lose their row: BOX0"),
        ({"lines": ("VIOLA",)}, [("22G1", 0, {"line": 0}), ("22G1", 1, {"line": 8})], "lines that .*: BOX0$"),
        ({"row_limits_m": (4.0,)}, [("22G1", 0, {}), ("22G1", 0, {})], "past the crane's height limit: BOX1"),
        ({"kind": BlockKind.EMPTIES}, [("22G1", 0, {}), ("22G1", 1, {"empty": True})], "laden.*: BOX0$"),
    ],
)
def test_an_edit_that_takes_a_rule_away_from_a_box_is_refused_for_it(change, boxes, text):
    old, new = yard_of(B), yard_of(replace(B, **change))
    fitted = edited(old, new, stock_with(old, *boxes))

    (reason,) = fitted.refused
    assert fitted.stock is None
    assert re.search(text, reason)


def test_what_stood_against_a_rule_before_does_not_hinder_an_edit():
    old, new = yard_of(A), yard_of(replace(A, rows=4))
    stock = stock_with(old, ("22R1", 0, {"setpoint_c": -18.0}), ("22G1", 1, {"imdg": "3"}))

    assert edited(old, new, stock).refused == ()


def test_dangerous_goods_moved_together_are_refused():
    far = replace(B, name="C", origin_yard_m=(0.0, 120.0))
    near = replace(far, origin_yard_m=(0.0, 48.4))
    old, new = yard_of(B, far), yard_of(B, near)
    stock = stock_with(old, ("22G1", 2, {"imdg": "3"}), ("22G1", 18 + 2, {"imdg": "5.2"}))
    fitted = edited(old, new, stock)

    assert edited(old, old, stock).refused == ()
    assert len(fitted.refused) == 2
    assert "come too close to dangerous goods of another class: BOX0" in fitted.refused[0]


def test_a_building_set_beside_high_stacks_is_refused():
    shed = Zone("shed", ZoneKind.BUILDING, ((0, -9), (30, -9), (30, -3), (0, -3)))
    old, new = yard_of(A), yard_of(A, zones=(shed,))
    fitted = edited(old, new, stock_with(old, ("22G1", 0, {}), ("22G1", 0, {}), ("22G1", 3, {})))

    assert fitted.displaced.tolist() == [1]


def test_a_reason_names_five_boxes_and_counts_the_rest():
    old = yard_of(A, B)
    fitted = edited(old, yard_of(B), stock_with(old, *[("22G1", ground, {}) for ground in range(8)]))

    assert fitted.refused[0].endswith("BOX0, BOX1, BOX2, BOX3, BOX4 and 3 more")


def test_capacity_is_counted_in_ground_slots_and_teu():
    old, new = yard_of(A, B), yard_of(replace(A, tiers=5))
    fitted = edited(old, new, moves.empty_stock(slots_of(old)))

    assert fitted.capacity_before == Capacity(36, 144)
    assert fitted.capacity_after == Capacity(18, 90)


def test_boxes_on_machines_are_kept_when_all_blocks_go():
    old, new = yard_of(A), yard_of()
    stock = stock_with(old, ("22G1", 0, {}))
    stock = moves.lift(stock, slots_of(old), 0, 3)
    fitted = edited(old, new, stock)

    assert fitted.refused == ()
    assert (fitted.stock.place[0], fitted.stock.carrier[0]) == (Place.CARRIED, 3)


@settings(max_examples=60, deadline=None)
@given(
    bays=st.integers(1, 8), rows=st.integers(1, 5), tiers=st.integers(1, 6), first=st.booleans(),
    seed=st.integers(0, 20),
)  # fmt: skip
def test_an_edit_that_is_not_refused_leaves_every_box_at_its_address(bays, rows, tiers, first, seed):
    old = yard_of(A, B)
    other = replace(B, bays=bays, rows=rows, tiers=tiers, reefer_rows=(), dangerous_rows=())
    new = yard_of(other, A) if first else yard_of(A, other)
    old_slots, new_slots = slots_of(old), slots_of(new)
    stock = generate.fill(old, old_slots, 60, seed, T_NS)
    fitted = refit(stock, old_slots, new, new_slots, old)

    if fitted.stock is None:
        assert fitted.refused
        assert len(fitted.displaced)
        return
    assert moves.check(fitted.stock, new_slots) == ()
    for column in ("position", "row"):
        before, after = getattr(old_slots, column), getattr(new_slots, column)
        assert np.array_equal(before[stock.ground], after[fitted.stock.ground])
