"""The machines of a snapshot by kind, and the boxes under spreaders and on trailers."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkTexture

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import IN_FRONT, spreader_offset
from twin.fleet.table import HOLDS, Fleet, Tracks
from twin.reach import END_M
from twin.snapshot import Snapshot
from twin.stock.table import Stock
from twin.tables import Ints
from ui.scene.faces import WIDTH_M, Boxes, faces_of, half_lengths
from ui.scene.kind_drawing import KindDrawing, hatching, shadow
from ui.scene.light import plain_light
from ui.scene.machines import template
from ui.scene.meshes import Mesh, texture_of, triangles_of_quads
from ui.scene.posing import drawn_rows, rest_pose
from ui.scene.stacks import painted
from ui.scene.stage import Stage
from ui.view_state import ColourBy


class FleetDrawing:
    """Draws machines, the boxes they carry and their shadows, by kind."""

    def __init__(self, stage: Stage, atlas: vtkTexture) -> None:
        """Stand on a stage; ``atlas`` is the container texture."""
        self._stage = stage
        self._hatching = texture_of(hatching(), repeat=True)
        self._kinds: dict[tuple[int, bool], KindDrawing] = {}
        self.coarse = False
        """Whether machines are to be drawn with fewer faces."""
        self._coarse = [False] * len(KIND_NAMES)
        self._loads = Mesh()
        self._loads.set_texture(atlas)
        self._loads_shadow = shadow()
        for mesh in (self._loads, self._loads_shadow):
            stage.add(mesh.actor, moving=True)
        self._fleet: Fleet | None = None
        self._tracks: Tracks | None = None
        self._stock: Stock | None = None
        self._colour_by: ColourBy | None = None
        self.posed = 0
        """How many machines' points the last snapshot moved."""

    @property
    def kinds(self) -> dict[tuple[int, bool], KindDrawing]:
        """What is drawn of each kind that has come, in full and for views from afar."""
        return self._kinds

    def set_coarse(self, coarse: bool, most: int = len(KIND_NAMES)) -> bool:
        """Draw machines for views from afar, or in full; give whether all of them are by now.

        Parameters
        ----------
        most : int
            How many kinds that are there are drawn the other way in this call: a kind that comes in full
            for the first time takes a part of a frame's time, all of them several frames'.
        """
        self.coarse, left = coarse, most
        for kind, before in enumerate(self._coarse):
            shown = self._kinds.get((kind, before))
            if before is coarse or (left <= 0 and shown is not None and shown.there):
                continue
            self._coarse[kind] = coarse
            if shown is not None and shown.there and self._tracks is not None and self._stock is not None:
                left -= 1
                rows = np.sort(shown.rows[shown.rows >= 0])
                shown.hide()
                self._show_kind(kind, rows, self._tracks, self._stock)
        return all(way is coarse for way in self._coarse)

    def show(self, snapshot: Snapshot, colour_by: ColourBy) -> bool:
        """Take the machines of a snapshot; give whether anything moved."""
        state = snapshot.state
        same = state.tracks is self._tracks and state.fleet is self._fleet
        if same and state.stock is self._stock and colour_by is self._colour_by:
            return False
        rows, self.posed = drawn_rows(state.fleet, state.tracks), 0
        for kind in range(len(KIND_NAMES)):
            self._show_kind(kind, rows[state.fleet.kind[rows] == kind], state.tracks, state.stock)
        self._show_loads(state.fleet, state.tracks, state.stock, colour_by, state.t_ns)
        self._fleet, self._tracks, self._stock = state.fleet, state.tracks, state.stock
        self._colour_by = colour_by
        return True

    def _show_kind(self, kind: int, rows: Ints, tracks: Tracks, stock: Stock) -> None:
        key = (kind, self._coarse[kind])
        shown = self._kinds.get(key)
        if shown is None:
            if not len(rows):
                return
            shape = template(KIND_NAMES[kind], self._coarse[kind])
            shown = self._kinds[key] = KindDrawing(self._stage, self._hatching, shape, bool(IN_FRONT[kind]))
        self.posed += shown.show(rows, tracks, stock)

    def _show_loads(self, fleet: Fleet, tracks: Tracks, stock: Stock, colour_by: ColourBy, t_ns: int) -> None:
        boxes = carried(fleet, tracks, stock)
        # Taken off the stage an actor lets go its texture, too, which then is handed over again.
        for mesh in (self._loads, self._loads_shadow):
            mesh.actor.SetVisibility(len(boxes) > 0)
        if not len(boxes):
            return
        faces = faces_of(boxes, np.ones((len(boxes), 5), bool))
        light = np.repeat(plain_light(faces.normal), 4)
        colours, where = painted(stock, boxes.row, faces, light, colour_by, t_ns)
        for mesh in (self._loads, self._loads_shadow):
            mesh.set_points(faces.corner_yard_m.reshape(-1, 3).astype(np.float32))
            mesh.set_faces(triangles_of_quads(len(faces)))
        self._loads.set_colours(colours)
        self._loads.set_coordinates(where)


def carried(fleet: Fleet, tracks: Tracks, stock: Stock) -> Boxes:
    """Give the boxes under spreaders and on trailers as solids in the yard frame."""
    rows = drawn_rows(fleet, tracks)
    columns = [getattr(tracks, name)[rows] for name in HOLDS]
    which, row = np.nonzero([(column >= 0) & (column < len(stock)) for column in columns])
    box, machine, hanging = np.stack(columns)[which, row].astype(np.int32), rows[row], which < 2
    # Of two end to end each is half their length off the middle, the second ahead.
    two = np.stack((columns[1], columns[3]))[which // 2, row] >= 0
    off_m = np.where(two, np.where(which % 2, END_M, -END_M), 0.0)
    kinds = [KINDS[name] for name in KIND_NAMES]
    kind = fleet.kind[machine]
    stacker = IN_FRONT[kind]
    trolley, hoist = rest_pose(tracks, machine)
    heading = np.nan_to_num(tracks.heading_rad[machine])
    trailer = tracks.trailer_heading_rad[machine]
    turn = np.where(hanging | ~np.isfinite(trailer), heading, trailer)
    rest_x = np.array([k.cargo_m[0] for k in kinds])[kind]
    rest_z = np.array([k.cargo_m[1] for k in kinds])[kind]
    ahead_m, left_m = spreader_offset(kind, trolley)
    u = np.where(hanging, ahead_m, rest_x)
    v = np.where(hanging, left_m, 0.0)
    height = stock.height_m[box]
    bottom = np.where(hanging, hoist - height, rest_z)
    c, s = np.cos(turn), np.sin(turn)
    centre = np.column_stack((tracks.x_m[machine] + c * u - s * v, tracks.y_m[machine] + s * u + c * v))
    # A reach stacker carries its box across.
    across = hanging & stacker
    cos, sin = np.where(across, -s, c), np.where(across, c, s)
    centre += off_m[:, None] * np.column_stack((cos, sin))
    half_w = np.full(len(box), WIDTH_M / 2)
    return Boxes(box, centre, cos, sin, half_lengths(stock.length_ft[box]), half_w, bottom, bottom + height)
