"""Where stacks would stand, and how high, for a number of boxes: the plan behind a generated stock."""

from dataclasses import dataclass

import numpy as np

from twin.errors import StockError
from twin.stock import sizes
from twin.stock.table import LINES, Flow
from twin.tables import Bytes, Flags, Ints, Table
from twin.yard.model import BlockKind, Yard
from twin.yard.slots import Slots

_HIGHEST_M = 2.896
_FORTIES = 0.726
"""Share of pairs of positions kept for 40 ft boxes, which makes 57 % of the boxes 40 ft."""
_FIVE_FEET_MORE = 0.08
"""Share of pairs for 45 ft boxes where they fit."""
_FULL_ENOUGH = 0.85
"""Long boxes give way to short ones until the bays are this full at most, of what they may hold."""


@dataclass(frozen=True, eq=False)
class Stands(Table):
    """Stacks to be, one row each: where, for which length, how high, for what.

    Attributes
    ----------
    ground : (s,) int32
        The lower ground slot.
    length_ft, high : (s,) int8, int32
        Length of its boxes, and how many.
    reefer, dangerous, empty : (s,) bool
    line, flow : (s,) int8
    """

    ground: Ints
    length_ft: Bytes
    high: Ints
    reefer: Flags
    dangerous: Flags
    empty: Flags
    line: Bytes
    flow: Bytes


@dataclass(frozen=True, eq=False)
class _Bays(Table):
    """Bays, one row each: its block, its first position, the length it is for, what it can hold."""

    block: Ints
    position: Ints
    length_ft: Bytes
    rows: Ints
    tiers: Ints
    room: Ints


def stands_of(yard: Yard, slots: Slots, boxes: int, rng: np.random.Generator) -> Stands:
    """Spread ``boxes`` over the open blocks; every bay keeps ``tiers - 1`` slots free.

    Raises
    ------
    StockError
        Where even with 20 ft boxes alone there is no room for so many.
    """
    bays = _bays_of(yard, boxes, rng)
    high = _heights(bays, boxes, rng)
    bay = np.repeat(np.arange(len(bays.room)), bays.rows)
    row = np.arange(len(bay)) - np.repeat(np.cumsum(bays.rows) - bays.rows, bays.rows)
    ground = slots.first[bays.block[bay]] + bays.position[bay] * bays.rows[bay] + row
    used = np.flatnonzero(high > 0)
    bay, ground = bay[used], ground[used]
    for_empties = np.array([block.kind == BlockKind.EMPTIES for block in yard.blocks], bool)
    if for_empties.any():
        empty = for_empties[bays.block[bay]]
    else:
        empty = (rng.random(len(bay)) < 0.12) & ~slots.reefer[ground] & ~slots.dangerous[ground]
    flow_of_bay = rng.choice(list(Flow)[:3], len(bays.room), p=(0.5, 0.42, 0.08))
    return Stands(
        ground=ground.astype(np.int32),
        length_ft=bays.length_ft[bay],
        high=high[used],
        reefer=slots.reefer[ground],
        dangerous=slots.dangerous[ground],
        empty=empty,
        line=rng.integers(0, len(LINES), len(bay)).astype(np.int8),
        flow=flow_of_bay[bay].astype(np.int8),
    )


def _bays_of(yard: Yard, boxes: int, rng: np.random.Generator) -> _Bays:
    """Cut every open block into bays, each for one length."""
    parts: list[tuple[int, int, int, int, float]] = []
    for index, block in enumerate(yard.blocks):
        if not block.closed:
            tiers = min(block.tiers, int(block.height_limit_m / _HIGHEST_M))
            parts += [
                (index, position, block.rows, tiers, block.bay_pitch_m)
                for position in range(0, block.bays, 2)
            ]
    table = np.array(parts, float).reshape(-1, 5)
    block, position, rows, tiers = table[:, :4].astype(np.int32).T
    room = np.maximum(rows * tiers - (tiers - 1), 0)
    bays_of_block = np.array([b.bays for b in yard.blocks], np.int32)
    paired = position + 1 < bays_of_block[block] if len(block) else np.empty(0, bool)
    most = int(room.sum() + room[paired].sum())
    if boxes > most:
        raise StockError(f"boxes: expected at most {most}, which yard {yard.name!r} can hold, found {boxes}")
    length_ft = _lengths(paired & sizes.fits_pitch(40, table[:, 4]), table[:, 4], room, boxes, rng)
    twice = np.flatnonzero(paired & (length_ft == 20))
    order = np.concatenate((np.arange(len(block)), twice))
    second = np.concatenate((np.zeros(len(block), np.int32), np.ones(len(twice), np.int32)))
    return _Bays(
        block[order], position[order] + second, length_ft[order], rows[order], tiers[order], room[order]
    )


def _lengths(paired: Flags, pitch_m: np.ndarray, room: Ints, boxes: int, rng: np.random.Generator) -> Bytes:
    """Choose which pairs of positions are for long boxes: fewer where the yard would be too full."""
    all_20 = int(room.sum() + room[paired].sum())
    spare = all_20 - boxes / _FULL_ENOUGH
    pairs = np.flatnonzero(paired)
    order = rng.permutation(pairs)
    lost = np.cumsum(room[order])
    wanted = round(_FORTIES * len(pairs))
    longs = order[: min(wanted, int(np.searchsorted(lost, spare, side="right")))]
    length_ft = np.full(len(room), 20, np.int8)
    length_ft[longs] = 40
    fives = longs[sizes.fits_pitch(45, pitch_m[longs]) & (rng.random(len(longs)) < _FIVE_FEET_MORE)]
    length_ft[fives] = 45
    return length_ft


def _heights(bays: _Bays, boxes: int, rng: np.random.Generator) -> Ints:
    """Give how high each stack of each bay is: bays about equally full, stacks at random."""
    share = np.clip(boxes / bays.room.sum() + rng.normal(0.0, 0.08, len(bays.room)), 0.0, 1.0)
    in_bay = np.minimum(np.floor(share * bays.room + rng.random(len(bays.room))).astype(np.int64), bays.room)
    while missing := boxes - int(in_bay.sum()):
        open_bays = np.flatnonzero(in_bay < bays.room if missing > 0 else in_bay > 0)
        some = rng.permutation(open_bays)[: abs(missing)]
        in_bay[some] += np.sign(missing)
    high = np.zeros(int(bays.rows.sum()), np.int32)
    first = np.cumsum(bays.rows) - bays.rows
    for rows, tiers in np.unique(np.column_stack((bays.rows, bays.tiers)), axis=0):
        same = np.flatnonzero((bays.rows == rows) & (bays.tiers == tiers))
        # Every stack has a ticket a tier; the bay draws as many tickets as it has boxes.
        tickets = np.argsort(rng.random((len(same), rows * tiers)), axis=1) // tiers
        drawn = np.arange(rows * tiers) < in_bay[same, None]
        stack = first[same, None] + tickets
        high += np.bincount(stack[drawn], minlength=len(high)).astype(np.int32)
    return high
