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

    found = heading - angles.trailed(TRUCK, heading - fold, heading, way)

    exact = 2.0 * math.atan(math.tan(0.5 * fold) * math.exp(-way / LENGTH_M))
    assert found == pytest.approx(exact, rel=0, abs=2e-12)
