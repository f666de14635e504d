"""A gantry is told of what stands in its track before it has to brake, and of nothing that stands beside."""

import numpy as np
import pytest
from scripted_stages import STAGES, YARD, rtg, truck
from scripted_yard import Raised, Script, contact_s, play, still

from twin.safety.rules.gantries import STOPS_MPS2
from twin.safety.table import Level
from twin.yard.portal import portal_middle_v_m, truck_lane_v_m

FULL_MPS = 1.8
LEG_V_M = portal_middle_v_m(STAGES[2]) + 11.5


def told(v_m: float, heading: float, speed_mps: float = FULL_MPS) -> tuple[list[Raised], float]:
    """Give what is told of a gantry that comes at a truck, and when they touch [s]."""
    stands = truck(still(*STAGES[2].yard_from_block(50.0, v_m), heading))
    gantry = rtg(2, 33.0 - speed_mps * 9.0, speed_mps)
    run = play(Script([gantry, stands], 13.0, YARD, tick_s=0.2))
    return run.of("gantry_travel"), contact_s(gantry, stands, 30.0)


@pytest.mark.parametrize("heading", [0.0, 0.4, np.pi])
def test_a_gantry_at_full_speed_is_told_level_by_level_before_it_has_to_brake(heading):
    raised, touch_s = told(LEG_V_M, heading)
    brakes_s = touch_s - FULL_MPS / (2.0 * STOPS_MPS2)
    assert [one.level for one in raised] == [Level.WARNING, Level.SLOW_DOWN, Level.STOP]
    assert raised[0].t_s <= brakes_s - 3.5
    assert raised[0].t_s >= brakes_s - 5.0


def test_a_gantry_that_creeps_is_told_of_later():
    raised, touch_s = told(LEG_V_M, 0.0, 0.5)
    assert all(touch_s - one.t_s < 5.5 for one in raised)


@pytest.mark.parametrize("v_m", [truck_lane_v_m(STAGES[2]), LEG_V_M + 2.6])
def test_a_truck_in_the_truck_lane_and_one_that_passes_the_sill_are_not_told_of(v_m):
    assert told(v_m, 0.0)[0] == []
