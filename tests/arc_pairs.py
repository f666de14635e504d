"""Random pairs of turning boxes, and when they first overlap as small steps in time find it."""

import numpy as np

from twin.fleet.shapes import Boxes
from twin.safety import arcs, collision
from twin.safety.collision import sides_of

HORIZON_S = 5.0
COARSE_S = 0.05


def side(n, rng):
    """Make boxes on arcs: tractors, trailers that swing in, things that slide, rise and sink."""
    half_l = rng.uniform(0.3, 7.0, n)
    half_w = np.minimum(rng.uniform(0.3, 2.0, n), half_l)
    heading, speed, yaw = rng.uniform(-np.pi, np.pi, n), rng.uniform(-7, 7, n), rng.uniform(-0.5, 0.5, n)
    at_x, at_y = rng.uniform(-25, 25, n), rng.uniform(-25, 25, n)
    arm, off = rng.uniform(-8, 8, n), rng.uniform(-1, 1, n)
    towed = rng.random(n) < 0.3
    fold, settles = np.where(towed, rng.uniform(-0.6, 0.6, n), 0.0), np.where(towed, np.abs(speed) / 9.8, 0.0)
    slide = np.where(rng.random(n) < 0.2, rng.uniform(-1, 1, n), 0.0)
    turned = heading + np.where(towed, rng.uniform(-0.5, 0.5, n), 0.0)
    c, s = np.cos(turned), np.sin(turned)
    vx, vy, bottom = speed * np.cos(heading), speed * np.sin(heading), rng.uniform(0, 2, n)
    rise = np.where(rng.random(n) < 0.2, rng.uniform(-1, 1, n), 0.0)
    boxes = Boxes(
        at_x + c * arm - s * off, at_y + s * arm + c * off, c, s, half_l, half_w, bottom,
        bottom + rng.uniform(0.5, 3.0, n), vx, vy, np.arange(n, dtype=np.int32), np.zeros(n, np.int8),
        np.zeros(n, np.int8), rise,
    )  # fmt: skip
    return arcs.Ahead(boxes, at_x, at_y, vx, vy, yaw, fold, settles, slide * c, slide * s)


def first_samples(one, other, step_s=1e-3):
    """Give the first of many samples at which each pair overlaps, infinite where none does."""
    first = np.full(len(one.boxes), np.inf)
    reach = sum(np.hypot(a.boxes.half_l_m, a.boxes.half_w_m) for a in (one, other))
    # No centre goes faster than its origin and its arm turns.
    fastest = sum(
        np.hypot(a.vx_mps, a.vy_mps) + np.hypot(a.slide_x_mps, a.slide_y_mps) + (9.0 + 5.0) * 1.0
        for a in (one, other)
    )
    steps = round(COARSE_S / step_s)
    for coarse in range(round(HORIZON_S / COARSE_S) + 1):
        start_s = coarse * COARSE_S
        a, b = (arcs.moved(which, np.full(len(first), start_s)) for which in (one, other))
        away = np.hypot(a.x_m - b.x_m, a.y_m - b.y_m)
        rows = np.flatnonzero((away < reach + fastest * COARSE_S) & np.isinf(first))
        pair, number = collision.expanded(np.full(len(rows), steps))
        when = start_s + number * step_s
        a, b = (arcs.moved(which.take(rows[pair]), when) for which in (one, other))
        every = np.arange(len(pair))
        hit = np.flatnonzero(collision.apart_m(sides_of(a, every), sides_of(b, every)) < -collision.TOUCH_M)
        np.minimum.at(first, rows[pair[hit]], when[hit])
    first[first > HORIZON_S] = np.inf
    return first
