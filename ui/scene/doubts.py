"""How far positions can be trusted, on the ground: a ring of one sigma whose form says how old it is."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QLineF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from twin.fleet.table import UNHEARD, Freshness
from twin.snapshot import Snapshot
from twin.tables import Flags, Floats, Ints
from ui.scene.palette import OUTLINE, PLATE_TEXT
from ui.scene.posing import drawn_rows
from ui.scene.projection import Projection, draw_lines

DOUBT_M = 0.3
"""From this sigma on a machine is marked, however fresh [m]: six times what the yard is run with."""
_MOST = 48
_LEAST_PX, _WIDEST_M = 4.0, 200.0
_SIDES = 36
_RING = np.column_stack(
    (np.cos(np.arange(_SIDES) * math.tau / _SIDES), np.sin(np.arange(_SIDES) * math.tau / _SIDES))
)
_GROUND_M = 0.1
_CROSS: Floats = np.array([(-1, -1), (1, 1), (-1, 1), (1, -1)], float) * math.sqrt(0.5)
_CROSS_LEAST_M = 3.0


def doubtful(snapshot: Snapshot, rows: Ints) -> Flags:
    """Tell of which machines the position is not as good as it should be: not fresh, or wide."""
    tracks = snapshot.state.tracks
    known = np.isin(tracks.freshness[rows], (Freshness.FRESH, Freshness.SIMULATED))
    with np.errstate(invalid="ignore"):
        narrow: Flags = tracks.sigma_m[rows] < DOUBT_M
    return ~(known & narrow)


def draw_doubts(painter: QPainter, snapshot: Snapshot, projection: Projection, everyone: bool) -> None:
    """Draw one sigma of each position in doubt, or of every machine, and cross what is lost.

    A ring is closed while the machine is heard, dashed where it is late, dotted where it is stale or lost,
    and double where it is suspect; those too small to be seen are left out, the nearest come first.
    """
    tracks = snapshot.state.tracks
    rows = drawn_rows(snapshot.state.fleet, tracks)
    if not everyone:
        rows = rows[doubtful(snapshot, rows)]
    if not len(rows):
        return
    seen = projection.points(np.column_stack((tracks.x_m[rows], tracks.y_m[rows], np.zeros(len(rows)))))
    kept = np.flatnonzero(projection.inside(seen, 200.0))
    for k in kept[np.argsort(seen[kept, 2], kind="stable")][:_MOST].tolist():
        row, away_m = int(rows[k]), float(seen[k, 2])
        _draw_one(painter, snapshot, projection, row, away_m)


def _draw_one(painter: QPainter, snapshot: Snapshot, projection: Projection, row: int, away_m: float) -> None:
    tracks = snapshot.state.tracks
    centre = np.array((tracks.x_m[row], tracks.y_m[row]))
    freshness = int(tracks.freshness[row])
    sigma_m = min(float(np.nan_to_num(tracks.sigma_m[row])), _WIDEST_M)
    metre_px = projection.camera.focal_px(projection.height) / max(away_m, 1.0)
    if sigma_m * metre_px >= _LEAST_PX:
        style, gap = ring_form(freshness)
        lines = projection.ring(_level(_RING * sigma_m + centre))
        _stroke(painter, lines[::gap], style)
        if freshness == Freshness.SUSPECT:
            _stroke(painter, projection.ring(_level(_RING * (0.8 * sigma_m) + centre)), style)
    if freshness == Freshness.LOST:
        arms = _level(_CROSS * max(sigma_m, _CROSS_LEAST_M) + centre)
        _stroke(painter, projection.lines(arms[::2], arms[1::2]), Qt.PenStyle.SolidLine)


def ring_form(freshness: int) -> tuple[Qt.PenStyle, int]:
    """Give how the ring of a position is drawn: the pen, and that each so many-th part of it is there."""
    if freshness == Freshness.LATE:
        return Qt.PenStyle.DashLine, 1
    return Qt.PenStyle.SolidLine, 2 if freshness in UNHEARD else 1


def _level(flat: Floats) -> Floats:
    return np.column_stack((flat, np.full(len(flat), _GROUND_M)))


def _stroke(painter: QPainter, lines: list[QLineF], style: Qt.PenStyle) -> None:
    for ink, width in ((QColor(*OUTLINE, 170), 3.2), (QColor(*PLATE_TEXT, 220), 1.4)):
        painter.setPen(QPen(ink, width, style))
        draw_lines(painter, lines)


def beside(sigma_m: float) -> str:
    """Give one sigma as it is written beside a machine."""
    if not math.isfinite(sigma_m):
        return ""
    digits = 2 if sigma_m < 1 else 1 if sigma_m < 10 else 0
    return f"±{sigma_m:.{digits}f} m"
