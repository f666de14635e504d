"""What the twin knows of a shift, and what crane moves take: all that a suggesting planner may look at.

Known are the standing stock with its departures, the pick-ups announced so far, the vehicles in the yard
with their stops, and the machines. What will be ordered later, and what chance will do, is not.
"""

import math

from twin.fleet.kinds import Kind
from twin.operations.cranes import MOST_ALONG_MPS
from twin.operations.site import Site, Stop
from twin.stock.table import Place, Stock


def announced(site: Site) -> dict[int, int]:
    """Give the boxes that somebody is known to come for: stock row -> when [ns]."""
    known = {expected.box: expected.due_ns for expected in site.expected if not expected.brings}
    for visit in site.visits.values():
        for box in (visit.takes, *(stop.box for stop in visit.stops if stop.what == "pick")):
            if box >= 0 and site.stock.place[box] == Place.STACKED:
                known[box] = min(site.t_ns, visit.asked_ns or site.t_ns)
    return known


def informed(site: Site, known: dict[int, int]) -> Stock:
    """Give the stock with announced pick-ups as departures."""
    departs_ns = site.stock.departs_ns.copy()
    if known:
        departs_ns[list(known)] = list(known.values())
    return site.stock.with_columns(departs_ns=departs_ns)


def next_stops(site: Site, block: int) -> list[tuple[float, int, Stop]]:
    """List the stops at a block of the vehicles bound for it that do not stand there yet, nearest first.

    Each is (metres to go, vehicle, stop).
    """
    lane = site.lanes_of[block][0]
    found = []
    for visit in site.visits.values():
        if not visit.stops or block not in visit.blocks or visit.asked_ns:
            continue
        stop = visit.stops[0]
        if stop.lane == lane and stop.what in ("drop", "pick"):
            way = site.traffic.ways[visit.vehicle]
            found.append((way.goal_m - site.traffic.odometer_m[visit.vehicle], visit.vehicle, stop))
    return sorted(found, key=lambda item: item[:2])


def run_s(way_m: float, speed_mps: float, acceleration_mps2: float) -> float:
    """Give the time from rest to rest over a way [s]: a trapezoid of speed."""
    if way_m * acceleration_mps2 < speed_mps * speed_mps:
        return 2.0 * math.sqrt(max(0.0, way_m) / acceleration_mps2)
    return way_m / speed_mps + speed_mps / acceleration_mps2


def drive_s(kind: Kind, way_m: float, *, laden: bool = False) -> float:
    """Give what a crane takes to drive along its block [s]."""
    top = min(kind.speed_laden_mps if laden else kind.speed_mps, MOST_ALONG_MPS)
    return run_s(abs(way_m), top, kind.acceleration_mps2)


def across_s(kind: Kind, way_m: float) -> float:
    """Give what a trolley takes across the block [s]."""
    return run_s(abs(way_m), kind.trolley_mps or 0.35, kind.trolley_mps2 or 0.2)
