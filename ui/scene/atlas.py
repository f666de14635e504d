"""What is painted on containers: one texture with ribs, doors, roofs and house names."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QImage, QPainter

from twin.stock.table import LINES
from twin.tables import Bytes, Flags, Floats
from ui.scene.faces import BACKWARD, FORWARD, TOP
from ui.scene.meshes import Colours, pixels_of
from ui.scene.palette import LINE_COLOURS, NEUTRAL, RGB

WIDTH_PX, STRIP_PX = 2048, 128
# Columns of a strip [px]: sides, ends and roofs; each cell is a picture of one face.
SIDE_40, SIDE_20, DOOR, FRONT, ROOF_40, ROOF_20, REEFER = range(7)
_CELLS = ((0, 512), (512, 256), (768, 128), (896, 128), (1024, 512), (1536, 256), (1792, 128))
NEUTRAL_STRIP = len(LINES)
_MARGIN_PX = 1.5


@lru_cache(maxsize=1)
def paint_atlas() -> Colours:
    """Paint the texture: a strip a line and one in neutral grey, (h, 2048, 4) RGBA.

    Notes
    -----
    Needs a ``QGuiApplication`` for its fonts.
    """
    strips = len(LINES) + 1
    image = QImage(WIDTH_PX, strips * STRIP_PX, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index in range(strips):
        named = index < len(LINES)
        colour = LINE_COLOURS[index] if named else NEUTRAL
        _paint_strip(painter, index * STRIP_PX, colour, LINES[index] if named else "")
    painter.end()
    pixels = pixels_of(image)
    pixels.setflags(write=False)
    return pixels


def _paint_strip(painter: QPainter, y: int, colour: RGB, name: str) -> None:
    for cell, (x, width) in enumerate(_CELLS):
        rect = QRectF(x, y, width, STRIP_PX)
        painter.fillRect(rect, QColor(*colour))
        if cell in (SIDE_40, SIDE_20):
            _ribs(painter, rect, 84 if cell == SIDE_40 else 42, 16)
            _frame(painter, rect, 5, 7)
            _side_name(painter, rect, colour, name)
        elif cell in (ROOF_40, ROOF_20):
            _ribs(painter, rect, 56 if cell == ROOF_40 else 28, 9)
            _frame(painter, rect, 4, 5)
        elif cell == DOOR:
            _doors(painter, rect)
        elif cell == FRONT:
            _ribs(painter, rect, 14, 15)
            _frame(painter, rect, 6, 7)
        else:
            _reefer_unit(painter, rect)


def _shade(painter: QPainter, rect: QRectF, amount: int) -> None:
    colour = QColor(0, 0, 0, -amount) if amount < 0 else QColor(255, 255, 255, amount)
    painter.fillRect(rect, colour)


def _ribs(painter: QPainter, rect: QRectF, count: int, depth: int) -> None:
    pitch = rect.width() / count
    for k in range(count):
        x = rect.left() + k * pitch
        _shade(painter, QRectF(x, rect.top(), pitch * 0.28, rect.height()), -2 * depth)
        _shade(painter, QRectF(x + pitch * 0.55, rect.top(), pitch * 0.30, rect.height()), depth)


def _frame(painter: QPainter, rect: QRectF, post: float, rail: float) -> None:
    for r in (
        QRectF(rect.left(), rect.top(), rect.width(), rail),
        QRectF(rect.left(), rect.bottom() - rail, rect.width(), rail),
        QRectF(rect.left(), rect.top(), post, rect.height()),
        QRectF(rect.right() - post, rect.top(), post, rect.height()),
    ):
        _shade(painter, r, -34)
    for x in (rect.left(), rect.right() - 9):  # corner castings
        for y in (rect.top(), rect.bottom() - 8):
            painter.fillRect(QRectF(x, y, 9, 8), QColor(0, 0, 0, 105))
    painter.fillRect(QRectF(rect.left(), rect.bottom() - 2, rect.width(), 2), QColor(0, 0, 0, 120))
    painter.fillRect(QRectF(rect.left(), rect.top(), rect.width(), 1.5), QColor(255, 255, 255, 40))


def _ink(colour: RGB) -> QColor:
    light = sum(colour) > 460
    return QColor(62, 78, 100, 225) if light else QColor(236, 238, 238, 225)


def _side_name(painter: QPainter, rect: QRectF, colour: RGB, name: str) -> None:
    painter.setPen(_ink(colour))
    wide = rect.width() > 300
    if name:
        font = QFont("DejaVu Sans", 10)
        font.setBold(True)
        font.setPixelSize(50 if wide else 36)
        font.setStretch(100 if wide else 78)
        painter.setFont(font)
        painter.drawText(rect.adjusted(0, -6, 0, -6), Qt.AlignmentFlag.AlignCenter, name)


def _doors(painter: QPainter, rect: QRectF) -> None:
    _ribs(painter, rect, 6, 5)
    _frame(painter, rect, 6, 7)
    painter.fillRect(
        QRectF(rect.center().x() - 1.5, rect.top() + 6, 3, rect.height() - 12), QColor(0, 0, 0, 130)
    )
    for share in (0.20, 0.38, 0.62, 0.80):  # locking bars with their handles
        x = rect.left() + share * rect.width()
        painter.fillRect(QRectF(x - 1.5, rect.top() + 5, 3, rect.height() - 10), QColor(200, 202, 204, 150))
        painter.fillRect(QRectF(x + 1.5, rect.top() + 5, 1.5, rect.height() - 10), QColor(0, 0, 0, 90))
        painter.fillRect(QRectF(x - 4, rect.bottom() - 46, 12, 5), QColor(30, 30, 30, 140))


def _reefer_unit(painter: QPainter, rect: QRectF) -> None:
    painter.fillRect(rect, QColor(214, 216, 216))
    _frame(painter, rect, 6, 7)
    upper = QRectF(rect.left() + 16, rect.top() + 16, rect.width() - 32, 44)
    painter.fillRect(upper, QColor(120, 126, 130))
    painter.setBrush(QColor(52, 56, 60))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(upper.center(), 18.0, 18.0)
    painter.fillRect(QRectF(rect.left() + 16, rect.top() + 68, rect.width() - 32, 42), QColor(150, 155, 158))
    for k in range(5):
        painter.fillRect(
            QRectF(rect.left() + 18, rect.top() + 72 + 7 * k, rect.width() - 36, 3), QColor(70, 74, 78)
        )


def coordinates(side: NDArray[np.int8], long: Flags, reefer: Flags, strip: Bytes) -> Floats:
    """Give where the four corners of faces lie in the texture.

    Parameters
    ----------
    side : (m,)
        FORWARD to TOP of ``ui.scene.faces``; the doors look backward, a reefer's unit forward.
    long, reefer : (m,) bool
        Of 40 ft or more; a refrigerated box.
    strip : (m,)
        Index into LINES, or NEUTRAL_STRIP.

    Returns
    -------
    (m, 4, 2)
        From 0 to 1, the texture's lower left corner being (0, 0).
    """
    ends = (side == FORWARD) | (side == BACKWARD)
    end_cell = np.where(side == BACKWARD, DOOR, np.where(reefer, REEFER, FRONT))
    flat_cell = np.where(side == TOP, np.where(long, ROOF_40, ROOF_20), np.where(long, SIDE_40, SIDE_20))
    cell = np.where(ends, end_cell, flat_cell)
    left_px = np.array([x for x, _ in _CELLS], float)[cell] + _MARGIN_PX
    width_px = np.array([w for _, w in _CELLS], float)[cell] - 2 * _MARGIN_PX
    strips = NEUTRAL_STRIP + 1
    bottom = (strips - 1 - strip.astype(float) + _MARGIN_PX / STRIP_PX) / strips
    height = (1 - 2 * _MARGIN_PX / STRIP_PX) / strips
    u, v = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0])
    return np.stack(
        ((left_px[:, None] + u * width_px[:, None]) / WIDTH_PX, bottom[:, None] + v * height), axis=2
    )
