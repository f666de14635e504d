"""Blind places are learned from machines that go unheard here and are heard again there."""

import numpy as np
import pytest

from twin.clock import NS_PER_S
from twin.fleet import reception, roster
from twin.fleet.reception import CELL_M, Reception
from twin.fleet.table import Freshness

N = 8
T0_NS = 1_000_000 * NS_PER_S


def machines():
    return roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), [f"T{k}" for k in range(N)], [0] * N, [-1] * N
    )


def at(tracks, x_m, freshness, fix_s, speed=5.0, y_m=5.0):
    return tracks.with_columns(
        x_m=np.broadcast_to(np.asarray(x_m, float), N).copy(), y_m=np.full(N, y_m),
        speed_mps=np.full(N, speed), freshness=np.broadcast_to(np.asarray(freshness, np.int8), N).copy(),
        fix_ns=np.full(N, T0_NS + int(fix_s * NS_PER_S)),
    )  # fmt: skip


def crossing(known, number, *, until_m=65.0, gap_s=10.0):
    """Let machine 0 go unheard at 15 m and be heard again at ``until_m``; the others stay where they are."""
    fleet, tracks = machines()
    lost = np.full(N, Freshness.FRESH)
    lost[0] = Freshness.LOST
    places = np.full(N, 500.0)
    before_m, after_m = places.copy(), places.copy()
    before_m[0], after_m[0] = 15.0, until_m
    t_ns = T0_NS + int(100 * number * NS_PER_S)
    before = at(tracks, before_m, lost, 0.0, speed=0.0)
    after = at(tracks, after_m, Freshness.FRESH, gap_s, speed=0.0)
    return reception.followed(known, fleet, before, after, t_ns + NS_PER_S // 10, t_ns)


def test_where_three_machines_came_through_unheard_is_blind_and_one_is_none():
    known = crossing(Reception(), 0)
    assert len(known.blind()) == 0
    for number in (1, 2):
        known = crossing(known, number)

    assert known.blind().tolist() == [[column, 0] for column in range(1, 7)]
    assert known.unheard_s.sum() == pytest.approx(30.0)


def test_where_machines_are_heard_for_longer_than_not_is_not_blind():
    known = Reception()
    for number in range(3):
        known = crossing(known, number)
    fleet, tracks = machines()
    there = at(tracks, 3.5 * CELL_M, Freshness.FRESH, 0.0)

    for second in range(10):
        t_ns = T0_NS + second * NS_PER_S
        known = reception.followed(known, fleet, there, there, t_ns + NS_PER_S, t_ns)

    blind = known.blind()[:, 0].tolist()
    assert 3 not in blind
    assert 5 in blind


@pytest.mark.parametrize(("until_m", "gap_s"), [(18.0, 10.0), (900.0, 10.0), (65.0, 4000.0)])
def test_a_machine_that_stood_or_was_away_for_long_tells_nothing_of_a_place(until_m, gap_s):
    known = Reception()
    for number in range(5):
        known = crossing(known, number, until_m=until_m, gap_s=gap_s)
    assert len(known.blind()) == 0


def test_a_dead_source_makes_no_place_blind():
    fleet, tracks = machines()
    before = at(tracks, np.arange(N) * 40.0, Freshness.LOST, 0.0)
    after = at(tracks, np.arange(N) * 40.0 + 50.0, Freshness.FRESH, 10.0)
    known = Reception()
    for number in range(5):
        t_ns = T0_NS + number * NS_PER_S
        known = reception.followed(known, fleet, before, after, t_ns + NS_PER_S // 10, t_ns)
    assert len(known.blind()) == 0


def test_what_was_learned_fades_in_days():
    known = Reception()
    for number in range(3):
        known = crossing(known, number)
    fleet, tracks = machines()
    still = at(tracks, 500.0, Freshness.FRESH, 0.0, speed=0.0)
    for hour in range(1, 80):
        t_ns = T0_NS + hour * 3600 * NS_PER_S
        known = reception.followed(known, fleet, still, still, t_ns + NS_PER_S, t_ns)
    assert len(known.blind()) == 0
    assert known.unheard_s.sum() < 30.0


def test_nothing_learned_is_the_same_object():
    fleet, tracks = machines()
    still = at(tracks, 500.0, Freshness.FRESH, 0.0, speed=0.0)
    known = Reception()
    assert reception.followed(known, fleet, still, still, T0_NS + NS_PER_S, T0_NS) is known


def test_a_machine_without_a_place_is_passed_over():
    fleet, tracks = machines()
    lost = at(tracks, np.nan, Freshness.LOST, 0.0)
    back = at(tracks, 50.0, Freshness.FRESH, 10.0)
    known = reception.followed(Reception(), fleet, lost, back, T0_NS + NS_PER_S // 10, T0_NS)
    assert len(known) == 0
