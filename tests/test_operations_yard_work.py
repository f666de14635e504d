import numpy as np

from layouts.generator import compact_yard, demo_yard
from twin.operations.placing import at_slot
from twin.operations.shift import Shift
from twin.operations.visits import TRUCK, appear, new_truck, way_out
from twin.stock import moves
from twin.stock.generate import fill
from twin.stock.iso6346 import with_check_digit
from twin.stock.table import BoxNotice, Place
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000


def test_a_box_behind_a_wall_too_high_to_lift_it_over_is_reached_by_lowering_the_wall():
    yard = demo_yard()
    slots = slots_of(yard)
    index = [block.name for block in yard.blocks].index("E01")
    rows = yard.blocks[index].rows
    wanted = int(slots.first[index]) + 20 * rows
    # Five boxes of 2.591 m, half a metre and the box itself make 16.05 m; an RMG lifts 16.0 m.
    numbers = [with_check_digit(f"CSQU{k:06d}") for k in range(6)]
    stock = moves.announce(moves.empty_stock(slots), [BoxNotice(number, "22G1", 9e3) for number in numbers])
    stock = moves.stack(stock, slots, np.arange(6), np.array([wanted] + [wanted + 4] * 5))
    shift = Shift.start(yard, slots, stock, 1, T0, trucks_per_hour=0.0, vessel=False)
    site = shift._site
    stop = at_slot(site, "pick", 0, wanted)
    visit = new_truck(site, takes=0)
    appear(site, visit, TRUCK, stop.lane, stop.s_m)
    visit.stops, visit.read = [stop, way_out(site, stop.lane)], True
    site.bind(visit, index)
    site.send(visit, stop)
    for _ in range(6000):
        shift.advance(0.1)
        if visit.box == 0:
            break
    assert visit.box == 0
    assert shift.counts["relocations"] == 1
    assert shift.stock.count[wanted + 4] == 4
    assert (shift.stock.place[1:] == Place.STACKED).all()


def test_a_quay_crane_counts_just_the_tractors_that_are_bound_for_it():
    yard = compact_yard()
    slots = slots_of(yard)
    shift = Shift.start(yard, slots, fill(yard, slots, 700, 3, T0), 3, T0)
    site = shift._site
    for step in range(9000):
        shift.advance(0.1)
        if step % 100 == 0:
            bound = [sum(visit.quay == k for visit in site.visits.values()) for k in range(len(site.quays))]
            assert [berth.bound for berth in site.quays] == bound
