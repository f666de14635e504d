"""Signs of alarms over the picture: each readable, with a line to its place where it had to give way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from twin.safety.table import AlarmState
from twin.snapshot import Snapshot
from twin.tables import Floats
from ui.scene.labels import font_of, mover_tops
from ui.scene.palette import OUTLINE, PLATE, PLATE_TEXT, PRIORITY
from ui.scene.projection import Projection, draw_lines

_HALF_BLINK_NS = 400_000_000
_MOST = 200
_PICTURE_PX, _RAISED_PX, _SPOT_PX = 36, 14.0, 12.0
_NAMED = 12
"""Of so many signs the machines are named whatever else is near: of more the list tells."""
_WIDE_PX, _TALL_PX = 30, 36
"""Signs stand more than this apart, across or down."""
_STEPS = sorted(
    ((i, j) for i in range(-3, 4) for j in range(-4, 2)),
    key=lambda step: (step[0] ** 2 + step[1] ** 2, step[1]),
)
_WAYS_PX = np.array(_STEPS) * (_WIDE_PX + 1, _TALL_PX + 1)
"""Where a sign may stand instead of at its own place, the nearest first, above rather than below."""
_MARGIN_PX = 160
"""Wider than any of these ways."""


@dataclass(frozen=True, slots=True)
class AlarmSign:
    """The sign of an alarm: its row and priority, where it is drawn, and the place that it is about [px]."""

    row: int
    priority: int
    at: QPointF
    of: QPointF

    @property
    def area(self) -> QRectF:
        """What it covers."""
        return QRectF(self.at.x() - 14, self.at.y() - 30, 28, 34)


def alarm_signs(snapshot: Snapshot, projection: Projection) -> list[AlarmSign]:
    """Give the signs of alarms with a place, the gravest first, of those what nobody has acknowledged.

    Of alarms on one spot only the gravest has a sign, what is shelved or suppressed has none; of very many
    only the gravest ``_MOST`` have one, and of those crowded in one place as many as find room there.
    """
    alarms, state = snapshot.state.alarms, snapshot.state
    if not len(alarms):
        return []
    held = np.isin(alarms.state, (AlarmState.SHELVED, AlarmState.SUPPRESSED))
    points = np.column_stack((alarms.x_m, alarms.y_m, np.full(len(alarms), 4.0)))
    tied = (alarms.mover >= 0) & (alarms.mover < len(state.fleet))
    if tied.any():
        points[tied] = mover_tops(snapshot, alarms.mover[tied])
    known = np.isfinite(points).all(axis=1) & ~held
    seen = np.full((len(alarms), 3), np.nan)
    seen[known] = projection.points(points[known])
    seen_to = alarms.state != AlarmState.UNACKNOWLEDGED
    rows = np.lexsort((alarms.id, seen_to, alarms.priority))
    rows = rows[projection.inside(seen[rows])]
    across, down = np.floor(seen[rows, :2] / _SPOT_PX).astype(int).T
    rows = rows[np.sort(np.unique(across << 16 | down, return_index=True)[1])][:_MOST]
    own = seen[rows, :2]
    return [
        AlarmSign(row, int(alarms.priority[row]), QPointF(*at), QPointF(*of))
        for row, at, of in zip(rows.tolist(), spread(own, projection).tolist(), own.tolist(), strict=True)
        if np.isfinite(at[0])
    ]


def signed(snapshot: Snapshot, signs: list[AlarmSign]) -> tuple[int, ...]:
    """Give the fleet rows of the machines that the gravest signs stand over, ``_NAMED`` signs at most."""
    movers = snapshot.state.alarms.mover
    return tuple(int(movers[sign.row]) for sign in signs[:_NAMED] if movers[sign.row] >= 0)


def spread(own: Floats, projection: Projection) -> Floats:
    """Give where signs stand so that none lies over another nor beyond the edge, (n, 2) [px].

    Parameters
    ----------
    own : (n, 2) float
        Their own places [px]; who comes first keeps its own.

    Returns
    -------
    (n, 2) float
        NaN where a sign finds no room near its own place.
    """
    low = np.array((15, 32))
    high = np.maximum(np.array(projection.size, int) - (15, 4), low)
    wide, tall = (high + 2 * _MARGIN_PX).tolist()
    taken = np.ones((tall, wide), np.bool_)  # the picture with a margin that no way leads beyond
    taken[_MARGIN_PX:, _MARGIN_PX:][low[1] : high[1] + 1, low[0] : high[0] + 1] = False
    places, at = np.clip(own, low, high), np.full(own.shape, np.nan)
    ways = _WAYS_PX[:, 1] * wide + _WAYS_PX[:, 0]
    for k, (x, y) in enumerate((np.rint(places).astype(int) + _MARGIN_PX).tolist()):
        free = ~taken.ravel()[y * wide + x + ways]
        first = int(free.argmax())
        if free[first]:
            at[k] = places[k] if first == 0 else (x, y) + _WAYS_PX[first] - _MARGIN_PX
            x, y = x + int(_WAYS_PX[first, 0]), y + int(_WAYS_PX[first, 1])
            taken[y - _TALL_PX : y + _TALL_PX + 1, x - _WIDE_PX : x + _WIDE_PX + 1] = True
    return at


def draw_alarms(painter: QPainter, snapshot: Snapshot, signs: list[AlarmSign]) -> None:
    """Draw alarm signs by priority: colour, shape and number; those not acknowledged of 1 and 2 blink."""
    alarms = snapshot.state.alarms
    device = painter.device()
    ratio = device.devicePixelRatioF() if device else 1.0
    dimmed = (snapshot.state.t_ns // _HALF_BLINK_NS) % 2 == 1
    raised = QPointF(0.0, -_RAISED_PX)
    for priority in {sign.priority for sign in signs}:
        away = [sign for sign in signs if sign.priority == priority and sign.at != sign.of]
        lines = [QLineF(sign.of, sign.at + raised) for sign in away]
        for ink, wide in ((QColor(*OUTLINE), 3.0), (QColor(*PRIORITY[priority]), 1.0)):
            painter.setPen(QPen(ink, wide))
            draw_lines(painter, lines)
    corner = raised - QPointF(_PICTURE_PX / 2, _PICTURE_PX / 2)
    for sign in reversed(signs):
        open_ = bool(alarms.state[sign.row] == AlarmState.UNACKNOWLEDGED)
        alpha = 130 if open_ and sign.priority < 3 and dimmed else 255
        painter.drawPixmap(sign.at + corner, _alarm_picture(sign.priority, alpha, open_, ratio))


@lru_cache(maxsize=32)
def _alarm_picture(priority: int, alpha: int, filled: bool, ratio: float) -> QPixmap:
    """Give the sign of an alarm as a picture: of a hundred signs most are the same."""
    picture = QPixmap(round(_PICTURE_PX * ratio), round(_PICTURE_PX * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_alarm(painter, priority, QPointF(_PICTURE_PX / 2, _PICTURE_PX / 2), alpha, filled)
    painter.end()
    return picture


def draw_alarm(
    painter: QPainter, priority: int, at: QPointF, alpha: int = 255, filled: bool = True, r: float = 11.0
) -> None:
    """Draw the sign of an alarm priority: square 1, triangle 2, inverted triangle 3, diamond for the rest."""
    colour = QColor(*PRIORITY.get(priority, (179, 102, 204)), alpha)
    x, y = at.x(), at.y()
    corners = {
        1: [(-r, -r), (r, -r), (r, r), (-r, r)],
        2: [(0, -1.25 * r), (1.2 * r, 0.95 * r), (-1.2 * r, 0.95 * r)],
        3: [(0, 1.25 * r), (1.2 * r, -0.95 * r), (-1.2 * r, -0.95 * r)],
    }.get(priority, [(0, -r), (r, 0), (0, r), (-r, 0)])
    painter.setPen(QPen(QColor(*OUTLINE), 2.0) if filled else QPen(colour, 2.4))
    painter.setBrush(colour if filled else QColor(*PLATE, 220))
    painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
    painter.setPen(QColor(*OUTLINE) if filled and priority != 1 else QColor(*PLATE_TEXT))
    painter.setFont(font_of(14, True))
    shift = {2: 2.0, 3: -2.0}.get(priority, 0.0)
    painter.drawText(QRectF(x - r, y - r + shift, 2 * r, 2 * r), Qt.AlignmentFlag.AlignCenter, str(priority))
