"""Encounters over the picture: what both will pass over, where they meet and how soon; grey till an alarm."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPen

from twin.safety.table import AlarmState
from twin.snapshot import Snapshot
from twin.tables import Floats
from ui.scene.labels import FONT_PX, font_of, text_width
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, PRIORITY, RGB
from ui.scene.projection import Projection, draw_lines
from ui.scene.sweeps import HORIZON_S, sweeps_of

CALM_REACH_M = 250.0
"""From farther away an encounter that is no alarm is not named [m]."""
CALM: RGB = (205, 208, 212)
"""An encounter that is no alarm: noted, nothing to be done."""
_HEIGHT_M, _GROUND_M = 2.0, 0.12
_AWAY_PX, _TALL_PX, _GAP_PX, _DIAL_PX, _SMALL_PX = 18.0, 20.0, 3.0, 11.0, 7.0
_TRIES = 5
MOST = 24
"""So many encounters are drawn at most, the soonest: more could not be told apart."""
_HELD = (AlarmState.SHELVED, AlarmState.SUPPRESSED)


def conflict_words(snapshot: Snapshot, row: int) -> str:
    """Name the machines of an encounter with the time to contact, or the gap where that is none."""
    conflicts, names = snapshot.state.conflicts, snapshot.state.fleet.name
    movers = (int(conflicts.mover[row]), int(conflicts.other[row]))
    who = " / ".join(names[m].decode("ascii", "replace") for m in movers if 0 <= m < len(names))
    time_s = float(conflicts.time_s[row])
    return f"{who}  {time_s:.1f} s" if time_s > 0 else f"{who}  {conflicts.gap_m[row]:.1f} m"


def priorities(snapshot: Snapshot) -> list[int]:
    """Give each encounter's alarm priority, the gravest where it has several, 0 where no alarm stands."""
    conflicts, alarms = snapshot.state.conflicts, snapshot.state.alarms
    if not len(conflicts) or not len(alarms):
        return [0] * len(conflicts)
    stands = ~np.isin(alarms.state, _HELD)
    same = (conflicts.mover[:, None] == alarms.mover) & (conflicts.other[:, None] == alarms.other) & stands
    same &= (conflicts.other[:, None] >= 0) | (conflicts.ground[:, None] == alarms.ground)
    gravest = np.where(same, alarms.priority, 9).min(axis=1)
    return [int(priority) if priority < 9 else 0 for priority in gravest]


def colour_of(priority: int) -> QColor:
    """Give the colour of an encounter: grey, until it is an alarm."""
    return QColor(*PRIORITY.get(priority, CALM))


def _points(snapshot: Snapshot, row: int) -> Floats | None:
    """Give the first machine, the point of contact and the other machine, (3, 3); None where not known."""
    conflicts, tracks = snapshot.state.conflicts, snapshot.state.tracks
    mover, other = int(conflicts.mover[row]), int(conflicts.other[row])
    contact = (conflicts.x_m[row], conflicts.y_m[row], _HEIGHT_M)
    last = (tracks.x_m[other], tracks.y_m[other], _HEIGHT_M) if other >= 0 else contact
    points = np.array([(tracks.x_m[mover], tracks.y_m[mover], _HEIGHT_M), contact, last], float)
    return points if np.isfinite(points).all() else None


def soonest_rows(snapshot: Snapshot) -> list[int]:
    """Give the encounters that are drawn: ``MOST`` at most, the soonest first."""
    rows: list[int] = np.argsort(snapshot.state.conflicts.time_s, kind="stable")[:MOST].tolist()
    return rows


def conflict_plates(snapshot: Snapshot, projection: Projection) -> list[tuple[str, QRectF]]:
    """Lay out the plates, the soonest first; none covers another, and one without room is left out.

    An encounter that is no alarm has one only from near by: from afar its dial is enough.
    """
    plates: list[tuple[str, QRectF]] = []
    grave = priorities(snapshot)
    for row in soonest_rows(snapshot):
        points = _points(snapshot, row)
        if points is None:
            continue
        x, y, away_m = projection.points(points[1:2])[0]
        if not np.isfinite(x + y) or (not grave[row] and away_m > CALM_REACH_M):
            continue
        words = conflict_words(snapshot, row)
        plate = QRectF(x + _AWAY_PX, y - _TALL_PX / 2, text_width(words) + 12, _TALL_PX)
        for _ in range(_TRIES):
            if not any(plate.intersects(other) for _, other in plates):
                plates.append((words, plate))
                break
            plate = plate.translated(0, _TALL_PX + _GAP_PX)
    return plates


def draw_sweeps(painter: QPainter, snapshot: Snapshot, projection: Projection) -> None:
    """Draw what the machines of encounters will pass over: an outline, filled and hatched in an alarm."""
    if not len(snapshot.state.conflicts):
        return
    conflicts, grave = snapshot.state.conflicts, priorities(snapshot)
    worst: dict[int, int] = {}
    for row, priority in enumerate(grave):
        for mover in (int(conflicts.mover[row]), int(conflicts.other[row])):
            worst[mover] = min(worst.get(mover, 9), priority or 9)
    for mover, rings in sweeps_of(snapshot).items():
        priority = worst.get(mover, 9) % 9
        colour = colour_of(priority)
        for ring in rings:
            flat = np.column_stack((ring, np.full(len(ring), _GROUND_M)))
            area = projection.polygon(flat)
            if priority and area is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                for brush in (_faint(colour, 60), QBrush(_faint(colour, 150), Qt.BrushStyle.BDiagPattern)):
                    painter.setBrush(brush)
                    painter.drawPolygon(area)
            painter.setPen(QPen(_faint(colour, 230), 2.0 if priority else 1.2))
            draw_lines(painter, projection.ring(flat))


def _faint(colour: QColor, alpha: int) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint


def draw_conflicts(
    painter: QPainter, snapshot: Snapshot, projection: Projection, plates: list[tuple[str, QRectF]]
) -> None:
    """Draw a line through the point of contact of each encounter, a dial of the time left, and the plates."""
    by_words, grave = {}, priorities(snapshot)
    for row in soonest_rows(snapshot):
        colour = by_words[conflict_words(snapshot, row)] = colour_of(grave[row])
        points = _points(snapshot, row)
        if points is not None:
            _stroke(painter, projection.lines(points[:2], points[1:]), colour, 2.2 if grave[row] else 1.2)
            time_s = float(snapshot.state.conflicts.time_s[row])
            _dial(painter, projection, points[1], time_s, colour, _DIAL_PX if grave[row] else _SMALL_PX)
    painter.setFont(font_of(FONT_PX))
    for words, plate in plates:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*PLATE, 220))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QPen(by_words.get(words, colour_of(0)), 2.0))
        painter.drawLine(plate.topLeft() + QPointF(1, 2), plate.bottomLeft() + QPointF(1, -2))
        painter.setPen(QColor(*PLATE_TEXT))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def _dial(
    painter: QPainter, projection: Projection, contact: Floats, time_s: float, colour: QColor, r: float
) -> None:
    """Draw where they meet as a dial that empties with the time left; crossed where they touch."""
    x, y, _ = projection.points(contact[None])[0]
    if not np.isfinite(x + y):
        return
    around = QRectF(x - r, y - r, 2 * r, 2 * r)
    painter.setPen(QPen(QColor(*OUTLINE), 1.5))
    painter.setBrush(QColor(*PLATE, 200))
    painter.drawEllipse(around)
    painter.setBrush(colour)
    left = min(max(time_s / HORIZON_S, 0.0), 1.0)
    painter.drawPie(around.adjusted(2, 2, -2, -2), 90 * 16, round(360 * 16 * left))
    if time_s <= 0:
        painter.setPen(QPen(colour, 2.6))
        for slope in (1, -1):
            painter.drawLine(QPointF(x - r, y - slope * r), QPointF(x + r, y + slope * r))


def _stroke(painter: QPainter, lines: list[QLineF], colour: QColor, width: float) -> None:
    for ink, wide in ((QColor(*OUTLINE, 170), width + 2.0), (colour, width)):
        painter.setPen(QPen(ink, wide, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap))
        draw_lines(painter, lines)
