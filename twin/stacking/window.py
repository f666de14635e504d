"""The bay around a buried box, cut out of the yard: all that a solver needs, and nothing else."""

from dataclasses import dataclass

import numpy as np

from twin.clock import NS_PER_S
from twin.errors import StockError
from twin.stacking.bay import NEVER, Bay
from twin.stock import rules, segregation, sizes
from twin.stock.notices import NOT_KNOWN_NS
from twin.stock.rules import NEUTRAL, Conditions, Terrain
from twin.stock.table import Place, Stock
from twin.tables import Longs
from twin.yard.model import BlockKind, Yard
from twin.yard.slots import Slots

RANK_S = 1800
"""Departures within the same half hour count as one: the order within it is not known [s]."""
_WIDE = 4
"""How many positions to each side a plan may use where the bay itself has no room."""


@dataclass(frozen=True, slots=True)
class Window:
    """A bay as the search sees it, and what its cells and boxes are called in the yard.

    Attributes
    ----------
    bay : Bay
        Without travel times, which the solver adds.
    first : int
        The box to be freed.
    numbers, length_ft, gross_kg : per box.
    block : str
    places : per cell, position and row, from 0.
    centres_m : per cell, along and across the block [m].
    barred : per cell, index into ``rules.REASONS`` for the topmost box, 0 where no fixed rule bars it.
    kind : BlockKind
    """

    bay: Bay
    first: int
    numbers: tuple[str, ...]
    length_ft: tuple[int, ...]
    gross_kg: tuple[float, ...]
    block: str
    places: tuple[tuple[int, int], ...]
    centres_m: tuple[tuple[float, float], ...]
    barred: tuple[int, ...]
    kind: BlockKind


def window_of(
    yard: Yard, slots: Slots, stock: Stock, row: int, *, wide: bool = False, conditions: Conditions = NEUTRAL
) -> Window:
    """Cut the bay of a stacked box out of the yard.

    Parameters
    ----------
    row : int
        The box to be freed.
    wide : bool
        Let boxes go to neighbouring positions too, for which the crane must travel; else they stay in
        their own bay.
    conditions : Conditions
        House rules and wind.

    Raises
    ------
    StockError
        Where the box stands in no stack.
    """
    if not 0 <= row < len(stock) or stock.place[row] != Place.STACKED:
        raise StockError(f"container row {row}: expected a box in a stack")
    ground = int(stock.ground[row])
    index = int(slots.block[ground])
    block = yard.blocks[index]
    first = int(slots.first[index])
    positions = _positions(slots, stock, row, _WIDE if wide else 0)
    cells = [first + p * block.rows + r for p in positions for r in range(block.rows)]
    boxes = sorted({int(box) for box in stock.occupant[cells].ravel() if box >= 0})
    barred = _barred_by_box(slots, stock, boxes, cells, wide)
    centres = tuple(
        ((int(slots.position[c]) + 0.5) * block.bay_pitch_m, (int(slots.row[c]) + 0.5) * block.row_pitch_m)
        for c in cells
    )
    top = int(stock.occupant[ground, stock.count[ground] - 1])
    return Window(
        bay=_bay(yard, slots, stock, cells, boxes, barred, conditions),
        first=boxes.index(row),
        numbers=tuple(bytes(stock.number[box]).decode("ascii", "replace") for box in boxes),
        length_ft=tuple(int(stock.length_ft[box]) for box in boxes),
        gross_kg=tuple(float(stock.gross_kg[box]) for box in boxes),
        block=block.name,
        places=tuple((int(slots.position[cell]), int(slots.row[cell])) for cell in cells),
        centres_m=centres,
        barred=tuple(barred[top]),
        kind=block.kind,
    )


def _bay(
    yard: Yard,
    slots: Slots,
    stock: Stock,
    cells: list[int],
    boxes: list[int],
    barred: dict[int, list[int]],
    conditions: Conditions,
) -> Bay:
    """Put the boxes and cells of a bay into the form that a search takes, without travel times."""
    cell_of = {cell: i for i, cell in enumerate(cells)}
    box_of = {box: i for i, box in enumerate(boxes)}
    stacks = [[box_of[int(box)] for box in stock.occupant[cell] if box >= 0] for cell in cells]
    # A long box that reaches out of the window stays where it is, and so does all around it.
    whole = [
        stock.length_ft[box] == 20
        or {int(stock.ground[box]), int(slots.next[stock.ground[box]])} <= cell_of.keys()
        for box in boxes
    ]
    open_cells = [i for i, stack in enumerate(stacks) if all(whole[box] for box in stack)]
    bare = rules.open_tops(stock.type_code[boxes], conditions.top_only_types)
    return Bay(
        stacks=tuple(map(tuple, stacks)),
        pair=tuple(cell_of.get(int(slots.next[cell]), -1) for cell in cells),
        tiers=_tiers(rules.terrain_of(yard, slots), cells, conditions),
        limit_m=tuple(float(slots.height_limit_m[cell]) for cell in cells),
        leaves=tuple(_rank(int(stock.departs_ns[box])) for box in boxes),
        long=tuple(
            bool(stock.length_ft[box] != 20 and inside) for box, inside in zip(boxes, whole, strict=True)
        ),
        empty=tuple(bool(stock.empty[box]) for box in boxes),
        height_m=tuple(float(stock.height_m[box]) for box in boxes),
        allowed=tuple(
            tuple(i for i in open_cells if inside and not barred[box][i])
            for box, inside in zip(boxes, whole, strict=True)
        ),
        travel_s=(),
        gross_kg=_masses_kg(stock, boxes, conditions),
        tolerance_kg=conditions.weight_tolerance_kg,
        bare=() if bare is None else tuple(bare.tolist()),
    )


def _tiers(terrain: Terrain, cells: list[int], conditions: Conditions) -> tuple[int, ...]:
    """Give how high each cell may be stacked: by its block, a building near by, the wind."""
    most = np.minimum(terrain.slots.tiers[cells], conditions.wind.tiers)
    if conditions.edges:
        most = np.where(terrain.outer[cells], np.maximum(most - 1, np.minimum(most, 1)), most)
    found: list[int] = np.where(terrain.near[cells], np.minimum(most, 1), most).astype(int).tolist()
    return tuple(found)


def _masses_kg(stock: Stock, boxes: list[int], conditions: Conditions) -> tuple[float, ...]:
    """Give the masses that count, in their classes; none where any may stand on any."""
    if not np.isfinite(conditions.weight_tolerance_kg):
        return ()
    masses_kg = stock.gross_kg[boxes]
    if step := conditions.weight_class_kg:
        masses_kg = np.floor(masses_kg / step) * step
    return tuple(masses_kg.tolist())


def _positions(slots: Slots, stock: Stock, row: int, wide: int) -> list[int]:
    """Give the positions of the bay: the box's own, and those that long boxes over it reach into."""
    ground = int(stock.ground[row])
    block = int(slots.block[ground])
    first, end = int(slots.first[block]), int(slots.first[block + 1])
    last = int(slots.position[first:end].max())
    rows = int(slots.row[first:end].max()) + 1
    low = int(slots.position[ground])
    high = low + (stock.length_ft[row] != 20)
    low, high = max(0, low - wide), min(last, high + wide)
    reached = np.arange(low, high + 1)
    cells = first + (reached[:, None] * rows + np.arange(rows)).ravel()
    over = np.unique(stock.occupant[cells])
    over = over[over >= 0]
    over = over[stock.length_ft[over] != 20]
    lower = slots.position[stock.ground[over]]
    low = int(lower.min(initial=low))
    high = int((lower + 1).max(initial=high))
    return list(range(low, high + 1))


def _barred_by_box(
    slots: Slots, stock: Stock, boxes: list[int], cells: list[int], wide: bool
) -> dict[int, list[int]]:
    """Give each box the rules that bar it from the cells; boxes that are alike share what is the same."""
    alike: dict[object, Longs] = {}
    close = _barred_by_danger(slots, stock, boxes, cells)
    found = {}
    for box in boxes:
        position, length_ft = int(slots.position[stock.ground[box]]), int(stock.length_ft[box])
        key = position, length_ft, bool(np.isfinite(stock.setpoint_c[box]))
        if key not in alike:
            alike[key] = _barred(slots, stock, box, cells, wide)
        codes = alike[key]
        found[box] = (np.where(codes, codes, close[box]) if box in close else codes).tolist()
    return found


def _barred_by_danger(slots: Slots, stock: Stock, boxes: list[int], cells: list[int]) -> dict[int, Longs]:
    """Give for each box with dangerous goods the rule about them that bars it from each cell, 0 for none."""
    rows = np.array(boxes)[segregation.holds_dangerous(stock.imdg[boxes])]
    if not len(rows):
        return {}
    part = np.array(cells)
    follows = np.where(slots.next[part] >= 0, slots.next[part], part)
    second = np.where(stock.length_ft[rows, None] != 20, follows, part)
    close = segregation.too_close_each(stock, slots, rows, np.union1d(part, follows))
    codes = np.where(close[:, part] | np.take_along_axis(close, second, axis=1), rules.TOO_CLOSE, 0)
    codes[~(slots.dangerous[part] & slots.dangerous[second])] = rules.NOT_DANGEROUS
    return dict(zip(rows.tolist(), codes, strict=True))


def _barred(slots: Slots, stock: Stock, box: int, cells: list[int], wide: bool) -> Longs:
    """Give the fixed rule that bars a box from each cell whatever is in it, 0 where none does."""
    part = np.array(cells)
    long = stock.length_ft[box] != 20
    second = np.where(slots.next[part] >= 0, slots.next[part], part) if long else part
    codes = np.zeros(len(part), np.int64)
    if np.isfinite(stock.setpoint_c[box]):
        codes[~(slots.reefer[part] | slots.reefer[second])] = rules.NO_PLUG
    if long:
        codes[slots.next[part] < 0] = rules.BLOCK_ENDS
        codes[~np.isin(second, part)] = rules.OTHER_BAY
    if not sizes.fits_pitch(int(stock.length_ft[box]), slots.bay_pitch_m[part[:1]])[0]:
        codes[:] = rules.TOO_SHORT
    if not wide:
        codes[slots.position[part] != slots.position[stock.ground[box]]] = rules.OTHER_BAY
    return codes


def _rank(departs_ns: int) -> int:
    return NEVER if departs_ns == NOT_KNOWN_NS else departs_ns // (RANK_S * NS_PER_S)
