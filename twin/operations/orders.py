"""Work orders from outside: taken on, or refused with the reason."""

from typing import Protocol

from twin.errors import YardError
from twin.operations.placing import at_slot, legal_grounds
from twin.operations.site import Ordered, Site, Visit
from twin.stock import rules
from twin.stock.table import Place
from twin.yard.slots import SlotAddress, ground_slot


class OrderedMove(Protocol):
    """One box from where it is to a slot; without a source it comes on a truck."""

    @property
    def number(self) -> str:
        """The box's number."""
        ...

    @property
    def length_ft(self) -> int:
        """20, 40 or 45."""
        ...

    @property
    def source(self) -> SlotAddress | None:
        """Where it stands; None where it comes on a truck."""
        ...

    @property
    def target(self) -> SlotAddress:
        """Where it shall stand."""
        ...


class WorkOrderLike(Protocol):
    """A work order as the shift reads it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def move(self) -> OrderedMove:
        """What is to be done."""
        ...


def take(site: Site, order: WorkOrderLike) -> None:
    """Take a work order on, or report why not."""
    try:
        ground = ground_slot(site.yard, site.slots, order.move.target)
    except YardError as error:
        site.report("tos", order.id, "refused", str(error))
        return
    box = site.row(order.move.number)
    why = f"{order.move.number} is not known here" if box < 0 else _direct(site, order, box, ground)
    if why:
        site.report("tos", order.id, "refused", why)


def _direct(site: Site, order: WorkOrderLike, box: int, ground: int) -> str:
    block = site.block_of(ground)
    if block not in site.fields:
        return f"no machine works in {site.yard.blocks[block].name}"
    if order.move.source is not None:
        if site.stock.place[box] != Place.STACKED:
            return f"{order.move.number} stands in no stack"
        if site.block_of(int(site.stock.ground[box])) != block:
            return f"{order.move.number} stands in another block than the target's crane works in"
        site.orders.append(Ordered(order.id, box, ground, block, site.t_ns))
        return ""
    return _direct_vehicle(site, order.id, box, ground)


def _direct_vehicle(site: Site, order: int, box: int, ground: int) -> str:
    """Give a vehicle another slot for the box that it carries."""
    visit = next((v for v in site.visits.values() if v.box == box), None)
    if visit is None:
        return f"{site.number(box)} is on no vehicle"
    if any(job.box == box for job in site.jobs.values()):
        return f"the crane already has {site.number(box)}"
    if not legal_grounds(site, box)[ground]:
        return rules.refusal(site.stock, site.slots, site.yard, box, ground)
    stop = next((s for s in visit.stops if s.what == "drop"), None)
    if stop is None:
        visit.target, visit.order = ground, order
        return ""
    return _change_stop(site, visit, order, box, ground)


def _change_stop(site: Site, visit: Visit, order: int, box: int, ground: int) -> str:
    """Change the slot of a vehicle that is under way: within its block, its place further on."""
    stop = next(s for s in visit.stops if s.what == "drop")
    new = at_slot(site, "drop", box, ground)
    if new.lane != stop.lane:
        return f"{visit.name} is on its way to another block already"
    if abs(new.s_m - stop.s_m) > 0.01:
        under_way = visit.stops[0] is stop
        if under_way and site.traffic.lane_of(visit.vehicle) == stop.lane:
            return f"{visit.name} is in the truck lane already"
        stop.s_m = new.s_m
        if under_way:
            way = site.traffic.ways[visit.vehicle]
            way.goal_m = way.starts_m[-1] + new.s_m
    stop.ground = ground
    site.kept[box] = ground
    visit.order = order
    return ""
