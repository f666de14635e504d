import dataclasses
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from layouts.generator import compact_yard, demo_yard
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import mover_boxes
from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    GateEvent,
    GateRead,
    MachineNotice,
    OrderReport,
    PickUpAnnouncement,
    WindReading,
)
from twin.operations.shift import Shift
from twin.operations.truth import Truth
from twin.safety.contact import truth_overlaps
from twin.stock import moves, rules
from twin.stock.generate import fill
from twin.stock.sizes import LENGTH_M
from twin.stock.table import Place, Stock
from twin.tables import digest
from twin.yard.model import Yard
from twin.yard.slots import SlotAddress, Slots, slot_address, slots_of

T0 = 1_800_000_000_000_000_000
COMPACT, DEMO = compact_yard(), demo_yard()


@dataclass(frozen=True)
class Move:
    number: str
    length_ft: int
    source: SlotAddress | None
    target: SlotAddress


@dataclass(frozen=True)
class Order:
    id: int
    move: Move


def begin(
    yard: Yard = COMPACT, boxes: int = 900, seed: int = 5, trucks: float = 30.0
) -> tuple[Shift, Slots, Stock]:
    slots = slots_of(yard)
    stock = fill(yard, slots, boxes, seed, T0)
    return Shift.start(yard, slots, stock, seed, T0, trucks_per_hour=trucks, tractors=24), slots, stock


def run(shift: Shift, seconds: float) -> list[Truth]:
    return [shift.advance(0.1) for _ in range(round(seconds * 10))]


def events_of(truths: list[Truth], kind: type) -> list:
    return [event for truth in truths for event in truth.events if isinstance(event, kind)]


def all_boxes(truth: Truth, stock: Stock):
    def sizes(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = moves.rows_of(stock, numbers.tolist())
        length = [LENGTH_M[int(stock.length_ft[row])] if row >= 0 else np.nan for row in rows]
        height = [stock.height_m[row] if row >= 0 else np.nan for row in rows]
        return np.array(length), np.array(height)

    still = np.zeros(len(truth))
    return mover_boxes(
        truth.kind, np.where(truth.present, truth.x_m, np.nan), truth.y_m, truth.heading_rad,
        truth.trailer_heading_rad, truth.trolley_m, truth.hoist_m, still, still,
        *sizes(truth.load), *sizes(truth.cargo),
    )  # fmt: skip


def places(stock: Stock) -> dict[Place, int]:
    return {place: int((stock.place == place).sum()) for place in Place}


def relocatable(shift: Shift, slots: Slots) -> tuple[int, int]:
    """A box on top of its stack in the first block, and a slot of another row of its bay for it."""
    stock = shift.stock
    for row in np.flatnonzero((stock.place == Place.STACKED) & (stock.length_ft == 20)).tolist():
        ground = int(stock.ground[row])
        if slots.block[ground] != 0 or stock.tier[row] != stock.count[ground] - 1 or stock.imdg[row]:
            continue
        same_bay = (slots.block == 0) & (slots.position == slots.position[ground])
        for target in np.flatnonzero(same_bay).tolist():
            if target != ground and not rules.refusal(stock, slots, COMPACT, row, target):
                return row, target
    raise AssertionError("no such box")


def order_for(shift: Shift, slots: Slots, row: int, target: int, number: int = 9) -> Order:
    stock = shift.stock
    source = slot_address(COMPACT, slots, int(stock.ground[row]), int(stock.tier[row]))
    to = slot_address(COMPACT, slots, target, int(stock.count[target]))
    return Order(number, Move(bytes(stock.number[row]).decode(), 20, source, to))


# --- a value ---------------------------------------------------------------------------------


def test_equal_seeds_give_equal_shifts():
    one, other = begin()[0], begin()[0]
    for _ in range(900):
        a, b = one.advance(0.1), other.advance(0.1)
    assert digest(a) == digest(b)
    assert digest(one.stock) == digest(other.stock)


def test_other_seeds_give_other_shifts():
    one, other = begin(seed=1)[0], begin(seed=2)[0]
    assert digest(run(one, 60)[-1]) != digest(run(other, 60)[-1])


def test_a_branch_and_a_pickled_copy_go_on_like_the_original():
    shift = begin()[0]
    run(shift, 60)
    branch, restored = shift.branch(), pickle.loads(pickle.dumps(shift))  # noqa: S301
    ends = [[digest(truth) for truth in run(each, 60)] for each in (shift, branch, restored)]
    assert ends[0] == ends[1] == ends[2]


def test_a_branch_leaves_the_original_alone():
    shift = begin()[0]
    run(shift, 60)
    before = digest(shift.truth(), shift.stock)
    run(shift.branch(), 60)
    assert digest(shift.truth(), shift.stock) == before


# --- what is so ------------------------------------------------------------------------------


@pytest.mark.parametrize(("yard", "boxes", "minutes"), [(COMPACT, 900, 10), (DEMO, 9000, 5)])
def test_nothing_ever_overlaps_and_the_stock_is_sound(yard, boxes, minutes):
    shift, slots, _ = begin(yard, boxes, trucks=90.0)
    for step in range(minutes * 600):
        truth = shift.advance(0.1)
        if step % 10 == 0:
            assert truth_overlaps(all_boxes(truth, shift.stock), shift.stock, slots) == ()
    assert moves.check(shift.stock, slots) == ()
    assert shift.moves_done > 0
    assert shift.deadlocks == 0


def test_boxes_in_are_boxes_out_and_standing_and_carried():
    shift, _, first = begin(trucks=60.0)
    began = places(first)[Place.STACKED]
    truth = run(shift, 1500)[-1]
    now, counts = places(shift.stock), shift.counts
    assert counts.get("boxes_in", 0) > 0
    assert counts.get("boxes_out", 0) > 0
    assert began + counts["boxes_in"] == now[Place.STACKED] + now[Place.CARRIED] + now[Place.GONE]
    assert now[Place.GONE] == counts["boxes_out"]
    held = int((truth.load != b"").sum() + (truth.cargo != b"").sum())
    assert held == now[Place.CARRIED]


def test_every_carried_box_is_with_the_machine_that_the_stock_names():
    shift, _, _ = begin(trucks=60.0)
    truth = run(shift, 400)[-1]
    stock = shift.stock
    carried = np.flatnonzero(stock.place == Place.CARRIED)
    assert len(carried)
    for row in carried.tolist():
        machine = int(stock.carrier[row])
        assert stock.number[row] in (truth.load[machine], truth.cargo[machine])


def test_no_machine_exceeds_its_speed_or_its_ranges():
    shift = begin(trucks=60.0)[0]
    for truth in run(shift, 300):
        for row in np.flatnonzero(truth.present).tolist():
            kind = KINDS[KIND_NAMES[truth.kind[row]]]
            assert abs(truth.speed_mps[row]) <= kind.speed_mps + 1e-9
            if kind.hoist_mps:
                assert kind.hoist_range_m[0] <= truth.hoist_m[row] <= kind.hoist_range_m[1]
                assert kind.trolley_range_m[0] <= truth.trolley_m[row] <= kind.trolley_range_m[1]


def test_vehicles_go_as_far_as_their_speed_says_and_never_jump():
    shift = begin(trucks=90.0)[0]
    before = shift.advance(0.1)
    for truth in run(shift, 240):
        n = len(before)
        both = before.present & truth.present[:n]
        gone = np.hypot(truth.x_m[:n] - before.x_m, truth.y_m[:n] - before.y_m)[both]
        assert np.abs(gone - np.abs(truth.speed_mps[:n][both]) * 0.1).max() < 0.01
        before = truth


def test_a_block_whose_lane_lies_elsewhere_takes_no_part():
    block = COMPACT.blocks[0]
    x, y = block.origin_yard_m
    moved = dataclasses.replace(block, origin_yard_m=(x, y - 2.0))
    yard = dataclasses.replace(COMPACT, blocks=(moved, COMPACT.blocks[1]))
    slots = slots_of(yard)
    shift = Shift.start(yard, slots, moves.empty_stock(slots), 1, T0, trucks_per_hour=0.0, vessel=False)
    truth = shift.advance(0.1)
    assert truth.block.tolist() == [1]


# --- what devices tell -------------------------------------------------------------------------


def test_every_machine_is_announced_before_its_first_pose():
    shift = begin(trucks=60.0)[0]
    known: set[bytes] = set()
    for truth in run(shift, 300):
        known |= {e.device.encode() for e in truth.events if isinstance(e, MachineNotice)}
        assert set(truth.name[truth.present].tolist()) <= known


def test_the_first_step_tells_of_all_cranes_and_tractors_with_their_blocks():
    shift = begin()[0]
    told = {e.device: e for e in events_of(run(shift, 0.1), MachineNotice)}
    assert {"RTG-01", "RTG-02", "QC-1", "TT-01", "TT-04"} <= set(told)
    assert told["RTG-02"].block == "B01"
    assert told["QC-1"].kind == "quay_crane"


def test_trucks_that_came_in_leave_and_take_what_they_came_for():
    shift = begin(trucks=60.0)[0]
    found = {name.decode() for name in shift.truth().name}
    truths = run(shift, 1500)
    reads = events_of(truths, GateRead)
    came = {read.truck: read for read in reads if read.event is GateEvent.IN}
    went = {read.truck: read for read in reads if read.event is GateEvent.OUT}
    assert set(went) & set(came)
    assert set(went) <= set(came) | found
    for truck, read in went.items():
        taken = read.box.number if read.box else ""
        assert truck not in came or taken == came[truck].pick_up
        assert truck.encode() not in truths[-1].name[truths[-1].present]
    assert shift.visits_done == len(went)


def test_all_trucks_leave_once_no_more_come():
    shift = begin(trucks=40.0)[0]
    run(shift, 240)
    shift.stop_arrivals()
    truck = KIND_NAMES.index("external_truck")
    for _ in range(60):
        truth = run(shift, 60)[-1]
        if not truth.present[truth.kind == truck].any():
            break
    assert (truth.kind == truck).any()
    assert not truth.present[truth.kind == truck].any()
    assert shift.deadlocks == 0


def test_a_pick_up_is_announced_before_its_truck_comes():
    shift = begin(trucks=60.0)[0]
    announced: dict[str, int] = {}
    for truth in run(shift, 900):
        for event in truth.events:
            if isinstance(event, PickUpAnnouncement):
                announced[event.number] = event.arrives_ns
            if isinstance(event, GateRead) and event.event is GateEvent.IN and event.pick_up:
                assert event.pick_up in announced
                assert announced[event.pick_up] <= event.t_ns


def test_a_box_off_the_vessel_is_announced_before_a_crane_reads_it():
    shift, _, first = begin(trucks=0.0)
    known = {bytes(number).decode() for number in first.number}
    read = []
    for truth in run(shift, 600):
        for event in truth.events:
            if isinstance(event, BoxAnnouncement):
                known.add(event.box.number)
            if isinstance(event, BoxRead):
                read.append(event)
                assert event.number in known
    assert any(event.device == "QC-1" for event in read)


def test_the_mast_tells_the_wind_every_second():
    readings = events_of(run(begin()[0], 10), WindReading)
    assert len(readings) == 10
    assert {reading.device for reading in readings} == {"mast"}


def test_without_a_vessel_there_is_no_quay_crane_and_no_tractor():
    slots = slots_of(COMPACT)
    stock = moves.empty_stock(slots)
    shift = Shift.start(COMPACT, slots, stock, 1, T0, trucks_per_hour=0.0, vessel=False)
    assert shift.advance(0.1).name.tolist() == [b"RTG-01", b"RTG-02"]


# --- work orders -------------------------------------------------------------------------------


def test_a_work_order_between_two_slots_is_started_and_done():
    shift, slots, _ = begin(trucks=0.0)
    row, target = relocatable(shift, slots)
    shift.order(order_for(shift, slots, row, target))
    reports = events_of(run(shift, 600), OrderReport)
    assert [report.state for report in reports] == ["started", "done"]
    assert {report.device for report in reports} == {"RTG-01"}
    assert shift.stock.ground[row] == target


def test_a_work_order_for_a_box_beneath_another_is_refused_with_the_reason():
    shift, slots, _ = begin(trucks=0.0)
    stock = shift.stock
    under = next(
        row
        for row in np.flatnonzero(stock.place == Place.STACKED).tolist()
        if slots.block[stock.ground[row]] == 0 and stock.tier[row] < stock.count[stock.ground[row]] - 1
    )
    _, target = relocatable(shift, slots)
    shift.order(order_for(shift, slots, under, target))
    (report,) = events_of(run(shift, 300), OrderReport)
    assert report.state == "refused"
    assert "stand on" in report.reason


@pytest.mark.parametrize(
    ("number", "block", "reason"), [("CSQU3054383", "A01", "not known"), ("CSQU3054383", "Z99", "Z99")]
)
def test_a_work_order_for_what_is_not_there_is_refused(number, block, reason):
    shift = begin(trucks=0.0)[0]
    shift.order(Order(3, Move(number, 20, None, SlotAddress(block, 1, 1, 1))))
    (report,) = events_of(run(shift, 0.1), OrderReport)
    assert (report.order, report.state) == (3, "refused")
    assert reason in report.reason


def test_an_arriving_box_goes_where_it_was_ordered():
    shift, slots, _ = begin(boxes=400, trucks=60.0)
    brought = None
    while brought is None:
        for read in events_of([shift.advance(0.1)], GateRead):
            if read.event is GateEvent.IN and read.box and not read.box.imdg:
                brought = read.box
    row = int(moves.rows_of(shift.stock, [brought.number])[0])
    legal = [
        g
        for g in np.flatnonzero((slots.position > 12) & (slots.position < 28)).tolist()
        if not rules.refusal(shift.stock, slots, COMPACT, row, g) and shift.stock.count[g] == 0
    ]
    target = legal[len(legal) // 2]
    length = int(shift.stock.length_ft[row])
    address = slot_address(COMPACT, slots, target, 0, length)
    shift.order(Order(4, Move(brought.number, length, None, address)))
    reports = []
    for _ in range(30):
        reports += events_of(run(shift, 60), OrderReport)
        if reports and reports[-1].state in ("done", "refused"):
            break
    assert [report.state for report in reports] == ["started", "done"]
    assert shift.stock.ground[row] == target
