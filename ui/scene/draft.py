"""A draft yard over the live one: outlines of its blocks, and what can be taken hold of."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from twin.yard.model import Block, Yard
from ui.i18n import typeset
from ui.scene.labels import FONT_PX, font_of, text_width
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, SELECTION
from ui.scene.picking import block_at
from ui.scene.projection import Projection, draw_lines

_HANDLE_PX = 6.0
_LIFTED_M = 0.2
"""How far above the ground outlines are drawn [m]."""


@dataclass(slots=True)
class Drag:
    """A block that is being moved: where it was taken hold of, and how far it has gone [m]."""

    name: str
    from_m: tuple[float, float]
    dx_m: float = 0.0
    dy_m: float = 0.0

    def to(self, x_m: float, y_m: float) -> None:
        """Follow the pointer to a point of the ground."""
        self.dx_m, self.dy_m = x_m - self.from_m[0], y_m - self.from_m[1]


def take_hold(yard: Yard, x_m: float, y_m: float, selected: str | None) -> Drag | None:
    """Give a drag of the block under a point of the ground; the selected one goes first. None for none."""
    index = block_at(yard, x_m, y_m)
    if index < 0:
        return None
    name = yard.blocks[index].name
    for block in yard.blocks:
        if block.name == selected and block.holds(x_m, y_m):
            name = block.name
    return Drag(name, (x_m, y_m))


def draw_draft(
    painter: QPainter, yard: Yard, selected: str | None, drag: Drag | None, projection: Projection,
    named: Collection[Block] = (),
) -> None:  # fmt: skip
    """Draw the outlines of a draft's blocks; the selected one with handles, a dragged one where it is now.

    ``named`` are blocks of the yard below whose names are in the picture already: where the draft has
    them as they are, it does not write them again.
    """
    moves = [
        (drag.dx_m, drag.dy_m) if drag is not None and drag.name == block.name else (0.0, 0.0)
        for block in yard.blocks
    ]
    corners = [
        np.array([(x + dx, y + dy) for x, y in block.outline()])
        for block, (dx, dy) in zip(yard.blocks, moves, strict=True)
    ]
    areas = projection.areas(corners, _LIFTED_M)
    for block, moved, flat, area in zip(yard.blocks, moves, corners, areas, strict=True):
        chosen = block.name == selected or any(moved)
        level = np.column_stack((flat, np.full(len(flat), _LIFTED_M)))
        _outline(painter, level, area, chosen, projection)
        if chosen:
            _handles(painter, level, projection)
        if chosen or block not in named:
            _caption(painter, block, level, moved, projection)


def _outline(
    painter: QPainter, corners: np.ndarray, area: QPolygonF | None, chosen: bool, projection: Projection
) -> None:
    """Draw where a block is: filled, its edge dashed, of the one chosen whole and with a dark one under it.

    A dark edge under each would take the larger part of a paint's time.
    """
    dark, bright = QPen(QColor(*OUTLINE, 150), 4.2), QPen(QColor(*SELECTION), 2.4)
    dashed = QPen(QColor(*SELECTION, 190), 1.6, Qt.PenStyle.DashLine)
    painter.setBrush(QColor(*SELECTION, 70 if chosen else 26))
    for pen in (dark, bright) if chosen else (dashed,):
        painter.setPen(pen)
        if area is not None:
            painter.drawPolygon(area)
        else:  # part of it is behind the eye
            draw_lines(painter, projection.ring(corners))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _handles(painter: QPainter, corners: np.ndarray, projection: Projection) -> None:
    """Draw squares on the corners and a round one in the middle, where the block is taken hold of."""
    seen = projection.points(np.vstack((corners, corners.mean(axis=0))))
    painter.setPen(QPen(QColor(*OUTLINE), 1.5))
    painter.setBrush(QColor(*SELECTION))
    for k, (x, y, _) in enumerate(seen):
        if not math.isfinite(x + y):
            continue
        if k < 4:
            painter.drawRect(QRectF(x - _HANDLE_PX, y - _HANDLE_PX, 2 * _HANDLE_PX, 2 * _HANDLE_PX))
        else:
            painter.drawEllipse(QPointF(x, y), _HANDLE_PX + 2, _HANDLE_PX + 2)


def _caption(
    painter: QPainter, block: Block, corners: np.ndarray, moved: tuple[float, float], projection: Projection
) -> None:
    seen = projection.points(corners.mean(axis=0)[None])[0]
    if not np.isfinite(seen).all():
        return
    text = block.name
    if any(moved):
        text += typeset(f"  {moved[0]:+.1f} m  {moved[1]:+.1f} m")
    width = text_width(text) + 12
    rect = QRectF(seen[0] - width / 2, seen[1] - 32, width, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*PLATE, 210))
    painter.drawRoundedRect(rect, 3, 3)
    painter.setPen(QColor(*PLATE_TEXT))
    painter.setFont(font_of(FONT_PX))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
