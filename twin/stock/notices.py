"""The rows of the stock: containers made known by messages, and found by their number."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.errors import StockError
from twin.stock import sizes
from twin.stock.table import LINES, BoxNotice, Customs, Flow, Place, Stock
from twin.tables import Ints
from twin.yard.slots import Slots

MOST_KG = 100_000
"""No container weighs more [kg]."""
NOT_KNOWN_NS = int(np.iinfo(np.int64).max)
"""Departure of a box of which none is known."""
_TYPES: dict[str, Any] = {
    "number": "S11", "type_code": "S4", "length_ft": np.int8, "height_m": float, "gross_kg": float,
    "empty": bool, "line": np.int8, "flow": np.int8, "customs": np.int8, "setpoint_c": float,
    "imdg": "S4", "departs_ns": np.int64, "place": np.int8, "ground": np.int32, "tier": np.int8,
    "carrier": np.int32, "seen_ns": np.int64, "bottom_m": float,
}  # fmt: skip
NOWHERE = {"place": Place.ANNOUNCED, "ground": -1, "tier": -1, "carrier": -1, "bottom_m": np.nan}
"""The columns that say where a container is, for one that is nowhere in the yard."""


def empty_stock(slots: Slots) -> Stock:
    """Give the stock of a yard in which no container was ever seen."""
    tiers = int(slots.tiers.max(initial=1))
    return Stock(
        **{name: np.empty(0, dtype) for name, dtype in _TYPES.items()},
        occupant=np.full((len(slots), tiers), -1, np.int32),
        top_m=np.zeros(len(slots)),
        count=np.zeros(len(slots), np.int8),
    )


def rows_of(stock: Stock, numbers: Sequence[str | bytes]) -> Ints:
    """Give the row of each number.

    Returns
    -------
    (n,) int32
        -1 where no container of that number was ever seen. A number asked for twice is found twice.
    """
    rows = np.full(len(numbers), -1, np.int32)
    if not len(numbers) or not len(stock):
        return rows
    wanted, inverse = np.unique(np.array(sizes.texts(numbers)), return_inverse=True)
    if len(wanted) == 1:
        found = np.flatnonzero(stock.number == wanted[0])
        return np.full(len(numbers), found[0] if len(found) else -1, np.int32)
    place = np.minimum(np.searchsorted(wanted, stock.number), len(wanted) - 1)
    hits = np.flatnonzero(wanted[place] == stock.number)
    row_of_wanted = np.full(len(wanted), -1, np.int32)
    row_of_wanted[place[hits]] = hits
    return row_of_wanted[inverse].astype(np.int32)


def announce(stock: Stock, notices: Sequence[BoxNotice]) -> Stock:
    """Take containers in that messages tell of, or what they tell anew of those known.

    A number not known becomes a row, ANNOUNCED; one that has left is announced again; one that is
    here keeps its place. Of several notices of one number the last counts.

    Raises
    ------
    StockError
        Where a notice cannot be of a container (no number, a type without a slot, a mass that is no
        number), or changes the size of one that stands in a stack.
    """
    for why in refusals(notices):
        if why:
            raise StockError(why)
    return take_in(stock, notices)


def take_in(stock: Stock, notices: Sequence[BoxNotice]) -> Stock:
    """Take containers in as :func:`announce` does, of notices that :func:`refusals` says nothing against.

    Raises
    ------
    StockError
        Where one changes the size of a container that stands in a stack.
    """
    if not notices:
        return stock
    latest = tuple({notice.number: notice for notice in notices}.values())
    told = _columns_of(latest)
    rows = rows_of(stock, [notice.number for notice in latest])
    known = np.flatnonzero(rows >= 0)
    new = np.flatnonzero(rows < 0)
    if len(known):
        stock = _update(stock, rows[known], {name: column[known] for name, column in told.items()})
    if len(new):
        for name, value in NOWHERE.items():
            told[name] = np.full(len(rows), value, _TYPES[name])
        told["seen_ns"] = np.zeros(len(rows), np.int64)
        stock = stock.with_columns(
            **{name: np.concatenate((getattr(stock, name), told[name][new])) for name in _TYPES}
        )
    return stock


def refusals(notices: Sequence[BoxNotice]) -> list[str]:
    """Give why each notice cannot be of a container, whatever stands where; empty where it can."""
    lengths_ft = sizes.size_of(sizes.texts([notice.type_code for notice in notices]))[0]
    return [_refusal(notice, length) for notice, length in zip(notices, lengths_ft.tolist(), strict=True)]


def _refusal(notice: BoxNotice, length_ft: int) -> str:
    number = notice.number
    if not (1 <= len(number) <= 11 and number.isascii() and number.isprintable()):
        return f"box number: expected 1 to 11 ASCII characters, found {number!r}"
    if length_ft == 0 or len(notice.type_code) != 4:
        return f"box {number}: expected a type of 20, 40 or 45 ft, found {notice.type_code!r}"
    if not 0 <= notice.gross_kg <= MOST_KG:
        return f"box {number}: expected a mass of 0 to {MOST_KG} kg, found {notice.gross_kg}"
    if len(notice.imdg) > 4:
        return f"box {number}: expected an IMDG class of up to 4 characters, found {notice.imdg!r}"
    for name, top in (("line", len(LINES) - 1), ("flow", max(Flow)), ("customs", max(Customs))):
        if not 0 <= (found := getattr(notice, name)) <= top:
            return f"box {number}: expected {name} from 0 to {top}, found {found}"
    if notice.departs_ns is not None and not 0 <= notice.departs_ns <= NOT_KNOWN_NS:
        return f"box {number}: expected a departure after 1970, found {notice.departs_ns} ns"
    return ""


def _columns_of(notices: Sequence[BoxNotice]) -> dict[str, Any]:
    length_ft, height_m, _ = sizes.size_of(sizes.texts([notice.type_code for notice in notices]))
    return {
        "number": np.array([notice.number for notice in notices], "S11"),
        "type_code": np.array(sizes.texts([notice.type_code for notice in notices]), "S4"),
        "length_ft": length_ft,
        "height_m": height_m,
        "gross_kg": np.array([notice.gross_kg for notice in notices], float),
        "empty": np.array([notice.empty for notice in notices], bool),
        "line": np.array([notice.line for notice in notices], np.int8),
        "flow": np.array([notice.flow for notice in notices], np.int8),
        "customs": np.array([notice.customs for notice in notices], np.int8),
        "setpoint_c": np.array(
            [np.nan if notice.setpoint_c is None else notice.setpoint_c for notice in notices], float
        ),
        "imdg": np.array(sizes.texts([notice.imdg for notice in notices]), "S4"),
        "departs_ns": np.array(
            [NOT_KNOWN_NS if notice.departs_ns is None else notice.departs_ns for notice in notices],
            np.int64,
        ),
    }


def _update(stock: Stock, rows: Ints, told: dict[str, Any]) -> Stock:
    stands = stock.place[rows] == Place.STACKED
    other = (stock.length_ft[rows] != told["length_ft"]) | (stock.height_m[rows] != told["height_m"])
    for index in np.flatnonzero(stands & other):
        row = rows[index]
        number, stood = stock.number[row].decode("ascii", "replace"), stock.type_code[row].decode()
        says = told["type_code"][index].decode()
        raise StockError(f"box {number}: expected the size of {stood}, as it stands, found {says}")
    changed = {
        name: column for name, column in told.items()
        if not np.array_equal(getattr(stock, name)[rows], column, equal_nan=column.dtype.kind == "f")
    }  # fmt: skip
    back = rows[stock.place[rows] == Place.GONE]
    columns = stock.editable(*changed, *(("place",) if len(back) else ()))
    for name, column in changed.items():
        columns[name][rows] = column
    if len(back):
        columns["place"][back] = Place.ANNOUNCED
    return stock.with_columns(**columns) if columns else stock
