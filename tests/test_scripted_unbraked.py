"""Who does not brake is told of two seconds before the contact, however slowly or sideways he comes.

And who is known no better than to metres: a place not known is no free place, and no contact for sure either.
All play at once, each far from the others.
"""

from functools import lru_cache

import numpy as np
import pytest
from scripted_stages import YARD, Case, between, truck
from scripted_yard import Actor, Run, Script, braking, play, still, straight

from twin.safety.table import Level, Priority

SECONDS = 11.0
WARNED = (Level.WARNING, Priority.HIGH)


def _at(x: float, y: float, heading: float, speed_mps: float, at_s: float = 10.0):
    """Give a straight way that comes to a place at an instant."""
    way_m = speed_mps * at_s
    return straight(x - way_m * np.cos(heading), y - way_m * np.sin(heading), heading, speed_mps)


def slowly() -> list[Case]:
    """A truck backs into a parked one, another drives up to one; in the mirrors they brake, or crawl."""

    def up_to(name: str, y: float, pose, *told) -> Case:
        return between(name, truck(pose), truck(still(460.0, y, 0.0)), *told)

    backs, parked = truck(straight(420.0, 380.0, np.pi, -2.0)), truck(still(460.0, 380.0, 0.0))
    behind_m = 460.0 - 11.8 - 4.1
    stops_m = 2.0**2 / (2 * 0.6) + 1.5
    brakes = braking(behind_m - stops_m - 12.0, 340.0, 0.0, 2.0, 6.0, 0.6)
    return [
        between("backs", backs, parked, "contact"),
        up_to("rolls", 300.0, _at(behind_m, 300.0, 0.0, 1.8), "contact"),
        up_to("brakes", 340.0, brakes),
        up_to("crawls", 360.0, straight(behind_m - 5.0, 360.0, 0.0, 0.4, 12.0)),
    ]


def sideways() -> list[Case]:
    """A truck scrapes along a parked one, two beside one another converge; in the mirrors they keep apart."""
    five = np.radians(5.0)

    def pair(name: str, y: float, aside_m: float, heading: float, other, *told) -> Case:
        comes = _at(650.0, y - aside_m, heading, 6.0)
        return between(name, truck(comes), truck(other), *told)

    return [
        pair("scrapes", 160.0, 2.9, five, still(653.0, 160.0, 0.0), "contact"),
        pair("converges", 220.0, 2.6, five, _at(653.0, 220.0, 0.0, 6.0), "contact"),
        pair("beside", 480.0, 3.5, 0.0, _at(653.0, 480.0, 0.0, 6.0)),
        pair("passes", 520.0, 3.7, 0.0, still(653.0, 520.0, 0.0)),
    ]


def uncertain() -> list[Case]:
    """One drives at somebody who is shown beside his way; in the mirror both are known to centimetres."""

    def past(name: str, y: float, sigma_m: float, off_m: float, *told) -> Case:
        person = Actor(
            "P", "person", still(320.0, y + 3.5 - off_m, 0.0), every_s=1.0, sigma_m=sigma_m,
            off_m=lambda t: (0.0, off_m),
        )  # fmt: skip
        return between(name, truck(_at(320.0, y, 0.0, 6.0)), person, *told)

    def crossing(name: str, y: float, sigma_m: float) -> Case:
        """Give two who cross one another's way a truck's length apart and are shown to meet."""
        late = truck(_at(960.0, y, np.pi / 2, 6.0, 14.0), sigma_m=sigma_m, off_m=lambda t: (0.0, 20.0))
        return between(name, truck(_at(960.0, y, 0.0, 6.0), sigma_m=sigma_m), late)

    return [
        past("unsure", 560.0, 2.0, 3.0, "too_uncertain"), past("sure", 600.0, 0.01, 0.0),
        crossing("coarse", 750.0, 4.0),
    ]  # fmt: skip


CASES = [case for family in (slowly, sideways, uncertain) for case in family()]


@lru_cache(maxsize=1)
def the_run() -> Run:
    return play(Script([actor for case in CASES for actor in case.actors], SECONDS, YARD))


def of_case(case: Case) -> list:
    names = {actor.name for actor in case.actors}
    return [one for one in the_run().raised if one.mover in names or one.other in names]


@pytest.mark.parametrize("case", [case for case in CASES if case.rule], ids=lambda case: case.name)
def test_a_contact_that_nobody_brakes_for_is_warned_of_two_seconds_before_it(case):
    contact_s = case.contact()
    assert contact_s < SECONDS
    first = of_case(case)[0]
    assert (first.rule, (first.level, first.priority)) == (case.rule, WARNED)
    assert first.t_s <= contact_s - 2.0


@pytest.mark.parametrize("case", [case for case in CASES if not case.rule], ids=lambda case: case.name)
def test_who_brakes_crawls_or_passes_is_not_told_of_as_one_who_will_touch(case):
    assert case.contact() == np.inf
    raised = of_case(case)
    assert [one for one in raised if one.priority == Priority.CRITICAL] == []
    assert raised == [] or case.name == "coarse"
