"""From NumPy arrays to VTK meshes and back again: the only place that copies between the two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkDataObject, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from twin.tables import Floats
from ui.scene.palette import HAZE

Points = NDArray[np.float32]
Colours = NDArray[np.uint8]
Corners = NDArray[np.int64]

_FOG = """//VTK::TCoord::Impl
  float hazeDistance = max(0.0, 1.0 / gl_FragCoord.w - {begin:.1f});
  float haze = {most:.3f} * (1.0 - exp(-hazeDistance / {length:.1f}));
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, vec3({r:.4f}, {g:.4f}, {b:.4f}), haze);
"""


class Mesh:
    """A mesh of polygons with a colour a point, drawn unlit: the light is in the colours."""

    def __init__(self, corners_a_face: int = 4) -> None:
        """Make an empty mesh of triangles or quadrangles."""
        self._n = corners_a_face
        self.data = vtkPolyData()
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(self.data)
        self.mapper.SetScalarModeToUsePointData()
        self.mapper.SetColorModeToDirectScalars()
        self.mapper.SetStatic(True)
        # Points are near the yard's origin already: to shift them again costs half of every hand-over.
        self.mapper.SetVBOShiftScaleMethod(0)
        self.actor = vtkActor()
        self.actor.SetMapper(self.mapper)
        self.actor.GetProperty().LightingOff()
        self.actor.GetProperty().BackfaceCullingOn()
        self._held: dict[str, Any] = {}

    def set_faces(self, corners: Corners) -> None:
        """Set the faces: (m, corners a face) indices of points, counter-clockwise from outside."""
        cells = vtkCellArray()
        cells.SetData(self._n, _indices(corners))
        self.data.SetPolys(cells)

    def set_points(self, points: Points) -> None:
        """Set where the points are, (n, 3) [m]."""
        self.data.SetPoints(vtk_points(points))
        self.data.Modified()

    def set_colours(self, colours: Colours) -> None:
        """Set a colour a point, (n, 3 or 4) uint8."""
        self.data.GetPointData().SetScalars(_array(np.asarray(colours, np.uint8), "colours"))
        self.data.Modified()

    def set_coordinates(self, coordinates: Floats | Points) -> None:
        """Set where each point is in the texture, (n, 2) from 0 to 1."""
        self.data.GetPointData().SetTCoords(_array(np.asarray(coordinates, np.float32), "tcoords"))
        self.data.Modified()

    def set_texture(self, texture: vtkTexture) -> None:
        """Paint the faces with a texture, multiplied by the colours."""
        self.actor.SetTexture(texture)

    def multiply(self, name: str, texture: vtkTexture, coordinates: Floats) -> None:
        """Multiply the paint by a second texture with coordinates (n, 2) of its own."""
        texture.SetBlendingMode(vtkTexture.VTK_TEXTURE_BLENDING_MODE_MODULATE)
        self.data.GetPointData().AddArray(_array(np.asarray(coordinates, np.float32), name + "_at"))
        self.actor.GetProperty().SetTexture(name, texture)
        association = vtkDataObject.FIELD_ASSOCIATION_POINTS
        self.mapper.MapDataArrayToMultiTextureAttribute(name, name + "_at", association)

    def haze(self, begin_m: float = 1400.0, length_m: float = 6000.0, most: float = 0.7) -> None:
        """Let the mesh fade into the horizon with distance."""
        r, g, b = (c / 255 for c in HAZE)
        code = _FOG.format(begin=begin_m, length=length_m, most=most, r=r, g=g, b=b)
        self.actor.GetShaderProperty().AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, code, False)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return bool(self.data.GetNumberOfPoints() == 0)


def vtk_points(points: Floats | Points) -> vtkPoints:
    """Give points (n, 3) [m] as VTK holds them."""
    made = vtkPoints()
    made.SetData(_array(np.asarray(points, np.float32)))
    return made


def line_indices(pairs: Corners) -> Any:
    """Give the ends of lines, (m, 2) indices of points, as VTK holds them."""
    return _indices(pairs)


def triangles_of_quads(count: int) -> Corners:
    """Give the corners of ``count`` quadrangles whose points follow one another, (count, 4)."""
    return np.arange(4 * count, dtype=np.int64).reshape(-1, 4)


def texture_of(pixels: Colours, smooth: bool = False, repeat: bool = False) -> vtkTexture:
    """Make a texture of (h, w, 3 or 4) pixels, the top row first.

    Notes
    -----
    Nearest texels with mip maps cost nothing in software; linear ones four to five times a frame.
    """
    texture = vtkTexture()
    image = vtkImageData()
    fill_texture(image, pixels)
    texture.SetInputData(image)
    texture.SetMipmap(True)
    texture.SetInterpolate(smooth)
    texture.SetRepeat(repeat)
    texture.SetColorModeToDirectScalars()
    return texture


def fill_texture(image: vtkImageData, pixels: Colours) -> None:
    """Put (h, w, channels) pixels into a texture's image."""
    height, width = pixels.shape[:2]
    image.SetDimensions(width, height, 1)
    flat = np.ascontiguousarray(pixels[::-1]).reshape(height * width, -1)
    image.GetPointData().SetScalars(_array(flat))
    image.Modified()


def pixels_of(image: QImage, alpha: bool = True) -> Colours:
    """Give a copy of a picture's pixels, (h, w, 4) RGBA or without ``alpha`` (h, w, 3), the top row first."""
    channels = 4 if alpha else 3
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888 if alpha else QImage.Format.Format_RGB888)
    bits = plain.constBits()
    if bits is None:
        return np.zeros((0, 0, channels), np.uint8)
    rows = np.frombuffer(bits.asstring(plain.sizeInBytes()), np.uint8)
    whole: Colours = rows.reshape(plain.height(), plain.bytesPerLine())
    return whole[:, : plain.width() * channels].reshape(plain.height(), plain.width(), channels)


def image_of(pixels: Colours) -> QImage:
    """Give a picture of (h, w, 4) RGBX pixels, the top row first; the pixels are copied."""
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGBX8888)
    bits = image.bits()
    if bits is not None:
        bits.setsize(image.sizeInBytes())
        np.asarray(bits).reshape(height, width, 4)[:] = pixels
    return image


def _array(values: NDArray[Any], name: str = "") -> Any:
    """Give a copy of an array as VTK holds it."""
    array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)  # type: ignore[no-untyped-call]
    if name:
        array.SetName(name)
    return array


def _indices(values: Corners) -> Any:
    flat = np.ascontiguousarray(values.ravel(), np.int64)
    return numpy_to_vtkIdTypeArray(flat, deep=True)  # type: ignore[no-untyped-call]
