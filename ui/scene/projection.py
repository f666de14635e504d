"""Lines and points of the yard on the picture, for what is drawn over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QLineF, QPointF
from PyQt6.QtGui import QPainter, QPolygonF

from twin.tables import Floats
from ui.scene.camera import Camera
from ui.scene.faces import Boxes

_NEAR_M = 0.5
_FAR_PX = 20000.0


@dataclass(frozen=True, slots=True)
class Projection:
    """A camera and the picture that it fills [px]."""

    camera: Camera
    width: float
    height: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height [px]."""
        return self.width, self.height

    def points(self, points: Floats) -> Floats:
        """Give pixels and distance of points (n, 3); NaN behind the eye."""
        return self.camera.project(points, self.size)

    def lines(self, starts: Floats, ends: Floats) -> list[QLineF]:
        """Give straight lines on the picture, cut off where they pass behind the eye."""
        basis, eye = self.camera.basis(), self.camera.eye()
        a = (np.asarray(starts, float).reshape(-1, 3) - eye) @ basis.T
        b = (np.asarray(ends, float).reshape(-1, 3) - eye) @ basis.T
        da, db = a[:, 2], b[:, 2]
        seen = (da > _NEAR_M) | (db > _NEAR_M)
        a, b, da, db = a[seen], b[seen], da[seen], db[seen]
        span = np.where(np.abs(db - da) < 1e-9, 1e-9, db - da)
        cut = ((_NEAR_M - da) / span)[:, None]
        first = np.where((da < _NEAR_M)[:, None], a + cut * (b - a), a)
        last = np.where((db < _NEAR_M)[:, None], a + cut * (b - a), b)
        f = self.camera.focal_px(self.height)

        def on_picture(p: Floats) -> Floats:
            flat = p[:, :2] / p[:, 2:] * (f, -f) + (self.width / 2, self.height / 2)
            return np.clip(flat, -_FAR_PX, _FAR_PX)

        return [QLineF(*p, *q) for p, q in zip(on_picture(first), on_picture(last), strict=True)]

    def ring(self, corners: Floats) -> list[QLineF]:
        """Give the outline of a closed polygon (n, 3)."""
        corners = np.asarray(corners, float).reshape(-1, 3)
        return self.lines(corners, np.roll(corners, -1, axis=0))

    def polygon(self, corners: Floats) -> QPolygonF | None:
        """Give a polygon (n, 3) as an area; None where part of it is behind the eye."""
        seen = self.points(corners)
        if not np.isfinite(seen).all():
            return None
        flat = np.clip(seen[:, :2], -_FAR_PX, _FAR_PX)
        return QPolygonF([QPointF(float(x), float(y)) for x, y in flat])

    def areas(self, rings: list[Floats], z_m: float) -> list[QPolygonF | None]:
        """Give polygons (n, 2) that lie at a height as areas, in one pass; None as of :meth:`polygon`."""
        if not rings:
            return []
        flat = np.concatenate(rings)
        seen = self.points(np.column_stack((flat, np.full(len(flat), z_m))))[:, :2]
        ends = np.cumsum([len(ring) for ring in rings])[:-1]
        areas: list[QPolygonF | None] = []
        for ring in np.split(np.clip(seen, -_FAR_PX, _FAR_PX), ends):
            whole = bool(np.isfinite(ring).all())
            areas.append(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]) if whole else None)
        return areas

    def inside(self, pixels: Floats, margin: float = 0.0) -> np.ndarray:
        """Tell which pixels (n, 2 or 3) lie in the picture, or up to ``margin`` px outside."""
        x, y = pixels[:, 0], pixels[:, 1]
        with np.errstate(invalid="ignore"):
            return (x > -margin) & (x < self.width + margin) & (y > -margin) & (y < self.height + margin)


def draw_lines(painter: QPainter, lines: list[QLineF]) -> None:
    """Draw lines with the painter's pen; none where there are none."""
    if lines:
        painter.drawLines(*lines)


def box_edges(
    centre: tuple[float, float],
    cos: float,
    sin: float,
    half: tuple[float, float],
    heights: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Give the twelve edges of an upright box as starts and ends, both (12, 3)."""
    signs = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], float)
    u, v = signs[:, 0] * half[0], signs[:, 1] * half[1]
    flat = np.column_stack((centre[0] + cos * u - sin * v, centre[1] + sin * u + cos * v))
    low, high = (np.column_stack((flat, np.full(4, z))) for z in heights)
    starts = np.concatenate((low, high, low))
    ends = np.concatenate((np.roll(low, -1, axis=0), np.roll(high, -1, axis=0), high))
    return starts, ends


def edges_of(boxes: Boxes) -> list[tuple[Floats, Floats]]:
    """Give the edges of standing boxes, a little outside them, as starts and ends (12, 3) each."""
    return [
        box_edges(
            (float(boxes.centre_yard_m[k, 0]), float(boxes.centre_yard_m[k, 1])),
            float(boxes.cos[k]),
            float(boxes.sin[k]),
            (float(boxes.half_l_m[k]) + 0.05, float(boxes.half_w_m[k]) + 0.05),
            (float(boxes.bottom_m[k]) - 0.02, float(boxes.top_m[k]) + 0.05),
        )
        for k in range(len(boxes))
    ]
