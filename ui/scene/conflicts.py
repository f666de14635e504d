"""Encounters over the picture: a line between the two, a plate that names them and the time to contact."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from twin.snapshot import Snapshot
from twin.tables import Floats
from ui.scene.labels import FONT_PX, font_of, text_width
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, PRIORITY
from ui.scene.projection import Projection, draw_lines

_HEIGHT_M = 2.0
_AWAY_PX, _TALL_PX, _GAP_PX = 10.0, 20.0, 3.0
_TRIES = 5


def conflict_words(snapshot: Snapshot, row: int) -> str:
    """Name the machines of an encounter with the time to contact, or the gap where that is none."""
    conflicts, names = snapshot.state.conflicts, snapshot.state.fleet.name
    movers = (int(conflicts.mover[row]), int(conflicts.other[row]))
    who = " / ".join(names[m].decode("ascii", "replace") for m in movers if 0 <= m < len(names))
    time_s = float(conflicts.time_s[row])
    return f"{who}  {time_s:.1f} s" if time_s > 0 else f"{who}  {conflicts.gap_m[row]:.1f} m"


def _points(snapshot: Snapshot, row: int) -> Floats | None:
    """Give the first machine, the point of contact and the other machine, (3, 3); None where not known."""
    conflicts, tracks = snapshot.state.conflicts, snapshot.state.tracks
    mover, other = int(conflicts.mover[row]), int(conflicts.other[row])
    contact = (conflicts.x_m[row], conflicts.y_m[row], _HEIGHT_M)
    last = (tracks.x_m[other], tracks.y_m[other], _HEIGHT_M) if other >= 0 else contact
    points = np.array([(tracks.x_m[mover], tracks.y_m[mover], _HEIGHT_M), contact, last], float)
    return points if np.isfinite(points).all() else None


def conflict_plates(snapshot: Snapshot, projection: Projection) -> list[tuple[str, QRectF]]:
    """Lay out the plates, the soonest first; none covers another, and one without room is left out."""
    conflicts = snapshot.state.conflicts
    plates: list[tuple[str, QRectF]] = []
    for row in np.argsort(conflicts.time_s, kind="stable").tolist():
        points = _points(snapshot, row)
        if points is None:
            continue
        x, y, _ = projection.points(points[1:2])[0]
        if not np.isfinite(x + y):
            continue
        words = conflict_words(snapshot, row)
        plate = QRectF(x + _AWAY_PX, y - _TALL_PX / 2, text_width(words) + 12, _TALL_PX)
        for _ in range(_TRIES):
            if not any(plate.intersects(other) for _, other in plates):
                plates.append((words, plate))
                break
            plate = plate.translated(0, _TALL_PX + _GAP_PX)
    return plates


def draw_conflicts(
    painter: QPainter, snapshot: Snapshot, projection: Projection, plates: list[tuple[str, QRectF]]
) -> None:
    """Draw a line through the point of contact of each encounter, and the plates."""
    for row in range(len(snapshot.state.conflicts)):
        points = _points(snapshot, row)
        if points is not None:
            _stroke(painter, projection.lines(points[:2], points[1:]))
    painter.setFont(font_of(FONT_PX))
    for words, plate in plates:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*PLATE, 220))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QPen(QColor(*PRIORITY[1]), 2.0))
        painter.drawLine(plate.topLeft() + QPointF(1, 2), plate.bottomLeft() + QPointF(1, -2))
        painter.setPen(QColor(*PLATE_TEXT))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def _stroke(painter: QPainter, lines: list[QLineF]) -> None:
    for ink, width in ((QColor(*OUTLINE, 170), 4.2), (QColor(*PRIORITY[1]), 2.2)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap))
        draw_lines(painter, lines)
