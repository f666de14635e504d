"""A record played under every rule: each move checked by another program, and nothing known too early."""

import dataclasses

import numpy as np
import pytest
from uncertain_checker import check

from twin.errors import StockError
from twin.stacking.uncertain.beliefs import Known, Noisy
from twin.stacking.uncertain.places import Standing, one_block
from twin.stacking.uncertain.policies import RULES
from twin.stacking.uncertain.record import Record, true_leaves_d
from twin.stacking.uncertain.replay import replay
from twin.stacking.uncertain.residence import Learnt
from twin.stacking.uncertain.sample import Sample, sample_record

SMALL = Sample(positions=6, rows=6, standing=50, arrivals=60)
FULL = Sample(positions=4, rows=5, standing=36, arrivals=60, median_d=3.0)
BLOCK = Sample(positions=11, rows=10, standing=120, arrivals=140)
NARROW = Sample(positions=3, rows=2, tiers=3, standing=8, arrivals=60, median_d=0.6)


def told(name, record, seed):
    return {"known": Known, "unknown": lambda r: Learnt(r, seed, 16)}.get(
        name, lambda r: Noisy(r, 1.0, seed, 16)
    )(record)


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("knowledge", ["known", "noise", "unknown"])
def test_every_move_of_every_rule_is_legal_and_counted(rule, knowledge):
    for seed, sample in ((1, SMALL), (2, FULL), (3, NARROW)):
        record = sample_record(seed, sample)
        out = replay(record, told(knowledge, record, seed), RULES[rule], seed)
        check(record, out)
        assert out.relocations >= out.blocked_leaves - len(out.moves)
        assert out.relocations >= out.blocking_at_start or out.no_slot or out.leaves < (~record.enters).sum()


@pytest.mark.parametrize("knowledge", ["known", "noise", "unknown"])
def test_the_same_seed_gives_the_same_moves(knowledge):
    record = sample_record(4, SMALL)
    first, again = (replay(record, told(knowledge, record, 9), RULES["expected"], 9) for _ in range(2))
    assert first.moves == again.moves


def cut(record, at_d, shift_d=0.0):
    """Forget all that comes from ``at_d`` on, or, shifted, tell it otherwise."""
    keep = record.time_d < at_d
    if shift_d:
        time_d = np.where(keep, record.time_d, record.time_d + shift_d)
        leaves_d = np.where(record.leaves_d < at_d, record.leaves_d, record.leaves_d + shift_d)
        return dataclasses.replace(record, time_d=time_d, leaves_d=leaves_d)
    boxes = len(record.long)
    seen = {int(b) for b in record.box[keep]} | set(np.flatnonzero(record.first_cell >= 0).tolist())
    some = max(seen) + 1
    columns = {
        name: getattr(record, name)[:some] for name in ("long", "group", "kind", "born_d", "first_cell")
    }
    events = {
        name: getattr(record, name)[keep] for name in ("time_d", "enters", "box", "cell", "announced_d")
    }
    leaves_d = true_leaves_d(boxes, record.time_d, record.enters, record.box)[:some]
    return Record(places=record.places, leaves_d=leaves_d, **columns, **events)


def until(out, at_d):
    return [move for move in out.moves if move[0] < at_d]


@pytest.mark.parametrize("knowledge", ["known", "noise", "unknown"])
def test_no_decision_depends_on_who_comes_later(knowledge):
    record = sample_record(6, SMALL)
    whole = replay(record, told(knowledge, record, 2), RULES["expected"], 2)
    short = cut(record, 3.0)
    part = replay(short, told(knowledge, short, 2), RULES["expected"], 2)
    assert len(part.moves) > 50
    assert until(whole, 3.0) == part.moves


def test_nothing_told_means_that_no_later_departure_changes_a_decision():
    record = sample_record(7, SMALL)
    other = cut(record, 3.0, shift_d=5.0)
    moves = [until(replay(r, Learnt(r, 2, 16), RULES["expected"], 2), 3.0) for r in (record, other)]
    assert len(moves[0]) > 50
    assert moves[0] == moves[1]


def test_an_announcement_counts_from_its_instant_and_not_before():
    record = sample_record(8, SMALL)
    told_d = np.where(record.enters, np.nan, np.maximum(record.time_d - 0.3, 0.0))
    heard = dataclasses.replace(record, announced_d=np.where(told_d >= 3.0, told_d, np.nan))
    deaf, hearing = (replay(r, Learnt(r, 2, 16), RULES["expected"], 2) for r in (record, heard))
    assert until(deaf, 3.0) == until(hearing, 3.0)
    assert deaf.moves != hearing.moves


def a_bay(first, events, rows=3, tiers=3):
    """Give a record of one bay: departures by box, cells at the start, and (day, enters, box)."""
    time_d, enters, box = (np.array([event[i] for event in events]) for i in range(3))
    n = len(first)
    return Record(
        places=one_block(1, rows, tiers), long=np.zeros(n, bool), group=np.full(n, -1), kind=np.zeros(n, int),
        born_d=np.zeros(n), first_cell=np.array(first), leaves_d=true_leaves_d(n, time_d, enters, box),
        time_d=time_d.astype(float), enters=enters.astype(bool), box=box,
        cell=np.full(len(box), -1), announced_d=np.full(len(box), np.nan),
    )  # fmt: skip


def test_a_box_that_leaves_first_is_set_on_the_one_that_leaves_last():
    record = a_bay([0, 1, -1], [(0.1, True, 2), (1.0, False, 2), (2.0, False, 0), (3.0, False, 1)], rows=2)
    out = replay(record, Known(record), RULES["expected"], 1)
    assert out.relocations == 0
    assert out.moves[0] == (0.1, 2, -1, 0)


def test_a_blocking_box_is_set_where_it_blocks_no_one_again():
    # 1 stands on 0; it may go onto 2, which leaves before it, or onto 3, which leaves after.
    record = a_bay([0, 0, 1, 2], [(1.0, False, 0), (2.0, False, 2), (3.0, False, 1), (4.0, False, 3)])
    out = replay(record, Known(record), RULES["expected"], 1)
    assert (out.relocations, out.blocking_at_start) == (1, 1)
    assert out.moves[0] == (1.0, 1, 0, 2)


def test_a_bay_without_room_sets_its_boxes_aside_and_back():
    record = a_bay([0, 0], [(1.0, False, 0), (2.0, False, 1)], rows=1)
    out = replay(record, Known(record), RULES["expected"], 1)
    assert [move[2:] for move in out.moves] == [(0, -2), (0, -1), (-2, 0), (0, -1)]
    assert (out.leaves, out.relocations) == (2, 2)
    check(record, out)


def test_nothing_is_set_where_it_may_not_stand():
    ground = Standing(one_block(3, 2, 2), np.array([False, True, True, False]))
    ground.put(0, 0)
    for box, cell in ((1, 0), (1, 4), (1, 5)):
        with pytest.raises(StockError, match="may stand"):
            ground.put(box, cell)
    ground.put(3, 2)
    ground.put(1, 0)
    with pytest.raises(StockError, match="topmost"):
        ground.take(0)
    with pytest.raises(StockError, match="once"):
        ground.put(1, 1)
    assert ground.above(0) == [1]


@pytest.mark.parametrize("sigma_d", [0.0, 0.5, 1.0, 2.0])
def test_our_rule_saves_a_third_of_what_min_max_relocates_over_the_least_at_every_error(sigma_d):
    saved = over = 0
    for seed in (1, 2, 3):
        record = sample_record(seed, BLOCK)
        ours, theirs = (
            replay(record, Noisy(record, sigma_d, seed, 32) if sigma_d else Known(record), RULES[name], seed)
            for name in ("expected", "min_max")
        )
        saved += theirs.relocations - ours.relocations
        over += theirs.relocations - theirs.blocking_at_start
    assert saved >= over / 3.0


def test_with_nothing_told_our_rule_relocates_less_than_levelling_and_min_max():
    done = {"expected": 0, "levelling": 0, "min_max": 0}
    for seed in (1, 2, 3):
        record = sample_record(seed, BLOCK)
        for name in done:
            done[name] += replay(record, Learnt(record, seed, 32), RULES[name], seed).relocations
    assert done["expected"] < 0.96 * done["levelling"]
    assert done["expected"] < 0.8 * done["min_max"]
