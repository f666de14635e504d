"""The standing boxes: one mesh a block, of the faces that can be seen, rebuilt where stacks changed.

What is to be built waits in a list, so that a whole yard can be built a block at a time.
"""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkTexture

from twin.clock import NS_PER_S
from twin.snapshot import Snapshot
from twin.state import State
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
        self._yard: Yard | None = None
        self._slots: Slots | None = None
        self._stock: Stock | None = None
        self._colour_by = ColourBy.LINE
        self._t_ns = self._coloured_ns = 0
        self._epoch = -1
        self._changed: dict[int, None] = {}
        self._pale: dict[int, None] = {}
        self.rebuilt = 0

    @property
    def boxes(self) -> tuple[Boxes | None, ...]:
        """The standing boxes of each block, in the order of ``Yard.blocks``; None where not built yet."""
        return tuple(None if k in self._changed else block.boxes for k, block in enumerate(self._blocks))

    @property
    def pending(self) -> bool:
        """Whether a block is still to be built or coloured."""
        return bool(self._changed or self._pale)

    def set_texture(self, texture: vtkTexture) -> None:
        """Paint the boxes with another copy of the atlas: a finer or a faster one."""
        if texture is not self._texture:
            self._texture = texture
            for block in self._blocks:
                block.mesh.set_texture(texture)
            self._stage.touch_still()

    def show(self, snapshot: Snapshot, colour_by: ColourBy) -> None:
        """Take the stacks of a snapshot, and note what is to be built and coloured anew."""
        state = snapshot.state
        self._changed |= dict.fromkeys(self._changed_blocks(state))
        recolour = colour_by is not self._colour_by or self._relabelled(state.stock)
        if changes_with_time(colour_by) and abs(state.t_ns - self._coloured_ns) > _RECOLOUR_NS:
            recolour = True
        self._stock, self._colour_by, self._t_ns = state.stock, colour_by, state.t_ns
        if recolour:
            self._coloured_ns = state.t_ns
            self._pale = dict.fromkeys(range(len(self._blocks)))

    def build_next(self) -> int | None:
        """Build or colour the next block that waits; give it where its shape is another than before."""
        shaped = None
        if self._changed:
            index = next(iter(self._changed))
            del self._changed[index]
            shaped = index if self._build(index) else None
        elif self._pale:
            index = next(iter(self._pale))
        else:
            return None
        self._pale.pop(index, None)
        self._colour(index)
        self._stage.touch_still()
        return shaped

    def _changed_blocks(self, state: State) -> list[int]:
        yard, slots, stock, old = state.yard, state.slots, state.stock, self._stock
        if yard is not self._yard and yard != self._yard:
            self._lay_out(len(yard.blocks))
            old = None
        self._yard, self._slots = yard, slots
        if old is None or state.epoch != self._epoch:  # rows of the stock may mean other boxes now
            self._epoch = state.epoch
            return list(range(len(yard.blocks)))
        if stock.occupant is old.occupant:
            return []
        differs = (stock.occupant != old.occupant).any(axis=1)
        found: list[int] = np.unique(slots.block[differs]).tolist()
        return found

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
        self._changed, self._pale = {}, {}

    def _build(self, index: int) -> bool:
        """Build a block; give whether its boxes stand otherwise than before, be they the same or others."""
        yard, slots, stock = self._yard, self._slots, self._stock
        if yard is None or slots is None or stock is None:
            return False
        shown, block = self._blocks[index], yard.blocks[index]
        first, last = int(slots.first[index]), int(slots.first[index + 1])
        rows = rows_between(stock, first, last)
        before, shown.boxes = shown.boxes, standing(stock, slots, rows)
        if before is not None and _same_shape(before, shown.boxes):
            return False
        self.rebuilt += 1
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
        if before is None:
            self._stage.add(shown.mesh.actor)
        shown.mesh.actor.SetVisibility(len(faces) > 0)
        return True

    def _colour(self, index: int) -> None:
        shown, stock = self._blocks[index], self._stock
        if stock is None or shown.boxes is None or shown.faces is None:
            return
        colours, coordinates_ = painted(
            stock, shown.boxes.row, shown.faces, shown.light, self._colour_by, self._t_ns
        )
        shown.mesh.set_colours(colours)
        shown.mesh.set_coordinates(coordinates_)


def _same_shape(one: Boxes, other: Boxes) -> bool:
    """Tell whether boxes stand in the same places in the same order, whichever boxes they are."""
    names = ("centre_yard_m", "half_l_m", "bottom_m", "top_m")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


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
