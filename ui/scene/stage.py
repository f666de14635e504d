"""The stage: an off-screen VTK window in two layers, what stands still and what moves.

With the camera and the still layer unchanged only the movers are drawn: colour and depth of the
still layer come back from a private frame buffer by a blit, so that a live frame costs nearly the
same however many boxes stand in the yard.
"""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the OpenGL factories)
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer, vtkRenderWindow, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLFramebufferObject

from ui.scene.camera import Camera

_READ, _DRAW = 0x8CA8, 0x8CA9  # GL_READ_FRAMEBUFFER, GL_DRAW_FRAMEBUFFER
_COLOUR, _DEPTH, _NEAREST, _LINEAR = 0x4000, 0x100, 0x2600, 0x2601
_DEPTH_BITS = {0x81A5: 16, 0x81A6: 24, 0x81A7: 32}  # GL_DEPTH_COMPONENT16, 24, 32
_BYTE = 3  # VTK_UNSIGNED_CHAR
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "SwiftShader", "Software Rasterizer", "GDI Generic")

PARTS = 8
"""In how many level strips a still layer is drawn again where that must not hold a frame up."""


class Refresh(Enum):
    """When a still layer that is out of date is drawn again."""

    NOW = "whole, in this frame"
    PART = "a strip in each frame"
    LATER = "not in this frame"
    PASSING = "whole, and not kept: the next frame is from elsewhere"


def make_window() -> Any:
    """Make an off-screen render window: EGL on Linux, which needs no display; else the platform's."""
    window: Any
    if sys.platform.startswith("linux") and "VTK_DEFAULT_OPENGL_WINDOW" not in os.environ:
        from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow

        window = vtkEGLRenderWindow()
    else:
        window = vtkRenderWindow()
    window.OffScreenRenderingOn()
    window.SetMultiSamples(0)
    return window


def renders_in_software(capabilities: str) -> bool:
    """Tell from what OpenGL reports of itself whether the processor draws, not a graphics card."""
    return any(name.lower() in capabilities.lower() for name in SOFTWARE)


class Stage:
    """Draws the actors of two layers into an array of pixels; main thread only."""

    def __init__(self, size: tuple[int, int] = (640, 400), window: Any = None) -> None:
        """Open a window off screen, or draw in one whose context somebody else keeps."""
        self._own = window is None
        self._window = make_window() if window is None else window
        self._window.SetNumberOfLayers(2)
        self._window.SetSize(*size)
        self.still, self.moving = vtkRenderer(), vtkRenderer()
        self.moving.SetLayer(1)
        self.moving.PreserveColorBufferOn()
        self.moving.PreserveDepthBufferOn()
        self.moving.SetActiveCamera(self.still.GetActiveCamera())
        for renderer in (self.still, self.moving):
            renderer.SetAutomaticLightCreation(False)
            renderer.SetUseOIT(False)  # three more passes over the picture, and no order to find here
            self._window.AddRenderer(renderer)
        self._size = size
        self._kept: Any = None
        self._kept_size = (0, 0)
        self._valid = self._based = self._begun = self._again = False
        self._parts_left = PARTS
        self._part_camera: Any = self.still.GetActiveCamera().NewInstance()
        self._pixels = vtkUnsignedCharArray()
        self._placed: tuple[Camera, float] | None = None
        self._part = self._passing = False
        self.still_frames = 0
        still: Any = self.still  # VTK's own types know events by number only
        moving: Any = self.moving
        self._observers = [
            (still, still.AddObserver("StartEvent", self._bring_back_for_part)),
            (still, still.AddObserver("EndEvent", self._keep)),
            (moving, moving.AddObserver("StartEvent", self._bring_back)),
        ]

    def touch_still(self) -> None:
        """Say that something of the still layer changed: it is drawn again.

        A round of strips that is under way is finished first. Begun anew at each change it would never
        come to the lower strips while a yard is being built.
        """
        if self.in_parts:
            self._again = True
        else:
            self._parts_left = PARTS
        self._valid = False

    @property
    def unfinished(self) -> bool:
        """Whether the still layer shown is, in part or whole, not what it should be by now."""
        return not self._valid

    @property
    def in_parts(self) -> bool:
        """Whether some parts of the still layer have been drawn again and others not yet."""
        return not self._valid and self._parts_left < PARTS

    def holds(self, camera: Camera, size: tuple[int, int], reach_m: float) -> bool:
        """Tell whether the still layer was drawn for that camera and size, up to date or not."""
        return self._based and size == self._size and (camera, reach_m) == self._placed

    def add(self, actor: vtkActor, moving: bool = False) -> None:
        """Put an actor on one of the layers."""
        (self.moving if moving else self.still).AddActor(actor)
        if not moving:
            self.touch_still()

    def remove(self, actor: vtkActor) -> None:
        """Take an actor off, from whichever layer it is on."""
        for renderer in (self.still, self.moving):
            renderer.RemoveActor(actor)
        actor.ReleaseGraphicsResources(self._window)
        self._hand_back()
        self.touch_still()

    def capabilities(self) -> str:
        """Give what OpenGL reports of itself; draws a first frame where none was drawn."""
        self._begun = True
        self._window.Render()  # before its first frame the window knows nothing to report
        text = str(self._window.ReportCapabilities())
        self._hand_back()
        return text

    def _hand_back(self) -> None:
        """Leave no context current on this thread: Qt's GLX cannot take over from the window's EGL."""
        if self._own:
            self._window.ReleaseCurrent()

    def upload(self, texture: vtkTexture) -> None:
        """Hand a texture to the renderer now: else the next frame does, with all others that are new."""
        if self._own and self._begun:
            self._window.MakeCurrent()
            texture.Render(self.still)
            texture.PostRender(self.still)
            self._hand_back()

    def set_smooth(self, smooth: bool) -> None:
        """Smooth the edges of the still layer: dear in software, so only while the camera rests."""
        if bool(self.still.GetUseFXAA()) != smooth:
            self.still.SetUseFXAA(smooth)
            self.touch_still()

    def draw(
        self, camera: Camera, size: tuple[int, int], reach_m: float, refresh: Refresh = Refresh.NOW
    ) -> NDArray[np.uint8]:
        """Draw one frame and read it back.

        Parameters
        ----------
        camera : Camera
        size : (width, height)
            Of the picture [px].
        reach_m : float
            How far from the focal point anything stands [m]; sets the clipping range.
        refresh : Refresh
            What to do about a still layer that is out of date. With another camera or size than the
            last frame's it is drawn whole in any case.

        Returns
        -------
        (height, width, 4) uint8
            RGBA, the top row first. Valid until the next call.
        """
        self.render(camera, size, reach_m, refresh)
        width, height = size
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)
        self._hand_back()
        flat: NDArray[np.uint8] = vtk_to_numpy(self._pixels)  # type: ignore[no-untyped-call]
        return flat.reshape(height, width, 4)[::-1]

    def render(
        self, camera: Camera, size: tuple[int, int], reach_m: float, refresh: Refresh = Refresh.NOW
    ) -> None:
        """Draw one frame, as :meth:`draw` does, and leave it in the window's buffer."""
        if not self.holds(camera, size, reach_m):
            self._based = self._valid = False
        if size != self._size:
            self._window.SetSize(*size)
            self._size = size
        if (camera, reach_m) != self._placed:
            self._place(camera, reach_m)
            self._placed = (camera, reach_m)
        later = refresh is Refresh.LATER and self._based
        self._passing = refresh is Refresh.PASSING
        self._part = refresh is Refresh.PART and self._based and not self._valid
        if self._part:
            self._cut_part()
        self.still.SetDraw(not (self._valid or later))
        self._begun = True
        self._window.Render()
        if self._part:
            self.still.SetViewport(0.0, 0.0, 1.0, 1.0)
            self.still.SetActiveCamera(self.moving.GetActiveCamera())
            self._part = False

    def _cut_part(self) -> None:
        """Have the still layer draw one level strip of the picture, from the top down."""
        width, height = self._size
        low, high = (round(height * (self._parts_left - k) / PARTS) for k in (1, 0))
        whole, cut = self.moving.GetActiveCamera(), self._part_camera
        cut.DeepCopy(whole)
        projection = vtkMatrix4x4()
        projection.DeepCopy(whole.GetProjectionTransformMatrix(width / height, -1.0, 1.0))
        # In clip space the strip's rows, -1 to 1 in the whole picture, become the whole of -1 to 1.
        a, b = 2.0 * low / height - 1.0, 2.0 * high / height - 1.0
        for column in range(4):
            y, w = projection.GetElement(1, column), projection.GetElement(3, column)
            projection.SetElement(1, column, (2.0 * y - (a + b) * w) / (b - a))
        cut.SetExplicitProjectionTransformMatrix(projection)
        cut.UseExplicitProjectionTransformMatrixOn()
        self.still.SetActiveCamera(cut)
        self.still.SetViewport(0.0, low / height, 1.0, high / height)

    def copy_into_bound(self, size: tuple[int, int]) -> None:
        """Copy the last frame into the OpenGL buffer that is bound, stretched to ``size`` [px]."""
        self._window.BlitDisplayFramebuffer(
            0, 0, 0, self._size[0], self._size[1], 0, 0, size[0], size[1], _COLOUR, _LINEAR
        )

    def _place(self, camera: Camera, reach_m: float) -> None:
        eye, focus = camera.eye(), camera.focus()
        target = self.still.GetActiveCamera()
        target.SetPosition(*eye)
        target.SetFocalPoint(*focus)
        target.SetViewUp(*camera.basis()[1])
        target.SetViewAngle(camera.view_angle_deg)
        near = max(
            1.0, min(0.02 * camera.distance_m, 0.3 * max(eye[2] - 60.0, 0.0)), 0.002 * camera.distance_m
        )
        target.SetClippingRange(near, camera.distance_m + reach_m)

    def _keep(self, *_: object) -> None:
        if not self.still.GetDraw():  # the event comes from a renderer that is switched off, too
            return
        if not self._part or self._parts_left == 1:
            self.still_frames += 1
        if self._passing:
            self._based = False
            return
        state = self._window.GetState()
        state.PushFramebufferBindings()
        if self._kept is None or self._kept_size != self._size:
            self._drop_kept()
            self._kept = vtkOpenGLFramebufferObject()
            self._kept.SetContext(self._window)
            self._kept.PopulateFramebuffer(*self._size, True, 1, _BYTE, True, self._depth_bits(), 0, False)
            self._kept_size = self._size
        self._copy(self._window.GetRenderFramebuffer(), self._kept)
        state.PopFramebufferBindings()
        self._parts_left = self._parts_left - 1 if self._part else 0
        self._based, self._valid = True, self._parts_left == 0
        if self._part and self._valid and self._again:
            self._valid, self._parts_left = False, PARTS
        if not self.in_parts:
            self._again = False

    def _depth_bits(self) -> int:
        """Give the render buffer's depth format: a blit between two formats copies nothing at all."""
        texture = self._window.GetRenderFramebuffer().GetDepthAttachmentAsTextureObject()
        return _DEPTH_BITS.get(texture.GetInternalFormat(0, 0, False), 32)

    def _bring_back_for_part(self, *_: object) -> None:
        if self._part:
            self._copy_back()

    def _bring_back(self, *_: object) -> None:
        if not self.still.GetDraw():
            self._copy_back()

    def _copy_back(self) -> None:
        if self._kept is None:
            return
        state = self._window.GetState()
        state.PushFramebufferBindings()
        self._copy(self._kept, self._window.GetRenderFramebuffer())
        state.PopFramebufferBindings()

    def _copy(self, source: Any, target: Any) -> None:
        source.Bind(_READ)
        source.ActivateReadBuffer(0)
        target.Bind(_DRAW)
        target.ActivateDrawBuffer(0)
        extent = (0, self._size[0], 0, self._size[1])  # the ends are not included
        vtkOpenGLFramebufferObject.Blit(extent, extent, _COLOUR | _DEPTH, _NEAREST)

    def _drop_kept(self) -> None:
        if self._kept is not None:
            self._kept.ReleaseGraphicsResources(self._window)
            self._kept = None

    def release(self) -> None:
        """Let go what lives in the OpenGL context, which is about to end; the next frame begins anew."""
        self._drop_kept()
        self._based = False
        self.touch_still()
        self._window.Finalize()

    def close(self) -> None:
        """Let every VTK object go."""
        for renderer, tag in self._observers:
            renderer.RemoveObserver(tag)
        self._observers = []
        self._drop_kept()
        for renderer in (self.still, self.moving):
            renderer.RemoveAllViewProps()
            self._window.RemoveRenderer(renderer)
        self._window.Finalize()
        self._hand_back()
