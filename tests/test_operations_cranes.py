import math

import numpy as np
import pytest

from layouts.generator import compact_yard
from twin.fleet.kinds import KIND_NAMES, RTG
from twin.operations.cranes import (
    CLEARANCE_M,
    OVER_TRUCKS_M,
    STRAIGHT_DOWN_M,
    Crane,
    Field,
    Spot,
    Step,
    carry_script,
)
from twin.stock import moves
from twin.stock.iso6346 import with_check_digit
from twin.stock.sizes import WIDTH_M
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


def bay_of(tops: tuple[int, ...]):
    """A bay whose rows hold so many 20 ft boxes each."""
    names = [with_check_digit(f"CSQU{k:06d}") for k in range(sum(tops))]
    stacks = []
    for row, count in enumerate(tops):
        stacks.append((4 * YARD.blocks[0].rows + row, tuple(names.pop() for _ in range(count))))
    return stock_of(*(stack for stack in stacks if stack[1]))


def carried(crane: Crane, stock, box: int, source: Spot, target: Spot):
    """Every pose of a crane that carries a box within a bay: trolley, the lowest of what hangs, locked."""
    at, here, there = ((spot.along_m, spot.trolley_m) for spot in (crane_spot(crane), source, target))
    rows = (
        FIELD.rows_on_way(stock, at, here, 20, 0.0),
        FIELD.rows_on_way(stock, here, there, 20, 2.591, box),
    )
    crane.script = carry_script(crane, box, 2.591, source, target, 14.0, 14.0, *rows)
    while crane.script:
        crane.advance(0.1)
        yield crane.trolley_m, crane.hoist_m - (2.591 if crane.locked else 0.0), crane.locked


def crane_spot(crane: Crane) -> Spot:
    return Spot(crane.along_m, crane.trolley_m, 0.0)


@pytest.mark.parametrize("tops", [(1, 5, 2, 4, 0, 3), (5, 5, 5, 5, 5, 5), (1, 0, 0, 0, 0, 0)])
def test_within_a_bay_nothing_that_hangs_comes_near_a_stack_beside_it(tops):
    stock = bay_of(tops)
    ground = 4 * YARD.blocks[0].rows
    box = moves.top_box(stock, SLOTS, ground)
    source = FIELD.spot(SLOTS, ground, 20, float(stock.bottom_m[box]))
    lane = Spot(source.along_m, FIELD.lane_trolley_m, 1.25)
    for trolley, lowest, _ in carried(rtg(source.along_m), stock, box, source, lane):
        for row, count in enumerate(tops):
            left = count - (row == 0)
            off = abs(trolley - FIELD.trolley_m(row))
            if off < WIDTH_M:
                assert lowest >= left * 2.591 - 1e-6
                if off > STRAIGHT_DOWN_M + 1e-6:
                    assert lowest >= left * 2.591 + CLEARANCE_M - 1e-6


def test_over_low_stacks_a_box_travels_lower_and_sooner_than_over_high_ones():
    source = FIELD.spot(SLOTS, 4 * YARD.blocks[0].rows, 20, 0.0)
    lane = Spot(source.along_m, FIELD.lane_trolley_m, 1.25)
    low, high = (
        list(carried(rtg(source.along_m), bay_of(tops), 0, source, lane))
        for tops in ((1, 1, 0, 0, 0, 0), (1, 5, 5, 5, 5, 5))
    )
    assert len(low) < len(high)
    assert max(pose[1] for pose in low if pose[2]) < 9.0 < max(pose[1] for pose in high if pose[2])


def test_a_row_ahead_holds_the_trolley_until_the_spreader_is_above_it():
    crane = rtg()
    crane.hoist_m = 5.0
    crane.script = [Step(trolley_m=6.0, hoist_m=5.0, over=((2.0, 3.0, 8.0),))]
    while crane.script:
        crane.advance(0.1)
        assert not 2.0 < crane.trolley_m < 3.0 or crane.hoist_m >= 8.0 - 1e-6
    assert (crane.trolley_m, crane.hoist_m) == (6.0, 5.0)


def test_the_box_that_is_lifted_off_a_stack_is_no_obstacle_on_its_own_way():
    stock = stock_of((3, ("CSQU3054383", "MSKU9070323")))
    here, lane = (FIELD.along_m(0, 20), FIELD.trolley_m(3)), (FIELD.along_m(0, 20), FIELD.lane_trolley_m)
    assert FIELD.top_on_way_m(stock, here, here, 20) == pytest.approx(2 * 2.591)
    assert FIELD.top_on_way_m(stock, here, here, 20, lifted=1) == pytest.approx(2.591)
    assert FIELD.top_on_way_m(stock, here, lane, 20, lifted=1) == OVER_TRUCKS_M


def test_rows_are_not_listed_where_the_gantry_must_drive():
    stock = moves.empty_stock(SLOTS)
    assert FIELD.rows_on_way(stock, (10.0, 0.0), (20.0, 0.0), 20, 0.0) == ()


def test_a_crane_without_a_script_stands():
    crane = rtg()
    assert crane.advance(0.1) is None
    assert (crane.along_m, crane.trolley_m, crane.hoist_m) == (50.0, 0.0, 15.0)
