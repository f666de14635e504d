import math

import numpy as np
import pytest

from layouts.generator import compact_yard
from twin.fleet.kinds import KIND_NAMES, RTG
from twin.operations.cranes import CLEARANCE_M, OVER_TRUCKS_M, Crane, Field, Spot, Step, carry_script
from twin.stock import moves
from twin.stock.table import BoxNotice
from twin.yard.slots import slots_of

YARD = compact_yard()
SLOTS = slots_of(YARD)
FIELD = Field(YARD.blocks[0], 0)


def rtg(along_m: float = 50.0) -> Crane:
    block = YARD.blocks[0]
    origin = block.yard_from_block(0.0, FIELD.middle_v_m)
    return Crane("RTG-01", KIND_NAMES.index("rtg"), 0, origin, block.heading_rad, along_m, 0.0, 15.0)


def stock_of(*stacks: tuple[int, tuple[str, ...]], type_code: str = "22G1"):
    stock = moves.empty_stock(SLOTS)
    for ground, numbers in stacks:
        stock = moves.announce(stock, [BoxNotice(number, type_code, 10_000.0) for number in numbers])
        rows = moves.rows_of(stock, list(numbers))
        stock = moves.stack(stock, SLOTS, rows, np.full(len(rows), ground))
    return stock


def test_legs_stand_beside_the_rows_and_the_truck_lane():
    # six rows of 2.79 m and a lane of 4.35 m lie between legs 22.99 m apart, 0.95 m free to either side
    leg = 11.495
    assert FIELD.middle_v_m - leg == pytest.approx(-0.95)
    assert FIELD.middle_v_m + leg == pytest.approx(6 * 2.79 + 4.35 + 0.95)


def test_the_trolley_is_over_the_slot_that_it_serves():
    crane = rtg()
    for ground in (0, 7, 100):
        spot = FIELD.spot(SLOTS, ground, 20, 0.0)
        crane.along_m = spot.along_m
        x, y = crane.pose()
        c, s = math.cos(crane.heading_rad), math.sin(crane.heading_rad)
        under = (x - s * spot.trolley_m, y + c * spot.trolley_m)
        assert under == pytest.approx(tuple(SLOTS.centre_yard_m[ground]))
        assert RTG.trolley_range_m[0] <= spot.trolley_m <= RTG.trolley_range_m[1]


def test_the_trolley_reaches_the_truck_lane():
    assert FIELD.lane_trolley_m == pytest.approx(8.37)
    assert FIELD.lane_trolley_m <= RTG.trolley_range_m[1]


def test_the_highest_stack_between_two_places_counts():
    stock = stock_of((3, ("CSQU3054383", "MSKU9070323")))  # position 0, row 3
    row_0, row_5 = (FIELD.along_m(0, 20), FIELD.trolley_m(0)), (FIELD.along_m(0, 20), FIELD.trolley_m(5))
    row_2 = (FIELD.along_m(0, 20), FIELD.trolley_m(2))
    assert FIELD.top_on_way_m(stock, row_0, row_5, 20) == pytest.approx(2 * 2.591)
    assert FIELD.top_on_way_m(stock, row_0, row_2, 20) == 0.0


def test_over_a_truck_lane_a_load_stays_above_trucks():
    stock = moves.empty_stock(SLOTS)
    lane = (FIELD.along_m(0, 20), FIELD.lane_trolley_m)
    assert FIELD.top_on_way_m(stock, (lane[0], FIELD.trolley_m(5)), lane, 20) == OVER_TRUCKS_M


def test_a_crane_lifts_over_the_stacks_and_turns_its_locks_only_while_it_stands():
    crane = rtg()
    source = Spot(FIELD.along_m(4, 20), FIELD.trolley_m(0), 2.591)
    target = Spot(FIELD.along_m(4, 20), FIELD.lane_trolley_m, 1.25)
    over = 10.4
    crane.script = carry_script(crane, 7, 2.591, source, target, over, over)
    turned = []
    for tick in range(6000):
        before = (crane.along_m, crane.trolley_m, crane.hoist_m)
        step = crane.advance(0.1)
        after = (crane.along_m, crane.trolley_m, crane.hoist_m)
        if step is not None:
            assert before == after
            turned.append((tick, step, after))
        if before[:2] != after[:2]:
            low = crane.hoist_m - (2.591 if crane.locked else 0.0)
            assert low >= over + CLEARANCE_M - 1e-9
        if not crane.script:
            break
    (_, closes, where), (_, opens, goal) = turned
    assert closes == Step(box=7)
    assert opens.opens
    assert where == pytest.approx((source.along_m, source.trolley_m, 2.591 + 2.591))
    assert goal == pytest.approx((target.along_m, target.trolley_m, 1.25 + 2.591))
    assert not crane.locked
    assert crane.along_mps == crane.trolley_mps == crane.hoist_mps == 0.0


def test_a_crane_without_a_script_stands():
    crane = rtg()
    assert crane.advance(0.1) is None
    assert (crane.along_m, crane.trolley_m, crane.hoist_m) == (50.0, 0.0, 15.0)
