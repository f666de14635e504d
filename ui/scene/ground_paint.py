"""What is painted on the ground: asphalt, lanes, slots, names, zones; drawn once a yard."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from twin.yard.model import Block, Lane, LaneKind, Point, Side, Yard, Zone, ZoneKind
from ui.scene.meshes import Colours, pixels_of
from ui.scene.palette import (
    ASPHALT,
    CONCRETE,
    LAND,
    MARKING,
    MARKING_YELLOW,
    RGB,
    ROAD,
    STACKING,
)

LINE_M = 0.25
_ZONE_COLOURS: dict[ZoneKind, RGB] = {
    ZoneKind.EXCLUSION: (150, 84, 74),
    ZoneKind.PEDESTRIAN: (112, 138, 116),
    ZoneKind.RADIO_BLIND: (96, 98, 102),
    ZoneKind.INSPECTION: (150, 138, 100),
    ZoneKind.BUILDING: (132, 132, 130),
}


class GroundPainter:
    """Paints one tile of the ground."""

    def __init__(self, west_m: float, north_m: float, metre_px: float, size_px: tuple[int, int]) -> None:
        """Take the tile's north-west corner, its scale [px/m] and its size [px]."""
        self._image = QImage(*size_px, QImage.Format.Format_RGB32)
        self._image.fill(QColor(*LAND))  # a rectangle over all of it may leave a trace of what was there
        self._painter = QPainter(self._image)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._world = QTransform(metre_px, 0, 0, -metre_px, -west_m * metre_px, north_m * metre_px)
        self._painter.setTransform(self._world)
        self._metre_px = metre_px
        self._extent = QRectF(
            west_m, north_m - size_px[1] / metre_px, size_px[0] / metre_px, size_px[1] / metre_px
        )

    def paint(self, yard: Yard, zones: bool = True) -> Colours:
        """Paint ``yard``, with or without its zones; give the tile's pixels, (h, w, 3), the top row first."""
        for _ in self.painting(yard, zones):
            pass
        return self.pixels()

    def painting(self, yard: Yard, zones: bool = True) -> Iterator[None]:
        """Paint as :meth:`paint` does, with a pause after each thing; the pixels are asked for afterwards."""
        try:
            self._fill(yard.fence_yard_m, QColor(*ASPHALT))
            for quay in yard.quays:
                self._apron(quay.edge_yard_m, quay.rail_setback_m, quay.gauge_m)
            yield from self._lanes(yard)
            yield from self._areas(yard, zones)
            self._grain()
        finally:  # also where nobody waits for the rest: a painter must end before its picture does
            self._painter.end()

    def pixels(self) -> Colours:
        """Give what has been painted, (h, w, 3), the top row first."""
        return pixels_of(self._image, alpha=False)

    def _areas(self, yard: Yard, zones: bool) -> Iterator[None]:
        for zone in yard.zones:
            if zones or zone.kind is ZoneKind.BUILDING:
                self._zone(zone)
                yield
        for block in yard.blocks:
            if self._reaches(block.outline(), 12.0):
                self._block(block)
                yield
        for gate in yard.gates:
            self._weighbridge(gate.weighbridge_yard_m)

    def _reaches(self, points: Iterable[Point], margin_m: float) -> bool:
        """Tell whether what lies around these points may show on this tile."""
        around = _polygon(points).boundingRect()
        return around.adjusted(-margin_m, -margin_m, margin_m, margin_m).intersects(self._extent)

    def _fill(self, ring: Iterable[Point], brush: QColor | QBrush) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(brush)
        self._painter.drawPolygon(_polygon(ring))

    def _stroke(
        self, points: Iterable[Point], colour: RGB, width_m: float = LINE_M, dash_m: tuple[float, ...] = ()
    ) -> None:
        pen = QPen(QColor(*colour), width_m)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dash_m:
            pen.setDashPattern([d / width_m for d in dash_m])
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPolyline(_polygon(points))

    def _apron(self, edge: tuple[Point, Point], setback_m: float, gauge_m: float) -> None:
        a, b = np.array(edge[0]), np.array(edge[1])
        along = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
        left = np.array([-along[1], along[0]])

        def line(offset: float) -> list[Point]:
            return [tuple(a + left * offset), tuple(b + left * offset)]

        self._fill([*line(0.0), *reversed(line(setback_m + gauge_m + 14.0))], QColor(118, 117, 114))
        self._fill([*line(0.0), *reversed(line(1.1))], QColor(*CONCRETE))
        for rail in (setback_m, setback_m + gauge_m):
            self._stroke(line(rail), (148, 147, 142), 1.3)
            self._stroke(line(rail), (62, 62, 62), 0.35)
        self._stroke(line(1.25), MARKING_YELLOW, 0.3)

    def _lanes(self, yard: Yard) -> Iterator[None]:
        # Surfaces first, then markings: crossing lanes must not paint over one another's lines.
        here = []
        for lane in yard.lanes:
            if self._reaches(lane.centre_line_yard_m, lane.width_m):
                here.append(lane)
                self._stroke_path(lane, ROAD, lane.width_m)
            yield
        for lane in here:
            if lane.kind is not LaneKind.CONNECTOR:
                self._markings(lane)
                yield

    def _stroke_path(self, lane: Lane, colour: RGB, width_m: float) -> None:
        pen = QPen(QColor(*colour), width_m)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        path = QPainterPath()
        path.addPolygon(_polygon(lane.centre_line_yard_m))
        self._painter.drawPath(path)

    def _markings(self, lane: Lane) -> None:
        points = np.array(lane.centre_line_yard_m)
        yellow = lane.kind in (LaneKind.TRUCK_LANE, LaneKind.QUAY)
        colour = MARKING_YELLOW if yellow else MARKING
        half = lane.width_m / 2 - 0.15
        for side in (half, -half):
            self._stroke(_shifted(points, side), colour, LINE_M, () if yellow else (3.0, 4.5))
        steps = np.hypot(*np.diff(points, axis=0).T)
        along = np.arange(14.0, max(float(steps.sum()) - 8.0, 0.0), 60.0)
        for s in along:
            self._arrow(*_at(points, steps, float(s)), colour)

    def _arrow(self, x: float, y: float, heading: float, colour: RGB) -> None:
        c, s = math.cos(heading), math.sin(heading)
        shape = (
            (2.4, 0.0), (0.9, 0.65), (0.9, 0.2), (-2.4, 0.2), (-2.4, -0.2), (0.9, -0.2), (0.9, -0.65),
        )  # fmt: skip
        self._fill([(x + c * u - s * v, y + s * u + c * v) for u, v in shape], QColor(*colour))

    def _zone(self, zone: Zone) -> None:
        colour = QColor(*_ZONE_COLOURS[zone.kind])
        if zone.kind is ZoneKind.BUILDING:
            self._fill(zone.ring_yard_m, colour)
            return
        faint = QColor(colour)
        faint.setAlpha(46)
        self._fill(zone.ring_yard_m, faint)
        self._painter.save()
        clip = QPainterPath()
        clip.addPolygon(_polygon(zone.ring_yard_m))
        self._painter.setClipPath(clip)
        pen = QColor(colour)
        pen.setAlpha(150)
        self._painter.setPen(QPen(pen, 0.6))
        area = clip.boundingRect()
        reach = area.height()
        for k in np.arange(area.left() - reach, area.right(), 3.2):
            self._painter.drawLine(QPointF(k, area.top()), QPointF(k + reach, area.bottom()))
            if zone.kind is ZoneKind.RADIO_BLIND:  # crossed: it forbids nothing, but nothing is heard there
                self._painter.drawLine(QPointF(k, area.bottom()), QPointF(k + reach, area.top()))
        self._painter.restore()
        ring = [*zone.ring_yard_m, zone.ring_yard_m[0]]
        self._stroke(ring, _ZONE_COLOURS[zone.kind], 0.4)

    def _block(self, block: Block) -> None:
        self._fill(block.outline(), QColor(*STACKING))
        at = block.yard_from_block
        length, width = block.length_m, block.width_m
        faint = (142, 141, 137)
        for row in range(1, block.rows):
            v = row * block.row_pitch_m
            self._stroke([at(0, v), at(length, v)], faint, 0.10)
        for bay in range(block.bays + 1):
            u = bay * block.bay_pitch_m
            self._stroke([at(u, 0), at(u, width)], faint, 0.10)
            for v, out in ((0.0, -0.9), (width, 0.9)):
                self._stroke([at(u, v), at(u, v + out)], MARKING, 0.18)
        if block.reefer_rows:
            for row in block.reefer_rows:
                v = (row - 1) * block.row_pitch_m
                self._fill(
                    [
                        at(0, v),
                        at(length, v),
                        at(length, v + block.row_pitch_m),
                        at(0, v + block.row_pitch_m),
                    ],
                    QColor(104, 132, 146, 70),
                )
        for row in block.dangerous_rows:
            v = (row - 0.5) * block.row_pitch_m
            self._stroke([at(0, v), at(length, v)], (170, 140, 70), 0.5, (1.5, 1.5))
        ring = [at(-0.4, -0.4), at(length + 0.4, -0.4), at(length + 0.4, width + 0.4), at(-0.4, width + 0.4)]
        self._stroke([*ring, ring[0]], MARKING, 0.3)
        self._tracks(block)
        self._name(block)
        if block.closed:
            for a, b in ((ring[0], ring[2]), (ring[1], ring[3])):
                self._stroke([a, b], (150, 84, 74), 0.8)

    def _tracks(self, block: Block) -> None:
        if block.truck_lane_side is Side.NONE:
            return
        lane = 4.35 + 1.9
        near, far = -1.2, block.width_m + 1.2
        if block.truck_lane_side is Side.LEFT:
            far = block.width_m + lane - 0.4
        else:
            near = -lane + 0.4
        for v in (near, far):
            ends = [block.yard_from_block(-4, v), block.yard_from_block(block.length_m + 4, v)]
            self._stroke(ends, (134, 133, 129), 1.3)

    def _name(self, block: Block) -> None:
        height = min(5.0, block.width_m * 0.4)
        font = QFont("DejaVu Sans")
        font.setBold(True)
        font.setPixelSize(100)
        # Each end is read by who stands before it and looks at the block.
        for u, turn in ((-3.2, -90.0), (block.length_m + 3.2, 90.0)):
            x, y = block.yard_from_block(u, block.width_m / 2)
            self._painter.save()
            self._painter.translate(x, y)
            self._painter.rotate(math.degrees(block.heading_rad) + turn)
            self._painter.scale(height / 100, -height / 100)
            self._painter.setFont(font)
            self._painter.setPen(QColor(*MARKING))
            area = QRectF(-600, -80, 1200, 160)
            self._painter.drawText(area, Qt.AlignmentFlag.AlignCenter, block.name)
            self._painter.restore()

    def _weighbridge(self, point: Point) -> None:
        x, y = point
        self._fill(
            [(x - 9, y - 1.7), (x + 9, y - 1.7), (x + 9, y + 1.7), (x - 9, y + 1.7)], QColor(126, 128, 130)
        )

    def _grain(self) -> None:
        """Lay fine and coarse noise over everything, so that the asphalt is not one flat colour."""
        brush = QBrush(_noise())
        scale = max(self._metre_px / 6.0, 1.0)
        # It begins at the yard's origin, not at the tile's corner: no seam shows between tiles.
        self._painter.setTransform(QTransform.fromTranslate(self._world.dx(), self._world.dy()))
        brush.setTransform(QTransform.fromScale(scale, scale))
        whole = QRectF(self._image.rect()).translated(-self._world.dx(), -self._world.dy())
        self._painter.fillRect(whole, brush)


@functools.cache
def _noise() -> QImage:
    """Give a square of noise that repeats: white and black, more or less opaque."""
    rng = np.random.default_rng(5)
    fine = rng.normal(0, 1, (256, 256))
    coarse = np.kron(rng.normal(0, 1, (32, 32)), np.ones((8, 8)))
    for axis in (0, 1):
        for _ in range(4):
            coarse = (coarse + np.roll(coarse, 3, axis) + np.roll(coarse, -3, axis)) / 3
    value = 4.5 * fine + 9.0 * coarse / max(coarse.std(), 1e-6) * 0.5
    alpha = np.clip(np.abs(value), 0, 60).astype(np.uint8)
    shade = np.zeros((256, 256, 4), np.uint8)
    shade[..., 3] = alpha
    shade[..., :3] = np.where(value > 0, 255, 0)[..., None] * (alpha[..., None] / 255.0)  # premultiplied
    data = np.ascontiguousarray(shade).tobytes()
    return QImage(data, 256, 256, 1024, QImage.Format.Format_RGBA8888_Premultiplied).copy()


def _polygon(points: Iterable[Point]) -> QPolygonF:
    return QPolygonF([QPointF(float(p[0]), float(p[1])) for p in points])


def _shifted(points: np.ndarray, offset_m: float) -> list[Point]:
    """Give a polyline moved to its left; joints are mitred up to twice the offset."""
    step = np.diff(points, axis=0)
    unit = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    left = np.column_stack((-unit[:, 1], unit[:, 0]))
    at = np.vstack((left[:1], left[:-1] + left[1:], left[-1:]))
    at /= np.maximum(np.hypot(*at.T), 1e-9)[:, None]
    mitre = np.ones(len(points))
    mitre[1:-1] = 1 / np.maximum((at[1:-1] * left[1:]).sum(axis=1), 0.5)
    return [tuple(p) for p in points + at * (offset_m * mitre)[:, None]]


def _at(points: np.ndarray, steps: np.ndarray, s_m: float) -> tuple[float, float, float]:
    """Give x, y and heading a distance along a polyline."""
    ends = np.cumsum(steps)
    k = min(int(np.searchsorted(ends, s_m)), len(steps) - 1)
    part = (s_m - (ends[k] - steps[k])) / max(float(steps[k]), 1e-9)
    step = points[k + 1] - points[k]
    x, y = points[k] + part * step
    return float(x), float(y), math.atan2(step[1], step[0])
