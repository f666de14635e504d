"""Emptying a bay with few relocations: every plan is checked by the rules alone."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relocation_checks import fewest, public_bays, replayed

from twin.stacking.brp.instance import Instance, RelocationError
from twin.stacking.brp.solver import solve, warm


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    warm()


class StepClock:
    """Seconds that pass only when somebody looks."""

    def __init__(self, step_s=0.0):
        self.now_s, self.step_s, self.looks = 0.0, step_s, 0

    def __call__(self):
        self.now_s += self.step_s
        self.looks += 1
        return self.now_s


def without_time(instance, **options):
    """Search to the end of what the widest beam gives, the clock standing still."""
    return solve(instance, 1.0, clock=StepClock(), **options)


def small_bays(priorities):
    return st.tuples(
        st.lists(st.integers(0, 3), min_size=2, max_size=4), st.randoms(use_true_random=False)
    ).map(lambda drawn: filled(*drawn, priorities))


def filled(heights, chance, priorities):
    boxes = list(range(1, sum(heights) + 1))
    chance.shuffle(boxes)
    boxes = [box if priorities is None else 1 + box % priorities for box in boxes]
    return [[boxes.pop() for _ in range(height)] for height in heights]


@settings(max_examples=80, deadline=None)
@given(stacks=small_bays(None), restricted=st.booleans(), tiers=st.integers(3, 4))
def test_small_bays_are_solved_as_trying_everything_solves_them(stacks, restricted, tiers):
    plan = without_time(Instance.of(stacks, tiers), restricted=restricted)
    optimum = fewest(stacks, tiers, restricted)

    assert plan.relocations == optimum
    assert plan.proven
    if optimum is None:
        assert plan.reason
    else:
        assert plan.lower_bound == optimum == replayed(stacks, tiers, plan.moves, restricted)


@settings(max_examples=60, deadline=None)
@given(stacks=small_bays(3), restricted=st.booleans())
def test_bays_of_groups_are_solved_as_trying_everything_solves_them(stacks, restricted):
    plan = without_time(Instance.of(stacks, 4), restricted=restricted)

    assert plan.relocations == fewest(stacks, 4, restricted)
    assert plan.relocations is None or plan.relocations == replayed(stacks, 4, plan.moves, restricted)


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("name", ["cv-3-3", "cv-3-8", "cv-4-6", "cv-5-5", "cv-6-6", "cv-10-10"])
def test_a_plan_for_a_public_bay_is_legal_and_never_beats_a_proven_optimum(name, restricted):
    kind = "res" if restricted else "unres"
    for item in [item for item in public_bays() if item["set"] == name][:3]:
        plan = without_time(Instance.of(item["stacks"], item["max_tiers"]), restricted=restricted, widest=16)

        assert plan.relocations == replayed(item["stacks"], item["max_tiers"], plan.moves, restricted)
        if item[f"{kind}_proven"]:
            assert plan.lower_bound <= item[f"{kind}_best"] <= plan.relocations
            assert not plan.proven or plan.relocations == item[f"{kind}_best"]


def test_the_public_bays_of_three_by_three_are_all_solved_and_proven():
    bays = [item for item in public_bays() if item["set"] == "cv-3-3"]
    plans = [without_time(Instance.of(item["stacks"], item["max_tiers"])) for item in bays]

    assert [plan.relocations for plan in plans] == [item["unres_best"] for item in bays]
    assert all(plan.proven for plan in plans)


def test_a_bay_in_order_needs_only_retrievals():
    plan = solve(Instance.of([[3, 2, 1], [5, 4], []], 3))

    assert plan.moves == ((0, -1), (0, -1), (0, -1), (1, -1), (1, -1))
    assert (plan.relocations, plan.lower_bound, plan.proven) == (0, 0, True)


def test_an_empty_bay_needs_no_move():
    assert solve(Instance.of([[], []], 3)).moves == ()


def test_one_stack_in_the_wrong_order_cannot_be_emptied():
    plan = solve(Instance.of([[1, 2]], 3))

    assert plan.relocations is None
    assert plan.moves == ()
    assert "box 1 in stack 0 has 1 above it" in plan.reason


def test_a_full_bay_is_emptied_where_what_is_due_is_on_top():
    assert solve(Instance.of([[2, 1], [4, 3]], 2)).relocations == 0


def test_a_blocking_box_is_moved_once_to_where_it_does_not_block():
    plan = solve(Instance.of([[1, 5], [2], [6]], 3))

    assert plan.moves[0] == (0, 2)
    assert plan.relocations == 1


def test_moving_what_does_not_block_yet_may_save_a_relocation():
    # Restricted, 4 must go on a box that leaves before it. Else 2 goes on 5 first, and 3 is open to no one:
    # an oracle that knows no search tells both optima.
    stacks, tiers = [[5, 2], [3, 1, 4], [6, 7]], 3
    free, bound = (
        without_time(Instance.of(stacks, tiers), restricted=restricted).relocations
        for restricted in (False, True)
    )

    assert (free, bound) == (fewest(stacks, tiers), fewest(stacks, tiers, True))


@settings(max_examples=30, deadline=None)
@given(stacks=small_bays(None))
def test_the_restricted_problem_is_never_easier(stacks):
    free, restricted = (
        without_time(Instance.of(stacks, 4), restricted=restricted).relocations
        for restricted in (False, True)
    )
    assert free is None or restricted is None or free <= restricted


def test_the_same_bay_gives_the_same_plan_where_time_does_not_bind():
    item = next(item for item in public_bays() if item["set"] == "cv-6-6")
    bay = Instance.of(item["stacks"], item["max_tiers"])

    assert without_time(bay, widest=16) == without_time(bay, widest=16)


def test_the_search_stops_asking_once_its_budget_is_spent():
    chance = random.Random(3)
    boxes = list(range(1, 101))
    chance.shuffle(boxes)
    bay = Instance.of([boxes[10 * s : 10 * s + 10] for s in range(10)], 12)
    clock = StepClock(0.01)

    plan = solve(bay, 1.0, clock=clock)

    assert replayed(bay.stacks, 12, plan.moves) == plan.relocations
    assert plan.ms <= 1100


def test_a_box_is_put_only_where_it_is_allowed():
    allowed = np.ones((3, 3), bool)
    allowed[1, 2] = False  # the box of priority 3
    bay = Instance(((1, 3), (2,), ()), 3, allowed)

    plan = without_time(bay)

    assert (0, 2) not in plan.moves
    assert plan.relocations == 2


def test_a_box_that_is_allowed_nowhere_else_has_no_plan():
    plan = without_time(Instance(((1, 2), ()), 3, np.array([[True, True], [True, False]])))

    assert plan.relocations is None
    assert plan.proven
    assert plan.reason


@pytest.mark.parametrize(
    ("stacks", "tiers", "words"),
    [
        ([[1, 2, 3]], 2, r"stacks\[0\]: expected at most 2 boxes, found 3"),
        ([[1], [2.5]], 2, r"stacks\[1\]\[0\]: expected a whole number, found 2.5"),
        ([[True]], 2, r"stacks\[0\]\[0\]: expected a whole number"),
        ([[1]], 0, r"max_tiers: expected 1 to 100, found 0"),
        ([[]] * 201, 2, r"stacks: expected 1 to 200, found 201"),
        ([[1] * 100] * 41, 100, r"boxes: expected 0 to 4000, found 4100"),
    ],
)
def test_a_bay_that_cannot_be_is_refused_with_the_place(stacks, tiers, words):
    with pytest.raises(RelocationError, match=words):
        Instance.of(stacks, tiers)
