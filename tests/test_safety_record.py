"""That nothing is recorded is an alarm, in the inputs of a tick like all else: a replay raises it too."""

import sqlite3
import time

import pytest
import yard_at_work as work

from sensors.decoder import Decoder
from twin.clock import ManualClock
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.safety.rules import RULE_NAMES
from twin.safety.table import AlarmState
from twin.session import Bound, Session
from twin.tables import digest


class Refused(JournalWriter):
    """Is refused by its disk while ``full``."""

    full = False

    def append(self, seq, t_ns, body, *, urgent=False) -> None:
        def held() -> bytes:
            if self.full:
                raise sqlite3.OperationalError("database or disk is full")
            return body()

        super().append(seq, t_ns, held, urgent=urgent)

    def until(self, *, failing: bool) -> None:
        end_s = time.monotonic() + 20.0
        while (self.trouble is not None) is not failing:
            assert time.monotonic() < end_s
            time.sleep(0.01)


def standing(state) -> list[tuple[str, AlarmState]]:
    alarms = state.alarms
    return [
        (RULE_NAMES[rule], AlarmState(how))
        for rule, how in zip(alarms.rule.tolist(), alarms.state.tolist(), strict=True)
    ]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory):
    """A journal that its disk refused for a while, a tick a second, and the states of that run."""
    path = tmp_path_factory.mktemp("full") / "a.journal"
    state = work.state_with(work.A)
    clock, journal = ManualClock(state.t_ns), Refused(path, {})
    session = Session(state, Bound((), Decoder(), clock, work.refuse_layouts, journal))
    states = [session.state]

    def tick(seconds: int) -> None:
        for _ in range(seconds):
            clock.advance(1.0)
            session.tick()
            states.append(session.state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.journal.writer.RETRY_S", 0.01)
        tick(3)
        journal.full = True
        tick(1)
        journal.until(failing=True)
        tick(3)
        journal.full = False
        journal.until(failing=False)
        tick(12)
        session.close()
    return path, states


def test_the_alarm_comes_with_the_tick_after_the_record_fails_and_returns_once_it_goes_on(refused) -> None:
    _, states = refused

    assert [standing(state) for state in states[:5]] == [[]] * 5
    assert standing(states[5]) == [("not_recorded", AlarmState.UNACKNOWLEDGED)]
    assert standing(states[17]) == [("not_recorded", AlarmState.UNACKNOWLEDGED)]
    assert standing(states[19]) == [("not_recorded", AlarmState.RETURNED)]


def test_a_replay_raises_it_at_the_same_tick(refused) -> None:
    path, states = refused
    replay = JournalReplay(path, Decoder, work.refuse_layouts)
    for tick, state in enumerate(states):
        replay.seek_forward(tick)
        assert digest(replay.state) == digest(state)
    replay.close()


def test_a_run_that_is_not_to_be_recorded_raises_none() -> None:
    state = work.state_with(work.A)
    session = Session(state, Bound((), Decoder(), ManualClock(state.t_ns), work.refuse_layouts))

    assert standing(session.tick().state) == []
    session.close()
