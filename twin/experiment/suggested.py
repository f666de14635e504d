"""The planner that takes every suggestion: slots by the twin's cost terms, boxes freed ahead of trucks.

It looks at nothing but what the twin knows (``knowledge``), and it never asks a clock, so that the same
seed gives the same shift in any process: blockers are placed by the chance that they must be moved again
and by crane time, not by a search that ends when its time is over.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S
from twin.experiment import knowledge
from twin.operations.cranes import Crane, Spot
from twin.operations.placing import (
    blockers,
    free_in_bay,
    lane_spot,
    legal_grounds,
    reaches,
    refuge_for,
    site_mask,
)
from twin.operations.planning import Ready, Tidy, Waiting, along_of, held_up
from twin.operations.site import Site, Stop
from twin.stacking import allocation
from twin.stacking.allocation import Request
from twin.stacking.policies import DEFAULT, POLICIES, WEIGHTS
from twin.stock import moves
from twin.stock.table import Place, Stock
from twin.tables import Flags, Floats

QUEUE_S = 90.0
"""A vehicle bound for a block holds the next one up for about a service [s]."""
BURIES_S = 300.0
"""Standing on a box that somebody is coming for costs a relocation while he waits, and his wait [s]."""
HELD_UP_S = 60.0
"""Each vehicle behind one counts as so much less driving [s]."""
PATIENCE = 0.5
"""A second of waiting counts as so much less driving."""
TIDY_S = 75.0
"""A relocation within a bay takes about so long [s]: lifting, locks, trolley."""
ROLLS_MPS = 5.0
"""A vehicle on its way comes nearer by about so much [m/s]."""
OTHERS_S = 100.0
"""Freeing the box of a truck that is not the next one counts as so much more driving [s]."""
TRIED_EVERY_S = 5
"""An idle crane is asked to tidy once in so many seconds."""
NEAR_BAYS = 6
"""A blocker goes no further than so many bays."""
LOOKED_AT = 12
"""So many of the cheapest places are tried for whether the crane reaches them."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """Decides as the twin suggests; ``policy`` ranks the slots for arriving boxes."""

    policy: str = DEFAULT

    def slot(self, site: Site, box: int, *, any_room: bool = False, spare: int = 0) -> int:
        """Choose the cheapest slot that keeps room in its bay, and that no announced box is under."""
        known = knowledge.announced(site)
        cost = ranked_slots(site, box, self.policy, known, any_room=any_room, spare=spare)
        if cost is None:
            return -1
        bound = np.array([site.bound.get(b, 0) for b in range(len(site.yard.blocks))], float)
        cost = cost + QUEUE_S * bound[site.slots.block] + _buries(site, known)
        return first_reached(site, box, cost)

    def refuge(self, site: Site, box: int, digging: int, *, most_top_m: float = math.inf) -> int:
        """Choose where a blocker costs least crane time, now and later."""
        ground = _refuge(site, box, digging, most_top_m, buries=True)
        return ground if ground >= 0 else refuge_for(site, box, digging, most_top_m=most_top_m)

    def ranked(self, site: Site, block: int, crane: Crane, waiting: Sequence[Waiting]) -> Sequence[Waiting]:
        """Try first what is near, and who holds others up; nobody waits for ever."""

        def later_s(item: Waiting) -> tuple[float, int]:
            away_m = along_of(site, block, item[2]) - crane.along_m
            waited_s = (site.t_ns - item[0]) / NS_PER_S
            drive_s = knowledge.drive_s(crane.shape, away_m)
            return drive_s - PATIENCE * waited_s - HELD_UP_S * held_up(site, item[2]), item[1]

        return sorted(waiting, key=later_s)

    def idle(self, site: Site, block: int, crane: Crane) -> Tidy | Ready | None:
        """Free a box that a truck comes for where there is time for it, else drive to the next vehicle."""
        coming = knowledge.next_stops(site, block)
        if (site.t_ns // NS_PER_S + block) % TRIED_EVERY_S == 0 and (
            tidy := _tidy(site, block, crane, coming)
        ):
            return tidy
        if coming:
            spot = _spot(site, block, coming[0][2])
            if abs(spot.along_m - crane.along_m) > 1.0:
                return Ready(spot)
        return None


def ranked_slots(
    site: Site, box: int, policy: str, known: dict[int, int], *, any_room: bool, spare: int
) -> Floats | None:
    """Give what a policy of the twin has each ground slot cost for a box, inf where it may not go, (g,).

    None where it may go nowhere now.
    """
    open_blocks = [block for block in site.fields if any_room or site.has_room(block, spare)]
    if not open_blocks:
        return None
    slots, length_ft = site.slots, int(site.stock.length_ft[box])
    seed = int(site.choice.integers(2**31)) if policy == "random" else 0
    stock = knowledge.informed(site, known)
    request = Request(site.yard, slots, stock, box, _cranes(site), policy, seed)
    legal = allocation.judge(request)
    ok = legal.ok & site_mask(site, length_ft) & (free_in_bay(site) > slots.tiers)
    if site.kept:
        ok[list(site.kept.values())] = False
    ok &= np.isin(slots.block, open_blocks)
    if not ok.any():
        return None
    cost = POLICIES[policy](allocation.terms_of(request, legal), request.seed)
    out: Floats = np.where(ok & np.isfinite(cost), cost, np.inf)
    return out


def first_reached(site: Site, box: int, cost: Floats) -> int:
    """Give the cheapest slot that the crane reaches from the truck lane; -1 none."""
    length_ft = int(site.stock.length_ft[box])
    for ground in _cheapest(cost):
        if reaches(site, box, ground, lane_spot(site, ground, length_ft), bottom_m=0.0):
            return ground
    return -1


def _cheapest(cost: Floats) -> list[int]:
    listed = np.flatnonzero(np.isfinite(cost))
    found: list[int] = listed[np.argsort(cost[listed], kind="stable")][:LOOKED_AT].tolist()
    return found


# --- what an idle crane does -----------------------------------------------------------------


def _tidy(site: Site, block: int, crane: Crane, coming: Sequence[tuple[float, int, Stop]]) -> Tidy | None:
    """Take the topmost box off one that is announced, where that ends before the next vehicle comes."""
    eta_s = coming[0][0] / ROLLS_MPS if coming else math.inf
    wanted = coming[0][2].box if coming and coming[0][2].what == "pick" else -1
    listed = []
    for box in _wanted_here(site, block):
        above = blockers(site, box)
        if above:
            at_m = _along_of_box(site, block, above[0])
            takes_s = TIDY_S + knowledge.drive_s(crane.shape, at_m - crane.along_m)
            back_s = 0.0
            if coming and box != wanted:
                back_s = knowledge.drive_s(crane.shape, _spot(site, block, coming[0][2]).along_m - at_m)
            if box == wanted or takes_s + back_s <= eta_s:
                listed.append((takes_s + OTHERS_S * (box != wanted), box, above[0]))
    for _, box, top in sorted(listed):
        ground = _refuge(site, top, box, math.inf, buries=False)
        if ground >= 0:
            return Tidy(top, ground)
    return None


def _wanted_here(site: Site, block: int) -> list[int]:
    """List the boxes of a block that somebody is known to come for."""
    stock = site.stock
    return [
        box
        for box in knowledge.announced(site)
        if stock.place[box] == Place.STACKED and site.block_of(int(stock.ground[box])) == block
    ]


def _along_of_box(site: Site, block: int, box: int) -> float:
    ground, length_ft = int(site.stock.ground[box]), int(site.stock.length_ft[box])
    return site.fields[block].along_m(int(site.slots.position[ground]), length_ft)


def _spot(site: Site, block: int, stop: Stop) -> Spot:
    """Give where a crane begins its work for a vehicle: over its box, or over the lane."""
    field = site.fields[block]
    if stop.what == "pick" and site.stock.place[stop.box] == Place.STACKED:
        ground, length_ft = int(site.stock.ground[stop.box]), int(site.stock.length_ft[stop.box])
        return field.spot(site.slots, ground, length_ft, 0.0)
    return Spot(site.along_of(block, stop.s_m), field.lane_trolley_m, 0.0)


def _cranes(site: Site) -> Floats:
    """Give where each block's crane will stand once it has served who is bound for it: (k, 2) [m]."""
    places = []
    for block, field in site.fields.items():
        lane = site.lanes_of[block][0]
        stops = [
            stop
            for visit in site.visits.values()
            if block in visit.blocks
            for stop in visit.stops
            if stop.lane == lane
        ]
        along_m = site.cranes[site.crane_of_block[block]].along_m
        if stops:
            along_m = site.along_of(block, stops[-1].s_m)
        places.append(field.block.yard_from_block(along_m, field.block.width_m / 2))
    return np.array(places, float).reshape(-1, 2)


# --- where blockers go -----------------------------------------------------------------------


def _buries(site: Site, known: dict[int, int]) -> Floats:
    """Charge standing on a box that somebody is known to come for: (g,) [s]."""
    stock, slots = site.stock, site.slots
    wanted = np.zeros(len(stock) + 1, bool)
    wanted[list(known)] = True
    over: Floats = np.where((wanted[stock.occupant] & (stock.occupant >= 0)).any(axis=1), BURIES_S, 0.0)
    second = np.where(slots.next >= 0, slots.next, np.arange(len(slots)))
    return np.maximum(over, over[second])


def _open_to(site: Site, box: int, digging: int, most_top_m: float) -> Flags:
    """Tell which places of its block a blocker may go to, and not on what is being dug out: (g,)."""
    stock, slots = site.stock, site.slots
    ground = int(stock.ground[box])
    ok: Flags = legal_grounds(site, box) & (slots.block == slots.block[ground])
    ok &= stock.top_m + stock.height_m[box] <= most_top_m
    ok &= np.abs(slots.position - slots.position[ground]) <= NEAR_BAYS
    for row in (box, digging):
        places = moves.places_of(stock, slots, row)
        ok[list(places)] = False
        if stock.length_ft[box] != 20:
            ok &= ~np.isin(slots.next, places)
    if site.kept:
        ok[list(site.kept.values())] = False
    return ok


def _refuge(site: Site, box: int, digging: int, most_top_m: float, *, buries: bool) -> int:
    """Choose the place in reach where a blocker costs least; -1 none.

    Costs are the crane's time for the move and the way back, and the chance that the blocker must be
    moved again; ``buries`` lets it stand on a box that somebody comes for where all else is worse.
    """
    stock, slots = site.stock, site.slots
    here, block = int(stock.ground[box]), site.block_of(int(stock.ground[box]))
    field, kind = site.fields[block], site.cranes[site.crane_of_block[block]].shape
    known = knowledge.announced(site)
    over = _buries(site, known)
    ok = _open_to(site, box, digging, most_top_m)
    listed = np.flatnonzero(ok if buries else ok & (over == 0.0))
    if not len(listed):
        return -1
    cost = np.full(len(slots), np.inf)
    cost[listed] = over[listed] + _again_s(site, knowledge.informed(site, known), box)[listed]
    length_ft = int(stock.length_ft[box])
    start = field.spot(slots, here, length_ft, 0.0)
    for ground in listed.tolist():
        spot = field.spot(slots, ground, length_ft, 0.0)
        cost[ground] += 2.0 * knowledge.drive_s(kind, spot.along_m - start.along_m)
        cost[ground] += knowledge.across_s(kind, spot.trolley_m - start.trolley_m)
    for ground in _cheapest(cost):
        spot = field.spot(slots, ground, length_ft, 0.0)
        if field.in_reach(int(slots.row[ground])) and reaches(site, box, here, spot, bottom_m=0.0):
            return ground
    return -1


def _again_s(site: Site, stock: Stock, box: int) -> Floats:
    """Give what the chance to be moved again costs on every ground slot: (g,) [s]."""
    slots = site.slots
    long = stock.length_ft[box] != 20
    second = np.where((slots.next >= 0) & long, slots.next, np.arange(len(slots))).astype(np.int32)
    again_s: Floats = allocation.chance_of_relocation(stock, box, second) * WEIGHTS["expected_relocations"]
    return again_s
