from dataclasses import replace

import numpy as np
import pytest
from arc_pairs import HORIZON_S, first_samples, side

from twin import compiled
from twin.fleet.shapes import Boxes
from twin.safety import arcs, collision, rounds, slices
from twin.safety.arcs import Ahead
from twin.safety.collision import sides_of


def contact_s(one, other, horizon_s=HORIZON_S):
    rows = np.arange(len(one.boxes))
    return arcs.first_contact(one, rows, other, rows, horizon_s)


def one_box(x, y, heading=0.0, half_l=0.5, half_w=0.5, vx=0.0, vy=0.0, yaw=0.0, bottom=0.0, vz=0.0):
    one = lambda value: np.array([float(value)])  # noqa: E731
    none = np.array([-1], np.int8)
    boxes = Boxes(
        one(x), one(y), np.cos(one(heading)), np.sin(one(heading)), one(half_l), one(half_w), one(bottom),
        one(bottom + 2.0), one(vx), one(vy), np.array([0], np.int32), none, none, one(vz),
    )  # fmt: skip
    return Ahead(boxes, one(x), one(y), one(vx), one(vy), one(yaw), one(0), one(0), one(0), one(0))


def turned(ahead, angle, dx, dy):
    c, s = np.cos(angle), np.sin(angle)
    boxes = ahead.boxes
    vector = lambda x, y: (c * x - s * y, s * x + c * y)  # noqa: E731
    x, y = vector(boxes.x_m, boxes.y_m)
    cos, sin = vector(boxes.cos, boxes.sin)
    about, speed = vector(ahead.about_x_m, ahead.about_y_m), vector(ahead.vx_mps, ahead.vy_mps)
    slide = vector(ahead.slide_x_mps, ahead.slide_y_mps)
    boxes = boxes.with_columns(x_m=x + dx, y_m=y + dy, cos=cos, sin=sin)
    return Ahead(
        boxes,
        about[0] + dx,
        about[1] + dy,
        *speed,
        ahead.yaw_rate_rps,
        ahead.fold_rad,
        ahead.settles_ps,
        *slide,
    )


def never_late(pairs, seed):
    rng = np.random.default_rng(seed)
    one, other = side(pairs, rng), side(pairs, rng)
    found, sampled = contact_s(one, other), first_samples(one, other)
    assert np.isfinite(sampled).sum() > pairs / 50
    assert (found <= sampled).all()
    met = np.flatnonzero(np.isfinite(found) & (found > 0))
    apart_m = apart_then(one, other, met, found[met])
    assert apart_m.max() <= rounds.MOST_CONTACT_M
    assert np.median(apart_m) <= arcs.CONTACT_M


def apart_then(one, other, rows, when_s):
    """Give how far apart some pairs are after a time each, (k,) [m]."""
    a, b = (arcs.moved(which.take(rows), when_s) for which in (one, other))
    every = np.arange(len(rows))
    return collision.apart_m(sides_of(a, every), sides_of(b, every))


def test_of_ten_thousand_turning_pairs_no_contact_is_missed_or_late():
    never_late(10_000, 1)


@pytest.mark.parametrize("looks", [20_000, 150_000])
def test_no_contact_is_missed_or_late_where_pairs_are_looked_at_many_instants_at_once(monkeypatch, looks):
    monkeypatch.setattr(compiled, "COMPILED", False)
    monkeypatch.setattr(rounds, "_FEW", 10_000)
    monkeypatch.setattr(rounds, "_LOOKS", looks)

    never_late(5_000, 2)


@pytest.mark.soak
def test_of_a_million_turning_pairs_no_contact_is_missed_or_late():
    for seed in range(50):
        never_late(20_000, 100 + seed)


def test_a_point_on_a_circle_meets_a_wall_when_the_circle_does():
    # Radius 4 / 0.5 = 8 m: it has come 4 m to the left after a sixth of the circle, pi / 3 / 0.5 s.
    tiny = one_box(0.0, 0.0, half_l=1e-6, half_w=1e-6, vx=4.0, yaw=0.5)
    wall = one_box(0.0, 5.0, half_l=100.0, half_w=1.0)
    found = contact_s(tiny, wall)[0]
    assert np.pi / 3 / 0.5 - 1e-3 < found <= np.pi / 3 / 0.5


def test_a_box_that_turns_on_the_spot_meets_what_its_corner_reaches():
    # Half diagonal 5 m: its corner, 36.9 degrees off its length, comes up to 4.5 m at 64.2 degrees.
    box = one_box(0.0, 0.0, half_l=4.0, half_w=3.0, yaw=0.2)
    wall = one_box(0.0, 6.5, half_l=100.0, half_w=2.0)
    angle = np.arcsin(4.5 / 5.0) - np.arctan2(3.0, 4.0)
    assert contact_s(box, wall)[0] == pytest.approx(angle / 0.2, abs=2e-3)


def test_what_rises_above_before_the_other_comes_is_not_met():
    mover = one_box(-10.0, 0.0, vx=4.0, yaw=1e-6)
    assert contact_s(mover, one_box(0.0, 0.0, vz=0.1))[0] == pytest.approx(9.0 / 4.0, abs=2e-3)
    assert np.isinf(contact_s(mover, one_box(0.0, 0.0, vz=1.0)))[0]


def test_two_that_overlap_now_are_in_contact_now():
    assert contact_s(one_box(0.0, 0.0, yaw=0.3), one_box(0.5, 0.0, vx=5.0))[0] == 0.0


def test_what_is_nowhere_or_has_no_size_is_answered_without_an_error():
    assert np.isinf(contact_s(one_box(np.nan, 0.0, yaw=0.3), one_box(0.0, 0.0)))[0]
    assert np.isinf(contact_s(one_box(0.0, 0.0, yaw=np.nan), one_box(3.0, 0.0)))[0]
    point = one_box(-5.0, 0.0, half_l=0.0, half_w=0.0, vx=2.0, yaw=1e-3)
    assert contact_s(point, one_box(0.0, 0.0))[0] == pytest.approx(2.25, abs=2e-3)


def test_no_pairs_give_no_times():
    none = np.empty(0, np.intp)
    box = one_box(0.0, 0.0)
    assert arcs.first_contact(box, none, box, none, 5.0).shape == (0,)


@pytest.mark.parametrize("angle", [0.0, 1.1, -2.6])
def test_turning_moving_and_swapping_changes_no_contact(angle):
    rng = np.random.default_rng(5)
    one, other = side(2000, rng), side(2000, rng)
    here = contact_s(one, other)
    there = contact_s(turned(other, angle, 800.0, -300.0), turned(one, angle, 800.0, -300.0))
    met = np.isfinite(here)
    assert (met == np.isfinite(there)).mean() > 0.999
    both = met & np.isfinite(there)
    np.testing.assert_allclose(there[both], here[both], atol=0.02)


def test_looking_again_a_second_later_finds_the_same_instant():
    rng = np.random.default_rng(6)
    one, other = side(3000, rng), side(3000, rng)
    first = contact_s(one, other)
    later = [after(which, 1.0) for which in (one, other)]
    again = 1.0 + contact_s(later[0], later[1], HORIZON_S - 1.0)
    met = np.isfinite(first) & (first > 1.0)
    assert met.sum() > 50
    np.testing.assert_allclose(again[met], first[met], atol=0.02)


def after(ahead, seconds):
    """Give the same boxes a while later, as they go on."""
    when = np.full(len(ahead.boxes), seconds)
    boxes = arcs.moved(ahead, when)
    turn, course = ahead.turn_rad(seconds), ahead.yaw_rate_rps * seconds
    origin = Ahead(
        ahead.boxes.with_columns(x_m=ahead.about_x_m, y_m=ahead.about_y_m), ahead.about_x_m, ahead.about_y_m,
        ahead.vx_mps, ahead.vy_mps, ahead.yaw_rate_rps, *[np.zeros(len(when))] * 4,
    )  # fmt: skip
    at = arcs.moved(origin, when)
    c, s, ct, st = np.cos(course), np.sin(course), np.cos(turn), np.sin(turn)
    vx, vy = c * ahead.vx_mps - s * ahead.vy_mps, s * ahead.vx_mps + c * ahead.vy_mps
    slide_x, slide_y = ahead.slide_x_mps, ahead.slide_y_mps
    fold = ahead.fold_rad * np.exp(-ahead.settles_ps * seconds)
    return Ahead(
        boxes, at.x_m, at.y_m, vx, vy, ahead.yaw_rate_rps, fold,
        ahead.settles_ps, ct * slide_x - st * slide_y, st * slide_x + ct * slide_y,
    )  # fmt: skip


def test_pair_after_pair_and_all_at_once_find_the_same_contacts():
    rng = np.random.default_rng(11)
    one, other = side(2000, rng), side(2000, rng)
    rows = np.arange(2000)
    asked = (arcs.Asked(one, rows, other, rows),)
    spans = [part._span(HORIZON_S) for part in asked]

    (loops,), (arrays,) = (
        by(asked, spans, HORIZON_S, arcs.CONTACT_M, arcs.MOST_ROUNDS)
        for by in (arcs._by_loops, arcs._by_arrays)
    )

    met = np.isfinite(arrays)
    assert met.sum() > 100
    np.testing.assert_array_equal(np.isfinite(loops), met)
    # Of two that go along one another either may tell the last centimetres before they touch.
    met = np.flatnonzero(met)
    differ = met[np.abs(loops[met] - arrays[met]) > 0.01]
    assert len(differ) < len(met) / 20
    for found in (loops, arrays):
        assert (apart_then(one, other, differ, found[differ]) <= rounds.MOST_CONTACT_M).all()


def test_of_a_kind_pair_after_pair_finds_the_soonest_that_all_at_once_finds():
    rng = np.random.default_rng(12)
    one, other = side(2000, rng), side(2000, rng)
    rows, kind = np.arange(2000), rng.integers(0, 300, 2000)
    asked = (arcs.Asked(one, rows, other, rows, soonest_of=kind),)
    spans = [part._span(HORIZON_S) for part in asked]
    soonest = np.full((2, 300), np.inf)

    for found, by in zip(soonest, (arcs._by_loops, arcs._by_arrays), strict=True):
        np.minimum.at(found, kind, by(asked, spans, HORIZON_S, arcs.CONTACT_M, arcs.MOST_ROUNDS)[0])

    np.testing.assert_allclose(soonest[0], soonest[1], atol=0.01)


def test_what_boxes_sweep_has_the_same_bounds_from_loops_and_arrays(monkeypatch):
    ahead = side(500, np.random.default_rng(13))
    found = []
    for compiled_now in (True, False):
        monkeypatch.setattr(compiled, "COMPILED", compiled_now)
        found.append(slices.bent(ahead, np.arange(500), HORIZON_S)[0])

    for name in ("low_m", "high_m"):
        np.testing.assert_allclose(*(getattr(one, name) for one in found), rtol=0, atol=1e-4)


def test_a_box_on_an_arc_is_within_its_bounds_at_every_instant_of_each_part():
    ahead = side(500, np.random.default_rng(14))
    bounds = slices.bent(ahead, np.arange(500), HORIZON_S)[0]
    parts = bounds.low_m.shape[2]
    _, lowest, highest = slices.bent(ahead, np.arange(500), HORIZON_S)
    # The bounds of parts are rounded to half of the digits, outwards.
    for least, most in ((bounds.low_m.min(axis=2).T, lowest), (highest, bounds.high_m.max(axis=2).T)):
        assert (least <= most).all()
        np.testing.assert_allclose(least, most, rtol=0, atol=1e-4)
    for part in range(parts):
        for share in (0.0, 0.3, 0.5, 0.8, 1.0):
            when_s = np.full(500, (part + share) * HORIZON_S / parts)
            low, high = collision.bounds_of(arcs.moved(ahead, when_s))
            assert (low[:2] >= bounds.low_m[:, :, part].T).all()
            assert (high[:2] <= bounds.high_m[:, :, part].T).all()


def test_two_are_never_in_contact_outside_the_window_of_their_bounds():
    rng = np.random.default_rng(15)
    one, other, rows = side(3000, rng), side(3000, rng), np.arange(3000)
    met_s = arcs.first_contact(one, rows, other, rows, HORIZON_S)
    bounds = (slices.bent(table, rows, HORIZON_S)[0] for table in (one, other))
    start, end = slices.window(next(bounds), rows, next(bounds), rows)

    met = np.isfinite(met_s)
    assert 100 < met.sum() < 2900
    assert (np.isinf(start) & ~met).sum() > 100
    assert (met_s[met] >= start[met] - 0.02).all()
    assert (met_s[met] <= end[met]).all()


@pytest.mark.parametrize("stands", [False, True])
def test_loops_and_arrays_give_pairs_the_same_window(monkeypatch, stands):
    rng = np.random.default_rng(16)
    one, other, rows = side(3000, rng), side(3000, rng), np.arange(3000)
    x_m = one.boxes.x_m.copy()
    x_m[::100] = np.nan
    one = replace(one, boxes=one.boxes.with_columns(x_m=x_m))
    here, there = (slices.bent(table, rows, HORIZON_S)[0] for table in (one, other))
    if stands:
        there = slices.standing(other.boxes, here.part_s)
    found = []
    for compiled_now in (True, False):
        monkeypatch.setattr(compiled, "COMPILED", compiled_now)
        found.append(slices.window(here, rows, there, rows))

    assert 100 < np.isinf(found[0][0]).sum() < 2900
    assert (np.diff(found[0], axis=0)[0, np.isfinite(found[0][0])] > 0).all()
    np.testing.assert_array_equal(*found)
