"""Where the list has boxes, and what puts one of them right."""

import re
from collections.abc import Sequence

import numpy as np

from twin import pairs
from twin.desk import Desk
from twin.errors import YardError
from twin.fleet.table import HOLDS
from twin.pairs import COLUMNS
from twin.state import Whereabouts
from twin.stock import moves
from twin.stock.table import Place
from twin.tables import Ints
from twin.yard.slots import SlotAddress, ground_slot

_SLOT = re.compile(r"^(.+)-(\d{3})-(\d{2})-(\d{1,2})$")
_LEVEL_M = 0.01


def slot_of(text: str) -> SlotAddress | None:
    """Give the slot that a text such as ``A01-035-03-2`` names; None where it names none."""
    match = _SLOT.match(text)
    if match is None or min(int(match[k]) for k in (2, 3, 4)) < 1:
        return None
    return SlotAddress(match[1], int(match[2]), int(match[3]), int(match[4]))


def taken_for_words(box: str, other: str) -> str:
    """Give the words for a box that was taken for another, which has its place now."""
    return f"{box} was taken for {other}: where it is, nothing has told"


def whereabouts(desk: Desk, numbers: Sequence[str]) -> tuple[Whereabouts, ...]:
    """Give where the list has boxes, in the order given."""
    return tuple(_whereabouts(desk, number) for number in numbers)


def _whereabouts(desk: Desk, number: str) -> Whereabouts:
    box = desk.box(number)
    if box < 0:
        return Whereabouts(number, "")
    place = Place(int(desk.stock.place[box]))
    slot = str(desk.address(box)) if place is Place.STACKED else ""
    for column in COLUMNS:
        for row in pairs.carrying(desk, column, box):
            return Whereabouts(number, place.name, slot, row, column)
    return Whereabouts(number, place.name, slot, int(desk.stock.carrier[box]))


def put(desk: Desk, number: str, slot: SlotAddress) -> str:
    """Put a box into a slot, wherever it was."""
    box = desk.box(number) if number else -1
    if box < 0:
        raise YardError("expected the number of a box, found none")
    ground = ground_slot(desk.yard, desk.slots, slot)
    if (slot.bay % 2 == 1) != (desk.stock.length_ft[box] == 20):
        length_ft = int(desk.stock.length_ft[box])
        raise YardError(
            f"slot {slot}: expected {'an odd' if length_ft == 20 else 'an even'} bay for {length_ft} ft"
        )
    place = Place(int(desk.stock.place[box]))
    if place is Place.STACKED and desk.address(box) == slot:
        return str(slot)
    if place is Place.STACKED:
        desk.stock = moves.lift(desk.stock, desk.slots, box, -1)
    elif place is Place.GONE:
        bring_back(desk, box)
    elif place is Place.ANNOUNCED:
        desk.count("boxes_in")
    let_go(desk, box)
    desk.stock = moves.stack(desk.stock, desk.slots, np.array([box], np.int32), np.array([ground], np.int32))
    if desk.address(box) != slot:
        raise YardError(f"slot {slot}: expected it on top of its stack, found the top at {desk.address(box)}")
    return str(slot)


def bring_back(desk: Desk, box: int) -> None:
    """Let a box that was taken for gone be here again."""
    columns = desk.stock.editable("place")
    columns["place"][box] = Place.CARRIED
    desk.stock = desk.stock.with_columns(**columns)
    desk.count("boxes_out", -1)


def let_go(desk: Desk, box: int) -> None:
    """Take a box off every machine that is believed to hold it."""
    for column in COLUMNS:
        for row in pairs.carrying(desk, column, box):
            pairs.without(desk, column, row, box)


def exchanged(desk: Desk, number: str, other: str) -> str:
    """Let two boxes that were taken for one another change places."""
    a, b = desk.box(number), desk.box(other)
    if min(a, b) < 0:
        raise YardError(f"expected {number} and {other} to be known; announce the one that is not")
    stock = desk.stock
    same = stock.length_ft[a] == stock.length_ft[b]
    if not same or abs(stock.height_m[a] - stock.height_m[b]) > _LEVEL_M:
        raise YardError(f"{number} and {other} are of different sizes; name a slot")
    columns = stock.editable("place", "ground", "tier", "carrier", "bottom_m", "occupant")
    for name in ("place", "ground", "tier", "carrier", "bottom_m"):
        columns[name][[a, b]] = columns[name][[b, a]]
    columns["occupant"] = _swapped(columns["occupant"], a, b)
    desk.stock = stock.with_columns(**columns)
    held = {name: _swapped(getattr(desk.tracks, name), a, b) for name in HOLDS}
    desk.tracks = desk.tracks.with_columns(**held)
    place = Place(int(desk.stock.place[a]))
    return str(desk.address(a)) if place is Place.STACKED else place.name.lower()


def _swapped(column: Ints, a: int, b: int) -> Ints:
    out = column.copy()
    out[column == a], out[column == b] = b, a
    return out
