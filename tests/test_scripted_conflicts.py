"""One scripted conflict for each rule of the yard, with its harmless mirror, through the whole engine.

All scripts play at once, each on a stage of its own, far from the others: so they cost one run.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pytest
from scripted_yard import (
    Actor,
    Run,
    Script,
    contact_s,
    play,
    stack_outlines,
    still,
    stocked,
    straight,
)

from twin.safety.table import Level, Priority
from twin.yard.model import Block, BlockKind, Georeference, Yard
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m
from twin.yard.slots import slots_of

SECONDS = 21.0
LEAD_S = 2.0
"""So long before the contact an alarm is to come [s]."""
WARNED = [(Level.WARNING, Priority.HIGH)]
GRAVE = [*WARNED, (Level.SLOW_DOWN, Priority.CRITICAL), (Level.STOP, Priority.CRITICAL)]
FIVE = ("22G1",) * 5


def _stage(number: int, **more: object) -> Block:
    values: dict[str, object] = {"bays": 20, "rows": 6, "tiers": 6, "row_limits_m": ()}
    return Block(f"S{number:02d}", BlockKind.RTG, (100.0, 100.0 + 60.0 * number), 0.0, **{**values, **more})  # type: ignore[arg-type]


STAGES = tuple(_stage(number) for number in range(14))
YARD = Yard(
    "Stages", Georeference(4326, (121.0, 30.0)), ((0, 0), (1500, 0), (1500, 1500), (0, 1500)),
    blocks=STAGES,
)  # fmt: skip
SLOTS = slots_of(YARD)


@dataclass
class Case:
    """A script on its stage: who acts, on what, and what is to come of it."""

    name: str
    actors: list[Actor]
    rule: str = ""
    levels: list[tuple[Level, Priority]] = field(default_factory=list)
    contact: Callable[[], float] = lambda: np.inf
    stacks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lead_s: float = LEAD_S

    def __post_init__(self) -> None:
        for number, actor in enumerate(self.actors):
            actor.name = f"{actor.name}{number}-{self.name}"[:16]


def ground(stage: int, position: int, row: int) -> int:
    return int(SLOTS.first[stage]) + position * STAGES[stage].rows + row


def rtg(stage: int, u_m: float, speed_mps: float = 0.0, aside_m: float = 0.0, **more) -> Actor:
    """An RTG over its block, its spreader high unless told otherwise."""
    block = STAGES[stage]
    x, y = block.yard_from_block(u_m, portal_middle_v_m(block) + aside_m)
    values = {"pose": straight(x, y, 0.0, speed_mps), "trolley": lambda t: 0.0, "hoist": lambda t: 17.5}
    return Actor("C", "rtg", block=block.name, **{**values, **more})


def over_row(stage: int, row: int) -> float:
    block = STAGES[stage]
    return (row + 0.5) * block.row_pitch_m - portal_middle_v_m(block)


def truck(pose, kind: str = "external_truck", **more) -> Actor:
    return Actor("T", kind, pose, **more)


def standing(stacks: dict[int, tuple[str, ...]]) -> list:
    return stack_outlines(stocked(YARD, stacks))


def against_stacks(name: str, actor: Actor, stacks, rule: str = "", levels=(), **more) -> Case:
    return Case(
        name, [actor], rule, list(levels), lambda: contact_s(actor, standing(stacks), SECONDS), stacks, **more
    )


def between(name: str, one: Actor, other: Actor, rule: str = "", levels=(), **more) -> Case:
    return Case(name, [one, other], rule, list(levels), lambda: contact_s(one, other, SECONDS), **more)


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


CASES = [
    case
    for family in (machine_to_machine, gantry_into_a_stack, gantry_into_a_parked_truck)
    for case in family()
]


@lru_cache(maxsize=1)
def the_run() -> Run:
    stacks = {place: types for case in CASES for place, types in case.stacks.items()}
    return play(Script([actor for case in CASES for actor in case.actors], SECONDS, YARD, stacks))


def of_case(case: Case) -> list:
    names = {actor.name for actor in case.actors}
    return [one for one in the_run().raised if one.mover in names or one.other in names]


@pytest.mark.parametrize("case", [case for case in CASES if case.rule], ids=lambda case: case.name)
def test_a_conflict_is_told_by_its_rule_at_each_level_two_seconds_before_the_contact(case):
    contact = case.contact()
    before = [one for one in of_case(case) if one.t_s < contact]
    assert {one.rule for one in before} == {case.rule}
    assert [(one.level, one.priority) for one in before] == case.levels
    assert before[0].t_s <= contact - case.lead_s


@pytest.mark.parametrize("case", [case for case in CASES if not case.rule], ids=lambda case: case.name)
def test_the_harmless_mirror_of_a_conflict_raises_nothing(case):
    assert case.contact() == np.inf
    assert of_case(case) == []
