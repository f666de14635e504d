"""What a standing alarm tells of its measure: as it came, or the worst since."""

import math

import pytest
from test_safety_alarms import Desk

from twin.safety.encounters import no_encounters


def values(desk: Desk, measures: list[tuple[float, float]]) -> list[list[float]]:
    """Give what the alarms tell after each of some seconds of (time to contact, gap)."""
    told = []
    for time_s, gap_m in measures:
        desk.conflict(time_s, gap_m)
        told.append(desk.tick(1.0).alarms.value.tolist())
    return told


def test_the_deepest_of_an_overlap_is_told_and_nothing_changes_for_less_than_a_tenth():
    desk = Desk()
    told = values(desk, [(0.0, -0.5), (0.0, -0.54), (0.0, -2.4), (0.0, -2.5), (0.0, -0.1), (0.0, math.nan)])
    assert told == [[0.5], [0.5], [2.4], [2.4], [2.4], [2.4]]
    values(desk, [(0.0, -2.5)])
    before = desk.alarms
    assert desk.tick().alarms is before
    desk.encounters = no_encounters()
    assert desk.tick().alarms.value.tolist() == [2.4]


def test_the_shortest_of_a_time_to_contact_is_told():
    desk = Desk()
    told = values(desk, [(0.5, 1.0)] * 3 + [(0.48, 1.0), (0.2, 1.0), (0.4, 1.0)])
    assert told[2:] == [[0.5], [0.5], [0.2], [0.2]]


@pytest.mark.parametrize("ack", [True, False])
def test_a_worse_measure_of_one_level_asks_for_no_new_answer(ack: bool):
    desk = Desk()
    values(desk, [(0.0, -0.5)])
    if ack:
        desk.acknowledge(int(desk.alarms.id[0]))
    before = desk.tick().alarms.state.tolist()
    values(desk, [(0.0, -2.0)])
    assert desk.alarms.state.tolist() == before
    assert desk.alarms.value.tolist() == [2.0]
