import dataclasses

import numpy as np
import pytest
import test_safety_alarms as desks

from twin.fleet.memory import MOTION, ODOMETER, STILL, no_beliefs
from twin.fleet.table import Freshness
from twin.safety.rules import Scene, positions
from twin.safety.table import AlarmState
from twin.yard.model import LaneKind

SERVED = dataclasses.replace(
    desks.YARD, lanes=(dataclasses.replace(desks.YARD.lanes[0], kind=LaneKind.TRUCK_LANE),)
)


def in_lane(age_s, *, wheels, stands=True, told_s=0.1):
    """Tell whether a truck whose fixes did not fit for a while is called unsure where cranes serve."""
    desk = desks.Desk(1)
    now_ns = desks.T0 + round(age_s * desks.NS)
    beliefs = no_beliefs(1)
    aids, marks = beliefs.aids.copy(), beliefs.marks.copy()
    if wheels:
        aids[ODOMETER], aids[STILL] = 0.0, float(stands)
        marks[MOTION] = now_ns - round(told_s * desks.NS)
    memory = desk.tracks.memory.with_columns(beliefs=beliefs.with_columns(aids=aids, marks=marks))
    desk.set(x_m=100.0, y_m=100.0, freshness=Freshness.SUSPECT, fix_ns=desks.T0)
    none = np.empty(0, np.int32)
    scene = Scene(
        now_ns, desk.fleet, desk.tracks.with_columns(memory=memory), desk.encounters, SERVED, desks.SLOTS,
        desks.STOCK, (0.0, 0.0), none, none, np.zeros(1, np.int32),
    )  # fmt: skip
    found = positions.doubted_in_lane(scene)
    assert len(found) == 1
    assert len(positions.in_working_lane(scene)) == 0
    return found.raises.tolist() == [True]


def test_who_is_not_heard_to_stand_is_unsure_in_a_working_lane_at_once():
    assert in_lane(0.2, wheels=False)
    assert in_lane(0.2, wheels=True, stands=False)


@pytest.mark.parametrize(("age_s", "unsure"), [(4.0, False), (19.0, False), (21.0, True)])
def test_who_stands_by_its_wheels_is_where_it_is_shown_whatever_its_receiver_says_for_a_while(age_s, unsure):
    assert in_lane(age_s, wheels=True) is unsure


def test_wheels_that_have_fallen_silent_tell_nothing_of_where_it_stands():
    assert in_lane(9.0, wheels=True, told_s=4.0)


class ServedDesk(desks.Desk):
    """The same where cranes serve the lane."""

    def scene(self):
        return dataclasses.replace(super().scene(), yard=SERVED)


@pytest.mark.parametrize(("lost", "shown"), [(2, ["position_in_lane"]), (20, ["positions_lost"])])
def test_who_is_not_heard_in_a_working_lane_is_told_alone_unless_the_yard_is_not_heard(lost, shown):
    desk = ServedDesk(20)
    away = np.arange(20) < lost
    desk.set(
        x_m=100.0, y_m=np.where(np.arange(20) == 0, 100.0, 120.0), speed_mps=3.0,
        freshness=np.where(away, Freshness.LOST, Freshness.FRESH),
    )  # fmt: skip
    desk.set(fix_ns=np.where(away, desk.t_ns - 36 * desks.NS, desk.t_ns + 60 * desks.NS))
    desk.tick(0.1).tick(5.1)

    told = desk.alarms.state != AlarmState.SUPPRESSED
    about = [name for name, seen in zip(desk.names(), told, strict=True) if seen and name != "position_lost"]
    assert about == shown
    assert "position_in_lane" in desk.names()


@pytest.mark.parametrize(("late", "told"), [(4, []), (6, ["positions_late"])])
def test_that_many_positions_are_seconds_old_is_told_once_for_all(late, told):
    desk = desks.Desk(20)
    desk.set(speed_mps=3.0, freshness=np.where(np.arange(20) < late, Freshness.STALE, Freshness.FRESH))
    desk.tick(0.1)
    assert desk.names() == []
    desk.set(fix_ns=desk.t_ns)
    assert desk.tick(5.1).names() == told


def test_a_few_of_a_thousand_machines_that_are_late_are_no_alarm():
    desk = desks.Desk(1000)
    desk.set(speed_mps=3.0, freshness=np.where(np.arange(1000) < 40, Freshness.STALE, Freshness.FRESH))
    desk.tick(0.1)
    desk.set(fix_ns=desk.t_ns)
    assert desk.tick(5.1).names() == []


def silenced(ages_s, kind="external_truck"):
    """Give what is said of machines on the move that were last heard so long ago."""
    desk = desks.Desk(len(ages_s), kind)
    ages_ns = (np.array(ages_s) * desks.NS).astype(np.int64)
    desk.set(fix_ns=desk.t_ns - ages_ns, speed_mps=3.0)
    desk.set(freshness=np.where(np.array(ages_s) > 5.0, Freshness.LOST, Freshness.FRESH))
    desk.tick(0.0)
    return [(name, desk.says(row)) for row, name in enumerate(desk.names())]


@pytest.mark.parametrize("ages_s", [(16.0, 14.0), (16.0, 16.0, 12.0), (600.0, 16.0, 15.5)])
def test_that_all_machines_of_a_small_yard_fell_silent_at_once_is_one_alarm_about_their_source(ages_s):
    assert [name for name, _ in silenced(ages_s)] == ["positions_lost"]
    assert "machines have sent no position: check their source" in silenced(ages_s)[0][1]


@pytest.mark.parametrize(
    ("ages_s", "lost"),
    [((16.0, 0.5), 1), ((16.0, 16.0, 0.5), 2), ((16.0,), 1), ((600.0, 16.0), 2), ((60.0, 30.0), 2)],
)
def test_machines_are_lost_one_by_one_where_another_is_heard_or_they_fell_silent_apart(ages_s, lost):
    assert [name for name, _ in silenced(ages_s)] == ["position_lost"] * lost


def test_alarms_of_single_machines_are_held_back_while_their_source_is_told_of():
    desk = desks.Desk(3)
    desk.set(speed_mps=3.0, freshness=Freshness.LOST, fix_ns=desk.t_ns - 16 * desks.NS)
    heard = desk.tracks.fix_ns.copy()
    heard[2] = desk.t_ns
    desk.set(fix_ns=heard, freshness=[Freshness.LOST, Freshness.LOST, Freshness.FRESH])
    desk.tick(0.0)
    desk.set(freshness=Freshness.LOST)
    desk.set(fix_ns=np.full(3, desk.t_ns))
    desk.tick(16.0)

    shown = desk.alarms.state == AlarmState.UNACKNOWLEDGED
    said = [name for name, seen in zip(desk.names(), shown, strict=True) if seen]
    assert said == ["positions_lost"]
