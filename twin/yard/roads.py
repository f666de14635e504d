"""The lanes of a yard as columns: where a point on a lane is, and which way leads where."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from twin.errors import YardError
from twin.tables import Bytes, Flags, Floats, Ints, Table
from twin.yard.model import LaneKind, Yard

JOIN_M = 0.01
"""Two lanes are joined where end and start are this close [m]."""

LANE_KINDS: tuple[LaneKind, ...] = tuple(LaneKind)
"""``Roads.kind`` is an index into this."""

SERVICE_KINDS = frozenset(LaneKind) - {LaneKind.ROAD, LaneKind.CONNECTOR}
"""Lanes where vehicles stand to be served: a way leads through one only if there is no other."""

DETOUR_S = 1_200.0
"""What driving through somebody else's service lane counts as [s]."""

SMOOTHING_M = 0.75
"""Headings are those of a chord that reaches so far to both sides [m]."""


@dataclass(frozen=True, eq=False)
class Roads(Table):
    """All lanes in the order of ``Yard.lanes``, and all points of their centre lines.

    Attributes
    ----------
    length_m, width_m, limit_mps : (n,) float
        Length of the centre line, width and speed limit.
    kind : (n,) int8
        Index into :data:`LANE_KINDS`.
    block : (n,) int32
        Index into ``Yard.blocks`` of a truck lane, -1 for the others.
    junction : (n,) int32
        Index into ``junctions``; -1 outside junctions.
    first : (n + 1,) int32
        Where each lane's points start.
    point_yard_m : (p, 2) float
        Points of the centre lines.
    along_m : (p,) float
        How far along its lane each point is.
    follow_first : (n + 1,) int32
    follow : (m,) int32
        Successors of lane i: ``follow[follow_first[i]:follow_first[i + 1]]``.
    names, junctions : tuple of str
        Of the lanes; of the junctions.
    """

    length_m: Floats
    width_m: Floats
    limit_mps: Floats
    kind: Bytes
    block: Ints
    junction: Ints
    first: Ints
    point_yard_m: Floats
    along_m: Floats
    follow_first: Ints
    follow: Ints
    names: tuple[str, ...]
    junctions: tuple[str, ...]

    def __len__(self) -> int:
        """Give the number of lanes."""
        return len(self.length_m)

    def successors(self, lane: int) -> Ints:
        """Give the lanes that start where ``lane`` ends."""
        return self.follow[self.follow_first[lane] : self.follow_first[lane + 1]]

    def of_kind(self, kind: LaneKind) -> Ints:
        """Give the lanes of a kind, in the order of the yard."""
        return np.flatnonzero(self.kind == LANE_KINDS.index(kind)).astype(np.int32)

    def truck_lanes(self, block: int) -> Ints:
        """Give the lanes that serve a block."""
        return np.flatnonzero(self.block == block).astype(np.int32)

    def index(self, name: str) -> int:
        """Give the lane of that name; raise :class:`YardError` where there is none."""
        try:
            return self.names.index(name)
        except ValueError:
            raise YardError(f"roads: expected the name of a lane, found {name!r}") from None


def roads_of(yard: Yard) -> Roads:
    """Lay the lanes of ``yard`` out as columns."""
    lanes = yard.lanes
    lines = [np.array(lane.centre_line_yard_m, float) for lane in lanes]
    along = [np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T)))) for line in lines]
    junctions = tuple(dict.fromkeys(lane.junction for lane in lanes if lane.junction))
    junction_index = {name: index for index, name in enumerate(junctions)}
    block_index = {block.name: index for index, block in enumerate(yard.blocks)}
    follow_first, follow = _joined(
        np.array([line[0] for line in lines]).reshape(-1, 2),
        np.array([line[-1] for line in lines]).reshape(-1, 2),
    )
    return Roads(
        length_m=np.array([a[-1] for a in along], float),
        width_m=np.array([lane.width_m for lane in lanes], float),
        limit_mps=np.array([lane.speed_limit_mps for lane in lanes], float),
        kind=np.array([LANE_KINDS.index(lane.kind) for lane in lanes], np.int8),
        block=np.array([block_index.get(lane.block, -1) for lane in lanes], np.int32),
        junction=np.array([junction_index.get(lane.junction, -1) for lane in lanes], np.int32),
        first=np.cumsum([0, *(len(line) for line in lines)]).astype(np.int32),
        point_yard_m=np.concatenate(lines) if lines else np.empty((0, 2)),
        along_m=np.concatenate(along) if along else np.empty(0),
        follow_first=follow_first,
        follow=follow,
        names=tuple(lane.name for lane in lanes),
        junctions=junctions,
    )


def _joined(starts: Floats, ends: Floats) -> tuple[Ints, Ints]:
    if not len(starts):
        return np.zeros(1, np.int32), np.empty(0, np.int32)
    found = cKDTree(starts).query_ball_point(ends, JOIN_M)
    rows = [sorted(row) for row in found]
    first = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    return first, np.array([lane for row in rows for lane in row], np.int32)


def pose_at(roads: Roads, lane: ArrayLike, s_m: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Give where points along lanes are, and which way the lanes run there.

    Parameters
    ----------
    roads : Roads
        The lanes.
    lane : (n,) int
        Which lane.
    s_m : (n,) float
        How far along it [m]. Below 0 and beyond the length the lane is taken to run straight on;
        NaN gives NaN.

    Returns
    -------
    x, y, heading : (n,) float
        In the yard frame [m], [rad] in (-pi, pi]. The position is on the centre line; the heading
        is smoothed over :data:`SMOOTHING_M`, so that it turns steadily along an arc.
    """
    which, s = np.broadcast_arrays(
        np.atleast_1d(np.asarray(lane, np.int32)), np.atleast_1d(np.asarray(s_m, float))
    )
    n = len(s)
    reach = np.concatenate((s, s + SMOOTHING_M, s - SMOOTHING_M))
    points = _points_at(roads, np.tile(which, 3), reach)
    span = points[n : 2 * n] - points[2 * n :]
    return points[:n, 0], points[:n, 1], np.arctan2(span[:, 1], span[:, 0])


def way_at(roads: Roads, lane: Ints, s_m: Floats) -> Floats:
    """Give which way the straight pieces of lanes run that points along them are on, (n, 2) of length 1."""
    segment = _segment_of(roads, lane, s_m)
    way: Floats = roads.point_yard_m[segment + 1] - roads.point_yard_m[segment]
    return way / np.maximum(np.hypot(way[:, :1], way[:, 1:]), 1e-12)


def _points_at(roads: Roads, lane: Ints, s_m: Floats) -> Floats:
    segment = _segment_of(roads, lane, s_m)
    p, q = roads.point_yard_m[segment], roads.point_yard_m[segment + 1]
    a, b = roads.along_m[segment], roads.along_m[segment + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        t = (s_m - a) / (b - a)
    out: Floats = p + t[:, None] * (q - p)
    return out


def _segment_of(roads: Roads, lane: Ints, s_m: Floats) -> Any:
    """Find each point's segment by one search over all lanes, shifted to lie one behind the other."""
    shift, keys = _keys(roads)
    first, last = roads.first[lane], roads.first[lane + 1] - 2
    within = np.clip(np.nan_to_num(s_m), 0.0, roads.length_m[lane])
    segment = np.searchsorted(keys, within + shift[lane], side="right") - 1
    return np.clip(segment, first, last)


@lru_cache(maxsize=8)
def _keys(roads: Roads) -> tuple[Floats, Floats]:
    shift = np.concatenate(([0.0], np.cumsum(roads.length_m + 1.0)))
    return shift, roads.along_m + np.repeat(shift[:-1], np.diff(roads.first))


def route(roads: Roads, start_lane: int, goal_lane: int) -> tuple[int, ...]:
    """Give the lanes of the quickest way, the first and the last included.

    Lanes in which others are served are passed through only where no other way leads on.

    Raises
    ------
    YardError
        Where a lane does not exist or no way leads there.
    """
    for lane in (start_lane, goal_lane):
        if not 0 <= lane < len(roads):
            raise YardError(f"route: expected a lane from 0 to {len(roads) - 1}, found {lane}")
    if start_lane == goal_lane:
        return (start_lane,)
    before = _ways_from(roads, start_lane)
    way = [goal_lane]
    while way[-1] != start_lane:
        way.append(int(before[way[-1]]))
        if way[-1] < 0:
            start, goal = roads.names[start_lane], roads.names[goal_lane]
            raise YardError(f"route: expected a way from {start!r} to {goal!r}, found none")
    return tuple(reversed(way))


@lru_cache(maxsize=4096)
def _ways_from(roads: Roads, start_lane: int) -> Ints:
    _, before = dijkstra(_graph(roads), indices=start_lane, return_predecessors=True)
    return np.asarray(before, np.int32)


@lru_cache(maxsize=8)
def _graph(roads: Roads) -> Any:
    seconds = roads.length_m / roads.limit_mps
    service = np.isin(roads.kind, [LANE_KINDS.index(kind) for kind in SERVICE_KINDS])
    cost = np.maximum(seconds, 1e-3) + np.where(service, DETOUR_S, 0.0)
    n = len(roads)
    return csr_array((cost[roads.follow], roads.follow, roads.follow_first), shape=(n, n))


def reachable(roads: Roads, start_lane: int) -> Flags:
    """Tell for every lane whether a way leads there from ``start_lane``, (n,) bool."""
    found = _ways_from(roads, start_lane) >= 0
    found[start_lane] = True
    return found


def nearest(roads: Roads, points_yard_m: ArrayLike) -> tuple[Ints, Floats, Floats]:
    """Give the lane nearest to each point.

    Parameters
    ----------
    roads : Roads
        The lanes; where there are none, every lane is -1.
    points_yard_m : (n, 2)
        In the yard frame [m]; NaN gives lane -1.

    Returns
    -------
    lane : (n,) int32
        -1 where there is none.
    s_m : (n,) float
        How far along it the nearest point is; NaN where there is no lane.
    offset_m : (n,) float
        How far away, positive to the left of the lane's direction; NaN where there is no lane.
    """
    points = np.atleast_2d(np.asarray(points_yard_m, float))
    lane, s, offset = (
        np.full(len(points), -1, np.int32),
        np.full(len(points), np.nan),
        np.full(len(points), np.nan),
    )
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(known) or not len(roads):
        return lane, s, offset
    starts, lane_of, tree = _segments(roads)
    who, segment = tree.query_nearest(shapely.points(points[known]), all_matches=False)
    rows, at = known[who], starts[segment]
    p, q = roads.point_yard_m[at], roads.point_yard_m[at + 1]
    d, r = q - p, points[rows] - p
    length = np.hypot(d[:, 0], d[:, 1])
    t = np.clip((d * r).sum(axis=1) / np.maximum(length**2, 1e-12), 0.0, 1.0)
    away = np.hypot(*(r - t[:, None] * d).T)
    lane[rows] = lane_of[segment]
    s[rows] = roads.along_m[at] + t * length
    offset[rows] = np.copysign(away, d[:, 0] * r[:, 1] - d[:, 1] * r[:, 0])
    return lane, s, offset


@lru_cache(maxsize=8)
def _segments(roads: Roads) -> tuple[Any, Any, Any]:
    counts = np.diff(roads.first)
    lane_of_point = np.repeat(np.arange(len(roads), dtype=np.int32), counts)
    starts = np.setdiff1d(np.arange(len(roads.along_m)), roads.first[1:] - 1)
    ends = np.stack((roads.point_yard_m[starts], roads.point_yard_m[starts + 1]), axis=1)
    return starts, lane_of_point[starts], shapely.STRtree(shapely.linestrings(ends))
