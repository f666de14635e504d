"""Contacts foreseen from positions that come late: who has braked since is no alarm, who has not is one."""

import pytest
from scripted_yard import Actor, Script, braking, contact_s, play, still, straight

from twin.safety.table import Level

SPEED_MPS, FROM_M, SECONDS = 5.0, 45.0, 11.0
LENGTH_M = 17.0
"""A truck with its trailer is shorter than this."""


def drives_up(pose, late_s):
    """Give the run of a truck that comes up to one that stands, by positions that come late."""
    stands = Actor("FRONT", "external_truck", still(FROM_M, 300.0, 0.0), wheels=True)
    comes = Actor("REAR", "external_truck", pose, wheels=True)
    return play(Script([stands, comes], SECONDS, late_s=late_s)), contact_s(comes, stands, SECONDS)


@pytest.mark.parametrize("late_s", [0.0, 1.0, 2.0])
def test_who_brakes_gently_up_to_a_queue_raises_no_contact_however_late_he_is_heard(late_s):
    mps2, before_m = 0.6, 2.0
    way_m = FROM_M - LENGTH_M - before_m - SPEED_MPS**2 / (2 * mps2)
    run, met_s = drives_up(braking(0.0, 300.0, 0.0, SPEED_MPS, way_m / SPEED_MPS, mps2), late_s)

    assert met_s == float("inf")
    assert run.of("contact") == []


@pytest.mark.parametrize(("late_s", "lead_s"), [(0.0, 2.0), (1.0, 1.9), (2.0, 0.9)])
def test_who_does_not_brake_raises_a_contact_that_is_critical_before_it_comes(late_s, lead_s):
    run, met_s = drives_up(straight(0.0, 300.0, 0.0, SPEED_MPS), late_s)

    raised = run.of("contact")
    assert met_s < SECONDS
    assert met_s - raised[0].t_s >= lead_s
    grave = [one for one in raised if one.level >= Level.SLOW_DOWN]
    assert grave
    assert grave[0].t_s < met_s
