"""What is drawn of a slot that is pointed at or has a box held over it, and what is said beside it."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPen, QTextDocument

from twin.snapshot import Snapshot
from twin.stacking.suggestion import Suggestion
from ui.scene.faces import Boxes, faces_of
from ui.scene.ghosts import targets
from ui.scene.labels import FONT_PX, font_of
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, REFUSED, SELECTION
from ui.scene.projection import Projection, draw_lines, edges_of
from ui.view_state import Placing

_WIDE_PX = 320.0
_EDGE_PX, _AWAY_PX = 8.0, 18.0
_SIGN_PX = 18.0


def draw_placing(
    painter: QPainter, snapshot: Snapshot, suggestion: Suggestion, placing: Placing, projection: Projection
) -> None:
    """Draw where the box would be: hatched where a rule refuses it, a plain dashed outline else."""
    if placing.move >= len(suggestion.moves):
        return
    move = replace(suggestion.moves[placing.move], target=placing.target)
    boxes = targets(snapshot, replace(suggestion, moves=(move,)))
    if placing.refused:
        _hatch(painter, boxes, projection)
    colour = QColor(*REFUSED) if placing.refused else QColor(*SELECTION)
    style = Qt.PenStyle.SolidLine if placing.held else Qt.PenStyle.DashLine
    for starts, ends in edges_of(boxes):
        for ink, width in ((QColor(*OUTLINE, 190), 4.6), (colour, 2.4)):
            painter.setPen(QPen(ink, width, style))
            draw_lines(painter, projection.lines(starts, ends))


def _hatch(painter: QPainter, boxes: Boxes, projection: Projection) -> None:
    """Hatch the faces that look at the camera."""
    faces = faces_of(boxes, np.ones((len(boxes), 5), bool))
    eye = projection.camera.eye()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(QColor(*REFUSED), Qt.BrushStyle.BDiagPattern))
    for corners, normal in zip(faces.corner_yard_m, faces.normal, strict=True):
        area = projection.polygon(corners) if float((eye - corners[0]) @ normal) > 0 else None
        if area is not None:
            painter.drawPolygon(area)


def _document(lines: tuple[str, ...]) -> QTextDocument:
    """Lay the lines of a note out, the first one strong; a document measures every script as it is drawn."""
    document = QTextDocument()
    document.setDocumentMargin(0.0)
    document.setDefaultFont(font_of(FONT_PX))
    words = [f"<b>{html.escape(line)}</b>" if not k else html.escape(line) for k, line in enumerate(lines)]
    colour = QColor(*PLATE_TEXT).name()
    document.setHtml(f'<div style="color:{colour}">{"<br>".join(words)}</div>')
    document.setTextWidth(min(document.idealWidth() + 1.0, _WIDE_PX))
    return document


def note_rect(lines: tuple[str, ...], at: QPointF, width: float, height: float) -> QRectF:
    """Give the plate of a note beside a point, moved so that it lies in a picture of that size [px]."""
    size = _document(lines).size()
    return _beside(size.width(), size.height(), at, width, height)


def _beside(wide: float, tall: float, at: QPointF, width: float, height: float) -> QRectF:
    wide, tall = wide + 2 * _EDGE_PX + _SIGN_PX, tall + 2 * _EDGE_PX
    left = at.x() + _AWAY_PX if at.x() + _AWAY_PX + wide <= width else at.x() - _AWAY_PX - wide
    top = at.y() + _AWAY_PX if at.y() + _AWAY_PX + tall <= height else at.y() - _AWAY_PX - tall
    return QRectF(max(left, 0.0), max(top, 0.0), wide, tall)


def draw_note(painter: QPainter, placing: Placing, at: QPointF, width: float, height: float) -> None:
    """Write what is said of a slot on a plate beside the pointer; a diamond marks what is refused."""
    if not placing.lines:
        return
    document = _document(placing.lines)
    plate = _beside(document.size().width(), document.size().height(), at, width, height)
    painter.setPen(QPen(QColor(*REFUSED), 1.6) if placing.refused else QPen(QColor(*OUTLINE), 1.0))
    painter.setBrush(QColor(*PLATE, 235))
    painter.drawRoundedRect(plate, 4, 4)
    painter.save()
    painter.translate(
        plate.left() + _EDGE_PX + (_SIGN_PX if placing.refused else _SIGN_PX / 2), plate.top() + _EDGE_PX
    )
    document.drawContents(painter)
    painter.restore()
    if placing.refused:
        _diamond(painter, QPointF(plate.left() + _EDGE_PX + 5, plate.top() + _EDGE_PX + FONT_PX / 2 + 2))


def _diamond(painter: QPainter, at: QPointF) -> None:
    painter.setPen(QPen(QColor(*OUTLINE), 1.0))
    painter.setBrush(QColor(*REFUSED))
    corners = (QPointF(0, -6), QPointF(6, 0), QPointF(0, 6), QPointF(-6, 0))
    painter.drawPolygon(*[at + corner for corner in corners])
