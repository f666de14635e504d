"""The cost of all slots for one box in one compiled pass; arrays do the same where nothing is compiled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.stacking.departures import DAY_NS, HORIZON_DAYS, Float32s
from twin.stock.rules.terrain import Index
from twin.stock.table import Flow
from twin.tables import Flags, Floats, Ints, Longs

FLOWS = len(Flow)


class Prices(NamedTuple):
    """What is of the box itself, and what each term costs it.

    Attributes
    ----------
    mine_ns, mine_kg : int, float
        Its departure [ns UTC], any where ``day`` is 0, and its mass [kg].
    chance, tier, day, tonne : float
        What a relocation costs [s], a tier [s], a day's gap [s/day], a tonne on a lighter box [s/t].
    reefer, dangerous : float
        What a special place costs it [s].
    """

    mine_ns: int
    mine_kg: float
    chance: float
    tier: float
    day: float
    tonne: float
    reefer: float
    dangerous: float


@compiled
def staying(table: Float32s, points: Index, weights: Float32s) -> Float32s:
    """Give how likely each stack holds what it holds until a box leaves: the table's rows, weighed (g,).

    Parameters
    ----------
    table : (cells, g) float32
    points, weights : (k,) int and float32
        The cells in which the box may leave, and how likely it is in each.
    """
    stays = np.zeros(table.shape[1], np.float32)
    for k in range(len(points)):
        row, weight = table[points[k]], weights[k]
        for g in range(len(stays)):
            stays[g] += row[g] * weight
    return stays


@compiled
def weigh(
    which: Index,
    second: Index,
    stays: Float32s,
    block: Index,
    bay: Index,
    along_m: Floats,
    cranes_m: Floats,
    of_block: Floats,
    per_crane_m: Floats,
    of_bay: Floats,
    fixed_s: Floats,
    count: NDArray[np.int8],
    soonest_ns: Longs,
    below_kg: Floats,
    reefer: Flags,
    dangerous: Flags,
    prices: Prices,
) -> Floats:
    """Give the weighted sum of the terms at some ground slots: (n,) [s of crane time].

    Parameters
    ----------
    which : (n,) int
        The ground slots.
    second : (g,) int
        The upper place of the box on each ground slot: the slot itself where it is not long.
    stays : (g,) float32
        From :func:`staying`.
    block, bay, along_m, fixed_s, count, soonest_ns, below_kg, reefer, dangerous : (g,)
        Of each ground slot.
    cranes_m : (blocks, most)
        Where the cranes are along each block [m]; inf where there is none.
    of_block, per_crane_m, of_bay : (blocks,), (blocks,), (bays,)
        What is common to a block [s], what a metre of the crane's way costs there [s/m], and what is
        common to a bay [s].
    prices : Prices
    """
    cost = np.empty(len(which))
    for i in range(len(which)):
        g = which[i]
        b = block[g]
        chance = min(max(np.float32(1.0) - stays[g], np.float32(0.0)), np.float32(1.0))
        away_m = np.inf
        for c in range(cranes_m.shape[1]):
            away_m = min(away_m, abs(along_m[g] - cranes_m[b, c]))
        soonest = min(soonest_ns[g], soonest_ns[second[g]])
        # What is not known is farther than any departure by centuries: no difference overflows.
        gap_days = min(max((soonest - prices.mine_ns) / DAY_NS, 0.0), HORIZON_DAYS)
        total = prices.chance * np.float64(chance)
        total += of_block[b]
        total += of_bay[bay[g]]
        total += away_m * per_crane_m[b]
        total += fixed_s[g]
        total += prices.tier * count[g]
        total += prices.day * gap_days
        total += prices.tonne * (max(prices.mine_kg - below_kg[g], 0.0) / 1000.0)
        if reefer[g]:
            total += prices.reefer
        if dangerous[g]:
            total += prices.dangerous
        cost[i] = total
    return cost


@compiled
def boxes_of(
    which: Index, occupant: Ints, length_ft: NDArray[np.int8], shorts_only: bool
) -> tuple[Index, Index, Ints]:
    """Give the boxes of some stacks, from the ground up: tier, index of the stack, row.

    Parameters
    ----------
    which : (n,) int
        The ground slots.
    occupant, length_ft : (g, tiers) int32, (boxes,) int8
    shorts_only : bool
        Pass over those that are not of 20 ft.
    """
    most = len(which) * occupant.shape[1]
    tiers, places, rows = np.empty(most, np.intp), np.empty(most, np.intp), np.empty(most, np.int32)
    n = 0
    for tier in range(occupant.shape[1]):
        for place in range(len(which)):
            row = occupant[which[place], tier]
            if row >= 0 and not (shorts_only and length_ft[row] != 20):
                tiers[n], places[n], rows[n] = tier, place, row
                n += 1
    return tiers[:n], places[:n], rows[:n]


@compiled
def held(stacks: int, place: Index, stays: Floats, even: float) -> Float32s:
    """Give the chance that nothing leaves stacks before each instant: (k + 1, stacks) float32.

    Parameters
    ----------
    place : (n,) int
        The stack of each box.
    stays : (n, k)
        The chance that it is still there at each instant.
    even : float
        The same against a box of which nothing is known, for the last row.
    """
    cells = stays.shape[1]
    product = np.ones((stacks, cells + 1))
    for i in range(len(place)):
        mine = product[place[i]]
        for cell in range(cells):
            mine[cell] *= stays[i, cell]
        mine[cells] *= even
    found = np.empty((cells + 1, stacks), np.float32)
    for stack in range(stacks):
        for cell in range(cells + 1):
            found[cell, stack] = product[stack, cell]
    return found


@compiled
def count_bays(
    bays: Index,
    bay_start: Index,
    occupant: Ints,
    line: NDArray[np.int8],
    flow: NDArray[np.int8],
    length_ft: NDArray[np.int8],
    groups: NDArray[np.int16],
    short: NDArray[np.int16],
    used: NDArray[np.int16],
) -> None:
    """Count the boxes of some bays anew: by group, of 20 ft, and all, into the three last arrays.

    Parameters
    ----------
    bays, bay_start : (n,), (bays + 1,) int
        Which, and the first ground slot of each.
    occupant : (g, tiers) int32
    line, flow, length_ft : (boxes,) int8
    groups, short, used : (groups, bays), (bays,), (bays,) int16
    """
    for i in range(len(bays)):
        bay = bays[i]
        groups[:, bay] = 0
        short[bay] = used[bay] = 0
        for ground in range(bay_start[bay], bay_start[bay + 1]):
            for tier in range(occupant.shape[1]):
                row = occupant[ground, tier]
                if row >= 0:
                    group = np.intp(line[row]) * FLOWS + flow[row]
                    groups[group % len(groups), bay] += 1
                    used[bay] += 1
                    short[bay] += length_ft[row] == 20


@compiled
def own_costs(
    stays: Float32s,
    soonest_d: Float32s,
    mine_d: Float32s,
    apart: Float32s,
    group: Index,
    bay: Index,
    below_t: Float32s,
    mine_t: Float32s,
    prices: tuple[np.float32, np.float32, np.float32, np.float32],
) -> Float32s:
    """Give what slots cost each of some boxes beside what is common to them: (m, n) float32 [s].

    Parameters
    ----------
    stays : (m, n) float32
        How likely each slot's stack holds what it holds until the box leaves.
    soonest_d, mine_d : (n,), (m,) float32
        The soonest departure below each slot and the departure of each box, from one instant [days].
    apart, group, bay : (groups, bays) float32, (m,) int, (n,) int
        The share of other groups in each bay, by group; the group of each box; the bay of each slot.
    below_t, mine_t : (n,), (m,) float32
        The mass right below each slot and that of each box [t].
    prices : four float32
        Of a relocation [s], a day's gap [s/day], another group [s], a tonne on a lighter box [s/t].
    """
    chance, day, other, tonne = prices
    nothing, horizon = np.float32(0.0), np.float32(HORIZON_DAYS)
    cost = np.empty(stays.shape, np.float32)
    for i in range(len(stays)):
        others = apart[group[i]] * other
        for j in range(len(soonest_d)):
            total = (np.float32(1.0) - stays[i, j]) * chance
            total += min(max(soonest_d[j] - mine_d[i], nothing), horizon) * day
            total += others[bay[j]]
            total += max(mine_t[i] - below_t[j], nothing) * tonne
            cost[i, j] = total
    return cost
