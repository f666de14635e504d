"""Drawing and picking: a frame of all stacks, a live frame, what lies under the pointer.

All draw off screen at 1280 x 800 with one camera, and read their pixels back.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkDataObject, vtkPolyData
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkGlyph3DMapper,
    vtkHardwareSelector,
    vtkPolyDataMapper,
    vtkRenderer,
)

from benchmarks.rows import Row, compare
from layouts.generator import large_yard
from twin.fleet.kinds import KIND_NAMES
from twin.fleet.table import Fleet, Tracks
from twin.safety.table import Conflicts, no_alarms
from twin.snapshot import Mode, Snapshot
from twin.state import State
from twin.stock.generate import fill
from twin.stock.table import Place
from twin.tables import Floats
from twin.yard.slots import slots_of
from ui.scene.atlas import paint_atlas
from ui.scene.camera import Camera
from ui.scene.faces import Boxes, exposed, faces_of, rows_in, standing
from ui.scene.meshes import Mesh, texture_of, triangles_of_quads
from ui.scene.offscreen import ensure_application
from ui.scene.presets import overview
from ui.scene.scene import YardScene
from ui.scene.stacks import Stacks
from ui.scene.stage import Stage, make_window
from ui.view_state import ColourBy, PickKind

SIZE = (1280, 800)
T0_NS = 1_800_000_000_000_000_000
TRUCKS = 200


def snapshot_of(boxes: int) -> Snapshot:
    """Give a generated yard with that many boxes and 200 trucks."""
    yard = large_yard(boxes)
    slots = slots_of(yard)
    stock = fill(yard, slots, boxes, 1, T0_NS)
    fleet, tracks = _trucks(slots.centre_yard_m)
    ints, real = np.empty(0, np.int32), np.empty(0)
    alarms = no_alarms()
    conflicts = Conflicts(
        ints.copy(), ints.copy(), ints.copy(), real.copy(), real.copy(), real.copy(), real.copy()
    )
    state = State(T0_NS, 1, 1, yard, slots, stock, fleet, tracks, conflicts, alarms, 1)
    return Snapshot(state, Mode.SIMULATION, (), None, 1.0)


def _trucks(places: Floats) -> tuple[Fleet, Tracks]:
    n = TRUCKS
    rng = np.random.default_rng(1)
    xy = places[rng.integers(0, len(places), n)] + rng.normal(0, 3, (n, 2))
    heading, zero, none = rng.uniform(-3, 3, n), np.zeros(n), np.full(n, np.nan)
    fleet = Fleet(
        np.array([f"T{k:05d}" for k in range(n)], "S16"),
        np.full(n, KIND_NAMES.index("external_truck"), np.int8),
        np.full(n, -1, np.int32),
        np.ones(n, bool),
    )
    tracks = Tracks(
        xy[:, 0].copy(), xy[:, 1].copy(), heading, zero, zero.copy(), np.full(n, T0_NS),
        np.full(n, 0.03), heading.copy(), none, none.copy(), np.zeros(n, bool), zero.copy(),
        np.full(n, T0_NS), np.full(n, T0_NS), np.full(n, 4, np.int8), np.zeros(n, np.int8),
        np.full(n, -1, np.int32), np.full(n, -1, np.int32),
        np.zeros((n, 3, 3)), np.zeros(n, np.int8), np.zeros(n), np.zeros(n),
    )  # fmt: skip
    return fleet, tracks


def all_boxes(snapshot: Snapshot) -> Boxes:
    """Give every stacked box as a solid."""
    state = snapshot.state
    rows = np.flatnonzero(state.stock.place == Place.STACKED).astype(np.int32)
    return standing(state.stock, state.slots, rows)


class Peer:
    """A plain VTK window off screen, of the same kind that the scene draws in."""

    def __init__(self, camera: Camera) -> None:
        self.window = make_window()
        self.window.SetSize(*SIZE)
        self.renderer = vtkRenderer()
        self.window.AddRenderer(self.renderer)
        target = self.renderer.GetActiveCamera()
        target.SetPosition(*camera.eye())
        target.SetFocalPoint(*camera.focus())
        target.SetViewUp(*camera.basis()[1])
        target.SetViewAngle(camera.view_angle_deg)
        target.SetClippingRange(1.0, camera.distance_m + 13_000.0)
        self._pixels = vtkUnsignedCharArray()

    def draw(self) -> None:
        """Draw a frame and read it back."""
        self.window.Render()
        self.window.GetRGBACharPixelData(0, 0, SIZE[0] - 1, SIZE[1] - 1, 0, self._pixels)

    def add_glyphs(self, boxes: Boxes) -> None:
        """Draw the boxes with one vtkGlyph3DMapper."""
        self._data = data = vtkPolyData()
        points = vtkPoints()
        middle = (boxes.bottom_m + boxes.top_m) / 2
        points.SetData(
            numpy_to_vtk(np.column_stack((boxes.centre_yard_m, middle)).astype(np.float32), deep=True)
        )
        data.SetPoints(points)
        scale = np.column_stack((2 * boxes.half_l_m, 2 * boxes.half_w_m, boxes.top_m - boxes.bottom_m))
        turn = np.zeros((len(boxes), 3))
        turn[:, 2] = np.degrees(np.arctan2(boxes.sin, boxes.cos))
        colours = np.random.default_rng(0).integers(60, 220, (len(boxes), 3)).astype(np.uint8)
        for name, values in (("scale", scale), ("turn", turn), ("colour", colours)):
            array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
            array.SetName(name)
            data.GetPointData().AddArray(array)
        data.GetPointData().SetActiveScalars("colour")
        mapper = vtkGlyph3DMapper()
        mapper.SetInputData(data)
        cube = vtkCubeSource()
        mapper.SetSourceConnection(cube.GetOutputPort())
        mapper.SetScaleModeToScaleByVectorComponents()
        mapper.SetScaleArray("scale")
        mapper.SetOrientationArray("turn")
        self._put(mapper)

    def add_actors(self, boxes: Boxes) -> None:
        """Draw the boxes with one actor each, all of one mapper."""
        mapper = vtkPolyDataMapper()
        cube = vtkCubeSource()
        mapper.SetInputConnection(cube.GetOutputPort())
        for k in range(len(boxes)):
            actor = self._put(mapper)
            actor.SetPosition(*boxes.centre_yard_m[k], (boxes.bottom_m[k] + boxes.top_m[k]) / 2)
            actor.SetScale(2 * boxes.half_l_m[k], 2 * boxes.half_w_m[k], boxes.top_m[k] - boxes.bottom_m[k])
            actor.RotateZ(np.degrees(np.arctan2(boxes.sin[k], boxes.cos[k])))

    def add_faces(self, snapshot: Snapshot) -> np.ndarray:
        """Draw the faces that can be seen as one mesh; give the stock row of each face."""
        state = snapshot.state
        corners, owners = [], []
        for k, block in enumerate(state.yard.blocks):
            rows = rows_in(state.stock, int(state.slots.first[k]), int(state.slots.first[k + 1]))
            boxes = standing(state.stock, state.slots, rows)
            faces = faces_of(boxes, exposed(state.stock, state.slots, rows, block.rows))
            corners.append(faces.corner_yard_m)
            owners.append(rows[faces.box])
        self._mesh = mesh = Mesh()
        points = np.concatenate(corners).reshape(-1, 3)
        mesh.set_points(points.astype(np.float32))
        mesh.set_faces(triangles_of_quads(len(points) // 4))
        self.renderer.AddActor(mesh.actor)
        return np.concatenate(owners)

    def _put(self, mapper: vtkPolyDataMapper | vtkGlyph3DMapper) -> vtkActor:
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().LightingOff()
        actor.GetProperty().BackfaceCullingOn()
        self.renderer.AddActor(actor)
        return actor

    def close(self) -> None:
        """Let the window go."""
        self.renderer.RemoveAllViewProps()
        self.window.Finalize()


class BoxLayer:
    """The boxes alone as this program draws them: what the peers draw, no more."""

    def __init__(self, snapshot: Snapshot, camera: Camera) -> None:
        self._stage, self._camera = Stage(SIZE), camera
        self._stacks = Stacks(self._stage, texture_of(paint_atlas()[..., :3]))
        self._stacks.show(snapshot, ColourBy.LINE)
        while self._stacks.pending:
            self._stacks.build_next()

    def draw(self) -> None:
        """Draw a frame anew, as for a camera that moves."""
        self._stage.touch_still()
        self._stage.draw(self._camera, SIZE, 13_000.0)

    def close(self) -> None:
        """Let the stage go."""
        self._stage.close()


class Shift:
    """Moves the trucks a little further at every call, and draws."""

    def __init__(self, scene: YardScene, snapshot: Snapshot, camera: Camera, still: bool) -> None:
        self._scene, self._camera, self._still = scene, camera, still
        state = snapshot.state
        self._two = [
            Snapshot(
                state.with_columns(tracks=state.tracks.with_columns(x_m=state.tracks.x_m + by_m)),
                snapshot.mode, (), None, 1.0,
            )
            for by_m in (0.0, 0.5)
        ]  # fmt: skip
        self._turn = 0

    def __call__(self) -> None:
        """Show the next tick and draw it."""
        self._turn = 1 - self._turn
        self._scene.show_snapshot(self._two[self._turn])
        if not self._still:
            self._scene.stage.touch_still()
        self._scene.draw(self._camera, SIZE)


def rows() -> Iterable[Row]:
    """Give the rows of this module."""
    ensure_application()
    yield _boxes_alone(1_000, "one vtkActor a box")
    for boxes in (10_000, 100_000):
        yield _boxes_alone(boxes, "vtkGlyph3DMapper")
        yield from _whole_scene(boxes)


def _camera(snapshot: Snapshot) -> Camera:
    return overview(snapshot.state.yard, Camera(), SIZE[0] / SIZE[1])


def _boxes_alone(boxes: int, against: str) -> Row:
    snapshot = snapshot_of(boxes)
    camera = _camera(snapshot)
    ours, peer = BoxLayer(snapshot, camera), Peer(camera)
    solids = all_boxes(snapshot)
    if against == "vtkGlyph3DMapper":
        peer.add_glyphs(solids)
    else:
        peer.add_actors(solids)
    note = "boxes only; ours with texture and baked light, the peer in plain colours"
    row = compare(f"full frame, {boxes:,} boxes", ours.draw, peer.draw, against, note=note)
    ours.close()
    peer.close()
    return row


def _whole_scene(boxes: int) -> Iterable[Row]:
    snapshot = snapshot_of(boxes)
    camera = _camera(snapshot)
    scene = YardScene(SIZE)
    scene.set_fine(False)
    scene.show_snapshot(snapshot)
    yield compare(
        f"live frame, camera still, {boxes:,} boxes",
        Shift(scene, snapshot, camera, still=True),
        Shift(scene, snapshot, camera, still=False),
        "the same with a full redraw",
        note="the whole yard, 200 trucks move; the same picture to the pixel",
    )
    yield _picking(boxes, snapshot, scene, camera)
    scene.close()


def _picking(boxes: int, snapshot: Snapshot, scene: YardScene, camera: Camera) -> Row:
    """Compare picking a box with the hardware selector on a mesh of the same faces."""
    peer = Peer(camera)
    owner = peer.add_faces(snapshot)
    peer.draw()
    selector = vtkHardwareSelector()
    selector.SetRenderer(peer.renderer)
    selector.SetFieldAssociation(vtkDataObject.FIELD_ASSOCIATION_CELLS)
    x, y = SIZE[0] // 2, SIZE[1] // 2

    def by_selector(px: int, py: int) -> int:
        selector.SetArea(px, SIZE[1] - 1 - py, px, SIZE[1] - 1 - py)
        node = selector.Select().GetNode(0)
        return -1 if node is None else int(owner[int(node.GetSelectionList().GetTuple1(0))])

    def by_arithmetic(px: int, py: int) -> int:
        found = scene.pick(camera, px + 0.5, py + 0.5, SIZE)
        return found.row if found is not None and found.kind is PickKind.BOX else -1

    rng = np.random.default_rng(2)
    same, asked = 0, 0
    for px, py in rng.integers((200, 200), (1000, 600), (12, 2)):
        theirs = by_selector(int(px), int(py))
        asked += 1
        same += theirs == by_arithmetic(int(px), int(py))
    row = compare(
        f"pick under the pointer, {boxes:,} boxes",
        partial(by_arithmetic, x, y),
        partial(by_selector, x, y),
        "vtkHardwareSelector",
        note=f"same answer at {same} of {asked} pixels; ours looks at 200 trucks besides",
    )
    peer.close()
    return row
