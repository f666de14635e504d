"""Fixes believed against the wheels: doubted until a crane, a way back or a long time proves them."""

import dataclasses

import numpy as np
import pytest
import test_engine
import test_tracks_young as young
import yard_at_work as work
from yard_at_work import A

from twin.clock import NS_PER_S
from twin.fleet import doubting
from twin.fleet.epochs import GATED, TAKEN
from twin.fleet.hearing import unproven_ns
from twin.fleet.kinds import KINDS
from twin.fleet.memory import SUSPECT, UNPROVEN
from twin.fleet.suspicion import Suspicion
from twin.fleet.table import Freshness
from twin.fleet.working import Working
from twin.safety.alarms import sentence
from twin.safety.rules import RULE_NAMES, Scene, positions

STEP = 5
"""Steps of a tenth of a second between two fixes."""
ARM_M = KINDS["external_truck"].antenna_m[0] - KINDS["external_truck"].cargo_m[0]
"""From the middle of a truck's load to its antenna."""


class Stander:
    """A machine whose wheels stand, and whose fixes are somewhere."""

    def __init__(self, quiet_s=20.0):
        self.w, self.step, self.rng = young.standing(1), 0, np.random.default_rng(1)
        self.hear(0.0, quiet_s)

    def hear(self, off_m, seconds):
        """Hear fixes off by so much; give what became of them."""
        outcomes = []
        for _ in range(round(seconds * 10 / STEP)):
            self.step += STEP
            error_m = np.array([[off_m], [0.0]]) + 0.01 * self.rng.standard_normal((2, 1))
            outcomes.append(int(young.told(self.w, self.step, error_m, 0.014, 4)[0]))
        return outcomes

    @property
    def suspicion(self):
        return Suspicion(int(self.w.marks[SUSPECT, 0]))


@pytest.fixture
def moved():
    """Give one whose fixes jumped and were believed."""
    stander = Stander()
    stander.hear(40.0, 22.0)
    return stander


def test_a_jump_that_stays_is_believed_after_twenty_seconds_and_doubted_on(moved):
    assert moved.w.mean[0, 0] == pytest.approx(40.0, abs=0.1)
    assert moved.suspicion is Suspicion.MOVED
    assert set(moved.hear(40.0, 60.0)) == {TAKEN}
    assert moved.suspicion is Suspicion.MOVED


def test_it_is_doubted_for_ten_minutes_and_no_longer(moved):
    moved.hear(40.0, doubting.UNPROVEN_S - 30.0)
    assert moved.suspicion is Suspicion.MOVED
    moved.hear(40.0, 20.0)
    assert moved.suspicion is Suspicion.NONE


def test_fixes_back_where_the_wheels_led_are_believed_within_five_seconds_and_end_the_doubt(moved):
    assert GATED in moved.hear(0.0, 4.5)
    assert moved.w.mean[0, 0] == pytest.approx(0.0, abs=0.1)
    assert moved.suspicion is Suspicion.NONE


def test_fixes_back_after_two_jumps_are_where_the_wheels_led_before_the_first(moved):
    moved.hear(40.0, 10.0)
    moved.hear(70.0, 30.0)
    assert moved.suspicion is Suspicion.MOVED
    assert set(moved.hear(40.0, 5.0)) == {GATED}
    moved.hear(0.0, 4.5)
    assert moved.suspicion is Suspicion.NONE


def test_what_else_speaks_against_it_is_told_while_it_does(moved):
    moved.hear(90.0, 2.0)
    assert moved.suspicion is Suspicion.JUMP
    moved.hear(40.0, 2.0)
    assert moved.suspicion is Suspicion.MOVED


def test_a_silence_proves_nothing(moved):
    moved.step += 600
    moved.hear(40.0, 1.0)
    assert moved.suspicion is Suspicion.MOVED


def test_a_track_whose_own_first_fixes_were_wrong_is_not_doubted_once_it_is_right():
    stander = Stander(quiet_s=3.0)
    stander.hear(1.5, 6.0)
    assert stander.w.mean[0, 0] == pytest.approx(1.5, abs=0.1)
    assert stander.suspicion is Suspicion.NONE


def unproven_truck():
    """Give a yard with a loaded truck that is shown under the crane against its wheels."""
    state = test_engine.with_a_truck_out_of_radio(work.state_with(A), ARM_M)
    w = Working.of(state.tracks.memory.beliefs, state.fleet.kind)
    w.marks[UNPROVEN, 0], w.marks[SUSPECT, 0] = state.t_ns - 40 * NS_PER_S, Suspicion.MOVED
    memory = state.tracks.memory.with_columns(beliefs=w.beliefs())
    block = state.yard.blocks[0]
    place = block.yard_from_block(20.0 + ARM_M, block.width_m + 2.2)
    tracks = state.tracks.with_columns(memory=memory)
    state = dataclasses.replace(state, tracks=tracks)
    fixes = work.fixes_at(state, ["T1"], [place], block.heading_rad, state.t_ns + work.SECOND // 10)
    return work.ticked(state, work.batch(["T1"], fixes))


def test_a_crane_that_serves_it_where_it_is_shown_ends_the_doubt():
    state = unproven_truck()
    assert state.tracks.suspect[0] == Suspicion.MOVED
    assert state.tracks.freshness[0] == Freshness.SUSPECT
    after = test_engine.closed_over_the_truck_lane(state)
    assert after.tracks.load[1] >= 0
    assert after.stock.carrier[after.tracks.load[1]] == 1
    assert after.tracks.suspect[0] == Suspicion.NONE
    assert after.tracks.freshness[0] == Freshness.FRESH


def alarms_about(state):
    """Give the rules and the sentences of the alarms about the first machine."""
    rows = np.flatnonzero(state.alarms.mover == 0)
    told = [sentence(state.alarms, row, state.fleet, state.yard, state.slots, state.stock) for row in rows]
    rules = {RULE_NAMES[rule] for rule in state.alarms.rule[rows]}
    return rules, " ".join(words.format(**values) for words, values in told)


def test_an_alarm_says_until_then_that_nothing_proves_it_there_and_not_that_its_fixes_do_not_fit():
    state = unproven_truck()
    assert state.t_ns - unproven_ns(state.tracks)[0] > 30 * NS_PER_S
    rules, says = alarms_about(work.ticked(state, seconds=10.0))
    assert rules & {"place_unproven", "unproven_in_lane"}
    assert not rules & {"position_suspect", "doubted_in_lane"}
    assert "nothing proves yet that it is there" in says
    assert "fit" not in says


def test_one_that_came_up_and_whose_fixes_do_not_fit_any_more_is_told_of_as_both():
    state = unproven_truck()
    state = dataclasses.replace(
        state, tracks=state.tracks.with_columns(fix_ns=state.tracks.fix_ns - 2 * NS_PER_S)
    )
    scene = Scene(
        state.t_ns, state.fleet, state.tracks, state.encounters, state.yard, state.slots, state.stock,
        (0.0, 0.0), *(np.empty(0, np.int32),) * 2, np.zeros(len(state.fleet), np.int32),
    )  # fmt: skip
    assert positions.suspect(scene).mover.tolist() == [0]
    assert positions.unproven(scene).mover.tolist() == [0]
