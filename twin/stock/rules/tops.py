"""What is on top of every stack, kept from one stock to the next: only stacks that differ are looked at."""

import threading
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from twin.stock.changes import Index, changed_rows
from twin.stock.moves import LEVEL_M
from twin.stock.rules.terrain import Terrain
from twin.stock.table import Place, Stock
from twin.tables import Flags, Floats, Ints
from twin.yard.slots import Slots

_LOOKED_AT = (
    "place", "ground", "tier", "length_ft", "height_m", "empty", "gross_kg", "departs_ns", "line", "flow",
)  # fmt: skip
"""The columns that what is kept of stacks is worked out from, here and by those who weigh them."""


@dataclass(eq=False)
class Tops:
    """The topmost box of every stack of one stock; who asks for another stock changes it.

    Attributes
    ----------
    row : (g,) int32
        Its row, -1 on the bare ground.
    short, empty : (g,) bool
        It is 20 ft; it is empty. False on the bare ground.
    kg : (g,) float
        Its mass; inf on the bare ground.
    carries : (g,) bool
        A long box rests well on this ground slot and the next one.
    empty_two : (g,) bool
        An empty box is topmost on this ground slot or the next one.
    rest_m : (g,) float
        How high a long box would rest on the two [m].
    """

    second: Index
    stock: Stock
    row: Ints = field(init=False)
    short: Flags = field(init=False)
    empty: Flags = field(init=False)
    kg: Floats = field(init=False)
    carries: Flags = field(init=False)
    empty_two: Flags = field(init=False)
    rest_m: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Look at all stacks."""
        g = len(self.second)
        self.row, self.kg = np.full(g, -1, np.int32), np.full(g, np.inf)
        self.short, self.empty, self.carries, self.empty_two = (np.zeros(g, bool) for _ in range(4))
        self.rest_m = np.zeros(g)
        self._renew(np.arange(g), np.arange(g))

    def take(self, terrain: Terrain, stock: Stock) -> None:
        """Look at another stock of the same yard."""
        before = self.stock
        if before is stock:
            return
        self.stock = stock
        grounds = differing_places(terrain, before, stock)
        if len(grounds):
            lower = terrain.beside[2, grounds]
            pairs = np.unique(np.concatenate((grounds, lower[lower < len(self.second)])))
            self._renew(grounds, pairs)

    def _renew(self, which: Index, pairs: Index) -> None:
        stock = self.stock
        count = stock.count[which].astype(np.intp)
        row = stock.occupant[which, np.maximum(count, 1) - 1]
        there = row >= 0
        self.row[which] = row
        if len(stock):
            self.short[which] = there & (stock.length_ft[row] == 20)
            self.empty[which] = there & stock.empty[row]
            self.kg[which] = np.where(there, stock.gross_kg[row], np.inf)
        upper = self.second[pairs]
        low_m, high_m = stock.top_m[pairs], stock.top_m[upper]
        self.rest_m[pairs] = np.maximum(low_m, high_m)
        self.empty_two[pairs] = self.empty[pairs] | self.empty[upper]
        even = stock.count[pairs] == stock.count[upper]
        even &= np.abs(low_m - high_m) <= LEVEL_M
        even &= self.short[pairs] & self.short[upper]
        self.carries[pairs] = even | (self.row[pairs] == self.row[upper])


class _Kept(threading.local):
    """The tops that one thread keeps: they change as it asks, so no other thread may look at them."""

    def __init__(self) -> None:
        self.latest: WeakKeyDictionary[Slots, Tops] = WeakKeyDictionary()
        self.differing: tuple[Any, Any, Any, Index] | None = None


_KEPT = _Kept()


def tops_of(terrain: Terrain, stock: Stock) -> Tops:
    """Give the tops of a stock: those kept, brought up to date, or all anew."""
    kept = _KEPT.latest.get(terrain.slots)
    if kept is not None and kept.stock.occupant.shape == stock.occupant.shape:
        kept.take(terrain, stock)
        return kept
    found = Tops(terrain.second, stock)
    _KEPT.latest[terrain.slots] = found
    return found


def differing_places(terrain: Terrain, before: Stock, stock: Stock) -> Index:
    """Give the ground slots whose boxes differ between two stocks of a yard, in rising order.

    The answer is kept for who asks about the same two stocks next; who asks does not change it.
    """
    kept = _KEPT.differing
    if kept is not None and kept[0]() is terrain and kept[1]() is before and kept[2]() is stock:
        return kept[3]
    n = min(len(before), len(stock))
    rows = changed_rows(before, stock, _LOOKED_AT)
    old = places_of_rows(terrain, before, np.concatenate((rows, np.arange(n, len(before)))))
    new = places_of_rows(terrain, stock, np.concatenate((rows, np.arange(n, len(stock)))))
    found: Index = np.unique(np.concatenate((old, new)))
    _KEPT.differing = (ref(terrain), ref(before), ref(stock), found)
    return found


def places_of_rows(terrain: Terrain, stock: Stock, rows: Index) -> Index:
    """Give the ground slots of those of some boxes that stand."""
    standing = rows[stock.place[rows] == Place.STACKED]
    low = stock.ground[standing].astype(np.intp)
    return np.concatenate((low, terrain.second[low[stock.length_ft[standing] != 20]]))
