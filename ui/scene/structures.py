"""What stands still beside the stacks: buildings, gates, fence, lamp masts, reefer racks, base station."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from shapely.geometry import Polygon

from twin.yard.model import Block, BlockKind, Gate, LaneKind, Point, Yard, Zone, ZoneKind
from ui.scene.light import plain_light
from ui.scene.machine_parts import Builder
from ui.scene.meshes import Mesh, triangles_of_quads
from ui.scene.palette import GLASS, HOUSE, MARKING_YELLOW, STEEL, STEEL_DARK
from ui.scene.site import triangles
from ui.scene.stage import Stage

_WALL = (178, 180, 178)
_ROOF = (150, 153, 154)
_BLOCKS_A_STEP = 4


class Structures:
    """Draws everything of a yard that has height and never moves; built once a revision."""

    def __init__(self, stage: Stage) -> None:
        """Stand on a stage."""
        self._stage = stage
        self._mesh: Mesh | None = None
        self._yard: Yard | None = None
        self._parts: Iterator[None] = iter(())
        self._builder = Builder()
        self.pending = False
        """Whether something is still to be built."""

    def show(self, yard: Yard) -> None:
        """Take a yard; :meth:`build_next` builds what stands on it."""
        if yard is self._yard:
            return
        before, self._yard = self._yard, yard
        if yard != before:
            self._builder = Builder()
            self._parts, self.pending = parts_of(yard, self._builder), True

    def build_next(self) -> None:
        """Build the next part; what stood before stays until the last one is there."""
        if not self.pending:
            return
        self.pending = next(self._parts, self) is not self
        if self.pending:
            return
        if self._mesh is not None:
            self._stage.remove(self._mesh.actor)
        self._mesh = mesh = mesh_of(self._builder)
        if not mesh.empty:
            self._stage.add(mesh.actor)


def parts_of(yard: Yard, builder: Builder) -> Iterator[None]:
    """Build the standing structures of a yard, a part at each step."""
    for zone in yard.zones:
        if zone.kind is ZoneKind.BUILDING:
            _building(builder, zone)
    for gate in yard.gates:
        _gate(builder, gate, yard)
    yield
    _fence(builder, yard)
    yield
    for index, block in enumerate(yard.blocks):
        _racks(builder, block)
        _mast(builder, *block.yard_from_block(-9.0, -5.0))
        if index % _BLOCKS_A_STEP == _BLOCKS_A_STEP - 1:
            yield
    if yard.base_station is not None:
        _base_station(builder, *yard.base_station.position_yard_m)
    for lane in yard.lanes:
        if lane.kind is LaneKind.INSPECTION:
            _dock(builder, lane.centre_line_yard_m[-1])


def mesh_of(builder: Builder) -> Mesh:
    """Give what was built as one mesh."""
    mesh = Mesh()
    if builder.points:
        points, normals = np.concatenate(builder.points), np.concatenate(builder.normals)
        mesh.set_points(points.astype(np.float32))
        mesh.set_faces(triangles_of_quads(len(points) // 4))
        colours = np.concatenate(builder.colours) * plain_light(normals)[:, None]
        mesh.set_colours(np.clip(colours, 0, 255).astype(np.uint8))
    mesh.haze()
    return mesh


def _building(builder: Builder, zone: Zone) -> None:
    ring = np.array(zone.ring_yard_m, float)
    height = zone.height_m or 6.0
    area = float(np.sum(ring[:, 0] * np.roll(ring[:, 1], -1) - np.roll(ring[:, 0], -1) * ring[:, 1]))
    if area < 0:
        ring = ring[::-1]
    for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        outward = np.array([[b[1] - a[1], a[0] - b[0], 0.0]])
        outward /= max(float(np.linalg.norm(outward)), 1e-9)
        for low, high, colour, out in (
            (0.0, height, _WALL, 0.0),
            (height * 0.42, height * 0.62, GLASS, 0.05),
        ):
            p, q = (np.array([*v, 0.0]) + out * outward[0] for v in (a, b))
            wall = np.array([[(*p[:2], low), (*q[:2], low), (*q[:2], high), (*p[:2], high)]])
            builder.add(wall, outward, colour, 0)
    for triangle in triangles(Polygon(ring)):
        corners = np.column_stack((triangle[[0, 1, 2, 2]], np.full(4, height)))[None]
        builder.add(corners, np.array([[0.0, 0.0, 1.0]]), _ROOF, 0)


def _gate(builder: Builder, gate: Gate, yard: Yard) -> None:
    """Give the OCR portal over the lanes, a canopy and a booth a lane."""
    x, y = gate.ocr_portal_yard_m
    lanes = {lane.name: lane for lane in yard.lanes}
    feet: list[tuple[float, float]] = []
    for name in gate.lanes_in + gate.lanes_out:
        line = np.array(lanes[name].centre_line_yard_m, float)
        nearest = line[int(np.argmin(np.hypot(*(line - (x, y)).T)))]
        feet.append(_closest(line, (x, y), nearest))
    if not feet:
        return
    array = np.array(feet)
    first = np.array(lanes[(gate.lanes_in + gate.lanes_out)[0]].centre_line_yard_m, float)
    way = first[1] - first[0]
    way = way / max(float(np.hypot(*way)), 1e-9)
    across = np.array([-way[1], way[0]])
    reach = (array - (x, y)) @ across
    low, high = float(reach.min()) - 3.6, float(reach.max()) + 3.6
    ends = [np.array([x, y]) + across * v for v in (low, high)]
    for shift, height, size in ((0.0, 6.2, 0.7), (12.0, 6.6, 0.0)):
        p, q = (e + way * shift for e in ends)
        for foot in (p, q):
            builder.beam((*foot, 0.0), (*foot, height), 0.5, STEEL)
        if size:
            builder.beam((*p, height), (*q, height), size, MARKING_YELLOW)
        else:
            builder.beam((*p, height), (*q, height), 9.0, _ROOF, depth_m=0.6)
    for v in sorted(reach):
        booth = np.array([x, y]) + across * (float(v) + 2.7) + way * 12.0
        builder.block((float(booth[0]), float(booth[1]), 1.4), (2.2, 1.2, 2.8), HOUSE)
        builder.block((float(booth[0]), float(booth[1]), 1.75), (2.26, 1.26, 0.9), GLASS)


def _closest(line: np.ndarray, point: Point, fallback: np.ndarray) -> tuple[float, float]:
    """Give the point of a polyline that is closest to ``point``."""
    best, found = math.inf, fallback
    for a, b in pairwise(line):
        step = b - a
        t = float(np.clip(((point - a) @ step) / max(float(step @ step), 1e-9), 0, 1))
        here = a + t * step
        away = float(np.hypot(*(here - point)))
        if away < best:
            best, found = away, here
    return float(found[0]), float(found[1])


def _fence(builder: Builder, yard: Yard) -> None:
    ring = np.array(yard.fence_yard_m, float)
    gates = np.array([g.ocr_portal_yard_m for g in yard.gates] or [(math.inf, math.inf)])
    quays = [np.array(q.edge_yard_m, float) for q in yard.quays]
    from_, to = [], []
    for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        length = float(np.hypot(*(b - a)))
        count = max(int(length / 12.0), 1)
        for k in range(count):
            p, q = a + (b - a) * k / count, a + (b - a) * (k + 1) / count
            middle = (p + q) / 2
            if np.hypot(*(gates - middle).T).min() < 30.0 or any(_beside(middle, edge) for edge in quays):
                continue
            from_.append(p)
            to.append(q)
    if from_:
        starts, ends, up = np.array(from_), np.array(to), np.ones(len(from_))
        builder.beams(np.column_stack((starts, 0 * up)), np.column_stack((starts, 2.4 * up)), 0.14, STEEL)
        for z in (0.5, 1.4, 2.3):
            builder.beams(np.column_stack((starts, z * up)), np.column_stack((ends, z * up)), 0.06, STEEL)


def _beside(point: np.ndarray, edge: np.ndarray) -> bool:
    """Tell whether a point is on a quay's edge, where there is no fence."""
    along = (edge[1] - edge[0]) / max(float(np.hypot(*(edge[1] - edge[0]))), 1e-9)
    offset = point - edge[0]
    return bool(abs(along[0] * offset[1] - along[1] * offset[0]) < 3.0)


def _racks(builder: Builder, block: Block) -> None:
    """Give plug racks: one frame every other bay beside the rows with plugs."""
    if not block.reefer_rows:
        return
    row = block.reefer_rows[0]
    v = -0.75 if row <= (block.rows + 1) / 2 else block.width_m + 0.75
    if block.kind is BlockKind.REACH_STACKER:
        v = (row - 1) * block.row_pitch_m - 0.1
    height = min(2.6 * block.tiers, 11.0)
    for bay in range(0, block.bays + 1, 2):
        x, y = block.yard_from_block(bay * block.bay_pitch_m, v)
        builder.block((x, y, height / 2), (0.5, 0.5, height), STEEL)
        for k in range(1, int(height / 2.6) + 1):
            builder.block((x, y, 2.6 * k - 1.2), (0.8, 0.8, 0.5), (108, 134, 148))
    a, b = (block.yard_from_block(u, v) for u in (0.0, block.length_m))
    for k in range(1, int(height / 2.6) + 1):
        builder.beam((*a, 2.6 * k), (*b, 2.6 * k), 0.35, STEEL_DARK, depth_m=0.08)


def _mast(builder: Builder, x: float, y: float) -> None:
    builder.beam((x, y, 0.0), (x, y, 28.0), 0.45, STEEL)
    builder.block((x, y, 28.2), (2.6, 2.6, 0.4), STEEL_DARK)
    for dx, dy in ((1.1, 0), (-1.1, 0), (0, 1.1), (0, -1.1)):
        builder.block((x + dx, y + dy, 27.8), (0.7, 0.7, 0.4), HOUSE)


def _base_station(builder: Builder, x: float, y: float, z: float) -> None:
    height = max(z, 4.0)
    builder.beam((x, y, 0.0), (x, y, height), 0.3, STEEL)
    builder.block((x, y, height), (0.9, 0.9, 0.35), HOUSE)


def _dock(builder: Builder, point: Point) -> None:
    x, y = point
    builder.block((x, y + 4.2, 0.6), (5.0, 3.0, 1.2), STEEL)
