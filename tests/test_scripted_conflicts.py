"""One scripted conflict for each rule of the yard, with its harmless mirror, through the whole engine.

Scripts play at once, each on a stage of its own, far from the others: so they cost three runs.
"""

from functools import lru_cache

import numpy as np
import pytest
import shapely
from scripted_stages import (
    FIVE,
    GRAVE,
    SECONDS,
    STAGES,
    WARNED,
    YARD,
    Case,
    against_stacks,
    between,
    ground,
    into_a_building,
    over_row,
    rtg,
    standing,
    truck,
)
from scripted_yard import (
    SECOND,
    T0,
    Actor,
    Run,
    Script,
    braking,
    contact_s,
    play,
    still,
    straight,
)

from twin.inputs import GateEvent, GateRead, WindReading
from twin.safety.rules import RULE_NAMES
from twin.safety.table import Level, Priority
from twin.stacking.suggestion import Move, WorkOrder
from twin.state import State
from twin.stock.table import BoxNotice
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m
from twin.yard.slots import SlotAddress


def machine_to_machine() -> list[Case]:
    """Two trucks at a crossing; in the mirror the second comes to it five seconds later."""

    def other(late_s: float, x: float) -> Actor:
        return truck(straight(x, 1250.0 - 6.0 * (9.0 + late_s), np.pi / 2, 6.0), "terminal_tractor")

    return [
        between("crash", truck(straight(446.0, 1250.0, 0.0, 6.0)), other(0.0, 500.0), "contact", GRAVE),
        between("after", truck(straight(646.0, 1250.0, 0.0, 6.0)), other(5.0, 700.0)),
    ]


def gantry_into_a_stack() -> list[Case]:
    """A gantry two metres off its track, its sill over the first row; in the mirror it keeps its track."""
    return [
        against_stacks(
            "astray", rtg(0, 20.0, 1.5, aside_m=2.0), {ground(0, 7, 0): ("22G1", "22G1")},
            "gantry_travel", GRAVE,
        ),
        against_stacks("true", rtg(1, 20.0, 1.5), {ground(1, 7, 0): ("22G1", "22G1")}),
    ]  # fmt: skip


def gantry_into_a_parked_truck() -> list[Case]:
    """A truck parked across the legs' way; in the mirror it stands in the truck lane between the legs."""

    def parked(stage: int, v_m: float, heading: float) -> Actor:
        return truck(still(*STAGES[stage].yard_from_block(50.0, v_m), heading))

    leg_m = portal_middle_v_m(STAGES[2]) + 11.5
    lane_m = truck_lane_v_m(STAGES[3])
    return [
        between("across", rtg(2, 20.0, 1.5), parked(2, leg_m, np.pi / 2), "gantry_travel", GRAVE),
        between("served", rtg(3, 20.0, 1.5), parked(3, lane_m, 0.0)),
    ]


def under_the_safe_height() -> list[Case]:
    """Gantry and trolley go with the spreader below the tops; in the mirrors above them, and into a slot."""
    row = 2
    stacks = {stage: {ground(stage, 8, row): FIVE[:4]} for stage in (4, 5, 6)}
    canyon = {ground(7, 8, 1): FIVE[:4], ground(7, 8, 2): FIVE[:2], ground(7, 8, 3): FIVE[:4]}
    over, beside = 8.5 * 6.45, over_row(6, 5)
    below, above = (lambda t: 8.0), (lambda t: 12.0)
    travels = {"trolley": lambda t: over_row(4, row)}
    runs = {"trolley": lambda t: beside - 7 / 6 * np.clip(t - 4.0, 0.0, 6.0)}
    goes_in = {
        "trolley": lambda t: over_row(7, row) + 7 / 6 * max(8.0 - t, 0.0),
        "hoist": lambda t: 17.5 - 0.8 * np.clip(t - 8.0, 0.0, (17.5 - 2 * 2.591) / 0.8),
    }
    return [
        against_stacks("low", rtg(4, 28.0, 1.5, hoist=below, **travels), stacks[4], "safe_height", GRAVE),
        against_stacks("high", rtg(5, 28.0, 1.5, hoist=above, **travels), stacks[5]),
        # A trolley at 70 m/min stops within 1.94 s: before, it may be braking yet.
        against_stacks(
            "swung", rtg(6, over, hoist=below, **runs), stacks[6], "safe_height", GRAVE[1:], lead_s=1.6
        ),
        against_stacks("lands", rtg(7, over, **goes_in), canyon),
    ]


def above_the_profile() -> list[Case]:
    """A stack three metres higher than its row allows lies ahead; in the mirror it is one tier high."""

    def met(stage: int, tiers: int, *told) -> Case:
        actor, stacks = rtg(stage, 26.0, 1.5), {ground(stage, 8, 2): FIVE[:tiers]}
        tall = [(outline, 0.0, 100.0) for outline, _, _ in standing(stacks)]
        return Case(
            f"profile{tiers}",
            [actor],
            *told,
            contact=lambda: contact_s(actor, tall, SECONDS) if told else np.inf,
            stacks=stacks,
        )

    levels = [(level, Priority.HIGH) for level in Level]
    return [met(8, 5, "block_profile", levels), met(9, 3)]


def lifted_with_its_box() -> list[Case]:
    """The spreader takes the trailer along, or a corner, if the box is not heavier; in the mirror its box."""
    grip_m, closes_s, lifts_s = 1.25 + 2.591, 6.0, 8.0

    def lift(stage: int, name: str, kg: float, *told, u_m: float = 50.0) -> Case:
        block = STAGES[stage]
        cargo_m = 5.6
        vehicle = truck(still(*block.yard_from_block(u_m + cargo_m, truck_lane_v_m(block)), 0.0))
        crane = rtg(
            stage, u_m, trolley=lambda t: truck_lane_v_m(block) - portal_middle_v_m(block),
            hoist=lambda t: max(grip_m, 8.0 - 1.0 * t) + 0.2 * np.clip(t - lifts_s, 0.0, 10.0),
            locked=lambda t: t >= closes_s, load_kg=lambda t: kg * (t >= lifts_s),
        )  # fmt: skip
        # Half a metre up it falls hard.
        half_up = lifts_s + 0.5 / 0.2
        case = Case(name, [vehicle, crane], *told, contact=lambda: half_up if told else np.inf)
        case.brought = {vehicle.name: BoxNotice(f"LIFU{stage:05d}{int(u_m):02d}", "22G1", 12_000.0)}
        return case

    mere = {"corner": (10, 14_500.0), "heavier": (11, 15_000.0)}
    cases = [lift(k, name, kg, "truck_lifted", WARNED, u_m=90.0) for name, (k, kg) in mere.items()]
    return [lift(10, "locked", 26_000.0, "truck_lifted", GRAVE), lift(11, "freed", 12_000.0), *cases]


class Load:
    """What an actor's spreader holds, alone."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def outlines(self, t: float) -> list:
        return self.actor.load_outline(t, self.actor.trolley(t))


def load_over_people() -> list[Case]:
    """A trolley takes a load over a walkway beside the block; in the mirror it stops a row before."""
    ring = next(zone.ring_yard_m for zone in YARD.zones if zone.name == "under")
    walkway = [(shapely.Polygon(ring), 0.0, 50.0)]

    def carried(name: str, u_m: float, ends_s: float, *told) -> Case:
        crane = rtg(
            17, u_m, trolley=lambda t: -8.0 + 1.0 * np.clip(t - 3.0, 0.0, ends_s - 3.0),
            locked=lambda t: True, load_kg=lambda t: 20_000.0, load_m=(6.058, 2.591),
        )  # fmt: skip
        return Case(name, [crane], *told, contact=lambda: contact_s(Load(crane), walkway, SECONDS))

    return [carried("hung", 20.0, 18.0, "load_over_people", GRAVE), carried("held", 95.0, 9.0)]


def let_down_where_it_is_not_for() -> list[Case]:
    """A box for row 4 is lifted from row 2 and let down on that in row 5; in the mirror on that in row 4."""
    top_m, carry_m, laden_mps, lifts_s, up_s, over_s = 2.591, 6.4, 26 / 60, 2.0, 6.0, 13.0

    def let_down(name: str, stage: int, row: int, *told) -> Case:
        crane = rtg(
            stage, 8.5 * 6.45, locked=lambda t: t >= 1.0, load_kg=lambda t: 12_000.0 * (t >= 1.0),
            trolley=lambda t: np.interp(t, (up_s, over_s), (over_row(0, 1), over_row(0, row - 1))),
            hoist=lambda t: np.interp(
                t, (lifts_s, up_s, over_s, over_s + 5.0), (top_m, carry_m, carry_m, carry_m - 5.0 * laden_mps)
            ),
            load_m=(6.058, 2.591),
        )  # fmt: skip
        stacks = {ground(stage, 8, k): ("22G1",) for k in (1, 3, 4)}
        # It hangs 2.591 m under the spreader, over a box of 2.591 m.
        lands_s = over_s + (carry_m - 2.0 * top_m) / laden_mps
        case = Case(name, [crane], *told, contact=lambda: lands_s if told else np.inf, stacks=stacks)
        case.ordered = {ground(stage, 8, 1): SlotAddress(STAGES[stage].name, 17, 4, 2)}
        return case

    return [let_down("elsewhere", 18, 5, "safe_height", GRAVE), let_down("own", 19, 4)]


def crane_to_crane() -> list[Case]:
    """Two come at one another; in the mirrors both brake in time, or stand on two quays."""

    def pair(stage: int, ways: list) -> list[Actor]:
        return [rtg(stage, 0.0, pose=way) for way in ways]

    def places(stage: int) -> list[tuple[float, float]]:
        block = STAGES[stage]
        return [block.yard_from_block(u, portal_middle_v_m(block)) for u in (26.0, 98.0)]

    def crane(x: float, y: float, heading: float, speed: float) -> Actor:
        return Actor(
            "Q", "quay_crane", straight(x, y, heading, speed), trolley=lambda t: 0.0, hoist=lambda t: 30.0
        )

    (one, other), (here, there) = places(12), places(13)
    runs = pair(12, [straight(*one, 0.0, 2.0), straight(*other, 0.0, -2.0)])
    stop = pair(13, [braking(*here, 0.0, 2.0, 3.0, 0.1), braking(*there, 0.0, -2.0, 3.0, 0.1)])
    quay = [crane(500.0, 38.0, 0.0, 0.7), crane(540.0, 38.0, 0.0, -0.7)]
    basin = [crane(800.0, 1462.0, np.pi, 0.7), crane(770.0, 38.0, 0.0, 0.7)]
    return [
        between("closing", *runs, "crane_to_crane", GRAVE),
        between("braking", *stop),
        between("quay", *quay, "crane_to_crane", GRAVE),
        between("basin", *basin),
    ]


def where_nobody_must_be() -> list[Case]:
    """Vehicles and people enter what is closed to them; in the mirrors they pass by, or it is open."""

    def into(name: str, actor: Actor, ring, rule: str = "", levels=()) -> Case:
        area = [(shapely.Polygon(ring), 0.0, 50.0)]
        return Case(
            name, [actor], rule, list(levels), lambda: contact_s(actor, area, SECONDS) if rule else np.inf
        )

    def walker(pose) -> Actor:
        return Actor("P", "person", pose, every_s=1.0)

    closed, opened, walked = STAGES[14], STAGES[15], STAGES[16]
    rings = {zone.name: zone.ring_yard_m for zone in YARD.zones}
    high = [(level, Priority.HIGH) for level in Level]
    y = walked.origin_yard_m[1]
    return [
        into("closed", truck(straight(40.0, 948.0, 0.0, 4.0)), closed.outline(), "closed_block", GRAVE),
        into("open", truck(straight(40.0, 1008.0, 0.0, 4.0)), opened.outline()),
        into("afoot", walker(straight(86.0, y + 8.0, 0.0, 1.4)), walked.outline(), "closed_block", GRAVE),
        into("beside", walker(straight(86.0, y - 2.0, 0.0, 1.4)), walked.outline()),
        into(
            "entered", truck(straight(930.0, 200.0, 0.0, 5.0)), rings["substation"], "exclusion_zone", high
        ),
        into("passing", truck(straight(930.0, 287.0, 0.0, 5.0)), rings["passed"]),
        into("strayed", truck(straight(930.0, 400.0, 0.0, 5.0)), rings["walkway"], "pedestrian_zone", GRAVE),
        into("strolls", walker(straight(985.0, 500.0, 0.0, 1.4)), rings["walked"]),
    ]  # fmt: skip


def against_the_rules_of_the_lanes() -> list[Case]:
    """Wrong way, forwards and backwards, too fast; in the mirrors the right way and at the limit."""
    warned = [(Level.WARNING, Priority.HIGH)]
    fast = [(Level.SLOW_DOWN, Priority.LOW)]
    return [
        Case("wrong", [truck(straight(700.0, 1300.0, np.pi, 5.0))], "wrong_way", warned, by_s=3.0),
        Case("right", [truck(straight(350.0, 1320.0, 0.0, 5.0))]),
        Case("backs", [truck(straight(850.0, 1320.0, 0.0, -2.0))], "wrong_way", warned, by_s=3.0),
        Case("either", [truck(straight(750.0, 1360.0, np.pi, -2.0), "agv")]),
        Case("speeds", [truck(straight(350.0, 1340.0, 0.0, 6.0))], "too_fast", fast, by_s=1.0),
        Case("keeps", [truck(straight(350.0, 1360.0, 0.0, 4.0))]),
    ]


def unheard_where_cranes_work() -> list[Case]:
    """One falls silent, one jumps, both where cranes serve; in the mirror on a road."""
    silent = {"heard": lambda t: t < 6.5}
    jumps = {"off_m": lambda t: (0.0 if t < 6.0 else 40.0, 0.0), "wheels": True}
    return [
        Case(
            "silent", [truck(straight(350.0, 1380.0, 0.0, 3.0), **silent)], "position_in_lane", WARNED,
            by_s=15.0,
        ),
        Case(
            "jumps", [truck(straight(350.0, 1400.0, 0.0, 3.0), **jumps)], "doubted_in_lane", WARNED,
            by_s=16.0,
        ),
        Case("faded", [truck(straight(350.0, 1420.0, 0.0, 3.0), **silent)]),
    ]  # fmt: skip


def past_one_that_is_not_heard_of() -> list[Case]:
    """A truck drives past where another fell silent six seconds ago; in the mirror that one is heard of."""

    def passing(name: str, y: float, *told, **heard) -> Case:
        silent = truck(straight(350.0, y, 0.0, 3.0), **heard)
        return between(name, silent, truck(straight(260.0, y + 6.0, 0.0, 6.0)), *told, by_s=14.0)

    high = [(level, Priority.HIGH) for level in Level]
    return [
        passing("unseen", 1480.0, "unknown_place", high, heard=lambda t: t < 6.5),
        passing("seen", 1520.0),
    ]


FAMILIES = (
    machine_to_machine, gantry_into_a_stack, gantry_into_a_parked_truck, under_the_safe_height,
    above_the_profile, lifted_with_its_box, load_over_people, crane_to_crane, where_nobody_must_be,
    against_the_rules_of_the_lanes, unheard_where_cranes_work,
)  # fmt: skip
FIRST_RUN = [case for family in FAMILIES for case in family()]
RUNS = [FIRST_RUN, past_one_that_is_not_heard_of(), into_a_building()]
CASES = [case for run in RUNS for case in run]


@lru_cache(maxsize=len(RUNS))
def the_run(number: int) -> Run:
    cases = RUNS[number]
    stacks = {place: types for case in cases for place, types in case.stacks.items()}
    brought = {name: box for case in cases for name, box in case.brought.items()}

    ordered = {place: slot for case in cases for place, slot in case.ordered.items()}
    numbers = dict(zip(stacks, np.cumsum([0, *map(len, stacks.values())]).tolist(), strict=False))
    moves = [Move(f"SCRU{numbers[place]:07d}", 20, None, slot) for place, slot in ordered.items()]

    def events(t: float) -> tuple[GateRead, ...]:
        if t > 0.0:
            return ()
        return tuple(GateRead("G", T0, "G", "in", GateEvent.IN, name, box) for name, box in brought.items())

    def change(state: State, t: float) -> State:
        orders = tuple(WorkOrder(number, number, move, "li") for number, move in enumerate(moves, 1))
        return state.with_columns(orders=orders) if t == 0.0 else state

    actors = [actor for case in cases for actor in case.actors]
    return play(Script(actors, SECONDS, YARD, stacks, events, change=change))


def of_case(case: Case) -> list:
    names = {actor.name for actor in case.actors}
    run = the_run(next(number for number, cases in enumerate(RUNS) if case in cases))
    return [one for one in run.raised if one.mover in names or one.other in names]


@pytest.mark.parametrize("case", [case for case in CASES if case.rule], ids=lambda case: case.name)
def test_a_conflict_is_told_by_its_rule_at_each_level_two_seconds_before_the_contact(case):
    contact = case.contact()
    raised = of_case(case)
    assert {one.rule for one in raised if one.t_s < contact} == {case.rule}
    ours = [one for one in raised if one.rule == case.rule]
    assert [(one.level, one.priority) for one in ours] == case.levels
    assert ours[0].t_s <= min(contact - case.lead_s, case.by_s)


@pytest.mark.parametrize("case", [case for case in CASES if not case.rule], ids=lambda case: case.name)
def test_the_harmless_mirror_of_a_conflict_raises_nothing(case):
    assert case.contact() == np.inf
    assert of_case(case) == []


def test_every_rule_that_a_script_is_for_is_a_rule():
    assert {case.rule for case in CASES if case.rule} <= set(RULE_NAMES)


def wind_of(mean_mps: float, gust_mps: float) -> Run:
    def events(t: float) -> tuple[WindReading, ...]:
        return (WindReading("mast", T0 + round(t * SECOND), mean_mps, gust_mps, 45.0),) if t >= 1.0 else ()

    return play(Script([], 2.0, YARD, events=events, tick_s=0.5))


@pytest.mark.parametrize(
    ("wind", "expected"),
    [
        ((12.0, 17.8), []),
        ((12.0, 18.3), [("wind_warning", Level.WARNING, Priority.HIGH)]),
        ((18.9, 18.9), [("wind_warning", Level.SLOW_DOWN, Priority.HIGH)]),
        # The warning is held back: the stop tells it all.
        ((15.0, 19.6), [("wind_stop", Level.STOP, Priority.CRITICAL)]),
    ],
    ids=["strong", "warning", "slow down", "stop"],
)
def test_the_wind_is_told_at_its_level_as_soon_as_it_is_read(wind, expected):
    run = wind_of(*wind)
    assert [(one.rule, one.level, one.priority) for one in run.raised] == expected
    assert {one.t_s for one in run.raised} <= {1.0}


def test_a_truck_that_stops_in_a_lane_is_told_after_two_minutes_and_one_that_waits_or_parks_is_not():
    stops = braking(350.0, 1440.0, 0.0, 5.0, 10.0, 0.5)
    leads = braking(450.0, 1420.0, 0.0, 5.0, 10.0, 0.5)
    waits = braking(425.0, 1420.0, 0.0, 5.0, 10.0, 0.5)
    parks = braking(350.0, 1190.0, 0.0, 2.0, 10.0, 0.5)
    ways = zip("SLWP", (stops, leads, waits, parks), strict=True)
    actors = [Actor(name, "external_truck", way) for name, way in ways]
    run = play(Script(actors, 146.0, YARD, tick_s=2.0))
    assert {one.rule for one in run.raised} == {"stopped_in_lane"}
    assert {one.mover for one in run.raised} == {"S", "L"}
    assert all((one.level, one.priority) == (Level.WARNING, Priority.LOW) for one in run.raised)
    # It stands from 20 s on.
    assert all(138.0 <= one.t_s <= 143.0 for one in run.raised)
