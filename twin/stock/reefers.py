"""What reefers last said of themselves, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.stock.notices import rows_of
from twin.stock.table import Stock
from twin.tables import Bytes, Floats, Ints, Longs, Table, Texts

NUMBER_BYTES = 11


@dataclass(frozen=True, eq=False)
class Reefers(Table):
    """The newest word of each reefer, one row each, in the order of their numbers.

    Attributes
    ----------
    number : (n,) S11
    row : (n,) int32
        Row of the stock, -1 where no such box is known.
    supply_c, return_c, setpoint_c : (n,) float
        Air that it blows out and takes in, and what it is set to [deg C]; NaN where it does not say.
    powered : (n,) int8
        1 and 0; -1 where it does not say.
    heard_ns : (n,) int64
        When its newest word was measured [ns UTC].
    """

    number: Texts
    row: Ints
    supply_c: Floats
    return_c: Floats
    setpoint_c: Floats
    powered: Bytes
    heard_ns: Longs

    def __len__(self) -> int:
        """Give the number of reefers that were heard."""
        return len(self.number)

    def take(self, rows: Any) -> "Reefers":
        """Give the named rows, or those where a mask is True."""
        return Reefers(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def no_reefers() -> Reefers:
    """Give a table without a row."""
    f = np.empty(0)
    return Reefers(
        np.empty(0, f"S{NUMBER_BYTES}"), np.empty(0, np.int32), f, f, f, np.empty(0, np.int8),
        np.empty(0, np.int64),
    )  # fmt: skip


def reefers_of(told: Sequence[tuple[bytes, float, float, float, int, int]], stock: Stock) -> Reefers:
    """Give a table of what reefers said.

    Parameters
    ----------
    told : sequence of (number, supply_c, return_c, setpoint_c, powered, heard_ns)
        In the order of their numbers, each once.
    stock : Stock
    """
    number, supply, back, setpoint, powered, heard = zip(*told, strict=True)
    return Reefers(
        np.array(number, f"S{NUMBER_BYTES}"), rows_of(stock, number), np.array(supply, float),
        np.array(back, float), np.array(setpoint, float), np.array(powered, np.int8),
        np.array(heard, np.int64),
    )  # fmt: skip


def with_words(before: Reefers, new: Reefers) -> Reefers:
    """Give both in one table; of a reefer in both the new row counts."""
    kept = before.take(~np.isin(before.number, new.number)) if len(before) else before
    names = Reefers.__dataclass_fields__
    both = Reefers(**{name: np.concatenate((getattr(kept, name), getattr(new, name))) for name in names})
    return both.take(np.argsort(both.number, kind="stable"))


def located(reefers: Reefers, stock: Stock) -> Reefers:
    """Give the reefers with their rows in a stock to which boxes were added; the same object where all have.

    Notes
    -----
    A row that has its box is not looked up: rows stay, but for those of boxes that one late word puts in
    another order.
    """
    if not len(reefers) or not len(stock):
        return reefers
    at = np.clip(reefers.row, 0, len(stock) - 1)
    astray = np.flatnonzero((reefers.row < 0) | (stock.number[at] != reefers.number))
    if not len(astray):
        return reefers
    found = rows_of(stock, reefers.number[astray].tolist())
    if np.array_equal(found, reefers.row[astray]):
        return reefers
    row = reefers.row.copy()
    row[astray] = found
    return reefers.with_columns(row=row)
