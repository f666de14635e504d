"""Where machines were not heard: crosses over the ground and the stacks. It forbids nothing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QColor, QPainter, QPen

from twin.fleet.reception import CELL_M, Reception
from twin.snapshot import Snapshot
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from twin.yard.slots import Slots
from ui.scene.labels import Label
from ui.scene.palette import OUTLINE, PLATE_TEXT
from ui.scene.projection import Projection, draw_lines

WORDS = "Nothing is heard here"
"""What is written beside each patch of such places, in English."""
MOST = 600
"""So many places are crossed at most, the nearest."""
_GROUND_M = 0.1
_INSET_M = 1.2
_AROUND: Floats = np.array([(0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)], float) * 3.2
"""From a slot's middle to its corners, about: the stack on it may stand over two cells [m]."""
_BAR: Floats = np.array([(-1, -1), (1, 1), (-1, 1), (1, -1)], float) * (CELL_M / 2.0 - _INSET_M)
_RANK = 2e4
_ROW = 1 << 32


@lru_cache(maxsize=2)
def crosses(known: Reception, slots: Slots, stock: Stock) -> Floats:
    """Give the cross in each cell that is called blind, above what stands there.

    Returns
    -------
    (n, 4, 3)
        In the yard frame [m]: both ends of one bar, then both of the other, in the order of
        ``known.blind()``.
    """
    cells = known.blind()
    flat = ((cells + 0.5) * CELL_M)[:, None] + _BAR
    heights = _GROUND_M + _tops_m(cells, slots, stock)
    return np.concatenate((flat, np.repeat(heights[:, None, None], 4, axis=1)), axis=2)


def _tops_m(cells: Ints, slots: Slots, stock: Stock) -> Floats:
    """Give the top of the highest stack in each cell, 0 where none stands [m]."""
    tops = np.zeros(len(cells))
    numbers = cells[:, 0].astype(np.int64) * _ROW + cells[:, 1]
    order = np.argsort(numbers)
    for beside in _AROUND:
        at = np.floor((slots.centre_yard_m + beside) / CELL_M).astype(np.int64)
        wanted = at[:, 0] * _ROW + at[:, 1]
        place = order[np.minimum(np.searchsorted(numbers[order], wanted), len(order) - 1)]
        there = numbers[place] == wanted
        np.maximum.at(tops, place[there], np.nan_to_num(stock.top_m[there]))
    return tops


@lru_cache(maxsize=2)
def patches(known: Reception) -> tuple[Ints, ...]:
    """Give the cells that are called blind in patches of touching ones, by their number."""
    number = {cell: k for k, cell in enumerate(map(tuple, known.blind().tolist()))}
    left, found = dict(number), []
    while left:
        cell, k = left.popitem()
        ready, patch = [cell], [k]
        while ready:
            column, row = ready.pop()
            for beside in ((column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
                if beside in left:
                    patch.append(left.pop(beside))
                    ready.append(beside)
        found.append(np.array(sorted(patch), np.int32))
    return tuple(found)


def draw_blind(painter: QPainter, snapshot: Snapshot, projection: Projection) -> None:
    """Draw the crosses, as wide from afar as from near by."""
    state = snapshot.state
    if not len(state.reception.blind()):
        return
    bars = crosses(state.reception, state.slots, state.stock)
    away = projection.points(bars.mean(axis=1))[:, 2]
    bars = bars[np.argsort(away, kind="stable")[:MOST]]
    lines = projection.lines(bars[:, ::2].reshape(-1, 3), bars[:, 1::2].reshape(-1, 3))
    for ink, width in ((QColor(*OUTLINE, 150), 3.4), (QColor(*PLATE_TEXT, 210), 1.6)):
        painter.setPen(QPen(ink, width))
        draw_lines(painter, lines)


def blind_labels(snapshot: Snapshot, projection: Projection) -> list[Label]:
    """Name each patch in the picture."""
    state = snapshot.state
    if not len(state.reception.blind()):
        return []
    bars = crosses(state.reception, state.slots, state.stock).mean(axis=1)
    middles = np.array([bars[patch].mean(axis=0) for patch in patches(state.reception)])
    seen = projection.points(middles)
    words = QCoreApplication.translate("scene", WORDS)
    return [
        Label(words, float(x), float(y), _RANK + float(away))
        for x, y, away in seen[projection.inside(seen)].tolist()
    ]
