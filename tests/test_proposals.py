"""What a solver is asked, and in which order."""

import dataclasses

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from twin.proposals import conditions_of, knowledge_of, next_problem, queues, slack_blocks
from twin.stacking.problem import AllocateProblem, RelocateProblem, solve
from twin.stacking.slack import SlackProblem
from twin.stacking.suggestion import Move, OrderStatus, SuggestionKind, WorkOrder
from twin.state import Arrival, PickUp, State
from twin.stock import moves
from twin.stock.generate import fill
from twin.yard.slots import slot_address

MINUTE = 60 * work.SECOND


def with_idle_crane(*numbers: str) -> State:
    """A compact yard with one gantry over the first block that nothing is asked of."""
    return work.crane_over(work.state_with(*numbers), 0)[0]


def ordered(state: State, ground: int) -> WorkOrder:
    target = slot_address(state.yard, state.slots, ground, 0)
    return WorkOrder(7, 1, Move(C, 20, None, target), "li", OrderStatus.SENT)


def test_a_box_that_waits_for_a_slot_comes_before_one_that_is_buried() -> None:
    state = with_idle_crane(A, B)
    stock = moves.announce(state.stock, [work.notice(C)])
    stock = moves.carry(stock, moves.rows_of(stock, [C]), [0])
    state = dataclasses.replace(
        state, stock=stock, arrivals=(Arrival(C, "T1", state.t_ns),),
        pick_ups=(PickUp(A, state.t_ns + 20 * MINUTE),),
    )  # fmt: skip

    first = next_problem(state)
    then = next_problem(state, frozenset({C}))

    assert isinstance(first, AllocateProblem)
    assert first.request.knowledge.booked == ((0, state.t_ns + 20 * MINUTE),)
    assert isinstance(then, RelocateProblem)
    assert then.number == A


def test_an_idle_crane_is_asked_to_tidy_and_one_with_an_order_is_not() -> None:
    state = with_idle_crane(A, B)
    assert slack_blocks(state).tolist()[0]

    busy = dataclasses.replace(state, orders=(ordered(state, 3),))

    assert isinstance(next_problem(state), SlackProblem)
    assert queues(busy)[0] == 1.0
    assert not slack_blocks(busy).any()
    assert next_problem(busy) is None


def test_a_crane_whose_block_a_truck_comes_to_soon_has_no_time_to_tidy() -> None:
    state = with_idle_crane(A)
    soon = dataclasses.replace(state, pick_ups=(PickUp(A, state.t_ns + 4 * MINUTE),))
    later = dataclasses.replace(state, pick_ups=(PickUp(A, state.t_ns + 6 * MINUTE),))

    assert not slack_blocks(soon).any()
    assert slack_blocks(later)[0]


def test_a_yard_without_a_crane_has_no_slack() -> None:
    assert not slack_blocks(work.state_with(A, B)).any()


def test_slots_that_work_is_bound_for_are_reserved() -> None:
    state = dataclasses.replace(with_idle_crane(A), orders=())
    assert conditions_of(state) is state.conditions

    state = dataclasses.replace(state, orders=(ordered(state, 3),))

    assert conditions_of(state).reserved == (3,)


def test_in_a_block_that_someone_closed_nothing_is_dug_out_or_tidied_and_no_slot_is_free() -> None:
    state = with_idle_crane(A, B)
    coming = dataclasses.replace(state, pick_ups=(PickUp(A, state.t_ns + 20 * MINUTE),))
    assert isinstance(next_problem(coming), RelocateProblem)

    closed = (state.yard.blocks[0].name,)
    coming, idle = (dataclasses.replace(one, closed=closed) for one in (coming, state))

    assert next_problem(coming) is None
    assert next_problem(idle) is None
    taken = set(conditions_of(idle).reserved)
    assert taken == set(np.flatnonzero(state.slots.block == 0).tolist())


def test_a_pick_up_of_a_box_that_is_not_known_books_nothing() -> None:
    state = dataclasses.replace(with_idle_crane(A), pick_ups=(PickUp(B, 5),))

    assert knowledge_of(state).booked == ()


def test_tidying_a_full_block_saves_more_than_it_costs_and_is_not_proposed_twice() -> None:
    state = work.state_with()
    stock = fill(state.yard, state.slots, 700, 4, state.t_ns)
    state = work.crane_over(state.with_columns(stock=stock), 0)[0]
    announced = stock.number[stock.occupant[stock.occupant[:, 1] >= 0, 0]][:60]
    coming = tuple(
        PickUp(bytes(number).decode(), state.t_ns + (10 + k) * MINUTE) for k, number in enumerate(announced)
    )
    blocks = tuple(np.flatnonzero(slack_blocks(state)).tolist())
    problem = SlackProblem(
        0, state.tick, state.yard, state.slots, stock, blocks, tuple(p.number for p in coming),
        state.t_ns + 24 * 60 * MINUTE,
    )  # fmt: skip

    found = solve(problem, 20.0)

    assert found is not None
    assert found.kind is SuggestionKind.HOUSEKEEPING
    assert found.saving is not None
    assert found.saving.relocations + len(found.moves) > 0
    again = solve(dataclasses.replace(problem, skip=frozenset({found.subject})), 20.0)
    assert again is None or again.subject != found.subject


@pytest.mark.parametrize("blocks", [(), (0,)])
def test_an_empty_yard_has_nothing_to_tidy(blocks: tuple[int, ...]) -> None:
    state = work.state_with()
    problem = SlackProblem(0, 1, state.yard, state.slots, state.stock, blocks, (), state.t_ns)

    assert solve(problem, 0.2) is None
