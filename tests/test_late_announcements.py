"""A machine whose announcement is overtaken by its own positions: all is as if it had come in order."""

import dataclasses

import numpy as np
import pytest
import yard_at_work as work
from yard_at_work import A, B, C

from twin import codec, waiting
from twin.fleet.table import Freshness
from twin.inputs import MachineNotice, MotionReadings
from twin.state import State
from twin.tables import digest

NAME = "RTG-01"
TICK_NS = work.SECOND // 10


def shift(notice_at: int, ticks: int = 32, *, coded: bool = False) -> State:
    """A crane over the first stack closes on the topmost box at tick 8; its announcement comes at a tick."""
    state = work.state_with(A, B, C)
    block, (x_m, y_m) = state.yard.blocks[0], state.slots.centre_yard_m[0]
    way, aside_m = block.heading_rad, 5.0
    portal = (x_m + aside_m * np.sin(way), y_m - aside_m * np.cos(way))
    hello = MachineNotice(NAME, state.t_ns + 1, "rtg", block.name)
    for tick in range(ticks):
        t_ns = state.t_ns + TICK_NS // 2
        given = work.batch(
            [NAME],
            work.fixes_at(state, [NAME], [portal], way, t_ns),
            work.readings(0, t_ns, aside_m, 7.77 if tick == 8 else 15.0, int(tick >= 8)),
            (hello,) if tick == notice_at else (),
        )
        motions = MotionReadings(np.zeros(1, np.int32), np.array([t_ns]), np.zeros(1), np.full(1, np.nan))
        state = work.ticked(state, dataclasses.replace(given, motions=motions))
        if coded and tick % 8 == 7:
            state = codec.decode(codec.encode(state))
    return state


def as_believed(state: State) -> list[object]:
    """All that is shown: not what is kept so that more can be late."""
    plain = state.with_columns(said=(), waiting=())
    tracks = {f.name: getattr(state.tracks, f.name) for f in dataclasses.fields(state.tracks)}
    del tracks["memory"]
    counted = dataclasses.replace(state.counts)
    return [
        digest(*tracks.values()),
        digest(plain.stock.with_columns(seen_ns=plain.stock.seen_ns * 0)),
        counted,
    ]


@pytest.mark.parametrize("late_ticks", [5, 30])
def test_what_a_machine_said_before_its_late_announcement_is_taken_as_in_order(late_ticks: int) -> None:
    plain, late = shift(0), shift(late_ticks)

    assert plain.counts.lifted == 1
    assert plain.tracks.freshness.tolist() == [Freshness.FRESH]
    assert as_believed(late) == as_believed(plain)
    assert late.waiting == ()


def test_a_machine_that_is_announced_too_late_begins_with_its_announcement() -> None:
    late = shift(72, ticks=74)

    assert late.counts.lifted == 0
    assert dict(late.counts.rejects)[waiting.REASONS["fixes"]] == 72 - 60
    assert late.tracks.freshness.tolist() == [Freshness.FRESH]


def test_one_that_nobody_announces_is_counted_and_forgotten() -> None:
    state = shift(-1)
    assert dict(state.counts.rejects) == dict.fromkeys(waiting.REASONS.values(), 32)
    assert 0 < len(state.waiting) <= 60
    for _ in range(3):
        state = work.ticked(state, seconds=3.0)
    assert state.waiting == ()


def test_what_waits_survives_a_keyframe() -> None:
    assert digest(shift(15, 20, coded=True)) == digest(shift(15, 20))


def test_names_of_nobody_fill_no_memory() -> None:
    state = work.state_with(A)
    for tick in range(20):
        names = [f"NO-{tick}-{k}" for k in range(50)]
        fixes = work.fixes_at(state, names, [(1.0, 1.0)] * 50, 0.0, state.t_ns + 1)
        state = work.ticked(state, work.batch(names, fixes))
    assert len({name for one in state.waiting for name in one.names}) <= waiting.MOST_NAMES
    assert sum(len(one) for one in state.waiting) <= 3 * waiting.MOST_ROWS
    assert dict(state.counts.rejects) == {waiting.REASONS["fixes"]: 1000}


def test_an_idle_tick_shares_what_waits() -> None:
    state = shift(-1, ticks=3)
    assert work.ticked(state).waiting is state.waiting
