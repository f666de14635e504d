"""Trolleys that swing low at a stack, stop at the row before it, or wait for their hoist, in noise.

An RTG's trolley brakes with 0.3 m/s2 from 70 m/min: 1.94 s before the contact at the latest. Sooner nobody
can tell one that will brake from one that will not; so one that will not must be told of soon after.
"""

import numpy as np
from scripted_stages import FIVE, YARD, against_stacks, ground, over_row, rtg
from scripted_yard import WIDTH_M, Script, play

from twin.fleet.kinds import KINDS

STACK, FROM, BAY = 2, 5, 8
SWINGS, STOPS, WAITS = (0, 1, 2, 3, 4, 5, 6), (7, 10, 11, 12), (13, 15, 16, 17, 18)
V_MPS, A_MPS2 = KINDS["rtg"].trolley_mps, KINDS["rtg"].trolley_mps2
STARTS_S, ENDS_S = 4.0, 11.0
BRAKES_S = V_MPS / (2.0 * A_MPS2)


def swings(t: float) -> float:
    """Give a trolley's way at full speed, into the stack."""
    return over_row(0, FROM) - V_MPS * float(np.clip(t - STARTS_S, 0.0, 6.0))


def braked_to(end_m: float):
    """Give a trolley's way at full speed that brakes as it usually does and stands at an end."""
    brakes_m = V_MPS**2 / (2.0 * A_MPS2)
    steady_s = (over_row(0, FROM) - end_m - brakes_m) / V_MPS

    def trolley(t: float) -> float:
        gone = np.clip(t - STARTS_S, 0.0, steady_s)
        late = np.clip(t - STARTS_S - steady_s, 0.0, V_MPS / A_MPS2)
        return over_row(0, FROM) - float(V_MPS * gone + V_MPS * late - A_MPS2 * late**2 / 2.0)

    return trolley


def case_on(stage: int):
    stacks = {ground(stage, BAY, STACK): FIVE[:4]}
    low = {"hoist": lambda t: 8.0, "trolley": swings}
    if stage in STOPS:
        low["trolley"] = braked_to(over_row(0, STACK + 1))
    if stage in WAITS:
        low = {
            "hoist": lambda t: 7.0 + 0.3 * max(t - STARTS_S, 0.0),
            "trolley": braked_to(over_row(0, STACK) + WIDTH_M + 0.1),
        }
    return against_stacks(f"stage{stage}", rtg(stage, (BAY + 0.5) * 6.45, **low), stacks)


def test_a_low_swing_is_told_in_time_and_one_that_brakes_for_its_row_or_its_hoist_is_not():
    cases = {stage: case_on(stage) for stage in SWINGS + STOPS + WAITS}
    stacks = {place: types for case in cases.values() for place, types in case.stacks.items()}
    run = play(Script([case.actors[0] for case in cases.values()], ENDS_S, YARD, stacks))
    for stage, case in cases.items():
        raised = [one for one in run.raised if one.mover == case.actors[0].name]
        if stage not in SWINGS:
            assert raised == []
            continue
        left_s = case.contact() - raised[0].t_s
        assert raised[0].rule == "safe_height"
        assert 1.6 < left_s < BRAKES_S + 0.1
