"""Stock events: what spreaders, gates and lists say of the boxes.

Nothing is corrected in silence: what cannot be is a :class:`Discrepancy` for a person to settle,
and the box keeps a place, so that boxes in = boxes out + boxes standing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import cast

import numpy as np

from twin import hindsight, pairs, reach, weather
from twin.desk import Desk as Desk
from twin.errors import StockError
from twin.fleet import roster
from twin.fleet.tracking import Locks
from twin.inputs import (
    BoxAnnouncement,
    BoxRead,
    Event,
    GateEvent,
    GateRead,
    MachineNotice,
    OrderReport,
    PickUpAnnouncement,
    Unfollowed,
    WindReading,
)
from twin.spreaders import confirm, fulfil, is_on_unknown, put_on_unknown, take_lock
from twin.stacking.suggestion import OrderStatus, WorkOrder
from twin.state import Arrival, PickUp
from twin.stock import iso6346, moves
from twin.stock.table import Place
from twin.tables import Flags, Ints

_ORDER_STATES = {"started": OrderStatus.STARTED, "done": OrderStatus.DONE, "refused": OrderStatus.FAILED}

_RANKS = {MachineNotice: -1, BoxAnnouncement: 1, GateRead: 2, PickUpAnnouncement: 3, BoxRead: 4}
"""Order of what happens at one instant; turns of twistlocks are 0."""


def take_events(desk: Desk, events: Iterable[Event], locks: Locks) -> None:
    """Let a tick's events and lock transitions act on the desk's tables, in order of time.

    A closing lock comes before a camera's read of the same instant: the read confirms or corrects. Events of
    one instant act in the order of their kinds, however they came.
    """
    timed: list[tuple[int, int, Event | int]] = [(int(t), 0, i) for i, t in enumerate(locks.t_ns)]
    timed += [(event.t_ns, _RANKS.get(type(event), len(_RANKS)), event) for event in events]
    for index in range(len(locks) - 1, -1, -1):  # as they were before the first turn: a read may lie between
        desk.holds("locked", int(locks.row[index]), not locks.locked[index])
    in_order = (what for _, _, what in sorted(timed, key=lambda item: item[:2]))
    for kind, alike in groupby(in_order, type):
        if kind is BoxAnnouncement:
            _announce(desk, cast("list[BoxAnnouncement]", list(alike)))
        elif kind is PickUpAnnouncement:
            _expect(desk, cast("list[PickUpAnnouncement]", list(alike)))
        else:
            for what in alike:
                _take(desk, what, locks)


def _take(desk: Desk, what: Event | int, locks: Locks) -> None:
    if isinstance(what, int):
        desk.holds("locked", int(locks.row[what]), bool(locks.locked[what]))
        take_lock(desk, locks, what)
    else:
        _take_event(desk, what)


def _take_event(desk: Desk, event: Event) -> None:
    match event:
        case GateRead():
            _pass_gate(desk, event)
        case BoxRead():
            confirm(desk, event)
        case MachineNotice():
            pass  # enlisted before any fix is looked at
        case WindReading():
            desk.weather = weather.read(desk.weather, event)
        case OrderReport():
            _report(desk, event)
        case Unfollowed():
            # Machines say it again and again.
            desk.doubt_once(event.t_ns, event.device, event.what)


def _pass_gate(desk: Desk, read: GateRead) -> None:
    truck = desk.machine(read.truck)
    if truck < 0:
        desk.doubt(read.t_ns, read.device, f"truck {read.truck} passed, which never sent a position")
        return
    if read.event is GateEvent.IN:
        _bring(desk, read, truck)
        return
    boxes = pairs.held(desk, "cargo", truck)
    seen = desk.box(read.carries) if read.carries else -1
    if not boxes and seen >= 0 and is_on_unknown(desk, seen):
        boxes = (seen,)
    borne_out = seen in boxes or not (read.carries or boxes)
    if not borne_out and not _left_already(desk, truck, seen):
        for expected in [desk.number(box) for box in boxes] or ["no box"]:
            found = read.carries or hindsight.NONE
            desk.doubt(
                read.t_ns, read.device, f"{read.truck} left with {found}, expected {expected}",
                box=read.carries or expected, other=expected if read.carries and boxes else "",
                expected=expected, found=found,
            )  # fmt: skip
    pairs.hold(desk, "cargo", truck, ())
    for box in boxes:
        fulfil(desk, "arrivals", box)
        if not borne_out and reach.any_crane_unheard(desk.fleet, desk.tracks):
            put_on_unknown(desk, box)  # who is out of radio may have taken it; if so, it will tell
        else:
            desk.stock = moves.leave(desk.stock, np.array([box], np.int32))
            desk.count("boxes_out")
    desk.fleet = roster.leave(desk.fleet, np.array([truck], np.int32))


def _left_already(desk: Desk, truck: int, box: int) -> bool:
    """Tell whether a truck left, and a box with it: the gate reads two boxes of one truck one by one."""
    return box >= 0 and not desk.fleet.present[truck] and desk.stock.place[box] == Place.GONE


def _bring(desk: Desk, read: GateRead, truck: int) -> None:
    number = read.carries
    if not number:
        return
    box = desk.box(number)
    if box >= 0 and desk.stock.place[box] in (Place.STACKED, Place.CARRIED):
        place = Place(int(desk.stock.place[box]))
        listed = str(desk.address(box)) if place is Place.STACKED else place.name.lower()
        desk.doubt(
            read.t_ns, read.device,
            f"{read.truck} brought {number}, which is {place.name.lower()} already",
            box=number, expected=listed, found=f"on {read.truck}",
        )  # fmt: skip
        return
    if read.box is not None:
        _announce(desk, (BoxAnnouncement(read.device, read.t_ns, read.box),))
        box = desk.box(number)
    elif box < 0 or desk.stock.place[box] == Place.GONE:
        what = f"{read.truck} brought {number}, of which no list tells"
        desk.doubt(read.t_ns, read.device, what, box=number, found=f"on {read.truck}")
        return
    if box < 0:
        return
    desk.stock = moves.carry(desk.stock, np.array([box], np.int32), np.array([truck], np.int32))
    pairs.hold(desk, "cargo", truck, (*_left_aboard(desk, read, truck, box), box))
    desk.count("boxes_in")
    desk.arrivals = (*desk.arrivals, Arrival(number, read.truck, read.t_ns))


def _left_aboard(desk: Desk, read: GateRead, truck: int, box: int) -> tuple[int, ...]:
    """Give the box that a truck brings besides, where both are of 20 ft; list what cannot lie beside it."""
    aboard = pairs.held(desk, "cargo", truck)
    if len(aboard) == 1 and (desk.stock.length_ft[[*aboard, box]] == 20).all():
        return aboard
    for other in aboard:
        number, found = desk.number(other), desk.number(box)
        desk.doubt(
            read.t_ns, read.device, f"{read.truck} brought {found}, and should carry {number} still",
            box=number, expected=number, found=hindsight.NONE,
        )  # fmt: skip
        put_on_unknown(desk, other)
    return ()


def _announce(desk: Desk, events: Sequence[BoxAnnouncement]) -> None:
    """Take a list in at once: a ship's has thousands, and each box alone makes all columns anew.

    What is at odds with a box that stands is found by halves, so that the others are still taken at once.
    """
    _take_in(desk, events, moves.refusals([event.box for event in events]))


def _take_in(desk: Desk, events: Sequence[BoxAnnouncement], refusals: Sequence[str]) -> None:
    """Take in what of a list is not refused, and list what is."""
    boxes = [event.box for event in events]
    fit = [box for box, why in zip(boxes, refusals, strict=True) if not why]
    try:
        if len({(box.number, box.type_code) for box in fit}) > len({box.number for box in fit}):
            raise StockError("one box is told of in two sizes: each word in its turn")
        stock = moves.take_in(desk.stock, fit)
    except StockError as error:
        if len(events) > 1:
            middle = len(events) // 2
            _take_in(desk, events[:middle], refusals[:middle])
            _take_in(desk, events[middle:], refusals[middle:])
            return
        stock, refusals = desk.stock, [str(error)]
    desk.stock = stock
    valid = iso6346.valid(np.array([box.number.encode("ascii", "replace") for box in boxes])).tolist()
    for event, good, why in zip(events, valid, refusals, strict=True):
        number = event.box.number
        if not good:
            what = f"box {number}: its check digit does not fit (ISO 6346)"
            desk.doubt(event.t_ns, event.device, what, box=number)
        if why:
            desk.doubt(event.t_ns, event.device, why, box=number)


def _expect(desk: Desk, events: Sequence[PickUpAnnouncement]) -> None:
    boxes = moves.rows_of(desk.stock, [event.number for event in events])
    stands = (boxes >= 0) & _is_fetched_here(desk, boxes) if len(desk.stock) else boxes >= 0
    pick_ups = {pick_up.number: pick_up for pick_up in desk.pick_ups}
    for event, there in zip(events, stands.tolist(), strict=True):
        if not there:
            what = f"a truck is announced for {event.number}, which stands nowhere"
            desk.doubt(event.t_ns, event.device, what, box=event.number)
            continue
        pick_ups.pop(event.number, None)  # the newest is the last
        pick_ups[event.number] = PickUp(event.number, event.arrives_ns)
    desk.pick_ups = tuple(pick_ups.values())


def _is_fetched_here(desk: Desk, boxes: Ints) -> Flags:
    """Tell which boxes a truck may come for: those in stacks, and those that a crane is about to set down."""
    stock = desk.stock
    fetched: Flags = stock.place[boxes] == Place.STACKED
    carrier = np.where(stock.place[boxes] == Place.CARRIED, stock.carrier[boxes], -1)
    held = np.flatnonzero((carrier >= 0) & (carrier < len(desk.fleet)))
    fetched[held] = reach.HOISTS[desk.fleet.kind[carrier[held]]]
    return fetched


def _report(desk: Desk, event: OrderReport) -> None:
    status = _ORDER_STATES.get(event.state)
    if status is None:
        desk.doubt(
            event.t_ns, event.device, f"order {event.order}: expected a known state, found {event.state!r}"
        )
        return
    desk.orders = tuple(
        _reported(order, status, event) if order.id == event.order else order for order in desk.orders
    )


def _reported(order: WorkOrder, status: OrderStatus, event: OrderReport) -> WorkOrder:
    started_ns = event.t_ns if status is OrderStatus.STARTED else order.started_ns
    done_ns = event.t_ns if status is OrderStatus.DONE else order.done_ns
    return replace(order, status=status, reason=event.reason, started_ns=started_ns, done_ns=done_ns)
