"""What comes to a yard from outside, settled by a seed and the opening stock alone.

Two shifts of one seed then have the same trucks with the same boxes at the same instants, the same
discharge and loading lists, the same times on the scale and at the dock, whoever decides in the yard:
common random numbers. Each thing is drawn from a stream that belongs to it (truck 17, the fifth box off
the vessel at the second crane), never from one that decisions could shift.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from twin.clock import NS_PER_S
from twin.inputs import PickUpAnnouncement
from twin.operations import visits
from twin.operations.placing import MOST_ABOVE, blockers, can_leave, fetchable
from twin.operations.quay_work import FOR_VESSEL
from twin.operations.site import Expected, Site, TruckCall
from twin.stock.generate import notices_for_arrivals
from twin.stock.table import BoxNotice, Place

CHOICE, LISTS, GAPS, TRUCKS, VESSEL, ABOARD = 1, 2, 3, 4, 5, 6
"""Which stream of a seed is drawn from: plain choices, lists, gaps between trucks, trucks, vessel."""
NEVER_NS = 1 << 62


def stream(seed: int, *what: int) -> np.random.Generator:
    """Give the generator that belongs to one thing of a seed."""
    return np.random.default_rng([seed, *what])


@dataclass(slots=True)
class Demand:
    """What comes from outside; see the module.

    ``wanted`` and ``loads`` are the boxes of the opening stock that trucks and the vessel come for, in
    order; ``next_ns`` is when the next truck is ordered, ``trucks`` how many were before.
    """

    seed: int
    gaps: np.random.Generator
    wanted: list[int]
    loads: list[int]
    next_ns: int = 0
    trucks: int = 0
    off: dict[int, int] = field(default_factory=dict)

    def expect(self, site: Site) -> None:
        """Let trucks be ordered: those that bring a box come now, the others are announced."""
        while self.next_ns <= site.t_ns:
            self._order(site, self.next_ns)
            self.schedule(site, self.next_ns)

    def schedule(self, site: Site, after_ns: int) -> None:
        """Settle when the next truck is ordered: the gaps of a Poisson stream."""
        rate = site.arrivals.rate_per_s(after_ns)
        gap_s = float(self.gaps.exponential()) / rate if rate > 0.0 else math.inf
        self.next_ns = after_ns + round(gap_s * NS_PER_S) if gap_s < 1e8 else NEVER_NS

    def _order(self, site: Site, t_ns: int) -> None:
        self.trucks += 1
        rng = stream(self.seed, TRUCKS, self.trucks, 1)
        brings = bool(rng.random() < visits.DELIVERY_SHARE)
        takes_too = bool(rng.random() < visits.BOTH_SHARE)
        lead_s = float(rng.uniform(*visits.LEAD_S))
        takes = self._claim(site) if takes_too or not brings else -1
        call = self.call(self.trucks, t_ns, brings=brings, takes=takes)
        if brings:
            site.expected.append(Expected(t_ns, -1, True, call))
        elif takes >= 0:
            due_ns = t_ns + round(lead_s * NS_PER_S)
            site.expected.append(Expected(due_ns, takes, False, call))
            site.events.append(PickUpAnnouncement("tos", site.t_ns, site.number(takes), due_ns))

    def call(self, truck: int, t_ns: int, *, brings: bool, takes: int) -> TruckCall:
        """Settle a truck by its number: its box, its time on the scale, its inspection."""
        rng = stream(self.seed, TRUCKS, truck, 2)
        scale_s = float(rng.uniform(*visits.SCALE_S))
        chosen, inspection_s = float(rng.random()), float(rng.uniform(*visits.INSPECTION_S))
        notice = notices_for_arrivals(rng, 1, t_ns)[0] if brings else None
        return TruckCall(
            notice, takes, scale_s, inspection_s if chosen < visits.INSPECTED_SHARE and brings else 0.0
        )

    def _claim(self, site: Site) -> int:
        """Take the next box of the list that nobody has come for yet; -1 where the list has ended."""
        while self.wanted:
            box = self.wanted.pop(0)
            if box not in site.claimed:
                site.claimed.add(box)
                return box
        return -1

    # --- the vessel --------------------------------------------------------------------------

    def off_vessel(self, crane: int, t_ns: int) -> tuple[BoxNotice, ...]:
        """Tell of the next box that comes off the vessel at a quay crane."""
        number = self.off[crane] = self.off.get(crane, 0) + 1
        return notices_for_arrivals(stream(self.seed, VESSEL, crane, number), 1, t_ns)

    def to_vessel(self, site: Site, spare: int) -> int:
        """Give the next box of the loading list whose block has room for one more vehicle; -1 none."""
        stock = site.stock
        for box in self.loads:
            if stock.place[box] != Place.STACKED or box in site.claimed:
                continue
            if not site.has_room(site.block_of(int(stock.ground[box])), spare):
                continue
            if len(blockers(site, box)) <= MOST_ABOVE and can_leave(site, box):
                self.loads.remove(box)
                return box
        return -1

    def aboard(self, crane: int, moves: int) -> np.random.Generator:
        """Give what the place aboard of a quay crane's next box is drawn from."""
        return stream(self.seed, ABOARD, crane, moves)


def settle(site: Site, seed: int) -> None:
    """Let everything that comes to a site from now on be settled by ``seed``."""
    rng = stream(seed, LISTS)
    lists = [
        rng.permutation(fetchable(site, flows, list(site.fields), (0, MOST_ABOVE))).tolist()
        for flows in (visits.FOR_TRUCKS, FOR_VESSEL)
    ]
    wanted, loads = ([box for box in boxes if can_leave(site, box)] for boxes in lists)
    demand = Demand(seed, stream(seed, GAPS), wanted, loads)
    for number, expected in enumerate(site.expected):
        call = demand.call(10**9 + number, site.t_ns, brings=expected.brings, takes=expected.box)
        site.expected[number] = replace(expected, call=call)
    demand.schedule(site, site.t_ns)
    site.demand = demand
