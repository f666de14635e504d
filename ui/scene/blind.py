"""Where machines were not heard, as crosses on the ground: it forbids nothing, but nothing is heard there."""

from __future__ import annotations

import numpy as np

from twin.fleet.reception import CELL_M, Reception
from twin.snapshot import Snapshot
from twin.tables import Floats, Ints
from ui.scene.meshes import Mesh, triangles_of_quads
from ui.scene.stage import Stage

GREY = (206, 208, 212, 190)
"""Colour of the crosses, and how far they cover the ground (0 to 255)."""
_GROUND_M = 0.09
_HALF_WIDTH_M = 0.28
_INSET_M = 1.2


def crosses(cells: Ints) -> Floats:
    """Give the two bars of the cross in each cell, (2 n, 4, 3) [m], counter-clockwise from above.

    Parameters
    ----------
    cells : (n, 2) int
        Column and row.
    """
    middle = (cells + 0.5) * CELL_M
    reach = CELL_M / 2.0 - _INSET_M
    along = np.array([(1.0, 1.0), (-1.0, 1.0)])
    across = np.array([(-1.0, 1.0), (-1.0, -1.0)]) * _HALF_WIDTH_M / np.sqrt(2.0)
    ends = np.stack(
        (-along * reach - across, along * reach - across, along * reach + across, -along * reach + across),
        axis=1,
    )
    flat = (middle[:, None, None] + ends).reshape(-1, 4, 2)
    return np.concatenate((flat, np.full((*flat.shape[:2], 1), _GROUND_M)), axis=2)


class BlindCells:
    """Draws the places where nothing is heard, as far as they are known."""

    def __init__(self, stage: Stage) -> None:
        """Stand on a stage."""
        self._stage, self._mesh, self._on = stage, Mesh(), False
        self._mesh.actor.ForceTranslucentOn()
        self._known: Reception | None = None
        self.cells: Ints = np.empty((0, 2), np.int32)
        """What is drawn, by column and row."""

    def show(self, snapshot: Snapshot, on: bool) -> bool:
        """Take what is known in a snapshot, or hide it; give whether anything changed."""
        known = snapshot.state.reception if on else None
        if known is self._known:
            return False
        self._known = known
        cells = np.empty((0, 2), np.int32) if known is None else known.blind()
        if np.array_equal(cells, self.cells):
            return False
        if self._on:
            self._stage.moving.RemoveActor(self._mesh.actor)
        self.cells, self._on = cells, bool(len(cells))
        if self._on:
            corners = crosses(cells)
            self._mesh.set_points(corners.reshape(-1, 3).astype(np.float32))
            self._mesh.set_faces(triangles_of_quads(len(corners)))
            self._mesh.set_colours(np.tile(np.array(GREY, np.uint8), (4 * len(corners), 1)))
            self._stage.add(self._mesh.actor, moving=True)
        return True
