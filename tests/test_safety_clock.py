"""A clock that is set back: what is about to touch is told of as soon as ever, and the jump is marked."""

from dataclasses import replace

import numpy as np
import pytest
from scripted_yard import SECOND, T0, Actor, Script, batch_of, contact_s, refuse_layouts, stocked, straight

from layouts.generator import compact_yard
from twin.engine import step
from twin.fleet.table import UNHEARD
from twin.frames import YardFrame
from twin.inputs import EMPTY_BATCH
from twin.safety.rules import RULE_NAMES

BACK_AT_S, SECONDS = 5.0, 10.5
HOUR_S = 3600.0


def crossing():
    """Two whose ways cross after nine seconds and a half."""
    return (
        Actor("A", "external_truck", straight(300.0, 300.0, 0.0, 6.0)),
        Actor("B", "terminal_tractor", straight(360.0, 240.0, np.pi / 2, 6.0)),
    )


def shifted(batch, clocks_s, devices_s):
    """Put a batch's instants of reception and of measurement so far off."""
    by = [round(seconds * SECOND) for seconds in (clocks_s, devices_s)]
    fixes = batch.fixes.with_columns(t_ns=batch.fixes.t_ns + by[1], t_rx_ns=batch.fixes.t_rx_ns + by[0])
    events = tuple(replace(event, t_ns=event.t_ns + by[0]) for event in batch.events)
    return replace(batch, fixes=fixes, events=events)


def run(clock_s, devices_s, right_at_s=np.inf):
    """Give the states of a run, and when each rule first raised an alarm."""
    script = Script(list(crossing()), SECONDS)
    state, raised, states = stocked(script.yard, {}), {}, []
    rng, frame = np.random.default_rng(1), YardFrame.of(compact_yard().georeference)
    for tick in range(round(SECONDS * 10) + 1):
        t = tick / 10
        off = BACK_AT_S <= t < right_at_s
        host_s, device_s = (clock_s, devices_s) if off else (0.0, 0.0)
        batch = shifted(batch_of(script, t, tick, rng, frame), host_s, device_s)
        state = step(state, T0 + round((t + host_s) * SECOND), batch, (), refuse_layouts)
        states.append(state)
        for rule in state.alarms.rule.tolist():
            raised.setdefault(RULE_NAMES[rule], t)
    return states, raised


@pytest.mark.parametrize("devices_s", [0.0, -HOUR_S], ids=["satellite time", "times of the clock"])
def test_a_contact_is_told_of_as_soon_as_ever_though_the_clock_was_set_back(devices_s):
    usual = run(0.0, 0.0)[1]
    states, raised = run(-HOUR_S, devices_s)
    assert raised["clock_back"] == BACK_AT_S
    assert raised["contact"] == pytest.approx(usual["contact"], abs=0.11)
    assert contact_s(*crossing(), SECONDS) - raised["contact"] >= 1.9
    assert not np.isin(states[-1].tracks.freshness, UNHEARD).any()
    assert states[-1].counts.rejects == ()


@pytest.mark.parametrize("back_s", [1.5, 3.0, 4.9])
def test_a_clock_set_back_by_seconds_stops_neither_time_nor_what_is_told_of_a_contact(back_s):
    states, raised = run(-back_s, 0.0)
    assert raised["clock_back"] == BACK_AT_S
    assert contact_s(*crossing(), SECONDS) - raised["contact"] >= 1.9
    assert (np.diff([state.t_ns for state in states]) > 0).all()


def test_the_yards_time_runs_on_and_is_the_clocks_once_that_is_set_right():
    states, _ = run(-HOUR_S, 0.0, right_at_s=8.0)
    t_ns = np.array([state.t_ns for state in states])
    assert (np.diff(t_ns) >= 0).all()
    assert t_ns[-1] == T0 + round(SECONDS * SECOND)
    assert t_ns[60] - t_ns[55] == SECOND // 2
    assert states[-1].clock_back[0] > 0


def test_a_second_jump_back_adds_to_the_first():
    states, _ = run(-HOUR_S, 0.0)
    last = states[-1]
    again = step(last, T0 - round(2 * HOUR_S * SECOND), EMPTY_BATCH, (), refuse_layouts)
    assert again.t_ns == last.t_ns + SECOND // 10
    assert again.clock_back[1] == pytest.approx((2 * HOUR_S + SECONDS) * SECOND, abs=SECOND)
