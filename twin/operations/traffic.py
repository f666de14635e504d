"""Vehicles on lanes: they follow one another, give way at junctions, and tow their trailers.

A lane is a queue: who came first is ahead. A vehicle enters a junction only alone and only if it
can leave it again, so nothing that stands ever stands in a junction. What a trainer has go wrong breaks
these rules: see ``mishaps``.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.operations.axes import stopping_speed
from twin.tables import Floats
from twin.yard.roads import Roads, pose_at

FRONT_M = 4.1
"""From the rear axle to the foremost point of a tractor [m] (``kinds``: cab at 2.9 m, half 1.2 m)."""
REAR_M = 12.5
"""From the rear axle back to the end of the longest box on the chassis [m]: 5.6 + 13.716 / 2."""
GAP_M = 1.5
"""Between vehicles that stand behind one another [m]."""
STOP_M = 0.8
"""Between a vehicle that waits and the end of its lane [m]."""
CLEAR_M = 1.0
"""A junction is free again once the last vehicle's end is this far out of it [m]."""
LOOK_M = 65.0
"""How far ahead a driver looks [m]: more than the way to stop from the highest speed."""
BRAKING_MPS2 = 0.6
ASK_M = 42.0
"""How far before a stop line the junction is asked for [m]: the way to stop from full speed."""
STANDS_S = 60.0
"""Who has stood for so long is looked at: vehicles that wait for one another in a ring are deadlocked."""
CHECK_STEPS = 100
BREAKDOWN_MPS2 = 2.0
"""What breaks down comes to a stand so [m/s2]."""

NOBODY = -1


@dataclass(slots=True)
class Way:
    """Where a vehicle goes: lanes from first to last, and the reading of its odometer at each start."""

    lanes: tuple[int, ...]
    starts_m: tuple[float, ...]
    at: int = 0
    tail: int = 0
    goal_m: float = math.inf


@dataclass(slots=True)
class Traffic:
    """All vehicles, one row each, and who is where; who has left keeps its row.

    ``strays`` are on no lane and go where they are put; ``broken`` stand, ``blind`` see nobody ahead and no
    stop line, and ``hurry`` has who goes so many times as fast as is allowed.
    """

    roads: Roads
    n: int = 0
    rows: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    odometer_m: list[float] = field(default_factory=list)
    speed_mps: list[float] = field(default_factory=list)
    laden: list[bool] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    stood_s: list[float] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    queues: list[list[tuple[int, float]]] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    waiting: dict[int, int] = field(default_factory=dict)
    x_m: Floats = field(default_factory=lambda: np.empty(0))
    y_m: Floats = field(default_factory=lambda: np.empty(0))
    heading_rad: Floats = field(default_factory=lambda: np.empty(0))
    yaw_rate_rps: Floats = field(default_factory=lambda: np.empty(0))
    trailer_rad: Floats = field(default_factory=lambda: np.empty(0))
    length_m: list[float] = field(default_factory=list)
    limit_mps: list[float] = field(default_factory=list)
    junction: list[int] = field(default_factory=list)
    deadlocked: set[int] = field(default_factory=set)
    deadlocks: int = 0
    steps: int = 0
    strays: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    blind: set[int] = field(default_factory=set)
    hurry: dict[int, float] = field(default_factory=dict)

    @classmethod
    def on(cls, roads: Roads) -> "Traffic":
        """Open the roads, still empty."""
        out = cls(roads)
        out.queues = [[] for _ in range(len(roads))]
        out.owner = [NOBODY] * len(roads.junctions)
        out.length_m = roads.length_m.tolist()
        out.limit_mps = roads.limit_mps.tolist()
        out.junction = roads.junction.tolist()
        return out

    # --- entering, leaving, going ------------------------------------------------------------

    def enter(self, kind: int, lane: int, s_m: float, speed_mps: float = 0.0) -> int:
        """Put a vehicle on a lane at ``s_m``, its trailer straight behind it; give its row."""
        x, y, heading = pose_at(self.roads, [lane], [s_m])
        row = self._add(kind, Way((lane,), (0.0,), goal_m=s_m), s_m, speed_mps, (x[0], y[0], heading[0]))
        self.rows.append(row)
        self.queues[lane].append((row, 0.0))
        return row

    def stray(self, kind: int, pose: tuple[float, float, float]) -> int:
        """Put what keeps to no lane at a place (x, y, heading), its trailer straight behind; give its row."""
        row = self._add(kind, Way((), ()), 0.0, 0.0, pose)
        self.strays.append(row)
        return row

    def _add(self, kind: int, way: Way, s_m: float, speed_mps: float, pose: tuple[float, ...]) -> int:
        self.n += 1
        self.kind.append(kind)
        self.odometer_m.append(s_m)
        self.speed_mps.append(speed_mps)
        self.laden.append(False)
        self.held.append(False)
        self.stood_s.append(0.0)
        self.ways.append(way)
        x, y, heading = pose
        self.x_m = np.append(self.x_m, x)
        self.y_m = np.append(self.y_m, y)
        self.heading_rad = np.append(self.heading_rad, heading)
        self.trailer_rad = np.append(self.trailer_rad, heading)
        self.yaw_rate_rps = np.append(self.yaw_rate_rps, 0.0)
        return self.n - 1

    def move(self, row: int, x_m: float, y_m: float, heading_rad: float, dt_s: float) -> None:
        """Put a stray where it is after a step, its trailer towed."""
        way_m = math.hypot(x_m - self.x_m[row], y_m - self.y_m[row])
        self.x_m[row], self.y_m[row], self.speed_mps[row] = x_m, y_m, way_m / dt_s
        self._turn(np.array([row]), np.array([heading_rad]), np.array([way_m]), dt_s)

    def has_room_to_enter(self, lane: int, s_m: float) -> bool:
        """Tell whether a vehicle may appear at ``s_m`` of a lane, behind all that are on it."""
        tail = self._tail_on(lane)
        return tail - GAP_M - FRONT_M >= s_m

    def leave(self, row: int) -> None:
        """Take a vehicle off the roads, or a stray out of the yard."""
        (self.strays if row in self.strays else self.rows).remove(row)
        self.speed_mps[row] = 0.0
        way = self.ways[row]
        for lane in way.lanes[way.tail : way.at + 1]:
            self.queues[lane] = [entry for entry in self.queues[lane] if entry[0] != row]
        self.owner = [NOBODY if owner == row else owner for owner in self.owner]
        self.waiting.pop(row, None)
        for column in (self.x_m, self.y_m, self.heading_rad, self.trailer_rad, self.yaw_rate_rps):
            column[row] = np.nan

    def lane_of(self, row: int) -> int:
        """Give the lane that a vehicle's rear axle is on."""
        way = self.ways[row]
        return way.lanes[way.at]

    def s_of(self, row: int) -> float:
        """Give how far along its lane a vehicle is [m]."""
        way = self.ways[row]
        return self.odometer_m[row] - way.starts_m[way.at]

    def send(self, row: int, lanes: tuple[int, ...], goal_s_m: float) -> None:
        """Send a vehicle on along ``lanes``, the first of which it is on, to ``goal_s_m`` on the last."""
        way = self.ways[row]
        kept = way.lanes[way.tail : way.at]
        starts = list(way.starts_m[way.tail : way.at + 1])
        for lane in lanes[:-1]:
            starts.append(starts[-1] + self.length_m[lane])
        goal = starts[-1] + goal_s_m
        self.ways[row] = Way(kept + lanes, tuple(starts), way.at - way.tail, 0, goal)
        self.held[row] = False

    def roll(self, row: int, share: float) -> None:
        """Let a vehicle already be under way, at a share of the speed that what lies ahead allows."""
        free, top = self._free_m(row)
        top = min(top, KINDS[KIND_NAMES[self.kind[row]]].speed_laden_mps)
        self.speed_mps[row] = share * min(top, stopping_speed(free, BRAKING_MPS2, 0.1))

    def arrived(self, row: int) -> bool:
        """Tell whether a vehicle stands where it was sent."""
        return self.speed_mps[row] == 0.0 and abs(self.ways[row].goal_m - self.odometer_m[row]) < 1e-6

    # --- one step --------------------------------------------------------------------------

    def advance(self, dt_s: float) -> None:
        """Let all vehicles drive for one step."""
        self.steps += 1
        self._grant()
        moved = {row: self._drive(row, dt_s) for row in self.rows if not self.held[row]}
        movers = [row for row, step in moved.items() if step > 0.0]
        for row in movers:
            self._shift_lanes(row)
        if self.steps % CHECK_STEPS == 0:
            self._look_for_rings()
        self._pose(np.array(movers, np.int64), np.array([moved[row] for row in movers]), dt_s)

    def _drive(self, row: int, dt_s: float) -> float:
        kind = KINDS[KIND_NAMES[self.kind[row]]]
        free, top = self._seen_m(row)
        fastest = kind.speed_laden_mps if self.laden[row] else kind.speed_mps
        top = min(top, fastest) if row not in self.hurry else min(top * self.hurry[row], kind.speed_mps)
        speed = min(
            self.speed_mps[row] + kind.acceleration_mps2 * dt_s, top, stopping_speed(free, BRAKING_MPS2, dt_s)
        )
        if row in self.broken:
            speed = max(min(speed, self.speed_mps[row] - BREAKDOWN_MPS2 * dt_s), 0.0)
            self.speed_mps[row] = speed
            self.odometer_m[row] += speed * dt_s
            return speed * dt_s
        if free < 0.005:
            step = max(free, 0.0)
            self.odometer_m[row] += step
            self.speed_mps[row] = 0.0
            self._stand(row, dt_s)
            return step
        if speed < 0.05:
            speed = min(0.05, free / dt_s)
        step = speed * dt_s
        self.odometer_m[row] += step
        self.speed_mps[row] = speed
        self.stood_s[row] = 0.0
        return step

    def _seen_m(self, row: int) -> tuple[float, float]:
        """Give how far a driver goes and how fast, as :meth:`_free_m`: one that sees nothing, to its goal."""
        if row not in self.blind:
            return self._free_m(row)
        way = self.ways[row]
        return way.goal_m - self.odometer_m[row], self.limit_mps[way.lanes[way.at]]

    def _stand(self, row: int, dt_s: float) -> None:
        if self.arrived(row):
            self.stood_s[row] = 0.0
            return
        self.stood_s[row] += dt_s

    def _look_for_rings(self) -> None:
        """Count vehicles that newly wait for one another in a ring."""
        standing = [row for row in self.rows if self.stood_s[row] > STANDS_S and not self.arrived(row)]
        waits_for = {row: self._waits_for(row) for row in standing}
        ringed = set()
        for row in standing:
            seen, at = [row], waits_for[row]
            while at in waits_for and at not in seen:
                seen.append(at)
                at = waits_for[at]
            if at == row:
                ringed.add(row)
        self.deadlocks += len(ringed - self.deadlocked)
        self.deadlocked = ringed

    def _waits_for(self, row: int) -> int:
        """Give who is in a standing vehicle's way."""
        way = self.ways[row]
        for k in range(way.at, len(way.lanes)):
            lane = way.lanes[k]
            junction = self.junction[lane]
            if k > way.at and junction >= 0 and self.owner[junction] != row:
                if self.owner[junction] != NOBODY:
                    return self.owner[junction]
                wanted, beyond = self._wanted(row)
                owners = [self.owner[j] for j in wanted if self.owner[j] != NOBODY]
                last = self.queues[beyond][-1:]
                return owners[0] if owners else last[0][0] if last else NOBODY
            ahead = [entry[0] for entry in self.queues[lane]]
            if row in ahead:
                ahead = ahead[: ahead.index(row)]
            if ahead:
                return ahead[-1]
        return NOBODY

    def _free_m(self, row: int) -> tuple[float, float]:
        """Give how far the rear axle may go, and how fast for what lies ahead.

        What lies beyond the vehicle ahead counts as well: a stop line that it passes is no news then.
        """
        way, odometer = self.ways[row], self.odometer_m[row]
        free, led = way.goal_m - odometer, False
        top = self.limit_mps[way.lanes[way.at]]
        for k in range(way.at, len(way.lanes)):
            lane, start = way.lanes[k], way.starts_m[k]
            if k > way.at:
                ahead = start - odometer
                if ahead > LOOK_M or ahead - FRONT_M - led * STOP_M > free:
                    break
                junction = self.junction[lane]
                if junction >= 0 and self.owner[junction] != row:
                    if ahead < ASK_M + FRONT_M and not led:
                        self.waiting.setdefault(row, self.steps)
                    return min(free, ahead - FRONT_M - STOP_M), top
                limit = self.limit_mps[lane]
                top = min(top, math.sqrt(limit * limit + 2 * BRAKING_MPS2 * max(0.0, ahead)))
            tail = self._leader_tail(lane, row)
            if tail is not None:
                led, free = True, min(free, tail + start - odometer - GAP_M - FRONT_M)
        return free, top

    def _leader_tail(self, lane: int, row: int) -> float | None:
        """Give where the end of the vehicle ahead is along a lane; None where nobody is ahead."""
        before: tuple[int, float] | None = None
        for entry in self.queues[lane]:
            if entry[0] == row:
                break
            before = entry
        if before is None:
            return None
        return self.odometer_m[before[0]] - before[1] - REAR_M

    def _tail_on(self, lane: int) -> float:
        queue = self.queues[lane]
        return math.inf if not queue else self.odometer_m[queue[-1][0]] - queue[-1][1] - REAR_M

    # --- junctions ---------------------------------------------------------------------------

    def _grant(self) -> None:
        """Let those into junctions that wait longest, where free and with room beyond."""
        for row in sorted(self.waiting, key=lambda r: (self.waiting[r], r)):
            wanted, exit_lane = self._wanted(row)
            if all(self.owner[j] == NOBODY for j in wanted) and self._has_room_beyond(exit_lane):
                for junction in wanted:
                    self.owner[junction] = row
                del self.waiting[row]

    def _wanted(self, row: int) -> tuple[list[int], int]:
        """Give the junctions that come next without a lane to wait on between them, and the lane beyond."""
        way = self.ways[row]
        wanted: list[int] = []
        for lane in way.lanes[way.at + 1 :]:
            junction = self.junction[lane]
            if junction < 0:
                if wanted:
                    return wanted, lane
            elif self.owner[junction] != row and junction not in wanted:
                wanted.append(junction)
        return wanted, way.lanes[-1]

    def _has_room_beyond(self, lane: int) -> bool:
        return self._tail_on(lane) - GAP_M - FRONT_M >= REAR_M + CLEAR_M

    def _shift_lanes(self, row: int) -> None:
        """Note which lanes a vehicle now is on, and which junctions it has left."""
        way, odometer = self.ways[row], self.odometer_m[row]
        while way.at + 1 < len(way.lanes) and odometer >= way.starts_m[way.at + 1]:
            way.at += 1
            self.queues[way.lanes[way.at]].append((row, way.starts_m[way.at]))
        while way.tail < way.at and odometer - REAR_M - CLEAR_M >= way.starts_m[way.tail + 1]:
            lane = way.lanes[way.tail]
            self.queues[lane] = [entry for entry in self.queues[lane] if entry[0] != row]
            way.tail += 1
            junction = self.junction[lane]
            left = junction >= 0 and self.junction[way.lanes[way.tail]] != junction
            if left and self.owner[junction] == row:
                self.owner[junction] = NOBODY

    # --- poses -------------------------------------------------------------------------------

    def _pose(self, rows: np.ndarray, moved_m: Floats, dt_s: float) -> None:
        self.yaw_rate_rps = np.where(np.isnan(self.yaw_rate_rps), np.nan, 0.0)
        if not len(rows):
            return
        lanes = [self.lane_of(row) for row in rows.tolist()]
        s = np.array([self.s_of(row) for row in rows.tolist()])
        x, y, heading = pose_at(self.roads, lanes, s)
        self.x_m[rows], self.y_m[rows] = x, y
        self._turn(rows, heading, moved_m, dt_s)

    def _turn(self, rows: np.ndarray, heading: Floats, moved_m: Floats, dt_s: float) -> None:
        """Let vehicles head elsewhere after a step, their trailers towed."""
        before = self.heading_rad[rows]
        turned = np.arctan2(np.sin(heading - before), np.cos(heading - before))
        self.heading_rad[rows], self.yaw_rate_rps[rows] = heading, turned / dt_s
        trailer = self.trailer_rad[rows]
        towed = trailer + moved_m / _TRAILER_M * np.sin(before + turned / 2 - trailer)
        self.trailer_rad[rows] = np.arctan2(np.sin(towed), np.cos(towed))


_TRAILER_M = KINDS["terminal_tractor"].trailer_m
