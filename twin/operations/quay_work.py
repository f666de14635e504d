"""The vessel's side: what quay cranes take off and put on, and the tractors between quay and blocks.

A tractor for an export box keeps its place at the quay from the moment it is sent into a block, so
whoever stands in a block can always leave it.
"""

from collections.abc import Sequence

from twin.fleet.kinds import KIND_NAMES
from twin.inputs import BoxAnnouncement
from twin.operations.cranes import OVER_TRUCKS_M, Crane, Spot, carry_script
from twin.operations.placing import MOST_ABOVE, at_slot, box_for_truck, legal_grounds, slot_for
from twin.operations.site import CARGO_BEHIND_M, DECK_M, QUAY_CAP, Berth, Job, Site, Stop, Visit
from twin.stock import moves
from twin.stock.generate import notices_for_arrivals
from twin.stock.table import Flow, Place

TRACTOR = KIND_NAMES.index("terminal_tractor")
FOR_VESSEL = (int(Flow.EXPORT), int(Flow.TRANSSHIPMENT))
"""What is loaded."""
MOVES_A_HATCH = 12
"""A quay crane works so many moves over one hatch before it travels on."""
HATCH_M = 14.0
"""Between hatches [m]."""
HATCHES = 4
WATER_M = -27.0
"""Trolley over the vessel's first row [m]: 9 m beyond the edge of a quay with a setback of 3 m."""
ROW_M = 2.5
ROWS_ABOARD, TIERS_ABOARD = 12, 4
DECK_ABOARD_M = 9.0
"""Height of the lowest tier on deck above the quay [m]."""
OVER_VESSEL_M = DECK_ABOARD_M + TIERS_ABOARD * 2.896 + 2.0
"""What travels between vessel and quay stays above this [m]; clears the portal's crossbeams too."""
SPARE = 1
"""Room that tractors leave in every block for trucks from the street."""
PATIENCE_S = 30.0
"""A tractor that stands under a quay crane for so long goes where there is any room [s]."""
REFUSED_S = 60
"""A tractor whose box no slot of a block can take goes to another after so long [s]."""
LIST = 6
"""Boxes on a discharge list that are announced ahead."""


def dispatch(site: Site) -> None:
    """Announce what comes off the vessel, and give idle tractors their next job."""
    for berth in site.quays:
        announce_discharge(site, berth)
        _shift_hatch(site, berth)
    idle = [visit for visit in site.visits.values() if visit.own and _is_idle(site, visit)]
    for berth in sorted(site.quays, key=lambda b: (b.bound, b.crane)):
        if not idle or berth.bound >= QUAY_CAP or berth.done_here >= MOVES_A_HATCH:
            continue
        if _assign(site, berth, idle[0]):
            idle.pop(0)
    for visit in idle:
        if not visit.stops and visit.home >= 0:
            _park(site, visit)


def _is_idle(site: Site, visit: Visit) -> bool:
    if visit.box >= 0:
        return False
    return not visit.stops or (visit.stops[0].what == "park" and site.traffic.arrived(visit.vehicle))


def _park(site: Site, visit: Visit) -> None:
    visit.stops = [Stop("park", visit.home, site.end_s_m(visit.home))]
    site.send(visit, visit.stops[0])


def announce_discharge(site: Site, berth: Berth) -> None:
    """Announce one more box that comes off the vessel here, where the list is short."""
    if len(berth.boxes) >= LIST:
        return
    if site.demand is None:
        notices = notices_for_arrivals(site.rng, 1, site.t_ns)
    else:
        notices = site.demand.off_vessel(berth.crane, site.t_ns)
    for notice in notices:
        if site.row(notice.number) >= 0:
            continue
        before = site.stock
        site.stock = moves.announce(site.stock, (notice,))
        box = len(site.stock) - 1
        if not legal_grounds(site, box).any() or slot_for(site, box, any_room=True) < 0:
            site.stock = before
            continue
        berth.boxes.append(box)
        site.events.append(BoxAnnouncement("tos", site.t_ns, site.notice(box)))


def _shift_hatch(site: Site, berth: Berth) -> None:
    """Let a crane travel to its next hatch once no tractor is bound for it."""
    crane = site.cranes[berth.crane]
    if berth.done_here < MOVES_A_HATCH or berth.bound or crane.script or berth.crane in site.jobs:
        return
    berth.hatch = (berth.hatch + 1) % HATCHES
    berth.done_here = 0
    berth.along_m = berth.first_along_m + HATCH_M * berth.hatch


def _assign(site: Site, berth: Berth, visit: Visit) -> bool:
    """Send a tractor for a box to fetch from the vessel, or for one from a block to load."""
    if not task(site, berth, visit):
        return False
    site.send(visit, visit.stops[0])
    return True


def task(site: Site, berth: Berth, visit: Visit, blocks: Sequence[int] | None = None) -> bool:
    """Give a tractor its next stops: vessel and block in turn; False where there is nothing to do.

    ``blocks`` looks for a box to load in these alone, and only for one with nothing on it.
    """
    stop = Stop("quay", berth.lane, berth.lane_s_m + berth.along_m + CARGO_BEHIND_M)
    discharge = berth.sent % 2 == 0
    if discharge:
        if not berth.boxes:
            return False
        stop.box = berth.boxes.pop(0)
        visit.stops = [stop]
    else:
        above = (0, MOST_ABOVE) if blocks is None else (0, 0)
        if site.demand is None:
            box = box_for_truck(site, FOR_VESSEL, spare=SPARE, blocks=blocks, above=above)
        else:
            box = site.demand.to_vessel(site, SPARE)
        if box < 0:
            berth.sent += 1
            return False
        ground = int(site.stock.ground[box])
        site.claimed.add(box)
        site.bind(visit, site.block_of(ground))
        stop.box = box
        visit.stops = [at_slot(site, "pick", box, ground), stop]
    berth.sent += 1
    berth.done_here += 1
    berth.bound += 1
    if visit.quay >= 0:  # it is on its way out of the quay lane that it served
        site.quays[visit.quay].bound -= 1
    visit.quay = site.quays.index(berth)
    return True


def follow(site: Site, visit: Visit) -> None:
    """Let a tractor ask for its crane, and take what it was given on to a block."""
    if not visit.stops:
        if visit.box >= 0 and site.second:
            _to_block(site, visit)
        return
    if not site.traffic.arrived(visit.vehicle):
        return
    if visit.stops[0].what in ("drop", "pick", "quay") and not visit.asked_ns:
        visit.asked_ns = site.t_ns
    if visit.refused_s > REFUSED_S and visit.stops[0].what == "drop":
        stop = visit.stops.pop(0)
        site.kept.pop(stop.box, None)
        visit.asked_ns, visit.refused_s, visit.target = 0, 0, -1


def _to_block(site: Site, visit: Visit) -> None:
    """Send a tractor with a box off the vessel to a block as soon as one has room."""
    spare = SPARE if visit.waited_s < PATIENCE_S else 0
    ground = visit.target if visit.target >= 0 else site.planner.slot(site, visit.box, spare=spare)
    if ground < 0 or not site.has_room(site.block_of(ground)):
        visit.waited_s += 1.0
        return
    visit.waited_s = 0.0
    site.bind(visit, site.block_of(ground))
    site.kept[visit.box] = ground
    visit.stops = [at_slot(site, "drop", visit.box, ground)]
    site.send(visit, visit.stops[0])


# --- quay cranes -----------------------------------------------------------------------------


def start_jobs(site: Site) -> None:
    """Give every idle quay crane the tractor that waits longest under it."""
    for number, berth in enumerate(site.quays):
        crane = site.cranes[berth.crane]
        if crane.script or berth.crane in site.jobs:
            continue
        asked = [
            visit
            for visit in site.visits.values()
            if visit.quay == number and visit.asked_ns and visit.stops and visit.stops[0].what == "quay"
        ]
        if asked:
            _begin(site, berth, crane, min(asked, key=lambda visit: (visit.asked_ns, visit.vehicle)))


def _begin(site: Site, berth: Berth, crane: Crane, visit: Visit) -> None:
    box = visit.stops[0].box
    on_quay = Spot(berth.along_m, berth.trolley_m, DECK_M)
    aboard = _aboard(site, berth)
    height = float(site.stock.height_m[box])
    loads = site.stock.place[box] == Place.CARRIED
    source, target = (on_quay, aboard) if loads else (aboard, on_quay)
    crane.feet = int(site.stock.length_ft[box])
    over_empty = OVER_VESSEL_M if abs(crane.trolley_m - source.trolley_m) > 1.0 else OVER_TRUCKS_M
    crane.script = carry_script(crane, box, height, source, target, over_empty, OVER_VESSEL_M)
    site.jobs[berth.crane] = Job(box, visit.vehicle, to_vehicle=not loads, to_vessel=bool(loads))


def _aboard(site: Site, berth: Berth) -> Spot:
    rng = site.rng if site.demand is None else site.demand.aboard(berth.crane, site.cranes[berth.crane].moves)
    row, tier = int(rng.integers(ROWS_ABOARD)), int(rng.integers(TIERS_ABOARD))
    return Spot(berth.along_m, WATER_M - ROW_M * row, DECK_ABOARD_M + 2.896 * tier)


def release_berths(site: Site) -> None:
    """Note which tractors have left the quay lanes."""
    for visit in site.visits.values():
        if visit.quay < 0:
            continue
        berth = site.quays[visit.quay]
        way = site.traffic.ways[visit.vehicle]
        there = berth.lane in way.lanes[way.tail : way.at + 1]
        coming = any(stop.what == "quay" for stop in visit.stops)
        if not there and not coming:
            berth.bound -= 1
            visit.quay = -1
