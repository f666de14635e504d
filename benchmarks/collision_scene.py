"""A busy yard for the collision benchmarks: cranes over their blocks, vehicles on their lanes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from layouts.generator import large_yard
from twin.fleet import roster
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.motion import moved
from twin.fleet.shapes import Boxes, mover_boxes
from twin.fleet.table import Fleet, Tracks
from twin.safety import collision
from twin.stock.generate import fill
from twin.stock.table import Stock
from twin.tables import Floats
from twin.yard.model import LaneKind, Yard
from twin.yard.portal import portal_middle_v_m
from twin.yard.slots import Slots, slots_of

STANDING = 100_000
"""Boxes that stand in the yard of the benchmarks."""
SHARES = {
    "terminal_tractor": 0.44, "external_truck": 0.34, "rtg": 0.12, "reach_stacker": 0.04,
    "straddle_carrier": 0.01, "agv": 0.02, "person": 0.03,
}  # fmt: skip
_TRIES = 40
_ROOM_M = 1.0
"""Vehicles are put no closer than this to anything, but for ``MET`` of them [m]."""
MET = 0.005
"""Share of the vehicles that stand wherever chance puts them: in one another, too."""
TURNING = 0.06
"""Share of the vehicles that are in a bend."""
LOW = 0.03
"""Share of the cranes whose spreader hangs among the stacks."""


@dataclass(frozen=True, slots=True)
class Place:
    """A yard with what stands in it."""

    yard: Yard
    slots: Slots
    stock: Stock


@dataclass(frozen=True, slots=True)
class Crowd:
    """Machines at an instant: the columns of their poses, by name."""

    fleet: Fleet
    columns: dict[str, Any]

    def after(self, seconds: float) -> "Crowd":
        """Give the same machines as they have gone on, at their speeds and turn rates."""
        c = self.columns
        state = np.column_stack((c["x"], c["y"], c["heading"], c["speed"], c["yaw"]))
        state = moved(state, np.full(len(state), seconds))
        went = {"x": state[:, 0], "y": state[:, 1], "heading": state[:, 2], "trailer": state[:, 2]}
        trolley, hoist = c["trolley"] + seconds * c["trolley_rate"], c["hoist"] + seconds * c["hoist_rate"]
        return Crowd(self.fleet, {**c, **went, "trolley": trolley, "hoist": hoist})

    def boxes(self) -> Boxes:
        """Lay all parts out."""
        c = self.columns
        return mover_boxes(
            self.fleet.kind, c["x"], c["y"], c["heading"], c["trailer"], c["trolley"], c["hoist"],
            c["speed"] * np.cos(c["heading"]), c["speed"] * np.sin(c["heading"]), c["load_l"], c["load_h"],
            c["cargo_l"], c["cargo_h"], c["trolley_rate"], c["hoist_rate"],
        )  # fmt: skip

    def tracks(self) -> Tracks:
        """Give the tracks that a twin would have of them."""
        c, n = self.columns, len(self.fleet)
        return roster.enlist(
            roster.empty_fleet(), roster.no_tracks(), [f"M{k}" for k in range(n)],
            self.fleet.kind.tolist(), [-1] * n,
        )[1].with_columns(
            x_m=c["x"], y_m=c["y"], heading_rad=c["heading"], trailer_heading_rad=c["trailer"],
            speed_mps=c["speed"], yaw_rate_rps=c["yaw"], trolley_m=c["trolley"], hoist_m=c["hoist"],
            sigma_m=np.full(n, 0.02), freshness=np.zeros(n, np.int8), fix_ns=np.ones(n, np.int64),
            pose_ns=np.ones(n, np.int64),
        )  # fmt: skip


def plain(boxes: Boxes, fleet: Fleet) -> Boxes:
    """Give the same machines with one box round each vehicle; cranes keep their parts."""
    crane = np.isin(fleet.kind, _kinds(["rtg"]))[boxes.mover]
    first = np.flatnonzero(crane | (np.diff(boxes.mover, prepend=-1) != 0))
    lead = np.repeat(first, np.diff(first, append=len(boxes)))
    c, s = boxes.cos[lead], boxes.sin[lead]
    dx, dy = boxes.x_m - boxes.x_m[lead], boxes.y_m - boxes.y_m[lead]
    u, v = c * dx + s * dy, c * dy - s * dx
    along, across = np.abs(c * boxes.cos + s * boxes.sin), np.abs(c * boxes.sin - s * boxes.cos)
    reach_u = along * boxes.half_l_m + across * boxes.half_w_m
    reach_v = across * boxes.half_l_m + along * boxes.half_w_m
    low_u, low_v = np.minimum.reduceat(u - reach_u, first), np.minimum.reduceat(v - reach_v, first)
    high_u, high_v = np.maximum.reduceat(u + reach_u, first), np.maximum.reduceat(v + reach_v, first)
    one, mid_u, mid_v = boxes.take(first), (low_u + high_u) / 2.0, (low_v + high_v) / 2.0
    return one.with_columns(
        x_m=one.x_m + one.cos * mid_u - one.sin * mid_v, y_m=one.y_m + one.sin * mid_u + one.cos * mid_v,
        half_l_m=(high_u - low_u) / 2.0, half_w_m=(high_v - low_v) / 2.0,
        bottom_m=np.minimum.reduceat(boxes.bottom_m, first), top_m=np.maximum.reduceat(boxes.top_m, first),
    )  # fmt: skip


def place(standing: int = STANDING) -> Place:
    """Lay out the large yard; the layout is that for ``STANDING`` boxes, however many stand there."""
    yard = large_yard(STANDING)
    slots = slots_of(yard)
    return Place(yard, slots, fill(yard, slots, standing, 1, 0))


def crowd(n: int, yard: Yard, seed: int = 1) -> Crowd:
    """Put ``n`` machines of a yard's mix where they work: some in bends, some cranes too low."""
    rng = np.random.default_rng(seed)
    kind = _kinds(rng.choice(list(SHARES), n, p=list(SHARES.values())))
    crane = np.isin(kind, _kinds(["rtg"]))
    x, y, heading = _over_blocks(yard, n, rng)
    road, wide = np.flatnonzero(~crane), np.isin(kind, _kinds(["reach_stacker", "straddle_carrier"]))
    for _ in range(_TRIES):
        x[road], y[road], heading[road] = _on_lanes(yard, rng, wide[road])
        road = _too_near(kind, road, x, y, heading)
    strays = np.flatnonzero(~crane & (rng.random(n) < MET))
    x[strays], y[strays], heading[strays] = _on_lanes(yard, rng, wide[strays])
    bend = ~crane & (rng.random(n) < TURNING)
    top = np.array([KINDS[name].speed_mps for name in KIND_NAMES])[kind]
    speed = rng.choice([0.0, 0.3, 0.8], n, p=[0.35, 0.3, 0.35]) * top
    speed = np.where(bend, 0.5 * top, speed)
    low = rng.random(n) < LOW
    speed = np.where(low & crane, 0.0, speed)
    carried = rng.random((2, n)) < 0.5
    columns = {
        "x": x, "y": y, "heading": heading, "trailer": heading, "speed": speed,
        "yaw": np.where(bend, rng.uniform(0.1, 0.35, n) * rng.choice([-1, 1], n), 0.0),
        "trolley": np.where(crane, rng.uniform(-9, 9, n), 0.0),
        "hoist": np.where(low & crane, rng.uniform(4, 8, n), np.where(crane, 17.0, 10.0)),
        "trolley_rate": np.where(crane & (speed == 0), rng.uniform(-1, 1, n), 0.0),
        "hoist_rate": np.where(low & crane, rng.uniform(-0.4, 0.4, n), 0.0),
        "load_l": np.where(carried[0] & crane, 12.192, np.nan), "load_h": np.full(n, 2.591),
        "cargo_l": np.where(carried[1], 12.192, np.nan), "cargo_h": np.full(n, 2.591),
    }  # fmt: skip
    return Crowd(fleet_of(kind), columns)


def scattered(n: int, seed: int = 1, **worst: bool) -> Crowd:
    """Scatter ``n`` machines over 1000 x 600 m a thousand, with nothing to keep them apart.

    ``turning=True`` puts all in bends, ``clustered=True`` all on a third of the length and width of
    that, ``column=True`` all in one line one machine wide, head to tail.
    """
    rng = np.random.default_rng(seed)
    kind = _kinds(rng.choice(list(SHARES), n, p=list(SHARES.values())))
    side = math.sqrt(n / 1000.0)
    heading = rng.choice([0.0, math.pi / 2, math.pi, -math.pi / 2], n) + rng.normal(0.0, 0.02, n)
    x, y = rng.uniform(0, 1000 * side, n), rng.uniform(0, 600 * side, n)
    if worst.get("clustered"):
        x, y = x / 3.0, y / 3.0
    if worst.get("column"):
        x, y, heading = np.zeros(n), 12.0 * np.arange(n), np.full(n, math.pi / 2)
    none = np.zeros(n)
    yaw = rng.uniform(0.1, 0.35, n) * rng.choice([-1, 1], n) if worst.get("turning") else none
    columns = {
        "x": x, "y": y, "heading": heading, "trailer": heading, "speed": rng.choice([0.0, 2.0, 5.5], n),
        "yaw": yaw, "trolley": rng.uniform(-8, 8, n), "hoist": rng.uniform(4, 15, n), "trolley_rate": none,
        "hoist_rate": none, "load_l": none * np.nan, "load_h": none * np.nan,
        "cargo_l": np.where(rng.random(n) < 0.5, 12.192, np.nan), "cargo_h": np.full(n, 2.591),
    }  # fmt: skip
    if worst.get("turning"):
        columns["speed"] = np.full(n, 4.0)
    return Crowd(fleet_of(kind), columns)


def run(crowd_at: Callable[[int], Crowd], starts: int, ticks: int, tick_s: float = 0.1) -> list[list[Boxes]]:
    """Give the boxes of some runs, each of so many ticks, laid out beforehand."""
    runs = []
    for seed in range(starts):
        at_start = crowd_at(seed)
        runs.append([at_start.after(tick_s * tick).boxes() for tick in range(ticks)])
    return runs


def fleet_of(kind: "np.ndarray[Any, np.dtype[np.int8]]") -> Fleet:
    """Enlist machines of those kinds."""
    n = len(kind)
    names = np.array([f"M{row}" for row in range(n)], "S16")
    return Fleet(names, kind, np.full(n, -1, np.int32), np.ones(n, np.bool_))


def _kinds(names: Any) -> "np.ndarray[Any, np.dtype[np.int8]]":
    return np.array([KIND_NAMES.index(str(name)) for name in names], np.int8)


def _too_near(kind: Any, road: Any, x: Floats, y: Floats, heading: Floats) -> Any:
    """Give those of some vehicles that have another machine too near."""
    none = np.full(len(kind), np.nan)
    boxes = mover_boxes(
        kind, x, y, heading, heading, 0.0 * x, 17.0 + 0.0 * x, none, none, none, none, none, none
    )
    wider = boxes.with_columns(half_l_m=boxes.half_l_m + _ROOM_M / 2, half_w_m=boxes.half_w_m + _ROOM_M / 2)
    i, j = collision.pairs(wider)
    hit = collision.overlapping(wider.take(i), wider.take(j))
    return np.intersect1d(road, np.maximum(wider.mover[i[hit]], wider.mover[j[hit]]))


def _on_lanes(
    yard: Yard, rng: np.random.Generator, wide: "np.ndarray[Any, np.dtype[np.bool_]]"
) -> tuple[Floats, Floats, Floats]:
    """Put vehicles down anywhere on lanes, wide ones on roads alone."""
    pieces = [
        (*start, *end, lane.kind is LaneKind.ROAD)
        for lane in yard.lanes
        if lane.kind is not LaneKind.CONNECTOR
        for start, end in zip(lane.centre_line_yard_m[:-1], lane.centre_line_yard_m[1:], strict=True)
    ]
    a, b, road = np.array(pieces)[:, :2], np.array(pieces)[:, 2:4], np.array(pieces)[:, 4] > 0
    way = b - a
    long_m = np.hypot(way[:, 0], way[:, 1])
    anywhere, on_road = long_m / long_m.sum(), np.where(road, long_m, 0.0) / long_m[road].sum()
    n = len(wide)
    pick = np.where(wide, rng.choice(len(a), n, p=on_road), rng.choice(len(a), n, p=anywhere))
    at = a[pick] + rng.random(n)[:, None] * way[pick] + rng.normal(0.0, 0.1, (n, 2))
    return at[:, 0], at[:, 1], np.arctan2(way[pick, 1], way[pick, 0])


def _over_blocks(yard: Yard, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    blocks = [yard.blocks[k % len(yard.blocks)] for k in rng.permutation(max(n, len(yard.blocks)))[:n]]
    middle = [block.yard_from_block(u * block.length_m, portal_middle_v_m(block)) for block, u in zip(
        blocks, rng.uniform(0.05, 0.95, n), strict=True)]  # fmt: skip
    x, y = np.array(middle).T
    return x, y, np.array([block.heading_rad for block in blocks])
