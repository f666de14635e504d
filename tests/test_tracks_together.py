"""Receivers that are all led away at once, as by imitated satellites, are not believed for agreeing."""

import numpy as np
import pytest
from scripted_yard import Actor, Script, play, straight

from twin.fleet.table import Freshness
from twin.safety.rules import RULE_NAMES
from twin.safety.table import AlarmState

AT_S, BACK_S, SECONDS = 8.0, 32.0, 34.0
OFF_M = (0.0, 38.0)
"""The streak of refused fixes of one machine alone is believed after 20 s."""


def column(led, until_s=np.inf):
    """Give trucks one behind the other, of which so many are led away for a time."""

    def off(k):
        return lambda t: OFF_M if k < led and AT_S <= t < until_s else (0.0, 0.0)

    return [
        Actor(
            f"T{k}",
            "external_truck",
            straight(40.0 * k, 300.0, 0.0, 3.0),
            off_m=off(k),
            every_s=0.2,
            wheels=True,
        )
        for k in range(6)
    ]


def shown(run):
    """Give how far each is shown aside of its way at the end, and how good that is."""
    tracks = run.state.tracks
    return np.abs(tracks.y_m - 300.0), tracks.freshness


def told(run):
    """Name the rules of the alarms that a person sees."""
    alarms = run.state.alarms
    return {RULE_NAMES[rule] for rule in alarms.rule[alarms.state == AlarmState.UNACKNOWLEDGED]}


def test_one_receiver_that_was_moved_is_shown_there_in_the_end_and_doubted():
    aside_m, freshness = shown(play(Script(column(1), SECONDS, tick_s=0.2)))

    assert aside_m[0] == pytest.approx(OFF_M[1], abs=0.5)
    assert freshness[0] == Freshness.SUSPECT


def test_many_that_jump_at_once_are_not_and_are_told_as_one():
    run = play(Script(column(6), SECONDS, tick_s=0.2))
    aside_m, freshness = shown(run)

    assert aside_m.max() < 0.5
    assert (freshness >= Freshness.LOST).all()
    assert told(run) == {"positions_suspect"}


def test_they_are_followed_again_as_soon_as_their_fixes_fit():
    run = play(Script(column(6, until_s=BACK_S), SECONDS, tick_s=0.2))
    aside_m, freshness = shown(run)

    assert aside_m.max() < 0.5
    assert (freshness == Freshness.FRESH).all()
