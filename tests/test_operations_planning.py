import pickle

import numpy as np
import pytest

from layouts.generator import compact_yard
from twin.inputs import GateEvent, GateRead, PickUpAnnouncement, WindReading
from twin.operations.planning import Plain, Ready
from twin.operations.shift import Shift
from twin.operations.site import Job, Rules, Stop
from twin.operations.yard_work import finish_jobs
from twin.stock import moves
from twin.stock.generate import fill
from twin.tables import digest
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000
COMPACT = compact_yard()
SLOTS = slots_of(COMPACT)


EXPECTED = {"moves": 12, "relocations": 1, "boxes_in": 10, "boxes_out": 3, "trucks_in": 7, "visits": 2}
"""What the shift below had done after ten minutes before there were planners, at that very seed."""
PLACED = 83510483


class Contrary(Plain):
    """Decides otherwise than the default, so that everything in the yard goes another way."""

    def slot(self, site, box, *, any_room=False, spare=0):
        for _ in range(3):
            site.choice.random()
        return super().slot(site, box, any_room=any_room, spare=spare)

    def ranked(self, site, block, crane, waiting):
        return list(waiting)[::-1]


class Restless(Plain):
    """Lets idle cranes drive to the middle of their blocks and back."""

    def idle(self, site, block, crane):
        field = site.fields[block]
        position = field.block.bays // 2 if site.t_ns // 10**9 % 2 else 1
        return Ready(field.spot(site.slots, field.first + position * field.block.rows, 20, 0.0))


def begin(planner=None, *, seed: int = 5, trucks: float = 60.0, **more) -> Shift:
    stock = fill(COMPACT, SLOTS, 900, seed, T0)
    return Shift.start(COMPACT, SLOTS, stock, seed, T0, trucks_per_hour=trucks, planner=planner, **more)


def run(shift: Shift, seconds: float, dt_s: float = 0.5) -> list:
    return [event for _ in range(round(seconds / dt_s)) for event in shift.step(dt_s)]


def test_the_default_planner_is_what_a_shift_without_one_has():
    one, other = begin(), begin(Plain())
    for _ in range(400):
        a, b = one.advance(0.5), other.advance(0.5)
    assert digest(a, one.stock) == digest(b, other.stock)


def test_the_default_planner_sets_boxes_where_they_were_set_before_there_were_planners():
    shift = begin(trucks=90.0)
    run(shift, 600, 0.1)
    assert {name: shift.counts[name] for name in EXPECTED} == EXPECTED
    assert int(np.sum(shift.stock.ground.astype(np.int64) * (1 + np.arange(len(shift.stock))))) == PLACED


def test_a_step_goes_on_like_an_advance():
    one, other = begin(), begin()
    for _ in range(100):
        truth = one.advance(0.5)
        events = other.step(0.5)
        assert truth.events == events
    assert digest(one.truth()) == digest(other.truth())


def test_under_settled_demand_the_same_trucks_come_whoever_decides():
    plain, contrary = (begin(planner, settled=True) for planner in (Plain(), Contrary()))
    seen = []
    for shift in (plain, contrary):
        events = run(shift, 700)
        announced = [
            (e.number, e.arrives_ns)
            for e in events
            if isinstance(e, PickUpAnnouncement) and e.arrives_ns > e.t_ns
        ]
        wind = [(e.speed_mps, e.gust_mps) for e in events if isinstance(e, WindReading)]
        brought = [e.box for e in events if isinstance(e, GateRead) and e.event is GateEvent.IN and e.box]
        seen.append((announced, wind, [box.number for box in brought][:4]))
    assert seen[0] == seen[1]
    assert len(seen[0][0]) > 2
    assert digest(plain.stock) != digest(contrary.stock)


def test_a_settled_shift_does_not_depend_on_the_length_of_a_step_for_what_is_announced():
    shifts = begin(settled=True), begin(settled=True)
    fine, coarse = run(shifts[0], 300, 0.1), run(shifts[1], 300, 0.5)
    one, other = (
        [e.number for e in events if isinstance(e, PickUpAnnouncement) and e.arrives_ns > e.t_ns]
        for events in (fine, coarse)
    )
    assert one == other


def test_a_settled_shift_pickles_and_branches():
    shift = begin(settled=True)
    run(shift, 60)
    branch, restored = shift.branch(), pickle.loads(pickle.dumps(shift))  # noqa: S301
    for each in (shift, branch, restored):
        run(each, 120)
    assert digest(shift.stock) == digest(branch.stock) == digest(restored.stock)


def test_an_idle_crane_drives_where_its_planner_wants_it_and_nothing_breaks():
    shift = begin(Restless(), settled=True)
    meter = shift.measure()
    run(shift, 600)
    assert meter.spent_s["ahead", "empty"] > 60.0
    assert moves.check(shift.stock, SLOTS) == ()
    assert shift.deadlocks == 0


def test_a_meter_counts_every_second_of_every_yard_crane():
    shift = begin(settled=True)
    run(shift, 60)
    meter = shift.measure()
    run(shift, 300)
    assert sum(meter.spent_s.values()) == pytest.approx(300.0 * len(shift._site.fields))
    assert meter.counted(shift.counts, "moves") <= shift.counts["moves"]


def test_a_truck_that_brought_a_box_gives_up_no_claim_of_another_on_it():
    shift = begin()
    run(shift, 300)
    site = shift._site
    index = next(iter(site.crane_of_block.values()))
    visit = next(visit for visit in site.visits.values() if not visit.own)
    visit.stops.insert(0, Stop("drop", visit.stops[0].lane, visit.stops[0].s_m, box=3))
    site.jobs[index] = Job(3, visit.vehicle, ground=0)
    site.cranes[index].script = []
    site.claimed.add(3)
    finish_jobs(site)
    assert 3 in site.claimed


def test_trucks_that_are_called_off_wait_outside_until_their_block_has_room():
    shift = begin(trucks=120.0, settled=True, rules=Rules(lane_cap=1, calls_off=True))
    run(shift, 300)
    site = shift._site
    at_gates = [v.takes for v in site.visits.values() if any(stop.what == "hold" for stop in v.stops)]
    blocks = [site.block_of(int(site.stock.ground[box])) for box in at_gates if box >= 0]
    assert len(site.expected) > 0
    assert len(blocks) <= len(site.fields)
    assert shift.deadlocks == 0
