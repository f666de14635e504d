"""What goes wrong in a simulated yard because a trainer has it so: drivers, cranes, people on foot, wind.

Who is in the way of it neither sees nor avoids it: nobody brakes but for what the rules of the road say.
Nothing is drawn by chance for it, so that a shift without mishaps is what it was.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.motion import ON_TRACK
from twin.inputs import GateEvent, GateRead, MachineNotice
from twin.operations.cranes import Crane, Step, rises_first
from twin.operations.site import Site
from twin.operations.traffic import FRONT_M
from twin.tables import Floats
from twin.yard.roads import pose_at

WALK_MPS = 1.4
"""A brisk walk."""
ASIDE_M = 12.0
"""Someone on foot comes from so far beside the way, and goes as far beyond it [m]."""
LEAST_ASIDE_M = 1.8
"""Where stacks stand there, from beside these [m]: they begin 2.2 m from the middle of a truck lane."""
AGAINST_MPS = 4.0
"""Who comes the wrong way goes at most so fast [m/s]."""
COMES_M = (80.0, 160.0)
"""From where ahead it comes, at least and at most [m]."""
MOVES_MPS = 2.0
"""A machine goes at least so fast before anything comes its way [m/s]."""
BEYOND_M = 20.0
"""A gantry that drives on goes so far past the end of its block [m]."""
STANDS_NS = 2 * NS_PER_S
"""What came astray stands so long where its way ends, then leaves."""
ROOM_M = 20.0
"""Nobody is nearer to where it comes from than this [m]."""
WALKER, AGAINST = "WALKER", "WRONGWAY"
_SAMPLE_M = 2.0


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What one machine does that it must not, and what comes its way; as made, nothing.

    Attributes
    ----------
    target : str
        Its name. What asks for a vehicle takes the first by name where it is empty or a crane; what asks for
        a crane takes the first that works where it is none.
    stops : bool
        It breaks down where it is.
    drives_on : bool
        A driver sees nobody ahead and no stop line; a gantry, if the target is one, drives past the end of
        its block once it stands.
    speeding : float
        It goes so many times as fast as is allowed, as far as it can; 0: as allowed.
    swings_low : bool
        A crane drives trolley and gantry before its spreader is raised.
    wrong_way : bool
        A truck comes towards it against its lane.
    walks : bool
        Someone on foot crosses its way just ahead.
    wind_mps : float
        The wind rises to so much; 0: it blows as it would.
    """

    target: str = ""
    stops: bool = False
    drives_on: bool = False
    speeding: float = 0.0
    swings_low: bool = False
    wrong_way: bool = False
    walks: bool = False
    wind_mps: float = 0.0


@dataclass(slots=True)
class Stray:
    """Something on its way along a line of points, (n, 2), that keeps to no lane and to no rule.

    ``at_m`` is how far along that line each point is.
    """

    row: int
    what: str
    name: str
    points_m: Floats
    at_m: Floats
    top_mps: float
    along_m: float = 0.0
    speed_mps: float = 0.0
    stands_ns: int = 0


@dataclass(slots=True)
class Trouble:
    """Mishaps as they are going on; ``came`` has what came already since it was asked for."""

    wanted: Mishaps = Mishaps()
    vehicle: int = -1
    crane: int = -1
    strays: list[Stray] = field(default_factory=list)
    came: set[str] = field(default_factory=set)
    sent: int = 0
    astray: tuple[Step, ...] = ()
    """What a gantry that drives on has in its script for that."""

    def ask(self, site: Site, wanted: Mishaps) -> None:
        """Have other things go wrong from now on; what is no longer asked for ends."""
        same = wanted.target == self.wanted.target
        self._make_good(site, wanted if same else Mishaps(wanted.target))
        if not same:
            self.vehicle = self.crane = -1
        self.wanted = wanted
        self.came = {name for name in self.came if same and getattr(wanted, _ASKED[name])}
        for stray in [one for one in self.strays if one.what not in self.came]:
            self._leave(site, stray)

    def advance(self, site: Site, dt_s: float) -> None:
        """Have things go wrong for one step, once the vehicles have driven."""
        wanted = self.wanted
        if wanted == Mishaps(wanted.target) and not self.strays:
            return
        self._choose(site)
        self._mislead_driver(site)
        if self.crane >= 0:
            self._mislead_crane(site.cranes[self.crane], site)
        for what in _COMES:
            if getattr(wanted, _ASKED[what]) and what not in self.came and self._comes(site, what):
                self.came.add(what)
        for stray in list(self.strays):
            self._go(site, stray, dt_s)

    def _choose(self, site: Site) -> None:
        """Keep to the machines chosen, or choose the target, or the first where that is none of a sort."""
        target, rows = self.wanted.target, site.traffic.rows
        cranes = {crane.name: index for index, crane in enumerate(site.cranes)}
        names = {site.names[row].decode("ascii"): row for row in rows}
        if target and target not in cranes:
            # A truck that is named may come later.
            self.vehicle = names.get(target, -1)
        elif self.vehicle not in rows:
            self.vehicle = names[min(names)] if names else -1
        if target in cranes:
            self.crane = cranes[target]
        elif self.crane < 0:
            busy = [crane.name for crane in site.cranes if crane.script and _is_gantry(crane)]
            self.crane = cranes[min(busy)] if busy else -1

    def _is_crane(self, site: Site) -> bool:
        return any(crane.name == self.wanted.target for crane in site.cranes)

    def _mislead_driver(self, site: Site) -> None:
        wanted, traffic, crane = self.wanted, site.traffic, self._is_crane(site)
        some = {self.vehicle} if self.vehicle >= 0 else set()
        traffic.broken = some if wanted.stops and not crane else set()
        traffic.blind = some if wanted.drives_on and not crane else set()
        traffic.hurry = dict.fromkeys(some, wanted.speeding) if wanted.speeding > 1.0 else {}

    def _mislead_crane(self, crane: Crane, site: Site) -> None:
        wanted, meant = self.wanted, self._is_crane(site)
        crane.low, crane.stuck = wanted.swings_low, wanted.stops and meant
        drives = wanted.drives_on and meant and _is_gantry(crane) and "gantry" not in self.came
        if drives and _may_drive(crane):
            self.came.add("gantry")
            length_m = site.yard.blocks[crane.block].length_m
            end_m = -BEYOND_M if crane.along_m < length_m / 2.0 else length_m + BEYOND_M
            self.astray = (Step(hoist_m=crane.shape.hoist_range_m[1]), Step(along_m=end_m))
            crane.script[:0] = self.astray

    def _make_good(self, site: Site, still: Mishaps) -> None:
        """Let the machines misled so far go on as they should, but for what is still asked of them."""
        traffic = site.traffic
        traffic.broken, traffic.blind, traffic.hurry = set(), set(), {}
        if self.crane < 0:
            return
        crane = site.cranes[self.crane]
        swung, crane.low, crane.stuck = crane.low and not still.swings_low, False, False
        drove = "gantry" in self.came and not still.drives_on
        if drove:
            self.came.remove("gantry")
            crane.script = [step for step in crane.script if not any(step is one for one in self.astray)]
        halts = drove or (swung and crane.script and _travels(crane.script[0]))
        if halts and crane.shape.trolley_mps:
            crane.script.insert(0, _halt(crane, site))

    # --- what comes its way --------------------------------------------------------------------

    def _comes(self, site: Site, what: str) -> bool:
        """Let something come the way of the vehicle chosen, where that goes fast enough and far enough."""
        row, (way_of, kind, top_mps) = self.vehicle, _COMES[what]
        if row < 0 or site.traffic.speed_mps[row] < MOVES_MPS:
            return False
        points = way_of(site, row)
        if points is None:
            return False
        self.sent += 1
        called = f"{what}-{self.sent}"
        steps = np.diff(points, axis=0)
        at_m = np.concatenate(([0.0], np.cumsum(np.hypot(*steps.T))))
        pose = float(points[0, 0]), float(points[0, 1]), math.atan2(steps[0, 1], steps[0, 0])
        stray = site.traffic.stray(KIND_NAMES.index(kind), pose)
        self.strays.append(Stray(stray, what, called, points, at_m, top_mps))
        site.names.append(called.encode())
        site.events.append(MachineNotice(called, site.t_ns, kind))
        return True

    def _go(self, site: Site, stray: Stray, dt_s: float) -> None:
        """Go on along its way; what stands at its end leaves in the end."""
        at_m = stray.at_m
        faster = KINDS[KIND_NAMES[site.traffic.kind[stray.row]]].acceleration_mps2 * dt_s
        stray.speed_mps = min(stray.speed_mps + faster, stray.top_mps)
        stray.along_m = min(stray.along_m + stray.speed_mps * dt_s, float(at_m[-1]))
        x, y = (float(np.interp(stray.along_m, at_m, column)) for column in stray.points_m.T)
        piece = min(int(np.searchsorted(at_m, stray.along_m, side="right")) - 1, len(at_m) - 2)
        way = stray.points_m[piece + 1] - stray.points_m[piece]
        site.traffic.move(stray.row, x, y, math.atan2(way[1], way[0]), dt_s)
        if stray.along_m == at_m[-1]:
            stray.stands_ns = stray.stands_ns or site.t_ns
            if site.t_ns - stray.stands_ns >= STANDS_NS:
                self._leave(site, stray)

    def _leave(self, site: Site, stray: Stray) -> None:
        """Let it leave through the first gate, which reads it."""
        gates = sorted(name for name, _, _ in site.gate_lanes.values())
        gate = gates[0] if gates else "gate"
        site.traffic.leave(stray.row)
        site.events.append(GateRead(gate, site.t_ns, gate, "", GateEvent.OUT, stray.name))
        self.strays.remove(stray)


_ASKED = {"gantry": "drives_on", WALKER: "walks", AGAINST: "wrong_way"}
"""What comes once each time that it is asked for -> the field that asks for it."""


def _travels(step: Step) -> bool:
    """Tell whether a step moves a gantry or a trolley."""
    return not (math.isnan(step.along_m) and math.isnan(step.trolley_m) and math.isnan(step.across_m))


def _halt(crane: Crane, site: Site) -> Step:
    """Give the step that brakes a crane, its spreader raised; beside its block it comes back to it."""
    kind = crane.shape
    along_m = _braked_m(crane.along_m, crane.along_mps, kind.acceleration_mps2)
    if _is_gantry(crane):
        along_m = min(max(along_m, 0.0), site.yard.blocks[crane.block].length_m)
    trolley_m = _braked_m(crane.trolley_m, crane.trolley_mps, kind.trolley_mps2)
    return Step(along_m=along_m, trolley_m=trolley_m, hoist_m=kind.hoist_range_m[1])


def _braked_m(at_m: float, speed_mps: float, brakes_mps2: float) -> float:
    """Give where something stands once it has braked."""
    return at_m + speed_mps * abs(speed_mps) / (2.0 * brakes_mps2)


def _may_drive(crane: Crane) -> bool:
    """Tell whether a gantry stands, with nothing to be taken or set here before it travels anyway."""
    still = crane.along_mps == 0.0 and crane.trolley_mps == 0.0 and crane.hoist_mps == 0.0
    step = crane.script[0] if crane.script else None
    return still and (step is None or not math.isnan(step.along_m) or rises_first(step, crane.hoist_m))


def _is_gantry(crane: Crane) -> bool:
    """Tell whether a crane runs along a block."""
    return crane.block >= 0 and bool(ON_TRACK[crane.kind])


def _ahead(site: Site, row: int, way_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Give where a vehicle's rear axle will be after so many metres of its way, and how it heads there."""
    way, odometer = site.traffic.ways[row], site.traffic.odometer_m[row]
    starts = np.array(way.starts_m)
    lane = np.clip(np.searchsorted(starts, odometer + way_m, side="right") - 1, 0, len(starts) - 1)
    return pose_at(site.roads, np.array(way.lanes)[lane], odometer + way_m - starts[lane])


def _has_room(site: Site, point: Floats) -> bool:
    x, y = point
    away_m: Floats = np.hypot(site.traffic.x_m - x, site.traffic.y_m - y)
    return not (away_m < ROOM_M).any()


def _left_m(site: Site, row: int) -> float:
    return site.traffic.ways[row].goal_m - site.traffic.odometer_m[row]


def _across(site: Site, row: int) -> Floats | None:
    """Give the way of someone on foot who is in front of a vehicle when that comes there, from (n, 2).

    It comes and goes as far beside the lane as there are no stacks.
    """
    speed_mps = site.traffic.speed_mps[row]
    if _left_m(site, row) < speed_mps * ASIDE_M / WALK_MPS + FRONT_M + ASIDE_M:
        return None
    for from_m in (ASIDE_M, ASIDE_M / 2.0, LEAST_ASIDE_M):
        far_m = speed_mps * from_m / WALK_MPS + FRONT_M
        x, y, heading = (float(part[0]) for part in _ahead(site, row, np.array([far_m])))
        middle, aside = np.array([x, y]), np.array([math.sin(heading), -math.cos(heading)])
        for way in (aside, -aside):
            if not _is_in_block(site, middle + from_m * way) and _has_room(site, middle + from_m * way):
                return np.stack((middle + from_m * way, middle - _free_m(site, middle, -way) * way))
    return None


def _free_m(site: Site, point: Floats, way: Floats) -> float:
    """Give how far someone goes beside a lane before stacks are in the way [m]."""
    return next(
        (far for far in (ASIDE_M, ASIDE_M / 2.0) if not _is_in_block(site, point + far * way)), LEAST_ASIDE_M
    )


def _against(site: Site, row: int) -> Floats | None:
    """Give the way of a truck that comes down a vehicle's lanes towards it, (n, 2), from where nobody is."""
    far_m = np.arange(COMES_M[0], min(_left_m(site, row), COMES_M[1]), ROOM_M / 2.0)
    x, y, _ = _ahead(site, row, far_m)
    free = [far for far, *point in zip(far_m, x, y, strict=True) if _has_room(site, np.array(point))]
    if not free:
        return None
    x, y, _ = _ahead(site, row, np.arange(free[-1], -_SAMPLE_M, -_SAMPLE_M))
    return np.column_stack((x, y))


_COMES: dict[str, tuple[Callable[[Site, int], Floats | None], str, float]] = {
    WALKER: (_across, "person", WALK_MPS), AGAINST: (_against, "external_truck", AGAINST_MPS),
}  # fmt: skip
"""What comes its way -> along which line, of what kind it is, and how fast it goes at most [m/s]."""


def _is_in_block(site: Site, point: Floats) -> bool:
    return any(block.holds(float(point[0]), float(point[1])) for block in site.yard.blocks)
