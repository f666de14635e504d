"""A controller's word on a discrepancy taken back: all is as it was, or it is refused with the reason."""

import numpy as np
import pytest
import yard_at_work as work
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reconciliation import (
    HIGH_M,
    address,
    counted,
    left_with,
    misread,
    place_of,
    row_of,
    set_on_nothing,
    settle,
    slot,
    turned,
)
from yard_at_work import A, B, C

from twin import roles
from twin.decisions import Remedy, Reopen
from twin.desk import Desk
from twin.state import Settlement, State
from twin.stock import moves
from twin.stock.table import Place


def reopened(state: State, number: int = 1, role: str = roles.CONTROLLER) -> State:
    return work.ticked(state, decisions=(Reopen(number, "wu", role),))


def alike(one: State, other: State) -> bool:
    """Whether the boxes of two states are at the same places, and so are those that machines hold."""
    same = all(
        np.array_equal(getattr(one.stock, name), getattr(other.stock, name), equal_nan=True)
        for name in ("place", "ground", "tier", "carrier", "bottom_m", "occupant", "top_m", "count")
    )
    held = all(
        np.array_equal(getattr(one.tracks, name), getattr(other.tracks, name)) for name in ("load", "cargo")
    )
    return same and held and one.discrepancies == other.discrepancies


@pytest.mark.parametrize("how", [Remedy.LIST, Remedy.SENSORS])
def test_what_was_settled_is_open_again_and_the_stock_as_before(how: Remedy):
    state = misread()
    after = reopened(settle(state, how))

    assert after.verdicts[0].taken
    assert alike(after, state)
    assert counted(after) == counted(state)


def test_a_box_that_was_put_in_a_slot_goes_back_to_its_own():
    state = misread()
    after = reopened(settle(state, Remedy.SLOT, target=slot(state, 5, 0)))

    assert address(after, A) == slot(state, 1, 0)
    assert alike(after, state)


def test_a_box_that_hung_from_a_crane_hangs_there_again_while_its_twistlocks_are_closed():
    state, trolley_m = work.crane_over(work.state_with(B), 0)
    held = turned(state, 1, HIGH_M, trolley_m)
    desk = Desk.of(held)
    desk.doubt(held.t_ns, "RTG-01", "once more", box=B, found=str(slot(held, 5, 0)))
    held = held.with_columns(discrepancies=desk.discrepancies)
    after = settle(held, Remedy.SENSORS)

    assert alike(reopened(after), held)
    opened = turned(after, 0, HIGH_M, trolley_m)
    assert "has opened its twistlocks since" in reopened(opened).verdicts[0].reason


def test_a_box_that_was_brought_back_from_gone_is_gone_again():
    state = left_with(None)
    after = reopened(settle(state, Remedy.SLOT, target=slot(state, 0, 2)))

    assert place_of(after, C) is Place.GONE
    assert alike(after, state)
    assert counted(after) == counted(state)


def test_boxes_that_changed_places_with_one_that_left_change_back():
    state = left_with(B)
    after = reopened(settle(state, Remedy.SENSORS))

    assert alike(after, state)
    assert counted(after) == counted(state)


def test_it_is_refused_once_the_box_was_moved_or_something_stands_on_it_and_nothing_changes():
    state = misread()
    after = settle(state, Remedy.SLOT, target=slot(state, 5, 0))
    moved = after.with_columns(stock=moves.lift(after.stock, after.slots, row_of(after, A), -1))
    stock = moves.announce(after.stock, [work.notice(C)])
    above = after.with_columns(
        stock=moves.stack(stock, after.slots, moves.rows_of(stock, [C]), np.array([5], np.int32))
    )

    assert reopened(moved).verdicts[0].reason == f"discrepancy 1: {A} was moved since"
    refused = reopened(above)
    assert refused.verdicts[0].reason == f"box {A}: expected nothing on it, found box {C}"
    assert refused.stock is above.stock
    assert refused.discrepancies is above.discrepancies


def test_it_is_refused_where_another_box_stands_in_its_slot_by_now():
    state = misread()
    after = settle(state, Remedy.SLOT, target=slot(state, 5, 0))
    stock = moves.announce(after.stock, [work.notice(C)])
    taken = after.with_columns(
        stock=moves.stack(stock, after.slots, moves.rows_of(stock, [C]), np.array([1], np.int32))
    )

    assert "expected it on top of its stack" in reopened(taken).verdicts[0].reason


def test_only_what_a_person_settled_and_who_may_settle_is_taken_back():
    state = misread()
    after = settle(state, Remedy.LIST)
    item = after.discrepancies[0]
    by_machine = after.with_columns(
        discrepancies=(
            item.__class__(
                item.t_ns, item.device, item.what, 1, settled=Settlement(0, "SC-1", "sensors", "")
            ),
        )
    )

    assert "it is open already" in reopened(state).verdicts[0].reason
    assert "expected one on the list" in reopened(after, 7).verdicts[0].reason
    assert "SC-1 settled it by its own word" in reopened(by_machine).verdicts[0].reason
    assert "may not reopen" in reopened(after, role=roles.PLANNER).verdicts[0].reason


def test_a_box_that_was_named_for_the_first_time_goes_back_to_its_stack():
    state = settle(set_on_nothing(), Remedy.LIST)
    after = settle(state, Remedy.SENSORS, number=A)

    assert alike(reopened(after, 2), state)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(list(Remedy)), st.integers(0, 20), st.integers(0, 2), st.sampled_from((A, B, "")))
def test_settling_and_taking_back_leaves_all_as_it_was(how: Remedy, ground: int, tier: int, number: str):
    state = misread()
    after = settle(state, how, target=slot(state, ground, tier), number=number)
    if after.verdicts[0].taken:
        again = reopened(after)
        assert again.verdicts[0].reason == ""
        assert alike(again, state)
        assert counted(again) == counted(state)
