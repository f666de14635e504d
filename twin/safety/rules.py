"""Alarm rules: each looks at the tables of a tick and gives what it finds, row by row.

A finding either raises an alarm or only keeps one standing: the band between the two thresholds is
what keeps noise from making an alarm chatter. So many alarms as people can act on are one in ten
minutes (EEMUA 191), so what one cause brings about in many machines is one finding.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.motion import LOST_INTERVALS, interval_s
from twin.fleet.shapes import spreader_offset
from twin.fleet.table import Fleet, Freshness, Tracks
from twin.safety.limits import SpeedMap, speed_map
from twin.safety.table import Conflicts, Priority
from twin.tables import Flags, Floats, Ints, Table
from twin.yard import roads
from twin.yard.model import LaneKind, Yard, ZoneKind

CONTACT_S = 1.5
"""Time to contact from which an alarm is raised [s]: the usual threshold of traffic conflict studies."""
CONTACT_HOLD_S = 2.0
BRAKING_MPS2 = 0.8
"""A contact that gentler braking than this would avoid is no alarm: machines queue and dock."""
OVERLAP_M = 0.15
"""Two count as overlapping from this depth on, beyond twice the sigma of both positions [m]."""
LOST_ALARM_S = 10.0
BLIND_ALARM_S = 60.0
"""A machine is called lost this long after it counts as lost, and where radio is known blind [s]."""
DEGRADED_M = 0.5
"""From this sigma of the filter on a receiver without corrections is an alarm [m]."""
SUSPECT_S = 2.0
WIND_WARNING_MPS = 18.1
WIND_STOP_MPS = 19.4
"""No lifts above tier 3 and nobody on foot; stop all and secure (65 and 70 km/h, Italian terminals)."""
WIND_BAND_MPS = 1.0
SPEEDING = 1.15
SPEEDING_MPS = 0.5
"""Too fast is above the lane's limit times the one plus the other."""
LANE_START_M = 10.0
"""A lane's limit is looked at from so far behind its start [m]."""
LOAD_KG = 500.0
"""Less than this under a spreader is no load [kg]."""
MANY = 5
"""From so many machines at once a finding is one for all."""
EDGE_M = 0.5
"""A zone is entered this far inside its edge and left this far outside [m]."""

_ROAD = np.array([KINDS[name].trolley_mps == 0 for name in KIND_NAMES])
_CONNECTOR = roads.LANE_KINDS.index(LaneKind.CONNECTOR)
_WITHOUT_CORRECTIONS = (1, 6)


@dataclass(frozen=True, slots=True)
class Scene:
    """What rules look at; ``doubtful`` are fleet rows of stock events that cannot be."""

    t_ns: int
    fleet: Fleet
    tracks: Tracks
    conflicts: Conflicts
    yard: Yard
    weather: tuple[float, float]
    doubtful: Ints


@dataclass(frozen=True, eq=False)
class Found(Table):
    """Findings of one rule, one row each.

    Attributes
    ----------
    mover, other, ground : (n,) int32
        Fleet rows and the ground slot; -1 none.
    x_m, y_m, value : (n,) float
        Where (NaN nowhere), and the rule's own measure.
    raises : (n,) bool
        False where it keeps an alarm standing but raises none.
    """

    mover: Ints
    other: Ints
    ground: Ints
    x_m: Floats
    y_m: Floats
    value: Floats
    raises: Flags

    def __len__(self) -> int:
        """Give the number of findings."""
        return len(self.mover)

    def take(self, rows: NDArray[np.integer]) -> "Found":
        """Give the named rows."""
        return Found(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Rule:
    """An alarm rule: its priority, what finds it, what it says, how long it must be gone to have gone.

    ``says`` is an English sentence with the fields ``mover``, ``other`` and ``value``; it is the key
    of its translations.
    """

    priority: Priority
    find: Callable[[Scene], Found]
    says: str
    off_delay_s: float = field(default=5.0)


def _found(scene: Scene, rows: Any, value: Any, raises: Any) -> Found:
    """Give findings about single machines, where they are."""
    rows = np.asarray(rows, np.int32)
    nobody = np.full(len(rows), -1, np.int32)
    return Found(
        rows, nobody, nobody, scene.tracks.x_m[rows], scene.tracks.y_m[rows],
        np.broadcast_to(np.asarray(value, np.float64), rows.shape).copy(),
        np.broadcast_to(np.asarray(raises, np.bool_), rows.shape).copy(),
    )  # fmt: skip


def _nowhere(value: float, raises: bool) -> Found:
    """Give one finding about the yard as a whole."""
    nobody, nowhere = np.array([-1], np.int32), np.array([np.nan])
    return Found(nobody, nobody, nobody, nowhere, nowhere, np.array([value]), np.array([raises]))


def _nothing() -> Found:
    i, f = np.empty(0, np.int32), np.empty(0)
    return Found(i, i, i, f, f, f, np.empty(0, np.bool_))


# --- contacts --------------------------------------------------------------------------------


def _of_conflicts(scene: Scene, rows: Any, value: Floats, raises: Flags) -> Found:
    c = scene.conflicts
    return Found(c.mover[rows], c.other[rows], c.ground[rows], c.x_m[rows], c.y_m[rows], value, raises)


def _trusted(scene: Scene) -> tuple[Flags, Floats]:
    """Tell which conflicts are between positions to be relied on, and twice their joint sigma [m]."""
    c, tracks = scene.conflicts, scene.tracks
    good = np.isin(tracks.freshness, (Freshness.FRESH, Freshness.LATE, Freshness.SIMULATED))
    other_good = np.where(c.other >= 0, good[c.other], True)
    other_sigma_m = np.where(c.other >= 0, tracks.sigma_m[c.other], 0.0)
    return good[c.mover] & other_good, 2.0 * np.hypot(tracks.sigma_m[c.mover], other_sigma_m)


def _overlap(scene: Scene) -> Found:
    if not len(scene.conflicts):
        return _nothing()
    trusted, sigma_m = _trusted(scene)
    depth_m = -scene.conflicts.gap_m
    rows = np.flatnonzero((scene.conflicts.time_s == 0) & (depth_m > 0))
    return _of_conflicts(scene, rows, depth_m[rows], (trusted & (depth_m > OVERLAP_M + sigma_m))[rows])


def _contact(scene: Scene) -> Found:
    if not len(scene.conflicts):
        return _nothing()
    c = scene.conflicts
    trusted, _ = _trusted(scene)
    braking = np.maximum(c.gap_m, 0.0) / (2.0 * np.maximum(c.time_s, 1e-3) ** 2)
    rows = np.flatnonzero(
        trusted & (c.time_s > 0) & (c.time_s <= CONTACT_HOLD_S) & (braking > BRAKING_MPS2 / 2)
    )
    raises = (c.time_s <= CONTACT_S) & (braking > BRAKING_MPS2)
    return _of_conflicts(scene, rows, c.time_s[rows], raises[rows])


# --- zones and lanes -------------------------------------------------------------------------


class _Same:
    """Wraps a yard so that it is a key by identity: hashing all its lanes would cost more than a tick."""

    __slots__ = ("yard",)

    def __init__(self, yard: Yard) -> None:
        self.yard = yard

    def __hash__(self) -> int:
        return id(self.yard)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.yard is self.yard


@lru_cache(maxsize=4)
def _zones(same: _Same) -> dict[ZoneKind, tuple[Any, Any]]:
    """Give for each kind of zone the area entered and the area left, each one polygon."""
    areas = {}
    for kind in ZoneKind:
        rings = [shapely.Polygon(zone.ring_yard_m) for zone in same.yard.zones if zone.kind == kind]
        if rings:
            whole = shapely.union_all([shapely.make_valid(ring) for ring in rings])
            pair = whole.buffer(-EDGE_M), whole.buffer(EDGE_M)
            for area in pair:
                shapely.prepare(area)
            areas[kind] = pair
    return areas


@lru_cache(maxsize=4)
def _roads(same: _Same) -> tuple[roads.Roads, SpeedMap]:
    lanes = roads.roads_of(same.yard)
    return lanes, speed_map(lanes)


def _in_zone(scene: Scene, kind: ZoneKind, x_m: Floats, y_m: Floats) -> tuple[Flags, Flags]:
    """Tell which points are well inside a zone of a kind, and which are not yet well outside."""
    areas = _zones(_Same(scene.yard)).get(kind)
    if areas is None:
        nowhere = np.zeros(len(x_m), np.bool_)
        return nowhere, nowhere
    return shapely.contains_xy(areas[0], x_m, y_m), shapely.contains_xy(areas[1], x_m, y_m)


def _zone_rule(kind: ZoneKind) -> Callable[[Scene], Found]:
    def find(scene: Scene) -> Found:
        entered, near = _in_zone(scene, kind, scene.tracks.x_m, scene.tracks.y_m)
        counted = scene.fleet.present & _ROAD[scene.fleet.kind]
        rows = np.flatnonzero(near & counted)
        return _found(scene, rows, scene.tracks.sigma_m[rows], entered[rows])

    return find


def _load_over_people(scene: Scene) -> Found:
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & tracks.locked & (tracks.load_kg > LOAD_KG))
    if not len(rows):
        return _nothing()
    forward_m, left_m = spreader_offset(scene.fleet.kind[rows], tracks.trolley_m[rows])
    c, s = np.cos(tracks.heading_rad[rows]), np.sin(tracks.heading_rad[rows])
    x_m = tracks.x_m[rows] + c * forward_m - s * left_m
    y_m = tracks.y_m[rows] + s * forward_m + c * left_m
    entered, near = _in_zone(scene, ZoneKind.PEDESTRIAN, x_m, y_m)
    return _found(scene, rows[near], tracks.load_kg[rows[near]], entered[near])


def _too_fast(scene: Scene) -> Found:
    speed = np.abs(scene.tracks.speed_mps)
    lanes, slow = _roads(_Same(scene.yard))
    sure = scene.fleet.present & _ROAD[scene.fleet.kind] & (scene.tracks.freshness <= Freshness.LATE)
    rows = np.flatnonzero(sure & (speed > slow.slowest(scene.tracks.x_m, scene.tracks.y_m)))
    if not len(rows):
        return _nothing()
    lane, along_m, offset_m = roads.nearest(
        lanes, np.column_stack((scene.tracks.x_m, scene.tracks.y_m))[rows]
    )
    # Lanes cross and merge inside junctions: which of them a machine is on only shows well beyond.
    sure = (np.abs(offset_m) < lanes.width_m[lane] / 2) & (along_m > LANE_START_M)
    sure &= lanes.kind[lane] != _CONNECTOR
    limit = np.where(sure, lanes.limit_mps[lane], np.inf)
    kept = speed[rows] > limit
    raises = speed[rows] > SPEEDING * limit + SPEEDING_MPS
    return _found(scene, rows[kept], speed[rows][kept], raises[kept])


# --- positions and weather -------------------------------------------------------------------


def _lost(scene: Scene) -> tuple[Ints, Floats, Flags]:
    """Give the machines that count as lost, their ages [s], and which are so beyond the delay."""
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & (tracks.fix_ns > 0) & (tracks.freshness == Freshness.LOST))
    age_s = (scene.t_ns - tracks.fix_ns[rows]) / NS_PER_S
    expected_s = LOST_INTERVALS * interval_s(scene.fleet.kind[rows], tracks.speed_mps[rows])
    _, blind = _in_zone(scene, ZoneKind.RADIO_BLIND, tracks.x_m[rows], tracks.y_m[rows])
    late = age_s - expected_s > np.where(blind, BLIND_ALARM_S, LOST_ALARM_S)
    return rows.astype(np.int32), age_s, late


def _position_lost(scene: Scene) -> Found:
    rows, age_s, late = _lost(scene)
    return _found(scene, rows, age_s, late & (late.sum() < MANY))


def _positions_lost(scene: Scene) -> Found:
    _, _, late = _lost(scene)
    many = int(late.sum())
    return _nowhere(many, many >= MANY) if 2 * many >= MANY else _nothing()


def _degraded(scene: Scene) -> tuple[Ints, Flags]:
    tracks = scene.tracks
    poor = np.isin(tracks.quality, _WITHOUT_CORRECTIONS) & (tracks.freshness <= Freshness.LATE)
    rows = np.flatnonzero(scene.fleet.present & (tracks.fix_ns > 0) & poor)
    _, blind = _in_zone(scene, ZoneKind.RADIO_BLIND, tracks.x_m[rows], tracks.y_m[rows])
    # The filter's own variance grows over tens of seconds of poor fixes: a short spell is no alarm.
    variance = (tracks.covariance[rows, 0, 0] + tracks.covariance[rows, 1, 1]) / 2.0
    return rows.astype(np.int32), ~blind & (variance > DEGRADED_M**2)


def _fix_degraded(scene: Scene) -> Found:
    rows, seen = _degraded(scene)
    return _found(scene, rows, scene.tracks.sigma_m[rows], seen & (seen.sum() < MANY))


def _fixes_degraded(scene: Scene) -> Found:
    many = int(_degraded(scene)[1].sum())
    return _nowhere(many, many >= MANY) if 2 * many >= MANY else _nothing()


def _suspect(scene: Scene) -> Found:
    tracks = scene.tracks
    rows = np.flatnonzero(scene.fleet.present & (tracks.freshness == Freshness.SUSPECT))
    age_s = (scene.t_ns - tracks.fix_ns[rows]) / NS_PER_S
    return _found(scene, rows, age_s, age_s > SUSPECT_S)


def _wind_rule(threshold_mps: float) -> Callable[[Scene], Found]:
    def find(scene: Scene) -> Found:
        strongest = float(np.nanmax((0.0, *scene.weather)))
        if strongest < threshold_mps - WIND_BAND_MPS:
            return _nothing()
        return _nowhere(strongest, strongest >= threshold_mps)

    return find


def _doubtful(scene: Scene) -> Found:
    return _found(scene, np.unique(scene.doubtful), 0.0, True) if len(scene.doubtful) else _nothing()


RULES: dict[str, Rule] = {
    "overlap": Rule(Priority.CRITICAL, _overlap, "{mover} and {other} overlap by {value:.2f} m"),
    "contact": Rule(Priority.CRITICAL, _contact, "{mover} will touch {other} in {value:.1f} s"),
    "load_over_people": Rule(
        Priority.CRITICAL, _load_over_people, "{mover} carries {value:.0f} kg over a pedestrian zone"
    ),
    "pedestrian_zone": Rule(
        Priority.CRITICAL, _zone_rule(ZoneKind.PEDESTRIAN), "{mover} is in a pedestrian zone"
    ),
    "exclusion_zone": Rule(Priority.HIGH, _zone_rule(ZoneKind.EXCLUSION), "{mover} is in an exclusion zone"),
    "wind_stop": Rule(
        Priority.CRITICAL, _wind_rule(WIND_STOP_MPS),
        "Wind at {value:.1f} m/s: stop and secure all cranes", 60.0,
    ),
    "wind_warning": Rule(
        Priority.HIGH, _wind_rule(WIND_WARNING_MPS),
        "Wind at {value:.1f} m/s: no lifts above tier 3, nobody on foot", 60.0,
    ),
    "position_lost": Rule(
        Priority.HIGH, _position_lost, "{mover} has sent no position for {value:.0f} s"
    ),
    "positions_lost": Rule(
        Priority.HIGH, _positions_lost, "{value:.0f} machines have sent no position: check their source"
    ),
    "position_suspect": Rule(
        Priority.LOW, _suspect, "{mover} sends positions that do not fit its track, for {value:.0f} s"
    ),
    "fix_degraded": Rule(
        Priority.LOW, _fix_degraded, "{mover} positions itself without corrections: sigma {value:.1f} m", 30.0
    ),
    "fixes_degraded": Rule(
        Priority.LOW, _fixes_degraded,
        "{value:.0f} machines position themselves without corrections: check the base station", 30.0,
    ),
    "too_fast": Rule(Priority.LOW, _too_fast, "{mover} goes {value:.1f} m/s, above its lane's limit"),
    "stock_doubtful": Rule(Priority.LOW, _doubtful, "{mover} reported a stock event that cannot be", 60.0),
}  # fmt: skip
"""The alarm rules, most urgent first; a rule is added by adding a row."""
RULE_NAMES: tuple[str, ...] = tuple(RULES)
