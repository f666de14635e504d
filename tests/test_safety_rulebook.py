"""Each rule of the yard is a whole row of data, has three levels, and takes the limits that a person sets."""

from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
import test_safety_alarms as desks

from twin.fleet.kinds import KIND_NAMES
from twin.safety import alarms
from twin.safety.levels import Limit
from twin.safety.rules import RULE_NAMES, RULES, Found
from twin.safety.table import Level

FAMILIES = {
    "machine to machine": ("contact",),
    "machine to a place not known": ("unknown_place",),
    "gantry travel": ("gantry_travel",),
    "trolley and spreader below the safe height": ("safe_height",),
    "block profile": ("block_profile",),
    "truck lifted with its box": ("truck_lifted",),
    "crane to crane": ("crane_to_crane",),
    "load over people": ("load_over_people",),
    "closed block": ("closed_block",),
    "exclusion zone": ("exclusion_zone",),
    "pedestrian zone": ("pedestrian_zone",),
    "wrong way": ("wrong_way",),
    "speeding": ("too_fast",),
    "stopping in a lane": ("stopped_in_lane",),
    "wind": ("wind_warning", "wind_stop"),
    "position stale in a working lane": ("position_in_lane",),
    "position suspect in a working lane": ("doubted_in_lane",),
    "position not proven in a working lane": ("unproven_in_lane",),
}
SETTABLE = [
    name
    for name, rule in RULES.items()
    if any(map(isfinite, (rule.levels.warning, rule.levels.slow_down, rule.levels.stop)))
]


@pytest.mark.parametrize("name", RULE_NAMES)
def test_a_rule_tells_cause_consequence_action_and_time_to_respond(name):
    rule = RULES[name]
    for text in (rule.says, rule.cause, rule.consequence, rule.action):
        assert len(text.split()) >= 2
    assert 0.0 < rule.respond_s <= 3600.0
    thresholds = [rule.levels.warning, rule.levels.slow_down, rule.levels.stop]
    thresholds = [value for value in thresholds if isfinite(value)]
    assert thresholds == sorted(thresholds, reverse=rule.levels.falling)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rule_of_the_yard_has_three_levels(family):
    reached = set()
    for name in FAMILIES[family]:
        rule = RULES[name]
        own = alarms.limits_of(rule.levels, 1, [])
        for threshold in own[:, 0][np.isfinite(own[:, 0])]:
            reached.add(int(rule.levels.reached(np.array([threshold]), own)[0]))
        if all(map(isfinite, rule.graver_after_s)):
            reached |= {int(Level.WARNING), int(Level.SLOW_DOWN), int(Level.STOP)}
    assert reached == {1, 2, 3}


def finding(name, measure):
    """Give one finding of a rule about a truck in the walkway."""
    i, f = (lambda value, kind=kind: np.array([value], kind) for kind in (np.int32, float))
    found = Found(i(0), i(-1), i(-1), i(-1), f(50.0), f(50.0), f(measure), f(measure), np.array([True]))
    return RULE_NAMES.index(name), RULES[name], found


def levels_with(name, measure, *limits):
    """Give the level that a measure of a rule has where limits were set."""
    scene = desks.Desk(1).scene()
    index, rule, found = finding(name, measure)
    told = alarms._levelled(replace(scene, limits=limits), index, rule, found, told=True)
    return told.level.tolist()


@pytest.mark.parametrize("name", SETTABLE)
@pytest.mark.parametrize(
    ("zone", "kind", "meant"),
    [
        ("", "", True), ("walkway", "", True), ("", "external_truck", True),
        ("walkway", "external_truck", True), ("substation", "", False), ("", "rtg", False),
        ("walkway", "rtg", False),
    ],
)  # fmt: skip
def test_a_limit_that_is_set_changes_the_level_where_and_for_whom_it_is_meant(name, zone, kind, meant):
    levels = RULES[name].levels
    finite = [value for value in (levels.warning, levels.slow_down, levels.stop) if isfinite(value)]
    # Thresholds at which this measure is a stop, and such at which it is nothing at all.
    measure = finite[0]
    worse, better = (1.0, -1.0) if levels.falling else (-1.0, 1.0)
    strict = Limit(name, zone, kind, measure + 3 * worse, measure + 2 * worse, measure + worse)
    away = 10.0 + levels.deadband
    lax = Limit(
        name,
        zone,
        kind,
        measure + away * better,
        measure + (away + 1) * better,
        measure + (away + 2) * better,
    )
    own = levels_with(name, measure)
    assert own[0] in (1, 2, 3)
    assert levels_with(name, measure, strict) == ([3] if meant else own)
    assert levels_with(name, measure, lax) == ([] if meant else own)


@pytest.mark.parametrize(("mover", "other"), [(0, 1), (1, 0)])
def test_a_limit_for_a_kind_is_for_whichever_of_two_machines_is_of_it(mover, other):
    desk = desks.Desk(2)
    desk.fleet = desk.fleet.with_columns(kind=np.array([0, desk.fleet.kind[1]], np.int8))
    index, rule, found = finding("contact", 2.5)
    found = found.with_columns(mover=np.array([mover], np.int32), other=np.array([other], np.int32))

    def level(kind):
        scene = replace(desk.scene(), limits=(Limit("contact", "", kind, 3.0, 2.0, 1.0),))
        return alarms._levelled(scene, index, rule, found, told=False).level.tolist()

    assert (level(KIND_NAMES[0]), level("external_truck"), level("agv")) == ([1], [1], [])


def test_who_stands_in_a_lane_is_a_graver_matter_after_five_and_ten_minutes():
    desk = desks.Desk(1)
    desk.set(x_m=100.0, y_m=100.0, speed_mps=0.0)
    levels = []
    for seconds in (0.1, 121.0, 170.0, 11.0, 290.0, 10.5):
        desk.set(fix_ns=desk.t_ns + round(seconds * desks.NS))
        desk.tick(seconds)
        levels.append(desk.alarms.level.tolist())
    assert levels == [[], [1], [1], [2], [2], [3]]
