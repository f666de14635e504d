"""Who decides in a shift: which slot, where blockers go, whose turn it is, what an idle crane does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from twin.operations.cranes import Crane, Spot
from twin.operations.placing import refuge_for, slot_for
from twin.operations.site import Ordered, Site, Visit

LATER_NS_A_M = 800_000_000
"""Driving a metre counts as if a request came so much later [ns]: near ones first, none is forgotten."""
EARLIER_NS = 60_000_000_000
"""Each vehicle that waits behind one counts as if its request had come so much earlier [ns]."""

Waiting = tuple[int, int, Visit | Ordered]
"""What waits for a crane: since when [ns], the vehicle's row (-1 none), the visit or the work order."""


@dataclass(frozen=True, slots=True)
class Tidy:
    """A relocation while nobody waits: a box (stock row) to a ground slot of its block."""

    box: int
    ground: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A drive to where the crane will be wanted next."""

    spot: Spot


class Planner(Protocol):
    """The decisions of a shift; a value without state of its own, so that shifts branch and pickle."""

    def slot(self, site: Site, box: int, *, any_room: bool = False, spare: int = 0) -> int:
        """Choose a ground slot for a box that a vehicle brings; -1 where none has room now.

        ``any_room`` looks past the number of vehicles bound for each block, ``spare`` is how many
        places in each block's lane are left to others.
        """
        ...

    def refuge(self, site: Site, box: int, digging: int, *, most_top_m: float = math.inf) -> int:
        """Choose where a box that stands on ``digging`` goes, within its block; -1 nowhere."""
        ...

    def ranked(self, site: Site, block: int, crane: Crane, waiting: Sequence[Waiting]) -> Sequence[Waiting]:
        """Put what waits for a crane in the order in which it is tried."""
        ...

    def idle(self, site: Site, block: int, crane: Crane) -> Tidy | Ready | None:
        """Give what a crane does for which nothing waits; None: it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """The yard's default: a low stack in a block with few vehicles, blockers next to where they stood.

    First come, first served, but near ones and those who hold others up sooner; idle cranes stand.
    """

    def slot(self, site: Site, box: int, *, any_room: bool = False, spare: int = 0) -> int:
        """Choose a slot by :func:`placing.slot_for`."""
        return slot_for(site, box, any_room=any_room, spare=spare)

    def refuge(self, site: Site, box: int, digging: int, *, most_top_m: float = math.inf) -> int:
        """Choose a place for a blocker by :func:`placing.refuge_for`."""
        return refuge_for(site, box, digging, most_top_m=most_top_m)

    def ranked(self, site: Site, block: int, crane: Crane, waiting: Sequence[Waiting]) -> Sequence[Waiting]:
        """Take what was asked for first; what is near, and who holds others up, counts as asked earlier."""

        def later_ns(item: Waiting) -> tuple[float, int]:
            away_m = abs(along_of(site, block, item[2]) - crane.along_m)
            return item[0] + away_m * LATER_NS_A_M - held_up(site, item[2]) * EARLIER_NS, item[1]

        return sorted(waiting, key=later_ns)

    def idle(self, site: Site, block: int, crane: Crane) -> Tidy | Ready | None:
        """Let it stand."""
        return None


def held_up(site: Site, what: Visit | Ordered) -> int:
    """Count the vehicles behind one in its lane."""
    if isinstance(what, Ordered):
        return 0
    queue = [row for row, _ in site.traffic.queues[what.stops[0].lane]]
    return len(queue) - 1 - queue.index(what.vehicle)


def along_of(site: Site, block: int, what: Visit | Ordered) -> float:
    """Give where along the block a crane is wanted [m]."""
    if isinstance(what, Ordered):
        position = int(site.slots.position[what.ground])
        return site.fields[block].along_m(position, int(site.stock.length_ft[what.box]))
    return vehicle_along_m(site, block, what)


def vehicle_along_m(site: Site, block: int, visit: Visit) -> float:
    """Give where the cargo place of a vehicle in a truck lane is along the block [m]."""
    return site.along_of(block, site.traffic.s_of(visit.vehicle))
