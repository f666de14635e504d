"""Encounters over the picture: what both will pass over, where they meet and how soon; grey till an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPen

from twin.safety.table import Alarms, AlarmState, Conflicts
from twin.snapshot import Snapshot
from twin.tables import Floats, Ints, Longs
from twin.yard.structures import structure_name
from ui.scene.labels import FONT_PX, font_of, text_width
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, PRIORITY, RGB
from ui.scene.projection import Projection, draw_lines
from ui.scene.sweeps import HORIZON_S, sweeps_of

CALM_REACH_M = 250.0
"""From farther away an encounter that is no alarm is not named [m]."""
CALM: RGB = (205, 208, 212)
"""An encounter that is no alarm: noted, nothing to be done."""
STACK, OVERLAP, SECONDS = "stack", "overlap {depth:.1f} m", "{s:.1f} s"
"""Words beside an encounter, in English."""
_HEIGHT_M, _GROUND_M = 2.0, 0.12
_AWAY_PX, _GAP_PX, _DIAL_PX, _SMALL_PX, _EDGE_PX = 18.0, 3.0, 11.0, 7.0, 6.0
GRAVE_PX = 16
"""Texts of encounters that are alarms [px]: read from an arm's length without leaning in."""
_TRIES = 5
MOST = 24
"""So many encounters are drawn at most, the soonest: more could not be told apart."""
_HELD = (AlarmState.SHELVED, AlarmState.SUPPRESSED)


def conflict_words(snapshot: Snapshot, row: int) -> str:
    """Name the two of an encounter with the time to contact, the gap where that is none, or the overlap."""
    conflicts, names = snapshot.state.conflicts, snapshot.state.fleet.name
    movers = (int(conflicts.mover[row]), int(conflicts.other[row]))
    parts = [names[m].decode("ascii", "replace") for m in movers if 0 <= m < len(names)]
    if movers[1] < 0 and conflicts.ground[row] >= 0:
        parts.append(_translated(STACK))
    elif movers[1] < 0:
        parts.append(structure_name(snapshot.state.yard, int(conflicts.ground[row])))
    who, time_s, gap_m = " / ".join(parts), float(conflicts.time_s[row]), float(conflicts.gap_m[row])
    if time_s > 0:
        return f"{who}  {_translated(SECONDS).format(s=time_s)}"
    if gap_m < 0:
        return f"{who}  {_translated(OVERLAP).format(depth=-gap_m)}"
    return f"{who}  {gap_m:.1f} m"


def _translated(text: str) -> str:
    return QCoreApplication.translate("scene", text)


def priorities(snapshot: Snapshot) -> list[int]:
    """Give each encounter's alarm priority, the gravest where it has several, 0 where no alarm stands.

    One of a machine and a stack is of the alarm about it and any stack: it goes from one to the next.
    """
    conflicts, alarms = snapshot.state.conflicts, snapshot.state.alarms
    if not len(conflicts) or not len(alarms):
        return [0] * len(conflicts)
    gravest: list[int] = _priorities(conflicts, alarms).tolist()
    return gravest


@lru_cache(maxsize=2)
def _priorities(conflicts: Conflicts, alarms: Alarms) -> Ints:
    stand = np.flatnonzero(~np.isin(alarms.state, _HELD))
    keys, wanted = _keys(alarms)[stand], _keys(conflicts)
    # Of several alarms about one pair the gravest comes first.
    order = np.lexsort((alarms.priority[stand], keys))
    keys, stand = keys[order], stand[order]
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    found = keys[at] == wanted if len(keys) else np.zeros(len(wanted), np.bool_)
    gravest: Ints = np.where(found, alarms.priority[stand][at] if len(keys) else 0, 0).astype(np.int32)
    return gravest


def alarmed(snapshot: Snapshot) -> tuple[int, ...]:
    """Give the fleet rows of the machines of encounters that are alarms, of those drawn, each once."""
    conflicts, grave = snapshot.state.conflicts, priorities(snapshot)
    rows = [row for row in soonest_rows(snapshot) if grave[row]] if any(grave) else []
    both = (int(mover) for row in rows for mover in (conflicts.mover[row], conflicts.other[row]))
    return tuple(dict.fromkeys(mover for mover in both if mover >= 0))


def _keys(table: Conflicts | Alarms) -> Longs:
    """Give one number for each two machines, and for each machine and all that stands."""
    stack = (table.other < 0) & (table.ground != -1)
    keys: Longs = (table.mover.astype(np.int64) + 1 << 32) | (table.other.astype(np.int64) + 1 << 1) | stack
    return keys


def colour_of(priority: int) -> QColor:
    """Give the colour of an encounter: grey, until it is an alarm."""
    return QColor(*PRIORITY.get(priority, CALM))


def _points(snapshot: Snapshot) -> tuple[list[int], Floats]:
    """Give the encounters drawn, and of each the first machine, the point of contact and the other machine.

    Points are (n, 3, 3); an encounter of which one is not known is left out.
    """
    conflicts, tracks = snapshot.state.conflicts, snapshot.state.tracks
    rows = np.array(soonest_rows(snapshot), np.intp)
    mover, other = conflicts.mover[rows], conflicts.other[rows]
    points = np.full((len(rows), 3, 3), _HEIGHT_M)
    for axis, contact, place in ((0, conflicts.x_m, tracks.x_m), (1, conflicts.y_m, tracks.y_m)):
        points[:, 0, axis], points[:, 1, axis] = place[mover], contact[rows]
        points[:, 2, axis] = np.where(other >= 0, place[other], contact[rows])
    known = np.isfinite(points).all(axis=(1, 2))
    return rows[known].tolist(), points[known]


def soonest_rows(snapshot: Snapshot) -> list[int]:
    """Give the encounters that are drawn: ``MOST`` at most, the soonest first."""
    rows: list[int] = np.argsort(snapshot.state.conflicts.time_s, kind="stable")[:MOST].tolist()
    return rows


def conflict_plates(
    snapshot: Snapshot, projection: Projection, taken: Sequence[QRectF] = ()
) -> list[tuple[str, QRectF]]:
    """Lay out the plates, the soonest first; none covers another, and one without room is left out.

    Nor does one lie where what is ``taken`` would cover it.

    An encounter that is no alarm has one only from near by: from afar its dial is enough. That of an
    alarm stays within the picture where the point of contact is a little outside.
    """
    plates: list[tuple[str, QRectF]] = []
    if not len(snapshot.state.conflicts):
        return plates
    grave = priorities(snapshot)
    rows, points = _points(snapshot)
    for row, (x, y, away_m) in zip(rows, projection.points(points[:, 1]).tolist(), strict=True):
        if not np.isfinite(x + y) or (not grave[row] and away_m > CALM_REACH_M):
            continue
        words = conflict_words(snapshot, row)
        plate = _plate(words, x, y, bool(grave[row]), projection)
        for _ in range(_TRIES if plate is not None else 0):
            assert plate is not None
            met = next((other for other in (*taken, *_places(plates)) if plate.intersects(other)), None)
            if met is None:
                plates.append((words, plate))
                break
            plate = plate.translated(0, met.bottom() + _GAP_PX - plate.top())
    return plates


def _places(plates: list[tuple[str, QRectF]]) -> list[QRectF]:
    return [place for _, place in plates]


def _plate(words: str, x: float, y: float, grave: bool, projection: Projection) -> QRectF | None:
    """Give the place of a plate beside a point; None where it would not be seen."""
    wide, tall = projection.width, projection.height
    reach = 0.3 if grave else 0.0
    if not (-reach * wide <= x <= (1 + reach) * wide and -reach * tall <= y <= (1 + reach) * tall):
        return None
    px = GRAVE_PX if grave else FONT_PX
    w, h = text_width(words, px, grave) + 14, px + 8.0
    left = x + _AWAY_PX if x + _AWAY_PX + w <= wide else x - _AWAY_PX - w
    left = min(max(left, _EDGE_PX), wide - w - _EDGE_PX)
    top = min(max(y - h / 2, _EDGE_PX), tall - h - _EDGE_PX)
    return QRectF(left, top, w, h)


def draw_sweeps(painter: QPainter, snapshot: Snapshot, projection: Projection) -> None:
    """Draw what the machines of encounters will pass over: an outline, filled and hatched in an alarm."""
    if not len(snapshot.state.conflicts):
        return
    conflicts, grave = snapshot.state.conflicts, priorities(snapshot)
    worst: dict[int, int] = {}
    for row, priority in enumerate(grave):
        for mover in (int(conflicts.mover[row]), int(conflicts.other[row])):
            worst[mover] = min(worst.get(mover, 9), priority or 9)
    rings = [(mover, ring) for mover, several in sweeps_of(snapshot).items() for ring in several]
    areas = projection.areas([ring for _, ring in rings], _GROUND_M)
    for (mover, ring), area in zip(rings, areas, strict=True):
        priority = worst.get(mover, 9) % 9
        colour = colour_of(priority)
        if priority and area is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            for brush in (_faint(colour, 60), QBrush(_faint(colour, 150), Qt.BrushStyle.BDiagPattern)):
                painter.setBrush(brush)
                painter.drawPolygon(area)
        painter.setPen(QPen(_faint(colour, 230), 2.0 if priority else 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if area is not None:
            painter.drawPolygon(area)
        else:  # part of it is behind the eye
            draw_lines(painter, projection.ring(np.column_stack((ring, np.full(len(ring), _GROUND_M)))))


def _faint(colour: QColor, alpha: int) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint


def draw_conflicts(
    painter: QPainter, snapshot: Snapshot, projection: Projection, plates: list[tuple[str, QRectF]]
) -> None:
    """Draw a line through the point of contact of each encounter, a dial of the time left, and the plates."""
    if not len(snapshot.state.conflicts):
        return
    grave, time_s = priorities(snapshot), snapshot.state.conflicts.time_s
    rows, points = _points(snapshot)
    by_words = {conflict_words(snapshot, row): colour_of(grave[row]) for row in rows}
    of_row = np.array([grave[row] for row in rows])
    for priority in np.unique(of_row).tolist():
        some = points[of_row == priority]
        lines = projection.lines(some[:, :2].reshape(-1, 3), some[:, 1:].reshape(-1, 3))
        _stroke(painter, lines, colour_of(priority), 2.2 if priority else 1.2)
    for row, (x, y, _) in zip(rows, projection.points(points[:, 1]).tolist(), strict=True):
        if np.isfinite(x + y):
            r = _DIAL_PX if grave[row] else _SMALL_PX
            _dial(painter, x, y, float(time_s[row]), colour_of(grave[row]), r)
    for words, plate in plates:
        grave_plate = plate.height() > FONT_PX + 8
        painter.setFont(font_of(GRAVE_PX, True) if grave_plate else font_of(FONT_PX))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*PLATE, 220))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QPen(by_words.get(words, colour_of(0)), 2.0))
        painter.drawLine(plate.topLeft() + QPointF(1, 2), plate.bottomLeft() + QPointF(1, -2))
        painter.setPen(QColor(*PLATE_TEXT))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def _dial(painter: QPainter, x: float, y: float, time_s: float, colour: QColor, r: float) -> None:
    """Draw where they meet as a dial that empties with the time left; crossed where they touch."""
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
