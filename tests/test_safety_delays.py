"""What waits before it is raised, what is held back at first, and that both are counted where they come."""

import dataclasses

import numpy as np
import pytest
import test_safety_alarms as desks
from scripted_yard import Actor, Script, play, still

from twin.fleet.table import Freshness
from twin.safety.holding import FLOOD
from twin.safety.log import Held
from twin.safety.scorecard import figures_of
from twin.safety.table import AlarmState
from twin.yard.model import LaneKind

SERVED = dataclasses.replace(
    desks.YARD, lanes=(dataclasses.replace(desks.YARD.lanes[0], kind=LaneKind.TRUCK_LANE),)
)
LOW, NAMES = "faster_than_kind", desks.rules.RULE_NAMES


class Doubted(desks.Desk):
    """One truck whose freshness a test says tick by tick; no fix of it fits."""

    def __init__(self):
        super().__init__(1)
        self.set(fix_ns=desks.T0 - 100 * desks.NS)

    def see(self, freshness, ticks=1):
        for _ in range(ticks):
            self.set(freshness=freshness)
            self.tick(0.1)
        return self


class Faulty(desks.Desk):
    """Trucks of which a test says which are faster than their kind goes: an alarm of low priority each."""

    fast, blind = (), ()

    def scene(self):
        faults = np.zeros(len(self.fleet), np.int32)
        faults[list(self.fast)] = 16
        return dataclasses.replace(super().scene(), faults=faults)

    def speeding(self, n):
        self.fast = range(n)
        return self.tick().tick(1.1)


def test_what_is_found_most_of_the_time_is_raised_though_it_ceases_now_and_then():
    desk = Doubted()
    for _ in range(4):
        desk.see(Freshness.SUSPECT, 29).see(Freshness.FRESH)
    assert desk.names() == ["position_suspect"]


def test_what_is_found_half_of_the_time_is_never_raised():
    desk = Doubted()
    for _ in range(30):
        desk.see(Freshness.SUSPECT, 10).see(Freshness.FRESH, 10)
    assert desk.names() == []


def test_what_ceased_for_as_long_as_it_was_found_begins_anew():
    desk = Doubted().see(Freshness.SUSPECT, 60).see(Freshness.FRESH, 61)
    assert len(desk.standing.pending) == 0
    desk.see(Freshness.SUSPECT, 89)
    assert desk.names() == []


def test_what_waits_is_the_same_table_while_nothing_begins_or_ceases():
    desk = Doubted().see(Freshness.SUSPECT, 10)
    pending = desk.standing.pending
    assert desk.see(Freshness.SUSPECT, 20).standing.pending is pending
    gap = desk.see(Freshness.FRESH).standing.pending
    assert gap.lapsed_ns.tolist() == [desk.t_ns]
    assert desk.see(Freshness.FRESH, 5).standing.pending is gap


def in_a_served_lane(off_m):
    actor = Actor("TT-1", "terminal_tractor", still(100.0, 100.0, 0.0), off_m=off_m)
    return play(Script([actor], 16.0, SERVED))


def test_a_truck_whose_fix_fits_every_three_seconds_alone_is_told_of_in_a_working_lane():
    def wrong_mostly(t):
        return (0.0, 0.0) if t < 2.0 or round(t * 10) % 30 == 0 else (40.0 + 5.0 * np.sin(7.0 * t), 0.5)

    run = in_a_served_lane(wrong_mostly)
    # It has no wheels, so its track follows where most of its fixes are, which nothing proves.
    assert run.rules & {"doubted_in_lane", "unproven_in_lane"}


def test_a_truck_of_whose_fixes_every_twentieth_is_wrong_is_not_doubted_aloud():
    def wrong_at_times(t):
        return (40.0, 0.5) if round(t * 10) % 20 == 0 else (0.0, 0.0)

    assert in_a_served_lane(wrong_at_times).rules == set()


@pytest.mark.parametrize(("n", "rule"), [(1, "never_located"), (6, "never_located_many")])
def test_who_is_announced_and_sends_no_position_is_told_of_in_time_and_many_at_once(n, rule):
    desk = desks.Desk(n)
    desk.set(freshness=Freshness.LOST, fix_ns=0, x_m=np.nan, y_m=np.nan)
    assert desk.tick().tick(89.0).names() == []
    assert desk.tick(2.0).names() == [rule]


def test_who_is_located_at_last_is_told_of_no_more():
    desk = desks.Desk(1)
    desk.set(freshness=Freshness.LOST, fix_ns=0)
    desk.tick().tick(60.0)
    desk.set(freshness=Freshness.FRESH, fix_ns=desk.t_ns)
    assert desk.tick(100.0).names() == []


@pytest.mark.parametrize(("n", "flood"), [(FLOOD - 1, False), (FLOOD, True)])
def test_the_tenth_alarm_in_ten_minutes_makes_a_flood(n, flood):
    desk = Faulty(n).speeding(n)
    assert (desk.alarms.state == AlarmState.SUPPRESSED).any() == flood


def lost_where_radio_is_blind():
    """Let a truck be doubted where radio is known blind, and come out of there in doubt."""
    desk = desks.Desk(1)
    desk.set(x_m=250.0, y_m=50.0, freshness=Freshness.SUSPECT)
    desk.tick(1.5).tick(11.0)
    return desk


def test_what_is_held_back_by_design_is_counted_when_it_comes_forward():
    desk = lost_where_radio_is_blind()
    log = desk.standing.log
    assert (desk.names(), desk.raised) == (["position_suspect"], 0)
    assert (log.held.tolist(), log.shown_ns.tolist()) == ([Held.BY_DESIGN], [0])
    assert figures_of(log, desk.t_ns).count == 0
    desk.set(x_m=50.0, y_m=200.0)
    desk.tick(1.0)
    figures = figures_of(desk.standing.log, desk.t_ns)
    assert (desk.raised, figures.count, figures.released) == (1, 1, 1)
    assert desk.tick(1.0).raised == 1


def test_what_flood_holds_back_is_counted_once_when_it_comes():
    desk = Faulty(30).speeding(30)
    assert desk.raised == 30
    held = int((desk.alarms.state == AlarmState.SUPPRESSED).sum())
    assert held == 30
    desk.set(fix_ns=desk.t_ns + 600 * desks.NS)
    desk.tick(601.0)
    figures = figures_of(desk.standing.log, desk.t_ns)
    assert (desk.raised, figures.count, figures.released) == (30, 30, 30)


def test_what_is_held_back_by_design_makes_no_flood():
    desk = desks.Desk(20)
    desk.set(x_m=250.0, y_m=50.0, freshness=Freshness.SUSPECT)
    desk.tick(1.5).tick(11.0)
    assert set(desk.alarms.reason.tolist()) == {b"radio-blind zone"}
