"""A block's bays in one call, whole arrays without a compiler, crane time, and orders known roughly."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relocation_checks import fewest, replayed

from twin.stacking.brp.abreast import STUCK, roll_out
from twin.stacking.brp.arrays import rows_of
from twin.stacking.brp.block import across, relocate_block
from twin.stacking.brp.crane import CraneTimes, crane_time_s, quicker
from twin.stacking.brp.instance import Instance, RelocationError
from twin.stacking.brp.replay import with_retrievals
from twin.stacking.brp.rules import follow, min_max
from twin.stacking.brp.scenarios import expected_relocations
from twin.stacking.brp.solver import Search, solve, warm

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    warm()


def block(seed, bays=6, rows=5, tiers=4, boxes=16):
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(bays):
        stacks = [[] for _ in range(rows)]
        for box in chance.permutation(boxes) + 1:
            free = [stack for stack in stacks if len(stack) < tiers]
            free[chance.integers(len(free))].append(int(box))
        found.append(Instance.of(stacks, tiers))
    return found


def still():
    return 0.0


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("compiled", [True, False])
def test_every_bay_of_a_block_gets_a_legal_plan_better_than_min_max(compiled, restricted):
    bays = block(1)
    plans = relocate_block(bays, 0.2, restricted=restricted, compiled=compiled)

    for bay, plan in zip(bays, plans, strict=True):
        assert plan.lower_bound <= plan.relocations
        assert plan.relocations == replayed(bay.stacks, bay.max_tiers, plan.moves, restricted)
        assert plan.relocations <= len(follow(bay, min_max))


def test_a_block_may_hold_bays_of_any_shape_and_bays_without_a_plan():
    bays = [Instance.of([[1, 2], [3]], 3), Instance.of([[1, 2], [4, 3]], 2), Instance.of([[], [], []], 4)]
    for compiled in (True, False):
        first, stuck, empty = relocate_block(bays, 0.2, compiled=compiled)

        assert first.relocations == 1
        assert (stuck.relocations, stuck.proven, stuck.reason[:7]) == (None, True, "no plan")
        assert empty.relocations == 0


def test_a_block_without_bays_has_no_plans():
    assert relocate_block([]) == []


small_bays = st.integers(0, 1 << 30).map(lambda seed: block(seed, 1, 3, 3, 6)[0])


@settings(max_examples=30, deadline=None)
@given(bay=small_bays, restricted=st.booleans(), groups=st.booleans())
def test_whole_arrays_find_what_trying_everything_finds(bay, restricted, groups):
    if groups:
        bay = Instance(tuple(tuple(1 + box % 3 for box in stack) for stack in bay.stacks), 3)
    plan = solve(bay, 1.0, restricted=restricted, compiled=False, clock=still)
    optimum = fewest(bay.stacks, 3, restricted)

    assert plan.relocations == optimum
    assert plan.proven
    assert optimum is None or replayed(bay.stacks, 3, plan.moves, restricted) == optimum


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(("stacks", "tiers", "boxes"), [(6, 5, 26), (40, 4, 150)])
def test_a_roll_out_abreast_relocates_as_often_as_one_alone(deep, stacks, tiers, boxes):
    bays = block(3, 12, stacks, tiers, boxes)
    rows = rows_of(bays)
    total, _ = roll_out(rows.abreast(), 0, np.full(len(bays), STUCK), deep)

    for bay, found in zip(bays, total, strict=True):
        alone = Search.of(bay, restricted=False, budget_s=1.0, clock=still)
        alone.roll([], deep)
        assert found == alone.best


def test_without_a_compiler_the_command_still_gives_legal_plans(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"stacks": [[2, 5, 1], [6, 3, 7], [4, 8]], "max_tiers": 4}\n')
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "ui.main", "relocate", str(path), "--json"],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "YARD_TWIN_COMPILER": "0"}, check=False,
    )  # fmt: skip
    optimum = fewest([[2, 5, 1], [6, 3, 7], [4, 8]], 4)

    assert (done.returncode, done.stderr) == (0, "")
    assert f'"relocations": {optimum},' in done.stdout


def test_a_crane_carries_boxes_to_other_bays_where_it_may():
    bays = [Instance.of([[1, 3]], 2), Instance.of([[2], []], 2)]

    assert solve(across(bays)).relocations == 1
    assert solve(bays[0]).relocations is None


def test_bays_of_unlike_height_are_not_one():
    with pytest.raises(RelocationError, match=r"expected one height limit, found \[2, 3\]"):
        across([Instance.of([[1]], 2), Instance.of([[2]], 3)])


def test_a_retrieval_takes_the_crane_what_its_parts_take():
    # One row from the lane, two tiers down empty and up laden, back laden, three down, three up.
    bay = Instance.of([[1]], 2)
    down_and_up_s = 2 * (2.59 + 5.18)

    assert crane_time_s(bay, [(0, -1)]) == pytest.approx(1.2 + down_and_up_s + 2.4 + 2 * (2.59 + 5.18))


def test_a_relocation_to_another_bay_takes_the_gantry_s_time():
    bay, times = Instance.of([[2], [], [1], []], 2), CraneTimes(gantry_s=100.0, rows=2)

    apart_s = crane_time_s(bay, [(0, 3)], times) - crane_time_s(bay, [(0, 1)], times)
    assert apart_s == pytest.approx(100.0 - 2.4)


def test_a_quicker_plan_has_as_few_relocations_and_is_legal():
    for bay in block(5):
        before = follow(bay, min_max)
        after = with_retrievals(bay, quicker(bay, before, budget_s=1.0))

        assert replayed(bay.stacks, bay.max_tiers, after) == len(before)
        assert crane_time_s(bay, after) <= crane_time_s(bay, with_retrievals(bay, before))


def test_of_two_places_alike_the_nearer_one_is_taken():
    # Box 3 may go to the empty stack beside it or to one four rows off.
    bay = Instance.of([[1, 3], [], [2], [], []], 3)

    assert quicker(bay, [(0, 4)]) == [(0, 1)]


def test_the_expected_relocations_are_the_mean_over_orders():
    # Box 1 stands on box 0; in one order it leaves first, in the other it must be moved.
    found = expected_relocations([2, 0], 2, [[2, 1], [1, 2]], [(-1, -1), (0, 1), (1, 0)])

    assert found[:2].tolist() == [[0.0, 1.0], [1.0, 1.0]]
    assert np.isinf(found[2]).all()


def test_an_order_that_is_not_one_rank_a_box_is_refused():
    with pytest.raises(RelocationError, match=r"expected shape \(samples, 2\), found \(1, 3\)"):
        expected_relocations([2, 0], 2, [[1, 2, 3]], [(0, 1)])
