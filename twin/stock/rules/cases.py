"""Boxes and places in pairs: what the rules look at, worked out when one asks.

An :class:`Arriving` case is one box before many places; a :class:`Standing` case is many boxes, each
in the place where it stands, before what was below it when it was set. The rules see no difference.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from twin.stock import apart, segregation, sizes
from twin.stock.moves import LEVEL_M
from twin.stock.rules.conditions import Conditions
from twin.stock.rules.terrain import Index, Terrain
from twin.stock.rules.tops import tops_of
from twin.stock.table import Customs, Stock
from twin.tables import Flags, Floats, Ints

_PITCH_M = np.full(128, np.inf)
"""Least length of a place by nominal length of a box [m]; no place is long enough for one not known."""
for _length, _long_m in sizes.LENGTH_M.items():
    _PITCH_M[_length] = (_long_m + (sizes.END_GAP_M if _length == 45 else 0.0)) / (1 if _length == 20 else 2)


@dataclass(frozen=True, slots=True)
class Box:
    """What the rules ask of a box.

    ``imdg`` and ``type_code`` are empty, ``line`` is -1 where it is not known: what then cannot be
    judged by it is allowed. ``held`` is under customs' hold or selected for inspection.
    """

    length_ft: int
    height_m: float
    gross_kg: float
    live: bool
    imdg: bytes
    empty: bool
    line: int = -1
    held: bool = False

    @classmethod
    def of(cls, stock: Stock, row: int) -> "Box":
        """Give the box of a row."""
        return cls(
            int(stock.length_ft[row]), float(stock.height_m[row]), float(stock.gross_kg[row]),
            bool(np.isfinite(stock.setpoint_c[row])), bytes(stock.imdg[row]), bool(stock.empty[row]),
            int(stock.line[row]), int(stock.customs[row]) in HELD,
        )  # fmt: skip


HELD = (Customs.SELECTED, Customs.HELD)
"""Customs states in which a box will be looked at, or may not leave."""


class Case:
    """Pairs of boxes and places, n of them; what is of the one box of all pairs is a plain value.

    Attributes
    ----------
    terrain, stock, conditions
    low, second : (n,) int, or a slice of all
        The ground slots of each pair; the same object where no box is long.
    long, pitch_m, height_m, gross_kg, live, group, empty, line, held
        Of the boxes; ``group`` is the row of the segregation table, -1 without dangerous goods.
    tier, rest_m : (n,)
        The tier from 0 that it is or would be in, and the height of what it rests on [m].
    under, beside : (n,) int32
        The rows below it at its two places, -1 where it is the ground.
    standing : bool
    """

    terrain: Terrain
    stock: Stock
    conditions: Conditions
    low: Any
    second: Any
    long: Any
    pitch_m: Any
    height_m: Any
    gross_kg: Any
    live: Any
    group: Any
    empty: Any
    line: Any
    held: Any
    tier: Any
    rest_m: Any
    under: Ints
    beside: Any
    standing = False

    def at(self, column: Any, which: Index | None = None) -> Any:
        """Give a column of the ground slots at the lower places, of all pairs or of some."""
        return column[self.low if which is None else self.low[which]]

    def either(self, flags: Flags, which: Index | None = None) -> Flags:
        """Tell where one of the two places has a mark, of all pairs or of some."""
        low: Flags = self.at(flags, which)
        if self.second is self.low:
            return low
        one: Flags = low | flags[self.second if which is None else self.second[which]]
        return one

    def both(self, flags: Flags, which: Index | None = None) -> Flags:
        """Tell where both places have a mark, of all pairs or of some."""
        low: Flags = self.at(flags, which)
        if self.second is self.low:
            return low
        both: Flags = low & flags[self.second if which is None else self.second[which]]
        return both

    def only(self, asked: Any, judge: Callable[[Index | None], Any]) -> Any:
        """Judge the pairs that are asked about, (n,) bool or one for all: by indices, or None for all.

        Returns
        -------
        (n,) bool, optional
            False where it was not asked; None where it was nowhere.
        """
        if np.ndim(asked) == 0:
            return judge(None) if asked else None
        which = np.flatnonzero(asked)
        if not len(which):
            return None
        broken = np.zeros(len(asked), bool)
        broken[which] = judge(which)
        return broken

    def marked(self, grounds: tuple[int, ...]) -> Flags:
        """Give a mark on some ground slots: (g,) bool; numbers that are no slot are passed over."""
        marks = np.zeros(len(self.terrain.slots), bool)
        which = np.array(grounds, np.intp)
        marks[which[(which >= 0) & (which < len(marks))]] = True
        return marks

    def under_has(self, column: Any) -> Flags:
        """Tell where a box right below has a mark: ``column`` is (boxes,) bool."""
        if not len(column):
            return np.zeros(len(self.under), bool)
        low: Flags = (self.under >= 0) & column[self.under]
        if self.second is self.low:
            return low
        differ = np.flatnonzero(self.under != self.beside)
        beside = self.beside[differ]
        low[differ] |= (beside >= 0) & column[beside]
        return low

    @property
    def on_empty(self) -> Flags:
        """Tell where an empty box is right below."""
        return self.under_has(self.stock.empty)

    @cached_property
    def block(self) -> Index:
        """The block of each place."""
        block: Index = self.at(self.terrain.block)
        return block

    @cached_property
    def under_20(self) -> Flags:
        """Tell where a 20 ft box is right below the lower place."""
        return self._is_20(self.under)

    def _is_20(self, rows: Ints) -> Flags:
        if not len(self.stock):
            return np.zeros(len(rows), bool)
        found: Flags = (rows >= 0) & (self.stock.length_ft[rows] == 20)
        return found

    @cached_property
    def carries(self) -> Flags:
        """Tell where a long box has one long box, or two level 20 ft boxes, or the ground below it."""
        short = self.under_20 & self._is_20(self.beside)
        carried: Flags = (self.under == self.beside) | (short & self.level)
        return carried

    @property
    def level(self) -> Flags:
        """Tell where the two places are level; only read where both have a 20 ft box below."""
        raise NotImplementedError

    @property
    def close(self) -> Flags:
        """Tell where dangerous goods would be, or are, too close to others."""
        raise NotImplementedError

    @cached_property
    def below_kg(self) -> Floats:
        """What is right below each box, two 20 ft boxes together [kg]; inf on the ground."""
        if not len(self.stock):
            return np.full(len(self.under), np.inf)
        kg, inf = self.stock.gross_kg, np.inf
        low_kg: Floats = np.where(self.under >= 0, kg[self.under], inf)
        if self.second is self.low:
            return low_kg
        two = (self.beside >= 0) & (self.beside != self.under)
        return np.where(two, low_kg + kg[self.beside], low_kg)

    @cached_property
    def load_kg(self) -> Floats:
        """The load on each lower and upper place with the box, the greater of the two [kg]."""
        raise NotImplementedError

    @cached_property
    def around(self) -> Any:
        """How high the highest stack beside each place is, in tiers."""
        counts = np.append(self.stock.count, np.int8(0))
        down, up, back, on = (counts[self.at(beside)] for beside in self.terrain.beside)
        around = np.maximum(np.maximum(down, up), back)
        if self.second is self.low:
            return np.maximum(around, on)
        down, up, _, on_from_second = (counts[beside[self.second]] for beside in self.terrain.beside)
        end = np.where(self.long, on_from_second, on)
        return np.maximum(np.maximum(around, end), np.maximum(down, up))


class Arriving(Case):
    """One box before places: all ground slots of the yard, or those named."""

    def __init__(
        self, terrain: Terrain, stock: Stock, conditions: Conditions, box: Box, grounds: Index | None = None
    ) -> None:
        """Set a box before ``grounds``, None for all."""
        self.terrain, self.stock, self.conditions, self.box = terrain, stock, conditions, box
        self.low = slice(None) if grounds is None else grounds
        self.long = box.length_ft != 20
        self.second = terrain.second[self.low] if self.long else self.low
        self.pitch_m = _PITCH_M[box.length_ft] if 0 <= box.length_ft < 128 else np.inf
        self.height_m, self.gross_kg, self.live = box.height_m, box.gross_kg, box.live
        self.group = segregation.group_of(box.imdg)
        self.empty, self.line, self.held = box.empty, box.line, box.held
        self.tier = self.at(stock.count)
        self.rest_m = self.at(stock.top_m)
        self.tops = tops_of(terrain, stock) if grounds is None else None
        if self.long:
            two = self.tops
            self.rest_m = np.maximum(self.rest_m, stock.top_m[self.second]) if two is None else two.rest_m
        if self.tops is not None:
            self.under = self.tops.row
            self.under_20 = self.tops.short
            if self.long:
                self.carries = self.tops.carries
        else:
            self.under = self._tops(terrain.here[self.low], self.tier)

    @cached_property
    def beside(self) -> Ints:
        """The boxes below at the upper places."""
        if not self.long:
            return self.under
        if self.tops is not None:
            rows: Ints = self.tops.row[self.second]
            return rows
        return self._tops(self.second, self.stock.count[self.second])

    @cached_property
    def on_empty(self) -> Flags:
        """Tell where an empty box is right below."""
        if self.tops is None:
            return super().on_empty
        return self.tops.empty_two if self.long else self.tops.empty

    def _tops(self, grounds: Index, count: Any) -> Ints:
        tiers = self.stock.occupant.shape[1]
        flat = grounds * tiers + np.maximum(count, 1) - 1
        tops: Ints = self.stock.occupant.ravel()[flat]
        return tops

    @cached_property
    def level(self) -> Flags:
        """Tell where the two stacks end at one height."""
        stock = self.stock
        apart_m = np.abs(self.at(stock.top_m) - stock.top_m[self.second])
        even: Flags = (self.tier == stock.count[self.second]) & (apart_m <= LEVEL_M)
        return even

    @cached_property
    def close(self) -> Flags:
        """Tell where its dangerous goods would be too close to what stands."""
        if self.group < 0:
            return np.zeros(len(self.under), bool)
        slots = self.terrain.slots
        if isinstance(self.low, slice):
            return self.either(apart.close_places(slots, self.stock, self.box.imdg))
        # A few places: only what is about them is looked at, and exactly.
        asked = np.unique(np.concatenate((self.low, self.second)))
        return self.either(segregation.too_close(self.stock, slots, self.box.imdg, asked))

    @cached_property
    def load_kg(self) -> Floats:
        """The load on the places with the box [kg]: half of a long one's mass on each."""
        stock, slots = self.stock, self.terrain.slots
        share = np.where(stock.length_ft == 20, 1.0, 0.5) * stock.gross_kg
        filled = stock.occupant >= 0
        load_kg = (
            np.where(filled, share[stock.occupant], 0.0).sum(axis=1) if len(share) else np.zeros(len(slots))
        )
        mine_kg = self.gross_kg * (0.5 if self.long else 1.0)
        most_kg: Floats = np.maximum(load_kg[self.low], load_kg[self.second]) + mine_kg
        return most_kg


class Standing(Case):
    """Boxes that stand, each in its place."""

    standing = True

    def __init__(self, terrain: Terrain, stock: Stock, conditions: Conditions, rows: Index) -> None:
        """Look at standing boxes by their rows."""
        self.terrain, self.stock, self.conditions, self.rows = terrain, stock, conditions, rows
        low = stock.ground[rows].astype(np.intp)
        length_ft = stock.length_ft[rows]
        self.low, self.long = low, length_ft != 20
        self.second = np.where(self.long, terrain.second[low], low)
        self.length_ft = length_ft
        self.height_m, self.gross_kg = stock.height_m[rows], stock.gross_kg[rows]
        self.live = np.isfinite(stock.setpoint_c[rows])
        self.empty = stock.empty[rows]
        self.tier, self.rest_m = stock.tier[rows], stock.bottom_m[rows]
        tiers, flat = stock.occupant.shape[1], stock.occupant.ravel()
        ground = self.tier <= 0
        # On the ground the place before is read, whatever it is, and not counted.
        below = low * tiers
        below += self.tier
        below -= 1
        self.under = flat.take(below, mode="clip")
        self.under[ground] = -1
        below += (self.second - low) * tiers
        self.beside = flat.take(below, mode="clip")
        self.beside[ground] = -1

    @cached_property
    def pitch_m(self) -> Floats:
        """Least length of a place for each box [m]."""
        found: Floats = _PITCH_M[np.maximum(self.length_ft, 0)]
        return found

    @cached_property
    def line(self) -> Any:
        """The line of each box."""
        return self.stock.line[self.rows]

    @cached_property
    def carries(self) -> Flags:
        """Tell where a long box has one long box, or two level 20 ft boxes, or the ground below it."""
        carried: Flags = self.under == self.beside
        two = np.flatnonzero(~carried)
        if len(two):
            carried[two] = self._is_20(self.under[two]) & self._is_20(self.beside[two]) & self.level[two]
        return carried

    @cached_property
    def held(self) -> Flags:
        """Which are under customs' hold or selected for inspection."""
        return np.isin(self.stock.customs[self.rows], HELD)

    @cached_property
    def group(self) -> Any:
        """Whether each holds dangerous goods: 0 where it does, -1 where not."""
        return segregation.dangerous_among(self.stock.imdg, self.rows).view(np.int8) - np.int8(1)

    @cached_property
    def level(self) -> Flags:
        """Tell where the faces of the two boxes below are at one height."""
        stock, level = self.stock, np.zeros(len(self.rows), bool)
        two = np.flatnonzero((self.under != self.beside) & (self.under >= 0) & (self.beside >= 0))
        one, other = (
            stock.bottom_m[rows[two]] + stock.height_m[rows[two]] for rows in (self.under, self.beside)
        )
        level[two] = np.abs(one - other) <= LEVEL_M
        return level

    @cached_property
    def clash(self) -> Ints:
        """The box that each one's dangerous goods are too close to, -1 where there is none."""
        return apart.clashes(self.terrain.slots, self.stock, self.rows)

    @cached_property
    def close(self) -> Flags:
        """Tell which are too close to other dangerous goods."""
        return self.clash >= 0

    @cached_property
    def load_kg(self) -> Floats:
        """The load of each box and what is below it [kg], on the more loaded of its places."""
        stock = self.stock
        share = np.where(stock.length_ft == 20, 1.0, 0.5) * stock.gross_kg
        most = np.zeros(len(self.rows))
        for grounds in (self.low, self.second):
            boxes = stock.occupant[grounds]
            counted = (boxes >= 0) & (np.arange(boxes.shape[1]) <= self.tier[:, None])
            most = np.maximum(most, np.where(counted, share[boxes], 0.0).sum(axis=1))
        return most
