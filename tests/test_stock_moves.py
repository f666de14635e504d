"""Boxes announced, stacked, lifted, carried and gone."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from twin.errors import StockError
from twin.stock import moves
from twin.stock.table import BoxNotice, Place
from twin.yard.model import Block, BlockKind, Georeference, Yard
from twin.yard.slots import slots_of

FENCE = ((0.0, 0.0), (300.0, 0.0), (300.0, 300.0))


def yard_with(bays=4, rows=3, tiers=4, **block):
    plan = Block("A", BlockKind.RTG, (0.0, 0.0), 0.0, bays, rows, tiers, **block)
    return Yard("test", Georeference(4490, (121.85, 30.62)), FENCE, (plan,))


def slots_with(**block):
    return slots_of(yard_with(**block))


def stock_of(slots, **types):
    """Announce boxes by name: ``stock_of(slots, A="22G1")``."""
    notices = [BoxNotice(name, code, 10_000.0) for name, code in types.items()]
    return moves.announce(moves.empty_stock(slots), notices)


def stacked(stock, slots, *where):
    for name, ground in where:
        stock = moves.stack(stock, slots, moves.rows_of(stock, [name]), [ground])
    return stock


def test_a_stack_of_mixed_boxes_is_as_high_as_the_sum_of_their_heights():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B="25G1", C="20G0"), slots, ("A", 0), ("B", 0), ("C", 0))

    assert stock.bottom_m.tolist() == pytest.approx([0.0, 2.591, 5.487])
    assert stock.top_m[0] == pytest.approx(7.925)
    assert stock.tier.tolist() == [0, 1, 2]
    assert stock.count[0] == 3
    assert moves.check(stock, slots) == ()


def test_a_forty_foot_box_occupies_two_neighbouring_places_of_its_row():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="45G1"), slots, ("A", 1))

    assert stock.occupant[1, 0] == stock.occupant[4, 0] == 0
    assert stock.ground[0] == 1
    assert stock.top_m[[1, 4]].tolist() == [2.896, 2.896]
    assert (stock.occupant >= 0).sum() == 2


def test_a_forty_foot_box_may_rest_on_two_twenties_of_one_height():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B="22G1", C="42G1"), slots, ("A", 0), ("B", 3), ("C", 0))

    assert stock.bottom_m[2] == pytest.approx(2.591)
    assert moves.check(stock, slots) == ()


@pytest.mark.parametrize("second", ["25G1", None])
def test_a_forty_foot_box_may_not_rest_on_stacks_that_are_not_level(second):
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B=second or "22G1", C="42G1"), slots, ("A", 0))
    if second:
        stock = stacked(stock, slots, ("B", 3))

    with pytest.raises(StockError, match="neither one long box nor two"):
        stacked(stock, slots, ("C", 0))


def test_twenties_may_not_stand_on_a_forty():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="42G1", B="22G1"), slots, ("A", 0))

    for ground in (0, 3):
        with pytest.raises(StockError, match="cannot stand on a 40 ft box"):
            stacked(stock, slots, ("B", ground))


def test_two_forties_may_not_overlap_by_half():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="42G1", B="42G1", C="42G1"), slots, ("A", 0), ("B", 6))

    with pytest.raises(StockError, match="neither one long box"):
        stacked(stock, slots, ("C", 3))


def test_a_forty_does_not_fit_where_the_block_ends():
    slots = slots_with(bays=2, rows=2)

    with pytest.raises(StockError, match="the block ends here"):
        stacked(stock_of(slots, A="42G1"), slots, ("A", 2))


def test_a_forty_five_stands_only_where_the_places_are_long_enough():
    short, long = slots_with(), slots_with(bay_pitch_m=7.02)

    with pytest.raises(StockError, match="too short for a 45 ft box"):
        stacked(stock_of(short, A="L5G1"), short, ("A", 0))
    assert moves.check(stacked(stock_of(long, A="L5G1"), long, ("A", 0)), long) == ()


def test_no_stack_is_higher_than_its_tiers():
    slots = slots_with(tiers=2)
    stock = stacked(stock_of(slots, A="22G1", B="22G1", C="22G1"), slots, ("A", 0), ("B", 0))

    with pytest.raises(StockError, match="full with 2 tiers"):
        stacked(stock, slots, ("C", 0))


def test_a_box_may_reach_the_height_limit_and_not_a_millimetre_past_it():
    exact, less = slots_with(height_limit_m=2.591 + 2.896), slots_with(height_limit_m=5.486)

    assert stacked(stock_of(exact, A="22G1", B="25G1"), exact, ("A", 0), ("B", 0)).count[0] == 2
    with pytest.raises(StockError, match=r"past the limit of 5\.49 m"):
        stacked(stock_of(less, A="22G1", B="25G1"), less, ("A", 0), ("B", 0))


def test_a_box_with_another_on_it_cannot_be_lifted():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B="22G1", C="42G1"), slots, ("A", 0), ("B", 3), ("C", 0))

    for row in (0, 1):
        with pytest.raises(StockError, match="expected nothing on it, found box C"):
            moves.lift(stock, slots, row, 5)


def test_a_lifted_forty_leaves_both_of_its_places_as_they_were():
    slots = slots_with()
    before = stacked(stock_of(slots, A="22G1", B="22G1", C="42G1"), slots, ("A", 0), ("B", 3))
    after = moves.lift(stacked(before, slots, ("C", 0)), slots, 2, 7)

    assert after.top_m.tolist() == before.top_m.tolist()
    assert after.count.tolist() == before.count.tolist()
    assert np.array_equal(after.occupant, before.occupant)
    assert (after.place[2], after.carrier[2], after.ground[2]) == (Place.CARRIED, 7, -1)


def test_a_refused_batch_puts_nothing_down():
    slots = slots_with()
    stock = stock_of(slots, A="42G1", B="22G1")

    with pytest.raises(StockError, match="cannot stand on"):
        moves.stack(stock, slots, [0, 1], [0, 0])
    assert (stock.count == 0).all()


def test_a_box_in_a_stack_can_neither_be_stacked_again_nor_carried_nor_leave():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1"), slots, ("A", 0))

    for act in (
        lambda: moves.stack(stock, slots, [0], [1]),
        lambda: moves.carry(stock, [0], [1]),
        lambda: moves.leave(stock, [0]),
    ):
        with pytest.raises(StockError, match="found STACKED"):
            act()


def test_a_lift_shares_the_columns_that_it_does_not_touch():
    slots = slots_with()
    before = stacked(stock_of(slots, A="22G1"), slots, ("A", 0))
    after = moves.lift(before, slots, 0, 1)

    assert after.number is before.number
    assert after.departs_ns is before.departs_ns
    assert not after.place.flags.writeable


def test_numbers_are_found_whether_text_or_bytes_known_or_not():
    slots = slots_with()
    stock = stock_of(slots, A="22G1", B="22G1")

    assert moves.rows_of(stock, [b"B", "A", "B", "é", "ABCDEFGHIJKLM", ""]).tolist() == [1, 0, 1, -1, -1, -1]
    assert moves.rows_of(stock, ["B"]).tolist() == [1]
    assert moves.rows_of(stock, []).tolist() == []
    assert moves.rows_of(moves.empty_stock(slots), ["B"]).tolist() == [-1]


def test_an_announcement_of_a_box_that_is_here_updates_it_where_it_stands():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1"), slots, ("A", 5))
    told = moves.announce(stock, [BoxNotice("A", "22G1", 9000.0, customs=3, departs_ns=77, imdg="3")])

    assert (told.ground[0], told.customs[0], told.departs_ns[0], told.imdg[0]) == (5, 3, 77, b"3")
    assert told.occupant is stock.occupant
    assert told.type_code is stock.type_code


def test_an_announcement_that_says_nothing_new_gives_the_same_stock():
    slots = slots_with()
    stock = stock_of(slots, A="22G1")

    assert moves.announce(stock, [BoxNotice("A", "22G1", 10_000.0)]) is stock
    assert moves.announce(stock, []) is stock


def test_a_box_that_stands_cannot_change_its_size():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1"), slots, ("A", 5))

    with pytest.raises(StockError, match="expected the size of 22G1, as it stands, found 25G1"):
        moves.announce(stock, [BoxNotice("A", "25G1", 9000.0)])


def test_a_box_that_has_left_is_announced_again_in_its_row():
    slots = slots_with()
    stock = moves.leave(stock_of(slots, A="22G1"), [0])
    again = moves.announce(stock, [BoxNotice("A", "45G1", 9000.0)])

    assert len(again) == 1
    assert (again.place[0], again.length_ft[0]) == (Place.ANNOUNCED, 40)


def test_of_two_notices_of_one_number_the_last_counts():
    slots = slots_with()
    stock = moves.announce(
        moves.empty_stock(slots), [BoxNotice("A", "22G1", 1.0), BoxNotice("A", "25G1", 2.0)]
    )

    assert len(stock) == 1
    assert stock.gross_kg[0] == 2.0


@pytest.mark.parametrize(
    "notice",
    [
        BoxNotice("", "22G1", 1.0),
        BoxNotice("ABCDEFGHIJKL", "22G1", 1.0),
        BoxNotice("É", "22G1", 1.0),
        BoxNotice("A", "30G1", 1.0),
        BoxNotice("A", "22é1x", 1.0),
        BoxNotice("A", "22G1", float("nan")),
        BoxNotice("A", "22G1", -1.0),
        BoxNotice("A", "22G1", 1.0, line=200),
        BoxNotice("A", "22G1", 1.0, flow=9),
        BoxNotice("A", "22G1", 1.0, customs=-1),
        BoxNotice("A", "22G1", 1.0, imdg="1.1DXX"),
        BoxNotice("A", "22G1", 1.0, departs_ns=1 << 63),
    ],
)
def test_a_notice_that_can_be_of_no_box_is_refused_by_name(notice):
    with pytest.raises(StockError, match=r"expected .* found"):
        moves.announce(moves.empty_stock(slots_with()), [notice])


def test_the_topmost_box_is_found_over_either_place_of_a_forty():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="42G1"), slots, ("A", 0))

    assert [moves.top_box(stock, slots, ground) for ground in (0, 3, 1)] == [0, 0, -1]
    with pytest.raises(StockError, match="expected 0 to 11, found 12"):
        moves.top_box(stock, slots, 12)


def test_a_rehearsal_gives_the_tiers_and_changes_nothing():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B="22G1", C="22G1"), slots, ("A", 0), ("B", 0), ("C", 1))

    assert moves.rehearse(stock, slots, [(1, True, 1), (0, True, 1)]) == (1, 2)
    assert stock.count[:2].tolist() == [2, 1]
    with pytest.raises(StockError, match="expected nothing on it, found box B"):
        moves.rehearse(stock, slots, [(0, True, 1)])


def test_a_box_can_be_rehearsed_through_two_places():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B="25G1"), slots, ("A", 0), ("B", 0))

    assert moves.rehearse(stock, slots, [(1, True, 1), (0, True, 2), (1, True, 2)]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("top_m", 1.0, "its top is"),
        ("count", 2, "count is broken"),
        ("bottom_m", 0.5, "underside is not the face below it"),
        ("carrier", 3, "does not agree"),
        ("ground", 2, "expected box row"),
    ],
)
def test_a_broken_promise_is_named(column, value, text):
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1"), slots, ("A", 0))
    columns = stock.editable(column)
    columns[column][0] = value

    assert any(text in line for line in moves.check(stock.with_columns(**columns), slots))


def test_a_box_that_floats_is_named():
    slots = slots_with()
    stock = stacked(stock_of(slots, A="22G1", B="22G1"), slots, ("A", 0), ("B", 0))
    columns = stock.editable("occupant")
    columns["occupant"][0, 0] = -1

    assert "ground slot 0: a box floats" in moves.check(stock.with_columns(**columns), slots)


class StockMachine(RuleBasedStateMachine):
    """Whatever is done to a stock, it stays sound, and boxes are neither lost nor made."""

    def __init__(self):
        super().__init__()
        self.slots = slots_with(bays=4, rows=2, tiers=3, height_limit_m=8.3, bay_pitch_m=7.02)
        self.stock = moves.empty_stock(self.slots)
        self.places = {}

    def boxes_at(self, *places):
        return [row for row, place in self.places.items() if place in places]

    @rule(code=st.sampled_from(["22G1", "25G1", "42G1", "45G1", "L5G1"]))
    def announce(self, code):
        row = len(self.stock)
        self.stock = moves.announce(self.stock, [BoxNotice(f"BOX{row}", code, 9000.0)])
        self.places[row] = Place.ANNOUNCED

    @precondition(lambda self: self.boxes_at(Place.ANNOUNCED, Place.CARRIED))
    @rule(data=st.data(), ground=st.integers(0, 7))
    def stack(self, data, ground):
        row = data.draw(st.sampled_from(self.boxes_at(Place.ANNOUNCED, Place.CARRIED)))
        try:
            self.stock = moves.stack(self.stock, self.slots, [row], [ground])
        except StockError:
            return
        self.places[row] = Place.STACKED
        assert moves.top_box(self.stock, self.slots, ground) == row

    @precondition(lambda self: self.boxes_at(Place.STACKED))
    @rule(data=st.data())
    def lift(self, data):
        row = data.draw(st.sampled_from(self.boxes_at(Place.STACKED)))
        grounds = moves.places_of(self.stock, self.slots, row)
        on_top = all(moves.top_box(self.stock, self.slots, ground) == row for ground in grounds)
        if on_top:
            self.stock = moves.lift(self.stock, self.slots, row, 1)
            self.places[row] = Place.CARRIED
        else:
            with pytest.raises(StockError, match="expected nothing on it"):
                moves.lift(self.stock, self.slots, row, 1)

    @precondition(lambda self: self.boxes_at(Place.ANNOUNCED, Place.CARRIED))
    @rule(data=st.data(), goes=st.booleans())
    def carry_or_leave(self, data, goes):
        row = data.draw(st.sampled_from(self.boxes_at(Place.ANNOUNCED, Place.CARRIED)))
        self.stock = moves.leave(self.stock, [row]) if goes else moves.carry(self.stock, [row], [2])
        self.places[row] = Place.GONE if goes else Place.CARRIED

    @invariant()
    def every_promise_holds(self):
        assert moves.check(self.stock, self.slots) == ()

    @invariant()
    def every_box_is_where_it_was_put(self):
        assert self.stock.place.tolist() == list(self.places.values())

    @invariant()
    def every_standing_box_is_counted_once_a_place(self):
        standing = self.boxes_at(Place.STACKED)
        places = sum(1 if self.stock.length_ft[row] == 20 else 2 for row in standing)
        assert int(self.stock.count.sum()) == places


StockMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestStockMachine = StockMachine.TestCase
