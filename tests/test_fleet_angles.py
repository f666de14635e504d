import math

import pytest

from twin.fleet import angles
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.noise import TRAILER_M

TRUCK = KIND_NAMES.index("external_truck")
LENGTH_M = TRAILER_M[TRUCK]


@pytest.mark.parametrize("way", [-2.0, -0.1, 0.01, 0.5, 0.9, 3.0, 40.0])
@pytest.mark.parametrize("fold", [-0.7, -0.051, -0.049, 1e-9, 0.003, 0.03, 0.05, 0.4])
def test_a_trailer_swings_in_as_the_tangent_of_half_its_angle_decays(fold, way):
    heading = 0.3

    found = heading - angles.trailed(TRUCK, heading - fold, heading, way, 0.0)

    exact = 2.0 * math.atan(math.tan(0.5 * fold) * math.exp(-way / LENGTH_M))
    assert found == pytest.approx(exact, rel=0, abs=2e-12)


def test_a_trailer_is_as_far_round_a_bend_told_once_a_second_as_told_all_the_time():
    seldom = often = 0.0
    turned = 0.35
    for second in range(6):
        seldom = angles.trailed(TRUCK, seldom, (second + 1) * turned, 4.5, turned)
        for part in range(1, 101):
            heading = (second + part / 100) * turned
            often = angles.trailed(TRUCK, often, heading, 0.045, turned / 100)
        assert abs(angles.wrapped(seldom - often)) < math.radians(0.8)
    assert angles.wrapped(6 * turned - often) > math.radians(30.0)
