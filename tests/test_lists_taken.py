"""Lists of boxes and of pick-ups that come at once end as if each line had come alone."""

import numpy as np
import yard_at_work as work
from hypothesis import given, settings
from hypothesis import strategies as st
from yard_at_work import A, B, C

from twin.desk import Desk
from twin.fleet.readings import no_locks
from twin.handling import take_events
from twin.inputs import BoxAnnouncement, Event, PickUpAnnouncement
from twin.state import State
from twin.stock import moves
from twin.stock.table import BoxNotice, Place
from twin.tables import digest

NEW = ("CAXU6813691", "TRLU7208780", "ABCD123")
WRONG_DIGIT = "CSQU3054380"


def yard() -> State:
    """A and B stand, C has left."""
    state = work.state_with(A, B)
    stock = moves.announce(state.stock, [work.notice(C)])
    return state.with_columns(stock=moves.leave(stock, moves.rows_of(stock, [C])))


def after(state: State, *lists: tuple[Event, ...]) -> Desk:
    desk = Desk.of(state)
    for events in lists:
        take_events(desk, events, no_locks())
    return desk


NUMBERS = st.sampled_from((A, B, C, *NEW, WRONG_DIGIT))
BOXES = st.builds(
    BoxAnnouncement,
    st.just("tos"),
    st.just(5),
    st.builds(
        BoxNotice,
        NUMBERS,
        st.sampled_from(("22G1", "22G1", "22G1", "45G1", "99")),
        st.sampled_from((9_000.0, 12_000.0)),
        customs=st.integers(0, 2),
    ),
)
PICK_UPS = st.builds(PickUpAnnouncement, st.just("tos"), st.just(5), NUMBERS, st.integers(10, 12))


@given(st.lists(BOXES | PICK_UPS, max_size=14))
@settings(max_examples=150, deadline=None)
def test_a_list_at_once_ends_as_line_by_line(events: list[Event]) -> None:
    state = yard()
    ranked = sorted(events, key=lambda event: isinstance(event, PickUpAnnouncement))
    at_once, one_by_one = after(state, tuple(events)), after(state, *[(event,) for event in ranked])

    assert digest(at_once.stock) == digest(one_by_one.stock)
    assert at_once.pick_ups == one_by_one.pick_ups
    assert at_once.discrepancies == one_by_one.discrepancies
    assert at_once.added == one_by_one.added


def test_of_a_long_list_with_one_line_that_cannot_be_all_others_are_taken() -> None:
    state = yard()
    boxes = [BoxNotice(f"ABCU{number:07d}", "22G1", 9_000.0) for number in range(500)]
    boxes[137] = BoxNotice("ABCU0000137", "ZZZZ", 9_000.0)
    desk = after(state, tuple(BoxAnnouncement("tos", 5, box) for box in boxes))

    known = [box.number for box in boxes if desk.box(box.number) >= 0]
    assert known == [box.number for box in boxes if box is not boxes[137]]
    assert any("expected a type of 20, 40 or 45 ft" in one.what for one in desk.discrepancies)
    assert (desk.stock.place[moves.rows_of(desk.stock, known)] == Place.ANNOUNCED).all()
    assert np.array_equal(moves.rows_of(desk.stock, known), len(state.stock) + np.arange(499))
