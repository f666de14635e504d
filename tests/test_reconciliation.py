"""The list of what cannot be, and what a controller's word on it does."""

import dataclasses

import numpy as np
import pytest
import yard_at_work as work
from hypothesis import given, settings
from hypothesis import strategies as st
from yard_at_work import A, B, C

from twin import codec, roles
from twin.decisions import Remedy, Settle
from twin.desk import KEPT_SETTLED, Desk
from twin.inputs import BoxRead, GateEvent, GateRead, MachineNotice
from twin.reconciliation import slot_of
from twin.stacking.suggestion import Move, WorkOrder
from twin.state import State
from twin.stock import moves
from twin.stock.table import Place
from twin.yard.slots import SlotAddress, slot_address

HIGH_M = 2.591


def row_of(state: State, number: str) -> int:
    return int(moves.rows_of(state.stock, [number])[0])


def place_of(state: State, number: str) -> Place:
    return Place(int(state.stock.place[row_of(state, number)]))


def slot(state: State, ground: int, tier: int) -> SlotAddress:
    return slot_address(state.yard, state.slots, ground, tier)


def address(state: State, number: str) -> SlotAddress:
    row = row_of(state, number)
    return slot(state, int(state.stock.ground[row]), int(state.stock.tier[row]))


def turned(state: State, locked: int, hoist_m: float, trolley_m: float, *events: object) -> State:
    cranes = work.readings(0, state.t_ns + work.SECOND // 10, trolley_m, hoist_m, locked)
    return work.ticked(state, work.batch(["RTG-01"], cranes=cranes, events=events))  # type: ignore[arg-type]


def settle(state: State, how: Remedy, role: str = roles.CONTROLLER, **more: object) -> State:
    number = next(item.id for item in state.discrepancies if item.settled is None)
    return work.ticked(state, decisions=(Settle(number, how, "li", role, **more),))  # type: ignore[arg-type]


def counted(state: State) -> int:
    """Boxes that came less boxes that are here and boxes that left."""
    here = int(np.isin(state.stock.place, (Place.STACKED, Place.CARRIED)).sum())
    return state.counts.boxes_in - state.counts.boxes_out - here


def misread() -> State:
    """A camera reads A where B was lifted by its position: A is listed in the next stack."""
    state = work.state_with(B)
    stock = moves.announce(state.stock, [work.notice(A)])
    stock = moves.stack(stock, state.slots, moves.rows_of(stock, [A]), np.array([1], np.int32))
    state, trolley_m = work.crane_over(state.with_columns(stock=stock), 0)
    read = BoxRead("RTG-01", state.t_ns + work.SECOND // 10, A)
    return turned(state, 1, HIGH_M, trolley_m, read)


def test_every_discrepancy_names_the_box_where_it_is_expected_and_where_it_was_found():
    (item,) = misread().discrepancies

    assert (item.id, item.box, item.other, item.expected, item.found) == (1, A, B, B, "under RTG-01")
    assert item.settled is None


def test_nothing_changes_until_a_controller_says_so():
    state = misread()
    later = work.ticked(work.ticked(state))

    assert address(later, A) == slot(state, 1, 0)
    assert later.discrepancies is state.discrepancies


def test_boxes_that_were_taken_for_one_another_change_places_where_the_sensors_are_right():
    state = misread()
    after = settle(state, Remedy.SENSORS)

    assert place_of(after, A) is Place.CARRIED
    assert after.tracks.load[0] == row_of(after, A)
    assert address(after, B) == slot(state, 1, 0)
    assert moves.check(after.stock, after.slots) == ()
    assert counted(after) == counted(state)
    settled = after.discrepancies[0].settled
    assert settled is not None
    assert (settled.actor, settled.how, settled.place) == ("li", "sensors", "carried")


def test_nothing_moves_where_the_list_is_right_and_the_name_and_hour_are_kept():
    state = misread()
    after = settle(state, Remedy.LIST)

    assert after.stock is state.stock
    settled = after.discrepancies[0].settled
    assert settled is not None
    assert (settled.actor, settled.how, settled.place) == ("li", "list", str(slot(state, 1, 0)))


def test_a_box_goes_to_the_slot_that_a_controller_names():
    state = misread()
    after = settle(state, Remedy.SLOT, target=slot(state, 5, 0))

    assert address(after, A) == slot(state, 5, 0)
    assert moves.check(after.stock, after.slots) == ()
    assert counted(after) == counted(state)


@pytest.mark.parametrize(
    ("how", "more", "said"),
    [
        (Remedy.SLOT, {}, "expected a slot, found none"),
        (Remedy.SLOT, {"target": SlotAddress("A01", 1, 1, 4)}, "expected it on top of its stack"),
        (Remedy.SLOT, {"target": SlotAddress("A01", 2, 1, 1)}, "expected an odd bay for 20 ft"),
        (Remedy.SLOT, {"target": SlotAddress("Z99", 1, 1, 1)}, "expected one of the blocks"),
        (
            Remedy.SLOT,
            {"target": SlotAddress("A01", 9, 1, 1), "number": "XXXU0000000"},
            "expected the check digit 2 (ISO 6346), found 0",
        ),
    ],
)
def test_a_word_that_cannot_be_changes_nothing_and_tells_why(how: Remedy, more: dict, said: str):
    state = misread()
    block = state.yard.blocks[0].name
    if "target" in more and more["target"].block == "A01":
        more = more | {"target": dataclasses.replace(more["target"], block=block)}
    after = settle(state, how, **more)

    assert said in after.verdicts[0].reason
    assert after.stock is state.stock
    assert after.discrepancies[0].settled is None


def test_only_a_controller_or_a_supervisor_settles():
    for role in (roles.PLANNER, roles.TRAINER, roles.SOLVER):
        assert "may not settle" in settle(misread(), Remedy.LIST, role).verdicts[0].reason
    assert settle(misread(), Remedy.LIST, roles.SUPERVISOR).verdicts[0].taken


def test_what_is_settled_stays_settled_and_what_is_not_listed_cannot_be():
    state = settle(misread(), Remedy.LIST)
    again = work.ticked(state, decisions=(Settle(1, Remedy.SENSORS, "wu", roles.CONTROLLER),))
    other = work.ticked(state, decisions=(Settle(7, Remedy.SENSORS, "wu", roles.CONTROLLER),))

    assert "settled before, by li" in again.verdicts[0].reason
    assert "expected one on the list" in other.verdicts[0].reason


def set_in_row(state: State, row: int) -> State:
    """Lift B off the first row and set it in another, while an order says the fifth."""
    move = Move(B, 20, slot(state, 0, 0), slot(state, 4, 0))
    state, trolley_m = work.crane_over(state.with_columns(orders=(WorkOrder(9, 1, move, "li"),)), 0)
    state = turned(state, 1, HIGH_M, trolley_m)
    return turned(state, 0, HIGH_M, trolley_m + row * state.yard.blocks[0].row_pitch_m)


def test_a_box_set_in_another_stack_than_its_work_order_says_is_listed_where_it_stands():
    state = set_in_row(work.state_with(B), 3)
    (item,) = state.discrepancies

    assert address(state, B) == slot(state, 3, 0)
    assert (item.expected, item.found) == (str(slot(state, 4, 0)), str(slot(state, 3, 0)))
    assert address(settle(state, Remedy.SENSORS), B) == slot(state, 3, 0)
    assert address(settle(state, Remedy.LIST), B) == slot(state, 4, 0)


@pytest.mark.parametrize("wrong_m", [-2.6, 2.6, 11.0])
def test_a_box_let_go_of_at_a_height_where_it_cannot_stand_is_listed(wrong_m: float):
    state, trolley_m = work.crane_over(work.state_with(B), 0)
    state = turned(state, 1, HIGH_M, trolley_m)
    aside_m = 3 * state.yard.blocks[0].row_pitch_m
    state = turned(state, 0, HIGH_M + wrong_m, trolley_m + aside_m)
    (item,) = state.discrepancies

    assert f"set {B} at {HIGH_M + wrong_m:.2f} m, expected its top at" in item.what
    assert (item.box, item.expected) == (B, str(slot(state, 3, 0)))
    assert address(settle(state, Remedy.LIST), B) == slot(state, 3, 0)


def test_a_box_set_where_its_work_order_says_is_no_discrepancy():
    assert set_in_row(work.state_with(B), 4).discrepancies == ()


def set_on_nothing() -> State:
    """A crane that holds nothing by the list closes on an empty slot, and opens over another."""
    state, trolley_m = work.crane_over(work.state_with(A), 40)
    state = turned(state, 1, HIGH_M, trolley_m)
    return turned(state, 0, HIGH_M, trolley_m)


def test_a_box_that_was_never_identified_is_put_where_it_was_set_once_a_controller_names_it():
    state = set_on_nothing()
    state = settle(state, Remedy.LIST)
    after = settle(state, Remedy.SENSORS, number=A)

    assert state.discrepancies[1].found == str(slot(state, 40, 0))
    assert address(after, A) == slot(state, 40, 0)
    assert moves.check(after.stock, after.slots) == ()


def test_a_box_that_hangs_nowhere_must_be_given_a_slot():
    state, trolley_m = work.crane_over(work.state_with(A), 0)
    state = turned(state, 1, HIGH_M, trolley_m)
    state = turned(state, 0, 12.0, 40.0)

    assert "where there is no slot" in state.discrepancies[-1].what
    assert "name a slot" in settle(state, Remedy.LIST).verdicts[0].reason
    assert "name a slot" in settle(state, Remedy.SENSORS).verdicts[0].reason
    after = settle(state, Remedy.SLOT, target=slot(state, 3, 0))
    assert address(after, A) == slot(state, 3, 0)


def left_with(number: str | None) -> State:
    """A truck came with C, and leaves with another box, or with none."""
    state = work.state_with(A, B)
    t_ns = state.t_ns + work.SECOND // 10
    came = GateRead("G1", t_ns, "G1", "in", GateEvent.IN, "T1", work.notice(C))
    state = work.ticked(state, work.batch([], events=(MachineNotice("T1", t_ns, "external_truck"), came)))
    box = work.notice(number) if number else None
    left = GateRead("G1", t_ns + work.SECOND // 10, "G1", "out", GateEvent.OUT, "T1", box)
    return work.ticked(state, work.batch([], events=(left,)))


def test_a_truck_that_left_with_another_box_exchanges_the_two_where_the_sensors_are_right():
    state = left_with(B)
    after = settle(state, Remedy.SENSORS)

    assert place_of(after, B) is Place.GONE
    assert address(after, C) == slot(state, 0, 1)
    assert moves.check(after.stock, after.slots) == ()
    assert counted(after) == counted(state)


def test_a_box_that_did_not_leave_after_all_comes_back_to_the_slot_that_a_controller_names():
    state = left_with(None)
    after = settle(state, Remedy.SLOT, target=slot(state, 0, 2))

    assert state.discrepancies[0].box == C
    assert address(after, C) == slot(state, 0, 2)
    assert counted(after) == counted(state)


def test_boxes_of_different_sizes_are_not_exchanged():
    state = misread()
    columns = state.stock.editable("height_m")
    columns["height_m"][row_of(state, A)] = 2.896
    state = state.with_columns(stock=state.stock.with_columns(**columns))

    assert "are of different sizes" in settle(state, Remedy.SENSORS).verdicts[0].reason


def test_open_ones_are_never_forgotten_and_ids_never_given_twice():
    state = misread()
    desk = Desk.of(state)
    for _ in range(2 * KEPT_SETTLED):
        desk.doubt(0, "X", "again")
    state = state.with_columns(discrepancies=desk.discrepancies)
    words = tuple(Settle(k, Remedy.LIST, "li", roles.CONTROLLER) for k in range(2, 2 * KEPT_SETTLED + 1))
    after = work.ticked(state, decisions=words)

    assert after.discrepancies[0].id == 1
    assert sum(item.settled is not None for item in after.discrepancies) == KEPT_SETTLED
    assert len({item.id for item in after.discrepancies}) == len(after.discrepancies)


def test_a_list_survives_the_journal():
    state = settle(misread(), Remedy.SENSORS)
    decision = Settle(3, Remedy.SLOT, "li", roles.CONTROLLER, slot(state, 3, 1), A)

    assert codec.decode(codec.encode(state)).discrepancies == state.discrepancies
    assert codec.decode(codec.encode(decision)) == decision


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Remedy)), st.integers(0, 20), st.integers(0, 3), st.sampled_from((A, B, ""))
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_word_creates_or_loses_a_box(words: list[tuple[Remedy, int, int, str]]):
    state = misread()
    before = counted(state)
    for how, ground, tier, number in words:
        desk = Desk.of(state)
        desk.doubt(state.t_ns, "RTG-01", "once more", box=A, other=B, found="under RTG-01")
        state = state.with_columns(discrepancies=desk.discrepancies)
        last = state.discrepancies[-1].id
        decision = Settle(last, how, "li", roles.CONTROLLER, slot(state, ground, tier), number)
        state = work.ticked(state, decisions=(decision,))

        assert moves.check(state.stock, state.slots) == ()
        assert counted(state) == before
        for row in range(len(state.stock)):
            held = int((state.tracks.load == row).sum() + (state.tracks.cargo == row).sum())
            assert held + int(state.stock.place[row] == Place.STACKED) <= 1


@pytest.mark.parametrize("text", ["", "on T1", "(1.00, 2.00)", "A01-000-01-1", "12.00 m high", "A01-1-1-1"])
def test_what_is_no_slot_is_none(text: str):
    assert slot_of(text) is None


def test_a_slot_in_its_usual_notation_is_one():
    assert slot_of("A-01-035-03-2") == SlotAddress("A-01", 35, 3, 2)
