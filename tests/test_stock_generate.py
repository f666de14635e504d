"""A stock to start from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import StockError
from twin.stock import generate, iso6346, moves, segregation, sizes
from twin.stock.table import LINES, Place
from twin.yard.model import Block, BlockKind, Georeference, Yard
from twin.yard.slots import slots_of

T_NS = 1_760_000_000_000_000_000
FENCE = ((0.0, 0.0), (900.0, 0.0), (900.0, 900.0))


def yard_of(*blocks):
    return Yard("test", Georeference(4490, (121.85, 30.62)), FENCE, blocks)


def block(name, y_m=0.0, kind=BlockKind.RTG, bays=21, rows=6, tiers=5, **more):
    return Block(name, kind, (0.0, y_m), 0.0, bays, rows, tiers, **more)


@pytest.fixture(scope="module")
def filled():
    yard = yard_of(
        block("A", reefer_rows=(1, 2)),
        block("B", 40.0, dangerous_rows=(5, 6)),
        block("C", 80.0, bay_pitch_m=7.1),
        block("D", 120.0, closed=True),
        block("E", 160.0, kind=BlockKind.EMPTIES, tiers=6),
    )
    slots = slots_of(yard)
    return yard, slots, generate.fill(yard, slots, 1500, 7, T_NS)


def test_a_filled_yard_is_sound_and_holds_what_was_asked_for(filled):
    _, slots, stock = filled

    assert moves.check(stock, slots) == ()
    assert len(stock) == 1500
    assert (stock.place == Place.STACKED).all()


def test_every_number_is_valid_and_used_once(filled):
    _, _, stock = filled

    assert iso6346.valid(stock.number).all()
    assert (iso6346.remainders(stock.number) != 10).all()
    assert len(np.unique(stock.number)) == len(stock)


def test_every_bay_keeps_room_to_dig_any_of_its_boxes_out(filled):
    yard, slots, stock = filled
    bay = slots.block * 1000 + slots.position
    for number in np.unique(bay):
        places = bay == number
        free = int((slots.tiers[places] - stock.count[places]).sum())
        assert free >= yard.blocks[number // 1000].tiers - 1


def test_no_bay_mixes_twenties_with_longer_boxes(filled):
    _, slots, stock = filled
    for block_index, position in {(b, p) for b, p in zip(slots.block, slots.position, strict=True)}:
        places = (slots.block == block_index) & (slots.position == position)
        boxes = stock.occupant[places]
        assert len(np.unique(stock.length_ft[boxes[boxes >= 0]] == 20)) <= 1


def test_no_box_is_heavier_than_the_one_below_it(filled):
    _, _, stock = filled
    upper = np.flatnonzero(stock.tier > 0)
    below = stock.occupant[stock.ground[upper], stock.tier[upper] - 1]

    assert (stock.gross_kg[upper] <= stock.gross_kg[below]).all()
    assert stock.gross_kg.max() <= sizes.MAX_GROSS_KG


def test_special_boxes_stand_only_where_they_may(filled):
    _, slots, stock = filled
    live, dangerous = np.isfinite(stock.setpoint_c), stock.imdg != b""
    for_empties = slots.block[stock.ground] == 4

    assert live.any()
    assert slots.reefer[stock.ground[live]].all()
    assert dangerous.any()
    assert slots.dangerous[stock.ground[dangerous]].all()
    assert (stock.empty == for_empties).all()
    assert not slots.closed[stock.ground].any()
    for imdg in np.unique(stock.imdg[dangerous]):
        assert not segregation.too_close(stock, slots, bytes(imdg))[stock.ground[stock.imdg == imdg]].any()


def test_reefers_are_of_a_reefer_type_and_only_they_have_a_set_point(filled):
    _, _, stock = filled

    assert np.array_equal(sizes.size_of(stock.type_code)[2], np.isfinite(stock.setpoint_c))


def test_departures_come_after_the_start(filled):
    _, _, stock = filled
    assert (stock.departs_ns > T_NS).all()
    known = stock.departs_ns < np.iinfo(np.int64).max
    assert 0.5 < known.mean() < 1.0


def test_one_seed_gives_one_stock_and_another_seed_another():
    yard = yard_of(block("A"))
    slots = slots_of(yard)
    one, same, other = (generate.fill(yard, slots, 200, seed, T_NS) for seed in (1, 1, 2))

    assert np.array_equal(one.number, same.number)
    assert np.array_equal(one.occupant, same.occupant)
    assert not np.array_equal(one.occupant, other.occupant)


def test_a_yard_is_filled_to_its_last_slot_and_no_further():
    yard = yard_of(block("A", bays=2, rows=3, tiers=2))
    slots = slots_of(yard)

    # Two bays of 3 x 2 slots, of which each keeps one free.
    assert len(generate.fill(yard, slots, 10, 3, T_NS)) == 10
    with pytest.raises(StockError, match=r"expected at most 10, .* found 11"):
        generate.fill(yard, slots, 11, 3, T_NS)


def test_a_yard_without_blocks_holds_nothing():
    yard = yard_of()
    slots = slots_of(yard)

    assert len(generate.fill(yard, slots, 0, 1, T_NS)) == 0
    with pytest.raises(StockError, match="expected at most 0"):
        generate.fill(yard, slots, 1, 1, T_NS)
    with pytest.raises(StockError, match="expected 0 or more"):
        generate.fill(yard, slots, -1, 1, T_NS)


@settings(max_examples=40, deadline=None)
@given(
    bays=st.integers(1, 7), rows=st.integers(1, 5), tiers=st.integers(1, 5), share=st.floats(0.0, 1.0),
    limit_m=st.sampled_from([8.7, 18.0]), seed=st.integers(0, 99),
)  # fmt: skip
def test_any_yard_is_filled_soundly(bays, rows, tiers, share, limit_m, seed):
    yard = yard_of(block("A", bays=bays, rows=rows, tiers=tiers, height_limit_m=limit_m, bay_pitch_m=7.1))
    slots = slots_of(yard)
    most = bays * max(rows * min(tiers, int(limit_m / 2.896)) - (min(tiers, int(limit_m / 2.896)) - 1), 0)
    stock = generate.fill(yard, slots, int(share * most), seed, T_NS)

    assert moves.check(stock, slots) == ()
    assert len(stock) == int(share * most)


def test_boxes_that_will_come_are_not_in_the_yard_and_can_be_announced(filled):
    _, slots, stock = filled
    notices = generate.notices_for_arrivals(np.random.default_rng(5), 400, T_NS)
    more = moves.announce(stock, notices)

    assert len(more) == len(stock) + 400
    assert iso6346.valid(more.number).all()
    assert {notice.line for notice in notices} <= set(range(len(LINES)))
    assert all(notice.departs_ns is None or notice.departs_ns > T_NS for notice in notices)
    assert moves.check(more, slots) == ()


def test_new_numbers_begin_with_the_initial_of_their_line():
    lines = np.arange(len(LINES), dtype=np.int8)
    numbers = generate.new_numbers(np.random.default_rng(1), len(LINES), lines=lines)

    assert [number[:1].decode() for number in numbers] == [line[0] for line in LINES]
    assert generate.new_numbers(np.random.default_rng(1), 0).shape == (0,)
