"""Trucks from the street: announced, read at the gate, inspected, served, read again, gone."""

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES
from twin.inputs import BoxAnnouncement, GateEvent, GateRead, MachineNotice, PickUpAnnouncement
from twin.operations.placing import MOST_ABOVE, at_slot, box_for_truck, legal_grounds, slot_for
from twin.operations.site import Expected, Site, Stop, TruckCall, Visit
from twin.operations.traffic import REAR_M
from twin.stock import moves
from twin.stock.generate import notices_for_arrivals
from twin.stock.table import BoxNotice, Customs, Flow, Place
from twin.yard.model import Gate, LaneKind
from twin.yard.roads import route

TRUCK = KIND_NAMES.index("external_truck")
FOR_TRUCKS = (int(Flow.IMPORT), int(Flow.STORAGE))
"""What trucks come for."""
LEAD_S = (600.0, 2400.0)
"""How long before a truck its pick-up is announced [s]."""
SCALE_S = (20.0, 60.0)
"""Time on the weighbridge: papers and weight [s]."""
INSPECTION_S = (120.0, 300.0)
"""Time at an inspection dock [s]."""
INSPECTED_SHARE = 0.12
DELIVERY_SHARE = 0.5
BOTH_SHARE = 0.25
"""Of the trucks that bring a box, those that also take one."""
TURNED_AWAY_S = 1500.0
"""A truck that no crane served for so long leaves without [s]."""
REFUSED_S = 300
"""So does one for which an idle crane could do nothing for so long [s]."""


def expect(site: Site, dt_s: float) -> None:
    """Let trucks be ordered: those that bring a box come now, the others are announced."""
    if site.demand is not None:
        site.demand.expect(site)
        return
    for _ in range(site.arrivals.draw(site.rng, site.t_ns, dt_s)):
        if site.rng.random() < DELIVERY_SHARE:
            expect_delivery(site, site.t_ns)
        else:
            announce_pick_up(site, float(site.rng.uniform(*LEAD_S)))


def expect_delivery(site: Site, due_ns: int) -> None:
    """Let a truck come with a box."""
    site.expected.append(Expected(due_ns, -1, True))


def announce_pick_up(site: Site, lead_s: float, *, least_above: int = 0) -> None:
    """Choose a box for a truck that comes in ``lead_s`` seconds, and announce it."""
    box = box_for_truck(site, FOR_TRUCKS, above=(least_above, MOST_ABOVE))
    if box < 0:
        return
    site.claimed.add(box)
    arrives = site.t_ns + round(lead_s * NS_PER_S)
    site.expected.append(Expected(arrives, box, False))
    site.events.append(PickUpAnnouncement("tos", site.t_ns, site.number(box), arrives))


def admit(site: Site) -> None:
    """Let expected trucks drive up where a gate lane has room, the one due first first."""
    due = sorted((e for e in site.expected if e.due_ns <= site.t_ns), key=lambda e: e.due_ns)
    if len(site.traffic.rows) - site.own >= site.most_trucks:
        return
    if site.rules.calls_off:
        due = [expected for expected in due if _is_called(site, expected)]
    for expected in due:
        lanes = [lane for lane in site.gate_in if site.traffic.has_room_to_enter(lane, REAR_M + 0.5)]
        if not lanes:
            return
        lane = min(lanes, key=lambda lane: (len(site.traffic.queues[lane]), lane))
        site.expected.remove(expected)
        _drive_up(site, expected, lane)
        return


def _is_called(site: Site, expected: Expected) -> bool:
    """Tell whether the blocks that a truck must go to have room for it and for those before it."""
    coming = [visit for visit in site.visits.values() if not visit.own and not visit.blocks]
    coming = [visit for visit in coming if any(stop.what in ("scale", "hold") for stop in visit.stops)]
    if expected.brings:
        room = sum(max(0, site.rules.lane_cap - site.bound.get(block, 0)) for block in site.fields)
        if room <= len(coming):
            return False
    takes = expected.call.takes if expected.call else expected.box
    if takes < 0 or site.stock.place[takes] != Place.STACKED:
        return takes < 0
    block = site.block_of(int(site.stock.ground[takes]))
    before = [visit.takes for visit in coming if visit.takes >= 0]
    same = sum(
        site.stock.place[box] == Place.STACKED and site.block_of(int(site.stock.ground[box])) == block
        for box in before
    )
    return site.has_room(block, same)


def _drive_up(site: Site, expected: Expected, lane: int) -> None:
    call = expected.call
    brings = _new_box(site, call) if expected.brings else -1
    if expected.brings and brings < 0:
        if call is not None:
            site.claimed.discard(call.takes)
            site.count("turned_away")
        return
    takes = expected.box
    if call is not None:
        takes = call.takes
    elif brings >= 0 and site.rng.random() < BOTH_SHARE:
        takes = box_for_truck(site, FOR_TRUCKS)
    if brings >= 0 and takes >= 0:
        site.claimed.add(takes)
        site.events.append(PickUpAnnouncement("tos", site.t_ns, site.number(takes), site.t_ns))
    visit = new_truck(site, brings=brings, takes=takes)
    visit.call, visit.due_ns = call, expected.due_ns
    appear(site, visit, TRUCK, lane, REAR_M + 0.5, 2.0)
    if brings >= 0:
        site.stock = moves.carry(site.stock, [brings], [site.row_of_vehicle(visit.vehicle)])
        visit.box = brings
        site.traffic.laden[visit.vehicle] = True
        site.count("boxes_in")
    gate_stops(site, visit, lane, call.scale_s if call else float(site.rng.uniform(*SCALE_S)))
    site.send(visit, visit.stops[0])
    site.count("trucks_in")


def new_truck(site: Site, *, brings: int = -1, takes: int = -1) -> Visit:
    """Name a truck that is on no lane yet."""
    site.serial += 1
    return Visit(-1, f"T{10_000 + (site.serial * 7919) % 90_000:05d}", own=False, brings=brings, takes=takes)


def appear(site: Site, visit: Visit, kind: int, lane: int, s_m: float, speed_mps: float = 0.0) -> None:
    """Put a vehicle on a lane, behind all that are on it, and let it say that it exists."""
    visit.vehicle = site.traffic.enter(kind, lane, s_m, speed_mps)
    site.visits[visit.vehicle] = visit
    site.names.append(visit.name.encode())
    if not visit.own:
        site.events.append(MachineNotice(visit.name, site.t_ns, "external_truck"))


def gate_stops(site: Site, visit: Visit, lane: int, wait_s: float) -> None:
    """Let a truck stop on the scale of a gate lane for so long, and then at the lane's end."""
    _, visit.portal_s, scale_s = site.gate_lanes[lane]
    visit.stops = [
        Stop("scale", lane, scale_s, wait_s=wait_s),
        Stop("hold", lane, site.end_s_m(lane)),
    ]


def _new_box(site: Site, call: TruckCall | None) -> int:
    for _ in range(1 if call else 8):
        notice = call.notice if call else notices_for_arrivals(site.rng, 1, site.t_ns)[0]
        if notice is None:
            continue
        if site.row(notice.number) >= 0:
            continue
        stock = moves.announce(site.stock, (notice,))
        before, site.stock = site.stock, stock
        box = len(stock) - 1
        if legal_grounds(site, box).any() and slot_for(site, box, any_room=True) >= 0:
            return box
        site.stock = before
    return -1


# --- while it is here ------------------------------------------------------------------------


def follow(site: Site, visit: Visit, dt_s: float) -> None:
    """Let a truck read at the gate, wait where it is to wait, and go on."""
    traffic, vehicle = site.traffic, visit.vehicle
    if not visit.read and visit.portal_s <= traffic.s_of(vehicle):
        visit.read, visit.in_ns = True, site.t_ns
        _read_in(site, visit)
    stop = visit.stops[0]
    if not traffic.arrived(vehicle):
        return
    if stop.what in ("drop", "pick"):
        if not visit.asked_ns:
            visit.asked_ns = site.t_ns
        elif site.t_ns - visit.asked_ns > TURNED_AWAY_S * NS_PER_S or visit.refused_s > REFUSED_S:
            _turn_away(site, visit)
        return
    visit.waited_s += dt_s
    if visit.waited_s < stop.wait_s:
        return
    if stop.what == "hold" and not (site.second and _plan(site, visit)):
        return
    if stop.what == "out":
        _go_home(site, visit)
        return
    if stop.what == "inspect":
        _inspected(site, visit)
    visit.waited_s = 0.0
    visit.stops.pop(0)
    if visit.stops:
        site.send(visit, visit.stops[0])


def _turn_away(site: Site, visit: Visit) -> None:
    if any(job.vehicle == visit.vehicle for job in site.jobs.values()):
        return
    stop = visit.stops.pop(0)
    site.claimed.discard(stop.box)
    site.kept.pop(stop.box, None)
    if visit.box >= 0:  # still laden, it can take nothing
        site.claimed.discard(visit.takes)
        visit.stops = [left for left in visit.stops if left.what != "pick"]
    visit.asked_ns, visit.refused_s = 0, 0
    site.count("turned_away")
    site.send(visit, visit.stops[0])


def _read_in(site: Site, visit: Visit) -> None:
    lane = site.traffic.lane_of(visit.vehicle)
    gate, _, _ = site.gate_lanes[lane]
    customs = None
    if visit.box >= 0 and site.lay_by_lanes and _is_chosen(site, visit):
        visit.inspected = True
        customs = int(Customs.SELECTED)
        site.stock = moves.announce(site.stock, (site.notice(visit.box, customs),))
    site.events.append(
        GateRead(
            gate, site.t_ns, gate, site.roads.names[lane], GateEvent.IN, visit.name,
            _seen(site, visit), site.number(visit.takes) if visit.takes >= 0 else "",
        )
    )  # fmt: skip


def _is_chosen(site: Site, visit: Visit) -> bool:
    """Tell whether customs look at what a truck brings."""
    if visit.call is not None:
        return visit.call.inspection_s > 0.0
    return bool(site.rng.random() < INSPECTED_SHARE)


def _seen(site: Site, visit: Visit) -> BoxNotice | None:
    return site.notice(visit.box) if visit.box >= 0 else None


def _plan(site: Site, visit: Visit) -> bool:
    """Choose where a truck goes from the gate, once all of it has room; nothing is taken piecemeal."""
    stops: list[Stop] = []
    lay_by = -1
    if visit.inspected:
        lay_by = next((lane for lane in site.lay_by_lanes if lane not in site.lay_bys), -1)
        if lay_by < 0:
            return False
        wait = visit.call.inspection_s if visit.call else float(site.rng.uniform(*INSPECTION_S))
        stops.append(Stop("inspect", lay_by, site.end_s_m(lay_by), wait_s=wait))
    blocks: list[int] = []
    if visit.brings >= 0:
        ground = visit.target if visit.target >= 0 else site.planner.slot(site, visit.brings)
        if ground < 0 or not site.has_room(site.block_of(ground)):
            return False
        blocks.append(site.block_of(ground))
        stops.append(at_slot(site, "drop", visit.brings, ground))
    if visit.takes >= 0:
        if site.stock.place[visit.takes] != Place.STACKED:
            return False
        ground = int(site.stock.ground[visit.takes])
        block = site.block_of(ground)
        if not site.has_room(block) or (block in blocks and site.bound.get(block, 0) > 1):
            return False
        blocks.append(block)
        stops.append(at_slot(site, "pick", visit.takes, ground))
    if lay_by >= 0:
        site.lay_bys[lay_by] = visit.vehicle
        visit.lay_by = lay_by
    for block in blocks:
        site.bind(visit, block)
    if visit.brings >= 0:
        site.kept[visit.brings] = stops[-1 - (visit.takes >= 0)].ground
    visit.stops += [*stops, way_out(site, stops[-1].lane if stops else visit.stops[0].lane)]
    return True


def way_out(site: Site, lane: int) -> Stop:
    """Give the stop behind the portal of the gate that is nearest by the roads."""

    def metres(out: int) -> float:
        return sum(site.traffic.length_m[k] for k in route(site.roads, lane, out))

    out = min(site.gate_out, key=lambda o: (metres(o), o))
    _, portal_s, _ = site.gate_lanes[out]
    return Stop("out", out, min(portal_s + REAR_M, site.end_s_m(out)))


def _inspected(site: Site, visit: Visit) -> None:
    box = visit.box
    for customs in (Customs.INSPECTED, Customs.RELEASED):
        notice = site.notice(box, int(customs))
        site.events.append(BoxAnnouncement("tos", site.t_ns, notice))
        site.stock = moves.announce(site.stock, (notice,))
    site.count("inspections")


def _go_home(site: Site, visit: Visit) -> None:
    lane = site.traffic.lane_of(visit.vehicle)
    gate, _, _ = site.gate_lanes[lane]
    site.events.append(
        GateRead(gate, site.t_ns, gate, site.roads.names[lane], GateEvent.OUT, visit.name, _seen(site, visit))
    )
    if visit.box >= 0:
        site.stock = moves.leave(site.stock, [visit.box])
        site.count("boxes_out")
    site.traffic.leave(visit.vehicle)
    del site.visits[visit.vehicle]
    site.count("visits")
    if site.meter is not None and visit.in_ns:
        site.meter.left(visit, site.t_ns)


def release_left(site: Site) -> None:
    """Give up the room in blocks and lay-bys that vehicles have left, tail and all."""
    traffic = site.traffic
    for visit in site.visits.values():
        if not visit.blocks and visit.lay_by < 0:
            continue
        way = traffic.ways[visit.vehicle]
        on = set(way.lanes[way.tail : way.at + 1]) | {stop.lane for stop in visit.stops}
        for block in list(visit.blocks):
            if site.lanes_of[block][0] not in on:
                site.release(visit, block)
        if visit.lay_by >= 0 and visit.lay_by not in on:
            del site.lay_bys[visit.lay_by]
            visit.lay_by = -1


def gate_lanes(site: Site, gates: tuple[Gate, ...]) -> None:
    """Note which gate each lane belongs to, and where its portal and its weighbridge are along it."""
    index = {name: k for k, name in enumerate(site.roads.names)}
    for gate in gates:
        for name in gate.lanes_in + gate.lanes_out:
            lane = index[name]
            portal = site.s_on_m(lane, *gate.ocr_portal_yard_m)
            scale = site.s_on_m(lane, *gate.weighbridge_yard_m)
            site.gate_lanes[lane] = (gate.name, portal, scale)
    site.gate_in = [int(k) for k in site.roads.of_kind(LaneKind.GATE_IN) if int(k) in site.gate_lanes]
    site.gate_out = [int(k) for k in site.roads.of_kind(LaneKind.GATE_OUT) if int(k) in site.gate_lanes]
    site.lay_by_lanes = [int(k) for k in site.roads.of_kind(LaneKind.INSPECTION)]
