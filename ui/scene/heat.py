"""Where near misses happen, as squares on the ground: one calm hue, the darker the more."""

from __future__ import annotations

import numpy as np

from twin.safety.near_misses import NearMisses
from twin.snapshot import Snapshot
from twin.tables import Floats, Ints
from ui.scene.meshes import Colours, Mesh, triangles_of_quads
from ui.scene.palette import RGB
from ui.scene.stage import Stage

CELL_M = 8.0
"""Edge of a square [m]: half a truck with its trailer."""
STEPS: tuple[tuple[int, RGB, int], ...] = (
    (1, (104, 138, 200), 190), (2, (80, 112, 188), 205), (4, (60, 84, 174), 220), (8, (44, 58, 156), 232),
    (16, (30, 36, 132), 242),
)  # fmt: skip
"""From how many on a square has which colour and how far it covers the ground (0 to 255)."""
EVERY_NS = 2_000_000_000
_GROUND_M = 0.08


def squares_of(found: NearMisses) -> tuple[Ints, Ints]:
    """Give the squares in which near misses happened, (n, 2) by column and row, and how many in each."""
    known = np.isfinite(found.x_m + found.y_m)
    if not known.any():
        return np.empty((0, 2), np.int32), np.empty(0, np.int32)
    at = np.floor(np.column_stack((found.x_m[known], found.y_m[known])) / CELL_M)
    at = np.clip(at, -1e6, 1e6).astype(np.int32)
    squares, counts = np.unique(at, axis=0, return_counts=True)
    return squares, counts.astype(np.int32)


def colours_of(counts: Ints) -> Colours:
    """Give the colour of squares by how many near misses happened in each, (n, 4)."""
    step = np.searchsorted([least for least, _, _ in STEPS], counts, side="right") - 1
    table = np.array([(*rgb, alpha) for _, rgb, alpha in STEPS], np.uint8)
    return table[np.maximum(step, 0)]


def corners_of(squares: Ints) -> Floats:
    """Give the corners of squares, counter-clockwise from above, (n, 4, 3) [m]."""
    steps = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    flat = (squares[:, None] + steps) * CELL_M
    return np.concatenate((flat, np.full((*flat.shape[:2], 1), _GROUND_M)), axis=2)


class HeatMap:
    """Draws where near misses happened; worked out anew every two seconds at most."""

    def __init__(self, stage: Stage) -> None:
        """Stand on a stage."""
        self._stage, self._mesh, self._on = stage, Mesh(), False
        self._mesh.actor.ForceTranslucentOn()
        self._found: NearMisses | None = None
        self._drawn_ns = 0
        self.squares = 0
        """How many squares are drawn."""

    def show(self, snapshot: Snapshot, on: bool, of: NearMisses | None = None) -> bool:
        """Take the near misses of a snapshot or those named, or hide them; give whether anything changed."""
        found = (snapshot.state.near_misses if of is None else of) if on else None
        waits = on and self._on and of is None and abs(snapshot.state.t_ns - self._drawn_ns) < EVERY_NS
        if found is self._found or waits:
            return False
        self._found, self._drawn_ns = found, snapshot.state.t_ns
        if self._on:
            self._stage.moving.RemoveActor(self._mesh.actor)
        had, self._on, self.squares = self._on, False, 0
        if found is None:
            return had
        squares, counts = squares_of(found)
        self.squares = len(squares)
        if not len(squares):
            return had
        self._mesh.set_points(corners_of(squares).reshape(-1, 3).astype(np.float32))
        self._mesh.set_faces(triangles_of_quads(len(squares)))
        self._mesh.set_colours(np.repeat(colours_of(counts), 4, axis=0))
        self._stage.add(self._mesh.actor, moving=True)
        self._on = True
        return True
