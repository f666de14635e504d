"""Cells that stacks stand on, and what stands there: nothing floats, no short box on a long one.

A cell is the ground of one 20 ft stack. Longer boxes take a cell and the next one of their row, in
one tier. Times are in days, counted from an instant that the caller chose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from twin.errors import StockError
from twin.tables import Flags, Floats, Longs, Table
from twin.yard.model import Block, BlockKind

ACROSS = (BlockKind.RMG, BlockKind.REACH_STACKER, BlockKind.EMPTIES, BlockKind.STRADDLE)
"""What serves these carries a box from bay to bay; an RTG relocates inside the bay."""


@dataclass(frozen=True, eq=False)
class Places(Table):
    """The cells of one block or of many, bay after bay, each bay row after row.

    Attributes
    ----------
    block, position, row : (g,) int64
        Block by its number, 20 ft position along it and row across it, all from 0.
    tiers : (g,) int64
        Highest stack.
    next : (g,) int64
        The cell one position on in the same row, -1 at the end of the block.
    across : (g,) bool
        Whether a box may be relocated to another bay of its block.
    """

    block: Longs
    position: Longs
    row: Longs
    tiers: Longs
    next: Longs
    across: Flags


def places_of(blocks: Sequence[Block]) -> Places:
    """Give the cells of blocks, closed ones left out."""
    parts = [
        _cells(number, block.bays, block.rows, block.tiers, block.kind in ACROSS)
        for number, block in enumerate(blocks)
        if not block.closed
    ]
    return _joined(parts)


def one_block(positions: int, rows: int, tiers: int, *, across: bool = False) -> Places:
    """Give the cells of one block; its boxes stay in their bay unless ``across``."""
    for name, value, most in (("positions", positions, 400), ("rows", rows, 60), ("tiers", tiers, 9)):
        if not 1 <= value <= most:
            raise StockError(f"block.{name}: expected 1 to {most}, found {value}")
    return _joined([_cells(0, positions, rows, tiers, across)])


def _cells(block: int, positions: int, rows: int, tiers: int, across: bool) -> dict[str, Longs]:
    cells = positions * rows
    index = np.arange(cells, dtype=np.int64)
    return {
        "block": np.full(cells, block, np.int64),
        "position": index // rows,
        "row": index % rows,
        "tiers": np.full(cells, tiers, np.int64),
        "next": np.where(index + rows < cells, index + rows, -1),
        "across": np.full(cells, across, np.int64),
    }


def _joined(parts: Sequence[dict[str, Longs]]) -> Places:
    if not parts:
        raise StockError("blocks: expected at least one that is not closed, found none")
    first = np.cumsum([0, *(len(part["block"]) for part in parts[:-1])])
    following = [
        np.where(part["next"] < 0, -1, part["next"] + start) for part, start in zip(parts, first, strict=True)
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns["next"] = np.concatenate(following)
    return Places(**{**columns, "across": columns["across"].astype(bool)})


class Standing:
    """What stands where, changed box by box; every put and take is checked.

    Attributes
    ----------
    places : Places
    long : (n,) bool
        Per box, whether it takes two cells.
    occupant : (g, t) int64
        Box by cell and tier, -1 where none.
    height, top : (g,) int64
        Boxes in the stack, and the topmost of them (-1 where none).
    where, tier : (n,) int64
        Per box its (lower) cell and tier from 0, -1 where it does not stand here.
    """

    def __init__(self, places: Places, long: Flags) -> None:
        cells = len(places.row)
        self.places = places
        self.long = np.asarray(long, bool)
        self.occupant = np.full((cells, int(places.tiers.max())), -1, np.int64)
        self.height = np.zeros(cells, np.int64)
        self.top = np.full(cells, -1, np.int64)
        self.where = np.full(len(self.long), -1, np.int64)
        self.tier = np.full(len(self.long), -1, np.int64)
        self._bays = np.append(np.flatnonzero(places.row == 0), cells)
        self._upper = np.where(places.next >= 0, places.next, 0)

    def may_stand(self, long: bool, cells: Longs | None = None) -> Flags:
        """Tell on which of ``cells`` (all where not given) one more box of that length may be set.

        Parameters
        ----------
        long : bool
            Whether the box takes the next cell of the row too.
        cells : (m,) int64, optional
            Lower cells.

        Returns
        -------
        (m,) bool
        """
        at = np.arange(len(self.height)) if cells is None else cells
        room = self.height[at] < self.places.tiers[at]
        top = self.top[at]
        if not long:
            return np.asarray(room & ~((top >= 0) & self.long[top]))
        upper = self._upper[at]
        other = self.top[upper]
        level = self.height[at] == self.height[upper]
        level &= self.height[upper] < self.places.tiers[upper]
        both_short = (top >= 0) & (other >= 0) & ~self.long[top] & ~self.long[other]
        return np.asarray(room & (self.places.next[at] >= 0) & level & ((top == other) | both_short))

    def bay_of(self, cell: int) -> Longs:
        """Give the cells of the bay that a cell is in, row after row."""
        bay = int(np.searchsorted(self._bays, cell, side="right"))
        return np.arange(self._bays[bay - 1], self._bays[bay])

    def cells_of(self, box: int) -> tuple[int, ...]:
        """Give the one or two cells that a standing box is in."""
        cell = int(self.where[box])
        return (cell, int(self._upper[cell])) if self.long[box] else (cell,)

    def put(self, box: int, cell: int) -> None:
        """Set a box on a cell (the lower one of a long box).

        Raises
        ------
        StockError
            Where the box stands already, or may not stand there.
        """
        if self.where[box] >= 0:
            raise StockError(f"box {box}: expected to be set once, found it in cell {self.where[box]}")
        if not self.may_stand(bool(self.long[box]), np.array([cell]))[0]:
            raise StockError(f"box {box}: expected a cell where it may stand, found {cell}")
        self.where[box] = cell
        self.tier[box] = self.height[cell]
        for each in self.cells_of(box):
            self.occupant[each, self.height[each]] = box
            self.height[each] += 1
            self.top[each] = box

    def take(self, box: int) -> None:
        """Take a topmost box away.

        Raises
        ------
        StockError
            Where it does not stand here or something stands on it.
        """
        if self.where[box] < 0 or any(self.top[cell] != box for cell in self.cells_of(box)):
            raise StockError(f"box {box}: expected a topmost box, found it buried or not here")
        for cell in self.cells_of(box):
            tier = self.height[cell] = self.height[cell] - 1
            self.occupant[cell, tier] = -1
            self.top[cell] = self.occupant[cell, tier - 1] if tier else -1
        self.where[box] = self.tier[box] = -1

    def above(self, box: int) -> list[int]:
        """Give the boxes that must be moved before this one, in an order in which they can be."""
        found: set[int] = set()
        todo = [box]
        while todo:
            each = todo.pop()
            for cell in self.cells_of(each):
                over = self.occupant[cell, self.tier[each] + 1 : self.height[cell]]
                fresh = {int(other) for other in over} - found
                found |= fresh
                todo.extend(fresh)
        return sorted(found, key=lambda other: (-int(self.tier[other]), other))

    def boxes(self) -> Longs:
        """Give the boxes that stand here, by number."""
        return np.flatnonzero(self.where >= 0)

    def relocation_cells(self, box: int, due: Iterable[int]) -> Longs:
        """Give the cells that a blocking box may be moved to, off those of the boxes that are due.

        Parameters
        ----------
        box : int
            A topmost box; taken away to look, and set back.
        due : iterable of int
            Standing boxes that nothing may be put on.

        Returns
        -------
        (m,) int64
            In the same bay where the block's crane relocates inside the bay, else in the same block.
        """
        home = int(self.where[box])
        barred = np.zeros(len(self.height), bool)
        barred[[cell for each in due for cell in self.cells_of(each)]] = True
        barred[home] = True
        if self.long[box]:
            barred |= barred[self._upper]
        places = self.places
        mine = places.block == places.block[home]
        if not places.across[home]:
            mine &= places.position == places.position[home]
        cells = np.flatnonzero(mine & ~barred)
        self.take(box)
        free = cells[self.may_stand(bool(self.long[box]), cells)]
        self.put(box, home)
        return free


def jammed(standing: Standing, long: bool, cells: Longs) -> Floats:
    """Give by how many boxes (m,) the room of a bay would fall short of what digging out needs.

    Parameters
    ----------
    standing : Standing
    long : bool
        Length of the box.
    cells : (m,) int64
        Lower cells where it may stand.

    Returns
    -------
    (m,) float
        0 where, once it stands there, each box of its stack can be dug out inside the bay.
    """
    places = standing.places
    free = np.where(standing.may_stand(long), places.tiers - standing.height, 0)
    bays = places.block * 1000 + places.position
    room, high = np.bincount(bays, free)[bays[cells]], standing.height[cells]
    short = np.maximum(high - (room - free[cells]), 0.0)
    return np.asarray(short + np.maximum(places.tiers[cells] - room, 0.0))
