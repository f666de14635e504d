"""The directions that gantries are bound to."""

import dataclasses

import numpy as np
import pytest

from layouts.generator import demo_yard
from twin.fleet import rails, roster
from twin.fleet.kinds import KIND_NAMES
from twin.yard.model import Quay

KINDS = [KIND_NAMES.index(name) for name in ("rtg", "quay_crane", "terminal_tractor", "rtg")]


def fleet_of(blocks):
    return roster.enlist(roster.empty_fleet(), roster.no_tracks(), ["R", "Q", "T", "N"], KINDS, blocks)[0]


def test_a_gantry_runs_along_its_block_and_a_tractor_along_nothing():
    yard = demo_yard()
    found = rails.rail_headings(fleet_of([1, -1, -1, -1]), yard, np.full((4, 2), np.nan))
    assert found[0] == yard.blocks[1].heading_rad
    assert np.isnan(found[2:]).all()


def test_a_quay_crane_runs_along_the_quay_that_is_nearest_to_it():
    quays = (
        Quay("east", ((0.0, 0.0), (100.0, 0.0))), Quay("north", ((200.0, 0.0), (200.0, 300.0))),
    )  # fmt: skip
    yard = dataclasses.replace(demo_yard(), quays=quays)
    fleet = fleet_of([-1, -1, -1, -1])
    about_m = np.zeros((4, 2))
    for place, heading in (((50.0, 20.0), 0.0), ((180.0, 150.0), np.pi / 2), ((np.nan, np.nan), 0.0)):
        about_m[1] = place
        assert rails.rail_headings(fleet, yard, about_m)[1] == pytest.approx(heading)


def test_a_yard_without_a_quay_binds_no_quay_crane():
    yard = dataclasses.replace(demo_yard(), quays=())
    assert np.isnan(rails.rail_headings(fleet_of([-1] * 4), yard, np.zeros((4, 2)))[1])
