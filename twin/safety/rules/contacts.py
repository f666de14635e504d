"""Machines that touch one another or a stack, or will."""

import numpy as np

from twin.fleet import motion
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import is_unheard
from twin.safety import encounters
from twin.safety.collision import Rows
from twin.safety.levels import Levels
from twin.safety.rules import cranes, following
from twin.safety.rules.areas import inside
from twin.safety.rules.bends import straightens
from twin.safety.rules.drives import RATE_NOISE_MPS, hanging, lifts_clear, unbraked_drives
from twin.safety.rules.gantries import with_way_to_brake
from twin.safety.rules.placed import placed
from twin.safety.rules.scene import Found, Scene, nothing
from twin.safety.rules.unbraked import unbraked
from twin.safety.watching import HORIZON_S
from twin.tables import Flags, Floats
from twin.yard.model import ZoneKind

BRAKING_MPS2 = 0.8
"""A contact of vehicles that gentler braking than this would avoid is no alarm: they queue and dock."""
OVERLAP_M = 0.15
"""Two count as overlapping from this depth on, beyond twice the sigma of both positions [m]."""
CONTACT_S = Levels(2.0, 1.5, 1.0, falling=True, deadband=0.5, furthest=HORIZON_S)
"""Time to contact [s]: 2 s is what perceiving and reacting take, 1.5 s the usual alarm of studies."""
UNCERTAIN_S = Levels(2.0, -np.inf, -np.inf, falling=True, deadband=0.5, furthest=HORIZON_S)
"""Time until two may touch that will not where they are shown [s]: never more than a warning."""
UNCERTAIN_M = 2.0
"""Where two may be no more than so much nearer than they are shown, they keep as far apart anyway [m]: a
while without exact fixes is not told of at each that passes."""
VAGUE_M = 1.0
"""Where two may be so much nearer than they are shown, that they may touch is a warning, no more [m]."""
SURE_M = 0.4
"""Stacks stand so far apart: of a position that may be further off nobody knows over which one it is [m]."""
COARSE_M = 3.0
"""Twice the joint sigma of two that are known no better: they may as well pass one another [m]."""
TRAVEL_S = Levels(4.0, 3.0, 2.0, falling=True, deadband=0.5, furthest=HORIZON_S)
"""The same of a gantry, which needs longer to stand [s]; of who stands in its way until it has to brake."""
SAFE_HEIGHT_S = Levels(3.0, 2.0, 1.0, falling=True, deadband=0.5, furthest=HORIZON_S)
"""The same of what hangs from a trolley [s]."""
STOPS = 1.1
"""Drives that stop short of it with less than this share of what they brake with are still at work.

A trolley that waits for its hoist brakes a hand's breadth before the row: its share comes to 0.96.
"""
STOPS_AT_ROW = 1.0
"""The same of what does not hoist: it cannot mean to pass over the stack, only to stop at a row before it.

That is the gap between rows further off, 0.35 m of the 2.3 m that a trolley of 70 m/min brakes in: 0.87.
"""
UNBRAKED_S = 2.2
"""A spreader or load that nobody slows down is told of from so long before the contact on [s]."""

_BRAKES_MPS2 = np.array([(k.acceleration_mps2, k.trolley_mps2, k.hoist_mps2) for k in KINDS.values()])
_PERSON = KIND_NAMES.index("person")
GANTRY = motion.ON_TRACK
"""Kinds that run along a block or on rails."""


def trusted(scene: Scene) -> tuple[Flags, Floats]:
    """Tell which encounters are between positions to be relied on, and twice their joint sigma [m]."""
    e, tracks = scene.encounters, scene.tracks
    good = scene.once(placed)
    other_good = np.where(e.other >= 0, good[e.other], True)
    other_sigma_m = np.where(e.other >= 0, tracks.sigma_m[e.other], 0.0)
    return good[e.mover] & other_good, 2.0 * np.hypot(tracks.sigma_m[e.mover], other_sigma_m)


def _of_encounters(scene: Scene, rows: Rows, value: Floats, raises: Flags) -> Found:
    e = scene.encounters
    no_box = np.full(len(rows), -1, np.int32)
    x_m, y_m = e.x_m[rows], e.y_m[rows]
    return Found(e.mover[rows], e.other[rows], e.ground[rows], no_box, x_m, y_m, value, value, raises)


def _gantries(scene: Scene) -> tuple[Flags, Flags]:
    """Tell of which encounters the one and the other is a gantry crane."""
    e, kind = scene.encounters, scene.fleet.kind
    return GANTRY[kind[e.mover]], (e.other >= 0) & GANTRY[kind[e.other]]


def _moves(scene: Scene) -> tuple[Flags, Flags]:
    e = scene.encounters
    moves = motion.is_moving(scene.tracks.speed_mps)
    return moves[e.mover], (e.other >= 0) & moves[e.other]


def _travels(scene: Scene) -> Flags:
    """Tell which encounters are those of a gantry that travels into what stands."""
    (one, other), (goes, other_goes) = scene.once(_gantries), _moves(scene)
    travels: Flags = (one & goes & ~other_goes & ~other) | (other & other_goes & ~goes & ~one)
    return travels


def overlap(scene: Scene) -> Found:
    """Find what overlaps deeper than positions can be wrong."""
    e = scene.encounters
    if not len(e):
        return nothing()
    good, sigma_m = scene.once(trusted)
    depth_m = -e.gap_m
    rows = np.flatnonzero((e.time_s == 0) & (depth_m > 0))
    if not len(rows):
        return nothing()
    afoot, goes = _at_people(scene, rows)
    # Who is in a machine that stands has got in.
    raises = (good & (depth_m > OVERLAP_M + sigma_m))[rows] & (goes | ~afoot)
    return _of_encounters(scene, rows, depth_m[rows], raises)


def contact(scene: Scene) -> Found:
    """Find machines that will touch, by when their clearance is used up."""
    e = scene.encounters
    if not len(e):
        return nothing()
    good, sigma_m = scene.once(trusted)
    one, other = scene.once(_gantries)
    when_s = np.minimum(e.breach_s, e.time_s)
    ahead = good & (e.time_s > 0) & np.isfinite(e.time_s) & ~(one & (other | (e.other < 0)))
    rows = np.flatnonzero(ahead & ~scene.once(_travels))
    if not len(rows):
        return nothing()
    share, lifts = _share_of_gentle(scene, rows), lifts_clear(scene, rows)
    share[lifts] = 0.0
    # Of stacks, and downwards, clearances do not count: what is late by a tick is not made up for.
    no_wider = (e.ground[rows] >= 0) | (e.gap_m[rows] <= 0.0)
    within_s = np.where(no_wider, UNBRAKED_S, CONTACT_S.warning)
    soon = np.flatnonzero((share <= 1.0) & (when_s[rows] <= within_s))
    mere = np.zeros(len(rows), np.bool_)
    mere[soon] = unbraked(scene, rows[soon], when_s[rows[soon]]) | _swung(scene, rows[soon])
    mere &= ~lifts
    kept = (share > 0.5) | mere
    rows, share, mere = rows[kept], share[kept], mere[kept]
    raises = (share > 1.0) | mere
    bends = rows[raises & (when_s[rows] > CONTACT_S.stop)]
    if len(bends):
        # A contact that comes of going on turning where the lane goes straight is none before it is near,
        # unless they meet along their lanes as well.
        follow = [straightens(scene, beside[bends], when_s[bends]) for beside in (e.mover, e.other)]
        bends = bends[follow[0] | follow[1]]
        raises[np.isin(rows, bends[~_meet_on_lanes(scene, bends, follow)])] = False
    found = _of_encounters(scene, rows, when_s[rows], raises)
    shown_s = np.maximum(found.value, np.minimum(e.time_s[rows], CONTACT_S.warning))
    measure = np.where(e.clearance_m[rows] > VAGUE_M, shown_s, found.value)
    # Who may brake yet, as all do who queue or dock, is warned of, no more; and who may pass as well.
    measure = np.where(mere, CONTACT_S.warning, measure)
    mere = (e.other[rows] >= 0) & (sigma_m[rows] > COARSE_M)
    return found.with_columns(measure=np.where(mere, np.maximum(measure, CONTACT_S.warning), measure))


def _swung(scene: Scene, rows: Rows) -> Flags:
    """Tell which encounters are of a spreader or load whose drives go on as they did, (k,).

    Of one that drives up to a vehicle what hangs from it is told as it is of any two vehicles.
    """
    e, kind = scene.encounters, scene.fleet.kind
    rolls = motion.is_moving(scene.tracks.speed_mps) & ~GANTRY[kind]
    out = np.zeros(len(rows), np.bool_)
    for beside, part in ((e.mover[rows], e.part[rows]), (e.other[rows], e.other_part[rows])):
        counts = (beside >= 0) & hanging(kind[beside], part)
        some = np.flatnonzero(counts & (~rolls[beside] | (e.other[rows] < 0)))
        out[some] |= unbraked_drives(scene, beside[some])
    return out


def _share_of_gentle(scene: Scene, rows: Rows) -> Floats:
    """Give how hard the braking is that keeps two apart, as a share of what machines do at work, (k,).

    Nobody docks or queues at a person; and who walks up to what stands still is in no danger.
    """
    share = _braking_mps2(scene, rows) / _gentle_mps2(scene, rows)
    afoot, goes = _at_people(scene, rows)
    share[afoot] = np.where(goes, np.inf, 0.0)[afoot]
    return share


def _gentle_mps2(scene: Scene, rows: Rows) -> Floats:
    """Give the braking that is no alarm, (k,) [m/s2]: of a load that swings, no more than its drives do."""
    e, tracks, kind = scene.encounters, scene.tracks, scene.fleet.kind
    gentle, moves = np.full(len(rows), BRAKING_MPS2), _moves(scene)
    for beside, part, stands in ((e.mover, e.part, ~moves[1]), (e.other, e.other_part, ~moves[0])):
        mover = beside[rows]
        swings = (mover >= 0) & GANTRY[kind[mover]] & hanging(kind[mover], part[rows]) & stands[rows]
        lowers = np.minimum(tracks.hoist_mps[mover], 0.0)
        speed = np.abs([tracks.speed_mps[mover], tracks.trolley_mps[mover], lowers])
        brakes = np.where(speed >= motion.STANDING_MPS, _BRAKES_MPS2[kind[mover]].T, 0.0).max(axis=0)
        gentle = np.where(swings & (brakes > 0.0), np.minimum(gentle, brakes), gentle)
    return gentle


def _at_people(scene: Scene, rows: Rows) -> tuple[Flags, Flags]:
    """Tell which encounters are of a person, and where the machine, or what hangs from it, goes, (k,)."""
    e, kind, tracks = scene.encounters, scene.fleet.kind, scene.tracks
    one, other, goes = e.mover[rows], e.other[rows], np.zeros(len(rows), np.bool_)
    both = other >= 0
    for beside, part, met in ((one, e.part[rows], other), (other, e.other_part[rows], one)):
        slides = np.fmax(np.abs(tracks.trolley_mps[beside]), np.abs(tracks.hoist_mps[beside]))
        moves = motion.is_moving(tracks.speed_mps[beside])
        moves |= hanging(kind[beside], part) & (slides >= motion.STANDING_MPS)
        goes |= both & moves & (kind[met] == _PERSON)
    return both & ((kind[one] == _PERSON) | (kind[other] == _PERSON)), goes


def _braking_mps2(scene: Scene, rows: Rows) -> Floats:
    """Give what keeps two apart by their clearances if they have braked since they were heard, (k,) [m/s2].

    Nobody knows yet of who was heard a second ago whether he brakes; that he may be nearer by now because he
    was not heard is another word for that, and does not count as well.
    """
    e, moves = scene.encounters, motion.is_moving(scene.tracks.speed_mps)
    age_s, of_age_m = encounters.unheard(scene.fleet, scene.tracks, scene.t_ns)
    closing_mps = np.maximum(e.gap_m[rows], 0.0) / np.maximum(e.time_s[rows], 1e-3)
    closing_mps = np.where(e.gap_m[rows] > 0.0, closing_mps, _lowering_mps(scene, rows))
    way_m = closing_mps * np.minimum(e.breach_s[rows], e.time_s[rows])
    since_s, unheard_m = np.zeros(len(rows)), np.zeros(len(rows))
    for beside in (e.mover[rows], e.other[rows]):
        since_s = np.maximum(since_s, np.where((beside >= 0) & moves[beside], age_s[beside], 0.0))
        unheard_m += np.where(beside >= 0, of_age_m[beside], 0.0)
    way_m = np.minimum(way_m + unheard_m, closing_mps * e.time_s[rows]) + closing_mps * since_s
    braking: Floats = closing_mps**2 / (2.0 * np.maximum(way_m, 1e-9))
    return braking


def _lowering_mps(scene: Scene, rows: Rows) -> Floats:
    """Give how fast what hangs surely comes down in encounters, (k,) [m/s]: 0 where nothing does."""
    e, kind, down_mps = scene.encounters, scene.fleet.kind, np.zeros(len(rows))
    for beside, part in ((e.mover[rows], e.part[rows]), (e.other[rows], e.other_part[rows])):
        hangs = (beside >= 0) & hanging(kind[beside], part)
        surely_mps = -scene.tracks.hoist_mps[beside] - RATE_NOISE_MPS
        down_mps = np.where(hangs, np.maximum(down_mps, surely_mps), down_mps)
    return down_mps


def unknown_place(scene: Scene) -> Found:
    """Find machines that drive to where one may be that is not heard of: a place not known is no free place.

    So may one be that is heard and doubted. Told as soon as gentle braking would not keep them out of what
    the other may have come to meanwhile; not where radio is known blind: there nobody is heard of.
    """
    e, tracks = scene.encounters, scene.tracks
    doubted = ~scene.once(placed)
    rows = np.flatnonzero((e.other >= 0) & (doubted[e.mover] != doubted[e.other]))
    if not len(rows):
        return nothing()
    unheard = doubted[e.mover[rows]]
    drives = np.where(unheard, e.other[rows], e.mover[rows])
    silent = np.where(unheard, e.mover[rows], e.other[rows])
    when_s = np.minimum(e.breach_s[rows], e.time_s[rows])
    with np.errstate(divide="ignore", invalid="ignore"):
        braking = np.abs(tracks.speed_mps[drives]) / (2.0 * when_s)
    vague = encounters.clearance_m(scene.fleet, tracks, scene.t_ns)[silent] > VAGUE_M
    vague |= ~is_unheard(tracks)[silent]
    _, blind = inside(scene.yard, ZoneKind.RADIO_BLIND, tracks.x_m[silent], tracks.y_m[silent])
    ahead = np.isfinite(when_s) & (when_s > 0) & vague & ~blind
    some = np.flatnonzero(ahead & (braking > BRAKING_MPS2 / 2))
    found = _of_encounters(scene, rows[some], when_s[some], braking[some] > BRAKING_MPS2)
    return found.with_columns(mover=drives[some], other=silent[some])


def too_uncertain(scene: Scene) -> Found:
    """Find machines that pass one another nearer than their places are known: none of that is free place.

    What comes of not having been heard for a while does not count: it is over with the next word.
    """
    e, tracks = scene.encounters, scene.tracks
    rows = np.flatnonzero(~np.isfinite(e.time_s) & np.isfinite(e.breach_s) & (e.clearance_m > UNCERTAIN_M))
    if not len(rows):
        return nothing()
    good, _ = scene.once(trusted)
    _, of_age_m = encounters.unheard(scene.fleet, tracks, scene.t_ns)
    one, other = e.mover[rows], e.other[rows]
    vague = good[rows] & (e.clearance_m[rows] - of_age_m[one] - of_age_m[other] > UNCERTAIN_M)
    speed_mps = np.abs(tracks.speed_mps)
    with np.errstate(divide="ignore", invalid="ignore"):
        braking = np.maximum(speed_mps[one], speed_mps[other]) / (2.0 * e.breach_s[rows])
    found = _of_encounters(scene, rows, e.clearance_m[rows], vague & (braking > BRAKING_MPS2))
    # One that drives comes first.
    moves, other_moves = _moves(scene)
    swap = (other_moves & ~moves)[rows]
    return found.with_columns(
        mover=np.where(swap, other, one), other=np.where(swap, one, other), measure=e.breach_s[rows]
    )


def _meet_on_lanes(scene: Scene, rows: Rows, follow: list[Flags]) -> Flags:
    """Tell which encounters of machines in bends are also ones where these follow their lanes."""
    e, of_two = scene.encounters, scene.encounters.other[rows] >= 0
    met, bent = np.zeros(len(rows), np.bool_), follow[0] | follow[1]
    some = rows[of_two]
    if len(some):
        keeps = follow[0][bent][of_two], follow[1][bent][of_two]
        met[of_two] = following.meets(scene, (e.mover[some], e.other[some]), keeps, some)
    return met


def gantry_travel(scene: Scene) -> Found:
    """Find gantries that travel into what stands, or into a gantry of another runway."""
    return with_way_to_brake(scene, _travel(scene), placed, TRAVEL_S.warning + TRAVEL_S.deadband)


def _travel(scene: Scene) -> Found:
    """Find the same by encounters, by when they touch."""
    e = scene.encounters
    if not len(e):
        return nothing()
    good, _ = scene.once(trusted)
    hangs = hanging(scene.fleet.kind[e.mover], e.part)
    hangs |= (e.other >= 0) & hanging(scene.fleet.kind[e.other], e.other_part)
    ahead = (e.time_s > 0) & np.isfinite(e.time_s) & ((scene.once(_travels) & ~hangs) | _astray(scene))
    rows = np.flatnonzero(ahead)
    found = _of_encounters(scene, rows, e.time_s[rows], good[rows])
    (one, other), (goes, other_goes) = scene.once(_gantries), _moves(scene)
    swap = (other & other_goes & ~(one & goes))[rows]
    mover, into = np.where(swap, found.other, found.mover), np.where(swap, found.mover, found.other)
    return found.with_columns(mover=mover, other=into)


def _astray(scene: Scene) -> Flags:
    """Tell which encounters are of two gantries that do not close in on one runway."""
    e, (one, other) = scene.encounters, scene.once(_gantries)
    both = one & other
    if both.any():
        closing = cranes.crane_to_crane(scene)
        both &= ~np.isin(encounters.keys(e.mover, e.other), encounters.keys(closing.mover, closing.other))
    return both


def safe_height(scene: Scene) -> Found:
    """Find spreaders and loads of cranes that go, or are taken along, into a stack or a structure."""
    e = scene.encounters
    if not len(e):
        return nothing()
    good, sigma_m = scene.once(trusted)
    hangs = hanging(scene.fleet.kind[e.mover], e.part) & (e.other < 0)
    rows = np.flatnonzero(hangs & (e.time_s > 0) & np.isfinite(e.time_s) & scene.once(_gantries)[0])
    hoists = scene.tracks.hoist_mps[e.mover[rows]] > RATE_NOISE_MPS
    stops = np.where(hoists, STOPS, STOPS_AT_ROW)
    late, mere = _needed(scene, rows) > stops, e.time_s[rows] <= UNBRAKED_S
    mere[mere] = unbraked_drives(scene, e.mover[rows[mere]]) & ~lifts_clear(scene, rows[mere])
    found = _of_encounters(scene, rows, e.time_s[rows], good[rows] & (late | mere))
    # Where nobody knows which stack it is, or whether it is so near, a warning is told, no more.
    further_m = np.maximum(sigma_m[rows] - OVERLAP_M, 0.0)
    unsure = (sigma_m[rows] > SURE_M) | ((further_m > 0.0) & (_needed(scene, rows, further_m) <= stops))
    # Who may brake yet is warned of, no more.
    least_s = np.where(unsure | ~late, SAFE_HEIGHT_S.warning, 0.0)
    return found.with_columns(measure=np.maximum(found.measure, least_s))


def _needed(scene: Scene, rows: Rows, further_m: Floats | float = 0.0) -> Floats:
    """Give what share of its normal braking the drive needs that stops most easily, of cranes in encounters.

    What they meet may be so much further off.

    Gantry, trolley and a hoist that lowers count where they go: any of them that stands still avoids it.
    Where the hoist alone goes, it lowers on a stack that it has no order for: it is not about to stop.
    """
    e, tracks = scene.encounters, scene.tracks
    mover = e.mover[rows]
    lowers = np.minimum(tracks.hoist_mps[mover], 0.0)
    speed = np.abs([tracks.speed_mps[mover], tracks.trolley_mps[mover], lowers])
    left_s = e.time_s[rows] + further_m / np.maximum(speed, motion.STANDING_MPS)
    share = (speed - RATE_NOISE_MPS) / (2.0 * left_s) / _BRAKES_MPS2[scene.fleet.kind[mover]].T
    goes = speed >= motion.STANDING_MPS
    goes[2] &= goes[0] | goes[1]
    least: Floats = np.where(goes, share, np.inf).min(axis=0)
    return least
