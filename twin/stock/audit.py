"""Every promise of the stock table, checked at once."""

import numpy as np

from twin.stock.table import Place, Stock
from twin.tables import Flags, Ints
from twin.yard.slots import Slots

NEAR_M = 0.02
"""Heights in the table agree within this [m]: the tolerance of level tops, twice."""


def check(stock: Stock, slots: Slots) -> tuple[str, ...]:
    """Name every promise of the stock that is broken.

    Returns
    -------
    tuple of str
        Empty where the stock is sound: each container is in one place, occupants and addresses
        agree, nothing floats, heights are the sums of real heights, castings meet.
    """
    broken: list[str] = []
    _note(broken, stock, ~_places_agree(stock), "its place does not agree with ground, tier or carrier")
    numbers, times = np.unique(stock.number, return_counts=True)
    broken += [
        f"box {number.decode()}: has {n} rows" for number, n in zip(numbers, times, strict=True) if n > 1
    ]
    if stock.occupant.shape != (len(slots), int(slots.tiers.max(initial=1))):
        return (*broken, f"occupants are {stock.occupant.shape}, the yard has {len(slots)} ground slots")
    stacked = np.flatnonzero(stock.place == Place.STACKED).astype(np.int32)
    inside = (stock.ground[stacked] >= 0) & (stock.ground[stacked] < len(slots))
    inside &= (stock.tier[stacked] >= 0) & (stock.tier[stacked] < stock.occupant.shape[1])
    stacked = stacked[inside]
    _check_occupants(broken, stock, slots, stacked)
    if not broken:
        _check_rest(broken, stock, slots, stacked)
    return tuple(broken)


def _note(broken: list[str], stock: Stock, bad: Flags, what: str) -> None:
    broken.extend(f"box {stock.number[row].decode()}: {what}" for row in np.flatnonzero(bad)[:20])


def _places_agree(stock: Stock) -> Flags:
    in_stack = stock.place == Place.STACKED
    carried = stock.place == Place.CARRIED
    told = (stock.ground >= 0) & (stock.tier >= 0) & np.isfinite(stock.bottom_m)
    silent = (stock.ground < 0) & (stock.tier < 0) & np.isnan(stock.bottom_m)
    agree: Flags = np.where(in_stack, told, silent) & (carried | (stock.carrier < 0))
    return agree


def _check_occupants(broken: list[str], stock: Stock, slots: Slots, stacked: Ints) -> None:
    expected = np.full_like(stock.occupant, -1)
    long = stacked[stock.length_ft[stacked] != 20]
    second = slots.next[stock.ground[long]]
    bad = np.zeros(len(stock), bool)
    bad[long[second < 0]] = True
    _note(broken, stock, bad, "needs two places where the block ends")
    long, second = long[second >= 0], second[second >= 0]
    expected[stock.ground[stacked], stock.tier[stacked]] = stacked
    taken_twice = np.zeros(len(stock), bool)
    taken_twice[long] = expected[second, stock.tier[long]] >= 0
    expected[second, stock.tier[long]] = long
    taken_twice[stacked] |= expected[stock.ground[stacked], stock.tier[stacked]] != stacked
    _note(broken, stock, taken_twice, "shares its slot with another box")
    for ground, tier in np.argwhere(expected != stock.occupant)[:20]:
        broken.append(
            f"ground slot {ground}, tier {tier}: expected box row {expected[ground, tier]}, "
            f"found {stock.occupant[ground, tier]}"
        )
    filled = stock.occupant >= 0
    count = filled.sum(axis=1)
    floats = filled & (np.arange(filled.shape[1]) >= count[:, None])
    broken.extend(f"ground slot {ground}: a box floats" for ground in np.flatnonzero(floats.any(axis=1))[:20])
    for name, wrong in (("count", count != stock.count), ("tiers", count > slots.tiers)):
        broken.extend(
            f"ground slot {g}: {name} is broken with {count[g]} boxes" for g in np.flatnonzero(wrong)[:20]
        )


def _check_rest(broken: list[str], stock: Stock, slots: Slots, stacked: Ints) -> None:
    """Look at what each box rests on, and how high; occupants are known to be sound."""
    long = stock.length_ft[stacked] != 20
    low = stock.ground[stacked]
    high = np.where(long, slots.next[low], low)
    below = stock.tier[stacked].astype(int) - 1
    on_ground = below < 0
    tier = np.maximum(below, 0)
    left = np.where(on_ground, -1, stock.occupant[low, tier])
    right = np.where(on_ground, -1, stock.occupant[high, tier])
    face_m = stock.bottom_m + stock.height_m
    rest_m = np.where(on_ground, 0.0, np.maximum(face_m[left], face_m[right])) if len(stock) else np.empty(0)
    bad = np.zeros(len(stock), bool)
    bad[stacked] = np.abs(stock.bottom_m[stacked] - rest_m) > 1e-6
    _note(broken, stock, bad, "its underside is not the face below it")
    on_long = ~on_ground & ~long & (stock.length_ft[left] != 20)
    bad[:] = False
    bad[stacked] = on_long
    _note(broken, stock, bad, "stands on a longer box")
    uneven = ~on_ground & long & (left != right)
    uneven &= (
        (stock.length_ft[left] != 20)
        | (stock.length_ft[right] != 20)
        | (np.abs(face_m[left] - face_m[right]) > NEAR_M)
    )
    bad[:] = False
    bad[stacked] = uneven
    _note(broken, stock, bad, "its corner castings do not meet those below")
    tops = np.zeros(len(slots))
    top = stock.occupant[np.arange(len(slots)), np.maximum(stock.count, 1) - 1]
    tops[top >= 0] = face_m[top[top >= 0]]
    broken.extend(
        f"ground slot {g}: its top is {tops[g]:.3f} m, found {stock.top_m[g]:.3f} m"
        for g in np.flatnonzero(np.abs(tops - stock.top_m) > 1e-6)[:20]
    )
    broken.extend(
        f"ground slot {g}: {stock.top_m[g]:.2f} m is past the height limit"
        for g in np.flatnonzero(stock.top_m > slots.height_limit_m + 1e-6)[:20]
    )
