"""Tracks against the truth with the "yard" noise; the full run is ``python -m benchmarks accuracy``."""

from functools import lru_cache

import pytest

from benchmarks.accuracy import Found, measured
from benchmarks.yard_noise import BESIDE, CLEAN, FLOAT, LOST, WRONG


@lru_cache(maxsize=1)
def found() -> Found:
    return measured(200, 100.0, 3)


@pytest.mark.parametrize(("percent", "limit_cm"), [(95, 5.0), (99, 7.5)])
def test_tracks_are_within_five_centimetres_dropouts_included(percent, limit_cm):
    assert (found().fate == LOST).mean() > 0.05
    assert found().p(percent) < limit_cm


def test_a_track_of_clean_fixes_is_within_a_centimetre_and_a_half():
    assert found().p(95, CLEAN) < 1.5


def test_wrong_fixes_called_exact_are_refused_and_good_ones_are_not():
    assert (found().fate == WRONG).sum() > 1000
    assert found().refused(WRONG) >= 0.98
    assert found().refused(CLEAN, BESIDE) <= 0.001


def test_a_float_solution_does_not_drag_a_track_along():
    assert found().p(95, FLOAT) < 8.0


def test_the_ring_of_95_percent_holds_the_truth_that_often():
    assert 0.93 <= found().coverage <= 0.97
    assert 0.7 <= found().normalised <= 1.3


def test_two_runs_of_one_seed_are_equal_bit_for_bit():
    one, other = (measured(20, 20.0, 5) for _ in range(2))
    assert one.error_m.tobytes() == other.error_m.tobytes()
