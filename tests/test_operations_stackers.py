import dataclasses
import itertools
import math

import numpy as np
import pytest

from layouts.generator import demo_yard
from twin.fleet.kinds import EMPTY_HANDLER, KIND_NAMES, REACH_STACKER
from twin.operations.cranes import Crane, Spot
from twin.operations.stackers import MAST_ROWS, SPREADER_X_M, Apron, stacker_script
from twin.stock import moves
from twin.stock.table import BoxNotice
from twin.yard.slots import slots_of

YARD = demo_yard()
INDEX = [block.name for block in YARD.blocks].index("F02")
SLOTS = slots_of(YARD)
FIELD = Apron(YARD.blocks[INDEX], int(SLOTS.first[INDEX]))


def stacker() -> Crane:
    origin = FIELD.block.yard_from_block(0.0, FIELD.middle_v_m)
    kind = KIND_NAMES.index("reach_stacker")
    return Crane("RS-01", kind, INDEX, origin, FIELD.block.heading_rad, 40.0, 0.0, 15.0)


def under_spreader(machine: Crane) -> tuple[float, float]:
    """Where the spreader's middle is in the yard frame."""
    x, y = machine.pose()
    heading = machine.heading_rad + machine.turn_rad
    reach = 8.2 + machine.trolley_m
    return x + reach * math.cos(heading), y + reach * math.sin(heading)


def test_the_two_rows_beside_the_apron_are_in_reach():
    assert [FIELD.in_reach(row) for row in range(3)] == [False, True, True]


@pytest.mark.parametrize("row", [1, 2])
def test_a_stacker_brings_its_spreader_over_the_slot_and_over_the_lane(row):
    machine = stacker()
    ground = FIELD.first + 10 * FIELD.block.rows + row
    source = FIELD.spot(SLOTS, ground, 20, 0.0)
    lane = Spot(FIELD.along_m(10, 20), FIELD.lane_trolley_m, 1.25)
    machine.script = stacker_script(machine, 3, 2.591, source, lane, 8.0)
    places = []
    while machine.script:
        if machine.advance(0.1) is not None:
            places.append((under_spreader(machine), machine.hoist_m))
            assert REACH_STACKER.trolley_range_m[0] <= machine.trolley_m <= REACH_STACKER.trolley_range_m[1]
    (at_slot, low), (at_lane, deck) = places
    assert at_slot == pytest.approx(tuple(SLOTS.centre_yard_m[ground]), abs=1e-6)
    v = FIELD.middle_v_m + FIELD.lane_trolley_m
    assert at_lane == pytest.approx(FIELD.block.yard_from_block(lane.along_m, v), abs=1e-6)
    assert (low, deck) == pytest.approx((2.591, 1.25 + 2.591))
    assert (machine.across_m, machine.turn_rad, machine.trolley_m) == (0.0, 0.0, 0.0)


def test_an_empty_handler_reaches_the_first_row_and_the_lane():
    index = [block.name for block in YARD.blocks].index("E03")
    field = Apron(YARD.blocks[index], int(SLOTS.first[index]), MAST_ROWS)
    assert [field.in_reach(row) for row in range(6)] == [False] * 5 + [True]
    origin = field.block.yard_from_block(0.0, field.middle_v_m)
    kind = KIND_NAMES.index("empty_handler")
    machine = Crane("EH-01", kind, index, origin, field.block.heading_rad, 40.0, 0.0, 20.0)
    ground = field.first + 10 * field.block.rows + 5
    source, lane = (
        field.spot(SLOTS, ground, 20, 12.955),
        Spot(field.along_m(10, 20), field.lane_trolley_m, 1.25),
    )
    machine.script = stacker_script(machine, 3, 2.591, source, lane, 15.546)
    places = []
    while machine.script:
        if machine.advance(0.1) is not None:
            places.append(under_spreader(machine))
        assert machine.trolley_m == 0.0
        assert machine.hoist_m <= EMPTY_HANDLER.hoist_range_m[1]
    v = field.middle_v_m + field.lane_trolley_m
    assert places[0] == pytest.approx(tuple(SLOTS.centre_yard_m[ground]), abs=1e-6)
    assert places[1] == pytest.approx(field.block.yard_from_block(lane.along_m, v), abs=1e-6)


def test_a_machine_that_backs_off_sweeps_nothing_of_the_lane_with_its_front():
    machine = stacker()
    lane = Spot(40.0, FIELD.lane_trolley_m, 1.25)
    machine.script = stacker_script(machine, 3, 2.591, lane, lane, 8.0)
    assert FIELD.lane_trolley_m < SPREADER_X_M
    half_truck_m, mast_m, half_mast_m = 1.25, 6.65, 0.925
    foremost = []
    while machine.script:
        machine.advance(0.1)
        c, s = math.cos(machine.turn_rad), math.sin(machine.turn_rad)
        foremost.append(machine.across_m + s * mast_m + c * half_mast_m)
    assert max(foremost) < FIELD.lane_trolley_m - half_truck_m - 0.2


def test_a_machine_goes_only_where_its_wheels_point():
    machine = stacker()
    lane = Spot(40.0, FIELD.lane_trolley_m, 1.25)
    rows = [FIELD.spot(SLOTS, FIELD.first + 10 * FIELD.block.rows + row, 20, 0.0) for row in (1, 2)]
    for source, target in itertools.pairwise([lane, *rows, lane]):
        machine.script = stacker_script(machine, 3, 2.591, source, target, 8.0)
        while machine.script:
            before, heading = machine.pose(), machine.heading_rad + machine.turn_rad
            machine.advance(0.1)
            x, y = machine.pose()
            aside = -math.sin(heading) * (x - before[0]) + math.cos(heading) * (y - before[1])
            ahead = math.cos(heading) * (x - before[0]) + math.sin(heading) * (y - before[1])
            assert aside == pytest.approx(0.0, abs=1e-9)
            assert ahead == pytest.approx(machine.speed_mps() * 0.1, abs=2e-3)


def test_the_stacks_where_it_turns_count_and_those_far_away_do_not():
    stock = moves.announce(moves.empty_stock(SLOTS), [BoxNotice("CSQU3054383", "22G1", 9_000.0)])
    stock = moves.stack(stock, SLOTS, [0], [FIELD.first + 10 * FIELD.block.rows + 2])
    near, far = (FIELD.along_m(11, 20), 0.0), (FIELD.along_m(20, 20), 0.0)
    assert FIELD.top_on_way_m(stock, near, near, 20) == pytest.approx(2.591)
    assert FIELD.top_on_way_m(stock, far, far, 20) == 0.0


def test_only_open_blocks_have_machines():
    from twin.operations.shift import Shift

    blocks = tuple(dataclasses.replace(b, closed=b.name != "F02") for b in YARD.blocks)
    yard = dataclasses.replace(YARD, blocks=blocks)
    slots = slots_of(yard)
    shift = Shift.start(yard, slots, moves.empty_stock(slots), 1, 0, trucks_per_hour=0.0, vessel=False)
    truth = shift.advance(0.1)
    assert truth.name.tolist() == [b"RS-01"]
    assert np.isfinite(truth.x_m).all()
