"""Layouts made ready beside the window, so that the tick that publishes one is no longer than others."""

import dataclasses
import threading

import numpy as np
import pytest

from layouts import formats, native
from layouts.report import LayoutError
from sensors.decoder import Decoder
from twin.clock import ManualClock
from twin.decisions import PublishLayout
from twin.engine import initial_state, step
from twin.inputs import EMPTY_BATCH
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.safety.rules import areas
from twin.session import Bound, Session
from twin.stock.moves import empty_stock
from twin.stock.rules import USUAL, terrain_of
from twin.tables import digest
from twin.yard.slots import slots_of
from ui.yards import made_ready, read_layout

T0 = 1_790_000_000_000_000_000


@pytest.fixture(scope="module")
def layout():
    return native.encode(dataclasses.replace(formats.sample("compact"), revision=1))


def published(layout, revision):
    """Give the yard of a state after a layout was published in it, its own of that revision."""
    yard = dataclasses.replace(formats.sample("compact"), revision=revision)
    state = initial_state(yard, empty_stock(slots_of(yard)), T0, USUAL)
    decision = PublishLayout(layout, "wang", "planner")
    after = step(state, T0 + 100_000_000, EMPTY_BATCH, (decision,), read_layout)
    assert [verdict.taken for verdict in after.verdicts] == [True]
    return after.yard


def test_a_tick_takes_the_very_yard_whose_maps_were_drawn(layout):
    assert published(made_ready(layout), 0) is read_layout(layout)


def test_a_layout_that_another_was_published_before_gets_the_next_revision_all_the_same(layout):
    assert published(layout, 4).revision == 5


def drawn_by_who_looks_at(yard):
    """Look at the maps of a yard, and give how many were drawn for that."""
    maps = areas._roads, areas._ways, areas._areas
    drawn = sum(each.cache_info().misses for each in maps)
    areas.lanes_of(yard)
    areas.ways_of(yard)
    areas.near(yard, areas.BLOCKS, np.zeros(1), np.zeros(1), 1.0)
    return sum(each.cache_info().misses for each in maps) - drawn


def test_no_map_is_drawn_by_who_looks_at_a_yard_that_was_prepared(layout):
    yard = native.decode(layout, "test").yard
    areas.prepare(yard)
    assert drawn_by_who_looks_at(yard) == 0


def test_what_the_places_of_a_prepared_yard_are_like_is_known_too(layout):
    yard = dataclasses.replace(native.decode(layout, "test").yard, name="prepared")
    areas.prepare(yard)
    assert "inspection_m" in vars(terrain_of(yard, slots_of(yard)))


def recorded(path, layout):
    """Record some seconds in the third of which a layout is published; give the states of that run."""
    yard = formats.sample("compact")
    clock, state = ManualClock(T0), initial_state(yard, empty_stock(slots_of(yard)), T0, USUAL)
    session = Session(state, Bound((), Decoder(), clock, read_layout, JournalWriter(path, {})))
    states = [state]
    for tick in range(1, 31):
        clock.advance(1.0)
        if tick == 3:
            session.decide(PublishLayout(layout, "wang", "planner"))
        session.tick()
        states.append(session.state)
    session.close()
    return states


def arrived(replay):
    while not replay.settled:
        replay.tick()
    return replay.state


def test_the_maps_of_a_replayed_yard_are_drawn_beside_it_before_its_first_tick(layout, tmp_path):
    recorded(tmp_path / "a.journal", layout)
    replay = JournalReplay(tmp_path / "a.journal", Decoder, read_layout)
    drawing = replay._drawing
    assert drawing is not None
    replay.seek_forward(1)
    assert drawing.done()
    assert drawn_by_who_looks_at(replay.state.yard) == 0
    replay.close()


def test_a_replay_beside_a_live_yard_that_is_the_same_draws_none(layout, tmp_path):
    states = recorded(tmp_path / "a.journal", layout)
    replay = JournalReplay(tmp_path / "a.journal", Decoder, read_layout, states[0])
    assert replay._drawing is None
    replay.close()


def test_a_layout_published_within_a_replay_is_read_and_drawn_beside_it(layout, tmp_path):
    states, readers = recorded(tmp_path / "a.journal", layout), []

    def read(data):
        readers.append(threading.current_thread())
        return read_layout(data)

    replay = JournalReplay(tmp_path / "a.journal", Decoder, read)
    replay.seek(states[4].t_ns)

    assert digest(arrived(replay)) == digest(states[4])
    assert readers[0] is not threading.current_thread()
    assert drawn_by_who_looks_at(replay.state.yard) == 0
    replay.close()


def test_a_jump_across_a_published_layout_finds_both_yards_again(layout, tmp_path):
    states = recorded(tmp_path / "a.journal", layout)
    replay = JournalReplay(tmp_path / "a.journal", Decoder, read_layout)
    yards = []
    for tick in (1, 25, 1, 4, 25):
        replay.seek(states[tick].t_ns)
        assert digest(arrived(replay)) == digest(states[tick])
        yards.append(replay.state.yard)
    first, changed = yards[:2]

    assert [yard is first for yard in yards] == [True, False, True, False, False]
    assert yards[4] is changed
    assert drawn_by_who_looks_at(changed) == 0
    replay.close()


def test_a_layout_that_no_tick_can_read_is_refused_in_the_replay_too(tmp_path):
    states = recorded(tmp_path / "a.journal", b"{}")
    replay = JournalReplay(tmp_path / "a.journal", Decoder, read_layout)
    replay.seek_forward(3)

    assert [verdict.taken for verdict in replay.state.verdicts] == [False]
    assert digest(replay.state) == digest(states[3])
    replay.close()


def test_what_holds_no_layout_is_refused():
    with pytest.raises(LayoutError):
        made_ready(b"{}")
