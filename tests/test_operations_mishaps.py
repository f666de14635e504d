"""What a trainer has go wrong in a simulated yard happens, is told by its alarm, and ends when it is off."""

import itertools
import math

import numpy as np
import pytest
import yard_at_work as work
from true_machines import true_boxes

from layouts import formats
from sensors.decoder import Decoder
from sensors.simulation.switches import parse_switches
from sensors.sources.simulated import SimulatedSource
from twin.engine import initial_state
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.inputs import GateEvent, GateRead, WindReading
from twin.operations.mishaps import BEYOND_M, COMES_M, WALK_MPS, Mishaps
from twin.operations.shift import Shift
from twin.operations.truth import Truth
from twin.safety.contact import truth_overlaps
from twin.safety.rules import RULE_NAMES
from twin.session import Bound, Session
from twin.stock.generate import fill
from twin.stock.rules import USUAL
from twin.yard.roads import nearest, pose_at, roads_of
from twin.yard.slots import slots_of
from ui.composition import DEMO_BOXES, SourceClock

T_NS = 1_799_974_800 * work.SECOND
YARD = formats.sample("demo")
SLOTS = slots_of(YARD)
STOCK = fill(YARD, SLOTS, DEMO_BOXES["demo"], 1, T_NS)
ROADS = roads_of(YARD)


@pytest.fixture
def shift() -> Shift:
    return Shift.start(YARD, SLOTS, STOCK, 1, T_NS)


def driven(shift: Shift, seconds: float) -> list[Truth]:
    return [shift.advance() for _ in range(round(10 * seconds))]


def row(truth: Truth, name: str) -> int:
    return truth.name.tolist().index(name.encode())


def driver(truth: Truth, but: str = "") -> str:
    """Give a tractor that drives, another than one."""
    own = [name.decode() for name, fast in zip(truth.name, truth.speed_mps, strict=True)
           if name.startswith(b"TT") and fast > 3.0 and name != but.encode()]  # fmt: skip
    return own[-1]


def far_m(truth: Truth, one: str, other: str) -> float:
    i, j = row(truth, one), row(truth, other)
    return math.hypot(truth.x_m[i] - truth.x_m[j], truth.y_m[i] - truth.y_m[j])


def limits_mps(truth: Truth, rows: np.ndarray) -> np.ndarray:
    lane = nearest(ROADS, np.stack((truth.x_m[rows], truth.y_m[rows]), axis=1))[0]
    return ROADS.limit_mps[lane]


def test_nothing_asked_for_or_all_over_leaves_the_shift_as_it_was(shift):
    other = shift.branch()
    other.mishap(Mishaps(wind_mps=20.0))
    driven(shift, 30), driven(other, 30)
    other.mishap(Mishaps())
    mine, theirs = driven(shift, 40)[-1], driven(other, 40)[-1]

    for column in ("x_m", "y_m", "heading_rad", "trolley_m", "hoist_m"):
        assert np.array_equal(getattr(mine, column), getattr(theirs, column), equal_nan=True)
    assert [e for t in driven(shift, 2) for e in t.events] == [e for t in driven(other, 2) for e in t.events]


def test_a_machine_that_breaks_down_stands_within_seconds_and_goes_on_when_it_may(shift):
    name = driver(driven(shift, 20)[-1])
    shift.mishap(Mishaps(name, stops=True))
    stood = driven(shift, 20)[40:]
    shift.mishap(Mishaps())
    gone = driven(shift, 20)[-1]

    assert all(truth.speed_mps[row(truth, name)] == 0.0 for truth in stood)
    assert math.hypot(gone.x_m[row(gone, name)] - stood[-1].x_m[row(stood[-1], name)],
                      gone.y_m[row(gone, name)] - stood[-1].y_m[row(stood[-1], name)]) > 5.0  # fmt: skip


def test_a_truck_that_is_named_before_it_comes_is_waited_for(shift):
    other = shift.branch()
    other.mishap(Mishaps("T99999", stops=True, walks=True))
    mine, theirs = driven(shift, 30)[-1], driven(other, 30)[-1]

    assert np.array_equal(mine.x_m, theirs.x_m, equal_nan=True)


def test_another_target_has_someone_come_its_way_too(shift):
    truth, name = driven(shift, 20)[-1], ""
    for number in (b"WALKER-1", b"WALKER-2"):
        name = driver(truth, but=name)
        shift.mishap(Mishaps(name, walks=True))
        for _ in range(120):
            truth = driven(shift, 1)[-1]
            if number in truth.name.tolist():
                break

    assert {b"WALKER-1", b"WALKER-2"} < set(truth.name.tolist())


def test_a_crane_that_breaks_down_stays_as_it_is(shift):
    before = driven(shift, 5)[-1]
    works = [crane for crane in before.name.tolist() if crane.startswith(b"RTG")]
    for name in works[:4]:
        shift.mishap(Mishaps(name.decode(), stops=True))
        first, last = (driven(shift, 10)[k] for k in (0, -1))
        at = row(last, name.decode())
        assert (first.x_m[at], first.hoist_m[at], first.trolley_m[at]) == (
            last.x_m[at], last.hoist_m[at], last.trolley_m[at],
        )  # fmt: skip


def test_who_speeds_is_faster_than_its_lanes_allow(shift):
    name = driver(driven(shift, 20)[-1])
    shift.mishap(Mishaps(name, speeding=1.6))
    over = []
    for truth in driven(shift, 60):
        at = np.array([row(truth, name)])
        over.append(float(truth.speed_mps[at][0] / limits_mps(truth, at)[0]))

    assert 1.2 < max(over) < 1.7


def test_who_drives_on_runs_into_those_ahead(shift):
    shift.mishap(Mishaps(drives_on=True))
    hits = []
    for _ in range(180):
        truth = driven(shift, 0.5)[-1]
        hits += truth_overlaps(true_boxes(truth, shift.stock), shift.stock, SLOTS)

    assert hits


def test_someone_on_foot_is_in_front_of_the_vehicle_when_it_comes_and_leaves_again(shift):
    name = driver(driven(shift, 20)[-1])
    shift.mishap(Mishaps(name, walks=True))
    truths = driven(shift, 60)
    met = [truth for truth in truths if b"WALKER-1" in truth.name.tolist()]
    there = [truth for truth in met if truth.present[row(truth, "WALKER-1")]]
    left = [event for truth in truths for event in truth.events
            if isinstance(event, GateRead) and event.truck == "WALKER-1"]  # fmt: skip

    assert min(far_m(truth, name, "WALKER-1") for truth in there) < 5.0
    at = row(there[0], "WALKER-1")
    assert KIND_NAMES[there[0].kind[at]] == "person"
    assert max(truth.speed_mps[at] for truth in there) == pytest.approx(WALK_MPS)
    assert [event.event for event in left] == [GateEvent.OUT]
    assert len(there) < len(met)


def test_a_truck_comes_down_the_lanes_of_the_target_against_them_from_where_nobody_is(shift):
    name = driver(driven(shift, 20)[-1])
    shift.mishap(Mishaps(name, wrong_way=True))
    truths = [truth for truth in driven(shift, 90) if b"WRONGWAY-1" in truth.name.tolist()]
    first, at = truths[0], row(truths[0], "WRONGWAY-1")
    there = [truth for truth in truths if truth.present[at]]
    vehicles = [name.decode() for name, here in zip(first.name, first.present, strict=True)
                if here and name.startswith(b"T")]  # fmt: skip
    others = [far_m(first, "WRONGWAY-1", name) for name in vehicles]
    against = []
    for truth in there:
        lane, along_m, _ = nearest(ROADS, np.array([[truth.x_m[at], truth.y_m[at]]]))
        against.append(math.cos(truth.heading_rad[at] - pose_at(ROADS, lane, along_m)[2][0]))

    assert min(others) > 15.0
    assert far_m(first, name, "WRONGWAY-1") > COMES_M[0] / 2.0
    assert np.median(against) < -0.9
    assert min(far_m(truth, name, "WRONGWAY-1") for truth in there) < 6.0


def along_m(truth: Truth) -> float:
    """Give how far along its block RTG-03 is."""
    at = row(truth, "RTG-03")
    block = YARD.blocks[int(truth.block[at])]
    x, y = truth.x_m[at] - block.origin_yard_m[0], truth.y_m[at] - block.origin_yard_m[1]
    return x * math.cos(block.heading_rad) + y * math.sin(block.heading_rad)


def beyond_m(truth: Truth) -> float:
    """Give how far past an end of its block RTG-03 is; below 0 it is not."""
    length_m = YARD.blocks[int(truth.block[row(truth, "RTG-03")])].length_m
    return max(-along_m(truth), along_m(truth) - length_m)


def test_a_gantry_that_is_to_drive_on_no_longer_brakes_and_stays_in_its_block(shift):
    driven(shift, 5)
    shift.mishap(Mishaps("RTG-03", drives_on=True))
    for _ in range(240):
        before, truth = along_m(shift.truth()), driven(shift, 1)[-1]
        if abs(along_m(truth) - before) > 1.0:
            break
    assert beyond_m(truth) < -20.0
    shift.mishap(Mishaps())
    after = driven(shift, 120)
    assert max(map(beyond_m, after)) < 0.01
    assert abs(along_m(after[40]) - along_m(truth)) < 6.0


def test_a_gantry_drives_past_its_block_and_comes_back(shift):
    driven(shift, 5)
    shift.mishap(Mishaps("RTG-03", drives_on=True))
    for _ in range(240):
        if beyond_m(driven(shift, 1)[-1]) > BEYOND_M - 0.01:
            break
    assert beyond_m(shift.truth()) == pytest.approx(BEYOND_M, abs=0.01)
    shift.mishap(Mishaps())
    driven(shift, 30)
    assert beyond_m(shift.truth()) < 0.01


def test_a_crane_that_swings_low_no_longer_raises_its_spreader_before_it_goes_on(shift):
    top_m = KINDS["rtg"].hoist_range_m[1]
    shift.mishap(Mishaps("RTG-03", swings_low=True))

    def moves(before: Truth, after: Truth) -> bool:
        at, then = row(after, "RTG-03"), row(before, "RTG-03")
        gone = after.x_m[at] - before.x_m[then], after.y_m[at] - before.y_m[then]
        slid = after.trolley_m[at] - before.trolley_m[then]
        return math.hypot(*gone) > 0.01 or abs(slid) > 0.01

    before = shift.truth()
    for _ in range(3000):
        truth = shift.advance()
        if moves(before, truth) and truth.hoist_m[row(truth, "RTG-03")] < 6.0:
            break
        before = truth
    assert truth.hoist_m[row(truth, "RTG-03")] < 6.0
    shift.mishap(Mishaps())
    after = driven(shift, 60)
    heights = [float(one.hoist_m[row(one, "RTG-03")]) for one in after]
    assert max(heights) == pytest.approx(top_m)
    raised = heights.index(max(heights))
    braked = [moves(a, b) for a, b in itertools.pairwise(after[30:raised])]
    assert not any(braked)


def test_the_wind_rises_to_what_is_asked_and_falls_again(shift):
    shift.mishap(Mishaps(wind_mps=22.0))
    read = [event for truth in driven(shift, 30) for event in truth.events if isinstance(event, WindReading)]
    shift.mishap(Mishaps())
    after = [event for truth in driven(shift, 30) for event in truth.events if isinstance(event, WindReading)]

    assert read[-1].speed_mps == pytest.approx(22.0, abs=0.2)
    assert max(b.speed_mps - a.speed_mps for a, b in itertools.pairwise(read)) < 1.5
    assert after[-1].speed_mps < 10.0


def test_each_is_told_by_its_alarm():
    texts = ("walks", "wrong_way", "swings_low", "wind_mps=22", "after_s=1", "target=TT-10")
    stage = SimulatedSource(
        YARD, SLOTS, STOCK, seed=1, t_ns=T_NS, inline=True, switches=parse_switches(texts)
    )  # fmt: skip
    bound = Bound((stage,), Decoder(), SourceClock(stage), work.refuse_layouts)
    session = Session(initial_state(YARD, STOCK, T_NS, USUAL), bound)
    wanted, told = {"contact", "wrong_way", "safe_height", "wind_warning"}, set()
    for tick in range(1, 600):
        stage.advance_to(T_NS + tick * work.SECOND // 10)
        session.tick()
        log = session.state.alarm_log
        told = {RULE_NAMES[rule] for rule in log.rule[log.shown_ns > 0].tolist()}
        if told >= wanted:
            break

    assert told >= wanted, tick
