"""Where the eye flies to by name: the whole yard, from above, a block, a machine, the gate, the quay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from twin.fleet.kinds import KIND_NAMES
from twin.snapshot import Snapshot
from twin.stock.table import Place
from twin.yard.model import Block, Quay, Yard
from ui.scene.camera import MAX_ELEVATION_RAD, Camera
from ui.scene.framing import best_framed, framed
from ui.view_state import Pick, PickKind

Point3 = tuple[float, float, float]

_BOX_M = 2.6
_PORTAL_M, _GATE_REACH_M = 7.0, 24.0
_PLAIN_DEG, _WIDE_DEG = 30.0, 36.0
_CRANE_REACH_M = (  # along the quay, landwards, up: the feet, the tip of the boom, the back, the apex
    (-13.0, -15.0, 0.0), (13.0, 15.0, 0.0), (-13.0, -62.0, 44.0), (13.0, -62.0, 44.0),
    (0.0, 40.0, 44.0), (0.0, -15.0, 70.0),
)  # fmt: skip
_SIZES_M: dict[str, float] = {"quay_crane": 190.0, "rtg": 75.0, "rmg": 90.0}


def preset(name: str, snapshot: Snapshot, now: Camera, aspect: float = 1.7) -> Camera | None:
    """Give the camera of a preset; None where the yard has no such thing.

    ``name`` is ``yard``, ``top``, ``gate``, ``quay``, ``block:NAME`` or ``mover:ROW``, or
    ``box:ROW`` for the slot or the machine that a box is on.
    """
    yard = snapshot.state.yard
    kind, _, which = name.partition(":")
    if kind == "yard":
        return overview(yard, now, aspect, _crane_points(snapshot))
    if kind == "top":
        return from_above(yard, now, aspect)
    if kind == "gate":
        return _gate(yard, now, aspect)
    if kind == "quay":
        return _quay(snapshot, now, aspect)
    if kind == "block":
        return _block(yard, which, now, aspect)
    if kind == "mover" and which.isdigit():
        return mover(snapshot, int(which), now)
    if kind == "box" and which.isdigit():
        return _box(snapshot, int(which), now)
    return None


def _azimuths(heading_rad: float) -> list[float]:
    """Give the directions to look in along a heading: from its start, a little from its right."""
    return [heading_rad - math.radians(turn) for turn in (138.0, 144.0, 150.0, 156.0)]


def _rises(low_deg: int, high_deg: int) -> list[float]:
    return [math.radians(rise) for rise in range(low_deg, high_deg + 1, 2)]


def _block_points(block: Block) -> list[Point3]:
    """Give the corners of a block, on the ground and at the top of its highest stacks [m]."""
    return [(x, y, z) for x, y in block.outline() for z in (0.0, _BOX_M * block.tiers)]


def _crane_points(snapshot: Snapshot) -> list[Point3]:
    """Give how far the quay cranes reach, from the backreach to the tip of the boom [m]."""
    fleet, tracks = snapshot.state.fleet, snapshot.state.tracks
    cranes = (fleet.kind == KIND_NAMES.index("quay_crane")) & np.isfinite(tracks.x_m + tracks.y_m)
    points: list[Point3] = []
    for x, y, heading in zip(tracks.x_m[cranes], tracks.y_m[cranes], tracks.heading_rad[cranes], strict=True):
        turn = float(heading) if math.isfinite(heading) else 0.0
        c, s = math.cos(turn), math.sin(turn)
        points += [(float(x + c * u - s * v), float(y + s * u + c * v), z) for u, v, z in _CRANE_REACH_M]
    return points


def _contents(yard: Yard) -> list[Point3]:
    """Give what an overview must show: blocks, and the quays beside them; the fence where there are none."""
    points = [p for block in yard.blocks for p in _block_points(block)]
    ground = np.array([p[:2] for p in points]).reshape(-1, 2)
    for quay in yard.quays:
        a, b = np.array(quay.edge_yard_m, float)
        length = max(float(np.hypot(*(b - a))), 1e-9)
        along = (ground - a) @ (b - a) / length if len(ground) else np.array([0.0, length])
        low, high = np.clip((along.min(), along.max()), 0.0, length)
        ends = (a + (b - a) * at / length for at in (low, high))
        points += [(float(x), float(y), 0.0) for x, y in ends]
    return points or [(x, y, 0.0) for x, y in yard.fence_yard_m]


def overview(yard: Yard, now: Camera, aspect: float = 1.7, more: Sequence[Point3] = ()) -> Camera:
    """Give an oblique view along the whole yard, from over its quay where it has one.

    ``more`` are further points that must be seen [m, yard frame].
    """
    points = np.array([*_contents(yard), *more])
    heading = 0.0 if np.ptp(points[:, 0]) >= np.ptp(points[:, 1]) else math.pi / 2
    if yard.quays:
        heading = _heading(yard.quays[0])
    start = replace(now, z_m=0.0, view_angle_deg=_WIDE_DEG)
    return best_framed(start, points, aspect, _azimuths(heading), _rises(14, 34), 5.5)


def from_above(yard: Yard, now: Camera, aspect: float = 1.7) -> Camera:
    """Give the plan: straight down, the yard's y upwards."""
    points = np.array([(x, y, 0.0) for x, y in yard.fence_yard_m])
    start = replace(
        now, z_m=0.0, azimuth_rad=-math.pi / 2, elevation_rad=MAX_ELEVATION_RAD, view_angle_deg=_PLAIN_DEG
    )
    return framed(start, points, aspect)


def _gate(yard: Yard, now: Camera, aspect: float) -> Camera | None:
    if not yard.gates:
        return None
    gate = yard.gates[0]
    portal = np.array(gate.ocr_portal_yard_m, float)
    around = np.array([portal, gate.weighbridge_yard_m], float)
    (west, south), (east, north) = around.min(axis=0) - _GATE_REACH_M, around.max(axis=0) + _GATE_REACH_M
    points = np.array(list(product((west, east), (south, north), (0.0, _PORTAL_M))))
    inward = np.array(yard.fence_yard_m, float).mean(axis=0) - portal
    azimuth = math.atan2(inward[1], inward[0]) + math.radians(145.0)
    start = replace(now, z_m=0.0, view_angle_deg=_PLAIN_DEG)
    turns = [azimuth + math.radians(turn) for turn in (-20.0, 0.0, 20.0)]
    return best_framed(start, points, aspect, turns, _rises(18, 28), 3.0)


def _heading(quay: Quay) -> float:
    (ax, ay), (bx, by) = quay.edge_yard_m
    return math.atan2(by - ay, bx - ax)


def _quay(snapshot: Snapshot, now: Camera, aspect: float) -> Camera | None:
    """Give a low view along the quay, over its cranes; over its middle where there is none."""
    quays = snapshot.state.yard.quays
    if not quays:
        return None
    a, b = np.array(quays[0].edge_yard_m, float)
    length = float(np.hypot(*(b - a)))
    reach = min(length / 2, 150.0) / max(length, 1e-9)
    middle = [(*(a + (b - a) * at), z) for at in (0.5 - reach, 0.5 + reach) for z in (0.0, 30.0)]
    points = np.array(_crane_points(snapshot) or middle, float)
    start = replace(now, z_m=0.0, view_angle_deg=_WIDE_DEG)
    return best_framed(start, points, aspect, _azimuths(_heading(quays[0])), _rises(10, 18), 3.5)


def _block(yard: Yard, name: str, now: Camera, aspect: float) -> Camera | None:
    block = next((b for b in yard.blocks if b.name == name), None)
    if block is None:
        return None
    start = replace(now, z_m=0.0, view_angle_deg=_PLAIN_DEG)
    turns = [block.heading_rad - math.radians(turn) for turn in (120.0, 130.0, 140.0, 150.0)]
    return best_framed(start, np.array(_block_points(block)), aspect, turns, _rises(20, 34), 3.5)


def mover(snapshot: Snapshot, row: int, now: Camera) -> Camera | None:
    """Give a view of one machine; the direction that one looks in is kept."""
    fleet, tracks = snapshot.state.fleet, snapshot.state.tracks
    if not 0 <= row < len(fleet) or not np.isfinite(tracks.x_m[row] + tracks.y_m[row]):
        return None
    size = _SIZES_M.get(KIND_NAMES[int(fleet.kind[row])], 45.0)
    return replace(
        now,
        x_m=float(tracks.x_m[row]),
        y_m=float(tracks.y_m[row]),
        z_m=size / 12,
        elevation_rad=min(max(now.elevation_rad, math.radians(18.0)), math.radians(50.0)),
        distance_m=size * 1.4,
    )


def _box(snapshot: Snapshot, row: int, now: Camera) -> Camera | None:
    """Give a view of one box where it is now; the direction that one looks in is kept."""
    stock, slots = snapshot.state.stock, snapshot.state.slots
    if row >= len(stock):
        return None
    if stock.place[row] == Place.CARRIED:
        return mover(snapshot, int(stock.carrier[row]), now)
    if stock.place[row] != Place.STACKED:
        return None
    x, y = slots.centre_yard_m[stock.ground[row]]
    return near(Pick(PickKind.BOX, row, (float(x), float(y), float(stock.bottom_m[row]))), now)


def near(pick: Pick, now: Camera) -> Camera:
    """Give a closer view of what was picked, from the same direction."""
    x, y, z = pick.point_yard_m
    distance = {PickKind.BOX: 45.0, PickKind.MOVER: 70.0, PickKind.BLOCK: 150.0}.get(pick.kind, 120.0)
    goal = min(distance, now.distance_m * 0.6) if now.distance_m > distance else now.distance_m * 0.6
    return replace(now, x_m=x, y_m=y, z_m=min(z, 12.0), distance_m=max(goal, 20.0))
