"""What a controller's word on a discrepancy does to the stock: one box put right, or nothing."""

import re
from dataclasses import replace

import numpy as np

from twin import pairs
from twin.decisions import Remedy, Settle
from twin.desk import Desk, forgotten
from twin.errors import StockError, YardError
from twin.fleet.table import HOLDS
from twin.hindsight import NONE
from twin.pairs import COLUMNS
from twin.state import Discrepancy, Settlement
from twin.stock import moves
from twin.stock.table import Place
from twin.tables import Ints
from twin.yard.slots import SlotAddress, ground_slot

_SLOT = re.compile(r"^(.+)-(\d{3})-(\d{2})-(\d{1,2})$")
_LEVEL_M = 0.01


def settle(desk: Desk, decision: Settle, t_ns: int) -> str:
    """Settle a discrepancy; give the reason why not, empty where it is settled.

    Parameters
    ----------
    desk : Desk
        Changed where it is settled, and only then.
    decision : Settle
    t_ns : int
        The instant of the tick.

    Notes
    -----
    SENSORS puts the box where the sensors found it, or exchanges two boxes that were taken for one
    another; LIST puts it where the list (a work order, or what stood there) expects it, or leaves it where
    it is; SLOT puts it where the controller says. A box that cannot stand there stays in dispute.
    """
    item = next((one for one in desk.discrepancies if one.id == decision.discrepancy), None)
    if item is None:
        return f"discrepancy {decision.discrepancy}: expected one on the list, found none"
    if item.settled is not None:
        return f"discrepancy {item.id}: settled before, by {item.settled.actor}"
    kept = (desk.stock, desk.tracks, dict(desk.added))
    try:
        place = _done(desk, item, decision)
    except (StockError, YardError) as error:
        desk.stock, desk.tracks, desk.added = kept
        return str(error)
    settled = replace(item, settled=Settlement(t_ns, decision.actor, decision.how.value, place))
    desk.discrepancies = forgotten(tuple(settled if one.id == item.id else one for one in desk.discrepancies))
    return ""


def _done(desk: Desk, item: Discrepancy, decision: Settle) -> str:
    """Do what a decision says; give where the box is then, in words."""
    number = decision.number or item.box
    match decision.how:
        case Remedy.SLOT:
            if decision.target is None:
                raise YardError("settle: expected a slot, found none")
            return _put(desk, number, decision.target)
        case Remedy.SENSORS:
            slot = slot_of(item.found)
            if slot is not None:
                return _put(desk, number, slot)
            if item.other:
                return _exchanged(desk, number, item.other)
            raise YardError(f"discrepancy {item.id}: the sensors tell no place; name a slot")
        case Remedy.LIST:
            slot = slot_of(item.expected)
            if slot is not None:
                return _put(desk, number, slot)
            return _where(desk, item, number)


def slot_of(text: str) -> SlotAddress | None:
    """Give the slot that a text such as ``A01-035-03-2`` names; None where it names none."""
    match = _SLOT.match(text)
    if match is None or min(int(match[k]) for k in (2, 3, 4)) < 1:
        return None
    return SlotAddress(match[1], int(match[2]), int(match[3]), int(match[4]))


def _where(desk: Desk, item: Discrepancy, number: str) -> str:
    """Give where the list has a box; a box that hangs nowhere must be given a slot."""
    box = desk.box(number) if number else -1
    if box < 0:
        return ""
    place = Place(int(desk.stock.place[box]))
    if place is Place.CARRIED and not _is_held(desk, box):
        if item.expected == number and item.found == NONE:  # it left with its truck, past the gate's camera
            desk.stock = moves.leave(desk.stock, np.array([box], np.int32))
            desk.count("boxes_out")
            return Place.GONE.name.lower()
        raise YardError(
            f"discrepancy {item.id}: no machine holds {number}, and it stands nowhere; name a slot"
        )
    return str(desk.address(box)) if place is Place.STACKED else place.name.lower()


def _is_held(desk: Desk, box: int) -> bool:
    return any(pairs.carrying(desk, column, box) for column in COLUMNS)


def _put(desk: Desk, number: str, slot: SlotAddress) -> str:
    """Put a box into a slot, wherever it was."""
    box = desk.box(number) if number else -1
    if box < 0:
        raise YardError(f"settle: expected the number of a box that is known, found {number!r}")
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
        _bring_back(desk, box)
    elif place is Place.ANNOUNCED:
        desk.count("boxes_in")
    _let_go(desk, box)
    desk.stock = moves.stack(desk.stock, desk.slots, np.array([box], np.int32), np.array([ground], np.int32))
    if desk.address(box) != slot:
        raise YardError(f"slot {slot}: expected it on top of its stack, found the top at {desk.address(box)}")
    return str(slot)


def _bring_back(desk: Desk, box: int) -> None:
    """Let a box that was taken for gone be here again."""
    columns = desk.stock.editable("place")
    columns["place"][box] = Place.CARRIED
    desk.stock = desk.stock.with_columns(**columns)
    desk.count("boxes_out", -1)


def _let_go(desk: Desk, box: int) -> None:
    """Take a box off every machine that is believed to hold it."""
    for column in COLUMNS:
        for row in pairs.carrying(desk, column, box):
            pairs.without(desk, column, row, box)


def _exchanged(desk: Desk, number: str, other: str) -> str:
    """Let two boxes that were taken for one another change places."""
    a, b = desk.box(number), desk.box(other)
    if min(a, b) < 0:
        raise YardError(f"settle: expected {number} and {other} to be known; announce the one that is not")
    stock = desk.stock
    same = stock.length_ft[a] == stock.length_ft[b]
    if not same or abs(stock.height_m[a] - stock.height_m[b]) > _LEVEL_M:
        raise YardError(f"settle: {number} and {other} are of different sizes; name a slot")
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
