"""Bays sorted in advance: plans that are legal, and no worse and no better than can be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from premarshal_check import BF, after, badly_placed, fewest, is_sorted, needs_bf

from twin.compiled import COMPILED
from twin.stacking.premarshal.model import Layout, LayoutError
from twin.stacking.premarshal.search import bound_of, load, premarshal

needs_compiler = pytest.mark.skipif(not COMPILED, reason="without a compiler nothing is proven")


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    load()


@pytest.fixture(scope="module")
def recorded():
    return [json.loads(line) for line in BF.read_text().splitlines()]


def drawn(seed, stacks, tiers, boxes, groups):
    """Draw a bay."""
    rng = np.random.default_rng(seed)
    bay = [[] for _ in range(stacks)]
    while boxes:
        stack = bay[rng.integers(stacks)]
        if len(stack) < tiers:
            stack.append(int(rng.integers(1, groups + 1)))
            boxes -= 1
    return bay


def test_a_box_over_an_earlier_one_is_put_aside_in_one_move():
    found = premarshal([[1, 2], [3], []], 3, 1.0)

    assert (found.badly_placed, found.lower_bound, found.proven) == (1, 1, True)
    assert len(found.moves) == 1
    assert is_sorted(after([[1, 2], [3], []], 3, found.moves))


def test_a_sorted_bay_needs_no_move():
    found = premarshal([[3, 3, 1], [2, 2], []], 3, 1.0)

    assert (found.moves, found.badly_placed, found.lower_bound, found.proven) == ((), 0, 0, True)


def test_equal_boxes_do_not_block_each_other():
    assert Layout.of([[5, 5, 5], [5]], 3).bad == 0


@needs_compiler
@pytest.mark.parametrize("seed", range(40))
def test_small_bays_are_sorted_in_as_few_moves_as_an_exhaustive_search_needs(seed):
    stacks, tiers = (3, 3) if seed % 2 else (4, 3)
    bay = drawn(seed, stacks, tiers, stacks * tiers - 2 - seed % 3, 6)

    optimum = fewest(bay, tiers)
    found = premarshal(bay, tiers, 10.0)

    assert bound_of(Layout.of(bay, tiers)) <= (optimum if optimum is not None else 1 << 30)
    assert found.proven
    if optimum is None:
        assert found.moves is None
        assert found.reason.startswith("no plan exists")
    else:
        assert len(found.moves) == found.lower_bound == optimum
        assert is_sorted(after(bay, tiers, found.moves))


@pytest.mark.parametrize("seed", range(12))
def test_plans_are_legal_and_end_sorted_whatever_the_bay(seed):
    rng = np.random.default_rng(seed)
    stacks, tiers = int(rng.integers(3, 12)), int(rng.integers(2, 7))
    boxes = int(rng.integers(1, (stacks - 1) * tiers + 1))
    bay = drawn(seed, stacks, tiers, boxes, 1 + seed)

    found = premarshal(bay, tiers, 0.1)

    assert found.badly_placed == badly_placed(bay)
    assert is_sorted(after(bay, tiers, found.moves))
    assert found.badly_placed <= found.lower_bound <= len(found.moves)


@pytest.mark.parametrize(
    ("bay", "tiers", "reason"),
    [
        ([[1, 2]], 3, "a single stack cannot be sorted: its boxes have nowhere to go"),
        ([[1, 2], [2, 1]], 2, "no box can move: every stack is full"),
        ([[1, 2, 3], [1, 2]], 3, "no plan exists: with so little room the lowest boxes never move"),
    ],
)
def test_a_bay_that_cannot_be_sorted_gets_a_reason(bay, tiers, reason):
    found = premarshal(bay, tiers, 5.0)

    assert (found.moves, found.reason, found.proven) == (None, reason, True)


@pytest.mark.parametrize(
    ("bay", "tiers", "message"),
    [
        ([], 3, "stacks: expected 1 to 200, found 0"),
        ([[1]], 0, "tiers: expected 1 to 40, found 0"),
        ([[1], [1, 2, 3]], 2, r"stacks\[1\]: expected at most 2 boxes, found 3"),
    ],
)
def test_a_bay_that_cannot_be_is_refused(bay, tiers, message):
    with pytest.raises(LayoutError, match=message):
        premarshal(bay, tiers, 1.0)


@needs_bf
def test_badly_placed_boxes_agree_with_all_recorded_bays(recorded):
    found = [Layout.of(row["stacks"], row["max_tiers"]).bad for row in recorded]

    assert len(found) == 320
    assert found == [row["badly_placed"] for row in recorded]


@needs_bf
def test_the_bound_is_never_above_what_others_proved(recorded):
    for row in recorded:
        assert bound_of(Layout.of(row["stacks"], row["max_tiers"])) <= (row["opt"] or row["best_ub"])


@needs_compiler
@needs_bf
@pytest.mark.parametrize("name", ["BF1", "BF2", "BF3", "BF4"])
def test_the_lighter_recorded_bays_are_sorted_in_the_proven_optimum(recorded, name):
    for row in recorded:
        if row["set"] == name:
            found = premarshal(row["stacks"], row["max_tiers"], 2.0)
            assert is_sorted(after(row["stacks"], row["max_tiers"], found.moves))
            assert len(found.moves) == row["opt"]


@needs_bf
def test_no_plan_of_a_recorded_bay_is_shorter_than_the_optimum(recorded):
    for row in recorded[80:]:
        found = premarshal(row["stacks"], row["max_tiers"], 0.01)
        assert is_sorted(after(row["stacks"], row["max_tiers"], found.moves))
        assert found.lower_bound <= len(found.moves)
        if row["opt"] is not None:
            assert found.lower_bound <= row["opt"] <= len(found.moves)


def test_without_a_compiler_plans_are_legal_too():
    bays = [drawn(seed, 5 + seed, 4, 4 * (4 + seed) - 2, 9) for seed in range(4)]
    script = (
        "import json, sys\n"
        "from twin.compiled import COMPILED\n"
        "from twin.stacking.premarshal.search import premarshal\n"
        "assert not COMPILED\n"
        "found = [premarshal(bay, 4, 0.2) for bay in json.load(sys.stdin)]\n"
        "json.dump([[f.moves, f.lower_bound, f.badly_placed] for f in found], sys.stdout)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], input=json.dumps(bays), capture_output=True, text=True,
        env=os.environ | {"YARD_TWIN_COMPILER": "0"}, cwd=Path(__file__).parents[1], check=True,
    )  # fmt: skip

    for bay, (moves, lower, bad) in zip(bays, json.loads(ran.stdout), strict=True):
        assert is_sorted(after(bay, 4, moves))
        assert (bad, lower <= len(moves)) == (badly_placed(bay), True)
