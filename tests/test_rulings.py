"""Suggestions changed, kept clear of other work, and held against what they promised."""

import dataclasses

import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from twin import roles
from twin.clearance import blocked, reserved
from twin.decisions import SetClosed
from twin.fleet.kinds import KIND_NAMES
from twin.handling import Desk
from twin.inputs import MachineNotice, OrderReport
from twin.outcomes import watched
from twin.stacking.modification import RefusedError, modified
from twin.stacking.suggestion import (
    Accept,
    Modify,
    Move,
    Offer,
    Outcome,
    Promise,
    Suggestion,
    SuggestionKind,
    SuggestionStatus,
    Term,
)
from twin.state import State
from twin.stock import moves
from twin.stock.rules import USUAL
from twin.yard.slots import SlotAddress, slot_address


def address(state: State, ground: int, tier: int = 0) -> SlotAddress:
    return slot_address(state.yard, state.slots, ground, tier)


def digging(state: State, to: int = 1, *, crane_s: float = 120.0) -> Suggestion:
    """Take the top box of the first stack to another ground slot."""
    move = Move(B, 20, address(state, 0, 1), address(state, to))
    return Suggestion(
        0, SuggestionKind.RELOCATE, A, (move,), (), (), state.tick,
        promises=(Promise(B, 0.25),), crane_s=crane_s,
    )  # fmt: skip


def offered(state: State, suggestion: Suggestion | None = None) -> State:
    return work.ticked(state, decisions=(Offer(suggestion or digging(state)),))


def reported(state: State, order: int, what: str) -> State:
    event = OrderReport("RTG-01", state.t_ns + work.SECOND // 10, order, what, "")
    return work.ticked(state, work.batch([], events=(event,)), seconds=30.0)


def test_a_changed_move_keeps_the_suggestion_open_and_takes_the_new_slot() -> None:
    state = offered(work.state_with(A, B))
    number = state.suggestions[0].id

    state = work.ticked(state, decisions=(Modify(number, 0, address(state, 3, 4), "li", roles.CONTROLLER),))

    (changed,) = state.suggestions
    assert state.verdicts[0].taken
    assert changed.status is SuggestionStatus.OFFERED
    assert changed.modified
    assert changed.moves[0].target == address(state, 3, 0)
    assert changed.promises == ()
    assert "changed by li" in changed.basis


def test_a_change_to_the_slot_that_the_box_stands_in_is_refused_with_the_reason() -> None:
    state = offered(work.state_with(A, B))

    state = work.ticked(
        state,
        decisions=(Modify(state.suggestions[0].id, 0, address(state, 0), "li", roles.CONTROLLER),),
    )

    assert "it would be put down where it stands" in state.verdicts[0].reason
    assert not state.suggestions[0].modified


def test_a_change_that_is_against_a_rule_is_refused() -> None:
    state = work.state_with(A, B)
    long = address(state, 1)

    with pytest.raises(RefusedError, match="needs an odd bay"):
        modified(
            state.yard, state.slots, state.stock, digging(state), 0,
            dataclasses.replace(long, bay=long.bay + 1),
        )  # fmt: skip
    with pytest.raises(RefusedError, match="expected one of the blocks"):
        modified(
            state.yard, state.slots, state.stock, digging(state), 0,
            dataclasses.replace(long, block="NONE"),
        )  # fmt: skip
    with pytest.raises(RefusedError, match="move 1: expected 0 to 0"):
        modified(state.yard, state.slots, state.stock, digging(state), 1, long)


def test_a_suggestion_withdraws_itself_where_another_order_is_bound_for_its_slot() -> None:
    state = work.state_with(A, B)
    stock = moves.announce(state.stock, [work.notice(C)])
    stock = moves.stack(stock, state.slots, moves.rows_of(stock, [C]), [5])
    state = state.with_columns(stock=stock)
    other = dataclasses.replace(
        digging(state), subject=C, moves=(Move(C, 20, address(state, 5), address(state, 1)),)
    )
    state = offered(offered(state), other)
    first, second = (one.id for one in state.suggestions)

    state = work.ticked(state, decisions=(Accept(second, "li", roles.CONTROLLER),))

    assert state.suggestions[0].id == first
    assert state.suggestions[0].status is SuggestionStatus.WITHDRAWN
    assert f"is kept for {C}" in state.suggestions[0].closed_reason
    assert reserved(state.yard, state.slots, state.orders).nonzero()[0].tolist() == [1]


def test_a_suggestion_withdraws_itself_and_none_is_offered_where_its_block_was_closed() -> None:
    state = offered(work.state_with(A, B))
    block = state.yard.blocks[0].name

    state = work.ticked(state, decisions=(SetClosed(block, True, "li", roles.CONTROLLER),))

    assert state.suggestions[0].status is SuggestionStatus.WITHDRAWN
    assert state.suggestions[0].closed_reason == f"block {block} was closed"
    again = offered(state)
    assert again.verdicts[0].reason == f"block {block} was closed"
    open_again = work.ticked(again, decisions=(SetClosed(block, False, "li", roles.CONTROLLER),))
    assert offered(open_again).verdicts[0].taken


def test_a_box_with_a_work_order_is_in_no_other_suggestion() -> None:
    state = offered(work.state_with(A, B))
    state = work.ticked(state, decisions=(Accept(state.suggestions[0].id, "li", roles.CONTROLLER),))

    again = blocked(Desk.of(state), dataclasses.replace(digging(state), id=99))

    assert again == f"{B} already has a work order"


def test_crane_time_promised_stands_beside_what_the_orders_took() -> None:
    state = offered(work.state_with(A, B))
    state = work.ticked(state, decisions=(Accept(state.suggestions[0].id, "li", roles.CONTROLLER),))
    order = state.orders[0].id

    state = reported(state, order, "started")
    state = reported(state, order, "done")

    (outcome,) = state.outcomes
    assert outcome.promised == 0.25
    assert outcome.promised_s == 120.0
    assert outcome.took_s == pytest.approx(30.0)


def followed(state: State, outcome: Outcome, *steps: object) -> Outcome:
    """Let the box of an outcome be lifted (None), set on a ground slot (int) or on a truck (str)."""
    hello = MachineNotice("T1", state.t_ns + 1, "external_truck")
    state = work.ticked(state, work.batch([], events=(hello,)))
    truck = state.fleet.kind.tolist().index(KIND_NAMES.index("external_truck"))
    stock, outcomes = state.stock, (outcome,)
    row = moves.rows_of(stock, [outcome.number])
    for what in steps:
        before = stock
        if what is None:
            stock = moves.lift(stock, state.slots, int(row[0]), -1)
        elif isinstance(what, int):
            stock = moves.stack(stock, state.slots, row, [what])
        else:
            stock = moves.carry(stock, row, [truck])
        outcomes = watched(outcomes, before, stock, state.fleet, state.yard, state.slots)
    return outcomes[0]


def awaited(state: State, to: int) -> Outcome:
    return Outcome(1, SuggestionKind.RELOCATE, A, B, 0.25, address(state, to))


def test_a_box_that_a_truck_takes_from_where_it_was_put_was_not_relocated() -> None:
    state = work.state_with(A, B)

    assert followed(state, awaited(state, 1), None, 1, None, "truck").happened == 0.0


def test_a_box_that_is_set_elsewhere_once_it_was_put_was_relocated() -> None:
    state = work.state_with(A, B)

    assert followed(state, awaited(state, 1), None, 1, None, 2).happened == 1.0


def test_a_box_that_never_came_to_its_slot_says_nothing_of_the_promise() -> None:
    state = work.state_with(A, B)

    assert followed(state, awaited(state, 1), None, 2, None, "truck").happened is None


def test_an_offer_that_is_against_a_house_rule_is_not_shown() -> None:
    state = work.state_with(A)
    stock = moves.announce(state.stock, [work.notice(B, gross_kg=30_000.0), work.notice(C, gross_kg=5_000.0)])
    stock = moves.stack(stock, state.slots, moves.rows_of(stock, [B, C]), [0, 1])
    state = dataclasses.replace(state, stock=stock, conditions=USUAL)
    onto_light = dataclasses.replace(
        digging(state), moves=(Move(B, 20, address(state, 0, 1), address(state, 1, 1)),)
    )

    state = work.ticked(state, decisions=(Offer(onto_light),))

    assert state.suggestions == ()
    assert "too heavy" in state.verdicts[0].reason


def test_costs_that_were_shown_with_a_change_stay_with_the_suggestion() -> None:
    state = work.state_with(A)
    stock = moves.announce(state.stock, [work.notice(B)])
    stock = moves.carry(stock, moves.rows_of(stock, [B]), [0])
    state = state.with_columns(stock=stock)
    arriving = Suggestion(0, SuggestionKind.ALLOCATE, B, (Move(B, 20, None, address(state, 1)),), (), (), 0)
    shown = (Term("crane_travel", 12.0, "m", 0.65),)

    changed = modified(state.yard, state.slots, state.stock, arriving, 0, address(state, 2), shown)

    assert changed.terms == shown
    assert changed.moves[0].target == address(state, 2)


def test_a_move_that_is_put_back_makes_the_suggestion_what_was_offered() -> None:
    state = offered(work.state_with(A, B))
    (before,) = state.suggestions
    there = [Modify(before.id, 0, address(state, ground), "li", roles.CONTROLLER) for ground in (3, 4)]
    back = Modify(before.id, 0, before.moves[0].target, "li", roles.CONTROLLER)

    state = work.ticked(state, decisions=tuple(there))
    assert state.suggestions[0].before == before
    state = work.ticked(state, decisions=(back,))

    assert state.verdicts[0].taken
    assert state.suggestions == (before,)
