"""Yards made to measure: the demonstration yard, a small one for tests, and large ones."""

import math
from string import ascii_uppercase

from layouts.generator.furnishing import OFFICE_M, fence, office_corner, zones
from layouts.generator.grid import Grid, build
from layouts.generator.places import Place
from layouts.generator.roads import GatePlan, LayBy
from twin.errors import YardError
from twin.yard.model import BaseStation, BlockKind, Georeference, LaneKind, Quay, Yard

ORIGIN = Georeference(epsg=4549, origin=(677394.0, 3390304.0), h0_m=15.0, rotation_rad=0.0)
"""Where the generated yards lie: CGCS2000, 3-degree zone of 120 E, south of Shanghai."""

TEU_A_BOX = 1.6
"""Of a mix of 40 % 20 ft, 57 % 40 ft and 3 % 45 ft boxes (conflowgen 3.0.1)."""
FILL = 0.65
"""Share of the places that stand full in a yard that still works well."""
MOST_BOXES = 200_000

_RTG_ROWS, _RTG_TIERS = 6, 5


def demo_yard() -> Yard:
    """Give the demonstration yard.

    Seventeen blocks of 46 bays: thirteen under RTGs, a pair under RMGs, one for reach stackers and
    one for empties; four quay cranes, two gates. 10,000 boxes fill about two thirds of it.
    """
    grid = Grid(
        columns=3,
        pairs=3,
        places=_demo_places(),
        cranes=4,
        apron={column: (_parking(2 * column), _parking(2 * column + 1)) for column in range(3)},
        north={0: (GatePlan("GATE-1"),), 1: (_inspection(4),), 2: (GatePlan("GATE-2"),)},
    )
    return _yard("Demonstration yard", grid)


def compact_yard() -> Yard:
    """Give a yard of two RTG blocks, one gate, one quay crane and parking for four tractors."""
    places = {
        (0, False, 0): Place("A01", BlockKind.RTG, 30, _RTG_ROWS, _RTG_TIERS, reefer_rows=(1, 2)),
        (0, True, 0): Place("B01", BlockKind.RTG, 30, _RTG_ROWS, _RTG_TIERS, dangerous_rows=(1, 2)),
    }
    grid = Grid(
        columns=1,
        pairs=1,
        places=places,
        cranes=1,
        apron={0: (_parking(0),)},
        north={0: (GatePlan("GATE-1", lanes=1), _inspection(2))},
    )
    return _yard("Compact yard", grid)


def large_yard(boxes: int) -> Yard:
    """Give a yard of RTG blocks that holds ``boxes`` with a third of its places left free.

    Raises
    ------
    YardError
        Where ``boxes`` is not between 1 and :data:`MOST_BOXES`.
    """
    if not 1 <= boxes <= MOST_BOXES:
        raise YardError(f"large yard, boxes: expected 1 to {MOST_BOXES}, found {boxes}")
    block_teu = 46 * _RTG_ROWS * _RTG_TIERS
    count = math.ceil(boxes * TEU_A_BOX / FILL / block_teu)
    columns = max(1, min(12, math.ceil(math.sqrt(count / 4))))
    pairs = math.ceil(count / (2 * columns))
    grid = Grid(
        columns=columns,
        pairs=pairs,
        places={
            (pair, upper, column): _large_place(pair, upper, column)
            for pair in range(pairs)
            for upper in (False, True)
            for column in range(columns)
        },
        cranes=5 if columns > 1 else 1,
        apron={column: (_parking(2 * column), _parking(2 * column + 1)) for column in range(columns)},
        north=_large_north(columns),
    )
    return _yard(f"Yard for {boxes} boxes", grid)


def row_letters(row: int) -> str:
    """Give the name of a row of blocks: A to Z, AA, AB and so on."""
    letters = ""
    row += 1
    while row:
        row, digit = divmod(row - 1, 26)
        letters = ascii_uppercase[digit] + letters
    return letters


def _demo_places() -> dict[tuple[int, bool, int], Place]:
    all_rows = tuple(range(1, _RTG_ROWS + 1))
    places = {
        (pair, upper, column): _rtg(pair, upper, column)
        for pair in range(2)
        for upper in (False, True)
        for column in range(3)
    }
    places |= {
        (0, False, 1): _rtg(0, False, 1, reefer=all_rows),
        (0, True, 1): _rtg(0, True, 1, reefer=all_rows),
        (1, True, 2): _rtg(1, True, 2, dangerous=all_rows),
        (2, False, 0): Place("E01", BlockKind.RMG, 44, 8, 5),
        (2, True, 0): Place("F01", BlockKind.RMG, 44, 8, 5),
        (2, False, 1): _rtg(2, False, 1),
        (2, True, 1): Place("F02", BlockKind.REACH_STACKER, 46, 3, 4),
        (2, False, 2): Place("E03", BlockKind.EMPTIES, 46, 6, 7),
    }
    return places


def _rtg(
    pair: int,
    upper: bool,
    column: int,
    *,
    reefer: tuple[int, ...] = (),
    dangerous: tuple[int, ...] = (),
) -> Place:
    name = f"{row_letters(2 * pair + upper)}{column + 1:02d}"
    return Place(name, BlockKind.RTG, 46, _RTG_ROWS, _RTG_TIERS, reefer, dangerous)


def _large_place(pair: int, upper: bool, column: int) -> Place:
    all_rows = tuple(range(1, _RTG_ROWS + 1))
    number = 2 * pair + upper
    return _rtg(
        pair,
        upper,
        column,
        reefer=all_rows if number % 8 == 1 else (),
        dangerous=all_rows if number % 8 == 6 and column % 2 == 1 else (),
    )


def _large_north(columns: int) -> dict[int, tuple[LayBy | GatePlan, ...]]:
    if columns == 1:
        return {0: (GatePlan("GATE-1"), _inspection(4))}
    return {
        column: (_inspection(4, 4 * (column // 3) + 1),)
        if column % 3 == 1
        else (GatePlan(f"GATE-{column + 1}"),)
        for column in range(columns)
    }


def _parking(group: int) -> LayBy:
    return LayBy(tuple(f"P{group * 4 + k + 1:02d}" for k in range(4)), LaneKind.PARKING, 20.0)


def _inspection(lanes: int, first: int = 1) -> LayBy:
    return LayBy(tuple(f"CUSTOMS-{first + k}" for k in range(lanes)), LaneKind.INSPECTION, 40.0)


def _yard(name: str, grid: Grid) -> Yard:
    built = build(grid)
    outline = fence(grid)
    east_x = outline[1][0]
    office_x, office_y = office_corner(built)
    mast = (office_x + OFFICE_M[0] / 2, office_y + OFFICE_M[1] / 2, 15.0)
    return Yard(
        name=name,
        georeference=ORIGIN,
        fence_yard_m=outline,
        blocks=tuple(built.blocks),
        lanes=tuple(built.network.lanes),
        gates=tuple(built.gates),
        zones=zones(grid, built),
        quays=(Quay("Q", ((0.0, 0.0), (east_x, 0.0)), cranes=grid.cranes),),
        base_station=BaseStation("BASE", mast),
    )
