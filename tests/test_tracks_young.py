"""A track that has just begun: from a fix that was wrong, or from a float solution."""

import numpy as np
import pytest

from twin.fleet import taking
from twin.fleet.epochs import GATED, TAKEN, Epochs
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.memory import SUSPECT, UNPROVEN, no_beliefs
from twin.fleet.suspicion import Suspicion
from twin.fleet.working import Working

NS = 1_000_000_000
T0 = 1_800_000_000 * NS
KIND = "empty_handler"
FORWARD_M, LEFT_M = KINDS[KIND].antenna_m[:2]


def standing(n):
    return Working.of(no_beliefs(n), np.full(n, KIND_NAMES.index(KIND), np.int8))


def told(w, step, error_m, sigma_m, quality):
    """Take a tick's fixes of machines that stand at the origin, off by ``error_m`` (2, n); give outcomes."""
    n = len(w.kind)
    column = lambda value: np.full(n, float(value))  # noqa: E731
    said = Epochs(
        np.arange(n, dtype=np.int32), np.full(n, T0 + step * NS // 10), FORWARD_M + error_m[0],
        LEFT_M + error_m[1], column(sigma_m), column(0), column(np.nan), column(0),
        np.full(n, quality, np.int8), column(0), column(0),
    )  # fmt: skip
    return taking.taken(w, said, column(np.nan))


def begun_wrong(wrong_steps, right_steps):
    """Give a machine that began with wrong fixes and heard right ones then; and their outcomes."""
    w, rng, outcomes = standing(1), np.random.default_rng(1), []
    for step in range(wrong_steps + right_steps):
        wrong = np.array([[1.2], [0.9]]) if step < wrong_steps else 0.0
        outcomes.append(int(told(w, step, wrong + 0.01 * rng.standard_normal((2, 1)), 0.014, 4)[0]))
    return w, outcomes[wrong_steps:]


def away_m(w):
    return float(np.hypot(w.mean[0, 0], w.mean[1, 0]))


def test_a_track_begun_from_one_wrong_fix_is_doubted_at_the_next():
    w, outcomes = begun_wrong(1, 1)
    assert outcomes == [GATED]
    assert w.marks[SUSPECT, 0] == Suspicion.WRONG_FIX


def test_a_track_begun_from_one_wrong_fix_is_right_within_a_second():
    w, outcomes = begun_wrong(1, 10)
    assert outcomes[-1] == TAKEN
    assert away_m(w) < 0.05
    assert w.marks[SUSPECT, 0] == Suspicion.NONE


def test_fixes_that_agree_for_longer_than_those_a_track_began_with_are_believed():
    assert away_m(begun_wrong(30, 29)[0]) > 1.0
    assert away_m(begun_wrong(30, 40)[0]) < 0.05


def test_an_old_track_does_not_follow_fixes_that_are_off_for_twelve_seconds():
    assert away_m(begun_wrong(250, 120)[0]) > 1.0


def after_a_gap(gap_steps, wrong_steps, right_steps):
    """Give a machine that was not heard for a while, then in wrong fixes, then in right ones."""
    w, rng = standing(1), np.random.default_rng(1)
    begins = 250 + gap_steps
    for step in (*range(250), *range(begins, begins + wrong_steps + right_steps)):
        wrong = np.array([[1.2], [0.9]]) if begins <= step < begins + wrong_steps else 0.0
        told(w, step, wrong + 0.01 * rng.standard_normal((2, 1)), 0.014, 4)
    return w


@pytest.mark.parametrize("gap_steps", [60, 200])
@pytest.mark.parametrize("wrong_steps", [1, 30])
def test_wrong_fixes_right_after_a_gap_hold_a_track_no_longer_than_they_lasted(gap_steps, wrong_steps):
    assert away_m(after_a_gap(gap_steps, wrong_steps, 0)) > 1.0
    w = after_a_gap(gap_steps, wrong_steps, wrong_steps + 20)
    assert away_m(w) < 0.05
    assert w.marks[UNPROVEN, 0] == 0


def test_a_place_begun_in_a_float_solution_is_as_sure_as_that():
    w = standing(1)
    told(w, 0, np.zeros((2, 1)), 0.25, 5)
    assert 0.24 < np.sqrt(w.covariance[0, 0, 0]) < 0.28


def test_rings_hold_tracks_that_begin_in_float_solutions_and_are_fixed_after_five_seconds():
    n, rng = 400, np.random.default_rng(2)
    w, slow, held = standing(n), rng.standard_normal((2, n)), []
    keep = np.exp(-0.1 / 20.0)
    for step in range(100):
        slow = keep * slow + np.sqrt(1.0 - keep**2) * rng.standard_normal((2, n))
        float_ = step < 50
        white_m, slow_m = (0.08, 0.24) if float_ else (0.008, 0.012)
        error_m = white_m * rng.standard_normal((2, n)) + slow_m * slow
        told(w, step, error_m, np.hypot(white_m, slow_m), 5 if float_ else 4)
        sigma_m = np.sqrt((w.covariance[0, 0] + w.covariance[1, 1]) / 2.0)
        held.append(np.hypot(w.mean[0], w.mean[1]) < 2.4477 * sigma_m)
    assert 0.93 <= np.mean(held[:50]) <= 0.98
    assert 0.93 <= np.mean(held[50:]) <= 0.97
