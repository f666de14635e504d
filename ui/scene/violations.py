"""Marks on standing boxes that break a rule: edges and crosses in lines, by how grave it is.

In a gale thousands do. Their crosses would hide whatever else is abnormal, so that their blocks are framed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from twin.snapshot import Snapshot
from twin.state import State
from twin.stock.table import Place, Stock
from twin.stock.violations import Violations
from twin.tables import Floats, Ints
from ui.scene.faces import Boxes, block_solids, standing
from ui.scene.meshes import line_indices, vtk_points
from ui.scene.palette import OUTLINE, RGB, SEVERITY
from ui.scene.stage import Stage

_OUT_M, _LOW_OUT_M = 0.10, 0.04
_WIDE_PX, _EDGE_PX = 2.4, 4.8
# The corners of a box by the signs of length, width and height, and the lines between them.
_SIGNS: Floats = np.array(
    [(u, v, w) for w in (-1, 1) for u, v in ((1, 1), (-1, 1), (-1, -1), (1, -1))], float
)
_LINES: NDArray[np.int64] = np.array(
    [
        *((0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)),
        *((4, 6), (5, 7)),  # the roof is crossed
    ],
    np.int64,
)
_FRAME = _LINES[:12]
MOST_MARKED = 300
"""More boxes than this are marked by their blocks."""
_ROOF: NDArray[np.int64] = np.array([(4, 5), (5, 6), (6, 7), (7, 4), (4, 6), (5, 7)], np.int64)


class _Lines:
    """Lines of one colour and width."""

    def __init__(self, colour: RGB, width_px: float) -> None:
        self.data, self.mapper, self.actor = vtkPolyData(), vtkPolyDataMapper(), vtkActor()
        self.mapper.SetInputData(self.data)
        self.actor.SetMapper(self.mapper)
        of = self.actor.GetProperty()
        of.LightingOff()
        of.SetColor(*(c / 255 for c in colour))
        of.SetLineWidth(width_px)

    def show(self, points: Floats, pairs: NDArray[np.int64]) -> None:
        self.data.SetPoints(vtk_points(points))
        cells = vtkCellArray()
        cells.SetData(2, line_indices(pairs))
        self.data.SetLines(cells)
        self.data.Modified()


class ViolationMarks:
    """Outlines and crosses the boxes that stand against a rule; a buried one is marked on its stack's top."""

    def __init__(self, stage: Stage) -> None:
        """Stand on a stage."""
        self._stage = stage
        self._dark = _Lines(OUTLINE, _EDGE_PX)
        self._bright = {grade: _Lines(colour, _WIDE_PX) for grade, colour in SEVERITY.items()}
        self._on: list[_Lines] = []
        self._shown: tuple[object, ...] = ()
        self.marked = 0
        """How many boxes are marked."""

    def show(self, snapshot: Snapshot, on: bool) -> bool:
        """Mark what the violations of a snapshot list, or nothing; give whether anything changed."""
        state, found = snapshot.state, snapshot.state.violations
        shown = (found, state.stock.occupant, state.slots) if on else ()
        if len(shown) == len(self._shown) and all(a is b for a, b in zip(shown, self._shown, strict=True)):
            return False
        self._shown = shown
        for lines in self._on:
            self._stage.remove(lines.actor)
        had, self._on, self.marked = bool(self._on), [], 0
        if not on or not len(found):
            return had
        rows, grade = gravest(found, state.stock)
        self.marked = len(rows)
        if self.marked > MOST_MARKED:
            boxes, grade = frames(state, rows, grade)
            buried, edges = np.zeros(len(boxes), np.bool_), _FRAME
        else:
            boxes, edges = standing(state.stock, state.slots, rows), _LINES
            buried = _buried(state.stock, rows)
        self._put(self._dark, _LOW_OUT_M, boxes, buried, state.stock, edges)
        for level, lines in self._bright.items():
            of = grade == level
            if of.any():
                part = Boxes(**{name: getattr(boxes, name)[of] for name in Boxes.__dataclass_fields__})
                self._put(lines, _OUT_M, part, buried[of], state.stock, edges)
        return True

    def _put(
        self, lines: _Lines, out_m: float, boxes: Boxes, buried: NDArray[np.bool_], stock: Stock,
        edges: NDArray[np.int64],
    ) -> None:  # fmt: skip
        points, pairs = box_lines(boxes, out_m, edges)
        if buried.any():
            hidden = Boxes(**{name: getattr(boxes, name)[buried] for name in Boxes.__dataclass_fields__})
            tops = stock.top_m[stock.ground[hidden.row]]
            roofs, more = box_lines(hidden.with_columns(top_m=tops), out_m, _ROOF)
            pairs = np.concatenate((pairs, more + len(points)))
            points = np.concatenate((points, roofs))
        lines.show(points, pairs)
        self._stage.add(lines.actor)
        self._on.append(lines)


def gravest(violations: Violations, stock: Stock) -> tuple[Ints, NDArray[np.int8]]:
    """Give each box that stands against a rule once, with the gravest it breaks: rows and severities (n,)."""
    order = np.lexsort((-violations.severity.astype(np.int16), violations.row))
    rows, first = np.unique(violations.row[order], return_index=True)
    here = stock.place[rows] == Place.STACKED
    return rows[here].astype(np.int32), violations.severity[order][first][here].astype(np.int8)


def frames(state: State, rows: Ints, grade: NDArray[np.int8]) -> tuple[Boxes, NDArray[np.int8]]:
    """Give the blocks that boxes stand in, each once, as solids as high as these, and the gravest of each."""
    ground = state.stock.ground[rows]
    of = state.slots.block[ground]
    named = np.unique(of)
    worst, top_m = np.zeros(len(state.yard.blocks), np.int8), np.zeros(len(state.yard.blocks))
    np.maximum.at(worst, of, grade)
    np.maximum.at(top_m, of, state.stock.top_m[ground])
    return block_solids([state.yard.blocks[block] for block in named.tolist()], top_m[named]), worst[named]


def _buried(stock: Stock, rows: Ints) -> NDArray[np.bool_]:
    """Tell which boxes have others on them."""
    buried: NDArray[np.bool_] = stock.count[stock.ground[rows]] > stock.tier[rows] + 1
    return buried


def box_lines(
    boxes: Boxes, out_m: float, lines: NDArray[np.int64] = _LINES
) -> tuple[Floats, NDArray[np.int64]]:
    """Give the lines of boxes, so much outside them [m]: points (8 n, 3) and pairs of points (m n, 2)."""
    n = len(boxes)
    along = _SIGNS[None, :, 0] * (boxes.half_l_m[:, None] + out_m)
    across = _SIGNS[None, :, 1] * (boxes.half_w_m[:, None] + out_m)
    upper = _SIGNS[None, :, 2] > 0
    points = np.stack(
        (
            boxes.centre_yard_m[:, 0, None] + boxes.cos[:, None] * along - boxes.sin[:, None] * across,
            boxes.centre_yard_m[:, 1, None] + boxes.sin[:, None] * along + boxes.cos[:, None] * across,
            np.where(upper, boxes.top_m[:, None] + out_m, boxes.bottom_m[:, None] + 0.0 * along),
        ),
        axis=2,
    )
    pairs = lines[None] + 8 * np.arange(n, dtype=np.int64)[:, None, None]
    return points.reshape(-1, 3), pairs.reshape(-1, 2)
