"""What a controller's word on a discrepancy does to the stock: one box put right, or nothing."""

from dataclasses import replace

import numpy as np

from twin import pairs
from twin.decisions import Remedy, Settle
from twin.desk import Desk, forgotten
from twin.errors import StockError, YardError
from twin.hindsight import NONE
from twin.pairs import COLUMNS
from twin.righting import exchanged, put, slot_of, taken_for_words, whereabouts
from twin.spreaders import hold, under_words
from twin.state import Discrepancy, Settlement
from twin.stock import iso6346, moves, sizes
from twin.stock.table import BoxNotice, Place
from twin.yard.slots import SlotAddress

ASSUMED_KG = sizes.MAX_GROSS_KG
"""Gross mass of a box that is on no list, where nobody tells it: the most, so nothing is overloaded [kg]."""
_MARKS = {
    (False, False): "", (True, False): " (type assumed)", (False, True): " (weight assumed)",
    (True, True): " (type and weight assumed)",
}  # fmt: skip


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
    it is; SLOT puts it where the controller says. A box that cannot stand there stays in dispute. One that is
    on no list is taken in first, where its number passes ISO 6346; what is assumed of it is told beside its
    place.
    """
    item = next((one for one in desk.discrepancies if one.id == decision.discrepancy), None)
    if item is None:
        return f"discrepancy {decision.discrepancy}: expected one on the list, found none"
    if item.settled is not None:
        return f"discrepancy {item.id}: settled before, by {item.settled.actor}"
    kept = (desk.stock, desk.tracks, desk.discrepancies, dict(desk.added))
    numbers = tuple(dict.fromkeys(filter(None, (decision.number or item.box, item.other))))
    before = whereabouts(desk, numbers)
    try:
        place = _done(desk, item, decision, t_ns)
    except (StockError, YardError) as error:
        desk.stock, desk.tracks, desk.discrepancies, desk.added = kept
        return str(error)
    done = Settlement(t_ns, decision.actor, decision.how.value, place, before, whereabouts(desk, numbers))
    desk.tell_anew(replace(item, settled=done))
    desk.discrepancies = forgotten(desk.discrepancies)
    return ""


def _done(desk: Desk, item: Discrepancy, decision: Settle, t_ns: int) -> str:
    """Do what a decision says; give where the box is then, in words."""
    number = decision.number or item.box
    match decision.how:
        case Remedy.SLOT:
            if decision.target is None:
                raise YardError("expected a slot, found none")
            note = _taken_in(desk, decision, number, decision.target)
            return f"{put(desk, number, decision.target)}{note}"
        case Remedy.SENSORS:
            return _where_found(desk, item, decision, t_ns)
        case Remedy.LIST:
            slot = slot_of(item.expected)
            if slot is not None:
                return put(desk, number, slot)
            return _where(desk, item, number)


def _where_found(desk: Desk, item: Discrepancy, decision: Settle, t_ns: int) -> str:
    """Put a box where the sensors found it."""
    number = decision.number or item.box
    slot = slot_of(item.found)
    if slot is not None:
        note = _taken_in(desk, decision, number, slot)
        return f"{put(desk, number, slot)}{note}"
    if item.other:
        note = _taken_for(desk, item, decision, t_ns)
        return f"{exchanged(desk, number, item.other)}{note}"
    crane = desk.machine(item.device)
    hangs = crane >= 0 and item.found == under_words(item.device) and bool(desk.tracks.locked[crane])
    if number and desk.box(number) < 0 and hangs and not pairs.held(desk, "load", crane):
        note = _taken_in(desk, decision, number, None)
        hold(desk, crane, (desk.box(number),))
        return f"{Place.CARRIED.name.lower()}{note}"
    raise YardError(f"discrepancy {item.id}: the sensors tell no place; name a slot")


def _taken_in(desk: Desk, decision: Settle, number: str, slot: SlotAddress | None) -> str:
    """Take a box in that is on no list; give what is believed of it, in words, empty where it was known.

    A bay's number tells 20 ft from 40 ft; of heights the usual one of that length is assumed.
    """
    if not number or desk.box(number) >= 0:
        return ""
    assumed = "22G1" if slot is None or slot.bay % 2 == 1 else "45G1"
    type_code, gross_kg = decision.type_code or assumed, decision.gross_kg
    return _announced(desk, number, type_code, gross_kg, typed=bool(decision.type_code))


def _taken_for(desk: Desk, item: Discrepancy, decision: Settle, t_ns: int) -> str:
    """Take in a box that is on no list and was taken for another, of which nobody knows then where it is."""
    number, other = decision.number or item.box, desk.box(item.other)
    if not number or desk.box(number) >= 0 or other < 0:
        return ""
    type_code = decision.type_code or bytes(desk.stock.type_code[other]).decode("ascii", "replace")
    note = _announced(desk, number, type_code, decision.gross_kg, typed=bool(decision.type_code))
    desk.doubt(t_ns, item.device, taken_for_words(item.other, number), box=item.other)
    return note


def _announced(desk: Desk, number: str, type_code: str, gross_kg: float | None, *, typed: bool) -> str:
    if why := iso6346.fault(number):
        raise StockError(why)
    mass_kg = ASSUMED_KG if gross_kg is None else gross_kg
    desk.stock = moves.announce(desk.stock, [BoxNotice(number, type_code, mass_kg)])
    return f", taken in as {type_code} of {mass_kg:.0f} kg{_MARKS[not typed, gross_kg is None]}"


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
