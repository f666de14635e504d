"""Which slot a box gets, which box a truck comes for, and where blockers go: plain rules.

The shift plans for itself only what nobody has ordered. It leaves in every bay as many slots free
as a stack has tiers, less one, so that any box can be dug out within its bay.
"""

import math
from collections.abc import Sequence

import numpy as np

from twin.operations.cranes import Spot, hoist_needed_m
from twin.operations.site import ROOM_AHEAD_M, Site, Stop
from twin.stock import moves, rules
from twin.stock.table import Customs, Place
from twin.tables import Flags, Ints

MOST_ABOVE = 2
"""A truck of the shift comes for no box with more than so many on it."""


def legal_grounds(site: Site, box: int) -> Flags:
    """Tell which ground slots may take a box."""
    return rules.allowed(site.stock, site.slots, site.yard, box)


def served(site: Site, length_ft: int) -> Flags:
    """Tell from which ground slots a box of that length may go to or come from a truck, (g,) bool."""
    slots = site.slots
    out = np.zeros(len(slots), bool)
    for block, field in site.fields.items():
        lane_s = [site.lane_s_m(block, field.along_m(p, length_ft))[1] for p in range(field.block.bays)]
        rows = slice(int(slots.first[block]), int(slots.first[block + 1]))
        reach = np.array([field.in_reach(row) for row in range(field.block.rows)])
        out[rows] = (np.array(lane_s) > ROOM_AHEAD_M)[slots.position[rows]] & reach[slots.row[rows]]
    return out


def free_in_bay(site: Site) -> Ints:
    """Give for every ground slot how many slots of its bay are free, (g,)."""
    slots = site.slots
    key = slots.block.astype(np.int64) * 256 + slots.position
    free = np.bincount(key, (slots.tiers - site.stock.count).astype(float))
    out: Ints = free[key].astype(np.int32)
    return out


def slot_for(site: Site, box: int, *, any_room: bool = False, spare: int = 0) -> int:
    """Choose a ground slot for a box that a vehicle brings; -1 where none has room now.

    ``any_room`` looks past the number of vehicles already bound for each block, ``spare`` is how many
    places in each block's lane are left to others.
    """
    stock, slots = site.stock, site.slots
    length = int(stock.length_ft[box])
    ok = legal_grounds(site, box) & site_mask(site, length)
    ok &= free_in_bay(site) > slots.tiers
    if site.kept:
        ok[list(site.kept.values())] = False
    open_blocks = [b for b in site.fields if any_room or site.has_room(b, spare)]
    ok &= np.isin(slots.block, open_blocks)
    listed = np.flatnonzero(ok)
    if not len(listed):
        return -1
    busy = np.array([site.bound.get(b, 0) for b in range(len(site.yard.blocks))], float)
    score = busy[slots.block[listed]] + 0.3 * stock.count[listed] + site.choice.random(len(listed))
    for ground in listed[np.argsort(score)][:6].tolist():
        if reaches(site, box, ground, lane_spot(site, ground, length), bottom_m=0.0):
            return int(ground)
    return -1


def site_mask(site: Site, length_ft: int) -> Flags:
    """Give :func:`served`, computed once a length."""
    return site.mask_of(20 if length_ft == 20 else 40, served)


def lane_spot(site: Site, ground: int, length_ft: int) -> Spot:
    """Give where a vehicle's box is when it stands at the bay of a ground slot."""
    block = site.block_of(ground)
    field = site.fields[block]
    return site.cargo_spot(block, field.along_m(int(site.slots.position[ground]), length_ft))


def reaches(site: Site, box: int, ground: int, other: Spot, *, bottom_m: float) -> bool:
    """Tell whether the crane can carry a box between a ground slot and another place, over all between."""
    block = site.block_of(ground)
    field = site.fields[block]
    if not field.in_reach(int(site.slots.row[ground])):
        return False
    length = int(site.stock.length_ft[box])
    here = field.spot(site.slots, ground, length, bottom_m)
    over = field.top_on_way_m(
        site.stock, (here.along_m, here.trolley_m), (other.along_m, other.trolley_m), length, box
    )
    crane = site.cranes[site.crane_of_block[block]]
    return hoist_needed_m(float(site.stock.height_m[box]), over) <= crane.shape.hoist_range_m[1]


def box_for_truck(
    site: Site,
    flows: tuple[int, ...],
    *,
    spare: int | None = None,
    blocks: Sequence[int] | None = None,
    above: tuple[int, int] = (0, MOST_ABOVE),
) -> int:
    """Choose a box that stands in the yard, may leave and can be dug out; -1 where there is none.

    ``spare`` looks only into blocks that one more vehicle may set out for now and leave so much room,
    ``blocks`` into these alone; ``above`` is the fewest and the most boxes on it.
    """
    looked_in = [b for b in blocks or site.fields if spare is None or site.has_room(b, spare)]
    rows = fetchable(site, flows, looked_in, above)
    for box in site.rng.permutation(rows)[:8].tolist():
        if can_leave(site, box):
            return int(box)
    return -1


def fetchable(site: Site, flows: tuple[int, ...], blocks: Sequence[int], above: tuple[int, int]) -> Ints:
    """List the boxes of these blocks that may leave and that nobody comes for yet: stock rows."""
    stock, slots = site.stock, site.slots
    standing = (stock.place == Place.STACKED) & np.isin(stock.flow, flows) & (stock.length_ft != 45)
    rows = np.flatnonzero(standing & np.isin(stock.customs, (Customs.NONE, Customs.RELEASED)))
    ground = stock.ground[rows]
    on_it = stock.count[ground] - 1 - stock.tier[rows]
    fine = (on_it >= above[0]) & (on_it <= above[1]) & np.isin(slots.block[ground], blocks)
    fine &= np.where(stock.length_ft[rows] == 20, site_mask(site, 20)[ground], site_mask(site, 40)[ground])
    fine &= ~np.isin(rows, list(site.claimed))
    found: Ints = rows[fine].astype(np.int32)
    return found


def can_leave(site: Site, box: int) -> bool:
    """Tell whether a crane can lift a box over all between its stack and a vehicle beside it."""
    ground = int(site.stock.ground[box])
    spot = lane_spot(site, ground, int(site.stock.length_ft[box]))
    return reaches(site, box, ground, spot, bottom_m=0.0)


def blockers(site: Site, box: int) -> list[int]:
    """List what stands on a box, also by way of a long box across two stacks, the topmost first."""
    stock, slots = site.stock, site.slots
    found: dict[int, int] = {}
    looked = [box]
    while looked:
        under = looked.pop()
        for ground in moves.places_of(stock, slots, under):
            for tier in range(int(stock.tier[under]) + 1, int(stock.count[ground])):
                row = int(stock.occupant[ground, tier])
                if row not in found:
                    found[row] = tier
                    looked.append(row)
    return sorted(found, key=lambda row: (-found[row], row))


def refuge_for(site: Site, box: int, digging: int, *, most_top_m: float = math.inf) -> int:
    """Choose where a blocker goes: within its bay where possible, else as near as possible; -1 nowhere.

    No stack becomes higher than ``most_top_m`` by it.
    """
    stock, slots = site.stock, site.slots
    block = site.block_of(int(stock.ground[box]))
    ok = legal_grounds(site, box) & (slots.block == block)
    ok &= stock.top_m + stock.height_m[box] <= most_top_m
    for row in (box, digging):
        places = moves.places_of(stock, slots, row)
        ok[list(places)] = False
        # A long box may not end on top of what is being dug out either.
        ok &= ~np.isin(slots.next, places) if stock.length_ft[box] != 20 else True
    if site.kept:
        ok[list(site.kept.values())] = False
    listed = np.flatnonzero(ok)
    away = np.abs(slots.position[listed] - slots.position[stock.ground[box]])
    across = np.abs(slots.row[listed] - slots.row[stock.ground[box]])
    length = int(stock.length_ft[box])
    field = site.fields[block]
    for ground in listed[np.argsort(away * 100 + across, kind="stable")][:12].tolist():
        spot = field.spot(slots, ground, length, 0.0)
        if field.in_reach(int(slots.row[ground])) and reaches(
            site, box, int(stock.ground[box]), spot, bottom_m=0.0
        ):
            return int(ground)
    return -1


def at_slot(site: Site, what: str, box: int, ground: int) -> Stop:
    """Give the stop in a truck lane for a box that comes to or stands on a ground slot."""
    block = site.block_of(ground)
    spot = lane_spot(site, ground, int(site.stock.length_ft[box]))
    lane, s = site.lane_s_m(block, spot.along_m)
    return Stop(what, lane, s, box, ground if what == "drop" else -1)
