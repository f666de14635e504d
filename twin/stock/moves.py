"""What may happen to a container: announced, stacked, lifted, carried on, gone.

Every function gives a new stock and shares the columns that it did not touch. The rules here are
those of physics: nothing floats, nothing doubles, castings meet. What is wise is in ``rules``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import StockError
from twin.stock import sizes
from twin.stock.audit import check as check
from twin.stock.notices import NOT_KNOWN_NS as NOT_KNOWN_NS
from twin.stock.notices import NOWHERE
from twin.stock.notices import announce as announce
from twin.stock.notices import empty_stock as empty_stock
from twin.stock.notices import refusals as refusals
from twin.stock.notices import rows_of as rows_of
from twin.stock.notices import take_in as take_in
from twin.stock.table import Place, Stock
from twin.yard.slots import Slots

LEVEL_M = 0.01
"""Tops that differ by no more than this are level: makers' tolerance [m]."""


def stack(stock: Stock, slots: Slots, rows: ArrayLike, grounds: ArrayLike) -> Stock:
    """Put containers down in the order given, each on top of what stands there.

    Parameters
    ----------
    rows : (n,) int
        ANNOUNCED or CARRIED containers.
    grounds : (n,) int
        The ground slot, the lower of its two for a 40 or 45 ft box.

    Raises
    ------
    StockError
        Where one would float, stand on a box it cannot rest on, reach past the tiers or the crane,
        or is in a stack already. Nothing is put down then.
    """
    columns = stock.editable("place", "ground", "tier", "carrier", "bottom_m", "occupant", "top_m", "count")
    for row, ground in zip(_rows(stock, rows), np.atleast_1d(np.asarray(grounds)).tolist(), strict=True):
        place = Place(int(columns["place"][row]))
        if place not in (Place.ANNOUNCED, Place.CARRIED):
            raise StockError(f"box {_name(stock, row)}: expected announced or carried, found {place.name}")
        why = _why_not(stock, columns, slots, row, ground)
        if why:
            raise StockError(f"box {_name(stock, row)} on ground slot {ground}: {why}")
        _set_down(stock, columns, slots, row, ground)
    return stock.with_columns(**columns)


def lift(stock: Stock, slots: Slots, row: int, carrier: int) -> Stock:
    """Take a container off its stack onto a machine.

    Raises
    ------
    StockError
        Where it stands in no stack, or something stands on it.
    """
    (row,) = _rows(stock, row)
    if stock.place[row] != Place.STACKED:
        raise StockError(
            f"box {_name(stock, row)}: expected it in a stack, found {Place(int(stock.place[row])).name}"
        )
    columns = stock.editable("place", "ground", "tier", "carrier", "bottom_m", "occupant", "top_m", "count")
    _pick_up(stock, columns, slots, row)
    for name, value in (NOWHERE | {"place": Place.CARRIED, "carrier": carrier}).items():
        columns[name][row] = value
    return stock.with_columns(**columns)


def carry(stock: Stock, rows: ArrayLike, carriers: ArrayLike) -> Stock:
    """Tell which machine (fleet row) carries each of the containers, ANNOUNCED or CARRIED before.

    Raises
    ------
    StockError
        Where one stands in a stack (lift it) or has left.
    """
    listed = _rows(stock, rows)
    _expect(stock, listed, (Place.ANNOUNCED, Place.CARRIED))
    columns = stock.editable("place", "carrier")
    columns["place"][listed] = Place.CARRIED
    columns["carrier"][listed] = carriers
    return stock.with_columns(**columns)


def leave(stock: Stock, rows: ArrayLike) -> Stock:
    """Let containers go that were ANNOUNCED or CARRIED.

    Raises
    ------
    StockError
        Where one stands in a stack, or has left before.
    """
    listed = _rows(stock, rows)
    _expect(stock, listed, (Place.ANNOUNCED, Place.CARRIED))
    columns = stock.editable("place", "carrier")
    columns["place"][listed] = Place.GONE
    columns["carrier"][listed] = -1
    return stock.with_columns(**columns)


def rehearse(stock: Stock, slots: Slots, steps: Sequence[tuple[int, bool, int]]) -> tuple[int, ...]:
    """Try a sequence of moves on paper, without making a new stock.

    Parameters
    ----------
    steps : sequence of (row, stands, ground)
        The container, whether it is lifted off its stack first, and the ground slot it is put on.

    Returns
    -------
    tuple of int
        The tier that each would come to stand in.

    Raises
    ------
    StockError
        At the first move that cannot be made.
    """
    columns: dict[str, Any] = stock.editable("occupant", "top_m", "count")
    written: dict[str, dict[int, Any]] = {
        name: {} for name in ("place", "ground", "tier", "carrier", "bottom_m")
    }
    columns |= written
    tiers = []
    for row, stands, ground in steps:
        (row,) = _rows(stock, row)
        if stands:
            _pick_up(stock, columns, slots, row)
        why = _why_not(stock, columns, slots, row, ground)
        if why:
            raise StockError(f"box {_name(stock, row)} on ground slot {ground}: {why}")
        _set_down(stock, columns, slots, row, ground)
        tiers.append(int(written["tier"][row]))
    return tuple(tiers)


def top_box(stock: Stock, slots: Slots, ground: int) -> int:
    """Give the row of the topmost container over a ground slot, -1 where none stands there."""
    if not 0 <= ground < len(slots):
        raise StockError(f"ground slot: expected 0 to {len(slots) - 1}, found {ground}")
    count = int(stock.count[ground])
    return int(stock.occupant[ground, count - 1]) if count else -1


def places_of(stock: Stock, slots: Slots, row: int) -> tuple[int, ...]:
    """Give the one or two ground slots that a STACKED container stands on."""
    ground = int(stock.ground[row])
    return (ground,) if stock.length_ft[row] == 20 else (ground, int(slots.next[ground]))


def _rows(stock: Stock, rows: ArrayLike) -> list[int]:
    listed: list[int] = np.atleast_1d(np.asarray(rows)).tolist()
    for row in listed:
        if not 0 <= row < len(stock):
            raise StockError(f"container row: expected 0 to {len(stock) - 1}, found {row}")
    return listed


def _name(stock: Stock, row: int) -> str:
    return bytes(stock.number[row]).decode("ascii", "replace")


def _expect(stock: Stock, rows: list[int], places: tuple[Place, ...]) -> None:
    for row in rows:
        if (found := Place(int(stock.place[row]))) not in places:
            expected = " or ".join(place.name for place in places)
            raise StockError(f"box {_name(stock, row)}: expected {expected}, found {found.name}")


def _why_not(stock: Stock, columns: dict[str, Any], slots: Slots, row: int, ground: int) -> str:
    """Tell why a box cannot be put down there; empty where it can."""
    if not 0 <= ground < len(slots):
        return f"expected a slot from 0 to {len(slots) - 1}"
    length_ft = int(stock.length_ft[row])
    grounds = [ground] if length_ft == 20 else [ground, int(slots.next[ground])]
    if grounds[-1] < 0:
        return f"a {length_ft} ft box needs two places, and the block ends here"
    if not sizes.fits_pitch(length_ft, slots.bay_pitch_m[ground]):
        return f"{slots.bay_pitch_m[ground]:.2f} m a place is too short for a {length_ft} ft box"
    count, top_m, occupant = columns["count"], columns["top_m"], columns["occupant"]
    under = [int(occupant[g, count[g] - 1]) if count[g] else -1 for g in grounds]
    if length_ft == 20 and under[0] >= 0 and stock.length_ft[under[0]] != 20:
        return f"a 20 ft box cannot stand on a {stock.length_ft[under[0]]} ft box"
    if length_ft != 20 and not _carries_a_long_box(stock, under, grounds, columns):
        return "the two stacks under it are neither one long box nor two 20 ft boxes of one height"
    if count[ground] >= slots.tiers[ground]:
        return f"the stack is full with {int(count[ground])} tiers"
    reach_m = max(float(top_m[g]) for g in grounds) + float(stock.height_m[row])
    if reach_m > slots.height_limit_m[ground] + 1e-9:
        return f"its top at {reach_m:.2f} m is past the limit of {slots.height_limit_m[ground]:.2f} m"
    return ""


def _carries_a_long_box(stock: Stock, under: list[int], grounds: list[int], columns: dict[str, Any]) -> bool:
    (low, high), count, top_m = grounds, columns["count"], columns["top_m"]
    if under[0] == under[1]:
        return True  # both on the ground, or on one long box that covers both
    if min(under) < 0 or count[low] != count[high] or abs(top_m[low] - top_m[high]) > LEVEL_M:
        return False
    return bool(stock.length_ft[under[0]] == 20 and stock.length_ft[under[1]] == 20)


def _pick_up(stock: Stock, columns: dict[str, Any], slots: Slots, row: int) -> None:
    """Clear the places of a box; a column that is a dict holds only what changed."""
    ground = _now(stock, columns, "ground", row)
    tier = _now(stock, columns, "tier", row)
    grounds = [ground] if stock.length_ft[row] == 20 else [ground, int(slots.next[ground])]
    occupant, count = columns["occupant"], columns["count"]
    for place in grounds:
        if occupant[place, tier] != row:
            raise StockError(
                f"box {_name(stock, row)}: expected it on ground slot {place}, found it elsewhere"
            )
        if count[place] != tier + 1:
            above = _name(stock, int(occupant[place, count[place] - 1]))
            raise StockError(f"box {_name(stock, row)}: expected nothing on it, found box {above}")
    for place in grounds:
        occupant[place, tier] = -1
        count[place] = tier
        below = int(occupant[place, tier - 1]) if tier else -1
        columns["top_m"][place] = _face_m(stock, columns, below) if tier else 0.0


def _now(stock: Stock, columns: dict[str, Any], name: str, row: int) -> int:
    column = columns[name]
    return int(column.get(row, getattr(stock, name)[row]) if isinstance(column, dict) else column[row])


def _face_m(stock: Stock, columns: dict[str, Any], row: int) -> float:
    bottom_m = columns["bottom_m"]
    if isinstance(bottom_m, dict):
        bottom_m = {row: stock.bottom_m[row]} | bottom_m
    return float(bottom_m[row] + stock.height_m[row])


def _set_down(stock: Stock, columns: dict[str, Any], slots: Slots, row: int, ground: int) -> None:
    grounds = [ground] if stock.length_ft[row] == 20 else [ground, int(slots.next[ground])]
    tier = int(columns["count"][ground])
    bottom_m = max(float(columns["top_m"][g]) for g in grounds)
    columns["place"][row], columns["ground"][row], columns["tier"][row] = Place.STACKED, ground, tier
    columns["carrier"][row], columns["bottom_m"][row] = -1, bottom_m
    columns["occupant"][grounds, tier] = row
    columns["count"][grounds] = tier + 1
    columns["top_m"][grounds] = bottom_m + float(stock.height_m[row])
