"""What comes slowly or from aside is told of in time too: spreaders that creep, trailers that cut in.

All play at once, each far from the others.
"""

from functools import lru_cache

import numpy as np
import pytest
from scripted_stages import FIVE, STAGES, YARD, Case, against_stacks, between, ground, over_row, rtg, truck
from scripted_yard import Actor, Run, Script, braking, play, still, straight, trailing, turning

from twin.safety.table import Level, Priority
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m

SECONDS = 13.0
CREEP_MPS, BRAKES_MPS2 = 0.5, 0.3
BAY, TALL, FROM = 8, 2, 3
WARNED = (Level.WARNING, Priority.HIGH)


def _trolley(stage: int, name: str, *told, **drives) -> Case:
    """A trolley with its spreader low beside a stack of four; ``drives`` say where trolley and hoist are."""
    stacks = {ground(stage, BAY, TALL): FIVE[:4]}
    low = {"hoist": lambda t: 8.0, **drives}
    return against_stacks(name, rtg(stage, (BAY + 0.5) * 6.45, **low), stacks, *told)


def trolleys() -> list[Case]:
    """One creeps into a stack; in the mirrors it stops before, lifts in time, or is high enough."""
    starts_m, way_m = over_row(0, FROM) + 1.8, 1.8 + 2.79 - 2.438

    def creeps(t: float) -> float:
        return starts_m - CREEP_MPS * max(t - 2.0, 0.0)

    def stops(t: float, room_m: float = 1.3) -> float:
        steady_s = (way_m - room_m - CREEP_MPS**2 / (2.0 * BRAKES_MPS2)) / CREEP_MPS
        late = float(np.clip(t - 2.0 - steady_s, 0.0, CREEP_MPS / BRAKES_MPS2))
        gone = CREEP_MPS * float(np.clip(t - 2.0, 0.0, steady_s))
        return starts_m - gone - (CREEP_MPS * late - BRAKES_MPS2 * late**2 / 2.0)

    def lifts(t: float) -> float:
        return 8.0 + min(0.8 * max(t - 3.0, 0.0), 4.0)

    return [
        _trolley(0, "creeps", "safe_height", trolley=creeps),
        _trolley(1, "lifts", trolley=creeps, hoist=lifts),
        _trolley(2, "high", trolley=creeps, hoist=lambda t: 12.0),
        _trolley(3, "stops", trolley=stops),
    ]


def at_a_cab() -> list[Case]:
    """A spreader creeps, or is let down slowly, at a parked truck's cab; in the mirror it stays above."""

    def at_cab(name: str, stage: int, start_m: float, *told, **drives) -> Case:
        block = STAGES[stage]
        lane_m = truck_lane_v_m(block) - portal_middle_v_m(block)
        parked = truck(still(*block.yard_from_block(50.0, truck_lane_v_m(block)), 0.0))
        aside = {
            "trolley": lambda t: lane_m - start_m + CREEP_MPS * np.clip(t - 2.0, 0.0, start_m / CREEP_MPS)
        }
        crane = rtg(stage, 52.9, **{"hoist": lambda t: 2.0, **aside, **drives})
        return between(name, parked, crane, *told)

    def down(t: float, least_m: float = 0.0) -> float:
        return max(8.0 - CREEP_MPS * max(t - 1.0, 0.0), least_m)

    return [
        at_cab("cab", 4, 5.5, "contact"), at_cab("roof", 5, 0.0, "contact", hoist=down),
        at_cab("above", 10, 0.0, hoist=lambda t: down(t, 4.9)),
    ]  # fmt: skip


def stackers() -> list[Case]:
    """A stacker drives a low spreader into a stack; in the mirrors it lifts on its way, or stops before."""

    def drives(name: str, stage: int, pose_of, hoist, *told, kind: str = "reach_stacker") -> Case:
        x, y = STAGES[stage].yard_from_block((BAY + 0.5) * 6.45, 0.0)
        actor = Actor("R", kind, pose_of(x, y), hoist=hoist, trolley=lambda t: 0.0)
        return against_stacks(name, actor, {ground(stage, BAY, 0): FIVE[:3]}, *told)

    def up_to(speed_mps: float):
        return lambda x, y: straight(x, y - 9.2 - 8.0 * speed_mps, np.pi / 2, speed_mps)

    def before(x: float, y: float):
        return braking(x, y - 10.2 - 4.0 * 2.0 - 2.0**2 / (2 * 0.5), np.pi / 2, 2.0, 4.0, 0.5)

    def rises(t: float) -> float:
        return min(2.0 + 0.42 * max(t - 1.0, 0.0), 8.5)

    return [
        drives("drives", 6, up_to(2.0), lambda t: 3.0, "contact"),
        drives("slowly", 7, up_to(1.0), lambda t: 5.0, "contact", kind="empty_handler"),
        drives("rises", 8, lambda x, y: straight(x, y - 28.0, np.pi / 2, 1.0, 17.0), rises),
        drives("before", 9, before, lambda t: 3.0),
    ]


def trailers() -> list[Case]:
    """A trailer sweeps inwards over somebody; in the mirror he stands further inside."""

    def cuts_in(name: str, y: float, kind: str, aside_m: float, *told) -> Case:
        way = turning(600.0, y, 0.0, 2.5, 4.0, 2.5 / 11.0)
        comes = truck(way, "terminal_tractor", wheels=True, trailer=trailing(way, 9.8, 20.0))
        # The tractor's rear axle has passed it by some metres, which the trailer cuts.
        beside = Actor("S", kind, still(607.5 - aside_m, y + 4.0 + aside_m, 0.0), every_s=1.0)
        return between(name, comes, beside, *told)

    return [
        cuts_in("person", 260.0, "person", 0.0, "contact"), cuts_in("inside", 420.0, "person", 2.5),
    ]  # fmt: skip


CASES = [case for family in (trolleys, at_a_cab, stackers, trailers) for case in family()]


@lru_cache(maxsize=1)
def the_run() -> Run:
    stacks = {place: types for case in CASES for place, types in case.stacks.items()}
    return play(Script([actor for case in CASES for actor in case.actors], SECONDS, YARD, stacks))


def of_case(case: Case) -> list:
    names = {actor.name for actor in case.actors}
    return [one for one in the_run().raised if one.mover in names or one.other in names]


@pytest.mark.parametrize("case", [case for case in CASES if case.rule], ids=lambda case: case.name)
def test_what_comes_slowly_or_from_aside_is_warned_of_two_seconds_before_the_contact(case):
    contact_s = case.contact()
    assert contact_s < SECONDS
    first = of_case(case)[0]
    assert (first.rule, (first.level, first.priority)) == (case.rule, WARNED)
    assert contact_s - 3.0 <= first.t_s <= contact_s - 2.0


@pytest.mark.parametrize("case", [case for case in CASES if not case.rule], ids=lambda case: case.name)
def test_who_stops_lifts_or_passes_is_not_told_of(case):
    assert case.contact() == np.inf
    assert of_case(case) == []
