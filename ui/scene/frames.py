"""Frames of a scene for a widget: how finely each is drawn, at what size, and what of it anew."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from PyQt6.QtGui import QImage

from ui.scene.camera import Camera
from ui.scene.meshes import image_of
from ui.scene.quality import Quality
from ui.scene.scene import YardScene
from ui.scene.stage import Refresh

_ROUND_S = 0.5
"""How often at most what changed in the still layer is drawn again, once all is built [s]."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a frame is to show: from where, on a widget of which size, while what goes on."""

    camera: Camera
    width: int
    height: int
    ratio: float
    """Device pixels for one of the widget's."""
    moving: bool
    """Somebody steers, or the camera flies."""
    following: bool
    """The camera goes along with a machine."""


class Frames:
    """Draws the frames of one scene.

    Parameters
    ----------
    scene : YardScene
    chosen : Quality
        What the renderer can be asked for.
    as_images : bool
        Give each frame as an image; else it is left where the scene's stage draws.

    Attributes
    ----------
    image : QImage or None
        The last frame.
    drawn_from : Camera or None
        Its camera.
    """

    def __init__(self, scene: YardScene, chosen: Quality, as_images: bool) -> None:
        self._scene, self._chosen, self._as_images = scene, chosen, as_images
        self.image: QImage | None = None
        self.drawn_from: Camera | None = None
        self._slow_ms = 0.0
        self._coarsest = math.inf
        self._round_s = -math.inf

    def draw(self, sight: Sight) -> bool:
        """Draw a frame, coarser while the camera moves where that is too slow; give whether it is final."""
        scene, camera = self._scene, sight.camera
        size = self._size(sight)
        wanted = self._chosen.fine(sight.moving, sight.following)
        gently = self._chosen.software and wanted
        fine = wanted and (not gently or scene.holds(camera, size))
        scene.set_fine(fine)
        turned = self._turn(camera, most=0)
        passing = self._chosen.software and sight.moving and camera != self.drawn_from
        refresh = self.when() if gently else Refresh.PASSING if passing else Refresh.NOW
        began, self.drawn_from = time.perf_counter(), camera
        if self._as_images:
            self.image = image_of(scene.draw(camera, size, refresh))
        else:
            scene.render(camera, size, refresh)
        if sight.moving:
            self._note(1000 * (time.perf_counter() - began), size, sight)
        return turned and fine is wanted and not scene.stage.unfinished

    def turn_next(self, camera: Camera) -> bool:
        """Have one more kind of machine drawn as the eye's distance asks; tell whether one was left."""
        if self._turn(camera, most=0):
            return False
        self._turn(camera, most=1)
        return True

    def _turn(self, camera: Camera, most: int) -> bool:
        coarse = self._chosen.coarse(camera.distance_m, self._scene.fleet.coarse)
        return self._scene.set_coarse(coarse, most)

    def _size(self, sight: Sight) -> tuple[int, int]:
        """Give the size of the picture [px]; one movement makes it no finer: each size costs new buffers."""
        scale = self._chosen.scale(sight.width, sight.height, sight.ratio, sight.moving, self._slow_ms)
        scale = min(scale, self._coarsest)
        self._coarsest = scale if sight.moving else math.inf
        return max(int(sight.width * scale), 16), max(int(sight.height * scale), 16)

    def _note(self, took_ms: float, size: tuple[int, int], sight: Sight) -> None:
        """Note what a frame of a moving camera would have cost in full."""
        share = size[0] * size[1] / max(sight.width * sight.height, 1)
        cost = took_ms / max(share, 1e-3)
        self._slow_ms = cost if not self._slow_ms else 0.7 * self._slow_ms + 0.3 * cost

    def when(self) -> Refresh:
        """Choose when stacks that changed are drawn again: in strips, once built twice a second at most."""
        scene = self._scene
        if scene.pending or not scene.stage.unfinished or scene.stage.in_parts:
            return Refresh.PART
        now_s = time.monotonic()
        if now_s - self._round_s < _ROUND_S:
            return Refresh.LATER
        self._round_s = now_s
        return Refresh.PART
