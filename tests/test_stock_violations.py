"""What stands against the rules: found anew, found after a move, and where it could go."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.stock import generate, moves, rules, violations
from twin.stock.rules import NEUTRAL, RULE_OF, Conditions
from twin.stock.table import BoxNotice, Customs, Place
from twin.yard.model import Block, BlockKind, Georeference, Yard, Zone, ZoneKind
from twin.yard.slots import slots_of

T_NS = 1_760_000_000_000_000_000
SHED = Zone("shed", ZoneKind.BUILDING, ((0, -20), (30, -20), (30, -5), (0, -5)))
CUSTOMS = Zone("customs", ZoneKind.INSPECTION, ((0, 100), (10, 100), (10, 110), (0, 110)))
ALL = Conditions(
    gust_mps=15.5, weight_tolerance_kg=500.0, top_only_types=("P", "U"), inspection_reach_m=60.0,
    dead_plugs=(1, 4),
)  # fmt: skip


def yard_of(*blocks, zones=()):
    return Yard("t", Georeference(4490, (121.85, 30.62)), ((0, 0), (300, 0), (300, 300)), blocks, zones=zones)


def block(name="A", y_m=0.0, bays=4, rows=3, tiers=4, kind=BlockKind.RTG, **more):
    return Block(name, kind, (0.0, y_m), 0.0, bays, rows, tiers, **more)


def stock_with(yard, *boxes):
    slots = slots_of(yard)
    stock = moves.empty_stock(slots)
    for index, (code, ground, more) in enumerate(boxes):
        more = {"gross_kg": 9000.0} | more
        stock = moves.announce(stock, [BoxNotice(f"B{index}", code, **more)])
        stock = moves.stack(stock, slots, [index], [ground])
    return slots, stock


def found(yard, boxes, conditions=NEUTRAL):
    slots, stock = stock_with(yard, *boxes)
    listed = violations.check(yard, slots, stock, conditions)
    names = [RULE_OF[code].name for code in listed.rule.tolist()]
    return list(zip(listed.row.tolist(), names, listed.other.tolist(), strict=True))


def test_a_yard_without_a_box_has_nothing_against_the_rules():
    assert found(yard_of(block()), []) == []
    assert found(yard_of(), []) == []


def test_what_stands_as_the_rules_want_it_is_not_listed():
    boxes = [("22G1", 0, {}), ("22G1", 0, {"empty": True}), ("42G1", 4, {}), ("42G1", 4, {})]
    assert found(yard_of(block()), boxes) == []


def test_both_boxes_of_a_pair_of_dangerous_goods_are_listed_with_each_other():
    yard = yard_of(block(bays=9, dangerous_rows=(1, 2, 3)))
    boxes = [("22G1", 0, {"imdg": "3"}), ("22G1", 2, {"imdg": "5.1"}), ("22G1", 24, {"imdg": "5.1"})]

    assert found(yard, boxes) == [(0, "too_close", 1), (1, "too_close", 0)]


def test_goods_of_class_1_are_apart_from_their_like_but_not_from_themselves():
    yard = yard_of(block(bays=9, dangerous_rows=(1, 2, 3)))
    long, other = ("42G1", 0, {"imdg": "1.1"}), ("22G1", 7, {"imdg": "1.1"})

    assert found(yard, [long]) == []
    assert found(yard, [long, other]) == [(0, "too_close", 1), (1, "too_close", 0)]


def test_dangerous_goods_outside_their_rows_are_listed_and_still_kept_apart():
    yard = yard_of(block(bays=9, dangerous_rows=(1,)))
    boxes = [("22G1", 2, {"imdg": "3"}), ("22G1", 0, {"imdg": "5.1"})]

    assert found(yard, boxes) == [(0, "not_dangerous", -1), (0, "too_close", 1), (1, "too_close", 0)]


@pytest.mark.parametrize(
    ("boxes", "conditions", "expected"),
    [
        ([("22R1", 0, {"setpoint_c": -18.0})], Conditions(), []),
        ([("22R1", 0, {"setpoint_c": -18.0})], Conditions(dead_plugs=(0,)), [(0, "no_plug", -1)]),
        ([("22R1", 1, {"setpoint_c": -18.0})], Conditions(), [(0, "no_plug", -1)]),
        (
            [("22G1", 1, {}), ("22G1", 1, {"gross_kg": 9600.0})],
            Conditions(weight_tolerance_kg=500.0),
            [(1, "heavy_on_light", 0)],
        ),
        (
            [("22G1", 1, {"gross_kg": 9600.0}), ("22G1", 1, {"gross_kg": 10_400.0})],
            Conditions(weight_tolerance_kg=0.0, weight_class_kg=5000.0),
            [(1, "heavy_on_light", 0)],
        ),
        ([("22U1", 1, {}), ("22G1", 1, {})], Conditions(top_only_types=("U",)), [(1, "on_open_top", 0)]),
        ([("22G1", 1, {"empty": True}), ("22G1", 1, {})], Conditions(), [(1, "on_empty", 0)]),
        ([("22G1", 4, {})] * 4, Conditions(gust_mps=18.1), [(2, "pillar", -1), (3, "wind", -1),
                                                            (3, "pillar", -1)]),
        ([("22G1", 0, {})] * 4, Conditions(edges_step_down=True), [(3, "edge", -1)]),
        ([("22G1", 1, {"customs": Customs.HELD})], Conditions(inspection_reach_m=90.0),
         [(0, "far_from_inspection", -1)]),
        ([("22G1", 1, {"customs": Customs.HELD})], Conditions(inspection_reach_m=100.0), []),
    ],
)  # fmt: skip
def test_each_condition_lists_what_stands_against_it(boxes, conditions, expected):
    assert found(yard_of(block(reefer_rows=(1,)), zones=(CUSTOMS,)), boxes, conditions) == expected


def test_a_block_for_other_lines_and_a_ground_that_bears_less_are_told():
    yard = yard_of(block(lines=("CARMINE",), stack_load_kg=20_000.0))
    boxes = [("22G1", 0, {"line": 0}), ("22G1", 0, {"line": 1}), ("22G1", 0, {})]

    assert found(yard, boxes) == [(1, "other_line", -1), (2, "overload", -1)]


def test_a_long_box_weighs_half_on_each_of_its_places():
    yard = yard_of(block(stack_load_kg=20_000.0))
    long = ("42G1", 0, {"gross_kg": 20_000.0})

    assert found(yard, [long, long]) == []
    assert found(yard, [long, long, long]) == [(2, "overload", -1)]


def test_a_row_with_a_lower_limit_is_lower_by_real_heights():
    yard = yard_of(block(row_limits_m=(18.0, 5.4)))
    slots, stock = stock_with(yard, ("22G1", 1, {}))

    def refused(height_m):
        codes = rules.legal(stock, slots, 20, height_m, 9000.0, False, b"", False, yard).reason
        return rules.REASONS[codes[1]]

    assert refused(2.591) == ""
    assert refused(2.896) == "its top would be past the crane's height limit"


def test_two_long_boxes_side_by_side_are_no_neighbours_of_themselves():
    yard = yard_of(block(bays=2, rows=1))
    long = ("42G1", 0, {})

    assert found(yard, [long] * 3, Conditions(pillar_tiers=2)) == [(2, "pillar", -1)]


def test_the_nearest_legal_slot_is_in_the_next_row_and_none_where_none_is_left():
    yard = yard_of(block(reefer_rows=(3,)))
    slots, stock = stock_with(yard, ("22R1", 0, {"setpoint_c": 2.0}), ("22G1", 1, {}))
    full_yard = yard_of(block(bays=1, rows=1, tiers=1))
    full_slots, full = stock_with(full_yard, ("22R1", 0, {"setpoint_c": 2.0}))

    assert violations.nearest_legal(yard, slots, stock, 0) == 2
    assert violations.nearest_legal(full_yard, full_slots, full, 0) == -1


def test_a_box_of_dangerous_goods_does_not_bar_its_own_way_out():
    yard = yard_of(block(bays=9, dangerous_rows=(1, 2, 3)))
    slots, stock = stock_with(yard, ("22G1", 0, {"imdg": "1.1"}), ("22G1", 4, {"imdg": "1.1"}))

    # 24 m from place 4: five positions on.
    assert violations.nearest_legal(yard, slots, stock, 0) == 18


@cache
def busy():
    rows = (1, 2, 3)
    yard = yard_of(
        block(bays=9, dangerous_rows=rows, reefer_rows=(2,)),
        block("B", 30.0, bays=6, bay_pitch_m=7.1, lines=("CARMINE", "VIOLA"), stack_load_kg=60_000.0),
        block("E", 60.0, bays=6, kind=BlockKind.EMPTIES),
        Block("C", BlockKind.RTG, (70.0, 40.0), 0.4, 7, 3, 4, dangerous_rows=rows),
        zones=(SHED, CUSTOMS),
    )  # fmt: skip
    slots = slots_of(yard)
    stock = generate.fill(yard, slots, 160, 3, T_NS)
    arrivals = generate.notices_for_arrivals(np.random.default_rng(1), 40, T_NS)
    stock = moves.announce(stock, arrivals)
    # Other classes than the generator's, so that the rules have something to find.
    rng = np.random.default_rng(5)
    imdg = stock.imdg.copy()
    some = rng.random(len(imdg)) < 0.35
    imdg[some] = rng.choice(np.array([b"1.1", b"2.1", b"3", b"4.3", b"5.1", b"77"]), some.sum())
    return yard, slots, stock.with_columns(imdg=imdg)


def shuffled(stock, slots, rng):
    """Make one random change: a lift, a set, a leave, or a notice of other contents."""
    kind = rng.integers(4)
    if kind == 3:
        row = int(rng.integers(len(stock)))
        columns = stock.editable("imdg", "gross_kg", "customs", "empty")
        columns["imdg"][row] = rng.choice([b"", b"3", b"5.1"])
        columns["gross_kg"][row] += 700.0
        columns["customs"][row] = rng.integers(5)
        columns["empty"][row] ^= True
        return stock.with_columns(**columns)
    loose = np.flatnonzero((stock.place == Place.ANNOUNCED) | (stock.place == Place.CARRIED))
    if kind == 1 and len(loose):
        row = int(rng.choice(loose))
        for ground in rng.permutation(len(slots))[:20]:
            try:
                return moves.stack(stock, slots, [row], [int(ground)])
            except moves.StockError:
                continue
    if kind == 2 and len(loose) > 10:
        return moves.leave(stock, [int(rng.choice(loose))])
    ground = int(rng.choice(np.flatnonzero(stock.count > 0)))
    row = moves.top_box(stock, slots, ground)
    if all(moves.top_box(stock, slots, place) == row for place in moves.places_of(stock, slots, row)):
        return moves.lift(stock, slots, row, 1)
    return stock


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), conditions=st.sampled_from([NEUTRAL, ALL]))
def test_after_any_change_the_list_is_that_of_a_full_check(seed, conditions):
    yard, slots, stock = busy()
    rng = np.random.default_rng(seed)
    listed = violations.check(yard, slots, stock, conditions)
    for _ in range(12):
        changed = shuffled(stock, slots, rng)
        listed = violations.after(listed, stock, changed, yard, slots, conditions)
        full = violations.check(yard, slots, changed, conditions)
        for name in ("row", "rule", "other", "severity"):
            assert np.array_equal(getattr(listed, name), getattr(full, name)), name
        stock = changed


def test_where_nothing_changed_the_list_is_the_same_object():
    yard, slots, stock = busy()
    listed = violations.check(yard, slots, stock)

    assert violations.after(listed, stock, stock.with_columns(), yard, slots) is listed


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_box_set_where_the_rules_allow_it_is_not_listed(seed):
    yard, slots, stock = busy()
    rng = np.random.default_rng(seed)
    row = int(rng.integers(160, 200))
    verdict = rules.legal_for(stock, slots, yard, row, ALL)
    allowed = np.flatnonzero(verdict.ok)
    if len(allowed):
        put = moves.stack(stock, slots, [row], [int(rng.choice(allowed))])
        assert row not in violations.check(yard, slots, put, ALL).row


@settings(max_examples=60, deadline=None)
@given(row=st.integers(160, 199), ground=st.integers(0, 83), conditions=st.sampled_from([NEUTRAL, ALL]))
def test_one_slot_breaks_the_rules_that_it_breaks_among_all(row, ground, conditions):
    yard, slots, stock = busy()
    verdict = rules.legal_for(stock, slots, yard, row, conditions)
    broken = rules.broken_rules(stock, slots, yard, row, ground, conditions)

    assert (broken[0].code if broken else rules.ALLOWED) == verdict.reason[ground]
    assert bool(broken) != bool(verdict.ok[ground])
