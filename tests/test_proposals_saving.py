"""A suggestion that saves nothing is not put before a person."""

import dataclasses

import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from sensors.decoder import Decoder
from twin.clock import ManualClock
from twin.proposals import Problem
from twin.session import RETRY_TICKS, Bound, Session
from twin.stacking.suggestion import Move, Saving, Suggestion, SuggestionKind, saves_nothing
from twin.state import Arrival, State
from twin.stock import moves
from twin.yard.slots import slot_address


def answer(
    state: State, *figures: float, sure: float | None = 0.0, kind: SuggestionKind = SuggestionKind.ALLOCATE
) -> Suggestion:
    """A slot for a box on a truck, that saves so many relocations, minutes, kWh, kg of carbon."""
    saving = Saving(*figures, 0.0, "the lowest stack") if figures else None
    move = Move(C, 20, None, slot_address(state.yard, state.slots, 9, 0))
    return Suggestion(0, kind, C, (move,), (), (), state.tick, saving=saving, confidence=sure, crane_s=60.0)


class Answers:
    """A solver that gives one answer to whatever is asked, and counts."""

    def __init__(self, suggestion: Suggestion) -> None:
        self.suggestion, self.asked, self.busy = suggestion, 0, False

    def ask(self, problem: Problem) -> None:
        self.asked, self.busy = self.asked + 1, True

    def answer(self) -> tuple[bool, Suggestion | None]:
        come, self.busy = self.busy, False
        return come, self.suggestion if come else None

    def close(self) -> None:
        pass


def waiting() -> State:
    """A yard in which one box on a truck waits for a slot."""
    state = work.crane_over(work.state_with(A, B), 0)[0]
    stock = moves.announce(state.stock, [work.notice(C)])
    stock = moves.carry(stock, moves.rows_of(stock, [C]), [0])
    return dataclasses.replace(state, stock=stock, arrivals=(Arrival(C, "T1", state.t_ns),))


def ran(state: State, suggestion: Suggestion, ticks: int) -> tuple[State, Answers]:
    clock, solver = ManualClock(state.t_ns), Answers(suggestion)
    session = Session(state, Bound((), Decoder(), clock, work.refuse_layouts, None, solver))
    for _ in range(ticks):
        clock.advance(0.1)
        session.tick()
    session.close()
    return session.state, solver


@pytest.mark.parametrize(
    ("figures", "sure", "nothing"),
    [
        ((0.0, 0.0, 0.0, 0.0), 0.0, True),
        ((0.04, -0.02, 0.01, 0.0), 0.004, True),
        ((-0.4, -1.0, -0.5, -0.3), 0.3, True),
        ((-0.1, -0.3, -0.1, 0.03), 0.004, True),
        ((-0.1, -0.3, -0.1, 0.03), 0.4, False),
        ((0.04, 0.02, 0.01, 0.0), 0.4, False),
        ((-0.4, 1.5, 0.5, 0.3), 0.6, False),
        ((0.6, 0.0, 0.0, 0.0), 0.0, False),
        ((), None, False),
    ],
)
def test_nothing_is_saved_where_no_figure_speaks_for_a_suggestion(figures, sure, nothing) -> None:
    assert saves_nothing(answer(work.state_with(), *figures, sure=sure)) is nothing


def test_a_dig_out_like_the_yards_own_still_spares_its_truck_the_wait() -> None:
    state = work.state_with()
    assert not saves_nothing(answer(state, 0.0, 0.0, 0.0, 0.0, sure=None, kind=SuggestionKind.RELOCATE))


def test_what_saves_nothing_is_not_offered_and_is_asked_about_again_only_after_a_while() -> None:
    state = waiting()
    after, solver = ran(state, answer(state, 0.0, 0.0, 0.0, 0.0), 20)
    assert after.suggestions == ()
    # Beside the slot for the box, the idle crane's bays are asked about once.
    assert solver.asked <= 2
    again = ran(state, answer(state, 0.0, 0.0, 0.0, 0.0), RETRY_TICKS + 20)[1]
    assert solver.asked < again.asked <= 4


def test_what_saves_something_is_offered() -> None:
    state = waiting()
    assert [one.subject for one in ran(state, answer(state, 0.5, 0.7, 0.2, 0.1, sure=0.6), 5)[0].suggestions]
