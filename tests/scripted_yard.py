"""Scripts of a yard at work: exact poses in, alarms out of the engine that hears noisy receivers of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.affinity import rotate, translate

from layouts.generator import compact_yard
from twin.engine import initial_state, step
from twin.fleet.kinds import KINDS, Joint
from twin.frames import YardFrame
from twin.inputs import Batch, CraneReadings, Event, Fixes, MachineNotice, MotionReadings
from twin.safety import alarms
from twin.safety.rules import RULE_NAMES
from twin.safety.table import AlarmState, Level, Priority
from twin.state import State
from twin.stock import moves
from twin.stock.table import BoxNotice
from twin.yard.model import Yard
from twin.yard.slots import slots_of

T0 = 1_800_000_000_000_000_000
SECOND = 1_000_000_000
TICK_S = 0.1
WIDTH_M = 2.438
Pose = tuple[float, float, float]


@dataclass
class Actor:
    """A machine whose exact pose, spreader and load are functions of the time.

    ``pose`` gives x, y and heading; ``trolley``, ``hoist``, ``locked`` and ``load_kg`` are what its PLC
    tells, None where it has none; ``load_m`` is length and height of the box that it holds. ``off_m`` is how
    far its receiver is off, ``sigma_m`` how well it says that it knows its place, ``wheels`` whether it tells
    the speed of its wheels, and how fast it turns, too. ``trailer`` gives the heading of its trailer where
    that is not the machine's own.
    """

    name: str
    kind: str
    pose: Callable[[float], Pose]
    block: str = ""
    trolley: Callable[[float], float] | None = None
    hoist: Callable[[float], float] | None = None
    locked: Callable[[float], bool] = lambda t: False
    load_kg: Callable[[float], float] = lambda t: 0.0
    load_m: tuple[float, float] | None = None
    cargo_m: tuple[float, float] | None = None
    heard: Callable[[float], bool] = lambda t: True
    off_m: Callable[[float], tuple[float, float]] = lambda t: (0.0, 0.0)
    every_s: float = TICK_S
    wheels: bool = False
    sigma_m: float = 0.01
    trailer: Callable[[float], float] | None = None

    def speed_mps(self, t: float) -> float:
        """Give the signed speed along its heading."""
        (x0, y0, _), (x1, y1, heading) = self.pose(t - 0.01), self.pose(t)
        return float(((x1 - x0) * np.cos(heading) + (y1 - y0) * np.sin(heading)) / 0.01)

    def turn_rps(self, t: float) -> float:
        """Give how fast it turns."""
        return float((self.pose(t)[2] - self.pose(t - 0.01)[2]) / 0.01)

    def outlines(self, t: float) -> list[tuple[shapely.Polygon, float, float]]:
        """Give the outline of every part with its lower and upper height, from its kind's row alone."""
        x, y, heading = self.pose(t)
        towed = heading if self.trailer is None else self.trailer(t)
        found = []
        for part in KINDS[self.kind].parts:
            (cx, cy, cz), (hx, hy, hz) = part.centre_m, part.half_m
            if part.joint in (Joint.TROLLEY, Joint.SPREADER):
                if self.trolley is None or self.hoist is None:
                    continue
                in_front = KINDS[self.kind].spreader_x_m > 0.0
                cx, cy = (cx + self.trolley(t), cy) if in_front else (cx, cy + self.trolley(t))
                cz += self.hoist(t) if part.joint is Joint.SPREADER else 0.0
                if part.joint is Joint.SPREADER:
                    half_m = (self.load_m[0] if self.load_m else 6.058) / 2
                    hx, hy = (hx, half_m) if in_front else (half_m, hy)
                    found += self.load_outline(t, cy, cx)
            if part.joint is Joint.BOOM:
                continue
            along = towed if part.joint is Joint.TRAILER else heading
            found.append((placed(x, y, along, cx, cy, hx, hy), cz - hz, cz + hz))
        if self.cargo_m is not None:
            at, floor = KINDS[self.kind].cargo_m
            outline = placed(x, y, heading, at, 0.0, self.cargo_m[0] / 2, WIDTH_M / 2)
            found.append((outline, floor, floor + self.cargo_m[1]))
        return found

    def load_outline(self, t: float, left_m: float, forward_m: float = 0.0) -> list:
        """Give the outline of what hangs from the spreader, in a list that is empty where nothing does."""
        if self.load_m is None or self.hoist is None or not self.locked(t):
            return []
        outline = placed(*self.pose(t), forward_m, left_m, self.load_m[0] / 2, WIDTH_M / 2)
        return [(outline, self.hoist(t) - self.load_m[1], self.hoist(t))]


def placed(x, y, heading, cx, cy, hx, hy) -> shapely.Polygon:
    """Give a rectangle of a machine in the yard frame."""
    outline = translate(shapely.box(-hx, -hy, hx, hy), cx, cy)
    return translate(rotate(outline, heading, (0.0, 0.0), use_radians=True), x, y)


def straight(x: float, y: float, heading: float, speed_mps: float, until_s: float = np.inf):
    """Give a way straight on at one speed, which ends at an instant."""
    c, s = np.cos(heading), np.sin(heading)

    def pose(t: float) -> Pose:
        way = speed_mps * min(t, until_s)
        return x + c * way, y + s * way, heading

    return pose


def braking(x: float, y: float, heading: float, speed_mps: float, from_s: float, mps2: float):
    """Give a way straight on that brakes from an instant on until it stands."""
    c, s = np.cos(heading), np.sin(heading)

    def pose(t: float) -> Pose:
        late = np.clip(t - from_s, 0.0, abs(speed_mps) / mps2)
        way = speed_mps * min(t, from_s) + np.sign(speed_mps) * (abs(speed_mps) * late - mps2 * late**2 / 2)
        return x + c * way, y + s * way, heading

    return pose


def turning(x: float, y: float, heading: float, speed_mps: float, from_s: float, turn_rps: float):
    """Give a way straight on that from an instant on turns more and more, for two seconds, then evenly."""
    late_s = np.arange(0.0, 20.0, 0.01)
    headings = heading + turn_rps * np.where(late_s < 2.0, late_s**2 / 4.0, late_s - 1.0)
    c, s = np.cos(heading), np.sin(heading)
    xs = x + speed_mps * np.cumsum(np.cos(headings)) * 0.01
    ys = y + speed_mps * np.cumsum(np.sin(headings)) * 0.01

    def pose(t: float) -> Pose:
        way_m = speed_mps * min(t - from_s, 0.0)
        x, y, turned = (float(np.interp(t - from_s, late_s, values)) for values in (xs, ys, headings))
        return x + c * way_m, y + s * way_m, turned

    return pose


def trailing(pose: Callable[[float], Pose], length_m: float, seconds: float) -> Callable[[float], float]:
    """Give the heading of a trailer that follows a way from straight behind."""
    times = np.arange(0.0, seconds, 0.02)
    poses = np.array([pose(t) for t in times])
    towed = poses[:, 2].copy()
    for k in range(1, len(times)):
        ahead = np.cos(poses[k, 2]), np.sin(poses[k, 2])
        way_m = (poses[k, :2] - poses[k - 1, :2]) @ ahead
        towed[k] = towed[k - 1] + way_m / length_m * np.sin(poses[k, 2] - towed[k - 1])
    return lambda t: float(np.interp(t, times, towed))


def still(x: float, y: float, heading: float):
    """Give a place that is never left."""
    return lambda t: (x, y, heading)


@dataclass
class Script:
    """What happens: machines, what stands where, other words of sensors, and for how long.

    What machines say comes ``late_s`` after it was measured.
    """

    actors: list[Actor]
    seconds: float
    yard: Yard = field(default_factory=compact_yard)
    stacks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    events: Callable[[float], tuple[Event, ...]] = lambda t: ()
    seed: int = 1
    tick_s: float = TICK_S
    cargo: dict[str, BoxNotice] = field(default_factory=dict)
    change: Callable[[State, float], State] = lambda state, t: state
    late_s: float = 0.0


@dataclass(frozen=True)
class Raised:
    """One level that an alarm came to: when, by whom, and how urgent it then was."""

    t_s: float
    rule: str
    level: Level
    priority: Priority
    mover: str
    other: str


@dataclass
class Run:
    """What the engine made of a script."""

    script: Script
    state: State
    raised: list[Raised]
    closest: list[str] = field(default_factory=list)

    def of(self, rule: str) -> list[Raised]:
        """Give what was raised by a rule, level by level."""
        return [one for one in self.raised if one.rule == rule]

    @property
    def rules(self) -> set[str]:
        """Give all rules that raised an alarm."""
        return {one.rule for one in self.raised}


def stocked(yard: Yard, stacks: dict[int, tuple[str, ...]]) -> State:
    """Give a yard in which boxes of these types stand on ground slots, bottom to top."""
    state = initial_state(yard, moves.empty_stock(slots_of(yard)), T0)
    stock, number = state.stock, 0
    for ground, types in stacks.items():
        names = [f"SCRU{number + k:07d}" for k in range(len(types))]
        number += len(types)
        stock = moves.announce(
            stock, [BoxNotice(name, kind, 12_000.0) for name, kind in zip(names, types, strict=True)]
        )
        rows = moves.rows_of(stock, names)
        # A limit may be set below what stands already.
        high = state.slots.with_columns(height_limit_m=np.full(len(state.slots), 99.0))
        stock = moves.stack(stock, high, rows, np.full(len(rows), ground, np.int32))
    return state.with_columns(stock=stock)


def refuse_layouts(_: bytes) -> Yard:
    raise AssertionError("no layout is published in a script")


def play(script: Script) -> Run:
    """Drive a script through the engine, tick by tick, and note every level that a person sees."""
    state = stocked(script.yard, script.stacks)
    rng, frame = np.random.default_rng(script.seed), YardFrame.of(script.yard.georeference)
    run, levels = Run(script, state, []), {}
    for tick in range(round(script.seconds / script.tick_s) + 1):
        t = tick * script.tick_s
        state = script.change(state, t)
        state = step(state, T0 + round(t * SECOND), batch_of(script, t, tick, rng, frame), (), refuse_layouts)
        _note(run, levels, state, t)
    run.state = state
    return run


def batch_of(script: Script, t: float, tick: int, rng: np.random.Generator, frame: YardFrame) -> Batch:
    """Give what receivers, PLCs and others say at an instant."""
    actors, now_ns, events = script.actors, T0 + round(t * SECOND), tuple(script.events(t))
    t -= script.late_s
    t_ns = T0 + round(t * SECOND)
    hello = tuple(MachineNotice(a.name, now_ns, a.kind, a.block) for a in actors) if tick == 0 else ()
    every = [max(round(a.every_s / script.tick_s), 1) for a in actors]
    fixed = [k for k, a in enumerate(actors) if a.heard(t) and tick % every[k] == 0]
    told = [k for k, a in enumerate(actors) if a.hoist is not None and a.heard(t)]
    names = tuple(a.name for a in actors)
    fixes = _fixes([actors[k] for k in fixed], fixed, t, t_ns, rng, frame)
    fixes = fixes.with_columns(t_rx_ns=np.full(len(fixed), now_ns))
    cranes = _readings([actors[k] for k in told], told, t, t_ns, rng)
    rolls = [k for k, a in enumerate(actors) if a.wheels]
    return Batch(names, fixes, cranes, hello + events, (), 0, _motions(actors, rolls, t, t_ns, rng))


def _fixes(actors, rows, t, t_ns, rng, frame) -> Fixes:
    """Receivers with 1 cm white noise, 3 cm/s, two antennas good to 0.15 degrees; RTK-fixed to 0.1 m."""
    n = len(actors)
    pose = np.array([a.pose(t) for a in actors]).reshape(n, 3)
    lever = np.array([KINDS[a.kind].antenna_m for a in actors]).reshape(n, 3)
    off = np.array([a.off_m(t) for a in actors]).reshape(n, 2)
    sigma_m = np.array([a.sigma_m for a in actors]).reshape(n)
    c, s = np.cos(pose[:, 2]), np.sin(pose[:, 2])
    x = pose[:, 0] + c * lever[:, 0] - s * lever[:, 1] + off[:, 0] + 0.01 * rng.standard_normal(n)
    y = pose[:, 1] + s * lever[:, 0] + c * lever[:, 1] + off[:, 1] + 0.01 * rng.standard_normal(n)
    lon, lat, h = frame.geodetic_from_yard(np.column_stack((x, y, lever[:, 2])))
    speed = np.array([a.speed_mps(t) for a in actors]).reshape(n)
    moves_now = np.abs(speed) > 0.05
    course = np.where(speed < 0, pose[:, 2] + np.pi, pose[:, 2])
    said = np.where(moves_now, np.abs(np.abs(speed) + 0.03 * rng.standard_normal(n)), 0.0)
    heading = pose[:, 2] + np.radians(0.15) * rng.standard_normal(n)
    bearing = frame.bearing_from_heading(np.column_stack((course, heading)).ravel()).reshape(n, 2)
    return Fixes(
        np.array(rows, np.int32), np.full(n, t_ns), np.full(n, t_ns), lon, lat, h,
        np.where(sigma_m > 1.0, 1, np.where(sigma_m > 0.1, 5, 4)).astype(np.int8),
        np.full(n, 20, np.int8), np.full(n, 0.7), sigma_m, said,
        np.where(moves_now, bearing[:, 0], np.nan), bearing[:, 1],
    )  # fmt: skip


def _readings(actors, rows, t, t_ns, rng) -> CraneReadings:
    """Encoders good to 2 mm, load cells to half a percent."""
    n = len(actors)
    noise = rng.standard_normal((3, n)) * np.array([[0.002], [0.002], [0.005]])
    trolley = np.array([np.nan if a.trolley is None else a.trolley(t) for a in actors]).reshape(n)
    hoist = np.array([a.hoist(t) for a in actors]).reshape(n)
    load = np.array([a.load_kg(t) for a in actors]).reshape(n)
    locked = np.array([a.locked(t) for a in actors], np.int8).reshape(n)
    return CraneReadings(
        np.array(rows, np.int32), np.full(n, t_ns), trolley + noise[0], hoist + noise[1],
        load * (1.0 + noise[2]), locked, np.full(n, 20, np.int8),
    )  # fmt: skip


def _motions(actors, rows, t, t_ns, rng) -> MotionReadings:
    """Wheels good to 2 cm/s, gyros to 0.1 degrees a second."""
    n = len(rows)
    speed = np.array([actors[k].speed_mps(t) for k in rows]).reshape(n) + 0.02 * rng.standard_normal(n)
    gyro = np.array([actors[k].turn_rps(t) for k in rows]).reshape(n)
    gyro += np.radians(0.1) * rng.standard_normal(n)
    return MotionReadings(np.array(rows, np.int32), np.full(n, t_ns), speed, gyro)


def _note(run: Run, levels: dict[int, int], state: State, t: float) -> None:
    table, fleet = state.alarms, state.fleet
    for row in range(len(table)):
        number, level = int(table.id[row]), int(table.level[row])
        if levels.get(number, 0) >= level or table.state[row] == AlarmState.SUPPRESSED:
            continue
        levels[number] = level
        mover, other = (
            fleet.name[k].decode() if k >= 0 else "" for k in (int(table.mover[row]), int(table.other[row]))
        )
        run.raised.append(
            Raised(
                t,
                RULE_NAMES[int(table.rule[row])],
                Level(level),
                Priority(int(table.priority[row])),
                mover,
                other,
            )
        )


def told(run: Run) -> list[str]:
    """Give every standing alarm in words."""
    state = run.state
    return [
        alarms.describe(state.alarms, row, state.fleet, state.yard, state.slots)
        for row in range(len(state.alarms))
    ]


def stack_outlines(state: State) -> list[tuple[shapely.Polygon, float, float]]:
    """Give the outlines of all stacks of 20 ft boxes, from the ground up."""
    out, slots, stock = [], state.slots, state.stock
    for ground in np.flatnonzero(np.nan_to_num(stock.top_m) > 0):
        x, y = slots.centre_yard_m[ground]
        outline = placed(x, y, float(slots.heading_rad[ground]), 0.0, 0.0, 6.058 / 2, WIDTH_M / 2)
        out.append((outline, 0.0, float(stock.top_m[ground])))
    return out


FASTEST_MPS, FASTEST_UP_MPS = 12.0, 2.0
"""No two parts of a script come at one another faster than this, along the ground and up [m/s]."""


def contact_s(one: Actor, other: "Actor | list", seconds: float, least_s: float = 0.02) -> float:
    """Give when two first overlap by their exact poses, by shapely; infinite where they never do.

    No instant is left out in which they might: time goes on by what the nearest two parts need to meet.
    """
    t = 0.0
    while t <= seconds:
        mine, theirs = one.outlines(t), other.outlines(t) if isinstance(other, Actor) else other
        pairs = [(a, b) for a in mine for b in theirs]
        away_m = shapely.distance([a[0] for a, _ in pairs], [b[0] for _, b in pairs])
        up_m = np.array([max(a[1] - b[2], b[1] - a[2], 0.0) for a, b in pairs])
        wait_s = np.maximum(away_m / FASTEST_MPS, up_m / FASTEST_UP_MPS).min(initial=seconds)
        if wait_s == 0.0:
            return t
        t += max(float(wait_s), least_s)
    return float(np.inf)
