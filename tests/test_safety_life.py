"""The life of alarms (ISA-18.2), flood and odd inputs, through the engine and its decisions."""

import dataclasses

import numpy as np
import pytest
from scripted_yard import SECOND, T0, Actor, Script, batch_of, refuse_layouts, still, stocked, straight

from twin.decisions import Acknowledge, PublishLayout, SetLimit, SetService, Shelve, Unshelve
from twin.engine import step
from twin.frames import YardFrame
from twin.inputs import EMPTY_BATCH, Batch, MachineNotice, WindReading, no_fixes, no_readings
from twin.safety.rules import RULE_NAMES
from twin.safety.table import AlarmState, Level, Priority
from twin.yard.model import Block, BlockKind, Georeference, Yard, Zone, ZoneKind

WALK = ((40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0))
YARD = Yard(
    "Bare", Georeference(4326, (121.0, 30.0)), ((0, 0), (500, 0), (500, 500), (0, 500)),
    zones=(Zone("walkway", ZoneKind.PEDESTRIAN, WALK),),
)  # fmt: skip


class Desk:
    """A bare yard that ticks, with wind and decisions put in."""

    def __init__(self, *actors, yard=YARD):
        self.state, self.t = stocked(yard, {}), 0.0
        self.script = Script(list(actors), 0.0, yard)
        self.read_layout = refuse_layouts
        self.rng, self.frame = np.random.default_rng(1), YardFrame.of(YARD.georeference)
        self.ticks = 0

    def tick(self, *decisions, gust_mps=None, seconds=0.1, clock_s=0.0, batch=None):
        self.t += seconds
        t_ns = T0 + round((self.t + clock_s) * SECOND)
        given = batch or batch_of(self.script, self.t, self.ticks, self.rng, self.frame)
        if gust_mps is not None:
            wind = WindReading("mast", t_ns, 5.0, gust_mps, 0.0)
            given = Batch(given.devices, given.fixes, given.cranes, (*given.events, wind), (), 0)
        self.state = step(self.state, t_ns, given, decisions, self.read_layout)
        self.ticks += 1
        return self

    @property
    def alarms(self):
        return self.state.alarms

    def states(self):
        return [AlarmState(state).name for state in self.alarms.state]

    def rules(self):
        return [RULE_NAMES[rule] for rule in self.alarms.rule]

    def refusals(self):
        return [verdict.reason for verdict in self.state.verdicts if not verdict.taken]


def levels_of(desk, ids):
    return tuple(desk.alarms.level[np.isin(desk.alarms.id, ids)].tolist())


def shelved(ids, until_s, desk, reason="mast under repair", levels=()):
    until_ns = T0 + round((desk.t + until_s) * SECOND)
    return Shelve(tuple(ids), levels or levels_of(desk, ids), until_ns, reason, "li", "controller")


def test_an_alarm_is_raised_acknowledged_returned_and_gone_and_its_log_tells_who_and_when():
    desk = Desk().tick(gust_mps=18.3)
    assert (desk.rules(), desk.states()) == (["wind_warning"], ["UNACKNOWLEDGED"])
    desk.tick(Acknowledge((1,), "li", "controller"))
    acknowledged_ns = desk.state.t_ns
    assert desk.states() == ["ACKNOWLEDGED"]
    desk.tick(gust_mps=5.0).tick(seconds=61.0)
    assert len(desk.alarms) == 0
    log = desk.state.alarm_log
    assert (log.actor[0], log.ack_ns[0]) == (b"li", acknowledged_ns)
    assert 0 < log.raised_ns[0] < log.ack_ns[0] < log.returned_ns[0]


def test_an_alarm_that_nobody_acknowledged_stays_returned_until_somebody_does():
    desk = Desk().tick(gust_mps=18.3).tick(gust_mps=5.0).tick(seconds=61.0)
    assert desk.states() == ["RETURNED"]
    desk.tick(Acknowledge((1,), "li", "controller"))
    assert len(desk.alarms) == 0
    log = desk.state.alarm_log
    assert (log.actor[0], log.ack_ns[0]) == (b"li", desk.state.t_ns)
    assert 0 < log.returned_ns[0] < log.ack_ns[0]


def test_an_alarm_is_shelved_for_a_time_with_a_reason_and_comes_back_by_itself():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 60.0, desk))
    assert (desk.states(), desk.alarms.reason[0], desk.alarms.actor[0]) == (
        ["SHELVED"], b"mast under repair", b"li",
    )  # fmt: skip
    desk.tick(gust_mps=18.3, seconds=30.0)
    assert desk.states() == ["SHELVED"]
    desk.tick(gust_mps=18.3, seconds=31.0)
    assert desk.states() == ["UNACKNOWLEDGED"]


def test_a_shelved_alarm_that_went_unacknowledged_comes_back_as_one_that_has_returned():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 90.0, desk)).tick(gust_mps=5.0).tick(seconds=70.0)
    assert desk.states() == ["SHELVED"]
    desk.tick(seconds=30.0)
    assert (desk.states(), desk.alarms.reason.tolist()) == (["RETURNED"], [b""])
    desk.tick(Acknowledge((1,), "li", "controller"))
    assert len(desk.alarms) == 0


def test_a_shelved_alarm_that_had_been_acknowledged_goes_when_its_time_is_up():
    desk = Desk().tick(gust_mps=18.3).tick(Acknowledge((1,), "li", "controller"))
    desk.tick(shelved([1], 90.0, desk)).tick(gust_mps=5.0).tick(seconds=100.0)
    assert len(desk.alarms) == 0


def test_one_that_went_while_it_was_shelved_and_is_taken_back_waits_to_be_acknowledged():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 600.0, desk)).tick(gust_mps=5.0).tick(seconds=70.0)
    desk.tick(Unshelve((1,), "wang", "controller"))
    assert desk.states() == ["RETURNED"]


def test_a_shelved_alarm_that_gets_graver_is_shown_at_once_though_not_critical():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 600.0, desk)).tick(gust_mps=18.4)
    assert desk.states() == ["SHELVED"]
    desk.tick(gust_mps=18.9)
    assert (desk.states(), desk.alarms.level.tolist()) == (["UNACKNOWLEDGED"], [Level.SLOW_DOWN])
    assert (desk.alarms.priority.tolist(), desk.alarms.reason.tolist()) == ([Priority.HIGH], [b""])


def test_an_alarm_that_got_graver_before_the_decision_came_is_not_shelved():
    desk = Desk().tick(gust_mps=18.3)
    seen = levels_of(desk, [1])
    desk.tick(gust_mps=18.9).tick(shelved([1], 600.0, desk, levels=seen))
    assert (desk.states(), desk.alarms.priority.tolist()) == (["UNACKNOWLEDGED"], [Priority.HIGH])
    assert desk.refusals() == ["alarms [1]: graver by now than when they were chosen"]
    desk.tick(shelved([1], 600.0, desk))
    assert desk.states() == ["SHELVED"]


def test_an_alarm_that_gets_graver_in_the_tick_of_the_decision_is_shown():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 600.0, desk), gust_mps=18.9)
    assert (desk.states(), desk.alarms.level.tolist()) == (["UNACKNOWLEDGED"], [Level.SLOW_DOWN])


def test_shelving_without_a_level_for_each_alarm_is_refused():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 600.0, desk, levels=(1, 1)))
    assert (desk.states(), desk.refusals()) == (
        ["UNACKNOWLEDGED"], ["shelving: expected a level for each alarm, found 2"],
    )  # fmt: skip


def test_a_shelved_alarm_can_be_taken_back():
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], 60.0, desk)).tick(Unshelve((1,), "wang", "controller"))
    assert desk.states() == ["UNACKNOWLEDGED"]


@pytest.mark.parametrize(
    ("until_s", "reason", "told"),
    [(60.0, " ", "reason"), (9 * 3600.0, "calm", "8 hours"), (-1.0, "calm", "8 hours")],
    ids=["no reason", "over a shift", "in the past"],
)
def test_shelving_is_refused(until_s, reason, told):
    desk = Desk().tick(gust_mps=18.3)
    desk.tick(shelved([1], until_s, desk, reason))
    assert desk.states() == ["UNACKNOWLEDGED"]
    assert told in desk.refusals()[0]


def test_a_critical_alarm_is_never_shelved():
    desk = Desk().tick(gust_mps=20.0)
    assert desk.alarms.priority.min() == Priority.CRITICAL
    desk.tick(shelved(desk.alarms.id.tolist(), 60.0, desk))
    assert "never shelved" in desk.refusals()[0]
    assert "SHELVED" not in desk.states()


def test_a_shelved_alarm_that_becomes_critical_is_shown_at_once():
    walker = Actor("TT-1", "terminal_tractor", lambda t: (20.0 + 5.0 * min(t, 3.9), 50.0, 0.0))
    desk = Desk(walker)
    while not len(desk.alarms):
        desk.tick()
    assert (desk.rules(), desk.alarms.priority.tolist()) == (["pedestrian_zone"], [Priority.HIGH])
    desk.tick(shelved([1], 600.0, desk))
    assert desk.states() == ["SHELVED"]
    while desk.alarms.level[0] == Level.WARNING:
        desk.tick()
    assert (desk.states(), desk.alarms.priority.tolist()) == (["UNACKNOWLEDGED"], [Priority.CRITICAL])


def test_what_another_alarm_explains_is_suppressed_by_design_and_comes_forward_without_it():
    desk = Desk().tick(gust_mps=20.0)
    assert dict(zip(desk.rules(), desk.states(), strict=True)) == {
        "wind_stop": "UNACKNOWLEDGED", "wind_warning": "SUPPRESSED",
    }  # fmt: skip
    desk.tick(gust_mps=18.2)
    assert dict(zip(desk.rules(), desk.states(), strict=True))["wind_warning"] == "UNACKNOWLEDGED"


def test_a_machine_out_of_service_hides_no_critical_alarm():
    inside = Actor("TT-1", "terminal_tractor", still(50.0, 50.0, 0.0))
    desk = Desk(inside).tick(SetService("TT-1", False, "li", "controller")).tick()
    assert (desk.rules(), desk.states()) == (["pedestrian_zone"], ["UNACKNOWLEDGED"])


@pytest.mark.parametrize("first", [0, 1])
def test_who_drives_at_a_machine_out_of_service_is_warned_of_whichever_is_named_first(first):
    stands = Actor("TT-1", "terminal_tractor", still(150.0, 150.0, np.pi / 2))
    drives = Actor("TT-2", "terminal_tractor", straight(120.0, 150.0, 0.0, 6.0))
    desk = Desk(*((stands, drives) if first == 0 else (drives, stands)))
    desk.tick(SetService("TT-1", False, "li", "controller"))
    while not len(desk.alarms):
        desk.tick()
    assert (desk.rules(), desk.states()) == (["contact"], ["UNACKNOWLEDGED"])
    assert desk.alarms.level[0] == Level.WARNING


@pytest.mark.parametrize(
    ("rule", "furthest"), [("contact", 4), ("gantry_travel", 4), ("safe_height", 4), ("closed_block", 3)]
)
def test_a_threshold_beyond_what_is_looked_for_is_refused(rule, furthest):
    desk = Desk().tick(SetLimit(rule, "", "", furthest + 1.0, 2.0, 1.0, "li", "planner"))
    assert desk.refusals() == [f"thresholds: expected at most {furthest}, found {furthest + 1}"]
    assert desk.tick(SetLimit(rule, "", "", float(furthest), 2.0, 1.0, "li", "planner")).refusals() == []
    assert len(desk.state.limits) == 1


def test_a_value_that_chatters_about_its_limit_is_one_alarm():
    desk = Desk()
    for step_ in range(40):
        desk.tick(gust_mps=18.1 + 0.6 * (-1) ** step_, seconds=5.0)
    assert desk.state.counts.alarms == 1


def test_what_is_found_for_less_than_its_on_delay_is_not_raised():
    nowhere = Batch((), no_fixes(), no_readings(), (MachineNotice("TT-1", T0, "agv"),), (), 0)
    desk = Desk().tick(batch=nowhere)
    lost = desk.state.tracks.with_columns(fix_ns=np.array([T0]))
    desk.state = desk.state.with_columns(tracks=lost)
    assert desk.tick(seconds=0.5).rules() == []
    desk.state = desk.state.with_columns(tracks=lost.with_columns(fix_ns=np.array([0])))
    desk.tick()
    desk.state = desk.state.with_columns(tracks=lost)
    assert desk.tick(seconds=0.6).rules() == []
    assert desk.tick(seconds=1.1).rules() == ["place_unknown"]


def test_alarms_of_one_cause_are_one_group_led_by_the_first():
    desk = Desk().tick(gust_mps=18.3).tick(gust_mps=20.0)
    assert desk.rules() == ["wind_warning", "wind_stop"]
    assert desk.alarms.group.tolist() == [1, 1]


def test_a_clock_that_jumps_back_is_marked_until_a_minute_after_it_has_caught_up():
    desk = Desk().tick().tick()
    before_ns = desk.state.t_ns
    desk.tick(clock_s=-3600.0)
    assert (desk.rules(), desk.states()) == (["clock_back"], ["UNACKNOWLEDGED"])
    assert desk.state.t_ns == before_ns + SECOND // 10
    assert desk.alarms.value[0] == pytest.approx(3600.0, abs=0.2)
    desk.tick(clock_s=0.0).tick(seconds=58.0)
    assert desk.states() == ["UNACKNOWLEDGED"]
    desk.tick(seconds=2.0).tick(seconds=6.0)
    assert desk.states() == ["RETURNED"]


def test_a_clock_that_is_a_blink_behind_is_no_alarm():
    desk = Desk().tick().tick(clock_s=-0.5).tick()
    assert desk.rules() == []
    assert desk.state.clock_back == (0, 0)


def test_a_second_jump_of_the_clock_is_the_same_alarm():
    desk = Desk().tick()
    for clock_s in (-10.0, -5.0, 0.0, -20.0, 0.0):
        desk.tick(clock_s=clock_s)
    assert desk.state.counts.alarms == 1
    assert step(desk.state, desk.state.t_ns, EMPTY_BATCH, (), refuse_layouts).alarms is desk.alarms


def test_a_block_that_is_opened_again_lets_its_alarm_return():
    block = Block("A01", BlockKind.RTG, (200.0, 200.0), 0.0, bays=10, rows=6, tiers=5, closed=True)
    closed = dataclasses.replace(YARD, blocks=(block,))
    opened = dataclasses.replace(closed, blocks=(dataclasses.replace(block, closed=False),))
    desk = Desk(Actor("TT-1", "terminal_tractor", still(220.0, 208.0, 0.0)), yard=closed)
    assert desk.tick().rules() == ["closed_block"]
    desk.read_layout = lambda _: opened
    desk.tick(PublishLayout(b"", "wang", "planner"))
    desk.tick().tick(seconds=5.1)
    assert desk.states() == ["RETURNED"]
