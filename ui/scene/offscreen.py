"""Pictures of a snapshot without a window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PyQt6.QtGui import QGuiApplication, QImage, QOpenGLContext, QPainter

from twin.errors import TwinError
from twin.snapshot import Mode, Snapshot
from ui.displays import display_answers
from ui.scene.camera import Camera
from ui.scene.furniture import draw_furniture
from ui.scene.meshes import image_of
from ui.scene.overlays import draw_overlays
from ui.scene.presets import preset as preset_camera
from ui.scene.projection import Projection
from ui.scene.scene import YardScene
from ui.view_state import ViewState
from ui.whole import reason_of, write_whole

_application: QGuiApplication | None = None


class PictureError(TwinError):
    """A picture that could not be drawn or written."""


def ensure_application() -> None:
    """Make sure that Qt runs, which paints all texts; without a display it runs off screen."""
    global _application
    if QGuiApplication.instance() is None:
        if sys.platform.startswith("linux") and not display_answers():
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _application = QGuiApplication(["yard-twin"])


def watermark_of(snapshot: Snapshot) -> str:
    """Give the word that a picture of a snapshot carries: none for the live yard."""
    return "" if snapshot.mode is Mode.LIVE else str(snapshot.mode.value).upper()


def drawn(image: QImage) -> bool:
    """Tell whether anything is on a picture: not all of it is of one colour."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = plain.bits()
    if bits is None:
        return False
    bits.setsize(plain.sizeInBytes())
    pixels = np.asarray(bits).view(np.uint32)
    return bool((pixels != pixels[0]).any())


def paint(
    scene: YardScene,
    snapshot: Snapshot,
    view: ViewState,
    camera: Camera,
    size: tuple[int, int],
    watermark: str,
) -> QImage:
    """Draw a scene with all that lies over it, its edges smoothed.

    Raises
    ------
    PictureError
        Where the scene came out empty, as of a graphics driver that draws nothing.
    """
    width, height = size
    scene.set_fine(True, smooth=False)
    scene.set_coarse(False)
    # Twice the size and then halved: four samples a pixel smooth movers and stacks alike.
    factor = 2 if width * height <= 4_000_000 else 1
    fine = image_of(scene.draw(camera, (width * factor, height * factor)))
    if not drawn(fine):
        raise PictureError("expected a yard on the picture, found one colour all over: OpenGL drew nothing")
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, width, height), fine)
    projection = Projection(camera, float(width), float(height))
    draw_overlays(painter, snapshot, view, projection, scene.ghosts, None)
    rotation = snapshot.state.yard.georeference.rotation_rad
    draw_furniture(painter, projection, view.colour_by, watermark, rotation, with_legend=True)
    painter.end()
    return picture


def picture_of(
    snapshot: Snapshot, view: ViewState, camera: Camera, size: tuple[int, int], watermark: str
) -> QImage:
    """Draw a snapshot off screen, in a scene of its own."""
    current = QOpenGLContext.currentContext()
    if current is not None:  # a thread cannot go from Qt's GLX to the EGL of a window off screen
        current.doneCurrent()
    scene = YardScene(size)
    try:
        scene.show_view(view)
        scene.show_snapshot(snapshot)
        return paint(scene, snapshot, view, camera, size, watermark)
    finally:
        scene.close()


def render_picture(
    snapshot: Snapshot,
    path: Path,
    size: tuple[int, int] = (1600, 900),
    preset: str = "yard",
    view: ViewState | None = None,
) -> None:
    """Write a picture of a snapshot, without a window or a display.

    Parameters
    ----------
    path : Path
        Its suffix names the format: ``.png`` or ``.jpg``.
    preset : str
        As in ``YardView.fly_to``.
    view : ViewState, optional
        Layers, colours and selection.

    Raises
    ------
    PictureError
        For an unknown preset, a file that cannot be written, or where nothing was drawn.
    """
    ensure_application()
    view = view or ViewState()
    camera = preset_camera(preset, snapshot, Camera(), size[0] / size[1])
    if camera is None:
        raise PictureError(
            f"preset {preset!r}: expected yard, top, gate, quay, block:NAME or mover:ROW of this yard"
        )
    write_picture(picture_of(snapshot, view, camera, size, watermark_of(snapshot)), path)


def write_picture(picture: QImage, path: Path) -> None:
    """Write a picture whole or not at all, in the format that the suffix of ``path`` names.

    Raises
    ------
    PictureError
        Where there is no such format, or the place cannot be written.
    """
    bits = QByteArray()
    buffer = QBuffer(bits)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, path.suffix.removeprefix(".").upper()):
        raise PictureError(f"picture {path}: expected a suffix such as .png, found {path.suffix!r}")
    try:
        write_whole(path, bits.data())
    except OSError as error:
        raise PictureError(
            f"picture {path}: expected a place that can be written, found: {reason_of(error)}"
        ) from error
