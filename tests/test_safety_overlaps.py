import importlib.util

import numpy as np
import pytest
import shapely
from test_safety_collision import box, boxes, polygon

from layouts.generator import compact_yard
from twin.safety import close, collision, overlaps, passing, standing
from twin.stock.generate import fill
from twin.yard.slots import slots_of

YARD = compact_yard()
SLOTS = slots_of(YARD)
STOCK = fill(YARD, SLOTS, 400, 1, 0)
EMPTY = fill(YARD, SLOTS, 0, 1, 0)
CLEAR_M = 1e-3


def now(table, look=None, stock=EMPTY):
    found, look = overlaps.now(table, stock, SLOTS, look)
    return pairs(found), look


def pairs(found):
    return {tuple(sorted(pair)) for pair in zip(found.i.tolist(), found.j.tolist(), strict=True)}


def against(found):
    return set(zip(found.box.tolist(), found.ground.tolist(), strict=True))


def random_scene(rng, n=30, size_m=40.0):
    """Give boxes of ten machines of three parts each, no two of them within a millimetre of touching."""
    low, still = rng.choice([0.0, 2.0, 4.0], n), np.zeros((n, 2))
    rows = np.column_stack((
        rng.uniform(0, size_m, n), rng.uniform(0, size_m, n), rng.uniform(-3.2, 3.2, n),
        rng.uniform(0.5, 14, n), rng.uniform(0.5, 4, n), low, low + rng.uniform(0.5, 3.0, n), still,
    ))  # fmt: skip
    table = boxes(rows, movers=np.repeat(np.arange(n // 3), 3))
    i, j = np.triu_indices(n, 1)
    apart = collision.apart_m(collision.sides_of(table, i), collision.sides_of(table, j))
    if (np.abs(apart) < CLEAR_M).any():
        return random_scene(rng, n, size_m)
    return rows, table


def by_shapely(rows, table):
    shapes = [polygon(row) for row in rows]
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return {
        (a, b)
        for a, b in zip(i.tolist(), j.tolist(), strict=True)
        if a < b and table.mover[a] != table.mover[b] and rows[a][5] < rows[b][6] and rows[b][5] < rows[a][6]
    }


def same_as_shapely(scenes, seed):
    rng, found = np.random.default_rng(seed), 0
    for _ in range(scenes):
        rows, table = random_scene(rng)
        expected = by_shapely(rows, table)
        assert now(table)[0] == expected
        found += len(expected)
    assert found > 5 * scenes


def test_random_scenes_have_the_pairs_that_shapely_finds():
    same_as_shapely(60, 1)


@pytest.mark.soak
def test_a_thousand_random_scenes_have_the_pairs_that_shapely_finds():
    same_as_shapely(1000, 2)


@pytest.mark.soak
@pytest.mark.skipif(importlib.util.find_spec("pybullet") is None, reason="Bullet is not installed")
def test_a_thousand_random_scenes_have_the_pairs_that_bullet_finds():
    from benchmarks.collision_peers import by_bullet

    rng = np.random.default_rng(3)
    for _ in range(1000):
        _, table = random_scene(rng)
        assert now(table)[0] == by_bullet(table)(table)


def test_a_thing_that_crosses_a_narrow_one_between_two_ticks_is_seen():
    # Closing at 16 m/s is 1.6 m a tick; the post is 0.4 m wide, the mover 0.6 m long.
    post = box(length=0.4, width=0.4)
    before, after = (boxes([post, box(x=x, length=0.6, width=0.6)]) for x in (-0.8, 0.8))
    found, look = now(before)
    assert found == set()
    assert now(after, look)[0] == {(0, 1)}
    assert now(after)[0] == set()


def test_a_thing_that_turns_across_a_narrow_one_between_two_ticks_is_seen():
    post = box(x=6.0, length=0.2, width=0.2)
    before, after = (boxes([post, box(heading=angle, length=14.0, width=0.4)]) for angle in (-0.06, 0.06))
    look = now(before)[1]
    assert now(after, look)[0] == {(0, 1)}


def test_what_passed_beside_is_not_taken_for_having_passed_through():
    post = box(length=0.4, width=0.4)
    before, after = (boxes([post, box(x=x, y=0.51, length=0.6, width=0.6)]) for x in (-0.8, 0.8))
    assert now(after, now(before)[1])[0] == set()


def test_a_thing_that_goes_over_another_between_two_ticks_is_not_taken_for_having_met_it():
    post = box(length=0.4, width=0.4)
    before, after = (boxes([post, box(x=x, bottom=2.1, top=3.0)]) for x in (-2.0, 2.0))
    assert now(after, now(before)[1])[0] == set()


def test_what_one_axis_parts_all_the_way_never_meets_and_what_meets_is_told():
    """Random pairs on their way and turning, looked at a thousand times between."""
    rng, k = np.random.default_rng(3), 4000
    ways = np.empty((13, 2, k))
    was, there, low = ways[passing.WAS], ways[passing.HERE], ways[passing.BOTTOM_WAS]
    turn, ahead = rng.uniform(-3.2, 3.2, (2, k)), rng.normal(0.0, 0.15, (2, k))
    there[:2] = rng.uniform(-9.0, 9.0, (2, 2, k))
    there[2], there[3] = np.cos(turn), np.sin(turn)
    there[4:6] = rng.uniform(0.3, 7.0, (2, 2, k))
    there[6], there[7] = 0.0, rng.uniform(1.0, 3.0, (2, k))
    there[6:, 1] += rng.choice([0.0, 0.9, 3.5], k)
    was[:2] = there[:2] + rng.normal(0.0, 0.7, (2, 2, k))
    was[2], was[3] = np.cos(turn - ahead), np.sin(turn - ahead)
    low[:] = there[6] + rng.normal(0.0, 0.3, (2, k))
    deepest, now_m = np.full(k, np.inf), None
    for share in np.linspace(0.0, 1.0, 1001):
        at = there.copy()
        at[:2] = was[:2] + share * (there[:2] - was[:2])
        at[2], at[3] = np.cos(turn - (1 - share) * ahead), np.sin(turn - (1 - share) * ahead)
        at[6] = low + share * (there[6] - low)
        at[7] = at[6] + there[7] - there[6]
        now_m = collision.apart_m(at[:, 0], at[:, 1])
        deepest = np.minimum(deepest, now_m)
    apart_m, parted = passing.apart(ways)
    np.testing.assert_allclose(apart_m, now_m, atol=1e-9)
    assert (deepest[parted] > -1e-9).all()
    free = deepest > 0.02
    assert (free & parted).sum() > 0.9 * free.sum() > 500
    # Within one of eight stretches a box is headed as in its middle.
    met, rough = passing.met(ways), (np.abs(ahead) / 16.0 * (there[4] + there[5])).sum(axis=0) + 1e-3
    assert met[deepest < -rough].all()
    assert not met[deepest > rough].any()


def test_a_machine_that_comes_up_elsewhere_has_not_driven_there():
    post = box(length=0.4, width=0.4)
    before, after = (boxes([post, box(x=x)]) for x in (-30.0, 30.0))
    assert now(after, now(before)[1])[0] == set()


def test_a_machine_that_was_nowhere_is_found_where_it_comes_up():
    post, nowhere = box(length=0.4, width=0.4), box(x=np.nan)
    found, look = now(boxes([post, nowhere]))
    assert found == set()
    for x in (300.0, 0.1):
        found, look = now(boxes([post, box(x=x)]), look)
    assert found == {(0, 1)}


def test_lists_hold_for_what_turns_faster_than_it_goes():
    look, met = None, 0
    for angle in np.arange(0.0, 3.1, 0.02):
        table = boxes([box(heading=angle, length=20.0, width=0.4), box(y=9.0, length=0.2, width=0.2)])
        found, look = overlaps.now(table, EMPTY, SLOTS, look)
        fresh = now(table)[0]
        deep = found.depth_m > 0
        assert {p for p, d in zip(sorted_pairs(found), deep, strict=True) if d} == fresh
        met += len(fresh)
    assert 0 < met < 10


def test_most_ticks_ask_the_short_list_of_the_tick_before():
    look, short, kept = None, None, 0
    for table in walk(40, 4, STOCK):
        _, look = overlaps.now(table, STOCK, SLOTS, look)
        kept += short is not None and look.near.i is short.i
        short = look.near
    assert kept > 24


def test_a_split_tick_finds_what_the_whole_one_did():
    post = box(length=0.4, width=0.4)
    places = [boxes([post, box(x=x, length=0.6, width=0.6)]) for x in (-0.8, -0.1, 0.8)]
    look, met = None, set()
    for table in places:
        found, look = now(table, look)
        met |= found
    assert met == {(0, 1)}


def walk(ticks, seed, stock):
    """Let machines wander, and give their boxes tick by tick."""
    rng = np.random.default_rng(seed)
    fence = np.array(YARD.fence_yard_m)
    n = 60
    at = rng.uniform(fence.min(axis=0), fence.max(axis=0), (n, 2))
    heading, speed, yaw = rng.uniform(-3, 3, n), rng.uniform(-7, 7, n), rng.uniform(-0.4, 0.4, n)
    for _ in range(ticks):
        at = at + 0.1 * speed[:, None] * np.column_stack((np.cos(heading), np.sin(heading)))
        heading = heading + 0.1 * yaw
        rows = np.column_stack((
            at, heading, np.full(n, 9.0), np.full(n, 2.5), np.zeros(n), np.full(n, 3.0),
            speed * np.cos(heading), speed * np.sin(heading),
        ))  # fmt: skip
        yield boxes(
            np.repeat(rows, 2, axis=0) + np.tile([[0] * 9, [9, *[0] * 8]], (n, 1)),
            movers=np.repeat(range(n), 2),
        )


def test_lists_that_are_kept_find_what_new_ones_find():
    look, seen = None, 0
    for table in walk(80, 4, STOCK):
        found, look = overlaps.now(table, STOCK, SLOTS, look)
        fresh, _ = overlaps.now(table, STOCK, SLOTS)
        standing_now = found.depth_m > 0
        assert {p for p, d in zip(sorted_pairs(found), standing_now, strict=True) if d} == pairs(fresh)
        deep = found.stack_depth_m > 0
        assert {
            p for p, d in zip(zip(found.box, found.ground, strict=True), deep, strict=True) if d
        } == against(fresh)
        seen += len(fresh.i) + len(fresh.box)
    assert seen > 100


@pytest.mark.parametrize("parts", [(0, 1), (0, 0)], ids=["named", "of one name"])
def test_lists_go_on_where_boxes_are_taken_and_brought(parts):
    rng, look, seen = np.random.default_rng(6), None, 0
    for table in walk(60, 4, STOCK):
        table = table.with_columns(part=np.tile(np.array(parts, np.int8), len(table) // 2))
        table = table.take(np.flatnonzero(rng.random(len(table)) > 0.05))
        found, look = overlaps.now(table, STOCK, SLOTS, look)
        fresh, _ = overlaps.now(table, STOCK, SLOTS)
        deep, under = found.depth_m > 0, found.stack_depth_m > 0
        assert {p for p, d in zip(sorted_pairs(found), deep, strict=True) if d} == pairs(fresh)
        stacks = zip(found.box[under].tolist(), found.ground[under].tolist(), strict=True)
        assert set(stacks) == against(fresh)
        seen += len(fresh.i) + len(fresh.box)
    assert seen > 100


def sorted_pairs(found):
    return [tuple(sorted(pair)) for pair in zip(found.i.tolist(), found.j.tolist(), strict=True)]


def test_every_stack_that_a_box_overlaps_is_found():
    filled = np.flatnonzero(STOCK.count > 0)
    stacks = standing.stack_boxes(STOCK, SLOTS, filled)
    for table in walk(2, 5, STOCK):
        found, _ = overlaps.now(table, STOCK, SLOTS)
        every = {
            (row, int(ground))
            for row in range(len(table))
            for ground in filled[collision.overlapping(table.take(np.full(len(filled), row)), stacks)]
        }
        assert against(found) == every


def test_a_stack_that_grows_is_found_by_lists_made_before():
    ground = int(np.flatnonzero(STOCK.count > 0)[0])
    x, y = SLOTS.centre_yard_m[ground]
    high = STOCK.top_m[ground] + 1.0
    table = boxes([box(x=x, y=y, bottom=high, top=high + 2.0)])
    found, look = overlaps.now(table, STOCK, SLOTS)
    assert ground not in found.ground
    for more in (2.0, 30.0):
        top_m = STOCK.top_m.copy()
        top_m[ground] += more
        grown, look = overlaps.now(table, STOCK.with_columns(top_m=top_m), SLOTS, look)
        assert ground in grown.ground


def test_machines_that_come_and_go_are_followed_by_name():
    one, other = box(), box(x=1.0)
    _, look = now(boxes([one], movers=[3]))
    found, look = now(boxes([one, other], movers=[3, 5]), look)
    assert found == {(0, 1)}
    found, look = now(boxes([other], movers=[5]), look)
    assert found == set()
    assert now(boxes([], movers=[]), look)[0] == set()


def test_what_is_nowhere_far_away_of_no_size_or_there_twice_breaks_nothing():
    rows = [box(), box(x=np.nan), box(x=1e9, y=-1e9), box(length=0.0, width=0.0), box(x=0.2), box(x=np.inf)]
    table = boxes(rows, movers=[1, 2, 3, 4, 1, 6])
    found, look = now(table)
    # The one of no size lies in both boxes of the machine that is there twice; these never pair.
    assert found == {(0, 3), (3, 4)}
    assert now(table, look)[0] == found


def test_nothing_is_found_where_nothing_stands_and_nobody_is():
    found, look = overlaps.now(boxes([]), STOCK, SLOTS)
    assert len(found.i) == len(found.box) == 0
    assert isinstance(look.near, close.Close)
