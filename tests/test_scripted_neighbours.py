"""People, structures, narrow walkways, cranes of two runways and boxes of no name, through the whole engine.

All play at once, each far from the others.
"""

import dataclasses
from functools import lru_cache

import numpy as np
import pytest
import shapely
from scripted_stages import GRAVE, STAGES, YARD, Case, against_stacks, between, ground, over_row, rtg, truck
from scripted_yard import Actor, Run, Script, contact_s, play, still, straight

from twin.safety.table import Priority
from twin.yard.model import Zone, ZoneKind
from twin.yard.portal import portal_middle_v_m

SECONDS = 14.5


def _rectangle(x: float, y: float, half_x_m: float, half_y_m: float) -> tuple[tuple[float, float], ...]:
    return tuple((x + a * half_x_m, y + b * half_y_m) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def _over(stage: int, u_m: float, aside_m: float = 0.0) -> tuple[float, float]:
    return STAGES[stage].yard_from_block(u_m, portal_middle_v_m(STAGES[stage]) + aside_m)


HUT, WALKWAY = _rectangle(*_over(0, 55.0), 2.0, 2.0), _rectangle(400.45, 175.0, 0.45, 25.0)
PATHS_M = (660.0, 720.0, 780.0, 840.0)
"""The middles of walkways 3 m wide."""
NARROW = dataclasses.replace(
    YARD,
    zones=(
        *YARD.zones, Zone("hut", ZoneKind.BUILDING, HUT, 6.0), Zone("narrow", ZoneKind.PEDESTRIAN, WALKWAY),
        *(Zone(f"path{y:g}", ZoneKind.PEDESTRIAN, _rectangle(560.0, y, 20.0, 1.5)) for y in PATHS_M),
    ),
)  # fmt: skip


def _person(pose) -> Actor:
    return Actor("P", "person", pose, every_s=1.0)


def at_people() -> list[Case]:
    """A reach stacker and a truck back slowly into somebody; in the mirror one is passed closely."""
    lift = {"hoist": lambda t: 3.0, "trolley": lambda t: 0.0}
    stacker = Actor("R", "reach_stacker", straight(660.0, 400.0, np.pi, -1.5), **lift)
    return [
        between("backs", stacker, _person(still(682.0, 400.5, 0.0)), "contact", GRAVE),
        between(
            "docks", truck(straight(760.0, 520.0, np.pi, -1.0)), _person(still(785.0, 520.0, 0.0)), "contact",
            GRAVE,
        ),
        between("passes", truck(straight(300.0, 620.0, 0.0, 4.0)), _person(still(330.0, 622.2, 0.0))),
    ]  # fmt: skip


def on_foot() -> list[Case]:
    """One walks up to a parked truck and gets in, two walk into one another: no contact of machines."""
    gets_in = _person(straight(452.9, 290.0, np.pi / 2, 1.4, 10.0 / 1.4))
    one, other = _person(straight(300.0, 300.0, 0.0, 1.4)), _person(straight(330.0, 300.2, np.pi, 1.4))
    boards, meet = between("boards", truck(still(450.0, 300.0, 0.0)), gets_in), between("meet", one, other)
    return [boards, meet]


def what_hangs() -> list[Case]:
    """A spreader is taken into a hut, a box that nobody knows into a stack and, beside it, over one."""
    hut = [(shapely.Polygon(HUT), 0.0, 6.0)]
    low = rtg(0, 30.0, 1.8, hoist=lambda t: 4.0)
    holds = {"locked": lambda t: True, "load_kg": lambda t: 14_000.0, "load_m": (6.058, 2.591)}

    def carried(name: str, stage: int, hoist_m: float, *told) -> Case:
        over = {"trolley": lambda t: over_row(stage, 2), "hoist": lambda t: hoist_m}
        stacks = {ground(stage, 8, 2): ("22G1",) * 4}
        return against_stacks(name, rtg(stage, 32.0, 1.5, **over, **holds), stacks, *told)

    return [
        Case("hut", [low], "safe_height", GRAVE, lambda: contact_s(low, hut, SECONDS)),
        carried("unnamed", 3, 12.0, "safe_height", GRAVE), carried("above", 4, 13.4),
    ]  # fmt: skip


def of_two_runways() -> list[Case]:
    """A gantry that crosses over drives into one of another block; in the mirror they stand side by side."""
    high = {"trolley": lambda t: 0.0, "hoist": lambda t: 17.5}
    crosses = Actor("C", "rtg", straight(*_over(15, 60.0, 25.0), np.pi / 2, 1.5), **high)
    beside = Actor("C", "rtg", straight(*_over(17, 30.0, 24.8), 0.0, 1.5), **high)
    return [
        between("crosses", crosses, rtg(16, 60.0), "gantry_travel", GRAVE),
        between("side", beside, rtg(17, 60.0)),
    ]


def over_a_narrow_walkway() -> list[Case]:
    """A truck drives over a walkway narrower than a step."""
    walkway, drives = [(shapely.Polygon(WALKWAY), 0.0, 50.0)], truck(straight(350.0, 175.0, 0.0, 6.5))
    return [Case("narrow", [drives], "pedestrian_zone", GRAVE, lambda: contact_s(drives, walkway, SECONDS))]


def along_a_walkway() -> list[Case]:
    """A flank, and a spreader held out in front, are in it; in the mirrors they are a hand's breadth beside.

    The middle of none comes near it: a truck reaches 1.25 m aside, a spreader 3.03 m.
    """
    lift = {"hoist": lambda t: 3.0, "trolley": lambda t: 0.0}

    def along(name: str, path: int, y: float, *told, stacker: bool = False) -> Case:
        pose = straight(500.0, PATHS_M[path] + y, 0.0, 4.0)
        drives = Actor("R", "reach_stacker", pose, **lift) if stacker else truck(pose)
        # What is in front of it, its spreader or its cab, comes to the walkway first.
        enters_s = (540.0 - 500.0 - (9.4 if stacker else 4.1)) / 4.0
        return Case(name, [drives], *told, contact=lambda: enters_s if told else np.inf)

    return [
        along("flank", 0, -1.9, "pedestrian_zone", GRAVE), along("clear", 1, -3.0),
        along("span", 2, 3.7, "pedestrian_zone", GRAVE, stacker=True), along("aside", 3, 4.8, stacker=True),
    ]  # fmt: skip


FAMILIES = (at_people, on_foot, what_hangs, of_two_runways, over_a_narrow_walkway, along_a_walkway)
CASES = [case for family in FAMILIES for case in family()]


@lru_cache(maxsize=1)
def the_run() -> Run:
    stacks = {place: types for case in CASES for place, types in case.stacks.items()}
    return play(Script([actor for case in CASES for actor in case.actors], SECONDS, NARROW, stacks))


def of_case(case: Case) -> list:
    names = {actor.name for actor in case.actors}
    return [one for one in the_run().raised if one.mover in names or one.other in names]


@pytest.mark.parametrize("case", [case for case in CASES if case.rule], ids=lambda case: case.name)
def test_a_conflict_is_told_by_its_rule_at_each_level_two_seconds_before_the_contact(case):
    contact = case.contact()
    before = [one for one in of_case(case) if one.t_s < contact]
    assert {one.rule for one in before} == {case.rule}
    ours = [one for one in of_case(case) if one.rule == case.rule]
    assert [(one.level, one.priority) for one in ours] == case.levels
    assert ours[0].t_s <= contact - case.lead_s
    # Whose way it is comes first in the sentence.
    assert ours[0].mover == case.actors[0].name


@pytest.mark.parametrize("case", [case for case in CASES if not case.rule], ids=lambda case: case.name)
def test_the_harmless_mirror_of_a_conflict_raises_nothing(case):
    assert [one for one in of_case(case) if one.priority == Priority.CRITICAL] == []
    assert of_case(case) == []
