import math

import numpy as np
import pytest

from twin.fleet import angles
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.noise import TRAILER_M

TRUCK = KIND_NAMES.index("external_truck")
LENGTH_M = TRAILER_M[TRUCK]


def test_cosine_and_sine_are_those_of_the_library_to_the_last_bits():
    rng = np.random.default_rng(1)
    quarters = np.arange(-40, 41) * (math.pi / 4)
    of = np.concatenate((rng.uniform(-50, 50, 20_000), rng.uniform(-0.2, 0.2, 5_000), quarters, [0.1, -0.1]))

    found = np.array([angles.cos_sin(float(angle)) for angle in of])

    np.testing.assert_allclose(found, np.column_stack((np.cos(of), np.sin(of))), rtol=0, atol=4e-16)


def test_a_sine_by_its_angle_is_one_where_there_is_none():
    assert angles.cos_sin_share(0.0) == (1.0, 0.0, 1.0)
    assert angles.cos_sin_share(1.0)[2] == pytest.approx(math.sin(1.0), rel=1e-15)


@pytest.mark.parametrize("angle", [math.nan, 1e9, -1e300])
def test_an_angle_of_many_turns_or_none_is_left_to_the_library(angle):
    np.testing.assert_equal(angles.cos_sin(angle), (math.cos(angle), math.sin(angle)))


@pytest.mark.parametrize("way", [-2.0, -0.1, 0.01, 0.5, 0.9, 3.0, 40.0])
@pytest.mark.parametrize("fold", [-0.7, -0.051, -0.049, 1e-9, 0.003, 0.03, 0.05, 0.4])
def test_a_trailer_swings_in_as_the_tangent_of_half_its_angle_decays(fold, way):
    heading = 0.3

    found = heading - angles.trailed(TRUCK, heading - fold, heading, way)

    exact = 2.0 * math.atan(math.tan(0.5 * fold) * math.exp(-way / LENGTH_M))
    assert found == pytest.approx(exact, rel=0, abs=2e-12)
