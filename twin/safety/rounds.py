"""Pairs of boxes on arcs advanced until they touch, all at once, round after round."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.safety.collision import Rows
from twin.tables import Flags, Floats

if TYPE_CHECKING:
    from twin.safety.arcs import Arcs

Planes = NDArray[np.complex128]
MOST_CONTACT_M = 0.02
"""And this close where they go along one another so slowly that steps stay short [m]."""
PATIENCE = 8
"""After so many steps what counts as contact grows."""
_SPAN_S = 1.25
"""The horizon is looked at in parts of about this length side by side [s]."""
_SIDE_BY_SIDE = 300
"""Where it is for fewer pairs than this; of more, most are done with in a few long steps."""


def advanced(
    both: "Arcs", pair: Rows, kind: Rows, span: tuple[Floats, Floats], horizon_s: float, close_m: float,
    rounds: int,
) -> Floats:  # fmt: skip
    """Advance pairs until they touch or their time is over; ``both`` and ``pair`` are of the live ones."""
    start, end = span
    first_s, soonest_s = np.full(len(start), np.inf), np.full(len(start), np.inf)
    many = max(int(np.ceil(horizon_s / _SPAN_S)), 1) if len(pair) < _SIDE_BY_SIDE else 1
    place, edge = np.tile(np.arange(len(pair)), many), np.repeat(np.arange(many), len(pair))
    pair = pair[place]
    now = np.maximum(edge * (horizon_s / many), start[pair])
    until = np.minimum((edge + 1) * (horizon_s / many), end[pair])
    live = np.flatnonzero(now <= until)
    pair, now, until, both = pair[live], now[live], until[live], both.take(place[live])
    for number in range(rounds):
        if not len(pair):
            return first_s
        step_s, touching = _step(both, now, until, _close_m(number, close_m))
        hit = np.flatnonzero(touching)
        np.minimum.at(first_s, pair[hit], now[hit])
        np.minimum.at(soonest_s, kind[pair[hit]], now[hit])
        now = now + step_s
        on = np.flatnonzero(~touching & (now < until) & (now < soonest_s[kind[pair]]))
        pair, now, until, both = pair[on], now[on], until[on], both.take(on)
    np.minimum.at(first_s, pair, now)
    return first_s


def _close_m(number: int, close_m: float) -> float:
    """Give how close counts as in contact at a step: more where many were taken along each other."""
    return float(max(close_m, min(close_m * 1.5 ** max(number - PATIENCE, 0), MOST_CONTACT_M)))


def _step(both: "Arcs", now: Floats, until: Floats, close_m: float) -> tuple[Floats, Flags]:
    """Give how long pairs surely stay apart, (k,) [s], and which touch now: those closer than ``close_m``."""
    place, velocity, heading, rate = both.at(now)
    # Four axes, (4, k): along and across the one box, along and across the other.
    axes = np.concatenate((heading, 1j * heading))
    toward: Planes = axes * np.conj(place[1] - place[0])
    nearing: Planes = axes * np.conj(velocity[1] - velocity[0])
    side = np.where(toward.real < 0.0, -1.0, 1.0)
    gap, closing = toward.real * side, -side * nearing.real
    # How far half lengths and half widths of the two boxes reach along each axis, (2, 4, k, 2).
    seen: Planes = np.conj(heading)[:, None] * axes
    at, way = _sides(seen), _sides(-1j * rate[:, None] * seen)
    half = _sides(both.planes[5])[:, None]
    size = np.abs(at)
    # Where a face stands square to the axis either of its corners may be next to lead.
    grows = np.where(size > 1e-12, np.sign(at) * way, np.abs(way))
    gap -= _summed(half * size)
    closing += _summed(half * grows)
    most = both.most_mps2
    tried = np.minimum(_root(gap, closing, most), until - now)
    left = gap - closing * tried - 0.5 * most * tried * tried
    later = tried[..., None]
    left -= _summed(half * (np.abs(at + way * later) - size - grows * later))
    with np.errstate(divide="ignore", invalid="ignore"):
        chord = np.where(left >= 0.0, tried, tried * gap / (gap - left))
    widest_m = gap.max(axis=0)
    step_s = np.where(gap > 0.0, chord, 0.0).max(axis=0)
    # What is nowhere touches nothing.
    return np.where(np.isfinite(step_s + widest_m), step_s, np.inf), widest_m <= close_m


def _sides(planes: Planes) -> Floats:
    """Give real and imaginary parts as a last axis."""
    found: Floats = planes.view(np.float64).reshape(*planes.shape, 2)
    return found


def _summed(reach: Floats) -> Floats:
    """Sum over both boxes and both sides of each, (2, 4, k, 2) to (4, k)."""
    both = reach[0] + reach[1]
    found: Floats = both[..., 0] + both[..., 1]
    return found


def _root(gap: Floats, closing: Floats, most: Floats) -> Floats:
    """Give when gap - closing t - most t^2 / 2 is used up; infinite where it never is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root: Floats = 2.0 * gap / (closing + np.sqrt(closing * closing + 2.0 * most * np.maximum(gap, 0.0)))
    return np.where(root >= 0.0, root, np.inf)
