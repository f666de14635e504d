"""Weights from a file, departures as distributions, and what speaks against a slot."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from stacking_yard import HOUR_NS, T_NS, A, B, busy_yard, stock_with, yard_of

from twin.errors import YardError
from twin.stacking import allocation, departures
from twin.stacking.departures import Knowledge
from twin.stacking.outlook import Outlook, outlook_of
from twin.stacking.policies import (
    ARRIVING,
    POLICIES,
    WEIGHTS,
    WEIGHTS_FILE,
    PolicyError,
    WeightError,
    read_weights,
)
from twin.stacking.weighing import Request, Weighing
from twin.stock import moves, rules
from twin.stock.rules import Conditions, terrain_of
from twin.stock.table import Flow

NO_CRANES = np.empty((0, 2))
PLAIN = replace(A, reefer_rows=(), dangerous_rows=())


def request_of(yard, *boxes, number="NEW", **more):
    slots, stock = stock_with(yard, *boxes)
    row = int(moves.rows_of(stock, [number])[0])
    return Request(yard, slots, stock, row, NO_CRANES, **more)


def chances(request):
    return Weighing(request).terms()["expected_relocations"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("departure_gap = 6.0", "", "arriving.departure_gap: expected a number from 0 .s., found none"),
        ("departure_gap = 6.0", "departure_gap = nan", "arriving.departure_gap: .* found nan"),
        ("departure_gap = 6.0", "departure_gap = -1", "arriving.departure_gap: .* found -1"),
        ("departure_gap = 6.0", "departure_gap = true", "arriving.departure_gap: .* found True"),
        ("departure_gap = 6.0", "departure_gap = 'x'", "arriving.departure_gap: .* found 'x'"),
        ("[arriving]", "[arriving]\nluck = 1.0", "arriving.luck: expected one of expected_relocations, "),
        ("[digging_out]", "[lifting]", "lifting: expected only arriving, digging_out"),
        ("[arriving]", "[arriving", "expected a readable TOML file"),
    ],
)
def test_a_weight_that_is_none_is_refused_by_its_name(tmp_path, old, new, message):
    path = tmp_path / "mine.toml"
    path.write_text(WEIGHTS_FILE.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(WeightError, match=message):
        read_weights(path)


def test_the_weights_that_ship_are_those_in_use_and_each_has_its_reason():
    lines = WEIGHTS_FILE.read_text("utf-8").splitlines()
    reasons = [above for above, line in pairwise(lines) if " = " in line]

    assert read_weights() == WEIGHTS
    assert all(above.startswith("# ") for above in reasons)


def test_a_policy_that_is_not_known_is_refused_by_its_name():
    with pytest.raises(PolicyError, match=r"policy: expected one of weighted, .*found 'best'"):
        allocation.rank(request_of(yard_of(A), ("NEW", "22G1", None, 9), policy="best"))


def test_a_spread_that_is_none_is_refused():
    with pytest.raises(ValueError, match="sigma_s: expected a number above 0"):
        Knowledge(sigma_s=math.nan)


@pytest.mark.parametrize(("below_h", "mine_h"), [(30, 40), (40, 30), (100, 90), (12, 60), (150, 155)])
def test_the_chance_against_one_box_is_that_of_two_normal_departures(below_h, mine_h):
    yard = yard_of(replace(PLAIN, bays=1, rows=1))
    request = request_of(yard, ("B1", "22G1", ("A", 1, 1, 1), below_h), ("NEW", "22G1", None, mine_h))

    expected = norm.cdf((mine_h - below_h) / (12.0 * math.sqrt(2.0)))
    assert chances(request)[0] == pytest.approx(expected, abs=0.01)


def test_boxes_of_one_stack_that_leave_like_each_other_are_not_independent_of_the_box_on_them():
    # Of three alike the one on top is the last to leave in one case of three, not in one of four.
    yard = yard_of(replace(PLAIN, bays=1, rows=1))
    boxes = [("B1", "22G1", ("A", 1, 1, 1), 60), ("B2", "22G1", ("A", 1, 1, 2), 60)]
    request = request_of(yard, *boxes, ("NEW", "22G1", None, 60))

    assert chances(request)[0] == pytest.approx(2.0 / 3.0, abs=0.01)


def test_a_long_box_counts_those_below_once_each():
    yard = yard_of(replace(PLAIN, bays=2, rows=1))
    boxes = [("B1", "22G1", ("A", 1, 1, 1), 60), ("B2", "22G1", ("A", 3, 1, 1), 60)]
    over_two = request_of(yard, *boxes, ("NEW", "42G1", None, 60))
    over_one = request_of(yard, ("B1", "42G1", ("A", 2, 1, 1), 60), ("NEW", "42G1", None, 60))

    assert chances(over_two)[0] == pytest.approx(2.0 / 3.0, abs=0.01)
    assert chances(over_one)[0] == pytest.approx(1.0 / 2.0, abs=0.01)


def test_an_announced_truck_is_known_to_the_half_hour():
    yard = yard_of(replace(PLAIN, bays=1, rows=1))
    boxes = [("B1", "22G1", ("A", 1, 1, 1), 90), ("NEW", "22G1", None, 90)]
    booked = ((0, T_NS + 3 * HOUR_NS), (1, T_NS + 6 * HOUR_NS))

    known = request_of(yard, *boxes, knowledge=Knowledge(t_ns=T_NS, booked=booked))
    swapped = Knowledge(t_ns=T_NS, booked=((0, booked[1][1]), (1, booked[0][1])))
    assert chances(known)[0] > 0.999
    assert chances(request_of(yard, *boxes, knowledge=swapped))[0] < 0.001


def test_where_nothing_is_announced_the_box_that_came_first_is_likelier_to_leave_first():
    yard = yard_of(replace(PLAIN, bays=1, rows=2))
    boxes = [("OLD", "22G1", ("A", 1, 1, 1), None), ("NEW", "22G1", None, None)]
    arrived = np.array([T_NS - 200 * HOUR_NS, 0])

    flat = chances(request_of(yard, *boxes))
    any_age = chances(request_of(yard, *boxes, knowledge=Knowledge(t_ns=T_NS)))
    assert flat.tolist() == [0.5, 0.0]
    assert 0.2 < any_age[0] < 0.8
    aged = chances(request_of(yard, *boxes, knowledge=Knowledge(t_ns=T_NS, arrived_ns=arrived)))
    assert 0.2 < aged[0] < 0.8


def test_dwell_has_the_quantiles_of_real_boxes_and_depot_boxes_stay_longer():
    beliefs = departures.Beliefs(
        np.full(2, np.nan), np.full(2, np.nan), np.zeros(2),
        np.array([departures.STAYS[Flow.IMPORT], departures.STAYS[Flow.STORAGE]]), timed=True,
    )  # fmt: skip
    at_s = np.array([5.65, 13.4, 54.6]) * departures.DAY_S

    stays = departures.staying(beliefs, at_s)
    assert stays[0] == pytest.approx([0.5, 0.1, 0.01], abs=0.005)
    assert (stays[1] > stays[0]).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_what_is_kept_of_a_yard_is_what_is_worked_out_anew(seed):
    yard, slots, stock = busy_yard()
    rng = np.random.default_rng(seed)
    terrain, knowledge = terrain_of(yard, slots), Knowledge(t_ns=T_NS)
    for _ in range(6):
        row = int(rng.integers(320, 360))
        kept = outlook_of(terrain, stock, knowledge, row)
        anew = Outlook(terrain, stock, knowledge, kept.anchor_ns)
        assert np.array_equal(kept.pairs(), anew.pairs())
        for name in ("one", "soonest_ns", "soon", "groups", "short", "used"):
            assert np.array_equal(getattr(kept, name), getattr(anew, name)), name
        best = allocation.rank(Request(yard, slots, stock, row, NO_CRANES, knowledge=knowledge))
        if len(best.ground) and stock.place[row] == 0:
            stock = moves.stack(stock, slots, [row], [int(rng.choice(best.ground))])


@settings(max_examples=20, deadline=None)
@given(row=st.integers(320, 359))
def test_the_quick_sum_is_the_sum_of_the_terms(row):
    yard, slots, stock = busy_yard()
    weighing = Weighing(
        Request(yard, slots, stock, row, np.array([[20.0, 5.0]]), queue=np.array([3.0, 0, 1]))
    )
    which = np.arange(0, len(slots), 3)
    terms = weighing.terms(which)

    assert weighing.weighted(which) == pytest.approx(sum(WEIGHTS[name] * terms[name] for name in ARRIVING))


def test_a_queue_at_a_block_sends_the_box_to_another():
    yard = yard_of(PLAIN, replace(B, origin_yard_m=(0.0, 60.0)))
    free = request_of(yard, ("NEW", "22G1", None, 9))
    busy = replace(free, queue=np.array([4.0, 4.0]))
    first = free.slots.block[allocation.rank(free).ground[0]]
    one_sided = replace(free, queue=np.where(np.arange(2) == first, 4.0, 0.0))

    assert free.slots.block[allocation.rank(busy).ground[0]] == first
    assert free.slots.block[allocation.rank(one_sided).ground[0]] != first


def test_the_ten_best_come_with_every_term_and_in_order():
    yard, slots, stock = busy_yard()
    best = allocation.rank(Request(yard, slots, stock, 325, NO_CRANES))

    assert len(best.ground) == 10
    assert best.cost.tolist() == sorted(best.cost.tolist())
    assert [term.name for term in best.terms(3)] == list(ARRIVING)


def test_against_a_slot_all_rules_speak_and_the_best_one_is_not_behind():
    yard = yard_of(A)
    request = request_of(
        yard, ("LONG", "42G1", ("A", 2, 2, 1), 9), ("NEW", "22R1", None, 9, {"setpoint_c": 2.0, "imdg": "3"})
    )
    plain = request_of(yard, ("NEW", "22G1", None, 9))
    best = allocation.rank(plain).ground

    told = allocation.against(request, 1)
    assert told.reasons == (
        "a 20 ft box cannot stand on a longer one", "a live reefer needs a plug",
        "dangerous goods have their own rows",
    )  # fmt: skip
    assert (told.rank, math.isnan(told.behind)) == (0, True)
    first, third = (allocation.against(plain, int(best[place])) for place in (0, 2))
    assert (first.rank, first.behind, first.reasons) == (1, pytest.approx(0.0, abs=1e-9), ())
    assert third.behind >= 0.0
    with pytest.raises(YardError, match="expected a slot from 0 to 47"):
        allocation.against(plain, 48)


def test_a_slot_that_work_in_progress_has_taken_is_not_given_again():
    request = request_of(yard_of(PLAIN), ("NEW", "22G1", None, 9))
    first = int(allocation.rank(request).ground[0])
    kept = replace(request, conditions=Conditions(reserved=(first,)))

    assert first not in allocation.rank(kept).ground
    assert allocation.against(kept, first).reasons == ("the slot is taken by work in progress",)


@pytest.mark.parametrize("policy", list(POLICIES))
def test_a_full_and_an_empty_yard_give_an_answer_under_every_policy(policy):
    tight = replace(PLAIN, bays=1, rows=1, tiers=1)
    full = request_of(
        yard_of(tight), ("OLD", "22G1", ("A", 1, 1, 1), 9), ("NEW", "22G1", None, 9), policy=policy
    )
    empty = request_of(yard_of(PLAIN), ("NEW", "22G1", None, 9), policy=policy)

    assert len(allocation.rank(full).ground) == 0
    assert allocation.against(full, 0).reasons[0] == "the stack is full"
    assert len(allocation.rank(empty).ground) == 10


@pytest.mark.parametrize(("policy", "bay"), [("min_max", 3), ("residence_time", 1)])
def test_policies_by_departures_look_at_the_soonest_or_at_the_top(policy, bay):
    yard = yard_of(replace(PLAIN, bays=2, rows=1, tiers=6))
    request = request_of(
        yard, ("A1", "22G1", ("A", 1, 1, 1), 10), ("A2", "22G1", ("A", 1, 1, 2), 60),
        ("C1", "22G1", ("A", 3, 1, 1), 90), ("C2", "22G1", ("A", 3, 1, 2), 95),
        ("NEW", "22G1", None, 50), policy=policy,
    )  # fmt: skip
    terms = Weighing(request).terms()

    assert 2 * int(np.argmin(POLICIES[policy](terms, 0))) + 1 == bay


def test_what_is_saved_is_told_against_the_lowest_stack():
    yard = yard_of(replace(PLAIN, bays=1, rows=3, tiers=3))
    request = request_of(
        yard, ("SOON", "22G1", ("A", 1, 1, 1), 2), ("S2", "22G1", ("A", 1, 2, 1), 3),
        ("LATE", "22G1", ("A", 1, 3, 1), 90), ("L2", "22G1", ("A", 1, 3, 2), 91), ("NEW", "22G1", None, 40),
    )  # fmt: skip
    found = allocation.suggest(request, "NEW", 1, 1)

    assert found.moves[0].target.row == 3
    assert found.saving.relocations == pytest.approx(1.0, abs=0.05)
    assert found.saving.minutes > 1.0
    assert (found.saving.kwh > 0.0, found.saving.co2e_kg > 0.0) == (True, True)
    assert found.confidence > 0.9
    assert found.promises[0].relocated < 0.05
    assert found.crane_s > 60.0
    assert found.basis[0] == "its departure is expected to 12 h"


def test_a_box_whose_mass_or_height_is_no_number_has_no_slot():
    yard = yard_of(PLAIN)
    slots, stock = stock_with(yard)

    for height_m, gross_kg, text in (
        (math.nan, 9000.0, "its top would be past the crane's height limit"),
        (2.591, math.nan, "too heavy for the machine that serves the block"),
    ):
        verdict = rules.legal(stock, slots, 20, height_m, gross_kg, False, b"", False, yard)
        assert {rules.REASONS[code] for code in verdict.reason.tolist()} == {text}
    verdict = rules.legal(stock, slots, 53, 2.591, 9000.0, False, b"", False, yard)
    assert not verdict.ok.any()


@pytest.mark.parametrize("known", [True, False])
def test_the_compiled_pass_over_the_slots_gives_the_cost_that_the_columns_give(known):
    yard, slots, stock = busy_yard()
    cranes = np.array([(30.0, 12.0), (90.0, 10.0), (np.nan, np.nan)])
    announced = np.flatnonzero(stock.ground < 0)
    knowledge = Knowledge(t_ns=T_NS if known else None)
    if not known:
        stock = stock.with_columns(departs_ns=np.full(len(stock), departures.NOT_KNOWN_NS))
    for row in announced[:20].tolist():
        weighing = Weighing(Request(yard, slots, stock, row, cranes, knowledge=knowledge))
        which = np.flatnonzero(weighing.keeps_room())

        assert len(which)
        np.testing.assert_allclose(
            weighing.weighted_by_loop(which), weighing.weighted_by_arrays(which), rtol=1e-12
        )


def test_the_compiled_outlook_is_bit_for_bit_that_of_the_arrays():
    yard, slots, stock = busy_yard()
    terrain, knowledge = terrain_of(yard, slots), Knowledge(t_ns=T_NS)
    anchor_ns = departures.anchor_of(stock, knowledge, 0)
    compiled, plain = (
        Outlook(terrain, stock, knowledge, anchor_ns, **loops) for loops in ({}, {"loops": None})
    )

    np.testing.assert_array_equal(compiled.pairs(), plain.pairs())
    for name in ("one", "soonest_ns", "soon", "soon_in_block", "groups", "short", "used"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(plain, name), err_msg=name)
    assert plain.used.sum() > plain.short.sum() > 0
    assert (plain.one < 1.0).any()
