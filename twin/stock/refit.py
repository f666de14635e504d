"""What a layout edit does to the boxes that stand in the yard."""

from dataclasses import dataclass, replace

import numpy as np

from twin.stock import rules, segregation, sizes
from twin.stock.table import Place, Stock
from twin.tables import Bytes, Flags, Ints
from twin.yard.model import Yard
from twin.yard.slots import Slots

_NAMED = 5
"""How many boxes a reason names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a yard can hold: ground slots (TEU on the ground), and TEU with every tier filled."""

    ground_slots: int
    teu: int

    @classmethod
    def of(cls, slots: Slots) -> "Capacity":
        """Count the slots of a yard; one 20 ft slot is one TEU."""
        return cls(len(slots), int(slots.tiers.astype(np.int64).sum()))


@dataclass(frozen=True, eq=False)
class Refit:
    """The standing stock in the edited yard.

    Attributes
    ----------
    stock : Stock or None
        The stock with its boxes in the new slots; None where one of them would lose its place.
    refused : tuple of str
        A text a block and reason, naming boxes; empty where the edit may be made.
    displaced : (k,) int32
        The rows of the boxes that would lose their place.
    capacity_before, capacity_after : Capacity
    """

    stock: Stock | None
    refused: tuple[str, ...]
    displaced: Ints
    capacity_before: Capacity
    capacity_after: Capacity


def refit(stock: Stock, old_slots: Slots, new_yard: Yard, new_slots: Slots, old_yard: Yard) -> Refit:
    """Put the standing stock into the slots of an edited yard.

    A box keeps its block (by name; a block that only changed its name is known again), position, row
    and tier. It is displaced where that slot is gone or too short, past the tiers or the height limit,
    or where the edit takes away a rule that it stood under: a plug, a row for dangerous goods, the gap
    to other dangerous goods, a laden box's block, its line's block, the distance to a building. What was
    already against
    such a rule before the edit does not hinder it.

    Parameters
    ----------
    stock, old_slots, old_yard
        The yard as it stands.
    new_yard, new_slots
        The edited yard and its slots.
    """
    rows = np.flatnonzero(stock.place == Place.STACKED).astype(np.int32)
    ground_of = _ground_of(old_yard, old_slots, new_yard, new_slots)
    reasons = _reasons(stock, rows, ground_of, (old_yard, old_slots), (new_yard, new_slots))
    refused: list[str] = []
    displaced = np.zeros(len(stock), bool)
    for what, bad in reasons:
        fresh = rows[bad & ~displaced[rows]]
        displaced[fresh] = True
        refused += _texts(stock, old_yard, old_slots, fresh, what)
    moved = None if refused else _moved(stock, rows, ground_of, new_slots)
    return Refit(
        moved,
        tuple(refused),
        np.flatnonzero(displaced).astype(np.int32),
        Capacity.of(old_slots),
        Capacity.of(new_slots),
    )


def _ground_of(old_yard: Yard, old_slots: Slots, new_yard: Yard, new_slots: Slots) -> Ints:
    """Give the new ground slot of each old one, -1 where it is gone."""
    ground_of = np.full(len(old_slots), -1, np.int32)
    index_of = {block.name: index for index, block in enumerate(new_yard.blocks)}
    old_names = {block.name for block in old_yard.blocks}
    for index, block in enumerate(old_yard.blocks):
        new = index_of.get(block.name)
        if new is None:
            alike = [
                i for i, other in enumerate(new_yard.blocks)
                if other.name not in old_names and replace(other, name=block.name) == block
            ]  # fmt: skip
            if not alike:
                continue
            new = alike[0]
        target = new_yard.blocks[new]
        part = slice(int(old_slots.first[index]), int(old_slots.first[index + 1]))
        position, row = old_slots.position[part], old_slots.row[part]
        kept = (position < target.bays) & (row < target.rows)
        ground_of[part] = np.where(kept, new_slots.first[new] + position * target.rows + row, -1)
    return ground_of


def _reasons(
    stock: Stock, rows: Ints, ground_of: Ints, old: tuple[Yard, Slots], new: tuple[Yard, Slots]
) -> list[tuple[str, Flags]]:
    """Judge the stacked boxes by every rule: (what, (rows,) bool), the gravest first."""
    (old_yard, old_slots), (new_yard, new_slots) = old, new
    ground, long = stock.ground[rows], stock.length_ft[rows] != 20
    second = np.where(long, old_slots.next[ground], ground)
    low, high = ground_of[ground], ground_of[second]
    gone = (low < 0) | (high < 0)
    if not len(new_slots):
        return [("lose their slot", gone)]
    before, after = (ground, second), (np.maximum(low, 0), np.maximum(high, 0))
    reasons = [("lose their slot", gone), *_out_of_reach(stock, rows, after[0], new_slots)]
    line = stock.line[rows]
    was = _shelter(old_yard, old_slots, *before, line)
    now = _shelter(new_yard, new_slots, *after, line)
    always = np.ones(len(rows), bool)
    dangerous, live = stock.imdg[rows] != b"", np.isfinite(stock.setpoint_c[rows])
    tall = stock.tier[rows] > 0
    for what, asked, key in (
        ("are live reefers and lose their plug", live, "plug"),
        ("are dangerous goods and lose their row", dangerous, "row"),
        ("are laden, and the block is for empties then", ~stock.empty[rows], "laden"),
        ("stand higher than one within 6 m of a building", tall, "apart"),
        ("are of lines that the block is not for then", always, "line"),
    ):
        reasons.append((what, asked & was[key] & ~now[key]))
    if dangerous.any() and not gone.any():
        moved = stock.with_columns(ground=_new_ground(stock, rows, ground_of))
        close = _too_close(moved, new_slots) & ~_too_close(stock, old_slots)
        reasons.append(("come too close to dangerous goods of another class", close[rows]))
    return reasons


def _out_of_reach(stock: Stock, rows: Ints, ground: Ints, slots: Slots) -> list[tuple[str, Flags]]:
    """Judge the boxes by the new places, tiers and heights alone."""
    short = np.zeros(len(rows), bool)
    for length_ft in sizes.LENGTH_M:
        fits = sizes.fits_pitch(length_ft, slots.bay_pitch_m[ground])
        short |= (stock.length_ft[rows] == length_ft) & ~fits
    face_m = stock.bottom_m[rows] + stock.height_m[rows]
    return [
        ("would stand on places too short for them", short),
        ("would stand past the highest tier", stock.tier[rows] >= slots.tiers[ground]),
        ("would stand past the crane's height limit", face_m > slots.height_limit_m[ground] + 1e-9),
    ]


def _shelter(yard: Yard, slots: Slots, low: Ints, high: Ints, line: Bytes) -> dict[str, Flags]:
    """Tell what places offer to boxes over ``low`` and ``high``: plugs, rows, lines, laden boxes, height."""
    near = rules.near_building(yard, slots)
    lines = rules.terrain_of(yard, slots).lines[slots.block[low]]
    return {
        "plug": slots.reefer[low] | slots.reefer[high],
        "row": slots.dangerous[low] & slots.dangerous[high],
        "laden": ~rules.for_empties(yard)[slots.block[low]],
        "apart": ~(near[low] | near[high]),
        "line": lines >> line & 1 == 1,
    }


def _too_close(stock: Stock, slots: Slots) -> Flags:
    """Tell which stacked boxes stand too close to dangerous goods of another class: (n,) bool."""
    close = np.zeros(len(stock), bool)
    stacked = stock.place == Place.STACKED
    for imdg in np.unique(stock.imdg[stacked & (stock.imdg != b"")]):
        of_class = np.flatnonzero(stacked & (stock.imdg == imdg))
        over = segregation.too_close(stock, slots, bytes(imdg))
        long = stock.length_ft[of_class] != 20
        ground = stock.ground[of_class]
        close[of_class] = over[ground] | over[np.where(long, slots.next[ground], ground)]
    return close


def _texts(stock: Stock, yard: Yard, slots: Slots, rows: Ints, what: str) -> list[str]:
    texts = []
    block_of = slots.block[stock.ground[rows]]
    for block in np.unique(block_of):
        boxes = stock.number[rows[block_of == block]]
        named = ", ".join(number.decode("ascii", "replace") for number in boxes[:_NAMED])
        more = f" and {len(boxes) - _NAMED} more" if len(boxes) > _NAMED else ""
        texts.append(f"block {yard.blocks[block].name}: {len(boxes)} boxes {what}: {named}{more}")
    return texts


def _new_ground(stock: Stock, rows: Ints, ground_of: Ints) -> Ints:
    ground = stock.ground.copy()
    ground[rows] = ground_of[stock.ground[rows]]
    return ground


def _moved(stock: Stock, rows: Ints, ground_of: Ints, slots: Slots) -> Stock:
    """Give the stock with its stacked boxes at the new ground slots."""
    tiers = int(slots.tiers.max(initial=1))
    occupant = np.full((len(slots), tiers), -1, np.int32)
    top_m, count = np.zeros(len(slots)), np.zeros(len(slots), np.int8)
    kept = np.flatnonzero(ground_of >= 0)
    both = min(tiers, stock.occupant.shape[1])
    occupant[ground_of[kept], :both] = stock.occupant[kept, :both]
    top_m[ground_of[kept]] = stock.top_m[kept]
    count[ground_of[kept]] = stock.count[kept]
    ground = _new_ground(stock, rows, ground_of)
    return stock.with_columns(ground=ground, occupant=occupant, top_m=top_m, count=count)
