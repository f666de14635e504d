"""Positions that stay away, are poor, or do not fit; and stock events that cannot be."""

from collections.abc import Callable

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.hearing import unproven_ns, wheels_told
from twin.fleet.motion import LOST_INTERVALS, ON_TRACK, interval_s
from twin.fleet.suspicion import BESIDE_FIXES, Suspicion
from twin.fleet.table import Freshness, is_unheard
from twin.safety.collision import Rows
from twin.safety.faults import Fault
from twin.safety.levels import Levels
from twin.safety.rules.areas import inside, lanes_of
from twin.safety.rules.scene import Found, Scene, about_machines, about_the_yard, nothing
from twin.tables import Flags, Ints, Longs
from twin.yard import roads
from twin.yard.lane_grid import lane_at
from twin.yard.model import LaneKind, ZoneKind

LOST_ALARM_S = 10.0
BLIND_ALARM_S = 600.0
"""A machine is called lost this long after it counts as lost, and where radio is known blind [s].

Where radio is blind cranes serve as elsewhere: three vehicles in a truck lane stand there for three times the
three minutes that a service takes, and nobody has anything to do about it.
"""
DEGRADED_M = 0.5
"""From this sigma of the filter on a receiver without corrections is an alarm [m]."""
SUSPECT_S = 10.0
"""A machine whose fixes were refused for so long is doubted aloud [s]: float solutions pass within eight."""
FITS_S = 1.0
"""A fix that fits speaks for its track for so long, whatever else is doubted [s]."""
DOUBTED_S = 8.0
"""The same where cranes serve [s]."""
UNLOCATED_S = 90.0
"""One that is announced and sends no position for so long has a receiver that does not work [s]."""
TOLD_S = 3.0
"""Wheels that were heard no longer ago than this tell how a machine goes [s]."""
UNHEARD_S, UNSURE_S = Levels(0.0, 30.0, 60.0), Levels(0.0, 20.0, 60.0)
"""Age of the last fix, and of the last that fits, of one in a working lane [s]: it may be away by now."""
STANDS_S = 20.0
"""One whose wheels say that it stands is where it is shown for so long, whatever its receiver says [s]."""
MANY = 5
"""From so many machines at once a finding is one for all."""
MANY_OF_ALL = 0.1
"""Doubted or late ones are so from this share of all on: of a thousand machines some are always."""
GONE_TOGETHER_S = 5.0
"""Machines whose last fixes came within so long of the last of all were silenced by one cause [s]."""
TOGETHER_S = 5.0
"""So long many are doubted or late before it is said [s]: one wrong solution of all is over sooner."""
_WORKING = [roads.LANE_KINDS.index(kind) for kind in (LaneKind.TRUCK_LANE, LaneKind.QUAY)]
_WITHOUT_CORRECTIONS = (1, 6)


def _overdue(scene: Scene) -> Flags:
    """Tell which machines have sent no position for longer than the delay, (n,): wheels may carry them on."""
    tracks = scene.tracks
    heard = scene.fleet.present & (tracks.fix_ns > 0)
    late_s = (scene.t_ns - tracks.fix_ns) / NS_PER_S
    late_s -= LOST_INTERVALS * interval_s(scene.fleet.kind, tracks.speed_mps)
    overdue: Flags = heard & (late_s > LOST_ALARM_S) & (tracks.suspect == 0)
    rows = np.flatnonzero(overdue)
    if len(rows):
        _, blind = inside(scene.yard, ZoneKind.RADIO_BLIND, tracks.x_m[rows], tracks.y_m[rows])
        overdue[rows[blind]] = late_s[rows[blind]] > BLIND_ALARM_S
    return overdue


def _gone_together(scene: Scene) -> int:
    """Give how many machines fell silent at once, where none of the yard is heard any more; else 0.

    Two are enough: what silences all of few is their source as well. A parked machine may be silent for a
    minute; where one is only due, it takes itself out with its next position.
    """
    if not (scene.once(_overdue) & (scene.tracks.freshness == Freshness.LOST)).any():
        return 0  # whom its wheels carry on is heard
    fix_ns = scene.tracks.fix_ns[scene.fleet.present]
    last_ns = int(fix_ns.max())
    if scene.t_ns - last_ns <= LOST_ALARM_S * NS_PER_S:
        return 0
    together = int(np.count_nonzero(fix_ns >= last_ns - GONE_TOGETHER_S * NS_PER_S))
    return together if together > 1 else 0


def position_lost(scene: Scene) -> Found:
    """Find single machines that are not heard of."""
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & (tracks.fix_ns > 0) & (tracks.freshness == Freshness.LOST))
    if not len(rows):
        return nothing()
    overdue = scene.once(_overdue)
    age_s = (scene.t_ns - tracks.fix_ns[rows]) / NS_PER_S
    alone = overdue.sum() < MANY and not scene.once(_gone_together)
    return about_machines(scene, rows, age_s, overdue[rows] & alone)


def positions_lost(scene: Scene) -> Found:
    """Find that many machines at once send no position, or all that were heard at all."""
    many, together = int(scene.once(_overdue).sum()), scene.once(_gone_together)
    if together:
        return about_the_yard(max(many, together), True)
    return about_the_yard(many, many >= MANY) if 2 * many >= MANY else nothing()


def positions_late(scene: Scene) -> Found:
    """Find that the positions of many machines at once are seconds old, where radio is not known blind."""
    rows = np.flatnonzero(scene.fleet.present & (scene.tracks.freshness == Freshness.STALE))
    late, many = _many_of(scene, rows)
    return about_the_yard(late, many) if 2 * late >= MANY else nothing()


def _many_of(scene: Scene, rows: Ints | Rows) -> tuple[int, bool]:
    """Give how many machines are where radio is not known blind, and whether these are many of all."""
    if 2 * len(rows) < MANY:
        return 0, False
    _, blind = inside(scene.yard, ZoneKind.RADIO_BLIND, scene.tracks.x_m[rows], scene.tracks.y_m[rows])
    found = int(np.count_nonzero(~blind))
    return found, bool(found >= MANY and found >= MANY_OF_ALL * np.count_nonzero(scene.fleet.present))


def _degraded(scene: Scene) -> tuple[Ints, Flags]:
    tracks = scene.tracks
    single, estimated = _WITHOUT_CORRECTIONS
    poor = (tracks.quality == single) | (tracks.quality == estimated)
    poor &= (tracks.freshness <= Freshness.LATE) & (tracks.fix_ns > 0)
    rows = np.flatnonzero(scene.fleet.present & poor)
    if not len(rows):
        return rows.astype(np.int32), np.empty(0, np.bool_)
    _, blind = inside(scene.yard, ZoneKind.RADIO_BLIND, tracks.x_m[rows], tracks.y_m[rows])
    # The filter's own variance grows over tens of seconds of poor fixes: a short spell is no alarm.
    variance = (tracks.covariance[rows, 0, 0] + tracks.covariance[rows, 1, 1]) / 2.0
    return rows.astype(np.int32), ~blind & (variance > DEGRADED_M**2)


def fix_degraded(scene: Scene) -> Found:
    """Find single receivers that have had no corrections for a while."""
    rows, seen = scene.once(_degraded)
    return about_machines(scene, rows, scene.tracks.sigma_m[rows], seen & (seen.sum() < MANY))


def fixes_degraded(scene: Scene) -> Found:
    """Find that many receivers at once have no corrections."""
    many = int(scene.once(_degraded)[1].sum())
    return about_the_yard(many, many >= MANY) if 2 * many >= MANY else nothing()


def _unlocated(scene: Scene) -> Ints:
    rows: Ints = np.flatnonzero(scene.fleet.present & (scene.tracks.fix_ns == 0)).astype(np.int32)
    return rows


def never_located(scene: Scene) -> Found:
    """Find single machines that are announced and have never sent a position."""
    rows = scene.once(_unlocated)
    return about_machines(scene, rows, 0.0, len(rows) < MANY) if len(rows) else nothing()


def never_located_many(scene: Scene) -> Found:
    """Find that many machines at once are announced and have never sent a position."""
    many = len(scene.once(_unlocated))
    return about_the_yard(many, many >= MANY) if 2 * many >= MANY else nothing()


def _unproven(scene: Scene) -> Flags:
    """Tell which machines are shown where nothing proves their fixes yet, (n,)."""
    doubted: Flags = scene.fleet.present & (scene.tracks.freshness == Freshness.SUSPECT)
    if doubted.any():
        doubted &= unproven_ns(scene.tracks) > 0
    return doubted


def _unfit(scene: Scene) -> Flags:
    """Tell which machines' last fix that fitted is older than it speaks for their tracks, (n,)."""
    unfit: Flags = scene.t_ns - scene.tracks.fix_ns > FITS_S * NS_PER_S
    return unfit


def _suspects(scene: Scene) -> tuple[Ints, int, bool]:
    """Give the machines whose fixes have been refused for a while; how many are doubted, and whether many."""
    tracks, present = scene.tracks, scene.fleet.present
    doubted = present & (tracks.fix_ns > 0) & ((tracks.suspect > 0) | (tracks.freshness == Freshness.SUSPECT))
    unfit = doubted & scene.once(_unfit)
    both = np.flatnonzero(unfit | scene.once(_unproven))
    return np.flatnonzero(unfit).astype(np.int32), *_many_of(scene, both)


def suspect(scene: Scene) -> Found:
    """Find single tracks that refuse their fixes."""
    rows, _, many = scene.once(_suspects)
    rows = rows[scene.tracks.freshness[rows] == Freshness.SUSPECT]
    return about_machines(scene, rows, (scene.t_ns - scene.tracks.fix_ns[rows]) / NS_PER_S, not many)


def unproven(scene: Scene) -> Found:
    """Find single machines that are shown where their fixes came up at once, which nothing proves yet."""
    rows = np.flatnonzero(scene.once(_unproven))
    if not len(rows):
        return nothing()
    since_s = (scene.t_ns - unproven_ns(scene.tracks)[rows]) / NS_PER_S
    return about_machines(scene, rows, since_s, not scene.once(_suspects)[2])


def suspect_many(scene: Scene) -> Found:
    """Find that many tracks at once refuse their fixes, or are where nothing proves them."""
    _, found, many = scene.once(_suspects)
    return about_the_yard(found, many) if 2 * found >= MANY else nothing()


def in_working_lane(scene: Scene) -> Found:
    """Find machines in a lane where cranes serve whose place is stale or lost."""
    return _in_working_lane(scene, is_unheard(scene.tracks), scene.tracks.fix_ns)


def doubted_in_lane(scene: Scene) -> Found:
    """Find machines in a lane where cranes serve whose fixes do not fit.

    One whose wheels say that it stands is where it is shown for a while, whatever its receiver says.
    """
    doubted = scene.tracks.freshness == Freshness.SUSPECT
    if not doubted.any():
        return nothing()
    of_fixes = ~np.isin(scene.tracks.suspect, BESIDE_FIXES)
    doubted &= scene.once(_unfit) | (of_fixes & ~scene.once(_unproven))
    found = _in_working_lane(scene, doubted, scene.tracks.fix_ns)
    sure = _stands(scene, found.mover) & (found.value < STANDS_S)
    return found.with_columns(raises=found.raises & ~sure)


def unproven_in_lane(scene: Scene) -> Found:
    """Find machines that are shown in a lane where cranes serve, which nothing proves yet."""
    unproven = scene.once(_unproven)
    return _in_working_lane(scene, unproven, unproven_ns(scene.tracks)) if unproven.any() else nothing()


def _in_working_lane(scene: Scene, unsure: Flags, since_ns: Longs) -> Found:
    """Find those of some machines (n,) that are in a lane where cranes serve; since when they are unsure."""
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & (tracks.fix_ns > 0) & unsure & ~ON_TRACK[scene.fleet.kind])
    lanes, _ = lanes_of(scene.yard)
    if not len(rows) or not len(lanes):
        return nothing()
    lane, _, offset_m = lane_at(lanes, np.column_stack((tracks.x_m, tracks.y_m))[rows])
    works = (lane >= 0) & np.isin(lanes.kind[lane], _WORKING) & (np.abs(offset_m) < lanes.width_m[lane] / 2)
    rows = rows[works]
    return about_machines(scene, rows, (scene.t_ns - since_ns[rows]) / NS_PER_S, True)


def _stands(scene: Scene, rows: Ints) -> Flags:
    """Tell of which machines the wheels say, and have said of late, that they stand."""
    told_ns, stand = wheels_told(scene.tracks)
    stands: Flags = (stand & (scene.t_ns - told_ns < TOLD_S * NS_PER_S))[rows]
    return stands


def faulty(fault: Fault) -> Callable[[Scene], Found]:
    """Give what finds machines of which something is wrong with their data."""

    def find(scene: Scene) -> Found:
        rows = np.flatnonzero(scene.fleet.present & ((scene.faults & int(fault)) != 0))
        return about_machines(scene, rows, 0.0, True) if len(rows) else nothing()

    return find


def clock_off(scene: Scene) -> Found:
    """Find machines whose own clock is wrong, unless many are at once: then it is ours, or the time scale."""
    rows = np.flatnonzero(scene.fleet.present & (scene.tracks.suspect == Suspicion.CLOCK))
    return about_machines(scene, rows, 0.0, not _many_of(scene, rows)[1]) if len(rows) else nothing()


def replayed(scene: Scene) -> Found:
    """Find machines in whose names positions of an earlier time come, whether they stand or go."""
    rows = np.flatnonzero(scene.fleet.present & (scene.tracks.suspect == Suspicion.REPLAYED))
    return about_machines(scene, rows, 0.0, True) if len(rows) else nothing()


def unwell(scene: Scene) -> Found:
    """Find machines in the yard that say of themselves that they are not fit for work."""
    if not len(scene.unwell):
        return nothing()
    rows = scene.unwell[scene.unwell >= 0]
    rows = rows[scene.fleet.present[rows]]
    return about_machines(scene, rows, 0.0, True)


def doubtful(scene: Scene) -> Found:
    """Find machines that reported a stock event that cannot be, of late."""
    return about_machines(scene, np.unique(scene.doubtful), 0.0, True) if len(scene.doubtful) else nothing()
