"""Random work in a yard: whatever happens, nothing floats, no rule is broken, in = out + standing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from twin.stacking import allocation
from twin.stacking.batch import assign
from twin.stacking.departures import Knowledge
from twin.stacking.policies import POLICIES
from twin.stacking.weighing import Request
from twin.stock import generate, moves, rules, violations
from twin.stock.rules import Conditions
from twin.stock.table import BoxNotice, Place
from twin.yard.model import Block, BlockKind, Georeference, Yard, Zone, ZoneKind
from twin.yard.slots import slots_of

T_NS = 1_760_000_000_000_000_000
MINUTE_NS = 60_000_000_000
YARD = Yard(
    "work",
    Georeference(4490, (121.85, 30.62)),
    ((0.0, 0.0), (300.0, 0.0), (300.0, 300.0)),
    (
        Block("A", BlockKind.RTG, (0.0, 0.0), 0.0, 5, 4, 4, reefer_rows=(1,), dangerous_rows=(2, 3, 4)),
        Block("B", BlockKind.RMG, (0.0, 40.0), 0.3, 4, 3, 4, lines=("CARMINE", "VIOLA", "UMBRA"),
              stack_load_kg=70_000.0, row_limits_m=(5.3,)),
        Block("E", BlockKind.EMPTIES, (0.0, 90.0), 0.0, 4, 3, 5),
    ),
    zones=(
        Zone("shed", ZoneKind.BUILDING, ((0, -20), (12, -20), (12, -4), (0, -4))),
        Zone("customs", ZoneKind.INSPECTION, ((0, 60), (10, 60), (10, 70), (0, 70))),
    ),
)  # fmt: skip
SLOTS = slots_of(YARD)
CLASSES = ("", "", "", "3", "8", "5.1", "2.1", "1.1", "77")
LOOSE = (Place.ANNOUNCED, Place.CARRIED)
WINDS_MPS = (0.0, 8.0, 15.0, 18.5, 20.0)


class YardAtWork(RuleBasedStateMachine):
    """A yard that boxes come to, are set in, moved in and leave, in changing wind."""

    @initialize(seed=st.integers(0, 2**32 - 1))
    def open(self, seed):
        self.rng = np.random.default_rng(seed)
        self.stock = moves.empty_stock(SLOTS)
        self.conditions = Conditions(weight_tolerance_kg=3000.0, top_only_types=("P", "U"),
                                     inspection_reach_m=80.0)  # fmt: skip
        self.listed = violations.check(YARD, SLOTS, self.stock, self.conditions)
        self.t_ns, self.came, self.left = T_NS, 0, 0

    @rule(count=st.integers(1, 4))
    def announce(self, count):
        drawn = generate.notices_for_arrivals(self.rng, count, self.t_ns)
        notices = [self._dangerous(notice) for notice in drawn]
        self._become(moves.announce(self.stock, notices))
        self.came = len(self.stock)

    def _dangerous(self, notice: BoxNotice) -> BoxNotice:
        imdg = "" if notice.empty else str(self.rng.choice(CLASSES))
        return replace(notice, imdg=imdg, customs=int(self.rng.integers(5)))

    @precondition(lambda self: self._loose().size)
    @rule(policy=st.sampled_from(list(POLICIES)), timed=st.booleans(), pick=st.integers(0, 999))
    def set_down(self, policy, timed, pick):
        self._set(int(self._loose()[pick % self._loose().size]), policy, timed)

    @precondition(lambda self: self._loose().size > 2)
    @rule(count=st.integers(2, 12))
    def set_a_list_down(self, count):
        rows = self.rng.permutation(self._loose())[:count]
        found = assign(self._request(int(rows[0])), rows)
        for row, ground in zip(found.row.tolist(), found.ground.tolist(), strict=True):
            if ground >= 0:
                self._put(row, ground)

    @precondition(lambda self: self._tops().size)
    @rule(pick=st.integers(0, 999))
    def lift(self, pick):
        self._become(moves.lift(self.stock, SLOTS, int(self._tops()[pick % self._tops().size]), 3))

    @precondition(lambda self: self._tops().size)
    @rule(pick=st.integers(0, 999))
    def relocate(self, pick):
        row = int(self._tops()[pick % self._tops().size])
        self._become(moves.lift(self.stock, SLOTS, row, 3))
        self._set(row, "weighted", timed=True)

    @precondition(lambda self: self._loose().size)
    @rule(pick=st.integers(0, 999))
    def leave(self, pick):
        self._become(moves.leave(self.stock, [int(self._loose()[pick % self._loose().size])]))
        self.left += 1

    @rule(gust_mps=st.sampled_from(WINDS_MPS), dead=st.sets(st.integers(0, 19), max_size=3))
    def weather_and_power_change(self, gust_mps, dead):
        self.conditions = Conditions(
            gust_mps=gust_mps, weight_tolerance_kg=3000.0, top_only_types=("P", "U"), inspection_reach_m=80.0,
            dead_plugs=tuple(dead), reserved=(int(self.rng.integers(len(SLOTS))),),
        )  # fmt: skip
        self.listed = violations.check(YARD, SLOTS, self.stock, self.conditions)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes):
        self.t_ns += minutes * MINUTE_NS

    def _request(self, row, policy="weighted", timed=True):
        knowledge = Knowledge(t_ns=self.t_ns) if timed else Knowledge()
        return Request(YARD, SLOTS, self.stock, row, np.empty((0, 2)), policy, 7, self.conditions, knowledge)

    def _set(self, row, policy, timed):
        best = allocation.rank(self._request(row, policy, timed), 1)
        if len(best.ground):
            self._put(row, int(best.ground[0]))
        else:
            allowed = rules.allowed(self.stock, SLOTS, YARD, row, self.conditions)
            long = bool(self.stock.length_ft[row] != 20)
            assert not (allowed & allocation.keeps_room(self.stock, SLOTS, long)).any()

    def _put(self, row, ground):
        assert rules.refusal(self.stock, SLOTS, YARD, row, ground, self.conditions) == ""
        self._become(moves.stack(self.stock, SLOTS, [row], [ground]))
        assert row not in self.listed.row

    def _become(self, stock):
        self.listed = violations.after(self.listed, self.stock, stock, YARD, SLOTS, self.conditions)
        self.stock = stock

    def _loose(self):
        return np.flatnonzero(np.isin(self.stock.place, LOOSE))

    def _tops(self):
        stock = self.stock
        standing = np.flatnonzero(stock.place == Place.STACKED)
        low = stock.ground[standing]
        high = np.where(stock.length_ft[standing] != 20, SLOTS.next[low], low)
        free = (stock.count[low] == stock.tier[standing] + 1) & (
            stock.count[high] == stock.tier[standing] + 1
        )
        return standing[free]

    @invariant()
    def nothing_floats_and_the_table_is_sound(self):
        assert moves.check(self.stock, SLOTS) == ()

    @invariant()
    def what_came_has_left_or_is_here(self):
        here = int(np.count_nonzero(self.stock.place != Place.GONE))
        assert self.came == self.left + here

    @invariant()
    def the_list_of_violations_is_that_of_a_full_check(self):
        full = violations.check(YARD, SLOTS, self.stock, self.conditions)
        for name in ("row", "rule", "other", "severity"):
            assert np.array_equal(getattr(self.listed, name), getattr(full, name))


def test_random_work_breaks_no_rule():
    run_state_machine_as_test(
        YardAtWork, settings=settings(max_examples=40, stateful_step_count=50, deadline=None)
    )


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_operations_break_no_rule():
    run_state_machine_as_test(
        YardAtWork, settings=settings(max_examples=500, stateful_step_count=200, deadline=None)
    )
