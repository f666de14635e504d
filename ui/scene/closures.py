"""Lanes, zones and blocks that somebody closed: their outlines, barred, with a word beside them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QColor, QPainter, QPen

from twin.safety.rules.areas import closable
from twin.snapshot import Snapshot
from twin.tables import Floats
from twin.yard.model import Yard
from twin.yard.same import Same
from ui.scene.labels import Label
from ui.scene.palette import OUTLINE, PLATE_TEXT
from ui.scene.projection import Projection, draw_lines

WORDS = "{area} closed"
"""What is written beside each, in English."""
_GROUND_M, _BARS_M = 0.15, 6.0
_RANK = 1e4


@lru_cache(maxsize=4)
def _lines(same: Same, closed: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Give the ends of all lines, (n, 2, 3), and the middle of each area, (k, 3) [m, yard frame]."""
    areas = closable(same.yard)
    found = [areas[name] for name in closed if name in areas]
    lines: list[Floats] = []
    for area in found:
        for part in shapely.get_parts(area):
            ring = shapely.get_coordinates(part.exterior)
            lines += list(np.stack((ring[:-1], ring[1:]), axis=1))
            lines += _bars(part)
    middles = [shapely.get_coordinates(area.representative_point())[0] for area in found]
    flat = np.array(lines).reshape(-1, 2, 2), np.array(middles).reshape(-1, 2)
    ends, at = (np.concatenate((one, np.full((*one.shape[:-1], 1), _GROUND_M)), axis=-1) for one in flat)
    return ends, at


def _bars(area: object) -> list[Floats]:
    """Give slanting bars across an area."""
    x0, y0, x1, y1 = shapely.bounds(area)
    starts = np.arange(x0 - (y1 - y0), x1, _BARS_M)
    slants = shapely.linestrings([((x, y0), (x + y1 - y0, y1)) for x in starts])
    cut = shapely.get_parts(shapely.intersection(slants, area))
    return [shapely.get_coordinates(line)[[0, -1]] for line in cut if line.length > 0.0]


def lines_of(yard: Yard, closed: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Give the lines that closed areas are drawn with, (n, 2, 3), and where each is named, (k, 3) [m]."""
    return _lines(Same(yard), closed)


def draw_closures(painter: QPainter, snapshot: Snapshot, projection: Projection) -> None:
    """Draw them, as wide from afar as from near by."""
    state = snapshot.state
    if not state.closed:
        return
    ends, _ = lines_of(state.yard, state.closed)
    lines = projection.lines(ends[:, 0], ends[:, 1])
    for ink, width in ((QColor(*OUTLINE, 150), 3.4), (QColor(*PLATE_TEXT, 210), 1.6)):
        painter.setPen(QPen(ink, width))
        draw_lines(painter, lines)


def closure_labels(snapshot: Snapshot, projection: Projection) -> list[Label]:
    """Name each in the picture."""
    state = snapshot.state
    if not state.closed:
        return []
    areas = closable(state.yard)
    names = [name for name in state.closed if name in areas]
    words = QCoreApplication.translate("scene", WORDS)
    seen = projection.points(lines_of(state.yard, state.closed)[1])
    shown = projection.inside(seen)
    return [
        Label(words.format(area=name), float(x), float(y), _RANK + float(away))
        for name, (x, y, away), here in zip(names, seen.tolist(), shown.tolist(), strict=True)
        if here
    ]
