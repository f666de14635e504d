"""The machines of one kind: meshes of a fixed number of places, of which coming machines take free ones.

A mesh laid out anew and sent to the renderer again costs by its points, however few of them changed. So a
kind is cut into batches: a machine that comes fills a place, and only batches in which one moved are sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkTexture

from twin.fleet.table import Tracks
from twin.stock.table import Stock
from twin.tables import Floats, Ints
from ui.scene.light import SUN
from ui.scene.machine_parts import Template
from ui.scene.meshes import Colours, Mesh, triangles_of_quads
from ui.scene.posing import DOUBTFUL, light_of, lit_colours, pose_of, posed, spreader_half_m
from ui.scene.stage import Stage

_SHADOW_M = 0.06
_PLAIN_AT = np.float32(0.1)
"""A place in the hatching texture, across and up, that is plain white."""
_TURN_RAD = 0.01
"""A machine is lit anew once it has turned so far: by eye no earlier light can be told from that [rad]."""
_STEP: Floats = np.array([0.005, 0.005, 0.0005, 0.0005, 0.005, 0.005, 0.005])
"""A machine is posed anew once it has moved so far [m, rad]: a pixel even from near by. Those that stand
move by less all the time, as their filters do."""
BATCH_POINTS = 6_000
_FEWEST, _MOST = 4, 256

Places = NDArray[np.intp]
"""Numbers of places among all of a kind."""


class _Batch:
    """Places for so many machines in one mesh; a free place holds a machine without size."""

    def __init__(self, stage: Stage, hatching: vtkTexture, shape: Template, places: int) -> None:
        k = len(shape.joints)
        self.points = np.zeros((places, k, 3), np.float32)
        # With its fourth channel VTK takes colours as they are; of three it makes four at every change.
        self.colours = np.full((places, k, 4), 255, np.uint8)
        self.mesh, self.shadow, self.added = Mesh(), shadow(), False
        self._stage = stage
        self.mesh.set_texture(hatching)
        quads = triangles_of_quads(places * len(shape.casts))
        self.mesh.set_faces(quads)
        self.shadow.set_faces(quads[np.tile(shape.casts, places)])
        self.hatch(shape, np.zeros(places, np.bool_))

    def send_points(self, free: NDArray[np.bool_]) -> None:
        """Hand the points over; those of free places lie on one spot of a machine that is there."""
        taken = np.flatnonzero(~free)
        if len(taken):
            self.points[free] = self.points[taken[0], 0]
        self.mesh.set_points(self.points.reshape(-1, 3))
        self.shadow.data.SetPoints(self.mesh.data.GetPoints())
        self.turn(bool(len(taken)))

    def send_colours(self) -> None:
        """Hand the colours over."""
        self.mesh.set_colours(self.colours.reshape(-1, 4))

    def hatch(self, shape: Template, doubtful: NDArray[np.bool_]) -> None:
        """Stripe the machines whose position cannot be trusted."""
        where = np.where(doubtful[:, None, None], shape.hatching[None], _PLAIN_AT)
        self.mesh.set_coordinates(where.reshape(-1, 2).astype(np.float32))

    def turn(self, on: bool) -> None:
        """Let the batch be seen, or not; once on the stage it stays there, with what the renderer has."""
        if on and not self.added:
            self.added = True
            for mesh in (self.mesh, self.shadow):
                self._stage.add(mesh.actor, moving=True)
        for mesh in (self.mesh, self.shadow):
            mesh.actor.SetVisibility(on)


class KindDrawing:
    """Draws all machines of one kind; works out only those that moved, turned, came or went.

    Attributes
    ----------
    rows : (n,) int32
        The fleet row in each place, -1 where it is free; n grows by whole batches.
    """

    def __init__(self, stage: Stage, hatching: vtkTexture, shape: Template, reaching: bool) -> None:
        self._stage, self._hatching, self.shape, self._reaching = stage, hatching, shape, reaching
        self.places = int(np.clip(BATCH_POINTS // len(shape.joints), _FEWEST, _MOST))
        self.batches: list[_Batch] = []
        self.rows = np.empty(0, np.int32)
        self._doubtful = np.empty(0, np.bool_)
        self._pose, self._lit = np.empty((0, 7)), np.empty((0, 3))
        self.sent = 0
        """How many batches have been handed to the renderer so far."""

    def show(self, rows: Ints, tracks: Tracks, stock: Stock) -> int:
        """Take the fleet rows of the kind and where they are; give how many were posed anew."""
        touched = self._seat(rows)
        at = np.flatnonzero(self.rows >= 0)
        there = self.rows[at]
        half_m = spreader_half_m(tracks, stock, there)
        pose = pose_of(tracks, there, half_m)
        moved = np.flatnonzero(~(np.abs(pose - self._pose[at]) <= _STEP).all(axis=1))
        if len(moved):
            self._pose[at[moved]] = pose[moved]
            points = posed(self.shape, tracks, there[moved], half_m[moved], self._reaching)
            for batch, places, part in self._by_batch(at[moved]):
                batch.points[places] = points[part]
        for number in sorted(touched | set((at[moved] // self.places).tolist())):
            self.batches[number].send_points(self.rows[self._of(number)] < 0)
            self.sent += 1
        self._light(at, there, tracks)
        self._hatch(at, np.isin(tracks.freshness[there], DOUBTFUL))
        return len(moved)

    @property
    def there(self) -> bool:
        """Whether any machine of the kind is shown."""
        return bool((self.rows >= 0).any())

    def forget(self) -> None:
        """Forget where machines were: the next :meth:`show` lays all of them out anew."""
        self._pose[:] = self._lit[:] = np.nan

    def hide(self) -> None:
        """Take every machine off the stage until the next :meth:`show`."""
        self.rows[:] = -1
        for batch in self.batches:
            batch.turn(False)

    def points(self, rows: Ints) -> NDArray[np.float32]:
        """Give the points drawn of some fleet rows that are there, (m, k, 3) [m]."""
        return np.stack([batch.points[place] for batch, place in self._found(rows)])

    def colours(self, rows: Ints) -> Colours:
        """Give the colours drawn of some fleet rows that are there, (m, k, 3)."""
        return np.stack([batch.colours[place, :, :3] for batch, place in self._found(rows)])

    def _found(self, rows: Ints) -> list[tuple[_Batch, int]]:
        order = np.argsort(self.rows, kind="stable")
        at = order[np.searchsorted(self.rows, rows, sorter=order)].tolist()
        return [(self.batches[k // self.places], k % self.places) for k in at]

    def _seat(self, rows: Ints) -> set[int]:
        """Give places to machines that came, take those of the ones gone; give the batches left by some."""
        gone = np.flatnonzero((self.rows >= 0) & ~np.isin(self.rows, rows))
        new = rows[~np.isin(rows, self.rows)]
        if len(gone):
            self.rows[gone] = -1
        free = np.flatnonzero(self.rows < 0)
        while len(free) < len(new):
            free = np.append(free, np.arange(self.places) + len(self.rows))
            self._grow()
        seats = free[: len(new)]
        self.rows[seats] = new
        self._pose[seats] = self._lit[seats] = np.nan
        return set((gone // self.places).tolist())

    def _grow(self) -> None:
        self.batches.append(_Batch(self._stage, self._hatching, self.shape, self.places))
        self.rows = np.append(self.rows, np.full(self.places, -1, np.int32))
        self._doubtful = np.append(self._doubtful, np.zeros(self.places, np.bool_))
        self._pose = np.concatenate((self._pose, np.full((self.places, 7), np.nan)))
        self._lit = np.concatenate((self._lit, np.full((self.places, 3), np.nan)))

    def _light(self, at: Places, there: Ints, tracks: Tracks) -> None:
        """Give the points of machines that turned, or came into doubt or out of it, their colours."""
        lit = light_of(tracks, there)
        turned = np.flatnonzero(~(np.abs(lit - self._lit[at]) <= _TURN_RAD).all(axis=1))
        if not len(turned):
            return
        self._lit[at[turned]] = lit[turned]
        colours = lit_colours(self.shape, tracks, there[turned])
        for batch, places, part in self._by_batch(at[turned]):
            batch.colours[places, :, :3] = colours[part]
            batch.send_colours()

    def _hatch(self, at: Places, doubtful: NDArray[np.bool_]) -> None:
        changed = np.flatnonzero(self._doubtful[at] != doubtful)
        self._doubtful[at[changed]] = doubtful[changed]
        for number in np.unique(at[changed] // self.places).tolist():
            self.batches[number].hatch(self.shape, self._doubtful[self._of(number)])

    def _by_batch(self, at: Places) -> list[tuple[_Batch, Places, NDArray[np.bool_]]]:
        """Give the batches of some places, the places within each, and which of ``at`` they are."""
        number = at // self.places
        return [
            (self.batches[n], at[number == n] % self.places, number == n) for n in np.unique(number).tolist()
        ]

    def _of(self, number: int) -> slice:
        """Give the places of a batch."""
        return slice(number * self.places, (number + 1) * self.places)


def hatching(size: int = 64) -> Colours:
    """Give diagonal stripes that repeat, plain white near the lower left corner."""
    y, x = np.mgrid[0:size, 0:size]
    dark = ((x + (size - 1 - y)) % 32) >= 20
    grey = np.where(dark, 96, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def shadow() -> Mesh:
    """Give an empty mesh that is drawn as its shadow on the ground."""
    made = Mesh()
    made.mapper.ScalarVisibilityOff()
    look = made.actor.GetProperty()
    look.SetColor(0.0, 0.0, 0.02)
    look.SetOpacity(0.30)
    made.actor.SetUserMatrix(_flattened())
    made.mapper.SetResolveCoincidentTopologyToPolygonOffset()
    made.mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(-2.0, -4.0)
    return made


def _flattened() -> vtkMatrix4x4:
    """Give the matrix that throws things on the ground along the sun's rays."""
    matrix = vtkMatrix4x4()
    matrix.SetElement(0, 2, -SUN[0] / SUN[2])
    matrix.SetElement(1, 2, -SUN[1] / SUN[2])
    matrix.SetElement(2, 2, 0.0)
    matrix.SetElement(2, 3, _SHADOW_M)
    return matrix
