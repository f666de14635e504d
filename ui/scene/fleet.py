"""The machines: one mesh for all of a kind, whose points are worked out anew in one pass a tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkTexture

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.shapes import BARE_SPREADER_M, IN_FRONT, spreader_offset
from twin.fleet.table import UNHEARD, Fleet, Freshness, Tracks
from twin.snapshot import Snapshot
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from ui.scene.faces import WIDTH_M, Boxes, faces_of, half_lengths
from ui.scene.light import SUN, SUN_SHARE, plain_light
from ui.scene.machine_parts import BOOM, SPREADER, TRAILER, TROLLEY, Template
from ui.scene.machines import template
from ui.scene.meshes import Colours, Mesh, texture_of, triangles_of_quads
from ui.scene.stacks import painted
from ui.scene.stage import Stage
from ui.view_state import ColourBy

_SHADOW_M = 0.06
_DRAWN_HALF_M = 12.192 / 2
_PLAIN_AT = np.float32(0.1)
"""A place in the hatching texture, across and up, that is plain white."""
_DOUBTFUL = (*UNHEARD, Freshness.SUSPECT)


_TURN_RAD = 0.01
"""A machine is lit anew once it has turned so far: by eye no earlier light can be told from that [rad]."""


@dataclass(slots=True)
class _Shown:
    """One kind's meshes, the fleet rows in them, and what their points and colours were worked out for.

    ``pose`` is (m, 7), ``lit`` (m, 3), as of :func:`_pose_of` and :func:`_light_of`; NaN where not yet.
    """

    template: Template
    mesh: Mesh
    shadow: Mesh
    rows: Ints
    doubtful: NDArray[np.bool_]
    pose: Floats
    lit: Floats
    points: NDArray[np.float32]
    colours: Colours

    @staticmethod
    def empty(shape: Template, mesh: Mesh) -> _Shown:
        """Give a kind without a machine."""
        k, nobody = len(shape.joints), np.empty(0, np.int32)
        points, colours = np.empty((0, k, 3), np.float32), np.empty((0, k, 3), np.uint8)
        none = np.empty(0, np.bool_)
        return _Shown(
            shape, mesh, _shadow(), nobody, none, np.empty((0, 7)), np.empty((0, 3)), points, colours
        )

    def take(self, rows: Ints) -> None:
        """Hold these fleet rows; what is known of those held before stays."""
        at = np.minimum(np.searchsorted(self.rows, rows), max(len(self.rows) - 1, 0))
        known = np.flatnonzero(self.rows[at] == rows) if len(self.rows) else np.empty(0, np.intp)
        for name in ("pose", "lit", "points", "colours"):
            before = getattr(self, name)
            after = np.zeros((len(rows), *before.shape[1:]), before.dtype)
            if name in ("pose", "lit"):
                after[:] = np.nan
            after[known] = before[at[known]]
            setattr(self, name, after)
        self.rows = rows


class FleetDrawing:
    """Draws machines, the boxes they carry and their shadows; one actor a kind."""

    def __init__(self, stage: Stage, atlas: vtkTexture) -> None:
        """Stand on a stage; ``atlas`` is the container texture."""
        self._stage = stage
        self._hatching = texture_of(hatching(), repeat=True)
        self._kinds: dict[int, _Shown] = {}
        self._loads = Mesh()
        self._loads.set_texture(atlas)
        self._loads_shadow = _shadow()
        self._loads_on = False
        self._fleet: Fleet | None = None
        self._tracks: Tracks | None = None
        self._stock: Stock | None = None
        self._colour_by: ColourBy | None = None
        self.posed = 0
        """How many machines' points the last snapshot moved."""

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
        shown = self._kinds.get(kind)
        if shown is None:
            if not len(rows):
                return
            shown = self._kinds[kind] = self._make(kind)
        doubtful = np.isin(tracks.freshness[rows], _DOUBTFUL)
        anew = not np.array_equal(rows, shown.rows)
        if anew:
            self._set_up(shown, rows)
            shown.doubtful = ~doubtful
        if not len(rows):
            return
        self._pose(shown, tracks, stock, bool(IN_FRONT[kind]), anew)
        self._light(shown, tracks, anew)
        if not np.array_equal(doubtful, shown.doubtful):
            self._hatch(shown, doubtful)

    def _pose(self, shown: _Shown, tracks: Tracks, stock: Stock, reaching: bool, anew: bool) -> None:
        """Put the points of machines that moved where they are now."""
        half = spreader_half_m(tracks, stock, shown.rows)
        pose = _pose_of(tracks, shown.rows, half)
        moved = np.flatnonzero((pose != shown.pose).any(axis=1))
        self.posed += len(moved)
        if not len(moved) and not anew:
            return
        shown.pose = pose
        shown.points[moved] = posed(shown.template, tracks, shown.rows[moved], half[moved], reaching)
        shown.mesh.set_points(shown.points.reshape(-1, 3))
        shown.shadow.data.SetPoints(shown.mesh.data.GetPoints())

    def _light(self, shown: _Shown, tracks: Tracks, anew: bool) -> None:
        """Give the points of machines that turned, or came into doubt or out of it, their colours."""
        lit = _light_of(tracks, shown.rows)
        turned = np.flatnonzero(~(np.abs(lit - shown.lit) <= _TURN_RAD).all(axis=1))
        if not len(turned) and not anew:
            return
        shown.lit[turned] = lit[turned]
        shown.colours[turned] = lit_colours(shown.template, tracks, shown.rows[turned])
        shown.mesh.set_colours(shown.colours.reshape(-1, 3))

    def _make(self, kind: int) -> _Shown:
        mesh = Mesh()
        mesh.set_texture(self._hatching)
        return _Shown.empty(template(KIND_NAMES[kind]), mesh)

    def _set_up(self, shown: _Shown, rows: Ints) -> None:
        for mesh in (shown.mesh, shown.shadow):
            self._stage.moving.RemoveActor(mesh.actor)
        shown.take(rows)
        quads = triangles_of_quads(len(rows) * len(shown.template.casts))
        shown.mesh.set_faces(quads)
        shown.shadow.set_faces(quads[np.tile(shown.template.casts, len(rows))])
        if len(rows):
            self._stage.add(shown.mesh.actor, moving=True)
            self._stage.add(shown.shadow.actor, moving=True)

    def _hatch(self, shown: _Shown, doubtful: NDArray[np.bool_]) -> None:
        """Stripe the machines whose position cannot be trusted."""
        where = np.where(doubtful[:, None, None], shown.template.hatching[None], _PLAIN_AT)
        shown.mesh.set_coordinates(where.reshape(-1, 2).astype(np.float32))
        shown.doubtful = doubtful

    def _show_loads(self, fleet: Fleet, tracks: Tracks, stock: Stock, colour_by: ColourBy, t_ns: int) -> None:
        boxes = carried(fleet, tracks, stock)
        if self._loads_on:
            for mesh in (self._loads, self._loads_shadow):
                self._stage.moving.RemoveActor(mesh.actor)
        self._loads_on = len(boxes) > 0
        if not self._loads_on:
            return
        faces = faces_of(boxes, np.ones((len(boxes), 5), bool))
        light = np.repeat(plain_light(faces.normal), 4)
        colours, where = painted(stock, boxes.row, faces, light, colour_by, t_ns)
        for mesh in (self._loads, self._loads_shadow):
            mesh.set_points(faces.corner_yard_m.reshape(-1, 3).astype(np.float32))
            mesh.set_faces(triangles_of_quads(len(faces)))
            self._stage.add(mesh.actor, moving=True)
        self._loads.set_colours(colours)
        self._loads.set_coordinates(where)


def drawn_rows(fleet: Fleet, tracks: Tracks) -> Ints:
    """Give the fleet rows that are in the yard and have a position."""
    known = fleet.present & np.isfinite(tracks.x_m) & np.isfinite(tracks.y_m)
    return np.nonzero(known)[0].astype(np.int32)


def rest_pose(tracks: Tracks, rows: Ints) -> tuple[Floats, Floats]:
    """Give trolley and hoist [m]; 0 and 6 m where there was no word of them yet."""
    return np.nan_to_num(tracks.trolley_m[rows]), np.nan_to_num(tracks.hoist_m[rows], nan=6.0)


def posed(
    shape: Template, tracks: Tracks, rows: Ints, half_m: Floats | None = None, reaching: bool = False
) -> NDArray[np.float32]:
    """Give the points of a kind's mesh for several machines.

    Parameters
    ----------
    rows : (m,)
        Fleet rows.
    half_m : (m,), optional
        Half the length that each spreader is telescoped to; 40 ft where not given.
    reaching : bool
        Trolley travel is a reach forward, not across, and the spreader lies across.

    Returns
    -------
    (m, k, 3) float32
        In the yard frame [m].
    """
    trolley, hoist = rest_pose(tracks, rows)
    joint = shape.joints
    x, y, z = (shape.points[None, :, axis] for axis in range(3))
    slides = np.isin(joint, (TROLLEY, SPREADER, BOOM)).astype(np.float32)
    lifts = np.isin(joint, (SPREADER, BOOM)).astype(np.float32)
    travel = trolley[:, None].astype(np.float32) * slides
    out_m = np.zeros(len(rows)) if half_m is None else half_m - _DRAWN_HALF_M
    telescoped = out_m[:, None].astype(np.float32) * shape.stretch
    if reaching:
        x, y = x + travel, y + telescoped
    else:
        x, y = x + telescoped, y + travel
    z = z + hoist[:, None].astype(np.float32) * lifts
    c, s = _turns(tracks, rows, joint == TRAILER)
    out = np.empty((len(rows), len(joint), 3), np.float32)
    out[..., 0] = c * x - s * y + tracks.x_m[rows, None]
    out[..., 1] = s * x + c * y + tracks.y_m[rows, None]
    out[..., 2] = z
    return out


def _headings(tracks: Tracks, rows: Ints) -> tuple[Floats, Floats]:
    """Give the headings of machines and of what they draw, (m,) each [rad]; 0 where not known."""
    heading = np.nan_to_num(tracks.heading_rad[rows])
    trailer = tracks.trailer_heading_rad[rows]
    return heading, np.where(np.isfinite(trailer), trailer, heading)


def _turns(
    tracks: Tracks, rows: Ints, trailing: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give cosine and sine of the heading of each machine's points, (m, k); a trailer has its own."""
    both = np.stack(_headings(tracks, rows))
    c, s = (of(both).astype(np.float32)[:, :, None] for of in (np.cos, np.sin))
    if not trailing.any():
        return c[0], s[0]
    return np.where(trailing, c[1], c[0]), np.where(trailing, s[1], s[0])


def _pose_of(tracks: Tracks, rows: Ints, half_m: Floats) -> Floats:
    """Give all that the points of machines come from, (m, 7)."""
    flat = (tracks.x_m[rows], tracks.y_m[rows], *_headings(tracks, rows))
    return np.column_stack((*flat, *rest_pose(tracks, rows), half_m))


def _light_of(tracks: Tracks, rows: Ints) -> Floats:
    """Give all that the colours of machines come from, (m, 3)."""
    return np.column_stack((*_headings(tracks, rows), tracks.freshness[rows]))


def spreader_half_m(tracks: Tracks, stock: Stock, rows: Ints) -> Floats:
    """Give half the length of spreaders [m]: as long as their load, else 20 ft, as collisions count it."""
    load = tracks.load[rows]
    held = (load >= 0) & (load < len(stock))
    feet = stock.length_ft[np.where(held, load, 0)] if len(stock) else np.full(len(rows), 20, np.int8)
    return np.where(held, half_lengths(feet), BARE_SPREADER_M / 2)


def lit_colours(shape: Template, tracks: Tracks, rows: Ints) -> Colours:
    """Give the colours of several machines' points (m, k, 3) for their headings; greyer where in doubt."""
    c, s = _turns(tracks, rows, shape.joints == TRAILER)
    nx, ny, nz = (shape.normals[None, :, axis] for axis in range(3))
    towards = (
        (c * nx - s * ny) * np.float32(SUN[0])
        + (s * nx + c * ny) * np.float32(SUN[1])
        + nz * np.float32(SUN[2])
    )
    light = 0.66 * (0.78 + 0.22 * nz) + np.float32(SUN_SHARE) * np.maximum(towards, 0.0)
    freshness = tracks.freshness[rows]
    grey = np.select([freshness == Freshness.LATE, np.isin(freshness, _DOUBTFUL)], [0.35, 0.85], 0.0)
    colours = shape.colours[None]
    mean = colours.mean(axis=2, keepdims=True)
    mixed = colours + (mean - colours) * grey[:, None, None].astype(np.float32)
    lit: Colours = np.clip(mixed * light[..., None], 0, 255).astype(np.uint8)
    return lit


def carried(fleet: Fleet, tracks: Tracks, stock: Stock) -> Boxes:
    """Give the boxes under spreaders and on trailers as solids in the yard frame."""
    rows = drawn_rows(fleet, tracks)
    hung, laid = rows[tracks.load[rows] >= 0], rows[tracks.cargo[rows] >= 0]
    box = np.concatenate((tracks.load[hung], tracks.cargo[laid])).astype(np.int32)
    kept = box < len(stock)
    machine = np.concatenate((hung, laid))
    hanging = np.arange(len(box)) < len(hung)
    box, machine, hanging = box[kept], machine[kept], hanging[kept]
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
    half_w = np.full(len(box), WIDTH_M / 2)
    return Boxes(box, centre, cos, sin, half_lengths(stock.length_ft[box]), half_w, bottom, bottom + height)


def hatching(size: int = 64) -> Colours:
    """Give diagonal stripes that repeat, plain white near the lower left corner."""
    y, x = np.mgrid[0:size, 0:size]
    dark = ((x + (size - 1 - y)) % 32) >= 20
    grey = np.where(dark, 96, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _shadow() -> Mesh:
    """Give an empty mesh that is drawn as its shadow on the ground."""
    shadow = Mesh()
    shadow.mapper.ScalarVisibilityOff()
    look = shadow.actor.GetProperty()
    look.SetColor(0.0, 0.0, 0.02)
    look.SetOpacity(0.30)
    shadow.actor.SetUserMatrix(_flattened())
    shadow.mapper.SetResolveCoincidentTopologyToPolygonOffset()
    shadow.mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(-2.0, -4.0)
    return shadow


def _flattened() -> vtkMatrix4x4:
    """Give the matrix that throws things on the ground along the sun's rays."""
    matrix = vtkMatrix4x4()
    matrix.SetElement(0, 2, -SUN[0] / SUN[2])
    matrix.SetElement(1, 2, -SUN[1] / SUN[2])
    matrix.SetElement(2, 2, 0.0)
    matrix.SetElement(2, 3, _SHADOW_M)
    return matrix
