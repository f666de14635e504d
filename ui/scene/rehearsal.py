"""One small face of each make that a yard is drawn with, for the renderer to make its programs of.

Notes
-----
In software each make of mesh is compiled at the first frame that has it, for 10 to 50 ms. All of them
are asked for before the view is seen, where nobody waits for a frame.
"""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkTexture

from ui.scene.ground import FAR_HAZE
from ui.scene.kind_drawing import hatching, shadow
from ui.scene.meshes import Colours, Mesh, texture_of

_GROUND: tuple[tuple[int, int], ...] = ((64, 64), (64, 48), (48, 64))
"""Sizes of ground tiles: programs differ by whether a texture's sides are powers of two [px]."""
_HALF_M = 20.0


def still_makes(textures: tuple[vtkTexture, ...]) -> list[Mesh]:
    """Give a mesh of each make that stands still; ``textures`` are those of the containers."""
    plain, land, built = _face(3), _face(3), _face(3)
    land.haze(*FAR_HAZE)
    built.haze()
    return [plain, land, built, *(_stack(texture) for texture in textures), *map(_tile, _GROUND)]


def moving_makes(textures: tuple[vtkTexture, ...]) -> list[Mesh]:
    """Give a mesh of each make that moves or lies over what stands still."""
    machine, laid = _face(4), _face(4)
    machine.set_coordinates(np.full((4, 2), 0.1))
    machine.set_texture(texture_of(hatching(), repeat=True))
    laid.set_colours(np.full((4, 4), 128, np.uint8))
    laid.actor.ForceTranslucentOn()
    loads = [_textured(texture) for texture in textures]
    return [machine, laid, *loads, _cornered(shadow())]


def _cornered(mesh: Mesh) -> Mesh:
    """Give a mesh a level face around the origin."""
    x, y = _HALF_M, _HALF_M
    mesh.set_points(np.array([(-x, -y, 0.0), (x, -y, 0.0), (x, y, 0.0), (-x, y, 0.0)], np.float32))
    mesh.set_faces(np.array([[0, 1, 2, 3]]))
    return mesh


def _face(channels: int) -> Mesh:
    mesh = _cornered(Mesh())
    mesh.set_colours(np.full((4, channels), 255, np.uint8))
    return mesh


def _textured(texture: vtkTexture) -> Mesh:
    mesh = _face(3)
    mesh.set_coordinates(np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]))
    mesh.set_texture(texture)
    return mesh


def _stack(texture: vtkTexture) -> Mesh:
    mesh = _textured(texture)
    mesh.haze()
    return mesh


def _tile(size: tuple[int, int]) -> Mesh:
    """Give a tile of the ground: painted, lit by a second texture, without colours of its own."""
    mesh = _cornered(Mesh())
    at = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    mesh.set_coordinates(at)
    mesh.set_texture(texture_of(_grey(*size)))
    light = texture_of(_grey(45, 35), smooth=True)
    light.SetMipmap(False)
    mesh.multiply("groundlight", light, at)
    mesh.haze()
    return mesh


def _grey(width: int, height: int) -> Colours:
    return np.full((height, width, 3), 128, np.uint8)
