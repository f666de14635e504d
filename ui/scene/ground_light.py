"""Shadows of the stacks on the ground: a map of the whole yard, worked out again where stacks changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter

from twin.stock.table import Stock
from twin.tables import Floats
from twin.yard.model import Yard
from twin.yard.slots import Slots
from ui.scene.light import SUN

_HIGHEST_M = 27.0
_BLUR_REACH_M = 9.0
"""Four times the wider blur's sigma: what is farther off does not count."""
_DARKEST_SUN, _DARKEST_SKY, _UNDER_STACKS = 0.50, 0.30, 0.22


@dataclass(frozen=True, slots=True)
class _Patch:
    """Where one block lies in the map: rows and columns, and the ground slot under each pixel (-1 none)."""

    rows: slice
    columns: slice
    ground: NDArray[np.int32]


class GroundLight:
    """Keeps the light on the ground, 0 to 1, with row 0 in the south."""

    def __init__(
        self, yard: Yard, slots: Slots, bounds_m: tuple[float, float, float, float], pixels: int = 1024
    ) -> None:
        """Lay the map over ``bounds_m`` (west, south, east, north) with at most ``pixels`` a side."""
        west, south, east, north = bounds_m
        self._step = max(east - west, north - south) / pixels
        self._west, self._south = west, south
        shape = (math.ceil((north - south) / self._step), math.ceil((east - west) / self._step))
        self._heights = np.zeros(shape, np.float32)
        self.light = np.ones(shape, np.float32)
        self._patches = [self._patch(yard, slots, k) for k in range(len(yard.blocks))]
        self._shifts = self._march()

    @property
    def extent_m(self) -> tuple[float, float]:
        """Width and height that the map covers [m]: a little more than the bounds."""
        return self.light.shape[1] * self._step, self.light.shape[0] * self._step

    def _patch(self, yard: Yard, slots: Slots, index: int) -> _Patch:
        block = yard.blocks[index]
        corners = (np.array(block.outline()) - (self._west, self._south)) / self._step
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
        high = np.ceil(corners.max(axis=0)).astype(int) + 1
        rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
        shape = self._heights[rows, columns].shape
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
        px = self._west + (x + low[0] + 0.5) * self._step - block.origin_yard_m[0]
        py = self._south + (y + low[1] + 0.5) * self._step - block.origin_yard_m[1]
        c, s = math.cos(block.heading_rad), math.sin(block.heading_rad)
        i = np.floor((c * px + s * py) / block.bay_pitch_m).astype(int)
        j = np.floor((-s * px + c * py) / block.row_pitch_m).astype(int)
        inside = (i >= 0) & (i < block.bays) & (j >= 0) & (j < block.rows)
        ground = np.where(inside, int(slots.first[index]) + i * block.rows + j, -1)
        return _Patch(rows, columns, ground.astype(np.int32))

    def _march(self) -> list[tuple[int, int, float]]:
        """Give the steps towards the sun: rows, columns, and how high the ray is there [m]."""
        run = float(np.hypot(SUN[0], SUN[1]))
        reach = _HIGHEST_M * run / SUN[2]
        steps = np.arange(1, max(int(reach / self._step), 1) + 1) * self._step
        return [
            (round(SUN[1] / run * d / self._step), round(SUN[0] / run * d / self._step), d * SUN[2] / run)
            for d in steps
        ]

    def update(self, stock: Stock, blocks: NDArray[np.int32]) -> bool:
        """Work the light out again around some blocks; give whether anything was done."""
        if not len(blocks):
            return False
        low, high = np.array(self._heights.shape), np.zeros(2, int)
        heights = np.append(stock.top_m, 0.0).astype(np.float32)
        for index in blocks:
            patch = self._patches[int(index)]
            self._heights[patch.rows, patch.columns] = heights[patch.ground]
            low = np.minimum(low, (patch.rows.start, patch.columns.start))
            high = np.maximum(high, (patch.rows.stop, patch.columns.stop))
        around = math.ceil(30.0 / self._step)
        low, high = np.maximum(low - around, 0), np.minimum(high + around, self._heights.shape)
        # Worked out with what lies around, of which the blur takes some in; else its edge would show.
        pad = math.ceil(_BLUR_REACH_M / self._step) + 2
        outer = np.maximum(low - pad, 0), np.minimum(high + pad, self._heights.shape)
        shaded = self._shaded(slice(outer[0][0], outer[1][0]), slice(outer[0][1], outer[1][1]))
        inner = tuple(slice(a - o, b - o) for a, b, o in zip(low, high, outer[0], strict=True))
        self.light[low[0] : high[0], low[1] : high[1]] = shaded[inner]
        return True

    def _shaded(self, rows: slice, columns: slice) -> Floats:
        height = rows.stop - rows.start, columns.stop - columns.start
        dark = np.zeros(height, np.float32)
        for down, right, ray in self._shifts:
            dark = np.maximum(dark, self._shifted(rows, columns, down, right) - np.float32(ray))
        shadow = gaussian_filter(np.clip(dark / 0.8, 0, 1), 0.6)
        part = self._heights[rows, columns]
        near = gaussian_filter(np.minimum(maximum_filter(part, 3) / 8.0, 1.0), 2.2 / max(self._step, 0.3))
        light = (1 - _DARKEST_SUN * shadow) * (1 - _DARKEST_SKY * np.clip(near * 1.4, 0, 1))
        # Under the stacks it is dark: what shows of it shows through the gaps between boxes.
        found: Floats = np.where(part > 0, _UNDER_STACKS, light)
        return found

    def _shifted(self, rows: slice, columns: slice, down: int, right: int) -> Floats:
        """Give the heights a step away, 0 beyond the map's edge."""
        out = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.float32)
        r0, r1 = max(rows.start + down, 0), min(rows.stop + down, self._heights.shape[0])
        c0, c1 = max(columns.start + right, 0), min(columns.stop + right, self._heights.shape[1])
        if r1 > r0 and c1 > c0:
            into = (
                slice(r0 - rows.start - down, r1 - rows.start - down),
                slice(c0 - columns.start - right, c1 - columns.start - right),
            )
            out[into] = self._heights[r0:r1, c0:c1]
        return out

    def pixels(self) -> NDArray[np.uint8]:
        """Give the light as grey pixels, (h, w, 3), the north first."""
        grey = (self.light[::-1] * 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
