"""Words that a machine kept while no radio reached it, told once it is out: minutes old when they come.

Its track does not know where it was then, so each such word brings the machine's own position of its
instant. Others may have worked in the same stacks since, whose words acted long ago and stay. So a lift or
set that is told in hindsight acts as if it came now where stacks and heights bear it out; where they do
not, it goes on the list for a person to settle.
"""

import math
from dataclasses import replace

import numpy as np

from twin import reach
from twin.clock import NS_PER_S
from twin.decisions import Remedy
from twin.desk import Desk, forgotten
from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import spreader_offset
from twin.fleet.tracking import Locks
from twin.frames import YardFrame
from twin.inputs import BoxRead, CraneReadings
from twin.reach import Spot
from twin.state import Settlement
from twin.stock import moves
from twin.stock.table import Place
from twin.tables import Ints

TRACK_TELLS_NS = NS_PER_S
"""So far from an instant of its pose a track tells where the machine was; beyond, its own word counts."""
KEPT_NS = 6 * NS_PER_S
"""A word older than this when it comes was kept: others may have acted since."""
HEIGHT_M = 0.6
"""A stack is as it was where its top is within this of where the spreader was: two high-cube steps [m]."""
SOONER_NS = NS_PER_S
"""A box is noted at the tick, so up to this after what happened to it [ns]."""
SPARE_M, SLACK = 10.0, 1.25
"""What a machine may be away from what it says, beside what it can have driven since."""
NONE = "none"
"""What a gate finds on a truck that leaves without a box."""

_MOST_MPS = np.array([KINDS[name].speed_mps for name in KIND_NAMES])


def located(desk: Desk, locks: Locks, row: Ints, readings: CraneReadings) -> Locks:
    """Give turns of twistlocks where the machines themselves say that they were.

    Parameters
    ----------
    desk : Desk
        Its tracks hold for the instants at which the readings came.
    locks : Locks
        Where the tracks have them.
    row : (k,) int32
        Fleet row of each reading.
    readings : CraneReadings
        (k,) of which ``locks`` were told.

    Returns
    -------
    Locks
        The same object where the tracks tell it all. NaN where a machine says of itself what cannot be, and
        where a word was kept that does not say where its machine was.
    """
    if not len(locks):
        return locks
    off_ns = np.abs(locks.t_ns - desk.tracks.pose_ns[locks.row])
    odd = np.flatnonzero(off_ns > TRACK_TELLS_NS)
    if not len(odd):
        return locks
    columns = locks.editable("x_m", "y_m")
    for index in odd.tolist():
        of = np.flatnonzero((row == locks.row[index]) & (readings.t_ns == locks.t_ns[index]))
        told = of[np.isfinite(readings.lon_deg[of] + readings.lat_deg[of])]
        if len(told):
            where = _spreader(desk, int(locks.row[index]), int(told[0]), readings)
        elif off_ns[index] > KEPT_NS and locks.t_ns[index] < desk.kept_ns:
            where = (math.nan, math.nan)
        else:
            continue
        columns["x_m"][index], columns["y_m"][index] = where
    return locks.with_columns(**columns)


def _spreader(desk: Desk, row: int, k: int, readings: CraneReadings) -> tuple[float, float]:
    """Give where the spreader was by the machine's own position; NaN where that cannot be."""
    tracks, kind = desk.tracks, desk.fleet.kind[row : row + 1]
    frame, (x_m, y_m) = YardFrame.of(desk.yard.georeference), _antenna(desk, readings, k)
    passed_s = abs(int(readings.t_ns[k]) - int(tracks.pose_ns[row])) / NS_PER_S
    away_m = math.hypot(x_m - tracks.x_m[row], y_m - tracks.y_m[row])
    if away_m > SPARE_M + SLACK * float(_MOST_MPS[kind[0]]) * passed_s:
        return math.nan, math.nan
    way = float(frame.heading_from_bearing(readings.heading_rad[k]))
    # A gantry cannot turn round; what runs on wheels may have.
    way = float(tracks.heading_rad[row]) if motion.ON_TRACK[kind[0]] else way
    trolley_m = readings.trolley_m[k : k + 1]
    trolley_m = np.where(np.isnan(trolley_m), tracks.trolley_m[row], trolley_m)
    forward_m, left_m = (float(part[0]) for part in spreader_offset(kind, trolley_m))
    if not readings.own[k]:
        ahead_m, aside_m, _ = motion.ANTENNA_M[kind[0]].tolist()
        forward_m, left_m = forward_m - ahead_m, left_m - aside_m
    c, s = math.cos(way), math.sin(way)
    return x_m + c * forward_m - s * left_m, y_m + s * forward_m + c * left_m


def _antenna(desk: Desk, readings: CraneReadings, k: int) -> tuple[float, float]:
    frame = YardFrame.of(desk.yard.georeference)
    x_m, y_m, _ = frame.yard_from_geodetic(readings.lon_deg[k], readings.lat_deg[k], 0.0)[0].tolist()
    return x_m, y_m


def note_overtaken(desk: Desk, row: int, readings: CraneReadings, k: int) -> None:
    """List a kept word of twistlocks that newer words of its machine have overtaken: it acts no more.

    One that says no position of its own, or the same as one on the list, is only counted.
    """
    if readings.locked[k] < 0 or not np.isfinite(readings.lon_deg[k] + readings.lat_deg[k]):
        return
    x_m, y_m = _spreader(desk, row, k, readings)
    spot = Spot(
        int(readings.t_ns[k]), row, desk.name(row), x_m, y_m, float(readings.hoist_m[k]),
        int(readings.length_ft[k]),
    )  # fmt: skip
    if not math.isfinite(x_m + y_m):
        return
    ground = reach.ground_under(desk.yard, desk.slots, desk.fleet, spot, spot.length_ft)
    box = moves.top_box(desk.stock, desk.slots, ground) if ground >= 0 else -1
    where = str(desk.top_slot(ground, 20 if spot.length_ft == 20 else 40)) if ground >= 0 else "no slot"
    turned = "closed" if readings.locked[k] else "opened"
    what = f"twistlocks {turned} at {where} out of radio, told after newer words"
    if any(one.device == spot.device and one.what == what for one in desk.discrepancies):
        return
    number = desk.number(box) if box >= 0 and readings.locked[k] else ""
    desk.doubt(spot.t_ns, spot.device, what, box=number, found=where if ground >= 0 else "")


def is_kept(desk: Desk, t_ns: int) -> bool:
    """Tell whether what was measured at an instant was kept back, so that others may have acted since."""
    return t_ns < desk.kept_ns


def left_since(desk: Desk, number: str, spot: Spot) -> bool:
    """Tell whether a gate saw a truck leave with a box after it was set somewhere, and was not believed then.

    What the gate said is settled with that, by the name of the machine whose word bears it out.
    """
    # Of all that is listed, only a gate on the way out finds a box where its own number stands.
    seen = {one.id for one in desk.discrepancies if one.box == one.found == number and one.t_ns > spot.t_ns}
    _settle(desk, seen, spot.device, Place.GONE)
    return bool(seen)


def missed_by_a_gate(desk: Desk, read: BoxRead) -> None:
    """Settle that a truck left without the box it was known to have, where a crane had taken it before."""
    missed = {
        one.id for one in desk.discrepancies
        if one.expected == read.number and one.found == NONE and one.t_ns > read.t_ns
    }  # fmt: skip
    _settle(desk, missed, read.device, Place.CARRIED)


def _settle(desk: Desk, ids: set[int], device: str, place: Place) -> None:
    """Settle what is listed and still open, by the name of the machine whose word bears it out."""
    if not ids:
        return
    settled = Settlement(desk.kept_ns + KEPT_NS, device, Remedy.SENSORS.value, place.name.lower())
    desk.discrepancies = forgotten(
        tuple(
            replace(one, settled=one.settled or settled) if one.id in ids else one
            for one in desk.discrepancies
        )
    )


def against(desk: Desk, spot: Spot, places: tuple[int, ...], found_m: float) -> str:
    """Tell what speaks against a lift or set of minutes ago; empty where nothing does.

    Parameters
    ----------
    desk : Desk
    spot : Spot
        Where and when.
    places : tuple of int
        The ground slots that the box stood on, or came to stand on.
    found_m : float
        How high the stack was then [m]: the top of the box lifted, the underside of the box set.

    Returns
    -------
    str
        Text for a person.
    """
    top_m = float(desk.stock.top_m[list(places)].max())
    if abs(top_m - found_m) > HEIGHT_M:
        return f"where the stack is {top_m:.2f} m high now and was {found_m:.2f} m"
    boxes = [moves.top_box(desk.stock, desk.slots, place) for place in places]
    if any(desk.stock.seen_ns[box] > spot.t_ns + SOONER_NS for box in boxes if box >= 0):
        return "where others have set since"
    return ""
