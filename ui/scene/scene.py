"""The scene: all drawables of one view on one stage, without a widget."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.fleet.kinds import KIND_NAMES
from twin.snapshot import Snapshot
from ui.scene.atlas import paint_atlas
from ui.scene.camera import Camera
from ui.scene.faces import Boxes
from ui.scene.fleet import FleetDrawing
from ui.scene.ghosts import Ghosts
from ui.scene.ground import Ground
from ui.scene.heat import HeatMap
from ui.scene.meshes import texture_of
from ui.scene.picking import pick
from ui.scene.rehearsal import moving_makes, still_makes
from ui.scene.site import FAR_M, Site
from ui.scene.slot_under import box_under, slot_under
from ui.scene.stacks import Stacks
from ui.scene.stage import Refresh, Stage
from ui.scene.structures import Structures
from ui.scene.violations import ViolationMarks
from ui.view_state import Pick, ViewState

_REACH_M = 2.2 * FAR_M
_WIDE = (1000, 500)
"""To get ready with: neither side a power of two, as of hardly any window, for programs differ by that."""


class YardScene:
    """Shows snapshots on a stage; main thread only, and :meth:`close` lets every VTK object go.

    Notes
    -----
    Needs a ``QGuiApplication``: names and markings are painted with its fonts.
    """

    def __init__(self, size: tuple[int, int] = (640, 400), window: Any = None) -> None:
        """Open a stage of that size [px], off screen or in a window that is given."""
        self.stage = Stage(size, window)
        pixels = paint_atlas()[..., :3]
        self._fine, self._fast = texture_of(pixels, smooth=True), texture_of(pixels)
        self.stacks = Stacks(self.stage, self._fine)
        self.ground = Ground(self.stage)
        self.structures = Structures(self.stage)
        self.fleet = FleetDrawing(self.stage, self._fast)
        self.ghosts = Ghosts(self.stage)
        self.violations = ViolationMarks(self.stage)
        self.heat = HeatMap(self.stage)
        self.snapshot: Snapshot | None = None
        self.view = ViewState()
        self._dark: dict[int, None] = {}

    def prepare(self) -> None:
        """Hand the containers' textures to the renderer now, and have it make its programs.

        In software that takes as long as ten frames; the first strip of a picture that is not tiny costs
        as much as four of them, whatever is in it.
        """
        textures = self._fine, self._fast
        for texture in textures:
            self.stage.upload(texture)
        still, moving = still_makes(textures), moving_makes(textures)
        for mesh in (*still, *moving):
            self.stage.add(mesh.actor, moving=mesh in moving)
        for smooth in (True, False, True):
            self.stage.set_smooth(smooth)
            for refresh in (Refresh.NOW, Refresh.PART):
                self.stage.touch_still()
                self.stage.draw(Camera(), _WIDE, _REACH_M, refresh)
        for mesh in (*still, *moving):
            self.stage.remove(mesh.actor)

    @property
    def site(self) -> Site | None:
        """Where ground and water lie; None before the first snapshot."""
        return self.ground.site

    @property
    def boxes(self) -> tuple[Boxes | None, ...]:
        """The standing boxes of each block."""
        return self.stacks.boxes

    def show_snapshot(self, snapshot: Snapshot, within_s: float = math.inf) -> bool:
        """Take a tick; give whether anything in the picture changed.

        Parameters
        ----------
        within_s : float
            For how long what stands still may be built in this call [s of processor time, so that a busy
            machine does not leave the ground bare], nothing where negative: what is not begun by then is
            left to :meth:`build`.
        """
        state = snapshot.state
        began = self.ground.show(state.yard, state.slots, self.view.zones)
        self.stacks.show(snapshot, self.view.colour_by)
        self.structures.show(state.yard)
        moved = self.fleet.show(snapshot, self.view.colour_by)
        offered = self.ghosts.show(snapshot, self.view)
        marked = self.violations.show(snapshot, self.view.violations)
        heated = self.heat.show(snapshot, self.view.heat, self.view.heat_of)
        self.snapshot = snapshot
        if began:
            self._dark = dict.fromkeys(range(len(state.yard.blocks)))
        built = self.build(within_s)
        return moved or offered or marked or heated or built

    @property
    def pending(self) -> bool:
        """Whether something that stands still is yet to be built."""
        return bool(self.stacks.pending or self._dark or self.ground.pending or self.structures.pending)

    def build(self, within_s: float = math.inf) -> bool:
        """Build what stands still, part after part while there is time; give whether any was built."""
        until_s, built = time.thread_time() + within_s, False
        while self.pending and within_s >= 0.0 and (not built or time.thread_time() < until_s):
            built = True
            self._build_next()
        return built

    def _build_next(self) -> None:
        if self.stacks.pending:
            shaped = self.stacks.build_next()
            self._dark |= {} if shaped is None else {shaped: None}
        elif self._dark and self.snapshot is not None:
            changed, self._dark = np.array(list(self._dark), np.int32), {}
            self.ground.relight(self.snapshot.state.stock, changed)
        elif self.ground.pending:
            self.ground.build_next()
        else:
            self.structures.build_next()

    def show_view(self, view: ViewState, within_s: float = math.inf) -> None:
        """Take selection, layers and colours; ``within_s`` is as in :meth:`show_snapshot`."""
        self.view = view
        if self.snapshot is not None:
            self.show_snapshot(self.snapshot, within_s)

    def set_fine(self, fine: bool, smooth: bool | None = None) -> None:
        """Draw the still layer finely, or fast for a camera that moves.

        ``smooth`` says apart from that whether edges are smoothed; by default they are where it is fine.
        """
        self.stage.set_smooth(fine if smooth is None else smooth)
        self.stacks.set_texture(self._fine if fine else self._fast)

    def set_coarse(self, coarse: bool, most: int = len(KIND_NAMES)) -> bool:
        """Draw machines with fewer faces, for views from afar where faces are dear, or in full.

        At ``most`` so many kinds are drawn the other way in this call; gives whether all are by now.
        """
        return self.fleet.set_coarse(coarse, most)

    def draw(
        self, camera: Camera, size: tuple[int, int], refresh: Refresh = Refresh.NOW
    ) -> NDArray[np.uint8]:
        """Draw a frame: (height, width, 4) RGBA, the top row first, valid until the next call."""
        return self.stage.draw(camera, size, _REACH_M, refresh)

    def render(self, camera: Camera, size: tuple[int, int], refresh: Refresh = Refresh.NOW) -> None:
        """Draw a frame and leave it where the stage draws."""
        self.stage.render(camera, size, _REACH_M, refresh)

    def holds(self, camera: Camera, size: tuple[int, int]) -> bool:
        """Tell whether what stands still was drawn for that camera and size, up to date or not."""
        return self.stage.holds(camera, size, _REACH_M)

    def pick(self, camera: Camera, px: float, py: float, size: tuple[float, float]) -> Pick | None:
        """Give what lies under a pixel; None for the sky, and before the first snapshot."""
        if self.snapshot is None:
            return None
        state = self.snapshot.state
        eye, direction = camera.ray(px, py, size)
        return pick(eye, direction, state.yard, state.stock, state.fleet, state.tracks, self.boxes)

    def slot(self, camera: Camera, px: float, py: float, size: tuple[float, float], length_ft: int) -> int:
        """Give the ground slot for a box of that length under a pixel; -1 where there is none."""
        if self.snapshot is None:
            return -1
        state = self.snapshot.state
        eye, direction = camera.ray(px, py, size)
        return slot_under(eye, direction, state.yard, state.slots, state.stock, self.boxes, length_ft)

    def ghost(self, camera: Camera, px: float, py: float, size: tuple[float, float]) -> int:
        """Give which move's ghost lies under a pixel, in front or behind; -1 where there is none."""
        return -1 if self.ghosts.boxes is None else box_under(*camera.ray(px, py, size), self.ghosts.boxes)

    def close(self) -> None:
        """Let every VTK object go."""
        self.stage.close()
