"""Which standing dangerous goods are too close to others: rings about each place, worked out once a yard."""

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.stock import segregation, sizes
from twin.stock.segregation import APART_M, BARRED, CODES
from twin.stock.table import Place, Stock
from twin.tables import Flags, Ints, Table
from twin.yard.slots import Slots

Bits = NDArray[np.uint32]
Index = NDArray[np.intp]
RINGS = len(APART_M) - 1
"""Ring r: a gap of at least ``APART_M[r]``, less than ``APART_M[r + 1]``."""


@dataclass(frozen=True, eq=False)
class Rings(Table):
    """The places that dangerous goods may be on, and which of them lie about each, by ring.

    Attributes
    ----------
    grounds : (d,) int
        Ground slots: rows for dangerous goods, and wherever else such goods were found.
    member : (g,) int32
        Index into ``grounds``, -1 where a ground slot is not among them.
    near : (p,) int32
        Indices of neighbours, place after place, the nearest ring first; each place is its own neighbour.
    start : (d * 4 + 1,) int
        Where ring r of place i starts in ``near``: at ``4 i + r``.
    """

    grounds: Index
    member: Ints
    near: Ints
    start: Index


class _Kept(threading.local):
    """What one thread keeps of the yards that it asks about; ``covered`` and ``rings`` belong together.

    ``covered`` are stocks whose dangerous goods all stand on places that the rings hold: rings only grow.
    """

    def __init__(self) -> None:
        self.rings: WeakKeyDictionary[Slots, Rings] = WeakKeyDictionary()
        self.covered: WeakKeyDictionary[Slots, WeakSet[Stock]] = WeakKeyDictionary()
        self.masks: WeakKeyDictionary[Rings, tuple[Bits, Bits]] = WeakKeyDictionary()


_KEPT = _Kept()


def rings_of(slots: Slots, stock: Stock) -> Rings:
    """Give the rings of a yard's places for dangerous goods; worked out anew only where more are found."""
    known = _KEPT.rings.get(slots)
    covered = _KEPT.covered.setdefault(slots, WeakSet())
    if known is not None and stock in covered:
        return known
    covered.add(stock)
    standing = _standing(stock)
    used = np.concatenate((stock.ground[standing], _second(stock, slots, standing)))
    if known is not None and (known.member[used] >= 0).all():
        return known
    wanted = slots.dangerous.copy()
    wanted[used] = True
    if known is not None:
        wanted[known.grounds] = True
    found = _worked_out(slots, np.flatnonzero(wanted))
    _KEPT.rings[slots] = found
    return found


def _worked_out(slots: Slots, grounds: Index) -> Rings:
    member = np.full(len(slots), -1, np.int32)
    member[grounds] = np.arange(len(grounds))
    centres = slots.centre_yard_m[grounds]
    reach_m = APART_M[-1] + float(np.hypot(sizes.LENGTH_M[20], sizes.WIDTH_M))
    half = cKDTree(centres).query_pairs(reach_m, output_type="ndarray") if len(grounds) else np.empty((0, 2))
    half = half.astype(np.intp).reshape(-1, 2)
    gap_m = segregation.gaps_m(slots, grounds[half[:, 0]], grounds[half[:, 1]])
    here = np.arange(len(grounds))
    one = np.concatenate((half[:, 0], half[:, 1], here))
    other = np.concatenate((half[:, 1], half[:, 0], here))
    ring = np.searchsorted(APART_M[1:], np.concatenate((gap_m, gap_m, np.zeros(len(grounds)))), side="right")
    key = one * (RINGS + 1) + ring
    order = np.argsort(key, kind="stable")
    order = order[ring[order] < RINGS]
    segment = one[order] * RINGS + ring[order]
    start = np.searchsorted(segment, np.arange(len(grounds) * RINGS + 1))
    return Rings(grounds, member, other[order].astype(np.int32), start)


def _standing(stock: Stock) -> Index:
    return np.flatnonzero((stock.place == Place.STACKED) & segregation.holds_dangerous(stock.imdg))


def _second(stock: Stock, slots: Slots, rows: Index) -> Ints:
    """Give the upper places of the long ones among some boxes."""
    long = rows[stock.length_ft[rows] != 20]
    second: Ints = slots.next[stock.ground[long]]
    return second[second >= 0]


def bits_on(stock: Stock, grounds: Index) -> Bits:
    """Give which groups of dangerous goods stand on ground slots: (m,), a bit a group."""
    bits = np.zeros(len(grounds), np.uint32)
    if not len(stock):
        return bits
    boxes = stock.occupant[grounds]
    place, tier = np.nonzero((boxes >= 0) & segregation.holds_dangerous(stock.imdg[boxes]))
    group = segregation.groups_of(stock.imdg[boxes[place, tier]])
    np.bitwise_or.at(bits, place, np.left_shift(np.uint32(1), group.astype(np.uint32)))
    return bits


def _bits_of(rings: Rings, place: Ints, group: Index) -> Bits:
    """Give which groups stand on each place of the rings, from boxes and places: (d,), a bit a group."""
    bits = np.zeros(len(rings.grounds), np.uint32)
    np.bitwise_or.at(bits, place, _BIT[group])
    return bits


_BIT: Bits = np.left_shift(np.uint32(1), np.arange(len(CODES), dtype=np.uint32))


def _all_masks(rings: Rings, bits: Bits) -> Bits:
    """Give the groups in each ring about all places: (d, 4), as :func:`_masks` does of some."""
    filled = np.flatnonzero(rings.start[1:] > rings.start[:-1])
    masks = np.zeros(len(rings.start) - 1, np.uint32)
    if len(filled):
        masks[filled] = np.bitwise_or.reduceat(bits[rings.near], rings.start[filled])
    return masks.reshape(-1, RINGS)


def _masks(rings: Rings, bits: Bits, which: Index) -> Bits:
    """Give the groups in each ring about places: (m, 4), a bit a group."""
    first = rings.start[which * RINGS]
    size = rings.start[which * RINGS + RINGS] - first
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    near = bits[rings.near[np.repeat(first, size) + within]]
    starts = (rings.start[which[:, None] * RINGS + np.arange(RINGS)] - first[:, None]) + (
        np.cumsum(size) - size
    )[:, None]
    flat = starts.ravel()
    # A ring without a place has no segment of its own, and reduceat would give it the next one's.
    filled = np.diff(np.append(flat, len(near))) > 0
    masks = np.zeros(len(flat), np.uint32)
    if filled.any():
        masks[filled] = np.bitwise_or.reduceat(near, flat[filled])
    return masks.reshape(-1, RINGS)


def close_places(slots: Slots, stock: Stock, imdg: bytes) -> Flags:
    """Tell on which places goods of a class would be too close to others: (g,) bool.

    Only places for dangerous goods are looked at, and those where such goods stand; elsewhere False.
    What is known of the last stock asked about is kept, and only what differs is worked out again.
    """
    close = np.zeros(len(slots), bool)
    (group,) = segregation.groups_of([imdg])
    rings = rings_of(slots, stock)
    if group < 0 or not len(rings.grounds):
        return close
    bits = bits_on(stock, rings.grounds)
    known = _KEPT.masks.get(rings)
    if known is None:
        masks = _all_masks(rings, bits)
    else:
        before, masks = known
        differ = np.flatnonzero(before != bits)
        if len(differ):
            touched = np.unique(near_of(rings, differ))
            masks = masks.copy()
            masks[touched] = _masks(rings, bits, touched.astype(np.intp))
    _KEPT.masks[rings] = (bits, masks)
    close[rings.grounds] = (masks & BARRED[group]).any(axis=1)
    return close


def near_of(rings: Rings, which: Index) -> Ints:
    """Give all neighbours of places in all rings, one after the other, as indices into ``grounds``."""
    first = rings.start[which * RINGS]
    size = rings.start[which * RINGS + RINGS] - first
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    near: Ints = rings.near[np.repeat(first, size) + within]
    return near


def clashes(slots: Slots, stock: Stock, rows: Index) -> Ints:
    """Give for each standing box the first box that its dangerous goods are too close to.

    Parameters
    ----------
    rows : (n,) int
        Boxes that stand.

    Returns
    -------
    (n,) int32
        The lowest row of those too close; -1 where there is none, or it holds no dangerous goods.
    """
    other = np.full(len(rows), -1, np.int32)
    asked = np.flatnonzero(segregation.dangerous_among(stock.imdg, rows)) if len(rows) else rows
    if not len(asked):
        return other
    rings = rings_of(slots, stock)
    box = rows[asked]
    group = segregation.groups_of(stock.imdg[box])
    long = np.flatnonzero((stock.length_ft[box] != 20) & (slots.next[stock.ground[box]] >= 0))
    index = np.concatenate((np.arange(len(box)), long))
    place = rings.member[np.concatenate((stock.ground[box], slots.next[stock.ground[box[long]]]))]
    if 4 * len(place) > len(rings.grounds):
        # So many are asked about that all places at once cost less than those about each.
        standing = _standing(stock)
        if np.array_equal(standing, box):
            bits = _bits_of(rings, place, group[index])
        else:
            bits = bits_on(stock, rings.grounds)
        masks = _all_masks(rings, bits)[place]
    else:
        places, inverse = np.unique(place, return_inverse=True)
        bits = np.zeros(len(rings.grounds), np.uint32)
        looked_at = np.unique(near_of(rings, places.astype(np.intp)))
        bits[looked_at] = bits_on(stock, rings.grounds[looked_at])
        masks = _masks(rings, bits, places.astype(np.intp))[inverse]
    masks &= BARRED[group[index]]
    found = _first_clash(rings, stock, bits, masks, box, group, index, place)
    other[asked] = np.where(found < np.iinfo(np.int32).max, found, -1)
    return other


def _first_clash(
    rings: Rings, stock: Stock, bits: Bits, masks: Bits, box: Index, group: Index, index: Index, place: Ints
) -> Ints:
    """Look at what is barred about each box: the lowest row that is too close, the largest int32 if none.

    ``masks`` are the groups in each ring that a box may not have there; ``index`` is the box of each place.
    """
    found = np.full(len(box), np.iinfo(np.int32).max, np.int32)
    suspect = np.flatnonzero(masks.any(axis=1)) if len(masks) else np.empty(0, np.intp)
    pair, ring = np.nonzero(masks[suspect])
    pair = suspect[pair]
    if not len(pair):
        return found
    segment = place[pair].astype(np.intp) * RINGS + ring
    first = rings.start[segment]
    size = rings.start[segment + 1] - first
    at = np.arange(int(size.sum())) + np.repeat(first - (np.cumsum(size) - size), size)
    near = rings.near[at]
    # Of the places about only those are looked at that hold a group which is barred in their ring.
    kept = np.flatnonzero(bits[near] & np.repeat(masks[pair, ring], size))
    which = np.repeat(np.arange(len(pair)), size)[kept]
    boxes = stock.occupant[rings.grounds[near[kept]]]
    mine = index[pair[which]]
    held = segregation.holds_dangerous(stock.imdg[boxes])
    row, tier = np.nonzero((boxes >= 0) & held & (boxes != box[mine][:, None]))
    other, mine = boxes[row, tier], mine[row]
    close = CODES[group[mine], segregation.groups_of(stock.imdg[other])] > ring[which[row]]
    np.minimum.at(found, mine[close], other[close])
    return found
