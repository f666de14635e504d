"""Lanes, zones and blocks that a controller closes while work goes on, and opens again."""

import dataclasses

import pytest
from scripted_yard import Actor, still, straight
from test_safety_life import YARD, Desk

from layouts.generator import compact_yard
from sensors.decoder import Decoder
from twin.clock import NS_PER_S, ManualClock
from twin.decisions import SetClosed
from twin.engine import initial_state
from twin.journal.writer import JournalWriter
from twin.replay import JournalReplay
from twin.roles import authorize
from twin.safety.table import Level, Priority
from twin.session import Bound, Session
from twin.stock.generate import fill
from twin.tables import digest
from twin.yard.model import Block, BlockKind, Lane, LaneKind
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000
PLACES = dataclasses.replace(
    YARD,
    blocks=(Block("A01", BlockKind.RTG, (200.0, 300.0), 0.0, bays=10, rows=6, tiers=5),),
    lanes=(Lane("main", LaneKind.ROAD, ((100.0, 100.0), (300.0, 100.0)), speed_limit_mps=7.0),),
)  # fmt: skip


def closes(area, closed=True, role="controller"):
    return SetClosed(area, closed, "li", role)


def of_closed(desk):
    return [
        (Level(level).name, Priority(priority).name)
        for rule, level, priority in zip(desk.rules(), desk.alarms.level, desk.alarms.priority, strict=True)
        if rule == "closed_area"
    ]


@pytest.mark.parametrize(
    ("area", "at"), [("main", (200.0, 101.0)), ("walkway", (50.0, 50.0)), ("A01", (220.0, 308.0))]
)
def test_who_is_in_a_lane_a_zone_or_a_block_is_told_of_when_it_is_closed_and_no_longer_once_it_opens(
    area, at
):
    desk = Desk(Actor("P-1", "person", still(*at, 0.0)), yard=PLACES).tick()
    assert of_closed(desk) == []
    desk.tick(closes(area))
    assert desk.state.closed == (area,)
    assert of_closed(desk) == [("STOP", "CRITICAL")]
    desk.tick(closes(area, False)).tick(seconds=5.1)
    assert desk.state.closed == ()
    assert [
        state for rule, state in zip(desk.rules(), desk.states(), strict=True) if rule == "closed_area"
    ] == ["RETURNED"]


def crane(x_m, trolley):
    """A gantry crane over block A01, its gantry standing."""
    return Actor("RTG-1", "rtg", still(x_m, 308.0, 0.0), block="A01", trolley=trolley, hoist=lambda t: 17.0)


def test_a_crane_that_works_over_a_closed_block_is_told_of_until_it_has_left_and_a_parked_one_is_not():
    parked = Desk(crane(220.0, lambda t: 0.0), yard=PLACES).tick(closes("A01"))
    works = Desk(crane(220.0, lambda t: min(t, 2.0)), yard=PLACES).tick(closes("A01"))
    beside = Desk(crane(380.0, lambda t: min(t, 2.0)), yard=PLACES).tick(closes("A01"))
    for _ in range(40):
        assert of_closed(parked.tick()) == of_closed(beside.tick()) == []
        works.tick()
    assert of_closed(works) == [("STOP", "CRITICAL")]
    works.tick(closes("A01", False)).tick(seconds=5.1)
    assert "UNACKNOWLEDGED" not in works.states()


def test_a_crane_that_travels_into_a_closed_block_is_warned_of_before_it():
    # The block begins at 196 m, its origin drives at 2 m/s.
    drives = Actor(
        "RTG-1", "rtg", straight(180.0, 308.0, 0.0, 2.0), trolley=lambda t: 0.0, hoist=lambda t: 17.0
    )
    desk, told = Desk(drives, yard=PLACES).tick(closes("A01")), {}
    for _ in range(120):
        for level, _ in of_closed(desk.tick()):
            told.setdefault(level, desk.t)
    assert told["WARNING"] <= told["STOP"] - 2.0


def test_who_drives_into_a_closed_lane_is_warned_of_before_it():
    drives = straight(60.0, 100.0, 0.0, 5.0)
    desk = Desk(Actor("T-1", "external_truck", drives), yard=PLACES).tick(closes("main"))
    told = {}
    for _ in range(90):
        for level, _ in of_closed(desk.tick()):
            told.setdefault(level, desk.t)
    # Its nose comes to the lane, half a metre inside its edge, after 7.3 s.
    assert told["WARNING"] <= 7.3 - 2.0
    assert told["WARNING"] < told["SLOW_DOWN"] < told["STOP"]


def test_what_is_no_name_of_the_yard_is_refused_and_nothing_is_closed():
    desk = Desk(yard=PLACES).tick(closes("nowhere"))
    assert desk.refusals() == ["area 'nowhere': expected the name of a block, a zone or a lane"]
    assert desk.state.closed == ()


def test_a_planner_may_not_close_what_is_in_use():
    assert authorize("planner", closes("main"))
    assert authorize("controller", closes("main")) == ""


def test_what_was_closed_and_by_whom_is_in_the_record_and_its_replay_is_the_same(tmp_path):
    yard, clock = compact_yard(), ManualClock(T0)
    state = initial_state(yard, fill(yard, slots_of(yard), 50, 1, T0), T0)
    path = tmp_path / "a.journal"
    session = Session(state, Bound((), Decoder(), clock, lambda _: yard, JournalWriter(path, {})))
    name, states = yard.blocks[0].name, []
    for tick in range(12):
        clock.t_ns += NS_PER_S // 10
        if tick in (3, 8):
            session.decide(closes(name, tick == 3))
        session.tick()
        states.append(session.state)
    session.close()
    assert [bool(one.closed) for one in states] == [3 <= tick < 8 for tick in range(12)]
    replay = JournalReplay(path, Decoder, lambda _: yard)
    for tick, one in enumerate(states, 1):
        replay.seek_forward(tick)
        assert digest(replay.state) == digest(one)
    replay.close()
