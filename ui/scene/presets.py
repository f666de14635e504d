"""Where the eye flies to by name: the whole yard, from above, a block, a machine, the gate, the quay."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from twin.fleet.kinds import KIND_NAMES
from twin.snapshot import Snapshot
from twin.yard.model import Quay, Yard
from ui.scene.camera import MAX_DISTANCE_M, MAX_ELEVATION_RAD, MIN_DISTANCE_M, Camera
from ui.view_state import Pick, PickKind

PRESETS = ("yard", "top", "gate", "quay")
_SIZES_M: dict[str, float] = {"quay_crane": 190.0, "rtg": 75.0, "rmg": 90.0}


def preset(name: str, snapshot: Snapshot, now: Camera, aspect: float = 1.7) -> Camera | None:
    """Give the camera of a preset; None where the yard has no such thing.

    ``name`` is ``yard``, ``top``, ``gate``, ``quay``, ``block:NAME`` or ``mover:ROW``.
    """
    yard = snapshot.state.yard
    kind, _, which = name.partition(":")
    if kind == "yard":
        return overview(yard, now, aspect)
    if kind == "top":
        return from_above(yard, now, aspect)
    if kind == "gate":
        return _gate(yard, now)
    if kind == "quay":
        return _quay(yard.quays[0], now) if yard.quays else None
    if kind == "block":
        return _block(yard, which, now)
    if kind == "mover" and which.isdigit():
        return mover(snapshot, int(which), now)
    return None


def _contents(yard: Yard) -> np.ndarray:
    """Give the points that an overview must show: blocks and quays, the fence where there are none."""
    points = [p for block in yard.blocks for p in block.outline()]
    points += [p for quay in yard.quays for p in quay.edge_yard_m]
    return np.array(points or yard.fence_yard_m, float)


def overview(yard: Yard, now: Camera, aspect: float = 1.7) -> Camera:
    """Give an oblique view of the whole yard, from the water where there is a quay."""
    points = _contents(yard)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    azimuth = math.radians(-128.0)
    if yard.quays:
        (ax, ay), (bx, by) = yard.quays[0].edge_yard_m
        azimuth = math.atan2(by - ay, bx - ax) - math.radians(138.0)
    start = replace(
        now, x_m=float(centre[0]), y_m=float(centre[1]), z_m=0.0, azimuth_rad=azimuth,
        elevation_rad=math.radians(24.0), distance_m=100.0,
    )  # fmt: skip
    return _fitted(start, points, aspect, 0.94)


def from_above(yard: Yard, now: Camera, aspect: float = 1.7) -> Camera:
    """Give the plan: straight down, the yard's y upwards."""
    points = np.array(yard.fence_yard_m, float)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    start = replace(
        now, x_m=float(centre[0]), y_m=float(centre[1]), z_m=0.0, azimuth_rad=-math.pi / 2,
        elevation_rad=MAX_ELEVATION_RAD, distance_m=100.0,
    )  # fmt: skip
    return _fitted(start, points, aspect, 0.96)


def _fitted(camera: Camera, points: np.ndarray, aspect: float, fill: float) -> Camera:
    """Move the eye back until all points are in the picture, their middle in its middle."""
    ground = np.column_stack((points, np.zeros(len(points))))
    size = np.array((2 * aspect, 2.0))
    reach = float(np.hypot(*(points.max(axis=0) - points.min(axis=0)))) / 2
    camera = replace(camera, distance_m=max(0.5 * reach, MIN_DISTANCE_M))
    for _ in range(160):
        seen = camera.project(ground, (size[0], size[1]))[:, :2]
        low, high = seen.min(axis=0), seen.max(axis=0)
        if not (np.isfinite(low).all() and (high - low <= size * fill).all()):
            camera = replace(camera, distance_m=min(camera.distance_m * 1.03, MAX_DISTANCE_M))
            continue
        off = (low + high) / 2 - size / 2
        if np.abs(off).max() < 0.02:
            break
        camera = camera.panned(-0.7 * float(off[0]), -0.7 * float(off[1]), (size[0], size[1]))
    return camera


def _gate(yard: Yard, now: Camera) -> Camera | None:
    if not yard.gates:
        return None
    x, y = yard.gates[0].ocr_portal_yard_m
    inward = np.array(yard.fence_yard_m, float).mean(axis=0) - (x, y)
    azimuth = math.atan2(inward[1], inward[0]) + math.radians(145.0)
    return replace(
        now, x_m=x, y_m=y, z_m=3.0, azimuth_rad=azimuth, elevation_rad=math.radians(22.0), distance_m=95.0
    )


def _quay(quay: Quay, now: Camera) -> Camera:
    a, b = np.array(quay.edge_yard_m[0]), np.array(quay.edge_yard_m[1])
    along = b - a
    heading = math.atan2(along[1], along[0])
    x, y = a + 0.42 * along
    distance = min(max(float(np.hypot(*along)) * 0.62, 180.0), 420.0)
    return replace(
        now, x_m=float(x), y_m=float(y), z_m=14.0, azimuth_rad=heading - math.radians(146.0),
        elevation_rad=math.radians(15.0), distance_m=distance,
    )  # fmt: skip


def _block(yard: Yard, name: str, now: Camera) -> Camera | None:
    block = next((b for b in yard.blocks if b.name == name), None)
    if block is None:
        return None
    x, y = block.yard_from_block(block.length_m / 2, block.width_m / 2)
    return replace(
        now, x_m=x, y_m=y, z_m=4.0, azimuth_rad=block.heading_rad - math.radians(115.0),
        elevation_rad=math.radians(32.0), distance_m=max(block.length_m * 0.95, 70.0),
    )  # fmt: skip


def mover(snapshot: Snapshot, row: int, now: Camera) -> Camera | None:
    """Give a view of one machine; the direction that one looks in is kept."""
    fleet, tracks = snapshot.state.fleet, snapshot.state.tracks
    if row >= len(fleet) or not np.isfinite(tracks.x_m[row] + tracks.y_m[row]):
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


def near(pick: Pick, now: Camera) -> Camera:
    """Give a closer view of what was picked, from the same direction."""
    x, y, z = pick.point_yard_m
    distance = {PickKind.BOX: 45.0, PickKind.MOVER: 70.0, PickKind.BLOCK: 150.0}.get(pick.kind, 120.0)
    goal = min(distance, now.distance_m * 0.6) if now.distance_m > distance else now.distance_m * 0.6
    return replace(now, x_m=x, y_m=y, z_m=min(z, 12.0), distance_m=max(goal, 20.0))
