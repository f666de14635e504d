"""What may stand where."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import StockError
from twin.stock import generate, moves, rules, segregation
from twin.stock.table import BoxNotice
from twin.yard.model import Block, BlockKind, Georeference, Yard, Zone, ZoneKind
from twin.yard.slots import slots_of

FACTS = Path(__file__).parents[1] / ".." / "shared" / "data" / "yard"
FENCE = ((0.0, 0.0), (300.0, 0.0), (300.0, 300.0))
T_NS = 1_760_000_000_000_000_000


def yard_of(*blocks, zones=()):
    return Yard("test", Georeference(4490, (121.85, 30.62)), FENCE, blocks, zones=zones)


def block(name="A", kind=BlockKind.RTG, y_m=0.0, bays=4, rows=3, tiers=4, **more):
    return Block(name, kind, (0.0, y_m), 0.0, bays, rows, tiers, **more)


def reasons(yard, stock, length_ft=20, height_m=2.591, gross_kg=9000.0, reefer=False, imdg=b"", empty=False):
    slots = slots_of(yard)
    found = rules.legal(stock, slots, length_ft, height_m, gross_kg, reefer, imdg, empty, yard)
    assert np.array_equal(found.ok, found.reason == 0)
    return [rules.REASONS[code] for code in found.reason]


def stock_with(yard, *boxes):
    slots = slots_of(yard)
    stock = moves.empty_stock(slots)
    for index, (code, ground, more) in enumerate(boxes):
        stock = moves.announce(stock, [BoxNotice(f"B{index}", code, 9000.0, **more)])
        stock = moves.stack(stock, slots, [index], [ground])
    return stock


def test_an_empty_yard_takes_a_plain_box_anywhere():
    yard = yard_of(block())
    assert set(reasons(yard, stock_with(yard))) == {""}


def test_a_long_box_is_refused_only_in_the_last_position():
    yard = yard_of(block())
    assert reasons(yard, stock_with(yard), 40) == [""] * 9 + ["the block ends before its second place"] * 3


def test_twenties_are_refused_on_a_forty_and_a_forty_half_on_it():
    yard = yard_of(block())
    stock = stock_with(yard, ("42G1", 3, {}))

    short, long = reasons(yard, stock), reasons(yard, stock, 40)

    assert [i for i, reason in enumerate(short) if reason] == [3, 6]
    assert [i for i, reason in enumerate(long[:9]) if reason] == [0, 6]
    assert long[3] == ""


def test_a_live_reefer_needs_a_plug_at_one_of_its_places():
    yard = yard_of(block(reefer_rows=(2,)))
    found = reasons(yard, stock_with(yard), reefer=True)

    assert [i for i, reason in enumerate(found) if not reason] == [1, 4, 7, 10]
    assert found[0] == "a live reefer needs a plug"


def test_dangerous_goods_stay_in_their_rows_and_apart():
    yard = yard_of(block(dangerous_rows=(1, 2), bays=6))
    stock = stock_with(yard, ("22G1", 0, {"imdg": "3"}))

    # 5.1 is "separated from" 3: 6 m. The next position has a gap of 0.39 m, the one after 6.84 m.
    found = reasons(yard, stock, imdg=b"5.1")

    close = "too close to dangerous goods of another class"
    assert [found[i] for i in (0, 1, 3, 4, 6, 7)] == [close, close, close, close, "", ""]
    assert found[2] == "dangerous goods have their own rows"
    # 8 may be beside 3, and on it.
    assert reasons(yard, stock, imdg=b"8")[0] == ""


def test_a_class_that_is_not_known_is_kept_apart_from_all():
    yard = yard_of(block(dangerous_rows=(1,)))
    stock = stock_with(yard, ("22G1", 0, {"imdg": "9"}))

    assert reasons(yard, stock, imdg=b"77")[0] == "too close to dangerous goods of another class"


def test_laden_boxes_stay_off_empties_and_out_of_their_blocks():
    yard = yard_of(block(), block("E", BlockKind.EMPTIES, 50.0))
    stock = stock_with(yard, ("22G1", 0, {"empty": True}))
    laden, empty = reasons(yard, stock), reasons(yard, stock, empty=True)

    assert laden[0] == "a laden box may not stand on an empty one"
    assert set(laden[12:]) == {"the block is for empties"}
    assert set(empty) == {""}


def test_within_six_metres_of_a_building_boxes_stand_one_high():
    # The wall stands 5.9 m from the boxes of row 1, and 8.7 m from those of row 2.
    shed = Zone("shed", ZoneKind.BUILDING, ((0, -20), (30, -20), (30, -5.7242), (0, -5.7242)))
    yard = yard_of(block(), zones=(shed,))
    stock = stock_with(yard, ("22G1", 0, {}), ("22G1", 1, {}))
    found = reasons(yard, stock)

    assert found[0] == "only one high within 6 m of a building"
    assert found[1] == found[3] == ""


def test_a_closed_block_a_full_stack_and_too_heavy_a_box_are_refused():
    yard = yard_of(block(tiers=1), block("S", y_m=40.0, closed=True))
    stock = stock_with(yard, ("22G1", 0, {}))

    found = reasons(yard, stock)
    assert found[0] == "the stack is full"
    assert set(found[12:]) == {"the block is closed"}
    assert reasons(yard, stock, gross_kg=41_500.0)[1] == "too heavy for the machine that serves the block"


def test_heights_are_summed_from_real_heights():
    yard = yard_of(block(height_limit_m=5.2))
    stock = stock_with(yard, ("22G1", 0, {}))

    assert reasons(yard, stock, height_m=2.591)[0] == ""
    assert reasons(yard, stock, height_m=2.896)[0] == "its top would be past the crane's height limit"


def test_a_yard_without_a_slot_has_no_verdict():
    yard = yard_of()
    assert reasons(yard, moves.empty_stock(slots_of(yard)), 40, imdg=b"3", reefer=True) == []


@pytest.fixture(scope="module")
def busy():
    shed = Zone("shed", ZoneKind.BUILDING, ((0, -20), (30, -20), (30, -5), (0, -5)))
    yard = yard_of(
        block(bays=9, dangerous_rows=(1,), reefer_rows=(2,)),
        block("B", y_m=30.0, bays=6, bay_pitch_m=7.1, closed=True),
        block("E", BlockKind.EMPTIES, 60.0, bays=6),
        block("C", y_m=90.0, bays=7, height_limit_m=8.0, dangerous_rows=(1, 2, 3)),
        zones=(shed,),
    )  # fmt: skip
    slots = slots_of(yard)
    stock = generate.fill(yard, slots, 150, 3, T_NS)
    return (
        yard,
        slots,
        moves.announce(stock, generate.notices_for_arrivals(np.random.default_rng(1), 60, T_NS)),
    )


@settings(max_examples=150, deadline=None)
@given(row=st.integers(150, 209), ground=st.integers(0, 83))
def test_one_slot_is_judged_as_among_all(busy, row, ground):
    yard, slots, stock = busy
    live = bool(np.isfinite(stock.setpoint_c[row]))
    among_all = rules.legal(
        stock, slots, int(stock.length_ft[row]), float(stock.height_m[row]), float(stock.gross_kg[row]), live,
        bytes(stock.imdg[row]), bool(stock.empty[row]), yard,
    )  # fmt: skip

    alone = rules.refusal(stock, slots, yard, row, ground)

    assert (alone == "") == among_all.ok[ground]


@settings(max_examples=150, deadline=None)
@given(row=st.integers(150, 209), ground=st.integers(0, 83))
def test_what_the_rules_allow_physics_allows(busy, row, ground):
    yard, slots, stock = busy
    if rules.refusal(stock, slots, yard, row, ground) == "":
        moved = moves.stack(stock, slots, [row], [ground])
        assert moves.check(moved, slots) == ()
    else:
        try:
            moves.stack(stock, slots, [row], [ground])
        except StockError:
            return  # what physics forbids, the rules forbid


def test_a_slot_that_is_none_is_refused(busy):
    yard, slots, stock = busy
    assert rules.refusal(stock, slots, yard, 150, 84) == "expected a slot from 0 to 83"


def test_the_segregation_table_is_the_public_one_and_symmetric():
    path = FACTS / "imdg_segregation_7.2.4.csv"
    if not path.exists():
        pytest.skip("the segregation table is not here")
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    meaning = {"X": 0, "*": 4, "1": 1, "2": 2, "3": 3, "4": 4}

    assert rows[0][1:] == ["/".join(group) for group in segregation.CLASSES]
    assert segregation.CODES[:-1, :-1].tolist() == [[meaning[cell] for cell in row[1:]] for row in rows[1:]]
    assert np.array_equal(segregation.CODES, segregation.CODES.T)


def test_classes_are_found_with_their_compatibility_letter():
    assert segregation.groups_of([b"1.4S", b"1.1D", b"3", b"", b"12"]).tolist() == [2, 0, 6, -1, 17]


def test_the_gap_between_places_is_measured_from_box_to_box():
    # Row 1 and row 4 are 3 x 2.79 m apart, centre to centre: a gap of 5.93 m, under the 6 m wanted.
    yard = yard_of(block(rows=6, bays=1, dangerous_rows=(1, 2, 3, 4, 5, 6)))
    stock = stock_with(yard, ("22G1", 0, {"imdg": "3"}))

    close = segregation.too_close(stock, slots_of(yard), b"5.1")

    assert close.tolist() == [True, True, True, True, False, False]


def test_the_gap_does_not_depend_on_how_the_block_is_turned():
    plans = [block(rows=6, bays=3, dangerous_rows=(1, 2, 3, 4, 5, 6))]
    plans.append(Block("A", BlockKind.RTG, (50.0, 20.0), 0.7, 3, 6, 4, dangerous_rows=(1, 2, 3, 4, 5, 6)))
    found = [
        segregation.too_close(
            stock_with(yard_of(p), ("22G1", 7, {"imdg": "4.1"})), slots_of(yard_of(p)), b"5.1"
        )
        for p in plans
    ]

    assert np.array_equal(*found)
    assert 0 < found[0].sum() < 18


def test_boxes_of_a_bay_are_each_held_against_all_others_but_themselves():
    yard = yard_of(
        block(rows=6, bays=9, dangerous_rows=(1, 2, 3, 4, 5, 6)),
        Block("B", BlockKind.RTG, (60.0, 8.0), 0.7, 3, 6, 4),
    )
    goods = (("22G1", 0, "3"), ("42G1", 8, "5.1"), ("22G1", 12, "3"), ("22G1", 20, "4.3"), ("22G1", 3, ""))
    stock = stock_with(yard, *((kind, place, {"imdg": imdg}) for kind, place, imdg in goods))
    slots, rows, among = slots_of(yard), np.flatnonzero(stock.imdg != b""), np.arange(48)

    close = segregation.too_close_each(stock, slots, rows, among)

    for found, row in zip(close, rows, strict=True):
        imdg = stock.imdg.copy()
        imdg[row] = b""
        others = stock.with_columns(imdg=imdg)
        wanted = segregation.too_close(others, slots, bytes(stock.imdg[row]), among)
        assert np.array_equal(found, wanted)
        assert 0 < wanted.sum() < len(among)


def test_every_rule_has_a_name_a_text_and_a_source_of_its_own():
    book = rules.RULES

    assert len({rule.code for rule in book}) == len({rule.name for rule in book}) == len(book)
    assert all(rule.text and rule.source for rule in book)
    assert all(rules.REASONS[rule.code] == rule.text for rule in book)


def test_the_edition_of_the_segregation_table_is_named():
    (rule,) = [rule for rule in rules.RULES if rule.code == rules.TOO_CLOSE]
    assert rule.source.startswith("IMDG Code 7.2.4")


def test_the_gap_between_blocks_askew_is_that_of_the_outlines():
    plans = [block(rows=1, bays=1), Block("B", BlockKind.RTG, (20.0, 0.0), math.pi / 4, 1, 1, 4)]
    slots = slots_of(yard_of(*plans))
    one, other = np.array([0]), np.array([1])
    shapes = segregation.outlines(slots, np.array([0, 1]))

    assert segregation.gaps_m(slots, one, other) == pytest.approx(shapely.distance(*shapes))
    assert segregation.gaps_m(slots, other, one) == pytest.approx(segregation.gaps_m(slots, one, other))


@pytest.mark.parametrize(
    ("gust_mps", "tiers"), [(0.0, 4), (14.9, 4), (18.0, 4), (18.1, 3), (19.3, 3), (19.4, 0), (40.0, 0)]
)
def test_the_forecast_gust_limits_the_tier_that_a_box_is_set_into(gust_mps, tiers):
    yard = yard_of(block(rows=5, bays=3))
    slots = slots_of(yard)
    conditions = rules.Conditions(gust_mps=gust_mps)
    stock, allowed = moves.empty_stock(slots), 0
    for tier in range(4):
        # All stacks rise together, so that none stands alone.
        ok = rules.legal(stock, slots, 20, 2.591, 9000.0, False, b"", False, yard, conditions).ok
        allowed += bool(ok[slots.row == 2].all())
        boxes = [BoxNotice(f"T{tier}N{i}", "22G1", 9000.0) for i in range(15)]
        stock = moves.announce(stock, boxes)
        stock = moves.stack(stock, slots, np.arange(15) + 15 * tier, np.arange(15))

    assert allowed == tiers


@pytest.mark.parametrize("name", ["gust_mps", "weight_tolerance_kg", "inspection_reach_m", "pillar_tiers"])
@pytest.mark.parametrize("value", [math.nan, -1.0])
def test_conditions_that_are_no_limit_are_refused(name, value):
    with pytest.raises(StockError, match=f"conditions, {name}: expected a number from 0"):
        rules.Conditions(**{name: value})


def test_a_yard_that_is_an_equal_copy_has_the_same_terrain():
    yard, again = (yard_of(block(bays=9)) for _ in range(2))
    first = rules.terrain_of(yard, slots_of(yard))

    assert rules.terrain_of(again, slots_of(again)) is first
    assert rules.terrain_of(yard_of(block(bays=8)), slots_of(yard_of(block(bays=8)))) is not first
