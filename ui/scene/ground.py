"""The ground of the yard, the water at its quays, the land around it and the sky."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTexture

from twin.stock.table import Stock
from twin.tables import Floats, Ints
from twin.yard.model import Yard
from twin.yard.slots import Slots
from ui.scene.ground_light import GroundLight
from ui.scene.ground_paint import GroundPainter
from ui.scene.meshes import Mesh, fill_texture, texture_of
from ui.scene.palette import ASPHALT, HAZE, LAND, QUAY_WALL, SKY_HIGH, WATER
from ui.scene.site import FAR_M, WATER_M, Site, site_of, triangles
from ui.scene.stage import Stage

_TILE_PX, _FINEST_M, _MOST_TILES = 1024, 0.14, 64
_FINEST_PX_A_M = 10.0
FAR_HAZE = (1200.0, 2600.0, 1.0)
"""How land, water and quay fade: from where on, over which length [m], and how far."""
_BARE_M = -0.5
"""How far below the ground its bare colour lies meanwhile: seen from afar it must not show through [m]."""


class Ground:
    """Draws what lies flat; built once a revision of the yard, lit again where stacks change.

    Its picture is cut into tiles, small enough that one is painted and handed over between two frames.
    """

    def __init__(self, stage: Stage) -> None:
        """Stand on a stage."""
        self._stage = stage
        self._meshes: list[Mesh] = []
        self._yard: Yard | None = None
        self._zones = True
        self._light: GroundLight | None = None
        self._light_texture: vtkTexture | None = None
        self._tiles: list[tuple[float, float, float, float]] = []
        self._begun: Iterator[Mesh | None] | None = None
        self._bare: Mesh | None = None
        self.site: Site | None = None

    @property
    def pending(self) -> bool:
        """Whether a part of the ground is still to be painted."""
        return bool(self._tiles) or self._begun is not None

    def show(self, yard: Yard, slots: Slots, zones: bool = True) -> bool:
        """Take the yard, and whether zones are painted; give whether the ground begins anew.

        Its tiles are painted by :meth:`build_next`, its light by :meth:`relight`.
        """
        if yard is self._yard and zones == self._zones:
            return False
        if yard == self._yard and zones == self._zones:
            self._yard = yard
            return False
        self._zones = zones
        self._begin(yard, slots)
        return True

    def build_next(self) -> None:
        """Paint the next thing on a tile, or hand over one that is painted."""
        if self._begun is None and self._tiles and self._yard is not None and self.site is not None:
            self._begun = self._ground_tile(self._yard, self.site, self._tiles.pop(0))
        mesh = None if self._begun is None else next(self._begun)
        if mesh is not None:
            self._begun = None
            self._add(mesh)
            if not self._tiles:
                self._uncover()

    def relight(self, stock: Stock, changed: Ints) -> None:
        """Light the ground anew around the blocks whose stacks changed."""
        if self._light is not None and self._light.update(stock, changed):
            self._relight()

    def _begin(self, yard: Yard, slots: Slots) -> None:
        for mesh in self._meshes:
            self._stage.remove(mesh.actor)
        self._uncover()
        self._meshes, self._begun = [], None
        self._yard = yard
        self.site = site = site_of(yard)
        self._light = GroundLight(yard, slots, site.bounds_m)
        self._light_texture = texture_of(self._light.pixels(), smooth=True)
        self._light_texture.SetMipmap(False)
        self._tiles = _tiles(site.bounds_m)
        self._bare = _flat(site.ground, ASPHALT, _BARE_M)
        self._stage.add(self._bare.actor)
        self._add(_flat(site.land, LAND, 0.0), far=True)
        self._add(_flat(site.water, WATER, WATER_M), far=True)
        for quay in yard.quays:
            self._add(_wall(quay.edge_yard_m))
        self._add(_sky(site))

    def _uncover(self) -> None:
        """Take the bare ground away, which lies where tiles are not painted yet."""
        if self._bare is not None:
            self._stage.remove(self._bare.actor)
            self._bare = None

    def _add(self, mesh: Mesh, far: bool = False) -> None:
        if mesh.empty:
            return
        if far:
            mesh.haze(*FAR_HAZE)
        self._meshes.append(mesh)
        self._stage.add(mesh.actor)

    def _ground_tile(
        self, yard: Yard, site: Site, tile: tuple[float, float, float, float]
    ) -> Iterator[Mesh | None]:
        """Give a tile's mesh at last; None after each step towards it, none of which takes long."""
        west, south, east, north = tile
        scale = min(_TILE_PX / max(east - west, north - south), _FINEST_PX_A_M)
        size = max(round((east - west) * scale), 1), max(round((north - south) * scale), 1)
        corners = _clipped(site.ground, tile)
        mesh = Mesh(3)
        if not len(corners):
            yield mesh
            return
        painter = GroundPainter(west, north, scale, size)
        for _ in painter.painting(yard, self._zones):
            yield None
        texture = texture_of(painter.pixels(), smooth=False)
        yield None
        self._stage.upload(texture)
        yield None
        flat = corners.reshape(-1, 2)
        mesh.set_points(np.column_stack((flat, np.zeros(len(flat)))).astype(np.float32))
        mesh.set_faces(np.arange(len(flat)).reshape(-1, 3))
        where = (flat - (west, south)) / (east - west, north - south)
        mesh.set_coordinates(where)
        mesh.set_texture(texture)
        if self._light is not None and self._light_texture is not None:
            light_at = (flat - site.bounds_m[:2]) / self._light.extent_m
            mesh.multiply("groundlight", self._light_texture, light_at)
        mesh.haze()
        yield mesh

    def _relight(self) -> None:
        if self._light is None or self._light_texture is None:
            return
        image = self._light_texture.GetInput()
        if isinstance(image, vtkImageData):
            fill_texture(image, self._light.pixels())
        self._light_texture.Modified()
        self._stage.touch_still()


def _tiles(bounds_m: tuple[float, float, float, float]) -> list[tuple[float, float, float, float]]:
    """Cut the ground into tiles fine enough for its markings, but not into too many."""
    west, south, east, north = bounds_m
    width, height = east - west, north - south
    finest = _TILE_PX * _FINEST_M
    columns, rows = math.ceil(width / finest), math.ceil(height / finest)
    if columns * rows > _MOST_TILES:  # the grid whose tiles are the smallest
        grids = [(c, r) for c in range(1, _MOST_TILES + 1) for r in range(1, _MOST_TILES // c + 1)]
        columns, rows = min(grids, key=lambda grid: (max(width / grid[0], height / grid[1]), grid))
    xs, ys = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    return [
        (float(xs[i]), float(ys[j]), float(xs[i + 1]), float(ys[j + 1]))
        for i in range(columns)
        for j in range(rows)
    ]


def _clipped(corners: Floats, tile: tuple[float, float, float, float]) -> Floats:
    """Cut triangles (n, 3, 2) to a rectangle."""
    shapes = shapely.intersection(shapely.polygons(corners), shapely.box(*tile)) if len(corners) else []
    parts = [triangles(shape) for shape in shapes if shape.area > 1e-6]
    return np.concatenate(parts) if parts else np.empty((0, 3, 2))


def _flat(corners: Floats, colour: tuple[int, int, int], z_m: float) -> Mesh:
    mesh = Mesh(3)
    if len(corners):
        flat = corners.reshape(-1, 2)
        mesh.set_points(np.column_stack((flat, np.full(len(flat), z_m))).astype(np.float32))
        mesh.set_faces(np.arange(len(flat)).reshape(-1, 3))
        mesh.set_colours(np.tile(np.array(colour, np.uint8), (len(flat), 1)))
    return mesh


def _wall(edge: tuple[tuple[float, float], tuple[float, float]]) -> Mesh:
    """Give the quay's face from the water up to the ground."""
    a, b = np.array(edge[0]), np.array(edge[1])
    along = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
    a, b = a - along * FAR_M, b + along * FAR_M
    mesh = Mesh()
    points = np.array([(*a, WATER_M), (*b, WATER_M), (*b, 0.0), (*a, 0.0)], np.float32)
    mesh.set_points(points)
    mesh.set_faces(np.array([[0, 1, 2, 3]]))
    shades: NDArray[np.float64] = np.array([0.55, 0.55, 1.0, 1.0])
    mesh.set_colours((np.array(QUAY_WALL) * shades[:, None]).astype(np.uint8))
    mesh.haze(*FAR_HAZE)
    return mesh


def _sky(site: Site) -> Mesh:
    """Give a bowl around the yard, from the haze at the horizon to the blue overhead."""
    sides = 24
    angles = np.arange(sides + 1) * math.tau / sides
    rises = np.radians([-2.0, 0.5, 6.0, 16.0, 35.0, 89.0])
    blue = np.array([0.0, 0.0, 0.35, 0.65, 0.88, 1.0])
    radius = 1.6 * FAR_M
    x = site.centre_m[0] + radius * np.outer(np.cos(rises), np.cos(angles))
    y = site.centre_m[1] + radius * np.outer(np.cos(rises), np.sin(angles))
    z = np.repeat(radius * np.sin(rises)[:, None], sides + 1, axis=1)
    k = np.arange((len(rises) - 1) * (sides + 1)).reshape(len(rises) - 1, -1)[:, :-1].ravel()
    mesh = Mesh()
    mesh.set_points(np.stack((x, y, z), axis=2).reshape(-1, 3).astype(np.float32))
    mesh.set_faces(np.column_stack((k, k + sides + 1, k + sides + 2, k + 1)))
    shades = np.array(HAZE) + (np.array(SKY_HIGH) - np.array(HAZE)) * blue[:, None]
    mesh.set_colours(np.repeat(shades, sides + 1, axis=0).astype(np.uint8))
    return mesh
