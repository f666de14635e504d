"""Boxes that a camera read and no list has: a controller puts them on the stock, as far as they are known."""

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A

from twin import codec, roles
from twin.decisions import Remedy, Reopen, Settle
from twin.inputs import BoxRead
from twin.reconciliation import ASSUMED_KG
from twin.state import State
from twin.stock import iso6346, moves
from twin.stock.table import Place
from twin.yard.slots import SlotAddress, slot_address

X = iso6346.with_check_digit("MSCU765432")
HIGH_M = 2.591
WRONG = X[:10] + str((int(X[10]) + 3) % 10)


def slot(state: State, ground: int, length_ft: int = 20) -> SlotAddress:
    return slot_address(state.yard, state.slots, ground, 0, length_ft)


def turned(state: State, locked: int, trolley_m: float, *events: object, length_ft: int = 20) -> State:
    t_ns = state.t_ns + work.SECOND // 10
    cranes = work.readings(0, t_ns, trolley_m, HIGH_M, locked, length_ft)
    return work.ticked(state, work.batch(["RTG-01"], cranes=cranes, events=events))  # type: ignore[arg-type]


def read(number: str = X, length_ft: int = 20) -> tuple[State, float]:
    """A crane closes over an empty slot, and its camera reads a box that no list has."""
    state, trolley_m = work.crane_over(work.state_with(A), 40)
    event = BoxRead("RTG-01", state.t_ns + work.SECOND // 10, number)
    return turned(state, 1, trolley_m, event, length_ft=length_ft), trolley_m


def read_and_set(number: str = X, length_ft: int = 20) -> State:
    state, trolley_m = read(number, length_ft)
    return turned(state, 0, trolley_m, length_ft=length_ft)


def settled(state: State, how: Remedy, **more: object) -> State:
    number = next(item.id for item in state.discrepancies if item.box and item.settled is None)
    return work.ticked(state, decisions=(Settle(number, how, "li", roles.CONTROLLER, **more),))  # type: ignore[arg-type]


def reopened(state: State, number: int) -> State:
    return work.ticked(state, decisions=(Reopen(number, "wu", roles.CONTROLLER),))


def row_of(state: State, number: str = X) -> int:
    return int(moves.rows_of(state.stock, [number])[0])


def standing(state: State, number: str = X) -> str:
    row = row_of(state, number)
    if state.stock.place[row] != Place.STACKED:
        return Place(int(state.stock.place[row])).name
    ground, tier, length = (int(getattr(state.stock, name)[row]) for name in ("ground", "tier", "length_ft"))
    return str(slot_address(state.yard, state.slots, ground, tier, length))


def counted(state: State) -> int:
    here = int(np.isin(state.stock.place, (Place.STACKED, Place.CARRIED)).sum())
    return state.counts.boxes_in - state.counts.boxes_out - here


def test_a_box_on_no_list_is_told_with_the_slot_where_it_was_set():
    state = read_and_set()
    items = [item for item in state.discrepancies if item.box == X]

    assert [(item.what, item.found) for item in items] == [
        (f"read {X}, which is on no list", str(slot(state, 40)))
    ]
    assert all("never identified" not in item.what for item in state.discrepancies)


def test_the_sensors_word_puts_it_into_that_slot_and_says_what_is_assumed_of_it():
    state = read_and_set()
    after = settled(state, Remedy.SENSORS)

    assert after.verdicts[0].taken
    assert standing(after) == str(slot(state, 40))
    assert counted(after) == counted(state)
    assert moves.check(after.stock, after.slots) == ()
    done = next(item.settled for item in after.discrepancies if item.box == X)
    assert done is not None
    assert done.place == f"{slot(state, 40)}, taken in as 22G1 of 30480 kg (type and weight assumed)"
    assert after.stock.gross_kg[row_of(after)] == ASSUMED_KG


def test_what_is_typed_of_it_is_taken_and_not_assumed():
    after = settled(read_and_set(), Remedy.SENSORS, type_code="20G0", gross_kg=8_000.0)
    done = next(item.settled for item in after.discrepancies if item.box == X)

    assert done is not None
    assert done.place.endswith("taken in as 20G0 of 8000 kg")


def test_an_even_bay_says_that_it_is_of_forty_feet():
    state = read_and_set(length_ft=40)
    after = settled(state, Remedy.SENSORS)

    assert standing(after) == str(slot(state, 40, 40))
    assert after.stock.type_code[row_of(after)] == b"45G1"


def test_a_slot_that_a_controller_names_is_taken_too():
    state = read_and_set()
    after = settled(state, Remedy.SLOT, target=slot(state, 20))

    assert standing(after) == str(slot(state, 20))


def test_one_that_hangs_still_is_known_to_hang_there_and_is_followed_from_then_on():
    state, trolley_m = read()
    after = settled(state, Remedy.SENSORS)
    assert after.tracks.load[0] == row_of(after)

    down = turned(after, 0, trolley_m)
    assert standing(down) == str(slot(state, 40))


def test_a_number_that_was_read_wrong_is_refused_by_its_check_digit_and_can_be_typed():
    state = read_and_set(WRONG)
    refused = settled(state, Remedy.SENSORS)
    after = settled(state, Remedy.SENSORS, number=X)

    assert refused.verdicts[0].reason == (
        f"box {WRONG}: expected the check digit {X[10]} (ISO 6346), found {WRONG[10]}"
    )
    assert refused.stock is state.stock
    assert standing(after) == str(slot(state, 40))


@pytest.mark.parametrize("number", ["HELLO", "MSC07654321", "MSCU76543", "MSCU765432X"])
def test_what_is_no_container_number_is_refused_as_such(number: str):
    reason = settled(read_and_set(), Remedy.SENSORS, number=number).verdicts[0].reason
    assert reason == f"box {number}: expected 3 letters, U, J or Z, and 7 digits (ISO 6346)"


def test_a_type_that_has_no_size_is_refused():
    assert "expected a type of 20, 40 or 45 ft" in (
        settled(read_and_set(), Remedy.SENSORS, type_code="XXXX").verdicts[0].reason
    )


def taken_for_a() -> State:
    """A crane lifts A by its position; the camera reads a box that no list has."""
    state, trolley_m = work.crane_over(work.state_with(A), 0)
    event = BoxRead("RTG-01", state.t_ns + work.SECOND // 10, X)
    return turned(turned(state, 1, trolley_m, event), 0, trolley_m)


def test_a_box_taken_for_another_gets_its_place_and_the_other_is_listed_as_nowhere():
    state = taken_for_a()
    after = settled(state, Remedy.SENSORS)

    assert (standing(after), standing(after, A)) == (str(slot(state, 0)), "ANNOUNCED")
    assert [item.box for item in after.discrepancies if item.settled is None] == [A]
    assert counted(after) == counted(state)


def test_a_box_taken_for_another_is_put_back_as_it_was():
    state = taken_for_a()
    after = reopened(settled(state, Remedy.SENSORS), 1)

    assert after.verdicts[0].reason == ""
    assert (standing(after), standing(after, A)) == ("GONE", str(slot(state, 0)))
    assert [(item.box, item.settled) for item in after.discrepancies] == [(X, None)]
    assert counted(after) == counted(state)


@pytest.mark.parametrize("how", [Remedy.SENSORS, Remedy.SLOT])
def test_a_box_that_was_taken_in_is_gone_once_that_is_taken_back_and_can_be_taken_in_again(how: Remedy):
    state = read_and_set()
    before = settled(state, how, target=slot(state, 20))
    number = next(item.id for item in state.discrepancies if item.box == X)
    after = reopened(before, number)

    assert after.verdicts[0].reason == ""
    assert standing(after) == "GONE"
    assert after.discrepancies == state.discrepancies
    assert counted(after) == counted(state)
    again = settled(after, Remedy.SENSORS)
    assert standing(again) == str(slot(state, 40))
    assert counted(again) == counted(state)


def test_one_that_hung_is_off_its_crane_once_that_is_taken_back():
    state, _ = read()
    number = next(item.id for item in state.discrepancies if item.box == X)
    after = reopened(settled(state, Remedy.SENSORS), number)

    assert after.tracks.load[0] == -1
    assert counted(after) == counted(state)


def test_what_is_told_of_it_survives_the_journal():
    after = settled(read_and_set(), Remedy.SENSORS)
    decision = Settle(3, Remedy.SLOT, "li", roles.CONTROLLER, None, X, "22G1", 8_000.0)

    assert codec.decode(codec.encode(after)).discrepancies == after.discrepancies
    assert codec.decode(codec.encode(decision)) == decision
    assert codec.decode(codec.encode(Reopen(3, "li", "controller"))) == Reopen(3, "li", "controller")
