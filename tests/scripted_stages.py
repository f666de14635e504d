"""A yard of stages, far from one another, on which scripts play at once; and what a script is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from scripted_yard import Actor, contact_s, stack_outlines, stocked, straight

from twin.safety.table import Level, Priority
from twin.stock.table import BoxNotice
from twin.yard.model import Block, BlockKind, Georeference, Lane, LaneKind, Quay, Yard, Zone, ZoneKind
from twin.yard.portal import portal_middle_v_m
from twin.yard.slots import SlotAddress, slots_of

SECONDS = 17.5
LEAD_S = 2.0
"""So long before the contact an alarm is to come [s]."""
WARNED = [(Level.WARNING, Priority.HIGH)]
GRAVE = [*WARNED, (Level.SLOW_DOWN, Priority.CRITICAL), (Level.STOP, Priority.CRITICAL)]
FIVE = ("22G1",) * 5


def _stage(number: int, **more: object) -> Block:
    values: dict[str, object] = {"bays": 20, "rows": 6, "tiers": 6, "row_limits_m": ()}
    return Block(f"S{number:02d}", BlockKind.RTG, (100.0, 100.0 + 60.0 * number), 0.0, **{**values, **more})


LIMITED = {"row_limits_m": (18.0, 18.0, 10.0)}
STAGES = tuple(
    _stage(number, **({8: LIMITED, 9: LIMITED, 14: {"closed": True}}.get(number, {}))) for number in range(20)
)


def _square(x: float, y: float, half_m: float = 10.0) -> tuple[tuple[float, float], ...]:
    return tuple((x + a * half_m, y + b * half_m) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def _lane(name: str, kind: LaneKind, y: float, limit_mps: float = 6.94) -> Lane:
    return Lane(name, kind, ((300.0, y), (900.0, y)), speed_limit_mps=limit_mps)


UNDER = ((116.0, 1136.0), (210.0, 1136.0), (210.0, 1144.0), (116.0, 1144.0))
OFFICE = _square(1000.0, 600.0)
YARD = Yard(
    "Stages", Georeference(4326, (121.0, 30.0)), ((0, 0), (1500, 0), (1500, 1500), (0, 1500)), blocks=STAGES,
    lanes=(
        _lane("against", LaneKind.ROAD, 1300.0), _lane("along", LaneKind.ROAD, 1320.0),
        _lane("slow", LaneKind.ROAD, 1340.0, 4.0), _lane("kept", LaneKind.ROAD, 1360.0, 4.0),
        _lane("works", LaneKind.TRUCK_LANE, 1380.0), _lane("doubt", LaneKind.TRUCK_LANE, 1400.0),
        _lane("road", LaneKind.ROAD, 1420.0), _lane("queue", LaneKind.ROAD, 1440.0),
        _lane("waits", LaneKind.PARKING, 1190.0),
    ),
    zones=(
        Zone("substation", ZoneKind.EXCLUSION, _square(1000.0, 200.0)),
        Zone("passed", ZoneKind.EXCLUSION, _square(1000.0, 300.0)),
        Zone("walkway", ZoneKind.PEDESTRIAN, _square(1000.0, 400.0)),
        Zone("walked", ZoneKind.PEDESTRIAN, _square(1000.0, 500.0)),
        Zone("under", ZoneKind.PEDESTRIAN, UNDER), Zone("office", ZoneKind.BUILDING, OFFICE, 9.0),
    ),
    quays=(
        Quay("North", ((300.0, 20.0), (800.0, 20.0))), Quay("South", ((1200.0, 1480.0), (300.0, 1480.0))),
    ),
)  # fmt: skip
SLOTS = slots_of(YARD)


@dataclass
class Case:
    """A script on its stage: who acts, on what, and what is to come of it.

    ``brought`` are boxes on trucks by name, ``ordered`` the slots that boxes from ground slots are for.
    """

    name: str
    actors: list[Actor]
    rule: str = ""
    levels: list[tuple[Level, Priority]] = field(default_factory=list)
    contact: Callable[[], float] = lambda: np.inf
    stacks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lead_s: float = LEAD_S
    by_s: float = np.inf
    brought: dict[str, BoxNotice] = field(default_factory=dict)
    ordered: dict[int, SlotAddress] = field(default_factory=dict)

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


def into_a_building() -> list[Case]:
    """A truck drives at a wall; in the mirror it passes it by half a metre."""

    def drives(name: str, y: float, *told) -> Case:
        actor, office = truck(straight(910.0, y, 0.0, 6.0)), shapely.Polygon(OFFICE)
        return Case(name, [actor], *told, contact=lambda: contact_s(actor, [(office, 0.0, 9.0)], SECONDS))

    return [drives("wall", 600.0, "contact", GRAVE), drives("beside", 611.8)]
