"""One whole tick: poll, record, decode, step, with 1,000 machines and 100,000 boxes.

The peer is the same journey written plainly: a sentence at a time (pynmea2), a position at a time
(pyproj), one small filter object a machine, every pair of machines looked at in Python. It does less:
no journal, no error, no stacks, no alarms.
"""

import math
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pynmea2
import pyproj

from benchmarks.rows import Row, compare
from layouts.generator import large_yard
from sensors.decoder import Decoder
from sensors.telemetry import encode_event
from sensors.writing import encode_gga, encode_gst, encode_hdt, encode_rmc, tag_block
from twin.clock import ManualClock
from twin.engine import initial_state
from twin.frames import YardFrame
from twin.inputs import MachineNotice, RawChunk
from twin.journal.writer import JournalWriter
from twin.session import Bound, Session
from twin.snapshot import SourceHealth
from twin.stock.generate import fill
from twin.tables import Floats
from twin.yard.model import LaneKind, Yard
from twin.yard.roads import pose_at, roads_of
from twin.yard.slots import slots_of

MOVERS, BOXES = 1_000, 100_000
T0_NS = 1_800_000_000_000_000_000
TICK_NS = 100_000_000
TICKS = 160
SPEED_MPS = 5.0


class Recording:
    """A source that gives one tick's chunk a poll, over and over."""

    def __init__(self, chunks: list[RawChunk]) -> None:
        self.chunks = chunks
        self.next = 0

    def poll(self) -> tuple[RawChunk, ...]:
        """Give the next tick's chunk."""
        self.next += 1
        return (self.chunks[self.next - 1],)

    def health(self, now_ns: int) -> SourceHealth:
        """Tell that all is well."""
        return SourceHealth("recording", True, 0.0, 0.0, 0)

    def close(self) -> None:
        """Do nothing."""


def rows() -> Iterable[Row]:
    """Time a whole tick beside the plain one."""
    yard = large_yard(BOXES)
    slots = slots_of(yard)
    stock = fill(yard, slots, BOXES, 1, T0_NS)
    chunks = recorded(yard, TICKS)
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalWriter(Path(folder) / "bench.journal", {})
        clock = ManualClock(T0_NS)
        bound = Bound((Recording(chunks),), Decoder(), clock, _no_layout, journal)
        session = Session(initial_state(yard, stock, T0_NS), bound)
        plain = PlainTwin(yard)
        plain_chunks = iter(chunks)

        def ours() -> None:
            clock.advance(0.1)
            session.tick()

        def peer() -> None:
            plain.tick(next(plain_chunks).data)

        for _ in range(5):
            ours()
        next(plain_chunks)
        row = compare(
            f"whole tick, {MOVERS:,} machines, {len(stock):,} boxes, journal on disk",
            ours, peer, "a call a sentence, an object a machine, all pairs", rounds=8,
        )  # fmt: skip
        yield replace(row, note=_spread(ours))
        found = len(session.state.fleet)
        session.close()
    if found != MOVERS:
        raise RuntimeError(f"tick benchmark: expected {MOVERS} machines, found {found}")


def _spread(tick: Callable[[], None]) -> str:
    """Give the middle and the slow end of a hundred ticks more, on the wall and of the ticking thread."""
    took = []
    for _ in range(100):
        wall, own = time.perf_counter(), time.thread_time()
        tick()
        took.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - own)))
    (p50, own_p50), (p99, own_p99) = np.percentile(took, (50, 99), axis=0)
    return f"4 sentences each; p50 {p50:.1f} ms, p99 {p99:.1f} ms (processor {own_p50:.1f}, {own_p99:.1f})"


def _no_layout(_: bytes) -> Yard:
    raise RuntimeError("no layout is published here")


def recorded(yard: Yard, ticks: int) -> list[RawChunk]:
    """Give the bytes of 1,000 machines that drive along the roads, a chunk a tick."""
    roads = roads_of(yard)
    frame = YardFrame.of(yard.georeference)
    lanes = [i for i, lane in enumerate(yard.lanes) if lane.kind is not LaneKind.CONNECTOR]
    length_m = np.asarray(roads.length_m)[lanes]
    room = np.maximum(1, (length_m // 40.0).astype(int))
    lane = np.repeat(lanes, room)[:MOVERS].astype(np.int32)
    if len(lane) < MOVERS:
        raise RuntimeError(f"tick benchmark: expected roads for {MOVERS} machines, found {len(lane)}")
    start_m = 40.0 * np.concatenate([np.arange(n) for n in room])[:MOVERS]
    names = [f"T{index:05d}" for index in range(MOVERS)]
    hello = b"".join(encode_event(MachineNotice(name, T0_NS, "external_truck")) for name in names)
    chunks = []
    for tick in range(ticks):
        t_ns = T0_NS + tick * TICK_NS
        x, y, heading = pose_at(roads, lane, start_m + SPEED_MPS * 0.1 * tick)
        data = _sentences(frame, names, np.column_stack((x, y, np.full(len(x), 3.7))), heading, t_ns)
        chunks.append(RawChunk("bench", t_ns, (hello if tick == 0 else b"") + data))
    return chunks


def _sentences(frame: YardFrame, names: list[str], points: Floats, heading: Floats, t_ns: int) -> bytes:
    lon, lat, h_m = frame.geodetic_from_yard(points)
    bearing = np.mod(frame.bearing_from_heading(heading), 2 * math.pi)
    lines = []
    for i, name in enumerate(names):
        tag = tag_block(name)
        lines += [
            encode_rmc(t_ns, float(lon[i]), float(lat[i]), SPEED_MPS, float(bearing[i]), tag=tag),
            encode_gst(t_ns, 0.012, 0.012, 0.02, tag=tag),
            encode_hdt(float(bearing[i]), tag=tag),
            encode_gga(t_ns, float(lon[i]), float(lat[i]), float(h_m[i]), 0.0, 4, 24, 0.6, tag=tag),
        ]
    return b"".join(lines)


class PlainMachine:
    """One machine of the plain twin: a position, a velocity, an alpha-beta filter."""

    def __init__(self) -> None:
        self.x = self.y = self.vx = self.vy = 0.0
        self.known = False

    def take(self, x: float, y: float) -> None:
        """Blend a position in."""
        if not self.known:
            self.x, self.y, self.known = x, y, True
            return
        px, py = self.x + 0.1 * self.vx, self.y + 0.1 * self.vy
        self.x, self.y = px + 0.5 * (x - px), py + 0.5 * (y - py)
        self.vx += 0.2 * (x - px) / 0.1
        self.vy += 0.2 * (y - py) / 0.1


class PlainTwin:
    """The same tick without tables."""

    def __init__(self, yard: Yard) -> None:
        frame = YardFrame.of(yard.georeference)
        lon, lat, _ = frame.geodetic_from_yard(np.zeros((1, 3)))
        here = f"+proj=tmerc +lat_0={lat[0]} +lon_0={lon[0]} +k=1 +ellps=GRS80 +units=m"
        self.to_yard = pyproj.Transformer.from_crs("EPSG:4490", here, always_xy=True)
        self.machines: dict[str, PlainMachine] = {}
        self.near: list[tuple[str, str]] = []

    def tick(self, data: bytes) -> None:
        """Decode, filter and look at every pair."""
        for line in data.split(b"\n"):
            if not line.startswith(b"\\"):
                continue
            tag, _, sentence = line.decode("ascii").strip()[1:].partition("\\")
            parsed = pynmea2.parse(sentence)
            if not isinstance(parsed, pynmea2.GGA):
                continue  # read as ours reads it, though nothing here asks for it
            name = tag[2:].partition("*")[0]
            x, y = self.to_yard.transform(parsed.longitude, parsed.latitude)
            self.machines.setdefault(name, PlainMachine()).take(x, y)
        self.near = []
        listed = list(self.machines.items())
        for i, (name, one) in enumerate(listed):
            for other_name, other in listed[i + 1 :]:
                if math.hypot(one.x - other.x, one.y - other.y) < 20.0:
                    self.near.append((name, other_name))
