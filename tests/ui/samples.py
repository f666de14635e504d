"""A small yard with everything in it, as one snapshot: what the tests of the window look at."""

from __future__ import annotations

import math

import numpy as np

from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Fleet, Freshness, Tracks
from twin.safety import table
from twin.safety.near_misses import NearMisses
from twin.safety.table import Alarms, Conflicts, Level
from twin.snapshot import JournalHealth, Mode, Snapshot, SourceHealth
from twin.stacking.suggestion import Move, Suggestion, SuggestionKind, Term
from twin.state import State
from twin.stock.generate import fill
from twin.stock.table import Stock
from twin.yard.model import (
    Block,
    BlockKind,
    Gate,
    Georeference,
    Lane,
    LaneKind,
    Quay,
    Side,
    Yard,
    Zone,
    ZoneKind,
)
from twin.yard.slots import Slots, slot_address, slots_of

T_NS = 1_790_000_000_000_000_000
BAYS, ROWS, TIERS = 20, 6, 5


def sample_yard(columns: int = 2, rows: int = 3, bays: int = BAYS) -> Yard:
    """Give RTG blocks in columns and rows north of a quay, with lanes, a gate and zones."""
    length = bays * 6.45
    step_x, step_y = length + 26.0, 34.0
    blocks, lanes = [], []
    for i in range(columns):
        for j in range(rows):
            name = f"{chr(65 + j)}{i + 1:02d}"
            origin = (30.0 + i * step_x, 62.0 + j * step_y)
            blocks.append(
                Block(
                    name, BlockKind.RTG, origin, 0.0, bays, ROWS, TIERS,
                    truck_lane_side=Side.LEFT,
                    reefer_rows=(1,) if j == 0 else (),
                    dangerous_rows=(6,) if j == rows - 1 else (),
                )
            )  # fmt: skip
            y = origin[1] + ROWS * 2.79 + 2.5
            lanes.append(
                Lane(
                    f"T-{name}",
                    LaneKind.TRUCK_LANE,
                    ((origin[0] - 8, y), (origin[0] + length + 8, y)),
                    block=name,
                )
            )
    return _furnished(blocks, lanes, 30.0 + columns * step_x, 62.0 + rows * step_y)


def _furnished(blocks: list[Block], lanes: list[Lane], east: float, north: float) -> Yard:
    """Give the yard of those blocks and lanes with roads, a quay, a gate, zones and a fence."""
    lanes += [
        Lane("road-s", LaneKind.ROAD, ((10, 54.0), (east, 54.0)), 5.0),
        Lane("road-n", LaneKind.ROAD, ((east, north + 4), (10, north + 4)), 5.0),
        Lane("quay-1", LaneKind.QUAY, ((10, 10.0), (east, 10.0)), 4.0),
        Lane("quay-2", LaneKind.QUAY, ((10, 15.0), (east, 15.0)), 4.0),
        Lane("gate-in", LaneKind.GATE_IN, ((-20, north - 20), (20, north - 20))),
        Lane("gate-out", LaneKind.GATE_OUT, ((20, north - 10), (-20, north - 10))),
    ]
    fence = ((-15, 0), (east + 10, 0), (east + 10, north + 25), (-15, north + 25))
    return Yard(
        "sample",
        Georeference(4326, (121.8, 31.3)),
        fence,
        tuple(blocks),
        tuple(lanes),
        (Gate("gate", ("gate-in",), ("gate-out",), (0.0, north - 15), (8.0, north - 20)),),
        (
            Zone("stop", ZoneKind.EXCLUSION, ((20, 44), (50, 44), (50, 50), (20, 50)), 0.0),
            Zone(
                "office",
                ZoneKind.BUILDING,
                ((25, north + 10), (60, north + 10), (60, north + 20), (25, north + 20)),
                7.0,
            ),
        ),
        (Quay("q", ((-15, 0), (east + 10, 0)), cranes=2),),
    )  # fmt: skip


def sample_stock(yard: Yard, slots: Slots, boxes: int = 900) -> Stock:
    """Give standing boxes, the same every time."""
    return fill(yard, slots, boxes, 7, T_NS)


def fleet_of(
    rows: list[tuple[str, str, int, float, float, float]], **columns: object
) -> tuple[Fleet, Tracks]:
    """Make a fleet of (name, kind, block, x, y, heading); further columns of the tracks by name."""
    n = len(rows)
    fleet = Fleet(
        np.array([r[0].encode() for r in rows], "S16"),
        np.array([KIND_NAMES.index(r[1]) for r in rows], np.int8),
        np.array([r[2] for r in rows], np.int32),
        np.ones(n, bool),
    )
    nan = np.full(n, np.nan)
    heading = np.array([r[5] for r in rows], float)
    values: dict[str, object] = {
        "x_m": np.array([r[3] for r in rows], float),
        "y_m": np.array([r[4] for r in rows], float),
        "heading_rad": heading,
        "speed_mps": np.zeros(n),
        "yaw_rate_rps": np.zeros(n),
        "pose_ns": np.full(n, T_NS),
        "sigma_m": np.full(n, 0.03),
        "trailer_heading_rad": heading.copy(),
        "trolley_m": nan.copy(),
        "hoist_m": nan.copy(),
        "locked": np.zeros(n, bool),
        "load_kg": np.zeros(n),
        "fix_ns": np.full(n, T_NS),
        "plc_ns": np.full(n, T_NS),
        "quality": np.full(n, 4, np.int8),
        "freshness": np.full(n, Freshness.FRESH, np.int8),
        "load": np.full(n, -1, np.int32),
        "cargo": np.full(n, -1, np.int32),
        "second_load": np.full(n, -1, np.int32),
        "second_cargo": np.full(n, -1, np.int32),
        "covariance": np.zeros((n, 3, 3)),
        "suspect": np.zeros(n, np.int8),
        "trolley_mps": np.zeros(n),
        "hoist_mps": np.zeros(n),
    }
    values.update(columns)
    return fleet, Tracks(**values)  # type: ignore[arg-type]


def _machines(yard: Yard, stock: Stock) -> tuple[Fleet, Tracks]:
    rows: list[tuple[str, str, int, float, float, float]] = []
    for index, block in enumerate(yard.blocks):
        x, y = block.yard_from_block(block.length_m * (0.25 + 0.08 * index), block.width_m / 2 + 3.1)
        rows.append((f"RTG-{index + 1:02d}", "rtg", index, x, y, 0.0))
    rows += [
        ("QC-1", "quay_crane", -1, 90.0, 18.0, 0.0),
        ("QC-2", "quay_crane", -1, 210.0, 18.0, 0.0),
        ("TT-01", "terminal_tractor", -1, 100.0, 10.0, 0.0),
        ("TT-02", "terminal_tractor", -1, 150.0, 54.0, 0.0),
        ("T12345", "external_truck", -1, 90.0, 81.2, 0.0),
        ("T54321", "external_truck", -1, 200.0, 54.0, math.pi / 12),
        ("RS-01", "reach_stacker", -1, 20.0, 100.0, math.pi / 2),
    ]
    n, cranes = len(rows), len(yard.blocks)
    trolley, hoist = np.full(n, np.nan), np.full(n, np.nan)
    trolley[:cranes], hoist[:cranes] = np.linspace(-7, 8, cranes), np.linspace(9, 17.5, cranes)
    trolley[cranes : cranes + 2], hoist[cranes : cranes + 2] = (-35.0, 5.0), (22.0, 30.0)
    hoist[-1] = 6.0
    freshness = np.full(n, Freshness.FRESH, np.int8)
    freshness[n - 2], freshness[n - 3], freshness[1] = Freshness.STALE, Freshness.LOST, Freshness.LATE
    sigma = np.full(n, 0.03)
    sigma[n - 2] = 2.5
    load, cargo = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    load[0], cargo[n - 5] = 0, 1
    return fleet_of(
        rows, trolley_m=trolley, hoist_m=hoist, freshness=freshness, sigma_m=sigma, load=load, cargo=cargo
    )


def alarms_of(count: int, **columns: object) -> Alarms:
    """Give alarms of the first rule, new and of the lowest priority; further columns by name."""
    longs, real = np.zeros(count, np.int64), np.full(count, np.nan)
    number = np.arange(1, count + 1, dtype=np.int64)
    nobody = np.full(count, -1, np.int32)
    values: dict[str, object] = {
        "id": number, "rule": np.zeros(count, np.int32), "priority": np.full(count, 3, np.int8),
        "state": np.zeros(count, np.int8), "mover": nobody, "other": nobody, "ground": nobody,
        "box": nobody, "source": nobody, "x_m": real, "y_m": real,
        "since_ns": np.full(count, T_NS), "clear_ns": longs,
        "value": np.zeros(count), "level": np.full(count, Level.STOP, np.int8), "group": number,
        "ack_ns": longs, "until_ns": longs, "actor": np.zeros(count, "S32"),
        "reason": np.zeros(count, "S96"),
    }  # fmt: skip
    values.update({name: np.asarray(column) for name, column in columns.items()})
    return Alarms(**values)  # type: ignore[arg-type]


def _alarms() -> Alarms:
    return alarms_of(
        3, priority=np.array([1, 2, 3], np.int8), state=np.array([0, 0, 1], np.int8),
        x_m=[120.0, 190.0, 60.0], y_m=[54.0, 30.0, 47.0], level=np.array([3, 1, 1], np.int8),
        ack_ns=[0, 0, T_NS], actor=np.array([b"", b"", b"li"], "S32"),
    )  # fmt: skip


def near_misses_of(state: State, pairs: list[tuple[int, int]], **columns: object) -> NearMisses:
    """Give near misses of pairs of machines, one a minute up to now; further columns by name."""
    n = len(pairs)
    mover, other = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    fleet, tracks = state.fleet, state.tracks
    values: dict[str, object] = {
        "t_ns": state.t_ns - np.arange(n, 0, -1) * 60 * 10**9, "until_ns": np.full(n, state.t_ns),
        "mover": mover, "other": other, "name": fleet.name[mover], "other_name": fleet.name[other],
        "kind": fleet.kind[mover], "other_kind": fleet.kind[other], "x_m": tracks.x_m[mover],
        "y_m": tracks.y_m[mover], "ttc_s": np.full(n, 1.8), "pet_s": np.full(n, np.inf),
        "min_gap_m": np.full(n, 0.4), "speed_mps": np.full(n, 5.0), "other_speed_mps": np.zeros(n),
        "wind_mps": np.full(n, 4.0), "gust_mps": np.full(n, 6.0), "freshness": np.zeros(n, np.int8),
        "other_freshness": np.zeros(n, np.int8), "loaded": np.ones(n, bool),
        "other_loaded": np.zeros(n, bool),
    }  # fmt: skip
    values.update({name: np.asarray(column) for name, column in columns.items()})
    return NearMisses(**values)  # type: ignore[arg-type]


def no_conflicts() -> Conflicts:
    """Give no conflicts."""
    none, real = np.empty(0, np.int32), np.empty(0)
    return Conflicts(none, none.copy(), none.copy(), real, real.copy(), real.copy(), real.copy())


def no_alarms() -> Alarms:
    """Give no alarms."""
    return table.no_alarms()


def snapshot_of(state: State, mode: Mode = Mode.SIMULATION) -> Snapshot:
    """Wrap a state up as viewers see it."""
    sources = (SourceHealth("simulation", True, 0.1, 200.0, 0),)
    return Snapshot(state, mode, sources, JournalHealth("sample.journal", 100), 1.5)


def sample_state(boxes: int = 900) -> State:
    """Give a state with stacks, machines, alarms, a conflict and a suggestion."""
    yard = sample_yard()
    slots = slots_of(yard)
    stock = sample_stock(yard, slots, boxes)
    fleet, tracks = _machines(yard, stock)
    conflicts = Conflicts(
        np.array([9], np.int32), np.array([11], np.int32), np.array([-1], np.int32),
        np.array([2.5]), np.array([4.0]), np.array([175.0]), np.array([54.0]),
    )  # fmt: skip
    return State(
        T_NS, 1, 1, yard, slots, stock, fleet, tracks, conflicts, _alarms(), 10,
        suggestions=_suggestions(yard, slots, stock),
    )  # fmt: skip


def _suggestions(yard: Yard, slots: Slots, stock: Stock) -> tuple[Suggestion, ...]:
    """Give one relocation from the highest stack of the first block to a lower one."""
    last = int(slots.first[1])
    counts = stock.count[:last]
    source = int(np.argmax(counts))
    box = int(stock.occupant[source, counts[source] - 1])
    length = int(stock.length_ft[box])
    ground = int(stock.ground[box])
    beside = slots.next[:last]
    level = (beside >= 0) & (counts == counts[beside])
    target = int(np.argmin(np.where(level & (np.abs(np.arange(last) - source) > 2 * ROWS), counts, 99)))
    move = Move(
        stock.number[box].decode(),
        length,
        slot_address(yard, slots, ground, int(stock.tier[box]), length),
        slot_address(yard, slots, target, int(counts[target]), length),
    )
    terms = (Term("rehandles", 1.0, "moves", 1.0),)
    return (Suggestion(5, SuggestionKind.RELOCATE, move.number, (move,), terms, (), 1),)


def sample_snapshot(boxes: int = 900) -> Snapshot:
    """Give one snapshot with everything in it that a viewer can show."""
    return snapshot_of(sample_state(boxes))
