"""What is drawn over the machines and stacks: selection, alarms, conflicts, suggestions, uncertainty."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from twin.fleet.kinds import KIND_NAMES, KINDS, Joint
from twin.snapshot import Snapshot
from twin.stacking.suggestion import Move, Suggestion, SuggestionKind
from twin.tables import Floats
from ui.scene.alarm_signs import alarm_signs, draw_alarms, signed
from ui.scene.blind import blind_labels, draw_blind
from ui.scene.closures import closure_labels, draw_closures
from ui.scene.conflicts import alarmed, conflict_plates, draw_conflicts, draw_sweeps
from ui.scene.doubts import draw_doubts
from ui.scene.faces import Boxes, standing
from ui.scene.fleet import carried
from ui.scene.ghosts import Ghosts, chosen_suggestion, place_of, targets
from ui.scene.heat_marks import draw_heat
from ui.scene.labels import FONT_PX, draw_labels, font_of, labels_of, placed
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, SELECTION, SEVERITY, SUGGESTION
from ui.scene.placing import draw_placing
from ui.scene.projection import Projection, box_edges, draw_lines, edges_of
from ui.view_state import Encounter, Pick, PickKind, ViewState, Violation

_RING_M = 4.0


def draw_overlays(
    painter: QPainter,
    snapshot: Snapshot,
    view: ViewState,
    projection: Projection,
    ghosts: Ghosts,
    hover: Pick | None,
) -> None:
    """Draw all marks of a snapshot, those that matter most last."""
    if view.blind:
        draw_blind(painter, snapshot, projection)
    draw_closures(painter, snapshot, projection)
    heat = draw_heat(painter, snapshot, projection, view.heat_of) if view.heat else []
    draw_doubts(painter, snapshot, projection, view.sigma_rings)
    draw_sweeps(painter, snapshot, projection)
    if hover is not None and (
        view.selected is None or (hover.kind, hover.row) != (view.selected.kind, view.selected.row)
    ):
        _outline(painter, snapshot, projection, hover, 1.2)
    if view.selected is not None:
        _outline(painter, snapshot, projection, view.selected, 2.4)
    marked = encountered(snapshot, view.encounter)
    if view.encounter is not None:
        _encounter(painter, snapshot, view.encounter, marked, projection)
    _suggestion(painter, snapshot, view, projection, ghosts)
    if view.violation is not None:
        _violation(painter, snapshot, view.violation, projection)
    signs = alarm_signs(snapshot, projection)
    over = [sign.area for sign in signs]
    plates = conflict_plates(snapshot, projection, over)
    draw_conflicts(painter, snapshot, projection, plates)
    chosen = view.selected.row if view.selected is not None and view.selected.kind is PickKind.MOVER else -1
    taken = over + [plate for _, plate in plates] + heat
    named = (*marked, *alarmed(snapshot), *signed(snapshot, signs))
    labels = labels_of(snapshot, projection, chosen, view.sigma_rings, view.labels, named)
    labels += blind_labels(snapshot, projection) if view.blind else []
    labels += closure_labels(snapshot, projection)
    draw_labels(painter, placed(labels, taken, projection.size))
    draw_alarms(painter, snapshot, signs)


def _stroke(
    painter: QPainter,
    lines: list[QLineF],
    colour: QColor,
    width: float,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
) -> None:
    """Draw lines with a dark edge, so that they show on every ground."""
    for ink, extra in ((QColor(*OUTLINE, 170), 2.0), (colour, 0.0)):
        pen = QPen(ink, width + extra, style)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        draw_lines(painter, lines)


def selection_box(snapshot: Snapshot, pick: Pick) -> list[tuple[Floats, Floats]]:
    """Give the edges, as starts and ends (12, 3), of boxes around what was picked; none where it is gone."""
    state = snapshot.state
    if pick.kind is PickKind.BLOCK and 0 <= pick.row < len(state.yard.blocks):
        block = state.yard.blocks[pick.row]
        turn = (math.cos(block.heading_rad), math.sin(block.heading_rad))
        return [box_edges(block.middle_yard_m, *turn, (block.length_m / 2, block.width_m / 2), (0.05, 0.05))]
    if pick.kind is PickKind.MOVER and 0 <= pick.row < len(state.fleet) and state.fleet.present[pick.row]:
        return _mover_boxes(snapshot, pick.row)
    if pick.kind is PickKind.BOX and 0 <= pick.row < len(state.stock):
        return edges_of(_box_solid(snapshot, pick.row))
    return []


def _box_solid(snapshot: Snapshot, row: int) -> Boxes:
    """Give a box as a solid, wherever it is; empty where it is not in the yard."""
    state = snapshot.state
    if state.stock.ground[row] >= 0:
        return standing(state.stock, state.slots, np.array([row], np.int32))
    held = carried(state.fleet, state.tracks, state.stock)
    return Boxes(**{name: getattr(held, name)[held.row == row] for name in Boxes.__dataclass_fields__})


def _mover_boxes(snapshot: Snapshot, row: int) -> list[tuple[Floats, Floats]]:
    """Give the boxes around a machine's body and around its trailer."""
    tracks = snapshot.state.tracks
    kind = KINDS[KIND_NAMES[int(snapshot.state.fleet.kind[row])]]
    x, y = float(tracks.x_m[row]), float(tracks.y_m[row])
    found = []
    for joints, heading in (
        ((Joint.BODY,), float(tracks.heading_rad[row])),
        ((Joint.TRAILER,), float(tracks.trailer_heading_rad[row])),
    ):
        parts = [p for p in kind.parts if p.joint in joints]
        if not parts or not math.isfinite(x + y + heading):
            continue
        low = np.min([np.subtract(p.centre_m, p.half_m) for p in parts], axis=0)
        high = np.max([np.add(p.centre_m, p.half_m) for p in parts], axis=0)
        middle, half = (low + high) / 2, (high - low) / 2
        c, s = math.cos(heading), math.sin(heading)
        centre = (x + c * middle[0] - s * middle[1], y + s * middle[0] + c * middle[1])
        found.append(
            box_edges(centre, c, s, (float(half[0]), float(half[1])), (float(low[2]), float(high[2])))
        )
    return found


def _outline(painter: QPainter, snapshot: Snapshot, projection: Projection, pick: Pick, width: float) -> None:
    for starts, ends in selection_box(snapshot, pick):
        _stroke(painter, projection.lines(starts, ends), QColor(*SELECTION), width)


def encountered(snapshot: Snapshot, encounter: Encounter | None) -> tuple[int, ...]:
    """Give the fleet rows of the machines of a near miss that is looked at again, by their names."""
    if encounter is None:
        return ()
    names = np.array(encounter.names, snapshot.state.fleet.name.dtype)
    return tuple(np.flatnonzero(np.isin(snapshot.state.fleet.name, names)).tolist())


def _encounter(
    painter: QPainter, snapshot: Snapshot, encounter: Encounter, rows: tuple[int, ...], projection: Projection
) -> None:
    """Outline both machines of a near miss, and ring the place on the ground where it was."""
    colour = QColor(*SELECTION)
    for row in rows:
        _outline(painter, snapshot, projection, Pick(PickKind.MOVER, row, (0.0, 0.0, 0.0)), 3.0)
    if math.isfinite(encounter.x_m + encounter.y_m):
        turn = np.linspace(0.0, 2 * math.pi, 33)
        x, y = encounter.x_m + _RING_M * np.cos(turn), encounter.y_m + _RING_M * np.sin(turn)
        ring = np.column_stack((x, y, np.full(len(turn), 0.12)))
        _stroke(painter, projection.lines(ring[:-1], ring[1:]), colour, 2.4, Qt.PenStyle.DashLine)


def _violation(painter: QPainter, snapshot: Snapshot, violation: Violation, projection: Projection) -> None:
    """Outline the two boxes of a violation through all that stands before them, and a slot to go to."""
    colour = QColor(*SEVERITY[1])
    rows = [row for row in (violation.row, violation.other) if 0 <= row < len(snapshot.state.stock)]
    solids = [_box_solid(snapshot, row) for row in rows]
    for index, solid in enumerate(solids):
        for starts, ends in edges_of(solid):
            _stroke(painter, projection.lines(starts, ends), colour, 1.6 if index else 3.0)
    if len(solids) == 2 and all(map(len, solids)):
        ends_m = [np.array([*solid.centre_yard_m[0], solid.top_m[0]]) for solid in solids]
        _stroke(painter, projection.lines(ends_m[0], ends_m[1]), colour, 1.6, Qt.PenStyle.DotLine)
    if violation.nearest is not None and solids:
        box = rows[0]
        number, length = snapshot.state.stock.number[box].decode(), int(snapshot.state.stock.length_ft[box])
        move = Move(number, length, None, violation.nearest)
        suggestion = Suggestion(0, SuggestionKind.RELOCATE, number, (move,), (), (), 0)
        for starts, ends in edges_of(targets(snapshot, suggestion)):
            lines = projection.lines(starts, ends)
            _stroke(painter, lines, QColor(*SUGGESTION), 1.6, Qt.PenStyle.DashLine)


def _suggestion(
    painter: QPainter, snapshot: Snapshot, view: ViewState, projection: Projection, ghosts: Ghosts
) -> None:
    """Draw an arc from where each box is to where it would go, numbered in the order of the moves."""
    suggestion = chosen_suggestion(snapshot, view)
    if suggestion is None:
        return
    boxes = ghosts.boxes if ghosts.boxes is not None else targets(snapshot, suggestion)
    for starts, ends in edges_of(boxes):
        _stroke(painter, projection.lines(starts, ends), QColor(*SUGGESTION), 1.4)
    if view.placing is not None:
        draw_placing(painter, snapshot, suggestion, view.placing, projection)
    for index, move in enumerate(suggestion.moves):
        path = _arc(snapshot, move)
        if path is None:
            continue
        lines = projection.lines(path[:-1], path[1:])
        _stroke(painter, lines, QColor(*SUGGESTION), 2.6)
        if lines:
            _arrow_head(painter, lines[-1])
            _number(painter, lines[len(lines) // 2].p1(), str(index + 1))


def _arc(snapshot: Snapshot, move: Move) -> Floats | None:
    """Give the way of one move through the air, (25, 3); None where either end is not known."""
    goal = place_of(snapshot, move.target, move)
    start = (
        place_of(snapshot, move.source, move) if move.source is not None else _where(snapshot, move.number)
    )
    if goal is None or start is None:
        return None
    a, b = np.array([start[0], start[1], start[5]]), np.array([goal[0], goal[1], goal[5]])
    t = np.linspace(0, 1, 25)[:, None]
    path: Floats = a + t * (b - a)
    path[:, 2] += 4 * t[:, 0] * (1 - t[:, 0]) * (4.0 + 0.16 * float(np.hypot(*(b - a)[:2])))
    return path


def _where(snapshot: Snapshot, number: str) -> tuple[float, ...] | None:
    """Give the place of a box that comes on a truck, in the form of ``place_of``."""
    found = np.flatnonzero(snapshot.state.stock.number == number.encode())
    if not len(found):
        return None
    solid = _box_solid(snapshot, int(found[0]))
    if not len(solid):
        return None
    (x, y), top = solid.centre_yard_m[0], float(solid.top_m[0])
    return float(x), float(y), 0.0, float(solid.half_l_m[0]), float(solid.bottom_m[0]), top, 0.0


def _arrow_head(painter: QPainter, last: QLineF) -> None:
    dx, dy = last.dx(), last.dy()
    norm = max(math.hypot(dx, dy), 1e-6)
    ux, uy = dx / norm, dy / norm
    tip = last.p2()
    left = tip - QPointF(14 * ux - 7 * uy, 14 * uy + 7 * ux)
    right = tip - QPointF(14 * ux + 7 * uy, 14 * uy - 7 * ux)
    painter.setPen(QPen(QColor(*OUTLINE), 1.0))
    painter.setBrush(QColor(*SUGGESTION))
    painter.drawPolygon(QPolygonF([tip, left, right]))


def _number(painter: QPainter, at: QPointF, text: str) -> None:
    painter.setPen(QPen(QColor(*SUGGESTION), 1.5))
    painter.setBrush(QColor(*PLATE))
    painter.drawEllipse(at, 10, 10)
    painter.setPen(QColor(*PLATE_TEXT))
    painter.setFont(font_of(FONT_PX, True))
    painter.drawText(QRectF(at.x() - 10, at.y() - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, text)
