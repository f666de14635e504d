import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.operations.arrivals import HOURLY_SHARE, LEAST_SHARE, Arrivals
from twin.operations.axes import approach, stopping_speed
from twin.operations.wind import Wind

HOUR_NS = 3600 * 1_000_000_000


def run(distance: float, top: float, acceleration: float, dt: float = 0.1) -> tuple[float, float, float]:
    """Drive an axis home; give the time, the highest speed and the hardest change of speed."""
    at, speed, fastest, hardest = 0.0, 0.0, 0.0, 0.0
    for step in range(100_000):
        before = speed
        at, speed = approach(at, speed, distance, top, acceleration, dt)
        fastest, hardest = max(fastest, abs(speed)), max(hardest, abs(speed - before) / dt)
        if at == distance:
            return (step + 1) * dt, fastest, hardest
    raise AssertionError("never arrived")


def test_half_a_metre_ahead_allows_the_speed_that_stops_in_it():
    # v dt + v^2 / (2 b) = 0.1 v + v^2 = 0.5 with b = 0.5: v = (-0.1 + sqrt(0.01 + 2)) / 2
    assert stopping_speed(0.5, 0.5, 0.1) == pytest.approx((math.sqrt(2.01) - 0.1) / 2)


@pytest.mark.parametrize("distance", [0.0, -1.0])
def test_no_way_ahead_allows_no_speed(distance):
    assert stopping_speed(distance, 0.5, 0.1) == 0.0


def test_an_axis_takes_the_time_of_its_trapezoid():
    # 20 m at 1 m/s and 0.5 m/s2: 2 s up, 2 s down, 18 s between
    seconds, fastest, _ = run(20.0, 1.0, 0.5)
    assert seconds == pytest.approx(22.0, abs=0.5)
    assert fastest == pytest.approx(1.0)


@given(
    st.floats(-200, 200).filter(lambda d: abs(d) > 0.1),
    st.floats(0.2, 7),
    st.floats(0.1, 1.0),
)
def test_an_axis_ends_exactly_at_its_goal_and_never_hurries(distance, top, acceleration):
    _, fastest, hardest = run(distance, top, acceleration)
    assert fastest <= top + 1e-9
    # the last centimetres are crept at 2 cm/s, from which it stops within a step
    assert hardest <= acceleration + 0.21


def test_an_axis_that_is_there_stays():
    assert approach(3.0, 0.0, 3.0, 1.0, 0.5, 0.1) == (3.0, 0.0)


def test_more_trucks_come_in_the_afternoon_than_at_night():
    arrivals = Arrivals(60.0)
    one_pm_local, three_am_local = 5 * HOUR_NS, 19 * HOUR_NS
    assert arrivals.rate_per_s(one_pm_local) == pytest.approx(60.0 * HOURLY_SHARE[13] / 3600)
    assert arrivals.rate_per_s(three_am_local) == pytest.approx(60.0 * LEAST_SHARE / 3600)


def test_the_hours_of_a_day_have_a_mean_of_one():
    assert sum(HOURLY_SHARE) / 24 == pytest.approx(1.0, abs=0.01)


def test_no_trucks_an_hour_means_no_truck():
    assert Arrivals(0.0).draw(np.random.default_rng(1), 0, 3600.0) == 0


def test_wind_is_never_negative_and_gusts_are_never_below_it():
    wind, rng = Wind(), np.random.default_rng(3)
    for second in range(3600):
        wind.advance(rng, 1.0)
        reading = wind.reading(second)
        assert 0.0 <= reading.speed_mps <= reading.gust_mps + 1e-9
        assert 0.0 <= reading.from_deg < 360.0
