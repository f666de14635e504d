import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.fleet import motion, noise, places, prediction
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.memory import GYRO, ODOMETER

TRACTOR = np.array([KIND_NAMES.index("terminal_tractor")], np.int8)
RTG = np.array([KIND_NAMES.index("rtg")], np.int8)


def one(*values):
    return np.array([values], np.float64)


def test_all_go_by_one_table_of_antennas():
    assert [tuple(row) for row in motion.ANTENNA_M.tolist()] == [kind.antenna_m for kind in KINDS.values()]
    assert list(zip(noise.LEVER_X_M, noise.LEVER_Y_M, strict=True)) == [
        tuple(row) for row in motion.ANTENNA_M[:, :2].tolist()
    ]


def test_a_quarter_turn_ends_where_the_circle_says():
    # Radius 10 m at 5 m/s: 0.5 rad/s; a quarter takes pi seconds.
    out = motion.moved(one(0.0, 0.0, 0.0, 5.0, 0.5), np.array([np.pi]))
    np.testing.assert_allclose(out[0], [10.0, 10.0, np.pi / 2, 5.0, 0.5], atol=1e-12)


def test_straight_on_is_the_limit_of_no_turn():
    out = motion.moved(one(1.0, 2.0, np.pi / 2, 4.0, 0.0), np.array([0.5]))
    np.testing.assert_allclose(out[0, :2], [1.0, 4.0], atol=1e-12)


@given(
    st.floats(-8, 8), st.floats(-0.8, 0.8), st.floats(-3, 3), st.floats(0.0, 5.0),
)  # fmt: skip
def test_going_back_in_time_undoes_going_ahead(speed, turn, heading, dt):
    there = motion.moved(one(3.0, -2.0, heading, speed, turn), np.array([dt]))
    back = motion.moved(there, np.array([-dt]))
    np.testing.assert_allclose(back[0, :2], [3.0, -2.0], atol=1e-9)
    assert abs(motion.wrapped(back[:, 2] - heading)[0]) < 1e-9


@given(st.floats(-6, 6), st.floats(-0.5, 0.5), st.floats(0.05, 10.0))
def test_covariances_stay_symmetric_and_never_shrink(speed, turn, dt):
    before = np.diag([0.01, 0.02, 0.001, 0.04, 0.01, 1.0, 1.0])
    b, _ = places.room()
    b[: places.ROW] = 0.0, 0.0, 0.4, speed, turn, 0.0, 0.0, 0.0
    b[places.A + ODOMETER] = b[places.A + GYRO] = np.nan
    covariance = b[places.P_X : places.BELIEF].reshape(7, places.ROW)[:, :7]
    covariance[:] = before
    prediction.carry(b, int(TRACTOR[0]), dt, np.nan, np.nan)
    grown = covariance
    np.testing.assert_allclose(grown, grown.T, rtol=1e-9, atol=1e-12)
    assert np.linalg.eigvalsh(grown).min() > 0
    assert (np.diagonal(grown)[2:] >= np.diagonal(before)[2:] - 1e-12).all()


def test_a_trailer_swings_in_behind_its_tractor():
    # tan(angle / 2) falls by exp(-way / length): 9.8 m of way on 9.8 m of trailer.
    after = motion.trailing(TRACTOR, np.array([-0.6]), np.array([0.0]), np.array([9.8]))
    assert after[0] == pytest.approx(-2 * np.arctan(np.tan(0.3) / np.e))


def test_a_trailer_folds_in_reverse_but_never_through_the_cab():
    after = motion.trailing(TRACTOR, np.array([-0.2]), np.array([0.0]), np.array([-5.0]))
    assert after[0] < -0.2
    far = motion.trailing(TRACTOR, np.array([-0.2]), np.array([0.0]), np.array([-500.0]))
    assert abs(far[0]) <= motion.FOLD_LIMIT_RAD + 1e-12


def test_the_way_of_a_trailer_may_be_split():
    whole = motion.trailing(TRACTOR, np.array([0.5]), np.array([0.0]), np.array([6.0]))
    half = motion.trailing(TRACTOR, np.array([0.5]), np.array([0.0]), np.array([3.0]))
    assert motion.trailing(TRACTOR, half, np.array([0.0]), np.array([3.0]))[0] == pytest.approx(whole[0])


def test_a_kind_without_a_trailer_has_its_own_heading_there():
    assert motion.trailing(RTG, np.array([0.5]), np.array([0.1]), np.array([1.0]))[0] == pytest.approx(0.1)


def test_a_parked_machine_is_expected_less_often_than_a_moving_one():
    kinds = np.repeat(TRACTOR, 3)
    expected = motion.interval_s(kinds, np.array([0.0, -2.0, np.nan]))
    assert expected.tolist() == [60.0, 1.0, 60.0]
