"""Two boxes of 20 ft end to end: lifted at once, set at once, carried by one truck, and none lost."""

import dataclasses
import json

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from sensors.messages import decode
from sensors.telemetry import CraneReading
from twin import codec
from twin.decisions import Remedy, Settle
from twin.fleet.kinds import KINDS
from twin.fleet.shapes import CARGO_PART, LOAD_PART
from twin.inputs import GateEvent, GateRead, MachineNotice, Unfollowed
from twin.reach import END_M
from twin.roles import CONTROLLER
from twin.safety.parts import boxes_of
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place
from twin.yard.slots import slot_address

HIGH_M = 2.591
ASIDE_M = 5.0
DECK_M = KINDS["external_truck"].cargo_m[1]
TRUCK = "T1"


def stood(*pairs: tuple[str, int], type_code: str = "22G1") -> State:
    """A compact yard in which boxes stand, each over a ground slot."""
    state = work.state_with(A)
    stock = moves.empty_stock(state.slots)
    stock = moves.announce(stock, [work.notice(number, type_code) for number, _ in pairs])
    for number, ground in pairs:
        row = moves.rows_of(stock, [number])
        stock = moves.stack(stock, state.slots, row, np.array([ground], np.int32))
    return state.with_columns(stock=stock)


def beside(state: State, ground: int = 0) -> int:
    return int(state.slots.next[ground])


def crane(state: State, turned_rad: float = 0.0) -> State:
    """An RTG between the first two bays, its spreader over the first row."""
    block, t_ns = state.yard.blocks[0], state.t_ns + work.SECOND // 10
    x, y = state.slots.centre_yard_m[[0, beside(state)]].mean(axis=0)
    way = block.heading_rad
    portal = (x + ASIDE_M * np.sin(way), y - ASIDE_M * np.cos(way))
    hello = MachineNotice("RTG-01", t_ns, "rtg", block.name)
    fixes = work.fixes_at(state, ["RTG-01"], [portal], way + turned_rad, t_ns)
    opened = work.readings(0, t_ns, ASIDE_M * np.cos(turned_rad), 15.0, 0)
    return work.ticked(state, work.batch(["RTG-01"], fixes, opened, (hello,)))


def turned(state: State, locked: int, hoist_m: float, trolley_m: float, length_ft: int) -> State:
    said = work.readings(0, state.t_ns + work.SECOND // 10, trolley_m, hoist_m, locked, length_ft)
    return work.ticked(state, work.batch(["RTG-01"], cranes=said))


def row_of(state: State, number: str) -> int:
    return int(moves.rows_of(state.stock, [number])[0])


def ground_of(state: State, number: str) -> int:
    return int(state.stock.ground[row_of(state, number)])


def place_of(state: State, number: str) -> Place:
    return Place(int(state.stock.place[row_of(state, number)]))


def counted(state: State) -> int:
    """Boxes that came less boxes that are here and boxes that left."""
    here = int(np.isin(state.stock.place, (Place.STACKED, Place.CARRIED)).sum())
    return state.counts.boxes_in - state.counts.boxes_out - here


def held(state: State, column: str, machine: str) -> list[str]:
    """The boxes that a machine has, the one behind first."""
    row = [bytes(name).decode() for name in state.fleet.name].index(machine)
    boxes = [int(getattr(state.tracks, name)[row]) for name in (column, f"second_{column}")]
    return [bytes(state.stock.number[box]).decode() for box in boxes if box >= 0]


def two() -> State:
    """A and B in the first two bays of the first row, and a crane over both."""
    return crane(stood((A, 0), (B, beside(work.state_with(A)))))


@pytest.mark.parametrize("length_ft", [40, -1])
def test_a_spreader_out_for_two_lifts_both_and_sets_both_where_they_come_to_stand(length_ft: int) -> None:
    state = two()
    lifted = turned(state, 1, HIGH_M, ASIDE_M, length_ft)

    assert held(lifted, "load", "RTG-01") == [A, B]
    assert {place_of(lifted, A), place_of(lifted, B)} == {Place.CARRIED}
    assert lifted.stock.count.sum() == 0

    after = turned(lifted, 0, HIGH_M, ASIDE_M + 2 * state.yard.blocks[0].row_pitch_m, length_ft)

    assert (ground_of(after, A), ground_of(after, B)) == (2, beside(after) + 2)
    assert after.discrepancies == ()
    assert after.counts.moves == 2
    assert moves.check(after.stock, after.slots) == ()
    assert counted(after) == counted(state)
    assert held(after, "load", "RTG-01") == []


def test_a_crane_that_heads_the_other_way_sets_them_down_as_they_stood() -> None:
    state = crane(stood((A, 0), (B, beside(work.state_with(A)))), turned_rad=np.pi)
    lifted = turned(state, 1, HIGH_M, -ASIDE_M, 40)
    after = turned(lifted, 0, HIGH_M, -ASIDE_M - 2 * state.yard.blocks[0].row_pitch_m, 40)

    assert held(lifted, "load", "RTG-01") == [B, A]
    assert (ground_of(after, A), ground_of(after, B)) == (2, beside(after) + 2)


def test_a_spreader_at_20_ft_lifts_one() -> None:
    state = two()
    pitch_m = float(state.slots.bay_pitch_m[0])
    x, y = state.tracks.x_m[0], state.tracks.y_m[0]
    way = state.yard.blocks[0].heading_rad
    back = (x - pitch_m / 2 * np.cos(way), y - pitch_m / 2 * np.sin(way))
    state = work.ticked(state, seconds=30.0)
    fixes = work.fixes_at(state, ["RTG-01"], [back], way, state.t_ns)
    state = turned(work.ticked(state, work.batch(["RTG-01"], fixes)), 1, HIGH_M, ASIDE_M, 20)

    assert held(state, "load", "RTG-01") == [A]
    assert place_of(state, B) is Place.STACKED


@pytest.mark.parametrize("tiers", [0, 2])
def test_at_40_ft_over_one_box_of_20_ft_that_box_is_lifted_and_listed(tiers: int) -> None:
    state = stood((A, 0))
    high = [(number, beside(state)) for number in (B, C)[:tiers]]
    state = crane(stood((A, 0), *high))

    after = turned(state, 1, HIGH_M, ASIDE_M, 40)
    (item,) = after.discrepancies

    assert held(after, "load", "RTG-01") == [A]
    assert item.what == f"closed at 40 ft on {A} of 20 ft alone"
    assert (item.box, item.found) == (A, "under RTG-01")
    assert counted(after) == counted(state)


def test_two_that_hang_are_as_long_as_40_ft_and_listed_as_such_for_collisions() -> None:
    lifted = turned(two(), 1, HIGH_M, ASIDE_M, 40)
    boxes = boxes_of(lifted.fleet, lifted.tracks, lifted.stock)

    assert boxes.half_l_m[boxes.part == LOAD_PART] == pytest.approx([12.192 / 2])


def test_a_controller_puts_one_of_two_that_hang_into_a_slot_and_the_other_still_hangs() -> None:
    lifted = turned(two(), 1, HIGH_M, ASIDE_M, 40)
    spoilt = turned(lifted, 1, HIGH_M, ASIDE_M, 40)
    spoilt = turned(turned(spoilt, 0, HIGH_M, 60.0, 40), 1, HIGH_M, ASIDE_M, 40)
    numbers = [item.box for item in spoilt.discrepancies]
    assert numbers[:2] == [A, B], "set where there is no slot: each is listed"

    slot = slot_address(lifted.yard, lifted.slots, 4, 0)
    after = work.ticked(spoilt, decisions=(Settle(1, Remedy.SLOT, "li", CONTROLLER, target=slot),))

    assert ground_of(after, A) == 4
    assert place_of(after, B) is Place.CARRIED
    assert counted(after) == counted(lifted)


def truck(state: State, *boxes: str, ahead_m: float = 0.0, type_code: str = "22G1") -> State:
    """A truck in the lane beside the first block, its deck ``ahead_m`` ahead of the crane's middle."""
    block, t_ns = state.yard.blocks[0], state.t_ns + work.SECOND // 10
    kind, way = KINDS["external_truck"], block.heading_rad
    x, y = state.slots.centre_yard_m[[0, beside(state)]].mean(axis=0)
    lane_m = ASIDE_M + block.width_m
    forward_m = ahead_m - kind.cargo_m[0] + kind.antenna_m[0]
    at = (
        x + np.cos(way) * forward_m - np.sin(way) * (lane_m - ASIDE_M),
        y + np.sin(way) * forward_m + np.cos(way) * (lane_m - ASIDE_M),
    )
    hello = MachineNotice(TRUCK, t_ns, "external_truck")
    reads = [
        GateRead("G1", t_ns, "G1", "in", GateEvent.IN, TRUCK, work.notice(number, type_code))
        for number in boxes
    ]
    fixes = work.fixes_at(state, [TRUCK], [at], way, t_ns)
    return work.ticked(state, work.batch([TRUCK], fixes, events=(hello, *reads)))


def over_lane(state: State) -> float:
    return ASIDE_M + state.yard.blocks[0].width_m


def left(state: State, *boxes: str) -> State:
    t_ns = state.t_ns + work.SECOND // 10
    reads = tuple(
        GateRead("G2", t_ns + k, "G2", "out", GateEvent.OUT, TRUCK, work.notice(number))
        for k, number in enumerate(boxes)
    )
    return work.ticked(state, work.batch([], events=reads))


def test_two_set_on_a_truck_leave_with_it_whichever_of_them_the_gate_reads() -> None:
    state = two()
    loaded = turned(turned(truck(state), 1, HIGH_M, ASIDE_M, 40), 0, DECK_M + HIGH_M, over_lane(state), 40)
    assert held(loaded, "cargo", TRUCK) == [A, B]

    for reads in ((A,), (B,), (A, B), (B, A)):
        after = left(loaded, *reads)
        assert {place_of(after, A), place_of(after, B)} == {Place.GONE}
        assert after.counts.boxes_out == 2
        assert after.discrepancies == ()


def test_a_truck_that_leaves_without_the_two_it_should_carry_is_listed_for_each() -> None:
    state = truck(crane(stood((C, 0))), A, B)
    read = GateRead("G2", state.t_ns + 1, "G2", "out", GateEvent.OUT, TRUCK)
    after = work.ticked(state, work.batch([], events=(read,)))

    assert [item.expected for item in after.discrepancies] == [A, B]
    assert counted(after) == counted(state)


@pytest.mark.parametrize(("ahead_m", "taken", "stays"), [(-END_M, B, A), (END_M, A, B)])
def test_of_two_on_a_truck_a_spreader_at_20_ft_takes_the_one_under_it(
    ahead_m: float, taken: str, stays: str
) -> None:
    state = truck(crane(stood((C, 0))), A, B, ahead_m=ahead_m)
    assert held(state, "cargo", TRUCK) == [A, B]

    after = turned(state, 1, DECK_M + HIGH_M, over_lane(state), 20)

    assert (held(after, "load", "RTG-01"), held(after, "cargo", TRUCK)) == ([taken], [stays])
    assert after.discrepancies == ()


def test_two_on_a_truck_are_lifted_at_once_and_count_as_long_as_40_ft_before() -> None:
    state = truck(crane(stood((C, 4))), A, B)
    boxes = boxes_of(state.fleet, state.tracks, state.stock)
    assert boxes.half_l_m[boxes.part == CARGO_PART] == pytest.approx([12.192 / 2])

    lifted = turned(state, 1, DECK_M + HIGH_M, over_lane(state), 40)
    after = turned(lifted, 0, HIGH_M, ASIDE_M, 40)

    assert (ground_of(after, A), ground_of(after, B)) == (0, beside(after))
    assert after.discrepancies == ()
    assert counted(after) == counted(state)


def test_a_second_box_is_set_at_the_free_end_of_a_truck() -> None:
    state = truck(crane(stood((A, 0))), B, ahead_m=END_M)
    lifted = turned(state, 1, HIGH_M, ASIDE_M, 20)
    after = turned(lifted, 0, DECK_M + HIGH_M, over_lane(state), 20)

    assert held(after, "cargo", TRUCK) == [A, B]
    assert after.discrepancies == ()


def test_a_truck_cannot_bring_a_box_of_40_ft_beside_another() -> None:
    state = truck(crane(stood((C, 0))), A)
    after = truck(state, B, type_code="45G1")
    (item,) = after.discrepancies

    assert held(after, "cargo", TRUCK) == [B]
    assert item.what == f"{TRUCK} brought {B}, and should carry {A} still"
    assert place_of(after, A) is Place.CARRIED
    assert counted(after) == counted(state)

    gone = work.ticked(after, decisions=(Settle(item.id, Remedy.LIST, "li", CONTROLLER),))
    assert place_of(gone, A) is Place.GONE
    assert counted(gone) == counted(state)


def told(**lengths: int) -> list[object]:
    message: dict[str, object] = {"msg.timestamp": "2026-11-24T09:54:08.108Z", "che.@.name": "RTG-01"}
    for number, feet in enumerate(lengths.values()):
        words = f"che.@.spreader.{number}"
        message[f"{words}.locked.status.output.actual.value"] = True
        message[f"{words}.load.weight.output.actual.value"] = 12_000.0 + number
        if feet:
            message[f"{words}.size.length.output.actual.value"] = feet
    _, out = decode(json.dumps(message).encode())
    return list(out)


def test_two_spreaders_locked_at_20_ft_each_are_one_that_is_out_for_two() -> None:
    (found,) = told(one=20, other=20)
    assert isinstance(found, CraneReading)
    assert (found.locked, found.length_ft, found.load_kg) == (True, 40, 24_001.0)


@pytest.mark.parametrize("lengths", [{"one": 40, "other": 40}, {"one": 20, "other": 0}])
def test_two_spreaders_locked_on_what_is_not_followed_are_listed_once(lengths: dict[str, int]) -> None:
    found = [one for one in told(**lengths) if isinstance(one, Unfollowed)]
    state = crane(stood((A, 0)))
    for _ in range(3):
        (event,) = (dataclasses.replace(one, t_ns=state.t_ns + 1) for one in found)
        state = work.ticked(state, work.batch(["RTG-01"], events=(event,)))

    (item,) = state.discrepancies
    assert (item.device, item.what) == ("RTG-01", found[0].what)
    assert "two spreaders" in item.what
    # What was told of late is kept with the state, and written with it.
    assert any(isinstance(one, Unfollowed) for entry in state.said for one in entry.events)
    assert codec.decode(codec.encode(state)).discrepancies == state.discrepancies
