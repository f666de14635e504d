"""Where the scene's picture goes: an image, or a Qt OpenGL widget that VTK draws straight into.

A ``QOpenGLWidget`` owns the context and a frame buffer; ``vtkGenericOpenGLRenderWindow`` draws in that
context and its picture is copied into that buffer, so that no pixel leaves the graphics card. Qt puts
the buffer together with what lies over it; the names and signs are painted by a widget of their own, so
that the painter and VTK never share OpenGL state. No native window is made: it works on Wayland, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the OpenGL factories)
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QOffscreenSurface, QOpenGLContext, QPaintEvent, QSurfaceFormat
from PyQt6.QtOpenGL import (
    QOpenGLFramebufferObject,
    QOpenGLVersionFunctionsFactory,
    QOpenGLVersionProfile,
)
from PyQt6.QtOpenGLWidgets import QOpenGLWidget
from PyQt6.QtWidgets import QWidget
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

from ui.scene.stage import renders_in_software

SURFACE_VARIABLE = "YARD_TWIN_SURFACE"
_GL_RENDERER = 0x1F01
_MAJOR, _MINOR = 4, 1
_found: list[str] = []


def surface_format() -> QSurfaceFormat:
    """Give what VTK needs of a context; depth is its own buffers' business."""
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setVersion(_MAJOR, _MINOR)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setSamples(0)
    return wanted


def qt_renderer() -> str:
    """Give the name of what draws for Qt's OpenGL; empty where Qt has none good enough."""
    if not _found:
        _found.append(_asked_renderer())
    return _found[0]


def _asked_renderer() -> str:
    context, place = QOpenGLContext(), QOffscreenSurface()
    context.setFormat(surface_format())
    if not context.create():
        return ""
    place.setFormat(context.format())
    place.create()
    if not (place.isValid() and context.makeCurrent(place)):
        return ""
    try:
        profile = QOpenGLVersionProfile()
        profile.setVersion(_MAJOR, _MINOR)
        profile.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        functions: Any = QOpenGLVersionFunctionsFactory.get(profile, context)
        return "" if functions is None else str(functions.glGetString(_GL_RENDERER))
    finally:
        context.doneCurrent()


def draws_into_widget() -> bool:
    """Tell whether the OpenGL widget is to be used.

    ``YARD_TWIN_SURFACE=gl`` or ``image`` in the environment decides; else it is used where a graphics
    card draws. Where Qt has no OpenGL 4.1 it never is.
    """
    forced = os.environ.get(SURFACE_VARIABLE, "").strip().lower()
    if forced == "image":
        return False
    name = qt_renderer()
    return bool(name) and (forced == "gl" or not renders_in_software(name))


class GlSurface(QOpenGLWidget):
    """Holds the context that VTK draws in.

    Parameters
    ----------
    parent : QWidget
    paint : callable
        Draws, the context being current, and copies the picture with :meth:`receive`'s buffer bound.
    release : callable
        Lets everything go that lives in the context, before Qt destroys it: it does so also where the
        widget gets another window.
    """

    def __init__(self, parent: QWidget, paint: Callable[[], None], release: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setFormat(surface_format())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._paint, self._release = paint, release
        window: Any = vtkGenericOpenGLRenderWindow()
        window.SetMultiSamples(0)
        window.SetFrameBlitModeToNoBlit()
        window.SetSupportsOpenGL(1)
        window.SetIsDirect(1)
        window.SetMapped(1)
        window.SetReadyForRendering(False)
        self._observers = [
            window.AddObserver("WindowMakeCurrentEvent", self._take_context),
            window.AddObserver("WindowIsCurrentEvent", self._tell_current),
        ]
        self.window_: Any = window

    @property
    def ready(self) -> bool:
        """Whether there is a context to draw in."""
        return self.window_ is not None and bool(self.window_.GetReadyForRendering())

    def _current(self) -> bool:
        mine = self.context()
        return mine is not None and QOpenGLContext.currentContext() is mine

    def _take_context(self, *_: object) -> None:
        # Qt's call binds the widget's own buffer besides: in the midst of a frame VTK would draw there.
        if self.context() is not None and not self._current():
            self.makeCurrent()

    def _tell_current(self, *_: object) -> None:
        if self.window_ is not None:
            self.window_.SetIsCurrent(self._current())

    def initializeGL(self) -> None:  # noqa: N802 - overrides Qt
        """Begin with a new context."""
        context = self.context()
        if self.window_ is None or context is None:
            return
        context.aboutToBeDestroyed.connect(self._lose_context)
        self.window_.SetForceMakeCurrent()
        self.window_.SetReadyForRendering(True)
        self.window_.OpenGLInit()

    def _lose_context(self) -> None:
        if self.ready:
            self.makeCurrent()
            self._release()
            self.window_.SetReadyForRendering(False)
            self.doneCurrent()

    def paintGL(self) -> None:  # noqa: N802 - overrides Qt
        """Let VTK draw: Qt has made the context current and changed its state since."""
        if self.ready:
            self.window_.GetState().Reset()
            self._paint()

    def bind(self) -> tuple[int, int]:
        """Make the widget's own buffer the one that is drawn into; give its size [px]."""
        QOpenGLFramebufferObject.bindDefault()
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio)

    def let_go(self) -> None:
        """Leave VTK's window; nothing is drawn afterwards."""
        window, self.window_ = self.window_, None
        if window is not None:
            for tag in self._observers:
                window.RemoveObserver(tag)


class Overlay(QWidget):
    """Lies over the surface and paints what the canvas has to say there; the mouse does not see it."""

    def __init__(self, parent: QWidget, paint: Callable[[QWidget], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._paint = paint

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint over the picture."""
        self._paint(self)
