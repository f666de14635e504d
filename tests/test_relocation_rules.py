"""The classic rules, against hand-made bays and the published means of the public sets."""

import pytest
from relocation_checks import public_bays, replayed

from twin.stacking.brp.instance import Instance, RelocationError
from twin.stacking.brp.replay import with_retrievals
from twin.stacking.brp.rules import RULES, follow, lowest_slot, min_max

MEANS = {
    "cv-3-8": (13.03, 10.72), "cv-4-6": (18.98, 14.68), "cv-5-5": (27.98, 21.23), "cv-5-10": (52.67, 35.50),
    "cv-6-6": (48.70, 35.90), "cv-6-10": (78.35, 49.85), "cv-10-6": (149.38, 101.25),
    "cv-10-10": (230.28, 139.28),
}  # fmt: skip
"""Lowest slot and min-max over forty bays a set, to two digits."""


@pytest.mark.parametrize("name", MEANS)
def test_the_rules_reproduce_the_known_means(name):
    bays = [Instance.of(i["stacks"], i["max_tiers"]) for i in public_bays() if i["set"] == name]

    for rule, known in zip(RULES.values(), MEANS[name], strict=True):
        mean = sum(len(follow(bay, rule)) for bay in bays) / len(bays)
        assert mean == pytest.approx(known, abs=0.0051)


def test_min_max_takes_the_tightest_stack_that_leaves_later():
    assert min_max([[9], [6], [5], [3]], 5, [0, 1, 3]) == 1


def test_min_max_takes_the_stack_that_is_blocked_latest_where_none_leaves_later():
    assert min_max([[1], [2], [4], [3]], 5, [1, 2, 3]) == 2


def test_min_max_takes_an_empty_stack_last_of_the_safe_ones():
    assert min_max([[], [8], [9]], 5, [0, 1, 2]) == 1
    assert min_max([[4], [], []], 5, [0, 1, 2]) == 1


def test_lowest_slot_takes_the_first_of_equal_stacks():
    assert lowest_slot([[1, 2], [3], [4]], 5, [0, 1, 2]) == 1


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_empties_a_bay_of_groups_legally(rule):
    bay = Instance.of([[1, 3, 2], [1, 2, 2], [3, 1], []], 4)
    moves = with_retrievals(bay, follow(bay, rule))

    assert replayed(bay.stacks, 4, moves, restricted=True) == len(follow(bay, rule))


def test_a_rule_without_room_says_so():
    with pytest.raises(RelocationError, match="expected room for the box above 1"):
        follow(Instance.of([[1, 2], [3, 4]], 2), min_max)
