"""A record across which the clock jumped back: it is walked through, and gives the same states."""

from dataclasses import replace
from itertools import pairwise

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from twin.clock import NS_PER_S, ManualClock
from twin.engine import initial_state
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.safety.rules import RULE_NAMES
from twin.session import Bound, Session
from twin.stock.generate import fill
from twin.tables import digest
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000
BACK_AT, BACK_NS, TICKS = 20, 30 * NS_PER_S, 60


def refuse_layouts(_):
    raise AssertionError("no layout is published in this test")


def recorded(path):
    """Record a session whose clock jumps back half a minute; give its state at each tick."""
    yard, clock = compact_yard(), ManualClock(T0)
    slots = slots_of(yard)
    state = initial_state(yard, fill(yard, slots, 50, 1, T0), T0)
    session = Session(state, Bound((), Decoder(), clock, refuse_layouts, JournalWriter(path, {})))
    states = []
    for tick in range(TICKS):
        clock.t_ns += NS_PER_S - (BACK_NS if tick == BACK_AT else 0)
        session.tick()
        states.append(session.state)
    session.close()
    return states


def test_each_tick_of_a_record_across_a_jump_back_is_reached_and_the_same(tmp_path):
    states = recorded(tmp_path / "a.journal")
    replay = JournalReplay(tmp_path / "a.journal", Decoder, refuse_layouts)

    for tick, state in enumerate(states, 1):
        replay.seek_forward(tick)
        assert digest(replay.state) == digest(state)
    assert replay.state.tick == TICKS
    replay.close()

    told = [RULE_NAMES[rule] for rule in states[BACK_AT + 1].alarms.rule.tolist()]
    assert told == ["clock_back"]
    assert all(later.t_ns >= earlier.t_ns for earlier, later in pairwise(states))


def test_stepping_forward_and_backward_passes_a_jump_back(tmp_path):
    recorded(tmp_path / "a.journal")
    replay = JournalReplay(tmp_path / "a.journal", Decoder, refuse_layouts)
    seen = []
    for _ in range(2 * TICKS):
        replay.step(1)
        while not replay.settled:
            replay.tick()
        seen.append(replay.state.tick)
    assert seen[-1] == TICKS
    while replay.state.tick > 1:
        before = replay.state.tick
        replay.step(-1)
        while not replay.settled:
            replay.tick()
        assert replay.state.tick < before
    replay.close()


def test_a_replay_beside_what_goes_on_shares_its_yard_where_it_is_the_same(tmp_path):
    states = recorded(tmp_path / "a.journal")
    live = states[-1]
    edited = replace(live, yard=replace(live.yard, revision=live.yard.revision + 1))
    for beside, shared in ((live, True), (edited, False), (None, False)):
        replay = JournalReplay(tmp_path / "a.journal", Decoder, refuse_layouts, beside)
        assert (replay.state.yard is live.yard, replay.state.slots is live.slots) == (shared, shared)
        before = replay.state.yard
        replay.seek(replay.span_ns[1])
        replay.seek(replay.span_ns[0])
        assert replay.state.yard is before
        replay.seek_forward(TICKS)
        assert digest(replay.state) == digest(live)
        replay.close()
