"""What each ground slot offers whatever stands there: worked out once a yard, and kept."""

from dataclasses import dataclass, fields
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.stock import segregation, sizes
from twin.stock.table import LINES
from twin.tables import Flags, Floats, Longs, Table
from twin.yard.model import BlockKind, LaneKind, Yard, ZoneKind
from twin.yard.slots import Slots

Index = NDArray[np.intp]

LIFTS_KG: dict[BlockKind, float] = {
    BlockKind.RTG: 41_000.0, BlockKind.RMG: 41_000.0, BlockKind.REACH_STACKER: 45_000.0,
    BlockKind.STRADDLE: 40_000.0, BlockKind.EMPTIES: 45_000.0,
}  # fmt: skip
"""Safe working load of what serves a block [kg]: RTG tender 41 t, Liebherr RMG 41 t, Kalmar 45 and 40 t."""
BUILDING_GAP_M = 6.0
"""Within this of a building boxes stand one high (ICHCA, International Safety Panel 5) [m]."""
_KEPT = 4
"""How many yards are kept."""


@dataclass(frozen=True, eq=False)
class Terrain(Table):
    """The ground slots of a yard as the rules see them.

    Attributes
    ----------
    yard, slots : Yard, Slots
    here, second, block : (g,) int
        The ground slot itself; the one that a long box reaches into, itself where the block ends; its block.
    lifts_kg, load_kg : (blocks,) float
        Safe working load, and what the ground under a 20 ft place bears; inf where it bears any stack.
    for_empties : (blocks,) bool
    lines : (blocks,) int64
        A bit for each line that the block is kept for; all bits where it is for all.
    near : (g,) bool
        So near a building that boxes stand one high.
    outer : (g,) bool
        In the first or last row of its block.
    beside : (4, g) int
        The stacks about: one row down and up, one position down and up; ``g`` where there is none.
    """

    yard: Yard
    slots: Slots
    here: Index
    second: Index
    block: Index
    lifts_kg: Floats
    load_kg: Floats
    for_empties: Flags
    lines: Longs
    near: Flags
    outer: Flags
    beside: Index

    @cached_property
    def highest_m(self) -> Floats:
        """How high the top of a box may reach on each place, with a hair for what summing rounds [m]."""
        found_m: Floats = np.asarray(self.slots.height_limit_m, float) + 1e-9
        return found_m

    @cached_property
    def any_line(self) -> bool:
        """Whether a block is kept for some lines."""
        return bool((self.lines != -1).any())

    @cached_property
    def any_load(self) -> bool:
        """Whether the ground of a block bears a stack only up to a mass."""
        return bool(np.isfinite(self.load_kg).any())

    @cached_property
    def any_near(self) -> bool:
        """Whether a place is near a building."""
        return bool(self.near.any())

    @cached_property
    def any_empties(self) -> bool:
        """Whether a block is kept for empties."""
        return bool(self.for_empties.any())

    @cached_property
    def shortest_m(self) -> float:
        """How long the shortest place is [m]; inf where there is none."""
        return float(np.min(self.slots.bay_pitch_m)) if len(self.slots) else np.inf

    @cached_property
    def inspection_m(self) -> Floats | None:
        """How far each place is from the nearest inspection zone or lane [m]; None where there is none."""
        areas = [shapely.Polygon(zone.ring_yard_m) for zone in self.yard.zones
                 if zone.kind == ZoneKind.INSPECTION]  # fmt: skip
        ways = [shapely.LineString(lane.centre_line_yard_m) for lane in self.yard.lanes
                if lane.kind == LaneKind.INSPECTION]  # fmt: skip
        if not areas and not ways:
            return None
        points = shapely.points(self.slots.centre_yard_m)
        found_m: Floats = np.min([shapely.distance(points, area) for area in (*areas, *ways)], axis=0)
        return found_m


_LATEST: list[Terrain] = []
_COPIES: WeakKeyDictionary[Slots, Terrain] = WeakKeyDictionary()


def terrain_of(yard: Yard, slots: Slots) -> Terrain:
    """Give the terrain of a yard; the same object for the same yard, also where it is an equal copy."""
    for kept in _LATEST:
        if kept.slots is slots and kept.yard is yard:
            return kept
    copy = _COPIES.get(slots)
    if copy is not None and copy.yard == yard:
        return copy
    for kept in _LATEST:
        if kept.yard == yard and _equal(kept.slots, slots):
            if kept.slots is not slots:
                _COPIES[slots] = kept
            return kept
    found = _worked_out(yard, slots)
    _LATEST.insert(0, found)
    del _LATEST[_KEPT:]
    return found


def _equal(one: Slots, other: Slots) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Slots)
    )


def _worked_out(yard: Yard, slots: Slots) -> Terrain:
    here = np.arange(len(slots))
    block = slots.block.astype(np.intp)
    last_row = np.array([one.rows - 1 for one in yard.blocks], np.int32)
    return Terrain(
        yard=yard,
        slots=slots,
        here=here,
        second=np.where(slots.next >= 0, slots.next, here).astype(np.intp),
        block=block,
        lifts_kg=np.array([LIFTS_KG[one.kind] for one in yard.blocks]),
        load_kg=np.array(
            [np.inf if one.stack_load_kg is None else one.stack_load_kg for one in yard.blocks], float
        ),
        for_empties=for_empties(yard),
        lines=np.array([_line_bits(one.lines) for one in yard.blocks], np.int64),
        near=_near_building(yard, slots),
        outer=(slots.row == 0) | (slots.row == last_row[block]) if len(slots) else np.empty(0, bool),
        beside=_beside(slots, last_row),
    )


def _beside(slots: Slots, last_row: NDArray[np.int32]) -> Index:
    g = len(slots)
    here = np.arange(g)
    if not g:
        return np.empty((4, 0), np.intp)
    rows = last_row[slots.block] + 1
    return np.stack(
        [
            np.where(slots.row > 0, here - 1, g),
            np.where(slots.row + 1 < rows, here + 1, g),
            np.where(slots.position > 0, here - rows, g),
            np.where(slots.next >= 0, slots.next, g),
        ]
    )


def _line_bits(names: tuple[str, ...]) -> int:
    if not names:
        return -1
    return sum(1 << index for index, line in enumerate(LINES) if line in names)


def for_empties(yard: Yard) -> Flags:
    """Tell which blocks are kept for empties: (blocks,) bool."""
    return np.array([block.kind == BlockKind.EMPTIES for block in yard.blocks], bool)


def near_building(yard: Yard, slots: Slots) -> Flags:
    """Tell which places are so near a building that boxes stand one high only: (g,) bool, read-only."""
    return terrain_of(yard, slots).near


def _near_building(yard: Yard, slots: Slots) -> Flags:
    near = np.zeros(len(slots), bool)
    half_m = 0.5 * float(np.hypot(sizes.LENGTH_M[20], sizes.WIDTH_M))
    for zone in yard.zones:
        if zone.kind != ZoneKind.BUILDING:
            continue
        ring = np.asarray(zone.ring_yard_m)
        margin_m = BUILDING_GAP_M + half_m
        inside = (slots.centre_yard_m > ring.min(0) - margin_m) & (
            slots.centre_yard_m < ring.max(0) + margin_m
        )
        which = np.flatnonzero(inside.all(axis=1))
        places = segregation.outlines(slots, which)
        near[which] |= shapely.distance(places, shapely.Polygon(ring)) < BUILDING_GAP_M
    return near
