"""What frames the picture: north arrow, scale bar, legend, the word that says which time is shown."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from ui.scene.colouring import legend
from ui.scene.labels import FONT_PX, font_of, text_width
from ui.scene.palette import PLATE, PLATE_TEXT
from ui.scene.projection import Projection
from ui.view_state import ColourBy

_MARGIN = 16.0


def round_length(most_m: float) -> float:
    """Give the longest of 1, 2, 5, 10, 20 ... that is not over ``most_m``."""
    if not (math.isfinite(most_m) and most_m > 0):
        return 0.0
    power = 10.0 ** math.floor(math.log10(most_m))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most_m * (1 + 1e-9))


def draw_furniture(
    painter: QPainter,
    projection: Projection,
    colour_by: ColourBy,
    watermark: str,
    rotation_rad: float,
    with_legend: bool,
) -> None:
    """Draw scale, north and watermark, and what the colours mean where that is asked for."""
    _scale(painter, projection)
    _north(painter, projection, rotation_rad)
    if with_legend and colour_by is not ColourBy.LINE:
        _legend(painter, projection, colour_by)
    if watermark:
        _watermark(painter, projection, watermark)


def _plate(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*PLATE, 150))
    painter.drawRoundedRect(rect, 4, 4)


def _scale(painter: QPainter, projection: Projection) -> None:
    """Draw how long a length at the focal point appears."""
    camera = projection.camera
    metre_px = camera.focal_px(projection.height) / camera.distance_m
    length = round_length(160.0 / metre_px)
    if length <= 0:
        return
    width = length * metre_px
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    left = projection.width - _MARGIN - max(width, text_width(text)) - 62
    y = projection.height - _MARGIN
    _plate(painter, QRectF(left - 8, y - 28, max(width, text_width(text)) + 16, 34))
    painter.setPen(QPen(QColor(*PLATE_TEXT), 1.6))
    ends = ((left, y - 6), (left, y), (left + width, y), (left + width, y - 6))
    painter.drawPolyline(QPolygonF([QPointF(*end) for end in ends]))
    painter.setFont(font_of(FONT_PX))
    painter.drawText(QPointF(left, y - 10), text)


def _north(painter: QPainter, projection: Projection, rotation_rad: float) -> None:
    """Draw where north is, as the ground at the focal point shows it; the letter is at the tip."""
    camera = projection.camera
    angle = math.pi / 2 - rotation_rad
    way = np.array([math.cos(angle), math.sin(angle)])
    right, up, _ = camera.basis()
    x = float(right[:2] @ way)
    y = float(up[:2] @ way)
    norm = max(math.hypot(x, y), 1e-6)
    x, y = x / norm, -y / norm
    centre = QPointF(projection.width - _MARGIN - 20, projection.height - _MARGIN - 18)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*PLATE, 150))
    painter.drawEllipse(centre, 24, 24)
    tip = centre + QPointF(x * 8, y * 8)
    tail = centre - QPointF(x * 18, y * 18)
    side = QPointF(-y * 7, x * 7)
    painter.setBrush(QColor(*PLATE_TEXT))
    painter.drawPolygon(QPolygonF([tip, tail + side, centre - QPointF(x * 12, y * 12), tail - side]))
    painter.setPen(QColor(*PLATE_TEXT))
    painter.setFont(font_of(11, True))
    letter = QRectF(centre.x() + x * 16 - 8, centre.y() + y * 16 - 8, 16, 16)
    painter.drawText(letter, Qt.AlignmentFlag.AlignCenter, "N")


def _legend(painter: QPainter, projection: Projection, colour_by: ColourBy) -> None:
    entries = legend(colour_by)
    row = FONT_PX + 8.0
    width = max(text_width(name) for name, _ in entries) + 44
    height = row * len(entries) + 12
    rect = QRectF(_MARGIN, projection.height - _MARGIN - height, width, height)
    _plate(painter, rect)
    painter.setFont(font_of(FONT_PX))
    for k, (name, colour) in enumerate(entries):
        y = rect.top() + 6 + k * row
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*colour))
        painter.drawRect(QRectF(rect.left() + 10, y + 4, 16, 12))
        painter.setPen(QColor(*PLATE_TEXT))
        painter.drawText(QPointF(rect.left() + 34, y + 15), name)


def _watermark(painter: QPainter, projection: Projection, text: str) -> None:
    """Write the word large over the picture: a replay must never pass for the live yard."""
    image = _word(text, max(int(projection.height * 0.085), 22))
    x = (projection.width - image.width()) / 2
    painter.drawImage(QPointF(x, projection.height * 0.9 - image.height() / 2), image)


@lru_cache(maxsize=4)
def _word(text: str, pixels: int) -> QImage:
    """Give a word in large translucent letters with a dark edge; drawing letters anew is dear."""
    path = QPainterPath()
    path.addText(QPointF(0, 0), font_of(pixels, True), text)
    box = path.boundingRect().adjusted(-3, -3, 3, 3)
    image = QImage(math.ceil(box.width()), math.ceil(box.height()), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-box.topLeft())
    painter.setPen(QPen(QColor(20, 24, 28, 60), 2.0))
    painter.setBrush(QColor(255, 255, 255, 70))
    painter.drawPath(path)
    painter.end()
    return image
