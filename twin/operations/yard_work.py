"""What block cranes do next, and what a turn of their locks does to the stock."""

import math

import numpy as np

from twin.inputs import BoxRead
from twin.operations.cranes import CLEARANCE_M, Crane, Spot, Step, carry_script, drive_script, hoist_needed_m
from twin.operations.placing import blockers, legal_grounds, reaches
from twin.operations.planning import Ready, Tidy, Waiting, vehicle_along_m
from twin.operations.site import Job, Ordered, Site, Visit
from twin.operations.stackers import Apron, stacker_script
from twin.stock import moves, rules
from twin.stock.table import Place


def start_jobs(site: Site) -> None:
    """Give every idle block crane its next job: what was asked for first and near, as far as can be done."""
    asked: dict[int, list[Waiting]] = {}
    for visit in site.visits.values():
        if visit.asked_ns and visit.stops and visit.stops[0].what in ("drop", "pick"):
            block = int(site.roads.block[visit.stops[0].lane])
            asked.setdefault(block, []).append((visit.asked_ns, visit.vehicle, visit))
    for order in site.orders:
        asked.setdefault(order.block, []).append((order.asked_ns, -1, order))
    for block, waiting in asked.items():
        index = site.crane_of_block[block]
        crane = site.cranes[index]
        if not crane.script and index not in site.jobs:
            _next(site, block, index, crane, waiting)
    for block, index in site.crane_of_block.items():
        crane = site.cranes[index]
        if block not in asked and not crane.script and index not in site.jobs:
            _use_spare_time(site, block, index, crane)


def _next(site: Site, block: int, index: int, crane: Crane, waiting: list[Waiting]) -> None:
    """Begin the first of what waits, in the planner's order, that can be begun."""
    for _, _, what in site.planner.ranked(site, block, crane, waiting):
        if isinstance(what, Ordered):
            begun = _begin_order(site, index, crane, what)
        elif what.stops[0].what == "drop":
            begun = _begin_drop(site, block, index, crane, what)
        else:
            begun = _begin_pick(site, block, index, crane, what)
        if begun:
            return
        if isinstance(what, Visit):
            what.refused_s += 1


def _use_spare_time(site: Site, block: int, index: int, crane: Crane) -> None:
    """Let a crane for which nothing waits do what the planner asks of it."""
    wish = site.planner.idle(site, block, crane)
    if isinstance(wish, Tidy):
        box = wish.box
        target = _place(site, block, box, wish.ground, float(site.stock.top_m[wish.ground]))
        source = _standing(site, block, box)
        _carry(site, index, crane, source, target, Job(box, ground=wish.ground, ahead=True))
        site.count("relocations")
        site.count("relocations_ahead")
    elif isinstance(wish, Ready):
        field, spot = site.fields[block], wish.spot
        way = (crane.along_m, crane.trolley_m), (spot.along_m, spot.trolley_m)
        over_m = field.top_on_way_m(site.stock, *way, crane.feet)
        high_m = max(crane.hoist_m, over_m + CLEARANCE_M)
        crane.script = drive_script(crane, spot, high_m)


def _begin_drop(site: Site, block: int, index: int, crane: Crane, visit: Visit) -> bool:
    stop = visit.stops[0]
    box = stop.box
    along = vehicle_along_m(site, block, visit)
    source = site.cargo_spot(block, along)
    ground = stop.ground
    if ground < 0 or not _may_stand(site, box, ground, source):
        site.kept.pop(box, None)
        ground = nearest_slot(site, block, box, along, source)
        if ground < 0:
            return False
        site.kept[box] = ground
        stop.ground = ground
        site.report(crane.name, visit.order, "refused", "the slot ordered can no longer take it")
        visit.order = -1
    target = _place(site, block, box, ground, float(site.stock.top_m[ground]))
    _carry(site, index, crane, source, target, Job(box, visit.vehicle, ground, order=visit.order))
    site.report(crane.name, visit.order, "started")
    return True


def nearest_slot(site: Site, block: int, box: int, along_m: float, source: Spot) -> int:
    """Choose a slot of a block as near as possible to where the box's vehicle stands; -1 none."""
    ok = legal_grounds(site, box) & (site.slots.block == block)
    if site.kept:
        ok[list(site.kept.values())] = False
    field = site.fields[block]
    listed = sorted(
        ok.nonzero()[0].tolist(),
        key=lambda g: (
            abs(field.along_m(int(site.slots.position[g]), int(site.stock.length_ft[box])) - along_m),
            int(site.stock.count[g]),
            g,
        ),
    )
    for ground in listed[:20]:
        if reaches(site, box, ground, source, bottom_m=0.0):
            return int(ground)
    return -1


def _may_stand(site: Site, box: int, ground: int, source: Spot) -> bool:
    return not rules.refusal(site.stock, site.slots, site.yard, box, ground) and reaches(
        site, box, ground, source, bottom_m=0.0
    )


def _begin_pick(site: Site, block: int, index: int, crane: Crane, visit: Visit) -> bool:
    box = visit.stops[0].box
    above = blockers(site, box)
    if above:
        return _begin_relocation(site, index, crane, above[0], box)
    source = _standing(site, block, box)
    target = site.cargo_spot(block, vehicle_along_m(site, block, visit))
    if not _clears(site, block, crane, box, source, target):
        return _clear_way(site, block, index, crane, box, source, target)
    _carry(site, index, crane, source, target, Job(box, visit.vehicle, to_vehicle=True))
    return True


def _clear_way(
    site: Site, block: int, index: int, crane: Crane, box: int, source: Spot, target: Spot
) -> bool:
    """Take the top box off the highest stack over which a box cannot be lifted."""
    slots, field = site.slots, site.fields[block]
    if isinstance(field, Apron):
        return False
    own = moves.places_of(site.stock, slots, box)
    between = (slots.block == block) & np.isin(slots.position, slots.position[list(own)])
    across = field.trolley_m(0) + slots.row * field.block.row_pitch_m
    low, high = sorted((source.trolley_m, target.trolley_m))
    between &= (across >= low) & (across <= high) & (slots.row != slots.row[own[0]])
    listed = np.flatnonzero(between)
    if not len(listed):
        return False
    wall = int(listed[np.argmax(site.stock.top_m[listed])])
    top = moves.top_box(site.stock, slots, wall)
    limit = crane.shape.hoist_range_m[1] - hoist_needed_m(float(site.stock.height_m[box]), 0.0)
    return top >= 0 and _begin_relocation(site, index, crane, top, box, most_top_m=limit)


def _begin_relocation(
    site: Site, index: int, crane: Crane, box: int, digging: int, *, most_top_m: float = math.inf
) -> bool:
    ground = site.planner.refuge(site, box, digging, most_top_m=most_top_m)
    if ground < 0:
        return False
    block = site.block_of(ground)
    target = _place(site, block, box, ground, float(site.stock.top_m[ground]))
    _carry(site, index, crane, _standing(site, block, box), target, Job(box, ground=ground))
    site.count("relocations")
    return True


def _begin_order(site: Site, index: int, crane: Crane, order: Ordered) -> bool:
    """Begin a move between two slots, or refuse it; True where the crane now is busy with it."""
    why = _why_not(site, crane, order)
    if why:
        site.orders.remove(order)
        site.report(crane.name, order.id, "refused", why)
        return False
    source = _standing(site, order.block, order.box)
    target = _place(site, order.block, order.box, order.ground, float(_top(site, order)))
    _carry(site, index, crane, source, target, Job(order.box, ground=order.ground, order=order.id))
    site.orders.remove(order)
    site.report(crane.name, order.id, "started")
    return True


def _top(site: Site, order: Ordered) -> float:
    return float(site.stock.top_m[order.ground])


def _why_not(site: Site, crane: Crane, order: Ordered) -> str:
    stock, slots = site.stock, site.slots
    if stock.place[order.box] != Place.STACKED:
        return f"{site.number(order.box)} stands in no stack"
    above = blockers(site, order.box)
    if above:
        stand = "1 box stands" if len(above) == 1 else f"{len(above)} boxes stand"
        return f"{stand} on {site.number(order.box)}"
    own = moves.places_of(stock, slots, order.box)
    if order.ground in own:
        return "it would be put down where it stands"
    why = rules.refusal(stock, slots, site.yard, order.box, order.ground)
    if why:
        return why
    if stock.length_ft[order.box] != 20 and int(slots.next[order.ground]) in own:
        return "it would be put down on the place that it is taken from"
    field = site.fields[order.block]
    if not all(field.in_reach(int(slots.row[ground])) for ground in (own[0], order.ground)):
        return "the machine that works there does not reach that row"
    source = _standing(site, order.block, order.box)
    target = _place(site, order.block, order.box, order.ground, _top(site, order))
    if not _clears(site, order.block, crane, order.box, source, target):
        return "the crane cannot lift it over the stacks on its way"
    return ""


# --- scripts ---------------------------------------------------------------------------------


def _standing(site: Site, block: int, box: int) -> Spot:
    return _place(site, block, box, int(site.stock.ground[box]), float(site.stock.bottom_m[box]))


def _place(site: Site, block: int, box: int, ground: int, bottom_m: float) -> Spot:
    return site.fields[block].spot(site.slots, ground, int(site.stock.length_ft[box]), bottom_m)


def _clears(site: Site, block: int, crane: Crane, box: int, source: Spot, target: Spot) -> bool:
    over = site.fields[block].top_on_way_m(
        site.stock,
        (source.along_m, source.trolley_m),
        (target.along_m, target.trolley_m),
        int(site.stock.length_ft[box]),
        box,
    )
    return hoist_needed_m(float(site.stock.height_m[box]), over) <= crane.shape.hoist_range_m[1]


def _carry(site: Site, index: int, crane: Crane, source: Spot, target: Spot, job: Job) -> None:
    block, stock = crane.block, site.stock
    field, length = site.fields[block], int(stock.length_ft[job.box])
    here, there = (source.along_m, source.trolley_m), (target.along_m, target.trolley_m)
    empty = field.top_on_way_m(stock, (crane.along_m, crane.trolley_m), here, max(crane.feet, length))
    laden = field.top_on_way_m(stock, here, there, length, job.box)
    height = float(stock.height_m[job.box])
    if isinstance(field, Apron):
        crane.script = stacker_script(crane, job.box, height, source, target, max(empty, laden))
    else:
        at = (crane.along_m, crane.trolley_m)
        rows = (
            field.rows_on_way(stock, at, here, max(crane.feet, length), 0.0),
            field.rows_on_way(stock, here, there, length, height, job.box),
        )
        crane.script = carry_script(crane, job.box, height, source, target, empty, laden, *rows)
    crane.feet = length
    site.jobs[index] = job


# --- what the locks do -------------------------------------------------------------------------


def locks_turned(site: Site, index: int, step: Step) -> None:
    """Let a turn of a crane's locks act on the stock and on the vehicle below."""
    crane, job = site.cranes[index], site.jobs[index]
    if step.opens:
        _let_go(site, crane, job)
        return
    if site.stock.place[job.box] == Place.STACKED:
        site.stock = moves.lift(site.stock, site.slots, job.box, index)
    else:
        site.stock = moves.carry(site.stock, [job.box], [index])
        if job.vehicle >= 0 and not job.to_vehicle:
            site.visits[job.vehicle].box = -1
            site.traffic.laden[job.vehicle] = False
        else:
            site.count("boxes_in")
    crane.box, crane.gross_kg = job.box, float(site.stock.gross_kg[job.box])
    site.events.append(BoxRead(crane.name, site.t_ns, site.number(job.box)))


def _let_go(site: Site, crane: Crane, job: Job) -> None:
    box = job.box
    if job.to_vehicle:
        site.stock = moves.carry(site.stock, [box], [site.row_of_vehicle(job.vehicle)])
        site.visits[job.vehicle].box = box
        site.traffic.laden[job.vehicle] = True
        if crane.block >= 0:
            site.count("retrieved")
    elif job.to_vessel:
        site.stock = moves.leave(site.stock, [box])
        site.count("boxes_out")
    else:
        site.stock = moves.stack(site.stock, site.slots, [box], [job.ground])
        site.kept.pop(box, None)
        if job.vehicle >= 0:
            site.count("stored")
    crane.box, crane.gross_kg = -1, 0.0
    crane.moves += 1
    site.count("moves")
    if job.order >= 0:
        site.report(crane.name, job.order, "done")


def finish_jobs(site: Site) -> None:
    """Let vehicles go whose cranes are done with them."""
    for index, job in list(site.jobs.items()):
        if site.cranes[index].script:
            continue
        del site.jobs[index]
        visit = site.visits.get(job.vehicle)
        if visit is not None and visit.stops and visit.stops[0].box == job.box:
            if job.to_vehicle:  # who brought one has no claim: it may be another's already
                site.claimed.discard(job.box)
            visit.stops.pop(0)
            visit.asked_ns, visit.order, visit.target, visit.refused_s = 0, -1, -1, 0
            if visit.stops:
                site.send(visit, visit.stops[0])
