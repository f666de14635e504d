import math

import numpy as np
import pytest

from twin import series


def test_cosine_and_sine_are_those_of_the_library_to_the_last_bits():
    rng = np.random.default_rng(1)
    quarters = np.arange(-40, 41) * (math.pi / 4)
    of = np.concatenate((rng.uniform(-50, 50, 20_000), rng.uniform(-0.2, 0.2, 5_000), quarters, [0.1, -0.1]))

    found = np.array([series.cos_sin(float(angle)) for angle in of])

    np.testing.assert_allclose(found, np.column_stack((np.cos(of), np.sin(of))), rtol=0, atol=4e-16)


def test_a_sine_by_its_angle_is_one_where_there_is_none():
    assert series.cos_sin_share(0.0) == (1.0, 0.0, 1.0)
    assert series.cos_sin_share(1.0)[2] == pytest.approx(math.sin(1.0), rel=1e-15)


@pytest.mark.parametrize("angle", [math.nan, 1e9, -1e300])
def test_an_angle_of_many_turns_or_none_is_left_to_the_library(angle):
    np.testing.assert_equal(series.cos_sin(angle), (math.cos(angle), math.sin(angle)))
