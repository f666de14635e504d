"""The picture of the yard as a widget: follows snapshots, flies a camera.

In software, and with no display at all, the scene is drawn off screen into an image that the widget
paints. With a graphics card it is drawn straight into an OpenGL widget that fills this one. Names and
signs lie over either at the screen's full resolution.
"""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QStyle, QStyleOption, QWidget

from twin.snapshot import Snapshot
from ui.scene.atlas import paint_atlas
from ui.scene.flown import FlownWidget
from ui.scene.frames import Frames, Sight
from ui.scene.furniture import draw_furniture
from ui.scene.offscreen import PictureError, paint, picture_of, watermark_of, write_picture
from ui.scene.overlays import draw_overlays
from ui.scene.palette import HAZE
from ui.scene.projection import Projection
from ui.scene.quality import quality
from ui.scene.scene import YardScene
from ui.scene.surface import GlSurface, Overlay, draws_into_widget, qt_renderer
from ui.scene.sweeps import sweeps_of
from ui.view_state import Pick, ViewState

_SHARPEN_MS = 25
_BUILD_S, _LATER_S = 0.015, -1.0
"""For how long parts of the scene are built in one turn, and in that of a tick: none, they come after it."""


class YardCanvas(FlownWidget):
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
        self._frames: Frames | None = None
        self._closed = False
        self._looked: Snapshot | None = None
        self._pictured: Snapshot | None = None
        self._stale = True
        self._watermark: str | None = None
        self._hover: Pick | None = None
        self._drawn_ms = 0.0
        on_card = draws_into_widget()
        self._surface = GlSurface(self, self._draw_surface, self._release) if on_card else None
        self._overlay = Overlay(self, self._paint_overlay) if on_card else None
        self._sharpen = self._timer(_SHARPEN_MS, self._ask_for_frame, once=True)
        self._next = self._timer(0, self._frame, once=True)
        self._building = self._timer(0, self._build, once=True)
        self._turning = self._timer(0, self._turn, once=True)

    # What is shown

    def prepare(self) -> None:
        """Open the scene before the view is seen: what that asks of the renderer cannot be cut in pieces."""
        paint_atlas()
        if self._surface is None and not self._closed:
            self._open().prepare()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a tick: only what changed since the last one is worked out again."""
        if self._closed:
            return
        self._snapshot = snapshot
        scene = self._open()
        changed = scene.show_snapshot(snapshot, _LATER_S)
        if not self._placed:
            self._placed = self._framing = True
            changed = self._frame_yard() or changed
        if self._follow():
            changed = True
        self._stale |= changed
        self._ask_for_frame()

    def show_view(self, view: ViewState) -> None:
        """Take selection, layers and colours."""
        before, self._view = self._view, view
        if before.drawn() != view.drawn():
            self._stale = True
            if self._scene is not None:
                self._scene.show_view(view, _LATER_S)
        self._stale |= self._follow()
        self._ask_for_frame()

    def set_watermark(self, text: str) -> None:
        """Write a word over the picture in place of the snapshot's own (SIMULATION, REPLAY)."""
        self._watermark = text
        self.update()

    # Drawing

    def _open(self) -> YardScene:
        if self._scene is None:
            window = None if self._surface is None else self._surface.window_
            self._scene = YardScene((max(self.width(), 64), max(self.height(), 64)), window)
            self._scene.show_view(self._view)
            named = self._scene.stage.capabilities() if self._surface is None else qt_renderer()
            self._frames = Frames(self._scene, quality(named), self._surface is None)
        return self._scene

    def _redraw(self) -> None:
        self._stale = True
        self._ask_for_frame()

    def _ask_for_frame(self) -> None:
        """Have a frame drawn after what came meanwhile, keys and clicks, has been answered."""
        self._next.start()
        if self._scene is not None and self._scene.pending:
            self._building.start()

    def _build(self) -> None:
        """Build on what stands still; the picture follows when all is there, and at each tick."""
        if self._scene is None or not self._scene.pending:
            return
        self._stale |= self._scene.build(_BUILD_S)
        if self._scene.pending:
            self._building.start()
        else:
            self._redraw()

    def _frame(self) -> None:
        """Draw the picture anew where it is out of date; it is painted in a turn of its own."""
        # To find the place of the eye, or what is swept, takes as long as a frame: that one comes next.
        if self._settle() or self._look_ahead():
            self._next.start()
            return
        if not self._stale:
            self._pictured = self._snapshot
        if self._surface is not None:
            if self._stale:
                self._surface.update()
        elif self._stale and self._snapshot is not None and self.isVisible():
            self._draw_image()
        self.update()

    def _look_ahead(self) -> bool:
        """Work out what machines about to meet will pass over; give whether that was due."""
        snapshot = self._snapshot
        if snapshot is None or snapshot is self._looked or not len(snapshot.state.conflicts):
            return False
        self._looked = snapshot
        sweeps_of(snapshot)  # kept for the paint that follows
        return True

    def _draw_image(self) -> None:
        if self._frames is not None and not self._closed:
            began = time.perf_counter()
            self._render(self._frames)
            self._drawn_ms += 1000 * (time.perf_counter() - began)

    def _render(self, frames: Frames) -> None:
        """Draw a frame; where it is not final yet another one follows."""
        camera = self._pilot.camera
        width, height, ratio = self.width(), self.height(), self.devicePixelRatioF()
        following = self._view.follow is not None
        self._pictured = self._snapshot
        self._stale = not frames.draw(Sight(camera, width, height, ratio, self._moving(), following))
        if self._stale:
            self._sharpen.start()
            self._turning.start()

    def _turn(self) -> None:
        """Have one more kind of machine drawn the other way, which takes a part of a frame's time."""
        if self._frames is not None and self._frames.turn_next(self._pilot.camera):
            self._redraw()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the last picture and all that lies over it; before there is a yard the window's ground."""
        if self._surface is not None and not self._closed:
            return
        began, painter = time.perf_counter(), QPainter(self)
        if self._closed or self._frames is None:
            painter.fillRect(self.rect(), QColor(*HAZE))
            painter.end()
            return
        if self._snapshot is None and (style := self.style()) is not None:
            option = QStyleOption()
            option.initFrom(self)
            style.drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
            painter.end()
            return
        if self._frames.image is None and not self.isVisible():  # a picture of a view that nobody sees
            self._draw_image()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._frames.image is not None:
            painter.drawImage(QRectF(self.rect()), self._frames.image)
        else:  # the first frame comes after the window's own first paint, in a turn of its own
            painter.fillRect(self.rect(), QColor(*HAZE))
            self._next.start()
        self._paint_over(painter)
        painter.end()
        self._tell(began)

    def _draw_surface(self) -> None:
        """Draw into the OpenGL widget, whose context is current."""
        if self._surface is None or self._scene is None or self._frames is None:
            return
        began = time.perf_counter()
        if self._stale:
            self._render(self._frames)
        self._scene.stage.copy_into_bound(self._surface.bind())
        self._drawn_ms += 1000 * (time.perf_counter() - began)

    def _paint_overlay(self, overlay: QWidget) -> None:
        """Paint what lies over the OpenGL widget; all of it where there is no yard to see."""
        began, painter = time.perf_counter(), QPainter(overlay)
        if self._scene is None:
            painter.fillRect(self.rect(), QColor(*HAZE))
        else:
            self._paint_over(painter)
        painter.end()
        self._tell(began)

    def _tell(self, began_s: float) -> None:
        """Tell how long drawing and painting took."""
        took_ms, self._drawn_ms = self._drawn_ms, 0.0
        self.frame_drawn.emit(took_ms + 1000 * (time.perf_counter() - began_s))

    def _release(self) -> None:
        """Let go what lives in the surface's context before that ends."""
        self._stale = True
        if self._scene is not None:
            self._scene.stage.release()

    def _paint_over(self, painter: QPainter) -> None:
        snapshot, scene = self._over(), self._scene
        if snapshot is None or scene is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Marks lie on the picture that is shown, not on the one that a camera on its way has yet to draw.
        drawn_from = None if self._frames is None else self._frames.drawn_from
        seen_from = drawn_from or self._pilot.camera
        projection = Projection(seen_from, float(self.width()), float(self.height()))
        self.paint_below(painter, projection)
        draw_overlays(painter, snapshot, self._view, projection, scene.ghosts, self._hover)
        self.paint_marks(painter, projection)
        rotation = snapshot.state.yard.georeference.rotation_rad
        word = watermark_of(snapshot) if self._watermark is None else self._watermark
        draw_furniture(painter, projection, self._view.colour_by, word, rotation, with_legend=False)

    def _over(self) -> Snapshot | None:
        """Give the snapshot whose marks lie over the picture: that which was drawn, not one yet to come.

        Else a paint between a tick and its frame would outline a machine where it is not drawn.
        """
        drawn, newest = self._pictured, self._snapshot
        stale = drawn is None or newest is None or drawn.state.epoch != newest.state.epoch
        return newest if stale else drawn

    def paint_below(self, painter: QPainter, projection: Projection) -> None:
        """Draw what a widget built on this one has to add under all marks and names; nothing here."""

    def paint_marks(self, painter: QPainter, projection: Projection) -> None:
        """Draw what a widget built on this one has to add over them; nothing here."""

    def picture(self, path: Path) -> None:
        """Write what is shown to a file, its edges smoothed; raises PictureError where that fails."""
        scene, snapshot = self._scene, self._snapshot
        if scene is None or snapshot is None:
            raise PictureError(f"picture {path}: expected a yard in the view, found none yet")
        word = watermark_of(snapshot) if self._watermark is None else self._watermark
        size = max(self.width(), 64), max(self.height(), 64)
        if self._surface is None:
            image = paint(scene, snapshot, self._view, self._pilot.camera, size, word)
            self._redraw()
        else:  # a scene of its own: the surface has no context before it is shown
            image = picture_of(snapshot, self._view, self._pilot.camera, size, word)
        write_picture(image, path)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Draw again at the new size; before anybody has steered, with the whole yard in view."""
        self._stale = True
        self._resized = self._framing and self._view.follow is None
        for layer in (self._surface, self._overlay):
            if layer is not None:
                layer.setGeometry(self.rect())
        super().resizeEvent(event)
        self._ask_for_frame()

    # The end

    def close_scene(self) -> object:
        """Stop the timers and let every VTK object go; the view stays empty afterwards.

        Returns
        -------
        object
            The last that holds the renderer. To drop it ends that, which takes as long as two frames.
        """
        self._closed = True
        for timer in (self._rest, self._flight, self._sharpen, self._next, self._building, self._turning):
            timer.stop()
        scene, self._scene, self._frames = self._scene, None, None
        if self._surface is not None and self._surface.ready:
            self._surface.makeCurrent()
        if scene is not None:
            scene.close()
        if self._surface is not None:
            self._surface.let_go()
            self._surface.doneCurrent()
            self._surface.hide()
        return scene

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close the scene with the widget."""
        self.close_scene()
        super().closeEvent(event)
