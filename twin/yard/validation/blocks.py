"""Checks of blocks: against each other, fence, quay, buildings and the reach of their machines."""

import math
from collections.abc import Iterator

import numpy as np
import shapely

from twin.yard.model import Block, LaneKind, Point, Side, Yard, ZoneKind
from twin.yard.portal import GANTRY_KINDS, REACHED_KINDS, TRUCK_LANE_M, truck_lane_v_m
from twin.yard.validation.findings import Finding, error, warning

OVERLAP_M2 = 0.01
"""Smaller overlaps are the rounding of corners that touch."""
LOWEST_BOX_M = 2.591
"""Height of a standard box (ISO 668)."""
CRANE_TRACK_M = 1.9
"""Width of an RTG's track, half of it on either side of the portal [m] (TU Delft layout script)."""
FROM_BUILDING_M = 6.0
"""Nearer to a building than this nothing should stand more than one high (ICHCA, ISP 5)."""
LANE_AWAY_M = 1.5
"""How far a truck lane may run from where the spreader sets boxes down [m]."""


def overlapping_blocks(yard: Yard) -> list[tuple[Block, Block, Point]]:
    """Give the pairs of blocks whose stacking areas overlap, and a point in each overlap."""
    outlines = _outlines(yard.blocks)
    if not len(outlines):
        return []
    a, b = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    a, b = a[a < b], b[a < b]
    common = shapely.intersection(outlines[a], outlines[b])
    return [
        (yard.blocks[i], yard.blocks[j], _middle(shape))
        for i, j, shape in zip(a.tolist(), b.tolist(), common, strict=True)
        if shape.area > OVERLAP_M2
    ]


def check_blocks(yard: Yard) -> Iterator[Finding]:
    """Give what is wrong with the blocks of a yard."""
    for one, other, point in overlapping_blocks(yard):
        yield error(f"block {one.name}", f"overlaps block {other.name}", point)
    yield from _check_cranes(yard)
    fence = shapely.polygons(yard.fence_yard_m)
    lanes = {lane.block for lane in yard.lanes if lane.kind is LaneKind.TRUCK_LANE}
    for block, outline in zip(yard.blocks, _outlines(yard.blocks), strict=True):
        where, middle = f"block {block.name}", _middle(outline)
        if fence.is_valid and not fence.covers(outline.buffer(-0.005)):
            yield error(where, "reaches beyond the fence", middle)
        yield from _check_block(block, where, middle)
        if block.truck_lane_side is not Side.NONE and block.name not in lanes:
            yield warning(where, "has no truck lane", middle)
    yield from _check_zones(yard)
    yield from _check_truck_lanes(yard)


def _check_block(block: Block, where: str, middle: Point) -> Iterator[Finding]:
    lowest = block.tiers * LOWEST_BOX_M
    if lowest > block.height_limit_m + 0.01:
        yield warning(
            where,
            f"{block.tiers} tiers of standard boxes are {lowest:.2f} m high, "
            f"its height limit is {block.height_limit_m:.2f} m",
            middle,
        )
    if block.bay_pitch_m < 6.058:
        yield error(where, f"bay pitch {block.bay_pitch_m:.3f} m is less than a 20 ft box is long", middle)
    if block.row_pitch_m < 2.438:
        yield error(where, f"row pitch {block.row_pitch_m:.3f} m is less than a box is wide", middle)


def crane_tracks(block: Block) -> list[shapely.Polygon]:
    """Give the two strips in which the legs of a block's gantry crane travel, none without a gantry."""
    if block.kind not in GANTRY_KINDS:
        return []
    left = block.width_m + (TRUCK_LANE_M if block.truck_lane_side is Side.LEFT else 0.0)
    right = -TRUCK_LANE_M if block.truck_lane_side is Side.RIGHT else 0.0
    return [
        shapely.Polygon(
            [
                block.yard_from_block(u, v)
                for u, v in ((0, v0), (block.length_m, v0), (block.length_m, v1), (0, v1))
            ]
        )
        for v0, v1 in ((right - CRANE_TRACK_M, right), (left, left + CRANE_TRACK_M))
    ]


def _check_cranes(yard: Yard) -> Iterator[Finding]:
    """Give where a crane's legs would run into another block."""
    tracks = [(block, track) for block in yard.blocks for track in crane_tracks(block)]
    outlines = _outlines(yard.blocks)
    if not tracks:
        return
    shapes = np.array([track for _, track in tracks], object)
    for t, b in shapely.STRtree(outlines).query(shapes, predicate="intersects").T.tolist():
        block, track = tracks[t]
        common = track.intersection(outlines[b])
        if yard.blocks[b] is not block and common.area > OVERLAP_M2:
            yield error(
                f"block {block.name}",
                f"its crane's track crosses block {yard.blocks[b].name}",
                _middle(common),
            )


def _check_zones(yard: Yard) -> Iterator[Finding]:
    outlines = _outlines(yard.blocks)
    fence = shapely.polygons(yard.fence_yard_m)
    if not fence.is_valid:
        yield error("fence", "crosses itself", yard.fence_yard_m[0])
        return
    for zone in yard.zones:
        ring = shapely.polygons(zone.ring_yard_m)
        where = f"zone {zone.name}"
        if not ring.is_valid:
            yield error(where, "its outline crosses itself", zone.ring_yard_m[0])
            continue
        if not fence.intersects(ring):
            yield warning(where, "lies outside the fence", _middle(ring))
        if zone.kind not in (ZoneKind.BUILDING, ZoneKind.EXCLUSION):
            continue
        for block, gap, outline in zip(yard.blocks, shapely.distance(outlines, ring), outlines, strict=True):
            if ring.intersection(outline).area > OVERLAP_M2:
                yield error(where, f"stands in block {block.name}", _middle(ring))
            elif zone.kind is ZoneKind.BUILDING and block.tiers > 1 and gap < FROM_BUILDING_M:
                text = f"is {gap:.1f} m from block {block.name}: within 6 m nothing stands over one high"
                yield warning(where, text, _middle(ring))


def _check_truck_lanes(yard: Yard) -> Iterator[Finding]:
    by_name = {block.name: block for block in yard.blocks}
    for lane in yard.lanes:
        block = by_name.get(lane.block)
        if lane.kind is not LaneKind.TRUCK_LANE:
            continue
        where, start = f"lane {lane.name}", lane.centre_line_yard_m[0]
        if block is None:
            yield error(where, "is a truck lane that serves no block", start)
            continue
        line = shapely.linestrings(lane.centre_line_yard_m)
        wanted_v = truck_lane_v_m(block)
        served = [block.yard_from_block(u, wanted_v) for u in np.linspace(0.0, block.length_m, 5)]
        away = float(shapely.distance(line, shapely.points(served)).max())
        allowed = 8.0 if block.kind in REACHED_KINDS else LANE_AWAY_M
        if away > allowed:
            yield error(
                where,
                f"runs up to {away:.1f} m from where trucks for block {block.name} have to stand",
                served[2],
            )


def _outlines(blocks: tuple[Block, ...]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([shapely.Polygon(block.outline()) for block in blocks], object)


def _middle(shape: shapely.Geometry) -> Point:
    point = shape.representative_point()
    return (math.nan, math.nan) if point.is_empty else (point.x, point.y)
