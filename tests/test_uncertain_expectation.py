"""Expected relocations of bays in uncertain order: by hand, exact, simulated, by loops and by arrays."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import StockError
from twin.stacking.uncertain import emptying
from twin.stacking.uncertain.expectation import (
    exact_uniform,
    expected_relocations,
    simulated_uniform,
    target_costs,
)


def test_two_stacks_of_two_take_one_and_a_half_relocations():
    # E(0,2) = 1/2, E(1,2) = 2/3, E(0,3) = 4/3, and E(2,2) = 1/2 * E(1,2) + 1/2 * (1 + E(0,3)).
    assert exact_uniform(2, 2) == pytest.approx(1.5)
    assert exact_uniform(5, 1) == 0.0


@pytest.mark.parametrize(("stacks", "tiers", "exact"), [(6, 4, 19.892), (6, 5, 32.747)])
def test_full_bays_in_uniform_order_take_what_is_published_and_simulated(stacks, tiers, exact):
    assert exact_uniform(stacks, tiers) == pytest.approx(exact, abs=5e-4)
    found = simulated_uniform(stacks, tiers, 4000, 7)
    assert found.mean() == pytest.approx(exact, rel=0.01)


def test_a_bay_that_cannot_be_computed_is_refused():
    with pytest.raises(StockError, match="2 to 8 stacks"):
        exact_uniform(1, 2)
    with pytest.raises(StockError, match="found 9 and 4"):
        exact_uniform(9, 4)


def test_the_upper_of_two_boxes_blocks_as_often_as_the_lower_one_leaves_first():
    stacks = np.array([[[0, 1], [-1, -1]]])
    found = expected_relocations(stacks, np.array([1.0, 0.0]), np.array([0.6, 0.8]), 40_000, 1)
    assert found[0] == pytest.approx(0.5 * math.erfc(1.0 / math.sqrt(2.0)), abs=0.005)


def test_departures_that_are_certain_take_what_a_plain_count_gives():
    # Box 0 leaves first from below 1 and 2; 2 then stands on the empty stack, 1 on it, and blocks 2 no more.
    stacks = np.array([[[0, 1, 2], [-1, -1, -1], [3, -1, -1]]])
    mean_d, certain = np.array([0.0, 5.0, 6.0, 9.0]), np.zeros(4)
    assert expected_relocations(stacks, mean_d, certain, 3, 1)[0] == 2.0
    backwards = np.array([0.0, 6.0, 5.0, 4.0])
    assert expected_relocations(stacks, backwards, certain, 3, 1)[0] == 3.0


def test_boxes_that_stay_for_good_block_no_one_and_are_not_dug_out():
    stacks = np.array([[[0, 1], [2, -1]]])
    stay = np.full(3, np.inf)
    assert expected_relocations(stacks, stay, np.ones(3), 5, 1)[0] == 0.0
    assert expected_relocations(np.full((2, 3, 4), -1), stay, np.ones(3), 5, 1).tolist() == [0.0, 0.0]


def test_bays_with_the_same_boxes_are_compared_in_the_same_scenarios():
    one = np.array([[0, 1, -1], [2, -1, -1], [-1, -1, -1]])
    mirrored = one[::-1]
    mean_d = np.array([1.0, 1.4, 2.0])
    found = expected_relocations(np.stack((one, mirrored)), mean_d, np.full(3, 0.7), 200, 3)
    assert found[0] == found[1]


def test_a_blocking_box_goes_where_it_is_expected_to_block_least():
    # 1 stands on 0; below, 2 leaves before it for certain, 3 after it by twice the deviation of both.
    stacks = np.array([[0, 1, -1], [2, -1, -1], [3, -1, -1], [4, 5, 6]])
    mean_d = np.array([0.0, 5.0, 1.0, 7.0, np.inf, np.inf, np.inf])
    sigma_d = np.array([0.1, 0.6, 0.1, 0.8, 0.0, 0.0, 0.0])
    costs = target_costs(stacks, mean_d, sigma_d, 0, 20_000, 1)
    assert costs[0] == costs[3] == np.inf
    late = 0.5 * math.erfc(2.0 / math.sqrt(2.0))
    assert costs[2] == pytest.approx(1.0 + late, abs=0.005)
    # From on 2 it goes on to the tightest that is later by the means: onto 3 after all.
    assert costs[1] == pytest.approx(2.0 + late, abs=0.005)
    with pytest.raises(StockError, match="buried"):
        target_costs(stacks, mean_d, sigma_d, 2, 10, 1)


@pytest.mark.parametrize(
    ("stacks", "mean_d", "sigma_d", "message"),
    [
        ([[[-1, 0]]], [1.0], [1.0], "floats"),
        ([[[3, -1]]], [1.0], [1.0], "from -1 to 0"),
        ([[[0, -1]]], [float("nan")], [1.0], "numbers"),
        ([[[0, -1]]], [1.0], [-1.0], "deviations"),
        ([[[0, -1]]], [1.0, 2.0], [1.0], "means and deviations"),
    ],
)
def test_a_bay_that_cannot_stand_is_refused(stacks, mean_d, sigma_d, message):
    with pytest.raises(StockError, match=message):
        expected_relocations(np.array(stacks), np.array(mean_d), np.array(sigma_d), 4, 1)


def bays(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    width, tiers, boxes = draw(st.integers(1, 6)), draw(st.integers(1, 5)), draw(st.integers(0, 16))
    boxes = min(boxes, width * tiers)
    stacks = np.full((4, width, tiers), -1)
    for bay in stacks:
        for box in rng.permutation(boxes):
            at = rng.choice(np.flatnonzero((bay >= 0).sum(axis=1) < tiers))
            bay[at, (bay[at] >= 0).sum()] = box
    leaves = rng.integers(0, 12, (4, max(boxes, 1))).astype(float)
    return stacks, leaves, leaves + rng.normal(0.0, 3.0, leaves.shape), tiers


@settings(max_examples=60, deadline=None)
@given(st.composite(bays)(), st.sampled_from([emptying.LOWEST, emptying.MIN_MAX]), st.integers(0, 2))
def test_loops_and_arrays_count_the_same(drawn, rule, more):
    stacks, leaves, told, tiers = drawn
    order = np.argsort(leaves, axis=1, kind="stable")
    padded = np.full((*stacks.shape[:2], tiers + more), -1)
    padded[:, :, :tiers] = stacks
    words = (leaves, told, order, rule, tiers + more, 9.0)
    by_loops = emptying._by_loops(padded.copy(), *words)
    assert by_loops.tolist() == emptying._by_arrays(padded.copy(), *words).tolist()


def test_without_a_compiler_the_counts_are_the_same(monkeypatch):
    found = simulated_uniform(4, 3, 50, 2)
    monkeypatch.setattr(emptying, "COMPILED", False)
    assert simulated_uniform(4, 3, 50, 2).tolist() == found.tolist()
