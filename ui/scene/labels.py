"""Names over the picture: dark plates that never cover one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QCoreApplication, QMarginsF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from twin.clock import NS_PER_S
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import UNHEARD, Freshness
from twin.snapshot import Snapshot
from twin.tables import Floats
from ui.scene.doubts import beside, doubtful
from ui.scene.palette import PLATE, PLATE_TEXT
from ui.scene.posing import drawn_rows
from ui.scene.projection import Projection

FONT_PX = 14
MOST = 250
"""So many names are tried at most, those that matter most and are nearest."""
DOUBTED, SECONDS = "position doubted", "{s} s"
"""What is written beside a machine whose position is suspect, and how old it is, in English."""
_GAP_PX = 3.0
_AWAYS_PX = (0.0, -36.0, 40.0)
"""How far below its own place a plate may go: an alarm's sign stands where a machine's name would."""
_TOPS_M = np.array([max(p.centre_m[2] + p.half_m[2] for p in KINDS[name].parts) + 1.5 for name in KIND_NAMES])
_REACH_M = np.array([900.0 if KINDS[name].trolley_mps else 420.0 for name in KIND_NAMES])
_DOUBTFUL = (Freshness.LATE, *UNHEARD, Freshness.SUSPECT)


@dataclass(frozen=True, slots=True)
class Label:
    """A text over a point; a lower ``rank`` goes first where there is no room for both."""

    text: str
    x_px: float
    y_px: float
    rank: float
    freshness: int = int(Freshness.FRESH)
    strong: bool = False


@lru_cache(maxsize=8)
def font_of(pixels: int, bold: bool = False) -> QFont:
    """Give the font of the picture's texts."""
    font = QFont("DejaVu Sans")
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


@lru_cache(maxsize=4096)
def text_width(text: str, pixels: int = FONT_PX, bold: bool = False) -> float:
    """Give how wide a text is [px]."""
    return float(QFontMetricsF(font_of(pixels, bold)).horizontalAdvance(text))


def mover_tops(snapshot: Snapshot, rows: np.ndarray) -> Floats:
    """Give the points above machines where their signs stand, (n, 3)."""
    tracks = snapshot.state.tracks
    return np.column_stack((tracks.x_m[rows], tracks.y_m[rows], _TOPS_M[snapshot.state.fleet.kind[rows]]))


def labels_of(
    snapshot: Snapshot, projection: Projection, selected: int, figures: bool = False, names: bool = True,
    marked: tuple[int, ...] = (),
) -> list[Label]:  # fmt: skip
    """List the names of machines and blocks in the picture.

    Parameters
    ----------
    selected : int
        A fleet row, -1 for none.
    figures : bool
        Write one sigma and the age of its position beside every machine, not only beside those in doubt.
    names : bool
        Without it only machines in doubt are named.
    marked : tuple of int
        Fleet rows that are named before all others, from however far.
    """
    blocks = _block_labels(snapshot, projection) if names else []
    return _mover_labels(snapshot, projection, (selected, *marked), figures, names) + blocks


def _mover_labels(
    snapshot: Snapshot, projection: Projection, marked: tuple[int, ...], figures: bool, names: bool
) -> list[Label]:
    state = snapshot.state
    rows = drawn_rows(state.fleet, state.tracks)
    if not len(rows):
        return []
    seen = projection.points(mover_tops(snapshot, rows))
    freshness = state.tracks.freshness[rows]
    in_doubt = doubtful(snapshot, rows)
    with np.errstate(invalid="ignore"):
        near = seen[:, 2] < _REACH_M[state.fleet.kind[rows]]
    first = np.isin(rows, marked)
    shown = (in_doubt | first | (near & (names or figures))) & projection.inside(seen)
    rank = np.where(first, -1e6, seen[:, 2] - 500.0 * in_doubt)
    some = np.flatnonzero(shown)
    some = np.sort(some[np.argsort(rank[some], kind="stable")][:MOST])
    found = []
    for k in some.tolist():
        row = int(rows[k])
        name = state.fleet.name[row].decode("ascii", "replace")
        told = f"{name}  {figures_of(snapshot, row)}".rstrip() if figures or in_doubt[k] else name
        x, y = float(seen[k, 0]), float(seen[k, 1])
        found.append(Label(told, x, y, float(rank[k]), int(freshness[k]), bool(first[k])))
    return found


def figures_of(snapshot: Snapshot, row: int) -> str:
    """Give one sigma, or that it is doubted, and the age of a machine's position as written beside it."""
    tracks = snapshot.state.tracks
    fix_ns = int(tracks.fix_ns[row])
    age_s = round(max(snapshot.state.t_ns - fix_ns, 0) / NS_PER_S)
    age = QCoreApplication.translate("scene", SECONDS).format(s=age_s) if fix_ns else ""
    # What is doubted says so: its receiver's own error, often nil, is just what is not believed.
    doubted = tracks.freshness[row] == Freshness.SUSPECT
    told = QCoreApplication.translate("scene", DOUBTED) if doubted else beside(float(tracks.sigma_m[row]))
    return f"{told}  {age}".strip()


def _block_labels(snapshot: Snapshot, projection: Projection) -> list[Label]:
    blocks = snapshot.state.yard.blocks
    if not blocks:
        return []
    middles = np.array([(*block.middle_yard_m, 3.0 * block.tiers + 2) for block in blocks])
    seen = projection.points(middles)
    with np.errstate(invalid="ignore"):
        shown = projection.inside(seen) & (seen[:, 2] > 140.0)
    return [
        Label(blocks[k].name, float(seen[k, 0]), float(seen[k, 1]), 1e4 + float(seen[k, 2]))
        for k in np.flatnonzero(shown)
    ]


def placed(
    labels: list[Label], taken: list[QRectF] | None = None, size: tuple[float, float] | None = None
) -> list[tuple[Label, QRectF]]:
    """Give the labels that fit without covering one another or what is ``taken``, with their plates.

    Where the picture's ``size`` [px] is given no plate is cut by its edge: it stands within.
    A strong one that has no room at its place goes above what is there, or below the place. Of very many
    only the first ``MOST`` are tried: a picture has no room for more.
    """
    used = _Room()
    for plate in taken or []:
        used.add(plate)
    out = []
    for label in sorted(labels, key=lambda label: label.rank)[:MOST]:
        sign = 16.0 if label.freshness in _DOUBTFUL else 0.0
        width = text_width(label.text) + 10 + sign
        height = FONT_PX + 6.0
        own = _within(QRectF(label.x_px - width / 2, label.y_px - height - 2, width, height), size)
        plates = (own.translated(0.0, away) for away in (_AWAYS_PX if label.strong else _AWAYS_PX[:1]))
        margin = QMarginsF(_GAP_PX, _GAP_PX, _GAP_PX, _GAP_PX)
        found = next((plate for plate in plates if not used.meets(plate.marginsAdded(margin))), None)
        if found is not None:
            used.add(found)
            out.append((label, found))
    return out


def _within(plate: QRectF, size: tuple[float, float] | None) -> QRectF:
    """Move a plate as far as it takes to be whole in a picture of that size."""
    if size is None:
        return plate
    left = min(max(plate.left(), _GAP_PX), size[0] - plate.width() - _GAP_PX)
    top = min(max(plate.top(), _GAP_PX), size[1] - plate.height() - _GAP_PX)
    return QRectF(left, top, plate.width(), plate.height())


class _Room:
    """Which parts of the picture are taken, by cells, so that a plate is held against few others."""

    _WIDE_PX, _TALL_PX = 128, 32

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[QRectF]] = {}

    def _cells_of(self, plate: QRectF) -> list[tuple[int, int]]:
        columns = range(int(plate.left() // self._WIDE_PX), int(plate.right() // self._WIDE_PX) + 1)
        rows = range(int(plate.top() // self._TALL_PX), int(plate.bottom() // self._TALL_PX) + 1)
        return [(column, row) for column in columns for row in rows]

    def add(self, plate: QRectF) -> None:
        """Take the place of a plate."""
        for cell in self._cells_of(plate):
            self._cells.setdefault(cell, []).append(plate)

    def meets(self, plate: QRectF) -> bool:
        """Tell whether a plate would lie over what is taken."""
        return any(
            plate.intersects(other) for cell in self._cells_of(plate) for other in self._cells.get(cell, ())
        )


def draw_labels(painter: QPainter, plates: list[tuple[Label, QRectF]]) -> None:
    """Draw plates with their texts and signs."""
    painter.setFont(font_of(FONT_PX))
    for label, plate in plates:
        painter.setPen(QPen(QColor(*PLATE_TEXT), 1.4) if label.strong else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*PLATE, 205))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QColor(*PLATE_TEXT))
        text = plate
        if label.freshness in _DOUBTFUL:
            middle = QPointF(plate.left() + 11, plate.center().y())
            draw_sign(painter, label.freshness, middle)
            text = plate.adjusted(16, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignCenter, label.text)


def draw_sign(painter: QPainter, freshness: int, at: QPointF, r: float = 5.0) -> None:
    """Draw how far a position can be trusted, as a shape: late, stale, lost or suspect."""
    painter.setPen(QPen(QColor(*PLATE_TEXT), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y = at.x(), at.y()
    if freshness == Freshness.LATE:
        painter.drawArc(QRectF(x - r, y - r, 2 * r, 2 * r), 30 * 16, 300 * 16)
    elif freshness == Freshness.STALE:
        corners = ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    elif freshness == Freshness.LOST:
        painter.drawRect(QRectF(x - r, y - r, 2 * r, 2 * r))
        painter.drawLine(QPointF(x - r, y - r), QPointF(x + r, y + r))
        painter.drawLine(QPointF(x - r, y + r), QPointF(x + r, y - r))
    elif freshness == Freshness.SUSPECT:
        painter.drawEllipse(at, r, r)
        painter.setFont(font_of(10, True))
        painter.drawText(QRectF(x - r, y - r, 2 * r, 2 * r), Qt.AlignmentFlag.AlignCenter, "?")
        painter.setFont(font_of(FONT_PX))
