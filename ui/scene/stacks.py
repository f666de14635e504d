"""The standing boxes: one mesh a block, of the faces that can be seen, rebuilt where stacks changed."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkTexture

from twin.clock import NS_PER_S
from twin.snapshot import Snapshot
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from twin.yard.model import Yard
from twin.yard.slots import Slots
from ui.scene.atlas import NEUTRAL_STRIP, coordinates
from ui.scene.colouring import changes_with_time, classes, legend
from ui.scene.faces import Boxes, Faces, exposed, faces_of, standing
from ui.scene.faces import rows_in as rows_between
from ui.scene.light import HeightMap, baked, turned_sun
from ui.scene.meshes import Colours, Mesh, triangles_of_quads
from ui.scene.palette import NEUTRAL
from ui.scene.stage import Stage
from ui.view_state import ColourBy

_RECOLOUR_NS = 60 * NS_PER_S
_COLUMNS = ("line", "empty", "customs", "imdg", "departs_ns", "gross_kg", "setpoint_c")


class _Shown:
    """One block's mesh and what it was built from."""

    def __init__(self, texture: vtkTexture) -> None:
        self.mesh = Mesh()
        self.mesh.set_texture(texture)
        self.mesh.haze()
        self.boxes: Boxes | None = None
        self.faces: Faces | None = None
        self.light: Floats = np.empty(0)


class Stacks:
    """Draws every stacked box; keeps the boxes of each block as solids for picking."""

    def __init__(self, stage: Stage, texture: vtkTexture) -> None:
        """Stand on a stage; ``texture`` is the container atlas."""
        self._stage, self._texture = stage, texture
        self._blocks: list[_Shown] = []
        self._stock: Stock | None = None
        self._slots: Slots | None = None
        self._colour_by = ColourBy.LINE
        self._coloured_ns = 0
        self._epoch = -1
        self.rebuilt = 0

    @property
    def boxes(self) -> tuple[Boxes | None, ...]:
        """The standing boxes of each block, in the order of ``Yard.blocks``."""
        return tuple(block.boxes for block in self._blocks)

    def set_texture(self, texture: vtkTexture) -> None:
        """Paint the boxes with another copy of the atlas: a finer or a faster one."""
        if texture is not self._texture:
            self._texture = texture
            for block in self._blocks:
                block.mesh.set_texture(texture)
            self._stage.touch_still()

    def show(self, snapshot: Snapshot, colour_by: ColourBy) -> Ints:
        """Take the stacks of a snapshot; give the blocks that were built again."""
        state = snapshot.state
        if state.epoch != self._epoch:  # rows of the stock may mean other boxes now
            self._epoch, self._slots = state.epoch, None
        changed = self._changed_blocks(state.yard, state.slots, state.stock)
        recolour = colour_by is not self._colour_by or self._relabelled(state.stock)
        if changes_with_time(colour_by) and abs(state.t_ns - self._coloured_ns) > _RECOLOUR_NS:
            recolour = True
        self._stock, self._slots, self._colour_by = state.stock, state.slots, colour_by
        for index in changed:
            self._build(int(index), state.yard, state.slots, state.stock)
        if recolour:
            self._coloured_ns = state.t_ns
        for index in range(len(self._blocks)) if recolour else changed:
            self._colour(int(index), state.t_ns)
        if len(changed) or recolour:
            self._stage.touch_still()
        return changed

    def _changed_blocks(self, yard: Yard, slots: Slots, stock: Stock) -> Ints:
        old = self._stock
        if slots is not self._slots:
            self._lay_out(len(yard.blocks))
            return np.arange(len(yard.blocks), dtype=np.int32)
        if old is None or stock.occupant is old.occupant:
            return np.empty(0, np.int32)
        differs = (stock.occupant != old.occupant).any(axis=1)
        return np.unique(slots.block[differs]).astype(np.int32)

    def _relabelled(self, stock: Stock) -> bool:
        old = self._stock
        if old is None or stock is old:
            return False
        n = min(len(old), len(stock))
        return any(
            getattr(stock, name) is not getattr(old, name)
            and not np.array_equal(
                getattr(stock, name)[:n], getattr(old, name)[:n], equal_nan=name == "setpoint_c"
            )
            for name in _COLUMNS
        )

    def _lay_out(self, count: int) -> None:
        for block in self._blocks:
            self._stage.remove(block.mesh.actor)
        self._blocks = [_Shown(self._texture) for _ in range(count)]

    def _build(self, index: int, yard: Yard, slots: Slots, stock: Stock) -> None:
        self.rebuilt += 1
        shown, block = self._blocks[index], yard.blocks[index]
        first, last = int(slots.first[index]), int(slots.first[index + 1])
        rows = rows_between(stock, first, last)
        shown.boxes = standing(stock, slots, rows)
        shown.faces = faces = faces_of(shown.boxes, exposed(stock, slots, rows, block.rows))
        heights = HeightMap(
            stock.top_m[first:last].reshape(block.bays, block.rows), (block.bay_pitch_m, block.row_pitch_m)
        )
        c, s = np.cos(block.heading_rad), np.sin(block.heading_rad)
        turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        # Corners are drawn in a little: on its very edge a point would see the neighbour's column.
        middle = faces.corner_yard_m.mean(axis=1, keepdims=True)
        inner = middle + 0.94 * (faces.corner_yard_m - middle) - (*block.origin_yard_m, 0.0)
        points = inner.reshape(-1, 3) @ turn.T
        normal = np.repeat(faces.normal @ turn.T, 4, axis=0)
        shown.light = baked(heights, points, normal, turned_sun(block.heading_rad))
        shown.mesh.set_points(faces.corner_yard_m.reshape(-1, 3).astype(np.float32))
        shown.mesh.set_faces(triangles_of_quads(len(faces)))
        self._stage.remove(shown.mesh.actor)
        if len(faces):
            self._stage.add(shown.mesh.actor)

    def _colour(self, index: int, t_ns: int) -> None:
        shown, stock = self._blocks[index], self._stock
        if stock is None or shown.boxes is None or shown.faces is None:
            return
        colours, coordinates_ = painted(
            stock, shown.boxes.row, shown.faces, shown.light, self._colour_by, t_ns
        )
        shown.mesh.set_colours(colours)
        shown.mesh.set_coordinates(coordinates_)


def painted(
    stock: Stock, rows: Ints, faces: Faces, light: Floats, colour_by: ColourBy, t_ns: int
) -> tuple[Colours, Floats]:
    """Give the colours (4 m, 3) and the texture coordinates (4 m, 2) of the faces of boxes.

    Parameters
    ----------
    rows : (n,)
        Stock row of each box.
    faces : Faces
        Of those boxes, (m,).
    light : (4 m,)
        At each corner, 0 to about 1.1.
    """
    kind = classes(stock, rows, colour_by, t_ns)
    if colour_by is ColourBy.LINE:
        strip = kind.astype(np.int8)
        base = np.full((len(rows), 3), 246.0)
    else:
        strip = np.full(len(rows), NEUTRAL_STRIP, np.int8)
        colours = np.array([colour for _, colour in legend(colour_by)], float)
        base = colours[kind] * (246.0 / max(NEUTRAL))
    tint = base[faces.box].repeat(4, axis=0) * light[:, None]
    long = stock.length_ft[rows] > 20
    # The third character of an ISO 6346 type code is R or H for refrigerated and insulated boxes.
    letters = np.ascontiguousarray(stock.type_code[rows], "S4").view("S1").reshape(-1, 4)
    reefer = np.isin(letters[:, 2], (b"R", b"H"))
    where = coordinates(faces.side, long[faces.box], reefer[faces.box], strip[faces.box])
    return np.clip(tint, 0, 255).astype(np.uint8), where.reshape(-1, 2)
