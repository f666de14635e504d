import numpy as np
import pytest

from layouts.generator import compact_yard, demo_yard
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import mover_boxes
from twin.inputs import MachineNotice, PickUpAnnouncement
from twin.operations.placing import blockers
from twin.operations.shift import Shift
from twin.operations.truth import Truth
from twin.safety.contact import truth_overlaps
from twin.stock import moves
from twin.stock.generate import fill
from twin.stock.table import Place
from twin.tables import digest
from twin.yard.model import Yard
from twin.yard.slots import slots_of

# nine in the morning where the generated yards lie
T0 = 1_799_974_800_000_000_000
TRUCK, TRACTOR = (KIND_NAMES.index(name) for name in ("external_truck", "terminal_tractor"))
DEMO, COMPACT = demo_yard(), compact_yard()
YARDS = {"demo": (DEMO, 9000), "compact": (COMPACT, 700)}


def begin(yard: Yard, boxes: int, seed: int = 3, **options) -> Shift:
    slots = slots_of(yard)
    return Shift.start(yard, slots, fill(yard, slots, boxes, seed, T0), seed, T0, **options)


def empty_boxes(truth: Truth):
    n = len(truth)
    still, none = np.zeros(n), np.full(n, np.nan)
    return mover_boxes(
        truth.kind, np.where(truth.present, truth.x_m, np.nan), truth.y_m, truth.heading_rad,
        truth.trailer_heading_rad, truth.trolley_m, truth.hoist_m, still, still, none, none, none, none,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", YARDS)
def test_nothing_overlaps_when_the_shift_is_found(name, seed):
    shift = begin(*YARDS[name], seed)
    boxes = empty_boxes(shift.truth())
    assert truth_overlaps(boxes, shift.stock, slots_of(YARDS[name][0])) == ()


@pytest.mark.parametrize("name", YARDS)
def test_nothing_is_carried_that_the_stock_report_does_not_tell_of(name):
    shift = begin(*YARDS[name])
    truth = shift.truth()
    assert not (truth.cargo != b"").any()
    assert not (truth.load != b"").any()
    assert not truth.locked.any()
    assert set(shift.stock.place.tolist()) <= {Place.STACKED, Place.ANNOUNCED}


def test_cranes_hold_boxes_within_the_first_quarter_of_a_minute():
    shift = begin(*YARDS["demo"])
    for _ in range(150):
        truth = shift.advance(0.1)
    assert truth.locked.sum() >= 5


def test_the_locks_do_not_close_all_at_once():
    shift = begin(*YARDS["demo"])
    held, most = 0, 0
    for _ in range(400):
        now = int(shift.advance(0.1).locked.sum())
        held, most = now, max(most, now - held)
    assert held >= 12
    assert most <= 3


def test_vehicles_of_both_sorts_drive_and_none_faster_than_it_may():
    truth = begin(*YARDS["demo"]).truth()
    for kind in (TRUCK, TRACTOR):
        speed = truth.speed_mps[truth.kind == kind]
        assert (speed > 1.0).sum() >= 4
        assert speed.max() <= KINDS[KIND_NAMES[kind]].speed_mps


def test_a_vehicle_found_on_its_way_brakes_no_harder_than_any_other():
    shift = begin(*YARDS["demo"])
    before = shift.truth()
    for _ in range(200):
        truth = shift.advance(0.1)
        n = len(before)
        both = before.present & truth.present[:n] & np.isin(before.kind, (TRUCK, TRACTOR))
        change = (truth.speed_mps[:n] - before.speed_mps)[both]
        assert change.min() >= -0.12
        before = truth


def test_boxes_beneath_others_are_among_the_first_that_trucks_are_announced_for():
    shift = begin(*YARDS["demo"])
    told = [event for event in shift.advance(0.1).events if isinstance(event, PickUpAnnouncement)]
    later = [event for event in told if 600e9 <= event.arrives_ns - T0 <= 2400e9]
    site = shift._site
    buried = [event for event in later if blockers(site, site.row(event.number))]
    assert len(buried) >= 4


def test_every_vehicle_that_is_found_says_that_it_exists_and_what_it_comes_for():
    shift = begin(*YARDS["demo"])
    truth = shift.truth()
    events = shift.advance(0.1).events
    told = {event.device.encode() for event in events if isinstance(event, MachineNotice)}
    assert set(truth.name.tolist()) <= told
    announced = {event.number for event in events if isinstance(event, PickUpAnnouncement)}
    site = shift._site
    came_for = {site.number(visit.takes) for visit in site.visits.values() if visit.takes >= 0}
    assert came_for
    assert came_for <= announced


def test_where_no_trucks_come_none_are_found():
    truth = begin(*YARDS["compact"], trucks_per_hour=0.0).truth()
    assert not (truth.kind == TRUCK).any()
    assert (truth.kind == TRACTOR).any()


def test_without_a_vessel_and_trucks_only_block_cranes_are_found():
    truth = begin(*YARDS["compact"], trucks_per_hour=0.0, vessel=False).truth()
    assert truth.name.tolist() == [b"RTG-01", b"RTG-02"]


def test_at_night_fewer_trucks_are_found():
    slots, (yard, boxes) = slots_of(DEMO), YARDS["demo"]
    stock = fill(yard, slots, boxes, 3, T0)
    night = T0 - 6 * 3600 * 1_000_000_000
    found = [
        int((Shift.start(yard, slots, stock, 3, t_ns).truth().kind == TRUCK).sum()) for t_ns in (T0, night)
    ]
    assert found[0] > 2 * found[1] > 0


def test_a_yard_without_boxes_is_found_with_idle_cranes():
    slots = slots_of(COMPACT)
    shift = Shift.start(COMPACT, slots, moves.empty_stock(slots), 3, T0)
    for _ in range(100):
        truth = shift.advance(0.1)
    assert not truth.locked.any()


def test_equal_seeds_find_equal_yards():
    one, other = (begin(*YARDS["compact"], 4) for _ in range(2))
    assert digest(one.truth(), one.stock) == digest(other.truth(), other.stock)
