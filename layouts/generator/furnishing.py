"""What stands round the blocks of a generated yard: fence, buildings, walkways, zones."""

from layouts.generator.grid import APRON_Y_M, Built, Grid
from layouts.generator.places import PAIR_M, truck_lane_m
from layouts.generator.roads import GATE_DEPTH_M, HALF_ROAD_M, LANE_PITCH_M, LayBy
from twin.yard.model import LaneKind, Point, Polygon, Zone, ZoneKind

WALKWAY_M = 2.4
HALL_M = (60.0, 18.0)
OFFICE_M = (42.0, 16.0)
WAREHOUSE_M = (110.0, 30.0)
WORKSHOP_M = (70.0, 20.0)
BLIND_M = 45.0
"""Length of a stretch between stacks in which the sky is narrow [m]."""


def fence(grid: Grid) -> Polygon:
    """Give the fence: the quay's edge and a rectangle round everything."""
    east_x = round(grid.aisle_x(grid.columns) + 30.0, 4)
    north_y = round(grid.north_y() + 2 * HALF_ROAD_M + GATE_DEPTH_M + 2.0, 4)
    return ((0.0, 0.0), (east_x, 0.0), (east_x, north_y), (0.0, north_y))


def zones(grid: Grid, built: Built) -> tuple[Zone, ...]:
    """Give the zones of a yard."""
    return (
        *_gate_area(built),
        *(zone for lay_by in built.lay_bys for zone in _inspection(*lay_by)),
        *_north_strip(grid),
        *_walkways(grid),
        *_exclusions(grid),
        *_radio_blind(grid),
    )


def rectangle(x: float, y: float, width_m: float, depth_m: float) -> Polygon:
    """Give a rectangle from its south-west corner."""
    x0, y0, x1, y1 = (round(v, 4) for v in (x, y, x + width_m, y + depth_m))
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def office_corner(built: Built) -> Point:
    """Give the south-west corner of the office, west of the first gate's portal."""
    x, y = built.gates[0].ocr_portal_yard_m
    return round(x - 16.0 - OFFICE_M[0], 4), y


def _gate_area(built: Built) -> list[Zone]:
    x, y = office_corner(built)
    width, depth = OFFICE_M
    return [
        Zone("Office", ZoneKind.BUILDING, rectangle(x, y, width, depth), 12.0),
        Zone("Office forecourt", ZoneKind.PEDESTRIAN, rectangle(x, y - 8.0, width + 5.0, 8.0)),
    ]


def _inspection(lay_by: LayBy, west_x: float, lane_y: float) -> list[Zone]:
    if lay_by.kind is not LaneKind.INSPECTION:
        return []
    x = west_x + (lay_by.length_m - lay_by.slot_m) / 2
    first, last = lane_y + lay_by.offsets_m[0], lane_y + lay_by.offsets_m[-1]
    area = rectangle(x, first - LANE_PITCH_M / 2, lay_by.slot_m, last - first + LANE_PITCH_M)
    hall_x = x + (lay_by.slot_m - HALL_M[0]) / 2
    label = "" if lay_by.names[0].endswith("-1") else f" {lay_by.names[0]}"
    return [
        Zone(f"Customs inspection{label}", ZoneKind.INSPECTION, area),
        Zone(f"Customs hall{label}", ZoneKind.BUILDING, rectangle(hall_x, last + 4.5, *HALL_M), 9.0),
    ]


def _north_strip(grid: Grid) -> list[Zone]:
    """Give the warehouse between the northern ring and the fence, where there is room for one."""
    if grid.columns < 2:
        return []
    x = grid.aisle_x(grid.columns - 1) - 60.0
    y = grid.north_y() + 2 * HALF_ROAD_M + 45.0
    return [
        Zone("Warehouse", ZoneKind.BUILDING, rectangle(x, y, *WAREHOUSE_M), 12.0),
        Zone("Fuel station", ZoneKind.EXCLUSION, rectangle(x - 60.0, y, 30.0, 18.0)),
        *_workshop(grid),
    ]


def _workshop(grid: Grid) -> list[Zone]:
    """Give the workshop, on the first place of the topmost row that no block takes."""
    pair = grid.pairs - 1
    free = [column for column in range(grid.columns) if (pair, True, column) not in grid.places]
    if not free:
        return []
    west_x, east_x = grid.lane_x(free[0])
    x = (west_x + east_x - WORKSHOP_M[0]) / 2
    return [
        Zone("Workshop", ZoneKind.BUILDING, rectangle(x, grid.lower_y()[-1] + 24.0, *WORKSHOP_M), 9.0),
    ]


def _walkways(grid: Grid) -> list[Zone]:
    """Give the walkways between blocks that stand back to back."""
    lower_y, out = grid.lower_y(), []
    for pair in range(grid.pairs - 1):
        for column in range(grid.columns):
            below, above = grid.places.get((pair, True, column)), grid.places.get((pair + 1, False, column))
            if below is None or above is None:
                continue
            y0 = lower_y[pair] + PAIR_M + below.depth_m
            y1 = lower_y[pair + 1] - above.depth_m
            west_x, east_x = grid.lane_x(column)
            ring = rectangle(west_x + 8.0, (y0 + y1 - WALKWAY_M) / 2, east_x - west_x - 16.0, WALKWAY_M)
            out.append(Zone(f"Walkway {below.name} {above.name}", ZoneKind.PEDESTRIAN, ring))
    return out


def _exclusions(grid: Grid) -> list[Zone]:
    return [Zone("Substation", ZoneKind.EXCLUSION, rectangle(4.0, APRON_Y_M + 40.0, 12.0, 24.0), 4.0)]


def _radio_blind(grid: Grid) -> list[Zone]:
    """Give two stretches beside stacks that leave a narrow sky: the first place and the last."""
    lower_y, out = grid.lower_y(), []
    lower = sorted(key for key in grid.places if not key[1])
    for number, key in enumerate(dict.fromkeys((lower[0], lower[-1])), 1):
        west_x, east_x = grid.lane_x(key[2])
        place, y = grid.places[key], lower_y[key[0]]
        beside_m = truck_lane_m(place) - place.width_m
        x = west_x + (east_x - west_x) * (0.3 if number == 1 else 0.55)
        ring = rectangle(x, y - beside_m, BLIND_M, beside_m + PAIR_M / 2)
        out.append(Zone(f"Narrow sky {number}", ZoneKind.RADIO_BLIND, ring))
    return out
