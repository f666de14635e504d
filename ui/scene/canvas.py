"""The picture of the yard as a widget: follows snapshots, flies a camera.

The scene is drawn off screen into an image that the widget paints, with names and signs over it at
the screen's full resolution. This one way works with a graphics card, in software and with no display
at all; what a card allows beyond it (edges smoothed in every frame) is chosen by :func:`quality`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path

from PyQt6.QtCore import QRectF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from twin.snapshot import Snapshot
from ui.scene.camera import Camera, camera_of
from ui.scene.furniture import draw_furniture
from ui.scene.meshes import image_of
from ui.scene.offscreen import PictureError, paint, watermark_of
from ui.scene.overlays import draw_overlays
from ui.scene.palette import HAZE
from ui.scene.presets import preset
from ui.scene.projection import Projection
from ui.scene.quality import Quality, quality
from ui.scene.scene import YardScene
from ui.scene.steering import Pilot
from ui.view_state import Pick, ViewState

_REST_MS, _FLIGHT_MS = 220, 15


class YardCanvas(QWidget):
    """Draws snapshots of the yard as a camera sees them, and flies that camera.

    Emits ``frame_drawn`` with how long each frame took [ms].
    """

    frame_drawn = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a view that is empty until the first snapshot."""
        super().__init__(parent)
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Yard view")
        self._scene: YardScene | None = None
        self._quality: Quality | None = None
        self._closed = False
        self._snapshot: Snapshot | None = None
        self._view = ViewState()
        self._pilot = Pilot()
        self._placed = False
        self._image: QImage | None = None
        self._stale = True
        self._watermark: str | None = None
        self._hover: Pick | None = None
        self._slow_ms = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._redraw)
        self._flight = QTimer(self)
        self._flight.setInterval(_FLIGHT_MS)
        self._flight.timeout.connect(self._fly_on)

    # What is shown

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a tick: only what changed since the last one is worked out again."""
        if self._closed:
            return
        self._snapshot = snapshot
        scene = self._open()
        changed = scene.show_snapshot(snapshot)
        if not self._placed:
            self._placed = True
            self._pilot.take(
                preset("yard", snapshot, self._pilot.camera, self._aspect()) or self._pilot.camera
            )
            changed = True
        if self._follow():
            changed = True
        self._stale |= changed
        self.update()

    def show_view(self, view: ViewState) -> None:
        """Take selection, layers and colours."""
        self._view = view
        if self._scene is not None:
            self._scene.show_view(view)
        self._stale = True
        self._follow()
        self.update()

    def set_watermark(self, text: str) -> None:
        """Write a word over the picture in place of the snapshot's own (SIMULATION, REPLAY)."""
        self._watermark = text
        self.update()

    # The camera

    def camera(self) -> dict[str, float]:
        """Give the camera as plain values, ready for JSON."""
        return self._pilot.camera.as_dict()

    def set_camera(self, camera: Mapping[str, float]) -> None:
        """Put the camera where :meth:`camera` said it was; what is missing or not finite is left."""
        self._placed = True
        self._steer(camera_of(camera, self._pilot.camera))

    def fly_to(self, preset_name: str) -> None:
        """Fly to ``yard``, ``top``, ``gate``, ``quay``, ``block:NAME`` or ``mover:ROW``."""
        if self._snapshot is None:
            return
        goal = preset(preset_name, self._snapshot, self._pilot.camera, self._aspect())
        if goal is not None:
            self._fly(goal)

    def _fly(self, goal: Camera) -> None:
        self._placed = True
        if not self.isVisible():
            self._steer(goal)
            return
        self._pilot.fly(goal)
        self._flight.start()

    def _fly_on(self) -> None:
        self._pilot.advance()
        if not self._pilot.flying:
            self._flight.stop()
            self._rest.start()
        self._redraw()

    def _steer(self, camera: Camera) -> None:
        self._flight.stop()
        self._pilot.take(camera)
        self._rest.start()
        self._redraw()

    def _follow(self) -> bool:
        """Keep the followed machine in the middle; give whether the camera moved."""
        row, snapshot = self._view.follow, self._snapshot
        if row is None or snapshot is None or not 0 <= row < len(snapshot.state.fleet):
            return False
        x, y = float(snapshot.state.tracks.x_m[row]), float(snapshot.state.tracks.y_m[row])
        return math.isfinite(x + y) and self._pilot.follow(x, y)

    # Drawing

    def _open(self) -> YardScene:
        if self._scene is None:
            self._scene = YardScene((max(self.width(), 64), max(self.height(), 64)))
            self._scene.show_view(self._view)
            self._quality = quality(self._scene.stage.capabilities())
        return self._scene

    def _aspect(self) -> float:
        return max(self.width(), 1) / max(self.height(), 1)

    def _redraw(self) -> None:
        self._stale = True
        self.update()

    def _moving(self) -> bool:
        return self._pilot.flying or self._rest.isActive()

    def _render(self) -> None:
        """Draw the scene into the image, coarser while the camera moves where that is too slow."""
        scene, chosen = self._scene, self._quality
        if scene is None or chosen is None:
            return
        moving = self._moving()
        scale = chosen.scale(self.width(), self.height(), self.devicePixelRatioF(), moving, self._slow_ms)
        scene.set_fine(chosen.fine(moving, self._view.follow is not None))
        size = max(int(self.width() * scale), 16), max(int(self.height() * scale), 16)
        began = time.perf_counter()
        self._image = image_of(scene.draw(self._pilot.camera, size))
        if moving:
            cost = 1000 * (time.perf_counter() - began) / max(scale * scale, 1e-3)
            self._slow_ms = cost if not self._slow_ms else 0.7 * self._slow_ms + 0.3 * cost
        self._stale = False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the last picture of the scene and everything that lies over it."""
        began = time.perf_counter()
        painter = QPainter(self)
        if self._closed or self._snapshot is None:
            painter.fillRect(self.rect(), QColor(*HAZE))
            painter.end()
            return
        if self._stale or self._image is None:
            self._render()
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._image)
        self._paint_over(painter)
        painter.end()
        self.frame_drawn.emit(1000 * (time.perf_counter() - began))

    def _paint_over(self, painter: QPainter) -> None:
        snapshot, scene = self._snapshot, self._scene
        if snapshot is None or scene is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        projection = Projection(self._pilot.camera, float(self.width()), float(self.height()))
        draw_overlays(painter, snapshot, self._view, projection, scene.ghosts, self._hover)
        self.paint_marks(painter, projection)
        rotation = snapshot.state.yard.georeference.rotation_rad
        word = watermark_of(snapshot) if self._watermark is None else self._watermark
        draw_furniture(painter, projection, self._view.colour_by, word, rotation, with_legend=False)

    def paint_marks(self, painter: QPainter, projection: Projection) -> None:
        """Draw what a widget built on this one has to add; nothing here."""

    def picture(self, path: Path) -> None:
        """Write what is shown to a file, its edges smoothed; raises PictureError where that fails."""
        if self._scene is None or self._snapshot is None:
            raise PictureError(f"picture {path}: expected a yard in the view, found none yet")
        word = watermark_of(self._snapshot) if self._watermark is None else self._watermark
        size = max(self.width(), 64), max(self.height(), 64)
        image = paint(self._scene, self._snapshot, self._view, self._pilot.camera, size, word)
        self._redraw()
        if not image.save(str(path)):
            raise PictureError(
                f"picture {path}: expected a writable place and a suffix such as .png, found neither"
            )

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Draw again at the new size."""
        self._stale = True
        super().resizeEvent(event)

    # The end

    def close_scene(self) -> None:
        """Stop the timers and let every VTK object go; the view stays empty afterwards."""
        self._closed = True
        for timer in (self._rest, self._flight):
            timer.stop()
        scene, self._scene = self._scene, None
        self._image = None
        if scene is not None:
            scene.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close the scene with the widget."""
        self.close_scene()
        super().closeEvent(event)
