"""Pairs of boxes on arcs advanced until they touch, all at once, round after round.

Many take a step each as :mod:`twin.safety.arcs` tells. The last few are those that go along one another,
in short steps, or touch: a round of few costs nearly what a round of many does, so that each of these is
looked at at many instants at once.
"""

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
_MANY = 100
"""Of more pairs than this only the foremost of each kind take a step at once."""
_SQUARE = 1e-12
"""Below this a face counts as square to an axis: what it reaches along it, of 1."""
_ABREAST_S = 0.5
"""Those within this of the soonest of their kind are among them [s]."""
_FEW = 32
"""So few pairs, or fewer, are looked at at many instants at once."""
_LOOKS, _MOST_LOOKS = 512, 16
"""At so many instants in all; a pair at so many at most."""
_LONGER = 4.0
"""After paces that were all free the next are so much longer."""


def advanced(
    bodies: "Arcs", sides: tuple[Rows, Rows], pair: Rows, kind: Rows, span: tuple[Floats, Floats],
    close_m: float, rounds: int,
) -> Floats:  # fmt: skip
    """Give when pairs first touch: those named in ``pair`` are advanced until then, or their time is over.

    Parameters
    ----------
    bodies : Arcs
        All boxes.
    sides : (n,), (n,)
        The rows in them of the two boxes of each pair.
    pair : (k,)
        Which pairs are looked at.
    kind : (n,)
        Only the soonest contact of those with one number is asked for.
    span : (n,), (n,)
        From when to when [s].
    close_m, rounds
        How close is in contact [m]; how many steps are taken at most.

    Returns
    -------
    (n,)
        Infinite where they do not touch.
    """
    start, end = span
    first_s, soonest_s = np.full(len(start), np.inf), np.full(len(start), np.inf)
    # Of each pair that is still looked at: where it has come to, its end, its steps; and its rows.
    now, until, taken = start[pair], end[pair], np.zeros(len(pair), np.int64)
    rows = np.stack((pair, kind[pair], sides[0][pair], sides[1][pair]))
    while rows.shape[1] > _FEW:
        ahead = _foremost(now, rows[1], len(start))
        at, of = now[ahead], rows[:, ahead]
        step_s, touching = _step(bodies.pairs(of[2:]), at, until[ahead], _close_m(taken[ahead], close_m))
        hit = np.flatnonzero(touching)
        first_s[of[0, hit]] = at[hit]
        np.minimum.at(soonest_s, of[1, hit], at[hit])
        at += step_s
        at[hit] = np.inf
        now[ahead] = at
        taken[ahead] += 1
        on = (now < until) & (now < soonest_s[rows[1]])
        weary = taken >= rounds
        if weary.any():
            # What is still on its way after so many steps counts as in contact where it is.
            weary &= on
            first_s[rows[0, weary]], on[weary] = now[weary], False
        live = np.flatnonzero(on)
        rows, now, until, taken = rows[:, live], now[live], until[live], taken[live]
    if rows.shape[1]:
        _scanned(bodies, rows, (now, until), close_m, (first_s, soonest_s), rounds)
    return first_s


def _scanned(
    bodies: "Arcs", rows: Rows, span: tuple[Floats, Floats], close_m: float, found: tuple[Floats, Floats],
    rounds: int,
) -> None:  # fmt: skip
    """Write when a few pairs, columns of ``rows``, first touch, and the soonest of each kind, into ``found``.

    Each goes on for many paces that are surely free, or to the first that is not; that is looked at in finer
    paces, until the pair touches where it begins.
    """
    (now, until), (first_s, soonest_s) = span, found
    pace_s = np.full(len(now), np.inf)
    while rows.shape[1]:
        many = min(max(_LOOKS // rows.shape[1], 2), _MOST_LOOKS)
        end = np.minimum(now + pace_s * many, until)
        pace_s = (end - now) / many
        free_s, whole, touching = _looks(bodies.pairs(rows[2:]), now, pace_s, many, close_m)
        rounds -= 1
        now = np.where(whole, end, now + free_s)
        hit = np.flatnonzero(touching if rounds > 0 else ~whole)
        first_s[rows[0, hit]] = now[hit]
        np.minimum.at(soonest_s, rows[1, hit], now[hit])
        pace_s *= np.where(whole, _LONGER, 1.0 / many)
        on = (now < until) & (now < soonest_s[rows[1]])
        on[hit] = False
        live = np.flatnonzero(on)
        rows, now, until, pace_s = rows[:, live], now[live], until[live], pace_s[live]


def _looks(
    both: "Arcs", now: Floats, pace_s: Floats, many: int, close_m: float
) -> tuple[Floats, Flags, Flags]:
    """Give how long pairs surely stay apart, (k,) [s], which do for all paces, and which touch then.

    Along an axis that is held, the gap between corners is at least what lies straight between its values
    before and after a pace, less half of the most that it accelerates times the times since and until these.
    """
    place, heading = both.poses(now + pace_s * np.arange(many + 1.0)[:, None, None])
    back, way = heading[:-1].conj(), place[:, 1:] - place[:, :1]
    # Along and across, before and after each pace: (2, 2, paces, axes of, k), one box beside the other.
    gaps = _parts(back * np.stack((way[:-1], way[1:])))
    gaps *= np.where(gaps[:, :1] < 0.0, -1.0, 1.0)
    seen = _parts(np.stack((heading[:-1], heading[1:]))[:, :, :, None] * back[:, None])
    np.abs(seen, out=seen)
    half = both.planes[5][:, None]
    reach = seen * half.real
    reach += seen[::-1] * half.imag
    gaps -= reach[:, :, :, 0]
    gaps -= reach[:, :, :, 1]
    least = gaps.min(axis=1).max(axis=(0, 2))
    most = both.most_mps2
    # What is nowhere (NaN) touches nothing.
    unsure = least <= 0.125 * most * pace_s * pace_s
    whole = ~unsure.any(axis=0)
    free = unsure.argmax(axis=0)
    before, after = gaps[:, :, free, :, np.arange(len(now))].transpose(2, 1, 3, 0)
    touching = ~whole & (before.max(axis=(0, 1)) <= close_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        closing = (before - after) / pace_s + 0.5 * most * pace_s
        root = 2.0 * before / (closing + np.sqrt(np.maximum(closing * closing - 2.0 * most * before, 0.0)))
    part_s = np.where(before > 0.0, np.minimum(root, pace_s), 0.0).max(axis=(0, 1))
    return free * pace_s + np.where(touching, 0.0, part_s), whole, touching


def _foremost(now: Floats, of: Rows, kinds: int) -> Rows:
    """Give those pairs that are among the foremost of their kind: the others may not need a look at all."""
    if len(now) < _MANY:
        return np.arange(len(now))
    least = np.full(kinds, np.inf)
    np.minimum.at(least, of, now)
    return np.flatnonzero(now <= least[of] + _ABREAST_S)


def _close_m(taken: NDArray[np.int64], close_m: float) -> Floats | float:
    """Give how close counts as in contact after so many steps: more after many along each other."""
    if not len(taken) or taken.max() <= PATIENCE:
        return close_m
    grown = close_m * 1.5 ** np.maximum(taken - PATIENCE, 0)
    found: Floats = np.maximum(close_m, np.minimum(grown, MOST_CONTACT_M))
    return found


def _step(both: "Arcs", now: Floats, until: Floats, close_m: Floats | float) -> tuple[Floats, Flags]:
    """Give how long a pair surely stays apart, (k,) [s], and which touch now: those closer than ``close_m``.

    Axes are along and across the one box, along and across the other: arrays are (2 boxes, 2 axes, k). What
    the other box's half width reaches along one axis of a box its half length does along the other.
    """
    place, velocity, heading, rate = both.at(now)
    back = heading.conj()
    offset, nearing = _axes(back * (place[1] - place[0])), _axes(back * (velocity[1] - velocity[0]))
    # On its own axes a box reaches as far as it is large, and its other half turns towards them.
    own = _axes(both.planes[5])
    gap, closing = np.abs(offset), np.where(offset < 0.0, nearing, -nearing)
    gap -= own
    closing += np.abs(rate)[:, None] * own[:, ::-1]
    # The other box's half length and half width, and how it is seen to lie and to turn.
    length, width = own[::-1, :1], own[::-1, 1:]
    seen = back[0] * heading[1]
    at, way = _axes(seen), _axes(1j * seen) * _turns(rate)
    size = np.abs(at)
    # Where a face stands square to the axis either of its corners may be next to lead.
    grows = np.where(size > _SQUARE, np.sign(at) * way, np.abs(way))
    gap -= length * size + width * size[::-1]
    closing += length * grows + width * grows[:, ::-1]
    most = both.most_mps2
    with np.errstate(divide="ignore", invalid="ignore"):
        tried = np.minimum(_root(gap, closing, most), until - now)
        left = gap - tried * (closing + 0.5 * most * tried)
        left -= length * (np.abs(at + way * tried) - size - grows * tried)
        at, size, way, grows = at[::-1], size[::-1], way[:, ::-1], grows[:, ::-1]
        left -= width * (np.abs(at + way * tried) - size - grows * tried)
        chord = np.where(left >= 0.0, tried, tried * gap / (gap - left))
    widest_m = gap.max(axis=(0, 1))
    step_s = np.where(gap > 0.0, chord, 0.0).max(axis=(0, 1))
    # What is nowhere touches nothing.
    return np.where(np.isfinite(step_s + widest_m), step_s, np.inf), widest_m <= close_m


def _parts(planes: Planes) -> Floats:
    """Give real and imaginary parts as a first axis, (2, ...)."""
    found = np.empty((2, *planes.shape))
    found[0], found[1] = planes.real, planes.imag
    return found


def _axes(planes: Planes) -> Floats:
    """Give real and imaginary parts of (..., k) as an axis before the last, (..., 2, k)."""
    found = np.empty((*planes.shape[:-1], 2, planes.shape[-1]))
    found[..., 0, :], found[..., 1, :] = planes.real, planes.imag
    return found


def _turns(rate: Floats) -> Floats:
    """Give how fast the other box turns, seen from each of two, (2, 1, k)."""
    found = rate[::-1, None].copy()
    np.negative(found[1], out=found[1])
    return found


def _root(gap: Floats, closing: Floats, most: Floats) -> Floats:
    """Give when gap - closing t - most t^2 / 2 is used up; infinite where it never is."""
    root: Floats = 2.0 * gap / (closing + np.sqrt(closing * closing + 2.0 * most * np.maximum(gap, 0.0)))
    return np.where(root >= 0.0, root, np.inf)
