"""The stage: an off-screen VTK window in two layers, what stands still and what moves.

With the camera and the still layer unchanged only the movers are drawn: colour and depth of the
still layer come back from a private frame buffer by a blit, so that a live frame costs nearly the
same however many boxes stand in the yard.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the OpenGL factories)
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLFramebufferObject

from ui.scene.camera import Camera

_READ, _DRAW = 0x8CA8, 0x8CA9  # GL_READ_FRAMEBUFFER, GL_DRAW_FRAMEBUFFER
_COLOUR_AND_DEPTH, _NEAREST = 0x4000 | 0x100, 0x2600
_DEPTH_BITS = {0x81A5: 16, 0x81A6: 24, 0x81A7: 32}  # GL_DEPTH_COMPONENT16, 24, 32
_BYTE = 3  # VTK_UNSIGNED_CHAR
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "SwiftShader", "Software Rasterizer", "GDI Generic")


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

    def __init__(self, size: tuple[int, int] = (640, 400)) -> None:
        """Open the window off screen."""
        self._window = make_window()
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
        self._valid = False
        self._pixels = vtkUnsignedCharArray()
        self._placed: tuple[Camera, float] | None = None
        self.still_frames = 0
        still: Any = self.still  # VTK's own types know events by number only
        moving: Any = self.moving
        self._observers = [
            (still, still.AddObserver("EndEvent", self._keep)),
            (moving, moving.AddObserver("StartEvent", self._bring_back)),
        ]

    def touch_still(self) -> None:
        """Say that something of the still layer changed: the next frame draws it again."""
        self._valid = False

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
        self.touch_still()

    def capabilities(self) -> str:
        """Give what OpenGL reports of itself; draws a first frame where none was drawn."""
        return str(self._window.ReportCapabilities())

    def set_smooth(self, smooth: bool) -> None:
        """Smooth the edges of the still layer: dear in software, so only while the camera rests."""
        if bool(self.still.GetUseFXAA()) != smooth:
            self.still.SetUseFXAA(smooth)
            self.touch_still()

    def draw(self, camera: Camera, size: tuple[int, int], reach_m: float) -> NDArray[np.uint8]:
        """Draw one frame.

        Parameters
        ----------
        camera : Camera
        size : (width, height)
            Of the picture [px].
        reach_m : float
            How far from the focal point anything stands [m]; sets the clipping range.

        Returns
        -------
        (height, width, 4) uint8
            RGBA, the top row first. Valid until the next call.
        """
        if size != self._size:
            self._window.SetSize(*size)
            self._size, self._valid = size, False
        if (camera, reach_m) != self._placed:
            self._place(camera, reach_m)
            self._placed, self._valid = (camera, reach_m), False
        self.still.SetDraw(not self._valid)
        self._window.Render()
        width, height = size
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)
        flat: NDArray[np.uint8] = vtk_to_numpy(self._pixels)  # type: ignore[no-untyped-call]
        return flat.reshape(height, width, 4)[::-1]

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
        self.still_frames += 1
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
        self._valid = True

    def _depth_bits(self) -> int:
        """Give the render buffer's depth format: a blit between two formats copies nothing at all."""
        texture = self._window.GetRenderFramebuffer().GetDepthAttachmentAsTextureObject()
        return _DEPTH_BITS.get(texture.GetInternalFormat(0, 0, False), 32)

    def _bring_back(self, *_: object) -> None:
        if self.still.GetDraw() or self._kept is None:
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
        vtkOpenGLFramebufferObject.Blit(extent, extent, _COLOUR_AND_DEPTH, _NEAREST)

    def _drop_kept(self) -> None:
        if self._kept is not None:
            self._kept.ReleaseGraphicsResources(self._window)
            self._kept = None

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
