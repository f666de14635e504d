"""The heat map over the picture: a dot a square that is seen from however far, counts, and what they mean."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from twin.safety.near_misses import NearMisses
from twin.snapshot import Snapshot
from twin.tables import Floats, Ints
from ui.scene.heat import CELL_M, STEPS, squares_of
from ui.scene.labels import FONT_PX, font_of, text_width
from ui.scene.palette import PLATE, PLATE_TEXT
from ui.scene.projection import Projection

TITLE, LISTED, NOTHING, WORST = (
    "Near misses on squares of 8 m: {count}", "Near misses listed, on squares of 8 m: {count}",
    "No near miss to show on the ground", "{count} near misses",
)  # fmt: skip
"""Words of the legend and beside the worst places, in English."""
MOST = 300
"""So many dots are drawn at most, those of the worst squares."""
NAMED = 3
"""So many of the worst places are told in words."""
_LEAST_PX, _STEP_PX, _MARGIN_PX, _LINE_PX = 6.0, 2.5, 16.0, 22.0
_NUMBER_FROM = 2
_WORST_FROM = 2


@lru_cache(maxsize=2)
def worst_first(found: NearMisses) -> tuple[Ints, Ints]:
    """Give squares and counts as :func:`~ui.scene.heat.squares_of` does, the worst first."""
    squares, counts = squares_of(found)
    order = np.argsort(-counts, kind="stable")
    return squares[order], counts[order]


def steps_of(counts: Ints) -> Ints:
    """Give which colour of the ramp each count has, from 0."""
    found = np.searchsorted([least for least, _, _ in STEPS], counts, side="right") - 1
    steps: Ints = np.maximum(found, 0).astype(np.int32)
    return steps


def ramp_words() -> list[str]:
    """Give what each colour of the ramp stands for: 1, 2-3, 4-7, 8-15, 16+."""
    least = [step[0] for step in STEPS]
    spans = [f"{a}" if b - a == 1 else f"{a}–{b - 1}" for a, b in itertools.pairwise(least)]
    return [*spans, f"{least[-1]}+"]


def draw_heat(
    painter: QPainter, snapshot: Snapshot, projection: Projection, of: NearMisses | None = None
) -> list[QRectF]:
    """Draw dots over the squares, the worst last, words beside the worst of them, and the legend.

    Of all near misses of a snapshot, or of those named. Gives where words and legend lie, which no name is to
    cover.
    """
    plates: list[QRectF] = []
    squares, counts = worst_first(snapshot.state.near_misses if of is None else of)
    shown = min(len(squares), MOST)
    if shown:
        middles = np.column_stack(((squares[:shown] + 0.5) * CELL_M, np.full(shown, 0.1)))
        seen: Floats = projection.points(middles)
        steps = steps_of(counts[:shown])
        for k in np.flatnonzero(projection.inside(seen, 20.0))[::-1].tolist():
            _dot(painter, QPointF(seen[k, 0], seen[k, 1]), int(counts[k]), int(steps[k]))
        plates = _worst(painter, seen, counts, steps, projection)
    return [*plates, _legend(painter, int(counts.sum()), of is not None)]


def _radius(step: int) -> float:
    return _LEAST_PX + _STEP_PX * step


def _dot(painter: QPainter, at: QPointF, count: int, step: int) -> None:
    """Draw one square's dot: the more the darker and the larger, with the number from two on."""
    _, rgb, _ = STEPS[step]
    radius = _radius(step)
    painter.setPen(QPen(QColor(255, 255, 255), 1.6))
    painter.setBrush(QColor(*rgb))
    painter.drawEllipse(at, radius, radius)
    if count >= _NUMBER_FROM:
        painter.setFont(font_of(11 if step < 2 else 13, True))
        around = QRectF(at.x() - 16, at.y() - 10, 32, 20)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(around, Qt.AlignmentFlag.AlignCenter, str(count))


def _worst(
    painter: QPainter, seen: Floats, counts: Ints, steps: Ints, projection: Projection
) -> list[QRectF]:
    plates: list[QRectF] = []
    inside = projection.inside(seen)
    for k in range(min(NAMED, len(seen))):
        if counts[k] < _WORST_FROM or not inside[k]:
            continue
        words = _translated(WORST).format(count=int(counts[k]))
        left = float(seen[k, 0]) + _radius(int(steps[k])) + 4
        plate = QRectF(left, float(seen[k, 1]) - 11, text_width(words) + 14, 22)
        if not any(plate.intersects(other) for other in plates):
            plates.append(plate)
            _plate(painter, plate)
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)
    return plates


def _legend(painter: QPainter, total: int, some: bool) -> QRectF:
    """Draw what dots and squares stand for, at the upper left."""
    title = _translated(LISTED if some else TITLE).format(count=total) if total else _translated(NOTHING)
    words = ramp_words() if total else []
    steps = [_radius(len(STEPS) - 1) * 2 + text_width(word) + 16 for word in words]
    wide = max(text_width(title), sum(steps)) + 20
    plate = QRectF(_MARGIN_PX, _MARGIN_PX, wide, _LINE_PX * (1.2 + 1.4 * bool(words)))
    _plate(painter, plate)
    line = QRectF(plate.left() + 10, plate.top() + 3, plate.width(), _LINE_PX)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
    x, y = plate.left() + 10, plate.top() + 2.0 * _LINE_PX
    for step, (word, wide_px) in enumerate(zip(words, steps, strict=True)):
        radius = _radius(step)
        _dot(painter, QPointF(x + radius, y), 0, step)
        painter.setFont(font_of(FONT_PX))
        painter.setPen(QColor(*PLATE_TEXT))
        painter.drawText(QPointF(x + 2 * radius + 5, y + 5), word)
        x += wide_px
    return plate


def _plate(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*PLATE, 220))
    painter.drawRoundedRect(rect, 3, 3)
    painter.setFont(font_of(FONT_PX))
    painter.setPen(QColor(*PLATE_TEXT))


def _translated(text: str) -> str:
    return QCoreApplication.translate("scene", text)
